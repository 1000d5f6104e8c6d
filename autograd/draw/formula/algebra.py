"""What is done with formulas: they simplify as they grow.

A product is kept as a number and the powers of its factors, a sum as its terms, so that what the
rules compute, -((g / y) · x) / y say, reads as -g·x / y². Nothing is expanded: a formula is
simplified only as far as it must be to be read.

>>> x = Name("x")
>>> str(total(Number(1.0), negative(power(Call("tanh", (x,)), 2))))
'1 − tanh(x)²'
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autograd.draw.formula.axes import RESHAPED, Shape, axes_summed, broadcasts
from autograd.draw.formula.expressions import (
    Call,
    Formula,
    Literal,
    Name,
    Number,
    Product,
    Sum,
    is_negative,
    shape_in,
    split,
)


def number(value: Any) -> Formula:
    """The formula of a number: a constant such as π by its name."""
    if value in NAMED:
        return NAMED[value]
    return negative(NAMED[-value]) if -value in NAMED else Number(value)


def product(*formulas: Formula) -> Formula:
    """The product: numbers are multiplied, and powers of equal factors become one.

    But nothing is cancelled: x / x stays what it is, which at 0 is not 1.
    """
    total: Any = 1
    powers: dict[tuple[Formula, bool], int] = {}  # above and below the line
    for formula in formulas:
        n, factors = split(formula)
        total = total * n
        for factor, exponent in factors:
            place = factor, exponent > 0
            powers[place] = powers.get(place, 0) + exponent
    left = tuple((factor, exponent) for (factor, _), exponent in powers.items() if exponent)
    if not left or total == 0:
        return Number(total)
    return left[0][0] if total == 1 and len(left) == 1 and left[0][1] == 1 else Product(total, left)


def power(base: Formula, exponent: int) -> Formula:
    """`base` to a whole number."""
    n, factors = split(base)
    n = n**exponent if exponent >= 0 or n else math.inf
    return product(Number(n), Product(1, tuple((factor, e * exponent) for factor, e in factors)))


def negative(formula: Formula) -> Formula:
    """Minus `formula`."""
    return product(Number(-1), formula)


def total(*formulas: Formula) -> Formula:
    """The sum: equal terms become one, but x − x stays what it is, which at ∞ is not 0."""
    counts: dict[tuple[Formula, bool], Any] = {}
    for formula in formulas:
        for term in formula.terms if isinstance(formula, Sum) else (formula,):
            if isinstance(term, Literal) and term.value:
                term = Number(term.value)
            n, factors = split(term)
            place = product(Product(1, factors)), bool(factors) and is_negative(n)
            counts[place] = counts.get(place, 0) + n
    terms = tuple(product(Number(n), rest) for (rest, _), n in counts.items() if n != 0)
    return Sum(terms) if len(terms) > 1 else terms[0] if terms else Number(0)


def without(factor: Name, formula: Formula) -> Formula | None:
    """`formula` divided by `factor`, if that is a factor of it; else None."""
    if isinstance(formula, Sum):
        terms = [without(factor, term) for term in formula.terms]
        return None if None in terms else total(*[term for term in terms if term])
    if formula == Number(0):
        return formula
    n, factors = split(formula)
    rest = tuple((base, e) for base, e in factors if base != factor)
    if (factor, 1) not in factors or any(_contains(base, factor) for base, _ in rest):
        return None
    return product(Number(n), Product(1, rest))


def replaced(formula: Formula, names: Mapping[str, Formula]) -> Formula:
    """`formula` with other formulas in the place of its names."""
    if isinstance(formula, Name):
        return names.get(formula.name, formula)
    if isinstance(formula, Call):
        arguments = tuple(replaced(a, names) for a in formula.arguments)
        if formula.function == "ᵀ":
            return transposed(*arguments)
        if formula.function == "¬" and arguments[0] in OPPOSITES:
            return OPPOSITES[arguments[0]]
        if formula.function == "real":
            return real_part(*arguments)
        if formula.function == "^" and (n := _whole(arguments[1])) is not None:
            return power(arguments[0], n)
        return Call(formula.function, arguments)
    if isinstance(formula, Sum):
        return total(*(replaced(term, names) for term in formula.terms))
    n, factors = split(formula)
    powers = (power(replaced(f, names), e) if f != formula else f for f, e in factors)
    return product(Number(n), *powers)


def listed(formulas: Mapping[str, Formula]) -> dict[str, Formula]:
    """`formulas` by name; those of xs[0] and xs[1] are items of xs, too."""
    lists: dict[str, dict[int, Formula]] = {}
    for name, formula in formulas.items():
        base, bracket, place = name.removesuffix("]").partition("[")
        if bracket:
            lists.setdefault(base, {})[int(place)] = formula
    items = {name: (of[i] for i in sorted(of)) for name, of in lists.items()}
    return {**formulas, **{name: Call("", tuple(each)) for name, each in items.items()}}


def _whole(formula: Formula) -> int | None:
    """The whole number that a formula is, if it is one."""
    n, factors = split(formula)
    is_whole = not factors and isinstance(n, (int, float)) and math.isfinite(n) and n == int(n)
    return int(n) if is_whole else None


def transposed(formula: Formula) -> Formula:
    """The transpose of a matrix: of aᵀ it is a, of aᵀ @ b it is bᵀ @ a, of a ⊗ b it is b ⊗ a."""
    function = formula.function if isinstance(formula, Call) else ""
    factors = formula.arguments[::-1] if isinstance(formula, Call) else ()
    if function == "ᵀ":
        return factors[0]
    if function == "⊗":
        return Call("⊗", factors)
    if function == "@" and any(isinstance(f, Call) and f.function == "ᵀ" for f in factors):
        return Call("@", tuple(map(transposed, factors)))
    return Call("ᵀ", (formula,))


def real_part(formula: Formula) -> Formula:
    """The real part; of a real number that is the number."""
    n, factors = split(formula)
    if not factors and not isinstance(n, complex):
        return formula
    inner = product(Product(1, factors)) if factors else formula
    is_known = isinstance(inner, Call) and inner.function in REAL
    return formula if is_known and not isinstance(n, complex) else Call("real", (formula,))


def summed(formula: Formula, whole: Sequence[int], to: Sequence[int]) -> Formula:
    """The sum of a `formula` of the shape `whole` down to the shape `to`; numbers come first."""
    return _shaped("Σ", formula, whole, to) if axes_summed(whole, to) else formula


def reshaped(formula: Formula, of: Shape, to: Shape, *, always: bool = False) -> Formula:
    """A `formula` of the shape `of` in the shape `to`, unless broadcasting sees to that anyway."""
    formula, of = unshaped(formula, of)
    same = of == to if always else broadcasts(of, to)
    return formula if same else _shaped(RESHAPED, formula, of, to)


def repeated(formula: Formula, to: Shape) -> Formula:
    """A `formula` broadcast to a shape, where that has to be said."""
    return Call("broadcast_to", (formula, Name(str(to))))


def unshaped(formula: Formula, shape: Shape) -> tuple[Formula, Shape]:
    """What a `formula` of this shape only reshapes, and the shape of that."""
    n, factors = split(formula)
    inner = factors[0][0] if len(factors) == 1 and factors[0][1] == 1 else None
    if isinstance(inner, Call) and inner.function == RESHAPED:
        return product(Number(n), inner.arguments[0]), shape_in(inner.arguments[1])
    return formula, shape


def _shaped(function: str, formula: Formula, of: Sequence[int], to: Sequence[int]) -> Formula:
    n, factors = split(formula)
    inner = product(Product(1, factors)) if factors else Number(1)
    shapes = (Name(",".join(map(str, shape))) for shape in (of, to))
    return product(Number(n), Call(function, (inner, *shapes)))


def _contains(formula: Formula, name: Name) -> bool:
    if isinstance(formula, Call):
        return any(_contains(argument, name) for argument in formula.arguments)
    if isinstance(formula, Product):
        return any(_contains(factor, name) for factor, _ in formula.factors)
    if isinstance(formula, Sum):
        return any(_contains(term, name) for term in formula.terms)
    return formula == name


TRUE, FALSE = Name("True"), Name("False")
OPPOSITES: dict[Formula, Formula] = {TRUE: FALSE, FALSE: TRUE}
REAL = ("real", "imag", "abs")
PI = Name("π")
NAMED: dict[Any, Formula] = {
    math.pi: PI,
    180 / math.pi: product(Number(180), power(PI, -1)),
    math.pi / 180: product(Number(1 / 180), PI),
    **{math.log(n): Call("log", (Number(n),)) for n in (2, 10)},
}
