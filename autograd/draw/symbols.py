"""Symbols: stand-ins for arrays that write down what is done to them.

A Symbol speaks NumPy's protocols, as a Tensor does, so the rules of the derivative table run on it
unchanged, and each gives its own formula. It has the shape and dtype of the array that it stands
for, which some rules ask for, but no numbers: a rule that asks for those raises `NoFormulaError`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from autograd.draw.expressions import (
    Call,
    Formula,
    Name,
    Number,
    negative,
    number,
    power,
    product,
    total,
    without,
)
from autograd.primitive import RECORDERS, REQUIRED, TABLE, entry, public_name
from autograd.rules.elementwise import over, raised, times
from autograd.rules.indexing import index, scatter_add
from autograd.rules.products import affine
from autograd.rules.shaping import cast

G = Name("g")  # the gradient that comes in


class NoFormulaError(TypeError):
    """What was done to a Symbol can't be written down."""


class Symbol(NDArrayOperatorsMixin):
    """A stand-in for an array.

    >>> x = Symbol.of("x", np.ones(3))
    >>> print((1 - np.tanh(x) ** 2).formula)
    1 − tanh(x)²
    """

    def __init__(self, formula: Formula, sample: Any) -> None:
        self.formula = formula
        self.sample = np.asarray(sample)  # any array of the same shape and dtype

    @classmethod
    def of(cls, name: str, sample: Any) -> Symbol:
        """The Symbol of a variable."""
        return cls(Name(name), sample)

    shape = property(lambda self: self.sample.shape)
    dtype = property(lambda self: self.sample.dtype)
    ndim = property(lambda self: self.sample.ndim)
    size = property(lambda self: self.sample.size)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Any:
        return apply(ufunc if method == "__call__" else getattr(ufunc, method), args, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return apply(function, args, kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise NoFormulaError("a Symbol has no numbers")

    def __bool__(self) -> bool:
        raise NoFormulaError("a Symbol is neither true nor false")

    def __len__(self) -> int:
        return len(self.sample)

    def __getitem__(self, key: Any) -> Symbol:
        found = self.sample[key]
        return Symbol(self.formula if found.size == self.size else _index(self, key), found)

    def astype(self, dtype: Any) -> Symbol:
        """The same formula, with another dtype."""
        return Symbol(self.formula, self.sample.astype(dtype))

    @property
    def T(self) -> Symbol:
        """The axes in reverse order."""
        transposed: Symbol = apply(np.transpose, (self,))
        return transposed


def apply(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any] | None = None
) -> Symbol:
    """`function` of arguments with Symbols among them, written down."""
    kwargs = kwargs or {}
    with np.errstate(all="ignore"):
        sample = function(*map(_sample, args), **{name: _sample(v) for name, v in kwargs.items()})
    if not isinstance(sample, (np.ndarray, np.generic)):
        raise NoFormulaError(f"{public_name(function)} returns no array")
    return Symbol(written(function, args, kwargs), sample)


RECORDERS[Symbol] = apply


def written(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Formula:
    """The formula of a call, whose arguments are Symbols or plain."""
    write = WRITTEN.get(function)
    if write is not None:
        return write(*args, **kwargs)
    name = public_name(function).rpartition(".")[2]
    operation = TABLE.get(function)
    options, shown = dict(kwargs), []
    for i, arg in enumerate(args):
        if operation is None or i in operation.rules or isinstance(arg, Symbol):
            shown.append(formula_of(arg))
        elif operation.defaults[i] is REQUIRED:
            shown.append(Name(_plain(arg)))
        elif arg != operation.defaults[i]:
            options[operation.arguments[i]] = arg
    said = [
        Name(f"{name}={_plain(value)}")
        for name, value in options.items()
        if name not in SHAPE and value is not None
    ]
    return Call(NAMES.get(name, name), (*shown, *said))


def _plain(value: Any) -> str:
    return repr(value.item() if isinstance(value, np.generic) else value)


def formula_of(x: Any) -> Formula:
    """The formula of a Symbol, a number, or an option such as an axis."""
    if isinstance(x, Symbol):
        return x.formula
    if isinstance(x, (bool, np.bool_, str, tuple, type(None))):
        return Name(str(x))
    if isinstance(x, (np.ndarray, np.generic)):
        if x.size != 1:
            raise NoFormulaError(f"an array of shape {x.shape} in a formula")
        x = x.item()
    if isinstance(x, (int, float, complex)):
        return number(x)
    raise NoFormulaError(f"{type(x).__name__} in a formula")


def _sample(x: Any) -> Any:
    return x.sample if isinstance(x, Symbol) else x


# What to write for functions that have a notation of their own. In every formula the shapes are
# those that broadcasting gives, so what only changes a shape is not written at all; and no number
# is nan, so what a rule says of that is not written either.


def same(x: Any, *_: Any, **__: Any) -> Formula:
    """What only changes the shape or the dtype of x."""
    return formula_of(x)


def _product(x: Any, y: Any) -> Formula:
    shape = np.broadcast_shapes(np.shape(_sample(x)), np.shape(_sample(y)))
    if shape not in (np.shape(_sample(x)), np.shape(_sample(y))):
        return Call("⊗", (formula_of(x), formula_of(y)))
    return product(formula_of(x), formula_of(y))


def _quotient(x: Any, y: Any) -> Formula:
    return product(formula_of(x), power(formula_of(y), -1))


def _power(x: Any, y: Any) -> Formula:
    exponent = formula_of(y)
    if isinstance(exponent, Number) and exponent.value == int(exponent.value):
        return power(formula_of(x), int(exponent.value))
    return Call("^", (formula_of(x), exponent))


def _matmul(x: Any, y: Any) -> Formula:
    if isinstance(x, np.ndarray) and x.ndim == 1 and (x == 1).all():
        return Call("sum", (formula_of(y), Name("axis=0")))
    if np.size(_sample(x)) == 1 or np.size(_sample(y)) == 1:
        return product(formula_of(x), formula_of(y))
    return Call("@", (formula_of(x), formula_of(y)))


def _affine(x: Any, weight: Any, bias: Any) -> Formula:
    return total(Call("@", (formula_of(x), _transpose(weight))), formula_of(bias))


def _transpose(x: Any, *axes: Any) -> Formula:
    """A transposed matrix, or a stack of them; of other axes, as a function."""
    sample, inner = _sample(x), formula_of(x)
    if sample.ndim == 1 or sample.size == 1:
        return inner
    last = {sample.ndim - 1, sample.ndim - 2}
    if sample.ndim > 2 and {axis % sample.ndim for axis in axes if axis is not None} != last:
        return Call("transpose", (inner,))
    if isinstance(inner, Call) and inner.function == "ᵀ":
        return inner.arguments[0]  # twice is not at all
    return Call("ᵀ", (inner,))


def _moveaxis(x: Any, source: Any, destination: Any) -> Formula:
    if source == destination:
        return formula_of(x)
    return Call("moveaxis", (formula_of(x), *map(formula_of, (source, destination))))


def _where(condition: Any, x: Any, y: Any) -> Formula:
    c, a, b = formula_of(condition), formula_of(x), formula_of(y)
    if c in (TRUE, FALSE):
        return a if c == TRUE else b
    if b == Number(0):
        return product(_bracket(c), a)
    if a == Number(0):
        return product(_bracket(_negated(c)), b)
    if c == Call("=", (b, Number(0))) and a == Number(np.inf):
        return b  # what is divided by it is 0 at its zeros, by convention
    chosen, other = without(G, a), without(G, b)
    if chosen is None or other is None:
        return Call("where", (c, a, b))
    return product(G, Call("where", (c, chosen, other)))


def _negated(condition: Formula) -> Formula:
    if isinstance(condition, Call) and condition.function in OPPOSITES:
        return Call(OPPOSITES[condition.function], condition.arguments)
    return Call("¬", (condition,))


def _not(condition: Any) -> Formula:
    return _negated(formula_of(condition))


def _bracket(condition: Formula) -> Formula:
    """Iverson's bracket: 1 where the condition holds, else 0."""
    if condition in (TRUE, FALSE):
        return Number(int(condition == TRUE))
    return Call("[]", (condition,))


def _sign(x: Any) -> Formula:
    inner = formula_of(x)
    if isinstance(inner, Call) and inner.function == "relu":
        return _bracket(Call(">", (*inner.arguments, Number(0))))
    return Call("sign", (inner,))


def _conj(x: Any) -> Formula:
    return Call("conj", (formula_of(x),)) if _sample(x).dtype.kind == "c" else formula_of(x)


def _real(x: Any) -> Formula:
    return Call("real", (formula_of(x),)) if _sample(x).dtype.kind == "c" else formula_of(x)


def _index(x: Any, key: Any) -> Formula:
    return Call("index", (formula_of(x), Name(key_text(key))))


def _scattered(x: Any, key: Any, shape: Any = None) -> Formula:
    return Call("scatter", (formula_of(x), Name(f"[{key_text(key)}]")))


def key_text(key: Any) -> str:
    """An index as it is written between the brackets.

    >>> key_text((0, slice(1, None), Ellipsis))
    '0, 1:, …'
    """
    if isinstance(key, tuple):
        return ", ".join(map(key_text, key))
    if isinstance(key, slice):
        ends = [key.start, key.stop] + ([] if key.step is None else [key.step])
        return ":".join("" if end is None else str(end) for end in ends)
    short = key is None or isinstance(key, (int, np.integer))
    return str(key) if short else "…"


def _operator(sign: str) -> Callable[..., Formula]:
    return lambda x, y: Call(sign, (formula_of(x), formula_of(y)))


def _different(x: Any, y: Any) -> Formula:
    return FALSE if formula_of(x) == formula_of(y) else Call("≠", (formula_of(x), formula_of(y)))


def _and(x: Any, y: Any) -> Formula:
    return _joined("∧", formula_of(x), formula_of(y), TRUE, FALSE)


def _or(x: Any, y: Any) -> Formula:
    return _joined("∨", formula_of(x), formula_of(y), FALSE, TRUE)


def _joined(sign: str, x: Formula, y: Formula, neutral: Formula, decisive: Formula) -> Formula:
    if decisive in (x, y):
        return decisive
    return y if x == neutral else x if y == neutral else Call(sign, (x, y))


SHAPE = ("keepdims", "dtype", "out", "shape")  # options that say nothing else
TRUE, FALSE = Name("True"), Name("False")
OPPOSITES = {"<": "≥", ">": "≤", "≤": ">", "≥": "<", "=": "≠", "≠": "="}
NAMES = {"sqrt": "√", "maximum": "max", "minimum": "min", "absolute": "abs", "log_or_zero": "log"}
WRITTEN: dict[Any, Callable[..., Formula]] = {
    np.add: lambda x, y: total(formula_of(x), formula_of(y)),
    np.subtract: lambda x, y: total(formula_of(x), negative(formula_of(y))),
    np.negative: lambda x: negative(formula_of(x)),
    np.multiply: _product,
    np.divide: _quotient,
    np.reciprocal: lambda x: power(formula_of(x), -1),
    np.square: lambda x: power(formula_of(x), 2),
    np.power: _power,
    np.float_power: _power,
    np.matmul: _matmul,
    np.where: _where,
    np.sign: _sign,
    np.conj: _conj,
    np.real: _real,
    np.transpose: _transpose,
    np.swapaxes: _transpose,
    np.moveaxis: _moveaxis,
    np.zeros_like: lambda x, *_, **__: Number(0),
    np.ones_like: lambda x, *_, **__: Number(1),
    np.bitwise_and: _and,
    np.logical_and: _and,
    np.bitwise_or: _or,
    np.logical_or: _or,
    np.isnan: lambda x: FALSE,
    np.invert: _not,
    np.logical_not: _not,
    np.equal: _operator("="),
    np.not_equal: _different,
    np.less: _operator("<"),
    np.less_equal: _operator("≤"),
    np.greater: _operator(">"),
    np.greater_equal: _operator("≥"),
    **dict.fromkeys(
        (np.positive, np.expand_dims, np.broadcast_to, np.reshape, np.ravel, np.squeeze, np.copy),
        same,
    ),
    entry(times).function: _product,
    entry(over).function: _quotient,
    entry(raised).function: _power,
    entry(cast).function: same,
    entry(index).function: _index,
    entry(scatter_add).function: _scattered,
    entry(affine).function: _affine,
}
