"""grad, value_and_grad and vjp: arguments, structures, nesting, closures, errors."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from autograd import (
    Tensor,
    elementwise_grad,
    grad,
    jacobian,
    jvp,
    logsumexp,
    no_grad,
    sigmoid,
    softmax,
    value_and_grad,
    vjp,
)
from autograd.testing import check_grads
from cases import each


class Pair(NamedTuple):
    w: Any
    b: Any


def nth(f: Callable[..., Any], order: int) -> Callable[..., Any]:
    for _ in range(order):
        f = grad(f)
    return f


# Nesting.


@each(
    "f, x, expected",
    [
        (lambda x: x * grad(lambda y: x * y)(2.0), 3.0, 6),  # not 3
        (lambda x: x * grad(lambda y: x + y)(2.0), 1.0, 1),  # not 2
        (lambda x: x * grad(lambda y: x * y**3)(3.0), 3.0, 162),
        (lambda x: x * grad(lambda y: y * grad(lambda z: x * y * z)(x))(x), 2.0, 24),
        (lambda x: grad(lambda y: grad(lambda z: x * y * z)(1.0) * x)(x), 3.0, 6),
        (lambda x: grad(lambda x: x * x * x)(x) * x, 2.0, 36),
        (lambda x: x * grad(lambda y: x * 2.0)(5.0), 2.0, 0),
        (lambda x: grad(lambda y: y * y)(x * x), 3.0, 12),
        (lambda x: x * vjp(lambda y: x * y, 2.0)[1](x)[0], 3.0, 27),
        (lambda x: value_and_grad(lambda y: x * y)(x)[0], 3.0, 6),
        (lambda x: grad(lambda y, x=x: x * y)(x) * x, 3.0, 6),
    ],
)
def test_perturbations_are_not_confused(f: Callable[..., Any], x: float, expected: float) -> None:
    assert grad(f)(x) == expected


@given(st.integers(1, 5), st.integers(1, 4), st.sampled_from([-2.0, -1.0, 0.5, 3.0]))
def test_nested_derivatives_of_a_power(n: int, order: int, x: float) -> None:
    factors = np.prod([n - i for i in range(order)])
    expected = factors * x ** max(n - order, 0)
    assert nth(lambda x: x**n, order)(x) == pytest.approx(expected)
    assert nth(lambda x: np.prod([1.0]) * multiplied(x, n), order)(x) == pytest.approx(expected)


def multiplied(x: Any, n: int) -> Any:
    return x if n == 1 else x * multiplied(x, n - 1)


@each(
    "f",
    [
        lambda x: np.sin(x) * np.exp(x),
        lambda x: np.tanh(x) / (1.0 + x * x),
        lambda x: sigmoid(x * x) * np.log(x),
        lambda x: x**x,
        lambda x: np.sqrt(x) * np.expm1(-x),
        lambda x: softmax(np.stack([x, x * x, 1.0]))[0],
        lambda x: logsumexp(np.stack([x, -x, 2.0 * x])) ** 2,
        lambda x: (np.concatenate([x.reshape(1), np.ones(2)]) ** 3)[::-1].mean() * x,
        lambda x: np.where(x > 0, x * x * x, x).max() + np.maximum(x, 0.0) * x,
        lambda x: (np.broadcast_to(x, (2, 2)) @ np.array([[1.0], [2.0]])).sum() ** 3,
    ],
)
def test_derivatives_to_third_order_are_those_of_differences(f: Callable[..., Any]) -> None:
    x = np.array(0.7)
    for order in (1, 2, 3):
        check_grads(nth(f, order - 1), x, order=1)


def test_a_hessian_row_by_row_is_symmetric() -> None:
    w, x = np.array([[0.5, -1.0], [2.0, 0.3]]), np.array([0.2, -0.7])
    gradient = grad(lambda x: logsumexp(np.tanh(w @ x) * x))
    hessian = np.stack([grad(lambda x, i=i: gradient(x)[i])(x) for i in range(2)])
    assert_allclose(hessian, hessian.T, rtol=1e-12)
    check_grads(gradient, x, order=1)


def test_a_gradient_that_depends_on_nothing_is_zero_at_the_next_order() -> None:
    assert grad(grad(lambda x: 3.0 * x))(2.0) == 0
    assert grad(lambda x: 5.0)(2.0) == 0
    assert grad(lambda x: Tensor(5.0))(2.0) == 0
    assert_array_equal(grad(lambda x, y: (y * y).sum())(np.ones(3), np.ones(2)), np.zeros(3))
    assert grad(lambda x: (x > 0).astype(float).sum())(np.ones(3)).shape == (3,)


# Which argument.


def product(a: Any, b: Any, c: Any = 1.0) -> Any:
    return a * b**2 * c**3


@each(
    "argnum, args, kwargs, expected",
    [
        (0, (2.0, 3.0), {}, 9),
        (1, (2.0, 3.0), {}, 12),
        ("b", (2.0, 3.0), {}, 12),
        ("b", (2.0,), {"b": 3.0}, 12),
        (1, (2.0,), {"b": 3.0}, 12),
        ("c", (2.0, 3.0), {"c": 1.0}, 54),
        (2, (2.0, 3.0, 1.0), {}, 54),
        ((0, 1), (2.0, 3.0), {}, (9, 12)),
        ([1, "c"], (2.0, 3.0), {"c": 1.0}, (12, 54)),
        (("a",), (2.0, 3.0), {}, (9,)),
    ],
)
def test_arguments_by_position_and_name(argnum: Any, args: Any, kwargs: Any, expected: Any) -> None:
    found = grad(product, argnum)(*args, **kwargs)
    value, also = value_and_grad(product, argnum)(*args, **kwargs)
    assert found == also == expected
    assert type(found) is type(expected) or type(found) is np.ndarray
    assert value == product(*args, **kwargs)
    assert type(value) is np.ndarray


@each("argnum", [3, "d", (0, 7), "c"])
def test_an_argument_that_was_not_given(argnum: Any) -> None:
    with pytest.raises(TypeError, match=r"no argument .* to differentiate by: product was called"):
        grad(product, argnum)(1.0, 2.0)


def test_a_transform_keeps_the_functions_name() -> None:
    assert grad(product).__name__ == value_and_grad(product).__name__ == "product"


# Structures.


@each(
    "tree",
    [
        {"w": np.ones((2, 3)), "b": np.ones(3)},
        [np.ones(2), np.float32([1, 2, 3])],
        (np.ones(2), (np.ones(1), [np.array(2.0)])),
        Pair(np.ones((2, 2)), {"inner": Pair(1.0, [2.0])}),
        {"layers": [{"w": np.ones(2)}, {"w": np.ones((0, 2))}], "none": None, "empty": []},
        (),
    ],
)
def test_a_gradient_has_the_structure_of_its_argument(tree: Any) -> None:
    def total(tree: Any) -> Any:
        if isinstance(tree, dict):
            return total(list(tree.values()))
        if isinstance(tree, (list, tuple)):
            return sum((total(item) for item in tree), 0.0)
        return 0.0 if tree is None else (tree * tree).sum()

    assert_twice(grad(total)(tree), tree)
    _, pull = vjp(total, tree)
    assert_twice(pull(1.0)[0], tree)


def assert_twice(gradient: Any, tree: Any) -> None:
    """`gradient` is twice `tree`, with the same types all the way down."""
    if isinstance(tree, dict):
        assert list(gradient) == list(tree)
        gradient, tree = list(gradient.values()), list(tree.values())
    if isinstance(tree, (list, tuple)):
        assert type(gradient) is type(tree)
        for one, other in zip(gradient, tree, strict=True):
            assert_twice(one, other)
    elif tree is None:
        assert gradient is None
    else:
        assert_array_equal(gradient, 2 * np.asarray(tree), strict=True)


def test_several_outputs_take_a_cotangent_of_their_structure() -> None:
    def f(x: Any, y: Any) -> Any:
        return {"sum": x + y, "both": (x * y, x), "constant": np.ones(2), "n": None}

    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    value, pull = vjp(f, x, y)
    assert_array_equal(value["both"][0], x * y)
    one = np.ones(2)
    gx, gy = pull({"sum": one, "both": (2 * one, 3 * one), "constant": one, "n": None})
    assert_array_equal(gx, 1 + 2 * y + 3)
    assert_array_equal(gy, 1 + 2 * x)
    again = pull({"sum": one, "both": (2 * one, 3 * one), "constant": one, "n": None})
    assert_array_equal(again[0], gx)


def test_one_array_may_be_several_outputs() -> None:
    def f(x: Any) -> Any:
        y = x * x
        return y, [y, x]

    x = np.array([1.0, 2.0])
    (gradient,) = vjp(f, x)[1]((np.ones(2), [np.full(2, 10.0), np.full(2, 100.0)]))
    assert_array_equal(gradient, 11 * 2 * x + 100)
    first, (second, _) = jvp(f, (x,), (np.ones(2),))[1]
    assert_array_equal(first, second)
    first += 1  # they are not the same array
    assert_array_equal(second, 2 * x)


@each(
    "cotangent, error, message",
    [
        (np.ones(3), TypeError, "sequence of 2 items"),
        ((np.ones(2),), TypeError, "sequence of 2 items"),
        ((np.ones(2), np.ones(3)), TypeError, "dict with the keys"),
        ((np.ones(2), {"b": np.ones(2)}), TypeError, r"dict with the keys \['a'\]"),
        ((np.ones(2), {"a": np.ones(3)}), ValueError, r"shape \(3,\).*\(2,\)"),
        ((np.ones(2), {"a": np.ones(2) * 1j}), ValueError, "complex128.*float64"),
    ],
)
def test_a_cotangent_of_another_structure(cotangent: Any, error: Any, message: str) -> None:
    _, pull = vjp(lambda x: (x * 2.0, {"a": x * x}), np.ones(2))
    with pytest.raises(error, match=message):
        pull(cotangent)


# Results.


def test_results_are_plain_arrays_of_the_arguments_shape_and_dtype() -> None:
    for x in (2.0, np.float32(2), np.ones((0, 3)), np.ones((2, 1), np.float32), Tensor([1.0])):
        value, gradient = value_and_grad(lambda x: (x * x).sum())(x)
        assert type(value) is type(gradient) is np.ndarray
        assert gradient.shape == np.shape(x)
        assert gradient.dtype == getattr(x, "dtype", np.float64)
        assert value.shape == ()
        gradient += 1  # it is the caller's own


def test_the_value_may_be_changed_before_the_pull() -> None:
    value, pull = vjp(np.exp, np.zeros(2))
    value += 5
    assert_array_equal(pull(np.ones(2))[0], [1, 1])


def test_the_functions_argument_is_a_copy_of_what_was_given() -> None:
    x = np.ones(3)

    def f(t: Tensor) -> Any:
        assert type(t) is Tensor
        y = t * t
        x[...] = 5.0
        return y.sum()

    assert_array_equal(grad(f)(x), [2, 2, 2])


def test_a_number_of_one_element_counts_as_one_number() -> None:
    assert_array_equal(grad(lambda x: x[:1] * 3.0)(np.ones(2)), [3, 0])


# Closures over tracked Tensors, and no_grad.


def test_a_gradient_is_connected_to_tracked_tensors_in_the_closure() -> None:
    w = Tensor([2.0, 3.0], requires_grad=True)
    gradient = grad(lambda x: (w * x**3).sum())(np.array([1.0, 2.0]))
    assert type(gradient) is Tensor
    assert_array_equal(gradient.data, [6, 36])
    gradient.sum().backward()
    assert_array_equal(w.grad, [3, 12])  # ∂/∂w of Σ 3 w x²


def test_a_gradient_by_a_tracked_tensor_is_connected_to_it() -> None:
    x = Tensor(3.0, requires_grad=True)
    gradient = grad(lambda x: x**3)(x)
    gradient.backward()
    assert x.grad == 18
    assert grad(lambda x: x**3)(Tensor(3.0)) == 27


def test_a_transform_leaves_grad_of_the_closure_alone() -> None:
    w = Tensor(2.0, requires_grad=True)
    grad(lambda x: x * w)(1.0)
    assert w.grad is None
    (w * w).backward()
    grad(lambda x: x * w)(1.0)
    assert w.grad == 4


def test_backward_within_a_transform_reaches_outer_leaves() -> None:
    w = Tensor(2.0, requires_grad=True)

    def f(x: Any) -> Any:
        (w * 3.0).backward()
        return x * x

    assert grad(f)(3.0) == 6
    assert w.grad == 3


def test_within_no_grad_gradients_are_plain_arrays() -> None:
    w = Tensor(2.0, requires_grad=True)
    with no_grad():
        gradient = grad(lambda x: w * x * x)(3.0)
        assert type(gradient) is np.ndarray
        assert gradient == 12
        assert grad(lambda x: x * grad(lambda y: x * y**3)(3.0))(3.0) == 162
        assert grad(lambda x: x**2)(w) == 4


def test_no_grad_within_a_transform_stops_the_gradient() -> None:
    def f(x: Any) -> Any:
        with no_grad():
            constant = x * x
        return constant * x

    assert grad(f)(3.0) == 9
    assert grad(lambda x: x.detach() * x)(3.0) == 3


# Errors.


@each(
    "call, error, message",
    [
        (lambda: grad(lambda x: x)(np.ones(3)), TypeError, r"one number.*shape \(3,\).*\.sum\(\)"),
        (lambda: grad(lambda x: (x, x))(1.0), TypeError, "one number.*returned 2 values"),
        (lambda: grad(lambda x: None)(1.0), TypeError, "one number.*0 values"),
        (lambda: grad(product)(1, 2.0), TypeError, r"argument 0 of product: requires_grad needs"),
        (lambda: grad(product, "b")(1.0, True), TypeError, r"argument 1 of product"),
        (lambda: grad(product)("x", 2.0), TypeError, "argument 0 of product: a Tensor holds"),
        (lambda: grad(lambda x: x + missing)(1.0), NameError, "missing"),  # noqa: F821
    ],
)
def test_errors(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
    assert grad(lambda x: x * x)(3.0) == 6


# Complex numbers: the gradient by z = x + iy is ∂/∂x − i ∂/∂y.


def test_the_gradient_of_a_real_function_of_a_complex_number() -> None:
    z = 1.0 + 2.0j
    assert_allclose(grad(lambda z: np.abs(z) ** 2)(z), 2 * np.conj(z))
    assert_allclose(grad(lambda z: z.real * z.imag)(z), 2 - 1j)
    assert_allclose(grad(lambda z: np.real(np.exp(z)))(z), np.exp(z))  # as of a holomorphic one


def test_the_gradient_of_a_complex_number_is_refused() -> None:
    with pytest.raises(TypeError, match=r"needs a real number.*holomorphic_grad"):
        grad(np.exp)(1.0j)
    with pytest.raises(ValueError, match=r"complex number needs a seed"):
        np.exp(Tensor(1.0j, requires_grad=True)).backward()


def test_jacobians_between_real_and_complex() -> None:
    x, z = np.array([1.0, 2.0]), np.array([1.0 + 1.0j, 2.0])
    assert_allclose(jacobian(lambda z: z * z)(z), np.diag(2 * z))
    assert_allclose(jacobian(lambda x: 1j * x * x)(x), np.diag(2j * x))
    assert_allclose(jacobian(lambda x: (1j * x * x).sum())(x), 2j * x)
    assert_allclose(jacobian(np.abs)(z), np.diag(np.conj(z) / np.abs(z)))
    assert_allclose(elementwise_grad(np.exp)(z), np.exp(z))
    with pytest.raises(TypeError, match=r"real value of a real argument"):
        elementwise_grad(lambda x: 1j * x)(x)


def test_arguments_by_position_from_the_end_by_name_twice_and_several() -> None:
    def f(x, y):
        return x**2 * y

    assert grad(f, -1)(2.0, 3.0) == 4
    assert grad(f, (0, "x", 1))(2.0, 3.0) == (12, 12, 4)
    assert jacobian(f, (0, 1))(2.0, 3.0) == (12, 4)
    assert elementwise_grad(f, (0, 1))(2.0, 3.0) == (12, 4)


def test_an_argument_may_be_changed_as_its_own_value() -> None:
    def f(x):
        x += 1.0
        x[0] = x[0] * x[1]
        return x.sum()

    start = np.array([1.0, 2.0])
    assert_array_equal(grad(f)(start), [3, 3])
    assert_array_equal(start, [1, 2])


def test_a_pull_within_another_transform_gives_plain_arrays() -> None:
    _, pull = vjp(np.sin, np.array([1.0, 2.0]))
    found = grad(lambda g: pull(g)[0].sum())(np.ones(2))
    assert type(found) is np.ndarray
    assert_allclose(found, np.cos([1.0, 2.0]))


@each("value", [True, 3, "text", np.arange(1)])
def test_what_does_not_change_smoothly_has_no_gradient(value: Any) -> None:
    with pytest.raises(TypeError, match=r"returns a floating number, but .* returned"):
        grad(lambda x: value)(1.0)
    assert grad(lambda x: 3.0)(1.0) == 0.0
