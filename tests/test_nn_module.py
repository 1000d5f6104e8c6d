"""Modules: parameters by name, modes, state."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor


def leaf(*shape, **options):
    return Tensor(np.ones(shape), requires_grad=True, **options)


class Block(nn.Module):
    def __init__(self, parts):
        self.gain = leaf(2)
        self.parts = parts
        self.offset = leaf(3)


def names(module):
    return [path for path, _ in module.named_parameters()]


def test_parameters_are_found_by_attribute_in_order_of_assignment():
    inner = nn.Layer(2, 3)
    block = Block([inner, {"a": nn.Neuron(4), "b": (leaf(5), [leaf(6)])}])
    assert names(block) == [
        "gain",
        "parts.0.weight",
        "parts.0.bias",
        "parts.1.a.weight",
        "parts.1.a.bias",
        "parts.1.b.0",
        "parts.1.b.1.0",
        "offset",
    ]
    assert block.parameters()[1] is inner.weight
    assert [p.name for p in block.parameters()] == names(block)


def test_what_is_shared_is_counted_once_by_its_first_path():
    layer = nn.Layer(2, 2)
    block = Block([layer, layer, {"again": [layer]}])
    block.tied = layer.weight
    assert names(block) == ["gain", "parts.0.weight", "parts.0.bias", "offset"]
    assert list(block.state_dict()) == names(block)


def test_a_module_that_holds_itself_is_walked_once():
    block = Block([])
    block.parts.append(block)
    assert names(block) == ["gain", "offset"]
    assert block.eval().training is False


def test_results_are_no_parameters_and_frozen_tensors_are_only_state():
    block = Block([])
    block.last = block.gain * 2
    block.mean = Tensor([1.0])
    block.offset.requires_grad = False
    assert names(block) == ["gain"]
    assert list(block.state_dict()) == ["gain", "offset", "mean"]


def test_names_grow_outwards_and_leave_those_that_users_gave():
    layer = nn.Layer(2, 3)
    own = leaf(1, name="temperature")
    assert layer.weight.name == "weight"
    Block([layer, own])
    assert (layer.weight.name, own.name) == ("parts.0.weight", "temperature")
    layer.parameters()
    assert layer.weight.name == "parts.0.weight"


def test_zero_grad_forgets_every_gradient():
    model = nn.MLP(2, [3, 1])
    model(np.ones((4, 2))).sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    model.zero_grad()
    assert all(p.grad is None for p in model.parameters())


def test_modes_reach_every_module():
    block = Block([nn.MLP(2, [3, 1]), {"n": nn.Neuron(2)}])
    assert block.training
    assert block.eval() is block
    assert not block.parts[0].layers[1].training
    assert not block.parts[1]["n"].training
    assert block.train() is block
    assert block.parts[0].layers[1].training


def test_forward_may_take_several_inputs_and_must_be_there():
    class Product(nn.Module):
        def forward(self, x, y=2):
            return x * y

    assert Product()(3, 4) == 12
    assert Product()(3) == 6
    with pytest.raises(NotImplementedError, match="Block has no forward method"):
        Block([])(1)


def test_repr_shows_the_tree_and_the_number_of_parameters():
    assert repr(Block([nn.MLP(40, [30, 1], np.sin), nn.Neuron(2, "tanh")])) == (
        "Block: 1,269 parameters\n"
        "  parts.0: MLP: 1,261 parameters\n"
        "    layers.0: Layer(40, 30, sin): 1,230 parameters\n"
        "    layers.1: Layer(30, 1, 'identity'): 31 parameters\n"
        "  parts.1: Neuron(2, 'tanh'): 3 parameters"
    )


widths = st.lists(st.integers(1, 5), min_size=1, max_size=3)


@given(widths, st.integers(1, 5), st.integers(0, 99), st.sampled_from([np.float32, np.float64]))
def test_state_goes_round(n_outs, n_in, seed, dtype):
    model = nn.MLP(n_in, n_outs, dtype=dtype, rng=seed)
    other = nn.MLP(n_in, n_outs, dtype=dtype, rng=seed + 1)
    state = model.state_dict()
    other.load_state_dict(state)
    x = np.linspace(-1, 1, 3 * n_in).reshape(3, n_in)
    np.testing.assert_array_equal(other(x).data, model(x).data)
    for path, array in state.items():
        assert array.dtype == dtype
        array += 1  # a copy, on both sides
        assert not np.array_equal(model.state_dict()[path], array)
        assert not np.array_equal(other.state_dict()[path], array)


def test_state_is_loaded_in_place():
    layer = nn.Layer(2, 3, rng=0)
    neuron = layer.neurons[1]
    layer.load_state_dict({"weight": np.arange(6).reshape(3, 2), "bias": [7, 8, 9]})
    np.testing.assert_array_equal(neuron.weight.data, [2, 3])
    assert neuron.bias.item() == 8


def test_a_state_that_does_not_fit_names_all_that_is_wrong_and_changes_nothing():
    model = nn.MLP(2, [3, 1], rng=0)
    before = model.state_dict()
    state = {
        "layers.0.weight": np.zeros((2, 3)),
        "layers.0.bias": np.zeros(3),
        "layers.1.weight": np.zeros((1, 3), complex),
        "head.bias": np.zeros(1),
    }
    with pytest.raises(ValueError, match="the state does not fit this MLP") as caught:
        model.load_state_dict(state)
    for what in [
        "layers.0.weight has shape (2, 3), not (3, 2)",
        "layers.1.weight has dtype complex128, not float64",
        "layers.1.bias is missing",
        "head.bias is unknown",
    ]:
        assert what in str(caught.value)
    for path, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[path])


def test_a_float64_state_fits_a_float32_model():
    model = nn.MLP(2, [3, 1], dtype=np.float32, rng=0)
    model.load_state_dict(nn.MLP(2, [3, 1], rng=1).state_dict())
    assert all(p.dtype == np.float32 for p in model.parameters())
