"""The graph: order, depth, repeated sweeps, stale arrays, memory, threads and tasks."""

import asyncio
import gc
import threading
import tracemalloc
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import autograd
from autograd import (
    Tensor,
    affine,
    checkpoint,
    derivative,
    grad,
    no_grad,
    primitive,
    value_and_grad,
    vjp,
)  # fmt: skip
from autograd.graph import Leaf, changed, latest_first, recording
from autograd.tensor import plain, wrap
from autograd.testing import check_grads
from cases import each


def tracked(x: Any, **options: Any) -> Tensor:
    return Tensor(x, requires_grad=True, **options)


# Order and depth.


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=20), st.data())
def test_any_dag_gives_the_sum_over_its_paths(edges: list[tuple[int, int]], data: Any) -> None:
    """Node n is the sum of two earlier ones; the gradient by the leaf is the number of paths."""
    x = tracked(1.0)
    nodes, paths = [x], [1.0]
    for i, j in edges:
        a, b = i % len(nodes), j % len(nodes)
        nodes.append(nodes[a] + nodes[b])
        paths.append(paths[a] + paths[b])
    root = data.draw(st.integers(0, len(nodes) - 1))
    nodes[root].backward()
    assert x.grad == paths[root]


def test_each_rule_runs_once_in_a_graph_with_exponentially_many_paths() -> None:
    runs = []

    @primitive
    def twin(x: Any, y: Any) -> Any:
        return (x + y) / 2

    def by_x(g: Any) -> Any:
        runs.append(1)
        return g / 2

    derivative(twin, x=by_x, y=lambda g: g / 2)
    x = tracked(1.0)
    y = x
    for _ in range(200):
        y = twin(y, y)
    y.backward()
    assert len(runs) == 200
    assert x.grad == 1


def test_parents_come_after_their_children_in_the_sweep() -> None:
    x = tracked(2.0)
    early = x * 3.0
    late = early * early
    order = latest_first([early._node, (late + early)._node])
    assert [node.number for node in order] == sorted((n.number for n in order), reverse=True)
    assert len(order) == len(set(order)) == 3


def test_a_chain_of_a_million_operations() -> None:
    many = 1_000_000 if settings().max_examples > 100 else 200_000  # deep, or what recursion can't
    x = tracked(1.0)
    y = x
    for _ in range(many):
        y = y + 1.0
    y.backward()
    assert x.grad == 1
    assert y.item() == many + 1
    del y  # nothing recurses when it is freed, either


def test_a_deep_chain_through_every_transform() -> None:
    def chain(x: Any) -> Any:
        for _ in range(3000):
            x = x * 1.0 + 0.0
        return x * x

    assert grad(chain)(3.0) == 6
    assert grad(grad(chain))(3.0) == 2


# Several roots, several sweeps.


def test_a_second_backward_adds_the_same_again() -> None:
    x = tracked([1.0, 2.0])
    y = (x * x).sum() + (x * 3.0).sum()
    y.backward()
    once = x.grad.copy()
    y.backward()
    assert_array_equal(x.grad, 2 * once)


def test_two_roots_through_a_shared_part() -> None:
    x = tracked(2.0)
    shared = x * x * x
    (shared * 2.0).backward()
    (shared + x).backward()
    assert x.grad == 24 + 13


def test_a_leaf_in_the_middle_of_other_work_collects_only_its_own() -> None:
    x, y = tracked(2.0), tracked(5.0)
    (x * y).backward()
    assert (x.grad, y.grad) == (5, 2)
    (y * 3.0).backward()
    assert (x.grad, y.grad) == (5, 5)


def test_grad_can_be_set_and_is_checked() -> None:
    x = tracked([1.0, 2.0])
    x.grad = [3, 4]
    (x * 1.0).sum().backward()
    assert_array_equal(x.grad, [4.0, 5.0], strict=True)
    with pytest.raises(ValueError, match=r"shape \(3,\), but its Tensor has \(2,\)"):
        x.grad = np.ones(3)
    with pytest.raises(ValueError, match="only a Tensor made with requires_grad=True"):
        (x * 1.0).grad = np.ones(2)


def test_a_broken_rule_names_its_operation() -> None:
    @primitive
    def broken(x: Any) -> Any:
        return x * 1.0

    derivative(broken, x=lambda g: np.ones(7))
    x = tracked([1.0, 2.0])
    with pytest.raises(ValueError, match=r"rule of <operation broken\(x\)>.*\(7,\).*\(2,\)"):
        broken(x).sum().backward()
    assert x.grad is None


# Stale graphs.


def update(x: Tensor) -> None:
    with no_grad():
        x -= 0.1


def assign(x: Tensor) -> None:
    with no_grad():
        x[0] = 7.0


def replace_data(x: Tensor) -> None:
    x.data = x.data * 2


def optimizer_step(x: Tensor) -> None:
    """As optimizers do it."""
    np.multiply(x._array, 0.9, out=x._array)
    changed(x._node)


UPDATES = [update, assign, replace_data, optimizer_step]
KEEPS: list[Callable[[Tensor], Tensor]] = [
    lambda w: w * w,
    lambda w: w.T * w.T,
    lambda w: w[0] * 2.0 * w[0],
    lambda w: w[:, 1:] * w[:, 1:],
    lambda w: w.reshape(-1) ** 3,
    lambda w: np.swapaxes(w, 0, 1) @ w,
    lambda w: w[np.newaxis] / w[np.newaxis],
    lambda w: np.broadcast_to(w, (2, 2, 2)) ** 2,
    lambda w: np.expand_dims(w, 0).squeeze(0) ** 2,
    lambda w: w.ravel() @ w.ravel(),
    lambda w: affine(w, w, w[0]),
    lambda w: np.sin(w),
    lambda w: np.maximum(w, 0.0),
    lambda w: w.max(),
]
DOES_NOT_KEEP: list[Callable[[Tensor], Tensor]] = [
    lambda w: w * 2.0,
    lambda w: w + w,
    lambda w: w.T - 1.0,
    lambda w: w.sum(axis=0),
    lambda w: np.exp(w),
    lambda w: w[0] + 1.0,
    lambda w: w[[0, 0]],
    lambda w: np.where(np.eye(2) > 0, w, 0.0),
    lambda w: np.stack([w, w]),
    lambda w: w.copy() ** 2,
    lambda w: w.astype(float) ** 2,
    lambda w: (w * 2.0) ** 2,
]


@pytest.mark.parametrize("change", UPDATES, ids=lambda f: f.__name__)
@each("f", KEEPS)
def test_a_stale_graph_is_found(f: Callable[[Tensor], Tensor], change: Any) -> None:
    w = tracked(np.ones((2, 2)), name="w")
    y = f(w)
    before = y.sum()
    change(w)
    for loss in (before, y.sum()):  # the newest node may be older or newer than the change
        message = r"stale graph: 'w' of shape \(2, 2\) was changed.*used"
        with pytest.raises(RuntimeError, match=message):
            loss.backward()
    assert w.grad is None
    f(w).sum().backward()  # a new graph is not stale
    assert w.grad is not None


@pytest.mark.parametrize("change", UPDATES, ids=lambda f: f.__name__)
@each("f", DOES_NOT_KEEP)
def test_no_false_alarm_when_the_array_was_not_kept(
    f: Callable[[Tensor], Tensor], change: Any
) -> None:
    w, same = tracked(np.ones((2, 2))), tracked(np.ones((2, 2)))
    loss = f(w).sum()
    change(w)
    loss.backward()
    f(same).sum().backward()
    assert_array_equal(w.grad, same.grad)


def test_a_stale_graph_through_a_view_made_without_a_graph() -> None:
    w, x = tracked(np.ones((2, 2))), tracked(np.ones(2))
    with no_grad():
        row = w[0]
    loss = (x * row).sum()
    update(w)
    try:
        loss.backward()
    except RuntimeError as error:
        assert "stale graph" in str(error)
    else:
        assert_array_equal(x.grad, [1, 1])


def test_a_detached_tensor_is_a_copy() -> None:
    w, x = tracked(np.ones(2)), tracked(np.ones(2))
    loss = (x * w.detach()).sum()
    update(w)
    loss.backward()
    assert_array_equal(x.grad, [1, 1])


def test_a_leaf_that_shares_memory_with_another_is_stale_with_it() -> None:
    w = tracked(np.ones((2, 2)))
    row = w._array[0]
    neuron = wrap(row, Leaf(row))
    loss = (neuron * neuron).sum()
    update(w)
    with pytest.raises(RuntimeError, match="stale graph"):
        loss.backward()


def test_a_change_by_a_leaf_that_is_gone_is_found() -> None:
    w = tracked([1.0, 2.0])
    y = (w * w).sum()
    for part in (Leaf(w._array[0, ...]), Leaf(w._array[1:])):
        part.value += 1.0
        changed(part)
        del part
    with pytest.raises(RuntimeError, match="stale graph"):
        y.backward()


def test_a_stale_list_of_arrays_is_found() -> None:
    w = tracked([1.0, 2.0])
    y = checkpoint(lambda w: (w * w).sum())(w)
    update(w)
    with pytest.raises(RuntimeError, match="stale graph"):
        y.backward()


def test_a_change_is_forgotten_with_its_array() -> None:
    w = tracked([1.0, 2.0])
    update(w)
    key = id(w._array)
    assert autograd.graph._memories[key].stamp
    del w
    assert key not in autograd.graph._memories


def test_an_update_between_independent_graphs_disturbs_neither() -> None:
    a, b = tracked(1.0), tracked(2.0)
    loss = a * a
    update(b)
    loss.backward()
    assert a.grad == 2


def test_the_functional_side_finds_a_stale_graph_too() -> None:
    w = tracked(np.ones(2))
    _, pull = vjp(lambda x: x * w, np.ones(2))
    update(w)
    with pytest.raises(RuntimeError, match="stale graph"):
        pull(np.ones(2))


# Memory.


def test_forty_additions_on_8_mb_stay_below_20_mb() -> None:
    x = tracked(np.zeros(1_000_000))
    tracemalloc.start()
    try:
        y = x
        for _ in range(40):
            y = y + 1.0
        assert tracemalloc.get_traced_memory()[1] < 20e6
        tracemalloc.reset_peak()
        total = y.sum()
        del y
        total.backward()
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()
    assert_array_equal(x.grad[:2], [1, 1])


@pytest.fixture
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@each(
    "f",
    [
        lambda x: np.exp(x),
        lambda x: x * x,
        lambda x: np.concatenate([x, x]) ** 2,
        lambda x: x[0] * x,
        lambda x: np.sqrt(x).sum(),
        lambda x: (x @ x) / x.max(),
    ],
)
def test_a_graph_is_freed_as_soon_as_its_output_is(
    f: Callable[[Tensor], Tensor], without_collector: None
) -> None:
    for size in (3, 1000):
        x = tracked(np.ones(size))
        y = f(x)
        z = y.sum() * 2.0
        nodes = [weakref.ref(node) for node in (y._node, z._node)]
        z.backward()
        del y, z
        assert [node() for node in nodes] == [None, None]
        leaf = weakref.ref(x._node)
        del x
        assert leaf() is None


def test_transforms_leave_nothing_behind(without_collector: None) -> None:
    nodes = []

    def f(x: Any) -> Any:
        y = (x * x).sum()
        nodes.append(weakref.ref(y._node))
        return y

    grad(f)(np.ones(1000))
    grad(lambda x: grad(f)(x).sum())(np.ones(1000))
    value_and_grad(f)(np.ones(3))
    assert [node() for node in nodes] == [None] * 3


# Threads, tasks, exceptions.


def test_no_grad_is_a_thread_s_own() -> None:
    inside, checked = threading.Event(), threading.Event()

    def silent() -> bool:
        with no_grad():
            inside.set()
            checked.wait(10)
            return (tracked(1.0) * 2.0).requires_grad

    with ThreadPoolExecutor() as pool:
        other = pool.submit(silent)
        assert inside.wait(10)
        assert (tracked(1.0) * 2.0).requires_grad
        checked.set()
        assert not other.result()


def test_transforms_in_several_threads_at_once() -> None:
    shared = tracked(np.arange(5.0))

    def work(seed: int) -> bool:
        x = np.random.default_rng(seed).normal(size=5)
        right = True
        for _ in range(100):
            first = grad(lambda x: (np.sin(x) * shared).sum())(x)
            second = grad(lambda x: grad(lambda y: (y**3).sum())(x).sum())(x)
            with no_grad():
                right &= not (shared * 2.0).requires_grad
            right &= np.allclose(first, (np.cos(x) * shared).data)
            right &= np.allclose(second, 6 * x)
        return right

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))


def test_no_grad_is_an_async_task_s_own() -> None:
    async def silent() -> bool:
        with no_grad():
            await asyncio.sleep(0)
            return (tracked(1.0) * 2.0).requires_grad

    async def loud() -> bool:
        await asyncio.sleep(0)
        return (tracked(1.0) * 2.0).requires_grad

    async def both() -> list[bool]:
        return await asyncio.gather(silent(), loud(), silent(), loud())

    assert asyncio.run(both()) == [False, True, False, True]


def test_an_exception_restores_everything() -> None:
    def fail(x: Any) -> Any:
        raise KeyError("on purpose")

    def fail_in_no_grad() -> None:
        with no_grad():
            fail(1)

    def fail_in_a_rule() -> None:
        @primitive
        def f(x: Any) -> Any:
            return x * 1.0

        derivative(f, x=fail_rule)
        grad(lambda x: grad(f)(x) * x)(1.0)

    def fail_rule(g: Any) -> Any:
        raise KeyError("on purpose")

    def fail_in_a_transform() -> None:
        grad(lambda x: grad(fail)(x))(1.0)

    for failing in (fail_in_no_grad, fail_in_a_rule, fail_in_a_transform):
        before = recording.get()
        with pytest.raises(KeyError, match="on purpose"):
            failing()
        assert recording.get() == before
        assert grad(lambda x: x**3)(2.0) == 12
        assert (tracked(1.0) * 2.0).requires_grad


def test_no_grad_nests_and_can_be_a_decorator() -> None:
    x = tracked(1.0)
    with no_grad():
        with no_grad():
            assert not (x * 2.0).requires_grad
        assert not (x * 2.0).requires_grad
    assert (x * 2.0).requires_grad

    @no_grad()
    def value(x: Tensor) -> Tensor:
        return x * 2.0

    assert not value(x).requires_grad
    assert not value(x).requires_grad


def test_no_grad_refuses_to_decorate_what_runs_later() -> None:
    def one_by_one(w: Tensor) -> Iterator[Tensor]:
        yield w * 2

    async def later(w: Tensor) -> Tensor:
        return w * 2

    async def later_one_by_one(w: Tensor) -> AsyncIterator[Tensor]:
        yield w * 2

    for function in (one_by_one, later, later_one_by_one):
        with pytest.raises(TypeError, match=f"{function.__name__} would run after .* inside"):
            no_grad()(function)


def test_within_no_grad_a_transform_still_differentiates() -> None:
    with no_grad():
        assert grad(lambda x: x**3)(2.0) == 12
        assert grad(grad(lambda x: x**3))(2.0) == 12
        assert type(grad(lambda x: x**3)(tracked(2.0))) is not Tensor
        y = tracked(2.0) * 2.0
    with pytest.raises(ValueError, match=r"without a graph.*requires_grad=True.*no_grad"):
        y.backward()


def test_what_an_operation_saves_is_for_its_rules_alone() -> None:
    @primitive
    def cube(x: Any) -> Any:
        square = x * x
        return square * x, 3 * square

    slopes = []

    def rule(g: Any, x: Any, slope: Any) -> Any:
        slopes.append(slope)
        return g * (3 * x * x if slope is None else slope)

    derivative(cube, "x -> slope", autograd.elementwise, x=rule)
    x = np.array([1.0, -2.0])
    for argument in (x, Tensor(x), tracked(x)):
        assert_array_equal(plain(cube(argument)), x**3)
    assert_array_equal(grad(lambda x: cube(x).sum())(x), 3 * x**2)
    assert_array_equal(slopes.pop(), 3 * x**2)
    # Where the rule is itself differentiated, a saved array would be taken for a constant.
    assert_array_equal(autograd.hessian(lambda x: cube(x).sum())(x), np.diag(6 * x))
    assert all(slope is None for slope in slopes)
    assert_array_equal(autograd.jvp(cube, (x,), (np.ones(2),))[1], 3 * x**2)
    check_grads(cube, x, order=3)
