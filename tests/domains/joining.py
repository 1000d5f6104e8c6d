"""Joining arrays, taking them apart, filling around them."""

from functools import partial

import numpy as np
from hypothesis import strategies as st

from autograd.testing.strategies import alike, axis, plane, real, shapes
from calls import not_empty, shaped, some_axis, takes


def a_place(x):
    """Where to insert or delete in the raveled x: a number, a slice, a list."""
    numbers = st.integers(-x.size, max(x.size - 1, 0))
    several = st.lists(numbers, max_size=3, unique_by=lambda i: i % max(x.size, 1))
    if x.size == 0:
        return []
    return numbers | several | st.sampled_from([slice(1, None), slice(None, None, 2)])


def a_mask(x):
    flags = st.lists(st.booleans(), min_size=x.size, max_size=x.size)
    return flags.map(lambda flags: np.array(flags, bool))


# A number of parts, or where they end: in any order, beyond the end too.
sections = st.integers(1, 4) | st.lists(st.integers(-4, 5), max_size=3)


def widths(x):
    """Every way to say how wide to pad."""
    width = st.integers(0, 4)
    each = st.lists(st.tuples(width, width), min_size=x.ndim, max_size=x.ndim)
    same = width | st.tuples(width) | st.tuples(width, width) | st.tuples(st.tuples(width, width))
    dicts = st.sampled_from([{}, {-1: 2}, {0: (3, 0)}] if DICT and x.ndim else [1])
    return same | dicts | each.map(tuple) if x.ndim else same


try:
    DICT = np.pad([1], {0: 1}).size == 3
except TypeError:  # before NumPy 2.2
    DICT = False


def doubled(row, width, axis, kwargs):
    """A callable mode of np.pad."""
    n = width[0]
    row[:n] = kwargs.get("times", 2) * row[n]
    if width[1]:
        row[-width[1] :] = row[n] + axis


def padded(values, mode, **options):
    return takes(values, widths, mode, shapes=not_empty, **options)


def joinable(n):
    """Shapes that differ, if at all, along the first axis."""
    sides = st.lists(st.integers(0, 3), min_size=n, max_size=n)
    rest = shapes(max_dims=2, min_side=1)
    return st.builds(lambda sides, rest: [(side, *rest) for side in sides], sides, rest)


def joint_axis(xs):
    """An axis to join at: the first, from either end, or none."""
    axes = [0, -xs[0].ndim, None]
    alike = len({x.shape for x in xs}) == 1
    return st.sampled_from(axes + [xs[0].ndim - 1, -1] * alike)


def stack_axis(xs):
    return st.integers(-xs[0].ndim - 1, xs[0].ndim)


def nested(f, x, y, z):
    return f([[x, y], [z, 2 * x]])


DOMAINS = {
    np.concatenate: [
        takes([plane, plane, plane], axis=joint_axis, shapes=joinable),
        takes([plane], axis=0, shapes=some_axis),
        takes([plane, real], axis=0, dtype=complex, casting="safe", shapes=[[(2,), (3,)]]),
    ],
    np.stack: [
        takes([plane, plane, plane], axis=stack_axis, shapes=alike),
        takes([plane, real], axis=-1, dtype=complex, casting="safe", shapes=alike),
    ],
    np.hstack: [
        takes([plane, plane], shapes=alike),
        takes([plane, real], dtype=complex, casting="safe", shapes=[[(2,), ()]]),
    ],
    np.vstack: [
        takes([plane, plane], shapes=alike),
        takes([plane, real], dtype=complex, casting="safe", shapes=[[(2,), (3, 2)]]),
    ],
    np.dstack: takes([plane, plane], shapes=alike),
    np.column_stack: takes([plane, plane, plane], shapes=[[(2,), (2, 3), (2,)], [(0,)] * 3]),
    np.block: [
        takes(plane, plane, plane, shapes=[[(2, 3), (2, 3), (2, 3)]], via=nested),
        takes([plane, plane, plane], shapes=[[(2, 3), (2, 0), (2, 1)], [(3,), (), (1,)]]),
        takes(plane),
    ],
    np.append: [
        takes(plane, plane),
        takes(plane, plane, axis=-1, shapes=[[(2, 3), (2, 1)]]),
    ],
    np.insert: [
        takes(plane, a_place, real, shapes=[[(2, 3), ()], [(3,), (1,)]]),
        takes(plane, [0, 2, 2], real, shapes=[[(2, 2), (3,)]]),
        takes(plane, 1, plane, axis=0, shapes=[[(2, 3), (3,)], [(2, 3), ()], [(2, 3)] * 2]),
        takes(plane, [1, -1], plane, axis=-1, shapes=[[(2, 3), (2, 2)], [(2, 3), (2, 1)]]),
    ],
    np.delete: [
        takes(plane, a_place),
        takes(plane, a_mask),
        takes(plane, [-1, 0], axis=axis, shapes=shaped(1, 1)),
    ],
    np.pad: [
        *[padded(plane, mode) for mode in ("edge", "wrap", "mean", "linear_ramp")],
        *[padded(plane, mode) for mode in ("reflect", "symmetric")],
        *[padded(plane, mode, reflect_type="odd") for mode in ("reflect", "symmetric")],
        *[padded(plane, mode, reflect_type="even") for mode in ("reflect", "symmetric")],
        *[padded(real, mode) for mode in ("maximum", "minimum", "median")],
        *[padded(real, mode, stat_length=2) for mode in ("maximum", "mean", "median")],
        padded(real, "minimum", stat_length=((1, 3),)),
        padded(plane, "linear_ramp", end_values=(1.5, -0.5)),
        takes(plane, widths),
        padded(plane, "constant", constant_values=(1.5, -0.5)),
        takes(
            plane, widths, shapes=not_empty, via=lambda f, x, w: f(x, w, partial(doubled), times=3)
        ),
    ],
    np.array_split: takes(plane, sections, axis=axis, shapes=some_axis),
    np.split: [
        takes(plane, 2, axis=-1, shapes=[[(4,)], [(3, 2)], [(1, 0)]]),
        takes(plane, sections, axis=0, shapes=[[(12,)], [(12, 2)]]),
    ],
    np.hsplit: takes(plane, [2, 1], shapes=[[(3,)], [(2, 3)]]),
    np.vsplit: takes(plane, 3, shapes=[[(3, 2)], [(3, 1, 2)]]),
    np.dsplit: takes(plane, [1], shapes=[[(2, 1, 3)], [(1, 2, 1)]]),
    np.apply_along_axis: [
        takes(plane, axis, shapes=shaped(1, 1), via=lambda f, x, a: f(lambda r: r * r[0], a, x)),
        takes(plane, axis, shapes=shaped(1, 1), via=lambda f, x, a: f(np.sum, a, x)),
        takes(
            plane,
            0,
            shapes=shaped(2, 1),
            via=lambda f, x, a: f(lambda r, k, times: times * np.diag(r, k), a, x, 1, times=2),
        ),
    ],
    np.apply_over_axes: [
        takes(plane, axes, shapes=shaped(2, 1), via=lambda f, x, axes: f(np.sum, x, axes))
        for axes in ([0, -1], 1)
    ],
}
if hasattr(np, "unstack"):
    DOMAINS[np.unstack] = takes(plane, axis=axis, shapes=shaped(1, 1))
