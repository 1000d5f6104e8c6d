"""What `autograd.debug` looks at in Values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import isfinite, isinf, isnan
from operator import is_, mul

from autograd.called import shown
from autograd.debugging.advice import GENERAL
from autograd.debugging.cause import LONGEST, Step, report
from autograd.debugging.kinks import MASKED, Kink
from autograd.debugging.names import name_in
from autograd.lines import Line, line_of, note_line, recorded_line, user_frame
from autograd.value import Constant, Value, WeightedSum

_WORDS = {"+": "sum", "-": "difference", "*": "product", "/": "division", "**": "power"}
_ADVICE = {
    "log": "The logarithm of 0 is -inf, with an infinite slope; that of a negative number is nan. "
    "Add a small number inside: (x + 1e-12).log().",
    "sqrt": "The square root of a negative number is nan, and its slope at 0 is infinite. Add a "
    "small number inside: (x + 1e-12).sqrt().",
    "/": "A division by 0 gives inf, and 0 / 0 gives nan. Add a small number to the divisor: "
    "x / (y + 1e-12).",
    "**": "A negative number to a fractional power is nan, 0 to a negative power is inf, and so is "
    "the slope of x ** p at 0 for p < 1. Keep x above 0, as by abs(x) + 1e-12, or write x * x "
    "where you mean a square.",
    "exp": "The exponential of more than 709 is too large for a number. Use smaller numbers, or "
    "what can't overflow: sigmoid() and tanh().",
}
_OVERFLOW = (
    "Numbers overflow beyond about 1e308. Use smaller ones: scale the data, or lower the learning "
    "rate. An infinity less another, or times 0, is nan."
)
_LARGE = 1e154  # of which the square overflows
_THERE = "That number was there before: look at where it comes from."


def look_at(value: Value) -> None:
    """Note the line of a Value that was just computed, and raise if it is not finite."""
    parents = list(value._parents)
    frame = user_frame()
    line = line_of(frame)
    note_line(value, line)
    for parent in parents:
        if parent.name is None and recorded_line(parent) is None:
            parent.__dict__["called"] = name_in(frame, partial(is_, parent))
    given = any(isnan(parent.data) for parent in parents)
    if isnan(value.data) or not (
        isfinite(value.data) or any(not isfinite(p.data) for p in parents)
    ):
        name = _called(value)
        head = f"{name} was given nan" if given else f"{value.data:.4g} appeared in {name}"
        overflow = isinf(value.data) and value._op[:2] == "**" and abs(parents[0].data) > 1
        raise FloatingPointError(
            report(head, _trace(value), [], line, "", _advice(value, overflow))
        )


def pass_on(value: Value, run: Callable[[], None]) -> None:
    """Have a Value pass its gradient on, and raise if what a parent gets is not finite."""
    before = [parent.grad for parent in value._parents]
    run()
    line = recorded_line(value)
    if line is None or not isfinite(value.grad):
        return
    for parent, slope, old in zip(value._parents, value._partials, before, strict=False):
        if isfinite(old) and not isfinite(parent.grad):
            raise FloatingPointError(_of_message(value, slope, line))


def _of_message(value: Value, slope: float, line: Line) -> str:
    sent = value.grad * slope
    told = f"gradient {value.grad:.4g} × slope {slope:.4g} = {sent:.4g}"
    head = f"{sent:.4g} appeared in the derivative of {_called(value)}"
    advice = _advice(value, overflow=isfinite(slope))
    return report(head, _trace(value), [told], line, "", advice)


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
    for one, line in _back(value):
        unnamed = "a number" if type(one) is Constant else "a Value"
        name = shown(one.name or one.__dict__.get("called") or unnamed)
        steps.append(Step(f"{_formula(one) if line else name} = {one.data:.4g}", line))
    return steps[::-1]


def _back(value: Value) -> Iterator[tuple[Value, Line | None]]:
    """A Value and what explains it, each with its line, to where the program began."""
    by_sign = isnan(value.data)
    for _ in range(LONGEST):
        line = recorded_line(value)
        yield value, line
        if line is None:
            return
        value = _culprit(value, by_sign)


def _culprit(value: Value, by_sign: bool) -> Value:
    """The parent that most likely explains a Value, of those on which it depends.

    One that is not finite does; else the divisor that made an infinity or nan; with `by_sign` what
    made it negative; else what was computed, and numbers in the program last; the largest, which
    comes first in what overflows.
    """
    parents = list(value._parents)
    depends = [p for p, slope in zip(parents, value._partials, strict=True) if slope]
    depends = depends or parents
    if odd := [parent for parent in parents if not isfinite(parent.data)]:
        depends = odd
    elif value._op == "/" and not isfinite(value.data):
        return parents[1]
    elif by_sign and value.data < 0.0 and value._op in ("*", "/"):
        depends = [parent for parent in depends if parent.data < 0.0] or depends

    elif isinstance(value, WeightedSum):
        depends = _main_terms(value)
    overflows = abs(value.data) > _LARGE

    def rank(parent: Value) -> tuple[bool, bool, float]:
        computed = recorded_line(parent) is not None and not overflows
        return computed, type(parent) is not Constant, abs(parent.data)

    return max(depends, key=rank)


def _main_terms(value: WeightedSum) -> list[Value]:
    """The parents in the terms that add at least half as much to the sum as the largest one."""
    terms = [*map(mul, value._weight_data, value._input_data), value._bias.data]
    most = max(map(abs, terms))
    pairs = [*zip(value._weights, value._inputs), (value._bias,)]
    return [p for term, pair in zip(terms, pairs) if abs(term) >= most / 2 for p in pair]


def _called(value: Value) -> str:
    """The operation as the program reads, a - b: a sign alone would be lost in a sentence."""
    sign = "**" if value._op.startswith("**") else value._op
    if sign not in _WORDS:
        return value._op
    x, *y = map(_short, value._parents)
    return f"the {_WORDS[sign]} {x} {sign} {y[0] if y else value._op[2:]}"


def _short(value: Value) -> str:
    known = f"{value.data:.4g}" if type(value) is Constant else "…"
    return shown(value.name or value.__dict__.get("called") or known, 20)


def _formula(value: Value) -> str:
    """The operation with its numbers, as Python would read it."""
    numbers = [f"{parent.data:.4g}" for parent in value._parents]
    if value._op.startswith("**"):
        base = f"({numbers[0]})" if numbers[0].startswith("-") else numbers[0]
        return f"{base} ** {value._op[2:] or numbers[1]}"
    if len(numbers) == 2 and value._op in _WORDS:
        return f"{numbers[0]} {value._op} {numbers[1]}"
    name = "-" if value._op == "neg" else value._op
    return f"{name}({', '.join(numbers)})" if len(numbers) == 1 else name


def _advice(value: Value, overflow: bool) -> str:
    *_, (first, _) = _back(value)
    if not isfinite(first.data):
        return _THERE
    op = "**" if value._op.startswith("**") else value._op
    if overflow or op in ("+", "-", "*", "weighted sum"):
        return _OVERFLOW
    return _ADVICE.get(op, GENERAL)
