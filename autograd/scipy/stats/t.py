"""Student's t distribution."""

from __future__ import annotations

import math

import numpy as np
import scipy
from scipy import special

from autograd.primitive import Array
from autograd.scipy.names import namespace


def logpdf(x: Array, df: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The logarithm of the density at x, with `df` degrees of freedom.

    >>> logpdf(0.0, 1.0).round(4)
    np.float64(-1.1447)
    """
    z, half = np.divide(np.subtract(x, loc), scale), np.multiply(df, 0.5)
    tail = (half + 0.5) * np.log1p(np.square(z) / df)
    norm = special.gammaln(half + 0.5) - special.gammaln(half) - 0.5 * np.log(df)
    return norm - 0.5 * math.log(math.pi) - tail - np.log(scale)


def pdf(x: Array, df: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The density at x."""
    return np.exp(logpdf(x, df, loc, scale))


def cdf(x: Array, df: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The probability of at most x; without a derivative by `df`."""
    return special.stdtr(df, np.divide(np.subtract(x, loc), scale))


def logcdf(x: Array, df: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The logarithm of the probability of at most x; without a derivative by `df`."""
    return np.log(cdf(x, df, loc, scale))


__getattr__, __dir__ = namespace(globals(), lambda: scipy.stats.t)
