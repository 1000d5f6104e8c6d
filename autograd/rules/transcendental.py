"""Exponentials, logarithms, trigonometry and hyperbolic functions."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from autograd.primitive import Array, composed, derivative, elementwise, linear, primitive
from autograd.rules.elementwise import or_inf, over, times
from autograd.rules.shaping import as_arrays, cast

LN2, LN10 = math.log(2), math.log(10)

# Exponentials and logarithms.

derivative(np.exp, "x", elementwise, x=lambda g, ans: times(g, ans))
derivative(np.exp2, "x", elementwise, x=lambda g, ans: times(g, ans) * LN2)
derivative(np.expm1, "x", elementwise, x=lambda g, x: times(g, np.exp(x)))  # ans + 1 loses digits
derivative(np.log, "x", elementwise, x=lambda g, x: over(g, x))
derivative(np.log2, "x", elementwise, x=lambda g, x: over(g, x) / LN2)
derivative(np.log10, "x", elementwise, x=lambda g, x: over(g, x) / LN10)
derivative(np.log1p, "x", elementwise, x=lambda g, x: over(g, 1 + x))


@primitive
def softmax_of_two(x: Array, y: Array, rate: float = 1.0) -> Array:
    """exp(rate x) / (exp(rate x) + exp(rate y)), to the last digits; 0 if both are infinite alike.

    >>> softmax_of_two(np.array([0.0, 1e4, -np.inf]), np.array([0.0, 1.0, -np.inf]))
    array([0.5, 1. , 0. ])
    """
    with np.errstate(invalid="ignore"):
        small = np.exp(-np.abs(x - y) * rate)
    found = np.where(np.less(x, y), small, 1) / (1 + small)
    return np.where(np.isinf(x) & np.equal(x, y), 0, found)


derivative(
    softmax_of_two,
    None,
    elementwise,
    # Not ans * (1 - ans), which loses digits.
    x=lambda g, ans, x, y, rate: g * rate * (ans * softmax_of_two(y, x, rate)),
    y=lambda g, ans, x, y, rate: -g * rate * (ans * softmax_of_two(y, x, rate)),
)
derivative(
    np.logaddexp,
    "x y",
    elementwise,
    x=lambda g, x, y: g * softmax_of_two(x, y),
    y=lambda g, x, y: g * softmax_of_two(y, x),
)
derivative(
    np.logaddexp2,
    "x y",
    elementwise,
    x=lambda g, x, y: g * softmax_of_two(x, y, LN2),
    y=lambda g, x, y: g * softmax_of_two(y, x, LN2),
)

# Trigonometry.


derivative(np.sin, "x", elementwise, x=lambda g, x: g * np.cos(x))
derivative(np.cos, "x", elementwise, x=lambda g, x: -g * np.sin(x))
derivative(np.tan, "x", elementwise, x=lambda g, ans: g * (1 + ans * ans))
derivative(np.arcsin, "x", elementwise, x=lambda g, x: over(g, _cos_arcsin(x)))
derivative(np.arccos, "x", elementwise, x=lambda g, x: -over(g, _cos_arcsin(x)))


def _cos_arcsin(x: Array) -> Array:
    return complex_cos_arcsin(x) if x.dtype.kind == "c" else np.sqrt(one_minus_square(x))


@primitive
def one_minus_square(x: Array) -> Array:
    """1 − x², to the last digits near 1."""
    return times(1 - x, 1 + x)


# Roots for complex numbers, on the side of their branch cuts that the function is on: the sign of a
# zero says which, and −(−z − 1) keeps it, where z + 1 does not. They are primitives for the sake of
# their slopes, which have lost their digits near 0 where they are sums of those of two factors.


@primitive
def complex_cos_arcsin(z: Array) -> Array:
    """√(1 − z²)"""
    return np.sqrt(-(z - 1)) * np.sqrt(-(-z - 1))


@primitive
def complex_sinh_arccosh(z: Array) -> Array:
    """√(z² − 1)"""
    return np.sqrt(z - 1) * np.sqrt(-(-z - 1))


@primitive
def complex_cosh_arcsinh(z: Array) -> Array:
    """√(1 + z²)"""
    turned = np.empty_like(z)  # iz, in which 1j * z may have another sign of a zero
    turned.real, turned.imag = -z.imag, z.real
    return complex_cos_arcsin(turned)


derivative(one_minus_square, None, elementwise, x=lambda g, x: g * (-2 * x))
derivative(complex_cos_arcsin, None, elementwise, z=lambda g, ans, z: -over(times(g, z), ans))
derivative(complex_sinh_arccosh, None, elementwise, z=lambda g, ans, z: over(times(g, z), ans))
derivative(complex_cosh_arcsinh, None, elementwise, z=lambda g, ans, z: over(times(g, z), ans))
derivative(np.arctan, "x", elementwise, x=lambda g, x: g / (1 + times(x, x)))
for _to_degrees in (np.degrees, np.rad2deg):
    derivative(_to_degrees, "x", linear, x=lambda g: g * (180 / math.pi))
for _to_radians in (np.radians, np.deg2rad):
    derivative(_to_radians, "x", linear, x=lambda g: g * (math.pi / 180))


derivative(
    np.hypot,
    "x y",
    elementwise,
    x=lambda g, ans, x: g * (x / or_inf(ans)),
    y=lambda g, ans, y: g * (y / or_inf(ans)),
)


def _per_turn(g: Array, x: Array, y: Array) -> Array:
    """g · x / (x² + y²), without overflow; 0 where both are 0."""
    radius = or_inf(np.hypot(x, y))
    return g * (x / radius) / radius


derivative(
    np.arctan2,
    "y x",
    elementwise,
    y=_per_turn,
    x=lambda g, x, y: -_per_turn(g, y, x),
)


@primitive
def sinc_derivative(x: Array, n: int) -> Array:
    """The n-th derivative of np.sinc at x, as right near 0 as elsewhere.

    Near 0 it is the n-th derivative of the series of sin(t)/t at t = πx; elsewhere n derivatives of
    t · sin(t)/t = sin(t) give t · s⁽ⁿ⁾ + n · s⁽ⁿ⁻¹⁾ = sin⁽ⁿ⁾(t).

    >>> float(sinc_derivative(np.array(0.0), 2))  # -π²/3
    -3.2898681336964524
    """
    t = x * math.pi
    near = np.less(np.abs(t), n + 1)
    t, series = np.where(near, 1, t), np.where(near, t, 0)
    far = np.sin(t) / t
    for m in range(1, n + 1):
        wave = np.sin(t) if m % 2 == 0 else np.cos(t)
        far = ((-1) ** (m // 2) * wave - m * far) / t
    square = series * series
    close: Array = 0.0
    for k in reversed(range((n + 1) // 2, 2 * n + 14)):  # Horner's scheme
        close = close * square + (-1) ** k / (2 * k + 1) / math.factorial(2 * k - n)
    close = close * series if n % 2 else close
    return np.where(near, close, far) * math.pi**n


derivative(np.sinc, "x", elementwise, x=lambda g, x: g * sinc_derivative(x, 1))
derivative(sinc_derivative, None, elementwise, x=lambda g, x, n: g * sinc_derivative(x, n + 1))

# Hyperbolic functions.


derivative(np.sinh, "x", elementwise, x=lambda g, x: times(g, np.cosh(x)))
derivative(np.cosh, "x", elementwise, x=lambda g, x: times(g, np.sinh(x)))
# 1 - ans² is right to 1e-16, not to the last digits of a slope that is itself so small. What is,
# 4u/(1 + u)² with u = exp(-2|x|), makes tanh and its rule 1.6 to 1.9 times as slow at size 1,000.
derivative(np.tanh, "x", elementwise, x=lambda g, ans: g * (1 - ans * ans))


def _cosh_arcsinh(x: Array) -> Array:
    return complex_cosh_arcsinh(x) if x.dtype.kind == "c" else np.hypot(x, 1)


def _arccosh_to(g: Array, x: Array) -> Array:
    if x.dtype.kind == "c":
        return over(g, complex_sinh_arccosh(x))
    return over(over(g, np.sqrt(x - 1)), np.sqrt(x + 1))  # x² overflows


derivative(np.arcsinh, "x", elementwise, x=lambda g, x: g / _cosh_arcsinh(x))
derivative(np.arccosh, "x", elementwise, x=_arccosh_to)
derivative(np.arctanh, "x", elementwise, x=lambda g, x: over(g, one_minus_square(x)))


@primitive
def i0_derivative(x: Array, n: int) -> Array:
    """The n-th derivative of np.i0, the mean of cosⁿθ · exp(x cos θ) over all angles θ.

    The mean over evenly spaced angles converges faster than any power of their distance.

    >>> i0_derivative(np.array([0.0, 1.0]), 1)  # I₁
    array([0.       , 0.5651591])
    """
    largest = float(np.max(np.abs(x), initial=0, where=np.isfinite(x)))
    angles = 12 + 2 * n + int(4 * math.sqrt(min(largest, 800)))  # in a quarter turn
    even, total = n % 2 == 0, np.zeros_like(x)
    for k in range(angles):
        cosine = math.cos((k + 0.5) * math.pi / (2 * angles))
        total = total + (np.cosh if even else np.sinh)(x * cosine) * cosine**n
    return total / angles


derivative(np.i0, "x", elementwise, x=lambda g, x: g * i0_derivative(x, 1))
derivative(i0_derivative, None, elementwise, x=lambda g, x, n: g * i0_derivative(x, n + 1))

# np.emath: a real argument outside of the real domain makes it complex.


def _emath(function: np.ufunc, top: float, x: Array) -> Array:
    """`function`, whose real domain is from 0 up, or from -1 to 1 if that is its `top`."""
    beyond = np.less(x, 0) if top == math.inf else np.greater(np.abs(x), top)
    return function(_complex(x) if np.any(beyond & np.isreal(x)) else x)


def _complex(x: Array) -> Array:
    return cast(x, np.complex64 if x.dtype.char in "bBhHfF" else np.complex128)


for _function, _top in (
    (np.sqrt, math.inf), (np.log, math.inf), (np.log2, math.inf), (np.log10, math.inf),
    (np.arcsin, 1), (np.arccos, 1), (np.arctanh, 1),
):  # fmt: skip
    composed(getattr(np.emath, _function.__name__))(partial(_emath, _function, _top))


@composed(np.emath.logn)
def _emath_logn(n: Array, x: Array) -> Array:
    return np.emath.log(x) / np.emath.log(n)


@composed(np.emath.power)
def _emath_power(x: Array, p: Array) -> Array:
    x, p = as_arrays(x, p)  # numbers count as arrays here: float32 to the power 2 is float64
    if p.dtype.kind in "iu" and np.any(np.less(p, 0)):
        p = cast(p, np.float64)
    return np.power(_complex(x) if np.any(np.less(x, 0) & np.isreal(x)) else x, p)
