"""What the user's program calls a thing: the name of the variable that holds it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any

MOST = 100  # members of a list or dict that are looked at


def name_in(frame: FrameType, is_it: Callable[[Any], bool], text: str | None = None) -> str | None:
    """`x`, `params['w']` or `self.weight`, for what `is_it` knows; None where nothing holds it.

    Seen from `frame`: its own variables come first, then its module's. With `text`, a line of the
    program, only what occurs there.
    """
    words = None if text is None else re.findall(r"\w+", text)
    scopes = [
        {name: value for name, value in list(scope.items()) if words is None or name in words}
        for scope in (frame.f_locals, frame.f_globals)
    ]
    for variables in scopes:
        if found := [name for name, value in variables.items() if is_it(value)]:
            return min(found, key=_is_private)  # a notebook has its last results in _, _1, …
    return next((name for name, value in _members(scopes[0]) if is_it(value)), None)


def _is_private(name: str) -> bool:
    return name.startswith("_")


def _members(variables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What stands in the lists and dicts among them, and what `self` has."""
    for name, value in variables.items():
        if name == "self":
            for key, item in getattr(value, "__dict__", {}).items():
                yield f"self.{key}", item
        elif type(value) in (list, tuple) and len(value) <= MOST:
            yield from ((f"{name}[{i}]", item) for i, item in enumerate(value))
        elif type(value) is dict and len(value) <= MOST and not _is_private(name):
            yield from ((f"{name}[{key!r}]", item) for key, item in value.items())
