"""The description of a graph: plain data, from which every picture of it is made.

Nodes are in the order of creation, the root last. An edge leads from an argument to the node that
was computed from it; in the backward pass, its message travels the other way. The gradient of a
node is the sum of the messages of the edges that leave it (and, at the root, the seed).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from autograd.draw.formula.expressions import Formula
from autograd.draw.numbers import Numbers, as_json
from autograd.lines import Line

Role: TypeAlias = Literal["input", "parameter", "constant", "operation", "output"]


@dataclass(slots=True)
class Item:
    """One node: what the graph begins with, or an operation together with its result."""

    role: Role
    name: str | None = None
    op: str | None = None  # the operation; None for what the graph begins with
    formula: Formula | None = None  # with the operation's names for its arguments: tanh(x)
    step: str | None = None  # what a derivation calls it; None if that writes it into another step
    written: str | None = None  # what a derivation says it is: z1 = tanh(s1)
    line: Line | None = None
    shape: tuple[int, ...] | None = None  # None for a Value
    dtype: str | None = None
    value: Numbers | None = None  # None where it is not known: see `describe`
    gradient: Numbers | None = None  # of the root with respect to it; None where none flows
    group: int | None = None  # the innermost module call that it belongs to
    edges: list[int] = field(default_factory=list)  # that come in, in the arguments' order


@dataclass(slots=True)
class Edge:
    """One argument of one operation."""

    source: int  # the node that the argument is
    target: int  # the operation
    argument: str  # its name
    of_tensors: bool = False  # rather than of Values
    rule: Formula | None = None  # what is sent along it, with g for the gradient that comes in
    local: Formula | None = None  # the rule without g: 1 − tanh(x)²; if g is no factor, as it is
    written: str | None = None  # the same as `local`, with the names of a derivation: 1 − tanh(s1)²
    factor: Numbers | None = None  # the local derivative in numbers, where it is a factor of g
    message: Numbers | None = None  # what the backward pass sends along it; None where none flows
    total: Numbers | None = None  # of the messages to its source, this the last; None of the first


@dataclass(slots=True)
class Group:
    """One call of a module."""

    name: str  # its path from the outermost module, such as layers.0
    type: str  # its class
    parent: int | None  # the call within which it was called


@dataclass(slots=True)
class Description:
    """A graph as plain data. `as_json` gives it as JSON has it, with numbers to eight digits."""

    nodes: list[Item] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    backward: list[int] = field(default_factory=list)  # edges, in the order of their messages
    seed: Literal["one", "ones"] = "one"  # the gradient of the root; ones if it is no single number
    gradient: str = (
        "g"  # what `written` calls the gradient that comes in: g, unless a variable is g
    )

    @property
    def root(self) -> int:
        """The place of the root."""
        return len(self.nodes) - 1

    def add_edge(self, edge: Edge) -> int:
        """Put `edge` last, and among those that come into its target; returns its place."""
        self.edges.append(edge)
        self.nodes[edge.target].edges.append(len(self.edges) - 1)
        return len(self.edges) - 1

    def as_json(self) -> dict[str, Any]:
        """The description made of dicts, lists, strings and numbers only."""
        return {
            "nodes": [_item(item) for item in self.nodes],
            "edges": [_edge(edge) for edge in self.edges],
            "groups": [asdict(group) for group in self.groups],
            "root": self.root,
            "backward": list(self.backward),
            "seed": self.seed,
            "gradient": self.gradient,
        }


def _item(item: Item) -> dict[str, Any]:
    return {
        "role": item.role,
        "name": item.name,
        "op": item.op,
        "formula": item.formula and str(item.formula),
        "step": item.step,
        "written": item.written,
        "line": item.line and item.line._asdict(),
        "shape": None if item.shape is None else list(item.shape),
        "dtype": item.dtype,
        "value": as_json(item.value),
        "gradient": as_json(item.gradient),
        "group": item.group,
        "edges": list(item.edges),
    }


def _edge(edge: Edge) -> dict[str, Any]:
    return {
        "from": edge.source,
        "to": edge.target,
        "argument": edge.argument,
        "local": edge.local and str(edge.local),
        "written": edge.written,
        "factor": as_json(edge.factor),
        "message": as_json(edge.message),
        "total": as_json(edge.total),
    }
