"""Metrics: how good predictions are, as a number for people to read.

A metric is a function of two arrays, the predictions and the targets of all items, which returns a
number; `nn.fit` and `nn.evaluate` take any such function, or one of these by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from autograd.primitive import NDArray
from nn.losses import bce

Metric: TypeAlias = Callable[[NDArray, NDArray], Any]


def accuracy(prediction: NDArray, target: NDArray, threshold: float = 0.0) -> float:
    """The share of predictions that are right.

    With scores of shape (n, classes) and integer labels (n,), the class with the largest score is
    what is predicted. With as many predictions as targets, which are 0 or 1, or −1 or 1, it is the
    larger one above `threshold`: 0 for logits, 0.5 for probabilities.

    Raises ValueError if the shapes do not fit.

    >>> accuracy(np.array([[0.1, 3.0], [2.0, -1.0]]), np.array([1, 1]))
    0.5
    >>> accuracy(np.array([2.0, -2.0]), np.array([1, 0]))
    1.0
    """
    if prediction.shape == target.shape:
        return float(np.mean((prediction > threshold) == (target > 0.5)))
    if prediction.shape[:-1] != target.shape:
        raise ValueError(
            f"accuracy takes scores of shape (…, classes) and labels of shape (…), or two arrays "
            f"of one shape, not {prediction.shape} and {target.shape}"
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
    whole = np.sum(np.square(target - np.mean(target, axis=0)), axis=0)
    explained = np.where(whole > 0, 1 - left / np.where(whole > 0, whole, 1), left == 0)
    return float(np.mean(explained))


METRICS: dict[str, Metric] = {"accuracy": accuracy, "mse": mse, "mae": mae, "r2": r2}
LARGER_IS_BETTER = {"loss": False, "accuracy": True, "mse": False, "mae": False, "r2": True}


def chosen(metrics: str | Metric | Iterable[str | Metric], loss: Any) -> dict[str, Metric]:
    """The metrics by name; with the loss on probabilities, accuracy has its threshold at 0.5.

    Raises ValueError for an unknown name, or two of one name, TypeError for what is no function.

    >>> list(chosen(["accuracy", "mae"], None))
    ['accuracy', 'mae']
    """
    if isinstance(metrics, str) or callable(metrics):
        metrics = [metrics]
    found: dict[str, Metric] = {}
    for given in metrics:
        metric: Metric = named("metric", given, METRICS)
        name = given if isinstance(given, str) else getattr(given, "__name__", type(given).__name__)
        if name in found or name in ("loss", "learning_rate", "seconds"):
            raise ValueError(f"a metric can't be called {name!r}: another figure has that name")
        if metric is accuracy and loss is bce:
            metric = partial(accuracy, threshold=0.5)
        found[name] = metric
    return found


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
    if not callable(given):
        raise TypeError(f"a {what} is a function or the name of one, not {given!r}")
    return given


def _errors(name: str, prediction: NDArray, target: NDArray) -> NDArray:
    if prediction.shape != target.shape:
        raise ValueError(
            f"{name} takes two arrays of one shape, not {prediction.shape} and {target.shape}"
        )
    return prediction - target
