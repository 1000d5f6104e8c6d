"""The graph as one HTML page to step through: it needs no network, no server and no library.

The page is page/page.html with page/page.css, the scripts, and the description of the graph put in.
Nothing that a name or a value contains can run: the description is JSON in which `<` is escaped,
the scripts make text of it only, and a content security policy, with the hashes of this style and
of this script, lets the browser run and load nothing else.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from os import PathLike
from pathlib import Path
from string import Template
from typing import Any, TypeAlias

from autograd.draw.captions import captions
from autograd.draw.describe import TooLargeError, described
from autograd.draw.folding import raise_if_no_depth
from autograd.tensor import Tensor
from autograd.value import Value

MOST = 5_000  # nodes: a browser takes seconds to lay out more
SCRIPTS = ["graph.js", "layout.js", "page.js"]


def explore(
    root: Value | Tensor | Callable[..., Any],
    *args: Any,
    path: str | Path = "graph.html",
    names: Mapping[str, Any] | None = None,
    depth: int | None = None,
) -> Path:
    """Write the graph of `root` to `path`, a page for any browser; returns the path.

    `root` is a Value or a Tensor, and `path` may follow it: `explore(loss, "loss.html")`; or a
    function, followed by its arguments. The page opens with everything known, folded to about 60
    things, few in a row, or as deep as `depth` says, which is as for `draw`: calls of modules are
    folded, and in a long program, runs of operations. In a large graph, some arrays are summed up.
    `page.html#step=12` opens it at that step.
    What has no name is called as in `explain`: s1, z1. For the line of each operation, compute
    `root` within `autograd.debug()`, or give a function.

    Raises as `describe` does, and ValueError for a graph of more than 5,000 nodes, for a path that
    is not to a .html file, and for a negative depth.

    >>> import tempfile
    >>> x = Value(3.0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     explore(x * x, Path(folder) / "square.html").name
    'square.html'
    """
    if not callable(root) and len(args) == 1:
        ((path,), args) = args, ()
    path = path_of(path, "explore(f, x, path='graph.html')")
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(
            f"explore writes a page, a .html file, not {path.name!r}; for pictures there is "
            f"save(root, 'graph.svg')"
        )
    raise_if_no_depth(depth)
    try:
        description = described(root, args, names, MOST)
    except TooLargeError as error:
        raise _too_large(error.count, error.has_calls) from None
    path.write_text(page(description.as_json(), depth), encoding="utf-8")
    return path


def path_of(path: Any, usage: str) -> Path:
    """`path` as a Path. Raises TypeError, which tells the usage, for anything else."""
    if not isinstance(path, (str, PathLike)):
        raise TypeError(
            f"the path to write to is a text or a Path, not {type(path).__name__}: it is {usage}"
        )
    return Path(path)


def page(description: Mapping[str, Any], depth: int | None = None) -> str:
    """The page, from a description as JSON: what `describe(root).as_json()` returns."""
    if (n := len(description["nodes"])) > MOST:
        raise _too_large(n, bool(description["groups"]))
    parts = files("autograd.draw").joinpath("page")

    def source(name: str) -> str:
        return parts.joinpath(name).read_text(encoding="utf-8")

    style = _dense(source("page.css"), STYLE)
    script = _dense("".join(source(name) for name in SCRIPTS), SCRIPT)
    data = captions(description, depth)
    html = re.sub(r'="([\w-]+)"', r"=\1", source("page.html"))  # quotes are for what needs them
    html = html.replace(">\n<", "><")
    return Template(html).substitute(
        title=escape(data["title"]),
        folding="" if data["groups"] else "hidden",
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        payload=_harmless(data),
    )


def _too_large(count: int, has_calls: bool) -> ValueError:
    less = "one step or one layer, or draw it with modules folded, draw(root, depth=1)"
    if not has_calls:
        less = "fewer rounds of its loop, fewer samples, or Tensors in the place of Values"
    return ValueError(
        f"this graph has {count:,} nodes, and a page shows up to {MOST:,}: explore a smaller one, "
        f"such as {less}"
    )


Rules: TypeAlias = Sequence[tuple[str, str | Callable[[re.Match[str]], str]]]


def _dense(text: str, rules: Rules) -> str:
    """A style or script without comments, and without what only makes it easier to read.

    >>> _dense('f("a  b", (x) => { return -x; }); // why', SCRIPT)
    'f("a  b",x=>{return -x});'
    """
    text = re.sub(r"(?m)^\s*//.*$| // .*$|/\*[^/]*\*/", "", text)
    strings = iter(re.findall(STRING, text))
    text = re.sub(STRING, "\0", text)
    for pattern, shorter in rules:
        text = re.sub(pattern, shorter, text)
    return re.sub("\0", lambda _: next(strings), text)


STRING = r"""`[^`]*`|"[^"]*\""""
STYLE: Rules = (
    (r"\s+", " "),
    (": ", ":"),
    (" - ", "-"),
    (r" ?([^\w\s$#.:)-]) ?| (?=\))", r"\1"),
    (r"[;,](?=[)}\]])", ""),
)
LET = r"(?<!\()\blet\b(?:[^;{}]|{[\w,:=.\0]*})*"  # not that of a loop
SCRIPT: Rules = (
    *STYLE,
    (r"\((\w+)\)=>", r"\1=>"),
    (r" (?=:)|(?<=\)) (?=\w)", ""),
    (r"\bconst\b", "let"),
    (LET + rf"(?:;{LET})+", lambda some: re.sub(r";let ?", ",", some[0])),
    (r"\btrue\b", "!0"),
    (r"\bfalse\b", "!1"),
    (r"\bwindow\.", ""),
    (r"\b0\.", "."),
)


def _hash(text: str) -> str:
    """As a content security policy names a text."""
    return b64encode(sha256(text.encode()).digest()).decode()


def _harmless(data: Any) -> str:
    """`data` as JSON that can stand between HTML tags."""
    text = json.dumps(data, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")
