"""fit: the loop that trains a model."""

from __future__ import annotations

import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from autograd.tensor import plain
from nn.callbacks import Training, hooked, ready
from nn.data import Batches, split
from nn.diagnosis import not_finite
from nn.evaluation import (
    AT_ONCE,
    Metrics,
    as_tensor,
    batches_of,
    check_model,
    loss_of,
    measured,
    measured_on,
    parts,
)
from nn.history import History
from nn.init import positive_integer
from nn.losses import LOSSES, Loss
from nn.metrics import Metric, chosen, named
from nn.module import Module
from nn.optim import OPTIMIZERS
from nn.optimizer import Optimizer
from nn.schedules import Schedule
from nn.watching import evaluating


def fit(
    model: Module,
    X: Any,
    y: Any = None,
    loss: str | Loss = "mse",
    optimizer: str | Optimizer = "adam",
    epochs: int = 10,
    batch_size: int = 32,
    *,
    validation: Any = None,
    metrics: Metrics = (),
    callbacks: Any = (),
    schedule: Schedule | Callable[[Optimizer], Schedule] | None = None,
    schedule_each: str = "epoch",
    weight: Any = None,
    resume: str | Path | None = None,
    rng: np.random.Generator | int | None = None,
    progress: bool | None = None,
) -> History:
    """Train `model`, in place, to predict `y` from `X`, in shuffled mini-batches.

    Ctrl-C ends training after the running step, and returns the history so far; a second one
    raises KeyboardInterrupt at once.

    Parameters
    ----------
    model : Module
    X, y : array_like
        Inputs and targets, one item of the first axis each; finite, and not empty. Or, without
        `y`, X is `Batches`, or any other iterable of (x, y) or (x, y, weight), gone through once
        an epoch.
    loss : str or function
        A name in LOSSES, or any function of (prediction, target) that returns one number, and that
        takes `weight=` if there are weights.
    optimizer : str or Optimizer
        sgd, rmsprop, adam or adamw, at their own learning rates, or one made over parameters of
        `model`.
    epochs, batch_size : int
        Passes through the data, and items for each step.
    validation : tuple, float or iterable of batches, optional
        (X, y) or (X, y, weight), on which loss and metrics are measured after each epoch; or the
        share of the data to hold out for it, of random items, the same ones whatever `rng` is.
    metrics : str or function, or several
        Names in METRICS, or functions of the arrays (prediction, target) of all items. Those of
        the training data are of the predictions that were made on the way.
    callbacks : object or function, or several
        As `nn.callbacks` says: EarlyStopping, say, or a function to be called after each epoch.
    schedule : Schedule or function, optional
        One made for the optimizer, or a function that makes it from the optimizer. It goes on
        after each epoch, with the validation loss if there is one, or if `schedule_each` is "step"
        after each step.
    weight : array_like, optional
        What each item counts for in the loss.
    resume : path, optional
        A file that `Checkpoint` writes. If it is there, training goes on from it, to the same
        numbers as if it had never ended, given the same arguments; also in the middle of an epoch,
        but for batches without a `state_dict`, whose epoch begins again.
    rng : numpy.random.Generator or int, optional
        Of the order of the items; the same seed gives the same training.
    progress : bool, optional
        Whether to draw a progress bar (it needs tqdm); by default, if stderr is a terminal.

    Raises ValueError or TypeError for names, numbers or data that can't be used, before any step,
    and FloatingPointError, which says where, when the loss is NaN or infinite, before that step.

    >>> import nn
    >>> X = np.linspace(-1, 1, 64).reshape(64, 1)
    >>> model = nn.MLP(1, [8, 1], "tanh", rng=0)
    >>> optimizer = nn.Adam(model.parameters(), lr=0.05)
    >>> history = fit(model, X, X**2, "mse", optimizer, epochs=30, rng=0)
    >>> history.losses[-1] < 0.1 * history.losses[0]
    True
    """
    check_model("fit", model)
    chosen_loss: Loss = named("loss", loss, LOSSES)
    measures = chosen(metrics, chosen_loss)
    optimizer = _optimizer(optimizer, model)
    if schedule is not None:
        schedule = _schedule(schedule, optimizer, schedule_each)
    epochs = positive_integer("epochs", epochs)
    dtype = optimizer.parameters[0].dtype
    batches, held_out = _data(X, y, weight, validation, batch_size, rng, dtype)
    for each in (batches, held_out):
        _check_batches(model, each, chosen_loss, measures)
    training = Training(
        model, optimizer, chosen_loss, batches, held_out, measures, schedule, schedule_each,
        ready(callbacks),
    )  # fmt: skip
    if resume is not None and Path(resume).exists():
        training.load(resume)
    bar = _bar(progress, epochs, batches, training.step)
    modes = [(part, part.training) for part in model.modules()]
    try:
        with _interruptible(training):
            training.call("on_start")
            while training.epoch < epochs and not training.history.stopped:
                if bar is not None:
                    bar.set_description(f"epoch {training.epoch + 1}/{epochs}", refresh=False)
                _epoch(training, bar)
            training.call("on_end")
    finally:
        for part, mode in modes:
            part.training = mode
        if bar is not None:
            bar.close()
    return training.history


# An epoch.


def _epoch(training: Training, bar: Any) -> None:
    """Go once through the data, or to its end, and note how it went."""
    start = time.perf_counter()
    training.model.train()
    on_gradients = hooked(training.callbacks, "on_gradients")
    on_step = hooked(training.callbacks, "on_step")
    for batch in training.batches:
        _step(training, batch, on_gradients)
        for method in on_step:
            method(training)
        if bar is not None and bar.update():
            bar.set_postfix(loss=f"{training.total / (training.count or 1):.4g}", refresh=False)
        if training.history.stopped:
            return
    if not training.count:
        raise ValueError(
            f"there was nothing to learn from in epoch {training.epoch + 1}: X must give batches "
            f"in each epoch, which an iterator does only once; pass a list, or an object whose "
            f"__iter__ begins anew"
        )
    figures = {"loss": training.total / training.count}
    figures |= measured(training.metrics, training.seen)
    if training.validation is not None:
        held_out = measured_on(training.model, training.validation, training.loss, training.metrics)
        figures |= {f"val_{name}": number for name, number in held_out.items()}
    rate = training.optimizer.param_groups[0]["lr"]
    seconds = time.perf_counter() - start
    training.history.add({**figures, "learning_rate": rate, "seconds": seconds})
    training.epoch += 1
    training.total, training.count, training.seen = 0.0, 0.0, []
    if training.schedule is not None and training.schedule_each == "epoch":
        training.schedule.step(figures.get("val_loss", figures["loss"]))
    if bar is not None:
        bar.set_postfix({name: f"{number:.4g}" for name, number in figures.items()})
    training.call("on_epoch_end")


def _step(training: Training, batch: Any, on_gradients: list[Callable[..., Any]]) -> None:
    """One step of the optimizer on a batch."""
    x, target, weight = parts(batch)
    if weight is not None and not weight.any():
        return  # nothing in it counts
    prediction = training.model(x)
    value = loss_of(training.loss, prediction, target, weight)
    number = value.item()
    training.step += 1
    if not math.isfinite(number):
        raise FloatingPointError(
            f"the loss is {number} in step {training.step} (epoch {training.epoch + 1}), which was "
            f"not taken: {not_finite(training.model, x)}; try a smaller learning rate, clipped "
            f"gradients or standardised data"
        )
    # Here, not before: what was wrong with the gradients of the step before can still be seen.
    training.optimizer.zero_grad()
    value.backward()
    for method in on_gradients:
        method(training)
    training.optimizer.step()
    counts = len(x) if weight is None else float(weight.sum())
    training.total += number * counts
    training.count += counts
    if training.metrics:
        training.seen.append((plain(prediction), plain(target)))
    if training.schedule is not None and training.schedule_each == "step":
        training.schedule.step(number)


# What comes in.


def _optimizer(optimizer: str | Optimizer, model: Module) -> Optimizer:
    """One for the parameters of `model`."""
    parameters = model.parameters()
    if isinstance(optimizer, str):
        optimizer = named("optimizer", optimizer, OPTIMIZERS)(parameters)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer is the name of one or an Optimizer, not {optimizer!r}")
    if set(optimizer.parameters).isdisjoint(parameters):
        raise ValueError(
            "the optimizer was made for another model: it has none of these parameters"
        )
    return optimizer


def _schedule(schedule: Any, optimizer: Optimizer, each: str) -> Schedule:
    """One for `optimizer`."""
    if each not in ("epoch", "step"):
        raise ValueError(f"schedule_each is 'epoch' or 'step', not {each!r}")
    if not isinstance(schedule, Schedule) and callable(schedule):
        schedule = schedule(optimizer)
    if not isinstance(schedule, Schedule):
        raise TypeError(f"schedule is a Schedule, or a function that makes one, not {schedule!r}")
    if schedule.optimizer is not optimizer:
        raise ValueError(
            "the schedule was made for another optimizer; pass that one too, or a function, such "
            "as lambda optimizer: nn.Cosine(optimizer, 30)"
        )
    return schedule


def _data(
    X: Any, y: Any, weight: Any, validation: Any, batch_size: int, rng: Any, dtype: Any
) -> tuple[Iterable[Any], Iterable[Any] | None]:
    """The batches to learn from, and those to validate by."""
    held_out: dict[str, Any] = {"batch_size": AT_ONCE, "shuffle": False, "dtype": dtype}
    rows = None
    if isinstance(validation, float):
        if y is None:
            raise TypeError("a share of batches can't be held out: pass arrays, or validation=")
        rows, kept = split(len(X), validation, None, np.random.default_rng(0))
        validation = Batches(X, y, weight=weight, rows=kept, **held_out)
    elif isinstance(validation, tuple):
        if len(validation) not in (2, 3):
            raise TypeError(f"validation is (X, y) or (X, y, weight), not {len(validation)} items")
        held_x, held_y, held_weight = (*validation, None)[:3]
        validation = batches_of(held_x, held_y, held_weight, **held_out)
    elif validation is not None:
        validation = batches_of(validation, None, None, **held_out)
    if y is None:
        return batches_of(X, y, weight, batch_size), validation
    return Batches(X, y, batch_size, rng=rng, weight=weight, rows=rows, dtype=dtype), validation


def _check_batches(model: Module, batches: Any, loss: Loss, metrics: Mapping[str, Metric]) -> None:
    """Raise what loss and metrics have against targets, before a step has changed the model.

    Where all of them are in memory; a loss of one's own is not asked.
    """
    if not isinstance(batches, Batches) or isinstance(batches.y, np.memmap):
        return
    y = batches.y if batches.rows is None else batches.y[batches.rows]
    with evaluating(model):
        first = np.asarray(plain(model(as_tensor(batches.X[:1]))))
        for start in range(0, len(y) if loss in LOSSES.values() else 1, AT_ONCE):
            target = y[start : start + AT_ONCE]
            prediction = np.broadcast_to(first, (len(target), *first.shape[1:]))
            if loss in LOSSES.values():
                loss(as_tensor(prediction), as_tensor(target))
            if start == 0:
                measured(metrics, [(prediction, target)])


# What is seen, and how it is stopped.


def _bar(progress: bool | None, epochs: int, batches: Any, done: int) -> Any:
    """A progress bar, or None."""
    if progress is False or (progress is None and not sys.stderr.isatty()):
        return None
    try:
        from tqdm import tqdm
    except ImportError:
        if progress is None:
            return None
        raise ImportError("progress=True needs tqdm: pip install tqdm") from None
    total = epochs * len(batches) if hasattr(batches, "__len__") else None
    return tqdm(total=total, initial=done, unit="batch")


@contextmanager
def _interruptible(training: Training) -> Iterator[None]:
    """Within the `with` block, a first Ctrl-C is noted, and a second raises KeyboardInterrupt.

    As long as nobody else has a handler of their own for it; only a main thread can have one.
    """

    def note(*_: Any) -> None:
        training.interrupted = True
        training.stop("Ctrl-C")
        signal.signal(signal.SIGINT, signal.default_int_handler)

    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
