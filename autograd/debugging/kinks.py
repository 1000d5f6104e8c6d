"""Where functions have no derivative, and what is taken for it there: THE table of kinks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from autograd.lines import Line
from autograd.primitive import Array, Axis, NDArray, Operation, entry
from autograd.rules.decompositions import gaps
from autograd.rules.einsum import einsum
from autograd.rules.elementwise import filled, same, with_kinks
from autograd.rules.linalg import pseudoinverse
from autograd.rules.norms import length, p_norm
from autograd.rules.polynomials import convolution
from autograd.rules.products import affine, cross
from autograd.rules.reductions import max_from, min_from, spread
from autograd.rules.special import relu

Kind: TypeAlias = Literal["kink", "tie", "clamp", "jump", "infinite slope"]

MASKED = "0 × ∞ is taken to be 0"


class Kink(NamedTuple):
    """A kink that a backward pass met: an entry of `Session.kinks`."""

    kind: Kind
    operation: str
    line: Line
    # Of the operation's argument; of its result if elementwise; of eigenvalues or singular values.
    elements: list[tuple[int, ...]]
    choice: str  # what its rule takes for the derivative there


class _Entry(NamedTuple):
    kind: Kind
    choice: str
    where: Callable[..., Any]  # of what it asks for by name, as a rule does: a mask


_KINKS: dict[Callable[..., Any], list[_Entry]] = {}


def kinks_of(operation: Operation, values: Sequence[Any], g: Any) -> list[tuple[_Entry, NDArray]]:
    """Where the gradient `g` of an operation's result meets kinks, and which.

    `values` are its arguments and its result. An element of which the gradient is 0 meets none.
    """
    found = []
    elsewhere = _ELSEWHERE.get(_full_name(operation), [])
    for declared in _KINKS.get(operation.function, elsewhere):
        known = dict(zip((*operation.arguments, "ans"), values, strict=True), g=g)
        asked = {name: known[name] for name in signature(declared.where).parameters}
        with np.errstate(all="ignore"):
            mask = np.asarray(declared.where(**asked))
        if operation.kind == "elementwise":
            mask = np.broadcast_to(mask, np.shape(g)) & np.not_equal(g, 0)
        if mask.any():
            found.append((declared, mask))
    return found


def _full_name(operation: Operation) -> str:
    name = operation.name
    return name if "." in name else f"{operation.function.__module__}.{name}"


# What leaves elements out: a slope of 0 says there that the result does not depend on them.
MASKS = frozenset(
    {np.where, np.clip, np.maximum, np.minimum, np.fmax, np.fmin}
    | {entry(f).function for f in (relu, filled)}
)
# Of several elements: their slopes are 0 where elements happen to be, as those of a product are.
_PRODUCTS = frozenset(
    {np.matmul, np.outer, np.prod, np.var, np.std}
    | {entry(f).function for f in (affine, convolution, cross, einsum, length, p_norm)}
)
_PRODUCTS_ELSEWHERE = "nn.fused.squared_error"


def may_vanish(operation: Operation) -> bool:
    """Whether a slope of 0 may be one that the numbers made, and no mask, nor a structure."""
    if operation.kind == "elementwise":
        return operation.function not in MASKS
    return operation.function in _PRODUCTS or _full_name(operation) == _PRODUCTS_ELSEWHERE


def _kink(kind: Kind, choice: str, where: Callable[..., Any], *functions: Any) -> None:
    for function in functions:
        _KINKS.setdefault(entry(function).function, []).append(_Entry(kind, choice, where))


# Element by element: where is a mask of the result.

_kink("kink", "its slope at 0 is taken to be 0", lambda x: np.equal(x, 0), relu, np.abs, np.fabs)
_kink(
    "kink",
    "its slopes where both are 0 are taken to be 0",
    lambda x, y: np.equal(x, 0) & np.equal(y, 0),
    np.hypot,
    np.arctan2,
)
_kink("kink", "its slope at 0 is taken to be 0", lambda x: np.equal(x, 0), np.copysign)
_kink(
    "jump",
    "its slope is taken to be the one on either side",
    lambda y, x: np.equal(y, 0) & np.less(x, 0),
    np.arctan2,
)
_kink("kink", "it takes the slope on one side, or 0", lambda where: where, with_kinks)
_kink(
    "tie",
    "equal arguments get half the gradient each",
    lambda x, y: same(x, y),
    np.maximum,
    np.minimum,
    np.fmax,
    np.fmin,
)
_kink(
    "clamp",
    "at its edge it passes the whole gradient",
    lambda x, low, high: _equal(x, low) | _equal(x, high),
    np.clip,
)
_kink("clamp", "what it replaces gets no gradient", lambda x: ~np.isfinite(x), filled)
_kink("jump", "its slope is 0 everywhere", lambda x: np.equal(x, 0), np.sign, np.heaviside)
_kink(
    "jump",
    "its slope is 0 everywhere",
    lambda x: np.equal(x, np.trunc(x)),
    np.floor,
    np.ceil,
    np.trunc,
    np.fix,
)
_kink("jump", "its slope is 0 everywhere", lambda x: _half(x), np.rint)
_kink(
    "jump",
    "its slope is 0 everywhere",
    lambda x, decimals: _half(np.multiply(x, 10.0**decimals)),
    np.round,
    np.around,
)
_kink(
    "jump",
    "its slope is taken to be the one between its jumps",
    lambda x, y: np.equal(np.remainder(x, y), 0),
    np.floor_divide,
    np.remainder,
    np.fmod,
)
_kink(
    "jump",
    "its slope is taken to be the one between its jumps",
    lambda x: np.equal(x, np.trunc(x)) & np.not_equal(x, 0),
    np.modf,
)
_kink(
    "jump",
    "its slope is taken to be the one between its jumps",
    lambda x: np.equal(np.abs(np.frexp(x)[0]), 0.5),
    np.frexp,
)

# Along axes: where is a mask of the argument.

_kink(
    "tie",
    "equal extremes share the gradient equally",
    lambda g, ans, x, axis, keepdims: _tied(g, ans, x, axis, keepdims),
    np.max,
    np.min,
)
_kink(
    "tie",
    "equal extremes share the gradient equally",
    lambda g, ans, x, axis, keepdims, where, initial: (
        _tied(g, ans, x, axis, keepdims, initial, where) & where
    ),
    max_from,
    min_from,
)
_kink(
    "tie",
    "equal elements share the gradient equally",
    lambda g, ans, x, axis: _repeated(g, ans, x, axis),
    np.sort,
    np.partition,
)
_kink(
    "kink",
    "its slope at 0 is taken to be 0",
    lambda g, ans, x, axis, keepdims: _at_zero(g, ans, x, axis, keepdims),
    length,
)
_kink(
    "kink",
    "its slope at 0 is taken to be 0",
    lambda g, ans, x, p, axis, keepdims: (
        _at_zero(g, ans, x, axis, keepdims)
        | (np.equal(x, 0) & spread(np.not_equal(g, 0), x.shape, axis, keepdims) & (0 < p <= 1))
    ),
    p_norm,
)
_kink(
    "kink",
    "its slope at 0 is taken to be 0",
    lambda g, ans, x, axis, keepdims: (
        _at_zero(g, ans, x, axis, keepdims) & (np.size(ans) < np.size(x))  # 0 anyway for one number
    ),
    np.std,
)
_kink(
    "tie",
    "equal extremes share the gradient equally",
    lambda ans, x, axis: _tied_so_far(ans, x, axis),
    np.maximum.accumulate,
    np.minimum.accumulate,
)

# Decompositions: where is a mask of the values.

_PARTING = "equal values are not told apart: what depends on how they part gets no gradient"
_kink("tie", _PARTING, lambda g, ans: _parting(ans[0], *g), np.linalg.eigh, np.linalg.eig)
_kink("tie", _PARTING, lambda g, ans: _parting(ans, g), np.linalg.eigvalsh)
_kink(
    "tie",
    _PARTING,
    lambda g, ans, compute_uv: (
        _parting(ans[1], g[1], g[0], None if g[2] is None else np.swapaxes(g[2], -1, -2))
        if compute_uv
        else _parting(ans, g)
    ),
    np.linalg.svd,
)


_kink(
    "kink",
    "its slope at 0 is taken to one side",
    lambda g, ans, compute_uv: _vanishing(*(ans[1], g[1]) if compute_uv else (ans, g)),
    np.linalg.svd,
)
_kink(
    "jump",
    "its rank is taken to stay as it is",
    lambda a, rcond: _cut_off(np.linalg.svd(a, compute_uv=False), rcond),
    pseudoinverse,
)

# By their full names, what is imported only where it is used.

_ELSEWHERE: dict[str, list[_Entry]] = {
    name: [_Entry("kink", "its slope at 0 is taken to be the one to the left", where)]
    for name, where in {
        "nn.activations.leaky_relu": lambda x, slope: np.equal(x, 0) & np.not_equal(slope, 1),
        "nn.activations.elu": lambda x, alpha: np.equal(x, 0) & np.not_equal(alpha, 1),
    }.items()
}
_ELSEWHERE["nn.fused.margin_violation"] = [
    _Entry(
        "kink",
        "its slope at the margin is taken to be 0",
        lambda g, score, label: np.equal(label * score, 1) & np.not_equal(g, 0),
    )
]
_AT_0 = "its slope at 0 is taken to be 0"
_ELSEWHERE["scipy.special.i0e"] = [_Entry("kink", _AT_0, lambda x: np.equal(x, 0))]
_ELSEWHERE["scipy.special.ive"] = [
    _Entry("kink", _AT_0, lambda v, z: np.equal(z, 0) & np.equal(v, 0))
]


def _equal(x: Array, edge: Any) -> Any:
    return np.False_ if edge is None else np.equal(x, edge)


def _half(x: Array) -> Any:
    return np.equal(np.abs(x - np.trunc(x)), 0.5)


def _tied(
    g: Array,
    ans: Array,
    x: Array,
    axis: Axis,
    keepdims: bool,
    initial: Array = None,
    where: Array = True,
) -> Any:
    """The elements of x that are one of several extremes, and get a gradient."""
    hits = same(x, spread(ans, x.shape, axis, keepdims))
    count = np.sum(hits & where, axis=axis, keepdims=keepdims)
    several = (count if initial is None else count + same(ans, initial)) > 1
    return hits & spread(several & np.not_equal(g, 0), x.shape, axis, keepdims)


def _at_zero(g: Array, ans: Array, x: Array, axis: Axis, keepdims: bool) -> Any:
    met = np.equal(ans, 0) & np.not_equal(g, 0)
    return np.broadcast_to(spread(met, x.shape, axis, keepdims), x.shape)


def _tied_so_far(ans: Array, x: Array, axis: int) -> Any:
    """The elements of x that equal the extreme of all before them."""
    x, ans = np.moveaxis(x, axis, -1), np.moveaxis(ans, axis, -1)
    ties = np.zeros(x.shape, bool)
    ties[..., 1:] = np.equal(x[..., 1:], ans[..., :-1])
    return np.moveaxis(ties, -1, axis)


def _repeated(g: Array, ans: Array, x: Array, axis: int | None) -> Any:
    """The elements of x that equal another in their row, of which one got a gradient in `ans`."""
    if axis is None:
        return np.reshape(_repeated(g, ans, np.ravel(x), 0), x.shape)
    x, ans = np.real(x), np.real(ans)  # of complex numbers too, these come first
    x, ans, g = (np.moveaxis(a, axis, -1) for a in (x, ans, g))
    ordered = np.sort(x, axis=-1)
    again = same(ordered[..., 1:], ordered[..., :-1])
    mask = np.zeros(x.shape, bool)
    for row in {place[:-1] for place in map(tuple, np.argwhere(again))}:
        met = ordered[row][1:][again[row]]
        mask[row] = np.isin(x[row], np.intersect1d(met, ans[row][np.not_equal(g[row], 0)]))
    return np.moveaxis(mask, -1, axis)


def _parting(values: Array, g_values: Any, *g_vectors: Any) -> Any:
    """The values that equal another, and get another gradient than that, or their vectors any.

    `g_vectors` are gradients of columns, of which there may be more than values.
    """
    n = values.shape[-1]
    met = np.zeros((n, n), bool)
    if g_values is not None:
        met = ~np.isclose(g_values[..., None, :], g_values[..., :, None])
    for g in g_vectors:
        if g is not None:
            reached = np.any(np.not_equal(g, 0), axis=-2)[..., :n]
            met = met | reached[..., None, :] | reached[..., :, None]
    return np.any(met & np.equal(gaps(values), 0) & ~np.eye(n, dtype=bool), axis=-1)


def _vanishing(values: Array, g: Any) -> Any:
    """The singular values that are 0, but for rounding, and get a gradient that is not."""
    if g is None:
        return np.zeros(values.shape, bool)
    return _cut_off(values, np.finfo(values.dtype).eps * values.shape[-1]) & ~np.isclose(g, 0)


def _cut_off(values: Array, share: Any) -> Any:
    """The values that are at most that share of the largest of them."""
    if not values.size:
        return np.zeros(values.shape, bool)
    return values <= np.asarray(share)[..., np.newaxis] * np.max(values, axis=-1, keepdims=True)
