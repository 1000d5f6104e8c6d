"""Metrics by themselves and by their names: what is right is counted as what it is."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import nn
from nn.losses import LOSSES
from nn.metrics import METRICS, chosen

accuracy = METRICS["accuracy"]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def own_bce(probability, target):
    return nn.bce(probability, target)


# What is predicted: the loss, the output for scores, and the labels.
CASES = {
    "logits": ("bce_with_logits", None, 0),
    "weighted logits": (partial(nn.bce_with_logits, pos_weight=2.0), None, 0),
    "probabilities": ("bce", sigmoid, 0),
    "probabilities with options": (partial(nn.bce, reduction="sum"), sigmoid, 0),
    "estimates": ("mse", lambda z: z + 0.5, 0),  # some are outside [0, 1]
    "estimates of a sigmoid": ("mse", sigmoid, 0),
    "estimates of -1 and 1": ("huber", lambda z: z, -1),
    "hinge": ("hinge", lambda z: z, -1),
    "own on probabilities": (own_bce, sigmoid, 0),
    "own on logits": (lambda z, t: nn.bce_with_logits(z, t), lambda z: z, 0),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("column", [True, False])
def test_two_classes_are_told_apart_where_the_loss_does(case, column):
    loss, output, low = CASES[case]
    rng = np.random.default_rng(0)
    score, positive = 3 * rng.normal(size=200), rng.random(200) < 0.5
    (metric,) = chosen(
        "accuracy", LOSSES.get(loss, loss) if isinstance(loss, str) else loss
    ).values()
    prediction = score if output is None else output(score)
    target = np.where(positive, 1, low)
    expected = np.mean((score > 0) == positive)
    assert metric(prediction[:, None], target[:, None] if column else target) == expected


# Of losses of two classes: at 0 of the score, what is predicted, and the label of the other class.
OF_TWO_CLASSES = {
    "bce_with_logits": (lambda z: z, 0),
    "bce": (sigmoid, 0),
    "hinge": (lambda z: z, -1),
}


@pytest.mark.parametrize("name", OF_TWO_CLASSES)
@given(positive=arrays(bool, array_shapes(max_dims=2, max_side=4)), seed=st.integers(0, 9))
def test_which_labels_happen_to_be_there_makes_no_difference(name, positive, seed):
    """All of one class, say, or one in each row."""
    output, low = OF_TWO_CLASSES[name]
    score = np.random.default_rng(seed).normal(size=positive.shape)
    (metric,) = chosen("accuracy", LOSSES[name]).values()
    found = metric(output(score), np.where(positive, 1, low))
    assert found == np.mean((score > 0) == positive)


@pytest.mark.parametrize("loss", ["mse", "mae", partial(nn.huber, delta=2.0)])
@pytest.mark.parametrize("low", [-1, 0])
@given(positive=arrays(bool, 8) | st.just(np.ones(8, bool)))
@settings(max_examples=5)
def test_labels_of_the_training_data_tell_which_class_is_not_in_the_validation_data(
    loss, low, positive
):
    X = np.random.default_rng(0).normal(size=(8, 1)) + (1 + low) / 2
    y = np.where(positive, 1, low)[:, None]
    itself = nn.Layer(1, 1, None, init=nn.init.constant(1.0))
    still, both = nn.SGD(itself.parameters(), lr=0.0), ([[0.0], [1.0]], [[low], [1]])
    figures = nn.fit(itself, *both, loss, still, 1, metrics="accuracy", validation=(X, y)).last()
    assert figures["val_accuracy"] == np.mean((X[:, 0] > (1 + low) / 2) == positive)


@pytest.mark.parametrize("name", ["mse", "mae", "r2"])
@pytest.mark.parametrize("dtypes", ["??", "u1u1", "u8i8", "i1u1", "u1f4", "f4u2", "i8f8"])
@given(data=st.data())
def test_metrics_of_integers_are_those_of_floats(name, dtypes, data):
    numbers = st.integers(0, 1 if dtypes == "??" else 100)
    rows = data.draw(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5))
    prediction, target = np.array(rows, float).T
    half = len(dtypes) // 2
    found = METRICS[name](prediction.astype(dtypes[:half]), target.astype(dtypes[half:]))
    assert found == pytest.approx(METRICS[name](prediction, target), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("name", ["mse", "mae", "r2"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("mean", [0, 290])
def test_metrics_of_many_rows_lose_no_digits(name, dtype, mean):
    rng = np.random.default_rng(0)
    target = (rng.normal(size=(50_000, 2)) + mean).astype(dtype)
    prediction = (target + rng.normal(size=target.shape) / 2).astype(dtype)
    exact = METRICS[name](prediction.astype(float), target.astype(float))
    assert METRICS[name](prediction, target) == pytest.approx(exact, rel=1e-12)
    assert METRICS[name](prediction.T.copy().T, target) == pytest.approx(exact, rel=1e-12)


@given(st.integers(1, 30), st.integers(2, 5), st.integers(0, 99))
def test_labels_and_one_hot_rows_are_the_same(n, classes, seed):
    rng = np.random.default_rng(seed)
    scores, labels = rng.normal(size=(n, classes)), rng.integers(0, classes, n)
    expected = np.mean(scores.argmax(1) == labels)
    assert accuracy(scores, labels) == expected
    assert accuracy(scores, np.eye(classes)[labels]) == expected
    many = rng.integers(0, 2, (n, classes))  # several labels a row: each counts by itself
    assert accuracy(scores, many, threshold=0) == np.mean((scores > 0) == many)


def test_an_ignored_label_is_left_out():
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=(20, 3, 4)), rng.integers(0, 4, (20, 3))
    ignored = rng.random((20, 3)) < 0.4
    expected = accuracy(scores[~ignored], labels[~ignored])
    labels[ignored] = -100
    loss = partial(nn.cross_entropy, ignore_index=-100)
    (metric,) = chosen("accuracy", loss).values()
    assert metric(scores, labels) == expected


@pytest.mark.parametrize(
    ("prediction", "target", "message"),
    [
        (np.ones((4, 3)), np.ones((4, 1)), r"not \(4, 3\) and \(4, 1\); pass labels.ravel\(\)"),
        (np.ones(4), np.linspace(-1, 1, 4), "accuracy takes labels: .*not float64 from -1 to 1 of"),
        (np.ones((2, 1)), [[0], [2]], "not int64 from 0 to 2 .* for numbers, take r2 or mae"),
    ],
)
def test_what_are_no_labels_is_refused(prediction, target, message):
    with pytest.raises(ValueError, match=message):
        accuracy(prediction, np.asarray(target))


def test_accuracy_of_numbers_is_refused_before_the_first_step():
    model = nn.Layer(1, 1, None, rng=0)
    before = model.state_dict()
    X = np.linspace(0, 1, 10)[:, None]
    with pytest.raises(ValueError, match="for numbers, take r2 or mae"):
        nn.fit(model, X, X, metrics="accuracy")
    np.testing.assert_equal(model.state_dict(), before)


def test_names():
    def error(prediction, target, power):
        return np.mean(np.abs(prediction - target) ** power)

    assert list(chosen(partial(error, power=1), None)) == ["error"]
    two = {"error": partial(error, power=1), "square": partial(error, power=2), "r2": "r2"}
    assert list(chosen(two, None)) == ["error", "square", "r2"]
    assert chosen(None, None) == {}
    with pytest.raises(ValueError, match=r"called 'error': .* by metrics=\{name: function\}"):
        chosen([partial(error, power=1), partial(error, power=2)], None)
