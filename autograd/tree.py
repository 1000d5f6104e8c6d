"""Nested dicts, lists, tuples and namedtuples of arrays: what transforms take and return."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

LEAF: Any = type("Leaf", (), {"__repr__": lambda self: "*"})()  # stands for an array in a structure


def flatten(tree: Any) -> tuple[list[Any], Any]:
    """The arrays in `tree`, in order, and its structure: `tree` with LEAF in place of each."""
    leaves: list[Any] = []
    return leaves, _structure(tree, leaves)


def _structure(tree: Any, leaves: list[Any]) -> Any:
    """The structure of `tree`, whose leaves are appended to `leaves`."""
    # Not a function within flatten: one that calls itself is a cycle, which would keep the graph
    # of the leaves alive until the collector runs.
    if isinstance(tree, dict):
        return {key: _structure(item, leaves) for key, item in tree.items()}
    if isinstance(tree, (list, tuple)):
        return _like(tree, [_structure(item, leaves) for item in tree])
    if tree is None:
        return None
    leaves.append(tree)
    return LEAF


def unflatten(structure: Any, leaves: Iterator[Any]) -> Any:
    """The tree with that structure and those leaves: the inverse of `flatten`."""
    if isinstance(structure, dict):
        return {key: unflatten(item, leaves) for key, item in structure.items()}
    if isinstance(structure, (list, tuple)):
        return _like(structure, [unflatten(item, leaves) for item in structure])
    return next(leaves) if structure is LEAF else structure


def _like(sequence: Any, items: list[Any]) -> Any:
    """`items` in the type of `sequence`: list, tuple or a namedtuple."""
    return type(sequence)(*items) if hasattr(sequence, "_fields") else type(sequence)(items)


def leaves_like(structure: Any, tree: Any) -> list[Any]:
    """The leaves of `tree` in the order of `structure`. Raises TypeError if it has another one."""
    if structure is LEAF:
        return [tree]
    if isinstance(structure, dict):
        if not isinstance(tree, dict) or tree.keys() != structure.keys():
            raise TypeError(f"expected a dict with the keys {list(structure)}, got {tree!r}")
        return [leaf for key in structure for leaf in leaves_like(structure[key], tree[key])]
    if isinstance(structure, (list, tuple)):
        if not isinstance(tree, (list, tuple)) or len(tree) != len(structure):
            raise TypeError(f"expected a sequence of {len(structure)} items, got {tree!r}")
        pairs = zip(structure, tree, strict=True)
        return [leaf for part, item in pairs for leaf in leaves_like(part, item)]
    return []
