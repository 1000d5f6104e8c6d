"""Products of matrices, vectors and other arrays, and of polynomials.

Two functions carry the sums of products: `matmul`, and einsum where the user calls it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from string import ascii_letters, ascii_lowercase, ascii_uppercase
from typing import Any

import numpy as np

from autograd.primitive import Array, composed, constant, derivative, linear, primitive
from autograd.rules.elementwise import over

Shape = tuple[int, ...]


@primitive
def affine(x: Array, weight: Array, bias: Array) -> Array:
    """x @ weightᵀ + bias: what a layer computes, as one node.

    x has shape (…, n_in), weight (n_out, n_in), bias (n_out,); the result has (…, n_out).

    >>> import numpy as np
    >>> affine(np.array([1.0, 2.0]), np.array([[1.0, 2.0], [-3.0, 4.0]]), np.array([1.0, 2.0]))
    array([6., 7.])
    """
    return x @ weight.T + bias


def _matmul_x(g: Array, y: Array, to: Shape) -> Array:
    """The gradient of x, of shape `to`, in x @ y: g @ yᵀ; a 1-d y is a column, a 1-d x a row."""
    if y.ndim == 1:
        return np.expand_dims(g, -1) * y
    if len(to) == 1:
        return np.matmul(y, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, np.swapaxes(y, -1, -2))


def _matmul_y(g: Array, x: Array, to: Shape) -> Array:
    """The gradient of y, of shape `to`, in x @ y: xᵀ @ g."""
    if len(to) == 1:
        return np.matmul(np.reshape(g, -1), np.reshape(x, (g.size, to[0])))
    if x.ndim == 1:
        return np.expand_dims(x, -1) * np.expand_dims(g, -2)
    if len(to) == 2:
        return np.matmul(_rows(x).T, _rows(g))  # the sum over the batch is part of the product
    return np.matmul(np.swapaxes(x, -1, -2), g)


def _rows(x: Array) -> Array:
    """x as a matrix: all axes but the last one are rows."""
    return x if x.ndim == 2 else np.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def _column_sums(x: Array) -> Array:
    return np.matmul(_ones(len(x), x.dtype), x)  # 2x faster than np.sum at 32 x 32


@lru_cache(maxsize=64)
def _ones(n: int, dtype: np.dtype[Any]) -> Array:
    return np.ones(n, dtype)


derivative(
    np.matmul,
    "x y",
    linear,
    x=lambda g, y, to: _matmul_x(g, y, to),
    y=lambda g, x, to: _matmul_y(g, x, to),
)
derivative(
    affine,
    None,
    None,
    x=lambda g, weight: np.matmul(g, weight),
    weight=lambda g, x: np.matmul(_rows(g).T, _rows(x)),
    bias=lambda g: g if g.ndim == 1 else _column_sums(_rows(g)),
)


def _arrays(*items: Any) -> list[Array]:
    """`items`, with numbers and lists made into arrays."""
    return [item if hasattr(item, "ndim") else np.asarray(item) for item in items]


def _conj(x: Array) -> Array:
    return np.conj(x) if x.dtype.kind == "c" else x


# Products of NumPy's by matmul or multiply.


@composed(np.linalg.matmul)
def _matmul(x1: Array, x2: Array, /) -> Array:
    return np.matmul(x1, x2)


@composed(np.dot)
def _dot(a: Array, b: Array) -> Array:
    a, b = _arrays(a, b)
    if a.ndim == 0 or b.ndim == 0:
        return np.multiply(a, b)
    return np.matmul(a, b) if b.ndim <= 2 else _tensordot(a, b, (-1, -2))


@composed(np.inner)
def _inner(a: Array, b: Array, /) -> Array:
    a, b = _arrays(a, b)
    return np.multiply(a, b) if a.ndim == 0 or b.ndim == 0 else _tensordot(a, b, (-1, -1))


@composed(np.vdot)
def _vdot(a: Array, b: Array, /) -> Array:
    a, b = _arrays(a, b)
    return np.matmul(_conj(np.ravel(a)), np.ravel(b))


@composed(np.vecdot, np.linalg.vecdot)
def _vecdot(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    x1, x2 = (x if axis == -1 else np.moveaxis(x, axis, -1) for x in _arrays(x1, x2))
    return np.matmul(_conj(x1)[..., None, :], x2[..., :, None])[..., 0, 0]


def _matvec(x1: Array, x2: Array, /) -> Array:
    return np.matmul(x1, _arrays(x2)[0][..., :, None])[..., 0]


def _vecmat(x1: Array, x2: Array, /) -> Array:
    return np.matmul(_conj(_arrays(x1)[0])[..., None, :], x2)[..., 0, :]


if hasattr(np, "matvec"):  # NumPy 2.2
    composed(np.matvec)(_matvec)
    composed(np.vecmat)(_vecmat)


@composed(np.outer)
def _outer(a: Array, b: Array) -> Array:
    return np.multiply(np.reshape(a, (-1, 1)), np.reshape(b, (1, -1)))


@composed(np.linalg.outer)
def _outer_of_vectors(x1: Array, x2: Array, /) -> Array:
    x1, x2 = _arrays(x1, x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(
            f"np.linalg.outer takes two vectors, but got the shapes {x1.shape} and {x2.shape}; "
            f"np.outer flattens its arguments"
        )
    return _outer(x1, x2)


@composed(np.kron)
def _kron(a: Array, b: Array) -> Array:
    a, b = _arrays(a, b)
    ndim = max(a.ndim, b.ndim)
    a, b = (np.reshape(x, (1,) * (ndim - x.ndim) + x.shape) for x in (a, b))
    blocks = np.expand_dims(a, tuple(range(1, 2 * ndim, 2))) * np.expand_dims(
        b, tuple(range(0, 2 * ndim, 2))
    )
    return np.reshape(blocks, tuple(m * n for m, n in zip(a.shape, b.shape)))


@composed(np.tensordot, np.linalg.tensordot)
def _tensordot(a: Array, b: Array, axes: Any = 2) -> Array:
    a, b = _arrays(a, b)
    if isinstance(axes, (int, np.integer)):
        axes = range(-axes, 0), range(axes)
    a_axes, b_axes = (
        [axis % x.ndim for axis in ([of] if isinstance(of, (int, np.integer)) else of)]
        for x, of in zip((a, b), axes, strict=True)
    )
    if len(set(a_axes)) < len(a_axes) or len(set(b_axes)) < len(b_axes):
        raise ValueError(f"np.tensordot got the same axis twice in axes={axes}")
    if [a.shape[axis] for axis in a_axes] != [b.shape[axis] for axis in b_axes]:
        raise ValueError(
            f"np.tensordot of shape {a.shape} and {b.shape}: the axes {a_axes} and {b_axes} that "
            f"it sums over differ in length"
        )
    rows = [axis for axis in range(a.ndim) if axis not in a_axes]
    columns = [axis for axis in range(b.ndim) if axis not in b_axes]
    n_rows, n_columns = (
        [a.shape[axis] for axis in rows],
        [b.shape[axis] for axis in columns],
    )
    n = math.prod(a.shape[axis] for axis in a_axes)
    product = np.matmul(
        np.reshape(np.transpose(a, rows + a_axes), (math.prod(n_rows), n)),
        np.reshape(np.transpose(b, b_axes + columns), (n, math.prod(n_columns))),
    )
    return np.reshape(product, (*n_rows, *n_columns))


@composed(np.linalg.multi_dot)
def _multi_dot(arrays: Sequence[Array]) -> Array:
    if len(arrays) < 2:
        raise ValueError(f"np.linalg.multi_dot needs at least two arrays, but got {len(arrays)}")
    first, *middle, last = _arrays(*arrays)
    matrices = [first[None, :] if first.ndim == 1 else first, *middle]
    matrices.append(last[:, None] if last.ndim == 1 else last)
    if any(matrix.ndim != 2 for matrix in matrices):
        shapes = ", ".join(str(x.shape) for x in (first, *middle, last))
        raise ValueError(
            f"np.linalg.multi_dot takes matrices, of which the first and the last may be vectors, "
            f"but got the shapes {shapes}"
        )
    sides = (*(len(matrix) for matrix in matrices), matrices[-1].shape[1])

    def product(i: int, j: int) -> Array:
        if i == j:
            return matrices[i]
        k = _cheapest(sides[i : j + 2])[1]
        return np.matmul(product(i, i + k), product(i + k + 1, j))

    result = product(0, len(matrices) - 1)
    return result[(0,) * (first.ndim == 1) + (..., *(0,) * (last.ndim == 1))]


@lru_cache(maxsize=4096)
def _cheapest(sides: Shape) -> tuple[int, int]:
    """The multiplications that a chain of matrices needs, and the matrix to split it after.

    The i-th matrix has shape sides[i : i + 2].
    """
    if len(sides) == 2:
        return 0, 0
    return min(
        (
            _cheapest(sides[: k + 2])[0]
            + _cheapest(sides[k + 1 :])[0]
            + sides[0] * sides[k + 1] * sides[-1],
            k,
        )
        for k in range(len(sides) - 2)
    )


@primitive
def cross(x: Array, y: Array) -> Array:
    """The cross products of the vectors along the last axes, of length 3."""
    return np.cross(x, y)


derivative(cross, None, linear, x=lambda g, y: cross(y, g), y=lambda g, x: cross(g, x))


@composed(np.linalg.cross)
def _cross_of_three(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    x1, x2 = _arrays(x1, x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(
            f"np.linalg.cross takes vectors of length 3, but along axis {axis} the shapes are "
            f"{x1.shape} and {x2.shape}"
        )
    return _cross(x1, x2, axis=axis)


@composed(np.cross)
def _cross(
    a: Array, b: Array, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Array:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = (
        x if of == -1 else np.moveaxis(x, of, -1)
        for x, of in zip(_arrays(a, b), (axisa, axisb), strict=True)
    )
    if not {a.shape[-1:], b.shape[-1:]} <= {(2,), (3,)}:
        raise ValueError(
            f"np.cross takes vectors of length 2 or 3, but got {a.shape} and {b.shape}, with the "
            f"vectors along the last axis"
        )
    product = cross(_with_z(a), _with_z(b))
    if a.shape[-1] == b.shape[-1] == 2:
        return product[..., 2]
    return product if axisc == -1 else np.moveaxis(product, -1, axisc)


def _with_z(x: Array) -> Array:
    """Vectors of length 2 as vectors of length 3."""
    if x.shape[-1] == 3:
        return x
    return np.concatenate([x, np.zeros((*x.shape[:-1], 1), x.dtype)], axis=-1)


# Einstein's notation. Every form of the call becomes einsum(operands, "ij,jk->ik").


@primitive
def einsum(operands: Sequence[Array], subscripts: str, optimize: Any = False) -> Array:
    """np.einsum of several operands, with every index named and the output given."""
    return np.einsum(subscripts, *operands, optimize=optimize)


@primitive
def einsum_of_one(x: Array, subscripts: str) -> Array:
    """np.einsum of one operand, whose rule does not need it."""
    return np.einsum(subscripts, x)


@composed(np.einsum)
def _einsum(*operands: Any, optimize: Any = False) -> Array:
    subscripts, arrays = _string_form(operands)
    subscripts = _explicit(subscripts, tuple([array.ndim for array in arrays]))
    return _contracted(arrays, subscripts, optimize)


def _contracted(arrays: list[Array], subscripts: str, optimize: Any) -> Array:
    if len(arrays) == 1:
        return einsum_of_one(arrays[0], subscripts)
    return einsum(arrays, subscripts, optimize)


_LABELS = ascii_uppercase + ascii_lowercase  # what NumPy writes for the indices 0, 1, …


def _string_form(operands: Sequence[Any]) -> tuple[str, list[Array]]:
    """The subscripts and the arrays of a call, also of einsum(a, [0, 1], b, [1, 2], [0, 2])."""
    if not operands:
        raise ValueError("np.einsum needs subscripts and at least one operand")
    if isinstance(operands[0], str):
        return operands[0].replace(" ", ""), _arrays(*operands[1:])
    pairs = len(operands) // 2
    subscripts = ",".join(_lettered(operands[2 * i + 1]) for i in range(pairs))
    if len(operands) % 2:
        subscripts += "->" + _lettered(operands[-1])
    return subscripts, _arrays(*operands[: 2 * pairs : 2])


def _lettered(indices: Sequence[Any]) -> str:
    """[..., 0, 2] as "...AC"."""
    for i in indices:
        if i is not Ellipsis and not 0 <= i < len(_LABELS):
            raise ValueError(f"np.einsum got the index {i}; indices go from 0 to 51")
    return "".join("..." if i is Ellipsis else _LABELS[i] for i in indices)


@lru_cache(maxsize=1024)
def _explicit(subscripts: str, ndims: Shape) -> str:
    """`subscripts` with a letter for each axis, and with the output: "...i,i" to "abi,i->ab"."""
    inputs, arrow, output = subscripts.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(ndims):
        raise ValueError(
            f"np.einsum got {len(ndims)} operands for the {len(terms)} terms of {subscripts!r}"
        )
    counts = [max(0, n - len(t) + 3) if "..." in t else 0 for t, n in zip(terms, ndims)]
    unused = [letter for letter in ascii_letters if letter not in subscripts]
    rest = "".join(unused[: max(counts)])  # the axes that the dots stand for
    if not arrow:
        named = inputs.replace("...", "").replace(",", "")
        output = "..." + "".join(sorted(i for i in named if named.count(i) == 1))
    elif rest and "..." not in output:
        raise ValueError(
            f"np.einsum of {subscripts!r}: the dots stand for {len(rest)} axes, which the output "
            f"does not have; write '...' in it"
        )
    terms = [t.replace("...", rest[len(rest) - n :]) for t, n in zip(terms, counts)]
    return ",".join(terms) + "->" + output.replace("...", rest)


class _Each(Sequence[Array]):
    """The gradients of several arrays, each computed when it is asked for: most need not all."""

    def __init__(self, compute: Callable[[int], Array], n: int) -> None:
        self.compute = compute
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: Any) -> Array:
        return self.compute(i)

    def __iter__(self) -> Iterator[Array]:
        return map(self.compute, range(self.n))


def _einsum_to(
    g: Array, operands: Sequence[Array], subscripts: str, i: int, to: Shape, optimize: Any = False
) -> Array:
    """The gradient of the i-th operand, of shape `to`: g takes its place among the others.

    `operands` may lack the i-th one, if it is the only one.
    """
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    term = terms.pop(i)
    others = [operand for j, operand in enumerate(operands) if j != i]
    sizes = dict(zip(term, to))
    elsewhere = "".join([output, *terms])
    found = [label for label in sizes if sizes[label] != 1 and label in elsewhere]
    if not isinstance(optimize, (bool, str)):
        optimize = True  # a path is that of the forward pass
    gradient = _contracted(
        [g, *others], ",".join([output, *terms]) + "->" + "".join(found), optimize
    )
    if len(found) < len(sizes):
        gradient = np.expand_dims(
            gradient, tuple(k for k, label in enumerate(sizes) if label not in found)
        )
    if gradient.shape != tuple(sizes.values()):
        gradient = np.broadcast_to(gradient, tuple(sizes.values()))
    return gradient if len(sizes) == len(term) else _onto_diagonal(gradient, term, to)


def _onto_diagonal(x: Array, term: str, to: Shape) -> Array:
    """Zeros of shape `to`, but x where axes with the same label have the same index."""
    first = [term.index(label) for label in term]
    places = np.ogrid[tuple(slice(side) for side in to)]
    same = np.ones((), bool)
    for k, j in enumerate(first):
        if j != k:
            same = same & (places[j] == places[k])
    x = np.reshape(x, tuple(side if first[k] == k else 1 for k, side in enumerate(to)))
    return np.where(same, x, 0)


derivative(
    einsum,
    "[operands] subscripts optimize=False",
    None,
    operands=lambda g, operands, subscripts, to, optimize: _Each(
        lambda i: _einsum_to(g, operands, subscripts, i, to[i], optimize), len(to)
    ),
)
derivative(
    einsum_of_one,
    None,
    linear,
    x=lambda g, subscripts, to: _einsum_to(g, [], subscripts, 0, to),
)
constant("its values are the steps of a computation", np.einsum_path)

# Convolution, and polynomials, whose coefficients it multiplies.


@primitive
def convolve(x: Array, y: Array, start: int, stop: int) -> Array:
    """The elements from `start` to `stop` of the full convolution of x (m,) and y (n,).

    There are m + n - 1: element k is the sum of x[i] y[k - i]; those outside are 0.
    """
    edge, full = min(len(x), len(y)) - 1, len(x) + len(y) - 1
    if start >= edge and stop <= full - edge:
        return np.convolve(x, y, "valid")[start - edge : stop - edge]
    inside = np.convolve(x, y)[max(start, 0) : max(stop, 0)]
    return np.pad(inside, (max(-start, 0), max(stop - full, 0)))


def _correlated(g: Array, y: Array, start: int, to: Shape) -> Array:
    """The gradient of x, of shape `to`, in convolve(x, y, start, …): sums of g[k] y[k - i]."""
    start = len(y) - 1 - start
    return convolve(g, y[::-1], start, start + to[0])


derivative(
    convolve,
    None,
    linear,
    x=lambda g, y, start, to: _correlated(g, y, start, to),
    y=lambda g, x, start, to: _correlated(g, x, start, to),
)


@composed(np.convolve)
def _convolve(a: Array, v: Array, mode: str = "full") -> Array:
    a, v = _vectors("np.convolve", a, v)
    return convolve(a, v, *_window("np.convolve", len(a), len(v), mode))


@composed(np.correlate)
def _correlate(a: Array, v: Array, mode: str = "valid") -> Array:
    a, v = _vectors("np.correlate", a, v)
    start, stop = _window("np.correlate", len(a), len(v), mode)
    if len(a) < len(v):  # NumPy exchanges them, and turns the result round
        full = len(a) + len(v) - 1
        start, stop = full - stop, full - start
    return convolve(a, _conj(v)[::-1], start, stop)


def _vectors(name: str, *items: Any) -> list[Array]:
    """`items` as arrays with one axis, none of which is empty."""
    arrays = [np.reshape(x, (1,)) if x.ndim == 0 else x for x in _arrays(*items)]
    if any(x.ndim != 1 or not len(x) for x in arrays):
        shapes = " and ".join(str(x.shape) for x in arrays)
        raise ValueError(f"{name} takes vectors that are not empty, but got the shapes {shapes}")
    return arrays


def _window(name: str, m: int, n: int, mode: str) -> tuple[int, int]:
    """Which part of the full convolution of m by n elements `mode` means."""
    short, long = sorted((m, n))
    windows = {
        "full": (0, m + n - 1),
        "same": ((short - 1) // 2, (short - 1) // 2 + long),
        "valid": (short - 1, long),
    }
    if mode not in windows:
        raise ValueError(f"{name} got mode={mode!r}; expected 'full', 'same' or 'valid'")
    return windows[mode]


@composed(np.polyval)
def _polyval(p: Array, x: Array) -> Array:
    p, x = _arrays(p, x)
    y = np.zeros_like(x)
    for coefficient in p:
        y = y * x + coefficient
    return y


@composed(np.polyadd)
def _polyadd(a1: Array, a2: Array) -> Array:
    a1, a2 = _arrays(a1, a2)
    n = max(np.size(a1), np.size(a2))
    return _padded(a1, n) + _padded(a2, n)


@composed(np.polysub)
def _polysub(a1: Array, a2: Array) -> Array:
    return _polyadd(a1, -_arrays(a2)[0])


def _padded(p: Array, n: int) -> Array:
    """The polynomial p with n coefficients."""
    return np.concatenate([np.zeros(n - p.size, p.dtype), np.reshape(p, (-1,))])


@composed(np.polymul)
def _polymul(a1: Array, a2: Array) -> Array:
    a1, a2 = _vectors("np.polymul", a1, a2)
    return _convolve(a1, a2)[_leading_zeros(a1) + _leading_zeros(a2) :]


def _leading_zeros(p: Array) -> int:
    """How many coefficients NumPy drops: all but one of a polynomial that is 0."""
    nonzero = np.nonzero(p)[0]
    return int(nonzero[0]) if len(nonzero) else len(p) - 1


@composed(np.polydiv)
def _polydiv(u: Array, v: Array) -> tuple[Array, Array]:
    u, v = _vectors("np.polydiv", u, v)
    n = len(u) - len(v) + 1
    quotient, rest = [], u.astype(np.result_type(u, v, 0.0))
    for k in range(n):
        quotient.append(rest[k] / v[0])
        product = np.convolve(quotient[-1], v)
        rest = rest - np.concatenate([np.zeros(k, v.dtype), product, np.zeros(n - 1 - k, v.dtype)])
    gone = 0
    while gone < len(rest) - 1 and np.allclose(rest[gone], 0, rtol=1e-14):
        gone += 1
    return np.stack(quotient) if quotient else np.zeros(1, rest.dtype), rest[gone:]


@composed(np.polyder)
def _polyder(p: Array, m: int = 1) -> Array:
    if m < 0:
        raise ValueError(f"np.polyder got m={m}; to integrate, use np.polyint")
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@composed(np.polyint)
def _polyint(p: Array, m: int = 1, k: Any = None) -> Array:
    if m < 0:
        raise ValueError(f"np.polyint got m={m}; to differentiate, use np.polyder")
    constants = np.reshape(_arrays(0.0 if k is None else k)[0], (-1,))
    constants = np.broadcast_to(constants, (m,)) if len(constants) == 1 else constants
    if len(constants) < m:
        raise ValueError(f"np.polyint got {len(constants)} constants in k for m={m} integrations")
    for i in range(m):
        p = np.concatenate([p / np.arange(len(p), 0, -1), constants[i : i + 1]])
    return p


@composed(np.vander)
def _vander(x: Array, N: int | None = None, increasing: bool = False) -> Array:
    if x.ndim != 1:
        raise ValueError(f"np.vander takes a vector, but got the shape {x.shape}")
    powers = np.arange(len(x) if N is None else N)
    return np.power(x[:, None], powers if increasing else powers[::-1])


@composed(np.poly)
def _poly(seq_of_zeros: Array) -> Array:
    (zeros,) = _arrays(seq_of_zeros)
    if zeros.ndim == 2:
        zeros = np.linalg.eigvals(zeros)
    p: Any = np.ones(1, zeros.dtype)
    for zero in zeros:
        p = np.convolve(p, np.stack([np.ones_like(zero), -zero]))
    conjugates = np.conj(zeros)
    if zeros.dtype.kind == "c" and np.array_equal(
        zeros[np.argsort(zeros)], conjugates[np.argsort(conjugates)]
    ):
        return np.real(p)
    return p


def _roots_to(g: Array, ans: Array, p: Array) -> Array:
    """Where p(r) = 0, dr = -Σ r^(n - k) dp[k] / p'(r)."""
    weights = over(g, np.polyval(np.polyder(p), ans))
    return -np.matmul(weights, np.vander(ans, len(p)))


derivative(np.roots, "p", None, p=lambda g, ans, p: _roots_to(g, ans, p))
