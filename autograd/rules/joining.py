"""Joining arrays, taking them apart, and filling around them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from autograd.primitive import Array, derivative, linear


def _pieces(g: Array, to: Sequence[tuple[int, ...]], axis: int | None) -> list[Array]:
    """The part of g that came from each of the joined arrays, which have the shapes `to`."""
    sizes = [math.prod(shape) if axis is None else shape[axis] for shape in to]
    before = () if axis is None else (slice(None),) * (axis % g.ndim)
    pieces = [
        g[(*before, slice(end - size, end))]
        for size, end in zip(sizes, accumulate(sizes), strict=True)
    ]
    return [np.reshape(piece, shape) for piece, shape in zip(pieces, to, strict=True)]


derivative(
    np.concatenate, "[xs|arrays] axis=0", linear, xs=lambda g, to, axis: _pieces(g, to, axis)
)
derivative(np.stack, "[xs|arrays] axis=0", linear, xs=lambda g, axis: np.moveaxis(g, axis, 0))
