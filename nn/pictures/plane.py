"""What a network does to the plane: a classifier's regions, and the lines of its hidden neurons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.primitive import NDArray
from autograd.tensor import plain
from nn.layers import Layer
from nn.module import Module
from nn.pictures.drawing import COLORS, HATCHES, MARKERS, axes_or_new, finite, legend_below, write
from nn.watching import evaluating, layer_calls

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GRID = 201  # points along each side
DASHES = ("-", "--", ":")
LINES = len(COLORS) * len(DASHES)  # of neurons in one picture: more can't be told apart
LISTED = 10  # neurons in a title
TINY = np.finfo(np.float64).tiny  # the least lead that counts


def decision_boundary(
    model: Callable[[Any], Any],
    X: Any,
    y: Any = None,
    threshold: float = 0.0,
    ax: Axes | None = None,
    *,
    names: Sequence[str] | None = None,
) -> Axes:
    """The region of the plane that a classifier gives to each class, with its data.

    `model` maps points (n, 2) to scores: one for each class, (n, k), of which the largest wins; or
    a single one, (n,) or (n, 1), that is above `threshold` for the second of two classes (0 suits
    logits and margins, 0.5 probabilities). `X` are points (n, 2), and `y`, (n,) or (n, 1), their
    classes: integers from 0 to k − 1, or of two classes any two numbers; `names` are what to call
    these, in their order. A Module is called in evaluation mode; of a scikit-learn classifier, pass
    its `predict_proba`. Where no score leads, but for rounding, the plane is white.

    Raises ValueError for points that are not in a plane or not finite, for classes that do not fit,
    for scores of another shape, or that are not finite, and for too few names, or too many;
    TypeError for what gives no scores.

    >>> ax = decision_boundary(lambda x: x[:, 0] - x[:, 1], [[0, 1], [1, 0]], [-1, 1])
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['class -1', 'class 1']
    """
    X = _points(X)
    x1, x2 = _grid_around(X)
    scores = _scores(model, np.stack([x1, x2], axis=-1), threshold)
    k = scores.shape[-1]
    names, members = _classes(y, len(X), k, names)
    ax = axes_or_new(ax)
    shown: list[Any] = []
    leads = _leads(scores)
    for i, lead in enumerate(leads):
        color, hatch = COLORS[i % 8], HATCHES[i % 8]
        look: Any = {"colors": [color], "hatches": [hatch], "alpha": 0.3}
        region = ax.contourf(x1, x2, lead, [TINY, np.inf], **look)
        region.set(edgecolor=color, linewidth=0)
        if i > 0 and lead.min() < 0 < lead.max():  # each line has a class above 0 on one side
            ax.contour(x1, x2, lead, [0], colors="black")
        shown += region.legend_elements()[0] if y is None else [_scatter(ax, X[members == i], i)]
    if y is None:
        ax.plot(X[:, 0], X[:, 1], "k.")
    if not leads.any():
        words: Any = {"ha": "center", "va": "center", "transform": ax.transAxes}
        ax.text(0.5, 0.5, "no class leads anywhere", **words)
    write(ax, "Decision boundary", "x1", "x2")
    legend_below(ax, shown, names, columns=4)
    return ax


def _leads(scores: NDArray) -> NDArray:
    """By how much each of k classes is ahead of the others, (k, …), or not, for scores (…, k)."""
    best_others = [np.delete(scores, i, axis=-1).max(axis=-1) for i in range(scores.shape[-1])]
    leads = np.moveaxis(scores, -1, 0) - best_others
    rounding = 4 * np.finfo(scores.dtype).eps * np.abs(scores).max(axis=-1)
    return np.where(np.abs(leads) > rounding, leads, 0)


def _scores(model: Callable[[Any], Any], points: NDArray, threshold: float) -> NDArray:
    """The scores of each class, in a new last axis, for points (…, 2)."""
    if not callable(model):
        raise TypeError(
            f"a model is called on an array of points, which {type(model).__name__} can't be; of a "
            f"scikit-learn classifier, pass its predict_proba"
        )
    with evaluating(model):
        scores = np.asarray(plain(model(points.reshape(-1, 2))))
    n = points.size // 2
    if scores.dtype.kind != "f":
        raise TypeError(
            f"the model must give scores, floating numbers, not {scores.dtype}; of a scikit-learn "
            f"classifier, pass its predict_proba"
        )
    if scores.shape[:1] != (n,) or scores.ndim > 2 or scores.size == 0:
        raise ValueError(
            f"the model must give (n,), (n, 1) or (n, k) scores for {n} points (n, 2), not an "
            f"array of shape {scores.shape}"
        )
    if not np.isfinite(scores).all():
        i = int(np.argmin(np.isfinite(scores.reshape(n, -1)).all(axis=1)))
        x1, x2 = points.reshape(-1, 2)[i]
        raise ValueError(f"the model gives {scores[i]} at the point ({x1:.4g}, {x2:.4g})")
    if scores.size == n:
        scores = scores.reshape(n, 1)
        scores = np.concatenate([np.full_like(scores, threshold), scores], axis=1)
    return scores.reshape(*points.shape[:-1], -1)


def hidden_neurons(
    model: Module,
    X: Any,
    y: Any = None,
    layer: int = 0,
    ax: Axes | None = None,
    *,
    names: Sequence[str] | None = None,
) -> Axes:
    """For each neuron of a hidden Layer, the line on which its weighted sum is 0.

    There a ReLU bends, and a sigmoid is half-way; ticks point to the side on which the sum is
    positive. A line carries the number of its neuron, as in `layer.neurons`, and no two look alike;
    of more than 24, the first are drawn. Neurons without a line in this part of the plane are
    listed in the title. In the first hidden Layer the lines are straight; in the next ones (`layer`
    counts from 0) they bend on the lines of the ReLUs before. `X` are points (n, 2), around which
    is drawn, and `y`, (n,) or (n, 1), numbers of their classes; `names` are what to call these, in
    their order.

    Raises ValueError for points that are not in a plane or not finite, for a model without that
    hidden Layer, and for too few names, or too many.

    >>> from nn.layers import MLP
    >>> model = MLP(2, [3, 1])
    >>> model.layers[0].weight.data = [[1, 0], [1, 1], [0, 0]]
    >>> model.layers[0].bias.data = [0, -0.5, -1]
    >>> print(hidden_neurons(model, [[-1, -1], [1, 1]]).get_title())
    Where the weighted sums of layers.0 are 0
    always below: neuron 2
    """
    X = _points(X)
    x1, x2 = _grid_around(X)
    path, sums = _weighted_sums(model, np.stack([x1, x2], axis=-1), layer)
    names, members = _classes(y, len(X), names=names)
    ax = axes_or_new(ax)
    shown = [_scatter(ax, X[members == i], i) for i in range(len(names))]
    if y is not None:
        legend_below(ax, shown, names, columns=4)
    title = f"Where the weighted sums of {path} are 0"
    placed: list[NDArray] = []  # where numbers stand, in units of the picture's sides
    below, above = (sums <= 0).all((0, 1)), (sums >= 0).all((0, 1))
    lines = np.flatnonzero(~below & ~above)
    if len(lines) > LINES:
        title += f"\nthe first {LINES} of {len(lines)} lines"
    for i in lines[:LINES]:
        _hinge(ax, x1, x2, sums[..., i], int(i), placed)
    for side, neurons in {"below": np.flatnonzero(below), "above": np.flatnonzero(above)}.items():
        if len(neurons):
            title += f"\nalways {side}: neuron{'s' * (len(neurons) > 1)} "
            title += ", ".join(map(str, neurons[:LISTED])) + ", …" * (len(neurons) > LISTED)
    write(ax, title, "x1", "x2")
    return ax


def _weighted_sums(model: Module, points: NDArray, layer: int) -> tuple[str, NDArray]:
    """The path of that hidden Layer, and its weighted sums (…, n_out) for points (…, 2)."""
    calls = layer_calls(model, points.reshape(-1, 2))
    called = [(call, call.layer) for call in calls if isinstance(call.layer, Layer)]
    if not 0 <= layer < len(called) - 1:
        raise ValueError(
            f"layer={layer} is not a hidden layer of this model, which has "
            f"{max(len(called) - 1, 0)}: every nn.Layer but the last, counted from 0"
        )
    call, hidden = called[layer]
    sums = call.input @ hidden.weight.data.T
    if hidden.bias is not None:
        sums = sums + hidden.bias.data
    return call.path, sums.reshape(*points.shape[:-1], -1)


def _hinge(
    ax: Axes, x1: NDArray, x2: NDArray, sums: NDArray, i: int, placed: list[NDArray]
) -> None:
    """The line on which `sums` are 0, with ticks, and the number i far from those in `placed`.

    Each has a look of its own.
    """
    from matplotlib.patheffects import withTickedStroke

    dashes, color = divmod(len(placed), 8)
    look: Any = {"colors": COLORS[color], "linestyles": DASHES[dashes]}
    line = ax.contour(x1, x2, sums, [0], **look)
    # The sums are positive on the left of the line, as it runs: Matplotlib's convention.
    undashed = {"dash_offset": 0, "dash_list": None}
    line.set(path_effects=[withTickedStroke(angle=90, length=0.5, dashes=undashed)])
    points = np.concatenate(line.allsegs[0])
    low, high = np.array([x1.min(), x2.min()]), np.array([x1.max(), x2.max()])
    places = (points - low) / (high - low)
    room = np.minimum(places, 1 - places).min(axis=1)  # to the nearest side
    for other in placed:
        room = np.minimum(room, np.linalg.norm(places - other, axis=1))
    best = int(np.argmax(room))
    placed.append(places[best])
    box = {"boxstyle": "circle,pad=0.2", "facecolor": "white", "edgecolor": COLORS[color]}
    ax.text(
        points[best, 0],
        points[best, 1],
        str(i),
        ha="center",
        va="center",
        fontsize="small",
        bbox=box,
        zorder=4,  # above the points
    )


def _points(X: Any) -> NDArray:
    """`X` as float64, if it is finite points of a plane."""
    X = finite("X", X)
    if X.ndim != 2 or X.shape[1] != 2 or not len(X):
        raise ValueError(
            f"X must be points of a plane, an array (n, 2) with n > 0, not of shape {X.shape}; of "
            f"more features, choose two, or project on two"
        )
    return np.array(X, np.float64)


def _grid_around(X: NDArray) -> tuple[NDArray, NDArray]:
    """Both coordinates, each (GRID, GRID), of a grid that reaches beyond the points (n, 2)."""
    low, high = X.min(axis=0), X.max(axis=0)
    margin = np.where(high > low, 0.15 * (high - low), 0.5)
    x1, x2 = np.linspace(low - margin, high + margin, GRID).T
    x1, x2 = np.meshgrid(x1, x2)
    return x1, x2


def _classes(
    y: Any, n: int, k: int | None = None, names: Sequence[str] | None = None
) -> tuple[Sequence[str], NDArray]:
    """A name for each class, and the class of each of n points, for their numbers (n,) or (n, 1).

    There are k classes, numbered from 0, unless two others come in; or as many as come in.
    """
    found, members = _members(y, n, k)
    if names is None:
        return [f"class {value:g}" for value in found], members
    if isinstance(names, str) or len(names) != len(found):
        raise ValueError(f"names are one for each of {len(found)} classes, not {names!r}")
    return names, members


def _members(y: Any, n: int, k: int | None) -> tuple[Any, NDArray]:
    """The numbers of the classes, and which of them each of n points is in."""
    if y is None:
        return range(k or 1), np.zeros(n, int)
    y = finite("y", y)
    if y.shape not in ((n,), (n, 1)):
        raise ValueError(f"y must be the class of each of {n} points, not of shape {y.shape}")
    values, members = np.unique(y.ravel(), return_inverse=True)
    if k is not None and not (k == len(values) == 2):
        if not np.isin(values, range(k)).all():
            raise ValueError(
                f"the model has {k} classes, numbered from 0 to {k - 1}, but y has {values}"
            )
        values, members = np.arange(k), y.ravel()
    return values, members


def _scatter(ax: Axes, X: NDArray, i: int) -> Any:
    """The points of class i."""
    look: Any = {"marker": MARKERS[i % 8], "color": COLORS[i % 8], "edgecolors": "black"}
    return ax.scatter(X[:, 0], X[:, 1], zorder=3, **look)
