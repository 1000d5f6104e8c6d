"""What would spoil a training late is refused early, or ends it with all there is intact."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor
from nn.callbacks import Training
from nn.training import DivergedError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 2))
LABELS = (X[:, 0] > 0).astype(int)


# The model is finite when fit ends, or fit says that it is not.


def spoil(**options):
    """One step, after which a weight is infinite, though the loss before it was not."""
    layer = nn.Layer(1, 1, None, rng=0)
    optimizer = nn.SGD(layer.parameters(), lr=1e308)
    return nn.fit(layer, np.ones((4, 1)), np.full((4, 1), 1e3), "mse", optimizer, 1, **options)


@pytest.mark.parametrize("stop", [False, True])
def test_the_last_step_is_looked_at_too(stop):
    class Stop:
        def on_step(self, training):
            if stop:
                training.stop("enough")

    with pytest.raises(
        FloatingPointError,
        match=r"the model is no longer finite after step 1: weight, bias had been "
        r"spoiled by then, .*: the step before was too large; try a smaller learning rate",
    ):
        spoil(callbacks=Stop())


@pytest.mark.parametrize("bad", [0, 2])
@pytest.mark.parametrize(
    ("what", "value"),  # 1e300 is infinite in float32, but weights are not brought to that
    [*itertools.product(range(3), [np.nan, np.inf, -np.inf]), (0, 1e300), (1, 1e300)],
)
def test_batches_that_are_not_finite_are_named_and_not_learnt_from(what, bad, value):
    batches = [(X.copy(), X.copy(), np.ones(len(X))) for _ in range(4)]
    batches[bad][what][5] = value
    model = nn.MLP(2, [4, 2], "tanh", rng=0, dtype="float32")
    name, first = ["x", "y", "weight"][what], r"\(5,\)" if what == 2 else r"\(5, 0\)"
    expected = f"{name} of batch {bad} has .* NaN or infinite as .*, the first at {first}; remove"
    before, steps = model.state_dict(), []

    class Note:
        def on_step(self, training):
            steps.append(training.step)

    def fit(batches, **options):
        nn.fit(model, batches, epochs=1, callbacks=Note(), **options)

    with pytest.raises(ValueError, match=f"^in X, {expected}"):
        fit(batches)
    with pytest.raises(ValueError, match=f"^in validation, {expected}"):
        fit(batches[1:2], validation=batches)
    with pytest.raises(ValueError, match=f"^{expected}"):
        nn.evaluate(model, iter(batches))
    np.testing.assert_equal(model.state_dict(), before)
    assert not steps
    with pytest.raises(ValueError, match=f"^{expected}"):
        fit(iter(batches))
    assert len(steps) == bad
    with pytest.raises(ValueError, match=f"^in validation, {expected}"):
        fit(batches[1:2], validation=iter(batches))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_model_that_was_not_finite_before_is_told_of_as_such(value):
    model = nn.MLP(2, [4, 1], "tanh", rng=0)
    model.layers[1].bias.data = [value]
    expected = r"layers\.1\.bias had NaN or infinity before the first step: set other numbers$"
    with pytest.raises(FloatingPointError, match=expected):
        nn.fit(model, X, X[:, :1])


def test_a_spoiled_model_does_not_replace_the_checkpoint(tmp_path):
    path = tmp_path / "state.npz"
    with pytest.raises(FloatingPointError, match="no longer finite"):
        spoil(callbacks=nn.Checkpoint(path))
    assert not path.exists()


def test_large_parameters_are_not_taken_for_infinite_ones():
    layer = nn.Layer(1, 1, None, init=lambda shape, rng: np.full(shape, 1e200))
    nn.fit(layer, [[1e-200]], [[0.0]], optimizer=nn.SGD(layer.parameters(), lr=1e-3), epochs=1)
    assert layer.weight.item() == 1e200


@pytest.mark.parametrize("where", ["loss", "parameter"])
def test_the_error_has_the_history_and_the_best_weights_come_back(where):
    model, kept = nn.MLP(2, [4, 1], "tanh", rng=0), []

    class Spoil:
        def on_epoch_end(self, training):
            kept.append(training.model.state_dict())

        def on_step(self, training):
            if training.epoch == 3:
                size = np.inf if where == "parameter" else 1e200
                model.layers[1].weight.data = np.full((1, 4), size)

    with pytest.raises(FloatingPointError, match="finite") as caught:
        nn.fit(
            model, X, X[:, :1], epochs=9, batch_size=40 if where == "parameter" else 20,
            callbacks=[Spoil(), nn.EarlyStopping(5)],
        )  # fmt: skip
    history = caught.value.history
    assert len(history.losses) == 3
    np.testing.assert_equal(model.state_dict(), kept[int(np.argmin(history.losses))])


@pytest.mark.parametrize("options", [{}, {"metrics": "r2"}, {"validation": 0.5}])
def test_data_that_overflows_is_told_of_by_the_error_alone(options):
    huge = np.full((20, 4), 1e308)
    with pytest.raises(FloatingPointError, match="the loss is inf in step 1"):
        nn.fit(nn.MLP(4, [8, 1], rng=0), huge, np.zeros((20, 1)), rng=0, **options)


def test_numpy_warns_of_nothing_besides_but_may_be_asked_to_raise():
    with np.errstate(all="raise"), pytest.raises(FloatingPointError, match="overflow encountered"):
        spoil()
    with np.errstate(over="warn", invalid="warn"):  # as at first: a warning would be an error here
        with pytest.raises(FloatingPointError, match="no longer finite"):
            spoil()
        assert np.geterr()["over"] == "warn"


# What a step that is not taken has moved on its way is put back.


def in_float32():
    """BatchNorm on the data itself, whose variance float32 can't hold."""
    layers = [nn.BatchNorm(2, dtype="float32"), nn.Layer(2, 2, None, dtype="float32", rng=0)]
    return nn.Sequential(*layers)


class Note:
    """What the model held after the last step."""

    def on_start(self, training):
        self.on_step(training)

    def on_step(self, training):
        self.state, self.step = training.model.state_dict(), training.step


@pytest.mark.parametrize("bad", [0, 2])
@pytest.mark.parametrize("callbacks", [[], [nn.EarlyStopping(9)]], ids=["alone", "stopping"])
def test_running_statistics_never_become_infinite(bad, callbacks):
    model, note = in_float32(), Note()
    batches = [(X, LABELS) for _ in range(4)]
    batches[bad] = X.copy(), LABELS
    batches[bad][0][5, 0] = 1e25
    with pytest.raises(
        DivergedError,
        match=rf"^layers\.0\.running_var would not be finite after step {bad + 1} \(epoch 1\), "
        rf"which was not taken: what layers\.0 \(BatchNorm\(2\)\) was given is at most 1e\+25 in "
        rf"size, too much for float32; try .* standardised data$",
    ):
        nn.fit(model, batches, loss="cross_entropy", callbacks=[note, *callbacks])
    assert note.step == bad
    np.testing.assert_equal(model.state_dict(), note.state)


def test_a_buffer_that_is_infinite_for_good_may_be_there():
    class Masked(nn.Layer):
        def __init__(self):
            super().__init__(2, 2, None, rng=0)
            self.mask = Tensor(np.array([0.0, -np.inf]))

        def forward(self, x):
            return np.exp(super().forward(x) + self.mask)

    nn.fit(Masked(), X, X, epochs=1)


def wrong_label():
    yield X, LABELS
    yield X, np.full(40, 7)


def huge():
    yield X, LABELS
    yield np.full((40, 2), 1e308), LABELS  # infinite, when multiplied by 10


class Raises:
    def __init__(self, hook):
        setattr(self, hook, self.fail)

    def fail(self, training):
        if training.step == 2:
            raise KeyError("oops")


@pytest.mark.parametrize(
    ("batches", "error", "callbacks"),
    [
        (wrong_label, ValueError, []),
        (huge, DivergedError, []),
        (lambda: [(X, LABELS)] * 2, KeyError, [Raises("on_gradients")]),
    ],
    ids=["label", "loss", "callback"],
)
def test_a_batch_that_is_not_learnt_from_moves_no_statistics(batches, error, callbacks):
    first = nn.Layer(2, 3, init=lambda shape, rng: np.full(shape, 10.0))
    model = nn.Sequential(first, nn.BatchNorm(3), nn.Layer(3, 2, None, rng=0))
    note = Note()
    with pytest.raises(error):
        nn.fit(model, batches(), loss="cross_entropy", epochs=1, callbacks=[note, *callbacks])
    assert note.step == 1
    np.testing.assert_equal(model.state_dict(), note.state)


def test_the_best_statistics_come_back_and_not_those_of_the_last_step():
    model, states = with_norm(), []

    class Spoil:
        def on_epoch_end(self, training):
            states.append(training.model.state_dict())

        def on_step(self, training):
            if training.epoch == 3:
                model.layers[2].weight.data = np.full((2, 3), 1e308)

    with pytest.raises(DivergedError, match="the loss is inf") as caught:
        nn.fit(
            model, X, X, epochs=9, batch_size=20, callbacks=[Spoil(), nn.EarlyStopping(5)], rng=0
        )
    np.testing.assert_equal(model.state_dict(), states[int(np.argmin(caught.value.history.losses))])


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=8, max_size=8).filter(any))
def test_batches_that_count_for_nothing_are_no_steps(counted):
    layer, weights = nn.Layer(2, 2, None, rng=0), []

    class Spy:
        def on_step(self, training):
            weights.append(np.array(layer.weight.data))
            assert training.step == len(weights)

    averaged = nn.Averaged(layer)
    batches = nn.Batches(X, X, 5, weight=np.repeat(counted, 5), shuffle=False)
    optimizer = nn.SGD(layer.parameters(), lr=0.1)
    nn.fit(layer, batches, optimizer=optimizer, epochs=2, callbacks=[Spy(), averaged])
    assert averaged.updates == len(weights) == 2 * sum(counted)
    np.testing.assert_allclose(averaged.averages[0], np.mean(weights, axis=0), rtol=1e-12)


# Modes.


@pytest.mark.parametrize("extension", ["npz", "safetensors"])
@pytest.mark.parametrize("evaluating", ["nothing", "model", "norm"])
def test_the_best_model_is_saved_in_evaluation_mode(evaluating, extension, tmp_path):
    model, path = with_norm(), tmp_path / f"best.{extension}"
    {"nothing": nn.Sequential(), "model": model, "norm": model.layers[1]}[evaluating].eval()
    seen = []

    class Spy:
        def on_epoch_end(self, training):
            seen.append([part.training for part in model.modules()])

    nn.fit(model, X, X, epochs=1, callbacks=[Spy(), nn.SaveBest(path), Spy()])
    assert seen[0] == seen[1]  # to save changes nothing
    assert not any(part.training for each in (nn.load(path), model) for part in each.modules())


def with_norm():
    layers = [nn.Layer(2, 3, rng=0), nn.BatchNorm(3), nn.Layer(3, 2, None, rng=1)]
    return nn.Sequential(*layers)


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_a_part_in_evaluation_mode_stays_so_unless_all_of_the_model_is(whole, frozen):
    """What is frozen stays so even then: in a second fit, or in a model from a file."""
    model = with_norm()
    (model if whole else model.layers[1]).eval()
    if frozen:
        model.layers[1].freeze()
    before = np.array(model.layers[1].running_mean.data)

    def evaluate(training):
        training.model.eval()  # which a callback may forget to undo

    seen = []

    class Spy:
        def on_step(self, training):
            seen.append([part.training for part in model.layers])

    nn.fit(model, X, LABELS, "cross_entropy", epochs=2, callbacks=[evaluate, Spy()], batch_size=20)
    moves = whole and not frozen
    assert seen == [[True, moves, True]] * 4
    assert np.array_equal(model.layers[1].running_mean.data, before) != moves


# Refused before a step.


def test_a_last_batch_of_one_is_refused_where_a_norm_is_trained_and_may_be_dropped():
    model = with_norm().eval()
    before = model.state_dict()
    with pytest.raises(
        ValueError,
        match=r"last batch of each epoch is one item, but layers\.1 needs .* pass drop_last=True",
    ):
        nn.fit(model, X, LABELS, "cross_entropy", batch_size=13)
    np.testing.assert_equal(model.state_dict(), before)
    steps = []
    options = {"loss": "cross_entropy", "epochs": 1, "callbacks": lambda t: steps.append(t.step)}
    nn.fit(model, X, LABELS, batch_size=13, drop_last=True, **options)
    frozen = with_norm()
    frozen.layers[1].eval()
    nn.fit(frozen, X, LABELS, batch_size=13, **options)
    sequences = np.stack([X, X], axis=1)  # an item has several rows
    nn.fit(with_norm(), sequences, np.stack([LABELS] * 2, axis=1), batch_size=13, **options)
    assert steps == [3, 4, 4]


class Replaced(nn.MLP):
    """An MLP and an optimizer that was made before its last layer was."""

    def __init__(self):
        super().__init__(2, [3, 2], rng=0)
        self.optimizer = nn.SGD(self.parameters(), lr=0.1)
        self.layers[1] = nn.Layer(3, 2, None, rng=1)


def test_an_optimizer_of_what_was_replaced_is_refused():
    model = Replaced()
    with pytest.raises(
        ValueError,
        match=r"changes 2 parameters that the model does not hold, and not layers\.1\.weight, "
        r"layers\.1\.bias: where a part was put into the model later, make the optimizer after",
    ):
        nn.fit(model, X, LABELS, "cross_entropy", model.optimizer)


def test_an_optimizer_may_have_others_or_hold_what_is_frozen():
    extra = nn.Layer(1, 1)  # of the loss, say
    model = nn.MLP(2, [3, 2], rng=0)
    before = model.state_dict()
    optimizer = nn.SGD([*model.parameters(), *extra.parameters()])
    nn.fit(model, X, LABELS, "cross_entropy", optimizer, epochs=1)
    model.layers[0].freeze()
    nn.fit(model, X, LABELS, "cross_entropy", optimizer, epochs=1)
    nn.fit(model, X, LABELS, "cross_entropy", nn.SGD(model.parameters()), epochs=1)
    assert not np.array_equal(model.state_dict()["layers.1.bias"], before["layers.1.bias"])


def unfrozen():
    model = nn.MLP(2, [3, 2], rng=0)
    model.layers[0].freeze()
    optimizer = nn.Adam(model.parameters())
    return model.unfreeze(), optimizer, "layers.0.weight, layers.0.bias"


def appended():
    model = nn.Sequential(nn.Layer(2, 3, rng=0))
    optimizer = nn.Adam(model.parameters())
    return model.append(nn.Layer(3, 2, None, rng=1)), optimizer, "layers.1.weight, layers.1.bias"


def some():
    model = nn.MLP(2, [3, 2], rng=0)
    return model, nn.Adam(model.layers[1].parameters()), "layers.0.weight, layers.0.bias"


@pytest.mark.parametrize("make", [unfrozen, appended, some])
def test_parameters_that_the_optimizer_does_not_hold_are_named_in_a_warning(make):
    model, optimizer, left_out = make()
    words = (
        f"^the optimizer does not hold {left_out}, which .* train: make a new one, such as nn.Ad"
    )
    with pytest.warns(UserWarning, match=words) as caught:
        nn.fit(model, X, LABELS, "cross_entropy", optimizer, epochs=1)
    assert [warning.filename for warning in caught] == [__file__]  # the user's line


@pytest.mark.parametrize(
    ("callback", "error", "message"),
    [
        (
            lambda p: nn.Checkpoint(p / "x.pt"),
            ValueError,
            r"one of .safetensors, .npz; got '.*x\.pt",
        ),
        (lambda p: nn.Checkpoint(p / "no" / "x.npz"), FileNotFoundError, "no folder .* make it f"),
        (
            lambda p: nn.EarlyStopping(monitor="val_loss"),
            ValueError,
            "there is no 'val_loss' to monitor; there are loss, accuracy, learning_rate, seconds",
        ),
        (lambda p: nn.SaveBest(p / "x.pt"), ValueError, r"one of .safetensors, .npz; got .*pt"),
        (
            lambda p: nn.SaveBest(p / "no" / "x.npz"),
            FileNotFoundError,
            "no folder .* make it first",
        ),
        (
            lambda p: nn.SaveBest(p / "x.npz", "val_loss"),
            ValueError,
            "there is no 'val_loss' to monitor",
        ),
        (lambda p: nn.SaveBest(p / "x.npz", "f1"), ValueError, "whether a larger 'f1' is better"),
        (lambda p: nn.SaveBest(3), TypeError, "path is the name of a file, not 3"),
        (lambda p: nn.JSONLines(None), TypeError, "path is the name of a file, not None"),
        (
            lambda p: nn.Averaged(nn.MLP(2, [2])),
            ValueError,
            "Averaged was made for another model: it has none of these parameters",
        ),
    ],
)
def test_callbacks_that_could_not_do_their_part(callback, error, message, tmp_path):
    model = nn.MLP(2, [2], rng=0)
    saved = tmp_path / "saved.npz"
    nn.fit(model, X, LABELS, "cross_entropy", metrics="accuracy", callbacks=nn.Checkpoint(saved))
    model, log = nn.MLP(2, [2], rng=1), tmp_path / "log.jsonl"
    before = model.state_dict()
    for resume in (None, saved):
        with pytest.raises(error, match=message):
            nn.fit(
                model, X, LABELS, "cross_entropy", metrics="accuracy", resume=resume,
                callbacks=[lambda training: None, nn.JSONLines(log), callback(tmp_path)],
            )  # fmt: skip
        np.testing.assert_equal(model.state_dict(), before)
        assert not log.exists()


def measure(training: Training):
    training.history.add({"score": training.epoch})


measure.figures = ("score",)


@pytest.mark.parametrize("first", [False, True])
def test_a_figure_of_a_callback_of_ones_own_may_be_monitored(first, tmp_path):
    path = tmp_path / "state.npz"

    def train(epochs, *callbacks):
        model, stopping = nn.MLP(2, [2], rng=0), nn.EarlyStopping(2, "score", larger=False)
        return nn.fit(
            model, X, LABELS, "cross_entropy", epochs=epochs, resume=path, rng=0,
            callbacks=[*[measure] * first, stopping, *callbacks, *[measure] * (not first)],
        )  # fmt: skip

    assert train(9).metrics == {"score": [1, 2, 3]}
    train(2, nn.Checkpoint(path))
    assert train(9).metrics == {"score": [1, 2, 3]}
    with pytest.raises(ValueError, match="its epochs have loss, learning_rate, seconds, score, bu"):
        others = [lambda training: None, nn.EarlyStopping(2)]
        nn.fit(nn.MLP(2, [2]), X, LABELS, "cross_entropy", resume=path, callbacks=others)


CALLBACKS = {
    "averaged": nn.Averaged,
    "stopping": lambda model: nn.EarlyStopping(5),
    "patient": lambda model: nn.EarlyStopping(50, least=0.5),
    "function": lambda model: lambda training: None,
    "note": lambda model: Note(),
}


def resumed(path, epochs, *names):
    """A training that saves its state there, and goes on from it, with these callbacks."""
    model = nn.MLP(2, [2], rng=0)
    nn.fit(
        model, X, LABELS, "cross_entropy", epochs=epochs, rng=0, resume=path,
        callbacks=[nn.Checkpoint(path), *(CALLBACKS[name](model) for name in names)],
    )  # fmt: skip
    return model.state_dict()


@pytest.mark.parametrize(
    ("before", "now", "message"),
    [
        ([], ["stopping"], "has no state of callback EarlyStopping;"),
        (
            ["averaged", "stopping"],
            [],
            "has the state of callback Averaged, callback EarlyStopping, which is not here now;",
        ),
        (
            ["averaged"],
            ["stopping"],
            "no state of callback EarlyStopping, and the state of callback Averaged, .*;",
        ),
        (["patient"], ["patient", "stopping"], "has no state of callback EarlyStopping 2;"),
    ],
)
def test_training_goes_on_with_the_callbacks_of_before_that_have_a_state(
    before, now, message, tmp_path
):
    path = tmp_path / "state.npz"
    resumed(path, 1, *before)
    with pytest.raises(
        ValueError,
        match=f"{message} go on with just what there was when it was saved: the same callbacks",
    ):
        resumed(path, 2, *now)
    resumed(path, 2, *before)


def test_callbacks_without_a_state_may_come_and_go_and_others_change_places(tmp_path):
    path = tmp_path / "state.npz"
    resumed(path, 1, "stopping", "averaged", "patient")
    state = resumed(path, 2, "function", "averaged", "stopping", "note", "patient")
    straight = resumed(tmp_path / "other.npz", 2, "stopping", "averaged", "patient")
    np.testing.assert_equal(state, straight)


def test_none_stands_for_no_metrics_and_no_callbacks():
    history = nn.fit(nn.Layer(2, 2, None), X, X, epochs=1, metrics=None, callbacks=None)
    assert history.metrics == {}


# The best model, and averages.


@pytest.mark.parametrize("extension", ["npz", "safetensors"])
def test_the_best_model_is_in_the_file_also_where_training_is_resumed(extension, tmp_path):
    y = np.random.default_rng(1).integers(0, 2, 40)  # nothing to be learnt
    state, path, kept = tmp_path / "state.npz", tmp_path / f"best.{extension}", []
    model = nn.MLP(2, [8, 2], rng=0)
    optimizer = nn.SGD(model.parameters(), lr=1.0)

    def train(epochs):
        return nn.fit(
            model, X, y, "cross_entropy", optimizer, epochs, 10, validation=0.5, rng=0,
            metrics="accuracy", resume=state, callbacks=[
                lambda training: kept.append(training.model.state_dict()),
                nn.SaveBest(path, "val_accuracy"), nn.Checkpoint(state),
            ],
        )  # fmt: skip

    for epochs in (3, 6, 12):
        best = int(np.argmax(train(epochs).metrics["val_accuracy"]))
        np.testing.assert_equal(nn.load(path).state_dict(), kept[best])
    assert len(kept) == 12


def test_averages_are_of_the_weights_after_each_step_also_where_training_is_resumed(tmp_path):
    weights = []

    class Note:
        def on_step(self, training):
            weights.append(np.array(training.model.weight.data))

    layer, path = nn.Layer(2, 1, None, rng=0), tmp_path / "state.npz"
    optimizer = nn.SGD(layer.parameters(), lr=0.1)
    for epochs in (2, 5):
        averaged = nn.Averaged(layer)
        callbacks = [Note(), averaged, nn.Checkpoint(path)]
        nn.fit(
            layer, X, X[:, :1], "mse", optimizer, epochs, 20, callbacks=callbacks, rng=0,
            resume=path,
        )  # fmt: skip
    assert averaged.updates == len(weights) == 10
    with averaged.swapped():
        np.testing.assert_allclose(layer.weight.data, np.mean(weights, axis=0))


# The log of a training that was resumed.


def test_the_log_of_a_resumed_training_has_each_epoch_once(tmp_path):
    log, path = nn.JSONLines(tmp_path / "log.jsonl"), tmp_path / "state.npz"

    def run(epochs, every):
        model = nn.MLP(2, [2], rng=0)
        nn.fit(
            model, X, LABELS, "cross_entropy", epochs=epochs, rng=0, resume=path,
            callbacks=[log, nn.Checkpoint(path, every)],
        )  # fmt: skip

    def epochs_in_log():
        return [json.loads(line)["epoch"] for line in log.path.read_text().splitlines()]

    run(3, every=9)  # an older training, in the same log
    run(3, every=2)
    assert epochs_in_log() == [1, 2, 3] * 2
    with log.path.open("a") as file:
        file.write('{"epoch": 4, "st')  # a process was killed here
    run(4, every=2)
    assert epochs_in_log() == [1, 2, 3, 1, 2, 3, 4]


def test_a_history_without_an_epoch_cannot_be_drawn():
    with pytest.raises(ValueError, match="no epoch is over yet, so there is nothing to draw"):
        nn.History().plot()
