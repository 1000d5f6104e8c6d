"""Gradients clipped between backward and the optimizer's step: by their norm, or each number."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from autograd import Tensor
from autograd.primitive import NDArray
from nn.init import within
from nn.module import Module
from nn.optimizer import tensors_of


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
    max_norm = within("max_norm", max_norm, closed=True)
    graded = [p for p in tensors_of(parameters) if p.grad is not None and p.size]
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
    limit = within("limit", limit, closed=True)
    for parameter in tensors_of(parameters):
        if parameter.grad is not None:
            np.clip(parameter.grad, -limit, limit, out=parameter.grad)


def _gradient(parameter: Tensor) -> NDArray:
    gradient = parameter.grad
    assert gradient is not None
    return gradient
