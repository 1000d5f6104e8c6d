"""Exponentials, logarithms, trigonometry and hyperbolic functions."""

import numpy as np

from calls import above_minus_one, plane, right_plane, takes

DOMAINS = {
    np.exp: takes(plane),
    np.expm1: takes(plane),
    np.log: takes(right_plane),
    np.log1p: takes(above_minus_one),
    np.sin: takes(plane),
    np.cos: takes(plane),
    np.tanh: takes(plane),
}
