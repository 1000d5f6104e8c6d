"""Saving: what is written comes back, whatever happens to the file in between is noticed."""

import copy
import io
import json
import os
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import nn
from autograd import Tensor, no_grad
from nn import saving, storage
from nn.activations import ACTIVATIONS
from nn.module import BUILT_IN, architecture, built_in

DATA = Path(__file__).parent / "data"
both = pytest.mark.parametrize("form", ["npz", "safetensors"])


def assert_same(one: nn.Module, other: nn.Module) -> None:
    """Both say the same of themselves, hold the same bits, and are in the same modes."""
    assert architecture(one) == architecture(other)
    first, second = one.state_dict(), other.state_dict()
    assert list(first) == list(second)
    for path, array in first.items():
        assert array.dtype == second[path].dtype
        np.testing.assert_array_equal(array, second[path], strict=True)
    assert [path for path, _ in one.named_buffers()] == [path for path, _ in other.named_buffers()]
    assert [part.training for part in one.modules()] == [part.training for part in other.modules()]


def shaken(model: nn.Module, rng: np.random.Generator) -> nn.Module:
    """The model with other numbers, so that none is what a constructor would make."""
    for tensor in model._tensors().values():
        tensor.data = rng.uniform(0.5, 1.5, tensor.shape)
    return model


# Round trips.


@st.composite
def networks(draw: st.DrawFn, depth: int = 2) -> nn.Module:
    """Sequentials of all kinds of parts, with their own dtype, frozen and evaluating parts."""
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    activation = st.sampled_from(sorted(ACTIVATIONS))
    width, parts = draw(st.integers(1, 3)), []
    for kind in draw(st.lists(st.sampled_from(KINDS[: 8 if depth else 7]), min_size=1, max_size=4)):
        if kind is nn.MLP:
            widths = [width, draw(st.integers(1, 3)), width]
            parts.append(nn.MLP(width, widths, draw(activation), draw(activation), dtype))
        elif kind is nn.Layer:
            parts.append(nn.Layer(width, width, draw(activation), dtype))
        elif kind is nn.Dropout:
            parts.append(nn.Dropout(draw(st.floats(0, 0.9))))
        elif kind is nn.Activation:
            parts.append(nn.Activation(draw(activation)))
        elif kind is nn.Residual:
            parts.append(nn.Residual(nn.Layer(width, width, draw(activation), dtype)))
        elif kind is nn.Sequential:
            parts.append(nn.Sequential(draw(networks(depth=depth - 1)), "relu"))
        else:
            parts.append(kind(width, dtype=dtype))
    model = nn.Sequential(*parts)
    for part in model.modules():
        if draw(st.booleans()):
            part.freeze()
        part.training = draw(st.booleans())
    return shaken(model, np.random.default_rng(draw(st.integers(0, 9))))


KINDS = [
    nn.MLP,
    nn.Layer,
    nn.Dropout,
    nn.Activation,
    nn.Residual,
    nn.BatchNorm,
    nn.LayerNorm,
    nn.Sequential,
]


@both
@given(model=networks())
def test_a_model_comes_back_as_it_was(tmp_path_factory, form, model):
    path = tmp_path_factory.getbasetemp() / f"round_trip.{form}"
    assert nn.save(model, path) is None
    again = nn.load(path)
    assert_same(again, model)
    assert_same(again.unfreeze(), copy.deepcopy(model).unfreeze())


SAMPLES = {
    "Sequential": lambda: nn.Sequential(),
    "MLP": lambda: nn.MLP(2, [3, 1], nn.Sequential("tanh", "relu")),
    "Layer": lambda: nn.Layer(2, 3, nn.Residual("tanh"), np.float32),
    "Neuron": lambda: nn.Neuron(3, "elu"),
    "Residual": lambda: nn.Residual(nn.Layer(2, 2)),
    "Activation": lambda: nn.Activation("softmax"),
    "Dropout": lambda: nn.Dropout(0.25),
    "BatchNorm": lambda: nn.BatchNorm(3, 0.2, 1e-3),
    "LayerNorm": lambda: nn.LayerNorm(3, 1e-4, np.float16),
    "Embedding": lambda: nn.Embedding(4, 3),
    "Flatten": lambda: nn.Flatten(),
    "Standardise": lambda: nn.Standardise(np.arange(12.0).reshape(2, 3, 2)),
}


@both
@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_each_kind_of_module_comes_back(tmp_path, form, name):
    model = shaken(SAMPLES[name](), np.random.default_rng(0))
    assert type(model).__name__ == name
    nn.save(model, tmp_path / f"model.{form}")
    assert_same(nn.load(tmp_path / f"model.{form}"), model)


@both
@pytest.mark.parametrize(
    "layer",
    [
        lambda: nn.Layer(3, 4, "tanh", rng=1),
        lambda: nn.Layer(3, 4, "relu", bias=False, rng=1),
        lambda: nn.Layer(3, 4, "relu", np.float32, rng=1),
        lambda: nn.Sequential(nn.Layer(3, 4, None, rng=1), nn.BatchNorm(4), "relu"),
    ],
    ids=["activation", "bias", "dtype", "sequential"],
)
def test_an_mlp_with_a_layer_put_in_comes_back(tmp_path, form, layer):
    model = nn.MLP(2, [3, 4, 1], rng=0)
    model.layers[1] = layer()
    nn.save(model, tmp_path / f"model.{form}")
    assert_same(nn.load(tmp_path / f"model.{form}"), model)


@both
def test_a_file_is_the_same_every_time(tmp_path, form):
    model, path = nn.MLP(2, [3, 1], rng=0), tmp_path / f"model.{form}"
    nn.save(model, path)
    first = path.read_bytes()
    nn.save(nn.load(path), path)
    assert path.read_bytes() == first


@both
def test_arrays_may_lie_in_memory_in_any_way(tmp_path, form):
    model, path = nn.Layer(3, 2), tmp_path / f"model.{form}"
    model.weight = Tensor(np.asfortranarray([[1.0, 2, 3], [4, 5, 6]]), requires_grad=True)
    model.bias = Tensor(np.array([7.0, 8.0], ">f8"), requires_grad=True)
    nn.save(model, path)
    assert nn.load(path).weight.data.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert nn.load(path).bias.data.tolist() == [7, 8]


@both
@pytest.mark.parametrize("dtype", [">f8", ">f4", "<f8", "=f4"])
def test_the_order_of_bytes_is_the_machines(tmp_path, form, dtype):
    model = nn.Sequential(nn.MLP(2, [3], dtype=dtype), nn.BatchNorm(3, dtype=dtype))
    assert all(t.dtype is np.dtype(t.dtype.type) for t in model._tensors().values())
    nn.save(model, tmp_path / f"model.{form}")
    assert_same(nn.load(tmp_path / f"model.{form}"), model)


def test_what_one_format_lacks_the_other_may_hold(tmp_path):
    model = nn.Layer(3, 2, dtype=np.longdouble)
    nn.save(model, tmp_path / "model.npz")
    assert_same(nn.load(tmp_path / "model.npz"), model)
    if model.weight.dtype != np.float64:  # as on some platforms
        with pytest.raises(ValueError, match=r"safetensors can't hold this, \.npz may: "):
            nn.save(model, tmp_path / "model.safetensors")
        assert not (tmp_path / "model.safetensors").exists()


def test_numpy_and_safetensors_read_the_files(tmp_path):
    import safetensors.numpy

    model = nn.Sequential(nn.Layer(2, 3, None), "relu", nn.Residual(nn.Sequential(nn.Layer(3, 3))))
    for form in ("npz", "safetensors"):
        nn.save(model, tmp_path / f"model.{form}")
    names = ["0.weight", "0.bias", "2.inner.0.weight", "2.inner.0.bias"]
    with np.load(tmp_path / "model.npz", allow_pickle=False) as file:
        assert file.files == ["__metadata__", *names]
        assert json.loads(str(file["__metadata__"]))["architecture"] == architecture(model)
        np.testing.assert_array_equal(file["0.weight"], model.layers[0].weight.data)
    found = safetensors.numpy.load_file(tmp_path / "model.safetensors")
    assert sorted(found) == sorted(names)
    with safetensors.safe_open(tmp_path / "model.safetensors", "numpy") as file:
        assert json.loads(file.metadata()["chainrule"])["architecture"] == architecture(model)


# What can't be described is saved all the same.


class Own(nn.Module):
    def __init__(self):
        self.file = nn.Layer(2, 2)  # a name that np.savez does not take
        self.scale = Tensor([3.0], requires_grad=True)

    def forward(self, x):
        return self.file(x) * self.scale


def enlarged():
    model = nn.Layer(2, 2)
    model.scale = Tensor([3.0])
    return model


def tied(layer, norm, dropout):
    """Layers in several places, also in other parts, and a weight in two Layers."""
    model = nn.Sequential(layer, norm, layer, dropout, nn.Residual(nn.Sequential(dropout, layer)))
    model.append(nn.MLP(2, [2, 2, 2]))
    model.layers[-1].layers[1].weight = layer.weight
    model.layers[-1].layers[2] = model.layers[-1].layers[0]
    model.another_name = layer
    return model


@both
def test_what_is_shared_is_shared_in_the_model_that_is_loaded(tmp_path, form):
    parts = nn.Layer(2, 2, "tanh", rng=0), nn.BatchNorm(2), nn.Dropout(0.0)
    model, path, x = tied(*parts), tmp_path / f"model.{form}", np.array([[1.0, 2.0], [0.0, -1.0]])
    model.layers[1].freeze()
    model(x)
    nn.save(model, path)
    again = nn.load(path)
    assert [path for path, _ in again.named_parameters()] == [
        path for path, _ in model.named_parameters()
    ]
    assert [path for path, _ in again.named_modules()] == [
        path for path, _ in model.named_modules()
    ]
    for each in model, again:
        nn.fit(each, x, x**2, "mse", nn.SGD(each.parameters()), 3, rng=0)
    np.testing.assert_equal(again.state_dict(), model.state_dict())
    np.testing.assert_array_equal(again(x).data, model(x).data)
    nn.save(nn.load(path), tmp_path / f"twice.{form}")
    assert repr(nn.load(tmp_path / f"twice.{form}")) == repr(nn.load(path))


@both
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Own, "Own is no Module of nn's own"),
        (lambda: nn.Sequential(nn.Layer(2, 2), Own()), "Own is no Module of nn's own"),
        (lambda: nn.Layer(2, 2, abs), "the activation abs is a function of one's own"),
        (enlarged, "don't agree about scale: what is added to a part is not written"),
    ],
)
def test_a_model_that_is_not_nns_alone_is_loaded_into_one(tmp_path, form, make, reason):
    model, path = make(), tmp_path / f"model.{form}"
    nn.save(model, path)
    with pytest.raises(
        ValueError, match=rf"model.{form}: it does not say how .*{reason}.*nn.load\(path, model\)"
    ):
        nn.load(path)
    other = shaken(make(), np.random.default_rng(0))
    assert nn.load(path, other) is other
    for path, array in model.state_dict().items():
        np.testing.assert_array_equal(other.state_dict()[path], array)


@both
def test_a_class_of_ones_own_that_is_made_known_comes_back(tmp_path, form, monkeypatch):
    monkeypatch.setattr("nn.module.BUILT_IN", dict(BUILT_IN))
    for _ in range(2):  # as where a cell of a notebook is run again

        @built_in
        class Scaled(nn.Module):
            def __init__(self, width, slope=0.5):
                self.factor = Tensor(np.ones(width), requires_grad=True)
                self.slope = slope

            def forward(self, x):
                return x * self.factor * self.slope

            def config(self):
                return {"width": self.factor.size, "slope": self.slope}

    model = nn.Sequential(nn.Layer(2, 3, rng=0), Scaled(3, 0.25))
    model[1].factor.data = [1.0, 2.0, 3.0]
    nn.save(model, tmp_path / f"own.{form}")
    loaded = nn.load(tmp_path / f"own.{form}")
    assert type(loaded[1]) is Scaled
    np.testing.assert_array_equal(loaded([1.0, 2.0]).data, model([1.0, 2.0]).data)


def test_a_class_of_ones_own_takes_no_name_of_another(monkeypatch):
    monkeypatch.setattr("nn.module.BUILT_IN", dict(BUILT_IN))

    class Layer(nn.Module):
        pass

    with pytest.raises(ValueError, match=r"there is a Layer of nn.layers already, .* another name"):
        built_in(Layer)
    assert nn.module.build({"class": "Layer", "n_in": 1, "n_out": 1}).weight.shape == (1, 1)


# PyTorch.


def of_pytorch(form=nn.Sequential):
    middle = [nn.BatchNorm(5), "tanh", nn.Layer(5, 4, None), nn.LayerNorm(4), "gelu"]
    return form(nn.Layer(3, 5, None), *middle, nn.Layer(4, 2, None)).eval()


def nested(*parts):
    return nn.Sequential(nn.Sequential(*parts[:3]), nn.Residual(parts[3]), *parts[4:])


@pytest.mark.parametrize("form", [nn.Sequential, nested])
def test_weights_of_pytorch_give_its_outputs(form):
    figures = json.loads((DATA / "torch_weights.json").read_text())
    model = nn.load(DATA / "torch_weights.safetensors", of_pytorch(form))
    if form is nested:
        model.layers[1] = model.layers[1].inner  # the names were others, the order was the same
    np.testing.assert_allclose(
        model(figures["inputs"]).data, figures["outputs of torch_weights"], rtol=1e-12
    )


def test_pytorch_makes_the_same_of_our_weights():
    figures = json.loads((DATA / "torch_weights.json").read_text())
    model = nn.load(DATA / "nn_weights.safetensors")
    assert architecture(model) == architecture(of_pytorch())
    np.testing.assert_allclose(
        model(figures["inputs"]).data, figures["outputs of nn_weights"], rtol=1e-12
    )


def test_a_file_of_pytorch_alone_makes_no_model():
    with pytest.raises(ValueError, match=r"does not say how the model was made .it is not by nn"):
        nn.load(DATA / "torch_weights.safetensors")


@both
def test_parts_are_taken_in_the_order_of_their_numbers(tmp_path, form):
    theirs = nn.Sequential(*(nn.Layer(2, 2) for _ in range(12)))
    path = tmp_path / f"model.{form}"
    nn.save(theirs, path)
    ours = nn.Sequential(nn.Sequential(*(nn.Layer(2, 2) for _ in range(12))))
    nn.load(path, ours)
    for one, other in zip(theirs, ours.layers[0]):
        np.testing.assert_array_equal(one.weight.data, other.weight.data)


@pytest.mark.parametrize(
    "names",
    [("fc1", "fc2"), ("fc9", "fc10"), ("net.0", "net.2"), ("0.a.0", "0.b.0"), ("0", "0.inner")],
)
def test_parts_of_other_names_are_taken_in_order_if_numbers_say_it(tmp_path, names):
    class Net(nn.Module):
        def __init__(self):
            self.input, self.hidden = nn.Layer(2, 2, rng=0), nn.Layer(2, 2, rng=1)

    path, model = tmp_path / "model.npz", Net()
    state = Net().state_dict()
    first = {f"{names[0]}.{name}": state[f"input.{name}"] for name in ("weight", "bias")}
    second = {f"{names[1]}.{name}": state[f"hidden.{name}"] + 1 for name in ("weight", "bias")}
    np.savez(path, **first, **second)
    if names[0].startswith("0"):
        message = rf"neither names nor numbers .*{names[1]}\.weight.*hidden\.bias; rename them"
        with pytest.raises(ValueError, match=message):
            nn.load(path, model)
    else:
        nn.load(path, model)
        state["hidden.weight"] += 1
        state["hidden.bias"] += 1
    for key, array in model.state_dict().items():
        np.testing.assert_array_equal(array, state[key])


def test_weights_without_biases_are_received(tmp_path):
    theirs = {"0.weight": np.ones((3, 2)), "2.weight": np.ones((1, 3))}  # of torch's bias=False
    np.savez(tmp_path / "theirs.npz", **theirs)
    row = [nn.Layer(2, 3, "relu", bias=False), nn.Layer(3, 1, None, bias=False)]
    model = nn.load(tmp_path / "theirs.npz", nn.Sequential(*row))
    assert model([1.0, 1.0]).item() == 6
    nn.save(model, tmp_path / "ours.npz")
    assert repr(nn.load(tmp_path / "ours.npz")) == repr(model)


def test_parts_with_names_are_never_swapped(tmp_path):
    class Net(nn.Module):
        def __init__(self, *names):
            for name in names:
                setattr(self, name, nn.Layer(2, 2))

    path = tmp_path / "model.npz"
    nn.save(Net("input", "hidden"), path)
    nn.load(path, Net("hidden", "input"))
    with pytest.raises(ValueError, match=r"input\.weight.*encoder\.weight"):
        nn.load(path, Net("encoder", "decoder"))


@both
def test_weights_take_the_dtype_of_the_model(tmp_path, form):
    path, model = tmp_path / f"model.{form}", nn.Layer(2, 3, dtype=np.float32, rng=0)
    nn.save(model, path)
    wide = nn.load(path, nn.Layer(2, 3))
    assert wide.weight.dtype == np.float64
    np.testing.assert_array_equal(wide.weight.data, model.weight.data)


@both
@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        (lambda: nn.Layer(2, 4), r"bias has shape \(3,\), not \(4,\); weight has shape \(3, 2\)"),
        (lambda: nn.Neuron(2), r"bias has shape \(3,\), not \(\)"),
        (lambda: nn.LayerNorm(3), r"weight has shape \(3, 2\), not \(3,\)"),
        (
            lambda: nn.MLP(2, [3, 1]),
            r"bias is unknown; layers\.0\.bias is missing; .*; weight is unk",
        ),
        (lambda: nn.BatchNorm(3), "running_mean is missing; running_var is missing"),
        (lambda: nn.Flatten(), "bias is unknown; weight is unknown"),
    ],
)
def test_weights_that_do_not_fit_change_nothing(tmp_path, form, model, complaint):
    path, model = tmp_path / f"model.{form}", model()
    nn.save(nn.Layer(2, 3), path)
    before = model.state_dict()
    with pytest.raises(ValueError, match=rf"can't load .*model.{form}: .*{complaint}"):
        nn.load(path, model)
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


# Damaged and hostile files.


@pytest.fixture(scope="module", params=["npz", "safetensors"])
def sound(request, tmp_path_factory):
    """Where to put a damaged file, and what is in two sound ones: a model and a training."""
    folder = tmp_path_factory.mktemp("sound")
    model, path = nn.Sequential(nn.Layer(1, 2), nn.BatchNorm(2)), folder / f"model.{request.param}"
    nn.save(model, path)
    nn.save_training(folder / f"training.{request.param}", **training())
    data = path.read_bytes(), (folder / f"training.{request.param}").read_bytes()
    return path, data, model


def training(seed=0):
    model = nn.Sequential(nn.Layer(1, 2, rng=seed), nn.Dropout(rng=seed))
    rng = np.random.Generator(np.random.MT19937(seed))
    return {"model": model, "optimizer": nn.Adam(model.parameters()), "rng": rng}


damages = st.tuples(
    st.floats(0, 1, exclude_max=True),  # at which share of the file
    st.one_of(st.none(), st.binary(min_size=1, max_size=4)),  # it is cut, or has other bytes
)


def damaged(data: bytes, share: float, other: bytes | None) -> bytes:
    at = int(share * len(data))
    return data[:at] + (b"" if other is None else other + data[at + len(other) :])


@given(damage=damages)
def test_a_damaged_model_is_the_same_or_an_error(sound, damage):
    path, (data, _), model = sound
    path.write_bytes(damaged(data, *damage))
    try:
        again = nn.load(path)
    except ValueError as error:
        assert str(error).startswith(f"can't load {path}: ")
    else:
        assert_same(again, model)


@given(damage=damages)
def test_a_damaged_training_is_the_same_or_an_error_that_changes_nothing(sound, damage):
    path, (_, data), _ = sound
    path.write_bytes(damaged(data, *damage))
    parts = training(seed=1)
    try:
        nn.load_training(path, **parts)
    except ValueError as error:
        assert str(error).startswith(f"can't load {path}: ")
        expected = training(seed=1)
    else:
        expected = training(seed=0)
    assert bits(states(parts)) == bits(states(expected))


def bits(states):
    """All that is in the states, to the last bit, in a form that can be compared."""
    arrays = {}
    text = json.dumps(saving._packed(states, "", arrays))
    return text, {name: (a.dtype, a.shape, a.tobytes()) for name, a in arrays.items()}


def states(parts):
    return {name: saving._part_state(part) for name, part in parts.items()}


def test_every_byte_of_the_numbers_matters(sound):
    path, (data, _), model = sound
    at = data.index(model.layers[0].weight.data.tobytes())
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    with pytest.raises(ValueError, match=r"it is damaged: its digest is not|Bad CRC-32"):
        nn.load(path)


HUGE = 10**12
LAYER = {"class": "Layer", "n_in": 2, "n_out": 3, "activation": "relu", "dtype": "float64"}
MODES = {"buffers": [], "evaluating": []}
EMPTY = {"class": "Sequential", "layers": []}
ROUND = {"class": "Sequential", "layers": [{"class": "Sequential", "layers": [EMPTY]}]}


def doubled(depth):
    """Each part is said to be the next one twice."""
    kept, shared, path = EMPTY, {}, ""
    for _ in range(depth):
        kept = {"class": "Sequential", "layers": [kept, EMPTY]}
        shared[f"{path}layers.1"] = f"{path}layers.0"
        path += "layers.0."
    return {"architecture": kept, "shared": dict(reversed(shared.items()))}


NUMBERS = {"weight": np.ones((3, 2)), "bias": np.ones(3)}


def deep(levels):
    inner = dict(LAYER)
    for _ in range(levels):
        inner = {"class": "Residual", "inner": inner}
    return inner


@both
@pytest.mark.parametrize(
    ("content", "numbers", "complaint"),
    [
        (
            {"architecture": {**LAYER, "n_in": HUGE, "n_out": HUGE}},
            NUMBERS,
            "the sizes in its arch",
        ),
        ({"architecture": {**LAYER, "n_in": 3, "n_out": 2}}, NUMBERS, "the sizes in its archit"),
        ({"architecture": {**LAYER, "dtype": "float32"}}, NUMBERS, "the sizes in its archit"),
        ({"architecture": {**LAYER, "n_in": 0}}, NUMBERS, "n_in must be a positive integer, not 0"),
        ({"architecture": {**LAYER, "n_in": -2}}, NUMBERS, "n_in must be a positive integer"),
        ({"architecture": {**LAYER, "n_in": 2.0}}, NUMBERS, "n_in must be a positive integer"),
        ({"architecture": {**LAYER, "n_in": [2]}}, NUMBERS, "n_in must be a positive integer"),
        ({"architecture": {**LAYER, "dtype": "object"}}, NUMBERS, "dtype of a layer is a floating"),
        ({"architecture": {**LAYER, "rng": 3}}, NUMBERS, "the sizes in its archit"),
        ({"architecture": {**LAYER, "path": "/"}}, NUMBERS, "unexpected keyword argument 'path'"),
        ({"architecture": {**LAYER, "class": "Own"}}, NUMBERS, "unknown Module 'Own'; known are"),
        ({"architecture": {**LAYER, "class": "os.system"}}, NUMBERS, "unknown Module 'os.system'"),
        ({"architecture": {**LAYER, "class": ["Layer"]}}, NUMBERS, "unknown Module .'Layer'.;"),
        ({"architecture": {**LAYER, "activation": "eval"}}, NUMBERS, "unknown activation 'eval'"),
        ({"architecture": {**LAYER, "activation": {}}}, NUMBERS, "unknown Module None"),
        ({"architecture": {"class": "Sequential"}}, NUMBERS, "KeyError: 'layers'"),
        ({"architecture": {"class": "Sequential", "layers": 3}}, NUMBERS, "not iterable"),
        ({"architecture": {"class": "MLP", "layers": 3}}, NUMBERS, "not iterable"),
        ({"architecture": {"class": "MLP", "layers": []}}, NUMBERS, "don't agree about bias, weig"),
        (
            {"architecture": {"class": "MLP", "layers": [LAYER], "more": 1}},
            {f"0.{name}": array for name, array in NUMBERS.items()},
            "the sizes in its archit",
        ),
        ({"architecture": deep(3)}, NUMBERS, r"don't agree about bias, inner\.inner\.inner\.bias"),
        ({"architecture": deep(101)}, NUMBERS, "its architecture is nested more than 100 deep"),
        ({"architecture": []}, NUMBERS, "unknown Module None"),
        ({"architecture": 3}, NUMBERS, "not iterable"),
        ({}, NUMBERS, "it does not say how the model was made .it is not by nn.save"),
        ({"architecture": None, "reason": HUGE}, NUMBERS, f"was made .{HUGE}."),
        ({"architecture": LAYER}, {**NUMBERS, "more": np.ones(3)}, "don't agree about more:"),
        ({"architecture": LAYER}, {"weight": np.ones((3, 2))}, "don't agree about bias:"),
        (
            {"architecture": LAYER},
            {**NUMBERS, "bias": np.ones(2)},
            r"bias has shape \(2,\), not \(3",
        ),
        ({"architecture": LAYER}, {**NUMBERS, "weight": np.ones(6)}, "not enough values to unpack"),
        ({"architecture": LAYER, "shared": {"bias": "weight"}}, NUMBERS, "don't agree about bias:"),
        ({"architecture": LAYER, "shared": {"bias": "activation"}}, NUMBERS, "bias can't be its a"),
        ({"architecture": LAYER, "shared": {"bias.x": "weight"}}, NUMBERS, "TypeError: vars"),
        ({"architecture": LAYER, "shared": {"bias": 3}}, NUMBERS, "no attribute 'split'"),
        ({"architecture": LAYER, "shared": 3}, NUMBERS, "no attribute 'items'"),
        ({"architecture": ROUND, "shared": {"layers.0.layers.0": "layers.0"}}, {}, "made otherw"),
        (doubled(40), {}, "its .* can't be its .*, which is made otherwise"),
        ({"architecture": LAYER, "buffers": 3}, NUMBERS, "'int' object is not iterable"),
        ({"architecture": LAYER, "evaluating": [[]]}, NUMBERS, "unhashable type"),
        ({"parts": {}}, NUMBERS, "it is the state of a training: use nn.load_training"),
    ],
)
def test_a_hostile_model_is_refused(tmp_path, form, content, numbers, complaint):
    path = tmp_path / f"model.{form}"
    storage.write(path, {**MODES, **content}, numbers)
    assert_refused(nn.load, path, complaint)


def test_complex_numbers_are_no_weights(tmp_path):
    path = tmp_path / "model.npz"
    storage.write(path, {**MODES, "architecture": LAYER}, {**NUMBERS, "bias": np.ones(3, "c8")})
    assert_refused(nn.load, path, "bias has dtype complex64")


@both
@pytest.mark.parametrize(
    ("content", "numbers", "complaint"),
    [
        (
            {"architecture": LAYER},
            {},
            "it is not the state of a training; for a model, use nn.load",
        ),
        ({"parts": {}}, {}, "it has no state of rng; go on"),
        ({"parts": {"rng": {"generator": 3}}}, {}, "TypeError"),
        ({"parts": {"rng": {"generator": {"bit_generator": "PCG64"}}}}, {}, "KeyError"),
        ({"parts": {"rng": {"generator": {"bit_generator": "Own"}}}}, {}, "PCG64"),
        ({"parts": {"rng": {"state": {}}}}, {}, "KeyError: 'generator'"),
        ({"parts": {"rng": {"value": 3}}}, {}, "it has no state of rng; go on"),
        ({"parts": {"rng": {"value": {"__array__": "a"}}}}, {}, "KeyError: 'a'"),
        ({"parts": {"rng": {"generator": 3}}}, {"a": np.ones(2)}, "arrays that are in no part: a"),
        ({"parts": {"rng": [3]}}, {}, ""),
        ({"parts": [3]}, {}, "'list' object has no attribute"),
        ({"parts": 3}, {}, "'int' object has no attribute"),
    ],
)
def test_a_hostile_training_is_refused(tmp_path, form, content, numbers, complaint):
    path, rng = tmp_path / f"training.{form}", np.random.default_rng(0)
    before = rng.bit_generator.state
    storage.write(path, content, numbers)
    assert_refused(lambda path: nn.load_training(path, rng=rng), path, complaint)
    assert rng.bit_generator.state == before


def assert_refused(load, path, complaint):
    """It is an error that names the file, and nothing much larger than the file was made."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=rf"can't load .*{path.name}: .*{complaint}"):
            load(path)
        assert tracemalloc.get_traced_memory()[1] < 2**23 + 20 * path.stat().st_size
    finally:
        tracemalloc.stop()


def npz(**entries: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in entries.items():
            archive.writestr(f"{name}.npy", content)
    return data.getvalue()


def npy(shape, dtype="<f8", data=b"") -> bytes:
    stream = io.BytesIO()
    header = {"shape": shape, "fortran_order": False, "descr": dtype}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue() + data


def text(content: str) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.array(content))
    return stream.getvalue()


def compressed() -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, a=np.zeros(10**6))  # 8 MB of nothing in 8 kB
    return stream.getvalue()


def pickled() -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.array([Trap()], object), allow_pickle=True)
    return stream.getvalue()


class Trap:
    sprung = False

    def __reduce__(self):
        return spring, ()


def spring():
    Trap.sprung = True
    return Trap()


def tensors(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(head) if length is None else length).to_bytes(8, "little") + head + data


def entry(shape, low, high, dtype="F64"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [low, high]}


@pytest.mark.parametrize(
    ("form", "data", "complaint"),
    [
        ("npz", b"", "BadZipFile"),
        ("npz", b"PK\x05\x06", "BadZipFile"),
        ("npz", npz(a=b""), "EOF"),
        ("npz", npz(a=npy((HUGE, HUGE))), ""),
        ("npz", npz(a=npy((2**31,))), "cannot reshape"),
        ("npz", npz(a=npy((-1,), data=bytes(16))), "does not say how"),
        ("npz", npz(a=npy((3,), data=bytes(16))), "cannot reshape array of size 2"),
        ("npz", npz(a=npy((1,), data=bytes(16))), "cannot reshape array of size 2"),
        ("npz", npz(a=npy((1,), data=bytes(7))), "buffer size must be a multiple"),
        ("npz", npz(a=npy((1,), "|O", bytes(8))), "cannot create an OBJECT array"),
        ("npz", npz(a=pickled()), "cannot create an OBJECT array"),
        ("npz", npz(a=b"\x93NUMPY\x01\x00\xe8\x03" + 1000 * b"("), ""),
        ("npz", npz(a=b"\x93NUMPY\x01\x00\xe8\x03" + 1000 * b"-"), ""),
        ("npz", compressed(), "its entry a is compressed, or there twice"),
        ("npz", npz(a=npy((1,), data=bytes(8))), "does not say how the model was made"),
        ("npz", npz(__metadata__=text("{")), "JSONDecodeError"),
        ("npz", npz(__metadata__=text("3")), "'int' object has no attribute 'pop'"),
        ("npz", npz(__metadata__=text('{"sha256": "0"}')), "it is damaged: its digest"),
        ("npz", npz(__metadata__=text("[" * 10**5)), "RecursionError"),
        ("npz", npz(__metadata__=npy((2,), data=bytes(16))), ""),
        ("safetensors", b"", "SafetensorError"),
        ("safetensors", tensors({}, length=2**63), "SafetensorError"),
        ("safetensors", tensors({}, length=HUGE), "SafetensorError"),
        ("safetensors", tensors(b"[" * 10**5), "SafetensorError"),
        ("safetensors", tensors({"a": entry([2], 0, 8)}, bytes(8)), "SafetensorError"),
        ("safetensors", tensors({"a": entry([1], 8, 16)}, bytes(8)), "SafetensorError"),
        ("safetensors", tensors({"a": entry([1], 0, 8)}, bytes(4)), "SafetensorError"),
        ("safetensors", tensors({"a": entry([HUGE, HUGE], 0, 8)}, bytes(8)), "SafetensorError"),
        ("safetensors", tensors({"a": entry([HUGE], 0, 8 * HUGE)}, bytes(8)), "SafetensorError"),
        ("safetensors", tensors({"a": entry([1], 0, 8), "b": entry([1], 0, 8)}, bytes(8)), "Safet"),
        (
            "safetensors",
            tensors({"a": entry([1], 0, 2, "BF16")}, bytes(2)),
            "of dtype 'BF16', which",
        ),
        ("safetensors", tensors({"a": entry([1], 0, 8)}, bytes(8)), "does not say how the model"),
        ("safetensors", tensors({"__metadata__": {"chainrule": "["}}), "JSONDecodeError"),
        ("safetensors", tensors({"__metadata__": {"chainrule": "[" * 10**5}}), "RecursionError"),
    ],
)
def test_a_hostile_file_is_refused(tmp_path, form, data, complaint):
    path = tmp_path / f"model.{form}"
    path.write_bytes(data)
    assert_refused(nn.load, path, complaint)
    assert not Trap.sprung


def test_an_entry_that_is_there_twice_is_refused(tmp_path):
    path = tmp_path / "model.npz"
    path.write_bytes(
        npz(a=npy((1,), data=bytes(8)), b=npy((1,), data=bytes(8))).replace(b"b.", b"a.")
    )
    assert_refused(nn.load, path, "its entry a is compressed, or there twice")


# What can't be written or read.


@pytest.mark.parametrize("name", ["model", "model.pt", "model.npz.gz", "npz", ".npz", "model.NPZ"])
def test_a_name_says_the_format(tmp_path, name):
    for call in (nn.save_training, nn.load, nn.load_training, lambda p: nn.save(nn.Layer(1, 1), p)):
        with pytest.raises(ValueError, match=r"one of \.safetensors, \.npz; got '.*" + name):
            call(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@both
def test_a_file_that_is_not_there_is_that_error(tmp_path, form):
    for call in (nn.load, nn.load_training):
        with pytest.raises(FileNotFoundError, match=f"nowhere.{form}"):
            call(str(tmp_path / f"nowhere.{form}"))
    with pytest.raises(FileNotFoundError, match=f"^there is no folder .* to save model.{form} in:"):
        nn.save(nn.Layer(1, 1), tmp_path / "no folder" / f"model.{form}")


def test_what_is_no_module_is_a_type_error(tmp_path):
    with pytest.raises(TypeError, match="save takes a Module, not dict"):
        nn.save({}, tmp_path / "model.npz")
    with pytest.raises(TypeError, match="load puts weights into a Module, not type"):
        nn.load(tmp_path / "model.npz", nn.Layer)


def test_without_the_package_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    nn.save(nn.Layer(1, 1), tmp_path / "model.safetensors")
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    for call in (nn.load, lambda path: nn.save(nn.Layer(1, 1), path)):
        with pytest.raises(ImportError, match=r"pip install safetensors; or use \.npz"):
            call(tmp_path / "model.safetensors")
    nn.save(nn.Layer(1, 1), tmp_path / "model.npz")


def test_a_name_that_zip_cuts_is_refused(tmp_path):
    with pytest.raises(ValueError, match="npz can't hold arrays of all these names: a"):
        nn.save_training(tmp_path / "training.npz", a={"b\0c": np.ones(2)})
    assert list(tmp_path.iterdir()) == []


@both
def test_an_attribute_named_as_a_layer_is_not_lost(tmp_path, form):
    model, path = nn.Sequential(nn.Layer(2, 3)), tmp_path / f"model.{form}"
    setattr(model, "0", nn.Layer(2, 3))
    nn.save(model, path)
    again = nn.Sequential(nn.Layer(2, 3))
    setattr(again, "0", nn.Layer(2, 3))
    nn.load(path, again)
    assert bits(again.state_dict()) == bits(model.state_dict())


@both
def test_a_reserved_name_is_refused(tmp_path, form):
    model = nn.Layer(1, 1)
    vars(model)["__metadata__"] = Tensor([1.0])
    with pytest.raises(ValueError, match="no array can have the name __metadata__"):
        nn.save(model, tmp_path / f"model.{form}")
    assert list(tmp_path.iterdir()) == []


# The old file or the new one.


@both
@pytest.mark.parametrize("at", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError("the disk is full"), KeyboardInterrupt()])
def test_what_goes_wrong_leaves_the_old_file_alone(tmp_path, monkeypatch, form, at, error):
    def fail(*_):
        raise error

    path, old = tmp_path / f"model.{form}", nn.Layer(2, 3)
    nn.save(old, path)
    with monkeypatch.context() as patch:
        patch.setattr(os, at, fail)
        with pytest.raises(type(error)):
            nn.save(nn.Layer(2, 3), path)
    assert_same(nn.load(path), old)
    assert list(tmp_path.iterdir()) == [path]


@both
def test_what_a_link_points_to_is_replaced(tmp_path, form):
    (tmp_path / "there").mkdir()
    link, path = tmp_path / f"link.{form}", tmp_path / "there" / f"model.{form}"
    link.symlink_to(path)
    model = nn.Layer(2, 3)
    nn.save(model, link)
    assert link.is_symlink()
    assert_same(nn.load(path), model)


def test_the_data_is_on_the_disk_before_it_has_the_name(tmp_path, monkeypatch):
    happened = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, n=name, f=real: (happened.append(n), f(*a)))
    nn.save(nn.Layer(2, 3), tmp_path / "model.npz")
    assert happened == ["fsync", "replace"]


KILLED = """
import os, random, signal, sys, time
import numpy as np
import nn

path = sys.argv[1]
models = [nn.Embedding(200, 100, rng=seed) for seed in (0, 1)]
nn.save(models[0], path)
random.seed(0)
start = time.perf_counter()
nn.save(models[0], path)
longest = 3 * (time.perf_counter() - start)
found, parts = set(), []
for kill in range(300):
    child = os.fork()
    if child == 0:
        while True:
            for turn in range(2):
                nn.save(models[(kill + turn) % 2], path)
    time.sleep(random.uniform(0, longest * (1 + kill / 10)))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    weight = nn.load(path).weight.data
    same = [bool((weight == model.weight.data).all()) for model in models]
    assert sum(same) == 1, same
    found.add(same.index(True))
    parts = [name for name in os.listdir(os.path.dirname(path)) if name.startswith(".")]
    if kill >= 10 and len(found) == 2 and parts:
        break
print(sorted(found), bool(parts))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills copies of a process, made by fork")
@both
def test_a_kill_at_any_moment_leaves_the_old_file_or_the_new_one(tmp_path, form):
    command = [sys.executable, "-c", KILLED, str(tmp_path / f"model.{form}")]
    done = subprocess.run(
        command, cwd=DATA.parent.parent, check=True, capture_output=True, text=True
    )
    assert done.stdout == "[0, 1] True\n"  # both were found, and some kills came in the middle


# Training.


def in_groups(parameters):
    groups = [{"params": parameters[:2], "lr": 0.1}, {"params": parameters[2:]}]
    return nn.AdamW(groups)


OPTIMIZERS = {
    "sgd": lambda parameters: nn.SGD(parameters, 0.05, weight_decay=0.01),
    "nesterov": lambda parameters: nn.SGD(parameters, 0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda parameters: nn.RMSprop(parameters, 0.01, momentum=0.5, centered=True),
    "adam": lambda parameters: nn.Adam(parameters, 0.01),
    "adamw": in_groups,
}
SCHEDULES = {
    "cosine": lambda optimizer: nn.WarmUp(nn.Cosine(optimizer, 9), 3),
    "plateau": lambda optimizer: nn.OnPlateau(optimizer, patience=1),
}


class Run:
    """A training whose numbers depend on everything: dropout, statistics, the order, the rate."""

    def __init__(self, optimizer, schedule, seed):
        rng = np.random.default_rng(seed)
        middle = [nn.BatchNorm(6), "relu", nn.Dropout(0.3, rng=rng)]
        self.model = nn.Sequential(
            nn.Layer(3, 6, None, rng=rng), *middle, nn.Layer(6, 1, None, rng=rng)
        )
        self.optimizer = OPTIMIZERS[optimizer](self.model.parameters())
        self.schedule = SCHEDULES[schedule](self.optimizer)
        self.averaged = nn.Averaged(self.model, 0.9)
        self.rng = np.random.default_rng(seed)
        self.losses = []

    def go_on(self, steps):
        data = np.random.default_rng(7).normal(size=(20, 3))
        for _ in range(steps):
            x = data[self.rng.permutation(20)[:8]]
            self.optimizer.zero_grad()
            loss = nn.mse(self.model(x), np.sin(x).sum(axis=1, keepdims=True))
            loss.backward()
            self.optimizer.step()
            self.averaged.update()
            self.schedule.step(loss.item())
            self.losses.append(loss.item())
        return self

    def parts(self):
        return {name: part for name, part in vars(self).items() if name != "losses"}


@both
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_resumed_training_goes_on_to_the_same_numbers(tmp_path, form, optimizer, schedule):
    path = tmp_path / f"training.{form}"
    whole = Run(optimizer, schedule, seed=0).go_on(6)
    nn.save_training(path, **whole.parts(), losses=whole.losses)
    other = Run(optimizer, schedule, seed=5).go_on(2)
    assert nn.load_training(path, **other.parts()) == {"losses": whole.losses}
    assert other.go_on(6).losses[2:] == whole.go_on(6).losses[6:]
    assert bits(states(other.parts())) == bits(states(whole.parts()))


@both
@pytest.mark.parametrize("name", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_random_generators_of_every_kind_go_on(tmp_path, form, name):
    bits, path = getattr(np.random, name), tmp_path / f"training.{form}"
    rng, dropout = np.random.Generator(bits(1)), nn.Dropout(rng=np.random.Generator(bits(2)))
    rng.integers(9, dtype=np.int32)  # half of a word is kept for the next
    nn.save_training(path, rng=rng, dropout=dropout)
    later, own = np.random.Generator(bits(3)), nn.Dropout(rng=np.random.Generator(bits(4)))
    assert nn.load_training(path, rng=later, dropout=own) == {}
    for _ in range(2):
        assert later.integers(9, dtype=np.int32) == rng.integers(9, dtype=np.int32)
    np.testing.assert_array_equal(own(np.ones(9)).data, dropout(np.ones(9)).data)


numbers = st.none() | st.booleans() | st.integers(-(2**130), 2**130) | st.floats() | st.text()
tables = arrays(
    st.sampled_from(["f4", "f8", "i8", "u4", "?"]), array_shapes(min_dims=0, min_side=0, max_side=3)
)
values = st.recursive(
    numbers | tables,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("a.b0"), inner, max_size=3),
    max_leaves=8,
)


@both
@given(value=values, other=values)
def test_plain_values_come_back(tmp_path_factory, form, value, other):
    path = tmp_path_factory.getbasetemp() / f"values.{form}"
    nn.save_training(path, a=value, **{"a.b": other})
    found = nn.load_training(path)
    assert_equal(found.get("a"), value)
    assert_equal(found.get("a.b"), other)


def assert_equal(one, other):
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert list(one) == list(other)
    if isinstance(one, (dict, list)):
        assert len(one) == len(other)
        for first, second in zip(
            *(each.values() if type(each) is dict else each for each in (one, other))
        ):
            assert_equal(first, second)
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other, strict=True)
    else:
        assert one == other or (one != one and other != other)


def test_numbers_of_numpy_become_pythons_and_tuples_lists(tmp_path):
    path = tmp_path / "training.npz"
    nn.save_training(path, a=np.float32(0.5), b=(np.int64(3), np.True_), nothing=None)
    assert nn.load_training(path, nothing=None) == {"a": 0.5, "b": [3, True]}


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ({1: 2}, "a is dict"),
        ({"__array__": "b"}, "a is dict"),
        ([{"b": {3}}], r"a\.0\.b is set, which has no state_dict\(\)"),
        (Tensor([1.0]), "a is Tensor"),
        (3j, "a is complex"),
        (np.random.RandomState(0), "a is RandomState"),
    ],
)
def test_what_can_not_be_written_down_is_a_type_error(tmp_path, value, complaint):
    with pytest.raises(TypeError, match=complaint):
        nn.save_training(tmp_path / "training.npz", a=value)
    assert list(tmp_path.iterdir()) == []


@both
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            lambda parts: parts.pop("rng"),
            "it has the state of rng, which is not here now; go on with just",
        ),
        (lambda parts: parts.update(more=parts["rng"]), "it has no state of more; go on"),
        (lambda parts: parts.update(epoch=0), "it has no state of epoch; go on"),
        (lambda parts: parts.update(rng=np.random.default_rng(1)), "PCG64"),
        (lambda parts: parts.update(rng=parts["optimizer"]), "KeyError: 'state'"),
        (lambda parts: parts.update(optimizer=nn.SGD(parts["model"].parameters())), "fit this SGD"),
        (
            lambda parts: parts.update(model=nn.Layer(1, 2, rng=0)),
            "fit this Layer: .*weight is missing",
        ),
        (
            lambda parts: parts["model"].layers.pop(),
            r"the random generators of its model are layers\.1\.rng",
        ),
    ],
)
def test_parts_that_do_not_fit_change_nothing(tmp_path, form, change, complaint):
    path = tmp_path / f"training.{form}"
    nn.save_training(path, **training(), epoch=3)
    parts, before = training(seed=1), training(seed=1)
    change(parts)
    change(before)
    with pytest.raises(ValueError, match=rf"can't load .*training.{form}: .*{complaint}"):
        nn.load_training(path, **parts)
    values = {name: part for name, part in parts.items() if name != "epoch"}
    assert bits(states(values)) == bits(states({n: before[n] for n in values}))


def test_gradients_and_graphs_are_not_needed_and_not_kept(tmp_path):
    model, path = nn.Layer(2, 1, None), tmp_path / "model.npz"
    loss = model([1.0, 2.0]).sum()
    nn.save(model, path)
    with no_grad():
        model.weight.data = [[0.0, 0.0]]
    loss.backward()
    assert nn.load(path).weight.grad is None


def test_importing_nn_makes_all_known_that_a_file_may_name() -> None:
    program = """
import pkgutil, importlib, nn
from nn.module import BUILT_IN
known = set(BUILT_IN)
for module in pkgutil.iter_modules(nn.__path__):
    if module.name != "sklearn":  # an extra
        importlib.import_module(f"nn.{module.name}")
assert known == set(BUILT_IN), set(BUILT_IN) - known
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=DATA.parent.parent)
