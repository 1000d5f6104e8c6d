"""What the transforms are made of."""

import numpy as np

from autograd.functional import rerun
from autograd.testing.strategies import plane
from autograd.trace import stand_in
from calls import takes


def a_function(x):
    return lambda x, y: np.sin(x) * y


DOMAINS = {
    stand_in: takes(plane),
    rerun: takes([plane, plane], a_function),
}
