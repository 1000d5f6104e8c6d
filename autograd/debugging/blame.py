"""Which element that went into an operation most likely explains one that came out of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from autograd.debugging.advice import POWERS
from autograd.debugging.kinks import MASKS
from autograd.debugging.sites import Input, Site, site_before
from autograd.primitive import NDArray

Index: TypeAlias = tuple[int, ...]

DIVISIONS = (np.divide, np.remainder, np.fmod, np.floor_divide)
PRODUCTS, SUMS = (np.multiply, np.divide), (np.add, np.subtract)
FAR = 4  # deviations, which one element in 150 of normal numbers is from their median


def culprit_of(
    site: Site, output: NDArray, index: Index, by_sign: bool
) -> tuple[Input, Index] | None:
    """The element that most likely explains element `index` of `output`; None if none does.

    Of those on which it depends, one that is not finite does; else the divisor or base that made an
    infinity or nan; else what is computed or data rather than a number in the program; of what
    overflows, the largest; what stands out in its array; what explains the most; what is tracked.
    With `by_sign` a negative number is explained by what made it negative, since it led to a nan,
    as the square root of one does.
    """
    slopes = _slopes(site, output, index)
    if not site.elementwise:
        for given, slope in zip(site.inputs, slopes):
            at = first_in(slope != 0) if np.count_nonzero(slope) == 1 else None
            if at is not None and np.array_equal(given.array[at], output[index], equal_nan=True):
                return given, at  # which was only moved
    with np.errstate(all="ignore"):
        overflows = not np.isfinite(np.square(output[index]))
    best, found = None, None
    for given, slope in zip(site.inputs, slopes):
        mask = np.not_equal(slope, 0)
        if not mask.any():
            continue
        odd = mask & ~np.isfinite(given.array)
        odd = marked if (marked := odd & odd_in_input(given)).any() else odd
        size = _size(site, given, slope, output[index], by_sign)
        at = first_in(odd) if odd.any() else _unraveled(int(np.argmax(size)), size.shape)
        number = given.array[at]
        rank = (
            bool(odd.any()),
            _is_blamed(site, given, number, output[index], by_sign),
            not given.written,
            0.0 if not overflows else float(size[at] if site.elementwise else np.abs(number)),
            _deviations(given.array, number) > FAR,
            float(size[at]),
            float(np.abs(number)),
            given.node is not None,
        )
        if best is None or rank > best:
            best, found = rank, (given, at)
    return found


def _slopes(site: Site, output: NDArray, index: Index) -> list[NDArray]:
    """The derivative of element `index` of `output` by each element of each input.

    So what was not chosen, and what is multiplied by 0, is not to blame. Where all are 0, as of
    1 / inf or the norm of 0, it is 1 for all that can matter.
    """
    slopes = [_slope_by(site, given, output, index) for given in site.inputs]
    if any(slope.any() for slope in slopes):
        return slopes
    if site.elementwise:
        return [_at(below(index, given.array.shape), given.array.shape) for given in site.inputs]
    if len(site.inputs) == 1 and site.inputs[0].array.shape == output.shape:
        return [_at(index, output.shape)]  # as of a softmax
    return [_can_matter(site, given, output, index) for given in site.inputs]


def _slope_by(site: Site, given: Input, output: NDArray, index: Index) -> NDArray:
    assert given.pull is not None
    shape = given.array.shape
    if not site.elementwise:
        slope = _pulled(site, given, given.pull, output, index)
        odd = ~np.isfinite(given.array) & (slope == 0)
        if odd.any() and np.isnan(output[index]):  # of 0 · inf
            slope = np.where(odd, _can_matter(site, given, output, index), slope)
        return slope
    place = below(index, shape)
    if _matters_as_it_is(site, given.array[place], output[index]):
        return _at(place, shape)
    with np.errstate(all="ignore"):
        pulled = np.broadcast_to(given.pull(np.ones_like(output)), output.shape)
    return _at(place, shape, pulled[index])


def _can_matter(site: Site, given: Input, output: NDArray, index: Index) -> NDArray:
    """1 for each element that `output[index]` depends on where no slope is 0 by chance."""
    assert given.elsewhere is not None
    try:
        slope = _pulled(site, given, given.elsewhere, output, index)
    except (np.linalg.LinAlgError, ValueError):  # of a matrix that must be definite, say
        slope = np.zeros(given.array.shape)
    return np.not_equal(slope, 0).astype(float)


def _pulled(
    site: Site, given: Input, pull: Callable[[Any], Any], output: NDArray, index: Index
) -> NDArray:
    one = np.zeros_like(output)
    one[index] = 1
    g: Any = one if len(site.outputs) == 1 else [one if o is output else None for o in site.outputs]
    with np.errstate(all="ignore"):
        pulled = np.asarray(given.part(pull(g)))
    return pulled if pulled.shape == given.array.shape else np.zeros(given.array.shape)


def _matters_as_it_is(site: Site, number: Any, result: Any) -> bool:
    """Whether a number explains a result whatever its slope: an infinity, unless left out."""
    if site.function in MASKS:
        return bool(np.isnan(number) and np.isnan(result))
    return not np.isfinite(number)


def _at(place: Index, shape: Index, number: Any = 1.0) -> NDArray:
    array = np.zeros(shape, np.asarray(number).dtype)
    array[place] = number
    return array


def _size(site: Site, given: Input, slope: NDArray, result: Any, by_sign: bool) -> NDArray:
    """How much each element of an input explains a result; -inf where it does not depend on it.

    In a sum that is what it adds in the direction of the sum, in a product the same of logarithms.
    """
    numbers = np.nan_to_num(given.array, posinf=np.inf, neginf=-np.inf)
    with np.errstate(all="ignore"):
        size = np.abs(numbers)
        if site.function in SUMS or site.kind == "linear":
            added = (slope * numbers).real
            size = np.nan_to_num(added * np.sign(result.real) if result else np.abs(added))
        elif site.function in PRODUCTS and np.isfinite(result) and result:
            sign = -1 if site.function is np.divide and given.label == "y" else 1
            size = sign * np.sign(np.log(np.abs(result))) * np.log(size)
        elif site.function is np.prod and by_sign and _is_negative(result):
            size = -numbers
    return np.where(slope != 0, size, -np.inf)


def _is_blamed(site: Site, given: Input, number: Any, result: Any, by_sign: bool) -> bool:
    """Whether an argument is what usually makes such a result."""
    if site.function in POWERS:
        return given.label == "x" and bool(np.abs(number) < 1 or _is_negative(number))
    if not np.isfinite(result):
        return site.function in DIVISIONS and given.label == "y"
    if not by_sign or not _is_negative(result) or site.function in SUMS:
        return False
    return _is_negative(number) and (site.function is not np.copysign or given.label == "y")


def _is_negative(number: Any) -> bool:
    return bool(np.isrealobj(number) and number < 0)


def _deviations(array: NDArray, number: Any) -> float:
    """How many times further from the median a number is than half of the others are."""
    if array.size < 3 or not np.isfinite(number):
        return 0.0
    with np.errstate(all="ignore"):
        distances = np.abs(array - np.median(array))
        return float(np.nan_to_num(np.abs(number - np.median(array)) / np.median(distances)))


def odd_in_input(given: Input) -> NDArray:
    """A mask of what is not finite in an input, and should be."""
    before = site_before(given)
    if before is None or before.odd is None or before.odd[1].shape != given.array.shape:
        return np.zeros(given.array.shape, bool)
    return before.odd[1] & ~np.isfinite(given.array)  # which may be another output


def below(index: Index, shape: Index) -> Index:
    """The place in an array of that shape that broadcasting reads for `index`."""
    return tuple(i if n > 1 else 0 for i, n in zip(index[len(index) - len(shape) :], shape))


def first_in(mask: NDArray) -> Index:
    """The place of the first element that is true."""
    return _unraveled(int(np.argmax(mask)), mask.shape)


def _unraveled(i: int, shape: Index) -> Index:
    return tuple(int(j) for j in np.unravel_index(i, shape))
