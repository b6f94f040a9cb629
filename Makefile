# Everything that is done with this repository. Needed beforehand: Swift 6.2 or later, Python 3.11 or later, make.
# What else is needed (cmake, ninja, pytest, formatters) goes into .venv, at the versions in requirements-dev.txt.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := examples/swift/.build/release/minilm

# scikit-build-core finds cmake and ninja there.
export PATH := $(CURDIR)/$(BIN):$(PATH)

sources := $(shell git ls-files --cached --others --exclude-standard -- \
  CMakeLists.txt cmake include Sources python pyproject.toml Tests/C Tests/Reference examples/c 2>/dev/null)

.PHONY: help demo build test test-c test-python test-swift test-aarch64 bench tour lint format clean

help:
	@echo "make demo    build everything, and normalize real activations in C, Swift and Python"
	@echo "make test    build everything, and run every test"
	@echo "make build   libplanish.so, the C tests and examples in build/, the Python package in .venv"
	@echo "make bench   planish beside its peers, a few minutes; BENCH=--full takes hours"
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

# ---- The main job ----

demo: build/ready
	@echo "== The Swift example (the first time, the kernels take a minute or two)"
	swift build --quiet -c release --package-path examples/swift
	$(BIN)/python examples/run_demo.py --c build/examples/c/minilm --swift $(DEMO)

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

# The same kernels on AArch64, cross-compiled and emulated. `make test` does it too where the tools are there.
test-aarch64: $(VENV)/ready
	$(BIN)/python Tests/AArch64/aarch64.py

# ---- Speed ----

bench: build/ready
	$(BIN)/python benchmarks/run.py $(BENCH)

# ---- The tour ----

tour: build/ready
	$(BIN)/python -m planish tour --out docs/tour

# ---- Formatting, lints, types ----

swift_files := Package.swift Sources/PlanishKernels Sources/PlanishCore Sources/PlanishABI Sources/Planish \
  Tests/Swift examples/swift/Package.swift examples/swift/Sources
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
	rm -rf build .build examples/swift/.build $(VENV)
