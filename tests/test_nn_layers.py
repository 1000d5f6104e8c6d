"""Neurons, layers, networks, and how their weights begin."""

import json
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, grad, no_grad, relu
from nn.init import constant, generator, he_normal, lecun_normal, suited_to
from nn.module import architecture, build

FUNCTIONS = {
    "identity": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "tanh": np.tanh,
}
DTYPES = [np.float32, np.float64]
sizes = st.integers(1, 6)
batches = st.lists(st.integers(0, 3), max_size=3).map(tuple)
seeds = st.integers(0, 2**32 - 1)


def close(dtype):
    return {"rtol": 1e-5, "atol": 1e-5} if dtype == np.float32 else {"rtol": 1e-12, "atol": 1e-12}


# What they compute.


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
@given(n_in=sizes, n_out=sizes, batch=batches, seed=seeds)
def test_a_layer_is_its_formula(name, dtype, n_in, n_out, batch, seed):
    rng = np.random.default_rng(seed)
    layer = nn.Layer(n_in, n_out, name, dtype, rng)
    layer.bias.data = rng.normal(size=n_out)
    x = rng.normal(size=(*batch, n_in)).astype(dtype)
    expected = FUNCTIONS[name](np.einsum("...i,oi->...o", x, layer.weight.data) + layer.bias.data)
    for given_x in x, Tensor(x), x.tolist():
        if x.size:
            out = layer(given_x)
            assert out.dtype == dtype
            np.testing.assert_allclose(out.data, expected, **close(dtype))
    assert layer(x).shape == (*batch, n_out)


@given(n_in=sizes, n_outs=st.lists(sizes, min_size=1, max_size=4), batch=batches, seed=seeds)
def test_a_network_is_its_layers_in_a_row(n_in, n_outs, batch, seed):
    model = nn.MLP(n_in, n_outs, "tanh", "sigmoid", rng=seed)
    x = np.random.default_rng(seed).normal(size=(*batch, n_in))
    h = x
    for i, layer in enumerate(model.layers):
        z = h @ layer.weight.data.T + layer.bias.data
        h = FUNCTIONS["tanh" if i < len(n_outs) - 1 else "sigmoid"](z)
    np.testing.assert_allclose(model(x).data, h, rtol=1e-12, atol=1e-12)
    assert [layer.weight.shape for layer in model.layers] == list(
        zip(n_outs, [n_in, *n_outs], strict=False)
    )


@pytest.mark.parametrize("name", FUNCTIONS)
@given(n_in=sizes, batch=batches, seed=seeds)
def test_neurons_give_what_their_layer_gives(name, n_in, batch, seed):
    layer = nn.Layer(n_in, 4, name, rng=seed)
    layer.bias.data = [1, -1, 0.5, 0]
    x = np.random.default_rng(seed).normal(size=(*batch, n_in))
    columns = [neuron(x).data for neuron in layer.neurons]
    np.testing.assert_allclose(np.stack(columns, -1), layer(x).data, rtol=1e-12, atol=1e-12)


def test_the_hand_derived_network_to_the_last_digit():
    model = nn.MLP(2, [3, 1])
    hidden, output = model.layers
    hidden.weight.data, hidden.bias.data = [[1, 2], [-3, 4], [1, -1]], [1, 2, 0]
    output.weight.data, output.bias.data = [[1, 2, 3]], [1]
    optimizer = nn.SGD(model.parameters(), lr=0.01)
    x, t = np.array([1.0, 2.0]), [3.0]
    table = []
    for epoch in range(10):
        optimizer.zero_grad()
        y = model(x)
        loss = nn.half_mse(y, t)
        loss.backward()
        if epoch == 0:
            assert (y.item(), loss.item()) == (21.0, 162.0)
            assert output.weight.grad.tolist() == [[108, 126, 0]]
            assert output.bias.grad.tolist() == [18]
            assert hidden.weight.grad.tolist() == [[18, 36], [36, 72], [0, 0]]
            assert hidden.bias.grad.tolist() == [18, 36, 0]
        optimizer.step()
        if epoch == 0:
            expected = [[[0.82, 1.64], [-3.36, 3.28], [1, -1]], [0.82, 1.64, 0]]
            expected += [[[-0.08, 0.74, 3]], [0.82]]
            for parameter, values in zip(model.parameters(), expected, strict=True):
                np.testing.assert_allclose(parameter.data, values, rtol=1e-14, atol=1e-15)
        table.append(f"{loss.item():.4f} {y.item():.4f}")
    losses = "162.0000 0.5080 0.1182 0.0282 0.0068 0.0017 0.0004 0.0001 0.0000 0.0000".split()
    outputs = "21.0000 4.0080 3.4862 3.2376 3.1167 3.0575 3.0283 3.0140 3.0069 3.0034".split()
    assert table == [f"{a} {b}" for a, b in zip(losses, outputs, strict=True)]


@given(n_in=sizes, n_out=sizes, batch=batches, seed=seeds)
def test_a_layer_without_a_bias_is_one_whose_bias_is_zero(n_in, n_out, batch, seed):
    layer, bare = (nn.Layer(n_in, n_out, "tanh", rng=seed, bias=b) for b in (True, False))
    assert list(bare.state_dict()) == ["weight"]
    x = Tensor(np.random.default_rng(seed).normal(size=(*batch, n_in)), requires_grad=True)
    np.testing.assert_allclose(bare(x).data, layer(x).data, rtol=1e-12, atol=1e-12)
    columns = [neuron(x).data for neuron in bare.neurons]
    np.testing.assert_allclose(np.stack(columns, -1), layer(x).data, rtol=1e-12, atol=1e-12)
    bare(x).sum().backward()
    layer(x.data).sum().backward()
    np.testing.assert_allclose(bare.weight.grad, layer.weight.grad, rtol=1e-12, atol=1e-12)
    for module in bare, bare.neurons[0]:
        assert build(architecture(module)).describe() == module.describe()
        assert module.describe().endswith("'tanh', bias=False)")


def test_layers_without_biases_can_be_taken_apart_twinned_and_written_down():
    layer, model = nn.Layer(2, 3, bias=False, rng=0), nn.MLP(2, [3, 1], rng=1)
    layer.neurons = [nn.Neuron(2, bias=False, rng=i) for i in range(4)]
    assert (layer.bias, layer.weight.shape) == (None, (4, 2))
    for one, neurons in (layer, [nn.Neuron(2)]), (nn.Layer(2, 1), layer.neurons):
        with pytest.raises(ValueError, match=r"biases if the Layer has; this is Layer.*bias=False"):
            one.neurons = neurons
    model.layers[0] = nn.Layer(2, 3, bias=False, rng=0)
    twin = nn.scalar.MLP.from_tensors(model)
    assert twin([1.0, 2.0]).data == pytest.approx(model([1.0, 2.0]).item(), rel=1e-12)
    assert repr(build(architecture(model))) == repr(model)


# Neurons of a layer.


def test_neurons_share_the_memory_of_their_layer():
    model = nn.MLP(2, [3, 1], rng=0)
    layer = model.layers[0]
    neurons = layer.neurons
    assert [n.weight.name for n in neurons] == [f"layers.0.weight[{i}]" for i in range(3)]
    neurons[1].weight.data = [5, 6]
    with no_grad():
        neurons[2].bias += 7
    np.testing.assert_array_equal(layer.weight.data[1], [5, 6])
    np.testing.assert_array_equal(layer.bias.data, [0, 0, 7])
    layer.weight.data = np.zeros((3, 2))
    np.testing.assert_array_equal(neurons[1].weight.data, [0, 0])
    optimizer = nn.Adam(model.parameters(), lr=0.1)
    nn.mse(model(np.ones((4, 2))), np.ones((4, 1))).backward()
    optimizer.step()
    for i, neuron in enumerate(neurons):
        np.testing.assert_array_equal(neuron.weight.data, layer.weight.data[i])
        np.testing.assert_array_equal(neuron.bias.data, layer.bias.data[i])


def test_neurons_show_copies_of_the_gradients_and_collect_their_own():
    layer = nn.Layer(2, 2, "identity", rng=0)
    assert layer.neurons[0].weight.grad is None
    layer(np.array([3.0, 4.0])).sum().backward()
    first, second = layer.neurons
    np.testing.assert_array_equal(first.weight.grad, [3, 4])
    assert second.bias.grad.shape == ()
    first(np.array([3.0, 4.0])).backward()
    np.testing.assert_array_equal(first.weight.grad, [6, 8])
    np.testing.assert_array_equal(layer.weight.grad, [[3, 4], [3, 4]])


def test_neurons_of_a_frozen_layer_are_frozen_until_they_are_unfrozen():
    layer = nn.Layer(2, 2, rng=0).freeze()
    neuron = layer.neurons[1]
    assert neuron.parameters() == []
    assert neuron.weight.name == "weight[1]"
    assert repr(neuron) == "Neuron(2, 'relu'): 0 parameters, and 3 frozen"
    assert not neuron([1.0, 2.0]).requires_grad
    assert len(neuron.unfreeze().parameters()) == 2
    neuron.weight.data = [7, 8]
    np.testing.assert_array_equal(layer.weight.data[1], [7, 8])


def test_a_step_on_a_neuron_makes_graphs_of_the_layer_stale():
    layer = nn.Layer(2, 2, "identity", rng=0)
    x = Tensor([1.0, 2.0], requires_grad=True)
    loss = layer(x).sum()
    neuron = layer.neurons[0]
    neuron(x.data).backward()
    nn.SGD(neuron.parameters()).step()
    with pytest.raises(RuntimeError, match=r"stale graph: 'weight\[0\]' of shape \(2,\)"):
        loss.backward()


@given(n_in=sizes, n_out=sizes, seed=seeds)
def test_neurons_put_back_in_another_order_permute_the_outputs(n_in, n_out, seed):
    model = nn.MLP(n_in, [n_out, 2], "tanh", rng=seed)
    hidden, output = model.layers
    hidden.bias.data = np.arange(n_out)
    x = np.random.default_rng(seed).normal(size=(3, n_in))
    before, outputs, parameters = hidden(x).data, model(x).data, model.parameters()
    hidden.neurons = hidden.neurons[::-1]
    np.testing.assert_allclose(hidden(x).data, before[:, ::-1], rtol=1e-12)
    output.weight.data = output.weight.data[:, ::-1]  # so the network stays the same function
    np.testing.assert_allclose(model(x).data, outputs, rtol=1e-10, atol=1e-12)
    assert all(a is b for a, b in zip(model.parameters(), parameters, strict=True))


def test_neurons_can_be_exchanged_added_and_removed():
    model = nn.MLP(2, [3, 1], rng=0)
    layer = model.layers[0]
    first, second, third = layer.neurons
    new = nn.Neuron(2, "relu", rng=1)
    layer.neurons = [first, new, third, second]
    assert layer.weight.shape == (4, 2)
    np.testing.assert_array_equal(layer.weight.data[1], new.weight.data)
    new.weight.data = [9, 9]  # a copy went in
    assert not (layer.weight.data == 9).any()
    assert [p.name for p in model.parameters()[:2]] == ["layers.0.weight", "layers.0.bias"]
    with pytest.raises(ValueError, match=r"^layers.1 expects inputs of width 3"):
        model(np.ones((5, 2)))
    model.layers[1] = nn.Layer(4, 1, rng=0)
    model(np.ones((5, 2))).sum().backward()
    assert model.parameters()[2].name == "layers.1.weight"
    layer.neurons = (nn.Neuron(7, "tanh") for _ in range(2))
    assert layer.describe() == "Layer(7, 2, 'tanh')"
    layer.freeze().neurons = [nn.Neuron(7, "tanh")]
    assert (layer.weight.shape, layer.weight.requires_grad) == ((1, 7), False)
    single = nn.Layer(2, 1, dtype=np.float32)
    single.neurons = [nn.Neuron(2), nn.Neuron(2)]
    assert single.weight.dtype == np.float32


@pytest.mark.parametrize(
    ("neurons", "error", "message"),
    [
        ([], ValueError, "at least one, .* and these are none"),
        ([nn.Neuron(2), nn.Neuron(3)], ValueError, r"these are Neuron\(2, 'relu'\), Neuron\(3, "),
        ([nn.Neuron(2), nn.Neuron(2, "tanh")], ValueError, "the same inputs and one activation"),
        ([nn.Layer(2, 1)], TypeError, r"a Layer is made of Neurons, not Layer\(2, 1, 'relu'\)"),
    ],
)
def test_what_is_no_row_of_neurons_is_refused_with_nothing_changed(neurons, error, message):
    layer = nn.Layer(2, 3, rng=0)
    before = repr(layer), layer.state_dict()
    with pytest.raises(error, match=message):
        layer.neurons = neurons
    assert repr(layer) == before[0]
    np.testing.assert_array_equal(layer.weight.data, before[1]["weight"])
    with pytest.raises(TypeError, match="does not support item assignment"):
        layer.neurons[0] = nn.Neuron(2)


def test_layers_put_into_an_mlp_are_written_down_if_they_can_be():
    model = nn.MLP(2, [3, 4, 1], "tanh", rng=0)
    model.layers[1] = nn.Layer(3, 5, "tanh")
    model.layers[2] = nn.Layer(5, 2, "softmax")
    shape = {"n_in": 2, "n_outs": [3, 5, 2]}
    words = {"activation": "tanh", "output": "softmax", "dtype": "float64"}
    assert model.config() == {**shape, **words}
    parts = [
        nn.Layer(3, 5, "relu"),
        nn.Layer(3, 5, "tanh", bias=False),
        nn.Layer(3, 5, "tanh", np.float32),
        nn.LayerNorm(3),
        nn.Sequential("gelu", nn.MLP(3, [4, 5])),
    ]
    for part in parts:
        model.layers[1] = part
        twin = build(json.loads(json.dumps(architecture(model))))
        assert repr(twin) == repr(model)
        assert {path: array.shape for path, array in twin.state_dict().items()} == {
            path: array.shape for path, array in model.state_dict().items()
        }
    model.layers[1] = nn.Layer(3, 5, np.sin)
    with pytest.raises(TypeError, match="sin is a function of one's own"):
        model.config()


def test_a_module_as_activation_is_part_of_the_layer():
    class Prelu(nn.Module):
        def __init__(self):
            self.slope = Tensor([0.25], requires_grad=True)

        def forward(self, x):
            return np.where(x > 0, x, self.slope * x)

    model = nn.MLP(2, [3, 3, 1], Prelu(), rng=0)
    assert [path for path, _ in model.named_parameters() if "slope" in path] == [
        "layers.0.activation.slope"  # one for all
    ]
    assert model.layers[0].describe() == "Layer(2, 3, Prelu)"
    model(np.ones((4, 2))).sum().backward()
    assert model.layers[1].activation.slope.grad.shape == (1,)


# How they begin.


@given(n_in=sizes, n_out=sizes, seed=seeds)
def test_one_seed_gives_one_network_in_every_dtype(n_in, n_out, seed):
    state = nn.MLP(n_in, [n_out, 2], rng=seed).state_dict()
    for other in (
        nn.MLP(n_in, [n_out, 2], rng=np.random.default_rng(seed)),
        nn.MLP(n_in, [n_out, 2], rng=np.int64(seed)),
    ):
        for path, array in other.state_dict().items():
            np.testing.assert_array_equal(array, state[path])
    single = nn.MLP(n_in, [n_out, 2], dtype=np.float32, rng=seed)
    for path, array in single.state_dict().items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, state[path].astype(np.float32))


def test_without_a_seed_networks_differ_and_numpys_global_state_stays():
    before = str(np.random.get_state())  # noqa: NPY002
    a, b = nn.Layer(3, 3), nn.Layer(3, 3)
    assert not np.array_equal(a.weight.data, b.weight.data)
    assert str(np.random.get_state()) == before  # noqa: NPY002


@pytest.mark.parametrize(
    ("activation", "variance"),
    [("relu", 2), ("softplus", 2), ("tanh", 1), ("sigmoid", 1), (None, 1), (np.sin, 1)],
)
def test_weights_are_scaled_by_fan_in_to_suit_the_activation(activation, variance):
    layer = nn.Layer(400, 300, activation, rng=0)
    assert layer.weight.data.var() == pytest.approx(variance / 400, rel=0.02)  # ± 5 deviations
    assert abs(layer.weight.data.mean()) < 5 * np.sqrt(variance / 400 / 120_000)
    assert not layer.bias.data.any()
    assert nn.Neuron(9000, activation, rng=0).weight.data.var() == pytest.approx(
        variance / 9000, rel=0.08
    )


def test_relu_networks_keep_the_size_of_signals():
    model = nn.MLP(256, [256] * 20, output="relu", rng=0)
    x = np.random.default_rng(1).normal(size=(64, 256))
    assert 0.2 < np.mean(model(x).data ** 2) / np.mean(x**2) < 5


def test_layers_that_do_not_know_their_relu_are_told_as_the_docs_say():
    x = np.random.default_rng(1).normal(size=(64, 128))
    rngs = np.random.default_rng(0).spawn(20)
    told = [[nn.Layer(128, 128, None, init="he_normal", rng=rng), "relu"] for rng in rngs]
    between = [[nn.Layer(128, 128, None, rng=rng), nn.BatchNorm(128), "relu"] for rng in rngs]
    with_it = [[nn.Layer(128, 128, "relu", rng=rng)] for rng in rngs]
    for rows in told, between, with_it:
        out = nn.Sequential(*(part for row in rows for part in row))(x)
        assert 0.2 < np.mean(out.data**2) / np.mean(x**2) < 5


def test_neurons_and_embeddings_take_initialisers():
    neuron = nn.Neuron(3, init=constant(0.5), bias_init=constant(2))
    assert [p.data.tolist() for p in neuron.parameters()] == [[0.5, 0.5, 0.5], 2.0]
    assert not nn.Embedding(4, 2, init="zeros").weight.data.any()
    expected = np.random.default_rng(3).normal(size=(4, 2))
    np.testing.assert_array_equal(nn.Embedding(4, 2, rng=3).weight.data, expected)
    for make in lambda: nn.Neuron(3, init="he"), lambda: nn.Embedding(3, 2, init="he"):
        with pytest.raises(ValueError, match="unknown initialiser 'he'; known are he_normal"):
            make()


def test_initialisers_are_known_by_activation():
    assert suited_to("relu") is he_normal
    assert suited_to(np.cos) is lecun_normal
    rng = np.random.default_rng(0)
    assert generator(rng) is rng


# Activations.


def test_activations_by_name_function_or_none():
    model = nn.MLP(2, [2, 2, 2], relu, np.tanh)
    assert [layer.activation for layer in model.layers] == ["relu", "relu", "tanh"]
    assert nn.MLP(2, [2]).layers[0].activation == nn.Layer(2, 2, None).activation == "identity"
    triple = nn.Layer(2, 2, lambda z: 3 * z, rng=0)
    plain = nn.Layer(2, 2, None, rng=0)
    np.testing.assert_allclose(triple([1.0, 2.0]).data, 3 * plain([1.0, 2.0]).data)
    plain.activation = "relu"  # looked up at each call
    assert (plain([[1.0, 2.0], [-1.0, -2.0]]).data >= 0).all()
    assert "partial" in repr(nn.Layer(2, 2, partial(np.power, 2.0)))


# dtypes and gradients.


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("x", [[[1, 2]], np.ones((1, 2), np.uint8), Tensor(np.ones((1, 2)))])
def test_plain_data_takes_the_dtype_of_the_network(dtype, x):
    model = nn.MLP(2, [3, 1], dtype=dtype)
    out = model(x)
    assert out.dtype == dtype
    out.sum().backward()
    assert all(p.grad.dtype == dtype for p in model.parameters())
    assert model.layers[1].neurons[0](np.ones(3)).dtype == dtype


def test_data_changed_afterwards_changes_no_gradient():
    model = nn.Layer(2, 1, None)
    x = np.array([1.0, 2.0])
    out = model(x)
    x[:] = 100
    out.backward([1.0])
    np.testing.assert_array_equal(model.weight.grad, [[1, 2]])


@given(seed=seeds)
def test_gradients_flow_to_the_input_at_both_orders(seed):
    rng = np.random.default_rng(seed)
    model = nn.MLP(2, [4, 1], "tanh", rng=rng)
    x, v, h = rng.normal(size=2), rng.normal(size=2), 1e-6

    def slope(x):  # a Tensor: it depends on the parameters as well
        return (grad(lambda x: model(x).sum())(x) * v).sum()

    difference = (model(x + h * v).item() - model(x - h * v).item()) / (2 * h)
    assert slope(x).item() == pytest.approx(difference, rel=1e-6, abs=1e-8)
    difference = (slope(x + h * v).item() - slope(x - h * v).item()) / (2 * h)
    assert (grad(slope)(x) * v).sum().item() == pytest.approx(difference, rel=1e-5, abs=1e-7)


# Bad input.


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: nn.MLP(0, [1]), ValueError, "n_in must be a positive integer, not 0"),
        (lambda: nn.MLP(2, [3, -1]), ValueError, "n_out must be a positive integer, not -1"),
        (lambda: nn.Layer(2.0, 1), TypeError, "n_in must be a positive integer, not 2.0"),
        (lambda: nn.Neuron("2"), TypeError, "n_in must be a positive integer, not '2'"),
        (lambda: nn.MLP(2, 3), ValueError, r"width of each layer, such as \[16, 1\], not 3"),
        (lambda: nn.MLP(2, []), ValueError, r"width of each layer, such as \[16, 1\], not \[\]"),
        (
            lambda: nn.MLP(2, [1], "rleu"),
            ValueError,
            "unknown activation 'rleu'; known are identity, relu, leaky_relu, elu, gelu, silu, "
            "softplus, sigmoid, tanh, softmax, log_softmax; or pass a function",
        ),
        (lambda: nn.MLP(2, [1], output="x"), ValueError, "unknown activation 'x'; known are"),
        (lambda: nn.Neuron(2, 3), TypeError, "a function or the name of one, not 3"),
        (lambda: nn.Layer(2, 1, dtype=int), TypeError, "floating one, such as float32, not int64"),
        (lambda: nn.Layer(2, 1, dtype=3), TypeError, "floating one, such as float32, not 3"),
        (lambda: nn.Layer(2, 1, bias="no"), TypeError, "bias is True or False, not 'no'"),
        (lambda: nn.Neuron(2, bias=0), TypeError, "bias is True or False, not 0"),
        (lambda: nn.Layer(2, 1, rng="a"), TypeError, "an integer seed or None, not 'a'"),
        (lambda: nn.Layer(2, 1, rng=-1), ValueError, "a seed is at least 0, not -1"),
        (lambda: nn.Layer(2, 1, rng=True), TypeError, "an integer seed or None, not True"),
    ],
)
def test_what_is_no_network_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: nn.MLP(64, [8, 2])(np.ones((32, 63))),
            ValueError,
            r"^layers.0 expects inputs of width 64, got shape \(32, 63\); the width is the last",
        ),
        (
            lambda: nn.MLP(2, [8, 2]).layers[1](Tensor(np.ones(2))),
            ValueError,
            r"^layers.1 expects inputs of width 8, got shape \(2,\)",
        ),
        (
            lambda: nn.Layer(3, 1)(1.0),
            ValueError,
            r"^a Layer expects inputs of width 3, got shape \(\)",
        ),
        (lambda: nn.Neuron(3)(np.ones(1)), ValueError, "^a Neuron expects inputs of width 3, got"),
        (lambda: nn.MLP(2, [1])([["a", "b"]]), TypeError, "a layer takes real numbers, not <U1"),
        (lambda: nn.Neuron(2)(Tensor([1j, 2])), TypeError, "real numbers, not complex128"),
    ],
)
def test_what_does_not_fit_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_neuron_of_a_layer_is_named_in_errors():
    with pytest.raises(ValueError, match=r"^layers.0 expects inputs of width 2, got shape \(3,\)"):
        nn.MLP(2, [3, 1]).layers[0].neurons[2](np.ones(3))
