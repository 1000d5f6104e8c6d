"""What formulas are made of."""

from __future__ import annotations

from collections.abc import Iterator

from autograd.draw.formula.axes import RESHAPED
from autograd.draw.formula.expressions import Call, Formula, Name, Number, Product, Sum

ARITHMETIC = ("@", "·", "⊗", "ᵀ", "^", "sum", "mean", "index", "field", RESHAPED)


def is_arithmetic(formula: Formula | None) -> bool:
    """Whether a formula is made of sums, products and the like, or only another name."""
    if isinstance(formula, Call):
        if formula.function == "index":  # of what is
            return is_arithmetic(formula.arguments[0])
        return formula.function in ARITHMETIC
    return isinstance(formula, (Sum, Product, Name, Number))


def is_product(formula: Formula | None) -> bool:
    """Whether a formula is a product of matrices or vectors."""
    return isinstance(formula, Call) and formula.function in ("@", "·")


def names_in(formula: Formula | None) -> Iterator[str]:
    """The names in a formula, from left to right."""
    return (part.name for part in parts_of(formula) if isinstance(part, Name))


def parts_of(formula: Formula | None) -> Iterator[Formula]:
    """A formula and all formulas in it, from left to right."""
    todo = [formula] if formula else []
    while todo:
        f = todo.pop()
        yield f
        if isinstance(f, Call):
            todo += f.arguments[::-1]
        elif isinstance(f, Sum):
            todo += f.terms[::-1]
        elif isinstance(f, Product):
            todo += [base for base, _ in f.factors][::-1]
