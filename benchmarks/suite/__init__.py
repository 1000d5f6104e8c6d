"""What is measured: cases, each with the implementations that take part in it.

A new case is one more entry in a family's list (`training.cases()`); a new implementation is one
more function in a family's table, and its name below, under the environment that has it. Nothing
here imports an implementation: that is done in the function that builds its step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

ENVIRONMENTS = {  # which implementations each has, by the name of their package
    ".venv": dict.fromkeys(
        ("ours", "ours, by 100", "ours, by a loop", "ours, as a page"), "chainrule"
    ),
    ".venv-peers": {
        "PyTorch": "torch",
        "JAX": "jax",
        "MyGrad": "mygrad",
        "micrograd": "micrograd",
        "scikit-learn": "scikit-learn",
    },
    ".venv-hips": {"HIPS autograd": "autograd"},
}
FAMILIES = """
    training layers fitting derivatives programs scalar expressions overhead chains deep
    indexing drawing
""".split()
CHECKED_STEPS = 5


class Contestant(NamedTuple):
    """One implementation of a case: what is timed, and what it has computed so far."""

    step: Callable[[], Any]  # returns the loss: anything that float() takes
    state: Callable[[], list[np.ndarray]]  # for example the weights


Builder = Callable[[Any], Contestant]


@dataclass(frozen=True)
class Case:
    """The same work for everybody.

    `checked` and `timed` are problems, as the family's builders take them. They may differ: what is
    checked should move far, and what is timed for 10,000 steps should still be in ordinary numbers.
    """

    name: str
    checked: Any
    timed: Any
    reference: Builder  # by hand, in NumPy: ratios are to its time
    builders: Mapping[str, Builder]  # everybody else, by name
    tolerance: float  # of the losses, relative
    target: float | None = None  # ours should take at most this times …
    against: str = "NumPy"  # … the time of this one


def check(case: Case, name: str) -> None:
    """Compare losses and state with the reference's over some steps; AssertionError if they differ.

    Arrays are compared by their norms, and a hundred times less strictly than losses: Adam divides
    by the size of each gradient, so an element whose gradient is only rounding may go either way.
    """
    reference, other = case.reference(case.checked), case.builders[name](case.checked)
    start = [array.copy() for array in reference.state()]
    for number in range(CHECKED_STEPS):
        losses = float(other.step()), float(reference.step())
        message = f"{name}: the loss of step {number} of {case.name}"
        np.testing.assert_allclose(*losses, rtol=case.tolerance, err_msg=message)
    for i, (a, b, first) in enumerate(zip(other.state(), reference.state(), start, strict=True)):
        assert a.dtype == b.dtype, f"{name}: {a.dtype} for {b.dtype} in {case.name}"
        apart, moved = np.linalg.norm(a - b), np.linalg.norm(b - first)
        rounding = 8 * np.finfo(b.dtype).eps * np.linalg.norm(b)
        assert apart <= 100 * case.tolerance * moved + rounding, (
            f"{name}: array {i} of {case.name} is {apart:.1e} from the reference's, which moved by "
            f"{moved:.1e} in {CHECKED_STEPS} steps"
        )


def cases(words: str = "") -> list[Case]:
    """The cases whose names have `words` in them."""
    families = (import_module(f"suite.{name}") for name in FAMILIES)
    return [case for family in families for case in family.cases() if words in case.name]
