"""New arrays from the numbers in others, and what only looks at an array's type or prints it."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.primitive import Array, composed, constant, refused
from autograd.rules.shaping import as_array, as_arrays, cast


@composed(np.full_like)
def _full_like(
    a: Array,
    fill_value: Array,
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,  # of a subclass of ndarray, which no result is
    shape: Any = None,
) -> Array:
    filled = np.broadcast_to(fill_value, np.shape(a) if shape is None else shape)
    return np.copy(cast(filled, as_array(a).dtype if dtype is None else dtype), order)


@composed(np.linspace)
def _linspace(
    start: Array,
    stop: Array,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    start, stop = _arrays_of_lists(start, stop)
    share = _shares(num, endpoint, start, stop, np.result_type(start, stop, 0.0))
    values = np.moveaxis(start * (1 - share) + stop * share, 0, axis)
    values = values if dtype is None else cast(values, dtype)
    steps = num - 1 if endpoint else num
    return (values, (stop - start) / steps if steps else np.nan) if retstep else values


def _arrays_of_lists(*items: Any) -> list[Any]:
    """`items`, with lists made into arrays; a number stays one, which has no dtype to impose."""
    return [np.asarray(item) if isinstance(item, (list, tuple)) else item for item in items]


def _shares(num: int, endpoint: bool, start: Array, stop: Array, dtype: Any) -> Array:
    """How far along each of the `num` points is, along a first axis of its own."""
    share = np.linspace(0.0, 1.0, num, endpoint, dtype=dtype)
    return np.reshape(share, (num,) + (1,) * max(np.ndim(start), np.ndim(stop)))


@composed(np.logspace)
def _logspace(
    start: Array,
    stop: Array,
    num: int = 50,
    endpoint: bool = True,
    base: Array = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Array:
    if np.ndim(base):
        start, stop, base = np.broadcast_arrays(start, stop, base)
    exponents = np.linspace(start, stop, num, endpoint)
    values = np.moveaxis(np.power(base, exponents), 0, axis)
    return values if dtype is None else cast(values, dtype)


@composed(np.geomspace)
def _geomspace(
    start: Array,
    stop: Array,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Array:
    start, stop = as_arrays(start, stop)
    wide = np.result_type(start, stop, np.float64)  # NumPy's does not stay single
    start, stop = cast(start, wide), cast(stop, wide)
    share = _shares(num, endpoint, start, stop, wide)
    values = np.moveaxis(start * np.power(stop / start, share), 0, axis)
    return values if dtype is None else cast(values, dtype)


constant(
    "it looks at types only",
    np.can_cast, np.common_type, np.min_scalar_type,
)  # fmt: skip
constant("it makes text", np.array2string, np.array_repr, np.array_str)
constant("it writes a file", np.save, np.savetxt, np.savez, np.savez_compressed)
refused(
    "it is about dates",
    np.isnat, np.busday_count, np.busday_offset, np.is_busday, np.datetime_as_string,
)  # fmt: skip
