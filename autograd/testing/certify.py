"""certify: what is known of every element of a gradient, as a table and a picture."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.primitive import NDArray
from autograd.testing.message import explained, figure
from autograd.testing.numerics.firstlook import first_look
from autograd.testing.numerics.probe import Finding, Probe
from autograd.testing.numerics.problem import Problem
from autograd.testing.numerics.verdicts import Verdict
from autograd.testing.picture import draw

SHOWN = 20  # rows of the printed table


@dataclass(frozen=True)
class Row:
    """What is known of one element of the gradient."""

    argument: str
    index: tuple[int, ...]
    analytic: complex
    numeric: complex
    uncertainty: float
    verdict: Verdict
    reason: str


@dataclass(frozen=True, repr=False)
class Certificate:
    """The table that `certify` makes: one row for each element of the gradient, in order.

    Iterate over it for its rows. `verdicts` has one array of them for each argument, by name.
    """

    name: str
    rows: tuple[Row, ...]
    verdicts: dict[str, NDArray]
    weighted: bool  # whether it is the gradient of several outputs, summed with random weights
    probe: Probe
    weights: NDArray  # of what each figure is the derivative, in the sum of all outputs

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return all(row.verdict != Verdict.WRONG for row in self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        counts = Counter(row.verdict for row in self.rows)
        said = ", ".join(f"{counts[v]} {v}" for v in reversed(Verdict) if counts[v]) or "empty"
        how = ", its outputs summed with random weights" if self.weighted else ""
        lines = [f"gradient of {self.name}{how}: {said}"]
        if not self.rows:
            return lines[0]
        order = sorted(range(len(self.rows)), key=lambda i: (-self.rows[i].verdict, i))
        shown = sorted(order[:SHOWN])
        table = [("element", "analytic", "numeric", "verdict")]
        for i in shown:
            row = self.rows[i]
            index = f"[{', '.join(map(str, row.index))}]" if row.index else ""
            verdict = f"{row.verdict}{f': {row.reason}' if row.reason else ''}"
            numeric = figure(row.numeric, row.uncertainty)
            table.append((row.argument + index, figure(row.analytic), numeric, verdict))
        widths = [max(len(cells[i]) for cells in table) for i in range(3)]
        for cells in table:
            padded = [cell.ljust(width) for cell, width in zip(cells, widths)]
            lines.append("  " + "  ".join([*padded, cells[3]]))
        if len(order) > SHOWN:
            lines.append(f"  … and {len(order) - SHOWN} more, none of them worse")
        return "\n".join(lines)

    def plot(self, ax: Any = None) -> Any:
        """Draw how the error of central differences falls with the step, for the worst elements.

        Down the dashed line, as the step squared, where the gradient is right and the function
        smooth; level where the gradient is wrong; up again where rounding takes over. Returns the
        matplotlib axes, `ax` or new ones. Raises ImportError without matplotlib.

        >>> axes = certify(lambda x: (x**3).sum(), np.array([1.0, 2.0])).plot()
        >>> axes.get_ylabel()
        'relative error'
        """
        order = sorted(range(len(self.rows)), key=lambda i: (-self.rows[i].verdict, i))
        return draw(self.probe, self.weights, self.name, [(i, self.rows[i]) for i in order[:5]], ax)


def certify(
    f: Callable[..., Any], *args: Any, grad: Callable[..., Any] | None = None, **kwargs: Any
) -> Certificate:
    """Compare each element of the gradient of `f` with numbers, and say what is known of it.

    Takes what `check_grads` takes. The figures are derivatives of the output that moves with an
    element, if it is only one, as in elementwise functions; else of the sum of all outputs, each
    times a fixed random number. By a complex element z = x + iy it is ∂/∂x − i ∂/∂y. Raises
    AssertionError only for what can't be compared at all: a random function, or a gradient of the
    wrong shape.

    >>> certify(lambda x: abs(x).sum(), np.array([2.0, 0.0]))
    gradient of the lambda of line 1: 1 right at a kink, 1 right
      element  analytic  numeric      verdict
      x[0]     1         1 ± ...      right
      x[1]     0         0 ± ...      right at a kink: it lies between ... -1 and 1
    """
    problem = Problem(f, args, kwargs, grad=grad)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        first_look(problem)
        probe = Probe(problem, ("reverse",), balanced=False)
        findings, weights, weighted = _each_element(probe)
    rows = []
    verdicts: dict[str, NDArray] = {}
    for leaf in problem.leaves:
        size = leaf.value.size
        start = leaf.start
        part = [
            _row(
                leaf.name,
                index,
                findings[start + i],
                findings[start + size + i] if leaf.is_complex else None,
            )
            for i, index in enumerate(np.ndindex(leaf.value.shape))
        ]
        verdicts[leaf.name] = np.array([r.verdict for r in part], object).reshape(leaf.value.shape)
        rows += part
    return Certificate(problem.name, tuple(rows), verdicts, weighted, probe, weights)


def _each_element(probe: Probe) -> tuple[list[Finding], NDArray, bool]:
    """What is known of each element, the weight it is divided by, and if outputs are mixed."""
    n = len(probe.point)
    if not n:
        return [], np.ones(0), False
    found = probe.examine([probe.line(np.array([i])) for i in range(n)])
    moved = found.study.moved
    alone = moved.sum(axis=1) == 1
    mixed = bool(np.any(moved.sum(axis=1) > 1))
    if not mixed and moved.shape[0] == moved.shape[1]:  # what does not move is elementwise too
        moved, alone = moved | (np.eye(n, dtype=bool) & ~alone[:, None]), np.ones(n, bool)
    weights = np.where(alone, probe.columns.rows[0][moved.argmax(axis=1)], 1.0)
    judged, divisor = found.judged, weights[:, None]
    found.analytic /= divisor
    for figures in (judged.numeric, judged.left, judged.right):
        figures /= divisor
    judged.error /= np.abs(divisor)
    swapped = weights < 0
    judged.left[swapped], judged.right[swapped] = judged.right[swapped], judged.left[swapped]
    return [probe.finding(found, k, 0) for k in range(n)], weights, mixed


def _row(name: str, index: tuple[int, ...], real: Finding, imaginary: Finding | None) -> Row:
    """A row from one finding, or from those of the two parts of a complex element."""
    if imaginary is None:
        return Row(
            name,
            index,
            real.analytic,
            real.numeric,
            real.error,
            real.verdict,
            explained(real, plain=True),
        )
    worse = max(real, imaginary, key=lambda finding: finding.verdict)
    return Row(
        name,
        index,
        complex(real.analytic, -imaginary.analytic),
        complex(real.numeric, -imaginary.numeric),
        float(np.hypot(real.error, imaginary.error)),
        worse.verdict,
        explained(worse, plain=True),
    )
