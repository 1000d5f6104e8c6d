"""What an operation costs besides its arithmetic: twenty of a kind on a tiny array, and no more.

Forward alone records them; backward alone goes back through what was recorded once, again and
again. JAX neither records nor can it go back alone: it is timed with its compiled function, and
with its compiled gradient, which has both in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from suite import Builder, Case, Contestant

TIMES = 20
ROWS = np.array([2, 0, 1])


@dataclass(frozen=True)
class Kind:
    """y ← forward(np, y, x, rows), from y = x on; backward(g, y, x): gradients by y and by x."""

    forward: Callable[..., Any]
    backward: Callable[..., tuple[Any, Any]]
    shape: tuple[int, int] = (3, 3)

    def input(self) -> np.ndarray:
        """The array x: its twentieth power, as a matrix too, is in ordinary numbers."""
        return np.random.default_rng(0).uniform(0.2, 0.45, self.shape)

    def result(self, np: Any, x: Any, rows: Any) -> Any:
        """After all of them."""
        y = x
        for _ in range(TIMES):
            y = self.forward(np, y, x, rows)
        return y


KINDS = {
    "add": Kind(lambda np, y, x, rows: y + x, lambda g, y, x: (g, g)),
    "multiply": Kind(lambda np, y, x, rows: y * x, lambda g, y, x: (g * x, g * y)),
    "sin": Kind(lambda np, y, x, rows: np.sin(y), lambda g, y, x: (g * np.cos(y), None)),
    "exp": Kind(lambda np, y, x, rows: np.exp(-y), lambda g, y, x: (-g * np.exp(-y), None)),
    "matmul": Kind(lambda np, y, x, rows: y @ x, lambda g, y, x: (g @ x.T, y.T @ g)),
    "sum": Kind(
        lambda np, y, x, rows: np.sum(y, axis=0, keepdims=True),
        lambda g, y, x: (np.repeat(g, len(y), axis=0), None),
    ),
    "reshape": Kind(
        lambda np, y, x, rows: y.reshape(y.shape[::-1]),
        lambda g, y, x: (g.reshape(y.shape), None),
        shape=(2, 6),
    ),
    "transpose": Kind(lambda np, y, x, rows: y.T, lambda g, y, x: (g.T, None), shape=(2, 6)),
    "slice": Kind(
        lambda np, y, x, rows: y[1:], lambda g, y, x: (spread(g, y, slice(1, None)), None), (24, 3)
    ),
    "rows": Kind(lambda np, y, x, rows: y[rows], lambda g, y, x: (spread(g, y, ROWS), None)),
}


def spread(g: np.ndarray, y: np.ndarray, index: Any) -> np.ndarray:
    """Zeros of y's shape, with g at the index, which has nothing twice."""
    gradient = np.zeros_like(y)
    gradient[index] = g
    return gradient


def cases() -> list[Case]:
    """Each kind, forward alone and backward alone."""
    return [
        Case(
            f"overhead: {TIMES} {name}, {direction} alone",
            checked=kind,
            timed=kind,
            reference=reference,
            builders=builders,
            tolerance=1e-12,
        )
        for direction, reference, builders in [
            ("forward", forward_by_hand, FORWARD),
            ("backward", backward_by_hand, BACKWARD),
        ]
        for name, kind in KINDS.items()
    ]


def showing(step: Callable[[], Any], numbers: Callable[[Any], np.ndarray]) -> Contestant:
    """A step that returns arrays: they are its state, and there is no loss."""
    found = None

    def run() -> float:
        nonlocal found
        found = step()
        return 0.0

    return Contestant(run, lambda: [np.zeros(1) if found is None else numbers(found)])


def forward_by_hand(kind: Kind) -> Contestant:
    """The operations alone."""
    x = kind.input()
    return showing(lambda: kind.result(np, x, ROWS), np.asarray)


def backward_by_hand(kind: Kind) -> Contestant:
    """The chain rule, with every y at hand."""
    x = kind.input()
    kept = [x]
    for _ in range(TIMES):
        kept.append(kind.forward(np, kept[-1], x, ROWS))
    seed = np.ones_like(kept.pop())

    def step() -> Any:
        g, total = seed, 0
        for y in reversed(kept):
            g, part = kind.backward(g, y, x)
            if part is not None:
                total = total + part
        return g + total

    return showing(step, np.asarray)


def forward_by_ours(kind: Kind) -> Contestant:
    """On a leaf."""
    from autograd import Tensor

    x = Tensor(kind.input(), requires_grad=True)
    return showing(lambda: kind.result(np, x, ROWS), lambda y: y.data)


def backward_by_ours(kind: Kind) -> Contestant:
    """From the last result, with ones."""
    from autograd import Tensor

    x = Tensor(kind.input(), requires_grad=True)
    y = kind.result(np, x, ROWS)
    seed = np.ones(y.shape)

    def step() -> Any:
        x.grad = None
        y.backward(seed)
        return x.grad

    return showing(step, np.asarray)


def forward_by_torch(kind: Kind) -> Contestant:
    """PyTorch, eager."""
    import torch

    x, rows = torch.tensor(kind.input(), requires_grad=True), torch.tensor(ROWS)
    return showing(lambda: kind.result(torch, x, rows), lambda y: y.detach().numpy())


def backward_by_torch(kind: Kind) -> Contestant:
    """PyTorch, its graph retained."""
    import torch

    x = torch.tensor(kind.input(), requires_grad=True)
    y = kind.result(torch, x, torch.tensor(ROWS))
    seed = torch.ones_like(y)

    def step() -> Any:
        x.grad = None
        y.backward(seed, retain_graph=True)
        return x.grad

    return showing(step, lambda g: g.numpy())


def forward_by_jax(kind: Kind) -> Contestant:
    """JAX, compiled."""
    return compiled(kind, lambda jax, f, x: f(x))


def backward_by_jax(kind: Kind) -> Contestant:
    """JAX, compiled with what it needs of the way forward."""

    def back(jax: Any, f: Any, x: Any) -> Any:
        y, vjp = jax.vjp(f, x)
        return vjp(jax.numpy.ones_like(y))[0]

    return compiled(kind, back)


def compiled(kind: Kind, program: Callable[..., Any]) -> Contestant:
    """The program of JAX, the function and x."""
    import jax

    jax.config.update("jax_enable_x64", True)
    x = jax.numpy.array(kind.input())
    run = jax.jit(lambda x: program(jax, lambda x: kind.result(jax.numpy, x, ROWS), x))
    return showing(lambda: run(x).block_until_ready(), np.asarray)


def forward_by_mygrad(kind: Kind) -> Contestant:
    """MyGrad."""
    import mygrad

    x = mygrad.tensor(kind.input())
    return showing(lambda: kind.result(mygrad, x, ROWS), lambda y: y.data)


def backward_by_mygrad(kind: Kind) -> Contestant:
    """MyGrad can't."""
    raise NotImplementedError("backward() ends the graph's life, so it can't be timed alone")


def forward_by_hips(kind: Kind) -> Contestant:
    """HIPS autograd."""
    from autograd.core import make_vjp

    import autograd.numpy as anp

    x = kind.input()
    return showing(lambda: make_vjp(lambda x: kind.result(anp, x, ROWS), x)[1], np.asarray)


def backward_by_hips(kind: Kind) -> Contestant:
    """HIPS autograd: its vjp may be called again."""
    from autograd.core import make_vjp

    import autograd.numpy as anp

    vjp, y = make_vjp(lambda x: kind.result(anp, x, ROWS), kind.input())
    seed = np.ones_like(y)
    return showing(lambda: vjp(seed), np.asarray)


FORWARD: Mapping[str, Builder] = {
    "ours": forward_by_ours,
    "PyTorch": forward_by_torch,
    "JAX": forward_by_jax,
    "MyGrad": forward_by_mygrad,
    "HIPS autograd": forward_by_hips,
}
BACKWARD: Mapping[str, Builder] = {
    "ours": backward_by_ours,
    "PyTorch": backward_by_torch,
    "JAX": backward_by_jax,
    "MyGrad": backward_by_mygrad,
    "HIPS autograd": backward_by_hips,
}
