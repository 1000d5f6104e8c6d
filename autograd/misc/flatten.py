"""A nested structure of numbers as one vector, and back."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import numpy as np

from autograd.primitive import Array
from autograd.tree import flatten as leaves_of
from autograd.tree import unflatten as tree_of

__all__ = [
    "flatten",
    "flatten_func",
]


def flatten(value: Any) -> tuple[Array, Callable[[Array], Any]]:
    """All numbers in `value` as one vector, and the function that turns such a vector back.

    `value` is an array, a number, or a list, tuple or dict of such, nested; dicts are in the order
    of their sorted keys. Both directions are differentiable.

    >>> vector, unflatten = flatten({"b": np.array([1.0, 2.0]), "a": 3.0})
    >>> vector
    array([3., 1., 2.])
    >>> unflatten(2 * vector)
    {'b': array([2., 4.]), 'a': array(6.)}
    """
    leaves, structure = leaves_of(value)
    order, _ = leaves_of(_sorted(tree_of(structure, iter(range(len(leaves))))))
    leaves = [leaves[i] for i in order]
    vector = np.concatenate([np.reshape(leaf, -1) for leaf in leaves]) if leaves else np.zeros(0)
    shapes = [np.shape(leaf) for leaf in leaves]
    ends = list(accumulate(map(math.prod, shapes)))
    size = vector.shape

    def unflatten(vector: Array) -> Any:
        if np.shape(vector) != size:
            raise ValueError(f"unflatten takes a vector of shape {size}, got {np.shape(vector)}")
        parts = map(vector.__getitem__, map(slice, [0, *ends], ends))
        found = dict(zip(order, map(np.reshape, parts, shapes), strict=True))
        return tree_of(structure, (found[i] for i in range(len(order))))

    return vector, unflatten


def flatten_func(
    f: Callable[..., Any], example: Any
) -> tuple[Callable[..., Array], Callable[[Array], Any], Array]:
    """`f` of a vector in place of a structure like `example`, with its value as a vector too.

    Returns that function, the function that turns a vector back, and `example` as a vector.

    >>> g, unflatten, start = flatten_func(lambda p: {"c": p["a"] * p["b"]}, {"a": 2.0, "b": 3.0})
    >>> g(start)
    array([6.])
    """
    start, unflatten = flatten(example)

    def of_vector(vector: Array, *args: Any, **kwargs: Any) -> Array:
        return flatten(f(unflatten(vector), *args, **kwargs))[0]

    return of_vector, unflatten, start


def _sorted(tree: Any) -> Any:
    """`tree` with the keys of each dict in order."""
    if isinstance(tree, dict):
        return {key: _sorted(tree[key]) for key in sorted(tree)}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*map(_sorted, tree))
    return type(tree)(map(_sorted, tree)) if isinstance(tree, (list, tuple)) else tree
