"""Sorting, and what depends on the order: sets of values, and places among them.

Equal elements share the gradient equally, whichever of them a result is read from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.primitive import Array, composed, constant, derivative, primitive
from autograd.rules.elementwise import same
from autograd.rules.indexing import index, scatter_add
from autograd.rules.shaping import cast, to_count_in

# Sorting.


def _to_places(g: Array, x: Array, axis: int | None) -> Array:
    """The gradient of x, from that of the elements of x in ascending order along the axis."""
    if axis is None:
        return np.reshape(_to_places(g, np.ravel(x), 0), x.shape)
    order = np.argsort(x, axis, stable=True)
    rank = np.empty_like(order)
    counted = np.arange(x.shape[axis]).reshape((-1, *(1,) * (x.ndim - axis % x.ndim - 1)))
    np.put_along_axis(rank, order, counted, axis)
    return share_ties(np.take_along_axis(g, rank, axis), x, axis)


def _in_order(g: Array, ans: Array, axis: int | None) -> Array:
    """g, the gradient of `ans`, for its elements in ascending order along the axis."""
    axis = 0 if axis is None else axis
    return np.take_along_axis(g, np.argsort(ans, axis, stable=True), axis)


derivative(np.sort, "x|a axis=-1 kind=None order=None * stable=None", None, x=_to_places)
derivative(
    np.partition,
    "x|a kth axis=-1 kind='introselect' order=None",
    None,
    x=lambda g, ans, x, axis: _to_places(_in_order(g, ans, axis), x, axis),
)


@composed(np.sort_complex)
def _sort_complex(a: Array) -> Array:
    return cast(np.sort(a), np.sort_complex(np.zeros(1, a.dtype)).dtype)


# Ties.


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
    g = cast(g, np.float32) if g.dtype == np.float16 else g  # in which sums may overflow
    size = cast(np.bincount(np.ravel(groups)), g.dtype)
    return index(scatter_add(g, groups, size.shape) / size, groups)


def _ties(x: Array) -> Array | None:
    """The number of the group of equal elements in its row that each is in; None without ties."""
    ordered = np.sort(x, axis=-1)  # many times faster than argsort, and mostly enough
    differs = ~same(ordered[..., :-1], ordered[..., 1:])
    if np.all(differs):
        return None
    order = np.argsort(x, axis=-1)
    starts = np.concatenate([np.ones((*x.shape[:-1], 1), bool), differs], axis=-1)
    groups = np.reshape(np.cumsum(starts) - 1, x.shape)
    return np.take_along_axis(groups, np.argsort(order, axis=-1), -1)


# Sets.


@primitive
def distinct(x: Array, first: Array, inverse: Array, counts: Array) -> Array:
    """x[first], one of each group of `counts` equal items along the first axis.

    `inverse` is the number of the group that each item of x is in.
    """
    return x[first]


def _shared_out(g: Array, inverse: Array, counts: Array) -> Array:
    shares = np.reshape(cast(counts, to_count_in(g.dtype)), (-1, *(1,) * (g.ndim - 1)))
    return index(g / shares, inverse)


derivative(
    distinct,
    None,
    None,  # not linear: it is the mean of the equal items, as far as they stay equal
    x=_shared_out,
)


@composed(np.unique)
def _unique(
    ar: Array,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,  # which sorted=False leaves open
) -> Any:
    found = np.unique(ar.data, True, True, True, axis, equal_nan=equal_nan)
    _, first, inverse, counts = found
    items = np.ravel(ar) if axis is None else np.moveaxis(ar, axis, 0)
    values = distinct(items, first, np.ravel(inverse), counts)
    values = values if axis is None else np.moveaxis(values, 0, axis)
    wanted = zip((return_index, return_inverse, return_counts), found[1:], strict=True)
    others = tuple(array for wants, array in wanted if wants)
    return (values, *others) if others else values


@composed(np.unique_values)
def _unique_values(x: Array, /) -> Array:
    return np.unique(x, equal_nan=False)


def _named(function: Callable[..., Any]) -> Callable[..., Any]:
    """np.unique_all or one of its kind: its integers as they are, its values recorded."""
    return lambda x, /: function(x.data)._replace(values=np.unique_values(x))


for _function in (np.unique_all, np.unique_counts, np.unique_inverse):
    composed(_function)(_named(_function))


@composed(np.union1d)
def _union1d(ar1: Array, ar2: Array) -> Array:
    return np.unique(np.concatenate([ar1, ar2], axis=None))


@composed(np.intersect1d)
def _intersect1d(
    ar1: Array, ar2: Array, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    (one, at_one), (other, at_other) = (
        (np.ravel(x), np.arange(np.size(x))) if assume_unique else np.unique(x, return_index=True)
        for x in (ar1, ar2)
    )
    both = np.concatenate([one, other])
    order, both = np.argsort(both, stable=True), np.sort(both)
    twice = both[1:] == both[:-1]
    values = both[:-1][twice]
    if not return_indices:
        return values
    return values, at_one[order[:-1][twice]], at_other[order[1:][twice] - one.size]


@composed(np.setxor1d)
def _setxor1d(ar1: Array, ar2: Array, assume_unique: bool = False) -> Array:
    once = [ar1, ar2] if assume_unique else [np.unique(ar1), np.unique(ar2)]
    both = np.sort(np.concatenate(once, axis=None))
    if both.size == 0:
        return both
    differs = np.concatenate([[True], both[1:] != both[:-1], [True]])
    return both[differs[1:] & differs[:-1]]


@composed(np.setdiff1d)
def _setdiff1d(ar1: Array, ar2: Array, assume_unique: bool = False) -> Array:
    items = np.ravel(ar1) if assume_unique else np.unique(ar1)
    return items[np.isin(items, ar2, invert=True)]


constant(
    "its values are indices or booleans",
    np.argpartition, np.lexsort, np.searchsorted, np.digitize, np.isin, np.packbits, np.unpackbits,
)  # fmt: skip
