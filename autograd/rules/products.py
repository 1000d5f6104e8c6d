"""Matrix products."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from autograd.primitive import Array, derivative, linear, primitive

Shape = tuple[int, ...]


@primitive
def affine(x: Array, weight: Array, bias: Array) -> Array:
    """x @ weightᵀ + bias: what a layer computes, as one node.

    x has shape (…, n_in), weight (n_out, n_in), bias (n_out,); the result has (…, n_out).

    >>> import numpy as np
    >>> affine(np.array([1.0, 2.0]), np.array([[1.0, 2.0], [-3.0, 4.0]]), np.array([1.0, 2.0]))
    array([6., 7.])
    """
    return x @ weight.T + bias


def _matmul_x(g: Array, y: Array, to: Shape) -> Array:
    """The gradient of x, of shape `to`, in x @ y: g @ yᵀ; a 1-d y is a column, a 1-d x a row."""
    if y.ndim == 1:
        return np.expand_dims(g, -1) * y
    if len(to) == 1:
        return np.matmul(y, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, np.swapaxes(y, -1, -2))


def _matmul_y(g: Array, x: Array, to: Shape) -> Array:
    """The gradient of y, of shape `to`, in x @ y: xᵀ @ g."""
    if len(to) == 1:
        return np.matmul(np.reshape(g, -1), np.reshape(x, (g.size, to[0])))
    if x.ndim == 1:
        return np.expand_dims(x, -1) * np.expand_dims(g, -2)
    if len(to) == 2:
        return np.matmul(_rows(x).T, _rows(g))  # the sum over the batch is part of the product
    return np.matmul(np.swapaxes(x, -1, -2), g)


def _rows(x: Array) -> Array:
    """x as a matrix: all axes but the last one are rows."""
    return x if x.ndim == 2 else np.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def _column_sums(x: Array) -> Array:
    return np.matmul(_ones(len(x), x.dtype), x)  # 2x faster than np.sum at 32 x 32


@lru_cache(maxsize=64)
def _ones(n: int, dtype: np.dtype[Any]) -> Array:
    return np.ones(n, dtype)


derivative(
    np.matmul,
    "x y",
    linear,
    x=lambda g, y, to: _matmul_x(g, y, to),
    y=lambda g, x, to: _matmul_y(g, x, to),
)
derivative(
    affine,
    None,
    None,
    x=lambda g, weight: np.matmul(g, weight),
    weight=lambda g, x: np.matmul(_rows(g).T, _rows(x)),
    bias=lambda g: g if g.ndim == 1 else _column_sums(_rows(g)),
)
