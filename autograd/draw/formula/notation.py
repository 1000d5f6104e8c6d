"""What to write for functions that have a notation of their own, such as x / y for np.divide.

No number is nan, so what a rule says of that is not written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.draw.formula.algebra import (
    FALSE,
    TRUE,
    negative,
    power,
    product,
    total,
    transposed,
    without,
)
from autograd.draw.formula.expressions import Call, Formula, Name, Number
from autograd.draw.formula.symbols import (
    WRITTEN,
    G,
    Symbol,
    formula_of,
    indexed,
    key_of,
    matmul,
    option,
    outer_product,
    sample_of,
)
from autograd.primitive import entry
from autograd.rules.einsum import einsum, einsum_of_one
from autograd.rules.elementwise import over, raised, times, with_kinks
from autograd.rules.indexing import index, put, scatter_add
from autograd.rules.polynomials import convolution
from autograd.rules.products import affine
from autograd.rules.reductions import spread
from autograd.rules.transcendental import one_minus_square
from autograd.trace import stand_in

__all__ = ["BY_NAME", "COMES_TO", "WRITTEN"]  # which are filled here


def _product(x: Any, y: Any) -> Formula:
    outer = outer_product(x, y) if isinstance(x, Symbol) and isinstance(y, Symbol) else None
    return outer or product(_factor(x), _factor(y))


def _factor(x: Any) -> Formula:
    return _bracket(formula_of(x)) if np.asarray(sample_of(x)).dtype == bool else formula_of(x)


def _quotient(x: Any, y: Any) -> Formula:
    return product(formula_of(x), power(formula_of(y), -1))


def _power(x: Any, y: Any) -> Formula:
    exponent = formula_of(y)
    if isinstance(exponent, Number) and exponent.value == int(exponent.value):
        return power(formula_of(x), int(exponent.value))
    return Call("^", (formula_of(x), exponent))


def _affine(x: Any, weight: Any, bias: Any) -> Formula:
    return total(Call("@", (formula_of(x), Call("ᵀ", (formula_of(weight),)))), formula_of(bias))


def _transpose(x: Any, axes: Any = None) -> Formula:
    """A transposed matrix, or a stack of them; of other axes, as a function."""
    inner, n = formula_of(x), np.ndim(sample_of(x))
    order = [int(axis) % n for axis in (axes if axes is not None else range(n)[::-1])]
    if order == list(range(n)) or np.size(sample_of(x)) == 1:
        return inner
    if order != [*range(n - 2), n - 1, n - 2]:
        return Call("transpose", (inner, *([Name(str(tuple(order)))] if axes is not None else [])))
    return transposed(inner)


def _swapaxes(x: Any, axis1: Any, axis2: Any) -> Formula:
    order = list(range(np.ndim(sample_of(x))))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return _transpose(x, order)


def _matrix_transpose(x: Any) -> Formula:
    return _swapaxes(x, -1, -2)


def _einsum(operands: Sequence[Any], subscripts: str, optimize: Any = False) -> Formula:
    of, to = subscripts.split("->")
    if of == to and len(set(of)) == len(of):
        return formula_of(operands[0])
    terms = dict(enumerate(of.split(",")))
    numbers = [i for i, term in terms.items() if not term]
    if numbers and len(numbers) < len(terms):
        rest = [i for i in terms if i not in numbers]
        left = ",".join(terms[i] for i in rest) + "->" + to
        others = _einsum([operands[i] for i in rest], left)
        return product(*(formula_of(operands[i]) for i in numbers), others)
    return Call("einsum", (Name(f"'{subscripts}'"), *map(formula_of, operands)))


def _einsum_of_one(x: Any, subscripts: str) -> Formula:
    return _einsum([x], subscripts)


def _moveaxis(x: Any, source: Any, destination: Any) -> Formula:
    n = np.ndim(sample_of(x))
    if np.moveaxis(np.empty(range(n)), source, destination).shape == tuple(range(n)):
        return formula_of(x)
    axes = (tuple(a) if isinstance(a, Sequence) else a for a in (source, destination))
    return Call("moveaxis", (formula_of(x), *(option("", a) for a in axes)))


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
    if condition in (TRUE, FALSE):
        return FALSE if condition == TRUE else TRUE
    function = condition.function if isinstance(condition, Call) else ""
    arguments = condition.arguments if isinstance(condition, Call) else ()
    if function in OPPOSITES:
        return Call(OPPOSITES[function], arguments)
    if function in ("∧", "∨"):
        return Call("∨" if function == "∧" else "∧", tuple(map(_negated, arguments)))
    return arguments[0] if function == "¬" else Call("¬", (condition,))


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
    return Call("conj", (formula_of(x),)) if sample_of(x).dtype.kind == "c" else formula_of(x)


def _real(x: Any) -> Formula:
    return Call("real", (formula_of(x),)) if sample_of(x).dtype.kind == "c" else formula_of(x)


def _scattered(x: Any, key: Any, shape: Any = None) -> Formula:
    return Call("scatter", (formula_of(x), Call("[key]", (key_of(key),))))


def _put(x: Any, key: Any, value: Any) -> Formula:
    return Call("put", (formula_of(x), Call("[key]", (key_of(key),)), formula_of(value)))


def _convolved(x: Any, y: Any, start: int, stop: int) -> Formula:
    """np.convolve(x, y), or some of it; what is more than all of it has zeros around it."""
    whole = Call("convolve", (formula_of(x), formula_of(y)))
    size = np.size(sample_of(x)) + np.size(sample_of(y)) - 1
    if start == 0 and stop == size:
        return whole
    if start >= 0 and stop <= size:
        return Call("index", (whole, Name(f"{start}:{stop}")))
    options = (Name(str(start)), Name(str(stop)))
    return Call("convolution", (formula_of(x), formula_of(y), *options))


def _operator(sign: str) -> Callable[..., Formula]:
    return lambda x, y: Call(sign, (formula_of(x), formula_of(y)))


def _greater(x: Any, y: Any) -> Formula:
    a, b = formula_of(x), formula_of(y)
    if isinstance(a, Call) and a.function == "relu" and b == Number(0):
        (a,) = a.arguments
    return Call(">", (a, b))


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


OPPOSITES = {"<": "≥", ">": "≤", "≤": ">", "≥": "<", "=": "≠", "≠": "="}
WRITTEN |= {
    np.add: lambda x, y: total(formula_of(x), formula_of(y)),
    np.subtract: lambda x, y: total(formula_of(x), negative(formula_of(y))),
    np.negative: lambda x: negative(formula_of(x)),
    np.multiply: _product,
    np.divide: _quotient,
    np.reciprocal: lambda x: power(formula_of(x), -1),
    np.square: lambda x: power(formula_of(x), 2),
    np.power: _power,
    np.float_power: _power,
    np.matmul: matmul,  # which is a Symbol, with a shape of its own
    np.where: _where,
    np.sign: _sign,
    np.conj: _conj,
    np.real: _real,
    np.transpose: _transpose,
    np.swapaxes: _swapaxes,
    np.matrix_transpose: _matrix_transpose,
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
    np.greater: _greater,
    np.greater_equal: _operator("≥"),
    entry(times).function: _product,
    entry(over).function: _quotient,
    entry(raised).function: _power,
    entry(one_minus_square).function: lambda x: _product(1 - x, 1 + x),
    entry(index).function: indexed,
    entry(scatter_add).function: _scattered,
    entry(put).function: _put,
    entry(convolution).function: _convolved,
    entry(affine).function: _affine,
    entry(einsum).function: _einsum,
    entry(einsum_of_one).function: _einsum_of_one,
    entry(stand_in).function: formula_of,
    entry(with_kinks).function: lambda x, where: formula_of(x),
}


# Rules that look at numbers, which a Symbol has not, and what they come to.


def _cofactors(g: Any, a: Any) -> Any:
    return g[..., None, None] * _function("cofactors", a)


def _others(g: Any, x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    along = () if axis is None or x.ndim == 1 else (option("axis", axis),)
    return spread(g, x.shape, axis, keepdims) * _function("product_of_others", x, *along)


def _put_back(g: Any, to: Any) -> Any:
    return Symbol(Call("scatter", (g.formula, Name("[indices]"))), np.ones(to))


def _taken(g: Any, indices: Any, axis: Any, to: Any) -> Any:
    if not to or (axis is None and len(to) > 1):  # of all elements in a row
        return _put_back(g, to)
    indices = list(indices) if isinstance(indices, tuple) else indices
    before = (slice(None),) * ((axis or 0) % len(to))
    return Symbol(_scattered(g, (*before, indices)), np.ones(to))


def _unsorted(g: Any, x: Any, axis: Any = -1) -> Any:
    if x.ndim != 1:
        return _put_back(g, x.shape)
    return Symbol(Call("scatter", (g.formula, Call("argsort", (x.formula,)))), x.sample)


def _slope_of_logarithm(g: Any, a: Any) -> Any:
    """Of slogdet, g for its second result; the sign has the slope 0."""
    _, of_logarithm = g
    if of_logarithm is None:
        raise TypeError("the sign has the slope 0")
    return of_logarithm[..., None, None] * np.swapaxes(np.linalg.inv(a), -1, -2)


def _function(name: str, x: Any, *options: Formula) -> Symbol:
    return Symbol(Call(name, (x.formula, *options)), x.sample)


COMES_TO: dict[tuple[Any, str], Callable[..., Any]] = {  # by the function and its argument
    (np.linalg.det, "a"): _cofactors,
    (np.linalg.slogdet, "a"): _slope_of_logarithm,
    (np.prod, "x"): _others,
    (np.take, "x"): _taken,
    (np.take_along_axis, "x"): _put_back,
    (np.partition, "x"): _put_back,
    (np.sort, "x"): _unsorted,
}


def _squared_error(y: Any, t: Any, factor: float) -> Formula:
    """0.5·mean((y − t)²), of which that of one number is a number."""
    squares = (y - t) ** 2
    return formula_of(factor * (squares if np.size(sample_of(y)) == 1 else np.mean(squares)))


BY_NAME = {"squared_error": _squared_error}  # nn's, which imports what is here
