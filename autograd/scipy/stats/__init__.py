"""scipy.stats: densities and distribution functions, made of scipy.special's functions.

They are differentiable by the value and by the parameters, as far as those are: by the parameters
of an incomplete gamma or beta function, in a `cdf`, SciPy has no derivative. A density is 0, and a
log density -inf, outside its support, with gradient 0. Every other name is SciPy's.

>>> from autograd import grad
>>> from autograd.scipy.stats import norm
>>> grad(norm.logpdf, 1)(1.0, 0.0).round(6)
np.float64(1.0)
"""

import scipy as _scipy

from autograd.scipy.names import namespace
from autograd.scipy.stats import (
    beta,
    chi2,
    dirichlet,
    gamma,
    multivariate_normal,
    norm,
    poisson,
    t,
)

__all__ = ["beta", "chi2", "dirichlet", "gamma", "multivariate_normal", "norm", "poisson", "t"]

__getattr__, __dir__ = namespace(globals(), lambda: _scipy.stats)
