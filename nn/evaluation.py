"""evaluate and predict: what a model gives, and how good that is.

After them comes what `nn.fit` has in common with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.primitive import NDArray
from autograd.tensor import plain, wrap
from nn.data import Batches
from nn.losses import LOSSES, Loss
from nn.metrics import Metric, chosen, named
from nn.module import Module
from nn.watching import evaluating

Metrics = str | Metric | Iterable[str | Metric]
AT_ONCE = 1024  # items, where there is no gradient


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

    The arguments are as for `fit`, and so are the errors. The loss is the mean over all items, and
    metrics are of all predictions together, whatever the batch size.

    >>> import nn
    >>> model = nn.Layer(2, 1, "identity", init="zeros")
    >>> evaluate(model, [[1, 2], [3, 4]], [[3.0], [-1.0]], "mse", metrics="mae")
    {'loss': 5.0, 'mae': 2.0}
    """
    check_model("evaluate", model)
    chosen_loss: Loss = named("loss", loss, LOSSES)
    batches = batches_of(X, y, weight, batch_size, dtype=dtype_of(model), shuffle=False)
    return measured_on(model, batches, chosen_loss, chosen(metrics, chosen_loss))


def predict(model: Module, X: Any, batch_size: int = AT_ONCE) -> NDArray:
    """What `model` gives for the items of `X`, as one array, in evaluation mode.

    Raises TypeError or ValueError for what are no finite numbers, or no items.

    >>> import nn
    >>> predict(nn.Layer(2, 1, "relu", init="zeros"), [[1, 2], [3, 4]])
    array([[0.],
           [0.]])
    """
    check_model("predict", model)
    batches = Batches(X, X, batch_size, shuffle=False, dtype=dtype_of(model))
    with evaluating(model):
        return np.concatenate([plain(model(as_tensor(x))) for x, _ in batches])


def measured_on(
    model: Module, batches: Iterable[Any], loss: Loss, metrics: Mapping[str, Metric]
) -> dict[str, float]:
    """Loss and metrics of `model` on batches, by name."""
    total = count = 0.0
    seen = []
    with evaluating(model):
        for batch in batches:
            x, target, weight = parts(batch)
            counts = len(x) if weight is None else float(weight.sum())
            if counts:
                prediction = model(x)
                total += loss_of(loss, prediction, target, weight).item() * counts
                count += counts
                if metrics:
                    seen.append((plain(prediction), plain(target)))
    if not count:
        raise ValueError("there is nothing to evaluate: no batch, or none whose weight is above 0")
    return {"loss": total / count, **measured(metrics, seen)}


def measured(
    metrics: Mapping[str, Metric], seen: list[tuple[NDArray, NDArray]]
) -> dict[str, float]:
    """Each metric of all predictions and targets."""
    if not metrics:
        return {}
    prediction, target = (np.concatenate(each) for each in zip(*seen))
    return {name: float(metric(prediction, target)) for name, metric in metrics.items()}


# A batch.


def parts(batch: Any) -> tuple[Tensor, Tensor, NDArray | None]:
    """Inputs, targets and, if there are any, weights of a batch."""
    if not isinstance(batch, (tuple, list)) or len(batch) not in (2, 3):
        size = f" of {len(batch)}" if isinstance(batch, (tuple, list)) else ""
        raise TypeError(
            f"a batch is (x, y) or (x, y, weight), not a {type(batch).__name__}{size}; for arrays, "
            f"pass X and y"
        )
    weight = None if len(batch) == 2 else np.asarray(plain(batch[2]))
    return as_tensor(batch[0]), as_tensor(batch[1]), weight


def as_tensor(array: Any) -> Tensor:
    """An array as a Tensor around the same memory."""
    return array if type(array) is Tensor else wrap(np.asarray(array), None)


def loss_of(loss: Loss, prediction: Any, target: Tensor, weight: NDArray | None) -> Tensor:
    """The loss, of a batch with or without weights. Raises TypeError if it is no Tensor of one."""
    options = {} if weight is None else {"weight": weight}
    value = loss(prediction, target, **options)
    if type(value) is not Tensor or value._data.size != 1:
        what = f"shape {value.shape}" if type(value) is Tensor else type(value).__name__
        raise TypeError(f"a loss returns one number as a Tensor, not {what}")
    return value


# What comes in.


def check_model(what: str, model: Any) -> None:
    """Raise TypeError, in the name of the function `what`, unless it is a Module."""
    if not isinstance(model, Module):
        raise TypeError(f"{what} takes a Module, not {type(model).__name__}")


def dtype_of(model: Module) -> Any:
    """That of the parameters, or None."""
    return next((parameter.dtype for parameter in model.parameters()), None)


def batches_of(X: Any, y: Any, weight: Any, batch_size: int, **options: Any) -> Iterable[Any]:
    """Batches of arrays, or what is an iterable of them."""
    if y is not None:
        return Batches(X, y, batch_size, weight=weight, **options)
    if weight is not None:
        raise TypeError("weights of batches belong into them: (x, y, weight)")
    if isinstance(X, (np.ndarray, Tensor)) or not isinstance(X, Iterable):
        raise TypeError(
            f"y is missing: pass X and y, or batches of (x, y), not {type(X).__name__} alone"
        )
    return X
