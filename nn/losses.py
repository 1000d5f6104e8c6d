"""Losses: how far predictions are from targets, as one number, the mean over all of them.

`weight` says what each item counts for: one number for each loss, or for each row of them, and the
mean is then sum(weight · loss) / sum(weight). `reduction="sum"` gives the sum instead, and "none"
the losses themselves (times their weights). The definitions are PyTorch's, but for that mean, which
PyTorch has in mse, mae and cross_entropy alone: elsewhere it divides by the number of items.

The mean of the commonest losses is one node of the graph, whose formula and rule are in `nn.fused`.
Nothing is broadcast: (n, 1) against (n,) would silently compare all with all. To pass a loss with
its options on, `functools.partial(huber, delta=0.5)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor, log_softmax, relu, softplus
from autograd.primitive import NDArray, Shape, entry
from autograd.tensor import plain, record, wrap
from nn.fused import (
    binary_cross_entropy,
    categorical_cross_entropy,
    improbability,
    margin_violation,
    squared_error,
)
from nn.init import within

_SQUARED_ERROR, _BINARY_CROSS_ENTROPY, _CATEGORICAL_CROSS_ENTROPY, _MARGIN_VIOLATION = map(
    entry, (squared_error, binary_cross_entropy, categorical_cross_entropy, margin_violation)
)

Loss: TypeAlias = Callable[..., Tensor]  # (prediction, target) -> one number; may take weight=


def mse(prediction: Any, target: Any, *, weight: Any = None, reduction: str = "mean") -> Tensor:
    """The mean squared error, mean((y − t)²), of two arrays of the same shape.

    Raises ValueError if the shapes differ or there is nothing in them.

    >>> mse(Tensor([1.0, 2.0]), [1.0, 4.0])
    Tensor(2.)
    >>> mse(Tensor([1.0, 2.0]), [1.0, 4.0], weight=[3, 1])
    Tensor(1.)
    """
    y, t = _alike("mse", prediction, target)
    if weight is None and reduction == "mean":
        return record(_SQUARED_ERROR, (y, t, 1.0))
    return _reduced(np.square(y - t), weight, reduction)


def half_mse(
    prediction: Any, target: Any, *, weight: Any = None, reduction: str = "mean"
) -> Tensor:
    """½ mean((y − t)²), whose gradient is the mean of the errors themselves; else as `mse`.

    >>> half_mse(Tensor([21.0]), [3.0])
    Tensor(162.)
    """
    y, t = _alike("half_mse", prediction, target)
    if weight is None and reduction == "mean":
        return record(_SQUARED_ERROR, (y, t, 0.5))
    return _reduced(0.5 * np.square(y - t), weight, reduction)


def mae(prediction: Any, target: Any, *, weight: Any = None, reduction: str = "mean") -> Tensor:
    """The mean absolute error, mean(|y − t|), with slope 0 where they are equal; else as `mse`.

    >>> mae(Tensor([1.0, 2.0]), [1.0, 4.0])
    Tensor(1.)
    """
    y, t = _alike("mae", prediction, target)
    return _reduced(np.abs(y - t), weight, reduction)


def huber(
    prediction: Any,
    target: Any,
    *,
    delta: float = 1.0,
    weight: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """Half the squared error up to an error of `delta`, and a straight line further out.

    The mean of ½ e² where |e| ≤ delta, else delta · (|e| − ½ delta), for e = y − t (Huber 1964).
    Raises ValueError also if `delta` is not positive; else as `mse`.

    >>> huber(Tensor([0.5, 3.0]), [0.0, 0.0], reduction="none")
    Tensor([0.125, 2.5  ])
    """
    if not within("delta", delta):
        raise ValueError("delta must be above 0, not 0")
    y, t = _alike("huber", prediction, target)
    error = y - t
    slope = np.clip(error, -delta, delta)
    return _reduced(slope * (error - 0.5 * slope), weight, reduction)


def bce_with_logits(
    logits: Any,
    target: Any,
    *,
    pos_weight: Any = None,
    weight: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean binary cross-entropy of sigmoid(logits) with targets from 0 to 1, of one shape.

    `pos_weight`, one number or one for each column, multiplies the part of the positive class,
    −t log sigmoid(z), but not what an item counts for in the mean.

    Stable: large logits neither overflow nor lose digits. Raises ValueError if the shapes differ,
    there is nothing in them, or a target is outside [0, 1].

    >>> 2 * bce_with_logits(Tensor([0.0, 1e4]), [1, 1]).item()  # log 2
    0.6931471805599453
    """
    z, t = _alike("bce_with_logits", logits, target)
    _check_from_0_to_1(
        "bce_with_logits", "targets", t, "for labels -1 and 1, pass (labels + 1) / 2, or use hinge"
    )
    if pos_weight is None and weight is None and reduction == "mean":
        return record(_BINARY_CROSS_ENTROPY, (z, t))
    positive = t
    if pos_weight is not None:
        shape = z.shape[-1:] if np.ndim(pos_weight) else ()
        positive = t * _weights("pos_weight", pos_weight, z.dtype, shape, f"column of {z.shape}")
    return _reduced(positive * softplus(-z) + (1 - t) * softplus(z), weight, reduction)


def bce(probability: Any, target: Any, *, weight: Any = None, reduction: str = "mean") -> Tensor:
    """The mean binary cross-entropy of probabilities with targets from 0 to 1, of one shape.

    That is −t log p − (1 − t) log(1 − p). At p = 0 and 1, PyTorch's rule: a logarithm is at least
    −100, and in the gradient, (p − t) / (p (1 − p)), the divisor at least 1e-12. Where there are
    logits, `bce_with_logits` is exact, and learns from what this one has rounded to 0 or 1.

    Raises ValueError if the shapes differ, there is nothing in them, or a number is outside [0, 1].

    >>> bce(Tensor([0.5, 1.0]), [1, 1], reduction="sum").item()  # log 2
    0.6931471805599453
    """
    p, t = _alike("bce", probability, target)
    _check_from_0_to_1("bce", "probabilities", p, "for logits, use bce_with_logits")
    _check_from_0_to_1("bce", "targets", t, "for labels -1 and 1, pass (labels + 1) / 2")
    return _reduced(improbability(p, t), weight, reduction)


def cross_entropy(
    logits: Any,
    labels: Any,
    *,
    weight: Any = None,
    class_weight: Any = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean cross-entropy of softmax(logits), of shape (…, classes), with labels of shape (…).

    Labels are integers from 0 to classes − 1, or `ignore_index`, which counts for nothing.
    `class_weight`, one number a class, is PyTorch's `weight`: it multiplies each logarithm of a
    probability, and the mean is divided by the sum of the labels' weights. `label_smoothing` is the
    share of each label that is spread evenly over all classes.

    Stable, as `bce_with_logits`. Raises TypeError for labels that are not integers, and ValueError
    if they are out of range, do not fit, or there are none.

    >>> 2 * cross_entropy(Tensor([[0.0, 0.0], [0.0, 1e4]]), [1, 1]).item()  # log 2
    0.6931471805599453
    >>> cross_entropy(Tensor([[0.0, 0.0], [0.0, 1e4]]), [-1, 1], ignore_index=-1).item()
    0.0
    """
    logits = _real("cross_entropy", logits)
    labels, kept = _labels(labels, logits._array.shape, ignore_index)
    if (
        weight is class_weight is kept is None
        and label_smoothing == 0
        and reduction == "mean"
        and isinstance(logits._array, np.ndarray)  # not lazy, say, and without indexing
    ):
        return record(_CATEGORICAL_CROSS_ENTROPY, (logits, wrap(labels, None)))
    label_smoothing = within("label_smoothing", label_smoothing, high=1.0, closed=True)
    classes = logits.shape[-1]
    share = np.equal(labels[..., np.newaxis], np.arange(classes)).astype(logits.dtype)
    share = share * (1 - label_smoothing) + label_smoothing / classes
    count = np.ones(labels.shape, logits.dtype)  # what each label counts for in the mean
    if class_weight is not None:
        what = f"class, of {classes}"
        class_weight = _weights("class_weight", class_weight, logits.dtype, (classes,), what)
        share, count = share * class_weight, class_weight[labels]
    if kept is not None:
        share, count = share * kept[..., np.newaxis], count * kept
    # A class that counts for nothing may be impossible: 0 · log 0 is 0.
    losses = -np.sum(np.where(share > 0, log_softmax(logits), 0) * share, axis=-1)
    return _reduced(losses, weight, reduction, count)


def hinge(score: Any, labels: Any, *, weight: Any = None, reduction: str = "mean") -> Tensor:
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
    if weight is None and reduction == "mean":
        return record(_MARGIN_VIOLATION, (score, labels))
    return _reduced(relu(1 - labels * score), weight, reduction)


LOSSES: dict[str, Loss] = {
    "mse": mse,
    "half_mse": half_mse,
    "mae": mae,
    "huber": huber,
    "bce_with_logits": bce_with_logits,
    "bce": bce,
    "cross_entropy": cross_entropy,
    "hinge": hinge,
}


def _reduced(losses: Any, weight: Any, reduction: str, count: Any = None) -> Tensor:
    """`losses` times `weight`: each, or their sum, or their mean as `reduction` says.

    `count`, of their shape, is what each counts for in the mean besides its weight; 1 if None.
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction is 'mean', 'sum' or 'none', not {reduction!r}")
    total: Any = losses.size
    if weight is not None:
        shape = losses.shape[: np.ndim(weight)]  # the first axes: a weight for each row, say
        what = f"loss, of shape {losses.shape}, or for each of their rows"
        what += " (weights of classes are class_weight)" * (count is not None)
        weight = _weights("weight", weight, losses.dtype, shape, what)
        weight = weight.reshape(shape + (1,) * (losses.ndim - len(shape)))
        losses = losses * weight
        count = np.broadcast_to(weight, losses.shape) if count is None else count * weight
    if reduction == "none":
        return losses  # type: ignore[no-any-return]
    if reduction == "mean" and count is not None:
        total = float(count.sum())
        if not total:
            raise ValueError(
                "the mean of losses that all count for nothing: each has weight 0, or its label is "
                "ignored; leave this batch out, or take reduction='sum'"
            )
    result: Tensor = losses.sum()
    return result if reduction == "sum" else result / total


# What comes in.


def _real(loss: str, prediction: Any) -> Tensor:
    """The prediction as a Tensor of floating numbers."""
    tensor: Tensor = prediction if type(prediction) is Tensor else Tensor(prediction)
    kind = tensor._array.dtype.kind
    if kind == "f":
        return tensor
    if kind not in "biu":
        raise TypeError(f"{loss} takes real predictions, not {tensor.dtype}")
    return tensor.astype(np.float64)


def _alike(loss: str, prediction: Any, target: Any) -> tuple[Tensor, Tensor]:
    """Both as Tensors of the prediction's dtype. Raises ValueError unless they have one shape."""
    prediction = _real(loss, prediction)
    y = prediction._array
    if type(target) is not Tensor:
        array = np.array(target)
        if array.dtype is not y.dtype:
            if array.dtype.kind not in "biuf":
                some = f", such as {array.flat[0]!r}" if array.size else ""
                raise TypeError(f"{loss} takes real targets, not {array.dtype}{some}")
            array = array.astype(y.dtype)
        target = wrap(array, None)
    elif not target.requires_grad and target._array.dtype != y.dtype:
        target = target.astype(y.dtype)
    t = target._array
    if t.shape != y.shape or not y.size:
        raise ValueError(
            f"{loss} takes two arrays of the same shape with something in them, but the first has "
            f"shape {y.shape} and the target {t.shape}" + _to_fit(y.shape, t.shape)
        )
    return prediction, target


def _to_fit(shape: Shape, target: Shape) -> str:
    """What to do about a target of another shape than the prediction's."""
    if shape == (*target, 1):
        return "; give the target that axis, too: y[..., None]"
    if target == (*shape, 1):
        return "; take the last axis from the target: y[..., 0]"
    if shape[:-1] == target and shape[-1:] != (1,):
        return (
            f"; for labels of {shape[-1]} classes, take cross_entropy, or pass them one-hot, "
            f"np.eye({shape[-1]})[labels]"
        )
    return "; reshape one of them" if np.prod(target) == np.prod(shape) > 0 else ""


def _labels(labels: Any, shape: Shape, ignore_index: int | None) -> tuple[NDArray, NDArray | None]:
    """The labels for logits of that shape, checked, and which of them are kept; None is all.

    Those that are to be ignored are 0.
    """
    labels = np.asarray(plain(labels))
    if labels.dtype.kind not in "iu":
        advice = ".astype(int), or from one-hot rows with .argmax(-1)"
        if labels.dtype.kind not in "bf":  # names of classes, say
            advice = "np.unique(labels, return_inverse=True)[1]"
        raise TypeError(
            f"cross_entropy takes integer labels, not {labels.dtype} of shape {labels.shape}; make "
            f"them with {advice}"
        )
    if not shape or labels.shape != shape[:-1] or not labels.size:
        raise ValueError(
            f"cross_entropy takes logits of shape (…, classes) and as many labels, of shape (…), "
            f"not logits of shape {shape} and labels of shape {labels.shape}"
            + _advice(labels.shape, shape)
        )
    labels = labels.astype(np.intp)  # a copy, and of a size known below
    kept = None
    if ignore_index is not None:
        if isinstance(ignore_index, bool) or not isinstance(ignore_index, (int, np.integer)):
            raise TypeError(f"ignore_index is an integer, or None, not {ignore_index!r}")
        kept = labels != ignore_index
        labels[~kept] = 0
    classes = shape[-1]
    if labels.view(np.uintp).max() >= classes:  # unsigned, a negative one is too large as well
        low, high = _range(labels)
        raise ValueError(
            f"labels out of range: {classes} classes are labelled 0 to {classes - 1}, but these "
            f"labels range from {low} to {high}"
        )
    return labels, kept


def _advice(labels: Shape, logits: Shape) -> str:
    """What may be meant by labels of a shape that does not fit."""
    if not logits or labels[:-1] != logits[:-1]:
        return ""
    if logits[-1] == 1:
        return "; for one logit each, of two classes, use bce_with_logits"
    if labels == logits:
        return "; from one-hot rows, make them with .argmax(-1)"
    return "; pass labels[..., 0]" if labels[-1:] == (1,) else ""


def _weights(name: str, weight: Any, dtype: Any, shape: Shape, what: str) -> NDArray:
    """A copy of `weight`. Raises ValueError if it has another shape, or is not one number each."""
    array = weights_of(name, weight, dtype, what)
    if array.shape != shape:
        raise ValueError(f"{name} is one number for each {what}, but has shape {array.shape}")
    if not (np.isfinite(array) & (array >= 0)).all():
        low, high = _range(array)
        raise ValueError(f"{name} must be finite and at least 0; it ranges from {low} to {high}")
    return array


def weights_of(name: str, weight: Any, dtype: Any, what: str) -> NDArray:
    """A copy of `weight` as numbers. Raises TypeError for a dict, say, or for words."""
    try:
        return np.array(weight, dtype)
    except (TypeError, ValueError):
        if isinstance(weight, Tensor):
            raise  # which says that it has a graph
        by_label = isinstance(weight, Mapping) and name == "class_weight"
        raise TypeError(
            f"{name} is one number for each {what}, not {weight!r:.60}"
            + "; of a dict, make [weights.get(i, 1.0) for i in range(classes)]" * by_label
        ) from None


def _check_from_0_to_1(loss: str, what: str, numbers: Tensor, advice: str) -> None:
    low, high = _range(numbers)
    if not (low >= 0 and high <= 1):
        raise ValueError(
            f"{loss} takes {what} from 0 to 1, but these range from {low:g} to {high:g}; {advice}"
        )


def _range(array: Any) -> tuple[Any, Any]:
    array = plain(array)
    return array.min(), array.max()
