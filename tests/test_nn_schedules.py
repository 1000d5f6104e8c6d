"""Schedules, clipping and averages: bounds, states and complaints.

That they do what PyTorch's do is shown, with its figures, in test_nn_optim.py.
"""

import contextlib
import json
import math
import signal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor

seeds = st.integers(0, 2**32 - 1)
shares = st.floats(0, 1)
lengths = st.integers(1, 20)
losses = st.lists(st.floats(-10, 10) | st.sampled_from([math.nan, math.inf]), max_size=30)


def optimizer_of(*rates):
    """An SGD with a group for each rate."""
    groups = [{"params": [Tensor([1.0], requires_grad=True)], "lr": rate} for rate in rates]
    return nn.SGD(groups)


def rates_of(optimizer):
    return [group["lr"] for group in optimizer.param_groups]


SCHEDULES = {
    "steps": lambda o: nn.StepDecay(o, every=3, factor=0.5),
    "cosine": lambda o: nn.Cosine(o, 8, floor=0.1),
    "plateau": lambda o: nn.OnPlateau(o, factor=0.5, patience=1, floor=0.1),
    "warm-up": lambda o: nn.WarmUp(nn.Cosine(o, 8), 4),
    "warm-up alone": lambda o: nn.WarmUp(o, 3),
    "warm-up to plateau": lambda o: nn.WarmUp(nn.OnPlateau(o, patience=1), 2, start=0.0),
    "warm-up twice": lambda o: nn.WarmUp(nn.WarmUp(nn.StepDecay(o, 2), 3, start=0.5), 2),
}
each = pytest.mark.parametrize("make", SCHEDULES.values(), ids=SCHEDULES)


@each
@given(losses=losses)
def test_rates_are_of_each_groups_own_and_never_above_it(make, losses):
    optimizer = optimizer_of(0.5, 0.1, 0.0)
    schedule = make(optimizer)
    for loss in losses:
        high, low, zero = rates_of(optimizer)
        assert 0 <= high <= 0.5
        assert low == pytest.approx(high / 5, rel=1e-12)
        assert zero == 0
        schedule.step(loss)
    assert schedule.steps == len(losses)


@given(every=lengths, factor=shares, steps=st.integers(0, 100))
def test_step_decay_multiplies_once_every_so_many_steps(every, factor, steps):
    schedule = nn.StepDecay(optimizer_of(1.0), every, factor)
    assert schedule.factor(steps) == pytest.approx(math.prod([factor] * (steps // every)))


@given(steps=lengths, floor=shares)
def test_cosine_falls_from_one_to_its_floor(steps, floor):
    factors = [nn.Cosine(optimizer_of(1.0), steps, floor).factor(i) for i in range(steps + 5)]
    assert factors[0] == 1
    assert factors[steps:] == [floor] * 5
    assert factors == sorted(factors, reverse=True)
    mirrored = [a + b for a, b in zip(factors[: steps + 1], reversed(factors[: steps + 1]))]
    np.testing.assert_allclose(mirrored, 1 + floor)


@given(steps=lengths, start=shares, after=lengths)
def test_warm_up_is_a_straight_line_to_what_follows(steps, start, after):
    optimizer = optimizer_of(2.0)
    schedule = nn.WarmUp(nn.Cosine(optimizer, after), steps, start)
    expected = nn.Cosine(optimizer_of(2.0), after)
    found = []
    for _ in range(steps + after):
        found.append(optimizer.lr)
        schedule.step()
    np.testing.assert_allclose(found[:steps], 2 * np.linspace(start, 1, steps, endpoint=False))
    np.testing.assert_allclose(found[steps:], [2 * expected.factor(i) for i in range(after)])


@given(steps=lengths, start=shares)
def test_after_a_warm_up_alone_the_rates_stay(steps, start):
    a, b = (Tensor([1.0], requires_grad=True) for _ in range(2))
    optimizer = nn.SGD([{"params": [a], "lr": 2.0}, {"params": [b], "lr": 0.5}])
    schedule = nn.WarmUp(optimizer, steps, start)
    for i in range(steps + 5):
        factor = start + (1 - start) * i / steps if i < steps else 1.0
        np.testing.assert_allclose(rates_of(optimizer), [2 * factor, 0.5 * factor])
        schedule.step()


@given(patience=st.integers(0, 5), factor=shares)
def test_a_plateau_is_waited_for_and_an_improvement_starts_it_again(patience, factor):
    optimizer = optimizer_of(1.0)
    schedule = nn.OnPlateau(optimizer, factor, patience, threshold=0.1)
    schedule.step(Tensor(10.0))
    for _ in range(patience):
        schedule.step(9.5)  # not by a tenth
        assert optimizer.lr == 1
    schedule.step(8.9)
    for _ in range(patience):
        schedule.step(math.nan)
        assert optimizer.lr == 1
    schedule.step(8.9)
    assert optimizer.lr == factor


def test_negative_losses_improve_downwards():
    schedule = nn.OnPlateau(optimizer_of(1.0), patience=0, threshold=0.1)
    for loss in -1.0, -1.2, -1.5:
        schedule.step(loss)
    assert schedule.factor(3) == 1.0
    schedule.step(-1.6)  # not by a tenth
    assert schedule.factor(4) == 0.1


@each
@given(first=losses, then=losses)
def test_a_state_goes_on_to_the_same_rates(make, first, then):
    optimizer = optimizer_of(0.5, 0.1)
    schedule = make(optimizer)
    for loss in first:
        schedule.step(loss)
    saved = json.loads(json.dumps([optimizer.state_dict()["groups.0.lr"], schedule.state_dict()]))
    other = optimizer_of(saved[0], 7.0)  # a rate that has changed already is not that of the start
    copy = make(other)
    copy.load_state_dict(saved[1])
    assert rates_of(other) == rates_of(optimizer)
    for loss in then:
        schedule.step(loss)
        copy.step(loss)
        assert rates_of(other) == rates_of(optimizer)


def test_a_state_that_does_not_fit_changes_nothing():
    optimizer = optimizer_of(0.5)
    schedule = nn.WarmUp(nn.OnPlateau(optimizer), 3)
    state = schedule.state_dict()
    wrong = {**state, "then.rates": [1.0, 2.0], "steps": 1.5, "size": 1}
    del wrong["then.best"]
    message = (
        r"not fit this WarmUp: size is unknown; steps is 1.5, which can't take the place of 0; "
        r"then.best is missing; then.rates is \[1.0, 2.0\], which can't take the place of \[0.5\]"
    )
    with pytest.raises(ValueError, match=message):
        schedule.load_state_dict(wrong)
    assert schedule.state_dict() == state


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda o: nn.StepDecay(0.1, 3), TypeError, "for an Optimizer, not float"),
        (lambda o: nn.StepDecay(o, 0), ValueError, "every must be a positive integer, not 0"),
        (lambda o: nn.StepDecay(o, 3, factor=2), ValueError, "factor must be from 0 to 1, not 2"),
        (lambda o: nn.Cosine(o, 2.5), TypeError, "steps must be a positive integer, not 2.5"),
        (lambda o: nn.Cosine(o, 2, floor=-1), ValueError, "floor must be from 0 to 1, not -1"),
        (lambda o: nn.WarmUp(3, 3), TypeError, "the Schedule .* the optimizer .* not int"),
        (lambda o: nn.WarmUp(nn.Cosine(o, 3), 3, start=2), ValueError, "start must be from 0 to"),
        (lambda o: nn.OnPlateau(o, patience=-1), ValueError, "patience must be at least 0, not -1"),
        (lambda o: nn.OnPlateau(o, factor=None), TypeError, "factor must be a number, not None"),
        (lambda o: nn.OnPlateau(o).step(), TypeError, r"pass it, schedule.step\(loss\)"),
        (lambda o: nn.OnPlateau(o).step("a"), TypeError, "the loss is a number, not 'a'"),
    ],
)
def test_schedules_that_can_not_be(make, error, message):
    with pytest.raises(error, match=message):
        make(optimizer_of(0.1))


# In fit: a schedule that a function makes ends with it.


X = np.random.default_rng(0).normal(size=(20, 2))


def press(training):
    if training.epoch == 2:
        signal.raise_signal(signal.SIGINT)


def crash(training):
    if training.epoch == 2:
        raise KeyError("oops")


@each
@pytest.mark.parametrize("schedule_each", ["epoch", "step"])
@pytest.mark.parametrize("callback", [None, press, crash, nn.EarlyStopping(1, least=9.0)])
def test_rates_are_put_back_however_fit_ends_and_a_second_one_begins_with_them(
    make, schedule_each, callback
):
    model = nn.Layer(2, 2, None, rng=0)
    groups = [{"params": [model.weight], "lr": 0.2}, {"params": [model.bias], "lr": 0.1}]
    optimizer, first = nn.SGD(groups), []

    def note(training):
        if training.epoch == 1:
            first.append(rates_of(optimizer))

    for _ in range(2):
        with contextlib.suppress(KeyError):
            nn.fit(
                model, X, X, "mse", optimizer, 5, 10, schedule=make, schedule_each=schedule_each,
                callbacks=[note] if callback is None else [note, callback],
            )  # fmt: skip
        assert rates_of(optimizer) == [0.2, 0.1]
    assert first[0] == first[1]


@each
def test_a_schedule_made_by_a_function_is_resumed_to_the_same_numbers(make, tmp_path):
    path = tmp_path / "state.npz"

    def train(optimizer, model, *epochs):
        for n in epochs:
            callbacks = nn.Checkpoint(path) if len(epochs) > 1 else None
            history = nn.fit(
                model, X, X, "mse", optimizer, n, 10, schedule=make, schedule_each="step", rng=0,
                callbacks=callbacks, resume=path if callbacks else None,
            )  # fmt: skip
        assert optimizer.lr == 0.1
        return history.losses, history.learning_rates, model.state_dict()

    models = [nn.Layer(2, 2, None, rng=0) for _ in range(2)]
    optimizers = [nn.SGD(model.parameters(), lr=0.1, momentum=0.5) for model in models]
    np.testing.assert_equal(
        train(optimizers[0], models[0], 2, 4, 6), train(optimizers[1], models[1], 6)
    )


def test_a_schedule_of_ones_own_goes_on_in_the_next_fit():
    model = nn.Layer(2, 2, None, rng=0)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    schedule = nn.StepDecay(optimizer, 2, 0.5)
    rates = [nn.fit(model, X, X, "mse", optimizer, 2, schedule=schedule) for _ in range(2)]
    assert [history.learning_rates for history in rates] == [[0.1, 0.1], [0.05, 0.05]]
    assert optimizer.lr == 0.025


# Clipping.


def with_gradients(seed, size=1.0):
    """Parameters of several shapes, of which one has no gradient."""
    rng = np.random.default_rng(seed)
    parameters = [Tensor(np.ones(s), requires_grad=True) for s in [(3, 2), (), (0,), (4,), (2,)]]
    for p in parameters[:-1]:
        p.grad = rng.normal(size=p.shape) * size
    return parameters


def gradients_of(parameters):
    return np.concatenate([p.grad.ravel() for p in parameters if p.grad is not None])


@given(seed=seeds, size=st.sampled_from([1e-200, 1e-3, 1.0, 1e200]), share=st.floats(0.01, 3))
def test_clipping_keeps_the_direction_and_bounds_the_norm(seed, size, share):
    parameters = with_gradients(seed, size)
    before = gradients_of(parameters)
    norm = size * np.linalg.norm(before / size)
    assert nn.clip_grad_norm(iter(parameters), share * norm) == pytest.approx(norm, rel=1e-14)
    after = gradients_of(parameters)
    assert np.linalg.norm(after / size) <= min(share, 1) * norm / size * (1 + 1e-14)
    if share > 1.001 and size > 1e-3:
        np.testing.assert_array_equal(after, before)
    else:
        cosine = (after / size) @ (before / size)
        assert cosine >= 0.999999 * np.linalg.norm(after / size) * np.linalg.norm(before / size)
    assert parameters[-1].grad is None


def test_an_infinite_bound_only_measures():
    parameters = with_gradients(0)
    before = gradients_of(parameters)
    assert nn.clip_grad_norm(parameters, math.inf) == pytest.approx(np.linalg.norm(before))
    np.testing.assert_array_equal(gradients_of(parameters), before)
    assert nn.clip_grad_norm([Tensor([1.0], requires_grad=True)], 1.0) == 0


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_named_and_nothing_clipped(bad):
    parameters = with_gradients(0)
    parameters[3].grad = [1.0, bad, 1.0, 1.0]
    parameters[3].name = "layers.1.bias"
    before = gradients_of(parameters)
    with pytest.raises(ValueError, match=r"of layers.1.bias \(shape \(4,\)\) has NaN or infinity"):
        nn.clip_grad_norm(parameters, 0.1)
    np.testing.assert_array_equal(gradients_of(parameters), before)


@given(seed=seeds, limit=st.floats(0, 2))
def test_clipped_values_are_within_the_limit(seed, limit):
    parameters = with_gradients(seed)
    before = gradients_of(parameters)
    nn.clip_grad_value(parameters, limit)
    np.testing.assert_array_equal(gradients_of(parameters), np.clip(before, -limit, limit))


def test_clipping_a_model_clips_its_parameters():
    model = nn.MLP(3, [4, 2], rng=0)
    nn.mse(model(np.ones((5, 3))), np.full((5, 2), 100.0)).backward()
    assert nn.clip_grad_norm(model, 1.0) > 1
    assert np.linalg.norm(gradients_of(model.parameters())) == pytest.approx(1.0, rel=1e-6)
    nn.clip_grad_value(model, 0.01)
    assert abs(gradients_of(model.parameters())).max() == 0.01


# Averages.


@pytest.mark.parametrize("decay", [None, 0.0, 0.9])
@given(seed=seeds, count=lengths)
def test_averages_are_their_formula(decay, seed, count):
    rng = np.random.default_rng(seed)
    p = Tensor(rng.normal(size=3), requires_grad=True)
    averaged = nn.Averaged([p], decay)
    path = rng.normal(size=(count, 3))
    for weights in path:
        p.data = weights
        averaged.update()
    if decay is None:
        expected = path.mean(axis=0)
    else:
        shares = (1 - decay) * decay ** np.arange(count)[::-1]
        shares[0] = decay ** (count - 1)
        expected = shares @ path
    with averaged.swapped():
        np.testing.assert_allclose(p.data, expected, rtol=1e-12, atol=1e-14)
        assert p.requires_grad
    np.testing.assert_array_equal(p.data, path[-1])


def test_a_state_of_averages_is_a_copy():
    p = Tensor([1.0, 2.0], requires_grad=True)
    averaged = nn.Averaged([p])
    averaged.update()
    state = averaged.state_dict()
    p.data = [7.0, 8.0]
    averaged.update()
    np.testing.assert_equal(state, {"updates": 1, "averages.0": np.array([1.0, 2.0])})
    averaged.load_state_dict(state)
    averaged.update()
    np.testing.assert_array_equal(state["averages.0"], [1.0, 2.0])
    np.testing.assert_array_equal(averaged.averages[0], [4.0, 5.0])


def test_swapping_restores_the_weights_after_an_exception_too():
    model = nn.MLP(2, [3, 1], rng=0)
    averaged = nn.Averaged(model)
    averaged.update()
    last = [p.data + 1 for p in model.parameters()]
    for p, weights in zip(model.parameters(), last, strict=True):
        p.data = weights
    with pytest.raises(KeyError, match="oops"), averaged.swapped():
        assert not np.array_equal(model.parameters()[0].data, last[0])
        raise KeyError("oops")
    for p, weights in zip(model.parameters(), last, strict=True):
        np.testing.assert_array_equal(p.data, weights)


def test_a_graph_from_before_a_swap_is_stale():
    p = Tensor([1.0, 2.0], requires_grad=True)
    averaged = nn.Averaged([p])
    averaged.update()
    loss = (p * p).sum()
    with averaged.swapped(), pytest.raises(RuntimeError, match="stale graph"):
        loss.backward()


@pytest.mark.parametrize("decay", [None, 0.9])
def test_a_state_of_averages_goes_on_to_the_same_bits(decay):
    rng = np.random.default_rng(0)
    model = nn.MLP(2, [3, 1], rng=0, dtype=np.float32)
    one, other = nn.Averaged(model, decay), nn.Averaged(model, decay)

    def updated(average):
        average.update()
        return average.state_dict()

    for _ in range(3):
        for p in model.parameters():
            p.data = rng.normal(size=p.shape).astype(np.float32)
        state = updated(one)
    other.load_state_dict(state)
    found, expected = updated(other), updated(one)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)
        assert np.asarray(value).dtype == np.asarray(found[name]).dtype
    with pytest.raises(ValueError, match=r"not fit this Averaged: averages.0 is missing; averag"):
        other.load_state_dict({"updates": 3})


def test_running_statistics_of_averages_are_made_as_the_docs_say():
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Layer(2, 3, rng=0), nn.BatchNorm(3), nn.Layer(3, 1, rng=1))
    averaged, X = nn.Averaged(model), rng.normal(size=(40, 2))
    for _ in range(3):
        for parameter in model.parameters():
            parameter.data = rng.normal(size=parameter.shape)
        averaged.update()
    with averaged.swapped():
        for _ in range(300):
            model(X)
        wanted = model.layers[0](X).data
        np.testing.assert_allclose(model.layers[1].running_mean.data, wanted.mean(0), atol=1e-9)
        np.testing.assert_allclose(model.layers[1].running_var.data, wanted.var(0, ddof=1))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda p: nn.Averaged([p], 1.0), ValueError, "decay must be at least 0 and less than 1"),
        (lambda p: nn.Averaged([]), ValueError, "no parameters to average"),
        (lambda p: nn.Averaged(p), TypeError, "a Module or a list of Tensors, not Tensor"),
        (lambda p: nn.clip_grad_norm([p, 1.0], 1), TypeError, "item 1 is float"),
        (lambda p: nn.clip_grad_norm([p], -1), ValueError, "max_norm must be at least 0, not -1"),
        (lambda p: nn.clip_grad_norm([p], math.nan), ValueError, "max_norm must be at least 0"),
        (lambda p: nn.clip_grad_norm([p], None), TypeError, "max_norm must be a number, not None"),
        (lambda p: nn.clip_grad_value([p], -1), ValueError, "limit must be at least 0, not -1"),
        (lambda p: nn.Averaged([p]).swapped().__enter__(), ValueError, "nothing has been averaged"),
    ],
)
def test_bad_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call(Tensor([1.0], requires_grad=True))
