"""The description of a graph of Values, with its backward pass replayed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from autograd.draw.calls import Calls
from autograd.draw.elements import Written
from autograd.draw.formula.algebra import product
from autograd.draw.formula.expressions import Formula
from autograd.draw.formula.operations import of_value, of_weighted_sum
from autograd.draw.formula.symbols import G
from autograd.draw.numbers import seen
from autograd.draw.payload import Description, Edge, Item, Role
from autograd.lines import recorded_line
from autograd.value import Constant, Value, WeightedSum


class Input(NamedTuple):
    """One argument of an operation."""

    edge: int
    source: Value
    partial: float | None  # None where the operation has only a `_backward` function


def describe_value(root: Value, names: Mapping[int, str]) -> Description:
    """The graph of `root`; `names` are by the id of a Value."""
    order = sorted(reached(root), key=attrgetter("_number"))
    place = {value: i for i, value in enumerate(order)}
    sums = [value for value in order if isinstance(value, WeightedSum)]
    parameters = {p for neuron in sums for p in (*neuron._weights, neuron._bias)}
    parameters |= {value for value in order if "is_parameter" in value.__dict__}  # by `zoom`
    description = Description()
    calls = Calls(names)
    calls.find(order, _call, attrgetter("_number"), attrgetter("_parents"))
    often = {bias for bias, count in Counter(each._bias for each in sums).items() if count > 1}
    description.groups = calls.groups
    inputs: list[list[Input]] = []  # of each node
    for value in order:
        name = value.name or names.get(id(value))
        role = _role(value, root, parameters)
        parents = _arguments(value)
        formula, slopes = _formulas(value, tuple([argument for _, argument, _ in parents]))
        description.nodes.append(
            Item(
                role=role,
                name=name,
                op=_operation(value),
                formula=formula,
                line=recorded_line(value),
                value=seen(value.data),
                group=_neuron(value, calls, often),
            )
        )
        inputs.append([])
        for (parent, argument, partial), slope in zip(parents, slopes):
            edge = Edge(place[parent], place[value], argument, local=slope)
            edge.rule = slope and product(G, slope)
            inputs[-1].append(Input(description.add_edge(edge), parent, partial))
    calls.place_parts(description, {i: id(value) for value, i in place.items()})
    gradients = {root: 1.0}
    for value, item, arguments in zip(order[::-1], description.nodes[::-1], inputs[::-1]):
        item.gradient = seen(gradients[value])
        for each, message in zip(arguments, _messages(value, arguments, gradients[value])):
            edge = description.edges[each.edge]
            edge.factor, edge.message = seen(each.partial), seen(message)
            if (known := gradients.get(each.source)) is not None:
                message = known + message
                edge.total = seen(message)
            gradients[each.source] = message
            description.backward.append(each.edge)
    return description


def reached(root: Value) -> set[Value]:
    """`root` and all that it was computed from."""
    found, todo = {root}, [root]
    while todo:
        for parent in todo.pop()._parents:
            if parent not in found:
                found.add(parent)
                todo.append(parent)
    return found


def _role(value: Value, root: Value, parameters: Collection[Value]) -> Role:
    if value._parents:
        return "output" if value is root else "operation"
    if isinstance(value, Constant):
        return "constant"
    return "parameter" if value in parameters else "input"


def _call(value: Value) -> Any:
    return getattr(value, "_call", None)


def _neuron(value: Value, calls: Calls, often: Collection[Value]) -> int | None:
    """The innermost call that made `value`; for a neuron within a layer's call, one of its own.

    Of one that is called `often`, the parameters are elsewhere, and the call is one node.
    """
    group = calls.innermost.get(value) if value._parents else None
    if group is None or not isinstance(value, WeightedSum) or value._bias in often:
        return group
    neuron = calls.holders.get(id(value._bias), (None,))[-1]
    known = neuron is None or neuron is calls.modules[group]
    return group if known else calls.add(neuron, group)


def _operation(value: Value) -> str | None:
    return value._op or "computed" if value._parents else None


def _formulas(
    value: Value, arguments: tuple[str, ...]
) -> tuple[Formula | None, list[Formula | None]]:
    """What `value` was computed as, and the local derivative by each argument."""
    if isinstance(value, WeightedSum):
        return of_weighted_sum(value._op, len(value._weights))
    if not value._parents or not _is_plain(value):
        return None, [None] * len(arguments)
    if own := _written(value):
        return own.formula, own.slopes
    return of_value(value._op, arguments)


def _written(value: Value) -> Written | None:
    """An element in symbols, which `zoom` leaves to who asks: there may be many."""
    written = value.__dict__.get("written")
    if callable(written):
        written = value.__dict__["written"] = written()
    return written if isinstance(written, Written) else None


def _arguments(value: Value) -> list[tuple[Value, str, float | None]]:
    """The parents of `value`, what the operation calls each, and the slope along it."""
    parents, partials = list(value._parents), list[float | None](value._partials)
    if isinstance(value._parents, set):  # as a program for micrograd may pass, with a `_backward`
        parents.sort(key=attrgetter("_number"))
    if not partials or not _is_plain(value):
        partials = [None] * len(parents)
    return [
        (p, _argument(value, i), partial) for i, (p, partial) in enumerate(zip(parents, partials))
    ]


def _argument(value: Value, i: int) -> str:
    if isinstance(value, WeightedSum):
        n = len(value._weights)
        return f"w{i + 1}" if i < n else f"x{i - n + 1}" if i < 2 * n else "b"
    if own := _written(value):
        return own.arguments[i]
    count = len(value._parents)
    return "xy"[i] if count <= 2 else f"x{i + 1}"


def _is_plain(value: Value) -> bool:
    """Whether its chain rule is the engine's own, by partials, and not a function that was set."""
    return getattr(value._backward, "__func__", None) in (Value._backward, WeightedSum._backward)


def _messages(value: Value, arguments: Sequence[Input], g: float) -> list[float]:
    """What `value`, whose gradient is g, passes to each of its parents; no `.grad` changes."""
    if _is_plain(value):
        if g == 0.0 or getattr(value, "_slope", 1.0) == 0.0:  # as `_backward` has it
            return [0.0] * len(arguments)
        return [0.0 if each.partial is None else g * each.partial for each in arguments]
    involved = {value, *value._parents}
    before = {each: each.grad for each in involved}
    try:
        for each in involved:
            each.grad = 0.0
        value.grad = g
        value._backward()
        totals = {each.source: each.source.grad for each in arguments}
    finally:
        for each, grad in before.items():
            each.grad = grad
    return [totals.pop(each.source, 0.0) for each in arguments]  # one message for each parent
