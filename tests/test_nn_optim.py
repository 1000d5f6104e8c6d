"""Optimizers, against plain transcriptions of PyTorch's formulas, and against its figures."""

import copy
import json
import pickle
import tracemalloc
import weakref
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, no_grad

seeds = st.integers(0, 2**32 - 1)
rates = st.floats(0, 0.1)
fractions = st.floats(0, 0.99)
DTYPES = [np.float32, np.float64]


class PlainSGD:
    def __init__(self, lr, momentum):
        self.lr, self.momentum, self.buffer = lr, momentum, None

    def __call__(self, p, g):
        if self.momentum != 0:
            self.buffer = g if self.buffer is None else self.momentum * self.buffer + g
            g = self.buffer
        return p - self.lr * g


class PlainAdam:
    def __init__(self, lr, betas, eps):
        self.lr, self.betas, self.eps = lr, betas, eps
        self.m = self.v = 0.0
        self.t = 0

    def __call__(self, p, g):
        self.t += 1
        b1, b2 = self.betas
        self.m = b1 * self.m + (1 - b1) * g
        self.v = b2 * self.v + (1 - b2) * g**2
        m_hat = self.m / (1 - b1**self.t)
        v_hat = self.v / (1 - b2**self.t)
        return p - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


def follow(make, plain, seed, dtype, steps=50):
    """Both over the same changing gradients of three parameters, of which one is often unused."""
    rng = np.random.default_rng(seed)
    start = [rng.normal(size=shape).astype(dtype) for shape in [(3, 2), (3,), ()]]
    tensors = [Tensor(p, requires_grad=True) for p in start]
    optimizer = make(tensors)
    plains = [plain() for _ in start]
    expected = [p.astype(float) for p in start]
    for step in range(steps):
        optimizer.zero_grad()
        for i, p in enumerate(tensors):
            if i != 1 or step % 3 == 1:
                p.grad = (rng.normal(size=p.shape) * 10.0 ** (step % 5 - 2)).astype(dtype)
                expected[i] = plains[i](expected[i], p.grad.astype(float))
        optimizer.step()
    tolerance = 1e-12 if dtype == np.float64 else 1e-4
    for p, values in zip(tensors, expected, strict=True):
        assert p.dtype == dtype
        np.testing.assert_allclose(p.data, values, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
@given(seed=seeds, lr=rates, momentum=fractions | st.just(0.0))
def test_sgd_follows_its_formula(seed, lr, momentum, dtype):
    follow(
        lambda ps: nn.SGD(ps, lr=lr, momentum=momentum),
        lambda: PlainSGD(lr, momentum),
        seed,
        dtype,
    )


@pytest.mark.parametrize("dtype", DTYPES)
@given(seed=seeds, lr=rates, b1=fractions, b2=fractions, eps=st.sampled_from([1e-8, 1e-3]))
def test_adam_follows_its_formula(seed, lr, b1, b2, eps, dtype):
    follow(
        lambda ps: nn.Adam(ps, lr=lr, betas=(b1, b2), eps=eps),
        lambda: PlainAdam(lr, (b1, b2), eps),
        seed,
        dtype,
    )


# What PyTorch did in 100 steps (benchmarks/torch_trajectories.py).

PROBLEM, *CASES = json.loads(
    (Path(__file__).parent / "data" / "torch_trajectories.json").read_text(encoding="utf-8")
)


def schedule_of(optimizer, name, options):
    options = dict(options)
    after = schedule_of(optimizer, *options.pop("then")) if "then" in options else optimizer
    return getattr(nn, name)(after, **options)


def started():
    """A 3-4-2 network with the weights that PyTorch's began with."""
    model = nn.MLP(3, [4, 2], activation="tanh")
    for parameter, array in zip(model.parameters(), PROBLEM["start"], strict=True):
        parameter.data = array
    return model


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{CASES.index(case)}-{case['optimizer']}")
def test_a_trajectory_is_pytorchs(case):
    model = started()
    parameters = model.parameters()
    groups = parameters
    if "groups" in case:
        groups = [
            {**group, "params": [parameters[i] for i in group["params"]]}
            for group in case["groups"]
        ]
    optimizer = getattr(nn, case["optimizer"])(groups, **case["options"])
    schedule = schedule_of(optimizer, *case["schedule"]) if "schedule" in case else None
    averaged = nn.Averaged(model, case["average"]) if "average" in case else None
    X, y = np.array(PROBLEM["X"]), np.array(PROBLEM["y"])
    losses, rates = [], []
    for step in range(100):
        optimizer.zero_grad()
        loss = nn.mse(model(X), y)
        loss.backward()
        if "clip_grad_norm" in case:
            nn.clip_grad_norm(model, case["clip_grad_norm"])
        if "clip_grad_value" in case:
            nn.clip_grad_value(model, case["clip_grad_value"])
        optimizer.step()
        if step % 10 == 0:
            losses.append(loss.item())
            rates.append([group["lr"] for group in optimizer.param_groups])
        if schedule is not None:
            schedule.step(loss.item())
        if averaged is not None:
            averaged.update()

    def close(found, expected):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)

    close(losses, case["losses"])
    close(rates, case["rates"])
    for parameter, expected in zip(parameters, case["parameters"], strict=True):
        close(parameter.data, expected)
    if averaged is not None:
        with averaged.swapped():
            for parameter, expected in zip(parameters, case["averages"], strict=True):
                close(parameter.data, expected)


@pytest.mark.parametrize(
    "make",
    [
        lambda ps: nn.SGD(ps, lr=0.1),
        lambda ps: nn.SGD(ps, lr=0.02, momentum=0.9),
        lambda ps: nn.SGD(ps, lr=0.02, momentum=0.9, nesterov=True),
        lambda ps: nn.Adam(ps, lr=0.1),
    ],
    ids=["sgd", "momentum", "nesterov", "adam"],
)
def test_they_find_the_minimum(make):
    p = Tensor([4.0, -3.0], requires_grad=True)
    optimizer = make([p])
    for _ in range(500):
        optimizer.zero_grad()
        ((p - np.array([1.0, 2.0])) ** 2 * np.array([1.0, 3.0])).sum().backward()
        optimizer.step()
    np.testing.assert_allclose(p.data, [1, 2], atol=1e-6)


OPTIMIZERS = {
    "sgd": nn.SGD,
    "momentum": lambda ps: nn.SGD(ps, momentum=0.9),
    "nesterov": lambda ps: nn.SGD(ps, momentum=0.9, nesterov=True, weight_decay=0.1),
    "rmsprop": nn.RMSprop,
    "centered": lambda ps: nn.RMSprop(ps, centered=True, momentum=0.9, weight_decay=0.1),
    "adam": nn.Adam,
    "decay": lambda ps: nn.Adam(ps, weight_decay=0.1),
    "adamw": nn.AdamW,
}
each = pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)


@each
def test_a_step_is_in_place_and_leaves_what_has_no_gradient(make):
    used, unused = (Tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    view = used.data
    optimizer = make(iter([used, unused]))
    (used * used).sum().backward()
    gradient = used.grad.copy()
    optimizer.step()
    assert not np.array_equal(view, [1, 2])
    np.testing.assert_array_equal(unused.data, [1, 2])
    np.testing.assert_array_equal(used.grad, gradient)
    optimizer.zero_grad()
    assert used.grad is None


@each
def test_a_step_allocates_nothing_large(make):
    p = Tensor(np.ones(1 << 16), requires_grad=True)
    p.grad = np.ones(1 << 16)
    optimizer = make([p])
    optimizer.step()
    tracemalloc.start()
    try:
        optimizer.step()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10_000  # one array is 524,288 bytes


@each
def test_a_graph_from_before_a_step_is_stale(make):
    p = Tensor([1.0, 2.0], requires_grad=True, name="w")
    loss = (p * p).sum()
    loss.backward()
    make([p]).step()
    with pytest.raises(RuntimeError, match="stale graph: 'w' of shape"):
        loss.backward()


@each
def test_what_is_frozen_stays_and_moves_again_when_thawed(make):
    p = Tensor([1.0], requires_grad=True)
    optimizer = make([p])
    p.requires_grad = False
    optimizer.step()
    optimizer.zero_grad()
    assert p.item() == 1.0
    p.requires_grad = True
    (p * p).sum().backward()
    optimizer.step()
    assert p.item() < 1.0


@each
def test_a_step_within_no_grad_is_the_same(make):
    a, b = (Tensor([1.0], requires_grad=True) for _ in range(2))
    a.grad = b.grad = np.ones(1)
    make([a]).step()
    with no_grad():
        make([b]).step()
    assert a.item() == b.item() < 1.0


# Invariants.


@given(seed=seeds, lr=rates)
def test_sgd_without_momentum_follows_the_gradient(seed, lr):
    rng = np.random.default_rng(seed)
    start, g = rng.normal(size=(2, 5))
    p = Tensor(start, requires_grad=True)
    optimizer = nn.SGD([p], lr=lr)
    for steps in 1, 2:
        p.grad = g
        optimizer.step()
        np.testing.assert_allclose(p.data, start - steps * lr * g, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("kind", [nn.Adam, nn.AdamW])
@given(seed=seeds, lr=rates, size=st.floats(-3, 3))
def test_the_first_step_of_adam_is_the_rate_whatever_the_gradient(kind, seed, lr, size):
    rng = np.random.default_rng(seed)
    start = rng.normal(size=5)
    p = Tensor(start, requires_grad=True)
    p.grad = g = rng.choice([-1, 1], 5) * rng.uniform(1, 2, 5) * 10.0**size
    kind([p], lr=lr, eps=0.0, weight_decay=0.0).step()
    np.testing.assert_allclose(p.data, start - lr * np.sign(g), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("dtype", DTYPES)
def test_centred_rmsprop_stays_finite_where_the_gradient_has_no_variance(dtype):
    """There v − m² is 0, but for rounding, which may leave less."""
    gradients = np.linspace(0.1, 5, 50).astype(dtype)
    p = Tensor(np.zeros(50), requires_grad=True, dtype=dtype)
    optimizer = nn.RMSprop([p], alpha=0.9, centered=True)
    p.grad = gradients
    for _ in range(1000):
        optimizer.step()
    assert np.isfinite(p.data).all()


@pytest.mark.parametrize("kind", OPTIMIZERS.values(), ids=OPTIMIZERS)
@given(seed=seeds, first=st.sampled_from(DTYPES))
def test_a_parameter_steps_as_it_does_alone_beside_others_of_another_dtype(kind, seed, first):
    rng = np.random.default_rng(seed)
    kinds = [first, *(dtype for dtype in DTYPES if dtype is not first)]
    start = rng.normal(size=4)
    alone, beside = (
        [Tensor(start, requires_grad=True, dtype=dtype) for dtype in kinds] for _ in range(2)
    )
    optimizers = [kind(beside), *(kind([p]) for p in alone)]
    for _ in range(5):
        g = rng.normal(size=4)
        for p in (*alone, *beside):
            p.grad = g.astype(p.dtype)
        for optimizer in optimizers:
            optimizer.step()
    for one, other in zip(alone, beside, strict=True):
        np.testing.assert_array_equal(one.data, other.data)


@pytest.mark.parametrize("make", [nn.RMSprop, nn.Adam], ids=["rmsprop", "adam"])
@given(seed=seeds, scale=st.sampled_from([0.25, 8.0, 1024.0]))
def test_larger_gradients_make_no_larger_steps(make, seed, scale):
    rng = np.random.default_rng(seed)
    start, gradients = rng.normal(size=5), rng.normal(size=(10, 5))
    ends = []
    for factor in 1, scale:
        p = Tensor(start, requires_grad=True)
        optimizer = make([p], eps=0.0)
        for g in gradients:
            p.grad = factor * g
            optimizer.step()
        ends.append(p.data)
    np.testing.assert_allclose(*ends, rtol=1e-11)


@given(seed=seeds, lr=rates, decay=rates)
def test_decay_without_a_gradient_shrinks_in_proportion(seed, lr, decay):
    start = np.random.default_rng(seed).normal(size=5)
    for kind in nn.SGD, nn.AdamW:
        p = Tensor(start, requires_grad=True)
        p.grad = np.zeros(5)
        kind([p], lr=lr, weight_decay=decay).step()
        np.testing.assert_allclose(p.data, start * (1 - lr * decay), rtol=1e-14)


@each
def test_several_backward_passes_add_up_to_one(make):
    X, y = np.random.default_rng(0).normal(size=(2, 6, 2))
    ends = []
    for parts in 1, 3:
        model = nn.Layer(2, 2, rng=0)
        optimizer = make(model.parameters())
        for _ in range(3):
            optimizer.zero_grad()
            for rows in np.split(np.arange(6), parts):
                (nn.mse(model(X[rows]), y[rows]) / parts).backward()
            optimizer.step()
        ends.append(model.weight.data)
    np.testing.assert_allclose(*ends, rtol=1e-11)


@each
def test_groups_are_optimizers_of_their_own(make):
    starts = np.random.default_rng(0).normal(size=(3, 4))
    gradients = np.random.default_rng(1).normal(size=(5, 3, 4))

    def run(optimizers, tensors):
        for step in gradients:
            for p, g in zip(tensors, step, strict=True):
                p.grad = g
            for optimizer in optimizers:
                optimizer.step()
        return np.stack([p.data for p in tensors])

    together, apart = ([Tensor(s, requires_grad=True) for s in starts] for _ in range(2))
    one = make([{"params": together[:2]}, {"params": iter(together[2:]), "lr": 0.3}])
    assert [group["lr"] for group in one.param_groups] == [one.lr, 0.3]
    assert one.parameters == tuple(together)
    others = [make(apart[:2]), make(apart[2:])]
    others[1].lr = 0.3
    np.testing.assert_array_equal(run([one], together), run(others, apart))


def test_one_rate_can_not_be_set_for_groups_that_differ():
    a, b = (Tensor([1.0], requires_grad=True) for _ in range(2))
    optimizer = nn.SGD([{"params": [a], "lr": 0.1}, {"params": [b]}], lr=0.2)
    with pytest.raises(ValueError, match=r"their own learning rates, \[0.1, 0.2\]: set group"):
        optimizer.lr = 0.3
    optimizer.param_groups[1]["lr"] = 0.1
    optimizer.lr = 0.3
    assert [group["lr"] for group in optimizer.param_groups] == [0.3, 0.3]
    with pytest.raises(ValueError, match="lr must be at least 0, not -1"):
        optimizer.lr = -1


# Saved and loaded.


def run(optimizer, gradients):
    for step in gradients:
        for p, g in zip(optimizer.parameters, step, strict=True):
            p.grad = g
        optimizer.step()


@each
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_state_goes_on_to_the_same_bits(make, dtype):
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(10, 2, 3)).astype(dtype)
    tensors = [Tensor(rng.normal(size=3).astype(dtype), requires_grad=True) for _ in range(2)]
    optimizer = make([{"params": tensors[:1]}, {"params": tensors[1:], "lr": 0.01}])
    run(optimizer, gradients[:5])
    state = optimizer.state_dict()
    copies = [Tensor(p.data, requires_grad=True) for p in tensors]
    run(optimizer, gradients[5:])  # which leaves the state alone
    numbers = {k: v for k, v in state.items() if not isinstance(v, np.ndarray)}
    arrays = {k: v for k, v in state.items() if isinstance(v, np.ndarray)}
    saved = json.loads(json.dumps(numbers)) | {k: v.copy() for k, v in arrays.items()}
    other = make([{"params": copies[:1]}, {"params": copies[1:]}])
    other.load_state_dict(saved)
    for array in saved.values():
        if isinstance(array, np.ndarray):
            array[...] = 0  # the optimizer has its own
    run(other, gradients[5:])
    for p, q in zip(tensors, copies, strict=True):
        np.testing.assert_array_equal(p.data, q.data)
    final = other.state_dict()
    for path, value in optimizer.state_dict().items():
        np.testing.assert_array_equal(final[path], value)


def test_a_state_brings_its_options():
    p, q = (Tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    optimizer, other = nn.SGD([p], lr=0.5, momentum=0.9, nesterov=True), nn.SGD([q])
    run(optimizer, [[[1.0, 1.0]]])
    other.load_state_dict(optimizer.state_dict())
    assert other.param_groups == ({**optimizer.param_groups[0], "params": (q,)},)
    plain = nn.SGD([p]).state_dict()
    assert "parameters.0.velocity" not in plain
    other.load_state_dict(plain)  # and forgets the velocity
    other.param_groups[0]["momentum"] = 0.9
    q.data = [0.0, 0.0]
    run(other, [[[1.0, 2.0]]])
    np.testing.assert_allclose(q.data, [-0.01, -0.02])


def test_all_that_does_not_fit_is_named_and_nothing_changed():
    tensors = [Tensor(np.ones(shape), requires_grad=True) for shape in (2, 3)]
    optimizer = nn.Adam(tensors)
    run(optimizer, [[np.ones(2), np.ones(3)]])
    before = optimizer.state_dict()
    wrong = {**before, "parameters.0.m": np.ones(4), "parameters.1.v": np.ones(3, complex)}
    wrong |= {"groups.0.lr": "fast", "groups.0.params": [0], "parameters.1.t": 0.5, "more": 1}
    wrong["parameters.0.v"] = np.zeros(2)
    del wrong["groups.0.eps"]
    message = (
        r"not fit this Adam: groups.0.eps is missing; groups.0.lr is 'fast', which can't take the "
        r"place of 0.001; groups.0.params is \[0\], .* \[0, 1\]; more is unknown; "
        r"parameters.0.m has shape \(4,\), not \(2,\); parameters.1.t is 0.5, .* of 1; "
        r"parameters.1.v has dtype complex128, not float64"
    )
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(wrong)
    with pytest.raises(ValueError, match="lr must be at least 0, not -1"):
        optimizer.load_state_dict({**before, "groups.0.lr": -1})
    with pytest.raises(ValueError, match=r"missing.*groups.0.momentum is unknown"):
        optimizer.load_state_dict(nn.SGD(tensors).state_dict())
    for path, value in optimizer.state_dict().items():
        np.testing.assert_array_equal(value, before[path])


def test_the_rate_may_be_changed_on_the_way():
    p = Tensor([1.0], requires_grad=True)
    optimizer = nn.SGD([p])
    assert optimizer.lr == 0.01
    p.grad = [1.0]
    optimizer.lr = np.float32(0.5)
    optimizer.step()
    assert p.item() == 0.5


# Of one's own.


class Own(nn.Optimizer):
    """Momentum, with a count, and options that no optimizer of nn has."""

    def __init__(self, params, lr=0.1, rho=0.9, every=1, flip=False, pair=(0.5, 1.0)):
        super().__init__(params, lr, rho=rho, every=every, flip=flip, pair=pair)

    def used(self, options):
        return "t", "sum"

    def update(self, options, ready):
        for slot, g in ready:
            slot.kept["t"] += 1
            slot.kept["sum"] = options["rho"] * slot.kept["sum"] + g
            np.multiply(slot.kept["sum"], options["lr"], out=slot.scratch)
            slot.parameter.data = slot.parameter.data - slot.scratch


def test_an_optimizer_of_ones_own_trains_and_goes_on_from_its_state():
    ours, plain = (nn.MLP(2, [3, 1], "tanh", rng=0) for _ in range(2))
    X, y = np.eye(2), np.ones((2, 1))
    own = Own(ours.parameters())
    nn.fit(ours, X, y, "mse", own, epochs=3, rng=0)
    nn.fit(plain, X, y, "mse", nn.SGD(plain.parameters(), 0.1, momentum=0.9), epochs=3, rng=0)
    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        np.testing.assert_allclose(a.data, b.data, rtol=1e-12)
    again = Own(ours.parameters(), rho=0.1, every=2, flip=True, pair=(0.0, 0.0))
    again.load_state_dict(own.state_dict())
    np.testing.assert_equal(again.state_dict(), own.state_dict())
    assert again.state_dict()["parameters.0.t"] == 3
    assert repr(again).startswith("Own(lr=0.1, rho=0.9, every=1, flip=False, pair=(0.5, 1.0))")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"rho": "a"}, TypeError, "rho must be a number, not 'a'"),
        ({"rho": None}, TypeError, "rho must be a number, not None"),
        ({"rho": np.nan}, ValueError, "rho must be a number, not nan"),
        ({"rho": np.inf}, ValueError, "rho must be a number and finite, not inf"),
        ({"rho": -np.inf}, ValueError, "rho must be a number and finite, not -inf"),
        ({"pair": (1, "b")}, TypeError, "pair must be a number, not 'b'"),
    ],
)
def test_options_of_ones_own_are_numbers(options, error, message):
    p = Tensor([1.0], requires_grad=True)
    with pytest.raises(error, match=message):
        Own([p], **options)
    group = Own([p]).param_groups[0]
    with pytest.raises(error, match=message):
        group.update(options)
    assert group["rho"] == 0.9


# Bad input.


@each
@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        (lambda w: [], ValueError, "needs parameters to change; got none"),
        (lambda w: [w, np.ones(2)], TypeError, "item 1 of its parameters is ndarray; pass model"),
        (lambda w: [w, w * 2], ValueError, r"parameter 1 \(shape \(2,\)\) is a result of others"),
        (lambda w: [Tensor([1j], requires_grad=True)], TypeError, "parameter 0 .* is complex128"),
        (lambda w: [Tensor([1.0])], ValueError, r"parameter 0 \(shape \(1,\)\) has it False"),
        (lambda w: [w, w], ValueError, "a parameter twice that it is given twice"),
    ],
)
def test_what_can_not_be_changed_is_refused(make, parameters, error, message):
    with pytest.raises(error, match=message):
        make(parameters(Tensor([1.0, 2.0], requires_grad=True)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda ps: nn.SGD(ps, lr=-1), "lr must be at least 0, not -1"),
        (lambda ps: nn.Adam(ps, lr=float("nan")), "lr must be at least 0, not nan"),
        (lambda ps: nn.SGD(ps, momentum=-0.5), "momentum must be at least 0, not -0.5"),
        (lambda ps: nn.Adam(ps, betas=(0.9, 1)), "betas must be at least 0 and less than 1, not 1"),
        (
            lambda ps: nn.Adam(ps, betas=(-0.1, 0.9)),
            "betas must be at least 0 and less than 1, not -0.1",
        ),
        (lambda ps: nn.Adam(ps, eps=-1e-8), "eps must be at least 0, not -1e-08"),
        (lambda ps: nn.AdamW(ps, weight_decay=-1), "weight_decay must be at least 0, not -1"),
        (lambda ps: nn.RMSprop(ps, alpha=1), "alpha must be at least 0 and less than 1, not 1"),
        (lambda ps: nn.SGD(ps, nesterov=True), "nesterov=True needs a momentum above 0"),
        (lambda ps: nn.SGD([{"params": ps, "lr": -2}]), "lr must be at least 0, not -2"),
        (lambda ps: nn.SGD(ps, lr=np.inf), "lr must be at least 0 and finite, not inf"),
        (
            lambda ps: nn.SGD(nn.Layer(2, 1).freeze().parameters()),
            "none where all are frozen: unfreeze",
        ),
    ],
)
def test_numbers_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make([Tensor([1.0], requires_grad=True)])


@each
def test_options_that_are_set_in_a_group_are_checked(make):
    (group,) = make([Tensor([1.0], requires_grad=True)]).param_groups
    before = dict(group)
    for wrong in -5, np.nan:
        with pytest.raises(ValueError, match=f"lr must be at least 0, not {wrong}"):
            group["lr"] = wrong
    with pytest.raises(TypeError, match="weight_decay must be a number, not None"):
        group["weight_decay"] = None
    assert dict(group) == before
    group["lr"] = np.float32(0.5)
    assert type(group["lr"]) is float
    for twin in copy.deepcopy(group), pickle.loads(pickle.dumps(group)):
        assert {**twin, "params": None} == {**group, "params": None}
        with pytest.raises(ValueError, match="lr must be at least 0"):
            twin["lr"] = -1


@each
@pytest.mark.parametrize(
    "put",
    [
        lambda group, name, value: group.__setitem__(name, value),
        lambda group, name, value: group.update({name: value}),
        lambda group, name, value: group.update(**{name: value}),
        lambda group, name, value: group.__ior__([(name, value)]),
    ],
    ids=["item", "update", "keyword", "or"],
)
def test_no_option_is_set_without_a_check(make, put):
    (group,) = make([Tensor([1.0], requires_grad=True)]).param_groups
    before = dict(group)
    with pytest.raises(ValueError, match="lr must be at least 0, not -1"):
        put(group, "lr", -1)
    with pytest.raises(TypeError, match=r"a group has .*, but no 'learning_rate'"):
        put(group, "learning_rate", 0.1)
    with pytest.raises(TypeError, match=r"a group has .*, but no 'learning_rate'"):
        group.setdefault("learning_rate", 0.1)
    with pytest.raises(TypeError, match=r"parameters of a group stay .*: make another optimizer"):
        put(group, "params", [Tensor([1.0], requires_grad=True)])
    assert dict(group) == before
    put(group, "lr", 0.25)
    assert group["lr"] == group.setdefault("lr", 3) == 0.25


@pytest.mark.parametrize("make", [nn.RMSprop, nn.Adam, nn.AdamW])
def test_an_eps_that_would_be_lost_in_half_precision_is_refused(make):
    p = Tensor(np.ones(3, np.float16), requires_grad=True)
    words = (
        r"eps=1e-08 is too small for parameters of float16, .* 6\.1e-05 or more, such as eps=1e-4"
    )
    with pytest.raises(ValueError, match=words):
        make([p])
    with pytest.raises(ValueError, match=words):
        make([{"params": [Tensor([1.0], requires_grad=True)]}, {"params": [p]}])
    optimizer = make([p], eps=1e-4)
    for g in np.float16([[1e-3, 0, -2], [0, 0, 1e-7], [0, 1, 1]]):
        p.grad = g
        optimizer.step()
        assert np.isfinite(p.data).all()


NEED_EACH_OTHER = {
    "no momentum": (lambda p: nn.SGD([p], 0.1, 0.9, True), {"momentum": 0.0}),
    "nesterov": (lambda p: nn.SGD([p], 0.1), {"nesterov": True}),
    "eps": (lambda p: nn.Adam([p], eps=1e-4), {"eps": 1e-8}),
    "eps of one group": (lambda p: nn.RMSprop([{"params": [p], "eps": 1e-4}]), {"eps": 1e-8}),
}


@pytest.mark.parametrize(("make", "options"), NEED_EACH_OTHER.values(), ids=NEED_EACH_OTHER)
@pytest.mark.parametrize("how", ["item", "update", "or", "copy", "state"])
def test_options_that_need_each_other_or_the_dtype_are_refused_as_when_made(make, options, how):
    optimizer = make(Tensor(np.ones(3, np.float16), requires_grad=True))
    before, ((name, value),) = optimizer.state_dict(), options.items()
    group = optimizer.param_groups[0]
    words = r"nesterov=True needs a momentum above 0|eps=1e-08 is too small for .* of float16"
    with pytest.raises(ValueError, match=words):
        if how == "item":
            group[name] = value
        elif how == "update":
            group.update(lr=0.7, **options)
        elif how == "or":
            group |= options
        elif how == "copy":
            copy.deepcopy(optimizer).param_groups[0][name] = value
        else:
            state = {path: before[path] for path in before if "velocity" not in path}
            optimizer.load_state_dict({**state, f"groups.0.{name}": value})
    np.testing.assert_equal(optimizer.state_dict(), before)


def test_options_that_need_each_other_are_set_together():
    optimizer = nn.SGD([Tensor([1.0], requires_grad=True)], 0.1)
    (group,) = optimizer.param_groups
    for options in [{"nesterov": True, "momentum": 0.9}, {"momentum": 0.0, "nesterov": False}]:
        group.update(options)
        assert {name: group[name] for name in options} == options


@pytest.mark.parametrize(
    "twin", [copy.copy, copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))]
)
def test_an_optimizer_goes_at_once_and_so_do_its_twins(twin):
    kept = weakref.ref(twin(nn.SGD([Tensor([1.0], requires_grad=True)])))
    assert kept() is None  # no cycle of it and its groups, which would keep its arrays


@each
def test_parameters_are_not_added_where_no_step_would_change_them(make):
    optimizer = make([Tensor([1.0], requires_grad=True)])
    late = Tensor([1.0], requires_grad=True)
    for fixed in optimizer.parameters, optimizer.param_groups, optimizer.param_groups[0]["params"]:
        with pytest.raises(AttributeError, match="'tuple' object has no attribute 'append'"):
            fixed.append(late)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda ps: nn.SGD(ps, lr="0.1"), "lr must be a number, not '0.1'"),
        (lambda ps: nn.SGD(ps, lr=None), "lr must be a number, not None"),
        (lambda ps: nn.SGD(ps, momentum=[0.9]), r"momentum must be a number, not \[0.9\]"),
        (lambda ps: nn.SGD(ps, nesterov="no"), "nesterov is True or False, not 'no'"),
        (
            lambda ps: nn.SGD(ps).param_groups[0].__setitem__("learning_rate", 1),
            "no 'learning_rate'",
        ),
        (lambda ps: nn.SGD(ps).load_state_dict([1]), r"this SGD is a dict, .*, not list"),
        (lambda ps: nn.Adam(ps, betas=0.9), r"betas are two numbers, .*, not 0.9"),
        (lambda ps: nn.Adam(ps, betas=(0.9, "x")), "betas must be a number, not 'x'"),
        (lambda ps: setattr(nn.SGD(ps), "lr", "x"), "lr must be a number, not 'x'"),
    ],
)
def test_what_is_no_number_is_refused(make, message):
    with pytest.raises(TypeError, match=message):
        make([Tensor([1.0], requires_grad=True)])


@each
@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (lambda w: [{"lr": 0.1}], "a group has 'params' and any of lr, .*, but group 0 has lr"),
        (lambda w: [{"params": [w], "beta": 1}], "but group 0 has params, beta"),
        (lambda w: [{"params": w}], "takes a list of Tensors, not Tensor; pass model.parameters"),
        (lambda w: [{"params": [w]}, w], "item 0 of its parameters is dict; pass model"),
    ],
)
def test_a_group_is_a_dict_of_parameters_and_known_options(make, groups, message):
    with pytest.raises(TypeError, match=message):
        make(groups(Tensor([1.0], requires_grad=True)))
