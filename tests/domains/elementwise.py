"""Arithmetic, rounding, complex parts, choice."""

import numpy as np

from autograd.rules.elementwise import filled, log_or_zero, over, raised, times, with_kinks
from autograd.testing.strategies import Numbers, axis, flags, plane, real, right_plane
from calls import Complex, lower, some_axis, takes, upper

divisor, middle, small = Numbers(2.5, 4), Numbers(4.5, 4.7), Numbers(1.6, 2.1)
SPLINE = [[(4,), (3,), (3,)], [(), (3,), (3,)], [(2, 2), (3,), (3,)], [(0,), (3,), (3,)]]


def interpolated(interp, x, xp, fp, **keywords):
    """Between increasing knots, away from all of `real`."""
    return interp(x, xp / 99 + np.array([-1.1625, 0.0875, 1.0875]), fp, **keywords)


def decimals(x):
    return int(x.size % 2) - 1


QUOTIENTS = [takes(real, divisor), takes(middle, small), takes(middle, Numbers(-2.1, -1.6))]
POWERS = [takes(right_plane, plane), takes(lower, Complex(-2, 2), ties=False)]

DOMAINS = {
    times: takes(plane, plane),
    over: takes(plane, plane),
    raised: POWERS,
    log_or_zero: takes(right_plane),
    # arithmetic
    np.add: takes(plane, plane),
    np.subtract: takes(plane, plane),
    np.negative: takes(plane),
    np.positive: takes(plane),
    np.multiply: takes(plane, plane),
    np.divide: takes(plane, plane),
    np.reciprocal: takes(right_plane),
    np.square: takes(plane),
    np.sqrt: takes(right_plane),
    np.cbrt: takes(lower),
    np.power: POWERS,
    np.float_power: POWERS,
    # rounding
    np.floor: takes(real),
    np.ceil: takes(real),
    np.trunc: takes(real),
    np.fix: takes(real),
    np.rint: takes(plane),
    np.round: [takes(plane), takes(plane, decimals=decimals)],
    np.around: [takes(plane), takes(plane, decimals=decimals)],
    np.spacing: takes(Numbers(0.51, 0.99)),
    np.nextafter: takes(real, real),
    np.heaviside: takes(real, real),
    np.floor_divide: QUOTIENTS,
    np.remainder: QUOTIENTS,
    np.fmod: QUOTIENTS,
    np.divmod: QUOTIENTS,
    np.modf: [takes(real), takes(real, via=lambda f, x: f(x)[0])],
    np.frexp: takes(Numbers(0.51, 0.99)),
    np.ldexp: takes(real, np.arange(-2, 1), shapes=[[(3,)], [(2, 3)], [(1,)], [()]]),
    np.copysign: takes(real, real),
    # complex numbers
    np.abs: takes(plane),
    np.fabs: takes(real),
    np.sign: takes(plane),
    np.real: takes(plane),
    np.imag: takes(plane),
    np.conj: takes(plane),
    np.angle: [takes(right_plane), takes(right_plane, deg=True), takes(lower)],
    np.real_if_close: [takes(plane), takes(plane, tol=1.01), takes(plane, tol=0.01)],
    # choice
    np.maximum: takes(real, real),
    np.minimum: takes(real, real),
    np.fmax: takes(real, real),
    np.fmin: takes(real, real),
    np.where: takes(flags, plane, plane),
    np._core.umath.clip: takes(real, lower, upper),
    np.clip: [
        takes(real, lower, upper),
        takes(real, upper, lower),  # bounds the wrong way round: NumPy returns the upper one
        takes(real, None, real),
        takes(real, real, None),
        takes(real, a_min=-1.01, a_max=0.51),
    ],
    filled: takes(plane, 0.0, None, None),
    with_kinks: takes(plane, False),
    np.nan_to_num: [
        takes(plane),
        takes(plane, copy=True, nan=1.0, posinf=2.0, neginf=3.0),
    ],
    np.select: [
        takes(flags, flags, plane, plane, via=lambda f, c, d, x, y: f([c, d], [x, y], x * y)),
        takes(flags, plane, via=lambda f, c, x: f([c], [x])),
    ],
    np.piecewise: takes(
        real,
        via=lambda f, x: f(
            x, [x < -1, x > 1], [lambda x, y: np.sin(x) * y, 2.0, lambda x, y: x], y=3.0
        ),
    ),
    np.interp: [
        takes(real, real, plane, via=interpolated, shapes=SPLINE),
        takes(real, real, plane, via=interpolated, period=3.0, shapes=SPLINE),
        takes(real, real, real, via=interpolated, left=-1.0, right=2.0, shapes=SPLINE),
    ],
    np.unwrap: takes(Numbers(-4, 4), discont=None, axis=axis, period=2.03, shapes=some_axis),
}


def integers(x):
    return (x.astype(int), x.astype(int))


def shifts(x):
    return (x.astype(int), np.abs(x.astype(int)))


CONSTANTS = {
    np.allclose: lambda x: (x, x),
    np.array_equal: lambda x: (x, x),
    np.array_equiv: lambda x: (x, x),
    np.isclose: lambda x: (x, x),
    np.bitwise_count: lambda x: integers(x)[:1],
    np.invert: lambda x: integers(x)[:1],
    np.left_shift: shifts,
    np.right_shift: shifts,
} | dict.fromkeys((np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.gcd, np.lcm), integers)
