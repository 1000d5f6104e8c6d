"""Activations: their formulas, far from 0 too, and their gradients, at kinks too."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import nn
from autograd import Tensor, grad
from autograd.testing import check_grads, check_op
from autograd.testing.strategies import real
from nn.activations import ACTIVATIONS, normal_cdf

special = pytest.importorskip("scipy.special")

FORMULAS = {
    "identity": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.maximum(z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "gelu": lambda z: z * special.ndtr(z),
    "silu": lambda z: z * special.expit(z),
    "softplus": lambda z: np.logaddexp(0, z),
    "sigmoid": special.expit,
    "tanh": np.tanh,
    "softmax": lambda z: special.softmax(z, axis=-1),
    "log_softmax": lambda z: special.log_softmax(z, axis=-1),
}
KINKS = {  # the slope at 0
    "relu": 0, "leaky_relu": 0.01, "elu": 1, "gelu": 0.5, "silu": 0.5, "softplus": 0.5,
    "sigmoid": 0.25, "tanh": 1, "identity": 1,
}  # fmt: skip

each = pytest.mark.parametrize("name", ACTIVATIONS)
vectors = arrays(np.float64, 4, elements=st.floats(-40, 40))


@each
@pytest.mark.parametrize("dtype", ["u1", "i1", "i8", "?"])
def test_a_function_takes_integers_of_any_size(name, dtype):
    z = np.array([0, 1, 100, 127]).astype(dtype)
    f = ACTIVATIONS[name]
    np.testing.assert_allclose(
        f(Tensor(z)).data, f(Tensor(z.astype(float))).data, rtol=1e-3
    )  # NumPy has float16


def test_every_name_has_a_formula():
    assert list(FORMULAS) == list(ACTIVATIONS)


@each
@given(z=vectors)
def test_it_is_its_formula(name, z):
    found = ACTIVATIONS[name](Tensor(z)).data
    np.testing.assert_allclose(found, FORMULAS[name](z), rtol=1e-12, atol=1e-300)


@each
def test_far_from_zero_it_is_finite_and_so_is_its_slope(name):
    z = Tensor([-1e4, -800.0, 0.0, 1e4], requires_grad=True)
    out = ACTIVATIONS[name](z)
    np.testing.assert_allclose(out.data, FORMULAS[name](z.data), rtol=1e-12)
    out.sum().backward()
    assert np.isfinite(z.grad).all()


@each
def test_float32_stays_float32(name):
    z = Tensor(np.linspace(-3, 3, 7, dtype=np.float32), requires_grad=True)
    out = ACTIVATIONS[name](z)
    out.sum().backward()
    assert (out.dtype, z.grad.dtype) == (np.float32, np.float32)


@each
@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "i2", "u4", "i8"])
@given(data=st.data())
def test_integers_count_as_floats(name, dtype, data):
    limits = st.integers(-100 if dtype[0] == "i" else 0, 1 if dtype == "?" else 100)
    z = np.array(data.draw(st.lists(limits, min_size=1, max_size=4)), dtype)
    expected = ACTIVATIONS[name](Tensor(z, dtype=float)).data
    found = nn.Activation(name)(z)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found.data, expected)
    np.testing.assert_array_equal(nn.Sequential(ACTIVATIONS[name])(z).data, expected)
    np.testing.assert_array_equal(nn.Residual(name)(z).data, z + expected)
    np.testing.assert_array_equal(normal_cdf(z), normal_cdf(z.astype(float)))  # so gelu, too


def test_a_function_of_ones_own_gets_its_integers():
    table = nn.Embedding(3, 2, rng=0)
    flipped = nn.Sequential(lambda i: 2 - i, table)
    np.testing.assert_array_equal(flipped([0, 2]).data, table([2, 0]).data)


@pytest.mark.parametrize("name", ["leaky_relu", "elu", "gelu", "silu"])
def test_gradients_wherever_hypothesis_looks(name):
    check_op(ACTIVATIONS[name], real)


def test_gradients_of_the_normal_distribution_to_order_3():
    check_grads(normal_cdf, np.array([-3.0, -0.5, 0.0, 2.0]), order=3)


@pytest.mark.parametrize("name", KINKS)
def test_the_slope_at_zero(name):
    assert grad(ACTIVATIONS[name])(0.0) == KINKS[name]


@given(z=vectors, shift=st.floats(-100, 100))
def test_softmax_sums_to_one_and_ignores_a_shift(z, shift):
    p = ACTIVATIONS["softmax"](z)
    assert p.sum() == pytest.approx(1, rel=1e-12)
    np.testing.assert_allclose(ACTIVATIONS["softmax"](z + shift), p, rtol=1e-10, atol=1e-300)


@each
def test_as_a_name_a_function_or_a_module(name):
    x = np.linspace(-1, 1, 6).reshape(2, 3)
    layers = [
        nn.Layer(3, 4, activation, init="he_normal", rng=0)
        for activation in (name, ACTIVATIONS[name], nn.Activation(name))
    ]
    for layer in layers[1:]:
        np.testing.assert_array_equal(layer(x).data, layers[0](x).data)
    assert layers[1].activation == name
    z = nn.Layer(3, 4, None, init="he_normal", rng=0)(x).data
    np.testing.assert_allclose(layers[0](x).data, FORMULAS[name](z), rtol=1e-12)
