"""Linear algebra: determinants, inverses, systems of equations, batched.

In the comments, df is the differential of f(A) as A moves along dA. A rule is its transpose under
the pairing Re Σ g · dA, which has no conjugate: tr(gᵀ X dA Y) makes the gradient Xᵀ g Yᵀ. Where a
function is not holomorphic, conjugates come from its own formula. Decompositions and norms are in
files of their own.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from autograd.primitive import Array, composed, constant, derivative, linear, primitive
from autograd.rules.elementwise import times
from autograd.rules.indexing import put
from autograd.rules.products import conj
from autograd.rules.shaping import as_arrays, value_of


def T(x: Array) -> Array:
    """The transpose of each matrix."""
    return np.swapaxes(x, -1, -2)


def H(x: Array) -> Array:  # noqa: N802  (as in the formulas)
    """The conjugate transpose of each matrix."""
    return conj(np.swapaxes(x, -1, -2))


def hermitian_part(x: Array) -> Array:
    """(x + xᴴ) / 2: the gradient by a Hermitian matrix, of which one triangle may be read."""
    return (x + H(x)) * 0.5


def on_diagonal(x: Array) -> Array:
    """Diagonal matrices, with the last axis of x on the diagonal."""
    return x[..., None] * np.eye(x.shape[-1], dtype=bool)


# Determinants.


def _cofactors(a: Array, det: Array) -> Array:
    """The derivative of det A by A: the transposed adjugate, also where A is singular.

    Where the determinant under- or overflows, that of A / s for a power s of 2, times s to the
    power n − 1: it may be neither small nor large.
    """
    size, number = np.abs(value_of(det)), np.finfo(a.dtype)
    usual = (size >= number.tiny) & (size <= number.max)
    if np.all(usual):
        return _cofactors_of_usual(a, det)
    largest = np.max(np.abs(value_of(a)), axis=(-2, -1), initial=0)
    exponent = np.where(usual | ~np.isfinite(largest), 0, np.frexp(largest)[1])
    exponent = np.maximum(exponent, number.minexp)  # 1 / s is a number, too
    scale = np.ldexp(number.dtype.type(1), exponent)[..., None, None]
    scaled = a / scale
    with np.errstate(over="ignore"):
        factor = scale ** (a.shape[-1] - 1.0)
    return times(_cofactors_of_usual(scaled, np.linalg.det(scaled)), factor)


def _cofactors_of_usual(a: Array, det: Array) -> Array:
    n = a.shape[-1]
    with np.errstate(all="ignore"):
        singular = n > 0 and np.real(np.linalg.cond(value_of(a), 1)) * _small(a) > 1
    if not np.any(singular):
        return det[..., None, None] * T(np.linalg.inv(a))  # Jacobi's formula
    unit = np.eye(n, dtype=a.dtype)
    cofactors = _cofactors_of_usual(np.where(singular[..., None, None], unit, a), det)
    places = np.flatnonzero(singular)
    adjugates = np.stack([_adjugate(np.reshape(a, (-1, n, n))[place]) for place in places])
    return np.reshape(put(np.reshape(cofactors, (-1, n, n)), places, T(adjugates)), a.shape)


def _small(a: Array) -> float:
    """Beside 1, what may be 0: dividing by something larger costs a third of the digits at most."""
    return float(np.cbrt(np.finfo(a.dtype).eps))


def _adjugate(a: Array) -> Array:
    """det(A) A⁻¹ of one matrix, as the polynomial that it is: right to any order, at any rank.

    In the bases U and V of the singular vectors, which are held fixed, B = Uᴴ A V is nearly
    diagonal, and its small singular values are all in one block. The other one, B₁₁, is inverted;
    the rest is the adjugate of its Schur complement.
    """
    n = len(a)
    u, s, vh = np.linalg.svd(value_of(a))
    rank = min(int(np.sum(s > _small(a) * s[0])), n - 1)
    b = H(u) @ a @ H(vh)
    inverse = np.linalg.inv(b[:rank, :rank])
    x, y = inverse @ b[:rank, rank:], b[rank:, :rank] @ inverse
    det, adjugate = _det_and_adjugate(b[rank:, rank:] - b[rank:, :rank] @ x)
    (v1, v2), (u1, u2) = np.split(H(vh), [rank], axis=1), np.split(H(u), [rank])
    parts = (v1 @ x - v2) @ adjugate @ (y @ u1 - u2) + det * (v1 @ inverse @ u1)
    return parts * np.linalg.det(b[:rank, :rank]) * (np.linalg.det(u) * np.linalg.det(vh))


def _det_and_adjugate(a: Array) -> tuple[Array, Array]:
    """Those of a small matrix, by the method of Faddeev and LeVerrier: without a division by it."""
    n, unit = len(a), np.eye(len(a), dtype=a.dtype)
    adjugate = unit
    for k in range(1, n):
        product = a @ adjugate
        adjugate = unit * (np.sum(product * unit) / k) - product
    return np.sum(a * T(adjugate)) / n, adjugate


def _slogdet_to(g: Array, ans: Array, a: Array) -> Array:
    """d log|det A| = Re tr(A⁻¹ dA); d sign = i sign Im tr(A⁻¹ dA), which is 0 for real A."""
    (g_sign, g_log), (sign, log) = g, ans
    slope = np.zeros_like(log) if g_log is None else g_log
    if g_sign is not None and a.dtype.kind == "c":
        slope = slope + 1j * np.imag(g_sign * sign)
    singular = np.isinf(value_of(log))
    if np.any(singular):
        if np.any(singular & (value_of(slope) != 0)):
            raise np.linalg.LinAlgError(
                "np.linalg.slogdet has no derivative at a singular matrix, where the logarithm is "
                "-inf; np.linalg.det has one"
            )
        a = np.where(singular[..., None, None], np.eye(a.shape[-1], dtype=a.dtype), a)
    return slope[..., None, None] * T(np.linalg.inv(a))


derivative(np.linalg.det, "a", None, a=lambda g, ans, a: g[..., None, None] * _cofactors(a, ans))
derivative(np.linalg.slogdet, "a", None, a=_slogdet_to)

# Inverses.

# d A⁻¹ = −A⁻¹ dA A⁻¹ (Giles 2008, "An extended collection of matrix derivative results", 2.2.3)
derivative(np.linalg.inv, "a", None, a=lambda g, ans: -(T(ans) @ g @ T(ans)))


@primitive
def pseudoinverse(a: Array, rcond: Any, hermitian: bool = False) -> Array:
    """A⁺ of each matrix; singular values below rcond times the largest one count as zero."""
    return np.linalg.pinv(a, rcond, hermitian)


def _pinv_to(g: Array, ans: Array, a: Array, hermitian: bool) -> Array:
    """dA⁺ = −A⁺ dA A⁺ + A⁺ A⁺ᴴ dAᴴ (I − A A⁺) + (I − A⁺ A) dAᴴ A⁺ᴴ A⁺, at constant rank.

    Golub & Pereyra 1973, "The differentiation of pseudo-inverses…", formula 4.12.
    """
    left, right = T(g) @ ans @ H(ans), H(ans) @ ans @ T(g)
    pulled = left - a @ (ans @ left) + right - (right @ ans) @ a
    gradient = conj(pulled) - T(ans) @ g @ T(ans)
    return hermitian_part(gradient) if hermitian else gradient


derivative(
    pseudoinverse,
    None,
    None,
    a=lambda g, ans, a, hermitian: _pinv_to(g, ans, a, hermitian),
)


def _precision(*arrays: Array) -> float:
    return float(np.finfo(np.result_type(*arrays, np.float32)).eps)  # of integers as of float64


@composed(np.linalg.pinv)
def _pinv(
    a: Array, rcond: Any = None, hermitian: bool = False, *, rtol: Any = np._NoValue
) -> Array:
    if rcond is None and rtol is None:
        rcond = max(a.shape[-2:]) * _precision(a)
    elif rcond is None:
        rcond = 1e-15 if rtol is np._NoValue else rtol
    elif rtol is not np._NoValue:
        raise ValueError("got both rcond and rtol, which mean the same: pass one")
    return pseudoinverse(a, rcond, hermitian)


@composed(np.linalg.matrix_power)
def _matrix_power(a: Array, n: int) -> Array:
    n = operator.index(n)
    if n == 0:
        return np.where(False, a, np.eye(a.shape[-1], dtype=a.dtype))
    if n < 0:
        return _matrix_power(np.linalg.inv(a), -n)
    if n == 1:
        return np.copy(a)
    half = _matrix_power(a, n // 2)
    return half @ half if n % 2 == 0 else half @ half @ a


@composed(np.linalg.tensorinv)
def _tensorinv(a: Array, ind: int = 2) -> Array:
    if ind <= 0:
        raise ValueError(f"got ind={ind!r}; it is the number of first axes")
    rows = math.prod(a.shape[ind:])
    return np.reshape(np.linalg.inv(np.reshape(a, (rows, -1))), (*a.shape[ind:], *a.shape[:ind]))


# Systems of equations: A x = b.


def _solve_transposed(a: Array, g: Array, is_vector: bool) -> Array:
    """A⁻ᵀ g"""
    if is_vector:
        return np.linalg.solve(T(a), g[..., None])[..., 0]
    return np.linalg.solve(T(a), g)


def _solve_to_a(g: Array, ans: Array, a: Array) -> Array:
    is_vector = ans.ndim < a.ndim
    pulled = _solve_transposed(a, g, is_vector)
    if is_vector:
        return -(pulled[..., None] * ans[..., None, :])
    return -(pulled @ T(ans))


# dx = A⁻¹ (db − dA x) (Giles 2008, 2.3.1). As NumPy has it, only a 1-d b is a vector.
derivative(
    np.linalg.solve,
    "a b",
    None,
    a=_solve_to_a,
    b=lambda g, a, to: _solve_transposed(a, g, len(to) == 1),
)


@composed(np.linalg.tensorsolve)
def _tensorsolve(a: Array, b: Array, axes: Any = None) -> Array:
    a, b = as_arrays(a, b)
    if axes is not None:
        order = [axis for axis in range(a.ndim) if axis not in axes]
        for axis in axes:
            order.insert(a.ndim, axis)
        a = np.transpose(a, order)
    shape = a.shape[b.ndim :]
    size = math.prod(shape)
    if a.size != size**2:
        raise np.linalg.LinAlgError(
            f"np.linalg.tensorsolve of shape {a.shape}: the product of the first {b.ndim} "
            f"lengths must be that of the others"
        )
    return np.reshape(np.linalg.solve(np.reshape(a, (size, size)), np.ravel(b)), shape)


@composed(np.linalg.lstsq)
def _lstsq(a: Array, b: Array, rcond: Any = None) -> tuple[Array, Array, Any, Array]:
    """The solution A⁺ b and the singular values have a derivative at constant rank."""
    a, b = as_arrays(a, b)
    rows, columns = a.shape
    rcond = {None: max(rows, columns) * _precision(a, b), -1: _precision(a, b)}.get(rcond, rcond)
    s = np.linalg.svdvals(a)
    rank = np.sum(value_of(s) > rcond * value_of(s[:1]), dtype=np.int32)
    x = np.linalg.pinv(a, rcond) @ b
    if rank == columns < rows:
        error = b - a @ x
        squares = np.sum(np.real(error * np.conj(error)), axis=0)
        return x, np.reshape(squares, -1), rank, s
    return x, np.zeros(0, s.dtype), rank, s


# Parts of matrices, where the axes are the last two.


@composed(np.linalg.diagonal)
def _diagonal(x: Array, /, *, offset: int = 0) -> Array:
    return np.diagonal(x, offset, -2, -1)


@composed(np.linalg.trace)
def _trace(x: Array, /, *, offset: int = 0, dtype: Any = None) -> Array:
    return np.sum(np.linalg.diagonal(x, offset=offset), axis=-1, dtype=dtype)


derivative(np.linalg.matrix_transpose, "x", linear, x=lambda g: T(g))

constant("its values are integers", np.linalg.matrix_rank)
