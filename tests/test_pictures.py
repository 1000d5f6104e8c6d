"""Pictures of learning: what is drawn are the numbers; nothing else is changed."""

import subprocess
import sys
from itertools import combinations, cycle, pairwise

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

import nn
from autograd import Tensor, relu
from modules import Stack
from nn.pictures import (
    activation_histograms,
    dead_relus,
    decision_boundary,
    gradient_histograms,
    hidden_neurons,
    learning_curves,
)
from nn.pictures.drawing import COLORS

PLANE = np.array([[-1.0, -2.0], [1.0, 2.0], [0.5, -0.5], [-0.5, 1.0]])
CLASSES = np.array([0, 1, 0, 1])


def plane_model() -> nn.MLP:
    """Two inputs, three ReLUs, of which neuron 2 is dead, and one output."""
    model = nn.MLP(2, [3, 1], rng=0)
    model.layers[0].weight.data = [[2, 1], [-1, 3], [1, 1]]
    model.layers[0].bias.data = [0.5, -1, -100]
    return model


def texts(artists) -> list[str]:
    return [artist.get_text() for artist in artists]


DRAWN = {
    "learning_curves": lambda ax: learning_curves([0.5, 0.25], ax=ax),
    "decision_boundary": lambda ax: decision_boundary(plane_model(), PLANE, CLASSES, ax=ax),
    "hidden_neurons": lambda ax: hidden_neurons(plane_model(), PLANE, CLASSES, ax=ax),
    "activation_histograms": lambda ax: activation_histograms(plane_model(), PLANE, ax=ax),
    "gradient_histograms": lambda ax: gradient_histograms(with_gradients(plane_model()), ax=ax),
    "dead_relus": lambda ax: dead_relus(plane_model(), PLANE, ax=ax),
    "layer_health": lambda ax: nn.diagnose(plane_model(), PLANE).plot(ax),
}


def with_gradients(model: nn.Module, X: object = PLANE) -> nn.Module:
    model(X).sum().backward()
    return model


# All of them.


def test_every_picture_is_tested_here():
    assert set(DRAWN) == set(nn.pictures.__all__)


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_it_draws_where_it_is_told_and_leaves_pyplot_alone(draw):
    import matplotlib.pyplot as plt

    before = plt.get_fignums(), dict(mpl.rcParams), mpl.get_backend()
    left, right = Figure(figsize=(9, 4), layout="constrained").subplots(1, 2)
    assert draw(right) is right
    assert right.has_data()
    assert not left.has_data()
    new = draw(None)
    assert new.figure.axes[0] is new
    for ax in (right, new):
        FigureCanvasAgg(ax.figure).draw()  # filterwarnings: no warning of a glyph or of no room
    assert (plt.get_fignums(), dict(mpl.rcParams), mpl.get_backend()) == before


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_what_is_no_axes_is_refused(draw):
    figure = Figure()
    for other, kind in [(3, "int"), (figure, "Figure"), (figure.subplots(1, 2), "ndarray")]:
        told = rf"ax is .*plt\.gca\(\), or one of those that plt\.subplots returns, .*not {kind}"
        with pytest.raises(TypeError, match=told):
            draw(other)
    assert not any(ax.has_data() for ax in figure.axes)


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_an_axis_on_a_log_scale_says_so(draw):
    ax = draw(None)
    for axis in (ax.xaxis, ax.yaxis):
        assert ("(log scale)" in axis.get_label_text()) == (axis.get_scale() == "log")


@pytest.mark.parametrize(
    "draw", [activation_histograms, dead_relus, decision_boundary, hidden_neurons]
)
def test_no_data_is_refused(draw):
    with pytest.raises(ValueError, match=r"X .*shape \(0, 2\)"):
        draw(plane_model(), PLANE[:0])


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_nothing_is_cut_off_and_no_words_overlap(draw):
    """At its default size, every text is inside of the figure and apart from the others."""
    ax = draw(None)
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    words = [ax.title, ax.xaxis.label, ax.yaxis.label]
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        ticks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
        words += [label for place, label in ticks if low <= place <= high]
    boxes = [word.get_window_extent(renderer) for word in words if word.get_text()]
    assert len(boxes) > 4
    for i, box in enumerate(boxes):
        assert box.x0 >= 0 and box.y0 >= 0
        assert box.x1 <= ax.figure.bbox.x1 and box.y1 <= ax.figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[:i])


@pytest.mark.parametrize("shape", [(3, 2), (1, 2)])
def test_several_in_a_figure_without_a_layout_keep_out_of_each_others_way(shape):
    figure = Figure(figsize=(5.0 * shape[1], 3.0 * shape[0]))
    cells = figure.subplots(*shape).flat
    for ax, draw in zip(cells, cycle([*DRAWN.values(), *list(DRAWN.values())[::-1]])):
        draw(ax)
    figure.draw_without_rendering()
    boxes = {}  # of each cell, with the Axes that are on both sides
    for ax in figure.axes:
        boxes.setdefault(ax.get_subplotspec().num1, []).append(ax.get_tightbbox())
    found = [Bbox.union(each) for each in boxes.values()]
    assert len(found) == len(cells)
    for one, other in combinations(found, 2):
        assert not one.overlaps(other)


@pytest.mark.parametrize("layout", [None, "constrained"])
@pytest.mark.parametrize("first", [0, len(DRAWN) - 4])
def test_four_in_a_figure_of_the_default_size_are_not_cut_off(first, layout):
    figure = Figure(layout=layout)
    for ax, draw in zip(figure.subplots(2, 2).flat, list(DRAWN.values())[first:]):
        draw(ax)
    figure.draw_without_rendering()
    for ax in figure.axes:
        for words in (ax.title, ax.xaxis.label):
            box = words.get_window_extent()
            assert box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y0 >= 0


def deep() -> nn.Module:
    """21 layers: each second one has dead units, and no gradient reaches the first ones."""
    model = nn.MLP(2, [8] * 20 + [1], rng=0)
    for i, layer in enumerate(model.layers[:-1]):
        layer.bias.data = np.where(np.arange(8) < (8 if i == 5 else 3 * (i % 2)), -1e3, 0.5)
    return with_gradients(model)


@pytest.mark.parametrize(
    ("make", "layout", "height"),
    [(plane_model, None, 3.2), (deep, None, 3.2), (deep, "constrained", 6.0)],
)
def test_labels_of_rows_are_apart_in_small_axes(make, layout, height):
    model = with_gradients(make())
    figure = Figure(figsize=(6.4, height), layout=layout)
    first, second, third, fourth = figure.subplots(2, 2).flat
    drawn = [
        activation_histograms(model, PLANE, first),
        gradient_histograms(model, second),
        dead_relus(model, PLANE, third),
        nn.diagnose(model, PLANE).plot(fourth),
    ]
    figure.draw_without_rendering()
    for ax in drawn:
        labels = ax.get_yticklabels()
        boxes = [label.get_window_extent() for label in labels]
        assert not any(box.overlaps(other) for i, box in enumerate(boxes) for other in boxes[:i])
        assert labels[0].get_text().startswith("layers.0")
        assert all(label.get_fontsize() >= 6 for label in labels)


def test_a_new_figure_is_never_too_high():
    assert gradient_histograms(deep()).figure.get_figheight() == 16


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_without_matplotlib_the_error_says_what_to_install(draw, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match="need Matplotlib: pip install matplotlib"):
        draw(None)


def test_importing_the_pictures_does_not_import_matplotlib():
    program = "import sys, nn.pictures; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n"


# Learning curves.

numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


@given(
    st.dictionaries(
        st.sampled_from(["loss", "val_loss", "accuracy", "val_f1"]), numbers, min_size=1
    )
)
@settings(max_examples=6)
def test_the_lines_are_the_numbers(history):
    ax = learning_curves(history)
    lines = [line for each in ax.figure.axes for line in each.lines]
    drawn = {line.get_label().removesuffix(" (right)"): line for line in lines}
    assert set(drawn) == set(history)
    for name, line in drawn.items():
        assert line.get_xdata().tolist() == list(range(1, len(history[name]) + 1))
        assert line.get_ydata().tolist() == history[name]
        assert line.get_linestyle() == ("--" if name.startswith("val_") else "-")
    losses = [x for name in history if "loss" in name for x in history[name]]
    assert (ax.get_yscale() == "log") == (len(set(losses)) > 1 and min(losses) > 0)


def test_a_history_of_fit_is_its_losses():
    history = nn.History([3.0, 2.0, 1.0])
    (line,) = learning_curves(history).lines
    assert line.get_ydata().tolist() == [3, 2, 1]


def test_losses_and_metrics_have_an_axis_each():
    history = {"loss": [2, 1], "val_loss": [3, 2], "accuracy": [0.5, 0.9]}
    ax = learning_curves(history)
    right = ax.figure.axes[1]
    assert [line.get_label() for line in ax.lines] == ["loss", "val_loss"]
    assert [line.get_label() for line in right.lines] == ["accuracy (right)"]
    loss, val_loss, accuracy = [*ax.lines, *right.lines]
    assert loss.get_color() == val_loss.get_color() != accuracy.get_color()
    assert loss.get_marker() == val_loss.get_marker() != accuracy.get_marker()
    assert texts(ax.get_legend().get_texts()) == ["loss", "val_loss", "accuracy (right)"]
    assert (ax.get_ylabel(), right.get_ylabel()) == ("loss (log scale)", "accuracy")
    assert len(learning_curves({"accuracy": [0.5, 0.9]}).figure.axes) == 1


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ({}, "without any curve: there is nothing to draw"),
        ([], r"'loss' must be a number for each epoch, of at least one, .* shape \(0,\)"),
        (nn.History(), r"'loss' must be a number for each epoch"),
        ({"accuracy": [[1.0]]}, r"'accuracy' must be .* shape \(1, 1\)"),
        ({"loss": [1.0, np.nan]}, r"'loss' is nan in epoch 2; draw the epochs before it"),
        ([1.0, 2.0, np.inf], r"'loss' is inf in epoch 3"),
    ],
)
def test_a_history_that_cannot_be_drawn(history, message):
    with pytest.raises(ValueError, match=message):
        learning_curves(history)


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([0.9, 0.07], ["0.10", "0.20", "0.50", "1.00"]),
        ([80.0, 8.0], ["10", "20", "50"]),
        ([1.0, 1e-4], [rf"$\mathdefault{{10^{{{i}}}}}$" for i in (-4, -3, -2, -1, 0)]),
    ],
)
def test_ticks_of_losses_are_numbers_one_reads(losses, expected):
    ax = learning_curves(losses)
    ax.figure.draw_without_rendering()
    low, high = ax.get_ylim()
    ticks = [t for t in ax.yaxis.get_major_ticks() if low <= t.get_loc() <= high]
    assert texts(tick.label1 for tick in ticks) == expected
    assert not any(texts(ax.get_yticklabels(minor=True)))


@pytest.mark.parametrize("losses", [[0.5], [0.5, 0.500001], [5e5, 1e6], [1e-8, 4e-8], [2.1, 9.9]])
def test_losses_that_hardly_change_have_ticks_of_their_own(losses):
    ax = learning_curves(losses)
    ax.figure.draw_without_rendering()
    low, high = ax.get_ylim()
    ticks = [t for t in ax.yaxis.get_major_ticks() if low <= t.get_loc() <= high]
    labels = texts(tick.label1 for tick in ticks)
    assert 2 <= len(set(labels)) == len(labels)


@pytest.mark.parametrize("losses", [[1.0], [1.0] * 5, [0.7] * 3, [3e-7] * 2, [0.0]])
def test_a_loss_that_never_changes_has_a_tick(losses):
    ax = learning_curves(losses)
    ax.figure.draw_without_rendering()
    low, high = ax.get_ylim()
    assert np.isclose(ax.get_yticks(), losses[0]).any()
    assert low < losses[0] < high
    epochs = [x for x in ax.get_xticks() if ax.get_xlim()[0] <= x <= ax.get_xlim()[1]]
    assert epochs == list(range(1, len(losses) + 1))


def test_the_epoch_whose_weights_came_back_is_marked():
    ax = learning_curves(nn.History([3.0, 1.0, 2.0], restored=2))
    assert [line.get_label() for line in ax.lines] == ["loss", "best weights: epoch 2"]
    assert list(ax.lines[1].get_xdata()) == [2, 2]


# Decision boundaries.


def lines_of(ax) -> list[np.ndarray]:
    """The corners of each contour line, but for the edges of filled regions."""
    contours = [each for each in ax.collections if isinstance(each, QuadContourSet)]
    return [np.concatenate(each.allsegs[0]) for each in contours if not each.filled]


def regions_of(ax) -> list:
    return [each for each in ax.collections if isinstance(each, QuadContourSet) and each.filled]


def inside(region, point) -> bool:
    return any(path.contains_point(point) for path in region.get_paths())


@given(st.floats(-0.9, 0.9), st.floats(0, 2 * np.pi), st.sampled_from([(), (1,)]))
@settings(max_examples=8)
def test_the_boundary_of_one_score_is_where_it_is_the_threshold(threshold, angle, trailing):
    w = np.array([np.cos(angle), np.sin(angle)])

    def model(x):
        return Tensor((x @ w).reshape(-1, *trailing))

    ax = decision_boundary(model, [[-1, -1], [1, 1]], [0, 1], threshold)
    (line,) = lines_of(ax)
    np.testing.assert_allclose(line @ w, threshold, atol=1e-12)
    below, above = regions_of(ax)
    assert inside(below, w * (threshold - 0.1)) and not inside(above, w * (threshold - 0.1))
    assert inside(above, w * (threshold + 0.1)) and not inside(below, w * (threshold + 0.1))


def test_of_several_classes_the_largest_score_wins():
    angles = 2 * np.pi * np.arange(3) / 3
    directions = np.stack([np.cos(angles), np.sin(angles)])
    X = directions.T
    ax = decision_boundary(lambda x: x @ directions, X, [0, 1, 2])
    for i, region in enumerate(regions_of(ax)):
        assert [inside(region, x) for x in X] == [i == j for j in range(3)]
    for line in lines_of(ax):  # between two classes, whose scores are the same and the largest
        scores = np.sort(line @ directions, axis=1)
        np.testing.assert_allclose(scores[:, 1], scores[:, 2], atol=0.02)  # of a grid 0.01 wide
    points = [each for each in ax.collections if isinstance(each, PathCollection)]
    np.testing.assert_array_equal(np.concatenate([each.get_offsets() for each in points]), X)


@pytest.mark.parametrize("values", [(0, 1), (-1, 1), (1.0, 2.0), (False, True)])
@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_two_classes_may_be_any_two_numbers(values, shape):
    y = np.where(CLASSES, values[1], values[0]).reshape(shape)
    ax = decision_boundary(plane_model(), Tensor(PLANE), y)
    names = [f"class {float(value):g}" for value in values]
    assert texts(ax.get_legend().get_texts()) == names
    first, second = (each for each in ax.collections if isinstance(each, PathCollection))
    np.testing.assert_array_equal(first.get_offsets(), PLANE[CLASSES == 0])
    np.testing.assert_array_equal(second.get_offsets(), PLANE[CLASSES == 1])
    assert first.get_facecolor().tolist() != second.get_facecolor().tolist()


def test_without_classes_the_regions_are_named():
    ax = decision_boundary(lambda x: x @ np.eye(2), PLANE)
    assert texts(ax.get_legend().get_texts()) == ["class 0", "class 1"]
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), PLANE)


def test_one_class_everywhere_has_no_line():
    ax = decision_boundary(lambda x: np.ones(len(x)), PLANE, CLASSES)
    assert lines_of(ax) == []
    assert inside(regions_of(ax)[1], (0, 0))


def test_where_no_score_leads_the_plane_is_white():
    for model in (lambda x: np.zeros(len(x)), lambda x: np.ones((len(x), 3))):
        ax = decision_boundary(model, PLANE)
        assert lines_of(ax) == []
        assert not any(len(path.vertices) for each in regions_of(ax) for path in each.get_paths())
        assert texts(ax.texts) == ["no class leads anywhere"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_lead_by_rounding_is_none(dtype):
    half = dtype(0.5)
    next_one = np.nextafter(half, dtype(1))
    ax = decision_boundary(lambda x: np.where(x[:, 0] > 0, next_one, half), PLANE, CLASSES, 0.5)
    assert texts(ax.texts) == ["no class leads anywhere"]
    ax = decision_boundary(lambda x: np.where(x[:, 0] > 0, half, -half) * 1e-30, PLANE, CLASSES)
    assert texts(ax.texts) == [] != lines_of(ax)


@pytest.mark.parametrize("draw", [decision_boundary, hidden_neurons])
def test_classes_may_have_names(draw):
    ax = draw(plane_model(), PLANE, CLASSES, names=["benign", "malignant"])
    assert texts(ax.get_legend().get_texts()) == ["benign", "malignant"]
    for wrong in (["benign"], "ab"):
        with pytest.raises(ValueError, match="names are one for each of 2 classes, not"):
            draw(plane_model(), PLANE, CLASSES, names=wrong)


def test_the_picture_reaches_beyond_the_data():
    for X in (PLANE, PLANE[:1]):  # a single point, too
        ax = decision_boundary(lambda x: x[:, 0], X)
        (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
        assert left < X[:, 0].min() <= X[:, 0].max() < right
        assert bottom < X[:, 1].min() <= X[:, 1].max() < top


@pytest.mark.parametrize(
    ("model", "X", "y", "error", "message"),
    [
        (None, [[0, 0, 0]], None, ValueError, r"an array \(n, 2\) with n > 0, not of shape \(1, 3"),
        (None, [0, 1], None, ValueError, r"an array \(n, 2\) with n > 0, not of shape \(2,\)"),
        (None, np.ones((0, 2)), None, ValueError, r"not of shape \(0, 2\)"),
        (None, [[0, np.nan]], None, ValueError, "X has 1 values that are NaN or infinite"),
        (None, [["a", "b"]], None, TypeError, "X must hold real numbers"),
        (None, PLANE, [0, 1], ValueError, r"class of each of 4 points, not of shape \(2,\)"),
        (None, PLANE, [0, 1, 2, 1], ValueError, r"has 2 classes, numbered from 0 to 1, but y has"),
        (None, PLANE, [0, np.inf, 0, 1], ValueError, "y has 1 values that are NaN or infinite"),
        (lambda x: x[:1], PLANE, None, ValueError, r"scores for 40401 points .* shape \(1, 2\)"),
        (lambda x: x[:, 0] > 0, PLANE, None, TypeError, "must give scores, .* not bool; of a sci"),
        (lambda x: x[:, 0] / 0, PLANE, None, ValueError, r"the model gives -inf at the point \("),
        ("model", PLANE, None, TypeError, "called on an array of points, which str can't be"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_has_no_decision_boundary(model, X, y, error, message):
    with pytest.raises(error, match=message):
        decision_boundary(model or plane_model(), X, y)


class Noise(nn.Module):
    """Only in training; it says in which mode it was called."""

    def __init__(self) -> None:
        self.seen: set[bool] = set()

    def forward(self, x):
        self.seen = {*self.seen, self.training}
        return x


def test_models_are_called_in_evaluation_mode_and_keep_their_own():
    model = Stack(noise := Noise(), nn.Layer(2, 2, "tanh", rng=0), still := Noise())
    still.training = False
    decision_boundary(model, PLANE)
    activation_histograms(model, PLANE)
    assert noise.seen == still.seen == {False}
    assert (model.training, noise.training, still.training) == (True, True, False)


# Hidden neurons.


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lines_of_the_first_layer_are_where_its_sums_are_0(dtype):
    model = nn.MLP(2, [3, 1], dtype=dtype)
    model.load_state_dict({k: v.astype(dtype) for k, v in plane_model().state_dict().items()})
    ax = hidden_neurons(model, PLANE)
    layer = model.layers[0]
    lines = lines_of(ax)
    assert len(lines) == 2
    for i, line in enumerate(lines):
        sums = line @ layer.weight.data[i] + layer.bias.data[i]
        np.testing.assert_allclose(sums, 0, atol=1e-5 if dtype == np.float32 else 1e-12)
    assert texts(ax.texts) == ["0", "1"]
    assert ax.get_title().splitlines() == [
        "Where the weighted sums of layers.0 are 0",
        "always below: neuron 2",
    ]


def test_lines_of_the_next_layer_bend():
    model = nn.MLP(2, [1, 2, 1])
    first, second, _ = model.layers
    first.weight.data, first.bias.data = [[1, 0]], [0]
    second.weight.data, second.bias.data = [[1], [0]], [-0.5, 7]
    ax = hidden_neurons(model, PLANE, layer=1)
    (line,) = lines_of(ax)
    np.testing.assert_allclose(np.maximum(line[:, 0], 0), 0.5)
    assert "layers.1" in ax.get_title() and "always above: neuron 1" in ax.get_title()


def test_ticks_are_on_the_positive_side():
    model = nn.MLP(2, [1, 1])
    for sign in (1, -1):
        model.layers[0].weight.data = [[sign, 0]]
        ax = hidden_neurons(model, PLANE)
        for text in ax.texts:
            text.set_visible(False)
        for points in ax.collections:
            points.set_visible(isinstance(points, QuadContourSet))
        canvas = FigureCanvasAgg(ax.figure)
        canvas.draw()
        rgb = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
        color = 255 * np.array(mpl.colors.to_rgb(COLORS[0]))
        columns = np.flatnonzero((np.abs(rgb - color) < 20).all(axis=-1).any(axis=0))
        zero = ax.transData.transform((0, 0))[0]
        beyond = columns.max() - zero, zero - columns.min()
        assert beyond[0] > 4 > beyond[1] if sign > 0 else beyond[1] > 4 > beyond[0]


def test_numbers_of_neurons_keep_apart():
    ax = hidden_neurons(nn.MLP(2, [12, 1], rng=0), PLANE)
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in ax.texts]
    assert len(boxes) > 6
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(ax.bbox.contains(*point) for box in boxes for point in box.corners())


@pytest.mark.parametrize(
    ("model", "layer", "message"),
    [
        (nn.MLP(2, [1]), 0, "layer=0 is not a hidden layer of this model, which has 0"),
        (nn.MLP(2, [3, 1]), 1, "layer=1 is not a hidden layer of this model, which has 1"),
        (nn.MLP(2, [3, 1]), -1, "layer=-1 is not a hidden layer"),
        (Noise(), 0, "which has 0: every nn.Layer but the last, counted from 0"),
        (nn.MLP(3, [3, 1]), 0, "expects inputs of width 3"),
    ],
)
def test_models_without_that_hidden_layer(model, layer, message):
    with pytest.raises(ValueError, match=message):
        hidden_neurons(model, PLANE, layer=layer)


# Layers.


def counts_of(ax) -> dict[str, np.ndarray]:
    """The heights of the bars over the base of their row, by the layer whose label is there."""
    names = {
        int(np.floor(place)): label.get_text().split("\n")[0]
        for place, label in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)
    }
    found = {}
    for patch in ax.patches:
        values, edges, base = patch.get_data()
        found[names[int(base)]] = (values - base) / 0.85, edges
    return found


@pytest.mark.parametrize("picture", ["activation_histograms", "gradient_histograms", "dead_relus"])
def test_the_first_layer_is_on_top(picture):
    model = with_gradients(nn.MLP(2, [3, 3, 1], rng=0))
    data = () if picture == "gradient_histograms" else (PLANE,)
    ax = getattr(nn.pictures, picture)(model, *data)
    heights = ax.transData.transform([(1, place) for place in ax.get_yticks()])[:, 1]
    layers = texts(ax.get_yticklabels())
    from_the_top = [layers[i].split("\n")[0] for i in np.argsort(-heights)]
    assert from_the_top == ["layers.0", "layers.1", "layers.2"][: len(layers)]


def compare(ax, rows):
    """Each row is the histogram of its numbers that are not 0, as high as the others."""
    drawn = counts_of(ax)
    assert list(drawn) == list(rows)
    for name, row in rows.items():
        heights, edges = drawn[name]
        counts = [
            np.sum(
                (low <= row) & ((row < high) | ((row == high) & (high == edges[-1]))) & (row != 0)
            )
            for low, high in pairwise(edges)
        ]
        assert sum(counts) == np.count_nonzero(row)
        np.testing.assert_allclose(heights, np.array(counts) / max(*counts, 1), atol=1e-12)


@given(st.sampled_from(["relu", "tanh", "sigmoid", "identity"]), st.integers(0, 1000))
@settings(max_examples=6)
def test_histograms_of_activations_are_of_what_the_layers_give(activation, seed):
    model = nn.MLP(2, [5, 4, 1], activation, rng=seed)
    X = np.random.default_rng(seed).normal(size=(30, 2))
    rows, x = {}, X
    for i, layer in enumerate(model.layers):
        x = layer(x)
        rows[f"layers.{i}"] = x.data
    ax = activation_histograms(model, X)
    compare(ax, rows)
    for label, row in zip(texts(ax.get_yticklabels()), rows.values()):
        zeros = np.mean(row == 0)
        assert f"mean {row.mean():.2g} ± {row.std():.2g}" in label
        assert (f"\n{zeros:.0%} are 0" in label) == (zeros > 0)


@given(st.sampled_from(["relu", "tanh"]), st.integers(0, 1000))
@settings(max_examples=6)
def test_histograms_of_gradients_are_of_those_of_the_parameters(activation, seed):
    model = with_gradients(nn.MLP(2, [5, 4, 1], activation, rng=seed))
    rows = {
        f"layers.{i}": np.abs(np.concatenate([p.grad.ravel() for p in layer.parameters()]))
        for i, layer in enumerate(model.layers)
    }
    ax = gradient_histograms(model)
    compare(ax, rows)
    assert ax.get_xscale() == "log"


def test_what_only_hands_on_its_input_has_no_row():
    model = nn.Sequential(nn.Layer(2, 3, rng=0), nn.Dropout(0.5), nn.Flatten(), nn.Layer(3, 1))
    assert list(counts_of(activation_histograms(model, PLANE))) == ["layers.0", "layers.3"]
    assert list(counts_of(activation_histograms(nn.Dropout(0.5), PLANE))) == ["Dropout"]


@pytest.mark.parametrize("value", [0.0, 3.0, -3.0])
def test_one_number_only_is_drawn(value):
    layer = nn.Layer(2, 4, "identity")
    layer.weight.data, layer.bias.data = np.zeros((4, 2)), np.full(4, value)
    compare(activation_histograms(layer, PLANE), {"Layer": np.full((4, 4), value)})


def test_0_is_the_edge_of_a_bin():
    _, edges = counts_of(activation_histograms(nn.MLP(2, [9, 1], rng=0), PLANE))["layers.0"]
    assert 0 in edges


@pytest.mark.parametrize("name", ["relu", relu], ids=["name", "function"])
def test_dead_relus_are_those_that_are_never_on(name):
    model = nn.MLP(2, [3, 4, 1], rng=0)
    first, second, _ = model.layers
    first.activation = name
    first.bias.data, second.bias.data = [-100, 100, -100], [100, 100, -100, 100]
    ax = dead_relus(model, PLANE)
    widths = [bar.get_width() for bar in ax.patches]
    np.testing.assert_allclose(widths, [200 / 3, 25])
    assert texts(ax.get_yticklabels()) == ["layers.0\n2 of 3", "layers.1\n1 of 4"]


def test_a_unit_of_a_layer_that_is_called_twice_lives_if_one_call_is_on():
    layer = nn.Layer(2, 2, "relu")
    layer.weight.data, layer.bias.data = [[0, 1], [0, 0]], [1, -1]
    # First (2 − 1, 0), then (1, 0) for x = (·, 1); for x = (·, −5) 0, then 1.
    ax = dead_relus(Stack(layer), [[0.0, -5.0]])
    assert texts(ax.get_yticklabels()) == ["parts.0\n1 of 2"]


def test_a_neuron_is_one_unit():
    neuron = nn.Neuron(2, "relu")
    neuron.bias.data = -100
    assert texts(dead_relus(neuron, PLANE).get_yticklabels()) == ["Neuron\n1 of 1"]


@pytest.mark.parametrize(
    ("draw", "error", "message"),
    [
        (lambda: dead_relus(nn.MLP(2, [3, 1], "tanh"), PLANE), ValueError, "no layer whose activ"),
        (lambda: gradient_histograms(nn.MLP(2, [1])), ValueError, r"call backward\(\) on a loss"),
        (lambda: gradient_histograms(abs), TypeError, "parameters of a Module .* not builtin"),
        (lambda: activation_histograms(abs, PLANE), TypeError, "layers of a Module can be watched"),
        (lambda: activation_histograms(plane_model(), [[np.nan, 0]]), ValueError, "X has 1 values"),
        (
            lambda: dead_relus(plane_model(), [[1e308, 1e308]]),
            ValueError,
            r"layers\.0 gives 3 values that are",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_layers_that_cannot_be_drawn(draw, error, message):
    with pytest.raises(error, match=message):
        draw()


def test_a_gradient_that_is_not_finite_is_named():
    model = with_gradients(plane_model())
    model.layers[1].bias.grad[...] = np.inf
    with pytest.raises(ValueError, match=r"gradient of layers\.1\.bias has 1 values that are NaN"):
        gradient_histograms(model)


def test_of_many_neurons_the_first_lines_are_drawn() -> None:
    model = nn.MLP(2, [40, 1], rng=0)
    X = np.random.default_rng(0).normal(size=(20, 2))
    ax = hidden_neurons(model, X)
    assert len(ax.texts) == 24
    assert "the first 24 of " in ax.get_title()
    assert max(map(len, ax.get_title().splitlines())) < 80
    lines = [each for each in ax.collections if isinstance(each, QuadContourSet)]
    looks = {(str(line.get_edgecolor()), str(line.get_linestyle())) for line in lines}
    assert len(looks) == len(lines) == 24


def test_no_curve_runs_over_the_legend() -> None:
    losses, metrics = learning_curves({"loss": [0.7, 0.4], "accuracy": [0.5, 0.8]}).figure.axes
    assert losses.get_legend() and losses.get_zorder() > metrics.get_zorder()


def test_a_legend_stays_within_axes_in_a_figure_without_a_layout() -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 8))
    axes = figure.subplots(2, 1)
    X, y = np.array([[0.0, 1.0], [1.0, 0.0]]), [0, 1]
    for ax in axes.flat:
        decision_boundary(lambda x: x[:, 0] - x[:, 1], X, y, ax=ax)
    figure.draw_without_rendering()
    for ax in axes.flat:
        legend, frame = ax.get_legend().get_window_extent(), ax.get_window_extent()
        assert frame.y0 <= legend.y0 < legend.y1 <= frame.y1


def test_a_legend_over_curves_of_two_axes_lies_where_the_fewest_points_are() -> None:
    figure = Figure()
    rising = [0.1, 0.5, 0.9, 0.95]
    ax = learning_curves({"loss": [0.9, 0.8, 0.7, 0.65], "accuracy": rising}, figure.subplots())
    figure.draw_without_rendering()
    box = ax.get_legend().get_window_extent()
    hidden = [
        box.contains(*point)
        for each in figure.axes
        for line in each.lines
        for point in line.get_transform().transform(line.get_xydata())
    ]
    assert len(hidden) == 8 and not any(hidden)
