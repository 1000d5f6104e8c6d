"""The calls of layers: noted in a pass, and no trace left."""

import numpy as np
import pytest

import nn
from modules import Stack
from nn.watching import layer_calls, layer_outputs

PLANE = np.array([[-1.0, -2.0], [1.0, 2.0], [0.5, -0.5], [-0.5, 1.0]])


def test_calls_are_noted_in_order_and_nothing_stays():
    model = Stack(first := nn.Layer(2, 2, "tanh", rng=0), Stack(nn.Layer(2, 2, rng=1)))
    before = [set(vars(part)) for part in model.modules()]
    calls = layer_calls(model, PLANE.tolist())
    assert [set(vars(part)) - {"training"} for part in model.modules()] == before
    assert [call.path for call in calls] == ["parts.0", *["parts.1.parts.0"] * 2, "parts.0"]
    for call in calls:
        np.testing.assert_array_equal(call.layer(call.input).data, call.output)
    np.testing.assert_array_equal(calls[0].input, PLANE)
    np.testing.assert_array_equal(calls[-1].output, model(PLANE).data)
    both = layer_outputs(model, PLANE)["parts.0"]
    np.testing.assert_array_equal(both, np.concatenate([calls[0].output, calls[3].output], None))
    assert first.weight.grad is None


def test_an_error_on_the_way_leaves_nothing_either():
    model = Stack(nn.Layer(2, 2, rng=0), nn.Layer(3, 2, rng=0))
    with pytest.raises(ValueError, match="expects inputs of width 3"):
        layer_calls(model, PLANE)
    assert all("forward" not in vars(part) and part.training for part in model.modules())


def test_a_forward_of_its_own_is_kept():
    layer = nn.Layer(2, 2)
    layer.forward = own = lambda x: x * 2
    ((_, _, x, y),) = layer_calls(layer, PLANE)
    np.testing.assert_array_equal(2 * x, y)
    assert layer.forward is own


def test_named_modules_are_all_of_them_by_their_paths():
    model = nn.MLP(2, [3, 1])
    assert model.named_modules() == [("", model)] + [
        (f"layers.{i}", layer) for i, layer in enumerate(model.layers)
    ]
