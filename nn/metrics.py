"""Metrics: how good predictions are, as a number for people to read.

A metric is a function of two arrays, the predictions and the targets of all items, which returns a
number; `nn.fit` and `nn.evaluate` take any such function, or one of these by its name. In metrics
each item counts once, whatever its weight in the loss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from autograd.primitive import NDArray
from nn.losses import LOSSES, bce, bce_with_logits, cross_entropy, hinge

Metric: TypeAlias = Callable[[NDArray, NDArray], Any]
Metrics: TypeAlias = str | Metric | Mapping[str, str | Metric] | Iterable[str | Metric] | None


def accuracy(
    prediction: NDArray,
    target: NDArray,
    threshold: float | None = None,
    ignore_index: int | None = None,
) -> float:
    """The share of predictions that are right.

    Targets are labels: integers of shape (…), for scores of shape (…, classes), of which the
    largest is what is predicted, or rows that are one-hot, of the scores' shape. Any other targets
    of the predictions' shape, or predictions of shape (…, 1) for targets (…), are of two classes,
    0 and 1, or −1 and 1: the larger one is predicted above `threshold`, by default midway between
    them; where all are 1, the other is 0. That is right for probabilities and for estimates of the
    label; for logits, pass 0. With a threshold each label of a row counts by itself, also where the
    rows are one-hot.

    Labels that are `ignore_index` are left out. Raises ValueError if the shapes do not fit, and for
    targets that are no labels.

    >>> accuracy(np.array([[0.1, 3.0], [2.0, -1.0]]), np.array([1, 1]))
    0.5
    >>> accuracy(np.array([0.7, 0.2]), np.array([1, 0]))
    1.0
    """
    if prediction.shape == (*target.shape, 1):
        prediction = prediction[..., 0]
    if ignore_index is not None:
        kept = target != ignore_index
        prediction, target = prediction[kept], target[kept]
    if prediction.shape == target.shape:
        low = _lower_label(target)
        if threshold is None:
            ones = np.sum(target == 1, axis=-1)
            if target.ndim > 1 and target.shape[-1] > 1 and (ones == 1).all():
                return float(np.mean(prediction.argmax(axis=-1) == target.argmax(axis=-1)))
            threshold = (low + 1) / 2
        return float(np.mean((prediction > threshold) == (target == 1)))
    if prediction.shape[:-1] != target.shape:
        advice = "; pass labels.ravel()" if target.shape == (*prediction.shape[:-1], 1) else ""
        raise ValueError(
            f"accuracy takes scores of shape (…, classes) and labels of shape (…), or two arrays "
            f"of one shape, not {prediction.shape} and {target.shape}{advice}"
        )
    return float(np.mean(prediction.argmax(axis=-1) == target))


def mse(prediction: NDArray, target: NDArray) -> float:
    """The mean squared error. Raises ValueError if the shapes differ.

    >>> mse(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    2.0
    """
    return float(np.mean(np.square(_errors("mse", prediction, target))))


def mae(prediction: NDArray, target: NDArray) -> float:
    """The mean absolute error. Raises ValueError if the shapes differ.

    >>> mae(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    1.0
    """
    return float(np.mean(np.abs(_errors("mae", prediction, target))))


def r2(prediction: NDArray, target: NDArray) -> float:
    """The share of the targets' variance that is explained, at most 1; the mean over the columns.

    A column that is constant counts 1 where it is predicted exactly, else 0, as in scikit-learn.
    Raises ValueError if the shapes differ.

    >>> r2(np.array([1.0, 2.0, 2.0]), np.array([1.0, 2.0, 3.0]))
    0.5
    """
    left = np.sum(np.square(_errors("r2", prediction, target)), axis=0)
    whole = np.sum(np.square(target - np.mean(target, axis=0, dtype=np.float64)), axis=0)
    explained = np.where(whole > 0, 1 - left / np.where(whole > 0, whole, 1), left == 0)
    return float(np.mean(explained))


def _lower_label(target: NDArray) -> int:
    """That of two classes: 0, or −1. Raises ValueError for targets that are no labels."""
    for low in (0, -1):
        if ((target == low) | (target == 1)).all():
            return low
    raise ValueError(
        f"accuracy takes labels: 0 and 1, -1 and 1, or integers of shape (…) for scores of shape "
        f"(…, classes), not {target.dtype} from {target.min():g} to {target.max():g} of the "
        f"predictions' shape {target.shape}; for numbers, take r2 or mae"
    )


METRICS: dict[str, Metric] = {"accuracy": accuracy, "mse": mse, "mae": mae, "r2": r2}
LARGER_IS_BETTER = {"loss": False, "accuracy": True, "mse": False, "mae": False, "r2": True}


def chosen(metrics: Metrics, loss: Any) -> dict[str, Metric]:
    """The metrics by name; "accuracy" as it is with this loss.

    Raises ValueError for an unknown name, or two of one name, TypeError for what is no function.

    >>> list(chosen(["accuracy", "mae"], None))
    ['accuracy', 'mae']
    >>> list(chosen({"error": mae}, None))
    ['error']
    """
    if isinstance(metrics, str) or callable(metrics):
        metrics = [metrics]
    if not isinstance(metrics, (Iterable, type(None))):
        raise TypeError(f"metrics are names or functions, not {metrics!r}")
    pairs: Iterable[tuple[Any, Any]] = ((None, metric) for metric in metrics or ())
    if isinstance(metrics, Mapping):
        pairs = metrics.items()
    found: dict[str, Metric] = {}
    for name, given in pairs:
        metric: Metric = named("metric", given, METRICS)
        name = name or (given if isinstance(given, str) else _name(given))
        if name in found or name in ("loss", "learning_rate", "seconds"):
            raise ValueError(
                f"a metric can't be called {name!r}: another figure has that name; give it one of "
                f"its own, by metrics={{name: function}}"
            )
        found[name] = _accuracy_with(loss) if metric is accuracy else metric
    return found


def _name(metric: Any) -> str:
    """That of the function, also of one within a functools.partial."""
    while isinstance(metric, partial):
        metric = metric.func
    return getattr(metric, "__name__", type(metric).__name__)


def _accuracy_with(loss: Any) -> Metric:
    """accuracy, as the loss says what is predicted, and which labels are ignored."""
    options = loss.keywords if isinstance(loss, partial) else {}
    loss = loss.func if isinstance(loss, partial) else loss
    if loss in (bce_with_logits, hinge):  # not as the labels say, which may be all of one class
        return partial(accuracy, threshold=0.0)
    if loss is bce:
        return partial(accuracy, threshold=0.5)
    if loss is cross_entropy and options.get("ignore_index") is not None:
        return partial(accuracy, ignore_index=options["ignore_index"])
    if loss is cross_entropy:
        return accuracy
    return _AccuracyOfNumbers() if loss in LOSSES.values() else _accuracy_of_unknown


class _AccuracyOfNumbers:
    """With a loss of numbers, such as mse: midway between the labels, also where all of them are 1.

    Then the other one is −1 if that was met before: in the training data, before the validation.
    """

    signed = False

    def __call__(self, prediction: NDArray, target: NDArray) -> float:
        self.signed = self.signed or bool((target == -1).any())
        return accuracy(prediction, target, 0.0 if self.signed and (target == 1).all() else None)


def _accuracy_of_unknown(prediction: NDArray, target: NDArray) -> float:
    """With a loss of one's own: what goes outside [0, 1], where labels are 0 and 1, are logits."""
    logits = prediction.min(initial=0) < 0 or prediction.max(initial=0) > 1
    return accuracy(prediction, target, 0.0 if logits else None)


def named(what: str, given: Any, known: Mapping[str, Any]) -> Any:
    """The function `given`, or the one that it is the name of.

    Raises ValueError for an unknown name, and TypeError for what is neither.

    >>> named("metric", "accuracy", METRICS).__name__
    'accuracy'
    """
    if isinstance(given, str):
        if given not in known:
            raise ValueError(f"unknown {what} {given!r}; known are {', '.join(known)}")
        return known[given]
    if not callable(given) or isinstance(given, type):
        raise TypeError(f"a {what} is a function or the name of one, not {given!r}")
    return given


def _errors(name: str, prediction: NDArray, target: NDArray) -> NDArray:
    if prediction.shape != target.shape:
        raise ValueError(
            f"{name} takes two arrays of one shape, not {prediction.shape} and {target.shape}"
        )
    # In float64: unsigned integers have no negative numbers, and sums of float32 lose digits.
    return np.subtract(prediction, target, dtype=np.float64)
