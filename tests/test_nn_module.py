"""Modules: parameters by name, modes, state."""

import copy
import pickle
import re
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import nn
from autograd import Tensor, no_grad
from nn.activations import ACTIVATIONS
from nn.module import architecture, build


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


def test_a_module_that_holds_what_it_is_in_can_be_shown():
    block = Block([nn.Layer(2, 3)])
    block.parts[0].parent = block
    assert repr(block).splitlines()[1:] == [
        "  parts.0: Layer(2, 3, 'relu'): 14 parameters",
        "    parent: ...",
    ]


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (lambda: {1: nn.Layer(2, 2), "1": nn.Layer(2, 2)}, r"parts\.1"),
        (lambda: {"a.b": leaf(2), "a": {"b": leaf(2)}}, r"parts\.a\.b"),
        (lambda: [nn.Dropout(), {}, {"0": leaf(2)}, {"0": leaf(2), 0: leaf(3)}], r"parts\.3\.0"),
    ],
)
def test_each_part_has_a_path_of_its_own(parts, path):
    with pytest.raises(ValueError, match=f"two parts of this Block have the path '{path}': name"):
        Block(parts())


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (nn.Layer(2, 3), "weight"),
        (nn.Layer(2, 3), "bias"),
        (nn.Layer(2, 3).freeze(), "bias"),
        (nn.Embedding(2, 3), "weight"),
        (nn.BatchNorm(3), "running_mean"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("value", [np.zeros(3), [0.0, 0.0, 0.0], (), 0.5, np.float32(1)], ids=repr)
def test_only_a_tensor_or_none_takes_the_place_of_a_tensor(module, name, value):
    before = getattr(module, name)
    kind = type(value).__name__
    with pytest.raises(
        TypeError, match=rf"^{name} of this .* is a Tensor, and {kind} .*{name}\.data"
    ):
        setattr(module, name, value)
    assert getattr(module, name) is before
    module = copy.deepcopy(module)
    for other in Tensor(np.zeros(3), not name.startswith("running")), [Tensor([1.0])], None, value:
        setattr(module, name, other)
    block = Block([])
    block.last = block.gain * 2  # a result is no part of the state
    block.last = value


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (lambda weight: weight * 0.5, "the result of a calculation in its place"),
        (lambda weight: weight.detach() * 0.5, "a Tensor without requires_grad=True in its place"),
        (lambda weight: Tensor(np.ones((3, 2))), "a Tensor without requires_grad=True in its"),
    ],
    ids=["result", "detached", "plain"],
)
@pytest.mark.parametrize("frozen", [False, True])
def test_a_parameter_gives_its_place_only_to_one_that_can_be_trained(made, what, frozen):
    layer = nn.Layer(2, 3)
    value, before = made(layer.weight), layer.weight
    if frozen:
        layer.freeze()
    with pytest.raises(
        TypeError, match=rf"^weight of this Layer is a parameter, and {what} .* set weight\.data, "
    ):
        layer.weight = value
    with no_grad(), pytest.raises(TypeError, match="would not be trained"):
        layer.weight = value
    assert layer.weight is before
    layer.weight = nn.Layer(2, 3).freeze().weight
    layer.weight = nn.Layer(2, 3).weight
    assert len(layer.parameters()) == 2 - frozen
    norm = nn.BatchNorm(2)
    norm.running_mean = norm.running_mean * 0.5 + norm.weight  # what is no parameter may be either


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


@pytest.mark.parametrize("state", [None, 3, "a", [1]])
def test_a_state_is_a_dict(state):
    with pytest.raises(TypeError, match=r"state of this MLP is a dict, .*state_dict\(\), not "):
        nn.MLP(2, [1]).load_state_dict(state)


def test_a_float64_state_fits_a_float32_model():
    model = nn.MLP(2, [3, 1], dtype=np.float32, rng=0)
    model.load_state_dict(nn.MLP(2, [3, 1], rng=1).state_dict())
    assert all(p.dtype == np.float32 for p in model.parameters())


# Buffers, freezing, names.


class Mixed(nn.Module):
    def __init__(self):
        self.weight, self.mean = leaf(2), Tensor([1.0])
        self.rng = np.random.default_rng(0)
        self.parts = [nn.Layer(2, 3, rng=0), nn.BatchNorm(3), nn.Dropout(0.5, self.rng)]
        self.again = self.parts[2]

    def forward(self, x):
        x = x * self.weight
        for part in self.parts:
            x = part(x)
        return x


def test_buffers_and_generators_have_paths_too():
    model = Mixed()
    paths = ["mean", "parts.1.running_mean", "parts.1.running_var"]
    assert [path for path, _ in model.named_buffers()] == paths
    assert [path for path, _ in model.named_generators()] == ["rng", "parts.2.rng"]
    model.parts[2].rng = model.rng  # shared: by its first path
    assert model.named_generators() == [("rng", model.rng)]
    more = [np.random.default_rng(i) for i in range(3)]
    model.more = [{"a": more[0], "b": (more[1], model.rng)}, more[2], nn.Dropout(0.5, rng=0)]
    found = dict(model.named_generators())
    paths_of_more = ["more.0.a", "more.0.b.0", "more.1", "more.2.rng"]
    assert list(found) == ["rng", *paths_of_more]
    assert [found[path] for path in paths_of_more[:3]] == more
    assert set(names(model)) | set(paths) == set(model.state_dict())


def test_what_is_frozen_is_a_buffer_that_optimizers_pass_by():
    model = Mixed()
    before, everything = names(model), model.parameters()
    optimizer = nn.SGD(everything, lr=0.1, momentum=0.9)
    assert model.parts[0].freeze() is model.parts[0]
    assert names(model) == [path for path in before if not path.startswith("parts.0")]
    assert "parts.0.weight" in dict(model.named_buffers())
    state = model.state_dict()
    x = np.random.default_rng(0).normal(size=(4, 2))
    model(x).sum().backward()
    optimizer.step()
    moved = {path for path, array in model.state_dict().items() if (array != state[path]).any()}
    assert moved & {"parts.0.weight", "parts.0.bias"} == set()
    assert moved & set(names(model))
    assert model.unfreeze() is model
    assert names(model) == before
    assert all(a is b for a, b in zip(model.parameters(), everything, strict=True))
    (model(x) ** 2).sum().backward()
    optimizer.step()
    assert (model.parts[0].weight.data != state["parts.0.weight"]).any()


def test_freezing_keeps_buffers_names_memory_and_what_was_never_a_parameter():
    model = Mixed()
    neuron = model.parts[0].neurons[1]
    model.freeze().freeze()
    assert model.parameters() == []
    assert model.parts[0].unfreeze().parameters() == model.parameters()
    assert names(model) == ["parts.0.weight", "parts.0.bias"]
    model.unfreeze()
    assert not model.mean.requires_grad
    assert not model.parts[1].running_var.requires_grad
    assert [p.name for p in model.parameters()] == names(model)
    neuron.weight.data = [5, 6]
    np.testing.assert_array_equal(model.parts[0].weight.data[1], [5, 6])
    shared = Block([nn.Layer(2, 2)])
    shared.tied = shared.parts[0].weight
    assert names(shared.freeze().unfreeze()) == ["gain", "parts.0.weight", "parts.0.bias", "offset"]


@pytest.mark.parametrize("make", [lambda: nn.MLP(2, [3, 1]), partial(nn.Layer, 2, 3), Mixed])
def test_parameters_frozen_by_hand_are_told_of_and_unfrozen_too(make):
    model, twin = make(), make().freeze()
    before, arrays = names(model), model.state_dict()
    for parameter in model.parameters():
        parameter.requires_grad = False
    assert names(model) == []
    assert repr(model) == repr(twin)
    assert names(model.unfreeze()) == before
    assert [p.name for p in model.parameters()] == before
    np.testing.assert_equal(model.state_dict(), arrays)
    assert {path for path, _ in model.named_buffers()} == set(arrays) - set(before)


def repickled(model):
    return pickle.loads(pickle.dumps(model))


@pytest.mark.parametrize("again", [lambda model: model, copy.deepcopy, repickled])
@pytest.mark.parametrize("thawed", [[0], [1], [0, 1]])
@pytest.mark.parametrize("frozen", [[0], [1], [0, 1]])
def test_what_two_parts_share_is_frozen_in_both_and_unfrozen_by_either(frozen, thawed, again):
    model = Block([nn.Layer(2, 2), nn.Layer(2, 2)])
    model.parts[1].weight = model.parts[0].weight
    before = names(model)
    for i in frozen:
        model.parts[i].freeze()
    model = again(model)
    assert not model.parts[0].weight.requires_grad
    for i in thawed:
        model.parts[i].unfreeze()
    still = [f"parts.{i}.bias" for i in frozen if i not in thawed]
    assert names(model) == [path for path in before if path not in still]
    assert names(model.unfreeze()) == before


def test_frozen_models_can_be_copied_and_say_so():
    model = nn.MLP(2, [3, 1])
    model.layers[0].freeze()
    for twin in copy.deepcopy(model), pickle.loads(pickle.dumps(model)):
        assert repr(twin) == repr(model)
        assert "MLP: 4 parameters, and 9 frozen\n" in repr(twin)
        assert names(twin.unfreeze()) == names(nn.MLP(2, [3, 1]))
        assert names(model) == ["layers.1.weight", "layers.1.bias"]


def test_names_follow_what_is_put_elsewhere():
    model = nn.MLP(2, [2, 2, 1])
    model.layers[0], model.layers[1] = model.layers[1], model.layers[0]
    assert [p.name for p in model.parameters()] == names(model)
    moved = Block([model.layers[2]])
    assert names(moved) == [p.name for p in moved.parameters()]
    assert moved.parts[0].weight.name == "parts.0.weight"
    own = leaf(1, name="temperature")
    moved.parts.append(own)
    moved.parts.insert(0, own)
    assert "temperature" in [p.name for p in moved.parameters()]


# Copies.


def test_a_copy_keeps_what_is_shared_shared():
    block = Block([nn.Layer(2, 2), nn.Layer(2, 2)])
    block.parts[1].weight = block.parts[0].weight
    for twin in copy.deepcopy(block), pickle.loads(pickle.dumps(block)):
        assert twin.parts[1].weight is twin.parts[0].weight is not block.parts[0].weight
        assert names(twin) == names(block)


@given(
    arrays(
        st.sampled_from([np.float32, np.float64, np.complex128]),
        array_shapes(min_dims=0, min_side=0, max_side=3),
        elements=st.integers(-9, 9),
    ),
    st.booleans(),
    st.sampled_from([None, "w"]),
)
def test_a_leaf_goes_through_pickle_and_a_result_does_not(array, requires_grad, name):
    t = Tensor(array, requires_grad, name=name)
    twin = pickle.loads(pickle.dumps(t))
    assert repr(twin) == repr(t)
    assert twin.data.dtype is np.dtype(array.dtype.type)  # NumPy's own object, for a fast `is`
    np.testing.assert_array_equal(twin.data, t.data)
    if requires_grad:
        with pytest.raises(TypeError, match=r"can't be pickled, since its graph .*t\.detach\(\)"):
            pickle.dumps(t * 2)
        assert pickle.loads(pickle.dumps((t * 2).detach())).requires_grad is False


def test_a_copied_tensor_is_a_leaf_of_its_own():
    t = Tensor([1.0, 2.0], requires_grad=True, name="t")
    t.grad = [3.0, 4.0]
    for twin in copy.copy(t), copy.deepcopy(t):
        twin.data = [0, 0]
        np.testing.assert_array_equal(t.data, [1, 2])
        np.testing.assert_array_equal(twin.grad, [3, 4])
        assert (twin.name, twin.requires_grad) == ("t", True)
    constant = copy.deepcopy(Tensor([1.0], name="mean"))
    assert (constant.name, constant.requires_grad) == ("mean", False)


# What other libraries have.


@pytest.mark.parametrize("name", ["fit", "compile", "predict", "evaluate", "save"])
def test_methods_that_are_functions_here_are_told_of_and_may_be_ones_own(name):
    model = nn.MLP(2, [1])
    function = "fit" if name == "compile" else name
    with pytest.raises(AttributeError, match=rf"no attribute '{name}': call nn\.{function}\(model"):
        getattr(model, name)
    assert not hasattr(model, name)
    assert hasattr(nn, function)
    own = type("Own", (nn.MLP,), {name: lambda self: "own"})
    assert getattr(own(2, [1]), name)() == "own"


@pytest.mark.parametrize("name", nn._ELSEWHERE)
def test_names_that_are_others_here_are_told_of(name):
    assert not hasattr(nn, name)
    with pytest.raises(AttributeError, match=f"^nn has no {name}: it has ") as caught:
        getattr(nn, name)
    for here in re.findall(r"nn\.(\w+)", str(caught.value)):
        assert here in nn.__all__
    for activation in re.findall('"([a-z]+)"', str(caught.value)):
        assert activation in {**ACTIVATIONS, "cross_entropy": None}


# Architectures.


def test_what_is_not_nns_own_has_no_architecture():
    class MLP(nn.MLP):
        pass

    own = "is no Module of nn's own, .* save the weights, and load them into a model that your code"
    for model, name in [(Block([]), "Block"), (MLP(2, [1]), "MLP")]:
        with pytest.raises(TypeError, match=f"^{name} {own}"):
            architecture(model)
        with pytest.raises(TypeError, match=f"^{name} {own}"):
            architecture(nn.Sequential(nn.Residual(model)))
    with pytest.raises(TypeError, match=r"^Block has no config\(\)"):
        Block([]).config()
    with pytest.raises(
        TypeError, match=r"activation sin is a function of one's own, .* identity, "
    ):
        architecture(nn.Sequential(np.sin))


@pytest.mark.parametrize("name", [None, "Tensor", 3, ["MLP"]], ids=repr)
def test_only_nns_own_classes_are_built(name):
    with pytest.raises(ValueError, match=r"unknown Module .*; known are MLP, Layer, Neuron, "):
        build({"class": name})


# Summaries.


def test_a_summary_is_a_table_of_calls():
    model = nn.Sequential(nn.Flatten(), nn.Layer(12, 1000, nn.Activation("relu")), "gelu")
    model.layers[1].freeze()
    table = """
layer                                                     output     parameters  multiply-adds
layers.0             Flatten                              (5, 12)             0              0
layers.1             Layer(12, 1000, Activation('relu'))  (5, 1000)      13,000         60,000
layers.1.activation  Activation('relu')                   (5, 1000)           0              0
layers.2             Activation('gelu')                   (5, 1000)           0              0
total                                                                    13,000         60,000
13,000 of the parameters are frozen
"""
    assert repr(model.summary(np.ones((5, 3, 4)))) == table.strip()


@given(widths, st.integers(1, 5), st.integers(0, 4))
def test_a_summary_counts_what_there_is(n_outs, n_in, frozen):
    model = nn.MLP(n_in, n_outs)
    for layer in model.layers[:frozen]:
        layer.freeze()
    summary = model.summary(np.ones((7, n_in)))
    assert [row.output for row in summary.rows] == [(7, n_out) for n_out in n_outs]
    weights = [n * m for n, m in zip([n_in, *n_outs], n_outs)]
    assert summary.multiply_adds == 7 * sum(weights)
    assert summary.frozen == sum(weights[:frozen]) + sum(n_outs[:frozen])
    model.unfreeze()
    assert summary.parameters == sum(p.size for p in model.parameters())


def test_a_summary_changes_nothing_and_needs_no_graph():
    model = Mixed()
    state, numbers = model.state_dict(), str(model.parts[2].rng.bit_generator.state)
    with no_grad():
        assert model.summary(np.ones((4, 2))).multiply_adds == 4 * 6
    assert str(model.parts[2].rng.bit_generator.state) == numbers
    assert model.training
    assert "forward" not in vars(model)
    for path, array in model.state_dict().items():
        np.testing.assert_array_equal(array, state[path])


def test_a_summary_shows_shared_and_unused_layers_and_several_results():
    class Twice(nn.Module):
        def __init__(self):
            self.layer, self.unused, self.head = nn.Layer(2, 2), nn.Layer(3, 4), leaf(2, 5)

        def forward(self, x, y):
            x = self.layer(self.layer(x))
            return {"sum": np.einsum("ni,ij->nj", x, self.head), "other": np.vecdot(x, y)}

    rows = Twice().summary(np.ones((6, 2)), np.ones((6, 2))).rows
    found = [(row.path, row.output, row.parameters, row.multiply_adds) for row in rows]
    assert found == [
        ("", ((6, 5), (6,)), 10, 6 * 2 * 5 + 6 * 2),
        ("layer", (6, 2), 6, 24),
        ("layer", (6, 2), 0, 24),
        ("unused", None, 16, 0),
    ]
    assert "not called" in repr(Twice().summary(np.ones((6, 2)), np.ones((6, 2))))
