"""Reshaping, reordering, casting, triangles and diagonals, repetition."""

import numpy as np
from hypothesis import strategies as st

from autograd.rules.shaping import cast, overlapped
from calls import (
    a_flag,
    an_axis,
    axes_of,
    broader,
    listed,
    new_axes,
    order,
    permuted,
    plane,
    real,
    reshaped,
    shaped,
    single_axes,
    some_axis,
    takes,
)  # fmt: skip

matrices = listed(
    [(2, 3)], [(3, 2)], [(3, 3)], [(1, 1)], [(0, 2)], [(2, 0)], [(2, 2, 3)], [(2, 3, 2)]
)  # fmt: skip


def two_axes(draw, x):
    first, second = draw(st.permutations(range(x.ndim)))[:2]
    return first - x.ndim * draw(st.booleans()), second


def all_axes(draw, x):
    """Several axes for moveaxis, negative ones too."""
    axes = draw(st.permutations(range(x.ndim)))[: draw(st.integers(0, x.ndim))]
    return tuple(axis - x.ndim * draw(st.booleans()) for axis in axes)


def a_start(draw, x):
    return draw(st.integers(-x.ndim, x.ndim))


def a_shift(draw, x):
    return draw(st.integers(-4, 4))


def an_offset(draw, x):
    return draw(st.integers(-3, 3))


def some_axis_or_none(draw, x):
    return draw(st.none() | st.integers(-x.ndim, x.ndim - 1)) if x.ndim else None


def tiles(draw, x):
    return draw(st.integers(0, 3) | st.lists(st.integers(0, 2), max_size=4).map(tuple))


def counts(draw, x):
    """One count for all, or one for each element."""
    each = st.lists(st.integers(0, 3), min_size=x.size, max_size=x.size)
    return draw(st.integers(0, 3) | st.just([2]) | each.map(lambda n: np.array(n, int)))


def a_shape(draw, x):
    return draw(st.integers(0, 7) | st.sampled_from([(), (2, 4), (3, 0), (5, 1, 2), x.shape]))


def with_zeros(f, x, **options):
    """f of an array in which zeros surround x, or at least stand beside it."""
    for axis in range(x.ndim):
        x = np.concatenate([0 * x, x, 0 * x], axis)
    return f(x, **options)


def windows(draw, x):
    return tuple(draw(st.integers(1, side)) for side in x.shape)


DOMAINS = {
    cast: takes(real, np.float64),
    np.copy: takes(plane, order="C", subok=a_flag),
    np.reshape: [takes(plane, reshaped, order=order)],
    np.ravel: takes(plane, order=order),
    np.transpose: [
        takes(plane, permuted),
        takes(plane, (1, 2, 0), shapes=listed([(2, 3, 2)], [(2, 2, 2)])),
    ],
    np.swapaxes: takes(plane, an_axis, an_axis, shapes=some_axis),
    np.moveaxis: [
        takes(plane, an_axis, an_axis, shapes=some_axis),
        takes(plane, all_axes, via=lambda f, x, axes: f(x, axes, axes[::-1])),
        takes(plane, [0, -1], (1, 0), shapes=listed([(2, 1, 3)], [(3, 2)], [(2, 0, 1)])),
    ],
    np.rollaxis: takes(plane, an_axis, a_start, shapes=some_axis),
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
            shapes=listed([(2,), (3,), (1,)]),
            indexing=lambda draw, x: draw(st.sampled_from(["xy", "ij"])),
        ),
        takes(plane, shapes=listed([(3,)], [()], [(0,)])),
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
    np.diag: takes(plane, k=an_offset, shapes=listed([(3,)], [(0,)], [(2, 3)], [(3, 2)], [(3, 3)])),
    np.diagflat: takes(plane, k=an_offset),
    np.diagonal: [
        takes(plane, offset=an_offset, shapes=matrices),
        takes(plane, offset=an_offset, axis1=-1, axis2=0, shapes=matrices),
    ],
    np.tile: takes(plane, tiles),
    np.repeat: [
        takes(plane, counts),
        takes(plane, 2, axis=an_axis, shapes=some_axis),
        takes(plane, [2, 0, 3], axis=-1, shapes=listed([(2, 3)], [(3,)], [(2, 1, 3)])),
        takes(plane, (1, 2), axis=0, shapes=listed([(2, 3)], [(2, 0)])),
    ],
    np.resize: takes(plane, a_shape),
    np.trim_zeros: takes(
        plane,
        trim=lambda draw, x: draw(st.sampled_from(["fb", "f", "B"])),
        shapes=listed([(3,)], [(1,)]),
        via=with_zeros,
    ),
    np.lib.stride_tricks.sliding_window_view: [
        takes(plane, windows, shapes=shaped(1, 1)),
        takes(plane, 2, axis=-1, shapes=shaped(1, 2)),
        takes(plane, (2, 1, 2), axis=(-1, 0, 1), shapes=listed([(2, 3)], [(1, 4)])),
    ],
    overlapped: [
        takes(plane, 2, 0, (4,), shapes=listed([(3, 2)])),
        takes(plane, (2, 1), None, (3, 2), shapes=listed([(2, 2, 2, 1)])),
        takes(plane, (2, 2), (-1, 1), (1, 4), shapes=listed([(1, 2, 2, 2)])),
    ],
}
if hasattr(np, "astype"):  # NumPy 2.1
    DOMAINS[np.reshape].append(takes(plane, reshaped, order=order, copy=True))
    DOMAINS[np.astype] = takes(real, np.float64, copy=a_flag, shapes=some_axis)

CONSTANTS = {
    np.shares_memory: lambda x: (x, x),
    np.may_share_memory: lambda x: (x, x),
}
