"""What a program is written against, so that one definition of it serves everybody.

Each library has NumPy's names as `np`, the few functions that NumPy lacks, and two ways to use a
scalar function: value and gradients of `f(library, *arrays)`, and the descent of
`f(library, parameters, *data)`. JAX compiles all that is timed; the others run it as it is.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from suite import Builder, Contestant

Arrays = list[np.ndarray]
Function = Callable[..., Any]


def builders(make: Callable[[Any, Any], Contestant]) -> Mapping[str, Builder]:
    """For each library: the function of a problem that returns `make(library, problem)`."""

    def building(kind: type) -> Builder:
        return lambda problem: make(kind(), problem)

    return {name: building(kind) for name, kind in LIBRARIES.items()}


def descended(parameters: Arrays, gradients: Any, rate: float) -> None:
    """A step of SGD in place, where a library has none."""
    for p, g in zip(parameters, gradients):
        p -= rate * g


class Autograd:
    """HIPS autograd, and ours by the same imports: a program for the one runs on the other."""

    def __init__(self) -> None:
        import autograd
        import autograd.numpy
        import autograd.scipy.special as special

        self.autograd, self.np = autograd, autograd.numpy
        self.sigmoid, self.logsumexp = special.expit, special.logsumexp
        self.relu = partial(self.np.maximum, 0)

    def array(self, x: np.ndarray) -> Any:
        """What is not differentiated by, as it takes it."""
        return x

    def softmax(self, x: Any) -> Any:
        """Along the last axis."""
        powers = self.np.exp(x - self.np.max(x, axis=-1, keepdims=True))
        return powers / self.np.sum(powers, axis=-1, keepdims=True)

    def cross_entropy(self, y: Any, labels: Any) -> Any:
        """Of logits, of shape (batch, classes), as its examples have it."""
        return self.np.mean(self.logsumexp(y, axis=1) - y[np.arange(len(labels)), labels])

    def gradients(self, f: Function, arrays: Arrays) -> Contestant:
        """Value and gradients of f."""
        both = self.autograd.value_and_grad(lambda xs: f(self, *xs))
        found: Arrays = []

        def step() -> Any:
            nonlocal found
            value, found = both(arrays)
            return value

        return Contestant(step, lambda: found)

    def descent(self, f: Function, parameters: Arrays, data: Arrays, rate: float) -> Contestant:
        """Training by SGD, with the update by hand."""
        both = self.autograd.value_and_grad(lambda xs: f(self, xs, *data))

        def step() -> Any:
            loss, gradients = both(parameters)
            descended(parameters, gradients, rate)
            return loss

        return Contestant(step, lambda: parameters)

    def split(self, x: Any, parts: int) -> Any:
        """Along the last axis."""
        return self.np.split(x, parts, axis=-1)


class Ours(Autograd):
    """As users of Tensors train: NumPy's functions on them, backward(), and an optimizer."""

    def __init__(self) -> None:
        super().__init__()
        import nn

        self.nn, self.cross_entropy, self.relu = nn, nn.cross_entropy, self.autograd.relu
        self.sigmoid, self.softmax = self.autograd.sigmoid, self.autograd.softmax

    def descent(self, f: Function, parameters: Arrays, data: Arrays, rate: float) -> Contestant:
        """Training by nn.SGD."""
        leaves = [self.autograd.Tensor(p, requires_grad=True) for p in parameters]
        optimizer = self.nn.SGD(leaves, lr=rate)
        tensors = [self.autograd.Tensor(array) for array in data]

        def step() -> Any:
            optimizer.zero_grad()
            loss = f(self, leaves, *tensors)
            loss.backward()
            optimizer.step()
            return loss

        return Contestant(step, lambda: [p.data for p in leaves])


class Torch:
    """PyTorch, eager."""

    def __init__(self) -> None:
        import torch

        self.torch = self.np = torch
        self.relu, self.sigmoid = torch.relu, torch.sigmoid
        self.softmax = partial(torch.softmax, dim=-1)
        self.array, self.logsumexp = torch.from_numpy, torch.logsumexp

    def cross_entropy(self, y: Any, labels: Any) -> Any:
        """Of logits, of shape (batch, classes)."""
        return self.torch.nn.functional.cross_entropy(y, labels)

    def gradients(self, f: Function, arrays: Arrays) -> Contestant:
        """Value and gradients of f."""
        leaves = [self.torch.from_numpy(x).requires_grad_() for x in arrays]
        found: Any = ()

        def step() -> Any:
            nonlocal found
            value = f(self, *leaves)
            found = self.torch.autograd.grad(value, leaves)
            return value.detach()

        return Contestant(step, lambda: [g.numpy() for g in found])

    def descent(self, f: Function, parameters: Arrays, data: Arrays, rate: float) -> Contestant:
        """Training by torch.optim.SGD."""
        leaves = [self.torch.from_numpy(p).requires_grad_() for p in parameters]
        optimizer = self.torch.optim.SGD(leaves, lr=rate)
        tensors = [self.array(each) for each in data]

        def step() -> Any:
            optimizer.zero_grad()
            loss = f(self, leaves, *tensors)
            loss.backward()
            optimizer.step()
            return loss.detach()

        return Contestant(step, lambda: [p.detach().numpy() for p in leaves])


class JAX:
    """JAX, compiled."""

    def __init__(self) -> None:
        import jax

        jax.config.update("jax_enable_x64", True)
        self.jax, self.np, self.array = jax, jax.numpy, jax.numpy.array
        self.relu, self.sigmoid, self.softmax = jax.nn.relu, jax.nn.sigmoid, jax.nn.softmax
        self.logsumexp = jax.scipy.special.logsumexp

    def cross_entropy(self, y: Any, labels: Any) -> Any:
        """Of logits, of shape (batch, classes)."""
        return -self.np.mean(self.jax.nn.log_softmax(y)[self.np.arange(len(labels)), labels])

    def split(self, x: Any, parts: int) -> Any:
        """Along the last axis."""
        return self.np.split(x, parts, axis=-1)

    def gradients(self, f: Function, arrays: Arrays) -> Contestant:
        """Value and gradients of f."""
        both = self.jax.jit(self.jax.value_and_grad(lambda xs: f(self, *xs)))
        xs = [self.array(x) for x in arrays]
        found = xs

        def step() -> Any:
            nonlocal found
            value, found = both(xs)
            return value.block_until_ready()

        return Contestant(step, lambda: [np.asarray(g) for g in found])

    def descent(self, f: Function, parameters: Arrays, data: Arrays, rate: float) -> Contestant:
        """Training by SGD, the update compiled with the rest, in the memory of the parameters."""
        state, data = ([self.array(each) for each in arrays] for arrays in (parameters, data))

        @partial(self.jax.jit, donate_argnums=0)
        def train(state: Any, *data: Any) -> Any:
            loss, gradients = self.jax.value_and_grad(partial(f, self))(state, *data)
            return loss, [p - rate * g for p, g in zip(state, gradients)]

        def step() -> Any:
            nonlocal state
            loss, state = train(state, *data)
            return loss.block_until_ready()

        return Contestant(step, lambda: [np.asarray(p) for p in state])


class MyGrad:
    """MyGrad."""

    def __init__(self) -> None:
        import mygrad
        from mygrad.nnet import activations, losses

        self.np = self.mygrad = mygrad
        self.relu, self.sigmoid = activations.relu, activations.sigmoid
        self.softmax = partial(activations.softmax, axis=-1)
        self.cross_entropy = losses.softmax_crossentropy

    def array(self, x: np.ndarray) -> Any:
        """What is not differentiated by, as it takes it."""
        return x

    def logsumexp(self, x: Any, axis: int) -> Any:
        """By hand: it has none outside a loss."""
        largest = x.data.max(axis, keepdims=True)
        powers = self.np.exp(x - largest)
        return self.np.log(self.np.sum(powers, axis)) + largest.squeeze(axis)

    def split(self, x: Any, parts: int) -> Any:
        """Along the last axis: it has no function for it."""
        width = x.shape[-1] // parts
        return [x[..., i * width : (i + 1) * width] for i in range(parts)]

    def gradients(self, f: Function, arrays: Arrays) -> Contestant:
        """Value and gradients of f."""
        leaves = [self.mygrad.tensor(x) for x in arrays]

        def step() -> Any:
            value = f(self, *leaves)
            value.backward()
            return value

        return Contestant(step, lambda: [x.grad for x in leaves])

    def descent(self, f: Function, parameters: Arrays, data: Arrays, rate: float) -> Contestant:
        """Training by SGD, with the update by hand."""
        leaves = [self.mygrad.tensor(p) for p in parameters]
        arrays = [p.data for p in leaves]

        def step() -> Any:
            loss = f(self, leaves, *data)
            loss.backward()
            descended(arrays, [p.grad for p in leaves], rate)
            return loss

        return Contestant(step, lambda: arrays)


LIBRARIES = {
    "ours": Ours,
    "PyTorch": Torch,
    "JAX": JAX,
    "MyGrad": MyGrad,
    "HIPS autograd": Autograd,
}
