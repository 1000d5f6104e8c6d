"""Decompositions of matrices: Cholesky, QR, eigenvalues, singular values, batched.

What a decomposition leaves open has no derivative, and the rules have conventions for it:

- Equal eigenvalues or singular values (to rounding): their vectors may be any basis of a space, and
  the rotation within it is taken as 0. So a function of the values alone has the right gradient
  (the sum of the singular values of I has gradient I), and derivatives of every order are finite.
  What a function owes to how equal values part is left out, since 0 / 0 does not tell it: from the
  gradient through their vectors, as of V f(w) Vᴴ, and from the Hessian of a function of the values,
  such as Σ w². Where that matters, take np.linalg.inv, solve, pinv or matrix_power of the matrix
  itself, or scipy.linalg's expm and sqrtm.
- Signs and phases of singular vectors and of the eigenvectors of a Hermitian matrix: as they move,
  they do not turn, vᴴ dv = 0. A function of them should not depend on phases, as |v| does not.
- `cholesky` and `eigh` read one triangle. The gradient is by the Hermitian matrix: itself
  Hermitian, it gives the derivative along Hermitian directions, and keeps a leaf Hermitian.

In the formulas, ∘ is the product by elements, and a gradient `g` is paired as in linalg.py.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from autograd.primitive import Array, composed, derivative, primitive
from autograd.rules.linalg import H, T, hermitian_part, on_diagonal
from autograd.rules.products import conj
from autograd.rules.shaping import value_of


def _reciprocal(x: Array, scale: Array) -> Array:
    """1 / x, but 0 where x is 0 to rounding beside `scale`, at any order."""
    zero = np.abs(value_of(x)) <= 4 * float(np.finfo(x.dtype).eps) * value_of(scale)
    return np.where(zero, 0, 1 / np.where(zero, 1, x))


def gaps(w: Array) -> Array:
    """F, with Fᵢⱼ = 1 / (wⱼ − wᵢ), and 0 where these are equal."""
    scale = np.sum(np.abs(value_of(w)), axis=-1)[..., None, None]
    return _reciprocal(w[..., None, :] - w[..., :, None], scale)


def _lower_with_half_diagonal(x: Array) -> Array:
    n = x.shape[-1]
    return x * (np.tri(n, dtype=x.real.dtype) - 0.5 * np.eye(n, dtype=x.real.dtype))


def _cholesky_to(g: Array, ans: Array, upper: bool) -> Array:
    """dL = L Φ(L⁻¹ dA L⁻ᴴ), where Φ takes the lower triangle and half the diagonal.

    Murray 2016, "Differentiation of the Cholesky decomposition".
    """
    if upper:
        g, ans = H(g), H(ans)
    phi = _lower_with_half_diagonal(T(ans) @ g)
    half = np.linalg.solve(T(ans), phi)  # L⁻ᵀ Φ, and then (L⁻ᵀ Φ) conj(L)⁻¹
    return hermitian_part(T(np.linalg.solve(H(ans), T(half))))


derivative(
    np.linalg.cholesky,
    "a * upper=False",
    None,
    a=lambda g, ans, upper: _cholesky_to(g, ans, upper),
)

# QR.


@primitive
def orthogonalised(a: Array, mode: Literal["reduced", "complete", "r"]) -> Any:
    """np.linalg.qr, of the modes that have a derivative."""
    return np.linalg.qr(a, mode)


@composed(np.linalg.qr)
def _qr(a: Array, mode: Any = "reduced") -> Any:
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(
            f"mode={mode!r} has no derivative; pass 'reduced', 'complete' or 'r', or .data for "
            f"the plain array"
        )
    return orthogonalised(a, mode)


def _qr_to(g: Any, ans: Any, a: Array, mode: str) -> Array:
    """Of A = X, or of A = (X Y) if A is wide, where X = Q R and Y = Q S."""
    q, r = np.linalg.qr(a) if mode == "r" else ans
    g_q, g_r = (None, g) if mode == "r" else g
    n = min(a.shape[-2:])
    g_q = np.zeros_like(q[..., :n]) if g_q is None else _without_complement(g_q, q, n)
    g_r = np.zeros_like(r) if g_r is None else g_r
    q, r, s, g_r, g_s = q[..., :n], r[..., :n, :n], r[..., n:], g_r[..., :n, :n], g_r[..., n:]
    if s.shape[-1] == 0:
        return _square_qr_to(g_q, g_r, q, r)
    by_y = conj(q) @ g_s  # S = Qᴴ Y
    by_x = _square_qr_to(g_q + conj(q @ s) @ H(g_s), g_r, q, r)
    return np.concatenate([by_x, by_y], axis=-1)


def _square_qr_to(g_q: Array, g_r: Array, q: Array, r: Array) -> Array:
    """With C = Qᴴ dA R⁻¹: dR R⁻¹ is C's upper triangle with what mirrors the lower, Re diag C.

    Roberts & Roberts 2020, "QR and LQ decomposition matrix backpropagation algorithms…"
    """
    n = r.shape[-1]
    diagonal = np.abs(value_of(np.linalg.diagonal(r)))
    if np.any(diagonal <= n * float(np.finfo(r.dtype).eps) * np.max(diagonal, -1, keepdims=True)):
        raise np.linalg.LinAlgError(
            "np.linalg.qr has no derivative where the first min(m, n) columns of the matrix are "
            "linearly dependent; np.linalg.svd or np.linalg.pinv may serve"
        )
    d = g_r @ T(r) - T(q) @ g_q
    above = d * np.triu(np.ones((n, n), r.real.dtype), 1)
    mirrored = above + H(above) + on_diagonal(np.real(np.linalg.diagonal(d)))
    return T(np.linalg.solve(r, T(g_q + conj(q) @ mirrored)))


def _without_complement(g: Array, q: Array, n: int) -> Array:
    """The gradient by the first n columns of a unitary Q, which the others follow.

    The others span what is orthogonal to the first. If these move by dQ₁, then those move by
    dQ₂ = −Q₁ (Q₂ᴴ dQ₁)ᴴ, and do not turn among themselves.
    """
    if q.shape[-1] == n:
        return g
    first, others = q[..., :n], q[..., n:]
    return g[..., :n] - conj(others) @ H(g[..., n:]) @ conj(first)


derivative(orthogonalised, None, None, a=_qr_to)

# Eigenvalues. With P = V⁻¹ dA V: dw = diag P, and dV = V (F ∘ P) before V is normalised.
# Giles 2008, 3.1.


def _eigh_to(g: Any, ans: Any) -> Array:
    """V⁻¹ is Vᴴ, and F ∘ P keeps V unitary."""
    (g_w, g_v), (w, v) = g, ans
    gradient = np.zeros_like(v)
    if g_w is not None:
        gradient = (conj(v) * g_w[..., None, :]) @ T(v)
    if g_v is not None:
        gradient = gradient + conj(v) @ (gaps(w) * (T(v) @ g_v)) @ T(v)
    return hermitian_part(gradient)


def _eig_to(g: Any, ans: Any) -> Array:
    (g_w, g_v), (w, v) = g, ans
    inner = 0 if g_w is None else on_diagonal(g_w)
    if g_v is not None:
        inner = inner + gaps(w) * (T(v) @ _normalised(g_v, v))
    return np.linalg.solve(T(v), inner @ T(v))


def _normalised(g: Array, v: Array) -> Array:
    """The gradient by columns that are then normalised to v as LAPACK does.

    Their length is 1, and their largest element real: to be exact, one that is real and largest.
    """
    along = np.sum(g * v, axis=-2, keepdims=True)
    g = g - conj(v) * np.real(along)
    if v.dtype.kind == "c" and v.size:
        sizes = np.abs(value_of(v)) * (np.imag(value_of(v)) == 0)
        largest = np.arange(v.shape[-1])[:, None] == np.argmax(sizes, axis=-2)[..., None, :]
        g = g - 1j * np.imag(along) * np.where(largest, 1 / np.where(largest, v, 1), 0)
    return g


derivative(np.linalg.eigh, "a UPLO='L'", None, a=_eigh_to)
derivative(
    np.linalg.eigvalsh,
    "a UPLO='L'",
    None,
    a=lambda g, a, UPLO: _eigh_to((g, None), np.linalg.eigh(a, UPLO)),
)
derivative(np.linalg.eig, "a", None, a=_eig_to)  # where V is singular, there is no derivative


@composed(np.linalg.eigvals)
def _eigvals(a: Array) -> Array:
    return np.linalg.eig(a)[0]


# Singular values: A = U S Vᴴ.


def _svd_to(g: Any, ans: Any, a: Array, compute_uv: bool, hermitian: bool) -> Array:
    """With P = Uᴴ dA V = P₊ + P₋, its Hermitian and its skew part: dS = Re diag P, and

        dU = U (F ∘ P₊ + K ∘ P₋) + (I − U Uᴴ) dA V S⁻¹
        dV = V (F ∘ P₊ − K ∘ P₋) + (I − V Vᴴ) dAᴴ U S⁻¹

    where Kᵢⱼ = 1 / (sᵢ + sⱼ): Townsend 2016, "Differentiating the singular value decomposition",
    with 1 / (sⱼ² − sᵢ²) in partial fractions, of which K is left where singular values are equal.
    """
    if not compute_uv:
        g, ans = (None, g, None), np.linalg.svd(a, False, True, hermitian)
    (g_u, g_s, g_vh), (u, s, vh) = g, ans
    n, v = s.shape[-1], H(vh)
    first_u, first_v = u[..., :n], v[..., :n]
    # The gradients in the conjugate, under which the transpose of X dA Y is Xᴴ … Yᴴ.
    core = 0 if g_s is None else on_diagonal(g_s)
    beyond = 0
    if g_u is not None or g_vh is not None:
        by_u = 0 * first_u if g_u is None else conj(_without_complement(g_u, u, n))
        by_v = 0 * first_v if g_vh is None else conj(_without_complement(H(g_vh), v, n))
        x, y = H(first_u) @ by_u, H(first_v) @ by_v
        scale = np.sum(s, axis=-1)[..., None, None]
        k = _reciprocal(s[..., None, :] + s[..., :, None], scale)
        core = core + gaps(s) * _skew(x + y) + k * _skew(x - y)
        inverse = _reciprocal(s[..., None, :], scale)
        beyond = (by_u - first_u @ x) * inverse @ H(first_v)
        beyond = beyond + first_u * inverse @ H(by_v - first_v @ y)
    gradient = conj(first_u @ core @ H(first_v) + beyond)
    return hermitian_part(gradient) if hermitian else gradient


def _skew(x: Array) -> Array:
    return (x - H(x)) * 0.5


derivative(
    np.linalg.svd,
    "a full_matrices=True compute_uv=True hermitian=False",
    None,
    a=_svd_to,
)


@composed(np.linalg.svdvals)
def _svdvals(x: Array, /) -> Array:
    return np.linalg.svd(x, compute_uv=False)
