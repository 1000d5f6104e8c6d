"""Activations: what a layer does to each of its weighted sums, or with all of them.

Where one has a kink, at 0, its slope there is the one to the left: 0 for relu.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from autograd import (
    Tensor,
    derivative,
    elementwise,
    log_softmax,
    primitive,
    relu,
    sigmoid,
    softmax,
    softplus,
)
from autograd.primitive import Array

ActivationLike: TypeAlias = str | Callable[[Any], Any]  # a name, or any function or Module


def identity(x: Tensor) -> Tensor:
    """x itself: a linear layer."""
    return x


@primitive
def leaky_relu(x: Array, slope: float = 0.01) -> Array:
    """x where it is positive, else slope · x, so that no unit dies (Maas et al. 2013).

    >>> leaky_relu(Tensor([-100.0, 2.0]))
    Tensor([-1.,  2.])
    """
    return np.where(np.greater(x, 0), x, slope * x)


@primitive
def elu(x: Array, alpha: float = 1.0) -> Array:
    """x where it is positive, else alpha · (exp(x) − 1) (Clevert et al. 2016).

    >>> elu(Tensor([-1e4, 2.0]))
    Tensor([-1.,  2.])
    """
    positive = np.greater(x, 0)
    return np.where(positive, x, alpha * np.expm1(np.where(positive, 0, x)))


def gelu(x: Array) -> Array:
    """x · Φ(x), Φ the distribution function of the normal distribution (Hendrycks et al. 2016).

    To the last digits, not by the usual approximation with tanh.

    >>> gelu(Tensor([-1e4, 0.0, 1e4]))
    Tensor([   -0.,     0., 10000.])
    """
    return x * normal_cdf(x)


def silu(x: Array) -> Array:
    """x · sigmoid(x), also called swish (Elfwing et al. 2018).

    >>> silu(Tensor([-1e4, 0.0, 1e4]))
    Tensor([   -0.,     0., 10000.])
    """
    return x * sigmoid(x)


@primitive
def normal_cdf(x: Array) -> Array:
    """½ erfc(−x / √2): the probability that a standard normal number is below x.

    Number by number, by Python's erfc, since NumPy has none: 0.15 µs each.

    >>> normal_cdf(np.array([-1.0, 0.0]))
    array([0.15865525, 0.5       ])
    """
    z = np.asarray(np.multiply(x, -math.sqrt(0.5)))  # floating also where x is not
    return np.array([0.5 * math.erfc(one) for one in z.ravel().tolist()], z.dtype).reshape(z.shape)


derivative(
    leaky_relu,
    None,
    elementwise,
    x=lambda g, x, slope: np.where(np.greater(x, 0), g, slope * g),
    slope=lambda g, x: np.where(np.greater(x, 0), 0, g * x),
)
derivative(
    elu,
    None,
    elementwise,
    x=lambda g, x, alpha: np.where(
        np.greater(x, 0), g, alpha * g * np.exp(np.where(np.greater(x, 0), 0, x))
    ),
    alpha=lambda g, x: g * np.expm1(np.where(np.greater(x, 0), 0, x)),
)
derivative(
    normal_cdf,
    None,
    elementwise,
    x=lambda g, x: g * (np.exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))),
)

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "identity": identity,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "gelu": gelu,
    "silu": silu,
    "softplus": softplus,
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "softmax": softmax,
    "log_softmax": log_softmax,
}
RELU_LIKE = ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus")  # about half of x passes


def known(activation: ActivationLike | None) -> ActivationLike:
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


def function_of(activation: ActivationLike) -> Callable[[Any], Any]:
    """The function that a known name stands for, or the function itself."""
    return ACTIVATIONS[activation] if isinstance(activation, str) else activation
