"""What the pictures share: where to draw, in which colours, and only finite numbers."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.primitive import NDArray
from autograd.tensor import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# For item i, take [i % 8]. The colours can be told apart by the colour-blind (Okabe and Ito 2008),
# but their yellow, too light for lines, is a brown here.
COLORS = "#0072B2 #E69F00 #009E73 #D55E00 #CC79A7 #56B4E9 #000000 #8C6D1F".split()
MARKERS = "os^Dv*PX"
HATCHES = ("", "//", "..", "\\\\", "xx", "--", "++", "||")
HIGHEST = 16.0  # inches of a new figure
SMALLEST = 6.0  # points of letters
ROOM = 1.35, 1.25  # inches between two Axes, for titles and labels, which may be on both sides


def axes_or_new(ax: Axes | None, rows: int = 0) -> Axes:
    """`ax`, or the Axes of a new figure, high enough for that many rows."""
    try:
        from matplotlib.axes import Axes
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("pictures need Matplotlib: pip install matplotlib") from None
    if isinstance(ax, Axes):
        _make_room(ax)
        return ax
    if ax is not None:
        raise TypeError(
            f"ax is Matplotlib's Axes: plt.gca(), or one of those that plt.subplots returns, such "
            f"as axes[0]; not {type(ax).__name__}"
        )
    height = min(max(4.0, 1.2 + 0.8 * rows), HIGHEST)
    return Figure(figsize=(6.4, height), layout="constrained").subplots()


def _make_room(ax: Axes) -> None:
    """Put the Axes of a figure further apart, if it has no layout, which would do that."""
    figure, place = ax.get_figure(root=True), ax.get_subplotspec()
    if figure is None or place is None or figure.get_layout_engine() is not None:
        return
    edges, inches = figure.subplotpars, figure.get_size_inches()
    spans = [edges.right - edges.left, edges.top - edges.bottom] * inches
    rows, columns = place.get_gridspec().get_geometry()
    gaps = []
    for span, count, gap in zip(spans, (columns, rows), ROOM):
        size = max((span - gap * (count - 1)) / count, span / count / 3)  # of one of them
        gaps.append(gap / size if count > 1 else 0.0)
    figure.subplots_adjust(wspace=max(edges.wspace, gaps[0]), hspace=max(edges.hspace, gaps[1]))


def write(ax: Axes, title: str, xlabel: str, ylabel: str = "") -> None:
    """Title and labels, on so many lines that they end where another Axes begins."""
    figure = ax.get_figure(root=True)
    inches = ax.get_window_extent().width / figure.dpi + ROOM[0] / 3 if figure else HIGHEST

    def in_lines(text: str, letters: Any) -> str:
        across = max(12, int(inches * 72 / (0.55 * letters)))  # a letter's mean width
        return "\n".join(textwrap.fill(line, across) for line in text.splitlines())

    ax.set_title(in_lines(title, ax.title.get_fontsize()))
    ax.set_xlabel(in_lines(xlabel, ax.xaxis.label.get_fontsize()))
    ax.set_ylabel(ylabel)


def legend_below(ax: Axes, handles: Sequence[Any], labels: Sequence[str], columns: int) -> None:
    """A legend under the label of the x-axis: what is drawn may fill all of the picture.

    In a figure without a layout, which makes no room for it, it would lie on what is below.
    """
    figure = ax.get_figure(root=True)
    if figure is None or figure.get_layout_engine() is None:
        ax.legend(handles, labels, fontsize="small", framealpha=0.8, loc=_emptiest(ax))
        return
    place: Any = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "borderaxespad": 3.5}
    ax.legend(handles, labels, ncols=columns, frameon=False, **place)


def _emptiest(ax: Axes) -> Any:
    """The place for a legend where the fewest points of lines are, also of Axes over `ax`.

    Matplotlib's "best" knows only those of `ax`, and of points that are scattered.
    """
    figure = ax.get_figure(root=True)
    over = [each for each in figure.axes if each.bbox.bounds == ax.bbox.bounds] if figure else [ax]
    lines = [line for each in over for line in each.lines]
    if len(over) == 1 or not lines:
        return "best"
    points = np.concatenate([line.get_transform().transform(line.get_xydata()) for line in lines])
    x, y = ax.transAxes.inverted().transform(points).T
    inside = {
        f"{row} {side}": np.sum(high & far)
        for row, high in {"upper": y > 0.7, "lower": y < 0.3, "center": abs(y - 0.5) < 0.2}.items()
        for side, far in {"right": x > 0.5, "left": x < 0.5}.items()
    }
    return min(inside, key=lambda place: inside[place])


def label_rows(ax: Axes, places: Any, labels: Sequence[str]) -> None:
    """Label rows of `ax`, which are 1 high, in letters so small that they don't touch each other.

    Where that would be too small to read, only with the first line of each label, and where that is
    not enough, only some rows.
    """
    ax.set_yticks(places, labels)
    texts = ax.get_yticklabels()
    figure = ax.get_figure(root=True)
    if figure is None or not texts:
        return
    low, high = sorted(ax.get_ylim())
    # In points; a fifth of it is for titles that a layout will make room for.
    room = 0.8 * ax.get_window_extent().height * 72 / figure.dpi / (high - low)
    own, spaced = texts[0].get_fontsize(), 1.3  # a line's height in that of its letters
    size = room / (spaced * max(label.count("\n") + 1 for label in labels))
    if size < SMALLEST:
        labels = [label.partition("\n")[0] for label in labels]
        size = room / spaced
    step = max(1, math.ceil(SMALLEST / size))
    ax.set_yticks(places[::step], labels[::step], fontsize=min(own, max(size, SMALLEST)))


def finite(name: str, data: Any) -> NDArray:
    """`data` as an array of finite numbers."""
    array: NDArray = np.asarray(plain(data))
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, not {array.dtype}")
    finite = np.isfinite(array)
    if not finite.all():
        raise ValueError(f"{name} has {np.sum(~finite)} values that are NaN or infinite")
    return array
