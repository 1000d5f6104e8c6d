"""What a Tensor holds, and whether it is tracked."""

from __future__ import annotations

from typing import Any

from autograd.tensor import Tensor

__all__ = [
    "getval",
    "isbox",
]


def getval(x: Any) -> Any:
    """The array in a Tensor, read-only, or the NumPy scalar if it is one number; else `x` itself.

    >>> getval(Tensor(2.0)), getval(Tensor([2.0])), getval(2.0)
    (np.float64(2.0), array([2.]), 2.0)
    """
    if type(x) is not Tensor:
        return x
    return x.data[()] if x.ndim == 0 else x.data


def isbox(x: Any) -> bool:
    """Whether `x` is a Tensor that is tracked.

    >>> isbox(Tensor(2.0)), isbox(Tensor(2.0, requires_grad=True))
    (False, True)
    """
    return type(x) is Tensor and x.requires_grad
