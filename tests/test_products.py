"""Products: conjugates, definitions, costs, refusals."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from autograd import Tensor, grad, jacobian, jvp, vjp
from cases import each

RNG = np.random.default_rng(0)


def random(*shape):
    return RNG.uniform(-1, 1, shape)


def tracked(*shape):
    return Tensor(random(*shape), requires_grad=True)


# Conjugates.


@each(
    "f, formula",
    [
        (np.vdot, lambda x, y: np.sum(np.conj(x) * y)),
        (np.vecdot, lambda x, y: np.sum(np.conj(x) * y)),
        (np.inner, lambda x, y: np.sum(x * y)),
        (np.correlate, lambda x, y: np.sum(x * np.conj(y))),
    ],
)
def test_which_argument_is_conjugated(f, formula):
    x, y = random(2, 3) + 1j * random(2, 3)
    expected = vjp(formula, x, y)
    for one, other in zip(vjp(lambda x, y: f(x, y).sum(), x, y)[1](1 + 2j), expected[1](1 + 2j)):
        assert_allclose(one, other)


def test_a_real_argument_of_a_complex_product_has_a_real_gradient():
    x, y = random(3), random(3) + 1j * random(3)
    gradient = grad(lambda x: np.abs(np.vdot(x, y)))(x)
    assert gradient.dtype == np.float64
    assert_allclose(gradient, np.real(np.vdot(x, y).conj() * y) / abs(np.vdot(x, y)))


# Products as their definitions.


def test_dot_of_many_axes_sums_over_the_last_and_the_last_but_one():
    a, b = random(2, 1, 3), random(4, 3, 2)
    by_a, by_b = vjp(np.dot, a, b)[1](np.ones((2, 1, 4, 2)))
    assert_allclose(by_a, np.broadcast_to(b.sum((0, 2)), a.shape))
    assert_allclose(by_b, np.broadcast_to(a.sum((0, 1))[:, None], b.shape))


@each("shapes", [((2,), (3,)), ((2, 2), (3,)), ((2,), (1, 3)), ((), (2,)), ((2, 1, 2), (3, 2))])
def test_kron_is_the_outer_product_in_blocks(shapes):
    x, y = (random(*shape) for shape in shapes)
    f = np.kron(x, y)
    assert_allclose(np.kron(Tensor(x), Tensor(y)).data, f)
    by_x, by_y = vjp(np.kron, x, y)[1](np.ones_like(f))
    assert_allclose(by_x, np.full(x.shape, y.sum()))
    assert_allclose(by_y, np.full(y.shape, x.sum()))


def test_a_chain_of_products_costs_what_numpys_does():
    """From the vector on: no matrix is multiplied by another."""
    matrices = [tracked(30, 30) for _ in range(5)]
    node = np.linalg.multi_dot([*matrices, tracked(30)])._node
    shapes = set()
    nodes = [node]
    for node in nodes:
        if node.parents:
            shapes.add(node.shape)
            nodes += node.parents
    assert shapes == {(30,), (30, 1)}


@each("f", [np.cross, np.linalg.cross])
def test_the_cross_product_of_a_vector_with_itself_stays_zero(f):
    value, moved = jvp(lambda x: f(x, x), [random(3)], [random(3)])
    assert_allclose(value, 0, atol=1e-15)
    assert_allclose(moved, 0, atol=1e-15)


def test_the_cross_product_of_vectors_in_the_plane_is_a_number():
    x, y = random(2), random(2)
    assert_allclose(jacobian(lambda x: np.cross(x, y))(x), [y[1], -y[0]])


# Refusals.


@each(
    "call, error, message",
    [
        (lambda t: np.matmul(t, t, axes=[(0, 1)] * 3), TypeError, r"np\.matmul got axes=…"),
        (lambda t: np.vecdot(t, t, keepdims=False), TypeError, r"np\.vecdot got .*keepdims=…"),
        (lambda t: np.dot(t, t, out=np.ones((2, 2))), TypeError, "can't write into out=…"),
        (
            lambda t: np.tensordot(t, t, 1),
            ValueError,
            r"^np\.tensordot: the axes \(1,\) and \(0,\) .* \(2, 3\) and \(2, 3\), differ",
        ),
        (lambda t: np.tensordot(t, t, ([0, 0], [0, 0])), ValueError, "repeated axis in `axes`"),
        (lambda t: np.tensordot(t, t, ([2], [0])), ValueError, "axes: axis 2 is out of bounds"),
        (lambda t: np.dot(t, t), ValueError, r"\(2, 3\) and \(2, 3\)"),
        (lambda t: np.linalg.outer(t, t), ValueError, r"two vectors.*\(2, 3\) and \(2, 3\)"),
        (lambda t: np.linalg.multi_dot([t]), ValueError, "at least two arrays, but got 1"),
        (lambda t: np.linalg.multi_dot([t, t[None], t]), ValueError, r"\(1, 2, 3\), \(2, 3\)"),
        (lambda t: np.cross(t, t.T), ValueError, "broadcast"),
        (
            lambda t: np.cross(t, t[..., :1]),
            ValueError,
            r"length 2 or 3, but got \(2, 3\) and \(2, 1\)",
        ),
        (lambda t: np.linalg.cross(t, t[:, :2]), ValueError, "length 3, but along axis -1"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call(tracked(2, 3))
