"""scipy.stats, where SciPy is installed; what is made of other functions needs no entry."""

from importlib.util import find_spec

from hypothesis import strategies as st

from autograd.testing.strategies import positive
from calls import takes

DOMAINS = {}


a_count = st.sampled_from([0, 1, 3])


if find_spec("scipy") is not None:
    from autograd.scipy.stats import poisson

    DOMAINS |= {poisson.logpmf: takes(a_count, positive, loc=0, shapes=[[(2,)], [()]])}
