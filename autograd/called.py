"""What users call the operations that only the library does.

`mse` records the operation squared_error, and `x[0]` one called index: messages and pictures say
what was written in the program.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

CALLED = {  # by the operation's own name
    "affine": "x @ Wᵀ + b",  # what a layer computes
    "index": "indexing",
    "scatter_add": "scatter",  # as np.pad does
    "put": "t[…] = v",
    "cast": "astype",
    "rerun": "checkpoint",
    "stand_in": "alias",  # what a transform within a function differentiates by
    "np.absolute": "np.abs",
    "np.conjugate": "np.conj",
    "times": "np.multiply",
    "over": "np.divide",
    "raised": "np.power",
    "log_or_zero": "np.log",
    "filled": "np.nan_to_num",
    "max_from": "np.max",
    "min_from": "np.min",
    "cross": "np.cross",
    "einsum": "np.einsum",
    "einsum_of_one": "np.einsum",
    "convolution": "np.convolve",
    "distinct": "np.unique",
    "length": "np.linalg.norm",
    "p_norm": "np.linalg.norm",
    "pseudoinverse": "np.linalg.pinv",
    "orthogonalised": "np.linalg.qr",
    "squared_error": "mse",
    "improbability": "bce",
    "margin_violation": "hinge",
    "binary_cross_entropy": "bce_with_logits",
    "categorical_cross_entropy": "cross_entropy",
}


def called(operation: str, arguments: Iterable[Any] = ()) -> str:
    """What users call an operation, by its name and, as far as they are known, its arguments.

    >>> called("squared_error"), called("np.tanh")
    ('mse', 'np.tanh')
    """
    if operation == "squared_error" and any(type(x) is float and x == 0.5 for x in arguments):
        return "half_mse"  # its factor
    return CALLED.get(operation, operation)


def shown(text: str, longest: int = 60) -> str:
    r"""A user's text as it is, but on one line, visible, and short.

    >>> shown("a" + chr(0) + "b"), shown("abcdef", longest=4)
    ('a\\x00b', 'abc…')
    """
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[: longest + 1])
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
