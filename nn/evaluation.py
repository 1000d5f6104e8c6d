"""evaluate and predict: what a model gives, and how good that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.primitive import NDArray
from nn.data import Batches
from nn.init import positive_integer
from nn.inputs import real
from nn.losses import LOSSES, Loss
from nn.measuring import (
    AT_ONCE,
    advised,
    array_of,
    as_tensor,
    batches_of,
    check_model,
    dtype_of,
    finite_tensor,
    measured_on,
    parts,
)
from nn.metrics import Metrics, chosen, named
from nn.module import Module
from nn.watching import evaluating


def evaluate(
    model: Module,
    X: Any,
    y: Any = None,
    loss: str | Loss = "mse",
    metrics: Metrics = (),
    batch_size: int = AT_ONCE,
    *,
    weight: Any = None,
) -> dict[str, float]:
    """The loss and the metrics of `model` on data, by name, in evaluation mode.

    The arguments are as for `fit`, and so are the errors. Whatever the batch size, the loss is the
    mean over all, also with reduction="sum", and metrics are of all predictions together. (A loss
    of one's own is taken to be a mean over targets; for one with options, such as an ignored label,
    functools.partial lets its name be known.)

    >>> import nn
    >>> model = nn.Layer(2, 1, "identity", init="zeros")
    >>> evaluate(model, [[1, 2], [3, 4]], [[3.0], [-1.0]], "mse", metrics="mae")
    {'loss': 5.0, 'mae': 2.0}
    """
    check_model("evaluate", model)
    chosen_loss: Loss = named("loss", loss, LOSSES)
    batches = batches_of(X, y, weight, batch_size, dtype=dtype_of(model), shuffle=False)
    with advised(X):
        return measured_on(model, batches, chosen_loss, chosen(metrics, chosen_loss))


def predict(model: Module, X: Any, batch_size: int = AT_ONCE) -> NDArray:
    """What `model` gives for the items of `X`, as one array, in evaluation mode.

    `X` may also be batches as for `evaluate`, of whose (x, y) the x are taken, or batches of x
    alone, as from a generator that reads what is larger than the memory. (A list is one of batches
    if its items are tuples of arrays.)

    Raises TypeError or ValueError for what are no finite numbers, or no items, TypeError for a
    model that gives anything but an array, and ValueError for Batches that are shuffled.

    >>> import nn
    >>> predict(nn.Layer(2, 1, "relu", init="zeros"), [[1, 2], [3, 4]])
    array([[0.],
           [0.]])
    """
    check_model("predict", model)
    size = positive_integer("batch_size", batch_size)
    if not _are_batches(X):
        X = real("X", X, dtype_of(model))
    with evaluating(model), advised(X):
        found = [array_of("predict gives", model(x)) for x in _inputs(model, X, size)]
    if not found:
        raise ValueError("X has no batches; an iterator gives them only once")
    return np.concatenate(found)


def _are_batches(X: Any) -> bool:
    """Whether these are batches, and not an array or what one can be made of."""
    if isinstance(X, list) and X and isinstance(X[0], tuple):
        return any(getattr(part, "ndim", 0) for part in X[0])
    return isinstance(X, Iterable) and not hasattr(X, "__array__") and not hasattr(X, "__getitem__")


def _inputs(model: Module, X: Any, size: int) -> Iterator[Tensor]:
    """The items of `X`, so many together, or as many as are in its batches."""
    dtype = dtype_of(model)
    if isinstance(X, np.ndarray):
        for start in range(0, len(X), size):
            x = X[start : start + size]
            if isinstance(X, np.memmap):
                x = real(f"X from item {start} on", np.asarray(x), dtype)
            yield as_tensor(x)
        return
    if isinstance(X, Batches) and X.shuffle:
        raise ValueError(
            "these Batches are shuffled, so that what is predicted would be in another order than "
            "the data: pass the data itself, or Batches(…, shuffle=False)"
        )
    for number, batch in enumerate(X):
        inputs = as_tensor(batch) if hasattr(batch, "shape") else parts(batch)[0]
        yield finite_tensor(f"x of batch {number}", inputs, dtype)
