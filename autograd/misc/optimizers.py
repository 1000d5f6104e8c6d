"""Optimizers of a function's argument, in HIPS autograd's manner: they take its gradient.

`grad(x, i)` is the gradient at x in iteration i, of the structure of x, which is that of `x0`: an
array or a number, or a list, tuple or dict of such, nested. `callback(x, i, g)`, if given, is
called before each step. `nn.optim` has optimizers of Tensors.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.misc.flatten import flatten
from autograd.primitive import Array

__all__ = [
    "sgd",
    "rmsprop",
    "adam",
    "unflatten_optimizer",
]

Gradient = Callable[[Any, int], Any]
Callback = Callable[[Any, int, Any], Any]


def unflatten_optimizer(optimize: Callable[..., Array]) -> Callable[..., Any]:
    """An optimizer of structures, from one of vectors: optimize(grad, x0, callback, …).

    >>> @unflatten_optimizer
    ... def one_step(grad, x, callback=None, size=0.1):
    ...     return x - size * grad(x, 0)
    >>> one_step(lambda p, i: {"a": 1.0, "b": 2.0}, {"a": 0.0, "b": 0.0})
    {'a': array(-0.1), 'b': array(-0.2)}
    """

    @functools.wraps(optimize)
    def run(
        grad: Gradient, x0: Any, callback: Callback | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        start, unflatten = flatten(x0)

        def grad_of_vector(x: Array, i: int) -> Array:
            return flatten(grad(unflatten(x), i))[0]

        def callback_of_vector(x: Array, i: int, g: Array) -> Any:
            return callback and callback(unflatten(x), i, unflatten(g))

        return unflatten(
            optimize(grad_of_vector, start, callback and callback_of_vector, *args, **kwargs)
        )

    return run


@unflatten_optimizer
def sgd(
    grad: Gradient,
    x: Any,
    callback: Callback | None = None,
    num_iters: int = 200,
    step_size: float = 0.1,
    mass: float = 0.9,
) -> Any:
    """Gradient descent with momentum: v ← mass · v − (1 − mass) · g, then x ← x + step_size · v.

    >>> sgd(lambda x, i: 2 * x, np.array([1.0]), num_iters=100).round(3)
    array([0.004])
    """
    velocity = np.zeros(len(x), x.dtype)
    for i in range(num_iters):
        g = grad(x, i)
        if callback:
            callback(x, i, g)
        velocity = mass * velocity - (1.0 - mass) * g
        x = x + step_size * velocity
    return x


@unflatten_optimizer
def rmsprop(
    grad: Gradient,
    x: Any,
    callback: Callback | None = None,
    num_iters: int = 100,
    step_size: float = 0.1,
    gamma: float = 0.9,
    eps: float = 1e-8,
) -> Any:
    """RMSprop: steps of g over the root of a running mean of g², which begins at 1.

    >>> rmsprop(lambda x, i: 2 * x, np.array([1.0]), step_size=0.01).round(3)
    array([0.114])
    """
    mean_square = np.ones(len(x), x.dtype)
    for i in range(num_iters):
        g = grad(x, i)
        if callback:
            callback(x, i, g)
        mean_square = gamma * mean_square + (1 - gamma) * g**2
        x = x - step_size * g / (np.sqrt(mean_square) + eps)
    return x


@unflatten_optimizer
def adam(
    grad: Gradient,
    x: Any,
    callback: Callback | None = None,
    num_iters: int = 100,
    step_size: float = 0.001,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    """Adam (Kingma and Ba, https://arxiv.org/abs/1412.6980).

    >>> adam(lambda x, i: 2 * x, np.array([1.0]), step_size=0.01).round(3)
    array([0.224])
    """
    mean = np.zeros(len(x), x.dtype)
    mean_square = np.zeros(len(x), x.dtype)
    for i in range(num_iters):
        g = grad(x, i)
        if callback:
            callback(x, i, g)
        mean = b1 * mean + (1 - b1) * g
        mean_square = b2 * mean_square + (1 - b2) * g**2
        unbiased = mean / (1 - b1 ** (i + 1))
        unbiased_square = mean_square / (1 - b2 ** (i + 1))
        x = x - step_size * unbiased / (np.sqrt(unbiased_square) + eps)
    return x
