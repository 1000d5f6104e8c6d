"""How weights begin: the variance that each initialiser promises, names, seeds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from nn.init import INITIALISERS, constant, drawn, positive_integer, suited_to, within

# Of a shape (n_out, n_in): the variance, and the kurtosis, of which the error of a variance that is
# measured on so many numbers follows.
PROMISES = {
    "he_normal": (lambda n_out, n_in: 2 / n_in, 3),
    "he_uniform": (lambda n_out, n_in: 2 / n_in, 1.8),
    "lecun_normal": (lambda n_out, n_in: 1 / n_in, 3),
    "lecun_uniform": (lambda n_out, n_in: 1 / n_in, 1.8),
    "glorot_normal": (lambda n_out, n_in: 2 / (n_in + n_out), 3),
    "glorot_uniform": (lambda n_out, n_in: 2 / (n_in + n_out), 1.8),
}
sides = st.integers(1, 300)
seeds = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("name", PROMISES)
@given(n_out=sides, n_in=sides, seed=seeds)
def test_the_variance_is_the_promised_one(name, n_out, n_in, seed):
    numbers = drawn(name, (n_out, n_in), np.random.default_rng(seed))
    variance, kurtosis = PROMISES[name][0](n_out, n_in), PROMISES[name][1]
    n = n_out * n_in
    assert numbers.shape == (n_out, n_in)
    # Within seven standard deviations, or what few numbers may do: a chi-squared tail is long.
    assert abs(numbers.mean()) <= 7 * math.sqrt(variance / n)
    error = 7 * math.sqrt((kurtosis - 1) / n)
    assert np.mean(numbers**2) / variance <= 1 + error + 50 / n
    if n > 200:
        assert np.mean(numbers**2) / variance >= 1 - error
    if "uniform" in name:
        assert np.abs(numbers).max() <= math.sqrt(3 * variance)


@pytest.mark.parametrize("name", PROMISES)
def test_one_neuron_has_one_output(name):
    numbers = drawn(name, (100_000,), np.random.default_rng(0))
    assert numbers.var() == pytest.approx(PROMISES[name][0](1, 100_000), rel=0.03)


@given(n_out=st.integers(1, 30), n_in=st.integers(1, 30), seed=seeds)
def test_orthogonal_rows_or_columns_are_orthonormal(n_out, n_in, seed):
    w = drawn("orthogonal", (n_out, n_in), np.random.default_rng(seed))
    gram = w @ w.T if n_out <= n_in else w.T @ w
    np.testing.assert_allclose(gram, np.eye(min(n_out, n_in)), atol=1e-12)


def test_orthogonal_prefers_no_direction():
    rng = np.random.default_rng(0)
    w = np.stack([drawn("orthogonal", (2, 3), rng) for _ in range(4000)])
    assert np.abs(w.mean(0)).max() < 6 * math.sqrt(1 / 3 / 4000)
    np.testing.assert_allclose((w**2).mean(0), 1 / 3, atol=0.03)


def test_constants():
    assert not drawn("zeros", (2, 3), np.random.default_rng(0)).any()
    np.testing.assert_array_equal(drawn(constant(0.5), (2,), np.random.default_rng(0)), [0.5, 0.5])


# In layers and networks.


@pytest.mark.parametrize("name", INITIALISERS)
def test_layers_and_networks_take_a_name_or_a_function(name):
    by_name = nn.Layer(6, 4, init=name, rng=3)
    by_function = nn.Layer(6, 4, init=INITIALISERS[name], rng=3)
    expected = INITIALISERS[name]((4, 6), np.random.default_rng(3))
    np.testing.assert_array_equal(by_name.weight.data, expected)
    np.testing.assert_array_equal(by_function.weight.data, expected)
    network = nn.MLP(6, [4, 2], init=name, bias_init=constant(0.1), rng=3)
    np.testing.assert_array_equal(network.layers[0].weight.data, expected)
    assert all((layer.bias.data == 0.1).all() for layer in network.layers)


@given(
    n_in=st.integers(1, 5),
    n_outs=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    activation=st.sampled_from(["relu", "tanh", "gelu"]),
    seed=seeds,
)
def test_the_default_suits_the_activation_and_draws_layer_by_layer(n_in, n_outs, activation, seed):
    network = nn.MLP(n_in, n_outs, activation, rng=seed)
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        variance = 2 if layer.activation in ("relu", "gelu") else 1
        width = layer.weight.shape[1]
        expected = rng.normal(0, np.sqrt(variance / width), layer.weight.shape)
        np.testing.assert_array_equal(layer.weight.data, expected)
        assert not layer.bias.data.any()


def test_what_suits_an_activation():
    relu_like = ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus")
    assert {suited_to(name).__name__ for name in relu_like} == {"he_normal"}
    assert suited_to(nn.Activation("relu")) is suited_to("relu")
    others = ("identity", "tanh", "sigmoid", "softmax", np.sin, nn.Activation("tanh"))
    assert {suited_to(other).__name__ for other in others} == {"lecun_normal"}


@pytest.mark.parametrize(
    ("init", "error", "message"),
    [
        ("he", ValueError, "unknown initialiser 'he'; known are he_normal, he_uniform, .*constant"),
        ("constant", ValueError, r"unknown .*or pass a function .* nn\.init\.constant\(0\.1\)"),
        ("", ValueError, "unknown initialiser ''; known are"),
        (0.1, TypeError, "an initialiser is a function or the name of one, not 0.1"),
        (lambda shape, rng: np.ones(3), ValueError, r"finite numbers of shape \(2, 3\).*\(3,\)"),
        (constant(np.nan), ValueError, r"finite numbers of shape \(2, 3\).*from nan to nan"),
    ],
)
def test_what_is_no_initialiser_is_refused(init, error, message):
    with pytest.raises(error, match=message):
        nn.Layer(3, 2, init=init)
    with pytest.raises(error, match=message):
        nn.MLP(3, [2], init=init)


def test_numbers_within_bounds():
    assert within("p", 0.25, 0, 1) == 0.25
    for wrong in (1, -0.1, float("nan")):
        with pytest.raises(ValueError, match=r"p must be at least 0 and less than 1, not"):
            within("p", wrong, 0, 1)
    for no_number in ("0.5", True, np.False_, None):
        with pytest.raises(TypeError, match=r"p must be a number, not "):
            within("p", no_number, 0, 1)


@pytest.mark.parametrize("wrong", [True, np.True_, 2.0, "2", None])
def test_a_whole_number_is_none_of_these(wrong):
    assert positive_integer("n", np.int8(2)) == 2
    with pytest.raises(TypeError, match=r"n must be a positive integer, not "):
        positive_integer("n", wrong)
