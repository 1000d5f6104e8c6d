"""Random programs: whole computation graphs, drawn by Hypothesis.

    @given(programs())
    def test_gradients(program):
        check_grads(program, *program.inputs)

A program is a few lines of Python. Each is one of STEPS, a line with holes, filled with earlier
results, axes, shapes and the like; so results are used once, often or not at all, and whatever no
line uses is returned. The inputs are drawn with the program, and each line is run on them as soon
as it is drawn: one whose result is not finite, is large, or is near a kink or a pole is left out.
So what a test sees is smooth around its inputs, and finite differences can judge it.

Programs of the steps ON_VALUES also run, as they are, on NumPy's arrays of Values: NumPy does to
each element what the line says, and every result is the scalar engine's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autograd.primitive import NDArray
from autograd.testing.message import literal
from autograd.testing.strategies.steps import AWAY, FUNCTIONS, HOLES, ON_VALUES, SCOPE, STEPS

MARGIN = 0.05  # how far a line stays from kinks and poles
LARGE = 100.0  # no result is larger,
MOST = 64  # or has more elements
NAME = re.compile(r"\b[xv]\d+\b")  # of an input or a result

__all__ = ["HOLES", "ON_VALUES", "STEPS", "Program", "programs"]


@st.composite
def programs(
    draw: st.DrawFn,
    own: Mapping[str, str] | None = None,
    *,
    names: Mapping[str, Any] | None = None,
    steps: Mapping[str, str] = STEPS,
    min_lines: int = 1,
    max_lines: int = 10,
    max_inputs: int = 3,
    max_dims: int = 2,
    scalar: bool = False,
    dtype: Any = np.float64,
) -> Program:
    """A strategy of Programs.

    Parameters
    ----------
    own : mapping of str to str
        Steps of your own, each with what must stay away from zero there ("" for nothing); half of
        the lines are made of them. In a step, {x} is any result, {y} and {z} broadcast with it,
        {same} has its shape, {axis} and {axes} are its; {vector}, {matrix} and {square} are results
        too, {number} is a constant. HOLES has them all.
    names : mapping of str to anything
        What the names in those mean, besides `np`.
    steps : mapping of str to str
        What the other lines are made of.
    min_lines, max_lines : int
        How many steps are tried; one that does not suit the inputs is left out.
    max_inputs, max_dims : int
        How many inputs, and how many axes they have; their shapes broadcast together.
    scalar : bool
        Whether the program returns one number, the sum of all else it would return.
    dtype : dtype
        Of the inputs, a floating one.

    Raises ValueError for a step of your own with a hole that is not known.

    An operation of your own meets the others in all kinds of graphs:

    >>> from hypothesis import given, settings
    >>> from autograd import derivative, primitive
    >>> from autograd.testing import check_grads
    >>> @primitive
    ... def cube(x):
    ...     return x**3
    >>> derivative(cube, x=lambda g, x: 3 * g * x**2)
    >>> @settings(max_examples=5)
    ... @given(programs({"cube({x})": ""}, names={"cube": cube}))
    ... def test_cube(program):
    ...     check_grads(program, *program.inputs)
    >>> test_cube()
    """
    for step in own or ():
        unknown = {hole for _, hole, _, _ in Formatter().parse(step) if hole} - {*HOLES, "new"}
        if unknown:
            raise ValueError(
                f"the step {step!r} has the hole {', '.join(sorted(unknown))}, which nothing is "
                f"known to fill; use one of {', '.join(HOLES)}, and double braces for a dict"
            )
    drawing = Drawing(draw, [own, steps] if own else [steps], names or {})
    drawing.draw_inputs(draw(st.integers(1, max_inputs)), max_dims, dtype)
    for _ in range(draw(st.integers(min_lines, max_lines))):
        any(drawing.draw_line() for _ in range(3))  # a few tries
    return drawing.program(scalar)


class Program:
    """A program with the inputs it was drawn for: call it with them, or with others near them.

    Its repr is Python that can be pasted. Its `source` returns one result, or a tuple of several.
    """

    __name__ = "program"

    def __init__(
        self,
        inputs: Sequence[NDArray],
        lines: Sequence[str],
        result: str,
        names: Mapping[str, Any],
    ) -> None:
        self.inputs, self.lines, self.result = tuple(inputs), tuple(lines), result
        parameters = ", ".join(f"x{i}" for i in range(len(inputs)))
        body = "\n    ".join([*lines, f"return {result}"])
        self.source = f"def program({parameters}):\n    {body}\n"
        scope = {**SCOPE, **names}
        exec(self.source, scope)
        self.__wrapped__ = scope["program"]

    def __call__(self, *inputs: Any) -> Any:
        """What the program returns for arrays, Tensors or, if its steps are, Values."""
        return self.__wrapped__(*inputs)

    def __repr__(self) -> str:
        used = [name for name in FUNCTIONS if re.search(rf"\b{name}\(", self.source)]
        imports = f"from autograd import {', '.join(used)}\n\n" if used else ""
        return f"{imports}{self.source}\ninputs = ({', '.join(map(literal, self.inputs))},)"


class Drawing:
    """A program that is being drawn: its lines, and the value of each input and result so far."""

    def __init__(
        self, draw: st.DrawFn, pools: Sequence[Mapping[str, str]], names: Mapping[str, Any]
    ) -> None:
        self.draw, self.pools, self.names = draw, pools, names
        self.values: dict[str, Any] = {}
        self.lines: list[str] = []

    def draw_inputs(self, count: int, max_dims: int, dtype: Any) -> None:
        """Inputs whose shapes broadcast together, each of different numbers."""
        draw = self.draw
        full = [draw(st.integers(2, 3)) for _ in range(draw(st.integers(0, max_dims)))]
        numbers = st.integers(-16, 16).map(lambda n: n / 8)
        for i in range(count):
            shape = [draw(st.sampled_from([n, n, n, 1])) for n in full]
            shape = shape[draw(st.integers(0, len(full))) :]
            drawn = draw(arrays(np.float64, tuple(shape), elements=numbers, unique=True))
            self.values[f"x{i}"] = drawn.astype(dtype)

    def draw_line(self) -> bool:
        """Add one more step, if it suits what there is; whether it did."""
        steps = self.draw(st.sampled_from(self.pools))
        step, away = self.draw(st.sampled_from(list(steps.items())))
        new = f"v{sum(name.startswith('v') for name in self.values)}"
        shapes = {name: np.shape(self.values[name]) for name in reversed(self.values)}
        filled: dict[str, Any] = {"new": new}
        for hole, choices_for in HOLES.items():
            if f"{{{hole}}}" in step:
                choices = choices_for(shapes, filled)
                if not choices:
                    return False
                filled[hole] = self.draw(st.sampled_from(choices))
        lines = f"{new} = {step.format(**filled)}".split("\n")
        value = self.run(lines, new, away.format(**filled))
        if value is None:
            return False
        self.lines += lines
        self.values[new] = value
        return True

    def run(self, lines: Sequence[str], new: str, away: str) -> Any:
        """What the lines compute, or None if that does not suit."""
        scope = {**SCOPE, **AWAY, **self.names, **self.values}
        with np.errstate(all="ignore"):
            if away and np.min(np.abs(eval(away, scope)), initial=np.inf) < MARGIN:
                return None
            exec("\n".join(lines), scope)
        value = scope[new]
        return value if 0 < np.size(value) <= MOST and np.all(np.abs(value) < LARGE) else None

    def program(self, scalar: bool) -> Program:
        """What was drawn. It returns the results that no line uses, and takes what one does."""
        used = {name for line in self.lines for name in NAME.findall(line)[1:]}
        results = [name for name in self.values if name.startswith("v") and name not in used]
        results = results or ["x0"]
        result = " + ".join(f"np.sum({name})" for name in results) if scalar else ", ".join(results)
        inputs = [n for n in self.values if n.startswith("x") and (n in used or n in results)]
        places = {name: f"x{i}" for i, name in enumerate(inputs)}
        lines = [NAME.sub(lambda name: places.get(name[0], name[0]), line) for line in self.lines]
        return Program([self.values[name] for name in inputs], lines, result, self.names)
