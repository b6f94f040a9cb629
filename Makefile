# Everything that is done with this repository. Needed beforehand: Swift 6.2 or later, Python 3.11 or later, make.
# What else is needed (cmake, ninja, pytest, formatters) goes into .venv, at the versions in requirements-dev.txt.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SWIFT_EXAMPLES := examples/swift/.build/release

# scikit-build-core finds cmake and ninja there.
export PATH := $(CURDIR)/$(BIN):$(PATH)

sources := $(shell git ls-files --cached --others --exclude-standard -- \
  CMakeLists.txt cmake include Sources python pyproject.toml Tests/C Tests/Reference examples/c 2>/dev/null)

.PHONY: help demo build install manual test test-c test-python test-swift test-aarch64 bench lint format clean wheel test-wheel test-frameworks bench-frameworks test-swift-package bench-swift docs-swift tour

help:
	@echo "make demo    build everything, and normalize real activations in C, Swift and Python"
	@echo "make test    build everything, and run every test"
	@echo "make test-frameworks   the Python tests with NumPy, torch and JAX, which it installs (2 GB)"
	@echo "make build   libplanish.so, the C tests and examples in build/, the Python package in .venv"
	@echo "make install the header and the C library into PREFIX, /usr/local if not named; DESTDIR is put in front"
	@echo "make manual  the C manual, rendered from planish.h into build/manual/html, by doxygen"
	@echo "make bench   planish beside its peers, a few minutes; BENCH=--full takes hours"
	@echo "make wheel   a wheel and a source distribution in dist/; make test-wheel tries it in every Python that is here"
	@echo "make docs-swift  the Swift manual in build/docs-swift"
	@echo "make tour    run the tour, and render its page in docs/tour anew; a minute or two"
	@echo "make lint    check formatting, lints and types; make format puts the formatting right"
	@echo "make clean   remove what the others made"

# ---- Tools ----

$(VENV)/ready: requirements-dev.txt
	@echo "== Tools into $(VENV)"
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "planish needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# ---- One build for C and Python: pip drives CMake, and CMake builds the C tests and examples along with the rest ----

build/ready: $(VENV)/ready $(sources)
	@echo "== libplanish.so, the C programs and the Python package (the kernels take half a minute)"
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps \
	  -C build-dir=build -C cmake.define.PLANISH_TESTS=ON .
	@touch $@

build: build/ready

# ---- The C library for other programs ----

PREFIX ?= /usr/local
unexport DESTDIR # or pip would take it for its own

install: build/ready
	DESTDIR='$(DESTDIR)' cmake --install build --prefix '$(abspath $(PREFIX))'

manual:
	@command -v doxygen >/dev/null || { echo "make manual needs doxygen: apt-get install doxygen"; exit 1; }
	mkdir -p build/manual
	doxygen docs/manual.doxyfile
	@echo "== build/manual/html/index.html"

# ---- The main job ----

demo: build/ready
	@echo "== The Swift example (the first time, the kernels take a minute or two)"
	swift build --quiet -c release --package-path examples/swift
	$(BIN)/python examples/run_demo.py --c build/examples/c/minilm --swift $(SWIFT_EXAMPLES)/minilm

# ---- Tests ----

test: test-c test-python test-swift
	@echo "== All tests passed"

test-c: build/ready
	@echo "== C"
	$(BIN)/ctest --test-dir build --output-on-failure --no-tests=error

test-python: build/ready
	@echo "== Python"
	$(BIN)/pytest

test-swift:
	@echo "== Swift (the first time, the kernels take a minute or two)"
	swift build --quiet --build-tests
	swift test --quiet --skip-build
	case $$(uname -m) in x86_64) $(PYTHON) Tests/Swift/check_levels.py .build/debug .build/debug/planishPackageTests.xctest;; esac
	$(PYTHON) Tests/Swift/check_snippets.py
	$(MAKE) --no-print-directory docs-swift
	@echo "== A package that depends on this one"
	$(PYTHON) Tests/Swift/consumer.py release

# Both configurations: a minute or two each.
test-swift-package:
	$(PYTHON) Tests/Swift/consumer.py debug release

# The same kernels on AArch64, cross-compiled and emulated. `make test` does it too where the tools are there.
test-aarch64: $(VENV)/ready
	$(BIN)/python Tests/AArch64/aarch64.py

# ---- Wheels: docs/wheels.md ----

wheel: dist/ready

dist/ready: $(VENV)/ready requirements-wheel.txt README.md LICENSE $(sources)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-wheel.txt
	rm -rf dist
	$(BIN)/python -m build --sdist --outdir dist .
	$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist/unrepaired dist/*.tar.gz
	$(BIN)/auditwheel repair --wheel-dir dist dist/unrepaired/*.whl
	$(BIN)/abi3audit --strict --summary dist/*.whl
	$(BIN)/twine check --strict dist/*.whl dist/*.tar.gz
	@touch $@

test-wheel: dist/ready
	$(BIN)/python Tests/Wheel/try_wheel.py dist/*.whl
# The Python tests with NumPy, torch and JAX there. pip is told where torch for CPUs is only if it finds none: where it
# cannot be reached, to ask for it would take minutes.
FRAMEWORKS := .venv-frameworks
FRAMEWORKS_PIP := $(FRAMEWORKS)/bin/pip install --quiet --disable-pip-version-check

$(FRAMEWORKS)/ready: requirements-dev.txt requirements-frameworks.txt
	@echo "== NumPy, torch and JAX into $(FRAMEWORKS)"
	$(PYTHON) -m venv $(FRAMEWORKS)
	$(FRAMEWORKS_PIP) -r requirements-dev.txt -r requirements-frameworks.txt || \
	  $(FRAMEWORKS_PIP) --extra-index-url https://download.pytorch.org/whl/cpu \
	  -r requirements-dev.txt -r requirements-frameworks.txt
	@touch $@

$(FRAMEWORKS)/installed: $(FRAMEWORKS)/ready build/ready
	$(FRAMEWORKS_PIP) --no-build-isolation --no-deps -C build-dir=build-frameworks .
	@touch $@

frameworks_tests := $(addprefix Tests/Python/test_, dlpack.py examples.py exchange.py frameworks.py jax.py kinds.py \
  numpy.py torch.py torch_module.py torch_operators.py)

test-frameworks: $(FRAMEWORKS)/installed
	@echo "== Python, with NumPy, torch and JAX"
	$(FRAMEWORKS)/bin/pytest $(frameworks_tests)

# ---- Speed ----

bench-frameworks: $(FRAMEWORKS)/installed
	$(FRAMEWORKS)/bin/python benchmarks/frameworks.py

bench: build/ready
	$(BIN)/python benchmarks/run.py $(BENCH)

# The Swift library beside the C library, in one process.
bench-swift: build/ready
	swift build --quiet -c release --package-path benchmarks/swift --product beside-c
	benchmarks/swift/.build/release/beside-c build/libplanish.so

# ---- The Swift manual ----

DOCS := build/docs-swift

docs-swift:
	swift build --quiet --target Planish
	rm -rf build/symbols && mkdir -p build/symbols
	swift symbolgraph-extract -module-name Planish -minimum-access-level public -skip-synthesized-members \
	  -target $(shell swiftc -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)",/\1/p') -I .build/debug/Modules \
	  -I include -I Sources/CPlanishKernels -I Sources/CPlanishSystem/include -output-dir build/symbols
	! grep -o 'Unsafe[A-Za-z]*\|planish_[a-z_]*' build/symbols/Planish.symbols.json  # the API has no pointers and no C types
	docc convert Sources/Planish/Planish.docc --additional-symbol-graph-dir build/symbols --warnings-as-errors \
	  --fallback-display-name Planish --fallback-bundle-identifier planish --output-dir $(DOCS)
	@echo "== $(DOCS); to read it: python3 -m http.server -d $(DOCS), http://localhost:8000/documentation/planish"

# ---- The tour ----

tour: build/ready
	$(BIN)/python -m planish tour --out docs/tour

# ---- Formatting, lints, types ----

swift_files := Package.swift Sources/PlanishKernels Sources/PlanishCore Sources/PlanishABI Sources/Planish \
  Tests/Swift examples/swift/Package.swift examples/swift/Sources benchmarks/swift/Package.swift \
  benchmarks/swift/Sources benchmarks/swift/Benchmarks
c_files := $(shell git ls-files --cached --others --exclude-standard -- '*.c' '*.h' '*.cpp' 2>/dev/null)

lint: build/ready
	swift format lint --strict --recursive $(swift_files)
	$(BIN)/clang-format --dry-run -Werror $(c_files)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	@echo "== No complaints"

format: $(VENV)/ready
	swift format --in-place --recursive $(swift_files)
	$(BIN)/clang-format -i $(c_files)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf build dist .build examples/swift/.build $(VENV) build-frameworks $(FRAMEWORKS) .build-consumer benchmarks/swift/.build
