"""A call of a function: what is checked, as a function of the arrays that it was given."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Any

import numpy as np

from autograd.primitive import COMPOSED, TABLE, NDArray, Operation, public_name
from autograd.tensor import Tensor
from autograd.testing.message import literal
from autograd.testing.numerics.problem import argument_names, called, paths, plain_array
from autograd.tree import flatten, unflatten


class Call:
    """f(*args, **kwargs), as a function of its arrays of floating or complex numbers.

    Those may also stand in lists, tuples and dicts. Numbers, and all else, are constant. Its value
    is one array: of several outputs the floating ones, raveled and joined. Raises ValueError if it
    has no such arrays.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        via: Callable[..., Any] | None = None,
        ties: bool = True,
        second_order: bool = True,
    ) -> None:
        self.f, self.args, self.kwargs, self.via = f, tuple(args), dict(kwargs), via
        self.ties, self.second_order = ties, second_order
        self.leaves, self.structure = flatten((self.args, self.kwargs))
        self.places = [i for i, leaf in enumerate(self.leaves) if is_differentiable(leaf)]
        self.arrays: list[NDArray] = [self.leaves[i] for i in self.places]
        if not self.arrays:
            raise ValueError(
                f"{self.name} got no array of floating or complex numbers to differentiate by: "
                f"give np.array(2.0) for 2.0; numbers are held constant"
            )

    @property
    def name(self) -> str:
        """What to call the function in a message."""
        name = public_name(self.f)
        return called(self.f) if name == "<lambda>" else name

    @property
    def operation(self) -> Operation | None:
        """Its entry in the table; None if it has none, or the call is composed of others."""
        try:
            operation = TABLE.get(getattr(self.f, "__primitive__", self.f))
        except TypeError:  # a callable that has no hash
            return None
        if operation is None or self.f not in COMPOSED:
            return operation
        return None if operation.is_other(self.args, self.kwargs) else operation

    def arguments(self, arrays: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with other arrays, or Tensors, in place of its own."""
        leaves = list(self.leaves)
        for place, array in zip(self.places, arrays, strict=True):
            leaves[place] = array
        args, kwargs = unflatten(self.structure, iter(leaves))
        return args, kwargs

    def run(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """What the function returns for these arguments."""
        if self.via is not None:
            return self.via(self.f, *args, **kwargs)
        return self.f(*args, **kwargs)

    def __call__(self, *arrays: Any) -> Any:
        """The value for other arrays, or Tensors, in place of its own."""
        args, kwargs = self.arguments(arrays)
        return joined(self.run(args, kwargs))

    def value(self, *arrays: Any) -> NDArray:
        """The value for plain arrays; or for Tensors, if the function takes nothing else."""
        try:
            return plain_array(self(*arrays))
        except Exception:
            return plain_array(self(*map(Tensor, arrays)))

    def names(self) -> list[str]:
        """What to call each array: `x`, or `params['w'][0]`."""
        labels = [
            *(label for arg, name in zip(self.args, self._names) for label in paths(arg, name)),
            *(label for name, arg in self.kwargs.items() for label in paths(arg, name)),
        ]
        return [labels[place] for place in self.places]

    @property
    def _names(self) -> list[str]:
        if self.via is None:
            return argument_names(self.f, len(self.args))
        return argument_names(self.via, len(self.args) + 1)[1:]

    def for_check_grads(self) -> tuple[Callable[..., Any], list[Any], dict[str, Any]]:
        """A function of those arguments that hold arrays, and these: positional and by keyword."""
        held = [any(map(is_differentiable, flatten(arg)[0])) for arg in self.args]

        def function(*args: Any, **kwargs: Any) -> Any:
            given = iter(args)
            whole = [next(given) if h else arg for h, arg in zip(held, self.args, strict=True)]
            return self.run(whole, {**self.kwargs, **kwargs})

        names = [name for name, h in zip(self._names, held) if h]
        function.__name__ = self.name
        function.__signature__ = _signature(names)  # type: ignore[attr-defined]
        args = [arg for arg, h in zip(self.args, held) if h]
        kwargs = {
            name: arg
            for name, arg in self.kwargs.items()
            if any(map(is_differentiable, flatten(arg)[0]))
        }
        return function, args, kwargs

    def __repr__(self) -> str:
        """The line that repeats it."""
        words = [written(self.f), *map(written, self.args)]
        words += [f"{name}={written(value)}" for name, value in self.kwargs.items()]
        words += [f"via={written(self.via)}"] * (self.via is not None)
        words += ["ties=False"] * (not self.ties) + ["second_order=False"] * (not self.second_order)
        return f"check_call({', '.join(words)})"


def is_differentiable(leaf: Any) -> bool:
    """Whether it is an array of floating or complex numbers."""
    return isinstance(leaf, np.ndarray) and leaf.dtype.kind in "fc"


def joined(outputs: Any) -> Any:
    """The floating arrays among `outputs` as one; a single array as it is."""
    found = [
        out for out in flatten(outputs)[0] if getattr(out, "dtype", np.dtype(int)).kind in "fc"
    ]
    return found[0] if len(found) == 1 else np.concatenate([np.ravel(out) for out in found])


def written(value: Any) -> str:
    """Python for an argument, with `np` as NumPy.

    >>> print(written(np.linalg.inv), written(np.float32), written(np.array([0.5, 2.5])))
    np.linalg.inv np.float32 np.array([0.5, 2.5])
    """
    if isinstance(value, np.dtype):
        return f"np.dtype({value.name!r})"
    if callable(value):
        name = public_name(value)
        return name if name.replace(".", "_").isidentifier() else "f"
    return literal(value)


def _signature(names: Sequence[str]) -> inspect.Signature:
    """That of a function whose arguments have these names: those like `xs[0]` are its `*xs`."""
    plain = list(takewhile(str.isidentifier, names))
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in plain]
    if len(plain) < len(names):
        rest = names[len(plain)].partition("[")[0].replace(" ", "_")
        parameters.append(inspect.Parameter(rest, inspect.Parameter.VAR_POSITIONAL))
    return inspect.Signature(parameters)
