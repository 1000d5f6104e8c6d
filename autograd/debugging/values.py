"""Values under `autograd.debug`.

A Value has no place for a watch, which every operation would pay for. So while a session is on, the
methods that make a Value and that pass its gradient on are exchanged for ones that look on; in
threads and tasks without a session these only do what they replace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite, isnan
from operator import mul
from threading import Lock
from typing import Any

import numpy as np

from autograd.debugging.advice import advice_for
from autograd.debugging.cause import LONGEST, Step, report
from autograd.debugging.kinks import Kink
from autograd.debugging.session import Session
from autograd.graph import Watched, recording
from autograd.lines import Line, line_of, user_frame
from autograd.value import Value, WeightedSum

_FUNCTIONS = {  # that there is advice for, by what a Value calls its operation
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power,
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "weighted sum": np.matmul,
}  # fmt: skip

_lock = Lock()
_sessions = 0  # that are on, in any thread or task


@contextmanager
def watching_values() -> Iterator[None]:
    """Look at Values within the `with` block, wherever a session is on."""
    _exchange(1)
    try:
        yield
    finally:
        _exchange(-1)


def _exchange(more: int) -> None:
    global _sessions
    with _lock:
        _sessions += more
        for kind, name, plain, watched in _METHODS:
            setattr(kind, name, watched if _sessions else plain)


def _init_of(kind: type[Value]) -> tuple[type[Value], str, Any, Any]:
    plain = kind.__init__

    def watched(self: Value, *args: Any, **kwargs: Any) -> None:
        plain(self, *args, **kwargs)
        if _session() and (parents := list(self._parents)):
            _look_at(self, parents)

    return kind, "__init__", plain, watched


def _backward_of(kind: type[Value]) -> tuple[type[Value], str, Any, Any]:
    plain: Callable[[Value], None] = kind._backward

    def watched(self: Value) -> None:
        session = _session()
        if session is None or not isfinite(self.grad):
            plain(self)
            return
        before = [parent.grad for parent in self._parents]
        plain(self)
        for parent, partial, old in zip(self._parents, self._partials, before):
            if isfinite(old) and not isfinite(parent.grad):
                raise FloatingPointError(_of_message(self, parent, partial))
        _note_kink(self, session)

    return kind, "_backward", plain, watched


_METHODS = [of(kind) for kind in (Value, WeightedSum) for of in (_init_of, _backward_of)]


def _session() -> Session | None:
    mode = recording.get()
    return mode.watch if type(mode) is Watched and isinstance(mode.watch, Session) else None


def _look_at(value: Value, parents: list[Value]) -> None:
    """Note the line of a Value that has just been computed, and raise if it is not finite."""
    frame = user_frame()
    value.__dict__["line"] = line = line_of(frame)
    for parent in parents:
        if parent.name is None and _line(parent) is None:
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


def _of_message(value: Value, parent: Value, partial: float) -> str:
    sent = value.grad * partial
    told = f"gradient {value.grad:.4g} × slope {partial:.4g} = {sent:.4g}"
    head = f"{sent:.4g} appeared in the derivative of {value._op}"
    line = _line(value) or Line("a line outside debug()", 0, "")
    return report(head, _trace(value), [told], line, "", _advice(value))


def _note_kink(value: Value, session: Session) -> None:
    """Enter it in the ledger if a gradient met the corner of a ReLU or of abs; once."""
    line = _line(value)
    if line is None or value.grad == 0.0 or not value._op.startswith(("ReLU", "abs")):
        return
    if isinstance(value, WeightedSum):
        at = sum(map(mul, value._weight_data, value._input_data), value._bias.data)
    else:
        at = next(iter(value._parents)).data
    if at == 0.0 and "met" not in value.__dict__:
        value.__dict__["met"] = True
        session.met(Kink("kink", value._op, line, [()], "its slope at 0 is taken to be 0"))


def _trace(value: Value) -> list[Step]:
    """How a Value came about, from where the program began."""
    steps: list[Step] = []
    while (line := _line(value)) is not None and len(steps) < LONGEST:
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
    return max(odd or parents, key=lambda parent: (_line(parent) is not None, abs(parent.data)))


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


def _line(value: Value) -> Line | None:
    return value.__dict__.get("line")
