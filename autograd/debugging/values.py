"""What `autograd.debug` looks at in Values."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, isinf, isnan
from operator import mul

import numpy as np

from autograd.debugging.advice import advice_for
from autograd.debugging.cause import LONGEST, Step, report
from autograd.debugging.kinks import MASKED, Kink
from autograd.lines import Line, line_of, note_line, recorded_line, user_frame
from autograd.value import Value, WeightedSum

_FUNCTIONS = {  # that there is advice for, by what a Value calls its operation
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power,
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "weighted sum": np.matmul,
}  # fmt: skip


def look_at(value: Value) -> None:
    """Note the line of a Value that was just computed, and raise if it is not finite."""
    parents = list(value._parents)
    frame = user_frame()
    line = line_of(frame)
    note_line(value, line)
    for parent in parents:
        if parent.name is None and recorded_line(parent) is None:
            for name, variable in frame.f_locals.items():
                if variable is parent:
                    parent.__dict__["called"] = name
    given = any(isnan(parent.data) for parent in parents)
    if isnan(value.data) or not (
        isfinite(value.data) or any(not isfinite(p.data) for p in parents)
    ):
        what = (
            f"{value._op} was given nan" if given else f"{value.data:.4g} appeared in {value._op}"
        )
        fix = "Look at where that number comes from." if given else _advice(value)
        raise FloatingPointError(report(what, _trace(value), [], line, "", fix))


def pass_on(value: Value, run: Callable[[], None]) -> None:
    """Have a Value pass its gradient on, and raise if what a parent gets is not finite."""
    before = [parent.grad for parent in value._parents]
    run()
    line = recorded_line(value)
    if line is None or not isfinite(value.grad):
        return
    for parent, partial, old in zip(value._parents, value._partials, before, strict=False):
        if isfinite(old) and not isfinite(parent.grad):
            raise FloatingPointError(_of_message(value, partial, line))


def _of_message(value: Value, partial: float, line: Line) -> str:
    sent = value.grad * partial
    told = f"gradient {value.grad:.4g} × slope {partial:.4g} = {sent:.4g}"
    head = f"{sent:.4g} appeared in the derivative of {value._op}"
    return report(head, _trace(value), [told], line, "", _advice(value))


def kink_of(value: Value) -> Kink | None:
    """The kink that the gradient of a Value meets: a corner, or an infinite slope."""
    line = recorded_line(value)
    if line and value.grad == 0.0 and any(isinf(partial) for partial in value._partials):
        return Kink("infinite slope", value._op, line, [()], MASKED)
    if line is None or value.grad == 0.0 or not value._op.startswith(("ReLU", "abs")):
        return None
    if isinstance(value, WeightedSum):
        at = sum(map(mul, value._weight_data, value._input_data), value._bias.data)
    else:
        at = next(iter(value._parents)).data
    return (
        Kink("kink", value._op, line, [()], "its slope at 0 is taken to be 0") if at == 0 else None
    )


def _trace(value: Value) -> list[Step]:
    """How a Value came about, from where the program began."""
    steps: list[Step] = []
    while (line := recorded_line(value)) is not None and len(steps) < LONGEST:
        steps.append(Step(f"{_formula(value)} = {value.data:.4g}", line))
        value = _culprit(value)
    name = value.name or value.__dict__.get("called") or "a Value"
    return [Step(f"{name} = {value.data:.4g}", None), *reversed(steps)]


def _culprit(value: Value) -> Value:
    """The parent that most likely explains a Value: the one not finite, a divisor, the largest."""
    parents = list(value._parents)
    odd = [parent for parent in parents if not isfinite(parent.data)]
    if value._op == "/" and not odd:
        return parents[1]
    return max(
        odd or parents, key=lambda parent: (recorded_line(parent) is not None, abs(parent.data))
    )


def _formula(value: Value) -> str:
    numbers = [f"{parent.data:.4g}" for parent in value._parents]
    if len(numbers) == 2 and value._op in _FUNCTIONS:
        return f"{numbers[0]} {value._op} {numbers[1]}"
    if value._op.startswith("**"):
        return f"{numbers[0]}{value._op}"
    return f"{value._op}({', '.join(numbers)})" if len(numbers) == 1 else value._op


def _advice(value: Value) -> str:
    name = "**" if value._op.startswith("**") else value._op
    return advice_for(_FUNCTIONS.get(name))
