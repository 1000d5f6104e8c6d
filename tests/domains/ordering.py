"""Sorting, and what depends on the order."""

import numpy as np
from hypothesis import strategies as st

from autograd.rules.ordering import distinct
from autograd.testing.strategies import Made, axis, plane
from calls import a_flag, not_empty, shaped, some_axis, takes


def some_places(x):
    """Which places of the raveled x to partition at."""
    place = st.integers(-x.size, x.size - 1)
    return place | st.lists(place, min_size=1, max_size=3)


def with_common(f, x, y, **options):
    """f of two arrays that have the elements of x in common."""
    return f(np.concatenate([y, x]), x, **options)


COMMON = [0.1, 0.2]


def without_common(f, x, common, **options):
    return f(np.concatenate([np.ravel(x), common]), common, **options)


def twice(f, *args, **options):
    """f, where each element is there twice."""
    return f(*(np.concatenate([x, x]) for x in args), **options)


def in_order(f, x):
    return np.sort(f(x))


# Numbers, but no test makes all of them equal: then a set of them would have another size.
scattered = Made(lambda x: x, complex=True)

UNIQUE = {
    "return_index": a_flag,
    "return_inverse": a_flag,
    "return_counts": a_flag,
    "equal_nan": a_flag,
}

DOMAINS = {
    np.sort: [
        takes(plane, axis=axis, shapes=some_axis),
        takes(plane, axis=None, kind="stable"),
        takes(plane, axis=0, stable=True, shapes=some_axis),
    ],
    np.partition: [
        takes(plane, some_places, axis=None, shapes=not_empty),
        takes(plane, (1, -1), axis=axis, shapes=shaped(1, 2), kind="introselect"),
    ],
    np.sort_complex: takes(plane, shapes=some_axis),
    distinct: [
        takes(plane, np.array([0, 1]), np.array([0, 1]), np.array([1, 1]), shapes=[[(2,)]]),
        takes(
            plane,
            np.array([1, 0]),
            np.array([1, 0]),
            np.array([1, 1]),
            shapes=[[(2, 3)]],
        ),
    ],
    np.unique: [
        takes(scattered, **UNIQUE),
        takes(scattered, axis=axis, shapes=shaped(1, 1), **UNIQUE),
        takes(scattered, axis=0, shapes=some_axis, via=twice),
        takes(scattered, shapes=some_axis, via=twice),
    ],
    np.unique_values: takes(scattered, via=in_order, shapes=some_axis),
    np.unique_all: takes(scattered),
    np.unique_counts: takes(scattered),
    np.unique_inverse: takes(scattered),
    np.union1d: takes(scattered, scattered),
    np.intersect1d: [
        takes(scattered, scattered, shapes=[[(3,), (2,)], [(0,), (2,)]], via=with_common),
        takes(
            scattered,
            scattered,
            assume_unique=True,
            return_indices=a_flag,
            shapes=[[(3,), (2,)]],
            via=with_common,
            ties=False,
        ),
    ],
    np.setxor1d: [
        takes(
            scattered,
            scattered,
            assume_unique=a_flag,
            ties=False,
            shapes=[[(3,), (2,)], [(0,), (1,)]],
        ),
        takes(scattered, scattered, shapes=[[(3,), (2,)]], via=with_common),
    ],
    np.setdiff1d: [
        takes(scattered, COMMON),
        takes(scattered, COMMON, assume_unique=a_flag, shapes=some_axis, via=without_common),
    ],
}

CONSTANTS = {
    np.argpartition: lambda x: (x, 1),
    np.lexsort: lambda x: ((x[0], x[1]),),
    np.searchsorted: lambda x: (x[1], x),
    np.digitize: lambda x: (x, x[1]),
    np.isin: lambda x: (x, x[0]),
    np.packbits: lambda x: (x.astype(bool),),
    np.unpackbits: lambda x: (x.astype(np.uint8),),
}
