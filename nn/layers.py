"""Neuron, Layer and MLP: weighted sums with an activation, on Tensors.

A Layer is one matrix product for all of its Neurons; they can be taken out and share its memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from autograd import Tensor, affine
from autograd.graph import Leaf
from autograd.primitive import NDArray, entry
from autograd.tensor import record, wrap
from nn.activations import ACTIVATIONS, ActivationLike, function_of, known
from nn.init import Initialiser, drawn, flag, generator, positive_integer, suited_to
from nn.inputs import numbers
from nn.module import Module, architecture, build, built_in, freeze

_AFFINE = entry(affine)  # recorded directly: 8% off a small layer's forward pass


@built_in
class MLP(Module):
    """A multi-layer perceptron: layers in a row, each taking what the one before gives.

    They are in the list `layers`, where they may be replaced; names follow with the next call of
    `parameters()`.

    Parameters
    ----------
    n_in : int
        Width of the input.
    n_outs : sequence of int
        Width of each layer, the last of which is the output.
    activation : str, function or Module
        Of the hidden layers: a name in nn.activations.ACTIVATIONS, such as relu, tanh or gelu, or
        anything that is called with a Tensor and returns one.
    output : str, function or Module, optional
        Activation of the last layer; linear by default, as losses on logits want it.
    dtype : dtype
        A floating one, for the parameters and for plain data that comes in.
    rng : numpy.random.Generator or int, optional
        Where the weights are drawn from; the same seed gives the same network in every dtype.
    init, bias_init : str or function, optional
        How they begin: a name in nn.init.INITIALISERS, or a function of (shape, rng). By default
        he_normal for relu and its like, lecun_normal for other activations; biases at zero. For a
        number everywhere, nn.init.constant(0.1).

    Maps (…, n_in) to (…, n_outs[-1]). Raises ValueError or TypeError for what can't be a network,
    and when called with another width.

    >>> model = MLP(2, [3, 1], rng=0)
    >>> model
    MLP: 13 parameters
      layers.0: Layer(2, 3, 'relu'): 9 parameters
      layers.1: Layer(3, 1, 'identity'): 4 parameters
    >>> model(np.ones((5, 2))).shape
    (5, 1)
    """

    def __init__(
        self,
        n_in: int,
        n_outs: Sequence[int],
        activation: ActivationLike = "relu",
        output: ActivationLike | None = None,
        dtype: Any = np.float64,
        rng: np.random.Generator | int | None = None,
        *,
        init: Initialiser | str | None = None,
        bias_init: Initialiser | str = "zeros",
    ) -> None:
        if not isinstance(n_outs, (Sequence, np.ndarray)) or len(n_outs) == 0:
            raise ValueError(f"n_outs is the width of each layer, such as [16, 1], not {n_outs!r}")
        rng = generator(rng)
        widths = [n_in, *n_outs]
        activations = [known(activation)] * (len(n_outs) - 1) + [known(output)]
        self.layers = [
            Layer(n, m, f, dtype, rng, init=init, bias_init=bias_init)
            for n, m, f in zip(widths[:-1], widths[1:], activations, strict=True)
        ]
        self.named_parameters()  # names them

    def config(self) -> dict[str, Any]:
        """The arguments for such a network, or its layers if they are others, as `Module.config`.

        Raises TypeError if one of the layers can't be written down.
        """
        found = [architecture(layer) for layer in self.layers]
        if found and all(type(layer) is Layer for layer in self.layers):
            n_in, dtype, output = found[0]["n_in"], found[0]["dtype"], found[-1]["activation"]
            activation = found[0]["activation"] if len(found) > 1 else "relu"
            n_outs = [layer["n_out"] for layer in found]
            activations = [activation] * (len(found) - 1) + [output]
            expected = [
                {"class": "Layer", "n_in": n, "n_out": m, "activation": f, "dtype": dtype}
                for n, m, f in zip([n_in, *n_outs], n_outs, activations)
            ]
            if found == expected:
                shape = {"n_in": n_in, "n_outs": n_outs}
                return {**shape, "activation": activation, "output": output, "dtype": dtype}
        return {"layers": found}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """An MLP with that `config()`, whose numbers are new."""
        if "layers" not in config:
            return super().from_config(config)
        model = cls.__new__(cls)
        layers: Any = [build(layer) for layer in config["layers"]]
        model.layers = layers
        return model

    def forward(self, x: Any) -> Tensor:
        """The output of the last layer, of shape (…, n_outs[-1]), for x of shape (…, n_in)."""
        for layer in self.layers:
            x = layer(x)
        return x  # type: ignore[no-any-return]


@built_in
class Layer(Module):
    """f(x @ weightᵀ + bias): `n_out` neurons with the same `n_in` inputs and activation f.

    Maps (…, n_in) to (…, n_out). `weight` has shape (n_out, n_in), one row a neuron, and is drawn
    to suit the activation; `bias` has shape (n_out,) and begins at zero; it is None, and nothing is
    added, if the Layer is made with bias=False. The parameters are as for `MLP`.

    >>> layer = Layer(2, 3, "relu")
    >>> layer.weight.data = [[1, 2], [-3, 4], [1, -1]]
    >>> layer.bias.data = [1, 2, 0]
    >>> layer(np.array([1.0, 2.0]))
    Tensor([6., 7., 0.], requires_grad=True)
    >>> layer.neurons[1].weight
    Tensor([-3.,  4.], requires_grad=True, name='weight[1]')
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        activation: ActivationLike | None = "relu",
        dtype: Any = np.float64,
        rng: np.random.Generator | int | None = None,
        *,
        init: Initialiser | str | None = None,
        bias_init: Initialiser | str = "zeros",
        bias: bool = True,
    ) -> None:
        shape = (positive_integer("n_out", n_out), positive_integer("n_in", n_in))
        self.activation = known(activation)
        init = suited_to(self.activation) if init is None else init
        self.weight, self.bias = _parameters(shape, dtype, rng, init, bias_init, bias)

    def forward(self, x: Any) -> Tensor:
        """The outputs of all neurons, of shape (…, n_out), for x of shape (…, n_in)."""
        weight = self.weight
        if type(x) is not Tensor or x._array.dtype is not weight._array.dtype:
            x = converted(x, weight)
        if x._array.shape[-1:] != weight._array.shape[1:]:
            raise wrong_width(self, x)
        f = self.activation
        f = ACTIVATIONS[f] if type(f) is str else function_of(f)  # 1% off a small step
        bias = self.bias
        if bias is None:
            return f(x @ weight.T)  # type: ignore[no-any-return]
        return f(record(_AFFINE, (x, weight, bias)))  # type: ignore[no-any-return]

    @property
    def neurons(self) -> tuple[Neuron, ...]:
        """The Neurons that the Layer is made of; assign a list of Neurons to put others in place.

        They share its memory: what changes one, in place, changes the Layer. Each has a copy of
        the gradients as they are now, and collects its own from now on, unless it is frozen as the
        Layer is.

        What is assigned is copied. As many as there were go into the same parameters; with fewer or
        more the Layer gets new ones, of which an optimizer must be told. Raises TypeError for what
        is no Neuron, and ValueError for none, or unless they have one width and one activation, and
        biases if the Layer has some.
        """
        neurons = []
        for i in range(len(self.weight)):
            neuron = Neuron.__new__(Neuron)
            neuron.activation = self.activation
            neuron.weight = _part(self.weight, i)
            neuron.bias = None if self.bias is None else _part(self.bias, i)
            neurons.append(neuron)
        return tuple(neurons)

    @neurons.setter
    def neurons(self, neurons: Iterable[Neuron]) -> None:
        neurons = list(neurons)
        wrong = [neuron for neuron in neurons if not isinstance(neuron, Neuron)]
        if wrong:
            raise TypeError(f"a Layer is made of Neurons, not {wrong[0]!r}")
        kinds = {(neuron.activation, neuron.weight.shape) for neuron in neurons}
        biases = [neuron.bias.data for neuron in neurons if neuron.bias is not None]
        if len(kinds) != 1 or len(biases) != (0 if self.bias is None else len(neurons)):
            found = ", ".join(neuron.describe() for neuron in neurons) or "none"
            raise ValueError(
                f"the Neurons of a Layer, at least one, have the same inputs and one activation, "
                f"and biases if the Layer has; this is {self.describe()}, and these are {found}"
            )
        ((self.activation, _),) = kinds
        self.weight = _refilled(self.weight, [neuron.weight.data for neuron in neurons])
        if self.bias is not None:
            self.bias = _refilled(self.bias, biases)

    def config(self) -> dict[str, Any]:
        """n_in, n_out, activation and dtype, and that there is no bias, as `Module.config` says."""
        n_out, n_in = self.weight.shape
        return {"n_in": n_in, "n_out": n_out, **_rest_of_config(self)}

    def describe(self) -> str:
        """The class, n_in, n_out and the activation."""
        n_out, n_in = self.weight.shape
        return f"{type(self).__name__}({n_in}, {n_out}, {_rest_of_description(self)})"


@built_in
class Neuron(Module):
    """f(w · x + b): one neuron with `n_in` inputs and the activation f.

    Maps (…, n_in) to (…). `weight` has shape (n_in,), `bias` shape (), or is None. The parameters
    are as for `Layer`.

    >>> neuron = Neuron(3, "sigmoid")
    >>> neuron.weight.data = [0.6, 0.3, 0.1]
    >>> neuron.bias.data = 0.1
    >>> round(neuron(np.array([0.9, 0.6, 0.2])).item(), 10)
    0.698465216
    """

    def __init__(
        self,
        n_in: int,
        activation: ActivationLike | None = "relu",
        dtype: Any = np.float64,
        rng: np.random.Generator | int | None = None,
        *,
        init: Initialiser | str | None = None,
        bias_init: Initialiser | str = "zeros",
        bias: bool = True,
    ) -> None:
        self.activation = known(activation)
        shape = (positive_integer("n_in", n_in),)
        init = suited_to(self.activation) if init is None else init
        self.weight, self.bias = _parameters(shape, dtype, rng, init, bias_init, bias)

    def forward(self, x: Any) -> Tensor:
        """The output, of shape (…), for x of shape (…, n_in)."""
        x = converted(x, self.weight)
        if x.shape[-1:] != self.weight.shape:
            raise wrong_width(self, x)
        z = x @ self.weight
        return function_of(self.activation)(z if self.bias is None else z + self.bias)  # type: ignore[no-any-return]

    def config(self) -> dict[str, Any]:
        """n_in, activation and dtype, and that there is no bias, as `Module.config` says."""
        return {"n_in": self.weight.size, **_rest_of_config(self)}

    def describe(self) -> str:
        """The class, n_in and the activation."""
        return f"{type(self).__name__}({self.weight.size}, {_rest_of_description(self)})"


def _parameters(
    shape: tuple[int, ...],
    dtype: Any,
    rng: np.random.Generator | int | None,
    init: Initialiser | str,
    bias_init: Initialiser | str,
    with_bias: bool,
) -> tuple[Tensor, Any]:
    """A weight of that shape (…, n_in), and a bias of shape (…) or None.

    Which Layers have for Any: those who know that theirs has a bias need not ask.
    """
    dtype, rng = floating(dtype), generator(rng)
    weight = Tensor(drawn(init, shape, rng), requires_grad=True, dtype=dtype, name="weight")
    if not flag("bias", with_bias):
        return weight, None
    bias = drawn(bias_init, shape[:-1], rng)
    return weight, Tensor(bias, requires_grad=True, dtype=dtype, name="bias")


def _rest_of_config(module: Layer | Neuron) -> dict[str, Any]:
    """The part of `config` that is alike in both; files from before there was `bias` lack it."""
    rest = {"activation": written(module.activation), "dtype": str(module.weight.dtype)}
    return rest if module.bias is not None else {**rest, "bias": False}


def _rest_of_description(module: Layer | Neuron) -> str:
    """The part of `describe` that is alike in both."""
    return shown(module.activation) + (", bias=False" if module.bias is None else "")


def floating(dtype: Any) -> np.dtype[Any]:
    """`dtype` as one, in the machine's byte order. Raises TypeError if it is not a floating one."""
    expected = "the dtype of a layer is a floating one, such as float32"
    try:
        found: np.dtype[Any] = np.dtype(dtype)
    except TypeError:
        raise TypeError(f"{expected}, not {dtype!r}") from None
    if found.kind != "f":
        raise TypeError(f"{expected}, not {found}")
    return np.dtype(found.type)  # in the order that files have it back in


def converted(x: Any, weight: Tensor) -> Tensor:
    """`x` as a Tensor; of the dtype of `weight`, unless it has a graph."""
    if type(x) is Tensor and (x.requires_grad or x.dtype == weight.dtype):
        return x
    array = numbers("a layer takes real numbers", x)
    return wrap(array.astype(weight.dtype), None)  # a copy


def _refilled(parameter: Tensor, rows: Sequence[NDArray]) -> Tensor:
    """`parameter` with other numbers, or a new one if its shape changes."""
    numbers = np.stack(rows)
    if numbers.shape == parameter.shape:
        parameter.data = numbers
        return parameter
    return Tensor(numbers, parameter.requires_grad, parameter.dtype, parameter.name)


def wrong_width(module: Any, x: Tensor) -> ValueError:
    """The error for `x` in a Module with a `weight` (…, n_in)."""
    width, item = module.weight.shape[-1], x.shape[1:]
    flat = len(item) > 1 and math.prod(item) == width
    advice = (
        "begin with nn.Flatten(), which makes it rows" if flat else "the width is the last axis"
    )
    return ValueError(
        f"{path_or_kind(module)} expects inputs of width {width}, got shape {x.shape}; {advice}"
    )


def path_or_kind(module: Any) -> str:
    """What errors call a Module with a `weight`: its path, or its class if it is in no other."""
    path: str = (module.weight.name or "").rpartition("weight")[0].rstrip(".")
    return path or f"a {type(module).__name__}"


def _part(parameter: Tensor, i: int) -> Tensor:
    """parameter[i] as a leaf of its own that shares the memory, or frozen as the parameter is."""
    leaf = Leaf(parameter._array[i, ...])
    leaf.name = f"{parameter.name}[{i}]"
    part = wrap(leaf.value, leaf)
    if parameter._node is None:
        freeze(part)
    elif parameter.grad is not None:
        leaf.grad = np.array(parameter.grad[i])
    return part


def shown(activation: ActivationLike) -> str:
    """How to show an activation: 'relu', or the name of a function."""
    if isinstance(activation, Module):
        return activation.describe()
    return str(getattr(activation, "__name__", repr(activation)))


def written(activation: ActivationLike) -> Any:
    """An activation as a value for JSON. Raises TypeError for a function without a known name."""
    if isinstance(activation, str):
        return activation
    if isinstance(activation, Module):
        return architecture(activation)
    raise TypeError(
        f"the activation {shown(activation)} is a function of one's own, so it can't be written "
        f"down; known by name are {', '.join(ACTIVATIONS)}"
    )
