"""What an analytic derivative is worth beside a numerical one: right, wrong, or nobody can tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from autograd.primitive import NDArray
from autograd.testing.numerics.differences import Estimate


class Verdict(IntEnum):
    """What is known of one element of a gradient, from the best to the worst.

    >>> print(Verdict.KINK)
    right at a kink
    """

    RIGHT = 0
    KINK = 1
    UNKNOWN = 2
    WRONG = 3

    def __str__(self) -> str:
        return ("right", "right at a kink", "can't tell", "wrong")[self]


(PLAIN, BETWEEN, EDGE, BESIDE, NOISE, ZERO, UNSETTLED, OUTSIDE, JUMP, UNBOUNDED, NOT_FINITE,
 STAIRS, NOT_BETWEEN, NOT_EDGE, STEEP, NAN, ROUNDED) = range(17)  # fmt: skip

REASONS = {
    PLAIN: "",
    BETWEEN: "it lies between the one-sided derivatives, {left} and {right}",
    EDGE: "the function is defined on one side only, and has this derivative there",
    BESIDE: "the slope jumps here, between {left} and {right}, as other elements move",
    NOISE: "noise above signal: the numbers are known to ± {error}",
    ZERO: "it is 0 as far as the noise of ± {error} shows",
    UNSETTLED: "the numbers do not settle as the step shrinks: ± {error}",
    OUTSIDE: "outside the domain: the function is finite on neither side",
    JUMP: "the function jumps here",
    UNBOUNDED: "the slope grows without bound as the step shrinks",
    NOT_FINITE: "the value is not finite",
    STAIRS: "the function moves in steps, as if it were rounded to fewer digits inside",
    NOT_BETWEEN: "it is not between the one-sided derivatives, {left} and {right}",
    NOT_EDGE: "the function is defined on one side only, where its derivative is {numeric}",
    STEEP: "the slope here is infinite: {left} on the left, {right} on the right",
    NAN: "the gradient is not finite, but the slope is",
    ROUNDED: "in double precision it is right; in this one, rounding moves it so far",
}

LAST = 1e-3  # the relative precision at which a right value counts as right
RELATIVE = 1e-6  # the relative error that an analytic derivative may have in double precision


@dataclass
class Judgement:
    """Verdicts, and the figures they rest on: one for each column."""

    verdict: NDArray
    reason: NDArray
    numeric: NDArray
    error: NDArray
    left: NDArray
    right: NDArray


def judge(
    analytic: NDArray,
    found: Estimate,
    size: NDArray,
    relative: float = RELATIVE,
    slack: NDArray | float = 0.0,
    precision: float = LAST,
    zeros: NDArray | bool = True,
) -> Judgement:
    """Compare analytic derivatives with estimated ones.

    `size` is that of the function's values, `relative` and `slack` are the relative and absolute
    error that the analytic value may have. A value that agrees is right if the numbers are known to
    the relative `precision`; an exact 0, where `zeros` is true, if they are tiny beside `size`.
    """
    with np.errstate(all="ignore"):
        a = analytic
        is_zero = np.abs(a) <= slack  # to rounding, in what it was computed from
        d, error = found.value, found.error
        jump = (found.right_power > 0.9) | (found.left_power > 0.9)
        right, right_error = _side(
            found.right, found.right_error, found.right_power, found.right_last
        )
        left, left_error = _side(found.left, found.left_error, found.left_power, found.left_last)
        one_sided = found.right_defined != found.left_defined
        nowhere = ~found.right_defined & ~found.left_defined

        infinite = np.isinf(right) | np.isinf(left)
        sides = np.fmax(np.abs(right), np.abs(left))
        gap = 3 * (right_error + left_error) + relative * sides + slack
        apart = np.abs(right - left) > gap
        for one, its_error in ((right, right_error), (left, left_error)):  # halfway at a kink
            apart &= ~(np.abs(d - one) <= 3 * (error + its_error) + relative * sides)
        kink = infinite | apart

        side = np.where(found.right_defined, right, left)
        side_error = np.where(found.right_defined, right_error, left_error)
        numeric = np.where(one_sided, side, d)
        error = np.where(one_sided, side_error, error)
        margin = 3 * error + relative * np.fmax(np.abs(numeric), np.abs(a)) + slack
        agrees = np.abs(a - numeric) <= margin
        scale = np.fmax(size, np.where(np.isfinite(found.scale), found.scale, 0))
        known = np.isfinite(error)
        largest = np.fmax(np.abs(a), np.abs(numeric))
        precise = (margin - slack <= precision * largest) & (slack <= 0.1 * largest)
        precise |= zeros & is_zero & (margin <= 1e-6 * scale)
        precise |= zeros & is_zero & (numeric == 0) & (scale == 0)
        rounded = (error < 30 * found.noise) | (found.noise > 1e-3 * np.abs(a))

        low = np.fmin(left, right) - np.where(infinite, 0, gap) - slack
        high = np.fmax(left, right) + np.where(infinite, 0, gap) + slack
        between = (low <= a) & (a <= high)
        lasts = np.abs(found.right_last), np.abs(found.left_last)
        bounded = np.fmin(*lasts)
        unbounded = np.isfinite(a) & (np.abs(a) >= bounded)
        stairs = found.stairs & (a == 0)  # rounded on purpose, or by the way? Who knows

        finite = np.isfinite(a)
        cases = [
            (~np.isfinite(size), Verdict.UNKNOWN, NOT_FINITE),
            (nowhere, Verdict.UNKNOWN, OUTSIDE),
            (jump, Verdict.UNKNOWN, JUMP),
            (one_sided & np.isinf(side) & (a == side), Verdict.KINK, EDGE),
            (one_sided & np.isinf(side) & unbounded, Verdict.UNKNOWN, UNBOUNDED),
            (one_sided & np.isinf(side), Verdict.WRONG, STEEP),
            (one_sided & ~known, Verdict.UNKNOWN, UNSETTLED),
            (one_sided & agrees & precise, Verdict.KINK, EDGE),
            (one_sided & agrees, Verdict.UNKNOWN, NOISE),
            (one_sided & unbounded & (bounded > 1e3 * scale), Verdict.UNKNOWN, UNBOUNDED),
            (one_sided, Verdict.WRONG, np.where(finite, NOT_EDGE, NAN)),
            (kink & between, Verdict.KINK, BETWEEN),
            (infinite & unbounded, Verdict.UNKNOWN, UNBOUNDED),
            (infinite, Verdict.WRONG, STEEP),
            (agrees & precise, Verdict.RIGHT, 0),
            (~known, Verdict.UNKNOWN, UNSETTLED),
            (stairs, Verdict.UNKNOWN, STAIRS),
            (
                np.isinf(a) & (np.abs(d) <= 10 * error) & (error > 1e-6 * scale),
                Verdict.UNKNOWN,
                UNSETTLED,
            ),
            (~finite, Verdict.WRONG, NAN),
            (agrees & is_zero & (margin - slack <= 1e-6 * scale), Verdict.UNKNOWN, ZERO),
            (agrees, Verdict.UNKNOWN, np.where(rounded, NOISE, UNSETTLED)),
            (kink, Verdict.WRONG, NOT_BETWEEN),
        ]
        conditions = [case for case, _, _ in cases]
        verdict = np.select(conditions, [int(v) for _, v, _ in cases], int(Verdict.WRONG))
        reason = np.select(conditions, [np.asarray(r) for _, _, r in cases], 0)
    return Judgement(verdict, reason, numeric, error, left, right)


def _side(value: NDArray, error: NDArray, power: NDArray, last: NDArray) -> tuple[NDArray, NDArray]:
    """A one-sided derivative: infinite where the slopes grow without bound."""
    grows = power > 0
    return np.where(grows, np.copysign(np.inf, last), value), np.where(grows, 0.0, error)
