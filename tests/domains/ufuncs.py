"""The methods of NumPy's ufuncs."""

import numpy as np

from autograd.primitive import COMPOSED
from calls import a_flag, an_axis, plane, positive, some_axis, takes

DOMAINS = {
    np.add.reduce: takes(plane, axis=an_axis, keepdims=a_flag, shapes=some_axis),
} | {  # every ufunc of two arguments
    f: takes(positive, positive, ties=False)
    for f in COMPOSED
    if getattr(f, "__name__", "") == "outer" and isinstance(getattr(f, "__self__", None), np.ufunc)
}
