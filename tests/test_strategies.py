"""What autograd.testing.strategies draws is what it says, and shrinks to what is simple."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from autograd.testing import strategies
from autograd.testing.layouts import LAYOUTS, contiguous, zero_strides
from autograd.testing.strategies import (
    Chosen,
    Made,
    Numbers,
    alike,
    arrays,
    axes,
    axis,
    broadcastable,
    dtypes,
    equal_eigenvalues,
    flags,
    ill_conditioned,
    indices,
    layouts,
    on_kinks,
    orthogonal,
    plane,
    positive,
    positive_definite,
    real,
    shapes,
    singular,
    squares,
    symmetric,
    tied,
    well_conditioned,
    with_zeros,
)

FEW = settings(max_examples=15, database=None)
BOUNDED = {"real": (real, -2, 2), "positive": (positive, 0.5, 2.5), "wide": (Numbers(-9, 1), -9, 1)}


@pytest.mark.parametrize("name", BOUNDED)
@FEW
@given(data=st.data())
def test_numbers_are_within_bounds_and_apart(name: str, data: st.DataObject) -> None:
    values, low, high = BOUNDED[name]
    drawn = [data.draw(values.array(data.draw(shapes()), nth)) for nth in range(3)]
    all_of_them = np.concatenate([x.ravel() for x in drawn])
    assert np.all((low < all_of_them) & (all_of_them < high))
    assert np.all(all_of_them != 0)
    gaps = np.diff(np.sort(all_of_them))
    assert np.all(gaps > (high - low) / 161)


@FEW
@given(arrays(real) | arrays(Numbers(-4, 4)))
def test_numbers_keep_away_from_where_rounding_and_clipping_have_their_kinks(x: np.ndarray) -> None:
    assert x.size == 0 or np.min(np.abs(2 * x - np.round(2 * x))) > 0.01


@FEW
@given(arrays(plane, shape=(2, 3)))
def test_a_plane_is_real_or_has_imaginary_parts_too(x: np.ndarray) -> None:
    assert x.dtype == float or np.all((x.imag != 0) & (np.abs(x.imag) < 1))


def test_a_plane_is_both() -> None:
    for kind in "fc":
        assert find(arrays(plane), lambda x, kind=kind: x.dtype.kind == kind).size <= 1


@pytest.mark.parametrize(("values", "number"), [(real, 0.4), (positive, 1.7), (tied, 0.4)])
def test_what_is_found_is_simple(values: Any, number: float) -> None:
    assert find(arrays(values, shape=()), lambda x: True) == number
    x = find(arrays(values), lambda x: x.size >= 2 and x.ndim == 1)
    assert x.shape == (2,)
    assert all(len(repr(n)) <= 4 for n in x.tolist())
    x = find(arrays(real, shape=(2, 2)), lambda x: x[1, 1] < 0)
    assert_array_equal(x[0], [0.4, 1.9])
    assert x[1, 1] == -0.6


@FEW
@given(arrays(on_kinks, shape=(8,)), arrays(with_zeros, shape=(8,)), arrays(tied, shape=(8,)))
def test_chosen_numbers_come_again(kinks: Any, zeros: Any, ties: Any) -> None:
    for x, values in ((kinks, on_kinks), (zeros, with_zeros), (ties, tied)):
        assert set(x) <= set(values.numbers)
        assert len(set(x)) < 8


def test_chosen_numbers_meet_each_kink() -> None:
    for number in on_kinks.numbers:
        assert find(arrays(Chosen((number, 3.0)), shape=()), lambda x, n=number: x == n) == number


@FEW
@given(arrays(flags))
def test_flags_are_booleans(x: np.ndarray) -> None:
    assert x.dtype == bool


def test_made_arrays_are_made_of_numbers() -> None:
    x = find(arrays(Made(lambda x: x + 100)), lambda x: x.ndim == 0)
    assert type(x) is np.ndarray
    assert x == 100.4


# Dtypes, layouts, shapes.


@FEW
@given(st.data())
def test_an_array_has_the_dtype_that_it_is_to_have(data: st.DataObject) -> None:
    dtype = data.draw(dtypes("fc"))
    x = data.draw(arrays(plane, dtype=dtype))
    assert x.dtype == dtype


@pytest.mark.parametrize("kinds", ["f", "c", "i", "b", "fc"])
def test_dtypes_are_of_the_kinds_asked_for(kinds: str) -> None:
    for kind in kinds:
        assert find(dtypes(kinds), lambda dtype, kind=kind: dtype.kind == kind)


HAS: dict[str, Callable[[np.ndarray], bool]] = {
    "contiguous": lambda x: x.flags.c_contiguous and x.flags.writeable,
    "fortran": lambda x: x.flags.f_contiguous and not x.flags.c_contiguous,
    "stepped": lambda x: not x.flags.forc and min(x.strides) > x.itemsize,
    "backwards": lambda x: max(x.strides) < 0,
    "read_only": lambda x: not x.flags.writeable,
    "zero_strides": lambda x: not any(x.strides),
}


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_a_layout_is_what_it_is_called_and_changes_no_number(layout: Any) -> None:
    x = np.arange(6.0).reshape(2, 3)
    laid = layout(x)
    assert HAS[layout.__name__](laid)
    assert_array_equal(laid, np.zeros((2, 3)) if layout is zero_strides else x)
    assert not np.shares_memory(laid, x) or layout is zero_strides
    for shape in ((), (0,), (2, 0, 3), (1, 1)):
        assert_array_equal(layout(np.ones(shape)), np.ones(shape))
    assert_array_equal(contiguous(laid), laid)


@FEW
@given(arrays(real, shape=(2, 3), layout=layouts()))
def test_an_array_is_laid_out(x: np.ndarray) -> None:
    assert any(has(x) for has in HAS.values())


def test_shapes_are_within_their_limits_and_reach_the_empty_ones() -> None:
    assert find(shapes(), lambda shape: 0 in shape) == (0,)
    assert find(shapes(min_dims=2), lambda shape: 0 in shape) == (2, 0)
    limits = shapes(min_dims=1, max_dims=2, min_side=2, max_side=4)
    assert find(limits, lambda shape: True) == (2,)
    assert find(limits, lambda shape: sum(shape) == 8) == (4, 4)


@pytest.mark.parametrize("count", [1, 2, 3])
@FEW
@given(data=st.data())
def test_shapes_go_together(count: int, data: st.DataObject) -> None:
    found = data.draw(broadcastable(count, min_dims=1, max_side=2))
    assert len(found) == count
    assert all(shape and max(shape) <= 3 for shape in found)
    np.broadcast_shapes(*found)
    for together in (alike(count), squares(count)):
        found = data.draw(together)
        assert len(found) == count
        assert len(set(found)) == 1
    assert found[0][-1] == found[0][-2]


# Axes and indices.


@FEW
@given(arrays(real, shape=shapes(min_dims=1, min_side=1)), st.data())
def test_axes_and_indices_are_numpys(x: np.ndarray, data: st.DataObject) -> None:
    assert np.sum(x, axis=data.draw(axis(x))).ndim == x.ndim - 1
    assert type(np.sum(x, axis=data.draw(axes(x)))) in (np.float64, np.ndarray)
    assert data.draw(axes(x, none=False)) not in (None, ())
    x[data.draw(indices(x))] = 0  # raises for what is no index


@pytest.mark.parametrize("wanted", [None, (), 0, -1, (-1, 0), (1,)])
def test_axes_are_of_every_kind(wanted: Any) -> None:
    x = np.ones((2, 3))
    found = find(axes(x), lambda axes: axes == wanted and type(axes) is type(wanted))
    assert found == wanted


@pytest.mark.parametrize(
    "kind", [int, slice, type(...), list, tuple, np.ndarray], ids=lambda kind: kind.__name__
)
def test_indices_are_of_every_kind(kind: type) -> None:
    assert isinstance(find(indices(np.ones((2, 3))), lambda key: isinstance(key, kind)), kind)


def test_indices_hold_arrays_newaxis_and_masks_among_others() -> None:
    x = np.ones((2, 3))
    for inside in (np.ndarray, type(None), type(...), slice):
        find(
            indices(x),
            lambda key, inside=inside: (
                type(key) is tuple and len(key) > 1 and any(type(k) is inside for k in key)
            ),
        )
    find(indices(x), lambda key: type(key) is np.ndarray and key.dtype == bool and key.ndim == 1)


# Matrices.


def adjoint(x: np.ndarray) -> np.ndarray:
    return np.conj(np.matrix_transpose(x))


def are_close(x: np.ndarray, y: np.ndarray) -> bool:
    assert_allclose(x, y, atol=1e-12)
    return True


MATRICES: dict[str, Callable[[np.ndarray], Any]] = {
    "symmetric": lambda x: are_close(x, adjoint(x)),
    "positive_definite": lambda x: are_close(x, adjoint(x)) and np.all(np.linalg.eigvalsh(x) > 0.9),
    "orthogonal": lambda x: are_close(x @ adjoint(x), np.eye(len(x))),
    "singular": lambda x: np.linalg.matrix_rank(x) < len(x),
    "equal_eigenvalues": lambda x: are_close(np.diff(np.linalg.eigvalsh(x)[-2:]), 0 * x[1:2, 0]),
    "ill_conditioned": lambda x: 0.9e8 < np.linalg.cond(x) < 1.1e8,
    "well_conditioned": lambda x: np.linalg.cond(x) < 10,
}


@pytest.mark.parametrize("name", MATRICES)
@FEW
@given(data=st.data())
def test_matrices_are_of_their_kind(name: str, data: st.DataObject) -> None:
    values = getattr(strategies, name)
    side = data.draw(st.integers(2, 4))
    assert MATRICES[name](data.draw(arrays(values, shape=(side, side))))
    stack = data.draw(arrays(values))  # of any shape that makes sense
    assert stack.ndim >= 2
    assert stack.shape[-1] == stack.shape[-2]


def test_matrices_shrink() -> None:
    for values in (symmetric, positive_definite, orthogonal, equal_eigenvalues, ill_conditioned):
        assert find(arrays(values), lambda x: x.size > 0).shape == (1, 1)
    x = find(arrays(singular, shape=(2, 2), dtype=float), lambda x: True)
    assert_array_equal(x, [[0.4, 0.4], [0.9, 0.9]])
    x = find(arrays(well_conditioned, shape=(2, 2), dtype=float), lambda x: True)
    assert_allclose(x, [[2.05, 1.9 / 8], [0.9 / 8, -4 + 1.4 / 8]])


def test_all_that_is_public_is_listed_in_the_first_lines() -> None:
    assert strategies.__doc__ is not None
    missing = [name for name in strategies.__all__ if name not in strategies.__doc__]
    assert set(missing) <= {"Flags", "Values"}
