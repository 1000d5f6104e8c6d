"""Where a nan came from, arrays changed behind the graph's back, and kinks: `autograd.debug()`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.debugging.kinks import Kink
from autograd.debugging.session import KinkWarning, OnKink, Session
from autograd.graph import watching
from autograd.value_watch import watching_values

__all__ = ["Kink", "KinkWarning", "Session", "debug"]


@contextmanager
def debug(kinks: OnKink = "ignore") -> Iterator[Session]:
    """Look at every operation that is recorded within the `with` block, and at its backward pass.

    On Values, and on Tensors as far as they are tracked. An error tells where a number that is not
    finite came about, and what usually helps:

    - FloatingPointError, when an operation gives nan or an infinity that was not in what it was
      given, forward or backward: with the element, its line, and the steps that led there. Forward,
      it comes when a backward pass shows that its result depends on such a number or that a
      gradient was lost in it (in 1 / (1 / x) at 0, where 0 × ∞ would be 0), or at the end of the
      block if there was no backward pass (one that did not need it leaves a RuntimeWarning).
      What is masked, as in np.where(x > 0, np.log(x), 0), is no error: a gradient of 0 stays 0
      against the infinite slope of a function. A product is not safe there: at 0, the slopes of
      np.where(x > 0, x * np.log(x), 0) are 0 · -inf, and an error. A nan in the data is an error
      where it is used first; one that is written in the program, such as
      np.where(missing, np.nan, x), is taken to be meant. NumPy's warnings of these numbers are off.
    - RuntimeError, when an array that the backward pass needs was changed in the meantime.

    The session's `kinks` lists the points without a derivative that a gradient met: a Kink with its
    operation, line, elements, kind and what the rule took there. A "kink" is a corner (relu at 0),
    a "tie" a choice between equal numbers (maximum), a "clamp" the edge of one (clip), a "jump" a
    step (floor). An "infinite slope" is one that met a gradient that a slope of 0 had made 0, as in
    np.sqrt(x) ** 2 at 0: 0 × ∞ is taken to be 0, where the limit is 1. With kinks="warn" each is a
    KinkWarning, with kinks="raise" it is raised.

    It holds in this thread and async task, in transforms too, and costs nothing where it is off;
    where it is on, programs take several times as long, and their graphs keep every array.
    `autograd.lines` has the line of each node. Raises ValueError for another `kinks`.

    >>> import numpy as np, autograd
    >>> x = autograd.Tensor([4.0, 0.0], requires_grad=True)
    >>> with autograd.debug() as session:
    ...     autograd.relu(x).sum().backward()
    >>> [(kink.operation, kink.line.number, kink.elements) for kink in session.kinks]
    [('relu', 2, [(1,)])]
    >>> with autograd.debug():
    ...     np.sqrt(x).sum().backward()
    Traceback (most recent call last):
    FloatingPointError: inf appeared in the derivative of np.sqrt, line 2: x[1] = 0 → ...
    """
    if kinks not in ("ignore", "warn", "raise"):
        raise ValueError(f"kinks is 'ignore', 'warn' or 'raise', not {kinks!r}")
    session = Session(kinks)
    warned: Any = {kind: "ignore" for kind, action in np.geterr().items() if action == "warn"}
    try:
        with watching(session), watching_values(session), np.errstate(**warned):
            yield session
    except Exception as error:
        if story := session.story():
            error.add_note(f"autograd.debug: {story}")
        raise
    if story := session.story():
        if not session.swept:
            raise FloatingPointError(story)
        warnings.warn(f"{story}\nNo gradient depends on it.", RuntimeWarning, stacklevel=3)
