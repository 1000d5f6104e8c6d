"""What the functions in formulas do that no reader can look up: a sentence on each.

The first line of its docstring says it, for a function of the library's own, or of a user's.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

from autograd.called import CALLED, shown
from autograd.draw.formula.symbols import short_name
from autograd.primitive import TABLE

Meaning: TypeAlias = tuple[tuple[str, ...], str]  # the arguments, and a sentence

LONGEST = 120  # characters of a sentence
WELL_KNOWN = ("relu", "sigmoid", "softplus", "softmax", "log_softmax", "logsumexp", "index")
COMPOSED: dict[str, Meaning] = {  # what is in formulas only: the arguments, and what it comes to
    "scatter": (("x", "places"), "zeros, with x at those places; what falls on one place adds up."),
    "product_of_others": (("x",), "for each element, the product of all others."),
    "cofactors": (("a",), "for each element, the determinant without its row and column, signed."),
    "one_hot": (("labels", "n"), "for each label, n numbers: 1 at the label, else 0."),
}


def told(formula: str) -> list[str]:
    """A sentence on each function in a formula that no reader can look up.

    >>> told("g · tanh(product_of_others(x))")
    ['product_of_others(x): for each element, the product of all others.']
    """
    functions = sorted(set(re.findall(r"\b[^\W\d][\w.]*(?=\()", formula)))
    known = ((function, meaning(function)) for function in functions)
    return [f"{function}({', '.join(of[0])}): {of[1]}" for function, of in known if of]


def meaning(function: str) -> Meaning | None:
    """The arguments of a function and a sentence on it, by what formulas call it.

    None for what is NumPy's, SciPy's or well known.

    >>> meaning("max")
    >>> meaning("softmax_of_two")[1]
    'exp(rate x) / (exp(rate x) + exp(rate y)), to the last digits; 0 if both are infinite alike.'
    """
    return COMPOSED.get(function) or _meanings(len(TABLE)).get(function)


@lru_cache(maxsize=1)
def _meanings(size: int) -> dict[str, Meaning]:
    """Those of the functions in the table, which has that size; the latest of one name counts."""
    found: dict[str, Meaning] = {}
    for f, operation in TABLE.items():
        line = (f.__doc__ or "").strip().partition("\n")[0].replace("`", "")
        if not line or (getattr(f, "__module__", None) or "numpy").startswith(("numpy", "scipy")):
            continue
        sentence = f"{line[:1].lower()}{line[1:]}{'' if line.endswith('.') else '.'}"
        for name in (operation.name, short_name(operation.name)):
            is_numpys = CALLED.get(operation.name, "").endswith(f".{name}")
            if name not in WELL_KNOWN and not is_numpys:
                found[name] = tuple(operation.arguments), shown(sentence, LONGEST)
    return found
