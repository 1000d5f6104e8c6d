"""Forward mode: tangents pushed through a recorded graph, without a second table of rules.

A tangent is the derivative of a node's output along the direction in which the arguments move. How
an operation passes tangents on follows from the `kind` of its entry:

- elementwise: its Jacobian is diagonal, so the rule that pulls a gradient back pushes a tangent on;
- linear: it is its own derivative in each argument, so it is applied to the tangent;
- neither: pulling back is linear in the gradient, so the derivative of the pulled-back gradient by
  that gradient, which reverse mode finds, is the transpose of the rule: it pushes a tangent on.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from autograd.graph import (
    Bundle,
    Leaf,
    Node,
    Outputs,
    Part,
    depending,
    fitted,
    latest_first,
    record_when,
    recording,
    sweep,
    tracked,
)
from autograd.rules.shaping import cast
from autograd.tensor import Tensor, record, wrap


def push(nodes: Sequence[Node], tangents: dict[Node, Any], recorded: bool) -> dict[Node, Any]:
    """The tangent of every node that depends on those in `tangents`, and of these.

    `nodes` are in the order of creation, and recorded with all of their arguments. A tangent is an
    array, or a Tensor if the push is itself recorded.
    """
    tangents = dict(tangents)
    for node in nodes:
        if not any(parent in tangents for parent in node.parents):
            continue
        if isinstance(node, Bundle):
            tangents[node] = _members(node, tangents)
        elif isinstance(node, Part):
            tangents[node] = tangents[node.parents[0]][node.index]
        elif node.operation is not None and node.operation.kind == "elementwise":
            tangents[node] = _fit(_pulled(node, tangents, recorded), node)
        elif node.operation is not None and node.operation.kind == "linear":
            tangents[node] = _fit(_applied(node, tangents, recorded), node)
        else:
            tangents[node] = _transposed(node, tangents, recorded)
    return tangents


def _members(bundle: Bundle, tangents: dict[Node, Any]) -> list[Any]:
    """The tangents of the arrays in a list, zero for those that do not move."""
    members = zip(bundle.members, bundle.shape, bundle.dtype, strict=True)
    return [
        tangents[node] if node is not None and node in tangents else np.zeros(shape, dtype)
        for node, shape, dtype in members
    ]


def _pulled(node: Node, tangents: dict[Node, Any], recorded: bool) -> list[Any]:
    kept = tracked(node, wrap) if recorded else node.kept
    return [
        pull(tangents[parent], kept, parent.shape)
        for parent, pull in zip(node.parents, node.plan.pulls, strict=True)
        if parent in tangents
    ]


def _applied(node: Node, tangents: dict[Node, Any], recorded: bool) -> list[Any]:
    assert node.operation is not None
    arguments = list(node.arguments)
    placed = list(zip(node.plan.positions, node.parents, strict=True))
    if recorded:
        for i, parent in placed:
            if not isinstance(parent, Bundle):
                arguments[i] = wrap(arguments[i], parent)
    results = []
    for i, parent in placed:
        if parent in tangents:
            moved = [*arguments[:i], tangents[parent], *arguments[i + 1 :]]
            operation = node.operation
            results.append(record(operation, moved) if recorded else operation.run(*moved))
    return results


def _fit(parts: list[Any], node: Node) -> Any:
    """The sum of `parts` in the shape and dtype of the output of `node`."""
    total = reduce(add, parts)
    if np.shape(total) != node.shape:
        total = np.broadcast_to(total, node.shape)
    return total if total.dtype == node.dtype else cast(total, node.dtype)


def _transposed(node: Node, tangents: dict[Node, Any], recorded: bool) -> Any:
    """The tangent of `node`, by transposing its rules."""
    several = isinstance(node, Outputs)
    outputs = zip(node.shape, node.dtype) if several else [(node.shape, node.dtype)]
    cotangents = [Leaf(np.zeros(shape, dtype)) for shape, dtype in outputs]
    g: Any = [wrap(leaf.value, leaf) for leaf in cotangents]
    kept = tracked(node, wrap) if recorded else node.kept
    seeds: dict[Node, Any] = {}
    on: Any = "all" if recording.get() == "all" else "traced"  # all that an outer push will need
    with record_when(on), np.errstate(all="ignore"):
        for parent, pull in zip(node.parents, node.plan.pulls, strict=True):
            if parent not in tangents:
                continue
            pulled = fitted(pull(g if several else g[0], kept, parent.shape), parent, node)
            tangent = tangents[parent]
            pairs = zip(pulled, tangent) if isinstance(parent, Bundle) else [(pulled, tangent)]
            for gradient, tangent in pairs:
                if type(gradient) is Tensor and (root := gradient._node) is not None:
                    seeds[root] = seeds[root] + tangent if root in seeds else tangent
    nodes = latest_first(seeds, above=cotangents[-1].number)
    wanted = depending(nodes, cotangents)
    seeds = {root: seed for root, seed in seeds.items() if root in wanted}
    if not recorded:  # a leaf's gradient is added up in place: here, where a rule returns g, a copy
        seeds = {root: seed if root.parents else np.copy(seed) for root, seed in seeds.items()}
    found = sweep(seeds, [n for n in nodes if n in wanted], wanted, wrap if recorded else None)
    results = [found.get(leaf, np.zeros(leaf.shape, leaf.dtype)) for leaf in cotangents]
    return results if several else results[0]
