"""Einstein's notation: every form of a call, degenerate indices, costs, refusals."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from autograd import Tensor, hessian, vjp
from cases import each
from domains.einsum import EINSUMS

RNG = np.random.default_rng(0)


def random(*shape):
    return RNG.uniform(-1, 1, shape)


def tracked(*shape):
    return Tensor(random(*shape), requires_grad=True)


@each("domain", EINSUMS)
def test_each_form(domain):
    domain.check(np.einsum, examples=2)


@each(
    "call",
    [
        lambda a, b: np.einsum("ij,jk", a, b),
        lambda a, b: np.einsum("ij, jk -> ik", a, b, optimize=True),
        lambda a, b: np.einsum("...j,jk->...k", a, b),
        lambda a, b: np.einsum(a, [0, 1], b, [1, 2]),
        lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [0, 2]),
        lambda a, b: np.einsum(a, [..., 51], b, [51, 3], [..., 3]),
        lambda a, b: np.einsum(a.data.tolist(), (0, np.int64(1)), b, (1, 2)),
    ],
)
def test_all_forms_are_one(call):
    a, b = tracked(2, 3), tracked(3, 2)
    ans = call(a, b)
    assert_allclose(ans.data, a.data @ b.data)
    ans.backward(np.ones((2, 2)))
    assert_allclose(b.grad, a.data.T @ np.ones((2, 2)))


def test_a_diagonal_gives_exactly_nothing_to_the_rest():
    """Not 0 · inf: what is off the diagonal has no part in it."""
    (g,) = vjp(lambda x: np.einsum("ii->i", x), np.eye(2))[1](np.array([np.inf, 1.0]))
    assert_array_equal(g, [[np.inf, 0], [0, 1]])


def test_one_operand_three_times():
    x = random(2)
    assert_allclose(hessian(lambda x: np.einsum("i,i,i->", x, x, x))(x), np.diag(6 * x))


@each("optimize", [False, True, "greedy", ("optimal", 1000), ["einsum_path", (1, 2), (0, 1)]])
def test_optimize_is_honoured_and_changes_nothing(optimize):
    a, b, c = random(2, 3), random(3, 4), random(4, 2)
    expected = vjp(lambda *x: np.linalg.multi_dot(x), a, b, c)[1](np.eye(2))

    def f(*x):
        return np.einsum("ij,jk,kl->il", *x, optimize=optimize)

    for one, other in zip(vjp(f, a, b, c)[1](np.eye(2)), expected):
        assert_allclose(one, other)


def test_no_gradient_is_computed_that_is_not_asked_for(monkeypatch):
    calls = []
    numpys = np.einsum
    x, w = random(4, 3), tracked(3, 2)
    y = np.einsum("ni,ij->nj", x, w)

    def counted(*args, **kwargs):
        calls.append(args)
        return numpys(*args, **kwargs)

    monkeypatch.setattr(np, "einsum", counted)
    y.backward(np.ones((4, 2)))
    assert len(calls) == 1


def test_a_node_of_one_operand_does_not_keep_it():
    assert all(type(kept) is str for kept in np.einsum("ij->i", tracked(2, 3))._node.kept)


def test_more_axes_behind_dots_than_there_are_letters_to_choose_from_first():
    x = tracked(*(1,) * 20, 2)
    assert np.einsum("...i,i->...", x, np.ones(2)).shape == (1,) * 20


# Refusals.


@each(
    "call, error, message",
    [
        (lambda t: np.einsum("ij", t, dtype=float), TypeError, r"np\.einsum got .*dtype=…"),
        (lambda t: np.einsum("ij,jk", t), ValueError, r"1 operands for the 2 terms of 'ij,jk'"),
        (lambda t: np.einsum("ij,jk", t, np.ones((2, 2))), ValueError, r"\(2, 3\) and \(2, 2\)"),
        (lambda t: np.einsum("ijk", t), ValueError, "too many subscripts"),
        (lambda t: np.einsum("...ijk", t), ValueError, "too many subscripts"),
        (lambda t: np.einsum("i", t), ValueError, "more dimensions than subscripts"),
        (lambda t: np.einsum("...i->i", t), ValueError, r"the dots in .* stand for 1 axes"),
        (lambda t: np.einsum("ij->k", t), ValueError, "output subscript 'k'"),
        (lambda t: np.einsum("ij->ii", t), ValueError, "multiple times"),
        (lambda t: np.einsum(t, [0, 52]), ValueError, "got the index 52; indices go from 0 to 51"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call(tracked(2, 3))
