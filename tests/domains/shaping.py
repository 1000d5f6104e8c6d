"""Reshaping, reordering, casting, triangles and diagonals, repetition."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograd.rules.shaping import cast, overlapped
from autograd.testing.strategies import axis, plane, real, shapes
from calls import a_flag, axes_of, order, shaped, some_axis, takes

matrices = [
    [(2, 3)], [(3, 2)], [(3, 3)], [(1, 1)], [(0, 2)], [(2, 0)], [(2, 2, 3)], [(2, 3, 2)]
]  # fmt: skip


@st.composite
def permuted(draw, x):
    axes = [draw(st.sampled_from([axis, axis - x.ndim])) for axis in range(x.ndim)]
    return draw(st.none() | st.permutations(axes))


def reshaped(x):
    shapes = [x.shape[::-1], x.size, (x.size,), (1, x.size, 1), (*x.shape, 1)]
    return st.sampled_from([*shapes, -1, (-1, 1)] if x.size else shapes)


@st.composite
def new_axes(draw, x):
    n = draw(st.integers(1, 2))
    axes = draw(hnp.valid_tuple_axes(x.ndim + n, min_size=n, max_size=n))
    return axes[0] if n == 1 and draw(st.booleans()) else axes


def single_axes(x):
    axes = [axis for axis, side in enumerate(x.shape) if side == 1]
    return st.sampled_from([None, (), *axes, *(a - x.ndim for a in axes), tuple(axes)])


@st.composite
def broader(draw, x):
    """A shape that x can be broadcast to."""
    leading = draw(shapes(max_dims=1, max_side=2))
    return (*leading, *(draw(st.integers(0, 3)) if side == 1 else side for side in x.shape))


@st.composite
def two_axes(draw, x):
    first, second = draw(st.permutations(range(x.ndim)))[:2]
    return first - x.ndim * draw(st.booleans()), second


@st.composite
def all_axes(draw, x):
    """Several axes for moveaxis, negative ones too."""
    axes = draw(st.permutations(range(x.ndim)))[: draw(st.integers(0, x.ndim))]
    return tuple(axis - x.ndim * draw(st.booleans()) for axis in axes)


def a_start(x):
    return st.integers(-x.ndim, x.ndim)


a_shift = st.integers(-4, 4)


an_offset = st.integers(-3, 3)


def some_axis_or_none(x):
    return st.none() | st.integers(-x.ndim, x.ndim - 1) if x.ndim else None


tiles = st.integers(0, 3) | st.lists(st.integers(0, 2), max_size=4).map(tuple)


def counts(x):
    """One count for all, or one for each element."""
    each = st.lists(st.integers(0, 3), min_size=x.size, max_size=x.size)
    return st.integers(0, 3) | st.just([2]) | each.map(lambda n: np.array(n, int))


def a_shape(x):
    return st.integers(0, 7) | st.sampled_from([(), (2, 4), (3, 0), (5, 1, 2), x.shape])


def with_zeros(f, x, **options):
    """f of an array in which zeros surround x, or at least stand beside it."""
    for i in range(x.ndim):
        x = np.concatenate([0 * x, x, 0 * x], i)
    return f(x, **options)


@st.composite
def windows(draw, x):
    return tuple(draw(st.integers(1, side)) for side in x.shape)


DOMAINS = {
    cast: takes(real, np.float64),
    np.copy: takes(plane, order="C", subok=a_flag),
    np.reshape: [takes(plane, reshaped, order=order)],
    np.ravel: takes(plane, order=order),
    np.transpose: [
        takes(plane, permuted),
        takes(plane, (1, 2, 0), shapes=[[(2, 3, 2)], [(2, 2, 2)]]),
    ],
    np.swapaxes: takes(plane, axis, axis, shapes=some_axis),
    np.moveaxis: [
        takes(plane, axis, axis, shapes=some_axis),
        takes(plane, all_axes, via=lambda f, x, axes: f(x, axes, axes[::-1])),
        takes(plane, [0, -1], (1, 0), shapes=[[(2, 1, 3)], [(3, 2)], [(2, 0, 1)]]),
    ],
    np.rollaxis: takes(plane, axis, a_start, shapes=some_axis),
    np.matrix_transpose: takes(plane, shapes=matrices),
    np.expand_dims: takes(plane, new_axes),
    np.squeeze: takes(plane, single_axes),
    np.broadcast_to: takes(plane, broader, subok=a_flag),
    np.broadcast_arrays: takes(plane, plane, plane, subok=a_flag),
    np.atleast_1d: [takes(plane), takes(plane, plane)],
    np.atleast_2d: [takes(plane), takes(plane, plane)],
    np.atleast_3d: [takes(plane), takes(plane, plane)],
    np.meshgrid: [
        takes(
            plane,
            plane,
            plane,
            copy=a_flag,
            sparse=a_flag,
            shapes=[[(2,), (3,), (1,)]],
            indexing=st.sampled_from(["xy", "ij"]),
        ),
        takes(plane, shapes=[[(3,)], [()], [(0,)]]),
    ],
    np.flip: [takes(plane, axis=axes_of, shapes=some_axis), takes(plane)],
    np.fliplr: takes(plane, shapes=matrices),
    np.flipud: takes(plane, shapes=some_axis),
    np.rot90: takes(plane, k=a_shift, axes=two_axes, shapes=matrices),
    np.roll: [
        takes(plane, a_shift, axis=some_axis_or_none),
        takes(plane, a_shift, axis=axes_of, shapes=some_axis),
        takes(plane, (1, -2), axis=(-1, 0), shapes=matrices),
    ],
    np.tril: takes(plane, k=an_offset, shapes=some_axis),
    np.triu: takes(plane, k=an_offset, shapes=some_axis),
    np.diag: takes(plane, k=an_offset, shapes=[[(3,)], [(0,)], [(2, 3)], [(3, 2)], [(3, 3)]]),
    np.diagflat: takes(plane, k=an_offset),
    np.diagonal: [
        takes(plane, offset=an_offset, shapes=matrices),
        takes(plane, offset=an_offset, axis1=-1, axis2=0, shapes=matrices),
    ],
    np.tile: takes(plane, tiles),
    np.repeat: [
        takes(plane, counts),
        takes(plane, 2, axis=axis, shapes=some_axis),
        takes(plane, [2, 0, 3], axis=-1, shapes=[[(2, 3)], [(3,)], [(2, 1, 3)]]),
        takes(plane, (1, 2), axis=0, shapes=[[(2, 3)], [(2, 0)]]),
    ],
    np.resize: takes(plane, a_shape),
    np.trim_zeros: takes(
        plane,
        trim=st.sampled_from(["fb", "f", "B"]),
        shapes=[[(3,)], [(1,)]],
        via=with_zeros,
    ),
    np.lib.stride_tricks.sliding_window_view: [
        takes(plane, windows, shapes=shaped(1, 1)),
        takes(plane, 2, axis=-1, shapes=shaped(1, 2)),
        takes(plane, (2, 1, 2), axis=(-1, 0, 1), shapes=[[(2, 3)], [(1, 4)]]),
    ],
    overlapped: [
        takes(plane, 2, 0, (4,), shapes=[[(3, 2)]]),
        takes(plane, (2, 1), None, (3, 2), shapes=[[(2, 2, 2, 1)]]),
        takes(plane, (2, 2), (-1, 1), (1, 4), shapes=[[(1, 2, 2, 2)]]),
    ],
}
if hasattr(np, "astype"):  # NumPy 2.1
    DOMAINS[np.reshape].append(takes(plane, reshaped, order=order, copy=True))
    DOMAINS[np.astype] = takes(real, np.float64, copy=a_flag, shapes=some_axis)

CONSTANTS = {
    np.shares_memory: lambda x: (x, x),
    np.may_share_memory: lambda x: (x, x),
}
