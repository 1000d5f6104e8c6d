"""What is wrong, said to a person: which element, both figures, a line that repeats it."""

from __future__ import annotations

import ast
import contextlib
import inspect
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.primitive import NDArray
from autograd.tensor import Tensor
from autograd.testing.numerics.probe import Finding
from autograd.testing.numerics.problem import Leaf, Problem
from autograd.testing.numerics.verdicts import REASONS, Verdict
from autograd.tree import LEAF, flatten, unflatten

WHOLE = 60  # arrays of more elements than this are shortened in the line that repeats a failure


def wrong(
    worst: Finding,
    others: int,
    problem: Problem,
    original: Problem,
    order: int,
    modes: Sequence[str],
) -> str:
    """The text for derivatives that are wrong: for the worst of them, beside `others` elements."""
    leaf, element = _named(problem, worst.elements)
    ordinal = {1: "the gradient", 2: "the second derivative"}.get(order, f"derivative {order}")
    kind = "the forward-mode derivative" if worst.mode == "forward" and order == 1 else ordinal
    lines = [
        f"{kind} of {original.name} by {leaf.name if leaf else 'its arguments'} is wrong "
        f"({_which(worst, order, original)})",
        f"  at          {element}",
        f"  analytic    {figure(worst.analytic)}",
        f"  numeric     {figure(worst.numeric, worst.error)}",
        f"  verdict     wrong: {explained(worst)}",
    ]
    if worst.output is not None and len(problem.base) > 1:
        lines.insert(2, f"  of output   {_output(problem, worst.output)}")
    elif len(problem.base) > 1:
        lines.insert(2, "  of          the sum of all outputs, each times a fixed random number")
    if others and len(worst.elements) == 1:
        more = f"{others} other element{'s' * (others > 1)}"
        lines.append(f"  also wrong  {more} of those looked at; certify shows all of them")
    lines.append(
        f"  repeat      {reproduction(original, order, modes, worst if order == 1 else None)}"
    )
    return "\n".join(lines)


def nothing_told(findings: Sequence[Finding], problem: Problem, original: Problem) -> str:
    """The text for a function of which no derivative can be judged."""
    first = findings[0]
    _, element = _named(problem, first.elements)
    return "\n".join(
        [
            f"can't tell whether the gradient of {original.name} is right: nothing could be judged",
            f"  at          {element}",
            f"  analytic    {figure(first.analytic)}",
            f"  numeric     {figure(first.numeric, first.error)}",
            f"  verdict     can't tell: {explained(first)}",
            "  what to do  check it elsewhere, away from edges and jumps, or with less noise",
            f"  repeat      {reproduction(original, 1, (), first)}",
        ]
    )


def disagreement(
    reverse: float,
    forward: float,
    elements: NDArray,
    problem: Problem,
    original: Problem,
    order: int,
) -> str:
    """The text for two modes that contradict each other where numbers do not tell."""
    _, element = _named(problem, elements)
    return "\n".join(
        [
            f"reverse and forward mode disagree about {original.name} (order {order})",
            f"  at          {element}",
            f"  reverse     {figure(reverse)}",
            f"  forward     {figure(forward)}",
            f"  repeat      {reproduction(original, order, ())}",
        ]
    )


def figure(value: complex, error: float | None = None) -> str:
    """A number, with as many digits as are known.

    >>> figure(0.123456789, 2e-6)
    '0.1234568 ± 2e-06'
    """
    if error is None or not math.isfinite(error) or not np.isfinite(value):
        text = f"{value:.12g}"
        return text if error is None or math.isfinite(error) else f"{text} ± ?"
    if error < 1e-300:  # nothing moves at all
        return f"{value:.12g}"
    size = abs(value)
    digits = 12 if error == 0 or size == 0 else math.ceil(math.log10(size) - math.log10(error)) + 2
    return f"{value:.{min(max(digits, 2), 12)}g} ± {error:.0e}"


def explained(finding: Finding, plain: bool = False) -> str:
    """Why the verdict is what it is; `plain`: nothing where that goes without saying."""
    text = REASONS[finding.reason].format(
        left=figure(finding.left), right=figure(finding.right),
        error=f"{finding.error:.0e}", numeric=figure(finding.numeric),
    )  # fmt: skip
    if plain and finding.verdict != Verdict.WRONG:
        return text
    return text or guess(finding.analytic, finding.numeric, finding.error)


def guess(analytic: complex, numeric: complex, error: float) -> str:
    """What the ratio of two numbers suggests.

    >>> guess(-0.5, 0.5, 1e-9)
    'the sign is turned around'
    """
    if not (np.isfinite(analytic) and np.isfinite(numeric)):
        return "the gradient is not finite, but the slope is"
    if analytic == 0:
        return (
            "the gradient is 0, but the value moves (was it cut off, by .data, .detach(), float() "
            "or a rule that is missing?)"
        )
    if abs(numeric) <= 3 * error:
        return "the gradient is not 0, but the value does not move"
    if np.iscomplexobj(analytic) and abs(np.conj(analytic) - numeric) <= 1e-5 * abs(analytic):
        return "it is the conjugate of what it should be"
    for factor, text in {-1.0: "the sign is turned around", 2.0: "twice", 0.5: "half"}.items():
        if abs(analytic - factor * numeric) <= 1e-5 * abs(analytic) + 3 * error:
            return text if factor < 0 else f"the gradient is {text} the slope"
    ratio = analytic / numeric
    if abs(ratio - 1) > 0.01 and not np.iscomplexobj(ratio):
        return f"the gradient is {ratio:.4g} times the slope"
    return f"they differ by {abs(ratio - 1):.1g} of the slope"


def reproduction(
    problem: Problem, order: int, modes: Sequence[str], finding: Finding | None = None
) -> str:
    """The call of check_grads that fails, as a line of Python."""
    words = [_name(problem.f)]
    words += [literal(arg) for arg in problem.args]
    words += [f"{key}={literal(arg)}" for key, arg in problem.kwargs.items()]
    if problem.by_hand is not None:
        words.append(f"grad={_name(problem.by_hand, 'gradient')}")
    elif order == 1:
        words.append("order=1")
    elif order > 2:
        words.append(f"order={order}")
    if len(modes) == 1 and problem.by_hand is None:
        words.append(f"modes={list(modes)!r}")
    call = f"check_grads({', '.join(words)})"
    large = [leaf for leaf in problem.leaves if leaf.value.size > WHOLE]
    if large and finding is not None and len(finding.elements) == 1:
        leaf, index, _ = problem.where(int(finding.elements[0]))
        if leaf in large:
            call += f"  # where {leaf.name}[{_index(index)}] is {leaf.value[index].item()!r}"
    return call


def literal(value: Any) -> str:
    """Python for a value, with `np` as NumPy; large arrays are only described.

    >>> literal({"w": np.array([0.1, np.inf], np.float32)})
    "{'w': np.array([0.1, np.inf], np.float32)}"
    """
    leaves, structure = flatten(value)
    if structure is LEAF:
        return _leaf(value)
    return repr(unflatten(structure, iter([_Verbatim(_leaf(leaf)) for leaf in leaves])))


class _Verbatim:
    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _leaf(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"Tensor({_leaf(np.array(value.data))})"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{float(value)}')"
    if isinstance(value, np.generic):
        return f"np.{value.dtype}({value.item()!r})"
    if callable(value):
        return _name(value)
    if not isinstance(value, np.ndarray):
        return repr(value)
    dtype = (
        ""
        if value.dtype in (np.float64, np.int64, np.bool_, np.complex128)
        else f", np.{value.dtype}"
    )
    if value.size > WHOLE or value.dtype.kind not in "biufc":
        return f"<array of shape {value.shape} and {value.dtype}>"
    if value.size == 0:
        return (
            f"np.zeros({value.shape}{dtype or f', np.{value.dtype}' * (value.dtype != np.float64)})"
        )
    with np.printoptions(
        floatmode="unique", threshold=WHOLE + 1, linewidth=10**6, nanstr="np.nan", infstr="np.inf"
    ):
        text = np.array2string(value, separator=", ")
    text = " ".join(text.split()).replace("[ ", "[")
    return f"np.array({text}{dtype})"


def _name(f: Any, unnamed: str = "f") -> str:
    """What a function is called in a line of Python: a lambda is its own text, on one line."""
    name = str(getattr(f, "__name__", unnamed))
    if isinstance(f, np.ufunc):
        return f"np.{name}"
    if name == "<lambda>":
        return _text_of(f) or unnamed
    return name if name.isidentifier() else unnamed


def _text_of(f: Any) -> str | None:
    """The source of a lambda, if it is on one line with no other like it."""
    try:
        line = inspect.getsource(f).strip()
    except (OSError, TypeError):
        return None
    found = set()
    for start in (match.start() for match in re.finditer(r"\blambda\b", line)):
        for end in range(len(line), start, -1):  # the longest text that is a lambda
            with contextlib.suppress(SyntaxError, ValueError):
                tree = ast.parse(line[start:end], mode="eval").body
                if isinstance(tree, ast.Lambda):
                    text = ast.unparse(tree)
                    code = compile(text, "", "eval").co_consts[0]
                    if _signature(code) == _signature(f.__code__):
                        found.add(text)
                    break
    return found.pop() if len(found) == 1 else None


def _signature(code: Any) -> tuple[Any, ...]:
    """What tells one lambda from another; the bytecode depends on where it stands."""
    return code.co_varnames, {*code.co_names, *code.co_freevars}, code.co_consts


def badness(finding: Finding) -> float:
    """How far a derivative is off, from 0 to 1; infinite if it is not finite."""
    with np.errstate(all="ignore"):
        apart = abs(finding.analytic - finding.numeric) / (
            abs(finding.numeric) + abs(finding.analytic)
        )
    return math.inf if math.isnan(apart) else float(apart)


def _named(problem: Problem, elements: NDArray) -> tuple[Leaf | None, str]:
    leaf, index, imaginary = problem.where(int(elements[0]))
    if len(elements) == 1:
        part = ", its imaginary part" if imaginary else ", its real part" if leaf.is_complex else ""
        return leaf, (f"{leaf.name}[{_index(index)}]" if index else leaf.name) + part
    last, _, _ = problem.where(int(elements[-1]))
    return (leaf if leaf is last else None), f"a random direction of {len(elements)} elements"


def _index(index: tuple[int, ...]) -> str:
    return ", ".join(map(str, index))


def _output(problem: Problem, number: int) -> str:
    for i, (shape, dtype) in enumerate(problem.out_types):
        size = math.prod(shape) * (2 if dtype.kind == "c" else 1)
        if number < size:
            part = ""
            if dtype.kind == "c":
                part = " (imaginary part)" if number >= size // 2 else " (real part)"
                number %= size // 2
            index = tuple(map(int, np.unravel_index(number, shape)))
            which = f"value {i}, " if len(problem.out_types) > 1 else ""
            return f"{which}element [{_index(index)}]{part}"
        number -= size
    raise IndexError(number)


def _which(finding: Finding, order: int, original: Problem) -> str:
    if original.by_hand is not None:
        return f"order {order}, written by hand"
    over = f" over {' over '.join(['reverse'] * (order - 1))}" if order > 1 else ""
    return f"order {order}, {finding.mode}{over} mode"


__all__ = ["Verdict", "disagreement", "figure", "literal", "nothing_told", "reproduction", "wrong"]
