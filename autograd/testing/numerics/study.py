"""Analytic derivatives along many lines, each compared with numbers at as many steps as it takes.

Most are settled by the first few steps; only the others go on, to smaller steps until noise wins,
then to larger ones, then to the complex step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from autograd.primitive import NDArray
from autograd.testing.numerics.columns import Columns
from autograd.testing.numerics.differences import Estimate, estimate
from autograd.testing.numerics.verdicts import (
    LAST,
    NOISE,
    RELATIVE,
    ROUNDED,
    STAIRS,
    UNSETTLED,
    ZERO,
    Judgement,
    Verdict,
    judge,
)

FIRST = (2, 8)  # the first steps are 2⁻² … 2⁻⁸
FAR = 36  # octaves between the first step and the largest one, to cross which is not worth it
BATCH = 6  # the steps added at a time
COARSE = 1e-2  # the relative precision at which the first steps count as evidence
ENOUGH = 1e-5  # the relative precision at which a line needs no more steps

Change = Callable[[int, float], NDArray]  # (line, t) -> φ(t) − φ(0), an item for each output


@dataclass
class Study:
    """Lines through a point: the derivatives there along each, of each of several columns."""

    analytic: NDArray  # (lines, columns), as all figures
    change: Change
    columns: Columns
    size: NDArray  # (outputs,): how large the function's values are
    noise: NDArray  # (outputs,): how far rounding moves them
    eps: float
    finest: int  # 2⁻ᶠⁱⁿᵉˢᵗ is the smallest step worth taking
    coarsest: NDArray  # (lines,): 2⁻ᶜᵒᵃʳˢᵉˢᵗ is the largest
    within: NDArray | float = 0.0  # how large what the function is made of is, if larger than that
    relative: float = RELATIVE  # the error that an analytic derivative may have,
    slack: NDArray | float = 0.0  # and an absolute one
    derivative: Callable[[int], NDArray | None] | None = None  # by the complex step
    witness: Callable[[], bool] = lambda: False  # whether that agreed elsewhere

    hasty: bool = False  # whether to stop where something looks wrong at the steps so far
    enough: float = ENOUGH

    def run(self) -> Judgement:
        """Take steps until all is settled or nothing more can be learnt."""
        lines = len(self.analytic)
        self.moved = np.zeros((lines, len(self.size)), bool)
        self.found = _blank(self.analytic)
        self.contradicted = np.zeros(self.analytic.shape, bool)
        self.exact = np.zeros(self.analytic.shape, bool)  # known by the complex step
        self.instead = np.full(self.analytic.shape, int(Verdict.WRONG))  # where that is too hasty
        self.samples: list[dict[int, tuple[NDArray, NDArray]]] = [{} for _ in range(lines)]
        open_ = np.arange(lines)
        first, last = FIRST
        self._extend(open_, range(first, last + 1))
        early, seen = self.judged(COARSE), self.found.copy()
        while len(open_):
            judged = self.judged(self.enough)
            done = judged.verdict == Verdict.RIGHT
            if self.hasty:
                close = judged.error <= self.enough * np.abs(judged.numeric)
                done |= np.any((judged.verdict == Verdict.WRONG) & close, axis=1)[:, None]
            settled = np.all(done, axis=1)
            open_ = open_[~settled[open_]]
            lost = np.all((judged.verdict == Verdict.RIGHT) | self._lost(2.0**-last), axis=1)
            open_ = open_[~lost[open_]]
            if last >= self.finest:
                break
            self._extend(open_, range(last + 1, last + 1 + BATCH))
            last += BATCH
        blind = np.flatnonzero(self._blind().any(axis=1))
        for k in blind[self.coarsest[blind] < first - FAR]:  # afresh, from the largest step
            self.samples[k].clear()
            self._extend(np.array([k]), range(self.coarsest[k], self.coarsest[k] + FAR))
        blind = blind[self.coarsest[blind] >= first - FAR]
        while len(blind := blind[self.coarsest[blind] < first]):
            steps = range(max(first - BATCH, int(self.coarsest.min())), first)
            self._extend(blind, steps)
            first = steps.start
            blind = blind[self._blind()[blind].any(axis=1)]
        self._step_into_the_plane()
        self.contradicted = (early.verdict == Verdict.RIGHT) & (
            np.abs(seen.value - self.found.value) > 3 * (seen.error + self.found.error)
        )
        return self.judged()

    def judged(self, precision: float | None = None) -> Judgement:
        """The verdicts of now, for derivatives that are to be known to a relative precision."""
        zeros: NDArray | bool = True
        if precision is None:
            precision = LAST
        else:  # where larger steps are to be had, a 0 may turn out to be none
            precision = max(precision, 10 * self.relative)
            zeros = (self.coarsest >= FIRST[0])[:, None]
        size = self._paired(self.size)
        judged = judge(self.analytic, self.found, size, self.relative, self.slack, precision, zeros)
        # Large steps found it right, small ones find something else: so it is with a function that
        # is rounded inside, of which small steps see only the part that is not.
        doubtful = self.contradicted & (judged.verdict == Verdict.WRONG)
        judged.verdict[doubtful], judged.reason[doubtful] = Verdict.UNKNOWN, STAIRS
        # What did not move may have been held by rounding, and what seems not to move at steps
        # larger than the element itself may have come back.
        every = self.columns.sizes(self.noise, np.ones_like(self.moved))
        largest = np.array([2.0 ** -min(taken) for taken in self.samples])[:, None]
        still = np.abs(judged.numeric) <= 3 * judged.error
        largest = np.where(still, np.minimum(largest, 2.0 ** -FIRST[0]), largest)
        blur = 3 * every / largest
        # And what looks like noise as large as the function may be faster than any step shows.
        blur[self._paired(self.noise) > LAST * np.fmax(size, self.found.scale)] = np.inf
        hidden = (judged.verdict == Verdict.WRONG) & ~self.exact
        hidden &= np.abs(judged.numeric - self.analytic) <= blur
        seems_still = (judged.verdict == Verdict.WRONG) & ~self.exact & (judged.numeric == 0)
        if seems_still.any():
            hidden |= seems_still & self._absorbed()
        judged.verdict[hidden], judged.reason[hidden] = Verdict.UNKNOWN, NOISE
        judged.error[hidden] = np.fmax(judged.error, blur)[hidden]
        rounded = (judged.verdict == Verdict.WRONG) & (self.instead < Verdict.WRONG)
        judged.verdict[rounded], judged.reason[rounded] = self.instead[rounded], ROUNDED
        return judged

    def _absorbed(self) -> NDArray:
        """Where nothing moves at small steps, and would not if the analytic value were right.

        What moves by so little beside 1, or whatever the value is made of, is lost when it is added
        to that: log(1 + exp(-40)) is 0.
        """
        still = np.zeros(self.analytic.shape)  # the largest step up to which nothing moves
        for k, taken in enumerate(self.samples):
            so_far = np.ones(self.analytic.shape[1], bool)
            for exponent in sorted(taken, reverse=True):
                up, down = taken[exponent]
                so_far &= (up == 0) & (down == 0)
                still[k, so_far] = 2.0**-exponent
        within = np.fmax(np.fmax(self.size, self.within), 1.0)
        sizes = self.columns.sizes(within, np.ones_like(self.moved))
        lost: NDArray = (still > 0) & (np.abs(self.analytic) * still <= 4 * self.eps * sizes)
        return lost

    def rounding(self) -> NDArray:
        """How far rounding moves each column."""
        return self._paired(self.noise)

    def _paired(self, per_output: NDArray) -> NDArray:
        """A size for each line and column, from one for each output."""
        return self.columns.sizes(per_output, self.moved)

    def _extend(self, lines: NDArray, exponents: range) -> None:
        """Sample these lines at more steps, and estimate afresh."""
        if not len(lines):
            return
        for k in map(int, lines):
            for exponent in exponents:
                pair = []
                for t in (2.0**-exponent, -(2.0**-exponent)):
                    change = self.change(k, t)
                    self.moved[k] |= change != 0
                    pair.append(self.columns.of(change))
                self.samples[k][exponent] = pair[0], pair[1]
        noise = np.maximum(self._paired(self.noise), 5e-324)
        groups: dict[tuple[int, ...], list[int]] = {}
        for k in map(int, lines):
            groups.setdefault(tuple(sorted(self.samples[k])), []).append(k)
        for steps, members in groups.items():
            up, down = (
                np.stack([np.concatenate([self.samples[k][e][i] for k in members]) for e in steps])
                for i in (0, 1)
            )
            steps_taken: NDArray = 2.0 ** -np.array(steps, float)
            size = self._paired(self.size)[members].ravel()
            zero = self.analytic[members].ravel() == 0
            one = estimate(steps_taken, up, down, noise[members].ravel(), size, self.eps, zero)
            self.found.take(np.array(members), _reshaped(one, (len(members), -1)))

    def _lost(self, t: float) -> NDArray:
        """Where a smaller step than t could not show anything above the noise."""
        found = self.found
        with np.errstate(all="ignore"):
            signal = np.abs(self.analytic)
            for slope in (found.value, found.right, found.left):
                signal = np.fmax(signal, np.abs(slope))
            defined = found.right_defined | found.left_defined
            lost: NDArray = defined & ~(signal * t > self._paired(self.noise))
            return lost

    def _blind(self) -> NDArray:
        """What differences cannot judge, for noise: a flag for each line and column."""
        judged = self.judged(self.enough)
        reasons = [NOISE, UNSETTLED, ZERO, STAIRS]
        blind: NDArray = (judged.verdict == Verdict.UNKNOWN) & np.isin(judged.reason, reasons)
        # Where nothing moved at some step, larger steps may show that rounding held it.
        held = (judged.verdict == Verdict.WRONG) & (self.found.scale == 0) & (self.analytic != 0)
        blind |= held & (self.coarsest < FIRST[0])[:, None]
        return blind

    def _step_into_the_plane(self) -> None:
        """Where noise hides the derivative: by the complex step, as far as that can be relied on.

        It must agree with differences wherever they can tell. Then it confirms. It finds fault only
        with more than rounding would explain, where differences speak for it, as far as they do,
        and if they could tell elsewhere: NumPy's complex functions are less exact than its real
        ones.
        """
        blind = self._blind()
        lines = np.flatnonzero(blind.any(axis=1))
        if self.derivative is None or not len(lines):
            return
        judged = self.judged(self.enough)
        told = np.flatnonzero((judged.verdict == Verdict.RIGHT).all(axis=1))[:4]
        found = self.found
        slopes = {}
        for k in map(int, (*told, *lines)):
            slope = self.derivative(k)
            if slope is None:
                return
            slopes[k] = slope = self.columns.of(slope)
            if not np.all(
                np.abs(slope - found.value[k]) <= 3 * found.error[k] + 1e-9 * np.abs(slope)
            ):
                return
        rounding = 16 * self.rounding()  # of a slope: by a step as long as the numbers are large
        for k in map(int, lines):
            slope, apart = slopes[k], np.abs(slopes[k] - self.analytic[k])
            confirms = apart <= self.relative * np.abs(self.analytic[k])
            nearer = np.abs(slopes[k] - found.value[k]) < np.abs(self.analytic[k] - found.value[k])
            fault = nearer & (apart > rounding[k]) & (len(told) > 0 or self.witness())
            used = blind[k] & (confirms | fault)
            self.exact[k] |= used
            for values in (found.value, found.right, found.left):
                values[k] = np.where(used, slope, values[k])
            for errors in (found.error, found.right_error, found.left_error):
                errors[k] = np.where(used, 1e-12 * np.abs(slope), errors[k])


def _blank(like: NDArray) -> Estimate:
    flags = ("right_defined", "left_defined", "stairs")
    blanks = {field.name: np.full(like.shape, np.nan) for field in fields(Estimate)}
    return Estimate(**{**blanks, **{name: np.zeros(like.shape, bool) for name in flags}})


def _reshaped(one: Estimate, shape: tuple[int, int]) -> Estimate:
    return Estimate(*(value.reshape(shape) for value in vars(one).values()))
