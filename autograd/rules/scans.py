"""Running sums, products and extremes, differences, integrals.

Running extremes share the gradient as extremes do: equally among the equal elements met so far.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from autograd.primitive import Array, composed, derivative, linear, primitive
from autograd.rules.elementwise import same, times
from autograd.rules.reductions import axes_of, without_nans
from autograd.rules.shaping import as_array, cast, to_count_in

# What scans and their gradients are made of.


@primitive
def recurrence(a: Array, b: Array, axis: int = -1) -> Array:
    """y with y[0] = b[0] and y[i] = a[i] y[i-1] + b[i], along `axis` of two arrays of one shape.

    By doubling (Hillis and Steele 1986): as many steps as n has bits, each on whole arrays. A 0
    ends what comes before it, even if that is infinite.

    >>> recurrence(np.array([0.0, 2.0, 0.5]), np.array([1.0, 1.0, 1.0]))
    array([1. , 3. , 2.5])
    """
    y = np.moveaxis(np.array(b, dtype=np.result_type(a, b)), axis, 0)
    factor = np.moveaxis(np.array(a), axis, 0)
    step = 1
    while step < len(y):  # y[i] has what the last `step` places send it, `factor` times the rest
        y[step:] += times(factor[step:], y[:-step])
        factor[step:] = times(factor[step:], factor[:-step])
        step *= 2
    return np.moveaxis(y, 0, axis)


def sent_back(g: Array, a: Array, axis: int) -> Array:
    """The gradient of b in `recurrence(a, b)`: what runs forwards by `a`, running backwards."""
    return np.flip(recurrence(_later(np.flip(a, axis), axis), np.flip(g, axis), axis), axis)


def _later(x: Array, axis: int, first: float = 0) -> Array:
    """x one place further along the axis, with `first` in the first place."""
    filling = np.full_like(x[_part(x, axis, 0, 1)], first)
    return np.concatenate([filling, x[_part(x, axis, None, -1)]], axis)


def _part(x: Array, axis: int, start: int | None, stop: int | None) -> Any:
    """The index of a part of x along an axis."""
    (axis,) = axes_of(axis, x.ndim)
    return (*(slice(None),) * axis, slice(start, stop))


derivative(
    recurrence,
    None,
    None,
    a=lambda g, ans, a, axis: times(sent_back(g, a, axis), _later(ans, axis)),
    b=sent_back,
)

# Sums and products.


def _cumsum_back(g: Array, to: tuple[int, ...], axis: int | None) -> Array:
    axis = 0 if axis is None else axis
    return np.reshape(np.flip(np.cumsum(np.flip(g, axis), axis), axis), to)


def _cumprod_back(g: Array, ans: Array, x: Array, axis: int | None) -> Array:
    """What comes before x[i] in each product times what comes after: right with zeros."""
    if axis is None:
        return np.reshape(_cumprod_back(g, ans, np.ravel(x), 0), x.shape)
    if x.ndim == 0:
        return np.reshape(g, ())
    return times(_later(ans, axis, first=1), sent_back(g, cast(x, ans.dtype), axis))


derivative(np.cumsum, "x|a axis=None dtype=None", linear, x=_cumsum_back)
derivative(
    np.cumprod,
    "x|a axis=None dtype=None",
    None,
    x=_cumprod_back,
)


@composed(np.nancumsum)
def _nancumsum(a: Array, axis: int | None = None, dtype: Any = None) -> Array:
    return np.cumsum(without_nans(a, 0), axis, dtype)


@composed(np.nancumprod)
def _nancumprod(a: Array, axis: int | None = None, dtype: Any = None) -> Array:
    return np.cumprod(without_nans(a, 1), axis, dtype)


def _cumulative(scan: Any, neutral: int) -> Any:
    def cumulative(
        x: Array, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
    ) -> Array:
        if axis is None and x.ndim != 1:
            raise ValueError(
                f"cumulative_{scan.__name__.removeprefix('cum')} of shape {x.shape} needs axis=…, "
                f"which may be left out for one axis alone"
            )
        axis = 0 if axis is None else axis
        ans = scan(x, axis, dtype)
        if not include_initial:
            return ans
        shape = list(ans.shape)
        shape[axis] = 1
        return np.concatenate([np.full_like(ans, neutral, shape=shape), ans], axis)

    return cumulative


if hasattr(np, "cumulative_sum"):  # NumPy 2.1
    composed(np.cumulative_sum)(_cumulative(np.cumsum, 0))
    composed(np.cumulative_prod)(_cumulative(np.cumprod, 1))

# Logarithms of running sums of exponentials.


@primitive
def logcumsumexp(x: Array, axis: int = -1) -> Array:
    """log(cumsum(exp(x))) along `axis`, without overflow.

    >>> logcumsumexp(np.array([1e4, 1e4, -np.inf])) - 1e4
    array([0.        , 0.69314718, 0.69314718])
    """
    return np.logaddexp.accumulate(x, axis)


def _logcumsumexp_back(g: Array, ans: Array, x: Array, axis: int) -> Array:
    """By the parts of exp(ans[i]) that are exp(x[i]) and exp(ans[i-1]), neither more than 1.

    Where ans is -inf both are 0; where it is inf the infinite elements have equal parts.
    """
    infinite, hits = np.equal(ans, np.inf), np.equal(x, np.inf)
    equal = cast(hits / np.maximum(np.cumsum(hits, axis), 1), ans.dtype)
    level = np.where(np.isfinite(ans), ans, 0)
    before = _later(ans, axis, first=-np.inf) - level
    before = np.where(infinite, 1 - equal, np.exp(np.where(infinite, -np.inf, before)))
    own = np.where(infinite, equal, np.exp(np.where(infinite, -np.inf, x - level)))
    return own * sent_back(g, before, axis)


derivative(
    logcumsumexp,
    None,
    None,
    x=_logcumsumexp_back,
)

# Extremes.


def _running_extreme_back(g: Array, ans: Array, x: Array, axis: int) -> Array:
    """As long as the extreme stays, elements that equal it share what comes after them."""
    x = cast(x, ans.dtype)
    stays = same(ans[_part(ans, axis, 1, None)], ans[_part(ans, axis, None, -1)])
    start = np.zeros_like(ans[_part(ans, axis, 0, 1)], dtype=bool)
    dtype = to_count_in(g.dtype)
    stays = cast(np.concatenate([start, stays], axis), dtype)
    hits = cast(same(x, ans), dtype)
    return hits * sent_back(g / recurrence(stays, hits, axis), stays, axis)


for _accumulate in (np.maximum.accumulate, np.minimum.accumulate):
    derivative(
        _accumulate,
        "x|array axis=0 dtype=None",
        None,
        x=_running_extreme_back,
    )

# Differences.


@composed(np.diff)
def _diff(
    a: Array, n: int = 1, axis: int = -1, prepend: Array = None, append: Array = None
) -> Array:
    a = as_array(a)
    if operator.index(n) < 0:
        raise ValueError(f"np.diff takes n=0 or more differences, not n={n}")
    if a.ndim == 0:
        raise ValueError("np.diff takes an array with at least one axis, not a single number")
    if n == 0:
        return np.copy(a)
    parts = [_as_slice(part, a, axis) for part in (prepend, a, append) if part is not None]
    if len(parts) > 1:
        a = np.concatenate(parts, axis)
    for _ in range(n):
        after, before = a[_part(a, axis, 1, None)], a[_part(a, axis, None, -1)]
        a = np.not_equal(after, before) if a.dtype == bool else after - before
    return a


def _as_slice(x: Array, like: Array, axis: int) -> Array:
    """x, or a number as a slice of one element along the axis."""
    if np.ndim(x):
        return x
    shape = list(like.shape)
    shape[axis] = 1
    return np.broadcast_to(x, shape)


@composed(np.ediff1d)
def _ediff1d(ary: Array, to_end: Array = None, to_begin: Array = None) -> Array:
    ary = as_array(ary)
    to_begin, to_end = (
        np.asarray(x) if isinstance(x, (list, tuple)) else x for x in (to_begin, to_end)
    )
    ends = [(to_begin, "to_begin"), (to_end, "to_end")]
    for end, name in ends:
        if end is not None and not np.can_cast(np.result_type(end), ary.dtype, "same_kind"):
            raise TypeError(f"np.ediff1d of {ary.dtype} can't take {name} of {np.result_type(end)}")
    parts = [to_begin, np.diff(np.ravel(ary)), to_end]
    return np.concatenate([cast(np.ravel(part), ary.dtype) for part in parts if part is not None])


@composed(np.gradient)
def _gradient(f: Array, *varargs: Array, axis: Any = None, edge_order: int = 1) -> Any:
    f = as_array(f)
    axes = axes_of(axis, f.ndim)
    spacings = varargs * len(axes) if len(varargs) == 1 and np.ndim(varargs[0]) == 0 else varargs
    if len(spacings) not in (0, len(axes)):
        raise TypeError(
            f"np.gradient along {len(axes)} axes takes as many spacings, or one number, or none; "
            f"not {len(varargs)}"
        )
    if edge_order not in (1, 2):
        raise ValueError(f"np.gradient takes edge_order=1 or 2, not {edge_order!r}")
    for axis in axes:
        if f.shape[axis] < edge_order + 1:
            raise ValueError(
                f"np.gradient of shape {f.shape} along axis {axis} needs at least "
                f"{edge_order + 1} elements (edge_order + 1)"
            )
    if f.dtype.kind not in "fc":
        f = cast(f, np.float64)
    spacings = spacings or (1.0,) * len(axes)
    slopes = [_slope(f, h, axis, edge_order) for h, axis in zip(spacings, axes, strict=True)]
    return slopes[0] if len(axes) == 1 else tuple(slopes)


def _slope(f: Array, spacing: Array, axis: int, edge_order: int) -> Array:
    """That of the parabola through an element and its neighbours.

    At the ends it is that of the last such parabola (`edge_order` 2) or of the secant (1).
    """
    y = np.moveaxis(f, axis, -1)
    n = y.shape[-1]
    if np.ndim(spacing) > 1 or np.shape(spacing) not in ((), (n,)):
        raise ValueError(
            f"np.gradient of shape {f.shape} along axis {axis} takes one number or {n} "
            f"coordinates, not an array of shape {np.shape(spacing)}"
        )
    widths = np.diff(spacing) if np.ndim(spacing) else np.broadcast_to(spacing, (n - 1,))
    is_tracked = getattr(widths, "requires_grad", False)
    widths = cast(widths, f.dtype)
    left, right = widths[:-1], widths[1:]
    first, last = np.diff(y[..., :2]) / widths[0], np.diff(y[..., -2:]) / widths[-1]
    if edge_order == 2:
        first = _parabola(y[..., :3], left[:1], right[:1], -left[:1])
        last = _parabola(y[..., -3:], left[-1:], right[-1:], right[-1:])
    if np.ndim(spacing) and (is_tracked or np.any(np.not_equal(left, right))):
        inner = _parabola(y, left, right, 0)
    else:  # not by weights, of which the one in the middle is 0: it may be that of a nan
        inner = (y[..., 2:] - y[..., :-2]) / (left + right)
    return np.moveaxis(np.concatenate([first, inner, last], -1), -1, axis)


def _parabola(y: Array, left: Array, right: Array, at: Array) -> Array:
    """The slope of the parabola through three neighbours, so far right of the one in the middle."""
    both = left + right
    return (
        (2 * at - right) / left / both * y[..., :-2]
        - (2 * at + left - right) / left / right * y[..., 1:-1]
        + (2 * at + left) / right / both * y[..., 2:]
    )


# Integrals.


@composed(np.trapezoid)
def _trapezoid(y: Array, x: Array = None, dx: Array = 1.0, axis: int = -1) -> Array:
    """The mean of each two neighbours times the distance between them, added up."""
    y = as_array(y)
    if x is None:
        widths = dx
    elif np.ndim(x) == 1:
        (place,) = axes_of(axis, y.ndim)
        widths = np.reshape(np.diff(x), (-1, *(1,) * (y.ndim - 1 - place)))
    else:
        widths = np.diff(x, axis=axis)
    pairs = y[_part(y, axis, 1, None)] + y[_part(y, axis, None, -1)]
    return np.sum(widths * pairs / 2.0, axis)
