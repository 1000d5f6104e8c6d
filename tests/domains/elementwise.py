"""Arithmetic, powers, complex parts, choice."""

import numpy as np

from autograd.rules.elementwise import log_or_zero, over, raised, times
from calls import flags, lower, plane, real, right_plane, takes, upper

DOMAINS = {
    times: takes(plane, plane),
    over: takes(plane, plane),
    raised: takes(right_plane, plane),
    log_or_zero: takes(right_plane),
    np.add: takes(plane, plane),
    np.subtract: takes(plane, plane),
    np.negative: takes(plane),
    np.multiply: takes(plane, plane),
    np.divide: takes(plane, plane),
    np.square: takes(plane),
    np.sqrt: takes(right_plane),
    np.power: takes(right_plane, plane),
    np.abs: takes(plane),
    np.real: takes(plane),
    np.imag: takes(plane),
    np.conj: takes(plane),
    np.maximum: takes(real, real),
    np.minimum: takes(real, real),
    np.where: takes(flags, plane, plane),
    np.clip: [
        takes(real, lower, upper),
        takes(real, upper, lower),  # bounds the wrong way round: NumPy returns the upper one
        takes(real, None, real),
        takes(real, real, None),
        takes(real, a_min=-1.01, a_max=0.51),
    ],
}

CONSTANTS = {
    np.allclose: lambda x: (x, x),
    np.array_equal: lambda x: (x, x),
    np.isclose: lambda x: (x, x),
}
