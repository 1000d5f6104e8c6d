"""Norms."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd.rules.norms import length, p_norm
from autograd.testing.strategies import Made, axes, axis, plane
from calls import a_flag, no_scalar, one_of, takes
from domains.linalg import ANY, matrices

inf = np.inf


def signed(x: Any) -> Any:
    """Numbers of both signs whose sizes are from 0.4 to 1.6, far from 0."""
    signs = np.resize([1, -1, -1], x.size).reshape(x.shape)
    return x / 4 + signs.astype(x.dtype)


def growing(x: Any) -> Any:
    """Numbers of both signs with sizes that are far apart."""
    steps = np.arange(1, x.size + 1) * np.resize([1, -1, -1], x.size)
    return x / 8 + steps.reshape(x.shape).astype(x.dtype)


def sloping(x: Any) -> Any:
    """Matrices whose sums of rows and columns are far apart, and whose elements are far from 0."""
    rows, columns = x.shape[-2:]
    return x / 8 + (1 + 2 * np.arange(rows)[:, None] + 3 * np.arange(columns)).astype(x.dtype)


def of_cond(f: Any, x: Any, p: Any = None) -> Any:
    return np.real(f(x, p))  # which NumPy 2.0 makes complex


@st.composite
def two_axes(draw: Any, x: Any) -> Any:
    axes = draw(st.permutations([x.ndim - 2, x.ndim - 1]))
    return tuple(axis - x.ndim * draw(st.booleans()) for axis in axes)


sizes, steps, slopes = (Made(make, complex=True) for make in (signed, growing, sloping))
SUMS = one_of(1, -1, inf, -inf)

DOMAINS = {
    length: takes(plane, axis=axes, keepdims=a_flag),
    p_norm: takes(sizes, one_of(-2, 0.5, 1.5, 3), axis=axes, keepdims=a_flag),
    np.linalg.norm: [
        takes(plane),
        takes(plane, one_of(None, 2), axis, a_flag, shapes=no_scalar),
        takes(sizes, one_of(-2, -1, 0.5, 1, 1.5, 3), axis, a_flag, shapes=no_scalar),
        takes(steps, one_of(inf, -inf), axis, a_flag, shapes=no_scalar),
        takes(matrices, one_of(None, "fro", "f"), two_axes, a_flag, shapes=ANY),
        takes(matrices, one_of("nuc", 2, -2), two_axes, a_flag, shapes=ANY),
        takes(slopes, SUMS, two_axes, a_flag, shapes=ANY),
        takes(matrices, one_of("fro", "nuc", 2, -2), shapes=[[(2, 2)], [(3, 2)]]),
    ],
    np.linalg.vector_norm: [
        takes(plane, axis=axes, keepdims=a_flag),
        takes(sizes, axis=axes, keepdims=a_flag, ord=one_of(-1, 1, 3), shapes=no_scalar),
        takes(steps, axis=axes, keepdims=a_flag, ord=one_of(inf, -inf), shapes=no_scalar),
    ],
    np.linalg.matrix_norm: [
        takes(matrices, keepdims=a_flag, ord=one_of("fro", "nuc", 2, -2), shapes=ANY),
        takes(slopes, keepdims=a_flag, ord=SUMS, shapes=ANY),
    ],
    np.linalg.cond: [
        takes(
            matrices,
            one_of(None, 2, -2, "fro", "nuc"),
            shapes=[[(2, 2)], [(3, 3)], [(2, 2, 2)], [(0, 2, 2)]],
            via=of_cond,
        ),
        takes(matrices, shapes=[[(3, 2)], [(2, 3)]]),
        takes(slopes, SUMS, shapes=[[(2, 2)], [(2, 2, 2)]], via=of_cond),
    ],
}  # fmt: skip
