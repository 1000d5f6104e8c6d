"""numpy.random, as it is: its numbers carry no gradient, and its state is NumPy's own."""

from typing import TYPE_CHECKING

import numpy as _numpy

from autograd.numpy.creation import namespace

if TYPE_CHECKING:
    from numpy.random import *  # noqa: F403
else:
    __getattr__, __dir__ = namespace(globals(), lambda: _numpy.random)
