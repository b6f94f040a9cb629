"""Compiles the C programs of native/ into shared libraries, one for each who is called from C."""

import ctypes
import platform
import sys
from pathlib import Path

from environment import ENVIRONMENT, HERE, ROOT, run

FOLDER = HERE / "native"

# The level that `--cpu` names, for those that are compiled here.
MARCH = {None: "native", "baseline": "x86-64", "avx2": "x86-64-v3", "avx512": "x86-64-v4"}


def library_path(name: str) -> Path:
    return ENVIRONMENT / "lib" / f"benchmark_{name}.so"


def build(name: str, planish: Path, level: str | None) -> bool:
    """Compile native/NAME.c against libplanish.so in the folder `planish`."""
    if platform.machine() != "x86_64":
        sys.exit("the benchmark is for x86-64")
    peers = ENVIRONMENT / "lib"
    # The gcc and Clang options that make plain loops as fast as they get while the order of sums stays as written.
    options = ["-std=gnu11", "-O3", f"-march={MARCH[level]}", "-fopenmp", "-Wall", "-Wextra", "-Werror", "-Wno-psabi"]
    folders = [f"-I{ROOT / 'include'}", f"-I{ENVIRONMENT / 'include'}"]
    libraries = {
        "planish": [f"-L{planish}", f"-Wl,-rpath,{planish}", "-lplanish"],
        "onednn": [f"-L{peers}", f"-Wl,-rpath,{peers}", "-ldnnl"],
    }
    sources = [str(FOLDER / f"{name}.c"), str(FOLDER / "timer.c")]
    output = ["-shared", "-fPIC", "-o", str(library_path(name))]
    return run(["cc", *options, *folders, *output, *sources, *libraries.get(name, []), "-lm"])


class Problem(ctypes.Structure):
    """The struct of problem.h."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("operation", "dtype", "rows", "features", "inner", "bytes")),
        ("eps", ctypes.c_double),
        *((name, ctypes.c_void_p) for name in ("x", "dy", "weight", "bias", "result", "mean", "rstd")),
        *((name, ctypes.c_void_p) for name in ("dweight", "dbias", "variance")),
    )


def load(name: str) -> ctypes.CDLL:
    library = ctypes.CDLL(str(library_path(name)))
    library.time_calls.restype = ctypes.c_double
    library.time_calls.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    return library
