"""What the lines of `domains` are written in.

A line of them says what to feed a function: what check_op takes besides the function itself.

    np.power: takes(positive, plane),
    np.sum: takes(plane, axis=axes, keepdims=a_flag),

A function that needs several lines has a list of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

from autograd.testing import check_op
from autograd.testing.call import Call
from autograd.testing.operation import calls
from autograd.testing.strategies import Flags, Numbers, Values, axes, broadcastable
from autograd.tree import flatten


class Domain(NamedTuple):
    arguments: tuple[Any, ...]
    options: dict[str, Any]  # what check_op takes by these names: shapes, via, ties
    static: dict[str, Any]

    @property
    def reached(self) -> set[int]:
        """The arguments that are differentiated by."""
        return {
            i
            for i, argument in enumerate(self.arguments)
            for leaf in flatten(argument)[0]
            if isinstance(leaf, Values) and not isinstance(leaf, Flags)
        }

    def calls(self, function: Callable[..., Any]) -> st.SearchStrategy[Call]:
        return calls(function, *self.arguments, **self.options, **self.static)

    def check(self, function: Callable[..., Any], examples: int) -> None:
        check_op(function, *self.arguments, **self.options, **self.static, examples=examples)

    def but(self, **options: Any) -> Domain:
        return self._replace(options={**self.options, **options})


class Complex(Numbers):
    """Numbers that are complex in each call."""

    def array(self, shape: Any, nth: int = 0, on_plane: bool = False) -> Any:
        return Numbers(self.low, self.high, complex=True).array(shape, nth, on_plane=True)


def takes(*arguments: Any, **named: Any) -> Domain:
    options = {name: named.pop(name) for name in ("shapes", "via", "ties") if name in named}
    return Domain(arguments, options, named)


def shaped(min_dims: int = 0, min_side: int = 0) -> Any:
    """Shapes that broadcast together, with that many axes, none shorter than `min_side`."""
    return lambda n: broadcastable(n, min_dims=min_dims, min_side=min_side)


def axes_of(x: Any) -> Any:
    """One axis or several, neither None nor ()."""
    return axes(x, none=False)


def one_of(*values: Any) -> Any:
    return st.sampled_from(values)


not_empty, some_axis, no_scalar = shaped(0, 1), shaped(1), shaped(1, 1)
a_flag, order = st.booleans(), one_of("C", "F")
lower, upper = Numbers(-1.5, -0.5), Numbers(0.5, 1.5)
