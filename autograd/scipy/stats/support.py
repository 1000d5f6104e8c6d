"""What is outside the support of a density."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograd.primitive import Array


def within(inside: Array, x: Array, log_density: Callable[[Array], Array]) -> Array:
    """log_density(x) where `inside`, else -inf; it is asked for x = 1/2 there."""
    return np.where(inside, log_density(np.where(inside, x, 0.5)), -np.inf)
