from typing import Any, Literal, Protocol, SupportsFloat, SupportsIndex, TypeAlias, TypeVar, final, overload

from typing_extensions import Buffer

# The kinds of arrays, told apart by what no other kind has, so that none of the packages is needed to check types. Each
# says by one of its methods what a plain array of its kind is: that of a torch.nn.Parameter is a torch.Tensor, that of
# a numpy.memmap a numpy.ndarray of the same dtype.

_Kind = TypeVar("_Kind", covariant=True)

class _NumpyArray(Protocol[_Kind]):
    @property
    def __array_interface__(self) -> Any: ...
    def squeeze(self) -> _Kind: ...

class _TorchTensor(Protocol[_Kind]):
    def contiguous(self) -> _Kind: ...
    def element_size(self) -> int: ...

class _JaxArray(Protocol[_Kind]):
    def block_until_ready(self) -> _Kind: ...

class _Tensor(Protocol):
    """What DLPack asks of an array."""

    def __dlpack__(self) -> Any: ...

_Y = TypeVar("_Y")  # a fresh array of x's kind
_Own: TypeAlias = _NumpyArray[_Y] | _TorchTensor[_Y] | _JaxArray[_Y]
_Fresh: TypeAlias = memoryview[float]  # ... if x is a buffer and nothing else
_Array: TypeAlias = Buffer | _Tensor

# Arrays that are given to be written, and returned.
_A = TypeVar("_A", bound=_Array)
_B = TypeVar("_B", bound=_Array)
_C = TypeVar("_C", bound=_Array)

_Axis: TypeAlias = SupportsIndex | tuple[SupportsIndex, ...]
_Number: TypeAlias = SupportsFloat | SupportsIndex
_All: TypeAlias = tuple[Literal[True], Literal[True], Literal[True]]
_Some: TypeAlias = tuple[bool, bool, bool]
_Entries: TypeAlias = tuple[_Array | None, _Array | None, _Array | None]

@final
class Result:
    """A fresh bfloat16 array, and the memory behind a fresh memoryview."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> str: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    def __dlpack__(
        self,
        *,
        stream: None = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any: ...
    def __dlpack_device__(self) -> tuple[int, int]: ...

# For planish.torch and planish.jax.
def tensor_forward(x: Any, normalized_shape: Any, weight: Any, bias: Any, eps: float, statistics: bool, /) -> Any: ...
def tensor_backward(
    dy: Any, x: Any, normalized_shape: Any, weight: Any, mean: Any, rstd: Any, needs: tuple[bool, ...], /
) -> Any: ...
def jax_handlers() -> tuple[Any, Any]: ...

version: str
library_version: str

def cpu() -> str: ...
def cpus() -> tuple[str, ...]: ...
def release_memory() -> int: ...
def set_cpu(level: str | None, /) -> None: ...
def get_num_threads() -> int: ...
def set_num_threads(threads: SupportsIndex, /) -> None: ...
@overload
def layer_norm(
    x: _Own[_Y],
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: None = None,
    return_stats: Literal[False] = False,
) -> _Y: ...
@overload
def layer_norm(
    x: _Own[_Y],
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: None = None,
    return_stats: Literal[True],
) -> tuple[_Y, _Y, _Y]: ...
@overload
def layer_norm(
    x: _Own[_Y],
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: None = None,
    return_stats: bool,
) -> _Y | tuple[_Y, _Y, _Y]: ...
@overload
def layer_norm(
    x: Buffer,
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: None = None,
    return_stats: Literal[False] = False,
) -> _Fresh: ...
@overload
def layer_norm(
    x: Buffer,
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: None = None,
    return_stats: Literal[True],
) -> tuple[_Fresh, _Fresh, _Fresh]: ...
@overload
def layer_norm(
    x: Buffer,
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: None = None,
    return_stats: bool,
) -> _Fresh | tuple[_Fresh, _Fresh, _Fresh]: ...
@overload
def layer_norm(
    x: _Array,
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: _A,
    return_stats: Literal[False] = False,
) -> _A: ...
@overload
def layer_norm(
    x: _Array,
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: tuple[_A, _B, _C],
    return_stats: Literal[True],
) -> tuple[_A, _B, _C]: ...
@overload
def layer_norm(
    x: _Own[_Y],
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: _A,
    return_stats: Literal[True],
) -> tuple[_A, _Y, _Y]: ...
@overload
def layer_norm(
    x: Buffer,
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: _A,
    return_stats: Literal[True],
) -> tuple[_A, _Fresh, _Fresh]: ...
@overload
def layer_norm(
    x: _Own[_Y],
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: tuple[_A | None, _B | None, _C | None],
    return_stats: Literal[True],
) -> tuple[_A | _Y, _B | _Y, _C | _Y]: ...
@overload
def layer_norm(
    x: Buffer,
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: tuple[_A | None, _B | None, _C | None],
    return_stats: Literal[True],
) -> tuple[_A | _Fresh, _B | _Fresh, _C | _Fresh]: ...
@overload  # of another kind
def layer_norm(
    x: _Tensor,
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: _Array | _Entries | None = None,
    return_stats: bool = False,
) -> Any: ...
@overload
def layer_norm_backward(
    dy: _Array,
    x: _Own[_Y],
    weight: _Array | None = None,
    *,
    mean: _Array | None = None,
    rstd: _Array | None = None,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    needs: _All = (True, True, True),
    out: None = None,
) -> tuple[_Y, _Y, _Y]: ...
@overload
def layer_norm_backward(
    dy: _Array,
    x: Buffer,
    weight: _Array | None = None,
    *,
    mean: _Array | None = None,
    rstd: _Array | None = None,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    needs: _All = (True, True, True),
    out: None = None,
) -> tuple[_Fresh, _Fresh, _Fresh]: ...
@overload
def layer_norm_backward(
    dy: _Array,
    x: _Own[_Y],
    weight: _Array | None = None,
    *,
    mean: _Array | None = None,
    rstd: _Array | None = None,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    needs: _Some,
    out: None = None,
) -> tuple[_Y | None, _Y | None, _Y | None]: ...
@overload
def layer_norm_backward(
    dy: _Array,
    x: Buffer,
    weight: _Array | None = None,
    *,
    mean: _Array | None = None,
    rstd: _Array | None = None,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    needs: _Some,
    out: None = None,
) -> tuple[_Fresh | None, _Fresh | None, _Fresh | None]: ...
@overload
def layer_norm_backward(
    dy: _Array,
    x: _Array,
    weight: _Array | None = None,
    *,
    mean: _Array | None = None,
    rstd: _Array | None = None,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    needs: _All = (True, True, True),
    out: tuple[_A, _B, _C],
) -> tuple[_A, _B, _C]: ...
@overload
def layer_norm_backward(
    dy: _Array,
    x: _Own[_Y],
    weight: _Array | None = None,
    *,
    mean: _Array | None = None,
    rstd: _Array | None = None,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    needs: _Some = (True, True, True),
    out: tuple[_A | None, _B | None, _C | None],
) -> tuple[_A | _Y | None, _B | _Y | None, _C | _Y | None]: ...
@overload
def layer_norm_backward(
    dy: _Array,
    x: Buffer,
    weight: _Array | None = None,
    *,
    mean: _Array | None = None,
    rstd: _Array | None = None,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    needs: _Some = (True, True, True),
    out: tuple[_A | None, _B | None, _C | None],
) -> tuple[_A | _Fresh | None, _B | _Fresh | None, _C | _Fresh | None]: ...
@overload  # of another kind
def layer_norm_backward(
    dy: _Array,
    x: _Tensor,
    weight: _Array | None = None,
    *,
    mean: _Array | None = None,
    rstd: _Array | None = None,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    needs: _Some = (True, True, True),
    out: _Entries | None = None,
) -> Any: ...
