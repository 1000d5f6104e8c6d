"""How far rounding moves a function and its derivatives, as their scatter near the point shows."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from autograd.primitive import NDArray
from autograd.testing.numerics.differences import noise_of
from autograd.testing.numerics.problem import Problem


def signs(rng: np.random.Generator, n: int, levels: int = 64) -> NDArray:
    """Random numbers from ±1 to ±2, of few bits, so that a step along them is exact."""
    return rng.choice([-1.0, 1.0], n) * (1 + rng.integers(0, levels, n) / levels)


class Rounding:
    """The rounding errors of a problem's values and derivatives, measured when they are asked for.

    All are as a function of the problem's real numbers, which are moved by fractions of `scales`.
    """

    def __init__(self, problem: Problem, scales: NDArray, rng: np.random.Generator) -> None:
        self.problem, self.scales, self.rng, self.point = problem, scales, rng, problem.point

    @functools.cached_property
    def of_values(self) -> NDArray:
        """How far each output is off."""
        size, eps = np.abs(self.problem.base), self.problem.eps_out
        measured, quiet = np.zeros(len(size)), np.ones(len(size), bool)
        finest = round(-np.log2(self.problem.eps_in)) - 12
        for bits in (*range(finest, 12, -8), 8, 4, 0):
            noise, moved = self._values_at(2.0**-bits, quiet)
            if bits <= 8:  # a jump is no noise
                noise = np.minimum(noise, 1e3 * eps * size)
            measured = np.where(quiet, noise, measured)
            quiet &= ~moved  # so small a step may be lost to rounding inside the function
            if not quiet.any():
                break
        return np.maximum(measured, eps * size / 2)

    def _values_at(self, step: float, wanted: NDArray) -> tuple[NDArray, NDArray]:
        """The noise of each output as it shows at a step, and whether it moves at all.

        Of outputs that are not `wanted`, anything.
        """
        noise, moved = np.zeros(len(wanted)), np.zeros(len(wanted), bool)
        for _ in range(2):  # along one direction, roundings may be alike by luck
            direction = step * self.scales * signs(self.rng, len(self.point))

            def beside(i: int, direction: NDArray = direction) -> NDArray:
                return self.problem.changed(self.point + i * direction)

            moved |= (beside(1) != 0) | (beside(-1) != 0)
            if not np.any(moved & wanted):
                break
            noise = np.maximum(noise, noise_of(beside))
        return noise, moved

    def of_gradient(self, weights: NDArray) -> NDArray:
        """How far each element of the gradient of weights @ values is off."""
        return self.of_derivative(lambda point: self.problem.reverse(weights, point))

    def of_derivative(self, derivative: Callable[[NDArray], NDArray]) -> NDArray:
        """How far an analytic derivative is off, given as a function of the point."""
        ulps = self.problem.exact_eps * 2.0**7  # a step that only rounding notices
        direction = ulps * self.scales * signs(self.rng, len(self.point))

        def beside(i: int) -> NDArray:
            try:
                return derivative(self.point + i * direction)
            except Exception:  # f may raise what it likes outside its domain
                return np.full(1, np.nan)

        return 10 * noise_of(beside, first=1)  # not at the point itself: that may be what is wrong

    def of_linear(self, linear: Callable[[NDArray], NDArray], vector: NDArray) -> NDArray:
        """How far a linear map is off at a vector: what the vector's parts do should add up.

        So the rounding of 1 - 1/3 - 1/3 - 1/3 shows, though no step of the point would change it.
        What is not linear is wrong, and not rounded: there, 0.
        """
        whole = linear(vector)
        if not np.allclose(linear(-2 * vector), -2 * whole, rtol=1e-9, atol=0, equal_nan=True):
            return np.zeros(whole.shape)
        worst = np.zeros(whole.shape)
        for _ in range(4):
            part = vector * self.rng.uniform(-1, 2, vector.shape)
            gap = np.abs(linear(part) + linear(vector - part) - whole)
            worst = np.fmax(worst, np.where(np.isfinite(gap), gap, 0))
        return 4 * worst
