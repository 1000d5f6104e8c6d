"""scipy.linalg, where SciPy is installed."""

from importlib.util import find_spec
from inspect import signature
from typing import Any

import numpy as np

from autograd.testing.strategies import Made, plane, real
from calls import a_flag, one_of, takes
from domains.decompositions import filled
from domains.linalg import spaced

DOMAINS: dict[Any, Any] = {}


def near_diagonal(x: Any) -> Any:
    """Matrices with positive eigenvalues that are far apart, and no equal singular values."""
    rows, columns = x.shape[-2:]
    return x / 8 + np.eye(rows, columns, dtype=x.dtype) * np.arange(
        2, 2 * columns + 2, 2, dtype=x.dtype
    )


def banded(x: Any) -> Any:
    """Three diagonals: of a well-conditioned matrix with (1, 1) or (2, 0) beside the main one."""
    main = np.array([[1], [4], [1]], dtype=x.dtype)
    return x / 8 + main


def by_hermitian(f: Any, x: Any, *others: Any, **kwargs: Any) -> Any:
    return f((x + np.conj(np.matrix_transpose(x))) / 2, *others, **kwargs)


def first(f: Any, *args: Any, **kwargs: Any) -> Any:
    return f(*args, **kwargs)[0]


def triangle(f: Any, x: Any, **kwargs: Any) -> Any:
    """The triangle of cho_factor's that is its result."""
    c, lower = by_hermitian(f, x, **kwargs)
    return np.tril(c) if lower else np.triu(c)


def cho_solved(f: Any, x: Any, b: Any, lower: Any) -> Any:
    return f((x, lower), b)


def from_vectors(f: Any, x: Any, **kwargs: Any) -> Any:
    """What does not depend on the phases of the eigenvectors."""
    w, v = by_hermitian(f, x, **kwargs)
    return w, np.real(v * np.conj(v))


def sizes(f: Any, *args: Any, **kwargs: Any) -> Any:
    """Squares of outputs, without their signs and phases."""
    return [np.real(part * np.conj(part)) for part in f(*args, **kwargs)]


matrices, real_matrices = Made(near_diagonal, complex=True), Made(near_diagonal)
MATRIX = [[(1, 1)], [(2, 2)]]
ANY = [[(2, 2)], [(3, 2)], [(2, 3)]]
SYSTEMS = [[(2, 2), (2,)], [(2, 2), (2, 2)], [(2, 2), (2, 0)]]
TWO_VECTORS = [[(3,), (3,)], [(3,), (2,)], [(1,), (3,)]]

if find_spec("scipy") is not None:
    import scipy

    import autograd.scipy.linalg as linalg

    has_stacks = tuple(map(int, scipy.__version__.split(".")[:2])) >= (1, 16)

    def or_stacks(*shapes: Any) -> Any:
        """These shapes; those of stacks of matrices only where SciPy takes them."""
        return [*(each for each in shapes if has_stacks or len(each[0]) < 3)]

    SQUARE = or_stacks([(2, 2)], [(2, 2, 2)], [(0, 0)])
    TRIANGULAR = or_stacks(
        [(1, 1), (1,)], [(2, 2), (2,)], [(3, 3), (3, 2)], [(2, 2, 2), (2, 2, 1)],
        [(2, 2, 2), (2, 1)], [(2, 2, 2), (2,)],
    )  # fmt: skip
    BANDS = or_stacks([(3, 4), (4,)], [(3, 3), (3, 2)], [(2, 3, 4), (4,)], [(2, 3, 3), (2, 3, 2)])
    CIRCLES = [[(3,)], [(1,)], *[[(2, 3)]] * has_stacks]

    DOMAINS |= {
        linalg.solve_triangular: takes(
            matrices,
            plane,
            trans=one_of(0, 1, 2, "N", "T", "C"),
            lower=a_flag,
            unit_diagonal=a_flag,
            shapes=TRIANGULAR,
        ),
        linalg.solve_banded: [
            takes((1, 1), Made(banded, complex=True), plane, shapes=BANDS, ties=False),
            takes((2, 0), Made(banded, complex=True), plane, shapes=BANDS, ties=False),
        ],
        linalg.cholesky: takes(matrices, lower=a_flag, shapes=SQUARE, via=by_hermitian),
        linalg.cho_factor: takes(matrices, lower=a_flag, shapes=MATRIX, via=triangle),
        linalg.cho_solve: takes(matrices, plane, lower=a_flag, shapes=SYSTEMS, via=cho_solved),
        linalg.expm: takes(
            Made(lambda x: near_diagonal(x) / 4, complex=True),
            shapes=[[(1, 1)], [(2, 2)], [(2, 2, 2)], [(0, 0)]],
        ),
        linalg.sqrtm: takes(matrices, shapes=MATRIX),
        linalg.solve_sylvester: takes(
            matrices, matrices, plane, shapes=[[(2, 2), (3, 3), (2, 3)], [(1, 1)] * 3]
        ),
        linalg.solve_continuous_lyapunov: takes(matrices, plane, shapes=[[(2, 2)] * 2]),
        linalg.solve: [
            takes(matrices, plane, shapes=SYSTEMS),
            takes(real_matrices, real, transposed=a_flag, shapes=SYSTEMS),
            takes(
                matrices,
                plane,
                lower=a_flag,
                assume_a=one_of("gen", "sym", "her", "pos"),
                shapes=SYSTEMS,
            ),
        ],
        linalg.inv: [
            takes(matrices, shapes=MATRIX),
            *(
                takes(matrices, assume_a=kind, lower=a_flag, shapes=MATRIX)
                for kind in ("gen", "sym", "her", "pos")
                if "assume_a" in signature(scipy.linalg.inv).parameters  # since SciPy 1.17
            ),
        ],
        linalg.det: takes(matrices, shapes=MATRIX, via=lambda f, x: f(x).astype(x.dtype)),
        linalg.norm: [
            takes(matrices, one_of(1, 2, -2, np.inf, "nuc"), axis=(-2, -1), shapes=ANY),
            takes(plane, None, axis=one_of(0, -1), keepdims=a_flag, shapes=ANY),
        ],
        linalg.pinv: takes(matrices, rtol=one_of(None, 1e-9), shapes=ANY),
        linalg.eigh: [
            takes(matrices, lower=a_flag, shapes=MATRIX, via=from_vectors),
            takes(matrices, lower=a_flag, eigvals_only=True, shapes=MATRIX, via=by_hermitian),
        ],
        linalg.eigvalsh: takes(matrices, lower=a_flag, shapes=MATRIX, via=by_hermitian),
        linalg.eig: takes(Made(spaced, complex=True), shapes=MATRIX, via=sizes),
        linalg.eigvals: takes(Made(spaced, complex=True), shapes=MATRIX),
        linalg.svd: [
            takes(matrices, full_matrices=False, shapes=ANY, via=sizes),
            takes(matrices, compute_uv=False, shapes=ANY),
        ],
        linalg.svdvals: takes(matrices, shapes=ANY),
        linalg.qr: [
            takes(Made(filled, complex=True), mode="economic", shapes=ANY),
            takes(Made(filled, complex=True), mode="r", shapes=ANY, via=first),
        ],
        linalg.block_diag: takes(
            plane, plane, shapes=[[(2, 2), (1, 3)], [(2,), (1, 1)], [(), (2, 1)]]
        ),
        linalg.toeplitz: [
            takes(plane, plane, shapes=TWO_VECTORS),
            takes(real, shapes=[[(3,)], [(1,)]]),
        ],
        linalg.hankel: [
            takes(plane, plane, shapes=TWO_VECTORS),
            takes(real, shapes=[[(3,)], [(1,)]]),
        ],
        linalg.circulant: takes(plane, shapes=CIRCLES),
    }
