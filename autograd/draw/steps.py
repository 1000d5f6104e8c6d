"""The steps of a computation, as a derivation names them, and the paths that lead through them.

A step is what has a name, is used more than once, or is a function such as relu; the arithmetic in
between is written into the formula of the step that uses it: y = w1·z1 + w2·z2 + b is one step. A
link is one way in which a step depends on another, with its derivative in symbols and in numbers.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import numpy as np

from autograd.called import shown
from autograd.draw.formula.algebra import listed, number, product, replaced, total, without
from autograd.draw.formula.expressions import Call, Formula, Literal, Name, Number, Sum, text
from autograd.draw.formula.operations import of_value, stands
from autograd.draw.formula.shapes import shape_of, substituted
from autograd.draw.formula.symbols import G
from autograd.draw.formula.terms import is_arithmetic, is_product, names_in
from autograd.draw.numbers import Numbers, Summary
from autograd.draw.payload import Description, Item

LONGEST = 80  # characters of a formula that takes in others
MOST_TAKEN_IN = 12  # operations
ADDITIONS = ("+", "-", "add", "subtract", "sum")
MOST_WRITTEN = 6  # products of a weighted sum
MANY = 10**15  # paths: more are not counted
ACTIVATED_SUM = "(weighted sum)"  # how the operation of a neuron with an activation ends


@dataclass(slots=True)
class Use:
    """An operation's use of one of its arguments, or of several that are the same."""

    source: int
    rules: list[Formula]  # what each sends back, in terms of g and of the names of arguments
    factor: float | None  # the local derivative, where it is one number
    edges: list[int]  # of the description
    gain: float = 0.0  # how much larger what it sends back is than what comes in, about
    slopes: Numbers | None = None  # the local derivative, where it is elementwise
    is_masked: bool = False  # whether a gradient of 0 met a slope that is not finite, and stayed 0


@dataclass(slots=True)
class Link:
    """One way in which a step depends on another."""

    target: int
    source: int
    uses: list[Use]  # from the step's own operation to the one that takes the source
    through: list[int]  # what has these uses: the step, and what its formula has taken in
    factor: float | None  # the derivative, if it is one number
    only: bool = True  # whether no other link leads from this step to that source
    direct: bool = False  # whether it alone leads there through nothing but sums
    nth: int = 1  # of those that lead through formulas that read the same

    @property
    def size(self) -> float:
        """The logarithm of the factor, or of about how much it sends back."""
        gains = [use.gain for use in self.uses] if self.factor is None else [abs(self.factor)]
        return sum(
            math.log(min(max(gain, 1e-300), 1e300)) if gain == gain else 1e3 for gain in gains
        )


@dataclass(slots=True)
class Step:
    """A node of the graph, in a derivation."""

    name: str | None
    op: str | None
    formula: (
        Formula | None
    )  # in terms of `name_of` other steps; None for what the graph begins with
    value: Numbers | None
    gradient: Numbers | None
    arguments: dict[str, int] = field(default_factory=dict)  # of its operation, by name
    unknown: dict[str, Formula] = field(default_factory=dict)  # likewise, of what was not kept
    uses: list[Use] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    is_constant: bool = False  # a number that the program has itself
    is_complex: bool = False
    taken_in: bool = False  # into the formula of the only step that uses it
    label: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it is one number, rather than an array."""
        return isinstance(self.value, np.ndarray) and self.value.ndim == 0


def name_of(i: int) -> Name:
    """What step i is called in formulas."""
    return Name(f"#{i}")


def gradient_of(i: int) -> Name:
    """What the derivative of the root by step i is called in formulas."""
    return Name(f"∂#{i}")


def local_of(target: int, source: int) -> Name:
    """What the derivative of one step by another is called in formulas."""
    return Name(f"∂#{target}/#{source}")


class Steps:
    """The steps of a description, the root last, and how they lead to the one `wrt`, if any.

    `operands` are the formulas of arguments that the description does not have, by node and name.
    """

    def __init__(
        self,
        description: Description,
        wrt: int | None,
        operands: Mapping[int, Mapping[str, Formula]],
    ) -> None:
        self.steps: list[Step] = []
        self.place: list[int] = []  # of each node of the description
        for i in range(len(description.nodes)):
            self._add(description, i, operands.get(i, {}))
        self.wrt = -1 if wrt is None else self.place[wrt]
        self.root = len(self.steps) - 1
        self.shapes = {  # of names in formulas
            f"{sign}#{i}": numbers.shape
            for i, step in enumerate(self.steps)
            for sign, numbers in (("", step.value), ("∂", step.gradient))
            if numbers is not None
        }
        self.users = Counter(use.source for step in self.steps for use in step.uses)
        self._take_in()
        self._label()
        self.leading = {self.wrt}  # the steps that depend on it, and itself
        for i, step in enumerate(self.steps if wrt is not None else []):
            if not step.taken_in:
                step.links = self._links(i)
            if any(link.source in self.leading for link in step.links):
                self.leading.add(i)

    def __getitem__(self, i: int) -> Step:
        return self.steps[i]

    # Making them.

    def _add(self, description: Description, i: int, operands: Mapping[str, Formula]) -> None:
        """The step of node i; of a neuron with an activation, two: its sum comes first."""
        item = description.nodes[i]
        edges = [description.edges[e] for e in item.edges]
        step = Step(item.name, item.op and clean(item.op), item.formula, item.value, item.gradient)
        step.is_constant = item.role == "constant"
        step.is_complex = (item.dtype or "").startswith("complex")
        step.arguments = {edge.argument: self.place[edge.source] for edge in edges}
        bases = {name.partition("[")[0] for name in step.arguments}  # xs of xs[0]
        unknown = {name: f for name, f in operands.items() if name not in bases}
        step.unknown = unknown
        if item.formula and unknown:
            step.formula = replaced(item.formula, unknown)
        found: dict[int, Use] = {}
        for e, edge in zip(item.edges, edges):
            if edge.rule is None and edge.of_tensors:
                continue  # a constant
            rule = edge.rule or product(G, Name(f"∂{step.op}/∂{edge.argument}"))
            factor = _one_number(edge.factor)
            if factor is None and not edge.of_tensors:  # it has a `_backward` of its own
                g, message = _one_number(item.gradient), _one_number(edge.message)
                factor = message / g if g and message is not None else np.nan
            source = self.place[edge.source]
            use = found.setdefault(source, Use(source, [], 0.0, [], slopes=edge.factor))
            use.rules.append(replaced(rule, unknown) if unknown else rule)
            use.factor = (
                None if None in (use.factor, factor) else (use.factor or 0.0) + (factor or 0.0)
            )
            use.gain += _largest(edge.message) / (_largest(item.gradient) or np.inf)
            use.is_masked |= _is_masked(item.gradient, edge.factor, edge.message)
            use.edges.append(e)
        step.uses = list(found.values())
        if item.op and item.op.endswith("weighted sum)"):
            self._add_sum(step, item, description)
        elif item.op == "weighted sum":
            step.formula = _weighted_sum(step)
        self.steps.append(step)
        self.place.append(len(self.steps) - 1)

    def _add_sum(self, step: Step, item: Item, description: Description) -> None:
        """Put the weighted sum, within an activation, before `step`, its result."""
        *_, bias = (description.edges[e] for e in item.edges)
        slope, g = _one_number(bias.factor) or 0.0, _one_number(item.gradient) or 0.0
        count = len(step.arguments) // 2
        value = {
            name: _one_number(self.steps[i].value) or 0.0 for name, i in step.arguments.items()
        }
        terms = [value[f"w{k + 1}"] * value[f"x{k + 1}"] for k in range(count)]
        s = Step(None, "weighted sum", None, np.array(sum(terms, value["b"])), np.array(g * slope))
        s.arguments, s.uses = step.arguments, step.uses
        s.formula = _weighted_sum(step)
        by_source = {use.source: use for use in s.uses}
        for use in s.uses:
            use.rules, use.factor = [], 0.0
        for name, i in s.arguments.items():
            other = {"w": "x", "x": "w"}.get(name[0])
            use = by_source[i]
            factor = Name(other + name[1:]) if other else Number(1)
            use.rules.append(product(G, factor))
            use.factor = (use.factor or 0.0) + (value[other + name[1:]] if other else 1.0)
        self.steps.append(s)
        assert step.formula is not None and item.op is not None
        step.op = item.op.removesuffix(ACTIVATED_SUM)
        step.formula, _ = of_value(step.op, ("x",))
        local = bias.local or Name(f"∂{step.op}/∂x")
        step.arguments = {"x": len(self.steps) - 1}
        rule = product(G, replaced(local, {"s": Name("x")}))
        step.uses = [Use(len(self.steps) - 1, [rule], slope, [])]

    def _take_in(self) -> None:
        """Write each formula in terms of steps, with what is only arithmetic taken in."""
        used = [0] * len(self.steps)
        stand = set()  # the numbers that do even where they change nothing
        for step in self.steps:
            for i in set(step.arguments.values()):
                used[i] += 1
                if stands(step.op, _one_number(self.steps[i].value)):
                    stand.add(i)
        size = [0] * len(self.steps)  # how many operations it has taken in, and itself
        names = {f"#{i}": clean(step.name or "v1") for i, step in enumerate(self.steps)}
        for i, step in enumerate(self.steps):
            if step.formula is None and not step.arguments:
                if step.is_constant and not step.name and step.is_number and i != self.wrt:
                    x = step.value.item() if isinstance(step.value, np.ndarray) else np.nan
                    if np.isfinite(x) and not isinstance(x, bool):
                        step.formula, step.taken_in = Literal(x) if i in stand else number(x), True
                continue
            own = step.formula or Call(step.op or "f", tuple(map(Name, step.arguments)))
            takes = is_arithmetic(own)
            inner = [
                k
                for k in set(step.arguments.values())
                if used[k] == 1
                and size[k]
                and not (self.steps[k].name or k == self.wrt)
                and (takes or isinstance(self.steps[k].formula, Name))
                and is_arithmetic(self.steps[k].formula)
                and not self._is_layer(k)
                and self._is_whole(k)
                and (isinstance(own, Sum) or not is_product(self.steps[k].formula))
            ]
            size[i] = 1 + sum(size[k] for k in inner)
            for k in inner:
                self.steps[k].taken_in = True
            step.formula = replaced(own, self.arguments_of(step))
            if size[i] > MOST_TAKEN_IN or len(text(step.formula, names)) > LONGEST:
                size[i] = 1
                for k in inner:
                    self.steps[k].taken_in = False
                step.formula = replaced(own, self.arguments_of(step))

    def _is_layer(self, i: int) -> bool:
        """Whether step i is what a layer computes, W @ x + b: that is a step of its own."""
        step = self.steps[i]
        formula = step.formula
        whole = isinstance(formula, Sum) and any(map(is_product, formula.terms))
        return step.op == "weighted sum" or whole

    def _is_whole(self, i: int) -> bool:
        """Whether the formula of step i has all its elements: some is broadcast."""
        formula = self.steps[i].formula
        own = formula and shape_of(formula, self.shapes)
        return own is None or own == self.shapes.get(f"#{i}", own)

    def arguments_of(self, step: Step) -> dict[str, Formula]:
        """The formula of each argument of a step's operation, by the name it has there."""
        formulas: dict[str, Formula] = {}
        for name, i in step.arguments.items():
            source = self.steps[i]
            taken = source.taken_in and source.formula
            formulas[name] = taken if taken else name_of(i)
        return listed(step.unknown | formulas)

    def _links(self, i: int) -> list[Link]:
        """How step i depends on others, through what its formula has taken in."""
        links: list[Link] = []
        todo: list[tuple[list[Use], list[int]]] = [([], [i])]
        while todo:
            uses, through = todo.pop()
            for use in self.steps[through[-1]].uses:
                source = self.steps[use.source]
                if source.taken_in and source.uses:
                    todo.append(([*uses, use], [*through, use.source]))
                elif not source.taken_in:
                    factors = [each.factor for each in (*uses, use)]
                    factor = None if None in factors else passed_on([f or 0.0 for f in factors])
                    links.append(Link(i, use.source, [*uses, use], through, factor))
        links.sort(key=lambda link: (link.source, link.through))
        ways = Counter(link.source for link in links)
        direct = Counter(link.source for link in links if self._is_direct(link))
        read: Counter[tuple[int, Formula | None]] = Counter()
        for link in links:
            link.only = ways[link.source] == 1
            link.direct = self._is_direct(link) and direct[link.source] == 1
            same = link.source, self.via(link)
            read[same] += 1
            link.nth = read[same]
        return links

    def _is_direct(self, link: Link) -> bool:
        """Whether the source itself is a term or a factor of what the target is."""
        ops = [self.steps[i].op for i in link.through]
        return len(ops) == 1 or all(op in ADDITIONS for op in ops)

    def message(self, link: Link, g: Formula | None = None) -> Formula:
        """What is sent back along a link, in terms of `g` or else of `gradient_of` its target."""
        message = g or gradient_of(link.target)
        for i, use in zip(link.through, link.uses):
            step = self.steps[i]
            whole = step.formula if step.taken_in and step.formula else name_of(i)
            arguments = {**self.arguments_of(step), "ans": whole}
            rules = [replaced(rule, arguments) for rule in use.rules]
            shape = self.shapes.get(f"∂#{i}")
            message = total(*(substituted(rule, message, shape, self.shapes) for rule in rules))
        return message

    def local(self, link: Link) -> Formula | None:
        """The derivative by which a link multiplies what is sent back, if it does."""
        return without(gradient_of(link.target), self.message(link))

    def via(self, link: Link) -> Formula | None:
        """What in the formula of the target takes the source, where there are several ways."""
        formula = self.steps[link.through[-1]].formula
        if formula is None or link.only or link.direct or isinstance(formula, Name):
            return None
        return formula if link.nth == 1 else Call("#", (formula, Number(link.nth)))

    def _label(self) -> None:
        """Name what has no name: s for what goes into a function, z for its result, f for the root.

        Where a graph begins it is x; what a layer computes is y; and anything else is v.
        """
        shown = [i for i, step in enumerate(self.steps) if not step.taken_in]
        functions = {i for i in shown if self.is_function(i)}
        into = {use.source for i in functions for use in self.steps[i].uses}
        letters = {}
        for i in shown:
            if not self.steps[i].name:
                kinds = [
                    ("f", i == self.root),
                    ("x", not self.steps[i].uses),
                    ("s", i in into),
                    ("z", i in functions),
                    ("y", self._is_layer(i)),
                ]
                letters[i] = next((letter for letter, holds in kinds if holds), "v")
        words = {name for i in shown for name in self._words(i)}  # such as const
        names = [self.steps[i].name or "" for i in shown]
        taken = words | {*names} | {name.partition("[")[0] for name in names}  # the x of x[0]
        counts = Counter(letters.values())
        next_one = dict.fromkeys(counts, 0)
        for i in shown:
            step = self.steps[i]
            if step.name:
                label = clean(step.name)
            elif counts[letters[i]] == 1 and letters[i] not in taken:
                label = letters[i]
            else:
                letter = letters[i]
                while True:
                    next_one[letter] += 1
                    label = f"{letter}{next_one[letter]}"
                    if label not in taken:
                        break
            step.label = label
        used, again = words, Counter[str]()
        for i in shown:  # the same name again, as in a loop: x, x#2, x#3
            step = self.steps[i]
            name = step.label
            while step.label in used:
                again[name] += 1
                step.label = f"{name}#{again[name] + 1}"
            used.add(step.label)

    def _words(self, i: int) -> Iterator[str]:
        """The names in what step i is, and sends back, that are not those of steps."""
        step = self.steps[i]
        yield from names_in(step.formula)
        for name in (name for use in step.uses for rule in use.rules for name in names_in(rule)):
            if name not in (*step.arguments, "g", "ans"):
                yield name

    def is_function(self, i: int) -> bool:
        """Whether step i is a function of one other, such as relu."""
        step = self.steps[i]
        return len(step.uses) == 1 and not is_arithmetic(step.formula)

    # Following them.

    def onward(self, i: int) -> list[Link]:
        """The links of step i that lead to `wrt`."""
        if i == self.wrt:
            return []
        return [link for link in self.steps[i].links if link.source in self.leading]

    def is_only_way(self, link: Link) -> bool:
        """Whether its target depends on its source in no other way, through other steps or not.

        Else a partial derivative along it is not the whole, and says so.
        """
        others = (other.source for other in self.onward(link.target) if other is not link)
        todo, seen = list(others), set[int]()
        while todo:
            i = todo.pop()
            if i == link.source:
                return False
            if i > link.source and i not in seen:
                seen.add(i)
                todo += (other.source for other in self.onward(i))
        return True

    def count(self) -> int:
        """How many paths lead from the root to `wrt`; at most MANY, which is then a lower bound."""
        counts = {self.wrt: 1}
        for i in sorted(self.leading):
            if i != self.wrt:
                counts[i] = min(MANY, sum(counts[link.source] for link in self.onward(i)))
        return counts.get(self.root, 0)

    def largest(self, most: int) -> list[list[Link]]:
        """The paths from the root to `wrt` that contribute most, as many as `most`.

        That is exact where all derivatives are numbers; of arrays, the largest elements are judged.
        """
        best: dict[int, list[tuple[float, Link | None, int]]] = {self.wrt: [(0.0, None, 0)]}
        for i in sorted(self.leading - {self.wrt}):
            ways = (
                (link.size + size, link, rank)
                for link in self.onward(i)
                for rank, (size, _, _) in enumerate(best[link.source])
            )
            best[i] = heapq.nlargest(most, ways, key=itemgetter(0))
        return [self._path(best, rank) for rank in range(len(best.get(self.root, ())))]

    def _path(self, best: Mapping[int, Sequence[Any]], rank: int) -> list[Link]:
        path: list[Link] = []
        _, link, rank = best[self.root][rank]
        while link is not None:
            path.append(link)
            _, link, rank = best[link.source][rank]
        return path


def passed_on(factors: Iterable[float]) -> float:
    """The product of slopes from the root on: a gradient that is 0 stays 0, as in the engine."""
    g = 1.0
    for factor in factors:
        g = g * factor if g else 0.0
    return g


def clean(name: str) -> str:
    """A user's name, on one line and not too long."""
    return shown(name, 40)


def _largest(x: Numbers | None) -> float:
    """The size of the largest element."""
    if isinstance(x, Summary):
        return max(abs(x.min), abs(x.max))
    return float(np.max(np.abs(x), initial=0.0)) if isinstance(x, np.ndarray) else 0.0


def _is_masked(*numbers: Numbers | None) -> bool:
    """Whether of a gradient, slopes and their product, 0 times what is not finite is 0."""
    arrays = [x for x in numbers if isinstance(x, np.ndarray)]
    try:
        g, slopes, message = np.broadcast_arrays(*arrays)
    except ValueError:  # not all are known, or the product was summed to another shape
        return False
    steep = (g == 0) & ~np.isfinite(slopes) | (slopes == 0) & ~np.isfinite(g)
    return bool(np.any(steep & (message == 0)))


def _one_number(x: Any) -> float | None:
    return (
        float(x.item())
        if isinstance(x, np.ndarray) and x.size == 1 and x.dtype.kind in "fiu"
        else None
    )


def _weighted_sum(step: Step) -> Formula:
    """w1·x1 + w2·x2 + b, or weights · inputs + b if that is long."""
    count = len(step.arguments) // 2
    if count > MOST_WRITTEN:
        return total(Call("·", (Name("weights"), Name("inputs"))), Name("b"))
    pairs = [product(Name(f"w{k + 1}"), Name(f"x{k + 1}")) for k in range(count)]
    return total(*pairs, Name("b"))
