"""The Poisson distribution, on integers k: differentiable by `mu` alone."""

from __future__ import annotations

import numpy as np
import scipy
from scipy import special

from autograd.primitive import Array, derivative, elementwise, primitive
from autograd.rules.elementwise import over, times
from autograd.scipy.names import namespace


@primitive
def logpmf(k: Array, mu: Array, loc: Array = 0) -> Array:
    """The logarithm of the probability of k, with mean `mu` and shifted by `loc`.

    >>> logpmf(np.array([0, 2, -1]), 1.0).round(4)
    array([-1.    , -1.6931,    -inf])
    """
    k = np.subtract(k, loc)
    possible = np.logical_and(np.greater_equal(k, 0), np.equal(np.floor(k), k))
    k = np.where(possible, k, 0)
    return np.where(possible, special.xlogy(k, mu) - special.gammaln(k + 1) - mu, -np.inf)


def _slope(k: Array, mu: Array, loc: Array) -> Array:
    k = np.subtract(k, loc)
    possible = np.logical_and(np.greater_equal(k, 0), np.equal(np.floor(k), k))
    return np.where(possible, over(k, mu) - 1, 0)


vars(logpmf)["__primitive__"].__module__ = "scipy.stats.poisson"  # for messages
derivative(logpmf, None, elementwise, mu=lambda g, k, mu, loc: times(g, _slope(k, mu, loc)))


def pmf(k: Array, mu: Array, loc: Array = 0) -> Array:
    """The probability of k."""
    return np.exp(logpmf(k, mu, loc))


def cdf(k: Array, mu: Array, loc: Array = 0) -> Array:
    """The probability of at most k."""
    k = np.floor(np.subtract(k, loc))
    return np.where(np.less(k, 0), 0, special.pdtr(np.maximum(k, 0), mu))


def logcdf(k: Array, mu: Array, loc: Array = 0) -> Array:
    """The logarithm of the probability of at most k."""
    return special.xlogy(1.0, cdf(k, mu, loc))


__getattr__, __dir__ = namespace(globals(), lambda: scipy.stats.poisson)
