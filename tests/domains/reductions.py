"""Sums and extremes along axes."""

import numpy as np

from calls import a_flag, not_empty, plane, real, some_axes, takes

DOMAINS = {
    np.sum: takes(plane, axis=some_axes, keepdims=a_flag),
    np.mean: takes(plane, axis=some_axes, keepdims=a_flag, shapes=not_empty),
    np.max: takes(real, axis=some_axes, keepdims=a_flag, shapes=not_empty),
    np.min: takes(real, axis=some_axes, keepdims=a_flag, shapes=not_empty),
}
