"""Value: float64's results, right partials, micrograd's programs, the traps for scalars."""

import cmath
import math
import threading
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd.value import Value, WeightedSum, relu_and_slope, sigmoid_and_slope, tanh_and_slope

anything = st.floats(width=64)
moderate = st.floats(-3.0, 3.0)

# Each operation on complex numbers, which give its derivative to the last digits (complex step),
# and where the operation is smooth.
UNARY: dict[str, tuple[Callable, Callable, Callable[[float], bool]]] = {
    "neg": (lambda v: -v, lambda z: -z, lambda x: True),
    "abs": (abs, lambda z: z if z.real > 0 else -z, lambda x: x != 0),
    "square": (lambda v: v**2, lambda z: z * z, lambda x: abs(x) < 1e3),
    "cube": (lambda v: v**3, lambda z: z * z * z, lambda x: abs(x) < 1e2),
    "reciprocal": (lambda v: v**-1, lambda z: 1 / z, lambda x: abs(x) > 1e-2),
    "exp": (Value.exp, cmath.exp, lambda x: x < 5),
    "log": (Value.log, cmath.log, lambda x: x > 1e-2),
    "sqrt": (Value.sqrt, cmath.sqrt, lambda x: x > 1e-2),
    "sin": (Value.sin, cmath.sin, lambda x: abs(x) < 1e2),
    "cos": (Value.cos, cmath.cos, lambda x: abs(x) < 1e2),
    "tanh": (Value.tanh, cmath.tanh, lambda x: abs(x) < 5),
    "sigmoid": (Value.sigmoid, lambda z: 1 / (1 + cmath.exp(-z)), lambda x: abs(x) < 50),
    "relu": (Value.relu, lambda z: z if z.real > 0 else 0j, lambda x: x != 0),
}
BINARY: dict[str, tuple[Callable, Callable[[float, float], bool]]] = {
    "+": (lambda a, b: a + b, lambda x, y: True),
    "-": (lambda a, b: a - b, lambda x, y: True),
    "*": (lambda a, b: a * b, lambda x, y: abs(x * y) < 1e6),
    "/": (lambda a, b: a / b, lambda x, y: abs(y) > 1e-2),
    "**": (lambda a, b: a**b, lambda x, y: 1e-2 < x < 10 and abs(y) < 5),
}

# A program: each step applies an operation to values made so far (by index, from the newest).
steps = st.tuples(
    st.sampled_from([*UNARY, *BINARY]), st.integers(0, 5), st.integers(0, 5), st.booleans()
)
programs = st.lists(steps, min_size=1, max_size=15)


def run(
    program: list[tuple[str, int, int, bool]], leaves: list[Value], numbers: list[complex]
) -> tuple[Value, complex]:
    """The program on Values and on complex numbers side by side, leaving out what isn't smooth."""
    values = list(leaves)
    for name, i, j, constant in program:
        a, z = values[-1 - i % len(values)], numbers[-1 - i % len(values)]
        if name in UNARY:
            ours, exact, smooth = UNARY[name]
            if smooth(a.data):
                values, numbers = [*values, ours(a)], [*numbers, exact(z)]
        else:
            operation, smooth2 = BINARY[name]
            b, y = values[-1 - j % len(values)], numbers[-1 - j % len(values)]
            if smooth2(a.data, b.data):
                second = b.data if constant else b
                result = operation(z, complex(b.data) if constant else y)
                values, numbers = [*values, operation(a, second)], [*numbers, result]
    return values[-1], numbers[-1]


def check(program: list[tuple[str, int, int, bool]], points: Sequence[float]) -> None:
    """Compare each leaf's gradient with a complex step along that leaf."""
    leaves = [Value(x) for x in points]
    root, _ = run(program, leaves, [complex(x) for x in points])
    root.backward()
    for i, leaf in enumerate(leaves):
        stepped = [complex(x, 1e-30 if i == k else 0.0) for k, x in enumerate(points)]
        _, result = run(program, [Value(x) for x in points], stepped)
        assert root.data == pytest.approx(result.real, rel=1e-9, abs=1e-9)
        assert leaf.grad == pytest.approx(result.imag / 1e-30, rel=1e-8, abs=1e-8)


@given(programs, st.tuples(moderate, moderate, moderate))
def test_gradients_of_any_expression(program, points):
    root, _ = run(program, [Value(x) for x in points], [complex(x) for x in points])
    assume(abs(root.data) < 1e8)
    check(program, points)


@pytest.mark.parametrize("name", sorted(UNARY))
@given(x=moderate)
def test_partial_of_each_function(name, x):
    assume(UNARY[name][2](x))
    check([(name, 0, 0, False)], [x])


@pytest.mark.parametrize("constant", [False, True])
@pytest.mark.parametrize("name", sorted(BINARY))
@given(x=moderate, y=moderate)
def test_partials_of_each_operator(name, constant, x, y):
    assume(BINARY[name][1](y, x))
    check([(name, 0, 1, constant)], [x, y])


@pytest.mark.parametrize(
    ("fault", "program"),
    [
        ("__sub__", [("-", 0, 1, False)]),
        ("__mul__", [("*", 0, 1, False)]),
        ("sin", [("sin", 0, 0, False)]),
        ("tanh", [("tanh", 0, 0, False)]),
    ],
)
def test_a_flipped_sign_is_caught(monkeypatch, fault, program):
    right = getattr(Value, fault)

    def wrong(*operands):
        out = right(*operands)
        *others, last = out._partials
        return Value(out.data, out._parents, out._op, (*others, -last))

    check(program, [0.5, 0.75])
    monkeypatch.setattr(Value, fault, wrong)
    monkeypatch.setitem(UNARY, fault, (wrong, *UNARY.get(fault, (None, None))[1:]))
    with pytest.raises(AssertionError, match="±"):
        check(program, [0.5, 0.75])


# Results: those of NumPy's float64.

OPERATORS = {
    "+": (lambda a, b: a + b, np.add),
    "-": (lambda a, b: a - b, np.subtract),
    "*": (lambda a, b: a * b, np.multiply),
    "/": (lambda a, b: a / b, np.divide),
    "**": (lambda a, b: a**b, np.power),
}
FUNCTIONS = {
    "neg": (lambda v: -v, np.negative),
    "abs": (abs, np.abs),
    "exp": (Value.exp, np.exp),
    "log": (Value.log, np.log),
    "sqrt": (Value.sqrt, np.sqrt),
    "sin": (Value.sin, np.sin),
    "cos": (Value.cos, np.cos),
    "tanh": (Value.tanh, np.tanh),
    "relu": (Value.relu, lambda x: np.maximum(x, 0.0)),
}
edges = st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0, -3.0, 0.5, math.inf, -math.inf, math.nan])


def assert_float64(ours: float, theirs: np.float64) -> None:
    assert type(ours) is float
    np.testing.assert_allclose(ours, theirs, rtol=1e-14, atol=1e-320)
    if ours == 0.0 or math.isinf(ours):
        assert math.copysign(1.0, ours) == np.copysign(1.0, theirs)


@pytest.mark.parametrize("name", sorted(OPERATORS))
@given(x=edges | anything, y=edges | anything)
def test_operators_give_what_float64_gives(name, x, y):
    ours, theirs = OPERATORS[name]
    assume(name != "**" or y != 0.5 or x > 0.0)  # NumPy takes the square root, against IEEE's pow
    with np.errstate(all="ignore"):
        expected = theirs(np.float64(x), np.float64(y))
    for result in ours(Value(x), Value(y)), ours(Value(x), y), ours(x, Value(y)):
        assert_float64(result.data, expected)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@given(x=edges | st.floats(-1e4, 1e4) | anything)
def test_functions_give_what_float64_gives(name, x):
    ours, theirs = FUNCTIONS[name]
    assume(name not in ("sin", "cos") or not 1e8 < abs(x) < math.inf)  # libraries differ out there
    with np.errstate(all="ignore"):
        expected = theirs(np.float64(x))
    if name == "relu" and x <= 0.0:
        expected = np.float64(0.0)
    assert_float64(ours(Value(x)).data, expected)


@given(x=st.floats(-1e4, 1e4))
def test_sigmoid_and_tanh_are_stable(x):
    for function in Value.sigmoid, Value.tanh, Value.exp:
        v = Value(x)
        function(v).backward()
        assert not math.isnan(v.grad)
    s = Value(x)
    s.sigmoid().backward()
    assert s.grad == pytest.approx(math.exp(-abs(x)) / (1 + math.exp(-abs(x))) ** 2, rel=1e-15)
    assert Value(-x).sigmoid().data == pytest.approx(1.0 - Value(x).sigmoid().data, abs=4e-16)


@pytest.mark.parametrize(
    ("number", "kept"), [(3, 3.0), (True, 1.0), (np.float64(0.1), 0.1), (np.int8(-2), -2.0)]
)
def test_any_real_number_becomes_a_float(number, kept):
    assert type(Value(number).data) is float
    assert Value(number).data == kept
    assert (Value(1.0) + number).data == (number + Value(1.0)).data == 1.0 + kept


# Gradients at the edges.


def slope(function: Callable[[Value], Value], x: float) -> float:
    v = Value(x)
    function(v).backward()
    return v.grad


@pytest.mark.parametrize(
    ("expression", "x", "expected"),
    [
        ("v.relu()", 0.0, 0.0),
        ("v.relu()", -0.0, 0.0),
        ("abs(v)", 0.0, 0.0),
        ("abs(v)", -2.0, -1.0),
        ("v.sqrt()", 0.0, math.inf),
        ("v.log()", 0.0, math.inf),
        ("-v.log()", 0.0, -math.inf),
        ("v**0.0", 0.0, 0.0),
        ("v**0", -3.0, 0.0),
        ("v**1", 0.0, 1.0),
        ("v**2", 0.0, 0.0),
        ("v**3", -2.0, 12.0),
        ("v**-1", -2.0, -0.25),
        ("v**0.5", 0.0, math.inf),
        ("v**-1", 0.0, -math.inf),
        ("v**1e5", 10.0, math.inf),
        ("0.0**v", 2.0, 0.0),
        ("0.0**v", 0.0, 0.0),
        ("1.0**v", 5.0, 0.0),
        ("2.0**v", 3.0, 8.0 * math.log(2.0)),
        ("1.0 / v", 0.0, -math.inf),
        ("1e-200 / v", 1e-170, -1e140),
        ("v.exp()", 1e4, math.inf),
        ("v.sigmoid()", 1e4, 0.0),
        ("v.sigmoid()", 40.0, math.exp(-40.0)),
        ("v.tanh()", -1e4, 0.0),
    ],
)
def test_slopes_at_the_edges(expression, x, expected):
    assert slope(eval(f"lambda v: {expression}"), x) == pytest.approx(expected, rel=1e-15)


def test_no_slope_where_there_is_no_real_result():
    assert math.isnan(slope(lambda v: v**0.5, -1.0))
    assert math.isnan(slope(lambda v: v / v, 0.0))
    base, exponent = Value(-2.0), Value(3.0)
    (base**exponent).backward()
    assert base.grad == 12.0
    assert math.isnan(exponent.grad)  # (-2) ** 3.01 isn't real


def test_zero_times_an_infinite_slope_is_zero():
    assert slope(lambda v: 0.0 * v.sqrt(), 0.0) == 0.0
    assert slope(lambda v: (v - 1.0).relu() * 2.0 + 0.0 * v.log(), 0.0) == 0.0
    assert slope(lambda v: (v.sqrt() - 1.0).relu(), 0.0) == 0.0


# The sweep.


def test_a_second_backward_adds_once_more_to_the_leaves():
    x = Value(3.0)
    square = x * x
    square.backward()
    assert (x.grad, square.grad) == (6.0, 1.0)
    square.backward()
    assert (x.grad, square.grad) == (12.0, 1.0)  # micrograd: 18, then 36 deeper down
    y = Value(3.0)
    cubed = y * y * y
    cubed.backward()
    cubed.backward()
    assert y.grad == 54.0


def test_two_roots_add_up_once_each():
    x = Value(1.0)
    shared = x * 3.0
    (shared * 2.0).backward()
    shared.backward()
    assert x.grad == 9.0  # micrograd: 12
    assert shared.grad == 1.0


def test_values_between_show_the_latest_sweep():
    a = Value(2.0)
    b = a * a
    c = b * 5.0
    c.backward()
    assert (c.grad, b.grad, a.grad) == (1.0, 5.0, 20.0)
    b.backward()
    assert (c.grad, b.grad, a.grad) == (1.0, 1.0, 24.0)


def test_a_leaf_is_its_own_root():
    x = Value(7.0)
    x.backward()
    assert x.grad == 1.0


def test_each_value_passes_its_gradient_on_once():
    calls = []
    x = y = Value(1.0)
    for _ in range(60):  # 2**60 paths
        y = y + y
        step = y._backward

        def counted(step=step):
            calls.append(1)
            step()

        y._backward = counted
    y.backward()
    assert x.grad == 2.0**60
    assert len(calls) == 60


MANY = 1_000_000 if settings().max_examples > 100 else 200_000  # deep, or what recursion can't do


@pytest.mark.parametrize(("operations", "step"), [(MANY, "neg"), (100_000, "+")])
def test_a_long_chain(operations, step):
    x = y = Value(1.0)
    for _ in range(operations):
        y = -y if step == "neg" else y + x
    y.backward()
    assert x.grad == (1.0 if step == "neg" else operations + 1.0)
    del y  # freed without recursion


def test_wide_fan_out():
    x = Value(2.0)
    sum(x * float(i) for i in range(10_000)).backward()
    assert x.grad == sum(range(10_000))


def test_data_changed_afterwards_changes_no_gradient():
    x, w = Value(2.0), Value(5.0)
    z = x * w
    w.data = 100.0
    z.backward()
    assert (x.grad, w.grad) == (5.0, 2.0)


def test_a_leaf_keeps_its_gradient_in_a_new_graph():
    x = Value(2.0)
    (x * x).backward()
    z = x * 3.0
    assert x.grad == 4.0
    z.backward()
    assert x.grad == 7.0


def test_an_error_in_the_middle_leaves_the_graph_usable():
    x = Value(2.0)
    y = x * x
    z = y * 3.0
    z._backward = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        z.backward()
    x.grad = 0.0
    del z._backward
    z.backward()
    assert x.grad == 12.0


def test_threads_do_not_disturb_each_other():
    wrong = []

    def work(k):
        for _ in range(50):
            x = Value(float(k))
            y = x
            for _ in range(20):
                y = y * 1.5 + x
            y.backward()
            expected = 1.5**20 + sum(1.5**i for i in range(20))
            if not math.isclose(x.grad, expected, rel_tol=1e-12):
                wrong.append((k, x.grad))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# Programs written for micrograd.


def test_micrograds_attributes():
    a, b = Value(2.0), Value(-3.0)
    c = Value(-6.0, (a, b), "*")
    assert (a.data, a.grad, a._op, a._prev) == (2.0, 0.0, "", set())
    assert (c._prev, c._op) == ({a, b}, "*")
    assert (a * b)._prev == {a, b}
    assert (a + a)._prev == {a}
    assert (a**2)._op == "**2"
    assert (a**2)._prev == a.relu()._prev == {a}
    assert [(a + b)._op, (a * b)._op, a.relu()._op] == ["+", "*", "ReLU"]
    assert repr(a) == "Value(data=2.0, grad=0.0)"
    assert a.name is None
    a.name = a.label = "a"  # as in the lectures
    assert a.name == "a"


def test_micrograds_first_example():
    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)


def test_micrograds_second_example():
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert f"{g.data:.4f} {a.grad:.4f} {b.grad:.4f}" == "24.7041 138.8338 645.5773"


def test_a_label_is_the_name():
    """The lecture's first graph, with its labels."""
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
    e = a * b
    e.label = "e"
    d = e + c
    assert [v.label for v in (a, b, c, e, d)] == ["a", "b", "c", "e", ""]
    assert [v.name for v in (a, b, c, e, d)] == ["a", "b", "c", "e", None]
    d.backward()
    assert (a.grad, b.grad) == (-3.0, 2.0)
    a.name = "x"
    assert a.label == "x"
    a.label = ""
    assert a.name is None
    assert Value(1.0, (a,), "f", (2.0,), label="y").name == "y"


def test_an_operation_added_the_micrograd_way():
    def cbrt(v):
        out = Value(math.cbrt(v.data), (v,), "cbrt")

        def _backward():
            v.grad += out.grad / (3.0 * out.data**2)

        out._backward = _backward
        return out

    x = Value(8.0)
    y = cbrt(x * 1.0) * 12.0
    y.backward()
    assert x.grad == pytest.approx(1.0, rel=1e-15)
    y.backward()
    assert x.grad == pytest.approx(2.0, rel=1e-15)


def test_an_operation_added_by_its_partials():
    x, y = Value(3.0), Value(4.0)
    norm = Value(math.hypot(x.data, y.data), (x, y), "hypot", (3.0 / 5.0, 4.0 / 5.0))
    (norm * 10.0).backward()
    assert (norm.data, x.grad, y.grad) == (5.0, 6.0, 8.0)


def test_backward_by_hand():
    a, b = Value(2.0), Value(-3.0)
    c = a * b
    d = c + 10.0
    d.grad = 1.0
    d._backward()
    c._backward()
    assert (a.grad, b.grad) == (-3.0, 2.0)


# Python's and NumPy's protocols.


@given(anything, anything)
def test_comparisons_are_of_the_numbers(x, y):
    a, b = Value(x), Value(y)
    for other in b, y:
        assert (a < other) == (x < y)
        assert (a <= other) == (x <= y)
        assert (a > other) == (x > y)
        assert (a >= other) == (x >= y)
    assert (x < b) == (x < y)
    assert bool(a) == bool(x)
    assert float(Value(y)) == y or math.isnan(y)


def test_equality_and_hash_are_identity():
    a, b = Value(1.0), Value(1.0)
    assert a == a
    assert a != b
    assert len({a, b}) == 2
    assert max(Value(1.0), b * 2.0).data == 2.0


def test_object_arrays():
    weights = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    x = np.array([Value(0.5), Value(-0.25)])
    np.tanh(weights @ x).sum().backward()
    numbers = np.array([[1.0, 2.0], [3.0, 4.0]])
    slopes = 1.0 - np.tanh(numbers @ [0.5, -0.25]) ** 2
    np.testing.assert_allclose([v.grad for v in x], slopes @ numbers, rtol=1e-14)
    np.testing.assert_allclose(
        [[v.grad for v in row] for row in weights], np.outer(slopes, [0.5, -0.25]), rtol=1e-14
    )


@pytest.mark.parametrize("function", [np.exp, np.log, np.sqrt, np.sin, np.cos, np.tanh, np.abs])
def test_numpys_functions_call_the_methods(function):
    x = [0.5, 2.0]
    result = function(np.array([Value(v) for v in x]))
    np.testing.assert_allclose([v.data for v in result], function(x), rtol=1e-15)
    assert all(v._prev for v in result)


@pytest.mark.parametrize("name", sorted(OPERATORS))
@pytest.mark.parametrize("number", [np.float64(3.0), np.float32(3.0), np.int64(3), 3])
def test_numpys_scalars_on_either_side(name, number):
    operation = OPERATORS[name][0]
    for x, y in [(2.0, number), (number, 2.0)]:
        v = Value(2.0)
        result = operation(*(v if t == 2.0 else t for t in (x, y)))
        assert type(result) is Value
        assert result.data == operation(float(x), float(y))
        result.backward()
        assert v.grad != 0.0


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_arrays_on_either_side(name):
    operation = OPERATORS[name][0]
    array = np.array([1.0, 2.0, 4.0])
    for result, expected in [
        (operation(array, Value(2.0)), operation(array, 2.0)),
        (operation(Value(2.0), array), operation(2.0, array)),
    ]:
        assert result.dtype == object
        np.testing.assert_array_equal([v.data for v in result], expected)


def test_lists_in_arrays_stay_recorded():
    x = Value(3.0)
    (np.array([x, 2.0]) * np.stack([x, x])).sum().backward()
    assert x.grad == 8.0


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("a", r"one real number, not 'a' \(str\); convert it first: Value\(float\(text\)\)"),
        (1j, r"one real number, not 1j \(complex\); take its .real or .imag"),
        (np.arange(2), r"not array\(\[0, 1\]\) \(ndarray\); make one Value for each number"),
        ([1.0], r"not \[1.0\] \(list\); make one Value for each"),
        (None, r"one real number, not None \(NoneType\)"),
        (Value(1.0), r"\(Value\); use that Value itself, or its .data"),
    ],
)
def test_what_is_not_a_number_is_refused(data, message):
    with pytest.raises(TypeError, match=message):
        Value(data)


def test_each_parent_needs_a_partial():
    x = Value(1.0)
    for partials in (1.0,), (1.0, 2.0, 3.0):
        with pytest.raises(ValueError, match=rf"'f' has 2 parents, but {len(partials)} partials"):
            Value(1.0, (x, x), "f", partials)


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_an_operand_that_is_not_a_number_is_refused(name):
    operation = OPERATORS[name][0]
    for x, y in [(Value(1.0), "a"), (None, Value(1.0)), (Value(1.0), 1j)]:
        with pytest.raises(TypeError, match=r"one real number, not ('a'|None|1j)"):
            operation(x, y)
    with pytest.raises(TypeError, match="'<' not supported"):
        Value(1.0) < "a"  # noqa: B015


# The fused neuron.


def product_sum(w: Sequence[Value], x: Sequence[Value], b: Value) -> Value:
    return sum((wi * xi for wi, xi in zip(w, x, strict=True)), b)


FUSED = {
    "relu": (relu_and_slope, Value.relu),
    "tanh": (tanh_and_slope, Value.tanh),
    "sigmoid": (sigmoid_and_slope, Value.sigmoid),
    "identity": (None, lambda v: v),
}


@pytest.mark.parametrize("name", sorted(FUSED))
@given(pairs=st.lists(st.tuples(moderate, moderate), max_size=6), b=moderate)
def test_a_weighted_sum_is_its_products_and_sums(name, pairs, b):
    fused, method = FUSED[name]

    def values():
        return [Value(w) for w, _ in pairs], [Value(x) for _, x in pairs], Value(b)

    one, other = values(), values()
    total = product_sum(*other)
    assume(name != "relu" or abs(total.data) > 1e-9)  # from Python 3.12 on, sum() rounds once
    ours = WeightedSum(*one, activation=fused)
    theirs = method(total)
    assert ours.data == pytest.approx(theirs.data, rel=1e-14, abs=1e-14)
    (ours * 1.5).backward()
    (theirs * 1.5).backward()
    for a, c in zip((*one[0], *one[1], one[2]), (*other[0], *other[1], other[2]), strict=True):
        assert a.grad == pytest.approx(c.grad, rel=1e-14, abs=1e-14)
    assert ours._prev == {*one[0], *one[1], one[2]}
    gradients = [partial * ours.grad for partial in ours._partials]
    assert gradients == pytest.approx([v.grad for v in ours._parents], rel=1e-15)


def test_a_weighted_sum_of_shared_and_computed_values():
    x = Value(2.0)
    doubled = x * 2.0
    z = WeightedSum([x, doubled], [doubled, x], x)  # 2x² + 2x² + x
    z.backward()
    z.backward()
    assert (z.data, x.grad) == (18.0, 34.0)


def test_a_deep_network_is_freed_without_recursion():
    x = y = Value(1.0)
    w, b = Value(1.0), Value(0.0)
    for _ in range(100_000):
        y = WeightedSum([w], [y], b, relu_and_slope)
    y.backward()
    assert (x.grad, w.grad) == (1.0, 100_000.0)
    del y


def test_weights_and_inputs_must_match():
    with pytest.raises(ValueError, match="2 weights need as many inputs, not 1"):
        WeightedSum([Value(1.0), Value(2.0)], [Value(1.0)], Value(0.0))
