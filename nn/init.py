"""Where weights begin: scaled by fan-in, so that signals keep their size from layer to layer.

An initialiser takes a shape (…, n_in) and a Generator and returns float64 numbers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from autograd.primitive import NDArray

Initialiser: TypeAlias = "Callable[[tuple[int, ...], np.random.Generator], NDArray]"  # lazy: 10 ms


def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray:
    """Normal with variance 2 / n_in, which relu halves (He et al. 2015).

    >>> he_normal((2, 8), np.random.default_rng(0)).shape
    (2, 8)
    """
    return rng.normal(0.0, np.sqrt(2 / shape[-1]), shape)


def lecun_normal(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray:
    """Normal with variance 1 / n_in (LeCun et al. 1998).

    >>> lecun_normal((2, 8), np.random.default_rng(0)).shape
    (2, 8)
    """
    return rng.normal(0.0, np.sqrt(1 / shape[-1]), shape)


def suited_to(activation: Any) -> Initialiser:
    """The initialiser for a layer with that activation: He's for relu and its like.

    >>> suited_to("relu").__name__, suited_to("tanh").__name__
    ('he_normal', 'lecun_normal')
    """
    return he_normal if activation in ("relu", "softplus") else lecun_normal


def generator(rng: np.random.Generator | int | None) -> np.random.Generator:
    """`rng` itself, one seeded by an integer, or a fresh one for None.

    >>> generator(3).random() == np.random.default_rng(3).random()
    True
    """
    if rng is None or isinstance(rng, (int, np.integer, np.random.Generator)):
        return np.random.default_rng(rng)
    raise TypeError(f"rng is a numpy.random.Generator, an integer seed or None, not {rng!r}")


def positive_integer(name: str, value: Any) -> int:
    """`value` as an int. Raises TypeError or ValueError, with its name, if it isn't positive.

    >>> positive_integer("n_in", np.int64(3))
    3
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a positive integer, not {value!r}") from None
    if number <= 0:
        raise ValueError(f"{name} must be a positive integer, not {number}")
    return number
