"""The scalar engine: a Python float that records how it was computed.

A `Value` holds a number and, of the operation that made it, the Values that went in (its parents),
its name, and the slope of the result along each parent (its partial derivatives), as plain numbers.
One line states it all. For a product z = x * y, where dz/dx = y and dz/dy = x, it is

    Value(x.data * y.data, (x, y), "*", (y.data, x.data))

The chain rule says: every Value passes to each of its parents its own gradient times that parent's
partial. `backward()` does so from the last Value to the first, and that is the whole engine. A list
of operations follows it, then float64's rules at the edges, such as 1/0 = inf, where Python raises.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from itertools import count
from numbers import Real
from operator import attrgetter, mul

__all__ = ["Value", "WeightedSum"]


class Value:
    """A number that remembers how it was computed, so that `backward()` can differentiate it.

    >>> x, y = Value(3.0), Value(4.0)
    >>> z = x * y + x**2
    >>> z.backward()
    >>> z.data, x.grad, y.grad  # dz/dx = y + 2x, dz/dy = x
    (21.0, 10.0, 3.0)

    `label` is a name for drawings, `.name` too. The other arguments are for operations. Your own is
    `Value(result, (x,), "name", (slope,))` or, as in micrograd, `Value(result, (x,), "name")` with
    a function assigned to its `_backward`.
    """

    __slots__ = ("__dict__", "_dx", "_dy", "_number", "_op", "_rest", "_x", "_y", "data", "grad")
    _rest: tuple[Collection[Value], Sequence[float]] | None
    name: str | None = None

    def __init__(
        self,
        data: float,
        _children: Collection[Value] = (),
        _op: str = "",
        _partials: Sequence[float] = (),
        label: str = "",
    ) -> None:
        self.data = data if type(data) is float else _as_float(data)
        self.grad = 0.0
        self._op = _op
        self._number = next_number()  # larger than that of every parent
        if len(_partials) == 2:
            # No tuples: the garbage collector walks half as much, operators take half the time.
            self._x, self._y = _children
            self._dx, self._dy = _partials
            self._rest = None
        elif _partials and len(_partials) != len(_children):
            raise ValueError(f"{_op!r} has {len(_children)} parents, but {len(_partials)} partials")
        else:
            self._rest = (_children, _partials) if _children else _LEAF
        if label:
            self.name = label

    @property
    def label(self) -> str:
        """The name, as micrograd's lecture calls it; empty if there is none."""
        return self.name or ""

    @label.setter
    def label(self, label: str) -> None:
        self.name = label or None

    @property
    def _parents(self) -> Collection[Value]:
        return self._rest[0] if self._rest else (self._x, self._y)

    @property
    def _partials(self) -> Sequence[float]:
        return self._rest[1] if self._rest else (self._dx, self._dy)

    @property
    def _prev(self) -> set[Value]:
        return set(self._parents)

    def backward(self) -> None:
        """Differentiate this Value with respect to every Value that it was computed from.

        A leaf, which was computed from nothing, adds d(self)/d(leaf) to its `.grad`; every Value in
        between has it set. A Value waits for all that use it, since they have larger numbers.
        """
        computed: list[Value] = []
        found, todo = {self}, [self]
        while todo:
            value = todo.pop()
            if parents := value._parents:
                value.grad = 0.0
                computed.append(value)
                if len(parents) > 2 and found.issuperset(parents):
                    continue  # weights come up with every neuron: saves 6% of a training step
                for parent in parents:
                    if parent not in found:
                        found.add(parent)
                        todo.append(parent)
        self.grad += 1.0
        for value in sorted(computed, key=attrgetter("_number"), reverse=True):
            value._backward()

    def _backward(self) -> None:
        """The chain rule: pass the gradient, times each partial, on to the parents."""
        grad = self.grad
        if grad == 0.0:
            return  # a zero stays zero, even against an infinite slope
        if self._rest:
            for parent, partial in zip(*self._rest):
                parent.grad += grad * partial
        else:
            self._x.grad += grad * self._dx
            self._y.grad += grad * self._dy

    # Each operation: its result, its parents, its name, its partials.

    def __add__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            return _with_number(Value.__add__, self, other)
        return Value(self.data + other.data, (self, other), "+", (1.0, 1.0))

    def __sub__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            return _with_number(Value.__sub__, self, other)
        return Value(self.data - other.data, (self, other), "-", (1.0, -1.0))

    def __mul__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            return _with_number(Value.__mul__, self, other)
        return Value(self.data * other.data, (self, other), "*", (other.data, self.data))

    def __truediv__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            return _with_number(Value.__truediv__, self, other)
        z = _divide(self.data, other.data)
        return Value(z, (self, other), "/", (_divide(1.0, other.data), -_divide(z, other.data)))

    def __pow__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            return _with_number(Value._constant_power, self, other)
        x, y = self.data, other.data
        z = _power(x, y)
        return Value(z, (self, other), "**", (_power_slope(x, y), _exponent_slope(x, y, z)))

    def _constant_power(self, constant: Value) -> Value:
        x, y = self.data, constant.data
        return Value(_power(x, y), (self,), f"**{y:g}", (_power_slope(x, y),))

    def __neg__(self) -> Value:
        return Value(-self.data, (self,), "neg", (-1.0,))

    def __abs__(self) -> Value:
        return Value(abs(self.data), (self,), "abs", (_sign(self.data),))

    def exp(self) -> Value:
        """E to the power of this Value."""
        z = _exp(self.data)
        return Value(z, (self,), "exp", (z,))

    def log(self) -> Value:
        """The natural logarithm; of 0 it is -inf."""
        return Value(_log(self.data), (self,), "log", (_divide(1.0, self.data),))

    def sqrt(self) -> Value:
        """The square root, whose slope at 0 is inf."""
        z = math.sqrt(self.data) if self.data >= 0.0 else math.nan
        return Value(z, (self,), "sqrt", (_divide(0.5, z),))

    def sin(self) -> Value:
        """Sine, of radians."""
        return Value(_sin(self.data), (self,), "sin", (_cos(self.data),))

    def cos(self) -> Value:
        """Cosine, of radians."""
        return Value(_cos(self.data), (self,), "cos", (-_sin(self.data),))

    def tanh(self) -> Value:
        """Tanh of this Value."""
        z, slope = tanh_and_slope(self.data)
        return Value(z, (self,), "tanh", (slope,))

    def sigmoid(self) -> Value:
        """1 / (1 + e^-self)."""
        z, slope = sigmoid_and_slope(self.data)
        return Value(z, (self,), "sigmoid", (slope,))

    def relu(self) -> Value:
        """max(self, 0)."""
        z, slope = relu_and_slope(self.data)
        return Value(z, (self,), "ReLU", (slope,))

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> Value:
        return Constant(other) - self

    def __rtruediv__(self, other: float) -> Value:
        return Constant(other) / self

    def __rpow__(self, other: float) -> Value:
        return Constant(other) ** self

    def __lt__(self, other: Value | float) -> bool:
        return self.data < _data(other)

    def __le__(self, other: Value | float) -> bool:
        return self.data <= _data(other)

    def __gt__(self, other: Value | float) -> bool:
        return self.data > _data(other)

    def __ge__(self, other: Value | float) -> bool:
        return self.data >= _data(other)

    def conjugate(self) -> Value:
        """This Value: it is real. NumPy's vdot asks."""
        return self

    def __float__(self) -> float:
        return self.data

    def __bool__(self) -> bool:
        return self.data != 0.0

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"


class WeightedSum(Value):
    """What a neuron computes, f(Σ weights[i] · inputs[i] + bias), as one Value instead of 2n + 1.

    `activation` gives f(s) and f'(s) for the sum s; without one, f(s) = s.

    >>> weights, inputs = [Value(0.5), Value(0.25)], [Value(2.0), Value(4.0)]
    >>> z = WeightedSum(weights, inputs, bias=Value(1.0))
    >>> z.backward()
    >>> z.data, weights[1].grad, inputs[1].grad
    (3.0, 4.0, 0.25)
    """

    __slots__ = ("_bias", "_call", "_input_data", "_inputs", "_slope", "_weight_data", "_weights")
    _call: tuple[object, int, object]  # of a module, whose result it is: as a Node has it

    def __init__(
        self,
        weights: Sequence[Value],
        inputs: Sequence[Value],
        bias: Value,
        activation: Callable[[float], tuple[float, float]] | None = None,
        _op: str = "weighted sum",
        _input_data: Sequence[float] | None = None,  # [value.data for value in inputs], if known
    ) -> None:
        w = [value.data for value in weights]
        x = [value.data for value in inputs] if _input_data is None else _input_data
        if len(w) != len(x):
            raise ValueError(f"{len(w)} weights need as many inputs, not {len(x)}")
        result = float(sum(map(mul, w, x), bias.data))
        self.data, self._slope = activation(result) if activation else (result, 1.0)
        self.grad = 0.0
        self._op = _op
        self._number = next_number()
        self._weights, self._inputs, self._bias = tuple(weights), tuple(inputs), bias
        self._weight_data, self._input_data = w, x

    @property
    def _parents(self) -> tuple[Value, ...]:
        return (*self._weights, *self._inputs, self._bias)

    @property
    def _partials(self) -> Sequence[float]:
        return [self._slope * partial for partial in (*self._input_data, *self._weight_data, 1.0)]

    def _backward(self) -> None:
        if self.grad == 0.0 or self._slope == 0.0:
            return
        grad = self.grad * self._slope
        for weight, x in zip(self._weights, self._input_data):
            weight.grad += grad * x
        for value, w in zip(self._inputs, self._weight_data):
            value.grad += grad * w
        self._bias.grad += grad


# Activations: f(x) and its slope f'(x).


def relu_and_slope(x: float) -> tuple[float, float]:
    """max(x, 0), whose slope at the kink is taken to be 0."""
    return (x, 1.0) if x > 0.0 else (x if x != x else 0.0, 0.0)


def tanh_and_slope(x: float) -> tuple[float, float]:
    """Tanh, whose slope is 1 - tanh²."""
    z = math.tanh(x)
    return z, 1.0 - z * z


def sigmoid_and_slope(x: float) -> tuple[float, float]:
    """1 / (1 + e^-x), from e^-|x|, which can't overflow."""
    e = math.exp(-abs(x))
    return (1.0 if x >= 0.0 else e) / (1.0 + e), e / (1.0 + e) ** 2


# Numbers.

_LEAF: tuple[Collection[Value], Sequence[float]] = ((), ())
next_number = count().__next__


class Constant(Value):
    """A plain number among Values, such as the 2 of 2 * x; pictures tell it from an input."""

    __slots__ = ()


def _with_number(operation: Callable[[Value, Value], Value], value: Value, number: object) -> Value:
    """operation(value, Constant(number)); an array is left to NumPy, which comes back for each."""
    if type(number) is float or type(number) is int:  # 2x faster than to ask what else it may be
        return operation(value, Constant(number))
    if hasattr(number, "__array__") and not isinstance(number, Real):
        declined: Value = NotImplemented
        return declined
    return operation(value, Constant(_as_float(number)))


def _as_float(number: object) -> float:
    if type(number) is int or isinstance(number, Real):
        return float(number)
    advice = ""
    if isinstance(number, Value):
        advice = "; use that Value itself, or its .data for a copy of the number"
    elif isinstance(number, str):
        advice = "; convert it first: Value(float(text))"
    elif isinstance(number, complex):
        advice = "; take its .real or .imag part"
    elif hasattr(number, "__iter__"):
        advice = "; make one Value for each number in it: [Value(x) for x in …]"
    raise TypeError(
        f"a Value holds one real number, not {number!r} ({type(number).__name__}){advice}"
    )


def _data(operand: Value | float) -> float:
    return operand.data if isinstance(operand, Value) else operand


def _divide(x: float, y: float) -> float:
    if y:
        return x / y
    return math.nan if x == 0.0 or x != x else math.copysign(math.inf, x) * math.copysign(1.0, y)


def _sign(x: float) -> float:
    return math.copysign(1.0, x) if x else 0.0


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _log(x: float) -> float:
    return math.log(x) if x > 0.0 else (-math.inf if x == 0.0 else math.nan)


def _sin(x: float) -> float:
    return math.sin(x) if math.isfinite(x) else math.nan


def _cos(x: float) -> float:
    return math.cos(x) if math.isfinite(x) else math.nan


def _power(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except (OverflowError, ValueError):  # too large, 0 ** negative, or negative ** fraction
        if x < 0.0 and not y.is_integer():
            return math.nan
        return math.copysign(math.inf, x) if y % 2.0 == 1.0 else math.inf


def _power_slope(x: float, y: float) -> float:
    """d(x**y)/dx = y · x**(y-1), which is 0 for y = 0 also at x = 0."""
    return y * _power(x, y - 1.0) if y else 0.0


def _exponent_slope(x: float, y: float, z: float) -> float:
    """d(x**y)/dy = z · log x for z = x**y, which is 0 where x**y stays 0, and at 0**0."""
    return 0.0 if z == 0.0 or x == 0.0 <= y else z * _log(x)
