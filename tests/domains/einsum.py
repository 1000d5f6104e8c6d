"""Einstein's notation."""

import numpy as np

from autograd.rules.einsum import einsum, einsum_of_one
from autograd.testing.strategies import plane
from calls import a_flag, takes


def named(subscripts, *shapes, **options):
    """The domain of np.einsum with these subscripts and the shapes of its operands."""
    return takes(subscripts, *[plane] * len(shapes), shapes=[shapes], **options)


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
    takes(plane, [1, 0], shapes=[[(2, 3)]]),
    takes(plane, [0, 0], [0], shapes=[[(2, 2)]]),
    takes(plane, [0, 1], plane, [1, 2], [2, 0], shapes=[[(2, 3), (3, 2)]]),
    takes(plane, [..., 30], plane, [30, 2], shapes=[[(2, 3), (3, 2)], [(2, 1, 3), (3, 2)]]),
    takes(plane, [...], plane, [..., 1], [1, ...], shapes=[[(2,), (2, 3)]]),
]  # fmt: skip

DOMAINS = {
    einsum: takes([plane, plane], "ij,jk->ik", a_flag, shapes=[((2, 3), (3, 2)), ((2, 2), (2, 2))]),
    einsum_of_one: takes(plane, "iji->j", shapes=[[(2, 3, 2)]]),
    np.einsum: EINSUMS[::5],  # all of them are in test_einsum.py
}

CONSTANTS = {np.einsum_path: lambda x: ("ij,jk", x, x)}
