"""Planish: layer normalization for CPUs, forward and backward.

    >>> from array import array
    >>> import planish
    >>> x = memoryview(array("f", [1, 2, 3, 4, 10, 20, 30, 40])).cast("B").cast("f", (2, 4))
    >>> y, mean, rstd = planish.layer_norm(x, return_stats=True)
    >>> y.shape, mean.tolist()
    ((2, 4), [2.5, 25.0])
    >>> dx, dweight, dbias = planish.layer_norm_backward(y, x, mean=mean, rstd=rstd)

Functions

    layer_norm            y, and the statistics of each row where wanted
    layer_norm_backward   the gradients with respect to x, weight and bias
    cpu, cpus, set_cpu    the level of the CPU that the kernels use
    get_include           folder of planish.h, for C programs
    get_library           path of the shared library, for C programs

Arrays

    Any object with the buffer protocol is an array: array.array, memoryview, ctypes and NumPy arrays, and bytes or mmap
    through memoryview(...).cast("f"). Elements are float32: format "f", in native byte order. No alignment is needed.
    Nothing of an array is kept after a call.

    Rows of x that are contiguous inside and in order, a constant stride apart, are read where they are: x[:, :768] of a
    wider array, or every second row. From any other layout (transposed, reversed, broadcast) a contiguous copy is made
    first. weight, bias, mean and rstd are read where they are if they are contiguous.

    A fresh result is a contiguous memoryview. An array that is given as `out` is written where it is; so its rows must
    be contiguous and in order, a constant stride apart. It may be x itself (dx: dy itself), of the same layout. Any
    other sharing of memory between an output and another argument is refused.

Threads

    Every function may be called from any number of threads. Python runs on while a large array is worked on.

Errors

    TypeError     an argument of the wrong type, or an array of the wrong format
    ValueError    a shape, an axis, an eps or a CPU level that cannot be, or an output that overlaps
    BufferError   an output that is read-only or not contiguous
    RuntimeError  PLANISH_CPU asks for a CPU level that cannot be had
    MemoryError   no memory for a result or for working memory

    The text names the argument and what was found. After an error, the outputs are as they were.

Environment

    PLANISH_CPU   the CPU level to use, for tests and support: one of cpus()
"""

from pathlib import Path

from . import _planish
from ._planish import cpu, cpus, layer_norm, layer_norm_backward, set_cpu
from ._planish import version as __version__

__all__ = [
    "__version__",
    "cpu",
    "cpus",
    "get_include",
    "get_library",
    "layer_norm",
    "layer_norm_backward",
    "set_cpu",
]

# Beside the extension, which in an editable installation is not beside this file.
_installed = Path(_planish.__file__).parent


def get_include() -> str:
    """The folder that holds planish.h.

    With get_library, what a C compiler needs:

        cc main.c -I"$(python -c 'import planish; print(planish.get_include())')" \\
            /path/of/libplanish.so.0 -Wl,-rpath,/path/of
    """
    return str(_installed / "include")


def get_library() -> str:
    """The path of the shared library, named as the loader wants it: link it by this path, and its folder as rpath."""
    return str(_installed / "lib" / "libplanish.so.0")
