"""fit: the loop that trains a model."""

from __future__ import annotations

import copy
import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.primitive import NDArray
from autograd.tensor import plain
from nn.callbacks import Buffers, Training, path_of_format, ready
from nn.diagnosis import all_finite, not_finite, spoiled, too_much
from nn.history import History
from nn.init import flag, positive_integer
from nn.inputs import elsewhere
from nn.losses import LOSSES, Loss
from nn.measuring import (
    array_of,
    check_model,
    counts_of,
    dtype_of,
    loss_of,
    measured,
    measured_on,
    sum_of,
    taken,
)
from nn.metrics import Metrics, chosen, named
from nn.module import Module
from nn.optimizer import Optimizer
from nn.preparation import check_batches, data_of, optimizer_of, schedule_of
from nn.schedules import Schedule
from nn.watching import modes_of, set_modes, train_again


class DivergedError(FloatingPointError):
    """The loss, or the model, is no longer finite; `history` is that of the epochs before."""

    history: History


@elsewhere(
    lr="optimizer=nn.Adam(model.parameters(), lr=…)",
    learning_rate="optimizer=nn.Adam(model.parameters(), lr=…)",
    validation_data="validation=(X, y)",
    validation_split="validation=, the share to hold out, such as 0.2",
    sample_weight="weight=",
    class_weight="loss=functools.partial(nn.cross_entropy, class_weight=…)",
    shuffle="nn.Batches(X, y, shuffle=False) in the place of X and y",
    max_iter="epochs=",
    verbose="progress=",
    seed="rng=",
    random_state="rng=",
)
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
    drop_last: bool = False,
    resume: str | Path | None = None,
    rng: np.random.Generator | int | None = None,
    progress: bool | None = None,
) -> History:
    """Train `model`, in place, to predict `y` from `X`, in shuffled mini-batches.

    It ends in evaluation mode, so that model(x) is then what `predict` gives; in a loop of one's
    own after it, call model.train(). A model in training mode is trained with its parts in the
    modes that they are in, so that a BatchNorm in evaluation mode stays so; of one in evaluation
    mode all is trained in training mode, but for parts that are frozen. An error puts modes back.

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
        takes `weight=` if there are weights. With options, a functools.partial of one in LOSSES.
        Batches in which all labels are ignored, or have weight 0, are passed by.
    optimizer : str or Optimizer
        sgd, rmsprop, adam or adamw, at their own learning rates, or one made over parameters of
        `model`.
    epochs, batch_size : int
        Passes through the data, and items for each step.
    validation : tuple, float or iterable of batches, optional
        (X, y) or (X, y, weight), on which loss and metrics are measured after each epoch; or the
        share of the data to hold out for it, of random items, the same ones whatever `rng` is.
    metrics : str or function, or several, or dict
        Names in METRICS, or functions of the arrays (prediction, target) of all items, or a dict of
        them by names of your own. Those of the training data are of the predictions that were made
        on the way. "accuracy" knows logits from probabilities by the loss; with one of your own,
        for labels 0 and 1, logits are what goes outside [0, 1].
    callbacks : object or function, or several
        EarlyStopping, say, SaveBest, Checkpoint, JSONLines, Averaged, or a function to be called
        after each epoch; `nn.callbacks` says what else they may be.
    schedule : Schedule or function, optional
        One made for the optimizer, or a function that makes it from the optimizer, and whose rates
        are put back when `fit` ends. It goes on after each epoch, with the validation loss if there
        is one, or if `schedule_each` is "step" after each step.
    weight : array_like, optional
        What each item counts for in the loss; in metrics, each counts once.
    drop_last : bool
        Whether to leave out, in each epoch, the last items if they are fewer than `batch_size`.
    resume : path, optional
        A file that `Checkpoint` writes. If it is there, training goes on from it, to the same
        numbers as if it had never ended, given the same arguments; also in the middle of an epoch,
        but for batches without a `state_dict`, whose epoch begins again.
    rng : numpy.random.Generator or int, optional
        Of the order of the items; the same seed gives the same training.
    progress : bool, optional
        Whether to draw a progress bar (it needs tqdm); by default, if stderr is a terminal.

    Raises ValueError or TypeError for names, numbers or data that can't be used, before any step;
    for a batch that comes from an iterator or a file, before its own. And FloatingPointError, which
    says where, when the loss or a buffer, such as a running variance, is NaN or infinite, before
    that step, or when a parameter is at the end of an epoch. Its `history` is that of the epochs
    before. Warns of parameters that would be trained, but that the optimizer does not hold, and of
    targets that the model's last activation never gives, such as negative ones of a relu.

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
    optimizer = optimizer_of(optimizer, model)
    epochs, drop_last = positive_integer("epochs", epochs), flag("drop_last", drop_last)
    resume = None if resume is None else path_of_format("resume", resume)
    progress = None if progress is None else flag("progress", progress)
    batches, held_out = data_of(
        X, y, weight, validation, batch_size, drop_last, copy.deepcopy(rng), dtype_of(model)
    )
    with _quiet():
        check_batches(model, batches, held_out, chosen_loss, measures, epochs)
    training = Training(
        model, optimizer, chosen_loss, batches, held_out, measures, None, schedule_each,
        ready(callbacks),
    )  # fmt: skip
    training.call("on_check")
    with _scheduled(training, schedule):
        if resume is not None and resume.exists():
            training.load(resume)
        if y is not None and isinstance(rng, np.random.Generator):
            rng.spawn(1)  # as the batches did of their copy
        _run(training, epochs, _bar(progress, epochs, batches, training.step))
    return training.history


@contextmanager
def _scheduled(training: Training, schedule: Any) -> Iterator[None]:
    """Within the `with` block, training has its schedule.

    The rates of one that is made here are put back at the end: the next one would begin with the
    last of them, which may be 0. One that is given is its maker's, and goes on in the next fit.
    """
    groups = training.optimizer.param_groups
    rates = [group["lr"] for group in groups]
    try:
        training.schedule = schedule_of(schedule, training.optimizer, training.schedule_each)
        yield
    finally:
        if training.schedule is not schedule:
            for group, rate in zip(groups, rates):
                group["lr"] = rate


def _run(training: Training, epochs: int, bar: Any) -> None:
    """Train up to so many epochs, in training mode; evaluation mode is left behind."""
    model = training.model
    before = modes_of(model)
    train_again(model)
    trained = modes_of(model)
    try:
        with _interruptible(training), _quiet():
            training.call("on_start")
            while training.epoch < epochs and not training.history.stopped:
                if not model.training:  # as a callback has left it
                    set_modes(trained)
                if bar is not None:
                    bar.set_description(f"epoch {training.epoch + 1}/{epochs}", refresh=False)
                _epoch(training, bar)
            _check_finite(training)
            training.call("on_end")
        model.eval()
    except BaseException:
        set_modes(before)
        raise
    finally:
        if bar is not None:
            bar.close()


# An epoch.


def _epoch(training: Training, bar: Any) -> None:
    """Go once through the data, or to its end, and note how it went."""
    start = time.perf_counter()
    on_step = training.hooks["on_step"]
    for batch in taken(training.batches, training.model):
        if _step(training, *batch):
            for method in on_step:
                method(training)
        if bar is not None and bar.update():
            bar.set_postfix(loss=f"{training.total / (training.count or 1):.4g}", refresh=False)
        if training.history.stopped:
            break
    if training.history.stopped:
        return
    if training.callbacks or training.validation is not None:
        _check_finite(training)  # else the next loss will tell, or the end of training
    if not training.count:
        raise ValueError(
            f"there was nothing to learn from in epoch {training.epoch + 1}: X must give batches "
            f"in each epoch, with weights above 0 and labels that are not ignored; an iterator "
            f"gives them only once: pass a list, or an object whose __iter__ begins anew"
        )
    figures = {"loss": training.total / training.count}
    if training.metrics:
        figures |= measured(training.metrics, training.seen)
    if training.validation is not None:
        held_out = measured_on(
            training.model, training.validation, training.loss, training.metrics, "in validation, "
        )
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


def _step(training: Training, x: Tensor, target: Tensor, weight: NDArray | None) -> bool:
    """One step of the optimizer on a batch; whether there was one, since the batch counts."""
    training.counts = counts = counts_of(training.loss, target, weight)
    if not counts:
        return False
    before = [buffer._array for _, buffer in training.buffers]
    try:
        prediction = training.model(x)
        value = loss_of(training.loss, prediction, target, weight)
        number = value.item()
        training.step += 1
        overflown = _overflown(training.buffers, before) if before else ""
        if good := math.isfinite(number) and not overflown:
            if training.metrics:
                training.seen.append((array_of("metrics take", prediction), plain(target)))
            # Here, not before: what was wrong with the last step's gradients can still be seen.
            training.optimizer.zero_grad()
            value.backward()
            for method in training.hooks["on_gradients"]:
                method(training)
    except BaseException:
        _put_back(training.buffers, before)
        raise
    if not good:
        _put_back(training.buffers, before)
        raise _diverged(training, _what_diverged(training, x, number, overflown))
    training.optimizer.step()
    training.total += sum_of(training.loss, number, counts)
    training.count += counts
    if training.schedule is not None and training.schedule_each == "step":
        training.schedule.step(number)
    return True


def _overflown(buffers: Buffers, before: list[NDArray]) -> str:
    """The path of a buffer that was finite before, and is no longer; "" if there is none."""
    for (path, buffer), old in zip(buffers, before):
        if buffer._array is not old and not all_finite(buffer._array) and all_finite(old):
            return path
    return ""


def _put_back(buffers: Buffers, before: list[NDArray]) -> None:
    """Give buffers, such as running statistics, the arrays that they had before the step."""
    for (_, buffer), old in zip(buffers, before):
        if buffer._array is not old:
            buffer.data = old


def _what_diverged(training: Training, x: Tensor, number: float, overflown: str) -> str:
    """Why a step is not taken, in words."""
    model, step = training.model, f"step {training.step} (epoch {training.epoch + 1})"
    if math.isfinite(number):
        return (
            f"{overflown} would not be finite after {step}, which was not taken: "
            f"{too_much(model, x, overflown)}"
        )
    reason = not_finite(model, x, first=training.step == 1)
    return f"the loss is {number} in {step}, which was not taken: {reason}"


def _check_finite(training: Training) -> None:
    """Raise DivergedError if the last step has made a parameter NaN or infinite."""
    for p in training.optimizer.parameters:
        if not math.isfinite(np.vdot(p._array, p._array)):
            break
    else:
        return
    # What is finite may have squares that are not: then each number is looked at.
    if words := spoiled(training.model):
        raise _diverged(
            training, f"the model is no longer finite after step {training.step}: {words}"
        )


def _diverged(training: Training, words: str) -> DivergedError:
    """The error to raise."""
    training.call("on_failure")
    error = DivergedError(words)
    error.history = training.history
    return error


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


def _quiet() -> Any:
    """Within the `with` block, NumPy does not warn of what fit itself will raise an error for.

    Unless one has asked it for more than a warning.
    """
    kinds: Any = {kind: "ignore" for kind, how in np.geterr().items() if how == "warn"}
    return np.errstate(**kinds)


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
