from typing import Literal, SupportsFloat, SupportsIndex, TypeAlias, TypeVar, overload

from typing_extensions import Buffer

_Y = TypeVar("_Y", bound=Buffer)
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

version: str
library_version: str

def cpu() -> str: ...
def cpus() -> tuple[str, ...]: ...
def set_cpu(level: str | None, /) -> None: ...
@overload
def layer_norm(
    x: Buffer,
    weight: Buffer | None = None,
    bias: Buffer | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: None = None,
    return_stats: Literal[False] = False,
) -> _Fresh: ...
@overload
def layer_norm(
    x: Buffer,
    weight: Buffer | None = None,
    bias: Buffer | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: _Y,
    return_stats: Literal[False] = False,
) -> _Y: ...
@overload
def layer_norm(
    x: Buffer,
    weight: Buffer | None = None,
    bias: Buffer | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: None = None,
    return_stats: Literal[True],
) -> tuple[_Fresh, _Fresh, _Fresh]: ...
@overload
def layer_norm(
    x: Buffer,
    weight: Buffer | None = None,
    bias: Buffer | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: _Y,
    return_stats: Literal[True],
) -> tuple[_Y, _Fresh, _Fresh]: ...
@overload
def layer_norm(
    x: Buffer,
    weight: Buffer | None = None,
    bias: Buffer | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: tuple[_Y, _Mean, _Rstd],
    return_stats: Literal[True],
) -> tuple[_Y, _Mean, _Rstd]: ...
@overload
def layer_norm(
    x: Buffer,
    weight: Buffer | None = None,
    bias: Buffer | None = None,
    *,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    out: _Entries,
    return_stats: Literal[True],
) -> tuple[Buffer, Buffer, Buffer]: ...
@overload
def layer_norm_backward(
    dy: Buffer,
    x: Buffer,
    weight: Buffer | None = None,
    *,
    mean: Buffer | None = None,
    rstd: Buffer | None = None,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    needs: _All = (True, True, True),
    out: None = None,
) -> tuple[_Fresh, _Fresh, _Fresh]: ...
@overload
def layer_norm_backward(
    dy: Buffer,
    x: Buffer,
    weight: Buffer | None = None,
    *,
    mean: Buffer | None = None,
    rstd: Buffer | None = None,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    needs: _All = (True, True, True),
    out: tuple[_Dx, _Dweight, _Dbias],
) -> tuple[_Dx, _Dweight, _Dbias]: ...
@overload
def layer_norm_backward(
    dy: Buffer,
    x: Buffer,
    weight: Buffer | None = None,
    *,
    mean: Buffer | None = None,
    rstd: Buffer | None = None,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    needs: tuple[bool, bool, bool],
    out: None = None,
) -> tuple[_Fresh | None, _Fresh | None, _Fresh | None]: ...
@overload
def layer_norm_backward(
    dy: Buffer,
    x: Buffer,
    weight: Buffer | None = None,
    *,
    mean: Buffer | None = None,
    rstd: Buffer | None = None,
    axis: _Axis = -1,
    eps: _Number = 1e-5,
    needs: tuple[bool, bool, bool] = (True, True, True),
    out: _Entries,
) -> _Entries: ...
