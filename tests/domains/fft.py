"""Discrete Fourier transforms: np.fft."""

from typing import Any

DOMAINS: dict[Any, Any] = {}
