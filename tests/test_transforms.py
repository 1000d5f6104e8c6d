"""jacobian, hessian, hvp, elementwise_grad and checkpoint, against each other and by hand."""

from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import (
    Tensor,
    checkpoint,
    derivative,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    primitive,
    value_and_grad,
    vjp,
)
from autograd.primitive import entry
from autograd.tree import flatten


def wide(x):
    """2 × 2 numbers to 21: a Jacobian by columns, in forward mode."""
    parts = [np.sin(x @ x).reshape(4), (x * x).sum(axis=0), x[0, :1]]
    return np.concatenate([k * part for k in (1, 2, 3) for part in parts])


def narrow(x):
    """2 × 2 numbers to 2: a Jacobian by rows, in reverse mode."""
    return np.tanh(x @ x).sum(axis=1)


def cubic(x):
    return (x[0] ** 2 * x[1]).sum() + np.exp(x[2] * x[0])


@pytest.mark.parametrize("f", [wide, narrow])
@given(st.integers(0, 500))
def test_a_jacobian_holds_every_pull_and_every_push(f, seed):
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=(2, 2)), rng.normal(size=(2, 2))
    J = jacobian(f)(x)
    value, pull = vjp(f, x)
    w = rng.normal(size=value.shape)
    assert J.shape == value.shape + x.shape
    np.testing.assert_allclose(np.tensordot(J, v, 2), jvp(f, (x,), (v,))[1], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(np.tensordot(w, J, 1), pull(w)[0], rtol=1e-10, atol=1e-12)


@given(st.integers(0, 500))
def test_the_hessian_is_symmetric_and_agrees_with_its_product(seed):
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=3), rng.normal(size=3)
    H = hessian(cubic)(x)
    np.testing.assert_allclose(H, H.T, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(H @ v, hvp(cubic)(x, v), rtol=1e-10, atol=1e-12)


def test_transforms_nest_to_third_order():
    third = jacobian(hessian(cubic))(np.array([1.0, 2.0, 0.0]))
    assert third[0, 0, 1] == 2.0  # ∂³(x² y)/∂x∂x∂y
    assert grad(lambda x: hessian(cubic)(x)[0, 0])(np.array([1.0, 2.0, 0.0]))[1] == 2.0
    assert jacobian(lambda x: elementwise_grad(np.sin)(x))(np.zeros(1)) == 0.0


def test_empty_and_0d_arguments_have_jacobians():
    assert jacobian(np.sin)(0.0).shape == ()
    assert jacobian(np.sin)(np.zeros(0)).shape == (0, 0)
    assert jacobian(lambda x: x.sum())(np.zeros((0, 2))).shape == (0, 2)


def test_elementwise_grad_refuses_what_mixes_elements():
    np.testing.assert_allclose(elementwise_grad(np.sin)(np.ones((2, 3))), np.cos(np.ones((2, 3))))
    for mixing in (lambda x: x[::-1], lambda x: x * x.sum(), lambda x: x @ np.ones((3, 3))):
        with pytest.raises(ValueError, match="is not elementwise"):
            elementwise_grad(mixing)(np.arange(3.0))
    with pytest.raises(ValueError, match="shape of its argument"):
        elementwise_grad(lambda x: x[:2])(np.ones(3))


Pair = namedtuple("Pair", "left right")
TREES = {
    "dict of dicts and lists": {"w": (2, 3), "of": {"b": [(), (2,)]}},
    "tuple": ((2,), (2, 3)),
    "namedtuple": Pair((1,), [(3,)]),
    "an empty array": {"none": (0,), "one": ()},
    "nothing": [(0,)],
    "one array": (3,),
}


def drawn(tree, rng, kind=float):
    """Random arrays in the structure of `tree`, whose leaves are shapes."""
    if isinstance(tree, dict):
        return {key: drawn(item, rng, kind) for key, item in tree.items()}
    if isinstance(tree, list) or not all(isinstance(n, int) for n in tree):
        items = [drawn(item, rng, kind) for item in tree]
        return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)
    return rng.normal(size=tree).astype(kind) + (
        1j * rng.normal(size=tree) if kind is complex else 0
    )


def mixed(tree):
    """All leaves together, so that each output depends on each of them, unequally."""
    total = sum(((0.1 * (i + 1) * leaf) ** 2).sum() for i, leaf in enumerate(flatten(tree)[0]))
    wide = np.stack([total**2 / k for k in range(1, 40)])
    return {"one": total**2, "several": [wide, (np.sin(wide[:2]), None)], "constant": 2.0}


def product(blocks, v):
    """Σ over the leaves of v of block · leaf, for the blocks of one output."""
    pairs = zip(flatten(blocks)[0], flatten(v)[0], strict=True)
    return sum(np.tensordot(block, leaf, np.ndim(leaf)) for block, leaf in pairs)


def blocks_of(J, like):
    """For each leaf of `like`, what J has in its place."""
    if isinstance(like, dict):
        assert J.keys() == like.keys()
        return [block for key in like for block in blocks_of(J[key], like[key])]
    if isinstance(like, (list, tuple)):
        assert type(J) is type(like)
        assert len(J) == len(like)
        return [block for a, b in zip(J, like, strict=True) for block in blocks_of(a, b)]
    return [] if like is None else [J]


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
@given(seed=st.integers(0, 500))
def test_a_jacobian_of_several_arrays_holds_every_push(tree, kind, seed):
    rng = np.random.default_rng(seed)
    x, v = drawn(tree, rng, kind), drawn(tree, rng, kind)
    J = jacobian(mixed)(x)
    value, moved = jvp(mixed, (x,), (v,))
    for blocks, out, tangent in zip(
        blocks_of(J, value), flatten(value)[0], flatten(moved)[0], strict=True
    ):
        assert flatten(blocks)[1] == flatten(x)[1]
        for block, leaf in zip(flatten(blocks)[0], flatten(x)[0], strict=True):
            assert type(block) is np.ndarray
            assert block.shape == np.shape(out) + leaf.shape
        np.testing.assert_allclose(product(blocks, v), tangent, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
@given(seed=st.integers(0, 500))
def test_a_hessian_of_several_arrays_agrees_with_its_product(tree, seed):
    rng = np.random.default_rng(seed)
    x, v = drawn(tree, rng), drawn(tree, rng)

    def f(tree):
        return mixed(tree)["one"]

    H, expected = hessian(f)(x), hvp(f)(x, v)
    for blocks, part in zip(blocks_of(H, x), flatten(expected)[0], strict=True):
        np.testing.assert_allclose(product(blocks, v), part, rtol=1e-9, atol=1e-9)


def test_jacobians_by_several_arguments_are_a_tuple_in_place_of_each():
    J = jacobian(lambda a, b: {"y": a * b}, (1, 0))(2.0, np.array([3.0, 4.0]))
    np.testing.assert_array_equal(J["y"][0], 2 * np.eye(2))
    np.testing.assert_array_equal(J["y"][1], [3, 4])
    assert hessian(lambda a, b: a**2 * b, (0, 1))(2.0, 3.0) == ((6, 4), (4, 0))
    third = jacobian(hessian(lambda p: p["a"] ** 3 * p["b"]))({"a": 2.0, "b": 1.0})
    assert third["a"]["a"] == {"a": 6, "b": 12}


def test_each_output_of_several_is_pulled_back_through_its_own_part():
    """One of them depends on a real argument by complex numbers, and the other doesn't."""
    J = jacobian(lambda d: (d["x"] * (1 + 2j), abs(d["z"]) ** 2, d["x"]))({"x": 2.0, "z": 3.0 + 1j})
    assert J[0]["x"] == 1 + 2j
    assert J[1] == {"x": 0, "z": 6 - 2j}
    assert J[2] == {"x": 1, "z": 0}


@given(st.integers(0, 100))
def test_checkpoint_changes_no_derivative(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, 2))

    def loss(f):
        return lambda x: (f(x, 2) ** 2).sum()

    def f(x, power):
        return narrow(x) ** power

    for of in (grad, lambda g: hvp(g)):
        rest = (x,) if of is not grad else ()
        expected = of(loss(f))(x, *rest)
        np.testing.assert_allclose(of(loss(checkpoint(f)))(x, *rest), expected, rtol=1e-10)


def test_checkpoint_runs_the_function_again_and_keeps_only_its_arguments():
    runs = []

    def f(x):
        runs.append(1)
        return np.sin(x) * x, x

    _, pull = vjp(checkpoint(f), np.ones(2))
    assert len(runs) == 1
    pull((np.ones(2), np.zeros(2)))
    assert len(runs) == 2


def test_checkpoint_refuses_to_lose_a_gradient():
    w = Tensor([1.0], requires_grad=True)
    with pytest.raises(ValueError, match="not among its arguments"):
        value_and_grad(checkpoint(lambda x: (w * x).sum()))(np.ones(1))


def test_another_declaration_replaces_the_first_wherever_it_is_held():
    @primitive
    def f(x):
        return x * x

    derivative(f, x=lambda g, x: g * 2 * x)
    held = entry(f)
    assert grad(f)(3.0) == 6
    derivative(f, x=lambda g, x: g * 100 * x)
    assert grad(f)(3.0) == 300
    assert entry(f) is held
    held.add_rule("x", lambda g: g)
    assert grad(f)(3.0) == 1


@primitive
def polar(x, y):
    r = np.hypot(x, y)
    return r, np.arctan2(y, x), np.floor(r).astype(int)


derivative(
    polar,
    x=lambda g, ans, x, y: g[0] * x / ans[0] - g[1] * y / ans[0] ** 2,
    y=lambda g, ans, x, y: g[0] * y / ans[0] + g[1] * x / ans[0] ** 2 + g[2],
)


@pytest.mark.parametrize("used", [(0,), (1,), (0, 1), (1, 0, 2)])
def test_outputs_that_nothing_uses_have_zeros_as_gradients(used):
    """A rule need not ask which of several outputs are used."""
    plain = [np.hypot, lambda x, y: np.arctan2(y, x), lambda x, y: 2.0]

    def ours(x, y):
        return sum(np.sum(np.sin(polar(x, y)[i]) * (x if i < 2 else 1)) for i in used)

    def theirs(x, y):
        return sum(np.sum(np.sin(plain[i](x, y)) * (x if i < 2 else 1)) for i in used)

    x, y = np.array([0.5, -1.0]), 2.0
    for transform in (grad, hessian):
        found, expected = (transform(f, (0, 1))(x, y) for f in (ours, theirs))
        for one, other in zip(flatten(found)[0], flatten(expected)[0], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
    moved = [jvp(f, (x, y), (np.ones(2), 0.5))[1] for f in (ours, theirs)]
    np.testing.assert_allclose(*moved)


def test_one_argument_under_two_names_is_refused():
    with pytest.raises(TypeError, match=r"np\.clip got two values for .*'low'"):
        grad(lambda x: np.clip(x, a_min=0.0, a_max=9.0, min=2.5))(1.0)


def test_an_error_within_a_composed_function_names_that_function():
    with pytest.raises(ValueError, match=r"^np\.inner: .*\(3,\) and \(2,\)"):
        grad(lambda x: np.inner(x, np.ones(2)))(np.ones(3))
