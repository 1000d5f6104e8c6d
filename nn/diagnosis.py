"""What is wrong with a network that does not learn, layer by layer."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from autograd import no_grad
from autograd.tensor import plain
from nn.module import Module
from nn.watching import Call, noting


def not_finite(model: Module, x: Any) -> str:
    """Where a batch `x`, whose loss is NaN or infinite, stops being finite: in words.

    The gradients are still those of the step before.
    """
    named = model.named_parameters()
    spoiled = [path for path, parameter in named if not np.isfinite(parameter.data).all()]
    if spoiled:
        # Backward, the gradient meets the last layer first.
        wrong = [p for p, t in named if t.grad is not None and not np.isfinite(t.grad).all()]
        if wrong:
            return (
                f"the gradient of {wrong[-1]} was not finite in the step before, which spoiled "
                f"{', '.join(spoiled)}"
            )
        return (
            f"{', '.join(spoiled)} had been spoiled by then, though the gradients were finite: the "
            f"step before was too large"
        )
    calls: list[Call] = []
    twin = copy.deepcopy(model)
    with no_grad(), noting(twin, calls), np.errstate(all="ignore"):
        twin(x)
    for call in calls:
        if not np.isfinite(call.output).all():
            return (
                f"{call.path} ({call.layer.describe()}) is the first layer whose output is not "
                f"finite; what it was given is at most {_largest(call.input)} in size"
            )
    with no_grad():
        prediction = plain(twin(x))
    return (
        f"the output of each layer is finite, at most {_largest(prediction)} in size at the end, "
        f"but the loss of it is not"
    )


def _largest(array: Any) -> str:
    return f"{np.max(np.abs(array), initial=0):.3g}"
