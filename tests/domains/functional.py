"""What the transforms are made of."""

import numpy as np

from autograd.functional import rerun
from autograd.trace import stand_in
from calls import plane, takes


def a_function(draw, x):
    return lambda x, y: np.sin(x) * y


DOMAINS = {
    stand_in: takes(plane),
    rerun: takes([plane, plane], a_function),
}
