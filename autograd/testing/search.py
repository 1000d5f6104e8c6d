"""Where a gradient is wrong: along random directions first, then in ever smaller groups.

A direction moves elements whose contributions are of one size, so that a wrong one can't hide
behind others a million times larger; and each output is looked at by itself.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from autograd.primitive import NDArray
from autograd.testing import glance
from autograd.testing.columns import Bins, Columns
from autograd.testing.differences import noise_of
from autograd.testing.problem import Problem
from autograd.testing.study import ENOUGH, Study
from autograd.testing.verdicts import BESIDE, NOISE, RELATIVE, UNSETTLED, ZERO, Judgement, Verdict

FEW = 8  # arguments with no more numbers than this are checked one by one
OUTPUTS = 512  # of more outputs than this, forward mode is checked in that many random sums
DIRECTIONS = 2  # for each group of elements
BINS = 4  # octaves: elements whose contributions differ by more are in different groups
LINES = 24  # after so many, groups are split further only if something is wrong in them
NEARBY = 16  # points at which the slope is taken, to tell whether it jumps there
NEAR = -10  # 2⁻ⁿᵉᵃʳ times as large steps show no more than the usual ones; larger ones may
LOST = 16  # units of rounding that a sum of contributions may lose
SUSPECTS = 4  # groups that are split further, of each level

Line = tuple[NDArray, NDArray]  # the elements that move, and how far each does for t = 1


@dataclass
class Finding:
    """A derivative along one line, of one column, that is not simply right."""

    elements: NDArray
    mode: str
    output: int | None  # None: the sum of all, weighted with the cotangent
    analytic: float
    numeric: float
    error: float
    left: float
    right: float
    verdict: Verdict
    reason: int


@dataclass
class Outcome:
    """What a search has found."""

    wrong: list[Finding] = field(default_factory=list)
    unknown: list[Finding] = field(default_factory=list)
    told: int = 0  # lines that are right
    disagree: tuple[float, float, NDArray] | None = None  # reverse, forward, elements


class Search:
    """The lines through a problem's point, and what is known of its derivatives along them."""

    def __init__(self, problem: Problem, modes: Sequence[str], balanced: bool = True) -> None:
        self.problem, self.modes = problem, modes
        self.rng = np.random.default_rng(0)
        self.point, self.scales, self.reach = problem.point, *scales(problem)
        self.bits = round(-np.log2(problem.eps_in))
        self.relative = RELATIVE if problem.exact_eps <= 2.0**-52 else 1e3 * problem.exact_eps
        self.size = np.abs(problem.base)
        self.settled: tuple[Line, NDArray] | None = None  # a line that was, at a glance
        self.eps = float(problem.eps_out.max(initial=2.0**-52))
        outputs = len(problem.base)
        self.cotangent = np.ones(1) if problem.is_scalar else self._signs(outputs)
        rows: list[NDArray] = []
        if "reverse" in modes:
            rows.append(self.cotangent)
            if outputs > 1 and balanced:
                rows.append(self._balanced())
        self.gradients = [problem.reverse(row) for row in rows]
        self.reverse_columns = len(rows)
        self.columns = Columns(np.array(rows).reshape(len(rows), outputs))
        self.each_output = "forward" in modes and outputs <= OUTPUTS
        if "forward" in modes:
            bins = None
            if not self.each_output:
                starts = np.arange(OUTPUTS) * outputs // OUTPUTS
                bins = Bins(self._signs(outputs), self.rng.permutation(outputs), starts)
            self.columns = Columns(self.columns.rows, bins, self.each_output)

    @functools.cached_property
    def roughness(self) -> list[NDArray] | None:
        """How far rounding moves each gradient, if they are not in double precision."""
        if self.problem.exact_eps <= 2.0**-52:
            return None
        return [self._roughness(row) for row in self.columns.rows]

    def run(self) -> Outcome:
        """Go through all elements, by groups where that is enough."""
        outcome = Outcome()
        n = len(self.point)
        if not n or not len(self.problem.base):
            outcome.told = 1
            return outcome
        groups = [group for group in self._groups() if not self._glance(group, outcome)]
        if n <= FEW:
            groups = [group[i : i + 1] for group in groups for i in range(len(group))]
        copies = 1 if n <= FEW else DIRECTIONS
        kinks: set[int] = set()
        looked = 0
        while groups:
            singles = all(len(group) == 1 for group in groups)
            lines = [self._line(group) for group in groups for _ in range(copies)]
            looked += len(lines)
            judged, analytic = self.examine(lines, hasty=not singles)
            outcome.disagree = outcome.disagree or self._disagreement(lines, analytic)
            outcome.told += int(np.sum((judged.verdict <= Verdict.KINK) & (analytic != 0)))
            if not singles:  # what hides a small part of a sum is to be looked at more closely
                judged = self.study.judged(1e-6)
            worst = judged.verdict.max(axis=1)
            groups = []
            split: set[int] = set()
            for k in map(int, np.argsort(-worst, kind="stable")):
                elements = lines[k][0]
                if worst[k] == Verdict.RIGHT or id(elements) in split:
                    continue
                split.add(id(elements))
                if worst[k] == Verdict.WRONG and not singles:
                    pass  # where a group looks wrong, its elements will tell
                elif worst[k] == Verdict.KINK and len(elements) == 1:
                    if self.reach[elements[0]] >= 0:  # at the point itself, not far beside it
                        kinks.add(int(elements[0]))
                else:
                    self._keep(outcome, self._findings(elements, judged, analytic, k))
                worth = worst[k] == Verdict.WRONG or looked < LINES
                if not singles and len(groups) < 2 * SUSPECTS and worth:
                    half = len(elements) // 2
                    groups += [elements[:half], elements[half:]] if half else [elements]
            copies = 1
        if not outcome.wrong and len(kinks) > 1:
            # Of max([x, x]) each element may have a slope from 0 to 1; of both together it is 1.
            elements = np.array(sorted(kinks))
            steps = np.full(len(elements), self.scales[elements].max())
            judged, analytic = self.examine([(elements, steps)])
            self._keep(outcome, self._findings(elements, judged, analytic, 0))
        return outcome

    def _glance(self, elements: NDArray, outcome: Outcome) -> bool:
        """Whether a group of elements is right at a glance."""
        if self.problem.native or self.reach[elements].min() < NEAR:
            return False
        line = self._line(elements)
        analytic, slack = self._analytic(line)
        up, down = (
            np.stack([self.problem.changed(self._moved(line, sign * t)) for t in glance.STEPS])
            for sign in (1, -1)
        )

        def is_settled(noise: NDArray) -> bool:
            return glance.is_settled(analytic, up, down, self.columns, noise, slack)

        few = glance.ULPS * self.problem.eps_out * self.size
        settled = is_settled(few) or is_settled(np.maximum(few, 4 * self.noise))
        if settled:
            outcome.told += int(np.any(analytic))
            self.settled = line, analytic
        return settled

    def _witness(self) -> bool:
        """Whether the complex step agrees along a line that was settled at a glance."""
        if self.settled is None:
            return False
        line, analytic = self.settled
        slope = self.problem.complex_step(line)
        return slope is not None and np.allclose(self.columns.of(slope), analytic, 1e-7, 0)

    def _disagreement(
        self, lines: Sequence[Line], analytic: NDArray
    ) -> tuple[float, float, NDArray] | None:
        """What each mode says along the first line about which they contradict each other."""
        if not (self.reverse_columns and self.each_output):
            return None
        for k, (elements, steps) in enumerate(lines):
            reverse = self.gradients[0][elements] * steps
            forward = self.cotangent * analytic[k, self.reverse_columns :]
            size = np.sum(np.abs(reverse)) + np.sum(np.abs(forward))
            rounding = LOST * self.eps * (np.abs(self.cotangent) @ self.size)
            if abs(np.sum(reverse) - np.sum(forward)) > 1e3 * self.relative * size + rounding:
                step = steps[0] if len(steps) == 1 else 1.0
                return float(np.sum(reverse) / step), float(np.sum(forward) / step), elements
        return None

    def _keep(self, outcome: Outcome, findings: Sequence[Finding]) -> None:
        outcome.wrong += [f for f in findings if f.verdict == Verdict.WRONG]
        outcome.unknown += [f for f in findings if f.verdict == Verdict.UNKNOWN]

    def refined(self, finding: Finding) -> Finding:
        """A finding about the sum of all outputs, as one about the worst of them."""
        outputs = len(self.problem.base)
        if finding.mode == "forward" or outputs == 1 or outputs > 4 * OUTPUTS:
            return finding
        columns, gradients, count = self.columns, self.gradients, self.reverse_columns
        moved = np.flatnonzero(self.study.moved.any(axis=0))[:64]
        modes = self.modes
        self.columns = Columns(np.eye(outputs)[moved])
        self.gradients = [self.problem.reverse(row) for row in self.columns.rows]
        self.reverse_columns, self.modes = len(moved), ("reverse",)
        vars(self).pop("roughness", None)
        judged, analytic = self.examine([self._line(finding.elements)])
        found = self._findings(finding.elements, judged, analytic, 0)
        self.columns, self.gradients, self.reverse_columns = columns, gradients, count
        self.modes = modes
        vars(self).pop("roughness", None)
        found = [f for f in found if f.verdict == Verdict.WRONG]
        return found[0] if found else finding

    def elements(self) -> list[Finding]:
        """What is known of each element, for the first column."""
        lines = [self._line(np.array([i])) for i in range(len(self.point))]
        if not lines:
            return []
        judged, analytic = self.examine(lines)
        return [self._finding(line[0], judged, analytic, k, 0) for k, line in enumerate(lines)]

    def central(self, line: Line, t: float) -> float:
        """The central difference quotient of the first column."""
        up, down = (self.problem.changed(self._moved(line, h)) for h in (t, -t))
        return float(self.columns.rows[0] @ (up - down)) / (2 * t)

    def examine(self, lines: Sequence[Line], hasty: bool = False) -> tuple[Judgement, NDArray]:
        """The verdicts along these lines, for each of the columns.

        A `hasty` one may call wrong what is right at smaller steps.
        """
        problem = self.problem
        analytic, slack = map(np.array, zip(*map(self._analytic, lines), strict=True))
        if self.roughness is not None:
            for k, (elements, steps) in enumerate(lines):
                for j, roughness in enumerate(self.roughness):
                    slack[k, j] = np.sum(roughness[elements] * np.abs(steps))
        study = Study(
            analytic=analytic,
            change=lambda k, t: problem.changed(self._moved(lines[k], t)),
            columns=self.columns,
            size=self.size,
            noise=self.noise,
            eps=self.eps,
            finest=self.bits - 8,
            coarsest=np.array([self.reach[elements].min() for elements, _ in lines]),
            relative=self.relative * (0.01 if hasty else 1),
            slack=slack,
            hasty=hasty,
            enough=1e-7 if hasty else ENOUGH,
            derivative=lambda k: problem.complex_step(lines[k]),
            witness=self._witness,
        )
        self.study = study
        judged = study.run()
        if not hasty and np.any(judged.verdict == Verdict.WRONG):
            self._excuse(lines, judged, slack)
            judged = study.judged()
            self._look_nearby(lines, judged, analytic)
        return judged, analytic

    def _analytic(self, line: Line) -> tuple[NDArray, NDArray]:
        """The analytic derivative along a line, of each column, and what rounding may do to it."""
        elements, steps = line
        eps = self.problem.exact_eps
        with np.errstate(all="ignore"):
            parts = [gradient[elements] * steps for gradient in self.gradients]
            analytic = np.array([np.sum(part) for part in parts])
            slack = np.array([LOST * eps * np.sum(np.abs(part)) for part in parts])
            if "forward" in self.modes:
                moved = self._pushed(line)
                largest = np.max(np.abs(np.where(np.isfinite(moved), moved, 0)), initial=0.0)
                analytic = np.append(analytic, moved)
                slack = np.append(slack, np.full(len(moved), LOST * eps * largest))
        return analytic, slack

    def _excuse(self, lines: Sequence[Line], judged: Judgement, slack: NDArray) -> None:
        """Before a gradient is called wrong: how far does rounding move it?"""
        for j in range(self.reverse_columns):
            if self.roughness is None and np.any(judged.verdict[:, j] == Verdict.WRONG):
                rough = self._roughness(self.columns.rows[j])
                slack[:, j] = [np.sum(rough[e] * np.abs(steps)) for e, steps in lines]
        columns = slice(self.reverse_columns, None)
        if "forward" in self.modes:
            for k in np.flatnonzero(np.any(judged.verdict[:, columns] == Verdict.WRONG, axis=1))[
                :16
            ]:
                slack[k, columns] = np.maximum(slack[k, columns], self._forward_roughness(lines[k]))

    def _forward_roughness(self, line: Line) -> NDArray:
        """The rounding error of a derivative by forward mode, for each of its columns."""
        direction = self._signs(len(self.point)) * self.scales

        def nearby(i: int) -> NDArray:
            try:
                return self._pushed(line, self.point + i * self._ulps * direction)
            except Exception:
                return np.full(len(self.columns) - self.reverse_columns, np.nan)

        return 10 * noise_of(nearby, first=1)  # not at the point itself: that may be what is wrong

    def _pushed(self, line: Line, point: NDArray | None = None) -> NDArray:
        """The derivative along a line by forward mode, of each of its columns."""
        direction = np.zeros(len(self.point))
        direction[line[0]] = line[1]
        moved = self.problem.forward(direction, point)
        return self.columns.binned(moved)

    @property
    def _ulps(self) -> float:
        """A step, relative to each number, that only rounding notices."""
        return float(self.problem.exact_eps * 2.0**7)

    def _look_nearby(self, lines: Sequence[Line], judged: Judgement, analytic: NDArray) -> None:
        """Where slopes jump just beside the point, a value between those is right at a kink.

        The slope of a median of three equal numbers is 0 along each axis, and 1/3 for each shares
        it fairly: what decides is how the slope of each varies as the tie is broken.
        """
        problem, step = self.problem, 2.0 ** (10 - self.bits)
        for k in np.flatnonzero(np.any(judged.verdict == Verdict.WRONG, axis=1))[:SUSPECTS]:
            low, high = np.zeros((2, 2, len(self.columns)))
            for i, distance in enumerate((64 * step, 1024 * step)):
                slopes = []
                for _ in range(NEARBY):
                    beside = self.point + distance * self.scales * self._signs(len(self.point))
                    up, down = (self._moved(lines[k], t, beside) for t in (step, -step))
                    apart = problem.changed(up) - problem.changed(down)
                    slopes.append(self.columns.of(apart) / (2 * step))
                low[i], high[i] = np.min(slopes, axis=0), np.max(slopes, axis=0)
            jump, margin = high[0] - low[0], 0.05 * (high[0] - low[0])
            rounding = self.study.rounding()[k] / step
            is_kink = (jump > 0.05 * np.abs(analytic[k])) & (rounding < margin)
            is_kink &= (np.abs(high[1] - high[0]) <= margin) & (np.abs(low[1] - low[0]) <= margin)
            is_kink &= (low[0] - margin <= analytic[k]) & (analytic[k] <= high[0] + margin)
            is_kink &= judged.verdict[k] == Verdict.WRONG
            judged.verdict[k, is_kink] = Verdict.KINK
            judged.reason[k, is_kink] = BESIDE
            judged.left[k, is_kink], judged.right[k, is_kink] = low[0, is_kink], high[0, is_kink]

    def _roughness(self, weights: NDArray) -> NDArray:
        """The rounding error of each element of the gradient, as its scatter nearby shows it."""
        direction = self._signs(len(self.point)) * self.scales

        def nearby(i: int) -> NDArray:
            try:
                return self.problem.reverse(weights, self.point + i * self._ulps * direction)
            except Exception:
                return np.full(len(self.point), np.nan)

        return 10 * noise_of(nearby, first=1)  # not at the point itself: that may be what is wrong

    def _findings(
        self, elements: NDArray, judged: Judgement, analytic: NDArray, k: int
    ) -> list[Finding]:
        columns = np.flatnonzero(judged.verdict[k] != Verdict.RIGHT)
        return [self._finding(elements, judged, analytic, k, int(column)) for column in columns]

    def _finding(
        self, elements: NDArray, judged: Judgement, analytic: NDArray, k: int, column: int
    ) -> Finding:
        reverse = column < self.reverse_columns
        step = float(self.scales[elements[0]]) if len(elements) == 1 else 1.0
        return Finding(
            elements=elements,
            mode="reverse" if reverse else "forward",
            output=None if reverse or not self.each_output else column - self.reverse_columns,
            analytic=float(analytic[k, column]) / step,
            numeric=float(judged.numeric[k, column]) / step,
            error=float(judged.error[k, column]) / step,
            left=float(judged.left[k, column]) / step,
            right=float(judged.right[k, column]) / step,
            verdict=Verdict(int(judged.verdict[k, column])),
            reason=int(judged.reason[k, column]),
        )

    def _groups(self) -> list[NDArray]:
        """The elements in groups of alike contributions, those without one by themselves."""
        gradient = self.gradients[0] if self.gradients else np.ones(len(self.point))
        with np.errstate(all="ignore"):
            size = np.log2(np.abs(gradient) * self.scales)
        bins = np.where(np.isfinite(size), np.floor(size / BINS), np.nan)
        bins = np.where(np.isnan(bins), np.where(gradient == 0, -1e9, 1e9), bins)
        return [np.flatnonzero(bins == b) for b in np.unique(bins)]

    def _line(self, elements: NDArray) -> Line:
        if len(elements) == 1:
            return elements, self.scales[elements]
        return elements, self.scales[elements] * self._signs(len(elements))

    def _moved(self, line: Line, t: float, start: NDArray | None = None) -> NDArray:
        elements, steps = line
        moved = np.array(self.point if start is None else start)
        moved[elements] += t * steps
        return moved

    def _signs(self, n: int) -> NDArray:
        """Numbers from ±1 to ±2 of few bits, so that a step along them is exact."""
        return self.rng.choice([-1.0, 1.0], n) * (1 + self.rng.integers(0, 64, n) / 64)

    @functools.cached_property
    def noise(self) -> NDArray:
        """How far rounding moves each output, as its scatter nearby shows it."""
        measured = np.zeros(len(self.size))
        quiet = np.ones(len(self.size), bool)
        for bits in (*range(self.bits - 12, 12, -8), 8, 4, 0):
            noise, moved = self._noise_at(2.0**-bits)
            if not np.any(moved & quiet):
                continue  # so small a step may be lost to rounding inside the function
            if bits <= 8:  # a jump is no noise
                noise = np.minimum(noise, 1e3 * self.problem.eps_out * self.size)
            measured = np.where(quiet, noise, measured)
            quiet &= ~moved
            if not quiet.any():
                break
        return np.maximum(measured, self.problem.eps_out * self.size / 2)

    def _noise_at(self, step: float) -> tuple[NDArray, NDArray]:
        """The noise of each output as it shows at a step, and whether it moves at all."""
        noise, moved = np.zeros(len(self.size)), np.zeros(len(self.size), bool)
        for _ in range(2):  # along one direction, roundings may be alike by luck
            direction = step * self._signs(len(self.point)) * self.scales

            def beside(i: int, direction: NDArray = direction) -> NDArray:
                return self.problem.changed(self.point + i * direction)

            now = (beside(1) != 0) | (beside(-1) != 0)
            if now.any():
                noise, moved = np.maximum(noise, noise_of(beside)), moved | now
        return noise, moved

    def _balanced(self) -> NDArray:
        """A cotangent in which outputs of any scale count alike."""
        direction = self._signs(len(self.point)) * self.scales
        moves = np.abs(self.problem.changed(self.point + 2.0**-6 * direction))
        moves = np.where(np.isfinite(moves) & (moves > 0), moves, np.inf)
        if not np.any(np.isfinite(moves)):
            return self._signs(len(moves))
        largest = np.max(np.where(np.isfinite(moves), moves, 0))
        moves = np.maximum(np.where(np.isfinite(moves), moves, largest), 1e-12 * largest)
        balanced: NDArray = self._signs(len(moves)) * 2.0 ** np.clip(
            -np.floor(np.log2(moves)), -900, 900
        )
        return balanced


def scales(problem: Problem) -> tuple[NDArray, NDArray]:
    """For each number of the point a power of 2 like it; and -log2 of the most of these to move."""
    point = problem.point
    found, limits = np.ones(len(point)), np.ones(len(point))
    for leaf in problem.leaves:
        part = slice(leaf.start, leaf.stop)
        x = np.abs(point[part])
        some = x[(x > 0) & np.isfinite(x)]
        typical = float(np.median(some)) if len(some) else 1.0
        x = np.where((x > 0) & np.isfinite(x), x, typical)
        if leaf.is_complex and len(x):  # both parts of a complex number are moved alike
            half = len(x) // 2
            x = np.tile(np.abs(leaf.value).ravel(), 2)
            x = np.where((x > 0) & np.isfinite(x), x, typical) if half else x
        found[part] = 2.0 ** np.clip(np.floor(np.log2(x)), -960, 960)
        limits[part] = max(1.0, typical)
    reach = np.where(limits > 8 * found, -np.floor(np.log2(limits / found)), 2).astype(int)
    return found, reach


def silent(finding: Finding) -> bool:
    """Whether all that is unknown is how near to 0 a value is that is 0 as far as one can see."""
    return finding.reason in (ZERO, NOISE, UNSETTLED) and abs(finding.analytic) <= 4 * finding.error
