"""What random programs are made of: lines of Python with holes, and what may fill them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.primitive import Shape
from autograd.rules import special
from autograd.testing.message import literal

# A step, and what must stay away from zero there. What a hole may hold is said in HOLES, by name.
ON_VALUES = {
    "{x} + {y}": "",
    "{x} - {y}": "",
    "{x} * {y}": "",
    "{x} / {y}": "{y}",
    "{x} * {number}": "",
    "{number} - {x}": "",
    "{number} / {x}": "{x}",
    "{x} ** 2": "",
    "{x} ** 3": "",
    "{x} / (1 + {y} ** 2)": "",
    "2.0 ** {x}": "",
    "-{x}": "",
    "abs({x})": "{x}",
    "np.add({x}, {number})": "",
    "np.subtract({x}, {y})": "",
    "np.multiply({x}, {y})": "",
    "np.divide({x}, {y})": "{y}",
    "np.negative({x})": "",
    "np.square({x})": "",
    "np.reciprocal({x})": "{x}",
    "np.abs({x})": "{x}",
    "np.sqrt({x})": "{x}",
    "np.sqrt(1 + {x} ** 2)": "",
    "np.log({x})": "{x}",
    "np.log(1 + {x} ** 2)": "",
    "np.exp({x})": "",
    "np.sin({x})": "",
    "np.cos({x})": "",
    "np.tanh({x})": "",
    "np.maximum({x}, {y})": "{x} - {y}",
    "np.minimum({x}, {y})": "{x} - {y}",
    "np.where({x} > {y}, {y}, {z})": "{x} - {y}",
    "np.sum({x}, axis={axes})": "",
    "np.sum({x}, axis={axes}, keepdims=True)": "",
    "np.mean({x}, axis={axes})": "",
    "np.prod({x}, axis={axes})": "",
    "np.max({x}, axis={axes})": "gaps({x})",
    "np.min({x}, axis={axes}, keepdims=True)": "gaps({x})",
    "np.ptp({x}, axis={axis})": "gaps({x})",
    "np.sort({x}, axis={axis})": "gaps({x})",
    "np.cumsum({x}, axis={axis})": "",
    "np.cumprod({x}, axis={axis})": "",
    "np.diff({x}, axis={axis})": "",
    "np.reshape({x}, {shape})": "",
    "np.ravel({x})": "",
    "np.transpose({x}, {order})": "",
    "np.swapaxes({x}, {axis}, -1)": "",
    "np.moveaxis({x}, {axis}, 0)": "",
    "np.expand_dims({x}, {place})": "",
    "np.squeeze({x})": "",
    "np.broadcast_to({x}, (2, *np.shape({x})))": "",
    "np.flip({x}, axis={axes})": "",
    "np.roll({x}, {count}, axis={axis})": "",
    "np.repeat({x}, {count}, axis={axis})": "",
    "np.tile({x}, {count})": "",
    "np.pad({vector}, 1, mode='edge')": "",
    "np.take({x}, [0, -1, 0], axis={axis})": "",
    "{x}[{key}]": "",
    "np.concatenate([{x}, {joined}], axis={axis})": "",
    "np.stack([{x}, {same}], axis={place})": "",
    "np.split({x}, [1], axis={axis})[0]": "",
    "{x} @ {right}": "",
    "np.matmul({x}, {right})": "",
    "np.dot({vector}, {vector})": "",
    "np.outer({x}, {same})": "",
    "np.inner({x}, {same})": "",
    "np.tensordot({x}, {same}, np.ndim({x}))": "",
    "np.kron({vector}, {x})": "",
    "np.convolve({vector}, {vector})": "",
    "np.trace({matrix})": "",
    "np.einsum('...ij,...kj->...ik', {matrix}, {matrix})": "",
    "np.copy({x})\n{new}[{key}] *= {number}": "",
    "np.copy({x})\n{new} += {small}": "",
}
STEPS = ON_VALUES | {
    "np.maximum({x}, {number})": "{x} - {number}",
    "np.clip({x}, -0.5, 0.5)": "abs({x}) - 0.5",
    "np.power(np.abs({x}), {number})": "{x}",
    "np.arctan({x})": "",
    "np.arctan2({x}, {y})": "np.abs({x}) + np.maximum({y}, 0)",
    "np.hypot({x}, {y})": "np.hypot({x}, {y})",
    "np.cosh({x})": "",
    "np.expm1({x})": "",
    "np.log1p(np.abs({x}))": "{x}",
    "np.logaddexp({x}, {y})": "",
    "np.sinc({x})": "",
    "relu({x})": "{x}",
    "sigmoid({x})": "",
    "softplus({x})": "",
    "softmax({x}, axis={axis})": "",
    "logsumexp({x}, axis={axes})": "",
    "np.var({x}, axis={axes})": "",
    "np.std({x}, axis={axes})": "np.std({x}, axis={axes})",
    "np.median({x}, axis={axis})": "gaps({x})",
    "np.quantile({x}, 0.3, axis={axis})": "gaps({x})",
    "{x}.sum(axis={axes})": "",
    "{x}.mean(axis={axes}, keepdims=True)": "",
    "{x}.reshape({shape})": "",
    "{x}.T": "",
    "np.tril({matrix})": "",
    "np.diagonal({matrix}, axis1=-2, axis2=-1)": "",
    "np.fft.fft({x}, axis={axis}).real": "",
    "np.linalg.norm({x})": "np.linalg.norm({x})",
    "np.linalg.det({square})": "",
    "np.linalg.inv({square})": "np.linalg.det({square})",
    "np.linalg.solve({square}, {square} + 1)": "np.linalg.det({square})",
    "np.linalg.slogdet({square})[1]": "np.linalg.det({square})",
    "np.linalg.eigvalsh({square} + {square}.mT)": "eigenvalue_gaps({square} + {square}.mT)",
    "np.linalg.svd({matrix}, compute_uv=False)": "singular_gaps({matrix})",
}


FUNCTIONS = {
    name: getattr(special, name) for name in "logsumexp relu sigmoid softmax softplus".split()
}
SCOPE = {"np": np, **FUNCTIONS}  # what the names in a step mean


def gaps(x: Any) -> Any:
    """The differences between the elements, in order of size: where two are equal is a kink."""
    return np.diff(np.sort(np.ravel(x)))


def singular_gaps(matrix: Any) -> Any:
    """The gaps between the singular values of a stack of matrices, and the least of all."""
    values = np.linalg.svd(matrix, compute_uv=False)
    return np.append(gaps(values), np.min(values))


def eigenvalue_gaps(matrix: Any) -> Any:
    """The gaps between the eigenvalues of a stack of symmetric matrices."""
    return gaps(np.linalg.eigvalsh(matrix))


# What else the names mean in what must stay away from zero.
AWAY = {"gaps": gaps, "singular_gaps": singular_gaps, "eigenvalue_gaps": eigenvalue_gaps}


# What a hole may hold, given the shapes of all results, latest first, and what was filled before.

Shapes = dict[str, Shape]
Filled = dict[str, Any]


def _where(fits: Callable[[Shape, Shapes, Filled], bool]) -> Callable[[Shapes, Filled], list[str]]:
    """The names of the results whose shape fits."""
    return lambda shapes, filled: [n for n, shape in shapes.items() if fits(shape, shapes, filled)]


def _axis(shapes: Shapes, filled: Filled) -> list[int]:
    n = len(shapes[filled["x"]])
    return [*range(n), *range(-n, 0)]


def _axes(shapes: Shapes, filled: Filled) -> list[Any]:
    n = len(shapes[filled["x"]])
    tuples = [axes for k in range(2, n + 1) for axes in itertools.permutations(range(n), k)]
    return [None, *_axis(shapes, filled), *tuples]


def _order(shapes: Shapes, filled: Filled) -> list[Any]:
    return list(itertools.permutations(range(len(shapes[filled["x"]]))))


def _place(shapes: Shapes, filled: Filled) -> list[int]:
    """Where one more axis can be."""
    n = len(shapes[filled["x"]]) + 1
    return [*range(n), *range(-n, 0)]


def _shape(shapes: Shapes, filled: Filled) -> list[Shape]:
    """Shapes of as many elements."""
    n = math.prod(shapes[filled["x"]])
    pairs = [(k, n // k) for k in range(1, n + 1) if n % k == 0]
    return [(n,), (-1, 1), *pairs, (1, *shapes[filled["x"]])]


def _key(shapes: Shapes, filled: Filled) -> list[str]:
    """Index expressions."""
    shape = shapes[filled["x"]]
    if not shape:
        return []
    mask = literal(np.arange(shape[0]) % 2 == 0)
    return ["0", "-1", "..., -1", ":1", "::-1", "..., np.newaxis", "[0, -1, 0]", mask]


def _joins(shape: Shape, x: Shape, axis: int) -> bool:
    """Whether the shapes agree but along the axis."""
    cut = slice(axis, axis % len(x) + 1)
    mine, others = list(shape), list(x)
    del mine[cut], others[cut]
    return len(shape) == len(x) and mine == others


def _multiplies(x: Shape, right: Shape) -> bool:
    """Whether `x @ right` is possible."""
    if not x or not right:
        return False
    return x[-1] == right[-2:][0] and _broadcast(x[:-2], right[:-2]) is not None


def _broadcast(*shapes: Shape) -> Shape | None:
    """The shape of arrays of these shapes together, if they broadcast."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        return None


HOLES: dict[str, Callable[[Shapes, Filled], Sequence[Any]]] = {
    "x": lambda shapes, filled: [
        *shapes,
        *list(shapes)[:1] * (len(shapes) - 1),
    ],  # half: the latest
    "vector": _where(lambda shape, shapes, filled: len(shape) == 1),
    "matrix": _where(lambda shape, shapes, filled: len(shape) >= 2),
    "square": _where(lambda shape, shapes, filled: len(shape) >= 2 and shape[-1] == shape[-2]),
    "y": _where(lambda shape, shapes, filled: _broadcast(shape, shapes[filled["x"]]) is not None),
    "z": _where(
        lambda shape, shapes, filled: (
            _broadcast(shape, shapes[filled["x"]], shapes[filled["y"]]) is not None
        )
    ),
    "same": _where(lambda shape, shapes, filled: shape == shapes[filled["x"]]),
    "small": _where(
        lambda shape, shapes, filled: _broadcast(shape, shapes[filled["x"]]) == shapes[filled["x"]]
    ),
    "right": _where(lambda shape, shapes, filled: _multiplies(shapes[filled["x"]], shape)),
    "axis": _axis,
    "joined": _where(
        lambda shape, shapes, filled: _joins(shape, shapes[filled["x"]], filled["axis"])
    ),
    "axes": _axes,
    "order": _order,
    "place": _place,
    "shape": _shape,
    "key": _key,
    "number": lambda shapes, filled: ["2.0", "0.5", "-1.5", "3"],
    "count": lambda shapes, filled: [2, 1, 3],
}
