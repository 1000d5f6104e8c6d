"""A glance along a line: three steps, which settle most of what is right at little cost.

Nothing is ever called wrong here: what is not settled is studied.
"""

from __future__ import annotations

import numpy as np

from autograd.primitive import NDArray
from autograd.testing.columns import Columns

STEPS: NDArray = 2.0 ** -np.array([7.0, 8.0, 9.0])
CERTAIN = 1e-7  # the relative precision to which a derivative must be known
ROUGH = 1e-5  # or this, where rounding is all that is in the way
TINY = 1e-6  # for one that is 0: beside the function's size
ULPS = 8  # by which a function may be rounded


def is_settled(
    analytic: NDArray,
    up: NDArray,
    down: NDArray,
    columns: Columns,
    size: NDArray,
    eps: float,
    slack: NDArray,
    count: int,
) -> bool:
    """Whether the derivatives along a line, one for each column, are right beyond doubt.

    `up` and `down` are the changes φ(t) − φ(0) and φ(−t) − φ(0) of all outputs at each of STEPS,
    `size` and `eps` the outputs' size and relative precision; `slack` is the error that rounding
    may leave in the analytic values, and `count` how many elements move.

    What central differences tend to must agree with the analytic value. And what is even in φ, a
    remainder of its Taylor series, must fall with the square of the step: at a jump it does not
    fall at all, at a kink no faster than the step.
    """
    if np.isnan(up).any() or np.isnan(down).any():
        return False
    moved = ((up != 0) | (down != 0)).any(axis=0)
    size = columns.sizes(size, moved[None])[0]
    up, down = columns.of(up), columns.of(down)
    contributes = np.abs(analytic)
    noise = ULPS * eps * (size + contributes)

    slopes = (up - down) / (2 * STEPS[:, None])
    once = slopes[1:] + (slopes[1:] - slopes[:-1]) / 3
    limit = once[1] + (once[1] - once[0]) / 15
    rounding = noise / STEPS[-1]
    error = np.abs(limit - once[1]) + rounding
    agrees = np.abs(limit - analytic) <= 3 * error + slack
    # One wrong element of many must show in their sum.
    certain, rough = (fraction / np.sqrt(count) * contributes for fraction in (CERTAIN, ROUGH))
    known = error <= np.minimum(certain + rounding, rough)
    known |= (contributes <= slack) & (error <= TINY * size)

    even = np.abs(up + down)
    smooth = even[2] <= 0.3 * even[1] + STEPS[-1] * certain + 4 * noise
    return bool(np.all(agrees & known & smooth))
