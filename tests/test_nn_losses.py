"""Losses: their values, gradients, limits and complaints."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import nn
from autograd import Tensor, grad, vjp
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
    "bce_with_logits": lambda rng, shape: (rng.normal(size=shape), rng.random(shape)),
    "cross_entropy": lambda rng, shape: (
        rng.normal(size=(*shape, 3)),
        np.asarray(rng.integers(0, 3, shape)),
    ),
    "hinge": lambda rng, shape: (2 * rng.normal(size=shape), 2.0 * rng.integers(0, 2, shape) - 1),
}
FORMULA = {
    "mse": lambda y, t: np.mean((y - t) ** 2),
    "half_mse": lambda y, t: 0.5 * np.mean((y - t) ** 2),
    "bce_with_logits": lambda z, t: np.mean(
        -t * np.log(1 / (1 + np.exp(-z))) - (1 - t) * np.log(1 - 1 / (1 + np.exp(-z)))
    ),
    "cross_entropy": lambda z, t: np.mean(-np.log(picked(softmax(z), t))),
    "hinge": lambda s, t: np.mean(np.maximum(0, 1 - t * s)),
}


def drawn(name, seed, shape):
    return DRAWN[name](np.random.default_rng(seed), shape)


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
    if name == "hinge":
        y = np.where(abs(1 - t * y) < 1e-3, 0.0, y)  # away from the kink
    v = np.random.default_rng(seed + 1).normal(size=y.shape)
    gradient = grad(LOSSES[name])(y, t)
    assert gradient.shape == y.shape
    difference = along(lambda y: LOSSES[name](y, t).item(), y, v, 1e-5)
    assert np.sum(gradient * v) == pytest.approx(difference, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", LOSSES)
@given(seed=seeds, shape=shapes)
def test_second_and_third_order(name, seed, shape):
    y, t = drawn(name, seed, shape)
    v = np.random.default_rng(seed + 1).normal(size=y.shape)
    if name == "hinge":
        y = np.where(abs(1 - t * y) < 1e-3, 0.0, y)

    def first(y):
        return (grad(LOSSES[name])(y, t) * v).sum()

    def second(y):
        return (grad(first)(y) * v).sum()

    assert second(y) == pytest.approx(along(first, y, v, 1e-5), rel=1e-5, abs=1e-8)
    third = np.sum(grad(second)(y) * v)
    assert third == pytest.approx(along(second, y, v, 1e-4), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("name", ["mse", "half_mse", "bce_with_logits"])
@given(seed=seeds, shape=shapes)
def test_gradients_of_targets(name, seed, shape):
    y, t = drawn(name, seed, shape)
    t = 0.1 + 0.8 * t  # differences stay inside [0, 1]
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


@given(seed=seeds, shift=st.floats(-1e4, 1e4))
def test_cross_entropy_ignores_a_shift(seed, shift):
    z, t = drawn("cross_entropy", seed, (5,))
    assert nn.cross_entropy(z + shift, t).item() == pytest.approx(
        nn.cross_entropy(z, t).item(), abs=1e-11
    )


def test_an_impossible_class_has_probability_zero():
    z = np.array([[-np.inf, 0.0, 0.0]])
    assert nn.cross_entropy(z, [1]).item() == np.log(2)
    np.testing.assert_array_equal(grad(nn.cross_entropy)(z, [1]), [[0, -0.5, 0.5]])


# Bad input.


@pytest.mark.parametrize("name", ["mse", "half_mse", "bce_with_logits", "hinge"])
@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ((8, 1), (8,), r"shape \(8, 1\) and the target \(8,\); reshape one of them"),
        ((3,), (4,), r"the first has shape \(3,\) and the target \(4,\)$"),
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
        ("cross_entropy", (), 0, ValueError, r"logits of shape \(\) and labels of shape \(\)"),
        ("cross_entropy", (0, 3), np.zeros(0, int), ValueError, r"shape \(0, 3\) and labels of"),
        ("bce_with_logits", (3,), [0, 1, 2], ValueError, "targets from 0 to 1.* from 0 to 2"),
        ("bce_with_logits", (2,), [-1, 1], ValueError, r"from -1 to 1.*\(labels \+ 1\) / 2"),
        ("bce_with_logits", (2,), [np.nan, 1], ValueError, "targets from 0 to 1.* from nan to"),
        ("hinge", (2,), [0, 1], ValueError, r"-1 or 1.* from 0 to 1.*2 \* labels - 1"),
        ("hinge", (2,), [np.nan, 1], ValueError, "labels that are -1 or 1"),
    ],
)
def test_labels_must_be_of_the_kind_that_the_loss_takes(loss, prediction, target, error, message):
    with pytest.raises(error, match=message):
        LOSSES[loss](np.ones(prediction), target)


@pytest.mark.parametrize("name", LOSSES)
def test_predictions_are_real_numbers(name):
    with pytest.raises(TypeError, match=f"{name} takes real predictions, not complex128"):
        LOSSES[name](np.ones(2, complex), np.ones(2))
    with pytest.raises(TypeError, match="a Tensor holds numbers"):
        LOSSES[name](["a"], np.ones(1))
