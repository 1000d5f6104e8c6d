"""What comes in: anything like an array, as an array of real numbers, all of them finite."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import numpy as np

from autograd.primitive import NDArray
from autograd.tensor import plain

F = TypeVar("F", bound=Callable[..., Any])


def real(name: str, data: Any, dtype: Any = None) -> NDArray:
    """`data` as an array of finite numbers, floating ones in `dtype`; no copy if it is one.

    A memory-mapped array stays one, and is not looked at. Raises TypeError for what are no real
    numbers, and ValueError for no items, items that differ in shape, NaN, infinity and masks.

    >>> real("X", [[1, 2.5]], np.float32)
    array([[1. , 2.5]], dtype=float32)
    """
    try:
        array = numbers(f"{name} must hold real numbers", data)
    except ValueError:
        raise ValueError(f"the items of {name} must have one shape; theirs differ") from None
    if np.ma.is_masked(data):
        raise ValueError(
            f"{name} has {np.sum(np.ma.getmaskarray(data))} values that are masked; leave these "
            f"items out, or fill them by .filled(value)"
        )
    if array.ndim == 0 or len(array) == 0:
        raise ValueError(f"{name} has no items: its shape is {array.shape}")
    return array if isinstance(array, np.memmap) else finite(name, array, dtype)


def finite(name: str, array: NDArray, dtype: Any = None) -> NDArray:
    """`array`, a floating one in `dtype`. Raises ValueError where it is NaN or infinite then."""
    if array.dtype.kind != "f":
        return array
    with np.errstate(over="ignore", invalid="ignore"):
        array = array.astype(dtype or array.dtype, copy=False)
        if math.isfinite(np.add.reduce(array, axis=None)):  # much faster than to look at each
            return array
    wrong = ~np.isfinite(array)
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"{name} has {np.sum(wrong)} values that are NaN or infinite as {array.dtype}, the "
            f"first at {where}; remove or replace them"
        )
    return array


def numbers(expected: str, data: Any) -> NDArray:
    """`data` as an array of real numbers. Raises TypeError, which says first what is `expected`."""
    array = as_array(data)
    if array.dtype.kind in "biuf":
        return array
    if array.ndim == 2 and (others := _other_columns(data)):
        raise TypeError(
            f"{expected}, not columns of other kinds: {', '.join(others)}; leave them out, or make "
            f"numbers of them, as get_dummies does"
        )
    raise TypeError(f"{expected}, not {array.dtype}{_remedy(array)}")


def _remedy(array: NDArray) -> str:
    """What to do about an array of words, or of Python's objects."""
    if array.dtype.kind not in "USTO" or array.ndim == 0:
        return ""
    others = [place for place, item in np.ndenumerate(array) if not _is_number(item)]
    if not others:
        return ", but all of its items are numbers: pass it with .astype(float)"
    if array.ndim == 1:
        return "; for labels that are words, names, labels = np.unique(…, return_inverse=True)"
    columns = sorted({place[-1] for place in others})
    some = ", ".join(map(str, columns[:9])) + ", …" * (len(columns) > 9)
    return (
        f"; there is {array.item(others[0])!r:.40} at {others[0]}: make numbers of what is in "
        f"column {some}, or leave it out, and pass the rest with .astype(float)"
    )


def _is_number(item: Any) -> bool:
    """Whether an item of an array of words or objects can be made a float."""
    try:
        float(item)
    except (TypeError, ValueError):
        return False
    return True


def as_array(data: Any) -> NDArray:
    """`data` as an array, without a copy if it is one; memory-mapped if it is that.

    Of floats where it is a pandas table of numbers that NumPy would make an array of objects of,
    since they are of several kinds, such as float and bool, or may be missing.
    """
    if isinstance(data, np.memmap):
        return data
    array: NDArray = np.asarray(plain(data))
    if array.dtype.kind == "O" and _of_pandas(data) and not _other_columns(data):
        return data.to_numpy(np.float64, na_value=np.nan)  # type: ignore[no-any-return]
    return array


def _other_columns(data: Any) -> list[str]:
    """The columns of a pandas table that hold no numbers, with their dtypes."""
    if not _of_pandas(data):
        return []
    columns = data.dtypes.items() if data.ndim == 2 else [(data.name, data.dtype)]
    return [f"{name!r} ({dtype})" for name, dtype in columns if dtype.kind not in "biuf"]


def _of_pandas(data: Any) -> bool:
    return type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "to_numpy")


def elsewhere(**here: str) -> Callable[[F], F]:
    """Let a function say, for arguments that other libraries have for it, what there is here.

    Its TypeError for an unknown argument names those that it has.

    >>> @elsewhere(size="shape=")
    ... def zeros(shape): ...
    >>> zeros(size=3)
    Traceback (most recent call last):
        ...
    TypeError: zeros has no argument 'size': pass shape=
    """

    def decorate(function: F) -> F:
        known = list(inspect.signature(function).parameters)

        @wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            for name in options.keys() - known:
                advice = f"pass {here[name]}" if name in here else f"it has {', '.join(known)}"
                raise TypeError(f"{function.__name__} has no argument {name!r}: {advice}")
            return function(*args, **options)

        return call  # type: ignore[return-value]

    return decorate
