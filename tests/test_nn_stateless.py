"""functional_call: models as functions of their parameters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import nn
from autograd import Tensor, grad, hessian, hvp, jacobian, no_grad
from autograd.testing import check_grads

X = np.random.default_rng(0).normal(size=(6, 2))
LABELS = np.array([0, 1, 2, 2, 1, 0])


class Tied(nn.Module):
    """One Layer in two places, a parameter by two names, in a list, a tuple and a dict."""

    def __init__(self):
        self.first = nn.Layer(2, 2, "tanh", rng=0)
        self.parts = [(self.first, {"again": self.first})]
        self.factor = Tensor(np.array([0.5, 2.0, -1.0]), requires_grad=True)
        self.same = {"factor": self.factor}
        self.last = nn.Layer(2, 3, None, rng=1)

    def forward(self, x):
        twice = self.parts[0][1]["again"](self.first(x))
        return self.last(twice) * self.factor + self.same["factor"]


MODELS = {
    "mlp": lambda: nn.MLP(2, [4, 3], "tanh", rng=0),
    "tied": Tied,
    "normed": lambda: nn.Sequential(
        nn.Layer(2, 4, None, rng=0, bias=False), nn.BatchNorm(4), nn.LayerNorm(4), "silu",
        nn.Residual("tanh"), nn.Layer(4, 3, None, rng=0),
    ),
}  # fmt: skip
models = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)


def loss_of(model):
    return lambda state: nn.cross_entropy(nn.functional_call(model, state, X), LABELS)


def parameters(model):
    return dict(model.named_parameters())


def arrays(model):
    return {path: p.data for path, p in model.named_parameters()}


@models
def test_its_gradient_is_that_of_backward_and_it_changes_nothing(make):
    model = make()
    nn.cross_entropy(model(X), LABELS).backward()
    expected = {path: p.grad for path, p in model.named_parameters()}
    before = {path: (p._array, p._node) for path, p in model.named_parameters()}
    found = grad(loss_of(model))(parameters(model))
    assert found.keys() == expected.keys()
    for path, gradient in found.items():
        assert_allclose(gradient.data, expected[path], rtol=1e-12, atol=1e-15)
    for path, p in model.named_parameters():
        assert (p._array is before[path][0], p._node is before[path][1]) == (True, True)
        assert p.grad is expected[path]


@models
def test_first_and_second_order_in_both_modes_against_differences(make):
    model = make()
    check_grads(loss_of(model), arrays(model))


def test_the_product_with_the_hessian_is_that_of_its_columns():
    model = nn.Layer(2, 3, None, rng=0)
    weight, vector = model.weight.data, np.arange(6.0).reshape(3, 2)
    rest = {"bias": model.bias.data}
    of_weight = lambda w: loss_of(model)({"weight": w, **rest})  # noqa: E731
    expected = np.tensordot(hessian(of_weight)(weight), vector)
    assert_allclose(hvp(of_weight)(weight, vector), expected, rtol=1e-9)
    whole = hvp(loss_of(model))(arrays(model), {"weight": vector, "bias": np.zeros(3)})
    assert_allclose(whole["weight"], expected, rtol=1e-9)


def test_learning_to_learn_goes_through_the_inner_step():
    """MAML: the gradient of the loss after a step, by what the step began from."""
    model = nn.MLP(2, [3, 3], "tanh", rng=0)
    loss = loss_of(model)

    def after_a_step(p):
        slope = grad(loss)(p)
        return loss({path: p[path] - 0.5 * slope[path] for path in p})

    check_grads(after_a_step, arrays(model), order=1)


@given(st.integers(0, 2**32 - 1), st.sampled_from([np.float32, np.float64]))
@settings(max_examples=20)
def test_other_numbers_give_what_a_model_that_has_them_gives(seed, dtype):
    model, other = (nn.MLP(2, [3, 2], dtype=dtype, rng=i) for i in (seed, seed + 1))
    for state in (other.state_dict(), parameters(other)):
        found = nn.functional_call(model, state, X)
        assert_array_equal(found.data, other(X).data)
        assert found.dtype == dtype
        assert found.requires_grad == (state.keys() and type(state["layers.0.bias"]) is Tensor)


def test_numbers_that_are_whole_are_taken_in_the_dtype_of_the_parameters():
    layer = nn.Layer(2, 1, None)
    whole = {"weight": Tensor([[1, 2]]), "bias": [3]}
    assert_array_equal(nn.functional_call(layer, whole, [[0.5, 0.5]]).data, [[4.5]])


def test_a_model_may_give_several_things_and_its_own_parameters():
    class Both(nn.Layer):
        def forward(self, x, scale=1.0):
            return {"out": super().forward(x) * scale, "weight": self.weight, "none": None}

    model = Both(2, 3, None, rng=0)
    other = {"weight": np.ones((3, 2)), "bias": np.zeros(3)}
    out = nn.functional_call(model, other, X, scale=2.0)
    assert_array_equal(out["out"].data, np.repeat(X.sum(axis=1, keepdims=True) * 2, 3, axis=1))
    assert_array_equal(out["weight"].data, other["weight"])  # not the model's own
    assert out["none"] is None
    weight = lambda w: nn.functional_call(model, {**other, "weight": w}, X)["weight"]  # noqa: E731
    assert_array_equal(jacobian(weight)(other["weight"]).reshape(6, 6), np.eye(6))


def test_an_error_within_leaves_the_model_as_it_was():
    model = nn.MLP(2, [3, 2], rng=0)
    before = model.state_dict()
    other = {path: array + 1 for path, array in before.items()}
    with pytest.raises(ValueError, match="expects inputs of width 2"):
        nn.functional_call(model, other, np.ones((1, 3)))
    np.testing.assert_equal(model.state_dict(), before)
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_running_statistics_move_where_they_are_held():
    norm = nn.BatchNorm(2)
    norm(X)
    moved = norm.state_dict()
    own = nn.BatchNorm(2)
    nn.functional_call(own, parameters(own), X)
    np.testing.assert_equal(own.state_dict(), moved)
    other = nn.BatchNorm(2)
    before = other.state_dict()
    nn.functional_call(other, before, X)
    np.testing.assert_equal(other.state_dict(), before)


def test_what_is_frozen_may_be_left_out_or_not():
    model = nn.MLP(2, [3, 3], "tanh", rng=0)
    every = grad(loss_of(model))(arrays(model))
    model.layers[0].freeze()
    assert list(parameters(model)) == ["layers.1.weight", "layers.1.bias"]
    for path, gradient in grad(loss_of(model))(arrays(model)).items():
        assert_allclose(gradient, every[path], rtol=1e-12)
    again = grad(loss_of(model))(model.state_dict())
    assert_allclose(again["layers.0.weight"], every["layers.0.weight"], rtol=1e-12)
    assert not model.layers[0].weight.requires_grad


@pytest.mark.parametrize(
    "changes, message",
    [
        (
            {"bias": None},
            r"this Layer: bias is missing; .* \{\*\*dict\(model.named_parameters\(\)\)",
        ),
        ({"offset": 1.0}, "this Layer: offset is unknown$"),
        ({"bias": np.ones(3)}, r"bias has shape \(3,\), not \(2,\)"),
        ({"bias": Tensor(np.ones(2) * 1j)}, "bias has dtype complex128, not float64"),
        ({"weight": None, "b": 1, "bias": 1}, "weight is missing; b is unknown; bias has shape"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_with_all_differences(changes, message):
    layer = nn.Layer(3, 2)
    state = {**layer.state_dict(), **changes}
    state = {path: value for path, value in state.items() if value is not None}
    with pytest.raises(ValueError, match=message):
        nn.functional_call(layer, state, np.ones((1, 3)))


def test_a_module_in_the_place_of_its_parameters_is_refused_with_what_to_take():
    message = r"MLP is no array of numbers: .* by its parameters, nn\.functional_call"
    for function in (grad(lambda model: model(X).sum()), Tensor, np.asarray, np.sin):
        with pytest.raises(TypeError, match=message):
            function(nn.MLP(2, [1]))


def test_what_is_no_module_and_no_dict_is_refused():
    with pytest.raises(TypeError, match="functional_call takes a Module, not function"):
        nn.functional_call(loss_of, {}, X)
    with pytest.raises(TypeError, match=r"a dict, as from state_dict\(\), not list"):
        nn.functional_call(nn.Layer(2, 1), nn.Layer(2, 1).parameters(), X)


def test_within_no_grad_nothing_is_recorded():
    model = nn.MLP(2, [3, 3], rng=0)
    with no_grad():
        assert not nn.functional_call(model, parameters(model), X).requires_grad
