"""Optimizers, against plain transcriptions of PyTorch's formulas."""

import tracemalloc

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


@pytest.mark.parametrize(
    "make",
    [
        lambda ps: nn.SGD(ps, lr=0.1),
        lambda ps: nn.SGD(ps, lr=0.02, momentum=0.9),
        lambda ps: nn.Adam(ps, lr=0.1),
    ],
    ids=["sgd", "momentum", "adam"],
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
    "adam": nn.Adam,
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


def test_the_rate_may_be_changed_on_the_way():
    p = Tensor([1.0], requires_grad=True)
    optimizer = nn.SGD([p])
    assert optimizer.lr == 0.01
    p.grad = [1.0]
    optimizer.lr = np.float32(0.5)
    optimizer.step()
    assert p.item() == 0.5


# Bad input.


@each
@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        (lambda w: [], ValueError, "needs parameters to change; got none"),
        (lambda w: [w, np.ones(2)], TypeError, "item 1 of its parameters is ndarray; pass model"),
        (lambda w: [w, w * 2], ValueError, r"parameter 1 \(shape \(2,\)\) is a result of others"),
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
        (lambda ps: nn.Adam(ps, betas=(0.9, 1)), "betas must be from 0 to below 1, not 1"),
        (lambda ps: nn.Adam(ps, betas=(-0.1, 0.9)), "betas must be from 0 to below 1, not -0.1"),
        (lambda ps: nn.Adam(ps, eps=-1e-8), "eps must be at least 0, not -1e-08"),
    ],
)
def test_numbers_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make([Tensor([1.0], requires_grad=True)])
