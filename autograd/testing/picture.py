"""The error of central differences against their step, on log–log axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.primitive import NDArray
from autograd.testing.message import figure
from autograd.testing.numerics.probe import Probe

COLOURS = {0: "tab:green", 1: "tab:blue", 2: "tab:gray", 3: "tab:red"}


def draw(
    probe: Probe, weights: NDArray, name: str, rows: Sequence[tuple[int, Any]], ax: Any = None
) -> Any:
    """Draw these rows, each given with the place of its element in the vector of arguments."""
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(layout="constrained")
    exponents = np.arange(1, probe.bits - 6)
    for place, row in rows:
        line = np.array([place]), probe.scales[[place]]
        with np.errstate(all="ignore"):
            slopes = np.array([probe.central(line, 2.0**-e) for e in exponents])
            slopes /= probe.scales[place] * weights[place]
            scale = abs(row.analytic) if row.analytic else 1.0
            error = np.abs(slopes - row.analytic) / scale
        seen = np.isfinite(error) & (error > 0)
        index = f"[{', '.join(map(str, row.index))}]" if row.index else ""
        label = f"{row.argument}{index}: {row.verdict} ({figure(row.analytic)})"
        ax.loglog(
            2.0 ** -exponents[seen], error[seen], ".-", color=COLOURS[row.verdict], label=label
        )
    steps = 2.0 ** -exponents[exponents < 20]
    ax.loglog(steps, steps**2, "k--", linewidth=1, label="step²: smooth, and right")
    ax.set(xlabel="step, in units of the element", ylabel="relative error", title=name)
    ax.set_ylim(bottom=max(ax.get_ylim()[0], 1e-17))
    ax.legend()
    return ax
