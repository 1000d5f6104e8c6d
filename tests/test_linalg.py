"""Linear algebra where matrices are singular, values are equal, and vectors are 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from autograd import Tensor, grad, hessian, hvp, jacobian, vjp
from autograd.rules.linalg import H
from autograd.rules.norms import length
from autograd.testing import check_grads
from cases import each

la, inf = np.linalg, np.inf
EYE, ZERO = np.eye(3), np.zeros((3, 3))
RANK_2 = np.arange(1.0, 10.0).reshape(3, 3)


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def turned(values: Any, seed: int = 0) -> np.ndarray:
    """A symmetric matrix with these eigenvalues."""
    q = la.qr(random(len(values), len(values), seed=seed)).Q
    return (q * values) @ q.T


def hessian_matches(f: Callable[..., Any], x: np.ndarray, along: np.ndarray) -> None:
    right_along(grad(f), x, along)
    moved = grad(lambda t: np.real(np.sum(along * grad(f)(x + t * along))))(0.0)
    assert_allclose(np.real(np.sum(along * hvp(f)(x, along))), moved, rtol=1e-10, atol=1e-10)


def right_along(f: Callable[..., Any], x: np.ndarray, along: np.ndarray) -> None:
    """Whether the derivative of f is right at x in one direction; in others it need not exist."""
    check_grads(lambda t: f(x + t * along), 0.0, order=1)


# Determinants.


def test_the_gradient_of_det_at_a_singular_matrix_is_the_adjugate() -> None:
    assert_allclose(grad(la.det)(np.array([[1.0, 2], [2, 4]])), [[4, -2], [-2, 1]], atol=1e-14)
    assert_allclose(grad(la.det)(RANK_2), 3 * np.array([[-1, 2, -1], [2, -4, 2], [-1, 2, -1]]))
    for x in (ZERO, np.diag([1.0, 0, 0]), np.ones((3, 3))):
        assert_allclose(grad(la.det)(x), ZERO, atol=1e-15)
    assert_array_equal(grad(la.det)(np.zeros((1, 1))), [[1]])


@each("x", [EYE, ZERO, RANK_2, np.diag([2.0, 0, 0]), np.ones((3, 3)), np.diag([1, 1e-9, 0])])
def test_det_is_a_polynomial_to_any_order(x: np.ndarray) -> None:
    def by_elements(x: Any) -> Any:
        a, b, c = x[0], x[1], x[2]
        i, j = np.array([1, 2, 0]), np.array([2, 0, 1])
        return np.sum(a * (b[i] * c[j] - b[j] * c[i]))

    order: Callable[..., Any]
    for order in (grad, hessian, lambda f: jacobian(hessian(f))):
        assert_allclose(order(la.det)(x), order(by_elements)(x), atol=1e-12)


def test_det_of_a_batch_with_singular_matrices() -> None:
    x = np.stack([EYE, ZERO, RANK_2, np.diag([0.0, 3, 0])])
    weights = np.array([1.0, 2, 3, 4])
    hessian_matches(lambda x: (la.det(x) * weights).sum(), x, random(4, 3, 3))
    assert_allclose(vjp(la.det, x)[1](weights)[0][2], 3 * grad(la.det)(RANK_2))
    along = random(2, 2) + 1j * random(2, 2, seed=1)
    hessian_matches(lambda x: np.real(la.det(x)), np.ones((2, 2), complex), along)
    along = random(4, 3, 3) + 1j * random(4, 3, 3, seed=1)
    hessian_matches(lambda x: np.real(la.det(x) * weights).sum(), x * (1 + 1j), along)


def test_det_of_large_and_of_single_precision_singular_matrices() -> None:
    x, along = random(40, 40), random(40, 40, seed=1)
    x[:, 0] = x[:, 1]
    step = 1e-3  # det is linear in one column
    along[:, 1:] = 0
    expected = la.det(x + step * along) / step
    assert_allclose(np.sum(grad(la.det)(x) * along), expected, rtol=1e-9)
    found = grad(la.det)(RANK_2.astype(np.float32))
    assert found.dtype == np.float32
    assert_allclose(found, grad(la.det)(RANK_2), rtol=1e-3, atol=1e-4)
    with np.errstate(invalid="ignore"):
        assert np.isnan(grad(la.det)(np.full((2, 2), np.nan))).all()


@pytest.mark.parametrize("n, exponent", [(1, -1030), (2, -660), (2, 660), (4, -290), (4, 310)])
@each("kind", ["real", "complex", "single", "singular", "triangular"])
def test_cofactors_where_det_under_or_overflows(kind: str, n: int, exponent: int) -> None:
    """They are of degree n − 1: those of s·A are sⁿ⁻¹ times those of A."""
    x = random(n, n)
    if kind == "singular":
        x[0] = x[-1]
    if kind == "triangular":
        x = np.triu(x)
    if kind == "complex":
        x = x + 1j * random(n, n, seed=1)
    if kind == "single":
        x, exponent = x.astype(np.float32), exponent // 8
    cofactors = grad(lambda x: np.real(la.det(x)))
    number = x.real.dtype.type
    with np.errstate(all="ignore"):  # of the value itself
        found = cofactors(x * number(2.0**exponent))
    expected = cofactors(x) * number(2.0 ** (exponent * (n - 1)))
    assert_allclose(found, expected, rtol=1e-6 if kind == "single" else 1e-14)


def test_slogdet_of_real_matrices_has_a_constant_sign() -> None:
    result = la.slogdet(Tensor(-EYE, requires_grad=True))
    assert type(result) is type(la.slogdet(EYE))
    assert_array_equal(grad(lambda x: la.slogdet(x).sign)(-EYE), ZERO)
    assert_array_equal(grad(lambda x: la.slogdet(x).logabsdet)(2 * EYE), EYE / 2)


def test_slogdet_of_a_batch_with_a_singular_matrix_that_is_not_used() -> None:
    x = np.stack([2 * EYE, ZERO])
    found = grad(lambda x: la.slogdet(x).logabsdet[0])(x)
    assert_array_equal(found, np.stack([EYE / 2, ZERO]))
    assert_array_equal(grad(lambda x: la.slogdet(x).sign.sum())(x), np.zeros_like(x))


def test_the_conjugate_transpose_of_a_real_matrix_is_a_view() -> None:
    assert np.shares_memory(H(RANK_2), RANK_2)


# Equal eigenvalues and singular values.


@each(
    "f, gradient",
    [
        (lambda x: la.svd(x).S.sum(), EYE),
        (lambda x: la.svdvals(x).sum(), EYE),
        (lambda x: (la.svdvals(x) ** 3).sum(), 3 * EYE),
        (lambda x: la.norm(x, "nuc"), EYE),
        (lambda x: la.eigvalsh(x).sum(), EYE),
        (lambda x: (la.eigvalsh(x) ** 2).sum(), 2 * EYE),
        (lambda x: np.log(la.eigh(x).eigenvalues).sum(), EYE),
        (lambda x: np.real(la.eigvals(x) ** 2).sum(), 2 * EYE),
        (lambda x: la.norm(x, 2), EYE / 3),
        (lambda x: la.cond(x), 0 * EYE),
    ],
)
def test_equal_values_at_the_identity(f: Callable[..., Any], gradient: np.ndarray) -> None:
    assert_allclose(grad(f)(EYE), gradient, atol=1e-15)
    assert_allclose(grad(f)(EYE.astype(np.float32)), gradient, atol=1e-6)
    assert np.isfinite(hessian(f)(EYE)).all()


def spectral(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a symmetric matrix, by that function of its eigenvalues."""

    def of_matrix(x: Any) -> Any:
        w, v = la.eigh((x + x.T) / 2)
        return (v * function(w)) @ v.T

    return of_matrix


@each("values", [[1.0, 1.0, 2.0], [1.0, 1.0, 1.0], [0.0, 0.0, 3.0]])
def test_what_does_not_depend_on_the_basis_of_equal_eigenvalues(values: list[float]) -> None:
    x, weights = turned(values), random(3, 3)

    def projection(x: Any) -> Any:  # onto all eigenvectors but those of the equal values
        v = la.eigh((x + x.T) / 2).eigenvectors[:, 2:]
        return np.sum(v @ v.T * weights)

    if values[2] != values[1]:
        right_along(projection, x, weights)
    for f in (lambda x: la.det(x), lambda x: np.sum(spectral(np.square)(x) * np.eye(3))):
        assert_allclose(grad(f)(x), grad(lambda x, f=f: f(x))(x + 1e-9 * weights), atol=1e-7)
    assert np.isfinite(hessian(projection)(x)).all()


def test_the_polar_factor_at_equal_singular_values_to_second_order() -> None:
    q = la.qr(random(3, 3)).Q
    weights, along = random(3, 3, seed=1), random(3, 3, seed=2)

    def polar(x: Any) -> Any:
        u, _, vh = la.svd(x)
        return np.sum(u @ vh * weights)

    right_along(polar, q, along)
    for x in (
        EYE,
        q,
        2 * q,
    ):  # where the sum of the singular values has the polar factor as gradient
        hessian_matches(lambda x: la.svdvals(x).sum(), x, along)
        hessian_matches(lambda x: la.norm(x, "nuc"), x, along)


@each("f", [
    lambda x: la.svd(x).U.sum(), lambda x: la.svd(x).Vh.sum(), lambda x: la.norm(x, "nuc"),
    lambda x: la.eigh(x).eigenvectors.sum(), lambda x: np.abs(la.eig(x).eigenvectors).sum(),
    lambda x: la.svd(x[:2])[0].sum(), lambda x: la.norm(x, 2), lambda x: la.norm(x, -2),
])  # fmt: skip
@each("x", [EYE, ZERO, np.ones((3, 3)), np.diag([1.0, 1, 0])])
def test_degenerate_matrices_have_finite_derivatives(f: Callable[..., Any], x: np.ndarray) -> None:
    if la.matrix_rank(la.eig(x).eigenvectors) == 3:
        assert np.isfinite(grad(f)(x)).all()
        assert np.isfinite(hessian(f)(x)).all()


@each("x", [ZERO, np.diag([1.0, 0, 0]), np.ones((3, 3)), RANK_2, np.ones((2, 3))])
def test_the_nuclear_norm_of_a_singular_matrix_has_the_least_subgradient(x: np.ndarray) -> None:
    u, _, vh = la.svd(x, full_matrices=False)
    rank = la.matrix_rank(x)
    assert_allclose(grad(lambda x: la.norm(x, "nuc"))(x), u[:, :rank] @ vh[:rank], atol=1e-14)


def test_an_output_that_its_own_rule_and_others_use() -> None:
    x, weights = random(3, 3), random(3, 3, seed=1)
    for f in (la.qr, la.svd, la.eigh):
        first = f(x)._fields[0]

        def squares(x: Any, f: Any = f, first: str = first) -> Any:
            part = getattr(f((x + x.T) / 2), first)
            return np.sum(part * part * weights)

        hessian_matches(squares, x, weights)


# Conventions.


@pytest.mark.parametrize("UPLO", ["L", "U"])
def test_the_gradient_by_a_hermitian_matrix_is_hermitian(UPLO: Any) -> None:
    x = random(3, 3) + 1j * random(3, 3, seed=1)
    x = x @ H(x) + EYE
    for f in (
        lambda x: la.eigvalsh(x, UPLO)[0],
        lambda x: la.eigh(x, UPLO).eigenvalues[1],
        lambda x: np.abs(la.eigh(x, UPLO).eigenvectors[0, 1]),
        lambda x: np.real(la.cholesky(x, upper=UPLO == "U")).sum(),
        lambda x: np.real(la.pinv(x, hermitian=True)).sum(),
        lambda x: la.svd(x, hermitian=True, compute_uv=False)[0],
    ):
        gradient = grad(f)(x)
        assert_allclose(gradient, H(gradient), atol=1e-14)
        along = random(3, 3, seed=2)
        along = along + along.T
        right_along(f, x, along)


def test_eigenvectors_move_as_lapack_normalises_them() -> None:
    for x in (random(4, 4), random(4, 4) + 1j * random(4, 4, seed=1)):
        along, weights = random(4, 4, seed=2), random(4, 4, seed=3)

        def f(x: Any, weights: np.ndarray = weights) -> Any:
            v = la.eig(x).eigenvectors ** 2  # of which LAPACK leaves the sign open
            return np.sum(np.real(v) * weights + np.imag(v) * weights.T)

        right_along(f, x, along)


@each(
    "function, names",
    [
        (la.eigh, ("eigenvalues", "eigenvectors")),
        (la.eig, ("eigenvalues", "eigenvectors")),
        (la.svd, ("U", "S", "Vh")),
        (la.qr, ("Q", "R")),
        (la.slogdet, ("sign", "logabsdet")),
    ],
)
def test_several_results_are_the_namedtuple_of_numpy(function: Any, names: Any) -> None:
    for requires_grad in (True, False):
        result = function(Tensor(2 * EYE, requires_grad))
        assert type(result) is type(function(EYE))
        assert all(type(getattr(result, name)) is Tensor for name in names)


# Norms.

ORDERS = (None, 0, 1, -1, 2, -2, 3, 1.5, 0.5, inf, -inf)


@pytest.mark.parametrize("ord", ORDERS)
@pytest.mark.parametrize("dtype", [float, complex, np.float32])
def test_every_norm_of_zero_has_derivatives_0(ord: Any, dtype: Any) -> None:
    zero, ones = np.zeros(3, dtype), np.ones(3, dtype)
    for f in (
        lambda x: la.norm(x, ord),
        lambda x: la.vector_norm(x, ord=2 if ord is None else ord),
    ):
        assert_array_equal(grad(f)(zero), zero, strict=True)
        assert_array_equal(hvp(f)(zero, ones), zero, strict=True)
        assert np.isfinite(hvp(f)(np.array([0, 2, -2], dtype), ones)).all()


@each("ord", [None, "fro", "nuc", 1, -1, 2, -2, inf, -inf])
def test_every_norm_of_a_zero_matrix_has_derivatives_0(ord: Any) -> None:
    assert_array_equal(grad(lambda x: la.norm(x, ord))(ZERO), ZERO)
    assert_array_equal(hvp(lambda x: la.matrix_norm(x, ord=ord or "fro"))(ZERO, EYE), ZERO)


@each(
    "ord, x, gradient",
    [
        (inf, [1.0, -3, 2], [0, -1, 0]),
        (inf, [1.0, -3, 3], [0, -0.5, 0.5]),
        (-inf, [1.0, -3, 3], [1, 0, 0]),
        (0, [1.0, 0, 3], [0, 0, 0]),
        (1, [1.0, 0, -3], [1, 0, -1]),
        (None, [1e-200, 1e-200], [0.5**0.5] * 2),
        (2, [1e200, -1e200], [0.5**0.5, -(0.5**0.5)]),
        (2, [1e-310, 1e-310], [0.5**0.5] * 2),
        (3, [1e-200, 1e-200], [0.25 ** (1 / 3)] * 2),
        (3, [1e200, 0], [1, 0]),
        (-2, [1e-200, 1e-200], [0.125**0.5] * 2),
        (-2, [0.0, 1.0], [0, 0]),
        (0.5, [0.0, 4.0], [0, 1]),
    ],
)
def test_gradients_of_norms(ord: Any, x: list[float], gradient: list[float]) -> None:
    assert_allclose(grad(lambda x: la.norm(x, ord))(np.array(x)), gradient, rtol=1e-14)


def test_lengths_do_not_overflow_or_underflow() -> None:
    for size in (1e-310, 1e-200, 1.0, 1e200, 1e307):
        for f in (la.norm, lambda x: la.norm(x, 2), lambda x: la.norm(x, 3), la.vector_norm):
            n = 3 if f is not la.norm else 2
            found = f(Tensor([size, size, 0.0, -size]))
            expected = {2: size * 3**0.5, 3: size * 3 ** (1 / 3)}
            assert any(np.isclose(found.data, e, rtol=1e-12, atol=0) for e in expected.values()), n
    assert length(Tensor([3e-200 + 4e-200j])).item() == pytest.approx(5e-200, rel=1e-15)


def test_the_count_of_what_is_not_0_is_a_tensor_without_slope() -> None:
    x = Tensor([[1.0, 0, np.nan], [inf, 2, 0]], requires_grad=True)
    counts = la.norm(x, 0, axis=0)
    assert_array_equal(counts.data, la.norm(x.data, 0, axis=0), strict=True)
    counts.sum().backward()
    assert_array_equal(x.grad, np.zeros((2, 3)))


def test_norms_along_any_axes() -> None:
    x = random(2, 3, 4)
    for axis in [(0, 1), (2, 0), (-1, 1), (1, -3)]:
        for ord in (None, "fro", "nuc", 1, -1, 2, -2, inf, -inf):
            for keepdims in (False, True):
                found = la.norm(Tensor(x), ord, axis, keepdims)
                assert_allclose(found.data, la.norm(x, ord, axis, keepdims), rtol=1e-13)
            moved = np.moveaxis(x, axis, (-2, -1))
            gradient = grad(lambda x, o=ord, a=axis: la.norm(x, o, a).sum())(x)
            expected = grad(lambda x, o=ord: la.norm(x, o, (-2, -1)).sum())(moved)
            assert_allclose(np.moveaxis(gradient, axis, (-2, -1)), expected, atol=1e-14)
    for axis in (None, 1, (0, 2), (2, 0, 1)):
        for ord in ORDERS[1:]:
            for keepdims in (False, True):
                found = la.vector_norm(Tensor(x), axis=axis, ord=ord, keepdims=keepdims)
                expected = la.vector_norm(x, axis=axis, ord=ord, keepdims=keepdims)
                assert np.shape(found) == expected.shape
                assert_allclose(np.asarray(found), expected, rtol=1e-13)


def test_norms_of_integers_and_of_nothing() -> None:
    assert la.norm(Tensor([3, 4])).item() == 5
    assert la.vector_norm(Tensor([3, 4]), ord=1).item() == 7
    for ord in (1, 2, 3, inf):
        assert_array_equal(grad(lambda x, o=ord: la.norm(x, o))(np.zeros(0)), np.zeros(0))


# Inverses and systems.


def test_pinv_and_lstsq_of_rank_deficient_matrices() -> None:
    left, right, b = random(4, 2), random(2, 3, seed=1), random(4, seed=2)

    def through_lstsq(left: Any, right: Any, b: Any) -> Any:
        return np.sum(la.lstsq(left @ right, b)[0] ** 2)

    def through_pinv(left: Any, right: Any, b: Any) -> Any:
        return np.sum((la.pinv(left @ right, rtol=None) @ b) ** 2)

    for f in (through_lstsq, through_pinv):
        check_grads(f, left, right, b, order=1)
    x, residuals, rank, s = la.lstsq(Tensor(left @ right, requires_grad=True), b)
    assert (rank, residuals.shape, s.shape) == (2, (0,), (3,))
    assert_allclose(x.data, la.lstsq(left @ right, b)[0])


def test_lstsq_gives_what_numpy_gives() -> None:
    for a, b in [
        ((4, 2), (4,)),
        ((4, 2), (4, 3)),
        ((2, 4), (2,)),
        ((3, 3), (3, 1)),
        ((3, 2), (3, 0)),
    ]:
        a, b = random(*a), random(*b, seed=1)
        found, expected = la.lstsq(Tensor(a, requires_grad=True), b), la.lstsq(a, b)
        for one, other in zip(found, expected, strict=True):
            one = one.data if type(one) is Tensor else one
            assert (one.shape, one.dtype) == (other.shape, other.dtype)
            assert_allclose(one, other, rtol=1e-11, atol=1e-12)


def test_matrices_may_be_lists_beside_a_tensor() -> None:
    rows = [[2.0, 0.0], [0.0, 4.0]]
    for f in (la.solve, la.tensorsolve, lambda a, b: la.lstsq(a, b)[0]):
        assert_allclose(grad(lambda b, f=f: np.sum(f(rows, b)))(np.ones(2)), [0.5, 0.25])


def test_solve_takes_only_a_1d_b_as_a_vector() -> None:
    a = np.stack([EYE, 2 * EYE, 4 * EYE])
    gradient = grad(lambda b: la.solve(a, b).sum())(np.ones(3))
    assert_array_equal(gradient, np.full(3, 1.75))
    gradient = grad(lambda b: la.solve(a, b).sum())(np.ones((3, 3)))
    assert_array_equal(gradient, np.full((3, 3), 1.75))


def test_powers_of_a_matrix() -> None:
    x = random(2, 3, 3)
    assert_array_equal(la.matrix_power(Tensor(x), 0).data, la.matrix_power(x, 0))
    assert_array_equal(grad(lambda x: la.matrix_power(x, 0).sum())(x), np.zeros_like(x))
    gradient = grad(lambda x: np.sum(la.matrix_power(x, 5)))(x)
    assert_allclose(gradient, grad(lambda x: np.sum(x @ x @ x @ x @ x))(x))
    with pytest.raises(TypeError, match="float"):
        la.matrix_power(Tensor(x), 0.5)  # type: ignore[arg-type]


def test_cond_of_singular_matrices_is_infinite() -> None:
    x = np.stack([np.diag([1.0, 0]), np.diag([1.0, 2])])
    for p in (None, 1, "fro"):
        found = la.cond(Tensor(x, requires_grad=True), p)
        assert_array_equal(found.data, la.cond(x, p))
        found.backward([1.0, 1.0])
    assert_allclose(la.cond(Tensor(x), -2).data, [0, 0.5])


# What is refused.


@each(
    "call, error, message",
    [
        (lambda t: la.qr(t, "raw"), ValueError, r"qr: mode='raw' has no derivative; pass 'red"),
        (lambda t: la.slogdet(t)[1].backward(), la.LinAlgError, r"slogdet has no .*det has one"),
        (lambda t: la.qr(t).R.sum().backward(), la.LinAlgError, r"linearly dependent; .*svd"),
        (lambda t: la.norm(t, 3), ValueError, r"norm: of matrices got ord=3; it takes None, 'fr"),
        (lambda t: la.norm(t, "nuc", axis=0), ValueError, r"of vectors got ord='nuc'"),
        (lambda t: la.matrix_norm(t, ord=3), ValueError, r"^np\.linalg\.matrix_norm: of matrices"),
        (lambda t: la.norm(t[None], 2), ValueError, r"norm: got 3 axes; it takes one, or two"),
        (lambda t: la.norm(t, axis=(0, 0)), ValueError, "repeated axis"),
        (lambda t: la.norm(t, axis=2), ValueError, "axis 2 is out of bounds"),
        (lambda t: la.pinv(t, 1e-9, rtol=1e-9), ValueError, "both rcond and rtol"),
        (lambda t: la.tensorinv(t, ind=0), ValueError, r"tensorinv: got ind=0"),
        (lambda t: la.tensorsolve(t, t), la.LinAlgError, r"tensorsolve of shape \(3, 3\)"),
        (lambda t: la.cond(t[:0]), la.LinAlgError, "not defined for empty matrices"),
        (lambda t: la.solve(t, np.ones(2)), ValueError, r"np\.linalg\.solve of shape \(3, 3\) and"),
        (lambda t: la.inv(t), la.LinAlgError, "Singular matrix"),
    ],
)
def test_what_has_no_derivative_says_so(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(Tensor(np.ones((3, 3)), requires_grad=True))


def test_the_rank_is_a_plain_number() -> None:
    assert type(la.matrix_rank(Tensor(EYE, requires_grad=True))) is type(la.matrix_rank(EYE))
