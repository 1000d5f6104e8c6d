"""How the layers of a network are: the gradients that reach them, and units that learn no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from nn.pictures.drawing import COLORS, axes_or_new, label_rows, legend_below, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes


DECADES = 1e3  # how much of the log scale is shown at least


class Health(Protocol):
    """What `nn.diagnose` says about a layer."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def units(self) -> int: ...  # noqa: D102
    @property
    def gradient(self) -> float: ...  # noqa: D102
    @property
    def dead(self) -> int | None: ...  # noqa: D102
    @property
    def saturated(self) -> int | None: ...  # noqa: D102


def layer_health(layers: Sequence[Health], ax: Axes | None = None) -> Axes:
    r"""The gradient at the output of each layer, and the share of its units that learn no more.

    `layers` are those of `nn.diagnose`, the first on top. Gradients are on a log scale, below; bars
    are dead or saturated units, in percent, above. Where the line runs to the left on its way up,
    from the output to the input, gradients vanish; where to the right, they explode. A layer that
    no gradient reaches has no point, and says so.

    Raises ValueError if there are no layers.

    >>> import nn
    >>> model = nn.MLP(2, [4, 1], rng=0)
    >>> model.layers[0].bias.data = [-100, 100, 100, 100]
    >>> ax = nn.diagnose(model, [[0.5, 1.0], [2.0, -1.0]]).plot()
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['layers.0\n1 of 4 dead', 'layers.1']
    """
    if not layers:
        raise ValueError("there are no layers to draw")
    ax = axes_or_new(ax, rows=len(layers))
    rows = np.arange(len(layers))
    handles: list[tuple[Any, str]] = []
    label = "gradient"
    sizes = np.array([layer.gradient for layer in layers])
    sizes = np.where(np.isfinite(sizes) & (sizes > 0), sizes, np.nan)
    if np.isfinite(sizes).any():
        (line,) = ax.plot(sizes, rows, color=COLORS[0], marker="o")
        handles.append((line, "gradient (below)"))
        low, high = np.nanmin(sizes), np.nanmax(sizes)
        margin = max(1.3, np.sqrt(DECADES / (high / low)))  # small changes shall look small
        label += " (log scale)"
        ax.set(xscale="log", xlim=(low / margin, high * margin))
    if any(layer.dead or layer.saturated for layer in layers):
        handles += _bars(layers, ax)
    ax.set_ylim(len(layers) - 0.5, -0.5)  # the first layer on top
    label_rows(ax, rows, [layer.path + _words(layer) for layer in layers])
    write(ax, "Health of the layers", label)
    ax.grid(axis="x", alpha=0.3)
    if len(handles) > 1:
        legend_below(ax, [h for h, _ in handles], [words for _, words in handles], columns=3)
    return ax


def _bars(layers: Sequence[Health], ax: Axes) -> list[tuple[Any, str]]:
    """The shares of dead and saturated units, behind what is on `ax`; each with its legend."""
    behind = ax.twiny()
    behind.set_zorder(-1)
    ax.patch.set_visible(False)
    handles = []
    for name, color, hatch in [("dead", COLORS[3], "//"), ("saturated", COLORS[4], "..")]:
        shares = [100 * (getattr(layer, name) or 0) / layer.units for layer in layers]
        if any(shares):
            look: Any = {"edgecolor": "black", "height": 0.5, "alpha": 0.6}
            bars = behind.barh(range(len(layers)), shares, color=color, hatch=hatch, **look)
            handles.append((bars, f"{name} units (above)"))
    behind.set(xlim=(0, 100), xlabel="units that learn no more (%)")
    return handles


def _words(layer: Health) -> str:
    """What is wrong with its units, and with its gradient, in a line of its own."""
    counts = {"dead": layer.dead, "saturated": layer.saturated}
    words = [f"{n} of {layer.units} {name}" for name, n in counts.items() if n]
    words += ["no gradient"] if layer.gradient == 0 else []
    return "\n" * bool(words) + ", ".join(words)
