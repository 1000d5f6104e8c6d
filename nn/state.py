"""What a state dict must be to be loaded, alike for Modules, optimizers, schedules: `fitting`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd.primitive import NDArray


def fitting(state: Mapping[str, Any], own: Mapping[str, Any], what: str) -> dict[str, Any]:
    """The entries of `state` in the types of `own`, whose place they are to take.

    Raises ValueError, which names them all, if any is missing, unknown, or does not fit, and
    TypeError if there are no names.

    >>> fitting({"steps": np.array(3)}, {"steps": 0}, "counter")
    {'steps': 3}
    """
    of_names(state, what)
    wrong = [f"{path} is missing" for path in own if path not in state]
    wrong += [f"{path} is unknown" for path in state if path not in own]
    for path, value in state.items():
        if path in own and (complaint := misfit(np.asarray(value), own[path])):
            wrong.append(f"{path} {complaint}")
    if wrong:
        raise ValueError(f"the state does not fit this {what}: {'; '.join(sorted(wrong))}")
    return {
        path: np.array(state[path], each.dtype)
        if isinstance(each, np.ndarray)
        else type(each)(np.asarray(state[path]).tolist())
        for path, each in own.items()
    }


def of_names(state: Any, what: str) -> None:
    """Raise TypeError unless `state` has names."""
    if not isinstance(state, Mapping):
        raise TypeError(
            f"the state of this {what} is a dict, as from state_dict(), not {type(state).__name__}"
        )


def misfit(array: NDArray, own: Any) -> str | None:
    """What is wrong, if anything, with `array` in the place of `own`."""
    if isinstance(own, np.ndarray):
        if array.shape != own.shape:
            return f"has shape {array.shape}, not {own.shape}"
        if not np.can_cast(array.dtype, own.dtype, "same_kind"):
            return f"has dtype {array.dtype}, not {own.dtype}"
    elif array.shape != np.shape(own) or array.dtype.kind not in (
        "biu" if isinstance(own, int) else "biuf"
    ):
        return f"is {array.tolist()!r}, which can't take the place of {own!r}"
    return None
