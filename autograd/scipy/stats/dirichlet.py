"""The Dirichlet distribution."""

from __future__ import annotations

import numpy as np
import scipy
from scipy import special

from autograd.primitive import Array
from autograd.scipy.names import namespace
from autograd.tensor import plain


def logpdf(x: Array, alpha: Array) -> Array:
    """The logarithm of the density at x, of shape (K,), or (K, N) for N points.

    x may lack its last entry, which then is what is missing to 1. Raises ValueError if x is not a
    vector of probabilities, or alpha not one of K positive numbers.

    >>> logpdf(np.array([0.2, 0.8]), np.array([1.0, 2.0])).round(4)
    np.float64(0.47)
    """
    alpha = np.multiply(alpha, 1.0)
    x = _whole(np.multiply(x, 1.0), alpha)
    powers = special.xlogy(np.reshape(alpha - 1, (-1, *(1,) * (x.ndim - 1))), x)
    return np.sum(powers, axis=0) - _log_beta(alpha)


def pdf(x: Array, alpha: Array) -> Array:
    """The density at x."""
    return np.exp(logpdf(x, alpha))


def entropy(alpha: Array) -> Array:
    """The differential entropy."""
    alpha = np.multiply(alpha, 1.0)
    total = np.sum(alpha)
    spread = (total - alpha.shape[0]) * special.digamma(total)
    return _log_beta(alpha) + spread - np.sum((alpha - 1) * special.digamma(alpha))


def _log_beta(alpha: Array) -> Array:
    return np.sum(special.gammaln(alpha)) - special.gammaln(np.sum(alpha))


def _whole(x: Array, alpha: Array) -> Array:
    """x with its last entry."""
    if plain(alpha).ndim != 1 or np.any(plain(alpha) <= 0):
        raise ValueError(f"dirichlet needs a vector of positive numbers, not alpha={plain(alpha)}")
    if x.shape[0] == len(alpha) - 1:
        x = np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)])
    if x.shape[0] != len(alpha):
        raise ValueError(
            f"dirichlet got x of shape {x.shape} for alpha of shape {alpha.shape}: the first axis "
            f"of x must be as long as alpha, or one shorter"
        )
    values = plain(x)
    if np.any(values < 0) or np.any(np.abs(np.sum(values, axis=0) - 1) > 1e-9):
        raise ValueError("dirichlet got x whose entries are not probabilities with the sum 1")
    return x


__getattr__, __dir__ = namespace(globals(), lambda: scipy.stats.dirichlet)
