"""The network of `nn.layers`, number by number: Neuron, Layer and MLP made of scalar Values.

Signatures, attributes and results are micrograd's; an activation can be chosen besides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import numpy as np

from autograd.value import (
    Value,
    WeightedSum,
    next_number,
    relu_and_slope,
    sigmoid_and_slope,
    tanh_and_slope,
)
from nn import layers
from nn.init import generator, positive_integer

__all__ = ["Neuron", "Layer", "MLP"]


def softplus_and_slope(x: float) -> tuple[float, float]:
    """log(1 + e^x), from e^-|x|, which can't overflow; its slope is the sigmoid."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x))), sigmoid_and_slope(x)[0]


# By name: what a neuron with it is called, f(s) with f'(s), and what its output is called.
ACTIVATIONS: dict[str, tuple[str, Callable[[float], tuple[float, float]] | None, str]] = {
    "relu": ("ReLU", relu_and_slope, "ReLU(weighted sum)"),
    "tanh": ("Tanh", tanh_and_slope, "tanh(weighted sum)"),
    "sigmoid": ("Sigmoid", sigmoid_and_slope, "sigmoid(weighted sum)"),
    "softplus": ("Softplus", softplus_and_slope, "softplus(weighted sum)"),
    "identity": ("Linear", None, "weighted sum"),
}


class Module:
    """Something with parameters."""

    def parameters(self) -> list[Value]:
        """Every weight and bias, in order."""
        return []

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero."""
        for parameter in self.parameters():
            parameter.grad = 0.0


class Neuron(Module):
    """f(w · x + b): weights uniform in [-1, 1), bias 0, and f the activation if `nonlin`.

    >>> neuron = Neuron(2, activation="sigmoid")
    >>> neuron.w, neuron.b = [Value(0.8), Value(-0.5)], Value(0.1)
    >>> round(neuron([1.0, 0.5]).data, 10)
    0.6570104627
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: str = "relu",
        rng: np.random.Generator | int | None = None,
    ) -> None:
        rng = generator(rng)
        nin = positive_integer("nin", nin)
        self.w = [Value(weight) for weight in rng.uniform(-1.0, 1.0, nin).tolist()]
        self.b = Value(0.0)
        self.activation = _known(activation)
        self.nonlin = nonlin and activation != "identity"

    def __call__(self, x: Iterable[Value | float]) -> Value:
        """The output for the inputs `x`, as many as there are weights."""
        start = next_number()
        inputs = _values(x, len(self.w), self)
        out = self._output(inputs, [value.data for value in inputs])
        out._call = self, start, None
        return out

    def _output(self, inputs: tuple[Value, ...], data: Sequence[float]) -> WeightedSum:
        _, function, op = ACTIVATIONS[self.activation if self.nonlin else "identity"]
        return WeightedSum(self.w, inputs, self.b, function, op, data)

    def parameters(self) -> list[Value]:
        """The weights, then the bias."""
        return [*self.w, self.b]

    def __repr__(self) -> str:
        kind = ACTIVATIONS[self.activation if self.nonlin else "identity"][0]
        return f"{kind}Neuron({len(self.w)})"


class Layer(Module):
    """`nout` neurons with the same inputs; a layer of one returns a Value, not a list.

    >>> Layer(3, 2, activation="tanh")
    Layer of [TanhNeuron(3), TanhNeuron(3)]
    """

    def __init__(
        self, nin: int, nout: int, *, rng: np.random.Generator | int | None = None, **kwargs: Any
    ) -> None:
        rng = generator(rng)
        nout = positive_integer("nout", nout)
        self.neurons = [Neuron(nin, rng=rng, **kwargs) for _ in range(nout)]

    def __call__(self, x: Iterable[Value | float]) -> Any:  # a Value or a list of them
        """The outputs of all neurons for the inputs `x`."""
        start = next_number()
        inputs = _values(x, len(self.neurons[0].w) if self.neurons else 0, self)
        data = [value.data for value in inputs]
        out = [neuron._output(inputs, data) for neuron in self.neurons]
        call = self, start, None
        for value in out:
            value._call = call
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        """Those of each neuron in turn."""
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(repr, self.neurons))}]"


class MLP(Module):
    """Layers in a row: `activation` on the hidden ones, `output` on the last.

    >>> model = MLP(2, [16, 16, 1], rng=np.random.default_rng(0))
    >>> len(model.parameters())
    337
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: str = "relu",
        output: str = "identity",
        rng: np.random.Generator | int | None = None,
    ) -> None:
        rng = generator(rng)
        if not nouts:
            raise ValueError("an MLP needs the width of at least one layer in nouts, got none")
        names = [_known(activation)] * (len(nouts) - 1) + [output]
        sizes = [nin, *nouts]
        self.layers = [
            Layer(n, m, activation=name, nonlin=name != "identity", rng=rng)
            for n, m, name in zip(sizes, nouts, names, strict=False)
        ]

    def __call__(self, x: Iterable[Value | float]) -> Any:  # a Value or a list of them
        """The outputs of the last layer for the inputs `x`."""
        start = next_number()
        out: Any = x
        for layer in self.layers:
            out = layer(out)
        for value in out if isinstance(out, list) else [out]:
            value._call = self, start, getattr(value, "_call", None)
        return out

    @classmethod
    def from_tensors(cls, model: layers.MLP) -> Self:
        """The scalar twin of an MLP on Tensors, with copies of its parameters.

        >>> model = layers.MLP(2, [3, 1], activation="tanh", rng=0)
        >>> twin = MLP.from_tensors(model)
        >>> bool(np.isclose(model([0.5, -1.0]).item(), twin([0.5, -1.0]).data, rtol=1e-14))
        True
        """
        twin = cls(model.layers[0].weight.shape[1], [len(layer.weight) for layer in model.layers])
        for layer, ours in zip(model.layers, twin.layers):
            name = _known(layer.activation)
            biases = np.zeros(len(layer.weight)) if layer.bias is None else layer.bias.data
            rows = zip(ours.neurons, layer.weight.data.tolist(), biases.tolist())
            for neuron, weights, bias in rows:
                neuron.w, neuron.b = [Value(weight) for weight in weights], Value(bias)
                neuron.activation, neuron.nonlin = name, name != "identity"
        return twin

    def to_tensors(self, dtype: Any = np.float64) -> layers.MLP:
        """The twin on Tensors, with copies of the parameters."""
        sizes = [len(self.layers[0].neurons[0].w), *(len(layer.neurons) for layer in self.layers)]
        twin = layers.MLP(sizes[0], sizes[1:], dtype=dtype)
        for layer, theirs in zip(self.layers, twin.layers):
            names = {neuron.activation if neuron.nonlin else "identity" for neuron in layer.neurons}
            if len(names) > 1:
                raise ValueError(f"a layer of Tensors has one activation, not {sorted(names)}")
            theirs.activation = names.pop()
            theirs.weight.data = [[w.data for w in neuron.w] for neuron in layer.neurons]
            theirs.bias.data = [neuron.b.data for neuron in layer.neurons]
        return twin

    def parameters(self) -> list[Value]:
        """Those of each layer in turn."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"


def _known(activation: Any) -> str:
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise ValueError(f"unknown activation {activation!r}; known are {', '.join(ACTIVATIONS)}")
    return activation


def _values(x: Value | Iterable[Value | float], expected: int, module: Module) -> tuple[Value, ...]:
    if isinstance(x, Value):  # what a layer of one neuron returns
        x = (x,)
    inputs = tuple([value if isinstance(value, Value) else Value(value) for value in x])
    if len(inputs) != expected:
        raise ValueError(
            f"{module!r} takes {expected} inputs, but got {len(inputs)}; "
            "give it one number or Value for each weight of a neuron"
        )
    return inputs
