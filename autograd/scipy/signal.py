"""scipy.signal: convolution and correlation, which are linear in each array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import scipy

from autograd.primitive import Array, composed, primitive
from autograd.scipy.names import namespace
from autograd.tensor import plain

__all__ = ["convolve", "correlate", "fftconvolve"]

Mode: TypeAlias = Literal["full", "valid", "same"]
Pair: TypeAlias = tuple[Sequence[int], Sequence[int]]


@primitive
def convolve(
    in1: Array,
    in2: Array,
    axes: Pair | Mode | None = None,
    dot_axes: Pair = ((), ()),
    mode: Mode = "full",
    method: str = "auto",
) -> Array:
    """As scipy.signal.convolve along all axes; or along some, as the layers of networks do.

    Parameters
    ----------
    in1, in2 : array
        With as many axes as each other, if `axes` is not given.
    axes : (axes of in1, axes of in2), optional
        The pairs of axes to convolve along. A string here is the `mode`, as SciPy has it.
    dot_axes : (axes of in1, axes of in2), optional
        The pairs of axes to sum products over, as np.tensordot does.
    mode : "full", "valid" or "same"
    method : "auto", "direct" or "fft"
        The last one only along all axes.

    Returns: an array with the axes of in1 that are in no pair, then those of in2, then those that
    were convolved, in the order of `axes`. Raises ValueError if they do not fit.

    >>> import numpy as np
    >>> images, filters = np.ones((10, 3, 8, 8)), np.ones((3, 5, 2, 2))
    >>> convolve(images, filters, axes=([2, 3], [2, 3]), dot_axes=([1], [0]), mode="valid").shape
    (10, 5, 7, 7)
    """
    if axes is None or isinstance(axes, str):
        mode = mode if axes is None else axes
        return scipy.signal.convolve(in1, in2, mode, method)
    return _convolve(in1, in2, axes, dot_axes, mode, method)


@composed(convolve.__primitive__)  # type: ignore[attr-defined]
def _convolve(
    in1: Array,
    in2: Array,
    axes: Pair | Mode | None = None,
    dot_axes: Pair = ((), ()),
    mode: Mode = "full",
    method: str = "auto",
) -> Array:
    if axes is None or isinstance(axes, str):
        mode = mode if axes is None else axes
        if np.ndim(in1) != np.ndim(in2):
            raise ValueError(
                f"got shapes {np.shape(in1)} and {np.shape(in2)}, with another number of axes "
                f"each; pass axes=…"
            )
        if method == "auto":
            method = scipy.signal.choose_conv_method(plain(in1), plain(in2), mode)
        if method == "fft":
            return _fftconvolve(in1, in2, mode)
        axes = (range(np.ndim(in1)), range(np.ndim(in2)))
    elif method == "fft":
        raise ValueError("takes method='fft' along all axes only; leave out axes=…")
    a, sizes1 = _arranged(in1, axes[0], dot_axes[0], "in1")
    b, sizes2 = _arranged(in2, axes[1], dot_axes[1], "in2")
    n, n_dot = len(sizes1), len(dot_axes[0])
    if len(sizes2) != n or len(dot_axes[1]) != n_dot:
        raise ValueError(f"got axes={axes} and dot_axes={dot_axes}, which are no pairs")
    swapped = mode == "valid" and any(m < k for m, k in zip(sizes1, sizes2, strict=True))
    if swapped:
        a, b, sizes1, sizes2 = b, a, sizes2, sizes1
        if any(m < k for m, k in zip(sizes1, sizes2, strict=True)):
            raise ValueError(
                f"in mode 'valid' got shapes {np.shape(in1)} and {np.shape(in2)}: one must be at "
                f"least as long as the other along every axis that is convolved"
            )
    if mode != "valid":
        a = np.pad(a, [(0, 0)] * (a.ndim - n) + [(k - 1, k - 1) for k in sizes2])
    along, summed = tuple(range(-n, 0)), list(range(-n - n_dot, 0))
    kept = a.ndim - n - n_dot  # axes of a that are in no pair; then: to sum, convolved, windows
    pairs = [*range(kept, kept + n_dot), *range(-n, 0)], summed
    windows = np.lib.stride_tricks.sliding_window_view(a, sizes2, along)
    ans = np.tensordot(windows, np.flip(b, along), pairs)
    ans = np.moveaxis(ans, range(kept, kept + n), along)
    if swapped:
        ans = np.moveaxis(ans, range(kept), range(ans.ndim - n - kept, ans.ndim - n))
    return _centred(ans, sizes1, along) if mode == "same" else ans


def _arranged(
    x: Array, axes: Sequence[int], dot_axes: Sequence[int], name: str
) -> tuple[Array, tuple[int, ...]]:
    """x with those axes as its last ones, and its lengths along `axes`."""
    last = [axis % x.ndim for axis in (*dot_axes, *axes)]
    if len(set(last)) != len(last):
        raise ValueError(f"got an axis of {name} twice: {tuple(axes)} and {dot_axes}")
    first = [axis for axis in range(x.ndim) if axis not in last]
    return np.transpose(x, first + last), tuple(x.shape[axis] for axis in axes)


def _centred(x: Array, sizes: Sequence[int], axes: Sequence[int]) -> Array:
    """The middle of x, of those sizes along `axes`."""
    key = [slice(None)] * x.ndim
    for axis, size in zip(axes, sizes, strict=True):
        start = (x.shape[axis] - size) // 2
        key[axis] = slice(start, start + size)
    return x[tuple(key)]


@primitive
def fftconvolve(in1: Array, in2: Array, mode: Mode = "full", axes: Any = None) -> Array:
    """As scipy.signal.fftconvolve: along all axes, or some; the others broadcast.

    >>> import numpy as np
    >>> fftconvolve(np.array([1.0, 2.0]), np.array([1.0, 10.0])).round(6)
    array([ 1., 12., 20.])
    """
    return scipy.signal.fftconvolve(in1, in2, mode, axes)


@composed(fftconvolve.__primitive__)  # type: ignore[attr-defined]
def _fftconvolve(in1: Array, in2: Array, mode: Mode = "full", axes: Any = None) -> Array:
    axes = range(in1.ndim) if axes is None else np.atleast_1d(axes)
    axes = [int(axis) % in1.ndim for axis in axes]
    pairs = [(in1.shape[axis], in2.shape[axis]) for axis in axes]
    sizes = [m + k - 1 for m, k in pairs]
    is_complex = np.iscomplexobj(plain(in1)) or np.iscomplexobj(plain(in2))
    to, back = (np.fft.fftn, np.fft.ifftn) if is_complex else (np.fft.rfftn, np.fft.irfftn)
    ans = back(to(in1, sizes, axes) * to(in2, sizes, axes), sizes, axes)
    if mode == "full":
        return ans
    if mode == "same":
        return _centred(ans, in1.shape, range(in1.ndim))  # as SciPy: along the others too
    if any(m < k for m, k in pairs) and any(m > k for m, k in pairs):
        raise ValueError(
            f"in mode 'valid' got shapes {in1.shape} and {in2.shape}: one must be at least as long "
            f"as the other along every axis that is convolved"
        )
    return _centred(ans, [abs(m - k) + 1 for m, k in pairs], axes)


@primitive
def correlate(in1: Array, in2: Array, mode: Mode = "full", method: str = "auto") -> Array:
    """As scipy.signal.correlate.

    >>> import numpy as np
    >>> correlate(np.array([1.0, 2.0, 3.0]), np.array([1.0, 10.0]), "valid")
    array([21., 32.])
    """
    return scipy.signal.correlate(in1, in2, mode, method)


@composed(correlate.__primitive__)  # type: ignore[attr-defined]
def _correlate(in1: Array, in2: Array, mode: Mode = "full", method: str = "auto") -> Array:
    return _convolve(in1, np.conj(np.flip(in2)), mode=mode, method=method)


for _f in (convolve, fftconvolve, correlate):
    vars(_f)["__primitive__"].__module__ = "scipy.signal"  # for messages

__getattr__, __dir__ = namespace(globals(), lambda: scipy.signal)
