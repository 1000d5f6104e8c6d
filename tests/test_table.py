"""Every entry of the derivative table, found in the table and fed from its domain."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor
from autograd.primitive import CONSTANTS, entry
from checks import CHECKS
from domains import DOMAINS, ENTRIES, Call, broadcastable, calls, domains_of

Function = Callable[..., Any]
FEW = settings(max_examples=settings().max_examples // 6)

each_entry = pytest.mark.parametrize("function", DOMAINS, ids=lambda f: f.__name__)
each_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)


def test_every_entry_has_a_domain_and_every_domain_an_entry() -> None:
    assert {entry(function) for function in DOMAINS} == ENTRIES


@each_entry
def test_the_domain_reaches_every_rule(function: Function) -> None:
    reached = {i for domain in domains_of(function) for i, *_ in domain.places}
    assert reached == set(entry(function).rules)


@each_check
@each_entry
@FEW
@given(data=st.data())
def test_entry(function: Function, check: Callable[[Call], None], data: st.DataObject) -> None:
    check(data.draw(calls(function)))


BROADCASTING = [f for f in DOMAINS if all(d.shapes is broadcastable for d in domains_of(f))]


@pytest.mark.parametrize("function", BROADCASTING, ids=lambda f: f.__name__)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (1, 1)], ids=str)
@settings(max_examples=2)
@given(data=st.data())
def test_entry_at_0d_and_empty(
    function: Function, shape: tuple[int, ...], data: st.DataObject
) -> None:
    call = data.draw(calls(function, shape))
    for check in CHECKS:
        check(call)


@pytest.mark.parametrize("function", CONSTANTS, ids=lambda f: f.__name__)
def test_a_constant_function_gives_plain_arrays_and_no_gradient(function: Function) -> None:
    x = np.array([[0.5, -2.0], [0.0, 1.0]])
    pairs = (np.isclose, np.allclose, np.array_equal, np.shares_memory, np.may_share_memory)
    n = function.nin if isinstance(function, np.ufunc) else 2 if function in pairs else 1
    found = function(*[Tensor(x, requires_grad=True)] * n)
    expected = function(*[x] * n)
    assert type(found) is type(expected)
    if function is not np.empty_like:
        np.testing.assert_equal(found, expected)
    assert CONSTANTS[function]
