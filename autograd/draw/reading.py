"""What a recorded node says of how it was computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd.graph import Bundle, Node, Part


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
