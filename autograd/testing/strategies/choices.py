"""Axes and indices that suit an array.

They are functions of the array, and so can be arguments of check_op: `axis=axes` is drawn for each
array anew. Hypothesis's `@st.composite` makes others, with `draw` as the first parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp


def axis(x: Any) -> st.SearchStrategy[int]:
    """One axis of x, counted from either end. x must have one.

    >>> from hypothesis import find
    >>> find(axis(np.ones((2, 3))), lambda axis: axis < 0)
    -1
    """
    return st.integers(-np.ndim(x), np.ndim(x) - 1)


@st.composite
def axes(draw: Callable[..., Any], x: Any, none: bool = True) -> Any:
    """An axis or a tuple of several, negative ones too, and if `none`, also None and ().

    >>> from hypothesis import find
    >>> find(axes(np.ones((2, 3))), lambda axes: axes not in (None, ()))
    0
    """
    if none and (np.ndim(x) == 0 or draw(st.booleans())):
        return draw(st.sampled_from([None, ()]))
    several = draw(hnp.valid_tuple_axes(np.ndim(x), min_size=1))
    return several if len(several) > 1 or draw(st.booleans()) else several[0]


def indices(x: Any) -> st.SearchStrategy[Any]:
    """Index expressions of every kind: integers, slices, newaxis, dots, lists, arrays, masks.

    >>> from hypothesis import find
    >>> key = find(indices(np.ones((2, 3))), lambda key: type(key) is list and len(key) > 1)
    >>> key
    [0, 0]
    """
    kinds: list[st.SearchStrategy[Any]] = [
        hnp.basic_indices(np.shape(x), allow_newaxis=True),
        st.just(np.ones(np.shape(x), bool)),
    ]
    if np.ndim(x):
        side = np.shape(x)[0]
        kinds += [hnp.arrays(bool, side), st.slices(side), st.just(...)]
        kinds += [st.just((..., None, slice(None, None, -1)))]
    if np.ndim(x) and np.size(x):
        rows = st.lists(st.integers(-side, side - 1), max_size=4)
        kinds += [st.integers(-side, side - 1)]
        kinds += [rows, hnp.integer_array_indices(np.shape(x)), rows.map(lambda r: (r, ...))]
        kinds += [rows.map(lambda r: (None, np.array(r, int)))]
    return st.one_of(kinds)
