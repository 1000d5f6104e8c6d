"""Is this gradient right? Checks that tell right, wrong, kinks and can't-tell apart.

`check_grads(f, *args)` passes or says what is wrong; `certify(f, *args)` shows every element.

`check_op(f, real, positive)` finds the arguments itself, with Hypothesis, and runs more checks;
`check_call` runs them on one call; `strategies` are what is drawn from.

Why a verdict can be believed is said in `numerics`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from autograd.testing.certify import Certificate, Row, certify
from autograd.testing.check import check_grads
from autograd.testing.checks import check_call
from autograd.testing.numerics.verdicts import Verdict

if TYPE_CHECKING:
    from autograd.testing import strategies
    from autograd.testing.operation import check_op

__all__ = [
    "Certificate", "Row", "Verdict", "certify", "check_call", "check_grads", "check_op",
    "strategies",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """What needs Hypothesis is imported when it is first asked for."""
    modules = {"check_op": "operation", "strategies": "strategies"}
    if name not in modules:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{modules[name]}")
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ModuleNotFoundError(
            f"autograd.testing.{name} draws with Hypothesis, which is not installed: "
            f"pip install 'chainrule[testing]'",
            name="hypothesis",
        ) from None
    return module if name == modules[name] else getattr(module, name)
