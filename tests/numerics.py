"""Derivatives by finite differences: what the engine's are compared with.

`f` takes arrays and returns one; `arrays` is the list of them.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

STEP = 1e-3  # with the formula below, both its own error and that of rounding are about 1e-12


def slope(
    f: Callable[..., Any], arrays: Sequence[np.ndarray], tangents: Sequence[np.ndarray]
) -> np.ndarray:
    """d f(arrays + t·tangents) / dt at t = 0: central differences, with an error of STEP⁴."""

    def at(t: float) -> np.ndarray:
        return f(*(x + t * v for x, v in zip(arrays, tangents, strict=True)))

    near, far = at(STEP) - at(-STEP), at(2 * STEP) - at(-2 * STEP)
    return (8 * near - far) / (12 * STEP)


def gradient(f: Callable[..., Any], arrays: Sequence[np.ndarray], g: np.ndarray) -> list[Any]:
    """The gradient of Σ g·f by each array, element by element."""
    gradients = [np.zeros_like(x) for x in arrays]
    for n, out in enumerate(gradients):
        for i in np.ndindex(out.shape):
            tangents = [np.zeros_like(x) for x in arrays]
            tangents[n][i] = 1
            out[i] = np.sum(g * slope(f, arrays, tangents))
    return gradients


def random_like(*arrays: Any, seed: int = 0) -> list[np.ndarray]:
    """For each array, one of its shape and dtype with numbers between -1 and 1."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1, 1, np.shape(x)).astype(np.asarray(x).dtype) for x in arrays]
