"""Shapes, of one array or of several that go together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

Shape = tuple[int, ...]
# Those of the arrays of a call: a strategy, a list of what to choose from, or a function of the
# number of arrays that gives a strategy.
Shapes = (
    st.SearchStrategy[Sequence[Shape]]
    | Sequence[Sequence[Shape]]
    | Callable[[int], st.SearchStrategy[Sequence[Shape]]]
)


def shapes(
    *, min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 3
) -> st.SearchStrategy[Shape]:
    """Shapes of one array; some have a side of 0, unless `min_side` is more.

    >>> from hypothesis import find
    >>> find(shapes(min_side=1), lambda shape: len(shape) == 2)
    (1, 1)
    """
    sides = {"min_side": max(min_side, 1), "max_side": max_side}
    found = hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, **sides)
    empty = [shape for shape in ((0,), (2, 0), (0, 3, 1)) if min_dims <= len(shape) <= max_dims]
    return found | st.sampled_from(empty) if min_side == 0 and empty else found


def broadcastable(
    count: int, *, min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 3
) -> st.SearchStrategy[Sequence[Shape]]:
    """The shapes of so many arrays that broadcast together.

    >>> from hypothesis import find
    >>> find(broadcastable(2), lambda shapes: shapes[0] != shapes[1])
    ((0,), ())
    """
    sides: Any = {"min_side": min_side, "max_side": max_side}
    if count == 1:
        return st.tuples(shapes(min_dims=min_dims, max_dims=max_dims, **sides))
    return hnp.mutually_broadcastable_shapes(
        num_shapes=count, min_dims=min_dims, max_dims=max_dims, **sides
    ).map(lambda found: found.input_shapes)


def alike(count: int) -> st.SearchStrategy[Sequence[Shape]]:
    """The same shape for so many arrays.

    >>> from hypothesis import find
    >>> find(alike(2), lambda shapes: shapes[0] == (2,))
    ((2,), (2,))
    """
    return shapes().map(lambda shape: (shape,) * count)
