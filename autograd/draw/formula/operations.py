"""What an operation computes, and what its rules send back, as formulas.

The rules say so themselves: they run on Symbols instead of arrays. So a new entry of the derivative
table needs nothing here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from inspect import signature
from typing import Any, NamedTuple

import numpy as np

from autograd.called import called
from autograd.draw.formula.algebra import (
    product,
    real_part,
    repeated,
    replaced,
    reshaped,
    summed,
    total,
    without,
)
from autograd.draw.formula.axes import Shape
from autograd.draw.formula.expressions import Call, Formula, Literal, Name, Number, text
from autograd.draw.formula.notation import BY_NAME, COMES_TO, WRITTEN
from autograd.draw.formula.shapes import in_full, shape_of
from autograd.draw.formula.symbols import (
    RESHAPE,
    SAYS_NOTHING,
    G,
    NoFormulaError,
    Symbol,
    formula_of,
    option,
    short_name,
)
from autograd.draw.reading import Input, known_arguments, maker_of
from autograd.graph import Node, Part, Parts
from autograd.primitive import REQUIRED, TABLE, Operation, entry
from autograd.rules.special import relu, sigmoid, softplus

LONGEST = 80  # characters: a longer formula says less than the name of the operation
ANS = Name("ans")  # the output, where its own formula is too long


class Rule(NamedTuple):
    """What a rule sends back, as formulas."""

    message: Formula  # with g for the gradient that comes in
    local: Formula  # without g, if g is a factor of the message; else the message, in full
    is_factor: bool


class Like(NamedTuple):
    """An array or, with a `member`, outputs of which that one is used, as far as a rule asks."""

    shape: Any
    dtype: Any
    member: int | None = None


def forward(node: Node) -> Formula | None:
    """What made `node`, with the operation's own names for its arguments."""
    maker = maker_of(node)
    if maker.operation is None:
        return None
    likes = (Like(parent.shape, parent.dtype) for parent in maker.parents)
    tracked = tuple(zip(maker.plan.positions, likes))
    output = Like(maker.shape, maker.dtype)
    computed: Formula = _cached(_forward, maker.operation, tracked, _known(maker), output)
    return output_of(computed, node.index, maker.shape) if isinstance(node, Part) else computed


def operation_of(node: Node) -> str | None:
    """What the operation that made `node` is called, and which of its outputs that is: svd.U."""
    maker = maker_of(node)
    if maker.operation is None:
        return None
    name = called(maker.operation.name, known_arguments(maker).values()).removeprefix("np.")
    if not isinstance(node, Part):
        return name
    return f"{name}{_suffix(name, node.index)}"


def output_of(computed: Formula, i: int, shapes: Sequence[Shape]) -> Formula:
    """One output of an operation with several, whose shapes these are."""
    name = computed.function if isinstance(computed, Call) else ""
    suffix = _suffix(name, i)
    if suffix[0] == ".":
        return Call("field", (computed, Name(suffix)))
    return Call("index", (computed, Name(str(i))))


def _suffix(operation: str, i: int) -> str:
    """How a program says which output of an operation it means."""
    fields = FIELDS.get(operation.rpartition(".")[2])
    return f".{fields.split()[i]}" if fields else f"[{i}]"


FIELDS = {  # of what NumPy's functions return
    **{"svd": "U S Vh", "qr": "Q R", "slogdet": "sign logabsdet"},
    **dict.fromkeys(("eig", "eigh"), "eigenvalues eigenvectors"),
}


def rule_of(node: Node, argument: Input) -> Rule:
    """What the operation that made `node` sends back to one of its arguments."""
    maker, k = maker_of(node), argument.pull
    assert maker.operation is not None and k is not None
    position, to = maker.plan.positions[k], maker.parents[k].shape
    member = node.index if isinstance(node, Part) else None
    output = Like(maker.shape, maker.dtype, member)
    is_real = argument.source.dtype.kind == "f"
    rule: Rule = _cached(
        _rule, maker.operation, position, argument.member, _known(maker), output, to, is_real
    )
    return rule


def stands(operation: str | None, x: Any) -> bool:
    """Whether a number is to be seen where an operation takes it, though it may change nothing.

    1·w + b is not w + b, nor y − 0 just y, to who asks where the input went, or the target. The 0
    that Python's sum begins with is nobody's.
    """
    if operation in ("+", "add") or x is None:
        return False
    return x == 0 if operation in ("-", "subtract") else x in (1, -1, 0)


def _known(node: Node) -> tuple[tuple[int, Any], ...]:
    """The arguments that are known, by position; of arrays only what they are like."""
    return tuple((i, _like(value)) for i, value in known_arguments(node).items())


def _like(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return Like(value.shape, value.dtype)
    if isinstance(value, list) or (isinstance(value, tuple) and _has_arrays(value)):
        return tuple(map(_like, value))
    return value


def _has_arrays(values: Sequence[Any]) -> bool:
    return any(isinstance(value, (np.ndarray, Like)) for value in values)


def _cached(function: Any, *args: Any) -> Any:
    try:
        hash(args)
    except TypeError:  # an index may hold what has no hash, such as an array
        return function.__wrapped__(*args)
    return function(*args)


@lru_cache(maxsize=4096)
def _forward(
    operation: Operation, tracked: tuple[tuple[int, Like], ...], given: Any, output: Like
) -> Formula:
    known, likes = dict(given), dict(tracked)
    write = WRITTEN.get(operation.function) or BY_NAME.get(operation.name)
    values: list[Any] = []  # as for a call
    shown: list[Formula] = []
    for i, (name, default) in enumerate(zip(operation.arguments, operation.defaults)):
        value = known.get(i, default)
        if i in operation.lists and write and i in likes:
            value = [Symbol.of(f"{name}[{j}]", np.ones(n)) for j, n in enumerate(likes[i].shape)]
        elif i in likes or isinstance(value, Like) or (value is REQUIRED and i in operation.rules):
            like = likes.get(i, value if isinstance(value, Like) else output)
            value = Symbol.of(name, () if i in operation.lists else np.ones(like.shape, like.dtype))
            shown.append(value.formula)
        elif type(value) is tuple and i not in operation.lists and _has_arrays(value):
            value = tuple(_symbols(name, value))  # an index of several
        elif i in operation.rules and isinstance(value, (int, float, complex)):
            value = _as_it_stands(operation, value)
            shown.append(formula_of(value))
        elif i in known and value != default and name not in SAYS_NOTHING:
            shown.append(option("" if default is REQUIRED else name, value))
        elif i in operation.rules and any(j > i for j in (*likes, *known) if j in operation.rules):
            shown.append(Name(str(value)))  # the None of clip(x, None, 1)
        values.append(value)
    if operation.function in RESHAPE and "order='F'" not in map(str, shown):
        return reshaped(shown[0], likes[0].shape, output.shape, always=True)
    if operation.function is np.broadcast_to:
        return repeated(shown[0], output.shape)
    if write and not any(value is REQUIRED for value in values):
        try:
            found: Symbol | Formula = write(*values)
            if isinstance(found, Symbol):  # which knows its own shape
                return reshaped(found.formula, found.own, output.shape)
            return found
        except TypeError:  # it has no notation for these options
            pass
    return Call(short_name(operation.name), tuple(shown))


@lru_cache(maxsize=4096)
def _rule(
    operation: Operation,
    position: int,
    member: int | None,
    given: Any,
    output: Like,
    to: Any,
    is_real: bool = False,
) -> Rule:
    """The rule for an argument of the shape `to`; of a real one, the engine keeps the real part."""
    try:
        like = Like(to, output.dtype)
        computed = _cached(_forward, operation, ((position, like),), given, output)
        message, whole, dtype = _message(operation, position, member, given, output, to, computed)
        if len(text(message)) > LONGEST and output.member is None:
            message, whole, _ = _message(operation, position, member, given, output, to, ANS)
        if len(text(message)) > LONGEST:
            raise NoFormulaError("too long")
    except Exception:
        # Whatever a rule does that can't be written down, this is what it comes to.
        name = short_name(operation.name)
        if output.member is not None:
            name += _suffix(name, output.member)
        of = name if re.fullmatch(r"[\w.\[\]]+", name) else f"({name})"
        partial = Name(f"∂{of}/∂{operation.arguments[position]}")
        each = operation.kind == "elementwise"
        message = product(G, partial) if each else Call("@", (Call("ᵀ", (partial,)), G))
        whole = output.shape if each else to if member is None else to[member]
        dtype = output.dtype if output.member is None else output.dtype[output.member]
    if is_real and np.dtype(dtype).kind == "c":
        message = real_part(message)
    is_factor = without(G, message) is not None
    to = to if member is None else to[member]
    # What broadcasting had repeated, the engine sums.
    message = summed(message, whole, to)
    local = without(G, message)
    shapes = _shapes(operation, given, output)
    if local is None or shape_of(local, shapes) != ():
        full = in_full(message, to, shapes)
        local = without(G, full) or full
    return Rule(message, local, is_factor)


def _shapes(operation: Operation, given: Any, output: Like) -> dict[str, Shape]:
    """The shapes of the names in a rule's formulas, as far as they are known."""
    own: Shape = output.shape if output.member is None else output.shape[output.member]
    shapes = {"g": own, "ans": own}
    for i, value in given:
        items = {"": value} if isinstance(value, Like) else {}
        if isinstance(value, tuple):
            items = {f"[{j}]": item for j, item in enumerate(value)}
        names = {operation.arguments[i] + place: item for place, item in items.items()}
        shapes |= {name: item.shape for name, item in names.items() if isinstance(item, Like)}
    return shapes


def _message(
    operation: Operation,
    position: int,
    member: int | None,
    given: Any,
    output: Like,
    to: Any,
    computed: Formula,
) -> tuple[Formula, Shape, Any]:
    """What a rule sends back, and the shape and dtype of that; the output is `computed`."""
    rule, asks = operation.rules[position]
    known = dict(given)
    ans, g = _outputs(output, computed)
    arguments = {
        name: _as_it_stands(operation, _symbols(name, known[i], i in operation.lists))
        for i, name in enumerate(operation.arguments)
        if i in known
    }
    arguments |= {"to": to, "ans": ans}
    try:
        message = rule(g, *map(arguments.get, asks))
    except Exception:
        if (comes_to := COMES_TO.get((operation.function, operation.arguments[position]))) is None:
            raise
        message = comes_to(g, *map(arguments.get, list(signature(comes_to).parameters)[1:]))
    if member is not None:
        message, to = message[member], to[member]
    if not isinstance(message, Symbol):
        return formula_of(message), (), np.asarray(message).dtype
    if math.prod(message.own) == math.prod(to):
        return reshaped(message.formula, message.own, to), message.shape, message.dtype
    return message.formula, message.shape, message.dtype


SIGNS = {"multiply": "*", "times": "*", "divide": "/", "over": "/", "subtract": "-"}


def _as_it_stands(operation: Operation, value: Any) -> Any:
    """A number that is to be seen as a Symbol of itself, of which nothing is made."""
    if not isinstance(value, (int, float, complex)) or isinstance(value, bool):
        return value
    sign = SIGNS.get(operation.name.rpartition(".")[2])
    return Symbol(Literal(value), value) if sign and stands(sign, value) else value


def _symbols(name: str, value: Any, is_list: bool = False) -> Any:
    """What a rule gets for an argument: a Symbol for an array, anything else as it is."""
    if isinstance(value, Like):
        return Symbol.of(name, np.ones(value.shape, value.dtype))
    if type(value) is tuple and _has_arrays(value):
        items = [_symbols(f"{name}[{i}]", item) for i, item in enumerate(value)]
        return items if is_list else tuple(items)
    return value


def _outputs(output: Like, computed: Formula) -> tuple[Any, Any]:
    """The output of an operation, and its gradient; lists of them if there are several."""
    if output.member is None:
        sample = np.ones(output.shape, output.dtype)
        return Symbol(computed, sample), Symbol(G, sample)
    samples = [np.ones(*like) for like in zip(output.shape, output.dtype)]
    ans = [Symbol(output_of(computed, i, output.shape), sample) for i, sample in enumerate(samples)]
    return ans, Parts(len(samples), output.member, Symbol(G, samples[output.member]))


# Values. Their operations are those of the table, on arrays without axes.

OPERATIONS: dict[str, Callable[..., Any]] = {
    **{"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power},
    **{"neg": np.negative, "abs": np.abs, "exp": np.exp, "log": np.log, "sqrt": np.sqrt},
    **{"sin": np.sin, "cos": np.cos, "tanh": np.tanh},
    **{"sigmoid": sigmoid, "ReLU": relu, "softplus": softplus},
}


@lru_cache(maxsize=1)
def _elementwise() -> dict[str, Operation]:
    """The operations on Values, and what else `zoom` may make of each element, by their names."""
    others = {
        operation.name.rpartition(".")[2]: operation
        for operation in TABLE.values()
        if operation.kind == "elementwise" and len(operation.rules) == len(operation.arguments)
    }
    return others | {name: entry(function) for name, function in OPERATIONS.items()}


@lru_cache(maxsize=4096)
def of_value(op: str, arguments: tuple[str, ...]) -> tuple[Formula | None, list[Formula | None]]:
    """What an operation on Values computes, and the local derivative by each of its arguments."""
    number = re.fullmatch(r"\*\*(-?[\d.e+-]+|-?inf|nan)", op)  # the y of x ** y
    operation = entry(np.power) if number else _elementwise().get(op)
    if operation is None or len(operation.arguments) != len(arguments) + bool(number):
        return None, [None] * len(arguments)  # such as np.where, whose condition is no Value
    like = Like((), np.dtype(float))
    given: list[tuple[int, Any]] = [(i, like) for i in range(len(arguments))]
    given += [(1, float(number[1]))] if number else []
    tracked = tuple(range(len(arguments)))
    rules = [_rule(operation, i, None, tuple(given), like, ()) for i in tracked]
    likes = tuple((i, like) for i in tracked)
    names = dict(zip(operation.arguments, map(Name, arguments)))  # np.arctan2 has y and x
    computed = replaced(_forward(operation, likes, tuple(given), like), names)
    return computed, [replaced(rule.local, names) for rule in rules]


@lru_cache(maxsize=1024)
def of_weighted_sum(op: str, width: int) -> tuple[Formula | None, list[Formula | None]]:
    """The same for a neuron, f(w · x + b): with s for the sum."""
    whole = total(Call("·", (Name("w"), Name("x"))), Name("b"))
    activation = op.removesuffix("(weighted sum)")
    computed, (slope,) = of_value(activation, ("x",))
    if op == "weighted sum":
        computed, slope = Name("x"), Number(1)
    if computed is None or slope is None:
        return None, [None] * (2 * width + 1)
    slope = replaced(slope, {"x": Name("s")})
    w, x = ([Name(f"{name}{i + 1}") for i in range(width)] for name in "wx")
    slopes: list[Formula | None] = [product(slope, each) for each in (*x, *w, Number(1))]
    return replaced(computed, {"x": whole}), slopes
