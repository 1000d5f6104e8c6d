"""Callbacks that look at a figure of each epoch: EarlyStopping and SaveBest."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autograd.primitive import NDArray
from nn.callbacks import Training, path_of_format
from nn.init import flag, positive_integer, within
from nn.metrics import LARGER_IS_BETTER
from nn.saving import save
from nn.storage import check_folder
from nn.watching import evaluating


class Monitor:
    """What callbacks share that look at one figure of the history: whether it is the best so far.

    `monitor` is the name of the figure, by default "val_loss", or "loss" without validation data.
    It improves where it is better than the best so far by more than `least`; `larger` says whether
    larger is better, which is known of the metrics that have names.
    """

    def __init__(self, monitor: str | None, larger: bool | None, least: float = 0.0) -> None:
        if not isinstance(monitor, (str, type(None))):
            raise TypeError(f"monitor is the name of a figure, such as 'val_loss', not {monitor!r}")
        if larger is None and monitor is not None:
            quantity = monitor.removeprefix("val_")
            if quantity not in LARGER_IS_BETTER:
                raise ValueError(f"say whether a larger {monitor!r} is better, by larger=")
            larger = LARGER_IS_BETTER[quantity]
        self.monitor, self.larger = monitor, flag("larger", larger or False)
        self.least = within("least", least)
        self._forget()

    def _forget(self) -> None:
        self.best: float | None = None
        self.best_epoch = 0

    def on_check(self, training: Training) -> None:
        """See whether there will be such a figure."""
        if self.monitor is not None:
            self._check_among(training.figures())

    def on_start(self, training: Training) -> None:
        """Begin anew, unless training is resumed."""
        if training.epoch == 0:
            self._forget()

    def improved(self, training: Training) -> bool:
        """Whether the epoch that is over is the best so far, which is noted."""
        figures = training.history.last()
        name = self.monitor or ("val_loss" if "val_loss" in figures else "loss")
        self._check_among(figures)
        figure = figures[name]
        change = math.nan if self.best is None else (figure - self.best) * (2 * self.larger - 1)
        if self.best is None or change > self.least or (math.isnan(self.best) and figure == figure):
            self.best, self.best_epoch = figure, training.epoch
            return True
        return False

    def _check_among(self, figures: Iterable[str]) -> None:
        if self.monitor not in (None, *figures):
            raise ValueError(
                f"there is no {self.monitor!r} to monitor; there are {', '.join(figures)}; a "
                f"callback that adds others names them in its attribute figures"
            )

    def state_dict(self) -> dict[str, Any]:
        """The best figure, and when it was."""
        return {"best": self.best, "best_epoch": self.best_epoch}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`, as from `state_dict`."""
        self.best, self.best_epoch = state["best"], state["best_epoch"]


class EarlyStopping(Monitor):
    """Stops when a figure has not improved for `patience` epochs, and puts back the best weights.

    `monitor` is the name of the figure in the history, by default "val_loss", or "loss" without
    validation data. It improves where it is better than the best so far by more than `least`;
    `larger` says whether larger is better, which is known of the metrics that have names. The best
    state of the model comes back when training ends, also where it is no longer finite, unless by
    Ctrl-C or with `restore` False. Raises ValueError, before the first step, for a figure that
    there will not be; `nn.callbacks` says how a callback adds one.

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
        self.restore = flag("restore", restore)
        super().__init__(monitor, larger, least)

    def _forget(self) -> None:
        super()._forget()
        self.waited = 0
        self.weights: dict[str, NDArray] | None = None

    def on_start(self, training: Training) -> None:
        """Begin anew, unless training is resumed."""
        super().on_start(training)
        self._stop_if_enough(training)

    def on_epoch_end(self, training: Training) -> None:
        """Look at the figure, and stop if it has not improved for too long."""
        if self.improved(training):
            self.waited = 0
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

    def _stop_if_enough(self, training: Training) -> None:
        if self.waited >= self.patience:
            default = "the loss" if training.validation is None else "the validation loss"
            what = self.monitor or default
            training.stop(
                f"{what} has not improved since epoch {self.best_epoch}, for {self.waited} epochs"
            )

    def state_dict(self) -> dict[str, Any]:
        """The best figure, when it was, for how long there was no better one, and the weights."""
        return {**super().state_dict(), "waited": self.waited, "weights": self.weights}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`, as from `state_dict`."""
        super().load_state_dict(state)
        self.waited = state["waited"]
        self.weights = None if state["weights"] is None else dict(state["weights"])


class SaveBest(Monitor):
    """Saves the model, as `nn.save` does, in evaluation mode, after each epoch that is the best.

    `path` ends in `.safetensors` or `.npz`; `nn.load(path)` makes the best model again, or
    `nn.load(path, model)` for one of a class of your own. `monitor` and `larger` are as for
    EarlyStopping. Raises ValueError for another extension or a figure that there will not be, and
    FileNotFoundError if there is no such folder, both before the first step.

    >>> import nn, tempfile
    >>> model, X = nn.Layer(1, 1, "identity", rng=0), [[1.0]]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     best = SaveBest(Path(folder) / "best.npz")
    ...     history = nn.fit(model, X, X, optimizer="sgd", epochs=3, callbacks=best)
    ...     nn.load(best.path).weight.data == model.weight.data
    array([[ True]])
    """

    def __init__(
        self, path: str | Path, monitor: str | None = None, larger: bool | None = None
    ) -> None:
        self.path = path_of_format("path", path)
        super().__init__(monitor, larger)

    def on_check(self, training: Training) -> None:
        """See whether there will be such a figure, and is such a folder."""
        super().on_check(training)
        check_folder(self.path)

    def on_epoch_end(self, training: Training) -> None:
        """Save, if it is the best."""
        if self.improved(training):
            with evaluating(training.model):  # the mode in which fit leaves it
                save(training.model, self.path)
