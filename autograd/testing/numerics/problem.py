"""A function at a point, as a map between vectors of real numbers, with its analytic derivatives.

`Problem` takes any callable and finds the arrays among its arguments and in what it returns. A
complex number is two real ones, so that the rest need not know of it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.functional import jvp, vjp
from autograd.primitive import NDArray
from autograd.tensor import Tensor
from autograd.trace import Trace
from autograd.tree import LEAF, flatten, unflatten

Function = Callable[..., Any]


@dataclass
class Leaf:
    """An array among the arguments by which to differentiate."""

    place: int  # among all leaves of the arguments
    name: str  # such as params['w'][0]
    value: NDArray  # as it was given
    kind: type  # float or complex for Python's numbers, np.generic for NumPy's, else np.ndarray
    start: int  # where it is in the vector

    @property
    def is_complex(self) -> bool:
        """Whether each element is two numbers of the vector."""
        return self.value.dtype.kind == "c"

    @property
    def stop(self) -> int:
        """Where it ends in the vector."""
        return self.start + self.value.size * (2 if self.is_complex else 1)


class Problem:
    """`f` at its arguments: evaluated anywhere near them, differentiated right there.

    Floating and complex arrays and numbers among the positional arguments, and arrays among those
    by keyword, are what to differentiate by. All else is held constant.
    """

    def __init__(
        self,
        f: Function,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        names: Sequence[str] | None = None,
        grad: Function | None = None,
    ) -> None:
        self.f, self.args, self.kwargs, self.by_hand = f, tuple(args), dict(kwargs), grad
        self.name = called(f)
        if names is None:
            names = argument_names(f, len(self.args))
        self.argument_names = names
        whole = (self.args, self.kwargs)
        self.all_leaves, self.structure = flatten(whole)
        labels = [
            *(path for arg, name in zip(self.args, names) for path in paths(arg, name)),
            *(path for name, arg in self.kwargs.items() for path in paths(arg, name)),
        ]
        positional = len(flatten(self.args)[0])
        self.leaves: list[Leaf] = []
        start = 0
        for place, (leaf, label) in enumerate(zip(self.all_leaves, labels, strict=True)):
            if place >= positional and grad is not None:
                break  # a gradient by hand is that by the positional arguments
            value = floating(leaf, arrays_only=place >= positional)
            if value is None:
                continue
            kind = type(leaf) if type(leaf) in (float, complex) else np.ndarray
            kind = np.generic if isinstance(leaf, np.generic) else kind
            self.leaves.append(Leaf(place, label, value, kind, start))
            start = self.leaves[-1].stop
        # What `first_look` finds out:
        self.in_tensors = False  # whether f takes Tensors only
        self.native = False  # whether f takes the dtypes as given only
        self.picked: list[int] | None = None  # which leaves of the value are floating
        self.out_types: list[tuple[tuple[int, ...], np.dtype[Any]]] = []  # of the value as given
        self.base = np.zeros(0)  # the value in double precision, as a vector
        self.eps_out = np.zeros(0)  # the precision of each of its numbers
        self.eps_in = 2.0**-52  # that of the arguments as they are fed to f
        self.exact_eps = 2.0**-52  # that of the arguments as given
        self.within: NDArray = np.zeros(1)  # how large what the value is made of is, if larger

    # What goes in.

    @property
    def point(self) -> NDArray:
        """The arguments as one vector of real numbers."""
        return np.concatenate([reals(leaf.value) for leaf in self.leaves] or [np.zeros(0)])

    def in_double(self) -> Problem:
        """The same in double precision: its gradients, too, are computed in it."""
        leaves = list(self.all_leaves)
        for leaf in self.leaves:
            wide = leaf.value.astype(np.result_type(leaf.value, np.float64))
            given = wide if leaf.kind is np.ndarray else wide[()]
            leaves[leaf.place] = Tensor(wide) if type(leaves[leaf.place]) is Tensor else given
        args, kwargs = unflatten(self.structure, iter(leaves))
        twin = Problem(self.f, args, kwargs, self.argument_names, self.by_hand)
        twin.within = self.within
        return twin

    @property
    def is_scalar(self) -> bool:
        """Whether the value is one real number."""
        return len(self.base) == 1

    def arrays(self, vector: NDArray | None = None, exact: bool = False) -> list[NDArray]:
        """The arrays that a vector stands for, in double precision or, if `exact`, as given."""
        vector = self.point if vector is None else vector
        found = []
        for leaf in self.leaves:
            dtype = leaf.value.dtype
            if not (exact or self.native):
                dtype = np.result_type(dtype, np.float64)
            found.append(from_reals(vector[leaf.start : leaf.stop], leaf.value.shape, dtype))
        return found

    def where(self, i: int) -> tuple[Leaf, tuple[int, ...], bool]:
        """The array that has the number i of the vector, its index, and whether it is imaginary."""
        leaf = next(leaf for leaf in self.leaves if i < leaf.stop)
        at = i - leaf.start
        imaginary = at >= leaf.value.size
        index = np.unravel_index(at % leaf.value.size, leaf.value.shape)
        return leaf, tuple(map(int, index)), imaginary

    # What comes out.

    def call(self, leaves: Sequence[Any]) -> list[Any]:
        """The floating leaves of what f returns for these leaves of its arguments."""
        whole = list(self.all_leaves)
        for leaf, given in zip(self.leaves, leaves, strict=True):
            whole[leaf.place] = given
        args, kwargs = unflatten(self.structure, iter(whole))
        outputs = flatten(self.f(*args, **kwargs))[0]
        return outputs if self.picked is None else [outputs[i] for i in self.picked]

    def outputs(self, arrays: Sequence[NDArray]) -> list[NDArray]:
        """The value for plain arrays, as plain arrays."""
        return [plain_array(out) for out in self.given(arrays)]

    def given(self, arrays: Sequence[NDArray]) -> list[Any]:
        """What f returns for plain arrays, each made into what f was given in its place."""
        given: list[Any] = []
        for leaf, array in zip(self.leaves, arrays, strict=True):
            if self.in_tensors:
                given.append(Tensor(array))
            elif leaf.kind in (float, complex):
                given.append(array.item())
            else:
                given.append(array[()] if leaf.kind is np.generic else array)
        return self.call(given)

    def values(self, vector: NDArray) -> NDArray:
        """The value as a vector of real numbers, at a point given as one."""
        outputs = self.outputs(self.arrays(vector))
        return np.concatenate([reals(out) for out in outputs] or [np.zeros(0)])

    def cotangents(self, weights: NDArray) -> list[NDArray]:
        """The cotangents, one an output, whose pairing with the value is weights @ values."""
        found, start = [], 0
        for shape, dtype in self.out_types:
            size = int(np.prod(shape)) * (2 if dtype.kind == "c" else 1)
            part = from_reals(weights[start : start + size], shape, dtype)
            found.append(np.conj(part) if dtype.kind == "c" else part)
            start += size
        return found

    def changed(self, vector: NDArray) -> NDArray:
        """values(vector) − base; NaN for what is not finite, or where f refuses the vector."""
        try:
            values = self.values(vector)
        except Exception:  # f may raise what it likes outside its domain
            return np.full(self.base.shape, np.nan)
        if values.shape != self.base.shape:
            return np.full(self.base.shape, np.nan)
        change = values - self.base
        change[~np.isfinite(change)] = np.nan
        return change

    def complex_step(self, line: tuple[NDArray, NDArray]) -> NDArray | None:
        """The derivative along a line by one complex step each of two sizes, if f takes that."""
        elements, steps = line
        if any(leaf.is_complex for leaf in self.leaves) or self.native or self.in_tensors:
            return None
        found = []
        try:
            for t in (0.0, 2.0**-70, 2.0**-90):
                moved = self.point.astype(complex)
                moved[elements] += 1j * t * steps
                outputs = [np.ravel(out) for out in self.outputs(self.arrays(moved))]
                found.append(np.concatenate(outputs))
        except Exception:
            return None
        at, one, other = found
        if at.shape != self.base.shape or at.dtype.kind != "c":
            return None
        slopes = one.imag / 2.0**-70, other.imag / 2.0**-90
        same = np.allclose(at, self.base, rtol=1e-13, atol=0)
        same = same and np.allclose(*slopes, rtol=1e-12, atol=0)
        return slopes[0] if same else None

    # Its derivatives.

    def reverse(self, weights: NDArray, vector: NDArray | None = None) -> NDArray:
        """The gradient of weights @ values, as a vector, by the engine or by hand."""
        cotangents = self.cotangents(weights)
        if vector is None and self.by_hand is None:
            return self.vector_of(self.swept[1](cotangents))
        arrays = self.arrays(vector, exact=True)
        if self.by_hand is not None:
            return self.vector_of(self.hand_gradients(arrays))
        return self.vector_of(vjp(self.recorded, *arrays)[1](cotangents))

    def vector_of(self, gradients: Sequence[Any]) -> NDArray:
        """Gradients as the real vector whose product with a displacement is the change of value."""
        parts = [reals(np.conj(plain_array(g))) for g in gradients]
        return np.concatenate(parts or [np.zeros(0)])

    def forward(self, direction: NDArray, vector: NDArray | None = None) -> NDArray:
        """The derivative of the values along a direction, by forward mode."""
        tangents = self.arrays(direction, exact=True)
        if vector is None:
            moved = self.pushed.push(tangents)
        else:
            moved = jvp(self.recorded, self.arrays(vector, exact=True), tangents)[1]
        return np.concatenate([reals(plain_array(out)) for out in moved])

    @functools.cached_property
    def swept(self) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        """The value at the point, and the function that sweeps its graph backward."""
        return vjp(self.recorded, *self.exact)

    @functools.cached_property
    def pushed(self) -> Trace:
        """The same graph, for forward mode."""
        return Trace(self.recorded, self.exact, {}, range(len(self.exact)), forward=True)

    @functools.cached_property
    def exact(self) -> list[NDArray]:
        """The arrays at the point, as given, which nobody changes."""
        return self.arrays(exact=True)

    @functools.cached_property
    def recorded(self) -> Function:
        """f as a function of its leaves alone, for a transform."""

        @functools.wraps(self.f, updated=())
        def of_leaves(*leaves: Any) -> Any:
            return self.call(leaves)

        return of_leaves

    def hand_gradients(self, arrays: Sequence[Any]) -> list[Any]:
        """The leaves of what the user's own gradient returns; a misfit is an AssertionError."""
        assert self.by_hand is not None
        whole = list(self.all_leaves)
        for leaf, given in zip(self.leaves, arrays, strict=True):
            is_number = leaf.kind in (float, complex) and type(given) is not Tensor
            whole[leaf.place] = given.item() if is_number else given
        args, kwargs = unflatten(self.structure, iter(whole))
        returned = self.by_hand(*args, **kwargs)
        held = {leaf.place for leaf in self.leaves}
        each, places = [], iter(range(len(self.all_leaves)))
        for structure in self.structure[0]:
            each.append((structure, [next(places) in held for _ in flatten(structure)[0]]))
        wanted = [(structure, inside) for structure, inside in each if any(inside)]
        if isinstance(returned, tuple) and len(returned) == len(each) > len(wanted):
            returned = tuple(g for g, (_, inside) in zip(returned, each) if any(inside))
        elif len(wanted) == 1:
            alone = isinstance(returned, tuple) and len(returned) == 1 and wanted[0][0] is LEAF
            returned = returned if alone else (returned,)
        if not isinstance(returned, tuple) or len(returned) != len(wanted):
            number = len(returned) if isinstance(returned, tuple) else 1
            raise AssertionError(
                f"{called(self.by_hand)} returned {number} gradient{'s' * (number != 1)}, but "
                f"{self.name} has {len(wanted)} arguments to differentiate by: return a tuple with "
                f"a gradient for each"
            )
        found: list[Any] = []
        for (structure, inside), gradient in zip(wanted, returned, strict=True):
            leaves, got = flatten(gradient)
            if got != structure:
                raise AssertionError(
                    f"a gradient by {called(self.by_hand)} has the structure {got}, but the "
                    f"argument of {self.name} has {structure} (* is an array): return that nesting"
                )
            found += [leaf for leaf, is_held in zip(leaves, inside, strict=True) if is_held]
        return found


def floating(leaf: Any, arrays_only: bool = False) -> NDArray | None:
    """A copy of `leaf` as an array if it can be differentiated by, else None."""
    if type(leaf) is Tensor:
        leaf = leaf.data
    elif type(leaf) in (float, complex):
        if arrays_only:
            return None
    elif not isinstance(leaf, (np.ndarray, np.generic)):
        return None
    array = np.array(leaf)
    return array if array.dtype.kind in "fc" else None


def plain_array(value: Any) -> NDArray:
    """A number, array or Tensor as an array."""
    return np.asarray(value.data if type(value) is Tensor else value)


def reals(array: NDArray) -> NDArray:
    """The numbers of an array as a vector of real ones in double precision (or longer)."""
    flat = np.ravel(array)
    if array.dtype.kind == "c":
        flat = np.concatenate([flat.real, flat.imag])
    return flat.astype(np.result_type(flat.dtype, np.float64), copy=False)


def from_reals(vector: NDArray, shape: tuple[int, ...], dtype: Any) -> NDArray:
    """The array that `reals` has made a vector of; complex vectors give complex arrays."""
    dtype = np.dtype(dtype)
    if dtype.kind == "c":
        half = vector.size // 2
        vector = vector[:half] + 1j * vector[half:]
    elif vector.dtype.kind == "c":
        dtype = np.result_type(dtype, np.complex64)
    return vector.reshape(shape).astype(dtype)


def paths(tree: Any, name: str) -> Iterator[str]:
    """What to call each leaf of an argument, in the order of `flatten`."""
    if isinstance(tree, dict):
        for key, item in tree.items():
            yield from paths(item, f"{name}[{key!r}]")
    elif isinstance(tree, (list, tuple)):
        keys = getattr(tree, "_fields", None)
        for i, item in enumerate(tree):
            yield from paths(item, f"{name}[{i}]" if keys is None else f"{name}.{keys[i]}")
    elif tree is not None:
        yield name


def called(f: Function) -> str:
    """What to call a function in a message: its name, or where its lambda is."""
    while isinstance(f, functools.partial):
        f = f.func
    name = getattr(f, "__name__", None) or type(f).__name__
    if name != "<lambda>":
        return str(name)
    code = getattr(f, "__code__", None)
    return f"the lambda of line {code.co_firstlineno}" if code else "a lambda"


def argument_names(f: Function, count: int) -> list[str]:
    """The names of the first positional arguments, as in the signature if it can be read."""
    names: list[str] = []
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    for parameter in parameters:
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            names.append(parameter.name)
        elif parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{i}]" for i in range(count - len(names))]
    return [names[i] if i < len(names) else f"argument {i}" for i in range(count)]
