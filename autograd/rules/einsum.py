"""Einstein's notation: every form of a call becomes einsum(operands, "ij,jk->ik")."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from autograd.primitive import Array, Shape, composed, constant, derivative, linear, primitive
from autograd.rules.shaping import as_arrays


@primitive
def einsum(operands: Sequence[Array], subscripts: str, optimize: Any = False) -> Array:
    """np.einsum of several operands, with every index named and the output given."""
    return np.einsum(subscripts, *operands, optimize=optimize)


@primitive
def einsum_of_one(x: Array, subscripts: str) -> Array:
    """np.einsum of one operand, whose rule does not need it."""
    return np.einsum(subscripts, x)


@composed(np.einsum)
def _einsum(*operands: Any, optimize: Any = False) -> Array:
    subscripts, arrays = _string_form(operands)
    subscripts = _explicit(subscripts, tuple([array.ndim for array in arrays]))
    return _contracted(arrays, subscripts, optimize)


def _contracted(arrays: list[Array], subscripts: str, optimize: Any) -> Array:
    if len(arrays) == 1:
        return einsum_of_one(arrays[0], subscripts)
    return einsum(arrays, subscripts, optimize)


_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LABELS = _LETTERS.upper() + _LETTERS  # what NumPy writes for the indices 0, 1, …


def _string_form(operands: Sequence[Any]) -> tuple[str, list[Array]]:
    """The subscripts and the arrays of a call, also of einsum(a, [0, 1], b, [1, 2], [0, 2])."""
    if not operands:
        raise ValueError("needs subscripts and at least one operand")
    if isinstance(operands[0], str):
        return operands[0].replace(" ", ""), as_arrays(*operands[1:])
    pairs = len(operands) // 2
    subscripts = ",".join(_lettered(operands[2 * i + 1]) for i in range(pairs))
    if len(operands) % 2:
        subscripts += "->" + _lettered(operands[-1])
    return subscripts, as_arrays(*operands[: 2 * pairs : 2])


def _lettered(indices: Sequence[Any]) -> str:
    """[..., 0, 2] as "...AC"."""
    for i in indices:
        if i is not Ellipsis and not 0 <= i < len(_LABELS):
            raise ValueError(f"got the index {i}; indices go from 0 to 51")
    return "".join("..." if i is Ellipsis else _LABELS[i] for i in indices)


@lru_cache(maxsize=1024)
def _explicit(subscripts: str, ndims: Shape) -> str:
    """`subscripts` with a letter for each axis, and with the output: "...i,i" to "abi,i->ab"."""
    inputs, arrow, output = subscripts.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(ndims):
        raise ValueError(f"got {len(ndims)} operands for the {len(terms)} terms of {subscripts!r}")
    counts = [max(0, n - len(t) + 3) if "..." in t else 0 for t, n in zip(terms, ndims)]
    unused = [letter for letter in _LETTERS + _LETTERS.upper() if letter not in subscripts]
    rest = "".join(unused[: max(counts)])  # the axes that the dots stand for
    if not arrow:
        named = inputs.replace("...", "").replace(",", "")
        output = "..." + "".join(sorted(i for i in named if named.count(i) == 1))
    elif rest and "..." not in output:
        raise ValueError(
            f"the dots in {subscripts!r} stand for {len(rest)} axes, which the output does not "
            f"have; write '...' in it"
        )
    terms = [t.replace("...", rest[len(rest) - n :]) for t, n in zip(terms, counts)]
    return ",".join(terms) + "->" + output.replace("...", rest)


class _Each(Sequence[Array]):
    """The gradients of several arrays, each computed when it is asked for: most need not all."""

    def __init__(self, compute: Callable[[int], Array], n: int) -> None:
        self.compute = compute
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: Any) -> Array:
        return self.compute(i)

    def __iter__(self) -> Iterator[Array]:
        return map(self.compute, range(self.n))


def _einsum_to(
    g: Array, operands: Sequence[Array], subscripts: str, i: int, to: Shape, optimize: Any = False
) -> Array:
    """The gradient of the i-th operand, of shape `to`: g takes its place among the others.

    `operands` may lack the i-th one, if it is the only one.
    """
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    term = terms.pop(i)
    others = [operand for j, operand in enumerate(operands) if j != i]
    sizes = dict(zip(term, to))
    elsewhere = "".join([output, *terms])
    found = [label for label in sizes if sizes[label] != 1 and label in elsewhere]
    if not isinstance(optimize, (bool, str)):
        optimize = True  # a path is that of the forward pass
    gradient = _contracted(
        [g, *others], ",".join([output, *terms]) + "->" + "".join(found), optimize
    )
    if len(found) < len(sizes):
        gradient = np.expand_dims(
            gradient, tuple(k for k, label in enumerate(sizes) if label not in found)
        )
    if gradient.shape != tuple(sizes.values()):
        gradient = np.broadcast_to(gradient, tuple(sizes.values()))
    return gradient if len(sizes) == len(term) else _onto_diagonal(gradient, term, to)


def _onto_diagonal(x: Array, term: str, to: Shape) -> Array:
    """Zeros of shape `to`, but x where axes with the same label have the same index."""
    first = [term.index(label) for label in term]
    places = np.ogrid[tuple(slice(side) for side in to)]
    same = np.ones((), bool)
    for k, j in enumerate(first):
        if j != k:
            same = same & (places[j] == places[k])
    x = np.reshape(x, tuple(side if first[k] == k else 1 for k, side in enumerate(to)))
    return np.where(same, x, 0)


derivative(
    einsum,
    "[operands] subscripts optimize=False",
    None,
    operands=lambda g, operands, subscripts, to, optimize: _Each(
        lambda i: _einsum_to(g, operands, subscripts, i, to[i], optimize), len(to)
    ),
)
derivative(
    einsum_of_one,
    None,
    linear,
    x=lambda g, subscripts, to: _einsum_to(g, [], subscripts, 0, to),
)
constant("its values are the steps of a computation", np.einsum_path)
