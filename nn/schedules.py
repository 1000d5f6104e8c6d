"""What goes with an optimizer: learning rates that change, clipped gradients, averaged weights.

A schedule sets the learning rate of each of the optimizer's groups, as a factor of the rate that
the group had when the schedule was made. Call its `step` after the optimizer's, once an epoch or
once a step: what it counts are its own calls.

>>> import nn
>>> optimizer = nn.SGD(nn.Layer(2, 1).parameters(), lr=0.5)
>>> schedule = WarmUp(Cosine(optimizer, 4), 2, start=0.5)
>>> rates = []
>>> for epoch in range(7):  # and in each of them the steps of the optimizer
...     rates.append(round(optimizer.lr, 3))
...     schedule.step()
>>> rates
[0.25, 0.375, 0.5, 0.427, 0.25, 0.073, 0.0]
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.primitive import NDArray
from nn.init import positive_integer
from nn.module import Module
from nn.optimizer import Optimizer, fitting


class Schedule:
    """What schedules share. A kind of one's own needs only a method `factor`.

    Raises TypeError for what is not an optimizer, and ValueError for options out of range.
    """

    _progress: tuple[str, ...] = ("steps", "rates")  # the attributes that change on the way

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule is for an Optimizer, not {type(optimizer).__name__}")
        self.optimizer = optimizer
        self.rates: list[float] = [group["lr"] for group in optimizer.param_groups]
        self.steps = 0
        self._set()

    def factor(self, steps: int) -> float:
        """What each group's own rate is multiplied by after so many steps."""
        raise NotImplementedError(f"{type(self).__name__} does not say how rates change")

    def step(self, loss: Any = None) -> None:
        """Go on by one. Only OnPlateau needs the loss; the others take it, to be used alike."""
        self.steps += 1
        self._set()

    def state_dict(self) -> dict[str, Any]:
        """How far this has come, by name: numbers, and lists of numbers."""
        return {name: getattr(self, name) for name in self._progress}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`, as from `state_dict`, and set the rates that belong to it.

        Raises ValueError, with nothing changed, if any entry is missing, unknown, or does not fit.
        """
        self._restore(fitting(state, self.state_dict(), type(self).__name__))
        self._set()

    def _restore(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    def _set(self) -> None:
        factor = self.factor(self.steps)
        for group, rate in zip(self.optimizer.param_groups, self.rates):
            group["lr"] = rate * factor


class StepDecay(Schedule):
    """Multiplies the rates by `factor` after every so many steps.

    >>> import nn
    >>> schedule = StepDecay(nn.SGD(nn.Layer(2, 1).parameters()), every=10, factor=0.5)
    >>> [schedule.factor(steps) for steps in (0, 9, 10, 20)]
    [1.0, 1.0, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, every: int, factor: float = 0.1) -> None:
        self.every = positive_integer("every", every)
        self.drop = _share("factor", factor)
        super().__init__(optimizer)

    def factor(self, steps: int) -> float:
        """What each group's own rate is multiplied by after so many steps."""
        return self.drop ** (steps // self.every)


class Cosine(Schedule):
    """Half a cosine from the rates down to `floor` times them in `steps` steps, and then flat.

    (Loshchilov and Hutter 2017, without restarts.)

    >>> import nn
    >>> schedule = Cosine(nn.SGD(nn.Layer(2, 1).parameters()), steps=10, floor=0.2)
    >>> [round(schedule.factor(steps), 3) for steps in (0, 5, 10, 20)]
    [1.0, 0.6, 0.2, 0.2]
    """

    def __init__(self, optimizer: Optimizer, steps: int, floor: float = 0.0) -> None:
        self.length = positive_integer("steps", steps)
        self.floor = _share("floor", floor)
        super().__init__(optimizer)

    def factor(self, steps: int) -> float:
        """What each group's own rate is multiplied by after so many steps."""
        if steps >= self.length:
            return self.floor
        return self.floor + (1 - self.floor) * (1 + math.cos(math.pi * steps / self.length)) / 2


class WarmUp(Schedule):
    """A straight line from `start` times the rates up to them in `steps` steps, then another one.

    `then` is the schedule that follows, which begins at its own first step and is not to be stepped
    itself; the page's first lines have an example.
    """

    def __init__(self, then: Schedule, steps: int, start: float = 0.1) -> None:
        if not isinstance(then, Schedule):
            raise TypeError(f"WarmUp takes the Schedule that follows, not {type(then).__name__}")
        self.then = then
        self.length = positive_integer("steps", steps)
        self.start = _share("start", start)
        super().__init__(then.optimizer)
        self.rates = then.rates
        self._set()

    def factor(self, steps: int) -> float:
        """What each group's own rate is multiplied by after so many steps."""
        if steps >= self.length:
            return self.then.factor(steps - self.length)
        return self.start + (1 - self.start) * steps / self.length

    def step(self, loss: Any = None) -> None:
        """Go on by one; a schedule that follows goes on from the last step of this one."""
        if self.steps >= self.length:
            self.then.step(loss)
        super().step()

    def state_dict(self) -> dict[str, Any]:
        """How far this and what follows have come, by name."""
        after = {f"then.{name}": value for name, value in self.then.state_dict().items()}
        return super().state_dict() | after

    def _restore(self, state: dict[str, Any]) -> None:
        own = {name: state[name] for name in self._progress}
        after = {name: value for name, value in state.items() if name not in own}
        self.then._restore({name.removeprefix("then."): value for name, value in after.items()})
        super()._restore(own)


class OnPlateau(Schedule):
    """Multiplies the rates by `factor` when the loss has not improved for `patience` steps.

    To improve is to be less than the best so far by a share `threshold` of it. The rates go no
    lower than `floor` times what they were. For a figure that should grow, pass its negative.

    >>> import nn
    >>> optimizer = nn.SGD(nn.Layer(2, 1).parameters(), lr=0.1)
    >>> schedule = OnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in [3.0, 2.0, 2.0, 2.5]:
    ...     schedule.step(loss)
    >>> optimizer.lr
    0.05
    """

    _progress = (*Schedule._progress, "scale", "best", "waited")

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        floor: float = 0.0,
    ) -> None:
        self.drop, self.threshold = _share("factor", factor), _share("threshold", threshold)
        self.floor = _share("floor", floor)
        if patience < 0:
            raise ValueError(f"patience must be at least 0, not {patience}")
        self.patience = patience
        self.scale, self.best, self.waited = 1.0, math.inf, 0
        super().__init__(optimizer)

    def factor(self, steps: int) -> float:
        """What each group's own rate is multiplied by now; it depends on losses, not on steps."""
        return self.scale

    def step(self, loss: Any = None) -> None:
        """Look at the `loss` of this step or epoch, best that of the validation data.

        Raises TypeError if there is none.
        """
        if loss is None:
            raise TypeError("OnPlateau looks at the loss: pass it, schedule.step(loss)")
        loss = float(loss)
        enough = self.threshold * abs(self.best) if math.isfinite(self.best) else 0.0
        if loss < self.best - enough:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        if self.waited > self.patience:
            self.scale, self.waited = max(self.scale * self.drop, self.floor), 0
        super().step()


def clip_grad_norm(parameters: Module | Iterable[Tensor], max_norm: float) -> float:
    """Scale all gradients down together, in place, so that their norm is at most `max_norm`.

    Returns the norm that they had, the root of the sum of all their squares; to measure only, pass
    infinity. As PyTorch, this multiplies by max_norm / (norm + 1e-6) where that is below 1.

    Raises ValueError, with nothing changed, for a negative `max_norm`, and if a gradient has NaN or
    infinity in it; the message says which.

    >>> p = Tensor([0.0, 0.0], requires_grad=True)
    >>> p.grad = [30.0, 40.0]
    >>> clip_grad_norm([p], 5.0)
    50.0
    >>> p.grad.round(4)
    array([3., 4.])
    """
    if not max_norm >= 0:
        raise ValueError(f"max_norm must be at least 0, not {max_norm}")
    graded = [p for p in _parameters(parameters) if p.grad is not None and p.size]
    tops = [float(np.max(np.abs(_gradient(p)))) for p in graded]
    for i, (parameter, top) in enumerate(zip(graded, tops)):
        if not math.isfinite(top):
            raise ValueError(
                f"the gradient of {parameter.name or f'parameter {i}'} (shape {parameter.shape}) "
                f"has NaN or infinity in it, so that none can be clipped; a smaller learning rate "
                f"may help, and autograd.debug finds where it came from"
            )
    # Divided by their largest element, so that squares don't overflow.
    norms = [top * float(np.linalg.norm(_gradient(p) / top)) for p, top in zip(graded, tops) if top]
    norm = math.hypot(*norms)
    factor = max_norm / (norm + 1e-6)
    if factor < 1:
        for parameter in graded:
            np.multiply(_gradient(parameter), factor, _gradient(parameter))
    return norm


def clip_grad_value(parameters: Module | Iterable[Tensor], limit: float) -> None:
    """Clip each number in each gradient, in place, to the range from −limit to limit.

    Raises ValueError if `limit` is negative.

    >>> p = Tensor([0.0, 0.0], requires_grad=True)
    >>> p.grad = [-30.0, 0.5]
    >>> clip_grad_value([p], 1.0)
    >>> p.grad
    array([-1. ,  0.5])
    """
    if not limit >= 0:
        raise ValueError(f"limit must be at least 0, not {limit}")
    for parameter in _parameters(parameters):
        if parameter.grad is not None:
            np.clip(parameter.grad, -limit, limit, out=parameter.grad)


class Averaged:
    """Averages of weights along the way, which often predict better than the last ones do.

    Of all updates alike (stochastic weight averaging, Izmailov et al. 2018), or with a `decay`
    exponential: average ← decay · average + (1 − decay) · weights, from the first update on.

    `parameters` are a model's or a list. Buffers, such as BatchNorm's running statistics, are not
    averaged. Raises ValueError for no parameters, and a decay outside [0, 1).

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
        self.parameters = _parameters(parameters)
        if not self.parameters:
            raise ValueError("there are no parameters to average")
        if decay is not None and not 0 <= decay < 1:
            raise ValueError(f"decay must be from 0 to below 1, or None, not {decay}")
        self.decay = decay
        self.updates = 0
        self.averages: list[NDArray] = [np.array(p.data) for p in self.parameters]

    def update(self) -> None:
        """Take in the weights as they are now."""
        self.updates += 1
        rate = 1 / self.updates if self.decay is None or self.updates == 1 else 1 - self.decay
        for average, parameter in zip(self.averages, self.parameters):
            average += rate * (parameter.data - average)

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


def _gradient(parameter: Tensor) -> NDArray:
    gradient = parameter.grad
    assert gradient is not None
    return gradient


def _parameters(parameters: Module | Iterable[Tensor]) -> list[Tensor]:
    """A model's parameters, or those of a list. Raises TypeError for anything else in it."""
    if isinstance(parameters, Module):
        return parameters.parameters()
    if isinstance(parameters, Tensor) or not isinstance(parameters, Iterable):
        raise TypeError(f"expected a Module or a list of Tensors, not {type(parameters).__name__}")
    listed = list(parameters)
    for i, parameter in enumerate(listed):
        if not isinstance(parameter, Tensor):
            raise TypeError(f"expected Tensors, but item {i} is {type(parameter).__name__}")
    return listed


def _share(name: str, value: float) -> float:
    """`value`, from 0 to 1. Raises ValueError if it is not."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be from 0 to 1, not {value}")
    return float(value)
