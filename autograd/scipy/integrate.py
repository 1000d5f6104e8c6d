"""scipy.integrate: the solution of ordinary differential equations, by the adjoint equation.

>>> import numpy as np
>>> from autograd import grad
>>> times = np.array([0.0, 1.0])
>>> grad(lambda a: odeint(lambda y, t, a: -a * y, np.ones(1), times, (a,))[1, 0])(0.5).round(5)
np.float64(-0.60653)
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy

from autograd.functional import vjp
from autograd.primitive import Argument, Array, Operation
from autograd.scipy.names import namespace
from autograd.tensor import Tensor, plain, record
from autograd.tree import flatten, unflatten

__all__ = ["odeint"]

# Options of the solver that hold for the adjoint equation too.
OPTIONS = frozenset("rtol atol hmax hmin h0 mxstep mxhnil mxordn mxords printmessg".split())


def odeint(
    func: Callable[..., Array], y0: Array, t: Array, args: Any = (), **options: Any
) -> Array:
    """As scipy.integrate.odeint: the solution y of dy/dt = func(y, t, *args) at the times `t`.

    Differentiable, to the tolerances `rtol` and `atol`, by `y0` of shape (n,), by `t` of shape (m,)
    and by the arrays in `args`, in any nesting, but not by what func uses besides. Returns an array
    of shape (m, n). Raises ValueError if func uses a tracked Tensor that is not in `args`,
    TypeError for options of SciPy's that do not go with Tensors.
    """
    leaves, structure = flatten(args if isinstance(args, tuple) else (args,))
    if not any(type(x) is Tensor for x in (y0, t, *leaves)):
        return scipy.integrate.odeint(_plainly(func), y0, t, args, **options)
    if refused := options.keys() - OPTIONS:
        raise TypeError(
            f"odeint got {', '.join(sorted(refused))}, which its derivative does not support; "
            f"supported: {', '.join(sorted(OPTIONS))}"
        )
    constants = [None if _is_inexact(leaf) else copy.copy(plain(leaf)) for leaf in leaves]
    arrays = [leaf for leaf in leaves if _is_inexact(leaf)]

    def of_arrays(y: Array, time: Array, *arrays: Array) -> Array:
        rest = iter(arrays)
        leaves = [next(rest) if constant is None else constant for constant in constants]
        return func(y, time, *unflatten(structure, iter(leaves)))

    return record(_ODEINT, (y0, t, arrays, of_arrays, options))


def _is_inexact(leaf: Any) -> bool:
    """Whether it may have a gradient: an array or a number that is neither integer nor bool."""
    return np.asarray(plain(leaf)).dtype.kind in "fc"


def _plainly(func: Callable[..., Array]) -> Callable[..., Array]:
    """`func`, for SciPy, which takes no Tensors. It must not return tracked ones."""

    def call(*args: Any) -> Array:
        leaves, structure = flatten(func(*args))
        if any(type(leaf) is Tensor and leaf.requires_grad for leaf in leaves):
            raise ValueError(
                "the function given to odeint uses a tracked Tensor that is not among its "
                "arguments, whose gradient would be lost: pass it in args"
            )
        return unflatten(structure, map(plain, leaves))

    return call


def _run(
    y0: Array, t: Array, args: Sequence[Array], func: Callable[..., Array], options: dict[str, Any]
) -> Array:
    return scipy.integrate.odeint(_plainly(func), y0, t, tuple(args), **options)


def _adjoint(
    g: Array,
    ans: Array,
    t: Array,
    args: Sequence[Array],
    func: Callable[..., Array],
    options: dict[str, Any],
) -> tuple[Array, list[Array]]:
    """The gradients by the state at t[0], but for g[0], and by the args.

    They are found backwards in time, with the solution: dλ/dt = −λᵀ ∂f/∂y, and −λᵀ ∂f/∂args adds up
    to the gradient by the args (Chen et al. 2018, "Neural ordinary differential equations").
    """
    n, shapes = ans.shape[1], [np.shape(arg) for arg in args]
    ends = np.cumsum([2 * n, *(int(np.prod(shape)) for shape in shapes)])

    def backwards(state: Array, time: Array, *args: Array) -> Array:
        slope, pull = vjp(func, state[:n], np.multiply(time, 1.0), *args)
        by_y, _, *by_args = pull(state[n : 2 * n])
        return np.concatenate([slope, -by_y, *(-np.reshape(each, -1) for each in by_args)])

    gradient = np.zeros(ends[-1] - n)
    for i in range(len(ans) - 1, 0, -1):
        state = np.concatenate([ans[i], gradient[:n] + g[i], gradient[n:]])
        interval = np.stack([t[i], t[i - 1]])
        gradient = odeint(backwards, state, interval, tuple(args), **options)[1, n:]
    parts = zip(ends - n, ends[1:] - n, shapes)
    return gradient[:n], [np.reshape(gradient[start:end], to) for start, end, to in parts]


def _times_to(
    g: Array,
    ans: Array,
    t: Array,
    args: Sequence[Array],
    func: Callable[..., Array],
    options: dict[str, Any],
) -> Array:
    """A later end moves its own state along the slope; a later start moves all, against it."""
    slopes = np.stack([func(y, time, *args) for y, time in zip(ans, t)])
    ends = np.sum(g[1:] * slopes[1:], axis=1)
    start = -np.sum(_adjoint(g, ans, t, args, func, options)[0] * slopes[0])
    return np.concatenate([np.reshape(start, 1), ends])


# Not in the table, whose tests ask for the last digits, which an adaptive solver does not have.
_run.__name__, _run.__module__ = "odeint", "scipy.integrate"  # for messages
_ODEINT = Operation(
    _run,
    [
        Argument(("y0",)),
        Argument(("t",)),
        Argument(("args",), is_list=True),
        Argument(("func",)),
        Argument(("options",)),
    ],
)
_ODEINT.add_rule(
    "y0",
    lambda g, ans, t, args, func, options: g[0] + _adjoint(g, ans, t, args, func, options)[0],
)
_ODEINT.add_rule("t", _times_to)
_ODEINT.add_rule(
    "args", lambda g, ans, t, args, func, options: _adjoint(g, ans, t, args, func, options)[1]
)

__getattr__, __dir__ = namespace(globals(), lambda: scipy.integrate)
