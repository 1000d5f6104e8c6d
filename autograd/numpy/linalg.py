"""numpy.linalg, whose functions take lists with Tensors in them too."""

from typing import TYPE_CHECKING

import numpy as _numpy

from autograd.numpy.creation import namespace

if TYPE_CHECKING:
    from numpy.linalg import *  # noqa: F403
else:
    __getattr__, __dir__ = namespace(globals(), lambda: _numpy.linalg)
