"""check_grads on functions that record, and on what can be wrong besides the numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, derivative, linear, primitive, softmax
from autograd.scipy import linalg
from autograd.testing import check_grads
from domains import DOMAINS, calls

X = np.array([1.0, 2.0])


# Functions that are right.


def loss(params, batch, *, weight, power=2):
    hidden = np.tanh(params["w"] @ batch["x"][0] + params["b"])
    return {"loss": np.sum(weight * hidden**power), "hidden": [hidden, 3, "name", None]}


PARAMS = {"w": np.array([[0.5, -1.0, 2.0], [0.1, 0.2, 0.3]]), "b": 0.25}
BATCH = {"x": (np.array([0.5, 1.5, -0.5]), 7)}
RIGHT = {
    "one number": (lambda x: x**3, (2.0,)),
    "elementwise": (np.sin, (X,)),
    "0-d": (np.sin, (np.array(1.0),)),
    "a NumPy scalar": (np.sin, (np.float64(1.0),)),
    "empty": (lambda x: 2 * x, (np.zeros((0, 3)),)),
    "several arguments": (lambda x, y, n: x * y**n, (X, np.array([[3.0], [0.5]]), 3)),
    "a Tensor": (lambda t: (t**2).sum() + t.detach().sum() * 0, (Tensor(X),)),
    "Tensor methods only": (lambda t: t.reshape(2, 1).sum(), (X,)),
    "real from complex": (lambda z: np.abs(z) ** 2 + np.real(1j * z), (X + 1j,)),
    "holomorphic": (lambda z: np.exp(z) * z, (X - 1j,)),
    "complex from real": (lambda x: np.exp(1j * x), (X,)),
    "outputs of all scales": (lambda x: np.stack([x**2, 1e-9 * x**2]), (X,)),
    "float32": (lambda x: np.tanh(x) * x, (X.astype(np.float32),)),
    "complex64": (lambda z: z * np.conj(z) * z, ((X + 1j).astype(np.complex64),)),
    "float32 inside": (lambda x: np.sin(x.astype(np.float32)), (X,)),
    "at a kink": (lambda x: np.maximum(x, 0) * 3, (np.array([0.0, 1.0, -1.0]),)),
    "at ties": (lambda x: (np.sort(x), np.max(x), np.median(x)), (np.array([2.0, 2.0, 1.0]),)),
    "at an infinite slope": (np.sqrt, (np.array([0.0, 1.0]),)),
    "beside a step": (lambda x: np.stack([x, np.floor(x)]), (np.array([1.0, 2.5]),)),
    "a list": (lambda xs: xs[0] * xs[1], ([1.0, X],)),
}


rng = np.random.default_rng(2)
single = [rng.normal(size=(4, 4)).astype(np.float32) for _ in range(2)]
RIGHT |= {
    "float32, saturated": (np.tanh, (np.array([6.0, 8.0, 10.0, -9.0], np.float32),)),
    "float32, saturated, of a product": (lambda x, w: np.tanh(x @ w), (single[0], 2 * single[1])),
    "float32, a log of a sum": (lambda x: np.log(np.sum(np.exp(x), axis=1)), (4 * single[0],)),
    "kinks of both kinds": (lambda x: np.clip(x, -1, 1), (np.array([-1.0, 1.0] * 6),)),
    "many equal numbers": (np.sort, (np.array([1.0, 2.0] * 6),)),
    "medians of equal numbers": (
        lambda x: np.median(x, 0),
        (np.array([[0.0, 1, 1, 2], [0, 1, 0, 2], [0, 1, 1, 3]]),),
    ),
    "maxima of equal numbers": (lambda x: np.max(x, 0), (np.round(rng.normal(size=(6, 9))),)),
    "absorbed by rounding": (lambda x: np.log(1 + np.exp(x)), (np.array([-40.0, 1.0]),)),
    "confident": (
        lambda z: np.sum(np.log(np.sum(np.exp(z), axis=1)) - z[:, 0]),
        (np.array([[40.0, 0, 1], [0.3, 1, 2]]),),
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_function_passes(name):
    f, args = RIGHT[name]
    check_grads(f, *args)
    for mode in ("reverse", "forward"):
        check_grads(f, *args, modes=[mode], order=1)


def test_structures_and_keywords():
    check_grads(loss, PARAMS, BATCH, weight=np.array([2.0, -1.0]), power=3)


def test_higher_orders():
    check_grads(lambda x: np.sum(x**4), X, order=3)


# Rules that are wrong.


@primitive
def twice_wrong(x):
    return x**3


@primitive
def second_order_lost(x):
    return x**3


@primitive
def mislabelled(x):
    return x[::-1] * x


@primitive
def wrong_in_a_small_output(x):
    return np.stack([x**2, 1e-9 * x**2])


@primitive
def wrong_by_one_argument(x, y):
    return x * y**2


derivative(twice_wrong, x=lambda g, x: 2 * g * 3 * x**2)
derivative(second_order_lost, x=lambda g, x: g * 3 * np.array(getattr(x, "data", x)) ** 2)
derivative(mislabelled, None, linear, x=lambda g, x: g * x[::-1] + (g * x)[::-1])
derivative(wrong_in_a_small_output, x=lambda g, x: 2 * x * g[0] + 1e-9 * x * g[1])
derivative(wrong_by_one_argument, x=lambda g, y: g * y**2, y=lambda g, x, y: g * x * y)


@pytest.mark.parametrize(
    ("f", "args", "message"),
    [
        (twice_wrong, (X,), r"gradient of twice_wrong by x is wrong \(order 1, reverse mode\)"),
        (twice_wrong, (X,), "the gradient is twice the slope"),
        (twice_wrong, (X,), r"check_grads\(twice_wrong, np.array\(\[1., 2.\]\), order=1\)"),
        (second_order_lost, (X,), "second derivative of second_order_lost by x is wrong"),
        (second_order_lost, (X,), "gradient is 0, but the value moves"),
        (mislabelled, (X,), "forward-mode derivative of mislabelled by x is wrong"),
        (wrong_in_a_small_output, (X,), r"of output   element \[1, [01]\]"),
        (wrong_by_one_argument, (X, X), r"by y is wrong[^$]*at          y\[[01]\]"),
        (lambda x: x * getattr(x, "data", x), (X,), "the gradient is half the slope"),
    ],
)
def test_a_wrong_rule_is_found(f, args, message):
    with pytest.raises(AssertionError, match=message):
        check_grads(f, *args)


def test_the_worst_element_of_a_large_array_is_named():
    x = np.linspace(1, 2, 1000).reshape(20, 50)

    def gradient(x):
        g = 2 * x
        g[7, 3] *= 1.01
        return g

    message = r"x\[7, 3\]\n[^$]*repeat .*array of shape \(20, 50\).*where x\[7, 3\] is 1\.35"
    with pytest.raises(AssertionError, match=message):
        check_grads(lambda x: np.sum(x**2), x, grad=gradient)


def test_the_line_that_repeats_a_failure_does_so():
    x = np.array([0.1, 1 / 3, np.pi], np.float32)
    with pytest.raises(AssertionError, match="repeat") as first:
        check_grads(twice_wrong, x)
    line = str(first.value).rpartition("repeat")[2].strip()
    with pytest.raises(AssertionError, match="repeat") as second:
        eval(line, {"np": np, "check_grads": check_grads, "twice_wrong": twice_wrong})
    assert str(second.value) == str(first.value)


# What is wrong besides the numbers.


def changes_its_argument(x):
    x *= 2
    return np.sum(x)


generator = np.random.default_rng(0)


def total(x, y):
    return float(np.sum(x) + np.sum(y))


def same_array_twice(x, y):
    g = np.ones_like(x)
    return g, g


@pytest.mark.parametrize(
    ("f", "args", "grad", "message"),
    [
        (lambda x: x * generator.normal(), (X,), None, "is random, or remembers its calls"),
        (changes_its_argument, (X,), None, "changed its argument x in place"),
        (lambda x: np.sum(x), (X,), lambda x: changes_its_argument(x) + 0 * x, "argument x in pl"),
        (total, (X, X), same_array_twice, "shares its memory with the gradient by y"),
        (lambda x: np.sum(x**2) / 2, (X,), lambda x: x, "shares its memory with the argument x"),
        (total, (X, X), lambda x, y: (x, y[:1]), r"by y, written by hand, has the shape \(1,\)"),
        (total, (X, X), lambda x, y: x, "returned 1 gradient, but total has 2 arguments"),
        (lambda p: p["a"] ** 2, ({"a": 1.0},), lambda p: [2 * p["a"]], r"the structure \[\*\]"),
        (np.sum, (X.astype(np.float32),), lambda x: np.ones(2), "is of float64, but"),
        (lambda x: np.sum(x), (X,), lambda x: np.array([np.nan, 1.0]), "gradient is not finite"),
        (lambda x: np.stack([x, x]), (X,), lambda x: x, "returned shape .2, 2., but a gradient"),
        (lambda n: n * 2, (3,), None, "write 2.0 for 2"),
        (lambda x: None, (X,), None, "returned nothing that has a derivative"),
        (np.argmax, (X,), None, "only a number of int64"),
        (np.floor, (X,), None, "can't tell .* nothing could be judged[^$]*the function jumps here"),
    ],
)
def test_a_misfit_is_refused_with_its_reason(f, args, grad, message):
    with pytest.raises(AssertionError, match=message):
        check_grads(f, *args, grad=grad)


@pytest.mark.parametrize("options", [{"modes": ["backward"]}, {"modes": []}, {"order": 0}])
def test_unknown_options_are_refused(options):
    with pytest.raises(ValueError, match="the modes are 'reverse' and 'forward'"):
        check_grads(np.sin, X, **options)


def test_what_a_function_raises_is_raised_with_a_note():
    with pytest.raises(TypeError, match="would lose the gradient") as error:
        check_grads(lambda x: float(np.sum(x)), X)
    assert "to be checked" in error.value.__notes__[0]


# Gradients by hand.


def test_a_gradient_by_hand():
    check_grads(total, X, X, grad=lambda x, y: (np.ones(2), np.ones(2)))
    check_grads(lambda x, n: np.sum(x) ** n, X, 2, grad=lambda x, n: n * np.sum(x) + 0 * x)
    check_grads(lambda z: np.sum(np.abs(z) ** 2), X + 1j, grad=lambda z: 2 * np.conj(z))
    check_grads(lambda x, y: x * y, 2.0, 3.0, grad=lambda x, y: (y, x))
    with pytest.raises(AssertionError, match=r"conjugate|imaginary part"):
        check_grads(lambda z: np.sum(np.abs(z) ** 2), X + 1j, grad=lambda z: 2 * z)


def test_a_gradient_by_hand_that_can_be_differentiated_is_checked_further():
    check_grads(lambda x: np.sum(x**4), X, grad=lambda x: 4 * x**3)
    with pytest.raises(AssertionError, match="second derivative"):
        check_grads(lambda x: np.sum(x**4) / 4, X, grad=twice_wrong)


def test_float32_gradients_are_held_to_float32():
    x = X.astype(np.float32)
    tiny = np.float32(1e-6)
    check_grads(lambda x: tiny * np.sum(x**2), x, grad=lambda x: 2 * tiny * x)
    with pytest.raises(AssertionError, match="twice the slope"):
        check_grads(lambda x: tiny * np.sum(x**2), x, grad=lambda x: 4 * tiny * x)


def test_float32_gradients_that_are_wrong_in_double_precision_too_are_found():
    x = np.array([6.0, 2.0], np.float32)
    for wrong in (lambda x: 2 * (1 - np.tanh(x) ** 2), lambda x: -(1 - np.tanh(x) ** 2)):
        with pytest.raises(AssertionError, match="is wrong"):
            check_grads(lambda x: np.sum(np.tanh(x)), x, grad=wrong)


def test_float32_gradients_that_are_wrong_in_float32_only_are_found():
    def gradient(x):
        return (1.01 if x.dtype == np.float32 else 1) * np.cos(x)

    with pytest.raises(AssertionError, match=r"0\.01 of the slope"):
        check_grads(lambda x: np.sum(np.sin(x)), X.astype(np.float32), grad=gradient)


def test_ties_by_hand():
    third = np.full(3, 1 / 3)
    check_grads(np.median, np.ones(3), grad=lambda x: third.copy())
    with pytest.raises(AssertionError, match="is wrong"):
        check_grads(np.median, np.ones(3), grad=lambda x: 2 * third)


@pytest.mark.parametrize("wrong", [1.5, -0.5])
def test_a_wrong_gradient_is_found_among_many_kinks(wrong):
    def gradient(x):
        g = 0.5 * np.ones(12)
        g[7] = wrong
        return g

    with pytest.raises(AssertionError, match=r"at          x\[7\]"):
        check_grads(lambda x: np.sum(np.clip(x, -1, 1)), np.array([-1.0, 1.0] * 6), grad=gradient)


def test_a_gradient_that_is_written_into_one_buffer_is_refused():
    buffer = np.zeros(2)

    def gradient(x):
        buffer[:] = 2 * x
        return buffer

    with pytest.raises(AssertionError, match="the same array each time"):
        check_grads(lambda x: np.sum(x**2), X, grad=gradient)


def test_nobody_can_tell_what_rounding_absorbs():
    with pytest.raises(AssertionError, match="can't tell"):
        check_grads(lambda x: np.log(1 + np.exp(x)), -40.0)


# The whole table, and many numbers.


@settings(max_examples=40)
@given(st.sampled_from(sorted(DOMAINS, key=repr)).flatmap(calls))
def test_no_right_rule_is_called_wrong(call):
    try:
        check_grads(call, *call.arrays)
    except AssertionError as error:
        if "returned nothing" not in str(error) and "nothing to differ" not in str(error):
            raise


def test_a_thousand_numbers_are_checked_together():
    calls = 0

    def f(x):
        nonlocal calls
        calls += 1
        return np.sum(np.sin(x) * np.cumsum(x))

    check_grads(f, np.random.default_rng(0).normal(size=1000))
    assert calls < 1000


LOWER = np.array([[2.034375, 0.05], [0.2375, 4.1125]])
NEARLY_ZERO = {  # what is 0, or has slopes that are, but for rounding
    "slopes by where all points are": (
        lambda y, d: np.gradient(y, np.cumsum(d), axis=0),
        np.array([[1.025, 0.4], [0.65, -1.35], [0.525, -1.1], [-0.975, -1.475]]),
        np.array([1.45, 1.075, 0.91875, 0.95]),
    ),
    "the inverse of a triangle": (lambda x: linalg.cho_solve((x, True), x), LOWER),
    "an identity matrix": (
        lambda x: linalg.solve(x, x, assume_a="sym"),
        np.array([[2.05, 0.2375], [0.1125, 4.175]]),
    ),
    "a diagonal of ones": (
        lambda x: np.corrcoef(x, rowvar=False),
        np.array([[0.025, 1.4, -0.35], [0.9, 1.275, 1.525], [0.4, 1.9, 0.525]]),
    ),
    "a sum of deviations": (lambda x: np.sum(x - np.mean(x)), np.array([0.1, 0.2, 0.4])),
    "sums of what is standardised": (
        lambda x: np.sum((x - np.mean(x, 0)) / np.std(x, 0), 0),
        np.random.default_rng(0).normal(size=(4, 3)),
    ),
    "a logarithm of exp": (lambda x: np.log(np.exp(x)) - x, np.array([0.1, 0.2, 0.4])),
    "a sum of shares": (lambda x: np.sum(softmax(x)), np.array([0.1, 0.2, 0.4])),
    "the length of a direction": (
        lambda x: np.linalg.norm(x / np.linalg.norm(x)),
        np.array([0.1, 0.2, 0.4]),
    ),
}


@pytest.mark.parametrize("name", NEARLY_ZERO)
def test_what_is_0_but_for_rounding_is_no_evidence(name):
    check_grads(*NEARLY_ZERO[name])
