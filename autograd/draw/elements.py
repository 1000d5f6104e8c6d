"""What rules say of single elements, for the Values that `zoom` makes of an operation.

A rule speaks of whole arrays. Of an elementwise operation it holds for each element, with that
element of each constant; of any other, the slope by x[1], say, is element [1] of what the rule
sends back for the gradient 1: (x / norm(x))[1].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from autograd.draw.formula.algebra import listed, number, replaced
from autograd.draw.formula.expressions import Call, Formula, Name, Number, text
from autograd.draw.formula.operations import forward, rule_of
from autograd.draw.formula.symbols import G
from autograd.draw.formula.terms import names_in
from autograd.draw.reading import Input, inputs, known_arguments, maker_of
from autograd.graph import Bundle, Node
from autograd.primitive import NDArray

MOST_WRITTEN = 6  # elements of an array without a name
LONGEST = 100  # characters of a formula
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

Place = tuple[int, ...]


class Written(NamedTuple):
    """An element in symbols."""

    arguments: tuple[str, ...]  # what formulas call its arguments
    formula: Formula | None  # what it was computed as
    slopes: list[Formula | None]
    arrays: Mapping[str, Array] = {}  # by the names that formulas have for them


class Array(NamedTuple):
    """An array that formulas have a name for."""

    name: str
    numbers: NDArray
    is_computed: bool


class Element(NamedTuple):
    """One argument of an element: an element, itself, of an argument of the whole operation."""

    argument: Input
    place: Place
    slope: float

    @property
    def name(self) -> str:
        """What formulas call it: x₀,₁."""
        base = self.argument.name.replace("[", "").replace("]", "")
        return base + ",".join(map(str, self.place)).translate(SUBSCRIPTS)


def of_elementwise(node: Node, place: Place, slopes: Sequence[float]) -> Written:
    """One element of an elementwise operation."""
    maker, arguments = maker_of(node), tracked(node)
    assert maker.operation is not None
    constants = {
        maker.operation.arguments[i]: _number(np.broadcast_to(value, node.shape)[place].item())
        for i, value in known_arguments(node).items()
        if i not in maker.plan.positions and isinstance(value, (np.ndarray, np.generic, int, float))
    }
    known = operands(node) | constants
    computed = forward(node)
    if computed is not None:
        computed = replaced(computed, known)
    written = [_slope(node, argument, x, known) for argument, x in zip(arguments, slopes)]
    return Written(tuple(argument.name for argument in arguments), computed, written)


def _number(x: Any) -> Formula:
    return Name(str(x)) if isinstance(x, bool) else number(x)


def tracked(node: Node) -> list[Input]:
    """The arguments that gradients flow to, in the order of the parents."""
    return sorted((each for each in inputs(node) if each.tracked), key=attrgetter("pull"))


def _slope(
    node: Node, argument: Input, slope: float, constants: Mapping[str, Formula]
) -> Formula | None:
    local = rule_of(node, argument).local
    if constants.keys() >= (names := set(names_in(local))):
        return Number(slope)  # such as that of where(condition, x, y)
    return None if _is_untold(names) else replaced(local, constants)


def operands(node: Node) -> dict[str, Formula]:
    """What to write for arguments of an operation that are no `inputs`, such as lost constants."""
    operation = maker_of(node).operation
    if operation is None:
        return {}
    known = {argument.name for argument in inputs(node)}
    names = (operation.arguments[i] for i in operation.rules)
    found: dict[str, Formula] = {name: Name("const") for name in names if name not in known}
    found |= {
        operation.arguments[i]: _number(value.item())  # such as a condition that is one truth
        for i, value in known_arguments(node).items()
        if isinstance(value, np.generic) and operation.arguments[i] not in known
    }
    for i, parent in zip(maker_of(node).plan.positions, maker_of(node).parents):
        if isinstance(parent, Bundle):
            members = (f"{operation.arguments[i]}[{j}]" for j in range(len(parent.members)))
            found |= {name: Name("const") for name in members if name not in known}
    return found


def of_row(
    node: Node, place: Place, row: Sequence[Element], known: Callable[[Input], Array | None]
) -> Written:
    """One element of any operation, and those that it depends on, of arrays that may be `known`."""
    elements: dict[str, list[str]] = {}
    for element in row:
        elements.setdefault(element.argument.name, []).append(element.name)
    arrays = {each.name: known(each) for each in inputs(node)}
    names = listed(operands(node)) | listed(
        {
            each.name: _array(each, elements.get(each.name, []), arrays[each.name])
            for each in inputs(node)
        }
    )
    computed = whole = forward(node)
    if whole is not None:
        names["ans"] = replaced(whole, names)
        if len(text(names["ans"])) > LONGEST:
            names["ans"] = replaced(whole, dict.fromkeys(names, Name("…")))
        computed = _element(names["ans"], place)
    slopes = _slopes(node, place, row, names)
    shown = {array.name: array for array in arrays.values() if array}
    return Written(tuple(element.name for element in row), computed, slopes, shown)


def _slopes(
    node: Node, place: Place, row: Sequence[Element], names: Mapping[str, Formula]
) -> list[Formula | None]:
    """The slope along each element, of what the rules send back for the gradient 1 at a place."""
    one: Formula = Number(1)
    if node.shape:
        shape = node.shape[0] if len(node.shape) == 1 else node.shape
        one = Call("one_hot", (Name(_key(place)), Name(str(shape))))
    wholes: dict[str, Formula | None] = {}  # what is sent to each whole argument
    found: list[Formula | None] = []
    for argument, at, slope in row:
        if argument.name not in wholes:
            message = rule_of(node, argument).message
            whole = replaced(replaced(message, {G.name: one}), names)
            told = not _is_untold(names_in(message)) and len(text(whole)) <= LONGEST
            wholes[argument.name] = whole if told else None
        formula = wholes[argument.name]
        is_vague = formula is None or "…" in names_in(formula)  # as of an element that was moved
        if is_vague and slope in (0, 1):
            found.append(Number(slope))
        else:
            found.append(formula and _element(formula, at))
    return found


def _element(formula: Formula, place: Place) -> Formula:
    return Call("index", (formula, Name(_key(place)))) if place else formula


def _array(argument: Input, elements: Sequence[str], known: Array | None) -> Formula:
    """An array as its elements or its name; those of many without a name are left out."""
    if not (argument.tracked or isinstance(argument.source, np.ndarray)):
        return _number(np.asarray(argument.source).item())
    shape = argument.source.shape
    few = argument.tracked and len(elements) == np.prod(shape) <= MOST_WRITTEN
    if known and not (few and known.is_computed):
        return Name(known.name)
    return _nested(np.reshape(np.array(elements, object), shape).tolist()) if few else Name("…")


def _nested(elements: Any) -> Formula:
    """An array of names, in brackets."""
    return Name(elements) if isinstance(elements, str) else Call("", tuple(map(_nested, elements)))


def _is_untold(names: Any) -> bool:
    """Whether a rule could not be written down: then its formula is only called ∂f/∂x."""
    return any("∂" in name for name in names)


def _key(place: Place) -> str:
    return ", ".join(map(str, place))
