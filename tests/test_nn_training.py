"""fit: it learns, reproducibly, and complains before it begins."""

import builtins
import copy
import json
import signal
import sys
import threading
import warnings
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Tensor
from nn.activations import ACTIVATIONS
from nn.callbacks import Training, ready
from nn.data import split
from nn.losses import LOSSES
from nn.metrics import METRICS
from nn.optim import OPTIMIZERS


def blobs(n=60):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, n)
    return rng.normal(size=(n, 2)) * 0.3 + np.array([[0, 0], [2, 0], [0, 2]])[labels], labels


def test_it_learns_and_reports_each_epoch():
    X, y = blobs()
    model = nn.MLP(2, [16, 3], rng=0)
    optimizer = nn.Adam(model.parameters(), lr=0.02)
    history = nn.fit(model, X, y, "cross_entropy", optimizer, epochs=30, batch_size=16, rng=0)
    assert isinstance(history, nn.History)
    assert len(history.losses) == 30
    assert all(type(loss) is float for loss in history.losses)
    assert history.losses[-1] < 0.1 * history.losses[0]
    assert np.mean(model(X).data.argmax(1) == y) > 0.95


TARGETS = {
    "mse": lambda y: y[:, None] * 0.5,
    "half_mse": lambda y: y[:, None],
    "mae": lambda y: y[:, None],
    "huber": lambda y: y[:, None],
    "bce_with_logits": lambda y: (y == 1)[:, None],
    "bce": lambda y: (y == 1)[:, None],
    "cross_entropy": lambda y: y,
    "hinge": lambda y: np.where(y == 1, 1, -1)[:, None],
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_loss_and_optimizer_by_name(loss, optimizer, dtype):
    X, y = blobs()
    widths, output = [8, 3 if loss == "cross_entropy" else 1], "sigmoid" if loss == "bce" else None
    model = nn.MLP(2, widths, "tanh", output, dtype=dtype, rng=0)
    history = nn.fit(model, X, TARGETS[loss](y), loss, optimizer, epochs=10, batch_size=8, rng=0)
    assert history.losses[-1] < history.losses[0]
    assert all(p.grad.dtype == dtype for p in model.parameters())


def test_a_loss_of_ones_own():
    X, y = blobs()
    model = nn.MLP(2, [8, 1], "tanh", rng=0)
    same = nn.MLP(2, [8, 1], "tanh", rng=0)
    history = nn.fit(model, X, y[:, None], lambda p, t: ((p - t) ** 2).mean(), epochs=3, rng=0)
    expected = nn.fit(same, X, y[:, None], "mse", epochs=3, rng=0)
    assert history.losses == pytest.approx(expected.losses)


@given(
    seed=st.integers(0, 2**32 - 1),
    batch_size=st.integers(1, 70),
    epochs=st.integers(1, 3),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_it_is_the_bare_loop(seed, batch_size, epochs, dtype):
    X, y = blobs()
    fitted, looped = (nn.MLP(2, [4, 3], dtype=dtype, rng=1) for _ in range(2))
    history = nn.fit(fitted, X, y, "cross_entropy", "sgd", epochs, batch_size, rng=seed)
    optimizer = nn.SGD(looped.parameters())
    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        order = rng.permutation(len(X))
        losses = []
        for start in range(0, len(X), batch_size):
            rows = order[start : start + batch_size]
            optimizer.zero_grad()
            loss = nn.cross_entropy(looped(X[rows].astype(dtype)), y[rows])
            loss.backward()
            optimizer.step()
            losses += [loss.item()] * len(rows)
        assert history.losses[epoch] == pytest.approx(np.mean(losses), rel=1e-12)
    for a, b in zip(fitted.parameters(), looped.parameters(), strict=True):
        np.testing.assert_array_equal(a.data, b.data)


def test_without_a_seed_the_order_differs_and_numpys_global_state_stays():
    X, y = blobs()
    before = str(np.random.get_state())  # noqa: NPY002
    models = [nn.MLP(2, [3], rng=0) for _ in range(2)]
    for model in models:
        nn.fit(model, X, y, "cross_entropy", epochs=1, batch_size=7)
    assert not np.array_equal(models[0].layers[0].weight.data, models[1].layers[0].weight.data)
    assert str(np.random.get_state()) == before  # noqa: NPY002


def test_fits_from_one_generator_have_orders_of_their_own_which_its_seed_decides():
    X, y = blobs()

    def trained(rng):
        model = nn.MLP(2, [3], rng=0)
        nn.fit(model, X, y, "cross_entropy", epochs=1, batch_size=7, rng=rng)
        return model.layers[0].weight.data

    one, other = np.random.default_rng(5), np.random.default_rng(5)
    first, second = trained(one), trained(one)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal([trained(other), trained(other)], [first, second])
    assert one.random() == np.random.default_rng(5).random()  # only spawned from


@pytest.mark.parametrize("convert", [list, Tensor, lambda a: a.tolist(), np.asfortranarray])
def test_data_may_be_anything_like_an_array_and_is_left_alone(convert):
    X, y = blobs(10)
    expected, model = nn.MLP(2, [3], rng=0), nn.MLP(2, [3], rng=0)
    nn.fit(expected, X, y, "cross_entropy", epochs=2, rng=0)
    copy, labels = X.copy(), y.copy()
    nn.fit(model, convert(X), convert(y), "cross_entropy", epochs=2, rng=0)
    np.testing.assert_array_equal(model.layers[0].weight.data, expected.layers[0].weight.data)
    np.testing.assert_array_equal(X, copy)
    np.testing.assert_array_equal(y, labels)


@pytest.mark.parametrize("mode", [True, False])
def test_it_trains_in_training_mode_and_leaves_evaluation_mode_or_after_an_error_the_same(mode):
    modes = []  # of a first look at the targets, and of a step

    class Spy(nn.MLP):
        def forward(self, x):
            modes.append((self.training, self.layers[0].training))
            return super().forward(x)

    model = Spy(2, [3]).train(mode)
    X, y = blobs(10)
    nn.fit(model, X, y, "cross_entropy", epochs=1)
    assert modes == [(False, False), (True, True)]
    assert [part.training for part in model.modules()] == [False, False]
    model.train(mode)
    with pytest.raises(ValueError, match="cross_entropy takes logits"):
        nn.fit(model, X, y[:, None], "cross_entropy")
    assert model.training is mode


@pytest.mark.parametrize("whole", [True, False])
def test_an_error_on_the_way_gives_each_part_its_own_mode_back(whole):
    model = nn.MLP(2, [3, 3])
    (model if whole else model.layers[0]).eval()
    before = [part.training for part in model.modules()]

    class Raise:
        def on_step(self, training):
            raise RuntimeError("here")

    with pytest.raises(RuntimeError, match="here"):
        nn.fit(model, *blobs(10), "cross_entropy", epochs=1, callbacks=Raise())
    assert [part.training for part in model.modules()] == before


def test_a_call_after_fit_is_a_prediction_and_changes_nothing():
    model = nn.Sequential(
        nn.Layer(2, 8, rng=0), nn.BatchNorm(8), nn.Dropout(0.5, 0), nn.Layer(8, 3, None, rng=0)
    )
    X, y = blobs(20)
    for _ in range(2):  # a second fit trains it as the first one did
        before = model.state_dict()
        nn.fit(model, X, y, "cross_entropy", epochs=2, batch_size=7, rng=0)
        after = model.state_dict()
        assert not np.array_equal(after["layers.1.running_mean"], before["layers.1.running_mean"])
        np.testing.assert_array_equal(model(X).data, nn.predict(model, X))
        assert model(X[:1]).shape == (1, 3)
        np.testing.assert_equal(model.state_dict(), after)


@pytest.mark.parametrize(
    ("loss", "bad", "message"),
    [
        ("cross_entropy", 3, "labels out of range"),
        ("bce_with_logits", 2.0, "targets"),
        ("hinge", 0.0, "labels that are -1 or 1"),
        ("mse", 1e300, "infinite as float32"),
    ],
)
def test_one_bad_target_among_many_is_refused_before_a_step(loss, bad, message):
    X = np.random.default_rng(0).normal(size=(200, 2))
    y = np.ones(200, int) if loss == "cross_entropy" else np.ones((200, 1))
    y[7] = bad
    model = nn.MLP(2, [3 if loss == "cross_entropy" else 1], dtype=np.float32, rng=0)
    before = model.state_dict()
    with pytest.raises(ValueError, match=message):
        nn.fit(model, X, y, loss, batch_size=10, rng=0)
    np.testing.assert_equal(model.state_dict(), before)


# What is measured.


@given(batch_size=st.integers(1, 70), n=st.integers(1, 5), by_rows=st.booleans())
@settings(max_examples=20)
def test_figures_are_of_all_items_whatever_the_batches(batch_size, n, by_rows):
    rng = np.random.default_rng(n)
    X, y = rng.normal(size=(60, 2)), rng.normal(size=(60, n))
    weight = rng.uniform(size=60 if by_rows else (60, n))
    model = nn.MLP(2, [4, n], "tanh", rng=0)
    still = nn.SGD(model.parameters(), lr=0.0)
    names = ["mse", "mae", "r2"]
    options = {"metrics": names, "weight": weight, "batch_size": batch_size}
    expected = nn.evaluate(model, X, y, "huber", **options)
    prediction = model(X).data
    assert expected == {
        "loss": pytest.approx(nn.huber(prediction, y, weight=weight).item()),
        **{name: pytest.approx(METRICS[name](prediction, y)) for name in names},
    }
    held_out = (X, y, weight)
    history = nn.fit(model, X, y, "huber", still, epochs=2, rng=0, validation=held_out, **options)
    figures = history.last()
    for name, number in expected.items():
        assert figures[name] == pytest.approx(number)
        assert figures[f"val_{name}"] == pytest.approx(number)
    assert figures["learning_rate"] == 0.0 < figures["seconds"]
    np.testing.assert_allclose(nn.predict(model, X, batch_size), prediction, rtol=1e-12)


def test_metrics_are_scikit_learns():
    t, y = np.array([[0.5, 1], [-1, 1], [7, -6]]), np.array([[0, 2], [-1, 2], [8, -5.0]])
    assert METRICS["mse"](y, t) == pytest.approx(0.7083333333333334)
    assert METRICS["mae"](y, t) == 0.75
    assert METRICS["r2"](y, t) == pytest.approx(0.9368005266622779)
    constant = np.ones((3, 2))
    assert METRICS["r2"](constant, constant) == 1
    assert METRICS["r2"](constant + np.array([0, 1]), constant) == 0.5
    assert METRICS["accuracy"](t, np.array([1, 1, 1])) == 2 / 3
    with pytest.raises(ValueError, match=r"accuracy takes scores .* not \(3, 2\) and \(2,\)"):
        METRICS["accuracy"](t, np.array([1, 1]))
    with pytest.raises(ValueError, match=r"mae takes two arrays of one shape, not \(3, 2\) and"):
        METRICS["mae"](y, t[:, :1])


@pytest.mark.parametrize(
    ("loss", "output", "low"),
    [("bce", "sigmoid", 0), ("bce_with_logits", None, 0), ("hinge", None, -1)],
)
def test_accuracy_of_two_classes_knows_what_is_predicted(loss, output, low):
    X, y = blobs()
    target = np.where(y == 1, 1, low)[:, None]
    model = nn.MLP(2, [1], output=output, rng=0)
    found = nn.evaluate(model, X, target, loss, "accuracy")["accuracy"]
    layer = model.layers[0]
    positive = X @ layer.weight.data.T + layer.bias.data > 0
    assert found == np.mean(positive == (target == 1))


def test_a_held_out_share_is_never_trained_on():
    seen = []

    class Spy(nn.MLP):
        def forward(self, x):
            if self.training:
                seen.extend(np.asarray(x.data)[:, 0].tolist())
            return super().forward(x)

    X, y = blobs()
    kept = []
    for seed in (0, 1):
        seen.clear()
        nn.fit(Spy(2, [3], rng=0), X, y, "cross_entropy", epochs=2, validation=0.25, rng=seed)
        assert len(seen) == 2 * 45
        kept.append(set(X[:, 0].tolist()) - set(seen))
    assert len(kept[0]) == 15
    assert kept[0] == kept[1]


def test_weights_count_items():
    X, y = blobs()
    times = np.random.default_rng(0).integers(0, 3, 60)
    models = [nn.MLP(2, [4, 3], rng=0) for _ in range(2)]
    options = {"loss": "cross_entropy", "optimizer": "sgd", "epochs": 5}
    one = nn.fit(models[0], X, y, **options, batch_size=60, weight=times)
    rows = np.repeat(np.arange(60), times)
    other = nn.fit(models[1], X[rows], y[rows], **options, batch_size=len(rows))
    assert one.losses == pytest.approx(other.losses)
    for a, b in zip(*(model.parameters() for model in models)):
        np.testing.assert_allclose(a.data, b.data, rtol=1e-10)


def test_a_batch_that_counts_for_nothing_is_left_out():
    X, y = blobs(10)
    weight = (np.arange(10) % 2).astype(float)
    models = [nn.MLP(2, [3], rng=0) for _ in range(2)]
    one = nn.Batches(X, y, 1, shuffle=False, weight=weight)
    history = nn.fit(models[0], one, loss="cross_entropy", epochs=2)
    other = nn.Batches(X[1::2], y[1::2], 1, shuffle=False)
    assert nn.fit(models[1], other, loss="cross_entropy", epochs=2).losses == history.losses
    assert nn.evaluate(models[0], one, loss="cross_entropy") == pytest.approx(
        nn.evaluate(models[1], other, loss="cross_entropy")
    )


def test_batches_may_come_from_anywhere():
    X, y = blobs()
    batches = list(nn.Batches(X, y, 16, rng=0))
    models = [nn.MLP(2, [3], rng=0) for _ in range(3)]
    losses = [
        nn.fit(model, source, loss="cross_entropy", epochs=1, validation=batches).to_dict()
        for model, source in zip(
            models, [batches, (b for b in batches), nn.Batches(X, y, 16, rng=0)]
        )
    ]
    for found in losses:
        del found["seconds"]
    assert losses[0] == losses[1] == losses[2]

    class Anew:
        """An iterator that its own __iter__ puts back to the start, if it is to be."""

        def __init__(self, again):
            self.again, self.rest = again, iter(batches)

        def __iter__(self):
            if self.again:
                self.rest = iter(batches)
            return self

        def __next__(self):
            return next(self.rest)

    nn.fit(models[0], Anew(True), loss="cross_entropy", epochs=2, validation=Anew(True))
    with pytest.raises(
        ValueError, match=r"nothing to learn from in epoch 2: X must give batches in"
    ):
        nn.fit(models[0], Anew(False), loss="cross_entropy", epochs=2)


def test_evaluate_and_predict_are_in_evaluation_mode_and_record_nothing():
    modes = []

    class Spy(nn.Layer):
        def forward(self, x):
            modes.append(self.training)
            out = super().forward(x)
            assert not out.requires_grad
            return out

    model = nn.Sequential(Spy(2, 3, None, rng=0), nn.Dropout(0.5, rng=0)).train()
    X, y = blobs(10)
    nn.evaluate(model, X, y, "cross_entropy", "accuracy", 4)
    np.testing.assert_array_equal(nn.predict(model, X, 4), nn.predict(model, X.tolist()))
    assert modes == [False] * 7
    assert all(part.training for part in model.modules())


# Schedules.


def test_a_schedule_goes_on_after_each_epoch_or_step():
    X, y = blobs(20)
    rates = {}
    for each in ("epoch", "step"):
        model = nn.MLP(2, [3], rng=0)
        optimizer = nn.SGD(model.parameters(), lr=1.0)
        history = nn.fit(
            model, X, y, "cross_entropy", optimizer, 3, 10, schedule_each=each,
            schedule=nn.StepDecay(optimizer, 1, 0.5),
        )  # fmt: skip
        rates[each] = history.learning_rates
    assert rates["epoch"] == [1, 0.5, 0.25]
    assert rates["step"] == [0.25, 0.0625, 0.015625]


def test_a_schedule_gets_the_validation_loss_and_may_be_made_by_a_function():
    X, y = blobs(20)
    given_to = []

    class Spy(nn.StepDecay):
        def step(self, loss=None):
            given_to.append(loss)
            super().step(loss)

    make = {"schedule": lambda optimizer: Spy(optimizer, 9), "loss": "cross_entropy", "epochs": 2}
    history = nn.fit(nn.MLP(2, [3], rng=0), X, y, validation=0.5, **make)
    assert given_to == history.validation_losses
    given_to.clear()
    assert nn.fit(nn.MLP(2, [3], rng=0), X, y, **make).losses == given_to


# Callbacks.


def test_hooks_are_called_in_their_places():
    calls = []

    class Spy:
        def __getattr__(self, name):
            if not name.startswith("on_"):
                raise AttributeError(name)
            return lambda training: calls.append((name, training.epoch, training.step))

    X, y = blobs(20)
    ends = []
    after = lambda training: ends.append(training.history.last()["loss"])  # noqa: E731
    history = nn.fit(
        nn.MLP(2, [3]), X, y, "cross_entropy", epochs=2, batch_size=10, callbacks=[Spy(), after]
    )
    assert ends == history.losses
    step = [("on_gradients", 0, 1), ("on_step", 0, 1), ("on_gradients", 0, 2), ("on_step", 0, 2)]
    later = [(name, 1, number + 2) for name, _, number in step]
    assert calls == [
        ("on_check", 0, 0), ("on_start", 0, 0), *step, ("on_epoch_end", 1, 2), *later,
        ("on_epoch_end", 2, 4), ("on_end", 2, 4),
    ]  # fmt: skip


def test_a_training_says_how_far_it_is():
    said = []
    X, y = blobs(20)
    model = nn.MLP(2, [3], rng=0)
    nn.fit(model, X, y, "cross_entropy", epochs=2, callbacks=lambda t: said.append(repr(t)))
    assert said[1].startswith("Training after 2 epochs and 2 steps: History of 2 epochs in ")


def test_gradients_may_be_clipped_and_training_stopped_by_a_callback():
    class Clip:
        def on_gradients(self, training):
            nn.clip_grad_norm(training.model, 0.0)

        def on_step(self, training):
            if training.step == 3:
                training.stop("enough")

    X, y = blobs(20)
    model = nn.MLP(2, [3], rng=0)
    before = model.state_dict()
    history = nn.fit(model, X, y, "cross_entropy", "sgd", 9, 10, callbacks=Clip())
    np.testing.assert_equal(model.state_dict(), before)
    assert len(history.losses) == 1
    assert history.stopped == "enough"
    assert repr(history).endswith("; stopped: enough")


@given(
    st.lists(st.sampled_from([1.0, 2.0, 3.0, float("nan")]), min_size=1, max_size=12),
    st.integers(1, 3),
    st.booleans(),
)
def test_early_stopping_waits_as_long_as_it_should(figures, patience, larger):
    model = nn.Layer(1, 1)
    callback = nn.EarlyStopping(patience, "score", larger)
    measures = {"score": None}
    training = Training(model, None, None, [], None, measures, None, "epoch", ready(callback))
    training.call("on_start")
    ran = 0
    for figure in figures:
        if training.history.stopped:
            break
        ran += 1
        model.weight.data = [[float(ran)]]
        training.history.add({"loss": 0.0, "score": figure})
        training.epoch = ran
        training.call("on_epoch_end")
    training.call("on_end")
    best, waited = 0, 0  # the same, as one would say it
    for i, figure in enumerate(figures[:ran]):
        so_far = figures[best]
        better = figure > so_far if larger else figure < so_far
        if i == 0 or better or (np.isnan(so_far) and not np.isnan(figure)):
            best, waited = i, 0
        else:
            waited += 1
        assert (waited < patience) or i == ran - 1
    assert model.weight.item() == best + 1
    assert bool(training.history.stopped) == (waited >= patience)


def test_early_stopping_puts_the_best_weights_back():
    X, y = blobs()[0], np.random.default_rng(1).integers(0, 3, 60)  # nothing to be learnt
    model = nn.MLP(2, [3], rng=0)
    kept = []

    def keep(training):
        kept.append(training.model.state_dict())

    wild = nn.SGD(model.parameters(), lr=1.0)
    history = nn.fit(
        model, X, y, "cross_entropy", wild, 100, 10, validation=0.3, rng=0,
        callbacks=[keep, nn.EarlyStopping(4)],
    )  # fmt: skip
    best = int(np.argmin(history.validation_losses))
    assert len(history.losses) == best + 5
    np.testing.assert_equal(model.state_dict(), kept[best])
    assert history.stopped == (
        f"the validation loss has not improved since epoch {best + 1}, for 4 epochs"
    )
    assert history.restored == best + 1


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: nn.EarlyStopping(0), ValueError, "patience must be a positive integer, not 0"),
        (lambda: nn.EarlyStopping(least=-1), ValueError, "least must be at least 0, not -1"),
        (lambda: nn.EarlyStopping(monitor="f1"), ValueError, "whether a larger 'f1' is better"),
        (lambda: nn.EarlyStopping(monitor=3), TypeError, "name of a figure, .* 'val_loss', not 3"),
        (lambda: nn.EarlyStopping(larger="yes"), TypeError, "larger is True or False, not 'yes'"),
        (lambda: nn.EarlyStopping(restore=3), TypeError, "restore is True or False, not 3"),
        (lambda: nn.EarlyStopping(least="a"), TypeError, "least must be a number, not 'a'"),
        (lambda: nn.Checkpoint("x.npz", 0), ValueError, "every must be a positive integer, not 0"),
        (lambda: nn.Checkpoint("x.npz", each="day"), ValueError, "each is 'epoch' or 'step', not"),
        (lambda: ready([3]), TypeError, "a callback has some of the methods on_check, .* 3 is not"),
        (lambda: ready(nn.Checkpoint), TypeError, "which <class .*Checkpoint'> is not"),
    ],
)
def test_callbacks_that_cannot_be(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_figure_that_is_not_there_cannot_be_monitored():
    X, y = blobs(10)
    stopping = nn.EarlyStopping(monitor="val_accuracy")
    with pytest.raises(
        ValueError, match="there is no 'val_accuracy' to monitor; there are loss, l"
    ):
        nn.fit(nn.MLP(2, [3]), X, y, "cross_entropy", callbacks=stopping)


def test_json_lines_are_the_history(tmp_path):
    X, y = blobs(10)
    log = nn.JSONLines(tmp_path / "log.jsonl")
    nowhere = lambda prediction, target: np.nan  # noqa: E731
    nowhere.__name__ = "nowhere"
    history = nn.fit(
        nn.MLP(2, [3]),
        X,
        y,
        "cross_entropy",
        epochs=3,
        metrics=[nowhere, "accuracy"],
        callbacks=log,
    )
    lines = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [line["step"] for line in lines] == [1, 2, 3]
    assert [line["nowhere"] for line in lines] == [None] * 3
    for name in ("loss", "accuracy", "learning_rate", "seconds"):
        assert [line[name] for line in lines] == history.to_dict()[name]


# What can be known before.


X, LABELS = blobs(40)
HELD_OUT = split(40, 0.25, None, np.random.default_rng(0), "validation")[1]
NO_WEIGHT = np.zeros(40)
OTHER_LABELS = LABELS + 9


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (
            (X, LABELS),
            {"validation": 0.25, "weight": ~np.isin(np.arange(40), HELD_OUT)},
            "in validation there is nothing to evaluate",
        ),
        ((X, LABELS), {"validation": [(X, LABELS, NO_WEIGHT)]}, "in validation there is nothing"),
        ((X, LABELS), {"validation": [(X, LABELS), (X, OTHER_LABELS)]}, "labels out of range"),
        (([(X, LABELS), (X, OTHER_LABELS)],), {}, "labels out of range"),
        (
            ([(X, LABELS), (X, OTHER_LABELS, NO_WEIGHT + 1)],),
            {"loss": partial(nn.cross_entropy, ignore_index=-1)},
            "labels out of range",
        ),
    ],
    ids=["share", "weights", "validation", "batches", "options"],
)
def test_what_would_fail_later_fails_before_the_first_step(data, options, message):
    model = nn.MLP(2, [3, 4], rng=0)
    before = model.state_dict()
    with pytest.raises(ValueError, match=message):
        nn.fit(model, *data, epochs=2, **{"loss": "cross_entropy", **options})
    np.testing.assert_equal(model.state_dict(), before)


def test_batches_that_differ_in_shape_are_left_to_their_steps():
    class Tagger(nn.Module):
        def __init__(self):
            self.layer = nn.Layer(2, 3, None, rng=0)

        def forward(self, x):
            return self.layer(x)

    rng = np.random.default_rng(0)
    batches = [(rng.normal(size=(4, n, 2)), rng.integers(0, 3, (4, n))) for n in (2, 5, 3)]
    history = nn.fit(Tagger(), batches, None, "cross_entropy", epochs=2, validation=batches)
    assert np.isfinite(history.validation_losses).all()

    class Mean(Tagger):  # one number for a batch
        def forward(self, x):
            return self.layer(x).mean()

    def own(prediction, target):
        return (prediction - target.mean()) ** 2

    assert len(nn.fit(Mean(), batches, None, own, epochs=2, validation=batches).losses) == 2


# Stopping and going on.


def everything(path, callbacks=(), **options):
    """A training with all that has a state: the model, and the figures of each epoch."""
    X, y = blobs(50)
    model = nn.Sequential(
        nn.Standardise(X), nn.Layer(2, 8, rng=0), nn.Dropout(0.3, rng=1), nn.BatchNorm(8),
        nn.Layer(8, 3, None, rng=2),
    )  # fmt: skip
    optimizer = nn.AdamW(model.parameters(), lr=0.05)
    history = nn.fit(
        model, X, y, "cross_entropy", optimizer, 4, 8, metrics="accuracy", validation=0.2, rng=0,
        schedule=nn.WarmUp(nn.Cosine(optimizer, 12), 3), schedule_each="step",
        callbacks=[nn.Checkpoint(path, **options), nn.EarlyStopping(3), *callbacks],
        resume=path,
    )  # fmt: skip
    figures = history.to_dict()
    figures.pop("seconds", None)
    return model.state_dict(), figures, history


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return everything(tmp_path_factory.mktemp("whole") / "state.npz")


class Press:
    """Presses Ctrl-C in a step: within the loss, or between backward and the optimizer's step."""

    def __init__(self, at, times=1):
        self.at, self.times = at, times

    def on_gradients(self, training):
        if training.step == self.at:
            for _ in range(self.times):
                signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("step", [1, 4, 5, 6, 17, 20])  # five in an epoch
@pytest.mark.parametrize("extension", ["npz", "safetensors"])
def test_it_goes_on_after_ctrl_c_to_the_same_numbers(step, extension, tmp_path, uninterrupted):
    path = tmp_path / f"state.{extension}"
    _, figures, history = everything(path, [Press(step)])
    assert history.stopped == "Ctrl-C"
    assert len(figures["loss"]) == (step - 1) // 5  # the epochs that were finished
    state, figures, history = everything(path)
    expected_state, expected, _ = uninterrupted
    assert figures == expected
    np.testing.assert_equal(state, expected_state)
    again, figures, _ = everything(path)  # there is nothing left to do
    assert figures == expected
    np.testing.assert_equal(again, expected_state)


@pytest.mark.parametrize("each", ["step", "epoch"])
@pytest.mark.parametrize("every", [1, 3])
def test_it_goes_on_after_a_crash_from_the_last_checkpoint(each, every, tmp_path, uninterrupted):
    class Crash:
        def on_step(self, training):
            if training.step == 13:
                raise OSError("the power went out")

    path = tmp_path / "state.npz"
    with pytest.raises(OSError, match="power"):
        everything(path, [Crash()], every=every, each=each)
    assert path.exists() == (every == 1 or each == "step")
    state, figures, _ = everything(path, every=every, each=each)
    assert figures == uninterrupted[1]
    np.testing.assert_equal(state, uninterrupted[0])


def test_ctrl_c_finishes_its_step_and_leaves_the_model_intact():
    X, y = blobs(20)
    pressed, stopped = (nn.MLP(2, [4, 3], rng=0) for _ in range(2))

    class Stop:
        def on_step(self, training):
            if training.step == 3:
                training.stop("here")

    before = signal.getsignal(signal.SIGINT)
    options = {"loss": "cross_entropy", "epochs": 5, "batch_size": 10, "rng": 0}
    history = nn.fit(pressed, X, y, callbacks=Press(3), **options)
    assert signal.getsignal(signal.SIGINT) is before
    nn.fit(stopped, X, y, callbacks=Stop(), **options)
    np.testing.assert_equal(pressed.state_dict(), stopped.state_dict())
    assert len(history.losses) == 1
    assert not pressed.training


def test_a_second_ctrl_c_is_obeyed_at_once():
    X, y = blobs(20)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):  # noqa: PT011
        nn.fit(nn.MLP(2, [3]), X, y, "cross_entropy", callbacks=Press(1, times=2))
    assert signal.getsignal(signal.SIGINT) is before


def test_it_trains_in_a_thread_and_leaves_a_handler_of_ones_own_alone():
    X, y = blobs(20)
    found = []
    thread = threading.Thread(
        target=lambda: found.append(nn.fit(nn.MLP(2, [3]), X, y, "cross_entropy", epochs=2))
    )
    thread.start()
    thread.join()
    assert len(found[0].losses) == 2
    caught = []
    before = signal.signal(signal.SIGINT, lambda *_: caught.append(1))
    try:
        history = nn.fit(nn.MLP(2, [3]), X, y, "cross_entropy", epochs=2, callbacks=Press(1))
    finally:
        signal.signal(signal.SIGINT, before)
    assert caught == [1]
    assert history.stopped is None


def test_an_epoch_of_other_batches_begins_again(tmp_path):
    X, y = blobs(20)
    batches = list(nn.Batches(X, y, 5, rng=0))
    path = tmp_path / "state.npz"
    options = {"loss": "cross_entropy", "epochs": 2, "resume": path}
    model = nn.MLP(2, [3], rng=0)
    nn.fit(model, batches, callbacks=[Press(2), nn.Checkpoint(path)], **options)
    steps = []
    nn.fit(model, batches, callbacks=lambda training: steps.append(training.step), **options)
    assert steps == [6, 10]


def test_a_file_of_another_training_is_refused(tmp_path):
    path = tmp_path / "state.npz"
    X, y = blobs(20)
    nn.fit(nn.MLP(2, [3]), X, y, "cross_entropy", epochs=1, callbacks=nn.Checkpoint(path))
    model = nn.MLP(2, [4, 3], rng=0)
    before = model.state_dict()
    with pytest.raises(
        ValueError, match=r"the state does not fit this MLP: layers\.0\.bias has shape"
    ):
        nn.fit(model, X, y, "cross_entropy", resume=path)
    np.testing.assert_equal(model.state_dict(), before)


@pytest.mark.parametrize(
    "change",
    [
        {"metrics": None},
        {"metrics": ["accuracy", lambda prediction, target: 0.0]},
        {"validation": None},
    ],
    ids=["fewer", "more", "validation"],
)
def test_training_goes_on_with_the_same_figures(tmp_path, change):
    path = tmp_path / "state.npz"
    model, (X, y) = nn.MLP(2, [3], rng=0), blobs(20)
    options = {"loss": "cross_entropy", "metrics": "accuracy", "validation": 0.2}
    nn.fit(model, X, y, epochs=1, callbacks=nn.Checkpoint(path), **options)
    model = nn.MLP(2, [3], rng=1)
    before = model.state_dict()
    had = r"epochs have loss, accuracy, val_loss, val_accuracy, .* seconds, but now there would be"
    with pytest.raises(ValueError, match=f"{had} loss.*: go on with the same metrics"):
        nn.fit(model, X, y, resume=path, **{**options, **change})
    np.testing.assert_equal(model.state_dict(), before)
    history = nn.fit(model, X, y, epochs=2, resume=path, **options)
    assert {len(numbers) for numbers in history.to_dict().values()} == {2}


# When the loss stops being finite.


def test_the_step_and_the_layer_are_named_and_the_step_is_not_taken():
    X, y = blobs(20)
    model = nn.MLP(2, [4, 3], rng=0)
    states = []

    class Spoil:
        def on_step(self, training):
            if training.step == 3:
                model.layers[1].weight.data = np.full((3, 4), 1e308)
            states.append(model.state_dict())

    with pytest.raises(
        FloatingPointError,
        match=r"the loss is (nan|inf) in step 4 \(epoch 2\), which was not taken: layers\.1 "
        r"\(Layer\(4, 3, 'identity'\)\) is the first layer whose output is not finite",
    ):
        nn.fit(model, X, y, "cross_entropy", "sgd", epochs=3, batch_size=10, callbacks=Spoil())
    assert len(states) == 3
    np.testing.assert_equal(model.state_dict(), states[-1])
    assert model.training


def test_a_gradient_that_is_not_finite_is_named():
    class Root(nn.Layer):
        def forward(self, x):
            return np.sqrt(super().forward(x))

    model = nn.Sequential(nn.Layer(2, 4, "tanh", rng=0), Root(4, 1, None, init="zeros"))
    with pytest.raises(
        FloatingPointError,
        match=r"in step 2 .* gradient of layers\.1\.bias was not finite in the step before",
    ):
        nn.fit(model, np.ones((4, 2)), np.ones((4, 1)), optimizer="sgd")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("lr", r"pass optimizer=nn\.Adam\(model\.parameters\(\), lr=…\)"),
        ("validation_data", r"pass validation=\(X, y\)"),
        ("verbose", "pass progress="),
        ("epoch", "it has model, X, y, loss, optimizer, epochs, .*, rng, progress$"),
    ],
)
def test_an_argument_that_others_have_is_told_of_what_there_is(name, advice):
    with pytest.raises(TypeError, match=f"^fit has no argument '{name}': {advice}"):
        nn.fit(nn.MLP(2, [3]), *blobs(10), **{name: 1})


@pytest.mark.parametrize(
    ("name", "advice"),
    [("test_size", "pass test="), ("random_state", "pass rng="), ("n", "it has arrays, test, ")],
)
def test_so_is_that_of_a_split(name, advice):
    with pytest.raises(TypeError, match=f"^train_test_split has no argument '{name}': {advice}"):
        nn.train_test_split([1, 2, 3], **{name: 0.5})


def test_the_shape_of_all_that_was_given_is_said_where_one_item_is_tried():
    model, images = nn.MLP(64, [10]), np.ones((100, 8, 8))
    with pytest.raises(ValueError, match=r"got shape \(100, 8, 8\); begin with nn.Flatten\(\)"):
        nn.fit(model, images, [1] * 100, "cross_entropy")
    with pytest.raises(ValueError, match=r"got shape \(100, 7, 8\); the width is the last axis"):
        nn.fit(model, images[:, 1:], [1] * 100, "cross_entropy")
    flat = nn.Sequential(nn.Flatten(), model)
    assert nn.fit(flat, images, [1] * 100, "cross_entropy", epochs=1).losses


def test_one_item_left_over_is_not_blamed_for_another_error():
    class Own(nn.Module):
        def __init__(self):
            self.layers = nn.Sequential(nn.Layer(2, 3, None, rng=0), nn.BatchNorm(3))

        def forward(self, x):
            if self.training:
                raise ValueError("not yet written")
            return self.layers(x)

    X, y = blobs(9)
    with pytest.raises(ValueError, match=r"^not yet written$"):
        nn.fit(Own(), X, y, "cross_entropy", batch_size=4)


# History.


def test_a_history_is_read_by_name():
    history = nn.fit(nn.MLP(2, [3]), *blobs(10), "cross_entropy", epochs=2, metrics="accuracy")
    assert history["loss"] == history.losses
    assert history["accuracy"] == history.metrics["accuracy"]
    with pytest.raises(KeyError, match="no 'val_loss'; there are loss, accuracy, learning_rate, "):
        history["val_loss"]


def test_a_history_is_what_it_was_after_its_state_is_loaded():
    history = nn.History([3.0, 2.0], [4.0, 3.0], {"val_r2": [0.1, 0.2]}, [0.1, 0.1], [1.0, 1.0])
    again = nn.History([9.0], metrics={"accuracy": [0.5]})
    again.load_state_dict(history.state_dict())
    assert again == history
    assert list(history.to_dict()) == ["loss", "val_loss", "val_r2", "learning_rate", "seconds"]
    assert repr(history) == (
        "History of 2 epochs in 2 s: loss 3 → 2, val_loss 4 → 3, val_r2 0.1 → 0.2"
    )
    assert repr(nn.History()) == "History of 0 epochs"


def test_a_history_draws_its_losses_and_metrics():
    pytest.importorskip("matplotlib")
    ax = nn.History([3.0, 2.0], [4.0, 3.0], {"r2": [0.1, 0.2]}, [0.1, 0.1], [1.0, 1.0]).plot()
    lines = [line.get_label() for axes in ax.figure.axes for line in axes.lines]
    assert lines == ["loss", "val_loss", "r2 (right)"]


# Progress.


def test_progress_is_shown_only_where_it_is_seen_or_asked_for(capsys, monkeypatch):
    X, y = blobs(10)

    def printed(progress):
        nn.fit(nn.MLP(2, [3], rng=0), X, y, "cross_entropy", epochs=3, progress=progress)
        out, err = capsys.readouterr()
        assert out == ""
        return err

    assert printed(None) == printed(False) == ""
    assert "3/3" in printed(True)
    assert "loss=" in printed(True)
    assert "epoch 3/3" in printed(True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert "3/3" in printed(None)
    assert printed(False) == ""
    imported = builtins.__import__

    def without_tqdm(name, *args, **kwargs):
        if name == "tqdm":
            raise ImportError(name)
        return imported(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_tqdm)
    assert printed(None) == ""
    with pytest.raises(ImportError, match="progress=True needs tqdm: pip install tqdm"):
        printed(True)


# Bad input.


BATCH = np.ones((5, 2)), [0, 1, 2, 1, 0]
ANOTHER = nn.SGD(nn.Layer(2, 1).parameters())


def warm_up(optimizer):
    return nn.WarmUp(optimizer, 3)


@pytest.fixture(scope="module")
def misfit(tmp_path_factory):
    """A checkpoint of another model."""
    path, X = tmp_path_factory.mktemp("misfit") / "state.npz", np.ones((5, 2))
    options = {"epochs": 1, "callbacks": nn.Checkpoint(path), "schedule": warm_up}
    nn.fit(nn.MLP(2, [4, 3]), X, [2] * 5, "cross_entropy", **options)
    return path


def with_value(value):
    X = np.ones((5, 2))
    X[3, 1] = value
    return X


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"X": with_value(np.nan)}, ValueError, r"X has 1 values.*NaN.*the first at \(3, 1\)"),
        ({"X": with_value(-np.inf)}, ValueError, r"X has 1 values that are NaN or infinite"),
        ({"y": [0, 1, np.nan, 1, np.inf]}, ValueError, r"y has 2 values.*the first at \(2,\)"),
        ({"X": np.ones((0, 2))}, ValueError, r"X has no items: .*\(0, 2\)"),
        ({"y": 1.0}, ValueError, r"y has no items: its shape is \(\)"),
        ({"X": [["a", "b"]]}, TypeError, "X must hold real numbers, not <U1"),
        ({"y": np.ones(5, complex)}, TypeError, "y must hold real numbers, not complex128"),
        ({"y": [0, 1]}, ValueError, r"X has 5 items \(shape \(5, 2\)\), y 2 \(shape \(2,\)\)"),
        ({"loss": "mes"}, ValueError, "unknown loss 'mes'; known are mse, half_mse, mae"),
        ({"optimizer": "adm"}, ValueError, "unknown optimizer 'adm'; known are sgd, rmsprop"),
        ({"optimizer": nn.SGD}, TypeError, "optimizer is the name of one, or an Optimizer such"),
        ({"optimizer": nn.Adam}, TypeError, r"such as nn\.Adam\(model\.parameters\(\)\), not <cl"),
        ({"loss": nn.MLP}, TypeError, "a loss is a function or the name of one, not <class"),
        ({"epochs": 0}, ValueError, "epochs must be a positive integer, not 0"),
        ({"batch_size": -1}, ValueError, "batch_size must be a positive integer, not -1"),
        ({"batch_size": 2.5}, TypeError, "batch_size must be a positive integer, not 2.5"),
        ({"metrics": "acuracy"}, ValueError, "unknown metric 'acuracy'; known are accuracy, mse"),
        ({"metrics": [3]}, TypeError, "a metric is a function or the name of one, not 3"),
        ({"metrics": 0}, TypeError, "metrics are names or functions, not 0"),
        ({"metrics": lambda p, t: p}, TypeError, "the metric '<lambda>' returns one number for a"),
        ({"metrics": {"f": lambda p, t: "x"}}, TypeError, "the metric 'f' returns .*, not 'x'"),
        ({"metrics": ["mae", "mae"]}, ValueError, "can't be called 'mae': another figure has"),
        ({"metrics": "mae"}, ValueError, r"mae takes two arrays of one shape, not \(5, 3\) and"),
        ({"callbacks": [3]}, TypeError, "a callback has some of the methods on_check"),
        ({"callbacks": lambda: None}, TypeError, "called with the Training, which .* can't be"),
        ({"schedule": 3}, TypeError, "schedule is a Schedule, or a function, .* makes one, not 3"),
        ({"schedule": nn.Cosine}, TypeError, r"as lambda optimizer: nn\.Cosine.*, not <class"),
        ({"schedule_each": "day"}, ValueError, "schedule_each is 'epoch' or 'step', not 'day'"),
        ({"drop_last": "no"}, TypeError, "drop_last is True or False, not 'no'"),
        ({"progress": "no"}, TypeError, "progress is True or False, not 'no'"),
        ({"resume": 3}, TypeError, "resume is the name of a file, not 3"),
        ({"resume": "state.pt"}, ValueError, "resume is the name .* its format, one of .safet"),
        ({"rng": -1}, ValueError, "a seed is at least 0, not -1"),
        ({"rng": True}, TypeError, "rng is a numpy.random.Generator, .*, not True"),
        ({"validation": []}, ValueError, "validation has no batches"),
        ({"validation": {"X": 1}}, TypeError, r"validation is \(X, y\), batches of them, .* {'X'"),
        (
            {"validation": [np.ones((5, 2)), np.ones(5)]},
            TypeError,
            r"in validation, a batch is .* for validation as a tuple \(X, y\)",
        ),
        ({"X": [(np.ones((5, 2)), [0] * 5), 3], "y": None}, TypeError, "in X, a batch is .* int"),
        ({"schedule": nn.Cosine(ANOTHER, 3)}, ValueError, "made for another optimizer; pass that"),
        (
            {"schedule": lambda optimizer: nn.Cosine(optimizer, 3), "schedule_each": "day"},
            ValueError,
            "schedule_each is 'epoch' or 'step', not 'day'",
        ),
        (
            {"validation": 1.0},
            ValueError,
            r"validation is \(X, y\), batches, or a share between 0 ",
        ),
        ({"validation": 1}, TypeError, "batches of them, or a share such as 0.2, not 1"),
        ({"validation": np.ones((2, 2))}, TypeError, "a share such as 0.2, not one array"),
        ({"validation": True}, TypeError, "batches of them, or a share such as 0.2, not True"),
        ({"validation": np.float32(2)}, ValueError, "a share between 0 and 1, not .*2.0"),
        (
            {"validation": (with_value(np.nan), [0] * 5)},
            ValueError,
            "in validation, X has 1 values",
        ),
        ({"validation": ([[1, 2]], [0, 1])}, ValueError, "in validation, X has 1 items .*, y 2"),
        ({"validation": ((x, y) for x, y in [])}, TypeError, "validation is gone .* 10 epochs, wh"),
        (
            {"X": zip([], []), "y": None},
            TypeError,
            "X is gone through in each of 10 epochs, which a",
        ),
        ({"X": np.ma.masked_equal([[1, 2]] * 5, 2)}, ValueError, "X has 5 values that are masked"),
        ({"y": list("abcba")}, TypeError, r"y must .*<U1; for labels that are words, .*np\.unique"),
        ({"callbacks": ANOTHER}, TypeError, r"SGD\(.*is not; to call one of"),
        ({"drop_last": True, "X": [], "y": None}, TypeError, "drop_last is for arrays"),
        (
            {"model": nn.MLP(2, [3]).freeze()},
            ValueError,
            r"to train; unfreeze\(\) .* requires_grad = T",
        ),
        ({"validation": (1, 2, 3, 4)}, TypeError, r"validation is \(X, y\) or \(X, y, weight\)"),
        (
            {"validation": (np.ones((2, 2)), [0, 3])},
            ValueError,
            "labels out of range",
        ),
        ({"y": None}, TypeError, "y is missing: pass X and y, or batches of .* not ndarray alone"),
        ({"X": [(1, 2, 3, 4)], "y": None}, TypeError, "a batch is .* not a tuple of 4"),
        (
            {"X": [np.ones(3)], "y": None},
            TypeError,
            "a batch is .* not a ndarray; for arrays, pass",
        ),
        (
            {"X": [BATCH, (*BATCH, -np.ones(5))], "y": None},
            ValueError,
            "weight must be finite and at least 0; it ranges from -1.0",
        ),
        (
            {"X": [BATCH, (*BATCH, np.ones(3))], "y": None},
            ValueError,
            r"weight is one number for each loss, of shape \(5,\),.* but has shape \(3,\)",
        ),
        ({"validation": [(*BATCH, [-1] * 5)]}, ValueError, "weight must be .* at least 0"),
        ({"X": [BATCH, (with_value(np.inf), [0] * 5)], "y": None}, ValueError, "x of batch 1 has"),
        ({"X": [], "y": None, "weight": [1]}, TypeError, r"belong into them: \(x, y, weight\)"),
        (
            {"X": [], "y": None, "validation": 0.5},
            TypeError,
            "a share of batches can't be held out",
        ),
        ({"X": [], "y": None}, ValueError, "X has no batches"),
        ({"weight": [1, 1]}, ValueError, r"X has 5 items .*, weight 2"),
        ({"rng": "x"}, TypeError, "an integer seed or None, not 'x'"),
        ({"model": len}, TypeError, "fit takes a Module, not builtin_function"),
        (
            {"model": nn.MLP(2, [3, 3], output="softmax")},
            ValueError,
            "cross_entropy takes logits, but the model ends in softmax, .*: let its last layer be",
        ),
        (
            {
                "model": nn.Sequential(nn.Layer(2, 1, nn.Activation("sigmoid"))),
                "loss": "bce_with_logits",
            },
            ValueError,
            "bce_with_logits takes .* the model ends in sigmoid, .*, or take the loss 'bce'",
        ),
        (
            {"model": nn.Sequential(nn.Layer(2, 3), nn.Sequential("softmax"))},
            ValueError,
            "cross_entropy takes logits, but the model ends in softmax",
        ),
        ({"loss": "mse"}, ValueError, r"the first has shape \(5, 3\) and the target \(5,\)"),
        ({}, ValueError, r"can't load .*state\.npz: .*weight"),
    ],
)
def test_bad_input_is_refused_with_nothing_changed(options, error, message, misfit, tmp_path):
    """No number, gradient, mode, learning rate, random state, or file."""
    model, rng = nn.MLP(2, [3], rng=0).eval(), np.random.default_rng(0)
    nn.cross_entropy(model(np.ones((1, 2))), [0]).backward()
    optimizer = nn.Adam(model.parameters())
    arguments = {
        "model": model, "X": np.ones((5, 2)), "y": [0, 1, 2, 1, 0], "loss": "cross_entropy",
        "optimizer": "adam" if "model" in options else optimizer, "rng": rng,
        "schedule": warm_up, "callbacks": nn.JSONLines(tmp_path / "log.jsonl"),
        "resume": misfit, **options,
    }  # fmt: skip

    def everything():
        return copy.deepcopy([
            model.state_dict(), [p.grad for p in model.parameters()], optimizer.state_dict(),
            [part.training for part in model.modules()], rng.bit_generator.state,
            rng.bit_generator.seed_seq.n_children_spawned, list(tmp_path.iterdir()),
        ])  # fmt: skip

    before = everything()
    with pytest.raises(error, match=message):
        nn.fit(**arguments)
    np.testing.assert_equal(everything(), before)


LABELS_FOR = {
    "cross_entropy": [0, 1, 0],
    "bce_with_logits": [[0, 1], [1, 1], [1, 0]],
    "hinge": [[-1, 1], [1, 1], [1, -1]],
}


@pytest.mark.parametrize("loss", [*LABELS_FOR, lambda p, t: nn.mse(p, t)])
@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize(
    "model",
    [
        lambda f: nn.MLP(2, [3, 2], output=f),
        lambda f: nn.Sequential(nn.MLP(2, [3, 2], None), nn.Activation(nn.Activation(f))),
        lambda f: nn.Sequential("relu", nn.Layer(2, 2, nn.Activation(f))),
    ],
    ids=["mlp", "activation", "layer"],
)
def test_a_model_may_end_in_what_lets_the_loss_see_both_signs(loss, name, model):
    X, data = [[1.0, 2.0], [-3.0, 1.0], [2.0, -4.0]], LABELS_FOR.get(loss, [[-1.0, 1.0]] * 3)
    own = callable(loss)
    gives_all = np.any(ACTIVATIONS[name](Tensor(np.linspace(-5, 5, 50))).data < 0)

    def train():
        nn.fit(model(name), X, data, loss if own else partial(LOSSES[loss]), epochs=1)

    if own or gives_all:
        train()
    else:
        with pytest.raises(ValueError, match=rf"{loss} takes .* ends in {name}, which gives none"):
            train()


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(
    loss=st.sampled_from(["mse", "half_mse", "mae", partial(nn.huber, delta=0.5)]),
    targets=st.lists(st.sampled_from([-3.0, -1, -0.5, -0.25, 0, 0.5, 1, 3]), min_size=2),
)
@settings(max_examples=20)
def test_targets_that_the_last_activation_never_gives_are_told_of(name, loss, targets):
    x = np.linspace(-1000, 1000, 10001)
    given = ACTIVATIONS[name](Tensor(np.stack([x, -x], axis=1))).data
    y = np.array(targets)
    outside = np.sum((y < given.min() - 0.01) | (y > given.max() + 0.01))
    model, x, y = nn.Sequential(nn.Layer(1, 1, rng=0), name), y[:, None], y[:, None]
    for data in ((x, y), ([(x, y)],)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            nn.fit(model, *data, loss=loss, epochs=1)
        found = [(str(warning.message), warning.filename) for warning in caught]
        assert len(found) == (outside > 0)
        for message, file in found:
            assert file == __file__  # the user's line
            assert f"{outside} of the {y.size} targets are outside of what the model" in message
            assert f"ends in {name}, from " in message


def test_the_activation_of_a_layer_is_told_of_where_it_was_not_passed():
    model = nn.Sequential(nn.Layer(2, 8, "tanh"), nn.Layer(8, 1))
    with pytest.raises(ValueError, match=r"by activation=None \(that of a Layer is relu if none"):
        nn.fit(model, [[0, 1]], [[1]], "bce_with_logits")

    class Other(nn.Layer):
        def forward(self, x):
            return np.log(super().forward(x) + 1e-3)

    assert nn.fit(Other(2, 1), [[0, 1]], [[1]], "bce_with_logits", epochs=1).losses
    with pytest.warns(UserWarning, match=r"from 0 to inf: .* linear, .* \(that of a Layer is relu"):
        nn.fit(nn.Layer(2, 1), [[0, 1]], [[-1]], epochs=1)


@pytest.mark.parametrize(
    ("loss", "message"), [(lambda p, t: 3.0, "not float"), (lambda p, t: p, r"not shape \(5, 3\)")]
)
def test_a_loss_of_ones_own_that_is_no_number_ends_the_first_step(loss, message):
    model = nn.MLP(2, [3], rng=0)
    before = model.state_dict()
    with pytest.raises(TypeError, match=f"a loss returns one number as a Tensor, {message}"):
        nn.fit(model, np.ones((5, 2)), [0, 1, 2, 1, 0], loss)
    np.testing.assert_equal(model.state_dict(), before)


def test_an_optimizer_of_another_model_is_refused():
    optimizer = nn.SGD(nn.MLP(2, [3]).parameters())
    with pytest.raises(ValueError, match="the optimizer was made for another model"):
        nn.fit(nn.MLP(2, [3]), np.ones((5, 2)), [0] * 5, "cross_entropy", optimizer)
