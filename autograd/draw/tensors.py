"""The description of a graph of Tensors, with its backward pass replayed.

The replay runs the same rules on the same arrays as `backward` does, in the same order, but keeps
what it finds to itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from operator import attrgetter
from typing import Any

import numpy as np

from autograd.draw.calls import Calls
from autograd.draw.formula.operations import forward, operation_of, rule_of
from autograd.draw.numbers import seen
from autograd.draw.payload import Description, Edge, Item, Role
from autograd.draw.reading import (
    Input,
    inputs,
    maker_of,
    parents_of,
    pulled,
    reached,
    values_of,
)
from autograd.graph import SMALL, Node, Part, fitted, raise_if_stale
from autograd.lines import lines
from autograd.tensor import Tensor


def describe_tensor(
    root: Tensor, names: Mapping[int, str], given: Collection[Node], same: Mapping[int, int]
) -> Description:
    """The graph of `root`; `names` are by the id of a node or array, the nodes `given` inputs.

    `same` are the ids of arrays that stand for others, by the ids of those.
    """
    assert root._node is not None
    order = sorted(reached(root._node), key=attrgetter("number"))
    values = values_of(order)
    values[root._node] = root._array
    description = Description(seed="one" if root.size == 1 else "ones")
    nodes = description.nodes
    calls = Calls(names)
    calls.find(order, attrgetter("call"), attrgetter("number"), parents_of)
    description.groups = calls.groups
    place: dict[Any, int] = {}  # of a node, or of a constant array by its id
    edges: dict[Node, list[tuple[int, Input]]] = {}
    for node in order:
        arguments = list(inputs(node))
        sources = []
        for argument in arguments:
            # Only arrays are shared: an equal number elsewhere is another constant.
            constant, key = argument.source, argument.source if argument.tracked else None
            if isinstance(constant, np.ndarray):
                key = same.get(id(constant), id(constant))
            if key is None or key not in place:
                place[key] = len(nodes)
                nodes.append(_constant(constant, calls))
            sources.append(place[key])
        place[node] = len(nodes)
        nodes.append(_item(node, values.get(node), calls, given))
        edges[node] = [
            (description.add_edge(Edge(source, place[node], argument.name, True)), argument)
            for source, argument in zip(sources, arguments)
        ]
    if root._node.parents:
        nodes[-1].role = "output"
    keys = {i: id(key) if isinstance(key, Node) else key for key, i in place.items() if key}
    calls.place_parts(description, keys)
    _replay(order, place, edges, description)
    return description


def _item(node: Node, value: Any, calls: Calls, given: Collection[Node]) -> Item:
    maker = maker_of(node)
    role: Role = "operation" if maker.operation else "input" if node in given else "parameter"
    return Item(
        role=role,
        name=node.name or calls.names.get(id(node)),
        op=operation_of(node),
        formula=forward(node),
        line=lines.get(maker),
        shape=node.shape,
        dtype=str(node.dtype),
        value=seen(value),
        group=calls.innermost.get(node) if maker.operation else None,
    )


def _constant(value: Any, calls: Calls) -> Item:
    name = calls.names.get(id(value)) if isinstance(value, np.ndarray) else None
    role: Role = "input" if name or np.ndim(value) else "constant"
    dtype = str(np.asarray(value).dtype)
    return Item(role=role, name=name, shape=np.shape(value), dtype=dtype, value=seen(value))


def _replay(
    order: list[Node],
    place: Mapping[Any, int],
    edges: Mapping[Node, list[tuple[int, Input]]],
    description: Description,
) -> None:
    """Send the gradients back, and enter each gradient and each message."""
    root = order[-1]
    raise_if_stale(order)
    gradients: dict[Node, Any] = {root: np.ones(root.shape, root.dtype)}
    with np.errstate(all="ignore"):
        for node in reversed(order):
            g = gradients.pop(node)
            description.nodes[place[node]].gradient = seen(g)
            sent: dict[int, Any] = {}  # by the rule
            for i, argument in edges[node]:
                k = argument.pull
                if k is None:
                    continue
                if k not in sent:
                    sent[k] = pulled(node, k, g)
                message, bundle = sent[k], maker_of(node).parents[k]
                if argument.member is not None:
                    message = fitted(message[argument.member], argument.source, bundle)
                edge = description.edges[i]
                edge.message = seen(message)
                edge.rule, edge.local, is_factor = rule_of(node, argument)
                if is_factor and argument.member is None:
                    edge.factor = _factor(node, k, g, message)
                description.backward.append(i)
                if (known := gradients.get(argument.source)) is not None:
                    message = known + message
                    edge.total = seen(message)
                gradients[argument.source] = message


def _factor(node: Node, k: int, g: Any, message: Any) -> Any:
    """By what rule k multiplies each element of g, the gradient of `node`, if all is small.

    None where that is not quite so: of an array in another arrangement, and of complex numbers.
    """
    maker, parent = maker_of(node), maker_of(node).parents[k]
    assert maker.operation is not None
    if node.value is None or isinstance(node, Part) or node.dtype.kind != "f":
        return None
    factor = maker.plan.pulls[k](np.ones(node.shape, node.dtype), maker.kept, parent.shape)
    if np.size(factor) > SMALL:
        return None
    if maker.operation.kind != "elementwise":
        try:
            product = fitted(g * factor, parent, maker)
        except ValueError:  # the shapes do not even broadcast
            return None
        if not np.array_equal(product, message, equal_nan=True):
            return None
    return seen(factor)
