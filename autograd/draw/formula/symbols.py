"""Symbols: stand-ins for arrays that write down what is done to them.

A Symbol speaks NumPy's protocols, as a Tensor does, so the rules of the derivative table run on it
unchanged, and each gives its own formula. It has the shape and dtype of the array that it stands
for, which some rules ask for, but no numbers: a rule that asks for those raises `NoFormulaError`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from autograd.called import CALLED
from autograd.draw.formula.algebra import (
    number,
    product,
    reshaped,
    unshaped,
)
from autograd.draw.formula.axes import Shape, broadcasts
from autograd.draw.formula.expressions import Call, Formula, Name, Number
from autograd.primitive import RECORDERS, REQUIRED, TABLE, entry, public_name
from autograd.rules.indexing import index, scatter_add
from autograd.rules.reductions import axes_of
from autograd.rules.shaping import cast

FEW = 8  # places in an index, that are written
G = Name("g")  # the gradient that comes in
WRITTEN: dict[Any, Callable[..., Any]] = {}  # what writes a call of a function; see notation.py


class NoFormulaError(TypeError):
    """What was done to a Symbol can't be written down."""


class Symbol(NDArrayOperatorsMixin):
    """A stand-in for an array.

    >>> x = Symbol.of("x", np.ones(3))
    >>> print((1 - np.tanh(x) ** 2).formula)
    1 − tanh(x)²
    """

    def __init__(self, formula: Formula, sample: Any, own: Shape | None = None) -> None:
        self.formula = formula
        self.sample = np.asarray(sample)  # any array of the same shape and dtype
        self.own: Shape = self.sample.shape if own is None else own  # before it is broadcast

    @classmethod
    def of(cls, name: str, sample: Any) -> Symbol:
        """The Symbol of a variable."""
        return cls(Name(name), sample)

    shape = property(lambda self: self.sample.shape)
    dtype = property(lambda self: self.sample.dtype)
    ndim = property(lambda self: self.sample.ndim)
    real = property(lambda self: apply(np.real, (self,)))
    imag = property(lambda self: apply(np.imag, (self,)))
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
        found = self.sample[_places(key)]
        if found.size == self.size and _keeps_order(key):
            return _reshaped(self, found)
        return Symbol(indexed(_full(self), key), found)

    def astype(self, dtype: Any) -> Symbol:
        """The same formula, with another dtype."""
        return Symbol(self.formula, self.sample.astype(dtype), self.own)

    def reshape(self, *shape: Any) -> Symbol:
        """The same elements in another shape."""
        return _reshaped(self, self.sample.reshape(*shape))

    @property
    def is_vector(self) -> bool:
        """Whether what is written has one axis, even where it stands for a row or a column."""
        return len(unshaped(self.formula, self.own)[1]) == 1

    @property
    def T(self) -> Symbol:
        """The axes in reverse order."""
        transposed: Symbol = apply(np.transpose, (self,))
        return transposed


def apply(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any] | None = None
) -> Any:
    """`function` of arguments with Symbols among them, written down; a plain answer to `ASK`."""
    kwargs = kwargs or {}
    if function is INDEX:
        return args[0][args[1]]
    if function is SCATTER and has_symbols(args[1]):
        return Symbol(written(function, args, kwargs), np.ones(args[2], args[0].dtype))
    options = {name: sample_of(value) for name, value in kwargs.items()}
    with np.errstate(all="ignore"):
        try:
            sample = function(*map(sample_of, args), **options)
        except np.linalg.LinAlgError:  # of matrices that are singular, as one of ones is
            sample = function(*map(_regular, map(sample_of, args)), **options)
    if function in ASK:
        return sample
    if not isinstance(sample, (np.ndarray, np.generic)):
        raise NoFormulaError(f"{public_name(function)} returns no array")
    if function in SAME:
        return Symbol(args[0].formula, sample, args[0].own)
    if function in RESHAPE and "F" not in (*kwargs.values(), *args[1:]):
        return _reshaped(args[0], sample)
    if function is SCATTER and sample.size == args[0].size and _keeps_order(args[1]):
        return _reshaped(args[0], sample)  # of x[None]
    if function in (np.matmul, np.dot):  # which are the same where a rule uses np.dot
        return _reshaped(matmul(*args), sample)
    if function in TRANSPOSE and 1 in sample.shape and args[0].is_vector:
        return _reshaped(args[0], sample)
    if function in BROADCAST:
        return Symbol(written(function, args, kwargs), sample, _broadcast(args))
    front = _axes_in_front(*args, **kwargs) if kwargs.get("keepdims") else 0
    if front:
        kwargs = {**kwargs, "keepdims": False}
    return Symbol(written(function, list(map(_full, args)), kwargs), sample, sample.shape[front:])


RECORDERS[Symbol] = apply


def written(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Formula:
    """The formula of a call, whose arguments are Symbols or plain."""
    write = WRITTEN.get(function)
    if write is not None:
        formula: Formula = write(*args, **kwargs)
        return formula
    operation = TABLE.get(function)
    options, shown = dict(kwargs), []
    for i, arg in enumerate(args):
        if operation is None or i in operation.rules or isinstance(arg, Symbol):
            shown.append(_counted(arg) if function is np.sum else formula_of(arg))
        elif operation.defaults[i] is REQUIRED:
            shown.append(option("", arg))
        elif arg != operation.defaults[i]:
            options[operation.arguments[i]] = arg
    defaults = dict(zip(operation.arguments, operation.defaults)) if operation else {}
    if np.ndim(sample_of(args[0])) < 2:
        defaults["axis"] = None  # the only one
    said = [
        option(name, value)
        for name, value in sorted(options.items(), key=lambda item: item[0] == "keepdims")
        if name not in SAYS_NOTHING and not (value is False or value is defaults.get(name))
    ]
    return Call(short_name(public_name(function)), (*shown, *said))


def _counted(x: Any) -> Formula:
    """What is summed; of conditions, 1 where each holds."""
    is_condition = isinstance(x, Symbol) and x.dtype == bool
    return Call("[]", (formula_of(x),)) if is_condition else formula_of(x)


def short_name(name: str) -> str:
    """What a function is called in formulas.

    >>> short_name("np.linalg.inv"), short_name("np.maximum.accumulate")
    ('inv', 'maximum.accumulate')
    """
    module, _, short = name.rpartition(".")
    if short in ("accumulate", "reduceat"):
        return f"{module.rpartition('.')[2]}.{short}"
    return NAMES.get(short, short)


def option(name: str, value: Any) -> Formula:
    """An argument that is no array, such as axis=0."""
    if isinstance(value, np.generic):
        value = value.item()
    if name == "axis" and isinstance(value, tuple) and len(value) == 1:
        (value,) = value
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, tuple) and any(isinstance(part, slice) for part in value):
        return Name(f"[{key_text(value)}]")
    said = getattr(value, "__name__", "f").strip("<>") if callable(value) else repr(value)
    return Name(f"{name}={said}" if name else said)


def formula_of(x: Any) -> Formula:
    """The formula of a Symbol, a number, or an option such as an axis."""
    if isinstance(x, Symbol):
        return x.formula
    if isinstance(x, Formula):
        return x
    if isinstance(x, (bool, np.bool_, str, tuple, type(None))):
        return Name(str(x))
    if isinstance(x, (np.ndarray, np.generic)):
        if x.size != 1:
            raise NoFormulaError(f"an array of shape {x.shape} in a formula")
        x = x.item()
    if isinstance(x, (int, float, complex)):
        return number(x)
    raise NoFormulaError(f"{type(x).__name__} in a formula")


def _regular(sample: Any) -> Any:
    """A sample of matrices that have an inverse; anything else as it is."""
    if np.ndim(sample) < 2 or sample.shape[-1] != sample.shape[-2]:
        return sample
    return np.broadcast_to(np.eye(sample.shape[-1], dtype=sample.dtype), sample.shape)


def sample_of(x: Any) -> Any:
    """The array that stands for a Symbol, or for each of a list; anything else as it is."""
    if type(x) in (list, tuple):
        return type(x)(map(sample_of, x))
    return x.sample if isinstance(x, Symbol) else x


# Shapes. What is written may have fewer axes, or fewer elements, than the array it stands for: a
# reader broadcasts as NumPy does. What does more than that is written.


def _broadcast(args: Sequence[Any]) -> Shape:
    return np.broadcast_shapes(*(x.own if isinstance(x, Symbol) else np.shape(x) for x in args))


def _full(x: Any) -> Any:
    """A Symbol whose formula has all of its axes and elements."""
    if isinstance(x, list):
        return [_full(item) for item in x]
    if not isinstance(x, Symbol) or x.own == x.shape:
        return x
    if math.prod(x.own) == x.size:
        return Symbol(reshaped(x.formula, x.own, x.shape, always=True), x.sample)
    ones = Call("ones", tuple(map(Number, x.shape)))
    return Symbol(product(x.formula, ones), x.sample)


def _reshaped(x: Symbol, sample: Any) -> Symbol:
    """The elements of x in the shape of a sample."""
    x = x if math.prod(x.own) == x.size else _full(x)
    formula, of = unshaped(x.formula, x.own)
    to = sample.shape
    return Symbol(reshaped(formula, of, to), sample, of if broadcasts(of, to) else to)


def _axes_in_front(x: Any, axis: Any = None, **_: Any) -> int:
    """How many axes a reduction keeps that broadcasting would put in front again."""
    axes = axes_of(axis, np.ndim(sample_of(x)))
    return len(axes) if sorted(axes) == list(range(len(axes))) else 0


def _keeps_order(key: Any) -> bool:
    """Whether an index, by which no element is lost, leaves all in their order."""
    for part in key if isinstance(key, tuple) else (key,):
        if isinstance(part, slice) and part.step in (None, 1):
            continue
        if not (part is None or part is Ellipsis or isinstance(part, (int, np.integer))):
            return False
    return True


def outer_product(x: Symbol, y: Symbol) -> Formula | None:
    """x ⊗ y, if x is a vector as a column and y one as a row."""
    vector, of = unshaped(x.formula, x.own)
    row = len(y.own) == 1 and y.shape in (y.own, (1, *y.own))
    return Call("⊗", (vector, y.formula)) if len(of) == 1 and x.shape == (*of, 1) and row else None


def matmul(x: Any, y: Any) -> Symbol:
    """x @ y, of matrices that may be vectors as rows or columns."""
    if isinstance(x, np.ndarray) and x.ndim == 1 and (x == 1).all():
        return Symbol(Call("sum", (formula_of(_full(y)), Name("axis=0"))), y.sample[0])
    x, y = (a if isinstance(a, Symbol) else Symbol(formula_of(a), a) for a in (x, y))
    if outer := outer_product(x, y):
        return Symbol(outer, x.sample * y.sample)
    if x.size == 1 or y.size == 1:
        own = _broadcast([x, y])
        return Symbol(product(x.formula, y.formula), np.ones(own))
    x = x if len(x.own) == 1 else _full(x)
    column = y.is_vector and y.shape[-1] == 1
    b, of = unshaped(y.formula, y.own) if column else (_full(y).formula, y.shape)
    return Symbol(Call("@", (x.formula, b)), np.ones(x.own) @ np.ones(of))


def indexed(x: Any, key: Any) -> Formula:
    """x[key]"""
    return Call("index", (formula_of(x), key_of(key)))


def key_of(key: Any) -> Formula:
    """An index: as it is written, or, where arrays are in it, with their names."""
    if not has_symbols(key):
        return Name(key_text(key))
    parts = key if isinstance(key, tuple) else (key,)
    named = (x.formula if isinstance(x, Symbol) else Name(key_text(x)) for x in parts)
    return Call("key", tuple(named))


def has_symbols(key: Any) -> bool:
    """Whether there are arrays in an index, of which only the shapes are known."""
    return any(isinstance(part, Symbol) for part in (key if isinstance(key, tuple) else (key,)))


def _places(key: Any) -> Any:
    """Any places that an index might name."""
    if isinstance(key, tuple):
        return tuple(map(_places, key))
    if not isinstance(key, Symbol):
        return key
    if key.dtype == bool:
        raise NoFormulaError("how many elements a mask picks")
    return np.zeros(key.shape, int)


def key_text(key: Any) -> str:
    """An index as it is written between the brackets.

    >>> key_text((0, slice(1, None), Ellipsis))
    '0, 1:, …'
    >>> key_text(np.array([0, 0, 2])), key_text(np.arange(9))
    ('[0, 0, 2]', 'indices')
    """
    if isinstance(key, tuple):
        return ", ".join(map(key_text, key))
    if isinstance(key, slice):
        ends = [key.start, key.stop] + ([] if key.step is None else [key.step])
        return ":".join("" if end is None else str(end) for end in ends)
    if key is Ellipsis:
        return "…"
    if key is None or isinstance(key, (int, np.integer)):
        return str(key)
    places = np.asarray(sample_of(key))
    if places.size <= FEW:
        return str(places.tolist())
    return "mask" if places.dtype == bool else "indices"


SAYS_NOTHING = ("dtype", "out")  # options that do not matter to a reader
NAMES = {  # in formulas
    **{own: name.rpartition(".")[2] for own, name in CALLED.items()},
    **{"put": "put", "sqrt": "√", "maximum": "max", "minimum": "min", "absolute": "abs"},
}
SAME = (
    np.positive,
    np.broadcast_to,
    np.copy,
    entry(cast).function,
)  # but for dtypes and repetition
ASK = (np.iscomplexobj, np.isrealobj, np.ndim, np.shape, np.size)  # for no numbers
SCATTER, INDEX = entry(scatter_add).function, entry(index).function
TRANSPOSE = (np.transpose, np.swapaxes, np.matrix_transpose)
RESHAPE = (np.expand_dims, np.reshape, np.ravel, np.squeeze)
BROADCAST = frozenset(  # what broadcasts its arguments
    {np.where, np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal}
    | {np.logical_and, np.logical_or, np.logical_not, np.bitwise_and, np.bitwise_or, np.invert}
    | {function for function, operation in TABLE.items() if operation.kind == "elementwise"}
)
