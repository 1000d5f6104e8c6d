"""Formulas in a graph's own names: an operation calls its arguments x and y, and so may a program.

The edge of z = y / x from x is labelled with what np.divide calls −x / y², so here −y / x².
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from operator import itemgetter

import numpy as np

from autograd.draw.algebra import replaced
from autograd.draw.expressions import Formula, Name, text
from autograd.draw.payload import Description, Item
from autograd.draw.terms import names_in

LONGEST = 40  # characters of a label, if that can be had
SHORT = 20  # characters of what stands for an argument without a name
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
LETTERS = {"w": "weights", "x": "inputs", "s": "sum"}  # of a neuron's sum as a whole
WORDS = {"None", "True", "False", "π", "indices", "mask"}  # which stand for themselves
PLAIN = re.compile(r"[^\W\d]\w*(\.\w+|\[[\w, ]*\])*")  # names that look like one in a formula


def labelled(description: Description) -> Description:
    """`description` with its labels: formulas of nodes and edges whose names mean what they say.

    What has no name is its formula there if that is short, else the name of its operation.
    """
    named = {item.name for item in description.nodes if item.name}
    while description.gradient in named:
        description.gradient += "′"
    for item in description.nodes:
        if item.op is not None:
            labels = _Labels(description, named, item)
            item.label = labels.of(item.formula)
            for e in item.edges:
                edge = description.edges[e]
                edge.label = labels.of(edge.local)
                edge.partial = f"∂{labels.title}/∂{labels.titles[edge.argument]}"
    return description


class _Labels:
    """What the formulas of one operation say in a graph's own names."""

    def __init__(self, description: Description, named: set[str], item: Item) -> None:
        self.named = named
        self.g = description.gradient
        self.of_values = item.shape is None
        self.title = self._title(item)
        edges = [description.edges[e] for e in item.edges]
        self.sources = {edge.argument: description.nodes[edge.source] for edge in edges}
        # Of elements, an array is called as it is: x[0] is one of x.
        elements = [name for name in self.sources if name[-1] in "₀₁₂₃₄₅₆₇₈₉"]
        self.arrays = {name.partition("[")[0] for name in named} if elements else set()
        places: dict[str, dict[int, int]] = {}  # of the nodes with one title, by their number
        for edge in edges:
            alike = places.setdefault(self._title(description.nodes[edge.source]), {})
            alike.setdefault(edge.source, len(alike) + 1)
        self.titles: dict[str, str] = {}  # by argument
        for edge in edges:
            title = self._title(description.nodes[edge.source])
            place = places[title][edge.source] if len(places[title]) > 1 else ""
            self.titles[edge.argument] = title + str(place).translate(SUBSCRIPTS)

    def of(self, formula: Formula | None) -> Formula | None:
        """A formula of the operation."""
        if formula is None:
            return None
        for longest in (SHORT, 0):
            names = self._names(formula, longest)
            found = _replaced(formula, tuple(sorted(names, key=itemgetter(0))))
            if len(_text(found)) <= LONGEST:
                break
        return found

    def _names(self, formula: Formula, longest: int) -> Iterator[tuple[str, Formula]]:
        """What to write for each name in a formula of which that is not itself."""
        for name in set(names_in(formula)):
            above, _, below = name.partition("/∂")
            if name == "g":
                yield name, Name(self.g)
            elif name == "ans":
                yield name, Name(self.title)
            elif name in self.sources:
                yield name, self._argument(name, longest)
            elif below in self.sources:
                yield name, Name(f"{above}/∂{self.titles[below]}")
            elif f"{name}[0]" in self.sources:
                yield name, self._list(name)
            elif name.isidentifier() and name not in WORDS and name not in self.arrays:
                word = LETTERS.get(name, "const") if self.of_values else "const"
                yield name, Name(self._as_name(word))

    def _argument(self, name: str, longest: int) -> Formula:
        item = self.sources[name]
        if item.name or item.label is None or len(_text(item.label)) > longest:
            return Name(self.titles[name])
        return item.label

    def _list(self, name: str) -> Formula:
        members = [title for each, title in self.titles.items() if each.startswith(f"{name}[")]
        return Name(f"[{', '.join(members[:3])}{', …' if len(members) > 3 else ''}]")

    def _title(self, item: Item) -> str:
        """What stands on the box of a node, as a name that is not another's."""
        if item.name:
            is_plain = len(item.name) <= LONGEST and PLAIN.fullmatch(item.name)
            return item.name if is_plain else f"‹{item.name[:LONGEST]}›"
        if item.op is None and isinstance(item.value, np.ndarray) and not item.value.ndim:
            number = f"{item.value.item():.4g}".replace("-", "−")
            return f"({number})" if number[0] == "−" else number
        return self._as_name(item.op or item.role)

    def _as_name(self, title: str) -> str:
        return title if PLAIN.fullmatch(title) and title not in self.named else f"‹{title}›"


@lru_cache(maxsize=4096)  # long graphs have few kinds of labels
def _replaced(formula: Formula, names: tuple[tuple[str, Formula], ...]) -> Formula:
    return replaced(formula, dict(names)) if names else formula


@lru_cache(maxsize=4096)
def _text(formula: Formula) -> str:
    return text(formula)
