"""What is looked at along a line: a few weighted sums of all outputs, and each output by itself."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from autograd.primitive import NDArray


@dataclass
class Bins:
    """Each output in one of several sums, with its own weight: a million of them cost no matrix."""

    weights: NDArray  # (outputs,)
    order: NDArray  # the outputs, bin by bin
    starts: NDArray  # where each bin starts in that; none is empty

    def of(self, outputs: NDArray) -> NDArray:
        """The sums, along the last axis."""
        sums: NDArray = np.add.reduceat((self.weights * outputs)[..., self.order], self.starts, -1)
        return sums


@dataclass
class Columns:
    """Linear combinations of a function's outputs, in this order: the dense rows, then the bins.

    All methods take any leading axes.
    """

    rows: NDArray  # (rows, outputs)
    bins: Bins | None = None
    each: bool = False  # whether every output has a bin to itself, and weight 1

    def __len__(self) -> int:
        if self.each:
            return sum(self.rows.shape)
        return len(self.rows) + (0 if self.bins is None else len(self.bins.starts))

    def of(self, change: NDArray) -> NDArray:
        """The columns for the changes of all outputs; NaN where something of weight is."""
        lost = np.isnan(change)
        if not lost.any():
            sums = change @ self.rows.T
        else:
            sums = np.where(lost, 0.0, change) @ self.rows.T
            sums[lost.astype(float) @ (self.rows != 0).T > 0] = np.nan
        return np.concatenate([sums, self.binned(change)], axis=-1)

    def binned(self, change: NDArray) -> NDArray:
        """The bins alone."""
        if self.each:
            return change
        return change[..., :0] if self.bins is None else self.bins.of(change)

    def sizes(self, per_output: NDArray, moved: NDArray) -> NDArray:
        """For each line and column, the size (a 2-norm) of what has this size for each output.

        What does not move along a line, beside something that does, has no part in it. If nothing
        moves at all, it may be that rounding hides it. `moved` is (lines, outputs).
        """
        heaviest, squares = self._squares
        with np.errstate(all="ignore"):
            top = np.max(per_output, initial=0.0) or 1.0
            size = (per_output / top) ** 2
            found = np.tile(squares.of(size), (len(moved), 1))
            part = np.flatnonzero(~moved.all(axis=1))
            if len(part):
                mask = moved[part]
                some = squares.of(mask.astype(float)) > 0
                found[part] = np.where(some, squares.of(np.where(mask, size, 0.0)), found[part])
            sizes: NDArray = top * heaviest * np.sqrt(found)
            return sizes

    @functools.cached_property
    def _squares(self) -> tuple[NDArray, Columns]:
        """The heaviest weight of each column, or squares overflow; and the squares beside it."""
        heaviest = np.max(np.abs(self.rows), axis=1, initial=5e-324)
        bins = self.bins and Bins(self.bins.weights**2, self.bins.order, self.bins.starts)
        squares = Columns((self.rows / heaviest[:, None]) ** 2, bins, self.each)
        return np.concatenate([heaviest, np.ones(len(self) - len(self.rows))]), squares
