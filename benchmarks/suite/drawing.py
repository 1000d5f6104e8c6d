"""Graphs drawn, up to the text for Graphviz's dot, without running it; ours as an HTML page too.

By hand it is as in micrograd's demo: a box with a number and its gradient for each value, and an
arrow for each argument. All show each operation once, and more or less besides: ours has fonts,
colours and the local derivatives, and computes the gradients; PyTorch, by torchviz, no numbers.
"""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from suite import Case, Contestant


@dataclass(frozen=True)
class Problem:
    """The sum of some relu(w·x + b): seven nodes each."""

    nodes: int

    def terms(self) -> list[list[float]]:
        """w, x and b of each."""
        rng = np.random.default_rng(0)
        return rng.normal(size=(self.nodes // 7, 3)).round(2).tolist()

    def root(self, leaf: Callable[[float], Any], relu: Callable[[Any], Any]) -> Any:
        """The sum of them, of what a library has for numbers."""
        return sum_of([relu(leaf(w) * leaf(x) + leaf(b)) for w, x, b in self.terms()])


def sum_of(terms: list[Any]) -> Any:
    """Term by term, from the first."""
    total, *others = terms
    for each in others:
        total = total + each
    return total


def cases() -> list[Case]:
    """Graphs of 30, 300 and 3,000 nodes."""
    kinds = {
        "Value": {"ours": values, "ours, as a page": page_of_values, "micrograd": by_micrograd},
        "Tensor": {
            "ours": tensors,
            "ours, as a page": page_of_tensors,
            "PyTorch": by_torch,
            "MyGrad": by_mygrad,
        },
    }
    return [
        Case(
            f"draw: {nodes:,} nodes of a {kind}",
            checked=Problem(30),
            timed=Problem(nodes),
            reference=by_hand,
            builders=builders,
            tolerance=1e-10,
        )
        for kind, builders in kinds.items()
        for nodes in (30, 300, 3000)
    ]


def drawn(source: Callable[[], str]) -> Contestant:
    """How many relu there are in the drawing is what is compared."""
    text = ""

    def step() -> float:
        nonlocal text
        text = source()
        return 0.0

    return Contestant(step, lambda: [np.array([float(len(RELU.findall(text)))])])


RELU = re.compile(r"""(?:label=[^\]\n]*|"title":"[^"]* = )relu""", re.IGNORECASE)


def by_hand(problem: Problem) -> Contestant:
    """Values, gradients and text, from the last to the first: nothing but Python."""
    terms = problem.terms()

    def source() -> str:
        lines = ["digraph {", "rankdir=LR"]
        count, last, total = 0, -1, 0.0

        def add(op: str, value: float, gradient: float, *arguments: int) -> int:
            nonlocal count
            label = f"{op} | data {value:.4f} | grad {gradient:.4f}"
            lines.append(f'{count} [label="{{ {label} }}" shape=record]')
            lines.extend(f"{each} -> {count}" for each in arguments)
            count += 1
            return count - 1

        for w, x, b in terms:
            z = w * x + b
            g = float(z > 0)
            product = add("*", w * x, g, add("", w, g * x), add("", x, g * w))
            relu = add("ReLU", max(z, 0.0), 1.0, add("+", z, g, product, add("", b, g)))
            total += max(z, 0.0)
            last = add("+", total, 1.0, last, relu) if last >= 0 else relu
        return "\n".join([*lines, "}"])

    return drawn(source)


def value(problem: Problem) -> Any:
    from autograd import Value

    return problem.root(Value, Value.relu)


def tensor(problem: Problem) -> Any:
    from autograd import Tensor, relu

    return problem.root(lambda number: Tensor(number, requires_grad=True), relu)


def values(problem: Problem) -> Contestant:
    return drawing(value(problem))


def tensors(problem: Problem) -> Contestant:
    return drawing(tensor(problem))


def drawing(root: Any) -> Contestant:
    """As text for dot."""
    from autograd.draw import draw

    return drawn(lambda: draw(root).source)


def page_of_values(problem: Problem) -> Contestant:
    return page(value(problem))


def page_of_tensors(problem: Problem) -> Contestant:
    return page(tensor(problem))


def page(root: Any) -> Contestant:
    """As a page, written to a file and read again."""
    from autograd.draw import explore

    def source() -> str:
        with tempfile.TemporaryDirectory() as folder:
            return explore(root, Path(folder) / "graph.html").read_text()

    return drawn(source)


def by_micrograd(problem: Problem) -> Contestant:
    """draw_dot of micrograd's notebook, after backward()."""
    from graphviz import Digraph
    from micrograd.engine import Value

    root = problem.root(Value, Value.relu)

    def trace(root: Any) -> Any:
        nodes, edges = set(), set()

        def build(v: Any) -> None:
            if v not in nodes:
                nodes.add(v)
                for child in v._prev:
                    edges.add((child, v))
                    build(child)

        build(root)
        return nodes, edges

    def source() -> str:
        root.backward()
        dot = Digraph(graph_attr={"rankdir": "LR"})
        nodes, edges = trace(root)
        for n in nodes:
            label = f"{{ data {n.data:.4f} | grad {n.grad:.4f} }}"
            dot.node(name=str(id(n)), label=label, shape="record")
            if n._op:
                dot.node(name=str(id(n)) + n._op, label=n._op)
                dot.edge(str(id(n)) + n._op, str(id(n)))
        for n, m in edges:
            dot.edge(str(id(n)), str(id(m)) + m._op)
        return str(dot.source)

    return drawn(source)


def by_torch(problem: Problem) -> Contestant:
    """torchviz."""
    import torch
    from torchviz import make_dot

    root = problem.root(lambda number: torch.tensor(number, requires_grad=True), torch.relu)
    return drawn(lambda: make_dot(root).source)


def by_mygrad(problem: Problem) -> Contestant:
    """Its own build_graph."""
    from mygrad import tensor
    from mygrad.computational_graph import build_graph
    from mygrad.nnet.activations import relu

    root = problem.root(tensor, relu)
    return drawn(lambda: build_graph(root).source)
