"""Exponentials, logarithms, trigonometry and hyperbolic functions."""

import numpy as np

from autograd.rules.transcendental import (
    complex_cos_arcsin,
    complex_cosh_arcsinh,
    complex_sinh_arccosh,
    i0_derivative,
    one_minus_square,
    sinc_derivative,
    softmax_of_two,
)
from autograd.testing.strategies import Numbers, plane, positive, real, right_plane
from calls import Complex, lower, takes

# Away from poles and branch cuts.
above_minus_one, unit = Numbers(-0.5, 2, complex=True), Numbers(-0.8, 0.8, complex=True)
steep, above_one = Numbers(-1.2, 1.2, complex=True), Numbers(1.5, 3, complex=True)


def some_order(x):
    return x.ndim


DOMAINS = {
    # exponentials and logarithms
    np.exp: takes(plane),
    np.exp2: takes(plane),
    np.expm1: takes(plane),
    np.log: takes(right_plane),
    np.log2: takes(right_plane),
    np.log10: takes(right_plane),
    np.log1p: takes(above_minus_one),
    softmax_of_two: [takes(real, real), takes(real, real, rate=0.7)],
    np.logaddexp: takes(real, real),
    np.logaddexp2: takes(real, real),
    # trigonometry
    np.sin: takes(plane),
    np.cos: takes(plane),
    np.tan: takes(steep),
    np.arcsin: takes(unit),
    np.arccos: takes(unit),
    np.arctan: takes(unit),
    one_minus_square: takes(plane),
    complex_cos_arcsin: takes(Complex(-2, 2)),
    complex_sinh_arccosh: takes(Complex(-2, 2)),
    complex_cosh_arcsinh: takes(Complex(-2, 2)),
    np.degrees: takes(real),
    np.rad2deg: takes(real),
    np.radians: takes(real),
    np.deg2rad: takes(real),
    np.hypot: takes(real, positive),
    np.arctan2: [takes(real, positive), takes(lower, real)],
    np.sinc: takes(plane),
    sinc_derivative: takes(plane, some_order),
    # hyperbolic functions
    np.sinh: takes(plane),
    np.cosh: takes(plane),
    np.tanh: takes(plane),
    np.arcsinh: takes(unit),
    np.arccosh: takes(above_one),
    np.arctanh: takes(unit),
    np.i0: takes(real),
    i0_derivative: takes(real, some_order),
    # np.emath
    np.emath.sqrt: [takes(lower), takes(right_plane)],
    np.emath.log: [takes(lower), takes(right_plane)],
    np.emath.log2: [takes(lower), takes(right_plane)],
    np.emath.log10: [takes(lower), takes(right_plane)],
    np.emath.logn: [takes(lower, lower, ties=False), takes(Numbers(1.5, 3), right_plane)],
    np.emath.power: [takes(lower, real), takes(right_plane, plane)],
    np.emath.arcsin: [takes(Numbers(1.5, 3)), takes(unit)],
    np.emath.arccos: [takes(Numbers(1.5, 3)), takes(unit)],
    np.emath.arctanh: [takes(Numbers(1.5, 3)), takes(unit)],
}
