"""What HIPS autograd's own benchmarks measure: value and gradients of small programs.

Ours runs them as HIPS autograd does, by `import autograd.numpy as np` and `value_and_grad`; its
arguments come as one list. By hand, a loop over elements is an array operation where it can be.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from suite import Case, Contestant
from suite.libraries import Arrays, builders


@dataclass(frozen=True)
class Program:
    """A scalar function of arrays of these shapes, and the same with its gradients by hand."""

    shapes: tuple[tuple[int, ...], ...]
    function: Callable[..., Any]  # of a library and the arrays
    by_hand: Callable[..., tuple[Any, Arrays]]  # of the arrays

    def arrays(self) -> Arrays:
        """The arguments: fresh arrays, the same each time."""
        rng = np.random.default_rng(0)
        return [rng.normal(0, 0.3, shape) for shape in self.shapes]


def cases() -> list[Case]:
    """One case for each program."""
    return [
        Case(
            f"program: {name}",
            checked=program,
            timed=program,
            reference=by_hand,
            builders=builders(
                lambda library, each: library.gradients(each.function, each.arrays())
            ),
            tolerance=1e-10,
        )
        for name, program in PROGRAMS.items()
    ]


def by_hand(program: Program) -> Contestant:
    """What `program.by_hand` returns, kept."""
    arrays = program.arrays()
    gradients = [np.zeros_like(x) for x in arrays]

    def step() -> Any:
        nonlocal gradients
        value, gradients = program.by_hand(*arrays)
        return value

    return Contestant(step, lambda: gradients)


def log_sum_exp(library: Any, x: Any) -> Any:
    """Of each row."""
    return library.np.sum(library.logsumexp(x, 1))


def log_sum_exp_by_hand(x: np.ndarray) -> tuple[Any, Arrays]:
    largest = x.max(axis=1, keepdims=True)
    powers = np.exp(x - largest)
    sums = powers.sum(axis=1, keepdims=True)
    return np.sum(np.log(sums) + largest), [powers / sums]


def dot_and_sum(library: Any, x: Any, y: Any) -> Any:
    """A product of matrices, and a sum of a function of its elements."""
    return library.np.sum(library.np.tanh(x @ y))


def dot_and_sum_by_hand(x: np.ndarray, y: np.ndarray) -> tuple[Any, Arrays]:
    z = np.tanh(x @ y)
    g = 1 - z * z
    return z.sum(), [g @ y.T, x.T @ g]


def elements(library: Any, x: Any) -> Any:
    """One by one: each times the one as far from the end."""
    total = 0.0
    for i in range(len(x)):
        total = total + x[i] * x[-1 - i]
    return total


def elements_by_hand(x: np.ndarray) -> tuple[Any, Arrays]:
    return x @ x[::-1], [2 * x[::-1]]


def slices(library: Any, x: Any) -> Any:
    """Autocorrelations at ten distances."""
    total = 0.0
    for i in range(1, 11):
        total = total + library.np.sum(x[i:] * x[:-i])
    return total


def slices_by_hand(x: np.ndarray) -> tuple[Any, Arrays]:
    total, gradient = 0.0, np.zeros_like(x)
    for i in range(1, 11):
        total += x[i:] @ x[:-i]
        gradient[i:] += x[:-i]
        gradient[:-i] += x[i:]
    return total, [gradient]


def recurrent(library: Any, x: Any, W: Any, U: Any, b: Any) -> Any:
    """A recurrent network over x, of shape (time, batch, inputs): the sum of its last state."""
    h = library.np.tanh(x[0] @ W + b)
    for now in x[1:]:
        h = library.np.tanh(now @ W + h @ U + b)
    return library.np.sum(h)


def recurrent_by_hand(
    x: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray
) -> tuple[Any, Arrays]:
    states = [np.tanh(x[0] @ W + b)]
    for now in x[1:]:
        states.append(np.tanh(now @ W + states[-1] @ U + b))
    g_x, g_W, g_U, g_b = (np.zeros_like(array) for array in (x, W, U, b))
    g = np.ones_like(states[-1])
    for i in reversed(range(len(x))):
        g = g * (1 - states[i] * states[i])
        g_x[i] = g @ W.T
        g_W += x[i].T @ g
        g_b += g.sum(axis=0)
        if i:
            g_U += states[i - 1].T @ g
            g = g @ U.T
    return states[-1].sum(), [g_x, g_W, g_U, g_b]


def fan(library: Any, x: Any) -> Any:
    """Out and in, 500 times."""
    for _ in range(500):
        x = (x + x) / 2.0
    return library.np.sum(x)


def fan_by_hand(x: np.ndarray) -> tuple[Any, Arrays]:
    y, g = x, np.ones_like(x)
    for _ in range(500):
        y = (y + y) / 2.0
    for _ in range(500):
        g = g / 2.0
        g = g + g
    return y.sum(), [g]


def neighbours(library: Any, *xs: Any) -> Any:
    """The products of neighbours in a tuple of arrays."""
    return sum(library.np.sum(x * y) for x, y in pairwise(xs))


def neighbours_by_hand(*xs: np.ndarray) -> tuple[Any, Arrays]:
    nothing = np.zeros_like(xs[0])
    gradients = [x + y for x, y in zip([nothing, *xs], [*xs[1:], nothing])]
    return sum(np.sum(x * y) for x, y in pairwise(xs)), gradients


PROGRAMS = {
    "logsumexp 100×100": Program(((100, 100),), log_sum_exp, log_sum_exp_by_hand),
    "dot and sum 100×100": Program(((100, 100), (100, 100)), dot_and_sum, dot_and_sum_by_hand),
    "100 elements one by one": Program(((100,),), elements, elements_by_hand),
    "slices of 1,000": Program(((1000,),), slices, slices_by_hand),
    "recurrent T16 b8 H32": Program(
        ((16, 8, 16), (16, 32), (32, 32), (32,)), recurrent, recurrent_by_hand
    ),
    "fan out and in, 500 times": Program(((10,),), fan, fan_by_hand),
    "tuple of 30 arrays": Program(((10,),) * 30, neighbours, neighbours_by_hand),
}
