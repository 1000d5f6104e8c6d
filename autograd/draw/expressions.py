r"""Formulas: small trees that simplify as they grow, printed as text or as LaTeX.

A product is kept as a number and the powers of its factors, a sum as its terms, so that what the
rules compute, -((g / y) · x) / y say, reads as -g·x / y². Nothing is expanded: a formula is
simplified only as far as it must be to be read.

>>> x, y = Name("x"), Name("y")
>>> str(total(Number(1.0), negative(power(Call("tanh", (x,)), 2))))
'1 − tanh(x)²'
>>> latex(product(x, power(y, -2)))
'\\frac{x}{y^{2}}'
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from autograd.draw.axes import RESHAPED, Shape, axes_summed, axes_written, broadcasts, subscript


class Formula:
    """Any formula: a Name, a Number, a Call, a Product or a Sum."""

    __slots__ = ()

    def __str__(self) -> str:
        return text(self)


@dataclass(frozen=True)
class Name(Formula):
    """A variable, or text that stands for itself."""

    name: str


@dataclass(frozen=True)
class Number(Formula):
    """A real or complex number."""

    value: Any


@dataclass(frozen=True)
class Call(Formula):
    """A function of formulas; the names of operators are in OPERATORS."""

    function: str
    arguments: tuple[Formula, ...]


@dataclass(frozen=True)
class Product(Formula):
    """A number times powers of factors, none of which is a Number or a Product."""

    number: Any
    factors: tuple[tuple[Formula, int], ...]


@dataclass(frozen=True)
class Sum(Formula):
    """Two or more terms, none of which is a Sum."""

    terms: tuple[Formula, ...]


def number(value: Any) -> Formula:
    """The formula of a number: a constant such as π by its name."""
    if value in NAMED:
        return NAMED[value]
    return negative(NAMED[-value]) if -value in NAMED else Number(value)


def product(*formulas: Formula) -> Formula:
    """The product: numbers are multiplied, and powers of equal factors become one."""
    total: Any = 1
    powers: dict[Formula, int] = {}
    for formula in formulas:
        n, factors = _split(formula)
        total = total * n
        for factor, exponent in factors:
            powers[factor] = powers.get(factor, 0) + exponent
    left = tuple((factor, exponent) for factor, exponent in powers.items() if exponent)
    if not left or total == 0:
        return Number(total)
    return left[0][0] if total == 1 and len(left) == 1 and left[0][1] == 1 else Product(total, left)


def power(base: Formula, exponent: int) -> Formula:
    """`base` to a whole number."""
    n, factors = _split(base)
    n = n**exponent if exponent >= 0 or n else math.inf
    return product(Number(n), Product(1, tuple((factor, e * exponent) for factor, e in factors)))


def negative(formula: Formula) -> Formula:
    """Minus `formula`."""
    return product(Number(-1), formula)


def total(*formulas: Formula) -> Formula:
    """The sum: equal terms become one."""
    counts: dict[Formula, Any] = {}
    for formula in formulas:
        for term in formula.terms if isinstance(formula, Sum) else (formula,):
            n, factors = _split(term)
            rest = product(Product(1, factors))
            counts[rest] = counts.get(rest, 0) + n
    terms = tuple(product(Number(n), rest) for rest, n in counts.items() if n != 0)
    return Sum(terms) if len(terms) > 1 else terms[0] if terms else Number(0)


def without(factor: Name, formula: Formula) -> Formula | None:
    """`formula` divided by `factor`, if that is a factor of it; else None."""
    if isinstance(formula, Sum):
        terms = [without(factor, term) for term in formula.terms]
        return None if None in terms else total(*[term for term in terms if term])
    if formula == Number(0):
        return formula
    n, factors = _split(formula)
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
        return (
            transposed(*arguments) if formula.function == "ᵀ" else Call(formula.function, arguments)
        )
    if isinstance(formula, Sum):
        return total(*(replaced(term, names) for term in formula.terms))
    n, factors = _split(formula)
    powers = (power(replaced(f, names), e) if f != formula else f for f, e in factors)
    return product(Number(n), *powers)


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


def summed(formula: Formula, whole: Sequence[int], to: Sequence[int]) -> Formula:
    """The sum of a `formula` of the shape `whole` down to the shape `to`; numbers come first."""
    return _shaped("Σ", formula, whole, to) if axes_summed(whole, to) else formula


def reshaped(formula: Formula, of: Shape, to: Shape, *, always: bool = False) -> Formula:
    """A `formula` of the shape `of` in the shape `to`, unless broadcasting sees to that anyway."""
    formula, of = unshaped(formula, of)
    same = of == to if always else broadcasts(of, to)
    return formula if same else _shaped(RESHAPED, formula, of, to)


def unshaped(formula: Formula, shape: Shape) -> tuple[Formula, Shape]:
    """What a `formula` of this shape only reshapes, and the shape of that."""
    n, factors = _split(formula)
    inner = factors[0][0] if len(factors) == 1 and factors[0][1] == 1 else None
    if isinstance(inner, Call) and inner.function == RESHAPED:
        return product(Number(n), inner.arguments[0]), shape_in(inner.arguments[1])
    return formula, shape


def _shaped(function: str, formula: Formula, of: Sequence[int], to: Sequence[int]) -> Formula:
    n, factors = _split(formula)
    inner = product(Product(1, factors)) if factors else Number(1)
    shapes = (Name(",".join(map(str, shape))) for shape in (of, to))
    return product(Number(n), Call(function, (inner, *shapes)))


def shape_in(formula: Formula) -> Shape:
    """One of the shapes that a Call of Σ or RESHAPED has as its last arguments."""
    assert isinstance(formula, Name)
    return tuple(map(int, filter(None, formula.name.split(","))))


def _split(formula: Formula) -> tuple[Any, tuple[tuple[Formula, int], ...]]:
    """The number and the powers that `formula` is the product of."""
    if isinstance(formula, Product):
        return formula.number, formula.factors
    return (formula.value, ()) if isinstance(formula, Number) else (1, ((formula, 1),))


def _contains(formula: Formula, name: Name) -> bool:
    if isinstance(formula, Call):
        return any(_contains(argument, name) for argument in formula.arguments)
    if isinstance(formula, Product):
        return any(_contains(factor, name) for factor, _ in formula.factors)
    if isinstance(formula, Sum):
        return any(_contains(term, name) for term in formula.terms)
    return formula == name


PI = Name("π")
NAMED: dict[Any, Formula] = {
    math.pi: PI,
    180 / math.pi: product(Number(180), power(PI, -1)),
    math.pi / 180: product(Number(1 / 180), PI),
    **{math.log(n): Call("log", (Number(n),)) for n in (2, 10)},
}

# Printing. How tightly what is written holds together: what is looser than its place asks for is
# put in brackets.

LOGIC, COMPARISON, SUM, PRODUCT, POWER, ATOM = range(6)
OPERATORS: dict[str, tuple[str, int]] = {  # written between their arguments
    "∧": (r"\wedge", LOGIC),
    "∨": (r"\vee", LOGIC),
    "=": ("=", COMPARISON),
    "≠": (r"\neq", COMPARISON),
    "<": ("<", COMPARISON),
    "≤": (r"\leq", COMPARISON),
    ">": (">", COMPARISON),
    "≥": (r"\geq", COMPARISON),
    "@": ("", PRODUCT),
    "⊗": (r"\otimes", PRODUCT),
    "·": (r"\cdot", PRODUCT),  # of vectors
}


def text(formula: Formula, names: Mapping[str, str] | None = None) -> str:
    """`formula` on one line; `names` replace those of its variables."""
    return Text(names or {}).show(formula)


def latex(formula: Formula, names: Mapping[str, str] | None = None) -> str:
    """`formula` for LaTeX's mathematical mode; `names` are LaTeX, too."""
    return Latex(names or {}).show(formula)


class Text:
    """Prints a formula on one line; the methods say how its parts are written."""

    minus, dot = "−", "·"
    whole = PRODUCT  # how tight the one factor above or below a line must be

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def show(self, formula: Formula, place: int = LOGIC) -> str:
        """`formula`, in brackets if it is looser than `place` asks for."""
        written, tightness = self._write(formula)
        return f"({written})" if tightness < place else written

    def _write(self, formula: Formula) -> tuple[str, int]:
        if isinstance(formula, Name):
            return self.names.get(formula.name) or self.name(formula.name), ATOM
        if isinstance(formula, Number):
            return self._product(formula.value, ())
        if isinstance(formula, Product):
            return self._product(formula.number, formula.factors)
        if isinstance(formula, Sum):
            return self._sum(formula.terms), SUM
        assert isinstance(formula, Call)
        return self.call(formula.function, formula.arguments)

    def _sum(self, terms: Sequence[Formula]) -> str:
        # A positive term first, if there is one: 1 − x rather than −x + 1.
        ordered = sorted(terms, key=_is_negative)
        written = self.show(ordered[0], SUM)
        for term in ordered[1:]:
            sign, term = (self.minus, negative(term)) if _is_negative(term) else ("+", term)
            written += f" {sign} {self.show(term, PRODUCT)}"
        return written

    def _product(self, n: Any, factors: Sequence[tuple[Formula, int]]) -> tuple[str, int]:
        above = [(base, e) for base, e in factors if e > 0]
        below = [(base, -e) for base, e in factors if e < 0]
        sign, (p, q) = (self.minus if _negative_number(n) else ""), _fraction(n, bool(below))
        if isinstance(n, complex):
            p = p.replace("-", self.minus)
        whole = self.whole if below or q != "1" else PRODUCT
        over = self._powers(above, p, whole) or [p]
        under = self._powers(below, q, whole)
        if under:
            return sign + self.quotient(over, under), SUM if sign else PRODUCT
        tightness = ATOM if not factors else PRODUCT if len(over) > 1 else POWER
        return sign + self.dot.join(over), SUM if sign else tightness

    def _powers(self, factors: Sequence[tuple[Formula, int]], n: str, whole: int) -> list[str]:
        """The factors of a product with the number n, unless that is 1."""
        place = POWER if len(factors) > 1 or n != "1" else whole
        written = [
            self.power(base, str(e)) if e != 1 else self.show(base, place) for base, e in factors
        ]
        return written if n == "1" else [n, *written]

    def _operands(self, operator: str, arguments: Sequence[Formula]) -> list[str]:
        """What an operator stands between: brackets, but for the same one again on the left."""
        tightness = OPERATORS[operator][1]
        first, *others = arguments
        again = isinstance(first, Call) and first.function == operator != "⊗"
        written = [self.show(first, tightness if again else tightness + 1)]
        return written + [self.show(argument, tightness + 1) for argument in others]

    def name(self, name: str) -> str:
        """A variable."""
        return name

    def power(self, base: Formula, exponent: str) -> str:
        """A factor to a whole number."""
        return self.show(base, ATOM) + exponent.translate(SUPERSCRIPTS)

    def quotient(self, over: Sequence[str], under: Sequence[str]) -> str:
        """The factors above a line over those below it."""
        below = self.dot.join(under)
        return f"{self.dot.join(over)} / {below if len(under) == 1 else f'({below})'}"

    def call(self, function: str, arguments: Sequence[Formula]) -> tuple[str, int]:
        """A function of its arguments, and how tightly that holds together."""
        if function in OPERATORS:
            return f" {function} ".join(self._operands(function, arguments)), OPERATORS[function][1]
        if function == "^":
            base, exponent = (self.show(argument, ATOM) for argument in arguments)
            return f"{base}^{exponent}", POWER
        if function == "√":
            return f"√{self.show(arguments[0], ATOM)}", POWER
        if function == "ᵀ":
            return f"{self.show(arguments[0], ATOM)}ᵀ", ATOM
        if function == "¬":
            return f"¬{self.show(arguments[0], ATOM)}", ATOM
        if function == "index":
            return f"{self.show(arguments[0], ATOM)}[{self.show(arguments[1])}]", ATOM
        if function == "field":
            return f"{self.show(arguments[0], ATOM)}{self.show(arguments[1])}", ATOM
        if function == "Σ":
            axes = axes_written(*map(shape_in, arguments[1:]))
            return f"Σ{axes.translate(SUBSCRIPTS)}({self.show(arguments[0])})", ATOM
        if function == RESHAPED:
            return self.call(*_as_in_numpy(*arguments))
        inside = ", ".join(self.show(argument) for argument in arguments)
        return (f"[{inside}]" if function == "[]" else f"{function}({inside})"), ATOM


class Latex(Text):
    """Prints a formula for LaTeX's mathematical mode."""

    minus, dot, whole = "-", r" \, ", LOGIC

    def show(self, formula: Formula, place: int = LOGIC) -> str:
        """`formula`, in brackets if it is looser than `place` asks for."""
        written, tightness = self._write(formula)
        return rf"\left({written}\right)" if tightness < place else written

    def name(self, name: str) -> str:
        """A variable."""
        if name in ("π", "∞"):
            return {"π": r"\pi", "∞": r"\infty"}[name]
        letter, digits = name[:1], name[1:]
        if len(name) == 1 and name.isalpha():
            return name
        if letter.isalpha() and digits.isdigit():
            return f"{letter}_{{{digits}}}"
        return rf"\mathrm{{{''.join(LATEX.get(c, c) for c in name)}}}"

    def power(self, base: Formula, exponent: str) -> str:
        """A factor to a whole number."""
        return f"{self.show(base, ATOM)}^{{{exponent}}}"

    def quotient(self, over: Sequence[str], under: Sequence[str]) -> str:
        """The factors above a line over those below it."""
        return rf"\frac{{{self.dot.join(over)}}}{{{self.dot.join(under)}}}"

    def call(self, function: str, arguments: Sequence[Formula]) -> tuple[str, int]:
        """A function of its arguments, and how tightly that holds together."""
        if function in OPERATORS:
            sign, tightness = OPERATORS[function]
            between = f" {sign} " if sign else r" \, "
            return between.join(self._operands(function, arguments)), tightness
        first = arguments[0]
        if function == "^":
            return f"{self.show(first, ATOM)}^{{{self.show(arguments[1])}}}", POWER
        if function == "√":
            return rf"\sqrt{{{self.show(first)}}}", ATOM
        if function == "ᵀ":
            return f"{self.show(first, ATOM)}^{{\\top}}", POWER
        if function == "¬":
            return rf"\neg {self.show(first, ATOM)}", ATOM
        if function == "exp":
            return f"e^{{{self.show(first)}}}", POWER
        if function == "abs":
            return rf"\left|{self.show(first)}\right|", ATOM
        if function == "Σ":
            axes = axes_written(*map(shape_in, arguments[1:]))
            below = f"_{{{axes}}}" if axes else ""
            return rf"\sum{below}\left({self.show(first)}\right)", ATOM
        if function == RESHAPED:
            return self.call(*_as_in_numpy(*arguments))
        inside = ", ".join(self.show(argument) for argument in arguments)
        if function == "index":
            key = self.show(arguments[1])
            return f"{{{self.show(first, ATOM)}}}_{{[{key}]}}", POWER  # z_1 has a subscript already
        if function == "field":
            return f"{self.show(first, ATOM)}{self.show(arguments[1])}", ATOM
        if function == "[]":
            return rf"\left[{inside}\right]", ATOM
        known = rf"\{function}" if function in KNOWN_TO_LATEX else self.name(function)
        return rf"{known}\left({inside}\right)", ATOM


def _as_in_numpy(
    formula: Formula, before: Formula, after: Formula
) -> tuple[str, tuple[Formula, ...]]:
    """The call that reshapes a formula: x[:, None], ravel(x) or reshape(x, (3, 2))."""
    of, to = shape_in(before), shape_in(after)
    if key := subscript(of, to):
        return "index", (formula, Name(key))
    return ("ravel", (formula,)) if len(to) == 1 else ("reshape", (formula, Name(str(to))))


SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
LATEX = {c: rf"\{c}" for c in "_&%$#{}"} | {"\\": r"\backslash ", "~": r"\sim ", "^": r"\hat{}"}
KNOWN_TO_LATEX = frozenset("sin cos tan sinh cosh tanh log max min arcsin arccos arctan".split())


def _is_negative(formula: Formula) -> bool:
    return _negative_number(_split(formula)[0])


def _negative_number(n: Any) -> bool:
    return not isinstance(n, complex) and n < 0


def _fraction(n: Any, as_fraction: bool) -> tuple[str, str]:
    """The size of a number as p / q: 1/6 as 1 and 6; 0.5 as it is, unless in a fraction anyway."""
    if isinstance(n, complex):
        return (f"{n.imag:g}j" if n.real == 0 else f"({n:g})"), "1"
    n = abs(n)
    if math.isinf(n) or n != n:
        return ("∞" if n == n else "nan"), "1"
    short = f"{n:.6g}"
    exact = Fraction(n).limit_denominator(10_000)
    if (as_fraction or float(short) != n) and exact and float(exact) == float(n):
        return str(exact.numerator), str(exact.denominator)
    return short, "1"
