"""A claim: a sentence, the number that was measured for it, and the band that the number has to lie in."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .data import Array

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_of_ten(exponent: int) -> str:
    return "10" + str(exponent).translate(SUPERSCRIPTS)


def number(value: float, digits: int = 3) -> str:
    """A number as text: so many significant digits, powers of ten where it is very large or very small."""
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    mantissa, _, exponent = f"{abs(value):.{digits - 1}e}".partition("e")
    power = int(exponent)
    if value == 0 or -3 <= power < 5:
        shown = "0" if value == 0 else f"{float(f'{abs(value):.{digits - 1}e}'):.{max(digits - 1 - power, 0)}f}"
        text = shown.rstrip("0").rstrip(".") if "." in shown else shown
    else:
        mantissa = mantissa.rstrip("0").rstrip(".")
        text = power_of_ten(power) if mantissa == "1" else f"{mantissa} · {power_of_ten(power)}"
    return f"−{text}" if value < 0 else text


@dataclass(frozen=True)
class Claim:
    """A claim of the tour's own has to hold. A sentence that is often read is put to the test: `textbook` says what the
    chapter's text says of it, "agrees" or "disagrees", and has to be what the measurement says."""

    text: str
    value: float
    low: float = -math.inf
    high: float = math.inf
    textbook: str = ""

    @property
    def inside(self) -> bool:
        return self.low <= self.value <= self.high

    @property
    def verdict(self) -> str:
        """What the measurement says."""
        if self.textbook:
            return "agrees" if self.inside else "disagrees"
        return "holds" if self.inside else "does not hold"

    @property
    def held(self) -> bool:
        """Whether the chapter's text may stand as it is."""
        return self.verdict == (self.textbook or "holds")

    @property
    def band(self) -> str:
        if self.low == self.high:
            return number(self.low, 4)
        if self.high == math.inf:
            return f"at least {number(self.low, 4)}"
        if self.low == -math.inf:
            return f"at most {number(self.high, 4)}"
        return f"{number(self.low, 4)} to {number(self.high, 4)}"


def steady_factors(factors: Array) -> list[Claim]:
    """With layer norm a layer hardly changes the size of the gradient: factors of all layers, runs and scales."""
    return [
        Claim("with layer norm, all scales: least factor of a layer", factors.min(), 0.9, 1.1),
        Claim("with layer norm, all scales: largest factor of a layer", factors.max(), 0.9, 1.1),
    ]
