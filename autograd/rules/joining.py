"""Joining arrays, taking them apart, and filling around them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.primitive import Array, Shape, composed, derivative, linear, refused
from autograd.rules.indexing import along, at, must_cast, put, rearranged, scatter_add
from autograd.rules.shaping import as_arrays, cast

# Joining.


def pieces(g: Array, to: Sequence[tuple[int, ...]], axis: int | None) -> list[Array]:
    """The part of g that came from each of the joined arrays, which have the shapes `to`."""
    sizes = [math.prod(shape) if axis is None else shape[axis] for shape in to]
    axis = 0 if axis is None else axis % g.ndim
    parts = [
        g[at(axis, slice(end - size, end))]
        for size, end in zip(sizes, accumulate(sizes), strict=True)
    ]
    return [np.reshape(part, shape) for part, shape in zip(parts, to, strict=True)]


derivative(np.concatenate, "[xs|arrays] axis=0", linear, xs=pieces)
derivative(np.stack, "[xs|arrays] axis=0", linear, xs=lambda g, axis: np.moveaxis(g, axis, 0))


def _cast_to(function: Callable[..., Array]) -> Callable[..., Array]:
    """np.concatenate or np.stack with a dtype for the result."""

    def join(
        arrays: Sequence[Array],
        axis: int | None = 0,
        *,
        dtype: Any = None,
        casting: Any = "same_kind",
    ) -> Array:
        found = function(arrays, axis)
        dtype = found.dtype if dtype is None else np.dtype(dtype)
        for x in arrays:
            must_cast(x, dtype, casting)
        return found if found.dtype == dtype else cast(found, dtype)

    return join


for _join in (np.concatenate, np.stack):
    composed(_join)(_cast_to(_join))


def _at_least(ndim: int, arrays: Sequence[Array]) -> list[Array]:
    at_least: Callable[[Array], Array] = (np.atleast_1d, np.atleast_2d, np.atleast_3d)[ndim - 1]
    return [at_least(x) for x in arrays]


@composed(np.hstack)
def _hstack(tup: Sequence[Array], *, dtype: Any = None, casting: Any = "same_kind") -> Array:
    arrays = _at_least(1, tup)
    axis = 0 if arrays and np.ndim(arrays[0]) == 1 else 1
    return np.concatenate(arrays, axis, dtype=dtype, casting=casting)


@composed(np.vstack)
def _vstack(tup: Sequence[Array], *, dtype: Any = None, casting: Any = "same_kind") -> Array:
    return np.concatenate(_at_least(2, tup), 0, dtype=dtype, casting=casting)


@composed(np.dstack)
def _dstack(tup: Sequence[Array]) -> Array:
    return np.concatenate(_at_least(3, tup), 2)


@composed(np.column_stack)
def _column_stack(tup: Sequence[Array]) -> Array:
    columns = [np.reshape(x, (-1, 1)) if np.ndim(x) < 2 else x for x in tup]
    return np.concatenate(columns, 1)


@composed(np.block)
def _block(arrays: Any) -> Array:
    ndim = np.block(_like(arrays, _like_shape)).ndim
    return _joined(arrays, ndim, _depth(arrays))


def _joined(item: Any, ndim: int, depth: int) -> Array:
    """The nested lists, `depth` deep, as one array: the innermost are joined at the last axis."""
    if depth == 0:
        return np.reshape(item, (1,) * (ndim - np.ndim(item)) + np.shape(item))
    return np.concatenate([_joined(part, ndim, depth - 1) for part in item], -depth)


def _like(nested: Any, function: Callable[[Array], Array]) -> Any:
    """Nested lists with the function applied to what is in them."""
    if type(nested) is list:
        return [_like(item, function) for item in nested]
    return nested if type(nested) is tuple else function(nested)  # NumPy refuses tuples


def _depth(nested: Any) -> int:
    return 1 + _depth(nested[0]) if type(nested) is list else 0


# More elements, or fewer.


@composed(np.append)
def _append(arr: Array, values: Array, axis: int | None = None) -> Array:
    return np.concatenate([arr, values], axis)


@composed(np.insert)
def _insert(arr: Array, obj: Any, values: Array, axis: int | None = None) -> Array:
    places = _plain(obj)
    arr, values = as_arrays(arr, values)
    values = cast(values, arr.dtype)
    x, axis = _along_one(arr, axis)
    if type(places) is not int or values.ndim > x.ndim:
        return rearranged(lambda x, new: np.insert(x, places, new, axis), x, values)
    # One place: up to 5x faster by slices.
    whole = np.insert(_like_shape(x), places, _like_shape(values), axis).shape
    values = np.reshape(values, (*(1,) * (x.ndim - values.ndim), *values.shape))
    values = np.moveaxis(values, 0, axis)  # as NumPy: it is one element that lies along the first
    values = np.broadcast_to(
        values, (*whole[:axis], whole[axis] - x.shape[axis], *whole[axis + 1 :])
    )
    start = places % x.shape[axis] if places < 0 else places
    return np.concatenate(
        [x[at(axis, slice(start))], values, x[at(axis, slice(start, None))]], axis
    )


@composed(np.delete)
def _delete(arr: Array, obj: Any, axis: int | None = None) -> Array:
    places = _plain(obj)
    x, axis = _along_one(as_arrays(arr)[0], axis)
    if type(places) is slice and places.step in (None, 1):
        start, stop, _ = places.indices(x.shape[axis])
    elif type(places) is int:
        np.delete(_like_shape(x), places, axis)  # raises if there is no such place
        start = places % x.shape[axis]
        stop = start + 1
    else:
        return rearranged(lambda x: np.delete(x, places, axis), x)
    if start >= stop:
        return np.copy(x)
    return np.concatenate([x[at(axis, slice(start))], x[at(axis, slice(stop, None))]], axis)


def _along_one(x: Array, axis: int | None) -> tuple[Array, int]:
    """x and the axis of it to work along: raveled, if that is None."""
    return (np.ravel(x), 0) if axis is None else (x, normalize_axis_index(axis, x.ndim))


def _plain(places: Any) -> Any:
    """Places as NumPy takes them: a slice, an integer, a list or an array; no Tensor."""
    return places if isinstance(places, (slice, int, list)) else np.asarray(places)


# Taking apart.


def _rejoined(g: Sequence[Array], to: Shape, indices_or_sections: Any, axis: int) -> Array:
    """The parts of an array with the shape `to`, where they were."""
    sections, axis = _plain(indices_or_sections), normalize_axis_index(axis, len(to))
    whole = np.concatenate(g, axis)
    if whole.shape == to:
        return whole
    # They overlap: [3, 1] asks for x[:3], x[3:1] and x[1:].
    places = np.concatenate(np.array_split(np.arange(to[axis]), sections))
    return scatter_add(whole, at(axis, places), to)


derivative(
    np.array_split,
    "x|ary indices_or_sections axis=0",
    None,
    x=_rejoined,
)


def _like_shape(x: Array) -> Array:
    """An array with the shape of x and no memory, on which NumPy shows what is wrong with it."""
    return np.broadcast_to(False, np.shape(x))


@composed(np.split)
def _split(ary: Array, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    sections = _plain(indices_or_sections)
    if np.ndim(sections) == 0 and np.shape(ary)[axis] % sections:
        np.split(_like_shape(ary), sections, axis)  # raises: the parts would be unequal
    return np.array_split(ary, sections, axis)


@composed(np.hsplit)
def _hsplit(ary: Array, indices_or_sections: Any) -> list[Array]:
    np.hsplit(_like_shape(ary), _plain(indices_or_sections))
    return np.split(ary, indices_or_sections, 1 if np.ndim(ary) > 1 else 0)


@composed(np.vsplit)
def _vsplit(ary: Array, indices_or_sections: Any) -> list[Array]:
    np.vsplit(_like_shape(ary), _plain(indices_or_sections))
    return np.split(ary, indices_or_sections, 0)


@composed(np.dsplit)
def _dsplit(ary: Array, indices_or_sections: Any) -> list[Array]:
    np.dsplit(_like_shape(ary), _plain(indices_or_sections))
    return np.split(ary, indices_or_sections, 2)


def unstacked(x: Array, axis: int = 0) -> tuple[Array, ...]:
    """The parts of x along an axis, without that axis; one node for all of them."""
    side = np.shape(x)[axis]
    parts = np.array_split(x, side, axis) if side else []
    return tuple(np.squeeze(part, axis) for part in parts)


if hasattr(np, "unstack"):

    @composed(np.unstack)
    def _unstack(x: Array, /, *, axis: int = 0) -> tuple[Array, ...]:
        np.unstack(_like_shape(x), axis=axis)
        return unstacked(x, axis)


# A function of each part.


@composed(np.apply_along_axis)
def _apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Array, *args: Any, **kwargs: Any
) -> Array:
    axis = normalize_axis_index(axis, arr.ndim)
    last = np.moveaxis(arr, axis, -1)
    *others, side = last.shape
    rows = unstacked(np.reshape(last, (math.prod(others), side)))
    if not rows:
        raise ValueError("there is no slice to apply the function to")
    found = np.stack([func1d(row, *args, **kwargs) for row in rows])
    inner = found.shape[1:]
    found = np.reshape(found, (*others, *inner))
    # The axes of the results come where the axis was.
    before = range(len(others), len(others) + len(inner))
    return np.moveaxis(found, tuple(before), tuple(range(axis, axis + len(inner))))


@composed(np.apply_over_axes)
def _apply_over_axes(func: Callable[..., Any], a: Array, axes: Any) -> Array:
    for axis in np.ravel(axes):
        axis = normalize_axis_index(int(axis), a.ndim)
        found = func(a, axis)
        if np.ndim(found) not in (a.ndim, a.ndim - 1):
            raise ValueError("the function has to keep or drop the axis")
        a = found if np.ndim(found) == a.ndim else np.expand_dims(found, axis)
    return a


# Filling around.


@composed(np.pad)
def _pad(array: Array, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Array:
    if callable(mode):
        return _padded_by(mode, array, pad_width, kwargs)
    odd = kwargs.get("reflect_type") == "odd"
    if mode in ("edge", "wrap") or (mode in ("reflect", "symmetric") and not odd):
        return rearranged(lambda places: np.pad(places, pad_width, mode, **kwargs), array)
    widths = _pairs(pad_width, array.ndim)
    inside = tuple(slice(left, left + n) for (left, _), n in zip(widths, array.shape, strict=True))
    if mode == "constant" and not kwargs:
        wider = np.pad(_like_shape(array), pad_width)  # raises for widths that make no sense
        return scatter_add(array, inside, wider.shape)
    # NumPy checks the arguments, fills in constants, and does all where no gradient flows.
    plain = array.dtype.kind not in "fc"
    within = np.asarray(array) if plain else np.zeros(array.shape, array.dtype)
    frame = np.pad(within, pad_width, mode, **kwargs)
    if mode == "constant" or plain or array.ndim == 0:
        return put(frame, inside, array)
    if mode == "empty":
        raise TypeError("np.pad with mode='empty' adds undefined numbers: use mode='constant'")
    if not np.any(widths):
        return np.copy(array)
    for axis, width in enumerate(widths):
        if odd:
            array = _padded_odd(array, axis, width, mode)
        elif mode == "linear_ramp":
            ends = _pairs(kwargs.get("end_values", 0), array.ndim)[axis]
            array = _padded_ramp(array, axis, width, ends)
        else:
            lengths = _pairs(kwargs.get("stat_length"), array.ndim)[axis]
            array = _padded_statistic(array, axis, width, lengths, mode)
    return array


def _pairs(given: Any, ndim: int) -> Any:
    """A value for each end of each axis, in any of the ways that np.pad takes them."""
    if isinstance(given, dict):
        pairs = [(0, 0)] * ndim
        for axis, width in given.items():
            pairs[axis] = width if isinstance(width, tuple) else (width, width)
        return pairs
    return np.broadcast_to(given, (ndim, 2)).tolist()


def _ends(x: Array, axis: int, lengths: Sequence[int] = (1, 1)) -> tuple[Array, Array]:
    """The first and the last elements along an axis."""
    side = x.shape[axis]
    return x[at(axis, slice(lengths[0]))], x[at(axis, slice(side - lengths[1], side))]


def _padded_odd(x: Array, axis: int, width: Sequence[int], mode: str) -> Array:
    """x with its point reflections at both ends, over and over until it is wide enough."""
    skip = 1 if mode == "reflect" and x.shape[axis] > 1 else 0  # the end itself is not repeated
    period = x.shape[axis] - skip
    missing = list(width)
    while any(missing):
        left, right = (min(n, period) for n in missing)
        stop = x.shape[axis] - skip
        first, last = _ends(x, axis)
        before = 2 * first - np.flip(x[at(axis, slice(skip, skip + left))], axis)
        after = 2 * last - np.flip(x[at(axis, slice(stop - right, stop))], axis)
        x = np.concatenate([before, x, after], axis)
        missing = [missing[0] - left, missing[1] - right]
    return x


def _padded_ramp(x: Array, axis: int, width: Sequence[int], ends: Sequence[Any]) -> Array:
    """x with straight lines from its ends to the values `ends`."""
    ramps = []
    for edge, n, end in zip(_ends(x, axis), width, ends, strict=True):
        part = along(np.arange(n) / max(n, 1), axis, x.ndim)
        ramps.append(end + (edge - end) * cast(part, x.dtype))
    return np.concatenate([ramps[0], x, np.flip(ramps[1], axis)], axis)


def _padded_statistic(
    x: Array, axis: int, width: Sequence[int], lengths: Sequence[int | None], mode: str
) -> Array:
    """x with the maximum, mean, … of so many elements from either end."""
    side = x.shape[axis]
    chosen = [side if length is None else min(length, side) for length in lengths]
    fillings = []
    for end, n in zip(_ends(x, axis, chosen), width, strict=True):
        found = STATISTICS[mode](end, axis=axis, keepdims=True)
        fillings.append(np.broadcast_to(found, (*x.shape[:axis], n, *x.shape[axis + 1 :])))
    return np.concatenate([fillings[0], x, fillings[1]], axis)


STATISTICS: dict[str, Callable[..., Array]] = {
    "maximum": np.max, "minimum": np.min, "mean": np.mean, "median": np.median,
}  # fmt: skip


def _padded_by(
    function: Callable[..., None], array: Array, pad_width: Any, kwargs: dict[str, Any]
) -> Array:
    """Padded with zeros, then changed in place by function(row, widths, axis, kwargs)."""
    padded = np.pad(array, pad_width)
    for axis, width in enumerate(_pairs(pad_width, array.ndim)):
        last = np.moveaxis(padded, axis, -1)
        rows = unstacked(np.reshape(last, (-1, last.shape[-1])))
        for row in rows:
            function(row, tuple(width), axis, kwargs)
        if rows:
            padded = np.moveaxis(np.reshape(np.stack(rows), last.shape), -1, axis)
    return padded


refused("it calls a Python function on each number apart: write it with NumPy's", np.vectorize)
