"""Chains of elementwise operations: a sum after them, and its gradient by the inputs.

On one element nearly all of it is what each operation costs besides its arithmetic, forward and
backward; on a million, what memory is asked for and read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from suite import Case, Contestant


@dataclass(frozen=True)
class Problem:
    """`pairs` times y ← 1.1 sin(y), each a sine and a product, from the same numbers."""

    batch: int  # elements
    pairs: int
    dtype: str

    def data(self) -> np.ndarray:
        """Inputs of shape (batch,)."""
        return np.random.default_rng(0).uniform(0.5, 2.5, self.batch).astype(self.dtype)


def cases() -> list[Case]:
    """Many operations on one element, and few on many elements."""
    found = []
    for elements, pairs in [(1, 50), (1_000_000, 5)]:
        for dtype in ("float32", "float64"):
            problem = Problem(elements, pairs, dtype)
            found.append(
                Case(
                    f"chain: {2 * pairs} operations on {elements:,} {dtype}",
                    checked=problem,
                    timed=problem,
                    reference=by_hand,
                    builders=BUILDERS,
                    tolerance={"float32": 1e-4, "float64": 1e-10}[dtype],
                )
            )
    return found


def by_hand(problem: Problem) -> Contestant:
    """The chain and its derivative as one writes them without a framework."""
    x = problem.data()
    gradient = np.zeros_like(x)

    def step() -> Any:
        nonlocal gradient
        y, kept = x, []
        for _ in range(problem.pairs):
            kept.append(y)
            y = np.sin(y) * 1.1
        loss = y.sum()
        g = np.ones_like(x)
        for each in reversed(kept):
            g = g * 1.1 * np.cos(each)
        gradient = g
        return loss

    return Contestant(step, lambda: [gradient])


def chain(sin: Callable[[Any], Any], pairs: int, y: Any) -> Any:
    """The program that everybody differentiates."""
    for _ in range(pairs):
        y = sin(y) * 1.1
    return y.sum()


def by_ours(problem: Problem) -> Contestant:
    """A leaf, backward(), and its gradient."""
    from autograd import Tensor

    x = Tensor(problem.data(), requires_grad=True)

    def step() -> Any:
        x.grad = None
        loss = chain(np.sin, problem.pairs, x)
        loss.backward()
        return loss

    return Contestant(step, lambda: [x.grad])


def by_torch(problem: Problem) -> Contestant:
    """PyTorch, eager."""
    import torch

    x = torch.from_numpy(problem.data()).requires_grad_()

    def step() -> Any:
        x.grad = None
        loss = chain(torch.sin, problem.pairs, x)
        loss.backward()
        return loss.detach()

    return Contestant(step, lambda: [x.grad.numpy()])


def by_jax(problem: Problem) -> Contestant:
    """JAX, compiled."""
    import jax

    jax.config.update("jax_enable_x64", True)
    x = jax.numpy.array(problem.data())
    both = jax.jit(jax.value_and_grad(lambda y: chain(jax.numpy.sin, problem.pairs, y)))
    gradient = x

    def step() -> Any:
        nonlocal gradient
        loss, gradient = both(x)
        return loss.block_until_ready()

    return Contestant(step, lambda: [np.asarray(gradient)])


def by_mygrad(problem: Problem) -> Contestant:
    """MyGrad."""
    import mygrad

    x = mygrad.tensor(problem.data())

    def step() -> Any:
        loss = chain(mygrad.sin, problem.pairs, x)
        loss.backward()
        return loss

    return Contestant(step, lambda: [x.grad])


def by_hips(problem: Problem) -> Contestant:
    """HIPS autograd."""
    import autograd.numpy as anp
    from autograd import value_and_grad

    x = problem.data()
    both = value_and_grad(lambda y: chain(anp.sin, problem.pairs, y))
    gradient = x

    def step() -> Any:
        nonlocal gradient
        loss, gradient = both(x)
        return loss

    return Contestant(step, lambda: [gradient])


BUILDERS = {
    "ours": by_ours,
    "PyTorch": by_torch,
    "JAX": by_jax,
    "MyGrad": by_mygrad,
    "HIPS autograd": by_hips,
}
