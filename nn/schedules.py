"""Schedules: learning rates that change on the way.

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
>>> schedule
WarmUp after 7 steps: lr 0
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from nn.init import positive_integer, within
from nn.optimizer import Optimizer
from nn.state import fitting


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

    def __repr__(self) -> str:
        rates = ", ".join(f"{group['lr']:.4g}" for group in self.optimizer.param_groups)
        return f"{type(self).__name__} after {self.steps} step{'s' * (self.steps != 1)}: lr {rates}"

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
        self.drop = within("factor", factor, high=1.0, closed=True)
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
        self.floor = within("floor", floor, high=1.0, closed=True)
        super().__init__(optimizer)

    def factor(self, steps: int) -> float:
        """What each group's own rate is multiplied by after so many steps."""
        if steps >= self.length:
            return self.floor
        return self.floor + (1 - self.floor) * (1 + math.cos(math.pi * steps / self.length)) / 2


class WarmUp(Schedule):
    """A straight line from `start` times the rates up to them in `steps` steps, then another one.

    `then` is the schedule that follows, which begins at its own first step and is not to be stepped
    itself; the page's first lines have an example. Or the optimizer, whose rates then stay.
    """

    def __init__(self, then: Schedule | Optimizer, steps: int, start: float = 0.1) -> None:
        if isinstance(then, Optimizer):
            then = _Constant(then)
        if not isinstance(then, Schedule):
            raise TypeError(
                f"WarmUp takes the Schedule that follows, or the optimizer whose rates then stay, "
                f"not {type(then).__name__}"
            )
        self.then = then
        self.length = positive_integer("steps", steps)
        self.start = within("start", start, high=1.0, closed=True)
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


class _Constant(Schedule):
    """Leaves the rates as they are."""

    def factor(self, steps: int) -> float:
        """What each group's own rate is multiplied by."""
        return 1.0


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
        self.drop, self.threshold = (
            within("factor", factor, high=1.0, closed=True),
            within("threshold", threshold, high=1.0, closed=True),
        )
        self.floor = within("floor", floor, high=1.0, closed=True)
        self.patience = within("patience", patience)
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
        try:
            loss = float(loss)
        except (TypeError, ValueError):
            raise TypeError(f"the loss is a number, not {loss!r}") from None
        enough = self.threshold * abs(self.best) if math.isfinite(self.best) else 0.0
        if loss < self.best - enough:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        if self.waited > self.patience:
            self.scale, self.waited = max(self.scale * self.drop, self.floor), 0
        super().step()
