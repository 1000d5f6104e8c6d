"""Graphs of up to a million operations: long chains, and one variable that is used many times.

What an operation costs should not depend on how many there are: ours is compared with itself in
chains of 100 operations, repeated until there are as many.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from suite import Builder, Case, Contestant
from suite.gradients import builders

SHORT, START = 100, 0.7


@dataclass(frozen=True)
class Problem:
    """What is done to a number: as many sums as products with a factor."""

    operations: int

    def inputs(self) -> list[np.ndarray]:
        """One array of one element."""
        return [np.array([START])]

    @property
    def pairs(self) -> int:
        """How many sums."""
        return self.operations // 2

    @property
    def step(self) -> float:
        """So small that results and gradients stay in ordinary numbers, however many there are."""
        return 1 / self.pairs


def cases() -> list[Case]:
    """Tensors and Values, each in chains and fans of 1e2, 1e3, … operations."""
    found = []
    for shape, longest, program, hand in [
        ("chain", 10**6, chain, chain_by_hand),
        ("fan", 10**5, fan, fan_by_hand),
    ]:
        engines: list[tuple[str, Builder, Mapping[str, Builder]]] = [
            ("Tensor", partial(hand, x=np.array([START])), builders(program)),
            ("Value", partial(hand, x=START), scalars(program)),
        ]
        for engine, reference, others in engines:
            operations = SHORT
            while operations <= longest:
                long = shape == "chain" and operations > SHORT
                itself = {"ours, by 100": in_short_ones(others["ours"])} if long else {}
                found.append(
                    Case(
                        f"deep: {shape} of {operations:,} on a {engine}",
                        checked=Problem(SHORT),
                        timed=Problem(operations),
                        reference=reference,
                        builders={**others, **itself},
                        target=1.3 if long else None,
                        against="ours, by 100",
                        tolerance=1e-10,
                    )
                )
                operations *= 10
    return found


def chain(library: Any, problem: Problem, _: Any, x: Any) -> Any:
    """Each result goes into the next operation."""
    factor, term = 1 + problem.step, problem.step

    def pair(_: Any, y: Any) -> Any:
        return y * factor + term

    return total(repeat(library, problem.pairs, pair, x))


def chain_by_hand(problem: Problem, x: Any) -> Contestant:
    """The derivative of each product is the factor."""
    factor, term = 1 + problem.step, problem.step
    g = 0.0 * x

    def step() -> Any:
        nonlocal g
        y = x
        for _ in range(problem.pairs):
            y = y * factor + term
        g = x * 0.0 + 1.0
        for _ in range(problem.pairs):
            g = g * factor
        return total(y)

    return Contestant(step, lambda: [np.reshape(g, 1)])


def fan(library: Any, problem: Problem, _: Any, x: Any) -> Any:
    """Each product has the same variable."""
    factor = problem.step

    def pair(_: Any, y: Any) -> Any:
        return y + x * factor

    return total(repeat(library, problem.pairs, pair, x))


def fan_by_hand(problem: Problem, x: Any) -> Contestant:
    """To the variable's gradient each product adds the factor."""
    factor = problem.step
    g = 0.0 * x

    def step() -> Any:
        nonlocal g
        y = x
        for _ in range(problem.pairs):
            y = y + x * factor
        g = x * 0.0 + 1.0
        for _ in range(problem.pairs):
            g = g + factor
        return total(y)

    return Contestant(step, lambda: [np.reshape(g, 1)])


def repeat(library: Any, times: int, body: Any, y: Any) -> Any:
    """A loop; in JAX one that it compiles as such, since thousands of copies take it minutes."""
    if hasattr(library, "jax"):
        return library.jax.lax.fori_loop(0, times, body, y)
    for i in range(times):
        y = body(i, y)
    return y


def total(y: Any) -> Any:
    """A scalar."""
    return y.sum() if hasattr(y, "sum") else y


def scalars(program: Any) -> dict[str, Builder]:
    """The engines of scalars."""

    def building(module: str, problem: Problem) -> Contestant:
        x = import_module(module).Value(START)

        def step() -> Any:
            x.grad = 0.0
            loss = program(None, problem, None, x)
            loss.backward()
            return loss.data

        return Contestant(step, lambda: [np.reshape(float(x.grad), 1)])

    modules = {"ours": "autograd.value", "micrograd": "micrograd.engine"}
    return {name: partial(building, module) for name, module in modules.items()}


def in_short_ones(build: Builder) -> Builder:
    """As many operations, in short graphs."""

    def building(problem: Problem) -> Contestant:
        short, state = build(Problem(SHORT))

        def step() -> Any:
            for _ in range(problem.operations // SHORT):
                loss = short()
            return loss

        return Contestant(step, state)

    return building
