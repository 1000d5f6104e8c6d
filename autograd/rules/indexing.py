"""Reading and writing parts of arrays, by every kind of index that NumPy has."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.primitive import (
    Array,
    NDArray,
    Shape,
    composed,
    constant,
    derivative,
    in_place,
    linear,
    primitive,
)

MANY = 1024  # numbers that are added up


@primitive
def index(x: Array, key: Any) -> Array:
    """x[key]"""
    return x[key]


@primitive
def scatter_add(x: Array, key: Any, shape: tuple[int, ...]) -> Array:
    """Zeros of `shape`, with x added at `key`; what falls on one place adds up."""
    out = np.zeros_like(x, shape=shape, order="C")  # so that reshaping it makes no copy
    if may_repeat(key):
        add_at(out, key, x)
    else:
        out[key] = x
    return out


def add_at(out: NDArray, key: Any, x: Array) -> None:
    """Add x to out[key], in place; what falls on one place adds up."""
    if type(key) is tuple and len(key) == 1:
        (key,) = key
    if not may_repeat(key):
        out[key] += x
        return
    # Of many, number by number: np.add.at is up to six times slower on rows, and three by several
    # indices. Of few, to find their places takes longer.
    places = None
    if np.size(x) > MANY and out.ndim > 1 and out.flags.c_contiguous:
        places = _places(key, np.shape(x), out.shape)
    if places is None:
        np.add.at(out, key, x)
    else:
        np.add.at(np.reshape(out, -1), np.ravel(places), np.ravel(x))


@primitive
def put(x: Array, key: Any, value: Array) -> Array:
    """A copy of x in which x[key] is `value`; where places repeat, the last one stays."""
    out = np.array(x, copy=True)
    out[key] = value
    return out


def at(axis: int, part: Any) -> tuple[Any, ...]:
    """The key of `part`, a slice or places, along an axis that is not negative."""
    return (*(slice(None),) * axis, part)


def along(x: Array, axis: int, ndim: int) -> Array:
    """The vector x in the shape in which it broadcasts along that axis of `ndim`."""
    return np.reshape(x, (-1, *(1,) * (ndim - axis - 1)))


def may_repeat(key: Any) -> bool:
    """Whether an index may name a place twice.

    It does not if it is made of integers, slices, None, Ellipsis and at most one boolean array.
    """
    items = key if type(key) is tuple else (key,)
    masks = 0
    for item in items:
        if type(item) is np.ndarray and item.dtype.kind == "b":
            masks += 1
        elif isinstance(item, bool) or not (
            item is None or item is Ellipsis or isinstance(item, (slice, int, np.integer))
        ):
            return True
    return masks > 1


def _places(key: Any, picked: Shape, shape: Shape) -> NDArray | None:
    """Where in the flat array of that shape the elements are that `key` picks, if it is simple.

    It is an array of integers that picks whole rows, or as many arrays of them as there are axes.
    """
    items = key if type(key) is tuple else (key,)
    if not all(type(item) is np.ndarray and item.dtype.kind == "i" for item in items):
        return None
    places: NDArray | None = None
    if len(items) == len(shape):
        places = np.asarray(np.ravel_multi_index(items, shape, mode="wrap"))
    elif len(items) == 1 and picked == (*items[0].shape, *shape[1:]):
        width = math.prod(shape[1:])
        places = items[0].reshape(-1, 1).astype(np.intp) % shape[0] * width + np.arange(width)
    return places


def _stayed(g: Array, key: Any) -> Array:
    """g[key], but 0 for the values that a later one at the same place replaced."""
    picked = g[key]
    if not may_repeat(key):
        return picked
    order = np.arange(picked.size).reshape(picked.shape)
    last = np.empty(g.shape, order.dtype)
    last[key] = order
    return np.where(last[key] == order, picked, 0)


derivative(index, None, linear, x=lambda g, key, to: scatter_add(g, key, to))
in_place(index, lambda g, key, to: add_at(to, key, g))
derivative(scatter_add, None, linear, x=lambda g, key: index(g, key))
derivative(
    put,
    None,
    None,  # linear in x and value together, but not in each alone
    x=lambda g, key: put(g, key, 0.0),
    value=_stayed,
)


def rearranged(function: Callable[..., Any], *arrays: Array) -> Array:
    """function(*arrays), where that moves, repeats or leaves out elements and does no more.

    The function itself says which element goes where: it is applied to arrays of their numbers.
    """
    ends = np.cumsum([np.size(x) for x in arrays])
    places = function(
        *(np.arange(end - np.size(x), end).reshape(np.shape(x)) for x, end in zip(arrays, ends))
    )
    flat = np.ravel(arrays[0]) if len(arrays) == 1 else np.concatenate(arrays, axis=None)
    return np.reshape(index(flat, np.ravel(places)), places.shape)


# Reading.


def _taken_from(g: Array, indices: Any, axis: int | None, mode: Any, to: Sequence[int]) -> Array:
    """Zeros of the shape `to`, with g added where it was taken along that axis."""
    sides = to if axis is not None and to else (math.prod(to),)
    axis = (axis or 0) % len(sides)
    places = np.take(np.arange(sides[axis]), np.asarray(indices), mode=mode)
    key = at(axis, places) if axis else places
    return np.reshape(scatter_add(g, key, tuple(sides)), to)


def _aligned(indices: Array, axis: int | None, shape: tuple[int, ...]) -> Any:
    """The key at which `indices` along the axis of an array of that shape are."""
    if axis is None:
        return np.unravel_index(np.arange(math.prod(shape))[np.asarray(indices)], shape)
    grid = list(np.ix_(*map(np.arange, shape)))
    grid[axis] = np.asarray(indices)
    return tuple(grid)


derivative(
    np.take,
    "x|a indices axis=None * mode='raise'",
    linear,
    x=_taken_from,
)
derivative(
    np.take_along_axis,
    "x|arr indices axis=-1",
    linear,
    x=lambda g, to, indices, axis: scatter_add(g, _aligned(indices, axis, to), to),
)
derivative(
    np.bincount,
    "x weights=None minlength=0",
    linear,
    weights=lambda g, x: index(g, x),
)


@composed(np.compress)
def _compress(condition: Array, a: Array, axis: int | None = None) -> Array:
    side = np.size(a) if axis is None else np.shape(a)[axis]
    return np.take(a, np.compress(np.asarray(condition), np.arange(side)), axis)


@composed(np.extract)
def _extract(condition: Array, arr: Array) -> Array:
    return np.take(arr, np.flatnonzero(condition))


@composed(np.choose)
def _choose(a: Array, choices: Sequence[Array], *, mode: Any = "raise") -> Array:
    which, *arrays = np.broadcast_arrays(a, *choices)
    which = np.take(np.arange(len(arrays)), np.asarray(which), mode=mode)
    return np.take_along_axis(np.stack(arrays), which[None], 0)[0]


# Writing. A Tensor takes a new value, as with x[key] = value.


def _destination(x: Array, function: str) -> Array:
    """x, which a function that writes is to change. Raises TypeError for what can't record that."""
    if isinstance(x, np.ndarray):
        raise TypeError(
            f"{function} can't write a Tensor into an ndarray, which keeps no graph: make the "
            f"destination a Tensor, or use np.where"
        )
    return x


def _write(x: Array, places: Array, values: Array) -> None:
    """Put `values` at these places of the raveled x."""
    x[...] = np.reshape(put(np.ravel(x), places, values), x.shape)


def _cycled(values: Array, places: Array) -> Array:
    """Of the raveled values, over and over, those at `places`."""
    values = np.ravel(values)
    if values.size == 0 and np.size(places):
        raise ValueError("no values to put in place: they are an empty array")
    return index(values, places % max(values.size, 1))


def must_cast(x: Array, dtype: Any, casting: Any) -> None:
    """Raise TypeError if numbers of x, an array or a list, may not become `dtype` by that rule."""
    given = x.dtype if hasattr(x, "dtype") else np.asarray(x).dtype
    if not np.can_cast(given, dtype, casting):
        raise TypeError(f"cannot cast {given} to {dtype} by the rule casting={casting!r}")


@composed(np.copyto)
def _copyto(dst: Array, src: Array, casting: Any = "same_kind", where: Array = True) -> None:
    dst = _destination(dst, "np.copyto")
    must_cast(src, dst.dtype, casting)
    dst[...] = src if where is True else np.where(where, src, dst)


@composed(np.place)
def _place(arr: Array, mask: Array, vals: Array) -> None:
    places = np.flatnonzero(mask)
    _write(_destination(arr, "np.place"), places, _cycled(vals, np.arange(places.size)))


@composed(np.putmask)
def _putmask(a: Array, mask: Array, values: Array) -> None:
    places = np.flatnonzero(mask)
    _write(_destination(a, "np.putmask"), places, _cycled(values, places))


@composed(np.put)
def _put(a: Array, ind: Array, v: Array, mode: Any = "raise") -> None:
    places = np.take(np.arange(np.size(a)), np.ravel(np.asarray(ind)), mode=mode)
    _write(_destination(a, "np.put"), places, _cycled(v, np.arange(places.size)))


@composed(np.put_along_axis)
def _put_along_axis(arr: Array, indices: Array, values: Array, axis: int | None) -> None:
    arr = _destination(arr, "np.put_along_axis")
    arr[_aligned(np.asarray(indices), axis, arr.shape)] = values


@composed(np.fill_diagonal)
def _fill_diagonal(a: Array, val: Array, wrap: bool = False) -> None:
    on_diagonal = np.zeros(a.shape, bool)
    np.fill_diagonal(on_diagonal, True, wrap)
    places = np.flatnonzero(on_diagonal)
    _write(_destination(a, "np.fill_diagonal"), places, _cycled(val, np.arange(places.size)))


constant(
    "its values are indices or booleans",
    np.ix_, np.ravel_multi_index, np.unravel_index, np.tril_indices_from, np.triu_indices_from,
    np.diag_indices_from, np.flatnonzero, np.argwhere,
)  # fmt: skip
