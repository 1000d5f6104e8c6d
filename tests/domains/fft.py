"""Discrete Fourier transforms: np.fft."""

import numpy as np
from hypothesis import strategies as st

from autograd.testing.strategies import plane, real
from calls import axes_of, some_axis, takes

LENGTHS = [[(1,)], [(2,)], [(3,)], [(4,)], [(5,)], [(2, 3)], [(3, 2)], [(4, 1, 2)], [(0, 3)]]
HALVES = [[(2,)], [(3,)], [(4,)], [(2, 3)], [(3, 2)], [(2, 2, 2)], [(0, 2)]]  # spectra
NORMS = [None, "backward", "ortho", "forward"]


a_norm = st.sampled_from(NORMS)


a_length = st.none() | st.integers(1, 6)


def long_axis(x):
    """An axis with more than one element."""
    axes = [axis for axis, side in enumerate(x.shape) if side > 1]
    return st.sampled_from([*axes, *(axis - x.ndim for axis in axes)])


def not_empty_axis(x):
    return st.sampled_from([a for a in range(-x.ndim, x.ndim) if x.shape[a]])


@st.composite
def lengths_and_axes(draw, x, least=1, count=None):
    """The arguments s and axes: each given, left out, or with -1; an axis may come twice."""
    axes = st.lists(
        st.sampled_from([a for a in range(-x.ndim, x.ndim) if x.shape[a] >= least]),
        min_size=count or 1,
        max_size=count or 3,
    )
    axes = draw(axes if count or 0 in x.shape else st.none() | axes)
    if axes is None:
        return None, None
    if draw(st.booleans()):
        return None, axes
    return [draw(st.sampled_from([-1, 1, 2, 3, 4])) for _ in axes], axes


def half_lengths_and_axes(x):
    return lengths_and_axes(x, least=2)


def two_lengths_and_axes(x):
    return lengths_and_axes(x, count=2)


def two_half_lengths_and_axes(x):
    return lengths_and_axes(x, least=2, count=2)


def on_axes(f, x, lengths_and_axes, norm):
    s, axes = lengths_and_axes
    return f(x, s=s, axes=axes, norm=norm)


def one_axis(numbers, shapes=LENGTHS, axis=not_empty_axis):
    return takes(numbers, a_length, axis, a_norm, shapes=shapes)


def several_axes(numbers, choose, shapes=LENGTHS):
    return takes(numbers, choose, a_norm, via=on_axes, shapes=shapes)


PLANES = [[(2, 3)], [(3, 2)], [(1, 4)], [(2, 1, 3)]]
HALF_PLANES = [[(2, 3)], [(3, 2)], [(2, 2)], [(2, 2, 2)]]

DOMAINS = {
    np.fft.fft: one_axis(plane),
    np.fft.ifft: one_axis(plane),
    np.fft.rfft: one_axis(real),
    np.fft.irfft: one_axis(plane, HALVES, long_axis),
    np.fft.hfft: one_axis(plane, HALVES, long_axis),
    np.fft.ihfft: one_axis(real),
    np.fft.fftn: several_axes(plane, lengths_and_axes),
    np.fft.ifftn: several_axes(plane, lengths_and_axes),
    np.fft.rfftn: several_axes(real, lengths_and_axes),
    np.fft.irfftn: several_axes(plane, half_lengths_and_axes, HALVES),
    np.fft.fft2: [takes(plane, shapes=PLANES), several_axes(plane, two_lengths_and_axes, PLANES)],
    np.fft.ifft2: [takes(plane, shapes=PLANES), several_axes(plane, two_lengths_and_axes, PLANES)],
    np.fft.rfft2: [takes(real, shapes=PLANES), several_axes(real, two_lengths_and_axes, PLANES)],
    np.fft.irfft2: [
        takes(plane, shapes=HALF_PLANES),
        several_axes(plane, two_half_lengths_and_axes, HALF_PLANES),
    ],
    np.fft.fftshift: [takes(plane, shapes=some_axis), takes(plane, axes_of, shapes=some_axis)],
    np.fft.ifftshift: [
        takes(plane, shapes=some_axis),
        takes(plane, axes=axes_of, shapes=some_axis),
    ],
}

CONSTANTS = {np.fft.fftfreq: lambda x: (4,), np.fft.rfftfreq: lambda x: (4,)}
