"""The operations that losses are: means of many numbers as one node of the graph each.

What calls them, in `nn.losses`, has checked that their arguments fit one another. The results are
numbers, of shape (), but for improbability's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import derivative, elementwise, primitive, sigmoid, softmax
from autograd.primitive import Array, constant
from autograd.rules.products import ones

# x.sum() / n is 3x faster than x.mean() for the few numbers of a small batch.


@primitive
def squared_error(y: Array, t: Array, factor: float) -> Any:
    """factor · mean((y − t)²)"""
    errors = y - t
    return np.vdot(errors, errors) * (factor / errors.size)


@primitive
def binary_cross_entropy(z: Array, t: Array) -> Any:
    """mean(max(z, 0) − z t + log(1 + exp(−|z|)))"""
    return (np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))).sum() / z.size


@primitive
def improbability(p: Array, t: Array) -> Array:
    """−t log p − (1 − t) log(1 − p), each logarithm at least −100; of each element."""
    return -t * _bounded(np.log, p) - (1 - t) * _bounded(np.log1p, -p)


@primitive
def margin_violation(score: Array, label: Array) -> Any:
    """mean(max(0, 1 − label · score))"""
    return np.maximum(1 - label * score, 0).sum() / score.size


@primitive
def categorical_cross_entropy(z: Array, labels: Array) -> tuple[Any, Any]:
    """mean(log(sum(exp(z))) − z[label]) over the rows of z, and its gradient.

    The gradient, (softmax(z) − one-hot(label)) / n, takes little more than the loss itself; making
    both at once saves a tenth of a small training step.
    """
    n, classes = labels.size, z.shape[-1]
    rows = z.reshape(n, classes)
    # Of short rows, the maxima are there in a third of the time where columns are together.
    same = rows.copy("F") if classes < 32 else rows
    # Less the maxima, so that exp does not overflow; in C order, which `at_labels` is made for.
    rows = np.subtract(rows, np.maximum.reduce(same, 1, keepdims=True), order="C")
    at_labels = labels.ravel() + np.arange(0, n * classes, classes)  # in rows, ravelled
    picked = rows.take(at_labels)
    powers = np.exp(rows, rows)
    sums = np.dot(powers, ones(classes, z.dtype))
    loss = (np.add.reduce(np.log(sums)) - np.add.reduce(picked)) / n
    sums *= n
    powers /= sums[:, np.newaxis]
    powers.ravel()[at_labels] -= 1 / n
    return loss, powers.reshape(z.shape)


derivative(
    squared_error,
    y=lambda g, y, t, factor: g * (2 * factor / y.size) * (y - t),
    t=lambda g, y, t, factor: g * (2 * factor / y.size) * (t - y),
)
derivative(
    binary_cross_entropy,
    z=lambda g, z, t: g / z.size * _excess(z, t),
    t=lambda g, z: -g / z.size * z,
)
derivative(
    improbability,
    None,
    elementwise,
    p=lambda g, p, t: g * (p - t) / np.maximum(p * (1 - p), 1e-12),
    t=lambda g, p: g * (_bounded(np.log1p, -p) - _bounded(np.log, p)),
)
derivative(
    margin_violation,
    score=lambda g, score, label: -g / score.size * (label * np.less(label * score, 1)),
)
derivative(
    categorical_cross_entropy,
    "z labels -> error",
    z=lambda g, z, labels, error: g * (_error(z, labels) if error is None else error),
)


def _excess(z: Array, t: Array) -> Array:
    """sigmoid(z) − t, of arrays (1 − t) sigmoid(z) − t sigmoid(−z): to the last digits at t = 1."""
    if type(z) is not np.ndarray:
        return sigmoid(z) - t
    small, positive = np.exp(-np.abs(z)), np.greater(z, 0)
    excess = np.maximum(small, positive) * (1 - t) - np.maximum(small, ~positive) * t
    return excess / (1 + small)


def _bounded(log: Callable[[Array], Array], p: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.maximum(log(p), -100)


def _error(z: Array, labels: Array) -> Array:
    """The gradient of the mean cross-entropy: (softmax(z) − one-hot(labels)) / n."""
    return (softmax(z) - one_hot(labels, z.shape[-1])) / labels.size


@primitive
def one_hot(labels: Array, classes: int) -> Array:
    """1 at each label, and 0 for the other classes."""
    return np.equal(labels[..., np.newaxis], np.arange(classes))


constant("labels are whole numbers", one_hot)
