"""Sequential, Residual, Activation, Flatten, Dropout, BatchNorm, LayerNorm, Embedding."""

import copy
import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import nn
from autograd import Tensor, relu
from autograd.testing import check_grads
from nn.module import BUILT_IN, architecture, build
from nn.norms import standardised

sizes = st.integers(1, 5)
seeds = st.integers(0, 2**32 - 1)
batches = st.lists(st.integers(1, 3), max_size=2).map(tuple)
DTYPES = [np.float32, np.float64]


def gradients_are_right(module, x):
    """By x, where that is real, and by each parameter."""
    x = np.asarray(x)
    weights = np.random.default_rng(0).normal(size=module(x).shape)
    if x.dtype.kind == "f":
        check_grads(lambda x: np.sum(module(x) * weights), x)
    for path, parameter in module.named_parameters():
        holder, _, name = path.rpartition(".")
        part = dict(module.named_modules())[holder]

        def loss(value, part=part, name=name):
            vars(part)[name] = value
            return np.sum(module(x) * weights)

        check_grads(loss, parameter.data)
        vars(part)[name] = parameter


# Sequential and Residual.


@given(widths=st.lists(sizes, min_size=1, max_size=4), batch=batches, seed=seeds)
def test_a_sequential_of_layers_is_the_mlp(widths, batch, seed):
    model = nn.MLP(2, widths, "tanh", rng=seed)
    row = nn.Sequential()
    for layer in model.layers:
        row.append(nn.Layer(*layer.weight.shape[::-1], None))
        row.layers[-1].weight, row.layers[-1].bias = layer.weight, layer.bias
        row.append(layer.activation)
    x = np.random.default_rng(seed).normal(size=(*batch, 2))
    np.testing.assert_array_equal(row(x).data, model(x).data)


def test_a_sequential_is_a_sequence_that_shares_its_parts():
    model = nn.Sequential(nn.Layer(2, 3), relu, np.sin, "gelu")
    assert len(model) == 4
    assert [part.describe() for part in model][1:] == [
        "Activation('relu')",
        "Activation(sin)",
        "Activation('gelu')",
    ]
    first = model[:1]
    assert type(first) is nn.Sequential
    assert first[0] is model[0] is model[-4]
    assert nn.Sequential(np.sin, model[0])[1:][0].weight.name == "layers.1.weight"
    assert model.append(nn.Layer(3, 1)) is model
    assert model[4].weight.name == "layers.4.weight"  # named when it was put there
    with pytest.raises(IndexError, match="out of range"):
        model[5]


@pytest.mark.parametrize("key", [1, -2, np.int64(1)], ids=repr)
def test_a_part_of_a_sequential_may_be_replaced(key):
    model = nn.Sequential(nn.Layer(2, 3), "relu", nn.Layer(3, 1))
    twin, last = model[:], model[2]
    model[key] = nn.Layer(3, 3)
    assert [part.describe() for part in model][1:] == [
        "Layer(3, 3, 'relu')",
        last.describe(),
    ]
    assert model[1].weight.name == "layers.1.weight"  # named when it was put there
    assert twin[1].describe() == "Activation('relu')"  # another list, of parts that are shared
    assert twin[2] is model[2] is last
    model[key] = np.sin
    assert model[1].describe() == "Activation(sin)"
    with pytest.raises(TypeError, match="a part of a network is a Module, a function or"):
        model[key] = [nn.Layer(3, 3)]
    with pytest.raises(IndexError, match="out of range"):
        model[3] = "relu"
    with pytest.raises(TypeError, match="'slice' object cannot be interpreted as an integer"):
        model[1:] = "relu"


def test_an_empty_sequential_gives_what_it_takes():
    x = Tensor([1.0])
    assert nn.Sequential()(x) is x


@pytest.mark.parametrize("part", [nn.BatchNorm, [nn.Layer(2, 2)], 3, None], ids=repr)
def test_what_is_no_part_is_refused(part):
    with pytest.raises(TypeError, match=r"a part of a network is a Module, .*pass nn.BatchNorm"):
        nn.Sequential(part)
    with pytest.raises(ValueError, match="unknown activation 'rleu'; known are identity, relu"):
        nn.Residual("rleu")


@pytest.mark.parametrize("dtype", DTYPES)
@given(width=sizes, batch=batches, seed=seeds)
def test_a_residual_adds_its_input(dtype, width, batch, seed):
    inner = nn.Layer(width, width, "tanh", dtype, seed)
    x = np.random.default_rng(seed).normal(size=(*batch, width))
    out = nn.Residual(inner)(x)
    assert out.dtype == dtype
    np.testing.assert_array_equal(out.data, x.astype(dtype) + inner(x).data)


def test_a_residual_names_shapes_that_differ():
    with pytest.raises(ValueError, match=r"shapes \(5, 3\) and \(5, 2\); inner must give what it"):
        nn.Residual(nn.Layer(2, 3))(np.ones((5, 2)))
    with pytest.raises(ValueError, match=r"shapes \(5, 1\) and \(5, 2\)"):  # which would broadcast
        nn.Residual(nn.Layer(2, 1))(np.ones((5, 2)))


@given(n=st.integers(0, 3), sides=st.lists(st.integers(0, 3), max_size=3))
def test_flatten_keeps_the_first_axis(n, sides):
    x = np.arange(n * np.prod(sides, dtype=int), dtype=float).reshape(n, *sides)
    out = nn.Flatten()(x)
    np.testing.assert_array_equal(out.data, x.reshape(n, np.prod(sides, dtype=int)))


def test_flatten_needs_items():
    with pytest.raises(ValueError, match=r"an array of items, of shape .*, not one number"):
        nn.Flatten()(1.0)


# Dropout.


@given(p=st.floats(0, 0.99), seed=seeds, dtype=st.sampled_from(DTYPES))
def test_dropout_zeroes_or_scales_in_training_and_rests_in_evaluation(p, seed, dtype):
    dropout = nn.Dropout(p, rng=seed)
    x = Tensor(np.linspace(1, 2, 40, dtype=dtype).reshape(8, 5), requires_grad=True)
    out = dropout(x)
    assert out.dtype == dtype
    kept = out.data != 0
    scale = np.array(1 / (1 - p), dtype)
    np.testing.assert_array_equal(out.data, np.where(kept, x.data * scale, 0))
    out.sum().backward()
    np.testing.assert_array_equal(x.grad, np.where(kept, scale, 0))
    state = dropout.rng.bit_generator.state
    assert dropout.eval()(x) is x
    assert dropout.rng.bit_generator.state == state


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_dropout_keeps_the_mean(p):
    n = 100_000
    out = nn.Dropout(p, rng=0)(np.ones(n)).data
    assert abs(out.mean() - 1) < 6 * np.sqrt(p / (1 - p) / n)


def test_dropout_has_a_generator_of_its_own():
    x = np.ones(50)
    a, b = nn.Dropout(0.5, rng=1), nn.Dropout(0.5, rng=1)
    np.testing.assert_array_equal(a(x).data, b(x).data)
    rng = np.random.default_rng(1)
    state = rng.bit_generator.state
    c, d = nn.Dropout(0.5, rng=rng), nn.Dropout(0.5, rng=rng)
    assert not np.array_equal(c(x).data, d(x).data)
    assert rng.bit_generator.state == state
    again = nn.Dropout(0.5, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(again(x).data, nn.Dropout(0.5, rng=np.random.default_rng(1))(x))


@pytest.mark.parametrize("p", [1, -0.1, 2, float("nan")])
def test_dropout_needs_a_probability(p):
    with pytest.raises(ValueError, match=f"p must be at least 0 and less than 1, not {p}"):
        nn.Dropout(p)


@pytest.mark.parametrize("p", ["0.5", None, [0.5]])
def test_dropout_needs_a_number(p):
    with pytest.raises(TypeError, match="p must be a number, not "):
        nn.Dropout(p)


# Norms.


@given(rows=st.integers(2, 9), width=sizes, seed=seeds)
def test_batch_norm_in_training_is_its_formula_and_keeps_statistics(rows, width, seed):
    rng = np.random.default_rng(seed)
    norm = nn.BatchNorm(width, momentum=0.3, eps=1e-3)
    norm.weight.data, norm.bias.data = rng.normal(size=(2, width))
    mean, var = np.zeros(width), np.ones(width)
    for _ in range(3):
        x = rng.normal(size=(rows, width)) * 2 + 5
        expected = (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3) * norm.weight.data + norm.bias.data
        np.testing.assert_allclose(norm(x).data, expected, rtol=1e-10, atol=1e-10)
        mean = 0.7 * mean + 0.3 * x.mean(0)
        var = 0.7 * var + 0.3 * x.var(0, ddof=1)
        np.testing.assert_allclose(norm.running_mean.data, mean, rtol=1e-12)
        np.testing.assert_allclose(norm.running_var.data, var, rtol=1e-12)
    norm.eval()
    expected = (x - mean) / np.sqrt(var + 1e-3) * norm.weight.data + norm.bias.data
    np.testing.assert_allclose(norm(x).data, expected, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(norm(x[:1]).data, expected[:1], rtol=1e-10, atol=1e-10)
    np.testing.assert_array_equal(norm.running_mean.data, norm.state_dict()["running_mean"])


def test_batch_norm_may_remember_the_last_batch_only():
    norm, x = nn.BatchNorm(2, momentum=1.0), np.random.default_rng(0).normal(size=(3, 5, 2))
    for batch in x:
        norm(batch)
    np.testing.assert_allclose(norm.running_mean.data, x[-1].mean(0), rtol=1e-14)
    np.testing.assert_allclose(norm.running_var.data, x[-1].var(0, ddof=1), rtol=1e-14)
    with pytest.raises(ValueError, match=r"momentum must be from 0 to 1, not 1\.1"):
        nn.BatchNorm(2, momentum=1.1)


def test_a_batch_norm_in_float32_loses_no_digits_of_many_rows():
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(50_000, 2)) + 1000).astype(np.float32)
    weights = (np.arange(2) + rng.random(x.shape)).astype(np.float32)
    outs, slopes = [], []
    for dtype in np.float64, np.float32:
        norm, given = nn.BatchNorm(2, momentum=1.0, dtype=dtype), Tensor(x, True, dtype=dtype)
        outs.append(norm(given).data)
        norm(given).backward(weights.astype(dtype))
        slopes.append(given.grad)
        np.testing.assert_allclose(norm.running_mean.data, x.mean(0, float), rtol=1e-6)
        np.testing.assert_allclose(norm.running_var.data, x.var(0, float, ddof=1), rtol=1e-6)
    np.testing.assert_allclose(outs[1], outs[0], atol=1e-4)  # x itself has digits down to 6e-5
    np.testing.assert_allclose(slopes[1], slopes[0], atol=1e-4)


def test_batch_norm_counts_every_axis_but_the_last():
    x = np.random.default_rng(0).normal(size=(3, 4, 2))
    out = nn.BatchNorm(2)(x).data
    np.testing.assert_allclose(out, nn.BatchNorm(2)(x.reshape(12, 2)).data.reshape(3, 4, 2))


@pytest.mark.parametrize("x", [np.ones(2), np.ones((1, 2)), np.ones((0, 2))])
def test_batch_norm_needs_two_rows_in_training_and_then_changes_nothing(x):
    norm = nn.BatchNorm(2)
    before = norm.state_dict()
    with pytest.raises(
        ValueError,
        match=r"two rows or more in training, .* call model.eval\(\) first; .* drop_last",
    ):
        norm(x)
    for path, array in norm.state_dict().items():
        np.testing.assert_array_equal(array, before[path])
    assert norm.eval()(x).shape == x.shape


tame = arrays(np.float64, (3, 4), elements=st.integers(-50, 50).map(lambda n: n / 10))


@given(x=tame, scale=st.floats(1, 1e6), shift=st.integers(-100, 100))
def test_layer_norm_ignores_scale_and_shift(x, scale, shift):
    norm = nn.LayerNorm(4, eps=1e-300)
    x = x + np.arange(4) * 20  # not constant
    np.testing.assert_allclose(norm(x * scale + shift).data, norm(x).data, atol=1e-7)
    np.testing.assert_allclose(norm(x).data.mean(-1), 0, atol=1e-12)
    np.testing.assert_allclose(norm(x).data.var(-1), 1, rtol=1e-9)


@given(x=tame)
def test_both_norms_are_one_formula_along_different_axes(x):
    by_row = nn.LayerNorm(3)(x.T).data
    np.testing.assert_allclose(nn.BatchNorm(4)(x).data, by_row.T, atol=1e-12)


@given(x=tame, axis=st.sampled_from([(0,), (1,), (-1,), (0, 1)]), eps=st.sampled_from([0.1, 10.0]))
def test_gradients_of_what_is_standardised(x, axis, eps):
    weights = np.cos(np.arange(12).reshape(3, 4))
    check_grads(lambda x: np.sum(standardised(x, axis, eps) * weights), x)


def test_a_constant_row_is_normalised_to_zero_with_a_finite_slope():
    x = Tensor(np.full((2, 3), 7.0), requires_grad=True)
    out = nn.LayerNorm(3)(x)
    out.backward(np.array([[1.0, 0, 0], [0, 0, 0]]))
    assert not out.data.any()
    np.testing.assert_allclose(x.grad[0], np.array([2, -1, -1]) / 3 / np.sqrt(1e-5))


@pytest.mark.parametrize("norm", [nn.BatchNorm, nn.LayerNorm])
def test_norms_refuse_what_does_not_fit(norm):
    name = norm.__name__
    with pytest.raises(ValueError, match=rf"^a {name} expects inputs of width 3, .*\(5, 4\)"):
        norm(3)(np.ones((5, 4)))
    with pytest.raises(ValueError, match=r"^layers\.1 expects inputs of width 3, .*\(5, 4\)"):
        nn.Sequential(nn.Layer(2, 4), norm(3))(np.ones((5, 2)))
    with pytest.raises(ValueError, match="width must be a positive integer, not 0"):
        norm(0)
    with pytest.raises(ValueError, match=r"eps must be at least .* not 0"):
        norm(3, eps=0)
    with pytest.raises(ValueError, match=r"eps must be at least 1.17549e-38, not 1e-50"):
        norm(3, eps=1e-50, dtype=np.float32)
    with pytest.raises(TypeError, match="floating one, such as float32, not int64"):
        norm(3, dtype=int)


@pytest.mark.parametrize("norm", [nn.BatchNorm, nn.LayerNorm])
@pytest.mark.parametrize("training", [True, False])
def test_norms_keep_the_dtype_of_what_the_network_computes(norm, training):
    for inner, outer in (np.float32, np.float64), (np.float64, np.float32):
        model = nn.Sequential(
            nn.Layer(2, 4, dtype=inner), norm(4, dtype=outer), nn.Layer(4, 1, dtype=inner)
        ).train(training)
        out = model(np.arange(6).reshape(3, 2))
        assert out.dtype == inner
        np.square(out).sum().backward()
        assert [p.grad.dtype for p in model.parameters()] == [inner] * 2 + [outer] * 2 + [inner] * 2
        assert {b.dtype for _, b in model.named_buffers()} <= {np.dtype(outer)}


def test_a_batch_norm_in_a_network_says_where_it_needs_two_rows():
    with pytest.raises(ValueError, match=r"^layers\.1.* needs two rows"):
        nn.Sequential(nn.Layer(2, 4), nn.BatchNorm(4))(np.ones((1, 2)))


# Embedding.


@given(n=sizes, width=sizes, seed=seeds, shape=batches)
def test_an_embedding_picks_rows_and_collects_their_gradients(n, width, seed, shape):
    embedding = nn.Embedding(n, width, rng=seed)
    indices = np.random.default_rng(seed).integers(0, n, shape)
    out = embedding(Tensor(indices))
    np.testing.assert_array_equal(out.data, embedding.weight.data[indices])
    out.sum().backward()
    counts = np.bincount(indices.ravel(), minlength=n)
    np.testing.assert_array_equal(embedding.weight.grad, np.repeat(counts[:, None], width, 1))


@pytest.mark.parametrize(
    ("indices", "error", "message"),
    [
        (
            [0.0, 1.0],
            TypeError,
            r"takes integers, the numbers of rows, not float64 of shape \(2,\)",
        ),
        ([True], TypeError, "not bool"),
        ([0, 3], ValueError, "rows 0 to 2, but was asked for 0 to 3"),
        ([-1], ValueError, "rows 0 to 2, but was asked for -1 to -1"),
    ],
)
def test_an_embedding_refuses_what_is_no_row(indices, error, message):
    with pytest.raises(error, match=message):
        nn.Embedding(3, 2)(indices)


# All of them.

MODULES = {
    "Neuron": lambda dtype: nn.Neuron(4, "tanh", dtype, rng=0),
    "Layer": lambda dtype: nn.Layer(4, 3, nn.Activation("silu"), dtype, rng=0),
    "MLP": lambda dtype: nn.MLP(4, [3, 3, 2], "gelu", "log_softmax", dtype, rng=0),
    "Sequential": lambda dtype: nn.Sequential(nn.Layer(4, 3, None, dtype, rng=0), "softmax"),
    "Residual": lambda dtype: nn.Residual(nn.MLP(4, [3, 4], "tanh", dtype=dtype, rng=0)),
    "Activation": lambda dtype: nn.Activation("elu"),
    "Flatten": lambda dtype: nn.Flatten(),
    "Dropout": lambda dtype: nn.Dropout(0.25, rng=0),
    "BatchNorm": lambda dtype: nn.BatchNorm(4, 0.2, 1e-4, dtype),
    "LayerNorm": lambda dtype: nn.LayerNorm(4, 0.01, dtype),
    "Embedding": lambda dtype: nn.Embedding(3, 2, dtype, rng=0),
}
each = pytest.mark.parametrize("name", MODULES)


def data(name):
    if name == "Embedding":
        return np.array([[0, 2, 1], [2, 2, 0]])
    return np.random.default_rng(1).normal(size=(3, 4))


def test_every_module_of_blocks_and_layers_is_tested_here():
    here = ("nn.blocks", "nn.layers", "nn.norms")
    assert {name for name, kind in BUILT_IN.items() if kind.__module__ in here} == set(MODULES)


@each
@pytest.mark.parametrize("training", [True, False])
def test_gradients(name, training):
    if name != "Dropout" or not training:  # which is random
        gradients_are_right(MODULES[name](np.float64).train(training), data(name))


@each
@pytest.mark.parametrize("training", [True, False])
def test_copies_give_the_same_and_are_independent(name, training):
    model = MODULES[name](np.float64).train(training)
    model.unknown = Tensor([1.0])  # any Tensor is state
    before = model.state_dict()
    outputs = []
    for twin in copy.deepcopy(model), pickle.loads(pickle.dumps(model)):
        assert repr(twin) == repr(model)
        assert twin.training is training
        outputs.append(twin(data(name)).data)  # draws numbers and moves statistics, in training
        for path, array in before.items():
            np.testing.assert_array_equal(model.state_dict()[path], array)
    outputs.append(model(data(name)).data)
    np.testing.assert_array_equal(outputs[0], outputs[1])
    np.testing.assert_array_equal(outputs[0], outputs[2])


@each
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_architecture_goes_through_json_and_back(name, dtype):
    model = MODULES[name](dtype).eval()
    written = json.loads(json.dumps(architecture(model)))
    twin = build(written).eval()
    assert architecture(twin) == written
    state = model.state_dict()
    assert {path: array.dtype for path, array in twin.state_dict().items()} == dict.fromkeys(
        state, dtype
    )
    twin.load_state_dict(state)
    np.testing.assert_array_equal(twin(data(name)).data, model(data(name)).data)


def test_plain_data_takes_the_dtype_of_the_network():
    parts = [nn.BatchNorm(4, dtype=np.float32), nn.LayerNorm(4, dtype=np.float32)]
    parts += [nn.Flatten(), nn.Dropout(0.5, rng=0), "gelu", nn.Layer(4, 2, dtype=np.float32)]
    for model in nn.Sequential(*parts), nn.Sequential(*parts[2:]), parts[0], parts[1]:
        for x in np.ones((3, 4)), np.ones((3, 4), int), [[0.0] * 4] * 3:
            assert model(x).dtype == np.float32
