"""What a Tensor holds, and whether it is tracked."""

from __future__ import annotations

from typing import Any, NoReturn

from autograd.builtins import getval
from autograd.extend import notrace_primitive, primitive
from autograd.tensor import Tensor

__all__ = ["getval", "isbox", "notrace_primitive", "primitive"]

# What there is in HIPS autograd and not here, and what to do.
MISSING = {
    "Box": "nothing is boxed; a tracked array is an autograd.Tensor, as isbox(x) tells",
    "Node": "there are no nodes to subclass; autograd.draw shows the recorded graph",
    "trace": "use autograd.make_vjp, make_jvp or another transform; autograd.draw shows the graph",
    "register_notrace": "a function is a constant in every mode: use notrace_primitive",
    "new_box": "nothing is boxed; for a tracked array write Tensor(x, requires_grad=True)",
}


def __getattr__(name: str) -> NoReturn:
    if name in MISSING:
        raise ImportError(f"autograd.tracer has no {name}: {MISSING[name]}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def isbox(x: Any) -> bool:
    """Whether `x` is a Tensor that is tracked.

    >>> isbox(Tensor(2.0)), isbox(Tensor(2.0, requires_grad=True))
    (False, True)
    """
    return type(x) is Tensor and x.requires_grad
