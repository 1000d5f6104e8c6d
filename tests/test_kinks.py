"""Where numbers show a kink of any function, the ledger of autograd.debug() has an entry."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

import autograd
import nn
from autograd import Tensor
from autograd.primitive import NDArray, public_name
from autograd.rules.elementwise import raised
from autograd.rules.linalg import pseudoinverse
from autograd.testing.call import Call
from cases import each
from domains import DOMAINS, domains_of

_EQUAL = "which of equal elements is kept, or how many, is an index: a constant"
_SINGULAR = "the matrix is singular, but for rounding: it is not finite there"
_POWER = "0 ** 0 is 1, and beside it are 0 and nan: a point, not a kink of x ** 2"
_SIGN = "it jumps at a sign of 0, which is most often a constant, as in copysign(x, 0.0)"
NOT_SEEN: dict[Any, str] = {
    np.piecewise: "the caller says where its pieces meet, by booleans: constants",
    np.select: "the caller says where its pieces meet, by booleans: constants",
    np.unique: _EQUAL,
    np.setxor1d: _EQUAL,
    np.union1d: _EQUAL,
    np.linalg.cond: _SINGULAR,
    np.power: _POWER,
    np.float_power: _POWER,
    np.emath.power: _POWER,
    np.power.outer: _POWER,
    np.float_power.outer: _POWER,
    raised: _POWER,
    np.copysign: _SIGN,
    np.copysign.outer: _SIGN,
}
BY_NAME = {
    "scipy.linalg.sqrtm": _SINGULAR,
    "scipy.linalg.solve_sylvester": _SINGULAR,
    "scipy.linalg.solve_continuous_lyapunov": _SINGULAR,
    "scipy.linalg.eig": "its eigenvalue is 0 but for rounding, where abs has its kink",
    "scipy.linalg.eigvals": "its eigenvalue is 0 but for rounding, where abs has its kink",
}


def grids(arrays: list[NDArray]) -> Iterator[list[NDArray]]:
    """Where there are ties, zeros and whole numbers."""
    wide = [np.asarray(a, complex if a.dtype.kind == "c" else float) for a in arrays]
    yield [np.round(a) for a in wide]
    yield [np.round(2 * a) / 2 for a in wide]
    yield [np.zeros_like(a) for a in wide]


def bends(call: Callable[..., Any], arrays: list[NDArray]) -> bool:
    """Whether the slopes to both sides differ, along a line through a point: also at a jump."""
    rng = np.random.default_rng(0)
    line = [rng.uniform(0.5, 1.5, a.shape) * rng.choice([-1, 1], a.shape) for a in arrays]

    def value(h: float) -> NDArray:
        return np.asarray(call(*(a + h * d for a, d in zip(arrays, line, strict=True))))

    here = value(0)
    weights = rng.uniform(1, 2, here.shape)
    wide, near = (
        np.abs(np.sum(weights * (value(h) + value(-h) - 2 * here))) / h for h in (1e-4, 1e-5)
    )
    return bool(wide < np.inf and 1e-2 < near < np.inf and near > 0.5 * wide)


def is_told(call: Callable[..., Any], arrays: list[NDArray]) -> bool:
    """Whether debug() has a kink in its ledger, or an error, as of an infinite slope."""
    try:
        with autograd.debug() as session:
            out = call(*(Tensor(a, requires_grad=True) for a in arrays))
            out.backward(np.random.default_rng(0).uniform(1, 2, out.shape))
    except (FloatingPointError, np.linalg.LinAlgError, ValueError):
        return True
    return bool(session.kinks)


def missed(function: Any, examples: int) -> list[str]:
    found = []

    def look(call: Call) -> None:
        for arrays in grids(call.arrays):
            try:
                there = bends(call.value, arrays)
            except Exception:  # not a matrix of full rank, say
                continue
            if there and not is_told(call, arrays):
                found.append(f"{call!r}, of {arrays}")

    few = settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for domain in domains_of(function):
            few(given(domain.calls(function))(look))()
    return found


@pytest.mark.parametrize("function", DOMAINS, ids=public_name)
def test_what_numbers_show_is_in_the_ledger(function: Any) -> None:
    if function not in NOT_SEEN and public_name(function) not in BY_NAME:
        assert missed(function, examples=2) == []


ONES = np.ones(3)


@each(
    "f",
    [
        *nn.activations.ACTIVATIONS.values(),
        lambda x: nn.activations.elu(x, 2.0),
        lambda x: nn.mae(x, ONES),
        lambda x: nn.huber(x, ONES),
        lambda x: nn.hinge(x, ONES),
        lambda x: nn.hinge(x, ONES, reduction="sum"),
        lambda x: nn.mse(x, ONES),
        lambda x: np.interp(x, [-1.0, 0.0, 1.0], [0.0, 1.0, 0.0]),
        lambda x: np.interp(x, [-1.0, 0.5, 1.0], [0.0, 1.0, 0.0], left=-1.0),
        lambda x: np.max(x, initial=1.0),
        lambda x: np.min(x, initial=1.0, where=np.array([True, True, False])),
        lambda x: np.linalg.norm(x, 0.5),
        lambda x: np.linalg.norm(x, 1),
        lambda x: np.linalg.norm(x, np.inf),
    ],
)
def test_those_of_the_librarys_own_and_of_options(f: Any) -> None:
    call = Call(f, (np.zeros(3),), {})
    for x in ([0.0, 1.0, -1.0], [1.0, 1.0, 2.0], [0.0, 0.0, 0.0], [2.0, 0.3, 1.0]):
        if bends(call.value, [np.array(x)]):
            assert is_told(call, [np.array(x)])
    assert not is_told(call, [np.array([0.3, 0.7, 2.6])])


def test_the_search_finds_a_kink_that_is_not_in_the_ledger(monkeypatch: Any) -> None:
    monkeypatch.setattr("autograd.debugging.session.kinks_of", lambda *_: [])
    assert missed(np.maximum, examples=2) != []
    assert missed(pseudoinverse, examples=2) != []
