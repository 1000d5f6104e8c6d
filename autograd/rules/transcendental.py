"""Exponentials, logarithms, trigonometry and hyperbolic functions."""

from __future__ import annotations

import numpy as np

from autograd.primitive import derivative, elementwise
from autograd.rules.elementwise import over, times

derivative(np.exp, "x", elementwise, x=lambda g, ans: times(g, ans))
derivative(np.expm1, "x", elementwise, x=lambda g, x: times(g, np.exp(x)))  # ans + 1 loses digits
derivative(np.log, "x", elementwise, x=lambda g, x: over(g, x))
derivative(np.log1p, "x", elementwise, x=lambda g, x: over(g, 1 + x))
derivative(np.sin, "x", elementwise, x=lambda g, x: g * np.cos(x))
derivative(np.cos, "x", elementwise, x=lambda g, x: -g * np.sin(x))
derivative(np.tanh, "x", elementwise, x=lambda g, ans: g * (1 - ans * ans))
