"""Reshaping, reordering, casting."""

import numpy as np

from autograd.rules.shaping import cast
from calls import (
    an_axis,
    broader,
    listed,
    new_axes,
    order,
    permuted,
    plane,
    real,
    reshaped,
    single_axes,
    some_axis,
    takes,
)  # fmt: skip

DOMAINS = {
    cast: takes(real, np.float64),
    np.copy: takes(plane),
    np.reshape: takes(plane, reshaped, order=order),
    np.ravel: takes(plane, order=order),
    np.transpose: [
        takes(plane, permuted),
        takes(plane, (1, 2, 0), shapes=listed([(2, 3, 2)], [(2, 2, 2)])),
    ],
    np.swapaxes: takes(plane, an_axis, an_axis, shapes=some_axis),
    np.moveaxis: takes(plane, an_axis, an_axis, shapes=some_axis),
    np.expand_dims: takes(plane, new_axes),
    np.squeeze: takes(plane, single_axes),
    np.broadcast_to: takes(plane, broader),
}

CONSTANTS = {np.shares_memory: lambda x: (x, x), np.may_share_memory: lambda x: (x, x)}
