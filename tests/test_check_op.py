"""check_op and check_call: what they find in an operation of a user's, and what they say."""

import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import autograd.testing
from autograd import Tensor, derivative, elementwise, linear, primitive
from autograd.primitive import composed
from autograd.testing import check_call, check_op, operation
from autograd.testing.operation import EXAMPLES, calls
from autograd.testing.strategies import (
    Numbers,
    alike,
    arrays,
    axes,
    axis,
    equal_eigenvalues,
    flags,
    ill_conditioned,
    indices,
    layouts,
    on_kinks,
    orthogonal,
    plane,
    positive,
    positive_definite,
    real,
    right_plane,
    singular,
    symmetric,
    tied,
    well_conditioned,
    with_zeros,
)

# A user's operations, right and wrong.


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails need not become as simple as it can be."""
    monkeypatch.setattr(operation, "PATIENCE", 1.0)


@primitive
def cube(x):
    return x * x * x


derivative(cube, "x", elementwise, x=lambda g, x: 3 * g * np.square(x))


@primitive
def my_clip(x, low, high):
    return np.clip(x, low, high)


derivative(my_clip, x=lambda g, x, low, high: g * ((x > low) & (x < high)))


@primitive
def bad_clip(x, low, high):
    return np.clip(x, low, high)


derivative(bad_clip, x=lambda g, x, low, high: g * (x > low))


@primitive
def fourth(x):
    return x**4


@composed(fourth.__primitive__)
def of_cube(x):
    return cube(x) * x


def layer(params, x, *, weight, activation=np.tanh):
    return {"out": weight * activation(x * params["w"] + params["b"]), "sums": [np.sum(x), 3]}


RIGHT: dict[str, Callable[[], None]] = {
    "a primitive": lambda: check_op(cube, plane),
    "constants by keyword": lambda: check_op(my_clip, real, low=-1.01, high=1.01),
    "arguments of NumPy's": lambda: check_op(np.hypot, real, real),
    "strategies": lambda: check_op(np.sum, plane, axis=axes, keepdims=st.booleans()),
    "composed of others": lambda: check_op(fourth, plane),
    "a plain function": lambda: check_op(lambda x, y: np.exp(x) / y, plane, right_plane),
    "methods": lambda: check_op(lambda t: t.reshape(-1).sum() * t, real),
    "Tensors only": lambda: check_op(lambda t: t * Tensor.sum(t), real),
    "a list": lambda: check_op(np.stack, [real, real, real], shapes=alike),
    "a dict, keywords, several outputs": lambda: check_op(
        layer, {"w": real, "b": real}, real, weight=positive, shapes=alike
    ),
    "flags": lambda: check_op(np.where, flags, real, real),
    "an array of the user's": lambda: check_op(
        np.multiply, np.array([1.0, 2.0]), real, shapes=[[(2,)], [()]]
    ),
    "drawn arrays": lambda: check_op(np.exp, arrays(plane, shape=(3,), layout=layouts())),
    "an index": lambda: check_op(lambda x, key: x[key], plane, indices),
    "a function for an argument": lambda: check_op(
        lambda f, x: f(x), st.just(lambda x: x * x), real
    ),
    "what a function of the array returns": lambda: check_op(
        np.sum, real, lambda x: x.ndim - 1, shapes=[[(2, 3)], [(3,)]]
    ),
    "via": lambda: check_op(
        np.linalg.eigh, symmetric, via=lambda f, x: f((x + x.T.conj()) / 2).eigenvalues,
        shapes=[[(1, 1)]],
    ),
    "ties=False": lambda: check_op(lambda x, y: np.log(abs(x - y)), real, real, ties=False),
    "what suits one argument only": lambda: check_op(lambda y, x: y * np.log(x), real, positive),
    "a kink": lambda: check_op(np.maximum, on_kinks, on_kinks),
    "ties": lambda: check_op(np.sort, tied, shapes=[[(3,)], [(2, 3)]]),
    "zeros": lambda: check_op(np.prod, with_zeros, axis=axes),
    "an axis": lambda: check_op(np.cumsum, plane, axis, shapes=[[(2, 3)], [(0,)]]),
    "positive definite": lambda: check_op(np.linalg.cholesky, positive_definite,
        via=lambda f, x: f((x + np.conj(np.matrix_transpose(x))) / 2)),
    "inverses": lambda: check_op(np.linalg.inv, well_conditioned),
    "orthogonal": lambda: check_op(np.matmul, orthogonal, real),
    "singular": lambda: check_op(np.linalg.det, singular),
    "equal eigenvalues": lambda: check_op(np.linalg.matrix_power, equal_eigenvalues, 3),
    "ill-conditioned": lambda: check_op(np.linalg.norm, ill_conditioned, shapes=[[(2, 2)]]),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_operation_passes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXAMPLES, "fast", 6)
    monkeypatch.setitem(EXAMPLES, "ci", 6)
    RIGHT[name]()


def found(f: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    with pytest.raises(AssertionError, match="repeat      check_call") as caught:
        check_op(f, *arguments, **options)
    assert not getattr(caught.value, "__notes__", [])  # nothing of Hypothesis's
    return str(caught.value)


def test_a_wrong_rule_is_found_where_it_is_wrong_and_said() -> None:
    lines = found(bad_clip, real, low=-1.0, high=1.0).splitlines()
    assert lines[0] == "the gradient of bad_clip by x is wrong (order 1, reverse mode)"
    assert "  verdict     wrong: the gradient is not 0, but the value does not move" in lines
    assert lines[-1].startswith("  repeat      check_call(bad_clip, np.array(")
    assert lines[-1].endswith("), low=-1.0, high=1.0)")


def test_the_last_line_repeats_it() -> None:
    line = found(bad_clip, real, low=-1.0, high=1.0).splitlines()[-1]
    with pytest.raises(AssertionError, match="bad_clip by x is wrong") as caught:
        eval(line.removeprefix("  repeat "))
    assert str(caught.value).splitlines()[-1] == line


WRONG: dict[str, tuple[Any, ...]] = {
    "half of it, in one of two arguments": (
        lambda x, y: x * (y + Tensor(y.data)) / 2 if type(y) is Tensor else x * y, real, real,
        "by y is wrong .*half the slope",
    ),
    "random": (lambda x: x * np.random.default_rng().normal(), real, "is random, or remembers"),
    "changes its argument": (
        lambda x: np.multiply(x, 2, out=x) if type(x) is np.ndarray else 2 * x, real,
        "changed its argument x in place",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_function_is_found(name: str) -> None:
    *given, message = WRONG[name]
    with pytest.raises(AssertionError, match=f"(?s){message}.*repeat      check_call"):
        check_op(*given)


def test_a_wrong_second_order_is_found() -> None:
    @primitive
    def detached(x):
        return np.exp(x)

    derivative(detached, x=lambda g, x: g * np.exp(getattr(x, "data", x)))
    text = found(detached, real)
    assert "the second derivative of detached by x is wrong" in text
    assert text.endswith("check_call(detached, np.array(0.4))")
    check_op(detached, real, second_order=False)


def test_a_rule_that_cannot_be_differentiated_is_said_to_be_so() -> None:
    @primitive
    def own(x):
        return np.exp(x)

    def rule(g, x):
        if type(x) is Tensor:
            raise TypeError("plain arrays only")
        return g * np.exp(x)

    derivative(own, x=rule)
    text = found(own, real)
    assert "the gradient of own is right, but has no gradient itself: TypeError" in text
    assert "second_order=False" in text
    assert "raised      plain arrays only" in text
    check_op(own, real, second_order=False)
    with pytest.raises(AssertionError, match=r"check_call\(own, np.array\(0.4\)\)$"):
        check_call(own, np.array(0.4))


def test_a_wrong_kind_is_found() -> None:
    @primitive
    def shifted(x):
        return x + 1.0

    derivative(shifted, "x", linear, x=lambda g: g)
    assert "shifted" in found(shifted, real)


# Each check, with a fault that only it can find: those of the table are in test_faults.py.


def test_a_value_in_double_precision_is_found() -> None:
    def widened(x):
        return np.multiply(x, np.float64(2)) if type(x) is Tensor else 2 * x

    text = found(widened, real)
    assert "the value of widened is another for Tensors than for arrays" in text
    assert "float64, not () and float32" in text


def test_an_argument_that_is_kept_without_a_copy_is_found() -> None:
    def hidden(x, y):
        held = y.data if type(y) is Tensor else y  # so that y gets nothing
        return x * held if type(x) is Tensor else Tensor(x) * held

    assert "by y is wrong" in found(hidden, real, real)


# Errors.


def test_an_error_of_the_function_is_raised_with_the_call() -> None:
    def fails(x):
        raise KeyError("no such thing")

    with pytest.raises(KeyError, match="no such thing") as caught:
        check_op(fails, real)
    assert caught.value.__notes__[-1] == "  repeat      check_call(fails, np.array(0.4))"
    assert not any("Hypothesis" in note or "Falsifying" in note for note in caught.value.__notes__)


def test_nothing_to_differentiate_by_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"sin got no array .* np\.array\(2\.0\) for 2\.0"):
        check_call(np.sin, 2.0)
    with pytest.raises(ValueError, match=r"np\.sum got no array"):
        check_call(np.sum, [1.0, 2.0])


def test_shapes_for_another_number_of_arrays_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"the shapes \[\(2,\)\] are 1, but .* fed 2 arrays"):
        check_op(np.add, real, real, shapes=[[(2,)]])


def test_without_hypothesis_it_is_said_what_to_install() -> None:
    program = """
import sys, numpy
sys.modules["hypothesis"] = None
import autograd.testing
autograd.testing.check_call(autograd.relu, numpy.array([1.0]))
for name in ("check_op", "strategies"):
    try:
        getattr(autograd.testing, name)
    except ModuleNotFoundError as error:
        print(error)
try:
    autograd.testing.nonsense
except AttributeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert done.stderr == ""
    assert len(lines) == 3
    assert "check_op draws with Hypothesis" in lines[0]
    assert lines[0].endswith("pip install 'chainrule[testing]'")
    assert "'autograd.testing' has no attribute 'nonsense'" in lines[2]


def test_importing_the_checker_does_not_import_hypothesis() -> None:
    program = "import sys, autograd.testing; print('hypothesis' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n"
    assert autograd.testing.check_op is check_op


# How many, and what is drawn.


@pytest.mark.parametrize("profile", EXAMPLES)
def test_the_profile_says_how_many_calls_are_tried(
    profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAINRULE_GRADIENTS", profile)
    monkeypatch.setattr(autograd.testing.operation, "CHECKS", [lambda call: tried.append(call)])
    monkeypatch.setitem(EXAMPLES, profile, 7)
    tried: list[Any] = []
    check_op(np.add, real, real)
    assert len(tried) == 7
    tried.clear()
    check_op(np.add, real, real, examples=3)
    assert len(tried) == 3


def test_a_call_prints_as_python() -> None:
    for call, text in [
        (calls(np.sum, np.array([1.5]), axis=None), "np.sum, np.array([1.5]), axis=None"),
        (calls(np.astype if hasattr(np, "astype") else np.sum, np.array(1.5), np.float32), None),
        (
            calls(np.where, np.array([0.5]), [1, "a"], dtype=np.dtype(float), ties=False),
            "np.where, np.array([0.5]), [1, 'a'], dtype=np.dtype('float64'), ties=False",
        ),
        (
            calls(np.linalg.inv, np.eye(1), via=cube, second_order=False),
            "np.linalg.inv, np.array([[1.]]), via=cube, second_order=False",
        ),
        (calls(cube, Numbers(1, 2), slice(1, None), ...), None),
        (calls(lambda x: x, np.array([0.5, np.nan])), "f, np.array([0.5, np.nan])"),
    ]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            line = repr(call.example())
        assert line.startswith("check_call(")
        assert text is None or line == f"check_call({text})"
        assert "<" not in line


def test_nothing_to_draw_is_said():
    for arguments in ((), ("real",), (np.ones(2),)):
        with pytest.raises(TypeError, match=r"nothing to draw from.*write check_op\(sin, real\)"):
            check_op(np.sin, *arguments)


def test_a_call_that_makes_no_sense_is_raised_with_advice():
    with pytest.raises(np.linalg.LinAlgError, match="0-dimensional") as error:
        check_op(np.linalg.inv, real)
    assert "say what to feed it" in error.value.__notes__[-2]
