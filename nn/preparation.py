"""What `fit` is given: made ready, and checked before the first step."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from autograd import Tensor, no_grad
from autograd.primitive import NDArray
from autograd.tensor import plain
from nn.blocks import Activation, Sequential
from nn.data import Batches, split
from nn.layers import MLP, Layer, Neuron
from nn.losses import (
    LOSSES,
    Loss,
    bce_with_logits,
    cross_entropy,
    half_mse,
    hinge,
    huber,
    mae,
    mse,
)
from nn.measuring import (
    AT_ONCE,
    advised,
    array_of,
    as_tensor,
    batches_of,
    counts_of,
    loss_of,
    measured,
    parts,
    taken,
)
from nn.metrics import Metric, named
from nn.module import Module
from nn.norms import BatchNorm
from nn.optim import OPTIMIZERS
from nn.optimizer import Optimizer
from nn.schedules import Schedule
from nn.watching import evaluating, train_again


def optimizer_of(optimizer: str | Optimizer, model: Module) -> Optimizer:
    """One for the parameters of `model`. Warns, in the line that calls fit, of what it lacks."""
    parameters = model.parameters()
    if not parameters:
        raise ValueError(
            "the model has no parameters that collect gradients, so there is nothing to train; "
            "unfreeze() undoes freeze(), and requires_grad = True makes a parameter of a Tensor"
        )
    if isinstance(optimizer, str):
        optimizer = named("optimizer", optimizer, OPTIMIZERS)(parameters)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"optimizer is the name of one, or an Optimizer such as nn.Adam(model.parameters()), "
            f"not {optimizer!r}"
        )
    known = set(optimizer.parameters)
    if known.isdisjoint(parameters):
        raise ValueError(
            "the optimizer was made for another model: it has none of these parameters"
        )
    missing = [path for path, tensor in model.named_parameters() if tensor not in known]
    if not missing:
        return optimizer
    gone = known.difference(parameters, [tensor for _, tensor in model.named_buffers()])
    if gone:
        raise ValueError(
            f"the optimizer changes {len(gone)} parameters that the model does not hold, and not "
            f"{', '.join(missing)}: where a part was put into the model later, make the optimizer "
            f"after that; what is not to be trained, freeze()"
        )
    warnings.warn(
        f"the optimizer does not hold {', '.join(missing)}, which it will not train: make a new "
        f"one, such as nn.{type(optimizer).__name__}(model.parameters()), after parts are put into "
        f"the model or unfrozen; what is not to be trained, freeze(), and there is no warning",
        stacklevel=4,
    )
    return optimizer


def schedule_of(schedule: Any, optimizer: Optimizer, each: str) -> Schedule | None:
    """One for `optimizer`, or None."""
    if each not in ("epoch", "step"):
        raise ValueError(f"schedule_each is 'epoch' or 'step', not {each!r}")
    if schedule is None:
        return None
    advice = "a function, such as lambda optimizer: nn.Cosine(optimizer, 30)"
    if callable(schedule) and not isinstance(schedule, type):
        schedule = schedule(optimizer)
    if not isinstance(schedule, Schedule):
        raise TypeError(f"schedule is a Schedule, or {advice}, that makes one, not {schedule!r}")
    if schedule.optimizer is not optimizer:
        raise ValueError(
            f"the schedule was made for another optimizer; pass that one too, or {advice}"
        )
    return schedule


def data_of(
    X: Any,
    y: Any,
    weight: Any,
    validation: Any,
    batch_size: int,
    drop_last: bool,
    rng: Any,
    dtype: Any,
) -> tuple[Iterable[Any], Iterable[Any] | None]:
    """The batches to learn from, and those to validate by."""
    held_out: dict[str, Any] = {"batch_size": AT_ONCE, "shuffle": False, "dtype": dtype}
    rows = None
    if isinstance(validation, (float, np.floating)):
        if y is None:
            raise TypeError("a share of batches can't be held out: pass arrays, or validation=")
        if not 0 < validation < 1:
            raise ValueError(
                f"validation is (X, y), batches, or a share between 0 and 1, not {validation!r}"
            )
        rng_of_split = np.random.default_rng(0)
        rows, kept = split(len(X), float(validation), None, rng_of_split, "validation")
        validation = Batches(X, y, weight=weight, rows=kept, **held_out)
    elif isinstance(validation, tuple):
        if len(validation) not in (2, 3):
            raise TypeError(f"validation is (X, y) or (X, y, weight), not {len(validation)} items")
        held_x, held_y, held_weight = (*validation, None)[:3]
        try:
            validation = batches_of(held_x, held_y, held_weight, **held_out)
        except (TypeError, ValueError) as error:
            raise type(error)(f"in validation, {error}") from error
    elif validation is not None and (
        not isinstance(validation, Iterable) or isinstance(validation, (np.ndarray, str, Mapping))
    ):
        raise TypeError(
            "validation is (X, y), batches of them, or a share such as 0.2, not "
            + ("one array" if isinstance(validation, np.ndarray) else repr(validation))
        )
    if y is None:
        if drop_last:
            raise TypeError("drop_last is for arrays; batches say themselves what is in them")
        return batches_of(X, y, weight, batch_size), validation
    batches = Batches(
        X, y, batch_size, drop_last=drop_last, rng=rng, weight=weight, rows=rows, dtype=dtype
    )
    return batches, validation


def check_batches(
    model: Module,
    batches: Any,
    held_out: Any,
    loss: Loss,
    metrics: Mapping[str, Metric],
    epochs: int,
) -> None:
    """Raise TypeError or ValueError for what would end training after it has changed the model."""
    _check_output(model, loss)
    for what, each in [("X", batches), ("validation", held_out)]:
        _check_repeatable(what, each, epochs)
        _check_listed(model, what, each)
        _check_targets(model, each, loss, metrics)
    _check_counted(held_out, loss)
    _check_last(model, batches)
    _warn_of_range(model, batches, loss)


IN_A_ROW = (Sequential.forward, MLP.forward)
WITH_ACTIVATION = (Layer.forward, Neuron.forward, Activation.forward)

# From where to where activations go; the others, everywhere.
RANGES: dict[Any, tuple[float, float]] = {
    "relu": (0, np.inf),
    "softplus": (0, np.inf),
    "sigmoid": (0, 1),
    "softmax": (0, 1),
    "tanh": (-1, 1),
    "elu": (-1, np.inf),
    "silu": (-0.28, np.inf),
    "gelu": (-0.17, np.inf),
    "log_softmax": (-np.inf, 0),
}


def _check_output(model: Module, loss: Loss) -> None:
    """Raise ValueError for a model whose activation keeps from the loss what is below 0.

    It would learn badly, or not at all, without a word.
    """
    function, last = getattr(loss, "func", loss), _last_activation(model)
    logits = function in (cross_entropy, bce_with_logits, hinge)
    if not logits or last not in RANGES or RANGES[last][0] < 0:
        return
    advice = _to_be_linear(last)
    if last == "sigmoid" and function is bce_with_logits:
        advice += ", or take the loss 'bce'"
    raise ValueError(
        f"{function.__name__} takes {'scores' if function is hinge else 'logits'}, but the model "
        f"ends in {last}, which gives none below 0: {advice}"
    )


def _warn_of_range(model: Module, batches: Any, loss: Loss) -> None:
    """Warn, in the line that calls fit, of targets that the model's activation never gives."""
    function, last = getattr(loss, "func", loss), _last_activation(model)
    if function not in (mse, half_mse, mae, huber) or last not in RANGES or not _in_memory(batches):
        return
    low, high = RANGES[last]
    rounding = 1e-6
    outside = [
        (y < low - rounding) | (y > high + rounding)
        for y in (plain(target) for target, _ in _chunks(batches))
    ]
    if count := sum(int(np.sum(each)) for each in outside):
        warnings.warn(
            f"{count} of the {sum(each.size for each in outside)} targets are outside of what the "
            f"model can give, since it ends in {last}, from {low:g} to {high:g}: "
            f"{_to_be_linear(last)}",
            stacklevel=5,
        )


def _last_activation(model: Module) -> Any:
    """What the model's output has gone through at the end: a name, or a function, or a Module."""
    part: Any = model
    while getattr(type(part), "forward", None) in IN_A_ROW and part.layers:
        part = part.layers[-1]
    while getattr(type(part), "forward", None) in WITH_ACTIVATION:
        part = part.activation
    return part


def _to_be_linear(last: str) -> str:
    """What to do about a last activation."""
    of_layer = " (that of a Layer is relu if none is passed)" if last == "relu" else ""
    return f"let its last layer be linear, by activation=None{of_layer}"


def _check_repeatable(what: str, batches: Any, epochs: int) -> None:
    """Raise TypeError for a generator, or the like, where it is to be gone through again.

    An iterator of one's own may begin anew in __iter__.
    """
    if (
        epochs > 1
        and isinstance(batches, Iterator)
        and type(batches).__module__ in ("builtins", "itertools")
    ):
        raise TypeError(
            f"{what} is gone through in each of {epochs} epochs, which a "
            f"{type(batches).__name__} can be only once: pass a list, or an object whose __iter__ "
            f"begins anew"
        )


def _check_listed(model: Module, what: str, batches: Any) -> None:
    """Raise TypeError or ValueError unless a list is one of batches."""
    if not isinstance(batches, list):
        return
    if not batches:
        raise ValueError(f"{what} has no batches")
    try:
        for _ in taken(batches, model):
            pass
    except (TypeError, ValueError) as error:
        raise type(error)(f"in {what}, {error}") from error


def _check_targets(model: Module, batches: Any, loss: Loss, metrics: Mapping[str, Metric]) -> None:
    """Raise what loss and metrics have against targets, before a step has changed the model.

    Where all of them are in memory; a loss of one's own is not asked.
    """
    if not _in_memory(batches):
        return
    chunks = _chunks(batches)
    known = getattr(loss, "func", loss) in LOSSES.values()
    with evaluating(model), advised(getattr(batches, "X", None)):
        output = _tried(model, batches)
        if not known and not metrics:
            return
        output = array_of("a loss of nn's, and metrics, take", output)
        shape = chunks[0][0].shape
        if isinstance(batches, list) and output.shape[:1] != shape[:1]:
            return  # not a row for each item
        for i, (target, weight) in enumerate(chunks):
            if target.shape[1:] != shape[1:] or (i and not known):
                continue  # for other predictions, such as of longer sequences
            prediction = np.broadcast_to(output[:1], (len(target), *output.shape[1:]))
            if known and counts_of(loss, target, weight):
                loss_of(loss, as_tensor(prediction), target, weight)
            if i == 0:
                measured(metrics, [(prediction, plain(target))])


def _check_counted(batches: Any, loss: Loss) -> None:
    """Raise ValueError for validation data of which nothing counts."""
    if _in_memory(batches) and not any(counts_of(loss, *chunk) for chunk in _chunks(batches)):
        raise ValueError(
            "in validation there is nothing to evaluate: no item has a weight above 0 and a label "
            "that is not ignored"
        )


def _in_memory(batches: Any) -> bool:
    """Whether all targets can be looked at; a list is one of batches."""
    if isinstance(batches, list):
        return bool(batches) and all(target.ndim for _, target, _ in map(parts, batches))
    return isinstance(batches, Batches) and not isinstance(batches.y, np.memmap)


def _chunks(batches: Any) -> list[tuple[Tensor, NDArray | None]]:
    """All targets, with their weights if there are any."""
    if isinstance(batches, list):
        return [(target, weight) for _, target, weight in map(parts, batches)]
    y, weight = (
        array if array is None or batches.rows is None else array[batches.rows]
        for array in (batches.y, batches.weight)
    )
    return [
        (as_tensor(y[i : i + AT_ONCE]), None if weight is None else weight[i : i + AT_ONCE])
        for i in range(0, len(y), AT_ONCE)
    ]


def _tried(model: Module, batches: Any) -> Any:
    """What the model gives for some inputs; a ValueError has the shape of them all."""
    x = _some(batches)
    try:
        return model(x)
    except ValueError as error:
        if isinstance(batches, list):
            raise
        given = str(error).replace(f"got shape {x.shape}", f"got shape {batches.X.shape}")
        raise ValueError(given) from error


def _some(batches: Any) -> Tensor:
    """Inputs to try the model with."""
    if isinstance(batches, list):
        return parts(batches[0])[0]
    # A batch of numbers would pass for an item of as many: then it takes more than one.
    return as_tensor(batches.X[:1] if batches.X.ndim > 1 else batches.X[: batches.batch_size])


def _check_last(model: Module, batches: Any) -> None:
    """Raise ValueError if epochs would end with one item, in which BatchNorm has no variance."""
    if not isinstance(batches, Batches) or batches.drop_last:
        return
    if (batches.items - 1) % batches.batch_size:
        return
    if not any(isinstance(part, BatchNorm) for part in model.modules()):
        return
    twin = copy.deepcopy(model)
    train_again(twin)
    try:
        with no_grad():
            twin(as_tensor(np.asarray(batches.X[:1])))
    except ValueError as error:
        with no_grad():
            twin(as_tensor(np.asarray(batches.X[:2])))  # which raises what else is wrong
        raise ValueError(f"the last batch of each epoch is one item, but {error}") from error
