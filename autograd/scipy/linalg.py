"""scipy.linalg: what NumPy's linear algebra lacks, and the same names for what it has.

Functions of SciPy's don't ask a Tensor what it is, so a Tensor finds these by their names here.
Stacks of matrices work where SciPy's functions take them. overwrite_a=… and overwrite_b=… permit,
and nothing is overwritten.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from scipy import linalg

from autograd.primitive import (
    Array,
    Axis,
    composed,
    constant,
    derivative,
    primitive,
    public_name,
)
from autograd.rules.linalg import H, T
from autograd.rules.products import conj
from autograd.rules.shaping import cast
from autograd.scipy.names import namespace, refusing, supported
from autograd.tensor import plain

F = TypeVar("F", bound=Callable[..., Any])

ARRAYS = {"a", "b"}
OPTIONS = {"overwrite_a", "overwrite_b", "check_finite"}


def _as_scipys(function: Callable[..., Any]) -> Callable[[F], F]:
    """As `composed`, but called as SciPy's function is, and without a mention of its options."""
    signature = inspect.signature(function)

    def register(implementation: F) -> F:
        names = {*inspect.signature(implementation).parameters, *OPTIONS}
        supported = [p for p in signature.parameters.values() if p.name in names]

        def call(*args: Any, **kwargs: Any) -> Any:
            given = signature.bind(*args, **kwargs).arguments
            for name in given.keys() - names:
                if given.pop(name) is not signature.parameters[name].default:
                    raise TypeError(
                        f"{public_name(function)} got {name}=…; its derivative supports "
                        f"{', '.join(parameter.name for parameter in supported)}"
                    )
            if given.get("check_finite", True):
                for name in ARRAYS & given.keys():
                    np.asarray_chkfinite(plain(given[name]))  # raises ValueError, as SciPy does
            return implementation(**{name: given[name] for name in given.keys() - OPTIONS})

        call.__signature__ = inspect.Signature(supported)  # type: ignore[attr-defined]
        composed(function)(call)
        return implementation

    return register


# Systems with a triangular or a banded matrix, and what is made of them.


def _solved_to(
    g: Array, a: Array, trans: Any, lower: bool, unit_diagonal: bool, is_vector: bool
) -> Array:
    """The gradient of b in op(a)⁻¹ b: op(a)⁻ᵀ g."""
    if is_vector:
        return _solved_to(g[..., None], a, trans, lower, unit_diagonal, False)[..., 0]
    if trans in (2, "C"):
        return solve_triangular(conj(a), g, 0, lower, unit_diagonal)
    return solve_triangular(a, g, 1 if trans in (0, "N") else 0, lower, unit_diagonal)


def _triangle_to(
    g: Array, ans: Array, a: Array, trans: Any, lower: bool, unit_diagonal: bool
) -> Array:
    """The gradient of a in x = op(a)⁻¹ b: −op(a)⁻ᵀ g xᵀ, where a is read."""
    if ans.ndim < a.ndim:
        g, ans = g[..., None], ans[..., None]
    g = _solved_to(g, a, trans, lower, unit_diagonal, False)
    gradient = -(g @ T(ans)) if trans in (0, "N") else -(ans @ T(g))
    if trans in (2, "C"):
        gradient = conj(gradient)
    inside = 1 if unit_diagonal else 0
    return np.tril(gradient, -inside) if lower else np.triu(gradient, inside)


solve_triangular = primitive(linalg.solve_triangular)
derivative(
    solve_triangular,
    "a b trans=0 lower=False unit_diagonal=False overwrite_b=False check_finite=True",
    None,
    a=_triangle_to,
    b=lambda g, a, trans, lower, unit_diagonal, to: _solved_to(
        g, a, trans, lower, unit_diagonal, len(to) == 1
    ),
)


def _beside(n: int, below: int, above: int) -> tuple[Array, Array]:
    """For [k, j] in the diagonal form of a band: row i of the matrix, and whether there is one."""
    rows = np.arange(-above, below + 1)[:, None] + np.arange(n)
    return np.clip(rows, 0, max(n - 1, 0)), (rows >= 0) & (rows < n)


def _banded_to(g: Array, l_and_u: tuple[int, int], ab: Array, is_vector: bool) -> Array:
    """The gradient of b in A⁻¹ b: A⁻ᵀ g, where Aᵀ has the same diagonals in the other order."""
    if is_vector:
        return _banded_to(g[..., None], l_and_u, ab, False)[..., 0]
    below, above = l_and_u
    columns, inside = _beside(ab.shape[-1], above, below)
    rows = np.arange(ab.shape[-2])[::-1, None]
    return solve_banded((above, below), np.where(inside, ab[..., rows, columns], 0), g)


def _band_to(g: Array, ans: Array, l_and_u: tuple[int, int], ab: Array) -> Array:
    """The gradient of A in x = A⁻¹ b, −A⁻ᵀ g xᵀ, on its diagonals."""
    if ans.ndim < ab.ndim:
        g, ans = g[..., None], ans[..., None]
    rows, inside = _beside(ab.shape[-1], *l_and_u)
    pulled = _banded_to(g, l_and_u, ab, False)[..., rows, :]
    return np.where(inside, -np.sum(pulled * ans[..., None, :, :], axis=-1), 0)


solve_banded = primitive(linalg.solve_banded)
derivative(
    solve_banded,
    "l_and_u ab b overwrite_ab=False overwrite_b=False check_finite=True",
    None,
    ab=_band_to,
    b=lambda g, l_and_u, ab, to: _banded_to(g, l_and_u, ab, len(to) == 1),
)


@_as_scipys(linalg.cholesky)
def _cholesky(a: Array, lower: bool = False) -> Array:
    return np.linalg.cholesky(a, upper=not lower)


@_as_scipys(linalg.cho_factor)
def _cho_factor(a: Array, lower: bool = False) -> tuple[Array, bool]:
    """With zeros in the other triangle, where SciPy leaves other numbers, which nothing reads."""
    return _cholesky(a, lower), lower


@_as_scipys(linalg.cho_solve)
def _cho_solve(c_and_lower: tuple[Array, bool], b: Array) -> Array:
    c, lower = c_and_lower
    first, then = (0, 2) if lower else (2, 0)
    return solve_triangular(c, solve_triangular(c, b, first, lower), then, lower)


# Functions of matrices.

expm = primitive(linalg.expm)


def _frechet(A: Array, E: Array) -> Array:
    """The derivative of expm at A along E.

    It is a block of another exponential, exp([[A, E], [0, A]]) = [[exp(A), it], [0, exp(A)]]
    (Higham 2008, "Functions of Matrices", 10.36). It is linear in E, which is scaled to A's size.
    """
    n, sizes = A.shape[-1], [float(np.max(np.abs(plain(x)), initial=0)) for x in (A, E)]
    scale = sizes[1] / max(sizes[0], 1e-3) or 1.0
    above = np.concatenate([A, E / scale], axis=-1)
    below = np.concatenate([np.zeros_like(A), A], axis=-1)
    return expm(np.concatenate([above, below], axis=-2))[..., :n, n:] * scale


derivative(expm, "A", None, A=lambda g, A: _frechet(T(A), g))
solve_sylvester = primitive(linalg.solve_sylvester)
derivative(  # a x + x b = q
    solve_sylvester,
    "a b q",
    None,
    a=lambda g, ans, a, b: -(solve_sylvester(T(a), T(b), g) @ T(ans)),
    b=lambda g, ans, a, b: -(T(ans) @ solve_sylvester(T(a), T(b), g)),
    q=lambda g, a, b: solve_sylvester(T(a), T(b), g),
)
sqrtm = primitive(linalg.sqrtm)
derivative(sqrtm, "A", None, A=lambda g, ans: solve_sylvester(T(ans), T(ans), g))


@composed(linalg.solve_continuous_lyapunov)  # and solve_lyapunov, which it is
def _solve_continuous_lyapunov(a: Array, q: Array) -> Array:
    return solve_sylvester(a, H(a), q)


# What NumPy has under another signature.


def _mirrored(a: Array, lower: bool, assume_a: str | None) -> Array:
    """The matrix that SciPy's solvers see where they read one triangle of a."""
    if assume_a in (None, "gen", "general"):
        return a
    if assume_a not in ("sym", "symmetric", "her", "hermitian", "pos", "positive definite"):
        raise TypeError(
            f"assume_a={assume_a!r} has no derivative here; pass 'gen', 'sym', 'her' or 'pos', or "
            f"leave it out"
        )
    read = np.tril(a, -1) if lower else np.triu(a, 1)
    unit = np.eye(a.shape[-1], dtype=bool)
    if assume_a in ("sym", "symmetric"):
        return read + T(read) + a * unit
    return read + H(read) + np.real(a) * unit


@_as_scipys(linalg.solve)
def _solve(
    a: Array, b: Array, lower: bool = False, assume_a: str | None = None, transposed: bool = False
) -> Array:
    a = _mirrored(a, lower, assume_a)
    return np.linalg.solve(T(a) if transposed else a, b)


@_as_scipys(linalg.inv)
def _inv(a: Array, *, assume_a: str | None = None, lower: bool = False) -> Array:
    return np.linalg.inv(_mirrored(a, lower, assume_a))


@_as_scipys(linalg.det)
def _det(a: Array) -> Array:
    return cast(np.linalg.det(a), np.result_type(a.dtype, np.float64))  # as SciPy does


@_as_scipys(linalg.norm)
def _norm(a: Array, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Array:
    return np.linalg.norm(a, ord, axis, keepdims)


@_as_scipys(linalg.pinv)
def _pinv(a: Array, *, rtol: float | None = None) -> Array:
    return np.linalg.pinv(
        a, rtol=max(a.shape[-2:]) * np.finfo(a.dtype).eps if rtol is None else rtol
    )


@_as_scipys(linalg.eigh)
def _eigh(a: Array, *, lower: bool = True, eigvals_only: bool = False) -> Any:
    if eigvals_only:
        return np.linalg.eigvalsh(a, "L" if lower else "U")
    return tuple(np.linalg.eigh(a, "L" if lower else "U"))


@_as_scipys(linalg.eigvalsh)
def _eigvalsh(a: Array, *, lower: bool = True) -> Array:
    return np.linalg.eigvalsh(a, "L" if lower else "U")


@_as_scipys(linalg.eig)
def _eig(a: Array) -> tuple[Array, Array]:
    w, v = np.linalg.eig(a)
    return w + 0j, v


@_as_scipys(linalg.eigvals)
def _eigvals(a: Array) -> Array:
    return np.linalg.eigvals(a) + 0j


@_as_scipys(linalg.svd)
def _svd(a: Array, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    if not compute_uv:
        return np.linalg.svdvals(a)
    return tuple(np.linalg.svd(a, full_matrices))


@_as_scipys(linalg.svdvals)
def _svdvals(a: Array) -> Array:
    return np.linalg.svdvals(a)


@_as_scipys(linalg.qr)
def _qr(a: Array, *, mode: str = "full") -> Any:
    modes = {"full": "complete", "economic": "reduced", "r": "r"}
    if mode not in modes:
        raise ValueError(f"mode={mode!r} has no derivative; pass one of {list(modes)}")
    if mode == "r":
        return (np.linalg.qr(a, "complete")[1],)
    return tuple(np.linalg.qr(a, modes[mode]))  # type: ignore[call-overload]


# Matrices with a structure.


@composed(linalg.block_diag)
def _block_diag(*arrs: Array) -> Array:
    blocks = [np.atleast_2d(block) for block in arrs]
    widths = [block.shape[1] for block in blocks]
    before = [sum(widths[:i]) for i in range(len(blocks))]
    after = [sum(widths[i + 1 :]) for i in range(len(blocks))]
    zeros = zip(before, after, strict=True)
    rows = [np.pad(block, ((0, 0), sides)) for block, sides in zip(blocks, zeros, strict=True)]
    return np.concatenate(rows)


@composed(linalg.toeplitz)
def _toeplitz(c: Array, r: Array | None = None) -> Array:
    r = conj(c) if r is None else r
    values = np.concatenate([c[::-1], r[1:]])
    return values[np.arange(len(c))[::-1, None] + np.arange(len(r))]


@composed(linalg.hankel)
def _hankel(c: Array, r: Array | None = None) -> Array:
    r = np.zeros_like(c) if r is None else r
    return np.concatenate([c, r[1:]])[np.arange(len(c))[:, None] + np.arange(len(r))]


@composed(linalg.circulant)
def _circulant(c: Array) -> Array:
    n = c.shape[-1]
    return c[..., (np.arange(n)[:, None] - np.arange(n)) % n]


# What is about structure, and what has no derivative here.

constant("it says how a matrix is made", linalg.bandwidth, linalg.issymmetric, linalg.ishermitian)
_refused = refusing(linalg)
_refused(
    "its pivots are not smooth; solve, det, cholesky and np.linalg.slogdet are supported",
    "lu lu_factor lu_solve ldl",
)
_refused(
    "write it with expm, or with eigh or eig, which are supported",
    "logm cosm sinm tanm coshm sinhm tanhm fractional_matrix_power signm funm",
)
_refused(
    "write it with solve, eigh or svd, which are supported",
    """lstsq polar null_space orth orthogonal_procrustes pinvh schur subspace_angles
    eig_banded eigvals_banded eigh_tridiagonal eigvalsh_tridiagonal cholesky_banded cho_solve_banded
    solve_toeplitz solve_circulant solveh_banded solve_discrete_lyapunov""",
)
_refused("toeplitz and @ are supported", "matmul_toeplitz convolution_matrix")
_refused("qr is supported", "rq qr_multiply qr_delete qr_insert qr_update")
_refused("expm is supported, with derivatives of every order", "expm_frechet expm_cond")
_refused("its name in NumPy is supported", "kron")
_refused("np.diag is supported", "diagsvd")
_refused("np.einsum is supported", "khatri_rao")
_refused("write it with np.concatenate, np.pad or np.diag", "companion leslie")
_refused("write it with np.subtract.outer", "fiedler fiedler_companion")
_refused("write it with @, for a random matrix of your own", "clarkson_woodruff_transform")
_refused(
    "solve_sylvester is supported, for linear equations", "solve_continuous_are solve_discrete_are"
)
_refused(
    "this form of a matrix has no derivative in SciPy; eig, eigh, svd and qr are supported",
    "matrix_balance hessenberg cdf2rdf rsf2csf qz ordqz cossin",
)

__all__ = supported(linalg)
__getattr__, __dir__ = namespace(globals(), lambda: linalg)
