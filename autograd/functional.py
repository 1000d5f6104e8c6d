"""Derivatives as functions of functions, which nest in each other to any order."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.graph import record_when
from autograd.primitive import derivative, primitive
from autograd.tensor import Tensor, plain
from autograd.trace import Trace, name_of, refuse_opaque
from autograd.tree import LEAF, flatten, leaves_like, unflatten

Argnum = int | str | Sequence[int | str]


def grad(f: Callable[..., Any], argnum: Argnum = 0) -> Callable[..., Any]:
    """The function that returns the gradient of the scalar `f`.

    Parameters
    ----------
    f : callable
        Returns one number (shape (), or one element).
    argnum : int, str, or a sequence of them
        The argument to differentiate by, as a position or a name; a sequence gives a tuple.

    An argument may be a number, an array, or a dict, list, tuple or namedtuple of them, nested; the
    gradient has its structure, and each array its shape and dtype. By a complex z = x + iy it is
    ∂f/∂x − i ∂f/∂y. Raises TypeError for integers, and for an `f` that does not return one real
    number.

    >>> grad(lambda x: x**3)(2.0)
    array(12.)
    >>> grad(grad(lambda x: x**3))(2.0)
    array(12.)
    >>> import numpy as np
    >>> grad(lambda p: (p["w"] * p["x"]).sum())({"w": np.ones(2), "x": np.array([3.0, 4.0])})
    {'w': array([3., 4.]), 'x': array([1., 1.])}
    """

    @functools.wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return _value_and_grad(f, argnum, args, kwargs)[1]

    return gradient


def value_and_grad(f: Callable[..., Any], argnum: Argnum = 0) -> Callable[..., Any]:
    """The function that returns both the value and the gradient of the scalar `f`, as `grad` does.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (array(8.), array(12.))
    """

    @functools.wraps(f)
    def both(*args: Any, **kwargs: Any) -> Any:
        return _value_and_grad(f, argnum, args, kwargs)

    return both


def vjp(f: Callable[..., Any], *args: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of `f(*args)`, and the function that turns a cotangent of it into those of `args`.

    The cotangent has the structure and shapes of the value; the result is a tuple, one item for
    each argument.

    >>> import numpy as np
    >>> y, pull = vjp(np.sin, np.zeros(2))
    >>> pull(np.array([1.0, 2.0]))
    (array([1., 2.]),)
    """
    trace = Trace(f, args, {}, range(len(args)))

    def pull(cotangent: Any) -> tuple[Any, ...]:
        return tuple(trace.pull(leaves_like(trace.structure, cotangent)))

    return trace.value(), pull


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of `f(*primals)`, and its derivative as the arguments move along `tangents`.

    Each tangent has the structure and shapes of its argument; the result has those of the value.
    One forward pass: the cost is a few evaluations of f, whatever the number of outputs.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (array(6.), array(23.))
    """
    if len(primals) != len(tangents):
        raise TypeError(f"jvp got {len(primals)} primals but {len(tangents)} tangents")
    trace = Trace(f, primals, {}, range(len(primals)), forward=True)
    return trace.value(), trace.push(tangents)


def jacobian(f: Callable[..., Any], argnum: Argnum = 0) -> Callable[..., Any]:
    """The function that returns all first derivatives of `f`, an array of arrays.

    For an argument of shape A and a value of shape B the result has shape B + A: element [i, j] is
    the derivative of value[i] by argument[j]. Pulls back a row for each element of the value, as
    many at once as rules take, or, where these are far fewer, pushes forward a column for each
    element of the argument. A complex value of a complex argument must be holomorphic in it.

    A value of several arrays, in dicts, lists and tuples, gives such a structure of Jacobians, and
    an argument of several a structure in place of each.

    >>> import numpy as np
    >>> jacobian(lambda x: np.stack([x[0] * x[1], x[0]]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [1., 0.]])
    >>> jacobian(lambda p: (p["w"] * p["x"], p["w"]))({"w": 2.0, "x": 3.0})
    ({'w': array(3.), 'x': array(2.)}, {'w': array(1.), 'x': array(0.)})
    """
    several = not isinstance(argnum, (int, str))
    argnums = [argnum] if isinstance(argnum, (int, str)) else argnum

    @functools.wraps(f)
    def derivatives(*args: Any, **kwargs: Any) -> Any:
        places = [place_of(f, each, args, kwargs) for each in argnums]
        trace = Trace(f, args, kwargs, places, forward=True)
        for output in trace.outputs:
            refuse_opaque(output, f)
        found = (tuple(by) if several else by[0] for by in trace.jacobians())
        return unflatten(trace.structure, found)

    return derivatives


def hessian(f: Callable[..., Any], argnum: Argnum = 0) -> Callable[..., Any]:
    """The function that returns all second derivatives of the scalar `f`, of shape A + A.

    For an argument of several arrays, in a dict say, it is a dict of dicts: result["a"]["b"] is the
    derivative by a and b, of a's shape + b's.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]))
    array([[6., 4.],
           [4., 0.]])
    >>> hessian(lambda p: p["a"] ** 2 * p["b"])({"a": 2.0, "b": 3.0})
    {'a': {'a': array(6.), 'b': array(4.)}, 'b': {'a': array(4.), 'b': array(0.)}}
    """
    return jacobian(grad(f, argnum), argnum)


def hvp(f: Callable[..., Any], argnum: int | str = 0) -> Callable[..., Any]:
    """The function of `(*args, vector)` that returns the Hessian of the scalar `f` times a vector.

    The vector has the structure and shapes of the argument. The Hessian is never made: the cost is
    a few evaluations of `f`.

    >>> import numpy as np
    >>> hvp(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]), np.array([1.0, 0.0]))
    array([6., 4.])
    """

    @functools.wraps(f)
    def product(*args: Any, **kwargs: Any) -> Any:
        *args_of_f, vector = args
        place = place_of(f, argnum, args_of_f, kwargs)
        trace = Trace(grad(f, argnum), args_of_f, kwargs, [place])
        return trace.pull(leaves_like(trace.structure, vector))[0]

    return product


def elementwise_grad(f: Callable[..., Any], argnum: Argnum = 0) -> Callable[..., Any]:
    """The function that returns the derivative of each element of `f(x)` by the same one of x.

    Raises ValueError if an element of the value depends on another element of the argument, or
    the shapes differ: then there is no such thing, and `jacobian` has all derivatives.

    >>> import numpy as np
    >>> elementwise_grad(np.square)(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    if not isinstance(argnum, (int, str)):
        several = [elementwise_grad(f, each) for each in argnum]
        return lambda *args, **kwargs: tuple(each(*args, **kwargs) for each in several)

    @functools.wraps(f)
    def derivatives(*args: Any, **kwargs: Any) -> Any:
        trace = Trace(f, args, kwargs, [place_of(f, argnum, args, kwargs)])
        [(aliases, structure)] = trace.groups
        shape = aliases[0].shape if structure is LEAF else None
        if trace.structure is not LEAF or np.shape(trace.outputs[0]) != shape:
            raise ValueError(
                f"elementwise_grad needs a function whose value has the shape of its argument, but "
                f"{name_of(f)} maps {shape} to {[np.shape(out) for out in trace.outputs]}"
            )
        x, y = aliases[0], trace.outputs[0]
        if np.iscomplexobj(y) and x.dtype.kind != "c":
            raise TypeError(
                f"elementwise_grad needs a real value of a real argument, but {name_of(f)} "
                f"returned complex numbers; use jacobian, or its real and imaginary parts"
            )
        dtype = y.dtype if type(y) is Tensor else x.dtype
        (gradient,) = trace.pull([np.ones(shape, dtype)])
        with record_when(False):
            weights = np.cos(np.arange(math.prod(shape))).reshape(shape).astype(dtype)
            (weighted,) = trace.pull([weights])
            expected = np.asarray(plain(gradient)) * weights
        # A diagonal Jacobian turns weights into weights times its diagonal, and no other one does.
        tolerance = 1e3 * np.finfo(x.dtype).eps * np.max(np.abs(expected), initial=1e-300)
        if not np.allclose(weighted, expected, rtol=0, atol=tolerance, equal_nan=True):
            raise ValueError(
                f"{name_of(f)} is not elementwise: an element of its value depends on others of "
                f"the argument; use jacobian, or grad of a sum if that is meant"
            )
        return gradient

    return derivatives


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f`, recorded as one node that keeps only its arguments; the backward pass runs it again.

    It saves the memory of what happens within `f`, for the time of a second run. Positional
    arguments may be arrays in any nesting; `f` must do the same both times.

    >>> grad(checkpoint(lambda x: x**3))(2.0)
    array(12.)
    """

    @functools.wraps(f)
    def run(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = flatten(args)
        tracked = [
            i for i, leaf in enumerate(leaves) if type(leaf) is Tensor and leaf.requires_grad
        ]

        def again(*xs: Any) -> Any:
            moved = dict(zip(tracked, xs, strict=True))
            whole = (moved.get(i, leaf) for i, leaf in enumerate(leaves))
            return f(*unflatten(structure, whole), **kwargs)

        return rerun([leaves[i] for i in tracked], again)

    return run


@primitive
def rerun(xs: list[Any], f: Callable[..., Any]) -> Any:
    """f(*xs), whose rule runs f again."""
    value, structure = flatten(f(*xs))
    if any(type(out) is Tensor and out.requires_grad for out in value):
        raise ValueError(
            "a checkpointed function uses a tracked Tensor that is not among its arguments, whose "
            "gradient would be lost: pass it as one"
        )
    return unflatten(structure, map(plain, value))


derivative(rerun, "[xs] f", None, xs=lambda g, xs, f: vjp(f, *xs)[1](g))


def _value_and_grad(f: Callable[..., Any], argnum: Argnum, args: Any, kwargs: Any) -> Any:
    several = not isinstance(argnum, (int, str))
    argnums = [argnum] if isinstance(argnum, (int, str)) else argnum
    places = [place_of(f, a, args, kwargs) for a in argnums]
    trace = Trace(f, args, kwargs, places)
    if trace.structure is not LEAF or np.size(trace.outputs[0]) != 1:
        what = [np.shape(out) for out in trace.outputs]
        raise TypeError(
            f"grad needs a function that returns one number, but {name_of(f)} returned "
            f"{f'shape {what[0]}' if trace.structure is LEAF else f'{len(what)} values'}; "
            f"reduce it with .sum() or .mean(), or use vjp with a cotangent"
        )
    kind = np.asarray(plain(trace.outputs[0])).dtype.kind
    if kind == "c":
        raise TypeError(
            f"grad needs a real number, but {name_of(f)} returned a complex one: take its .real or "
            f"abs; holomorphic_grad gives the derivative of a holomorphic function"
        )
    if kind != "f":
        raise TypeError(
            f"grad needs a function that returns a floating number, but {name_of(f)} returned "
            f"{plain(trace.outputs[0])!r}, which does not change smoothly with its arguments"
        )
    gradients = trace.pull([np.ones(np.shape(trace.outputs[0]))])
    return trace.value(), tuple(gradients) if several else gradients[0]


def place_of(
    f: Callable[..., Any], argnum: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> int | str:
    """Where the argument `argnum` is among `args` (a position) or `kwargs` (a name)."""
    if argnum in kwargs:
        return argnum
    if isinstance(argnum, int) and -len(args) <= argnum < len(args):
        return argnum % len(args)
    try:
        names = list(inspect.signature(f).parameters)
    except (TypeError, ValueError):
        names = []
    if isinstance(argnum, int) and 0 <= argnum < len(names) and names[argnum] in kwargs:
        return names[argnum]
    if argnum in names and names.index(str(argnum)) < len(args):
        return names.index(str(argnum))
    raise TypeError(
        f"no argument {argnum!r} to differentiate by: {name_of(f)} was called with {len(args)} "
        f"positional arguments{''.join(f', {name}=…' for name in kwargs)}"
    )
