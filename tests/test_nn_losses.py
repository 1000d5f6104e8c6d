"""Losses: their values, gradients, limits and complaints."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import nn
from autograd import Tensor, grad, sigmoid, vjp
from autograd.testing import check_call, check_grads
from nn.fused import improbability
from nn.losses import LOSSES

seeds = st.integers(0, 2**32 - 1)
shapes = array_shapes(min_dims=0, max_dims=3, max_side=4)


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def picked(z, labels):
    return np.take_along_axis(z, labels[..., None], -1)[..., 0]


# For each loss: how to draw (prediction, target) of a shape, and its textbook formula.
DRAWN = {
    "mse": lambda rng, shape: (rng.normal(size=shape), rng.normal(size=shape)),
    "half_mse": lambda rng, shape: (rng.normal(size=shape), rng.normal(size=shape)),
    "mae": lambda rng, shape: (rng.normal(size=shape), rng.normal(size=shape)),
    "huber": lambda rng, shape: (rng.normal(size=shape), rng.normal(size=shape)),
    "bce_with_logits": lambda rng, shape: (rng.normal(size=shape), rng.random(shape)),
    "bce": lambda rng, shape: (rng.uniform(0.1, 0.9, shape), rng.random(shape)),
    "cross_entropy": lambda rng, shape: (
        rng.normal(size=(*shape, 3)),
        np.asarray(rng.integers(0, 3, shape)),
    ),
    "hinge": lambda rng, shape: (2 * rng.normal(size=shape), 2.0 * rng.integers(0, 2, shape) - 1),
}
FORMULA = {
    "mse": lambda y, t: np.mean((y - t) ** 2),
    "half_mse": lambda y, t: 0.5 * np.mean((y - t) ** 2),
    "mae": lambda y, t: np.mean(abs(y - t)),
    "huber": lambda y, t: np.mean(
        np.where(abs(y - t) < 1, 0.5 * (y - t) ** 2, abs(y - t) - 0.5),
    ),
    "bce_with_logits": lambda z, t: np.mean(
        -t * np.log(1 / (1 + np.exp(-z))) - (1 - t) * np.log(1 - 1 / (1 + np.exp(-z)))
    ),
    "bce": lambda p, t: np.mean(-t * np.log(p) - (1 - t) * np.log(1 - p)),
    "cross_entropy": lambda z, t: np.mean(-np.log(picked(softmax(z), t))),
    "hinge": lambda s, t: np.mean(np.maximum(0, 1 - t * s)),
}


# Where this is 0 there is a kink, of the first derivative or the second.
KINKS = {
    "mae": lambda y, t: y - t,
    "huber": lambda y, t: abs(y - t) - 1,
    "hinge": lambda s, t: 1 - t * s,
}


def drawn(name, seed, shape):
    return DRAWN[name](np.random.default_rng(seed), shape)


def away_from_kinks(name, y, t):
    """`y`, changed where its loss has a kink nearby."""
    return np.where(abs(KINKS[name](y, t)) < 1e-2, t + 2.5, y) if name in KINKS else y


def test_every_loss_is_tested():
    assert LOSSES.keys() == DRAWN.keys() == FORMULA.keys()
    assert all(getattr(nn, name) is loss for name, loss in LOSSES.items())


# Values.


@pytest.mark.parametrize("name", LOSSES)
@given(seed=seeds, shape=shapes)
def test_a_loss_is_its_formula(name, seed, shape):
    y, t = drawn(name, seed, shape)
    expected = FORMULA[name](y, t)
    for prediction in y, Tensor(y), y.tolist():
        for target in t, Tensor(t), t.tolist():
            loss = LOSSES[name](prediction, target)
            assert type(loss) is Tensor
            assert loss.shape == ()
            assert loss.item() == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", LOSSES)
@given(seed=seeds)
def test_float32_stays_float32(name, seed):
    y, t = drawn(name, seed, (4, 2))
    y32 = Tensor(y.astype(np.float32), requires_grad=True)
    loss = LOSSES[name](y32, t)  # the target in float64, or integers
    assert loss.dtype == np.float32
    assert loss.item() == pytest.approx(FORMULA[name](y, t), rel=1e-5)
    loss.backward()
    assert y32.grad.dtype == np.float32
    y64 = Tensor(y32.data.astype(float), requires_grad=True)
    LOSSES[name](y64, t).backward()
    np.testing.assert_allclose(y32.grad, y64.grad, rtol=1e-5, atol=1e-7)


# What PyTorch's are (benchmarks/torch_trajectories.py).
FIGURES = json.loads(
    (Path(__file__).parent / "data" / "torch_losses.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", FIGURES, ids=lambda case: f"{FIGURES.index(case)}-{case['loss']}")
def test_values_and_gradients_are_pytorchs(case):
    y = Tensor(case["prediction"], requires_grad=True, dtype=float)
    value = LOSSES[case["loss"]](y, case["target"], **case["options"])
    value.backward()
    assert value.item() == pytest.approx(case["value"], rel=1e-13)
    rtol = 1e-8 if case["loss"] == "bce" else 1e-13  # the 1e-12 of PyTorch's rule is a float32
    np.testing.assert_allclose(y.grad, case["gradient"], rtol=rtol, atol=1e-15)


def test_every_loss_has_figures():
    assert {case["loss"] for case in FIGURES} == LOSSES.keys()


def test_integers_as_predictions_count_as_floats():
    assert nn.mse([1, 2], [1.5, 2.5]).item() == 0.25
    assert nn.cross_entropy([[0, 0]], [1]).item() == np.log(2)


# Gradients, by central differences along a random direction.


def along(f, x, v, h):
    return (f(x + h * v) - f(x - h * v)) / (2 * h)


@pytest.mark.parametrize("name", LOSSES)
@given(seed=seeds, shape=shapes)
def test_gradients(name, seed, shape):
    y, t = drawn(name, seed, shape)
    y = away_from_kinks(name, y, t)
    v = np.random.default_rng(seed + 1).normal(size=y.shape)
    gradient = grad(LOSSES[name])(y, t)
    assert gradient.shape == y.shape
    difference = along(lambda y: LOSSES[name](y, t).item(), y, v, 1e-5)
    assert np.sum(gradient * v) == pytest.approx(difference, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", LOSSES)
@given(seed=seeds, shape=shapes, data=st.data())
def test_the_order_of_numbers_in_memory_makes_no_difference(name, seed, shape, data):
    y, t = drawn(name, seed, shape)
    axes = data.draw(st.permutations(range(y.ndim)))
    steps = data.draw(st.tuples(*[st.sampled_from([1, 2, -1, -2])] * y.ndim))

    def viewed(whole):
        return whole.transpose(axes)[(..., *[slice(None, None, step) for step in steps])]

    sizes = [n * abs(step) for n, step in zip(y.shape, steps)]
    whole = np.zeros([sizes[axes.index(i)] for i in range(y.ndim)])
    viewed(whole)[...] = y
    leaf, plain = (Tensor(array, requires_grad=True) for array in (whole, y))
    loss, expected = LOSSES[name](viewed(leaf), t), LOSSES[name](plain, t)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12, abs=1e-15)
    loss.backward()
    expected.backward()
    np.testing.assert_allclose(viewed(leaf.grad), plain.grad, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", LOSSES)
@given(seed=seeds, shape=shapes)
def test_second_and_third_order(name, seed, shape):
    y, t = drawn(name, seed, shape)
    v = np.random.default_rng(seed + 1).normal(size=y.shape)
    y = away_from_kinks(name, y, t)

    def first(y):
        return (grad(LOSSES[name])(y, t) * v).sum()

    def second(y):
        return (grad(first)(y) * v).sum()

    assert second(y) == pytest.approx(along(first, y, v, 1e-5), rel=1e-5, abs=1e-8)
    third = np.sum(grad(second)(y) * v)
    near, far = (along(second, y, v, h) for h in (5e-5, 1e-4))
    assert third == pytest.approx((4 * near - far) / 3, rel=1e-4, abs=1e-6)  # without their h²


@pytest.mark.parametrize("name", ["mse", "half_mse", "huber", "bce_with_logits", "bce"])
@given(seed=seeds, shape=shapes)
def test_gradients_of_targets(name, seed, shape):
    y, t = drawn(name, seed, shape)
    t = 0.1 + 0.8 * t  # differences stay inside [0, 1]
    y = away_from_kinks(name, y, t)
    v = np.random.default_rng(seed + 1).uniform(-1, 1, size=t.shape)
    f = LOSSES[name]
    difference = along(lambda t: f(y, t).item(), t, v, 1e-5)
    assert np.sum(grad(f, 1)(y, t) * v) == pytest.approx(difference, rel=1e-6, abs=1e-8)
    mixed = grad(lambda y: (grad(f, 1)(y, t) * v).sum())(y)
    for i in np.ndindex(y.shape):
        e = np.zeros(y.shape)
        e[i] = 1
        difference = along(lambda y: np.sum(grad(f, 1)(y, t) * v), y, e, 1e-5)
        assert mixed[i] == pytest.approx(difference, rel=1e-6, abs=1e-8)


@given(seed=seeds, shape=shapes)
def test_the_operation_of_bce_in_all_modes(seed, shape):
    rng = np.random.default_rng(seed)
    check_call(improbability, rng.uniform(0.1, 0.9, shape), rng.random(shape[-1:]))


def test_labels_have_no_gradient_and_the_loss_goes_by_its_own_name():
    scores, labels = (Tensor(x, requires_grad=True) for x in ([0.5, 1.0], [1.0, -1.0]))
    with pytest.raises(TypeError, match=r"^hinge has no derivative with respect to 'label'"):
        nn.hinge(scores, labels)


@pytest.mark.parametrize("name", ["cross_entropy", "hinge"])
def test_labels_have_no_gradient(name):
    y, t = drawn(name, 0, (3,))
    with pytest.raises(TypeError, match=r"with respect to|integer"):
        vjp(lambda t: LOSSES[name](Tensor(y, requires_grad=True), t), t.astype(float))


def test_the_margin_itself_has_slope_zero():
    np.testing.assert_array_equal(grad(nn.hinge)(np.array([1.0, -1.0]), [1, -1]), [0, 0])


@pytest.mark.parametrize("name", LOSSES)
def test_a_target_changed_afterwards_changes_no_gradient(name):
    y, t = drawn(name, 0, (4,))
    expected = grad(LOSSES[name])(y, t)
    tracked = Tensor(y, requires_grad=True)
    loss = LOSSES[name](tracked, t)
    t[...] = 0
    loss.backward()
    np.testing.assert_array_equal(tracked.grad, expected)


# Weights, reductions and other options.


def each_loss(name, y, t, **options):
    """The loss of each prediction by itself."""
    losses = np.empty(t.shape)
    for i in np.ndindex(t.shape):
        losses[i] = LOSSES[name](y[i], t[i], **options).item()
    return losses


@pytest.mark.parametrize("name", LOSSES)
@given(seed=seeds, shape=shapes, weighted_axes=st.integers(0, 3))
def test_reductions_are_of_the_weighted_losses(name, seed, shape, weighted_axes):
    y, t = drawn(name, seed, shape)
    rows = shape[:weighted_axes]
    weight = np.random.default_rng(seed + 1).uniform(0.5, 2, rows)
    spread = np.broadcast_to(weight.reshape(rows + (1,) * (len(shape) - len(rows))), shape)
    loss, each = LOSSES[name], each_loss(name, y, t)

    def close(found, expected):
        assert type(found) is Tensor
        np.testing.assert_allclose(found.data, expected, rtol=1e-12, atol=1e-14)

    close(loss(y, t, reduction="none"), each)
    close(loss(y, t, reduction="sum"), each.sum())
    close(loss(y, t, weight=weight, reduction="none"), spread * each)
    close(loss(y, t, weight=weight, reduction="sum"), np.sum(spread * each))
    close(loss(y, t, weight=weight), np.average(each, weights=spread))
    close(loss(y, t, weight=np.full(rows, 0.3)), loss(y, t).item())


@pytest.mark.parametrize("name", LOSSES)
@given(seed=seeds, shape=shapes)
def test_gradients_of_weighted_losses(name, seed, shape):
    y, t = drawn(name, seed, shape)
    y = away_from_kinks(name, y, t)
    weight = np.random.default_rng(seed + 1).uniform(0.5, 2, t.shape)
    check_grads(lambda y: LOSSES[name](y, t, weight=weight), y)


@pytest.mark.parametrize("name", LOSSES)
def test_a_weight_of_zero_leaves_out_and_two_counts_twice(name):
    y, t = drawn(name, 0, (5,))
    twice = np.repeat(np.arange(5), [0, 1, 2, 1, 1])
    weighted, repeated = (Tensor(y, requires_grad=True) for _ in range(2))
    one = LOSSES[name](weighted, t, weight=[0, 1, 2, 1, 1])
    other = LOSSES[name](repeated[twice], t[twice])
    one.backward()
    other.backward()
    assert one.item() == pytest.approx(other.item(), rel=1e-14)
    np.testing.assert_allclose(weighted.grad, repeated.grad, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", LOSSES)
def test_weights_keep_float32(name):
    y, t = drawn(name, 0, (4, 2))
    for reduction in "mean", "sum", "none":
        loss = LOSSES[name](y.astype(np.float32), t, weight=np.ones(4), reduction=reduction)
        assert loss.dtype == np.float32


@given(seed=seeds, positive=st.floats(0, 10))
def test_pos_weight_counts_the_positives_so_often(seed, positive):
    z, t = drawn("bce_with_logits", seed, (4, 3))
    p = 1 / (1 + np.exp(-z))
    expected = -positive * t * np.log(p) - (1 - t) * np.log(1 - p)
    for weight in positive, [positive] * 3:
        found = nn.bce_with_logits(z, t, pos_weight=weight, reduction="none")
        np.testing.assert_allclose(found.data, expected, rtol=1e-12, atol=1e-14)
    check_grads(lambda z: nn.bce_with_logits(z, t, pos_weight=[positive, 1, 2]), z)


@given(seed=seeds, smoothing=st.floats(0, 1), ignored=st.sampled_from([None, -100, 1]))
def test_options_of_cross_entropy(seed, smoothing, ignored):
    z, t = drawn("cross_entropy", seed, (6, 2))
    t[0] = 0, 2  # which are not ignored
    if ignored is not None:
        t[1] = ignored
    rng = np.random.default_rng(seed + 1)
    counts, weight = rng.uniform(0.5, 2, 3), rng.uniform(0.5, 2, (6, 2))
    options = {
        "class_weight": counts, "label_smoothing": smoothing, "ignore_index": ignored
    }  # fmt: skip
    total = of = 0.0
    for i in np.ndindex(t.shape):
        if t[i] != ignored:
            share = (1 - smoothing) * np.eye(3)[t[i]] + smoothing / 3
            total -= weight[i] * np.sum(counts * share * np.log(softmax(z[i])))
            of += weight[i] * counts[t[i]]
    found = nn.cross_entropy(z, t, weight=weight, **options)
    assert found.item() == pytest.approx(total / of, rel=1e-12)
    summed = nn.cross_entropy(z, t, weight=weight, reduction="sum", **options)
    assert summed.item() == pytest.approx(total, rel=1e-12)
    check_grads(lambda z: nn.cross_entropy(z, t, **options), z)


def test_ignored_labels_have_no_gradient():
    z, t = drawn("cross_entropy", 0, (3,))
    gradient = grad(lambda z: nn.cross_entropy(z, [t[0], -100, t[2]], ignore_index=-100))(z)
    np.testing.assert_array_equal(gradient[1], 0)
    np.testing.assert_allclose(gradient[[0, 2]], grad(nn.cross_entropy)(z[[0, 2]], t[[0, 2]]))


@given(seed=seeds, delta=st.floats(0.1, 10))
def test_huber_is_square_within_delta_and_straight_beyond(seed, delta):
    y, t = drawn("huber", seed, (20,))
    e = abs(y - t)
    expected = np.where(e <= delta, 0.5 * e**2, delta * (e - 0.5 * delta))
    found = nn.huber(y, t, delta=delta, reduction="none")
    np.testing.assert_allclose(found.data, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.mse([1], [1], reduction="avg"), "'mean', 'sum' or 'none', not 'avg'"),
        (lambda: nn.hinge([1], [1], reduction=None), "'mean', 'sum' or 'none', not None"),
        (
            lambda: nn.mae(np.ones((3, 2)), np.ones((3, 2)), weight=[1, 2]),
            r"each loss, of shape \(3, 2\), or for each of their rows, but has shape \(2,\)",
        ),
        (lambda: nn.mse([1, 2], [1, 2], weight=[1, -1]), "finite and at least 0; it .* -1.0 to 1"),
        (lambda: nn.mse([1], [1], weight=[np.nan]), "weight must be finite and at least 0"),
        (lambda: nn.mse([1, 2], [1, 2], weight=[0, 0]), "all count for nothing"),
        (lambda: nn.cross_entropy([[1, 2]], [5], ignore_index=5), "its label is ignored"),
        (
            lambda: nn.cross_entropy(np.ones((4, 3)), [0, 1, 2, 0], weight=[1, 2, 3]),
            r"each loss, of shape \(4,\).* \(weights of classes are class_weight\), but .* \(3,\)",
        ),
        (
            lambda: nn.cross_entropy([[1, 2]], [0], class_weight=[1]),
            r"class_weight is one number for each class, of 2, but has shape \(1,\)",
        ),
        (
            lambda: nn.bce_with_logits(np.ones((4, 3)), np.ones((4, 3)), pos_weight=[1, 2]),
            r"pos_weight is one number for each column of \(4, 3\), but has shape \(2,\)",
        ),
        (lambda: nn.cross_entropy([[1, 2]], [0], label_smoothing=1.5), "from 0 to 1, not 1.5"),
        (lambda: nn.huber([1], [1], delta=0), "delta must be above 0, not 0"),
        (lambda: nn.huber([1], [1], delta=np.nan), "delta must be at least 0, not nan"),
    ],
)
def test_options_that_can_not_be(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("weight", [{0: 1.0, 1: 2.0}, "balanced", [1, {}]])
def test_weights_are_numbers(weight):
    class_weight = partial(nn.cross_entropy, class_weight=weight)
    advice = "; of a dict, make" if isinstance(weight, dict) else "$"
    of_classes = rf"class_weight is one number for each class.*, not .*{advice}"
    model = nn.Layer(2, 2, None)
    for call, message in [
        (lambda: class_weight(np.ones((2, 2)), [0, 1]), of_classes),
        (lambda: nn.fit(model, np.ones((2, 2)), [0, 1], class_weight), of_classes),
        (lambda: nn.evaluate(model, np.ones((2, 2)), [0, 1], class_weight), of_classes),
        (lambda: nn.mse([1, 2], [1, 2], weight=weight), "weight is one number for each loss"),
        (
            lambda: nn.bce_with_logits([1, 2], [1, 0], pos_weight=weight),
            "pos_weight is one number for each column",
        ),
    ]:
        with pytest.raises(TypeError, match=message):
            call()


def test_weights_have_no_gradient():
    with pytest.raises(TypeError, match="graph"):
        nn.mse([1.0], [2.0], weight=Tensor([1.0], requires_grad=True))


# Far out.


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("name", "prediction", "target", "loss", "slope"),
    [
        ("bce_with_logits", [1e4], [1], 0, [0]),
        ("bce_with_logits", [1e4], [0], 1e4, [1]),
        ("bce_with_logits", [-1e4], [1], 1e4, [-1]),
        ("bce_with_logits", [-1e4], [0.5], 5e3, [-0.5]),
        ("cross_entropy", [[1e4, -1e4]], [0], 0, [[0, 0]]),
        ("cross_entropy", [[1e4, -1e4]], [1], 2e4, [[1, -1]]),
        ("cross_entropy", [[-1e4, -1e4]], [1], np.log(2), [[0.5, -0.5]]),
        ("cross_entropy", [[1e4, 1e4]], [0], np.log(2), [[-0.5, 0.5]]),
        ("bce", [0], [0], 0, [0]),
        ("bce", [1], [0], 100, [1e12]),
        ("bce", [0], [1], 100, [-1e12]),
        ("bce", [1e-20], [1], 20 * np.log(10), [-1e12]),
        ("mae", [1e4], [-1e4], 2e4, [1]),
        ("mae", [1e4], [1e4], 0, [0]),
        ("huber", [1e4], [-1e4], 2e4 - 0.5, [1]),
        ("huber", [-1e4], [1e4], 2e4 - 0.5, [-1]),
        ("hinge", [1e4], [1], 0, [0]),
        ("hinge", [-1e4], [1], 10001, [-1]),
        ("mse", [1e4], [-1e4], 4e8, [4e4]),
        ("half_mse", [-1e4], [1e4], 2e8, [-2e4]),
    ],
)
def test_large_numbers_are_no_trouble(name, prediction, target, loss, slope, dtype):
    y = Tensor(prediction, requires_grad=True, dtype=dtype)
    value = LOSSES[name](y, target)
    value.backward()
    assert value.item() == pytest.approx(loss, rel=1e-6)
    np.testing.assert_allclose(y.grad, slope, rtol=1e-6)


@given(z=st.floats(-1e4, 1e4), t=st.sampled_from([0.0, 1.0]))
def test_binary_cross_entropy_is_right_to_the_last_digits(z, t):
    expected = np.logaddexp(0, z if t == 0 else -z)
    assert nn.bce_with_logits([z], [t]).item() == pytest.approx(expected, rel=1e-14, abs=1e-300)
    slope = grad(lambda z: nn.bce_with_logits(z, [t]))(np.array([z]))
    expected = sigmoid(z) if t == 0 else -sigmoid(-z)
    assert slope == pytest.approx(expected, rel=1e-14, abs=1e-300)


@given(seed=seeds, shift=st.floats(-1e4, 1e4), classes=st.sampled_from([1, 3, 31, 32, 100]))
def test_cross_entropy_ignores_a_shift_of_a_row(seed, shift, classes):
    rng = np.random.default_rng(seed)
    z, t = rng.normal(size=(5, classes)), rng.integers(classes, size=5)
    expected = -np.mean(np.log(picked(softmax(z), t)))
    z += shift * rng.uniform(-1, 1, size=(5, 1))
    assert nn.cross_entropy(z, t).item() == pytest.approx(expected, abs=1e-10)


def test_an_impossible_class_has_probability_zero():
    z = np.array([[-np.inf, 0.0, 0.0]])
    assert nn.cross_entropy(z, [1]).item() == np.log(2)
    np.testing.assert_array_equal(grad(nn.cross_entropy)(z, [1]), [[0, -0.5, 0.5]])


# Bad input.


@pytest.mark.parametrize("name", sorted(LOSSES.keys() - {"cross_entropy"}))
@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ((8, 1), (8,), r"shape \(8, 1\) and the target \(8,\); give .*: y\[\.\.\., None\]"),
        ((8,), (8, 1), r"shape \(8,\) and the target \(8, 1\); take .*: y\[\.\.\., 0\]"),
        ((2, 4), (8,), r"shape \(2, 4\) and the target \(8,\); reshape one of them"),
        ((3,), (4,), r"the first has shape \(3,\) and the target \(4,\)$"),
        ((8, 3), (8,), r"target \(8,\); for labels of 3 classes, .* np\.eye\(3\)\[labels\]$"),
        ((2, 3), (3,), r"shape \(2, 3\) and the target \(3,\)$"),
        ((0, 1), (0, 1), r"with something in them, but the first has shape \(0, 1\)"),
    ],
)
def test_shapes_must_be_the_same(name, first, second, message):
    with pytest.raises(ValueError, match=rf"{name} takes two arrays of the same shape.*{message}"):
        LOSSES[name](np.ones(first), np.ones(second))


@pytest.mark.parametrize(
    ("loss", "prediction", "target", "error", "message"),
    [
        ("cross_entropy", (4, 3), np.zeros(4), TypeError, r"integer labels, not float64 of shape"),
        ("cross_entropy", (4, 3), np.eye(4, 3), TypeError, r"shape \(4, 3\).*\.argmax\(-1\)"),
        ("cross_entropy", (4, 3), np.ones(4, bool), TypeError, r"not bool of.*\.astype\(int\)"),
        ("cross_entropy", (4, 3), [0, 1, 3, 2], ValueError, "labelled 0 to 2.*from 0 to 3"),
        ("cross_entropy", (4, 3), [0, 1, -1, 2], ValueError, "labelled 0 to 2.*from -1 to 2"),
        ("cross_entropy", (2, 3), np.uint8([0, 255]), ValueError, "from 0 to 255"),
        ("cross_entropy", (2, 3), np.int8([0, -128]), ValueError, "from -128 to 0"),
        ("cross_entropy", (4, 3), [0, 1, 2], ValueError, r"\(4, 3\) and labels of shape \(3,\)"),
        ("cross_entropy", (4, 1), [[0]] * 4, ValueError, r"\(4, 1\) and labels of shape \(4, 1\)"),
        ("cross_entropy", (4, 1), [[0]] * 4, ValueError, "two classes, use bce_with_logits"),
        ("cross_entropy", (4, 3), np.eye(4, 3, dtype=int), ValueError, r"one-hot .*argmax\(-1\)"),
        ("cross_entropy", (4, 3), [[0]] * 4, ValueError, r"\(4, 1\); pass labels\[\.\.\., 0\]$"),
        ("cross_entropy", (2, 3), ["cat", "dog"], TypeError, r"not <U3 .*np\.unique\(labels, ret"),
        ("cross_entropy", (), 0, ValueError, r"logits of shape \(\) and labels of shape \(\)"),
        ("cross_entropy", (0, 3), np.zeros(0, int), ValueError, r"shape \(0, 3\) and labels of"),
        ("bce_with_logits", (3,), [0, 1, 2], ValueError, "targets from 0 to 1.* from 0 to 2"),
        ("bce_with_logits", (2,), [-1, 1], ValueError, r"from -1 to 1.*\(labels \+ 1\) / 2"),
        ("bce_with_logits", (2,), [np.nan, 1], ValueError, "targets from 0 to 1.* from nan to"),
        ("bce", (2,), [-1, 1], ValueError, r"targets from 0 to 1.*-1 to 1.*\(labels \+ 1\) / 2"),
        ("hinge", (2,), [0, 1], ValueError, r"-1 or 1.* from 0 to 1.*2 \* labels - 1"),
        ("hinge", (2,), [np.nan, 1], ValueError, "labels that are -1 or 1"),
    ],
)
def test_labels_must_be_of_the_kind_that_the_loss_takes(loss, prediction, target, error, message):
    with pytest.raises(error, match=message):
        LOSSES[loss](np.ones(prediction), target)


@pytest.mark.parametrize("name", sorted(LOSSES.keys() - {"cross_entropy"}))
@pytest.mark.parametrize(
    ("target", "message"),
    [([None], "object, such as None"), (["1"], "<U1, such as .*'1'"), ([1j], "complex128, such")],
)
def test_targets_are_real_numbers(name, target, message):
    with pytest.raises(TypeError, match=f"{name} takes real targets, not {message}"):
        LOSSES[name]([1.0], target)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.huber([1], [1], delta="1"), "delta must be a number, not '1'"),
        (lambda: nn.cross_entropy([[1, 2]], [0], label_smoothing=None), "label_smoothing must be"),
    ],
)
def test_options_are_numbers(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize("p", [-0.1, 1.1, np.nan, 1e4])
def test_logits_are_no_probabilities(p):
    with pytest.raises(ValueError, match=r"bce takes prob.* from 0 to 1, .*use bce_with_logits"):
        nn.bce([0.5, p], [1, 1])


@pytest.mark.parametrize("name", LOSSES)
def test_predictions_are_real_numbers(name):
    with pytest.raises(TypeError, match=f"{name} takes real predictions, not complex128"):
        LOSSES[name](np.ones(2, complex), np.ones(2))
    with pytest.raises(TypeError, match="a Tensor holds numbers"):
        LOSSES[name](["a"], np.ones(1))


@pytest.mark.parametrize("ignored", ["a", 2.0, True])
def test_an_ignored_label_is_an_integer(ignored):
    with pytest.raises(TypeError, match=f"ignore_index is an integer, or None, not {ignored!r}"):
        nn.cross_entropy([[1.0, 2.0]], [1], ignore_index=ignored)
