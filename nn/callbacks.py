"""Callbacks: what else `nn.fit` does on its way.

A callback is any object with one or more of these methods, each of which gets the `Training`; or a
function of it, which is called at the end of each epoch.

    on_check      before anything changes, to raise an error for what can't be
    on_start      before the first step
    on_gradients  after each backward pass, before the optimizer's step: to clip gradients, say
    on_step       after each step; batches of which nothing counts are none
    on_epoch_end  after each epoch, when its figures are in the history
    on_end        after the last one, also if training was stopped, but not after an error
    on_failure    when the loss or a parameter is no longer finite, before the error is raised

>>> import nn
>>> class Clip:
...     def on_gradients(self, training):
...         nn.clip_grad_norm(training.model, 1.0)
>>> model = nn.Layer(1, 1, "identity")
>>> _ = nn.fit(model, [[1e3]], [[1.0]], epochs=1, callbacks=[Clip(), lambda training: None])

nn has some: EarlyStopping and SaveBest (in nn.monitors), Checkpoint and JSONLines (here), and
Averaged. What a callback has to remember where training is resumed, it says in `state_dict`, and
takes back in `load_state_dict`. One that adds figures to the history, which others may monitor,
names them in `figures`, and is called before those that add none; so may a function.

>>> def score(training):
...     training.history.add({"score": -training.epoch})
>>> score.figures = ["score"]
>>> nn.fit(model, [[1.0]], [[1.0]], callbacks=[nn.EarlyStopping(2, "score", larger=True), score])
... # doctest: +ELLIPSIS
History of 3 epochs ...; stopped: score has not improved since epoch 1, for 2 epochs
"""

from __future__ import annotations

import inspect
import json
import math
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor
from autograd.primitive import NDArray
from nn.history import History
from nn.init import positive_integer
from nn.losses import Loss
from nn.metrics import Metric
from nn.module import Module
from nn.optimizer import Optimizer
from nn.saving import load_training, save_training
from nn.schedules import Schedule
from nn.storage import FORMATS, check_folder

Buffers: TypeAlias = list[tuple[str, Tensor]]

HOOKS = ("on_check", "on_start", "on_gradients", "on_step", "on_epoch_end", "on_end", "on_failure")


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
    buffers: Buffers = field(init=False)  # what steps may move besides the parameters
    hooks: dict[str, list[Callable[[Training], Any]]] = field(init=False)  # those of all callbacks

    def __post_init__(self) -> None:
        named = self.model.named_buffers()
        self.buffers = [(path, tensor) for path, tensor in named if tensor.dtype.kind == "f"]
        self.hooks = {
            hook: [
                getattr(callback, hook) for callback in self.callbacks if hasattr(callback, hook)
            ]
            for hook in HOOKS
        }

    def __repr__(self) -> str:
        return f"Training after {self.epoch} epochs and {self.step} steps: {self.history}"

    def figures(self) -> list[str]:
        """The names of what each epoch adds to the history."""
        own = ["loss", *self.metrics]
        held_out = [f"val_{name}" for name in own] if self.validation is not None else []
        added = [name for callback in self.callbacks for name in getattr(callback, "figures", ())]
        return [*own, *held_out, "learning_rate", "seconds", *added]

    def stop(self, reason: str) -> None:
        """End training after the running step, or epoch, and say why in the history."""
        self.history.stopped = reason

    def call(self, hook: str) -> None:
        """Call that method of each callback that has it."""
        for method in self.hooks[hook]:
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
        kinds: Counter[str] = Counter()
        for callback in self.callbacks:  # by kind: those without a state may come and go
            kinds[kind := type(callback).__name__] += 1
            parts[f"callback {kind} {kinds[kind]}".removesuffix(" 1")] = callback
        return {name: part for name, part in parts.items() if hasattr(part, "state_dict")}

    def state_dict(self) -> dict[str, Any]:
        """The counts, and what is known of the epoch that is running."""
        names = ("epoch", "step", "total", "count")
        seen = [np.concatenate(each) for each in zip(*self.seen)]
        counts = {name: getattr(self, name) for name in names}
        return {**counts, "seen": seen, "figures": self.figures()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`, as from `state_dict`.

        Raises ValueError if its epochs have other figures: the lists of the history would differ.
        """
        before, now = list(state.get("figures", self.figures())), self.figures()
        if before != now:
            raise ValueError(
                f"its epochs have {', '.join(before)}, but now there would be {', '.join(now)}: go "
                f"on with the same metrics, and with validation data if there were some"
            )
        self.epoch, self.step = int(state["epoch"]), int(state["step"])
        self.total, self.count = float(state["total"]), float(state["count"])
        self.seen = [(state["seen"][0], state["seen"][1])] if state["seen"] else []


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
        if not hooks:
            _check_takes_training(callback)
        found.append(callback if hooks else _AfterEachEpoch(callback))
    # Figures are looked at when they are there, and what others remember is saved at the end.
    return sorted(
        found, key=lambda each: (isinstance(each, Checkpoint), not getattr(each, "figures", ()))
    )


def _check_takes_training(function: Callable[..., Any]) -> None:
    """Raise TypeError, before the first epoch, unless it can be called with one argument."""
    try:
        inspect.signature(function).bind(None)
    except TypeError as error:
        raise TypeError(
            f"a callback that is a function is called with the Training, which {function!r} can't "
            f"be: {error}"
        ) from None
    except ValueError:
        pass  # it does not say what it takes


class Checkpoint:
    """Saves all that training goes on from, after every so many epochs, or steps.

    `path` ends in `.safetensors` or `.npz`; the file is always a whole one, even if the process is
    killed while it is written. It is also written when training is stopped by Ctrl-C.
    `nn.fit(…, resume=path)`, with the same arguments, goes on from there. For a file of the model
    alone, as it was at its best, take SaveBest.

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
        self.path, self.every = path_of_format("path", path), positive_integer("every", every)
        if each not in ("epoch", "step"):
            raise ValueError(f"each is 'epoch' or 'step', not {each!r}")
        self.each = each

    def on_check(self, training: Training) -> None:
        """See whether there is such a folder."""
        check_folder(self.path)

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
        self.path = _path("path", path)

    def on_check(self, training: Training) -> None:
        """See whether there is such a folder."""
        check_folder(self.path)

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


def path_of_format(name: str, path: Any) -> Path:
    """`path` as one. Raises TypeError if it is none, and ValueError unless it names a format."""
    found = _path(name, path)
    if found.suffix not in FORMATS:
        raise ValueError(
            f"{name} is the name of a file, which ends in its format, one of "
            f"{', '.join(FORMATS)}; got {str(path)!r}"
        )
    return found


def _path(name: str, path: Any) -> Path:
    """`path` as one. Raises TypeError if it is none."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{name} is the name of a file, not {path!r}")
    return Path(path)


def _epoch_of(line: bytes) -> float:
    """The epoch that a line is of; infinity for half a line, which a killed process has left."""
    try:
        return int(json.loads(line)["epoch"])
    except (ValueError, KeyError, TypeError):
        return 0 if line.endswith(b"\n") else math.inf


class _AfterEachEpoch:
    def __init__(self, function: Callable[[Training], Any]) -> None:
        self.on_epoch_end = function
        self.figures = getattr(function, "figures", ())
