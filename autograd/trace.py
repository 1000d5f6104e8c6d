"""One run of a function, recorded on aliases of its arguments: what every transform stands on.

Only the nodes that depend on the aliases are swept. If that part of the graph touches anything else
that is tracked (an argument of an outer transform, say), the sweep itself is recorded, so that the
outer transform sees through the inner one. That is all there is to nesting, to any order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.forward import push
from autograd.graph import (
    Bundle,
    Leaf,
    Node,
    Watched,
    depending,
    latest_first,
    moving,
    record_when,
    recording,
    sweep,
)
from autograd.primitive import Array, derivative, elementwise, primitive
from autograd.rows import rows
from autograd.tensor import Tensor, checked_gradient, differentiable, numbers_of, wrap
from autograd.tree import LEAF, flatten, leaves_like, unflatten


class Trace:
    """One run of a function on aliases of the arguments at `places`, ready to be swept."""

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        places: Sequence[int | str],
        forward: bool = False,
    ) -> None:
        arguments: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
        made: dict[Any, tuple[list[Node], Any]] = {}  # for each place: its aliases, its structure
        for place in dict.fromkeys(places):
            leaves, structure = flatten(arguments[place])
            tensors = [_alias(leaf, f, place) for leaf in leaves]
            arguments[place] = unflatten(structure, iter(tensors))
            made[place] = [_node(tensor) for tensor in tensors], structure
        self.groups = [made[place] for place in places]
        aliases = [alias for group, _ in self.groups for alias in group]
        moving.update(aliases)
        try:
            with record_when("all" if forward or recording.get() == "all" else "traced"):
                value = f(
                    *(arguments[i] for i in range(len(args))),
                    **{name: arguments[name] for name in kwargs},
                )
        finally:
            moving.difference_update(aliases)
        self.outputs, self.structure = flatten(value)
        if self.structure is LEAF and not hasattr(value, "dtype") and np.array(value).dtype == "O":
            raise TypeError(
                f"{name_of(f)} returned {type(value).__name__}, in which a transform finds no "
                f"arrays: return arrays, or dicts, lists and tuples of them"
            )
        roots = [_node(out) for out in self.outputs if type(out) is Tensor and out.requires_grad]
        newest = max((alias.number for alias in aliases), default=0)
        reached = latest_first(roots, above=newest)
        self.depends = depending(reached, aliases)
        self.nodes = [node for node in reached if node in self.depends]
        outer = [root for root in roots if root.number < newest]
        outer += [p for node in reached for p in node.parents if p.number < newest]
        self.nested = bool(recording.get()) and (
            any(alias.parents for alias in aliases)
            or any(node not in self.depends and not _finished(node) for node in outer)
        )

    def value(self) -> Any:
        """What the function returned: plain arrays, or Tensors if an outer graph has it."""
        outputs = self.outputs if self.nested else map(_array_of, self.outputs)
        return unflatten(self.structure, iter(outputs))

    def pull(self, cotangents: Sequence[Any]) -> list[Any]:
        """The gradient for each place, from a cotangent for each output."""
        recorded = bool(recording.get()) and (
            self.nested or any(type(c) is Tensor and c.requires_grad for c in cotangents)
        )
        seeds: dict[Node, Any] = {}
        for out, cotangent in zip(self.outputs, cotangents, strict=True):
            if type(out) is Tensor and (node := out._node) in self.depends:
                assert node is not None
                seed = _seed(cotangent, node, recorded, "cotangent")
                seeds[node] = seeds[node] + seed if node in seeds else seed
        gradients = sweep(seeds, self.nodes, self.depends, wrap if recorded else None)
        return [
            unflatten(structure, (_result(gradients.get(node), node) for node in group))
            for group, structure in self.groups
        ]

    def rows(self) -> Any:
        """The derivatives of the one output by the one alias, of shape B + A: by pulling back."""
        (y,), [([alias], _)] = self.outputs, self.groups
        shape, dtype = np.shape(y), getattr(y, "dtype", alias.dtype)
        node = y._node if type(y) is Tensor else None
        if node not in self.depends or not math.prod(shape):
            return np.zeros((*shape, *alias.shape), alias.dtype)
        alike = not self.nested and all(type(each) in (Node, Bundle) for each in self.nodes)
        if alike and type(recording.get()) is not Watched:
            return rows(node, alias, self.nodes, self.depends)
        found = [self.pull([unit])[0] for unit in units(shape, dtype)]
        return np.reshape(np.stack(found), shape + alias.shape)

    def push(self, tangents: Sequence[Any]) -> Any:
        """The tangent of the value, from one for each place."""
        leaves = [
            (node, tangent)
            for (group, structure), tree in zip(self.groups, tangents, strict=True)
            for node, tangent in zip(group, leaves_like(structure, tree), strict=True)
        ]
        recorded = bool(recording.get()) and (
            self.nested or any(type(t) is Tensor and t.requires_grad for _, t in leaves)
        )
        moved = push(
            self.nodes[::-1],
            {node: _seed(t, node, recorded, "tangent") for node, t in leaves},
            recorded,
        )
        return unflatten(self.structure, (_tangent(out, moved) for out in self.outputs))


class Alias(Leaf):
    """What a transform differentiates by, for an argument that nothing tracks."""

    __slots__ = ()


@primitive
def stand_in(x: Array) -> Array:
    """x itself, as a node of its own: what a transform differentiates by."""
    return x


derivative(stand_in, None, elementwise, x=lambda g: g)


def _alias(leaf: Any, f: Callable[..., Any], place: int | str) -> Tensor:
    """A fresh Tensor for an argument, tied to it if it is tracked itself."""
    if type(leaf) is Tensor:
        if leaf.requires_grad and recording.get():
            return stand_in(leaf)  # type: ignore[no-any-return]
        leaf = leaf.data
    try:
        array = differentiable(numbers_of(leaf))
        return wrap(array, Alias(array))
    except TypeError as error:
        raise TypeError(f"argument {place!r} of {name_of(f)}: {error}") from None


def units(shape: tuple[int, ...], dtype: Any) -> Iterator[Any]:
    """The arrays of that shape with a single 1 in them, in order."""
    for i in range(math.prod(shape)):
        unit = np.zeros(math.prod(shape), dtype)
        unit[i] = 1
        yield unit.reshape(shape)


def _finished(node: Node) -> bool:
    """Whether it is the alias of a transform that has ended: a constant to any other."""
    return type(node) is Alias and node not in moving


def _node(tensor: Tensor) -> Node:
    assert tensor._node is not None
    return tensor._node


def _array_of(out: Any) -> Any:
    return np.array(out.data) if type(out) is Tensor else out


def _seed(given: Any, node: Node, recorded: bool, what: str) -> Any:
    """`given`, checked, as the cotangent or tangent of `node`; as a Tensor if recorded."""
    checked = checked_gradient(given, node, what)
    if not recorded:
        return checked
    if type(given) is Tensor:
        return given if given.dtype == node.dtype else given.astype(node.dtype)
    return wrap(checked, None)


def _result(gradient: Any, alias: Node) -> Any:
    """The gradient of an alias: an array of its own, or the Tensor that a nested sweep made."""
    if gradient is None:
        return np.zeros(alias.shape, alias.dtype)
    if type(gradient) is Tensor:
        return gradient
    return np.array(gradient) if alias.parents else np.asarray(gradient)


def _tangent(out: Any, tangents: dict[Node, Any]) -> Any:
    """The tangent of an output: an array of its own, or the Tensor that a nested push made."""
    tangent = tangents.get(_node(out)) if type(out) is Tensor and out.requires_grad else None
    if type(tangent) is Tensor:
        return tangent
    return np.zeros_like(_array_of(out)) if tangent is None else np.array(tangent)


def name_of(f: Callable[..., Any]) -> str:
    """What to call `f` in a message."""
    return str(getattr(f, "__name__", f))
