"""The methods of ndarray that Tensor has by calling NumPy's function of the same name."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.primitive import Array, Axis


class Methods:
    """What an ndarray can do besides what Tensor itself defines; each is recorded as its function.

    The methods that change an ndarray in place give the Tensor a new value, as `x[...] = v` does.
    """

    __slots__ = ()

    @property
    def _value(self: Array) -> Any:
        # Not by __getattr__, which would make every access to an attribute slower.
        raise AttributeError("a Tensor has no attribute '_value'; there is .data")

    @property
    def real(self: Array) -> Any:
        """The real part."""
        return np.real(self)

    @property
    def imag(self: Array) -> Any:
        """The imaginary part."""
        return np.imag(self)

    def conj(self: Array) -> Any:
        """As np.conj."""
        return np.conj(self)

    conjugate = conj

    def prod(
        self: Array,
        axis: Axis = None,
        dtype: Any = None,
        *,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        """As np.prod."""
        return np.prod(self, axis, dtype, keepdims=keepdims, initial=initial, where=where)

    def var(
        self: Array,
        axis: Axis = None,
        dtype: Any = None,
        *,
        ddof: float = 0,
        keepdims: bool = False,
        where: Any = True,
    ) -> Any:
        """As np.var."""
        return np.var(self, axis, dtype, ddof=ddof, keepdims=keepdims, where=where)

    def std(
        self: Array,
        axis: Axis = None,
        dtype: Any = None,
        *,
        ddof: float = 0,
        keepdims: bool = False,
        where: Any = True,
    ) -> Any:
        """As np.std."""
        return np.std(self, axis, dtype, ddof=ddof, keepdims=keepdims, where=where)

    def cumsum(self: Array, axis: int | None = None, dtype: Any = None) -> Any:
        """As np.cumsum."""
        return np.cumsum(self, axis, dtype)

    def cumprod(self: Array, axis: int | None = None, dtype: Any = None) -> Any:
        """As np.cumprod."""
        return np.cumprod(self, axis, dtype)

    def argmax(self: Array, axis: int | None = None, *, keepdims: bool = False) -> Any:
        """As np.argmax: plain integers."""
        return np.argmax(self, axis, keepdims=keepdims)

    def argmin(self: Array, axis: int | None = None, *, keepdims: bool = False) -> Any:
        """As np.argmin: plain integers."""
        return np.argmin(self, axis, keepdims=keepdims)

    def any(self: Array, axis: Axis = None, *, keepdims: bool = False, where: Any = True) -> Any:
        """As np.any: plain booleans."""
        return np.any(self, axis, keepdims=keepdims, where=where)

    def all(self: Array, axis: Axis = None, *, keepdims: bool = False, where: Any = True) -> Any:
        """As np.all: plain booleans."""
        return np.all(self, axis, keepdims=keepdims, where=where)

    def round(self: Array, decimals: int = 0) -> Any:
        """As np.round, whose derivative is zero."""
        return np.round(self, decimals)

    def dot(self: Array, other: Any) -> Any:
        """As np.dot."""
        return np.dot(self, other)

    def trace(
        self: Array, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None
    ) -> Any:
        """As np.trace."""
        return np.trace(self, offset, axis1, axis2, dtype)

    def diagonal(self: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
        """As np.diagonal."""
        return np.diagonal(self, offset, axis1, axis2)

    def repeat(self: Array, repeats: Any, axis: int | None = None) -> Any:
        """As np.repeat."""
        return np.repeat(self, repeats, axis)

    def take(self: Array, indices: Any, axis: int | None = None, *, mode: Any = "raise") -> Any:
        """As np.take."""
        return np.take(self, indices, axis, mode=mode)

    def compress(self: Array, condition: Any, axis: int | None = None) -> Any:
        """As np.compress."""
        return np.compress(condition, self, axis)

    def choose(self: Array, choices: Any, *, mode: Any = "raise") -> Any:
        """As np.choose."""
        return np.choose(self, choices, mode=mode)

    def argsort(
        self: Array, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None
    ) -> Any:
        """As np.argsort: plain integers."""
        return np.argsort(self, axis, kind, stable=stable)

    def argpartition(
        self: Array, kth: Any, axis: int | None = -1, kind: Any = "introselect"
    ) -> Any:
        """As np.argpartition: plain integers."""
        return np.argpartition(self, kth, axis, kind)

    def searchsorted(self: Array, v: Any, side: Any = "left", sorter: Any = None) -> Any:
        """As np.searchsorted: plain integers."""
        return np.searchsorted(self, v, side, sorter)

    def nonzero(self: Array) -> Any:
        """As np.nonzero: plain integers."""
        return np.nonzero(self)

    def put(self: Array, indices: Any, values: Any, mode: Any = "raise") -> None:
        """As np.put: take `values` at those places of the raveled Tensor."""
        np.put(self, indices, values, mode)

    def sort(self: Array, axis: int = -1, kind: Any = None, *, stable: bool | None = None) -> None:
        """Take the sorted numbers as its value."""
        self[...] = np.sort(self, axis, kind, stable=stable)

    def partition(self: Array, kth: Any, axis: int = -1, kind: Any = "introselect") -> None:
        """Take the partitioned numbers as its value."""
        self[...] = np.partition(self, kth, axis, kind)

    def fill(self: Array, value: Any) -> None:
        """Take `value` everywhere."""
        self[...] = value
