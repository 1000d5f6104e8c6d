"""How a number that is not finite came about, told from the graph: which elements, which lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from autograd.called import shown
from autograd.debugging.advice import GENERAL, MASK, POWERS, advice_for
from autograd.debugging.blame import Index, below, culprit_of, first_in, odd_in_input
from autograd.debugging.sites import Input, Site, names, site_before
from autograd.lines import Line
from autograd.primitive import NDArray, entry
from autograd.rules.indexing import put

PUT = entry(put).function
OVERFLOW = advice_for(np.multiply)
LONGEST = 1000  # steps back that a story is followed, of which
SHOWN = 6  # are told


def odd_in(site: Site) -> tuple[NDArray, NDArray] | None:
    """The output in which something is not finite that should be, and a mask of it.

    That is what the inputs do not explain, and what comes of such in the inputs. A nan that comes
    from outside the graph is not explained: what uses it first is where to say so. One that is
    written in the program is meant, and so is an infinity in the inputs.
    """
    for output in site.outputs:
        if np.isfinite(output).all():
            continue
        nan, infinite = np.isnan(output), np.isinf(output)
        inherited = np.zeros(output.shape, bool)
        for given in site.inputs:
            if np.isfinite(given.array).all():
                continue
            inherited |= _reached(site, output, odd_in_input(given))
            if given.written or site_before(given):
                nan = nan & ~_reached(site, output, np.isnan(given.array))
            infinite = infinite & ~_reached(site, output, ~np.isfinite(given.array))
        mask = nan | infinite | (inherited & ~np.isfinite(output))
        if mask.any():
            return output, mask
    return None


def _reached(site: Site, output: NDArray, mask: NDArray) -> Any:
    """Where what is in `mask` of an input can have come to in the output."""
    return np.broadcast_to(mask, output.shape) if site.elementwise else mask.any()


# The two messages.


def of_result(site: Site, output: NDArray, mask: NDArray) -> str:
    """The story of the first element of `output` in `mask`, from where it was born."""
    site, output, place = _birth(site, output, first_in(mask))
    what = _number(output[place])
    head, fix = f"{what} appeared in {site.name}", advice_for(site.function)
    culprit = culprit_of(site, output, place, by_sign=bool(np.isnan(output[place])))
    if culprit is not None:
        number = _element(*culprit)
        if np.isnan(number):
            head = f"{site.name} was given nan"
        is_power = site.function in POWERS
        large = 1 if is_power else np.finfo(output.dtype).max ** 0.5
        if np.isinf(output[place]) and abs(number) > large and (is_power or fix is GENERAL):
            fix = OVERFLOW
    elif any(given.array.size == 0 for given in site.inputs):
        fix = advice_for(np.std)
    fix = _from_outside(_origin(site, output, place)) or fix
    count = _count(site.odd[1], place, "result") if site.odd and site.seen else ""
    return report(head, trace(site, output, place), [], site.line, count, fix)


def _birth(site: Site, output: NDArray, place: Index) -> tuple[Site, NDArray, Index]:
    """The first operation on the way to an element that gave an odd one, and that element.

    Also where finite numbers came in between, as in log(1 / exp(1000)), whose 0 stems from an inf.
    """
    born, finite = (site, output, place), 0
    for before, given, at in _back(site, output, place):
        if before is None or finite == LONGEST:
            break
        finite += 1
        if odd_in_input(given)[at]:
            born, finite = (before, given.array, at), 0
    return born


def of_message(site: Site, given: Input, g: NDArray, message: NDArray) -> str:
    """The story of the first element of `message`, what `g` was turned into, that is not finite."""
    mask = ~np.isfinite(message)
    place = first_in(mask)
    what = _number(message[place])
    output = site.outputs[0]
    sender = f" from {site.sender[0]} (line {site.sender[1].number})" if site.sender else ""
    fix = advice_for(site.function)
    if site.elementwise and site.scope is None and message.shape == output.shape == g.shape:
        steps = trace(site, output, place)
        slope = _slope(given, output, place)
        fix = MASK if g[place] == 0 else OVERFLOW if np.isfinite(slope) else fix
        fix = _from_outside(_origin(site, output, place)) or fix
        last = f"gradient {_number(g[place])}{sender} × slope {_number(slope)} = {what}"
    else:
        steps = trace_input(given, place) if mask.shape == given.array.shape else []
        if blamed := _not_finite(site):
            steps = trace_input(*blamed)
            before = site_before(blamed[0])
            origin = _origin(before, blamed[0].array, blamed[1]) if before else blamed
            fix = _from_outside(origin) or fix
        last = f"{site.name} turns a finite gradient{sender} into {what}"
    head = f"{what} appeared in the derivative of {site.name}"
    count = _count(mask, place, "derivative")
    return report(head, steps, [last], site.line, count, fix)


def of_seed(site: Site, g: NDArray) -> str:
    """What to say of a gradient from outside, the argument of backward(), that is not finite."""
    place = first_in(~np.isfinite(g))
    element = f"element [{', '.join(map(str, place))}] of " if place else ""
    head = f"{element}the gradient that {site.name} was given is {_number(g[place])}"
    fix = (
        "It came from outside: from the argument of backward(), or of what vjp returned, or from "
        "operations that were not in the `with` block."
    )
    return report(head, [], ["nothing that debug() looked at sent it"], site.line, "", fix)


def report(
    head: str, steps: Sequence[Step], last: list[str], line: Line, count: str, fix: str
) -> str:
    """The text of an error: the story, cut in the middle, its lines, and what usually helps."""
    steps = list(steps)
    if len(steps) > SHOWN + 1:  # one alone is told
        steps[2 : 2 - SHOWN] = [Step(f"… {len(steps) - SHOWN} operations …", None)]
    story = " → ".join([*map(str, steps), *last])
    told = dict.fromkeys([*(step.line for step in steps if step.line is not None), line])
    where = "".join(f"\n  {line.file}:{line.number}: {shown(line.text, 160)}" for line in told)
    return f"{head}, line {line.number}: {story}{where}\n{count}{fix}"


def _not_finite(site: Site) -> tuple[Input, Index] | None:
    """The first element of an input that is not finite, as of data with an infinity."""
    for given in site.inputs:
        if not (finite := np.isfinite(given.array)).all():
            return given, first_in(~finite)
    return None


def _slope(given: Input, output: NDArray, index: Index) -> Any:
    assert given.pull is not None
    with np.errstate(all="ignore"):
        return np.broadcast_to(given.pull(np.ones_like(output)), output.shape)[index]


def _from_outside(origin: tuple[Input, Index] | None) -> str | None:
    """What helps where a story begins with a number that is not finite; None where it does not."""
    if origin is None or np.isfinite(number := _element(*origin)):
        return None
    given, _ = origin
    test, what = ("isnan", "nan") if np.isnan(number) else ("isinf", "infinite")
    if number == -np.inf:
        return (
            "-inf was there before, in the data or as a mask: less itself, or times 0, it is nan. "
            "So a row that is masked as a whole, less its maximum, is nan: leave an element in "
            "each, or use autograd.softmax, which gives 0 for such a row."
        )
    if given.written:
        return f"It was there before: the program itself has a number there that is {what}."
    return (
        f"It was there before: look at where the data comes from. np.{test}(array) shows which "
        f"elements are {what}, and np.where(np.{test}(array), 0, array) replaces them."
    )


def _count(mask: NDArray, place: Index, what: str) -> str:
    n = int(mask.sum())
    if n == 1:
        return ""
    which = "the first" if place == first_in(mask) else "one"
    return f"{n} of the {mask.size} elements of the {what} are like this; this is {which}.\n"


# Back from an element to where it came from.


class Step(NamedTuple):
    """One step of a story."""

    text: str
    line: Line | None

    def __str__(self) -> str:
        return f"{self.text} (line {self.line.number})" if self.line else self.text


def trace(site: Site, output: NDArray, index: Index) -> list[Step]:
    """How element `index` of `output` came about, from the beginning of the graph."""
    steps = [_step(site, output, index)]
    for before, given, at in _back(site, output, index):
        if before is None or len(steps) == LONGEST:
            if not _is_the_librarys(site, given):
                steps.append(_beginning(given, at))
            break
        if before.scope is None or before.scope is not site.scope:
            steps.append(_step(before, given.array, at))
        site = before
    return steps[::-1]


def _back(site: Site, output: NDArray, index: Index) -> Iterator[tuple[Site | None, Input, Index]]:
    """What explains element `index` of `output`, step by step: an input's element, and its site."""
    by_sign = bool(np.isnan(output[index]))
    while (culprit := culprit_of(site, output, index, by_sign)) is not None:
        given, index = culprit
        before = site_before(given)
        yield before, given, index
        if before is None:
            return
        by_sign = by_sign or bool(np.isnan(given.array[index]))
        site, output = before, given.array


def trace_input(given: Input, index: Index) -> list[Step]:
    """How element `index` of an operation's input came about."""
    site = site_before(given)
    if site is None:
        return [_beginning(given, index)]
    return trace(site, given.array, index)


def _origin(site: Site, output: NDArray, index: Index) -> tuple[Input, Index] | None:
    """Where element `index` of `output` began: an element from outside what was watched.

    None also for what is meant, as in a mask, and has become a finite number on the way.
    """
    finite = False
    for before, given, at in islice(_back(site, output, index), LONGEST):
        if _is_the_librarys(site, given):
            return None
        number = _element(given, at)
        if before is None:
            meant = given.written or number == -np.inf
            return None if meant and finite else (given, at)
        site, finite = before, finite or bool(np.isfinite(number))
    return None


def _is_the_librarys(site: Site, given: Input) -> bool:
    """Whether it is a number within a composition, such as the ddof of np.cov, or a padding."""
    return site.scope is not None and given.node is None and given.array.ndim == 0


def _step(site: Site, output: NDArray, index: Index) -> Step:
    if not site.seen:
        return Step(f"within {site.name}: {_number(output[index])}", site.line)
    if site.function is PUT and site.scope is None:
        place = f"[{', '.join(map(str, index))}]"
        return Step(f"after the assignment, element {place} is {_number(output[index])}", site.line)
    if not site.elementwise or site.scope is not None:
        name = f"({site.name})" if index and " + " in site.name else site.name
        return Step(_equation(name, output, index), site.line)
    numbers = ", ".join(
        _number(given.array[below(index, given.array.shape)]) for given in site.inputs
    )
    return Step(f"{site.name}({numbers}) = {_number(output[index])}", site.line)


def _beginning(given: Input, index: Index) -> Step:
    """The first step of a story: an element that came from outside what was watched."""
    if name := given.name or (given.node and (given.node.name or names.get(given.node))):
        return Step(_equation(shown(name), given.array, index), None)
    what = f"argument {given.label!r}"
    if given.node is not None:
        what = f"a Tensor of shape {given.array.shape}"
    elif given.written:
        what = "a number in the program"  # the argument's name may be a variable's, of another
    place = f"element [{', '.join(map(str, index))}] of " if index else ""
    return Step(f"{place}{what} = {_number(given.array[index])}", None)


def _element(given: Input, index: Index) -> Any:
    return given.array[index]


def _equation(name: str, array: NDArray, index: Index) -> str:
    place = f"[{', '.join(map(str, index))}]" if index else ""
    return f"{name}{place} = {_number(array[index])}"


def _number(x: Any) -> str:
    return f"{x.item():.4g}"
