"""Derivatives as functions of functions: grad, value_and_grad, vjp, jvp.

Each call wraps its arguments in fresh aliases, runs the function on them, and sweeps only the nodes
that depend on those aliases. If that part of the graph touches anything else that is tracked (an
argument of an outer transform, say), the sweep itself is recorded, so that the outer transform sees
through the inner one. That is all there is to nesting, to any order.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.forward import push
from autograd.graph import Node, depending, latest_first, record_when, recording, sweep
from autograd.primitive import Array, derivative, elementwise, primitive
from autograd.tensor import Tensor, checked_gradient, wrap

Argnum = int | str | Sequence[int | str]


def grad(f: Callable[..., Any], argnum: Argnum = 0) -> Callable[..., Any]:
    """The function that returns the gradient of the scalar `f`.

    Parameters
    ----------
    f : callable
        Returns one number (shape (), or one element).
    argnum : int, str, or a sequence of them
        The argument to differentiate by, as a position or a name; a sequence gives a tuple.

    An argument may be a number, an array, or a dict, list, tuple or namedtuple of them, nested; the
    gradient has its structure, and each array its shape and dtype. Raises TypeError for integers,
    and for an `f` that does not return one number.

    >>> grad(lambda x: x**3)(2.0)
    array(12.)
    >>> grad(grad(lambda x: x**3))(2.0)
    array(12.)
    >>> import numpy as np
    >>> grad(lambda p: (p["w"] * p["x"]).sum())({"w": np.ones(2), "x": np.array([3.0, 4.0])})
    {'w': array([3., 4.]), 'x': array([1., 1.])}
    """

    @functools.wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return _value_and_grad(f, argnum, args, kwargs)[1]

    return gradient


def value_and_grad(f: Callable[..., Any], argnum: Argnum = 0) -> Callable[..., Any]:
    """The function that returns both the value and the gradient of the scalar `f`, as `grad` does.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (array(8.), array(12.))
    """

    @functools.wraps(f)
    def both(*args: Any, **kwargs: Any) -> Any:
        return _value_and_grad(f, argnum, args, kwargs)

    return both


def vjp(f: Callable[..., Any], *args: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of `f(*args)`, and the function that turns a cotangent of it into those of `args`.

    The cotangent has the structure and shapes of the value; the result is a tuple, one item for
    each argument.

    >>> import numpy as np
    >>> y, pull = vjp(np.sin, np.zeros(2))
    >>> pull(np.array([1.0, 2.0]))
    (array([1., 2.]),)
    """
    trace = _Trace(f, args, {}, range(len(args)))

    def pull(cotangent: Any) -> tuple[Any, ...]:
        return tuple(trace.pull(_leaves_like(trace.structure, cotangent)))

    return trace.value(), pull


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of `f(*primals)`, and its derivative as the arguments move along `tangents`.

    Each tangent has the structure and shapes of its argument; the result has those of the value.
    One forward pass: the cost is a few evaluations of f, whatever the number of outputs.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (array(6.), array(23.))
    """
    if len(primals) != len(tangents):
        raise TypeError(f"jvp got {len(primals)} primals but {len(tangents)} tangents")
    trace = _Trace(f, primals, {}, range(len(primals)), forward=True)
    return trace.value(), trace.push(tangents)


def _value_and_grad(f: Callable[..., Any], argnum: Argnum, args: Any, kwargs: Any) -> Any:
    several = not isinstance(argnum, (int, str))
    argnums = [argnum] if isinstance(argnum, (int, str)) else argnum
    places = [_place(f, a, args, kwargs) for a in argnums]
    trace = _Trace(f, args, kwargs, places)
    if trace.structure is not LEAF or np.size(trace.outputs[0]) != 1:
        what = [np.shape(out) for out in trace.outputs]
        raise TypeError(
            f"grad needs a function that returns one number, but {_name(f)} returned "
            f"{f'shape {what[0]}' if trace.structure is LEAF else f'{len(what)} values'}; "
            f"reduce it with .sum() or .mean(), or use vjp with a cotangent"
        )
    gradients = trace.pull([np.ones(np.shape(trace.outputs[0]))])
    return trace.value(), tuple(gradients) if several else gradients[0]


class _Trace:
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
        self.groups: list[tuple[list[Node], Any]] = []  # for each place: its aliases, its structure
        for place in places:
            leaves, structure = flatten(arguments[place])
            tensors = [_alias(leaf, f, place) for leaf in leaves]
            arguments[place] = unflatten(structure, iter(tensors))
            self.groups.append(([_node(tensor) for tensor in tensors], structure))
        aliases = [alias for group, _ in self.groups for alias in group]
        with record_when("all" if forward else True):
            value = f(
                *(arguments[i] for i in range(len(args))),
                **{name: arguments[name] for name in kwargs},
            )
        self.outputs, self.structure = flatten(value)
        roots = [_node(out) for out in self.outputs if type(out) is Tensor and out.requires_grad]
        reached = latest_first(roots, above=max((alias.number for alias in aliases), default=0))
        self.depends = depending(reached, aliases)
        self.nodes = [node for node in reached if node in self.depends]
        self.nested = recording.get() and (
            any(alias.parents for alias in aliases)
            or any(root not in self.depends for root in roots)
            or any(parent not in self.depends for node in self.nodes for parent in node.parents)
        )

    def value(self) -> Any:
        """What the function returned: plain arrays, or Tensors if an outer graph has it."""
        outputs = self.outputs if self.nested else map(_array_of, self.outputs)
        return unflatten(self.structure, iter(outputs))

    def pull(self, cotangents: Sequence[Any]) -> list[Any]:
        """The gradient for each place, from a cotangent for each output."""
        recorded = recording.get() and (
            self.nested or any(type(c) is Tensor and c.requires_grad for c in cotangents)
        )
        seeds: dict[Node, Any] = {}
        for out, cotangent in zip(self.outputs, cotangents, strict=True):
            if type(out) is Tensor and (node := out._node) in self.depends:
                assert node is not None
                seed = _seed(cotangent, node, recorded)
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
            for node, tangent in zip(group, _leaves_like(structure, tree), strict=True)
        ]
        recorded = recording.get() and (
            self.nested or any(type(t) is Tensor and t.requires_grad for _, t in leaves)
        )
        moved = push(
            self.nodes[::-1], {node: _seed(t, node, bool(recorded)) for node, t in leaves}, recorded
        )
        return unflatten(self.structure, (_tangent(out, moved) for out in self.outputs))


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
        return Tensor(leaf, requires_grad=True)
    except TypeError as error:
        raise TypeError(f"argument {place!r} of {_name(f)}: {error}") from None


def _node(tensor: Tensor) -> Node:
    assert tensor._node is not None
    return tensor._node


def _array_of(out: Any) -> Any:
    return np.array(out.data) if type(out) is Tensor else out


def _seed(cotangent: Any, node: Node, recorded: bool) -> Any:
    """`cotangent`, checked, as a gradient for the output of `node`; as a Tensor if recorded."""
    checked = checked_gradient(cotangent, node)
    if not recorded:
        return checked
    if type(cotangent) is Tensor:
        return cotangent if cotangent.dtype == node.dtype else cotangent.astype(node.dtype)
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


def _place(
    f: Callable[..., Any], argnum: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> int | str:
    """Where the argument `argnum` is among `args` (a position) or `kwargs` (a name)."""
    if argnum in kwargs:
        return argnum
    if isinstance(argnum, int) and 0 <= argnum < len(args):
        return argnum
    try:
        names = list(inspect.signature(f).parameters)
    except (TypeError, ValueError):
        names = []
    if isinstance(argnum, int) and 0 <= argnum < len(names) and names[argnum] in kwargs:
        return names[argnum]
    if argnum in names and names.index(str(argnum)) < len(args):
        return names.index(str(argnum))
    raise TypeError(
        f"no argument {argnum!r} to differentiate by: {_name(f)} was called with {len(args)} "
        f"positional arguments{''.join(f', {name}=…' for name in kwargs)}"
    )


def _name(f: Callable[..., Any]) -> str:
    return str(getattr(f, "__name__", f))


# Nested dicts, lists, tuples and namedtuples of arrays.

LEAF: Any = type("Leaf", (), {"__repr__": lambda self: "*"})()  # stands for an array in a structure


def flatten(tree: Any) -> tuple[list[Any], Any]:
    """The arrays in `tree`, in order, and its structure: `tree` with LEAF in place of each."""
    leaves: list[Any] = []
    return leaves, _structure(tree, leaves)


def _structure(tree: Any, leaves: list[Any]) -> Any:
    """The structure of `tree`, whose leaves are appended to `leaves`."""
    # Not a function within flatten: one that calls itself is a cycle, which would keep the graph
    # of the leaves alive until the collector runs.
    if isinstance(tree, dict):
        return {key: _structure(item, leaves) for key, item in tree.items()}
    if isinstance(tree, (list, tuple)):
        return _like(tree, [_structure(item, leaves) for item in tree])
    if tree is None:
        return None
    leaves.append(tree)
    return LEAF


def unflatten(structure: Any, leaves: Iterator[Any]) -> Any:
    """The tree with that structure and those leaves: the inverse of `flatten`."""
    if isinstance(structure, dict):
        return {key: unflatten(item, leaves) for key, item in structure.items()}
    if isinstance(structure, (list, tuple)):
        return _like(structure, [unflatten(item, leaves) for item in structure])
    return next(leaves) if structure is LEAF else structure


def _like(sequence: Any, items: list[Any]) -> Any:
    """`items` in the type of `sequence`: list, tuple or a namedtuple."""
    return type(sequence)(*items) if hasattr(sequence, "_fields") else type(sequence)(items)


def _leaves_like(structure: Any, tree: Any) -> list[Any]:
    """The leaves of `tree` in the order of `structure`. Raises TypeError if it has another one."""
    if structure is LEAF:
        return [tree]
    if isinstance(structure, dict):
        if not isinstance(tree, dict) or tree.keys() != structure.keys():
            raise TypeError(f"expected a dict with the keys {list(structure)}, got {tree!r}")
        return [leaf for key in structure for leaf in _leaves_like(structure[key], tree[key])]
    if isinstance(structure, (list, tuple)):
        if not isinstance(tree, (list, tuple)) or len(tree) != len(structure):
            raise TypeError(f"expected a sequence of {len(structure)} items, got {tree!r}")
        pairs = zip(structure, tree, strict=True)
        return [leaf for part, item in pairs for leaf in _leaves_like(part, item)]
    return []
