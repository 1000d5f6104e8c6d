"""Sums, products and extremes along axes, and those that skip NaNs.

Equal extremes share the gradient equally, and so does `initial`, if it is one of them. Where all
of a slice is NaN, max and min are NaN and share the gradient among all of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.primitive import (
    Array,
    Axis,
    NDArray,
    composed,
    constant,
    derivative,
    entry,
    linear,
    primitive,
)
from autograd.rules.elementwise import same, times
from autograd.rules.shaping import cast, to_count_in

# Between an array and its reduction.


def spread(x: Array, to: Sequence[int], axis: Axis, keepdims: bool) -> Array:
    """A reduction's result `x`, repeated along the reduced axes to the shape `to`."""
    if isinstance(x, np.generic) or (type(x) is np.ndarray and x.flags.c_contiguous):
        return _view(np.asarray(x), to, axis, keepdims)
    if axis is not None and not keepdims:
        x = np.expand_dims(x, axis)
    return np.broadcast_to(x, to)


def _view(x: NDArray, to: Sequence[int], axis: Axis, keepdims: bool) -> NDArray:
    """`spread` of a contiguous array, by its strides: np.broadcast_to takes 8 µs, this 1 to 4."""
    if axis is None:
        strides = (0,) * len(to)
    else:
        axes, sides = axes_of(axis, len(to)), iter(x.strides)
        if keepdims:
            strides = tuple([0 if i in axes else side for i, side in enumerate(sides)])
        else:
            strides = tuple([0 if i in axes else next(sides) for i in range(len(to))])
    view: NDArray = np.ndarray(to, x.dtype, x, 0, strides)
    view.flags.writeable = False
    return view


def axes_of(axis: Axis, ndim: int) -> tuple[int, ...]:
    """The axes that a reduction of an array with `ndim` axes runs over, none of them negative."""
    if axis is None:
        return tuple(range(ndim))
    if type(axis) is int and -ndim <= axis < ndim:
        return (axis % ndim,)  # a third of the time
    axes = np.lib.array_utils.normalize_axis_tuple(axis, ndim)
    return tuple(int(axis) for axis in axes)


def merged(x: Array, axis: Axis) -> Array:
    """x with the axes of a reduction moved to the end and made one."""
    axes = axes_of(axis, x.ndim)
    moved = np.moveaxis(x, axes, range(-len(axes), 0))
    stay = moved.shape[: x.ndim - len(axes)]
    return np.reshape(moved, (*stay, math.prod(moved.shape[len(stay) :])))


def unmerged(x: Array, axis: Axis, to: Sequence[int]) -> Array:
    """What was `merged`, back in its shape `to`."""
    axes = axes_of(axis, len(to))
    stay = [side for i, side in enumerate(to) if i not in axes]
    x = np.reshape(x, (*stay, *(to[i] for i in axes)))
    return np.moveaxis(x, range(-len(axes), 0), axes)


# Sums and means.


def _mean_to(g: Array, to: Sequence[int], axis: Axis, keepdims: bool) -> Array:
    return spread(g * (g.size / max(math.prod(to), 1)), to, axis, keepdims)


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
    x=_mean_to,
)


@composed(np.sum)
def _sum(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    initial: Array = None,
    where: Array = True,
) -> Array:
    total = np.sum(chosen(a, where, 0), axis, dtype, keepdims=keepdims)
    return total if initial is None else cast(total + initial, total.dtype)


@composed(np.mean)
def _mean(
    a: Array, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False, where: Array = True
) -> Array:
    half = dtype is None and a.dtype == np.float16
    total = np.sum(chosen(a, where, 0), axis, np.float32 if half else dtype, keepdims=keepdims)
    mean = total / cast(count_of(a, axis, where, keepdims), np.result_type(total, np.float16))
    return cast(mean, a.dtype) if half else mean  # as NumPy does


def chosen(x: Array, where: Array, neutral: Any) -> Array:
    """x, with a neutral number where `where` leaves an element out."""
    if where is True:
        return x
    return np.where(np.broadcast_to(np.asarray(where, bool), x.shape), x, neutral)


def count_of(x: Array, axis: Axis, where: Array, keepdims: bool) -> Array:
    """How many elements each slice of a reduction has."""
    return np.sum(np.broadcast_to(np.asarray(where, bool), x.shape), axis, keepdims=keepdims)


@composed(np.trace)
def _trace(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Array:
    return np.sum(np.diagonal(a, offset, axis1, axis2), -1, dtype)


# Products.


def _others(x: Array, axis: Axis) -> Array:
    """For each element the product of all others in its slice; no division, so zeros are right.

    It is 0 if one of the others is 0, even where the product of the rest overflows.
    """
    flat = merged(x, axis)
    before = _product_before(flat)
    after = np.flip(_product_before(np.flip(flat, -1)), -1)
    others, zeros = times(before, after), np.equal(flat, 0)
    vanish = np.isnan(others) & np.greater(np.sum(zeros, -1, keepdims=True), zeros)
    return unmerged(np.where(vanish, 0, others), axis, x.shape)


def _product_before(x: Array) -> Array:
    """The product of all that comes before each element, along the last axis."""
    first = np.ones_like(x[..., :1])
    return np.concatenate([first, np.cumprod(x[..., :-1], axis=-1)], axis=-1)


derivative(
    np.prod,
    "x|a axis=None dtype=None * keepdims=False",
    None,
    x=lambda g, x, axis, keepdims: times(spread(g, x.shape, axis, keepdims), _others(x, axis)),
)


@composed(np.prod)
def _prod(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    initial: Array = None,
    where: Array = True,
) -> Array:
    product = np.prod(chosen(a, where, 1), axis, dtype, keepdims=keepdims)
    return product if initial is None else cast(product * initial, product.dtype)


# Extremes.


def _to_extremes(
    g: Array,
    ans: Array,
    x: Array,
    axis: Axis,
    keepdims: bool,
    where: Array = True,
    initial: Array = None,
) -> Array:
    hits, share = _shared(g, ans, x, axis, keepdims, where, initial)
    return np.where(hits, spread(share, x.shape, axis, keepdims), 0)


def _to_initial(
    g: Array, ans: Array, x: Array, axis: Axis, keepdims: bool, where: Array, initial: Array
) -> Array:
    _, share = _shared(g, ans, x, axis, keepdims, where, initial)
    return np.where(same(ans, initial), share, 0)


def _shared(
    g: Array, ans: Array, x: Array, axis: Axis, keepdims: bool, where: Array, initial: Array
) -> tuple[Array, Array]:
    """Where x is an extreme, and the share of the gradient of each extreme, `initial` among them.

    Equal extremes share equally; so do NaNs, beside which nothing else is an extreme.
    """
    hits = np.equal(x, spread(ans, x.shape, axis, keepdims)) | np.not_equal(x, x)
    hits = hits if where is True else hits & where
    count = np.sum(hits, axis=axis, keepdims=keepdims)
    count = count if initial is None else count + same(ans, initial)
    return hits, g / cast(count, to_count_in(g.dtype))  # while they are small: 2x faster


for _extreme in (np.max, np.min):
    derivative(
        _extreme,
        "x|a axis=None * keepdims=False",
        None,
        x=lambda g, ans, x, axis, keepdims: _to_extremes(g, ans, x, axis, keepdims),
    )


@primitive
def max_from(x: Array, axis: Axis, keepdims: bool, where: Array, initial: Array) -> Array:
    """np.max with `where` and `initial`."""
    return np.max(x, axis, keepdims=keepdims, initial=initial, where=where)


@primitive
def min_from(x: Array, axis: Axis, keepdims: bool, where: Array, initial: Array) -> Array:
    """np.min with `where` and `initial`."""
    return np.min(x, axis, keepdims=keepdims, initial=initial, where=where)


for _from in (max_from, min_from):
    derivative(_from, None, None, x=_to_extremes, initial=_to_initial)


def _extreme_from(plain: Callable[..., Any], otherwise: Callable[..., Any]) -> Any:
    def extreme(
        a: Array,
        axis: Axis = None,
        *,
        keepdims: bool = False,
        initial: Array = None,
        where: Array = True,
    ) -> Array:
        if initial is None and where is True:
            return plain(a, axis, keepdims=keepdims)
        if initial is None:
            raise ValueError(
                f"np.{plain.__name__} with where=… needs initial=…, its value for empty slices"
            )
        return otherwise(a, axis, keepdims, np.asarray(where, bool), initial)

    return extreme


composed(np.max, np.amax)(_extreme_from(np.max, max_from))
composed(np.min, np.amin)(_extreme_from(np.min, min_from))


@composed(np.ptp)
def _ptp(a: Array, axis: Axis = None, *, keepdims: bool = False) -> Array:
    return np.max(a, axis, keepdims=keepdims) - np.min(a, axis, keepdims=keepdims)


# Without NaNs, which get no gradient.


def without_nans(x: Array, instead: Any) -> Array:
    """x with another number for each NaN."""
    return np.where(np.isnan(x), instead, x) if x.dtype.kind in "fc" else x


def _nanless(function: Callable[..., Any], neutral: int) -> Any:
    def nanless(
        a: Array,
        axis: Axis = None,
        dtype: Any = None,
        *,
        keepdims: bool = False,
        initial: Array = None,
        where: Array = True,
    ) -> Array:
        options = {"keepdims": keepdims, "initial": initial, "where": where}
        return function(without_nans(a, neutral), axis, dtype, **options)

    return nanless


composed(np.nansum)(_nanless(np.sum, 0))
composed(np.nanprod)(_nanless(np.prod, 1))


@composed(np.nanmean)
def _nanmean(
    a: Array, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False, where: Array = True
) -> Array:
    return np.mean(a, axis, dtype, keepdims=keepdims, where=~np.isnan(a) & where)


def _nanextreme(extreme: Callable[..., Any], least: float) -> Any:
    def nanextreme(
        a: Array,
        axis: Axis = None,
        *,
        keepdims: bool = False,
        initial: Array = None,
        where: Array = True,
    ) -> Array:
        x = without_nans(a, least)
        ans = extreme(x, axis, keepdims=keepdims, initial=initial, where=where)
        nothing = np.all(np.isnan(a), axis=axis, keepdims=keepdims)
        return np.where(nothing, np.nan, ans) if np.any(nothing) and initial is None else ans

    return nanextreme


composed(np.nanmax)(_nanextreme(np.max, -np.inf))
composed(np.nanmin)(_nanextreme(np.min, np.inf))

# An array's own methods take a third of the time of NumPy's functions, which look for overrides.
entry(np.sum).run = lambda x, axis, dtype, keepdims: x.sum(axis, dtype=dtype, keepdims=keepdims)
entry(np.mean).run = lambda x, axis, dtype, keepdims: x.mean(axis, dtype=dtype, keepdims=keepdims)
entry(np.max).run = lambda x, axis, keepdims: x.max(axis, keepdims=keepdims)
entry(np.min).run = lambda x, axis, keepdims: x.min(axis, keepdims=keepdims)

constant(
    "its values are indices or counts",
    np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.argsort, np.nonzero, np.count_nonzero,
    np.ndim, np.size, np.shape,
)  # fmt: skip
