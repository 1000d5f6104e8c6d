"""autograd.debug(): each message, the line and the element it names, and the ledger of kinks."""

from __future__ import annotations

import asyncio
import gc
import inspect
import linecache
import math
import re
import threading
import warnings
import weakref
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import special

import autograd
import autograd.numpy as anp
import nn
import nn.scalar
from autograd import Tensor, Value, derivative, grad, hessian, jvp, no_grad, primitive, relu, vjp
from autograd.debugging import KinkWarning
from autograd.debugging.kinks import _ELSEWHERE, _KINKS, _full_name
from autograd.graph import Node, record_when, recording
from autograd.lines import lines, record_lines, recorded_line
from autograd.primitive import TABLE
from autograd.value import WeightedSum
from cases import each


def tracked(x: Any, **options: Any) -> Tensor:
    return Tensor(x, requires_grad=True, **options)


def here(offset: int = 0) -> int:
    """The number of the line that calls it, and some lines on."""
    frame = inspect.currentframe()
    assert frame is not None and frame.f_back is not None
    return frame.f_back.f_lineno + offset


def raised(program: Callable[..., Any], *args: Any) -> str:
    """What the error says that `program` meets under debug()."""
    with pytest.raises(FloatingPointError, match=r"appeared|was given") as error, autograd.debug():
        program(*args)
    return str(error.value)


# Lines.


def line_of(tensor: Tensor) -> Any:
    assert tensor._node is not None
    return recorded_line(tensor._node)


def test_every_operation_has_the_users_line() -> None:
    x = tracked([1.0, 2.0])
    with record_lines():
        y = np.exp(x); first = here()  # fmt: skip  # noqa: E702
        z = (y * 2) % 3
    assert line_of(y) == (
        __file__,
        first,
        "y = np.exp(x); first = here()  # fmt: skip  # noqa: E702",
    )
    assert line_of(z).number in (first + 1, first + 2)


@each(
    "what",
    [
        lambda x: np.linalg.norm(x),
        lambda x: x.std(),
        lambda x: nn.MLP(2, [3], rng=0)(x),
        lambda x: anp.tanh(x),
        lambda x: x % 2.0,
    ],
)
def test_the_line_is_the_one_outside_the_library(what: Callable[[Any], Any]) -> None:
    with record_lines():
        y = what(tracked([1.0, 2.0]))
    assert line_of(y).file == __file__


def test_lines_are_recorded_in_every_mode_and_within_debug() -> None:
    x = tracked(2.0)
    for mode in (True, "traced", "all"):
        with record_lines(), record_when(mode):
            assert line_of(x * x).number == here()
    with autograd.debug(), record_lines():
        assert line_of(x * x).number == here()
    with record_when("all"), record_lines():
        y = x * 3.0
    assert y._node is not None
    assert y._node.arguments == [2.0, 3.0]


def test_values_have_lines_too() -> None:
    x = Value(2.0)
    with record_lines():
        y = x * 3.0 + 1.0
    assert recorded_line(y) == (__file__, here(-1), "y = x * 3.0 + 1.0")
    assert recorded_line(x) is None
    assert recorded_line(x * 3.0) is None


def test_no_line_is_recorded_otherwise_and_none_outlives_its_node() -> None:
    x = tracked(2.0)
    assert (x * x)._node not in lines
    gc.collect()
    before = len(lines)
    with autograd.debug():
        y = relu(x * x)
        (y * 2.0).backward()
    assert len(lines) > before
    del y
    gc.collect()
    assert len(lines) == before


# A result that is not finite.


def test_the_story_of_a_forward_nan() -> None:
    x = tracked([4.0, 1.0, 0.0])
    start = here(3)

    def program() -> Any:
        y = x - 1
        return np.sqrt(y)

    assert raised(program).startswith(
        f"nan appeared in np.sqrt, line {start + 1}: x[2] = 0 → np.subtract(0, 1) = -1 (line "
        f"{start}) → np.sqrt(-1) = nan (line {start + 1})\n"
        f"  {__file__}:{start}: y = x - 1\n"
        f"  {__file__}:{start + 1}: return np.sqrt(y)\n"
        f"The square root of a negative number is nan"
    )


def test_the_story_of_a_backward_infinity() -> None:
    x = tracked([1.0, 0.0], name="width")
    start = here(3)

    def program() -> None:
        y = np.sqrt(x)
        z = y * 3
        z.sum().backward()

    assert raised(program).startswith(
        f"inf appeared in the derivative of np.sqrt, line {start}: width[1] = 0 → np.sqrt(0) = 0 "
        f"(line {start}) → gradient 3 from np.multiply (line {start + 1}) × slope inf = inf\n"
        f"  {__file__}:{start}: y = np.sqrt(x)\n"
        f"The square root"
    )
    assert x.grad is None


def test_infinity_times_zero_in_a_rule_of_the_users() -> None:
    @primitive
    def root(x: Any) -> Any:
        return np.sqrt(x)

    derivative(root, None, "elementwise", x=lambda g, ans: g / (2 * ans))
    x = tracked([1.0, 0.0])
    text = raised(lambda: np.where(x.data > 0, root(x), 0).sum().backward())
    assert re.search(r"gradient 0 from np\.where \(line \d+\) × slope inf = nan", text)
    # The rule of np.sqrt sends back 0 there.
    with autograd.debug():
        np.where(x.data > 0, np.sqrt(x), 0).sum().backward()
    assert_array_equal(x.grad, [0.5, 0.0])


@each(
    "expression, met",
    [
        ("np.sqrt(x) ** 2", ["np.sqrt"]),
        ("np.sqrt(x) * np.sqrt(x)", ["np.sqrt", "np.sqrt"]),
        ("(3 * np.sqrt(x).reshape(1, 2)) ** 2", ["np.sqrt"]),
        ("np.cbrt(x) ** 3", ["np.cbrt"]),
        ("np.dot(np.sqrt(x), np.sqrt(x))", ["np.sqrt", "np.sqrt"]),
        ("np.einsum('i,i', np.sqrt(x), np.sqrt(x))", ["np.sqrt", "np.sqrt"]),
        ("np.linalg.norm(np.sqrt(x)) ** 2", ["np.sqrt"]),
        ("mse(np.sqrt(x), np.zeros(2))", ["np.sqrt"]),
        ("np.where(x.data > 0, 2 * np.sqrt(x), 0)", []),
        ("np.sqrt(x)[1:]", []),
        ("np.sqrt(x) * np.array([0.0, 1.0])", []),
        ("np.array([[0.0, 1.0], [0.0, 2.0]]) @ np.sqrt(x)", []),
        ("np.einsum('i,i', np.array([0.0, 1.0]), np.sqrt(x))", []),
        ("relu(-1 - np.sqrt(x))", []),
    ],
)
def test_zero_times_infinity_is_in_the_ledger_unless_it_is_masked(expression, met) -> None:
    space = {"np": np, "relu": relu, "mse": nn.mse, "x": tracked([0.0, 4.0])}
    with autograd.debug() as session:
        eval(expression, space).sum().backward()
    assert [kink.operation for kink in session.kinks] == met
    assert all(k.kind == "infinite slope" and k.elements[-1][-1] == 0 for k in session.kinks)
    expected = pytest.raises(KinkWarning, match="0 × ∞ is taken to be 0") if met else nullcontext()
    with expected, autograd.debug("raise"):
        eval(expression, space).sum().backward()


@each(
    "program",
    [
        lambda x: np.exp(np.log(x)),
        lambda x: 1 / (1 / x),
        lambda x: (1 / x) ** -1,
        lambda x: 1 / (1 / x + 1 / (x + 1)),
        lambda x: np.tanh(1 / x),
        lambda x: (np.exp(1000 - x) / np.exp(1000 - x).sum())[1],
    ],
)
def test_an_infinity_on_the_way_is_an_error_where_the_gradient_is_lost_in_it(program: Any) -> None:
    assert "inf appeared in np." in raised(lambda: program(tracked([0.0, 4.0])).sum().backward())


@each(
    "program",
    [
        lambda x: autograd.softmax(x + np.array([0.0, -np.inf])),
        lambda x: np.exp(np.where([True, False], x, -np.inf)),
        lambda x: np.exp(x * 1.0 + np.where([True, False], 0.0, -np.inf)),
        lambda x: np.minimum(1 / x, 3),
        lambda x: np.where(x.data > 0, np.log(x), 0),
        lambda x: (1 / x)[1:],
    ],
)
def test_an_infinity_that_masks_or_is_masked_is_none(program: Any) -> None:
    x = tracked([0.0, 4.0])
    with autograd.debug() as session:
        program(x).sum().backward()
    assert not session.kinks and np.isfinite(x.grad).all()


def test_zero_times_infinity_of_values_is_in_the_ledger() -> None:
    x = Value(0.0)
    with autograd.debug() as session:
        (x.sqrt() ** 2).backward()
    assert [(kink.kind, kink.operation) for kink in session.kinks] == [("infinite slope", "sqrt")]


def test_of_a_product_the_mask_is_not_safe() -> None:
    x = tracked([0.0, 4.0])
    advice = r"mask the input.*np\.where\(x > 0, x, 1\)"
    with pytest.raises(FloatingPointError, match=advice), autograd.debug():
        np.where(x.data > 0, x * np.log(x), 0).sum().backward()


def test_what_no_gradient_depends_on_is_a_warning_if_there_was_one() -> None:
    x = tracked([0.0, 4.0])
    told = r"(?s)-inf appeared in np\.log, line.*No gradient depends on it"
    with pytest.warns(RuntimeWarning, match=told), autograd.debug():
        np.log(x)
        (x * 2).sum().backward()
    with pytest.raises(FloatingPointError, match=r"-inf appeared in np\.log"), autograd.debug():
        np.log(x)


SOURCES = [  # of a planted result: what is computed of p; a bad p; what becomes of it
    ("np.log(p)", 0.0, "-inf appeared in np.log"),
    ("np.sqrt(p)", -1.0, "nan appeared in np.sqrt"),
    ("1 / p", 0.0, "inf appeared in np.divide"),
    ("np.exp(p)", 1000.0, "inf appeared in np.exp"),
    ("np.arcsin(p)", 2.0, "nan appeared in np.arcsin"),
    ("p ** -0.5", 0.0, "inf appeared in np.power"),
    ("np.sqrt(p)", 0.0, "inf appeared in the derivative of np.sqrt"),
    ("np.cbrt(p)", 0.0, "inf appeared in the derivative of np.cbrt"),
    ("np.arcsin(p)", 1.0, "inf appeared in the derivative of np.arcsin"),
    ("p ** 0.5", 0.0, "inf appeared in the derivative of np.power"),
]
HARMLESS = ["np.tanh(v{})", "v{} + v{}", "v{} * 0.5", "np.sin(v{})", "v{}[::-1][::-1]", "relu(v{})"]


@given(
    st.sampled_from(SOURCES),
    st.lists(st.sampled_from(HARMLESS), min_size=1, max_size=8),
    st.integers(0, 4),
    st.booleans(),
    st.data(),
)
def test_the_planted_element_and_line_are_named(
    source: tuple[str, float, str], steps: list[str], element: int, transform: bool, data: Any
) -> None:
    program = ["def program(x, bad):", "    v0 = x * 1"]
    for i, step in enumerate(steps):
        those = [data.draw(st.integers(0, i)) for _ in range(2)]
        program.append(f"    v{i + 1} = {step.format(*those)}")
    at = data.draw(st.integers(2, len(program)))
    expression, number, head = source
    before = at - 2  # the last v that there is
    program[at:at] = [f"    p = (v{before} - v{before}.data) + bad", f"    planted = {expression}"]
    program.append(f"    return np.sum(planted) + np.sum(v{len(steps)})")
    space: dict[str, Any] = {"np": np, "relu": relu}
    exec(compile("\n".join(program), "planted.py", "exec"), space)
    bad, x = np.full(5, 0.5), np.linspace(-1.0, 1.0, 5)
    bad[element] = number

    def run() -> None:
        if transform:
            grad(space["program"])(x, bad)
        else:
            space["program"](tracked(x, name="x"), bad).backward()

    text = raised(run)
    assert text.startswith(f"{head}, line {at + 2}: ")
    assert f"planted.py:{at + 2}: " in text
    named = re.search(r": (?:element )?\w*\[(\d)\] ", text)
    assert named is not None
    assert int(named[1]) == element


@pytest.mark.parametrize("name", ["np.matmul", "np.sum", "np.prod", "np.cumsum"])
def test_overflow_along_axes_names_a_large_element(name: str) -> None:
    x = np.ones((3, 3))
    x[1] = 1e308
    x[1, 2] = 1.7e308
    run: dict[str, Callable[[Any], Any]] = {
        "np.matmul": lambda big: big @ np.full(3, 10.0),
        "np.sum": lambda big: np.sum(big, axis=1),
        "np.prod": lambda big: np.prod(big, axis=1),
        "np.cumsum": lambda big: np.cumsum(big, axis=1),
    }
    text = raised(run[name], tracked(x, name="big"))
    assert text.startswith(f"inf appeared in {name}, line ")
    assert re.search(r"big\[1, [0-2]\] = 1e\+308|big\[1, 2\] = 1\.7e\+308", text)


def test_an_element_is_followed_through_what_moves_it() -> None:
    x = tracked([[1.0, 2.0], [0.0, 3.0]])
    text = raised(lambda: np.log(np.concatenate([x.T.reshape(-1)[:2], np.ones(2)])))
    assert re.search(
        r"x\[1, 0\] = 0 → np\.transpose\[0, 1\] = 0 .* → indexing\[1\] = 0 .* → "
        r"np\.concatenate\[1\] = 0 .* → np\.log\(0\) = -inf",
        text,
    )


def test_a_long_story_is_cut_in_the_middle() -> None:
    def program(x: Any) -> Any:
        for _ in range(30):
            x = x - 1
        return np.log(x)

    text = raised(program, tracked(30.0, name="start"))
    assert "start = 30 → np.subtract(30, 1) = 29 (line" in text
    assert "→ … 26 operations … →" in text
    assert "np.subtract(1, 1) = 0" in text


def test_the_number_of_elements() -> None:
    assert "\n2 of the 3 elements of the result are like this; this is the first.\n" in raised(
        lambda: np.log(tracked([0.0, 1.0, 0.0]))
    )


@each(
    "program",
    [
        lambda x: x * np.array([1.0, np.nan]),
        lambda x: np.stack([x, np.array([1.0, np.nan])]),
        lambda x: tracked([np.nan, 1.0]) + x,
        lambda x: np.dot(np.array([[0.0, np.nan]]), x),
        lambda x: np.ptp(tracked([np.nan, 1.0])),
    ],
)
def test_a_nan_in_the_data_is_an_error_where_it_is_used_first(program: Any) -> None:
    text = raised(program, tracked([1.0, 2.0]))
    assert re.match(r"\S+ was given nan, line \d+: .*= nan", text)
    assert "np.isnan(array) shows which" in text


def test_numbers_that_are_meant_are_no_errors() -> None:
    x = tracked([1.0, 2.0, 0.0])
    with autograd.debug():
        masked = np.where([True, False, True], x, -np.inf)
        autograd.softmax(masked)[0].backward()
        gaps = np.where([True, False, True], x, np.nan)
        np.nansum(gaps * 2).backward()
        np.nanmean(tracked([np.nan, 1.0])).backward()
    assert np.isfinite(x.grad).all()  # type: ignore[arg-type]


def test_an_infinity_in_the_data_that_turns_into_nan() -> None:
    x = tracked([np.inf, 1.0])
    assert re.match(r"nan appeared in np.subtract.*x\[0\] = inf → ", raised(lambda: x - x))


@each(
    ("step", "head"),
    [
        (
            np.tanh,
            r"nan appeared in the derivative of x @ Wᵀ \+ b, .*: X\[0, 1\] = inf → x @ W",
        ),
        (
            np.cos,
            r"nan appeared in np\.cos, .*: X\[0, 1\] = inf → "
            r"\(x @ Wᵀ \+ b\)\[0, 0\] = inf",
        ),
        (
            lambda y: nn.mse(relu(y), np.zeros((2, 1))),
            r"inf appeared in the derivative of mse, .*: X\[0, 1\] = inf → \(x @ Wᵀ .*relu\(inf\)",
        ),
        (
            lambda y: np.sum((y - 1) * 2 * y, axis=0),
            r"inf appeared in the derivative of np\.multiply, .*: X\[0, 1\] = inf → .*× slope inf",
        ),
    ],
)
def test_an_infinity_in_the_data_is_found_behind_what_it_does(step: Any, head: str) -> None:
    X, w = np.array([[1.0, np.inf], [1.0, 2.0]]), tracked([[0.5, 0.5]])
    text = raised(lambda: step(autograd.affine(X, w, np.zeros(1))).sum().backward())
    assert re.match(head, text)
    assert "It was there before: look at where the data comes from" in text
    assert "np.isinf(array) shows which elements are infinite" in text


@each("kind", [Value, tracked])
@each("name", ["x" * 20_000, "a\nb\r\n", "\x1b[31mred", "nul\0", "\u202eabc", "<b>"])
def test_a_name_is_told_on_one_line_visible_and_short(kind: Any, name: str) -> None:
    x = kind(0.0)
    x.name = name
    text = raised(lambda: x / (x * 2))
    assert text.count("\n") == 2
    assert text.replace("\n", "").isprintable()
    assert len(text) < 700
    assert "<b> = 0" in text or name != "<b>"


def test_a_long_line_is_cut() -> None:
    source = f"np.log(x){' ' * 300}+ 1"
    linecache.cache["wide.py"] = len(source), None, [source], "wide.py"
    text = raised(lambda: eval(compile(source, "wide.py", "eval"), {"np": np, "x": tracked(0.0)}))
    assert re.search(r"\n  wide\.py:1: np\.log\(x\) {150}…\n", text)


MODULE = """
w = Tensor([0.0, 1.0], requires_grad=True)
_ = w
parameters = {"w": w * 1, "v": Tensor([0.0], requires_grad=True)}
zeros, ones = np.zeros(2), np.ones(2)
class Model:
    def __init__(self):
        self.v = parameters["v"]
    def log(self):
        return np.log(self.v)
def of_the_module(): return np.log(w)
def of_a_dict(known=parameters): return np.log(known["v"])
def of_a_list(known=[ones, w.data + 0, parameters["v"]]): return np.log(known[2])
def of_an_object(): return Model().log()
def of_a_divisor(): return w / zeros
def of_data(data=np.array([1.0, 2.0, 1.5, 1e9])): return np.exp(w[1] * data)
def of_nothing(): return np.log(Tensor([0.0, 1.0], requires_grad=True))
def of_no_name(): return w / np.array([0.0, 1.0])
def of_an_assignment():
    y = w + 1
    y[1] = 0
    return np.log(y)
"""


@each(
    ("function", "start"),
    [
        ("of_the_module", "w[0] = 0"),
        ("of_a_dict", "known['v'][0] = 0"),
        ("of_a_list", "known[2][0] = 0"),
        ("of_an_object", "self.v[0] = 0"),
        ("of_a_divisor", "zeros[0] = 0"),
        ("of_data", "data[3] = 1e+09"),
        ("of_nothing", "element [0] of a Tensor of shape (2,) = 0"),
        ("of_no_name", "element [0] of argument 'y' = 0"),
        (
            "of_an_assignment",
            "a number in the program = 0 → after the assignment, element [1] is 0",
        ),
    ],
)
def test_a_story_begins_with_what_the_program_calls_it(function: str, start: str) -> None:
    space: dict[str, Any] = {"np": np, "Tensor": Tensor}
    linecache.cache["module.py"] = len(MODULE), None, MODULE.splitlines(), "module.py"
    exec(compile(MODULE, "module.py", "exec"), space)
    assert f": {start} " in raised(space[function])


@each("kind", [Value, tracked])
def test_a_product_that_is_0_is_explained_by_its_0(kind: Any) -> None:
    zero, large = kind(0.0), kind(9.0)
    for program in (lambda: 1 / (zero * large), lambda: 1 / (large * zero)):
        assert ": zero = 0 → " in raised(program)


def test_a_constant_0_explains_a_product_rather_than_what_is_tracked() -> None:
    mask, x = np.array([1.0, 0.0]), tracked([3.0, 4.0])
    assert ": mask[1] = 0 → np.multiply(4, 0) = 0 " in raised(lambda: np.log(x * mask))


@each("steps", [5, 6, 7, 8])
@each("kind", [Value, tracked])
def test_more_than_one_operation_is_left_out_or_none(kind: Any, steps: int) -> None:
    def program(x: Any) -> Any:
        for _ in range(steps):
            x = x - 1
        return 1 / x

    left_out = re.findall(r"… (\d+) operations …", raised(program, kind(float(steps))))
    assert left_out == ([] if steps == 5 else [str(steps - 4)])


@each("number", [np.nan, np.inf, -np.inf])
def test_a_gradient_from_outside_that_is_not_finite(number: float) -> None:
    x = tracked([1.0, 2.0])
    told = rf"(?s)element \[1\] of the gradient that np\.multiply was given is {number}, .*backward"
    with pytest.raises(FloatingPointError, match=told), autograd.debug():
        (x * 2).backward(np.array([1.0, number]))
    with pytest.raises(FloatingPointError, match=told), autograd.debug():
        vjp(lambda x: x * 2, x.data)[1](np.array([1.0, number]))


@pytest.mark.filterwarnings("ignore:Mean of empty|Degrees of freedom")
@each(
    "program",
    [
        lambda: np.mean(tracked(np.zeros((0, 2)))),
        lambda: np.var(tracked([3.0]), ddof=1),
        lambda: np.std(tracked([3.0]), ddof=1),
    ],
)
def test_of_nothing_there_is_no_mean_nor_spread(program: Any) -> None:
    assert "Of the mean or spread of no elements" in raised(program)


@each(
    "program",
    [
        lambda x: np.concatenate([x, [2.0, np.nan]]),
        lambda x: np.stack([np.array([2.0, np.nan]), x], axis=1),
        lambda x: np.append(x, np.array([np.nan])),
        lambda x: assigned(x, slice(2, None), np.array([np.nan, 1.0])),
    ],
)
def test_what_only_moves_an_element_does_not_blame_another_one(program: Any) -> None:
    text = raised(lambda: np.sqrt(program(tracked([-3.0, 4.0]))).min().backward())
    at = re.search(r"element \[(\d)\] of .* = (-3|nan) → .*np\.sqrt\((-3|nan)\)", text)
    assert at is not None
    assert at[2] == at[3]


def test_a_place_within_a_composition_is_not_told_as_one_of_its_result() -> None:
    text = raised(lambda: np.hstack([tracked([1.0, 2.0]), tracked(np.nan)]).sum().backward())
    assert "nan → within np.hstack: nan (line" in text
    assert "of the result are like this" not in text


def assigned(x: Tensor, key: Any, value: Any) -> Tensor:
    y = np.concatenate([x, x])
    y[key] = value
    return y


def test_a_number_within_a_composition_is_not_said_to_be_the_program_s() -> None:
    x = np.array([0.4, 1.0, 1e308, 1.4])  # np.fmax.reduceat pads with -inf
    text = raised(lambda: np.sum(np.fmax.reduceat(tracked(x), [0, 2]) * 1.7 + 1e308))
    assert "program itself" not in text
    assert "overflow" in text


def test_what_is_composed_is_looked_at_as_a_whole() -> None:
    text = raised(lambda: np.cov(tracked([1.0])))
    assert re.match(r"nan appeared in np\.cov, line \d+: (?!argument)", text)
    text = raised(lambda: np.nanprod(tracked([1e200, 1e200])))
    assert text.startswith("inf appeared in np.nanprod, line ")
    x = tracked([0.0, 0.0])
    with autograd.debug():
        np.linalg.norm(x, 3).backward()
    text = raised(lambda: x / np.linalg.norm(x))
    assert "x[0] = 0 → np.linalg.norm = 0" in text


# A number that is not finite and that nothing depends on.


@each(
    "program",
    [
        lambda x: np.where(x > 0, np.log(x), 0),
        lambda x: np.where(x > 0, np.log(x) * 2 + 1, 0)[::-1],
        lambda x: np.nansum(np.sqrt(x - 1)),
        lambda x: np.log(x)[2:],
        lambda x: np.nan_to_num(1 / (x + 1)),
        lambda x: np.minimum(np.exp(x * 1000), 5),
        lambda x: np.where(x > 9, np.ptp(np.log(x)), 0),
        lambda x: (x + np.array([1.0, np.nan, 2.0]))[::2],
    ],
)
def test_what_is_masked_is_no_error(program: Callable[[Any], Any]) -> None:
    expected = tracked([-1.0, 0.0, 2.0])
    with np.errstate(all="ignore"):
        np.sum(program(expected)).backward()
    x = tracked([-1.0, 0.0, 2.0])
    with autograd.debug():
        y = program(x)
        np.sum(y).backward()
        program(x)  # without a backward pass
    assert_array_equal(x.grad, expected.grad)
    assert np.isfinite(y.data).all()


def test_the_element_that_a_result_depends_on_is_named() -> None:
    def program(x: Any) -> None:
        y = np.log(x)
        (np.where(x > 0, y, 0).sum() + y[1]).backward()

    text = raised(program, tracked([-1.0, 0.0, 2.0], name="x"))
    assert re.match(r"-inf appeared in np\.log, line \d+: x\[1\] = 0 → np\.log\(0\) = -inf", text)
    assert "\n2 of the 3 elements of the result are like this; this is one.\n" in text


def test_a_gradient_of_0_times_an_infinity() -> None:
    text = raised(lambda x: np.where(x > 0, -x * np.log(x), 0).sum().backward(), tracked([0.0]))
    assert re.search(r"gradient 0 from np\.where \(line \d+\) × slope -inf = nan", text)
    assert text.endswith("Where np.where leaves elements out, mask the input, not the output: "
                         "np.log(np.where(x > 0, x, 1)).")  # fmt: skip


def test_the_error_comes_with_the_backward_pass_or_else_at_the_end() -> None:
    x = tracked([0.0, 1.0])
    with autograd.debug():
        y = np.sum(np.log(x))
        with pytest.raises(FloatingPointError, match=r"-inf appeared in np\.log, line \d+: x\[0\]"):
            y.backward()
    assert x.grad is None
    reached = False
    with pytest.raises(FloatingPointError, match=r"-inf appeared in np\.log"), autograd.debug():
        np.log(x)
        reached = True
    assert reached


def test_an_error_of_the_programs_own_has_the_story_in_a_note() -> None:
    x = tracked([0.0, 1.0])
    with pytest.raises(AssertionError, match="own") as error, autograd.debug():
        assert np.isfinite(np.sum(np.log(x)).data), "own"
    (note,) = error.value.__notes__
    assert note.startswith("autograd.debug: -inf appeared in np.log, line ")
    with pytest.raises(KeyError, match="own") as other, autograd.debug():
        raise KeyError("own")
    assert not hasattr(other.value, "__notes__")


@each(
    "run",
    [
        lambda: jvp(np.log, (np.zeros(2),), (np.ones(2),)),
        lambda: jvp(grad(lambda x: np.sum(1 / x)), (np.zeros(2),), (np.ones(2),)),
        lambda: hessian(lambda x: np.sum(np.log(x)))(np.zeros(2)),
        lambda: grad(lambda x: np.sum(np.log(x)))(np.zeros(2)),
        lambda: np.log(tracked(0.0)).backward(np.nan),
    ],
)
def test_a_story_is_told_once(run: Callable[[], Any]) -> None:
    with pytest.raises(FloatingPointError, match=r"appeared|given") as error, autograd.debug():
        run()
    assert not hasattr(error.value, "__notes__")


def test_numpys_warnings_are_off_and_what_else_was_set_stays() -> None:
    x = tracked([0.0, 1.0])
    with np.errstate(divide="raise", invalid="warn"):
        before = np.geterr()
        with autograd.debug():
            np.where(x.data > 1, np.sqrt(x - 2), 0).sum().backward()
            with pytest.raises(FloatingPointError, match=r"^divide by zero encountered in log$"):
                np.log(x)
        assert np.geterr() == before


def test_what_is_not_tracked_is_not_looked_at() -> None:
    with autograd.debug():
        np.log(Tensor(0.0))
        with no_grad():
            np.log(tracked(0.0))


# Transforms, threads, tasks.


def test_transforms() -> None:
    def program(x: Any) -> Any:
        return np.sum(np.sqrt(x))

    for run in (
        lambda: grad(program)(np.zeros(2)),
        lambda: jvp(program, (np.zeros(2),), (np.ones(2),)),
        lambda: vjp(program, np.zeros(2))[1](1.0),
    ):
        text = raised(run)
        assert text.startswith("inf appeared in the derivative of np.sqrt")
        assert "x[0] = 0 → " in text


def test_a_tangent_that_a_transposed_rule_makes_infinite() -> None:
    @primitive
    def rooted(x: Any) -> Any:
        return np.sqrt(x)

    derivative(rooted, None, None, x=lambda g, ans: g / (2 * ans))
    text = raised(lambda: jvp(lambda x: rooted(x), (0.0,), (1.0,)))
    assert text.startswith("inf appeared in the derivative of rooted, line ")


def test_second_derivatives_name_the_line_of_the_operation() -> None:
    def program(x: Any) -> Any:
        y = x**1.5
        return y * 2

    text = raised(grad(grad(program)), 0.0)
    assert text.startswith("inf appeared in the derivative of the derivative of np.power, line ")
    assert ": y = x**1.5\n" in text


def test_what_a_rule_masks_at_second_order_is_no_error() -> None:
    with autograd.debug():
        found = hessian(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0)))(np.array([0.0, 1.0]))
    assert_array_equal(found, [[0.0, 0.0], [0.0, -0.25]])


@pytest.mark.filterwarnings("ignore:divide by zero")  # where debug does not hold
def test_debug_holds_in_its_thread_and_task_and_ends_with_its_block() -> None:
    x = tracked(0.0)
    seen = []
    with pytest.raises(KeyError, match="own"), autograd.debug():
        thread = threading.Thread(target=lambda: seen.append(np.log(x).item()))
        thread.start()
        thread.join()
        raise KeyError("own")
    assert recording.get() is True
    assert seen == [-np.inf]

    async def watched() -> None:
        with pytest.raises(FloatingPointError, match=r"np\.log"), autograd.debug():
            await asyncio.sleep(0)
            np.log(x)

    async def free() -> float:
        await asyncio.sleep(0)
        return float(np.log(x).item())

    async def both() -> Any:
        return await asyncio.gather(watched(), free())

    assert asyncio.run(both())[1] == -np.inf


def test_sessions_nest() -> None:
    x = tracked(0.0)
    with autograd.debug() as outer:
        with autograd.debug(kinks="raise") as inner, pytest.raises(KinkWarning, match="relu"):
            relu(x).backward()
        abs(x).backward()
    assert [kink.operation for kink in inner.kinks] == ["relu"]
    assert [kink.operation for kink in outer.kinks] == ["np.abs"]


def test_another_value_of_kinks_is_refused() -> None:
    with pytest.raises(ValueError, match="'ignore', 'warn' or 'raise', not 'error'"):
        autograd.debug(kinks="error").__enter__()  # type: ignore[arg-type]


# Arrays changed behind the graph's back.


def test_a_saved_array_that_was_changed_is_an_error() -> None:
    x = tracked([1.0, 2.0])
    with autograd.debug():
        y = x * 1
        z = (y * y).sum()
        y._array[0] = 7.0
        with pytest.raises(
            RuntimeError,
            match=r"the argument 'x' of np\.multiply, line \d+ \(z = \(y \* y\)\.sum\(\)\), was",
        ):
            z.backward()
        y = np.exp(x)
        y._array[0] = 7.0
        with pytest.raises(RuntimeError, match=r"the result of np\.exp, line \d+"):
            y.sum().backward()
    assert x.grad is None


def test_the_librarys_own_updates_are_named_as_ever() -> None:
    x = tracked([1.0, 2.0])
    with autograd.debug():
        y = (x * x).sum()
        with no_grad():
            x += 1.0
        with pytest.raises(RuntimeError, match="stale graph: a Tensor of shape"):
            y.backward()


# Kinks.

LAST_TWO: list[tuple[int, ...]] = [(1,), (2,)]
KINKS: list[tuple[Callable[[Any], Any], list[float], str, str, list[tuple[int, ...]]]] = [
    (relu, [0.0, 1.0], "kink", "relu", [(0,)]),
    (abs, [0.0, 1.0], "kink", "np.abs", [(0,)]),
    (np.fabs, [1.0, 0.0], "kink", "np.fabs", [(1,)]),
    (np.sign, [0.0, 1.0], "jump", "np.sign", [(0,)]),
    (lambda x: np.hypot(x, 0.0), [0.0, 1.0], "kink", "np.hypot", [(0,)]),
    (lambda x: np.arctan2(x, 0.0), [0.0, 1.0], "kink", "np.arctan2", [(0,)]),
    (lambda x: np.copysign(x, -1.0), [0.0, 1.0], "kink", "np.copysign", [(0,)]),
    (lambda x: np.maximum(x, 1.0), [0.0, 1.0], "tie", "np.maximum", [(1,)]),
    (lambda x: np.minimum(x, 1.0), [0.0, 1.0], "tie", "np.minimum", [(1,)]),
    (lambda x: np.fmax(x, 1.0), [0.0, 1.0], "tie", "np.fmax", [(1,)]),
    (lambda x: np.fmin(x, 1.0), [0.0, 1.0], "tie", "np.fmin", [(1,)]),
    (lambda x: np.clip(x, 0, 1), [0.0, 0.5, 1.0, 2.0], "clamp", "np.clip", [(0,), (2,)]),
    (lambda x: x.clip(max=1), [0.0, 1.0, 2.0], "clamp", "np.clip", [(1,)]),
    (np.nan_to_num, [1.0, np.nan], "clamp", "np.nan_to_num", [(1,)]),
    (lambda x: np.heaviside(x, 1.0), [1.0, 0.0], "jump", "np.heaviside", [(1,)]),
    (np.floor, [1.0, 1.5], "jump", "np.floor", [(0,)]),
    (np.ceil, [1.0, 1.5], "jump", "np.ceil", [(0,)]),
    (np.trunc, [1.0, 1.5], "jump", "np.trunc", [(0,)]),
    (np.fix, [1.0, 1.5], "jump", "np.fix", [(0,)]),
    (np.rint, [1.0, 1.5], "jump", "np.rint", [(1,)]),
    (np.round, [1.0, 1.5], "jump", "np.round", [(1,)]),
    (lambda x: np.around(x, 1), [1.0, 1.25], "jump", "np.around", [(1,)]),
    (lambda x: x // 2, [1.0, 4.0], "jump", "np.floor_divide", [(1,)]),
    (lambda x: x % 2, [1.0, 4.0], "jump", "np.remainder", [(1,)]),
    (lambda x: np.fmod(x, 2), [1.0, 4.0], "jump", "np.fmod", [(1,)]),
    (lambda x: np.modf(x)[0], [0.0, 1.0, 1.5], "jump", "np.modf", [(1,)]),
    (lambda x: np.frexp(x)[0], [1.0, 1.5, 0.0], "jump", "np.frexp", [(0,)]),
    (lambda x: np.arctan2(x, -1.0), [1.0, 0.0], "jump", "np.arctan2", [(1,)]),
    (lambda x: np.interp(x, [0, 1, 2], [0, 1, 0]), [0.5, 1.0, 2.0], "kink", "np.interp", LAST_TWO),
    (nn.activations.leaky_relu, [0.0, 1.0], "kink", "leaky_relu", [(0,)]),
    (lambda x: nn.activations.elu(x, 2.0), [0.0, 1.0], "kink", "elu", [(0,)]),
    (lambda x: nn.hinge(x, np.ones(3)), [2.0, 1.0, 0.0], "kink", "hinge", [(1,)]),
    (special.i0e, [0.0, 1.0], "kink", "scipy.special.i0e", [(0,)]),
    (lambda x: special.ive(0, x), [0.0, 1.0], "kink", "scipy.special.ive", [(0,)]),
    (np.max, [2.0, 1.0, 2.0], "tie", "np.max", [(0,), (2,)]),
    (np.min, [2.0, 1.0, 1.0], "tie", "np.min", [(1,), (2,)]),
    (lambda x: np.max(x, initial=4.0), [4.0, 1.0, 2.0], "tie", "np.max", [(0,)]),
    (lambda x: np.max(x, initial=0.0), [2.0, 1.0, 2.0], "tie", "np.max", [(0,), (2,)]),
    (lambda x: np.min(x, initial=9.0), [2.0, 1.0, 1.0], "tie", "np.min", [(1,), (2,)]),
    (np.sort, [2.0, 1.0, 2.0], "tie", "np.sort", [(0,), (2,)]),
    (lambda x: np.partition(x, 1), [2.0, 1.0, 2.0], "tie", "np.partition", [(0,), (2,)]),
    (lambda x: np.median(x), [2.0, 1.0, 2.0], "tie", "np.median", [(0,), (2,)]),
    (np.maximum.accumulate, [2.0, 1.0, 2.0], "tie", "np.maximum.accumulate", [(2,)]),
    (np.minimum.accumulate, [1.0, 2.0, 1.0], "tie", "np.minimum.accumulate", [(2,)]),
    (np.linalg.norm, [0.0, 0.0], "kink", "np.linalg.norm", [(0,), (1,)]),
    (lambda x: np.linalg.norm(x, 3), [0.0, 0.0], "kink", "np.linalg.norm", [(0,), (1,)]),
    (lambda x: np.linalg.norm(x, 0.5), [1.0, 0.0], "kink", "np.linalg.norm", [(1,)]),
    (np.nanstd, [2.0, np.nan, 2.0], "kink", "np.nanstd", [()]),
    (np.std, [2.0, 2.0], "kink", "np.std", [(0,), (1,)]),
    (lambda x: np.linalg.eigh(np.diag(x))[1], [2.0, 1.0, 2.0], "tie", "np.linalg.eigh", LAST_TWO),
    (lambda x: np.linalg.eig(np.diag(x))[1], [1.0, 2.0, 2.0], "tie", "np.linalg.eig", LAST_TWO),
    (
        lambda x: np.linalg.eigvalsh(np.diag(x))[:2],
        [2.0, 1.0, 2.0],
        "tie",
        "np.linalg.eigvalsh",
        LAST_TWO,
    ),
    (lambda x: np.linalg.norm(np.diag(x), "nuc"), [2.0, 0.0], "kink", "np.linalg.norm", [(1,)]),
    (lambda x: np.linalg.pinv(np.diag(x)), [2.0, 0.0], "jump", "np.linalg.pinv", [(1,)]),
    (lambda x: np.linalg.svd(np.diag(x))[0], [3.0, 2.0, 2.0], "tie", "np.linalg.svd", LAST_TWO),
    (lambda x: np.linalg.svd(np.diag(x))[2], [3.0, 2.0, 2.0], "tie", "np.linalg.svd", LAST_TWO),
]


@pytest.mark.parametrize(
    ("f", "x", "kind", "operation", "elements"), KINKS, ids=[str(i) for i in range(len(KINKS))]
)
def test_the_ledger(
    f: Any, x: list[float], kind: str, operation: str, elements: list[tuple[int, ...]]
) -> None:
    with autograd.debug() as session:
        np.sum(f(tracked(x))).backward()
    ((found, name, line, places, choice),) = session.kinks
    assert (found, name, places) == (kind, operation, elements)
    assert line.file == __file__
    assert choice
    with autograd.debug() as session:
        np.sum(f(tracked([0.3, 0.7, 3.1]))).backward()
    assert session.kinks == []


def test_every_declared_kink_is_fed() -> None:
    met = set()

    class Watch:
        def recorded(self, node: Node, values: Any) -> None:
            if node.operation is not None:
                met.add(node.operation.function)

        def composed(self, run: Any, function: Any, args: Any) -> Any:
            return run()

    with autograd.graph.watching(Watch()):
        for f, x, *_ in KINKS:
            f(tracked(x))
    assert _KINKS.keys() - met == set()
    assert _KINKS.keys() <= TABLE.keys()
    assert {_full_name(TABLE[function]) for function in met} >= _ELSEWHERE.keys()


@each(
    "f",
    [
        lambda x: np.sum(np.linalg.svdvals(np.diag(x))),
        lambda x: np.sum(np.linalg.eigh(np.diag(x))[0] ** 2),
        lambda x: np.sum(np.linalg.eigh(np.diag(x))[1][:, 0] ** 2),  # of the single 1
        lambda x: np.linalg.norm(np.diag(x), "nuc"),
    ],
)
def test_equal_values_are_no_kink_where_the_function_does_not_part_them(f: Any) -> None:
    with autograd.debug() as session:
        f(tracked([1.0, 2.0, 2.0])).backward()
    assert session.kinks == []


def test_equal_values_in_forward_mode_and_at_second_order() -> None:
    x = np.array([1.0, 2.0, 2.0])
    with autograd.debug() as session:
        jvp(lambda x: np.linalg.eigvalsh(np.diag(x)), (x,), (x,))
        hessian(lambda x: np.sum(np.linalg.eigh(np.diag(x))[0] ** 2))(x)
    assert [kink.operation for kink in session.kinks] == ["np.linalg.eigvalsh", "np.linalg.eigh"]


def test_a_kink_without_a_gradient_is_not_met() -> None:
    x = tracked([0.0, 1.0, 1.0, 2.0])
    with autograd.debug() as session:
        np.where([False, True, True, True], relu(x), 0).sum().backward()
        np.sort(x)[3].backward()
        np.max(x.reshape(2, 2), axis=1)[1].backward()
    assert session.kinks == []


def test_an_operation_is_in_the_ledger_once() -> None:
    with autograd.debug() as session:
        y = relu(tracked(0.0))
        y.backward()
        y.backward()
        x = tracked(1.0)
        np.maximum(x, x * 1).backward()
    assert [kink.operation for kink in session.kinks] == ["relu", "np.maximum"]


@each(
    ("run", "operations"),
    [
        (lambda: grad(relu)(0.0), ["relu"]),
        (lambda: grad(grad(relu))(0.0), ["relu"]),
        (lambda: jvp(relu, (0.0,), (1.0,)), ["relu"]),
        (lambda: jvp(np.max, (np.zeros(2),), (np.ones(2),)), ["np.max"]),
        (lambda: jvp(np.max, (np.zeros(1),), (np.ones(1),)), []),
        (lambda: jvp(np.median, (np.zeros(2),), (np.ones(2),)), ["np.median"]),
    ],
)
def test_kinks_are_met_in_transforms(run: Callable[[], Any], operations: list[str]) -> None:
    with autograd.debug() as session:
        run()
    assert [kink.operation for kink in session.kinks] == operations


def test_a_warning_has_the_line_and_says_what_was_taken() -> None:
    x = tracked([0.0, 1.0, 0.0])
    with autograd.debug(kinks="warn"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line = here(1)
        relu(x).sum().backward()
    (warning,) = caught
    assert (warning.category, warning.filename, warning.lineno) == (KinkWarning, __file__, line)
    assert str(warning.message) == "kink of relu at 2 elements: its slope at 0 is taken to be 0"
    shown = warnings.formatwarning(warning.message, KinkWarning, __file__, line)
    assert shown.count("relu(x).sum().backward()") == 1


def test_a_kink_can_be_raised() -> None:
    x = tracked([0.0, 1.0])
    with (
        autograd.debug(kinks="raise"),
        pytest.raises(
            KinkWarning, match=r"tie of np\.maximum at element \[1\]: equal arguments get half"
        ),
    ):
        np.maximum(x, 1.0).sum().backward()
    assert x.grad is None


# Values.


def test_the_story_of_a_value() -> None:
    x = Value(1.0)
    start = here(3)

    def program() -> Any:
        y = x - 1.0
        return y.log()

    assert raised(program).startswith(
        f"-inf appeared in log, line {start + 1}: x = 1 → 1 - 1 = 0 (line {start}) → log(0) = -inf "
        f"(line {start + 1})\n  {__file__}:{start}: y = x - 1.0\n"
        f"  {__file__}:{start + 1}: return y.log()\nThe logarithm of 0"
    )


def test_the_story_of_a_value_s_gradient() -> None:
    width = Value(0.0)

    def program() -> None:
        (width.sqrt() * 3.0).backward()

    assert re.match(
        r"inf appeared in the derivative of sqrt, line \d+: width = 0 → sqrt\(0\) = 0 "
        r"\(line \d+\) → gradient 3 × slope inf = inf\n",
        raised(program),
    )


@each(
    ("program", "text"),
    [
        (lambda x: 1 / x, r"inf appeared in the division 1 / x, .*x = 0 → 1 / 0 = inf"),
        (lambda x: x**-1, r"inf appeared in the power x \*\* -1, .*x = 0 → 0 \*\* -1 = inf"),
        (lambda x: (x - 2) ** 0.5, r"nan appeared in the power .*→ \(-2\) \*\* 0\.5 = nan"),
        (lambda x: (-(x + 1)).log(), r"nan appeared in log, .*→ -\(1\) = -1 .*→ log\(-1\) = nan"),
        (lambda x: (x - 1).sqrt(), r"nan appeared in sqrt, .*0 - 1 = -1 .* → sqrt\(-1\) = nan"),
        (lambda x: (x + 1000).exp(), "inf appeared in exp"),
        (lambda x: x + Value(math.nan), r"the sum x \+ … was given nan, .*a Value = nan → 0"),
        (lambda x: x + math.inf - math.inf, "nan appeared in the difference … - inf, "),
        (
            lambda x: WeightedSum([Value(1e200)], [Value(1e200)], x),
            "inf appeared in weighted sum, .*a Value = 1e.200 → weighted sum = inf",
        ),
    ],
)
def test_what_a_value_meets(program: Callable[[Value], Any], text: str) -> None:
    x = Value(0.0)
    x.name = "x"
    assert re.match(text, raised(program, x))


OF_VALUES = ["{} + {}", "{} - {}", "{} * {}", "{} * -0.5", "-{}", "{} ** 2", "abs({})", "{}.relu()"]


@given(st.integers(-9, 9), st.lists(st.sampled_from(OF_VALUES), max_size=5), st.data())
def test_each_equation_of_a_value_s_story_is_true(start: int, steps: list[str], data: Any) -> None:
    values = [Value(start), Value(-2.5)]
    with pytest.raises(FloatingPointError, match="log") as error, autograd.debug():
        for step in steps:
            picked = [f"values[{data.draw(st.integers(0, len(values) - 1))}]" for _ in range(2)]
            values.append(eval(step.format(*picked)))
        ((values[-1] - values[-1].data) * 2 - 1).log()
    story = str(error.value).split("\n")[0].split(": ", 1)[1]
    known = {"abs": abs, "ReLU": lambda x: max(x, 0), "log": lambda x: math.nan}
    for equation in re.sub(r" \(line \d+\)", "", story).split(" → ")[1:]:
        if not equation.startswith("…"):
            left, right = equation.split(" = ")
            rounding = 2e-3 * max(abs(float(x)) for x in re.findall(r"[\d.]+(?:e\+\d+)?", equation))
            assert eval(left, known) == pytest.approx(float(right), abs=rounding, nan_ok=True)


@each(
    ("program", "says"),
    [
        (lambda x: (x + 1e200) ** 2, "overflow"),
        (lambda x: (x + 2) ** 5000, "overflow"),
        (lambda x: (x - 2) ** 0.5, "fractional power"),
        (lambda x: (x**0.5).backward(), "fractional power"),
        (lambda x: x**-2, "negative power"),
        (lambda x: (x + 1e-200) ** -2, "negative power"),
        (lambda x: ((x + 1e-100) ** 0.5 * 1e290).backward(), "overflow"),  # gradient × slope
        (lambda x: x / (x * 2), "division by 0"),
        (lambda x: np.sqrt(x - 2), "square root"),
        (lambda x: np.exp(x + 1000), "exponential"),
        (lambda x: x * 0 + 1e308 * (x + 10), "overflow"),
    ],
)
@each("kind", [Value, tracked])
def test_advice_is_for_what_happened_and_in_the_words_of_the_user(kind, program, says) -> None:
    advice = raised(program, kind(0.0)).split("\n")[-1]
    assert says in advice
    if kind is Value:
        assert not re.search(r"np\.|mask|element|float32", advice)


def test_kinks_of_values() -> None:
    with autograd.debug() as session:
        x = Value(0.0)
        (x.relu() + abs(x) * 2.0).backward()
        neuron = nn.scalar.Neuron(1, rng=0)
        neuron([0.0]).backward()
        (x + 1.0).relu().backward()
    assert [kink.operation for kink in session.kinks] == ["abs", "ReLU", "ReLU(weighted sum)"]
    with pytest.raises(KinkWarning, match="kink of ReLU: its slope"), autograd.debug("raise"):
        Value(0.0).relu().backward()


def test_values_are_as_they_were_outside_a_session() -> None:
    methods = [Value.__init__, Value._backward, WeightedSum.__init__, WeightedSum._backward]
    with pytest.raises(KeyError, match="own"), autograd.debug(), autograd.debug():
        assert Value.__init__ is not methods[0]
        thread = threading.Thread(target=lambda: seen.append(Value(0.0).log().data))
        seen: list[float] = []
        thread.start()
        thread.join()
        assert seen == [-math.inf]
        raise KeyError("own")
    assert [
        Value.__init__,
        Value._backward,
        WeightedSum.__init__,
        WeightedSum._backward,
    ] == methods


# The same numbers.


@each(
    "program",
    [
        lambda x: np.sum(np.tanh(x) * x),
        lambda x: np.std(x) + np.median(x) + np.ptp(x),
        lambda x: np.linalg.norm(np.outer(x, x) + np.eye(3)),
        lambda x: np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 1)), x)),
        lambda x: autograd.logsumexp(np.concatenate([x, x[::-1]])) + np.max(np.stack([x, x])),
        lambda x: np.sum(np.linalg.eigh(np.outer(x, x) + np.diag(x))[0] ** 2),
        lambda x: np.sum(autograd.checkpoint(np.sin)(x)),
        lambda x: nn.cross_entropy(np.stack([x, 2 * x]), np.array([0, 2])),
    ],
)
def test_values_and_derivatives_are_the_same(program: Any) -> None:
    x, v = np.array([0.5, -1.0, 2.0]), np.array([1.0, 2.0, 3.0])

    def numbers() -> list[Any]:
        return [
            *autograd.value_and_grad(program)(x),
            *jvp(program, (x,), (v,)),
            hessian(program)(x),
            jvp(grad(program), (x,), (v,))[1],
        ]

    expected = numbers()
    with autograd.debug():
        found = numbers()
    for a, b in zip(found, expected, strict=True):
        assert_array_equal(a, b)


def test_training_is_the_same() -> None:
    def train() -> list[Any]:
        model = nn.MLP(2, [3, 1], rng=0)
        optimizer = nn.SGD(model.parameters(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            loss = ((model(np.array([[1.0, -2.0]])) - 1) ** 2).sum()
            loss.backward()
            optimizer.step()
        return [np.array(p.data) for p in model.parameters()]

    expected = train()
    with autograd.debug():
        found = train()
    for a, b in zip(found, expected, strict=True):
        assert_array_equal(a, b)


def test_a_network_of_values_is_the_same() -> None:
    def gradients() -> list[float]:
        model = nn.scalar.MLP(2, [3, 1], rng=0)
        ((model([1.0, -2.0]) - 1.0) ** 2).backward()
        return [parameter.grad for parameter in model.parameters()]

    expected = gradients()
    with autograd.debug():
        assert gradients() == expected


def test_a_watched_graph_is_freed_with_its_output() -> None:
    x = tracked(np.ones(100))
    gc.disable()
    try:
        with autograd.debug():
            y = np.exp(x)
            gone = weakref.ref(y._array)
            z = np.sum(np.sin(y))
            z.backward()
        del y, z
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "f",
    [
        lambda x: -np.log((np.exp(x) / np.exp(x).sum())[1]),
        lambda x: np.log(1 / (1 + np.exp(x[0]))),
        lambda x: np.log(1 / (1 + np.exp(x))).sum(),
    ],
    ids=["softmax", "sigmoid", "sigmoids"],
)
def test_an_infinity_that_became_0_in_between_is_where_it_begins(f: Any) -> None:
    message = r"(?s)^inf appeared in np\.exp, .* Subtract the largest first"
    with autograd.debug(), pytest.raises(FloatingPointError, match=message):
        f(tracked([1000.0, 1.0], name="x")).backward()


def test_an_operation_of_large_numbers_has_the_advice_on_overflow() -> None:
    with autograd.debug(), pytest.raises(FloatingPointError, match="lower the learning rate"):
        nn.mse(tracked([1e200, 1.0]), [0.0, 1.0]).backward()


def test_a_complex_number_has_a_story_too() -> None:
    x = Tensor([0j, 1j], requires_grad=True)
    with pytest.raises(FloatingPointError, match=r"np\.log"), autograd.debug():
        (np.abs(np.log(x * 1)) * 0).sum().backward()
    y = Tensor([-1.1 + 0.2j], requires_grad=True)
    with pytest.raises(FloatingPointError, match="divide"), autograd.debug():
        np.abs(y / (y - y)).sum().backward()
