"""Tensors out of lists and numbers: what NumPy's protocols give a Tensor no say in.

`np.array([t, 2 * t])` never asks what it finds in the list, so a Tensor there can only refuse. The
functions here look first, and join what they find with functions that are recorded.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from autograd.primitive import Array
from autograd.tensor import Tensor

__all__ = [
    "array", "asanyarray", "asarray", "asarray_chkfinite", "ascontiguousarray", "asfortranarray",
    "c_", "fromiter", "full", "full_like", "isscalar", "make_diagonal", "r_",
]  # fmt: skip

# Functions that take a list of arrays, and ask each array in it.
TAKE_LISTS = frozenset(
    """choose column_stack concat concatenate dstack hstack multi_dot piecewise select stack vstack
    """.split()
)
DUNDERS = frozenset(("__all__", "__version__", "__array_namespace_info__"))


def namespace(
    own: dict[str, Any], numpys: Callable[[], ModuleType]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a module with the names `own` and, besides, all of NumPy's.

    `numpys` returns NumPy's module, which need not be imported before a name of it is used.
    """

    def getattr_(name: str) -> Any:
        if name.startswith("__") and name not in DUNDERS:
            raise AttributeError(f"module {own['__name__']!r} has no attribute {name!r}")
        value = getattr(numpys(), name)
        if type(value) is type(np.sum) and name != "block":  # which takes lists of lists of them
            value = taking_lists(value)
            own[name] = value
        return value

    def dir_() -> list[str]:
        return sorted({*dir(numpys()), *own})

    return getattr_, dir_


def taking_lists(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, with lists that have Tensors in them made into Tensors before NumPy sees them."""
    made = _each_made if function.__name__ in TAKE_LISTS else _stacked

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        for arg in (*args, *kwargs.values()):
            if type(arg) is list or type(arg) is tuple:
                args = tuple([made(arg) for arg in args])
                kwargs = {name: made(value) for name, value in kwargs.items()}
                break
        return function(*args, **kwargs)

    call.__primitive__ = function  # type: ignore[attr-defined]  # whose entry in the table it has
    return call


def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: bool | None = True,
    order: Any = "K",
    subok: bool = False,
    ndmin: int = 0,
    like: Any = None,
) -> Array:
    """As np.array; a Tensor, recorded, where `object` is one or a nested list with one in it.

    Raises TypeError for an `order` or `like` that a Tensor can't have, ValueError where copy=False
    can't be held.

    >>> from autograd import grad
    >>> grad(lambda x: array([[x, 2.0], [x, x]]).sum())(1.0)
    array(3.)
    """
    if not holds_tensor(object):
        options = {} if like is None else {"like": like}
        return np.array(object, dtype, copy=copy, order=order, subok=subok, ndmin=ndmin, **options)
    if like is not None or order not in ("K", "A", "C", None):
        what = f"order={order!r}" if like is None else "like=…"
        raise TypeError(f"np.array got {what}, which a Tensor can't have; leave it out")
    result = _stacked(object)
    if dtype is not None and result.dtype != np.dtype(dtype):
        result = result.astype(dtype)
    if copy is False and result is not object:
        raise ValueError("np.array got copy=False, but needs a copy here; write copy=None")
    if copy and result is object:
        result = np.copy(result)
    missing = ndmin - result.ndim
    return np.expand_dims(result, tuple(range(missing))) if missing > 0 else result


def asarray(
    a: Any,
    dtype: Any = None,
    order: Any = None,
    *,
    device: Any = None,
    copy: bool | None = None,
    like: Any = None,
) -> Array:
    """As np.asarray; a Tensor is returned as it is.

    >>> from autograd import grad
    >>> grad(lambda x: asarray([x, 2.0 * x]).sum())(1.0)
    array(3.)
    """
    if not holds_tensor(a):
        options = {} if like is None else {"like": like}
        return np.asarray(a, dtype, order, device=device, copy=copy, **options)
    return array(a, dtype, copy=copy, order=order, like=like)


def asanyarray(a: Any, dtype: Any = None, order: Any = None, **options: Any) -> Array:
    """As np.asanyarray; a Tensor is returned as it is.

    >>> asanyarray([1.0, 2.0])
    array([1., 2.])
    """
    if not holds_tensor(a):
        return np.asanyarray(a, dtype, order, **options)
    return asarray(a, dtype, order, **options)


def ascontiguousarray(a: Any, dtype: Any = None, *, like: Any = None) -> Array:
    """As np.ascontiguousarray: of at least one axis. How a Tensor lies in memory is its own affair.

    >>> ascontiguousarray(1.0)
    array([1.])
    """
    return array(a, dtype, copy=None, order="C", ndmin=1, like=like)


def asfortranarray(a: Any, dtype: Any = None, *, like: Any = None) -> Array:
    """As np.asfortranarray: of at least one axis. A Tensor's memory is its own affair.

    >>> asfortranarray(1.0)
    array([1.])
    """
    order = "C" if holds_tensor(a) else "F"
    return array(a, dtype, copy=None, order=order, ndmin=1, like=like)


def asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Array:
    """As np.asarray_chkfinite. Raises ValueError if an element is infinite or not a number.

    >>> asarray_chkfinite([1.0, 2.0])
    array([1., 2.])
    """
    result = asarray(a, dtype, order)
    np.asarray_chkfinite(result.data if type(result) is Tensor else result)
    return result


def full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C", **options: Any) -> Array:
    """As np.full; the gradient of `fill_value` is summed over the shape.

    >>> from autograd import grad
    >>> grad(lambda x: full((2, 3), x).sum())(1.0)
    array(6.)
    """
    if not holds_tensor(fill_value):
        return np.full(shape, fill_value, dtype, order, **options)
    _refuse("np.full", order, options)
    return array(np.broadcast_to(_stacked(fill_value), shape), dtype)


def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,
    shape: Any = None,
    **options: Any,
) -> Array:
    """As np.full_like; `a` gives the shape and, unless `dtype` does, the dtype.

    >>> from autograd import grad
    >>> grad(lambda x: full_like([1.0, 2.0], x).sum())(1.0)
    array(2.)
    """
    a = _stacked(a)
    a = a.data if type(a) is Tensor else a
    if not holds_tensor(fill_value):
        return np.full_like(a, fill_value, dtype, order, subok, shape, **options)
    _refuse("np.full_like", order, options)
    a = np.asarray(a)
    shape = a.shape if shape is None else shape
    return array(np.broadcast_to(_stacked(fill_value), shape), a.dtype if dtype is None else dtype)


def fromiter(iter: Iterable[Any], dtype: Any, count: int = -1, **options: Any) -> Array:
    """As np.fromiter.

    >>> from autograd import grad
    >>> grad(lambda x: fromiter((x * i for i in range(3)), float).sum())(1.0)
    array(3.)
    """
    items = list(iter)
    if not holds_tensor(items):
        return np.fromiter(items, dtype, count, **options)
    _refuse("np.fromiter", "C", options)
    return array(items if count < 0 else items[:count], dtype)


def isscalar(element: Any) -> bool:
    """As np.isscalar; a Tensor without axes counts as a number, which it was in the program.

    >>> isscalar(Tensor(1.0)), isscalar(Tensor([1.0])), isscalar(1.0)
    (True, False, True)
    """
    return element.ndim == 0 if type(element) is Tensor else np.isscalar(element)


def make_diagonal(D: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The array of zeros whose np.diagonal(…, offset, axis1, axis2) is `D`: shape (…, n, n).

    HIPS autograd's own, for axes -1 and -2 and offset 0. Raises NotImplementedError for others.

    >>> from autograd import grad
    >>> make_diagonal(np.array([1.0, 2.0]), axis1=-1, axis2=-2)
    array([[1., 0.],
           [0., 2.]])
    """
    if offset or {axis1, axis2} != {-1, -2}:
        raise NotImplementedError(
            f"make_diagonal got offset={offset}, axis1={axis1} and axis2={axis2}; it makes the "
            f"diagonal of the last two axes: offset=0, axis1=-1, axis2=-2"
        )
    D = asarray(D)
    return np.where(np.eye(D.shape[-1], dtype=bool), D[..., None], np.zeros((), D.dtype))


class Rows:
    """As np.r_: joins what stands in the brackets, where a slice stands for a range.

    >>> from autograd import grad
    >>> grad(lambda x: r_[x, 0:3, [x, x]].sum())(1.0)
    array(3.)
    """

    def __getitem__(self, key: Any) -> Array:
        if not holds_tensor(key):
            return np.r_[key]
        items = [_item(item, "np.r_") for item in (key if type(key) is tuple else (key,))]
        return np.concatenate([np.reshape(x, 1) if np.ndim(x) == 0 else x for x in items])


class Columns:
    """As np.c_: joins what stands in the brackets along the last axis, vectors as columns.

    >>> import numpy as np
    >>> from autograd import grad
    >>> grad(lambda x: (c_[x, 2 * x] @ np.array([1.0, 10.0])).sum())(np.ones(2))
    array([21., 21.])
    """

    def __getitem__(self, key: Any) -> Array:
        if not holds_tensor(key):
            return np.c_[key]
        items = [_item(item, "np.c_") for item in (key if type(key) is tuple else (key,))]
        columns = [np.reshape(x, (-1, 1)) if np.ndim(x) < 2 else x for x in items]
        return np.concatenate(columns, axis=-1)


r_, c_ = Rows(), Columns()


def holds_tensor(tree: Any) -> bool:
    """Whether `tree` is a Tensor, or a list or tuple with one in it at any depth."""
    if type(tree) is list or type(tree) is tuple:
        return any(map(holds_tensor, tree))
    return type(tree) is Tensor


def _stacked(tree: Any) -> Any:
    """A nested list with Tensors in it as one Tensor; anything else as it is."""
    if not (type(tree) is list or type(tree) is tuple) or not holds_tensor(tree):
        return tree
    return np.stack([_stacked(item) for item in tree])


def _each_made(value: Any) -> Any:
    """`value`; with lists in it that have Tensors in them as Tensors, if it is a list."""
    if type(value) is list or type(value) is tuple:
        return type(value)(_stacked(item) for item in value)
    return value


def _item(item: Any, name: str) -> Any:
    if isinstance(item, str):
        raise TypeError(f"{name} got the directive {item!r}, which is not recorded: use np.stack")
    return np.r_[item] if isinstance(item, slice) else _stacked(item)


def _refuse(name: str, order: Any, options: Mapping[str, Any]) -> None:
    """Raise TypeError for what a Tensor can't have."""
    given = [f"{key}=…" for key, value in options.items() if value is not None]
    given += [f"order={order!r}"] if order not in ("C", "K", "A") else []
    if given:
        raise TypeError(f"{name} got {', '.join(given)}, which a Tensor can't have; leave it out")
