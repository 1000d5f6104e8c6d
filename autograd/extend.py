"""Derivatives of a program's own functions, as HIPS autograd declares them.

    @primitive
    def logsumexp(x): ...                     # any function of arrays, numbers and containers

    defvjp(logsumexp, lambda ans, x: lambda g: g * np.exp(x - ans))   # reverse mode
    defjvp(logsumexp, lambda g, ans, x: np.sum(g * np.exp(x - ans)))  # forward mode

One of the two is enough, since each is the transpose of the other; where both are given, each mode
uses its own. They are written with differentiable functions, so that derivatives of any order
follow. The function itself gets plain arrays, NumPy's scalars for single numbers.

The function may also be an `autograd.primitive`.

Programs that handle Box, VSpace or nodes of HIPS autograd's graph do not run here: there is nothing
of the kind. (`autograd.primitive` and `autograd.derivative` declare operations in this package's
own way, with less to run per call.)
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NoReturn, TypeVar

import numpy as np

from autograd.functional import vjp
from autograd.primitive import COMPOSED, CONSTANTS, TABLE, Argument, Operation, composed
from autograd.tensor import Tensor, plain, record
from autograd.trace import name_of
from autograd.tree import LEAF, flatten, leaves_like, unflatten

__all__ = [
    "primitive",
    "notrace_primitive",
    "defvjp",
    "defvjp_argnum",
    "defvjp_argnums",
    "defjvp",
    "defjvp_argnum",
    "defjvp_argnums",
    "def_linear",
]

# What there is in HIPS autograd and not here, and what to do.
MISSING = {
    "Box": "nothing is boxed; a tracked array is an autograd.Tensor",
    "VSpace": "gradients are arrays, or dicts, lists and tuples of them",
    "vspace": "for the size or zeros of a structure use autograd.misc.flatten",
    "SparseObject": "a vjp returns whole arrays; where it would be x[index]'s, write x[index]",
    "register_notrace": "a function is a constant in every mode: use notrace_primitive",
}

F = TypeVar("F", bound=Callable[..., Any])
Rule = Callable[..., Any]


def primitive(f: F) -> F:
    """`f` as one operation on plain arrays, with the derivatives that `defvjp` and `defjvp` set.

    Its positional arguments, and what it returns, are arrays in any nesting, or anything that
    carries no gradient. Raises TypeError for a tracked keyword argument, or where a derivative is
    asked for and there is none; ValueError if `f` uses a tracked Tensor that is not an argument.

    >>> @primitive
    ... def cube(x):
    ...     return x**3
    >>> defvjp(cube, lambda ans, x: lambda g: g * 3 * x**2)
    >>> from autograd import grad
    >>> grad(grad(cube))(2.0)
    array(12.)
    """
    rules = Rules(f)

    @functools.wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        one = Call(rules, args, kwargs)
        return one.recorded(args) if one.holes else f(*args, **kwargs)

    rules.call = call
    call.rules = rules  # type: ignore[attr-defined]
    call.fun = f  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]


def notrace_primitive(f: F) -> F:
    """`f`, run on plain arrays and not recorded: its value is a constant, whatever went into it.

    >>> from autograd import grad
    >>> rounded = notrace_primitive(np.round)
    >>> grad(lambda x: x * rounded(x))(1.7)
    array(2.)
    """

    @functools.wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        return f(*_plain(args), **_plain(kwargs))

    return call  # type: ignore[return-value]


def defvjp(
    f: Callable[..., Any], *makers: Rule | None, argnums: Iterable[int] | None = None
) -> None:
    """Set the vjp of the primitive `f` for its arguments, in order, or for those at `argnums`.

    Each maker is called as maker(ans, *args, **kwargs), and returns the function from the gradient
    of the output to that of its argument. None stands for a gradient of zero.

    >>> scale = primitive(lambda x, by: x * by)
    >>> defvjp(scale, lambda ans, x, by: lambda g: g * by, None)
    >>> from autograd import grad
    >>> grad(scale, (0, 1))(2.0, 3.0)
    (array(3.), array(0.))
    """
    by_argnum = dict(zip(range(len(makers)) if argnums is None else argnums, makers))

    def maker(argnum: int, ans: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Rule:
        one = _of(by_argnum, argnum, f, "vjp")
        return one(ans, *args, **kwargs) if one else lambda g: None

    defvjp_argnum(f, maker)


def defvjp_argnum(f: Callable[..., Any], maker: Rule) -> None:
    """Set one vjp for all arguments of `f`: maker(argnum, ans, args, kwargs) returns it for one.

    >>> add = primitive(lambda *xs: sum(xs))
    >>> defvjp_argnum(add, lambda argnum, ans, args, kwargs: lambda g: g)
    >>> from autograd import grad
    >>> grad(lambda x: add(x, x, x))(1.0)
    array(3.)
    """

    def makers(
        argnums: Sequence[int], ans: Any, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Rule:
        pulls = [maker(argnum, ans, args, kwargs) for argnum in argnums]
        return lambda g: [pull(g) for pull in pulls]

    defvjp_argnums(f, makers)


def defvjp_argnums(f: Callable[..., Any], maker: Rule) -> None:
    """Set the vjp of `f` for several arguments at once.

    maker(argnums, ans, args, kwargs) returns the function from the gradient of the output to the
    sequence of those of the arguments at `argnums`.

    >>> product = primitive(lambda x, y: x * y)
    >>> def maker(argnums, ans, args, kwargs):
    ...     return lambda g: [g * args[1 - argnum] for argnum in argnums]
    >>> defvjp_argnums(product, maker)
    >>> from autograd import grad
    >>> grad(product, (0, 1))(2.0, 3.0)
    (array(3.), array(2.))
    """
    _rules(f).vjp = maker


def defjvp(
    f: Callable[..., Any],
    *jvps: Rule | Literal["same"] | None,
    argnums: Iterable[int] | None = None,
) -> None:
    """Set the jvp of the primitive `f` for its arguments, in order, or for those at `argnums`.

    Each is called as jvp(g, ans, *args, **kwargs), with the tangent g of its argument, and returns
    that of the output. "same" stands for `f` of g in place of the argument, where `f` is linear
    (for reverse mode without a vjp, its body must then run on Tensors); None for zero.

    >>> double = primitive(lambda x: 2 * x)
    >>> defjvp(double, "same")
    >>> from autograd import grad, jvp
    >>> jvp(double, (1.0,), (3.0,)), grad(double)(1.0)
    ((array(2.), array(6.)), array(2.))
    """
    by_argnum = dict(zip(range(len(jvps)) if argnums is None else argnums, jvps))

    def maker(argnum: int, g: Any, ans: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        one = _of(by_argnum, argnum, f, "jvp")
        if one == "same":
            return _linear(f, argnum, g, args, kwargs)
        return one(g, ans, *args, **kwargs) if one else None

    defjvp_argnum(f, maker)


def defjvp_argnum(f: Callable[..., Any], maker: Rule) -> None:
    """Set one jvp for all arguments of `f`: maker(argnum, g, ans, args, kwargs) is the tangent.

    >>> add = primitive(lambda *xs: sum(xs))
    >>> defjvp_argnum(add, lambda argnum, g, ans, args, kwargs: g)
    >>> from autograd import jvp
    >>> jvp(add, (1.0, 2.0), (10.0, 20.0))
    (array(3.), array(30.))
    """

    def makers(
        argnums: Sequence[int],
        gs: Sequence[Any],
        ans: Any,
        args: Sequence[Any],
        kwargs: dict[str, Any],
    ) -> Any:
        pairs = zip(argnums, gs, strict=True)
        return _sum([maker(argnum, g, ans, args, kwargs) for argnum, g in pairs])

    defjvp_argnums(f, makers)


def defjvp_argnums(f: Callable[..., Any], maker: Rule) -> None:
    """Set the jvp of `f` for several arguments at once.

    maker(argnums, gs, ans, args, kwargs) returns the tangent of the output for the tangents `gs` of
    the arguments at `argnums`.

    >>> product = primitive(lambda x, y: x * y)
    >>> def maker(argnums, gs, ans, args, kwargs):
    ...     return sum(g * args[1 - argnum] for argnum, g in zip(argnums, gs))
    >>> defjvp_argnums(product, maker)
    >>> from autograd import jvp
    >>> jvp(product, (2.0, 3.0), (1.0, 10.0))
    (array(6.), array(23.))
    """
    rules = _rules(f)
    rules.jvp = maker
    rules.forward.reverse_only = False


def def_linear(f: Callable[..., Any]) -> None:
    """Say that the primitive `f` is linear in each argument: the jvp of each is "same".

    >>> triple = primitive(lambda x: 3 * x)
    >>> def_linear(triple)
    >>> from autograd import grad
    >>> grad(triple)(1.0)
    array(3.)
    """
    defjvp_argnum(f, lambda argnum, g, ans, args, kwargs: _linear(f, argnum, g, args, kwargs))


def __getattr__(name: str) -> NoReturn:
    if name in MISSING:
        raise ImportError(f"autograd.extend has no {name}: {MISSING[name]}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class Rules:
    """What is known of a primitive: its function, and its derivatives in the most general form."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.name = name_of(function)
        self.call = function  # the primitive itself
        self.vjp: Rule | None = None  # as for defvjp_argnums
        self.jvp: Rule | None = None  # as for defjvp_argnums

        def run(xs: list[Any], call: Call) -> Any:
            return call.run(xs)

        def run_back(gs: list[Any], xs: list[Any], call: Call) -> list[Any]:
            return [np.asarray(gradient) for gradient in call.pulled(gs, xs)]

        run.__name__, run_back.__name__ = self.name, f"vjp of {self.name}"
        gs, xs, call = Argument(("gs",), is_list=True), Argument(("xs",), is_list=True), "call"
        self.forward = Operation(run, [xs, Argument((call,))])
        self.forward.add_rule("xs", self._back)
        self.forward.reverse_only = True  # until there is a jvp: a vjp need not run on Tensors
        # The vjp as an operation, whose transpose is the jvp: that is what forward mode meets.
        self.backward = Operation(run_back, [gs, xs, Argument((call,))])
        self.backward.add_rule("gs", lambda g, xs, call: call.pushed(g, xs))
        self.backward.add_rule(
            "xs",
            lambda g, gs, xs, call: vjp(lambda *xs: call.pulled(gs, xs), *xs)[1](_zeroed(g, xs)),
        )

    @staticmethod
    def _back(g: Any, ans: Any, xs: list[Any], call: Call) -> Any:
        gs = _zeroed(g, call.ans) if type(ans) is list else [g]
        if call.rules.jvp and any(type(g) is Tensor for g in gs):
            return record(call.rules.backward, (gs, xs, call))
        return call.pulled(gs, xs, ans if type(ans) is list else [ans])


class Call:
    """One call of a primitive, with holes where the tracked arrays were among its arguments.

    Where none is tracked, the holes are where the other Tensors were.
    """

    structure: Any  # of the output
    ans: list[Any]  # the arrays in the output

    def __init__(self, rules: Rules, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        flat = [flatten(arg) for arg in args]
        tensors = [
            (i, k)
            for i, (leaves, _) in enumerate(flat)
            for k, leaf in enumerate(leaves)
            if type(leaf) is Tensor
        ]
        self.rules = rules
        self.holes = [(i, k) for i, k in tensors if flat[i][0][k].requires_grad] or tensors
        self.argnums = sorted({i for i, _ in self.holes})
        self.trees = {i: (list(map(plain, flat[i][0])), flat[i][1]) for i in self.argnums}
        for i, k in self.holes:
            self.trees[i][0][k] = None
        self.args = [None if i in self.trees else _plain(arg) for i, arg in enumerate(args)]
        self.kwargs = kwargs

    def recorded(self, args: Sequence[Any]) -> Any:
        """The output, as Tensors."""
        for name, value in self.kwargs.items():
            if any(type(leaf) is Tensor and leaf.requires_grad for leaf in flatten(value)[0]):
                raise TypeError(
                    f"{self.rules.name} got a tracked Tensor as {name}=…, but the rules of a "
                    f"primitive are for its positional arguments: pass it as one"
                )
        self.kwargs = {name: _plain(value) for name, value in self.kwargs.items()}
        leaves = {i: flatten(args[i])[0] for i in self.argnums}
        outputs: Any = record(self.rules.forward, ([leaves[i][k] for i, k in self.holes], self))
        # What is needed again in the sweep may change before it: arrays of the caller's are copied.
        self.args = [_copied(arg) for arg in self.args]
        self.trees = {i: (_copied(tree[0]), tree[1]) for i, tree in self.trees.items()}
        return self._whole(outputs if type(outputs) is list else [outputs])

    def run(self, xs: Sequence[Any]) -> Any:
        """The output, as an array or a list of them."""
        leaves, self.structure = flatten(self.rules.function(*self.filled(xs), **self.kwargs))
        if any(type(leaf) is Tensor and leaf.requires_grad for leaf in leaves):
            raise ValueError(
                f"{self.rules.name} uses a tracked Tensor that is not among its arguments, whose "
                f"gradient would be lost: pass it as one"
            )
        self.ans = [np.asarray(plain(leaf)) for leaf in leaves]
        return self.ans[0] if self.structure is LEAF else self.ans

    def filled(self, xs: Sequence[Any]) -> list[Any]:
        """The positional arguments, plain but for the `xs` in the holes."""
        args = list(self.args)
        leaves = {i: list(tree[0]) for i, tree in self.trees.items()}
        for (i, k), x in zip(self.holes, xs, strict=True):
            leaves[i][k] = x[()] if type(x) is np.ndarray and x.ndim == 0 else x
        for i, (_, structure) in self.trees.items():
            args[i] = unflatten(structure, iter(leaves[i]))
        return args

    def pulled(self, gs: Sequence[Any], xs: Sequence[Any], ans: Any = None) -> list[Any]:
        """The gradient of each hole, from those of the output's arrays."""
        rules = self.rules
        if rules.vjp is None:
            return list(vjp(lambda *v: self.pushed(v, xs, ans), *_zeroed([], xs))[1](list(gs)))
        args, value = self._called(xs, ans)
        trees = rules.vjp(self.argnums, value, args, self.kwargs)(self._whole(gs))
        parts = {
            i: {} if tree is None else dict(enumerate(leaves_like(self.trees[i][1], tree)))
            for i, tree in zip(self.argnums, trees, strict=True)
        }
        return _zeroed([parts[i].get(k) for i, k in self.holes], xs)

    def pushed(self, tangents: Sequence[Any], xs: Sequence[Any], ans: Any = None) -> list[Any]:
        """The tangent of each array in the output, from those of the holes."""
        rules = self.rules
        if rules.jvp is None:
            raise TypeError(
                f"{rules.name} has no derivative: declare one with autograd.extend.defvjp or defjvp"
            )
        args, value = self._called(xs, ans)
        moved = dict(zip(self.holes, _zeroed(tangents, xs), strict=True))
        trees = [
            unflatten(
                structure, (moved.get((i, k), np.zeros(np.shape(x))) for k, x in enumerate(leaves))
            )
            for i, (leaves, structure) in self.trees.items()
        ]
        tangent = rules.jvp(self.argnums, trees, value, args, self.kwargs)
        parts = [None] * len(self.ans) if tangent is None else leaves_like(self.structure, tangent)
        return [
            part if np.shape(part) == like.shape else np.broadcast_to(part, like.shape)
            for part, like in zip(_zeroed(parts, self.ans), self.ans, strict=True)
        ]

    def _called(self, xs: Sequence[Any], ans: Any) -> tuple[list[Any], Any]:
        """The arguments with `xs` in the holes, and the output, whose arrays may be known."""
        args = self.filled(xs)
        if ans is None and any(type(x) is Tensor for x in xs):
            return args, self.rules.call(*args, **self.kwargs)
        return args, self._whole(self.ans if ans is None else ans)

    def _whole(self, leaves: Sequence[Any]) -> Any:
        return unflatten(self.structure, iter(leaves))


def _plain(tree: Any) -> Any:
    """`tree` with each Tensor in it replaced by its array."""
    leaves, structure = flatten(tree)
    if not any(type(leaf) is Tensor for leaf in leaves):
        return tree
    return unflatten(structure, map(plain, leaves))


def _copied(tree: Any) -> Any:
    """`tree` with copies of the arrays in it."""
    if isinstance(tree, np.ndarray):
        return tree.copy()
    if type(tree) not in (list, tuple, dict):
        return tree
    leaves, structure = flatten(tree)
    return unflatten(structure, map(_copied, leaves))


def _zeroed(parts: Sequence[Any], like: Sequence[Any]) -> list[Any]:
    """`parts`, with zeros in the shapes of `like` where they are None or missing."""
    padded = [*parts, *[None] * (len(like) - len(parts))]
    return [
        np.zeros(x.shape, x.dtype) if part is None else part
        for part, x in zip(padded, like, strict=True)
    ]


def _sum(trees: Sequence[Any]) -> Any:
    """The sum of trees of one structure, or None of none; a None among them is zero."""
    flat = [flatten(tree) for tree in trees if tree is not None]
    if not flat:
        return None
    columns = zip(*(leaves for leaves, _ in flat), strict=True)
    return unflatten(flat[0][1], (functools.reduce(operator.add, column) for column in columns))


def _linear(
    f: Callable[..., Any], argnum: int, g: Any, args: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    """`f` with g in place of an argument."""
    rules = _rules(f)
    # Without a vjp this is run on Tensors to be transposed: f's own body is, not f, which would
    # ask for its transpose again.
    linear = f if rules.vjp else rules.function
    return linear(*args[:argnum], g, *args[argnum + 1 :], **kwargs)


def _rules(f: Callable[..., Any]) -> Rules:
    function = getattr(f, "__primitive__", f)
    if isinstance(rules := getattr(COMPOSED.get(function, f), "rules", None), Rules):
        return rules
    if any(function in known for known in (TABLE, COMPOSED, CONSTANTS)):
        raise TypeError(
            f"the derivative of {name_of(function)} is known already: leave this one out, or "
            f"declare it for a function of your own, autograd.extend.primitive({name_of(function)})"
        )
    if function is not f:  # an autograd.primitive
        return _asked(function)
    raise TypeError(
        f"{name_of(f)} is not a primitive to declare a derivative for: make it one with "
        f"autograd.extend.primitive({name_of(f)}) first, and call what that returns"
    )


def _asked(function: Callable[..., Any]) -> Rules:
    """New rules for the function of an autograd.primitive, which Tensors find by looking it up."""
    recorded = primitive(function)
    rules: Rules = recorded.rules  # type: ignore[attr-defined]

    @composed(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return recorded(*args, **kwargs)

    call.rules = rules  # type: ignore[attr-defined]
    return rules


def _of(by_argnum: dict[int, Any], argnum: int, f: Callable[..., Any], what: str) -> Any:
    if argnum not in by_argnum:
        raise TypeError(
            f"{name_of(f)} has no {what} for its argument {argnum}: give def{what} one, or None if "
            f"it is zero"
        )
    return by_argnum[argnum]
