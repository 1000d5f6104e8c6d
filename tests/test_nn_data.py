"""Data: every item once an epoch, the same again from the same seed, resumed anywhere."""

import itertools
import tracemalloc
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor
from autograd.testing import check_grads
from nn.module import architecture, build

sizes = st.integers(1, 20)


def items(batches):
    """The first column of X in each batch, of one epoch."""
    return [x.ravel().tolist() for x, *_ in batches]


# Tables.

KINDS = ["f8", "f4", "i8", "u1", "?", "Int64", "Float64", "boolean", "UInt8"]  # of a column


WORDS = np.array([[1.5, "x", 2, "red"], [2, "y", None, "blue"]], object)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            np.eye(3).astype(object),
            r"not object, but all .* are numbers: pass it with \.astype\(fl",
        ),
        (np.array([1, True, np.float32(2)], object), r"all of its items are numbers: pass it with"),
        (
            WORDS[:, :2],
            r"object; there is 'x' at \(0, 1\): .* in column 1, or leave it out, .* rest",
        ),
        (WORDS, r"there is 'x' at \(0, 1\): make numbers of what is in column 1, 2, 3, or leave"),
        (WORDS[:, 3], r"for labels that are words, names, labels = np\.unique"),
        (np.array([["1", "2"]]), r"not <U1, but all of its items are numbers: pass it with"),
        ([[1, 2], [3, "a"]], r"there is 'a' at \(1, 1\): .* column 1, or leave it out"),
    ],
    ids=["numbers", "kinds", "column", "columns", "labels", "text", "list"],
)
def test_arrays_of_objects_are_told_what_in_them_is_no_number(data, message):
    for use in nn.Standardise, partial(nn.predict, nn.Layer(2, 1)), nn.Layer(2, 1):
        with pytest.raises(TypeError, match=message):
            use(data)


@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4))
def test_a_table_is_its_numbers_whatever_kinds_its_columns_are_of(kinds):
    pandas = pytest.importorskip("pandas")
    numbers = np.random.default_rng(0).integers(0, 2, (6, len(kinds)))
    columns = zip("abcd", kinds, numbers.T)
    table = pandas.DataFrame({name: pandas.Series(c, dtype=kind) for name, kind, c in columns})
    y = table["a"]
    model = nn.Sequential(nn.Standardise(table), nn.Layer(len(kinds), 1, rng=0))
    expected = nn.Sequential(nn.Standardise(numbers), nn.Layer(len(kinds), 1, rng=0))(numbers).data
    assert model(table).data == pytest.approx(expected)
    assert nn.predict(model, table) == pytest.approx(expected)
    first, second = next(iter(nn.Batches(table, y, shuffle=False)))
    np.testing.assert_array_equal(first, numbers)
    np.testing.assert_array_equal(second, numbers[:, 0])
    for part in nn.train_test_split(table, y):
        assert part.dtype.kind in "biuf"


@pytest.mark.parametrize(
    ("column", "error", "message"),
    [
        (
            ["x", "y"],
            TypeError,
            r"real numbers, not columns of other kinds: 'b' \((str|object)\);",
        ),
        (["2020", "2021"], TypeError, r"'b' \(datetime64.*\); leave them out, or .* get_dummies"),
        ([1, None], ValueError, r"X has 1 values that are NaN .* the first at \(1, 1\)"),
    ],
)
def test_columns_that_can_not_be_are_named(column, error, message):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": [1.5, 2.5], "b": column})
    if column[0] == "2020":
        table["b"] = pandas.to_datetime(table["b"])
    if column[1] is None:
        table["b"] = pandas.array(column, dtype="Int64")
    model = nn.Sequential(nn.Layer(2, 1))
    layers = [nn.Layer(2, 1), nn.Neuron(2), nn.LayerNorm(2), nn.Standardise(np.ones((1, 2)))]
    for take in (nn.Batches, partial(nn.fit, model), partial(nn.evaluate, model)):
        with pytest.raises(error, match=message):
            take(table, [1, 2])
    if error is TypeError:  # what is missing is NaN to a layer
        for layer in layers:
            with pytest.raises(error, match=message):
                layer(table)
    with pytest.raises(TypeError, match=r"y must hold .* not .*; for labels that are words, names"):
        nn.Batches([1, 2], pandas.Series(["x", "y"]))


# Batches.


@given(sizes, sizes, st.booleans(), st.booleans(), st.integers(0, 99))
def test_an_epoch_has_every_item_once_with_its_target(n, size, shuffle, drop_last, seed):
    X, y = np.arange(n)[:, None], np.arange(n) * 10
    if drop_last and n < size:
        with pytest.raises(ValueError, match=f"{n} items make no batch of {size}; let drop_last"):
            nn.Batches(X, y, size, shuffle, drop_last, seed)
        return
    batches = nn.Batches(X, y, size, shuffle, drop_last, seed)
    for _ in range(2):
        given_out = list(batches)
        assert len(given_out) == len(batches)
        for x, target in given_out:
            np.testing.assert_array_equal(x[:, 0] * 10, target)
        found = [i for x, _ in given_out for i in x[:, 0].tolist()]
        assert len(found) == len(set(found)) == (n // size * size if drop_last else n)
        assert all(len(x) == size for x, _ in given_out[: n // size])
        if not shuffle:
            assert found == list(range(len(found)))


def test_orders_differ_from_epoch_to_epoch_and_are_the_same_from_one_seed():
    X = np.arange(100)
    one, same, other = (nn.Batches(X, X, 10, rng=seed) for seed in (1, 1, 2))
    first, second = items(one), items(one)
    assert [first, second] == [items(same), items(same)]
    assert first != second != items(other) != first


def test_a_generator_is_spawned_from_and_goes_on_as_if_it_had_not_been_asked():
    X, rng, untouched = np.arange(100), np.random.default_rng(0), np.random.default_rng(0)
    one, other = nn.Batches(X, X, rng=rng), nn.Batches(X, X, rng=rng)
    assert items(one) != items(other)
    assert rng.random() == untouched.random()


def test_unshuffled_batches_of_an_array_are_not_copies():
    X = np.arange(10.0)
    assert all(np.shares_memory(x, X) for x, _ in nn.Batches(X, X, 3, shuffle=False))


@given(st.integers(0, 99), st.sampled_from(["F", "every second", "backwards"]))
def test_batches_are_the_same_however_the_array_lies_in_memory(seed, layout):
    X = np.random.default_rng(seed).normal(size=(7, 3))
    twice = np.repeat(X, 2, axis=0)
    laid = {"F": X.copy("F"), "every second": twice[::2], "backwards": X[::-1].copy()[::-1]}[layout]
    for ours, theirs in zip(nn.Batches(X, X, 3, rng=seed), nn.Batches(laid, laid, 3, rng=seed)):
        np.testing.assert_array_equal(ours, theirs)


def test_weights_rows_and_dtype():
    X = np.arange(10.0)
    batches = nn.Batches(X, X, 2, weight=X, rows=[1, 3, 5], shuffle=False, dtype=np.float32)
    found = [[array.tolist() for array in batch] for batch in batches]
    assert found == [[[1, 3]] * 3, [[5]] * 3]
    assert next(iter(batches))[0].dtype == np.float32
    shuffled = nn.Batches(X, X, 3, rows=[1, 3, 5])
    assert [sorted(batch) for batch in items(shuffled)] == [[1, 3, 5]]


@given(st.integers(0, 9), st.booleans(), st.data())
def test_it_goes_on_in_the_middle_of_an_epoch(epochs, shuffle, data):
    X = np.arange(13)
    batches, again = (nn.Batches(X, X, 3, shuffle, rng=seed) for seed in (5, 6))
    for _ in range(epochs):
        items(batches)
    given_out = data.draw(st.integers(0, len(batches)))
    running = iter(batches)
    for _ in itertools.islice(running, given_out):
        pass
    state = batches.state_dict()
    rest = items(running)
    again.load_state_dict(state)
    assert again.state_dict() == state
    assert items(again) == rest
    assert items(again) == items(batches)  # and the next epoch too


def test_a_loop_that_was_left_begins_a_new_epoch():
    X = np.arange(10)
    batches = nn.Batches(X, X, 3, rng=0)
    for _ in batches:
        break
    assert len(items(batches)) == 4


@given(first=st.integers(1, 4), second=st.integers(1, 4), shuffle=st.booleans())
def test_a_pass_that_another_has_overtaken_is_refused_and_the_state_is_of_the_other(
    first, second, shuffle
):
    X = np.arange(10)
    batches, again = (nn.Batches(X, X, 3, shuffle, rng=seed) for seed in (0, 1))
    overtaken, running = iter(batches), iter(batches)
    for _ in range(first):
        next(overtaken)
    for _ in range(second):
        next(running)
    with pytest.raises(
        RuntimeError, match=r"since another one began: .* their own: nn\.Batches\(X, "
    ):
        next(overtaken)
    again.load_state_dict(batches.state_dict())
    assert items(running) == items(again)
    assert items(batches) == items(again)


def test_a_pass_ends_where_a_state_is_loaded():
    X = np.arange(10)
    batches = nn.Batches(X, X, 3, rng=0)
    running = iter(batches)
    next(running)
    batches.load_state_dict(batches.state_dict())
    with pytest.raises(RuntimeError, match="this pass through the Batches can't go on"):
        next(running)
    assert len(items(batches)) == 3


@pytest.mark.parametrize("hook", ["on_step", "on_epoch_end"])
def test_what_is_trained_on_may_be_evaluated_between_epochs_but_not_within(hook):
    X = np.random.default_rng(0).normal(size=(10, 2))
    batches = nn.Batches(X, X, 3, rng=0)

    class Look:
        def __init__(self):
            setattr(self, hook, lambda t: nn.evaluate(t.model, t.batches))

    def train():
        return nn.fit(nn.Layer(2, 2, None, rng=0), batches, epochs=3, callbacks=Look())

    if hook == "on_epoch_end":
        assert len(train().losses) == 3
    else:
        with pytest.raises(RuntimeError, match="as to evaluate in a callback, make Batches of"):
            train()


def test_a_state_of_other_batches_is_refused():
    X = np.arange(10)
    batches, other = nn.Batches(X, X, 3, rng=0), nn.Batches(X[:9], X[:9], 2, rng=1)
    before = other.state_dict()
    message = "items was 10 and is 9; batch_size was 3 and is 2"
    with pytest.raises(ValueError, match=f"does not fit these Batches: {message}"):
        other.load_state_dict(batches.state_dict())
    with pytest.raises(ValueError, match="7 batches were given, of 4"):
        batches.load_state_dict({**batches.state_dict(), "given": 7})
    assert other.state_dict() == before


@pytest.fixture
def mapped(tmp_path):
    path = tmp_path / "X.npy"
    np.save(path, np.random.default_rng(0).normal(5, 2, size=(2000, 50)))
    return np.load(path, mmap_mode="r")


def test_a_memory_mapped_array_is_never_read_as_a_whole(mapped, monkeypatch):
    monkeypatch.setattr(nn.data, "CHUNK", 5000)
    y = np.zeros((2000, 1))
    model = nn.Sequential(nn.Standardise(mapped), nn.Layer(50, 1, "identity", np.float32))
    fit, evaluate, predict = nn.fit, nn.evaluate, nn.predict  # imported here: that is not counted
    tracemalloc.start()
    try:
        nn.Standardise(mapped)
        fit(model, mapped, y, epochs=1, validation=0.1, metrics="mse")
        evaluate(model, mapped, y, batch_size=100)
        predict(model, mapped, batch_size=100)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < mapped.nbytes / 2
    np.testing.assert_allclose(model.layers[0].mean.data, np.mean(mapped, 0), rtol=1e-12)
    np.testing.assert_allclose(model.layers[0].std.data, np.std(mapped, 0), rtol=1e-12)


def test_what_is_not_finite_in_a_mapped_array_is_seen_when_it_is_read(mapped):
    bad = np.memmap(mapped.filename, mapped.dtype, "c", mapped.offset, mapped.shape)
    bad[35, 2] = np.nan
    with pytest.raises(ValueError, match=r"batch 3 of X has 1 values that are NaN.* \(5, 2\)"):
        list(nn.Batches(bad, np.zeros(2000), 10, shuffle=False))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"X": []}, ValueError, r"X has no items: its shape is \(0,\)"),
        ({"y": [1, 2]}, ValueError, r"X has 3 items \(shape \(3,\)\), y 2 \(shape \(2,\)\)"),
        ({"weight": [1, 2]}, ValueError, r"X has 3 items \(shape \(3,\)\), weight 2"),
        ({"weight": [1, -1, 2]}, ValueError, "at least 0 and not all 0; they range from -1 to 2"),
        ({"weight": [0, 0, 0]}, ValueError, "weights are at least 0 and not all 0"),
        ({"X": [1, np.inf, 2]}, ValueError, r"X has 1 values that are NaN or infinite as float64"),
        ({"X": ["a", "b", "c"]}, TypeError, "X must hold real numbers, not <U1"),
        ({"batch_size": 0}, ValueError, "batch_size must be a positive integer, not 0"),
        ({"rng": "x"}, TypeError, "an integer seed or None, not 'x'"),
        ({"X": [[1, 2], [3], [4]]}, ValueError, "items of X must have one shape; theirs differ"),
        ({"shuffle": "no"}, TypeError, "shuffle is True or False, not 'no'"),
        ({"drop_last": 1}, TypeError, "drop_last is True or False, not 1"),
        ({"rows": []}, ValueError, "0 items make no batch of 32"),
        ({"rows": [0, 3]}, ValueError, "rows are from 0 to 2, but go from 0 to 3"),
        ({"rows": [True, False, True]}, ValueError, r"not bool of shape \(3,\); for a mask, pass"),
    ],
)
def test_batches_of_what_cannot_be_used(options, error, message):
    with pytest.raises(error, match=message):
        nn.Batches(**{"X": [1.0, 2.0, 3.0], "y": [1, 2, 3], **options})


# Splits.


@given(st.integers(2, 60), st.floats(0.01, 0.99), st.integers(0, 99))
def test_a_split_has_each_item_in_one_part_and_pairs_stay_together(n, test, seed):
    X = np.arange(n)
    if np.ceil(test * n) >= n:
        with pytest.raises(ValueError, match=f"{n} items can't be split into two parts with"):
            nn.train_test_split(X, test=test)
        return
    train_X, test_X, train_y, test_y = nn.train_test_split(X, -X, test=test, rng=seed)
    assert sorted([*train_X, *test_X]) == X.tolist()
    assert len(test_X) == np.ceil(test * n)
    np.testing.assert_array_equal(train_X, -train_y)
    np.testing.assert_array_equal(test_X, -test_y)
    again = nn.train_test_split(X, test=len(test_X), rng=seed)
    np.testing.assert_array_equal(again[1], test_X)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=4), st.floats(0.1, 0.9), st.data())
def test_a_stratified_split_shares_out_each_label(counts, test, data):
    y = np.array(data.draw(st.permutations(np.repeat(list("abcd")[: len(counts)], counts))))
    if np.ceil(test * len(y)) >= len(y):
        return
    _, test_y = nn.train_test_split(y, test=test, stratify=y, rng=0)
    for label, count in zip("abcd", counts):
        share = len(test_y) * count / len(y)
        assert abs(np.sum(test_y == label) - share) < 1


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        (([1, 2], [1]), {}, r"as many items each, not \(2,\), \(1,\)"),
        ((), {}, "as many items each, not none"),
        ((3,), {}, r"as many items each, not \(\)"),
        (([1, 2],), {"test": 0.0}, "a number of items below 2, not 0.0"),
        (([1, 2],), {"test": 2}, "a number of items below 2, not 2"),
        (([1, 2],), {"test": True}, "a share between 0 and 1, .* not True"),
        (([1, 2],), {"stratify": [1]}, r"a label for each of 2 items, not of shape \(1,\)"),
    ],
)
def test_a_split_that_cannot_be(arrays, options, message):
    with pytest.raises(ValueError, match=message):
        nn.train_test_split(*arrays, **options)


# Standardise.


@given(st.integers(2, 30), st.integers(1, 4), st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
def test_what_it_was_made_for_becomes_mean_0_and_std_1(n, width, shift, scale):
    X = np.random.default_rng(0).normal(shift, scale, size=(n, width))
    standardise = nn.Standardise(X)
    z = standardise(X).data
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-8)
    np.testing.assert_allclose(z.std(axis=0), 1, rtol=1e-8)
    np.testing.assert_allclose(standardise.inverse(z).data, X, rtol=1e-9, atol=1e-9)
    assert nn.Standardise(X.astype(np.float32)).mean.dtype == np.float32


@pytest.mark.parametrize("value", [0.0, 0.1, 1e100, 7])
def test_a_constant_column_becomes_0(value):
    X = np.full((7, 2), value)
    X[3, 1] = value / 2 + 1
    standardise = nn.Standardise(X)
    assert standardise.std.data[0] == 1  # whatever rounding made of the mean
    z = standardise(X).data
    np.testing.assert_array_equal(z[:, 0], 0)
    assert z[3, 1] != 0


def test_it_is_saved_with_a_model_that_takes_raw_data(tmp_path):
    X = np.random.default_rng(0).normal(100, 50, size=(40, 3, 2))
    model = nn.Sequential(nn.Standardise(X), nn.Flatten(), nn.Layer(6, 2, rng=0))
    again = build(architecture(model))
    again.load_state_dict(model.state_dict())
    np.testing.assert_array_equal(again(X).data, model(X).data)
    nn.save(model, tmp_path / "model.npz")
    np.testing.assert_array_equal(nn.load(tmp_path / "model.npz")(X).data, model(X).data)
    assert [path for path, _ in model.named_buffers()] == ["layers.0.mean", "layers.0.std"]
    assert model.layers[0].describe() == "Standardise(3, 2)"


def test_its_gradient_passes_and_other_shapes_are_refused():
    standardise = nn.Standardise(np.random.default_rng(0).normal(size=(9, 3)))
    check_grads(standardise, Tensor(np.ones((2, 3))))
    with pytest.raises(ValueError, match=r"Standardise\(3\) expects items of shape \(3,\), got"):
        standardise(np.ones((3, 2)))
    with pytest.raises(ValueError, match="X has 1 values that are NaN"):
        nn.Standardise([[np.nan]])


@pytest.mark.parametrize(
    "call",
    [
        lambda batches, y: nn.Batches(batches, y),
        lambda batches, y: nn.fit(nn.Layer(2, 2), batches, y),
        lambda batches, y: nn.evaluate(nn.Layer(2, 2), batches, y),
        lambda batches, y: nn.fit(nn.Layer(2, 2), np.ones((4, 2)), y, validation=(batches, y)),
    ],
    ids=["batches", "fit", "evaluate", "validation"],
)
def test_batches_have_their_targets_in_them(call):
    y = np.ones((4, 2))
    with pytest.raises(TypeError, match=r"X is Batches, which have .*: pass them without y"):
        call(nn.Batches(np.ones((4, 2)), y), y)
