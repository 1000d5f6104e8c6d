"""Long programs made readable on a page: where too much stands side by side, it is cut into runs.

A run is some things that were computed one after the other, with the leaves that they use first. Of
runs there may be runs again. What is cut in an order in which it can be computed makes no circle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import groupby, pairwise
from typing import Any, TypeAlias

RUN = 20  # things in a run
FEW = 12  # leaves that stay outside of runs, if each is used in many places
MANY = 3

Json = Mapping[str, Any]
# A node, by its place, or a call, by ~ its place.
Thing: TypeAlias = int


def cut(
    nodes: Sequence[Json], edges: Sequence[Json], groups: list[dict[str, Any]], most: int
) -> list[int | None]:
    """Put runs into `groups`, wherever more than `most` things are side by side.

    Returns the innermost group of each node. A run is a group without a name.
    """
    inner: list[int | None] = [node["group"] for node in nodes]
    levels: dict[int | None, list[Thing]] = defaultdict(list)
    for i, group in enumerate(inner):
        levels[group].append(i)
    for g, call in enumerate(groups):
        levels[call["parent"]].append(~g)
    for parent, things in levels.items():
        if len(things) > most:
            _cut_level(parent, _ordered(parent, nodes, edges, inner, groups), groups, inner)
    return inner


def _cut_level(
    parent: int | None,
    things: list[Thing],
    groups: list[dict[str, Any]],
    inner: list[int | None],
) -> None:
    """Cut what stands in a call, in order, between the calls in it; or, if these are many, all."""
    stretches = [list(some) for _, some in groupby(things, lambda thing: thing < 0)]
    calls = sum(thing < 0 for thing in things)
    for stretch in stretches if calls <= RUN else [things]:
        rest = stretch
        while len(rest) > RUN and (stretch[0] >= 0 or calls > RUN):
            count = -(-len(rest) // RUN)
            cuts = [len(rest) * i // count for i in range(count + 1)]
            runs = []
            for start, end in pairwise(cuts):
                for thing in rest[start:end]:
                    if thing < 0:
                        groups[~thing]["parent"] = len(groups)
                    else:
                        inner[thing] = len(groups)
                runs.append(~len(groups))
                groups.append({"name": None, "type": None, "parent": parent})
            rest = runs


def _ordered(
    parent: int | None,
    nodes: Sequence[Json],
    edges: Sequence[Json],
    inner: Sequence[int | None],
    groups: Sequence[Json],
) -> list[Thing]:
    """The things in a call in an order of computation, leaves just before what uses them first.

    A few leaves that are used in many places are left out.
    """
    whole = [_within(i, inner[i], parent, groups) for i in range(len(nodes))]
    users: dict[Thing, set[Thing]] = defaultdict(set)
    missing: dict[Thing, set[Thing]] = {thing: set() for thing in whole if thing is not None}
    for edge in edges:
        source, target = whole[edge["from"]], whole[edge["to"]]
        if source is not None and target is not None and source != target:
            users[source].add(target)
            missing[target].add(source)
    number: dict[Thing, int] = {}
    for i, thing in enumerate(whole):
        if thing is not None:
            number[thing] = i  # that of the last node in it
    first = {
        thing: min((number[user] for user in users[thing]), default=number[thing])
        for thing in missing
        if not missing[thing] and thing >= 0
    }
    shared = {thing for thing in first if len(users[thing]) >= MANY}
    ready = [(first.get(t, number[t]), t not in first, t) for t in missing if not missing[t]]
    order: list[Thing] = []
    heapify(ready)
    while ready:
        _, _, thing = heappop(ready)
        order.append(thing)
        for user in users[thing]:
            missing[user].discard(thing)
            if not missing[user]:
                heappush(ready, (number[user], True, user))
    rest = missing.keys() - set(order)  # in circles, which no program makes
    order += sorted(rest, key=number.__getitem__)
    return [thing for thing in order if len(shared) > FEW or thing not in shared]


def _within(i: int, group: int | None, parent: int | None, groups: Sequence[Json]) -> Thing | None:
    """What of the things in `parent` a node is, or is in; None for one elsewhere."""
    thing = i
    while group != parent:
        if group is None:
            return None
        thing, group = ~group, groups[group]["parent"]
    return thing


def ends(around: Iterable[Sequence[int]]) -> dict[int, tuple[int, int]]:
    """The first and the last node in each group; `around` has the groups that each node is in."""
    found: dict[int, tuple[int, int]] = {}
    for i, calls in enumerate(around):
        for g in calls:
            found[g] = found.get(g, (i, i))[0], i
    return found
