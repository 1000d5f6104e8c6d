"""Which line of the user's program recorded an operation.

    with record_lines():
        y = np.sin(x)
    recorded_line(y._node)  # Line(file="program.py", number=12, text="y = np.sin(x)")

`autograd.debug()` records lines too. A node that is freed takes its line with it. An operation made
by a transform, such as `grad`, or by a module of `nn`, has the line that called that.
"""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from autograd.graph import Node, Watched, recording, watching
from autograd.value import Value
from autograd.value_watch import watching_values


class Line(NamedTuple):
    """A line of the user's program."""

    file: str
    number: int
    text: str  # without indentation; empty where the source can't be read


lines: WeakKeyDictionary[Node, Line] = WeakKeyDictionary()


class _Lines:
    """The watch that notes the line of each operation."""

    def recorded(self, node: Node, values: Sequence[Any]) -> None:
        lines[node] = line_of(user_frame())

    def composed(self, run: Callable[[], Any], function: Callable[..., Any], args: Any) -> Any:
        return run()

    def made(self, value: Value) -> None:
        note_line(value, line_of(user_frame()))

    def passed(self, value: Value, run: Callable[[], None]) -> None:
        run()


@contextmanager
def record_lines() -> Iterator[None]:
    """Note the line of every operation on Tensors and Values in the `with` block.

    Only in this thread and async task, and whatever the mode of recording, which may change within.

    >>> from autograd import Tensor
    >>> x = Tensor(3.0, requires_grad=True)
    >>> with record_lines():
    ...     y = x * x
    >>> recorded_line(y._node).text
    'y = x * x'
    """
    if type(recording.get()) is Watched:
        yield  # by what notes lines too, as every watch does
    else:
        watch = _Lines()
        with watching(watch), watching_values(watch):
            yield


def recorded_line(made: Node | Value) -> Line | None:
    """The line that made a node or a Value; None if it was not recorded."""
    return made.__dict__.get("line") if isinstance(made, Value) else lines.get(made)


def note_line(value: Value, line: Line) -> None:
    """Have it as the `recorded_line` of a Value, to which nothing can refer weakly."""
    value.__dict__["line"] = line


def user_frame() -> FrameType:
    """The innermost running frame outside this library and NumPy."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename.startswith(_LIBRARY) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def line_of(frame: FrameType) -> Line:
    """The line that `frame` is at."""
    file, number = frame.f_code.co_filename, frame.f_lineno
    return Line(file, number, linecache.getline(file, number, frame.f_globals).strip())


_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_LIBRARY = (
    os.path.join(_HERE, "autograd", ""),
    os.path.join(_HERE, "nn", ""),
    os.path.join(os.path.dirname(np.__file__), ""),
)
