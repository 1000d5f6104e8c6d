"""SciPy's namespace for programs that differentiate, where SciPy is installed.

Every name in it is SciPy's. The ufuncs of scipy.special find the derivative table by themselves,
under their plain SciPy names too; SciPy's Python functions don't ask what they are given, so they
take Tensors by their names here. What takes Tensors is listed in the `__all__` of each module, such
as `autograd.scipy.linalg.__all__`; in stats, it is distributions, as modules.

>>> import numpy as np, scipy.special
>>> from autograd import grad
>>> import autograd.scipy.special as special
>>> grad(scipy.special.erf)(0.0).round(6)
np.float64(1.128379)
>>> grad(special.logsumexp)(np.zeros(2))
array([0.5, 0.5])
"""

try:
    import scipy as _scipy
except ModuleNotFoundError as error:
    raise ImportError(
        "autograd.scipy needs SciPy, which is not installed: pip install 'chainrule[scipy]'"
    ) from error

from autograd.scipy import integrate, linalg, signal, special, stats
from autograd.scipy.names import namespace

__all__ = ["integrate", "linalg", "signal", "special", "stats"]

__getattr__, __dir__ = namespace(globals(), lambda: _scipy)
