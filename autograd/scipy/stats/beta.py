"""The beta distribution."""

from __future__ import annotations

import numpy as np
import scipy
from scipy import special

from autograd.primitive import Array
from autograd.scipy.names import namespace
from autograd.scipy.stats.support import within


def logpdf(x: Array, a: Array, b: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The logarithm of the density at x, from `loc` to `loc + scale`.

    >>> logpdf(np.array([0.5, 1.5]), 2.0, 2.0).round(4)
    array([0.4055,   -inf])
    """
    z = np.divide(np.subtract(x, loc), scale)
    inside = np.logical_and(np.greater_equal(z, 0), np.less_equal(z, 1))
    ones = np.subtract(a, 1.0), np.subtract(b, 1.0)
    powers = within(inside, z, lambda z: special.xlogy(ones[0], z) + special.xlog1py(ones[1], -z))
    return powers - special.betaln(a, b) - np.log(scale)


def pdf(x: Array, a: Array, b: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The density at x."""
    return np.exp(logpdf(x, a, b, loc, scale))


def cdf(x: Array, a: Array, b: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The probability of at most x; without a derivative by `a` and `b`."""
    return special.betainc(a, b, np.clip(np.divide(np.subtract(x, loc), scale), 0, 1))


def logcdf(x: Array, a: Array, b: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The logarithm of the probability of at most x; without a derivative by `a` and `b`."""
    return special.xlogy(1.0, cdf(x, a, b, loc, scale))


__getattr__, __dir__ = namespace(globals(), lambda: scipy.stats.beta)
