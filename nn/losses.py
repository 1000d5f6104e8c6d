"""Losses: how far predictions are from targets, as one number, the mean over all of them.

Each is one node of the graph, whose formula and rule stand below the functions that check their
arguments. Nothing is broadcast: (n, 1) against (n,) would silently compare all with all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor, derivative, logsumexp, primitive, sigmoid, softmax
from autograd.primitive import Array, entry
from autograd.tensor import plain, record, wrap

Loss: TypeAlias = Callable[[Any, Any], Tensor]  # (prediction, target) -> one number


def mse(prediction: Any, target: Any) -> Tensor:
    """The mean squared error, mean((y − t)²), of two arrays of the same shape.

    Raises ValueError if the shapes differ or there is nothing in them.

    >>> mse(Tensor([1.0, 2.0]), [1.0, 4.0])
    Tensor(2.)
    """
    return record(_SQUARED_ERROR, (*_alike("mse", prediction, target), 1.0))


def half_mse(prediction: Any, target: Any) -> Tensor:
    """½ mean((y − t)²), whose gradient is the mean of the errors themselves; else as `mse`.

    >>> half_mse(Tensor([21.0]), [3.0])
    Tensor(162.)
    """
    return record(_SQUARED_ERROR, (*_alike("half_mse", prediction, target), 0.5))


def bce_with_logits(logits: Any, target: Any) -> Tensor:
    """The mean binary cross-entropy of sigmoid(logits) with targets from 0 to 1, of one shape.

    Stable: large logits neither overflow nor lose digits. Raises ValueError if the shapes differ,
    there is nothing in them, or a target is outside [0, 1].

    >>> 2 * bce_with_logits(Tensor([0.0, 1e4]), [1, 1]).item()  # log 2
    0.6931471805599453
    """
    logits, target = _alike("bce_with_logits", logits, target)
    low, high = _range(target)
    if not (low >= 0 and high <= 1):
        raise ValueError(
            f"bce_with_logits takes targets from 0 to 1, but these range from {low:g} to {high:g}; "
            f"for labels -1 and 1, pass (labels + 1) / 2, or use hinge"
        )
    return record(_BINARY_CROSS_ENTROPY, (logits, target))


def cross_entropy(logits: Any, labels: Any) -> Tensor:
    """The mean cross-entropy of softmax(logits), of shape (…, classes), with labels of shape (…).

    Labels are integers from 0 to classes − 1. Stable, as `bce_with_logits`. Raises TypeError for
    labels that are not integers, and ValueError if they are out of range, do not fit, or there are
    none.

    >>> 2 * cross_entropy(Tensor([[0.0, 0.0], [0.0, 1e4]]), [1, 1]).item()  # log 2
    0.6931471805599453
    """
    logits, labels = _real("cross_entropy", logits), np.asarray(plain(labels))
    if labels.dtype.kind not in "iu":
        raise TypeError(
            f"cross_entropy takes integer labels, not {labels.dtype} of shape {labels.shape}; make "
            f"them with .astype(int), or from one-hot rows with .argmax(-1)"
        )
    shape = logits._data.shape
    if not shape or labels.shape != shape[:-1] or not labels.size:
        raise ValueError(
            f"cross_entropy takes logits of shape (…, classes) and as many labels, of shape (…), "
            f"not logits of shape {shape} and labels of shape {labels.shape}"
        )
    labels = labels.astype(np.intp)  # a copy, and of a size known below
    classes = shape[-1]
    if labels.view(np.uintp).max() >= classes:  # unsigned, a negative one is too large as well
        low, high = _range(labels)
        raise ValueError(
            f"labels out of range: {classes} classes are labelled 0 to {classes - 1}, but these "
            f"labels range from {low} to {high}"
        )
    if not isinstance(logits._data, np.ndarray):  # lazy, say, and without the indexing used there
        is_label = np.equal(labels[..., np.newaxis], np.arange(classes))
        picked = np.sum(np.where(is_label, logits, 0), axis=-1)
        return (logsumexp(logits, axis=-1) - picked).mean()  # type: ignore[no-any-return]
    loss: Tensor = record(_CATEGORICAL_CROSS_ENTROPY, (logits, wrap(labels, None)))[0]
    return loss


def hinge(score: Any, labels: Any) -> Tensor:
    """The mean of max(0, 1 − label · score), for labels −1 and 1, of the scores' shape.

    Raises ValueError if the shapes differ, there is nothing in them, or for any other label.

    >>> hinge(Tensor([0.5, 3.0]), [-1, 1])
    Tensor(0.75)
    """
    score, labels = _alike("hinge", score, labels)
    if not (np.abs(plain(labels)) == 1).all():
        low, high = _range(labels)
        raise ValueError(
            f"hinge takes labels that are -1 or 1, but these range from {low:g} to {high:g}; for "
            f"labels 0 and 1, pass 2 * labels - 1, or use bce_with_logits"
        )
    return record(_MARGIN_VIOLATION, (score, labels))


LOSSES: dict[str, Loss] = {
    "mse": mse,
    "half_mse": half_mse,
    "bce_with_logits": bce_with_logits,
    "cross_entropy": cross_entropy,
    "hinge": hinge,
}


# The operations. Their arguments fit one another; the results are numbers, of shape ().
# (x.sum() / n is 3x faster than x.mean() for the few numbers of a small batch.)


@primitive
def squared_error(y: Array, t: Array, factor: float) -> Any:
    """factor · mean((y − t)²)"""
    errors = (y - t).ravel()
    return errors @ errors * (factor / errors.size)


@primitive
def binary_cross_entropy(z: Array, t: Array) -> Any:
    """mean(max(z, 0) − z t + log(1 + exp(−|z|)))"""
    return (np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))).sum() / z.size


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
    n = labels.size
    rows = z.reshape(n, -1)
    rows = rows - rows.max(-1, keepdims=True)  # so that exp does not overflow
    at_labels = np.arange(n), labels.ravel()
    powers = np.exp(rows)
    sums = powers.sum(-1, keepdims=True)
    loss = (np.log(sums).sum() - rows[at_labels].sum()) / n
    powers /= sums * n
    powers[at_labels] -= 1 / n
    return loss, powers.reshape(z.shape)


derivative(
    squared_error,
    y=lambda g, y, t, factor: g * (2 * factor / y.size) * (y - t),
    t=lambda g, y, t, factor: g * (2 * factor / y.size) * (t - y),
)
derivative(
    binary_cross_entropy,
    z=lambda g, z, t: g / z.size * (sigmoid(z) - t),
    t=lambda g, z: -g / z.size * z,
)
derivative(
    margin_violation,
    score=lambda g, score, label: -g / score.size * (label * np.less(label * score, 1)),
)
derivative(
    categorical_cross_entropy,
    z=lambda g, ans, z, labels: _through_both(g[0], g[1], ans[1], z, labels.size),
)


def _through_both(g_loss: Any, g_error: Any, error: Array, z: Array, n: int) -> Any:
    """The gradient of z from that of the loss and that of its gradient, either of which is None."""
    if g_error is None:
        return g_loss * error
    p = softmax(z)
    through = p * (g_error - (g_error * p).sum(-1, keepdims=True)) / n
    return through if g_loss is None else g_loss * error + through


_SQUARED_ERROR, _BINARY_CROSS_ENTROPY, _CATEGORICAL_CROSS_ENTROPY, _MARGIN_VIOLATION = map(
    entry, (squared_error, binary_cross_entropy, categorical_cross_entropy, margin_violation)
)


# What comes in.


def _real(loss: str, prediction: Any) -> Tensor:
    """The prediction as a Tensor of floating numbers."""
    tensor: Tensor = prediction if type(prediction) is Tensor else Tensor(prediction)
    kind = tensor._data.dtype.kind
    if kind == "c":
        raise TypeError(f"{loss} takes real predictions, not {tensor.dtype}")
    return tensor if kind == "f" else tensor.astype(np.float64)


def _alike(loss: str, prediction: Any, target: Any) -> tuple[Tensor, Tensor]:
    """Both as Tensors of the prediction's dtype. Raises ValueError unless they have one shape."""
    prediction = _real(loss, prediction)
    y = prediction._data
    if type(target) is not Tensor:
        target = wrap(np.array(target, y.dtype), None)
    elif not target.requires_grad and target._data.dtype != y.dtype:
        target = target.astype(y.dtype)
    t = target._data
    if t.shape != y.shape or not y.size:
        raise ValueError(
            f"{loss} takes two arrays of the same shape with something in them, but the first has "
            f"shape {y.shape} and the target {t.shape}"
            + ("; reshape one of them" if t.size == y.size > 0 else "")
        )
    return prediction, target


def _range(array: Any) -> tuple[Any, Any]:
    array = plain(array)
    return array.min(), array.max()
