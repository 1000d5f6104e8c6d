"""What to feed each entry of the derivative table: one line an entry.

    np.power: takes(positive, real),
    np.sum: takes(real, axis=some_axes, keepdims=a_flag),

Each argument is the numbers of an array (`positive`: within bounds, away from kinks and from ties
by construction), a list of those, a function that chooses a static argument to suit the first array
(`some_axes`), or that static argument itself. The arrays have shapes that broadcast together, 0-d
and empty ones too, or those that `shapes` gives. An entry that needs several lines has a list.
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

from autograd import affine, log_softmax, logsumexp, relu, sigmoid, softmax, softplus
from autograd.functional import rerun
from autograd.primitive import TABLE, Operation, entry
from autograd.rules.elementwise import log_or_zero, over, raised, times
from autograd.rules.indexing import index, put, scatter_add
from autograd.rules.shaping import cast
from autograd.trace import stand_in

Shape = tuple[int, ...]
Shapes = Callable[[int], st.SearchStrategy[Sequence[Shape]]]  # number of arrays -> their shapes


@dataclass(frozen=True)
class Call:
    """A call of an operation, as a function of its differentiable arrays."""

    function: Callable[..., Any]
    args: Sequence[Any]
    kwargs: dict[str, Any]
    places: Sequence[tuple[int, ...]]  # of those arrays: (argument,) or (argument, item of a list)

    @property
    def operation(self) -> Operation:
        return entry(self.function)

    @property
    def arrays(self) -> list[np.ndarray]:
        return [self.args[i] if not item else self.args[i][item[0]] for i, *item in self.places]

    def but(self, arrays: Sequence[Any]) -> Call:
        """The same call with other arrays."""
        args = [list(arg) if type(arg) is list else arg for arg in self.args]
        for (i, *item), array in zip(self.places, arrays, strict=True):
            if item:
                args[i][item[0]] = array
            else:
                args[i] = array
        return Call(self.function, args, self.kwargs, self.places)

    def __call__(self, *arrays: Any) -> Any:
        other = self.but(arrays)
        return other.function(*other.args, **other.kwargs)

    def __repr__(self) -> str:
        words = [*map(repr, self.args), *(f"{k}={v!r}" for k, v in self.kwargs.items())]
        return f"{self.operation.name}({', '.join(words)})"


class Numbers(NamedTuple):
    """Numbers between two bounds: never 0, no two in a call closer than 1/160 of the range."""

    low: float
    high: float

    def array(self, rng: np.random.Generator, shape: Shape, nth: int) -> np.ndarray:
        """Random points of a grid, which is shifted by a fifth of its step for each argument."""
        size, step = math.prod(shape), (self.high - self.low) / 32
        points = rng.choice(32, size, replace=size > 32)
        return np.reshape(self.low + step * (points + (nth % 4 + 1) / 5), shape)


class Flags(NamedTuple):
    """Booleans, such as a condition: an array that has no gradient."""

    def array(self, rng: np.random.Generator, shape: Shape, nth: int) -> np.ndarray:
        return rng.random(shape) < 0.5


real, positive, flags = Numbers(-2, 2), Numbers(0.5, 2.5), Flags()
lower, upper, above_minus_one = Numbers(-1.5, -0.5), Numbers(0.5, 1.5), Numbers(-0.5, 2)


class Domain(NamedTuple):
    arguments: tuple[Any, ...]
    static: dict[str, Any]
    shapes: Shapes

    @property
    def places(self) -> list[tuple[int, ...]]:
        """Where the differentiable arrays are: (argument,) or (argument, item of a list)."""
        return [place for place, values in self._arrays() if type(values) is Numbers]

    def _arrays(self) -> list[tuple[tuple[int, ...], Any]]:
        arrays: list[tuple[tuple[int, ...], Any]] = []
        for i, argument in enumerate(self.arguments):
            if type(argument) is list:
                arrays += [((i, j), values) for j, values in enumerate(argument)]
            elif type(argument) in (Numbers, Flags):
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
            args = [list(a) if type(a) is list else a for a in self.arguments]
            for ((i, *item), values), size in zip(arrays, shapes, strict=True):
                made = values.array(rng, size, next(nth))
                if item:
                    args[i][item[0]] = made
                else:
                    args[i] = made
            chosen = [choose(draw, a, args[0]) for a in args]
            named = {name: choose(draw, value, args[0]) for name, value in self.static.items()}
            return Call(function, chosen, named, self.places)

        return call()


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

PRODUCTS = listed(
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((1, 1), (1, 1)),
    ((2, 2, 3), (3, 2)), ((2, 3), (4, 3, 2)), ((2, 1, 2, 3), (3, 3, 2)), ((3,), (2, 3, 1)),
    ((2, 2, 3), (3,)), ((1, 2, 3), (2, 3, 2)), ((2, 2, 2), (2, 2)), ((2, 2), (2, 2)),
    ((2, 0), (0, 3)), ((0, 3), (3, 2)), ((0,), (0,)), ((0, 2, 3), (3, 1)), ((2, 3), (0, 3, 1)),
)  # fmt: skip
LAYERS = listed(
    ((3,), (2, 3), (2,)), ((4, 3), (2, 3), (2,)), ((2, 1, 3), (2, 3), (2,)), ((0, 3), (2, 3), (2,)),
    ((1, 1), (1, 1), (1,)), ((2, 2), (2, 2), (2,)), ((2, 0), (2, 0), (2,)), ((2, 3), (0, 3), (0,)),
)  # fmt: skip


# Static arguments, each chosen to suit the first array.


def a_function(draw: Any, x: Any) -> Callable[..., Any]:
    return lambda x, y: np.sin(x) * y


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


# The domains. Where a list of keys is an argument: repeated, masked, sliced.

REPEATED, MASK = np.array([0, 2, 0]), np.array([True, False, True])

DOMAINS: dict[Callable[..., Any], Domain | list[Domain]] = {}


def takes(*arguments: Any, shapes: Shapes = broadcastable, **static: Any) -> Domain:
    """The domain of an entry with these arguments, the last ones by keyword."""
    return Domain(arguments, static, shapes)


DOMAINS |= {
    # elementwise
    times: takes(real, real),
    over: takes(real, real),
    raised: takes(positive, real),
    log_or_zero: takes(positive),
    np.add: takes(real, real),
    np.subtract: takes(real, real),
    np.negative: takes(real),
    np.multiply: takes(real, real),
    np.divide: takes(real, real),
    np.square: takes(real),
    np.sqrt: takes(positive),
    np.power: takes(positive, real),
    np.exp: takes(real),
    np.expm1: takes(real),
    np.log: takes(positive),
    np.log1p: takes(above_minus_one),
    np.sin: takes(real),
    np.cos: takes(real),
    np.tanh: takes(real),
    np.abs: takes(real),
    np.maximum: takes(real, real),
    np.minimum: takes(real, real),
    np.where: takes(flags, real, real),
    np.clip: [
        takes(real, lower, upper),
        takes(real, upper, lower),  # bounds the wrong way round: NumPy returns the upper one
        takes(real, None, real),
        takes(real, real, None),
        takes(real, a_min=-1.01, a_max=0.51),
    ],
    relu: takes(real),
    sigmoid: takes(real),
    softplus: takes(real),
    stand_in: takes(real),
    # reductions
    np.sum: takes(real, axis=some_axes, keepdims=a_flag),
    np.mean: takes(real, axis=some_axes, keepdims=a_flag, shapes=not_empty),
    np.max: takes(real, axis=some_axes, keepdims=a_flag, shapes=not_empty),
    np.min: takes(real, axis=some_axes, keepdims=a_flag, shapes=not_empty),
    logsumexp: takes(real, axis=some_axes, keepdims=a_flag, shapes=not_empty),
    softmax: takes(real, axis=axes_of, shapes=no_scalar),
    log_softmax: takes(real, axis=axes_of, shapes=no_scalar),
    # shaping
    cast: takes(real, np.float64),
    np.copy: takes(real),
    np.reshape: takes(real, reshaped, order=order),
    np.ravel: takes(real, order=order),
    np.transpose: [
        takes(real, permuted),
        takes(real, (1, 2, 0), shapes=listed([(2, 3, 2)], [(2, 2, 2)])),
    ],
    np.swapaxes: takes(real, an_axis, an_axis, shapes=some_axis),
    np.moveaxis: takes(real, an_axis, an_axis, shapes=some_axis),
    np.expand_dims: takes(real, new_axes),
    np.squeeze: takes(real, single_axes),
    np.broadcast_to: takes(real, broader),
    np.concatenate: [
        takes([real, real, real], axis=joint_axis, shapes=joinable),
        takes([real], axis=0, shapes=some_axis),
    ],
    np.stack: takes([real, real, real], axis=stack_axis, shapes=alike),
    # indexing
    index: [takes(real, a_key), takes(real, REPEATED, shapes=listed([(3,)], [(3, 2)]))],
    scatter_add: [
        takes(real, REPEATED, (3, 2), shapes=listed([(3, 2)], [(3, 1)], [(2,)], [()])),
        takes(real, (slice(None, None, -1), 1), (3, 2), shapes=listed([(3,)], [(1,)], [()])),
        takes(real, (MASK, [0, 0]), (3, 2), shapes=listed([(2,)], [()])),
        takes(real, MASK, (3, 0), shapes=listed([(2, 0)])),
    ],
    put: [
        takes(real, REPEATED, real, shapes=listed([(3, 2), (3, 2)], [(3, 2), (2,)], [(3,), ()])),
        takes(real, (..., slice(0, 2)), real, shapes=listed([(3, 3), (3, 2)], [(3,), (1,)])),
        takes(real, MASK, real, shapes=listed([(3, 2), (2, 2)], [(3,), (2,)], [(3, 0), ()])),
        takes(real, (), real, shapes=listed([(), ()], [(2, 3), (3,)])),
    ],
    # products
    np.matmul: takes(real, real, shapes=PRODUCTS),
    affine: takes(real, real, real, shapes=LAYERS),
    # functions of functions
    rerun: takes([real, real], a_function),
}

# The entries that the engine declares; what the tests and docstrings declare comes later.
ENTRIES = {
    operation
    for function, operation in TABLE.items()
    if type(function) is np.ufunc or function.__module__.split(".")[0] in ("numpy", "autograd")
}


def domains_of(function: Callable[..., Any]) -> list[Domain]:
    found = DOMAINS[function]
    return found if isinstance(found, list) else [found]


def calls(function: Callable[..., Any], shape: Shape | None = None) -> st.SearchStrategy[Call]:
    """Calls of an entry's function, from all its domains."""
    return st.one_of([domain.calls(function, shape) for domain in domains_of(function)])
