"""Where a gradient ends: sentences on what functions such as relu let through, by element."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.draw.derivation import Piece, latex_name
from autograd.draw.formula.expressions import Formula, Name, Number
from autograd.draw.formula.symbols import NAMES
from autograd.draw.numbers import Summary
from autograd.draw.steps import Step, Steps, name_of

ELEMENTS = 6  # that are said to get no gradient
RELU = ("relu", "ReLU")  # what Tensors and Values call it
ABSOLUTE = ("absolute", "fabs", "abs")
BELOW = {"maximum": "below", "fmax": "below", "minimum": "above", "fmin": "above"}
MASKED = "0 × ∞ counts as 0: a gradient that is exactly 0 stays 0, however steep the slope."
LENGTHS = ("linalg.norm", "std")  # whose slope at 0 is taken to be 0


class Gates:
    """Says where steps let no gradient through; `add` gives a Name a text and a name for LaTeX."""

    def __init__(self, steps: Steps, add: Callable[[Name, str, str], None]) -> None:
        self.steps, self.add = steps, add

    def of(self, i: int) -> list[list[Piece]]:
        """Sentences on where step i, a function such as relu, lets no gradient through."""
        step = self.steps[i]
        if not self.steps.is_function(i):
            return []
        if step.op in LENGTHS and isinstance(step.value, np.ndarray) and not step.value.all():
            return [["At 0 the slope of ", self._op(step), " is taken to be 0."]]
        (use,) = step.uses
        source = self.steps[use.source]
        slopes = use.factor if use.factor is not None else use.slopes
        if isinstance(slopes, (float, np.ndarray)) and isinstance(source.value, np.ndarray):
            slopes = np.asarray(slopes)
            each = step.value is not None and step.value.shape == source.value.shape
            if not each or slopes.size != source.value.size:  # as of max(x)
                return []
            closed = (slopes.reshape(source.value.shape) == 0) & self._gets_nothing(i)
            places = np.argwhere(closed).tolist()
            notes = [self._closed(i, place) for place in places[:ELEMENTS]]
            if len(places) > ELEMENTS:
                word = "through" if source.taken_in else "to"
                count = len(places) - ELEMENTS
                notes.append([f"Nor {word} {count} more element{'s' * (count > 1)}."])
            return notes
        if step.op in RELU and isinstance(step.value, Summary) and step.value.zeros:
            return [
                [
                    f"No gradient flows through {step.value.zeros:.0%} of ",
                    name_of(i),
                    ": their pre-activations are not above 0.",
                ]
            ]
        return []

    def _gets_nothing(self, i: int) -> Any:
        """Whether a slope of 0 in step i stops the gradient: 0 times what is not finite is nan."""
        step = self.steps[i]
        source = self.steps[step.uses[0].source]
        g = step.gradient if self._has_other_uses(i) else source.gradient
        if not isinstance(g, np.ndarray) or not isinstance(source.value, np.ndarray):
            return False
        if g is source.gradient:
            return g == 0
        finite = np.isfinite(g)
        return finite.reshape(source.value.shape) if g.size == source.value.size else finite.all()

    def _has_other_uses(self, i: int) -> bool:
        """Whether what step i is a function of is used elsewhere, too."""
        return self.steps.users[self.steps[i].uses[0].source] > 1

    def _closed(self, i: int, place: Sequence[int]) -> list[Piece]:
        """No gradient flows to row 3: its pre-activation −1 is below 0."""
        step = self.steps[i]
        source = self.steps[step.uses[0].source]
        assert isinstance(source.value, np.ndarray)
        x, op = np.array(source.value[tuple(place)]), self._op(step)
        # What has no name of its own, as in relu(2·x), is told by the name of the result.
        name, word = (
            (name_of(i), "through") if source.taken_in else (name_of(step.uses[0].source), "to")
        )
        where: list[Piece] = [f"No gradient flows {word} "]
        if source.value.size > 1:  # a neuron is a row of its weights, too
            is_row = op in RELU and len(place) == 1
            where.append(f"row {place[0] + 1} of " if is_row else f"element {list(place)} of ")
        where.append(name)
        if self._has_other_uses(i):
            where += [" through ", op]
        if op in RELU:
            why = " is 0, where the slope of ReLU is taken to be 0." if x == 0 else " is below 0."
            return [*where, ": its pre-activation ", x, why]
        if step.op in ABSOLUTE:
            return [*where, ": at 0, a kink, the slope of ", op, " is taken to be 0."]
        if step.op in BELOW and (other := self._other(step)) is not None:
            return [*where, ": ", x, f" is {BELOW[step.op]} ", other, "."]
        if step.op == "where":
            return [*where, ": the condition of where does not choose it."]
        return [*where, ": the slope of ", op, " is 0 at ", x, "."]

    def _other(self, step: Step) -> Formula | None:
        """The argument of a step that is not the one it depends on, such as the 0 of max(x, 0)."""
        others = [k for k in step.arguments.values() if k != step.uses[0].source]
        if not others:
            return None
        value = self.steps[others[0]].value
        is_number = isinstance(value, np.ndarray) and value.ndim == 0
        unnamed = is_number and not self.steps[others[0]].name
        return Number(np.asarray(value).item()) if unnamed else name_of(others[0])

    def _op(self, step: Step) -> Piece:
        """What the operation of a step is called; a user's own may have any name."""
        assert step.op is not None
        if step.op in RELU:
            return step.op
        name = NAMES.get(step.op, step.op.removeprefix("linalg."))
        self.add(Name(f"op {name}"), name, latex_name(name))
        return Name(f"op {name}")
