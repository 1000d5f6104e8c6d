"""History: what happened in training, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(repr=False)
class History:
    """What happened in training: lists with a number for each epoch that is over.

    `losses` are the means over the training data, each batch with the weights of its own step, and
    `validation_losses` those over the validation data at the end of the epoch. `metrics` are by
    name: "accuracy" is of the training data, "val_accuracy" of the validation data. `stopped` says
    why training ended before its last epoch; None if it did not. `restored` is the epoch, from 1,
    whose weights EarlyStopping has put back; None if it has not.

    >>> history = History([0.7, 0.2], metrics={"accuracy": [0.5, 0.9]}, seconds=[0.5, 0.4])
    >>> history
    History of 2 epochs in 0.9 s: loss 0.7 → 0.2, accuracy 0.5 → 0.9
    >>> history.last()
    {'loss': 0.2, 'accuracy': 0.9, 'seconds': 0.4}
    """

    losses: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    learning_rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    stopped: str | None = None
    restored: int | None = None

    def curves(self) -> dict[str, list[float]]:
        """Losses and metrics, by name: "loss", "val_loss" if there is one, and the metrics."""
        losses = {"loss": self.losses, "val_loss": self.validation_losses}
        given = {name: numbers for name, numbers in losses.items() if numbers or name == "loss"}
        return {**given, **self.metrics}

    def to_dict(self) -> dict[str, list[float]]:
        """All numbers by name, a list each, as for JSON or a pandas DataFrame.

        >>> History([0.5], learning_rates=[0.1], seconds=[2.0]).to_dict()
        {'loss': [0.5], 'learning_rate': [0.1], 'seconds': [2.0]}
        """
        return {name: list(numbers) for name, numbers in self._lists().items()}

    def __getitem__(self, name: str) -> list[float]:
        """The numbers of that name, as in `to_dict`; raises KeyError, which names those there are.

        >>> History([0.7, 0.2])["loss"]
        [0.7, 0.2]
        """
        lists = self._lists()
        if name not in lists:
            raise KeyError(f"there is no {name!r}; there are {', '.join(lists)}")
        return lists[name]

    def last(self) -> dict[str, float]:
        """The numbers of the last epoch, by name."""
        return {name: numbers[-1] for name, numbers in self._lists().items() if numbers}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Losses and metrics as curves; it needs Matplotlib. Returns the Axes.

        Raises ValueError if there is no epoch.
        """
        if not self.losses:
            raise ValueError("no epoch is over yet, so there is nothing to draw")
        axes: Axes = import_module("nn.pictures").learning_curves(self, ax)
        return axes

    def add(self, figures: Mapping[str, float]) -> None:
        """Take in the numbers of one more epoch, named as in `last`."""
        own = {
            "loss": self.losses,
            "val_loss": self.validation_losses,
            "learning_rate": self.learning_rates,
            "seconds": self.seconds,
        }
        for name, number in figures.items():
            numbers = own[name] if name in own else self.metrics.setdefault(name, [])
            numbers.append(float(number))

    def _lists(self) -> dict[str, list[float]]:
        """The lists themselves, by name."""
        others = {"learning_rate": self.learning_rates, "seconds": self.seconds}
        return {**self.curves(), **{name: each for name, each in others.items() if each}}

    def state_dict(self) -> dict[str, Any]:
        """All numbers by name, as `to_dict`."""
        return self.to_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take the numbers of `state`, as from `state_dict`, in the place of the own ones."""
        lists = [self.losses, self.validation_losses, self.learning_rates, self.seconds]
        for each in lists:
            each.clear()
        self.metrics.clear()
        for name, numbers in state.items():
            for number in numbers:
                self.add({name: number})

    def __repr__(self) -> str:
        epochs = len(self.losses)
        text = f"History of {epochs} epoch{'s' * (epochs != 1)}"
        if self.seconds:
            text += f" in {sum(self.seconds):.2g} s"
        if epochs:
            text += ": " + ", ".join(
                f"{name} {numbers[0]:.4g} → {numbers[-1]:.4g}"
                for name, numbers in self.curves().items()
                if numbers
            )
        return text + (f"; stopped: {self.stopped}" if self.stopped else "")
