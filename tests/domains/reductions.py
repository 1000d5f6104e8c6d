"""Sums, products and extremes along axes, and those that skip NaNs."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd.rules.reductions import max_from, min_from
from autograd.testing.strategies import axes, plane, real
from calls import a_flag, not_empty, shaped, takes


def with_gaps(f: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """f of x, in which some elements are replaced by NaN; the first one is not."""
    gaps = np.reshape(np.arange(np.size(x)) % 4 == 3, np.shape(x))
    return f(np.where(gaps, np.nan, x), *args, **kwargs)


@st.composite
def a_mask(draw: Any, x: Any) -> Any:
    """A mask that keeps some elements of each slice, in a shape that broadcasts to that of x."""
    if draw(st.booleans()):
        return True
    kept = np.ones(x.shape[draw(st.integers(0, x.ndim)) :], bool)
    kept.flat[: kept.size // 2] = draw(st.booleans())
    return kept


a_start = st.sampled_from([-3.0, 0.013, 3.0])  # below all elements, among them, or above them all


def a_dtype(x: Any) -> Any:
    """None, or double precision, in which single numbers are to be added."""
    return st.sampled_from([None, np.result_type(x, np.float64)])


SUMMED = {"axis": axes, "keepdims": a_flag}
STARTED = {**SUMMED, "where": a_mask, "initial": a_start}
KEPT = np.array([True, False, True])
matrices, rows = shaped(2, 1), [[(3,)], [(2, 3)]]


def and_a_number(n):
    """Any shape and that of a number."""
    return not_empty(1).map(lambda shapes: [*shapes, ()])


def all_or_last(x):
    return st.sampled_from([None, -1, tuple(range(x.ndim))])


DOMAINS = {
    np.sum: [takes(plane, **SUMMED, dtype=a_dtype), takes(plane, **STARTED, dtype=a_dtype)],
    np.mean: [
        takes(plane, **SUMMED, dtype=a_dtype, shapes=not_empty),
        takes(plane, axis=all_or_last, keepdims=a_flag, dtype=a_dtype, where=KEPT, shapes=rows),
    ],
    np.prod: [takes(plane, **SUMMED, dtype=a_dtype), takes(plane, **STARTED, dtype=a_dtype)],
    np.max: [takes(real, **SUMMED, shapes=not_empty), takes(real, **STARTED)],
    np.min: [takes(real, **SUMMED, shapes=not_empty), takes(real, **STARTED)],
    np.amax: [takes(real, **SUMMED, shapes=not_empty), takes(real, **STARTED)],
    np.amin: [takes(real, **SUMMED, shapes=not_empty), takes(real, **STARTED)],
    max_from: takes(real, axes, a_flag, True, real, shapes=and_a_number),
    min_from: takes(real, axes, a_flag, True, real, shapes=and_a_number),
    np.ptp: takes(real, **SUMMED, shapes=not_empty),
    np.trace: [
        takes(plane, dtype=a_dtype, shapes=matrices),
        takes(plane, -1, 1, 0, shapes=matrices),
        takes(plane, offset=1, axis1=-1, axis2=0, shapes=[[(3, 2, 3)], [(2, 2, 2)]]),
    ],
    np.nansum: takes(plane, **STARTED, dtype=a_dtype, via=with_gaps),
    np.nanprod: takes(plane, **STARTED, dtype=a_dtype, via=with_gaps),
    np.nanmean: takes(
        plane, axis=None, keepdims=a_flag, dtype=a_dtype, shapes=not_empty, via=with_gaps
    ),
    np.nanmax: [
        takes(real, axis=None, keepdims=a_flag, shapes=not_empty, via=with_gaps),
        takes(real, **STARTED, via=with_gaps),
    ],
    np.nanmin: [
        takes(real, axis=None, keepdims=a_flag, shapes=not_empty, via=with_gaps),
        takes(real, **STARTED, via=with_gaps),
    ],
}
