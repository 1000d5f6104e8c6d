"""Convolution, and polynomials, whose coefficients it multiplies."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd.primitive import Array, Shape, composed, derivative, linear, primitive
from autograd.rules.elementwise import over
from autograd.rules.products import conj
from autograd.rules.shaping import as_arrays


@primitive
def convolution(x: Array, y: Array, start: int, stop: int) -> Array:
    """The elements from `start` to `stop` of the full convolution of x (m,) and y (n,).

    There are m + n - 1: element k is the sum of x[i] y[k - i]; those outside are 0.
    """
    edge, full = min(len(x), len(y)) - 1, len(x) + len(y) - 1
    if start >= edge and stop <= full - edge:
        return np.convolve(x, y, "valid")[start - edge : stop - edge]
    inside = np.convolve(x, y)[max(start, 0) : max(stop, 0)]
    return np.pad(inside, (max(-start, 0), max(stop - full, 0)))


def _correlated(g: Array, y: Array, start: int, to: Shape) -> Array:
    """The gradient of x, of shape `to`, in convolution(x, y, start, …): sums of g[k] y[k - i]."""
    start = len(y) - 1 - start
    return convolution(g, y[::-1], start, start + to[0])


derivative(
    convolution,
    None,
    linear,
    x=_correlated,
    y=lambda g, x, start, to: _correlated(g, x, start, to),
)


@composed(np.convolve)
def _convolve(a: Array, v: Array, mode: str = "full") -> Array:
    a, v = _vectors(a, v)
    return convolution(a, v, *_window(len(a), len(v), mode))


@composed(np.correlate)
def _correlate(a: Array, v: Array, mode: str = "valid") -> Array:
    a, v = _vectors(a, v)
    start, stop = _window(len(a), len(v), mode)
    if len(a) < len(v):  # NumPy exchanges them, and turns the result round
        full = len(a) + len(v) - 1
        start, stop = full - stop, full - start
    return convolution(a, conj(v)[::-1], start, stop)


def _vectors(*items: Any) -> list[Array]:
    """`items` as arrays with one axis, none of which is empty."""
    arrays = [np.reshape(x, (1,)) if x.ndim == 0 else x for x in as_arrays(*items)]
    if any(x.ndim != 1 or not len(x) for x in arrays):
        shapes = " and ".join(str(x.shape) for x in arrays)
        raise ValueError(f"takes vectors that are not empty, but got the shapes {shapes}")
    return arrays


def _window(m: int, n: int, mode: str) -> tuple[int, int]:
    """Which part of the full convolution of m by n elements `mode` means."""
    short, long = sorted((m, n))
    windows = {
        "full": (0, m + n - 1),
        "same": ((short - 1) // 2, (short - 1) // 2 + long),
        "valid": (short - 1, long),
    }
    if mode not in windows:
        raise ValueError(f"got mode={mode!r}; expected 'full', 'same' or 'valid'")
    return windows[mode]


@composed(np.polyval)
def _polyval(p: Array, x: Array) -> Array:
    p, x = as_arrays(p, x)
    y = np.zeros_like(x)
    for coefficient in p:
        y = y * x + coefficient
    return y


@composed(np.polyadd)
def _polyadd(a1: Array, a2: Array) -> Array:
    a1, a2 = as_arrays(a1, a2)
    n = max(np.size(a1), np.size(a2))
    return _padded(a1, n) + _padded(a2, n)


@composed(np.polysub)
def _polysub(a1: Array, a2: Array) -> Array:
    a1, a2 = as_arrays(a1, a2)
    n = max(a1.size, a2.size)
    return _padded(a1, n) - _padded(a2, n)


def _padded(p: Array, n: int) -> Array:
    """The polynomial p with n coefficients."""
    return np.concatenate([np.zeros(n - p.size, p.dtype), np.reshape(p, (-1,))])


@composed(np.polymul)
def _polymul(a1: Array, a2: Array) -> Array:
    a1, a2 = _vectors(a1, a2)
    return _convolve(a1, a2)[_leading_zeros(a1) + _leading_zeros(a2) :]


def _leading_zeros(p: Array) -> int:
    """How many coefficients NumPy drops: all but one of a polynomial that is 0."""
    nonzero = np.nonzero(p)[0]
    return int(nonzero[0]) if len(nonzero) else len(p) - 1


@composed(np.polydiv)
def _polydiv(u: Array, v: Array) -> tuple[Array, Array]:
    u, v = _vectors(u, v)
    n = len(u) - len(v) + 1
    quotient, rest = [], u.astype(np.result_type(u, v, 0.0))
    for k in range(n):
        quotient.append(rest[k] / v[0])
        product = np.convolve(quotient[-1], v)
        rest = rest - np.concatenate([np.zeros(k, v.dtype), product, np.zeros(n - 1 - k, v.dtype)])
    gone = 0
    while gone < len(rest) - 1 and np.allclose(rest[gone], 0, rtol=1e-14):
        gone += 1
    return np.stack(quotient) if quotient else np.zeros(1, rest.dtype), rest[gone:]


@composed(np.polyder)
def _polyder(p: Array, m: int = 1) -> Array:
    if m < 0:
        raise ValueError(f"got m={m}; to integrate, use np.polyint")
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@composed(np.polyint)
def _polyint(p: Array, m: int = 1, k: Any = None) -> Array:
    if m < 0:
        raise ValueError(f"got m={m}; to differentiate, use np.polyder")
    constants = np.reshape(as_arrays(0.0 if k is None else k)[0], (-1,))
    constants = np.broadcast_to(constants, (m,)) if len(constants) == 1 else constants
    if len(constants) < m:
        raise ValueError(f"got {len(constants)} constants in k for m={m} integrations")
    for i in range(m):
        p = np.concatenate([p / np.arange(len(p), 0, -1), constants[i : i + 1]])
    return p


@composed(np.vander)
def _vander(x: Array, N: int | None = None, increasing: bool = False) -> Array:
    if x.ndim != 1:
        raise ValueError(f"takes a vector, but got the shape {x.shape}")
    powers = np.arange(len(x) if N is None else N)
    return np.power(x[:, None], powers if increasing else powers[::-1])


@composed(np.poly)
def _poly(seq_of_zeros: Array) -> Array:
    (zeros,) = as_arrays(seq_of_zeros)
    if zeros.ndim == 2:
        zeros = np.linalg.eigvals(zeros)
    p: Any = np.ones(1, zeros.dtype)
    for zero in zeros:
        p = np.convolve(p, np.stack([np.ones_like(zero), -zero]))
    conjugates = np.conj(zeros)
    if zeros.dtype.kind == "c" and np.array_equal(
        zeros[np.argsort(zeros)], conjugates[np.argsort(conjugates)]
    ):
        return np.real(p)
    return p


def _roots_to(g: Array, ans: Array, p: Array) -> Array:
    """Where p(r) = 0, dr = -Σ r^(n - k) dp[k] / p'(r)."""
    slopes = np.polyval(np.polyder(p), ans)[:, None]
    return -np.sum(over(g[:, None] * np.vander(ans, len(p)), slopes), axis=0)


derivative(np.roots, "p", None, p=_roots_to)


@composed(np.polyfit)
def _polyfit(
    x: Array, y: Array, deg: int, rcond: float | None = None, *, w: Array | None = None
) -> Array:
    x, y = as_arrays(x, y)
    if x.ndim != 1 or y.ndim not in (1, 2) or x.shape != y.shape[:1] or not len(x) or deg < 0:
        raise ValueError(
            f"takes x of shape (n,), y of shape (n,) or (n, k) and a degree from 0, but got "
            f"{x.shape}, {y.shape} and {deg}"
        )
    if rcond is None:
        rcond = len(x) * float(np.finfo(np.result_type(x, 0.0)).eps)
    powers = np.vander(x, deg + 1)
    if w is not None:
        powers, y = powers * w[:, None], (y.T * w).T
    scale = np.sqrt(np.sum(powers * powers, axis=0))  # for a better condition
    coefficients, _, rank, _ = np.linalg.lstsq(powers / scale, y, rcond)
    if rank != deg + 1:
        message = "Polyfit may be poorly conditioned"
        warnings.warn(message, np.exceptions.RankWarning, stacklevel=2)
    return (coefficients.T / scale).T
