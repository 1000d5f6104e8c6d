"""The rows of a Jacobian, pulled back at once, are those that are pulled back one by one."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd.rows
import nn
from autograd import Tensor, debug, grad, jacobian, no_grad, vjp
from autograd.primitive import TABLE
from autograd.trace import Trace
from domains import DOMAINS, domains_of
from test_table import FEW, name


def one_by_one(f: Any, x: Any) -> np.ndarray:
    """The Jacobian of f by a backward pass for each element of its value."""
    value, pull = vjp(f, x)
    units = np.eye(np.size(value), dtype=np.asarray(value).dtype)
    rows = [pull(unit.reshape(np.shape(value)))[0] for unit in units]
    return np.reshape(np.array(rows, np.asarray(x).dtype), np.shape(value) + np.shape(x))


def rows_of(trace: Trace) -> Any:
    """The Jacobian of a function of one array that returns one, by rows whatever its shape."""
    [found] = trace.rows(trace.outputs[0])
    return found


def stacked(function: Any) -> bool:
    operation = TABLE.get(getattr(function, "__primitive__", function))
    return operation is not None and bool(operation.stacked or operation.kind == "elementwise")


@pytest.mark.parametrize("function", list(filter(stacked, DOMAINS)), ids=name)
def test_of_every_rule_that_takes_a_stack(function):
    for domain in domains_of(function):
        check_rows(domain.calls(function))


def check_rows(calls: Any) -> None:
    @settings(max_examples=FEW)
    @given(calls)
    def check(call: Any) -> None:
        for i, x in enumerate(call.arrays):

            def f(x: Any, i: int = i) -> Any:
                return call(*call.arrays[:i], x, *call.arrays[i + 1 :])

            trace = Trace(f, (x,), {}, [0])
            if np.asarray(trace.value()).dtype.kind == x.dtype.kind:
                with np.errstate(all="ignore"):
                    found, expected = rows_of(trace), one_by_one(f, x)
                assert found.dtype == expected.dtype
                np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-13)

    check()


@pytest.mark.parametrize("room", [1, 7, 1 << 17])
@given(seed=st.integers(0, 500))
def test_of_a_network_whatever_the_room(room, seed):
    model = nn.MLP(3, [4, 2], activation="tanh", rng=seed).freeze()
    x = np.random.default_rng(seed).normal(size=(2, 3))

    def f(x):
        y = model(x)
        return (np.sin(y) * x[:, :2] + y.sum(axis=0)).T

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(autograd.rows, "ROOM", room)
        found = rows_of(Trace(f, (x,), {}, [0]))
    np.testing.assert_allclose(found, one_by_one(f, x), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.stack([x[0] * x[1], x[1]]),
        lambda x: np.concatenate(np.split(x * x, 3)[::-1]),
        lambda x: np.linalg.eigh(np.outer(x, x) + np.diag(x))[0],
        lambda x: x,
        lambda x: np.ones(2),
        lambda x: x[:0],
        lambda x: np.where(x > 1, x, 2.0),
    ],
    ids=["stack", "split", "eigh", "itself", "constant", "empty", "where"],
)
def test_of_lists_of_arrays_several_outputs_and_nothing(f):
    x = np.array([0.5, 1.5, 2.5])
    np.testing.assert_allclose(rows_of(Trace(f, (x,), {}, [0])), one_by_one(f, x), rtol=1e-10)


def test_within_another_transform_they_have_a_graph():
    x = np.array([0.5, 1.5])
    by_rows = grad(lambda x: (jacobian(lambda y: np.tanh(x * y[::-1]))(x) ** 2).sum())(x)
    by_hand = grad(lambda x: ((1 - np.tanh(x * x[::-1]) ** 2) ** 2 * x**2).sum())(x)
    np.testing.assert_allclose(by_rows, by_hand)


def test_debug_still_sees_the_backward_pass():
    with debug(), pytest.raises(ArithmeticError, match="sqrt"), np.errstate(all="ignore"):
        jacobian(lambda x: np.sqrt(x) * 2)(np.array([0.0, 1.0]))


def test_what_was_changed_since_is_noticed():
    w = Tensor([1.0, 2.0], requires_grad=True)
    trace = Trace(lambda x: x * w, (np.ones(2),), {}, [0])
    with no_grad():
        w += 1
    with pytest.raises(RuntimeError, match="stale graph"):
        rows_of(trace)
