"""`describe`: a graph as plain data, from a result or from a function and its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograd.draw.calls import key_of
from autograd.draw.constants import Known, known_arrays
from autograd.draw.naming import written
from autograd.draw.payload import Description
from autograd.draw.places import TensorGraph
from autograd.draw.reading import reached
from autograd.draw.tensors import describe_tensor
from autograd.draw.values import describe_value
from autograd.draw.values import reached as values_reached
from autograd.graph import Node, record_when
from autograd.lines import record_lines
from autograd.primitive import NDArray, public_name
from autograd.tensor import Tensor
from autograd.tree import flatten, unflatten
from autograd.value import Value


def describe(root: Any, *args: Any, names: Mapping[str, Any] | None = None) -> Description:
    """What `root` was computed from, each node once, and what the backward pass does to it.

    `root` is a Value, a Tensor, an array of Values (such as `zoom` gives, and then their sum is the
    root), or a function that returns a Value or a Tensor, with the arguments to call it
    with: numbers and arrays of them, of a floating dtype, are then tracked. `names`, such as
    `locals()`, gives names to the Values and Tensors in it that have none of their own, and to
    arrays: by their numbers, since a graph has copies of them, where one variable alone has these.

    The line that computed a node is there for a function, and for what was computed within
    `autograd.debug()`: to record lines always would take longer than most operations.

    The backward pass is replayed through the rules, from a seed of ones; no `.grad` is read or
    written. Of an array with more than 64 elements a summary is shown, and only where the graph
    has the array: in a leaf, for a rule, or, given a function, everywhere.

    Raises TypeError for anything else, ValueError for a Tensor without a graph or of complex
    numbers, and RuntimeError if a graph of Tensors is stale. In one of Values, a `.data` that was
    set afterwards is shown as it is now, with the results and slopes of before.

    >>> x = Value(3.0)
    >>> description = describe(x * x)
    >>> [(item.op, float(item.value), float(item.gradient)) for item in description.nodes]
    [(None, 3.0, 6.0), ('*', 9.0, 1.0)]
    >>> [float(edge.message) for edge in description.edges]
    [3.0, 3.0]
    """
    return described(root, args, names)


def described(
    root: Any, args: tuple[Any, ...], names: Mapping[str, Any] | None, most: int | None = None
) -> Description:
    """The same; raises `TooLargeError`, before it works for long, for more than `most` nodes."""
    _raise_if_no_names(names)
    known = dict(names or {})
    given: Collection[Node] = ()
    if callable(root):
        root, arguments = run(root, args)
        known = with_arguments(known, arguments)
        given = {t._node for t in flatten(arguments)[0] if type(t) is Tensor and t._node}
    elif args:
        raise TypeError(f"arguments are for a function; {type(root).__name__} was computed already")
    of_ids, same = identified(known, root)
    if isinstance(root, np.ndarray) and root.size and _are_values(root):
        for place in np.ndindex(root.shape):
            of_ids.setdefault(id(root[place]), str(list(place)))
        values = tuple(root.flat)
        root = Value(sum(v.data for v in values), values, "sum", (1.0,) * len(values))
    if isinstance(root, Value):
        _raise_if_large(values_reached(root), most)
        description = describe_value(root, of_ids)
        _raise_if_no_text(description)
        return written(description, {})
    if not isinstance(root, Tensor):
        raise TypeError(f"only a Value or a Tensor has a graph to draw, not {type(root).__name__}")
    if root._node is None:
        raise ValueError(
            "this Tensor has no graph to draw: nothing that it was computed from has "
            "requires_grad=True, or it was computed within no_grad"
        )
    if root.dtype.kind == "c":  # whose gradient by a real number would lose its imaginary part
        raise ValueError(
            "a complex number has no gradient to derive or draw; take its .real or abs, as of "
            "draw(z.real)"
        )
    _raise_if_large(reached(root._node), most)
    description = describe_tensor(root, of_ids, given, same)
    _raise_if_no_text(description)
    return written(description, TensorGraph(root, description).operands)


def _raise_if_no_names(names: Any) -> None:
    """Raise TypeError for what are no names of things."""
    came = type(names).__name__
    if names is None or isinstance(names, Mapping):
        wrong = [name for name in names or () if not isinstance(name, str)]
        if not wrong:
            return
        came = f"from {wrong[0]!r}"
    raise TypeError(
        f"names is a dict from names to Tensors, Values or arrays, such as locals(), not {came}"
    )


def _raise_if_no_text(description: Description) -> None:
    """Raise TypeError for a Value or Tensor whose `.name` was set to something else."""
    for name in (item.name for item in description.nodes):
        if not isinstance(name, str | None):
            raise TypeError(
                f"the .name of a Value or Tensor is a text, not {type(name).__name__}: "
                f"write {str(name)!r} instead of {name!r}"
            )


class TooLargeError(ValueError):
    """A graph with more nodes than asked for."""

    def __init__(self, count: int, has_calls: bool) -> None:
        super().__init__(f"this graph has {count:,} nodes")
        self.count, self.has_calls = count, has_calls


def _raise_if_large(nodes: Collection[Node | Value], most: int | None) -> None:
    if most is not None and len(nodes) > most:
        calls = ("call", "_call")
        raise TooLargeError(len(nodes), any(getattr(n, c, None) for n in nodes for c in calls))


def _are_values(root: Any) -> bool:
    return root.dtype == object and all(isinstance(value, Value) for value in root.flat)


def run(f: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, dict[str, Any]]:
    """The result of `f`, recorded with all arguments of each operation; its own, by name."""
    leaves, structure = flatten(args)
    tracked = unflatten(structure, map(_tracked, leaves))
    try:
        with record_lines(), record_when("all"):
            result = f(*tracked)
    except (TypeError, ValueError) as error:
        if not (texts := [argument for argument in args if isinstance(argument, (str, Path))]):
            raise
        called = getattr(f, "__name__", type(f).__name__)
        raise TypeError(
            f"{called} was called with {str(texts[0])!r} as an argument, and refused: {error}. It "
            f"is explore(f, x, path='page.html'), save(f, 'graph.svg', x), and explain(f, 'w', x)"
        ) from error
    if not any(map(_has_graph, flatten((tracked, result))[0])):
        _raise_if_integers(f, args)
    if not isinstance(result, (Value, Tensor)):
        raise TypeError(
            f"{public_name(f)} returned {type(result).__name__}; to be drawn, a function returns "
            f"one Value or Tensor: take the one of its results that is meant"
        )
    return result, _by_parameter(f, tracked)


def with_arguments(names: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """`names`, and those that a function has for its `arguments`, which come first.

    So x is the Tensor that is tracked, and not the array that was given for it.
    """
    return {**arguments, **names, **arguments}


def _has_graph(thing: Any) -> bool:
    return isinstance(thing, Value) or (isinstance(thing, Tensor) and thing._node is not None)


def _raise_if_integers(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Raise TypeError where what was given to be tracked is integers."""
    for name, argument in _by_parameter(f, args).items():
        for leaf in flatten(argument)[0]:
            known = isinstance(leaf, (int, np.ndarray, np.generic))
            if known and (dtype := np.asarray(leaf).dtype).kind in "iu":
                raise TypeError(
                    f"{public_name(f)} has nothing to track: a gradient needs floating or complex "
                    f"numbers, but the dtype of its argument {name!r} is {dtype}; write 1.0 "
                    f"instead of 1, or pass dtype=float"
                )


def _tracked(argument: Any) -> Any:
    """A number or an array of floating dtype as a leaf; anything else as it is."""
    if not isinstance(argument, (float, complex, np.ndarray, np.generic)):
        return argument
    floating = np.asarray(argument).dtype.kind in "fc"
    return Tensor(argument, requires_grad=True) if floating else argument


def _by_parameter(f: Callable[..., Any], args: Sequence[Any]) -> dict[str, Any]:
    """The arguments of `f` by what it calls them; what it takes by *xs is one, a tuple."""
    try:
        return dict(inspect.signature(getattr(f, "forward", f)).bind(*args).arguments)
    except (TypeError, ValueError):  # some builtins have no signature
        return {f"x{i + 1}": argument for i, argument in enumerate(args)}


def identified(names: Mapping[str, Any], root: Any) -> Known:
    """The names, by key, of Values, Tensors, modules and arrays in the graph of `root`."""
    found: dict[int, str] = {}
    arrays: dict[str, NDArray] = {}
    opened: set[int] = set()  # lists, tuples and dicts, which may hold themselves
    todo = [(name, thing) for name, thing in names.items() if not name.startswith("_")]
    for name, thing in todo:  # which grows while it is read
        if type(thing) in (list, tuple, dict):
            if id(thing) in opened:
                continue
            opened.add(id(thing))
        if isinstance(thing, (Tensor, Value)) or hasattr(thing, "parameters"):
            own = thing.name if isinstance(thing, Tensor) else None
            found.setdefault(key_of(thing), own or name)
            if isinstance(thing, Tensor) and thing._node is None:
                arrays[own or name] = np.asarray(thing._array)
        elif type(thing) is np.ndarray:
            arrays[name] = thing
        elif type(thing) in (list, tuple):
            todo += [(f"{name}[{i}]", item) for i, item in enumerate(thing)]
        elif type(thing) is dict:
            todo += [(f"{name}[{key!r}]", item) for key, item in thing.items()]
    if isinstance(root, Tensor) and root._node is not None:
        return known_arrays(root._node, found, arrays)
    return Known(found, {})
