"""Kinks, singular points, stability and refusals of elementwise functions and ufuncs' methods."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from autograd import Tensor, grad, logsumexp, no_grad, vjp
from autograd.rules.elementwise import times
from cases import each

inf, nan, pi = np.inf, np.nan, np.pi
Function = Callable[..., Any]


def slopes(f: Function, order: int = 1) -> Function:
    """The derivative of an elementwise f, as a function of an array."""
    for _ in range(order):
        f = grad(lambda x, f=f: f(x).sum())
    return f


def tracked(x: Any, **options: Any) -> Tensor:
    return Tensor(x, requires_grad=True, **options)


@pytest.fixture(autouse=True)
def no_warnings() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


# Kinks and singular points.


def test_interp_by_its_knots_where_two_are_equal() -> None:
    by_xp = grad(lambda xp: np.interp([0.0, 0.5, 1.5], xp, [0.0, 1.0, 3.0, 4.0]).sum())
    assert_array_equal(by_xp(np.array([0.0, 1.0, 1.0, 2.0])), [-1.5, -0.5, -0.5, -0.5])


@each("f", [np.floor, np.ceil, np.trunc, np.rint, np.round, np.around, np.fix, np.sign, np.spacing])
def test_what_jumps_has_slope_zero_and_stays_a_tensor(f: Function) -> None:
    x = np.array([-1.5, -0.0, 0.0, 1.0, 2.5, nan])
    ans = f(tracked(x))
    assert type(ans) is Tensor and ans.requires_grad
    assert_array_equal(ans.data, f(x))
    for order in (1, 2):
        assert_array_equal(slopes(f, order)(x), np.zeros(6))
    assert_array_equal(slopes(lambda x: f(x) * x)(x[1:5]), f(x[1:5]))


def test_round_to_decimals_by_function_and_method() -> None:
    t = tracked([1.26, -3.14])
    for rounded in (np.round(t, 1), np.around(t, decimals=1), t.round(1)):
        assert_array_equal(rounded.data, [1.3, -3.1])
        assert_array_equal(vjp(lambda x: np.round(x, 1), t.data)[1](np.ones(2))[0], [0, 0])


def test_fmax_and_fmin_pass_over_nan() -> None:
    x, y = np.array([1.0, 1.0, nan, nan, 2.0]), np.array([nan, 1.0, 1.0, nan, 0.0])
    for f, last in ((np.fmax, 1), (np.fmin, 0)):
        gx, gy = grad(lambda x, y, f=f: f(x, y).sum(), (0, 1))(x, y)
        assert_array_equal(gx, [1, 0.5, 0, 0.5, last])
        assert_array_equal(gx + gy, np.ones(5))


@pytest.mark.parametrize("order", range(7))
def test_every_derivative_of_sinc_at_and_near_0(order: int) -> None:
    # The integral of sᵏ cos(πxs + kπ/2) over [0, 1], times πᵏ.
    s, weights = np.polynomial.legendre.leggauss(60)
    s, weights = (s + 1) / 2, weights / 2
    for x in (0.0, 1e-9, 1e-3, 0.3, 1.0, -2.0, 7.5):
        expected = pi**order * np.sum(weights * s**order * np.cos(pi * x * s + order * pi / 2))
        found = slopes(np.sinc, order)(np.array([x]))[0] if order else np.sinc(x)
        assert_allclose(found, expected, rtol=1e-12, atol=1e-13 * pi**order)
    if order == 2:
        assert slopes(np.sinc, 2)(np.zeros(1))[0] == pytest.approx(-(pi**2) / 3, rel=1e-15)


def test_derivatives_of_i0_are_bessel_functions() -> None:
    x = np.array([0.0, 1e-8, 1.0, -30.0, 700.0])
    first, second = slopes(np.i0)(x), slopes(np.i0, 2)(x)
    assert_allclose(
        first[2:], [0.565159103992485, -768532038938.957, 1.52850039023e302], rtol=1e-11
    )
    assert_allclose(first[:2], [0, 5e-9], rtol=1e-15)
    assert_allclose(second[1:], np.i0(x[1:]) - first[1:] / x[1:], rtol=1e-8)
    assert second[0] == pytest.approx(0.5, rel=1e-15)


def test_times_is_zero_where_either_is() -> None:
    x = np.array([0.0, inf, -inf, 0.0, nan, 2.0])
    assert_array_equal(times(x, np.flip(x)), [0, nan, 0, 0, nan, 0])
    assert_array_equal(times(np.array(0.0), np.array(inf)), 0.0)
    assert_array_equal(times(np.array([0j]), np.array([complex(inf, inf)])), [0])


# Stability.


def test_large_and_small_numbers() -> None:
    x, y = np.array([1e200, 3e-200, 1e-300]), np.array([1e200, 4e-200, 1e-300])
    gx, gy = grad(lambda x, y: np.hypot(x, y).sum(), (0, 1))(x, y)
    assert_allclose(gx, [0.5**0.5, 0.6, 0.5**0.5], rtol=1e-15)
    gx, gy = grad(lambda y, x: np.arctan2(y, x).sum(), (0, 1))(x, y)
    assert_allclose(gx, [5e-201, 1.6e199, 5e299], rtol=1e-15)
    assert_allclose(gy, [-5e-201, -1.2e199, -5e299], rtol=1e-15)
    assert_allclose(slopes(np.arcsinh)(np.array([1e200, -1e-200])), [1e-200, 1.0], rtol=1e-15)
    assert_array_equal(slopes(np.arctan)(np.array([1e200, -inf, 0.0])), [0, 0, 1])
    assert_allclose(slopes(np.reciprocal)(np.array([1e-170, 1e100])), [-inf, -1e-200], rtol=1e-15)
    near_1 = 1 - 2.0**-50
    assert_allclose(slopes(np.arcsin)(np.array([near_1])), 2.0**24.5, rtol=1e-14)
    assert_allclose(slopes(np.arctanh)(np.array([near_1])), 2.0**49, rtol=1e-14)


CUTS: list[tuple[Function, complex]] = [
    (np.arcsin, 2), (np.arcsin, -2), (np.arccos, 2), (np.arccos, -2), (np.arctanh, 2),
    (np.arctanh, -2), (np.arccosh, -2), (np.arccosh, 0.5), (np.arcsinh, 2j), (np.arcsinh, -2j),
    (np.arctan, 2j), (np.arctan, -2j), (np.log, -2), (np.log1p, -2), (np.sqrt, -2),
    (lambda z: z**0.3, -2), (np.emath.arcsin, 2),
]  # fmt: skip


@each("f, z", CUTS)
@pytest.mark.parametrize("zero", [0.0, -0.0])
@pytest.mark.parametrize("order", [1, 2])
def test_on_a_branch_cut_the_sign_of_zero_says_on_which_side(
    f: Function, z: complex, zero: float, order: int
) -> None:
    def along(part: float) -> np.ndarray:
        return np.array(complex(part, zero) if z.imag == 0 else complex(zero, part))

    def slope(z: np.ndarray) -> Any:
        return vjp(f, z)[1](np.array(1 + 0j))[0]

    start, h = z.real + z.imag, 1e-6
    below = f if order == 1 else slope
    numeric = (below(along(start + h)) - below(along(start - h))) / (2 * h)
    found = (slope if order == 1 else lambda z: vjp(slope, z)[1](np.array(1 + 0j))[0])(along(start))
    assert_allclose(found, numeric if z.imag == 0 else numeric / 1j, rtol=1e-8)


@each(
    "f, coefficient",
    [
        (np.arcsin, 1), (np.arccos, -1), (np.arctan, -2), (np.arctanh, 2), (np.arcsinh, -1),
        (np.arccosh, -1j), (np.tanh, -2), (np.sin, -1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("x", [np.array(1e-17), np.array(1e-17 + 0j), np.array(1e-17 - 2e-17j)])
def test_second_derivatives_near_0_keep_their_digits(
    f: Function, coefficient: complex, x: np.ndarray
) -> None:
    """There they are a coefficient times x."""
    if f is np.arccosh and (x.dtype.kind != "c" or x.imag < 0):
        return  # which has a branch cut there
    seed = np.ones_like(x)
    curvature = vjp(lambda x: vjp(f, x)[1](seed)[0], x)[1](seed)[0]
    assert_allclose(curvature, coefficient * x, rtol=1e-15)


@each("f, slope", [(np.arcsin, 1j), (np.arccos, -1j), (np.arcsinh, 1), (np.arccosh, 1)])
@pytest.mark.parametrize("z", [1e155 + 1e155j, 1e300 - 1e300j])
def test_inverse_functions_of_large_complex_numbers(
    f: Function, slope: complex, z: complex
) -> None:
    """Their slope is ±1/z or ±i/z there."""
    found = vjp(f, np.array(z))[1](np.array(1 + 0j))[0]
    assert_allclose(found, slope * np.sign(z.imag if slope.imag else 1) / z, rtol=1e-15)


@pytest.mark.parametrize("f, base", [(np.logaddexp, np.e), (np.logaddexp2, 2.0)])
def test_logaddexp_is_right_to_the_last_digits(f: Function, base: float) -> None:
    x = np.array([0.0, 1e4, -1e4, 1e4 + 3, 30.0, -inf, 1.0, inf, -inf])
    y = np.array([0.0, 0.0, 0.0, 1e4, 1e4 + 30, 1.0, -inf, 0.0, -inf])
    gx, gy = vjp(f, x, y)[1](np.ones(9))
    share = 1 / (1 + base**-3)
    assert_allclose(gx, [0.5, 1, 0, share, 0, 0, 1, 1, 0], rtol=1e-15)
    assert_allclose(gy, [0.5, 0, 1, base**-3 * share, 1, 1, 0, 0, 0], rtol=1e-14)
    curvature = vjp(lambda x: vjp(f, x, y)[1](np.ones(9))[0], x)[1](np.ones(9))[0]
    scale = np.log(base)
    assert_allclose(curvature[[0, 3]], [scale / 4, scale * share * gy[3]], rtol=1e-14)
    assert_allclose(curvature[[1, 2, 5, 6, 7, 8]], 0, atol=1e-300)


def test_logaddexp_agrees_with_logsumexp_where_all_are_minus_infinity() -> None:
    bottom = np.full(2, -inf)
    assert_array_equal(grad(logsumexp)(bottom), [0, 0])
    assert_array_equal(grad(lambda x: np.logaddexp(x[0], x[1]))(bottom), [0, 0])


# dtypes, mixed arguments, keywords.


@each(
    "f",
    [
        lambda t: np.power(t, 3), lambda t: np.power(2, t), lambda t: np.power(2.0, t),
        lambda t: np.ldexp(t, 3), lambda t: t**-1,
        lambda t: np.hypot(t, 2), lambda t: np.arctan2(1, t), lambda t: np.logaddexp(t, 0),
        lambda t: np.mod(t, 1), lambda t: np.copysign(t, -1), lambda t: np.fmax(t, 0),
        lambda t: np.heaviside(t, 0.5), lambda t: np.clip(t, 0, 1), lambda t: np.divmod(t, 2)[1],
        lambda t: np.select([t > 1], [t], 0), lambda t: np.where(t > 1, t, 0), np.sinc, np.i0,
        lambda t: np.floor_divide(t, 2), lambda t: np.nan_to_num(t, nan=1.0),
        lambda t: np.frexp(t)[0], lambda t: np.angle(t, True), lambda t: np.degrees(t),
    ],
)  # fmt: skip
@pytest.mark.parametrize("shape", [(), (2,)], ids=str)
def test_numbers_and_integers_beside_float32(f: Function, shape: tuple[int, ...]) -> None:
    x = np.full(shape, 1.25, np.float32)
    t = tracked(x)
    ans = f(t)
    expected = f(x)
    assert (ans.dtype, ans.shape) == (expected.dtype, expected.shape)
    assert ans.dtype == np.float32
    ans.sum().backward()
    assert type(t.grad) is np.ndarray
    assert (t.grad.dtype, t.grad.shape) == (x.dtype, x.shape)
    exact = vjp(f, x.astype(float))[1](np.ones(ans.shape))[0]
    assert_allclose(t.grad, exact, rtol=1e-5, atol=1e-6)


def test_float_power_gives_doubles_and_single_gradients() -> None:
    t = tracked([2.0, 3.0], dtype=np.float32)
    cubes = np.float_power(t, 3)
    assert cubes.dtype == np.float64
    cubes.sum().backward()
    assert t.grad is not None and t.grad.dtype == np.float32
    assert_array_equal(t.grad, [12, 27])


def test_an_integer_power_of_integers_carries_no_gradient() -> None:
    assert_array_equal(np.left_shift(np.array([1, 2]), Tensor([3, 4])), [8, 32])
    assert np.power(Tensor([2, 3]), 2).requires_grad is False


def test_complex_powers_and_signs() -> None:
    z = np.array([0.3 - 0.4j, -1 + 2j])
    assert_allclose(vjp(lambda z: z**3, z)[1](np.ones(2, complex))[0], 3 * z**2, rtol=1e-14)
    pull = vjp(np.sign, z)[1]
    along, across = np.conj(z / abs(z)), 1j * np.conj(z / abs(z))
    assert_allclose(pull(along)[0], 0, atol=1e-15)
    assert_allclose(pull(across)[0], across / abs(z), rtol=1e-14)


def test_real_if_close_drops_what_rounding_left() -> None:
    z = tracked([1 + 1e-17j, 2 - 1e-17j])
    assert np.real_if_close(z).dtype == np.float64
    assert np.real_if_close(z, tol=1e-20).dtype == np.complex128
    np.real_if_close(z).sum().backward()
    assert_array_equal(z.grad, [1, 1])
    far = np.real_if_close(tracked([1 + 1j]))
    assert far.dtype == np.complex128


def test_nan_to_num_keywords_and_complex_parts() -> None:
    z = np.array([complex(nan, 1), complex(2, inf), complex(-inf, nan)])
    ans, pull = vjp(lambda z: np.nan_to_num(z, nan=7.0, posinf=8.0, neginf=9.0), z)
    assert_array_equal(ans, [7 + 1j, 2 + 8j, 9 + 7j])
    assert_array_equal(pull(np.array([3 + 4j] * 3))[0], [4j, 3, 0])
    with pytest.raises(TypeError, match=r"copy=False\) can't change a Tensor in place"):
        np.nan_to_num(tracked([1.0]), copy=False)


def test_piecewise_in_all_its_forms() -> None:
    x = np.array([-2.0, -0.5, 0.5, 2.0])
    t = tracked(x)
    ways = [
        lambda x: np.piecewise(x, [x < 0, x > 1], [np.square, lambda x: 3 * x, 5.0]),
        lambda x: np.piecewise(x, x > 0, [np.exp]),
        lambda x: np.piecewise(x, [x > 0], [lambda x, a, b: a * x + b, 0.0], 2.0, b=1.0),
        lambda x: np.piecewise(x[3], x[3] > 0, [np.exp, np.sin]),
        lambda x: np.piecewise(x, [x > 9], [np.exp, x[0]]),
    ]
    for way in ways:
        assert_array_equal(way(t).data, way(x))
    assert_allclose(slopes(ways[0])(x), [-4, -1, 0, 3])
    with pytest.raises(ValueError, match="takes 1 or 2 functions for 1 conditions"):
        np.piecewise(t, [x > 0], [1.0, 2.0, 3.0])


def test_select_takes_the_first_condition_that_holds() -> None:
    x = np.array([1.0, 2.0, 3.0])
    gradient = slopes(lambda x: np.select([x > 2, x > 1], [x, 10 * x], default=x * x))(x)
    assert_array_equal(gradient, [2, 10, 1])
    with pytest.raises(TypeError, match=r"np\.select needs boolean conditions, not int64"):
        np.select([np.array([1, 0, 1])], [tracked(x)])
    with pytest.raises(ValueError, match=r"one choice for each condition.*got 1 conditions and 2"):
        np.select([x > 1], [tracked(x), tracked(x)])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.complex64])
def test_select_has_the_dtype_of_its_arrays(dtype: Any) -> None:
    x = np.array([1.0, 2.0, 3.0], dtype)
    first, second = np.array([True, False, False]), np.array([True, True, False])
    for choices, default in (([x, 2.0], 0), ([2.0, x], 1.5), ([2, x], 3.5), ([x, [1.0, 2, 3]], 0)):
        wrapped = [tracked(c) if c is x else c for c in choices]
        found = np.select([first, second], wrapped, default)
        expected = np.select([first, second], choices, default)
        assert_array_equal(found.data, expected, strict=True)


@each(
    "keywords, message",
    [({"period": 0}, "a period that is not 0"), ({}, r"shapes \(2,\) and \(3,\)")],
)
def test_interp_says_what_is_wrong(keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        np.interp(tracked([1.0]), np.arange(2.0), np.arange(2.0 if keywords else 3.0), **keywords)


def test_interp_goes_round_as_numpy_does() -> None:
    x, xp, fp = [-180, -170.0, 185, -5, 365], [190.0, -190, 350, -350], [5.0, 10, 3, 4]
    found = np.interp(tracked(x), xp, fp, period=360)
    assert_allclose(found.data, np.interp(x, xp, fp, period=360), rtol=1e-14)
    clipped = np.interp(tracked([-1.0, 5.0]), [0.0, 1.0], [2.0, 3.0], left=-7, right=tracked(8.0))
    assert_array_equal(clipped.data, [-7, 8])


@each(
    "x, xp, fp, by_x, by_fp",
    [
        ([inf, -inf, 0.5], [0, 1, 2], [1, 2, 4], [0, 0, 1], [1.5, 0.5, 1]),
        ([0.5, 1.0, 1.5, 0.0], [0, 1, 2], [1, 2, inf], [1, inf, inf, 1], None),
        ([1.0, 1.5], [0, 1, 2], [1, inf, 2], [-inf, -inf], None),
        ([-5, 1.5, inf], [-inf, 1, 2], [1, 2, 4], [0, 2, 0], [0, 1.5, 1.5]),
        ([0.5, 1.5], [0, 1, inf], [1, 2, 4], [1, 0], [0.5, 1.5, 0]),
    ],
)
def test_interp_at_infinite_places_and_values(
    x: Any, xp: Any, fp: Any, by_x: Any, by_fp: Any
) -> None:
    x, xp, fp = (np.array(numbers, float) for numbers in (x, xp, fp))
    assert_array_equal(np.interp(tracked(x), xp, fp).data, np.interp(x, xp, fp))
    found = grad(lambda x, fp: np.interp(x, xp, fp).sum(), (0, 1))(x, fp)
    assert_array_equal(found[0], by_x)
    assert by_fp is None or np.array_equal(found[1], by_fp)


def test_interp_at_a_masked_nan_sends_nothing_back() -> None:
    x = np.array([nan, 0.5])

    def masked(x: Any, xp: Any, fp: Any) -> Any:
        return np.where(np.isnan(x), 0.0, np.interp(x, xp, fp)).sum()

    gradients = grad(masked, (0, 1, 2))(x, np.arange(3.0), np.array([1.0, 2, 4]))
    for found, expected in zip(gradients, ([0, 1], [-0.5, -0.5, 0], [0.5, 0.5, 0]), strict=True):
        assert_array_equal(found, expected)


def test_unwrap_passes_the_gradient() -> None:
    x = np.array([0.0, 3.0, -3.0, 3.1])
    ans, pull = vjp(np.unwrap, x)
    assert_array_equal(ans, np.unwrap(x))
    assert_array_equal(pull(np.arange(4.0))[0], np.arange(4.0))


def test_divmod_modf_and_frexp_give_tuples() -> None:
    x = np.array([-5.25, 7.5])
    for f in (lambda x: np.divmod(x, 2.0), np.modf, np.frexp):
        outputs = f(tracked(x))
        assert type(outputs) is tuple
        for found, expected in zip(outputs, f(x), strict=True):
            assert_array_equal(found.data, expected)
    t = tracked(x)
    np.modf(t)[1].sum().backward()
    assert_array_equal(t.grad, [0, 0])
    with pytest.raises(TypeError, match=r"np\.modf can't write into out=…"):
        np.modf(t, out=(x, x))


@each(
    "function, expected",
    [
        (np.emath.sqrt, [2j, 3]), (np.emath.log, [np.log(4) + pi * 1j, np.log(9)]),
        (lambda x: np.emath.power(x, 2.0), [16, 81]), (lambda x: np.emath.logn(3, x[1]), 2.0),
        (lambda x: np.emath.arcsin(x / -8), [pi / 6, np.emath.arcsin(-9 / 8)]),
    ],
)  # fmt: skip
def test_emath_leaves_the_real_line_where_it_must(function: Function, expected: Any) -> None:
    x = np.array([-4.0, 9.0])
    ans = function(tracked(x))
    assert ans.dtype == function(x).dtype
    assert_allclose(ans.data, expected, atol=1e-14)
    gradient = vjp(np.emath.sqrt, x)[1](np.array([1j, 1]))[0]
    assert_allclose(gradient, [1 / 4, 1 / 6])  # the real part of i / (2 · 2i)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
@each(
    "f",
    [
        np.emath.sqrt, np.emath.log, np.emath.log2, np.emath.arcsin, np.emath.arctanh,
        lambda x: np.emath.power(x, 2), lambda x: np.emath.power(2, x),
        lambda x: np.emath.power(x, 0.5), lambda x: np.emath.power(x, -1),
        lambda x: np.emath.power(np.full(2, -2), x), lambda x: np.emath.logn(3, x),
    ],
)  # fmt: skip
def test_emath_has_the_dtypes_of_numpy(f: Function, dtype: Any) -> None:
    for x in (np.array([-4.0, 9.0], dtype), np.array([0.5, 0.25], dtype)):
        assert_array_equal(f(tracked(x)).data, f(x), strict=True)


# Methods of ufuncs.


def test_reduce_and_accumulate_go_along_the_first_axis() -> None:
    x = np.arange(1.0, 7).reshape(2, 3)
    for ufunc in (np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp):
        for axis in (0, 1, -1):
            assert_allclose(ufunc.reduce(tracked(x), axis=axis).data, ufunc.reduce(x, axis=axis))
        assert_allclose(ufunc.reduce(tracked(x)).data, ufunc.reduce(x))
    for ufunc in (np.add, np.multiply, np.maximum, np.minimum):
        keywords: dict[str, Any] = {"initial": 3.5, "where": x > 1.5, "out": None}
        expected = ufunc.reduce(x, **keywords)
        assert_allclose(ufunc.reduce(tracked(x), **keywords).data, expected)
    assert np.add.reduce(tracked(x), 1, np.float32).dtype == np.float32
    for ufunc in (np.add, np.multiply, np.maximum, np.minimum, np.logaddexp):
        assert_allclose(ufunc.accumulate(tracked(x)).data, ufunc.accumulate(x))
        assert_allclose(ufunc.accumulate(tracked(x), axis=1).data, ufunc.accumulate(x, axis=1))


@each(
    "f",
    [
        lambda x: np.add.reduce(x, dtype=np.float64),
        lambda x: np.multiply.accumulate(x, 0, np.float64),
        lambda x: np.logaddexp.accumulate(x, dtype=np.float64),
        lambda x: np.add.reduceat(x, [0, 1], dtype=np.float64),
        lambda x: np.multiply.reduceat(x, [0, 1], 0, np.float64),
        lambda x: np.maximum.reduceat(x, [0, 1], dtype=np.float64),
    ],
)
def test_methods_compute_in_the_dtype_that_is_asked_for(f: Function) -> None:
    x = np.array([1.0, 1 / 3, 2.0], np.float32)
    t = tracked(x)
    assert_array_equal(f(t).data, f(x), strict=True)
    f(t).sum().backward()
    assert t.grad.dtype == np.float32


def test_logaddexp_reduce_is_logsumexp() -> None:
    x = np.array([1e4, 1e4, -inf])
    value, pull = vjp(np.logaddexp.reduce, x)
    assert value == 1e4 + np.log(2)
    assert_array_equal(pull(np.array(1.0))[0], [0.5, 0.5, 0])


def test_reduceat_takes_one_element_where_a_segment_is_backwards() -> None:
    x = np.arange(1.0, 9).reshape(2, 4)
    for ufunc in (np.add, np.multiply, np.maximum, np.logaddexp):
        found = ufunc.reduceat(tracked(x), [0, 3, 1], axis=1)
        assert_allclose(found.data, ufunc.reduceat(x, [0, 3, 1], axis=1))
    gradient = vjp(lambda x: np.add.reduceat(x, np.array([0, 3, 1]), -1), x)[1](np.ones((2, 3)))[0]
    assert_array_equal(gradient, [[1, 2, 2, 2]] * 2)


def test_at_gives_a_tensor_a_new_value_and_adds_up_repeated_indices() -> None:
    x, v = tracked([1.0, 2.0, 3.0]), tracked([10.0, 20.0, 30.0])
    y = x * 2.0
    before = y
    square = y * y
    np.add.at(y, [0, 0, 2], v)
    assert y is before
    np.subtract.at(y, np.array([1]), 1.0)
    assert_array_equal(y.data, [32, 3, 36])
    assert_array_equal(square.data, [4, 16, 36])
    (y * np.array([1.0, 2.0, 3.0])).sum().backward()
    assert_array_equal(x.grad, [2, 4, 6])
    assert_array_equal(v.grad, [1, 1, 3])
    with no_grad():
        np.add.at(x, [0, 0], 1.0)
    assert_array_equal(x.data, [3, 2, 3])
    single = tracked([1.0], dtype=np.float32) * 1
    np.add.at(single, [0, 0], 0.5)
    assert single.dtype == np.float32


def test_at_on_a_leaf_or_an_array_says_what_to_do() -> None:
    t = tracked([1.0, 2.0])
    with pytest.raises(RuntimeError, match=r"leaf.*write `with no_grad\(\):`"):
        np.add.at(t, [0], 1.0)
    with pytest.raises(TypeError, match=r"np\.add\.at can't put a Tensor into an array: make the"):
        np.add.at(np.ones(2), [0], t[:1])


@each(
    "call, message",
    [
        (lambda t: np.subtract.reduce(t), r"np\.subtract\.reduce .*write x\[0\] - np\.sum"),
        (lambda t: np.power.reduce(t), r"np\.power\.reduce .*apply it in a loop, or use np\.sum"),
        (lambda t: np.hypot.reduce(t), r"np\.hypot\.reduce .*use np\.linalg\.norm"),
        (lambda t: np.divide.accumulate(t), r"np\.divide\.accumulate .*use np\.cumsum"),
        (lambda t: np.subtract.reduceat(t, [0]), r"np\.subtract\.reduceat .*reduce the slices"),
        (lambda t: np.multiply.at(t, [0], 2.0), r"np\.multiply\.at .*write x\[indices\] \*= y"),
        (lambda t: np.exp.at(t, [0]), r"np\.exp\.at .*write x\[indices\] = v"),
        (lambda t: np.ldexp.outer(t, [1]), r"np\.ldexp\.outer .*x\[:, None\] and y"),
        (lambda t: np.logaddexp.reduce(t, initial=0.0), r"logsumexp got initial=…"),
        (lambda t: np.sin(t, dtype=np.float32), r"np\.sin got dtype=…"),
    ],
)  # fmt: skip
def test_a_method_without_a_derivative_names_what_to_use(call: Function, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call(tracked([1.0, 2.0]))


def test_comparisons_and_logic_by_outer_and_reduce_are_plain() -> None:
    t = tracked([1.0, 0.0])
    assert_array_equal(np.greater.outer(t, t), [[False, True], [False, False]])
    assert np.logical_and.reduce(t) == np.False_
    assert_array_equal(np.signbit(t), [False, False])
    assert_array_equal(np.isposinf(t), [False, False])


def test_where_of_a_condition_alone_is_where_it_holds() -> None:
    x = Tensor([[0.0, 2.0], [3.0, 0.0]], requires_grad=True)
    for found, expected in zip(np.where(x), np.where(x.data), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_an_ndarray_clips_at_tensors() -> None:
    high = Tensor([1.0, 3.0], requires_grad=True)
    clipped = np.array([2.0, 2.0]).clip(0.0, high)
    clipped.backward([1.0, 1.0])
    np.testing.assert_array_equal(clipped.data, [1, 2])
    np.testing.assert_array_equal(high.grad, [1, 0])


def test_lists_and_numbers_beside_a_tensor() -> None:
    t = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    pairs = [
        (lambda t: np.linspace([0.0, 0, 0], t, 3), (3, 3)),
        (lambda t: np.geomspace(t, 100.0, 3), (3, 3)),
        (lambda t: np.geomspace([1.0, 1, 1], t, 3), (3, 3)),
        (lambda t: np.ediff1d(t, to_end=[1.0, 2.0]), (4,)),
        (lambda t: np.select([[True, False, True]], [t]), (3,)),
        (lambda t: np.polysub(t, np.array([3, 4], np.uint8)), (3,)),
    ]
    for f, shape in pairs:
        found = f(t)
        assert found.shape == shape
        np.testing.assert_allclose(found.data, f(t.data), rtol=1e-14)
