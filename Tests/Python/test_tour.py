"""The tour's claims, over several seeds: what its chapters say is what is measured."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from touring import need_packages, quick

need_packages()

import numpy as np
from threadpoolctl import threadpool_limits

import planish
from planish.tour import CHAPTERS, chapters, networks
from planish.tour.chapter import Settings
from planish.tour.claims import Claim, number
from planish.tour.listing import listing
from planish.tour.networks import RELU, SIGMOID, Network, cross_entropy

SEEDS = (0, 1, 2)
LONGEST = 92  # characters of a line of code that fit the page


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", chapters.NAMES)
def test_claims(name: str, seed: int) -> None:
    chapter = quick(name, seed)
    assert chapter.claims
    wrong = [f"{claim.text}: {claim.value:.6g}, {claim.verdict}" for claim in chapter.claims if not claim.held]
    assert not wrong


def test_command_line_knows_how_many_chapters_there_are() -> None:
    assert len(chapters.NAMES) == CHAPTERS


@pytest.mark.parametrize("name", chapters.NAMES)
def test_chapters_have_all_their_parts(name: str) -> None:
    chapter = quick(name, 0)
    for text in (chapter.idea, chapter.measured, chapter.conclusion, chapter.limits):
        assert text.startswith(("<p>", '<div class="wide">'))
        assert "nan" not in text
    assert chapter.pictures
    assert chapter.figures
    for picture in chapter.pictures:
        assert len(picture.alt) > 60
        assert picture.caption


@pytest.mark.parametrize("name", chapters.NAMES)
def test_shown_code_is_short(name: str) -> None:
    for function in quick(name, 0).code:
        source = listing(function).partition("<pre>")[2]
        assert source.count("\n") < 30
        assert max(map(len, plain(source).splitlines())) <= LONGEST


def plain(html: str) -> str:
    """The text of HTML."""
    return unescape(re.sub("<[^>]+>", "", html))


def test_nothing_is_left_switched() -> None:
    before = planish.cpu(), planish.get_num_threads()
    with threadpool_limits(1):
        chapters.run("promises", Settings(3, quick=True))
    assert (planish.cpu(), planish.get_num_threads()) == before


@pytest.mark.parametrize("name", ["vanishing", "exploding", "shift", "convergence"])
def test_claims_notice_a_norm_that_does_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def idle(x: Any, weight: Any, bias: Any) -> Any:
        return x * weight + bias, x.mean(1), np.ones(len(x), x.dtype)

    def idle_backward(dy: Any, x: Any, weight: Any, mean: Any, rstd: Any) -> Any:
        return dy * weight, (dy * x).sum(0), dy.sum(0)

    monkeypatch.setattr(networks, "norm", idle)
    monkeypatch.setattr(networks, "norm_backward", idle_backward)
    if name == "convergence":  # all rates take long
        from planish.tour.chapters import learning_rates

        monkeypatch.setattr(learning_rates, "RATES", learning_rates.RATES[4:8])
    with np.errstate(all="ignore"), threadpool_limits(1):
        assert not all(claim.held for claim in chapters.run(name, Settings(0, quick=True)).claims)


@pytest.mark.parametrize("activation", [RELU, SIGMOID], ids=["relu", "sigmoid"])
@pytest.mark.parametrize("normed", [False, True], ids=["plain", "normed"])
def test_backward_of_a_network_agrees_with_differences(normed: bool, activation: Any) -> None:
    rng = np.random.default_rng(0)
    network = Network([5, 7, 6, 3], rng, normed=normed, activation=activation)
    for group in (network.weights, network.biases, network.gains):
        group[:] = [p + rng.normal(0, 0.1, p.shape) for p in group]
    x, labels = rng.standard_normal((4, 5)), np.array([0, 2, 1, 1])

    def loss() -> float:
        return cross_entropy(network.forward(x)[-1], labels)[0]

    network.backward(cross_entropy(network.forward(x)[-1], labels)[1].astype(float))
    for parameter, gradient in zip(network.parameters(), network.grads, strict=True):
        for place in np.ndindex(parameter.shape):
            kept = parameter[place]
            parameter[place] = kept + 1e-5
            up = loss()
            parameter[place] = kept - 1e-5
            down = loss()
            parameter[place] = kept
            assert gradient[place] == pytest.approx((up - down) / 2e-5, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (0.99996, "1"),
        (-0.5, "−0.5"),
        (0.00123456, "0.00123"),
        (0.000123456, "1.23 · 10⁻⁴"),
        (12345.0, "12300"),
        (123456.0, "1.23 · 10⁵"),
        (1e12, "10¹²"),
        (-1e-30, "−10⁻³⁰"),
        (100.0, "100"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (float("nan"), "NaN"),
    ],
)
def test_numbers_as_text(value: float, text: str) -> None:
    assert number(value) == text


def test_verdicts() -> None:
    own, read = Claim("a", 1.0, 0.9, 1.1), Claim("b", 1.0, high=0.5, textbook="disagrees")
    assert (own.verdict, own.held, own.band) == ("holds", True, "0.9 to 1.1")
    assert (read.verdict, read.held, read.band) == ("disagrees", True, "at most 0.5")
    assert replace(own, value=2.0).verdict == "does not hold"
    assert not replace(own, value=float("nan")).held
    assert not replace(read, value=0.1).held
    assert Claim("c", 2, low=1).band == "at least 1"
    assert Claim("d", 0, 0, 0).band == "0"
