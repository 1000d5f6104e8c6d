"""What networks are built of besides Layers: in a row, around a part, and on what flows between.

nn.Sequential(nn.Layer(64, 32, None), nn.BatchNorm(32), "relu", nn.Dropout(0.2), …)

Where nothing stands between a Layer and its activation, give it to the Layer: nn.Layer(64, 32,
"relu"). One without it does not know what follows, and its weights are drawn for a linear layer:
each relu after such a one halves the signal, so that little is left of it in a deep network, unless
a BatchNorm comes in between, or init="he_normal" is given.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping
from typing import Any, Self, TypeAlias, overload

import numpy as np

from autograd import Tensor
from autograd.tensor import plain
from nn.activations import ActivationLike, function_of, known
from nn.init import Initialiser, drawn, generator, positive_integer, within
from nn.layers import floating, shown, written
from nn.module import Module, architecture, build, built_in

Part: TypeAlias = Module | ActivationLike


@built_in
class Sequential(Module):
    """Parts in a row, each taking what the one before gives: Modules, functions, or activations.

    A function, or the name of an activation, becomes an `Activation`. They are in the list
    `layers`; `model[i]` is one of them, which may be replaced, and `model[i:j]` a Sequential that
    shares them. Maps what the first part takes to what the last gives; without parts, x to x.
    Raises TypeError for what is no part.

    >>> from nn.layers import Layer
    >>> model = Sequential(Layer(2, 3, None, rng=0), "tanh", np.square)
    >>> model
    Sequential: 9 parameters
      layers.0: Layer(2, 3, 'identity'): 9 parameters
      layers.1: Activation('tanh'): 0 parameters
      layers.2: Activation(square): 0 parameters
    >>> model[:2](np.ones((5, 2))).shape
    (5, 3)
    """

    def __init__(self, *parts: Part) -> None:
        self.layers = [_part(part) for part in parts]

    def forward(self, x: Any) -> Any:
        """What the last part gives."""
        for layer in self.layers:
            x = layer(x)
        return x

    def append(self, part: Part) -> Self:
        """Put `part` at the end; returns the Sequential."""
        self.layers = [*self.layers, _part(part)]  # an assignment, so that it gets its names
        return self

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Module]:
        return iter(self.layers)

    @overload
    def __getitem__(self, key: int) -> Module: ...
    @overload
    def __getitem__(self, key: slice) -> Sequential: ...
    def __getitem__(self, key: int | slice) -> Module:
        if not isinstance(key, slice):
            return self.layers[key]
        part = Sequential()
        vars(part)["layers"] = self.layers[key]  # which leaves the parameters their names
        return part

    def __setitem__(self, key: int, part: Part) -> None:
        layers = list(self.layers)
        layers[operator.index(key)] = _part(part)
        self.layers = layers  # an assignment, so that it gets its names

    def config(self) -> dict[str, Any]:
        """The parts, as `Module.config` says."""
        return {"layers": [architecture(layer) for layer in self.layers]}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """A Sequential with that `config()`, whose numbers are new."""
        return cls(*map(build, config["layers"]))


@built_in
class Residual(Module):
    """x + inner(x): the part only learns the difference from x (He et al. 2016).

    Maps a shape to itself. `inner` is a Module, a function, or the name of an activation. Raises
    ValueError when called if `inner` changes the shape.

    >>> Residual(np.square)(np.array([1.0, 3.0]))
    Tensor([ 2., 12.])
    """

    def __init__(self, inner: Part) -> None:
        self.inner = _part(inner)

    def forward(self, x: Any) -> Tensor:
        """x + inner(x), of the shape of x."""
        x = _tensor(x)
        change = self.inner(x)
        if change.shape != x.shape:
            raise ValueError(
                f"Residual adds inner(x) to x, but they have shapes {change.shape} and {x.shape}; "
                f"inner must give what it takes"
            )
        if not x.requires_grad and x.dtype != change.dtype:
            x = x.astype(change.dtype)  # as in a Layer, plain data takes the network's
        return x + change  # type: ignore[no-any-return]

    def config(self) -> dict[str, Any]:
        """inner, as `Module.config` says."""
        return {"inner": architecture(self.inner)}


@built_in
class Activation(Module):
    """An activation as a Module: a name in nn.activations.ACTIVATIONS, or any function of a Tensor.

    Maps (…) to (…); softmax and log_softmax work along the last axis. Integers become float64, but
    for a function of one's own.

    >>> Activation("leaky_relu")([-100.0, 2.0])
    Tensor([-1.,  2.])
    """

    def __init__(self, activation: ActivationLike) -> None:
        self.activation = known(activation)

    def forward(self, x: Any) -> Any:
        """f(x)."""
        x = _tensor(x)
        if isinstance(self.activation, str) and x.dtype.kind in "biu":
            x = x.astype(np.float64)
        return function_of(self.activation)(x)

    def config(self) -> dict[str, Any]:
        """The activation, as `Module.config` says."""
        return {"activation": written(self.activation)}

    def describe(self) -> str:
        """The class and the activation."""
        return f"Activation({shown(self.activation)})"


@built_in
class Flatten(Module):
    """All axes but the first made one: (n, a, b, …) to (n, a·b·…).

    >>> Flatten()(np.ones((5, 8, 8))).shape
    (5, 64)
    """

    def forward(self, x: Any) -> Tensor:
        """x of shape (n, …) in shape (n, -1)."""
        x = _tensor(x)
        if x.ndim == 0:
            raise ValueError("Flatten takes an array of items, of shape (n, …), not one number")
        return x.reshape(x.shape[0], math.prod(x.shape[1:]))  # type: ignore[no-any-return]

    def config(self) -> dict[str, Any]:
        """Nothing."""
        return {}


@built_in
class Dropout(Module):
    """In training, each element is 0 with probability p, else divided by 1 − p; then, x itself.

    So its mean is that of x in both modes (Srivastava et al. 2014, inverted). Maps (…) to (…).
    Which elements is drawn from `rng`, a Generator of its own: made from an integer seed, or
    spawned from a Generator, which goes on as if it had not been asked. Raises ValueError unless
    0 ≤ p < 1.

    >>> dropout = Dropout(0.5, rng=0)
    >>> dropout(np.ones(6))
    Tensor([2., 0., 0., 0., 2., 2.])
    >>> dropout.eval()(np.ones(6))
    Tensor([1., 1., 1., 1., 1., 1.])
    """

    def __init__(self, p: float = 0.5, rng: np.random.Generator | int | None = None) -> None:
        self.p = within("p", p, 0.0, 1.0)
        own = generator(rng)
        self.rng = own.spawn(1)[0] if own is rng else own

    def forward(self, x: Any) -> Tensor:
        """x with elements dropped in training; else x."""
        tensor = _tensor(x)
        if not self.training or not self.p:
            return tensor
        kept = self.rng.random(tensor.shape) >= self.p
        dtype = tensor.dtype if tensor.dtype.kind == "f" else np.float64
        return tensor * np.where(kept, 1 / (1 - self.p), 0).astype(dtype)

    def config(self) -> dict[str, Any]:
        """p, as `Module.config` says."""
        return {"p": self.p}

    def describe(self) -> str:
        """The class and p."""
        return f"Dropout({self.p:g})"


@built_in
class Embedding(Module):
    """A row of `weight`, shape (n, width), for each integer from 0 to n − 1.

    Maps integers (…) to (…, width). The rows begin standard normal, drawn from `rng`, or as `init`
    says, the name of an initialiser or a function of (shape, rng). Raises TypeError for what are no
    integers, and ValueError for one that is out of range.

    >>> embedding = Embedding(3, 2)
    >>> embedding.weight.data = [[0, 0], [1, 10], [2, 20]]
    >>> embedding([2, 1])
    Tensor([[ 2., 20.],
            [ 1., 10.]], requires_grad=True)
    """

    def __init__(
        self,
        n: int,
        width: int,
        dtype: Any = np.float64,
        rng: np.random.Generator | int | None = None,
        *,
        init: Initialiser | str | None = None,
    ) -> None:
        shape, rng = (positive_integer("n", n), positive_integer("width", width)), generator(rng)
        numbers = rng.normal(size=shape) if init is None else drawn(init, shape, rng)
        self.weight = Tensor(numbers, requires_grad=True, dtype=floating(dtype), name="weight")

    def forward(self, indices: Any) -> Tensor:
        """The rows, of shape (…, width), for integers of shape (…)."""
        indices = np.asarray(plain(indices))
        if indices.dtype.kind not in "iu":
            raise TypeError(
                f"Embedding takes integers, the numbers of rows, not {indices.dtype} of shape "
                f"{indices.shape}"
            )
        n = len(self.weight)
        if indices.size and not (indices.min() >= 0 and indices.max() < n):
            raise ValueError(
                f"Embedding has rows 0 to {n - 1}, but was asked for {indices.min()} to "
                f"{indices.max()}"
            )
        return self.weight[indices]

    def config(self) -> dict[str, Any]:
        """n, width and dtype, as `Module.config` says."""
        n, width = self.weight.shape
        return {"n": n, "width": width, "dtype": str(self.weight.dtype)}

    def describe(self) -> str:
        """The class, n and the width."""
        return f"Embedding({', '.join(map(str, self.weight.shape))})"


def _part(part: Any) -> Module:
    """A part of a Sequential or Residual as a Module."""
    if isinstance(part, Module):
        return part
    if isinstance(part, type) or not (isinstance(part, str) or callable(part)):
        raise TypeError(
            f"a part of a network is a Module, a function or the name of an activation, not "
            f"{part!r}; pass nn.BatchNorm(32), not nn.BatchNorm, and Sequential(*parts), not a list"
        )
    return Activation(part)


def _tensor(x: Any) -> Tensor:
    tensor: Tensor = x if type(x) is Tensor else Tensor(x)
    return tensor
