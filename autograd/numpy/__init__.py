"""NumPy's namespace for programs that differentiate: `import autograd.numpy as np`.

Every name in it is NumPy's. NumPy's functions find the derivative table by themselves where a
Tensor is among their arguments; what is added here is what NumPy does not ask a Tensor about:
functions that make arrays out of lists and numbers, and lists with Tensors in them where a function
takes an array.

>>> import autograd.numpy as np
>>> from autograd import grad
>>> grad(lambda x: np.sum(np.array([x, x**2]) * np.sin([1.0, 2.0])))(3.0).round(3)
np.float64(6.297)
"""

from typing import TYPE_CHECKING

import numpy as _numpy

if TYPE_CHECKING:
    from numpy import *  # noqa: F403

    from autograd.numpy.creation import make_diagonal  # noqa: F401
else:
    from autograd.numpy import fft, linalg, random  # noqa: F401
    from autograd.numpy.creation import *  # noqa: F403
    from autograd.numpy.creation import namespace

    __getattr__, __dir__ = namespace(globals(), lambda: _numpy)
