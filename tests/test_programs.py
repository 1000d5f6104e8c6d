"""Random programs, four ways: reverse and forward mode, numbers, and the scalar twin of Values."""

import re

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from autograd import Value, derivative, grad, jvp, primitive, vjp
from autograd.testing import check_grads
from autograd.testing.strategies.programs import ON_VALUES, STEPS, programs

values = np.frompyfunc(Value, 1, 1)  # an array of numbers as an array of Values
grads = np.frompyfunc(lambda value: value.grad, 1, 1)


def several(outputs):
    """What a program returns, as a tuple."""
    return outputs if isinstance(outputs, tuple) else (outputs,)


def weights(shape):
    """Different numbers in that shape: a cotangent in which no mistake can hide."""
    return np.cos(np.arange(np.prod(shape, dtype=int)).reshape(shape) + 1.0)


@given(programs())
def test_reverse_and_forward_mode_agree_with_numbers(program):
    check_grads(program, *program.inputs, order=1)


@given(programs(max_lines=5, max_dims=1))
def test_second_derivatives_agree_with_numbers(program):
    check_grads(program, *program.inputs)


@given(programs())
def test_reverse_and_forward_mode_agree_to_the_last_digits(program):
    tangents = [weights(x.shape) for x in program.inputs]
    outputs, pull = vjp(program, *program.inputs)
    _, moved = jvp(program, program.inputs, tangents)
    cotangents = tuple(weights(out.shape) for out in several(outputs))
    gradients = pull(cotangents if isinstance(outputs, tuple) else cotangents[0])
    reverse = [np.sum(g * t) for g, t in zip(gradients, tangents)]
    forward = [np.sum(g * t) for g, t in zip(cotangents, several(moved))]
    size = np.sum(np.abs([*reverse, *forward]))
    assert sum(forward) == pytest.approx(sum(reverse), abs=1e-10 * (1 + size))


@given(programs(steps=ON_VALUES))
def test_the_scalar_twin_has_the_same_gradients(program):
    """NumPy runs the program on arrays of Values, element by element, with no Tensor involved."""
    twins = [values(x) for x in program.inputs]
    twin_outputs = several(program(*twins))
    loss = sum(np.sum(weights(np.shape(out)) * out) for out in twin_outputs)
    loss.backward()
    outputs, pull = vjp(program, *program.inputs)
    for out, twin in zip(several(outputs), twin_outputs, strict=True):
        np.testing.assert_allclose(out, np.float64(twin), rtol=1e-12, atol=1e-12)
    cotangents = tuple(weights(out.shape) for out in several(outputs))
    gradients = pull(cotangents if isinstance(outputs, tuple) else cotangents[0])
    for gradient, twin in zip(gradients, twins, strict=True):
        expected = np.float64(grads(twin))
        size = np.max(np.abs(expected))
        np.testing.assert_allclose(gradient, expected, rtol=1e-11, atol=1e-11 * (1 + size))


@given(programs())
def test_tensors_have_the_values_of_arrays(program):
    recorded, _ = vjp(program, *program.inputs)
    for out, expected in zip(several(recorded), several(program(*program.inputs)), strict=True):
        # To the last digit but for compositions, such as a norm, which round in other places.
        np.testing.assert_allclose(out, expected, rtol=1e-14)
        assert out.dtype == expected.dtype


@given(programs(dtype=np.float32, scalar=True))
def test_float32_stays_float32(program):
    for gradient in grad(program, range(len(program.inputs)))(*program.inputs):
        assert gradient.dtype == np.float32
    assert program(*program.inputs).dtype == np.float32


@given(programs())
def test_the_inputs_are_never_changed(program):
    before = [x.copy() for x in program.inputs]
    vjp(program, *program.inputs)
    program(*program.inputs)
    for x, expected in zip(program.inputs, before, strict=True):
        np.testing.assert_array_equal(x, expected)


# The strategy itself.


@given(programs())
def test_a_program_prints_as_python_that_can_be_pasted(program):
    scope = {"np": np}
    exec(repr(program), scope)
    again = scope["program"](*scope["inputs"])
    for out, expected in zip(several(again), several(program(*program.inputs)), strict=True):
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("step", STEPS)
def test_every_step_is_taken_by_some_program(step):
    first = settings(database=None, phases=[Phase.generate], max_examples=500)
    find(programs(steps={step: STEPS[step]}), lambda program: program.lines, settings=first)


@given(programs())
def test_every_line_matters(program):
    *lines, last = f"{program.source}".splitlines()[1:]
    for line in lines:
        name = re.match(r" *(\w+)", line)[1]
        assert any(
            re.search(rf"\b{name}\b", later) for later in [*lines[lines.index(line) + 1 :], last]
        )


@given(programs(scalar=True))
def test_a_scalar_program_returns_a_number(program):
    assert np.shape(program(*program.inputs)) == ()


@given(st.data())
def test_a_hole_that_is_not_known_is_named(data):
    with pytest.raises(
        ValueError, match="has the hole w, which nothing is known to fill; use one of x,"
    ):
        data.draw(programs({"np.sin({w})": ""}))


# A mistake in an operation is found, and shown in the shortest program that has it.


@primitive
def cube(x):
    return x**3


derivative(cube, x=lambda g, x: 2 * g * x**2)  # not 3


def is_wrong(program):
    """Whether the gradient is not the slope along one direction: a quick look."""
    gradients = grad(program, range(len(program.inputs)))(*program.inputs)
    ahead, behind = (program(*(x + step for x in program.inputs)) for step in (1e-5, -1e-5))
    return abs((ahead - behind) / 2e-5 - sum(map(np.sum, gradients))) > 1e-3


def test_a_mistake_is_found_and_shrinks_to_one_line():
    steps = {"np.sin({x})": "", "{x} * {y}": "", "np.sum({x}, axis={axes})": ""}
    strategy = programs({"cube({x})": ""}, names={"cube": cube}, steps=steps, scalar=True)
    program = find(strategy, is_wrong, settings=settings(database=None, derandomize=True))
    assert program.lines == ("v0 = cube(x0)",)
    assert program.result == "np.sum(v0)"
    assert [x.shape for x in program.inputs] == [()]
