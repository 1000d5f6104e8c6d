"""What must hold for every call of every function: each check raises AssertionError if it does not.

`CHECKS` is the list of them. `check_call` runs all on one call; check_op runs them on many.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np

from autograd.functional import jvp, vjp
from autograd.graph import Leaf, no_grad
from autograd.primitive import NDArray
from autograd.tensor import Tensor, wrap
from autograd.testing.call import Call
from autograd.testing.check import check_grads
from autograd.testing.layouts import FAITHFUL, zero_strides
from autograd.testing.message import figure

Check = Callable[[Call], None]
CHECKS: list[Check] = []


def check_call(
    f: Callable[..., Any],
    *args: Any,
    via: Callable[..., Any] | None = None,
    ties: bool = True,
    second_order: bool = True,
    **kwargs: Any,
) -> None:
    """Run all checks on one call of `f`: what check_op does with each of the calls that it draws.

    Parameters
    ----------
    f : callable
        Any function of arrays or Tensors that returns one or several: with a rule of its own,
        composed of others, or a plain Python function.
    *args, **kwargs
        Its arguments. The arrays of floating or complex numbers among them, also those in lists,
        tuples and dicts, are what is differentiated by; numbers and all else are constant.
    via : callable, optional
        How to call it, if not as f(*args, **kwargs): as via(f, *args, **kwargs).
    ties : bool
        Whether two of the arrays may be the same one.
    second_order : bool
        Whether the gradient must have a gradient.

    Raises AssertionError if the gradient is wrong, at first or second order, in reverse or forward
    mode; if Tensors do not give the value, shape and dtype that arrays give; if it matters which
    of the arguments are Tensors, where in memory they lie, or that one is used twice; or if a
    gradient shares memory with anything. The last line of the message is this call again.

    >>> import numpy as np
    >>> check_call(np.power, np.array([0.5, 2.0]), np.array([[1.5], [-0.5]]))
    """
    __tracebackhide__ = True  # from pytest, which otherwise shows this before what is wrong
    call = Call(f, args, kwargs, via, ties, second_order)
    for check in CHECKS:
        run_check(check, call)


def run_check(check: Check, call: Call) -> None:
    """Run a check. What it raises says how to repeat it, in the last line or a note."""
    __tracebackhide__ = True
    try:
        check(call)
    except AssertionError as error:
        text = str(error).partition("\n  repeat ")[0]
        raise AssertionError(f"{text}\n  repeat      {call!r}") from error.__cause__
    except Exception as error:
        error.add_note(f"while check_call looked at {call.name}: {check.__doc__}")
        error.add_note(f"  repeat      {call!r}")
        raise


def is_checked(function: Check) -> Check:
    """Add a check to the list."""
    CHECKS.append(function)
    return function


@is_checked
def gradients_are_right(call: Call) -> None:
    """Gradients of first and second order, in both modes, are those that numbers show."""
    function, args, kwargs = call.for_check_grads()
    order = 2 if call.second_order else 1
    try:
        check_grads(function, *args, order=order, **kwargs)
    except AssertionError:
        raise
    except Exception as error:
        if call.second_order:
            refuse_lack_of_second_order(call, error)
        raise


def refuse_lack_of_second_order(call: Call, error: Exception) -> None:
    """Say that it is only at second order that this error is raised, if that is so."""
    function, args, kwargs = call.for_check_grads()
    try:
        check_grads(function, *args, order=1, **kwargs)
    except Exception:
        return
    raise AssertionError(
        f"the gradient of {call.name} is right, but has no gradient itself: {type(error).__name__} "
        f"was raised when it was differentiated again. Write its rule with functions that have "
        f"derivatives, and without .data; or, if nobody needs it, say second_order=False"
        f"\n  raised      {str(error).splitlines()[0]}"
    ) from error


@is_checked
def value_is_the_same(call: Call) -> None:
    """f of Tensors is f of arrays, tracked or not: to the last bit, if it is one operation."""
    expected = call.value(*call.arrays)
    for requires_grad in (False, True):
        ans = call(*(Tensor(x, requires_grad) for x in call.arrays))
        if type(ans) is not Tensor or ans.requires_grad != requires_grad:
            given = leaves(call.arrays)[0] if requires_grad else Tensor(0.0)
            raise AssertionError(
                f"{call.name} returned {described(ans)} where each array was {described(given)}: "
                f"it must return the same kind, or the gradient is lost"
            )
        same_value(call, ans.data, expected)
    with no_grad():
        if call(*leaves(call.arrays)).requires_grad:
            raise AssertionError(f"{call.name} recorded something within no_grad()")


@is_checked
def forward_meets_reverse(call: Call) -> None:
    """A tangent meets a cotangent in the same number in both modes, to rounding.

    This holds the `kind` of an entry, which makes the tangent, to its word.
    """
    tangents = random_like(*call.arrays, seed=1)
    (value, *_), (moved, *kept) = jvp(lambda *xs: (call(*xs), *xs), call.arrays, tangents)
    for tangent, name, expected in zip(kept, call.names(), tangents, strict=True):
        what = f"forward mode through {call.name} changed the tangent of {name}, which others use"
        same_array(tangent, expected, what)
    same_value(call, value, call.value(*call.arrays))
    if (moved.shape, moved.dtype) != (value.shape, value.dtype):
        raise AssertionError(
            f"the tangent of {call.name} has the shape {moved.shape} and {moved.dtype}, its value "
            f"{value.shape} and {value.dtype}: they must agree"
        )
    (seed,) = random_like(value)
    pulled = vjp(call, *call.arrays)[1](seed)
    forward, reverse = pairing([seed], [moved]), pairing(pulled, tangents)
    size = sum(np.sum(np.abs(a * b)) for a, b in zip(pulled, tangents, strict=True))
    if not abs(forward - reverse) <= 1e-12 * (1 + size + abs(reverse)):
        raise AssertionError(
            f"forward and reverse mode disagree about {call.name} (is its kind, elementwise or "
            f"linear, what it says?)"
            f"\n  forward     {figure(forward)}\n  reverse     {figure(reverse)}"
        )


@is_checked
def any_mix_of_tensors_and_arrays(call: Call) -> None:
    """An argument's gradient is the same, whatever the others are, and become after their use."""
    (seed,) = random_like(call.value(*call.arrays))
    full = backward(call, leaves(call.arrays), seed)
    makers: list[Callable[[Any], Any]] = [lambda x: Tensor(x, requires_grad=True), Tensor, np.array]
    for chosen in product(makers, repeat=len(call.arrays)):
        if makers[0] not in chosen:
            continue
        mixed = [make(x) for make, x in zip(chosen, call.arrays, strict=True)]
        ans = call(*mixed)
        for x in mixed:
            if type(x) is np.ndarray:
                x.fill(7.0)
        ans.backward(seed)
        kinds = ", ".join(kind(x) for x in mixed)
        for x, expected, name in zip(mixed, full, call.names(), strict=True):
            if type(x) is Tensor and x.requires_grad:
                same_array(
                    x.grad,
                    expected,
                    f"the gradient of {call.name} by {name} depends on what the other arguments "
                    f"are, or become later (here {kinds})",
                    tolerance(call, expected),
                )


@is_checked
def single_stays_single(call: Call) -> None:
    """In single precision too, values are those of arrays, and gradients have the argument's dtype.

    Their numbers are those of double precision, as far as these can be told from so few digits.
    """
    arrays = [x.astype(np.complex64 if x.dtype.kind == "c" else np.float32) for x in call.arrays]
    tensors = leaves(arrays)
    ans = call(*tensors)
    same_value(call, ans.data, call.value(*arrays), np.float32)
    (seed,) = random_like(ans.data)
    doubles = [x.astype(np.result_type(x, np.float64)) for x in arrays]
    exact = backward(call, leaves(doubles), seed.astype(call.value(*doubles).dtype))
    found = backward(call, tensors, seed)
    for one, expected, x, name in zip(found, exact, arrays, call.names(), strict=True):
        what = f"the gradient of {call.name} by {name}"
        same_dtype(what, one, x)
        same_array(one, expected, f"{what} is another in single precision", (1e-3, 1e-3))
    moved = jvp(call, arrays, random_like(*arrays))[1]
    same_dtype(f"the tangent of {call.name}", moved, ans)
    if call.second_order:
        names = [*call.names(), "the gradient's own seed"]
        for one, x, name in zip(second(call, [*arrays, seed]), [*arrays, seed], names, strict=True):
            same_dtype(f"the second derivative of {call.name} by {name}", one, x)


@is_checked
def layout_changes_nothing(call: Call) -> None:
    """Fortran order, steps, negative steps, zero steps and read-only arrays are all the same."""
    same_for_layouts(call, call.arrays, FAITHFUL)
    repeated = [zero_strides(x) for x in call.arrays]
    if is_steady(call, repeated):
        same_for_layouts(call, repeated, [zero_strides])


@is_checked
def memory_is_its_own(call: Call) -> None:
    """Gradients share no memory with anything; nothing that was given or kept is changed."""
    tensors = leaves(call.arrays)
    ans = call(*tensors)
    (seed,) = random_like(ans.data)
    others = [("the seed", seed), ("the value", ans.data)]
    others += [(f"the argument {n}", t.data) for n, t in zip(call.names(), tensors, strict=True)]
    kept = [kept for kept in ans._node.kept if isinstance(kept, np.ndarray)]
    others += [("what was kept for it", array) for array in kept]
    before = [np.array(other) for _, other in others]
    ans.backward(seed)
    once: list[Any] = [t.grad for t in tensors]
    for gradients in (once, vjp(call, *call.arrays)[1](seed)):
        named = [*zip([f"the gradient by {name}" for name in call.names()], gradients, strict=True)]
        for i, (name, g) in enumerate(named):
            for other, array in [*others, *named[:i]]:
                if np.shares_memory(g, array):
                    raise AssertionError(
                        f"{name} of {call.name} shares its memory with {other}, so that editing "
                        f"either changes both: return a copy"
                    )
    for (name, other), copy in zip(others, before, strict=True):
        same_array(other, copy, f"{name} of {call.name} was changed by the backward pass")
    for g in once:
        if type(g) is not np.ndarray or not g.flags.writeable:
            raise AssertionError(f"a gradient of {call.name} is {described(g)}, not its own array")
        g += 1  # what the user does with a gradient concerns nobody else
    again = [g - 1 for g in once]
    for one, expected in zip(backward(call, tensors, seed), again, strict=True):
        what = f"{call.name} gives another gradient when asked again, after the first was edited"
        same_array(one, expected, what, (1e-12, 1e-12))


@is_checked
def the_same_tensor_twice(call: Call) -> None:
    """One Tensor as two of the arguments gets the gradient of both, at both orders."""
    arrays = call.arrays
    for i, j in combinations(range(len(arrays)), 2):
        if call.ties and arrays[i].shape == arrays[j].shape:

            def tied(x: Any, i: int = i, j: int = j) -> Any:
                return call(*(x if n in (i, j) else array for n, array in enumerate(arrays)))

            names = call.names()
            tied.__name__ = f"{call.name} with one array as {names[i]} and {names[j]}"
            try:
                check_grads(tied, arrays[i], order=2 if call.second_order else 1, modes=["reverse"])
            except AssertionError as error:
                text = str(error).partition("\n  repeat ")[0]
                raise AssertionError(
                    f"{text}\n  or          if they are never one array, or {call.name} has a kink "
                    f"where they are equal, say ties=False"
                ) from error.__cause__


# What the checks are made of.


def same_for_layouts(call: Call, arrays: Sequence[NDArray], layouts: Sequence[Any]) -> None:
    """Hold the value and gradients for arrays in these layouts to those for plain arrays."""
    plain = [np.array(x, order="C") for x in arrays]
    value = call.value(*plain)
    (seed,) = random_like(value)
    expected = backward(call, leaves(plain), seed)
    for layout in layouts:
        laid = [layout(x) for x in arrays]
        tensors = [wrap(x, Leaf(x)) for x in laid]  # the constructor's copy would lose the layout
        what = f"{call.name} is another for arrays in another layout ({layout.__name__})"
        same_array(call(*tensors).data, value, f"the value of {what}", (1e-12, 1e-14))
        like = seed if layout is zero_strides else layout(seed)
        found = backward(call, tensors, like)
        for one, other, name in zip(found, expected, call.names(), strict=True):
            same_array(one, other, f"the gradient by {name} of {what}", (1e-12, 1e-14))


def is_steady(call: Call, arrays: Sequence[NDArray]) -> bool:
    """Whether the gradient is defined there, and rounding does not decide what it is."""
    found = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for factor in (1.0, 1 + 1e-9):
                plain = [factor * np.array(x) for x in arrays]
                (seed,) = random_like(call.value(*plain))
                found.append(backward(call, leaves(plain), seed))
    except Exception:  # or a warning: outside the domain, f may raise what it likes
        return False
    return all(
        np.all(np.isfinite(one)) and np.allclose(one, other, rtol=1e-6, atol=1e-8)
        for one, other in zip(*found, strict=True)
    )


def second(call: Call, point: Sequence[NDArray]) -> Sequence[Any]:
    """The gradient of a sum of gradients, by the arrays and the seed."""
    directions = random_like(*point[:-1])

    def h(*point: Any) -> Any:
        *arrays, seed = point
        return pairing(directions, vjp(call, *arrays)[1](seed))

    gradients: Sequence[Any] = vjp(h, *point)[1](1.0)
    return gradients


def leaves(arrays: Sequence[NDArray]) -> list[Tensor]:
    """Tensors that require gradients."""
    return [Tensor(x, requires_grad=True) for x in arrays]


def backward(f: Callable[..., Any], tensors: Sequence[Tensor], seed: NDArray) -> list[Any]:
    """What `f(*tensors).backward(seed)` adds to the gradient of each."""
    for tensor in tensors:
        tensor.zero_grad()
    f(*tensors).backward(seed)
    return [tensor.grad for tensor in tensors]


def pairing(cotangents: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Re Σ cotangent · tangent."""
    pairs = zip(cotangents, tangents, strict=True)
    return sum((np.real(np.sum(g * t)) for g, t in pairs), 0.0)


def random_like(*arrays: Any, seed: int = 0) -> list[NDArray]:
    """For each array, one of its shape and dtype with numbers between -1 and 1 (each part)."""
    rng = np.random.default_rng(seed)
    found = []
    for x in arrays:
        numbers, dtype = rng.uniform(-1, 1, np.shape(x)), np.asarray(x).dtype
        if dtype.kind == "c":
            numbers = numbers + 1j * rng.uniform(-1, 1, np.shape(x))
        found.append(np.asarray(numbers).astype(dtype))
    return found


def same_value(call: Call, found: Any, expected: NDArray, computed_in: Any = np.float64) -> None:
    """Hold a value of Tensors to that of arrays."""
    what = f"the value of {call.name} is another for Tensors than for arrays"
    if (found.dtype, found.shape) != (expected.dtype, expected.shape):
        raise AssertionError(
            f"{what}: of shape {found.shape} and {found.dtype}, not {expected.shape} and "
            f"{expected.dtype}"
        )
    same_array(found, expected, what, tolerance(call, expected, computed_in))


def tolerance(call: Call, expected: Any, computed_in: Any = np.float64) -> tuple[float, float]:
    """The relative and absolute difference that is due to another way to compute the same."""
    if call.operation is not None:
        return 0.0, 0.0
    close = 1e4 * max(float(np.finfo(dtype).eps) for dtype in (expected.dtype, computed_in))
    return close, close


def same_dtype(what: str, found: Any, x: Any) -> None:
    """Hold a derivative to the dtype of what it is the derivative by."""
    if found.dtype != x.dtype:
        raise AssertionError(f"{what} is of {found.dtype}, but must be of {x.dtype}, as that is")


def same_array(
    found: Any, expected: Any, what: str, close: tuple[float, float] = (0.0, 0.0)
) -> None:
    """Hold one array to another; `what` says what it means if they differ."""
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape:
        raise AssertionError(f"{what}: of shape {found.shape}, not {expected.shape}")
    relative, absolute = close
    equal = np.isclose(found, expected, relative, absolute, equal_nan=True)
    if not equal.all():
        at = np.unravel_index(int(np.argmin(equal)), equal.shape)
        raise AssertionError(
            f"{what}\n  at          {list(map(int, at))}"
            f"\n  found       {found[at].item()!r}\n  expected    {expected[at].item()!r}"
        )


def kind(x: Any) -> str:
    """What an argument is, in a word."""
    if type(x) is not Tensor:
        return "an array"
    return "a Tensor that requires a gradient" if x.requires_grad else "a Tensor"


def described(x: Any) -> str:
    """What something is, in a few words."""
    return kind(x) if isinstance(x, (Tensor, np.ndarray)) else f"{type(x).__name__} {x!r}"[:40]
