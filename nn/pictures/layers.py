"""What the layers of a network give, what gradients they get, and which of their units are dead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import relu
from autograd.primitive import NDArray
from nn.layers import Neuron
from nn.module import Module
from nn.pictures.drawing import COLORS, axes_or_new, finite, label_rows, write
from nn.watching import layer_calls, layer_outputs

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 40


def activation_histograms(model: Module, X: Any, ax: Axes | None = None) -> Axes:
    r"""How the outputs of each layer are distributed on inputs `X`, a row for each layer.

    With their mean and standard deviation, of all; zeros, of which ReLU makes many, are counted in
    words and left out of the histogram, whose highest bar fills the row. Spikes at both ends are
    saturated units; rows that narrow from layer to layer lose the signal. A layer is a Module that
    holds no other; they are called in evaluation mode, in which Dropout, which then hands on what
    it is given, has no row.

    Raises TypeError if `model` is no Module, and ValueError for numbers that are not finite, or
    none at all.

    >>> from nn.layers import Layer
    >>> layer = Layer(1, 2, "relu")
    >>> layer.weight.data = [[1], [-1]]
    >>> ax = activation_histograms(layer, [[1.0], [3.0]])
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['Layer\nmean 1 ± 1.2\n50% are 0']
    """
    rows = layer_outputs(model, _batch(X))
    notes = [f"mean {row.mean():.2g} ± {row.std():.2g}{_zeros(row)}" for row in rows.values()]
    ax = _histograms(rows, notes, _even, ax)
    write(ax, "Activations by layer", "output of the layer")
    return ax


def gradient_histograms(model: Module, ax: Axes | None = None) -> Axes:
    r"""How large the gradients of the parameters of each layer are, a row for each layer.

    They are those that the last `backward()` (or `nn.fit`) left in `.grad`, without their signs, on
    a log scale. Zeros are counted in words and left out of the median and of the histogram, whose
    highest bar fills the row. Where rows move to the left from the output back to the input, the
    gradients vanish; where to the right, they explode.

    Raises TypeError if `model` is no Module, and ValueError if it has no gradients, or one that is
    not finite.

    >>> from nn.layers import Layer
    >>> layer = Layer(2, 2, "relu")
    >>> layer.bias.data = [-100, 100]
    >>> layer([1.0, 2.0]).sum().backward()
    >>> [label.get_text() for label in gradient_histograms(layer).get_yticklabels()]
    ['Layer\nmedian 1\n50% are 0']
    """
    if not isinstance(model, Module):
        raise TypeError(f"only the parameters of a Module are known, not {type(model).__name__}'s")
    gradients: dict[str, list[NDArray]] = {}
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            layer = name.rpartition(".")[0] or type(model).__name__
            gradients.setdefault(layer, []).append(
                finite(f"the gradient of {name}", parameter.grad)
            )
    if not gradients:
        raise ValueError(
            "no parameter of the model has a gradient: call backward() on a loss first"
        )
    rows = {
        layer: np.abs(np.concatenate([g.ravel() for g in gs])) for layer, gs in gradients.items()
    }
    notes = [f"{_median(row)}{_zeros(row)}" for row in rows.values()]
    ax = _histograms(rows, notes, _geometric, ax)
    write(ax, "Gradients by layer", "size (log scale)")
    ax.set(xscale="log")
    return ax


def dead_relus(model: Module, X: Any, ax: Axes | None = None) -> Axes:
    """For each layer with ReLU, the share of its units that are 0 on all of the inputs `X`.

    No gradient flows through such a unit: it learns no more. Units are counted along the last axis.

    Raises TypeError if `model` is no Module, and ValueError if it has no ReLU (a layer whose
    `activation` is relu), or for numbers that are not finite, or none at all.

    >>> from nn.layers import MLP
    >>> model = MLP(2, [4, 1])
    >>> model.layers[0].bias.data = [-100, 100, 100, 100]
    >>> ax = dead_relus(model, [[0.5, 1.0], [2.0, -1.0]])
    >>> print(ax.patches[0].get_width())
    25.0
    """
    dead: dict[str, NDArray] = {}
    for call in layer_calls(model, _batch(X)):
        if getattr(call.layer, "activation", None) in ("relu", relu):
            output = call.output[..., None] if isinstance(call.layer, Neuron) else call.output
            off: NDArray = np.all(output <= 0, axis=tuple(range(output.ndim - 1)))
            dead[call.path] = off & dead.get(call.path, off)
    if not dead:
        raise ValueError("the model has no layer whose activation is relu, so none can be dead")
    ax = axes_or_new(ax, rows=len(dead))
    look: Any = {"color": COLORS[3], "edgecolor": "black", "hatch": "//"}
    shares = [100 * int(units.sum()) / units.size for units in dead.values()]
    ax.barh(range(len(dead)), shares, height=0.6, **look)
    labels = [f"{path}\n{np.sum(units)} of {units.size}" for path, units in dead.items()]
    ax.set_ylim(len(dead) - 0.5, -0.5)  # the first layer on top
    label_rows(ax, range(len(dead)), labels)
    write(ax, "Dead ReLUs by layer", "units that are always 0 (%)")
    ax.set(xlim=(0, 100))
    return ax


def _batch(X: Any) -> NDArray:
    """`X`, if it is finite and not empty: of nothing, every unit would be dead."""
    array = finite("X", X)
    if not array.size:
        raise ValueError(f"X must hold one example or more, but has shape {array.shape}")
    return array


def _histograms(
    rows: Mapping[str, NDArray],
    notes: Sequence[str],
    spaced: Callable[[float, float], NDArray],
    ax: Axes | None,
) -> Axes:
    """A histogram of the numbers in each row that are not 0, one below the other, on one scale."""
    numbers = [row[row != 0].astype(np.float64) for row in rows.values()]
    every = np.concatenate(numbers)
    low, high = (every.min(), every.max()) if len(every) else (1.0, 1.0)
    if high - low <= 1e-9 * max(abs(low), abs(high)):  # one number, but for rounding
        low, high = sorted((low / 2, high * 2))
    edges = spaced(low, high)
    edges[[0, -1]] = min(edges[0], low), max(edges[-1], high)  # rounding must not lose a number
    ax = axes_or_new(ax, rows=len(rows))
    for i, row in enumerate(numbers):
        counts = np.histogram(row, edges)[0]
        base = len(numbers) - 1 - i  # the first layer on top
        heights = base + 0.85 * counts / max(counts.max(), 1)
        ax.stairs(heights, edges, baseline=base, fill=True, color=COLORS[0])
        ax.axhline(base, color="black", linewidth=0.8)
    labels = [f"{path}\n{note}" for path, note in zip(rows, notes)]
    ax.set_ylim(0, len(labels))
    label_rows(ax, np.arange(len(labels))[::-1] + 0.425, labels)
    ax.tick_params(axis="y", length=0)
    return ax


def _even(low: float, high: float) -> NDArray:
    """Edges of bins of one width, of which 0 is one: what ReLU lets through begins there."""
    width = (high - low) / BINS
    return width * np.arange(np.floor(low / width), np.ceil(high / width) + 1)


def _geometric(low: float, high: float) -> NDArray:
    """Edges of bins of one width on a log scale."""
    return np.geomspace(low, high, BINS + 1)


def _median(row: NDArray) -> str:
    """The median of the numbers that are not 0, in words."""
    nonzero = row[row != 0]
    return f"median {np.median(nonzero):.2g}" if len(nonzero) else ""


def _zeros(row: NDArray) -> str:
    """How to say that a share of the numbers is 0."""
    share = np.mean(row == 0)
    return f"\n{share:.0%} are 0" if share else ""
