"""The graph as data: what a drawing shows of each node, whatever it is drawn with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np

from autograd.graph import SMALL, Bundle, Leaf, Node, Part
from autograd.tensor import Tensor
from autograd.value import Value, WeightedSum

Role: TypeAlias = Literal["input", "parameter", "operation", "output"]
N = TypeVar("N", Node, Value)


class Item(NamedTuple):
    """One node, as a drawing shows it."""

    role: Role
    name: str | None
    operation: str | None  # that made it; None for what the graph begins with
    shape: tuple[int, ...] | None  # None for a Value
    dtype: str | None
    value: Any  # None above 64 elements
    gradient: Any  # None above 64 elements, or if there is none
    parents: list[int]  # the items it was computed from, by their place, in the arguments' order


def describe(root: Value | Tensor) -> list[Item]:
    """What `root` was computed from, in the order of creation, `root` last; each node once.

    A Tensor's graph shows constants too, as far as a node kept them for its backward pass, and the
    gradients of its leaves; a Value's shows every gradient.

    Raises TypeError for anything else, and ValueError for a Tensor without a graph.

    >>> x = Value(3.0)
    >>> [(item.operation, item.value, item.parents) for item in describe(x * x)]
    [(None, 3.0, []), ('*', 9.0, [0, 0])]
    """
    if isinstance(root, Value):
        return _values(root)
    if not isinstance(root, Tensor):
        raise TypeError(f"only a Value or a Tensor has a graph to draw, not {type(root).__name__}")
    if root._node is None:
        raise ValueError(
            "this Tensor has no graph to draw: nothing that it was computed from has "
            "requires_grad=True, or it was computed within no_grad"
        )
    return _nodes(root._node)


def _values(root: Value) -> list[Item]:
    order = sorted(_reached(root, attrgetter("_parents")), key=attrgetter("_number"))
    place = {value: i for i, value in enumerate(order)}
    sums = [value for value in order if isinstance(value, WeightedSum)]
    parameters = {p for neuron in sums for p in (*neuron._weights, neuron._bias)}
    items = []
    for value in order:
        parents = [place[parent] for parent in value._parents]
        items.append(
            Item(
                role=_role(value is root, bool(parents), value in parameters),
                name=value.name,
                operation=value._op or "computed" if parents else None,
                shape=None,
                dtype=None,
                value=value.data,
                gradient=value.grad,
                parents=sorted(parents) if isinstance(value._parents, set) else parents,
            )
        )
    return items


def _nodes(root: Node) -> list[Item]:
    items: list[Item] = []
    place: dict[Any, int] = {}  # of a node, or of a constant array by its id
    for node in sorted(_reached(root, _parents), key=attrgetter("number")):
        parents = [place[parent] for parent in _parents(node)]
        made_by = _maker(node)
        for array in _constants(made_by):
            # Only arrays are shared: an equal number elsewhere is another constant.
            known = id(array) if isinstance(array, np.ndarray) else None
            if known is None or known not in place:
                place[known] = len(items)
                items.append(_constant(np.asarray(array)))
            parents.append(place[known])
        place[node] = len(items)
        items.append(
            Item(
                role=_role(node is root, made_by.operation is not None, True),
                name=node.name,
                operation=made_by.operation.name if made_by.operation else None,
                shape=node.shape,
                dtype=str(node.dtype),
                value=_if_small(node.value),
                gradient=_if_small(node.grad) if isinstance(node, Leaf) else None,
                parents=parents,
            )
        )
    return items


def _reached(root: N, parents: Callable[[N], Iterable[N]]) -> set[N]:
    """`root` and all that it was computed from."""
    found, todo = {root}, [root]
    while todo:
        for parent in parents(todo.pop()):
            if parent not in found:
                found.add(parent)
                todo.append(parent)
    return found


def _parents(node: Node) -> list[Node]:
    """The parents of `node`; of a list of arrays, its members."""
    return [
        member
        for parent in _maker(node).parents
        for member in (parent.parents if isinstance(parent, Bundle) else (parent,))
    ]


def _maker(node: Node) -> Node:
    """`node`; of one output of an operation with several, that operation."""
    return node.parents[0] if isinstance(node, Part) else node


def _constants(node: Node) -> Iterator[Any]:
    """The untracked numbers and arrays that `node` kept."""
    rules = node.operation.rules if node.operation else {}
    for value, position, source in zip(node.kept, node.plan.keep, node.plan.sources, strict=True):
        if source is None and (isinstance(value, np.ndarray) or position in rules):
            yield value


def _constant(array: np.ndarray[Any, Any]) -> Item:
    value = _if_small(array)
    return Item("input", None, None, array.shape, str(array.dtype), value, None, [])


def _if_small(array: Any) -> Any:
    return None if array is None or array.size > SMALL else np.array(array)


def _role(is_root: bool, computed: bool, parameter: bool) -> Role:
    if computed:
        return "output" if is_root else "operation"
    return "parameter" if parameter else "input"
