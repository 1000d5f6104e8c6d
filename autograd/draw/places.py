"""Where what a graph is made of stands in its description, and what is sent along its paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from autograd.draw.elements import Array, Written, operands
from autograd.draw.formula.expressions import Formula
from autograd.draw.payload import Description
from autograd.draw.reading import Input, inputs, maker_of, pulled
from autograd.draw.steps import Link, passed_on
from autograd.draw.values import reached
from autograd.graph import Node, fitted
from autograd.tensor import Tensor
from autograd.value import Value


class ValueGraph:
    """Where the Values of a graph are in its description."""

    operands: Mapping[int, Mapping[str, Formula]] = {}

    def __init__(self, root: Value) -> None:
        order = sorted(reached(root), key=attrgetter("_number"))
        self.places: dict[Any, int] = {value: i for i, value in enumerate(order)}
        written = (value.__dict__.get("written") for value in order)
        self.arrays: dict[str, Array] = {}  # that formulas of elements have names for
        for each in written:
            self.arrays |= each.arrays if isinstance(each, Written) else {}

    def place(self, wrt: Any) -> int | None:
        """The place of a Value or Tensor; None if it is not in the graph."""
        return self.places.get(wrt) if isinstance(wrt, Value) else None

    def sent(self, links: Sequence[Link]) -> Any:
        """What the root's gradient, 1, becomes along a path."""
        return passed_on(use.factor or 0.0 for link in links for use in link.uses)


class TensorGraph:
    """Where the nodes of a graph of Tensors are in its description, and what each edge sends."""

    arrays: Mapping[str, Array] = {}  # which are nodes themselves

    def __init__(self, root: Tensor, description: Description) -> None:
        assert root._node is not None
        self.root = root._node
        nodes: dict[int, Node] = {description.root: root._node}
        self.inputs: dict[int, tuple[Node, Input]] = {}  # by edge
        for i in reversed(range(len(description.nodes))):
            if i in nodes:
                for e, argument in zip(description.nodes[i].edges, inputs(nodes[i])):
                    self.inputs[e] = nodes[i], argument
                    if argument.tracked:
                        nodes[description.edges[e].source] = argument.source
        self.places = {node: i for i, node in nodes.items()}
        self.operands = {i: operands(node) for i, node in nodes.items()}

    def place(self, wrt: Any) -> int | None:
        """The place of a Value or Tensor; None if it is not in the graph."""
        known = isinstance(wrt, Tensor) and wrt._node is not None
        return self.places.get(wrt._node) if known else None

    def sent(self, links: Sequence[Link]) -> Any:
        """What the root's gradient, 1, becomes along a path."""
        g: Any = np.ones(self.root.shape, self.root.dtype)
        with np.errstate(all="ignore"):
            for use in (use for link in links for use in link.uses):
                g = sum(self._message(e, g) for e in use.edges)
        return g

    def _message(self, edge: int, g: Any) -> Any:
        node, argument = self.inputs[edge]
        assert argument.pull is not None
        message = pulled(node, argument.pull, g)
        if argument.member is None:
            return message
        bundle = maker_of(node).parents[argument.pull]
        return fitted(message[argument.member], argument.source, bundle)
