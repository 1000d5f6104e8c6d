"""Rearranging, joining, reading and writing: what the table's general tests can't ask."""

from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from autograd import Tensor, grad, no_grad
from autograd.rules.indexing import MANY, scatter_add
from autograd.rules.joining import unstacked
from autograd.testing import check_call


def leaf(*values, shape=None):
    x = np.array(values, float)
    return Tensor(x if shape is None else x.reshape(shape), requires_grad=True)


def matrix(rows, columns):
    return Tensor(np.arange(1.0, rows * columns + 1).reshape(rows, columns), requires_grad=True)


# Arguments.


def test_axes_from_the_end():
    x = matrix(2, 3)
    (np.repeat(x, [1, 2, 0], axis=-1) * np.array([[1, 10, 100], [2, 20, 200]])).sum().backward()
    assert_array_equal(x.grad, [[1, 110, 0], [2, 220, 0]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: np.concatenate([t, t], out=np.zeros(4)), "np.concatenate can't write into"),
        (lambda t: np.stack([t, t], out=np.zeros((2, 2))), "np.stack can't write into"),
        (lambda t: np.take(t, [0], out=np.zeros(1)), "np.take can't write into"),
        (lambda t: np.take(t, [0], 0, np.zeros(1)), "np.take got 4 positional arguments"),
        (lambda t: np.pad(t, 1, "empty"), "undefined numbers: use mode='constant'"),
        (lambda t: np.vectorize(abs)(t), "a plain array without losing its graph"),
        (lambda t: np.require(t), "that is tracked can't become"),
        (lambda t: np.concatenate([t, t], dtype=int), "cannot cast float64 to int64"),
        (lambda t: np.concatenate([t, t], dtype=np.float32, casting="safe"), "to float32 by the"),
        (lambda t: np.stack(x for x in (t, t)), "sequence"),
        (lambda t: np.vstack(x for x in (t, t)), "passed as a .sequence"),
        (lambda t: np.block([(t, t)]), "tuple"),
        (lambda t: np.copyto(t + 1, t * 1j), "casting='same_kind'"),
    ],
)
def test_what_is_refused_is_named(call, message):
    with pytest.raises(TypeError, match=message):
        call(leaf(1, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: np.pad(t, 1, "edge", constant_values=3), "constant_values"),
        (lambda t: np.pad(t, 1, "edges"), "edges"),
        (lambda t: np.pad(t, -1), "negative"),
        (lambda t: np.trim_zeros(t, "x"), "trim"),
        (lambda t: np.split(t, 2), "equal division"),
        (lambda t: np.vsplit(t, 1), "2 or more dimensions"),
        (lambda t: np.block([[t], t]), "depths"),
        (lambda t: np.place(t + 1, [True, False, False], []), "empty"),
        (lambda t: np.compress([[True]], t), "1-d"),
        (lambda t: np.apply_along_axis(np.sum, 0, np.reshape(t, (3, 1))[:, :0]), "no slice"),
    ],
)
def test_what_numpy_refuses_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(leaf(1, 2, 3))


def test_lists_of_tensors_and_arrays():
    t = leaf(1, 2)
    (np.stack([t, np.ones(2), t]) * np.array([[1], [10], [100]])).sum().backward()
    assert_array_equal(t.grad, [101, 101])
    t.zero_grad()
    joined = np.concatenate([t, [5, 6], t], dtype=np.float32)
    assert joined.dtype == np.float32
    joined[1:].sum().backward()
    assert_array_equal(t.grad, [1, 2])
    assert_array_equal(np.concatenate(matrix(2, 2)).data, [1, 2, 3, 4])
    assert_array_equal(np.block([[t, np.zeros(1)], [np.ones(3)]]).data, [[1, 2, 0], [1, 1, 1]])


def test_windows_are_a_view_as_numpys_are():
    x = leaf(*range(200))
    windows = np.lib.stride_tricks.sliding_window_view(x, 50)
    assert windows.shape == (151, 50) and np.shares_memory(windows.data, x.data)
    np.mean(windows, -1).sum().backward()
    assert_allclose(
        x.grad, np.minimum(50, np.minimum(np.arange(200), 199 - np.arange(200)) + 1) / 50
    )


def test_full_like_takes_its_arguments_in_numpys_order():
    t = leaf(1, 2)
    filled = np.full_like(Tensor(np.ones((3, 2))), t, np.float32, "F", True, (4, 2))
    assert filled.data.flags.f_contiguous and filled.dtype == np.float32
    filled.sum().backward()
    assert_array_equal(t.grad, [4, 4])


@pytest.mark.parametrize("axis", [None, 0, -1, 1])
@pytest.mark.parametrize("place", [0, 1, -1, -2, 2])
def test_one_element_put_in_or_taken_out(axis, place):
    x, row = matrix(2, 3).data, np.array([[10.0], [20.0]])
    for values in (7.0, *([row[:, 0]] if axis in (1, -1) else []), [[1.0]]):
        expected = np.insert(x, place, values, axis)
        assert_array_equal(np.insert(matrix(2, 3), place, values, axis).data, expected)
    if -x.shape[axis or 0] <= place < x.shape[axis or 0]:
        assert_array_equal(np.delete(matrix(2, 3), place, axis).data, np.delete(x, place, axis))
    for part in (slice(place, None), slice(2, 1), slice(None, place)):
        assert_array_equal(np.delete(matrix(2, 3), part, axis).data, np.delete(x, part, axis))


def test_no_place_to_insert_or_delete_at():
    for change in (lambda t: np.insert(t, 4, 1.0), lambda t: np.delete(t, -4)):
        with pytest.raises(IndexError, match="out of bounds"):
            change(leaf(1, 2, 3))


def test_a_copy_is_made_or_refused_as_asked():
    if not hasattr(np, "unstack"):
        pytest.skip("np.reshape has no copy= before NumPy 2.1")
    x = matrix(2, 3)
    assert not np.shares_memory(np.reshape(x, 6, copy=True).data, x.data)
    assert np.shares_memory(np.reshape(x, 6, copy=False).data, x.data)
    with pytest.raises(ValueError, match="copy"):
        np.reshape(x.T, 6, copy=False)
    assert_array_equal(grad(lambda x: np.reshape(x, 6, copy=True)[4])(x.data), [[0] * 3, [0, 1, 0]])


# Padding and splitting.


@pytest.mark.parametrize("mode", ["constant", "edge", "mean", "linear_ramp", "maximum", "wrap"])
def test_integers_are_padded_as_numpy_does(mode):
    x = np.array([1, 4, 4])
    assert_array_equal(np.pad(Tensor(x), (2, 5), mode).data, np.pad(x, (2, 5), mode))


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("constant", {}),
        ("constant", {"constant_values": ((1, 2), (3, 4))}),
        ("edge", {}),
        ("wrap", {}),
        ("linear_ramp", {}),
        ("linear_ramp", {"end_values": (2, -3)}),
        *[(mode, {}) for mode in ("maximum", "mean", "median", "minimum")],
        *[(mode, {"stat_length": 2}) for mode in ("maximum", "mean", "median", "minimum")],
        ("mean", {"stat_length": ((1, 2), (3, 9))}),
        *[(m, {"reflect_type": t}) for m in ("reflect", "symmetric") for t in ("even", "odd")],
    ],
    ids=str,
)
def test_every_mode_of_pad(mode, options):
    x = np.random.default_rng(0).normal(size=(2, 3))
    check_call(np.pad, x, ((1, 5), (4, 0)), mode, **options)
    t = leaf(*x)
    assert np.pad(t, 0, mode, **options) is not t  # but a copy, also where nothing is added


@pytest.mark.parametrize("mode", ["reflect", "symmetric"])
@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("width", [(0, 9), (9, 0), (1, 8), (7, 7)])
def test_odd_reflections_many_times_over(mode, n, width):
    x = np.array([0.5, 2.0, -1.0])[:n]
    found = np.pad(leaf(*x), width, mode, reflect_type="odd")
    assert_array_equal(found.data, np.pad(x, width, mode, reflect_type="odd"))


def test_parts_that_overlap_or_are_not_used():
    x = leaf(1, 2, 3, 4)
    first, none, last = np.split(x, [3, 1])
    assert (first.shape, none.shape, last.shape) == ((3,), (0,), (3,))
    (first.sum() + 10 * last.sum()).backward()
    assert_array_equal(x.grad, [1, 11, 11, 10])
    x.zero_grad()
    np.array_split(x, 3)[1].sum().backward()
    assert_array_equal(x.grad, [0, 0, 1, 0])


def test_thousands_of_parts_take_time_in_proportion():
    x = Tensor(np.ones((4000, 2)), requires_grad=True)
    start = perf_counter()
    np.stack(unstacked(x)).sum().backward()
    assert perf_counter() - start < 3  # quadratic: 5 s
    assert_array_equal(x.grad, np.ones((4000, 2)))


def test_a_diagonal_of_what_is_not_square():
    x = matrix(2, 3)
    np.diag(x, 1).sum().backward()
    assert_array_equal(x.grad, [[0, 1, 0], [0, 0, 1]])
    assert_array_equal(grad(lambda x: np.diag(x, -4).sum())(np.ones((2, 3))), np.zeros((2, 3)))


# Reading.


def test_tensors_as_indices():
    x, i = matrix(3, 2), Tensor([2, 0, 2])
    x[i].sum().backward()
    assert_array_equal(x.grad, [[1, 1], [0, 0], [2, 2]])
    x.zero_grad()
    (x[Tensor(1)].sum() + x[i, Tensor([0, 1, 0])].sum() + x[[Tensor(1), 2]].sum()).backward()
    assert_array_equal(x.grad, [[0, 1], [2, 2], [3, 1]])
    x.zero_grad()
    x[x > 4].sum().backward()
    assert_array_equal(x.grad, [[0, 0], [0, 0], [1, 1]])
    twice = grad(lambda x: (np.take(x, i, axis=0) ** 3).sum())
    assert_array_equal(grad(lambda x: twice(x).sum())(np.ones((3, 2))), [[6, 6], [0, 0], [12, 12]])
    for function in (np.delete, np.take, np.repeat):
        assert_array_equal(function(leaf(1, 2, 3), i).data, function(np.array([1.0, 2, 3]), i.data))


@pytest.mark.parametrize("key", [True, False, np.True_, (np.newaxis, True), (..., 0), ()], ids=repr)
def test_keys_that_are_no_arrays(key):
    x = np.arange(3.0)
    t = leaf(*x)
    assert_array_equal(t[key].data, x[key])
    t[key].sum().backward()
    expected = np.zeros(3)
    np.add.at(expected, key, 1)
    assert_array_equal(t.grad, expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, complex])
def test_rows_add_up(dtype):
    rng = np.random.default_rng(0)
    rows = rng.integers(-5, 5, (4, 60))
    x = rng.normal(size=(4, 60, 3, 2)).astype(dtype)
    assert x.size > MANY
    expected = np.zeros((5, 3, 2), dtype)
    np.add.at(expected, rows, x)
    np.testing.assert_allclose(scatter_add(x, rows, (5, 3, 2)), expected, rtol=1e-5, atol=1e-6)
    assert scatter_add(x, rows, (5, 3, 2)).dtype == dtype


@pytest.mark.parametrize("count", [3, 2000])
@pytest.mark.parametrize("wide", [1, 2], ids=["pairs", "pairs of rows"])
def test_pairs_add_up(count, wide):
    rng = np.random.default_rng(0)
    key = rng.integers(-4, 4, count), rng.integers(-3, 3, (1, count))
    x, shape = rng.normal(size=(1, count) + (5,) * (wide - 1)), (4, 3) + (5,) * (wide - 1)
    expected = np.zeros(shape)
    np.add.at(expected, key, x)
    np.testing.assert_allclose(scatter_add(x, key, shape), expected, rtol=1e-12)


KEYS = [0, -1, slice(1, None), (slice(None), 1), ..., None, (0, 2), np.array([0, 0, 1]), [-1, 0]]
KEYS += [(slice(None), np.array([2, 2])), np.array([[True, False, True], [False] * 3])]


@given(
    keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=6),
    whole=st.lists(st.booleans(), min_size=7, max_size=7),  # whether all of it is used, before each
    inner=st.booleans(),
    dtype=st.sampled_from([np.float32, np.float64, complex]),
)
def test_parts_in_any_order_add_up(keys, whole, inner, dtype):
    leaf = Tensor(np.arange(6.0).reshape(2, 3).astype(dtype), requires_grad=True)
    x = leaf * 2 if inner else leaf
    uses = [x * 1.0] if whole[-1] else []
    expected = np.full((2, 3), float(whole[-1]))
    for key, also in zip(keys, whole):
        uses.append(x[key] * 3)
        np.add.at(expected, key, 3)
        if also:  # of another layout
            uses += [x.T * 1.0, x.T * 1.0]
            expected += 2
    sum(np.sum(use) for use in uses).backward(np.ones((), dtype))
    assert_array_equal(leaf.grad, expected * (1 + inner))
    assert leaf.grad.dtype == dtype


def test_bincount_counts_by_weight():
    weights = leaf(1, 2, 3)
    counts = np.bincount(Tensor([1, 0, 1]), weights, minlength=4)
    assert_array_equal(counts.data, [2, 4, 0, 0])
    counts[1].backward()
    assert_array_equal(weights.grad, [1, 0, 1])


def test_an_item_by_its_index():
    x = matrix(2, 3)
    assert (x.item(4), x.item(1, 1), x.item((0, 2))) == (5, 5, 3)


# Writing.


def writes(t, x):
    """Each function that writes the Tensor x into t, at its first elements."""
    return [
        lambda: np.copyto(t, x),
        lambda: np.place(t, [True, True, False], x),
        lambda: np.putmask(t, [True, False, False], x),
        lambda: np.put(t, [0, 1], x),
        lambda: np.put_along_axis(t, np.array([0]), x, 0),
    ]


@pytest.mark.parametrize("n", range(5))
def test_an_array_cannot_be_written_to(n):
    a = np.zeros(3)
    with pytest.raises(TypeError, match="can't write a Tensor into an ndarray, which keeps no"):
        writes(a, leaf(1))[n]()
    assert_array_equal(a, 0)


@pytest.mark.parametrize("n", range(5))
def test_a_leaf_is_written_to_within_no_grad(n):
    t = leaf(1, 2, 3)
    with pytest.raises(RuntimeError, match="a leaf that requires a gradient"):
        writes(t, 5.0)[n]()
    assert_array_equal(t.data, [1, 2, 3])
    with no_grad():
        writes(t, 5.0)[n]()
    assert t.data[0] == 5


def test_what_is_written_leaves_earlier_uses_alone():
    x, v = leaf(1, 2, 3), leaf(7, 8)
    y = x * 1
    before = y * y
    y.put([0, -1], v)
    (before.sum() + (y * np.array([1, 10, 100])).sum()).backward()
    assert_array_equal(x.grad, [2, 14, 6])
    assert_array_equal(v.grad, [1, 100])


def test_the_last_value_at_a_place_stays():
    x, v = leaf(1, 2, 3), leaf(7, 8, 9)
    y = x * 1
    np.put(y, [1, 1, 0], v)
    assert_array_equal(y.data, [9, 8, 3])
    y.sum().backward()
    assert_array_equal(v.grad, [0, 1, 1])
    assert_array_equal(x.grad, [0, 0, 1])
