"""The arrays in a graph that no gradient flows to: what they are called, and which of them are one.

A graph has a copy of a program's array for each operation that keeps it; of others, the numbers
follow from the result. So but for the array of a Tensor, which is kept itself, numbers tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd.draw.reading import could_be, inputs, reached
from autograd.graph import Node
from autograd.primitive import NDArray
from autograd.tensor import named

Test: TypeAlias = Callable[[NDArray], bool]  # whether an array may be one that was found again


class Known(NamedTuple):
    """What is known of the things in a graph, by their ids."""

    names: dict[int, str]
    same: dict[int, int]  # of each array that is certainly one with others: the id of one of them


def known_arrays(root: Node, names: Mapping[int, str], variables: Mapping[str, NDArray]) -> Known:
    """The `names`, by id, with those of arrays in the graph of `root`, and which of these are one.

    What holds the numbers of one of the `variables`, and of no other, is that one. What holds the
    numbers of no variable is one with its equals, unless all of its numbers are equal, too.
    """
    arrays = {}
    tests: dict[int, Test | None] = {}
    for node, array in _arrays(root):
        arrays[id(array)], tests[id(array)] = array, could_be(node, array)
    own = {i: name for i in arrays if (name := names.get(i) or _own_name(arrays[i]))}
    candidates = [*variables.items(), *((name, arrays[i]) for i, name in own.items())]
    found, same = {**names, **own}, {}
    first: dict[Any, int] = {}
    alike: dict[Any, list[int]] = defaultdict(list)
    for i, array in arrays.items():
        alike[array.dtype, array.shape].append(i)
    for i, array in sorted(arrays.items(), key=lambda item: item[0] not in own):
        called = {own[i]} if i in own else _held_by(array, candidates, tests[i])
        if len(called) == 1:
            (found[i],) = called
        is_told_apart = called or (array.size and (array != array.flat[0]).any())
        others = alike[array.dtype, array.shape]
        if len(called) < 2 and is_told_apart and len(others) > 1:
            what = called or _numbers(array, tests[i], (arrays[j] for j in others if not tests[j]))
            same[i] = first.setdefault((array.dtype, array.shape, *what), i)
    return Known(found, same)


def _arrays(root: Node) -> Iterator[tuple[Node, NDArray]]:
    for node in sorted(reached(root), key=attrgetter("number")):
        for argument in inputs(node):
            if not argument.tracked and type(argument.source) is np.ndarray:
                yield node, argument.source


def _numbers(array: NDArray, test: Test | None, kept: Iterable[NDArray]) -> set[bytes]:
    """What tells its numbers; of one that was found again, those of the one it may have been."""
    found = {sha256(other.tobytes()).digest() for other in kept if test and test(other)}
    return found if len(found) == 1 else {sha256(array.tobytes()).digest()}


def _own_name(array: NDArray) -> str | None:
    """The name of the Tensor that holds an array."""
    of_array, called = named.get(id(array), (None, None))
    return called if of_array is not None and of_array() is array else None


def _held_by(
    array: NDArray, variables: Iterable[tuple[str, NDArray]], test: Test | None
) -> set[str]:
    """The variables, a name for each, that `array` may be a copy of: in its dtype, or else cast."""
    held = [(name, other) for name, other in variables if _holds(other, array, test)]
    exact = [(name, other) for name, other in held if other.dtype == array.dtype]
    return set({id(other): name for name, other in reversed(exact or held)}.values())


def _holds(variable: NDArray, array: NDArray, test: Test | None) -> bool:
    """Whether `array` has the numbers of a variable, which an operation may have cast.

    For one that was found again, there is a test instead.
    """
    if variable.shape != array.shape:
        return False
    if variable.dtype != array.dtype:
        if variable.dtype == bool or not np.can_cast(variable.dtype, array.dtype, "same_kind"):
            return False
        with np.errstate(all="ignore"):
            variable = variable.astype(array.dtype)
    if test is not None:
        return test(variable)
    equal = partial(np.array_equal, equal_nan=array.dtype.kind in "fc")
    return equal(variable.flat[:64], array.flat[:64]) and equal(variable, array)  # most differ soon
