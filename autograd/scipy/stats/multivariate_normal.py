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
    away = x - mean
    if allow_singular:
        rank, log_det, inverse = _spanned(cov)
        squares = np.sum(away @ inverse * away, axis=-1)
    else:
        rank, (log_det, root) = cov.shape[0], _factored(cov)
        squares = np.sum(np.square(away @ np.linalg.inv(root).T), axis=-1)
    return -0.5 * (rank * math.log(2 * math.pi) + log_det + squares)


def pdf(x: Array, mean: Array = None, cov: Array = 1, allow_singular: bool = False) -> Array:
    """The density at x."""
    return np.exp(logpdf(x, mean, cov, allow_singular))


def entropy(mean: Array = None, cov: Array = 1) -> Array:
    """The differential entropy."""
    _, _, cov = _arranged(None, mean, cov)
    log_det, _ = _factored(cov)
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


def _factored(cov: Array) -> tuple[Array, Array]:
    """The logarithm of its determinant, and its Cholesky factor."""
    root = np.linalg.cholesky(cov)
    return 2 * np.sum(np.log(np.diagonal(root))), root


def _spanned(cov: Array) -> tuple[int, Array, Array]:
    """Its rank, the logarithm of the product of its eigenvalues that are not 0, its pseudo-inverse.

    Not by its eigenvectors, whose derivative is not known where eigenvalues are equal.
    """
    w = np.linalg.eigvalsh(cov)
    values = plain(w)
    tolerance = 1e6 * np.finfo(values.dtype).eps  # SciPy's
    spans = values > tolerance * np.max(np.abs(values))
    inverse = np.linalg.pinv(cov, rcond=tolerance, hermitian=True)
    return int(np.sum(spans)), np.sum(np.log(np.where(spans, w, 1))), inverse


__getattr__, __dir__ = namespace(globals(), lambda: scipy.stats.multivariate_normal)
