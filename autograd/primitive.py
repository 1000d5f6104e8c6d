"""How an operation and its derivative are declared.

    derivative(np.multiply, "x y", elementwise, x=lambda g, y: g * y, y=lambda g, x: g * x)

declares that NumPy's `multiply` takes the arguments `x` and `y`, that it works element by element,
and how the gradient `g` of its output becomes the gradient of each argument. A rule asks for what
it needs by name: `ans` is the output, `to` the shape of the argument that the rule is for, and any
other name is an argument of the operation. A recorded node keeps what its rules ask for, no more.

A rule is written in plain `np.` calls and operators, and is pure: it may return `g`, what it asked
for, views of them or new arrays, and changes none of them. So it runs on raw arrays in a
first-order backward pass, and on Tensors, unchanged, when that pass is itself differentiated.

What NumPy lacks as a function is declared the same way, after `@primitive`. Most of NumPy needs no
rule: `@composed(np.trace)` says how np.trace is made of functions that have one.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np

from autograd.called import called

Array: TypeAlias = Any  # whatever speaks NumPy's protocols: an ndarray, a Tensor, a Dask array
NDArray: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Shape: TypeAlias = tuple[int, ...]
Axis: TypeAlias = int | tuple[int, ...] | None
Kind: TypeAlias = Literal["elementwise", "linear"] | None
Rule: TypeAlias = Callable[..., Any]
Pull: TypeAlias = Callable[[Array, Sequence[Any], Any], Any]  # (g, kept, to) -> gradient
F = TypeVar("F", bound=Callable[..., Any])

elementwise: Literal["elementwise"] = "elementwise"  # each output element needs one of x, one of y
linear: Literal["linear"] = "linear"  # linear in each argument that has a rule, the others fixed

TABLE: dict[Callable[..., Any], Operation] = {}  # the derivative table: function -> its entry
COMPOSED: dict[Callable[..., Any], Callable[..., Any]] = {}  # function -> the same, of others
CONSTANTS: dict[Callable[..., Any], str] = {}  # run on plain arrays: nothing to record -> why
REFUSED: dict[Callable[..., Any], str] = {}  # can't run on a Tensor without losing its graph -> why
RECORDERS: dict[type, Callable[..., Any]] = {}  # Tensor -> what records a call that has one
EXTENSIONS: dict[str, str] = {}  # library -> the module of its entries, imported when first met

REQUIRED: Any = type("Required", (), {"__repr__": lambda self: "required"})()
ANS = -1  # in Plan.sources: the operation's own output
SAVED = -2  # what it returned beside it


class Plan(NamedTuple):
    """What a node records when a given set of its operation's arguments is tracked."""

    pulls: tuple[Pull, ...]  # one for each tracked argument, in order
    keep: tuple[int, ...] = ()  # which of (*arguments, output, *saved) the rules ask for
    pick: Callable[[Sequence[Any]], tuple[Any, ...]] = lambda items: ()  # picks those out
    # For each kept: its index among the tracked, ANS, SAVED, or None.
    sources: tuple[int | None, ...] = ()
    positions: tuple[int, ...] = ()  # of the tracked arguments
    # (g, kept, total): adds the gradient to the one so far, in place. For x[key], which would make
    # an array of the size of x for each element that is read of it.
    into: Pull | None = None
    stacked: tuple[Pull | None, ...] = ()  # as `pulls`, for gradients that are stacked


class Argument(NamedTuple):
    """One argument of an operation, as its signature declares it."""

    names: tuple[str, ...]  # the name that rules use, then other keywords for it
    default: Any = REQUIRED
    is_list: bool = False  # a list or tuple of arrays, as concatenate takes
    by_keyword: bool = False


class Operation:
    """One entry of the table: a function, its arguments, its kind and a rule for each argument."""

    reverse_only = (
        False  # whether its rules can't be transposed: they are not made of Tensors' work
    )

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Argument],
        kind: Kind = None,
        saved: Sequence[str] = (),
    ) -> None:
        self.function = function
        self.kind = kind
        self.saved = saved  # what the function returns beside its output, only for the rules
        self.name = public_name(function)
        self.arguments = [argument.names[0] for argument in arguments]
        self.defaults = [argument.default for argument in arguments]
        self.position = {name: i for i, a in enumerate(arguments) for name in a.names}
        self.lists = frozenset(i for i, a in enumerate(arguments) if a.is_list)
        self.rules: dict[int, tuple[Rule, tuple[str, ...]]] = {}  # position -> rule, what it asks
        self.into: Rule | None = None  # for the one rule there is: see `in_place`
        self.stacked: dict[int, Rule] = {}  # position -> a second rule: see `stacked`
        self.plans: dict[int, Plan] = {}  # bit mask of the tracked positions -> plan
        keywords = [a.names[0] for a in arguments if a.by_keyword]
        self.positional = len(arguments) - len(keywords)
        self.complete = -1 if keywords else len(arguments)  # so many by position are all of them
        self.run = _by_keyword(function, keywords, len(arguments)) if keywords else function
        if saved:
            self.run = lambda *values: function(*values)[0]

    def __repr__(self) -> str:
        return f"<operation {self.name}({', '.join(self.arguments)})>"

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Sequence[Any]:
        """All arguments by position, from a call's `args` and `kwargs`.

        Raises TypeError for a missing, repeated, surplus or unsupported argument, by name.
        """
        if len(args) == self.complete and not kwargs:
            return args
        if len(args) > self.positional:
            raise TypeError(
                f"{self.name} got {len(args)} positional arguments; its derivative supports "
                f"{self.positional} of these: {self._supported()}"
            )
        values = [*args, *self.defaults[len(args) :]]
        given = set(range(len(args)))
        for name, value in kwargs.items():
            i = self.position.get(name)
            if i is None:
                if not self.surplus({name: value}):
                    continue
                raise TypeError(
                    f"{self.name} got {name}=…, which its derivative does not support; "
                    f"supported: {self._supported()}"
                )
            if i in given:
                raise TypeError(
                    f"{self.name} got two values for the argument {self.arguments[i]!r}"
                )
            given.add(i)
            values[i] = value
        missing = [n for n, v in zip(self.arguments, values, strict=True) if v is REQUIRED]
        if missing:
            raise TypeError(f"{self.name} lacks {', '.join(missing)}; it takes {self._supported()}")
        return values

    def surplus(self, kwargs: Mapping[str, Any]) -> set[str]:
        """The names in `kwargs` that are no arguments, if they are more than a default spelled out.

        out=None and where=True are defaults.
        """
        return {
            name
            for name, value in kwargs.items()
            if name not in self.position
            and not (value is None or (name == "where" and value is True))
        }

    def is_other(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
        """Whether a call has arguments that this entry lacks, or lacks some that this entry needs.

        It is left to a composition, if there is one.
        """
        required = self.defaults.count(REQUIRED)
        return len(args) + len(kwargs) < required or bool(self.surplus(kwargs))

    def _supported(self) -> str:
        return ", ".join(
            name if default is REQUIRED else f"{name}={default!r}"
            for name, default in zip(self.arguments, self.defaults, strict=True)
        )

    def add_rule(self, argument: str, rule: Rule) -> None:
        """Set the rule for `argument`. Raises TypeError if it asks for what there is not."""
        if argument not in self.position:
            raise TypeError(f"{self.name} has no argument {argument!r}, only {self._supported()}")
        g, *asks = _parameters(rule)
        known = ("ans", "to", *self.arguments, *self.saved)
        if g != "g" or not set(asks) <= {*known, *self.position}:
            raise TypeError(
                f"the rule for {argument!r} of {self.name} takes ({', '.join([g, *asks])}); it may "
                f"ask for g (which comes first), {', '.join(known)}"
            )
        self.rules[self.position[argument]] = rule, tuple(asks)
        self.plans.clear()

    @property
    def is_flat(self) -> bool:
        """Whether no gradient flows through it, so that none is lost with its graph."""
        return bool(self.rules) and all(rule is flat for rule, _ in self.rules.values())

    def plan(self, mask: int) -> Plan:
        """The plan for the tracked positions in `mask`; made once, then looked up in `plans`."""
        tracked = [i for i in range(len(self.arguments)) if mask >> i & 1]
        for i in tracked:
            if i not in self.rules:
                raise TypeError(
                    f"{called(self.name)} has no derivative with respect to {self.arguments[i]!r}; "
                    f"pass its .data if it is meant as a constant"
                )
        slots = self.position | {
            name: i for i, name in enumerate(("ans", *self.saved), len(self.arguments))
        }
        asked = {name for i in tracked for name in self.rules[i][1] if name != "to"}
        keep = sorted({slots[name] for name in asked})

        def pull(rule: Rule, asks: Sequence[str]) -> Pull:
            return _pull(rule, [None if n == "to" else keep.index(slots[n]) for n in asks])

        pulls = [pull(*self.rules[i]) for i in tracked]
        into = pull(self.into, _parameters(self.into)[1:]) if self.into and tracked else None
        stacks = [(self.stacked.get(i), first) for i, first in zip(tracked, pulls, strict=True)]
        stacked = [
            pull(second, _parameters(second)[1:])
            if second
            else first
            if self.kind == "elementwise"
            else None
            for second, first in stacks
        ]
        source = {k: SAVED for k in keep if k > slots["ans"]} | {slots["ans"]: ANS}
        source |= {k: i for i, k in enumerate(tracked)}
        self.plans[mask] = Plan(
            tuple(pulls),
            tuple(keep),
            _picker(keep),
            tuple(map(source.get, keep)),
            tuple(tracked),
            into,
            tuple(stacked),
        )
        return self.plans[mask]


def derivative(
    function: Callable[..., Any],
    signature: str | None = None,
    kind: Kind = None,
    /,
    **rules: Rule,
) -> None:
    """Enter `function` in the derivative table, with a rule for each differentiable argument.

    `signature` names the arguments (`"x axis=None * keepdims=False"`; `[xs]` is a list of arrays);
    it may be left out for a Python function, whose own is read. `kind` is `elementwise`, `linear`
    or None: it gives forward mode. Of a function with several outputs, in a tuple or a list, a
    rule gets lists of as many: `g` of their gradients, zeros for an output that nothing used, and
    `ans`. One that returns (output, slope), where only the rules need the slope, has a signature
    that ends in `-> slope`; a rule gets None for it when it is itself differentiated, and then
    computes it from the arguments.

    Raises TypeError if a rule is for, or asks for, something that is not an argument, and for a
    Python function that is not a `@primitive`, which nothing could record.

    >>> import numpy as np, autograd
    >>> @autograd.primitive
    ... def cube(x):
    ...     return x * x * x
    >>> autograd.derivative(cube, x=lambda g, x: g * 3 * x**2)
    >>> autograd.grad(cube)(2.0)
    array(12.)
    >>> @autograd.primitive
    ... def polar(z):
    ...     return np.hypot(z[0], z[1]), np.arctan2(z[1], z[0])
    >>> def polar_to(g, ans, z):
    ...     (to_r, to_angle), (r, _) = g, ans
    ...     return to_r * z / r + to_angle * np.stack([-z[1], z[0]]) / r**2
    >>> autograd.derivative(polar, z=polar_to)
    >>> autograd.grad(lambda z: polar(z)[0])(np.array([3.0, 4.0]))
    array([0.6, 0.8])
    """
    if inspect.isfunction(function) and not hasattr(function, "__primitive__"):
        raise TypeError(f"{function.__name__} is not recorded: write @primitive above its def")
    if kind not in ("elementwise", "linear", None):
        raise TypeError(f"the kind of an operation is elementwise, linear or None, not {kind!r}")
    function = getattr(function, "__primitive__", function)
    signature, _, saved = (signature or "").partition("->")
    arguments = _parse(signature) if signature.strip() else _read(function)
    operation = Operation(function, arguments, kind, saved.split())
    for argument, rule in rules.items():
        operation.add_rule(argument, rule)
    # Another declaration of the same function replaces the first wherever that is held.
    vars(TABLE.setdefault(function, operation)).update(vars(operation))


def in_place(function: Callable[..., Any], rule: Rule) -> None:
    """Give an operation that has one rule a second one, which adds the gradient up in place.

    Its `to` is not the shape but the gradient so far, an array to add to; it asks for nothing else
    than the rule does, whose result must be in memory of its own.
    """
    entry(function).into = rule


def stacked(function: Callable[..., Any], **rules: Rule) -> None:
    """Give arguments a second rule, for many gradients at once, stacked along an axis in front.

    It asks for nothing else than the first does. The engine sums over what broadcasting repeated,
    and calls the first rule for each gradient where there is no second. The rules of what works
    element by element serve for stacks as they are.
    """
    operation = entry(function)
    operation.stacked |= {operation.position[name]: rule for name, rule in rules.items()}


def flat(g: Array) -> Array:
    """The rule of a function that is constant between its jumps, such as np.floor: no gradient."""
    return np.zeros_like(g)


def entry(function: Any) -> Operation:
    """The entry of `function` in the table. Raises KeyError if it has none."""
    return TABLE[getattr(function, "__primitive__", function)]


def composed(*functions: Callable[..., Any]) -> Callable[[F], F]:
    """Say how `functions` are composed: the decorated function runs where a Tensor is involved.

    It is written with functions that have an entry, and takes the arguments of NumPy's that it
    supports, by the same names; any other is refused by name. For a function that has an entry
    itself, it runs where a keyword is given that the entry lacks.

    >>> import numpy as np, autograd
    >>> cube = autograd.primitive(lambda x: np.asarray(x) ** 3)
    >>> @composed(cube.__primitive__)
    ... def cube_of_tensors(x):
    ...     return x * x * x
    >>> autograd.grad(cube)(2.0)
    array(12.)
    """

    def register(implementation: F) -> F:
        for function in functions:
            COMPOSED[function] = implementation
        return implementation

    return register


def constant(reason: str, *functions: Callable[..., Any]) -> None:
    """Say that `functions` have no derivative to record, and why; they run on plain arrays."""
    for function in functions:
        CONSTANTS[getattr(function, "__primitive__", function)] = reason


def refused(reason: str, *functions: Callable[..., Any]) -> None:
    """Say that `functions` can't run on Tensors without losing the graph, and why."""
    for function in functions:
        REFUSED[function] = reason


def primitive(function: F) -> F:
    """Make a Python function an operation: it runs on plain arrays and is recorded as one node.

    Declare its rules with `derivative`; without them, a tracked argument raises TypeError.

    >>> import numpy as np, autograd
    >>> @autograd.primitive
    ... def double(x):
    ...     return 2 * x
    >>> double(np.ones(2))
    array([2., 2.])
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        inside = bool(kwargs)  # whether more is to be looked at than the arguments themselves
        for arg in args:
            kind = type(arg)
            if kind in RECORDERS:
                return RECORDERS[kind](function, args, kwargs)
            inside = inside or kind is list or kind is tuple
        if inside:
            for arg in (*args, *kwargs.values()):
                for item in arg if type(arg) in (list, tuple) else (arg,):
                    if type(item) in RECORDERS:
                        return RECORDERS[type(item)](function, args, kwargs)
        ans = function(*args, **kwargs)
        operation = TABLE.get(function)
        return ans[0] if operation is not None and operation.saved else ans

    call.__primitive__ = function  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]


def _picker(keep: list[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """The function that returns the tuple of the items at `keep`."""
    if len(keep) > 1:
        return itemgetter(*keep)
    if not keep:
        return lambda items: ()
    (i,) = keep
    return lambda items: (items[i],)


def _pull(rule: Rule, at: list[int | None]) -> Pull:
    """`rule` as a function of (g, kept, to): kept[i] for each i of `at`, `to` for None."""
    # A closure for each small case: 3x faster than building the argument list at every call.
    if at == []:
        return lambda g, kept, to: rule(g)
    if at == [None]:
        return lambda g, kept, to: rule(g, to)
    if None in at or len(at) > 2:
        return lambda g, kept, to: rule(g, *[to if i is None else kept[i] for i in at])
    i, j = at[0], at[-1]
    assert i is not None and j is not None
    if len(at) == 1:
        return lambda g, kept, to: rule(g, kept[i])
    return lambda g, kept, to: rule(g, kept[i], kept[j])


def _parse(signature: str) -> list[Argument]:
    """The arguments that a signature such as "[xs] axis|dim=0 * keepdims=False" declares."""
    arguments = []
    by_keyword = False
    for word in signature.split():
        if word == "*":
            by_keyword = True
            continue
        names, _, default = word.partition("=")
        arguments.append(
            Argument(
                names=tuple(names.strip("[]").split("|")),
                default=_literal(default) if default else REQUIRED,
                is_list=names.startswith("["),
                by_keyword=by_keyword,
            )
        )
    return arguments


_literal = functools.cache(ast.literal_eval)  # most are None, 0 or False: 3% of the import


def _read(function: Callable[..., Any]) -> list[Argument]:
    """The arguments of a Python function, from its own signature."""
    arguments = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TypeError(
                f"{function.__name__} takes *{parameter.name}; an operation has a fixed list of "
                f"arguments: name each one, or take one list"
            )
        default = REQUIRED if parameter.default is parameter.empty else parameter.default
        by_keyword = parameter.kind is parameter.KEYWORD_ONLY
        arguments.append(Argument((parameter.name,), default, by_keyword=by_keyword))
    return arguments


def _by_keyword(function: Callable[..., Any], names: list[str], count: int) -> Callable[..., Any]:
    """`function` called by position, passing the last of its `count` arguments by their `names`."""
    start = count - len(names)
    return lambda *values: function(
        *values[:start], **dict(zip(names, values[start:], strict=True))
    )


def _parameters(rule: Rule) -> list[str]:
    """The names that `rule` takes, in order."""
    code = getattr(rule, "__code__", None)  # 20x faster than inspect.signature, at import
    if code is None:
        return list(inspect.signature(rule).parameters)
    return list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])


def public_name(function: Callable[..., Any]) -> str:
    """np.linalg.inv or scipy.special.erf; the plain name for what is not of these libraries."""
    module = getattr(function, "__module__", None) or ""
    name = str(getattr(function, "__name__", function))
    if getattr(np.emath, name, None) is function:
        return f"np.emath.{name}"  # NumPy 2.0 has "numpy" as its module
    if isinstance(of := getattr(function, "__self__", None), np.ufunc):
        return f"{public_name(of)}.{name}"  # np.add.reduce
    if module == "numpy" or module.startswith("numpy."):
        return f"np{module.removeprefix('numpy')}.{name}" if "._" not in module else f"np.{name}"
    if module.startswith("scipy."):
        return f"{module.partition('._')[0]}.{name}"
    if isinstance(function, np.ufunc):  # which does not know its module
        for module in ("scipy.special", "scipy.special._ufuncs"):
            if getattr(sys.modules.get(module), name, None) is function:
                return f"scipy.special.{name}"
        return f"np.{name}" if getattr(np, name, None) is function else f"np.ndarray.{name}"
    return name
