"""What an operation computes and what its rules send back, as formulas."""

from __future__ import annotations

from autograd.graph import Node, Part
from autograd.value import Value


def forward(node: Node) -> str | None:
    """What made `node`, with the names of the operation's arguments."""
    maker = node.parents[0] if isinstance(node, Part) else node
    if maker.operation is None:
        return None
    name = maker.operation.name.removeprefix("np.")
    formula = f"{name}({', '.join(maker.operation.arguments[i] for i in maker.plan.positions)})"
    return f"{formula}[{node.index}]" if isinstance(node, Part) else formula


def local(node: Node, k: int) -> tuple[str, bool]:
    """What rule k multiplies the gradient of `node` by, and whether it is a product at all."""
    maker = node.parents[0] if isinstance(node, Part) else node
    assert maker.operation is not None
    argument = maker.operation.arguments[maker.plan.positions[k]]
    text = f"∂{maker.operation.name.removeprefix('np.')}/∂{argument}"
    return text, maker.operation.kind == "elementwise"


def forward_of_value(value: Value) -> str | None:
    """What made `value`, with the names of the operation's arguments."""
    return value._op or None


def local_of_value(value: Value) -> list[str] | None:
    """The local derivative along each parent."""
    return None
