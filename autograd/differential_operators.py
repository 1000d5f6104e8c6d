"""The other transforms that HIPS autograd has, in its names and conventions.

The ones here called `make_…` take the function first and its arguments afterwards, and return the
linear map at that point: `make_jvp(f)(x)(v)`. `argnum` is a position, a name, or a sequence of
them, for which the argument (and its gradient, and its tangent) is the tuple of all of those.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.functional import (
    checkpoint,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    place_of,
    value_and_grad,
    vjp,
)
from autograd.primitive import Array
from autograd.trace import name_of
from autograd.tree import flatten, unflatten

__all__ = [
    "make_vjp", "make_jvp", "make_jvp_reversemode", "make_hvp", "make_ggnvp",
    "grad", "value_and_grad", "grad_and_aux", "grad_named", "multigrad_dict", "holomorphic_grad",
    "deriv", "elementwise_grad", "jacobian", "hessian",
    "hessian_tensor_product", "hessian_vector_product",
    "tensor_jacobian_product", "vector_jacobian_product", "checkpoint",
]  # fmt: skip

Argnum = int | str | Sequence[int | str]
Transform = Callable[..., Any]


def make_vjp(f: Callable[..., Any], argnum: Argnum = 0) -> Transform:
    """The function of f's arguments that returns a pair: the vjp of `f` there, and f's value.

    The vjp maps a cotangent, in the structure and shapes of the value, to that of the argument.

    >>> pull, value = make_vjp(lambda x: x**2)(3.0)
    >>> pull(1.0), value
    (array(6.), array(9.))
    """

    @functools.wraps(f)
    def at(*args: Any, **kwargs: Any) -> tuple[Callable[[Any], Any], Any]:
        value, pull = vjp(*of_one_argument(f, argnum, args, kwargs))
        return lambda cotangent: pull(cotangent)[0], value

    return at


def make_jvp(f: Callable[..., Any], argnum: Argnum = 0) -> Transform:
    """The function of f's arguments that returns the jvp of `f` there.

    The jvp maps a tangent, in the structure and shapes of the argument, to a pair: f's value, and
    its tangent.

    >>> make_jvp(lambda x: x**2)(3.0)(10.0)
    (array(9.), array(60.))
    """

    @functools.wraps(f)
    def at(*args: Any, **kwargs: Any) -> Callable[[Any], tuple[Any, Any]]:
        of_one, x = of_one_argument(f, argnum, args, kwargs)
        return lambda tangent: jvp(of_one, (x,), (tangent,))

    return at


def make_jvp_reversemode(f: Callable[..., Any], argnum: Argnum = 0) -> Transform:
    """As `make_jvp`, but by reverse mode twice, and the jvp returns the tangent alone.

    The vjp is linear in the cotangent, and its transpose is the jvp.

    >>> make_jvp_reversemode(lambda x: x**2)(3.0)(10.0)
    array(60.)
    """

    @functools.wraps(f)
    def at(*args: Any, **kwargs: Any) -> Callable[[Any], Any]:
        of_one, x = of_one_argument(f, argnum, args, kwargs)
        value, _ = vjp(of_one, x)
        _, push = vjp(lambda cotangent: vjp(of_one, x)[1](cotangent)[0], _zeros_like(value))
        return lambda tangent: push(tangent)[0]

    return at


def make_hvp(f: Callable[..., Any], argnum: Argnum = 0) -> Transform:
    """The function of f's arguments that returns a pair: v ↦ Hessian · v there, and the gradient.

    >>> product, gradient = make_hvp(lambda x: x**3)(2.0)
    >>> product(1.0), gradient
    (array(12.), array(12.))
    """

    @functools.wraps(f)
    def at(*args: Any, **kwargs: Any) -> tuple[Callable[[Any], Any], Any]:
        of_one, x = of_one_argument(f, argnum, args, kwargs)
        return make_vjp(grad(of_one))(x)  # type: ignore[no-any-return]

    return at


def make_ggnvp(
    f: Callable[..., Any],
    g: Callable[..., Any] = lambda y: 0.5 * np.sum(y**2),
    f_argnum: Argnum = 0,
) -> Transform:
    """The function of f's arguments that returns v ↦ Jᵀ H J v: the generalised Gauss-Newton matrix.

    J is the Jacobian of `f` and H the Hessian of the scalar `g` at f's value: the curvature of
    g(f(x)) without that of `f`. By default g is ½‖y‖², whose H is the identity.

    >>> make_ggnvp(lambda x: x**2)(3.0)(1.0)
    array(36.)
    """

    @functools.wraps(f)
    def at(*args: Any, **kwargs: Any) -> Callable[[Any], Any]:
        of_one, x = of_one_argument(f, f_argnum, args, kwargs)
        y, pull = vjp(of_one, x)

        def product(vector: Any) -> Any:
            _, moved = jvp(of_one, (x,), (vector,))
            return pull(hvp(g)(y, moved))[0]

        return product

    return at


def grad_and_aux(f: Callable[..., Any], argnum: Argnum = 0) -> Transform:
    """The function that returns the gradient of the scalar f()[0] and, as it is, f()[1].

    >>> grad_and_aux(lambda x: (x**2, 10.0 * x))(3.0)
    (array(6.), array(30.))
    """

    @functools.wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        (value, aux), pull = vjp(*of_one_argument(f, argnum, args, kwargs))
        if np.size(value) != 1:
            raise TypeError(
                f"grad_and_aux needs a function that returns (one number, anything), but the first "
                f"of what {name_of(f)} returned has shape {np.shape(value)}"
            )
        return pull((np.ones(np.shape(value)), _zeros_like(aux)))[0], aux

    return gradient


def grad_named(f: Callable[..., Any], argname: str) -> Transform:
    """As `grad`, by the argument of that name.

    >>> grad_named(lambda x, y: x * y, "y")(2.0, 3.0)
    array(2.)
    """
    return grad(f, argname)


def multigrad_dict(f: Callable[..., Any]) -> Transform:
    """The function that returns the gradients of the scalar `f` by all its arguments, by name.

    Arguments that are left out are differentiated at their defaults; `*args` has a tuple of
    gradients under its name, and `**kwargs` a dict.

    >>> multigrad_dict(lambda x, y=3.0: x * y)(2.0)
    {'x': array(3.), 'y': array(2.)}
    """
    signature = inspect.signature(f)

    @functools.wraps(f)
    def by_name(*args: Any, **kwargs: Any) -> dict[str, Any]:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()

        def of_arguments(arguments: Any) -> Any:
            moved = inspect.BoundArguments(signature, arguments)
            return f(*moved.args, **moved.kwargs)

        gradients: dict[str, Any] = grad(of_arguments)(dict(bound.arguments))
        return gradients

    return by_name


def holomorphic_grad(f: Callable[..., Any], argnum: Argnum = 0) -> Transform:
    """The function that returns the complex derivative of a holomorphic `f`.

    Warns if the argument is real, where it is the derivative of the real part.

    >>> holomorphic_grad(lambda z: z**2)(1 + 2j)
    array(2.+4.j)
    """

    @functools.wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        of_one, z = of_one_argument(f, argnum, args, kwargs)
        if not any(np.iscomplexobj(leaf) for leaf in flatten(z)[0]):
            warnings.warn("the argument of holomorphic_grad is not complex", stacklevel=2)
        return grad(lambda z: np.real(of_one(z)))(z)

    return gradient


def deriv(f: Callable[..., Any], argnum: Argnum = 0) -> Transform:
    """The function that returns the derivative of f's value as all of the argument grows alike.

    Forward mode, along a tangent of ones: for an `f` of one number, its derivative, whatever the
    shape of the value; for an elementwise `f`, the derivative of each element.

    >>> deriv(lambda x: np.stack([x, x**2]))(3.0)
    array([1., 6.])
    """

    @functools.wraps(f)
    def derivative(*args: Any, **kwargs: Any) -> Any:
        of_one, x = of_one_argument(f, argnum, args, kwargs)
        leaves, structure = flatten(x)
        ones = unflatten(structure, (np.ones(np.shape(leaf)) for leaf in leaves))
        return jvp(of_one, (x,), (ones,))[1]

    return derivative


hessian_tensor_product = hessian_vector_product = hvp


def tensor_jacobian_product(f: Callable[..., Any], argnum: int | str = 0) -> Transform:
    """The function of `(*args, tensor)` that returns the tensor times the Jacobian of `f`.

    The axes of the tensor are those of f's value, or the first ones of them: over these it sums.
    The Jacobian is never made.

    >>> tensor_jacobian_product(lambda x: x**2)(np.array([1.0, 2.0]), np.array([1.0, 10.0]))
    array([ 2., 40.])
    """

    @functools.wraps(f)
    def product(*args: Any, **kwargs: Any) -> Array:
        *args_of_f, tensor = args

        def weighted(*args: Any, **kwargs: Any) -> Array:
            value = f(*args, **kwargs)
            rest = np.shape(value)[np.ndim(tensor) :]
            rows = np.reshape(tensor, (1, -1)) @ np.reshape(value, (np.size(tensor), -1))
            return np.reshape(rows, rest)

        return jacobian(weighted, argnum)(*args_of_f, **kwargs)

    return product


vector_jacobian_product = tensor_jacobian_product


def of_one_argument(
    f: Callable[..., Any], argnum: Argnum, args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Callable[[Any], Any], Any]:
    """`f` as a function of its argument at `argnum` alone, with the others as given; and that."""
    several = not isinstance(argnum, (int, str))
    argnums = [argnum] if isinstance(argnum, (int, str)) else argnum
    places = [place_of(f, each, args, kwargs) for each in argnums]
    arguments: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}

    @functools.wraps(f)
    def of_one(x: Any) -> Any:
        moved = {**arguments, **dict(zip(places, x if several else [x], strict=True))}
        return f(*(moved[i] for i in range(len(args))), **{name: moved[name] for name in kwargs})

    chosen = tuple(arguments[place] for place in places)
    return of_one, chosen if several else chosen[0]


def _zeros_like(tree: Any) -> Any:
    """`tree` with zeros in place of its numbers."""
    leaves, structure = flatten(tree)
    return unflatten(structure, (np.zeros(np.shape(leaf)) for leaf in leaves))
