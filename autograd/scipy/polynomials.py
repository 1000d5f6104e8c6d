"""Orthogonal polynomials of scipy.special, by their argument: DLMF 18.9.

The slope of each is one of another family, of one degree less, so all orders are right at the ends
of its interval too. By the degree or the parameters they have no derivative here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from autograd.primitive import Array, derivative, elementwise
from autograd.rules.elementwise import times


def _slope(f: np.ufunc, signature: str, slope: Callable[..., Array]) -> None:
    """Declare the slope of f(n, *parameters, x), which is not asked for n = 0, where it is 0."""
    n_parameters = signature.count(" ") - 1

    def at(n: Array, *rest: Array) -> Array:
        flat = np.equal(n, 0)
        return np.where(flat, 0, slope(np.where(flat, 1, n), *rest))

    derivative(
        f,
        signature,
        elementwise,
        x=(
            lambda g, n, x: times(g, at(n, x)),
            lambda g, n, alpha, x: times(g, at(n, alpha, x)),
            lambda g, n, alpha, beta, x: times(g, at(n, alpha, beta, x)),
        )[n_parameters],
    )


_slope(
    special.eval_jacobi,
    "n alpha beta x",
    lambda n, a, b, x: 0.5 * (n + a + b + 1) * special.eval_jacobi(n - 1, a + 1, b + 1, x),
)
_slope(
    special.eval_sh_jacobi,
    "n alpha beta x",
    lambda n, p, q, x: n * special.eval_sh_jacobi(n - 1, p + 2, q + 1, x),
)
_slope(
    special.eval_gegenbauer,
    "n alpha x",
    lambda n, a, x: 2 * a * special.eval_gegenbauer(n - 1, a + 1, x),
)
_slope(
    special.eval_genlaguerre,
    "n alpha x",
    lambda n, a, x: -special.eval_genlaguerre(n - 1, a + 1, x),
)
_slope(special.eval_laguerre, "n x", lambda n, x: -special.eval_genlaguerre(n - 1, 1, x))
_slope(special.eval_hermite, "n x", lambda n, x: 2 * n * special.eval_hermite(n - 1, x))
_slope(special.eval_hermitenorm, "n x", lambda n, x: n * special.eval_hermitenorm(n - 1, x))
_slope(special.eval_legendre, "n x", lambda n, x: special.eval_gegenbauer(n - 1, 1.5, x))
_slope(special.eval_chebyt, "n x", lambda n, x: n * special.eval_chebyu(n - 1, x))
_slope(special.eval_chebyu, "n x", lambda n, x: 2 * special.eval_gegenbauer(n - 1, 2, x))
_slope(special.eval_chebyc, "n x", lambda n, x: n * special.eval_chebyu(n - 1, 0.5 * x))
_slope(special.eval_chebys, "n x", lambda n, x: special.eval_gegenbauer(n - 1, 2, 0.5 * x))
_slope(
    special.eval_sh_legendre, "n x", lambda n, x: 2 * special.eval_gegenbauer(n - 1, 1.5, 2 * x - 1)
)
_slope(special.eval_sh_chebyt, "n x", lambda n, x: 2 * n * special.eval_chebyu(n - 1, 2 * x - 1))
_slope(special.eval_sh_chebyu, "n x", lambda n, x: 4 * special.eval_gegenbauer(n - 1, 2, 2 * x - 1))
