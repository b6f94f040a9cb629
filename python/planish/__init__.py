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
    release_memory        gives memory that is kept for later results back
    get_num_threads, set_num_threads
                          how many threads a call uses at most
    cpu, cpus, set_cpu    the level of the CPU that the kernels use
    get_include           folder of planish.h, for C programs
    get_library           path of the shared library, for C programs

    planish.torch, planish.jax
                          layer norms that torch and JAX differentiate, compile and batch; help(planish.torch)

Arrays

    Any object with the buffer protocol is an array: array.array, memoryview, ctypes and NumPy arrays, and bytes or mmap
    through memoryview(...).cast("f"). So is any object with DLPack whose memory is the CPU's, like torch's tensors and
    JAX's arrays, and NumPy's arrays of ml_dtypes.bfloat16. No alignment is needed. Nothing of an array is kept after a
    call.

    Fresh results are contiguous arrays of x's library, whatever the other arguments are: numpy.ndarray (of
    ml_dtypes.bfloat16 too), torch.Tensor, jax.Array, and what from_dlpack of another library makes of them. They share
    the memory that they were computed in. Nothing is imported for that. Subclasses get the library's plain arrays.
    Gradients are not recorded here, but by planish.torch and planish.jax: a tensor that requires one is refused.

    For a plain buffer a fresh result is a memoryview. The buffer protocol has no bfloat16; such a result is an object
    with shape, dtype and DLPack, for torch.from_dlpack and its like, and memoryview(result) shows its bits as 16-bit
    integers, format "H". What is behind the other memoryviews, y.obj, is a DLPack tensor too.

    torch may put off a change of sign: imag of a conjugate holds the negatives of its numbers. Such a tensor is
    refused, since DLPack does not tell; x.resolve_neg() makes an ordinary one.

    An array that is given as `out` is written where it is. It may be x itself (dx: dy itself), of the same layout. Any
    other sharing of memory between an output and another argument is refused. A tensor must come in a versioned DLPack
    capsule to be written, as torch's do, since others cannot say whether that is allowed.

Dtypes

    float32 (format "f"), float64 ("d") and float16 ("e"), in native byte order, and bfloat16. y, dy and dx have x's
    dtype. weight and bias have x's dtype or, each on its own, float32 with 16-bit x. mean and rstd are float64 for
    float64, and float32 for all others. dweight and dbias come in weight's dtype, without weight in x's; an `out` of
    float32 is taken for dbias of 16-bit x, and for dweight if there is no weight. 16-bit arrays are computed with in
    float32, and rounded once.

Axes

    Any adjacent axes are normalized together: the last one, the last three, or with axis=1 the channels at each pixel
    of images (N, C, H, W). weight and bias have x's shape over these axes, mean and rstd over all others.

    x is read where it is if the axes behind the normalized ones are contiguous, and these and the axes before them lie
    in order, a constant stride apart; with no axes behind, it is the normalized axes that must be contiguous. So
    x[:, :768] of a wider array, every second row, or x[:, ::2] of images are read in place. From any other layout
    (transposed, reversed, broadcast) a contiguous copy is made first. An `out` of any other layout is refused. weight,
    bias, mean and rstd are read where they are if they are contiguous.

Threads

    A call on a large array is shared among threads, at most as many as the process has CPUs, PLANISH_NUM_THREADS, or
    set_num_threads says; the number changes no bit of a result. Every function may be called from any number of
    threads, and in any number of interpreters, with a GIL of their own too. Python's other threads run on while a call
    works on 32 KiB of x or more; below that, to give the GIL away would cost more than it brings.

    A call holds its arrays: until it returns, what would take their memory away fails (BufferError from bytearray,
    array.array and mmap), and a last reference that goes away does no harm. Whoever changes the values meanwhile gets
    results of some of them, nothing worse. DLPack cannot hold back what resizes a tensor where it is, like torch's
    resize_: don't, during a call.

    Worker processes may be forked, before or after threads were used, spawned, or come from a server. Ctrl-C during a
    call is a KeyboardInterrupt at its end, with all results complete.

Memory

    Memory of a fresh result is kept when nobody needs the result any more, and handed out again for a later one: fresh
    memory costs more time than the arithmetic on large arrays. At most 256 MiB are kept, or PLANISH_CACHE_BYTES, in 32
    pieces; what was kept longest goes first. Results of less than 64 KiB are not kept. Where Linux gives huge pages to
    programs that ask for them, it takes pieces of 16 MiB and more back by itself when memory is short. release_memory()
    gives everything back at once. What is kept is shared by the threads and interpreters of a process; a forked child
    starts with nothing kept.

Errors

    TypeError     an argument of the wrong type, or an array of the wrong dtype
    ValueError    a shape, an axis, an eps or a CPU level that cannot be, or an output that overlaps
    BufferError   an output that is read-only or of a layout that cannot be written, or an array on another device
    RuntimeError  PLANISH_CPU asks for a CPU level that cannot be had
    MemoryError   no memory for a result or for working memory

    The text names the argument and what was found. After an error, the outputs are as they were.

Command line

    python -m planish          what this build is
    python -m planish verify   compares this machine's result bits with the published ones
    python -m planish bench    times layer norms here, beside those of the packages that are installed
    python -m planish tour     a short course on layer normalization, measured on this machine

    Each takes --help. Exit status: 0 if all is well, 1 if something is not, 2 for wrong usage; errors go to stderr.

Environment

    PLANISH_CACHE_BYTES   how much memory of earlier results is kept, in bytes; 0: none. Read when planish is imported
    PLANISH_NUM_THREADS   how many threads a call uses at most
    PLANISH_CPU           the CPU level to use, for tests and support: one of cpus()
"""

from pathlib import Path

from . import _planish
from ._planish import (
    cpu,
    cpus,
    get_num_threads,
    layer_norm,
    layer_norm_backward,
    release_memory,
    set_cpu,
    set_num_threads,
)
from ._planish import version as __version__

__all__ = [
    "__version__",
    "cpu",
    "cpus",
    "get_include",
    "get_library",
    "get_num_threads",
    "layer_norm",
    "layer_norm_backward",
    "release_memory",
    "set_cpu",
    "set_num_threads",
]

# Beside the extension, which in an editable installation is not beside this file.
_installed = Path(_planish.__file__).parent


def get_include() -> str:
    """The folder that holds planish.h.

    With get_library, what a C compiler needs:

        cc main.c -I"$(python -c 'import planish; print(planish.get_include())')" \\
            /path/of/libplanish.so.0 -Wl,-rpath,/path/of

    >>> (Path(get_include()) / "planish.h").exists()
    True
    """
    return str(_installed / "include")


def get_library() -> str:
    """The path of the shared library, named as the loader wants it.

    Programs are linked with this path, and its folder as rpath.

    >>> Path(get_library()).name
    'libplanish.so.0'
    """
    return str(_installed / "lib" / "libplanish.so.0")
