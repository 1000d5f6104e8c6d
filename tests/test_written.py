"""What pictures write on a node or an edge is true: computed, it is the number that they show."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
import nn.scalar
from autograd import Tensor, Value, softmax
from autograd.draw import Description, describe, draw
from autograd.draw.captions import captions
from autograd.draw.formula.expressions import Number
from autograd.draw.formula.symbols import G
from autograd.draw.formula.terms import names_in
from autograd.testing.strategies.programs import programs
from cases import each
from formulas import THROUGH_COMPLEX, Unread, computed

NAMES = ["x", "y", "g", "w", "b", "s", "z1", "ans", "const", "condition", "tanh", "x#2", "1", "a+b"]
ONE = {"tanh": np.tanh, "sqrt": np.sqrt, "T": np.transpose, "square": np.square, "cos": np.cos}
TWO = {
    **{"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power},
    **{"@": np.matmul, "max": np.maximum, "where": lambda x, y: np.where(x > 1.3, x, y)},
    "const": lambda x, _: 1.25 - x,
    "lost": lambda x, _: (1e12 * x + 1.1) * 1e-12,  # which leaves no trace of all its digits
    "list": lambda x, y: np.stack([x, y, x])[1],
}
OF_VALUES = {
    **{"tanh": Value.tanh, "sqrt": lambda x: (x * x).sqrt(), "cos": Value.cos},
    **{
        "lost": lambda x: x + 1.1,
        "square": lambda x: x**2,
        "T": lambda x: x.exp(),
        "const": lambda x: 1.25 - x,
    },
}


def written(description: Description) -> Iterator[tuple[str, Mapping[str, Any], Any]]:
    """What pictures say things are: each formula, what is known by name, and the number shown."""
    nodes = description.nodes
    known = {item.step: item.value for item in nodes if item.step}
    assert description.gradient not in known
    assert len([item for item in nodes if item.step]) == len({item.step for item in nodes} - {None})
    for item in nodes:
        values = dict(known)
        if item.group is not None:  # in which its parameters are called by the ends of their names
            prefix = f"{description.groups[item.group].name}."
            values |= {
                end: value
                for name, value in known.items()
                if (end := name.removeprefix(prefix)) not in known
            }
        if item.written and item.value is not None:
            *before, last = item.written.split("; ")
            for definition in before:  # of the sum within a neuron
                name, _, formula = definition.partition(" = ")
                values[name] = computed(formula, values)
            if item.step:
                name, equals, last = last.partition(" = ")
                assert equals
                assert name.strip("‹›") in (item.step, *values)
            yield last, values, item.value
        for edge in (description.edges[e] for e in item.edges):
            if edge.written and edge.message is not None and item.gradient is not None:
                g = {description.gradient: item.gradient}
                whole = G.name in names_in(edge.local)
                formula = edge.written if whole else f"{description.gradient}·({edge.written})"
                if isinstance(edge.local, Number) and np.shape(edge.message):  # at each element
                    g = {name: np.broadcast_to(x, np.shape(edge.message)) for name, x in g.items()}
                yield formula, values | g, edge.message


def assert_true(description: Description) -> tuple[int, int]:
    """That all is true which can be computed; of how many formulas it was."""
    count = tried = 0
    for formula, values, expected in written(description):
        tried += 1
        try:
            found = computed(formula, values)
        except Unread:  # such as ∂f/∂x, or a constant that was not kept
            continue
        count += 1
        if np.isfinite(found).all() and np.isfinite(expected).all():
            one = np.size(found) == np.size(expected) == 1  # axes of one element are not shown
            shape = np.shape(expected)
            assert one or np.shape(found) in ((), shape), formula  # a number is each element
            found = np.reshape(found, shape) if one else np.broadcast_to(found, shape)
            np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9, err_msg=formula)
    return count, tried


@given(
    st.permutations(NAMES),
    st.lists(st.sampled_from([*ONE, *TWO]), min_size=1, max_size=9),
    st.randoms(use_true_random=False),
    st.booleans(),
)
@np.errstate(all="ignore")
def test_every_formula_is_true_whatever_the_names_are(
    names: list[str], steps: list[str], random: Random, of_values: bool
) -> None:
    def leaf() -> Any:
        if of_values:
            return Value(random.randrange(9, 16) / 8)  # of which six digits are all
        return Tensor([[random.randrange(9, 16) / 8 for _ in range(2)] for _ in range(2)], True)

    things = [leaf(), leaf()]
    for step in steps:
        x, y = random.choice(things[-4:]), random.choice(things[-4:])
        if not of_values:
            x = ONE[step](x * x if step == "sqrt" else x) if step in ONE else TWO[step](x, y)
        elif step in OF_VALUES:
            x = OF_VALUES[step](x)
        else:
            x = TWO[step](x, y) if step in ("+", "-", "*", "/") else x * y + x
        things.append(x)
    for thing in things:
        if random.random() < 0.5:
            thing.name = random.choice(names[:6])  # which may be another's, too
    assert_true(describe(things[-1]))


@settings(max_examples=settings().max_examples // 3)
@given(programs(THROUGH_COMPLEX, scalar=True, max_lines=3))
def test_so_is_every_formula_of_real_numbers_that_become_complex(program: Any) -> None:
    count, tried = assert_true(describe(program, *program.inputs))
    assert count > tried / 2


SMALLER = [  # than the matrix that they are of
    lambda x: x.sum(),
    lambda x: x.sum(axis=0),
    lambda x: x.sum(axis=1, keepdims=True),
    lambda x: x.mean(axis=1),
    lambda x: x.max(axis=0),
    lambda x: np.var(x, axis=1),
    lambda x: np.prod(x, axis=1),
    lambda x: np.linalg.norm(x, axis=0),
    lambda x: np.einsum("ij->j", x),
    lambda x: np.einsum("ij,kj->", x, W),
    lambda x: np.einsum("ij,kj->i", x, W),
    lambda x: x @ W[0],
    lambda x: x[1],
    lambda x: x[:, 0] * 1.0,
    lambda x: np.tensordot(x, W),
    lambda x: np.inner(W, x)[0],
]
W = np.arange(1.0, 7.0).reshape(2, 3)


@each("smaller", SMALLER)
@each("after", [lambda s, x: s, lambda s, x: np.tanh(s).sum(), lambda s, x: (x.T / s.sum()).T])
def test_a_formula_has_the_shape_of_its_numbers(smaller: Any, after: Any) -> None:
    """Of what is smaller than its argument, the message is to be repeated."""
    count, _ = assert_true(describe(lambda x: after(smaller(x), x), W / 4))
    assert count


def square(x: Any, y: Any) -> Any:
    return (x * y + x) ** 2


@each("make", [Value, lambda x: Tensor([x, 2.0], requires_grad=True)])
@each(
    "combine",
    [
        lambda a, b, c, d: (a + b) + c,
        lambda a, b, c, d: (a + b) - (c + d),
        lambda a, b, c, d: (a + b) / (c + d),
        lambda a, b, c, d: a * 3 - b * 3 + c * d,
        lambda a, b, c, d: (a * 3) / (b * 3),
    ],
)
def test_two_things_without_a_name_are_told_apart(make: Any, combine: Any) -> None:
    x = [make(float(i + 1)) for i in range(8)]
    for thing, letter in zip(x, "abcdefgh"):
        thing.name = f"input_{letter}"
    description = describe(combine(*(square(*x[i : i + 2]) for i in (0, 2, 4, 6))))
    count, tried = assert_true(description)
    assert count == tried


def test_a_variable_is_not_taken_for_what_stands_for_a_constant() -> None:
    const, pi = (Tensor(np.ones(100), requires_grad=True, name=name) for name in ("const", "π"))
    lost = np.full(100, 3.0)
    formulas = [const + lost, pi + lost, const * np.pi, pi * np.pi]
    assert [describe(formula).nodes[-1].written for formula in formulas] == [
        "f = const#2 + const",
        "f = π + const",
        "f = const·π",
        "f = π#2·π",
    ]


LOSSES = {  # of logits, by their name, with targets for those of shape (4, 2)
    **{name: np.array([[1.0, 0.0], [0.5, 0.25], [0.0, 1.0], [1.0, 1.0]])
       for name in ("mse", "half_mse", "mae", "huber", "bce_with_logits")},
    "hinge": np.array([[1.0, -1.0]] * 4),
    "cross_entropy": np.array([0, 1, 1, 0]),
}  # fmt: skip


@each("activation", ["tanh", "relu", "sigmoid"])
@each("loss", sorted(LOSSES))
def test_so_it_is_of_networks(loss: str, activation: str) -> None:
    X = np.random.default_rng(0).normal(size=(4, 3))
    model = nn.MLP(3, [4, 2], activation, rng=0)
    description = describe(getattr(nn, loss)(model(X), LOSSES[loss]), names=locals())
    count, tried = assert_true(description)
    assert count > tried / 2


@each("sizes", [[1], [3, 1], [2, 2, 1]])
@each("of_names", [True, False])
def test_so_it_is_of_networks_of_values(sizes: list[int], of_names: bool) -> None:
    inputs = [Value(1.0), Value(-2.0), Value(3.0)]
    if of_names:
        for value, name in zip(inputs, ("w", "x", "b")):
            value.name = name
    model = nn.scalar.MLP(3, sizes, rng=0)
    count, tried = assert_true(describe((model(inputs) - 0.5) ** 2, names={"model": model}))
    assert count == tried


def matrices(*names: str) -> list[Tensor]:
    return [Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name=name) for name in names]


@each(
    "make, of_the_root, of_its_edges",
    [
        (lambda x, y: y / x, "y / x", ["1 / x", "−y / x²"]),
        (lambda x, y: y @ x, "y @ x", ["g @ xᵀ", "yᵀ @ g"]),
        (lambda x, y: np.tanh(y @ x), "tanh(s)", ["1 − tanh(s)²"]),
        (lambda x, y: np.tanh(y @ x) * np.tanh(x @ x), "z1·z2", ["z2", "z1"]),
        (lambda x, y: np.concatenate([y, x]), "concatenate((y, x))", ["g[0:2]", "g[2:4]"]),
    ],
)
def test_formulas_have_the_graph_s_own_names(
    make: Any, of_the_root: Any, of_its_edges: Any
) -> None:
    description = describe(make(*matrices("x", "y")))
    root = description.nodes[-1]
    assert root.written == f"f = {of_the_root}"
    assert [description.edges[e].written for e in root.edges] == of_its_edges


def test_the_gradient_has_another_name_where_a_variable_is_called_g() -> None:
    (g,) = matrices("g")
    description = describe(g @ g)
    assert [edge.written for edge in description.edges] == ["g′ @ gᵀ", "gᵀ @ g′"]
    texts = [edge["text"] for edge in captions(description.as_json())["edges"]]
    assert [text.split(" →")[0] for text in texts[:2]] == ["g′ @ gᵀ", "gᵀ @ g′"]


@each("name", ["a + b", "", "1", "∂", "<b>", "x" * 20_000])
def test_a_name_that_is_no_name_is_marked_as_one(name: str) -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, name=name)
    written = describe(np.exp(x)).nodes[-1].written or ""
    assert len(written) < 80
    shown = name if len(name) < 40 else f"{name[:39]}…"
    assert written == (f"f = exp(‹{shown}›)" if name else "f = exp(x)")


def test_pictures_show_the_formulas() -> None:
    x, y = matrices("x", "y")
    root = (y / x).sum()
    assert "[label=<−y / x²>" in draw(root).source
    page = captions(describe(root).as_json())
    assert page["nodes"][2]["about"].startswith("y / x\n")
    assert [edge["text"].split(" →")[0] for edge in page["edges"][:2]] == [
        "g × 1 / x",
        "g × −y / x²",
    ]


def test_no_derivative_is_of_a_thing_by_what_has_the_same_title() -> None:
    a, b, c, d, e = matrices(*(f"a_long_name_{i}" for i in "abcde"))
    source = draw(np.sum((a * b) * (c * d * e))).source
    assert "∂multiply/∂multiply" not in source
    assert source.count("a_long_name_c·a_long_name_d·a_long_name…") == 1


@each("of_names", [True, False])
@each(
    "read",
    [
        lambda x, i, j, few: x[i, j],
        lambda x, i, j, few: x[i],
        lambda x, i, j, few: x[:, j, None],
        lambda x, i, j, few: x[few],
        lambda x, i, j, few: x[i][j, 0] * x[j][i, 1],
        lambda x, i, j, few: np.log(softmax(x)[np.arange(3), i]),
        lambda x, i, j, few: x[np.ix_(i, j)],
    ],
)
def test_arrays_in_an_index_are_told_by_their_names(read: Any, of_names: bool) -> None:
    x = Tensor(np.arange(12.0).reshape(3, 4), requires_grad=True, name="x")
    i, j = np.array([0, 2, 1]), np.array([1, 0, 2])
    names = {"i": i, "j": j, "few": x > 4.0}
    description = describe(read(x, **names).sum(), names=names if of_names else None)
    formulas = " ".join(item.written or "" for item in description.nodes)
    assert "indices" not in formulas
    assert "mask" not in formulas
    forward = Description([replace(item, edges=[]) for item in description.nodes])
    count, tried = assert_true(forward)
    assert count == tried
    names_used = set(re.findall(r"\b(?:i|j|few)\b", formulas))
    assert bool(names_used) == of_names or "ix_" in read.__code__.co_names
