"""Results of the library, checked against the reference loops."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import reference
from cases import Inputs, Results


def check_results(inputs: Inputs, features: int, eps: float, got: Results) -> None:
    f = reference.forward(inputs.x, features, inputs.weight, inputs.bias, eps)
    b = reference.backward(inputs.dy, features, inputs.weight, f.xhat, f.rstd)
    weights = list(inputs.weight or [1.0] * features) * len(f.rstd)
    affine = [inputs.weight is not None or inputs.bias is not None] * len(f.y)
    check_near("y", got.y, f.y, reference.y_bound, f.y, f.xhat, weights, affine)
    check_near("mean", got.mean, f.mean, reference.mean_bound, f.mean, f.std)
    check_near("rstd", got.rstd, f.rstd, reference.rstd_bound, f.rstd)
    check_near("dx", got.dx, b.dx, reference.dx_bound, b.dx_scale)
    check_near("dweight", got.dweight, b.dweight, reference.dweight_bound, b.dweight, b.dweight_scale)
    check_near("dbias", got.dbias, b.dbias, reference.dbias_bound, b.dbias, b.dbias_scale)


def check_near(
    array: str, got: list[float], expected: list[float], bound: Callable[..., float], *sizes: Iterable[float]
) -> None:
    """Each element within bound(sizes of this element) of what is expected."""
    bounds = map(bound, *sizes)
    for index, (g, e, most) in enumerate(zip(got, expected, bounds, strict=True)):
        error = abs(g - e)
        assert error <= most, f"{array}[{index}] is {g!r}, expected {e!r}, off by {error}, allowed are {most}"
