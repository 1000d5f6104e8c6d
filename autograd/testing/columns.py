"""What is looked at along a line: a few weighted sums of all outputs, and each output by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograd.primitive import NDArray


@dataclass
class Columns:
    """Linear combinations of a function's outputs, in this order: the dense rows, then the bins.

    Each output may also be in one bin, with its own weight; so a million of them cost no matrix.
    """

    rows: NDArray  # (rows, outputs)
    bins: NDArray | None = None  # (outputs,): the bin that each output is in
    weights: NDArray | None = None  # (outputs,): and its weight there
    count: int = 0  # of bins

    def __len__(self) -> int:
        return len(self.rows) + self.count

    def of(self, change: NDArray) -> NDArray:
        """The columns for the changes of all outputs; NaN where something of weight is."""
        lost = np.isnan(change)
        if not lost.any():
            return np.concatenate([self.rows @ change, self.binned(change)])
        sums = self.rows @ np.where(lost, 0.0, change)
        sums[np.any(self.rows[:, lost] != 0, axis=1)] = np.nan
        return np.concatenate([sums, self.binned(change)])

    def binned(self, change: NDArray) -> NDArray:
        """The bins alone."""
        if self.bins is None:
            return np.zeros(0)
        assert self.weights is not None
        return np.bincount(self.bins, self.weights * change, self.count)

    def sizes(self, per_output: NDArray, moved: NDArray) -> NDArray:
        """For each line and column, the size (a 2-norm) of what has this size for each output.

        What does not move along a line, beside something that does, has no part in it. If nothing
        moves at all, it may be that rounding hides it. `moved` is (lines, outputs).
        """
        with np.errstate(all="ignore"):
            top = np.max(per_output, initial=0.0) or 1.0
            heaviest = np.max(np.abs(self.rows), axis=1, initial=5e-324)  # or squares overflow
            squares = Columns(
                (self.rows / heaviest[:, None]) ** 2, self.bins, self.weights, self.count
            )
            if self.weights is not None:
                squares.weights = self.weights**2
            size = (per_output / top) ** 2
            all_of_them = squares.of(size)
            found = np.empty((len(moved), len(self)))
            for k, mask in enumerate(moved):
                some = squares.of(mask.astype(float)) > 0
                found[k] = np.where(some, squares.of(np.where(mask, size, 0.0)), all_of_them)
            scales = np.concatenate([heaviest, np.ones(self.count)])
            sizes: NDArray = top * scales * np.sqrt(found)
            return sizes
