"""Forward mode against reverse mode: a tangent and a cotangent meet in one number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from autograd import derivative, grad, jacobian, jvp, logsumexp, primitive, softmax, vjp
from autograd.rules.products import affine


@primitive
def both(x, y):
    return x * y, np.sin(x)


derivative(
    both,
    x=lambda g, x, y: g[0] * y + g[1] * np.cos(x),
    y=lambda g, x: g[0] * x,
)


def program(x, weight, bias):
    """Every kind of node: elementwise, linear, neither, a list of arrays, several outputs."""
    hidden = np.tanh(affine(x, weight, bias))
    joined = np.concatenate([hidden, np.ones((1, hidden.shape[1])), hidden[::-1] * 2])
    product, sine = both(softmax(joined), np.max(joined, axis=0))
    return {"a": logsumexp(product @ product.T, axis=1), "b": (sine.sum(), np.sqrt(2 + sine))}


def arrays(rng):
    return [rng.normal(size=shape) for shape in ((4, 3), (5, 3), (5,))]


@given(st.integers(0, 1000))
def test_a_tangent_is_the_transpose_of_a_cotangent(seed):
    rng = np.random.default_rng(seed)
    primals, tangents = arrays(rng), arrays(rng)
    value, moved = jvp(program, primals, tangents)
    _, pull = vjp(program, *primals)
    cotangent = {"a": rng.normal(size=value["a"].shape), "b": (1.5, rng.normal(size=(9, 5)))}
    forward = (
        np.vdot(cotangent["a"], moved["a"])
        + cotangent["b"][0] * moved["b"][0]
        + np.vdot(cotangent["b"][1], moved["b"][1])
    )
    reverse = sum(np.vdot(g, t) for g, t in zip(pull(cotangent), tangents, strict=True))
    assert forward == pytest.approx(reverse, rel=1e-11, abs=1e-12)


@given(st.integers(0, 1000))
def test_forward_and_reverse_nest_in_each_other(seed):
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=3), rng.normal(size=3)

    def f(x):
        return (np.sin(x) * logsumexp(x * x)).sum()

    over_reverse = jvp(grad(f), (x,), (v,))[1]
    np.testing.assert_allclose(grad(lambda x: (grad(f)(x) * v).sum())(x), over_reverse, rtol=1e-11)
    np.testing.assert_allclose(
        grad(lambda x: jvp(f, (x,), (v,))[1])(x), over_reverse, rtol=1e-11, atol=1e-14
    )
    twice = jvp(lambda x: jvp(f, (x,), (v,))[1], (x,), (v,))[1]
    assert twice == pytest.approx(np.vdot(over_reverse, v), rel=1e-11)


def test_forward_over_forward_through_every_kind():
    def f(w):
        return np.sum(affine(w[0], np.sin(w), softmax(w[1])) * logsumexp(w))

    w, v = np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([[1.0, -1.0], [0.5, 2.0]])
    twice = jvp(lambda w: jvp(f, (w,), (v,))[1], (w,), (v,))[1]
    assert twice == pytest.approx(np.vdot(v, jvp(grad(f), (w,), (v,))[1]), rel=1e-12)


def test_what_does_not_move_has_a_zero_tangent_of_its_shape_and_dtype():
    _, moved = jvp(lambda x: (np.ones(3), x), (np.float32(2),), (np.float32(1),))
    assert moved[0].shape == (3,)
    assert not moved[0].any()
    assert moved[1].dtype == np.float32


@pytest.mark.parametrize("f", [np.add, np.subtract, np.multiply, np.maximum, np.hypot])
@pytest.mark.parametrize("mover", [0, 1])
def test_a_tangent_fits_the_value_where_one_argument_of_several_moves(f, mover):
    arguments = [np.array([[1.0], [2.0], [4.0]], np.float32), np.array([3.0, 0.5, 1.5, 5.0])]

    def moving(x):
        return f(x, arguments[1]) if mover == 0 else f(arguments[0], x)

    x = arguments[mover]
    value, moved = jvp(moving, (x,), (x,))
    assert (moved.shape, moved.dtype) == (value.shape, value.dtype) == ((3, 4), np.float64)
    cotangent = np.cos(np.arange(12.0)).reshape(3, 4)
    (pulled,) = vjp(moving, x)[1](cotangent)
    assert np.vdot(cotangent, moved) == pytest.approx(np.vdot(pulled, x), rel=1e-6)


def test_rules_may_send_the_same_array_to_several_arguments():
    total = primitive(lambda x, y: x + y)
    derivative(total, x=lambda g: g, y=lambda g: g)
    assert jvp(total, (2.0, 3.0), (1.0, 10.0))[1] == 11


def test_a_rule_that_returns_g_leaves_the_tangent_to_others():
    op = primitive(lambda x, y: x + y * y)
    derivative(op, x=lambda g: g, y=lambda g, y: g * 2 * y)
    assert jvp(lambda x: op(x, x) + x, (3.0,), (1.0,))[1] == 8

    def recurrent(x):
        for _ in range(3):
            x = np.tanh(affine(x, WEIGHT, x))
        return x

    x = np.array([0.3, -0.2])
    assert_allclose(jvp(recurrent, (x,), (x,))[1], jacobian(recurrent)(x) @ x, rtol=1e-12)


WEIGHT = np.array([[0.5, -1.0], [2.0, 0.25]])


def test_a_tangent_must_fit():
    with pytest.raises(ValueError, match=r"shape \(2,\), but its Tensor has \(3,\)"):
        jvp(np.sin, (np.ones(3),), (np.ones(2),))
    with pytest.raises(TypeError, match="1 primals but 2 tangents"):
        jvp(np.sin, (1.0,), (1.0, 2.0))
