"""nn.sklearn: scikit-learn's own checks, its tools, and its own networks as the measure."""

import importlib
import pickle
import signal
import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import neural_network
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import autograd
import nn
from nn.sklearn import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, LABELS = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
TARGET = X[:, 0] * X[:, 1]
KINDS = [(MLPClassifier, LABELS), (MLPRegressor, TARGET)]
THEIRS = [neural_network.MLPClassifier, neural_network.MLPRegressor]
each_kind = pytest.mark.parametrize(("kind", "y"), KINDS, ids=["classifier", "regressor"])
QUICK = {"hidden_layer_sizes": 8, "learning_rate_init": 0.02, "random_state": 0}


@each_kind
def test_scikit_learns_own_checks(kind, y):
    estimator = kind(8, learning_rate_init=0.02, max_iter=30)
    results = check_estimator(estimator, on_fail=None, on_skip=None)
    assert len(results) > 40
    failed = [result for result in results if result["status"] not in ("passed", "skipped")]
    assert failed == []
    skipped = {result["check_name"] for result in results if result["status"] == "skipped"}
    assert skipped <= {"check_array_api_input"}  # which asks for a variable of the environment


@given(
    kind=st.sampled_from(["classifier", "regressor"]),
    activation=st.sampled_from(["relu", "tanh", "logistic", "identity"]),
    hidden=st.lists(st.integers(1, 5), max_size=2),
    alpha=st.sampled_from([0.0, 10.0]),
    weighted=st.booleans(),
    batch=st.sampled_from([150, 64, 7]),
)
def test_a_step_is_scikit_learns_own(kind, activation, hidden, alpha, weighted, batch):
    mine, theirs_kind, y = {
        "classifier": (MLPClassifier, neural_network.MLPClassifier, LABELS),
        "regressor": (MLPRegressor, neural_network.MLPRegressor, TARGET),
    }[kind]
    options = {
        "hidden_layer_sizes": hidden,
        "activation": activation,
        "solver": "sgd",
        "alpha": alpha,
        "batch_size": batch,
        "learning_rate_init": 0.1,
        "momentum": 0.0,
        "random_state": 0,
    }
    inputs, weight = X, np.random.default_rng(0).uniform(0, 5, len(X)) if weighted else None
    if batch < len(X):  # then all samples are the same one, so that their order is nothing
        inputs, y = np.tile(X[70], (150, 1)), np.repeat(y[70], 150)
        weight = np.full(150, 2.5) if weighted else None
    ours, theirs = mine(**options), theirs_kind(**options)
    for estimator in (ours, theirs):
        more = {"classes": [0, 1, 2]} if kind == "classifier" else {}
        estimator.partial_fit(inputs, y, **more)
    for layer, weights, bias in zip(ours.model_.layers, theirs.coefs_, theirs.intercepts_):
        layer.weight.data, layer.bias.data = weights.T, bias
    for _ in range(3):
        ours.partial_fit(inputs, y, sample_weight=weight)
        theirs.partial_fit(inputs, y, sample_weight=weight)
    for one, other in zip(
        ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9, atol=1e-12)
    if kind == "classifier":
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-9)
    np.testing.assert_allclose(ours.loss_curve_[1:], theirs.loss_curve_[1:], rtol=1e-9, atol=1e-12)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-9, abs=1e-12)
    for name in ("t_", "n_layers_", "n_outputs_", "out_activation_"):
        assert getattr(ours, name) == getattr(theirs, name), name


SOLVERS = [
    ("adam", nn.Adam, {}),
    ("adamw", nn.AdamW, {"weight_decay": 0.0}),
    ("sgd", nn.SGD, {"momentum": 0.9, "nesterov": True}),
    ("rmsprop", nn.RMSprop, {}),
    (nn.RMSprop, nn.RMSprop, {}),
    (nn.SGD, nn.SGD, {"momentum": 0.9, "nesterov": True}),
    (partial(nn.SGD, momentum=0.5), nn.SGD, {"momentum": 0.5}),
]


@pytest.mark.parametrize(("solver", "optimizer", "options"), SOLVERS)
def test_it_is_nn_fit(solver, optimizer, options):
    found = MLPClassifier(5, "tanh", solver=solver, alpha=0, learning_rate_init=0.02, batch_size=32)
    found.set_params(max_iter=100, tol=0.0, random_state=3).fit(X, LABELS)
    assert found.score(X, LABELS) > 0.95
    rng = np.random.default_rng(3)
    model = nn.MLP(4, [5, 3], "tanh", rng=rng)
    steps = optimizer(model.parameters(), lr=0.02, **options)
    history = nn.fit(model, X, LABELS, "cross_entropy", steps, found.n_iter_, 32, rng=rng)
    assert history.losses == found.loss_curve_
    np.testing.assert_equal(model.state_dict(), found.model_.state_dict())


@pytest.mark.parametrize(
    ("solver", "alpha"), [("adam", 100), (nn.AdamW, 1), ("sgd", 100), ("rmsprop", 100)]
)
def test_the_penalty_is_of_the_weights_alone(solver, alpha):
    options = {"solver": solver, "learning_rate_init": 0.05, "max_iter": 200, "random_state": 0}
    options["n_iter_no_change"] = 200  # by AdamW's decay the loss grows
    free, bound = (
        MLPRegressor((), alpha=a, **options).fit(X[:40], 5 + X[:40, 0]) for a in (0, alpha)
    )
    assert abs(bound.coefs_[0]).max() < 0.5 < 0.8 < abs(free.coefs_[0]).max()
    assert bound.intercepts_[0][0] > 3
    assert (bound.loss_curve_[0] == free.loss_curve_[0]) == (solver is nn.AdamW)


def test_pipeline_grid_search_and_cross_validation():
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(**QUICK, max_iter=20, batch_size=32))
    assert cross_val_score(pipeline, X, LABELS, cv=3).mean() > 0.9
    grid = {"mlpclassifier__alpha": [1e-4, 1e4], "mlpclassifier__activation": ["tanh"]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(X, LABELS)
    assert search.best_params_["mlpclassifier__alpha"] == 1e-4
    assert search.predict_proba(X).shape == (150, 3)


@each_kind
def test_data_frames(kind, y):
    names = ["a", "b", "c", "d"]
    frame = pd.DataFrame(X, columns=names)
    series = pd.Series(y, index=range(1000, 1150))
    one = kind(**QUICK, max_iter=3).fit(frame, series)
    assert list(one.feature_names_in_) == names
    other = kind(**QUICK, max_iter=3).fit(X, y)
    np.testing.assert_array_equal(one.predict(frame), other.predict(X))
    with pytest.raises(ValueError, match="feature names should match"):
        one.predict(frame[names[::-1]])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        one.predict(X)
    one.partial_fit(frame, series)


@pytest.mark.parametrize(
    "classes",
    [
        [-1, 0, 7],
        [1.0, 2.0, 3.0],
        ["setosa", "versicolor", "virginica"],
        np.array(["a", "bb", "ccc"], object),
        pd.Categorical(["x", "y", "z"]),
        np.array([10, 20, 30], np.uint8),
    ],
    ids=["negative", "float", "str", "object", "categorical", "uint8"],
)
def test_labels_of_any_type(classes):
    y = pd.Series(classes).to_numpy()[LABELS]
    one, other = MLPClassifier(**QUICK, max_iter=5), MLPClassifier(**QUICK, max_iter=5)
    one.fit(X, y)
    other.fit(X, LABELS)
    np.testing.assert_array_equal(one.classes_, np.asarray(classes))
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
    assert one.predict(X).dtype == one.classes_.dtype
    assert set(one.predict(X)) <= set(classes)
    assert one.score(X, y) == other.score(X, LABELS)
    for _ in range(40):
        one.partial_fit(X[LABELS == 2], y[LABELS == 2])  # where the others do not come
    assert set(one.predict(X[LABELS == 2])) == {classes[2]}


def test_two_classes_and_one():
    y = LABELS == 0
    found = MLPClassifier(**QUICK, max_iter=30).fit(X, y)
    assert found.predict(X).dtype == bool
    assert found.score(X, y) == 1
    assert found.predict_proba(X).shape == (150, 2)
    alone = MLPClassifier(**QUICK, max_iter=2).fit(X, np.full(150, "it"))
    assert set(alone.predict(X)) == {"it"}
    np.testing.assert_array_equal(alone.predict_proba(X), np.ones((150, 1)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities(dtype):
    found = MLPClassifier(**QUICK, max_iter=5).fit(X.astype(dtype), LABELS)
    some = 1e4 * X.astype(dtype)
    p, log_p = found.predict_proba(some), found.predict_log_proba(some)
    assert p.dtype == log_p.dtype == dtype
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(np.exp(log_p), p, rtol=1e-3, atol=1e-30)
    assert np.isfinite(log_p).all()
    np.testing.assert_array_equal(found.predict(some), found.classes_[log_p.argmax(axis=1)])


@each_kind
def test_float32_stays_float32(kind, y):
    found = kind(**QUICK, max_iter=2).fit(X.astype(np.float32), y)
    assert {p.dtype for p in found.model_.parameters()} == {np.dtype(np.float32)}
    assert {array.dtype for array in found.coefs_ + found.intercepts_} == {np.dtype(np.float32)}
    if kind is MLPRegressor:
        assert found.predict(X).dtype == np.float32
    integers = kind(**QUICK, max_iter=2).fit(np.arange(300).reshape(150, 2), y)
    assert integers.coefs_[0].dtype == np.float64


def test_the_shape_of_the_targets_comes_back():
    for y in (TARGET, TARGET[:, None], X[:, :3]):
        found = MLPRegressor(**QUICK, max_iter=2).fit(X, y)
        assert found.predict(X).shape == y.shape
        found.partial_fit(X, y)
    with pytest.raises(ValueError, match="y has 1 targets for each sample, but had 3"):
        found.partial_fit(X, TARGET)


@each_kind
def test_partial_fit_goes_on_where_it_was(kind, y):
    options = {**QUICK, "batch_size": len(X)}  # so that the order is only rounding
    whole = kind(**options, max_iter=6).fit(X, y)
    steps = kind(**options)
    more = {"classes": [0, 1, 2]} if kind is MLPClassifier else {}
    for _ in range(6):
        assert steps.partial_fit(X, y, **more) is steps
    assert steps.n_iter_ == whole.n_iter_ == 6
    assert steps.t_ == whole.t_ == 900
    np.testing.assert_allclose(steps.loss_curve_, whole.loss_curve_, rtol=1e-6)
    np.testing.assert_allclose(steps.coefs_[0], whole.coefs_[0], rtol=1e-5)
    steps.set_params(learning_rate_init=1e-300).partial_fit(X, y)
    np.testing.assert_allclose(steps.coefs_[0], whole.coefs_[0], rtol=1e-5)


@each_kind
def test_what_was_pickled_goes_on_as_the_other(kind, y):
    one = kind(**QUICK, max_iter=2, batch_size=32).fit(X, y)
    other = pickle.loads(pickle.dumps(one))
    for _ in range(2):
        one.partial_fit(X, y)
        other.partial_fit(X, y)
    np.testing.assert_array_equal(one.coefs_[0], other.coefs_[0])
    assert one.loss_curve_ == other.loss_curve_


@given(weights=st.lists(st.integers(0, 3), min_size=150, max_size=150).filter(any))
def test_a_weight_is_a_number_of_times(weights):
    options = {**QUICK, "max_iter": 3, "batch_size": 1000, "alpha": 1.0}
    for kind, y in KINDS:
        if kind is MLPClassifier and len(set(np.repeat(y, weights))) < 3:
            continue  # a class without a sample is no class
        one = kind(**options).fit(X, y, weights)
        other = kind(**options).fit(np.repeat(X, weights, 0), np.repeat(y, weights))
        np.testing.assert_allclose(one.coefs_[0], other.coefs_[0], rtol=1e-6, atol=1e-9)


def test_the_seed_decides_and_the_global_one_is_left_alone():
    state = str(np.random.get_state())  # noqa: NPY002

    def weights(random_state):
        estimator = MLPClassifier(4, max_iter=2, batch_size=32, random_state=random_state)
        return estimator.fit(X, LABELS).coefs_[0]

    np.testing.assert_array_equal(weights(3), weights(3))
    assert (weights(3) != weights(4)).any()
    assert (weights(None) != weights(None)).any()
    same = [weights(np.random.RandomState(5)) for _ in range(2)]
    np.testing.assert_array_equal(*same)
    going_on = np.random.RandomState(5)
    assert (weights(going_on) != weights(going_on)).any()
    np.testing.assert_array_equal(*[weights(np.random.default_rng(1)) for _ in range(2)])
    with pytest.raises(TypeError, match="a RandomState, a Generator or None, not <module"):
        weights(np.random)
    assert str(np.random.get_state()) == state  # noqa: NPY002


@each_kind
def test_early_stopping_puts_the_best_weights_back(kind, y):
    options = {**QUICK, "learning_rate_init": 0.3, "early_stopping": True, "n_iter_no_change": 5}
    options |= {"tol": 0.0, "validation_fraction": 0.3, "batch_size": 32}
    stopped = kind(**options).fit(X, y)
    scores = stopped.validation_scores_
    best = int(np.argmax(scores))
    assert len(scores) == stopped.n_iter_ < 200
    assert stopped.best_validation_score_ == scores[best]
    assert stopped.best_loss_ is None
    assert stopped.loss_ == stopped.loss_curve_[-1]
    same = kind(**options, max_iter=best + 1).fit(X, y)
    assert same.validation_scores_ == scores[: best + 1]
    np.testing.assert_array_equal(same.coefs_[0], stopped.coefs_[0])


@each_kind
def test_the_held_out_score_is_weighted(kind, y):
    seen = {}

    class Spy(kind):
        def _score(self, held_x, target, weight):
            seen.update(x=held_x, y=target, weight=weight)
            return super()._score(held_x, target, weight)

    weight = np.linspace(0, 1, 150)
    spy = Spy(**{**QUICK, "learning_rate_init": 1e-3}, max_iter=1, early_stopping=True)
    spy.fit(X, y, weight)
    rows = [int(np.flatnonzero(weight == w)[0]) for w in seen["weight"]]
    np.testing.assert_array_equal(X[rows], seen["x"])
    np.testing.assert_array_equal(y[rows], seen["y"].ravel())
    assert len(rows) == 15
    if kind is MLPClassifier:
        assert np.bincount(seen["y"]).tolist() == [5, 5, 5]
    (score,) = spy.validation_scores_
    assert score == pytest.approx(spy.score(X[rows], y[rows], weight[rows]))
    assert score != pytest.approx(spy.score(X[rows], y[rows]))


def stops_after(figures, tol, patience):
    """The first epoch that ends more than `patience` of them without a gain of `tol`, or None."""
    best = [-np.inf, *np.maximum.accumulate(figures)]
    gains = [figure >= before + tol for figure, before in zip(figures, best)]
    ends = (n for n in range(patience + 1, len(gains) + 1) if not any(gains[n - patience - 1 : n]))
    return next(ends, None)


@each_kind
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize(("tol", "patience"), [(0.0, 3), (0.01, 1), (0.01, 4), (0.1, np.inf)])
def test_it_stops_where_scikit_learn_would(kind, y, early_stopping, tol, patience):
    options = {**QUICK, "tol": tol, "n_iter_no_change": patience, "batch_size": 32}
    found = kind(**options, early_stopping=early_stopping, max_iter=60).fit(X, y)
    figures = found.validation_scores_ if early_stopping else np.negative(found.loss_curve_)
    expected = None if patience == np.inf else stops_after(figures, tol, patience)
    assert found.n_iter_ == len(figures) == (expected or 60)
    if not early_stopping:
        assert found.best_loss_ == min(found.loss_curve_)
        assert found.validation_scores_ is found.best_validation_score_ is None


def test_training_ends_without_progress_or_warns():
    still = {
        **QUICK,
        "learning_rate_init": 1e-300,
        "hidden_layer_sizes": (8,),
        "n_iter_no_change": 4,
        "tol": 1e-9,
    }
    for (kind, y), theirs in zip(KINDS, THEIRS):
        assert kind(**still).fit(X, y).n_iter_ == theirs(**still).fit(X, y).n_iter_ == 6
    advice = r"not converged in max_iter=2 epochs: raise max_iter or learning_rate_init, or scale X"
    with pytest.warns(ConvergenceWarning, match=advice):
        MLPClassifier(**QUICK, max_iter=2).fit(X, LABELS)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("step", [1, 5, 8])  # two in an epoch
def test_ctrl_c_ends_fit_with_a_fitted_estimator(step, early_stopping):
    def interrupting(x):
        steps.append(len(x) in (100, 35, 50))  # and not another part of the data
        if sum(steps) == step and steps[-1]:
            signal.raise_signal(signal.SIGINT)
        return x

    steps = []
    options = {"random_state": 0, "batch_size": 100, "early_stopping": early_stopping}
    estimator = MLPClassifier(4, interrupting, **options)
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        assert estimator.fit(X, LABELS) is estimator
    assert estimator.n_iter_ == (step - 1) // 2
    assert estimator.t_ == estimator.n_iter_ * (135 if early_stopping else 150)
    assert np.isnan(estimator.loss_) == (step == 1)
    assert estimator.predict(X).shape == (150,)
    if early_stopping:
        scores = estimator.validation_scores_
        assert len(scores) == estimator.n_iter_
        assert estimator.best_validation_score_ == max(scores, default=-np.inf)
        same = MLPClassifier(4, abs, **options, max_iter=1 + int(np.argmax([*scores, -1])))
        same.set_params(activation="identity").fit(X, LABELS)
        if scores:
            np.testing.assert_allclose(same.coefs_[0], estimator.coefs_[0], rtol=1e-9)


class Failing:
    """An activation that, at its n-th call on several rows, does something else first."""

    def __init__(self, n, action):
        self.calls, self.n, self.action = 0, n, action

    def __call__(self, x):
        if len(x) > 1:
            self.calls += 1
            if self.calls == self.n:
                self.action()
        return np.tanh(x)

    def __deepcopy__(self, memo):
        return self


def fail():
    raise ZeroDivisionError("planted")


def interrupt():
    signal.raise_signal(signal.SIGINT)


def interrupt_twice():
    interrupt()
    interrupt()


@each_kind
@pytest.mark.parametrize("began", [False, True])
@pytest.mark.parametrize(
    ("action", "error"),
    [
        (fail, ZeroDivisionError),
        (interrupt, KeyboardInterrupt),
        (interrupt_twice, KeyboardInterrupt),
    ],
)
def test_a_partial_fit_that_fails_changes_nothing(kind, y, began, action, error):
    classes = {"classes": [0, 1, 2]} if kind is MLPClassifier else {}
    failing = Failing(-1, action)
    one, twin = (kind(8, failing, batch_size=32, random_state=0, alpha=1.0) for _ in range(2))
    if began:
        one.partial_fit(X, y, **classes)
        twin.partial_fit(X, y, **classes)
    before, weights = dict(vars(one)), one.coefs_[0].copy() if began else None
    failing.n = failing.calls + 4
    with pytest.raises(error):
        one.set_params(alpha=2.0, learning_rate_init=0.1).partial_fit(X, y, **classes)
    assert failing.calls == failing.n
    one.set_params(alpha=1.0, learning_rate_init=1e-3)
    assert vars(one) == before
    assert hasattr(one, "model_") == began
    if began:
        np.testing.assert_array_equal(one.coefs_[0], weights)
        assert len(one.loss_curve_) == one.n_iter_ == 1
    for estimator in (one, twin):
        estimator.partial_fit(X, y, **classes)
    assert one.loss_curve_ == twin.loss_curve_
    for mine, its in zip(one.coefs_ + one.intercepts_, twin.coefs_ + twin.intercepts_):
        np.testing.assert_array_equal(mine, its)


@each_kind
def test_a_fit_that_fails_changes_nothing(kind, y):
    failing = Failing(-1, fail)
    one, twin = (kind(8, failing, batch_size=32, random_state=0, max_iter=2) for _ in range(2))
    one.fit(X, y)
    twin.fit(X, y)
    failing.n = failing.calls + 5
    with pytest.raises(ZeroDivisionError, match="planted"):
        one.fit(X[::2], y[::2])
    one.partial_fit(X, y)
    twin.partial_fit(X, y)
    assert one.loss_curve_ == twin.loss_curve_
    np.testing.assert_array_equal(one.coefs_[0], twin.coefs_[0])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"hidden_layer_sizes": (8, 0)}, ValueError, "each of hidden_layer_sizes must be a pos"),
        ({"hidden_layer_sizes": 2.5}, TypeError, "each of hidden_layer_sizes must be a pos"),
        ({"activation": "rely"}, ValueError, "unknown activation 'rely'; known are identity, relu"),
        ({"solver": "lbfgs"}, ValueError, "unknown solver 'lbfgs'; known are sgd, rmsprop, adam"),
        ({"alpha": -1}, ValueError, "alpha must be at least 0"),
        ({"learning_rate_init": np.nan}, ValueError, "learning_rate_init must be at least 0"),
        ({"tol": -1e-3}, ValueError, "tol must be at least 0"),
        ({"momentum": 1.0}, ValueError, "momentum must be at least 0 and less than 1"),
        ({"batch_size": 0}, ValueError, "batch_size must be a positive integer"),
        ({"batch_size": "all"}, TypeError, "batch_size must be a positive integer"),
        ({"max_iter": 0}, ValueError, "max_iter must be a positive integer"),
        ({"n_iter_no_change": 1.5}, TypeError, "n_iter_no_change must be a positive integer"),
        ({"validation_fraction": 1}, ValueError, "validation_fraction must be at least 0 and less"),
        ({"random_state": "x"}, TypeError, "random_state is an int, a RandomState, a Gen"),
        ({"random_state": -1}, ValueError, "random_state must be at least 0, not -1"),
        ({"random_state": True}, TypeError, "random_state must be a number, not True"),
        ({"hidden_layer_sizes": (True,)}, TypeError, "each of hidden_layer_sizes must be a pos"),
        ({"hidden_layer_sizes": [[8], [8, 8]]}, TypeError, "each of hidden_layer_sizes must be a"),
        ({"activation": 3}, TypeError, "an activation is a function or the name of one, not 3"),
        ({"learning_rate_init": 0}, ValueError, "learning_rate_init must be above 0"),
        ({"max_iter": True}, TypeError, "max_iter must be a positive integer, not True"),
        ({"early_stopping": "yes"}, TypeError, "early_stopping must be True or False, not 'yes'"),
        ({"early_stopping": 1}, TypeError, "early_stopping must be True or False, not 1"),
        ({"verbose": "x"}, TypeError, "verbose must be True, False or a whole number, not 'x'"),
        (
            {"early_stopping": True, "validation_fraction": 0.005},
            ValueError,
            "the validation set is too small, 1 of 150 samples: increase validation_fraction=0.005",
        ),
        (
            {"early_stopping": True, "validation_fraction": 0},
            ValueError,
            "validation_fraction is a share between 0 and 1",
        ),
        (
            {"early_stopping": True, "validation_fraction": 0.999},
            ValueError,
            "150 items can't be split into two parts with validation_fraction=0.999",
        ),
    ],
)
@each_kind
def test_what_can_not_be_is_refused_with_nothing_changed(kind, y, options, error, message):
    estimator = kind(**QUICK, max_iter=1).fit(X, y)
    before = vars(estimator.set_params(**options)).copy()
    with pytest.raises(error, match=message):
        estimator.fit(X[:, :2], y)
    assert vars(estimator) == before
    with pytest.raises(
        error,
        match="partial_fit is one epoch and can't stop early" if len(options) > 1 else message,
    ):
        estimator.partial_fit(X, y)
    assert vars(estimator) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden_layer_sizes": (8, 8)}, r"hidden_layer_sizes was \[8\] and is \[8, 8\]: set"),
        ({"activation": "tanh"}, "activation was 'relu' and is 'tanh'"),
        ({"solver": "adam", "momentum": 0.5}, "solver was 'sgd' and is 'adam'; momentum was 0.9"),
        ({"momentum": 0.5}, "momentum was 0.9 and is 0.5: set it back, or call fit for a new netw"),
    ],
)
@each_kind
def test_partial_fit_does_not_pass_over_what_it_can_not_follow(kind, y, options, message):
    estimator = kind(**QUICK, solver="sgd", max_iter=1).fit(X, y)
    before = vars(estimator).copy()
    with pytest.raises(ValueError, match=message):
        estimator.set_params(**options).partial_fit(X, y)
    assert vars(estimator) == {**before, **options}
    same = {"hidden_layer_sizes": [8], "activation": autograd.relu, "solver": "sgd"}
    estimator.set_params(**same, momentum=0.9, alpha=1.0, batch_size=7).partial_fit(X, y)
    assert estimator.n_iter_ == 2


@each_kind
@pytest.mark.parametrize("early_stopping", [False, True])
def test_samples_of_weight_0_are_not_there(kind, y, early_stopping):
    weight = np.random.default_rng(0).uniform(0.5, 1, 150) * (np.arange(150) % 15 == 0)
    options = {**QUICK, "early_stopping": early_stopping, "max_iter": 20, "batch_size": 4}
    options["validation_fraction"] = 0.4
    one, other = kind(**options), kind(**options)
    one.fit(X, y, weight)
    other.fit(X[weight > 0], y[weight > 0], weight[weight > 0])
    np.testing.assert_array_equal(one.coefs_[0], other.coefs_[0])
    assert one.t_ == other.t_ == one.n_iter_ * (6 if early_stopping else 10)
    assert one.validation_scores_ == other.validation_scores_
    if early_stopping:
        assert np.isfinite(one.validation_scores_).all()
        with pytest.raises(ValueError, match="too small, 1 of 2 samples: increase validation_frac"):
            one.fit(X, y, np.arange(150) > 147)
    else:
        one.partial_fit(X, y, sample_weight=weight)
        assert one.t_ == 10 * one.n_iter_
    if kind is MLPClassifier:
        assert one.fit(X, y, np.arange(150) < 100).classes_.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(149), "a number for each of 150 samples, at least"),
        (np.ones((150, 2)), "a number for each of 150 samples, at least"),
        (-np.ones(150), "at least 0 and not zero for all; got shape"),
        (np.zeros(150), "at least 0 and not zero for all; got shape"),
        (np.full(150, np.nan), "sample_weight contains NaN"),
    ],
)
@each_kind
def test_weights_that_are_none(kind, y, weight, message):
    estimator = kind(**QUICK, max_iter=1).fit(X, y)
    before = vars(estimator).copy()
    with pytest.raises(ValueError, match=message):
        estimator.fit(X[:, :2], y, weight)
    assert vars(estimator) == before


def test_labels_that_are_none():
    estimator = MLPClassifier(**QUICK)
    with pytest.raises(ValueError, match="Unknown label type"):
        estimator.fit(X, TARGET)
    with pytest.raises(ValueError, match="first call of partial_fit needs classes="):
        estimator.partial_fit(X, LABELS)
    with pytest.raises(ValueError, match=r"y has the labels \[2\], which are not among \[0 1\]"):
        estimator.partial_fit(X, LABELS, classes=[0, 1])
    assert not hasattr(estimator, "classes_")
    estimator.partial_fit(X, LABELS, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="are not those known before"):
        estimator.partial_fit(X, LABELS, classes=[0, 1, 2, 3])
    with pytest.raises(ValueError, match="partial_fit is one epoch and can't stop early"):
        estimator.set_params(early_stopping=True).partial_fit(X, LABELS)


@each_kind
def test_parameters_that_there_are_not(kind, y):
    with pytest.raises(TypeError, match=rf"^{kind.__name__}\(\) .* keyword argument 'shuffle'"):
        kind(shuffle=False)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        kind().predict(X)
    for name in ("coefs_", "n_layers_", "n_iter_", "loss_", "best_loss_", "best_validation_score_"):
        assert not hasattr(kind(), name)


@each_kind
def test_a_solver_that_makes_no_optimizer(kind, y):
    with pytest.raises(
        TypeError, match=r"^solver must make an Optimizer, but <function .* makes 3"
    ):
        kind(solver=lambda *_, **__: 3).fit(X, y)


@each_kind
def test_the_network_is_nns(kind, y, tmp_path):
    found = kind((6, 5), "gelu", max_iter=2, random_state=0).fit(X, y)
    assert [w.shape for w in found.coefs_] == [(4, 6), (6, 5), (5, len(found.coefs_[-1].T))]
    nn.save(found.model_, tmp_path / "network.npz")
    loaded = nn.load(tmp_path / "network.npz")
    np.testing.assert_array_equal(nn.predict(loaded, X), nn.predict(found.model_, X))
    assert nn.sklearn.MLPClassifier is MLPClassifier


@each_kind
def test_what_the_network_can_not_take_is_no_prediction(kind, y):
    found = kind(**QUICK, max_iter=1).fit(X, y)
    huge = np.full((1, 4), 1.7e308)
    for method in ("predict", "predict_proba", "predict_log_proba"):
        if hasattr(found, method):
            with pytest.raises(ValueError, match=r"gives NaN or infinity for this X, .*: scale it"):
                getattr(found, method)(huge)


def test_a_loss_that_is_not_finite_says_so():
    with (
        np.errstate(all="ignore"),
        pytest.raises(
            FloatingPointError,
            match=r"the loss is (nan|inf) in step .*; try a smaller learning_rate_init, or scale X",
        ),
    ):
        MLPRegressor(8, solver="sgd", learning_rate_init=1e9).fit(X, TARGET)


def test_a_progress_bar_if_asked(capsys):
    MLPRegressor(**QUICK, max_iter=1).fit(X, TARGET)
    assert capsys.readouterr().err == ""
    MLPRegressor(**QUICK, max_iter=1, verbose=True).fit(X, TARGET)
    assert "epoch 1/1" in capsys.readouterr().err


def test_without_scikit_learn(monkeypatch):
    monkeypatch.delitem(sys.modules, "nn.sklearn")
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    with pytest.raises(ImportError, match=r"needs scikit-learn 1.6 or newer: pip install 'chainr"):
        importlib.import_module("nn.sklearn")
