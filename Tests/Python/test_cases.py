"""Every shared case: the library against the reference loops, and its result bits against the recorded digest."""

from __future__ import annotations

import pytest

import planish
from cases import Case, digest_of, floats_of, make_inputs, matrix, read_cases, run_case
from near import check_results

CASES = read_cases()
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def test_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES) > 0


@every_case
def test_case(case: Case) -> None:
    got = run_case(case)
    check_results(make_inputs(case), case.features, case.eps, got)
    assert case.digest is None or digest_of(got) == case.digest


@every_case
def test_statistics_left_out(case: Case) -> None:
    """Backward computes them from x and gives the same bits; forward without them gives the same y."""
    inputs = make_inputs(case)
    x = matrix(inputs.x, case.rows, case.features)
    dy = matrix(inputs.dy, case.rows, case.features)
    y = planish.layer_norm(x, inputs.weight, inputs.bias, eps=case.eps)
    gradients = planish.layer_norm_backward(dy, x, inputs.weight, eps=case.eps)
    expected = run_case(case)
    assert floats_of(y) == expected.y
    assert [floats_of(g) for g in gradients] == [expected.dx, expected.dweight, expected.dbias]
