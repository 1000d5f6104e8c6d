"""Sums and extremes along axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autograd.primitive import Array, Axis, constant, derivative, linear
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
