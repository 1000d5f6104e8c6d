"""Every entry of the derivative table, found in the table and fed from its domain."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor
from autograd.primitive import COMPOSED, REFUSED, TABLE, primitive, public_name
from autograd.primitive import CONSTANTS as PLAIN
from calls import Call, broadcastable
from checks import CHECKS
from domains import CONSTANTS, DOMAINS, ENTRIES, calls, domains_of

Function = Callable[..., Any]
FEW = settings(max_examples=settings().max_examples // 6)


def name(value: Any) -> str:
    return public_name(value) if callable(value) else str(value)


each_function = pytest.mark.parametrize("function", DOMAINS, ids=name)


def test_every_function_has_a_domain_and_every_domain_a_function() -> None:
    assert {getattr(function, "__primitive__", function) for function in DOMAINS} == ENTRIES


def test_a_function_is_in_one_table() -> None:
    tables = [TABLE | COMPOSED, PLAIN, REFUSED]  # a composition may add keywords to an entry
    assert sum(map(len, tables)) == len(set().union(*tables))


@each_function
def test_the_domain_reaches_every_rule(function: Function) -> None:
    operation = TABLE.get(getattr(function, "__primitive__", function))
    domains = domains_of(function)
    if operation is not None and not any(domain.via for domain in domains):
        assert {i for domain in domains for i, *_ in domain.places} == set(operation.rules)


@each_function
@FEW
@given(data=st.data())
def test_function(function: Function, data: st.DataObject) -> None:
    check_all(data.draw(calls(function)))


def check_all(call: Call) -> None:
    """Every check on the same call: ten times faster than a test for each."""
    for check in CHECKS:
        try:
            check(call)
        except Exception as error:
            error.add_note(f"{check.__name__} of {call!r}: {check.__doc__}")
            raise


BROADCASTING = [f for f in DOMAINS if all(d.shapes is broadcastable for d in domains_of(f))]


@pytest.mark.parametrize("function", BROADCASTING, ids=name)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (1, 1)], ids=str)
@settings(max_examples=2)
@given(data=st.data())
def test_function_at_0d_and_empty(
    function: Function, shape: tuple[int, ...], data: st.DataObject
) -> None:
    check_all(data.draw(calls(function, shape)))


@pytest.mark.parametrize("function", PLAIN, ids=name)
def test_a_constant_function_gives_plain_arrays_and_no_gradient(function: Function) -> None:
    x = np.array([[0.5, -2.0], [0.0, 1.0]])
    arguments = CONSTANTS.get(function, lambda x: [x] * getattr(function, "nin", 1))
    ours = str(getattr(function, "__module__", "")).startswith("autograd")  # no protocol of NumPy's
    called = primitive(function) if ours else function
    found = called(*arguments(Tensor(x, requires_grad=True)))
    expected = function(*arguments(x))
    assert type(found) is type(expected)
    if function is not np.empty_like:
        np.testing.assert_equal(found, expected)
    assert PLAIN[function]
