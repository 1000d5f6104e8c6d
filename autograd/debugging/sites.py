"""What is kept of each operation that was watched, to tell its story later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from autograd.called import called
from autograd.graph import Node, Part
from autograd.lines import Line
from autograd.primitive import Kind, NDArray, public_name


class Scope(NamedTuple):
    """What an operation belongs to that is not the user's own: a composition, or a rule's run."""

    name: str
    line: Line
    in_rule: bool


class Input(NamedTuple):
    """One array that went into an operation."""

    label: str  # the argument's name
    array: NDArray
    node: Node | None  # None for a constant
    pull: Callable[[Any], Any] | None = None  # from the gradient of the result to its own
    elsewhere: Callable[..., Any] | None = None  # the same, at other, random arguments
    name: str | None = None  # of the variable that holds it, if it is a constant
    member: int | None = None  # of a list of arrays: its place, there and in what `pull` returns
    written: bool = False  # as a number in the program: np.nan in np.where(missing, np.nan, x)

    def part(self, pulled: Any) -> Any:
        """Its own part of what `pull`, or a rule, returned."""
        return pulled if self.member is None else pulled[self.member]


class Site:
    """One operation that was watched: what can be told of it later."""

    __slots__ = (
        "function", "inputs", "kind", "line", "name", "odd", "outputs", "scope", "seen",
        "sender", "vanished",
    )  # fmt: skip

    def __init__(
        self,
        function: Callable[..., Any],
        inputs: Sequence[Input],
        outputs: Sequence[NDArray],
        line: Line,
        scope: Scope | None = None,
        kind: Kind = None,
        arguments: Sequence[Any] = (),
    ) -> None:
        self.function = function
        self.name = scope.name if scope else called(public_name(function), arguments)
        self.inputs = inputs
        self.outputs = outputs
        self.line = line
        self.scope = scope
        self.kind = kind
        self.odd: tuple[NDArray, NDArray] | None = None  # what `odd_in` found
        self.seen = scope is None  # whether its result is the user's, not within a composition
        self.sender: tuple[str, Line] | None = None  # what sent it a gradient last
        # Where it was sent a gradient that became 0 by a slope of 0, and not since it is masked.
        self.vanished: NDArray | None = None

    @property
    def elementwise(self) -> bool:
        """Whether each element of its result needs one of each input."""
        return self.kind == "elementwise"


sites: WeakKeyDictionary[Node, Site] = WeakKeyDictionary()
names: WeakKeyDictionary[Node, str] = WeakKeyDictionary()  # of the variables that hold leaves


def site_before(given: Input) -> Site | None:
    """The operation that made an input; None where it came from outside what was watched."""
    return site_of(given.node)


def site_of(node: Node | None) -> Site | None:
    """The operation that made a node, if it was watched."""
    if node is None:
        return None
    return sites.get(node.parents[0] if isinstance(node, Part) else node)
