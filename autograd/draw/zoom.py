"""A graph of Tensors as a graph of Values: every element a number of its own.

What only moves elements moves Values; sums and products become sums and products of them, since
NumPy multiplies matrices of Values, too. Any other operation gives Values whose partial derivatives
are what its rules say, so zooming needs nothing for each operation and has the engine's gradients.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from operator import attrgetter
from typing import Any

import numpy as np

from autograd.called import called
from autograd.draw.constants import Known
from autograd.draw.describe import identified, run, with_arguments
from autograd.draw.elements import Array, Element, Place, of_elementwise, of_row
from autograd.draw.formula.expressions import Formula, Name, Product
from autograd.draw.formula.operations import of_value, rule_of
from autograd.draw.formula.terms import is_arithmetic, parts_of
from autograd.draw.reading import (
    Input,
    inputs,
    known_arguments,
    maker_of,
    pulled,
    reached,
    values_of,
)
from autograd.graph import Bundle, Node, raise_if_stale
from autograd.primitive import REQUIRED, NDArray, Operation, entry
from autograd.rules.elementwise import raised
from autograd.rules.products import affine
from autograd.tensor import Tensor
from autograd.tree import flatten
from autograd.value import Constant, Value

MOST = 4_000  # Values


def zoom(root: Any, *args: Any, names: Mapping[str, Any] | None = None) -> Any:
    """The computation of the Tensor `root` as a graph of Values, one for each element.

    Returns a Value if `root` has one element, else an array of Values in the shape of `root`. They
    have its numbers, and `backward()` gives the gradients of the Tensors; drawn, they show what a
    product of matrices is made of. The elements of a Tensor `W` are called `W[0, 0]`, `W[0, 1]`, …

    `root` may also be a function, with the arguments to call it with: then every constant is
    shown, and not only what the graph has kept for the rules, or what is certain without that.
    `names` are as for `describe`.

    Raises TypeError for anything else and for complex numbers, ValueError for a graph of more than
    4,000 elements, or without the value of one that is needed, and RuntimeError for a stale graph.

    >>> W = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name="W")
    >>> y = zoom(W @ np.array([1.0, 10.0]))
    >>> y[1].backward()
    >>> y[1], [parent._op for parent in y[1]._parents]
    (Value(data=43.0, grad=1.0), ['*', '*'])
    """
    known = dict(names or {})
    given: set[Any] = set()
    if callable(root):
        root, arguments = run(root, args)
        given = {t._node for t in flatten(arguments)[0] if type(t) is Tensor}
        known = with_arguments(known, arguments)
    elif args:
        raise TypeError(f"arguments are for a function; {type(root).__name__} was computed already")
    if isinstance(root, Value):
        raise TypeError("this is a Value, one number, already: there is nothing to zoom into")
    if not isinstance(root, Tensor):
        raise TypeError(f"only a Tensor, or a function, can be zoomed, not {type(root).__name__}")
    if root._node is None:
        raise ValueError(
            "this Tensor has no graph to zoom into: nothing that it was computed from has "
            "requires_grad=True, or it was computed within no_grad"
        )
    elements = Zoom(root, identified(known, root), given).elements[root._node]
    return elements.item() if elements.size == 1 else elements


class Zoom:
    """The Values of each node of a graph, as arrays of its shape."""

    def __init__(self, root: Tensor, known: Known, given: Collection[Node]) -> None:
        assert root._node is not None
        self.given = given  # the arguments of a function: inputs, and no parameters
        order = sorted(reached(root._node), key=attrgetter("number"))
        raise_if_stale(order)
        _raise_if_large(sum(int(np.prod(node.shape)) for node in order), "at least ")
        self.names, self.same = known
        self.numbers = values_of(order) | {root._node: root._array}
        self.elements: dict[Node, NDArray] = {}
        self.constants: dict[int, NDArray] = {}  # by the id of the array
        self.called: dict[str, Any] = dict.fromkeys(self.names.values())  # what has a name
        first = Value(0.0)._number
        for node in order:
            if node.dtype.kind != "f":
                raise TypeError(
                    f"{_name(node)} gives {node.dtype} numbers, and a Value holds a real one; zoom "
                    f"takes every operation on real numbers apart"
                )
            self.elements[node] = elements = self._elements(node)
            self._give_names(elements, node.name or self.names.get(id(node)))
            _raise_if_large(Value(0.0)._number - first, "more than ")

    def _elements(self, node: Node) -> NDArray:
        operation = maker_of(node).operation
        if operation is None:
            elements = _values(node.value)
            for value in elements.flat if node not in self.given else ():
                value.__dict__["is_parameter"] = True  # for pictures
            return elements
        arguments = self._arguments(node)
        if arguments is not None and operation.function in ARITHMETIC:
            f = ARITHMETIC[operation.function]
            return _objects(np.frompyfunc(f, len(arguments), 1)(*arguments))
        numbers = self.numbers.get(node)
        if arguments is not None and (operation.kind == "linear" or _is_polynomial(node)):
            computed = _computed(operation, arguments, node)
            if computed is not None and _has_numbers(computed, numbers):
                return computed
        if numbers is None:
            raise ValueError(
                f"the values of {_name(node)}, of shape {node.shape}, are needed, and the graph "
                f"has not kept them; give zoom the function and its arguments instead of the "
                f"result: zoom(f, x)"
            )
        if operation.kind == "elementwise":
            return self._by_slopes(node, numbers)
        return self._by_rows(node, numbers)

    def _arguments(self, node: Node) -> list[Any] | None:
        """What the operation took, with arrays of Values for its arrays; None if not all is known.

        A graph has only those constants and options that rules asked for, or that are certain.
        """
        maker = maker_of(node)
        operation, known = maker.operation, known_arguments(node)
        assert operation is not None
        parents = dict(zip(maker.plan.positions, maker.parents))
        for i, default in enumerate(operation.defaults):
            if i not in known and i not in parents:
                if default is REQUIRED or self.numbers.get(node) is None:
                    return None
                known[i] = default  # whatever it was, no rule asks, and the result will tell
        values: list[Any] = []
        for i in range(len(operation.arguments)):
            parent = parents.get(i)
            if isinstance(parent, Bundle):
                if i not in known and None in parent.members:
                    return None
                values.append(
                    [
                        self.elements[member] if member else self._constant(known[i][j])
                        for j, member in enumerate(parent.members)
                    ]
                )
            elif parent is not None:
                values.append(self.elements[parent])
            else:
                values.append(self._constant(known[i]) if i in operation.rules else known[i])
        if operation.function in POWERS and 1 not in parents and np.ndim(known[1]) == 0:
            values[1] = float(known[1])  # x², rather than x to the power of another Value
        return values

    def _constant(self, value: Any) -> NDArray:
        """The Values of a constant; an array that is used twice has the same ones."""
        if not isinstance(value, np.ndarray):
            return _values(value, Constant)
        key = self.same.get(id(value), id(value))
        if key not in self.constants:
            self.constants[key] = elements = _values(value)
            self._give_names(elements, self.names.get(key))
        return self.constants[key]

    def _by_slopes(self, node: Node, numbers: NDArray) -> NDArray:
        """An elementwise operation: each element from one of each argument, by the rules."""
        parents = [self.elements[parent] for parent in maker_of(node).parents]
        ones = np.ones(node.shape, node.dtype)
        with np.errstate(all="ignore"):
            slopes = [
                np.broadcast_to(pull(ones, node.kept, parent.shape), node.shape)
                for pull, parent in zip(node.plan.pulls, node.parents)
            ]
        rows = zip(
            zip(*(np.broadcast_to(parent, node.shape).flat for parent in parents)),
            zip(*(slope.flat for slope in slopes)),
        )
        elements = _made(node, numbers, rows)
        if of_value(_called(node), tuple("xy"[: len(parents)]))[0] is None:
            for place in np.ndindex(node.shape):
                value: Any = elements[place]
                value.__dict__["written"] = partial(of_elementwise, node, place, value._partials)
        return elements

    def _by_rows(self, node: Node, numbers: NDArray) -> NDArray:
        """Any operation: each element from those of which its derivative is not 0, or it chose."""
        chosen = self._chosen_from(node)
        rows = [self._row(node, i, chosen) for i in range(numbers.size)]
        parents = [
            [self.elements[each.argument.source][each.place] for each in row] for row in rows
        ]
        slopes = [[each.slope for each in row] for row in rows]
        elements = _made(node, numbers, zip(parents, slopes))
        if sum(map(len, rows)) > MOST:
            return elements  # too many to read, at 1 ms each: their slopes are only numbers
        for place, row in zip(np.ndindex(node.shape), rows):
            value: Any = elements[place]
            if value._op == _called(node):  # rather than a Value that was moved
                value.__dict__["written"] = partial(of_row, node, place, row, self._array)
        return elements

    def _row(self, node: Node, i: int, chosen: Mapping[Place, NDArray]) -> list[Element]:
        """What element i of `node` depends on, or was chosen from, and its slope along each."""
        g = np.zeros(node.shape, node.dtype)
        g.flat[i] = 1.0
        sent: dict[int, Any] = {}
        row: list[Element] = []
        for argument in inputs(node):
            k = argument.pull
            if k is None:
                continue
            if k not in sent:
                with np.errstate(all="ignore"):
                    sent[k] = pulled(node, k, g)
            gradient = sent[k] if argument.member is None else sent[k][argument.member]
            slopes = np.broadcast_to(gradient, argument.source.shape)
            row += [Element(argument, at, float(slopes[at])) for at in np.ndindex(slopes.shape)]
        if chosen:
            return [each for each in row if chosen[each.place].flat[i]]
        operation = maker_of(node).operation
        is_linear = operation is not None and operation.kind == "linear"  # what has no slope has 0
        return [each for each in row if each.slope != 0.0] or ([] if is_linear else row)

    def _chosen_from(self, node: Node) -> dict[Place, NDArray]:
        """Where an operation such as max looked at each element, though it took one of many."""
        operation, arguments = maker_of(node).operation, self._arguments(node)
        if operation is None or operation.function not in CHOICES or arguments is None:
            return {}
        found = {}
        for place in np.ndindex(arguments[0].shape):
            x = np.zeros(arguments[0].shape)
            x[place] = np.nan
            found[place] = np.isnan(operation.run(x, *arguments[1:]))
        return found if all(each.shape == node.shape for each in found.values()) else {}

    def _array(self, argument: Input) -> Array | None:
        """What formulas call an argument that is an array; None, of what has no name."""
        source = argument.source
        called = getattr(source, "name", None) or self.names.get(id(source))
        if argument.tracked:
            numbers = np.vectorize(float, otypes=[float])(self.elements[source])
            return Array(called, numbers, bool(source.parents)) if called else None
        if not isinstance(source, np.ndarray):
            return None
        if called is None:  # by what the operation calls it: labels, and labels2 of another one
            base = re.sub(r"\W", "", argument.name)
            names = (f"{base}{i or ''}" for i in count(0, 2))
            called = next(name for name in names if self.called.get(name, source) is source)
        self.called[called] = source
        return Array(called, source, False)

    def _give_names(self, elements: NDArray, name: str | None) -> None:
        if name:
            for place in np.ndindex(elements.shape):
                value: Any = elements[place]
                if not value.name:  # what was only moved has its name already
                    value.name = name + (f"[{', '.join(map(str, place))}]" if place else "")


def _is_polynomial(node: Node) -> bool:
    """Whether its rules show that an operation is made of nothing but products and sums."""
    operation = maker_of(node).operation
    if operation is not None and operation.function in PRODUCTS:
        return True
    rules = (rule_of(node, argument).message for argument in inputs(node) if argument.tracked)
    return all(map(_no_quotient, (part for rule in rules for part in parts_of(rule))))


def _no_quotient(part: Formula) -> bool:
    if isinstance(part, Product):
        return all(exponent > 0 for _, exponent in part.factors)
    return is_arithmetic(part) and not (isinstance(part, Name) and "∂" in part.name)


def _has_numbers(elements: NDArray, numbers: Any) -> bool:
    """Whether Values have the numbers of a result, if those are known."""
    if numbers is None:
        return True
    found = np.vectorize(float, otypes=[float])(elements)
    return np.allclose(found, numbers, rtol=1e-6, atol=1e-12, equal_nan=True)


def _values(numbers: Any, kind: type[Value] = Value) -> NDArray:
    """An array of Values."""
    return _objects(np.frompyfunc(kind, 1, 1)(np.asarray(numbers, float)))


def _objects(elements: Any) -> NDArray:
    """`elements` as an array, also where NumPy made one Value of an array of no axes."""
    if isinstance(elements, np.ndarray):
        return elements
    array = np.empty((), object)
    array[()] = elements
    return array


def _made(
    node: Node, numbers: NDArray, rows: Iterator[tuple[Sequence[Value], Sequence[float]]]
) -> NDArray:
    """The Values of `node`, each with its parents and its slopes along them."""
    elements = np.empty(node.shape, object)
    name = _called(node)
    operation = maker_of(node).operation
    moves = operation is not None and operation.kind == "linear"
    for place, (parents, slopes) in zip(np.ndindex(node.shape), rows):
        partials = [float(slope) for slope in slopes]
        if moves and partials == [1.0] and parents[0].data == numbers[place]:
            elements[place] = parents[0]  # such as an element of a transposed matrix
        else:
            elements[place] = Value(float(numbers[place]), tuple(parents), name, partials)
    return elements


def _called(node: Node) -> str:
    """What Values call an operation."""
    name = called(_name(node)).rpartition(".")[2]
    return NAMES.get(name, name)


def _computed(operation: Operation, arguments: Sequence[Any], node: Node) -> NDArray | None:
    """What NumPy makes of Values; None if it can't, as of linear algebra."""
    try:
        result = operation.run(*arguments)
    except (TypeError, ValueError, AttributeError):
        return None
    if not isinstance(result, (Value, np.ndarray)):  # such as the number that a dtype= asked for
        return None
    result = _objects(result)
    if result.dtype != object or result.shape != node.shape:
        return None
    return _objects(np.frompyfunc(_lifted, 1, 1)(result))


def _lifted(x: Any) -> Value:
    """A Value of a number, such as the zeros around a diagonal; np.pad leaves arrays of no axes."""
    x = x[()] if isinstance(x, np.ndarray) else x
    return x if isinstance(x, Value) else Constant(x)


def _raise_if_large(count: int, how: str) -> None:
    if count > MOST:
        raise ValueError(
            f"zoomed, this graph would have {how}{count:,} numbers, and {MOST:,} are the most that "
            f"can be looked at; zoom into a smaller one, such as a network of fewer neurons on one "
            f"example"
        )


def _name(node: Node) -> str:
    operation = maker_of(node).operation
    return operation.name if operation else "a Tensor"


POWERS = (np.power, np.float_power, entry(raised).function)
ARITHMETIC: dict[Any, Callable[..., Any]] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.square: lambda x: x**2,
    **dict.fromkeys(POWERS, operator.pow),
}
CHOICES = (np.max, np.min, np.maximum.accumulate, np.minimum.accumulate)
PRODUCTS = (entry(affine).function, np.prod, np.cumprod)
NAMES = {"relu": "ReLU", "absolute": "abs"}  # as Value has them
