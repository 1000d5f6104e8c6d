"""What to feed each function that has a derivative: one line a function, one file a family.

`DOMAINS` has all of them; the lines are explained in calls.py. `CONSTANTS` has the arguments of a
function without a derivative, as a function of a matrix, where they are not that matrix alone.
"""

import pkgutil
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from hypothesis import strategies as st

from autograd.primitive import COMPOSED, TABLE
from autograd.testing.call import Call
from calls import Domain

FAMILIES = [import_module(f"{__name__}.{family.name}") for family in pkgutil.iter_modules(__path__)]

DOMAINS: dict[Callable[..., Any], Domain | list[Domain]] = {}
CONSTANTS: dict[Callable[..., Any], Callable[[Any], Sequence[Any]]] = {}
for _family in FAMILIES:
    DOMAINS |= _family.DOMAINS
    CONSTANTS |= getattr(_family, "CONSTANTS", {})


def is_ours(function: Any) -> bool:
    """Whether the engine has declared it, rather than a test or a docstring."""
    module = getattr(function, "__module__", None) or "numpy"  # a ufunc's method has none
    return module.split(".")[0] in ("numpy", "autograd", "scipy")


# What has a derivative.
ENTRIES = {function for function in (*TABLE, *COMPOSED) if is_ours(function)}


def domains_of(function: Callable[..., Any]) -> list[Domain]:
    found = DOMAINS[function]
    return found if isinstance(found, list) else [found]


def calls(function: Callable[..., Any]) -> st.SearchStrategy[Call]:
    """Calls of a function, from all its domains."""
    return st.one_of([domain.calls(function) for domain in domains_of(function)])
