"""The description of a graph of Tensors, with its backward pass replayed.

The replay runs the same rules on the same arrays as `backward` does, in the same order, but keeps
what it finds to itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from autograd.draw.formulas import forward, local
from autograd.draw.numbers import seen
from autograd.draw.payload import Description, Edge, Item, Role
from autograd.graph import SMALL, Bundle, Node, Part, Parts, fitted, raise_if_stale
from autograd.primitive import ANS
from autograd.tensor import Tensor


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


def describe_tensor(root: Tensor, names: Mapping[int, str], given: Collection[Node]) -> Description:
    """The graph of `root`; `names` are by the id of a node or array, the nodes `given` inputs."""
    assert root._node is not None
    order = sorted(_reached(root._node), key=attrgetter("number"))
    values = _values(order)
    values[root._node] = root._data
    description = Description(seed="one" if root.size == 1 else "ones")
    nodes = description.nodes
    place: dict[Any, int] = {}  # of a node, or of a constant array by its id
    edges: dict[Node, list[tuple[int, Input]]] = {}
    for node in order:
        arguments = list(inputs(node))
        sources = []
        for argument in arguments:
            # Only arrays are shared: an equal number elsewhere is another constant.
            constant, array = argument.source, isinstance(argument.source, np.ndarray)
            key = id(constant) if array else argument.source if argument.tracked else None
            if key is None or key not in place:
                place[key] = len(nodes)
                nodes.append(_constant(constant, names))
            sources.append(place[key])
        place[node] = len(nodes)
        nodes.append(_item(node, values.get(node), names, given))
        edges[node] = [
            (description.add_edge(Edge(source, place[node], argument.name, True)), argument)
            for source, argument in zip(sources, arguments)
        ]
    if root._node.parents:
        nodes[-1].role = "output"
    _replay(order, place, edges, description)
    return description


def inputs(node: Node) -> Iterator[Input]:
    """The arguments of the operation that made `node`: what is tracked, and known constants."""
    maker = _maker(node)
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


def _reached(root: Node) -> set[Node]:
    """`root` and all that it was computed from, but for lists of arrays and of outputs."""
    found, todo = {root}, [root]
    while todo:
        for parent in _maker(todo.pop()).parents:
            for node in parent.parents if isinstance(parent, Bundle) else (parent,):
                if node not in found:
                    found.add(node)
                    todo.append(node)
    return found


def _maker(node: Node) -> Node:
    """`node`; of one output of an operation with several, that operation."""
    return node.parents[0] if isinstance(node, Part) else node


def _values(order: list[Node]) -> dict[Node, Any]:
    """The values of nodes, where they are small or somebody kept them."""
    values = {node: node.value for node in order if node.value is not None}
    for node in order:
        maker = _maker(node)
        for value, source in zip(maker.kept, maker.plan.sources):
            if source == ANS and maker is node:
                values[node] = value
            elif source is not None and source != ANS:
                values[maker.parents[source]] = value
        if (everything := getattr(maker, "arguments", None)) is not None:
            for i, parent in zip(maker.plan.positions, maker.parents):
                values[parent] = everything[i]
    return values


def _item(node: Node, value: Any, names: Mapping[int, str], given: Collection[Node]) -> Item:
    maker = _maker(node)
    role: Role = "operation" if maker.operation else "input" if node in given else "parameter"
    return Item(
        role=role,
        name=node.name or names.get(id(node)),
        op=maker.operation.name.removeprefix("np.") if maker.operation else None,
        formula=forward(node),
        shape=node.shape,
        dtype=str(node.dtype),
        value=seen(value),
    )


def _constant(value: Any, names: Mapping[int, str]) -> Item:
    name = names.get(id(value)) if isinstance(value, np.ndarray) else None
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
            pulled: dict[int, Any] = {}  # by the rule
            for i, argument in edges[node]:
                k = argument.pull
                if k is None:
                    continue
                if k not in pulled:
                    pulled[k] = _pulled(node, k, g)
                message, bundle = pulled[k], _maker(node).parents[k]
                if argument.member is not None:
                    message = fitted(message[argument.member], argument.source, bundle)
                edge = description.edges[i]
                edge.message = seen(message)
                edge.local, is_factor = local(node, k)
                if is_factor and argument.member is None and node.dtype.kind == "f":
                    edge.factor = _factor(node, k)
                description.backward.append(i)
                known = gradients.get(argument.source)
                gradients[argument.source] = message if known is None else known + message


def _pulled(node: Node, k: int, g: Any) -> Any:
    """What rule k of the operation that made `node` sends back for the gradient g of `node`."""
    maker = _maker(node)
    if isinstance(node, Part):
        g = Parts(len(maker.shape), node.index, g)
    parent = maker.parents[k]
    return fitted(maker.plan.pulls[k](g, maker.kept, parent.shape), parent, maker)


def _factor(node: Node, k: int) -> Any:
    """By what rule k multiplies each element of the gradient of `node`, if that is small."""
    maker = _maker(node)
    if node.value is None:
        return None
    factor = maker.plan.pulls[k](
        np.ones(node.shape, node.dtype), maker.kept, maker.parents[k].shape
    )
    return seen(factor) if np.size(factor) <= SMALL else None
