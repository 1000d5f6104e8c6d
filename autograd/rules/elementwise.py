"""Arithmetic, powers, complex parts, choice: one output element for each element.

Where a function has a kink, one convention holds throughout: abs has slope 0 at 0, equal arguments
of maximum and minimum share the gradient equally, and clip passes the gradient at its edges.
"""

from __future__ import annotations

import numpy as np

from autograd.primitive import Array, constant, derivative, elementwise, linear, primitive

# Products and quotients for rules with infinite slopes, which never warn.


@primitive
def times(x: Array, y: Array) -> Array:
    """x · y, but 0 where x is 0: a zero gradient stays zero against an infinite slope.

    So the branch of `np.where(x > 0, np.sqrt(x), 0)` that was not chosen sends nothing back.
    """
    with np.errstate(all="ignore"):
        return np.where(np.equal(x, 0), 0, np.multiply(x, y))


@primitive
def over(x: Array, y: Array) -> Array:
    """x / y, but 0 where x is 0, as in `times`."""
    with np.errstate(all="ignore"):
        return np.where(np.equal(x, 0), 0, np.divide(x, y))


@primitive
def raised(x: Array, y: Array) -> Array:
    """x to the power y, infinite at a pole without a warning."""
    with np.errstate(all="ignore"):
        return np.power(x, y)


@primitive
def log_or_zero(x: Array) -> Array:
    """log x, but 0 at 0, where x ** y does not depend on y."""
    with np.errstate(all="ignore"):
        return np.where(np.equal(x, 0), 0, np.log(x))


derivative(
    times,
    None,
    elementwise,
    x=lambda g, y: times(g, y),
    y=lambda g, x: times(x, g),
)
derivative(
    over,
    None,
    elementwise,
    x=lambda g, y: over(g, y),
    y=lambda g, ans, y: -over(times(ans, g), y),
)
derivative(log_or_zero, None, elementwise, x=lambda g, x: over(g, x))

# Arithmetic.

derivative(np.add, "x y", elementwise, x=lambda g: g, y=lambda g: g)
derivative(np.subtract, "x y", elementwise, x=lambda g: g, y=lambda g: -g)
derivative(np.negative, "x", linear, x=lambda g: -g)
derivative(np.multiply, "x y", elementwise, x=lambda g, y: g * y, y=lambda g, x: g * x)
derivative(
    np.divide,
    "x y",
    elementwise,
    x=lambda g, y: over(g, y),
    y=lambda g, ans, y: -over(times(g, ans), y),  # not x / y², which overflows
)
derivative(np.square, "x", elementwise, x=lambda g, x: g * 2 * x)
derivative(np.sqrt, "x", elementwise, x=lambda g, ans: over(g, 2 * ans))
for _power in (np.power, raised):
    derivative(
        _power,
        "x y",
        elementwise,
        x=lambda g, x, y: times(g, times(y, raised(x, y - 1))),
        y=lambda g, ans, x: times(g, times(log_or_zero(x), ans)),
    )

# Complex numbers. The gradient of a real L by z = x + iy is ∂L/∂x − i ∂L/∂y, as in JAX and HIPS
# autograd: so the rule of a holomorphic function is its derivative times g, without a conjugate.

derivative(np.real, "x|val", elementwise, x=lambda g: g)
derivative(np.imag, "x|val", elementwise, x=lambda g: -1j * g)
derivative(np.conj, "x", elementwise, x=lambda g: np.conj(g))

# Choice, with the conventions for kinks above.


def shared(g: Array, first: Array, tie: Array) -> Array:
    """The share of g for an argument: all where it comes first, half where it ties, else none."""
    return np.where(tie, g * 0.5, np.where(first, g, 0))


def _conjugate_sign(x: Array) -> Array:
    """The conjugate of x / |x|, 0 at 0."""
    return np.sign(x) if x.dtype.kind != "c" else over(np.conj(x), np.abs(x))


derivative(np.abs, "x", elementwise, x=lambda g, x: g * _conjugate_sign(x))
derivative(
    np.maximum,
    "x y",
    elementwise,
    x=lambda g, x, y: shared(g, x > y, x == y),
    y=lambda g, x, y: shared(g, y > x, x == y),
)
derivative(
    np.minimum,
    "x y",
    elementwise,
    x=lambda g, x, y: shared(g, x < y, x == y),
    y=lambda g, x, y: shared(g, y < x, x == y),
)
derivative(
    np.where,
    "condition x y",
    elementwise,
    x=lambda g, condition: np.where(condition, g, 0),
    y=lambda g, condition: np.where(condition, 0, g),
)


def _below(x: Array, bound: Array) -> Array:
    return np.False_ if x is None or bound is None else np.less(x, bound)


def _above(x: Array, bound: Array) -> Array:
    return np.False_ if x is None or bound is None else np.greater(x, bound)


derivative(
    np.clip,
    "x|a low|a_min|min=None high|a_max|max=None",
    elementwise,
    x=lambda g, x, low, high: np.where(_below(x, low) | _above(x, high), 0, g),
    low=lambda g, x, low, high: np.where(_below(x, low) & ~_above(low, high), g, 0),
    high=lambda g, x, low, high: np.where(_above(x, high) | _above(low, high), g, 0),
)


constant(
    "its values are booleans",
    np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal,
    np.logical_and, np.logical_or, np.logical_not, np.logical_xor,
    np.isfinite, np.isnan, np.isinf, np.isclose, np.allclose, np.array_equal, np.any, np.all,
)  # fmt: skip
constant("it is constant between its jumps", np.sign, np.floor, np.ceil, np.rint, np.trunc)
