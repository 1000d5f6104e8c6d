"""What went into an operation that is watched, and what can be asked of it later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import FrameType
from typing import Any

import numpy as np

from autograd.debugging.names import name_in
from autograd.debugging.sites import Input
from autograd.graph import Bundle, Node
from autograd.lines import line_of
from autograd.primitive import Operation, Plan, Pull
from autograd.tensor import Tensor


def inputs_of(node: Node, values: Sequence[Any], frame: FrameType | None) -> dict[int, list[Input]]:
    """The arrays in each argument that has a rule, by its position."""
    assert node.operation is not None
    operation = node.operation
    parents = dict(zip(node.plan.positions, node.parents, strict=True))
    every = sum(1 << i for i in operation.rules)  # of what is constant here, too
    rules = operation.plans.get(every) or operation.plan(every)
    kept = rules.pick([*values, *[None] * len(operation.saved)])
    inputs = {}
    for i, pull in zip(rules.positions, rules.pulls, strict=True):
        parent = parents.get(i)
        label, value = operation.arguments[i], values[i]
        to = tuple(map(np.shape, value)) if i in operation.lists else np.shape(value)
        back = partial(_pull_back, pull, kept, to)
        elsewhere = partial(_pull_back_elsewhere, operation, rules, i, values, to, parents)
        whole: list[tuple[str, Any, Node | None, int | None]] = [(label, value, parent, None)]
        if i in operation.lists:
            members = parent.members if isinstance(parent, Bundle) else [None] * len(value)
            whole = [
                (f"{label}[{m}]", item, member, m)
                for m, (item, member) in enumerate(zip(value, members, strict=True))
            ]
        inputs[i] = [
            Input(
                name,
                np.asarray(item),
                member,
                back,
                elsewhere,
                name_of_constant(item, frame) if frame and member is None else None,
                place,
                is_written(item),
            )
            for name, item, member, place in whole
            if is_numbers(item)
        ]
    return inputs


def name_of_constant(data: Any, frame: FrameType) -> str | None:
    """What the user's line calls an array that may begin a story: the graph has a copy of it."""
    if not isinstance(data, np.ndarray) or not data.size:
        return None

    def is_it(value: Any) -> bool:
        held = value._array if type(value) is Tensor and value._node is None else value
        return is_numbers(held) and (
            np.array_equal(held, data) or np.array_equal(held, data, equal_nan=True)  # 3x slower
        )

    return name_in(frame, is_it, line_of(frame).text)


def is_numbers(value: Any) -> bool:
    """Whether it can be looked at; another library's array can't, since it may be lazy."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in "biufc"
    return isinstance(value, (int, float, complex))


def is_written(value: Any) -> bool:
    """Whether it is a number that stands in the program itself."""
    return isinstance(value, (int, float, complex)) and not isinstance(value, np.generic)


def _pull_back(pull: Pull, kept: Sequence[Any], to: Any, g: Any) -> Any:
    return pull(g, kept, to)


def _pull_back_elsewhere(
    operation: Operation,
    rules: Plan,
    i: int,
    values: Sequence[Any],
    to: Any,
    parents: Mapping[int, Node],
    g: Any,
    constants_too: bool = True,
) -> Any:
    """What argument `i` would get of `g`, were the arguments that have rules others."""
    rng = np.random.default_rng(0)

    def other(value: Any, node: Node | None) -> Any:
        if isinstance(value, (tuple, list)):
            members = node.members if isinstance(node, Bundle) else [None] * len(value)
            return [other(item, member) for item, member in zip(value, members, strict=True)]
        if node is None and not constants_too:
            return value
        return rng.uniform(0.5, 1.5, np.shape(value)).astype(np.asarray(value).dtype)

    arguments = enumerate(values[:-1])
    others = [other(v, parents.get(j)) if j in operation.rules else v for j, v in arguments]
    kept = rules.pick([*others, operation.run(*others), *[None] * len(operation.saved)])
    return rules.pulls[rules.positions.index(i)](g, kept, to)
