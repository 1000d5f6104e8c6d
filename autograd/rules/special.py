"""What networks need and NumPy lacks: activations and stable logarithms of sums of exponentials."""

from __future__ import annotations

import numpy as np

from autograd.primitive import Array, Axis, derivative, elementwise, primitive


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
    small = np.exp(-np.abs(x))
    return np.where(np.less(x, 0), small, 1) / (1 + small)


@primitive
def softplus(x: Array) -> Array:
    """log(1 + exp(x)), a smooth relu.

    >>> softplus(np.array([-1e4, 0.0, 1e4])).round(4)
    array([0.0000e+00, 6.9310e-01, 1.0000e+04])
    """
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


@primitive
def logsumexp(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """log(sum(exp(x))) along `axis` (all axes by default), without overflow; -inf if all are.

    >>> logsumexp(np.array([1e4, 1e4])) - 1e4  # log 2
    np.float64(0.6931471805600546)
    """
    top = _finite(np.max(x, axis=axis, keepdims=True))
    with np.errstate(divide="ignore"):
        ans = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return ans if keepdims else np.squeeze(ans, axis)


@primitive
def softmax(x: Array, axis: int | tuple[int, ...] = -1) -> Array:
    """exp(x) divided by its sum along `axis`.

    >>> softmax(np.array([1e4, 1e4]))
    array([0.5, 0.5])
    """
    powers = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True)


@primitive
def log_softmax(x: Array, axis: int | tuple[int, ...] = -1) -> Array:
    """The logarithm of `softmax(x, axis)`, without underflow.

    >>> log_softmax(np.array([0.0, 1e4]))
    array([-10000.,      0.])
    """
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def _finite(x: Array) -> Array:
    return np.where(np.isfinite(x), x, 0)


def _logsumexp_to(g: Array, ans: Array, x: Array, axis: Axis, keepdims: bool) -> Array:
    """g · softmax(x), from the output; nothing where all of x are -inf."""
    if axis is not None and not keepdims:
        g, ans = np.expand_dims(g, axis), np.expand_dims(ans, axis)
    return g * np.exp(x - _finite(ans))


derivative(relu, None, elementwise, x=lambda g, ans: g * np.sign(ans))  # 2x faster than ans > 0
derivative(
    sigmoid,
    None,
    elementwise,
    x=lambda g, ans, x: g * (ans * sigmoid(-x)),  # 1 - ans is 0 beyond x = 37
)
derivative(softplus, None, elementwise, x=lambda g, x: g * sigmoid(x))
derivative(
    logsumexp,
    None,
    None,
    x=lambda g, ans, x, axis, keepdims: _logsumexp_to(g, ans, x, axis, keepdims),
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
