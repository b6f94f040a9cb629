"""The real data: sets that scikit-learn brings along, as float32. Nothing is downloaded."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits, load_sample_images, load_wine

Array = NDArray[Any]


@cache
def digits() -> tuple[Array, Array]:
    """1797 handwritten digits: grey values of 8 × 8 pixels from 0 to 1, (N, 64), and which digit it is."""
    data = load_digits()
    return (data.data / 16).astype(np.float32), data.target


@cache
def wine() -> tuple[Array, Array]:
    """178 wines from three growers: 13 quantities in their own units, (N, 13), and the grower."""
    data = load_wine()
    return data.data.astype(np.float32), data.target


@cache
def photographs(height: int, width: int) -> Array:
    """Two photographs, red, green and blue, (2, 3, height, width): means over blocks of pixels, from 0 to 255."""
    images = np.stack(load_sample_images().images).astype(np.float64)
    rows, columns = images.shape[1] // height, images.shape[2] // width
    cut = images[:, : rows * height, : columns * width].reshape(-1, height, rows, width, columns, 3)
    return np.ascontiguousarray(cut.mean((2, 4)).transpose(0, 3, 1, 2), np.float32)
