"""The chi-squared distribution: the gamma distribution with a = df / 2 and twice the scale."""

from __future__ import annotations

import numpy as np
import scipy

from autograd.primitive import Array
from autograd.scipy.names import namespace
from autograd.scipy.stats import gamma


def logpdf(x: Array, df: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The logarithm of the density at x, with `df` degrees of freedom.

    >>> logpdf(2.0, 2.0).round(4)
    np.float64(-1.6931)
    """
    return gamma.logpdf(x, np.multiply(df, 0.5), loc, np.multiply(scale, 2.0))


def pdf(x: Array, df: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The density at x."""
    return np.exp(logpdf(x, df, loc, scale))


def cdf(x: Array, df: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The probability of at most x; without a derivative by `df`."""
    return gamma.cdf(x, np.multiply(df, 0.5), loc, np.multiply(scale, 2.0))


def logcdf(x: Array, df: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The logarithm of the probability of at most x; without a derivative by `df`."""
    return gamma.logcdf(x, np.multiply(df, 0.5), loc, np.multiply(scale, 2.0))


__getattr__, __dir__ = namespace(globals(), lambda: scipy.stats.chi2)
