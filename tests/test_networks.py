"""Random networks: written out, of nn's layers, and of Values, they are one and the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, Value, grad, value_and_grad
from autograd.testing import check_grads
from autograd.testing.strategies.networks import ACTIVATIONS, LOSSES, Network, networks

# The losses of one row of scores, Values, for its targets, as micrograd would write them.
LOSSES_OF_VALUES = {
    "half_mse": lambda y, t: 0.5 * sum((a - b) ** 2 for a, b in zip(y, t)) / len(y),
    "mse": lambda y, t: sum((a - b) ** 2 for a, b in zip(y, t)) / len(y),
    "hinge": lambda y, t: sum((1 - b * a).relu() for a, b in zip(y, t)) / len(y),
    "bce_with_logits": lambda y, t: sum((1 + a.exp()).log() - b * a for a, b in zip(y, t)) / len(y),
    "cross_entropy": lambda y, t: sum(a.exp() for a in y).log() - y[t],
}


def of_tensors(network):
    """The same network as an nn.MLP."""
    n_in, *n_outs = network.sizes
    model = nn.MLP(n_in, n_outs, activation=network.activation, output=network.output)
    for layer, (weight, bias) in zip(model.layers, network.parameters, strict=True):
        layer.weight.data, layer.bias.data = weight, bias
    return model


def of_values(network):
    """The same network as an nn.scalar.MLP."""
    return nn.scalar.MLP.from_tensors(of_tensors(network))


def gradients_of(model):
    """Those of an nn.MLP or nn.scalar.MLP, in the structure of Network.parameters."""
    if isinstance(model, nn.MLP):
        return [(layer.weight.grad, layer.bias.grad) for layer in model.layers]
    return [
        (
            np.array([[w.grad for w in neuron.w] for neuron in layer.neurons]),
            np.array([neuron.b.grad for neuron in layer.neurons]),
        )
        for layer in model.layers
    ]


def assert_same(gradients, expected):
    size = max(np.max(np.abs(part)) for pair in expected for part in pair)
    for pair, expected_pair in zip(gradients, expected, strict=True):
        for part, expected_part in zip(pair, expected_pair, strict=True):
            np.testing.assert_allclose(part, expected_part, rtol=1e-11, atol=1e-12 * (1 + size))


@given(networks())
def test_gradients_agree_with_numbers(network):
    check_grads(network, network.parameters, order=1)


@given(networks())
def test_layers_of_tensors_have_the_same_loss_and_gradients(network):
    loss, expected = value_and_grad(network)(network.parameters)
    model = of_tensors(network)
    outputs = model(network.x)
    np.testing.assert_allclose(outputs.data, network.outputs(network.parameters), rtol=1e-12)
    same = getattr(nn, network.loss)(outputs, network.target)
    assert same.item() == pytest.approx(float(loss), rel=1e-12)
    same.backward()
    assert_same(gradients_of(model), expected)


@given(networks())
def test_neurons_of_values_have_the_same_loss_and_gradients(network):
    loss, expected = value_and_grad(network)(network.parameters)
    model = of_values(network)
    total = Value(0.0)
    for row, target in zip(network.x, network.target, strict=True):
        outputs = model(row)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        total = total + LOSSES_OF_VALUES[network.loss](outputs, target) / len(network.x)
    assert total.data == pytest.approx(float(loss), rel=1e-12, abs=1e-12)
    total.backward()
    assert_same(gradients_of(model), expected)


# The 2-3-1 network: what is derived by hand holds for all weights, inputs and targets.

two_three_ones = networks(
    sizes=[2, 3, 1], samples=1, activation="relu", output="identity", loss="half_mse"
)
REFERENCE = Network(
    [
        (np.array([[1.0, 2.0], [-3.0, 4.0], [1.0, -1.0]]), np.array([1.0, 2.0, 0.0])),
        (np.array([[1.0, 2.0, 3.0]]), np.array([1.0])),
    ],
    np.array([[1.0, 2.0]]),
    np.array([[3.0]]),
)
RATE = 0.01


def by_hand(network):
    """The loss ½(y − t)² and its gradients, by the formulas that are derived on paper."""
    (W, b), (Wout, bout) = network.parameters
    (x,), ((t,),) = network.x, network.target
    s = W @ x + b
    z = np.maximum(s, 0)
    (y,) = Wout @ z + bout
    dy = y - t  # ∂L/∂y
    dz = dy * Wout[0]  # ∂L/∂z
    delta = dz * (s > 0)  # ∂L/∂s: the gate
    return dy**2 / 2, [(np.outer(delta, x), delta), (dy * z[np.newaxis], np.array([dy]))]


def stepped(network, gradients):
    """The parameters after one step downhill."""
    return [
        tuple(part - RATE * g for part, g in zip(pair, pair_of_g, strict=True))
        for pair, pair_of_g in zip(network.parameters, gradients, strict=True)
    ]


def with_tensors(network):
    """Loss, gradients and the parameters after a step, with Tensors."""
    parameters = [tuple(Tensor(p, requires_grad=True) for p in pair) for pair in network.parameters]
    loss = network(parameters)
    loss.backward()
    gradients = [tuple(p.grad for p in pair) for pair in parameters]
    optimizer = nn.SGD([p for pair in parameters for p in pair], lr=RATE)
    optimizer.step()
    return loss.item(), gradients, [tuple(p.data for p in pair) for pair in parameters]


def with_values(network):
    """The same, with a Value for each number, operator by operator."""
    values = np.frompyfunc(Value, 1, 1)
    parameters = [tuple(values(p) for p in pair) for pair in network.parameters]
    (W, b), (Wout, bout) = parameters
    (x,), ((t,),) = network.x.tolist(), network.target.tolist()
    z = [sum((w * a for w, a in zip(W[i], x)), b[i]).relu() for i in range(3)]
    y = sum((w * a for w, a in zip(Wout[0], z)), bout[0])
    loss = 0.5 * (y - t) ** 2
    loss.backward()
    gradients = [tuple(read("grad", p) for p in pair) for pair in parameters]
    for pair in parameters:
        for value in (value for part in pair for value in part.ravel()):
            value.data -= RATE * value.grad
    return loss.data, gradients, [tuple(read("data", p) for p in pair) for pair in parameters]


def with_layers(network):
    """The same, with an nn.MLP, its loss and its optimizer."""
    model = of_tensors(network)
    loss = nn.half_mse(model(network.x), network.target)
    loss.backward()
    gradients = gradients_of(model)
    nn.SGD(model.parameters(), lr=RATE).step()
    return (
        loss.item(),
        gradients,
        [(layer.weight.data, layer.bias.data) for layer in model.layers],
    )


def with_neurons(network):
    """The same, with an nn.scalar.MLP."""
    model = of_values(network)
    loss = 0.5 * (model(network.x[0]) - network.target.item()) ** 2
    loss.backward()
    gradients = gradients_of(model)
    for parameter in model.parameters():
        parameter.data -= RATE * parameter.grad
    twin = model.to_tensors()
    return loss.data, gradients, [(layer.weight.data, layer.bias.data) for layer in twin.layers]


def read(attribute, values):
    return np.float64(np.frompyfunc(lambda value: getattr(value, attribute), 1, 1)(values))


ENGINES = [with_tensors, with_values, with_layers, with_neurons]


@pytest.mark.parametrize("engine", ENGINES)
@given(network=two_three_ones)
def test_the_formulas_by_hand_hold_for_every_two_three_one(engine, network):
    expected_loss, expected = by_hand(network)
    loss, gradients, parameters = engine(network)
    assert loss == pytest.approx(expected_loss, rel=1e-12, abs=1e-12)
    assert_same(gradients, expected)
    assert_same(parameters, stepped(network, expected))


@pytest.mark.parametrize("engine", [*ENGINES, lambda network: (*by_hand(network), None)])
def test_the_reference_numbers(engine):
    loss, gradients, parameters = engine(REFERENCE)
    assert loss == 162
    assert_same(
        gradients,
        [([[18, 36], [36, 72], [0, 0]], [18, 36, 0]), ([[108, 126, 0]], [18])],
    )
    assert_same(
        parameters or stepped(REFERENCE, gradients),
        [([[0.82, 1.64], [-3.36, 3.28], [1, -1]], [0.82, 1.64, 0]), ([[-0.08, 0.74, 3]], [0.82])],
    )


@given(two_three_ones)
def test_a_dead_neuron_gets_no_gradient(network):
    (W, b), _ = network.parameters
    (weights, biases), _ = grad(network)(network.parameters)
    dead = W @ network.x[0] + b < 0
    assert not weights[dead].any()
    assert not biases[dead].any()


# The strategy itself.


@given(networks())
def test_a_network_prints_as_python_that_can_be_pasted(network):
    again = eval(repr(network), {"np": np, "Network": Network})
    assert again(again.parameters) == network(network.parameters)


@given(st.data(), st.sampled_from(list(ACTIVATIONS)), st.sampled_from(list(LOSSES)))
def test_what_is_given_is_not_drawn(data, activation, loss):
    given = {"activation": activation, "output": "identity", "loss": loss}
    network = data.draw(networks(sizes=[2, 1, 3], samples=2, **given))
    assert (network.activation, network.output, network.loss) == tuple(given.values())
    assert network.sizes == [2, 1, 3]
    assert network.outputs(network.parameters).shape == (2, 3)
