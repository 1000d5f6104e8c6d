"""Arrays to feed a function directly, where check_op is not what draws them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd.primitive import NDArray
from autograd.testing.layouts import LAYOUTS
from autograd.testing.strategies.shapes import Shapes, shapes
from autograd.testing.strategies.values import Values, real

Layout = Callable[[NDArray], NDArray]


@st.composite
def arrays(
    draw: Callable[..., Any],
    values: Values = real,
    shape: Any = None,
    dtype: Any = None,
    layout: Any = None,
) -> NDArray:
    """Arrays of such values. All that is not given is drawn, but for the layout, which is plain.

    A real dtype makes them real, a complex one complex if the values may be. A `layout` is a
    function of autograd.testing.layouts, or all of them by `layouts()`.

    >>> from hypothesis import find
    >>> from autograd.testing.strategies import positive, symmetric
    >>> find(arrays(positive, (2,)), lambda x: True)
    array([1.7, 1.2])
    >>> matrix = find(arrays(symmetric, (2, 2), dtypes(), layouts()), lambda x: x.dtype != float)
    >>> matrix.dtype, bool(np.all(matrix == matrix.T))
    (dtype('float32'), True)
    """
    if shape is None:
        shape = draw(shapes_of(values.shapes, 1))[0] if values.shapes else shapes()
    given = shape, dtype, layout
    shape, dtype, layout = (draw(x) if isinstance(x, st.SearchStrategy) else x for x in given)
    if dtype is None:
        on_plane = values.complex and draw(st.booleans())
    else:
        on_plane = np.dtype(dtype).kind == "c"
    found: NDArray = draw(values.array(shape, on_plane=on_plane))
    found = found if dtype is None else found.astype(dtype)
    return found if layout is None else np.asarray(layout(found))


def shapes_of(given: Shapes, count: int) -> st.SearchStrategy[Any]:
    """What check_op takes for shapes, as a strategy of the shapes of so many arrays."""
    if isinstance(given, st.SearchStrategy):
        return given
    return given(count) if callable(given) else st.sampled_from(given)


def dtypes(kinds: str = "f") -> st.SearchStrategy[np.dtype[Any]]:
    """Dtypes of these kinds: "f" for floating, "c" complex, "i" integers, "b" booleans.

    >>> from hypothesis import find
    >>> find(dtypes("fc"), lambda dtype: dtype.kind == "c" and dtype.itemsize < 16)
    dtype('complex64')
    """
    names = {"f": "float64 float32", "c": "complex128 complex64", "i": "int64 int32", "b": "bool"}
    return st.sampled_from([np.dtype(name) for kind in kinds for name in names[kind].split()])


def layouts() -> st.SearchStrategy[Layout]:
    """Layouts in memory: contiguous, fortran, stepped, backwards, read_only, zero_strides.

    Each is a function of an array. All return the same numbers but `zero_strides`, which returns
    the first element everywhere.

    >>> from hypothesis import find
    >>> find(layouts(), lambda layout: min(layout(np.ones((2, 3))).strides) < 0).__name__
    'backwards'
    """
    return st.sampled_from(LAYOUTS)
