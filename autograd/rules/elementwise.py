"""Arithmetic, rounding, complex parts, choice: one output element for each element.

Where a function has a kink or a singular point, one convention holds throughout:

- abs, fabs, copysign and hypot have slope 0 at 0, arctan2 at (0, 0), at every order.
- Equal arguments of maximum, minimum, fmax and fmin share the gradient equally; a NaN that fmax
  or fmin passes over gets none. clip passes the gradient at its edges.
- What jumps (floor, round, sign, heaviside, the quotient of divmod) has slope 0 everywhere, and
  what has jumps (remainder, fmod, modf) the slope that it has between them.
- At a knot, interp has the slope of the piece to its right.
- x ** y has its limits at x = 0; it does not depend on y there. A negative x has no logarithm, so
  the gradient by a real y is nan; the one by x is right.
- An infinite slope stays infinite (sqrt, cbrt, log and reciprocal at 0, arcsin at 1), but sends
  back 0 where the gradient that comes in is exactly 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.primitive import (
    Array,
    composed,
    constant,
    derivative,
    elementwise,
    flat,
    linear,
    primitive,
)
from autograd.rules.shaping import as_array, cast

# Products and quotients for rules with infinite slopes, which never warn.


@primitive
def times(x: Array, y: Array) -> Array:
    """x · y, but 0 where x or y is 0: a zero gradient stays zero against an infinite slope.

    So the branch of `np.where(x > 0, np.sqrt(x), 0)` that was not chosen sends nothing back.
    """
    with np.errstate(all="ignore"):
        product = np.multiply(x, y)
        return product if _no_nan(product) else np.where(_zero(x) | _zero(y), 0, product)


@primitive
def over(x: Array, y: Array) -> Array:
    """x / y, but 0 where x is 0, as in `times`."""
    with np.errstate(all="ignore"):
        quotient = np.divide(x, y)
        return quotient if _no_nan(quotient) else np.where(_zero(x), 0, quotient)


def _no_nan(x: Array) -> bool:
    """Whether it is known that x has no nan: the sum of its squares has one if x does.

    To look so takes a third of the time of np.isnan, and a tenth of that of np.where.
    """
    if type(x) is not np.ndarray and not isinstance(x, np.generic):
        return False  # another library's array may be lazy
    flat: Array = x.ravel("K")  # as it lies in memory
    squares = flat.dot(flat)
    return bool(squares == squares)


def _zero(x: Array) -> Array:
    return np.equal(x, 0)


def or_inf(x: Array) -> Array:
    """x, but inf where x is 0: what is divided by it is 0 there, and so are its derivatives."""
    return np.where(np.equal(x, 0), np.inf, x)


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


@primitive
def with_kinks(x: Array, where: Array) -> Array:
    """x itself, for `autograd.debug`: a composition has kinks `where` its choices hide them."""
    return x


derivative(with_kinks, None, elementwise, x=lambda g: g)

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
derivative(np.positive, "x", linear, x=lambda g: g)
derivative(np.reciprocal, "x", elementwise, x=lambda g, ans: -times(times(g, ans), ans))
derivative(np.square, "x", elementwise, x=lambda g, x: g * 2 * x)
derivative(np.sqrt, "x", elementwise, x=lambda g, ans: over(g, 2 * ans))
derivative(np.cbrt, "x", elementwise, x=lambda g, ans: over(over(g, ans), 3 * ans))
for _power in (np.power, np.float_power, raised):
    derivative(
        _power,
        "x y",
        elementwise,
        x=lambda g, x, y: times(g, times(y, raised(x, y - 1.0))),  # an int8 of -128 wraps
        y=lambda g, ans, x: times(g, times(log_or_zero(_as_in(ans, x)), ans)),
    )


def _as_in(ans: Array, x: Array) -> Array:
    """x in the dtype of the power `ans` of it.

    A negative complex x has a logarithm; that of an int8 would be rounded to float16.
    """
    x = as_array(x)
    return x if x.dtype == ans.dtype else cast(x, ans.dtype)


# Rounding: constant between jumps, so that the result is a Tensor through which no gradient flows.

for _step in (np.floor, np.ceil, np.rint, np.trunc, np.spacing):
    derivative(_step, "x", elementwise, x=flat)
derivative(np.fix, "x", elementwise, x=flat)
for _round in (np.round, np.around):
    derivative(_round, "x|a decimals=0", elementwise, x=flat)
derivative(
    np.floor_divide,
    "x y",
    elementwise,
    x=flat,
    y=flat,
)
derivative(
    np.heaviside,
    "x y",
    elementwise,
    x=flat,
    y=lambda g, x: np.where(np.equal(x, 0), g, 0),
)
# The next number moves with x; y only says on which side it is.
derivative(np.nextafter, "x y", elementwise, x=lambda g: g, y=flat)

# Remainders, and numbers in parts.

for _remainder in (np.remainder, np.fmod):
    derivative(
        _remainder,
        "x y",
        elementwise,
        x=lambda g: g,
        y=lambda g, ans, x, y: -g * np.rint((x - ans) / y),  # the quotient, as it was rounded
    )


@composed(np.divmod)
def _divmod(x: Array, y: Array) -> tuple[Array, Array]:
    return np.floor_divide(x, y), np.remainder(x, y)


derivative(np.modf, "x", None, x=lambda g: g[0])
derivative(np.frexp, "x", None, x=lambda g, ans: np.ldexp(g[0], -ans[1]))
derivative(np.ldexp, "x exponent", elementwise, x=lambda g, exponent: np.ldexp(g, exponent))
derivative(
    np.copysign,
    "x y",
    elementwise,
    x=lambda g, ans, x: g * (np.sign(ans) * np.sign(x)),
    y=flat,
)
derivative(np.fabs, "x", elementwise, x=lambda g, x: g * np.sign(x))

# Complex numbers. The gradient of a real L by z = x + iy is ∂L/∂x − i ∂L/∂y, as in JAX and HIPS
# autograd: so the rule of a holomorphic function is its derivative times g, without a conjugate.

derivative(np.real, "x|val", elementwise, x=lambda g: g)
derivative(np.imag, "x|val", elementwise, x=lambda g: -1j * g)
derivative(np.conj, "x", elementwise, x=lambda g: np.conj(g))


def conjugate_sign(x: Array) -> Array:
    """The conjugate of x / |x|, 0 at 0."""
    return np.sign(x) if x.dtype.kind != "c" else np.conj(x) / or_inf(np.abs(x))


def _sign_to(g: Array, ans: Array, x: Array) -> Array:
    """The gradient of x in x / |x|: the part of g across x; none for a real x."""
    if x.dtype.kind != "c":
        return np.zeros_like(g)
    return (g - np.conj(ans) * np.real(g * ans)) / or_inf(np.abs(x))


derivative(np.abs, "x", elementwise, x=lambda g, x: g * conjugate_sign(x))
derivative(np.sign, "x", None, x=_sign_to)


@composed(np.angle)
def _angle(z: Array, deg: bool = False) -> Array:
    angle = np.arctan2(np.imag(z), np.real(z))
    return angle * (180 / np.pi) if deg else angle


@composed(np.real_if_close)
def _real_if_close(a: Array, tol: float = 100) -> Array:
    bound = tol * np.finfo(a.dtype).eps if tol > 1 else tol
    close = np.iscomplexobj(a) and np.all(np.less(np.abs(np.imag(a)), bound))
    return np.real(a) if close else np.copy(a)


# Choice, with the conventions for kinks above.


def chosen_share(g: Array, first: Array, tie: Array) -> Array:
    """The share of g for an argument: all where it comes first, half where it ties, else none."""
    share = np.where(first, g, 0)
    if type(tie) is np.ndarray and not np.logical_or.reduce(tie, axis=None):
        return share  # 3x faster
    return np.where(tie, g * 0.5, share)


def same(x: Array, y: Array) -> Array:
    """Where x and y are equal, or both are nan."""
    return np.equal(x, y) | (np.isnan(x) & np.isnan(y))


derivative(
    np.maximum,
    "x y",
    elementwise,
    x=lambda g, x, y: chosen_share(g, x > y, x == y),
    y=lambda g, x, y: chosen_share(g, y > x, x == y),
)
derivative(
    np.minimum,
    "x y",
    elementwise,
    x=lambda g, x, y: chosen_share(g, x < y, x == y),
    y=lambda g, x, y: chosen_share(g, y < x, x == y),
)
derivative(
    np.fmax,
    "x y",
    elementwise,
    x=lambda g, x, y: chosen_share(g, np.greater(x, y) | np.isnan(y), same(x, y)),
    y=lambda g, x, y: chosen_share(g, np.greater(y, x) | np.isnan(x), same(x, y)),
)
derivative(
    np.fmin,
    "x y",
    elementwise,
    x=lambda g, x, y: chosen_share(g, np.less(x, y) | np.isnan(y), same(x, y)),
    y=lambda g, x, y: chosen_share(g, np.less(y, x) | np.isnan(x), same(x, y)),
)
derivative(
    np.where,
    "condition x y",
    elementwise,
    x=lambda g, condition: np.where(condition, g, 0),
    y=lambda g, condition: np.where(condition, 0, g),
)


@composed(np.where)
def _where(condition: Array) -> Any:
    return np.nonzero(condition)


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


@composed(np._core.umath.clip)  # type: ignore[attr-defined]  # what ndarray.clip calls
def _clip(x: Array, low: Array, high: Array) -> Array:
    return np.clip(x, low, high)


@primitive
def filled(x: Array, nan: Any, posinf: Any, neginf: Any) -> Array:
    """x with numbers in place of nan and the infinities, as `np.nan_to_num` has them."""
    return np.nan_to_num(x, True, nan, posinf, neginf)


def _finite(g: Array, x: Array) -> Array:
    """g, but 0 where x is not finite; each part of a complex number by itself."""
    if x.dtype.kind != "c":
        return np.where(np.isfinite(x), g, 0)
    return _finite(np.real(g), np.real(x)) + 1j * _finite(np.imag(g), np.imag(x))


derivative(filled, None, elementwise, x=_finite)


@composed(np.nan_to_num)
def _nan_to_num(
    x: Array, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Array:
    if not copy:
        raise TypeError("np.nan_to_num(copy=False) can't change a Tensor in place: use its result")
    return filled(x, nan, posinf, neginf)


@composed(np.select)
def _select(condlist: Sequence[Array], choicelist: Sequence[Array], default: Any = 0) -> Array:
    if len(condlist) != len(choicelist) or len(condlist) == 0:
        raise ValueError(
            f"needs one choice for each condition, at least one; got {len(condlist)} conditions "
            f"and {len(choicelist)} choices"
        )
    default, *choices = (
        x if type(x) in (int, float, complex) else as_array(x) for x in (default, *choicelist)
    )
    dtype = np.result_type(default, *choices)  # beside which Python's numbers have none
    default, *choices = (
        x if hasattr(x, "dtype") else np.asarray(x, dtype) for x in (default, *choices)
    )
    chosen = default
    for condition, choice in zip(reversed(condlist), reversed(choices), strict=True):
        condition = as_array(condition)
        if condition.dtype != np.bool_:
            raise TypeError(f"np.select needs boolean conditions, not {condition.dtype}")
        chosen = np.where(condition, choice, chosen)
    return chosen


@composed(np.piecewise)
def _piecewise(x: Array, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Array:
    single = np.isscalar(condlist) or (np.ndim(condlist[0]) == 0 and x.ndim != 0)
    conditions = list(np.asarray([condlist] if single else condlist, bool))
    if len(conditions) == len(funclist) - 1:
        conditions.append(~np.any(conditions, axis=0))
    if len(conditions) != len(funclist):
        n = len(conditions)
        raise ValueError(f"takes {n} or {n + 1} functions for {n} conditions")
    pieces = np.copy(x)
    pieces[...] = 0
    for condition, function in zip(conditions, funclist, strict=True):
        if not isinstance(function, Callable):  # type: ignore[arg-type]
            pieces[condition] = function
        elif np.any(condition):
            pieces[condition] = function(x[condition], *args, **kw)
    return pieces


@composed(np.interp)
def _interp(
    x: Array, xp: Array, fp: Array, left: Any = None, right: Any = None, period: Any = None
) -> Array:
    x, xp, fp = (np.multiply(a, np.float64(1)) for a in (x, xp, fp))  # as NumPy: never float32
    if np.ndim(xp) != 1 or np.shape(xp) != np.shape(fp) or np.size(xp) == 0:
        raise ValueError(
            f"needs xp and fp of one and the same length, not of shapes {np.shape(xp)} and "
            f"{np.shape(fp)}"
        )
    if period is not None:
        if period == 0:
            raise ValueError("needs a period that is not 0")
        left = right = None
        period = abs(period)
        x, xp = np.remainder(x, period), np.remainder(xp, period)
        order = np.argsort(xp)
        xp = np.concatenate([xp[order[-1:]] - period, xp[order], xp[order[:1]] + period])
        fp = fp[np.concatenate([order[-1:], order, order[:1]])]
    last = np.size(xp) - 1
    piece = np.clip(np.searchsorted(xp, x, "right") - 1, 0, max(last - 1, 0))
    with np.errstate(invalid="ignore"):  # of infinite knots
        slope = over(fp[1:] - fp[:-1], xp[1:] - xp[:-1])[piece] if last else 0.0
        upper = (np.isinf(xp[piece]) | np.isinf(fp[piece])) & np.greater(x, xp[piece])
        knot = np.minimum(piece + upper, last)
        inside = fp[knot] + times(slope, np.clip(x, xp[0], xp[-1]) - xp[knot])
    beyond = np.where(np.greater(x, xp[-1]), fp[-1] if right is None else right, fp[-1])
    found = np.where(np.greater_equal(x, xp[-1]), beyond, inside)
    found = np.where(np.less(x, xp[0]), fp[0] if left is None else left, found)
    knots = np.equal(x, xp[piece]) | np.equal(x, xp[-1])
    return with_kinks(found, knots) if np.any(knots) else found


derivative(
    np.unwrap,
    "x|p discont=None axis=-1 * period=6.283185307179586",
    elementwise,
    x=lambda g: g,
)

constant(
    "its values are booleans",
    np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal,
    np.logical_and, np.logical_or, np.logical_not, np.logical_xor,
    np.isfinite, np.isnan, np.isinf, np.isposinf, np.isneginf, np.signbit, np.isreal,
    np.iscomplex, np.isclose, np.allclose, np.array_equal, np.array_equiv, np.any, np.all,
)  # fmt: skip
constant(
    "its values are integers",
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.bitwise_count, np.invert,
    np.left_shift, np.right_shift, np.gcd, np.lcm,
)  # fmt: skip
