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
from collections.abc import Callable, Mapping
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from autograd.draw.describe import describe
from autograd.tensor import Tensor
from autograd.value import Value

SCRIPTS = ["numbers.js", "graph.js", "layout.js", "picture.js", "view.js", "panel.js", "page.js"]
NUMBERS = {"value", "gradient", "factor", "message"}  # the fields of nodes and edges that hold some


def explore(
    root: Value | Tensor | Callable[..., Any],
    *args: Any,
    path: str | Path = "graph.html",
    names: Mapping[str, Any] | None = None,
) -> Path:
    """Write the graph of `root` to `path`, a page for any browser; returns the path.

    `root` is a Value or a Tensor, and `path` may follow it: `explore(loss, "loss.html")`; or a
    function, followed by its arguments. The page opens with everything known and, if there are
    modules, folded to about 60 things. `page.html#step=12` opens it at that step.

    Raises as `describe` does.

    >>> import tempfile
    >>> x = Value(3.0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     explore(x * x, Path(folder) / "square.html").name
    'square.html'
    """
    if isinstance(root, Value | Tensor) and len(args) == 1:
        ((path,), args) = args, ()
    path = Path(path)
    path.write_text(page(describe(root, *args, names=names).as_json()), encoding="utf-8")
    return path


def page(description: Mapping[str, Any]) -> str:
    """The page, from a description as JSON: what `describe(root).as_json()` returns."""
    parts = files("autograd.draw").joinpath("page")

    def source(name: str) -> str:
        return parts.joinpath(name).read_text(encoding="utf-8")

    style = _dense(source("page.css"))
    script = '"use strict";\n' + _dense("".join(source(name) for name in SCRIPTS))
    return Template(source("page.html")).substitute(
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        payload=_harmless(_interned(description)),
    )


def _dense(text: str) -> str:
    """A style or script without its indentation, empty lines, and lines of comment."""
    text = re.sub(r"(?ms)^\s*/\*.*?\*/$", "", text)
    return re.sub(r"(?m)^\s*(?://.*)?\n|^\s+", "", text)


def _hash(text: str) -> str:
    """As a content security policy names a text."""
    return b64encode(sha256(text.encode()).digest()).decode()


def _harmless(data: Any) -> str:
    """`data` as JSON that can stand between HTML tags."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _interned(description: Mapping[str, Any]) -> dict[str, Any]:
    """The description with each array once, in "numbers", and its place there wherever it was.

    A message is often the whole gradient, and a gradient often the next message: this is a half.
    Of the numbers in an array, the page gets few more digits than it shows.
    """
    places: dict[str, int] = {}
    numbers: list[Any] = []

    def place(array: Any) -> int | None:
        if array is None:
            return None
        data = array.get("data", [])
        short = {**array, "data": [_short(x) for x in data]} if len(data) > 1 else array
        key = json.dumps(short)
        if key not in places:
            places[key] = len(numbers)
            numbers.append(short)
        return places[key]

    def interned(item: Mapping[str, Any]) -> dict[str, Any]:
        return {name: place(it) if name in NUMBERS else it for name, it in item.items()}

    return {
        **description,
        "nodes": [interned(node) for node in description["nodes"]],
        "edges": [interned(edge) for edge in description["edges"]],
        "numbers": numbers,
    }


def _short(x: Any) -> Any:
    """A real number to as few digits, from five, as round to what the page shows; if whole, an int.

    >>> _short(13.386162), _short(13.385001)  # both are 13.39, and 13.385 might become 13.38
    (13.386, 13.385001)
    """
    if not isinstance(x, float):
        return x  # an int, a bool, or text for what JSON has no number for
    shown = (".3g", ".4g", ".0f" if abs(x) < 1e6 else ".4g")
    for digits in range(5, 9):
        short = float(f"{x:.{digits}g}")
        if all(f"{short:{form}}" == f"{x:{form}}" for form in shown):
            break
    return int(short) if short.is_integer() and abs(short) < 1e6 else short
