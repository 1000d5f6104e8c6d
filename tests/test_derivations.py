"""Every line of explain() is true: its formulas, evaluated, are the numbers beside them."""

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import nn
from autograd import Tensor, Value, log_softmax, logsumexp, relu, sigmoid, softmax, softplus
from autograd.draw import describe, explain, zoom
from autograd.draw.derivation import Derivation
from autograd.draw.describe import run
from autograd.draw.formula.axes import RESHAPED, axes_summed, subscript
from autograd.draw.formula.expressions import (
    Call,
    Formula,
    Name,
    Number,
    Product,
    Sum,
    shape_in,
)
from autograd.draw.formula.helpers import meaning
from autograd.draw.formula.shapes import EACH
from autograd.draw.formula.symbols import short_name
from autograd.draw.formula.terms import names_in, parts_of
from autograd.draw.gates import MASKED
from autograd.draw.places import TensorGraph, ValueGraph
from autograd.draw.steps import Steps
from autograd.draw.writer import Writer
from autograd.primitive import TABLE
from autograd.testing.strategies.programs import STEPS, programs
from cases import each
from formulas import THROUGH_COMPLEX

OWN = {f.__name__: f for f in (log_softmax, logsumexp, relu, sigmoid, softmax, softplus)}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{"=": np.equal, "≠": np.not_equal, "<": np.less, "≤": np.less_equal},
    **{">": np.greater, "≥": np.greater_equal, "∧": np.logical_and, "∨": np.logical_or},
    **{"@": np.matmul, "·": lambda *x: math.prod(x), "⊗": np.outer, "^": np.power},
    **{"ᵀ": lambda x: np.swapaxes(x, -1, -2), "transpose": np.transpose},
    **{"√": np.sqrt, "¬": np.logical_not, "abs": np.abs, "where": np.where},
    **{name: getattr(np, name) for name in "sum mean var std prod exp log sin cos tanh".split()},
    **{name: getattr(np, name) for name in "cosh sinh arctan hypot sign log1p expm1".split()},
    **{
        name: getattr(np, name)
        for name in "flip moveaxis cumsum cumprod sort argsort einsum".split()
    },
    **{name: getattr(np, name) for name in "logaddexp tril diagonal broadcast_to".split()},
    **{name: getattr(np, name) for name in ("real", "imag", "conj")},
    **{name: getattr(np.fft, name) for name in ("fft", "rfft")},
    **{name: getattr(np.linalg, name) for name in ("inv", "det", "solve")},
    "max": lambda x, *y, **how: np.maximum(x, *y) if y else np.max(x, **how),
    "min": lambda x, *y, **how: np.minimum(x, *y) if y else np.min(x, **how),
    "norm": lambda x, ord=None, **how: np.linalg.norm(x if how else np.ravel(x), ord, **how),
    "": lambda *elements: np.array(elements),
    "one_hot": lambda label, n: one_hot(label, n),
    "scatter": lambda x, places: scattered(x, places),
    **{"[]": lambda x: 1.0 * x, "ones": lambda *shape: np.ones([int(n) for n in shape])},
    **{
        name: lambda *x, f=f, **how: np.asarray(f(*map(np.asarray, x), **how))
        for name, f in OWN.items()
    },
}


def one_hot(label: Any, n: Any) -> Any:
    """1 at each of some labels, or at one place in an array of the shape n."""
    if isinstance(n, tuple):
        place = np.zeros(n)
        place[label] = 1.0
        return place
    return 1.0 * np.equal(np.asarray(label)[..., np.newaxis], np.arange(n))


def scattered(x: Any, places: Any) -> Any:
    """Zeros with x at some places, which are all there are."""
    if np.asarray(places).dtype.kind != "i":
        raise Unknown("places")
    zeros = np.zeros(len(places))
    zeros[places] = x
    return zeros


# Much is standardised by hand, too.
HERE = STEPS | {
    "{x} - np.mean({x})": "",
    "{x} / np.sum(np.exp({x}), axis={axis}, keepdims=True)": "",
    "{x} - np.max({x}, axis={axis}, keepdims=True)": "gaps({x})",
}


class Unknown(Exception):
    """A formula that this file does not evaluate."""


def places(key: Call, arrays: Mapping[str, Any]) -> Any:
    """An index in which there are arrays."""
    parts = (part.name for part in key.arguments if isinstance(part, Name))
    return tuple(
        arrays[part] if part in arrays else eval(f"np.s_[{part.replace('…', '...')}]", {"np": np})
        for part in parts
    )


def evaluated(f: Formula, arrays: Mapping[str, Any]) -> Any:
    """What a reader who knows NumPy makes of a formula."""
    if isinstance(f, Number):
        return f.value
    if isinstance(f, Name):
        if f.name in ("True", "False"):
            return f.name == "True"
        if f.name not in arrays:
            raise Unknown(f.name)
        return arrays[f.name]
    if isinstance(f, Sum):
        return sum(evaluated(term, arrays) for term in f.terms)
    if isinstance(f, Product):
        powers = [(1.0 * evaluated(base, arrays)) ** e for base, e in f.factors]
        return f.number * math.prod(powers)
    assert isinstance(f, Call)
    if f.function == "Σ":
        whole, to = map(shape_in, f.arguments[1:])
        inner = np.asarray(evaluated(f.arguments[0], arrays))
        axes = axes_summed(whole, to)
        everything = len(axes) == sum(n != 1 for n in whole)  # then no axis is printed
        sums = inner.sum(None if everything else tuple(axes), keepdims=True)
        return sums.reshape(sums.shape[sums.ndim - len(to) :])
    if f.function == RESHAPED:
        of, to = map(shape_in, f.arguments[1:])
        inner = np.asarray(evaluated(f.arguments[0], arrays))
        key = subscript(of, to)
        return inner[eval(f"np.s_[{key}]", {"np": np})] if key else inner.reshape(to)
    if f.function == "index":
        if isinstance(f.arguments[1], Call):
            return evaluated(f.arguments[0], arrays)[places(f.arguments[1], arrays)]
        (key,) = (a.name for a in f.arguments[1:] if isinstance(a, Name))
        if "indices" in key or "mask" in key:
            raise Unknown(key)
        return evaluated(f.arguments[0], arrays)[
            eval(f"np.s_[{key.replace('…', '...')}]", {"np": np})
        ]
    if f.function not in FUNCTIONS:
        raise Unknown(f.function)
    values, options = [], {}
    for argument in f.arguments:
        name, equals, option = getattr(argument, "name", "").partition("=")
        if equals and name.isidentifier():
            options[name] = literal(option)
        elif name[:1] in ("'", "(", "[") or name.isdigit():
            values.append(literal(name))
        else:
            values.append(evaluated(argument, arrays))
    return FUNCTIONS[f.function](*values, **options)


def literal(text: str) -> Any:
    """What an option says."""
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError) as error:
        raise Unknown(text) from error


def lines(function: Any, wrt: str, *args: Any, kept: bool = True) -> Iterator[tuple[str, Any, Any]]:
    """Of each line of the derivation: as text, the value of each formula in it, and its numbers.

    All arguments are `kept`, or else only what the rules ask for.
    """
    root, names = run(function, args)
    if not kept:
        names = {name: Tensor(x.data, requires_grad=True) for name, x in names.items()}
        root = function(*names.values())
    zoomed = "[" in wrt
    if zoomed:
        root = zoom(root, names=names)
    description = describe(root, names=names)
    place = next((i for i, item in enumerate(description.nodes) if item.name == wrt), None)
    if place is None:
        return  # the root does not depend on it
    graph = ValueGraph(root) if isinstance(root, Value) else TensorGraph(root, description)
    steps = Steps(description, place, graph.operands)
    arrays = {f"#{i}": step.value for i, step in enumerate(steps.steps)}
    arrays |= {f"∂#{i}": step.gradient for i, step in enumerate(steps.steps)}
    arrays |= {name: np.asarray(x.data) for name, x in names.items() if isinstance(x, Tensor)}
    arrays |= {name: array.numbers for name, array in graph.arrays.items()}
    derivation = Writer(steps, graph, None).derivation()
    assert_complete(derivation, steps)
    if not any("const" in names_in(step.formula) for step in steps.steps):  # which is not told
        assert_told_apart(derivation)
    for section in derivation.sections:
        for line in section.lines:
            *formulas, numbers = line.pieces
            if not isinstance(numbers, np.ndarray):  # as in the line that is the whole derivative
                formulas, numbers = line.pieces, arrays[f"∂#{steps.wrt}"]
            for formula in formulas[1:] if line.sign == "=" else ():
                if isinstance(formula, Formula) and not (zoomed and is_of_arrays(formula)):
                    try:
                        yield str(derivation), evaluated(formula, arrays), numbers
                    except Unknown:
                        continue


def assert_complete(derivation: Derivation, steps: Steps) -> None:
    """That all that formulas are about stands there with its number, and how it was computed."""
    found = {section.title: section for section in derivation.sections}
    told = {
        title: {str(line.pieces[0]) for line in found[title].lines if len(line.pieces) > 1}
        for title in ("Given", "Forward")
        if title in found
    }
    computed = {f"#{i}" for i, step in enumerate(steps.steps) if step.op}
    assert not computed & told.get("Given", set()), derivation
    lines = [line for section in found.values() for line in section.lines]
    pieces = [piece for line in lines for piece in (*line.pieces, *line.note)]
    names = {name for p in pieces if isinstance(p, Formula) for name in names_in(p)}
    words = {name for name in names - derivation.names.keys() if name.isidentifier()}
    assert words <= {"None", "True", "False", "const", "π", "weights", "inputs"}, (
        words,
        derivation,
    )
    used = names & (steps.shapes.keys() | derivation.names.keys())
    missing = {name for name in used if name[0] not in "∂op "} - set().union(*told.values())
    assert not missing or re.search(r"more …|is left out", str(derivation)), derivation


def is_of_arrays(formula: Formula) -> bool:
    """Whether in it there is a function of arrays, such as sort, which zoomed is one of numbers."""
    calls = {part.function for part in parts_of(formula) if isinstance(part, Call)}
    if "index" in calls:
        return False  # this is an element of what the rule says of whole arrays
    return not calls <= EACH - {"max", "min"} | {"·"}


def assert_true(function: Any, wrt: str, *args: Any, kept: bool = True) -> int:
    """That all lines hold; how many."""
    found = list(lines(function, wrt, *args, kept=kept))
    for text, value, numbers in found:
        one = np.size(value) == numbers.size == 1  # a formula does not show axes of one element
        assert one or np.shape(value) in ((), numbers.shape), text  # and a number is each element
        value = np.reshape(value, numbers.shape) if one else np.broadcast_to(value, numbers.shape)
        if MASKED in text:
            value = np.where(np.isnan(value), numbers, value)
        size = 1 + np.max(np.abs(numbers), initial=0)
        np.testing.assert_allclose(value, numbers, rtol=1e-9, atol=1e-11 * size, err_msg=text)
    return len(found)


def assert_told_apart(derivation: Derivation) -> None:
    """That no formula is said to be two different numbers."""
    numbers: dict[Formula, Any] = {}
    for line in (line for s in derivation.sections if s.title == "Forward" for line in s.lines):
        for formula in (piece for piece in line.pieces[1:] if isinstance(piece, Formula)):
            found = numbers.setdefault(formula, line.pieces[-1])
            np.testing.assert_array_equal(found, line.pieces[-1], err_msg=str(derivation))


@given(programs(scalar=True, steps=HERE, max_lines=7))
def test_the_formulas_of_random_programs_are_true(program: Any) -> None:
    used = [item.name for item in describe(program, *program.inputs).nodes]
    for i in range(len(program.inputs)):
        if f"x{i}" in used:
            assert_true(program, f"x{i}", *program.inputs)


@settings(max_examples=settings().max_examples // 3)
@given(programs(scalar=True, steps=HERE, max_lines=7))
def test_so_are_those_of_programs_that_have_run(program: Any) -> None:
    names = [f"x{i}" for i in range(len(program.inputs))]
    tensors = [Tensor(x, requires_grad=True, name=n) for n, x in zip(names, program.inputs)]
    used = [item.name for item in describe(program(*tensors)).nodes]
    for name in set(names) & set(used):
        assert_true(program, name, *program.inputs, kept=False)


@settings(max_examples=settings().max_examples // 3)
@given(programs(scalar=True, steps=HERE, max_lines=4))
def test_so_are_those_of_each_element(program: Any) -> None:
    try:
        for i, x in enumerate(program.inputs):
            if x.ndim and x.size:
                assert_true(program, f"x{i}[{', '.join('0' * x.ndim)}]", *program.inputs)
    except TypeError as error:
        assert "a Value holds a real one" in str(error)


@settings(max_examples=settings().max_examples // 3)
@given(programs(THROUGH_COMPLEX, scalar=True, max_lines=4))
def test_so_are_those_of_real_numbers_that_become_complex(program: Any) -> None:
    used = [item.name for item in describe(program, *program.inputs).nodes]
    for i in range(len(program.inputs)):
        if f"x{i}" in used:
            assert_true(program, f"x{i}", *program.inputs)


LABELS = np.array([2, 0])
TAKEN = np.array([0, 2, 2])
PICKED = np.array([True, False, True])
OF_ROWS: list[Callable[[Any], Any]] = [  # of three numbers
    lambda x: np.take(x, TAKEN) @ x,
    lambda x: (x[TAKEN] * x).sum(),
    lambda x: (x[PICKED] ** 2).sum(),
    lambda x: np.interp(x, [0.0, 1.0, 2.0], [1.0, 3.0, 7.0]).sum(),
    lambda x: np.interp([0.5, 1.5], [0.0, 1.0, 2.0], x).sum(),
    lambda x: np.where(x > 0, x**2, 7.0).sum(),
    lambda x: np.where(x > 0, x**2, np.arange(3.0)).sum(),
    lambda x: np.select([x > 1, x < 0], [x**2, x**3], 5.0).sum(),
    lambda x: np.choose(np.array([0, 1, 0]), [x, x**2]).sum(),
    lambda x: nn.bce_with_logits(x, np.array([1.0, 0.0, 1.0])),
    lambda x: nn.bce_with_logits(x[:2], TAKEN[:2] / 2) * nn.bce_with_logits(x[1:], TAKEN[1:] / 2),
    lambda x: nn.hinge(x, np.array([1.0, -1.0, 1.0])),
    lambda x: nn.cross_entropy(np.outer([1.0, 2.0], x), LABELS),
    lambda x: (np.sort(x) * np.arange(3.0)).sum(),
    lambda x: np.median(x) ** 2,
    lambda x: np.quantile(x, 0.3),
    lambda x: (softmax(x) * np.arange(3.0)).sum(),
    lambda x: (softmax(np.tanh(x)) * np.arange(3.0)).sum(),
    lambda x: (((x - x.mean()) / x.std()) ** 3).sum(),
    lambda x: np.outer(x, x + 1).max(axis=1).sum(),
    lambda x: (np.outer(x, TAKEN).min(axis=0) ** 2).sum(),
    lambda x: np.linalg.cholesky(np.outer(x, x) + 3 * np.eye(3)).sum(),
    lambda x: np.linalg.solve(np.diag(x), np.arange(3.0)).sum(),
    lambda x: (np.einsum("i,ij->j", x, np.ones((3, 2))) ** 2).sum(),
    lambda x: np.linalg.inv(np.diag(x)).sum(),
    lambda x: np.cumsum(x)[1:].prod(),
    lambda x: (np.concatenate([x, [1.0, 2.0]]) ** 2).sum(),
    lambda x: (np.concatenate([[1.0, 2.0], np.tanh(x)]) * np.arange(5.0)).sum(),
    lambda x: np.copysign(x, [1.0, -1.0, 1.0]).sum(),
    lambda x: (np.convolve(x, [1.0, 2.0]) ** 2).sum(),
    lambda x: np.polyval([1.0, 2.0, 3.0], x).sum(),
    lambda x: np.trapezoid(x, [0.0, 1.0, 3.0]),
    lambda x: (np.pad(x, 1) ** 2).sum(),
]


@each("wrt", ["x", "x[0]"])
@each("kept", [True, False])
@each("function", OF_ROWS)
def test_all_that_is_named_is_known(function: Any, kept: bool, wrt: str) -> None:
    """And no formula is two numbers, as softmax(x[0], x[1]) was, the same one for each element."""
    assert_true(function, wrt, np.array([1.5, -2.0, 3.0]), kept=kept)


@each("wrt", ["x", "x[0]"])
@each("kept", [True, False])
@each(
    "function",
    [
        lambda x: np.where(x > 1, np.sqrt(np.abs(x)), 0.0).sum(),
        lambda x: np.where(x > 1, np.log(x), 0.0).sum(),
        lambda x: np.sqrt(x) @ np.sqrt(x),
        lambda x: (0 * x**0.5 + x).sum(),
        lambda x: np.sqrt(x**2).sum(),
        lambda x: (np.sqrt(x) ** 2).sum(),
        lambda x: (np.sqrt(x) - np.sqrt(x)).sum(),
        lambda x: np.cbrt(x**3).sum(),
        lambda x: np.tanh(np.sqrt(x)[0] * 0 + x[1]),
        lambda x: np.hypot(np.sqrt(x), np.sqrt(x)).sum(),
    ],
)
@np.errstate(all="ignore")
def test_where_0_times_infinity_is_0_a_sentence_says_so(
    function: Any, wrt: str, kept: bool
) -> None:
    assert assert_true(function, wrt, np.array([0.0, 4.0]), kept=kept)
    assert MASKED not in str(explain(function, wrt, np.array([2.0, 4.0])))


@pytest.mark.parametrize(
    ("function", "x"),
    [
        (np.linalg.norm, [3.0, 4.0]),
        (lambda x: np.linalg.norm(x @ x), [[3.0, 4.0], [1.0, 0.0]]),
        (lambda x: softmax(x)[1], [0.5, 0.1, 0.3]),
        (lambda x: (softmax(2 * x) * [1.0, 2.0, 3.0]).sum(), [0.5, 0.1, 0.3]),
        (lambda x: nn.bce(x, [1.0, 0.0]), [0.5, 0.1]),
        (lambda x: nn.bce_with_logits(x, [1.0, 0.0]), [0.5, 0.1]),
        (lambda x: nn.cross_entropy(x, LABELS), [[0.5, 0.1, 0.3], [1.0, 2.0, 3.0]]),
        (lambda x: nn.cross_entropy(2 * x, LABELS), [[0.5, 0.1, 0.3], [1.0, 2.0, 3.0]]),
        (lambda x: np.where(np.array([True, False]), x * x, x).sum(), [3.0, 4.0]),
        (lambda x: (np.sort(x) * [1.0, 2.0, 3.0]).sum(), [3.0, 4.0, 1.0]),
        (lambda x: np.median(x) ** 2, [3.0, 4.0, 1.0]),
    ],
)
def test_the_slope_of_an_element_is_written_from_the_rule(function: Any, x: Any) -> None:
    x = np.array(x)
    first = f"x[{', '.join('0' * x.ndim)}]"
    shown = explain(function, first, x)
    for text in (str(shown), shown.latex):
        assert "no short formula" not in text
    root = zoom(function, x)
    described = describe(root)
    for edge in described.edges:
        sources = described.nodes[edge.target].edges
        values = {described.edges[e].argument: described.edges[e].source for e in sources}
        arrays = {"x": x, "t": np.array([1.0, 0.0]), "labels": LABELS}
        arrays |= {name: described.nodes[i].value for name, i in values.items()}
        assert edge.local is not None
        np.testing.assert_allclose(evaluated(edge.local, arrays), edge.factor, rtol=1e-9)


C = np.array([1.0, 10.0])
C3 = np.arange(3.0)
W = np.arange(1.0, 7.0).reshape(2, 3)


@pytest.mark.parametrize(
    ("function", "args", "line"),
    [
        (lambda b: (C * b).sum(), [2.0], "∂f/∂b = Σ(x) = 11"),
        (lambda b: (C + b).sum(), [2.0], "∂f/∂b = 2"),
        (lambda x: (C / x.sum()).sum(), [C], "∂f/∂x = −Σ(x1 / sum(x)²) = [−0.0909091, −0.0909091]"),
        (
            lambda x: ((x - x.mean()) ** 2).sum(),
            [np.array([2.0, 3.0])],
            "∂f/∂x = 2·(x − mean(x)) − Σ(x − mean(x)) = [−1, 1]",
        ),
        (lambda x: (x / x.sum()).sum(), [C], "∂f/∂x = 1 / sum(x) − Σ(x / sum(x)²) = [0, 0]"),
        (lambda v: ((W + v) ** 2).sum(), [np.ones(3)], "∂f/∂v = 2·Σ₀(x + v) = [14, 18, 22]"),
        (lambda W, v: (W @ v).sum(), [W, np.ones(3)], "∂f/∂W = ones(2) ⊗ v"),
        (lambda b: ((W + b) * C[:, None]).sum(), [2.0], "∂f/∂b = 3·Σ(x2) = 33"),
        (lambda x: (np.tanh(x)[None] * C3).sum(), [np.ones(3)], "∂f/∂z = x1 = [0, 1, 2]"),
        (lambda x: np.outer(x, [[2.0]]).sum(), [C3], "∂f/∂x = (x1[:, 0]·ones(3, 1))[:, 0]"),
        (
            lambda x: (x.sum(axis=1) ** 2).sum(),
            [W],
            "∂f/∂x = broadcast_to(2·sum(x, axis=1)[:, None], (2, 3)) = ",
        ),
        (
            lambda x: (x.mean(axis=0) ** 2).sum(),
            [W],
            "∂f/∂x = broadcast_to(mean(x, axis=0), (2, 3)) = [[2.5",
        ),
        (
            lambda x: (x.max(axis=1) ** 2).sum(),
            [W],
            "∂f/∂x = [x = z[:, None]] · (∂f/∂z / sum([x = z[:, None]], axis=1))[:, None]",
        ),
        (
            lambda x: (softmax(x) ** 2).sum(),
            [W],
            "softmax(x) · (∂f/∂z − sum(∂f/∂z · softmax(x), axis=-1, keepdims=True))",
        ),
        (lambda x: logsumexp(x, axis=None), [W], "∂f/∂x = softmax(x, axis=None) = "),
        (lambda x: logsumexp(x, axis=None), [C3], "∂f/∂x = softmax(x) = "),
        (lambda x: (x.reshape(3, 2) @ C).sum(), [W], "v = reshape(x, (3, 2)) @ x1 = "),
        (lambda x: (x.reshape(3, 2) @ C).sum(), [W], "reshape(∂f/∂v ⊗ x1, (2, 3)) = "),
        (lambda x: (x[:, None] * C).sum(), [C3], "f = sum(x[:, None]·x1) = 33"),
        (lambda x: (np.expand_dims(x, 0) ** 2).sum(), [C], "f = sum(x[None]²) = 101"),
        (lambda x: (x.ravel() ** 2).sum(), [W], "f = sum(ravel(x)²) = 91"),
        (lambda x: (np.tanh(C3 @ x.T) ** 2).sum(), [W], "∂f/∂x = ∂f/∂s ⊗ x1 = "),
        (lambda W: (np.tanh(np.ones((4, 3)) @ W.T) ** 2).sum(), [W], "(∂f/∂s)ᵀ @ x = "),
        (lambda x: (lambda v: (v - v).sum())(W @ x), [C3], "∂f/∂x = 0\n"),
        (lambda x: (x / x).sum(), [C], "f = sum(x / x) = 2"),
        (
            lambda a, b: (np.einsum("ij,jk->ik", a, b) ** 2).sum(),
            [W, W.T],
            "∂f/∂a = einsum('ik,jk->ij', ∂f/∂v, b) = ",
        ),
        (
            lambda x: (np.einsum("i,ij->j", C, x) ** 2).sum(),
            [W],
            "∂f/∂x = einsum('j,i->ij', ∂f/∂z, x1) = ",
        ),
        (
            lambda x: np.einsum("ij,kj->ik", np.reshape(x, (1, 1)), [[2.0]]).sum(),
            [3.0],
            "∂f/∂x = einsum('ik,kj->', ones(1, 1), x1)\n",
        ),
        (
            lambda x: (np.einsum("ij->i", x) ** 2).sum(),
            [W],
            "∂f/∂x = broadcast_to((∂f/∂z)[:, None], (2, 3)) = ",
        ),
        (
            lambda x: np.einsum("ij,kj->", x, W[:, :2]),
            [W[:, :2]],
            "∂f/∂x = broadcast_to(einsum('kj->j', x1), (2, 2)) = ",
        ),
        (lambda x: np.concatenate([x, C]).sum(), [C], "∂f/∂x = 1"),
        (lambda A: (A.T.T @ C3).sum(), [W], "A @ x"),
    ],
)
def test_what_the_engine_sums_the_formula_sums(function: Any, args: Any, line: str) -> None:
    wrt = function.__code__.co_varnames[0]
    assert line in str(explain(function, wrt, *args))
    assert assert_true(function, wrt, *args)


SQUARE = np.array([[2.0, 1.0], [0.5, 3.0]])


@each(
    ("function", "arg", "line"),
    [
        (lambda x: (np.sort(x) * C3).sum(), C3[::-1], "∂f/∂x = scatter(∂f/∂z, argsort(x)) = "),
        (lambda a: (np.linalg.solve(a, C) ** 2).sum(), SQUARE, "= −solve(aᵀ, (∂f/∂z)[:, None])"),
        (
            lambda b: (np.linalg.solve(SQUARE, b) ** 2).sum(),
            C,
            "solve(xᵀ, (∂f/∂z)[:, None])[:, 0] = ",
        ),
        (lambda a: np.linalg.slogdet(a).logabsdet, SQUARE, "∂f/∂a = inv(a)ᵀ = "),
    ],
)
def test_what_decompositions_and_orders_send_back_is_true(
    function: Any, arg: Any, line: str
) -> None:
    wrt = function.__code__.co_varnames[0]
    text = str(explain(function, wrt, arg))
    assert line in text
    assert "no short formula" not in text
    assert assert_true(function, wrt, arg)


@each(
    "function",
    [
        np.cumprod,
        np.linalg.cholesky,
        np.linalg.eigvalsh,
        np.fft.irfft,
        np.maximum.accumulate,
        lambda x: np.linalg.svd(x).U,
        lambda x: np.linalg.qr(x).Q,
        lambda x: np.einsum("ii->i", x),
    ],
)
def test_what_is_not_written_down_is_no_product_of_elements(function: Any) -> None:
    description = describe(function, SQUARE + SQUARE.T)
    assert any(re.fullmatch(r"\(∂.*/∂.*\)ᵀ @ g", str(edge.local)) for edge in description.edges)


def test_a_matrix_goes_to_the_next_line_after_a_long_formula() -> None:
    text = str(explain(lambda x: ((x / x.sum(axis=1, keepdims=True)) ** 2).sum(), "x", W))
    assert "keepdims=True)³)\n        = [[ −0.0740741, " in text
    assert "\n           [ −0.0100741, " in text


def test_a_sum_is_written_in_latex() -> None:
    assert (
        r"2 \, \sum_{0}\left(x + v\right)"
        in explain(lambda v: ((W + v) ** 2).sum(), "v", np.ones(3)).latex
    )


@pytest.mark.parametrize(
    ("function", "arg", "line"),
    [
        (lambda x: np.concatenate([x, C])[0:3].sum(), C, "∂f/∂x = (∂f/∂z)[0:2] = [1, 1]"),
        (lambda x: np.concatenate([x, C]).sum(), C, "Chain rule\n  ∂f/∂x = 1\n"),
        (lambda x: (np.stack([x, C]) ** 2).sum(), C, "∂f/∂x = (∂f/∂z)[0] = [2, 20]"),
        (lambda x: (x.T.T @ C3).sum(), W, "x @ x1"),
        (
            lambda x: (np.abs(x * (1 - 1j)) ** 2).sum(),
            np.array([1 + 2j, -1j / 3]),
            "s = (1−1j)·x = [3+1j, −0.333333−0.333333j]",
        ),
    ],
)
def test_what_says_nothing_is_left_out(function: Any, arg: Any, line: str) -> None:
    assert line in str(explain(function, "x", arg))


def test_no_sentence_is_a_signature_of_numpys() -> None:
    names = {name for entry in TABLE.values() for name in (entry.name, short_name(entry.name))}
    sentences = {name: told[1] for name in names if (told := meaning(name))}
    assert {"softmax_of_two", "leaky_relu", "times"} <= sentences.keys()
    assert not {"max", "√", "np.tanh", "fft"} & sentences.keys()
    assert not [name for name, sentence in sentences.items() if "out=" in sentence]
