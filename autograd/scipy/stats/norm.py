"""The normal distribution."""

from __future__ import annotations

import math

import numpy as np
import scipy
from scipy import special

from autograd.primitive import Array
from autograd.scipy.names import namespace


def logpdf(x: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The logarithm of the density at x, which broadcasts with `loc` and `scale`.

    >>> logpdf(np.array([0.0, 1.0])).round(4)
    array([-0.9189, -1.4189])
    """
    return -0.5 * np.square(_standard(x, loc, scale)) - 0.5 * math.log(2 * math.pi) - np.log(scale)


def pdf(x: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The density at x."""
    return np.exp(logpdf(x, loc, scale))


def cdf(x: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The probability of at most x."""
    return special.ndtr(_standard(x, loc, scale))


def logcdf(x: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The logarithm of the probability of at most x, to the last digits far to the left too."""
    return special.log_ndtr(_standard(x, loc, scale))


def sf(x: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The probability of more than x."""
    return special.ndtr(-_standard(x, loc, scale))


def logsf(x: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The logarithm of the probability of more than x."""
    return special.log_ndtr(-_standard(x, loc, scale))


def ppf(q: Array, loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The inverse of `cdf`."""
    return loc + scale * special.ndtri(q)


def entropy(loc: Array = 0.0, scale: Array = 1.0) -> Array:
    """The differential entropy."""
    return 0.5 * math.log(2 * math.pi * math.e) + np.log(scale) + np.multiply(loc, 0.0)


def _standard(x: Array, loc: Array, scale: Array) -> Array:
    return np.divide(np.subtract(x, loc), scale)


__getattr__, __dir__ = namespace(globals(), lambda: scipy.stats.norm)
