"""Matrices of the kinds on which linear algebra stands or falls.

Each is what is in an array, as `real` is: `check_op(np.linalg.inv, well_conditioned)`, or
`arrays(singular, shape=(3, 3))`. A shape may have further axes before the last two. In half of the
calls of check_op they are complex, as `plane` is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd.testing.strategies.shapes import Shape
from autograd.testing.strategies.values import Made


def squares(count: int) -> st.SearchStrategy[Sequence[Shape]]:
    """The same shape for so many arrays: that of square matrices, or of stacks of them.

    >>> from hypothesis import find
    >>> find(squares(1), lambda shapes: len(shapes[0]) == 3)
    ((2, 2, 2),)
    """
    found = [(1, 1), (2, 2), (3, 3), (2, 2, 2), (0, 0), (0, 2, 2)]
    return st.sampled_from(found).map(lambda shape: (shape,) * count)


def spaced(x: Any) -> Any:
    """Matrices, not only square ones, with eigenvalues and singular values that are far apart."""
    rows, columns = x.shape[-2:]
    steps = 2 * np.arange(1, columns + 1) * (-1) ** np.arange(columns)
    return x / 8 + np.eye(rows, columns, dtype=x.dtype) * steps.astype(x.dtype)


def hermitian(x: Any) -> Any:
    """The Hermitian part."""
    return (x + _adjoint(x)) / 2


def _definite(x: Any) -> Any:
    return hermitian(x @ _adjoint(x)) / 4 + np.eye(x.shape[-1], dtype=x.dtype)


def _unitary(x: Any) -> Any:
    return np.linalg.qr(x + 4 * np.eye(x.shape[-1], dtype=x.dtype))[0]


def _singular(x: Any) -> Any:
    rest = x[..., :-1]
    return np.concatenate([rest, np.sum(rest, -1, keepdims=True)], -1) if x.size else x


def _degenerate(x: Any) -> Any:
    values = np.where(np.arange(x.shape[-1]) < 2, 1.5, -0.5).astype(x.dtype)
    q = _unitary(x)
    return hermitian(q * values @ _adjoint(q))


def _ill_conditioned(x: Any) -> Any:
    values = np.logspace(0, -8, x.shape[-1]).astype(x.dtype)
    return _unitary(x) * values @ _adjoint(_unitary(-x))


def _adjoint(x: Any) -> Any:
    return np.conj(np.matrix_transpose(x))


# Hermitian and unitary where they are complex.
well_conditioned = Made(spaced, complex=True, shapes=squares)
symmetric = Made(hermitian, complex=True, shapes=squares)
positive_definite = Made(_definite, complex=True, shapes=squares)
orthogonal = Made(_unitary, complex=True, shapes=squares)
singular = Made(_singular, complex=True, shapes=squares)  # its last column is the sum of the others
equal_eigenvalues = Made(_degenerate, complex=True, shapes=squares)  # and symmetric
ill_conditioned = Made(_ill_conditioned, complex=True, shapes=squares)  # 1e8, unless it is 1 by 1
