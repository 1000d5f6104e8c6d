"""The rows of a Jacobian: one backward pass with many cotangents, stacked along an axis in front.

A rule that takes stacks pulls all rows back in one call; others are called row by row, which still
saves the sweeps.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from autograd.graph import Bundle, Node, fitted, raise_if_stale
from autograd.primitive import NDArray
from autograd.rules.shaping import cast, unbroadcast

ROOM = 1 << 17  # so many numbers of a node's gradients at once, or one row


def rows(
    root: Node, leaves: Sequence[Node], nodes: Sequence[Node], wanted: Collection[Node]
) -> list[NDArray]:
    """The derivatives of each element of `root`, of shape B, by each leaf, of shape A, as B + A.

    `nodes` are `latest_first`, none of them Outputs; `wanted` as for `sweep`.
    """
    raise_if_stale(nodes)
    count = math.prod(root.shape)
    found = [np.zeros((count, *leaf.shape), leaf.dtype) for leaf in leaves]
    sizes = [math.prod(node.shape) for node in (root, *nodes) if type(node) is Node]
    step = max(1, ROOM // max(sizes, default=1))
    for start in range(0, count, step):
        units = np.eye(min(step, count - start), count, start, root.dtype)
        gradients = _pulled(units.reshape((-1, *root.shape)), root, nodes, wanted)
        for leaf, block in zip(leaves, found, strict=True):
            if leaf in gradients:
                block[start : start + step] = gradients[leaf]
    return [
        block.reshape(root.shape + leaf.shape) for leaf, block in zip(leaves, found, strict=True)
    ]


def _pulled(
    units: NDArray, root: Node, nodes: Sequence[Node], wanted: Collection[Node]
) -> dict[Node, Any]:
    """As `sweep`, with the rows of each gradient along an axis in front."""
    gradients: dict[Node, Any] = {root: units}
    for node in nodes:
        g = gradients.pop(node)
        # From a list of stacks its items are taken as from a list of gradients.
        stacked = node.plan.pulls if type(node) is Bundle else node.plan.stacked
        for parent, pull, of_stack in zip(node.parents, node.plan.pulls, stacked):
            if parent not in wanted:
                continue
            if of_stack is not None:
                gradient = of_stack(g, node.kept, parent.shape)
            else:
                each = [fitted(pull(row, node.kept, parent.shape), parent, node) for row in g]
                gradient = (
                    list(map(np.stack, zip(*each))) if type(parent) is Bundle else np.stack(each)
                )
            if type(parent) is not Bundle:
                gradient = _fitted(gradient, parent)
            gradients[parent] = gradients[parent] + gradient if parent in gradients else gradient
    return gradients


def _fitted(gradient: NDArray, parent: Node) -> NDArray:
    """A stack of gradients, each in the shape and dtype of `parent`, as `fitted` does with one."""
    count, *shape = gradient.shape
    new = len(shape) - len(parent.shape)  # axes that broadcasting has put in front
    gradient = unbroadcast(gradient, (count, *[1] * new, *parent.shape))
    stack: NDArray = cast(gradient.reshape((count, *parent.shape)), parent.dtype)
    return stack
