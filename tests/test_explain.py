"""explain(): derivations read as by hand, add up to the engine's gradients, are safe to show."""

import re
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
import nn.scalar
from autograd import Tensor, Value, derivative, no_grad, primitive, relu, softmax
from autograd.draw import describe, explain
from autograd.draw.derivation import Fractions, _latex_writer
from autograd.draw.formula.axes import RESHAPED
from autograd.draw.formula.expressions import Call, Formula
from autograd.draw.formula.terms import parts_of
from autograd.draw.numbers import Summary
from autograd.draw.places import TensorGraph, ValueGraph
from autograd.draw.steps import MANY, Steps
from autograd.draw.writer import LINES, PATHS
from autograd.primitive import TABLE, public_name
from autograd.testing.strategies.programs import programs
from autograd.tree import flatten
from cases import each
from domains import DOMAINS, calls
from graphs import named, polynomial, two_three_one
from test_draw import HOSTILE

W, B = [[1.0, 2.0], [-3.0, 4.0], [1.0, -1.0]], [1.0, 2.0, 0.0]
W_OUT, B_OUT = [1.0, 2.0, 3.0], 1.0


def by_hand(W: Any, b: Any, Wout: Any, bout: Any, x: Any, t: Any) -> Any:
    s = W @ x + b
    z = relu(s)
    y = Wout @ z + bout
    s.name, z.name, y.name = "s", "z", "y"
    loss = 0.5 * (y - t) ** 2
    loss.name = "L"
    return loss


ARGUMENTS = [*map(np.array, (W, B, W_OUT)), B_OUT, np.array([1.0, 2.0]), 3.0]


def scalar_network() -> tuple[nn.scalar.MLP, Value]:
    model = nn.scalar.MLP(2, [3, 1])
    for neuron, w, b in zip(model.layers[0].neurons, W, B):
        neuron.w, neuron.b = [Value(x) for x in w], Value(b)
    (out,) = model.layers[1].neurons
    out.w, out.b = [Value(x) for x in W_OUT], Value(B_OUT)
    return model, 0.5 * (model([1.0, 2.0]) - 3.0) ** 2


def test_the_two_three_one_network_is_derived_as_by_hand() -> None:
    assert (
        str(explain(by_hand, "W", *ARGUMENTS, lr=0.01))
        == """\
∂L/∂W = [[18, 36],
         [36, 72],
         [ 0,  0]]

Given
  W    = [[ 1,  2],
          [−3,  4],
          [ 1, −1]]
  b    = [1, 2, 0]
  Wout = [1, 2, 3]
  bout = 1
  x    = [1, 2]
  t    = 3

Forward
  s = W @ x + b = [6, 7, −1]
  z = relu(s) = [6, 7, 0]
  y = Wout @ z + bout = 21
  L = 0.5·(y − t)² = 162

Backward
  ∂L/∂y = y − t = 18
  ∂L/∂z = ∂L/∂y · Wout = [18, 36, 54]
  ∂L/∂s = ∂L/∂z · [s > 0] = [18, 36, 0]
  ∂L/∂W = ∂L/∂s ⊗ x = [[18, 36],
                       [36, 72],
                       [ 0,  0]]
  No gradient flows to row 3 of s: its pre-activation −1 is below 0.
  […]: 1 where that holds, else 0.

Chain rule
  ∂L/∂W = ((y − t)·Wout·[s > 0]) ⊗ x

Update
  W ← W − 0.01 · ∂L/∂W = [[ 0.82,  1.64],
                          [−3.36,  3.28],
                          [    1,    −1]]
"""
    )


def test_one_element_of_a_tensor_is_derived_number_by_number() -> None:
    text = str(explain(by_hand, "W[0,1]", *ARGUMENTS, lr=0.01))
    assert text.endswith("""
Forward
  s[0] = W[0, 0]·x[0] + W[0, 1]·x[1] + b[0] = 6
  s[1] = W[1, 0]·x[0] + W[1, 1]·x[1] + b[1] = 7
  s[2] = W[2, 0]·x[0] + W[2, 1]·x[1] + b[2] = −1
  z[0] = relu(s[0]) = 6
  z[1] = relu(s[1]) = 7
  z[2] = relu(s[2]) = 0
  y    = Wout[0]·z[0] + Wout[1]·z[1] + Wout[2]·z[2] + bout = 21
  L    = 0.5·(y − t)² = 162

Local derivatives
  ∂L/∂y          = y − t = 18
  ∂y/∂z[0]       = Wout[0] = 1
  ∂z[0]/∂s[0]    = [s[0] > 0] = 1
  ∂s[0]/∂W[0, 1] = x[1] = 2

Chain rule
  ∂L/∂W[0, 1] = ∂L/∂y · ∂y/∂z[0] · ∂z[0]/∂s[0] · ∂s[0]/∂W[0, 1] = 18 · 1 · 1 · 2 = 36

Update
  W[0, 1] ← W[0, 1] − 0.01 · ∂L/∂W[0, 1] = 2 − 0.01 · 36 = 1.64
""")
    dead = str(explain(by_hand, "W[2, 0]", *ARGUMENTS))
    assert "= 18 · 3 · 0 · 1 = 0\n" in dead
    assert "No gradient flows to s[2]: its pre-activation −1 is below 0." in dead


def test_a_choice_between_elements_is_not_taken_for_a_function_of_its_condition() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    text = str(explain(np.where(x > 1.5, x**2, -x).sum(), "x[0]"))
    assert "condition" not in text
    assert re.search(r"where\(False, v\d, v\d\)", text)


def test_what_the_graph_has_not_kept_is_computed_again() -> None:
    model = nn.MLP(20, [8, 3], rng=0)
    x, labels = np.cos(np.arange(320.0)).reshape(16, 20), np.arange(16) % 3
    loss = nn.cross_entropy(model(x), labels)
    text = str(explain(loss, "layers.0.bias"))
    assert "s1 = x1 @ layers.0.weightᵀ + layers.0.bias = 16 × 8 numbers, " in text
    assert "unknown" not in text
    weight = model.layers[0].weight
    s = (x @ np.array(weight.data).T).min()
    assert f"16 × 8 numbers, {s:.6g}".replace("-", "−") in text


def test_what_was_changed_since_is_not_computed_from() -> None:
    b = Tensor(np.zeros(100), requires_grad=True, name="b")
    root = (np.ones((100, 100)) @ b).sum()
    assert describe(root).nodes[-2].value is not None
    with no_grad():
        b += 1.0
    assert describe(root).nodes[-2].value is None


def test_an_element_is_derived_by_hand_through_a_sum_and_a_loss_of_one_node() -> None:
    model = scalar_network()[0].to_tensors()
    loss = nn.half_mse(model(np.array([1.0, 2.0])), np.array([3.0]))
    text = str(explain(loss, "layers.0.bias[1]"))
    assert "f  = 0.5·(v + layers.1.bias[0] − x3)² = 162" in text
    assert "∂f/∂v                 = v + layers.1.bias[0] − x3 = 18" in text
    assert "no short formula" not in text
    W = Tensor(np.array([[1.0, 2.0], [3.0, 4.0]]), requires_grad=True, name="W")
    text = str(explain((np.arctan(W @ np.array([1.0, 0.1])) ** 2).sum(), "W[0, 1]"))
    assert "f  = z1² + z2² = " in text
    assert "∂z1/∂s1      = 1 / (1 + s1²) = " in text


@pytest.mark.parametrize(
    ("neuron", "result"), [(0, "18 · 1 · 1 · 2 = 36"), (2, "18 · 3 · 0 · 2 = 0")]
)
def test_the_network_of_values_shows_the_gate_within_a_neuron(neuron: int, result: str) -> None:
    model, loss = scalar_network()
    text = str(explain(loss, model.layers[0].neurons[neuron].w[1]))
    assert f"∂z{neuron + 1}/∂s{neuron + 1} " in text
    assert f"= {result}\n" in text
    assert f"z{neuron + 1} = relu(s{neuron + 1})" in text
    assert ("No gradient flows to s3: its pre-activation −1 is below 0." in text) == (neuron == 2)
    assert "f  = 0.5·(y − 3)² = 162" in text
    w = f"layers.0.neurons.{neuron}.w"
    assert f"s{neuron + 1} = {w}.0·x1 + {w}.1·x2 + layers.0.neurons.{neuron}.b = " in text


def test_what_is_computed_is_not_given_even_if_it_is_zero() -> None:
    model, loss = scalar_network()
    text = str(explain(loss, model.layers[0].neurons[0].w[1]))
    _, given, forward, *_ = text.split("\n\n")
    assert "z" not in given
    assert "  z3 = relu(s3) = 0\n" in forward
    assert "  s3 = layers.0.neurons.2.w.0·x1 + layers.0.neurons.2.w.1·x2 + " in forward


@pytest.mark.parametrize(("width", "left_out"), [(4, 0), (6, 6)])
def test_of_much_that_does_not_depend_on_the_variable_some_is_left_out(
    width: int, left_out: int
) -> None:
    model = nn.scalar.MLP(2, [width, width, 1], rng=0)
    text = str(explain(model([1.0, 2.0]), model.layers[2].neurons[0].b))
    assert text.count(" = relu(") == 2 * width
    note = f"The computation of s1 and {left_out - 1} more is left out: they do not depend on"
    assert (note in text) == bool(left_out)


@pytest.mark.parametrize("number", [1.0, 0.0, -1.0])
@pytest.mark.parametrize("make", [Value, lambda x: Tensor(x, requires_grad=True)])
@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (lambda w, c: w * c + w, "w·{} + w"),
        (lambda w, c: (w * c + w) ** 2, "(w·{} + w)²"),
        (lambda w, c: w * w * c * c, "w²·{0}·{0}"),
        (lambda w, c: c / w, "{} / w"),
    ],
)
def test_a_factor_of_the_program_s_own_stands_in_its_formula(
    function: Any, formula: str, make: Any, number: float
) -> None:
    w = make(2.0)
    w.name = "w"
    for c in (number,) if make is Value else (number, np.array(number)):
        in_brackets = f"({number:.0f})" if number < 0 else f"{number:.0f}"
        expected = formula.format(in_brackets.replace("-", "−"))
        description = describe(function(w, c))
        assert description.nodes[-1].written == f"f = {expected}"
        assert f"\n  f = {expected} = " in str(explain(function(w, c), w))


@pytest.mark.parametrize("make", [Value, lambda x: Tensor(x, requires_grad=True)])
def test_a_target_of_zero_stands_and_the_zero_that_sum_begins_with_does_not(make: Any) -> None:
    y = make(2.0)
    y.name = "y"
    assert "f = (y − 0)² = 4\n" in str(explain((y - 0.0) ** 2, y))
    assert "f = (0 − y)² = 4\n" in str(explain((0.0 - y) ** 2, y))
    assert "f = y + y² = 6\n" in str(explain(sum([y, y**2]), y))


@given(st.lists(st.sampled_from([-2, -1, 0, 1, 2, 0.5]), min_size=1, max_size=6))
def test_a_neuron_shows_each_input(inputs: list[float]) -> None:
    neuron = nn.scalar.Neuron(len(inputs), nonlin=False, rng=0)
    numbers = [f"{i + 1}" for i in range(len(inputs))] if len(inputs) > 1 else [""]
    products = (f"w.{i}·x{number}" for i, number in enumerate(numbers))
    root = describe(neuron([Value(x) for x in inputs]), names={"neuron": neuron}).nodes[-1]
    assert root.written == f"f = {' + '.join(products)} + b"


@pytest.mark.parametrize("make", [Value, lambda x: Tensor(x, requires_grad=True)])
@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (lambda a: a / a, "a / a"),
        (lambda a: (a * 2.0) / (a * 4.0), "a / (2·a)"),
        (lambda a: a**2 / a, "a² / a"),
        (lambda a: a * 3.0 - a, "3·a − a"),
        (lambda a: a + a, "2·a"),
    ],
)
def test_what_a_program_does_is_not_cancelled(make: Any, function: Any, formula: str) -> None:
    a = make(3.0)
    a.name = "a"
    assert f"\n  f = {formula} = " in str(explain(function(a), a))


def test_the_network_of_modules_calls_its_parameters_by_their_paths() -> None:
    model = scalar_network()[0].to_tensors()
    loss = 0.5 * (model(np.array([1.0, 2.0]))[0] - 3.0) ** 2
    text = str(explain(loss, model.layers[0].weight, lr=0.01))
    assert "= x @ layers.0.weightᵀ + layers.0.bias = [6, 7, −1]" in text
    assert "∂f/∂s ⊗ x = [[18, 36]," in text
    assert "No gradient flows to row 3 of s: its pre-activation −1 is below 0." in text
    assert "[[ 0.82,  1.64]," in text


def test_what_the_graph_has_not_kept_is_found_again_or_called_const() -> None:
    text = str(explain(two_three_one(), "W"))
    assert "loss = sum(0.5·(y − 3)²) = 162" in text
    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    text = str(explain((x + np.array([3.0, 4.0])).sum(), x))
    assert "  x1 = [3, 4]" in text
    assert "sum(x + x1) = 10" in text
    text = str(explain((1 / (1 + np.exp(-x))).sum(), x))
    assert "f = sum(1 / (1 + z)) = " in text
    text = str(explain(np.tanh(x + np.ones((100, 1))).sum(), x))
    assert "s = x + const = " in text
    assert "const: not kept in the graph; explain(f, wrt, x) of a function has them all." in text


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("formula", "combine"),
    [
        ("y − {}", lambda y, t: y - t),
        ("{} − y", lambda y, t: t - y),
        ("y + {}", lambda y, t: y + t),
        ("{} / y", lambda y, t: t / y),
    ],
)
def test_a_number_that_a_number_was_computed_with_is_found_again(
    formula: str, combine: Any, dtype: Any
) -> None:
    x, t = Tensor(np.array([7.0, 14.0], dtype), requires_grad=True, name="x"), Tensor(dtype(3.0))
    y = x.sum()
    y.name = "y"
    for names, called in (({}, "3"), ({"t": t}, "t")):
        text = str(explain(combine(y, t), x, names=names))
        assert f" = {formula.format(called)} = " in text
        assert ("t = 3" in text) == bool(names)


def test_a_tensor_that_was_not_kept_has_its_name() -> None:
    x, t = Tensor([1.0, 2.0], requires_grad=True, name="x"), Tensor([3.0, 5.0])
    assert "f = sum((x − t)²) = 13" in str(explain(((x - t) ** 2).sum(), x, names={"t": t}))


def test_what_was_not_kept_of_a_list_is_const_in_its_place() -> None:
    x = Tensor([2.0, 3.0], requires_grad=True, name="x")
    text = str(explain(np.concatenate([x, [5.0]]).sum(), x))
    assert "x1 = [5]" in text
    assert "concatenate((x, x1)) = [2, 3, 5]" in text
    text = str(explain((np.concatenate([np.ones(80), x, np.ones(80), x]) ** 2).sum(), x))
    assert "concatenate((const, x, const, x))" in text
    assert "const: not kept in the graph" in text


def test_paths_are_listed_and_add_up() -> None:
    x, y = named(3.0, "x"), named(4.0, "y")
    text = str(explain(x * y + x**2 + x.sin(), x))
    assert "Chain rule: the sum over 3 paths" in text
    for line in (
        "f → x² → x  : 2·x = 6",
        "f → x·y → x : y = 4",
        "f → z → x   : ∂f/∂z · ∂z/∂x = 1 · (−0.989992) = −0.989992",
        "∂f/∂x       = 4 + 6 − 0.989992 = 9.01001",
    ):
        assert f"\n  {line}\n" in text
    assert "∂p/∂x             = 9 + 18 + 12 = 39" in str(explain(polynomial(), "x"))


def long_paths() -> Value:
    x, y = named(0.5, "x"), named(-1.5, "y")
    a = x * y + x.exp()
    return ((a * a + x / y).tanh() + 1.0).log() * x**3


@pytest.mark.parametrize(
    ("make", "wrt"),
    [
        (long_paths, "x"),
        (polynomial, "x"),
        (lambda: nn.scalar.MLP(2, [4, 4, 1], rng=0)([1.0, -2.0]), "layers.0.neurons.0.w.0"),
        (lambda: nn.MLP(2, [4, 1], "tanh", rng=0)(np.eye(2)).sum(), "layers.0.weight"),
    ],
)
def test_the_signs_of_a_section_stand_below_each_other(make: Any, wrt: str) -> None:
    for section in str(explain(make(), wrt, lr=0.1)).split("\n\n")[1:]:
        _, *lines = section.splitlines()
        signs = [re.search(r"(?<=[^ ] ) *[=:←] |^ +[=:←] ", line) for line in lines]
        ends = {
            sign.end() for line, sign in zip(lines, signs) if sign and "No gradient" not in line
        }
        assert len(ends) < 2, section


def test_a_number_is_written_in_one_way() -> None:
    text = str(explain(long_paths(), "x"))
    assert "1 / y = −0.666667" in text
    assert "(−0.666667) = " in text
    assert "2 / 3" not in text
    derivation = explain(long_paths() * 1e-7 * named(2.0, "k"), "x")
    assert "e-0" not in str(derivation)
    assert not re.search(r"\de[-+−]?\d", derivation.latex)


def test_many_equal_numbers_are_written_once() -> None:
    model = nn.MLP(70, [32, 1], rng=0)
    derivation = explain(model(np.zeros((4, 70))).sum(), "layers.0.weight")
    assert "layers.0.bias   = 32 numbers, all 0\n" in str(derivation)
    assert " = 32 × 70 numbers, all 0\n" in str(derivation)
    assert r"\mathrm{layers.0.bias} &= 32\text{ numbers, all } 0" in derivation.latex
    assert "layers.1.bias   = [0]\n" in str(derivation)


def test_a_path_through_a_plain_term_leads_straight_to_it() -> None:
    a = named(2.0, "a")
    text = str(explain(a * a.tanh() + (3.0 - a) - a**2, a))
    assert "  f → a " in text
    assert "∂f/∂a = −1   in one of its ways, directly\n" in text
    assert "through" in text
    x = Tensor([0.5, -0.2], requires_grad=True, name="x")
    assert "  f → x      : [1, 1]\n" in str(explain((x**2 + x).sum(), x))


def test_contributions_are_added_in_the_order_in_which_they_are_listed() -> None:
    a = named(2.0, "a")
    text = str(explain(-0.25 * a + a * 3.0 + a**2 - a.relu(), a))
    listed = re.findall("^  f → .* → .* : .*?([^ ]+)$", text, re.MULTILINE)
    assert listed == ["−0.25", "3", "4", "−1"]
    assert "= −0.25 + 3 + 4 − 1 = 5.75\n" in text


def test_paths_of_arrays_have_arrays_as_their_contributions() -> None:
    x = Tensor([0.5, -0.2], requires_grad=True, name="x")
    h = x * 2.0
    text = str(explain((h + np.tanh(h)).sum(), x))
    assert "∂f/∂s = ∂f/∂z · (1 − tanh(s)²) + 1 = [1.41997, 1.85564]" in text
    assert re.search(r"f → s → x     : \[2, 2\]\n  f → z → s → x : \[0\.839949, 1\.71128\]\n", text)


def all_steps(root: Any, name: str) -> tuple[Steps, Any]:
    description = describe(root)
    place = next(i for i, item in enumerate(description.nodes) if item.name == name)
    graph = TensorGraph(root, description) if isinstance(root, Tensor) else ValueGraph(root)
    return Steps(description, place, graph.operands), graph


@given(programs(scalar=True, max_lines=7))
def test_the_contributions_of_all_paths_add_up_to_the_gradient(program: Any) -> None:
    tensors = [Tensor(x, requires_grad=True, name=f"x{i}") for i, x in enumerate(program.inputs)]
    root = program(*tensors)
    root.backward()
    for tensor in (t for t in tensors if t.grad is not None):  # none if it is only compared
        steps, graph = all_steps(root, str(tensor.name))
        if steps.count() > 300:
            continue
        paths = steps.largest(steps.count())
        assert len(paths) == steps.count()
        total = sum(graph.sent(path) for path in paths)
        size = sum(np.max(np.abs(graph.sent(path))) for path in paths)
        np.testing.assert_allclose(total, tensor.grad, rtol=1e-9, atol=1e-12 * (1 + size))
        for mode in ("__str__", "_repr_markdown_"):
            assert getattr(explain(root, tensor), mode)()


def assert_told_apart(derivation: str) -> None:
    """That no two paths read the same, nor two local derivatives, whatever the numbers are."""
    sections = {section.partition("\n")[0]: section for section in derivation.split("\n\n")}
    local = sections.get("Local derivatives", "")
    lines = [f"{line.split(' = ')[0]}{line.partition('   in ')[2]}" for line in local.splitlines()]
    assert len(set(lines)) == len(lines), derivation
    paths = re.findall("^  (.* → .*?) +:", derivation, re.MULTILINE)
    assert len(set(paths)) == len(paths), derivation


@given(
    st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=4),
    st.lists(st.sampled_from("+*-tr"), min_size=1, max_size=9),
    st.randoms(use_true_random=False),
)
def test_so_do_those_of_values(data: list[float], operations: list[str], random: Any) -> None:
    values = [named(x, f"x{i}") for i, x in enumerate(data)]
    for op in operations:
        a, b = random.choice(values), random.choice(values)
        new = {"+": a + b, "*": a * b, "-": a - b, "t": a.tanh(), "r": b.relu()}[op]
        values.append(new)
    root = values[-1]
    root.backward()
    for leaf in values[: len(data)]:
        if leaf.grad == 0.0:  # it may not be in the graph
            continue
        steps, graph = all_steps(root, str(leaf.name))
        assert sum(graph.sent(path) for path in steps.largest(steps.count())) == pytest.approx(
            leaf.grad
        )
        assert_told_apart(str(explain(root, leaf)))
        shown = str(explain(root, leaf)).partition("\n")[0].replace("−", "-")
        assert float(shown.partition(" = ")[2]) == pytest.approx(leaf.grad, rel=1e-5)


@pytest.mark.parametrize("make", [Value, lambda x: Tensor(x, requires_grad=True, name="x")])
def test_exponentially_many_paths_are_counted_and_a_few_are_listed(make: Any) -> None:
    x = make(1.0)
    y = x
    for _ in range(10):
        y = (y.tanh() if isinstance(y, Value) else np.tanh(y)) + y
    text = str(explain(y, x))
    assert "the sum over 1,024 paths" in text
    assert f"{1024 - PATHS:,} more paths" in text
    for _ in range(190):
        y = (y.tanh() if isinstance(y, Value) else np.tanh(y)) + y
    text = str(explain(y, x))
    assert "the sum over more than a million billion paths" in text
    assert "all other paths" in text
    assert MANY == 10**15


def test_what_is_listed_of_many_paths_and_the_rest_add_up() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x
    for _ in range(3):
        y = np.tanh(y) + y
    y.sum().backward()
    chain = explain(y.sum(), x).sections[-1]
    paths = [line.pieces[-1] for line in chain.lines if line.sign == ":"]
    assert len(paths) == PATHS + 1
    np.testing.assert_allclose(np.sum(paths, axis=0), x.grad, rtol=1e-12)


@pytest.mark.parametrize("make", [Value, lambda x: Tensor([x], requires_grad=True)])
def test_the_paths_that_are_listed_contribute_most(make: Any) -> None:
    x = make(1.0)
    y = x
    for _ in range(4):
        y = y * y + y
    root = y * 1e-30 if make is Value else (y * 1e-30).sum()
    (place,) = [i for i, item in enumerate(describe(root).nodes) if item.role == "parameter"] or [0]
    description = describe(root)
    graph = ValueGraph(root) if make is Value else TensorGraph(root, description)
    steps = Steps(description, place, graph.operands)
    sizes = sorted((abs(np.sum(graph.sent(p))) for p in steps.largest(steps.count())), reverse=True)
    assert len(sizes) == steps.count() > PATHS
    chain = explain(root, x).sections[-1]
    listed = [np.sum(line.pieces[-1]) for line in chain.lines if line.sign == ":"][:PATHS]
    np.testing.assert_allclose(listed, sizes[:PATHS], rtol=1e-12)


def test_all_local_derivatives_are_listed_or_counted() -> None:
    x = y = Value(1.0)
    for _ in range(30):
        y = y.tanh() + y
    text = str(explain(y, x))
    local = text.partition("Local derivatives\n")[2].partition("\n\n")[0].splitlines()
    assert len(local) == LINES + 1
    (count,) = re.findall(r"… (\d+) more …", "\n".join(local))
    description = describe(y)
    steps = Steps(description, 0, {})
    assert int(count) + LINES == sum(len(steps.onward(i)) for i in steps.leading)


def test_no_two_paths_that_are_listed_read_the_same() -> None:
    x = y = named(1.0, "x")
    for _ in range(6):
        y = y * y + y
    paths = re.findall(r"^  f → .*?(?: +:|$)", str(explain(y, x)), re.MULTILINE)
    assert len(set(paths)) == len(paths) == PATHS


def test_paths_that_read_the_same_are_numbered() -> None:
    a = named(3.0, "a")
    text = str(explain((a * 2.0) / (a * 2.0), a))
    assert "f → 2·a → a      : 1 / a" in text
    assert "f → (2·a) #2 → a : −a / a²" in text


@pytest.mark.parametrize("make", [Value, lambda x: Tensor([x, x], requires_grad=True)])
def test_a_deep_graph_is_summed_up(make: Any) -> None:
    x = make(0.5)
    y = x
    for _ in range(1_200):
        y = -y * 1.0001
    text = str(explain(y if isinstance(y, Value) else y.sum(), x))
    assert len(text) < 6_000
    assert re.search(r"\n  … \d+ more …\n", text)
    assert len(text.splitlines()) < 4 * LINES


def test_a_path_may_be_the_root_itself() -> None:
    x = named(2.0, "x")
    y = x * x
    y.name = "y"
    assert str(explain(y, y)).startswith("∂y/∂y = 1\n")
    assert "∂y/∂x = 2·x = 4" in str(explain(y, x))


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            [1.0, 0.0],
            "row 2 of x: its pre-activation 0 is 0, where the slope of ReLU is taken to be 0.",
        ),
        ([[1.0, -2.0]], "element [0, 1] of x: its pre-activation −2 is below 0."),
        ([-1.0] * 9, "Nor to 3 more elements."),
        (np.linspace(-1.0, 1.0, 100), "through 50% of z: their pre-activations are not above 0."),
    ],
)
def test_where_a_gate_is_closed(rows: Any, sentence: str) -> None:
    x = Tensor(rows, requires_grad=True, name="x")
    assert sentence in str(explain(relu(x).sum(), x))


def test_a_closed_gate_is_said_to_close_only_its_own_path() -> None:
    h = named(-1.0, "h")
    text = str(explain(h.relu() * 3.0 + h * 5.0, h))
    assert text.startswith("∂f/∂h = 5\n")
    assert "No gradient flows to h through ReLU: its pre-activation −1 is below 0." in text
    x = Tensor([2.0, 3.0], requires_grad=True, name="x")
    text = str(explain(np.clip(x, 0.0, 2.5).sum() + np.max(x) + x.mean(), x))
    assert (
        "No gradient flows to element [1] of x through clip: the slope of clip is 0 at 3." in text
    )


def test_each_gate_says_of_what_it_is_one() -> None:
    x = Tensor([-1.0, 1.0, 5.0], requires_grad=True, name="x")
    text = str(explain(relu(relu(x) - 2.0).sum(), x))
    assert "No gradient flows to row 1 of x: its pre-activation −1 is below 0." in text
    assert "No gradient flows to row 2 of s: its pre-activation −1 is below 0." in text


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (lambda x: np.maximum(x, 0.5), "to element [0] of x: −1 is below 0.5."),
        (lambda x: np.maximum(0.0, x), "to element [0] of x: −1 is below 0."),
        (lambda x: np.minimum(x, 1.5), "to element [2] of x: 2 is above 1.5."),
        (lambda x: np.maximum(x, 1.0), "x = 1: a tie, where both get half"),
    ],
)
def test_a_maximum_says_which_is_larger_and_of_ties_only_where_there_are_some(
    function: Any, sentence: str
) -> None:
    x = Tensor([-1.0, 1.0, 2.0], requires_grad=True, name="x")
    text = str(explain(function(x).sum(), x))
    assert sentence in text
    assert ("tie" in text) == ("tie" in sentence)


def test_an_argument_that_is_no_step_is_told_by_the_result() -> None:
    x = Tensor(-1.0, requires_grad=True, name="x")
    text = str(explain(relu(x**1) * 5.0, x))
    assert "No gradient flows through z: its pre-activation −1 is below 0." in text


@pytest.mark.parametrize("upstream", [np.inf, np.nan])
def test_no_gate_is_closed_to_what_is_not_a_number(upstream: float) -> None:
    h = named(-1.0, "h")
    text = str(explain(h.relu() * upstream, h))
    assert text.startswith("∂f/∂h = nan\n")
    assert "No gradient" not in text


def test_other_functions_that_are_flat_say_so() -> None:
    x = Tensor([1.5, 2.5], requires_grad=True, name="x")
    assert "No gradient flows to element [0] of x: the slope of floor is 0 at 1.5." in str(
        explain(np.floor(x).sum(), x)
    )


ONES = np.ones((2, 3))


@pytest.mark.parametrize(
    ("function", "x", "sentence"),
    [
        (lambda x: (ONES * x).sum(), 2.0, "Σ(…): the sum over all elements, where broadcasting"),
        (
            lambda x: (ONES * x).sum(),
            [1.0, 2.0, 3.0],
            "Σ₀(…): the sum over axis 0, where broadcasting had repeated one element.",
        ),
        (
            lambda x: (np.ones((2, 2, 3)) * x).sum(),
            [1.0, 2.0, 3.0],
            "Σ₀,₁(…): the sum over the axes 0 and 1, where broadcasting",
        ),
        (
            lambda x: x[1] ** 2,
            [1.0, 2.0],
            "scatter(…, [1]): an array of zeros with … at [1]: only what was read from there gets "
            "a gradient.\n",
        ),
        (
            lambda x: (x[[0, 0]] ** 2).sum(),
            [1.0, 2.0],
            "gets a gradient; what was read twice, the sum.\n",
        ),
        (
            lambda x: np.maximum(x, np.ones(2)).sum(),
            [1.0, 2.0],
            "x = x1: a tie, where both get half of the gradient.",
        ),
        (
            lambda x: (np.sort(x) * [1.0, 2.0]).sum(),
            [1.0, 2.0],
            "scatter(…, argsort(x)): each element back to where it was before.\n",
        ),
        (
            lambda x: (np.cumprod(x) * [1.0, 2.0]).sum(),
            [1.0, 2.0],
            "(∂cumprod/∂x)ᵀ @ …: the slopes of all elements, by the rule of that operation, which",
        ),
        (lambda x: np.pad(x, 1).sum(), [1.0], "scatter(x, places): zeros, with x at those places;"),
        (lambda x: np.prod(x), [1.0, 2.0], "product_of_others(x): for each element, the product"),
        (lambda x: np.convolve(x, x).sum(), [1.0, 2.0], " = convolve(x, x) = [1, 4, 4]\n"),
        (np.linalg.norm, [0.0, 0.0], "At 0 the slope of norm is taken to be 0."),
        (lambda x: np.std(x), [1.0, 1.0], "At 0 the slope of std is taken to be 0."),
        (
            lambda x: np.abs(x).sum(),
            [0.0, 1.0],
            "to element [0] of x: at 0, a kink, the slope of abs is taken to be 0.",
        ),
    ],
)
def test_what_a_formula_does_not_say_is_said_in_words(function: Any, x: Any, sentence: str) -> None:
    shown = explain(function, "x", np.array(x))
    assert sentence in str(shown)
    assert_sound(shown.latex)


def test_a_reduction_is_no_gate_of_its_elements() -> None:
    text = str(explain(lambda x: (x - x.max(axis=0, keepdims=True)).var(), "x", ONES))
    assert "No gradient" not in text


def test_a_path_does_not_name_the_same_step_twice() -> None:
    assert "f → x → x" not in str(explain(lambda x: x.T.sum() + x.T.sum(), "x", np.ones(2)))


def test_the_cross_entropy_is_derived_as_in_a_textbook() -> None:
    logits, labels = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([0, 2])
    text = str(explain(lambda z: nn.cross_entropy(z, labels), "z", logits))
    assert "f = cross_entropy(z, x) = 1.40761" in text
    assert "∂f/∂z = 0.5·(softmax(z) − one_hot(x, 3)) = [[−0.454985, " in text


def test_outputs_are_called_as_numpy_calls_them() -> None:
    x = Tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True, name="x")
    assert "f = sum(svd(x).S) = 5\n" in str(explain(np.linalg.svd(x).S.sum(), x))
    assert "f = slogdet(x).logabsdet" in str(explain(np.linalg.slogdet(x)[1], x))
    ops = {item.op for item in describe(np.linalg.svd(x).S.sum()).nodes}
    assert ops == {None, "linalg.svd.S", "sum"}
    assert "array_split(x, (1,))[0]" in str(explain(np.split(x, [1])[0].sum(), x))


def test_a_new_entry_of_the_table_explains_itself() -> None:
    @primitive
    def cube(x):
        return x * x * x

    derivative(cube, None, "elementwise", x=lambda g, x: g * 3 * x**2)
    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    assert "∂f/∂x = ∂f/∂z · 3 · x² = [3, 12]" in str(explain(cube(x).sum(), x)).replace(
        "3 · ∂f/∂z", "∂f/∂z · 3"
    )


def test_an_operation_of_micrograd_with_a_function_of_its_own() -> None:
    x = named(2.0, "x")
    y = Value(8.0, (x,), "cube")

    def backward() -> None:
        x.grad += 12.0 * y.grad

    y._backward = backward  # type: ignore[method-assign]
    text = str(explain(y * 1.5, x))
    assert text.startswith("∂f/∂x = 18\n")
    assert "z = cube(x) = 8" in text
    assert x.grad == 0.0


def test_names_come_from_the_caller_or_are_made_up() -> None:
    a, b = Value(2.0), Value(-3.0)
    c = a * b
    assert "∂f/∂a = b = −3" in str(explain(c, a, names={"a": a, "b": b}))
    assert "∂f/∂x1 = x2 = −3" in str(explain(c, a))
    assert "∂c/∂a" in str(explain(c, "a", names={"a": a, "b": b, "c": c}))


def test_a_name_that_is_used_twice_is_told_apart() -> None:
    x = named(2.0, "x")
    y = x.tanh()
    y.name = "x"
    assert "x#2 = tanh(x)" in str(explain(y * y, x))


def test_it_shows_itself_in_a_notebook() -> None:
    shown = explain(polynomial(), "x")
    assert shown._repr_markdown_() == shown.markdown
    assert repr(shown) == str(shown)
    assert shown.markdown.startswith("$$\n\\begin{aligned}\n\\frac{\\partial p}{\\partial x} &= 39")
    assert "**Forward**" in shown.markdown
    assert r"\paragraph{Forward}" in shown.latex


def test_nothing_of_the_graph_changes() -> None:
    loss = two_three_one()
    explain(loss, "W", lr=0.01)
    explain(loss, "W[0, 0]")
    root = polynomial()
    explain(root, "x")
    assert root.grad == 0.0
    assert all(leaf.grad is None for leaf in flatten(loss)[0] if isinstance(leaf, Tensor))


def assert_sound(latex: str) -> None:
    """That LaTeX would accept it, as far as can be said without LaTeX."""
    assert latex.isascii()
    plain = re.sub(r"\\[\\{}$&%#_]", "", latex)
    depth = 0
    for c in plain:
        depth += {"{": 1, "}": -1}.get(c, 0)
        assert depth >= 0
    assert depth == 0
    assert len(re.findall(r"\\left[^a-z]", latex)) == len(re.findall(r"\\right[^a-z]", latex))
    assert latex.count(r"\begin") == latex.count(r"\end")
    assert not re.search(r"[%#~`]", plain)
    assert plain.count("$") % 2 == 0


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_are_safe_in_every_output(name: str) -> None:
    x = named(-1.5, name)
    y = Value(2.0, (x, x.relu()), name, (1.0, 2.0))
    t = Tensor([1.0, -2.0], requires_grad=True, name=name)
    for shown in (explain(y * x, x, lr=0.1), explain(relu(t * t + t).sum(), t, lr=0.1)):
        assert_sound(shown.latex)
        for output in (str(shown), shown.markdown, shown.latex):
            assert all(c.isprintable() or c == "\n" for c in output)
            assert len(output) < 20_000
        assert not re.search(r"<[a-zA-Z/!]", shown.markdown)


def assert_read_by_matplotlib(shown: Any) -> None:
    """That its formulas are LaTeX for a parser of LaTeX, which knows no matrices, though."""
    parser = pytest.importorskip("matplotlib.mathtext").MathTextParser("path")
    write = _latex_writer(Fractions(shown.latex_names, shown.shapes))
    for section in shown.sections:
        for line in section.lines:
            for piece in (*line.pieces, *line.note):
                if not isinstance(piece, str | np.ndarray | Summary):
                    parser.parse(f"${write(piece)}$")


@settings(max_examples=settings().max_examples // 5)
@given(programs(scalar=True, max_lines=5))
def test_formulas_of_random_programs_are_latex(program: Any) -> None:
    tensors = [Tensor(x, requires_grad=True, name=f"x{i}") for i, x in enumerate(program.inputs)]
    root = program(*tensors)
    root.backward()
    for tensor in (t for t in tensors if t.grad is not None):
        assert_read_by_matplotlib(explain(root, tensor, lr=0.1))


@pytest.mark.parametrize(
    ("function", "x"),
    [
        (lambda z: -np.log(softmax(z))[2], [1.0, 2.0, 3.0]),
        (lambda z1: np.tanh(z1)[1] ** 2 * z1[0] ** 3, [1.0, 2.0]),
        (lambda x: np.clip(x, 0.0, 2.0).sum() + np.maximum(x, 1.0).sum(), [1.0, 3.0]),
        (lambda x: np.where(x > 1, x**x, np.sqrt(x) ** 3).sum(), [1.0, 3.0]),
        (lambda x: np.std(x) * np.exp(np.abs(x)).sum() ** -2, [1.0, 3.0]),
        (lambda x: np.linalg.svd(x).S.sum() + np.einsum("ij->", x), [[1.0, 3.0], [0.0, 1.0]]),
    ],
)
def test_so_are_these(function: Any, x: Any) -> None:
    (name, *_) = function.__code__.co_varnames
    assert_read_by_matplotlib(explain(function, name, np.array(x)))


@settings(max_examples=settings().max_examples // 5)
@given(programs(scalar=True, max_lines=5), st.text(min_size=1, max_size=20))
def test_latex_is_sound_for_random_programs_and_names(program: Any, name: str) -> None:
    tensors = [
        Tensor(x, requires_grad=True, name=f"{name}{i}") for i, x in enumerate(program.inputs)
    ]
    root = program(*tensors)
    root.backward()
    shown = explain(root, next(t for t in tensors if t.grad is not None))
    assert_sound(shown.latex)
    assert "\r" not in str(shown)


@pytest.mark.parametrize("function", DOMAINS, ids=lambda f: public_name(f))
def test_every_function_that_has_a_derivative_can_be_explained(function: Any) -> None:
    @settings(max_examples=max(1, settings().max_examples // 20))
    @given(calls(function))
    def check(call: Any) -> None:
        tensors = [Tensor(x, requires_grad=True, name=f"x{i}") for i, x in enumerate(call.arrays)]
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            root = call(*tensors)
            if not (isinstance(root, Tensor) and root.requires_grad and root.dtype.kind == "f"):
                return
            root = root.sum()
            root.backward()
            for tensor in (t for t in tensors if t.grad is not None):
                derivation = explain(root, tensor)
                assert_sound(derivation.latex)
                assert_readable(derivation)

    check()


def assert_readable(derivation: Any) -> None:
    """That each function in it is known to a reader or explained."""
    notes = " ".join(map(str, (note for section in derivation.sections for note in section.notes)))
    for section in derivation.sections:
        for piece in (piece for line in section.lines for piece in line.pieces):
            for part in parts_of(piece) if isinstance(piece, Formula) else ():
                if isinstance(part, Call) and re.fullmatch(r"[A-Za-z_]\w*", part.function):
                    assert part.function in KNOWN or f"{part.function}'" in notes, part.function


KNOWN = {
    *(name for module in (np, np.linalg, np.fft, np.ma) for name in dir(module)),
    *autograd.__all__,
    *(operation.name.rpartition(".")[2] for operation in TABLE.values() if "." in operation.name),
    *("index", "key", "field", RESHAPED),  # which have a notation
}


def test_what_can_not_be_explained_says_why() -> None:
    x = named(2.0, "x")
    with pytest.raises(ValueError, match=r"called 'y'; what was not used .* graph: x$"):
        explain(x * x, "y")
    with pytest.raises(ValueError, match="there are none, and names=locals"):
        explain(Value(1.0) * 2.0, "y")
    with pytest.raises(ValueError, match="2 nodes of this graph are called 'x'"):
        explain(x * named(3.0, "x"), "x")
    with pytest.raises(ValueError, match=r"this Value is not in the graph .*: it was not used$"):
        explain(x * x, Value(2.0))
    with pytest.raises(TypeError, match="wrt is a Tensor, a Value or a name in the graph, not int"):
        explain(x * x, 3)
    t = Tensor([1.0, 2.0], requires_grad=True, name="t")
    c = Tensor([1.0, 2.0], name="c")
    with pytest.raises(ValueError, match=r"the shape \(2,\); choose an element, as root\[0\]"):
        explain(t * c, t)
    with pytest.raises(
        ValueError, match=r"this Tensor 'c' is not in the graph .*requires_grad=True"
    ):
        explain((t * c).sum(), c)
    with pytest.raises(ValueError, match="'c' is a constant in this graph: no gradient flows"):
        explain((t * c).sum(), "c", names={"c": c})
    with pytest.raises(TypeError, match="arguments are for a function"):
        explain(x * x, x, 3.0)
    with pytest.raises(TypeError, match="only a Value or a Tensor has a graph"):
        explain(3.0, x)
    z = t * t
    z.name = "z"
    with pytest.raises(ValueError, match="'z' was computed; leave it out, or explain a parameter"):
        explain(z.sum(), z, lr=0.1)
    with no_grad():
        t += 1.0
    with pytest.raises(RuntimeError, match="stale graph: 't'"):
        explain(z.sum(), t)


def test_a_made_up_name_is_not_that_of_an_array_with_elements_there() -> None:
    x, t = np.array([1.0, 2.0]), np.array([3.5])

    def loss(W: Any) -> Any:
        return ((W @ x - t) ** 2).sum()

    text = str(explain(loss, "W[0, 0]", np.ones((1, 2)), names={"x": x}))
    assert "x[0] " in text
    assert "x1 " in text
    assert not re.search(r"^  x +=", text, re.MULTILINE)


@each("shape", [(), (2,), (100,)])
def test_a_step_of_descent_descends(shape: tuple[int, ...]) -> None:
    """Of complex numbers, too, of which the gradient is ∂f/∂x − i ∂f/∂y."""

    def loss(z: Any) -> Any:
        return (np.abs(z**2 - 1j) ** 2).sum()

    z = np.full(shape, 0.5 + 1j) if shape != (2,) else np.array([0.5 + 1j, -1j])
    shown = explain(loss, "z", z, lr=0.01)
    assert "  z ← z − 0.01 · conj(∂f/∂z)" in str(shown)
    new = shown.sections[-1].lines[0].pieces[-1]
    if shape == (100,):  # of which only a summary is shown
        assert "z = 100 numbers, abs 1.11803 … 1.11803" in str(shown)
        assert r"100\text{ numbers, } \text{abs }1.11803 \ldots 1.11803" in shown.latex
    else:
        assert loss(new) < loss(z) - 0.1
    assert "conj" not in str(explain(loss, "z", np.abs(z), lr=0.01)).partition("Update")[2]


@each("lr", ["a", np.ones(2), np.nan, np.inf, True, 1j])
def test_a_learning_rate_is_a_number(lr: Any) -> None:
    with pytest.raises(
        ValueError, match=r"lr is a learning rate, a finite number such as 0\.1, not"
    ):
        explain(polynomial(), "x", lr=lr)
    assert "Update" in str(explain(polynomial(), "x", lr=np.float32(0.5)))


def test_an_element_is_meant_by_its_name() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    with pytest.raises(
        ValueError, match=r'computed just now, perhaps\. .* give its name, "x\[0\]"'
    ):
        explain((x * x).sum(), x[0])
