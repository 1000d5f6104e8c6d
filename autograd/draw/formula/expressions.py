r"""Formulas: small trees, printed as text or as LaTeX.

>>> x, y = Name("x"), Name("y")
>>> formula = Sum((Number(1), Product(-2.0, ((x, 1), (y, -2)))))
>>> print(text(formula))
1 − 2·x / y²
>>> print(latex(formula))
1 - \frac{2 \, x}{y^{2}}
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from autograd.draw.formula.axes import RESHAPED, Shape, axes_written, subscript


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
class Decimal(Number):
    """A number that is written to six digits: 0.333333, where a Number would be 1 / 3."""


@dataclass(frozen=True)
class Literal(Number):
    """A factor that a program has itself, and that stands even if it is 1 or 0: w·1."""


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


def split(formula: Formula) -> tuple[Any, tuple[tuple[Formula, int], ...]]:
    """The number and the powers that `formula` is the product of."""
    if isinstance(formula, Product):
        return formula.number, formula.factors
    if isinstance(formula, Number) and not isinstance(formula, Literal):
        return formula.value, ()
    return 1, ((formula, 1),)


def shape_in(formula: Formula) -> Shape:
    """One of the shapes that a Call of Σ or RESHAPED has as its last arguments."""
    assert isinstance(formula, Name)
    return tuple(map(int, filter(None, formula.name.split(","))))


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

    minus, dot, each = "−", "·", "·"  # each: the product of arrays, element by element
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
            n = formula.value
            is_decimal = isinstance(formula, Decimal) and not isinstance(n, complex)
            return self._product(float(f"{n:.6g}") if is_decimal else n, ())
        if isinstance(formula, Product):
            return self._product(formula.number, formula.factors)
        if isinstance(formula, Sum):
            return self._sum(formula.terms), SUM
        assert isinstance(formula, Call)
        return self.call(formula.function, formula.arguments)

    def _sum(self, terms: Sequence[Formula]) -> str:
        # A positive term first, if there is one: 1 − x rather than −x + 1. Numbers are in the order
        # of what they add up.
        are_numbers = all(isinstance(term, Decimal) for term in terms)
        ordered = terms if are_numbers else sorted(terms, key=_is_negative)
        written = self.show(ordered[0], SUM)
        for term in ordered[1:]:
            sign, term = (self.minus, _minus(term)) if _is_negative(term) else ("+", term)
            written += f" {sign} {self.show(term, PRODUCT)}"
        return written

    def _product(self, n: Any, factors: Sequence[tuple[Formula, int]]) -> tuple[str, int]:
        factors = sorted(factors, key=lambda factor: self.is_array(factor[0]))
        above = [(base, e) for base, e in factors if e > 0]
        below = [(base, -e) for base, e in factors if e < 0]
        sign, (p, q) = (self.minus if is_negative(n) else ""), _fraction(n, bool(below))
        p = self.numeral(p)
        whole = self.whole if below or q != "1" else PRODUCT
        over = self._powers(above, p, whole) or [p]
        under = self._powers(below, q, whole)
        row = self._joined(over, above)
        if under:
            below_ = self._joined(under, below)
            quotient = self.quotient(row, below_, is_one=len(under) == 1)
            return sign + quotient, SUM if sign else PRODUCT
        tightness = ATOM if not factors else PRODUCT if len(over) > 1 else POWER
        return sign + row, SUM if sign else tightness

    def _joined(self, written: Sequence[str], factors: Sequence[tuple[Formula, int]]) -> str:
        """Factors as they are written, of which the last ones may be arrays."""
        k = len(written) - sum(self.is_array(base) for base, _ in factors)
        arrays = [self.each.join(written[k:])] if written[k:] else []
        return self.dot.join([*written[:k], *arrays])

    def is_array(self, formula: Formula) -> bool:
        """Whether a formula is known to be of an array, whose product with another is `each`."""
        return False

    def _powers(self, factors: Sequence[tuple[Formula, int]], n: str, whole: int) -> list[str]:
        """The factors of a product with the number n, unless that is 1."""
        place = POWER if len(factors) > 1 or n != "1" else whole
        written = []
        for base, e in factors:
            if e == 1 or isinstance(base, Literal):  # 1·1 rather than 1²
                written += [self.show(base, place)] * e
            else:
                written.append(self.power(base, str(e)))
        return written if n == "1" else [n, *written]

    def _operands(self, operator: str, arguments: Sequence[Formula]) -> list[str]:
        """What an operator stands between: brackets, but for the same one again on the left."""
        tightness = OPERATORS[operator][1]
        first, *others = arguments
        again = isinstance(first, Call) and first.function == operator != "⊗"
        written = [self.show(first, tightness if again else tightness + 1)]
        return written + [self.show(argument, tightness + 1) for argument in others]

    def _chained(self, chain: Sequence[Formula | str]) -> list[str]:
        return [self.sign(x) if isinstance(x, str) else self.show(x, SUM) for x in chain]

    def sign(self, operator: str) -> str:
        """An operator."""
        return operator

    def numeral(self, n: str) -> str:
        """A number, as Python writes it."""
        return n.replace("-", self.minus)

    def name(self, name: str) -> str:
        """A variable."""
        return name

    def power(self, base: Formula, exponent: str) -> str:
        """A factor to a whole number."""
        return self.show(base, ATOM) + exponent.translate(SUPERSCRIPTS)

    def quotient(self, over: str, under: str, *, is_one: bool) -> str:
        """What is above a line over what is below it, which may be one factor."""
        return f"{over} / {under if is_one else f'({under})'}"

    def call(self, function: str, arguments: Sequence[Formula]) -> tuple[str, int]:
        """A function of its arguments, and how tightly that holds together."""
        if function == "∧" and (chain := _chain(*arguments)):
            return " ".join(self._chained(chain)), COMPARISON
        if function in OPERATORS:
            return f" {function} ".join(self._operands(function, arguments)), OPERATORS[function][1]
        if function == "^":
            base, exponent = (self.show(argument, ATOM) for argument in arguments)
            return f"{base}^{exponent}", POWER
        if function == "√":
            return f"√{self.show(arguments[0], ATOM)}", POWER
        if function == "ᵀ":
            inner = self.show(arguments[0], ATOM)
            return f"({inner})ᵀ" if "/∂" in inner and inner[0] == "∂" else f"{inner}ᵀ", ATOM
        if function == "¬":
            return f"¬{self.show(arguments[0], ATOM)}", ATOM
        if function == "index":
            return f"{self.show(arguments[0], ATOM)}[{self.show(arguments[1])}]", ATOM
        if function in ("key", "[key]"):  # an index, and that in brackets
            inside = ", ".join(map(self.show, arguments))
            return (inside if function == "key" else f"[{inside}]"), ATOM
        if function == "field":
            return f"{self.show(arguments[0], ATOM)}{self.show(arguments[1])}", ATOM
        if function == "#":  # the same again
            return f"{self.show(arguments[0], ATOM)} #{self.show(arguments[1])}", ATOM
        if function == "Σ":
            axes = axes_written(*map(shape_in, arguments[1:]))
            return f"Σ{axes.translate(SUBSCRIPTS)}({self.show(arguments[0])})", ATOM
        if function == RESHAPED:
            return self.call(*_as_in_numpy(*arguments))
        inside = ", ".join(self.show(argument) for argument in arguments)
        return (f"[{inside}]" if function == "[]" else f"{function}({inside})"), ATOM


class Latex(Text):
    """Prints a formula for LaTeX's mathematical mode."""

    minus, dot, each, whole = "-", r" \, ", r" \odot ", LOGIC

    def sign(self, operator: str) -> str:
        """An operator."""
        return OPERATORS[operator][0]

    def numeral(self, n: str) -> str:
        """A number, as Python writes it: 1e-07 is 1 · 10⁻⁷."""
        return re.sub(r"e([+-])0*(\d+)", lambda e: rf" \cdot 10^{{{e[1].strip('+')}{e[2]}}}", n)

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

    def quotient(self, over: str, under: str, *, is_one: bool) -> str:
        """What is above a line over what is below it, which may be one factor."""
        return rf"\frac{{{over}}}{{{under}}}"

    def call(self, function: str, arguments: Sequence[Formula]) -> tuple[str, int]:
        """A function of its arguments, and how tightly that holds together."""
        if function == "∧" and (chain := _chain(*arguments)):
            return " ".join(self._chained(chain)), COMPARISON
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
        if function in ("key", "[key]"):
            return (inside if function == "key" else rf"\left[{inside}\right]"), ATOM
        if function == "field":
            return f"{self.show(first, ATOM)}{self.show(arguments[1])}", ATOM
        if function == "#":
            return rf"{self.show(first, ATOM)} \,\#{self.show(arguments[1])}", ATOM
        if function == "[]":
            return rf"\left[{inside}\right]", ATOM
        known = rf"\{function}" if function in KNOWN_TO_LATEX else self.name(function)
        return rf"{known}\left({inside}\right)", ATOM


def _chain(x: Formula, y: Formula) -> tuple[Formula | str, ...]:
    """low ≤ x ≤ high, of x ≥ low ∧ x ≤ high; nothing, of anything else."""
    if not (isinstance(x, Call) and isinstance(y, Call)) or x.arguments[0] != y.arguments[0]:
        return ()
    if x.function not in LEAST:
        x, y = y, x
    if x.function not in LEAST or y.function not in LEAST.values():
        return ()
    return x.arguments[1], LEAST[x.function], x.arguments[0], y.function, y.arguments[1]


def _as_in_numpy(
    formula: Formula, before: Formula, after: Formula
) -> tuple[str, tuple[Formula, ...]]:
    """The call that reshapes a formula: x[:, None], ravel(x) or reshape(x, (3, 2))."""
    of, to = shape_in(before), shape_in(after)
    if key := subscript(of, to):
        return "index", (formula, Name(key))
    return ("ravel", (formula,)) if len(to) == 1 else ("reshape", (formula, Name(str(to))))


LEAST = {"≥": "≤", ">": "<"}  # seen from the other side
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
LATEX = {c: rf"\{c}" for c in "_&%$#{}"} | {"\\": r"\backslash ", "~": r"\sim ", "^": r"\hat{}"}
KNOWN_TO_LATEX = frozenset("sin cos tan sinh cosh tanh log max min arcsin arccos arctan".split())


def _minus(formula: Formula) -> Formula:
    n, factors = split(formula)
    if isinstance(formula, Decimal):
        return Decimal(-n)
    return Product(-n, factors)


def _is_negative(formula: Formula) -> bool:
    return is_negative(split(formula)[0])


def is_negative(n: Any) -> bool:
    """Whether a number is real and below 0."""
    return not isinstance(n, complex) and n < 0


@lru_cache(maxsize=1024, typed=True)  # half of the time of a large graph, else; 1 + 0j is not 1
def _fraction(n: Any, as_fraction: bool) -> tuple[str, str]:
    """The size of a number as p / q: 1/6 as 1 and 6; 0.5 as it is, unless in a fraction anyway.

    1/32, which 0.03125 is longer than, is a fraction, too.
    """
    if isinstance(n, complex):
        return (f"{n.imag:g}j" if n.real == 0 else f"({n:g})"), "1"
    n = abs(n)
    if math.isinf(n) or n != n:
        return ("∞" if n == n else "nan"), "1"
    short = f"{n:.6g}"
    exact = Fraction(n).limit_denominator(10_000)
    is_long = float(short) != n or len(short) > len(f"{exact.numerator} / {exact.denominator}")
    if (as_fraction or is_long) and exact and float(exact) == float(n):
        return str(exact.numerator), str(exact.denominator)
    return short, "1"
