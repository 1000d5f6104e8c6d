"""Reverse-mode automatic differentiation on NumPy: Value for numbers, Tensor for arrays."""

from importlib import import_module
from typing import TYPE_CHECKING

# Programs for HIPS autograd import these from here; they are for import by name only.
from autograd.builtins import dict as dict
from autograd.builtins import isinstance as isinstance
from autograd.builtins import list as list
from autograd.builtins import tuple as tuple
from autograd.builtins import type as type
from autograd.differential_operators import (
    deriv,
    grad_and_aux,
    grad_named,
    hessian_tensor_product,
    hessian_vector_product,
    holomorphic_grad,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_jvp_reversemode,
    make_vjp,
    multigrad_dict,
    tensor_jacobian_product,
    vector_jacobian_product,
)
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
from autograd.rules.scans import logcumsumexp
from autograd.rules.special import log_softmax, logsumexp, relu, sigmoid, softmax, softplus
from autograd.tensor import Tensor
from autograd.value import Value

EXTENSIONS["scipy"] = "autograd.scipy"

__all__ = [
    "Tensor",
    "Value",
    "affine",
    "checkpoint",
    "debug",
    "deriv",
    "derivative",
    "elementwise",
    "elementwise_grad",
    "grad",
    "grad_and_aux",
    "grad_named",
    "hessian",
    "hessian_tensor_product",
    "hessian_vector_product",
    "holomorphic_grad",
    "hvp",
    "jacobian",
    "jvp",
    "linear",
    "log_softmax",
    "logcumsumexp",
    "logsumexp",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_jvp_reversemode",
    "make_vjp",
    "multigrad_dict",
    "no_grad",
    "primitive",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "tensor_jacobian_product",
    "value_and_grad",
    "vector_jacobian_product",
    "vjp",
]

if TYPE_CHECKING:
    from autograd.debugging import debug
else:

    def __getattr__(name):
        """`debug` is imported when it is first asked for: a fifth of the import otherwise."""
        if name != "debug":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module("autograd.debugging").debug

    def __dir__():
        return sorted({*globals(), *__all__})
