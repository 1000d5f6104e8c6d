"""Incomplete gamma and beta functions, and the distributions of scipy.special that they are.

By the argument, the slope is the density, which is made here of its logarithm; the slope of an
inverse is one over the density at its value. By the parameters, such as `a` of gammainc, the slope
is an integral that SciPy has no function for. The parameters of densities have derivatives.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from autograd.primitive import Array, derivative, elementwise
from autograd.rules.elementwise import over, times

Density = Callable[[Array, Array, Array], Array]


def gamma_density(a: Array, x: Array) -> Array:
    """x^(a − 1) exp(−x) / Γ(a): the slope of gammainc."""
    return np.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))


def beta_density(a: Array, b: Array, x: Array) -> Array:
    """x^(a − 1) (1 − x)^(b − 1) / B(a, b): the slope of betainc."""
    logs = special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x)
    return np.exp(logs - special.betaln(a, b))


def poisson_mass(k: Array, m: Array) -> Array:
    """exp(−m) mᵏ / k!, of k rounded down."""
    return gamma_density(np.floor(k) + 1, m)


def chi2_density(v: Array, x: Array) -> Array:
    """The density of x with v degrees of freedom."""
    return 0.5 * gamma_density(0.5 * v, 0.5 * x)


def t_density(df: Array, t: Array) -> Array:
    """Student's, with df degrees of freedom."""
    logs = -0.5 * (df + 1) * np.log1p(t * t / df) - special.betaln(0.5, 0.5 * df)
    return np.exp(logs) / np.sqrt(df)


def f_density(dfn: Array, dfd: Array, x: Array) -> Array:
    """By the beta variable y = dfn·x / (dfd + dfn·x), whose slope is dfn·dfd / (dfd + dfn·x)²."""
    below = dfd + dfn * x
    return beta_density(0.5 * dfn, 0.5 * dfd, dfn * x / below) * (dfn * dfd / below**2)


def binomial_slope(k: Array, n: Array, p: Array) -> Array:
    """Minus the slope of bdtr."""
    k = np.floor(k)
    return beta_density(k + 1, n - k, p)


def negative_binomial_slope(k: Array, n: Array, p: Array) -> Array:
    """The slope of nbdtr."""
    return beta_density(n, np.floor(k) + 1, p)


def _one_parameter(f: np.ufunc, names: str, density: Callable[..., Array], sign: int) -> None:
    derivative(f, names, elementwise, x=lambda g, a, x: sign * times(g, density(a, x)))


def _one_parameter_inverse(
    f: np.ufunc, names: str, density: Callable[..., Array], sign: int
) -> None:
    derivative(f, names, elementwise, y=lambda g, ans, a: sign * over(g, density(a, ans)))


def _two_parameters(f: np.ufunc, density: Density, sign: int) -> None:
    derivative(f, "a b x", elementwise, x=lambda g, a, b, x: sign * times(g, density(a, b, x)))


def _two_parameters_inverse(f: np.ufunc, density: Density, sign: int) -> None:
    derivative(f, "a b y", elementwise, y=lambda g, ans, a, b: sign * over(g, density(a, b, ans)))


def _gdtr(f: np.ufunc, sign: int) -> None:
    """Declare the slopes of gammainc(b, a · x), but for the sign."""
    derivative(
        f,
        "a b x",
        elementwise,
        a=lambda g, a, b, x: sign * times(g, x * gamma_density(b, a * x)),
        x=lambda g, a, b, x: sign * times(g, a * gamma_density(b, a * x)),
    )


for _f, _density, _sign in (
    (special.gammainc, gamma_density, 1),
    (special.gammaincc, gamma_density, -1),
    (special.chdtr, chi2_density, 1),
    (special.chdtrc, chi2_density, -1),
    (special.pdtr, poisson_mass, -1),
    (special.pdtrc, poisson_mass, 1),
    (special.stdtr, t_density, 1),
):
    _one_parameter(_f, "a x", _density, _sign)
for _f, _density, _sign in (
    (special.gammaincinv, gamma_density, 1),
    (special.gammainccinv, gamma_density, -1),
    (special.chdtri, chi2_density, -1),
    (special.pdtri, poisson_mass, -1),
    (special.stdtrit, t_density, 1),
):
    _one_parameter_inverse(_f, "a y", _density, _sign)

_DENSITIES: list[tuple[np.ufunc, Density, int]] = [
    (special.betainc, beta_density, 1),
    (special.betaincc, beta_density, -1),
    (special.fdtr, f_density, 1),
    (special.fdtrc, f_density, -1),
    (special.bdtr, binomial_slope, -1),
    (special.bdtrc, binomial_slope, 1),
    (special.nbdtr, negative_binomial_slope, 1),
    (special.nbdtrc, negative_binomial_slope, -1),
]
for _f, _density2, _sign in _DENSITIES:
    _two_parameters(_f, _density2, _sign)
for _f, _density2, _sign in (
    (special.betaincinv, beta_density, 1),
    (special.betainccinv, beta_density, -1),
    (special.fdtri, f_density, 1),
    (special.bdtri, binomial_slope, -1),
    (special.nbdtri, negative_binomial_slope, 1),
):
    _two_parameters_inverse(_f, _density2, _sign)

_gdtr(special.gdtr, 1)
_gdtr(special.gdtrc, -1)
derivative(
    special.gdtrix,
    "a b p",
    elementwise,
    a=lambda g, ans, a: -times(g, ans / a),
    p=lambda g, ans, a, b: over(g, a * gamma_density(b, a * ans)),
)
