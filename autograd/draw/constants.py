"""The arrays in a graph that no gradient flows to: what they are called, and which of them are one.

A graph has a copy of a program's array for each operation that keeps it; of others, the numbers
follow from the result. So but for the array of a Tensor, which is kept itself, numbers tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from autograd.draw.reading import inputs, reached
from autograd.graph import Node
from autograd.primitive import NDArray
from autograd.tensor import named


class Known(NamedTuple):
    """What is known of the things in a graph, by their ids."""

    names: dict[int, str]
    same: dict[int, int]  # of each array that is certainly one with others: the id of one of them


def known_arrays(root: Node, names: Mapping[int, str], variables: Mapping[str, NDArray]) -> Known:
    """The `names`, by id, with those of arrays in the graph of `root`, and which of these are one.

    What holds the numbers of one of the `variables`, and of no other, is that one. What holds the
    numbers of no variable is one with its equals, unless all of its numbers are equal, too.
    """
    arrays = {id(array): array for array in _arrays(root)}
    own = {i: name for i in arrays if (name := names.get(i) or _own_name(arrays[i]))}
    candidates = [*variables.items(), *((name, arrays[i]) for i, name in own.items())]
    found, same = {**names, **own}, {}
    first: dict[Any, int] = {}
    alike = Counter((array.dtype, array.shape) for array in arrays.values())
    for i, array in sorted(arrays.items(), key=lambda item: item[0] not in own):
        called = {own[i]} if i in own else _held_by(array, candidates)
        if len(called) == 1:
            (found[i],) = called
        is_told_apart = called or (array.size and (array != array.flat[0]).any())
        kind = array.dtype, array.shape
        if len(called) < 2 and is_told_apart and alike[kind] > 1:
            numbers = sha256(array.tobytes()).digest()
            same[i] = first.setdefault((*called, *kind, numbers), i)
    return Known(found, same)


def _arrays(root: Node) -> Iterator[NDArray]:
    for node in sorted(reached(root), key=attrgetter("number")):
        for argument in inputs(node):
            if not argument.tracked and type(argument.source) is np.ndarray:
                yield argument.source


def _own_name(array: NDArray) -> str | None:
    """The name of the Tensor that holds an array."""
    of_array, called = named.get(id(array), (None, None))
    return called if of_array is not None and of_array() is array else None


def _held_by(array: NDArray, variables: Iterable[tuple[str, NDArray]]) -> set[str]:
    """The variables, a name for each, that `array` may be a copy of: in its dtype, or else cast."""
    held = [(name, other) for name, other in variables if _holds(other, array)]
    exact = [(name, other) for name, other in held if other.dtype == array.dtype]
    return set({id(other): name for name, other in reversed(exact or held)}.values())


def _holds(variable: NDArray, array: NDArray) -> bool:
    """Whether `array` has the numbers of a variable, which an operation may have cast."""
    if variable.shape != array.shape:
        return False
    if variable.dtype != array.dtype:
        if variable.dtype == bool or not np.can_cast(variable.dtype, array.dtype, "same_kind"):
            return False
        with np.errstate(all="ignore"):
            variable = variable.astype(array.dtype)
    equal = partial(np.array_equal, equal_nan=array.dtype.kind in "fc")
    return equal(variable.flat[:64], array.flat[:64]) and equal(variable, array)  # most differ soon
