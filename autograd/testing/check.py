"""check_grads: is this gradient right? It passes, or says in an AssertionError what is wrong."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.functional import vjp
from autograd.tensor import Tensor
from autograd.testing.message import badness, disagreement, nothing_told, wrong
from autograd.testing.numerics.firstlook import first_look
from autograd.testing.numerics.probe import Probe, scales
from autograd.testing.numerics.problem import Problem
from autograd.testing.numerics.search import Search, silent

MODES = ("reverse", "forward")


def check_grads(
    f: Callable[..., Any],
    *args: Any,
    order: int = 2,
    modes: Sequence[str] = MODES,
    grad: Callable[..., Any] | None = None,
    **kwargs: Any,
) -> None:
    """I wrote an operation; is its gradient right? Pass, or say what is wrong with it.

    The derivatives of `f` at these arguments are compared with numbers, the values of `f` nearby.

    Parameters
    ----------
    f : callable
        Takes and returns arrays and numbers, in any nesting of lists, tuples and dicts. What is
        floating or complex among `args`, and the arrays among `kwargs`, is differentiated by; all
        else is held constant.
    order : int
        1 checks the gradient; 2 also the gradient of the gradient; and so on.
    modes : sequence of str
        "reverse" for what `grad` and `backward` give, "forward" for `jvp`.
    grad : callable, optional
        A gradient written by hand for an `f` that returns one real number, in place of the
        engine's: called with the same arguments, it returns the gradient for the only floating
        argument, or a tuple of one for each. It is checked at order 1, and further if it can be
        differentiated, that is if it returns Tensors when given Tensors.

    Raises AssertionError if a derivative is wrong; if not one can be told from noise, kinks or the
    edge of the domain; if f is random or changes its arguments; if a gradient has the wrong
    structure, shape or dtype, or shares memory. A value between the one-sided derivatives at a
    kink is right. Raises ValueError for an unknown mode or order. `certify` shows every element.

    >>> import numpy as np
    >>> check_grads(lambda x: np.sum(np.sin(x) ** 2), np.array([0.5, 2.0]))
    >>> check_grads(lambda x: x**3, 2.0, grad=lambda x: 3 * x)
    Traceback (most recent call last):
        ...
    AssertionError: the gradient of the lambda of line 1 by x is wrong ...
    """
    unknown = set(modes) - set(MODES)
    if unknown or order < 1 or not modes:
        raise ValueError(
            f"check_grads got modes={modes!r} and order={order!r}: the modes are 'reverse' and "
            f"'forward', one or both, and the order is 1 or more"
        )
    modes = ("reverse",) if grad is not None else modes
    problem = Problem(f, args, kwargs, grad=grad)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        examined = problem
        for n in range(1, order + 1):
            _check(examined, problem, n, modes)
            if n == order:
                break
            if grad is not None and not _is_differentiable(examined):
                break
            examined = gradient_of(examined)


def _check(problem: Problem, original: Problem, order: int, modes: Sequence[str]) -> None:
    first_look(problem)
    probe = Probe(problem, modes)
    search = Search(probe)
    if search.wrong:
        worst = max(search.wrong, key=badness)
        others = len({tuple(finding.elements) for finding in search.wrong}) - 1
        worst = probe.refined(worst)
        raise AssertionError(wrong(worst, others, problem, original, order, modes))
    unknown = [finding for finding in search.unknown if not silent(finding)]
    if order == 1 and not search.told and unknown:
        raise AssertionError(nothing_told(unknown, problem, original))
    if search.disagree is not None:
        raise AssertionError(disagreement(*search.disagree, problem, original, order))


def gradient_of(problem: Problem) -> Problem:
    """The gradient of a problem's function, as one of its arguments and of the cotangent."""
    xs, count = problem.arrays(exact=True), len(problem.leaves)

    def gradient(*both: Any) -> Any:
        if problem.by_hand is not None:
            return problem.hand_gradients(both)
        return vjp(problem.recorded, *both[:count])[1](list(both[count:]))

    gradient.__name__ = f"the gradient of {problem.name}"
    names = [leaf.name for leaf in problem.leaves]
    seeds: list[Any] = []
    if problem.by_hand is None:
        rng = np.random.default_rng(1)
        n = len(problem.base)
        seeds = problem.cotangents(rng.uniform(0.5, 1.5, n) * rng.choice([-1, 1], n))
        names += [
            "the cotangent" if len(seeds) == 1 else f"the cotangent[{i}]" for i in range(len(seeds))
        ]
    found = Problem(gradient, [*xs, *seeds], {}, names)
    size, scale = np.max(np.abs(problem.base), initial=0.0), scales(problem)[0]
    # What a gradient is made of is of the size that its slopes may have.
    found.within = size / scale
    return found


def _is_differentiable(problem: Problem) -> bool:
    """Whether a gradient by hand returns something that depends on its arguments, recorded."""
    try:
        tensors = [Tensor(x, requires_grad=True) for x in problem.arrays(exact=True)]
        return any(type(g) is Tensor and g.requires_grad for g in problem.hand_gradients(tensors))
    except Exception:
        return False
