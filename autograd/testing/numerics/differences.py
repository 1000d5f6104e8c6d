"""Numerical derivatives that know how far they can be trusted.

φ(t) is sampled at t = ±2⁻², ±2⁻³, …. What its difference quotients tend to as the step shrinks, by
Richardson's extrapolation, is its derivative; how fast they settle is the evidence for that. Too
large a step has a truncation error, too small a one drowns in rounding. So each extrapolated value
has two error terms: how far it moved from the one before, and what the measured noise of φ becomes
when it is divided by the step. Where values at several steps contradict each other beyond their
errors, those at smaller steps hold: a derivative is a limit. (Lepski's rule: of all that agree with
everything at smaller steps, take the one with the smallest error.)

Arrays of samples are (steps, columns), the largest step first; each column is a function of t.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

import numpy as np

from autograd.primitive import NDArray

ORDERS = 6  # of extrapolation; in double precision more gain nothing
FEW = 4
TOO_LARGE = 100
OCTAVES = 8  # over which a slope must grow by one power of the step to count as infinite


@dataclass
class Estimate:
    """What the samples say of each column's derivative at t = 0."""

    value: NDArray  # from both sides
    error: NDArray
    right: NDArray  # from t > 0 alone
    right_error: NDArray
    left: NDArray  # from t < 0 alone
    left_error: NDArray
    right_power: NDArray  # p, where the slope grows as step⁻ᵖ: 1 at a jump; 0 where it does not
    left_power: NDArray
    right_last: NDArray  # the slope at the smallest step above the noise
    left_last: NDArray
    right_defined: NDArray  # whether φ is finite there at the smallest steps
    left_defined: NDArray
    scale: NDArray  # how large slopes to the first few samples are, at least
    noise: NDArray  # what rounding does to the slope at the largest step
    stairs: NDArray  # whether φ moves in steps, as if it were rounded inside

    def copy(self) -> Estimate:
        """The same, in arrays of its own."""
        return Estimate(**{field.name: getattr(self, field.name).copy() for field in fields(self)})

    def take(self, columns: NDArray, other: Estimate) -> None:
        """Replace these columns by the ones of `other`."""
        for field in fields(self):
            getattr(self, field.name)[columns] = getattr(other, field.name)


def estimate(
    t: NDArray,
    up: NDArray,
    down: NDArray,
    noise: NDArray,
    size: NDArray,
    eps: float,
    is_zero: NDArray,
) -> Estimate:
    """The derivatives at 0 of functions whose changes φ(t) − φ(0) and φ(−t) − φ(0) are given.

    `t` are the steps, each half of the one before; `noise` is the rounding noise of each column,
    and `size` that of its values; `is_zero` says where the derivative is meant to be 0.
    """
    steps = t[:, None]
    with np.errstate(all="ignore"):
        height = stair(up, down, size, is_zero)
        noise = np.maximum(noise, height)
        rights, lefts = up / steps, -down / steps
        right_noise = (noise + eps * np.abs(up)) / steps
        left_noise = (noise + eps * np.abs(down)) / steps
        centrals, central_noise = (rights + lefts) / 2, (right_noise + left_noise) / 2
        value, error = limit(centrals, central_noise, range(2, 2 * ORDERS, 2))
        right, right_error = limit(rights, right_noise, range(1, ORDERS), any_power=True)
        left, left_error = limit(lefts, left_noise, range(1, ORDERS), any_power=True)
        right_power, right_last = growth(rights, right_noise)
        left_power, left_last = growth(lefts, left_noise)
        sizes = np.fmax(np.abs(rights), np.abs(lefts))
        first = np.argmax(np.isfinite(centrals), axis=0)[None]
        some = np.arange(len(t))[:, None] < first + 2 * FEW
        return Estimate(
            value=value,
            error=error,
            right=right,
            right_error=right_error,
            left=left,
            left_error=left_error,
            right_power=right_power,
            left_power=left_power,
            right_last=right_last,
            left_last=left_last,
            right_defined=np.isfinite(up[-1]),
            left_defined=np.isfinite(down[-1]),
            scale=np.min(np.where(np.isfinite(sizes) & some, sizes, np.inf), axis=0),
            noise=np.take_along_axis(central_noise, first, 0)[0],
            stairs=height > 8 * eps * size,  # lower ones are those of plain rounding
        )


def stair(up: NDArray, down: NDArray, size: NDArray, is_zero: NDArray) -> NDArray:
    """How high the stairs are in which a column moves if it is rounded inside; 0 if it is not.

    Then it stays where it is at the smallest steps, and moves at others, by multiples of one height
    unless something follows the rounding. Without these a derivative of 0 is not doubted.
    """
    ups, downs = np.abs(up), np.abs(down)
    still = np.all((up[-2:] == 0) & (down[-2:] == 0), axis=0)
    moves = np.concatenate([ups, downs])
    largest = np.max(np.where(np.isfinite(moves), moves, 0), axis=0)
    both = np.any(ups > 0, axis=0) & np.any(downs > 0, axis=0)
    moves = np.sort(np.where((moves > 0) & np.isfinite(moves), moves, np.inf), axis=0)[:FEW]
    times = moves / moves[0]
    whole = np.all((np.abs(times - np.round(times)) < 1e-6) | ~np.isfinite(moves), axis=0)
    whole &= moves[0] < 1e-5 * np.fmax(size, largest)
    rounded = whole | (~is_zero & both & (moves[0] < 1e-3 * largest))
    return np.where(still & rounded, moves[0], 0.0)


def limit(
    slopes: NDArray, noise: NDArray, powers: Iterable[int], any_power: bool = False
) -> tuple[NDArray, NDArray]:
    """What each column of slopes tends to as the step halves, and the error of that.

    Where φ is smooth, the slopes differ from their limit by a series in these powers of the step;
    with `any_power`, perhaps by a single power that is no integer.
    """
    values = np.full(slopes.shape, np.nan, slopes.dtype)
    errors = np.full(slopes.shape, np.inf, slopes.dtype)

    def offer(value: NDArray, error: NDArray) -> None:
        """Candidates for the last steps: each is kept where its error is the smallest so far."""
        # Of many candidates some agree with their neighbours by luck. Noise doubles from step to
        # step, so that half the error at the next one bounds what luck can hide.
        for _ in range(2):
            error[:-1] = np.fmax(error[:-1], error[1:] / 2)
        last = slice(len(values) - len(value), None)
        better = error < errors[last]
        values[last] = np.where(better, value, values[last])
        errors[last] = np.where(better, error, errors[last])

    change = np.diff(slopes, axis=0)
    offer(slopes[1:], np.abs(change) + 2 * noise[1:])
    table, rounding = slopes, noise
    for power in powers:
        if len(table) < 2:
            break
        factor = 2.0**power
        change = np.diff(table, axis=0)
        table = table[1:] + change / (factor - 1)
        rounding = (factor * rounding[1:] + rounding[:-1]) / (factor - 1)
        offer(table, np.abs(change) + 2 * rounding)
    if any_power and len(slopes) > 3:  # Aitken's extrapolation is exact for a single power
        change = np.diff(slopes, axis=0)
        rate = change[1:] / change[:-1]
        rate[(rate <= 0) | (rate > 0.95)] = np.nan
        table = slopes[2:] + change[1:] * rate / (1 - rate)
        rounding = noise[2:] * (1 + rate) / (1 - rate) ** 2
        offer(table[1:], np.abs(np.diff(table, axis=0)) + 2 * rounding[1:])
    return consensus(values, errors)


def consensus(values: NDArray, errors: NDArray) -> tuple[NDArray, NDArray]:
    """Of each column, the most certain value with which all those at smaller steps are in accord.

    Rows are ordered from the largest step to the smallest.
    """
    best = np.full(values.shape[1:], np.nan, values.dtype)
    error = np.full(values.shape[1:], np.inf, values.dtype)
    low, high = -error, error.copy()
    agreeing = np.ones(values.shape[1:], bool)
    known = np.isfinite(values) & np.isfinite(errors)
    below, above = values - 3 * errors, values + 3 * errors
    for i in range(len(values) - 1, -1, -1):
        agreeing &= ~known[i] | ((below[i] <= high) & (above[i] >= low))
        # Where errors have grown, steps are too large; what they agree on from there is not this.
        agreeing &= ~(known[i] & (errors[i] > TOO_LARGE * error))
        used = agreeing & known[i]
        low = np.where(used, np.fmax(low, below[i]), low)
        high = np.where(used, np.fmin(high, above[i]), high)
        better = used & (errors[i] < error)
        # Two may be in accord by little: what the smaller step said stays within the error.
        moved = np.abs(values[i] - best) / 2
        best = np.where(better, values[i], best)
        error = np.where(better, np.fmax(errors[i], moved), error)
    return best, error


def growth(slopes: NDArray, noise: NDArray) -> tuple[NDArray, NDArray]:
    """p where the slopes of a column grow as step⁻ᵖ to the end, else 0; and the last slope.

    The end is where the noise begins. A jump has p = 1, a square root at 0 has 1/2.
    """
    clear = np.isfinite(slopes) & (np.abs(slopes) > 20 * noise)
    last = len(slopes) - 1 - np.argmax(clear[::-1], axis=0)
    rows = last - np.arange(OCTAVES, -1, -1)[:, None]
    found = np.take_along_axis(slopes, np.maximum(rows, 0), 0)
    powers = np.log2(found[1:] / found[:-1])  # nan where the sign changes
    least, most = powers.min(axis=0), powers.max(axis=0)
    steady = (least > 0.01) & (most < 1.1) & (most - least < 0.1)
    steady &= most < 2 * least  # noise doubles with each step
    steady &= (last >= OCTAVES) & np.all(np.take_along_axis(clear, np.maximum(rows, 0), 0), axis=0)
    return np.where(steady, powers[-1], 0.0), found[-1]


def noise_of(samples: Callable[[int], NDArray], first: int = 0, points: int = 7) -> NDArray:
    """The rounding noise of a function, from its values at points as good as equal: ±first, ….

    Differences of order 3 and 4 lose what is smooth and keep the noise (Moré and Wild, 2011). Of
    the two sides the quieter counts: a kink in the middle is no noise.
    """
    sides = []
    for sign in (1, -1):
        row = np.stack([samples(sign * i) for i in range(first, first + points)])
        levels = []
        with np.errstate(all="ignore"):
            for k in range(1, 5):
                row = np.diff(row, axis=0)
                if k > 2:
                    gamma = math.factorial(k) ** 2 / math.factorial(2 * k)
                    top = np.fmax(np.max(np.abs(row), axis=0), 5e-324)  # or squares overflow
                    levels.append(top * np.sqrt(gamma * np.mean((row / top) ** 2, axis=0)))
        sides.append(np.fmax(*levels))
    return np.where(np.isnan(quiet := np.fmin(*sides)), 0.0, quiet)
