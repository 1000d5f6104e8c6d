"""Python's built-ins that see the number or array in a Tensor.

`list`, `tuple` and `dict` are Python's own: containers need no boxes here, so that a list of
Tensors is a list. `isinstance` and `type` answer for what a Tensor holds, with a NumPy scalar,
which is a Python float too, for a single number.

>>> from autograd import grad
>>> from autograd.builtins import isinstance
>>> grad(lambda x: x**2 if isinstance(x, float) else x)(3.0)
array(6.)
"""

from __future__ import annotations

import builtins
from builtins import dict, list, tuple  # noqa: UP029
from typing import Any

from autograd.tensor import Tensor

__all__ = ["dict", "isinstance", "list", "tuple", "type"]


def isinstance(x: Any, classes: Any) -> bool:
    """Whether `x`, or what it holds if it is a Tensor, is of one of the classes.

    >>> import numpy as np
    >>> from autograd import Tensor
    >>> isinstance(Tensor([1.0, 2.0]), np.ndarray), isinstance(Tensor([1.0, 2.0]), Tensor)
    (True, True)
    """
    return builtins.isinstance(x, classes) or builtins.isinstance(getval(x), classes)


def type(x: Any) -> Any:
    """The type of `x`, or of what it holds if it is a Tensor.

    >>> from autograd import Tensor
    >>> type(Tensor([1.0, 2.0]))
    <class 'numpy.ndarray'>
    """
    return builtins.type(getval(x))


def getval(x: Any) -> Any:
    """The array in a Tensor, read-only, or the NumPy scalar if it is one number; else `x` itself.

    >>> from autograd import Tensor
    >>> getval(Tensor(2.0)), getval(Tensor([2.0])), getval(2.0)
    (np.float64(2.0), array([2.]), 2.0)
    """
    if builtins.type(x) is not Tensor:
        return x
    return x.data[()] if x.ndim == 0 else x.data
