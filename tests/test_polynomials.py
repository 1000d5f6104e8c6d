"""Convolution and polynomials: every mode and length, zeros, edges, refusals."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from autograd import Tensor, grad, jacobian, jvp, vjp
from cases import each

RNG = np.random.default_rng(0)


def random(*shape):
    return RNG.uniform(-1, 1, shape)


def tracked(*shape):
    return Tensor(random(*shape), requires_grad=True)


@each("m, n", [(m, n) for m in range(1, 6) for n in range(1, 6)])
@each("mode", ["full", "same", "valid"])
def test_convolve_and_correlate_in_every_mode(m, n, mode):
    """Both are linear in each argument: the Jacobian is their values at the unit vectors."""
    x, y = random(m), random(n)
    for f in (np.convolve, np.correlate):
        by_x = np.stack([f(unit, y, mode) for unit in np.eye(m)], -1)
        by_y = np.stack([f(x, unit, mode) for unit in np.eye(n)], -1)
        assert_allclose(f(Tensor(x), y, mode).data, f(x, y, mode), atol=1e-15)
        assert_allclose(jacobian(lambda x, f=f: f(x, y, mode))(x), by_x, atol=1e-15)
        assert_allclose(jacobian(lambda y, f=f: f(x, y, mode))(y), by_y, atol=1e-15)


def test_leading_zeros_of_a_product_are_dropped_but_have_their_gradient():
    p, q = np.array([0.0, 2.0, 1.0]), np.array([3.0, 4.0])
    ans, pull = vjp(np.polymul, p, q)
    assert_array_equal(ans, np.polymul(p, q))
    assert_array_equal(pull(np.array([1.0, 0, 0]))[0], [4, 3, 0])  # 2·3 x² + 4 · (p[0] = 0) x²
    assert_array_equal(np.polymul(Tensor(np.zeros(3)), q).data, np.polymul(np.zeros(3), q))


def test_polynomials_give_what_numpy_gives_at_their_edges():
    u, v = np.array([1.0, 2.0]), np.array([2.0, 1.0, 0.5])
    for one, other in zip(np.polydiv(Tensor(u), v), np.polydiv(u, v)):
        assert_array_equal(np.asarray(one), other)
    exact = np.polydiv(Tensor(np.polymul(u, v)), v)
    assert_allclose(exact[0].data, u)
    assert_array_equal(exact[1].data, [0])
    assert np.polyder(Tensor(u), 3).shape == np.polyder(u, 3).shape
    assert_allclose(grad(lambda k: np.polyint(Tensor(u), 2, k).sum())(np.array(0.5)), 2)
    assert_array_equal(np.poly1d([1.0, 2.0])(Tensor(3.0)).data, 5)


def test_powers_of_zero_in_vander():
    """All derivatives of 1, x, x², x³ at 0 are finite, and right."""
    x = np.zeros(1)

    def f(x):
        return np.vander(x, 4, increasing=True)[0]

    assert_array_equal(jacobian(f)(x)[:, 0], [0, 1, 0, 0])
    assert_array_equal(jacobian(jacobian(f))(x)[:, 0, 0], [0, 0, 2, 0])
    assert_array_equal(jacobian(jacobian(jacobian(f)))(x)[:, 0, 0, 0], [0, 0, 0, 6])


def test_poly_of_conjugate_zeros_is_real():
    zeros = Tensor(np.array([1 + 2j, 1 - 2j]), requires_grad=True)
    p = np.poly(zeros)
    assert p.dtype == np.float64
    assert_allclose(p.data, [1, -2, 5])


def test_roots_and_poly_undo_each_other():
    zeros = np.array([3.0, 1.0, -2.0])
    roots, moved = jvp(lambda z: np.roots(np.poly(z)), [zeros], [np.array([1.0, 2.0, 3.0])])
    assert_allclose(moved[np.argsort(-roots)], [1, 2, 3])


def test_roots_at_zero_and_leading_zeros():
    p = np.array([0.0, 1.0, -3.0, 2.0, 0.0])
    ans, pull = vjp(np.roots, p)
    assert_array_equal(ans, np.roots(p))
    assert_allclose(ans, [2, 1, 0])
    assert_allclose(pull(np.array([0.0, 0, 1]))[0], [0, 0, 0, 0, -0.5])


def test_a_double_root_has_an_infinite_slope():
    assert np.isinf(grad(lambda p: np.roots(p)[0])(np.array([1.0, 0.0, 0.0]))[2])


def test_polyfit_finds_the_line_and_how_it_follows_the_points():
    x = np.array([0.0, 1.0, 2.0])
    ans, pull = vjp(lambda y: np.polyfit(x, y, 1), 2 * x + 1)
    assert_allclose(ans, [2, 1])
    assert_allclose(pull(np.array([1.0, 0.0]))[0], [-0.5, 0, 0.5], atol=1e-14)
    with pytest.warns(np.exceptions.RankWarning, match="poorly conditioned"):
        np.polyfit(Tensor([1.0, 1.0, 1.0]), x, 1)


# Refusals.


@each(
    "call, error, message",
    [
        (lambda t: np.convolve(t, t), ValueError, r"^np\.convolve: takes vectors"),
        (lambda t: np.correlate(t[0], t[0], "x"), ValueError, r"mode='x'; expected 'full'"),
        (lambda t: np.polyder(t[0], -1), ValueError, r"m=-1; to integrate, use np\.polyint"),
        (lambda t: np.polyint(t[0], 3, [1, 2]), ValueError, "2 constants in k for m=3"),
        (lambda t: np.vander(t), ValueError, r"takes a vector, but got the shape \(2, 3\)"),
        (lambda t: np.polyfit(t, t, 1), ValueError, r"but got \(2, 3\), \(2, 3\) and 1"),
        (lambda t: np.polyfit(t[0], t[1], 1, full=True), TypeError, r"np\.polyfit got .*full=…"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call(tracked(2, 3))
