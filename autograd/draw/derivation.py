"""A derivation on paper: lines of mathematics under headings, as text, as Markdown or as LaTeX."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from autograd.draw.formula.axes import Shape
from autograd.draw.formula.expressions import LATEX, Formula, Latex, Name, Text, text
from autograd.draw.formula.shapes import shape_of
from autograd.draw.formula.terms import names_in
from autograd.draw.numbers import Numbers, Summary

WIDTH = 76  # characters of a line of numbers,
LONGEST = 100  # of one with formulas, before what can begin a line of its own,
COLUMN = 50  # and of what stands before the signs
FEW = 8  # numbers that are written even if they are all the same


@dataclass(frozen=True)
class Path:
    """f → y → x"""

    stops: tuple[Formula, ...]


Piece: TypeAlias = str | Formula | Numbers | Path  # a str is words of ours


@dataclass(slots=True)
class Line:
    """What is equal, from left to right, and words that follow."""

    pieces: list[Piece]
    sign: str = "="  # between the first two
    note: list[Piece] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """A heading, lines of mathematics, and sentences."""

    title: str
    lines: list[Line] = field(default_factory=list)
    notes: list[list[Piece]] = field(default_factory=list)


@dataclass(slots=True)
class Derivation:
    """How a derivative comes about: `str()` is text, `.markdown` and `.latex` are what they say.

    In a notebook it shows itself. The LaTeX is for the body of a document that uses amsmath.
    """

    sections: list[Section]
    names: dict[str, str]  # of what the formulas are about, as text
    latex_names: dict[str, str]
    shapes: Mapping[str, Shape] = field(default_factory=dict)  # likewise

    def __str__(self) -> str:
        return "\n\n".join(_text(section, self.names) for section in self.sections) + "\n"

    def __repr__(self) -> str:
        return str(self)

    @property
    def markdown(self) -> str:
        """With formulas between dollar signs, as notebooks and GitHub read it."""
        return "\n\n".join(
            self._paragraphs(r"**%s**", "$$\n\\begin{aligned}", "\\end{aligned}\n$$")
        )

    @property
    def latex(self) -> str:
        """Paragraphs of aligned formulas."""
        return "\n\n".join(self._paragraphs(r"\paragraph{%s}", r"\begin{align*}", r"\end{align*}"))

    def _repr_markdown_(self) -> str:
        return self.markdown

    def _paragraphs(self, title: str, begin: str, end: str) -> list[str]:
        write = _latex_writer(Fractions(self.latex_names, self.shapes))
        parts = []
        for section in self.sections:
            parts += [title % section.title] if section.title else []
            if section.lines:
                rows = " \\\\\n".join(_latex_line(line, write) for line in section.lines)
                parts.append(f"{begin}\n{rows}\n{end}")
            parts += [_sentence(note, write) for note in section.notes]
        return parts


def _text(section: Section, names: Mapping[str, str]) -> str:
    """A heading, the lines with their signs below each other, and the sentences."""
    indent = "  " if section.title else ""
    firsts = [len(_shown(line.pieces[0], names)) for line in section.lines if line.pieces[1:]]
    width = len(indent) + max((n for n in firsts if n <= COLUMN), default=0)
    written = [section.title] if section.title else []
    for line in section.lines:
        first, *others = line.pieces
        row = f"{indent}{_shown(first, names)}"
        if others:
            if len(row) > width:
                row += "\n"
            row += " " * (width - len(row.rpartition("\n")[2])) + f" {line.sign}"
        for i, piece in enumerate(others):
            shown = _shown(piece, names)
            if i and len(row.rpartition("\n")[2]) + len(shown.partition("\n")[0]) + 3 > LONGEST:
                row += "\n" + " " * width
            row += f"{' =' if i else ''} "
            row += shown.replace("\n", "\n" + " " * len(row.rpartition("\n")[2]))
        if line.note:
            row += "   " + "".join(_shown(piece, names) for piece in line.note)
        written.append(row)
    written += [indent + "".join(_shown(piece, names) for piece in note) for note in section.notes]
    return "\n".join(written)


def _shown(piece: Piece, names: Mapping[str, str]) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Path):
        return " → ".join(text(stop, names) for stop in piece.stops)
    if isinstance(piece, Formula):
        about_derivatives = any(name.startswith("∂") for name in names_in(piece))
        return (Spaced(names) if about_derivatives else Text(names)).show(piece)
    if (only := _the_only(piece)) is not None:
        return f"{_shape(piece.shape)}, all {numeral(only)}"
    if isinstance(piece, Summary):
        of = "abs " if piece.is_of_abs else ""
        return f"{_shape(piece.shape)}, {of}{numeral(piece.min)} … {numeral(piece.max)}"
    return _array_text(piece)


def _the_only(x: Numbers) -> Any:
    """The number that all of many elements are; None if they differ."""
    if isinstance(x, Summary):
        same = x.min == x.max and not (x.is_of_abs and x.max)
        return x.min if same and not x.nan and not x.inf else None
    return x.flat[0].item() if x.size > FEW and (x == x.flat[0]).all() else None


class Spaced(Text):
    """Prints a formula of derivatives: ∂f/∂y · w and (∂f/∂y)ᵀ, which might be misread else."""

    dot = " · "

    def call(self, function: str, arguments: Sequence[Formula]) -> tuple[str, int]:
        """A function of its arguments, and how tightly that holds together."""
        first = arguments[0]
        if function in ("ᵀ", "index") and _is_derivative(first) and first != BRACKETED:
            bracketed = {"∂": f"({self.show(first)})"}
            return Spaced({**self.names, **bracketed}).call(function, (BRACKETED, *arguments[1:]))
        return super().call(function, arguments)


class Fractions(Latex):
    r"""Prints a formula, with derivatives as fractions, for LaTeX's mathematical mode.

    There A B is a product of matrices: \odot is that of their elements, and A^{\odot 2} the square.
    """

    def __init__(self, names: Mapping[str, str], shapes: Mapping[str, Shape]) -> None:
        super().__init__(names)
        self.shapes = shapes

    def is_array(self, formula: Formula) -> bool:
        """Whether a formula is of an array; where there are any, what is not known may be one."""
        shape = shape_of(formula, self.shapes)
        return any(self.shapes.values()) if shape is None else shape != ()

    def power(self, base: Formula, exponent: str) -> str:
        """A factor to a whole number; of a matrix, its elements to that."""
        shape = shape_of(base, self.shapes)
        is_square = shape is not None and len(shape) > 1 and shape[-1] == shape[-2]
        return super().power(base, rf"\odot {exponent}" if is_square else exponent)

    def name(self, name: str) -> str:
        """What is none of the given names, such as an option or the name of a function."""
        return latex_name(name)

    def call(self, function: str, arguments: Sequence[Formula]) -> tuple[str, int]:
        """A function of its arguments, and how tightly that holds together."""
        first = arguments[0]
        if function in ("ᵀ", "index") and _is_derivative(first) and first != BRACKETED:
            bracketed = {"∂": rf"\left({self.show(first)}\right)"}
            inner = Fractions({**self.names, **bracketed}, self.shapes)
            return inner.call(function, (BRACKETED, *arguments[1:]))
        return super().call(function, arguments)


def _is_derivative(formula: Formula) -> bool:
    return isinstance(formula, Name) and formula.name.startswith("∂")


BRACKETED = Name("∂")  # stands for a derivative in brackets


def numeral(x: Any) -> str:
    """A number to six digits.

    >>> numeral(-1 / 3), numeral(2 - 1j / 3)
    ('−0.333333', '2−0.333333j')
    """
    if isinstance(x, (bool, np.bool_)):
        return str(x)
    if isinstance(x, complex):
        imaginary = numeral(x.imag)
        return f"{numeral(x.real)}{'' if imaginary[0] == '−' else '+'}{imaginary}j"
    if not math.isfinite(x):
        return {"inf": "∞", "-inf": "−∞"}.get(str(float(x)), "nan")
    return f"{x + 0:.6g}".replace("-", "−") if x else "0"


def _array_text(x: Any) -> str:
    if np.ndim(x) == 0:
        return numeral(x.item())
    width = max((len(numeral(n)) for n in x.ravel().tolist()), default=0) if x.ndim > 1 else 0
    return np.array2string(
        x,
        separator=", ",
        formatter={"all": lambda n: numeral(n).rjust(width)},
        max_line_width=WIDTH,
        threshold=x.size + 1,
    )


def _shape(shape: Sequence[int]) -> str:
    return f"{' × '.join(map(str, shape))} numbers"


# LaTeX. Markdown has the same formulas.


def _latex_writer(printer: Fractions) -> Callable[[Piece], str]:
    def write(piece: Piece) -> str:
        if isinstance(piece, str):
            return piece
        if isinstance(piece, Path):
            return r" \to ".join(map(printer.show, piece.stops))
        if isinstance(piece, Formula):
            return printer.show(piece).replace("∞", r"\infty ")
        size = r" \times ".join(map(str, piece.shape))
        if (only := _the_only(piece)) is not None:
            return rf"{size}\text{{ numbers, all }} {_numeral(only)}"
        if isinstance(piece, Summary):
            of = r"\text{abs }" if piece.is_of_abs else ""
            ends = rf"{_numeral(piece.min)} \ldots {_numeral(piece.max)}"
            return rf"{size}\text{{ numbers, }} {of}{ends}"
        return _array_latex(piece)

    return write


def _latex_line(line: Line, write: Callable[[Piece], str]) -> str:
    def mathematics(piece: Piece) -> str:
        return rf"\text{{{_words(piece)}}}" if isinstance(piece, str) else write(piece)

    first, *others = map(mathematics, line.pieces)
    sign = {"=": "&=", ":": r"&:\quad", "←": r"&\gets"}[line.sign]
    row = f"{first} {sign} {' = '.join(others)}" if others else first
    return row + (r" \qquad " + "".join(map(mathematics, line.note)) if line.note else "")


def _words(words: str) -> str:
    return "".join(
        WORDS.get(c) or (f"${GREEK[c]}$" if c in GREEK else LATEX.get(c, c)) for c in words
    )


def _sentence(note: Sequence[Piece], write: Callable[[Piece], str]) -> str:
    return "".join(_words(p) if isinstance(p, str) else f"${write(p)}$" for p in note)


def _numeral(x: Any) -> str:
    return Latex({}).numeral(numeral(x).replace("−", "-").replace("∞", r"\infty "))


def _array_latex(x: Any) -> str:
    if x.ndim == 0:
        return _numeral(x.item())
    if x.ndim == 1:
        return rf"\left[{', '.join(map(_numeral, x.tolist()))}\right]"
    if x.ndim > 2 or 0 in x.shape:
        return rf"\text{{{_shape(x.shape).replace('×', 'x')}}}"
    rows = r" \\ ".join(" & ".join(map(_numeral, row)) for row in x.tolist())
    columns = "r" * x.shape[1]
    return rf"\left[\begin{{array}}{{{columns}}} {rows} \end{{array}}\right]"


def latex_name(label: str) -> str:
    r"""A name for LaTeX's mathematical mode, whatever is in it.

    >>> print(latex_name("w11"), latex_name("W[0, 1]"), latex_name("a_b"))
    w_{11} W_{0, 1} \mathrm{a\_b}
    """
    if match := re.fullmatch(r"(.+)\[(\d+(?:, \d+)*)\]", label):
        return (
            f"{latex_name(match[1]) if len(match[1]) == 1 else _upright(match[1])}_{{{match[2]}}}"
        )
    if match := re.fullmatch(r"([A-Za-z])(\d*)", label):
        return match[1] + (f"_{{{match[2]}}}" if match[2] else "")
    return _upright(label)


def _upright(label: str) -> str:
    return rf"\mathrm{{{''.join(map(_character, label))}}}"


def _character(c: str) -> str:
    if c in GREEK:
        return f"{GREEK[c]} "
    if c in ESCAPED:
        return ESCAPED[c]
    return c if c.isascii() and c.isprintable() else "?"


GREEK = {
    **dict(
        zip(
            "αβγδεζηθικλμνξ",
            r"\alpha \beta \gamma \delta \epsilon \zeta \eta \theta \iota "
            r"\kappa \lambda \mu \nu \xi".split(),
        )
    ),
    **dict(zip("πρστυφχψω", r"\pi \rho \sigma \tau \upsilon \phi \chi \psi \omega".split())),
    **dict(
        zip("ΓΔΘΛΞΠΣΦΨΩ", r"\Gamma \Delta \Theta \Lambda \Xi \Pi \Sigma \Phi \Psi \Omega".split())
    ),
}
WORDS = {  # in a sentence
    **{"…": r"\ldots{}", "−": "$-$", "·": r"$\cdot$", "√": r"$\surd$", "½": r"$\frac{1}{2}$"},
    **{"²": "${}^{2}$", "ⁿ": "${}^{n}$", "⁺": "${}^{+}$", "ᵀ": r"${}^{\top}$", "Σ": r"$\Sigma$"},
    **{"|": "$|$", "<": "$<$", ">": "$>$", "*": "$*$", "≤": r"$\leq$", "≥": r"$\geq$"},
    **{"×": r"$\times$", "∞": r"$\infty$", "^": r"\^{}", "~": r"\~{}"},
    **{"–": "--", "é": r"\'e", "ö": r"\"o"},
}
ESCAPED = LATEX | {
    "<": "{<}",
    " ": r"\ ",
    "`": r"\grave{}",
    "*": r"\ast ",
    "…": r"\ldots ",
    "∞": r"\infty ",
    "∂": r"\partial ",
    "|": r"\vert ",
    "\\": r"\backslash ",
    "^": r"\hat{}",
    "~": r"\sim ",
}
