"""What the page of a graph says: its description with every text finished, and no more than that.

A page carries little code, so what can be decided here is: how numbers are written and arrays
summed up, what a gradient is after each message, which modules are folded at first.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PureWindowsPath
from typing import Any

from autograd.draw.folding import VISIBLE, leaves_and_returns

FAMILY = 5  # equal module calls side by side, in a large graph: from so many on they are one box
MASKED = "0 × ∞ counts as 0: a gradient that is exactly 0 stays 0, however steep the slope."

Json = Mapping[str, Any]


def captions(description: Json) -> dict[str, Any]:
    """What the page shows of a graph, from `describe(root).as_json()`.

    "numbers" holds each array once, as texts; wherever else there is one, its place there. Of a
    node or edge, only what is known is there. The seed is one more edge, from the root to nowhere.
    """
    nodes, edges, table = description["nodes"], description["edges"], _Table()
    g = description.get("gradient", "g")
    names = [_name(node) for node in nodes]
    groups = _groups(description) if len(nodes) > VISIBLE else list(description["groups"])
    is_summed = description.get("seed") == "ones"
    seed = {"from": len(nodes) - 1, "text": "ones" if is_summed else "1"}
    shown = [
        {"from": edge["from"], "to": edge["to"], **_message(edge, nodes[edge["to"]], g, table)}
        for edge in edges
    ]
    _add_sums(description, shown, table)
    value = _brief(nodes[-1]["value"])
    return {
        "title": f"{names[-1]} = {value}" if value else names[-1],
        "whole": f"sum({names[-1]})" if is_summed else names[-1],
        "nodes": [
            _known(
                role=node["role"],
                name=names[i],
                title=_title(node, groups),
                shape=_shape(node["shape"]) if node["shape"] else None,
                about=_about(node, edges, names, groups),
                value=table.place(node["value"]),
                group=node["group"],
            )
            for i, node in enumerate(nodes)
        ],
        "edges": [*shown, seed | _known(sum=table.place(nodes[-1]["gradient"]))],
        "groups": [
            _known(name=plain(_call(group, groups), 60), group=group["parent"]) for group in groups
        ],
        "folded": folded_at_first(nodes, groups),
        "forward": [i for i, node in enumerate(nodes) if node["edges"]],
        "backward": [len(edges), *description["backward"]],
        "numbers": table.numbers,
    }


def _known(**facts: Any) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if fact is not None}


# Names -------------------------------------------------------------------------------------------


def plain(text: str, longest: int = 32) -> str:
    r"""A user's text as it is, but on one line, visible, and short.

    >>> plain("a" + chr(0) + "b"), plain("abcdef", longest=4)
    ('a\\x00b', 'abc…')
    """
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[:500])
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _name(node: Json) -> str:
    """What to call a node in a sentence."""
    value = node["value"] if node["op"] is None else None
    text = node["name"] or node["op"] or (_brief(value) if value else None) or node["role"]
    return plain(text)


def _title(node: Json, groups: Sequence[Json]) -> str:
    """What stands on its box: `weight = …` in layers.0, not layers.0.weight."""
    name, op = node["name"], node["op"]
    if name and node["group"] is not None:
        name = name.removeprefix(f"{groups[node['group']]['name']}.")
    return " = ".join(plain(text) for text in (name, op) if text) or node["role"]


def _call(group: Json, groups: Sequence[Json]) -> str:
    """layers.0 · Layer; within the call layers.0, its neurons.1 · Neuron."""
    name, kind = group["name"], group["type"]
    if group["parent"] is not None:
        name = name.removeprefix(f"{groups[group['parent']]['name']}.")
    return " · ".join(dict.fromkeys(filter(None, (name, kind)))) or "module"


def _formula(node: Json) -> str | None:
    """What it was computed as: s = x + y."""
    if not node["op"]:
        return None
    name = f"{plain(node['name'])} = " if node["name"] else ""
    return name + plain(node.get("label") or node["formula"] or node["op"], 120)


def _about(
    node: Json, edges: Sequence[Json], names: Sequence[str], groups: Sequence[Json]
) -> list[str]:
    """Lines for the panel: the arguments, the user's line, the module calls, the type."""
    lines = [_formula(node) or ""] if node["op"] else []
    if node["edges"]:
        arguments = [edges[e] for e in node["edges"]]
        more = ", …" if len(arguments) > 8 else ""
        lines.append(
            ", ".join(f"{plain(e['argument'])} = {names[e['from']]}" for e in arguments[:8]) + more
        )
    if line := node["line"]:
        file = plain(PureWindowsPath(line["file"]).name, 60)  # which splits at / and at \
        lines.append(f"{file}, line {line['number']}: {plain(line['text'], 120)}")
    path, group = [], node["group"]
    while group is not None:
        path.append(plain(_call(groups[group], groups), 60))
        group = groups[group]["parent"]
    if path:
        lines.append(" › ".join(reversed(path)))
    if node["shape"]:
        lines.append(f"{_shape(node['shape'])} {plain(node['dtype'] or '')}".strip())
    return lines


# Messages ----------------------------------------------------------------------------------------


def _message(edge: Json, target: Json, gradient: str, table: _Table) -> dict[str, Any]:
    """What an edge says in the backward pass: 18 × 2 → 36, or in symbols, g·yᵀ → −3 … 4."""
    g, factor, message = target["gradient"], edge["factor"], edge["message"]
    if message is None:
        return {}
    rule, result = _rule(edge.get("label") or edge["local"], gradient), _summed_up(message)
    small, local = _brief(g), _brief(factor)
    notes = [MASKED] if _is_masked(g, factor) else []
    if small is None or local is None:
        arrays = ((gradient, g), ("Local derivative", factor), ("Message", message))
        parts = [[name, table.place(array)] for name, array in arrays if array]
        return _known(text=f"{rule} → {result}", parts=parts, notes=notes or None)
    if edge["local"]:
        notes.insert(0, rule)
    return _known(text=f"{small} × {local} → {result}", notes=notes or None)


def _rule(local: str | None, g: str = "g") -> str:
    """The rule for the message in symbols: with g, the gradient that it starts from."""
    text = plain(local or "…", 60)
    if re.search(rf"(?<![\w.]){g}(?![A-Za-z0-9_.′])", text):  # in gᵀ, too
        return text
    return f"{g} × ({text})" if re.search(" [+−-] ", text) else f"{g} × {text}"


def _is_masked(g: Json | None, factor: Json | None) -> bool:
    """Whether a gradient of 0 meets a slope that is not finite."""
    if not (g and factor and "data" in g and "data" in factor):
        return False
    gradients, slopes = _parsed(g), _parsed(factor)
    if len(gradients) != len(slopes):  # a number against an array
        size = max(len(gradients), len(slopes))
        gradients, slopes = gradients * (size // max(len(gradients), 1)), slopes * size
    return any(not x and not _is_finite(slope) for x, slope in zip(gradients, slopes))


def _add_sums(description: Json, shown: Sequence[dict[str, Any]], table: _Table) -> None:
    """Enter on each edge the gradient of its source once its message has arrived."""
    nodes, edges = description["nodes"], description["edges"]
    missing = Counter(edges[e]["from"] for e in description["backward"])
    sums: dict[int, Any] = {}
    for e in description["backward"]:
        i, message = edges[e]["from"], edges[e]["message"]
        missing[i] -= 1
        sums[i] = _added(sums[i], message) if i in sums else message
        total = sums[i] if missing[i] else nodes[i]["gradient"]
        if total:
            shown[e]["sum"] = table.place(total)


def _added(x: Json | None, y: Json | None) -> dict[str, Any] | None:
    """The sum of two small arrays; None if one of them is only summed up."""
    if not (x and y and "data" in x and "data" in y):
        return None
    return {"shape": x["shape"], "data": [a + b for a, b in zip(_parsed(x), _parsed(y))]}


# Numbers -----------------------------------------------------------------------------------------


class _Table:
    """The arrays on a page, each once: a message is often the whole gradient, and that the next."""

    def __init__(self) -> None:
        self.numbers: list[dict[str, Any]] = []
        self.places: dict[str, int] = {}

    def place(self, array: Json | None) -> int | None:
        """Where `array` is among `numbers`; it is put there if it is new."""
        if array is None:
            return None
        entry = _few(array) if "data" in array else _many(array)
        key = repr(entry)
        if key not in self.places:
            self.places[key] = len(self.numbers)
            self.numbers.append(entry)
        return self.places[key]


def _few(array: Json) -> dict[str, Any]:
    """All numbers: rows of words, with - for minus, which saves two bytes for each."""
    data, columns = _parsed(array), (array["shape"] or [1])[-1]
    digits = 6 if len(data) == 1 else 4 if columns < 4 else 3  # three fit into the panel
    words = [number(x, digits).replace("−", "-") for x in data]
    rows = [" ".join(words[i : i + columns]) for i in range(0, len(words), columns or 1)]
    return {"text": _summed_up(array), "rows": "\n".join(rows)}


def _many(array: Json) -> dict[str, Any]:
    """A summary: its facts, and the heights of a histogram's bars in percent."""
    facts = [
        f"{name} {number(_parsed_number(array[name]))}" for name in ("min", "max", "mean", "std")
    ]
    facts.append(f"{number(100 * array['zeros'], 3)} % zeros")
    facts += _oddities(array)
    counts = array["histogram"]["counts"]
    bars = [math.ceil(100 * count / max(counts)) for count in counts]
    return {"text": _summed_up(array), "facts": ", ".join(facts), "bars": bars}


def _summed_up(array: Json) -> str:
    """Any array in a few words: its numbers if they are few, else their range and what is odd."""
    if (text := _brief(array)) is not None:
        return text
    if "data" in array:
        sizes = [abs(x) if isinstance(x, complex) else x for x in _parsed(array)]
        finite = [x for x in sizes if _is_finite(x)]
        ends = [min(finite), max(finite)] if finite else []
    else:
        ends = [array["min"], array["max"]] if array["histogram"]["counts"] else []
    span = [" … ".join(map(number, ends))] if ends else []
    return ", ".join([*span, *_oddities(array)])


def _brief(array: Json | None) -> str | None:
    """Up to three numbers as text; None if there are more, or they are long."""
    if not array or "data" not in array or len(array["data"]) > 3:
        return None
    words = [number(x) for x in _parsed(array)]
    if len(words) == 1:
        return words[0]
    text = f"[{' '.join(words)}]" if words else "empty"
    return text if len(text) <= 22 else None


def _oddities(array: Json) -> list[str]:
    """How many elements are nan, and how many infinite."""
    if "data" in array:
        odd = [abs(x) for x in _parsed(array) if not _is_finite(x)]
        nan = sum(x != x for x in odd)
        inf = len(odd) - nan
    else:
        nan, inf = array["nan"], array["inf"]
    return [f"{count} {what}" for count, what in ((nan, "nan"), (inf, "∞")) if count]


def number(x: float | complex, digits: int = 4) -> str:
    """A number as people read it: in full below a million, without zeros at the end.

    >>> number(-1 / 3), number(123456.0), number(1e-12), number(1 - 2j)
    ('−0.3333', '123456', '1e−12', '1−2j')
    """
    if isinstance(x, bool):
        return str(x)
    if isinstance(x, complex):
        imaginary = number(x.imag, digits)
        return f"{number(x.real, digits)}{'' if imaginary[0] == '−' else '+'}{imaginary}j"
    if not math.isfinite(x):
        return "nan" if x != x else "∞" if x > 0 else "−∞"
    text = f"{x + 0:.0f}" if 10 ** (digits - 1) <= abs(x) < 1e6 else f"{x + 0:.{digits}g}"
    return re.sub(r"e([+-])0*", lambda e: f"e{e[1]}", text).replace("e+", "e").replace("-", "−")


def _parsed(array: Json) -> list[Any]:
    return [_parsed_number(x) for x in array["data"]]


def _parsed_number(x: Any) -> Any:
    """A number from JSON, where nan, inf and 1+2j are text."""
    if isinstance(x, str):
        return complex(x) if x.endswith("j") else float(x)
    return x


def _is_finite(x: Any) -> bool:
    return math.isfinite(abs(x))


def _shape(shape: Sequence[int]) -> str:
    return str(tuple(shape))


# Modules -----------------------------------------------------------------------------------------


def _groups(description: Json) -> list[dict[str, Any]]:
    """The module calls; at the end, as calls around them, the families of equal siblings."""
    groups = [dict(group) for group in description["groups"]]
    inside: dict[int, list[int]] = defaultdict(list)
    for i, node in enumerate(description["nodes"]):
        group = node["group"]
        while group is not None:
            inside[group].append(i)
            group = groups[group]["parent"]
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
            name = first if first == last else f"{first} … {end}"
            for g in family:
                groups[g]["parent"] = len(groups)
            groups.append({"name": name, "type": f"{kind} × {len(family)}", "parent": parent})
    return groups


def folded_at_first(nodes: Sequence[Json], groups: Sequence[Json]) -> list[int]:
    """Which module calls to fold at first, so that about 60 things are to be seen.

    Outer calls open first, and those within one call open together, or some of them where there
    is little to be seen otherwise.
    """
    children: dict[int | None, list[int]] = defaultdict(list)
    for g, group in enumerate(groups):
        children[group["parent"]].append(g)
    direct = Counter(node["group"] for node in nodes)
    gain = [direct[g] + len(children[g]) - 1 for g in range(len(groups))]
    seen = direct[None] + len(children[None])
    folded = set(range(len(groups)))
    todo = [children[None]]
    for siblings in todo:  # which grows while it is read
        all_fit = seen + sum(gain[g] for g in siblings) <= VISIBLE
        for g in siblings:
            if all_fit or (seen < VISIBLE / 2 and seen + gain[g] <= VISIBLE):
                folded.remove(g)
                seen += gain[g]
                todo.append(children[g])
    return sorted(folded)
