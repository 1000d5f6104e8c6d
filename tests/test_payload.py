"""The description of a graph: the engine's own numbers, found without touching the engine."""

import json
import math
import re
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
import nn.scalar
from autograd import Tensor, Value, debug, no_grad, relu
from autograd.draw import Description, describe, draw, explain, explore, page, zoom
from autograd.draw.numbers import Summary, as_json, summary
from cases import each


def gradients(description: Description) -> list:
    return [item.gradient for item in description.nodes]


def assert_adds_up(description: Description) -> None:
    """Each gradient is the sum of the messages that come to it, and g × local is each message."""
    nodes, edges = description.nodes, description.edges
    for i, item in enumerate(nodes):
        messages = [e.message for e in edges if e.source == i and e.message is not None]
        if i == description.root:
            assert np.all(item.gradient == 1)
        elif item.gradient is None:
            assert not messages
        else:
            np.testing.assert_allclose(item.gradient, sum(messages), rtol=1e-12)
    for edge in edges:
        g = nodes[edge.target].gradient
        if edge.factor is not None and np.shape(g * edge.factor) == np.shape(edge.message):
            np.testing.assert_allclose(g * edge.factor, edge.message, rtol=1e-12)
    sent = [i for i, edge in enumerate(edges) if edge.message is not None]
    assert sorted(description.backward) == sent
    targets = [edges[i].target for i in description.backward]
    assert targets == sorted(targets, reverse=True)
    assert all(edge.source < edge.target for edge in edges)
    assert [[e for e, edge in enumerate(edges) if edge.target == i] for i in range(len(nodes))] == [
        item.edges for item in nodes
    ]


@given(
    st.lists(st.floats(-3, 3), min_size=2, max_size=6),
    st.lists(st.sampled_from(["+", "*", "-", "tanh", "relu", "exp"]), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_the_gradients_are_those_of_backward(data, operations, random, of_tensors) -> None:
    values = [Tensor([x, 1.0], requires_grad=True) if of_tensors else Value(x) for x in data]
    leaves = list(values)
    for operation in operations:
        a, b = random.choice(values), random.choice(values)
        one = {"tanh": np.tanh, "relu": relu, "exp": lambda v: np.exp(v * 0.1)}.get(operation)
        if one and of_tensors:
            values.append(one(a))
        elif one:
            values.append((a * 0.1).exp() if operation == "exp" else getattr(a, operation)())
        else:
            values.append(a + b if operation == "+" else a * b if operation == "*" else a - b)
    root = values[-1]
    description = describe(root, names={f"v{i}": leaf for i, leaf in enumerate(leaves)})
    assert_adds_up(description)
    assert all(leaf.grad is None if of_tensors else leaf.grad == 0.0 for leaf in values)
    root.backward(np.ones(2)) if of_tensors else root.backward()
    for i, leaf in enumerate(leaves):
        found = [item.gradient for item in description.nodes if item.name == f"v{i}"]
        if found and leaf is not root:
            np.testing.assert_allclose(found[0], leaf.grad, rtol=1e-12, atol=1e-200)


def test_a_network_of_tensors_adds_up() -> None:
    model = nn.MLP(4, [5, 3], rng=0)
    x = np.random.default_rng(0).normal(size=(6, 4))
    loss = nn.cross_entropy(model(x), [0, 1, 2, 0, 1, 2])
    description = describe(loss)
    assert_adds_up(description)
    loss.backward()
    by_name = {item.name: item for item in description.nodes}
    for path, parameter in model.named_parameters():
        np.testing.assert_allclose(by_name[path].gradient, parameter.grad, rtol=1e-12)
        assert by_name[path].role == "parameter"


def test_operations_with_lists_and_with_several_outputs_add_up() -> None:
    a = Tensor(np.random.default_rng(0).normal(size=(3, 3)), requires_grad=True, name="a")
    U, S, Vh = np.linalg.svd(a)
    root = (np.concatenate([U[0], S, S, np.ones(2)]) ** 2).sum() + (Vh[1] ** 3).sum()
    description = describe(root)
    assert_adds_up(description)
    root.backward()
    np.testing.assert_allclose(description.nodes[0].gradient, a.grad, rtol=1e-9)
    parts = [str(item.formula) for item in description.nodes if "svd" in (item.op or "")]
    assert parts == ["svd(a).U", "svd(a).S", "svd(a).Vh"]


def test_a_zero_stays_zero_against_an_infinite_slope() -> None:
    x = Value(0.0)
    description = describe(x.sqrt() * 0.0)
    assert gradients(description)[0] == 0.0
    (sqrt,) = [edge for edge in description.edges if edge.argument == "x" and edge.source == 0]
    assert math.isinf(sqrt.factor)
    t = Tensor(0.0, requires_grad=True)
    assert gradients(describe(np.sqrt(t) * 0.0))[0] == 0.0


def test_programs_for_micrograd_are_replayed_and_left_as_they_were() -> None:
    x = Value(3.0)
    x.grad = 7.0
    out = Value(9.0, (x,), "square")

    def _backward() -> None:
        x.grad += 2 * x.data * out.grad

    out._backward = _backward
    description = describe(out * 2.0)
    assert gradients(description)[0] == 12.0
    assert (x.grad, out.grad) == (7.0, 0.0)
    assert description.edges[0].factor is None


def test_a_root_that_is_no_single_number_has_a_seed_of_ones() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    description = describe(x * x)
    assert description.seed == "ones"
    assert gradients(description)[0].tolist() == [2.0, 4.0]
    assert describe((x * x).sum()).seed == "one"


@each("make", [Value, lambda x: Tensor(x, requires_grad=True)])
def test_a_long_chain_is_described(make) -> None:
    x = make(1.0)
    for _ in range(3_000):
        x = -x
    description = describe(x)
    assert len(description.nodes) == 3_001
    assert gradients(description)[0] == 1.0


def test_arrays_have_the_names_of_the_variables_that_hold_them() -> None:
    X, T = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([1, 0])
    W = Tensor(np.eye(2), requires_grad=True)
    loss = nn.cross_entropy(X @ W + (Tensor(2 * X, name="twice") * W), T)
    names = {item.name for item in describe(loss, names=locals()).nodes}
    assert {"X", "T", "W", "twice"} <= names
    assert {item.name for item in describe(loss).nodes} - {None} == {"twice"}
    value = zoom((X @ W).sum(), names={"X": X, "alias": X, "other": np.ones((2, 2))})
    assert {v.name for v in values(value)} >= {"X[0, 0]", "X[1, 1]"}
    T[:] = 7  # the graph has what it was
    assert "T" not in {item.name for item in describe(loss, names=locals()).nodes}


USES = {  # of an array c, of which a graph keeps a copy, the Tensor's own array, or nothing
    "multiply": lambda h, c: h * c,
    "divide": lambda h, c: h / c,
    "add": lambda h, c: h + c,
    "subtract": lambda h, c: c - h,
    "join": lambda h, c: np.concatenate([h, c])[:3],
    "stack": lambda h, c: np.stack([c, h, h], axis=1).sum(axis=1),
}


@given(
    st.lists(st.tuples(st.sampled_from(sorted(USES)), st.integers(0, 4)), min_size=1, max_size=6),
    st.booleans(),
)
def test_an_array_is_one_node_however_often_it_is_used_and_called_by_no_other_s_name(
    uses: list[tuple[str, int]], are_known: bool
) -> None:
    c, n = np.array([4.0, 5.0, 6.0]), np.array([3.0, np.nan, 1.0])
    t = Tensor([1.5, 2.5, 0.5])
    p = np.array([0.25, 2.0, 8.0])
    q = p.copy()  # which has the same numbers, so that neither can be known
    things = {"c": c, "n": n, "t": t, "p": p, "q": q}
    h = Tensor([1.0, 2.0, 3.0], requires_grad=True, name="h")
    for how, i in uses:
        h = USES[how](h, list(things.values())[i])
    names = things if are_known else None
    nodes = describe(h.sum(), names=names).nodes
    leaves = [node for node in nodes if node.op is None and node.name != "h"]
    for node in leaves:
        if node.name:
            np.testing.assert_array_equal(node.value, np.asarray(things[node.name]))
    used = {list(things)[i] for how, i in uses}
    equal = [node.value for node in leaves if np.array_equal(node.value, p)]
    others = [node for node in leaves if not np.array_equal(node.value, p)]
    assert len(others) <= len(used - {"p", "q"}) + ("n" in used)
    if are_known:
        assert {node.name for node in leaves} <= {"c", "n", "t", None}
        if "n" not in used:  # beside a nan, what was lost is not found again
            assert {"c", "t"} & used <= {node.name for node in leaves}
    else:
        assert len(equal) <= 1
    inner = [value for value in values(zoom(h.sum(), names=names)) if not value._parents]
    assert len(inner) <= 3 + sum(np.size(node.value) for node in leaves)  # those of h, and these


def test_names_are_found_for_arrays_that_a_network_has_cast() -> None:
    X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]) / 3, np.array([[0], [1], [1], [0]], np.int32)
    model = nn.MLP(2, [8, 1], "tanh", dtype="float32", rng=0)
    loss = nn.bce_with_logits(model(X), y)
    assert {"X", "y"} <= {item.name for item in describe(loss, names=locals()).nodes}
    W = Tensor([1.0, 0.0], requires_grad=True)
    names = {"truths": np.array([True, False]), "halves": np.array([1.5, 0.5])}
    root = (W * np.array([1.0, 0.0])).sum() + W[np.array([1, 0])].sum()
    assert {item.name for item in describe(root, names=names).nodes} == {None}  # of other kinds


def test_what_was_joined_is_shown_and_computed_again() -> None:
    w, c = Tensor([[1.0, 2.0]], requires_grad=True, name="w"), np.array([[3.0, 4.0]])
    for root in (np.concatenate([c, w], axis=None), np.stack([c, w], axis=-1), np.vstack([c, w])):
        (item,) = [item for item in describe(root.sum(), names={"c": c}).nodes if item.name == "c"]
        np.testing.assert_array_equal(np.ravel(item.value), [3.0, 4.0])
    many = [Tensor(np.arange(3.0) + i, requires_grad=True) for i in range(30)]
    stack = next(item for item in describe(np.stack(many).sum()).nodes if item.op == "stack")
    assert isinstance(stack.value, Summary)
    assert stack.value.max == 31.0


def values(root: Value) -> set[Value]:
    found = {root}
    for value in (todo := [root]):
        todo += set(value._parents) - found
        found |= set(value._parents)
    return found


def test_a_stale_graph_is_refused() -> None:
    w = Tensor([1.0], requires_grad=True, name="w")
    loss = (w * w).sum()
    with no_grad():
        w -= 0.1
    with pytest.raises(RuntimeError, match="stale graph: 'w'"):
        describe(loss)


@pytest.mark.parametrize("leaf", [Value, lambda x: Tensor(x, requires_grad=True)])
def test_a_graph_made_within_debug_has_the_lines_and_others_have_none(leaf: Any) -> None:
    x = leaf(3.0)
    assert {item.line for item in describe(x * x + 1.0).nodes} == {None}
    with debug():
        square = x * x
        root = square + 1.0
    lines = {item.op: item.line.text for item in describe(root).nodes if item.line}
    assert set(lines.values()) == {"square = x * x", "root = square + 1.0"}
    assert len(lines) == 2
    tooltips = re.findall(r'tooltip="line \d+ of test_payload.py: (.*?)"', draw(root).source)
    assert tooltips == ["square = x * x", "root = square + 1.0"]
    assert "test_payload.py, line " in page(describe(root).as_json())


def test_a_plain_number_among_values_is_a_constant() -> None:
    x, two = Value(3.0), Value(2.0)
    root = (5 - x) * two + 1 / x + 4 * 0.5**x + np.float64(7.0)
    leaves = [item for item in describe(root).nodes if item.op is None]
    values = {item.value.item(): item.role for item in leaves if isinstance(item.value, np.ndarray)}
    assert values == {3.0: "input", 2.0: "input"} | dict.fromkeys(
        [5.0, 1.0, 4.0, 0.5, 7.0], "constant"
    )


# Of a function.


def test_a_function_is_run_on_tracked_arguments_with_lines_and_all_values() -> None:
    def f(x, y, n):
        z = x * y
        return np.sum(z**n)

    x = np.arange(100.0)
    description = describe(f, x, 2.0, 2)
    names = [item.name for item in description.nodes]
    assert names[:2] == ["x", "y"]
    assert [item.role for item in description.nodes][:2] == ["input", "input"]
    z = next(item for item in description.nodes if item.op == "multiply")
    assert z.line.text == "z = x * y"
    assert isinstance(z.value, Summary)
    assert z.value.max == 198.0
    assert description.nodes[1].gradient == pytest.approx(2 * 2 * (x * x).sum())
    assert_adds_up(describe(f, x[:5], 2.0, 2))


def test_arguments_may_be_tensors_values_and_lists() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    assert describe(lambda w: (w * w).sum(), w).nodes[0].name == "w"
    assert w.grad is None
    description = describe(lambda x, y: x * y, Value(2.0), Value(3.0))
    assert [item.name for item in description.nodes] == ["x", "y", None]
    description = describe(lambda *xs: xs[0] * xs[1], 2.0, 3.0)
    assert [(item.name, item.role) for item in description.nodes[:2]] == [
        ("xs[0]", "input"),
        ("xs[1]", "input"),
    ]
    description = describe(lambda params: params["w"] @ params["b"], {"w": x2(), "b": x2()})
    assert [item.name for item in description.nodes][:2] == ["params['w']", "params['b']"]


def x2() -> np.ndarray:
    return np.array([1.0, 2.0])


def test_what_a_function_returns_must_be_one_result() -> None:
    with pytest.raises(TypeError, match="returned tuple; to be drawn, a function returns one"):
        describe(lambda x: (x, x), 1.0)
    with pytest.raises(TypeError, match="arguments are for a function; Value was computed"):
        describe(Value(1.0) * 2.0, 3.0)


@each("argument", [3, np.int64(3), np.arange(2), [1, 2]])
@each("shown", [describe, zoom, lambda f, x: explain(f, "x", x)])
def test_integers_that_are_to_be_tracked_are_the_cause(shown, argument) -> None:
    def f(x):
        return x[0] * x[1] if isinstance(x, list) else x * x

    cause = r"f has nothing to track: .* its argument 'x' is int64; write 1\.0 instead of 1, or"
    with pytest.raises(TypeError, match=cause):
        shown(f, argument)
    w = Tensor([1.0], requires_grad=True)
    assert describe(lambda x: f(x) * w, argument).nodes[-1].op == "multiply"  # as of data


# Names and values.


def test_a_function_calls_its_arguments_as_it_does_whatever_else_has_these_names() -> None:
    def f(x, w):
        return (np.tanh(x @ w) ** 2).sum()

    x, w = np.array([1.0, 2.0]), Tensor(np.array([[0.5, -1.0], [1.0, 0.0]]), requires_grad=True)
    of_itself = [item.name for item in describe(f, x, w).nodes]
    assert set(of_itself) == {"x", "w", None}
    for names in (locals(), {"data": x, "weights": w}, {"w": x, "x": w}):
        assert [item.name for item in describe(f, x, w, names=names).nodes] == of_itself
        assert explain(f, "w", x, w, names=names)
        assert {v.name for v in values(zoom(f, x, w, names=names))} >= {"x[0]", "w[1, 0]"}


def test_variables_are_named_by_their_names_then_by_those_given() -> None:
    x, t = Tensor([1.0], requires_grad=True, name="own"), Tensor([2.0])
    y = x * t
    parts = [y + 1.0]
    description = describe(parts[0], names=locals())
    assert [item.name for item in description.nodes] == ["own", "t", "y", None, "parts[0]"]
    assert [item.role for item in description.nodes][:2] == ["parameter", "input"]


@given(st.integers(0, 80), st.sampled_from(["float32", "complex128", "int64", "bool"]))
def test_numbers_are_shown_up_to_64_and_summed_up_beyond(size, dtype) -> None:
    x = (np.arange(size) - 3).astype(dtype)
    shown = as_json(x if size <= 64 else summary(x))
    assert shown["shape"] == [size]
    if size <= 64:
        assert [complex(n) for n in shown["data"]] == pytest.approx([complex(n) for n in x])
    else:
        assert sum(shown["histogram"]["counts"]) == size
        assert shown["zeros"] == pytest.approx(np.mean(x == 0), rel=1e-5)
        if dtype != "bool":
            assert shown["max"] == pytest.approx(
                np.abs(x).max() if dtype == "complex128" else x[-1]
            )


def test_summaries_tell_of_nan_and_infinity() -> None:
    x = np.zeros(100)
    x[:2], x[2], x[3:53] = np.nan, -np.inf, 2.0
    facts = summary(x)
    assert (facts.nan, facts.inf, facts.max, facts.min, facts.zeros) == (2, 1, 2.0, 0.0, 0.47)
    assert sum(facts.counts) == 97
    empty = as_json(summary(np.full(70, np.nan)))
    assert (empty["mean"], empty["nan"], empty["histogram"]["counts"]) == ("nan", 70, [])


def test_json_has_the_fields_and_only_what_json_has() -> None:
    x = Tensor([0.1 + 0.2, np.inf, -np.inf, np.nan], requires_grad=True, name="x")
    data = describe(x * 2.0).as_json()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["nodes"][0] == {
        "role": "parameter",
        "name": "x",
        "op": None,
        "formula": None,
        "step": "x",
        "written": None,
        "line": None,
        "shape": [4],
        "dtype": "float64",
        "value": {"shape": [4], "data": [0.3, "inf", "-inf", "nan"]},
        "gradient": {"shape": [4], "data": [2.0, 2.0, 2.0, 2.0]},
        "group": None,
        "edges": [],
    }
    assert data["edges"][0] == {
        "from": 0,
        "to": 2,
        "argument": "x",
        "local": "2",
        "written": "2",
        "factor": {"shape": [4], "data": [2.0] * 4},
        "message": {"shape": [4], "data": [2.0] * 4},
        "total": None,
    }
    assert (data["root"], data["backward"], data["seed"], data["groups"]) == (2, [0], "ones", [])


# Calls of modules.


def groups(description: Description) -> list[tuple]:
    return [(group.name, group.type, group.parent) for group in description.groups]


def members(description: Description) -> dict:
    found: dict = {}
    for item in description.nodes:
        group = None if item.group is None else description.groups[item.group].name
        found.setdefault(group, []).append(item.name or item.op)
    return found


def test_the_calls_of_a_network_of_tensors() -> None:
    model = nn.MLP(2, [3, 1], rng=0)
    description = describe(nn.half_mse(model(np.ones((1, 2))), np.ones((1, 1))), names=locals())
    assert groups(description) == [
        ("model", "MLP", None),
        ("layers.0", "Layer", 0),
        ("layers.1", "Layer", 0),
    ]
    assert members(description) == {
        "layers.0": ["layers.0.weight", "layers.0.bias", "x @ Wᵀ + b", "relu"],
        "layers.1": ["layers.1.weight", "layers.1.bias", "x @ Wᵀ + b"],
        None: [None, None, "half_mse"],
    }


def test_the_calls_of_a_network_of_values() -> None:
    model = nn.scalar.MLP(2, [2, 1], rng=0)
    description = describe(model([1.0, 2.0]) * 2.0)
    assert groups(description) == [
        ("MLP", "MLP", None),
        ("layers.0", "Layer", 0),
        ("layers.1", "Layer", 0),
        ("layers.0.neurons.0", "Neuron", 1),
        ("layers.0.neurons.1", "Neuron", 1),
        ("layers.1.neurons.0", "Neuron", 2),
    ]
    weights = [f"layers.1.neurons.0.{part}" for part in ("w.0", "w.1", "b")]
    assert members(description)["layers.1.neurons.0"] == [*weights, "weighted sum"]
    assert members(description)[None] == [None, None, None, "*"]
    neuron = model.layers[0].neurons[0]
    assert groups(describe(neuron([1.0, 2.0]))) == [("Neuron", "Neuron", None)]


class Cell(nn.Module):
    def __init__(self) -> None:
        self.w = Tensor([0.5], requires_grad=True)

    def forward(self, h, bias=1.0):
        h = np.tanh(self.w * h + bias)
        return h, h * 2.0


class Chain(nn.Module):
    def __init__(self) -> None:
        self.parts = {"cell": Cell()}
        self.same = Same()

    def forward(self, h):
        out = h
        for _ in range(3):
            h, out = self.parts["cell"](h, bias=2.0)
        return self.same(out)


class Same(nn.Module):
    def forward(self, x):
        return x


def test_a_module_that_is_called_again_has_a_group_for_each_call() -> None:
    description = describe(Chain(), Tensor([1.0]))
    cell = ("parts.cell", "Cell", 0)
    assert groups(description) == [("Chain", "Chain", None), cell, cell, cell]
    second = [item.op for item in description.nodes if item.group == 2]
    assert second == ["multiply", None, "add", "tanh"]  # with the constant 2.0
    (w,) = [item for item in description.nodes if item.name == "parts.cell.w"]
    assert w.group == 0  # which all of its users are in
    assert_adds_up(description)


def test_a_module_that_returns_what_it_got_notes_nothing() -> None:
    w = Tensor([1.0], requires_grad=True)
    same = Same()
    assert same(same(w)) is w
    assert w._node.call is None
    assert describe(same(w * 2.0)).groups == []
    assert same(None) is None


def test_a_graph_dies_with_its_result_though_it_knows_its_modules() -> None:
    import weakref

    model = nn.MLP(2, [3, 1], rng=0)
    out = model(np.ones((1, 2)))
    node = weakref.ref(out._node)
    del out
    assert node() is None


@each("see", [describe, draw, lambda root: explain(root, "x")])
def test_what_has_no_gradient_since_it_is_complex_is_refused(see: Any) -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    root = (x * (1 + 1j)).sum()
    with pytest.raises(ValueError, match=r"a complex number has no gradient .* take its \.real or"):
        see(root)
    see(root.real)


@each("chain", [lambda: Value(1.0), lambda: Tensor(1.0, requires_grad=True)])
@pytest.mark.parametrize("of_a_function", [True, False])
def test_a_graph_too_large_for_a_page_is_refused_before_it_is_described(
    chain: Any, of_a_function: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("describe_value", "describe_tensor"):
        monkeypatch.setattr(sys.modules["autograd.draw.describe"], name, None)

    def longer(x: Any) -> Any:
        for _ in range(5_000):
            x = -x
        return x

    with pytest.raises(ValueError, match=r"has 5,001 nodes, .* such as fewer rounds of its loop"):
        if of_a_function:
            explore(longer, chain(), path="unused.html")
        else:
            explore(longer(chain()), "unused.html")


def test_what_no_reader_can_look_up_is_told_on_the_page_and_by_a_tooltip() -> None:
    x = Tensor([2.0, 3.0, 0.5], requires_grad=True, name="x")
    sentence = "product_of_others(x): for each element, the product of all others."
    assert f'tooltip="{sentence}"' in draw(x.prod()).source
    assert sentence in page(describe(x.prod()).as_json())
    assert "tooltip" not in draw(np.tanh(x)).source  # which all know


def test_names_may_be_in_lists_and_dicts_that_hold_themselves() -> None:
    x, y = (Tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    outputs: dict[str, Any] = {"last": [y]}
    outputs["all"] = outputs  # as IPython's Out has it after a look at globals()
    names = {item.name for item in describe((x * y).sum(), names={"Out": outputs, "x": x}).nodes}
    assert {"x", "Out['last'][0]"} <= names


@given(st.integers(0, 2**32), st.sampled_from(["add", "subtract", "rsub", "divide"]))
def test_what_was_found_again_has_its_name_however_long_its_numbers_are(
    seed: int, how: str
) -> None:
    rng = np.random.default_rng(seed)
    w, c = Tensor(rng.normal(size=3), requires_grad=True), rng.normal(size=3)
    root = {"add": w + c, "subtract": w - c, "rsub": c - w, "divide": c / w}[how]
    for names in ({"c": c, "other": 2 * c}, {}):
        leaves = [item for item in describe(root * c, names=names).nodes if item.op is None]
        assert {item.name for item in leaves} == {None, *("c" for name in names if name == "c")}
        assert len(leaves) == 2
