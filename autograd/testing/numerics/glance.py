"""A glance along a line: three steps, which settle most of what is right at little cost.

Nothing is ever called wrong here: what is not settled is studied.
"""

from __future__ import annotations

import numpy as np

from autograd.primitive import NDArray
from autograd.testing.numerics.columns import Columns

STEPS: NDArray = 2.0 ** -np.array([7.0, 8.0, 9.0])
CLOSE = 1e-8  # how close, relative to it, an analytic derivative must be to what the steps tend to,
ROUGH = 1e-5  # and to what part of it rounding may blur that
ULPS = 8  # by which a function may be rounded, and still be looked at like this


def is_settled(
    analytic: NDArray,
    up: NDArray,
    down: NDArray,
    columns: Columns,
    noise: NDArray,
    slack: NDArray,
) -> bool:
    """Whether the derivatives along a line, one for each column, are right beyond doubt.

    `up` and `down` are the changes φ(t) − φ(0) and φ(−t) − φ(0) of all outputs at each of STEPS,
    `noise` is how far rounding may move them; `slack` is the error that it may leave in the
    analytic values.

    What central differences tend to, by Richardson's extrapolation, must agree with the analytic
    value. And what is even in φ, a remainder of its Taylor series, must fall with the square of the
    step: at a jump it does not fall at all, at a kink no faster than the step.
    """
    if np.isnan(up).any() or np.isnan(down).any():
        return False
    moved = ((up != 0) | (down != 0)).any(axis=0)
    size = np.abs(analytic)
    noise = columns.sizes(noise, moved[None])[0] + ULPS * 2.0**-52 * size
    up, down = columns.of(up), columns.of(down)

    slopes = (up - down) / (2 * STEPS[:, None])
    once = slopes[1:] + (slopes[1:] - slopes[:-1]) / 3
    limit = once[1] + (once[1] - once[0]) / 15
    rounding = noise / STEPS[-1]
    agrees = np.abs(limit - analytic) <= CLOSE * size + rounding + slack
    clear = (size <= slack) | (rounding <= ROUGH * size)
    even = np.abs(up + down)
    smooth = even[2] <= 0.3 * even[1] + CLOSE * STEPS[-1] * size + 4 * noise
    return bool(np.all(agrees & clear & smooth))
