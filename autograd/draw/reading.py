"""What recorded nodes say of how they were computed: parents, arguments, values and messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd.graph import Bundle, Node, Part, Parts, fitted
from autograd.primitive import ANS


class Input(NamedTuple):
    """One argument of an operation."""

    name: str
    source: Any  # its node; the array or number itself, of a constant
    pull: int | None = None  # which rule in the operation's plan is for it; none for a constant
    member: int | None = None  # its place in the list that the operation took

    @property
    def tracked(self) -> bool:
        """Whether a gradient flows to it."""
        return self.pull is not None


def inputs(node: Node) -> Iterator[Input]:
    """The arguments of the operation that made `node`: what is tracked, and known constants."""
    maker = maker_of(node)
    operation = maker.operation
    if operation is None:
        return
    known = known_arguments(maker)
    tracked = dict(zip(maker.plan.positions, range(len(maker.parents)), strict=True))
    for i, name in enumerate(operation.arguments):
        k = tracked.get(i)
        if k is None:
            if i in known and _is_numbers(known[i], i in operation.rules):
                yield Input(name, known[i])
        elif isinstance(bundle := maker.parents[k], Bundle):
            for j, member in enumerate(bundle.members):
                if member is not None:
                    yield Input(f"{name}[{j}]", member, k, j)
                elif i in known:
                    yield Input(f"{name}[{j}]", known[i][j])
        else:
            yield Input(name, maker.parents[k], k)


def known_arguments(node: Node) -> dict[int, Any]:
    """The arguments of an operation that its node kept, by position."""
    everything = getattr(node, "arguments", None)  # only where recording was "all"
    if everything is not None:
        return dict(enumerate(everything))
    return {i: value for i, value in zip(node.plan.keep, node.kept) if i < _count(node)}


def _count(node: Node) -> int:
    return len(node.operation.arguments) if node.operation else 0


def _is_numbers(value: Any, has_rule: bool) -> bool:
    """Whether an argument is shown as a node of its own, and not only in the formula."""
    if isinstance(value, np.ndarray):
        return True
    return has_rule and isinstance(value, (int, float, complex, np.generic))


def maker_of(node: Node) -> Node:
    """`node`; of one output of an operation with several, that operation."""
    return node.parents[0] if isinstance(node, Part) else node


def reached(root: Node) -> set[Node]:
    """`root` and all that it was computed from, but for lists of arrays and of outputs."""
    found, todo = {root}, [root]
    while todo:
        for node in parents_of(todo.pop()):
            if node not in found:
                found.add(node)
                todo.append(node)
    return found


def parents_of(node: Node) -> list[Node]:
    """The nodes that `node` was computed from; of a list of arrays, its members."""
    return [
        member
        for parent in maker_of(node).parents
        for member in (parent.parents if isinstance(parent, Bundle) else (parent,))
    ]


def values_of(order: list[Node]) -> dict[Node, Any]:
    """The values of nodes, where they are small or somebody kept them."""
    values = {node: node.value for node in order if node.value is not None}
    for node in order:
        maker = maker_of(node)
        for value, source in zip(maker.kept, maker.plan.sources):
            if source == ANS and maker is node:
                values[node] = value
            elif source is not None and source >= 0:
                values[maker.parents[source]] = value
        if (everything := getattr(maker, "arguments", None)) is not None:
            for i, parent in zip(maker.plan.positions, maker.parents):
                values[parent] = everything[i]
    return values


def pulled(node: Node, k: int, g: Any) -> Any:
    """What rule k of the operation that made `node` sends back for the gradient g of `node`."""
    maker = maker_of(node)
    if isinstance(node, Part):
        g = Parts(len(maker.shape), node.index, g)
    parent = maker.parents[k]
    return fitted(maker.plan.pulls[k](g, maker.kept, parent.shape), parent, maker)
