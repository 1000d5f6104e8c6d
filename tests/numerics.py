"""Derivatives by finite differences: what the engine's are compared with.

`f` takes arrays and returns one; `arrays` is the list of them.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

STEP = 5e-4  # with the formula below, its own error and that of rounding are about 1e-12


def slope(
    f: Callable[..., Any], arrays: Sequence[np.ndarray], tangents: Sequence[np.ndarray]
) -> np.ndarray:
    """d f(arrays + t·tangents) / dt at t = 0: central differences, with an error of STEP⁴."""

    def at(t: float) -> np.ndarray:
        return f(*(x + t * v for x, v in zip(arrays, tangents, strict=True)))

    near, far = at(STEP) - at(-STEP), at(2 * STEP) - at(-2 * STEP)
    return (8 * near - far) / (12 * STEP)


def gradient(f: Callable[..., Any], arrays: Sequence[np.ndarray], g: np.ndarray) -> list[Any]:
    """The gradient of Re Σ g·f by each array, element by element.

    By a complex z = x + iy it is ∂/∂x − i ∂/∂y.
    """
    gradients = [np.zeros_like(x) for x in arrays]
    for n, out in enumerate(gradients):
        for i in np.ndindex(out.shape):
            for unit in (1, 1j) if out.dtype.kind == "c" else (1,):
                tangents = [np.zeros_like(x) for x in arrays]
                tangents[n][i] = unit
                out[i] += pairing([g], [slope(f, arrays, tangents)]) * np.conj(unit)
    return gradients


def pairing(cotangents: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Re Σ cotangent · tangent."""
    pairs = zip(cotangents, tangents, strict=True)
    return sum((np.real(np.sum(g * t)) for g, t in pairs), 0.0)


def random_like(*arrays: Any, seed: int = 0) -> list[np.ndarray]:
    """For each array, one of its shape and dtype with numbers between -1 and 1 (each part)."""
    rng = np.random.default_rng(seed)
    found = []
    for x in arrays:
        numbers, dtype = rng.uniform(-1, 1, np.shape(x)), np.asarray(x).dtype
        if dtype.kind == "c":
            numbers = numbers + 1j * rng.uniform(-1, 1, np.shape(x))
        found.append(np.asarray(numbers).astype(dtype))
    return found
