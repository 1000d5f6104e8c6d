"""Determinants, inverses, systems of equations."""

import math
from typing import Any

import numpy as np

from autograd.rules.linalg import H, pseudoinverse
from autograd.testing.strategies import Made, plane
from autograd.testing.strategies.matrices import spaced
from calls import one_of, takes


def unfolded(x: Any) -> Any:
    """Arrays that are such a matrix once some of their axes are joined."""
    side = math.isqrt(x.size)
    return spaced(x.reshape(side, side)).reshape(x.shape)


def by_rank_one(f: Any, x: Any, y: Any, *args: Any, **kwargs: Any) -> Any:
    return f(x * y, *args, **kwargs)


def by_hermitian(f: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return f((x + H(x)) / 2, *args, **kwargs)


matrices, tensors = Made(spaced, complex=True), Made(unfolded, complex=True)
SQUARE = [
    [(1, 1)], [(2, 2)], [(3, 3)], [(2, 2, 2)], [(2, 1, 2, 2)], [(0, 2, 2)], [(0, 0)],
]  # fmt: skip
ANY = [
    [(1, 1)], [(2, 2)], [(3, 2)], [(2, 3)], [(3, 1)], [(2, 3, 2)], [(0, 2, 3)], [(2, 2, 2)],
]  # fmt: skip
SYSTEMS = [
    ((1, 1), (1,)), ((2, 2), (2,)), ((3, 3), (3, 2)), ((2, 2, 2), (2,)), ((2, 2, 2), (2, 1)),
    ((2, 2), (2, 2, 1)), ((2, 1, 2, 2), (2, 2, 1)), ((2, 2), (2, 2)), ((0, 2, 2), (2,)),
    ((2, 2), (2, 0)), ((0, 0), (0,)),
]  # fmt: skip

DOMAINS = {
    np.linalg.det: takes(matrices, shapes=SQUARE),
    np.linalg.slogdet: takes(matrices, shapes=SQUARE),
    np.linalg.inv: takes(matrices, shapes=SQUARE),
    pseudoinverse: [
        takes(matrices, 1e-15, shapes=ANY),
        takes(matrices, 1e-15, hermitian=True, shapes=SQUARE, via=by_hermitian),
        takes(
            Made(lambda x: 2 + x / 2, complex=True),
            Made(lambda x: 2 + x / 4, complex=True),
            1e-3,
            shapes=[((3, 1), (1, 2)), ((2, 1), (1, 2)), ((2, 3, 1), (1, 3))],
            via=by_rank_one,
            ties=False,
        ),
    ],
    np.linalg.pinv: [
        takes(matrices, shapes=ANY),
        takes(matrices, 1e-9, shapes=ANY),
        takes(matrices, rtol=one_of(None, 1e-9), shapes=ANY),
        takes(matrices, hermitian=True, shapes=SQUARE, via=by_hermitian),
    ],
    np.linalg.solve: takes(matrices, plane, shapes=SYSTEMS),
    np.linalg.lstsq: takes(
        matrices,
        plane,
        rcond=one_of(None, -1, 1e-9),
        shapes=[
            ((1, 1), (1,)), ((3, 2), (3,)), ((3, 2), (3, 2)), ((2, 3), (2,)), ((2, 2), (2, 1)),
            ((2, 3), (2, 0)),
        ],
        via=lambda f, a, b, rcond: (lambda x, rest, rank, s: (x, rest, s))(*f(a, b, rcond)),
    ),
    np.linalg.matrix_power: takes(matrices, one_of(-3, -1, 0, 1, 2, 3, 6, 7), shapes=SQUARE),
    np.linalg.tensorinv: [
        takes(tensors, shapes=[[(2, 2, 4)], [(2, 2, 2, 2)], [(1, 1, 1)]]),
        takes(tensors, ind=1, shapes=[[(4, 2, 2)], [(2, 2)]]),
    ],
    np.linalg.tensorsolve: [
        takes(tensors, plane, shapes=[((2, 2, 4), (2, 2)), ((4, 2, 2), (4,))]),
        takes(tensors, plane, axes=(0,), shapes=[((2, 4, 2), (4,)), ((2, 2, 2, 2), (2, 2))]),
    ],
    np.linalg.diagonal: takes(plane, offset=one_of(0, 1, -1, 5), shapes=ANY),
    np.linalg.trace: [
        takes(plane, offset=one_of(0, 1, -1, 5), shapes=ANY),
        takes(plane, dtype=complex, shapes=ANY),
    ],
    np.linalg.matrix_transpose: takes(plane, shapes=ANY),
}  # fmt: skip
