"""What a picture shows of an array: all of its numbers, or of a large one what sums them up."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd.graph import SMALL
from autograd.primitive import NDArray

BARS = 24  # of a histogram
DIGITS = 8  # in JSON: enough for what is shown, of four or six, to be rounded once


class Summary(NamedTuple):
    """An array of more than 64 elements; the statistics are those of its finite elements."""

    shape: tuple[int, ...]
    min: float
    max: float
    mean: float
    std: float
    zeros: float  # the share of them, from 0 to 1
    nan: int
    inf: int
    counts: list[int]  # of the histogram, from min to max
    is_of_abs: bool = False  # of complex elements, all of this is of their absolute values


Numbers: TypeAlias = NDArray | Summary


def seen(x: Any) -> Numbers | None:
    """A copy of `x` up to 64 elements, its summary beyond; None for what is not NumPy's.

    >>> seen(np.arange(100.0)).mean
    49.5
    """
    if not isinstance(x, (np.ndarray, np.generic, float, int, bool, complex)):
        return None
    array = np.array(x)
    return array if array.size <= SMALL else summary(array)


def summary(x: NDArray) -> Summary:
    """The statistics of a real or complex array (of whose elements the absolute values count)."""
    numbers = np.abs(x) if x.dtype.kind == "c" else np.asarray(x, np.float64)
    nan, inf = np.isnan(numbers), np.isinf(numbers)
    finite = numbers[~(nan | inf)]
    least, most, mean, std = (math.nan,) * 4
    if finite.size:
        least, most = float(finite.min()), float(finite.max())
        _, exponent = math.frexp(max(-least, most))
        finite = np.ldexp(finite, -exponent)  # from -1 to 1: no sum and no square overflows
        mean, std = (math.ldexp(fact, exponent) for fact in (finite.mean(), finite.std()))
    return Summary(
        shape=x.shape,
        min=least,
        max=most,
        mean=mean,
        std=std,
        zeros=float(np.mean(numbers == 0)),
        nan=int(nan.sum()),
        inf=int(inf.sum()),
        counts=_histogram(finite),
        is_of_abs=x.dtype.kind == "c",
    )


def _histogram(x: NDArray) -> list[int]:
    """How many are in each of 24 equal parts of their range, however narrow; in one, if all are."""
    if not x.size or x.min() == x.max():
        return [x.size] if x.size else []
    share = (x - x.min()) / (x.max() - x.min())
    counts = np.bincount(np.minimum(BARS * share, BARS - 1).astype(int), minlength=BARS)
    return list(map(int, counts))


def as_json(x: Numbers | float | None) -> dict[str, Any] | None:
    """`x` as JSON has it, to eight digits; what is not finite, and complex numbers, as text.

    >>> as_json(np.array([1 / 3, np.inf]))
    {'shape': [2], 'data': [0.33333333, 'inf']}
    """
    if x is None:
        return None
    if not isinstance(x, Summary):
        array = np.asarray(x)
        return {"shape": list(array.shape), "data": [_number(n) for n in array.ravel().tolist()]}
    facts = {name: _number(value) for name, value in x._asdict().items() if name in _FACTS}
    histogram = {"low": facts["min"], "high": facts["max"], "counts": x.counts}
    of = {"of": "abs"} if x.is_of_abs else {}
    return {"shape": list(x.shape), **of, **facts, "histogram": histogram}


_FACTS = ("min", "max", "mean", "std", "zeros", "nan", "inf")


def _number(x: Any) -> Any:
    if isinstance(x, (bool, int)):
        return x
    if isinstance(x, complex):
        return f"{x.real:.{DIGITS}g}{x.imag:+.{DIGITS}g}j"
    return float(f"{x:.{DIGITS}g}") + 0.0 if math.isfinite(x) else str(x)
