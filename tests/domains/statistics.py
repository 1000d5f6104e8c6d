"""Means, spreads, quantiles, covariances, histograms."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd.testing.strategies import Made, axes, plane, positive, real
from calls import a_flag, one_of, shaped, takes
from domains.reductions import KEPT, all_or_last, rows, with_gaps

METHODS = [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf",
    "hazen", "weibull", "linear", "median_unbiased", "normal_unbiased", "lower", "higher",
    "midpoint", "nearest",
]  # fmt: skip


a_method = st.sampled_from(METHODS)


a_part = one_of(0.3, 0.0, 1, [0.5, 0.7], [[0.25], [1.0]])  # one quantile, or several


a_percentage = one_of(30.0, 100, [50.0, 70.0], [12.5])


some_freedom = one_of(0, 0.5, 1.5)


zero_or_one = one_of(0, 1)


def about(f: Any, x: Any, mean: Any, **options: Any) -> Any:
    return f(x, axis=-1, mean=mean, **options)


def weighted(f: Any, x: Any, weights: Any, **options: Any) -> Any:
    return f(x, weights=weights, **options)


def weighing(f: Any, x: Any, aweights: Any, **options: Any) -> Any:
    return f(x, aweights=aweights, **options)


def read_with_weights(f: Any, x: Any, q: Any, axis: Any, keepdims: Any = False) -> Any:
    """A weighted quantile with fixed weights, at no jump."""
    weights = 1.5 ** np.arange(np.shape(x)[-1])
    return f(x, q, axis=axis, weights=weights, method="inverted_cdf", keepdims=keepdims)


def summed(f: Any, weights: Any, density: bool) -> Any:
    points, edges = np.linspace(0, 2, np.size(weights)), [0.0, 0.3, 1.0, 1.5]
    # In double precision: NumPy's running sums are further from the sums than ours.
    return f(points, edges, density=density, weights=weights * np.ones(np.shape(weights)))


def between_limits(f: Any, x: Any, bins: int) -> Any:
    limits = np.min(x), 2 * np.max(x) + 4
    return f(x, bins, range=limits, weights=np.ones(np.shape(x)))


varied = Made(lambda x: x, complex=True)  # not all the same
FREE = {"axis": axes, "keepdims": a_flag, "ddof": some_freedom}
several, solid = [[(3,)], [(2, 3)], [(3, 2, 2)]], shaped(0, 2)
masked = {"axis": all_or_last, "keepdims": a_flag, "where": KEPT, "shapes": rows}
gappy = {"axis": all_or_last, "keepdims": a_flag, "via": with_gaps, "shapes": rows}
one_each = [[(2, 3), (2, 1)], [(3,), (1,)]]
pairs, two_axes = [[(3, 3), (3, 3)], [(3,), (3,)]], [[(2, 2, 3), (3, 2)]]
table = [[(3, 4)], [(2, 5)], [(4,)]]

DOMAINS = {
    np.average: [
        takes(plane, axis=axes, keepdims=a_flag, returned=a_flag, shapes=shaped(0, 1)),
        takes(
            plane,
            positive,
            axis=-1,
            via=weighted,
            ties=False,
            shapes=[[(2, 3), (3,)], [(3,), (3,)]],
        ),
        takes(
            plane, positive, axis=(2, 0), returned=True, via=weighted, ties=False, shapes=two_axes
        ),
        takes(
            plane,
            positive,
            keepdims=a_flag,
            via=weighted,
            ties=False,
            shapes=[[(2, 3), (2, 3)]],
        ),
    ],
    np.var: [
        takes(plane, **FREE, shapes=solid),
        takes(plane, **masked),
        takes(plane, plane, keepdims=a_flag, via=about, shapes=one_each),
    ],
    np.std: [
        takes(plane, **{**FREE, "axis": all_or_last}, shapes=several),
        takes(plane, **masked),
        takes(real, real, correction=some_freedom, via=about, shapes=one_each),
    ],
    np.nanvar: takes(plane, **gappy),
    np.nanstd: takes(plane, **gappy, ddof=some_freedom),
    np.median: [
        takes(real, axis=axes, keepdims=a_flag, shapes=shaped(0, 1)),
        takes(real, axis=(0, -1), keepdims=a_flag, shapes=[[(2, 2, 3)]]),
    ],
    np.quantile: [
        takes(real, a_part, axis=axes, method=a_method, keepdims=a_flag, shapes=shaped(0, 1)),
        takes(real, 0.4, axis=(0, -1), keepdims=a_flag, shapes=[[(2, 2, 3)]]),
        takes(real, a_part, axis=-1, via=read_with_weights, shapes=several),
    ],
    np.percentile: [
        takes(
            real,
            a_percentage,
            axis=axes,
            method=a_method,
            keepdims=a_flag,
            shapes=shaped(0, 1),
        ),
        takes(real, a_percentage, -1, a_flag, via=read_with_weights, shapes=several),
    ],
    np.nanmedian: takes(real, **gappy),
    np.nanquantile: takes(real, a_part, method=a_method, **gappy),
    np.nanpercentile: takes(real, a_percentage, method=a_method, **gappy),
    np.cov: [
        takes(plane, rowvar=a_flag, bias=a_flag, shapes=table),
        takes(plane, plane, rowvar=a_flag, ddof=zero_or_one, shapes=pairs),
        takes(plane, positive, fweights=[1, 2, 0, 3], via=weighing, shapes=[[(2, 4), (4,)]]),
        takes(plane, positive, ddof=zero_or_one, via=weighing, shapes=[[(2, 4), (4,)]]),
        takes(plane, fweights=[1, 2, 0, 3], shapes=[[(2, 4)]]),
    ],
    np.corrcoef: [
        takes(varied, rowvar=a_flag, shapes=[[(3, 4)], [(3, 3)]]),
        takes(varied, varied, shapes=[[(4,), (4,)]]),
        takes(varied, dtype=np.complex128, shapes=[[(2, 3)]]),
    ],
    np.histogram_bin_edges: [
        takes(real, 3, shapes=several),
        takes(real, 3, via=between_limits, shapes=several),
    ],
    np.histogram: [
        takes(real, 3, shapes=several),
        takes(plane, False, via=summed, shapes=[[(5,)]]),
        takes(positive, True, via=summed, shapes=[[(5,)]]),
    ],
}
