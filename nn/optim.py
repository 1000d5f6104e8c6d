"""Optimizers: how parameters follow their gradients downhill.

A step changes each parameter in place and allocates nothing: intermediate results go to arrays
that the optimizer keeps. The formulas are PyTorch's.

Gradients add up until `zero_grad`. So a batch that is too large for the memory is several backward
passes, each of a part and divided by the number of parts, before one step:

>>> import nn
>>> model = nn.Layer(2, 1, rng=0)
>>> optimizer = nn.SGD(model.parameters(), lr=0.1)
>>> X, y = np.ones((6, 2)), np.zeros((6, 1))
>>> optimizer.zero_grad()
>>> for i in range(0, 6, 2):
...     (nn.mse(model(X[i : i + 2]), y[i : i + 2]) / 3).backward()
>>> optimizer.step()
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy import add, divide, maximum, multiply, sqrt, subtract

from autograd.primitive import NDArray
from nn.optimizer import Optimizer as Optimizer
from nn.optimizer import Slot


class SGD(Optimizer):
    """Gradient descent: g ← g + weight_decay · p, v ← momentum · v + g, then p ← p − lr · v.

    With `nesterov`, which needs a momentum, p ← p − lr · (g + momentum · v) (Sutskever et al.
    2013).

    >>> from autograd import Tensor
    >>> p = Tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = SGD([p], lr=0.1)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> p.data
    array([0.8, 1.6])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            params, lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay
        )

    @classmethod
    def check_together(cls, options: Mapping[str, Any]) -> None:
        """Raise ValueError for Nesterov's momentum without one."""
        super().check_together(options)
        if options["nesterov"] and not options["momentum"]:
            raise ValueError("nesterov=True needs a momentum above 0; 0.9 is common")

    def used(self, options: Mapping[str, Any]) -> tuple[str, ...]:
        """The velocity, if there is momentum."""
        return ("velocity",) if options["momentum"] else ()

    def update(self, options: Mapping[str, Any], ready: list[tuple[Slot, NDArray]]) -> None:
        """Change these parameters by the formula."""
        momentum, decay = options["momentum"], options["weight_decay"]
        lr = np.array(options["lr"])  # a ufunc takes an array 0.25 µs faster than a number
        for slot, g in ready:
            p, scratch = slot.parameter._array, slot.scratch
            if lr.dtype is not p.dtype:
                lr = np.array(options["lr"], p.dtype)
            if decay:
                g = slot.decayed(g, decay)
            if momentum:
                v = slot.kept["velocity"]
                multiply(v, momentum, v)
                add(v, g, v)
                if options["nesterov"]:
                    multiply(v, momentum, scratch)
                    g = add(g, scratch, scratch)
                else:
                    g = v
            multiply(g, lr, scratch)
            subtract(p, scratch, p)


class RMSprop(Optimizer):
    """Gradient descent scaled by the running size of each gradient (Tieleman and Hinton 2012).

    g ← g + weight_decay · p, v ← alpha · v + (1 − alpha) g², then p ← p − lr · g / (√v + eps).
    If `centered`, √(v − m²) takes the place of √v, where m is the running mean of g; with
    `momentum`, what is multiplied by lr is added up as in SGD.

    >>> from autograd import Tensor
    >>> p = Tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = RMSprop([p], lr=0.1, alpha=0.75)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> p.data.round(6)
    array([0.8, 1.8])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        centered: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            params,
            lr,
            alpha=alpha,
            eps=eps,
            momentum=momentum,
            centered=centered,
            weight_decay=weight_decay,
        )

    def used(self, options: Mapping[str, Any]) -> tuple[str, ...]:
        """The running mean of g², of g if centered, and the velocity if there is momentum."""
        return ("v", *["m"] * bool(options["centered"]), *["velocity"] * bool(options["momentum"]))

    def update(self, options: Mapping[str, Any], ready: list[tuple[Slot, NDArray]]) -> None:
        """Change these parameters by the formula."""
        alpha, momentum, decay = options["alpha"], options["momentum"], options["weight_decay"]
        for slot, g in ready:
            p, scratch, kept = slot.parameter._array, slot.scratch, slot.kept
            v = kept["v"]
            if decay:
                g = slot.decayed(g, decay)
            multiply(g, g, scratch)
            _blend(v, alpha, scratch, scratch)
            if options["centered"]:
                m = kept["m"]
                _blend(m, alpha, g, scratch)
                multiply(m, m, scratch)
                subtract(v, scratch, scratch)
                maximum(scratch, 0, out=scratch)  # rounding may leave less
                sqrt(scratch, scratch)
            else:
                sqrt(v, scratch)
            add(scratch, options["eps"], scratch)
            divide(g, scratch, scratch)
            if momentum:
                velocity = kept["velocity"]
                multiply(velocity, momentum, velocity)
                add(velocity, scratch, velocity)
                scratch[...] = velocity
            multiply(scratch, options["lr"], scratch)
            subtract(p, scratch, p)


class Adam(Optimizer):
    """Gradient descent scaled by running moments of each gradient (Kingma and Ba 2015).

    g ← g + weight_decay · p, m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², then with both
    corrected for their start at zero, m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) at step t:
    p ← p − lr · m̂ / (√v̂ + eps).

    >>> from autograd import Tensor
    >>> p = Tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = Adam([p], lr=0.1)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> p.data.round(6)
    array([0.9, 1.9])
    """

    decoupled: ClassVar[bool] = False  # whether the weights decay by themselves, not through g

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def used(self, options: Mapping[str, Any]) -> tuple[str, ...]:
        """The count of steps, and both running moments."""
        return "t", "m", "v"

    def update(self, options: Mapping[str, Any], ready: list[tuple[Slot, NDArray]]) -> None:
        """Change these parameters by the formula."""
        (beta1, beta2), lr, decay = options["betas"], options["lr"], options["weight_decay"]
        decay, shrink = (0.0, decay * lr) if self.decoupled else (decay, 0.0)
        known = None
        for slot, g in ready:
            p, scratch, kept = slot.parameter._array, slot.scratch, slot.kept
            m, v = kept["m"], kept["v"]
            if decay:
                g = slot.decayed(g, decay)
            kept["t"] = t = kept["t"] + 1
            if (t, p.dtype) != known:
                known = t, p.dtype
                # lr · m̂ / (√v̂ + eps), with the scalar corrections multiplied out. As arrays: ufuncs
                # take these faster than numbers, which is a sixth of the step for small parameters.
                root = (1 - beta2**t) ** 0.5
                numbers = beta1, 1 - beta1, beta2, 1 - beta2, options["eps"] * root
                b1, c1, b2, c2, eps = (np.array(number, p.dtype) for number in numbers)
                rate = np.array(lr * root / (1 - beta1**t), p.dtype)
            if shrink:
                multiply(p, 1 - shrink, p)
            multiply(m, b1, m)
            multiply(g, c1, scratch)
            add(m, scratch, m)
            multiply(v, b2, v)
            multiply(g, g, scratch)
            multiply(scratch, c2, scratch)
            add(v, scratch, v)
            sqrt(v, scratch)
            add(scratch, eps, scratch)
            divide(m, scratch, scratch)
            multiply(scratch, rate, scratch)
            subtract(p, scratch, p)


class AdamW(Adam):
    """Adam whose weights decay by themselves: p ← p − lr · weight_decay · p before each step.

    So a weight decays as fast with large gradients as with small ones (Loshchilov and Hutter 2019).

    >>> from autograd import Tensor
    >>> p = Tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = AdamW([p], lr=0.1, weight_decay=0.5)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> p.data.round(6)
    array([0.85, 1.8 ])
    """

    decoupled = True

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)


OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": SGD,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
}


def _blend(mean: NDArray, rate: float, value: NDArray, scratch: NDArray) -> None:
    """A running mean's next: mean ← rate · mean + (1 − rate) · value; `scratch` may be `value`."""
    multiply(mean, rate, mean)
    multiply(value, 1 - rate, scratch)
    add(mean, scratch, mean)
