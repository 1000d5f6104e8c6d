"""Reshaping, reordering and casting: the same numbers in another arrangement."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.primitive import Array, Axis, Shape, composed, constant, derivative, linear, primitive
from autograd.rules.indexing import at, scatter_add


@primitive
def cast(x: Array, dtype: Any) -> Array:
    """x with another dtype; a complex x cast to a real dtype gives its real part."""
    dtype = np.dtype(dtype)
    if x.dtype.kind == "c" and dtype.kind != "c":
        x = x.real
    return x.astype(dtype)


def to_count_in(dtype: Any) -> Any:
    """The dtype for counts beside numbers of `dtype`; those of float16 end at 65,504."""
    return np.float32 if dtype == np.float16 else dtype


def as_array(x: Any) -> Array:
    """x, or the array of a number or a list of them."""
    return x if hasattr(x, "dtype") else np.asarray(x)


def as_arrays(*items: Any) -> list[Array]:
    """`items`, with numbers and lists made into arrays."""
    return [as_array(item) for item in items]


@primitive
def value_of(x: Array) -> Array:
    """x as a plain array, for what is chosen by it: a basis, a rank. No choice has a derivative."""
    return x


constant("it is there to lose the graph", value_of.__primitive__)  # type: ignore[attr-defined]


def unbroadcast(x: Array, shape: tuple[int, ...]) -> Array:
    """`x` summed over what broadcasting from `shape` had repeated: broadcasting's transpose.

    Raises ValueError if `shape` does not broadcast to that of `x`.
    """
    surplus = x.ndim - len(shape)
    if surplus > 0 and x.shape[surplus:] == shape and type(x) is np.ndarray:
        # A bias: 3x faster than what follows.
        return np.add.reduce(x, 0 if surplus == 1 else tuple(range(surplus)))
    padded = (1,) * surplus + shape
    sizes = (1,) * (len(shape) - x.ndim) + x.shape
    if any(to not in (1, size) for size, to in zip(sizes, padded, strict=True)):
        raise ValueError(f"a gradient of shape {x.shape} for an argument of shape {shape}")
    axes = tuple(i for i, (size, to) in enumerate(zip(sizes, padded, strict=True)) if size != to)
    return np.reshape(np.sum(np.reshape(x, sizes), axis=axes, keepdims=True), shape)


def _reshape_back(g: Array, to: tuple[int, ...], order: Any) -> Array:
    """g in the shape that an array had before it was reshaped in that order."""
    if order not in ("C", "F"):
        raise ValueError(
            f"order={order!r} depends on how an array lies in memory, which a gradient does not "
            f"know; write order='C' or order='F'"
        )
    return np.reshape(g, to, order)


def _inverse(axes: Sequence[int] | None) -> Any:
    """The permutation that undoes the transposition by `axes`."""
    return None if axes is None else np.argsort([axis % len(axes) for axis in axes])


derivative(cast, None, linear, x=lambda g: g)  # the engine casts g to the dtype of x
derivative(np.copy, "x|a order='K' subok=False", linear, x=lambda g: g)
derivative(
    np.reshape,
    "x|a shape|newshape order='C'",
    linear,
    x=_reshape_back,
)
derivative(np.ravel, "x|a order='C'", linear, x=_reshape_back)
derivative(np.expand_dims, "x|a axis", linear, x=lambda g, to: np.reshape(g, to))
derivative(np.squeeze, "x|a axis=None", linear, x=lambda g, to: np.reshape(g, to))
derivative(np.broadcast_to, "x|array shape subok=False", linear, x=lambda g: g)


@composed(np.reshape)
def _reshape(a: Array, /, shape: Any, order: Any = "C", *, copy: bool | None = None) -> Array:
    if copy is False:
        np.reshape(a.data, shape, order, copy=False)  # raises if it has to copy
    found = np.reshape(a, shape, order)
    return np.copy(found) if copy else found


# The axes in another order.

derivative(np.transpose, "x|a axes=None", linear, x=lambda g, axes: np.transpose(g, _inverse(axes)))
derivative(
    np.swapaxes, "x|a axis1 axis2", linear, x=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2)
)
derivative(
    np.moveaxis,
    "x|a source destination",
    linear,
    x=lambda g, source, destination: np.moveaxis(g, destination, source),
)
derivative(
    np.rollaxis,
    "x|a axis start=0",
    linear,
    # An array with the sides 0, 1, 2, … shows where each axis comes from.
    x=lambda g, axis, start: np.transpose(
        g, _inverse(np.rollaxis(np.empty(range(g.ndim)), axis, start).shape)
    ),
)
derivative(np.matrix_transpose, "x", linear, x=lambda g: np.matrix_transpose(g))

# The elements in another order.

derivative(np.flip, "x|m axis=None", linear, x=lambda g, axis: np.flip(g, axis))
derivative(np.fliplr, "x|m", linear, x=lambda g: np.fliplr(g))
derivative(np.flipud, "x|m", linear, x=lambda g: np.flipud(g))
derivative(np.rot90, "x|m k=1 axes=(0,1)", linear, x=lambda g, k, axes: np.rot90(g, -k, axes))
derivative(
    np.roll,
    "x|a shift axis=None",
    linear,
    x=lambda g, shift, axis: np.roll(g, np.negative(shift), axis),
)

# Triangles and diagonals.


def _on_diagonal(rows: int, columns: int, k: int) -> slice:
    """Where the k-th diagonal lies in a raveled matrix of that shape."""
    start = k if k >= 0 else -k * columns
    length = max(0, min(rows, columns - k) if k >= 0 else min(rows + k, columns))
    return slice(start, start + length * (columns + 1), columns + 1)


def _from_diagonal(g: Array, to: Sequence[int], offset: int, axis1: int, axis2: int) -> Array:
    """Zeros of the shape `to`, with g on that diagonal of the matrices in those two axes."""
    *others, rows, columns = np.moveaxis(np.broadcast_to(0, to), (axis1, axis2), (-2, -1)).shape
    flat = scatter_add(g, (..., _on_diagonal(rows, columns, offset)), (*others, rows * columns))
    return np.moveaxis(np.reshape(flat, (*others, rows, columns)), (-2, -1), (axis1, axis2))


derivative(np.tril, "x|m k=0", linear, x=lambda g, k: np.tril(g, k))
derivative(np.triu, "x|m k=0", linear, x=lambda g, k: np.triu(g, k))
derivative(
    np.diag,
    "x|v k=0",
    linear,
    x=lambda g, to, k: np.diag(g, k) if len(to) == 1 else _from_diagonal(g, to, k, 0, 1),
)
derivative(
    np.diagonal,
    "x|a offset=0 axis1=0 axis2=1",
    linear,
    x=_from_diagonal,
)
derivative(np.diagflat, "x|v k=0", linear, x=lambda g, to, k: np.reshape(np.diag(g, k), to))

# More of the same elements, or fewer.


def _summed_tiles(g: Array, to: Sequence[int], reps: Any) -> Array:
    """The sum of the tiles of g, each of which has the shape `to`."""
    ndim = max(len(to), np.size(reps))
    sides = (1,) * (ndim - len(to)) + tuple(to)
    counts = (1,) * (ndim - np.size(reps)) + tuple(np.ravel(reps))
    split = [n for pair in zip(counts, sides, strict=True) for n in pair]
    return np.reshape(np.sum(np.reshape(g, split), axis=tuple(range(0, 2 * ndim, 2))), to)


def _summed_repeats(g: Array, to: tuple[int, ...], repeats: Any, axis: int | None) -> Array:
    """The sum of what had been repeated from an array with the shape `to`."""
    if axis is None:
        flat = _summed_repeats(g, (math.prod(to),), repeats, 0)
        return np.reshape(flat, to)
    axis %= len(to)
    before, side, after = to[:axis], to[axis], to[axis + 1 :]
    if np.size(repeats) == 1:
        return np.sum(np.reshape(g, (*before, side, int(np.ravel(repeats)[0]), *after)), axis + 1)
    places = np.repeat(np.arange(side), repeats)
    return scatter_add(g, at(axis, places), to)


def _summed_rounds(g: Array, to: tuple[int, ...]) -> Array:
    """The sum of what had been read from an array with the shape `to`, round after round."""
    size = math.prod(to)
    flat = np.ravel(g)[: None if size else 0]  # of an empty array NumPy makes zeros
    rounds = -(-flat.size // max(size, 1))
    whole = scatter_add(flat, slice(0, flat.size), (rounds * size,))
    return np.reshape(np.sum(np.reshape(whole, (rounds, size)), axis=0), to)


derivative(np.tile, "x|A reps", linear, x=_summed_tiles)
derivative(
    np.repeat,
    "x|a repeats axis=None",
    linear,
    x=_summed_repeats,
)
derivative(np.resize, "x|a new_shape", linear, x=_summed_rounds)


@composed(np.trim_zeros)
def _trim_zeros(filt: Array, trim: str = "fb", axis: Axis = None) -> Array:
    if trim.lower() not in ("fb", "bf", "f", "b"):
        raise ValueError(f"got trim={trim!r}, expected 'f', 'b' or 'fb'")
    places = np.argwhere(filt)
    first, stop = np.zeros((2, filt.ndim), int)
    if len(places):
        first, stop = np.min(places, axis=0), np.max(places, axis=0) + 1
    if len(places) and "f" not in trim.lower():
        first = np.zeros(filt.ndim, int)
    if len(places) and "b" not in trim.lower():
        stop = np.array(filt.shape)
    axes = normalize_axis_tuple(range(filt.ndim) if axis is None else axis, filt.ndim)
    return filt[
        tuple(slice(first[i], stop[i]) if i in axes else slice(None) for i in range(filt.ndim))
    ]


# Windows, which are views: all of them together would be as many times larger as they are long.


@primitive
def overlapped(x: Array, window_shape: Any, axis: Axis, shape: Shape) -> Array:
    """The transpose of sliding_window_view: zeros of `shape`, with each window added at its place.

    >>> overlapped(np.array([[1.0, 2.0], [10.0, 20.0]]), 2, 0, (3,))
    array([ 1., 12., 20.])
    """
    ndim = len(shape)
    axes = normalize_axis_tuple(range(ndim) if axis is None else axis, ndim, allow_duplicate=True)
    out = np.zeros_like(x, shape=shape)
    for place in np.ndindex(x.shape[ndim:]):  # 5x faster than np.add.at with all windows at once
        starts = [0] * ndim
        for along, i in zip(axes, place, strict=True):
            starts[along] += i
        key = tuple(slice(i, i + n) for i, n in zip(starts, x.shape))
        out[key] += x[(..., *place)]
    return out


derivative(
    np.lib.stride_tricks.sliding_window_view,
    "x window_shape axis=None",
    linear,
    x=lambda g, to, window_shape, axis: overlapped(g, window_shape, axis, to),
)
derivative(
    overlapped,
    None,
    linear,
    x=lambda g, window_shape, axis: np.lib.stride_tricks.sliding_window_view(g, window_shape, axis),
)


# Several arrays at once.


@composed(np.broadcast_arrays)
def _broadcast_arrays(*args: Array, subok: bool = False) -> tuple[Array, ...]:
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(np.broadcast_to(x, shape) for x in args)


@composed(np.meshgrid)
def _meshgrid(
    *xi: Array, copy: bool = True, sparse: bool = False, indexing: Any = "xy"
) -> tuple[Array, ...]:
    sizes = [np.arange(np.size(x)) for x in xi]
    shapes = [grid.shape for grid in np.meshgrid(*sizes, sparse=True, indexing=indexing)]
    grids = tuple(np.reshape(x, shape) for x, shape in zip(xi, shapes, strict=True))
    if not sparse:
        grids = np.broadcast_arrays(*grids)
    return tuple(np.copy(grid) for grid in grids) if copy else grids


def _at_least(ndim: int, before: Callable[[int], int]) -> Callable[..., Any]:
    """Each argument with at least `ndim` axes; of those it lacks, so many come `before` its own."""

    def reshaped(x: Array) -> Array:
        shape = np.shape(x)
        lacks = max(0, ndim - len(shape))
        first = before(lacks)
        return np.reshape(x, (*(1,) * first, *shape, *(1,) * (lacks - first)))

    def all_reshaped(*arys: Array) -> Array | tuple[Array, ...]:
        found = tuple(reshaped(x) for x in arys)
        return found if len(arys) != 1 else found[0]

    return all_reshaped


composed(np.atleast_1d)(_at_least(1, lambda lacks: lacks))
composed(np.atleast_2d)(_at_least(2, lambda lacks: lacks))
composed(np.atleast_3d)(_at_least(3, lambda lacks: lacks // 2))

# Values and kinds.


if hasattr(np, "astype"):

    @composed(np.astype)
    def _astype(x: Array, dtype: Any, /, *, copy: bool = True) -> Array:
        return cast(x, dtype)


constant(
    "it takes only the shape and dtype of its argument",
    np.zeros_like, np.ones_like, np.empty_like, np.result_type, np.iscomplexobj, np.isrealobj,
    np.shares_memory, np.may_share_memory,
)  # fmt: skip
