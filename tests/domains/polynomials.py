"""Convolution and polynomials."""

import numpy as np
from hypothesis import strategies as st

from autograd.rules.polynomials import convolution
from autograd.testing.strategies import Made, plane, positive, real, right_plane
from calls import a_flag, takes

SIGNALS = [*[((m,), (n,)) for m in (1, 2, 3, 4) for n in (1, 2, 3, 4, 5)]]
QUOTIENTS = [((1,), (1,)), ((3,), (2,)), ((4,), (2,)), ((3,), (3,)), ((2,), (1,))]
POLYNOMIALS = [((1,), (1,)), ((3,), (2,)), ((2,), (4,)), ((3,), (3,)), ((2,), (2,))]


a_mode = st.sampled_from(["full", "same", "valid"])


a_part = st.integers(0, 2)  # the start of a part of a convolution


def spread(x):
    """Coefficients of a polynomial whose roots, and the reciprocals of these, lie well apart."""
    return (0.02 * x + np.poly([1, -2, 4, -8][: len(x) - 1])).astype(x.dtype)


def with_pairs(x):
    """The same with two roots that are not real."""
    return (0.02 * x + np.poly([1 + 2j, 1 - 2j, 4, -8][: len(x) - 1])).astype(x.dtype)


def apart(x):
    return (0.1 * x + np.arange(len(x))).astype(x.dtype)


def in_order(f, p):
    """The roots in an order that small changes of p leave alone."""
    roots = f(p)
    return roots[np.argsort(np.imag(roots) + 0.1 * np.real(roots))]


def quotient_and_constant(f, u, v):
    """The quotient, and the remainder's last coefficient: NumPy drops its first ones if tiny."""
    quotient, rest = f(u, v)
    return np.concatenate([quotient, rest[-1:]])


DOMAINS = {
    convolution: [
        takes(plane, plane, a_part, 3, shapes=[((3,), (2,)), ((2,), (3,)), ((2,), (2,))]),
        takes(plane, plane, 2, 4, shapes=[((5,), (2,)), ((3,), (4,)), ((3,), (3,))]),
    ],
    np.convolve: [
        takes(plane, plane, a_mode, shapes=SIGNALS),
        takes(plane, plane, shapes=[((), (3,))]),
    ],
    np.correlate: takes(plane, plane, a_mode, shapes=SIGNALS),
    np.polyval: takes(
        plane, plane, shapes=[((3,), ()), ((4,), (2,)), ((1,), (2,)), ((2,), (2, 2))]
    ),
    np.polyadd: takes(plane, plane, shapes=POLYNOMIALS),
    np.polysub: takes(plane, plane, shapes=POLYNOMIALS),
    np.polymul: takes(plane, plane, shapes=POLYNOMIALS),
    np.polydiv: takes(plane, right_plane, via=quotient_and_constant, ties=False, shapes=QUOTIENTS),
    np.polyder: [
        takes(plane, shapes=[[(1,)], [(4,)]]),
        takes(plane, 2, shapes=[[(2,)], [(4,)]]),
    ],
    np.polyint: [
        takes(plane, shapes=[[(1,)], [(3,)]]),
        takes(plane, 2, 0.5, shapes=[[(2,)]]),
        takes(plane, 2, [1.0, 0.5], shapes=[[(3,)]]),
    ],
    np.vander: [
        takes(plane, shapes=[[(3,)], [(1,)], [(0,)]]),
        takes(plane, 4, increasing=a_flag, shapes=[[(2,)]]),
    ],
    np.poly: takes(plane, shapes=[[(1,)], [(2,)], [(4,)], [(2, 2)]]),
    np.polyfit: [
        takes(Made(apart), real, 1, shapes=[((3,), (3,)), ((4,), (4, 2))]),
        takes(
            Made(apart), real, positive, via=lambda f, x, y, w: f(x, y, 2, w=w),
            ties=False, shapes=[((4,), (4,), (4,)), ((5,), (5, 2), (5,))],
        ),
    ],
    np.roots: [
        takes(Made(spread, complex=True), via=in_order, shapes=[[(2,)], [(3,)], [(5,)]]),
        takes(Made(with_pairs, complex=True), via=in_order, shapes=[[(3,)], [(5,)]]),
    ],
}  # fmt: skip
