"""Sums and extremes along axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autograd.primitive import Array, Axis, constant, derivative, linear
from autograd.rules.indexing import index, scatter_add
from autograd.rules.shaping import cast


def spread(x: Array, to: Sequence[int], axis: Axis, keepdims: bool) -> Array:
    """A reduction's result `x`, repeated along the reduced axes to the shape `to`."""
    if axis is not None and not keepdims:
        x = np.expand_dims(x, axis)
    return np.broadcast_to(x, to)


def _mean_to(g: Array, to: Sequence[int], axis: Axis, keepdims: bool) -> Array:
    return spread(g * (g.size / max(math.prod(to), 1)), to, axis, keepdims)


def _extreme_to(g: Array, ans: Array, x: Array, axis: Axis, keepdims: bool) -> Array:
    """Equal extremes share the gradient equally; so do NaNs, which are extremes of both kinds."""
    extreme = np.equal(x, spread(ans, x.shape, axis, keepdims)) | np.not_equal(x, x)
    count = np.sum(extreme, axis=axis, keepdims=True)
    share = spread(g, x.shape, axis, keepdims) / cast(count, g.dtype)
    return np.where(extreme, share, 0)


def share_ties(g: Array, x: Array, axis: int | None) -> Array:
    """g, averaged over the elements of x that are equal along `axis`.

    So what picks elements by their order, such as sort and median, conserves the total gradient and
    treats equal elements alike. NaNs count as equal. Linear in g, and its own transpose.
    """
    if axis is None:
        return np.reshape(share_ties(np.ravel(g), np.ravel(x), 0), x.shape)
    groups = _ties(np.moveaxis(x, axis, -1))
    if groups is None:
        return g
    groups = np.moveaxis(groups, -1, axis)
    size = cast(np.bincount(np.ravel(groups)), g.dtype)
    return index(scatter_add(g, groups, size.shape) / size, groups)


def _ties(x: Array) -> Array | None:
    """The number of the group of equal elements in its row that each is in; None without ties."""
    order = np.argsort(x, axis=-1)
    ordered = np.take_along_axis(x, order, -1)
    before, after = ordered[..., :-1], ordered[..., 1:]
    differs = (before != after) & ((before == before) | (after == after))
    if np.all(differs):
        return None
    starts = np.concatenate([np.ones((*x.shape[:-1], 1), bool), differs], axis=-1)
    groups = np.reshape(np.cumsum(starts) - 1, x.shape)
    return np.take_along_axis(groups, np.argsort(order, axis=-1), -1)


derivative(
    np.sum,
    "x|a axis=None dtype=None * keepdims=False",
    linear,
    x=lambda g, to, axis, keepdims: spread(g, to, axis, keepdims),
)
derivative(
    np.mean,
    "x|a axis=None dtype=None * keepdims=False",
    linear,
    x=lambda g, to, axis, keepdims: _mean_to(g, to, axis, keepdims),
)
for _extreme in (np.max, np.min):
    derivative(
        _extreme,
        "x|a axis=None * keepdims=False",
        None,
        x=lambda g, ans, x, axis, keepdims: _extreme_to(g, ans, x, axis, keepdims),
    )

constant(
    "its values are indices or counts",
    np.argmax, np.argmin, np.argsort, np.nonzero, np.count_nonzero, np.ndim, np.size, np.shape,
)  # fmt: skip
