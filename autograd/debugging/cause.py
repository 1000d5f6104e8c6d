"""How a number that is not finite came about, told from the graph: which elements, which lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from autograd.debugging.advice import BLAMED, advice_for
from autograd.graph import Node, Part
from autograd.lines import Line
from autograd.primitive import NDArray, entry, public_name
from autograd.rules.indexing import index, put
from autograd.rules.shaping import cast

NAMES = {  # that a user knows
    entry(index).function: "indexing",
    entry(put).function: "t[...] = v",
    entry(cast).function: "astype",
}
Index: TypeAlias = tuple[int, ...]

LONGEST = 1000  # steps back that a story is followed, of which
SHOWN = 6  # are told


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
    member: int | None = None  # of a list of arrays: its place, there and in what `pull` returns
    written: bool = False  # as a number in the program: np.nan in np.where(missing, np.nan, x)

    def part(self, pulled: Any) -> Any:
        """Its own part of what `pull`, or a rule, returned."""
        return pulled if self.member is None else pulled[self.member]


class Site:
    """One operation that was watched: what can be told of it later."""

    __slots__ = ("elementwise", "function", "inputs", "line", "name", "outputs", "scope", "sender")

    def __init__(
        self,
        function: Callable[..., Any],
        inputs: Sequence[Input],
        outputs: Sequence[NDArray],
        line: Line,
        scope: Scope | None = None,
        elementwise: bool = False,
    ) -> None:
        self.function = function
        self.name = scope.name if scope else NAMES.get(function) or public_name(function)
        self.inputs = inputs
        self.outputs = outputs
        self.line = line
        self.scope = scope
        self.elementwise = elementwise
        self.sender: tuple[str, Line] | None = None  # what sent it a gradient last


sites: WeakKeyDictionary[Node, Site] = WeakKeyDictionary()
names: WeakKeyDictionary[Node, str] = WeakKeyDictionary()  # of the variables that hold leaves


def raise_if_appeared(site: Site) -> None:
    """Raise FloatingPointError if an operation's result is not finite by its own doing."""
    if found := _appeared(site):
        raise FloatingPointError(_of_result(site, *found))


def _appeared(site: Site) -> tuple[NDArray, NDArray] | None:
    """The output in which something is not finite that the inputs do not explain, and a mask of it.

    A nan that comes from outside the graph is not explained: what uses it first is where to say so.
    One that is written in the program is meant, and so is an infinity in the inputs.
    """
    for output in site.outputs:
        if np.isfinite(output).all():
            continue
        nan, infinite = np.isnan(output), np.isinf(output)
        for given in site.inputs:
            if np.isfinite(given.array).all():
                continue
            if given.written or site_before(given):
                nan = nan & ~_reached(site, output, np.isnan(given.array))
            infinite = infinite & ~_reached(site, output, ~np.isfinite(given.array))
        if (nan | infinite).any():
            return output, nan | infinite
    return None


def site_before(given: Input) -> Site | None:
    """The operation that made an input; None where it came from outside what was watched."""
    node = given.node
    if node is None:
        return None
    return sites.get(node.parents[0] if isinstance(node, Part) else node)


def _reached(site: Site, output: NDArray, mask: NDArray) -> Any:
    """Where what is in `mask` of an input can have come to in the output."""
    return np.broadcast_to(mask, output.shape) if site.elementwise else mask.any()


# The two messages.


def _of_result(site: Site, output: NDArray, mask: NDArray) -> str:
    """The story of the first element of `output` in `mask`."""
    place = _first(mask)
    what = _number(output[place])
    head, fix = f"{what} appeared in {site.name}", advice_for(site.function)
    culprit = _culprit(site, output, place)
    if culprit is not None and np.isnan(culprit[0].array[culprit[1]]):
        head = f"{site.name} was given nan"
        fix = (
            "It was there before: look at where the data comes from. np.isnan(array) shows which "
            "elements are nan, and np.where(np.isnan(array), 0, array) replaces them."
        )
    return report(head, trace(site, output, place), [], site.line, _count(mask, "result"), fix)


def of_message(site: Site, given: Input, g: NDArray, message: NDArray) -> str:
    """The story of the first element of `message`, what `g` was turned into, that is not finite."""
    mask = ~np.isfinite(message)
    place = _first(mask)
    what = _number(message[place])
    output = site.outputs[0]
    sender = f" from {site.sender[0]} (line {site.sender[1].number})" if site.sender else ""
    if site.elementwise and site.scope is None and message.shape == output.shape == g.shape:
        steps = trace(site, output, place)
        last = (
            f"gradient {_number(g[place])}{sender} × slope {_slope(given, output, place)} = {what}"
        )
    else:
        steps = trace_input(given, place) if message.shape == given.array.shape else []
        last = f"{site.name} turns a finite gradient{sender} into {what}"
    head = f"{what} appeared in the derivative of {site.name}"
    count = _count(mask, "derivative")
    return report(head, steps, [last], site.line, count, advice_for(site.function))


def report(
    head: str, steps: Sequence[Step], last: list[str], line: Line, count: str, fix: str
) -> str:
    """The text of an error: the story, cut in the middle, its lines, and what usually helps."""
    steps = list(steps)
    if len(steps) > SHOWN:
        steps[2 : 2 - SHOWN] = [Step(f"… {len(steps) - SHOWN} operations …", None)]
    story = " → ".join([*map(str, steps), *last])
    told = dict.fromkeys([*(step.line for step in steps if step.line is not None), line])
    where = "".join(f"\n  {line.file}:{line.number}: {line.text}" for line in told)
    return f"{head}, line {line.number}: {story}{where}\n{count}{fix}"


def _slope(given: Input, output: NDArray, index: Index) -> str:
    assert given.pull is not None
    with np.errstate(all="ignore"):
        return _number(np.broadcast_to(given.pull(np.ones_like(output)), output.shape)[index])


def _count(mask: NDArray, what: str) -> str:
    n = int(mask.sum())
    if n == 1:
        return ""
    return f"{n} of the {mask.size} elements of the {what} are like this; this is the first.\n"


# Back from an element to where it came from.


class Step(NamedTuple):
    """One step of a story."""

    text: str
    line: Line | None

    def __str__(self) -> str:
        return f"{self.text} (line {self.line.number})" if self.line else self.text


def trace(site: Site, output: NDArray, index: Index) -> list[Step]:
    """How element `index` of `output` came about, from the beginning of the graph."""
    steps = [_step(site, output, index)]
    while (culprit := _culprit(site, output, index)) is not None:
        given, index = culprit
        before = site_before(given)
        if before is None or len(steps) == LONGEST:
            steps.append(Step(_equation(_called(given), given.array, index), None))
            break
        inside = before.scope is not None and before.scope is site.scope
        site, output = before, given.array
        if not inside:
            steps.append(_step(site, output, index))
    return steps[::-1]


def trace_input(given: Input, index: Index) -> list[Step]:
    """How element `index` of an operation's input came about."""
    site = site_before(given)
    if site is None:
        return [Step(_equation(_called(given), given.array, index), None)]
    return trace(site, given.array, index)


def _step(site: Site, output: NDArray, index: Index) -> Step:
    if not site.elementwise or site.scope is not None:
        return Step(_equation(site.name, output, index), site.line)
    numbers = ", ".join(
        _number(given.array[_below(index, given.array.shape)]) for given in site.inputs
    )
    return Step(f"{site.name}({numbers}) = {_number(output[index])}", site.line)


def _culprit(site: Site, output: NDArray, index: Index) -> tuple[Input, Index] | None:
    """The element that went into element `index` of `output` that most likely explains it.

    One that is not finite does; else one of the argument to blame; else the largest, tracked ones
    first.
    """
    best, found = (False, False, False, -1.0), None
    for given in site.inputs:
        if not given.array.size or not (mask := _needed(site, given, output, index)).any():
            continue
        size = np.where(mask, np.abs(np.nan_to_num(given.array, posinf=np.inf)), -1.0)
        odd = mask & ~np.isfinite(given.array)
        at = _first(odd) if odd.any() else _unraveled(int(np.argmax(size)), size.shape)
        blamed = BLAMED.get(site.function) == given.label
        rank = (bool(odd.any()), blamed, given.node is not None, float(size[at]))
        if rank > best:
            best, found = rank, (given, at)
    return found


def _needed(site: Site, given: Input, output: NDArray, index: Index) -> NDArray:
    """A mask of the elements of an input that element `index` of `output` depends on."""
    mask = np.zeros(given.array.shape, bool)
    if site.elementwise:
        mask[_below(index, mask.shape)] = True
    elif given.pull is not None:
        one = np.zeros_like(output)
        one[index] = 1
        g: Any = (
            one if len(site.outputs) == 1 else [one if o is output else None for o in site.outputs]
        )
        with np.errstate(all="ignore"):
            pulled = np.asarray(given.part(given.pull(g)))
        if pulled.shape == mask.shape:
            mask = np.not_equal(pulled, 0)
    else:
        mask[...] = True
    return mask


def _below(index: Index, shape: Index) -> Index:
    """The place in an array of that shape that broadcasting reads for `index`."""
    return tuple(i if n > 1 else 0 for i, n in zip(index[len(index) - len(shape) :], shape))


def _called(given: Input) -> str:
    if given.node is not None:
        name = given.node.name or names.get(given.node)
        return name or f"a Tensor of shape {given.array.shape}"
    return f"argument {given.label!r}"


def _equation(name: str, array: NDArray, index: Index) -> str:
    place = f"[{', '.join(map(str, index))}]" if index else ""
    return f"{name}{place} = {_number(array[index])}"


def _number(x: Any) -> str:
    return f"{x.item():.4g}"


def _first(mask: NDArray) -> Index:
    return _unraveled(int(np.argmax(mask)), mask.shape)


def _unraveled(i: int, shape: Index) -> Index:
    return tuple(int(j) for j in np.unravel_index(i, shape))
