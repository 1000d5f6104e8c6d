"""Every entry of the derivative table, found in the table and fed from its domain."""

import inspect
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from autograd import Tensor
from autograd.primitive import COMPOSED, REFUSED, TABLE, primitive, public_name
from autograd.primitive import CONSTANTS as PLAIN
from domains import CONSTANTS, DOMAINS, ENTRIES, domains_of, is_ours

Function = Callable[..., Any]
FEW = max(2, settings().max_examples // 8)  # calls of each function


def name(value: Any) -> str:
    return public_name(value) if callable(value) else str(value)


each_function = pytest.mark.parametrize("function", DOMAINS, ids=name)


def test_every_function_has_a_domain_and_every_domain_a_function() -> None:
    assert {getattr(function, "__primitive__", function) for function in DOMAINS} == ENTRIES


def test_a_function_is_in_one_table() -> None:
    tables = [TABLE | COMPOSED, PLAIN, REFUSED]  # a composition may add keywords to an entry
    assert sum(map(len, tables)) == len(set().union(*tables))


def test_no_function_is_registered_twice() -> None:
    program = """
import importlib.util, sys, types
class Once(dict):
    def __setitem__(self, function, value):
        assert function not in self, function
        super().__setitem__(function, value)
spec = importlib.util.find_spec("autograd")
package = sys.modules["autograd"] = types.ModuleType("autograd")
package.__path__ = spec.submodule_search_locations
import autograd.primitive as tables
tables.TABLE, tables.COMPOSED, tables.CONSTANTS, tables.REFUSED = Once(), Once(), Once(), Once()
del sys.modules["autograd"]
import autograd
assert len(tables.TABLE) > 100
try:
    tables.constant("planted", *tables.CONSTANTS)
except AssertionError:
    print("planted")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("planted\n", "")


def test_the_domains_reach_every_rule() -> None:
    for function in DOMAINS:
        operation = TABLE.get(getattr(function, "__primitive__", function))
        domains = domains_of(function)
        if operation is not None and not any("via" in domain.options for domain in domains):
            reached = set().union(*(domain.reached for domain in domains))
            assert reached == set(operation.rules), name(function)


@each_function
def test_function(function: Function) -> None:
    domains = domains_of(function)
    for domain in domains:
        domain.check(function, examples=max(1, FEW // len(domains)))


BROADCASTING = [f for f in DOMAINS if all("shapes" not in d.options for d in domains_of(f))]


@pytest.mark.parametrize("function", BROADCASTING, ids=name)
@pytest.mark.parametrize("shape", [(), (2, 0, 3), (0,), (1, 1)][: 2 if FEW < 5 else 4], ids=str)
def test_function_at_0d_and_empty(function: Function, shape: tuple[int, ...]) -> None:
    domains = domains_of(function)
    for domain in domains:
        alike = domain.but(shapes=lambda n: st.just([shape] * n))
        alike.check(function, examples=max(1, FEW // 2 // len(domains)))


@pytest.mark.parametrize("function", list(filter(is_ours, PLAIN)), ids=name)
def test_a_constant_function_gives_plain_arrays_and_no_gradient(function: Function) -> None:
    x = np.array([[0.5, -2.0], [0.0, 1.0]])
    arguments = CONSTANTS.get(function, lambda x: [x] * getattr(function, "nin", 1))
    module = str(getattr(function, "__module__", ""))
    is_plain = module.startswith(("autograd.", "scipy."))  # without a protocol of NumPy's
    called = primitive(function) if is_plain else function
    found = called(*arguments(Tensor(x, requires_grad=True)))
    expected = function(*arguments(x))
    assert type(found) is type(expected)
    if function is not np.empty_like:
        np.testing.assert_equal(found, expected)
    assert PLAIN[function]


# What changes no number, or leaves nothing to test.
UNFED = {"order", "copy", "subok", "optimize", "sorted", "overwrite_input", "check_finite"}


def test_the_domains_feed_every_argument() -> None:
    for function in DOMAINS:
        missing = ", ".join(sorted(unfed(function)))
        assert not missing, f"no line of {name(function)}'s domain has {missing}"


def unfed(function: Function) -> set[str]:
    """The arguments of a function that no line of its domain gives."""
    raw, domains = getattr(function, "__primitive__", function), domains_of(function)
    if any("via" in domain.options for domain in domains):
        return set()  # which may call it in any way
    fed = {name for domain in domains for name in domain.static}
    length = max(len(domain.arguments) for domain in domains)
    missing: set[str] = set()
    if raw in COMPOSED:
        parameters = inspect.signature(COMPOSED[raw]).parameters.values()
        names = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        missing = set(names[length:]) - fed
    if raw in TABLE:
        operation = TABLE[raw]
        known = {operation.position.get(name) for name in fed}
        rest = range(length, len(operation.arguments))
        more = {operation.arguments[i] for i in rest if i not in known}
        missing = more | (missing - set(operation.position))
    return {name for name in missing if name not in UNFED and not name.startswith("overwrite_")}
