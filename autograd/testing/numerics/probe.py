"""Derivatives at a point along any lines: what the engine says of them, and what numbers say."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograd.primitive import NDArray
from autograd.testing.numerics import glance
from autograd.testing.numerics.columns import Bins, Columns
from autograd.testing.numerics.firstlook import first_look
from autograd.testing.numerics.problem import Problem
from autograd.testing.numerics.rounding import Rounding, signs
from autograd.testing.numerics.study import ENOUGH, Study
from autograd.testing.numerics.verdicts import BESIDE, RELATIVE, Judgement, Verdict

OUTPUTS = 512  # of more outputs than this, forward mode is checked in that many random sums
FEW = 64  # outputs that are looked at one by one, to name the one that is wrong
LOST = 16  # units of rounding that a sum of contributions may lose
NEARBY = 32  # points, at most, at which the slope is taken, to tell whether it jumps there
INTERMEDIATE = 512  # units of rounding that a gradient may lose to what it is computed from,
LOOSE = 1e-3  # and the part of itself, where it is right in double precision
EXCUSED = 16  # lines for which the rounding of forward mode is measured
SUSPECTS = 64  # lines near which a jump of the slope is looked for

Line = tuple[NDArray, NDArray]  # the elements that move, and how far each does for t = 1


@dataclass
class Finding:
    """A derivative along one line, of one column."""

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
class Evidence:
    """What is known along some lines: figures are (lines, columns)."""

    lines: Sequence[Line]
    analytic: NDArray
    judged: Judgement
    study: Study


class Probe:
    """The derivatives of a problem at its point, along lines that are asked for.

    What is compared are columns: weighted sums of all outputs for reverse mode, one balanced so
    that outputs of any scale count alike; and each output by itself for forward mode.
    """

    def __init__(
        self,
        problem: Problem,
        modes: Sequence[str],
        balanced: bool = True,
        outputs: NDArray | None = None,  # to look at each of these by itself, in reverse mode
    ) -> None:
        self.problem, self.modes, self.by_themselves = problem, modes, outputs
        self.rng = np.random.default_rng(0)
        self.point, self.scales, self.reach = problem.point, *scales(problem)
        self.rounding = Rounding(problem, self.scales, self.rng)
        self.bits = round(-np.log2(problem.eps_in))
        self.eps = float(problem.eps_out.max(initial=2.0**-52))
        self.relative = RELATIVE if problem.exact_eps <= 2.0**-52 else 1e3 * problem.exact_eps
        self.size = np.abs(problem.base)
        self.settled: tuple[Line, NDArray] | None = None  # a line that was, at a glance
        count = len(problem.base)
        self.cotangent = np.ones(1) if problem.is_scalar else signs(self.rng, count)
        rows: list[NDArray] = []
        if outputs is not None:
            rows = list(np.eye(count)[outputs])
        elif "reverse" in modes:
            rows = [self.cotangent, *([self._balanced()] if count > 1 and balanced else [])]
        self.gradients = [problem.reverse(row) for row in rows]
        self.reverse_columns = len(rows)
        self.each_output = "forward" in modes and count <= OUTPUTS
        bins = None
        if "forward" in modes and not self.each_output:
            starts = np.arange(OUTPUTS) * count // OUTPUTS
            bins = Bins(signs(self.rng, count), self.rng.permutation(count), starts)
        self.columns = Columns(np.array(rows).reshape(len(rows), count), bins, self.each_output)

    def line(self, elements: NDArray, levels: int = 64) -> Line:
        """A line that moves these elements, several in a random direction."""
        if len(elements) == 1:
            return elements, self.scales[elements]
        return elements, self.scales[elements] * signs(self.rng, len(elements), levels)

    def glance(self, elements: NDArray) -> NDArray | None:
        """The analytic derivatives along one line, if they are right at a glance."""
        line = self.line(elements, levels=2**16)  # so that two errors hardly ever cancel
        analytic, slack = self._analytic(line)
        up, down = (
            np.stack([self.problem.changed(self._moved(line, sign * t)) for t in glance.STEPS])
            for sign in (1, -1)
        )

        def at_a_glance(noise: NDArray) -> bool:
            return glance.is_settled(analytic, up, down, self.columns, noise, slack)

        few = glance.ULPS * self.problem.eps_out * self.size
        if at_a_glance(few) or at_a_glance(np.maximum(few, 4 * self.rounding.of_values)):
            self.settled = line, analytic
            return analytic
        return None

    def examine(self, lines: Sequence[Line], hasty: bool = False) -> Evidence:
        """The verdicts along these lines, for each of the columns.

        A `hasty` one may call wrong what is right at smaller steps.
        """
        problem = self.problem
        analytic, slack = map(np.array, zip(*map(self._analytic, lines), strict=True))
        if self._roughness is not None:
            for k, (elements, steps) in enumerate(lines):
                for j, roughness in enumerate(self._roughness):
                    slack[k, j] = np.sum(roughness[elements] * np.abs(steps))
        study = Study(
            analytic=analytic,
            change=lambda k, t: problem.changed(self._moved(lines[k], t)),
            columns=self.columns,
            size=self.size,
            within=problem.within,
            noise=self.rounding.of_values,
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
        found = Evidence(lines, analytic, study.run(), study)
        if np.any(found.judged.verdict == Verdict.WRONG) and problem.exact_eps > 2.0**-52:
            self._judge_in_double(found, hasty)
        if not hasty and np.any(found.judged.verdict == Verdict.WRONG):
            self._excuse(found, slack)
            found.judged = study.judged()
            self._look_nearby(found)
        return found

    def findings(self, found: Evidence, k: int) -> list[Finding]:
        """All along line k that is not simply right."""
        columns = np.flatnonzero(found.judged.verdict[k] != Verdict.RIGHT)
        return [self.finding(found, k, int(column)) for column in columns]

    def finding(self, found: Evidence, k: int, column: int) -> Finding:
        """What is known along line k of a column."""
        reverse = column < self.reverse_columns
        output = None
        if self.by_themselves is not None:
            output = int(self.by_themselves[column])
        elif self.each_output and not reverse:
            output = column - self.reverse_columns
        elements, judged = found.lines[k][0], found.judged
        step = float(self.scales[elements[0]]) if len(elements) == 1 else 1.0
        return Finding(
            elements=elements,
            mode="reverse" if reverse else "forward",
            output=output,
            analytic=float(found.analytic[k, column]) / step,
            numeric=float(judged.numeric[k, column]) / step,
            error=float(judged.error[k, column]) / step,
            left=float(judged.left[k, column]) / step,
            right=float(judged.right[k, column]) / step,
            verdict=Verdict(int(judged.verdict[k, column])),
            reason=int(judged.reason[k, column]),
        )

    def central(self, line: Line, t: float) -> float:
        """The central difference quotient of the first column."""
        up, down = (self.problem.changed(self._moved(line, h)) for h in (t, -t))
        return float(self.columns.rows[0] @ (up - down)) / (2 * t)

    def refined(self, finding: Finding) -> Finding:
        """A finding about the sum of all outputs, as one about the worst of them."""
        outputs = len(self.problem.base)
        if finding.mode == "forward" or outputs == 1 or outputs > 4 * OUTPUTS:
            return finding
        line, some = self.line(finding.elements), np.arange(outputs)
        if outputs > FEW:
            ends = [self.problem.changed(self._moved(line, t)) for t in (0.25, -0.25, 2.0**-12)]
            some = np.flatnonzero(np.any(np.array(ends) != 0, axis=0))[:FEW]
        each = Probe(self.problem, ("reverse",), outputs=some)
        found = each.findings(each.examine([line]), 0)
        return next((f for f in found if f.verdict == Verdict.WRONG), finding)

    @functools.cached_property
    def _roughness(self) -> list[NDArray] | None:
        """How far rounding moves each gradient, if they are not in double precision."""
        if self.problem.exact_eps <= 2.0**-52:
            return None
        return [self.rounding.of_gradient(row) for row in self.columns.rows]

    def _witness(self) -> bool:
        """Whether the complex step agrees along a line that was settled at a glance."""
        if self.settled is None:
            return False
        line, analytic = self.settled
        slope = self.problem.complex_step(line)
        return slope is not None and np.allclose(self.columns.of(slope), analytic, 1e-7, 0)

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

    def _pushed(self, line: Line, point: NDArray | None = None) -> NDArray:
        """The derivative along a line by forward mode, of each of its columns."""
        direction = np.zeros(len(self.point))
        direction[line[0]] = line[1]
        return self.columns.binned(self.problem.forward(direction, point))

    @functools.cached_property
    def _in_double(self) -> Probe | None:
        """The same columns, with gradients in double precision, if f has them."""
        if self.problem.native:
            return None
        try:
            twin = self.problem.in_double()
            first_look(twin)
            if twin.exact_eps > 2.0**-52 or twin.base.shape != self.problem.base.shape:
                return None
            probe = Probe(twin, self.modes, outputs=np.zeros(0, int))
            probe.gradients = [twin.reverse(row) for row in self.columns.rows]
        except Exception:  # f may take no such arrays, or its gradient return others
            return None
        probe.columns, probe.reverse_columns = self.columns, self.reverse_columns
        return probe

    def _judge_in_double(self, found: Evidence, hasty: bool) -> None:
        """Before a gradient in low precision is called wrong: is it only rounded?

        As 1 − tanh(x)² is, of which nothing is left at 10. Then it is right in double precision,
        and not further from that than rounding what it is computed from may move it.
        """
        twin = self._in_double
        if twin is None:
            return
        suspects = np.flatnonzero(np.any(found.judged.verdict == Verdict.WRONG, axis=1))
        wide = twin.examine([found.lines[k] for k in map(int, suspects)], hasty)
        size = np.fmax(self.size, np.broadcast_to(self.problem.within, self.size.shape))
        sizes = self.columns.sizes(size, np.ones((len(suspects), len(size)), bool))
        allowed = INTERMEDIATE * self.problem.exact_eps * sizes
        allowed += LOOSE * np.abs(wide.analytic)
        close = np.abs(found.analytic[suspects] - wide.analytic) <= allowed
        found.study.instead[suspects] = np.where(close, wide.judged.verdict, Verdict.WRONG)
        found.judged = found.study.judged()

    def _excuse(self, found: Evidence, slack: NDArray) -> None:
        """Before a gradient is called wrong: how far does rounding move it?"""
        wrong = found.judged.verdict == Verdict.WRONG
        for j in range(self.reverse_columns):
            if self._roughness is None and np.any(wrong[:, j]):
                row = self.columns.rows[j]
                rough = np.fmax(self.rounding.of_gradient(row), self.rough_gradient(row))
                slack[:, j] = [np.sum(rough[e] * np.abs(steps)) for e, steps in found.lines]
        forward = slice(self.reverse_columns, None)
        for k in np.flatnonzero(np.any(wrong[:, forward], axis=1))[:EXCUSED]:
            line = found.lines[k]
            rough = self.rounding.of_derivative(functools.partial(self._pushed, line))
            slack[k, forward] = np.maximum(slack[k, forward], np.fmax(rough, self.rough_push(line)))

    def rough_gradient(self, weights: NDArray) -> NDArray:
        """How far the reverse pass itself is off, in each element of the gradient."""
        return self.rounding.of_linear(self.problem.reverse, weights)

    def rough_push(self, line: Line) -> NDArray:
        """How far the forward pass along a line is off, in each of its columns."""
        return self.rounding.of_linear(lambda steps: self._pushed((line[0], steps)), line[1])

    def _look_nearby(self, found: Evidence) -> None:
        """Where slopes jump just beside the point, a value between those is right at a kink.

        The slope of a median of three equal numbers is 0 along each axis, and 1/3 for each shares
        it fairly: what decides is how the slope of each varies as the tie is broken.
        """
        judged, step = found.judged, 2.0 ** (10 - self.bits)
        for k in np.flatnonzero(np.any(judged.verdict == Verdict.WRONG, axis=1))[:SUSPECTS]:
            analytic = found.analytic[k]
            near, far = (self._slopes_around(found.lines[k], n * step, step) for n in (64, 1024))
            low, high = near.min(axis=0), near.max(axis=0)
            jump, margin = high - low, 0.05 * (high - low)
            is_kink = (jump > 0.05 * np.abs(analytic)) & (found.study.rounding()[k] / step < margin)
            is_kink &= np.abs(far.max(axis=0) - high) <= margin
            is_kink &= np.abs(far.min(axis=0) - low) <= margin
            is_kink &= (low - margin <= analytic) & (analytic <= high + margin)
            is_kink &= judged.verdict[k] == Verdict.WRONG
            judged.verdict[k, is_kink], judged.reason[k, is_kink] = Verdict.KINK, BESIDE
            judged.left[k, is_kink], judged.right[k, is_kink] = low[is_kink], high[is_kink]

    def _slopes_around(self, line: Line, distance: float, step: float) -> NDArray:
        """The slopes along a line at points that far away: (points, columns).

        These put the elements in different orders, so that of a few that are equal each is, at one
        of the points, the largest, the smallest, and the one in the middle.
        """
        slopes, n = [], len(self.point)
        ranks, points = self.rng.permutation(n), min(max(n, 8), NEARBY)
        for shift in np.arange(points) * max(n, 8) // points:
            offsets = 4 * ((ranks + shift) % max(n, 8)) / max(n, 8) - 1.9
            beside = self.point + distance * self.scales * offsets * max(1.0, n / 8)
            up, down = (self.problem.changed(self._moved(line, t, beside)) for t in (step, -step))
            slopes.append(self.columns.of(up - down) / (2 * step))
        return np.array(slopes)

    def _moved(self, line: Line, t: float, start: NDArray | None = None) -> NDArray:
        elements, steps = line
        moved = np.array(self.point if start is None else start)
        moved[elements] += t * steps
        return moved

    def _balanced(self) -> NDArray:
        """A cotangent in which outputs of any scale count alike."""
        direction = self.scales * signs(self.rng, len(self.point))
        moves = np.abs(self.problem.changed(self.point + 2.0**-6 * direction))
        weights = signs(self.rng, len(moves))
        seen = np.isfinite(moves) & (moves > 0)
        if not seen.any():
            return weights
        largest = np.max(moves[seen])
        # A 0 that only rounding moves would drown the others, if it could have any weight.
        moves = np.maximum(np.where(seen, moves, largest), 1e-8 * largest)
        balanced: NDArray = weights * 2.0 ** np.clip(-np.floor(np.log2(moves)), -900, 900)
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
