"""Rules for many gradients at once, where these are no more than the same rule one axis further on.

They make Jacobians and Hessians faster. What is missing here is pulled back row by row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.primitive import Array, Shape, stacked
from autograd.rules.indexing import index, scatter_add
from autograd.rules.joining import pieces
from autograd.rules.products import affine
from autograd.rules.reductions import axes_of, spread
from autograd.rules.shaping import cast


def _each_matmul_x(g: Array, y: Array, to: Shape) -> Array:
    if y.ndim == 1:
        return np.expand_dims(g, -1) * y
    if len(to) == 1 and y.ndim > 2:
        return np.matmul(y, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, np.swapaxes(y, -1, -2))


def _each_matmul_y(g: Array, x: Array, to: Shape) -> Array:
    if x.ndim == 1:
        return np.expand_dims(g, -1) * x if len(to) == 1 else x[:, None] * np.expand_dims(g, -2)
    if len(to) == 1:
        return np.matmul(g, x) if x.ndim == 2 else np.matmul(np.expand_dims(g, -2), x)[..., 0, :]
    return np.matmul(np.swapaxes(x, -1, -2), g)


stacked(np.matmul, x=_each_matmul_x, y=_each_matmul_y)
stacked(affine, x=lambda g, weight: np.matmul(g, weight))

stacked(cast, x=lambda g: g)
stacked(np.copy, x=lambda g: g)
stacked(np.broadcast_to, x=lambda g: g)
stacked(np.negative, x=lambda g: -g)
stacked(np.matrix_transpose, x=lambda g: np.matrix_transpose(g))
stacked(np.expand_dims, x=lambda g, to: np.reshape(g, (len(g), *to)))
stacked(np.squeeze, x=lambda g, to: np.reshape(g, (len(g), *to)))


def _each_reshaped(g: Array, to: Shape, order: Any) -> Array:
    if order != "C":
        return np.stack([np.reshape(row, to, order) for row in g])
    return np.reshape(g, (len(g), *to))


stacked(np.reshape, x=_each_reshaped)
stacked(np.ravel, x=_each_reshaped)


def _each_transposed(g: Array, axes: Sequence[int] | None) -> Array:
    n = g.ndim - 1
    forward = range(n)[::-1] if axes is None else [axis % n for axis in axes]
    return np.transpose(g, (0, *(np.argsort(forward) + 1)))


stacked(np.transpose, x=_each_transposed)
stacked(
    np.swapaxes,
    x=lambda g, axis1, axis2: np.swapaxes(g, axis1 + (axis1 >= 0), axis2 + (axis2 >= 0)),
)


def _each_spread(g: Array, to: Shape, axis: Any, keepdims: bool) -> Array:
    axes = tuple(i + 1 for i in axes_of(axis, len(to)))
    return spread(g, (len(g), *to), axes, keepdims)


stacked(np.sum, x=_each_spread)


def _is_basic(key: Any) -> bool:
    """Whether an index has no arrays, whose axes might come to stand in front."""
    items = key if type(key) is tuple else (key,)
    return not any(isinstance(item, (bool, np.ndarray, list)) for item in items)


def _each_scattered(g: Array, key: Any, to: Shape) -> Array:
    if not _is_basic(key):
        return np.stack([scatter_add(row, key, to) for row in g])
    return scatter_add(g, _behind(key), (len(g), *to))


def _each_picked(g: Array, key: Any) -> Array:
    return g[_behind(key)] if _is_basic(key) else np.stack([row[key] for row in g])


def _behind(key: Any) -> tuple[Any, ...]:
    return (slice(None), *(key if type(key) is tuple else (key,)))


stacked(index, x=_each_scattered)
stacked(scatter_add, x=_each_picked)


def _each_in_pieces(g: Array, to: Sequence[Shape], axis: int | None) -> list[Array]:
    shapes = [(len(g), *shape) for shape in to]
    if axis is not None:
        return pieces(g, shapes, axis + (axis >= 0))
    parts = pieces(g, [(len(g), math.prod(shape)) for shape in to], 1)
    return [np.reshape(part, shape) for part, shape in zip(parts, shapes, strict=True)]


stacked(np.concatenate, xs=_each_in_pieces)
stacked(np.stack, xs=lambda g, axis: np.moveaxis(g, axis + (axis >= 0), 0))
