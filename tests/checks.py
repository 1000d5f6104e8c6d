"""What must hold for every call of every function of the table: each check raises AssertionError.

`CHECKS` is the list of them. The faults in test_faults.py are planted under the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from autograd import Tensor, jvp, no_grad, vjp
from autograd.graph import Leaf
from autograd.tensor import wrap
from calls import Call
from numerics import gradient, pairing, random_like, slope

CHECKS: list[Callable[[Call], None]] = []


def check(function: Callable[[Call], None]) -> Callable[[Call], None]:
    CHECKS.append(function)
    return function


@check
def value_is_numpys(call: Call) -> None:
    """f of Tensors is f of arrays, tracked or not: to the last bit, but for a composed function."""
    expected = call(*call.arrays)
    exact = call.operation is not None
    for requires_grad in (False, True):
        ans = call(*(Tensor(x, requires_grad) for x in call.arrays))
        assert type(ans) is Tensor
        assert ans.requires_grad == requires_grad
        same_array(ans.data, expected, "the value", exact)
    with no_grad():
        assert not call(*leaves(call.arrays)).requires_grad


@check
def first_order(call: Call) -> None:
    """Gradients are those of central differences, at one point and then at another."""
    gradients_match(call, call.arrays)
    gradients_match(call, [np.flip(x) for x in call.arrays])


@check
def second_order(call: Call) -> None:
    """The gradient's own gradient, by the arguments and by the seed, is that of differences."""
    (seed,) = random_like(call(*call.arrays))
    hessians_match(call, call.arrays, seed)


@check
def forward_mode(call: Call) -> None:
    """A tangent is that of differences, and meets a cotangent in the number that reverse mode has.

    It is made by the `kind` of the entry, which so is held to its word.
    """
    arrays = call.arrays
    tangents = random_like(*arrays, seed=1)
    value, moved = jvp(call, arrays, tangents)
    same_array(value, call(*call.arrays), "the value", exact=call.operation is not None)
    assert (moved.shape, moved.dtype) == (value.shape, value.dtype)
    assert_allclose(moved, slope(call, arrays, tangents), rtol=1e-6, atol=1e-7)
    (seed,) = random_like(value)
    pulled = vjp(call, *arrays)[1](seed)
    forward, reverse = pairing([seed], [moved]), pairing(pulled, tangents)
    size = sum(np.sum(np.abs(a * b)) for a, b in zip(pulled, tangents, strict=True))
    assert_allclose(forward, reverse, rtol=1e-12, atol=1e-12 * (1 + size))


@check
def any_mix_of_tensors_and_arrays(call: Call) -> None:
    """An argument's gradient is the same, whatever the others are, and become after their use."""
    arrays = call.arrays
    (seed,) = random_like(call(*arrays))
    full = backward(call, leaves(arrays), seed)
    makers = [lambda x: Tensor(x, requires_grad=True), Tensor, np.array]
    for chosen in product(makers, repeat=len(arrays)):
        if makers[0] in chosen:
            mixed = [make(x) for make, x in zip(chosen, arrays, strict=True)]
            ans = call(*mixed)
            for x in mixed:
                if type(x) is np.ndarray:
                    x.fill(7.0)
            ans.backward(seed)
            for x, expected in zip(mixed, full, strict=True):
                if type(x) is Tensor and x.requires_grad:
                    same_array(x.grad, expected, "the gradient", call.operation is not None)


@check
def single_stays_single(call: Call) -> None:
    """The value has NumPy's dtype; gradients of first and second order have the argument's."""
    arrays = [x.astype(np.complex64 if x.dtype.kind == "c" else np.float32) for x in call.arrays]
    tensors = leaves(arrays)
    ans = call(*tensors)
    same_array(ans.data, call(*arrays), "the value", call.operation is not None, np.float32)
    (seed,) = random_like(ans.data)
    for one, exact, x in zip(
        backward(call, tensors, seed),
        backward(call, leaves(call.arrays), seed.astype(call(*call.arrays).dtype)),
        arrays,
        strict=True,
    ):
        assert one.dtype == x.dtype
        assert_allclose(one, exact, rtol=1e-3, atol=1e-3)
    point = [*arrays, seed]
    for one, x in zip(vjp(pulled(call, random_like(*arrays)), *point)[1](1.0), point, strict=True):
        assert one.dtype == x.dtype, f"second order: {one.dtype} for {x.dtype}"
    assert jvp(call, arrays, random_like(*arrays))[1].dtype == ans.dtype


@check
def layout_changes_nothing(call: Call) -> None:
    """Fortran order, steps, negative steps, zero steps and read-only arrays are all the same."""
    (seed,) = random_like(call(*call.arrays))
    plain = backward(call, leaves(call.arrays), seed)
    for layout in (fortran, stepped, backwards, read_only):
        tensors = []
        for x in call.arrays:
            laid = layout(x)
            assert_array_equal(laid, x)
            tensors.append(wrap(laid, Leaf(laid)))  # the constructor's copy would lose the layout
        assert_allclose(call(*tensors).data, call(*call.arrays), rtol=1e-12, atol=1e-14)
        for one, expected in zip(backward(call, tensors, layout(seed)), plain, strict=True):
            assert_allclose(one, expected, rtol=1e-12, atol=1e-14, err_msg=layout.__name__)
    if not call.domain.anywhere:
        return
    same = [np.broadcast_to(x.flat[0], x.shape) if x.size else x for x in call.arrays]
    for one, expected in zip(
        backward(call, [wrap(x, Leaf(x)) for x in same], seed),
        backward(call, leaves([np.array(x) for x in same]), seed),
        strict=True,
    ):
        assert_allclose(one, expected, rtol=1e-12, atol=1e-14, err_msg="zero strides")


@check
def memory_is_its_own(call: Call) -> None:
    """Gradients share no memory with anything; nothing that was given or kept is changed."""
    tensors = leaves(call.arrays)
    ans = call(*tensors)
    (seed,) = random_like(ans.data)
    others = [seed, ans.data, *(t.data for t in tensors)]
    others += [kept for kept in ans._node.kept if isinstance(kept, np.ndarray)]
    before = [np.array(other) for other in others]
    ans.backward(seed)
    once = [t.grad for t in tensors]
    assert all(type(g) is np.ndarray and g.flags.writeable for g in once)
    _, pull = vjp(call, *call.arrays)
    for gradients in (once, pull(seed)):
        for i, g in enumerate(gradients):
            for other in [*others, *gradients[:i]]:
                assert not np.shares_memory(g, other), "a gradient shares memory"
    for other, copy in zip(others, before, strict=True):
        assert_array_equal(other, copy, err_msg="something was changed")
    for g in once:
        g += 1  # what the user does with a gradient concerns nobody else
    for one, again in zip(backward(call, tensors, seed), once, strict=True):
        assert_allclose(one, again - 1, rtol=1e-12, atol=1e-12)


@check
def the_same_tensor_twice(call: Call) -> None:
    """One Tensor as two of the arguments gets the gradient of both, at both orders."""
    arrays = call.arrays
    for i, j in combinations(range(len(arrays)), 2):
        if call.domain.ties and arrays[i].shape == arrays[j].shape:

            def tied(x: Any, i: int = i, j: int = j) -> Any:
                return call(*(x if n in (i, j) else array for n, array in enumerate(arrays)))

            gradients_match(tied, [arrays[i]])
            hessians_match(tied, [arrays[i]], *random_like(tied(arrays[i])))


def gradients_match(f: Callable[..., Any], arrays: Sequence[np.ndarray]) -> None:
    (seed,) = random_like(f(*arrays))
    found = backward(f, leaves(arrays), seed)
    for one, expected, x in zip(found, gradient(f, arrays, seed), arrays, strict=True):
        assert type(one) is np.ndarray
        assert (one.shape, one.dtype) == (x.shape, x.dtype)
        assert_allclose(one, expected, rtol=1e-6, atol=1e-8)


def hessians_match(f: Callable[..., Any], arrays: Sequence[np.ndarray], seed: np.ndarray) -> None:
    h = pulled(f, random_like(*arrays, seed=1))
    point = [*arrays, seed]
    found = vjp(h, *point)[1](1.0)
    for direction in (random_like(*point, seed=2), random_like(*point, seed=3)):
        expected = slope(h, point, direction)
        assert_allclose(pairing(found, direction), expected, rtol=1e-6, atol=1e-7)
    for one, x in zip(found, point, strict=True):
        assert (one.shape, one.dtype) == (x.shape, x.dtype)


def pulled(f: Callable[..., Any], directions: Sequence[np.ndarray]) -> Callable[..., Any]:
    """The function of (*arrays, seed) that pairs the directions with the gradients: one number."""

    def h(*point: Any) -> Any:
        *arrays, seed = point
        return pairing(directions, vjp(f, *arrays)[1](seed))

    return h


def leaves(arrays: Sequence[np.ndarray]) -> list[Tensor]:
    return [Tensor(x, requires_grad=True) for x in arrays]


def backward(f: Callable[..., Any], arguments: Sequence[Any], seed: np.ndarray) -> list[Any]:
    """What `f(*arguments).backward(seed)` adds to the gradient of each argument, or None."""
    tensors = [x if type(x) is Tensor else Tensor(x) for x in arguments]
    for tensor in tensors:
        tensor.zero_grad()
    f(*arguments).backward(seed)
    return [tensor.grad for tensor in tensors]


def same_array(
    found: Any, expected: Any, what: str, exact: bool = True, computed_in: Any = np.float64
) -> None:
    assert found.dtype == expected.dtype, f"{what} has {found.dtype}, not {expected.dtype}"
    assert found.shape == expected.shape, f"{what} has {found.shape}, not {expected.shape}"
    if exact:
        assert_array_equal(found, expected, err_msg=what)
    else:
        close = 1e4 * max(np.finfo(dtype).eps for dtype in (expected.dtype, computed_in))
        assert_allclose(found, expected, rtol=close, atol=close, err_msg=what)


def fortran(x: np.ndarray) -> np.ndarray:
    return np.array(x, order="F")


def stepped(x: np.ndarray) -> np.ndarray:
    """x with a gap after each element."""
    return np.repeat(x, 2, axis=-1)[..., ::2] if x.ndim else x


def backwards(x: np.ndarray) -> np.ndarray:
    """x in memory from its end to its beginning."""
    return np.flip(np.array(np.flip(x), order="C"))


def read_only(x: np.ndarray) -> np.ndarray:
    x = np.array(x)
    x.flags.writeable = False
    return x
