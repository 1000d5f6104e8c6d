"""The shapes of formulas, where they decide whether a formula is true.

Formulas leave broadcasting to the reader: of f = sum(x), ∂f/∂x is written 1, whatever the shape of
x. But a sum of ones depends on how many there are, and so does a product of matrices. There, this
module counts them, or writes them out: ones(2, 3).
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from autograd.draw.formula.algebra import (
    FALSE,
    TRUE,
    product,
    repeated,
    replaced,
    reshaped,
    summed,
    total,
    without,
)
from autograd.draw.formula.axes import RESHAPED, Shape, axes_summed
from autograd.draw.formula.expressions import Call, Formula, Name, Number, Product, Sum, shape_in
from autograd.draw.formula.symbols import NAMES, G
from autograd.primitive import TABLE
from autograd.rules.reductions import axes_of

EACH = frozenset(  # functions of each element
    {"[]", "^", "√", "¬", "∧", "∨", "=", "≠", "<", "≤", ">", "≥", "where", "conj", "real", "sign"}
    | {
        NAMES.get(name, name)
        for operation in TABLE.values()
        if operation.kind == "elementwise"
        for name in [operation.name.rpartition(".")[2]]
    }
)
KEY = r"(-?\d+|None|…|(-?\d*:)+(-?\d*))(, (-?\d+|None|…|(-?\d*:)+(-?\d*)))*"
REDUCTIONS = ("sum", "mean", "max", "min", "prod", "var", "std", "norm")
MOVED = (RESHAPED, "scatter", "index", "ᵀ", "transpose", "swapaxes", "moveaxis", "flip", "roll")


def substituted(
    rule: Formula, g: Formula, shape: Shape | None, shapes: Mapping[str, Shape]
) -> Formula:
    """`rule` with `g` for the gradient that comes in, which has this shape once it is broadcast."""
    if g == Number(0):
        return g  # every rule is linear in g
    own = shape_of(g, shapes)
    if shape is not None and own is not None and own != shape:
        same_size = math.prod(own) == math.prod(shape)
        fine = MOVED if own == () else (RESHAPED,) if same_size else ()
        if _needs_shape(rule, fine):
            g = product(g, Call("ones", tuple(map(Number, shape))))
    return settled(replaced(rule, {"g": g}), shapes)


def _needs_shape(rule: Formula, fine: Sequence[str]) -> bool:
    """Whether g is an argument of what does more than to act on each element, or is `fine`."""
    if isinstance(rule, Call):
        each = rule.function in EACH or rule.function == "Σ" or rule.function in fine
        return any((a == G and not each) or _needs_shape(a, fine) for a in rule.arguments) or (
            not each and any(_has(a) for a in rule.arguments)
        )
    parts = rule.terms if isinstance(rule, Sum) else ()
    if isinstance(rule, Product):
        parts = tuple(base for base, _ in rule.factors)
    return any(_needs_shape(part, fine) for part in parts)


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
    if formula.function == RESHAPED:
        of, to = map(shape_in, others)
        own = shape_of(first, shapes)
        if own == ():
            return first
        if own is not None and math.prod(own) == math.prod(of):
            of = own  # but for axes in front
        elif own is not None:
            first = product(first, Call("ones", tuple(map(Number, of))))
        return reshaped(first, of, to, always=True)
    if formula.function in MOVED[2:] and shape_of(first, shapes) == ():
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
    sums = tuple(1 if axis in axes else n for axis, n in enumerate(full))
    front = len(whole) - len(own)  # axes that only broadcasting would have made
    return product(Number(count), summed(inner, own, sums[max(front, len(whole) - len(to)) :]))


def in_full(formula: Formula, shape: Shape | None, shapes: Mapping[str, Shape]) -> Formula:
    """`formula` in this shape, so that it agrees with numbers beside it; one number is each."""
    own = shape_of(formula, shapes)
    if own is None or shape is None or own in ((), shape):
        return formula
    if math.prod(own) == math.prod(shape):
        return formula if math.prod(own) == 1 else reshaped(formula, own, shape, always=True)
    rest = without(G, formula) if shapes.get(str(G)) == () else None
    return repeated(formula, shape) if rest is None else product(G, repeated(rest, shape))


def shape_of(formula: Formula, shapes: Mapping[str, Shape]) -> Shape | None:
    """The shape that a formula has before it is broadcast; None if that is not known."""
    if isinstance(formula, Number) or formula in (TRUE, FALSE):
        return ()
    if isinstance(formula, Name):
        return shapes.get(formula.name)
    if isinstance(formula, Sum):
        return _broadcast(formula.terms, shapes)
    if isinstance(formula, Product):
        return _broadcast([base for base, _ in formula.factors], shapes)
    assert isinstance(formula, Call)
    if formula.function in ("Σ", RESHAPED):
        return shape_in(formula.arguments[2])
    if formula.function == "broadcast_to":
        shape: Shape = ast.literal_eval(str(formula.arguments[1]))
        return shape
    if formula.function == "ones":
        return tuple(n.value for n in formula.arguments if isinstance(n, Number))
    if formula.function in REDUCTIONS and _rest_are_options(formula):
        return _reduced(formula, shapes)
    if formula.function in EACH:
        return _broadcast(formula.arguments, shapes)
    if formula.function == "einsum":
        return _contracted(formula, shapes)
    if formula.function == "index":
        return _indexed(formula, shapes)
    of = [shape_of(argument, shapes) for argument in formula.arguments]
    if None in of:
        return None
    known = [shape for shape in of if shape is not None]
    if formula.function == "ᵀ":
        return known[0][:-2] + known[0][:-3:-1]
    if formula.function == "⊗" and len(known[0]) == len(known[1]) == 1:
        return known[0] + known[1]
    if formula.function == "@" and max(map(len, known)) <= 2:
        return known[0][:-1] + known[1][:-2] + (known[1][-1:] if len(known[1]) == 2 else ())
    return None


def _rest_are_options(formula: Call) -> bool:
    return all(isinstance(a, Name) and "=" in a.name for a in formula.arguments[1:])


def _reduced(formula: Call, shapes: Mapping[str, Shape]) -> Shape | None:
    """The shape of what a function such as sum makes of its first argument."""
    shape = shape_of(formula.arguments[0], shapes)
    options = dict(a.name.split("=") for a in formula.arguments[1:] if isinstance(a, Name))
    if shape is None:
        return None
    try:
        axes = axes_of(ast.literal_eval(options.get("axis", "None")), len(shape))
    except ValueError:  # it is of a formula that is broadcast
        return None
    if "keepdims" in options:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def _contracted(einsum: Call, shapes: Mapping[str, Shape]) -> Shape | None:
    """The shape of what Einstein's notation, as 'ij,jk->ik', makes of the other arguments."""
    subscripts, *operands = einsum.arguments
    of, to = str(subscripts).strip("'").split("->")
    sizes: dict[str, int] = {}
    for labels, operand in zip(of.split(","), operands, strict=True):
        shape = shape_of(operand, shapes)
        if shape is None or len(shape) != len(labels):
            return None
        sizes |= zip(labels, shape)
    return tuple(sizes[label] for label in to)


def _indexed(index: Call, shapes: Mapping[str, Shape]) -> Shape | None:
    """The shape of x[0, 1:], if only numbers, slices and None are between the brackets."""
    shape, key = shape_of(index.arguments[0], shapes), index.arguments[1]
    if shape is None or not isinstance(key, Name) or not re.fullmatch(KEY, key.name):
        return None
    parts = [part.split(":") for part in key.name.split(", ")]
    places = (
        [None if end in ("", "None") else ... if end == "…" else int(end) for end in part]
        for part in parts
    )
    slices = tuple(slice(*ends) if len(ends) > 1 else ends[0] for ends in places)
    try:
        return np.broadcast_to(0, shape)[slices].shape
    except IndexError:  # it is of what is broadcast
        return None


def _broadcast(formulas: Iterable[Formula], shapes: Mapping[str, Shape]) -> Shape | None:
    of = [shape_of(formula, shapes) for formula in formulas]
    known = [shape for shape in of if shape is not None]
    try:
        return np.broadcast_shapes(*known) if len(known) == len(of) else None
    except ValueError:  # what only changes a shape is not written
        return None
