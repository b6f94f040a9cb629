from typing import Any, Literal, Protocol, SupportsFloat, SupportsIndex, TypeAlias, TypeVar, final, overload

from typing_extensions import Buffer

class _Tensor(Protocol):
    """What DLPack asks of an array: torch's tensors, JAX's arrays."""

    def __dlpack__(self) -> Any: ...
    def __dlpack_device__(self) -> Any: ...

_Array: TypeAlias = Buffer | _Tensor

_Y = TypeVar("_Y", bound=_Array)
_First = TypeVar("_First", bound=Buffer)
_Mean = TypeVar("_Mean", bound=Buffer)
_Rstd = TypeVar("_Rstd", bound=Buffer)
_Dx = TypeVar("_Dx", bound=Buffer)
_Dweight = TypeVar("_Dweight", bound=Buffer)
_Dbias = TypeVar("_Dbias", bound=Buffer)

_Axis: TypeAlias = SupportsIndex | tuple[SupportsIndex, ...]
_Number: TypeAlias = SupportsFloat | SupportsIndex
_Fresh: TypeAlias = memoryview[float]
_All: TypeAlias = tuple[Literal[True], Literal[True], Literal[True]]
_Entries: TypeAlias = tuple[Buffer | None, Buffer | None, Buffer | None]
_Tensors: TypeAlias = tuple[_Array | None, _Array | None, _Array | None]

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
    out: _Y,
    return_stats: Literal[False] = False,
) -> _Y: ...
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
    out: _Y,
    return_stats: Literal[True],
) -> tuple[_Y, _Fresh, _Fresh]: ...
@overload
def layer_norm(
    x: Buffer,
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: tuple[_First, _Mean, _Rstd],
    return_stats: Literal[True],
) -> tuple[_First, _Mean, _Rstd]: ...
@overload
def layer_norm(
    x: Buffer,
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: _Entries,
    return_stats: Literal[True],
) -> tuple[Buffer, Buffer, Buffer]: ...
@overload  # whether a tensor gives memoryviews depends on its dtype
def layer_norm(
    x: _Tensor,
    weight: _Array | None = None,
    bias: _Array | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: _Array | _Tensors | None = None,
    return_stats: bool = False,
) -> Any: ...
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
    x: Buffer,
    weight: _Array | None = None,
    *,
    mean: _Array | None = None,
    rstd: _Array | None = None,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    needs: _All = (True, True, True),
    out: tuple[_Dx, _Dweight, _Dbias],
) -> tuple[_Dx, _Dweight, _Dbias]: ...
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
    needs: tuple[bool, bool, bool],
    out: None = None,
) -> tuple[_Fresh | None, _Fresh | None, _Fresh | None]: ...
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
    needs: tuple[bool, bool, bool] = (True, True, True),
    out: _Entries,
) -> _Entries: ...
@overload
def layer_norm_backward(
    dy: _Array,
    x: _Tensor,
    weight: _Array | None = None,
    *,
    mean: _Array | None = None,
    rstd: _Array | None = None,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    needs: tuple[bool, bool, bool] = (True, True, True),
    out: _Tensors | None = None,
) -> Any: ...
