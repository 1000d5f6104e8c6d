"""What can be seen of a function and its gradient before any number is compared.

Random functions, functions that change their arguments, gradients of the wrong shape or dtype or
that share memory: each is an AssertionError that says what it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from typing import Any

import numpy as np

from autograd.primitive import NDArray
from autograd.testing.numerics.problem import Problem, called, floating, plain_array, reals


def first_look(problem: Problem) -> None:
    """Call the function a few times, find out how it wants to be called, and refuse misfits."""
    name = problem.name
    if not problem.leaves:
        raise AssertionError(
            f"{name} got nothing to differentiate by: no argument is a floating-point or complex "
            f"array or number (integers are held constant: write 2.0 for 2)"
        )
    outputs = _call(problem)
    problem.picked = [i for i, out in enumerate(outputs) if floating(out) is not None]
    if not problem.picked:
        what = ", ".join(sorted({_kind(out) for out in outputs})) or "nothing"
        raise AssertionError(
            f"{name} returned nothing that has a derivative, only {what}: return a floating-point "
            f"array or number, or a list, tuple or dict of them"
        )
    exact = [np.array(plain_array(outputs[i])) for i in problem.picked]
    problem.out_types = [(out.shape, out.dtype) for out in exact]
    if problem.by_hand is not None and (
        len(exact) > 1 or exact[0].size != 1 or exact[0].dtype.kind == "c"
    ):
        raise AssertionError(
            f"{name} returned {_described(exact)}, but a gradient by hand is that of one real "
            f"number: return a sum, with or without weights"
        )
    _refuse_random(problem, exact)
    _choose_precision(problem, exact)
    _look_at_gradient(problem, exact)


def _call(problem: Problem) -> list[Any]:
    """What f returns for plain arrays or, if it can't take these, for Tensors."""
    arrays = problem.arrays(exact=True)
    before = [array.copy() for array in arrays]
    try:
        outputs = problem.given(arrays)
    except Exception:
        if problem.by_hand is not None:
            raise
        problem.in_tensors = True
        outputs = problem.given(arrays)
    _refuse_changes(problem, arrays, before, problem.name)
    return outputs


def _refuse_changes(
    problem: Problem, arrays: Sequence[NDArray], before: Sequence[NDArray], who: str
) -> None:
    for leaf, array, copy in zip(problem.leaves, arrays, before, strict=True):
        if not np.array_equal(array, copy, equal_nan=True):
            raise AssertionError(
                f"{who} changed its argument {leaf.name} in place (something like `{leaf.name} *= "
                f"2` or `{leaf.name}[0] = 1`): its caller keeps other numbers than before, and no "
                f"derivative is defined. Work on a copy, or write `{leaf.name} = {leaf.name} * 2`"
            )


def _refuse_random(problem: Problem, exact: Sequence[NDArray]) -> None:
    again = problem.outputs(problem.arrays(exact=True))
    for one, other in zip(exact, again, strict=True):
        if one.shape != other.shape or not np.array_equal(one, other, equal_nan=True):
            close = one.shape == other.shape and np.allclose(
                one, other, rtol=100 * np.finfo(one.dtype).eps, atol=0, equal_nan=True
            )
            if not close:
                raise AssertionError(
                    f"{problem.name} is random, or remembers its calls: two calls with the same "
                    f"arguments returned {_differing(one, other)}. Nobody can check the derivative "
                    f"of that: make the generator inside, with a fixed seed, or draw the random "
                    f"numbers outside and pass them as an argument"
                )


def _choose_precision(problem: Problem, exact: Sequence[NDArray]) -> None:
    """Numbers are taken in double precision, unless the function insists on less."""
    eps_in = max(np.finfo(leaf.value.dtype).eps for leaf in problem.leaves)
    problem.exact_eps = max(float(eps_in), *(float(np.finfo(out.dtype).eps) for out in exact))
    outputs = exact
    if eps_in > 2.0**-52:
        try:
            outputs = problem.outputs(problem.arrays())
            tolerance = 1e3 * problem.exact_eps
            agree = all(
                one.shape == out.shape
                and np.allclose(
                    one,
                    out,
                    rtol=tolerance,
                    atol=tolerance * max(np.max(np.abs(out), initial=0), problem.within.max()),
                    equal_nan=True,
                )
                for one, out in zip(exact, outputs, strict=True)
            )
        except Exception:
            agree = False
        if not agree:
            problem.native, outputs = True, exact
    problem.eps_in = float(eps_in) if problem.native else 2.0**-52
    problem.base = np.concatenate([reals(out) for out in outputs])
    problem.eps_out = np.concatenate(
        [np.full(reals(out).shape, np.finfo(out.dtype).eps, float) for out in outputs]
    )


def _look_at_gradient(problem: Problem, exact: Sequence[NDArray]) -> None:
    """Take one gradient, and look at everything but its numbers."""
    arrays = problem.exact
    cotangents = [np.ones(shape, dtype) for shape, dtype in problem.out_types]
    before = [array.copy() for array in arrays]
    if problem.by_hand is None:
        try:
            value, pull = problem.swept
            gradients = list(pull(cotangents))
        except Exception as error:
            error.add_note(f"while the gradient of {problem.name} was taken, to be checked")
            raise
        who = ""
        for one, out in zip(exact, value, strict=True):
            out = plain_array(out)
            size = np.max(np.abs(one), initial=0.0) if np.all(np.isfinite(one)) else 1.0
            tolerance = 1e4 * np.finfo(one.dtype).eps
            if one.shape != out.shape or not np.allclose(
                one, out, rtol=tolerance, atol=tolerance * size, equal_nan=True
            ):
                raise AssertionError(
                    f"{problem.name} returned {_differing(one, out)} for the same numbers in plain "
                    f"arrays and in Tensors that record: its value must not depend on that"
                )
    else:
        gradients = problem.hand_gradients(arrays)
        who = ", written by hand,"
        _refuse_changes(problem, arrays, before, called(problem.by_hand))
    for leaf, gradient in zip(problem.leaves, gradients, strict=True):
        found = plain_array(gradient)
        if found.shape != leaf.value.shape:
            raise AssertionError(
                f"the gradient of {problem.name} by {leaf.name}{who} has the shape {found.shape}, "
                f"but {leaf.name} has {leaf.value.shape}: a gradient has the shape of its argument"
            )
        if found.dtype != leaf.value.dtype and not (
            leaf.kind in (float, complex) and found.dtype.kind in "fiu"
        ):
            raise AssertionError(
                f"the gradient of {problem.name} by {leaf.name}{who} is of {found.dtype}, but "
                f"{leaf.name} of {leaf.value.dtype}: a gradient has the dtype of its argument"
            )
    plain = [plain_array(g) for g in gradients]
    named = [*zip([f"the gradient by {leaf.name}" for leaf in problem.leaves], plain, strict=True)]
    others = [(f"the argument {leaf.name}", array) for leaf, array in zip(problem.leaves, arrays)]
    others += [("the seed of the backward pass", seed) for seed in cotangents]
    pairs: list[Any] = [*combinations(named, 2), *product(named, others)]
    for (one, a), (other, b) in pairs:
        if np.may_share_memory(a, b) and np.shares_memory(a, b):
            raise AssertionError(
                f"{one} of {problem.name} shares its memory with {other}, so that editing either "
                f"changes both: return a copy"
            )
    if problem.by_hand is not None:
        _refuse_reuse(problem, gradients)


def _refuse_reuse(problem: Problem, gradients: Sequence[Any]) -> None:
    """A gradient that is written into the same memory each time changes under its owner's eyes."""
    again = problem.hand_gradients(problem.exact)
    for leaf, one, other in zip(problem.leaves, gradients, again, strict=True):
        a, b = plain_array(one), plain_array(other)
        if a.flags.writeable and np.may_share_memory(a, b) and np.shares_memory(a, b):
            raise AssertionError(
                f"the gradient of {problem.name} by {leaf.name}, written by hand, returns the same "
                f"array each time, so that the next call changes what this one gave: return a copy"
            )


def _differing(one: NDArray, other: NDArray) -> str:
    if one.shape != other.shape:
        return f"shapes {one.shape} and {other.shape}"
    if one.ndim == 0:
        return f"{one} and {other}"
    at = np.unravel_index(
        int(np.argmax(~np.isclose(one, other, rtol=0, atol=0, equal_nan=True))), one.shape
    )
    return f"{one[at]} and {other[at]} at {list(map(int, at))}"


def _described(outputs: Sequence[NDArray]) -> str:
    return ", ".join(f"{'complex ' * (out.dtype.kind == 'c')}shape {out.shape}" for out in outputs)


def _kind(value: Any) -> str:
    array = np.asarray(value) if isinstance(value, (np.ndarray, np.generic)) else None
    if array is not None:
        return f"an array of {array.dtype}" if array.ndim else f"a number of {array.dtype}"
    return f"{type(value).__name__} {value!r}"[:40]
