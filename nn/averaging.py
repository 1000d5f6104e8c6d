"""Averaged: averages of weights along the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.primitive import NDArray
from nn.init import within
from nn.module import Module
from nn.optimizer import tensors_of
from nn.state import fitting


class Averaged:
    """Averages of weights along the way, which often predict better than the last ones do.

    Of all updates alike (stochastic weight averaging, Izmailov et al. 2018), or with a `decay`
    exponential: average ← decay · average + (1 − decay) · weights, from the first update on.

    In a loop, call `update()` after a step, or after an epoch. As one of the callbacks of `nn.fit`,
    it takes in the weights after each step; for once an epoch, pass
    `lambda training: averaged.update()`.

    `parameters` are a model's or a list. Buffers are not averaged. BatchNorm's running statistics
    are so those of the last weights; for those of the averages, within `swapped()`, pass the
    training data through the model in training mode, without a backward pass, before evaluating.
    Raises ValueError for no parameters, and a decay outside [0, 1).

    >>> p = Tensor([0.0], requires_grad=True)
    >>> averaged = Averaged([p])
    >>> for value in [1.0, 3.0, 8.0]:  # a training loop, with a step of the optimizer
    ...     p.data = [value]
    ...     averaged.update()
    >>> with averaged.swapped():
    ...     p.data
    array([4.])
    >>> p.data
    array([8.])
    """

    def __init__(self, parameters: Module | Iterable[Tensor], decay: float | None = None) -> None:
        self.parameters = tensors_of(parameters)
        if not self.parameters:
            raise ValueError("there are no parameters to average")
        self.decay = None if decay is None else within("decay", decay, high=1.0)
        self.updates = 0
        self.averages: list[NDArray] = [np.array(p.data) for p in self.parameters]

    def update(self) -> None:
        """Take in the weights as they are now."""
        self.updates += 1
        rate = 1 / self.updates if self.decay is None or self.updates == 1 else 1 - self.decay
        for average, parameter in zip(self.averages, self.parameters):
            average += rate * (parameter.data - average)

    def on_check(self, training: Any) -> None:
        """As a callback of `nn.fit`: see that these are parameters of its model."""
        if set(self.parameters).isdisjoint(training.model.parameters()):
            raise ValueError("Averaged was made for another model: it has none of these parameters")

    def on_step(self, training: Any) -> None:
        """As a callback of `nn.fit`: take in the weights."""
        self.update()

    @contextmanager
    def swapped(self) -> Iterator[None]:
        """Within the `with` block, the parameters are their averages; then themselves again.

        Raises ValueError if there was no update yet.
        """
        if not self.updates:
            raise ValueError("nothing has been averaged yet: call update() after a step")
        own = [np.array(parameter.data) for parameter in self.parameters]
        try:
            _put(self.parameters, self.averages)
            yield
        finally:
            _put(self.parameters, own)

    def state_dict(self) -> dict[str, Any]:
        """A copy of the averages, by number, and the count of updates."""
        averages = {f"averages.{i}": np.array(average) for i, average in enumerate(self.averages)}
        return {"updates": self.updates, **averages}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`, as from `state_dict`.

        Raises ValueError, with nothing changed, if any entry is missing, unknown, or does not fit.
        """
        updates, *averages = fitting(state, self.state_dict(), "Averaged").values()
        self.updates, self.averages = updates, averages


def _put(parameters: list[Tensor], arrays: list[NDArray]) -> None:
    for parameter, array in zip(parameters, arrays):
        parameter.data = array
