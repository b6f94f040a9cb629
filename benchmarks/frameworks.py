"""planish.torch beside torch's own layer norm, and the ways of calling planish from JAX: `make bench-frameworks`.

Each row is a way of doing the same, in microseconds: the median over rounds in which all ways take turns. A ratio is
the median over the rounds of the first way's time divided by that way's. Nothing is pinned or held still: for figures
to publish, the machine must be quiet.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from itertools import repeat
from typing import Any

SHAPES = [(1, 64), (16, 768), (128, 768), (4096, 768)]
ROUND = 2_000_000  # nanoseconds a way has in each round

Ways = dict[str, Callable[[], object]]
Function = Callable[..., Any]


def time_once(way: Callable[[], object], count: int) -> float:
    """Nanoseconds a call."""
    start = time.perf_counter_ns()
    for _ in repeat(None, count):
        way()
    return (time.perf_counter_ns() - start) / count


def compare(title: str, ways: Ways, rounds: int) -> None:
    """Print a row for each way."""
    counts = {}
    for name, way in ways.items():
        way()
        counts[name] = max(1, int(ROUND / time_once(way, 3)))
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            times[name].append(time_once(way, counts[name]))
    first = next(iter(times.values()))
    for name, measured in times.items():
        ratio = statistics.median(a / b for a, b in zip(first, measured, strict=True))
        print(f"{title:34} {name:44} {statistics.median(measured) / 1000:10.2f} us   {ratio:5.2f}")


def measure_torch(rounds: int) -> None:
    """Eager, without gradients, recording for them, and with the backward pass."""
    import torch
    from torch.nn import functional

    from planish import torch as planish_torch

    functions: dict[str, Any] = {
        "torch.nn.functional.layer_norm": functional.layer_norm,
        "planish.torch.layer_norm": planish_torch.layer_norm,
    }
    for rows, features in SHAPES:
        x, dy = torch.randn(rows, features), torch.randn(rows, features)
        weight, bias = (torch.nn.Parameter(torch.randn(features)) for _ in range(2))
        leaf = x.clone().requires_grad_()

        def forward(f: Function, x: Any = leaf, weight: Any = weight, bias: Any = bias) -> Any:
            return f(x, weight.shape, weight, bias, 1e-5)

        def both(f: Function, dy: Any = dy, forward: Any = forward, given: Any = (leaf, weight, bias)) -> Any:
            return torch.autograd.grad(forward(f), given, dy)

        size = f"{rows} x {features}"
        with torch.no_grad():
            compare(f"torch, no gradients, {size}", {n: partial(forward, f) for n, f in functions.items()}, rounds)
        compare(f"torch, forward, {size}", {n: partial(forward, f) for n, f in functions.items()}, rounds)
        compare(f"torch, with backward, {size}", {n: partial(both, f) for n, f in functions.items()}, rounds)


def measure_jax(rounds: int) -> None:
    """Jitted: the formulas, the foreign function, a callback into Python."""
    import jax
    import jax.numpy as jnp

    import planish
    from planish import jax as planish_jax

    def formula(x: Any, weight: Any, bias: Any) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        return centred * jax.lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-5) * weight + bias

    def callback(x: Any, weight: Any, bias: Any) -> Any:
        return jax.pure_callback(planish.layer_norm, jax.ShapeDtypeStruct(x.shape, x.dtype), x, weight, bias)

    def wait(f: Function, given: Any) -> object:
        return f(*given).block_until_ready()

    functions: dict[str, Any] = {
        "the formulas": jax.jit(formula),
        "planish.jax.layer_norm (a foreign function)": jax.jit(planish_jax.layer_norm),
        "planish.layer_norm in a pure_callback": jax.jit(callback),
    }
    for rows, features in SHAPES:
        given = [jax.random.normal(jax.random.key(0), shape) for shape in ((rows, features), (features,), (features,))]
        ways: Ways = {name: partial(wait, f, given) for name, f in functions.items()}
        assert all(jnp.allclose(f(*given), formula(*given), atol=1e-5) for f in functions.values())
        compare(f"JAX, forward, {rows} x {features}", ways, rounds)


def main() -> None:
    """Measure what is installed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=50, metavar="N", help="how often the ways take turns (50)")
    arguments = parser.parse_args()
    for name, measurement in (("torch", measure_torch), ("jax", measure_jax)):
        if find_spec(name):
            measurement(arguments.rounds)
        else:
            print(f"{name} is not installed", file=sys.stderr)


if __name__ == "__main__":
    main()
