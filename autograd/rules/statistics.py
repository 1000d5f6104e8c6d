"""Means, spreads, quantiles, covariances, histograms.

Where a spread is 0 its gradient is 0. A quantile's gradient goes to the elements it is read from,
and equal elements share it equally.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.primitive import Array, Axis, composed, derivative, refused
from autograd.rules.elementwise import over, with_kinks
from autograd.rules.indexing import index, scatter_add
from autograd.rules.reductions import axes_of, chosen, count_of, merged, spread, without_nans
from autograd.rules.shaping import as_array, cast, value_of

# Averages.


@composed(np.average)
def _average(
    a: Array,
    axis: Axis = None,
    weights: Array = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> Any:
    a = as_array(a)
    if weights is None:
        ans = np.mean(a, axis, keepdims=keepdims)
        total = np.full_like(ans, a.size / max(ans.size, 1))
    else:
        weights = _in_place(weights, a, axis)
        total = np.sum(weights, axis, keepdims=keepdims)
        if np.any(np.equal(total, 0)):
            raise ZeroDivisionError("np.average: the weights of a slice add up to 0")
        ans = np.sum(a * weights, axis, keepdims=keepdims) / total
        total = cast(np.broadcast_to(total, ans.shape), ans.dtype)
    return (ans, total) if returned else ans


def _in_place(weights: Array, a: Array, axis: Axis) -> Array:
    """`weights`, which may be for the axes of a reduction alone, in a shape that broadcasts to a's.

    Raises TypeError or ValueError, as NumPy does, if their shape does not fit.
    """
    weights = as_array(weights)
    if weights.shape == a.shape:
        return weights
    if axis is None:
        raise TypeError(
            f"weights of shape {weights.shape} for an array of shape {a.shape} need axis=…"
        )
    axes = axes_of(axis, a.ndim)
    if weights.shape != tuple(a.shape[i] for i in axes):
        raise ValueError(
            f"weights of shape {weights.shape} fit neither the shape {a.shape} nor that of its "
            f"axes {axes}"
        )
    shape = [side if i in axes else 1 for i, side in enumerate(a.shape)]
    return np.reshape(np.transpose(weights, np.argsort(axes)), shape)


# Spreads.


def _freedom(x: Array, axis: Axis, ddof: float) -> float:
    """What the sum of the squares is divided by."""
    count: int = math.prod(x.shape[i] for i in axes_of(axis, x.ndim))
    return max(count - ddof, 0)


def _deviation(x: Array, axis: Axis) -> Array:
    """The conjugate of x less its mean."""
    return np.conj(x - np.mean(x, axis, keepdims=True))


def _var_to(g: Array, x: Array, axis: Axis, ddof: float, keepdims: bool) -> Array:
    share = np.divide(2 * g, _freedom(x, axis, ddof))
    return spread(share, x.shape, axis, keepdims) * _deviation(x, axis)


def _std_to(g: Array, ans: Array, x: Array, axis: Axis, ddof: float, keepdims: bool) -> Array:
    """0 where there is no spread, even where rounding makes `ans` a little more than 0."""
    level = np.equal(np.max(x, axis, keepdims=True), np.min(x, axis, keepdims=True))
    level = level | np.equal(spread(ans, x.shape, axis, keepdims), 0)
    share = np.divide(g, _freedom(x, axis, ddof))
    slope = np.where(level, 0, _deviation(x, axis))
    return over(slope, spread(ans, x.shape, axis, keepdims)) * spread(
        share, x.shape, axis, keepdims
    )


derivative(np.var, "x|a axis=None dtype=None * ddof=0 keepdims=False", None, x=_var_to)
derivative(np.std, "x|a axis=None dtype=None * ddof=0 keepdims=False", None, x=_std_to)


def _var(
    a: Array, axis: Axis, dtype: Any, ddof: float, keepdims: bool, where: Array, mean: Array
) -> Array:
    a = chosen(a if dtype is None else cast(a, dtype), where, 0)
    if mean is None:
        mean = np.mean(a, axis, keepdims=True, where=where)
    off = a - mean
    squares = off * off
    if off.dtype.kind == "c":
        squares = np.real(off) * np.real(off) + np.imag(off) * np.imag(off)
    total = np.sum(chosen(squares, where, 0), axis, keepdims=keepdims)
    freedom = np.maximum(count_of(a, axis, where, keepdims) - ddof, 0)
    return total / cast(freedom, total.dtype)


def _std(
    a: Array, axis: Axis, dtype: Any, ddof: float, keepdims: bool, where: Array, mean: Array
) -> Array:
    var = _var(a, axis, dtype, ddof, keepdims, where, mean)
    level = np.equal(var, 0)
    if mean is None:
        a = cast(a, np.result_type(a, np.float16))
        most = np.max(a, axis, keepdims=keepdims, where=where, initial=-np.inf)
        least = np.min(a, axis, keepdims=keepdims, where=where, initial=np.inf)
        level = level | (np.equal(most, least) & np.isfinite(most))
    std = np.where(level, 0, np.sqrt(np.where(level, 1, var)))
    return with_kinks(std, level) if np.any(level) else std


def _spread_by(function: Callable[..., Any], composition: Callable[..., Any], skips: bool) -> Any:
    """np.var or np.std, or what skips NaNs: by its entry if that has what is asked for."""

    def spread(
        a: Array,
        axis: Axis = None,
        dtype: Any = None,
        *,
        ddof: float = 0,
        keepdims: bool = False,
        where: Array = True,
        mean: Array = None,
        correction: float | None = None,
    ) -> Array:
        if correction is not None:
            if ddof != 0:
                raise ValueError(f"ddof={ddof} and correction={correction} are the same: pass one")
            ddof = correction
        a = as_array(a)
        if not skips:
            if where is True and mean is None:
                return function(a, axis, dtype, ddof=ddof, keepdims=keepdims)
            return composition(a, axis, dtype, ddof, keepdims, where, mean)
        where = ~np.isnan(a) & where
        ans = composition(a, axis, dtype, ddof, keepdims, where, mean)
        lacks = np.less_equal(count_of(a, axis, where, keepdims), ddof)
        return np.where(lacks, np.nan, ans) if np.any(lacks) else ans

    return spread


composed(np.var)(_spread_by(np.var, _var, skips=False))
composed(np.std)(_spread_by(np.std, _std, skips=False))
composed(np.nanvar)(_spread_by(np.var, _var, skips=True))
composed(np.nanstd)(_spread_by(np.std, _std, skips=True))

# Quantiles.


def _quantile(
    place: Callable[..., Any],
    between: Callable[[Array, Array, Array], Array],
    a: Array,
    axis: Axis,
    keepdims: bool,
    weights: Array = None,
) -> Array:
    """What is read from sorted slices of `a` at a place between two elements, or at several.

    `place(x, weights)` says where: it is the quantile itself, by NumPy, of what counts the sorted
    elements. So NumPy's methods and weights are all here. `between(below, above, part)` is the
    quantile where it is between two.
    """
    x = merged(a, axis)
    n = x.shape[-1]
    places = _places(place, x, None if weights is None else _merged_weights(weights, a, axis))
    several = places.ndim - (x.ndim - 1)
    count = math.prod(places.shape[:several])
    rows = np.moveaxis(np.reshape(places, (count, *places.shape[several:])), 0, -1)
    rows = np.broadcast_to(np.where(np.isnan(rows), n - 1, rows), (*x.shape[:-1], rows.shape[-1]))
    below = np.floor(rows).astype(int)
    part = rows - below
    ordered = np.sort(x, axis=-1)
    ans = np.take_along_axis(ordered, below, -1)
    if np.any(part):
        above = np.take_along_axis(ordered, np.minimum(below + 1, n - 1), -1)
        ans = np.where(np.equal(part, 0), ans, between(ans, above, part))
    ans = np.reshape(np.moveaxis(ans, -1, 0), places.shape[:several] + x.shape[:-1])
    dtype = np.asarray(place(np.zeros(1, a.dtype), None)).dtype
    if ans.dtype != dtype:
        ans = cast(ans, dtype)
    kept = tuple(several + i for i in axes_of(axis, a.ndim))
    return np.expand_dims(ans, kept) if keepdims else ans


def _interpolated(below: Array, above: Array, part: Array) -> Array:
    step = np.where(np.equal(part, 0), 0, above - below)
    return np.where(part < 0.5, below + step * part, above - step * (1 - part))  # as NumPy does


def _midpoint(below: Array, above: Array, part: Array) -> Array:
    with np.errstate(invalid="ignore"):  # of infinities that are not in the middle
        return np.mean(np.stack([below, above]), 0)


def _places(place: Callable[..., Any], x: Array, weights: Array) -> Array:
    """Where the quantiles of each row of x lie: of shape (*q.shape, *x.shape[:-1]).

    NaN where a row has NaNs and NumPy's function does not leave them out.
    """
    unknown = np.isnan(x)
    if weights is None and not np.any(unknown):
        at = np.asarray(place(np.arange(float(x.shape[-1])), None))
        at = np.reshape(at, at.shape + (1,) * (x.ndim - 1))
        return np.broadcast_to(at, at.shape[: at.ndim - x.ndim + 1] + x.shape[:-1])
    ranks = np.argsort(np.argsort(x, axis=-1), axis=-1)
    return np.asarray(place(np.where(unknown, np.nan, ranks), weights))


def _merged_weights(weights: Array, a: Array, axis: Axis) -> Array:
    return merged(np.broadcast_to(_in_place(weights, a, axis), a.shape), axis)


def _fixed(x: Any, what: str) -> Any:
    """x, if nothing is to be differentiated by it."""
    if getattr(x, "requires_grad", False):
        raise TypeError(f"{what} has no derivative here; pass its .data if it is a constant")
    return x if x is None or isinstance(x, (int, float)) else np.asarray(x)


def _quantile_by(function: Callable[..., Any], skips: bool) -> Any:
    name = f"np.{function.__name__}"

    def quantile(
        a: Array,
        q: Any,
        axis: Axis = None,
        *,
        overwrite_input: bool = False,
        method: Any = "linear",
        keepdims: bool = False,
        weights: Array = None,
    ) -> Array:
        q, weights = _fixed(q, f"q of {name}"), _fixed(weights, f"weights of {name}")
        if skips:
            a = without_nans(a, np.nan)  # which get no gradient
        elif a.dtype.kind == "c":
            raise TypeError(f"{name} takes real numbers, not {a.dtype}")
        if a.size == 0:  # whose sum is 0
            empty = function(
                value_of(a), q, axis, method=method, keepdims=keepdims, weights=weights
            )
            return empty + np.sum(a)
        return _quantile(
            lambda x, w: function(x, q, axis=-1, method=method, weights=w),
            _interpolated,
            a,
            axis,
            keepdims,
            weights,
        )

    return quantile


def _median_by(function: Callable[..., Any], skips: bool) -> Any:
    def median(
        a: Array, axis: Axis = None, *, overwrite_input: bool = False, keepdims: bool = False
    ) -> Array:
        if skips:
            a = without_nans(a, np.nan)  # which get no gradient
        if a.size == 0:
            return np.mean(a, axis, keepdims=keepdims)  # NaN, with a warning, as the median's
        return _quantile(lambda x, w: function(x, axis=-1), _midpoint, a, axis, keepdims)

    return median


composed(np.quantile)(_quantile_by(np.quantile, skips=False))
composed(np.percentile)(_quantile_by(np.percentile, skips=False))
composed(np.nanquantile)(_quantile_by(np.nanquantile, skips=True))
composed(np.nanpercentile)(_quantile_by(np.nanpercentile, skips=True))
composed(np.median)(_median_by(np.median, skips=False))
composed(np.nanmedian)(_median_by(np.nanmedian, skips=True))

# Covariances.


@composed(np.cov)
def _cov(
    m: Array,
    y: Array = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Array = None,
    aweights: Array = None,
    *,
    dtype: Any = None,
) -> Array:
    given = [as_array(x) for x in (m, y) if x is not None]
    dtype = np.result_type(*given, np.float64) if dtype is None else dtype
    x = _variables(m, rowvar or np.ndim(m) == 1, dtype)
    if y is not None:
        y = _variables(y, True, dtype)
        x = np.concatenate([x, y if rowvar or y.shape[0] == 1 else y.T])
    if len(x) == 0:
        return np.matmul(x, x.T)
    ddof = int(not bias) if ddof is None else ddof
    weights = None
    if fweights is not None:
        weights = _frequencies(_fixed(fweights, "fweights of np.cov"))
    if aweights is not None:
        aweights = cast(as_array(aweights), np.float64)
        if np.any(np.less(aweights, 0)):
            raise ValueError("np.cov: aweights cannot be negative")
        weights = aweights if weights is None else weights * aweights
    mean, total = np.average(x, 1, weights, returned=True)
    freedom = total[0]
    if ddof:
        by = 1.0 if aweights is None else np.sum(weights * aweights) / freedom
        freedom = freedom - ddof * by
    off = x - mean[:, None]
    weighted = off if weights is None else off * weights
    freedom = np.where(np.less_equal(np.real(freedom), 0), 0.0, freedom)
    return np.squeeze(np.matmul(weighted, np.conj(off).T) / freedom)


def _variables(x: Array, in_rows: bool, dtype: Any) -> Array:
    """x as a matrix with a variable in each row."""
    x = cast(as_array(x), dtype)
    if x.ndim > 2:
        raise ValueError(f"a covariance is that of one or two axes, not of shape {x.shape}")
    x = x if x.ndim == 2 else np.reshape(x, (1, -1))
    return x if in_rows else x.T


def _frequencies(weights: Array) -> Array:
    if np.any(weights != np.around(weights)) or np.any(weights < 0):
        raise ValueError("np.cov: fweights are counts: integers that are not negative")
    return weights


@composed(np.corrcoef)
def _corrcoef(x: Array, y: Array = None, rowvar: bool = True, *, dtype: Any = None) -> Array:
    c = np.cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    spreads = np.sqrt(np.real(np.diagonal(c)))
    c = c / spreads[:, None] / spreads
    if c.dtype.kind == "c":
        return np.clip(np.real(c), -1, 1) + 1j * np.clip(np.imag(c), -1, 1)
    return np.clip(c, -1, 1)


# Histograms. Counts have no gradient; sums of weights do, and edges between two extremes.


@composed(np.histogram_bin_edges)
def _histogram_bin_edges(
    a: Array, bins: Any = 10, range: Any = None, weights: Array = None
) -> Array:
    if isinstance(bins, str):
        raise TypeError(
            f"np.histogram with bins={bins!r} has no derivative here: pass their number"
        )
    if np.ndim(bins):
        return as_array(bins)
    if range is None and np.size(a):
        low, high = np.min(a), np.max(a)
    else:
        low, high = (0.0, 1.0) if range is None else range
    if low > high or not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(
            f"a range of finite numbers is needed, the first no larger than the second, not "
            f"({value_of(low)}, {value_of(high)}): pass range=… or the edges of the bins"
        )
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


@composed(np.histogram)
def _histogram(
    a: Array, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Array = None
) -> tuple[Array, Array]:
    edges = np.histogram_bin_edges(a, bins, range)
    n = len(edges) - 1
    x = np.ravel(a)
    places = np.searchsorted(edges, x, side="right") - 1
    places = np.where(np.equal(x, edges[-1]), n - 1, places)
    inside = (places >= 0) & (places < n)
    if weights is None:
        counts: Array = np.bincount(places[inside], minlength=n)
    else:
        counts = scatter_add(index(np.ravel(weights), inside), places[inside], (n,))
    if density:
        counts = counts / cast(np.diff(edges), np.float64) / np.sum(counts)
    return counts, edges


refused(
    "its counts are constant; np.histogram has weights and densities that are differentiable",
    np.histogram2d, np.histogramdd,
)  # fmt: skip
