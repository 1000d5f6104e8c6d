"""Sorting and sets where elements are equal, or NaN: the gradient is shared and conserved."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from autograd import Tensor, grad, jvp

G = np.array([1.0, 2.0, 4.0, 8.0])


def pulled(f, x, g=G):
    return grad(lambda x: (f(x) * g).sum())(np.array(x, float))


def test_equal_elements_share_what_sort_sends_back():
    assert_array_equal(pulled(np.sort, [3, 1, 3, 1]), [6, 1.5, 6, 1.5])
    assert_array_equal(pulled(np.sort, [5, 5, 5, 5]), [3.75] * 4)
    x = np.array([[2.0, 0, 2], [1, 0, 3]])
    g = np.arange(6.0).reshape(2, 3)
    assert_array_equal(pulled(lambda x: np.sort(x, 0), x, g), [[3, 2.5, 2], [0, 2.5, 5]])
    flat = pulled(lambda x: np.sort(x, axis=None), x, np.arange(6.0))
    assert_array_equal(flat, [[3.5, 0.5, 3.5], [2, 0.5, 5]])


def test_partition_shares_too_and_conserves_the_total():
    x = [3, 1, 3, 1, 2, 1]
    g = np.arange(6.0)
    found = pulled(lambda x: np.partition(x, 3), x, g)
    assert found.sum() == g.sum()
    assert found[0] == found[2]
    assert found[1] == found[3] == found[5]


def test_nans_come_last_and_share():
    assert_array_equal(pulled(np.sort, [np.nan, 1, np.nan, 0]), [6, 2, 6, 1])


def test_ties_in_forward_mode_are_those_of_reverse_mode():
    x, tangent = np.array([3.0, 1.0, 3.0, 1.0]), np.array([1.0, 2.0, 3.0, 4.0])
    _, moved = jvp(np.sort, (x,), (tangent,))
    assert_array_equal(moved, [3, 3, 2, 2])


def test_second_order_where_elements_are_equal():
    def cubes(x):
        return (np.sort(x) ** 3 * np.arange(3.0)).sum()

    hessian_row = grad(lambda x: grad(cubes)(x)[0])(np.array([2.0, 2.0, 1.0]))
    assert np.all(np.isfinite(hessian_row))
    # (x_0 and x_1 both are the mean of the two): f = 1.5 · 2 m³
    assert_array_equal(grad(cubes)(np.array([2.0, 2.0, 1.0])), [18, 18, 0])


def test_what_is_unique_is_the_mean_of_what_is_equal():
    assert_array_equal(pulled(np.unique, [3, 1, 3, 1], G[:2]), [1, 0.5, 1, 0.5])
    x = [[1, 2], [3, 4], [1, 2]]
    found = pulled(lambda x: np.unique(x, axis=0), x, np.array([[2.0, 4], [6, 8]]))
    assert_array_equal(found, [[1, 2], [6, 8], [1, 2]])
    rows = pulled(lambda x: np.unique(x, axis=-1), [[1, 1], [2, 2]], np.array([[2.0], [4]]))
    assert_array_equal(rows, [[1, 1], [2, 2]])
    assert_array_equal(pulled(np.unique, [np.nan, 1, np.nan], G[:2]), [1, 1, 1])


def test_the_integers_that_come_with_unique_are_plain():
    x = np.array([[3.0, 1.0], [3.0, 2.0]])
    found = np.unique(Tensor(x, requires_grad=True), True, True, True)
    assert found[0].requires_grad
    for one, expected in zip(found[1:], np.unique(x, True, True, True)[1:], strict=True):
        assert type(one) is np.ndarray
        assert_array_equal(one, expected)
    for function in (np.unique_all, np.unique_counts, np.unique_inverse):
        named, plain = function(Tensor(x, requires_grad=True)), function(x)
        assert type(named) is type(plain)
        assert named.values.requires_grad
        assert_array_equal(named.values.data, plain.values)
        for one, expected in zip(named[1:], plain[1:], strict=True):
            assert_array_equal(one, expected)


def test_sets_share_between_both_arrays():
    x, y = np.array([1.0, 2.0, 2.0]), np.array([2.0, 3.0])

    def both(f):
        x_, y_ = Tensor(x, requires_grad=True), Tensor(y, requires_grad=True)
        found = f(x_, y_)
        assert_array_equal(found.data, f(x, y))
        (found * np.arange(1.0, 1 + found.size)).sum().backward()
        return x_.grad, y_.grad

    x_grad, y_grad = both(np.union1d)
    np.testing.assert_allclose(x_grad, [1, 2 / 3, 2 / 3])
    np.testing.assert_allclose(y_grad, [2 / 3, 3])
    x_grad, y_grad = both(np.intersect1d)
    assert_array_equal(x_grad, [0, 0.25, 0.25])
    assert_array_equal(y_grad, [0.5, 0])
    x_grad, y_grad = both(np.setxor1d)
    assert_array_equal(x_grad, [1, 0, 0])
    assert_array_equal(y_grad, [0, 2])
    assert_array_equal(pulled(lambda x: np.setdiff1d(x, [1.0]), x, G[:1]), [0, 0.5, 0.5])


def test_where_common_elements_are():
    x, y = np.array([4.0, 1.0, 2.0]), np.array([2.0, 3.0, 4.0])
    found = np.intersect1d(Tensor(x), Tensor(y), return_indices=True)
    for one, expected in zip(found, np.intersect1d(x, y, return_indices=True), strict=True):
        assert_array_equal(one, expected)


@pytest.mark.parametrize("x", [[3.0, 1.0], [3, 1]], ids=["floats", "integers"])
def test_sorting_in_place_takes_a_new_value(x):
    t = Tensor(x) * 1
    old = t[0]
    t.sort(stable=True)
    assert_array_equal(t.data, [1, 3])
    assert old.item() == 3
    t.partition(1)
    assert_array_equal(t.argsort(stable=True), [0, 1])
    assert np.sort_complex(t).dtype == np.sort_complex(np.array(x)).dtype


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint8, np.intp])
def test_rows_are_scattered_by_indices_of_any_width(dtype: Any) -> None:
    rows = np.array([3, 5, 3] * 10).astype(dtype)
    x = Tensor(np.zeros((200, 50)), requires_grad=True)
    moved = x * 1.0
    np.add.at(moved, rows, np.ones((30, 50)))
    expected = np.zeros((200, 50))
    np.add.at(expected, rows, np.ones((30, 50)))
    np.testing.assert_array_equal(moved.data, expected)
    x[rows].backward(np.ones((30, 50)))
    np.testing.assert_array_equal(x.grad, expected)
