"""The computation graph: its nodes, their order, and the backward sweep.

A node holds the operation that made it, its parents' nodes, what the operation's rules asked for,
and a creation number. It never points to a Tensor, nor (unless it is small) to its own output, so
a graph is freed as soon as its output is. A node is made after its parents: numbers order them.
"""

from __future__ import annotations

import inspect
import itertools
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np

from autograd.called import called
from autograd.primitive import ANS, SAVED, Array, F, NDArray, Operation, Plan, Pull, Shape
from autograd.rules.shaping import cast, unbroadcast

SMALL = 64  # elements: a node keeps its output up to this size, so that the graph can be drawn

# Whether operations are recorded, per thread and async task. Within a transform it is "traced",
# where a plain number would lose a gradient, or "all": each operation with all of its arguments.
Recording: TypeAlias = "bool | Literal['traced', 'all'] | Watched"
recording: ContextVar[Recording] = ContextVar("recording", default=True)
numbers = itertools.count(1)  # next() is atomic


class Watched(str):
    """A mode of recording in which a `watch` sees each operation.

    Looking costs nothing where nobody looks, since `record` reads the mode anyway.
    """

    watch: Watch

    def __new__(cls, mode: Recording, watch: Watch) -> Watched:
        """The mode that is equal to `mode`, and true where that is."""
        self = super().__new__(cls, mode or "")
        self.watch = watch
        return self


class Watch(Protocol):
    """What looks on while operations are recorded, such as `autograd.debug`."""

    def recorded(self, node: Node, values: Sequence[Any]) -> None:
        """Sees the node of an operation, and its arguments and output as arrays."""

    def composed(self, run: Callable[[], Any], function: Callable[..., Any], args: Any) -> Any:
        """Returns run(), which is `function` as it is composed of others, of `args`."""


class Node:
    """One recorded operation."""

    __slots__ = (
        "__weakref__", "arguments", "call", "dtype", "kept", "name", "number", "operation",
        "parents", "plan", "shape", "value",
    )  # fmt: skip

    operation: Operation | None
    plan: Plan
    parents: Sequence[Node]
    kept: Sequence[Any]  # what the rules asked for
    shape: Any
    dtype: Any
    value: Array  # the output, if it is small
    name: str | None
    number: int
    arguments: Sequence[Any]  # all of the operation's; only where recording is "all"
    # Of a module, if this is its result: it, the number at its start, such a call within it.
    call: tuple[Any, int, Any] | None

    def __init__(
        self,
        operation: Operation | None,
        plan: Plan,
        parents: Sequence[Node],
        kept: Sequence[Any],
        value: Array,
    ) -> None:
        self.operation = operation
        self.plan = plan
        self.parents = parents
        self.kept = kept
        self.shape = value.shape
        self.dtype = value.dtype
        self.value = value if value.size <= SMALL else None
        self.name = self.call = None
        self.number = next(numbers)


class Leaf(Node):
    """Where a graph begins and a gradient is collected: a Tensor that requires a gradient."""

    __slots__ = ("grad", "memory")

    def __init__(self, value: Array) -> None:
        super().__init__(None, Plan(()), (), (), value)
        self.value = value
        self.grad: NDArray | None = None
        self.memory: Memory | None = None  # of the array, once the library has changed it in place


class Bundle(Node):
    """The list of arrays that an operation such as `concatenate` took, as one parent of its node.

    Its shape is the tuple of its members' shapes; its gradient is a sequence, one item a member.
    """

    __slots__ = ("members",)

    def __init__(self, members: Sequence[Node | None], arrays: Sequence[Array]) -> None:
        tracked = [(i, node) for i, node in enumerate(members) if node is not None]
        self.operation = self.value = self.name = None
        self.plan = Plan(tuple(_item(i) for i, _ in tracked))
        self.parents = [node for _, node in tracked]
        self.members = members
        self.kept = ()
        self.shape = tuple(array.shape for array in arrays)
        self.dtype = tuple(array.dtype for array in arrays)
        self.number = next(numbers)


class Outputs(Node):
    """An operation with several outputs, each of which is a `part` of it.

    Its shape and dtype are the tuples of its outputs'; its rules get a list of gradients as `g`,
    with zeros for each output that nothing used.
    """

    __slots__ = ()

    def __init__(
        self,
        operation: Operation,
        plan: Plan,
        parents: Sequence[Node],
        kept: Sequence[Any],
        arrays: Sequence[Array],
    ) -> None:
        self.operation = operation
        self.parents = parents
        self.kept = kept
        self.shape = tuple([array.shape for array in arrays])
        self.dtype = tuple([array.dtype for array in arrays])
        pulls = tuple([_with_zeros(pull, self.shape, self.dtype) for pull in plan.pulls])
        self.plan = plan._replace(pulls=pulls)
        self.value = self.name = None
        self.number = next(numbers)

    def part(self, i: int, value: Array) -> Node | None:
        """The node of output i, whose value is `value`; None if no gradient flows through it."""
        return Part(self, i, value) if value.dtype.kind in "fc" else None


class Part(Node):
    """One output of an operation with several."""

    __slots__ = ("index",)

    def __init__(self, outputs: Outputs, index: int, value: Array) -> None:
        super().__init__(None, _plan_of_part(index), (outputs,), (), value)
        self.index = index


class Parts(list[Any]):
    """The gradients of an operation's outputs, as far as they are known: None for the others."""

    def __init__(self, count: int, index: int, gradient: Any) -> None:
        super().__init__([None] * count)
        self[index] = gradient
        self.known = index

    def __add__(self, other: Any) -> Parts:
        # Changes itself, which nothing but the sweep holds: thousands of parts add up in no time.
        # One output may have several nodes, since `tracked` makes another where a rule kept it.
        i = other.known
        self[i] = other[i] if self[i] is None else self[i] + other[i]
        return self


def _with_zeros(pull: Pull, shapes: Sequence[Shape], dtypes: Sequence[Any]) -> Pull:
    """`pull`, for a list of gradients where None stands for zeros, of these shapes and dtypes."""

    def pull_all(g: list[Any], kept: Sequence[Any], to: Any) -> Any:
        for i, part in enumerate(g):
            if part is None:
                g[i] = np.zeros(shapes[i], dtypes[i])
        return pull(g, kept, to)

    return pull_all


@lru_cache(maxsize=1024)
def _item(i: int) -> Callable[..., Any]:
    return lambda g, kept, to: g[i]


@lru_cache(maxsize=1024)
def _plan_of_part(i: int) -> Plan:
    return Plan((lambda g, kept, to: Parts(len(to), i, g),))


def record_when(on: Recording) -> Mode:
    """Turn recording on or off within a `with` block or a function, in this thread and task."""
    return Mode(on)


_RUN_LATER = inspect.isgeneratorfunction, inspect.iscoroutinefunction, inspect.isasyncgenfunction


class Mode(ContextDecorator):
    """What `record_when` returns: a class, since @contextmanager takes four times as long."""

    def __init__(self, on: Recording) -> None:
        self.on = on

    def __enter__(self) -> None:
        mode = recording.get()
        self.token = recording.set(
            Watched(self.on, mode.watch) if type(mode) is Watched else self.on
        )

    def __exit__(self, *_: object) -> None:
        recording.reset(self.token)

    def __call__(self, function: F) -> F:
        """`function` with the mode around each call of it. Raises TypeError for a generator."""
        if any(is_one(function) for is_one in _RUN_LATER):
            raise TypeError(
                f"{function.__name__} would run after the mode had ended, since a call of it only "
                f"makes a generator or coroutine: write the with statement inside"
            )
        return super().__call__(function)

    def _recreate_cm(self) -> Mode:
        return Mode(self.on)  # one for each call of a function that it decorates


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """Show each operation within the `with` block to `watch`, in this thread and task."""
    token = recording.set(Watched(recording.get(), watch))
    try:
        yield
    finally:
        recording.reset(token)


def no_grad() -> Any:
    """Record nothing within the `with` block, in this thread and async task.

    There, `+=` and `[...] =` may change a Tensor that requires a gradient in place.

    >>> from autograd import Tensor, no_grad
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> with no_grad():
    ...     w -= 0.5
    >>> w
    Tensor([0.5, 1.5], requires_grad=True)
    """
    return record_when(False)


# What the transforms that are running differentiate by, in all threads.
moving: set[Node] = set()


def is_moving(node: Node | None) -> bool:
    """Whether a transform that is running differentiates by `node`, or by what it depends on."""
    if node is None or not moving:
        return False
    return any(n in moving for n in (node, *(p for n in latest_first([node]) for p in n.parents)))


def latest_first(roots: Iterable[Node], above: int = 0) -> list[Node]:
    """The operations numbered `above` that which `roots` reach, in the order of the sweep."""
    found = {root for root in roots if root.parents and root.number > above}
    nodes = list(found)
    for node in nodes:  # which grows while it is read
        for parent in node.parents:
            if parent.parents and parent not in found and parent.number > above:
                found.add(parent)
                nodes.append(parent)
    nodes.sort(key=_NUMBER, reverse=True)
    return nodes


_NUMBER = attrgetter("number")


def depending(nodes: Sequence[Node], on: Iterable[Node]) -> set[Node]:
    """Those of `nodes`, which are `latest_first`, that depend on the nodes `on`, and these."""
    found = set(on)
    for node in reversed(nodes):
        if any(parent in found for parent in node.parents):
            found.add(node)
    return found


def sweep(
    seeds: dict[Node, Array],
    nodes: Sequence[Node],
    wanted: Collection[Node] | None = None,
    wrap: Callable[[Array, Node | None], Any] | None = None,
) -> dict[Node, Array]:
    """Backpropagate: from the gradients of the roots to those of the nodes where the graph begins.

    `nodes` are `latest_first`; of their parents, only those in `wanted` receive a gradient. The
    sweep is itself recorded if `wrap` is given: it turns what a node kept back into a Tensor.
    The gradients of leaves own their memory. Raises RuntimeError if the graph is stale.
    """
    if nodes and nodes[-1].number < latest_change:
        raise_if_stale(nodes)
    gradients = dict(seeds)
    owned: set[Node] = set()  # nodes whose gradient is an array that only this sweep holds
    ndarray = np.ndarray
    for node in nodes:
        g = gradients.pop(node)
        plan = node.plan
        kept, into = (node.kept, plan.into) if wrap is None else (tracked(node, wrap), None)
        for parent, pull in zip(node.parents, plan.pulls):
            if wanted is not None and parent not in wanted:
                continue
            if into is not None and parent in owned:
                into(g, kept, gradients[parent])
                continue
            shape = parent.shape
            gradient = pull(g, kept, shape)
            if (
                type(gradient) is not ndarray
                or gradient.shape != shape
                or gradient.dtype is not parent.dtype
            ):
                gradient = fitted(gradient, parent, node)
            if parent not in gradients:
                # A leaf's memory is its own. A rule may return g, a view of it or of what it kept
                # (not that itself, which would not be linear) or, where g is a list, an item of it.
                if (
                    (not parent.parents and wrap is None and type(gradient) is ndarray)
                    and (gradient is g or gradient.base is not None or type(g) is not ndarray)
                ):  # fmt: skip
                    gradient = _own(gradient)
                gradients[parent] = gradient
                if into is not None and type(gradient) is ndarray:
                    owned.add(parent)
            elif parent in owned or (not parent.parents and wrap is None):
                gradients[parent] += gradient
            else:
                gradients[parent] = total = gradients[parent] + gradient
                if type(total) is np.ndarray:
                    owned.add(parent)
    return gradients


def tracked(node: Node, wrap: Callable[[Array, Node | None], Any]) -> list[Any]:
    """What `node` kept, as Tensors that are tied to the nodes they came from."""
    kept = []
    for value, source in zip(node.kept, node.plan.sources, strict=True):
        if source is None:
            kept.append(wrap(value, None) if type(value) is np.ndarray else value)
        elif source == SAVED:
            kept.append(None)
        elif source == ANS and type(node) is Outputs:
            kept.append([wrap(part, node.part(i, part)) for i, part in enumerate(value)])
        elif source == ANS:
            kept.append(wrap(value, node))
        elif isinstance(bundle := node.parents[source], Bundle):
            kept.append([wrap(item, member) for item, member in zip(value, bundle.members)])
        else:
            kept.append(wrap(value, node.parents[source]))
    return kept


def fitted(gradient: Any, parent: Node, node: Node) -> Any:
    """`gradient` in the shape and dtype of `parent`: what broadcasting repeated is summed."""
    if type(parent) in (Bundle, Outputs):
        return gradient
    if not hasattr(gradient, "dtype"):
        gradient = np.asarray(gradient)
    if gradient.shape != parent.shape:
        try:
            gradient = unbroadcast(gradient, parent.shape)
        except ValueError as error:
            raise ValueError(f"a rule of {node.operation} gave {error}") from None
    return gradient if gradient.dtype == parent.dtype else cast(gradient, parent.dtype)


def _own(gradient: NDArray) -> NDArray:
    """`gradient` in memory of its own."""
    return gradient.copy()


# Stale graphs. The library changes arrays in place only where it calls `changed`.

latest_change = 0  # a graph with no older node can't be stale


class Memory:
    """The memory of a leaf's array, shared by its views, and when it was last changed in place."""

    __slots__ = ("array", "leaf", "stamp")

    def __init__(self, array: NDArray, leaf: Leaf) -> None:
        key = id(array)
        self.array = weakref.ref(array, lambda _: _memories.pop(key, None))
        self.leaf = weakref.ref(leaf)
        self.stamp = 0


_memories: dict[int, Memory] = {}  # by the id of the array that owns it


def changed(*leaves: Leaf) -> None:
    """Note that the arrays of `leaves` were changed in place: graphs that kept them are stale."""
    global latest_change
    latest_change = next(numbers)
    for leaf in leaves:
        if leaf.memory is None:
            array = _owner(leaf.value)
            leaf.memory = _memories.setdefault(id(array), Memory(array, leaf))
        leaf.memory.stamp = latest_change


def raise_if_stale(nodes: Iterable[Node]) -> None:
    """Raise RuntimeError if a node kept an array that was changed after the node was made."""
    for node in nodes:
        for value in node.kept:
            for array in value if type(value) is list else (value,):
                memory = _memories.get(id(_owner(array)))
                if memory is not None and memory.stamp > node.number:
                    what = memory.leaf() or Leaf(array)  # a leaf may be gone before its array is
                    name = f"{what.name!r}" if what.name else "a Tensor"
                    assert node.operation is not None
                    raise RuntimeError(
                        f"stale graph: {name} of shape {what.shape} was changed in place after "
                        f"{called(node.operation.name)} had used it, so its gradient would be "
                        f"wrong; run the forward pass again after an update, and call backward() "
                        f"before it"
                    )


def _owner(array: Any) -> Any:
    """The array that owns the memory of `array`."""
    while isinstance(array, np.ndarray) and isinstance(array.base, np.ndarray):
        array = array.base
    return array
