"""The graph as a Graphviz picture.

Text that a user wrote goes only into labels, escaped; the ids of the nodes are n0, n1, …
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.draw.describe import Item, Role, describe
from autograd.tensor import Tensor
from autograd.value import Value

if TYPE_CHECKING:
    import graphviz

GRAPH = {"rankdir": "LR", "ranksep": "0.45", "nodesep": "0.12"}
NODE = {
    "shape": "box",
    "style": "filled,rounded",
    "fillcolor": "#ffffff",
    "color": "#666666",
    "fontname": "Helvetica",
    "fontsize": "11",
    "margin": "0.08,0.06",
    "height": "0.2",
    "width": "0.2",
}
EDGE = {"color": "#666666", "arrowsize": "0.6", "tailport": "e", "headport": "w"}
# Told apart by shape and by colour.
LOOK: dict[Role, dict[str, str]] = {
    "input": {"shape": "note", "style": "filled", "fillcolor": "#e2f0d9"},
    "parameter": {"style": "filled", "fillcolor": "#fff2cc"},
    "operation": {},
    "output": {"peripheries": "2", "fillcolor": "#dae8fc"},
}
LONGEST = 40  # characters of a name


def to_dot(root: Value | Tensor) -> graphviz.Digraph:
    """The graph of `root` as a Graphviz drawing, from left to right.

    Each node shows its name and operation, its shape, its value up to 64 elements, and the gradient
    that it holds: call `backward()` first to see gradients. Constants are notes, leaves are sharp
    boxes, operations are rounded, and the output has a double border.

    `.source` is the text for Graphviz and `.save(path)` writes it; `.render()`, and the picture in
    a notebook, need Graphviz's `dot` program. Raises as `describe` does.

    >>> x = Value(3.0)
    >>> print(to_dot(x.tanh()).source.splitlines()[-2].strip())
    n0 -> n1
    """
    import graphviz

    dot = graphviz.Digraph(graph_attr=GRAPH, node_attr=NODE, edge_attr=EDGE)
    for i, item in enumerate(describe(root)):
        dot.node(f"n{i}", _label(item), **LOOK[item.role])
        for parent in item.parents:
            dot.edge(f"n{parent}", f"n{i}")
    return dot


def _label(item: Item) -> str:
    """What a node shows, as Graphviz's HTML: one line for a Value, some rows for a Tensor."""
    facts = {}
    if item.shape is not None:
        facts["shape"] = f"{item.shape}{'' if item.dtype == 'float64' else f' {item.dtype}'}"
    if item.value is not None:
        facts["value"] = _numbers(item.value)
    if item.gradient is not None:
        facts["grad"] = _numbers(item.gradient)
    operation = item.operation and item.operation.removeprefix("np.")
    title = " = ".join(_short(text) for text in (item.name, operation) if text)
    if not title and "value" in facts and np.ndim(item.value) == 0:
        title = facts.pop("value")  # the 2 of 2 * x is its own title
        facts.pop("shape", None)
    title = f"<B>{_html(title or item.role)}</B>"
    if "shape" not in facts:
        return (
            f"<{title}{''.join(f' {_grey(what)} {_html(text)}' for what, text in facts.items())}>"
        )
    rows = "".join(
        f'<TR><TD ALIGN="LEFT" VALIGN="TOP">{_grey(what)}</TD>'
        f'<TD ALIGN="LEFT"><FONT FACE="Courier">{_lines(text)}</FONT></TD></TR>'
        for what, text in facts.items()
    )
    return (
        '<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">'
        f'<TR><TD COLSPAN="2">{title}</TD></TR>{rows}</TABLE>>'
    )


def _grey(text: str) -> str:
    return f'<FONT COLOR="#666666">{text}</FONT>'


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _numbers(value: Any) -> str:
    """A number, or an array in columns, to four digits."""
    if np.ndim(value) == 0:
        return _number(value)
    width = max((len(_number(x)) for x in np.ravel(value)), default=0)
    return np.array2string(
        np.asarray(value),
        formatter={"all": lambda x: _number(x).rjust(width)},
        max_line_width=60,
        threshold=np.size(value) + 1,
    )


def _number(x: Any) -> str:
    if isinstance(x, bool | np.bool_):
        return str(x)
    return f"{x:.0f}" if 1e3 <= abs(x) < 1e6 else f"{x:.4g}"


def _lines(text: str) -> str:
    return "".join(f'{_html(line)}<BR ALIGN="LEFT"/>' for line in text.splitlines())


def _html(text: str) -> str:
    """`text` as itself, whatever is in it; what can't be printed as Python writes it."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return escape(text.replace("\\", r"\\"))  # Graphviz would put the node's id for a single \N
