"""The graph as a Graphviz picture.

Text that a user wrote goes only into labels, escaped; the ids of the nodes are n0, n1, …
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.draw.describe import describe
from autograd.draw.folding import Box, View, fold, raise_if_no_depth, title_of
from autograd.draw.formula.helpers import told
from autograd.draw.naming import bracketed, done
from autograd.draw.numbers import Numbers, Summary
from autograd.draw.payload import Description, Edge, Item, Role
from autograd.draw.together import together

if TYPE_CHECKING:
    import graphviz

GRAPH = {"rankdir": "LR", "ranksep": "0.35", "nodesep": "0.15", "fontname": "Helvetica"}
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
# What stands on an edge is a node for dot, which it leads edges and frames around; the label of an
# edge may be crossed by either.
LABEL = {
    "shape": "plaintext",
    "style": "",
    "class": "label",
    "fontsize": "9",
    "fontcolor": "#444444",
    "margin": "0.03,0.01",
    "height": "0.05",
    "width": "0.05",
}
CLUSTER = {"style": "dashed,rounded", "color": "#888888", "fontsize": "11", "labeljust": "l"}
# Told apart by shape and by colour.
LOOK: dict[Role, dict[str, str]] = {
    "input": {"shape": "note", "style": "filled", "fillcolor": "#e2f0d9"},
    "constant": {"shape": "oval", "style": "filled", "fillcolor": "#eeeeee"},
    "parameter": {"style": "filled", "fillcolor": "#fff2cc"},
    "operation": {},
    "output": {"peripheries": "2", "fillcolor": "#dae8fc"},
}
FOLDED = {"style": "filled,dashed", "fillcolor": "#f3e8f7"}
REFERENCE = {"style": "dashed", "fontcolor": "#666666"}
PATIENCE = 10.0  # seconds that dot may take in a notebook
LONGEST = 40  # characters of a name
ACROSS = 36  # characters of a line of numbers, of Values that are drawn as one
FEW = 8  # numbers that are shown even if they are all the same
LONG_EDGE = 8  # ranks
MANY_RANKS = 500  # of all long edges: dot takes seconds for 1,600, and does not end for 10,000


def draw(
    root: Any, *args: Any, names: Mapping[str, Any] | None = None, depth: int | None = None
) -> graphviz.Digraph:
    """The graph of `root` as a Graphviz drawing, from left to right.

    Each node shows its name and operation, its shape, its value, and its gradient, which is there
    without a call of `backward()`; an array of more than 64 elements is summed up. Inputs are
    notes, constants ovals, parameters sharp boxes, operations rounded, and the output has a double
    border. Each edge shows the local derivative: a
    number for Values, a formula for Tensors. In a large graph, what is used again far away stands
    there once more, as a dashed reference.

    A dashed frame is the call of a module. `depth` says how many frames deep calls are shown: at 0,
    each is one box. By default they are open as far as about 60 boxes, and 20 in a row, allow, and
    what calls of one network of Values have done alike, on several samples, is one, with the
    numbers of all. Equal calls that are folded are one box, "× 12". The other arguments are as for
    `describe`.
    For the line of each operation, as its tooltip, compute `root` within `autograd.debug()`, or
    give a function.

    `.source` is the text for Graphviz and `.save(path)` writes it; `.render()`, and the picture in
    a notebook, need Graphviz's `dot` program; where that is not done in ten seconds, the notebook
    says what to do instead. Raises as `describe` does, and ValueError for a negative depth.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> print(draw(x * 2.0))  # doctest: +ELLIPSIS
    digraph {
    ...
        e1 [label=<3> ...]
        n0 -> e0 [arrowhead=none]
        e0 -> n2
        n1 -> e1 [arrowhead=none]
        e1 -> n2
    }
    <BLANKLINE>
    """
    raise_if_no_depth(depth)
    return drawing_of(describe(root, *args, names=names), depth)


def drawing_of(description: Description, depth: int | None = None) -> graphviz.Digraph:
    """The drawing of a description."""
    if depth is None:
        description = together(description)
    view = fold(description, depth)
    dot = _digraph()
    references, labels = _references(view), _labels(view, description)
    _fill(dot, None, description, view, references, labels)
    for i, arrow in enumerate(view.arrows):
        source, end = references.get((arrow.source, arrow.target), arrow.source), f"n{arrow.target}"
        if i in labels:
            dot.edge(f"n{source}", f"e{i}", arrowhead="none")
        dot.edge(f"e{i}" if i in labels else f"n{source}", end)
    return dot


def _labels(view: View, description: Description) -> dict[int, dict[str, str]]:
    """What stands on each arrow that is one edge, by its place, with what it leaves open."""
    labels = {}
    for i, arrow in enumerate(view.arrows):
        edge = description.edges[arrow.edges[0]]
        if len(arrow.edges) == 1 and (label := _edge_label(edge, description)):
            formula = edge.written or ""
            open_ends = [formula] * (len(formula) > LONGEST) + told(formula)
            tooltip = {"tooltip": "&#10;".join(map(_html, open_ends))} if open_ends else {}
            labels[i] = {"label": label} | tooltip
    return labels


def _references(view: View) -> dict[tuple[int, int], int]:
    """Of each long edge, by its two boxes, the number of the reference that it starts from instead.

    Graphviz's dot puts a node into every rank that an edge passes, and its time grows with more
    than their square. There are none as long as these are few.
    """
    # The rank of each box, counted back from the root: just before the first that uses it.
    rank = [0] * len(view.boxes)
    for arrow in sorted(view.arrows, key=lambda arrow: arrow.target, reverse=True):
        rank[arrow.source] = min(rank[arrow.source], rank[arrow.target] - 1)
    lengths = {(a.source, a.target): rank[a.target] - rank[a.source] for a in view.arrows}
    long = {ends: length for ends, length in lengths.items() if length > LONG_EDGE}
    if sum(long.values()) <= MANY_RANKS:
        return {}
    return {ends: len(view.boxes) + i for i, ends in enumerate(long)}


def _digraph() -> graphviz.Digraph:
    drawing: graphviz.Digraph = _drawing()(graph_attr=GRAPH, node_attr=NODE, edge_attr=EDGE)
    return drawing


@cache
def _drawing() -> Any:
    """The kind of Digraph that is drawn: in a notebook, it does not wait for dot without end."""
    import graphviz

    class Drawing(graphviz.Digraph):  # type: ignore[misc]  # which has no types
        def _repr_mimebundle_(self, *include: Any, **options: Any) -> Any:
            try:
                return super()._repr_mimebundle_(*include, **options)
            except (TimeoutError, FileNotFoundError) as error:
                return {"text/plain": str(error)}

        def _repr_image_svg_xml(self) -> str:
            if shutil.which("dot") is None:
                raise FileNotFoundError(
                    "Graphviz's program dot, which draws this graph, is not installed (apt install "
                    "graphviz, brew install graphviz, or winget install graphviz). show(root) and "
                    "explore(root) give a page that needs nothing"
                )
            picture = drawn(self.source, "svg", PATIENCE)
            if picture is None:
                raise TimeoutError(
                    f"Graphviz's dot did not draw this graph within {PATIENCE:g} s. Fold the calls "
                    f"of modules by draw(root, depth=1), or see explore(root), a page that needs "
                    f"no dot and is quick"
                )
            return picture.decode()

    return Drawing


def drawn(source: str, kind: str, seconds: float) -> bytes | None:
    """The picture that dot makes; None where it takes longer than `seconds`."""
    command = ["dot", f"-T{kind}"]
    try:
        done = subprocess.run(
            command, input=source.encode(), capture_output=True, check=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:  # dot is stopped
        return None
    return done.stdout


def _fill(
    graph: graphviz.Digraph,
    frame: int | None,
    description: Description,
    view: View,
    references: Mapping[tuple[int, int], int],
    labels: Mapping[int, Mapping[str, str]],
) -> None:
    """Add the boxes within a frame, a call that is shown, and the frames within it."""
    for b, box in enumerate(view.boxes):
        if box.cluster == frame:
            label, look = _box(box, description)
            graph.node(f"n{b}", label, **look)
    for i, said in labels.items():
        if view.boxes[view.arrows[i].target].cluster == frame:
            graph.node(f"e{i}", **said, **LABEL)
    for (source, target), number in references.items():
        if view.boxes[target].cluster == frame:
            graph.node(f"n{number}", _reference(view.boxes[source], description), **REFERENCE)
    for i in view.frames:
        if description.groups[i].parent == frame:
            with graph.subgraph(name=f"cluster_{i}") as inner:
                title = _html(_short(title_of(description.groups[i])))
                inner.attr(label=f"<{title}>", **CLUSTER)
                _fill(inner, i, description, view, references, labels)


def _box(box: Box, description: Description) -> tuple[str, dict[str, str]]:
    if not box.groups:
        item = description.nodes[box.nodes[0]]
        return _label(item), LOOK[item.role] | _tooltip(item)
    counts = Counter(description.nodes[i].role for i in box.nodes)
    inside = [
        f"{n} {what}{'s' * (n > 1)}"
        for what, n in (
            ("operation", counts["operation"] + counts["output"]),
            ("parameter", counts["parameter"]),
        )
        if n
    ]
    last = description.nodes[box.nodes[-1]]
    title, *more = (_html(_short(line)) for line in box.title)
    small = "".join(f"<BR/>{_grey(line)}" for line in (*more, ", ".join(inside)) if line)
    if box.nodes[-1] == description.root:
        for what, text in _facts(last).items():
            small += f"<BR/>{_grey(what)} {_html(_short(' '.join(text.split())))}"
    return f"<<B>{title}</B>{small}>", FOLDED


def _reference(box: Box, description: Description) -> str:
    """What names a box elsewhere: its name or operation, else its number."""
    item = description.nodes[box.nodes[-1]]
    title = box.title[0] if box.groups else _called(item)
    if title is None:
        known = item.value is not None and item.shape in ((), None)
        title = _numbers(item.value) if known and item.value is not None else item.role
    return f"<{_html(_short(title))}>"


def _called(item: Item) -> str | None:
    """What to call a node elsewhere: by its name, as a derivation calls it, or by its operation."""
    return item.name or item.step or item.op


def _edge_label(edge: Edge, description: Description) -> str | None:
    """The local derivative: a number between Values, else a formula."""
    if edge.factor is not None and not edge.of_tensors:
        return f"<{_html(_range(edge.factor))}>"
    text = edge.written or ""
    if len(text) > LONGEST:  # its name, if it has one, rather than a formula that is cut
        ends = (description.nodes[i] for i in (edge.target, edge.source))
        above, below = (f"∂{bracketed(_short(_called(item) or item.role))}" for item in ends)
        text = f"{above}/{below}" if above != below else _short(text)
    return f"<{_html(text)}>" if text else None


def _range(factor: Numbers) -> str:
    """A number; of the slopes of alike edges, the least and the largest."""
    if isinstance(factor, Summary):
        ends = [factor.min, factor.max]
    else:
        ends = [np.min(factor), np.max(factor)]
    return " … ".join(dict.fromkeys(map(_number, ends)))


def _label(item: Item) -> str:
    """What a node shows, as Graphviz's HTML: one line for a Value, some rows for a Tensor."""
    facts = _facts(item)
    operation = item.op and done(item.op, item.written)
    title = " = ".join(_short(text) for text in (item.name or item.step, operation) if text)
    if not title and item.shape in ((), None) and "value" in facts:
        title = facts.pop("value")  # the 2 of 2 * x is its own title
        facts.pop("shape", None)
    title = f"<B>{_html(title or item.role)}</B>"
    many = isinstance(item.value, Summary) or (item.value is not None and item.value.ndim > 0)
    if "shape" not in facts and not many:
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


def _facts(item: Item) -> dict[str, str]:
    facts = {}
    width = None if item.shape else ACROSS
    if item.shape is not None:
        facts["shape"] = f"{item.shape}{'' if item.dtype == 'float64' else f' {item.dtype}'}"
    if item.value is not None:
        facts["value"] = _numbers(item.value, width)
    if item.gradient is not None:
        facts["grad"] = _numbers(item.gradient, width)
    return facts


def _grey(text: str) -> str:
    return f'<FONT COLOR="#666666">{text}</FONT>'


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _numbers(value: Numbers, line: int | None = None) -> str:
    """A number, an array in columns, or the statistics of a large one; to three or four digits."""
    if isinstance(value, Summary):
        return _statistics(value)
    if value.ndim == 0:
        return _number(value)
    if value.size > FEW and (value == value.flat[0]).all():
        return f"all {_number(value.flat[0])}"
    digits = 4 if value.size <= 16 else 3
    width = max((len(_number(x, digits)) for x in value.ravel()), default=0)
    return np.array2string(
        value,
        formatter={"all": lambda x: _number(x, digits).rjust(width)},
        max_line_width=line or max(60, 9 * (width + 1)),
        threshold=value.size + 1,
    )


def _statistics(x: Summary) -> str:
    of = "abs " if x.is_of_abs else ""
    if x.min == x.max and not (x.nan or x.inf):
        return f"all {of}{_number(x.min)}"
    lines = [f"{of}{_number(x.min)} … {_number(x.max)}", f"{_number(x.mean)} ± {_number(x.std)}"]
    rest = [f"{x.zeros:.0%} zeros"] if x.zeros else []
    rest += [f"{count} {what}" for what, count in (("NaN", x.nan), ("inf", x.inf)) if count]
    return "\n".join([*lines, *([", ".join(rest)] if rest else [])])


def _number(x: Any, digits: int = 4) -> str:
    if isinstance(x, bool | np.bool_):
        return str(x)
    x = x + 0  # which makes 0 of -0
    return f"{x:.0f}" if 1e3 <= abs(x) < 1e6 else f"{x:.{digits}g}"


def _tooltip(item: Item) -> dict[str, str]:
    """The user's line, which a browser shows where the pointer rests on the node."""
    if item.line is None:
        return {}
    file = PureWindowsPath(item.line.file).name  # which splits at / and at \
    return {"tooltip": _html(f"line {item.line.number} of {file}: {item.line.text}"[:200])}


def _lines(text: str) -> str:
    # Graphviz leaves out spaces at the start of a line.
    lines = (re.sub("^ +", lambda m: "&#160;" * len(m[0]), _html(x)) for x in text.splitlines())
    return "".join(f'{line}<BR ALIGN="LEFT"/>' for line in lines)


def _html(text: str) -> str:
    """`text` as itself, whatever is in it; what can't be printed as Python writes it."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    # Graphviz would put the node's id for a single \N, and stumbles over <B>]</B>.
    return escape(text.replace("\\", r"\\")).replace("]", "&#93;")
