"""The methods of NumPy's ufuncs."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd import Tensor
from autograd.primitive import COMPOSED
from autograd.primitive import CONSTANTS as PLAIN
from autograd.testing.strategies import axis, plane, real
from calls import a_flag, shaped, takes
from domains.elementwise import DOMAINS as ELEMENTWISE
from domains.reductions import a_dtype
from domains.transcendental import DOMAINS as TRANSCENDENTAL

ALONG = shaped(1, 1)
SEGMENTS, REPEATED = [1, 2, 0], np.array([0, 2, 0])
LONG = [[(4,)], [(4, 2)], [(2, 4)]]


@st.composite
def long_axis(draw, x):
    return x.shape.index(4) - draw(st.integers(0, 1)) * x.ndim


def methods(name: str) -> list[Any]:
    """The methods of that name that have a derivative."""
    found = [f for f in COMPOSED if isinstance(getattr(f, "__self__", None), np.ufunc)]
    return [f for f in found if f.__name__ == name]


def changed(at, a, indices, b):
    """What the method `at` makes of its first argument."""
    a = Tensor(a) if type(b) is Tensor and type(a) is not Tensor else np.copy(a)
    at(a, indices, b)
    return a


def base(method):
    """What the ufunc of a method takes."""
    found = {**ELEMENTWISE, **TRANSCENDENTAL}[method.__self__]
    return found[0] if isinstance(found, list) else found


OUTER = [[(2,), (1, 1)], [(), (2,)]]

DOMAINS: dict[Any, Any] = {
    np.add.reduce: takes(plane, axis=axis, dtype=a_dtype, keepdims=a_flag, shapes=ALONG),
    np.multiply.reduce: takes(plane, axis=axis, dtype=a_dtype, keepdims=a_flag, shapes=ALONG),
    np.maximum.reduce: takes(real, axis=axis, dtype=a_dtype, keepdims=a_flag, shapes=ALONG),
    np.minimum.reduce: takes(real, axis=axis, dtype=a_dtype, keepdims=a_flag, shapes=ALONG),
    np.fmax.reduce: takes(real, axis=axis, dtype=a_dtype, keepdims=a_flag, shapes=ALONG),
    np.fmin.reduce: takes(real, axis=axis, dtype=a_dtype, keepdims=a_flag, shapes=ALONG),
    np.logaddexp.reduce: takes(real, axis=axis, dtype=a_dtype, keepdims=a_flag, shapes=ALONG),
    np.add.accumulate: takes(plane, axis=axis, dtype=a_dtype, shapes=ALONG),
    np.multiply.accumulate: takes(plane, axis=axis, dtype=a_dtype, shapes=ALONG),
    np.logaddexp.accumulate: [
        takes(real, axis=axis, shapes=ALONG),
        takes(real, axis=axis, dtype=np.float64, shapes=ALONG),
    ],
    np.add.at: takes(plane, REPEATED, plane, via=changed, shapes=[[(3, 2), (3, 2)], [(3,), ()]]),
    np.subtract.at: takes(plane, REPEATED, plane, via=changed, shapes=[[(3,), (3,)]]),
}
DOMAINS |= {
    np.add.reduceat: [
        takes(plane, segments, axis=long_axis, dtype=a_dtype, shapes=LONG)
        for segments in (SEGMENTS, [1, 2], [0])
    ],
} | {
    f: [
        takes(real, SEGMENTS, axis=long_axis, shapes=LONG),
        takes(real, [0, 2], axis=long_axis, dtype=np.float64, shapes=LONG),
    ]
    for f in methods("reduceat")
}
DOMAINS |= {f: base(f).but(shapes=OUTER, ties=False) for f in methods("outer")}

CONSTANTS = {f: lambda x: (x, x) for f in PLAIN if getattr(f, "__name__", "") == "outer"}
