"""Where a gradient is wrong: along random directions first, then in ever smaller groups.

A direction moves elements whose contributions are of one size, so that a wrong one can't hide
behind others a million times larger; and each output is looked at by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd.primitive import NDArray
from autograd.testing.numerics.probe import LOST, Evidence, Finding, Probe
from autograd.testing.numerics.verdicts import NOISE, NOT_BETWEEN, STEEP, UNSETTLED, ZERO, Verdict

FEW = 8  # arguments with no more numbers than this are studied one by one
DIRECTIONS = 2  # for each group of elements
BINS = 4  # octaves: elements whose contributions differ by more are in different groups
LINES = 24  # after so many, groups are split further only if something is wrong in them
SUSPECTS = 4  # groups that are split further, of each level
NEAR = -10  # 2⁻ⁿᵉᵃʳ times as large steps show no more than the usual ones; larger ones may


class Search:
    """A walk through all elements of a problem's arguments, and what it has found."""

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        self.wrong: list[Finding] = []
        self.unknown: list[Finding] = []
        self.told = 0  # lines that are right
        self.disagree: tuple[float, float, NDArray] | None = None  # reverse, forward, elements
        self.kinks: set[int] = set()
        self.looked = 0  # how many lines have been studied
        n = len(probe.point)
        if not n or not len(probe.size):
            self.told = 1
            return
        groups = [group for group in self._groups() if not self._is_settled(group)]
        copies = DIRECTIONS
        if n <= FEW:
            groups, copies = [group[i : i + 1] for group in groups for i in range(len(group))], 1
        while groups:
            groups = self._split([group for group in groups for _ in range(copies)])
            copies = 1
        if not self.wrong and len(self.kinks) > 1:
            self._move_together(np.array(sorted(self.kinks)))

    def _groups(self) -> list[NDArray]:
        """The elements in groups of alike contributions, those without one by themselves."""
        probe = self.probe
        gradient = probe.gradients[0] if probe.gradients else np.ones(len(probe.point))
        with np.errstate(all="ignore"):
            bins = np.floor(np.log2(np.abs(gradient) * probe.scales) / BINS)
        bins = np.where(np.isfinite(bins), bins, np.where(gradient == 0, -1e9, 1e9))
        return [np.flatnonzero(bins == b) for b in np.unique(bins)]

    def _is_settled(self, group: NDArray) -> bool:
        """Whether a group of elements is right at a glance."""
        probe = self.probe
        if probe.problem.native or probe.reach[group].min() < NEAR:
            return False
        analytic = probe.glance(group)
        self.told += analytic is not None and bool(np.any(analytic))
        return analytic is not None

    def _split(self, groups: Sequence[NDArray]) -> list[NDArray]:
        """Study a line for each of these groups; the smaller groups that are to be studied next."""
        probe, singles = self.probe, all(len(group) == 1 for group in groups)
        self.looked += len(groups)
        found = probe.examine([probe.line(group) for group in groups], hasty=not singles)
        judged = found.judged
        self.disagree = self.disagree or self._disagreement(found)
        self.told += int(np.sum((judged.verdict <= Verdict.KINK) & (found.analytic != 0)))
        if not singles:  # what hides a small part of a sum is to be looked at more closely
            judged = found.study.judged(1e-6)
        worst = judged.verdict.max(axis=1)
        halves: list[NDArray] = []
        split: set[int] = set()
        for k in map(int, np.argsort(-worst, kind="stable")):
            group = groups[k]
            if worst[k] == Verdict.RIGHT or id(group) in split:
                continue
            split.add(id(group))
            if singles or worst[k] < Verdict.WRONG:  # its parts tell where a group looks wrong
                self._keep(found, k)
            worth = worst[k] == Verdict.WRONG or self.looked < LINES
            if not singles and len(halves) < 2 * SUSPECTS and worth:
                half = len(group) // 2
                halves += [group[:half], group[half:]] if half else [group]
        return halves

    def _keep(self, found: Evidence, k: int) -> None:
        """Remember what is not right along a line."""
        elements = found.lines[k][0]
        if found.judged.verdict[k].max() == Verdict.KINK and len(elements) == 1:
            if self.probe.reach[elements[0]] >= 0:  # at the point itself, not far beside it
                self.kinks.add(int(elements[0]))
            return
        findings = self.probe.findings(found, k)
        self.wrong += [finding for finding in findings if finding.verdict == Verdict.WRONG]
        self.unknown += [finding for finding in findings if finding.verdict == Verdict.UNKNOWN]

    def _move_together(self, kinks: NDArray) -> None:
        """Of max([x, x]) each element may have a slope from 0 to 1; of both together it is 1.

        Where kinks of both kinds meet, a sum of slopes need not be between the one-sided ones.
        """
        steps = np.full(len(kinks), self.probe.scales[kinks].max())
        found = self.probe.findings(self.probe.examine([(kinks, steps)]), 0)
        smooth = [finding for finding in found if finding.reason not in (NOT_BETWEEN, STEEP)]
        self.wrong += [finding for finding in smooth if finding.verdict == Verdict.WRONG]

    def _disagreement(self, found: Evidence) -> tuple[float, float, NDArray] | None:
        """What each mode says along the first line about which they contradict each other."""
        probe = self.probe
        if not (probe.reverse_columns and probe.each_output):
            return None
        size = np.fmax(probe.size, probe.problem.within)
        rounding = LOST * probe.eps * np.sum(np.abs(probe.cotangent) * size)
        for (elements, steps), analytic in zip(found.lines, found.analytic, strict=True):
            reverse = probe.gradients[0][elements] * steps
            forward = probe.cotangent * analytic[probe.reverse_columns :]
            size = np.sum(np.abs(reverse)) + np.sum(np.abs(forward))
            apart = abs(np.sum(reverse) - np.sum(forward))
            if apart > 1e3 * probe.relative * size + rounding:
                rough = np.abs(steps) @ probe.rough_gradient(probe.cotangent)[elements]
                rough += np.abs(probe.cotangent) @ probe.rough_push((elements, steps))
                if apart <= rough:
                    continue
                step = steps[0] if len(steps) == 1 else 1.0
                return float(np.sum(reverse) / step), float(np.sum(forward) / step), elements
        return None


def silent(finding: Finding) -> bool:
    """Whether all that is unknown is how near to 0 a value is that is 0 as far as one can see."""
    return finding.reason in (ZERO, NOISE, UNSETTLED) and abs(finding.analytic) <= 4 * finding.error
