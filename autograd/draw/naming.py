"""What a page says of each operation, in the names that a derivation gives to its steps.

So a learner can go from `explore` to `explain` and back: what has no name is s1 or z1 in both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from autograd.called import CALLED
from autograd.draw.formula.algebra import replaced
from autograd.draw.formula.expressions import Formula, Name, text
from autograd.draw.formula.terms import names_in
from autograd.draw.payload import Description, Item
from autograd.draw.steps import ACTIVATED_SUM, Steps, name_of

PLAIN = re.compile(r"[^\W\d]\w*(\.\w+|\[[\w, ]*\])*")  # names that look like one in a formula
DEFINED = re.compile(r"^(‹[^›]*›|\S+) = ")  # the name that a definition begins with
NOTATION = {"indexing", *(called for called in CALLED.values() if " " in called)}  # x @ Wᵀ + b
ALONE = re.compile(r"([^\W⁰¹²³⁴-⁹ᵀ]|\.)+(\[.*\]|#\d+)?|‹.*›")  # a name, rather than a formula


def written(description: Description, operands: Mapping[int, Mapping[str, Formula]]) -> Description:
    """`description` with what a derivation calls each node, and says of it and of each edge.

    `operands` are the formulas of arguments that the description does not have, by node and name.
    """
    steps = Steps(description, None, operands)
    taken = {step.label for step in steps.steps}
    while description.gradient in taken:
        description.gradient += "′"
    taken.add(description.gradient)
    for i, item in enumerate(description.nodes):
        item.step = steps[steps.place[i]].label or None
        if item.op is not None:
            call = None if item.group is None else description.groups[item.group].name
            _write(description, item, steps.place[i], _Words(steps, call, taken))
    return description


def _write(description: Description, item: Item, i: int, words: _Words) -> None:
    """Write what `item`, which is step i, and the edges that come into it are."""
    steps, step = words.steps, words.steps[i]
    itself = step.formula if step.taken_in and step.formula else name_of(i)
    arguments = {"g": Name(description.gradient), **steps.arguments_of(step), "ans": itself}
    said = [words.definition(i)]
    if item.op and item.op.endswith(ACTIVATED_SUM):  # of which a derivation makes two steps
        (inner,) = step.arguments.values()
        arguments |= {**steps.arguments_of(steps[inner]), "s": name_of(inner)}
        said.insert(0, words.definition(inner))
    item.written = "; ".join(said)
    for edge in (description.edges[e] for e in item.edges):
        if edge.local:
            known = {**step.unknown, **arguments}
            for name in names_in(edge.local):
                if "/∂" in name:
                    by = arguments.get(edge.argument, Name(edge.argument))
                    known[name] = words.partial(itself, by)
            edge.written = words.text(replaced(edge.local, known))


class _Words:
    """What to write for steps, where what is said belongs to a `call` of a module."""

    def __init__(self, steps: Steps, call: str | None, taken: set[str]) -> None:
        self.steps, self.call, self.taken = steps, call, taken

    def definition(self, i: int) -> str:
        """What step i is: z1 = tanh(s1)."""
        step = self.steps[i]
        formula = self.text(step.formula) if step.formula else "…"
        return f"{self._name(i)} = {formula}" if step.label else formula

    def text(self, formula: Formula) -> str:
        """A formula of steps."""
        places = [name for name in names_in(formula) if re.fullmatch(r"#\d+", name)]
        return text(formula, {name: self._name(int(name[1:])) for name in places})

    def partial(self, of: Formula, by: Formula) -> Name:
        """The name of a derivative, such as ∂z1/∂x, where that is no short formula."""
        return Name(f"∂{bracketed(self.text(of))}/∂{bracketed(self.text(by))}")

    def _name(self, i: int) -> str:
        """The name of step i, a parameter's within its module: weight, of layers.0.weight."""
        name = self.steps[i].label
        within = name.removeprefix(f"{self.call}.")
        if within not in self.taken:
            name = within
        return name if PLAIN.fullmatch(re.sub(r"#\d+$", "", name)) else f"‹{name}›"


def done(op: str, written: str | None) -> str:
    """What was done, for a title: the operation; where that has letters of its own, in the graph's.

    >>> done("relu", "z = relu(s)"), done("x @ Wᵀ + b", "s = z @ weightᵀ + bias")
    ('relu', 'z @ weightᵀ + bias')
    """
    return re.sub(DEFINED, "", written) if written and op in NOTATION else op


def bracketed(name: str) -> str:
    """What stands after ∂: a name as it is, a formula in brackets.

    >>> bracketed("layers.0.weight"), bracketed("x·y")
    ('layers.0.weight', '(x·y)')
    """
    return name if ALONE.fullmatch(name) else f"({name})"
