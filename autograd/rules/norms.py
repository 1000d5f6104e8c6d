"""Norms of vectors and matrices, of every order, and condition numbers.

At 0 the gradient of a norm is 0, at every order; equal largest elements, sums or singular values
share it. Lengths do not overflow or underflow: each is found in units of the largest element.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.primitive import Array, Axis, composed, derivative, primitive
from autograd.rules.elementwise import conjugate_sign, or_inf, times, with_kinks
from autograd.rules.products import conj
from autograd.rules.reductions import spread
from autograd.rules.shaping import value_of


@primitive
def length(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """√Σ|x|² along `axis`.

    >>> float(length(np.array([3e-200, 4e-200])))
    5e-200
    """
    with np.errstate(over="ignore", under="ignore"):
        ans = np.sqrt(np.sum((x * conj(x)).real, axis=axis, keepdims=keepdims))
    limits = np.finfo(ans.dtype)
    if np.all((ans > np.sqrt(limits.tiny) / limits.eps) & (ans < np.inf)):
        return ans
    return p_norm(x, 2.0, axis, keepdims)  # 10x slower


@primitive
def p_norm(x: Array, p: float, axis: Axis = None, keepdims: bool = False) -> Array:
    """(Σ|x|ᵖ)^(1/p) along `axis`, for a finite p other than 0.

    >>> float(p_norm(np.array([3.0, 4.0]), 2.0))
    5.0
    """
    size = np.abs(x)
    if not size.size:
        return np.sum(size, axis=axis, keepdims=keepdims)
    unit = np.max(size, axis, keepdims=True) if p > 0 else np.min(size, axis, keepdims=True)
    unit = np.where((unit > 0) & np.isfinite(unit), unit, 1)
    with np.errstate(divide="ignore"):  # 0 to a negative power, whose norm is 0
        powers = np.sum((size / unit) ** p, axis=axis, keepdims=keepdims) ** (1 / p)
    return powers * (unit if keepdims else np.reshape(unit, powers.shape))


def _length_to(g: Array, ans: Array, x: Array, axis: Axis, keepdims: bool) -> Array:
    unit = conj(x) / spread(or_inf(ans), x.shape, axis, keepdims)
    return spread(g, x.shape, axis, keepdims) * unit


def _p_norm_to(g: Array, ans: Array, x: Array, p: float, axis: Axis, keepdims: bool) -> Array:
    """(|x| / ans)^(p − 1) by each |x|: a power of what is at most 1, whatever p is."""
    size, whole = np.abs(x), spread(ans, x.shape, axis, keepdims)
    ratio = size / or_inf(whole) if p > 1 else whole / or_inf(size)
    direction = spread(g, x.shape, axis, keepdims) * conjugate_sign(x)
    return times(direction, ratio ** abs(p - 1))


derivative(length, None, None, x=_length_to)
derivative(p_norm, None, None, x=_p_norm_to)


@composed(np.linalg.norm)
def _norm(x: Array, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    if x.dtype.kind not in "fc":
        x = x.astype(float)
    if axis is None and ord is None:
        return length(x, None, keepdims)
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    if len(axes) == 1:
        return _of_vectors(x, 2 if ord is None else ord, axes, keepdims)
    if len(axes) == 2:
        return _of_matrices(x, "fro" if ord is None else ord, axes, keepdims)
    raise ValueError(f"got {len(axes)} axes; it takes one, or two for a matrix")


def _of_vectors(x: Array, ord: Any, axis: Axis, keepdims: bool) -> Array:
    if isinstance(ord, str):
        raise ValueError(f"of vectors got ord={ord!r}, which is for matrices")
    if ord == 2:
        return length(x, axis, keepdims)
    if ord == 0:
        ones = np.where(False, np.real(x), np.not_equal(x, 0))  # which x has, with slope 0
        return np.sum(ones, axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    if abs(ord) == np.inf:
        return _extreme(np.abs(x), ord, axis, keepdims)
    return p_norm(x, float(ord), axis, keepdims)


def _of_matrices(x: Array, ord: Any, axes: tuple[int, int], keepdims: bool) -> Array:
    if ord in ("fro", "f"):
        return length(x, axes, keepdims)
    if ord in (1, -1, np.inf, -np.inf):
        summed, compared = axes if abs(ord) == 1 else axes[::-1]
        sums = np.sum(np.abs(x), axis=summed, keepdims=True)
        ans = _extreme(sums, ord, compared, keepdims=True)
    elif ord in (2, -2, "nuc"):
        s = _constant_at_zero(np.linalg.svdvals(np.moveaxis(x, axes, (-2, -1))))
        ans = np.sum(s, axis=-1) if ord == "nuc" else _extreme(s, ord, -1, keepdims=False)
        ans = np.expand_dims(ans, axes)
    else:
        raise ValueError(
            f"of matrices got ord={ord!r}; it takes None, 'fro', 'nuc', 1, -1, 2, -2, inf, -inf"
        )
    return ans if keepdims else np.squeeze(ans, axes)


def _extreme(x: Array, ord: float, axis: Any, keepdims: bool) -> Array:
    """The largest for a positive `ord`, of nothing 0; the smallest for a negative one."""
    if ord < 0:
        return np.min(x, axis=axis, keepdims=keepdims)
    return (np.max if x.size else np.sum)(x, axis=axis, keepdims=keepdims)


def _constant_at_zero(s: Array) -> Array:
    """Singular values, of which those that are 0 to rounding are at a kink: their slope is 0."""
    precision = s.shape[-1] * float(np.finfo(s.dtype).eps)
    zero = value_of(s) <= precision * np.sum(value_of(s), axis=-1, keepdims=True)
    kept = np.where(zero, value_of(s), s)
    return with_kinks(kept, zero) if np.any(zero) else kept


@composed(np.linalg.matrix_norm)
def _matrix_norm(x: Array, /, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    return _norm(x, ord, (-2, -1), keepdims)


@composed(np.linalg.vector_norm)
def _vector_norm(x: Array, /, *, axis: Axis = None, keepdims: bool = False, ord: Any = 2) -> Array:
    if x.dtype.kind not in "fc":
        x = x.astype(float)
    axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim)
    return _of_vectors(x, ord, axes, keepdims)


@composed(np.linalg.cond)
def _cond(x: Array, p: Any = None) -> Array:
    """Infinite for a singular matrix, where it has no derivative, and sends back 0."""
    if 0 in x.shape[-2:]:
        raise np.linalg.LinAlgError("np.linalg.cond is not defined for empty matrices")
    singular = np.isinf(np.real(np.linalg.cond(value_of(x), p)))
    x = np.where(singular[..., None, None], np.eye(*x.shape[-2:], dtype=x.dtype), x)
    if p in (None, 2, -2):
        s = np.linalg.svdvals(x)
        largest, least = np.max(s, axis=-1), np.min(s, axis=-1)
        ratio = least / largest if p == -2 else largest / least
    else:
        ratio = np.linalg.matrix_norm(x, ord=p) * np.linalg.matrix_norm(np.linalg.inv(x), ord=p)
    return np.where(singular, np.inf, ratio)
