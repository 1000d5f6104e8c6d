"""What the modules with all the names of one of SciPy's share."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from autograd.primitive import COMPOSED, CONSTANTS, REFUSED, TABLE, primitive, refused


def namespace(
    own: dict[str, Any], scipys: Callable[[], Any]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a module with the names `own` and, besides, all of SciPy's.

    `scipys` returns SciPy's module, which need not be imported before a name of it is used. A
    Python function of SciPy's that has an entry in one of the tables is made to find it.
    """

    def getattr_(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {own['__name__']!r} has no attribute {name!r}")
        value = getattr(scipys(), name)
        tables = (TABLE, COMPOSED, CONSTANTS, REFUSED)
        if type(value) is FunctionType and any(value in table for table in tables):
            value = own[name] = primitive(value)
        return value

    def dir_() -> list[str]:
        return sorted({*dir(scipys()), *own})

    return getattr_, dir_


def supported(scipys: ModuleType) -> list[str]:
    """The names in `scipys` of what takes a Tensor, now that its entries have been made."""
    tables = (TABLE, COMPOSED, CONSTANTS)
    values = {name: getattr(scipys, name) for name in dir(scipys) if name[0] != "_"}
    return [
        name
        for name, value in values.items()
        if callable(value) and any(value in table for table in tables)
    ]


def refusing(scipys: ModuleType) -> Callable[[str, str], None]:
    """`refused` for a reason and names of `scipys`, of which the installed SciPy may lack some."""

    def refuse(reason: str, names: str) -> None:
        refused(reason, *(getattr(scipys, n) for n in names.split() if hasattr(scipys, n)))

    return refuse
