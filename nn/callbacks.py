"""Callbacks: what else `nn.fit` does on its way.

A callback is any object with one or more of these methods, each of which gets the `Training`; or a
function of it, which is called at the end of each epoch.

    on_start      before the first step
    on_gradients  after each backward pass, before the optimizer's step: to clip gradients, say
    on_step       after each step
    on_epoch_end  after each epoch, when its figures are in the history
    on_end        after the last one, also if training was stopped, but not after an error
    on_failure    when the loss or a parameter is no longer finite, before the error is raised

>>> import nn
>>> class Clip:
...     def on_gradients(self, training):
...         nn.clip_grad_norm(training.model, 1.0)
>>> model = nn.Layer(1, 1, "identity")
>>> _ = nn.fit(model, [[1e3]], [[1.0]], epochs=1, callbacks=[Clip(), lambda training: None])

What a callback has to remember where training is resumed, it says in `state_dict`, and takes back
in `load_state_dict`.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from autograd.primitive import NDArray
from nn.history import History
from nn.init import positive_integer
from nn.losses import Loss
from nn.metrics import LARGER_IS_BETTER, Metric
from nn.module import Module
from nn.optimizer import Optimizer
from nn.saving import load_training, save_training
from nn.schedules import Schedule
from nn.storage import FORMATS

HOOKS = ("on_start", "on_gradients", "on_step", "on_epoch_end", "on_end", "on_failure")


@dataclass(eq=False, repr=False)
class Training:
    """How far training has come: what callbacks see.

    `epoch` counts the epochs that are over, `step` the steps in all of them. `stop` ends training
    after the running step, and `history.stopped` gives the reason. `total`, `count` and `seen` are
    of the epoch that is running: the sum of its losses, how many they are of, and, for the metrics,
    its predictions and targets. `counts` is what the step that is running adds to `count`.
    """

    model: Module
    optimizer: Optimizer
    loss: Loss
    batches: Iterable[Any]
    validation: Iterable[Any] | None
    metrics: Mapping[str, Metric]
    schedule: Schedule | None
    schedule_each: str  # "epoch" or "step"
    callbacks: list[Any]
    history: History = field(default_factory=History)
    epoch: int = 0
    step: int = 0
    total: float = 0.0
    count: float = 0.0
    counts: float = 0.0
    seen: list[tuple[NDArray, NDArray]] = field(default_factory=list)
    interrupted: bool = False  # by Ctrl-C

    def figures(self) -> list[str]:
        """The names of what each epoch adds to the history, but for what callbacks add."""
        own = ["loss", *self.metrics]
        held_out = [f"val_{name}" for name in own] if self.validation is not None else []
        return [*own, *held_out, "learning_rate", "seconds"]

    def stop(self, reason: str) -> None:
        """End training after the running step, or epoch, and say why in the history."""
        self.history.stopped = reason

    def call(self, hook: str) -> None:
        """Call that method of each callback that has it."""
        for method in hooked(self.callbacks, hook):
            method(self)

    def save(self, path: str | Path) -> None:
        """Write all that training goes on from into a file, for `resume=` of `nn.fit`."""
        save_training(path, **self._parts())

    def load(self, path: str | Path) -> None:
        """Go on from a file that `save` wrote. Raises ValueError for one that does not fit."""
        load_training(path, **self._parts())
        if not hasattr(self.batches, "load_state_dict"):
            self.total, self.count, self.seen = 0.0, 0.0, []  # its epoch begins again

    def _parts(self) -> dict[str, Any]:
        parts = {"training": self, "model": self.model, "optimizer": self.optimizer}
        parts |= {"history": self.history, "schedule": self.schedule, "batches": self.batches}
        parts |= {f"callback {i}": callback for i, callback in enumerate(self.callbacks)}
        return {name: part for name, part in parts.items() if hasattr(part, "state_dict")}

    def state_dict(self) -> dict[str, Any]:
        """The counts, and what is known of the epoch that is running."""
        names = ("epoch", "step", "total", "count")
        seen = [np.concatenate(each) for each in zip(*self.seen)]
        return {**{name: getattr(self, name) for name in names}, "seen": seen}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`, as from `state_dict`."""
        self.epoch, self.step = int(state["epoch"]), int(state["step"])
        self.total, self.count = float(state["total"]), float(state["count"])
        self.seen = [(state["seen"][0], state["seen"][1])] if state["seen"] else []


def hooked(callbacks: Iterable[Any], hook: str) -> list[Callable[[Training], Any]]:
    """Those methods of the callbacks that have that name."""
    return [getattr(callback, hook) for callback in callbacks if hasattr(callback, hook)]


def ready(callbacks: Any) -> list[Any]:
    """The callbacks as a list. Raises TypeError for what has no hook."""
    if callable(callbacks) or any(hasattr(callbacks, hook) for hook in HOOKS):
        callbacks = [callbacks]
    if callbacks is not None and not isinstance(callbacks, Iterable):
        callbacks = [callbacks]
    found = []
    for callback in callbacks or ():
        hooks = any(hasattr(callback, hook) for hook in HOOKS)
        if isinstance(callback, type) or not (hooks or callable(callback)):
            raise TypeError(
                f"a callback has some of the methods {', '.join(HOOKS)}, or is a function, "
                f"which {callback!r} is not; to call one of its methods after each epoch, pass "
                f"lambda training: …"
            )
        found.append(callback if hooks else _AfterEachEpoch(callback))
    # What others remember is saved when they have done their part.
    return sorted(found, key=lambda callback: isinstance(callback, Checkpoint))


class EarlyStopping:
    """Stops when a figure has not improved for `patience` epochs, and puts back the best weights.

    `monitor` is the name of the figure in the history, by default "val_loss", or "loss" without
    validation data. It improves where it is better than the best so far by more than `least`;
    `larger` says whether larger is better, which is known of the metrics that have names. The best
    state of the model comes back when training ends, also where it is no longer finite, unless by
    Ctrl-C or with `restore` False. Raises ValueError for a figure that there will not be.

    >>> import nn
    >>> model, X = nn.Layer(1, 1, "identity"), [[1.0]]
    >>> model.weight.data, patient = [[3.0]], EarlyStopping(patience=2)
    >>> wild = nn.SGD(model.parameters(), lr=10.0)
    >>> nn.fit(model, X, X, optimizer=wild, epochs=50, callbacks=patient).stopped
    'the loss has not improved since epoch 1, for 2 epochs'
    """

    def __init__(
        self,
        patience: int = 10,
        monitor: str | None = None,
        larger: bool | None = None,
        least: float = 0.0,
        restore: bool = True,
    ) -> None:
        self.patience = positive_integer("patience", patience)
        if larger is None and monitor is not None:
            quantity = monitor.removeprefix("val_")
            if quantity not in LARGER_IS_BETTER:
                raise ValueError(f"say whether a larger {monitor!r} is better, by larger=")
            larger = LARGER_IS_BETTER[quantity]
        if not least >= 0:
            raise ValueError(f"least must be at least 0, not {least}")
        self.monitor, self.larger, self.least = monitor, bool(larger), least
        self.restore = restore
        self._forget()

    def _forget(self) -> None:
        self.best: float | None = None
        self.best_epoch = 0
        self.waited = 0
        self.weights: dict[str, NDArray] | None = None

    def on_start(self, training: Training) -> None:
        """Begin anew, unless training is resumed."""
        figures = training.figures()
        if self.monitor not in (None, *figures) and all(map(_is_own, training.callbacks)):
            raise self._unknown(figures)  # a callback of one's own may add others
        if training.epoch == 0:
            self._forget()
        self._stop_if_enough(training)

    def on_epoch_end(self, training: Training) -> None:
        """Look at the figure, and stop if it has not improved for too long."""
        figures = training.history.last()
        name = self.monitor or ("val_loss" if "val_loss" in figures else "loss")
        if name not in figures:
            raise self._unknown(figures)
        figure = figures[name]
        change = math.nan if self.best is None else (figure - self.best) * (2 * self.larger - 1)
        if self.best is None or change > self.least or (math.isnan(self.best) and figure == figure):
            self.best, self.best_epoch, self.waited = figure, training.epoch, 0
            self.weights = training.model.state_dict() if self.restore else None
        else:
            self.waited += 1
        self._stop_if_enough(training)

    def on_end(self, training: Training) -> None:
        """Put the best weights back."""
        if self.weights is not None and not training.interrupted:
            training.model.load_state_dict(self.weights)
            training.history.restored = self.best_epoch

    def on_failure(self, training: Training) -> None:
        """Put the best weights back, if there are any."""
        self.on_end(training)

    def _unknown(self, figures: Iterable[str]) -> ValueError:
        return ValueError(
            f"there is no {self.monitor!r} to monitor; there are {', '.join(figures)}"
        )

    def _stop_if_enough(self, training: Training) -> None:
        if self.waited >= self.patience:
            what = self.monitor or "the loss"
            training.stop(
                f"{what} has not improved since epoch {self.best_epoch}, for {self.waited} epochs"
            )

    def state_dict(self) -> dict[str, Any]:
        """The best figure, when it was, for how long there was no better one, and the weights."""
        names = ("best", "best_epoch", "waited", "weights")
        return {name: getattr(self, name) for name in names}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`, as from `state_dict`."""
        self.best, self.best_epoch = state["best"], state["best_epoch"]
        self.waited = state["waited"]
        self.weights = None if state["weights"] is None else dict(state["weights"])


class Checkpoint:
    """Saves all that training goes on from, after every so many epochs, or steps.

    `path` ends in `.safetensors` or `.npz`; the file is always a whole one, even if the process is
    killed while it is written. It is also written when training is stopped by Ctrl-C.
    `nn.fit(…, resume=path)`, with the same arguments, goes on from there.

    Raises ValueError for another extension, and FileNotFoundError, before the first step, if there
    is no such folder.

    >>> import nn, tempfile
    >>> def train(epochs):
    ...     return nn.fit(nn.Layer(1, 1, rng=0), [[1.0]], [[0.5]], epochs=epochs, rng=0,
    ...                   callbacks=Checkpoint(path), resume=path)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "training.npz"
    ...     print(len(train(2).losses), len(train(5).losses))
    2 5
    """

    def __init__(self, path: str | Path, every: int = 1, each: str = "epoch") -> None:
        self.path, self.every = Path(path), positive_integer("every", every)
        if each not in ("epoch", "step"):
            raise ValueError(f"each is 'epoch' or 'step', not {each!r}")
        self.each = each
        if self.path.suffix not in FORMATS:
            raise ValueError(
                f"the name of a checkpoint ends in its format, one of {', '.join(FORMATS)}; got "
                f"{str(path)!r}"
            )

    def on_start(self, training: Training) -> None:
        """See whether there is such a folder."""
        if not self.path.parent.is_dir():
            raise FileNotFoundError(
                f"there is no folder {str(self.path.parent)!r} to save {self.path.name} in: make "
                f"it first"
            )

    def on_step(self, training: Training) -> None:
        """Save, if it is time."""
        if self.each == "step" and training.step % self.every == 0:
            training.save(self.path)

    def on_epoch_end(self, training: Training) -> None:
        """Save, if it is time."""
        if self.each == "epoch" and training.epoch % self.every == 0:
            training.save(self.path)

    def on_end(self, training: Training) -> None:
        """Save, if training was interrupted."""
        if training.interrupted:
            training.save(self.path)


class JSONLines:
    """Writes a line of JSON to a file after each epoch: its number and its figures.

    Lines are added to what the file holds, but where training is resumed, its lines of epochs that
    are to come again go. A number that is not finite becomes null.

    >>> import nn, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = JSONLines(Path(folder) / "log.jsonl")
    ...     history = nn.fit(nn.Layer(1, 1), [[1.0]], [[0.0]], epochs=2, callbacks=log)
    ...     lines = log.path.read_text(encoding="utf-8").splitlines()
    >>> [list(json.loads(line)) for line in lines][-1]
    ['epoch', 'step', 'loss', 'learning_rate', 'seconds']
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def on_start(self, training: Training) -> None:
        """See whether the file can be written to, and take out what will be written again."""
        self.path.open("a", encoding="utf-8").close()
        if training.epoch:
            lines = self.path.read_bytes().splitlines(keepends=True)
            while lines and _epoch_of(lines[-1]) > training.epoch:
                lines.pop()
            os.truncate(self.path, sum(map(len, lines)))

    def on_epoch_end(self, training: Training) -> None:
        """Write a line."""
        figures = {
            name: number if math.isfinite(number) else None
            for name, number in training.history.last().items()
        }
        line = json.dumps({"epoch": training.epoch, "step": training.step, **figures})
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def _epoch_of(line: bytes) -> float:
    """The epoch that a line is of; infinity for half a line, which a killed process has left."""
    try:
        return int(json.loads(line)["epoch"])
    except (ValueError, KeyError, TypeError):
        return 0 if line.endswith(b"\n") else math.inf


def _is_own(callback: Any) -> bool:
    return isinstance(callback, (EarlyStopping, Checkpoint, JSONLines))


class _AfterEachEpoch:
    def __init__(self, function: Callable[[Training], Any]) -> None:
        self.on_epoch_end = function
