"""Running sums and products, differences, integrals."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd.rules.scans import logcumsumexp, recurrence
from autograd.testing.strategies import axis, plane, real
from calls import a_flag, shaped, some_axis, takes, upper
from domains.reductions import a_dtype, with_gaps


def an_axis_or_all(x: Any) -> Any:
    return st.none() | st.integers(-x.ndim, x.ndim - 1) if x.ndim else None


a_count = st.integers(0, 3)


one_or_two = st.integers(1, 2)


an_order = st.sampled_from([1, 2])


def spaced(f: Any, y: Any, *coordinates: Any, **options: Any) -> Any:
    """np.gradient and others with rising coordinates, made of numbers that are positive."""
    return f(y, *map(np.cumsum, coordinates), **options)


def between(f: Any, a: Any, prepend: Any, append: Any, n: int) -> Any:
    return f(a, n, 0, prepend=prepend, append=append)


def with_ends(f: Any, x: Any, to_end: Any, to_begin: Any) -> Any:
    return f(x, to_end=to_end, to_begin=to_begin)


def over_coordinates(f: Any, y: Any, x: Any, axis: int) -> Any:
    return f(y, x, axis=axis)


def with_distance(f: Any, y: Any, dx: Any) -> Any:
    return f(y, dx=dx)


ENDS = [[(3, 2), (1, 2), ()], [(3,), (), (2,)], [(0,), (2,), ()], [(2, 3), (), ()]]
FIELDS = [[(3, 4), (3,), (4,)]]
CURVES = [[(3,), (3,)], [(2, 2, 2), (2,)], [(2, 3), (2, 3)]]


def twice(n):
    return shaped(1, 1)(1).map(lambda shapes: [*shapes] * n)


DOMAINS = {
    recurrence: [
        takes(plane, plane, shapes=twice),
        takes(plane, plane, 0, shapes=[[(5,), (5,)], [(4, 2), (4, 2)]]),
    ],
    np.cumsum: takes(plane, axis=an_axis_or_all, dtype=a_dtype),
    np.cumprod: takes(plane, axis=an_axis_or_all, dtype=a_dtype),
    np.nancumsum: takes(plane, axis=an_axis_or_all, dtype=a_dtype, via=with_gaps),
    np.nancumprod: takes(plane, axis=an_axis_or_all, dtype=a_dtype, via=with_gaps),
    logcumsumexp: takes(real, axis=axis, shapes=some_axis),
    np.maximum.accumulate: takes(real, axis=axis, dtype=a_dtype, shapes=some_axis),
    np.minimum.accumulate: takes(real, axis=axis, dtype=a_dtype, shapes=some_axis),
    np.diff: [
        takes(plane, a_count, axis=axis, shapes=some_axis),
        takes(plane, plane, plane, one_or_two, via=between, shapes=ENDS),
    ],
    np.ediff1d: [takes(plane), takes(plane, plane, plane, via=with_ends, shapes=ENDS)],
    np.gradient: [
        takes(plane, axis=-1, edge_order=an_order, shapes=shaped(1, 3)),
        takes(plane, upper, edge_order=an_order, shapes=[[(3,), ()], [(3, 4), ()]]),
        takes(plane, upper, axis=0, edge_order=an_order, via=spaced, shapes=[[(4, 2), (4,)]]),
        takes(plane, upper, upper, edge_order=an_order, via=spaced, shapes=FIELDS),
        takes(plane, 0.5, upper, axis=(1, -2), shapes=[[(3, 4), ()]]),
    ],
    np.trapezoid: [
        takes(plane, axis=axis, shapes=some_axis),
        # Of y over itself the slopes but the first and the last are 0: rounding and no more.
        takes(plane, plane, axis, via=over_coordinates, shapes=CURVES, ties=False),
        takes(plane, upper, via=with_distance, shapes=[[(3, 2), ()], [(2, 3), (2, 1)]]),
    ],
}

if hasattr(np, "cumulative_sum"):
    for _cumulative in (np.cumulative_sum, np.cumulative_prod):
        DOMAINS[_cumulative] = takes(
            plane, axis=axis, dtype=a_dtype, include_initial=a_flag, shapes=some_axis
        )
