"""How it went: losses and metrics, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from autograd.primitive import NDArray
from nn.pictures.drawing import COLORS, MARKERS, axes_or_new, legend_below, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class HasCurves(Protocol):
    """What `nn.fit` returns."""

    def curves(self) -> Mapping[str, Sequence[float]]:
        """The numbers of each curve, by its name."""


def learning_curves(
    history: HasCurves | Mapping[str, Sequence[float]] | Sequence[float], ax: Axes | None = None
) -> Axes:
    """Losses and metrics, epoch by epoch.

    `history` is what `nn.fit` returns, or losses, or a mapping from names to a number for each
    epoch. Names with "loss" in them are drawn on the returned Axes, on a log scale if all their
    numbers are positive; the others, metrics such as "accuracy", get an axis of their own on the
    right, unless there are no losses. "val_loss" and "test_loss" are dashed, and have the colour of
    "loss"; so do those of any other name. A line marks the epoch whose weights
    EarlyStopping has put back.

    Raises ValueError if there is nothing to draw, or for a number that is NaN or infinite.

    >>> ax = learning_curves({"loss": [0.7, 0.4, 0.3], "accuracy": [0.5, 0.8, 0.9]})
    >>> ax.lines[0].get_ydata().tolist(), ax.get_yscale()
    ([0.7, 0.4, 0.3], 'log')
    """
    curves = _curves(history)
    losses = [name for name in curves if "loss" in name]
    ax = axes_or_new(ax)
    right = ax
    if 0 < len(losses) < len(curves):
        right = ax.twinx()
        right.set_zorder(ax.get_zorder() - 1)  # its curves are not to run over the legend of `ax`
        right.patch.set_visible(True)
        ax.patch.set_visible(False)
    quantities = list(dict.fromkeys(map(_quantity, curves)))
    lines = []
    for name, numbers in curves.items():
        i = quantities.index(_quantity(name))
        lines += (ax if name in losses else right).plot(
            np.arange(1, len(numbers) + 1),
            numbers,
            color=COLORS[i % 8],
            linestyle="-" if name == quantities[i] else "--",
            marker=MARKERS[i % 8],
            markevery=max(1, len(numbers) // 10),
            label=name if right is ax or name in losses else f"{name} (right)",
        )
    metrics = [name for name in curves if name not in losses]
    write(ax, "Learning curves", "epoch", _label(losses or metrics))
    ax.locator_params(axis="x", integer=True)
    ax.grid(alpha=0.3)
    if max(map(len, curves.values())) == 1:
        ax.set_xticks([1])  # rather than 0.96, 0.98, …
    loss = np.concatenate([np.empty(0), *(curves[name] for name in losses)])
    if len(set(loss)) > 1 and loss.min() > 0:
        ax.set(yscale="log", ylabel=f"{_label(losses)} (log scale)")
        _tick_log_scale(ax, loss)
    if restored := getattr(history, "restored", None):
        look: Any = {"color": "black", "linestyle": ":", "label": f"best weights: epoch {restored}"}
        lines.append(ax.axvline(restored, **look))
    if right is not ax:
        right.set_ylabel(_label(metrics))
    if len(lines) > 1:
        columns = 3 if len(lines) == 3 else 2
        legend_below(ax, lines, [str(line.get_label()) for line in lines], columns)
    return ax


def _label(names: Iterable[str]) -> str:
    """What is measured on an axis."""
    return ", ".join(dict.fromkeys(map(_quantity, names)))


def _tick_log_scale(ax: Axes, numbers: NDArray) -> None:
    """Have ticks such as 0.5, 0.2 and 0.1 where there would be few powers of ten, or none."""
    from matplotlib.ticker import AutoLocator, LogLocator, NullFormatter, ScalarFormatter

    change = numbers.max() / numbers.min()
    if change < 100:
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)) if change > 5 else AutoLocator())
        ax.yaxis.set_major_formatter(ScalarFormatter())
        ax.yaxis.set_minor_formatter(NullFormatter())


def _curves(history: Any) -> dict[str, NDArray]:
    """The numbers of each curve, by its name."""
    if not isinstance(history, Mapping):
        history = history.curves() if hasattr(history, "curves") else {"loss": history}
    curves = {name: np.asarray(numbers, np.float64) for name, numbers in history.items()}
    if not curves:
        raise ValueError("a history without any curve: there is nothing to draw")
    for name, numbers in curves.items():
        if numbers.ndim != 1 or not numbers.size:
            raise ValueError(
                f"{name!r} must be a number for each epoch, of at least one, not an array of shape "
                f"{numbers.shape}"
            )
        if not np.isfinite(numbers).all():
            epoch = int(np.argmin(np.isfinite(numbers)))
            raise ValueError(
                f"{name!r} is {numbers[epoch]} in epoch {epoch + 1}; draw the epochs before it, "
                f"and train at a lower learning rate"
            )
    return curves


def _quantity(name: str) -> str:
    """`loss` for `val_loss`: what is measured, on whatever data."""
    held_out, _, quantity = name.partition("_")
    return quantity if held_out in ("val", "validation", "test") and quantity else name
