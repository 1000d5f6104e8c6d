"""The multivariate normal distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy

from autograd.primitive import Array
from autograd.scipy.names import namespace
from autograd.tensor import plain


def logpdf(x: Array, mean: Array = None, cov: Array = 1, allow_singular: bool = False) -> Array:
    """The logarithm of the density at x, of shape (…, d).

    `mean` has shape (d,) or is a number, 0 by default; `cov` has shape (d, d), or (d,) for a
    diagonal matrix, or is a number. Its gradient is symmetric. Raises LinAlgError if it is not
    positive definite; with `allow_singular`, the density is that within the space that it spans.

    >>> logpdf(np.array([1.0, 0.0]), np.zeros(2), np.eye(2)).round(4)
    np.float64(-2.3379)
    """
    x, mean, cov = _arranged(x, mean, cov)
    rank, log_det, whiten = _decomposed(cov, allow_singular)
    white = (x - mean) @ whiten
    return -0.5 * (rank * math.log(2 * math.pi) + log_det + np.sum(np.square(white), axis=-1))


def pdf(x: Array, mean: Array = None, cov: Array = 1, allow_singular: bool = False) -> Array:
    """The density at x."""
    return np.exp(logpdf(x, mean, cov, allow_singular))


def entropy(mean: Array = None, cov: Array = 1) -> Array:
    """The differential entropy."""
    _, _, cov = _arranged(None, mean, cov)
    _, log_det, _ = _decomposed(cov, False)
    return 0.5 * (cov.shape[-1] * math.log(2 * math.pi * math.e) + log_det)


def _arranged(x: Any, mean: Any, cov: Any) -> tuple[Array, Array, Array]:
    """x with a last axis for the d components, the mean, and the covariance as a matrix."""
    cov = np.multiply(cov, 1.0)
    mean = np.zeros(()) if mean is None else np.multiply(mean, 1.0)
    d = max((1, *np.shape(cov), *np.shape(mean)))
    if np.ndim(cov) < 2:
        cov = cov * np.eye(d)
    if x is not None:
        x = np.multiply(x, 1.0)
        if np.ndim(x) == 0:
            x = np.reshape(x, (1,))
        elif np.ndim(x) == 1 and d == 1:
            x = x[:, None]
    if cov.shape != (d, d) or (x is not None and x.shape[-1] != d):
        raise ValueError(
            f"multivariate_normal got x of shape {np.shape(x)}, mean of {np.shape(mean)} and cov "
            f"of {np.shape(cov)}: the last lengths must be equal"
        )
    return x, mean, cov


def _decomposed(cov: Array, allow_singular: bool) -> tuple[int, Array, Array]:
    """Its rank, the logarithm of its determinant, and W with W Wᵀ = cov⁻¹."""
    if not allow_singular:
        root = np.linalg.cholesky(cov)
        log_det = 2 * np.sum(np.log(np.diagonal(root)))
        return cov.shape[0], log_det, np.linalg.inv(root).T
    w, v = np.linalg.eigh(cov)
    values = plain(w)
    spans = values > 1e6 * np.finfo(values.dtype).eps * np.max(np.abs(values))  # SciPy's tolerance
    w = np.where(spans, w, 1)
    return int(np.sum(spans)), np.sum(np.log(w)), v * np.where(spans, 1 / np.sqrt(w), 0)


__getattr__, __dir__ = namespace(globals(), lambda: scipy.stats.multivariate_normal)
