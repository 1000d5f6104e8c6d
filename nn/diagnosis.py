"""What is wrong with a network that does not learn, layer by layer.

`diagnose` looks at a network as a whole; `not_finite` finds where a loss that is NaN came from.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Tensor, no_grad
from autograd.graph import record_when
from autograd.primitive import NDArray
from autograd.tensor import plain
from nn.blocks import Dropout
from nn.inputs import real
from nn.layers import Neuron
from nn.losses import LOSSES, Loss
from nn.metrics import named
from nn.module import Module
from nn.watching import Call, noting, passing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FLAT = 0.01  # of the steepest slope: where a unit counts as saturated
MOSTLY = 0.9  # of the inputs, on which it has to be
FEW = 0.1  # of a layer's units: with no more than that dead or saturated, it still learns
REMEDY = "try a smaller learning rate, clipped gradients or standardised data"
FAR = 1e3  # how much gradients may shrink or grow from the last layer to any other


@dataclass(frozen=True)
class LayerHealth:
    """What a layer, of `units` outputs for each item, gave and what gradient reached its output.

    `mean` and `std` are of its outputs, `gradient` is the root of the mean squared gradient there.
    `dead` counts ReLUs that are 0 for all items, `saturated` the sigmoids and tanhs with next to no
    slope for most items; None where the layer has another activation.
    """

    path: str
    layer: str
    units: int
    mean: float
    std: float
    gradient: float
    dead: int | None = None
    saturated: int | None = None


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """The layers of a network, in the order of their first calls; `findings` says what is wrong.

    Up to a tenth of a layer's units may be dead or saturated without a finding, as they are in many
    a network that learns well; `layers` has their numbers.
    """

    layers: list[LayerHealth]
    items: int

    @property
    def findings(self) -> list[str]:
        """What is wrong, and what helps, a sentence each; empty if nothing is."""
        found = []
        for layer in self.layers:
            if not np.isfinite([layer.mean, layer.std]).all():
                found.append(
                    f"{layer.path} gives NaN or infinity: look at its parameters and at what it is "
                    f"given"
                )
        dead = _counted((layer.path, layer.dead, layer.units) for layer in self.layers)
        if dead:
            found.append(
                f"dead ReLUs, which are 0 on all {self.items} items and learn nothing: {dead}; "
                f"leaky_relu or a smaller learning rate keeps them alive"
            )
        saturated = _counted((layer.path, layer.saturated, layer.units) for layer in self.layers)
        if saturated:
            found.append(
                f"saturated units, with next to no slope on {MOSTLY:.0%} of the items: {saturated}"
                f"; smaller weights, standardised inputs or a norm before them help"
            )
        return found + self._about_gradients()

    @property
    def verdict(self) -> list[str]:
        """The findings or, if there are none, that nothing is wrong, and what few units are off."""
        few = [
            f"{n} of {layer.units} in {layer.path}"
            for layer in self.layers
            if (n := layer.dead or layer.saturated)
        ]
        but = "; so few units that are dead or saturated do no harm: " if few else ""
        return self.findings or [f"Nothing is wrong, as it seems{but}{', '.join(few)}."]

    def _about_gradients(self) -> list[str]:
        """What is wrong with the gradients on their way back from the last layer."""
        *others, last = self.layers
        reached = [layer for layer in others if layer.gradient > 0]
        found = []
        if not last.gradient > 0:
            found.append(f"no gradient reaches {last.path}, the last layer, nor any other")
        elif len(reached) < len(others):
            cut = [layer.path for layer in others if not layer.gradient > 0]
            found.append(
                f"no gradient reaches {', '.join(cut)}: what comes after lets none through"
            )
        sizes = {layer.path: layer.gradient / last.gradient for layer in reached if last.gradient}
        if sizes and min(sizes.values()) < 1 / FAR:
            least = min(sizes, key=lambda path: sizes[path])
            found.append(
                f"gradients vanish: from {last.path} back to {least} they shrink to "
                f"{sizes[least]:.1g} of their size; relu, Residual, a norm or another init= keeps "
                f"them up"
            )
        if sizes and max(sizes.values()) > FAR:
            most = max(sizes, key=lambda path: sizes[path])
            found.append(
                f"gradients explode: from {last.path} back to {most} they grow to "
                f"{sizes[most]:.1g} times their size; smaller weights, a norm or clip_grad_norm "
                f"keeps them down"
            )
        return found

    def plot(self, ax: Axes | None = None) -> Axes:
        """The gradient at each layer, and its dead and saturated units; it needs Matplotlib."""
        axes: Axes = import_module("nn.pictures").layer_health(self.layers, ax)
        return axes

    def __repr__(self) -> str:
        table: list[tuple[str, ...]] = [("layer", "", "output", "gradient", "dead", "saturated")]
        for layer in self.layers:
            output, gradient = f"{layer.mean:.2g} ± {layer.std:.2g}", f"{layer.gradient:.2g}"
            counts = ["" if n is None else str(n) for n in (layer.dead, layer.saturated)]
            table.append((layer.path, layer.layer, output, gradient, *counts))
        widths = [max(map(len, column)) for column in zip(*table)]
        rows = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in table]
        words = [f"- {finding}" for finding in self.findings] or self.verdict
        return "\n".join([*words, "", *rows])


def diagnose(model: Module, X: Any, y: Any = None, loss: str | Loss = "mse") -> Diagnosis:
    """What the layers of `model` give for `X`, and which gradients reach them: what is wrong?

    The gradients are those of the loss on targets `y`, or without them of a random direction at the
    output. A few hundred items are enough. The pass is made as in training, but without dropout, by
    a deep copy: nothing changes here. A layer is a Module that holds no other.

    Raises TypeError or ValueError for what can't be used, as `fit` does.

    >>> import nn
    >>> model = nn.MLP(2, [16] * 12 + [1], "sigmoid", rng=0)
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> print(diagnose(model, X).findings[0][:61])
    gradients vanish: from layers.12 back to layers.0 they shrink
    """
    if not isinstance(model, Module):
        raise TypeError(f"diagnose takes a Module, not {type(model).__name__}")
    X = real("X", X)
    if y is None:
        seen = _watched(model, X, lambda out: (out * _direction(out.shape)).sum())
    else:
        target, of_loss = real("y", y), named("loss", loss, LOSSES)
        seen = _watched(model, X, lambda out: of_loss(out, target))
    if not seen:
        raise ValueError("the model has no layer that gives an array: there is nothing to look at")
    paths = dict.fromkeys(call.path for call, _ in seen)
    return Diagnosis([_health([one for one in seen if one[0].path == p]) for p in paths], len(X))


def not_finite(model: Module, x: Any, *, first: bool = False) -> str:
    """Where a batch, whose loss is NaN or infinite, stops being finite: in words, with a remedy.

    The batch itself is finite. The gradients are still those of the step before, if this is not the
    `first`.
    """
    if words := spoiled(model, first):
        return words
    calls: list[Call] = []
    twin = copy.deepcopy(model)
    with no_grad(), noting(twin, calls), np.errstate(all="ignore"):
        prediction = plain(twin(x))
    for call in calls:
        if not all_finite(call.output):
            return (
                f"{call.path} ({call.layer.describe()}) is the first layer whose output is not "
                f"finite; what it was given is at most {_largest(call.input)} in size; {REMEDY}"
            )
    return (
        f"the output of each layer is finite, at most {_largest(prediction)} in size at the end, "
        f"but the loss of it is not; {REMEDY}"
    )


def too_much(model: Module, x: Any, path: str) -> str:
    """What the layer was given whose buffer at `path` a batch would make infinite: in words."""
    calls: list[Call] = []
    twin = copy.deepcopy(model)
    with no_grad(), noting(twin, calls), np.errstate(all="ignore"):
        twin(x)
    owner = path.rpartition(".")[0] or type(model).__name__
    kind = dict(model.named_buffers())[path].dtype
    for call in calls:
        if call.path == owner:
            return (
                f"what {owner} ({call.layer.describe()}) was given is at most "
                f"{_largest(call.input)} in size, too much for {kind}; {REMEDY}"
            )
    return f"what was added to it is too much for {kind}; {REMEDY}"


def spoiled(model: Module, first: bool = False) -> str:
    """Which parameters the last step has made NaN or infinite, and why, in words; "" if none is.

    If there was no last step, since this is the `first`, they had been before.
    """
    parameters = model.named_parameters()
    found = [path for path, tensor in parameters if not all_finite(tensor.data)]
    # On its way back, the gradient meets the last layer first.
    wrong = [p for p, t in parameters if t.grad is not None and not all_finite(t.grad)]
    if found and first:
        return f"{', '.join(found)} had NaN or infinity before the first step: set other numbers"
    if found and wrong:
        return (
            f"the gradient of {wrong[-1]} was not finite in the step before, which spoiled "
            f"{', '.join(found)}; {REMEDY}"
        )
    if found:
        return (
            f"{', '.join(found)} had been spoiled by then, though the gradients were finite: the "
            f"step before was too large; {REMEDY}"
        )
    return ""


Seen = tuple[Call, Tensor]  # the second is what collects the gradient at its output


def _watched(model: Module, X: NDArray, loss: Callable[[Tensor], Tensor]) -> list[Seen]:
    """The calls of layers in a forward pass of a copy of `model`, and a backward pass of `loss`."""
    seen: list[Seen] = []

    def see(path: str, layer: Module, inputs: tuple[Any, ...], result: Any) -> Any:
        if not isinstance(result, Tensor) or result.dtype.kind != "f":
            return result
        probe = Tensor(np.zeros(result.shape, result.dtype), requires_grad=True)
        seen.append(
            (Call(path, layer, np.asarray(plain(inputs[0])), np.asarray(result.data)), probe)
        )
        return result + probe

    twin = copy.deepcopy(model).train()
    for part in twin.modules():
        if isinstance(part, Dropout):
            part.eval()
    with record_when(True), passing(twin, see), np.errstate(all="ignore"):
        out = twin(X)
        if seen:
            loss(out).backward()
    return seen


def _counted(counts: Iterable[tuple[str, int | None, int]]) -> str:
    """How many units in which layers, where they are more than a few."""
    many = [(path, n, units) for path, n, units in counts if n and n > FEW * units]
    return ", ".join(f"{n} of {units} in {path}" for path, n, units in many)


def _direction(shape: tuple[int, ...]) -> NDArray:
    """Random numbers of that shape, always the same."""
    return np.random.default_rng(0).normal(size=shape)


def _health(seen: list[Seen]) -> LayerHealth:
    """That of a layer, from all of its calls."""
    layer = seen[0][0].layer
    outputs = [
        call.output[..., None] if isinstance(layer, Neuron) else call.output for call, _ in seen
    ]
    rows = np.concatenate([out.reshape(-1, out.shape[-1] if out.ndim else 1) for out in outputs])
    gradients = [np.zeros(p.shape) if p.grad is None else p.grad for _, p in seen]
    gradient = np.concatenate([np.ravel(g) for g in gradients])
    activation = getattr(layer, "activation", None)
    dead = saturated = None
    if activation == "relu":
        dead = int(np.sum(np.all(rows <= 0, axis=0)))
    elif isinstance(activation, str) and activation in SLOPES:
        flat = SLOPES[activation](rows) < FLAT
        saturated = int(np.sum(np.mean(flat, axis=0) >= MOSTLY))
    with np.errstate(all="ignore"):
        size = np.max(np.abs(gradient), initial=0.0)  # squares of tiny numbers are 0
        rms = size * np.sqrt(np.mean(np.square(gradient / size))) if size else 0.0
        mean, std = float(np.mean(rows)), float(np.std(rows))
    return LayerHealth(
        seen[0][0].path, layer.describe(), rows.shape[1], mean, std, float(rms), dead, saturated
    )


# The slope of an activation over its steepest, from what it gives.
SLOPES: dict[str, Callable[[NDArray], NDArray]] = {
    "sigmoid": lambda out: 4 * out * (1 - out),
    "tanh": lambda out: 1 - np.square(out),
}


def all_finite(array: NDArray) -> bool:
    """Whether each number is."""
    return bool(np.isfinite(array).all())


def _largest(array: Any) -> str:
    return f"{np.max(np.abs(array), initial=0):.3g}"
