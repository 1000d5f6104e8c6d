"""Calls of the functions that have a derivative, as Hypothesis finds them.

A line of `domains` says what to feed a function:

    np.power: takes(positive, plane),
    np.sum: takes(plane, axis=some_axes, keepdims=a_flag),

Each argument is what is in an array (`positive`: within bounds, away from kinks and from ties by
construction; `plane`: in half of the calls complex), a list of those, a function that chooses a
static argument to suit the first array (`some_axes`), or that static argument itself. The arrays
have shapes that broadcast together, 0-d and empty ones too, or those that `shapes` gives. `via` is
how the function is called, where that is not f(*arguments); `ties=False` says that no two
arguments may be the same array. A function that needs several lines has a list of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograd.primitive import COMPOSED, TABLE, Operation, public_name

Shape = tuple[int, ...]
Shapes = Callable[[int], st.SearchStrategy[Sequence[Shape]]]  # number of arrays -> their shapes


@dataclass(frozen=True)
class Call:
    """A call of a function, as a function of its differentiable arrays, with one array as value.

    Of a function with several outputs, it is the floating ones, raveled and joined.
    """

    function: Callable[..., Any]
    args: Sequence[Any]
    kwargs: dict[str, Any]
    domain: Domain

    @property
    def operation(self) -> Operation | None:
        """Its entry in the table; None if the call is composed of others."""
        operation = TABLE.get(getattr(self.function, "__primitive__", self.function))
        if operation is None or self.function not in COMPOSED:
            return operation
        return None if operation.is_other(self.args, self.kwargs) else operation

    @property
    def arrays(self) -> list[np.ndarray]:
        places = self.domain.places
        return [self.args[i] if not item else self.args[i][item[0]] for i, *item in places]

    def but(self, arrays: Sequence[Any]) -> Call:
        """The same call with other arrays."""
        args = [list(arg) if type(arg) is list else arg for arg in self.args]
        for (i, *item), array in zip(self.domain.places, arrays, strict=True):
            if item:
                args[i][item[0]] = array
            else:
                args[i] = array
        return Call(self.function, args, self.kwargs, self.domain)

    def __call__(self, *arrays: Any) -> Any:
        other = self.but(arrays)
        if self.domain.via is not None:
            return joined(self.domain.via(self.function, *other.args, **other.kwargs))
        return joined(self.function(*other.args, **other.kwargs))

    def __repr__(self) -> str:
        words = [*map(repr, self.args), *(f"{k}={v!r}" for k, v in self.kwargs.items())]
        return f"{public_name(self.function)}({', '.join(words)})"


def joined(outputs: Any) -> Any:
    """The floating arrays among `outputs` as one; a single array as it is."""
    if not isinstance(outputs, (tuple, list)):
        return outputs
    return np.concatenate([np.ravel(out) for out in outputs if out.dtype.kind in "fc"])


# What is in an array.


@dataclass(frozen=True)
class Numbers:
    """Numbers between two bounds: never 0, no two in a call closer than 1/160 of the range."""

    low: float
    high: float
    complex: bool = False  # in half of the calls, with imaginary parts from -1 to 1

    def array(
        self, rng: np.random.Generator, shape: Shape, nth: int, on_plane: bool = False
    ) -> np.ndarray:
        """Random points of a grid, which is shifted by a fifth of its step for each argument."""
        size, step = math.prod(shape), (self.high - self.low) / 32
        points = rng.choice(32, size, replace=size > 32)
        found = np.reshape(self.low + step * (points + (nth % 4 + 1) / 5), shape)
        if self.complex and on_plane:
            found = found + 1j * Numbers(-1, 1).array(rng, shape, nth)
        return np.asarray(found)


@dataclass(frozen=True)
class Flags:
    """Booleans, such as a condition: an array that has no gradient."""

    def array(
        self, rng: np.random.Generator, shape: Shape, nth: int, on_plane: bool = False
    ) -> np.ndarray:
        return rng.random(shape) < 0.5


@dataclass(frozen=True)
class Made:
    """Arrays that a function makes of one with random numbers, such as positive definite matrices.

    `make(x)` takes and returns an array with the same shape and dtype, smoothly.
    """

    make: Callable[[np.ndarray], np.ndarray]
    complex: bool = False

    def array(
        self, rng: np.random.Generator, shape: Shape, nth: int, on_plane: bool = False
    ) -> np.ndarray:
        return self.make(Numbers(-2, 2, self.complex).array(rng, shape, nth, on_plane))


real, plane = Numbers(-2, 2), Numbers(-2, 2, complex=True)
positive, right_plane = Numbers(0.5, 2.5), Numbers(0.5, 2.5, complex=True)
lower, upper, above_minus_one = Numbers(-1.5, -0.5), Numbers(0.5, 1.5), Numbers(-0.5, 2)
flags = Flags()


class Domain(NamedTuple):
    arguments: tuple[Any, ...]
    static: dict[str, Any]
    shapes: Shapes
    via: Callable[..., Any] | None
    ties: bool

    @property
    def places(self) -> list[tuple[int, ...]]:
        """Where the differentiable arrays are: (argument,) or (argument, item of a list)."""
        return [place for place, values in self._arrays() if type(values) is not Flags]

    @property
    def anywhere(self) -> bool:
        """Whether an array may be replaced by one whose elements are all the same."""
        return all(type(values) is not Made for _, values in self._arrays())

    def _arrays(self) -> list[tuple[tuple[int, ...], Any]]:
        arrays: list[tuple[tuple[int, ...], Any]] = []
        for i, argument in enumerate(self.arguments):
            if type(argument) is list and any(isinstance(a, (Numbers, Made)) for a in argument):
                arrays += [((i, j), values) for j, values in enumerate(argument)]
            elif isinstance(argument, (Numbers, Flags, Made)):
                arrays.append(((i,), argument))
        return arrays

    def calls(
        self, function: Callable[..., Any], shape: Shape | None = None
    ) -> st.SearchStrategy[Call]:
        """Calls of `function`; all its arrays have `shape`, if that is given."""

        @st.composite
        def call(draw: Any) -> Call:
            arrays = self._arrays()
            shapes = [shape] * len(arrays) if shape is not None else draw(self.shapes(len(arrays)))
            rng, nth = np.random.default_rng(draw(st.integers(0, 999))), count()
            on_plane = any(getattr(values, "complex", False) for _, values in arrays)
            on_plane = on_plane and draw(st.booleans())
            args = [list(a) if type(a) is list else a for a in self.arguments]
            for ((i, *item), values), size in zip(arrays, shapes, strict=True):
                made = values.array(rng, size, next(nth), on_plane)
                if item:
                    args[i][item[0]] = made
                else:
                    args[i] = made
            chosen = [choose(draw, a, args[0]) for a in args]
            named = {name: choose(draw, value, args[0]) for name, value in self.static.items()}
            return Call(function, chosen, named, self)

        return call()


def takes(
    *arguments: Any,
    shapes: Shapes | None = None,
    via: Callable[..., Any] | None = None,
    ties: bool = True,
    **static: Any,
) -> Domain:
    """The domain of a function with these arguments, the last ones by keyword."""
    return Domain(arguments, static, broadcastable if shapes is None else shapes, via, ties)


def choose(draw: Any, argument: Any, first: Any) -> Any:
    """A static argument that suits the first array, if it is to be chosen."""
    return argument(draw, first) if type(argument) is FunctionType else argument


# Shapes.


def shaped(min_dims: int = 0, min_side: int = 0) -> Shapes:
    """Shapes that broadcast together, with that many axes, none shorter than `min_side`."""

    def shapes(n: int) -> st.SearchStrategy[Sequence[Shape]]:
        if n == 1:
            one = hnp.array_shapes(
                min_dims=min_dims, max_dims=3, min_side=min_side or 1, max_side=3
            )
            empty = st.sampled_from([(0,), (2, 0), (0, 3, 1)])
            return st.tuples(one if min_side else one | empty)
        return hnp.mutually_broadcastable_shapes(
            num_shapes=n, min_dims=min_dims, max_dims=3, min_side=min_side, max_side=3
        ).map(lambda found: found.input_shapes)

    return shapes


def listed(*shapes: Sequence[Shape]) -> Shapes:
    """One of those listed."""
    return lambda n: st.sampled_from(shapes)


def joinable(n: int) -> st.SearchStrategy[Sequence[Shape]]:
    """Shapes that differ, if at all, along the first axis."""
    sides = st.lists(st.integers(0, 3), min_size=n, max_size=n)
    rest = hnp.array_shapes(min_dims=0, max_dims=2, min_side=1, max_side=3)
    return st.builds(lambda sides, rest: [(side, *rest) for side in sides], sides, rest)


def alike(n: int) -> st.SearchStrategy[Sequence[Shape]]:
    """The same shape for all."""
    return shaped()(1).map(lambda shapes: list(shapes) * n)


broadcastable, not_empty, some_axis, no_scalar = shaped(), shaped(0, 1), shaped(1), shaped(1, 1)


# Static arguments, each chosen to suit the first array.


def a_flag(draw: Any, x: Any) -> bool:
    return draw(st.booleans())


def an_axis(draw: Any, x: Any) -> int:
    return draw(st.integers(-x.ndim, x.ndim - 1))


def axes_of(draw: Any, x: Any) -> Any:
    """One axis, or several, negative ones too."""
    axes = draw(hnp.valid_tuple_axes(x.ndim, min_size=1))
    return axes[0] if len(axes) == 1 and draw(st.booleans()) else axes


def some_axes(draw: Any, x: Any) -> Any:
    """None, an axis, or several, or no axis at all."""
    if x.ndim == 0 or draw(st.booleans()):
        return draw(st.sampled_from([None, ()]))
    return axes_of(draw, x)


def permuted(draw: Any, x: Any) -> Any:
    axes = [draw(st.sampled_from([axis, axis - x.ndim])) for axis in range(x.ndim)]
    return draw(st.none() | st.permutations(axes))


def reshaped(draw: Any, x: Any) -> Any:
    shapes = [x.shape[::-1], x.size, (x.size,), (1, x.size, 1), (*x.shape, 1)]
    return draw(st.sampled_from([*shapes, -1, (-1, 1)] if x.size else shapes))


def order(draw: Any, x: Any) -> str:
    return draw(st.sampled_from("CF"))


def new_axes(draw: Any, x: Any) -> Any:
    n = draw(st.integers(1, 2))
    axes = draw(hnp.valid_tuple_axes(x.ndim + n, min_size=n, max_size=n))
    return axes[0] if n == 1 and draw(st.booleans()) else axes


def single_axes(draw: Any, x: Any) -> Any:
    axes = [axis for axis, side in enumerate(x.shape) if side == 1]
    return draw(st.sampled_from([None, (), *axes, *(a - x.ndim for a in axes), tuple(axes)]))


def broader(draw: Any, x: Any) -> Shape:
    """A shape that x can be broadcast to."""
    leading = draw(hnp.array_shapes(min_dims=0, max_dims=1, min_side=0, max_side=2))
    return (*leading, *(draw(st.integers(0, 3)) if side == 1 else side for side in x.shape))


def joint_axis(draw: Any, xs: Any) -> int | None:
    """An axis to join at: the first, from either end, or none."""
    axes = [0, -xs[0].ndim, None]
    alike = len({x.shape for x in xs}) == 1
    return draw(st.sampled_from(axes + [xs[0].ndim - 1, -1] * alike))


def stack_axis(draw: Any, xs: Any) -> int:
    return draw(st.integers(-xs[0].ndim - 1, xs[0].ndim))


def a_key(draw: Any, x: Any) -> Any:
    """An index of any kind: basic, integer arrays, booleans, mixtures."""
    kinds = [hnp.basic_indices(x.shape, allow_newaxis=True), st.just(np.ones(x.shape, bool))]
    if x.ndim:
        side = x.shape[0]
        kinds.append(hnp.arrays(bool, side))
        kinds.append(st.just((..., None, slice(None, None, -1))))
    if x.ndim and x.size:
        rows = st.lists(st.integers(-side, side - 1), max_size=4)
        kinds += [rows, hnp.integer_array_indices(x.shape), rows.map(lambda r: (r, ...))]
        kinds += [rows.map(lambda r: (None, np.array(r, int)))]
    return draw(st.one_of(kinds))
