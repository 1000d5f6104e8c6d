"""Optimizers: how parameters follow their gradients downhill.

A step changes each parameter in place and allocates nothing: intermediate results go to arrays
that the optimizer keeps. The formulas are PyTorch's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.graph import Leaf, changed
from autograd.primitive import NDArray


class Optimizer:
    """What optimizers share: the parameters, which are found once, and the learning rate.

    Raises ValueError for no parameters, one twice, one that collects no gradient, or a negative
    learning rate, and TypeError for what is not a Tensor.
    """

    def __init__(self, params: Iterable[Tensor], lr: float) -> None:
        if not isinstance(params, Iterable) or isinstance(params, Tensor):
            raise TypeError(
                f"an optimizer takes a list of Tensors, not {type(params).__name__}; pass "
                f"model.parameters()"
            )
        self.parameters = list(params)
        self.lr = _within("lr", lr, 0.0, np.inf)
        if not self.parameters:
            raise ValueError("an optimizer needs parameters to change; got none")
        for i, parameter in enumerate(self.parameters):
            if not isinstance(parameter, Tensor):
                raise TypeError(
                    f"an optimizer changes Tensors, but item {i} of its parameters is "
                    f"{type(parameter).__name__}; pass model.parameters()"
                )
            if type(parameter._node) is not Leaf:
                raise ValueError(
                    f"an optimizer changes Tensors made with requires_grad=True; parameter {i} "
                    f"(shape {parameter.shape}) "
                    + ("is a result of others" if parameter.requires_grad else "has it False")
                )
        if len(set(self.parameters)) < len(self.parameters):
            raise ValueError("an optimizer would change a parameter twice that it is given twice")

    def zero_grad(self) -> None:
        """Forget the gradient of each parameter."""
        for parameter in self.parameters:
            parameter.zero_grad()

    def step(self) -> None:
        """Change each parameter that has a gradient, in place; graphs that kept it are stale."""
        raise NotImplementedError


class SGD(Optimizer):
    """Gradient descent: v ← momentum · v + g, then p ← p − lr · v.

    >>> p = Tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = SGD([p], lr=0.1)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> p.data
    array([0.8, 1.6])
    """

    def __init__(self, params: Iterable[Tensor], lr: float = 0.01, momentum: float = 0.0) -> None:
        super().__init__(params, lr)
        self.momentum = _within("momentum", momentum, 0.0, np.inf)
        self._scratch = [np.empty_like(p.data) for p in self.parameters]
        self._velocity = [np.zeros_like(p.data) for p in self.parameters]

    def step(self) -> None:
        """Change each parameter that has a gradient, in place; graphs that kept it are stale."""
        lr, momentum = self.lr, self.momentum
        leaves = []
        for parameter, scratch, v in zip(self.parameters, self._scratch, self._velocity):
            leaf: Any = parameter._node  # None while the parameter is frozen
            if leaf is None or leaf.grad is None:
                continue
            g = leaf.grad
            if momentum:
                np.multiply(v, momentum, v)
                g = np.add(v, g, v)
            np.multiply(g, lr, scratch)
            np.subtract(parameter._data, scratch, parameter._data)
            leaves.append(leaf)
        changed(*leaves)


class Adam(Optimizer):
    """Gradient descent scaled by running moments of each gradient (Kingma and Ba 2015).

    m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², then with both corrected for their start at
    zero, m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) at step t: p ← p − lr · m̂ / (√v̂ + eps).

    >>> p = Tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = Adam([p], lr=0.1)
    >>> (p * p).sum().backward()
    >>> optimizer.step()
    >>> p.data.round(6)
    array([0.9, 1.9])
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(params, lr)
        self.betas = _within("betas", betas[0], 0.0, 1.0), _within("betas", betas[1], 0.0, 1.0)
        self.eps = _within("eps", eps, 0.0, np.inf)
        self._moments = [_Moments(p.data) for p in self.parameters]

    def step(self) -> None:
        """Change each parameter that has a gradient, in place; graphs that kept it are stale."""
        beta1, beta2 = self.betas
        leaves = []
        for parameter, moments in zip(self.parameters, self._moments):
            leaf: Any = parameter._node  # None while the parameter is frozen
            if leaf is None or leaf.grad is None:
                continue
            g, m, v, scratch = leaf.grad, moments.m, moments.v, moments.scratch
            moments.t += 1
            np.multiply(m, beta1, m)
            np.multiply(g, 1 - beta1, scratch)
            np.add(m, scratch, m)
            np.multiply(v, beta2, v)
            np.multiply(g, g, scratch)
            np.multiply(scratch, 1 - beta2, scratch)
            np.add(v, scratch, v)
            # lr · m̂ / (√v̂ + eps), with the scalar corrections multiplied out.
            root = (1 - beta2**moments.t) ** 0.5
            np.sqrt(v, scratch)
            np.add(scratch, self.eps * root, scratch)
            np.divide(m, scratch, scratch)
            np.multiply(scratch, self.lr * root / (1 - beta1**moments.t), scratch)
            np.subtract(parameter._data, scratch, parameter._data)
            leaves.append(leaf)
        changed(*leaves)


class _Moments:
    """What Adam keeps for one parameter."""

    __slots__ = ("m", "scratch", "t", "v")

    def __init__(self, parameter: NDArray) -> None:
        self.m = np.zeros_like(parameter)
        self.v = np.zeros_like(parameter)
        self.scratch = np.empty_like(parameter)
        self.t = 0


OPTIMIZERS: dict[str, type[SGD] | type[Adam]] = {"sgd": SGD, "adam": Adam}


def _within(name: str, value: float, low: float, high: float) -> float:
    """`value`, at least `low` and less than `high`. Raises ValueError if it is not."""
    if not low <= value < high:
        limits = "at least 0" if high == np.inf else f"from {low:g} to below {high:g}"
        raise ValueError(f"{name} must be {limits}, not {value}")
    return float(value)
