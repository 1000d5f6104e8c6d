"""Products of matrices, vectors and other arrays."""

import warnings

import numpy as np

from autograd import affine
from autograd.rules.products import cross
from autograd.testing.strategies import alike, plane
from calls import takes

PRODUCTS = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((1, 1), (1, 1)),
    ((2, 2, 3), (3, 2)), ((2, 3), (4, 3, 2)), ((2, 1, 2, 3), (3, 3, 2)), ((3,), (2, 3, 1)),
    ((2, 2, 3), (3,)), ((1, 2, 3), (2, 3, 2)), ((2, 2, 2), (2, 2)), ((2, 2), (2, 2)),
    ((2, 0), (0, 3)), ((0, 3), (3, 2)), ((0,), (0,)), ((0, 2, 3), (3, 1)), ((2, 3), (0, 3, 1)),
]  # fmt: skip
LAYERS = [
    ((3,), (2, 3), (2,)), ((4, 3), (2, 3), (2,)), ((2, 1, 3), (2, 3), (2,)), ((0, 3), (2, 3), (2,)),
    ((1, 1), (1, 1), (1,)), ((2, 2), (2, 2), (2,)), ((2, 0), (2, 0), (2,)), ((2, 3), (0, 3), (0,)),
]  # fmt: skip
DOTS = [
    ((), ()), ((), (2, 3)), ((3,), ()), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((0,), (0,)),
    ((2, 3), (3, 2)), ((2, 2), (2, 2)), ((2, 2, 3), (3,)), ((2, 1, 3), (3, 2)), ((2, 0), (0, 2)),
    ((3,), (2, 3, 2)), ((2, 3), (2, 3, 1)), ((1, 2, 3), (2, 3, 2)),
]  # fmt: skip
INNERS = [
    ((), ()), ((), (2, 3)), ((3,), ()), ((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((0,), (0,)),
    ((2, 3), (2, 3)), ((2, 3), (1, 2, 3)), ((0, 3), (2, 3)),
]  # fmt: skip
ANY_TWO = [
    ((), ()), ((), (3,)), ((2,), (3,)), ((2,), (2,)), ((2, 3), (2,)), ((2,), (1, 3)), ((0,), (2,)),
    ((2, 2), (2, 2)), ((1, 2, 2), (2, 1)), ((2, 3), ()), ((2, 1, 2), (1, 2, 1)), ((2, 0), (1, 2)),
]  # fmt: skip
VECTORS = [((2,), (3,)), ((2,), (2,)), ((0,), (2,)), ((1,), (1,))]
LAST = [((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1, 3), (2, 3)), ((0, 2), (2,))]
FIRST = [((3,), (3, 2)), ((3, 1), (3, 2)), ((3, 2), (3, 2, 2)), ((2, 0), (2, 1))]
ROWS = [((3,), (3, 2)), ((2, 3), (3, 2)), ((3,), (2, 3, 1)), ((2, 1, 2), (3, 2, 2))]
COLUMNS = [((2, 3), (3,)), ((2, 3), (2, 3)), ((2, 1, 3), (3,)), ((2, 1, 2, 2), (3, 2))]


def in_the_plane(f, *args, **kwargs):
    """NumPy warns about vectors of length 2."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return f(*args, **kwargs)


DOMAINS = {
    np.matmul: takes(plane, plane, shapes=PRODUCTS),
    affine: takes(plane, plane, plane, shapes=LAYERS),
    np.linalg.matmul: takes(plane, plane, shapes=PRODUCTS),
    np.dot: takes(plane, plane, shapes=DOTS),
    np.inner: takes(plane, plane, shapes=INNERS),
    np.vdot: takes(plane, plane, shapes=alike),
    np.vecdot: [
        takes(plane, plane, shapes=LAST),
        takes(plane, plane, axis=0, shapes=FIRST),
        takes(plane, plane, axis=-2, shapes=[((3, 1), (2, 3, 2))]),
    ],
    np.linalg.vecdot: [
        takes(plane, plane, shapes=LAST),
        takes(plane, plane, axis=-2, shapes=[((3, 1), (2, 3, 2))]),
    ],
    np.outer: takes(plane, plane, shapes=ANY_TWO),
    np.linalg.outer: takes(plane, plane, shapes=VECTORS),
    np.kron: takes(plane, plane, shapes=ANY_TWO),
    np.tensordot: [
        takes(plane, plane, axes=0, shapes=ANY_TWO),
        takes(plane, plane, axes=1, shapes=[((3,), (3,)), ((2, 3), (3, 1, 2))]),
        takes(plane, plane, shapes=[((3, 2), (3, 2)), ((2, 0, 2), (0, 2, 1))]),
        takes(plane, plane, axes=(0, -1), shapes=[((3, 2), (2, 3)), ((2, 2), (2, 2))]),
        takes(plane, plane, axes=([0, -1], [1, 0]), shapes=[((2, 1, 3), (3, 2, 2))]),
        takes(plane, plane, axes=[[], []], shapes=[((2,), (3,))]),
    ],
    np.linalg.tensordot: takes(plane, plane, axes=(1, 0), shapes=[((1, 3), (3, 2))]),
    np.linalg.multi_dot: [
        takes([plane, plane], shapes=[((2,), (2, 3)), ((2, 3), (3, 2)), ((2,), (2,))]),
        takes([plane, plane, plane], shapes=[((3, 1), (1, 3), (3, 2)), ((2,), (2, 2), (2,))]),
        takes([plane, plane, plane, plane], shapes=[((1, 3), (3, 2), (2, 1), (1,))]),
    ],
    cross: takes(plane, plane, shapes=[((3,), (3,)), ((2, 3), (3,)), ((0, 3), (1, 3))]),
    np.cross: [
        takes(plane, plane, shapes=[((3,), (3,)), ((2, 1, 3), (2, 3)), ((0, 3), (1, 3))]),
        takes(plane, plane, axis=0, shapes=[((3, 2), (3, 2))]),
        takes(plane, plane, 0, 1, 1, shapes=[((3, 2, 1), (2, 3, 2))]),
        takes(
            plane, plane, via=in_the_plane,
            shapes=[((2,), (2,)), ((2,), (3,)), ((2, 3), (2, 2)), ((1, 2, 2), (2, 2))],
        ),
        takes(plane, plane, axis=0, via=in_the_plane, shapes=[((2, 4), (3, 4))]),
    ],
    np.linalg.cross: [
        takes(plane, plane, shapes=[((3,), (2, 3))]),
        takes(plane, plane, axis=0, shapes=[((3, 2), (3, 2))]),
    ],
}  # fmt: skip
if hasattr(np, "matvec"):  # NumPy 2.2
    DOMAINS[np.matvec] = takes(plane, plane, shapes=COLUMNS)
    DOMAINS[np.vecmat] = takes(plane, plane, shapes=ROWS)
