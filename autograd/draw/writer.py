"""What a derivation says: the sections of it, and how long each may be."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np

from autograd.draw.derivation import Derivation, Line, Path, Piece, Section, latex_name
from autograd.draw.formula.algebra import total
from autograd.draw.formula.axes import axes_written
from autograd.draw.formula.expressions import (
    Call,
    Decimal,
    Formula,
    Name,
    Number,
    Product,
    Sum,
    shape_in,
    text,
)
from autograd.draw.formula.helpers import meaning
from autograd.draw.formula.shapes import in_full
from autograd.draw.formula.terms import names_in, parts_of
from autograd.draw.gates import MASKED, Gates
from autograd.draw.numbers import Numbers, seen
from autograd.draw.places import TensorGraph, ValueGraph
from autograd.draw.steps import MANY, Link, Steps, gradient_of, local_of, name_of, passed_on

PATHS = 6  # that are listed; the others are counted
LINES = 16  # of a section; of more, the first and the last ones
ROOM = 24  # of what was computed, if much of it only stands beside
STOPS = 8  # factors of a product, likewise,
ON_THE_WAY = 24  # and steps of a path, of which no two that are listed should read the same
TIE = ": a tie, where both get half of the gradient."
UNTOLD = re.compile(r"∂[^#/]+/∂[^#]+")  # a derivative that is no formula
BY_RULE = ": by the rule of that operation, which is no short formula."
T = TypeVar("T")
LONGEST = 100  # characters of the whole derivative as one formula


class Writer:
    """Writes the sections of a derivation."""

    def __init__(self, steps: Steps, graph: ValueGraph | TensorGraph, lr: float | None) -> None:
        self.steps, self.graph, self.lr = steps, graph, lr
        self.names: dict[str, str] = {}
        self.latex_names: dict[str, str] = {"…": r"\cdots"}
        self.leading = sorted(steps.leading)
        self.links = [link for i in self.leading for link in steps.onward(i)]
        self.into: dict[int, list[Link]] = defaultdict(list)  # by the source
        for link in self.links:
            self.into[link.source].append(link)
        self.by_number = all(link.factor is not None for link in self.links)
        self.paths = self._largest_paths()
        self._name()
        self.gates = Gates(steps, self._add)

    def _largest_paths(self) -> list[list[Link]]:
        """The paths that contribute most; if those are all, in the order of the steps."""
        if self.steps.count() <= PATHS:
            return sorted(self.steps.largest(PATHS), key=_in_order)
        if self.by_number:
            return self.steps.largest(PATHS)
        candidates = self.steps.largest(4 * PATHS)
        sizes = [np.max(np.abs(self.graph.sent(path)), initial=0.0) for path in candidates]
        return [candidates[i] for i in np.argsort(sizes, kind="stable")[: -PATHS - 1 : -1]]

    def derivation(self) -> Derivation:
        """All sections."""
        wrt = self.steps.wrt
        head = Section("", [Line([gradient_of(wrt), _known(self.steps[wrt].gradient)])])
        sections = []
        if wrt != self.steps.root:
            sections += self._by_numbers() if self.by_number else self._by_arrays()
        said: dict[str, list[Piece]] = {}
        for section in sections:
            notes = _read_aloud(_formulas([section]), self._may_hold)
            if self.by_number:
                notes.pop("[]", None)  # that 1 or 0 stands beside it
            section.notes += [note for sign, note in notes.items() if sign not in said]
            said |= notes
        forward = self._forward(sections)
        sections.insert(0, forward)
        explained = set(said)
        for section in sections:
            functions = {f.function for f in _calls([section])} - explained
            section.notes += [note for f in sorted(functions) if (note := _told(f))]
            explained |= functions
        given = Section("Given", _lines(self._given(sections), self._value))
        given.lines += self._arrays(sections, computed=False)
        forward.lines[:0] = self._arrays(sections, computed=True)
        if self.lr is not None:
            sections.append(self._update(self.lr))
        shown = [section for section in (head, given, *sections) if section.lines or section.notes]
        return Derivation(shown, self.names, self.latex_names, self.steps.shapes)

    def _may_hold(self, condition: Formula) -> bool:
        """Whether two things are equal somewhere, or may be, as far as is known."""
        sides = condition.arguments if isinstance(condition, Call) else ()
        values = [
            self.steps[int(side.name[1:])].value
            if isinstance(side, Name) and re.fullmatch(r"#\d+", side.name)
            else np.array(side.value)
            if isinstance(side, Number)
            else None
            for side in sides
        ]
        arrays = [value for value in values if isinstance(value, np.ndarray)]
        return len(arrays) != 2 or bool(np.any(np.equal(*arrays)))

    # What leads to the root.

    def _given(self, sections: Iterable[Section]) -> list[int]:
        """What the formulas are about, but for what is computed."""
        used = _steps_in(_formulas(sections)) | {self.steps.wrt}
        return sorted(i for i in used if not self._is_computed(i))

    def _arrays(self, sections: Iterable[Section], *, computed: bool) -> list[Line]:
        """The whole arrays that formulas of elements are about."""
        used = {name for formula in _formulas(sections) for name in names_in(formula)}
        arrays = self.graph.arrays
        named = (arrays[name] for name in sorted(used & arrays.keys()))
        shown = (x for x in named if x.is_computed == computed)
        return [Line([Name(x.name), _known(seen(x.numbers))]) for x in shown]

    def _value(self, i: int) -> Line:
        return Line([name_of(i), _known(self.steps[i].value)])

    def _forward(self, sections: Iterable[Section]) -> Section:
        """How what depends on `wrt` was computed, and what else that and the `sections` are about.

        That in turn was computed from more, which is there as far as there is room.
        """
        leading = [i for i in self.leading if self._is_computed(i)]
        middle = leading[LINES // 2 : -LINES // 2] if len(leading) > LINES + 2 else []
        shown = set(leading) - set(middle)
        more = self._used_by(shown, _steps_in(_formulas(sections))) - set(leading)
        while more and (shown <= set(leading) or len(shown | more) <= ROOM):
            shown |= set(sorted(more)[-LINES:])
            more = self._used_by(shown, more) - shown - set(leading)
        lines = {i: self._computed(i) for i in shown}
        if middle:
            lines[middle[0]] = Line([f"… {len(middle):,} more …"])
        section = Section("Forward", [lines[i] for i in sorted(lines)])
        if more:
            others: list[Piece] = [f" and {len(more) - 1:,} more"] if len(more) > 1 else []
            why = f" is left out: {'they do' if others else 'it does'} not depend on "
            left_out = ["The computation of ", name_of(min(more)), *others, why]
            section.notes.append([*left_out, name_of(self.steps.wrt), "."])
        if any("const" in names_in(formula) for formula in _formulas([section])):
            section.notes.append(
                ["const: not kept in the graph; explain(f, wrt, x) of a function has them all."]
            )
        return section

    def _used_by(self, steps: Iterable[int], others: Iterable[int] = ()) -> set[int]:
        """What `steps` use, and the `others`, as far as it was computed."""
        used = _steps_in(self.steps[i].formula for i in steps) | set(others)
        return {i for i in used if self._is_computed(i)}

    def _is_computed(self, i: int) -> bool:
        return self.steps[i].op is not None

    def _computed(self, i: int) -> Line:
        step = self.steps[i]
        assert step.formula is not None
        return Line([name_of(i), step.formula, _known(step.value)])

    # Where all are numbers: local derivatives, and their product along each path.

    def _by_numbers(self) -> list[Section]:
        links = sorted(self.links, key=lambda link: (-link.target, -link.source))
        local = Section("Local derivatives", _lines(links, self._local))
        chain = Section("Chain rule", notes=self._gates())
        if len(links) < 2:
            local.lines = []
        if len(self.paths) == 1:
            chain.lines.append(self._product(gradient_of(self.steps.wrt), "=", self.paths[0]))
            return [local, chain]
        count = self.steps.count()
        chain.title = f"Chain rule: the sum over {_count(count)} paths" if count else "Chain rule"
        chain.lines += [self._product(self._path(path), ":", path) for path in self.paths]
        chain.lines += self._sum([self.graph.sent(path) for path in self.paths], count)
        return [local, chain]

    def _local(self, link: Link) -> Line:
        pieces: list[Piece] = [local_of(link.target, link.source)]
        local, via = self.steps.local(link), self.steps.via(link)
        if local is not None and not isinstance(local, Number):
            pieces.append(local)
        note: list[Piece] = ["through ", via] if via else ["directly"]
        note = [] if self.steps.is_only_way(link) else ["in one of its ways, ", *note]
        return Line([*pieces, np.array(link.factor)], note=note)

    def _path(self, links: Sequence[Link]) -> Path:
        stops: list[Formula] = []
        for link in links:
            via = self.steps.via(link)
            stops += [name_of(link.target)] + ([via] if via else [])
        return Path(_ends([*stops, name_of(links[-1].source)], ON_THE_WAY))

    def _product(self, first: Piece, sign: str, path: Sequence[Link]) -> Line:
        result = np.array(self.graph.sent(path))
        if len(path) == 1:
            local = self.steps.local(path[0])
            said = [] if local is None or isinstance(local, Number) else [local]
            return Line([first, *said, result], sign)
        symbols = [local_of(link.target, link.source) for link in path]
        numbers = [Decimal(link.factor) for link in path]
        return Line([first, Call("·", _ends(symbols)), Call("·", _ends(numbers)), result], sign)

    def _sum(self, contributions: Sequence[Any], count: int) -> list[Line]:
        """The line that adds up what the paths contribute, listed or not."""
        total_ = self.steps[self.steps.wrt].gradient
        lines = []
        terms = [np.asarray(c).item() for c in contributions]
        if count > len(terms) and isinstance(total_, np.ndarray):
            rest = float(total_.item()) - sum(terms)
            lines.append(Line([_more(count, len(terms)), np.array(rest)], ":"))
            terms.append(rest)
        if len(terms) > 1:
            sum_ = Sum(tuple(map(Decimal, terms)))
            lines.append(Line([gradient_of(self.steps.wrt), sum_, _known(total_)]))
        return lines

    # Where there are arrays: what each step gets from those that used it.

    def _by_arrays(self) -> list[Section]:
        received = [i for i in reversed(self.leading) if i != self.steps.root]
        notes = self._gates()
        backward = Section("Backward", _lines(received, self._backward), notes)
        chain = Section("Chain rule")
        count = self.steps.count()
        if count == 1:
            whole = self._whole(self.paths[0])
            if whole is not None:
                chain.lines.append(Line([gradient_of(self.steps.wrt), whole]))
        else:
            chain.title = f"Chain rule: the sum over {_count(count)} paths"
            sent = [self.graph.sent(path) for path in self.paths]
            chain.lines += [
                Line([self._path(path), _known(seen(g))], ":") for path, g in zip(self.paths, sent)
            ]
            total_ = self.steps[self.steps.wrt].gradient
            if count > len(sent) and isinstance(total_, np.ndarray):
                more = _more(count, len(sent))
                chain.lines.append(Line([more, np.asarray(total_ - sum(sent))], ":"))
            chain.lines.append(Line([gradient_of(self.steps.wrt), _known(total_)]))
        return [backward, chain]

    def _backward(self, i: int) -> Line:
        """The gradient of step i: the sum of what is sent to it."""
        one = {self.steps.root: Number(1)}
        pieces: list[Piece] = [gradient_of(i), _known(self.steps[i].gradient)]
        if len(self.into[i]) <= PATHS:
            messages = (self.steps.message(link, one.get(link.target)) for link in self.into[i])
            shape = self.steps.shapes.get(f"∂#{i}")
            whole = in_full(total(*messages), shape, self.steps.shapes)
            if len(text(whole, self.names)) <= LONGEST and not isinstance(whole, Number):
                pieces.insert(1, whole)
        return Line(pieces)

    def _whole(self, path: Sequence[Link]) -> Formula | None:
        """The derivative along a path as one formula; None if that is long or says no more."""
        message: Formula = Number(1)
        if len(path) < 2:
            return None
        for link in path:
            message = self.steps.message(link, message)
            if len(text(message, self.names)) > LONGEST:
                return None
        return in_full(message, self.steps.shapes.get(f"∂#{self.steps.wrt}"), self.steps.shapes)

    def _gates(self) -> list[list[Piece]]:
        """Where the gradient ends, from the root."""
        gates = (note for i in reversed(self.leading) for note in self.gates.of(i))
        notes = list({str(note): note for note in gates}.values())[:LINES]
        return notes + [[MASKED]] * self._is_masked()

    def _is_masked(self) -> bool:
        """Whether 0 × ∞ stands somewhere, which a reader would take for nan."""
        if any(use.is_masked for link in self.links for use in link.uses):
            return True
        if not self.by_number:
            return False
        ways = [*([link] for link in self.links), *self.paths]
        slopes = [[use.factor or 0.0 for link in way for use in link.uses] for way in ways]
        if any(passed_on(each) == 0 != math.prod(each) for each in slopes):
            return True
        total_ = self.steps[self.steps.wrt].gradient
        of_paths = sum(self.graph.sent(path) for path in self.paths)
        is_finite = isinstance(total_, np.ndarray) and bool(np.isfinite(total_).all())
        return is_finite and not np.isfinite(of_paths).all()

    # And then.

    def _update(self, lr: float) -> Section:
        """What a step of gradient descent makes of the variable."""
        i = self.steps.wrt
        step = self.steps[i]
        if step.uses:
            raise ValueError(
                f"lr= is for what a step of gradient descent changes, and {step.label!r} was "
                f"computed; leave it out, or explain a parameter"
            )

        def descended(x: Formula, gradient: Formula) -> Formula:
            # By the convention ∂f/∂z = ∂f/∂x − i ∂f/∂y the steepest way down is −conj(∂f/∂z).
            return _less(x, lr, Call("conj", (gradient,)) if step.is_complex else gradient)

        pieces: list[Piece] = [name_of(i), descended(name_of(i), gradient_of(i))]
        if isinstance(step.value, np.ndarray) and isinstance(step.gradient, np.ndarray):
            if step.value.size == 1:
                x, gradient = Decimal(step.value.item()), Decimal(step.gradient.item())
                pieces.append(descended(x, gradient))
            pieces.append(np.asarray(step.value - lr * np.conj(step.gradient)))
        return Section("Update", [Line(pieces, "←")])

    def _name(self) -> None:
        """Names for what the formulas are about, as text and for LaTeX."""
        for name in self.graph.arrays:
            self._add(Name(name), name, latex_name(name))
        root = self.steps[self.steps.root].label
        labels = {i: step.label for i, step in enumerate(self.steps.steps) if step.label}
        for i, label in labels.items():
            self._add(name_of(i), label, latex_name(label))
            self._add_derivative(gradient_of(i), root, label)
        for link in self.links:
            a, b = labels[link.target], labels[link.source]
            self._add_derivative(local_of(link.target, link.source), a, b)

    def _add_derivative(self, name: Name, of: str, by: str) -> None:
        of_, by_ = latex_name(of), latex_name(by)
        self._add(name, f"∂{of}/∂{by}", rf"\frac{{\partial {of_}}}{{\partial {by_}}}")

    def _add(self, name: Name, written: str, latex: str) -> None:
        self.names[name.name], self.latex_names[name.name] = written, latex


def _in_order(path: Sequence[Link]) -> list[list[int]]:
    return [[link.source, *link.through] for link in path]


def _less(x: Formula, lr: float, gradient: Formula) -> Formula:
    """x − lr · gradient"""
    return Sum((x, Product(-1, ((Call("·", (Number(lr), gradient)), 1),))))


def _ends(formulas: Sequence[Formula], most: int = STOPS) -> tuple[Formula, ...]:
    """All of them, or the first and the last ones of many."""
    half = most // 2
    if len(formulas) > most:
        formulas = [*formulas[:half], Name("…"), *formulas[-half:]]
    return tuple(formulas)


def _lines(items: Sequence[T], line: Callable[[T], Line]) -> list[Line]:
    """A line for each item; of many, for the first and the last ones."""
    if len(items) <= LINES + 2:  # to leave out one or two saves nothing
        return [line(item) for item in items]
    half = LINES // 2
    between = Line([f"… {len(items) - 2 * half:,} more …"])
    return [*map(line, items[:half]), between, *map(line, items[-half:])]


def _steps_in(formulas: Iterable[Formula | None]) -> set[int]:
    """The steps that formulas are about."""
    names = {name for formula in formulas for name in names_in(formula)}
    return {int(name[1:]) for name in names if re.fullmatch(r"#\d+", name)}


def _formulas(sections: Iterable[Section]) -> list[Formula]:
    lines = [line for section in sections for line in section.lines]
    return [piece for line in lines for piece in line.pieces if isinstance(piece, Formula)]


def _read_aloud(
    formulas: Iterable[Formula], may_hold: Callable[[Formula], bool]
) -> dict[str, list[Piece]]:
    """What the signs in formulas mean that are nobody's functions, by what is written."""
    notes: dict[str, list[Piece]] = {}
    for part in (part for formula in formulas for part in parts_of(formula)):
        if isinstance(part, Name) and UNTOLD.fullmatch(part.name):
            notes.setdefault(part.name, [part, BY_RULE])
        if not isinstance(part, Call):
            continue
        if part.function == "@" and (untold := UNTOLD.fullmatch(_of_transpose(part.arguments[0]))):
            product = Call("@", (part.arguments[0], Name("…")))
            notes[untold[0]] = [product, ": the slopes of all elements", BY_RULE.replace(":", ",")]
        shown = Call(part.function, (Name("…"), *part.arguments[1:]))
        if part.function == "Σ":
            axes = axes_written(*map(shape_in, part.arguments[1:]))
            over = f"axis {axes}" if len(axes) == 1 else f"the axes {axes.replace(',', ' and ')}"
            if not axes:
                over = "all elements"
            what = f": the sum over {over}, where broadcasting had repeated one element."
            notes[f"Σ{axes}"] = [shown, what]
        elif part.function == "[]":
            notes["[]"] = [Call("[]", (Name("…"),)), ": 1 where that holds, else 0."]
        elif part.function == "broadcast_to":
            notes["broadcast_to"] = [shown, ": repeated to that shape."]
        elif part.function == "scatter":
            place = part.arguments[1]
            if isinstance(place, Call) and place.function == "argsort":
                notes["argsort"] = [shown, ": each element back to where it was before."]
                continue
            why = ": only what was read from there gets a gradient"
            why += "; what was read twice, the sum." if re.search("#|indices", str(place)) else "."
            notes.setdefault("scatter", [shown, ": an array of zeros with … at ", place, why])
        elif part.function == "where" and part.arguments[1] == Number(0.5):
            tie = part.arguments[0]
            notes |= {"tie": [tie, TIE]} if may_hold(tie) else {}
    return notes


def _told(function: str) -> list[Piece]:
    """A sentence on a function that no reader can look up."""
    told = meaning(function)
    return [Call(function, tuple(map(Name, told[0]))), f": {told[1]}"] if told else []


def _calls(sections: Iterable[Section]) -> list[Call]:
    parts = (part for formula in _formulas(sections) for part in parts_of(formula))
    return [part for part in parts if isinstance(part, Call)]


def _of_transpose(formula: Formula) -> str:
    """The name of what is transposed, if anything is."""
    inner = formula.arguments[0] if isinstance(formula, Call) else None
    return inner.name if isinstance(inner, Name) else ""


def _more(count: int, listed: int) -> str:
    return f"{count - listed:,} more paths" if count < MANY else "all other paths"


def _count(count: int) -> str:
    return f"{count:,}" if count < MANY else "more than a million billion"


def _known(numbers: Numbers | None) -> Piece:
    return "unknown" if numbers is None else numbers
