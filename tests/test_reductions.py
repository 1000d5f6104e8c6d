"""Reductions, scans and statistics where they degenerate: zeros, ties, NaNs, infinity."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from autograd import Tensor, grad, hessian, jvp, log_softmax, logsumexp, softmax, vjp
from autograd.rules.ordering import share_ties
from autograd.rules.scans import logcumsumexp, recurrence
from cases import each

inf, nan = np.inf, np.nan


def slope(f, x, g=None):
    """The gradient of f at x, of the sum of its elements by default."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what NumPy says about the values themselves
        ans, pull = vjp(f, np.array(x, float))
        return pull(np.ones_like(ans) if g is None else np.array(g, float))[0]


@each(
    "f",
    [
        np.max, np.min, np.nanmax, np.mean, np.nanmean, np.median,
        lambda x: np.max(x, initial=0), lambda x: np.mean(x, where=MANY), lambda x: np.sort(x)[9],
        lambda x: np.partition(x, 3)[3], lambda x: np.quantile(x, 0.3), lambda x: np.unique(x)[0],
        lambda x: np.maximum.accumulate(x)[-1], lambda x: np.linalg.norm(x, inf),
    ],
)  # fmt: skip
def test_more_numbers_of_float16_than_it_can_count(f):
    x = np.ones(70_000, np.float16)
    assert f(Tensor(x)) == 1
    gradient = grad(f)(x)
    assert gradient.dtype == np.float16
    assert_allclose(gradient, 1 / 70_000, rtol=1e-2)


def test_means_of_float16_that_add_up_to_more_than_it_has():
    x, where = np.full(3000, 100, np.float16), np.arange(3000) > 10
    for f in (lambda x: np.mean(x, where=where), lambda x: np.mean(x, where=where, dtype=None)):
        assert_array_equal(f(Tensor(x)).data, f(x), strict=True)


MANY = np.ones(70_000, bool)

EXTREME = st.sampled_from([0.0, 1.0, -1.0, 2.5, 3.0, 1e17, 1.7e308, -1.7e308, inf, -inf, nan])
LATER = np.array([False, True, True, True])
LIKE_NUMPYS = [
    np.median, np.nanmean, np.nansum, np.nanmax, np.nanmin, np.ptp, np.cov, np.diff,
    np.trapezoid, np.ediff1d, np.var, np.gradient,
    lambda x, **axis: np.nanstd(np.where(np.abs(x) > 9, nan, x), ddof=2, **axis),
    lambda x, **axis: np.nanmedian(x / 2, **axis),  # NumPy's overflows sooner
    lambda x: np.gradient(x, 0.3, edge_order=2), lambda x: np.gradient(x[0], np.arange(4.0) ** 2),
    lambda x: np.gradient(x[0], np.arange(4.0) ** 2, edge_order=2),
    lambda x, **axis: np.diff(x, n=3, **axis), lambda x, **axis: np.var(x, ddof=2, **axis),
    lambda x, **axis: np.nanvar(x, ddof=1, **axis),
    lambda x, **axis: np.std(x, ddof=2, **axis), lambda x, **axis: np.nanvar(x, ddof=9, **axis),
    lambda x, **axis: np.mean(np.where(np.abs(x) > 9, inf, x), where=LATER, **axis),
    lambda x, **axis: np.max(x, initial=0.5, **axis),
]  # fmt: skip
OF_FINITE = [
    lambda x, **axis: np.nanquantile(x, 0.3, **axis),
    lambda x, **axis: np.quantile(x, [0.2, 0.5, 1], **axis),
    lambda x, **axis: np.percentile(x, 70, **axis),
    np.corrcoef, lambda x: np.histogram(x, 3)[0], lambda x: np.histogram(x, [0, 1, 2])[0],
]  # fmt: skip


def like_numpy(f, x, axis):
    """Whether f of a Tensor has the value, the dtype or the kind of error that f of x has."""
    axis = {"axis": axis} if axis is not None else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = f(x, **axis)
        except (TypeError, ValueError, IndexError) as error:
            with pytest.raises(type(error)):
                f(Tensor(x), **axis)
            return
        found = f(Tensor(x), **axis)
    if not isinstance(expected, tuple):
        found, expected = (found,), (expected,)
    for a, b in zip(found, expected, strict=True):
        a = a.data if isinstance(a, Tensor) else a
        assert a.dtype == b.dtype
        assert_allclose(a, b, rtol=1e-12)


@each("f", LIKE_NUMPYS)
@given(hnp.arrays(np.float64, (2, 4), elements=EXTREME), st.sampled_from([None, 0, -1]))
def test_compositions_have_numpys_values_for_extreme_numbers(f, x, axis):
    like_numpy(f, x, axis)


@each("f", LIKE_NUMPYS + OF_FINITE)
@given(st.sampled_from([(0,), (0, 4), (4, 0), (2, 0, 3)]), st.sampled_from([None, 0, -1]))
def test_compositions_have_numpys_values_for_no_numbers(f, shape, axis):
    like_numpy(f, np.zeros(shape), axis)


# Sums, means and extremes with `where` and `initial`.

MASK = np.array([True, False, True])


@each(
    "f, x, expected",
    [
        (lambda x: np.sum(x, where=MASK), [1, 2, 3], [1, 0, 1]),
        (lambda x: np.sum(x, where=MASK, initial=5.0), [1, nan, 3], [1, 0, 1]),
        (lambda x: np.mean(x, where=MASK), [1, nan, 3], [0.5, 0, 0.5]),
        (lambda x: np.mean(x, where=np.zeros(3, bool)), [1, 2, 3], [0, 0, 0]),
        (lambda x: np.prod(x, where=MASK, initial=2.0), [0, nan, 3], [6, 0, 0]),
        (lambda x: np.max(x, initial=10), [1, 2, 3], [0, 0, 0]),
        (lambda x: np.max(x, initial=-1), [1, 3, 3], [0, 0.5, 0.5]),
        (lambda x: np.max(x, initial=3), [1, 3, 3], [0, 1 / 3, 1 / 3]),
        (lambda x: np.max(x, where=MASK, initial=-inf), [1, 9, 1], [0.5, 0, 0.5]),
        (lambda x: np.min(x, where=MASK, initial=2), [1, 0, 3], [1, 0, 0]),
        (lambda x: np.min(x, where=MASK, initial=inf), [nan, 0, 3], [1, 0, 0]),
        (lambda x: np.max(x, initial=None), [1, 2, 3], [0, 0, 1]),
        (lambda x: np.ptp(x), [2, 2, 2], [0, 0, 0]),
        (lambda x: np.ptp(x), [1, 3, 3], [-1, 0.5, 0.5]),
    ],
)
def test_where_and_initial(f, x, expected):
    assert_allclose(slope(f, x), expected)


def test_initial_takes_its_share_of_the_gradient():
    x = np.array([1.0, 3.0])
    for f, initial, share in ((np.max, 3.0, 0.5), (np.max, 4.0, 1.0), (np.min, 4.0, 0.0)):
        assert grad(lambda i, f=f: f(Tensor(x), initial=i))(initial) == share
    assert grad(lambda i: np.sum(Tensor(x), initial=i))(2.0) == 1
    assert grad(lambda i: np.prod(Tensor(x), initial=i))(2.0) == 3


def test_an_empty_extreme_is_what_it_started_from():
    x = Tensor(np.ones((0, 2)), requires_grad=True)
    ans = np.max(x, axis=0, initial=1.5)
    ans.sum().backward()
    assert_array_equal(ans.data, [1.5, 1.5])
    assert x.grad.shape == (0, 2)


# Products.


@each(
    "x, gradient, hessian_row",
    [
        ([0, 2, 3], [6, 0, 0], [0, 3, 2]),
        ([0, 0, 3], [0, 0, 0], [0, 3, 0]),
        ([0, 0, 0], [0, 0, 0], [0, 0, 0]),
        ([1, 2, 3], [6, 3, 2], [0, 3, 2]),
    ],
)
def test_products_with_zeros(x, gradient, hessian_row):
    for f in (np.prod, lambda x: np.cumprod(x)[-1], np.nanprod):
        assert_array_equal(slope(f, x), gradient)
        assert_array_equal(hessian(f)(np.array(x, float))[0], hessian_row)
        assert_array_equal(jvp(f, (np.array(x, float),), (np.ones(3),))[1], sum(gradient))


def test_the_third_derivative_of_a_product_of_zeros():
    third = grad(lambda x: hessian(np.prod)(x)[0, 1])
    assert_array_equal(third(np.zeros(3)), [0, 0, 1])


def test_running_products_with_zeros():
    assert_array_equal(slope(np.cumprod, [0, 2, 3]), [9, 0, 0])
    assert_array_equal(slope(np.cumprod, [2, 0, 0, 3]), [1, 2, 0, 0])
    expected = [[0, 4, 0], [4, 0, 0], [0, 0, 0]]
    assert_array_equal(hessian(lambda x: np.cumprod(x).sum())(np.array([0.0, 0, 3])), expected)


@each(
    "many, expected",
    [
        ([0, *[3] * 1200], [inf, *[0] * 1200]),
        ([3, 0, *[3] * 1200], [0, inf, *[0] * 1200]),
        ([*[3] * 1200, 0], [*[0] * 1200, inf]),
        ([*[3] * 1200, 0, 3], [*[0] * 1200, inf, 0]),
        ([0, 0, *[3] * 1200], [0] * 1202),
    ],
)
def test_a_zero_among_factors_whose_product_overflows(many, expected):
    assert_array_equal(slope(np.prod, many), expected)


@each(
    "x, g, expected",
    [
        ([0, 1e20, 1e20, 1e20, 1e-20], [1, 1, 1, 1, 1], [inf, 0, 0, 0, 0]),
        ([0, 1e20, 1e20, 1e20, 1e-20], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0]),
        ([1e20, 1e20, 0, 1e20, 1e20], [0, 1, 0, 0, 0], [1e20, 1e20, 0, 0, 0]),
    ],
)
def test_running_products_beside_those_that_overflow(x, g, expected):
    with np.errstate(over="ignore", invalid="ignore"):  # of the value itself
        _, pull = vjp(np.cumprod, np.array(x, np.float32))
    assert_allclose(pull(np.array(g, np.float32))[0], expected, rtol=1e-6)


def test_a_long_product_is_as_right_as_its_factors():
    x = np.random.default_rng(0).uniform(0.5, 2, 1000)
    assert_allclose(slope(np.prod, x), np.prod(x) / x, rtol=1e-12)
    g = np.random.default_rng(1).normal(size=1000)
    backwards = np.cumsum((g * np.cumprod(x))[::-1])[::-1] / x
    assert_allclose(slope(np.cumprod, x, g), backwards, rtol=1e-9)


@given(st.integers(1, 40))
def test_a_recurrence_is_that_of_the_loop(n):
    a, b = np.random.default_rng(n).normal(size=(2, n))
    y, expected = 0.0, []
    for i in range(n):
        y = a[i] * y + b[i]
        expected.append(y)
    assert_allclose(recurrence(a, b), expected, rtol=1e-10, atol=1e-12)


# Ties.

few = hnp.arrays(np.float64, (3, 4), elements=st.integers(0, 2))


@given(few, hnp.arrays(np.float64, (3, 4), elements=st.integers(-8, 8)), st.sampled_from([0, -1]))
def test_sharing_among_equal_elements(x, g, axis):
    shared = share_ties(g, x, axis)
    columns = (np.moveaxis(array, axis, 0).reshape(x.shape[axis], -1).T for array in (x, g, shared))
    for row, given_, found in zip(*columns):
        for value in row:
            assert_allclose(found[row == value], np.mean(given_[row == value]), atol=1e-14)
    assert_allclose(share_ties(g, x, None).sum(), g.sum(), atol=1e-12)
    assert_allclose(np.sum(shared * x**2), np.sum(g * x**2), atol=1e-12)
    assert_allclose(vjp(lambda g: share_ties(g, x, axis), g)[1](g)[0], shared)


def test_sharing_counts_nans_as_equal_and_returns_its_argument_where_all_differ():
    g = np.array([1.0, 2.0, 6.0])
    assert_array_equal(share_ties(g, np.array([nan, 5, nan]), 0), [3.5, 2, 3.5])
    assert share_ties(g, np.array([2.0, 1.0, 3.0]), 0) is g


@given(few, st.sampled_from([None, 0, -1]), st.sampled_from([0.0, 0.3, 0.5, 1.0]))
def test_ties_in_medians_and_quantiles_share_the_gradient_equally(x, axis, q):
    for f in (
        lambda x: np.median(x, axis=axis),
        lambda x: np.quantile(x, q, axis=axis),
        lambda x: np.percentile(x, 100 * q, axis=axis, method="midpoint"),
    ):
        ans, gradient = f(x), slope(f, x)
        assert_allclose(gradient.sum(), np.size(ans))
        again = share_ties(gradient, x, axis)
        assert_allclose(gradient, again, atol=1e-14)


@each(
    "f, expected",
    [
        (np.maximum.accumulate, [2, 1, 0, 1.5, 0.5]),
        (np.minimum.accumulate, [1.5, 0.5, 3, 0, 0]),
    ],
)
def test_running_extremes_share_among_the_equal_elements_met_so_far(f, expected):
    assert_allclose(slope(f, [1, 1, 0, 2, 2]), expected)


def test_running_extremes_pass_the_gradient_to_a_nan_that_stays():
    assert_array_equal(slope(np.maximum.accumulate, [1, nan, 2]), [1, 2, 0])


# Spreads.


@each("x", [[1.0, 1, 1], [0.1, 0.1, 0.1], [1e-200, 1e-200, 1e-200], [0.0, 0, 0], [3.0]])
def test_no_spread_has_no_gradient_at_any_order(x):
    x = np.array(x)
    for f in (np.std, np.nanstd, lambda x: np.std(x, where=np.ones(x.shape, bool))):
        assert_array_equal(slope(f, x), np.zeros(len(x)))
        assert_array_equal(hessian(f)(x), np.zeros((len(x), len(x))))
        assert jvp(f, (x,), (np.arange(len(x)) + 1.0,))[1] == 0


def test_the_sharp_end_of_a_spread_that_underflows():
    assert_array_equal(slope(np.std, [1e-170, -1e-170]), [0, 0])  # where NumPy's value is 0


def test_a_spread_of_one_level_slice_among_others():
    x = np.array([[1.0, 1.0], [0.0, 2.0]])
    assert_array_equal(slope(lambda x: np.std(x, axis=1), x), [[0, 0], [-0.5, 0.5]])


@each("options", [{"ddof": 1}, {"correction": 1}, {"ddof": 1, "where": np.array([True] * 4)}])
def test_degrees_of_freedom(options):
    x = np.array([1.0, 2.0, 4.0, 5.0])
    assert_allclose(slope(lambda x: np.var(x, **options), x), 2 * (x - 3) / 3)
    std = np.std(x, ddof=1)
    assert_allclose(slope(lambda x: np.std(x, **options), x), (x - 3) / 3 / std)


def test_a_given_mean_is_an_argument_of_its_own():
    x, mean = np.array([1.0, 2.0, 6.0]), np.array([2.0])
    gx, gm = grad(lambda x, m: np.var(x, mean=m), (0, 1))(x, mean)
    assert_allclose(gx, 2 * (x - 2) / 3)
    assert_allclose(gm, [-2 * np.sum(x - 2) / 3])


def test_a_complex_spread_is_real():
    z = np.array([1 + 1j, 2.0, 3 - 2j])
    (g,) = vjp(np.var, z)[1](1.0)
    assert_allclose(g, 2 * np.conj(z - z.mean()) / 3)


# NaNs.

SKIPPING = [
    (np.nansum, [1, 0, 1, 1]),
    (np.nanprod, [10, 0, 5, 2]),
    (np.nanmean, [1 / 3, 0, 1 / 3, 1 / 3]),
    (np.nanmax, [0, 0, 0, 1]),
    (np.nanmin, [1, 0, 0, 0]),
    (np.nanmedian, [0, 0, 1, 0]),
    (lambda x: np.nanquantile(x, 0.3), [0.4, 0, 0.6, 0]),
    (lambda x: np.nanpercentile(x, 30), [0.4, 0, 0.6, 0]),
    (lambda x: np.nanvar(x, ddof=1), [-5 / 3, 0, -2 / 3, 7 / 3]),
    (np.nancumsum, [4, 0, 2, 1]),
    (np.nancumprod, [14, 0, 6, 2]),
]


@each("f, expected", SKIPPING)
def test_nans_get_no_gradient(f, expected):
    x = [1, nan, 2, 5]
    assert_allclose(slope(f, x), expected, atol=1e-15)
    assert_array_equal(slope(f, [nan, nan]), [0, 0])
    for order_2 in (hessian(lambda x: np.sum(f(x) ** 2))(np.array(x)),):
        assert np.isfinite(order_2).all()
        assert_array_equal(order_2[1], np.zeros(4))


@each("f", [np.nanmax, np.nanmin, np.nanmean, np.nanmedian, np.nanvar, np.nanstd])
def test_a_slice_of_nans_is_nan_beside_others(f):
    x = np.array([[nan, nan], [3.0, nan]])
    with pytest.warns(RuntimeWarning):
        expected = f(x, axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_array_equal(f(Tensor(x, requires_grad=True), axis=1).data, expected)
    gradient = slope(lambda x: f(x, axis=1), x)
    assert_array_equal(gradient[[0, 0, 1], [0, 1, 1]], np.zeros(3))


@each("f", [np.median, lambda x: np.quantile(x, 0.2), np.max, np.mean, np.std])
def test_a_nan_is_not_hidden(f):
    assert np.isnan(f(Tensor([1.0, nan, 2.0], requires_grad=True)).data)


# Soft maxima at infinity.


@each(
    "f, x, gradient",
    [
        (logsumexp, [-inf, -inf], [0, 0]),
        (logsumexp, [-inf, 0], [0, 1]),
        (logsumexp, [inf, 0, inf], [0.5, 0, 0.5]),
        (logsumexp, [1e300, 0], [1, 0]),
        (lambda x: logcumsumexp(x)[-1], [-inf, -inf], [0, 0]),
        (lambda x: logcumsumexp(x)[-1], [inf, 0, inf], [0.5, 0, 0.5]),
        (lambda x: logcumsumexp(x)[0], [inf, 0, inf], [1, 0, 0]),
        (logcumsumexp, [0, inf, 1], [1, 2, 0]),
        (logcumsumexp, [1e4, -1e4, 0], [3, 0, 0]),
        (lambda x: softmax(x)[0], [-inf, -inf], [0, 0]),
        (lambda x: softmax(x)[0], [inf, 0], [0, 0]),
    ],
)
def test_soft_maxima_at_infinity(f, x, gradient):
    assert_allclose(slope(f, x), gradient, atol=1e-15)
    second = hessian(lambda x: np.sum(f(x)))(np.array(x, float))
    assert np.isfinite(second).all()


def test_their_values_at_infinity():
    assert logsumexp(np.array([-inf, -inf])) == -inf
    assert logsumexp(np.array([inf, -inf, 3.0])) == inf
    assert_array_equal(softmax(np.array([inf, 1, inf])), [0.5, 0, 0.5])
    assert_allclose(log_softmax(np.array([inf, 1, inf])), [-np.log(2), -inf, -np.log(2)])
    x = np.array([[inf, 0.0], [1.0, 1.0]])
    assert_array_equal(softmax(x), [[1, 0], [0.5, 0.5]])
    assert softmax(x.astype(np.float32)).dtype == np.float32
    assert np.isnan(softmax(np.array([nan, 1.0]))).all()


def test_running_soft_maxima_do_not_overflow():
    x = np.array([-1e4, 0.0, 1e4, 9999.0])
    assert_allclose(logcumsumexp(x)[:3], [-1e4, 0, 1e4])
    gradient = slope(logcumsumexp, x)
    assert_allclose(gradient, [1, 1, 1 + 1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))])


# Single precision.


@each(
    "f",
    [
        lambda x: np.mean(x) * 2.0,
        lambda x: np.var(x, ddof=1),
        lambda x: np.std(x) + 1,
        lambda x: np.std(x, where=np.arange(3) < 2),
        lambda x: np.sum(x, initial=np.float64(3)),
        lambda x: np.mean(x, where=np.arange(3) < 2),
        np.median,
        lambda x: np.quantile(x, 0.3),
        np.prod,
        np.ptp,
        lambda x: np.average(x, weights=np.ones(3, np.float32)),
        lambda x: np.gradient(x, np.arange(3.0))[0],
        lambda x: np.trapezoid(x),
    ],
)
def test_single_stays_single(f):
    x = np.array([1, 2, 4], np.float32)
    ans, pull = vjp(f, x)
    assert ans.dtype == np.float32
    assert pull(ans)[0].dtype == np.float32


@each("f", [np.sum, np.mean, np.prod, np.var, np.std, np.cumsum, np.cumprod, np.nansum, np.nanmean])
def test_dtype_is_honoured(f):
    x = np.array([1, 2, 4], np.float32)
    ans, pull = vjp(lambda x: f(x, dtype=np.float64), x)
    assert ans.dtype == np.float64
    assert_array_equal(ans, f(x, dtype=np.float64))
    assert pull(np.ones_like(ans))[0].dtype == np.float32


# Differences, integrals, histograms.


@each("edge_order", [1, 2])
def test_the_slope_of_a_parabola_is_right_on_any_grid(edge_order):
    x = np.array([0.0, 1.0, 1.5, 4.0])
    found = np.gradient(Tensor(x**2, requires_grad=True), x, edge_order=edge_order).data
    assert_allclose(found[1:-1], 2 * x[1:-1])
    if edge_order == 2:
        assert_allclose(found, 2 * x)


def test_a_tensor_may_be_beside_lists_of_numbers():
    t = Tensor(2.0, requires_grad=True)
    assert_array_equal(np.gradient([1.0, 2, 4], t).data, [0.5, 0.75, 1])
    assert_array_equal(np.diff([1.0, 2], prepend=t).data, [-1, 1])
    assert_array_equal(np.ediff1d([1.0, 2], to_end=t).data, [1, 2])
    assert_array_equal(np.trapezoid([1.0, 2], dx=t).data, 3)
    assert_allclose(np.average([1.0, 2], weights=np.stack([t, t * 2])).data, 5 / 3)
    assert_allclose(np.cov([1.0, 2, 3], np.stack([t, t, t])).data, [[1, 0], [0, 0]])


def test_integers_come_through():
    x = np.arange(6)
    for f in (np.median, lambda x: np.quantile(x, 0.3), np.nanmax, np.nansum, np.var, np.ptp):
        ans = f(Tensor(x))
        assert ans.dtype == np.asarray(f(x)).dtype
        assert_allclose(ans.data, f(x))


@given(few, st.floats(0, 1), st.integers(1, 9))
def test_weighted_quantiles_are_numpys(x, q, seed):
    w = np.random.default_rng(seed).uniform(0.1, 1, 4)
    options = {"axis": 1, "weights": w, "method": "inverted_cdf"}
    t = Tensor(x, requires_grad=True)
    found = np.quantile(t, q, **options)
    assert_array_equal(found.data, np.quantile(x, q, **options))
    found.sum().backward()
    assert_allclose(t.grad.sum(axis=1), np.ones(3))


def test_gradient_gives_one_array_an_axis():
    t = Tensor(np.arange(12.0).reshape(3, 4), requires_grad=True)
    rows, columns = np.gradient(t)
    assert_array_equal(rows.data, np.full((3, 4), 4))
    assert_array_equal(columns.data, np.ones((3, 4)))
    assert isinstance(np.gradient(t, axis=1), Tensor)


def test_histograms_of_tensors():
    x, w = np.array([0.1, 0.5, 0.5, 1.9, 2.0, 7.0]), np.arange(6.0)
    counts, edges = np.histogram(Tensor(x), [0.0, 0.5, 2.0])
    assert_array_equal(counts, [1, 4])
    assert_array_equal(edges, [0, 0.5, 2])
    sums = np.histogram(x, [0.0, 0.5, 2.0], weights=Tensor(w, requires_grad=True))[0]
    assert_array_equal(sums.data, [0, 10])
    (sums * np.array([1.0, 2.0])).sum().backward()
    for bins in (1, 4, 7):
        counts, edges = np.histogram(Tensor(x, requires_grad=True), bins)
        assert_array_equal(counts, np.histogram(x, bins)[0])
        assert_allclose(edges.data, np.histogram(x, bins)[1])
    same = np.histogram(Tensor([2.0, 2.0], requires_grad=True), 2)[1]
    assert_array_equal(same.data, [1.5, 2, 2.5])
    for bins, limits in ((3, (0, 2.5)), ([1, 2], (0, 1))):
        found = np.histogram_bin_edges(Tensor(x, requires_grad=True), bins, limits)
        assert_allclose(found, np.histogram_bin_edges(x, bins, limits))


def test_gradients_of_histograms():
    x, w, bins = np.array([0.1, 0.5, 0.5, 1.9, 2.0, 7.0]), np.arange(1.0, 7.0), [0.0, 0.5, 2.0]
    g = np.array([1.0, 2.0])
    sums = grad(lambda w: np.sum(np.histogram(x, bins, weights=w)[0] * g))(w)
    assert_array_equal(sums, [1, 2, 2, 2, 2, 0])
    edges = grad(lambda x: np.sum(np.histogram(x, 2)[1] * np.array([0.0, 3.0, 1.0])))(x)
    assert_array_equal(edges, [1.5, 0, 0, 0, 0, 2.5])
    assert_array_equal(slope(lambda x: np.histogram(x, 2)[1], [2, 2]), [1.5, 1.5])
    limits = grad(lambda x: np.histogram_bin_edges(x, 2, (0.0, x[1]))[1])(x)
    assert_array_equal(limits, [0, 0.5, 0, 0, 0, 0])


def test_a_running_extreme_in_another_precision():
    for dtype, other in ((np.float32, np.float64), (np.float64, np.float32)):
        x = np.array([0.1, 0.3, 0.2], other)
        ans, pull = vjp(lambda x, dtype=dtype: np.maximum.accumulate(x, dtype=dtype), x)
        assert ans.dtype == dtype
        assert_array_equal(pull(np.ones(3, dtype))[0], [1, 2, 0])


# Errors.


@each(
    "call, error, message",
    [
        (lambda t: np.max(t, where=MASK), ValueError, r"np\.max with where=… needs initial="),
        (lambda t: np.prod(t, out=np.ones(3)), TypeError, r"np\.prod can't write into out="),
        (lambda t: np.quantile(t, t[0]), TypeError, r"q of np\.quantile has no derivative here"),
        (
            lambda t: np.quantile(t, 0.5, method="inverted_cdf", weights=t),
            TypeError,
            r"weights of np\.quantile has no derivative here",
        ),
        (lambda t: np.quantile(t * 1j, 0.5), TypeError, "real numbers, not complex128"),
        (lambda t: np.cov(t, fweights=t), TypeError, r"fweights of np\.cov has no derivative"),
        (lambda t: np.cov(t, aweights=-t), ValueError, "aweights cannot be negative"),
        (lambda t: np.cov(t[:, None, None]), ValueError, r"not of shape \(3, 1, 1\)"),
        (lambda t: np.average(t, weights=np.zeros(3)), ZeroDivisionError, "add up to 0"),
        (lambda t: np.average(t, weights=np.ones(2)), TypeError, r"weights of shape \(2,\)"),
        (lambda t: np.average(t, 0, weights=np.ones(2)), ValueError, "fit neither the shape"),
        (lambda t: np.diff(t, -1), ValueError, "not n=-1"),
        (lambda t: np.diff(t[0]), ValueError, "at least one axis"),
        (lambda t: np.ediff1d(t, to_end=1j), TypeError, "can't take to_end of complex128"),
        (lambda t: np.gradient(t, [1, 2]), ValueError, r"3 coordinates, not .* shape \(2,\)"),
        (lambda t: np.gradient(t, 1.0, 2.0), TypeError, "along 1 axes takes as many spacings"),
        (lambda t: np.gradient(t, edge_order=3), ValueError, "edge_order=1 or 2, not 3"),
        (lambda t: np.gradient(t[:1]), ValueError, r"shape \(1,\) along axis 0 needs at least 2"),
        (
            lambda t: np.var(t, ddof=1, correction=1),
            ValueError,
            r"np\.var: ddof=1 and correction=1",
        ),
        (lambda t: np.nanstd(t, ddof=2, correction=0), ValueError, "the same: pass one"),
        (
            lambda t: np.nansum(t, 0, None, None, True),
            TypeError,
            "got 5 .* a, axis=None, dtype",
        ),
        (lambda t: np.nanvar(t, 0, None, None, 1), TypeError, "got 5 .* a, axis=None, dtype"),
        (
            lambda t: np.nanmax(t, 0, None, True),
            TypeError,
            "np.nanmax got 4 .* a, axis=None, keepdims",
        ),
        (lambda t: np.histogram(t, "auto"), TypeError, "bins='auto' has no derivative"),
        (lambda t: np.histogram2d(t, t), TypeError, r"np\.histogram2d has no derivative here"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call(Tensor([1.0, 2.0, 3.0], requires_grad=True))


@pytest.mark.skipif(not hasattr(np, "cumulative_sum"), reason="NumPy 2.1")
def test_cumulative_functions_need_an_axis_for_several():
    t = Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match=r"shape \(2, 3\) needs axis="):
        np.cumulative_sum(t)
    ans = np.cumulative_prod(t, axis=1, include_initial=True)
    assert ans.shape == (2, 4)
    with pytest.raises(TypeError, match=r"cumulative_prod can't write into out="):
        np.cumulative_prod(t, axis=1, out=np.ones((2, 3)))
