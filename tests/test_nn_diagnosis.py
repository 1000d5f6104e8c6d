"""diagnose: what is planted is found, and nothing else; not_finite: the first layer is blamed."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from nn.diagnosis import not_finite

X = np.random.default_rng(0).normal(size=(200, 3))


def changed(activation="relu", widths=(16, 16, 1), rng=0, **changes):
    """An MLP; for `weight_1=f`, f is applied to the weight of layers.1."""
    model = nn.MLP(3, list(widths), activation, rng=rng)
    for name, change in changes.items():
        kind, i = name.split("_")
        parameter = getattr(model.layers[int(i)], kind)
        parameter.data = change(parameter.data)
    return model


@given(st.integers(0, 2), st.integers(1, 16))
def test_dead_relus_are_counted_in_their_layer(i, n):
    def kill(bias):
        return np.where(np.arange(16) < n, -1e6, 1e6)

    model = changed(widths=(16, 16, 16, 1), **{f"bias_{i}": kill})
    found = nn.diagnose(model, X)
    assert found.layers[i].dead == n
    assert found.layers[-1].dead is None
    said = any(f"{n} of 16 in layers.{i}" in finding for finding in found.findings)
    assert said == (n > 1)  # a tenth may be dead without a word
    assert (n == 16) == any("no gradient reaches" in each for each in found.findings)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", nn.Activation("tanh")])
def test_saturated_units_are_found(activation):
    parts = [nn.Layer(3, 8, None, rng=0), nn.Activation("tanh"), nn.Layer(8, 1, None, rng=1)]
    model = nn.Sequential(*parts)
    if isinstance(activation, str):
        model = nn.Sequential(nn.Layer(3, 8, activation, rng=0), parts[2])
    assert not any("saturated" in finding for finding in nn.diagnose(model, X).findings)
    model.layers[0].bias.data = [50.0] * 5 + [0.0] * 3
    found = nn.diagnose(model, X)
    assert [layer.saturated for layer in found.layers if layer.saturated is not None] == [5]
    assert any("saturated units" in each and "5 of 8 in" in each for each in found.findings)


def test_vanishing_and_exploding_gradients_are_told_apart():
    deep = [16] * 12 + [1]
    (finding,) = nn.diagnose(nn.MLP(3, deep, "sigmoid", rng=0), X).findings
    assert "gradients vanish: from layers.12 back to layers.0 they shrink to" in finding
    loud = nn.MLP(3, deep, "identity", rng=0)
    for layer in loud.layers:
        layer.weight.data = layer.weight.data * 5
    (finding,) = nn.diagnose(loud, X).findings
    assert "gradients explode: from layers.12 back to layers.0 they grow to" in finding
    sound = nn.diagnose(nn.MLP(3, deep, "tanh", rng=0), X)
    assert sound.findings == []
    assert repr(sound).startswith("Nothing is wrong, as it seems.\n\nlayer ")


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_few_units_are_told_of_where_nothing_is_wrong(activation):
    model = nn.MLP(3, [16, 1], activation, rng=0)
    model.layers[0].bias.data = [-50.0] + [0.0] * 15
    found = nn.diagnose(model, X)
    assert found.findings == []
    words = "Nothing is wrong, as it seems; .* saturated do no harm: 1 of 16 in layers.0."
    assert re.fullmatch(words, *found.verdict)
    assert re.match(words + "\n\nlayer ", repr(found))
    model.layers[0].bias.data = [-50.0] * 2 + [0.0] * 14
    assert nn.diagnose(model, X).verdict == nn.diagnose(model, X).findings != []


def test_the_gradient_is_that_of_the_loss_at_the_output():
    model = nn.Sequential(nn.Layer(3, 4, "tanh", rng=0), nn.Layer(4, 2, "identity", rng=1))
    y = np.random.default_rng(1).normal(size=(200, 2))
    first, last = nn.diagnose(model, X, y, "mse").layers
    at_output = 2 * (model(X).data - y) / y.size
    assert last.gradient == pytest.approx(np.sqrt(np.mean(at_output**2)))
    before = at_output @ model.layers[1].weight.data
    assert first.gradient == pytest.approx(np.sqrt(np.mean(before**2)))
    assert first.mean == pytest.approx(model.layers[0](X).data.mean())


def test_it_changes_nothing_and_passes_dropout_by():
    model = nn.Sequential(nn.Layer(3, 4, rng=0), nn.BatchNorm(4), nn.Dropout(0.5, rng=0), "tanh")
    state, draws = model.state_dict(), str(model.layers[2].rng.bit_generator.state)
    model.eval()
    found = nn.diagnose(model, X)
    assert [layer.layer for layer in found.layers][-2:] == ["Dropout(0.5)", "Activation('tanh')"]
    np.testing.assert_equal(model.state_dict(), state)
    assert str(model.layers[2].rng.bit_generator.state) == draws
    assert not any(part.training or "forward" in vars(part) for part in model.modules())
    assert found.layers[1].std == pytest.approx(1, rel=1e-3)  # normalised by the batch
    assert found.layers[2].std == found.layers[1].std
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_layer_that_is_called_twice_counts_once_and_a_frozen_one_too():
    layer = nn.Layer(3, 3, "relu", rng=0).freeze()
    layer.bias.data = [-1e6, 1e6, 1e6]
    (found,) = nn.diagnose(nn.Sequential(layer, layer), X).layers
    assert (found.path, found.units, found.dead) == ("layers.0", 3, 1)
    assert found.gradient > 0
    (neuron,) = nn.diagnose(nn.Neuron(3, "relu", rng=0), X).layers
    assert (neuron.path, neuron.units, neuron.dead) == ("Neuron", 1, 0)


def test_numbers_that_are_not_finite_are_reported():
    model = changed(weight_1=lambda w: w * np.inf)
    found = nn.diagnose(model, X).findings
    assert "layers.1 gives NaN or infinity" in found[0]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((len, X), TypeError, "diagnose takes a Module, not builtin"),
        ((changed(), [[np.nan] * 3]), ValueError, "X has 3 values that are NaN"),
        ((changed(), np.ones((0, 3))), ValueError, "X has no items"),
        ((nn.Sequential(), X), ValueError, "the model has no layer that gives an array"),
        ((changed(), X, np.ones((200, 1)), "mes"), ValueError, "unknown loss 'mes'; known are mse"),
    ],
)
def test_bad_input(arguments, error, message):
    with pytest.raises(error, match=message):
        nn.diagnose(*arguments)


# The picture.


def test_the_picture_shows_gradients_and_dead_units():
    model = changed(bias_1=lambda b: np.where(np.arange(16) < 4, -1e6, 1e6))
    found = nn.diagnose(model, X)
    ax = found.plot()
    assert [t.get_text() for t in ax.get_yticklabels()] == [
        "layers.0",
        "layers.1\n4 of 16 dead",
        "layers.2",
    ]
    (line,) = ax.lines
    assert line.get_xdata().tolist() == [layer.gradient for layer in found.layers]
    behind = ax.figure.axes[1]
    assert [bar.get_width() for bar in behind.patches] == [0, 25, 0]
    low, high = ax.get_xlim()
    assert high / low >= 999
    cut = nn.diagnose(changed(bias_1=lambda b: b - 1e6), X).plot().get_yticklabels()
    assert [label.get_text() for label in cut] == [
        "layers.0\nno gradient",
        "layers.1\n16 of 16 dead",
        "layers.2",
    ]
    assert len(nn.diagnose(changed("tanh"), X).plot().figure.axes) == 1
    with pytest.raises(ValueError, match="no layers to draw"):
        nn.pictures.layer_health([])


# Where a loss stopped being finite.


@given(st.integers(0, 2))
def test_the_first_layer_that_is_not_finite_is_named(i):
    model = changed(widths=(4, 4, 4, 1), **{f"weight_{i}": lambda w: w * 1e200})
    loud = X * 1e200
    if i == 0:
        expected = r"layers\.0 \(Layer\(3, 4, 'relu'\)\) is the first layer whose output is not"
    else:
        loud, expected = X * 1e140, rf"layers\.{i} .* what it was given is at most \d.*e\+1[34]\d"
    with pytest.raises(AssertionError, match=expected):
        raise AssertionError(not_finite(model, loud))


def test_the_gradient_of_the_step_before_is_blamed():
    model = changed()
    for name in ("weight", "bias"):
        for i in (0, 1):
            parameter = getattr(model.layers[i], name)
            parameter.data = parameter.data * np.nan
    assert "layers.0.weight, layers.0.bias, layers.1.weight, layers.1.bias had been spoiled" in (
        not_finite(model, X)
    )
    model.layers[0].weight.grad = np.full((16, 3), np.nan)
    model.layers[1].bias.grad = np.full(16, np.inf)
    model.layers[2].bias.grad = np.zeros(1)
    assert not_finite(model, X).startswith("the gradient of layers.1.bias was not finite in the")


def test_the_loss_itself_may_be_to_blame():
    assert "each layer is finite, at most 0 in size at the end" in not_finite(
        changed(weight_2=lambda w: w * 0), X
    )
