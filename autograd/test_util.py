"""Checks of derivatives against finite differences, under the names that HIPS autograd gives them.

Both modes are compared with central differences along a random direction, and then, for the next
order, the derivative is checked in the same way. The directions come from a generator with a fixed
seed. All is done in double precision. A difference counts as far as rounding can't explain it, so
that a wrong derivative is found however small the function's values are. Where the step is too long
for the function, as smaller ones show, near a pole or a kink, these decide.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.differential_operators import Argnum, of_one_argument
from autograd.functional import jvp, vjp
from autograd.misc.flatten import flatten
from autograd.trace import name_of
from autograd.tree import flatten as leaves_of

__all__ = [
    "check_grads",
    "combo_check",
    "check_vjp",
    "check_jvp",
    "check_equivalent",
    "scalar_close",
]

EPS = 1e-5  # the step along a direction of length √n: truncation and rounding are both near 1e-10
SHORTER = (1e-6, 1e-7, 1e-8)  # steps where that one is too long
RTOL = 1e-6
ROUNDING = 100 * np.finfo(float).eps  # of the function, in units of its values

Vector = Any
Mode = str


def check_grads(
    f: Callable[..., Any],
    argnum: Argnum = 0,
    modes: Sequence[Mode] = ("fwd", "rev"),
    order: int = 2,
) -> Callable[..., None]:
    """The function of f's arguments that checks f's derivatives there, up to `order`.

    `modes` may be "fwd", "rev" or both. Raises AssertionError, with both figures, where a
    derivative is wrong; ValueError for an unknown mode.

    >>> import autograd.numpy as np
    >>> check_grads(lambda x: np.sum(np.sin(x)))(np.array([1.0, 2.0]))
    """
    unknown = set(modes) - {"fwd", "rev"}
    if unknown or order < 1:
        raise ValueError(
            f"check_grads got modes={list(modes)!r} and order={order}; the modes are 'fwd' and "
            f"'rev', the order 1 or more"
        )

    @functools.wraps(f)
    def check(*args: Any, **kwargs: Any) -> None:
        function, vector = _of_vector(*of_one_argument(f, argnum, args, kwargs))
        _check(function, vector, modes, order, np.random.default_rng(0))

    return check


def combo_check(
    f: Callable[..., Any],
    argnum: Argnum = 0,
    modes: Sequence[Mode] = ("fwd", "rev"),
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
    (xs, structure), (ys, other) = leaves_of(x), leaves_of(y)
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


def _of_vector(f: Callable[[Any], Any], x: Any) -> tuple[Callable[[Vector], Vector], Vector]:
    """`f` as a function of one real vector that returns a real vector; and that vector."""
    vector, unflatten = flatten(x)
    is_complex = np.iscomplexobj(vector)
    size = len(vector)

    @functools.wraps(f)
    def of_vector(v: Vector) -> Vector:
        value, _ = flatten(f(unflatten(v[:size] + 1j * v[size:] if is_complex else v)))
        if np.iscomplexobj(value):
            return np.concatenate([np.real(value), np.imag(value)])
        return value

    parts = [vector.real, vector.imag] if is_complex else [vector]
    return of_vector, np.concatenate(parts).astype(float)


def _check(
    f: Callable[[Vector], Vector],
    x: Vector,
    modes: Sequence[Mode],
    order: int,
    rng: np.random.Generator,
) -> None:
    direction = rng.standard_normal(x.shape)
    value, pull = vjp(f, x)
    weights = rng.standard_normal(value.shape)

    def difference(step: float) -> tuple[float, float]:
        change = f(x + step * direction) - f(x - step * direction)
        rounding = ROUNDING * np.sum(np.abs(weights * value)) / step
        return np.sum(weights * change) / (2 * step), rounding

    numeric, rounding = difference(EPS)

    def agrees(analytic: float) -> bool:
        if abs(analytic - numeric) <= RTOL * max(abs(numeric), abs(analytic)) + rounding:
            return True
        for shorter, its_rounding in map(difference, SHORTER):
            # Where the steps agree, the longer one has the more digits.
            too_long = not abs(shorter - numeric) <= rounding + its_rounding
            bound = RTOL * max(abs(shorter), abs(analytic)) + its_rounding
            if too_long and abs(analytic - shorter) <= bound:
                return True
        return False

    found = {}
    if "rev" in modes:
        found["reverse"] = np.sum(pull(weights)[0] * direction)
    if "fwd" in modes:
        found["forward"] = np.sum(weights * jvp(f, (x,), (direction,))[1])
    for mode, analytic in found.items():
        if not agrees(analytic):
            raise AssertionError(
                f"the derivative of {name_of(f)} is wrong in {mode} mode, along a random direction "
                f"at {x}:\nby autograd  {analytic}\nby differences {numeric}"
            )
    if order > 1:
        n = len(x)
        if "rev" in modes:
            _check(_pulled(f, n), np.concatenate([x, weights]), modes, order - 1, rng)
        if "fwd" in modes:
            _check(_pushed(f, n), np.concatenate([x, direction]), modes, order - 1, rng)


def _pulled(f: Callable[[Vector], Vector], n: int) -> Callable[[Vector], Vector]:
    """The reverse-mode derivative of `f`, as a function of its argument and the cotangent."""

    @functools.wraps(f)
    def derivative(both: Vector) -> Vector:
        return vjp(f, both[:n])[1](both[n:])[0]

    return derivative


def _pushed(f: Callable[[Vector], Vector], n: int) -> Callable[[Vector], Vector]:
    """The forward-mode derivative of `f`, as a function of its argument and the tangent."""

    @functools.wraps(f)
    def derivative(both: Vector) -> Vector:
        return jvp(f, (both[:n],), (both[n:],))[1]

    return derivative
