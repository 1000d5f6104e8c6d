"""Activations: what a layer does to each of its weighted sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor, relu, sigmoid, softplus

Activation: TypeAlias = str | Callable[[Any], Any]  # a name in ACTIVATIONS, or any function


def identity(x: Tensor) -> Tensor:
    """x itself: a linear layer."""
    return x


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "identity": identity,
    "relu": relu,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "tanh": np.tanh,
}


def known(activation: Activation | None) -> Activation:
    """`activation` by its name, if it is one of ACTIVATIONS, else as it is; None is the identity.

    Raises ValueError for an unknown name, and TypeError for what is neither name nor function.

    >>> known(np.tanh), known(None)
    ('tanh', 'identity')
    """
    if activation is None:
        return "identity"
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"unknown activation {activation!r}; known are {', '.join(ACTIVATIONS)}; or pass "
                f"a function"
            )
        return activation
    if not callable(activation):
        raise TypeError(f"an activation is a function or the name of one, not {activation!r}")
    for name, function in ACTIVATIONS.items():
        if function is activation:
            return name
    return activation


def function_of(activation: Activation) -> Callable[[Any], Any]:
    """The function that a known name stands for, or the function itself."""
    return ACTIVATIONS[activation] if isinstance(activation, str) else activation
