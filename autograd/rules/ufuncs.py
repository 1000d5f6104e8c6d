"""The methods of NumPy's ufuncs, such as np.add.reduce, by the functions that do the same."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograd.primitive import COMPOSED, TABLE, Array, Axis, composed


@composed(np.add.reduce)
def _sum(array: Array, axis: Axis = 0, dtype: Any = None, *, keepdims: bool = False) -> Array:
    return np.sum(array, axis, dtype, keepdims=keepdims)


def _outer(function: np.ufunc, x: Array, y: Array) -> Array:
    """Each element of x with each element of y."""
    return function(np.reshape(x, (*np.shape(x), *(1,) * np.ndim(y))), y)


for _function in list(TABLE):
    if isinstance(_function, np.ufunc) and _function.nin == 2 and _function.signature is None:
        COMPOSED[_function.outer] = partial(_outer, _function)
