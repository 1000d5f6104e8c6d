"""Equal calls on several samples drawn as one: a loop over samples, as a batch of them.

micrograd's usual loop calls one network of Values on each sample. What the calls have done alike
becomes one node with all of their numbers; so the network is seen once, with "× 4".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from autograd.draw.numbers import Numbers, seen
from autograd.draw.payload import Description, Edge, Group, Item

Box: TypeAlias = tuple[Any, ...]  # which one of the new nodes: nodes with equal ones become one
SUM = "sum"


def together(description: Description) -> Description:
    """`description`, with what several calls of a module have done alike as one; it may be itself.

    Two nodes are alike if an operation, within alike calls or on what these gave, was done to alike
    arguments. All inputs are alike. In a call, a parameter is alike only to itself; outside of it,
    as in a penalty on their squares, to all others. What adds up alike nodes is one sum.
    """
    kinds = _kinds(description)
    calls = _alike_calls(description, kinds)
    often = Counter(calls)
    boxes: list[Box] = []
    of_many: set[Box] = set()
    for i, item in enumerate(description.nodes):
        box: Box = (i,)
        call = None if item.group is None else calls[item.group]
        sources = [description.edges[e].source for e in item.edges]
        takes_alike = any(boxes[source] in of_many for source in sources) or _of_modules(
            description.nodes[source] for source in sources
        )
        if item.op is not None and (takes_alike if call is None else often[call] > 1):
            box = call, kinds[i]
            of_many.add(box)
        boxes.append(box)
    if len(set(boxes)) == len(boxes):
        return description
    _join_sums(description, boxes)
    _join_leaves(description, boxes, of_many)
    return _joined(description, boxes, calls)


def _kinds(description: Description) -> list[int]:
    """What alike nodes have in common, as a number; no two nodes of Tensors are alike."""
    numbers: dict[Hashable, int] = {}
    kinds: list[int] = []
    for i, item in enumerate(description.nodes):
        kind: Hashable = item.role
        if item.op is not None:
            edges = [description.edges[e] for e in item.edges]
            of_parameters = _of_modules(description.nodes[edge.source] for edge in edges)
            if item.group is None and of_parameters:
                kind = (item.op,)
            else:
                kind = (item.op, *((edge.argument, kinds[edge.source]) for edge in edges))
        is_itself = item.role == "parameter" or item.shape is not None
        kinds.append(numbers.setdefault((i, None) if is_itself else kind, len(numbers)))
    return kinds


def _of_modules(items: Iterable[Item]) -> bool:
    """Whether all are parameters of modules, rather than elements of what `zoom` looks into."""
    return all(item.role == "parameter" and item.group is not None for item in items)


def _alike_calls(description: Description, kinds: Sequence[int]) -> list[int]:
    """Of each call, the first that has the same name and alike nodes inside."""
    inside: list[list[int]] = [[] for _ in description.groups]
    for kind, item in zip(kinds, description.nodes):
        g = item.group
        while g is not None:
            inside[g].append(kind)
            g = description.groups[g].parent
    first: dict[Hashable, int] = {}
    calls: list[int] = []
    for g, group in enumerate(description.groups):
        parent = None if group.parent is None else calls[group.parent]
        key = (group.name, group.type, parent, tuple(sorted(inside[g])))
        calls.append(first.setdefault(key, g))
    return calls


def _join_sums(description: Description, boxes: list[Box]) -> None:
    """Put what adds up the nodes of one box, as `sum` does (0 + a + b + c), into one box."""
    often, uses = Counter(boxes), Counter(edge.source for edge in description.edges)
    terms: dict[int, Box] = {}  # of each running total
    for i, item in enumerate(description.nodes):
        if item.op != "+" or often[boxes[i]] > 1:
            continue
        left, right = (description.edges[e].source for e in item.edges)
        for total, term in ((left, right), (right, left)):
            of = boxes[term]
            is_first = boxes[total] == of or description.nodes[total].op is None
            goes_on = terms.get(total) == of and uses[total] == 1
            if often[of] > 1 and (is_first or goes_on):
                boxes[i] = boxes[total] if goes_on else (SUM, i)
                terms[i] = of
                break


def _join_leaves(description: Description, boxes: list[Box], of_many: set[Box]) -> None:
    """Put inputs and constants that alike nodes use alike into one box."""
    users: dict[int, set[Any]] = defaultdict(set)
    for edge in description.edges:
        users[edge.source].add((boxes[edge.target], edge.argument))
    for i, item in enumerate(description.nodes):
        if item.role in ("input", "constant") and all(box in of_many for box, _ in users[i]):
            boxes[i] = item.role, frozenset(users[i])


def _joined(description: Description, boxes: Sequence[Box], calls: Sequence[int]) -> Description:
    """The description in which each box is one node, and alike calls are one."""
    members: dict[Box, list[int]] = defaultdict(list)
    for i, box in enumerate(boxes):
        members[box].append(i)
    far = dict.fromkeys(members, 0)  # how many operations it needs: it comes after its arguments
    for box, item in zip(boxes, description.nodes):
        sources = (boxes[description.edges[e].source] for e in item.edges)
        far[box] = max([far[box], *(far[source] + 1 for source in sources)])
    order = sorted(members, key=lambda box: (far[box], members[box][0]))
    place = {box: k for k, box in enumerate(order)}
    found = Description(seed=description.seed, gradient=description.gradient)
    for box in order:
        item = _item([description.nodes[i] for i in members[box]], is_sum=box[0] == SUM)
        found.nodes.append(replace(item, group=None if item.group is None else calls[item.group]))
    alike: dict[tuple[int, int, str], list[Edge]] = defaultdict(list)
    for edge in description.edges:
        source, target = boxes[edge.source], boxes[edge.target]
        if source != target:  # as it is within a sum
            argument = "x" if target[0] == SUM else edge.argument
            alike[place[source], place[target], argument].append(edge)
    for (i, j, _), edges in alike.items():
        found.add_edge(replace(_edge(edges), source=i, target=j))
    _place_calls(found, description.groups, calls)
    return found


def _item(items: Sequence[Item], is_sum: bool) -> Item:
    """Alike nodes as one, with the numbers of all; of a sum, the last."""
    first, last = items[0], items[-1]
    if first is last:
        return replace(first, edges=[])
    if is_sum:
        return replace(last, op=SUM, edges=[])
    called = [item.name or item.step for item in items]
    ends = ", ".join(map(str, called)) if len(items) < 4 else f"{called[0]} … {called[-1]}"
    return Item(
        first.role,
        ends if all(called) else None,
        f"{first.op or first.role} × {len(items)}",
        line=first.line if all(item.line == first.line for item in items) else None,
        value=_array([item.value for item in items]),
        gradient=_array([item.gradient for item in items]),
        group=first.group,
    )


def _edge(edges: Sequence[Edge]) -> Edge:
    """Alike edges as one, with the slopes of all."""
    if len(edges) == 1:
        return edges[0]
    return replace(edges[0], factor=_array([edge.factor for edge in edges]))


def _array(numbers: Sequence[Any]) -> Numbers | None:
    """Numbers as an array; None if one is not known."""
    return None if any(x is None for x in numbers) else seen(np.array(numbers))


def _place_calls(description: Description, groups: Sequence[Group], calls: Sequence[int]) -> None:
    """Give `description` the calls that it still has, with the parameters where they are used."""
    users: dict[int, set[int | None]] = defaultdict(set)  # of the groups of parameters
    for edge in description.edges:
        source, target = description.nodes[edge.source], description.nodes[edge.target]
        if source.role == "parameter" and source.group is not None:
            users[source.group].add(target.group)
    parent = {g: group.parent for g, group in enumerate(groups)}
    for g, (user, *others) in users.items():
        if groups[g].type == "parameters" and user is not None and not others:
            parent[g] = user
    depth: dict[int, int] = {}  # of each that has nodes inside
    for item in description.nodes:
        way: list[int] = []
        call = item.group
        while call is not None:
            way.append(call)
            call = parent[call]
        depth |= {g: k for k, g in enumerate(reversed(way))}
    order = sorted(depth, key=lambda g: (depth[g], g))  # outer ones first
    place: dict[int | None, int] = {g: k for k, g in enumerate(order)}
    often = Counter(calls)
    for g in order:
        count = often[g] if depth[g] == 0 else 1  # "× 4" there says it for all within
        kind = f"{groups[g].type} × {count}" if count > 1 else groups[g].type
        description.groups.append(Group(groups[g].name, kind, place.get(parent[g])))
    for item in description.nodes:
        item.group = place.get(item.group)
