"""Random expressions of numbers, a few hundred operations each, and their gradients.

A seed draws the expression once; it is written out as straight Python, the same for everybody. By
hand, so is its derivative, and the numbers are Python's.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from suite import Case, Contestant
from suite.gradients import builders

LEAVES = 10
ARGUMENTS = ", ".join(f"v{i}" for i in range(LEAVES))
RULES = {  # z, and what to add to the gradients of x and y
    "+": ("{x} + {y}", "{g}", "{g}"),
    "-": ("{x} - {y}", "{g}", "-{g}"),
    "*": ("{x} * {y}", "{g} * {y}", "{g} * {x}"),
    "/": ("{x} / {y}", "{g} / {y}", "-{g} * {z} / {y}"),
    "**": ("{x} ** 3", "{g} * 3 * {x} ** 2"),
    "relu": ("relu({x})", "{g} * ({x} > 0)"),
    "tanh": ("tanh({x})", "{g} * (1 - {z} * {z})"),
    "exp": ("exp({x})", "{g} * {z}"),
}
FUNCTIONS: dict[str, Callable[[float], float]] = {
    "relu": lambda x: max(x, 0.0),
    "tanh": math.tanh,
    "exp": math.exp,
}


@dataclass(frozen=True)
class Problem:
    """An expression of so many of these operations."""

    length: int
    operations: tuple[str, ...]

    def inputs(self) -> list[np.ndarray]:
        """The leaves, of shape ()."""
        return [np.array(x) for x in np.random.default_rng(1).uniform(0.5, 2.0, LEAVES)]

    def program(self, functions: Any) -> Callable[..., Any]:
        """A function of the leaves."""
        forward, _ = source(self)
        return compiled([*forward, "    return result"], functions)

    def by_hand(self) -> Callable[..., Any]:
        """A function of the leaves that returns the value and the tuple of gradients."""
        forward, backward = source(self)
        zeros = "    " + " = ".join(f"g{i}" for i in range(LEAVES + self.length)) + " = 0.0"
        end = f"    return result, ({ARGUMENTS.replace('v', 'g')})"
        return compiled([*forward, zeros, *backward, end], FUNCTIONS)


def cases() -> list[Case]:
    """What micrograd has, and more."""
    found = []
    for name, operations, target in [
        ("+ − × ÷ power relu", ("+", "-", "*", "/", "**", "relu"), 1 / 10),
        ("+ − × ÷ power tanh exp relu", tuple(RULES), None),
    ]:
        found.append(
            Case(
                f"expression: 300 of {name}",
                checked=Problem(300, operations),
                timed=Problem(300, operations),
                reference=by_hand,
                builders={
                    **builders(with_arrays),
                    "ours": lambda problem: with_values(problem, "autograd.value"),
                    "micrograd": lambda problem: with_values(problem, "micrograd.engine"),
                },
                target=target,
                against="micrograd",
                tolerance=1e-10,
            )
        )
    return found


def by_hand(problem: Problem) -> Contestant:
    """Forward, then backward, written out."""
    leaves = [float(x) for x in problem.inputs()]
    expression = problem.by_hand()
    gradients: Any = np.zeros(LEAVES)

    def step() -> Any:
        nonlocal gradients
        result, gradients = expression(*leaves)
        return result

    return Contestant(step, lambda: [np.array(g) for g in gradients])


def with_values(problem: Problem, module: str) -> Contestant:
    """Leaves that are Values."""
    value = import_module(module).Value
    leaves = [value(float(x)) for x in problem.inputs()]
    methods = {name: lambda x, name=name: getattr(x, name)() for name in FUNCTIONS}
    expression = problem.program(methods)

    def step() -> Any:
        for x in leaves:
            x.grad = 0.0
        result = expression(*leaves)
        result.backward()
        return result.data

    return Contestant(step, lambda: [np.array(x.grad) for x in leaves])


@cache
def array_program(problem: Problem, library: Any) -> Callable[..., Any]:
    """With this library's functions."""
    np = library.np
    return problem.program({"relu": library.relu, "tanh": np.tanh, "exp": np.exp})


def with_arrays(library: Any, problem: Problem, _: Any, *leaves: Any) -> Any:
    """Leaves that are arrays of no axes."""
    return array_program(problem, library)(*leaves)


@cache
def source(problem: Problem) -> tuple[list[str], list[str]]:
    """Lines that compute v10, v11, … from v0 … v9, and the result; and those of the gradients."""
    rng = np.random.default_rng(0)
    values = [float(x) for x in problem.inputs()]
    forward, backward = [], []
    unused = set(range(LEAVES))
    while len(forward) < problem.length:
        # The operands are recent, so that the expression is deep as well as wide.
        i, j = (int(k) for k in len(values) - 1 - rng.integers(0, 3 * LEAVES, 2) % len(values))
        operation = str(rng.choice(problem.operations))
        z, *slopes = RULES[operation]
        value = eval(z.format(x=values[i], y=values[j]), dict(FUNCTIONS)) if values[j] else 0.0
        if not 0.1 < abs(value) < 10:
            continue  # drawn again: numbers stay ordinary, and nothing divides by almost 0
        name = {"x": f"v{i}", "y": f"v{j}", "z": f"v{len(values)}", "g": f"g{len(values)}"}
        forward.append("    {z} = ".format(**name) + z.format(**name))
        for k, slope in reversed(list(zip((i, j), slopes))):
            backward.append(f"    g{k} += " + slope.format(**name))
        unused -= {i, j} if len(slopes) == 2 else {i}
        unused.add(len(values))
        values.append(value)
    ends = sorted(unused)
    forward.append("    result = " + " + ".join(f"v{k}" for k in ends))
    backward += [f"    g{k} += 1.0" for k in ends]
    return forward, backward[::-1]


def compiled(lines: list[str], functions: Any) -> Callable[..., Any]:
    """The function that has them as its body."""
    scope = dict(functions)
    exec("\n".join([f"def expression({ARGUMENTS}):", *lines]), scope)
    return scope["expression"]
