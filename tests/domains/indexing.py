"""Reading and writing parts of arrays."""

import numpy as np
from hypothesis import strategies as st

from autograd.rules.indexing import index, put, scatter_add
from autograd.testing.strategies import axis, flags, indices, plane, real
from calls import a_flag, not_empty, shaped, takes

REPEATED, MASK = np.array([0, 2, 0]), np.array([True, False, True])
ROWS = np.array([[2, -3], [0, 2]])


a_mode = st.sampled_from(["wrap", "clip"])


def places(x):
    """Where to take from: one place, several, none; from either end."""
    place = st.integers(-x.size, x.size - 1)
    return place | st.lists(place, max_size=4).map(lambda p: np.array(p, int))


def into(f, x, *rest, **options):
    """What f writes, its last argument, into a copy of x: a Tensor if either of them is one."""
    destination = x + 0 * np.sum(rest[-1])
    assert f(destination, *rest, **options) is None
    return destination


WRITTEN = [[(2, 3), (2, 2)], [(2, 3), ()], [(3, 2), (7,)]]

DOMAINS = {
    index: [takes(plane, indices), takes(plane, REPEATED, shapes=[[(3,)], [(3, 2)]])],
    scatter_add: [
        takes(plane, REPEATED, (3, 2), shapes=[[(3, 2)], [(3, 1)], [(2,)], [()]]),
        takes(plane, ROWS, (3, 2), shapes=[[(2, 2, 2)], [(2, 1)]]),
        takes(plane, (slice(None, None, -1), 1), (3, 2), shapes=[[(3,)], [(1,)], [()]]),
        takes(plane, (MASK, [0, 0]), (3, 2), shapes=[[(2,)], [()]]),
        takes(plane, MASK, (3, 0), shapes=[[(2, 0)]]),
        takes(plane, (MASK, 1), (3, 2), shapes=[[(2,)], [(1,)]]),
    ],
    put: [
        takes(plane, REPEATED, plane, shapes=[[(3, 2), (3, 2)], [(3, 2), (2,)], [(3,), ()]]),
        takes(plane, (..., slice(0, 2)), plane, shapes=[[(3, 3), (3, 2)], [(3,), (1,)]]),
        takes(plane, MASK, plane, shapes=[[(3, 2), (2, 2)], [(3,), (2,)], [(3, 0), ()]]),
        takes(plane, (), plane, shapes=[[(), ()], [(2, 3), (3,)]]),
    ],
    np.take: [
        takes(plane, places, shapes=not_empty),
        takes(plane, ROWS, axis=axis, shapes=shaped(1, 3)),
        takes(plane, 1, axis=-1, shapes=shaped(1, 3)),
        takes(plane, [[-5, 7], [1, 0]], axis=axis, mode=a_mode, shapes=shaped(1, 1)),
        takes(plane, [9, -9, 0], mode=a_mode, shapes=not_empty),
    ],
    np.take_along_axis: [
        takes(plane, np.array([[2, 0], [1, 1]]), axis=1, shapes=[[(2, 3)], [(1, 3)]]),
        takes(plane, np.array([[-1], [0]]), axis=-1, shapes=[[(2, 3)]]),
        takes(plane, np.array([[1, 0, 1]]), axis=0, shapes=[[(2, 3)]]),
        takes(plane, np.array([3, 0, -1]), axis=None, shapes=[[(2, 3)], [(4,)]]),
    ],
    np.choose: [
        takes(np.array([[0, 1, 2]]), [plane] * 3, shapes=[[(2, 3), (3,), (2, 1)], [()] * 3]),
        takes(np.array([5, -1]), [plane, plane], mode=a_mode, shapes=[[(3, 2), ()]]),
    ],
    np.compress: [
        takes(MASK, plane, axis=0, shapes=[[(3, 2)], [(4,)]]),
        takes([False, True], plane, axis=-1, shapes=shaped(1, 2)),
        takes([True, False, True], plane, shapes=[[(2, 3)], [(3,)]]),
    ],
    np.extract: takes(flags, plane, via=lambda f, c, x: f(*np.broadcast_arrays(c, x))),
    np.bincount: [
        takes(np.array([0, 2, 2, 0, 5]), real, minlength=n, shapes=[[(5,)]]) for n in (0, 9)
    ],
    np.copyto: [
        takes(plane, plane, shapes=[[(2, 3), (3,)], [(2, 3), ()], [(0,), (0,)]], via=into),
        takes(plane, plane, where=MASK, casting="no", shapes=[[(2, 3), (2, 3)]], via=into),
    ],
    np.place: takes(plane, np.array([[1, 0, 1], [1, 0, 1]]), plane, shapes=WRITTEN, via=into),
    np.putmask: takes(plane, np.array([[1, 0, 1], [1, 0, 1]]), plane, shapes=WRITTEN, via=into),
    np.put: [
        takes(plane, [5, -6, 5, 1], plane, shapes=WRITTEN, via=into),
        takes(plane, [[9, -9], [2, 1]], plane, mode=a_mode, shapes=WRITTEN, via=into),
    ],
    np.put_along_axis: [
        takes(
            plane, np.array([[2, 0], [1, -1]]), plane, axis=1, via=into,
            shapes=[[(2, 3), (2, 2)], [(2, 3), ()], [(2, 3), (2, 1)]],
        ),
        takes(plane, np.array([3, 0]), plane, axis=None, via=into, shapes=[[(2, 3), (2,)]]),
    ],
    np.fill_diagonal: takes(
        plane, plane, wrap=a_flag, via=into,
        shapes=[[(3, 3), ()], [(5, 2), (3,)], [(2, 3), (2,)], [(2, 2, 2), (2,)]],
    ),
}  # fmt: skip

CONSTANTS = {
    np.ix_: lambda x: (np.reshape(x, -1),),
    np.ravel_multi_index: lambda x: (tuple(abs(x).astype(int)), (3, 3)),
    np.unravel_index: lambda x: (abs(x).astype(int), (3, 3)),
}
