"""The same numbers in other places of memory: what a function must not notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.primitive import NDArray


def contiguous(x: NDArray) -> NDArray:
    """A plain copy, row after row."""
    return np.array(x, order="C")


def fortran(x: NDArray) -> NDArray:
    """A copy, column after column."""
    return np.array(x, order="F")


def stepped(x: NDArray) -> NDArray:
    """A copy with a gap after each element."""
    return np.repeat(x, 2, axis=-1)[..., ::2] if x.ndim else np.array(x)


def backwards(x: NDArray) -> NDArray:
    """A copy in memory from its end to its beginning: all steps are negative."""
    return np.flip(np.array(np.flip(x), order="C"))


def read_only(x: NDArray) -> NDArray:
    """A copy that can't be written to."""
    copy = np.array(x)
    copy.flags.writeable = False
    return copy


def zero_strides(x: NDArray) -> NDArray:
    """Not the same numbers: the first element everywhere, at one place of memory."""
    return np.broadcast_to(x.flat[0], x.shape) if x.size else x


FAITHFUL: tuple[Callable[[Any], Any], ...] = fortran, stepped, backwards, read_only
LAYOUTS: tuple[Callable[[Any], Any], ...] = (contiguous, *FAITHFUL, zero_strides)
