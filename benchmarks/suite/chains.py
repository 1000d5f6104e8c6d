"""Elementwise programs, of few elements and of many: a sum after them, and its gradient.

On one element nearly all of it is what each operation costs besides its arithmetic, forward and
backward; on a million, what memory is asked for and read.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from suite import Case, Contestant
from suite.gradients import builders

TOLERANCE = {"float32": 1e-4, "float64": 1e-10}


@dataclass(frozen=True)
class Problem:
    """`length` times the same few operations, from the same numbers."""

    elements: int
    length: int
    dtype: str

    def inputs(self) -> list[np.ndarray]:
        """One array of shape (elements,)."""
        numbers = np.random.default_rng(0).uniform(0.5, 2.5, self.elements)
        return [numbers.astype(self.dtype)]


def cases() -> list[Case]:
    """Many operations on one element, few on many; and gradients over the function alone."""
    found = []
    for dtype, tolerance in TOLERANCE.items():
        for name, problem, hand, program in [
            ("100 operations on 1", Problem(1, 50, dtype), sines_by_hand, sines),
            ("10 operations on 1,000,000", Problem(1_000_000, 5, dtype), sines_by_hand, sines),
            ("40 y + 1.0 on 1,000,000", Problem(1_000_000, 40, dtype), sums_by_hand, sums),
        ]:
            checked = replace(problem, elements=min(problem.elements, 100))
            name = f"chain: {name} {dtype}"
            found.append(Case(name, checked, problem, hand, builders(program), tolerance))
    for dtype, tolerance in TOLERANCE.items():
        for name, forward in [("tanh(x) exp(−x²)", bumps), ("x² (3 − x)", cubics)]:
            found.append(
                Case(
                    f"gradient over forward alone: {name} on 1,000,000 {dtype}",
                    checked=Problem(100, 1, dtype),
                    timed=Problem(1_000_000, 1, dtype),
                    reference=FORWARD[forward],
                    builders=builders(forward),
                    target=3.5,
                    tolerance=tolerance,
                )
            )
    return found


def sines(library: Any, problem: Problem, _: Any, y: Any) -> Any:
    """y ← 1.1 sin(y), a sine and a product."""
    for _ in range(problem.length):
        y = library.np.sin(y) * 1.1
    return y.sum()


def sines_by_hand(problem: Problem) -> Contestant:
    """The chain and its derivative as one writes them without a framework."""
    (x,) = problem.inputs()
    gradient = np.zeros_like(x)

    def step() -> Any:
        nonlocal gradient
        y, kept = x, []
        for _ in range(problem.length):
            kept.append(y)
            y = np.sin(y) * 1.1
        loss = y.sum()
        g = np.ones_like(x)
        for each in reversed(kept):
            g = g * 1.1 * np.cos(each)
        gradient = g
        return loss

    return Contestant(step, lambda: [gradient])


def sums(library: Any, problem: Problem, _: Any, y: Any) -> Any:
    """y ← y + 1: of which nothing need be kept."""
    for _ in range(problem.length):
        y = y + 1.0
    return y.sum()


def sums_by_hand(problem: Problem) -> Contestant:
    """The derivative is 1."""
    (x,) = problem.inputs()
    gradient = np.zeros_like(x)

    def step() -> Any:
        nonlocal gradient
        loss = sums(None, problem, None, x)
        gradient = np.ones_like(x)
        return loss

    return Contestant(step, lambda: [gradient])


def bumps(library: Any, problem: Problem, _: Any, x: Any) -> Any:
    """Most of its time is in tanh and exp."""
    np = library.np
    return (np.tanh(x) * np.exp(-x * x)).sum()


def cubics(library: Any, problem: Problem, _: Any, x: Any) -> Any:
    """Most of its time is in reading and writing memory."""
    return (x * x * (3.0 - x)).sum()


class NumPy:
    """As a library."""

    np = np


def forward_alone(program: Any, derivative: Any) -> Any:
    """A builder whose step evaluates the function; only its state, untimed, has the gradient."""

    def build(problem: Problem) -> Contestant:
        (x,) = problem.inputs()
        loss = None

        def step() -> Any:
            nonlocal loss
            loss = program(NumPy, problem, None, x)
            return loss

        return Contestant(step, lambda: [np.zeros_like(x) if loss is None else derivative(x)])

    return build


FORWARD = {
    bumps: forward_alone(
        bumps, lambda x: np.exp(-x * x) * (1 - np.tanh(x) ** 2 - 2 * x * np.tanh(x))
    ),
    cubics: forward_alone(cubics, lambda x: 6 * x - 3 * x * x),
}
