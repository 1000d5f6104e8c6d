"""One run of a function, recorded on aliases of its arguments: what every transform stands on.

Only the nodes that depend on the aliases are swept. If that part of the graph touches anything else
that is tracked (an argument of an outer transform, say), the sweep itself is recorded, so that the
outer transform sees through the inner one. That is all there is to nesting, to any order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
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
        aliases = self._aliases()
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
        if self.structure is LEAF:
            refuse_opaque(value, f)
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

    def push(self, tangents: Sequence[Any]) -> Any:
        """The tangent of the value, from one for each place."""
        leaves = [
            (node, tangent)
            for (group, structure), tree in zip(self.groups, tangents, strict=True)
            for node, tangent in zip(group, leaves_like(structure, tree), strict=True)
        ]
        return self._pushed(leaves)

    def _pushed(self, leaves: Sequence[tuple[Node, Any]]) -> Any:
        """The tangent of the value, from those of some of the aliases; the others don't move."""
        recorded = bool(recording.get()) and (
            self.nested or any(type(t) is Tensor and t.requires_grad for _, t in leaves)
        )
        moved = push(
            self.nodes[::-1],
            {node: _seed(t, node, recorded, "tangent") for node, t in leaves},
            recorded,
        )
        return unflatten(self.structure, (_tangent(out, moved) for out in self.outputs))

    def jacobians(self) -> Iterator[list[Any]]:
        """Of each output, of shape B: for each place, its derivatives by each array, as B + A."""
        for out in self.outputs:
            alone = self._with_one(out)
            blocks = iter(alone._columns(out) if alone._is_tall(out) else alone.rows(out))
            yield [unflatten(structure, blocks) for _, structure in self.groups]

    def _with_one(self, out: Any) -> Trace:
        """This run, as if the function had returned nothing but that output."""
        alone = copy(self)
        alone.outputs, alone.structure = [out], LEAF
        if len(self.outputs) > 1:
            node = out._node if type(out) is Tensor else None
            reached = {node, *latest_first([node])} if node in self.depends else {}
            alone.nodes = [each for each in self.nodes if each in reached]
        return alone

    def _is_tall(self, y: Any) -> bool:
        """Whether to push forward a column for each element of the arguments, or pull back rows."""
        aliases = self._aliases()
        if type(y) is not Tensor:
            return False
        if {alias.dtype.kind for alias in aliases} != {y.dtype.kind}:
            return bool(y.dtype.kind == "c")  # a real cotangent or tangent sees one part of it only
        if any(node.operation and node.operation.reverse_only for node in self.nodes):
            return False
        # Rows, being pulled together, cost less.
        return bool(4 * sum(math.prod(alias.shape) for alias in aliases) < np.size(y))

    def _columns(self, y: Any) -> Iterator[Any]:
        """The derivatives of the one output by each alias, of shape B + A: by pushing forward."""
        for alias in self._aliases():
            shape = (*np.shape(y), *alias.shape)
            columns = [self._pushed([(alias, u)]) for u in units(alias.shape, alias.dtype)]
            yield np.reshape(np.stack(columns, -1), shape) if columns else np.zeros(shape, y.dtype)

    def rows(self, y: Any) -> Sequence[Any]:
        """The derivatives of the one output by each alias, of shape B + A: by pulling back."""
        aliases, shape = self._aliases(), np.shape(y)
        node = y._node if type(y) is Tensor else None
        if node not in self.depends or not math.prod(shape):
            return [np.zeros((*shape, *alias.shape), alias.dtype) for alias in aliases]
        alike = not self.nested and all(type(each) in (Node, Bundle) for each in self.nodes)
        if alike and type(recording.get()) is not Watched:
            return rows(node, aliases, self.nodes, self.depends)
        pulled = [flatten(self.pull([unit]))[0] for unit in units(shape, y.dtype)]
        return [
            np.reshape(np.stack(each), (*shape, *alias.shape))
            for each, alias in zip(zip(*pulled, strict=True), aliases, strict=True)
        ]

    def _aliases(self) -> list[Node]:
        return [alias for group, _ in self.groups for alias in group]


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


def refuse_opaque(output: Any, f: Callable[..., Any]) -> None:
    """Raise TypeError for an output of `f` that is no array or number, but may hold some."""
    if not hasattr(output, "dtype") and np.array(output).dtype == "O":
        raise TypeError(
            f"{name_of(f)} returned {type(output).__name__}, in which a transform finds no arrays: "
            f"return arrays, or dicts, lists and tuples of them"
        )


def name_of(f: Callable[..., Any]) -> str:
    """What to call `f` in a message."""
    return str(getattr(f, "__name__", f))
