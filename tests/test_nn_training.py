"""fit: it learns, reproducibly, and complains before it begins."""

import builtins
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor


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


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize(
    ("loss", "target"),
    [
        ("mse", lambda y: y[:, None] * 0.5),
        ("half_mse", lambda y: y[:, None]),
        ("bce_with_logits", lambda y: (y == 1)[:, None]),
        ("hinge", lambda y: np.where(y == 1, 1, -1)[:, None]),
        (lambda prediction, target: ((prediction - target) ** 2).mean(), lambda y: y[:, None]),
    ],
    ids=["mse", "half_mse", "bce_with_logits", "hinge", "function"],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_loss_and_optimizer_by_name(loss, target, optimizer, dtype):
    X, y = blobs()
    model = nn.MLP(2, [8, 1], "tanh", dtype=dtype, rng=0)
    history = nn.fit(model, X, target(y), loss, optimizer, epochs=20, batch_size=8, rng=0)
    assert history.losses[-1] < history.losses[0]
    assert all(p.grad.dtype == dtype for p in model.parameters())


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
def test_it_trains_in_training_mode_and_restores_the_mode(mode):
    modes = []  # of a first look at the targets, and of a step

    class Spy(nn.MLP):
        def forward(self, x):
            modes.append((self.training, self.layers[0].training))
            return super().forward(x)

    model = Spy(2, [3]).train(mode)
    X, y = blobs(10)
    nn.fit(model, X, y, "cross_entropy", epochs=1)
    assert modes == [(False, False), (True, True)]
    assert model.training is mode
    with pytest.raises(ValueError, match="cross_entropy takes logits"):
        nn.fit(model, X, y[:, None], "cross_entropy")
    assert model.training is mode


def test_each_part_gets_its_own_mode_back():
    model = nn.MLP(2, [3, 3])
    model.layers[0].eval()
    X, y = blobs(10)
    nn.fit(model, X, y, "cross_entropy", epochs=1)
    assert [part.training for part in model.modules()] == [True, False, True]


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
        ({"optimizer": nn.SGD}, TypeError, "optimizer is the name of one or an Optimizer, not"),
        ({"epochs": 0}, ValueError, "epochs must be a positive integer, not 0"),
        ({"batch_size": -1}, ValueError, "batch_size must be a positive integer, not -1"),
        ({"batch_size": 2.5}, TypeError, "batch_size must be a positive integer, not 2.5"),
        ({"rng": "x"}, TypeError, "an integer seed or None, not 'x'"),
        ({"model": len}, TypeError, "fit takes a Module, not builtin_function"),
        ({"loss": "mse"}, ValueError, r"the first has shape \(5, 3\) and the target \(5,\)"),
    ],
)
def test_bad_input_is_refused_with_nothing_changed(options, error, message):
    model = nn.MLP(2, [3], rng=0)
    before = model.state_dict()
    arguments = {"model": model, "X": np.ones((5, 2)), "y": [0, 1, 2, 1, 0]}
    arguments |= {"loss": "cross_entropy", "rng": 0}
    with pytest.raises(error, match=message):
        nn.fit(**{**arguments, **options})
    for path, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[path])
    assert model.training


def test_an_optimizer_of_another_model_is_refused():
    optimizer = nn.SGD(nn.MLP(2, [3]).parameters())
    with pytest.raises(ValueError, match="the optimizer was made for another model"):
        nn.fit(nn.MLP(2, [3]), np.ones((5, 2)), [0] * 5, "cross_entropy", optimizer)
