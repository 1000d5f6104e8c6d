"""zoom(): graphs of Tensors as graphs of Values, with the same numbers and the same gradients."""

import warnings
from collections.abc import Callable
from html import unescape
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, Value, derivative, no_grad, primitive, relu
from autograd.draw import describe, draw, zoom
from autograd.draw.zoom import MOST
from autograd.primitive import public_name
from autograd.testing.strategies.programs import programs
from domains import DOMAINS, calls
from graphs import two_three_one
from nn import MLP

W, B = np.array([[1.0, 2.0], [-3.0, 4.0], [1.0, -1.0]]), np.array([1.0, 2.0, 0.0])


def leaves(roots: Any) -> dict[str, Value]:
    """What the Values were computed from, by name."""
    todo, found = list(np.ravel(roots)), set()
    while todo:
        value = todo.pop()
        if value not in found:
            found.add(value)
            todo += value._parents
    return {value.name: value for value in found if value.name and not value._parents}


def assert_zoomed(root: Tensor, tensors: list[Tensor], values: Any) -> None:
    """That `values` have the numbers of `root`, and its gradients by the named `tensors`."""
    numbers = np.vectorize(float, otypes=[float])(values)
    np.testing.assert_allclose(numbers.reshape(root.shape), root.data, rtol=1e-9, atol=1e-12)
    cotangent = np.cos(np.arange(root.size) + 1.0)
    for tensor in tensors:
        tensor.grad = None
    root.backward(cotangent.reshape(root.shape))
    loss = sum((w * value for w, value in zip(cotangent, np.ravel(values))), Value(0.0))
    loss.backward()
    by_name = leaves(values)
    for tensor in tensors:
        expected = np.zeros(tensor.shape) if tensor.grad is None else tensor.grad
        for place in np.ndindex(tensor.shape):
            key = f"{tensor.name}[{', '.join(map(str, place))}]" if place else tensor.name
            value = by_name.get(key)
            found = 0.0 if value is None else value.grad
            size = np.max(np.abs(expected))
            assert found == pytest.approx(expected[place], rel=1e-9, abs=1e-11 * (1 + size)), key


def named_tensors(arrays: Any) -> list[Tensor]:
    return [Tensor(x, requires_grad=True, name=f"x{i}") for i, x in enumerate(arrays)]


@pytest.mark.parametrize("function", DOMAINS, ids=lambda f: public_name(f))
def test_every_function_that_has_a_derivative_can_be_zoomed(function: Callable[..., Any]) -> None:
    @settings(max_examples=settings().max_examples // 10)
    @given(calls(function), st.booleans())
    def check(call: Any, as_a_function: bool) -> None:
        tensors = named_tensors(call.arrays)
        root = call(*tensors)
        if not (isinstance(root, Tensor) and root.requires_grad and 0 < root.size <= 64):
            return
        given = (lambda: call(*tensors)) if as_a_function else root
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                values = zoom(given)
            except TypeError as error:
                assert "a Value holds a real one" in str(error)
                return
        if np.all(np.isfinite(root.data)):
            assert_zoomed(root, tensors, values)

    check()


@given(programs(scalar=True), st.booleans())
def test_zoomed_gradients_of_random_programs_are_the_tensors(program: Any, kept: bool) -> None:
    tensors = named_tensors(program.inputs)
    root = program(*tensors)
    try:
        values = zoom(root) if kept else zoom(lambda: program(*tensors))
    except TypeError as error:
        assert "np.fft" in str(error)
        return
    assert_zoomed(root, tensors, values)


def test_the_two_three_one_network_number_by_number() -> None:
    loss = two_three_one()
    value = zoom(loss)
    value.backward()
    by_name = leaves(value)
    assert value.data == 162.0
    assert [by_name[f"W[{i}, {j}]"].grad for i in range(3) for j in range(2)] == [
        *(18.0, 36.0, 36.0, 72.0, 0.0, 0.0)
    ]
    assert [by_name[f"Wout[0, {i}]"].grad for i in range(3)] == [108.0, 126.0, 0.0]
    items = describe(value).nodes
    assert [item.name for item in items if item.op == "ReLU"] == ["z[0]", "z[1]", "z[2]"]
    assert value.name == "loss"


def test_a_product_of_matrices_is_made_of_products_and_sums() -> None:
    y = zoom(Tensor(W, requires_grad=True, name="W") @ np.array([1.0, 10.0]), names={})
    assert y.shape == (3,)
    for value in y:
        assert value._op == "+"
        assert [parent._op for parent in value._parents] == ["*", "*"]
    # The three rows meet in the same inputs.
    assert y[0]._parents[0]._y is y[1]._parents[0]._y


@pytest.mark.parametrize("batch", [(2,), (1, 2), (4, 2)])
def test_a_network_of_modules_has_the_names_of_its_parameters(batch: tuple[int, ...]) -> None:
    model = MLP(2, [3, 1], rng=0)
    parameters = list(model.parameters())
    root = model(np.cos(np.arange(np.prod(batch))).reshape(batch)).sum()
    value = zoom(root)
    assert {"layers.0.weight[2, 1]", "layers.1.bias[0]"} <= leaves(value).keys()
    assert_zoomed(root, parameters, value)


def test_what_only_moves_elements_moves_values() -> None:
    x = Tensor(W, requires_grad=True, name="W")
    for root in (x.T, x.reshape(2, 3), x[::-1], np.concatenate([x, x]), np.transpose(x)):
        values = zoom(root)
        assert {value.name for value in values.flat} == set(leaves(values))
        assert len(leaves(values)) == 6


def test_a_function_also_shows_the_constants_that_no_rule_asks_for() -> None:
    x = Tensor([2.0, 3.0], requires_grad=True, name="x")
    assert [parent.data for parent in zoom(np.maximum(x, 1.0))[0]._parents] == [2.0]
    assert [
        parent.data for parent in zoom(lambda x: x + 5.0, np.array([2.0, 3.0]))[0]._parents
    ] == [*(2.0, 5.0)]
    t = Tensor([5.0, 6.0], name="t")
    values = zoom(lambda x: x + t, np.array([2.0, 3.0]), names={"t": t})
    assert leaves(values).keys() == {"x[0]", "x[1]", "t[0]", "t[1]"}


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("f", [np.add, np.subtract])
@pytest.mark.parametrize("constant", [5.0, np.array([5.0, 7.0])])
def test_a_constant_that_was_added_is_found_again(f: Any, constant: Any, swap: bool) -> None:
    x = Tensor([2.0, 3.0], requires_grad=True, name="x")
    root = f(constant, x) if swap else f(x, constant)
    values = zoom(root)
    found = [value._parents[0 if swap else 1] for value in values]
    assert [value.data for value in found] == np.broadcast_to(constant, 2).tolist()
    assert (found[0] is found[1]) == (np.ndim(constant) == 0)
    assert_zoomed(root, [x], values)


FOUND = {"c + x": lambda x, c: c + x, "x - c": lambda x, c: x - c, "c / x": lambda x, c: c / x}
FOUND |= {"x + c": lambda x, c: x + c, "c - x": lambda x, c: c - x}


@pytest.mark.parametrize("f", FOUND.values(), ids=FOUND)
@given(
    st.lists(st.sampled_from([1e-9, 0.1, 1.0, 3.0, 1e9, 1e17]), min_size=1, max_size=3),
    st.lists(st.sampled_from([-3.0, 0.0, 1e-7, 0.1, 0.9, 1 / 3, 1.0]), min_size=1, max_size=3),
    st.sampled_from([np.float32, np.float64]),
)
@settings(max_examples=settings().max_examples // 4)
def test_a_constant_that_was_lost_is_right_or_left_out(f: Any, x: Any, c: Any, dtype: Any) -> None:
    constants = np.array([c[i % len(c)] for i in range(len(x))])
    tensor = Tensor(np.array(x, dtype), requires_grad=True, name="x")
    constant = c[0] if len(c) == 1 else constants.astype(dtype)
    root = f(tensor, constant)
    for value, expected in zip(np.ravel(zoom(root)), constants):
        found = [parent.data for parent in value._parents if not parent.name]
        rel = 1e-6 if dtype == np.float64 else 1e-3
        assert found == pytest.approx([expected][: len(found)], rel=rel, abs=rel)
    exact = Tensor(np.array([0.5, 2.0]), requires_grad=True, name="x")
    for value in zoom(f(exact, c[0])):  # where nothing is lost to rounding
        assert [parent.data for parent in value._parents if not parent.name] == [c[0]]


def test_gradients_are_right_where_a_constant_is_lost_to_rounding() -> None:
    x = Tensor([1e9, 1.0, 1e17], requires_grad=True, name="x")
    root = ((x + np.array([0.1, 0.9, 5.0])) ** 2).sum()
    assert_zoomed(root, [x], zoom(root))


def test_no_constant_is_found_of_a_leaf_that_was_changed_since() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    y = x + 5.0
    with no_grad():
        x += 1.0
    assert [value.data for value in zoom(y)] == [6.0, 7.0]
    assert all(len(value._parents) == 1 for value in zoom(y))


def test_kinks_and_ties_are_the_table_s() -> None:
    x = Tensor([2.0, 2.0, 1.0], requires_grad=True, name="x")
    value = zoom(np.max(x))
    value.backward()
    assert [leaves(value)[f"x[{i}]"].grad for i in (0, 1)] == [0.5, 0.5]
    assert leaves(value)["x[2]"].grad == 0.0  # it was looked at, too


def test_an_operation_of_one_s_own_is_zoomed_by_its_rules() -> None:
    @primitive
    def energy(x):
        return np.sum(np.asarray(x, float) ** 2)

    derivative(energy, x=lambda g, x: 2 * g * x)
    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    value = zoom(energy(x))
    assert (value._op, value.data, tuple(value._partials)) == ("energy", 5.0, (2.0, 4.0))


def test_nothing_of_the_tensors_changes() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    root = np.sum(x * x)
    zoom(root).backward()
    assert x.grad is None
    root.backward()
    np.testing.assert_array_equal(x.grad, [2.0, 4.0])


def test_it_can_be_drawn() -> None:
    source = unescape(draw(zoom(two_three_one())).source)
    assert "W[2, 1]" in source
    assert "ReLU" in source


def test_a_large_graph_is_refused_with_its_size() -> None:
    x = Tensor(np.ones((784, 64)), requires_grad=True)
    with pytest.raises(ValueError, match=r"would have at least 50,\d\d\d numbers, and 4,000 are"):
        zoom(np.ones(784) @ x)
    x = Tensor(np.ones((30, 30)), requires_grad=True)
    with pytest.raises(ValueError, match=r"would have more than \d\d,\d\d\d numbers, and 4,000"):
        zoom(x @ x)
    assert MOST == 4_000


def test_a_value_that_the_graph_has_not_kept_is_asked_for() -> None:
    x = Tensor(np.ones(100), requires_grad=True)
    with pytest.raises(ValueError, match=r"values of np\.add, of shape \(100,\).*zoom\(f, x\)"):
        zoom(np.sum(x + 1.0))
    assert zoom(lambda x: np.sum(x + 1.0), np.ones(100)).data == 200.0


def test_what_can_not_be_zoomed_is_refused_by_name() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match=r"np\.fft\.fft gives complex128 numbers, and a Value"):
        zoom(np.sum(np.fft.fft(x).real))
    with pytest.raises(TypeError, match="Value, one number, already"):
        zoom(Value(1.0))
    with pytest.raises(TypeError, match="only a Tensor, or a function, can be zoomed, not int"):
        zoom(3)
    with pytest.raises(TypeError, match="arguments are for a function; Tensor was computed"):
        zoom(x * x, 3.0)
    with pytest.raises(ValueError, match=r"no graph to zoom into: .*requires_grad=True"):
        zoom(Tensor([1.0]) * 2.0)


def test_a_stale_graph_is_refused() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    y = relu(x * x)
    with no_grad():
        x += 1.0
    with pytest.raises(RuntimeError, match="stale graph: 'x'"):
        zoom(y)
