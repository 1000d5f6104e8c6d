"""What `model.summary(x)` returns: a table of the layers of a model, and what they cost."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import affine
from autograd.graph import Node, record_when, watching
from autograd.primitive import NDArray, Operation, entry
from autograd.rules.einsum import einsum
from autograd.tree import flatten


@dataclass
class Row:
    """One call of a layer: its path, itself in words, and the shape of what it returned.

    `parameters` are the numbers in its own, on its first call, and `frozen` those that are frozen;
    `multiply_adds` are those of its matrix products.
    """

    path: str
    layer: str
    output: Any = None  # a shape, or several; None if it was not called
    parameters: int = 0
    frozen: int = 0
    multiply_adds: int = 0


@dataclass(frozen=True, repr=False)
class Summary:
    """The calls of layers in a forward pass, in their order; its repr is a table.

    Layers with parameters that were not called come last. A Module that only holds others is none.
    """

    rows: list[Row]

    @property
    def parameters(self) -> int:
        """How many numbers there are in all parameters, the frozen ones too."""
        return sum(row.parameters for row in self.rows)

    @property
    def frozen(self) -> int:
        """How many of these are frozen."""
        return sum(row.frozen for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        """How many multiplications, each with an addition, the matrix products of a pass take."""
        return sum(row.multiply_adds for row in self.rows)

    def __repr__(self) -> str:
        table = [("layer", "", "output", "parameters", "multiply-adds")]
        for row in self.rows:
            output = "not called" if row.output is None else str(row.output)
            counts = f"{row.parameters:,}", f"{row.multiply_adds:,}"
            table.append((row.path, row.layer, output, *counts))
        table.append(("total", "", "", f"{self.parameters:,}", f"{self.multiply_adds:,}"))
        widths = [max(map(len, column)) for column in zip(*table)]
        sides = [str.ljust] * 3 + [str.rjust] * 2
        lines = [
            "  ".join(side(cell, width) for side, cell, width in zip(sides, row, widths))
            for row in table
        ]
        if self.frozen:
            lines.append(f"{self.frozen:,} of the parameters are frozen")
        return "\n".join(lines)


def summarise(model: Any, inputs: Sequence[Any]) -> Summary:
    """The Summary of a Module for these inputs of its forward pass, which a deep copy makes."""
    model = copy.deepcopy(model).eval()
    notes = _Notes()
    layers = []  # what makes a row even where it has no work
    counted: set[int] = set()  # the parameters, which may be shared
    for path, part in model.named_modules():
        row = Row(path, part.describe())
        for tensor in part._parameters():
            if id(tensor) not in counted:
                counted.add(id(tensor))
                row.parameters += tensor.size
                row.frozen += 0 if tensor.requires_grad else tensor.size
        if row.parameters or len(part.modules()) == 1:
            layers.append(path)
        notes.uncalled[path] = row
        part.forward = notes.noting(path, row, part.forward)
    model.unfreeze()  # so that all products are recorded
    with record_when(True), watching(notes):
        model(*inputs)
    rows = [row for row in notes.called if row.multiply_adds or row.path in layers]
    return Summary(rows + [row for row in notes.uncalled.values() if row.parameters])


class _Notes:
    """What is seen of a forward pass; it watches each operation."""

    def __init__(self) -> None:
        self.uncalled: dict[str, Row] = {}
        self.called: list[Row] = []
        self.running: list[Row] = []  # the calls that are not over, the innermost last

    def noting(self, path: str, first: Row, forward: Callable[..., Any]) -> Callable[..., Any]:
        """The method `forward` of that part, which takes notes; `first` is its first row."""

        def noted(*inputs: Any, **options: Any) -> Any:
            row = self.uncalled.pop(path, None) or Row(path, first.layer)
            self.called.append(row)
            self.running.append(row)
            result = forward(*inputs, **options)
            self.running.pop()
            shapes = [getattr(leaf, "shape", ()) for leaf in flatten(result)[0]]
            row.output = shapes[0] if len(shapes) == 1 else tuple(shapes)
            return result

        return noted

    def recorded(self, node: Node, values: Sequence[Any]) -> None:
        """Counts the multiply-adds of a matrix product."""
        assert node.operation is not None
        count = _MULTIPLY_ADDS.get(node.operation)
        if count is not None and self.running:
            self.running[-1].multiply_adds += count(*values)

    def composed(self, run: Callable[[], Any], function: Callable[..., Any], args: Any) -> Any:
        """Looks at what it is composed of."""
        return run()


def _contracted(x: NDArray, *rest: Any) -> int:
    """Of a product along the last axis of x."""
    return int(rest[-1].size * x.shape[-1])


def _of_einsum(operands: Sequence[NDArray], subscripts: str, *rest: Any) -> int:
    """One for each combination of all indices."""
    terms = subscripts.split("->")[0].split(",")
    sides = {i: n for term, x in zip(terms, operands) for i, n in zip(term, x.shape)}
    return math.prod(sides.values())


_MULTIPLY_ADDS: dict[Operation, Callable[..., int]] = {
    entry(affine): _contracted,
    entry(np.matmul): _contracted,
    entry(np.vecdot): _contracted,
    entry(einsum): _of_einsum,
}
