"""What recorded nodes say of how they were computed: parents, arguments, values and messages."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from autograd.graph import Bundle, Leaf, Node, Part, Parts, fitted
from autograd.primitive import ANS, NDArray


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
            elif isinstance(known.get(i), tuple):  # an index of several
                parts = enumerate(known[i])
                yield from (Input(f"{name}[{j}]", x) for j, x in parts if type(x) is np.ndarray)
        elif isinstance(bundle := maker.parents[k], Bundle):
            for j, member in enumerate(bundle.members):
                if member is not None:
                    yield Input(f"{name}[{j}]", member, k, j)
                elif i in known:
                    yield Input(f"{name}[{j}]", known[i][j])
        else:
            yield Input(name, maker.parents[k], k)


def known_arguments(node: Node) -> dict[int, Any]:
    """The arguments of an operation that its node kept, or that follow from its result."""
    everything = getattr(node, "arguments", None)  # only where recording was "all"
    if everything is not None:
        return dict(enumerate(everything))
    known = {i: value for i, value in zip(node.plan.keep, node.kept) if i < _count(node)}
    return known | _lost(node)


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


# Constants that no rule asks for are not kept: the 5 of x + 5, the 1 of 1 / x, what x is joined
# with. One that follows from the argument and the result is found again, another is left unknown.

JOINS = (np.concatenate, np.stack)
DIGITS = 17  # that a float64 may need
PLAIN = (np.ndarray, np.float64, np.float32)  # the latter two are what sums of all elements are
INVERSES: dict[Any, dict[int, Callable[[Any, Any], Any]]] = {  # of y = f(c, x), or 1: y = f(x, c)
    np.add: {0: lambda x, y: y - x, 1: lambda x, y: y - x},
    np.subtract: {0: lambda x, y: y + x, 1: lambda x, y: x - y},
    np.divide: {0: lambda x, y: y * x},
}
_found: WeakKeyDictionary[Node, dict[int, Any]] = WeakKeyDictionary()


def _lost(node: Node) -> dict[int, Any]:
    """What a small operation has lost of its arguments, by their positions, if it is certain."""
    if node.operation is None or len(node.parents) != 1 or type(node.value) not in PLAIN:
        return {}
    if node not in _found:
        joined = isinstance(node.parents[0], Bundle)
        _found[node] = _lost_list(node) if joined else _lost_constant(node)
    return _found[node]


def _lost_list(node: Node) -> dict[int, Any]:
    """The list that was joined, if there are constants in it.

    The rule sends each element back to where it came from: of the result, that is what was joined.
    """
    bundle = node.parents[0]
    assert node.operation is not None and isinstance(bundle, Bundle)
    if node.operation.function not in JOINS or None not in bundle.members:
        return {}
    members = node.plan.pulls[0](node.value, node.kept, bundle.shape)
    return {node.plan.positions[0]: [np.array(member) for member in members]}


def _lost_constant(node: Node) -> dict[int, Any]:
    """The constant beside a variable.

    It gives every bit of the result again, and no other to six digits gives any element of it.
    """
    assert node.operation is not None
    puzzle = _puzzle(node)
    _, i, x, y = puzzle
    inverse = INVERSES.get(node.operation.function, {}).get(i)
    plain = type(x) in PLAIN and y.dtype.kind == "f" and y.size > 0
    if inverse is None or not plain or _changed_since(node.parents[0], node):
        return {}
    with np.errstate(all="ignore"):
        constant = _constant(puzzle, inverse(x, y))
        if constant is None:
            return {}
        return {i: constant if y.ndim else np.array(constant, y.dtype)}  # maybe a Tensor's, named


def could_be(node: Node, constant: NDArray) -> Callable[[NDArray], bool] | None:
    """Of a constant of `node` that was found again: whether an array may be what it was.

    None for one that was kept, whose every bit is known.
    """
    maker = maker_of(node)
    lost = _found.get(maker, {}).get(1 - maker.plan.positions[0])
    return _puzzle(maker).is_solved if lost is constant else None


def _puzzle(node: Node) -> Puzzle:
    assert node.operation is not None
    return Puzzle(node.operation.run, 1 - node.plan.positions[0], node.parents[0].value, node.value)


class Puzzle(NamedTuple):
    """Which constant, as argument i of an operation, makes y of x?"""

    run: Callable[..., Any]
    i: int
    x: NDArray
    y: NDArray

    def solved(self, c: Any) -> Any:
        """Where `c` gives every bit of y."""
        y = self.run(c, self.x) if self.i == 0 else self.run(self.x, c)
        return (y == self.y) & (y.dtype == self.y.dtype)

    def is_solved(self, c: Any) -> bool:
        """Whether it gives all of them."""
        with np.errstate(all="ignore"):
            return bool(np.all(self.solved(c)))

    def pinned(self, c: Any) -> Any:
        """Where `c` could not be another number to about six digits."""
        step = max(1e-6, np.finfo(self.y.dtype).eps ** 0.5) * np.where(c == 0, 1.0, c)
        strong = self.y.dtype.type
        return ~self.solved(strong(c + step)) & ~self.solved(strong(c - step))


def _constant(puzzle: Puzzle, estimates: NDArray) -> Any:
    """The shortest decimal that solves a puzzle, or else one for each element; None if neither."""
    kind = float if puzzle.x.dtype == puzzle.y.dtype else puzzle.y.dtype.type  # floats are weak
    finest = np.argmin(np.abs(puzzle.x) + np.abs(puzzle.y))  # where rounding has lost least
    for digits in range(1, DIGITS + 1) if puzzle.x.shape == puzzle.y.shape else ():
        c = kind(f"{estimates.flat[finest]:.{digits}g}")
        if np.all(puzzle.solved(c)):
            return c if np.all(puzzle.pinned(c)) else None
    found, left = np.array(estimates), np.ones(estimates.shape, bool)
    for digits in range(1, DIGITS + 1):
        shorter = np.array([float(f"{e:.{digits}g}") for e in estimates.flat], found.dtype)
        shorter = shorter.reshape(found.shape)
        now = left & puzzle.solved(shorter)
        found[now], left = shorter[now], left & ~now
    if left.any() or not np.all(puzzle.pinned(found)):
        return None
    while found.ndim > puzzle.x.ndim and (found == found[0]).all():
        found = found[0]  # it was broadcast
    return found


def _changed_since(parent: Node, node: Node) -> bool:
    """Whether the array of a leaf was changed in place after `node` had used it."""
    memory = parent.memory if isinstance(parent, Leaf) else None
    return memory is not None and memory.stamp > node.number


MOST = 2**22  # numbers, that are computed again


def values_of(order: list[Node]) -> dict[Node, Any]:
    """The values of nodes, which are in their order, where that is known.

    They are small, or somebody kept them, or the operation can be run again on what is known.
    """
    values = _kept_values(order)
    left = MOST
    for node in order:
        if node not in values and not isinstance(node, (Part, Bundle)):
            left -= _size(node)
            if left >= 0 and (value := _computed_again(node, values)) is not None:
                values[node] = value
    return values


def _kept_values(order: list[Node]) -> dict[Node, Any]:
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


def _size(node: Node) -> int:
    """How many numbers an operation takes and gives."""
    bundles = (
        parent.parents if isinstance(parent, Bundle) else (parent,) for parent in node.parents
    )
    return sum(math.prod(each.shape) for each in (node, *(m for b in bundles for m in b)))


def _computed_again(node: Node, values: dict[Node, Any]) -> Any:
    """The result of an operation all of whose arguments are known; else None."""
    operation, arguments = node.operation, known_arguments(node)
    for i, parent in zip(node.plan.positions, node.parents):
        members = parent.parents if isinstance(parent, Bundle) else [parent]
        if any(values.get(each) is None or _changed_since(each, node) for each in members):
            return None
        if not isinstance(parent, Bundle):
            arguments[i] = values[parent]
        elif None not in parent.members:
            arguments[i] = [values[member] for member in members]
        elif i not in arguments:
            return None
    if operation is None or len(arguments) < len(operation.arguments):
        return None
    with np.errstate(all="ignore"):
        value = operation.run(*(arguments[i] for i in range(len(arguments))))
    same = getattr(value, "shape", None) == node.shape and value.dtype == node.dtype
    return value if same else None


def pulled(node: Node, k: int, g: Any) -> Any:
    """What rule k of the operation that made `node` sends back for the gradient g of `node`."""
    maker = maker_of(node)
    if isinstance(node, Part):
        g = Parts(len(maker.shape), node.index, g)
    parent = maker.parents[k]
    return fitted(maker.plan.pulls[k](g, maker.kept, parent.shape), parent, maker)
