"""Normalisation: BatchNorm over the rows of a batch, LayerNorm over the numbers of a row.

Both are one operation, `standardised`, along different axes. What a network has computed keeps its
dtype through them; plain data takes theirs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor, derivative, primitive
from autograd.primitive import Array
from autograd.tensor import plain
from nn.init import positive_integer, within
from nn.layers import converted, floating, path_or_kind, wrong_width
from nn.module import Module, built_in


@built_in
class BatchNorm(Module):
    """weight · (x − mean) / √(variance + eps) + bias, for each place of the last axis.

    Maps (…, width) to itself. In training, mean and variance are those of the batch, over all axes
    but the last, and move the running ones: running ← (1 − momentum) running + momentum · batch,
    where the variance of the batch is divided by n − 1. In evaluation they are the running ones
    (Ioffe and Szegedy 2015; names and defaults are PyTorch's).

    To train a network further with one that stays as it is: norm.eval().freeze(), where `eval` is
    for the running ones, `freeze` for the parameters; fit trains it no more, now or later.

    `weight` and `bias` are parameters of shape (width,), `running_mean` and `running_var` buffers.
    Raises ValueError for another width, and in training for fewer than two rows.

    >>> norm = BatchNorm(2)
    >>> norm(np.array([[1.0, 10.0], [3.0, 30.0]])).data.round(3)
    array([[-1., -1.],
           [ 1.,  1.]])
    >>> norm.running_mean
    Tensor([0.2, 2. ])
    """

    def __init__(
        self, width: int, momentum: float = 0.1, eps: float = 1e-5, dtype: Any = np.float64
    ) -> None:
        self.weight, self.bias = _scale_and_shift(width, dtype)
        self.running_mean = Tensor(np.zeros(width, self.weight.dtype))
        self.running_var = Tensor(np.ones(width, self.weight.dtype))
        self.momentum = within("momentum", momentum, 0.0, 1.0, closed=True)
        self.eps = within("eps", eps, np.finfo(self.weight.dtype).tiny, np.inf)

    def forward(self, x: Any) -> Tensor:
        """x normalised, of shape (…, width)."""
        x = _of_width(self, x)
        if not self.training:
            scale = self.weight / np.sqrt(self.running_var + self.eps)
            return _in_dtype_of(x, x * scale + (self.bias - self.running_mean * scale))
        axes = tuple(range(x.ndim - 1))
        rows = x.size // x.shape[-1]
        if rows < 2:
            raise ValueError(
                f"{path_or_kind(self)} needs two rows or more in training, to have a variance, but "
                f"got shape {x.shape}; to predict, call model.eval() first; to train, leave out a "
                f"last batch of one row (in fit, pass drop_last=True)"
            )
        out = standardised(x, axes, self.eps) * self.weight + self.bias
        data = plain(x)  # NumPy adds rows one by one: in float32 the error grows with their number
        self._move(self.running_mean, np.mean(data, axes, np.float64))
        self._move(self.running_var, np.var(data, axes, np.float64, ddof=1))
        return _in_dtype_of(x, out)

    def _move(self, running: Tensor, batch: Any) -> None:
        running.data = (1 - self.momentum) * running.data + self.momentum * batch

    def config(self) -> dict[str, Any]:
        """width, momentum, eps and dtype, as `Module.config` says."""
        dtype = str(self.weight.dtype)
        return {
            "width": self.weight.size, "momentum": self.momentum, "eps": self.eps, "dtype": dtype
        }  # fmt: skip

    def describe(self) -> str:
        """The class and the width."""
        return f"BatchNorm({self.weight.size})"


@built_in
class LayerNorm(Module):
    """weight · (x − mean) / √(variance + eps) + bias, over the last axis (Ba et al. 2016).

    Maps (…, width) to itself, in both modes alike. `weight` and `bias` have shape (width,). Raises
    ValueError for another width.

    >>> LayerNorm(2)(np.array([[1.0, 3.0], [10.0, 30.0]])).data.round(3)
    array([[-1.,  1.],
           [-1.,  1.]])
    """

    def __init__(self, width: int, eps: float = 1e-5, dtype: Any = np.float64) -> None:
        self.weight, self.bias = _scale_and_shift(width, dtype)
        self.eps = within("eps", eps, np.finfo(self.weight.dtype).tiny, np.inf)

    def forward(self, x: Any) -> Tensor:
        """x normalised, of shape (…, width)."""
        x = _of_width(self, x)
        return _in_dtype_of(x, standardised(x, (-1,), self.eps) * self.weight + self.bias)

    def config(self) -> dict[str, Any]:
        """width, eps and dtype, as `Module.config` says."""
        return {"width": self.weight.size, "eps": self.eps, "dtype": str(self.weight.dtype)}

    def describe(self) -> str:
        """The class and the width."""
        return f"LayerNorm({self.weight.size})"


@primitive
def standardised(x: Array, axis: tuple[int, ...], eps: float) -> Array:
    """(x − mean) / √(variance + eps), both along the axes; the variance is divided by n.

    >>> standardised(np.array([0.0, 2.0]), (0,), 1e-12)
    array([-1.,  1.])
    """
    centred = x - _mean(x, axis)
    return centred / np.sqrt(_mean(centred * centred, axis) + eps)


def _through_standardised(g: Array, ans: Array, x: Array, axis: Any, eps: float) -> Array:
    """What changes neither mean nor variance, over the standard deviation."""
    across = g - _mean(g, axis) - ans * _mean(g * ans, axis)
    return across / np.sqrt(_mean(np.square(x - _mean(x, axis)), axis) + eps)


derivative(standardised, x=_through_standardised)


def _mean(x: Array, axis: Any) -> Array:
    """The mean along the axes, which are kept; added up in float64 (see BatchNorm.forward)."""
    return np.mean(x, axis, np.float64, keepdims=True).astype(x.dtype)


def _scale_and_shift(width: int, dtype: Any) -> tuple[Tensor, Tensor]:
    """Ones and zeros of shape (width,)."""
    width, dtype = positive_integer("width", width), floating(dtype)
    weight = Tensor(np.ones(width), requires_grad=True, dtype=dtype, name="weight")
    return weight, Tensor(np.zeros(width), requires_grad=True, dtype=dtype, name="bias")


def _of_width(module: BatchNorm | LayerNorm, x: Any) -> Tensor:
    """`x` as a Tensor. Raises ValueError for another width than the module's."""
    tensor = converted(x, module.weight)
    if tensor.shape[-1:] != module.weight.shape:
        raise wrong_width(module, tensor)
    return tensor


def _in_dtype_of(x: Tensor, out: Any) -> Tensor:
    """`out`, where a float64 norm, say, has promoted what a float32 network computes, converted."""
    return out if out.dtype == x.dtype else out.astype(x.dtype)  # type: ignore[no-any-return]
