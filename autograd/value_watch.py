"""How to look on while Values are computed and differentiated.

A Value has no place for a watch, which every operation would pay for. So while something watches,
the methods that make a Value and that pass its gradient on are exchanged for ones that tell; in
threads and tasks that nothing watches, these only do what they replace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, Protocol

from autograd.value import Value, WeightedSum


class ValueWatch(Protocol):
    """What looks on."""

    def made(self, value: Value) -> None:
        """Sees a Value that an operation has made."""

    def passed(self, value: Value, run: Callable[[], None]) -> None:
        """Calls `run`, which passes the gradient of `value` on to its parents."""


@contextmanager
def watching_values(watch: ValueWatch) -> Iterator[None]:
    """Show Values to `watch` within the `with` block, in this thread and task."""
    token = _watch.set(watch)
    _exchange(1)
    try:
        yield
    finally:
        _exchange(-1)
        _watch.reset(token)


_watch: ContextVar[ValueWatch | None] = ContextVar("watch", default=None)
_lock = Lock()
_blocks = 0  # that are running, in any thread or task


def _exchange(more: int) -> None:
    global _blocks
    with _lock:
        _blocks += more
        for kind, name, plain, watched in _METHODS:
            setattr(kind, name, watched if _blocks else plain)


def _init_of(kind: type[Value]) -> tuple[type[Value], str, Any, Any]:
    plain = kind.__init__

    def init(self: Value, *args: Any, **kwargs: Any) -> None:
        plain(self, *args, **kwargs)
        if (watch := _watch.get()) and self._parents:
            watch.made(self)

    return kind, "__init__", plain, init


def _backward_of(kind: type[Value]) -> tuple[type[Value], str, Any, Any]:
    plain = kind._backward

    def backward(self: Value) -> None:
        if watch := _watch.get():
            watch.passed(self, lambda: plain(self))
        else:
            plain(self)

    return kind, "_backward", plain, backward


_METHODS = [of(kind) for kind in (Value, WeightedSum) for of in (_init_of, _backward_of)]
