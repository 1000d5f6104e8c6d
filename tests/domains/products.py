"""Products of matrices, vectors and other arrays, and of polynomials."""

import warnings

import numpy as np
from hypothesis import strategies as st

from autograd import affine
from autograd.rules.products import convolve, cross, einsum, einsum_of_one
from calls import Made, a_flag, alike, listed, plane, takes

PRODUCTS = listed(
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((1, 1), (1, 1)),
    ((2, 2, 3), (3, 2)), ((2, 3), (4, 3, 2)), ((2, 1, 2, 3), (3, 3, 2)), ((3,), (2, 3, 1)),
    ((2, 2, 3), (3,)), ((1, 2, 3), (2, 3, 2)), ((2, 2, 2), (2, 2)), ((2, 2), (2, 2)),
    ((2, 0), (0, 3)), ((0, 3), (3, 2)), ((0,), (0,)), ((0, 2, 3), (3, 1)), ((2, 3), (0, 3, 1)),
)  # fmt: skip
LAYERS = listed(
    ((3,), (2, 3), (2,)), ((4, 3), (2, 3), (2,)), ((2, 1, 3), (2, 3), (2,)), ((0, 3), (2, 3), (2,)),
    ((1, 1), (1, 1), (1,)), ((2, 2), (2, 2), (2,)), ((2, 0), (2, 0), (2,)), ((2, 3), (0, 3), (0,)),
)  # fmt: skip
DOTS = listed(
    ((), ()), ((), (2, 3)), ((3,), ()), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((0,), (0,)),
    ((2, 3), (3, 2)), ((2, 2), (2, 2)), ((2, 2, 3), (3,)), ((2, 1, 3), (3, 2)), ((2, 0), (0, 2)),
    ((3,), (2, 3, 2)), ((2, 3), (2, 3, 1)), ((1, 2, 3), (2, 3, 2)),
)  # fmt: skip
INNERS = listed(
    ((), ()), ((), (2, 3)), ((3,), ()), ((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((0,), (0,)),
    ((2, 3), (2, 3)), ((2, 3), (1, 2, 3)), ((0, 3), (2, 3)),
)  # fmt: skip
ANY_TWO = listed(
    ((), ()), ((), (3,)), ((2,), (3,)), ((2,), (2,)), ((2, 3), (2,)), ((2,), (1, 3)), ((0,), (2,)),
    ((2, 2), (2, 2)), ((1, 2, 2), (2, 1)), ((2, 3), ()), ((2, 1, 2), (1, 2, 1)), ((2, 0), (1, 2)),
)  # fmt: skip
VECTORS = listed(((2,), (3,)), ((2,), (2,)), ((0,), (2,)), ((1,), (1,)))
LAST = listed(((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1, 3), (2, 3)), ((0, 2), (2,)))
FIRST = listed(((3,), (3, 2)), ((3, 1), (3, 2)), ((3, 2), (3, 2, 2)), ((2, 0), (2, 1)))
ROWS = listed(((3,), (3, 2)), ((2, 3), (3, 2)), ((3,), (2, 3, 1)), ((2, 1, 2), (3, 2, 2)))
COLUMNS = listed(((2, 3), (3,)), ((2, 3), (2, 3)), ((2, 1, 3), (3,)), ((2, 1, 2, 2), (3, 2)))
SIGNALS = listed(*[((m,), (n,)) for m in (1, 2, 3, 4) for n in (1, 2, 3, 4, 5)])
QUOTIENTS = listed(((1,), (1,)), ((3,), (2,)), ((4,), (2,)), ((3,), (3,)), ((2,), (1,)))
POLYNOMIALS = listed(((1,), (1,)), ((3,), (2,)), ((2,), (4,)), ((3,), (3,)), ((2,), (2,)))


def a_mode(draw, x):
    return draw(st.sampled_from(["full", "same", "valid"]))


def a_part(draw, x):
    """The start of a part of a convolution."""
    return draw(st.integers(0, 2))


def in_the_plane(f, *args, **kwargs):
    """NumPy warns about vectors of length 2."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return f(*args, **kwargs)


def named(subscripts, *shapes, **options):
    """The domain of np.einsum with these subscripts and the shapes of its operands."""
    return takes(subscripts, *[plane] * len(shapes), shapes=listed(shapes), **options)


def spread(x):
    """Coefficients of a polynomial whose roots, and the reciprocals of these, lie well apart."""
    return (0.02 * x + np.poly([1, -2, 4, -8][: len(x) - 1])).astype(x.dtype)


def with_pairs(x):
    """The same with two roots that are not real."""
    return (0.02 * x + np.poly([1 + 2j, 1 - 2j, 4, -8][: len(x) - 1])).astype(x.dtype)


def in_order(f, p):
    """The roots in an order that small changes of p leave alone."""
    roots = f(p)
    return roots[np.argsort(np.imag(roots) + 0.1 * np.real(roots))]


def quotient_and_constant(f, u, v):
    """The quotient, and the remainder's last coefficient: NumPy drops its first ones if tiny."""
    quotient, rest = f(u, v)
    return quotient, rest[-1:]


A_PATH = ["einsum_path", (0, 1), (0, 2, 1)]
EINSUMS = [
    named("i->", (3,)),
    named("ij->ji", (2, 3)),
    named("ba", (2, 3)),  # the output in alphabetical order: a transposition
    named("ij->j", (2, 3)),
    named("ii", (3, 3)),
    named("ii->i", (3, 3)),
    named("iij->j", (2, 2, 3)),
    named("iji->ij", (2, 3, 2)),
    named("ijij", (2, 3, 2, 3)),
    named("iii->i", (2, 2, 2)),
    named("...ii->...", (3, 2, 2)),
    named("...", (2, 3)),
    named("->", ()),
    named("ij,jk", (2, 3), (3, 2)),
    named("ij,jk->ki", (2, 2), (2, 2), optimize=a_flag),
    named("i,i", (3,), (3,)),
    named("i,j->", (2,), (3,)),  # each index appears in one operand only
    named("i,j->ij", (2,), (3,)),
    named(" ij , k -> i ", (2, 3), (2,)),
    named(",ij", (), (2, 3)),
    named("ii,ij->j", (2, 2), (2, 3)),
    named("ii,jj->ij", (2, 2), (3, 3), optimize=True),
    named("ij,ij->i", (2, 3), (1, 3)),  # an axis of length 1 broadcasts
    named("ij,jk->ik", (2, 1), (3, 2)),
    named("ij,jk->ik", (2, 1), (3, 2), optimize=True),
    named("i,i->", (1,), (3,)),
    named("ii,i->i", (1, 1), (3,)),
    named("bij,bjk->bik", (2, 1, 2), (2, 2, 1)),
    named("...ij,...jk", (2, 2, 3), (3, 2)),
    named("...ij,...jk->...ik", (2, 1, 1, 2), (3, 2, 1), optimize=True),
    named("i...,i...", (2, 3), (2, 1, 3)),
    named("...i,i...->...", (3, 2), (2, 3)),
    named("i...,j->...ji", (2, 3), (2,)),
    named("i,ij,j", (2,), (2, 3), (3,)),
    named("ij,jk,kl->il", (2, 2), (2, 2), (2, 2), optimize="optimal"),
    named("ij,jk,ki,i->", (2, 2), (2, 2), (2, 2), (2,), optimize=A_PATH),
    named("i,i,i->i", (2,), (1,), (2,), optimize=("greedy", 100)),
    named("ij,jk", (0, 2), (2, 3)),
    named("ij,jk", (2, 0), (0, 3)),
    takes(plane, [1, 0], shapes=listed([(2, 3)])),
    takes(plane, [0, 0], [0], shapes=listed([(2, 2)])),
    takes(plane, [0, 1], plane, [1, 2], [2, 0], shapes=listed([(2, 3), (3, 2)])),
    takes(plane, [..., 30], plane, [30, 2], shapes=listed([(2, 3), (3, 2)], [(2, 1, 3), (3, 2)])),
    takes(plane, [...], plane, [..., 1], [1, ...], shapes=listed([(2,), (2, 3)])),
]  # fmt: skip

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
        takes(plane, plane, axis=-2, shapes=listed(((3, 1), (2, 3, 2)))),
    ],
    np.linalg.vecdot: [
        takes(plane, plane, shapes=LAST),
        takes(plane, plane, axis=-2, shapes=listed(((3, 1), (2, 3, 2)))),
    ],
    np.outer: takes(plane, plane, shapes=ANY_TWO),
    np.linalg.outer: takes(plane, plane, shapes=VECTORS),
    np.kron: takes(plane, plane, shapes=ANY_TWO),
    np.tensordot: [
        takes(plane, plane, axes=0, shapes=ANY_TWO),
        takes(plane, plane, axes=1, shapes=listed(((3,), (3,)), ((2, 3), (3, 1, 2)))),
        takes(plane, plane, shapes=listed(((3, 2), (3, 2)), ((2, 0, 2), (0, 2, 1)))),
        takes(plane, plane, axes=(0, -1), shapes=listed(((3, 2), (2, 3)), ((2, 2), (2, 2)))),
        takes(plane, plane, axes=([0, -1], [1, 0]), shapes=listed(((2, 1, 3), (3, 2, 2)))),
        takes(plane, plane, axes=[[], []], shapes=listed(((2,), (3,)))),
    ],
    np.linalg.tensordot: takes(plane, plane, axes=(1, 0), shapes=listed(((1, 3), (3, 2)))),
    np.linalg.multi_dot: [
        takes([plane, plane], shapes=listed(((2,), (2, 3)), ((2, 3), (3, 2)), ((2,), (2,)))),
        takes([plane, plane, plane], shapes=listed(((3, 1), (1, 3), (3, 2)), ((2,), (2, 2), (2,)))),
        takes([plane, plane, plane, plane], shapes=listed(((1, 3), (3, 2), (2, 1), (1,)))),
    ],
    cross: takes(plane, plane, shapes=listed(((3,), (3,)), ((2, 3), (3,)), ((0, 3), (1, 3)))),
    np.cross: [
        takes(plane, plane, shapes=listed(((3,), (3,)), ((2, 1, 3), (2, 3)), ((0, 3), (1, 3)))),
        takes(plane, plane, axis=0, shapes=listed(((3, 2), (3, 2)))),
        takes(plane, plane, 0, 1, 1, shapes=listed(((3, 2, 1), (2, 3, 2)))),
        takes(
            plane, plane, via=in_the_plane,
            shapes=listed(((2,), (2,)), ((2,), (3,)), ((2, 3), (2, 2)), ((1, 2, 2), (2, 2))),
        ),
        takes(plane, plane, axis=0, via=in_the_plane, shapes=listed(((2, 4), (3, 4)))),
    ],
    np.linalg.cross: [
        takes(plane, plane, shapes=listed(((3,), (2, 3)))),
        takes(plane, plane, axis=0, shapes=listed(((3, 2), (3, 2)))),
    ],
    einsum: takes(
        [plane, plane], "ij,jk->ik", a_flag, shapes=listed(((2, 3), (3, 2)), ((2, 2), (2, 2)))
    ),
    einsum_of_one: takes(plane, "iji->j", shapes=listed([(2, 3, 2)])),
    np.einsum: EINSUMS,
    convolve: [
        takes(plane, plane, a_part, 3, shapes=listed(((3,), (2,)), ((2,), (3,)), ((2,), (2,)))),
        takes(plane, plane, 2, 4, shapes=listed(((5,), (2,)), ((3,), (4,)), ((3,), (3,)))),
    ],
    np.convolve: [
        takes(plane, plane, a_mode, shapes=SIGNALS),
        takes(plane, plane, shapes=listed(((), (3,)))),
    ],
    np.correlate: takes(plane, plane, a_mode, shapes=SIGNALS),
    np.polyval: takes(
        plane, plane, shapes=listed(((3,), ()), ((4,), (2,)), ((1,), (2,)), ((2,), (2, 2)))
    ),
    np.polyadd: takes(plane, plane, shapes=POLYNOMIALS),
    np.polysub: takes(plane, plane, shapes=POLYNOMIALS),
    np.polymul: takes(plane, plane, shapes=POLYNOMIALS),
    np.polydiv: takes(plane, plane, via=quotient_and_constant, ties=False, shapes=QUOTIENTS),
    np.polyder: [
        takes(plane, shapes=listed([(1,)], [(4,)])),
        takes(plane, 2, shapes=listed([(2,)], [(4,)])),
    ],
    np.polyint: [
        takes(plane, shapes=listed([(1,)], [(3,)])),
        takes(plane, 2, 0.5, shapes=listed([(2,)])),
        takes(plane, 2, np.array([1.0, 0.5]), shapes=listed([(3,)])),
    ],
    np.vander: [
        takes(plane, shapes=listed([(3,)], [(1,)], [(0,)])),
        takes(plane, 4, increasing=a_flag, shapes=listed([(2,)])),
    ],
    np.poly: takes(plane, shapes=listed([(1,)], [(2,)], [(4,)])),
    np.roots: [
        takes(Made(spread, complex=True), via=in_order, shapes=listed([(2,)], [(3,)], [(5,)])),
        takes(Made(with_pairs, complex=True), via=in_order, shapes=listed([(3,)], [(5,)])),
    ],
}  # fmt: skip
if hasattr(np, "matvec"):  # NumPy 2.2
    DOMAINS[np.matvec] = takes(plane, plane, shapes=COLUMNS)
    DOMAINS[np.vecmat] = takes(plane, plane, shapes=ROWS)

CONSTANTS = {np.einsum_path: lambda x: ("ij,jk", x, x)}
