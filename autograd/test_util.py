"""Checks of derivatives against numbers, under the names that HIPS autograd gives them.

They are `autograd.testing.check_grads`, in another order: the function first, the point afterwards.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import testing
from autograd.differential_operators import Argnum
from autograd.functional import place_of
from autograd.testing.message import literal
from autograd.tree import flatten, unflatten

__all__ = [
    "check_grads",
    "combo_check",
    "check_vjp",
    "check_jvp",
    "check_equivalent",
    "scalar_close",
]

RTOL = 1e-6
MODES = {"fwd": "forward", "rev": "reverse"}


def check_grads(
    f: Callable[..., Any],
    argnum: Argnum = 0,
    modes: Sequence[str] = ("fwd", "rev"),
    order: int = 2,
) -> Callable[..., None]:
    """The function of f's arguments that checks f's derivatives there, up to `order`.

    `modes` may be "fwd", "rev" or both. Raises AssertionError, as `autograd.testing.check_grads`
    does, where a derivative is wrong; ValueError for an unknown mode.

    >>> import autograd.numpy as np
    >>> check_grads(lambda x: np.sum(np.sin(x)))(np.array([1.0, 2.0]))
    """
    if not modes or not set(modes) <= set(MODES) or order < 1:
        raise ValueError(
            f"check_grads got modes={list(modes)!r} and order={order}; the modes are 'fwd' and "
            f"'rev', the order 1 or more"
        )
    argnums = [argnum] if isinstance(argnum, (int, str)) else argnum

    @functools.wraps(f)
    def function(*args: Any, **kwargs: Any) -> Any:
        return f(*map(_plain, args), **{name: _plain(arg) for name, arg in kwargs.items()})

    def check(*args: Any, **kwargs: Any) -> None:
        places = [place_of(f, each, args, kwargs) for each in argnums]

        def given(place: int | str, argument: Any) -> Any:
            return _floating(argument) if place in places else _Held(argument)

        testing.check_grads(
            function,
            *(given(i, arg) for i, arg in enumerate(args)),
            order=order,
            modes=[MODES[mode] for mode in modes],
            **{name: given(name, arg) for name, arg in kwargs.items()},
        )

    return check


def combo_check(
    f: Callable[..., Any],
    argnum: Argnum = 0,
    modes: Sequence[str] = ("fwd", "rev"),
    order: int = 2,
) -> Callable[..., None]:
    """As `check_grads`, at each combination: every argument is a list of values to try.

    >>> import autograd.numpy as np
    >>> combo_check(np.sum, 0)([np.ones(2), np.ones((2, 3))], axis=[None, 0])
    """

    def check(*args: Any, **kwargs: Any) -> None:
        for values in itertools.product(*args, *kwargs.values()):
            named = dict(zip(kwargs, values[len(args) :], strict=True))
            check_grads(f, argnum, modes, order)(*values[: len(args)], **named)

    return check


def check_vjp(f: Callable[[Any], Any], x: Any) -> None:
    """Check the first derivative of `f` at `x`, in reverse mode, as `check_grads` does.

    >>> check_vjp(np.sin, 1.0)
    """
    check_grads(f, 0, ["rev"], 1)(x)


def check_jvp(f: Callable[[Any], Any], x: Any) -> None:
    """Check the first derivative of `f` at `x`, in forward mode, as `check_grads` does.

    >>> check_jvp(np.sin, 1.0)
    """
    check_grads(f, 0, ["fwd"], 1)(x)


def check_equivalent(x: Any, y: Any) -> None:
    """Raise AssertionError unless `x` and `y` have one structure and shapes, and equal numbers.

    >>> check_equivalent({"a": 1.0}, {"a": 1.0 + 1e-9})
    """
    (xs, structure), (ys, other) = flatten(x), flatten(y)
    shapes = [[np.shape(leaf) for leaf in leaves] for leaves in (xs, ys)]
    if structure != other or shapes[0] != shapes[1]:
        raise AssertionError(
            f"different structures: {structure} of shapes {shapes[0]}, and {other} of {shapes[1]}"
        )
    for a, b in zip(xs, ys, strict=True):
        if not np.allclose(a, b, rtol=RTOL, atol=RTOL):
            raise AssertionError(f"different values:\n{a}\n{b}")


def scalar_close(a: float, b: float) -> bool:
    """Whether two numbers agree to 1e-6, absolutely or relatively.

    >>> scalar_close(1.0, 1.1), scalar_close(1.0, 1.0 + 1e-7)
    (False, True)
    """
    return bool(abs(a - b) < RTOL or abs(a - b) < RTOL * abs(a + b))


class _Held:
    """An argument that is held constant, which `testing.check_grads` leaves alone."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return literal(self.value)


def _plain(argument: Any) -> Any:
    return argument.value if type(argument) is _Held else argument


def _floating(argument: Any) -> Any:
    """`argument` with arrays of floating numbers for numbers and integers."""
    leaves, structure = flatten(argument)
    arrays = [np.asarray(leaf) for leaf in leaves]
    floats = [a if a.dtype.kind in "fc" else a.astype(np.float64) for a in arrays]
    return unflatten(structure, iter(floats))
