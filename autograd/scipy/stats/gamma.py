"""The gamma distribution."""

from __future__ import annotations

import numpy as np
import scipy
from scipy import special

from autograd.primitive import Array
from autograd.scipy.names import namespace
from autograd.scipy.stats.support import within


def logpdf(x: Array, a: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The logarithm of the density at x, with shape parameter `a`.

    >>> logpdf(np.array([2.0, -1.0]), 1.0)
    array([ -2., -inf])
    """
    z, one_less = np.divide(np.subtract(x, loc), scale), np.subtract(a, 1.0)
    powers = within(np.greater_equal(z, 0), z, lambda z: special.xlogy(one_less, z) - z)
    return powers - special.gammaln(a) - np.log(scale)


def pdf(x: Array, a: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The density at x."""
    return np.exp(logpdf(x, a, loc, scale))


def cdf(x: Array, a: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The probability of at most x; without a derivative by `a`."""
    return special.gammainc(a, np.maximum(np.divide(np.subtract(x, loc), scale), 0))


def logcdf(x: Array, a: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The logarithm of the probability of at most x; without a derivative by `a`."""
    return special.xlogy(1.0, cdf(x, a, loc, scale))


__getattr__, __dir__ = namespace(globals(), lambda: scipy.stats.gamma)
