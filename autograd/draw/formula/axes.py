"""What formulas say of axes: which of them are summed over, which are new, dropped or merged.

A Call of Σ or of RESHAPED has two shapes as its last arguments, as Names: before and after.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Shape: TypeAlias = tuple[int, ...]

RESHAPED = "reshaped"  # the same elements in another shape; written by `subscript` or as a function


def axes_summed(whole: Sequence[int], to: Sequence[int]) -> list[int]:
    """The axes that are summed over, but for those with only one element."""
    padded = (1,) * (len(whole) - len(to)) + tuple(to)
    return [i for i, (size, one) in enumerate(zip(whole, padded)) if size != one]


def axes_written(whole: Sequence[int], to: Sequence[int]) -> str:
    """The axes that are summed over, unless those are all.

    >>> axes_written((2, 3), (3,))
    '0'
    """
    axes = axes_summed(whole, to)
    return "" if len(axes) == sum(n != 1 for n in whole) else ",".join(map(str, axes))


def broadcasts(of: Sequence[int], to: Sequence[int]) -> bool:
    """Whether `to` is `of` with axes of one element in front, which nobody has to write."""
    new = len(to) - len(of)
    return new >= 0 and tuple(to) == (1,) * new + tuple(of)


def subscript(of: Sequence[int], to: Sequence[int]) -> str | None:
    """What between brackets turns the shape `of` into `to`; None if no subscript does.

    >>> subscript((2, 3), (2, 1, 3)), subscript((2, 1), (2,)), subscript((2, 3), (3, 2))
    (':, None', ':, 0', None)
    """
    keys: list[str] = []
    i = 0
    for n in to:
        if i < len(of) and of[i] == n:
            keys.append(":")
            i += 1
        elif n == 1:
            keys.append("None")
        else:
            while i < len(of) and of[i] == 1:
                keys.append("0")
                i += 1
            if i == len(of) or of[i] != n:
                return None
            keys.append(":")
            i += 1
    if any(n != 1 for n in of[i:]):
        return None
    keys += "0" * (len(of) - i)
    if {"None", "0"} <= set(keys):
        return None
    while keys[-1:] == [":"]:
        keys.pop()
    return ", ".join(keys) or None
