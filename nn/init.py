"""Where weights begin: scaled by fan-in, so that signals keep their size from layer to layer.

An initialiser takes a shape (…, n_out, n_in), or (n_in,) for one neuron, and a Generator, and
returns float64 numbers. `init=` takes one of them, or a name in INITIALISERS.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from autograd.primitive import NDArray
from nn.activations import RELU_LIKE

Initialiser: TypeAlias = "Callable[[tuple[int, ...], np.random.Generator], NDArray]"  # lazy: 10 ms


def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray:
    """Normal with variance 2 / n_in, which relu halves (He et al. 2015).

    >>> he_normal((2, 8), np.random.default_rng(0)).shape
    (2, 8)
    """
    return rng.normal(0.0, np.sqrt(2 / shape[-1]), shape)


def he_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray:
    """Uniform with variance 2 / n_in (He et al. 2015).

    >>> bool(np.abs(he_uniform((9, 6), np.random.default_rng(0))).max() < 1)
    True
    """
    return _uniform(2 / shape[-1], shape, rng)


def lecun_normal(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray:
    """Normal with variance 1 / n_in (LeCun et al. 1998).

    >>> lecun_normal((2, 8), np.random.default_rng(0)).shape
    (2, 8)
    """
    return rng.normal(0.0, np.sqrt(1 / shape[-1]), shape)


def lecun_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray:
    """Uniform with variance 1 / n_in (LeCun et al. 1998).

    >>> bool(np.abs(lecun_uniform((9, 3), np.random.default_rng(0))).max() < 1)
    True
    """
    return _uniform(1 / shape[-1], shape, rng)


def glorot_normal(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray:
    """Normal with variance 2 / (n_in + n_out), a middle for both passes (Glorot et al. 2010).

    >>> glorot_normal((2, 8), np.random.default_rng(0)).shape
    (2, 8)
    """
    return rng.normal(0.0, np.sqrt(2 / _fans(shape)), shape)


def glorot_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray:
    """Uniform with variance 2 / (n_in + n_out) (Glorot et al. 2010).

    >>> bool(np.abs(glorot_uniform((4, 2), np.random.default_rng(0))).max() < 1)
    True
    """
    return _uniform(2 / _fans(shape), shape, rng)


def orthogonal(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray:
    """A matrix whose rows, or columns if they are fewer, are orthonormal (Saxe et al. 2014).

    Any such matrix is as likely as any other: Q of a normal matrix, with the signs of R's diagonal.

    >>> w = orthogonal((2, 5), np.random.default_rng(0))
    >>> bool(np.allclose(w @ w.T, np.eye(2)))
    True
    """
    rows, columns = math.prod(shape[:-1]), shape[-1]
    tall = rng.normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diagonal(r) < 0, -1, 1)
    return np.reshape(q if rows >= columns else q.T, shape)


def zeros(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray:
    """Nothing but 0. For biases; neurons with equal weights would stay equal.

    >>> zeros((2,), np.random.default_rng(0))
    array([0., 0.])
    """
    return np.zeros(shape)


def constant(value: float) -> Initialiser:
    """The initialiser that gives `value` everywhere.

    >>> constant(0.1)((2,), np.random.default_rng(0))
    array([0.1, 0.1])
    """
    return lambda shape, rng: np.full(shape, float(value))


INITIALISERS: dict[str, Initialiser] = {
    "he_normal": he_normal,
    "he_uniform": he_uniform,
    "lecun_normal": lecun_normal,
    "lecun_uniform": lecun_uniform,
    "glorot_normal": glorot_normal,
    "glorot_uniform": glorot_uniform,
    "orthogonal": orthogonal,
    "zeros": zeros,
}


def suited_to(activation: Any) -> Initialiser:
    """The initialiser for a layer with that activation: He's for relu and its like.

    >>> suited_to("relu").__name__, suited_to("tanh").__name__
    ('he_normal', 'lecun_normal')
    """
    activation = getattr(activation, "activation", activation)  # of an nn.Activation
    return he_normal if activation in RELU_LIKE else lecun_normal


def drawn(init: Initialiser | str, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray:
    """Numbers of that shape, float64, by an initialiser or the name of one.

    Raises ValueError for an unknown name, and for a function that returns another shape or numbers
    that are not finite; TypeError for what is neither.

    >>> drawn("zeros", (2,), np.random.default_rng(0))
    array([0., 0.])
    """
    if isinstance(init, str):
        if init not in INITIALISERS:
            raise ValueError(
                f"unknown initialiser {init!r}; known are {', '.join(INITIALISERS)}; or pass a "
                f"function of (shape, rng), such as nn.init.constant(0.1)"
            )
        init = INITIALISERS[init]
    if not callable(init):
        raise TypeError(f"an initialiser is a function or the name of one, not {init!r}")
    numbers = np.asarray(init(shape, rng), np.float64)
    if numbers.shape != shape or not np.isfinite(numbers).all():
        raise ValueError(
            f"an initialiser must return finite numbers of shape {shape}; this one returned shape "
            f"{numbers.shape} from {np.min(numbers, initial=np.inf):g} to "
            f"{np.max(numbers, initial=-np.inf):g}"
        )
    return numbers


def generator(rng: np.random.Generator | int | None) -> np.random.Generator:
    """`rng` itself, one seeded by an integer, or a fresh one for None.

    >>> generator(3).random() == np.random.default_rng(3).random()
    True
    """
    if rng is None or isinstance(rng, np.random.Generator):
        return np.random.default_rng(rng)
    if isinstance(rng, bool) or not isinstance(rng, (int, np.integer)):
        raise TypeError(f"rng is a numpy.random.Generator, an integer seed or None, not {rng!r}")
    if rng < 0:
        raise ValueError(f"a seed is at least 0, not {rng}")
    return np.random.default_rng(rng)


def flag(name: str, value: Any) -> bool:
    """`value` as a bool. Raises TypeError, with its name, if it is another thing, such as "no".

    >>> flag("shuffle", np.True_)
    True
    """
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} is True or False, not {value!r}")
    return bool(value)


def positive_integer(name: str, value: Any) -> int:
    """`value` as an int. Raises TypeError or ValueError, with its name, if it isn't positive.

    >>> positive_integer("n_in", np.int64(3))
    3
    """
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None:
        raise TypeError(f"{name} must be a positive integer, not {value!r}")
    if number <= 0:
        raise ValueError(f"{name} must be a positive integer, not {number}")
    return number


def within(
    name: str, value: Any, low: float = 0.0, high: float = math.inf, *, closed: bool = False
) -> float:
    """`value` as a float, from `low` to below `high`, or up to it if the range is `closed`.

    Raises TypeError, with its name, if it is no number, and ValueError if it is outside.

    >>> within("p", 0, 0.0, 1.0)
    0.0
    """
    try:
        number = None if isinstance(value, (str, bool, np.bool_)) else float(value)
    except (TypeError, ValueError):
        number = None
    if number is None:
        raise TypeError(f"{name} must be a number, not {value!r}")
    inside = low <= number <= high if closed else low <= number < high
    if not inside or number == -math.inf:
        limits = f"at least {low:g}" if low > -math.inf else "a number"
        if high < math.inf:
            limits = f"from {low:g} to {high:g}" if closed else f"{limits} and less than {high:g}"
        elif math.isinf(number):
            limits += " and finite"
        raise ValueError(f"{name} must be {limits}, not {value}")
    return number


def _fans(shape: tuple[int, ...]) -> int:
    """n_in + n_out."""
    return shape[-1] + math.prod(shape[:-1])


def _uniform(variance: float, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray:
    limit = math.sqrt(3 * variance)
    return rng.uniform(-limit, limit, shape)
