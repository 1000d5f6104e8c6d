"""evaluate and predict, and what fit measures: exact, in any batches, from any thread."""

import threading
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Tensor
from nn.losses import LOSSES

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 2))
LABELS = RNG.integers(0, 3, 40)


@given(
    size=st.integers(1, 40),
    by_class=st.booleans(),
    ignored=st.none() | st.integers(0, 2),
    weighted=st.booleans(),
    seed=st.integers(0, 9),
)
@settings(max_examples=25)
def test_the_mean_is_that_of_the_loss_on_all_in_any_batches(
    size, by_class, ignored, weighted, seed
):
    options = {"class_weight": [0.1, 1.0, 5.0]} if by_class else {}
    loss = partial(nn.cross_entropy, ignore_index=ignored, **options)
    weight = np.random.default_rng(seed).integers(0, 3, 40) if weighted else None
    model = nn.Layer(2, 3, None, rng=seed)
    expected = pytest.approx(loss(model(X), LABELS, weight=weight).item())
    found = nn.evaluate(model, X, LABELS, loss, "accuracy", size, weight=weight)
    assert found["loss"] == expected
    still = nn.SGD(model.parameters(), lr=0.0)
    parts = nn.Batches(X, LABELS, size, weight=weight)
    last = nn.fit(model, parts, None, loss, still, 1, validation=parts).last()
    assert last["loss"] == expected
    assert last["val_loss"] == expected


TARGETS = {name: RNG.normal(size=(40, 3)) for name in nn.losses.LOSSES}
TARGETS |= {name: RNG.integers(0, 2, (40, 3)) for name in ("bce", "bce_with_logits")}
TARGETS |= {"hinge": 2 * TARGETS["bce"] - 1, "cross_entropy": LABELS}


@pytest.mark.parametrize("name", TARGETS)
@given(size=st.integers(1, 40), weighted=st.booleans())
@settings(max_examples=10)
def test_with_the_sum_for_a_loss_the_figure_is_the_mean_in_any_batches(name, size, weighted):
    loss, y = nn.losses.LOSSES[name], TARGETS[name]
    summed = partial(loss, reduction="sum")
    model = nn.Layer(2, 3, "sigmoid" if name == "bce" else None, rng=0)
    weight = np.arange(40) % 3 if weighted else None
    expected = pytest.approx(loss(model(X), y, weight=weight).item())
    assert nn.evaluate(model, X, y, summed, (), size, weight=weight)["loss"] == expected
    still, data = nn.SGD(model.parameters(), lr=0.0), (X, y, weight)
    last = nn.fit(model, X, y, summed, still, 1, size, weight=weight, validation=data).last()
    assert (last["loss"], last["val_loss"]) == (expected, expected)


class Scaled(nn.Module):
    """A network of one's own."""

    def __init__(self, X):
        self.inputs = nn.Standardise(X)
        self.network = nn.MLP(2, [4, 1], "tanh", dtype="float32", rng=0)

    def forward(self, x):
        return self.network(self.inputs(x))


@pytest.mark.parametrize("offset", [0.0, 1.7e9])
@pytest.mark.parametrize("size", [1, 7, 40])
@pytest.mark.parametrize("kind", ["MLP", "Sequential", "own"])
def test_in_float32_the_figures_are_those_of_the_model_called_on_the_data(kind, size, offset):
    data, y = X + offset, X[:, :1] ** 2  # in float32, 1.7e9 is a multiple of 128
    model = nn.MLP(2, [4, 1], "tanh", dtype="float32", rng=0)
    if kind != "MLP":
        model = Scaled(data) if kind == "own" else nn.Sequential(nn.Standardise(data), model)
    expected = model(data)
    found = nn.predict(model, data, size)
    np.testing.assert_allclose(found, expected.data, rtol=1e-5, atol=1e-6)
    assert found.dtype == np.float32
    loss = pytest.approx(nn.mse(expected, y).item(), rel=1e-5)
    assert nn.evaluate(model, data, y, batch_size=size)["loss"] == loss
    still = nn.SGD(model.parameters(), lr=0.0)
    last = nn.fit(model, data, y, "mse", still, 1, size, validation=(data, y)).last()
    assert (last["loss"], last["val_loss"]) == (loss, loss)


def test_batches_of_sequences_count_by_their_labels():
    batches = [
        (RNG.normal(size=(3, length, 2)), RNG.integers(0, 3, (3, length))) for length in (2, 7)
    ]
    model = nn.Layer(2, 3, None, rng=0)
    losses = [nn.cross_entropy(model(x), y, reduction="sum").item() for x, y in batches]
    found = nn.evaluate(model, batches, loss="cross_entropy")["loss"]
    assert found == pytest.approx(sum(losses) / 27)


def test_a_batch_whose_labels_are_all_ignored_is_passed_by():
    labels = np.where(np.arange(40) < 20, -1, LABELS)
    loss = partial(nn.cross_entropy, ignore_index=-1)
    models = [nn.Layer(2, 3, None, rng=0) for _ in range(2)]
    for model, first in zip(models, (0, 20)):
        parts = nn.Batches(X[first:], labels[first:], 10, shuffle=False)
        steps: list[int] = []
        note = partial(lambda steps, training: steps.append(training.step), steps)
        nn.fit(model, parts, None, loss, epochs=2, callbacks=note)
        assert steps == [2, 4]
    np.testing.assert_equal(models[0].state_dict(), models[1].state_dict())
    with pytest.raises(
        ValueError, match="no batch, or none with a weight above 0 and a label that"
    ):
        nn.evaluate(models[0], X, np.full(40, -1), loss)
    with pytest.raises(ValueError, match=r"nothing to learn from in epoch 1: .* not ignored"):
        nn.fit(models[0], X, np.full(40, -1), loss)


class Slow(nn.Module):
    """Waits in each pass until the other threads have come as far."""

    def __init__(self, steps):
        self.steps = steps
        self.seen = []

    def forward(self, x):
        name = threading.current_thread().name
        self.steps[name]()
        self.seen.append((name, self.training))
        return x


@pytest.mark.parametrize("mode", [True, False])
def test_threads_may_predict_with_one_model_in_training_mode(mode):
    """One comes in while the other is at it, and stays when that one has gone."""
    one_is_in, two_is_in, one_is_out = (threading.Event() for _ in range(3))
    rest = iter([lambda: two_is_in.set(), lambda: one_is_out.wait(5)])
    model = Slow({
        "one": lambda: (one_is_in.set(), two_is_in.wait(5)),
        "two": lambda: next(rest)(),
    }).train(mode)  # fmt: skip

    def first():
        nn.predict(model, X)
        one_is_out.set()

    def second():
        one_is_in.wait(5)
        nn.predict(model, X, 20)

    threads = [threading.Thread(target=f, name=n) for f, n in [(first, "one"), (second, "two")]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(model.seen) == [("one", False), ("two", False), ("two", False)]
    assert model.training is mode


class Two(nn.Module):
    """Gives two arrays."""

    def __init__(self):
        self.layer = nn.Layer(2, 3, None, rng=0)

    def forward(self, x):
        return self.layer(x), self.layer(x) ** 2


def both(outputs, target):
    return nn.cross_entropy(outputs[0], target) + (outputs[1]).mean()


def test_a_model_may_give_several_arrays_to_a_loss_of_ones_own():
    histories = [
        nn.fit(Two(), *data, loss=both, epochs=2, batch_size=10, rng=0)
        for data in [(X, LABELS), (nn.Batches(X, LABELS, 10, rng=0),)]
    ]
    assert histories[0].losses == histories[1].losses
    assert nn.evaluate(Two(), X, LABELS, both)["loss"] > 0


class Nothing(nn.Layer):
    """Forgets to return."""

    def forward(self, x):
        super().forward(x)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.predict(Two(), X), "predict gives one array, but the model gives a tuple"),
        (
            lambda: nn.fit(Two(), X, LABELS, both, metrics="accuracy"),
            "metrics, take one array, but",
        ),
        (
            lambda: nn.fit(Two(), [(X, LABELS)], None, both, metrics="accuracy"),
            "metrics, take one array, but the model gives a tuple: call the model",
        ),
        (
            lambda: nn.fit(Two(), X, LABELS, "cross_entropy"),
            "a loss of nn's, and metrics, take one",
        ),
        (lambda: nn.fit(Nothing(2, 3), X, LABELS), "gives None: its forward has to return its out"),
        (lambda: nn.fit(Nothing(2, 3), [(X, LABELS)]), "the model gives None: its forward has to"),
        (lambda: nn.predict(Nothing(2, 3), X), "the model gives None: its"),
        (lambda: nn.evaluate(Nothing(2, 3), X, LABELS), "the model gives None"),
    ],
)
def test_what_is_no_array(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize("width", [1, 2])
def test_items_that_are_numbers_need_an_axis(width):
    model, x = nn.Layer(width, 1, None), X[:, 0]
    for call in (
        lambda: nn.fit(model, x, x, "mse"),
        lambda: nn.evaluate(model, x, x),
        lambda: nn.predict(model, x),
    ):
        with pytest.raises(ValueError, match=r"X has shape \(40,\): if each .* pass X\[:, None\]"):
            call()


def test_predict_reads_a_mapped_array_by_batches_and_checks_each(tmp_path):
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r+")
    model = nn.Layer(2, 3, "tanh", rng=0, dtype=np.float32)
    found = nn.predict(model, mapped, 16)
    np.testing.assert_array_equal(found, nn.predict(model, X, 16))
    mapped[30, 1] = np.nan
    with pytest.raises(
        ValueError, match=r"X from item 16 on has 1 values .* the first at \(14, 1\)"
    ):
        nn.predict(model, mapped, 16)


@pytest.mark.parametrize("size", [1, 16, 40])
def test_predict_takes_the_batches_that_evaluate_takes(size):
    model, weight = nn.Layer(2, 3, "tanh", rng=0, dtype=np.float32), np.ones(40)
    batches = nn.Batches(X, LABELS, size, shuffle=False, weight=weight)
    expected = nn.predict(model, X, size)
    for each in batches, list(batches), iter(batches), ((x, y) for x, y, _ in batches):
        np.testing.assert_array_equal(nn.predict(model, each), expected)
    for each in ((x for x, *_ in batches), (Tensor(x) for x, *_ in batches)):
        np.testing.assert_array_equal(nn.predict(model, each), expected)
    for data in X.tolist(), [tuple(x) for x in X], [*map(tuple, X.tolist())], list(X), Tensor(X):
        np.testing.assert_allclose(nn.predict(model, data, size), expected, rtol=1e-6)


def bad():
    yield X, LABELS
    yield np.full((2, 2), np.inf), LABELS


@pytest.mark.parametrize(
    ("batches", "error", "message"),
    [
        (nn.Batches(X, LABELS), ValueError, "are shuffled, .* or Batches\\(…, shuffle=False"),
        (iter([]), ValueError, "X has no batches"),
        (iter([3.0]), TypeError, r"a batch is \(x, y\) or \(x, y, weight\), not a float"),
        (bad(), ValueError, "x of batch 1 has 4 values that are NaN or infinite"),
        ({}, TypeError, "X must hold real numbers, not object$"),
    ],
    ids=["shuffled", "none", "number", "infinite", "dict"],
)
def test_what_are_no_batches_to_predict_from(batches, error, message):
    with pytest.raises(error, match=message):
        nn.predict(nn.Layer(2, 3), batches)


@pytest.mark.parametrize("name", LOSSES)
def test_weights_are_given_once(name):
    """The one of the data would be taken, and the other forgotten without a word."""
    model, weight = nn.Layer(2, 3, None, rng=0), np.arange(40.0)
    loss = partial(LOSSES[name], weight=weight)
    for call in (nn.evaluate, nn.fit):
        before = model.state_dict()
        with pytest.raises(TypeError, match=r"weights are given twice: .* give them once, with"):
            call(model, X, LABELS, loss, weight=np.ones(40))
        np.testing.assert_equal(model.state_dict(), before)
    none = partial(nn.cross_entropy, weight=None)
    given = nn.evaluate(model, X, LABELS, none, weight=weight)
    assert given == nn.evaluate(model, X, LABELS, "cross_entropy", weight=weight)
