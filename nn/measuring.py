"""Loss and metrics over batches: what `fit`, `evaluate` and `predict` have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor
from autograd.primitive import NDArray
from autograd.tensor import plain, wrap
from nn.data import Batches, Standardise
from nn.inputs import finite
from nn.losses import Loss, cross_entropy, weights_of
from nn.metrics import Metric
from nn.module import Module
from nn.watching import evaluating

AT_ONCE = 1024  # items, where there is no gradient


def measured_on(
    model: Module,
    batches: Iterable[Any],
    loss: Loss,
    metrics: Mapping[str, Metric],
    what: str = "",
) -> dict[str, float]:
    """Loss and metrics of `model` on batches, by name; errors begin with `what` these are."""
    total = count = 0.0
    seen = []
    with evaluating(model):
        for x, target, weight in taken(batches, model, what):
            counts = counts_of(loss, target, weight)
            if counts:
                prediction = model(x)
                value = loss_of(loss, prediction, target, weight)
                total += sum_of(loss, value.item(), counts)
                count += counts
                if metrics:
                    seen.append((array_of("metrics take", prediction), plain(target)))
    if not count:
        raise ValueError(
            "there is nothing to evaluate: no batch, or none with a weight above 0 and a label "
            "that is not ignored"
        )
    return {"loss": total / count, **measured(metrics, seen)}


def measured(
    metrics: Mapping[str, Metric], seen: list[tuple[NDArray, NDArray]]
) -> dict[str, float]:
    """Each metric of all predictions and targets."""
    if not metrics:
        return {}
    prediction, target = (np.concatenate(each) for each in zip(*seen))
    return {name: _number(name, metric(prediction, target)) for name, metric in metrics.items()}


def _number(name: str, value: Any) -> float:
    """What a metric gave, as a float. Raises TypeError if it is no number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(
            f"the metric {name!r} returns one number for all items, not {value!r:.80}"
        ) from None


# A batch.


Parts: TypeAlias = tuple[Tensor, Tensor, NDArray | None]


def parts(batch: Any) -> Parts:
    """Inputs, targets and, if there are any, weights of a batch."""
    if not isinstance(batch, (tuple, list)) or len(batch) not in (2, 3):
        size = f" of {len(batch)}" if isinstance(batch, (tuple, list)) else ""
        raise TypeError(
            f"a batch is (x, y) or (x, y, weight), not a {type(batch).__name__}{size}; for arrays, "
            f"pass X and y, for validation as a tuple (X, y)"
        )
    weight = None if len(batch) == 2 else np.asarray(plain(batch[2]))
    return as_tensor(batch[0]), as_tensor(batch[1]), weight


def taken(batches: Iterable[Any], model: Module, what: str = "") -> Iterator[Parts]:
    """The parts of each batch. Raises ValueError, which begins with `what`, for NaN and infinity.

    In batches of one's own, that is: Batches have been looked at, and are in the dtype for `model`,
    to which others are brought here.
    """
    if type(batches) is Batches:
        yield from map(parts, batches)
        return
    dtype = dtype_of(model)
    for number, batch in enumerate(batches):
        x, target, weight = parts(batch)
        x = finite_tensor(f"{what}x of batch {number}", x, dtype)
        target = finite_tensor(f"{what}y of batch {number}", target, dtype)
        if weight is not None:
            finite(f"{what}weight of batch {number}", weight)
        yield x, target, weight


def finite_tensor(name: str, tensor: Tensor, dtype: Any) -> Tensor:
    """`tensor` as `finite` says, unless it has a graph or is another library's array."""
    if tensor._node is not None or type(tensor._array) is not np.ndarray:
        return tensor
    array = finite(name, tensor._array, dtype)
    return tensor if array is tensor._array else wrap(array, None)


def as_tensor(array: Any) -> Tensor:
    """An array as a Tensor around the same memory."""
    return array if type(array) is Tensor else wrap(np.asarray(array), None)


def loss_of(loss: Loss, prediction: Any, target: Tensor, weight: NDArray | None) -> Tensor:
    """The loss, of a batch with or without weights. Raises TypeError if it is no Tensor of one."""
    options = {} if weight is None else {"weight": weight}
    if options and type(loss) is partial and loss.keywords.get("weight") is not None:
        raise TypeError(
            "weights are given twice: by functools.partial(loss, weight=…), and with the data; "
            "give them once, with the data (the product of both, if that is meant)"
        )
    if prediction is None:
        array_of("a loss takes", prediction)
    value = loss(prediction, target, **options)
    if type(value) is not Tensor or value._array.size != 1:
        what = f"shape {value.shape}" if type(value) is Tensor else type(value).__name__
        raise TypeError(f"a loss returns one number as a Tensor, not {what}")
    return value


def sum_of(loss: Loss, number: float, counts: float) -> float:
    """What a batch whose loss is `number`, and counts for so much, adds to the sum over all."""
    is_sum = type(loss) is partial and loss.keywords.get("reduction") == "sum"
    return number if is_sum else number * counts


def counts_of(loss: Loss, target: Tensor, weight: NDArray | None) -> float:
    """What the mean loss of a batch counts for in the mean over all: what it was divided by.

    That is the number of targets, or the sum of their weights; in cross_entropy also by the weights
    of their classes, and without those that are ignored.
    """
    options = loss.keywords if type(loss) is partial and loss.func is cross_entropy else {}
    if options and target.dtype.kind in "iu":
        labels = plain(target)
        ignored = labels == options.get("ignore_index")
        each = np.where(ignored, 0.0, 1.0)
        if options.get("class_weight") is not None:
            of_classes = weights_of("class_weight", options["class_weight"], np.float64, "class")
            each = each * np.take(of_classes, np.where(ignored, 0, labels), mode="clip")
        if weight is not None:
            each = each * weight.reshape(weight.shape + (1,) * (each.ndim - weight.ndim))
        return float(each.sum())
    if weight is None:
        return float(target._array.size)
    return float(weight.sum() * (target._array.size / weight.size))


def array_of(what: str, output: Any) -> NDArray:
    """What a model gave, as an array. Raises TypeError, in the words `what`, if it is none."""
    array: NDArray = plain(output)
    if hasattr(array, "shape"):
        return array
    if output is None:
        raise TypeError("the model gives None: its forward has to return its output")
    raise TypeError(
        f"{what} one array, but the model gives a {type(output).__name__}: call the model yourself"
    )


# What comes in.


@contextmanager
def advised(X: Any) -> Iterator[None]:
    """Say in a ValueError within the `with` block what to do if it is for an X of one axis."""
    try:
        yield
    except ValueError as error:
        if not isinstance(X, np.ndarray) or X.ndim != 1 or X.dtype.kind != "f":
            raise  # integers of one axis may be what an Embedding takes
        raise ValueError(
            f"{error}; X has shape {X.shape}: if each of its items is one number, pass X[:, None]"
        ) from error


def check_model(what: str, model: Any) -> None:
    """Raise TypeError, in the name of the function `what`, unless it is a Module."""
    if not isinstance(model, Module):
        raise TypeError(f"{what} takes a Module, not {type(model).__name__}")


def dtype_of(model: Module) -> Any:
    """What data is brought to: that of the parameters, or None, which is its own.

    It keeps its own for a Standardise: what that takes the mean from may be large, such as a time,
    and differ only in digits that the parameters' dtype has no room for.
    """
    if any(isinstance(part, Standardise) for part in model.modules()):
        return None
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
