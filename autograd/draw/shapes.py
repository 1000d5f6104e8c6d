"""The shapes of formulas, where they decide whether a formula is true.

Formulas leave broadcasting to the reader: of f = sum(x), ∂f/∂x is written 1, whatever the shape of
x. But a sum of ones depends on how many there are, and so does a product of matrices. There, this
module counts them, or writes them out: ones(2, 3).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np

from autograd.draw.expressions import (
    Call,
    Formula,
    Name,
    Number,
    Product,
    Sum,
    axes_summed,
    product,
    replaced,
    shape_in,
    summed,
    total,
)
from autograd.draw.symbols import NAMES, G
from autograd.primitive import TABLE

Shape: TypeAlias = tuple[int, ...]

EACH = frozenset(  # functions of each element
    {"[]", "^", "√", "¬", "∧", "∨", "=", "≠", "<", "≤", ">", "≥", "where", "conj", "real", "sign"}
    | {
        NAMES.get(name, name)
        for operation in TABLE.values()
        if operation.kind == "elementwise"
        for name in [operation.name.rpartition(".")[2]]
    }
)
MOVED = ("index", "scatter", "ᵀ", "transpose", "swapaxes", "moveaxis", "flip", "roll")


def substituted(
    rule: Formula, g: Formula, shape: Shape | None, shapes: Mapping[str, Shape]
) -> Formula:
    """`rule` with `g` for the gradient that comes in, which has this shape once it is broadcast."""
    own = shape_of(g, shapes)
    repeated = shape is not None and own is not None and math.prod(own) < math.prod(shape)
    if shape is not None and repeated and _needs_shape(rule, moved=own == ()):
        g = product(g, Call("ones", tuple(map(Number, shape))))
    return settled(replaced(rule, {"g": g}), shapes)


def _needs_shape(rule: Formula, moved: bool) -> bool:
    """Whether g is an argument of what does more than to act on, or to move, each element."""
    if isinstance(rule, Call):
        fine = rule.function in EACH or rule.function == "Σ" or (moved and rule.function in MOVED)
        return any((a == G and not fine) or _needs_shape(a, moved) for a in rule.arguments) or (
            not fine and any(_has(a) for a in rule.arguments)
        )
    parts = rule.terms if isinstance(rule, Sum) else ()
    if isinstance(rule, Product):
        parts = tuple(base for base, _ in rule.factors)
    return any(_needs_shape(part, moved) for part in parts)


def _has(formula: Formula) -> bool:
    return replaced(formula, {"g": Name("")}) != formula


def settled(formula: Formula, shapes: Mapping[str, Shape]) -> Formula:
    """`formula`, with sums over what broadcasting repeats as products."""
    if isinstance(formula, Sum):
        return total(*(settled(term, shapes) for term in formula.terms))
    if isinstance(formula, Product):
        powers = (
            Product(1, ((settled(base, shapes), e),))
            if isinstance(base, Call)
            else Product(1, ((base, e),))
            for base, e in formula.factors
        )
        return product(Number(formula.number), *powers)
    if not isinstance(formula, Call):
        return formula
    first, *others = [settled(argument, shapes) for argument in formula.arguments]
    if formula.function in MOVED[:1] + MOVED[2:] and shape_of(first, shapes) == ():
        return first
    if formula.function == "Σ":
        whole, to = map(shape_in, others)
        return _settled_sum(first, whole, to, shapes)
    return Call(formula.function, (first, *others))


def _settled_sum(inner: Formula, whole: Shape, to: Shape, shapes: Mapping[str, Shape]) -> Formula:
    own = shape_of(inner, shapes)
    if own is None or len(own) > len(whole):
        return summed(inner, whole, to)
    full = (1,) * (len(whole) - len(own)) + own
    axes = axes_summed(whole, to)
    count = math.prod(whole[axis] for axis in axes if full[axis] == 1)
    left = tuple(1 if axis in axes and full[axis] == 1 else n for axis, n in enumerate(whole))
    return product(Number(count), summed(inner, left[len(whole) - len(own) :], to))


def shape_of(formula: Formula, shapes: Mapping[str, Shape]) -> Shape | None:
    """The shape that a formula has before it is broadcast; None if that is not known."""
    if isinstance(formula, Number):
        return ()
    if isinstance(formula, Name):
        return shapes.get(formula.name)
    if isinstance(formula, Sum):
        return _broadcast(formula.terms, shapes)
    if isinstance(formula, Product):
        return _broadcast([base for base, _ in formula.factors], shapes)
    assert isinstance(formula, Call)
    if formula.function == "Σ":
        return shape_in(formula.arguments[2])
    if formula.function == "ones":
        return tuple(n.value for n in formula.arguments if isinstance(n, Number))
    if formula.function in EACH:
        return _broadcast(formula.arguments, shapes)
    of = [shape_of(argument, shapes) for argument in formula.arguments]
    if None in of:
        return None
    known = [shape for shape in of if shape is not None]
    if formula.function == "ᵀ":
        return known[0][:-2] + known[0][:-3:-1]
    if formula.function in ("sum", "mean") and len(known) == 1:
        return ()
    if formula.function == "⊗" and len(known[0]) == len(known[1]) == 1:
        return known[0] + known[1]
    if formula.function == "@" and max(map(len, known)) <= 2:
        return known[0][:-1] + known[1][:-2] + (known[1][-1:] if len(known[1]) == 2 else ())
    return None


def _broadcast(formulas: Iterable[Formula], shapes: Mapping[str, Shape]) -> Shape | None:
    of = [shape_of(formula, shapes) for formula in formulas]
    known = [shape for shape in of if shape is not None]
    try:
        return np.broadcast_shapes(*known) if len(known) == len(of) else None
    except ValueError:  # what only changes a shape is not written
        return None
