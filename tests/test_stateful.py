"""Tensors in any order of use, against a naive model: numbers that carry every one of their slopes.

The model has no graph and no backward pass. A number of it is a NumPy array and, for each element
of each leaf that it was computed from, its tangent along that element, worked out at once, by the
rules of school. So it shares nothing with the engine but NumPy, whose views and copies it uses to
know which memory the backward pass will read, and whether that was changed in the meantime.
"""

import operator
import sys
import weakref
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from autograd import Tensor, no_grad

SHAPES = [(), (2,), (1,), (3, 1), (3, 2)]  # they broadcast together
LARGE = 1e4
numbers = st.sampled_from([1.0, -1.0, 0.5, -1.5, 2.0, 0.0])
some_arrays = st.sampled_from(SHAPES).flatmap(lambda shape: arrays(float, shape, elements=numbers))
quietly = st.sampled_from([False] * 5 + [True])  # whether within no_grad


# The model.


@dataclass(eq=False)
class Leaf:
    """Where a gradient is collected."""

    grad: Any = None


@dataclass(eq=False)
class Model:
    """What a Tensor is at one time."""

    value: Any
    tangents: dict[tuple[Leaf, int], Any] = field(default_factory=dict)  # by element of a leaf
    reads: list[tuple[Any, int]] = field(default_factory=list)  # memory, and when it was kept
    leaf: Leaf | None = None

    @property
    def tracked(self) -> bool:
        return bool(self.tangents)


@dataclass(eq=False)
class State:
    """The model of a Tensor as time goes by; two names of one Tensor share it."""

    model: Model


@dataclass(eq=False)
class Handle:
    """A name in a program: a Tensor, and what the model says of it."""

    tensor: Any
    state: State

    @property
    def model(self) -> Model:
        return self.state.model

    def __repr__(self) -> str:
        return repr(self.tensor)


def leaf_model(value: Any) -> Model:
    leaf = Leaf()
    units = np.eye(value.size).reshape(value.size, *value.shape)
    return Model(value, {(leaf, i): unit for i, unit in enumerate(units)}, leaf=leaf)


# Operations: how they run on arrays and Tensors alike; the tangent of the result, of the operands
# and their tangents; and for each operand that is tracked, the operands that its slope depends on.

UNARY = {
    "sin": (np.sin, lambda x, dx: np.cos(x) * dx, "x"),
    "square": (lambda x: x**2, lambda x, dx: 2 * x * dx, "x"),
    "tanh": (np.tanh, lambda x, dx: (1 - np.tanh(x) ** 2) * dx, ""),  # by its result
}
LINEAR = {
    "negative": operator.neg,
    "sum": np.sum,
    "sum of rows": lambda x: x.sum(axis=-1, keepdims=True),
    "one more axis": lambda x: x.reshape((1, *x.shape)),
    "reversed": lambda x: x[::-1],
    "first": lambda x: x[:1],
    "last": lambda x: x[-1],
    "repeated": lambda x: x[..., [0, -1]],
}
UNARY |= {name: (run, lambda x, dx, run=run: run(dx), "") for name, run in LINEAR.items()}


def joined(x, y):
    return np.concatenate([np.ravel(x), np.ravel(y)])[::2].sum()


def diamond(x, y):
    """The gradient of the last sum goes two ways, which meet again."""
    x, y = x * 2.0, y * 3.0
    return (x + y) + x


BINARY = {
    "add": (operator.add, lambda x, y, dx, dy: dx + dy, "", ""),
    "subtract": (operator.sub, lambda x, y, dx, dy: dx - dy, "", ""),
    "multiply": (operator.mul, lambda x, y, dx, dy: x * dy + y * dx, "y", "x"),
    "join": (joined, lambda x, y, dx, dy: joined(dx, dy), "", ""),
    "diamond": (diamond, lambda x, y, dx, dy: diamond(dx, dy), "", ""),
}
NEEDS_AXIS = {"sum of rows", "reversed", "first", "last", "repeated"}


def computed(operation: Any, *operands: Model, clock: int) -> Model:
    """The result of an operation on models."""
    run, tangent, *slopes = operation
    values = [x.value for x in operands]
    value = run(*values)
    tangents = {}
    for key in {key: None for x in operands for key in x.tangents}:
        moved = [x.tangents.get(key, np.zeros(np.shape(x.value))) for x in operands]
        tangents[key] = np.broadcast_to(tangent(*values, *moved), np.shape(value))
    reads = [read for x in operands for read in x.reads]
    for x, needed in zip(operands, slopes, strict=True):
        if x.tracked and needed:
            reads.append((values["xy".index(needed)], clock))
    return Model(value, tangents, reads)


# The machine.


class Tensors(RuleBasedStateMachine):
    """Everything that a program can do to Tensors, and what must hold after each step."""

    handles = Bundle("handles")
    leaves = Bundle("leaves")  # those of the handles that were leaves when they were made

    def __init__(self) -> None:
        super().__init__()
        self.live: list[Handle] = []
        self.nodes: list[Any] = []  # weak references to all that were ever made
        self.changes: list[tuple[Any, int]] = []  # memory of leaves, and when it was changed
        self.clock = 0

    def keep(self, tensor: Tensor, model: Model | State) -> Handle:
        handle = Handle(tensor, model if isinstance(model, State) else State(model))
        self.live.append(handle)
        self.note(tensor)
        return handle

    def note(self, tensor: Tensor) -> None:
        if tensor._node is not None:
            self.nodes.append(weakref.ref(tensor._node))

    def within(self, quiet: bool) -> Any:
        self.clock += 1
        return no_grad() if quiet else nullcontext()

    def model_of(self, operation: Any, *operands: Model, quiet: bool) -> Model:
        model = computed(operation, *operands, clock=self.clock)
        return Model(model.value) if quiet else model

    # Making Tensors.

    @initialize(targets=(handles, leaves), values=some_arrays, others=some_arrays)
    def start(self, values, others):
        """Two leaves; what fails within no_grad leaves recording on, as all that follows shows."""
        with pytest.raises(KeyError, match="within"), no_grad():
            raise KeyError("within")
        return multiple(self.make(values), self.make(others))

    @rule(targets=(handles, leaves), values=some_arrays)
    def make(self, values):
        own = values.copy()
        tensor = Tensor(own, requires_grad=True)
        own[...] = np.nan  # which can't reach the Tensor
        return self.keep(tensor, leaf_model(values))

    @rule(target=handles, x=handles, name=st.sampled_from(list(UNARY)), quiet=quietly)
    def unary(self, x, name, quiet):
        if name in NEEDS_AXIS and not np.ndim(x.model.value):
            return multiple()
        with self.within(quiet):
            model = self.model_of(UNARY[name], x.model, quiet=quiet)
            if np.max(np.abs(model.value)) > LARGE or np.ndim(model.value) > 3:
                return multiple()
            return self.keep(UNARY[name][0](x.tensor), model)

    @rule(target=handles, x=handles, y=handles, name=st.sampled_from(list(BINARY)), quiet=quietly)
    def binary(self, x, y, name, quiet):
        with self.within(quiet):
            model = self.model_of(BINARY[name], x.model, y.model, quiet=quiet)
            if np.max(np.abs(model.value)) > LARGE:
                return multiple()
            return self.keep(BINARY[name][0](x.tensor, y.tensor), model)

    @rule(target=handles, x=handles, values=some_arrays)
    def times_an_array(self, x, values):
        with self.within(False):
            model = self.model_of(BINARY["multiply"], x.model, Model(values), quiet=False)
            if np.max(np.abs(model.value)) > LARGE:
                return multiple()
            own = values.copy()
            handle = self.keep(x.tensor * own, model)
            own[...] = np.nan  # which can't reach the graph
            return handle

    @rule(target=handles, x=handles, detached=st.booleans())
    def another_name(self, x, detached):
        if detached:
            return self.keep(x.tensor.detach(), Model(np.array(x.model.value)))
        return self.keep(x.tensor, x.state)

    # Changing them in place.

    @rule(
        x=handles, y=handles, name=st.sampled_from(["add", "subtract", "multiply"]), quiet=quietly
    )
    def in_place(self, x, y, name, quiet):
        change = {"add": operator.iadd, "subtract": operator.isub, "multiply": operator.imul}[name]
        with self.within(quiet):
            model = self.model_of(BINARY[name], x.model, y.model, quiet=quiet)
            if np.max(np.abs(model.value)) > LARGE:
                return
            if x.model.leaf and not quiet:
                with pytest.raises(RuntimeError, match="a leaf that requires a gradient"):
                    change(x.tensor, y.tensor)
            elif np.ndim(x.model.value) == 0 and not x.model.leaf:
                x.tensor, x.state = change(x.tensor, y.tensor), State(model)
            elif np.shape(model.value) != np.shape(x.model.value):
                with pytest.raises(ValueError, match="would change the shape"):
                    change(x.tensor, y.tensor)
            else:
                assert change(x.tensor, y.tensor) is x.tensor
                self.become(x, model)
        self.note(x.tensor)

    @rule(x=handles, y=handles, key=st.sampled_from([..., 0, -1, slice(1)]), quiet=quietly)
    def assign(self, x, y, key, quiet):
        if key is not ... and not np.ndim(x.model.value):
            return
        whole = getattr(x.tensor, "_whole", None)
        if whole is not None and whole() is not None:  # NumPy would write through the view
            with self.within(quiet), pytest.raises(ValueError, match="a part of another Tensor"):
                x.tensor[key] = y.tensor
            return

        def put(value, part):
            value = np.array(value)
            value[key] = part
            return value

        with self.within(quiet):
            try:
                model = self.model_of(
                    (put, lambda x, y, dx, dy: put(dx, dy), "", ""), x.model, y.model, quiet=quiet
                )
            except ValueError:
                with pytest.raises(ValueError, match="put of shape"):
                    x.tensor[key] = y.tensor
                return
            if x.model.leaf and not quiet:
                with pytest.raises(RuntimeError, match="a leaf that requires a gradient"):
                    x.tensor[key] = y.tensor
            else:
                x.tensor[key] = y.tensor
                self.become(x, model)
        self.note(x.tensor)

    @rule(x=leaves, number=numbers, how=st.sampled_from(["data", "[...]"]))
    def update(self, x, number, how):
        """As an optimizer does, or somebody who loads weights."""
        if x.tensor is None:  # it was forgotten
            return
        with self.within(True):
            values = np.full(np.shape(x.model.value), number)
            if how == "data":
                x.tensor.data = values
            else:
                x.tensor[...] = values
            self.become(x, Model(values.copy()))
            values[...] = np.nan  # which can't reach the Tensor

    def become(self, x: Handle, model: Model) -> None:
        """A leaf keeps its memory, in which its views and the graph see the change; others move."""
        if x.model.leaf:
            x.model.value[...] = model.value
            self.changes.append((x.model.value, self.clock))
        else:
            x.state.model = model

    @rule(target=leaves, x=handles)
    def switch_requires_grad(self, x):
        if x.model.tracked and not x.model.leaf:
            with pytest.raises(ValueError, match="only a leaf can change requires_grad"):
                x.tensor.requires_grad = False
            return multiple()
        x.tensor.requires_grad = not x.model.leaf
        value = x.model.value
        x.state.model = Model(value) if x.model.leaf else leaf_model(np.array(value))
        self.note(x.tensor)
        return x if x.model.leaf else multiple()

    # Gradients.

    @rule(x=handles, seed=st.sampled_from(["none", "of another shape", 1.0, -0.5]))
    def backward(self, x, seed):
        model = x.model
        shape = {"none": None, "of another shape": (5,)}.get(seed, np.shape(model.value))
        g = None if shape is None else np.full(shape, seed if isinstance(seed, float) else 1.0)
        if not model.tracked:
            with pytest.raises(ValueError, match="without a graph"):
                x.tensor.backward(g)
        elif seed == "none" and np.size(model.value) != 1:
            with pytest.raises(ValueError, match="needs a seed"):
                x.tensor.backward()
        elif seed == "of another shape":
            with pytest.raises(ValueError, match=r"the seed has shape \(5,\)"):
                x.tensor.backward(g)
        elif self.is_stale(model):
            with pytest.raises(RuntimeError, match="stale graph"):
                x.tensor.backward(g)
        else:
            x.tensor.backward(g)
            self.collect(model, 1.0 if g is None else g.copy())
            if g is not None:
                g[...] = np.nan  # which can't reach a gradient

    def is_stale(self, model: Model) -> bool:
        """Whether memory that the backward pass reads was changed after it was kept."""
        return any(
            time > kept and np.shares_memory(array, changed)
            for array, kept in model.reads
            for changed, time in self.changes
        )

    def collect(self, model: Model, seed: Any) -> None:
        """Add the slopes of Σ seed · value to the gradients of the leaves."""
        gradients: dict[Leaf, list[float]] = {}
        for (leaf, _), tangent in model.tangents.items():  # element by element, in order
            gradients.setdefault(leaf, []).append(np.sum(seed * tangent))
        for leaf, gradient in gradients.items():
            leaf.grad = np.array(gradient) if leaf.grad is None else leaf.grad + gradient

    @rule(x=handles, number=st.none() | numbers)
    def change_grad(self, x, number):
        """A gradient may be forgotten, or written into: nothing else sees it."""
        if number is None:
            x.tensor.zero_grad()
            if x.model.leaf:
                x.model.leaf.grad = None
        elif x.model.leaf and x.model.leaf.grad is not None:
            x.tensor.grad[...] = number
            x.model.leaf.grad = np.full(np.size(x.model.value), number)

    # The rest.

    @rule(x=consumes(handles))
    def forget(self, x):
        tensor = weakref.ref(x.tensor)
        self.live.remove(x)
        x.tensor = None
        assert (tensor() is None) == all(other.tensor is not tensor() for other in self.live)

    @invariant()
    def as_the_model_says(self):
        tensors = {id(x.tensor): x for x in self.live}.values()
        for x in tensors:
            np.testing.assert_allclose(x.tensor.data, x.model.value, rtol=1e-12, atol=1e-12)
            assert x.tensor.requires_grad == x.model.tracked
            expected = x.model.leaf and x.model.leaf.grad
            if expected is None:
                assert x.tensor.grad is None
            else:
                assert x.tensor.grad.shape == x.tensor.shape
                np.testing.assert_allclose(x.tensor.grad.ravel(), expected, rtol=1e-9, atol=1e-9)

    def no_gradient_shares_memory(self):
        tensors = {id(x.tensor): x.tensor for x in self.live}.values()
        gradients = [tensor.grad for tensor in tensors if tensor.grad is not None]
        for i, gradient in enumerate(gradients):
            for other in [*gradients[:i], *(tensor.data for tensor in tensors)]:
                assert not np.shares_memory(gradient, other)

    def teardown(self):
        """At last every Tensor is a root. Nothing outlives the Tensors: no cycle keeps a node."""
        if sys.exception() is None:  # else its traceback keeps what it shows
            for x in self.live:
                self.backward(x, 0.5)
            self.as_the_model_says()
            self.no_gradient_shares_memory()
            for x in self.live:
                x.tensor = None
            assert [node for node in self.nodes if node() is not None] == []


TestTensors = Tensors.TestCase
TestTensors.settings = settings(stateful_step_count=50)
