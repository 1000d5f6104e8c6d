"""check_op: is the gradient of my operation right, wherever it may be called?"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from itertools import combinations
from types import FunctionType
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from autograd.testing.call import Call
from autograd.testing.checks import CHECKS, run_check
from autograd.testing.numerics.problem import called
from autograd.testing.strategies.arrays import shapes_of
from autograd.testing.strategies.shapes import Shapes, broadcastable
from autograd.testing.strategies.values import Numbers, Values
from autograd.tree import flatten, unflatten

# How many calls are tried, by the profile that pytest's option --gradients chooses.
EXAMPLES = {"fast": 20, "ci": 60, "deep": 1000}
PROFILE = "CHAINRULE_GRADIENTS"  # the environment variable in which it is found
PATIENCE = 10.0  # seconds in which to make a call that fails simpler


def check_op(
    f: Callable[..., Any],
    *arguments: Any,
    shapes: Shapes | None = None,
    via: Callable[..., Any] | None = None,
    ties: bool = True,
    second_order: bool = True,
    examples: int | None = None,
    **static: Any,
) -> None:
    """Check the gradients of `f` on many calls, which Hypothesis draws; pass, or say what is wrong.

    I wrote an operation; is its gradient right? In one line:

        check_op(my_clip, real, low=-1.0, high=1.0)

    Parameters
    ----------
    f : callable
        Any function of arrays or Tensors that returns one or several: with a rule of its own,
        composed of others, or a plain Python function.
    *arguments, **static
        What to feed it, in the order of its arguments or by name. Each is, or is a list, tuple or
        dict of:

        - what is in an array, such as `real` or `positive`, of autograd.testing.strategies;
        - any other strategy of Hypothesis's, such as `st.booleans()`;
        - a Python function of the first argument, such as `axes`: what it returns, or a strategy
          that it returns, suits that argument;
        - anything else, such as 2.0 or "F": that itself.
    shapes : optional
        The shapes of the arrays: a list of what to choose from, such as [[(2, 3), (3,)], [(), ()]]
        for two arrays; a strategy of such shapes; or a function of the number of arrays that
        returns one, such as `alike`. By default they broadcast together, 0-d and empty ones too.
    via : callable, optional
        How to call it, if not as f(*arguments): as via(f, *arguments).
    ties : bool
        Whether two of the arrays may be the same one. It is the first of them, so that they never
        are where the numbers of an earlier one, such as `real`, do not suit a later one.
    second_order : bool
        Whether the gradient must have a gradient.
    examples : int, optional
        How many calls to try: by default 20, with pytest's option --gradients=ci 60, and with
        --gradients=deep 1000.

    Raises AssertionError for a call, as simple as can be found in ten seconds, that fails one of
    the checks that `check_call` lists; the last line of the message repeats it. An error that `f`
    itself raises is raised, with that line as a note; TypeError if nothing is to be drawn.

    >>> import numpy as np
    >>> from autograd.testing.strategies import axes, plane, positive, real
    >>> check_op(np.hypot, real, positive, examples=5)
    >>> check_op(np.sum, plane, axis=axes, keepdims=st.booleans(), examples=5)
    >>> check_op(lambda x: x * x.data, real, examples=5)
    Traceback (most recent call last):
        ...
    AssertionError: the gradient of ... is wrong ...
      repeat      check_call(f, np.array(0.4))
    """
    __tracebackhide__ = True  # from pytest: what is wrong is not in here
    if not any(isinstance(x, (Values, st.SearchStrategy)) for x in flatten((arguments, static))[0]):
        raise TypeError(
            f"check_op draws what it feeds {called(f)}, but got nothing to draw from"
            + (f", only {', '.join(map(repr, arguments))}" if arguments else "")
            + f": write check_op({called(f)}, real), with real (or positive, plane, …) from "
            f"autograd.testing.strategies; check_call checks a single call"
        )
    search = _Search()
    drawn = calls(
        f, *arguments, shapes=shapes, via=via, ties=ties, second_order=second_order, **static
    )
    try:
        _settings(examples)(given(drawn)(lambda call: search.run(call)))()
    except Exception:
        if search.failure is None:
            raise
    if search.failure is not None:
        error = search.failure
        error.__notes__ = search.notes  # without those of Hypothesis
        if not isinstance(error, AssertionError):
            error.__notes__.insert(
                -1,
                "If it makes no sense to call it so, say what to feed it: positive instead of "
                "real, say, or shapes=[[(2, 2)], [(3, 3)]]",
            )
        raise error.with_traceback(None) if isinstance(error, AssertionError) else error


class _Search:
    """Runs all checks, call after call, until one fails; then that one, on ever simpler calls."""

    def __init__(self) -> None:
        self.checks = CHECKS
        self.end = math.inf
        self.failure: Exception | None = None  # of the simplest call
        self.notes: list[str] = []

    def run(self, call: Call) -> None:
        """Run the checks. Once time is up, all pass: Hypothesis is to look no further."""
        if time.monotonic() > self.end:
            return
        for check in self.checks:
            try:
                run_check(check, call)
            except HypothesisException:
                raise
            except Exception as error:
                if self.failure is None:
                    self.checks, self.end = [check], time.monotonic() + PATIENCE
                self.failure, self.notes = error, list(getattr(error, "__notes__", ()))
                raise


def _settings(examples: int | None) -> settings:
    """Few words from Hypothesis, whose part is only to find the call."""
    profile = os.environ.get(PROFILE, "fast")
    return settings(
        max_examples=examples or EXAMPLES[profile],
        derandomize=settings().derandomize or profile == "ci",
        database=None,  # its key would be the same for all operations
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


@st.composite
def _calls(
    draw: Callable[..., Any], f: Any, leaves: Any, structure: Any, shapes: Any, options: Any
) -> Call:
    drawn = list(leaves)
    values = [(i, leaf) for i, leaf in enumerate(leaves) if isinstance(leaf, Values)]
    sizes = draw(shapes)
    if len(sizes) != len(values):
        raise ValueError(
            f"the shapes {list(sizes)} are {len(sizes)}, but {f} is to be fed {len(values)} arrays"
        )
    on_plane = any(each.complex for _, each in values) and draw(st.booleans())
    for nth, ((i, each), size) in enumerate(zip(values, sizes, strict=True)):
        drawn[i] = draw(each.array(size, nth, on_plane))
    for i, leaf in enumerate(leaves):
        if isinstance(leaf, st.SearchStrategy):
            drawn[i] = draw(leaf)
    first = next(iter(unflatten(structure, iter(drawn))[0]), None)
    for i, leaf in enumerate(leaves):
        if type(leaf) is FunctionType:
            choice = leaf(first)
            drawn[i] = draw(choice) if isinstance(choice, st.SearchStrategy) else choice
    args, kwargs = unflatten(structure, iter(drawn))
    call = Call(f, args, kwargs, **options)
    if call.ties:
        sources = {id(array): each for array, each in zip(drawn, leaves, strict=True)}
        kinds = [sources.get(id(array)) for array in call.arrays]
        call.ties = all(_within(one, other) for one, other in combinations(kinds, 2))
    return call


def _within(one: Any, other: Any) -> bool:
    """Whether an array that is drawn from `one` may stand where `other` is asked for."""
    if isinstance(one, Numbers) and isinstance(other, Numbers):
        return other.low <= one.low and one.high <= other.high and other.complex >= one.complex
    known = isinstance(one, Values) and isinstance(other, Values)
    return not known or bool(one == other)


def calls(
    f: Callable[..., Any], *arguments: Any, shapes: Shapes | None = None, **rest: Any
) -> st.SearchStrategy[Call]:
    """The calls that check_op tries: it takes the same arguments, but for `examples`."""
    names = "via", "ties", "second_order"
    options = {name: rest.pop(name) for name in names if name in rest}
    leaves, structure = flatten((arguments, rest))
    values = [leaf for leaf in leaves if isinstance(leaf, Values)]
    if shapes is None:
        shapes = next((each.shapes for each in values if each.shapes), broadcastable)
    sizes = shapes_of(shapes, len(values)) if values else st.just(())
    return _calls(f, leaves, structure, sizes, options)
