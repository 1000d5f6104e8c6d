"""Is this gradient right? Checks that tell right, wrong, kinks and can't-tell apart.

`check_grads(f, *args)` passes or says what is wrong; `certify(f, *args)` shows every element.

`check_op(f, real, positive)` finds the arguments itself, with Hypothesis, and runs more checks;
`check_call` runs them on one call; `strategies` are what is drawn from.

Why believe a verdict? The function is sampled at steps ±2⁻², ±2⁻³, … in units of each number.

- Right gradients leave a Taylor remainder that falls as the step squared. (`glance`)
- Richardson's extrapolation over several steps gives the slope, and how fast it settles gives its
  error; of the steps that agree, the one with the smallest error counts. (`differences`)
- Rounding is measured, as the scatter of values at points as good as equal: what it can explain is
  neither right nor wrong. (`rounding`, `study`)
- Where the slopes from the left and from the right differ there is a kink, and any value between
  them is right; where they grow without end, a jump or an infinite slope. (`verdicts`)
- Where rounding hides the slope, and f takes complex numbers, the complex step sees it. (`study`)
- Many numbers are moved at once, along random directions that group contributions of one size, and
  only groups in doubt are looked into. (`search`, `probe`)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from autograd.testing.certify import Certificate, Row, certify
from autograd.testing.check import check_grads
from autograd.testing.checks import check_call
from autograd.testing.verdicts import Verdict

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
