"""nn.scalar: micrograd's network, by hand-derived numbers and against its own unfused program."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.value import Value
from nn.layers import MLP as TensorMLP
from nn.scalar import MLP, Layer, Neuron

ACTIVATIONS = ["relu", "tanh", "sigmoid", "softplus", "identity"]


def neuron(weights, bias, activation="relu"):
    made = Neuron(len(weights), activation=activation)
    made.w, made.b = [Value(w) for w in weights], Value(bias)
    return made


def network(*layers, activation="relu", output="identity"):
    """An MLP with the given (weights, biases), weights as one row a neuron."""
    sizes = [len(layers[0][0][0]), *(len(biases) for _, biases in layers)]
    model = MLP(sizes[0], sizes[1:], activation=activation, output=output)
    for layer, (weights, biases) in zip(model.layers, layers, strict=True):
        for each, row, bias in zip(layer.neurons, weights, biases, strict=True):
            each.w, each.b = [Value(w) for w in row], Value(bias)
    return model


def numbers(values):
    return [value.data for value in values]


@pytest.mark.parametrize(
    ("weights", "bias", "inputs", "activation", "expected"),
    [
        ((0.6, 0.3, 0.1), 0.1, (0.9, 0.6, 0.2), "identity", 0.84),
        ((0.6, 0.3, 0.1), 0.1, (0.9, 0.6, 0.2), "relu", 0.84),
        ((0.6, 0.3, 0.1), 0.1, (0.9, 0.6, 0.2), "sigmoid", 0.6984652160),
        ((0.5, -1), 1, (2, 3), "relu", 0.0),
        ((0.8, -0.5), 0.1, (1, 0.5), "sigmoid", 0.6570104627),
        ((0.8, -0.5), 0, (1, 0.5), "sigmoid", 0.6341355910),
        ((0.5, 0.7, 0.3), 0.1, (0.8, 0.6, 0.9), "identity", 1.19),
        ((0.5, 0.7, 0.3), 0.1, (0.8, 0.6, 0.9), "sigmoid", 0.7667410642),
    ],
)
def test_single_neurons(weights, bias, inputs, activation, expected):
    result = neuron(weights, bias, activation)(inputs).data
    assert f"{result:.10f}" == f"{expected:.10f}"


def test_two_three_one_relu_then_sigmoid():
    hidden = [[0.5, -0.4], [0.2, 0.8], [-0.6, 0.3]], [0.1, -0.3, 0.5]
    model = network(hidden, ([[0.7, 0.4, -0.5]], [0.2]), output="sigmoid")
    assert numbers(model.layers[0]([1, 0.5])) == pytest.approx([0.4, 0.3, 0.05], rel=1e-14)
    assert f"{model([1, 0.5]).data:.10f}" == "0.6399160967"
    two = network((hidden[0][:2], hidden[1][:2]), ([[0.7, 0.4]], [0.2]), output="sigmoid")
    assert f"{two([1, 0.5]).data:.10f}" == "0.6456563062"


def test_two_two_one_all_sigmoid():
    first = [0.4967141530112327, 0.6476885381006925], [-0.13826430117118466, 1.5230298564080254]
    second = [-0.23415337472333597, -0.23413695694918055]
    model = network((first, [0, 0]), ([second], [0]), activation="sigmoid", output="sigmoid")
    hidden = model.layers[0]([0.5, 0.8])
    assert [f"{h.data:.6f}" for h in hidden] == ["0.682765", "0.759382"]
    assert f"{model([0.5, 0.8]).data:.6f}" == "0.416375"


# The hand-derived 2-3-1 network.

LOSSES = "162.0000 0.5080 0.1182 0.0282 0.0068 0.0017 0.0004 0.0001 0.0000 0.0000".split()
OUTPUTS = "21.0000 4.0080 3.4862 3.2376 3.1167 3.0575 3.0283 3.0140 3.0069 3.0034".split()


def two_three_one():
    return network(([[1, 2], [-3, 4], [1, -1]], [1, 2, 0]), ([[1, 2, 3]], [1]))


def test_two_three_one_forward_and_backward():
    model = two_three_one()
    x = [Value(1.0), Value(2.0)]
    hidden = model.layers[0](x)
    y = model.layers[1](hidden)
    loss = 0.5 * (y - 3.0) ** 2
    loss.backward()
    assert (numbers(hidden), y.data, loss.data) == ([6.0, 7.0, 0.0], 21.0, 162.0)
    assert y.grad == 18.0
    assert [h.grad for h in hidden] == [18.0, 36.0, 54.0]
    gradients = [parameter.grad for parameter in model.parameters()]
    assert gradients == [18, 36, 18, 36, 72, 36, 0, 0, 0, 108, 126, 0, 18]
    assert [v.grad for v in x] == [18 - 3 * 36, 2 * 18 + 4 * 36]
    for parameter in model.parameters():
        parameter.data -= 0.01 * parameter.grad
    stepped = [0.82, 1.64, 0.82, -3.36, 3.28, 1.64, 1, -1, 0, -0.08, 0.74, 3, 0.82]
    assert numbers(model.parameters()) == pytest.approx(stepped, rel=1e-14, abs=1e-15)


def test_two_three_one_ten_epochs():
    model = two_three_one()
    losses, outputs = [], []
    for _ in range(10):
        y = model([1.0, 2.0])
        loss = 0.5 * (y - 3.0) ** 2
        losses.append(f"{loss.data:.4f}")
        outputs.append(f"{y.data:.4f}")
        model.zero_grad()
        loss.backward()
        for parameter in model.parameters():
            parameter.data -= 0.01 * parameter.grad
    assert losses == LOSSES
    assert outputs == OUTPUTS


# The same program operator by operator, as micrograd writes it.


def softplus(v):
    return (v.exp() + 1.0).log()


def unfused(model, x):
    for layer in model.layers:
        out = []
        for n in layer.neurons:
            total = sum((w * v for w, v in zip(n.w, x, strict=True)), n.b)
            function = (
                softplus if n.activation == "softplus" else getattr(Value, n.activation, None)
            )
            out.append(function(total) if n.nonlin else total)
        x = out
    return x[0] if len(x) == 1 else x


def moons_loss(model, run, points, labels):
    inputs = [list(map(Value, point)) for point in points]
    scores = [run(model, x) for x in inputs]
    losses = [(1 + -y * score).relu() for y, score in zip(labels, scores, strict=True)]
    data_loss = sum(losses) * (1.0 / len(losses))
    return data_loss + 1e-4 * sum(p * p for p in model.parameters())


@given(
    seed=st.integers(0, 2**32),
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    activation=st.sampled_from(ACTIVATIONS),
    output=st.sampled_from(ACTIVATIONS),
)
def test_the_same_numbers_as_the_unfused_program(seed, sizes, activation, output):
    rng = np.random.default_rng(seed)
    model = MLP(3, [*sizes, 1], activation=activation, output=output, rng=rng)
    points = rng.normal(size=(5, 3))
    labels = rng.choice([-1, 1], 5)
    results = []
    for run in (lambda m, x: m(x)), unfused:
        loss = moons_loss(model, run, points, labels)
        model.zero_grad()
        loss.backward()
        results.append([loss.data, *(p.grad for p in model.parameters())])
    np.testing.assert_allclose(results[0], results[1], rtol=1e-12, atol=1e-15)


# The twin on Tensors.


@given(
    seed=st.integers(0, 2**32),
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    activation=st.sampled_from(ACTIVATIONS),
    output=st.sampled_from(ACTIVATIONS),
)
def test_twins_agree(seed, sizes, activation, output):
    rng = np.random.default_rng(seed)
    first = MLP(2, sizes, activation=activation, output=output, rng=rng)
    tensors = first.to_tensors()
    scalars = MLP.from_tensors(tensors)
    assert numbers(first.parameters()) == numbers(scalars.parameters())
    assert repr(first) == repr(scalars)
    x = rng.normal(size=2)
    result = scalars(x)
    outputs = result if isinstance(result, list) else [result]
    total = tensors(x)
    np.testing.assert_allclose(numbers(outputs), total.data, rtol=1e-12, atol=1e-15)
    sum(outputs).backward()
    total.sum().backward()
    for layer, ours in zip(tensors.layers, scalars.layers, strict=True):
        weights = [[w.grad for w in n.w] for n in ours.neurons]
        np.testing.assert_allclose(weights, layer.weight.grad, rtol=1e-12, atol=1e-15)
        biases = [n.b.grad for n in ours.neurons]
        np.testing.assert_allclose(biases, layer.bias.grad, rtol=1e-12, atol=1e-15)


def test_twins_need_activations_that_both_have():
    model = MLP(2, [2, 1])
    model.layers[0].neurons[0].nonlin = False
    with pytest.raises(ValueError, match=r"one activation, not \['identity', 'relu'\]"):
        model.to_tensors()
    with pytest.raises(ValueError, match="unknown activation <ufunc 'sin'>; known are relu"):
        MLP.from_tensors(TensorMLP(2, [2, 1], activation=np.sin))
    assert MLP(2, [1]).to_tensors(dtype=np.float32).layers[0].weight.dtype == np.float32


# What micrograd's classes have.


def test_sizes_names_and_reprs():
    model = MLP(2, [3, 1], rng=np.random.default_rng(0))
    assert repr(model.layers[0].neurons[0]) == "ReLUNeuron(2)"
    assert repr(model.layers[1]) == "Layer of [LinearNeuron(3)]"
    assert repr(model) == (
        "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2)], "
        "Layer of [LinearNeuron(3)]]"
    )
    assert len(model.parameters()) == 13
    assert [n.nonlin for layer in model.layers for n in layer.neurons] == [True] * 3 + [False]
    assert repr(Neuron(2, nonlin=False)) == repr(Neuron(2, activation="identity"))
    assert repr(Layer(1, 1, nonlin=False)) == "Layer of [LinearNeuron(1)]"
    assert model.parameters()[0] is model.layers[0].neurons[0].w[0]
    assert model.parameters()[2] is model.layers[0].neurons[0].b


def test_layers_of_one_return_a_value():
    assert isinstance(MLP(2, [1])([1.0, 2.0]), Value)
    assert isinstance(MLP(1, [1, 1])(3.0 * Value(1.0)), Value)
    assert all(isinstance(v, Value) for v in MLP(2, [2])([1.0, 2.0]))


def test_weights_are_uniform_and_repeatable():
    one, two = (MLP(4, [50, 1], rng=np.random.default_rng(7)) for _ in range(2))
    assert numbers(one.parameters()) == numbers(two.parameters())
    weights = [w.data for n in one.layers[0].neurons for w in n.w]
    assert -1.0 <= min(weights) < -0.9 < 0.9 < max(weights) < 1.0
    assert all(n.b.data == 0.0 for layer in one.layers for n in layer.neurons)
    assert numbers(MLP(2, [1]).parameters()) != numbers(MLP(2, [1]).parameters())


def test_zero_grad():
    model = MLP(2, [2, 1], activation="tanh")
    model([1.0, 2.0]).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert not any(p.grad for p in model.parameters())


def test_nonlin_can_be_switched_off_later():
    made = neuron([1.0], -3.0)
    assert made([1.0]).data == 0.0
    made.nonlin = False
    assert made([1.0]).data == -2.0


def test_inputs_may_be_arrays_numbers_and_values():
    model = MLP(2, [3, 1], rng=np.random.default_rng(0))
    expected = model([Value(0.5), Value(1.5)]).data
    for x in np.array([0.5, 1.5]), (0.5, 1.5), np.array([Value(0.5), 1.5]), iter([0.5, 1.5]):
        assert model(x).data == expected


def test_changing_a_weight_later_changes_no_gradient():
    made = neuron([2.0, 3.0], 0.0, "identity")
    w, x = list(made.w), [Value(5.0), Value(7.0)]
    y = made(x)
    made.w[0].data = 100.0
    made.w[1] = Value(0.0)
    x.clear()
    y.backward()
    assert [v.grad for v in w] == [5.0, 7.0]
    assert made.w[1].grad == 0.0


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (Neuron(3), r"ReLUNeuron\(3\)"),
        (Layer(3, 2), r"Layer of \[ReLUNeuron\(3\), ReLUNeuron\(3\)\]"),
        (MLP(3, [2, 1]), r"Layer of \[ReLUNeuron\(3\), ReLUNeuron\(3\)\]"),
    ],
    ids=["neuron", "layer", "mlp"],
)
@pytest.mark.parametrize("width", [2, 4])
def test_a_wrong_width_names_the_layer(module, name, width):
    with pytest.raises(ValueError, match=rf"{name} takes 3 inputs, but got {width}; give it one"):
        module([1.0] * width)


def test_unknown_activations_list_the_known():
    for make in (
        lambda: Neuron(2, activation="rely"),
        lambda: MLP(2, [2, 1], activation="rely"),
        lambda: MLP(2, [2, 1], output="rely"),
    ):
        with pytest.raises(
            ValueError, match="'rely'; known are relu, tanh, sigmoid, softplus, identity"
        ):
            make()


def test_text_is_no_input():
    with pytest.raises(TypeError, match="one real number, not 'a'"):
        Neuron(1)("a")
