"""autograd.debug() begins its story at the element that is to blame: one bad one is planted."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Tensor, Value, relu
from autograd.primitive import TABLE
from autograd.value import WeightedSum
from cases import each


def story(program: Callable[..., Any], *args: Any) -> str | None:
    """How the story begins that debug() tells of a program; None if it tells none."""
    try:
        with warnings.catch_warnings(), autograd.debug():
            warnings.simplefilter("ignore")
            program(*args)
    except FloatingPointError as error:
        return str(error).split("\n")[0].split(": ", 1)[1]
    return None


def named(arrays: list[Any], tracked: list[bool] | None = None) -> list[Tensor]:
    """Tensors x0, x1, … of the arrays."""
    found = []
    for i, array in enumerate(arrays):
        found.append(Tensor(array, requires_grad=tracked is None or tracked[i]))
        found[-1].name = f"x{i}"
    return found


# Every function of the table that works element by element, of several arguments.

ENDS: dict[str, Callable[[Any], Any]] = {
    "": lambda y: y,
    "np.log": np.log,
    "np.sqrt": np.sqrt,
    "np.exp": np.exp,
    "1 /": lambda y: 1 / y,
}
SEVERAL = [
    f
    for f, operation in TABLE.items()
    if isinstance(f, np.ufunc)
    and getattr(np, f.__name__, None) is f
    and operation.kind == "elementwise"
    and len(operation.rules) == len(operation.arguments) > 1
]
NOT_TOLD = {  # what has no slope: a sign, a 0 at which it is taken to be 0
    np.copysign: {(0, 0.0), (1, -5.0)},
    np.divide: {(1, 1e200)},  # of which the slope underflows to 0
    np.arctan2: {(1, 1e200)},
}


@pytest.mark.parametrize("f", SEVERAL, ids=lambda f: f.__name__)
def test_a_function_s_bad_argument_is_to_blame(f: Any) -> None:
    ordinary = [np.array([0.75, 1.25, 1.5, 0.5, 1.75]), np.array([1.6, 0.7, 0.9, 1.1, 0.6])]
    wrong, met = set(), 0
    for end in ENDS.values():
        if story(lambda: np.sum(end(f(*named(ordinary)))).backward()):  # noqa: B023
            continue
        for i, bad in ((i, bad) for i in (0, 1) for bad in (0.0, -5.0, np.inf, -np.inf, 1e200)):
            arrays = [array.copy() for array in ordinary]
            arrays[i][2] = bad
            told = story(lambda: np.sum(end(f(*named(arrays)))).backward())  # noqa: B023
            met += told is not None
            if told and not told.startswith(f"x{i}[2] = "):
                wrong.add((i, bad))
    assert met
    assert wrong == NOT_TOLD.get(f, set())


# Chains: a number is carried on by what keeps it bad, beside another array that is not.

CARRIERS = {  # what is bad of p -> what can be done with it, and where it ends
    0.0: (
        """p*o o*p p/o p/o.sum() p/(p+o) p/p.sum() p**o np.minimum(p,o) np.minimum(o,p) np.fmin(p,o)
        np.where(o>0,p,o) np.where(o<0,o,p) np.maximum(p,-o) np.clip(p,-1,9) np.tanh(p) np.arctan(p)
        p[::-1][::-1] p*2 3*p p/3 p.reshape(5,1)[:,0] np.stack([o,p])[1] np.stack([p,o]).min(axis=0)
        np.stack([p,o]).prod(axis=0) np.concatenate([o,p])[5:] np.select([o>0],[p],o) relu(p)
        np.square(p) np.choose([1]*5,[o,p]) np.diag(o)@p p@np.diag(o) np.einsum("i,i->i",p,o)
        np.abs(p)""",
        ["np.log(p)", "1/p", "p**-1.0", "np.log(p.min())", "np.log(np.prod(p))", "o/p"],
    ),
    -5.0: (
        """p*o o*p p/o p/o.sum() p*2 3*p p/3 p/np.linalg.norm(p) p/np.linalg.norm(o) np.minimum(p,o)
        np.maximum(p,-1e9*o) np.where(o>0,p,o) np.clip(p,-1e9,9) np.cbrt(p) p[::-1][::-1] np.tanh(p)
        p+p p-o/1e6 np.stack([o,p])[1] np.stack([p,o]).min(axis=0) np.stack([p,o]).prod(axis=0)
        p*3-o/1e6 np.arctan2(p,o) np.diag(o)@p p@np.diag(o) np.einsum("i,i->i",p,o)
        np.concatenate([o,p])[5:]""",
        ["np.log(p)", "np.sqrt(p)", "p**0.5", "np.sqrt(np.prod(p))", "np.log10(p.min())"],
    ),
    1e6: (
        """p*o o*p p/o p+o o+p p-o np.maximum(o,p) np.where(o>0,p,o) p[::-1][::-1] np.hypot(p,o) p*2
        np.stack([o,p])[1] np.stack([o,p]).max(axis=0) np.stack([o,p]).sum(axis=0) np.logaddexp(o,p)
        np.diag(o)@p p@np.diag(o) np.einsum("i,i->i",o,p) p*o-o np.abs(p) np.fmax(p,o)""",
        ["np.exp(p)", "np.exp(p.sum())", "np.exp(p).sum()", "p**99", "2.0**p", "np.exp(o*p)"],
    ),
}


@given(
    st.sampled_from(sorted(CARRIERS)),
    st.integers(0, 4),
    st.integers(0, 2**32),
    st.sampled_from([(True, True), (True, False), (False, True)]),
    st.data(),
)
def test_a_chain_s_story_begins_at_the_planted_element(
    bad: float, place: int, seed: int, tracked: list[bool], data: Any
) -> None:
    carriers, ends = CARRIERS[bad]
    steps = data.draw(st.lists(st.sampled_from(carriers.split()), max_size=4))
    steps.append(data.draw(st.sampled_from(ends)))
    arrays = list(np.random.default_rng(seed).uniform(0.5, 1.5, (2, 5)))
    arrays[0][place] = bad
    if not tracked[0]:
        steps.insert(0, "p*o")

    def program() -> None:
        p, o = named(arrays, tracked)
        for step in steps:
            p = eval(step, {"np": np, "relu": relu, "p": p, "o": o})
        np.sum(p).backward()

    told = story(program)
    assert told is not None
    assert re.match(rf"x0\[{place}\] = |element \[{place}\] of ", told), told


@each(
    ("program", "start"),
    [
        (lambda x, k: np.log(x / x.sum()), "x0[1] = 0"),
        (lambda x, k: np.log(x / k), "x0[1] = 0"),
        (lambda x, k: -(x / k * np.log(x / k)), "x0[1] = 0"),
        (lambda x, k: np.log(np.minimum(x, k)), "x0[1] = 0"),
        (lambda x, k: np.log(np.where(k > 0, x, k)), "x0[1] = 0"),
        (lambda x, k: np.log(np.clip(x, x, k)), "x0[1] = 0"),
        (lambda x, k: np.log(1 / (k / x)), "x0[1] = 0"),  # by way of an infinity
        (lambda x, k: np.log(np.exp(-k * 1e6)), "x1 = 7"),
        (lambda x, k: np.sqrt((x - k) / k), "x1 = 7"),
    ],
)
def test_what_made_a_0_is_to_blame(program: Any, start: str) -> None:
    told = story(lambda: program(*named([np.array([2.0, 0.0]), np.array(7.0)])))
    assert told is not None
    assert told.startswith(start)


@each(
    ("program", "start"),
    [
        (lambda x, y: (y / (x + y)).log(), "y = 0"),
        (lambda x, y: (x * y).log(), "y = 0"),
        (lambda x, y: (y * x).log(), "y = 0"),
        (lambda x, y: ((y - x) / (x + 9)).log(), "x = 2"),
        (lambda x, y: ((x - 5) / (x + 9)).sqrt(), "x = 2 → 2 - 5"),
        (lambda x, y: ((x - 5) * (x + 9)).log(), "x = 2 → 2 - 5"),
        (lambda x, y: 1 / (x / (x / y)), "y = 0"),
    ],
)
def test_of_values_too(program: Any, start: str) -> None:
    x, y = Value(2.0), Value(0.0)
    told = story(lambda: program(x, y))
    assert told is not None
    assert told.startswith(start)


@each(
    ("program", "start"),
    [
        (lambda x: x / np.linalg.norm(x, axis=1, keepdims=True), "x0[1, 0] = 0 → np.linalg.norm"),
        (lambda x: x / np.linalg.norm(x[1]), "x0[1, 0] = 0 → indexing[0] = 0 "),
        (lambda x: np.log(np.var(x, axis=1)), "x0[1, 0] = 0 → np.var[1] = 0"),
        (lambda x: 1 / np.std(x, axis=1), "x0[1, 0] = 0 → np.std[1] = 0"),
        (lambda x: np.log(abs(np.prod(x, axis=1))), "x0[1, 0] = 0 → np.prod[1] = 0"),
        (lambda x: np.log(autograd.softmax(x)), "x0[0, 1] = -1000 → softmax[0, 1] = 0"),
        (lambda x: np.log(np.linalg.det(x[:, :2])), "x0[1, 0] = 0 → "),
        (lambda x: x @ np.diag([0.0, np.inf, 1.0]), "element [1, 1] of argument 'y' = inf"),
    ],
)
def test_what_has_no_slope_has_a_cause_all_the_same(program: Any, start: str) -> None:
    x = np.array([[1.0, -1000.0, 2.0], [0.0, 0.0, 0.0]])
    told = story(lambda: np.sum(program(*named([x]))).backward())
    assert told is not None
    assert told.startswith(start), told


@each(
    ("program", "advice"),
    [
        (lambda s: s - s.max(axis=1, keepdims=True), "a row that is masked as a whole"),
        (lambda s: np.log(autograd.softmax(s)), "logarithm of 0"),
        (lambda s: np.sqrt(autograd.softmax(s)), "square root"),
    ],
)
@each("mask", [np.full((2, 3), -np.inf), -np.inf])
def test_advice_on_a_mask_is_for_what_it_led_to(mask: Any, program: Any, advice: str) -> None:
    (scores,) = named([np.array([[0.5, 1.0, 2.0], [1.0, 3.0, 0.5]])])
    with pytest.raises(FloatingPointError, match=advice), autograd.debug():
        np.sum(program(np.where([[False], [True]], mask, scores))).backward()


def test_a_story_shows_what_grew_in_a_loop() -> None:
    W, h = named([np.diag([1e3, 0.5, 2.0]), np.ones(3)])

    def program(h: Any) -> None:
        for _ in range(120):
            h = W @ h
        h.sum().backward()

    told = story(program, h)
    assert told is not None
    assert told.startswith("x0[0, 0] = 1000 → np.matmul[0] = 1e+06 (")
    assert re.search(
        r"→ … \d+ operations … → .* np.matmul\[0\] = 1e\+306 .* → np.mat.* = inf", told
    )


def test_a_weighted_sum_is_explained_by_its_largest_terms() -> None:
    small, large, zero = Value(3.0), Value(1e155), Value(-1.0).relu()
    told = story(lambda: WeightedSum([large, small], [Value(2.0), zero.relu()], Value(0.0)) ** 2)
    assert told is not None
    assert told.startswith("large = 1e+155 → weighted sum = 2e+155")
