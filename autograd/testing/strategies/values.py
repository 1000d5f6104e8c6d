"""What is in an array: the numbers that a function is to be fed, and those that it is not.

A derivative can be compared with numbers where the function is smooth, so these keep their distance
from where functions usually are not: from 0, from whole numbers and halves, and from each other.
`on_kinks`, `tied` and `with_zeros` do the opposite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd.primitive import NDArray
from autograd.testing.strategies.shapes import Shape, Shapes

POINTS = 32  # how many different numbers an array may have


class Values:
    """What is in an array. `array(shape)` is the strategy of such arrays."""

    complex: bool = False  # whether there may also be complex numbers
    shapes: Shapes | None = None  # the shapes that make sense, if not all do

    def array(
        self, shape: Shape, nth: int = 0, on_plane: bool = False
    ) -> st.SearchStrategy[NDArray]:
        """Arrays for the `nth` argument of a call; of complex numbers if `on_plane`."""
        raise NotImplementedError


@dataclass(frozen=True)
class Numbers(Values):
    """Numbers between two bounds: never 0, no two in a call closer than 1/160 of the range.

    Where an array has at most 32 elements, they all differ, and so do those of the other arguments
    of the call, up to the fourth. `complex`: in half of the calls they are complex, with imaginary
    parts from -1 to 1.

    >>> from hypothesis import find
    >>> find(Numbers(-2, 2).array((3,)), lambda x: True)
    array([0.4, 1.9, 0.9])
    """

    low: float
    high: float
    complex: bool = False

    def array(
        self, shape: Shape, nth: int = 0, on_plane: bool = False
    ) -> st.SearchStrategy[NDArray]:
        """Arrays with points of a grid, which is shifted for each argument."""
        found = _on_grid(self.low, self.high, shape, nth % 4)
        if self.complex and on_plane:
            parts = st.tuples(found, _on_grid(-1, 1, shape, nth % 4))
            return parts.map(lambda part: np.asarray(part[0] + 1j * part[1]))
        return found


@lru_cache(1000)
def _on_grid(low: float, high: float, shape: Shape, nth: int) -> st.SearchStrategy[NDArray]:
    points = _grid(low, high, nth)
    size = math.prod(shape)
    chosen = st.lists(
        st.integers(0, POINTS - 1), min_size=size, max_size=size, unique=size <= POINTS
    )
    return chosen.map(lambda places: points[np.array(places, int)].reshape(shape))


@lru_cache(1000)
def _grid(low: float, high: float, nth: int) -> NDArray:
    """The points, shifted by a fifth of their step for each argument: the simplest ones first.

    Of equally simple ones, the order is another for each argument, and not that of size: else the
    simplest arrays would be straight lines, and multiples of each other.
    """
    step, stride = (high - low) / POINTS, (11, 5, 13, 3)[nth]
    points = [round(low + step * (i + (nth + 1) / 5), 12) for i in range(POINTS)]
    order = {x: stride * (i - 19 + nth) % POINTS for i, x in enumerate(points)}
    return np.array(sorted(points, key=lambda x: (len(f"{abs(x)}"), x < 0, order[x])))


@dataclass(frozen=True)
class Chosen(Values):
    """A few numbers, again and again: so there are ties, and zeros or kinks if one is among them.

    >>> on_kinks
    Chosen(numbers=(0.0, 1.0, -1.0, 0.5, 2.0))
    """

    numbers: tuple[float, ...]

    def array(
        self, shape: Shape, nth: int = 0, on_plane: bool = False
    ) -> st.SearchStrategy[NDArray]:
        """Arrays with these numbers only."""
        size = math.prod(shape)
        chosen = st.lists(st.sampled_from(self.numbers), min_size=size, max_size=size)
        return chosen.map(lambda numbers: np.array(numbers, float).reshape(shape))


@dataclass(frozen=True)
class Flags(Values):
    """Booleans, such as a condition: an array that has no gradient."""

    def array(
        self, shape: Shape, nth: int = 0, on_plane: bool = False
    ) -> st.SearchStrategy[NDArray]:
        """Arrays of booleans."""
        size = math.prod(shape)
        chosen = st.lists(st.booleans(), min_size=size, max_size=size)
        return chosen.map(lambda flags: np.array(flags, bool).reshape(shape))


@dataclass(frozen=True)
class Made(Values):
    """What a function makes of arrays of numbers between -2 and 2, such as symmetric matrices.

    `make(x)` takes and returns an array, with the same shape and dtype.

    >>> far_from_0 = Made(lambda x: np.sign(x) * (1 + abs(x)))
    """

    make: Callable[[Any], Any]
    complex: bool = False
    shapes: Shapes | None = None

    def array(
        self, shape: Shape, nth: int = 0, on_plane: bool = False
    ) -> st.SearchStrategy[NDArray]:
        """Arrays of what is made."""
        numbers = Numbers(-2, 2, self.complex).array(shape, nth, on_plane)
        return numbers.map(lambda x: np.asarray(self.make(x)))


real, plane = Numbers(-2, 2), Numbers(-2, 2, complex=True)
positive, right_plane = Numbers(0.5, 2.5), Numbers(0.5, 2.5, complex=True)
flags = Flags()
tied, with_zeros = Chosen((0.4, 0.9, -0.6)), Chosen((0.0, 0.4, 0.9, -0.6))
on_kinks = Chosen((0.0, 1.0, -1.0, 0.5, 2.0))
