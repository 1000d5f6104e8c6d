"""Formulas come from the rules: read back and computed, they give the rules' own numbers."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import autograd.scipy  # whose entries count, too
import nn
from autograd import Tensor, grad, log_softmax, logsumexp, relu, sigmoid, softmax
from autograd.draw import describe
from autograd.draw.derivation import Fractions, Spaced
from autograd.draw.formula.algebra import negative, power, product, replaced, total, without
from autograd.draw.formula.expressions import (
    Call,
    Formula,
    Name,
    Number,
    Sum,
    latex,
    split,
    text,
)
from autograd.draw.formula.operations import Like, Rule, _rule
from autograd.draw.formula.symbols import G, NoFormulaError, Symbol
from autograd.graph import record_when
from autograd.primitive import REQUIRED, TABLE, Operation, derivative, elementwise, primitive
from autograd.tensor import record
from cases import each
from formulas import computed

x, y = Name("x"), Name("y")
SCALAR = Like((), np.dtype(float))
ELEMENTWISE = sorted(
    (operation for operation in TABLE.values() if operation.kind == "elementwise"),
    key=lambda operation: operation.name,
)


def rule_for(operation: Operation, position: int) -> Rule:
    given = tuple((i, SCALAR) for i, d in enumerate(operation.defaults) if d is REQUIRED)
    return _rule(operation, position, None, given, SCALAR, ())


@pytest.mark.parametrize("operation", ELEMENTWISE, ids=lambda operation: operation.name)
def test_every_elementwise_formula_gives_the_number_of_its_rule(operation) -> None:
    rng = np.random.default_rng(0)
    checked, written = 0, []
    for _ in range(12):
        numbers = [
            rng.choice([-1.5, -0.7, 0.3, 0.4, 0.8, 1.5, 2.0])
            if i in operation.rules
            else int(rng.integers(1, 3))
            for i, default in enumerate(operation.defaults)
            if default is REQUIRED
        ]
        values = [*numbers, *operation.defaults[len(numbers) :]]
        tracked = [Tensor(v, requires_grad=True) if type(v) is np.float64 else v for v in values]
        try:
            with record_when("all"), np.errstate(all="ignore"):
                ans = record(operation, tracked)
        except (TypeError, ValueError):  # outside of its domain
            continue
        shown = ans.requires_grad and not np.iscomplexobj(ans.data)  # which has no gradient
        for edge in describe(ans).edges if shown else []:
            if edge.message is None or "∂" in str(edge.local) or edge.local == edge.rule:
                continue
            variables = dict(zip(operation.arguments, values)) | {"ans": ans.data}
            formula = computed(str(edge.local), variables)
            written.append(formula)
            if np.isfinite(edge.message) and np.isfinite(formula) and np.isreal(formula):
                checked += 1
                assert formula == pytest.approx(float(edge.message), rel=3e-5, abs=1e-12), edge
    assert checked or not written or np.iscomplexobj(written)


def test_nearly_every_elementwise_rule_can_be_written_down() -> None:
    rules = [rule_for(operation, i) for operation in ELEMENTWISE for i in operation.rules]
    unknown = [rule for rule in rules if "∂" in str(rule.local)]
    assert len(rules) > 200
    assert len(unknown) < len(rules) / 6
    assert all(rule.is_factor for rule in rules)


@each(
    "operation, argument, written",
    [
        (np.tanh, "x", "1 − tanh(x)²"),
        (np.exp, "x", "exp(x)"),
        (np.log, "x", "1 / x"),
        (np.sqrt, "x", "1 / (2·√x)"),
        (np.multiply, "y", "x"),
        (np.divide, "y", "−x / y²"),
        (np.square, "x", "2·x"),
        (np.power, "x", "y·x^(y − 1)"),
        (np.power, "y", "log(x)·x^y"),
        (np.cos, "x", "−sin(x)"),
        (np.arcsin, "x", "1 / √((1 − x)·(1 + x))"),
        (np.hypot, "x", "x / hypot(x, y)"),
        (np.maximum, "x", "where(x = y, 0.5, [x > y])"),
        (np.clip, "x", "[low ≤ x ≤ high]"),
        (np.where, "y", "[¬condition]"),
        (np.abs, "x", "sign(x)"),
        (np.floor, "x", "0"),
        (np.degrees, "x", "180 / π"),
        (np.radians, "x", "π / 180"),
        (np.log2, "x", "1 / (x·log(2))"),
        (relu.__wrapped__, "x", "[x > 0]"),
        (sigmoid.__wrapped__, "x", "sigmoid(x)·sigmoid(−x)"),
    ],
)
def test_local_derivatives_read_as_in_a_textbook(operation, argument, written) -> None:
    entry = TABLE[operation]
    known = tuple((i, SCALAR) for i in range(len(entry.arguments)))
    rule = _rule(entry, entry.position[argument], None, known, SCALAR, ())
    assert text(rule.local) == written


def leaf(*shape: int) -> Tensor:
    return Tensor(np.random.default_rng(0).uniform(0.5, 1.5, shape), requires_grad=True)


@each(
    "make, formula, rules",
    [
        (lambda: leaf(2, 3) @ leaf(3, 4), "x @ y", ["g @ yᵀ", "xᵀ @ g"]),
        (lambda: leaf(2, 3) @ leaf(3), "x @ y", ["g ⊗ y", "g @ x"]),
        (lambda: leaf(3) @ leaf(3), "x @ y", ["y", "x"]),
        (lambda: autograd.affine(leaf(5, 3), leaf(2, 3), leaf(2)), "x @ weightᵀ + bias",
         ["g @ weight", "gᵀ @ x", "sum(g, axis=0)"]),
        (lambda: leaf(1, 3) @ leaf(3, 1), "x @ y", ["yᵀ", "xᵀ"]),
        (lambda: leaf(2, 3).sum(axis=0), "sum(x, axis=0)", ["1"]),
        (lambda: leaf(2, 3).mean(), "mean(x)", ["1 / 6"]),
        (lambda: np.max(leaf(2, 3), axis=1), "max(x, axis=1)",
         ["[x = ans[:, None]]·(g / sum([x = ans[:, None]], axis=1))[:, None]"]),
        (lambda: np.var(leaf(6)), "var(x)", ["(x − mean(x)) / 3"]),
        (lambda: softmax(leaf(3)), "softmax(x)", ["softmax(x)·(g − sum(g·softmax(x), axis=-1))"]),
        (lambda: log_softmax(leaf(3)), "log_softmax(x)",
         ["g − exp(log_softmax(x))·sum(g, axis=-1)"]),
        (lambda: np.linalg.inv(leaf(2, 2)), "inv(a)", ["−inv(a)ᵀ @ g @ inv(a)ᵀ"]),
        (lambda: leaf(2, 3).T, "xᵀ", ["gᵀ"]),
        (lambda: leaf(2, 3)[0, 1:], "x[0, 1:]", ["scatter(g, [0, 1:])"]),
        (lambda: leaf(2, 3) ** 3, "x³", ["3·x²"]),
        (lambda: 2.0 * leaf(3), "2·y", ["2"]),
        (lambda: np.sort(leaf(3)), "sort(x)", ["scatter(g, argsort(x))"]),
        (lambda: np.concatenate([leaf(2), leaf(1)]), "concatenate(xs)", ["g[0:2]", "g[2:3]"]),
    ],
)  # fmt: skip
def test_formulas_of_whole_arrays(make, formula, rules) -> None:
    description = describe(make())
    assert str(description.nodes[-1].formula) == formula
    assert [str(edge.local) for edge in description.edges if edge.local] == rules


def test_a_new_entry_explains_itself() -> None:
    @primitive
    def swish(x):
        return x / (1 + np.exp(-x))

    derivative(
        swish,
        None,
        elementwise,
        x=lambda g, ans, x: g * (ans + (1 - ans) / (1 + np.exp(-x))),
    )
    (edge,) = describe(swish(leaf(2))).edges
    assert str(edge.local) == "swish(x) + (1 − swish(x)) / (1 + exp(−x))"
    assert str(edge.rule) == f"g·({edge.local})"


def test_a_rule_that_looks_at_numbers_has_only_a_name() -> None:
    @primitive
    def odd(x):
        return x * 1.0

    derivative(odd, None, elementwise, x=lambda g, x: g if np.all(x > 0) else 2 * g)
    (edge,) = describe(odd(leaf(2))).edges
    assert str(edge.local) == "∂odd/∂x"
    with pytest.raises(NoFormulaError, match="neither true nor false"):
        bool(Symbol.of("x", np.ones(2)) > 0)
    with pytest.raises(NoFormulaError, match="no numbers"):
        np.asarray(Symbol.of("x", np.ones(2)))


@each(
    "formula, written, in_latex",
    [
        (product(x, power(y, -2)), "x / y²", r"\frac{x}{y^{2}}"),
        (negative(total(x, y)), "−(x + y)", r"-\left(x + y\right)"),
        (total(negative(x), Number(1)), "1 − x", "1 - x"),
        (total(negative(x), negative(y)), "−x − y", "-x - y"),
        (total(x, x), "2·x", r"2 \, x"),
        (total(x, negative(x)), "x − x", "x - x"),  # which is nan at ∞
        (product(power(x, 2), power(x, -1)), "x² / x", r"\frac{x^{2}}{x}"),  # and this at 0
        (product(total(x, y), power(total(Number(1), x), -1)), "(x + y) / (1 + x)",
         r"\frac{x + y}{1 + x}"),
        (product(Number(0.5), power(Call("√", (x,)), -1)), "1 / (2·√x)",
         r"\frac{1}{2 \, \sqrt{x}}"),
        (power(Call("√", (x,)), 3), "(√x)³", r"\sqrt{x}^{3}"),
        (power(Call("exp", (x,)), 2), "exp(x)²", r"\left(e^{x}\right)^{2}"),
        (product(Number(1 / 6), x), "x / 6", r"\frac{x}{6}"),
        (Number(1e-7), "1e−07", r"1 \cdot 10^{-7}"),
        (Number(np.inf), "∞", "∞"),
        (Call("@", (Call("@", (x, y)), x)), "x @ y @ x", r"x \, y \, x"),
        (Call("@", (x, Call("@", (y, x)))), "x @ (y @ x)", r"x \, \left(y \, x\right)"),
        (Call("@", (product(x, y), x)), "(x·y) @ x", r"\left(x \, y\right) \, x"),
        (Call("ᵀ", (total(x, y),)), "(x + y)ᵀ", r"\left(x + y\right)^{\top}"),
        (Call("^", (x, total(y, Number(-1)))), "x^(y − 1)", "x^{y - 1}"),
        (Call("abs", (x,)), "abs(x)", r"\left|x\right|"),
        (Call("[]", (Call(">", (x, y)),)), "[x > y]", r"\left[x > y\right]"),
        (Call("∧", (Call("≥", (x, Number(-1))), Call("<", (x, y)))), "−1 ≤ x < y",
         r"-1 \leq x < y"),
        (Call("∧", (Call("<", (x, y)), Call(">", (x, total(y, y))))), "2·y < x < y",
         r"2 \, y < x < y"),
        (Call("∧", (Call("<", (x, y)), Call("<", (x, x)))), "x < y ∧ x < x",
         r"x < y \wedge x < x"),
        (Call("∨", (Call("<", (x, y)), Call(">", (x, x)))), "x < y ∨ x > x",
         r"x < y \vee x > x"),
        (Name("x12"), "x12", "x_{12}"),
        (Name("w_out{}"), "w_out{}", r"\mathrm{w\_out\{\}}"),
        (Name("π"), "π", r"\pi"),
    ],
)  # fmt: skip
def test_brackets_only_where_they_are_needed(formula, written, in_latex) -> None:
    assert text(formula) == written
    assert latex(formula) == in_latex


@pytest.mark.parametrize("operation", TABLE.values(), ids=lambda operation: operation.name)
def test_no_comparison_is_negated(operation) -> None:
    """[−1 ≤ x ≤ 1] rather than [¬(x < −1 ∨ x > 1)]."""
    for position in operation.rules:
        known = tuple((i, SCALAR) for i in range(len(operation.arguments)))
        written = text(_rule(operation, position, None, known, SCALAR, ()).local)
        assert not re.search(r"¬\([^()]*[<>=≤≥≠∧∨]", written)


@each(
    "make, formula",
    [
        (lambda x: np.clip(x, None, 1.0), "clip(x, None, 1)"),
        (lambda x: np.clip(x, -1.0, None), "clip(x, −1)"),
    ],
)
def test_what_is_skipped_is_not_mistaken(make, formula) -> None:
    assert str(describe(make(leaf(3))).nodes[-1].formula) == formula


def test_an_integer_of_a_rule_is_written_as_a_number() -> None:
    s = Tensor([1.0, 2.0, 3.0], requires_grad=True, name="s")
    description = describe(nn.huber(s, np.array([0.5, 4.0, 3.0])))
    integers = [item for item in description.nodes if item.dtype == "int64"]
    assert integers
    assert not any(item.step for item in integers)
    assert description.nodes[-1].written == "f = sum(z·(s1 − 0.5·z)) / 3"


def test_names_can_be_replaced_by_names_and_by_formulas() -> None:
    formula = product(x, power(total(Number(1), y), 2))
    assert text(formula, {"x": "w₁", "y": "b"}) == "w₁·(1 + b)²"
    assert text(replaced(formula, {"y": total(x, Number(-1))})) == "x³"
    assert latex(formula, {"x": r"\theta"}) == r"\theta \, \left(1 + y\right)^{2}"


@each(
    "formula, left",
    [
        (G, "1"),
        (product(G, x), "x"),
        (total(product(G, x), negative(G)), "x − 1"),
        (Number(0), "0"),
        (x, "None"),
        (product(G, G), "None"),
        (Call("@", (G, x)), "None"),
        (product(G, Call("sum", (G,))), "None"),
        (total(G, x), "None"),
    ],
)
def test_g_is_left_out_only_where_it_is_a_factor(formula, left) -> None:
    assert str(without(G, formula)) == left


SAYS: dict[str, tuple[Callable[..., Any], str]] = {  # in the network of a loss, on the last edge
    "mse": (nn.mse, "0.5·(s − t)"),
    "half_mse": (nn.half_mse, "0.25·(s − t)"),
    "mae": (nn.mae, "sign(s1)"),
    "huber": (nn.huber, ""),
    "bce_with_logits": (nn.bce_with_logits, "0.25·(sigmoid(s) − t)"),
    "hinge": (lambda s, t: nn.hinge(s, 2 * t - 1), "−0.25·x·[x·s < 1]"),
    "cross_entropy": (
        lambda s, t: nn.cross_entropy(s, t[:, 0].astype(int)),
        "0.5·(softmax(s) − one_hot(x, 2))",
    ),
    "softmax": (
        lambda s, t: softmax(s),
        "softmax(s)·(g − sum(g·softmax(s), axis=-1, keepdims=True))",
    ),
    "log_softmax": (lambda s, t: log_softmax(s), ""),
    "logsumexp": (lambda s, t: logsumexp(s), "softmax(s, axis=None)"),
    "norm": (lambda s, t: np.linalg.norm(s), "s / norm(s)"),
    "prod": (lambda s, t: np.prod(s), "product_of_others(s)"),
    "prod of columns": (lambda s, t: np.prod(s, axis=0), "product_of_others(s, axis=0)"),
    "det": (lambda s, t: np.linalg.det(s), "cofactors(s)"),
    "dets": (lambda s, t: np.linalg.det(np.stack([s, s])), "g[:, None, None]·cofactors(s1)"),
    "take": (lambda s, t: np.take(s, np.array([0, 0]), axis=1), "scatter(g, [:, x])"),
    "take_along_axis": (
        lambda s, t: np.take_along_axis(s, np.array([[0], [1]]), 1),
        "scatter(g, [indices])",
    ),
    "var": (lambda s, t: np.var(s), ""),
    "std": (lambda s, t: np.std(s), ""),
    "gelu": (lambda s, t: nn.activations.gelu(s), ""),
}


@pytest.mark.parametrize("name", SAYS)
def test_what_networks_are_made_of_says_what_it_sends_back(name: str) -> None:
    function, formula = SAYS[name]
    s = Tensor([[1.0, 2.0], [0.5, 4.0]], requires_grad=True, name="s")
    t = np.array([[1.0, 0.0], [0.0, 1.0]])
    edges = describe(function(s, t), names={"t": t}).edges
    said = [edge.written for edge in edges if edge.written]
    assert said
    assert not [text for text in said if "∂" in text]
    assert not formula or formula in said


MATRICES = {"A": np.array([[1.0, 2.0], [3.0, 4.0]]), "B": np.array([[5.0, 6.0], [7.0, 9.0]])}
LATEX_IN_PYTHON = {
    **{r"\left(": "(", r"\right)": ")", r"^{\odot ": "**{", "^{": "@{"},
    **{r" \odot ": "*", r" \, ": "@", "{": "", "}": ""},
}


@given(
    st.recursive(
        st.sampled_from("AB").map(Name),
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda pair: product(*pair)),
            st.tuples(inner, inner).map(lambda pair: Call("@", pair)),
            st.tuples(inner, inner).map(lambda pair: total(*pair)),
            inner.map(lambda f: power(f, 2)),
        ),
        max_leaves=8,
    )
)
def test_products_of_elements_are_told_from_products_of_matrices(formula: Formula) -> None:
    expected = computed_tree(formula)
    assert_allclose(computed(text(formula), MATRICES), expected)
    assert_allclose(computed(Spaced({}).show(formula), MATRICES), expected)
    latex = Fractions({}, {"A": (2, 2), "B": (2, 2)}).show(formula)
    python = re.sub(r"(\d) \\, ", r"\1*", latex)
    for written, sign in LATEX_IN_PYTHON.items():
        python = python.replace(written, sign)
    assert_allclose(eval(python, dict(MATRICES)), expected)


def computed_tree(formula: Formula) -> Any:
    if isinstance(formula, Name):
        return MATRICES[formula.name]
    if isinstance(formula, Call):
        x, y = map(computed_tree, formula.arguments)
        return x @ y
    if isinstance(formula, Sum):
        return sum(map(computed_tree, formula.terms))
    n, factors = split(formula)
    return n * math.prod((computed_tree(f) ** e for f, e in factors), start=np.ones((2, 2)))


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        (product(Number(2), Name("s"), Name("A"), Name("t")), r"2 \, s \, t \, A"),
        (product(Name("A"), Name("s"), Name("x")), r"s \, A \odot x"),
        (product(Name("A"), power(Name("B"), -1), power(Name("s"), -2)), r"\frac{A}{s^{2} \, B}"),
        (product(power(Name("A"), 3), power(Name("x"), 3)), r"A^{\odot 3} \odot x^{3}"),
        (product(Name("A"), Name("unknown")), r"A \odot \mathrm{unknown}"),
    ],
)
def test_a_number_times_an_array_needs_no_sign(formula: Formula, written: str) -> None:
    shapes = {"A": (2, 2), "B": (2, 2), "x": (2,), "s": (), "t": ()}
    assert Fractions({}, shapes).show(formula) == written


def test_numbers_that_are_equal_may_be_written_differently() -> None:
    assert [text(Number(n)) for n in (1, 1.0, 1 + 0j, True)] == ["1", "1", "(1+0j)", "1"]


def test_the_alias_of_a_transform_within_is_the_argument_itself() -> None:
    """An operation of the library's own, which no program says."""
    graph = describe(lambda x: grad(lambda t: np.sin(t) * t)(x) ** 2, np.array(1.5))
    assert [item.written for item in graph.nodes if item.op == "alias"] == ["s = x"]
