"""Reverse-mode automatic differentiation on NumPy: Value for numbers, Tensor for arrays."""

from autograd.functional import (
    checkpoint,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from autograd.graph import no_grad
from autograd.primitive import EXTENSIONS, derivative, elementwise, linear, primitive
from autograd.rules.products import affine
from autograd.rules.special import log_softmax, logsumexp, relu, sigmoid, softmax, softplus
from autograd.tensor import Tensor
from autograd.value import Value

EXTENSIONS["scipy"] = "autograd.scipy"

__all__ = [
    "Tensor",
    "Value",
    "affine",
    "checkpoint",
    "derivative",
    "elementwise",
    "elementwise_grad",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "linear",
    "log_softmax",
    "logsumexp",
    "no_grad",
    "primitive",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "value_and_grad",
    "vjp",
]
