"""Tests of the tests: faults are planted, one at a time, and found by the checks of check_op."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

import autograd.graph
import autograd.tensor
from autograd import Tensor, affine, relu, sigmoid, softmax, softplus
from autograd.primitive import COMPOSED, Operation, Rule, entry
from autograd.rules.elementwise import over
from autograd.rules.indexing import index, put
from autograd.rules.shaping import unbroadcast
from autograd.testing import checks
from autograd.testing.call import Call
from domains import calls

Plant = Callable[[pytest.MonkeyPatch], Any]


class Fault(NamedTuple):
    what: str
    at: Any  # the function for which the check finds it
    plant: Plant


# Ways to plant one.


def rule(function: Any, argument: str, new: Rule) -> Plant:
    """Another rule for one argument."""
    return lambda patch: fresh(function, patch).add_rule(argument, new)


def swapped(function: Any, first: str, second: str) -> Plant:
    """The rules of two arguments exchanged."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        operation = fresh(function, patch)
        i, j = operation.position[first], operation.position[second]
        operation.rules[i], operation.rules[j] = operation.rules[j], operation.rules[i]

    return plant


def scaled(function: Any, argument: str, factor: float) -> Plant:
    """What the rule for one argument gives, times a factor."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        operation = fresh(function, patch)
        old, asks = operation.rules[operation.position[argument]]
        new = (lambda g, *asked: old(g, *asked) * factor), asks
        operation.rules[operation.position[argument]] = new

    return plant


def kind(function: Any, label: Any) -> Plant:
    """Another label."""
    return lambda patch: patch.setattr(entry(function), "kind", label)


def runs(function: Any, new: Callable[..., Any]) -> Plant:
    """Another value."""
    return lambda patch: patch.setattr(entry(function), "run", new)


def engine(name: str, new: Callable[..., Any]) -> Plant:
    """Another helper in the sweep."""
    return lambda patch: patch.setattr(autograd.graph, name, new)


def composition(function: Any, new: Callable[..., Any]) -> Plant:
    """Another composition of other functions."""
    return lambda patch: patch.setitem(COMPOSED, function, new)


def both(first: Plant, second: Plant) -> Plant:
    return lambda patch: (first(patch), second(patch))


def plans(function: Any, change: Callable[[int, Any], Any]) -> Plant:
    """What `change` makes of the plan for each mask."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        operation = fresh(function, patch)
        make = operation.plan

        def plan(mask: int) -> Any:
            operation.plans[mask] = change(mask, make(mask))
            return operation.plans[mask]

        patch.setattr(operation, "plan", plan)

    return plant


def fresh(function: Any, patch: pytest.MonkeyPatch) -> Operation:
    """The entry, with rules and plans of its own until the patch is undone."""
    operation = entry(function)
    patch.setattr(operation, "rules", dict(operation.rules))
    patch.setattr(operation, "plans", {})
    return operation


# The less simple faults.


def constants_in_kept(function: Any) -> Plant:
    """What the node kept counts as constant at second order."""
    return plans(function, lambda mask, p: p._replace(sources=(None,) * len(p.sources)))


def frozen_mask(patch: pytest.MonkeyPatch) -> None:
    """relu's mask is computed once for each shape."""
    masks: dict[Any, Any] = {}
    rule(relu, "x", lambda g, ans: g * masks.setdefault(ans.shape, ans > 0))(patch)


def keeps_foreign(patch: pytest.MonkeyPatch) -> None:
    """The caller's arrays are kept without a copy."""
    patch.setattr(autograd.tensor, "_copy_foreign", lambda raw, foreign, positions: None)


def ties_give(share: float) -> Plant:
    """At a tie, maximum gives each argument that share."""
    return both(
        rule(np.maximum, "x", lambda g, x, y: g * np.where(x == y, share, x > y)),
        rule(np.maximum, "y", lambda g, x, y: g * np.where(x == y, share, y > x)),
    )


wrong_when_alone = plans(
    np.multiply,
    lambda mask, p: p._replace(pulls=(lambda g, kept, to: g * 2,)) if mask == 1 else p,
)
float64_gradient = both(
    rule(np.sin, "x", lambda g, x: g.astype(float) * np.cos(x)),
    engine("cast", lambda x, dtype: x),
)
kept_itself = both(
    rule(np.exp, "x", lambda g, ans: ans),
    engine("_own", lambda gradient: gradient),
)


def in_place(g: Any, ans: Any) -> Any:
    ans *= g
    return ans.copy()


def overwrite(g: Any, key: Any, to: Any) -> Any:
    out = np.zeros(to)
    out[key] = g
    return out


def reverse(g: Any, to: Any, axis: Any) -> Any:
    return JOIN(g, to, axis)[::-1]


def same_axes(g: Any, axes: Any) -> Any:
    return np.transpose(g, axes)


def in_memory_order(g: Any, x: Any) -> Any:
    return g * 2 * np.reshape(np.ravel(x, "K"), x.shape)


def constant(x: Any) -> Any:
    return x.detach() if type(x) is Tensor else x


def backwards(start: Any, stop: Any, num: int, endpoint: bool = True, axis: int = 0) -> Any:
    share = np.reshape(np.linspace(0, 1, num, endpoint), (num,) + (1,) * np.ndim(start + stop))
    return stop * (1 - share) + start * share


JOIN = entry(np.concatenate).rules[0][0]
SPREAD = entry(np.sum).rules[0][0]

# For each check, the faults that it finds.
FAULTS: dict[Callable[[Call], None], list[Fault]] = {
    checks.value_is_the_same: [
        Fault("one bit off", np.cos, runs(np.cos, lambda x: np.nextafter(np.cos(x), 9))),
        Fault("another function", np.expm1, runs(np.expm1, np.exp)),
        Fault("another composition", np.linspace, composition(np.linspace, backwards)),
        Fault("in another shape", np.max, runs(np.max, lambda x, axis, keep: np.max(x, axis))),
    ],
    checks.gradients_are_right: [
        Fault("a flipped sign", np.sin, scaled(np.sin, "x", -1)),
        Fault("a factor of 2", np.tanh, scaled(np.tanh, "x", 2)),
        Fault("a factor of 1.0001", np.exp, scaled(np.exp, "x", 1.0001)),
        Fault("a factor in one argument", np.power, scaled(np.power, "y", 2)),
        Fault("zero", np.log, rule(np.log, "x", lambda g: g * 0)),
        Fault("without g", np.sqrt, rule(np.sqrt, "x", lambda g, ans: 0.5 / ans)),
        Fault("without its 2", np.square, rule(np.square, "x", lambda g, x: g * x)),
        Fault("without its minus", np.subtract, rule(np.subtract, "y", lambda g: g)),
        Fault("x where y is meant", np.multiply, rule(np.multiply, "x", lambda g, x: g * x)),
        Fault("swapped arguments", np.divide, swapped(np.divide, "x", "y")),
        Fault("swapped branches", np.where, swapped(np.where, "x", "y")),
        Fault("the smaller one", np.maximum, swapped(np.maximum, "x", "y")),
        Fault("swapped bounds", np.clip, swapped(np.clip, "low", "high")),
        Fault("no bounds", np.clip, rule(np.clip, "x", lambda g: g)),
        Fault("a frozen mask", relu, frozen_mask),
        Fault("no transposition", affine, rule(affine, "x", lambda g, weight: g @ weight.T)),
        Fault("saturated", sigmoid, rule(sigmoid, "x", lambda g, ans: g * ans)),
        Fault("at -x", softplus, rule(softplus, "x", lambda g, x: g * sigmoid(-x))),
        Fault("a diagonal", softmax, rule(softmax, "x", lambda g, ans: g * ans * (1 - ans))),
        Fault("without the count", np.mean, rule(np.mean, "x", SPREAD)),
        Fault("the same axes", np.transpose, rule(np.transpose, "x", same_axes)),
        Fault("the wrong order", np.reshape, rule(np.reshape, "x", lambda g, to: g.reshape(to))),
        Fault("always axis 0", np.stack, rule(np.stack, "xs", lambda g: list(g))),
        Fault("in reverse", np.concatenate, rule(np.concatenate, "xs", reverse)),
        Fault("repeats overwritten", index, rule(index, "x", overwrite)),
        Fault("what was replaced", put, rule(put, "x", lambda g: g)),
        Fault("no conjugate", np.abs, rule(np.abs, "x", lambda g, x: over(g * x, np.abs(x)))),
        Fault("conjugated", np.sin, rule(np.sin, "x", lambda g, x: g * np.cos(np.conj(x)))),
        Fault("the wrong half-plane", np.imag, rule(np.imag, "x", lambda g: 1j * g)),
        Fault("no unbroadcast", np.add, engine("unbroadcast", lambda x, to: np.resize(x, to))),
        Fault("half of it", np.add, engine("unbroadcast", lambda x, to: unbroadcast(x, to) / 2)),
        Fault("detached", np.exp, rule(np.exp, "x", lambda g, ans: g * constant(ans))),
        Fault("a constant argument", np.sin, constants_in_kept(np.sin)),
        Fault("a constant output", np.tanh, constants_in_kept(np.tanh)),
        Fault("a constant partner", np.multiply, constants_in_kept(np.multiply)),
        Fault("the slope's slope", softplus, scaled(sigmoid, "x", 2)),
    ],
    checks.forward_meets_reverse: [
        Fault("linear with a bias", affine, kind(affine, "linear")),
        Fault("a linear curve", np.exp, kind(np.exp, "linear")),
        Fault("a linear sum of two", np.add, kind(np.add, "linear")),
        Fault("a linear extreme", np.max, kind(np.max, "linear")),
        Fault("an elementwise sum", np.sum, kind(np.sum, "elementwise")),
        Fault("an elementwise transposition", np.transpose, kind(np.transpose, "elementwise")),
        Fault("an elementwise product", np.matmul, kind(np.matmul, "elementwise")),
        Fault("a rule that is no transpose", np.negative, scaled(np.negative, "x", -1)),
    ],
    checks.any_mix_of_tensors_and_arrays: [
        Fault("the caller's array kept", np.multiply, keeps_foreign),
        Fault("another rule for each mask", np.multiply, wrong_when_alone),
    ],
    checks.single_stays_single: [
        Fault("a float64 gradient", np.sin, float64_gradient),
        Fault("a float64 value", np.sin, runs(np.sin, lambda x: np.sin(x, dtype=np.float64))),
    ],
    checks.layout_changes_nothing: [
        Fault("memory order", np.square, rule(np.square, "x", in_memory_order)),
    ],
    checks.memory_is_its_own: [
        Fault("the seed itself", np.add, engine("_own", lambda gradient: gradient)),
        Fault("what was kept", np.exp, kept_itself),
        Fault("changed in place", np.exp, rule(np.exp, "x", in_place)),
    ],
    checks.the_same_tensor_twice: [
        Fault("ties give nothing", np.maximum, ties_give(0)),
        Fault("ties give all to both", np.maximum, ties_give(1)),
    ],
}  # fmt: skip


CASES = [(check, fault) for check, faults in FAULTS.items() for fault in faults]


def passes(check: Callable[[Call], None], function: Any, examples: int) -> bool:
    """Whether the check passes for so many calls of the function."""

    @settings(
        max_examples=examples, derandomize=True, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(calls(function))
    def run(call: Call) -> None:
        check(call)

    try:
        run()
    except Exception:
        return False
    return True


@pytest.mark.parametrize(
    ("check", "fault"), CASES, ids=[f"{check.__name__}: {fault.what}" for check, fault in CASES]
)
def test_a_planted_fault_is_found(check: Callable[[Call], None], fault: Fault) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fault.plant(patch)
        assert not passes(check, fault.at, 30)
    assert passes(check, fault.at, 8)


def test_every_check_finds_faults() -> None:
    assert set(FAULTS) == set(checks.CHECKS)
