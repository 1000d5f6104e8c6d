"""What the page of a graph says: its description with every text finished, and no more than that.

A page carries little code, so what can be decided here is: what happens in each step, what a
gradient is after each message, which modules are folded at first.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import PureWindowsPath
from typing import Any

from autograd.called import shown
from autograd.draw.figures import Table, brief, is_finite, parsed, summed_up
from autograd.draw.folding import VISIBLE, leaves_and_returns
from autograd.draw.formula.helpers import told
from autograd.draw.gates import MASKED
from autograd.draw.naming import bracketed, done
from autograd.draw.runs import cut, ends

SHORT = 24  # characters of a formula that is a name
IN_A_ROW = 12  # things that are to be seen side by side
FAMILY = 5  # equal module calls side by side, in a large graph: from so many on they are one box
ROOM = 170_000, 500  # characters of numbers: in all at least, and for each node

Json = Mapping[str, Any]


def captions(description: Json, depth: int | None = None) -> dict[str, Any]:
    """What the page shows of a graph, from `describe(root).as_json()`, folded to that depth.

    "numbers" holds each array once, as texts; wherever else there is one, its place there. Of a
    node or edge, only what is known is there. The seed is one more edge, from the root to nowhere.
    """
    names = _names(description["nodes"])
    table = Table(max(ROOM[0], ROOM[1] * len(names)))
    for what in ("value", "gradient"):  # which come before messages, and near the root at first
        for node in reversed(description["nodes"]):
            table.place(node[what])
    groups = list(description["groups"])
    inner = [node["group"] for node in description["nodes"]]  # the innermost group of each
    if len(names) > VISIBLE:
        groups = _groups(description)
        if depth is None:
            inner = cut(description["nodes"], description["edges"], groups, VISIBLE)
    around = [_around(group, groups) for group in inner]
    made = [calls if node["edges"] else () for node, calls in zip(description["nodes"], around)]
    inside = ends(made)
    root = description["nodes"][-1]
    value, is_summed = brief(root["value"]), description.get("seed") == "ones"
    whole = f"sum({names[-1]})" if is_summed else bracketed(names[-1])
    is_long = root["name"] or len(root.get("written") or "") > SHORT
    title = names[-1] if is_long else _title(root, names[-1], groups)
    edges = _edges(description, names, whole, table)
    seed = {"from": len(names) - 1, "text": "ones" if is_summed else "1"}
    edges.append(seed | {"sum": table.place(root["gradient"])})
    nodes = [
        _known(
            id=f"n{i}",
            role=node["role"],
            name=names[i],
            title=_title(node, names[i], groups),
            shape=_shape(node["shape"]) if node["shape"] else None,
            about="\n".join(_about(node, description["edges"], names, groups)),
            value=table.place(node["value"]),
            partial=f"∂{bracketed(names[i])}",
            around=around[i],
            messages=[],
        )
        for i, node in enumerate(description["nodes"])
    ]
    sent = [len(edges) - 1, *description["backward"]]
    _enter_gradients(nodes, edges, sent, table)
    size = Counter(g for node in nodes for g in node["around"])
    return {
        "title": f"{title} = {value}" if value else title,
        "nodes": nodes,
        "edges": edges,
        "groups": [
            {
                "id": f"g{i}",
                "role": "module" if group["type"] else "run of operations",
                "title": plain(_call(group, groups) or _run(names, inside.get(i)), longest=60),
                "text": f"{'' if group['type'] else 'run of '}{size[i]} node{'s' * (size[i] != 1)}",
                "around": _around(group["parent"], groups),
            }
            for i, group in enumerate(groups)
        ],
        "folded": folded_at_first(description, inner, groups, depth),
        "made": [i for i, node in enumerate(description["nodes"]) if node["edges"]],
        "sent": sent,
        "whole": f"∂{whole}",
        "numbers": table.numbers,
    }


def _enter_gradients(
    nodes: Sequence[dict[str, Any]], edges: Sequence[Json], sent: Iterable[int], table: Table
) -> None:
    """Enter on each node the sum of how many messages its gradient is, and the longest on the way.

    There must be room for so many characters, so that nothing moves when one arrives.
    """
    count: Counter[int] = Counter()
    for edge in (edges[e] for e in sent):
        node = nodes[edge["from"]]
        count[edge["from"]] += 1
        node["room"] = max(node.get("room", 0), len(f"∂ {table.text(edge['sum'])}"))
    for i, node in enumerate(nodes):
        if count[i] != 1:
            total = f"This gradient is the sum of {count[i]} messages"
            node["flow"] = total if count[i] else "No gradient flows here."


def _known(**facts: Any) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if fact is not None}


# Names -------------------------------------------------------------------------------------------


def plain(text: str, longest: int = 32) -> str:
    """A user's text, on one line and short."""
    return shown(text, longest)


def _names(nodes: Sequence[Json]) -> list[str]:
    """What to call each node in a sentence: as a derivation does, else by its formula if short.

    Numbers apart, no two are called the same.
    """
    names = []
    seen: Counter[str] = Counter()
    for node in nodes:
        named, written = node.get("step") or node["name"], node.get("written") or ""
        value = brief(node["value"]) if node["value"] and not node["op"] else None
        short = written if len(written) <= SHORT else None
        name = plain(named or short or node["op"] or value or node["role"])
        seen[name] += 1
        is_again = seen[name] > 1 and (named or name != value)
        names.append(f"{name}#{seen[name]}" if is_again else name)
    return names


def _title(node: Json, name: str, groups: Sequence[Json]) -> str:
    """What stands on its box: `weight = …` in layers.0, not layers.0.weight."""
    own, op, written = node["name"], node["op"], node.get("written") or ""
    is_told = re.search(r"[^\W\d]", op or "") and (own or node.get("step"))  # rather than by a sign
    if written and (not is_told if len(written) > SHORT else node.get("step")):
        return plain(written, SHORT)
    if own and node["group"] is not None:
        name = plain(own.removeprefix(f"{groups[node['group']]['name']}."))
    if own or node.get("step"):
        return f"{name} = {plain(done(op, written))}" if op else name
    return name if op else node["role"]


def _call(group: Json, groups: Sequence[Json]) -> str:
    """layers.0 · Layer; within the call layers.0, its neurons.1 · Neuron."""
    name, kind = group["name"], group["type"]
    if name and group["parent"] is not None:
        name = name.removeprefix(f"{groups[group['parent']]['name']}.")
    return " · ".join(dict.fromkeys(filter(None, (name, kind))))


def _run(names: Sequence[str], ends: tuple[int, int] | None) -> str:
    """What to call a run of operations: by the first and the last; without any, it is of leaves."""
    return " … ".join(names[i] for i in ends) if ends else "inputs"


def _formula(node: Json, arguments: Sequence[str]) -> str:
    """What it was computed as: s = x + y."""
    if written := node.get("written"):
        return plain(written, longest=160)
    more = ", …" if len(arguments) > 8 else ""
    name = f"{plain(node['name'])} = " if node["name"] else ""
    return f"{name}{plain(node['op'])}({', '.join(arguments[:8])}{more})"


def _about(
    node: Json, edges: Sequence[Json], names: Sequence[str], groups: Sequence[Json]
) -> list[str]:
    """Lines for the panel: the formula, the user's line, the module calls, the type."""
    arguments = [names[edges[e]["from"]] for e in node["edges"]]
    formula = _formula(node, arguments) if node["op"] else ""
    lines = [formula, *told(formula)] if formula else []
    if line := node["line"]:
        file = plain(PureWindowsPath(line["file"]).name, 60)  # which splits at / and at \
        lines.append(f"{file}, line {line['number']}: {plain(line['text'], 120)}")
    if calls := _around(node["group"], groups):
        path = (plain(_call(groups[g], groups), 60) for g in reversed(calls))
        lines.append(" › ".join(path))
    if node["shape"]:
        lines.append(f"{_shape(node['shape'])} {plain(node['dtype'] or '')}".strip())
    return lines


# Messages ----------------------------------------------------------------------------------------


def _edges(
    description: Json, names: Sequence[str], root: str, table: Table
) -> list[dict[str, Any]]:
    """What each edge says, and the gradient of its source once its message has arrived."""
    nodes, edges = description["nodes"], description["edges"]
    called = description.get("gradient", "g")
    has_other_ways = _have_other_ways(nodes, edges)
    shown = []
    for edge, is_one_of_ways in zip(edges, has_other_ways):
        ends = edge["from"], edge["to"]
        below, above = (bracketed(names[i]) for i in ends)
        partial = f"∂{above}/∂{below}", ", in one of its ways" * is_one_of_ways
        gradient = called, f"{called} = ∂{root}/∂{above}"
        message = _message(edge, nodes[edge["to"]]["gradient"], gradient, partial, table)
        shown.append({"from": edge["from"], "to": edge["to"], **message})
    missing = Counter(edges[e]["from"] for e in description["backward"])
    for e in description["backward"]:
        i, message = edges[e]["from"], edges[e]["message"]
        missing[i] -= 1
        so_far = edges[e].get("total") or message
        shown[e]["sum"] = table.place(so_far if missing[i] else nodes[i]["gradient"])
    return shown


def _have_other_ways(nodes: Sequence[Json], edges: Sequence[Json]) -> list[bool]:
    """Of each edge, whether another way leads from its one end to the other, however long."""
    count = Counter((edge["from"], edge["to"]) for edge in edges)
    reached: list[int] = []  # by each node, as bits: arguments come before what they are of
    others: list[bool] = [False] * len(edges)
    for node in nodes:
        direct = beyond = 0
        for source in (edges[e]["from"] for e in node["edges"]):
            direct |= 1 << source
            beyond |= reached[source]
        for e in node["edges"]:
            source = edges[e]["from"]
            others[e] = count[source, edges[e]["to"]] > 1 or bool(beyond >> source & 1)
        reached.append(beyond | direct)
    return others


def _message(
    edge: Json,
    g: Json | None,
    gradient: tuple[str, str],
    partial: tuple[str, str],
    table: Table,
) -> dict[str, Any]:
    """What an edge says in the backward pass: 18 × 2 → 36, or in symbols, g·yᵀ → −3 … 4.

    "slope" is what the derivative is; the page knows of what by what it is one.
    """
    factor, message = edge["factor"], edge["message"]
    if message is None:
        return {}
    local = plain(edge.get("written") or edge["local"] or "…", 120)
    ratio, of_what = partial
    equals = "" if local in ("…", f"{ratio}{of_what}") else f" = {local}"
    notes = told(local) + [MASKED] * _is_masked(g, factor)
    small, slope = brief(g), brief(factor)
    parts = is_slope = None
    if small is None or slope is None:
        called, g_is = gradient
        product = _rule(local, called)
        arrays = ((g_is, g), (f"{ratio}{of_what}{equals}", factor), ("Message", message))
        parts = [[name, table.place(array)] for name, array in arrays if array]
    else:
        product = f"{small} × {slope}"
        if equals:
            is_slope = f"{of_what}{equals}"
            notes.insert(0, "")  # on lines after it
    return _known(
        text=f"{product} → {summed_up(message)}",
        parts=parts,
        slope=is_slope,
        notes="\n".join(notes) or None,
    )


def _rule(local: str, g: str) -> str:
    """The rule for the message in symbols: with g, the gradient that it starts from."""
    if re.search(rf"(?<![\w.]){g}(?![A-Za-z0-9_.′])", local):  # in gᵀ, too
        return local
    return f"{g} × ({local})" if re.search(" [+−-] ", local) else f"{g} × {local}"


def _is_masked(g: Json | None, factor: Json | None) -> bool:
    """Whether a gradient of 0 meets a slope that is not finite."""
    if not (g and factor and "data" in g and "data" in factor):
        return False
    gradients, slopes = parsed(g), parsed(factor)
    if len(gradients) != len(slopes):  # a number against an array
        size = max(len(gradients), len(slopes))
        gradients, slopes = gradients * (size // max(len(gradients), 1)), slopes * size
    return any(not x and not is_finite(slope) for x, slope in zip(gradients, slopes))


def _shape(shape: Sequence[int]) -> str:
    return str(tuple(shape))


# Modules -----------------------------------------------------------------------------------------


def _around(group: int | None, groups: Sequence[Json]) -> list[int]:
    """The module calls that something in `group` is within, the innermost first."""
    found = []
    while group is not None:
        found.append(group)
        group = groups[group]["parent"]
    return found


def _groups(description: Json) -> list[dict[str, Any]]:
    """The module calls; at the end, as calls around them, the families of equal siblings."""
    groups = [dict(group) for group in description["groups"]]
    inside: dict[int, list[int]] = defaultdict(list)
    for i, node in enumerate(description["nodes"]):
        for g in _around(node["group"], groups):
            inside[g].append(i)
    alike: dict[Any, list[int]] = defaultdict(list)
    for g, group in enumerate(groups):
        things = (description["nodes"][i] for i in inside[g])
        kinds = Counter((node["op"], str(node["shape"])) for node in things)
        alike[group["parent"], group["type"], frozenset(kinds.items())].append(g)
    edges = [(edge["from"], edge["to"]) for edge in description["edges"]]
    for (parent, kind, _), family in alike.items():
        members = {i for g in family for i in inside[g]}
        if len(family) >= FAMILY and not leaves_and_returns(members, edges):
            first, last = groups[family[0]]["name"], groups[family[-1]]["name"]
            end = last.rpartition(".")[2]
            name = f"{first} … {end}" if first != last else first if first != kind else None
            for g in family:
                groups[g]["parent"] = len(groups)
            groups.append({"name": name, "type": f"{kind} × {len(family)}", "parent": parent})
    return groups


def folded_at_first(
    description: Json,
    inner: Sequence[int | None],
    groups: Sequence[Json],
    depth: int | None = None,
) -> list[int]:
    """Which groups to fold at first, so that about 60 things are to be seen, few in a row.

    `inner` is the innermost of each node. Outer groups open first, and those within one open
    together, or some of them where there is little to be seen otherwise, that of the root first.
    Of those that make a row too wide, inner ones are folded. Where `depth` is given, those deeper
    than that are folded, and no other.
    """
    around = [_around(g, groups) for g in range(len(groups))]
    if depth is not None:
        return [g for g, calls in enumerate(around) if len(calls) > depth]
    of_root = _around(inner[-1], groups)
    children: dict[int | None, list[int]] = defaultdict(list)
    for g, group in enumerate(groups):
        children[group["parent"]].append(g)
    direct = Counter(inner)
    gain = [direct[g] + len(children[g]) - 1 for g in range(len(groups))]
    seen = direct[None] + len(children[None])
    folded = set(range(len(groups)))
    todo = [children[None]]
    for siblings in todo:  # which grows while it is read
        all_fit = seen + sum(gain[g] for g in siblings) <= VISIBLE
        for g in sorted(siblings, key=lambda g: g not in of_root):
            few = seen < VISIBLE / 2 or (g in of_root and groups[g]["type"] is None)
            if all_fit or (few and seen + gain[g] <= VISIBLE):
                folded.remove(g)
                seen += gain[g]
                todo.append(children[g])
    while _widest_row(description, inner, around, folded) > IN_A_ROW:
        depth = max((len(around[g]) for g in range(len(groups)) if g not in folded), default=1)
        if depth == 1:  # to fold the outermost calls would leave nothing to see
            break
        folded |= {g for g in range(len(groups)) if len(around[g]) == depth}
    return sorted(folded)


def _widest_row(
    description: Json,
    inner: Sequence[int | None],
    around: Sequence[Sequence[int]],
    folded: Set[int],
) -> int:
    """How many things at most are equally far from the root, and so side by side."""
    nodes = description["nodes"]
    far = [0] * len(nodes)
    rows: dict[int, set[Any]] = defaultdict(set)
    for i in reversed(range(len(nodes))):
        call = inner[i]
        outer = [g for g in (around[call] if call is not None else ()) if g in folded]
        rows[far[i]].add(("call", outer[-1]) if outer else i)
        for e in nodes[i]["edges"]:
            source = description["edges"][e]["from"]
            far[source] = max(far[source], far[i] + 1)
    return max(map(len, rows.values()))
