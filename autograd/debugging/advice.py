"""What usually helps where a number is not finite, by the function that made it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.primitive import entry
from autograd.rules.elementwise import raised
from autograd.rules.norms import length, p_norm
from autograd.rules.products import affine
from autograd.rules.special import logsumexp

POWERS = (np.power, np.float_power, entry(raised).function)


def advice_for(function: Callable[..., Any]) -> str:
    """What usually helps, in some sentences for a beginner."""
    return _ADVICE.get(function, GENERAL)


def _advice(text: str, *functions: Any) -> None:
    for function in functions:
        _ADVICE[getattr(function, "__primitive__", function)] = text


_ADVICE: dict[Callable[..., Any], str] = {}
GENERAL = (
    "Look at the numbers that went in: a division by 0, a logarithm of 0, or numbers that have "
    "grown too large (as with too high a learning rate) are behind most of these."
)
_MASK = (
    "Where np.where leaves elements out, mask the input, not the output: {}(np.where(x > 0, x, 1))."
)
MASK = f"A gradient of 0 times an infinity is nan. {_MASK.format('np.log')}"

_advice(
    "The logarithm of 0 is -inf, with an infinite slope; that of a negative number is nan. Add a "
    "small number inside, np.log(x + 1e-12), or use a function that works with logarithms from the "
    "start, such as log_softmax or logsumexp. " + _MASK.format("np.log"),
    np.log, np.log2, np.log10,
)  # fmt: skip
_advice(
    "The logarithm of 1 + x is -inf at x = -1, with an infinite slope, and nan below. Keep x above "
    "-1, with np.maximum or by adding a small number.",
    np.log1p,
)
_advice(
    "The square root of a negative number is nan, and its slope at 0 is infinite. Add a small "
    "number inside: np.sqrt(x + 1e-12). For a distance, np.linalg.norm has slope 0 at 0. "
    + _MASK.format("np.sqrt"),
    np.sqrt,
)
_advice("The slope of a cube root at 0 is infinite. Keep its input away from 0.", np.cbrt)
_advice(
    "A division by 0 gives inf, and 0 / 0 gives nan. Add a small number to the divisor, "
    "x / (y + 1e-12), or mask the divisor, not the quotient: x / np.where(y == 0, 1, y).",
    np.divide, np.reciprocal, np.remainder, np.fmod,
)  # fmt: skip
_advice(
    "A negative number to a fractional power is nan, 0 to a negative power is inf, and so is the "
    "slope of x ** p at 0 for p < 1. Add a small number, (x + 1e-12) ** p; mask the input, not the "
    "output; or write x * x where you mean a square.",
    np.power, np.float_power, raised,
)  # fmt: skip
_advice(
    "The exponential of more than 709 (88 in float32) is too large for a number. Subtract the "
    "largest first, or use what does so: softmax, log_softmax, logsumexp, sigmoid, softplus.",
    np.exp, np.exp2, np.expm1, np.sinh, np.cosh,
)  # fmt: skip
_advice(
    "It is defined from -1 to 1, and at these edges its slope is infinite. Use "
    "np.clip(x, -1 + 1e-7, 1 - 1e-7).",
    np.arcsin, np.arccos, np.arctanh,
)  # fmt: skip
_advice(
    "It is defined from 1 upwards, and at 1 its slope is infinite. Use np.maximum(x, 1 + 1e-7).",
    np.arccosh,
)
_OVERFLOW = (
    "Sums and products overflow when the numbers are too large: about 1e308, 3e38 in float32, "
    "65504 in float16. Scale the numbers, lower the learning rate, clip the gradients, or work "
    "with logarithms (logsumexp). An infinity less another, or times 0, is nan."
)
_NO_SPREAD = "Of the mean or spread of no elements, or of one with ddof=1, there is none"
_advice(
    _OVERFLOW,
    np.add, np.subtract, np.multiply, np.square, np.sum, np.prod, np.cumsum, np.cumprod,
    np.matmul, np.dot, affine,
)  # fmt: skip
_advice(f"{_NO_SPREAD}. {_OVERFLOW}", np.mean, np.var)
_advice(
    f"{_NO_SPREAD}; where all elements are equal, the spread is 0, and dividing by it gives inf or "
    f"nan: add a small number to it.",
    np.std,
)
_advice("If all elements are -inf or one is inf or nan, so is this.", logsumexp)
_advice(
    "A length overflows when an element is too large; the direction x / norm(x) is 0 / 0 at 0: add "
    "a small number to the norm before you divide by it.",
    length, p_norm, np.linalg.norm, np.linalg.vector_norm, np.linalg.matrix_norm, np.hypot,
)  # fmt: skip
_advice(
    "The matrix is singular, or nearly so: add a small multiple of the identity, "
    "A + 1e-6 * np.eye(n), or use np.linalg.lstsq or np.linalg.pinv.",
    np.linalg.inv, np.linalg.solve, np.linalg.det, np.linalg.slogdet,
)  # fmt: skip
_advice(
    "Two singular values or eigenvalues are equal, where single vectors have no derivative. Write "
    "what you need as a function that does not depend on the choice among them, such as their sum, "
    "or add a small random matrix.",
    np.linalg.eigh, np.linalg.eig, np.linalg.svd,
)  # fmt: skip
