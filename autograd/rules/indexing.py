"""Reading and writing parts of arrays, by every kind of index that NumPy has."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.primitive import Array, derivative, linear, primitive


@primitive
def index(x: Array, key: Any) -> Array:
    """x[key]"""
    return x[key]


@primitive
def scatter_add(x: Array, key: Any, shape: tuple[int, ...]) -> Array:
    """Zeros of `shape`, with x added at `key`; what falls on one place adds up."""
    out = np.zeros_like(x, shape=shape)
    if is_basic(key):
        out[key] = x
    else:
        np.add.at(out, key, x)
    return out


@primitive
def put(x: Array, key: Any, value: Array) -> Array:
    """A copy of x in which x[key] is `value`; where places repeat, the last one stays."""
    out = np.array(x, copy=True)
    out[key] = value
    return out


def is_basic(key: Any) -> bool:
    """Whether the index is made of integers, slices, None and Ellipsis, so repeats no place."""
    items = key if type(key) is tuple else (key,)
    return all(
        item is None
        or item is Ellipsis
        or (isinstance(item, (slice, int, np.integer)) and not isinstance(item, bool))
        for item in items
    )


def _stayed(g: Array, key: Any) -> Array:
    """g[key], but 0 for the values that a later one at the same place replaced."""
    picked = g[key]
    if is_basic(key):
        return picked
    order = np.arange(picked.size).reshape(picked.shape)
    last = np.empty(g.shape, order.dtype)
    last[key] = order
    return np.where(last[key] == order, picked, 0)


derivative(index, None, linear, x=lambda g, key, to: scatter_add(g, key, to))
derivative(scatter_add, None, linear, x=lambda g, key: index(g, key))
derivative(
    put,
    None,
    None,  # linear in x and value together, but not in each alone
    x=lambda g, key: put(g, key, 0.0),
    value=lambda g, key: _stayed(g, key),
)
