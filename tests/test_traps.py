"""Where automatic differentiation goes wrong, row by row.

Depth, order, stale graphs and threads are in test_graph.py, nesting in test_functional.py.
"""

import cmath
import itertools
import math
import warnings
from array import array
from collections import namedtuple
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special

import autograd
from autograd import (
    Tensor,
    derivative,
    grad,
    hvp,
    jacobian,
    jvp,
    linear,
    log_softmax,
    logsumexp,
    no_grad,
    primitive,
    relu,
    sigmoid,
    softmax,
    softplus,
    vjp,
)  # fmt: skip
from autograd.rules.elementwise import log_or_zero
from cases import each

inf = np.inf


def slopes(f: Callable[..., Any], order: int = 1) -> Callable[..., Any]:
    """The derivative of an elementwise f, as a function of an array."""
    for _ in range(order):
        f = grad(lambda x, f=f: f(x).sum())
    return f


def tracked(x: Any, **options: Any) -> Tensor:
    return Tensor(x, requires_grad=True, **options)


# Broadcasting; axes and keywords.


def test_broadcasting_where_gives_the_shape_of_the_argument() -> None:
    condition = np.array([[True], [False]])
    gradient = slopes(lambda x: np.where(condition, x, 0.0))(np.ones(3))
    assert_array_equal(gradient, np.ones(3))


def test_negative_axes_and_axis_tuples() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    for axis in (-1, -3, (0, -1), (-1, -2, -3), ()):
        for keepdims in (False, True):
            for f in (np.sum, np.mean, np.max, np.min, logsumexp):
                ans, pull = vjp(lambda x, f=f, a=axis, k=keepdims: f(x, axis=a, keepdims=k), x)
                assert pull(np.ones(ans.shape))[0].sum() == pytest.approx(
                    ans.size * weight(f, x, ans)
                )


def weight(f: Any, x: np.ndarray, ans: np.ndarray) -> float:
    """The sum of the gradient of one output: 1 for an average, an extreme or a soft maximum."""
    return x.size / ans.size if f is np.sum else 1.0


@each(
    "call, message",
    [
        (lambda t, m: np.add(t, 1.0, where=m), r"np\.add got where=…"),
        (lambda t, m: np.add(t, 1.0, dtype=np.float32), r"np\.add got dtype=…"),
        (lambda t, m: np.exp(t, casting="no"), r"np\.exp got casting=…"),
        (lambda t, m: np.add(t, 1.0, out=np.ones(3)), r"np\.add can't write into out=…"),
        (lambda t, m: np.add(np.ones(3), 1.0, out=t), r"np\.add can't write into out=…"),
        (lambda t, m: np.sum(t, out=np.array(0.0)), r"np\.sum can't write into out=…"),
        (lambda t, m: np.concatenate([t, t], out=np.ones(6)), "can't write into out=…"),
        (lambda t, m: np.clip(t, 0, 1, where=m), r"np\.clip got where=…"),
        (lambda t, m: np.logaddexp.reduce(t, where=m), "where=…"),
    ],
)  # fmt: skip
def test_an_unsupported_keyword_is_refused_by_name(call: Callable[..., Any], message: str) -> None:
    t = tracked([1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match=message):
        call(t, np.array([True, False, True]))
    assert_array_equal(t.data, [1, 2, 3])


def test_keywords_at_their_default_are_accepted() -> None:
    t = tracked([1.0, 2.0])
    total = np.sum(np.add(t, 1.0, out=None, where=True), axis=0, out=None, dtype=None)
    total.backward()
    assert_array_equal(t.grad, [1, 1])


def test_in_place_addition_to_an_array_says_what_to_write() -> None:
    array = np.ones(2)
    with pytest.raises(TypeError, match=r"write `array = array \+ tensor`"):
        array += tracked([1.0, 2.0])
    assert_array_equal(array, [1, 1])


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_order_of_reshape_is_that_of_its_gradient(order: Any) -> None:
    weights = np.arange(6.0).reshape(3, 2)
    x = np.ones((2, 3))
    assert_array_equal(
        grad(lambda x: (np.reshape(x, (3, 2), order) * weights).sum())(x),
        np.reshape(weights, (2, 3), order),
    )
    assert_array_equal(
        grad(lambda x: (np.ravel(x, order) * weights.ravel()).sum())(x),
        np.reshape(weights.ravel(), (2, 3), order),
    )


@pytest.mark.parametrize("order", ["A", "K"])
def test_an_order_that_depends_on_memory_has_no_derivative(order: Any) -> None:
    x = tracked(np.array([[1.0, 2.0], [3.0, 4.0]], order="F"))
    with pytest.raises(ValueError, match=rf"order='{order}' depends.*order='C' or order='F'"):
        (np.ravel(x, order=order) * np.arange(4.0)).sum().backward()
    assert x.grad is None


# The same node used twice; .grad.


def test_the_same_node_used_twice_and_backward_twice() -> None:
    x = tracked(3.0)
    y = x * x
    z = y + y
    z.backward()
    assert x.grad == 12
    z.backward()
    assert x.grad == 24


def test_two_roots_add_up_once_each() -> None:
    x = tracked(1.5)
    shared = x * x
    a, b = shared * 2.0, shared * 1.0
    a.backward()
    b.backward()
    assert x.grad == 9


def test_grad_is_untouched_by_a_new_graph_until_zero_grad() -> None:
    x = tracked([1.0, 2.0])
    (x * 2.0).sum().backward()
    y = (x * 3.0).sum()
    assert_array_equal(x.grad, [2, 2])
    y.backward()
    assert_array_equal(x.grad, [5, 5])
    x.zero_grad()
    assert x.grad is None


# Ties and kinks.


@given(hnp.arrays(np.float64, (3, 4), elements=st.integers(0, 2)), st.sampled_from([None, 0, -1]))
def test_ties_in_max_and_min_share_the_gradient_equally(x: np.ndarray, axis: int | None) -> None:
    for f in (np.max, np.min):
        gradient = slopes(lambda x, f=f: f(x, axis=axis))(x)
        best = x == f(x, axis=axis, keepdims=True)
        assert_allclose(gradient, best / best.sum(axis=axis, keepdims=True))


@given(*[hnp.arrays(np.float64, 5, elements=st.integers(0, 2))] * 2)
def test_ties_in_maximum_and_minimum_share_the_gradient_equally(
    x: np.ndarray, y: np.ndarray
) -> None:
    for f, first in ((np.maximum, np.greater), (np.minimum, np.less)):
        gx, gy = grad(lambda x, y, f=f: f(x, y).sum(), (0, 1))(x, y)
        assert_array_equal(gx, np.where(x == y, 0.5, first(x, y)))
        assert_array_equal(gx + gy, np.ones(5))
        t = tracked(x)
        f(t, t).sum().backward()
        assert_array_equal(t.grad, np.ones(5))


@each(
    "f, x, slope",
    [
        (relu, [-1.0, -0.0, 0.0, 1.0], [0, 0, 0, 1]),
        (abs, [-1.0, -0.0, 0.0, 1.0], [-1, 0, 0, 1]),
        (lambda x: np.clip(x, -1, 1), [-2.0, -1.0, 0.0, 1.0, 2.0], [0, 1, 1, 1, 0]),
        (lambda x: x.clip(max=1), [-2.0, 1.0, 2.0], [1, 1, 0]),
        (lambda x: np.maximum(x, 0.0), [-1.0, 0.0, 1.0], [0, 0.5, 1]),
        (lambda x: np.minimum(0.0, x), [-1.0, 0.0, 1.0], [1, 0.5, 0]),
        (np.fabs, [-1.0, -0.0, 0.0, 1.0], [-1, 0, 0, 1]),
        (lambda x: np.copysign(x, np.array([-1.0, -1.0, 2.0])), [0.0, -1.0, -2.0], [0, 1, -1]),
        (lambda x: np.hypot(x, 0 * x), [-1.0, 0.0, 1.0], [-1, 0, 1]),
        (lambda x: np.hypot(0.0, x), [-1.0, 0.0, 1.0], [-1, 0, 1]),
        (lambda x: np.abs(x * (0.6 + 0.8j)), [-1.0, 0.0, 1.0], [-1, 0, 1]),
        (lambda x: np.arctan2(x, 0.0), [-1.0, 0.0, 1.0], [0, 0, 0]),
        (lambda x: np.arctan2(0.0, x), [-1.0, 0.0, 1.0], [0, 0, 0]),
        (lambda x: np.real(np.sign(x + 0j)), [-1.0, 0.0, 1.0], [0, 0, 0]),
        (lambda x: np.angle(x, deg=True), [-1.0, 0.0, 1.0], [0, 0, 0]),
        (lambda x: np.heaviside(x, 0.5), [-1.0, 0.0, 1.0], [0, 0, 0]),
        (lambda x: np.heaviside(np.array([-1.0, 0, 1]), x), [5.0, 5.0, 5.0], [0, 1, 0]),
        (lambda x: np.mod(x, 1.0), [-0.5, 0.0, 1.0, 1.5], [1, 1, 1, 1]),
        (lambda x: np.mod([-5.0, 6.0], x), [3.0, 3.0], [2, -2]),
        (lambda x: np.fmod([-5.0, 6.0], x), [3.0, 3.0], [1, -2]),
        (lambda x: np.modf(x)[0], [-1.5, 0.0, 1.0], [1, 1, 1]),
        (lambda x: np.interp(x, [0.0, 1, 2], [0.0, 1, 3]), [-1.0, 0, 1, 1.5, 2], [0, 1, 2, 2, 0]),
        (lambda x: np.interp([0.5, 1.5], [0.0, 1, 1, 2], x), [0.0, 1, 3, 4], [0.5, 0.5, 0.5, 0.5]),
        (lambda x: np.interp(x, [1.0], [5.0]), [0.0, 1.0, 2.0], [0, 0, 0]),
        (np.nan_to_num, [np.nan, inf, -inf, 1.0], [0, 0, 0, 1]),
    ],
)  # fmt: skip
def test_kinks_follow_one_documented_rule(
    f: Callable[..., Any], x: list[float], slope: list[float]
) -> None:
    assert_array_equal(slopes(f)(np.array(x)), slope)
    assert_allclose(slopes(f, 2)(np.array(x)), 0, atol=1e-15)


# Masked branches, powers, infinite slopes.

STEEP: list[tuple[Callable[..., Any], float]] = [
    (np.sqrt, 0.0), (np.log, 0.0), (np.log1p, -1.0), (lambda x: 1 / x, 0.0), (log_or_zero, 0.0),
    (lambda x: x**0.5, 0.0), (lambda x: x**-1, 0.0), (lambda x: np.power(0.0, -x), 1.0),
    (np.exp, 1e4), (np.expm1, 1e4), (np.log, -1.0), (np.sqrt, -1.0), (lambda x: 2.0**x, 1e4),
    (lambda x: np.sqrt(np.log(x)), 0.0), (lambda x: np.exp(1 / x), 0.0),
    (np.cbrt, 0.0), (np.arcsin, 1.0), (np.arccos, 1.0), (np.arccosh, 1.0), (np.arctanh, 1.0),
    (np.log2, 0.0), (np.log10, 0.0), (np.reciprocal, 0.0),
]  # fmt: skip


@each("f, x", STEEP)
@pytest.mark.parametrize("order", [1, 2])
def test_a_masked_branch_sends_back_exactly_zero(
    f: Callable[..., Any], x: float, order: int
) -> None:
    def masked(x: Any) -> Any:
        return np.where(np.array([False, True]), f(x), 0.0)

    with np.errstate(all="ignore"):  # what NumPy says about the values themselves
        gradient = slopes(masked, order)(np.array([x, 0.5]))
    assert gradient[0] == 0


@given(x=st.integers(-2, 2), p=st.integers(0, 4), order=st.integers(1, 4))
def test_integer_powers_are_polynomials_even_at_zero(x: int, p: int, order: int) -> None:
    factor = np.prod([p - i for i in range(order)])
    expected = factor * float(x) ** max(p - order, 0)
    for power in (p, float(p), np.float64(p), np.array(float(p))):
        assert slopes(lambda x, q=power: x**q, order)(float(x)) == expected
    assert slopes(lambda x: x ** np.array([float(p)]), order)(float(x)) == expected


@each(
    "x, p, by_x, by_p",
    [
        (0.0, 0.0, 0.0, 0.0),
        (0.0, 1.0, 1.0, 0.0),
        (0.0, 3.0, 0.0, 0.0),
        (-2.0, 3.0, 12.0, np.nan),
        (-2.0, 0.0, 0.0, np.nan),
        (2.0, 3.0, 12.0, 8 * np.log(2.0)),
        (0.0, 0.5, inf, 0.0),
    ],
)
def test_powers_at_zero_and_of_negative_bases(x: float, p: float, by_x: float, by_p: float) -> None:
    assert_array_equal(grad(np.power, (0, 1))(x, p), (by_x, by_p))


@each(
    "f, x, slope",
    [
        (np.sqrt, 0.0, inf),
        (lambda x: -np.sqrt(x), 0.0, -inf),
        (np.log, 0.0, inf),
        (np.log1p, -1.0, inf),
        (lambda x: x**0.5, 0.0, inf),
        (lambda x: 1 / x, 0.0, -inf),
        (np.log2, 0.0, inf),
        (np.log10, 0.0, inf),
        (np.reciprocal, 0.0, -inf),
        (np.cbrt, 0.0, inf),
        (lambda x: -np.cbrt(x), 0.0, -inf),
        (np.arcsin, 1.0, inf),
        (np.arcsin, -1.0, inf),
        (np.arccos, 1.0, -inf),
        (np.arccosh, 1.0, inf),
        (np.arctanh, 1.0, inf),
    ],
)
def test_an_infinite_slope_is_infinite(f: Callable[..., Any], x: float, slope: float) -> None:
    with np.errstate(divide="ignore"):
        value, gradient = autograd.value_and_grad(f)(x)
        assert value == f(np.float64(x))
        assert gradient == slope
        assert abs(slopes(f, 2)(x)) == inf


# Indexing.


@given(hnp.arrays(np.intp, st.integers(0, 8), elements=st.integers(-3, 2)))
def test_repeated_indices_add_up(rows: np.ndarray) -> None:
    expected = np.bincount(rows % 3, minlength=3)
    for pick in (lambda x: x[rows], lambda x: x[rows.tolist()], lambda x: x[(rows,)]):
        assert_array_equal(slopes(pick)(np.ones(3)), expected)
    assert_array_equal(slopes(lambda x: x[1, rows])(np.ones((2, 3))), [[0] * 3, expected])


@pytest.mark.parametrize("join", [np.concatenate, np.stack])
def test_any_sequence_of_tensors_can_be_joined(join: Any) -> None:
    class Several(list):
        pass

    Pair = namedtuple("Pair", "first second")
    objects = np.empty(2, object)
    objects[0], objects[1] = tracked([1.0]), tracked([2.0])
    for make in (tuple, list, Several, lambda items: Pair(*items), lambda items: objects):
        a, b = items = objects
        join(make(items)).sum().backward()
        assert a.grad == 1
        assert b.grad == 1
        a.zero_grad(), b.zero_grad()
    x = tracked(np.ones((2, 3)))
    join(x).sum().backward()
    assert_array_equal(x.grad, np.ones((2, 3)))


# Saved arrays changed afterwards; shared memory; seeds.


def test_an_array_changed_after_its_use_changes_no_gradient() -> None:
    start, factor, matrix = np.ones(3), np.full(3, 2.0), np.ones((3, 3))
    mask, rows, axes = np.array([True, True, False]), np.array([0, 1, 2]), [1, 0]
    key = [0, 1, 2]
    x = tracked(start)
    y = np.where(mask, (x * factor) @ matrix, 0.0)[rows] / factor
    y = np.concatenate([y[key], factor * x]) * np.concatenate([factor, factor])
    z = np.transpose(np.reshape(y, (2, 3)) * 1.0, axes)
    z = z * np.arange(6.0).reshape(3, 2)
    expected = grad(lambda x: the_same(x, np.full(3, 2.0), np.ones((3, 3))).sum())(np.ones(3))
    for used in (start, factor, matrix):
        used[...] = 7
    mask[...], rows[...], axes[:], key[:] = False, 0, [0, 1], [0, 0, 0]
    z.sum().backward()
    assert_array_equal(x.grad, expected)


def memory_mapped(folder: Any) -> Any:
    array = np.memmap(folder / "numbers", dtype=float, mode="w+", shape=(3,))
    array[:] = 1
    return array


class ArrayLike:
    def __init__(self) -> None:
        self.numbers = np.ones(3)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array(self.numbers, copy=copy)

    def __setitem__(self, key: Any, value: float) -> None:
        self.numbers[key] = value


@each(
    "make",
    [memory_mapped, lambda folder: array("d", [1, 1, 1]), lambda folder: ArrayLike()],
)
def test_other_things_with_numbers_may_change_after_their_use_too(make: Any, tmp_path: Any) -> None:
    factor, x = make(tmp_path), tracked([1.0, 2.0, 3.0])
    y = (x * factor).sum()
    factor[0] = 7.0
    y.backward()
    assert_array_equal(x.grad, [1, 1, 1])


def test_a_masked_array_is_refused_rather_than_unmasked() -> None:
    with pytest.raises(TypeError, match=r"lose its mask.*np\.where"):
        tracked([1.0, 2.0]) * np.ma.array([1.0, 2.0], mask=[False, True])


@each("f", [np.ma.multiply, np.ma.add, lambda m, t: m * t, lambda m, t: m - t, lambda m, t: m**t])
def test_a_masked_array_on_the_left_does_not_take_the_numbers_alone(f: Any) -> None:
    m = np.ma.array([1.0, 2.0])
    with pytest.raises(TypeError, match="a Tensor that is tracked can't become a plain array"):
        grad(lambda x: f(m, x).sum())(np.array([3.0, 4.0]))


@each("f", [lambda m, t: m * t, lambda m, t: t * m, lambda m, t: m @ t])
def test_a_matrix_is_refused_since_it_multiplies_otherwise(f: Any) -> None:
    with pytest.warns(PendingDeprecationWarning):
        m = np.matrix([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(TypeError, match="means the matrix product"):
        f(m, Tensor(np.ones((2, 2)), requires_grad=True))


def the_same(x: Any, factor: np.ndarray, matrix: np.ndarray) -> Any:
    mask = np.array([True, True, False])
    y = np.where(mask, (x * factor) @ matrix, 0.0) / factor
    y = np.concatenate([y, factor * x]) * np.concatenate([factor, factor])
    return np.transpose(np.reshape(y, (2, 3))) * np.arange(6.0).reshape(3, 2)


def test_gradients_share_no_memory_with_the_seed_or_each_other() -> None:
    seed, a, b = np.ones(3), np.zeros(3), np.zeros(3)
    x, y = tracked(a), tracked(b)
    (x + y).backward(seed)
    for gradients in ((x.grad, y.grad), vjp(np.add, a, b)[1](seed), vjp(lambda x: x, a)[1](seed)):
        for one, other in itertools.combinations((*gradients, seed, a, b, x.data, y.data), 2):
            assert not np.shares_memory(one, other)


@primitive
def total(xs: list[Any]) -> Any:
    return sum(xs)


derivative(total, "[xs]", linear, xs=lambda g, to: [g] * len(to))


@primitive
def twice(x: Any, y: Any) -> Any:
    return x + y, x * 1.0


derivative(twice, x=lambda g: g[0], y=lambda g: g[0])


def test_a_rule_may_return_one_gradient_several_times() -> None:
    a, b = tracked([1.0, 2.0]), tracked([3.0, 4.0])
    total([a, a, b]).backward(np.ones(2))
    assert_array_equal(a.grad, [2, 2])
    assert_array_equal(b.grad, [1, 1])
    a.grad = b.grad = None
    twice(a, b)[0].backward(np.ones(2))
    for x, y in ((a, b), (b, a)):
        x.grad += 1
        assert_array_equal(x.grad, y.grad + 1)
        y.grad += 1


def test_a_leaf_that_is_the_root_gets_its_own_gradient() -> None:
    seed, x = np.ones(3), tracked([1.0, 2.0, 3.0])
    x.backward(seed)
    x.backward(seed)
    assert_array_equal(x.grad, [2, 2, 2])
    assert_array_equal(seed, [1, 1, 1])


@each(
    "seed, message",
    [
        (None, r"shape \(2, 3\) needs a seed of that shape.*\.sum\(\)"),
        (np.ones(3), r"the seed has shape \(3,\), but its Tensor has \(2, 3\)"),
        (np.ones((2, 3), complex), "dtype complex128, but its Tensor float64"),
        (1.0, r"shape \(\), but its Tensor has \(2, 3\)"),
    ],
)
def test_the_seed_of_a_root_that_is_no_number(seed: Any, message: str) -> None:
    x = tracked(np.ones((2, 3)))
    with pytest.raises(ValueError, match=message):
        (x * 2.0).backward(seed)
    assert x.grad is None


# Silent detachment.


@each(
    "build",
    [
        lambda t: np.array([t, t]),
        lambda t: np.array(t),
        lambda t: np.asarray(t),
        lambda t: np.asanyarray([t]),
        lambda t: np.asarray(t, dtype=np.float32),
        lambda t: np.array([[t, 1.0]]),
        lambda t: np.full(3, t),
        lambda t: np.full_like(np.ones(3), t),
        lambda t: np.bincount([0], weights=np.reshape(t, 1)),
        lambda t: np.ones(3).__setitem__(slice(0, 1), t),
        lambda t: np.put(np.ones(3), [0], t),
        lambda t: np.copyto(np.ones(3), t),
        lambda t: Tensor(t),
        lambda t: Tensor([t, t]),
        lambda t: np.linspace(t, 1.0),
        lambda t: np.vectorize(lambda x: x)(t),
    ],
)
@each("start", [2.0, [2.0]])
def test_nothing_detaches_silently(build: Callable[[Any], Any], start: Any) -> None:
    """It is recorded, or refused."""
    try:
        result = build(tracked(start))
    except (TypeError, ValueError):
        return
    assert type(result) is Tensor
    assert result.requires_grad


@each(
    "f",
    [
        math.sin,
        float,
        complex,
        cmath.exp,
        lambda x: np.zeros(2).__setitem__(0, x),
        lambda x: np.float64(x),
    ],
)
def test_a_number_made_within_a_transform_is_refused(f: Callable[[Any], Any]) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        grad(lambda x: x * f(x))(2.0)
    errors = [caught.value, caught.value.__cause__]
    assert any("lose the gradient" in str(e) or "losing its graph" in str(e) for e in errors)
    assert grad(lambda x: x * x.item())(2.0) == 2.0
    assert float(tracked(2.0)) == 2.0


def test_a_number_is_not_put_into_an_array_in_silence():
    """The gradient of Σ a² by w would be that of what a held before."""
    a, w = np.zeros(2), tracked([2.0, 3.0])

    def plain(value):
        a[0] = value

    def added(value):
        a[1] += value

    def of_complex_numbers(value):
        a.astype(complex)[1] = value

    for value in (w[0] * 3, w.sum(), tracked(1.0)):
        for put in (plain, added, of_complex_numbers):
            with pytest.raises((TypeError, ValueError)) as caught:
                put(value)
            error = (
                caught.value.__cause__ or caught.value
            )  # NumPy says besides that it is no number
            assert "array[i] = t would lose the graph" in str(error)
            assert "np.stack" in str(error)
    assert_array_equal(a, 0)
    a[0] = float(w[0])
    a[1] = np.floor(w[1])
    assert_array_equal(a, [2, 3])
    with no_grad():
        a[0] = w[1] + 1.0
    assert a[0] == 4
    assert math.sqrt(tracked(4.0)) == 2.0


def _data(t, v):
    t.data = v


def _put(t, v):
    with no_grad():
        t[...] = v


def _add(t, v):
    with no_grad():
        t += v


def _copy(t, v):
    with no_grad():
        np.copyto(t, v)


TRANSFORMS = {
    "grad": lambda f, x: grad(f)(x),
    "grad of grad": lambda f, x: grad(lambda x: grad(f)(x).sum())(x),
    "by a Tensor": lambda f, x: grad(f)(Tensor(x, requires_grad=True)),
    "jacobian": lambda f, x: jacobian(f)(x),
    "hvp": lambda f, x: hvp(f)(x, x),
    "jvp": lambda f, x: jvp(f, (x,), (x,)),
    "vjp": lambda f, x: vjp(f, x),
}


@each("write", [_data, _put, _add, _copy])
@each("requires_grad", [True, False])
@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_a_transform_loses_nothing_that_is_written_into_a_tensor(write, requires_grad, transform):
    """A parameter that is set to the argument: its gradient would be that of a constant."""
    x = np.array([1.0, 2.0, 3.0])

    def f(v, of=lambda v: v):
        w = Tensor(np.zeros(3), requires_grad=requires_grad)
        write(w, of(v))
        return (w**2).sum() + v.sum()

    with pytest.raises(TypeError, match=r"would lose the gradient.*compute with v itself.*v\.data"):
        transform(f, x)
    assert_array_equal(grad(lambda v: f(v, lambda v: v.data))(x), np.ones(3))
    assert_array_equal(grad(lambda v: f(v, lambda v: np.ones(3)))(x), np.ones(3))
    f(Tensor(x, requires_grad=True))  # after an error, and outside a transform, it is PyTorch's


@each("write", [_data, _put, _add, _copy])
def test_a_transform_s_argument_is_not_overwritten_without_a_record(write):
    def f(v):
        write(v, np.ones(3))
        return (v**2).sum()

    with pytest.raises(TypeError, match="would lose the gradient of t or v"):
        grad(f)(np.zeros(3))


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_backward_of_what_a_transform_moves_is_refused(transform):
    """Gradients in `.grad` are plain arrays, which don't change with the argument."""
    w = Tensor(np.ones(3), requires_grad=True)

    def f(v):
        (w * w * v).sum().backward()
        return (w.grad * v).sum()

    def of_a_seed(v):
        (w * w).backward(v)
        return (w.grad * v).sum()

    for program in (f, of_a_seed):
        with pytest.raises(RuntimeError, match=r"backward\(\) within a transform.*use grad\(f\)"):
            transform(program, np.ones(3))
        assert w.grad is None


def test_a_gradient_that_is_set_within_a_transform_is_a_plain_array():
    def f(v):
        w = Tensor(np.ones(3), requires_grad=True)
        w.grad = v * v
        return (w.grad * v).sum()

    with pytest.raises(TypeError, match=r"t\.grad = v.* would lose the gradient"):
        grad(f)(np.ones(3))


def test_a_number_made_in_a_thread_that_a_transform_starts_is_refused():
    def f(x):
        with ThreadPoolExecutor(1) as pool:
            return x * pool.submit(math.exp, x).result()

    with pytest.raises(TypeError, match=r"math\.f\(t\).* would lose the gradient"):
        grad(f)(2.0)


class Box:
    def __init__(self, inside):
        self.inside = inside


@each("wrap", [Box, lambda v: {v}, lambda v: iter([v])])
def test_what_hides_its_arrays_is_no_value_of_a_transform(wrap):
    for call in (
        lambda f: jacobian(f)(np.ones(2)),
        lambda f: vjp(f, np.ones(2)),
        lambda f: jvp(f, (np.ones(2),), (np.ones(2),)),
        lambda f: grad(f)(np.ones(2)),
    ):
        with pytest.raises(TypeError, match=r"returned .*, in which a transform finds no arrays"):
            call(lambda v: wrap(2 * v))


def test_an_array_of_a_tracked_tensor_says_what_to_do() -> None:
    for build in (np.asarray, lambda t: np.array([t, t])):
        with pytest.raises(TypeError, match=r"losing its graph: use \.data.*np\.stack"):
            build(tracked([1.0, 2.0]))


@each(
    "f",
    [
        lambda t: t.copy(),
        lambda t: np.copy(t),
        lambda t: t.astype(np.float32),
        lambda t: t.astype(float),
        lambda t: +t,
        lambda t: t.T,
        lambda t: t[...],
        lambda t: t.flatten(),
        lambda t: np.stack([t, t]),
        lambda t: np.concatenate([t, np.ones(2)]),
        lambda t: np.concatenate((np.ones(2), t)),
        lambda t: np.stack(list(t)),
        lambda t: np.stack((1.0, t[0], 2.0)),
        lambda t: sum(t),
        lambda t: max(t),
        lambda t: relu(t),
    ],
)
def test_copies_and_lists_stay_in_the_graph(f: Callable[..., Any]) -> None:
    t = tracked([1.0, 2.0])
    ans = f(t)
    assert type(ans) is Tensor
    ans.sum().backward()
    assert np.sum(t.grad) > 0


# Types.


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@each(
    "f",
    [
        lambda x: x.max(), lambda x: x.mean(), lambda x: x * 2.0, lambda x: 1 / x, lambda x: x**2,
        lambda x: x**0.5, lambda x: 2**x, lambda x: x + True, lambda x: np.maximum(x, 0.0),
        lambda x: np.where(x > 0, x, 0.0), lambda x: x.clip(0.5, 1.5), lambda x: relu(x) / 3,
        lambda x: x[:1], lambda x: ((x - x.mean()) ** 2).mean(), lambda x: np.stack([x, x]),
        lambda x: logsumexp(x), lambda x: softmax(x), lambda x: np.sqrt(np.abs(x)), sigmoid,
        lambda x: x - x.max(axis=0, keepdims=True), lambda x: x @ x, softplus, log_softmax,
    ],
)  # fmt: skip
def test_float32_stays_float32(f: Callable[..., Any], dtype: Any) -> None:
    x = np.array([0.75, 1.25], dtype)
    t = tracked(x)
    ans = f(t)
    assert ans.dtype == dtype
    ans.sum().backward()
    assert t.grad.dtype == dtype
    assert slopes(f, 2)(x).dtype == dtype


def test_casting_passes_the_gradient_and_keeps_each_dtype() -> None:
    x = tracked(np.array([1.0, 2.0], np.float32))
    y = x.astype(np.float64) * 3.0
    assert y.dtype == np.float64
    y.sum().backward()
    assert_array_equal(x.grad, np.array([3, 3], np.float32), strict=True)


@each("numbers", [[1, 2], [True, False], np.arange(3), np.uint8(1)])
def test_integers_and_booleans_hold_no_gradient(numbers: Any) -> None:
    with pytest.raises(TypeError, match=r"requires_grad needs floating.*int|bool.*1\.0 instead of"):
        tracked(numbers)
    t = Tensor(numbers)
    with pytest.raises(TypeError, match="requires_grad needs floating"):
        t.requires_grad = True
    assert not t.requires_grad
    with pytest.raises(TypeError, match=r"argument 0 of .*requires_grad needs floating"):
        grad(lambda x: x.sum())(numbers)


def test_integers_and_booleans_are_constants_elsewhere() -> None:
    x = tracked([1.0, 2.0, 3.0])
    counts, mask = np.array([1, 2, 3]), Tensor([True, False, True])
    ((x * counts)[mask] + Tensor(counts)[0] - (x > 1)[0]).sum().backward()
    assert_array_equal(x.grad, [1, 0, 3])
    assert not x.astype(int).requires_grad
    assert type(x > 0) is np.ndarray
    assert type(x.argmax()) is np.intp


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (1,), (1, 1)])
def test_0d_and_empty_gradients_are_arrays_of_the_shape(shape: tuple[int, ...]) -> None:
    x = tracked(np.ones(shape))
    (x * 3.0).sum().backward()
    functional = grad(lambda x: (x * 3.0).sum())(np.ones(shape))
    for gradient in (x.grad, functional, vjp(np.exp, np.ones(shape))[1](np.ones(shape))[0]):
        assert type(gradient) is np.ndarray
        assert gradient.shape == shape


def test_numpy_scalars_are_arguments_like_others() -> None:
    gradient = grad(lambda x: x * x)(np.float32(3))
    assert_array_equal(gradient, np.array(6, np.float32), strict=True)
    x = tracked(2.0)
    (np.float64(3) * x + x * np.float32(2)).backward()
    assert_array_equal(x.grad, np.array(5.0), strict=True)


# Stability.


def test_the_value_and_slope_at_the_far_ends() -> None:
    ends = np.array([-1e4, -745.0, -40.0, 40.0, 745.0, 1e4])
    tail = np.exp([-1e4, -745.0, -40.0, -40.0, -745.0, -1e4])
    low = ends < 0
    close(sigmoid, ends, np.where(low, tail, 1 - tail), tail)
    close(softplus, ends, np.where(low, tail, ends), np.where(low, tail, 1 - tail))
    close(relu, ends, np.where(low, 0, ends), np.where(low, 0, 1))


def close(f: Callable[..., Any], x: np.ndarray, value: Any, slope: Any) -> None:
    assert_allclose(f(x), value, rtol=1e-14)
    assert_allclose(slopes(f)(x), slope, rtol=1e-14)
    assert np.isfinite(slopes(f, 2)(x)).all()


@each(
    "f, x, value, gradient",
    [
        (logsumexp, [1e4, 1e4], 1e4 + np.log(2), [0.5, 0.5]),
        (logsumexp, [-1e4, -1e4], -1e4 + np.log(2), [0.5, 0.5]),
        (logsumexp, [-inf, -inf], -inf, [0, 0]),
        (logsumexp, [-inf, 0.0], 0.0, [0, 1]),
        (logsumexp, [0.0, -40.0], 0, [1, np.exp(-40)]),
        (lambda x: softmax(x)[0], [1e4, -1e4], 1, [0, 0]),
        (lambda x: softmax(x)[1], [0.0, -40.0], np.exp(-40), [-np.exp(-40), np.exp(-40)]),
        (lambda x: softmax(x)[1], [-inf, 0.0], 1, [0, 0]),
        (lambda x: log_softmax(x)[0], [-1e4, 1e4], -2e4, [1, -1]),
        (lambda x: log_softmax(x)[0], [1e4, -1e4], 0, [0, 0]),
        (lambda x: log_softmax(x)[1], [-inf, 0.0], 0, [0, 0]),
        (lambda x: 1e-200 / x[0], [1e-170], 1e-30, [-1e140]),
        (lambda x: x[0] / 1e-200, [1e-250], 1e-50, [1e200]),
        (lambda x: np.expm1(x)[0], [1e-20], 1e-20, [1]),
        (lambda x: np.log1p(x)[0], [1e-20], 1e-20, [1]),
        (lambda x: np.tanh(x)[0], [1e4], 1, [0]),
    ],
)
def test_stable_to_the_last_digits(
    f: Callable[..., Any], x: list[float], value: float, gradient: list[float]
) -> None:
    found = autograd.value_and_grad(f)(np.array(x))
    assert_allclose(found[0], value, rtol=1e-14)
    assert_allclose(found[1], gradient, rtol=1e-14)


@given(hnp.arrays(np.float64, 3, elements=st.floats(-1e4, 1e4)))
def test_softmax_sums_to_one_and_its_gradient_to_zero(x: np.ndarray) -> None:
    assert softmax(x).sum() == pytest.approx(1)
    gradient = grad(lambda x: softmax(x)[0])(x)
    assert abs(gradient.sum()) < 1e-15
    assert_allclose(log_softmax(x), x - logsumexp(x), rtol=1e-14, atol=1e-11)


def test_no_rule_warns() -> None:
    """pytest turns warnings into errors; this only says so where the values are extreme."""
    x = np.array([0.0, -0.0, 1e-300, -1e-300, 1e300, -1e300, 1.0])
    functions = (relu, sigmoid, softplus, abs, np.tanh, np.sin, np.cos)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for f in functions:
            slopes(f, 2)(x)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint64])
@each(
    "f",
    [
        lambda x, n: n**x,
        lambda x, n: Tensor(n) ** x,
        lambda x, n: x**n,
        lambda x, n: np.mod(x, n + 1),
        lambda x, n: np.cross(np.stack([x[0], x[1], x[0]]), np.append(n, n[:1])),
        lambda x, n: special.jv(n, x),
        lambda x, n: special.boxcox(x, n),
        lambda x, n: special.boxcox(x, n[0]),
    ],
)
def test_integers_of_few_or_unsigned_bits_do_not_wrap_in_rules(f: Any, dtype: Any) -> None:
    x, n = np.array([0.5, 1.5]), np.array([0, 3])
    expected = grad(lambda x: f(x, n + 0.0).sum())(x)
    assert_allclose(grad(lambda x: f(x, n.astype(dtype)).sum())(x), expected, rtol=1e-12)


@pytest.mark.parametrize("wrap", [np.asarray, Tensor])
@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16])
def test_the_least_integer_is_an_exponent_like_others(dtype: Any, wrap: Any) -> None:
    least = np.iinfo(dtype).min
    gradient = grad(lambda x: x ** wrap(np.array(least, dtype)))(1.001)
    assert gradient == pytest.approx(least * 1.001 ** (least - 1), rel=1e-12)


def test_a_number_through_which_no_gradient_flows_may_become_plain() -> None:
    assert grad(lambda x: x * float(np.floor(x)) + math.sqrt(np.round(x)))(4.2) == 4.0
