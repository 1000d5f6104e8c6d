"""Large graphs made readable: a module call shown as one box, and equal calls as one together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from autograd.draw.payload import Description, Group

# Unless a depth is given, as many calls are folded as it takes:
VISIBLE = 60  # boxes, of which
IN_A_ROW = 20  # are on one path
ARROWS = 80  # whose labels lie on one another if there are more


@dataclass(slots=True)
class Box:
    """What is drawn as one: a node, or all nodes of one or more module calls."""

    nodes: list[int]
    groups: list[int]  # the calls that are folded into it; none for a node
    cluster: int | None  # the call, shown, that it is drawn in
    title: tuple[str, ...] = ()  # of folded calls, in lines


@dataclass(slots=True)
class Arrow:
    """From one box to another: an edge, or all edges between them if one is folded."""

    source: int
    target: int
    edges: list[int]


@dataclass(slots=True)
class View:
    """A graph as it is drawn."""

    boxes: list[Box] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)  # the calls that are shown
    arrows: list[Arrow] = field(default_factory=list)


def fold(description: Description, depth: int | None = None) -> View:
    """The view in which module calls are open down to `depth`: at 0, all are folded.

    By default they are open as far as about 60 boxes, 20 in a row, and 80 arrows allow.
    """
    if depth is not None:
        return _folded(description, depth)
    levels = _levels(description.groups)
    for depth in range(max(levels, default=-1) + 1, 0, -1):
        view = _folded(description, depth)
        fits = len(view.boxes) <= VISIBLE and len(view.arrows) <= ARROWS
        if fits and _length(view) <= IN_A_ROW:
            return view
    return _folded(description, 0)


def raise_if_no_depth(depth: Any) -> None:
    """Raise ValueError for what is no depth of calls."""
    if depth is not None and not (isinstance(depth, int) and depth >= 0):
        raise ValueError(f"depth is how many calls deep to draw, 0 or more, not {depth!r}")


def _length(view: View) -> int:
    """How many boxes are on the longest path."""
    length = [1] * len(view.boxes)
    for arrow in sorted(view.arrows, key=lambda arrow: arrow.target):
        length[arrow.target] = max(length[arrow.target], length[arrow.source] + 1)
    return max(length, default=0)


def _levels(groups: Sequence[Group]) -> list[int]:
    """How many calls each call is within."""
    levels: list[int] = []
    for group in groups:  # a call stands after the one that it is within
        levels.append(0 if group.parent is None else levels[group.parent] + 1)
    return levels


def _folded(description: Description, depth: int) -> View:
    groups, levels = description.groups, _levels(description.groups)
    top: list[int] = []  # of each call, the outermost one that is folded; itself if none is
    for i, group in enumerate(groups):
        inside = group.parent is not None and levels[i] > depth
        top.append(top[group.parent] if inside and group.parent is not None else i)
    view = View(frames=[i for i, level in enumerate(levels) if level < depth])
    place: dict[int, int] = {}
    boxes: dict[Any, Box] = {}  # in the order of their last nodes
    for i, item in enumerate(description.nodes):
        call = None if item.group is None else top[item.group]
        if call is None or levels[call] < depth:
            boxes[i] = Box([i], [], call)
        else:
            box = boxes.pop(("call", call), None) or Box([], [call], groups[call].parent)
            box.nodes.append(i)
            boxes["call", call] = box
    merged = _merged(list(boxes.values()), description)
    for b, box in enumerate(merged):
        view.boxes.append(box)
        box.title = _title(box, groups)
        place.update(dict.fromkeys(box.nodes, b))
    between: dict[Any, Arrow] = {}
    for e, edge in enumerate(description.edges):
        source, target = place[edge.source], place[edge.target]
        folded = view.boxes[source].groups or view.boxes[target].groups
        if source != target:
            key = (source, target) if folded else e
            between.setdefault(key, Arrow(source, target, [])).edges.append(e)
    view.arrows = list(between.values())
    return view


def _merged(boxes: list[Box], description: Description) -> list[Box]:
    """`boxes`, with folded calls that are equal and within the same call made one."""
    alike: dict[Any, list[Box]] = defaultdict(list)
    for box in boxes:
        if box.groups:
            alike[_kind(box, description)].append(box)
    edges = [(edge.source, edge.target) for edge in description.edges]
    gone: set[int] = set()
    for family in alike.values():
        nodes = [node for box in family for node in box.nodes]
        if len(family) > 1 and not leaves_and_returns(set(nodes), edges):
            *others, last = family
            last.nodes, last.groups = sorted(nodes), [g for box in family for g in box.groups]
            gone.update(id(box) for box in others)
    return [box for box in boxes if id(box) not in gone]


def _kind(box: Box, description: Description) -> Any:
    """What equal calls have in common: the module's class, and the operations and shapes inside."""
    group = description.groups[box.groups[0]]
    inside = Counter((description.nodes[i].op, description.nodes[i].shape) for i in box.nodes)
    return group.parent, group.type, frozenset(inside.items())


def leaves_and_returns(nodes: set[int], edges: Iterable[tuple[int, int]]) -> bool:
    """Whether a path leads out of `nodes` and back, which one box for them would make a circle."""
    reached: set[int] = set()
    for source, target in sorted(edges, key=itemgetter(1)):  # sources come before
        if target in nodes:
            if source in reached:
                return True
        elif source in nodes or source in reached:
            reached.add(target)
    return False


def _title(box: Box, groups: Sequence[Group]) -> tuple[str, ...]:
    """What folded calls are called, in lines: Block × 12 and layers.1 … 12."""
    if not box.groups:
        return ()
    first, last = groups[box.groups[0]], groups[box.groups[-1]]
    if first is last:
        return (title_of(first),)
    stem = f"{first.name.rpartition('.')[0]}."
    names = (
        first.name if first.name == last.name else f"{first.name} … {last.name.removeprefix(stem)}"
    )
    return f"{first.type} × {len(box.groups)}", names


def title_of(group: Group) -> str:
    """layers.0: Layer; the class alone for the outermost module, which has no path."""
    return f"{group.name}: {group.type}" if group.name != group.type else group.type
