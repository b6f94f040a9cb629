"""Random shapes, strides, presences, eps and magnitudes, against the reference loops and at every CPU level."""

from __future__ import annotations

from array import array
from itertools import islice

from hypothesis import assume, given, settings
from hypothesis import strategies as st

import planish
from cases import Inputs, Results, run, units
from near import check_results
from views import strided

counts = st.one_of(st.integers(1, 20), st.integers(1, 200), st.integers(1, 65).map(lambda n: 16 * n + 1))


def floats(seed: str, count: int, scale: int, offset: float = 0.0) -> array[float]:
    """Random numbers around the offset, times 2 ** scale."""
    return array("f", ((u + offset) * 2.0**scale for u in islice(units(seed), count)))


def spread(values: array[float], features: int, pad: int) -> memoryview[float]:
    """The rows one after the other, with `pad` NaNs behind each."""
    memory = array("f")
    for start in range(0, len(values), features):
        memory.extend(values[start : start + features])
        memory.extend([float("nan")] * pad)
    return memoryview(memory)


def run_everywhere(x: memoryview[float], dy: memoryview[float], inputs: Inputs, eps: float) -> Results:
    """The results, the same at every level."""
    try:
        results = []
        for level in planish.cpus():
            planish.set_cpu(level)
            results.append(run(x, dy, inputs.weight, inputs.bias, eps))
    finally:
        planish.set_cpu(None)
    assert all(result == results[0] for result in results)
    return results[0]


@settings(max_examples=600, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    rows=st.integers(1, 70),
    features=counts,
    x_pad=st.integers(0, 9),
    dy_pad=st.integers(0, 9),
    weight=st.booleans(),
    bias=st.booleans(),
    eps=st.sampled_from([0.0, 1e-12, 1e-5, 1.0, 1e10]),
    offset=st.sampled_from([0.0, 1.0, -100.0, 1e4, 1e6]),
    x_scale=st.integers(-90, 100),
    other_scale=st.integers(-10, 10),
)
def test_random(
    seed: int,
    rows: int,
    features: int,
    x_pad: int,
    dy_pad: int,
    weight: bool,
    bias: bool,
    eps: float,
    offset: float,
    x_scale: int,
    other_scale: int,
) -> None:
    rows = min(rows, 1 + 2000 // features)
    inputs = Inputs(
        x=floats(f"x{seed}", rows * features, x_scale, offset),
        dy=floats(f"dy{seed}", rows * features, other_scale),
        weight=floats(f"weight{seed}", features, other_scale) if weight else None,
        bias=floats(f"bias{seed}", features, other_scale) if bias else None,
    )
    # Without eps, a row of equal elements has no layer norm.
    assume(eps > 0 or all(len(set(inputs.x[row * features :][:features])) > 1 for row in range(rows)))
    x_memory, dy_memory = spread(inputs.x, features, x_pad), spread(inputs.dy, features, dy_pad)
    x = strided(x_memory, (rows, features), (4 * (features + x_pad), 4))
    dy = strided(dy_memory, (rows, features), (4 * (features + dy_pad), 4))
    check_results(inputs, features, eps, run_everywhere(x, dy, inputs, eps))
