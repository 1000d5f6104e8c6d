"""The limit of an iteration, differentiated where it ends instead of through its steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.extend import defvjp, primitive
from autograd.functional import vjp
from autograd.misc.flatten import flatten

__all__ = [
    "fixed_point",
]


@primitive
def fixed_point(
    f: Callable[[Any], Callable[[Any], Any]],
    a: Any,
    x0: Any,
    distance: Callable[[Any, Any], Any],
    tol: float,
) -> Any:
    """The x at which x = f(a)(x), by iteration from `x0` until a step is shorter than `tol`.

    `distance(x, y)` measures a step. The gradient is that of `a`; where the iteration converges,
    `x0` has none. Derivatives of any order are found by iteration too, from the implicit function.

    >>> from autograd import grad
    >>> def root(a):  # Newton's iteration for the square root
    ...     newton = lambda a: lambda x: 0.5 * (x + a / x)
    ...     return fixed_point(newton, a, 1.0, lambda x, y: abs(x - y), 1e-12)
    >>> grad(root)(4.0).round(6)
    np.float64(0.25)
    """
    step = f(a)
    previous, x = x0, step(x0)
    while distance(previous, x) > tol:
        previous, x = x, step(x)
    return x


def _vjp(
    ans: Any,
    f: Callable[[Any], Callable[[Any], Any]],
    a: Any,
    x0: Any,
    distance: Callable[[Any, Any], Any],
    tol: float,
) -> Callable[[Any], Any]:
    """With x = f(a)(x): dx = (1 − ∂f/∂x)⁻¹ ∂f/∂a da, so that g is first solved for u in

    u = g + (∂f/∂x)ᵀ u, another fixed point, and the gradient of a is (∂f/∂a)ᵀ u.
    """

    def back(parts: Any) -> Callable[[Any], Any]:
        a, x, g = parts

        def step(u: Any) -> Any:
            (pulled,) = vjp(f(a), x)[1](u)
            moved, unflatten = flatten(pulled)
            return unflatten(flatten(g)[0] + moved)

        return step

    def pull(g: Any) -> Any:
        g0, unflatten = flatten(g)
        u = fixed_point(back, (a, ans, g), unflatten(np.zeros(np.shape(g0))), distance, tol)
        return vjp(lambda a: f(a)(ans), a)[1](u)[0]

    return pull


defvjp(fixed_point, None, _vjp, None)
