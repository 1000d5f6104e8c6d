"""jacobian, hessian, hvp, elementwise_grad and checkpoint, against each other and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import (
    Tensor,
    checkpoint,
    derivative,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    primitive,
    value_and_grad,
    vjp,
)
from autograd.primitive import entry


def wide(x):
    """2 × 2 numbers to 21: a Jacobian by columns, in forward mode."""
    parts = [np.sin(x @ x).reshape(4), (x * x).sum(axis=0), x[0, :1]]
    return np.concatenate([k * part for k in (1, 2, 3) for part in parts])


def narrow(x):
    """2 × 2 numbers to 2: a Jacobian by rows, in reverse mode."""
    return np.tanh(x @ x).sum(axis=1)


def cubic(x):
    return (x[0] ** 2 * x[1]).sum() + np.exp(x[2] * x[0])


@pytest.mark.parametrize("f", [wide, narrow])
@given(st.integers(0, 500))
def test_a_jacobian_holds_every_pull_and_every_push(f, seed):
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=(2, 2)), rng.normal(size=(2, 2))
    J = jacobian(f)(x)
    value, pull = vjp(f, x)
    w = rng.normal(size=value.shape)
    assert J.shape == value.shape + x.shape
    np.testing.assert_allclose(np.tensordot(J, v, 2), jvp(f, (x,), (v,))[1], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(np.tensordot(w, J, 1), pull(w)[0], rtol=1e-10, atol=1e-12)


@given(st.integers(0, 500))
def test_the_hessian_is_symmetric_and_agrees_with_its_product(seed):
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=3), rng.normal(size=3)
    H = hessian(cubic)(x)
    np.testing.assert_allclose(H, H.T, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(H @ v, hvp(cubic)(x, v), rtol=1e-10, atol=1e-12)


def test_transforms_nest_to_third_order():
    third = jacobian(hessian(cubic))(np.array([1.0, 2.0, 0.0]))
    assert third[0, 0, 1] == 2.0  # ∂³(x² y)/∂x∂x∂y
    assert grad(lambda x: hessian(cubic)(x)[0, 0])(np.array([1.0, 2.0, 0.0]))[1] == 2.0
    assert jacobian(lambda x: elementwise_grad(np.sin)(x))(np.zeros(1)) == 0.0


def test_empty_and_0d_arguments_have_jacobians():
    assert jacobian(np.sin)(0.0).shape == ()
    assert jacobian(np.sin)(np.zeros(0)).shape == (0, 0)
    assert jacobian(lambda x: x.sum())(np.zeros((0, 2))).shape == (0, 2)


def test_elementwise_grad_refuses_what_mixes_elements():
    np.testing.assert_allclose(elementwise_grad(np.sin)(np.ones((2, 3))), np.cos(np.ones((2, 3))))
    for mixing in (lambda x: x[::-1], lambda x: x * x.sum(), lambda x: x @ np.ones((3, 3))):
        with pytest.raises(ValueError, match="is not elementwise"):
            elementwise_grad(mixing)(np.arange(3.0))
    with pytest.raises(ValueError, match="shape of its argument"):
        elementwise_grad(lambda x: x[:2])(np.ones(3))


def test_jacobian_takes_arrays_only():
    with pytest.raises(TypeError, match="jacobian needs a function of an array"):
        jacobian(lambda d: d["x"])({"x": np.ones(2)})


@given(st.integers(0, 100))
def test_checkpoint_changes_no_derivative(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, 2))

    def loss(f):
        return lambda x: (f(x, 2) ** 2).sum()

    def f(x, power):
        return narrow(x) ** power

    for of in (grad, lambda g: hvp(g)):
        rest = (x,) if of is not grad else ()
        expected = of(loss(f))(x, *rest)
        np.testing.assert_allclose(of(loss(checkpoint(f)))(x, *rest), expected, rtol=1e-10)


def test_checkpoint_runs_the_function_again_and_keeps_only_its_arguments():
    runs = []

    def f(x):
        runs.append(1)
        return np.sin(x) * x, x

    _, pull = vjp(checkpoint(f), np.ones(2))
    assert len(runs) == 1
    pull((np.ones(2), np.zeros(2)))
    assert len(runs) == 2


def test_checkpoint_refuses_to_lose_a_gradient():
    w = Tensor([1.0], requires_grad=True)
    with pytest.raises(ValueError, match="not among its arguments"):
        value_and_grad(checkpoint(lambda x: (w * x).sum()))(np.ones(1))


def test_another_declaration_replaces_the_first_wherever_it_is_held():
    @primitive
    def f(x):
        return x * x

    derivative(f, x=lambda g, x: g * 2 * x)
    held = entry(f)
    assert grad(f)(3.0) == 6
    derivative(f, x=lambda g, x: g * 100 * x)
    assert grad(f)(3.0) == 300
    assert entry(f) is held
    held.add_rule("x", lambda g: g)
    assert grad(f)(3.0) == 1


def test_one_argument_under_two_names_is_refused():
    with pytest.raises(TypeError, match=r"np\.clip got two values for .*'low'"):
        grad(lambda x: np.clip(x, a_min=0.0, a_max=9.0, min=2.5))(1.0)


def test_an_error_within_a_composed_function_names_that_function():
    with pytest.raises(ValueError, match=r"^np\.inner: .*\(3,\) and \(2,\)"):
        grad(lambda x: np.inner(x, np.ones(2)))(np.ones(3))
