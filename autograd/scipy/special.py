"""scipy.special: functions of mathematical physics and of statistics.

A function of several arguments often has a derivative that SciPy can compute by one of them only,
such as the argument of a Bessel function but not its order. The others then have no rule, and a
tracked Tensor there is refused. Holomorphic functions take complex numbers, where SciPy's do.

The identities are those of the NIST Digital Library of Mathematical Functions (dlmf.nist.gov).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from autograd.primitive import Array, Axis, composed, constant, derivative, elementwise, primitive
from autograd.rules import special as ours
from autograd.rules.elementwise import over, raised, times
from autograd.scipy import bessel, cumulative, polynomials, unsupported  # noqa: F401
from autograd.scipy.names import namespace, supported
from autograd.tensor import plain

TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
ROOT_TWO_PI = math.sqrt(2 * math.pi)
ROOT_HALF = math.sqrt(0.5)
DEGREE = math.pi / 180

# Exponentials, logarithms, powers. In rules, xlogy(1, x) is the logarithm, -inf at 0 unwarned.

derivative(special.expit, "x", elementwise, x=lambda g, ans, x: g * (ans * special.expit(-x)))
derivative(special.log_expit, "x", elementwise, x=lambda g, x: g * special.expit(-x))
derivative(special.logit, "x", elementwise, x=lambda g, x: over(g, x * (1 - x)))
derivative(special.expm1, "x", elementwise, x=lambda g, x: g * np.exp(x))
derivative(special.log1p, "x", elementwise, x=lambda g, x: over(g, 1 + x))
derivative(special.exp2, "x", elementwise, x=lambda g, ans: g * (math.log(2) * ans))
derivative(special.exp10, "x", elementwise, x=lambda g, ans: g * (math.log(10) * ans))
derivative(special.cbrt, "x", elementwise, x=lambda g, ans: over(g, 3 * ans * ans))
derivative(
    special.exprel, "x", elementwise, x=lambda g, x: g * (0.5 * special.hyp1f1(2, 3, x))
)  # (eˣ − 1) / x is M(1, 2, x), without the cancellation at 0
derivative(special.cosm1, "x", elementwise, x=lambda g, x: -g * np.sin(x))
derivative(special.sindg, "x", elementwise, x=lambda g, x: g * (DEGREE * special.cosdg(x)))
derivative(special.cosdg, "x", elementwise, x=lambda g, x: g * (-DEGREE * special.sindg(x)))
derivative(special.tandg, "x", elementwise, x=lambda g, ans: g * (DEGREE * (1 + ans * ans)))
derivative(special.cotdg, "x", elementwise, x=lambda g, ans: g * (-DEGREE * (1 + ans * ans)))
derivative(
    special.radian,
    "d m s",
    elementwise,
    d=lambda g: g * DEGREE,
    m=lambda g: g * (DEGREE / 60),
    s=lambda g: g * (DEGREE / 3600),
)
derivative(
    special.powm1,
    "x y",
    elementwise,
    x=lambda g, x, y: times(g, times(y, raised(x, y - 1))),
    y=lambda g, ans, x: times(g, special.xlogy(ans + 1, x)),
)
derivative(
    special.xlogy,
    "x y",
    elementwise,
    x=lambda g, y: times(g, special.xlogy(1, y)),
    y=lambda g, x, y: times(g, over(x, y)),
)
derivative(
    special.xlog1py,
    "x y",
    elementwise,
    x=lambda g, y: times(g, special.xlog1py(1, y)),
    y=lambda g, x, y: times(g, over(x, 1 + y)),
)
derivative(special.entr, "x", elementwise, x=lambda g, x: times(g, -1 - special.xlogy(1, x)))
derivative(
    special.rel_entr,
    "x y",
    elementwise,
    x=lambda g, x, y: times(g, special.xlogy(1, over(x, y)) + 1),
    y=lambda g, x, y: times(g, -over(x, y)),
)
derivative(
    special.kl_div,
    "x y",
    elementwise,
    x=lambda g, x, y: times(g, _log_of_quotient(x, y)),
    y=lambda g, x, y: times(g, over(y - x, y)),
)


def _log_of_quotient(x: Array, y: Array) -> Array:
    """log(x / y), to the last digits where they are almost equal."""
    near = np.less(np.abs(x - y), 0.5 * y)
    small = np.log1p(np.where(near, over(x - y, y), 0))
    return np.where(near, small, special.xlogy(1, over(x, y)))


def _boxcox_slope(log: Array, lmbda: Array) -> Array:
    """The slope of log · exprel(lmbda · log), which is the Box-Cox transform, by lmbda."""
    return log * log * (0.5 * special.hyp1f1(2, 3, lmbda * log))


def _inverse_slope(y: Array, lmbda: Array) -> Array:
    """The slope by lmbda of log(1 + lmbda · y) / lmbda, the logarithm of the inverse."""
    return y * y * (-0.5 * special.hyp2f1(2, 2, 3, -lmbda * y))


derivative(
    special.boxcox,
    "x lmbda",
    elementwise,
    x=lambda g, x, lmbda: times(g, raised(x, lmbda - 1)),
    lmbda=lambda g, x, lmbda: times(g, _boxcox_slope(special.xlogy(1, x), lmbda)),
)
derivative(
    special.boxcox1p,
    "x lmbda",
    elementwise,
    x=lambda g, x, lmbda: times(g, np.exp(special.xlog1py(lmbda - 1, x))),
    lmbda=lambda g, x, lmbda: times(g, _boxcox_slope(special.xlog1py(1, x), lmbda)),
)
derivative(
    special.inv_boxcox,
    "y lmbda",
    elementwise,
    y=lambda g, ans, lmbda: times(g, raised(ans, 1 - lmbda)),
    lmbda=lambda g, ans, y, lmbda: times(g, ans * _inverse_slope(y, lmbda)),
)
derivative(
    special.inv_boxcox1p,
    "y lmbda",
    elementwise,
    y=lambda g, ans, lmbda: times(g, raised(ans + 1, 1 - lmbda)),
    lmbda=lambda g, ans, y, lmbda: times(g, (ans + 1) * _inverse_slope(y, lmbda)),
)
derivative(
    special.huber,
    "delta r",
    elementwise,
    delta=lambda g, delta, r: g * np.maximum(np.abs(r) - delta, 0),
    r=lambda g, delta, r: g * np.clip(r, -delta, delta),
)


def _secant(delta: Array, r: Array) -> Array:
    return np.sqrt(1 + np.square(over(r, delta)))


derivative(
    special.pseudo_huber,
    "delta r",
    elementwise,
    delta=lambda g, ans, delta, r: times(g, over(ans * ans, delta**3 * _secant(delta, r))),
    r=lambda g, delta, r: times(g, over(r, _secant(delta, r))),
)


def _lambertw_slope(g: Array, ans: Array, z: Array) -> Array:
    return over(g, z + np.exp(ans))


derivative(primitive(special.lambertw), "z k=0 tol=1e-8", elementwise, z=_lambertw_slope)
derivative(special.wrightomega, "z", elementwise, z=lambda g, ans: over(times(g, ans), 1 + ans))

# Sums of exponentials.


@composed(special.logsumexp)
def _logsumexp(
    a: Array,
    axis: Axis = None,
    b: Array | None = None,
    keepdims: bool = False,
    return_sign: bool = False,
) -> Any:
    is_real = all(np.isrealobj(plain(x)) for x in (a, b) if x is not None)
    if b is None and is_real:
        ans = ours.logsumexp(a, axis, keepdims)
        return (ans, np.sign(np.exp(plain(ans)))) if return_sign else ans
    if b is not None:
        a, b = np.where(np.equal(b, 0), -np.inf, a), np.where(np.equal(a, -np.inf), 0, b)
    top = np.max(np.real(plain(a)), axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)  # a constant, on which the sum does not depend
    powers = np.exp(a - top)
    total = np.sum(powers if b is None else b * powers, axis=axis, keepdims=True)
    empty = np.equal(total, 0)
    size = total if not (is_real or return_sign) else np.abs(total)
    ans = np.where(empty, -np.inf, np.log(np.where(empty, 1, size)) + top)
    sign = np.sign(total) if is_real else np.where(empty, 0, over(total, np.abs(total)))
    if is_real and not return_sign:
        ans = np.where(np.less(total, 0), np.nan, ans)
    if not keepdims:
        ans, sign = np.squeeze(ans, axis), np.squeeze(sign, axis)
    return (ans, sign) if return_sign else ans


@composed(special.softmax)
def _softmax(x: Array, axis: Axis = None) -> Array:
    return ours.softmax(x, axis)


@composed(special.log_softmax)
def _log_softmax(x: Array, axis: Axis = None) -> Array:
    return ours.log_softmax(x, axis)


if hasattr(special, "softplus"):  # since SciPy 1.17

    @composed(special.softplus)
    def _softplus(x: Array) -> Array:
        return ours.softplus(x)


# The error function, and the normal distribution.


@primitive
def scaled_ierfc(x: Array, n: int) -> Array:
    """exp(x²) times the n-th repeated integral of erfc (DLMF 7.18), to the last digits.

    Each is, but for a factor, the slope of the one before it, so that no order of derivative
    subtracts what is almost equal, as 2x·erfcx(x) − 2/√π does.

    >>> x = np.array([1e8])
    >>> 2 * x * special.erfcx(x) - TWO_OVER_ROOT_PI, -2 * scaled_ierfc(x, 1)
    (array([0.]), array([-5.64189584e-17]))
    """
    far = np.real(x) > 2
    near, away = np.where(far, 0, x), np.where(far, x, 2)
    with np.errstate(all="ignore"):
        before, upwards = TWO_OVER_ROOT_PI, special.erfcx(near)
        for k in range(1, n + 1):
            before, upwards = upwards, (before - 2 * near * upwards) / (2 * k)
        ratio, downwards = 0 * away, special.erfcx(away)
        for k in range(n + 60, 0, -1):  # a continued fraction
            ratio = 1 / (2 * away + 2 * (k + 1) * ratio)
            downwards = downwards * ratio if k <= n else downwards
    return np.where(far, downwards, upwards)


derivative(
    scaled_ierfc,
    None,
    elementwise,
    x=lambda g, x, n: times(g, -2 * (n + 1) * scaled_ierfc(x, n + 1)),
)
derivative(special.erf, "x", elementwise, x=lambda g, x: g * (TWO_OVER_ROOT_PI * np.exp(-x * x)))
derivative(special.erfc, "x", elementwise, x=lambda g, x: g * (-TWO_OVER_ROOT_PI * np.exp(-x * x)))
derivative(special.erfi, "x", elementwise, x=lambda g, x: g * (TWO_OVER_ROOT_PI * np.exp(x * x)))
derivative(special.erfcx, "x", elementwise, x=lambda g, x: times(g, -2 * scaled_ierfc(x, 1)))
derivative(special.dawsn, "x", elementwise, x=lambda g, ans, x: g * _dawsn_slope(ans, x))
derivative(
    special.erfinv,
    "y",
    elementwise,
    y=lambda g, ans: times(g, np.exp(ans * ans) / TWO_OVER_ROOT_PI),
)
derivative(
    special.erfcinv,
    "y",
    elementwise,
    y=lambda g, ans: times(g, np.exp(ans * ans) / -TWO_OVER_ROOT_PI),
)


def _dawsn_slope(ans: Array, x: Array) -> Array:
    """1 − 2x·D(x), by the asymptotic series of D where that is almost 0 (DLMF 7.12.1)."""
    slope = 1 - 2 * x * ans
    far = np.greater(np.abs(x), 10)
    if np.iscomplexobj(plain(x)) or not np.any(far):
        return slope
    inverse = 1 / np.where(far, x, 10)
    series: Array = 0.0
    for k in reversed(range(1, 15)):  # Horner's scheme
        series = (2 * k - 1) * (0.5 * inverse * inverse) * (1 + series)
    return np.where(far, -series, slope)


def _wofz_slope(z: Array, w: Array) -> Array:
    return TWO_OVER_ROOT_PI * 1j - 2 * z * w


derivative(special.wofz, "z", elementwise, z=lambda g, ans, z: g * _wofz_slope(z, ans))


def _voigt_slope(x: Array, sigma: Array, gamma: Array) -> Array:
    """The complex slope of the profile along (x + i·gamma) / sigma."""
    z = ROOT_HALF * (x + 1j * gamma) / sigma
    return _wofz_slope(z, special.wofz(z)) / (2 * math.sqrt(math.pi) * sigma)


derivative(
    special.voigt_profile,
    "x sigma gamma",
    elementwise,
    x=lambda g, x, sigma, gamma: g * np.real(_voigt_slope(x, sigma, gamma)) / sigma,
    sigma=lambda g, ans, x, sigma, gamma: (
        g * (-ans / sigma - np.real(_voigt_slope(x, sigma, gamma) * (x + 1j * gamma)) / sigma**2)
    ),
    gamma=lambda g, x, sigma, gamma: g * -np.imag(_voigt_slope(x, sigma, gamma)) / sigma,
)
derivative(special.ndtr, "x", elementwise, x=lambda g, x: g * (np.exp(-0.5 * x * x) / ROOT_TWO_PI))
derivative(
    special.log_ndtr,
    "x",
    elementwise,
    x=lambda g, x: g * (ROOT_HALF * TWO_OVER_ROOT_PI / special.erfcx(-ROOT_HALF * x)),
)
derivative(
    special.ndtri, "p", elementwise, p=lambda g, ans: times(g, ROOT_TWO_PI * np.exp(0.5 * ans**2))
)
derivative(
    special.ndtri_exp,
    "y",
    elementwise,
    y=lambda g, ans: times(g, special.erfcx(-ROOT_HALF * ans) * (0.5 * ROOT_TWO_PI)),
)
derivative(
    special.owens_t,
    "h a",
    elementwise,
    h=lambda g, h, a: (
        g * (-np.exp(-0.5 * h * h) * special.erf(ROOT_HALF * a * h) / (2 * ROOT_TWO_PI))
    ),
    a=lambda g, h, a: g * (np.exp(-0.5 * h * h * (1 + a * a)) / (2 * math.pi * (1 + a * a))),
)

# The gamma function and its relatives.


polygamma = primitive(special.polygamma)


def _trigamma(x: Array) -> Array:
    if np.iscomplexobj(plain(x)):
        raise TypeError(
            "digamma has no derivative here at complex numbers: SciPy's polygamma takes real ones"
        )
    return polygamma(1, x)


def _rgamma_slope(x: Array) -> Array:
    """The slope of 1 / Γ, by reflection on the left, where digamma has poles and 1 / Γ zeros."""
    left = np.less(np.real(x), 0.5)
    there, here = 1 - np.where(left, x, 0), np.where(left, 1, x)
    sine, cosine = _sine_cosine(there)
    reflected = -special.gamma(there) * (cosine + special.digamma(there) * sine / math.pi)
    return np.where(left, reflected, -special.digamma(here) * special.rgamma(here))


def _sine_cosine(x: Array) -> tuple[Array, Array]:
    """sin πx and cos πx, exact at integers for real x."""
    if np.iscomplexobj(plain(x)):
        return np.sin(math.pi * x), np.cos(math.pi * x)
    return special.sindg(180 * x), special.cosdg(180 * x)


derivative(special.gamma, "x", elementwise, x=lambda g, ans, x: times(g, ans * special.digamma(x)))
derivative(special.gammaln, "x", elementwise, x=lambda g, x: times(g, special.digamma(x)))
derivative(special.loggamma, "x", elementwise, x=lambda g, x: times(g, special.digamma(x)))
derivative(special.rgamma, "x", elementwise, x=lambda g, x: g * _rgamma_slope(x))
derivative(special.digamma, "x", elementwise, x=lambda g, x: times(g, _trigamma(x)))
derivative(polygamma, "n x", elementwise, x=lambda g, n, x: times(g, polygamma(np.add(n, 1), x)))


@composed(special.multigammaln)
def _multigammaln(a: Array, d: int) -> Array:
    if np.any(plain(a) <= (d - 1) / 2):
        raise ValueError(f"got a={plain(a)}, which must be above (d − 1) / 2")
    total = sum((special.gammaln(a - 0.5 * i) for i in range(d)), 0.0)
    return total + d * (d - 1) * 0.25 * np.log(np.pi)  # a np.float64, as SciPy's


derivative(
    special.beta,
    "a b",
    elementwise,
    a=lambda g, ans, a, b: times(g, ans * (special.digamma(a) - special.digamma(a + b))),
    b=lambda g, ans, a, b: times(g, ans * (special.digamma(b) - special.digamma(a + b))),
)
derivative(
    special.betaln,
    "a b",
    elementwise,
    a=lambda g, a, b: times(g, special.digamma(a) - special.digamma(a + b)),
    b=lambda g, a, b: times(g, special.digamma(b) - special.digamma(a + b)),
)
derivative(
    special.binom,
    "n k",
    elementwise,
    n=lambda g, ans, n, k: g * (ans * (special.digamma(n + 1) - special.digamma(n - k + 1))),
    k=lambda g, ans, n, k: g * (ans * (special.digamma(n - k + 1) - special.digamma(k + 1))),
)
derivative(
    special.poch,
    "z m",
    elementwise,
    z=lambda g, ans, z, m: g * (ans * (special.digamma(z + m) - special.digamma(z))),
    m=lambda g, ans, z, m: g * (ans * special.digamma(z + m)),
)


zeta = primitive(special.zeta)
derivative(zeta, "x q=1", elementwise, q=lambda g, x, q: g * (-x * zeta(x + 1, q)))

# Functions with several outputs, of which a rule gets a list of gradients.


def _total(g: list[Array], *slopes: Array) -> Array:
    parts = [times(each, s) for each, s in zip(g, slopes, strict=True)]
    return sum(parts[1:], parts[0])


derivative(special.airy, "z", z=lambda g, ans, z: _total(g, ans[1], z * ans[0], ans[3], z * ans[2]))


derivative(special.itj0y0, "x", x=lambda g, x: _total(g, special.j0(x), special.y0(x)))
derivative(special.iti0k0, "x", x=lambda g, x: _total(g, special.i0(x), special.k0(x)))
derivative(special.itstruve0, "x", elementwise, x=lambda g, x: g * special.struve(0, x))
derivative(special.itmodstruve0, "x", elementwise, x=lambda g, x: g * special.modstruve(0, x))
derivative(
    special.it2struve0, "x", elementwise, x=lambda g, x: times(g, -over(special.struve(0, x), x))
)
derivative(
    special.fresnel,
    "z",
    z=lambda g, z: _total(g, np.sin(0.5 * math.pi * z * z), np.cos(0.5 * math.pi * z * z)),
)
_spherical_jn, _spherical_in = primitive(special.spherical_jn), primitive(special.spherical_in)
derivative(  # sin(x) / x is the spherical Bessel function of order 0, without a hole at 0
    special.sici, "x", x=lambda g, x: _total(g, _spherical_jn(0, x), over(np.cos(x), x))
)
derivative(special.shichi, "x", x=lambda g, x: _total(g, _spherical_in(0, x), over(np.cosh(x), x)))
derivative(
    special.ellipj,
    "u m",
    u=lambda g, ans, m: _total(
        g, ans[1] * ans[2], -ans[0] * ans[2], -m * (ans[0] * ans[1]), ans[2]
    ),
)
for _f in (special.pbdv, special.pbvv):  # solutions of DLMF 12.2.4
    derivative(
        _f, "v x", x=lambda g, ans, v, x: _total(g, ans[1], (0.25 * x * x - v - 0.5) * ans[0])
    )
derivative(
    special.pbwa, "a x", x=lambda g, ans, a, x: _total(g, ans[1], (a - 0.25 * x * x) * ans[0])
)

# Integrals of exponentials and logarithms.

derivative(special.expi, "x", elementwise, x=lambda g, x: times(g, over(np.exp(x), x)))
derivative(special.exp1, "x", elementwise, x=lambda g, x: times(g, over(-np.exp(-x), x)))


def _expn_slope(n: Array, x: Array) -> Array:
    below = special.expn(np.maximum(np.subtract(n, 1), 0), x)
    return -below * np.where(np.equal(n, 0), 1 + over(1, x), 1)


derivative(special.expn, "n x", elementwise, x=lambda g, n, x: times(g, _expn_slope(n, x)))


def _spence_slope(z: Array) -> Array:
    """log(z) / (1 − z), without a hole at 1."""
    near = np.abs(z - 1) < 0.5
    there, here = np.where(near, 2, z), np.where(near, z, 1)
    return np.where(near, -special.hyp2f1(1, 1, 2, 1 - here), special.xlogy(1, there) / (1 - there))


derivative(special.spence, "z", elementwise, z=lambda g, z: times(g, _spence_slope(z)))

# Elliptic integrals, whose slopes are hypergeometric, and hypergeometric functions.

derivative(
    special.ellipk,
    "m",
    elementwise,
    m=lambda g, m: times(g, math.pi / 8 * special.hyp2f1(1.5, 1.5, 2, m)),
)
derivative(
    special.ellipkm1,
    "p",
    elementwise,
    p=lambda g, p: times(g, _ellipkm1_slope(p)),
)


def _ellipkm1_slope(p: Array) -> Array:
    """By E − p·K (DLMF 19.4.1) near the pole at 0, where 1 − p has lost the digits of p."""
    near = np.less(p, 0.5)
    small, large = np.where(near, p, 0.5), np.where(near, 0.5, p)
    rest = special.ellipe(1 - small) - times(small, special.ellipkm1(small))
    far = -math.pi / 8 * special.hyp2f1(1.5, 1.5, 2, 1 - large)
    return np.where(near, -over(rest, 2 * small * (1 - small)), far)


derivative(
    special.ellipe,
    "m",
    elementwise,
    m=lambda g, m: times(g, -math.pi / 8 * special.hyp2f1(0.5, 1.5, 2, m)),
)
derivative(
    special.ellipkinc,
    "phi m",
    elementwise,
    phi=lambda g, phi, m: over(g, np.sqrt(1 - m * np.square(np.sin(phi)))),
)
derivative(
    special.ellipeinc,
    "phi m",
    elementwise,
    phi=lambda g, phi, m: g * np.sqrt(1 - m * np.square(np.sin(phi))),
)
derivative(special.hyp0f1, "v z", elementwise, z=lambda g, v, z: g * (special.hyp0f1(v + 1, z) / v))
derivative(
    special.hyp1f1,
    "a b x",
    elementwise,
    x=lambda g, a, b, x: times(g, a / b * special.hyp1f1(a + 1, b + 1, x)),
)
derivative(
    special.hyp2f1,
    "a b c z",
    elementwise,
    z=lambda g, a, b, c, z: times(g, a * b / c * special.hyp2f1(a + 1, b + 1, c + 1, z)),
)
derivative(
    special.hyperu,
    "a b x",
    elementwise,
    x=lambda g, a, b, x: times(g, -a * special.hyperu(a + 1, b + 1, x)),
)
derivative(
    special.wright_bessel,
    "a b x",
    elementwise,
    x=lambda g, a, b, x: g * special.wright_bessel(a, a + b, x),
)

if hasattr(special, "log_wright_bessel"):  # since SciPy 1.14
    derivative(
        special.log_wright_bessel,
        "a b x",
        elementwise,
        x=lambda g, ans, a, b, x: g * np.exp(special.log_wright_bessel(a, a + b, x) - ans),
    )

constant("it is constant between its jumps", special.gammasgn, special.round)

__all__ = supported(special)
__getattr__, __dir__ = namespace(globals(), lambda: special)
