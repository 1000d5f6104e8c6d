"""What a picture writes on a node or an edge is true of the variables that it names."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, Value
from autograd.draw import describe, draw
from autograd.draw.captions import captions
from autograd.draw.terms import names_in
from cases import each
from test_derivations import Unknown, evaluated

NAMES = ["x", "y", "g", "w", "b", "s", "ans", "const", "condition", "tanh", "n0"]
ONE = {"tanh": np.tanh, "sqrt": np.sqrt, "T": np.transpose, "square": np.square, "cos": np.cos}
TWO = {
    **{"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power},
    **{"@": np.matmul, "max": np.maximum, "where": lambda x, y: np.where(x > 1.3, x, y)},
    "const": lambda x, _: 1.25 - x,
}
OF_VALUES = {"tanh": Value.tanh, "sqrt": Value.sqrt, "cos": Value.cos}


@np.errstate(all="ignore")
@given(
    st.permutations(NAMES),
    st.lists(st.sampled_from([*ONE, *TWO]), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_no_label_names_a_variable_that_it_does_not_mean(names, steps, random, of_values) -> None:
    def leaf():
        if of_values:
            return Value(random.uniform(1, 2))
        return Tensor(np.reshape([random.uniform(1, 2) for _ in range(4)], (2, 2)), True)

    things = [leaf(), leaf()]
    for i, thing in enumerate(things):
        thing.name = names[i]
    for step in steps:
        x, y = random.choice(things[-3:]), random.choice(things[-3:])
        if of_values and step in OF_VALUES:
            x = OF_VALUES[step](x * x)
        elif of_values:
            x = TWO[step](x, y) if step in "+-*/" else x + y
        else:
            x = ONE[step](x * x if step == "sqrt" else x) if step in ONE else TWO[step](x, y)
        things.append(x)
        if random.random() < 0.5:
            x.name = next(n for n in names if n not in [thing.name for thing in things])
    description = describe(things[-1])
    nodes = description.nodes
    values = {item.name: item.value for item in nodes if item.name and item.value is not None}
    assert description.gradient not in values
    for item in nodes:
        check(item.label, values, item.value)
        for edge in (description.edges[e] for e in item.edges):
            known = values | {description.gradient: item.gradient}
            if edge.label and edge.message is not None:
                whole = description.gradient in names_in(edge.label)
                check(edge.label, known, edge.message, 1 if whole else item.gradient)


def check(label, values, expected, factor=1.0) -> None:
    """That `label`, if it can be evaluated, is `expected`."""
    if label is None or expected is None:
        return
    try:
        found = factor * np.asarray(evaluated(label, values))
    except Unknown:  # such as the name of an operation, or of a constant that was not kept
        return
    if np.isfinite(found).all() and np.isfinite(expected).all():
        np.testing.assert_allclose(np.broadcast_to(found, np.shape(expected)), expected, rtol=1e-7)


def variables(*names: str) -> list[Tensor]:
    return [Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name=name) for name in names]


@each(
    "make, of_the_root, of_its_edges",
    [
        (lambda x, y: y / x, "y / x", ["1 / x", "−y / x²"]),
        (lambda x, y: y @ x, "y @ x", ["g @ xᵀ", "yᵀ @ g"]),
        (lambda x, y: np.tanh(y @ x), "tanh(y @ x)", ["1 − tanh(y @ x)²"]),
        (lambda x, y: np.max(np.cos(y @ x) * np.cos(x @ x), axis=0), "max(multiply, axis=0)", None),
        (lambda x, y: np.tanh(y @ x @ y @ x @ y) * np.tanh(x @ x @ y @ x @ y), "tanh₁·tanh₂",
         ["tanh₂", "tanh₁"]),
        (lambda x, y: np.concatenate([y, x]), "concatenate([y, x])", ["g[0:2]", "g[2:4]"]),
    ],
)  # fmt: skip
def test_labels_have_the_graph_s_own_names(make, of_the_root, of_its_edges) -> None:
    description = describe(make(*variables("x", "y")))
    root = description.nodes[-1]
    assert str(root.label) == of_the_root
    if of_its_edges:
        assert [str(description.edges[e].label) for e in root.edges] == of_its_edges


def test_the_gradient_has_another_name_where_a_variable_is_called_g() -> None:
    (g,) = variables("g")
    description = describe(g @ g)
    assert [str(edge.label) for edge in description.edges] == ["g′ @ gᵀ", "gᵀ @ g′"]
    texts = [edge["text"] for edge in captions(describe(g @ g).as_json())["edges"]]
    assert [text.split(" →")[0] for text in texts[:2]] == ["g′ @ gᵀ", "gᵀ @ g′"]


@each("name", ["a + b", "", "x\n", "1", "∂", "<b>", "x" * 20_000])
def test_a_name_that_is_no_name_is_marked_as_one(name: str) -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, name=name)
    label = describe(np.exp(x)).nodes[-1].label
    assert len(str(label)) < 80
    assert str(label) in (f"exp(‹{name[:40]}›)", "exp(parameter)")


def test_pictures_show_the_labels() -> None:
    x, y = variables("x", "y")
    root = (y / x).sum()
    source = draw(root).source
    assert "e1 [label=<−y / x²> " in source
    assert "n0 -> e1 [arrowhead=none]\n\te1 -> n2\n" in source
    page = captions(describe(root).as_json())
    assert page["nodes"][2]["about"].startswith("y / x\n")
    assert [edge["text"].split(" →")[0] for edge in page["edges"][:2]] == [
        "g × 1 / x",
        "g × −y / x²",
    ]
