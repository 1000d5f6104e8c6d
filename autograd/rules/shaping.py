"""Reshaping, reordering and casting: the same numbers in another arrangement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.primitive import Array, constant, derivative, linear, primitive


@primitive
def cast(x: Array, dtype: Any) -> Array:
    """x with another dtype; a complex x cast to a real dtype gives its real part."""
    dtype = np.dtype(dtype)
    if x.dtype.kind == "c" and dtype.kind != "c":
        x = x.real
    return x.astype(dtype)


def unbroadcast(x: Array, shape: tuple[int, ...]) -> Array:
    """`x` summed over what broadcasting from `shape` had repeated: broadcasting's transpose.

    Raises ValueError if `shape` does not broadcast to that of `x`.
    """
    surplus = x.ndim - len(shape)
    if surplus > 0 and x.shape[surplus:] == shape:  # a bias: 3x faster than what follows
        return np.add.reduce(x, 0 if surplus == 1 else tuple(range(surplus)))
    padded = (1,) * surplus + shape
    sizes = (1,) * (len(shape) - x.ndim) + x.shape
    if any(to not in (1, size) for size, to in zip(sizes, padded, strict=True)):
        raise ValueError(f"a gradient of shape {x.shape} for an argument of shape {shape}")
    axes = tuple(i for i, (size, to) in enumerate(zip(sizes, padded, strict=True)) if size != to)
    return np.reshape(np.sum(np.reshape(x, sizes), axis=axes, keepdims=True), shape)


def _reshape_back(g: Array, to: tuple[int, ...], order: Any) -> Array:
    """g in the shape that an array had before it was reshaped in that order."""
    if order not in ("C", "F"):
        raise ValueError(
            f"order={order!r} depends on how an array lies in memory, which a gradient does not "
            f"know; write order='C' or order='F'"
        )
    return np.reshape(g, to, order)


def _inverse(axes: Sequence[int] | None) -> Any:
    """The permutation that undoes the transposition by `axes`."""
    return None if axes is None else np.argsort([axis % len(axes) for axis in axes])


derivative(cast, None, linear, x=lambda g: g)  # the engine casts g to the dtype of x
derivative(np.copy, "x|a", linear, x=lambda g: g)
derivative(
    np.reshape,
    "x|a shape|newshape order='C'",
    linear,
    x=lambda g, to, order: _reshape_back(g, to, order),
)
derivative(np.ravel, "x|a order='C'", linear, x=lambda g, to, order: _reshape_back(g, to, order))
derivative(np.transpose, "x|a axes=None", linear, x=lambda g, axes: np.transpose(g, _inverse(axes)))
derivative(
    np.swapaxes, "x|a axis1 axis2", linear, x=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2)
)
derivative(np.expand_dims, "x|a axis", linear, x=lambda g, to: np.reshape(g, to))
derivative(np.squeeze, "x|a axis=None", linear, x=lambda g, to: np.reshape(g, to))
derivative(np.broadcast_to, "x|array shape", linear, x=lambda g: g)
derivative(
    np.moveaxis,
    "x|a source destination",
    linear,
    x=lambda g, source, destination: np.moveaxis(g, destination, source),
)

constant(
    "it takes only the shape and dtype of its argument",
    np.zeros_like, np.ones_like, np.empty_like, np.result_type, np.iscomplexobj, np.isrealobj,
    np.shares_memory, np.may_share_memory,
)  # fmt: skip
