"""Discrete Fourier transforms: np.fft.

The matrix of a transform is symmetric, so `fft` pulls a gradient back by transforming it again. The
transforms of real signals keep one half of a symmetric spectrum: there, all frequencies but 0 and,
for an even length n, n/2 stand for two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

from autograd.primitive import Array, Shape, composed, constant, derivative, linear
from autograd.rules.indexing import along, at, scatter_add

Sizes = Sequence[int] | None
Norm = Literal["backward", "ortho", "forward"] | None


def _resized(x: Array, to: Shape, axis: int) -> Array:
    """x cut, or filled up with zeros, to the length that `to` has along `axis`."""
    have, want = x.shape[axis], to[axis]
    if have == want:
        return x
    key = at(axis % x.ndim, slice(min(have, want)))
    return x[key] if have > want else scatter_add(x, key, to)


def _opposite(norm: Norm) -> Norm:
    """The `norm` that scales the inverse transform as `norm` scales the transform."""
    opposites: dict[Norm, Norm]
    opposites = {None: "forward", "backward": "forward", "forward": "backward"}
    return opposites.get(norm, norm)  # NumPy refuses any other


def _counts(n: int, x: Array, axis: int) -> Array:
    """How many of n frequencies each one in the half spectrum x stands for, along `axis`."""
    counts = np.full(n // 2 + 1, 2, np.int8)  # so small an integer leaves complex64 as it is
    counts[0] = 1
    if n % 2 == 0:
        counts[-1] = 1
    return along(counts, axis % x.ndim, x.ndim)


def _rfft_to(g: Array, to: Shape, n: int | None, axis: int, norm: Norm) -> Array:
    n = to[axis] if n is None else n
    half = np.conj(g) / _counts(n, g, axis)
    return _resized(np.fft.irfft(half, n, axis, _opposite(norm)), to, axis)


def _irfft_to(g: Array, to: Shape, axis: int, norm: Norm) -> Array:
    half = np.conj(np.fft.rfft(g, None, axis, _opposite(norm)))
    return _resized(half * _counts(g.shape[axis], g, axis), to, axis)


derivative(
    np.fft.fft,
    "x|a n=None axis=-1 norm=None",
    linear,
    x=lambda g, to, axis, norm: _resized(np.fft.fft(g, None, axis, norm), to, axis),
)
derivative(
    np.fft.ifft,
    "x|a n=None axis=-1 norm=None",
    linear,
    x=lambda g, to, axis, norm: _resized(np.fft.ifft(g, None, axis, norm), to, axis),
)
derivative(
    np.fft.rfft,
    "x|a n=None axis=-1 norm=None",
    linear,
    x=_rfft_to,
)
derivative(
    np.fft.irfft,
    "x|a n=None axis=-1 norm=None",
    linear,
    x=_irfft_to,
)

# The others are made of these four.


@composed(np.fft.hfft)
def _hfft(a: Array, n: int | None = None, axis: int = -1, norm: Norm = None) -> Array:
    return np.fft.irfft(np.conj(a), n, axis, _opposite(norm))


@composed(np.fft.ihfft)
def _ihfft(a: Array, n: int | None = None, axis: int = -1, norm: Norm = None) -> Array:
    return np.conj(np.fft.rfft(a, n, axis, _opposite(norm)))


@composed(np.fft.fftn)
def _fftn(a: Array, s: Sizes = None, axes: Sizes = None, norm: Norm = None) -> Array:
    for n, axis in reversed(_lengths(a, s, axes)):
        a = np.fft.fft(a, n, axis, norm)
    return a


@composed(np.fft.ifftn)
def _ifftn(a: Array, s: Sizes = None, axes: Sizes = None, norm: Norm = None) -> Array:
    for n, axis in reversed(_lengths(a, s, axes)):
        a = np.fft.ifft(a, n, axis, norm)
    return a


@composed(np.fft.rfftn)
def _rfftn(a: Array, s: Sizes = None, axes: Sizes = None, norm: Norm = None) -> Array:
    *others, (n, axis) = _lengths(a, s, axes)
    a = np.fft.rfft(a, n, axis, norm)
    for n, axis in reversed(others):
        a = np.fft.fft(a, n, axis, norm)
    return a


@composed(np.fft.irfftn)
def _irfftn(a: Array, s: Sizes = None, axes: Sizes = None, norm: Norm = None) -> Array:
    *others, (n, axis) = _lengths(a, s, axes)
    for length, other in others:
        a = np.fft.ifft(a, length, other, norm)
    return np.fft.irfft(a, None if s is None else n, axis, norm)


@composed(np.fft.fft2)
def _fft2(a: Array, s: Sizes = None, axes: Sizes = (-2, -1), norm: Norm = None) -> Array:
    return _fftn(a, s, axes, norm)


@composed(np.fft.ifft2)
def _ifft2(a: Array, s: Sizes = None, axes: Sizes = (-2, -1), norm: Norm = None) -> Array:
    return _ifftn(a, s, axes, norm)


@composed(np.fft.rfft2)
def _rfft2(a: Array, s: Sizes = None, axes: Sizes = (-2, -1), norm: Norm = None) -> Array:
    return _rfftn(a, s, axes, norm)


@composed(np.fft.irfft2)
def _irfft2(a: Array, s: Sizes = None, axes: Sizes = (-2, -1), norm: Norm = None) -> Array:
    return _irfftn(a, s, axes, norm)


def _lengths(a: Array, s: Sizes, axes: Sizes) -> list[tuple[int, int]]:
    """For each of `axes`, the length of the transform and the axis."""
    if axes is None:
        axes = range(-(a.ndim if s is None else len(s)), 0)
    if s is None:
        s = (-1,) * len(axes)
    if len(s) != len(axes):
        raise ValueError(f"s={tuple(s)} has {len(s)} lengths for the {len(axes)} axes {axes}")
    return [(a.shape[axis] if n == -1 else n, axis) for n, axis in zip(s, axes)]


@composed(np.fft.fftshift)
def _fftshift(x: Array, axes: int | Iterable[int] | None = None) -> Array:
    axes = _axes_of(x, axes)
    return np.roll(x, [x.shape[axis] // 2 for axis in axes], axes)


@composed(np.fft.ifftshift)
def _ifftshift(x: Array, axes: int | Iterable[int] | None = None) -> Array:
    axes = _axes_of(x, axes)
    return np.roll(x, [-(x.shape[axis] // 2) for axis in axes], axes)


def _axes_of(x: Array, axes: int | Iterable[int] | None) -> tuple[int, ...]:
    if axes is None:
        return tuple(range(x.ndim))
    return tuple(axes) if isinstance(axes, Iterable) else (axes,)


constant("it makes frequencies out of a length", np.fft.fftfreq, np.fft.rfftfreq)
