"""Discrete Fourier transforms: np.fft."""

from __future__ import annotations
