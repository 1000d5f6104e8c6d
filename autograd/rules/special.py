"""What networks need and NumPy lacks: activations and stable logarithms of sums of exponentials."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.primitive import Array, Axis, derivative, elementwise, primitive
from autograd.rules.elementwise import over
from autograd.rules.reductions import spread


@primitive
def relu(x: Array) -> Array:
    """max(x, 0), with slope 0 at 0.

    >>> relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return np.maximum(x, 0)


@primitive
def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), to the last digits at both ends.

    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    x = _floating(x)
    small = np.exp(-np.abs(x))
    # The maximum is 1 where x > 0; np.where takes twice as long on many numbers of mixed sign.
    return np.maximum(small, np.greater(x, 0)) / (1 + small)


@primitive
def softplus(x: Array) -> Array:
    """log(1 + exp(x)), a smooth relu.

    >>> softplus(np.array([-1e4, 1e4]))
    array([    0., 10000.])
    """
    x = _floating(x)
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


@primitive
def logsumexp(x: Array, axis: Axis = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) along `axis` (all axes by default), without overflow; -inf if all are.

    >>> logsumexp(np.array([1e4, 1e4]))  # 1e4 + log 2
    array(10000.69314718)
    """
    x = _floating(x)
    top = np.max(x, axis=axis, keepdims=True)
    powers = np.exp(_lowered(x, top))
    sums = np.sum(powers, axis=axis, keepdims=True)
    with np.errstate(divide="ignore"):
        ans = np.log(sums) + top
    return ans if keepdims else np.squeeze(ans, axis), powers, sums


@primitive
def softmax(x: Array, axis: Axis = -1) -> Array:
    """exp(x) divided by its sum along `axis`, or the limit of that where x is infinite.

    So the elements that are +inf share 1; all are 0 where all of x are -inf.

    >>> softmax(np.array([1e4, 1e4]))
    array([0.5, 0.5])
    """
    x = _floating(x)
    powers = np.exp(_lowered(x, np.max(x, axis=axis, keepdims=True)))
    return over(powers, np.sum(powers, axis=axis, keepdims=True))


@primitive
def log_softmax(x: Array, axis: Axis = -1) -> Array:
    """The logarithm of `softmax(x, axis)`, without underflow.

    >>> log_softmax(np.array([0.0, 1e4]))
    array([-10000.,      0.])
    """
    x = _floating(x)
    shifted = _lowered(x, np.max(x, axis=axis, keepdims=True))
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def _floating(x: Array) -> Array:
    """x, but integers as floats: of few bits or without a sign, they would wrap around."""
    return x * 1.0 if hasattr(x, "dtype") and x.dtype.kind in "biu" else x


def _lowered(x: Array, top: Array) -> Array:
    """x less its maximum `top`: never above 0; where `top` is inf, 0 for what is, else -inf."""
    if type(top) is np.ndarray and np.isfinite(top).all():
        return x - top
    lowered = x - np.where(np.isfinite(top), top, 0)
    return np.where(np.equal(x, np.inf), 0, np.where(np.equal(top, np.inf), -np.inf, lowered))


derivative(
    relu,
    None,
    elementwise,
    # Of few numbers the sign is there twice as fast, of many the mask.
    x=lambda g, ans: g * (np.sign(ans) if ans.size < 4096 else np.greater(ans, 0)),
)
derivative(
    sigmoid,
    None,
    elementwise,
    x=lambda g, ans, x: g * (ans * sigmoid(-x)),  # 1 - ans is 0 beyond x = 37
)
derivative(softplus, None, elementwise, x=lambda g, x: g * sigmoid(x))
derivative(
    logsumexp,
    "x axis=None keepdims=False -> powers sums",
    # softmax, because exp(x - ans) has lost digits where x is large
    x=lambda g, x, axis, keepdims, to, powers, sums: (
        spread(g, to, axis, keepdims) * (softmax(x, axis) if powers is None else over(powers, sums))
    ),
)
derivative(
    softmax,
    None,
    None,
    x=lambda g, ans, axis: ans * (g - np.sum(g * ans, axis=axis, keepdims=True)),
)
derivative(
    log_softmax,
    None,
    None,
    x=lambda g, ans, axis: g - np.exp(ans) * np.sum(g, axis=axis, keepdims=True),
)
