"""Decompositions of matrices.

What a decomposition leaves open, such as the phases of vectors, is left out of what is compared.
"""

from typing import Any

import numpy as np

from autograd.rules.decompositions import orthogonalised
from autograd.rules.linalg import H
from autograd.testing.strategies import Made
from calls import a_flag, one_of, takes
from domains.linalg import ANY, SQUARE, by_hermitian, matrices


def definite(x: Any) -> Any:
    """Matrices whose Hermitian part is positive definite."""
    side = x.shape[-1]
    return x / 4 + np.diag(np.arange(1, side + 1)).astype(x.dtype) * 2


def turning(x: Any) -> Any:
    """Matrices with complex eigenvalues, and eigenvectors with one largest element."""
    side = x.shape[-1]
    turn = 5 * np.tri(side, k=-1) - 2 * np.tri(side, k=-1).T + np.diag(np.arange(side))
    return x / 8 + turn.astype(x.dtype)


def filled(x: Any) -> Any:
    """Matrices that are far from where an element that QR starts a column from changes its sign."""
    return x / 8 + (1 + 2 * np.eye(*x.shape[-2:])).astype(x.dtype)


def projections(v: Any) -> Any:
    """The sum of v vᴴ for each column v, each with another weight."""
    weights = np.arange(1, v.shape[-1] + 1).astype(v.dtype)
    return v * weights @ H(v)


def of_eigh(f: Any, x: Any, UPLO: Any) -> Any:
    w, v = by_hermitian(f, x, UPLO)
    return w, projections(v), projections(v[..., ::-1])


def in_order(w: Any, *vectors: Any) -> Any:
    """Eigenvalues, whose order LAPACK leaves open, and the columns that go with them."""
    order = np.argsort(np.real(w) + 0.3 * np.imag(w))
    return [np.take_along_axis(w, order, -1)] + [
        np.take_along_axis(x, order[..., None, :], -1) for x in vectors
    ]


def of_eig(f: Any, x: Any) -> Any:
    w, v = f(x)
    return in_order(w, v * v)  # LAPACK leaves the sign open, too


def of_eigvals(f: Any, x: Any) -> Any:
    return in_order(f(x))


def of_qr(f: Any, x: Any, mode: Any) -> Any:
    if mode == "r":
        return f(x, mode)
    q, r = f(x, mode)
    n = min(x.shape[-2:])
    return q[..., :n], r, q[..., n:] @ H(q[..., n:])


def of_svd(f: Any, x: Any, full_matrices: Any, hermitian: Any = False) -> Any:
    u, s, vh = f((x + H(x)) / 2 if hermitian else x, full_matrices, hermitian=hermitian)
    n, v = s.shape[-1], H(vh)
    u1, v1 = u[..., :n], v[..., :n]
    return s, u1 @ H(v1), projections(u1), projections(v1), projections(u[..., n:] @ H(u[..., n:]))


def of_half(f: Any, x: Any, full_matrices: Any) -> Any:
    """Only one kind of vectors."""
    u, _, vh = f(x, full_matrices)
    n = min(x.shape[-2:])
    return projections(u[..., :n]) if x.shape[-1] > 2 else projections(H(vh)[..., :n])


rotations = Made(turning)
MODES = one_of("reduced", "complete", "r")

DOMAINS = {
    np.linalg.cholesky: takes(
        Made(definite, complex=True), upper=a_flag, shapes=SQUARE, via=by_hermitian
    ),
    np.linalg.qr: takes(Made(filled, complex=True), MODES, shapes=ANY, via=of_qr),
    orthogonalised: takes(Made(filled, complex=True), MODES, shapes=ANY, via=of_qr),
    np.linalg.eigh: takes(matrices, one_of("L", "U"), shapes=SQUARE, via=of_eigh),
    np.linalg.eigvalsh: takes(matrices, one_of("L", "U"), shapes=SQUARE, via=by_hermitian),
    np.linalg.eig: [
        takes(matrices, shapes=SQUARE, via=of_eig),
        takes(rotations, shapes=SQUARE, via=of_eig),
    ],
    np.linalg.eigvals: [
        takes(matrices, shapes=SQUARE, via=of_eigvals),
        takes(rotations, shapes=SQUARE, via=of_eigvals),
    ],
    np.linalg.svd: [
        takes(matrices, a_flag, shapes=ANY, via=of_svd),
        takes(matrices, a_flag, shapes=ANY, via=of_half),
        takes(matrices, a_flag, hermitian=True, shapes=SQUARE, via=of_svd),
        takes(matrices, a_flag, compute_uv=False, shapes=ANY),
        takes(matrices, compute_uv=False, hermitian=True, shapes=SQUARE, via=by_hermitian),
    ],
    np.linalg.svdvals: takes(matrices, shapes=ANY),
}
