"""The methods of NumPy's ufuncs, such as np.add.reduce, by the functions that do the same.

`reduce` and `accumulate` go along axis 0 where no axis is given, not along all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd.primitive import (
    COMPOSED,
    CONSTANTS,
    TABLE,
    Array,
    Axis,
    composed,
    constant,
    derivative,
    linear,
    refused,
)
from autograd.rules.indexing import at, scatter_add
from autograd.rules.scans import logcumsumexp
from autograd.rules.shaping import cast
from autograd.rules.special import logsumexp

_ufunc: np.ufunc  # of each loop below
_function: Callable[..., Array]
_method: Any

# reduce.


def _reduce(
    function: Callable[..., Array],
    array: Array,
    axis: Axis = 0,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    **options: Any,
) -> Array:
    return function(_as(dtype, array), axis=axis, keepdims=keepdims, **options)


def _as(dtype: Any, array: Array) -> Array:
    """The array with the dtype to compute in, if one is given."""
    return array if dtype is None else cast(array, dtype)


for _ufunc, _function in (
    (np.add, np.sum), (np.multiply, np.prod), (np.maximum, np.max), (np.minimum, np.min),
    (np.fmax, np.nanmax), (np.fmin, np.nanmin), (np.logaddexp, logsumexp),
):  # fmt: skip
    composed(_ufunc.reduce)(partial(_reduce, _function))

# accumulate.


def _accumulate(
    function: Callable[..., Array], array: Array, axis: int = 0, dtype: Any = None
) -> Array:
    return function(_as(dtype, array), axis)


for _ufunc, _function in (
    (np.add, np.cumsum), (np.multiply, np.cumprod), (np.logaddexp, logcumsumexp),
):  # fmt: skip
    composed(_ufunc.accumulate)(partial(_accumulate, _function))

# reduceat.


def _segments(indices: Sequence[int], length: int) -> Iterator[tuple[int, int]]:
    """The first and last + 1 place of each segment: one place where the next begins before it."""
    starts = [int(i) for i in indices]
    ends = [*starts[1:], length]
    return ((i, end if i < end else i + 1) for i, end in zip(starts, ends, strict=True))


def _reduceat_to(g: Array, indices: Sequence[int], axis: int, to: tuple[int, ...]) -> Array:
    """Each element's gradient: those of the sums that it is in."""
    axis %= len(to)
    starts = np.asarray(indices)
    if len(starts) and np.all(starts[:-1] < starts[1:]):  # no gaps and no overlaps: 30x faster
        spread = np.repeat(g, np.diff(starts, append=to[axis]), axis)
        if not starts[0]:
            return spread
        return np.concatenate(
            [np.zeros((*to[:axis], starts[0], *to[axis + 1 :]), g.dtype), spread], axis
        )
    segments = list(_segments(indices, to[axis]))
    places = [place for i, end in segments for place in range(i, end)]
    sums = np.repeat(np.arange(len(segments)), [end - i for i, end in segments])
    return scatter_add(g[at(axis, sums)], at(axis, np.array(places, int)), to)


derivative(
    np.add.reduceat,
    "x|array indices axis=0 dtype=None",
    linear,
    x=_reduceat_to,
)


def _reduceat(
    ufunc: np.ufunc, array: Array, indices: Sequence[int], axis: int = 0, dtype: Any = None
) -> Array:
    array, axis = _as(dtype, array), axis % array.ndim
    segments = _segments(indices, array.shape[axis])
    return np.stack(
        [ufunc.reduce(array[at(axis, slice(i, end))], axis) for i, end in segments], axis
    )


for _ufunc in (np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp):
    composed(_ufunc.reduceat)(partial(_reduceat, _ufunc))

# at: in place, as `a[...] = …` is.


def _at(ufunc: np.ufunc, a: Array, indices: Any, b: Array) -> None:
    if isinstance(a, np.ndarray):
        raise TypeError(
            f"np.{ufunc.__name__}.at can't put a Tensor into an array: make the array a Tensor"
        )
    a[...] = ufunc(a, scatter_add(np.multiply(b, np.ones((), a.dtype)), indices, a.shape))


for _ufunc in (np.add, np.subtract):
    composed(_ufunc.at)(partial(_at, _ufunc))

# outer.


def _outer(ufunc: np.ufunc, x: Array, y: Array) -> Array:
    """Each element of x with each element of y."""
    return ufunc(np.reshape(x, (*np.shape(x), *(1,) * np.ndim(y))), y)


for _ufunc in [ufunc for ufunc in (*TABLE, *COMPOSED) if isinstance(ufunc, np.ufunc)]:
    if _ufunc.nin == 2 and _ufunc.nout == 1 and _ufunc.signature is None and _ufunc is not np.ldexp:
        composed(_ufunc.outer)(partial(_outer, _ufunc))

# What has no derivative.

LOGICAL = (np.logical_and, np.logical_or, np.logical_xor)
COMPARISONS = (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal)
constant("its values are booleans", *(ufunc.reduce for ufunc in LOGICAL))
constant("its values are booleans", *(ufunc.outer for ufunc in (*LOGICAL, *COMPARISONS)))

INSTEAD = {
    np.subtract.reduce: "write x[0] - np.sum(x[1:], axis=0)",
    np.divide.reduce: "write x[0] / np.prod(x[1:], axis=0)",
    np.hypot.reduce: "use np.linalg.norm",
    np.logaddexp2.reduce: "use autograd.logsumexp, on numbers times log 2",
    np.multiply.at: "write x[indices] *= y, where no index repeats",
    np.divide.at: "write x[indices] /= y, where no index repeats",
    np.maximum.at: "write x[indices] = np.maximum(x[indices], y), where no index repeats",
    np.minimum.at: "write x[indices] = np.minimum(x[indices], y), where no index repeats",
}
for _ufunc in {f for f in vars(np).values() if isinstance(f, np.ufunc)} - CONSTANTS.keys():
    for _method, _instead in [
        (_ufunc.reduce, "apply it in a loop, or use np.sum, np.prod, np.max or autograd.logsumexp"),
        (_ufunc.accumulate, "apply it in a loop, or use np.cumsum or np.cumprod"),
        (_ufunc.reduceat, "reduce the slices x[i:j], and np.stack what that gives"),
        (_ufunc.outer, "call the function itself with x[:, None] and y"),
        (_ufunc.at, "write x[indices] = v, which gives x a new value"),
    ]:
        if not any(_method in table for table in (TABLE, COMPOSED, CONSTANTS)):
            refused(INSTEAD.get(_method, _instead), _method)
