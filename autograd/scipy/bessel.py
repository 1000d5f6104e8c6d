"""Bessel functions of scipy.special, by their argument: DLMF 10.6, 10.29, 10.51.

Struve and Kelvin functions too. By the order they have no derivative here.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special

from autograd.primitive import Array, derivative, elementwise, primitive
from autograd.rules.elementwise import over, raised, times
from autograd.tensor import plain


def _by_neighbours(f: np.ufunc, below: float, above: float) -> None:
    """Declare that the slope of f(v, z) is below · f(v − 1, z) + above · f(v + 1, z)."""
    derivative(
        f,
        "v z",
        elementwise,
        z=lambda g, v, z: times(g, below * f(v - 1, z) + above * f(v + 1, z)),
    )


for _f in (special.jv, special.yv, special.hankel1, special.hankel2):
    _by_neighbours(_f, 0.5, -0.5)
_by_neighbours(special.iv, 0.5, 0.5)
_by_neighbours(special.kv, -0.5, -0.5)


def _integer_order(f: np.ufunc, sign: int) -> None:
    """Declare f(n, x), which takes integers n ≥ 0 only; f(-1, x) is sign · f(1, x)."""

    def below(n: Array, x: Array) -> Array:
        return np.where(np.equal(n, 0), sign, 1) * f(np.abs(np.subtract(n, 1)), x)

    derivative(
        f,
        "n x",
        elementwise,
        x=lambda g, n, x: times(g, 0.5 * (-sign * below(n, x) - f(np.add(n, 1), x))),
    )


_integer_order(special.yn, -1)
_integer_order(special.kn, 1)
derivative(special.j0, "x", elementwise, x=lambda g, x: -g * special.j1(x))
derivative(
    special.j1, "x", elementwise, x=lambda g, x: g * (0.5 * (special.j0(x) - special.jv(2, x)))
)
derivative(special.y0, "x", elementwise, x=lambda g, x: times(-g, special.y1(x)))
derivative(
    special.y1, "x", elementwise, x=lambda g, x: times(g, 0.5 * (special.y0(x) - special.yn(2, x)))
)
derivative(special.i0, "x", elementwise, x=lambda g, x: g * special.i1(x))
derivative(
    special.i1, "x", elementwise, x=lambda g, x: g * (0.5 * (special.i0(x) + special.iv(2, x)))
)
derivative(special.k0, "x", elementwise, x=lambda g, x: times(-g, special.k1(x)))
derivative(
    special.k1, "x", elementwise, x=lambda g, x: times(-g, 0.5 * (special.k0(x) + special.kn(2, x)))
)


# The same, scaled by an exponential: by exp(-|Re z|) or exp(-|Im z|), which are not holomorphic.


def _along_real(g: Array, ans: Array, z: Array) -> Array:
    """What the factor exp(-|Re z|) adds to the gradient."""
    return -np.sign(np.real(z)) * np.real(g * ans)


def _along_imaginary(g: Array, ans: Array, z: Array) -> Array:
    """What the factor exp(-|Im z|) adds to the gradient."""
    return 1j * np.sign(np.imag(z)) * np.real(g * ans) if np.iscomplexobj(plain(z)) else 0 * g


def _scaled(f: np.ufunc, above: float, factor: Callable[[Array, Array, Array], Array]) -> None:
    """Declare that f(v, z) is an f that is half of f(v − 1) + above · f(v + 1), times a factor."""
    derivative(
        f,
        "v z",
        z=lambda g, ans, v, z: (
            times(g, 0.5 * (f(v - 1, z) + above * f(v + 1, z))) + factor(g, ans, z)
        ),
    )


_scaled(special.ive, 1, _along_real)
_scaled(special.jve, -1, _along_imaginary)
_scaled(special.yve, -1, _along_imaginary)
_scaled(special.hankel1e, -1, lambda g, ans, z: -1j * times(g, ans))
_scaled(special.hankel2e, -1, lambda g, ans, z: 1j * times(g, ans))
derivative(
    special.kve,
    "v z",
    elementwise,
    z=lambda g, ans, v, z: times(g, ans - 0.5 * (special.kve(v - 1, z) + special.kve(v + 1, z))),
)
derivative(
    special.i0e, "x", elementwise, x=lambda g, ans, x: g * (special.i1e(x) - np.sign(x) * ans)
)
derivative(
    special.i1e,
    "x",
    elementwise,
    x=lambda g, ans, x: g * (0.5 * (special.i0e(x) + special.ive(2, x)) - np.sign(x) * ans),
)
derivative(special.k0e, "x", elementwise, x=lambda g, ans, x: times(g, ans - special.k1e(x)))
derivative(
    special.k1e,
    "x",
    elementwise,
    x=lambda g, ans, x: times(g, ans - 0.5 * (special.k0e(x) + special.kve(2, x))),
)


def _spherical(function: Callable[..., Array], below: int, above: int) -> None:
    """Declare f' = (below · n · f(n − 1) + above · (n + 1) · f(n + 1)) / (2n + 1), DLMF 10.51."""
    f = primitive(function)

    def slope(n: Array, z: Array, order: bool) -> Array:
        lower = np.where(np.equal(n, 0), 0, n * f(np.maximum(np.subtract(n, 1), 0), z, order))
        return (below * lower + above * (n + 1) * f(np.add(n, 1), z, order)) / (2 * n + 1)

    derivative(
        f,
        "n z derivative=False",
        elementwise,
        z=lambda g, n, z, derivative: times(g, slope(n, z, derivative)),
    )


_spherical(special.spherical_jn, 1, -1)
_spherical(special.spherical_yn, 1, -1)
_spherical(special.spherical_in, 1, 1)
_spherical(special.spherical_kn, -1, -1)


def _nth_derivative(function: Callable[..., Array]) -> None:
    """Declare f(v, z, n), such as jvp, which is the n-th derivative by z."""
    f = primitive(function)
    derivative(f, "v z n=1", elementwise, z=lambda g, v, z, n: times(g, f(v, z, n + 1)))


for _function in (
    special.jvp, special.yvp, special.ivp, special.kvp, special.h1vp, special.h2vp
):  # fmt: skip
    _nth_derivative(_function)

# Struve functions (DLMF 11.4), Kelvin functions (DLMF 10.61).


def _power_term(v: Array, x: Array) -> Array:
    """(x/2)ᵛ / (√π Γ(v + 3/2))"""
    return raised(0.5 * x, v) * special.rgamma(v + 1.5) / math.sqrt(math.pi)


derivative(
    special.struve,
    "v x",
    elementwise,
    x=lambda g, v, x: times(
        g, 0.5 * (special.struve(v - 1, x) - special.struve(v + 1, x) + _power_term(v, x))
    ),
)
derivative(
    special.modstruve,
    "v x",
    elementwise,
    x=lambda g, v, x: times(
        g, 0.5 * (special.modstruve(v - 1, x) + special.modstruve(v + 1, x) + _power_term(v, x))
    ),
)


def _half(ans: Array, x: Array) -> Array:
    """ans / x, which is 1/2 at 0."""
    at_0 = np.equal(x, 0)
    return np.where(at_0, 0.5, ans / np.where(at_0, 1, x))


derivative(special.ber, "x", elementwise, x=lambda g, x: g * special.berp(x))
derivative(special.bei, "x", elementwise, x=lambda g, x: g * special.beip(x))
derivative(special.ker, "x", elementwise, x=lambda g, x: times(g, special.kerp(x)))
derivative(special.kei, "x", elementwise, x=lambda g, x: times(g, special.keip(x)))
derivative(special.berp, "x", elementwise, x=lambda g, ans, x: g * (-special.bei(x) - over(ans, x)))
derivative(special.beip, "x", elementwise, x=lambda g, ans, x: g * (special.ber(x) - _half(ans, x)))
derivative(
    special.kerp, "x", elementwise, x=lambda g, ans, x: times(g, -special.kei(x) - over(ans, x))
)
derivative(
    special.keip, "x", elementwise, x=lambda g, ans, x: times(g, special.ker(x) - over(ans, x))
)
