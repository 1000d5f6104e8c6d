"""Tensor: an array that records what is done to it.

It behaves as an ndarray: operators, methods, broadcasting, indexing, and NumPy's own functions,
which reach the derivative table through NumPy's two protocols. All of it goes through `record`.
"""

from __future__ import annotations

import opcode
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NoReturn, final
from weakref import ref

import numpy as np
from numpy import ndarray
from numpy.lib.mixins import NDArrayOperatorsMixin

from autograd.dispatch import compose, extended, why_no_array, why_not
from autograd.graph import (
    Bundle,
    Leaf,
    Node,
    Outputs,
    Watched,
    changed,
    is_moving,
    latest_first,
    record_when,
    recording,
    sweep,
)
from autograd.methods import Methods
from autograd.primitive import (
    COMPOSED,
    CONSTANTS,
    RECORDERS,
    TABLE,
    Array,
    Axis,
    NDArray,
    Operation,
    entry,
    public_name,
)
from autograd.rules.indexing import index, put
from autograd.rules.shaping import cast


@final
class Tensor(Methods, NDArrayOperatorsMixin):
    """An array of numbers that records the operations on it, so that `backward` finds gradients.

    Parameters
    ----------
    data : array_like
        Numbers of any shape; copied, so that later changes to it can't reach the graph.
    requires_grad : bool
        Whether to collect a gradient in `.grad`. Needs a floating or complex dtype.
    dtype : dtype, optional
        As for `np.array`.
    name : str, optional
        Shown in error messages and drawings.

    Raises TypeError for what is not numbers, or an integer that is to have a gradient.

    >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    array([2., 4., 6.])
    """

    __slots__ = ("__weakref__", "_array", "_name", "_node", "_whole")

    _array: Any
    _name: str | None
    _node: Node | None
    _whole: ref[Tensor] | None  # only of what NumPy makes a view: what it is a part of

    def __init__(
        self,
        data: Any,
        requires_grad: bool = False,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        self._array = numbers_of(data, dtype)
        self._node = None
        self._name = None
        if requires_grad:
            self._node = Leaf(differentiable(self._array))
        if name is not None:
            self.name = name

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError(
            f"class {cls.__name__}(Tensor): a Tensor can't be subclassed, since every operation "
            f"makes a plain one; write a class that holds one, such as an nn.Module"
        )

    # What it holds.

    @property
    def data(self) -> NDArray:
        """The numbers, as a read-only view: NumPy refuses to write into it.

        To change them, assign an array, or write into the Tensor itself within `no_grad`.

        >>> from autograd import Tensor, no_grad
        >>> w = Tensor([1.0, 2.0], requires_grad=True)
        >>> w.data = w.data - 0.5  # where w.data -= 0.5 is a ValueError
        >>> with no_grad():
        ...     w -= 0.5
        ...     w[0] = 7.0
        >>> w.data
        array([7., 1.])
        """
        if not isinstance(self._array, (ndarray, np.generic)):
            return self._array  # type: ignore[no-any-return]  # another library's array
        view = np.asarray(self._array).view()
        view.flags.writeable = False
        return view

    @data.setter
    def data(self, value: Any) -> None:
        with record_when(False):
            self[...] = value

    @property
    def grad(self) -> NDArray | None:
        """The gradient that `backward` calls have added up, or None; only leaves collect one.

        What is computed is no leaf: after `w = w - 0.1 * w.grad`, another w, with None here. An
        update in place keeps the leaf: `with no_grad(): w -= 0.1 * w.grad`.
        """
        return self._node.grad if type(self._node) is Leaf else None

    @grad.setter
    def grad(self, value: Any) -> None:
        leaf = self._node
        if type(leaf) is not Leaf:
            raise ValueError("only a Tensor made with requires_grad=True holds a gradient")
        _refuse_to_lose(self, value)
        leaf.grad = None if value is None else checked_gradient(value, leaf)

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to or through this Tensor; may be set on one that has no graph."""
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, on: bool) -> None:
        if self._node is not None and type(self._node) is not Leaf:
            raise ValueError("only a leaf can change requires_grad; detach() gives one")
        if on and self._node is None:
            name = self.name
            self._array = np.array(differentiable(self._array))  # it may be a view of another's
            self._whole = None
            self._node = Leaf(self._array)
            self._node.name = name
        elif not on and self._node is not None:
            self._name, self._node = self._node.name, None

    @property
    def name(self) -> str | None:
        """A name for error messages and drawings."""
        return self._name if self._node is None else self._node.name

    @name.setter
    def name(self, value: str | None) -> None:
        if self._node is None:
            self._name = value
            if type(self._array) is ndarray:
                key = id(self._array)
                named[key] = ref(self._array, lambda _: named.pop(key, None)), value
        else:
            self._node.name = value

    shape = property(lambda self: self._array.shape, doc="The length of each axis.")
    dtype = property(lambda self: self._array.dtype, doc="The type of the numbers.")
    ndim = property(lambda self: self._array.ndim, doc="The number of axes.")
    size = property(lambda self: self._array.size, doc="The number of elements.")

    def __repr__(self) -> str:
        text = np.array2string(self.data, separator=", ", prefix="Tensor(")
        if self.size == 0 and self.ndim > 1:
            text += f", shape={self.shape}"
        if self.dtype not in (np.float64, np.int64, np.bool_, np.complex128):
            text += f", dtype={self.dtype}"
        if self.requires_grad:
            text += ", requires_grad=True"
        return f"Tensor({text})" if self.name is None else f"Tensor({text}, name={self.name!r})"

    def item(self, *index: Any) -> Any:
        """The number in it, or that at `index`, as a Python number.

        Raises ValueError if there are more and no index says which.
        """
        return self._array.item(*index)

    def tolist(self) -> Any:
        """The numbers as nested lists."""
        return self._array.tolist()

    def detach(self) -> Tensor:
        """The same numbers, copied, with no graph."""
        return wrap(np.array(self._array), None)

    # The backward pass.

    def backward(self, seed: Any = None) -> None:
        """Add the gradient of this Tensor to the `.grad` of each leaf that it was computed from.

        `seed` is the gradient of this Tensor itself, in its shape; it may be left out for a single
        number, where it is 1. May be called again, and adds again.

        Raises ValueError if there is no graph, or the seed is missing or does not fit, and
        RuntimeError if the graph is stale; then no `.grad` has changed.

        >>> w = Tensor([3.0, 4.0], requires_grad=True)
        >>> (w * w).backward([1.0, 0.5])
        >>> w.grad
        array([6., 4.])
        """
        root = self._node
        if root is None:
            raise ValueError(
                "backward() of a Tensor without a graph: nothing that it was computed from has "
                "requires_grad=True, or it was computed within no_grad"
            )
        if is_moving(root) or (type(seed) is Tensor and is_moving(seed._node)):
            raise RuntimeError(
                "backward() within a transform of what the transform differentiates by: the "
                "gradients would be plain arrays, and theirs would be lost; use grad(f)(w), which "
                "nests, or call it on what was computed from x.data"
            )
        g = _ones(root) if seed is None else checked_gradient(seed, root, "seed")
        leaf: Any
        for leaf, gradient in sweep({root: g}, latest_first([root])).items():
            if leaf.grad is not None:
                leaf.grad += gradient
            else:
                leaf.grad = gradient if type(gradient) is ndarray else np.asarray(gradient)

    def zero_grad(self) -> None:
        """Forget `.grad`."""
        if type(self._node) is Leaf:
            self._node.grad = None

    def __deepcopy__(self, memo: Any) -> Tensor:
        """A leaf of its own of a leaf, gradient and all; a recorded copy of what has a graph."""
        if self._node is not None and type(self._node) is not Leaf:
            return self.copy()
        twin = Tensor(self.data, self.requires_grad, name=self.name)
        if self.grad is not None:
            twin.grad = self.grad
        return twin

    def __copy__(self) -> Tensor:
        return self.__deepcopy__({})

    def __reduce__(self) -> Any:
        """For pickle: the numbers, requires_grad and the name. A gradient is not kept."""
        if self._node is not None and type(self._node) is not Leaf:
            raise TypeError(
                "a Tensor that was computed from others can't be pickled, since its graph can't; "
                "pickle t.detach() if only its numbers are meant"
            )
        return _unpickled, (self._array, self.requires_grad, self.name)

    # NumPy's protocols.

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return apply(ufunc if method == "__call__" else getattr(ufunc, method), inputs, kwargs)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        return apply(function, args, kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray:
        if self._node is not None and (dtype is None or np.dtype(dtype).kind not in "biu"):
            raise TypeError(why_no_array())
        return np.array(self.data, dtype=dtype, copy=copy)

    # Operators. The mixin has the others, such as %, by their ufuncs; these take a shorter way.

    def __add__(self, other: Any) -> Tensor:
        return record(_ADD, (self, other))

    def __radd__(self, other: Any) -> Tensor:
        return record(_ADD, (other, self))

    def __sub__(self, other: Any) -> Tensor:
        return record(_SUBTRACT, (self, other))

    def __rsub__(self, other: Any) -> Tensor:
        return record(_SUBTRACT, (other, self))

    def __mul__(self, other: Any) -> Tensor:
        return record(_MULTIPLY, (self, other))

    def __rmul__(self, other: Any) -> Tensor:
        return record(_MULTIPLY, (other, self))

    def __truediv__(self, other: Any) -> Tensor:
        return record(_DIVIDE, (self, other))

    def __rtruediv__(self, other: Any) -> Tensor:
        return record(_DIVIDE, (other, self))

    def __pow__(self, other: Any) -> Tensor:
        if type(other) in (int, float) and other == 2:
            return record(_SQUARE, (self,))
        return record(_POWER, (self, other))

    def __rpow__(self, other: Any) -> Tensor:
        return record(_POWER, (other, self))

    def __matmul__(self, other: Any) -> Tensor:
        return record(_MATMUL, (self, other))

    def __rmatmul__(self, other: Any) -> Tensor:
        return record(_MATMUL, (other, self))

    def __neg__(self) -> Tensor:
        return record(_NEGATIVE, (self,))

    def __pos__(self) -> Tensor:
        return record(_COPY, (self,))  # as ndarray: not itself, which += would change

    def __abs__(self) -> Tensor:
        return record(_ABS, (self,))

    def __lt__(self, other: Any) -> Any:
        return apply(np.less, (self, other))

    def __le__(self, other: Any) -> Any:
        return apply(np.less_equal, (self, other))

    def __gt__(self, other: Any) -> Any:
        return apply(np.greater, (self, other))

    def __ge__(self, other: Any) -> Any:
        return apply(np.greater_equal, (self, other))

    def __eq__(self, other: object) -> Any:
        return apply(np.equal, (self, other))

    def __ne__(self, other: object) -> Any:
        return apply(np.not_equal, (self, other))

    __hash__ = object.__hash__  # by identity, so that parameters can be counted in a set

    def __bool__(self) -> bool:
        return bool(self._array)

    def __float__(self) -> float:
        self._refuse_as_number("float(t), math.f(t) or array[i] = t")
        return float(self._array)

    def __complex__(self) -> complex:
        self._refuse_as_number("complex(t), cmath.f(t) or array[i] = t")
        return complex(self._array)

    def _refuse_as_number(self, what: str) -> None:
        node, mode = self._node, recording.get()
        flat = node is None or (node.operation is not None and node.operation.is_flat)
        within = mode in ("traced", "all") or (mode and is_moving(node))  # in a thread of its own
        if not flat and within:
            raise TypeError(
                f"{what} within a transform would lose the gradient of t: use np.f(t), or "
                f"np.stack([...]) for an array; or t.item() if a plain number is meant"
            )
        # Outside, float(t) is a way out of the graph. From math.f(t) nothing tells it, but what
        # the program is at tells it from array[i] = t, as array[:] = t is refused by __array__.
        caller = sys._getframe(2)
        if not flat and mode and caller.f_code.co_code[caller.f_lasti] == _STORE_SUBSCR:
            raise TypeError(
                "array[i] = t would lose the graph of t, which an ndarray can't keep: build a "
                "Tensor by np.stack([...]), or write into one, by x[i] = t; or write t.item() if a "
                "plain number is meant"
            )

    def __int__(self) -> int:
        return int(self._array)

    def __index__(self) -> int:
        return np.asarray(self._array).__index__()

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __len__(self) -> int:
        return len(self._array)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __contains__(self, item: Any) -> bool:
        return bool(np.any(self == item))

    def __getitem__(self, key: Any) -> Tensor:
        return self._viewed(record(_INDEX, (self, _frozen(key))))

    # Changes in place. They make this Tensor a new node and leave earlier uses of it alone; on a
    # leaf they are for `no_grad`, where they change its array. A 0-d Tensor stands for a number,
    # which does not change: there `t += v` makes another Tensor, and other names keep the old one.

    def __setitem__(self, key: Any, value: Any) -> None:
        if type(value) is Tensor and not np.can_cast(value.dtype, self.dtype, "same_kind"):
            raise TypeError(
                f"t[...] = v would put {value.dtype} numbers into a {self.dtype} Tensor; make it "
                f"one of floating numbers first, with astype"
            )
        whole = getattr(self, "_whole", None)
        if whole is not None and whole() is not None:
            raise ValueError(
                "t[...] = v on a part of another Tensor, such as x[0], x.T or x.ravel(): NumPy "
                "would change the other through its view, here it would stay as it is; index that "
                "itself, as in x[0, i] = v, or take x[0].copy()"
            )
        self._become(record(_PUT, (self, _frozen(key), value)), "t[...] = v", value)

    def __iadd__(self, other: Any) -> Tensor:
        return self._become(self + other, "+=", other)

    def __isub__(self, other: Any) -> Tensor:
        return self._become(self - other, "-=", other)

    def __imul__(self, other: Any) -> Tensor:
        return self._become(self * other, "*=", other)

    def __itruediv__(self, other: Any) -> Tensor:
        return self._become(self / other, "/=", other)

    def __ipow__(self, other: Any) -> Tensor:
        return self._become(self**other, "**=", other)

    def __imatmul__(self, other: Any) -> Tensor:
        return self._become(self @ other, "@=", other)

    def _become(self, result: Tensor, what: str, given: Any) -> Tensor:
        """Take the value of `result`, which is made of `given`, in the own shape and dtype."""
        leaf = self._node
        if type(leaf) is Leaf and recording.get():
            raise RuntimeError(
                f"{what} on {_called(leaf)}, a leaf that requires a gradient: it would no longer "
                f"be the leaf that collects it; write `with no_grad():` around an update, or "
                f"compute a new Tensor"
            )
        if self._array.ndim == 0 and type(leaf) is not Leaf and what != "t[...] = v":
            return result
        if not recording.get():
            _refuse_to_lose(self, given)
        if result.shape != self.shape:
            raise ValueError(f"{what} would change the shape {self.shape} to {result.shape}")
        if not np.can_cast(result.dtype, self.dtype, "same_kind"):
            raise TypeError(f"{what} would put {result.dtype} numbers into a {self.dtype} Tensor")
        if type(leaf) is Leaf:
            self._array[...] = result._array
            changed(leaf)
            return self
        if result.dtype != self.dtype:
            result = result.astype(self.dtype)
        name = self.name
        self._array, self._node, self._whole = result._array, result._node, None
        if name is not None:
            self.name = name
        return self

    def _viewed(self, part: Tensor) -> Tensor:
        """`part`, which remembers what it is a part of if NumPy makes it a view."""
        base = getattr(part._array, "base", None)
        if base is not None and (base is self._array or base is self._array.base):
            part._whole = getattr(self, "_whole", None) or ref(self)
        return part

    # Methods, as ndarray has them.

    @property
    def T(self) -> Tensor:
        """The axes in reverse order."""
        return self._viewed(record(_TRANSPOSE, (self, None)))

    @property
    def mT(self) -> Tensor:
        """The last two axes exchanged."""
        return self._viewed(record(_SWAPAXES, (self, -1, -2)))

    def astype(self, dtype: Any) -> Tensor:
        """The numbers in another dtype, recorded; an integer result carries no gradient."""
        return record(_CAST, (self, dtype))

    def copy(self) -> Tensor:
        """A recorded copy."""
        return record(_COPY, (self,))

    def sum(
        self,
        axis: Axis = None,
        dtype: Any = None,
        *,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Tensor:
        """As np.sum."""
        if initial is None and where is True:
            return record(_SUM, (self, axis, dtype, keepdims))
        ans: Tensor = np.sum(self, axis, dtype, keepdims=keepdims, initial=initial, where=where)
        return ans

    def mean(
        self, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False, where: Any = True
    ) -> Tensor:
        """As np.mean."""
        if where is True:
            return record(_MEAN, (self, axis, dtype, keepdims))
        ans: Tensor = np.mean(self, axis, dtype, keepdims=keepdims, where=where)
        return ans

    def max(
        self, axis: Axis = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
    ) -> Tensor:
        """As np.max; equal elements share the gradient."""
        if initial is None and where is True:
            return record(_MAX, (self, axis, keepdims))
        ans: Tensor = np.max(self, axis, keepdims=keepdims, initial=initial, where=where)
        return ans

    def min(
        self, axis: Axis = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
    ) -> Tensor:
        """As np.min; equal elements share the gradient."""
        if initial is None and where is True:
            return record(_MIN, (self, axis, keepdims))
        ans: Tensor = np.min(self, axis, keepdims=keepdims, initial=initial, where=where)
        return ans

    def reshape(self, *shape: Any, order: str = "C") -> Tensor:
        """As np.reshape; the shape as one tuple or as several integers."""
        return self._viewed(record(_RESHAPE, (self, _together(shape), order)))

    def ravel(self, order: str = "C") -> Tensor:
        """As np.ravel."""
        return self._viewed(record(_RAVEL, (self, order)))

    flatten = ravel

    def transpose(self, *axes: Any) -> Tensor:
        """As np.transpose; the axes as one tuple or as several integers."""
        return self._viewed(record(_TRANSPOSE, (self, _together(axes) if axes else None)))

    def swapaxes(self, axis1: int, axis2: int) -> Tensor:
        """As np.swapaxes."""
        return self._viewed(record(_SWAPAXES, (self, axis1, axis2)))

    def squeeze(self, axis: Axis = None) -> Tensor:
        """As np.squeeze."""
        return self._viewed(record(_SQUEEZE, (self, axis)))

    def clip(self, min: Any = None, max: Any = None) -> Tensor:
        """As np.clip; passes the gradient at its edges."""
        return record(_CLIP, (self, min, max))


# Recording.


def record(operation: Operation, values: Sequence[Any]) -> Tensor:
    """Run `operation` on all its arguments, by position; record it if one of them is tracked."""
    raw: list[Any] = []
    parents: list[Node] = []
    bit = 1  # for the position of the value
    tracked = foreign = 0  # the positions that have a node; that hold an array of the caller's
    if operation.lists:
        values = [list(v) if i in operation.lists else v for i, v in enumerate(values)]
    for value in values:
        kind = type(value)
        if kind is Tensor:
            node = value._node
            if node is not None:
                parents.append(node)
                tracked |= bit
            value = value._array
        elif kind is ndarray:
            foreign |= bit
        elif kind not in _ATOMS:
            value, bundle = _foreign(
                value, len(raw) in operation.rules, len(raw) in operation.lists
            )
            if bundle is not None:
                parents.append(bundle)
                tracked |= bit
            elif isinstance(value, np.integer):
                foreign |= bit
        raw.append(value)
        bit <<= 1
    saved: Sequence[Any] = ()
    try:
        if operation.saved:
            ans, *saved = operation.function(*raw)
        else:
            ans = operation.run(*raw)
    except ValueError as error:
        _name_shapes(error, operation, raw)
        raise
    several = False
    if type(ans) is not ndarray:
        several = isinstance(ans, (tuple, list))
        if not several and not hasattr(ans, "dtype"):
            ans = _as_output(ans, operation)
    mode = tracked and recording.get()
    if not mode or not (several or ans.dtype.kind in "fc"):
        if not several and ans.dtype.kind == "O":
            raise TypeError(f"{operation.name} of a Tensor and Python objects can't be recorded")
        return _like(ans, [wrap(part, None) for part in ans]) if several else wrap(ans, None)
    plan = operation.plans.get(tracked) or operation.plan(tracked)
    if foreign:  # which may change before the sweep
        _copy_foreign(raw, foreign, range(len(raw)) if mode == "all" else plan.keep)
    raw.append(ans)
    if not several:
        node = Node(operation, plan, parents, plan.pick([*raw, *saved] if saved else raw), ans)
        result = wrap(ans, node)
    else:
        node = outputs = Outputs(operation, plan, parents, plan.pick(raw), ans)
        result = _like(ans, [wrap(part, outputs.part(i, part)) for i, part in enumerate(ans)])
    if mode is not True:
        if mode == "all":
            node.arguments = raw[:-1]
        if type(mode) is Watched:
            mode.watch.recorded(node, raw)
    return result


# What an argument may be that needs no look and no copy.
_ATOMS = frozenset({int, float, complex, bool, str, slice, type(None)})


def _foreign(value: Any, has_rule: bool, of_arrays: bool) -> tuple[Any, Bundle | None]:
    """An argument that is no Tensor, ndarray or number: one that the caller can't change any more.

    For a list of arrays with a tracked one among them, also its node.
    """
    if of_arrays:
        raw = [item._array if type(item) is Tensor else _numbers(item) for item in value]
        nodes = [item._node if type(item) is Tensor else None for item in value]
        return raw, Bundle(nodes, raw) if any(node is not None for node in nodes) else None
    if has_rule and not isinstance(value, np.generic):
        return _numbers(value), None
    return list(value) if type(value) is list else value, None


def _numbers(value: Any) -> Any:
    """A copy of `value` as an array; another library's array as it is."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            "a masked array would lose its mask beside a Tensor: fill it, and mask with np.where"
        )
    if isinstance(value, np.matrix):
        raise TypeError(
            "an np.matrix means the matrix product by *, a Tensor that of elements: take "
            "np.asarray(m), and write @ for the matrix product"
        )
    if hasattr(value, "__array_function__") and not isinstance(value, ndarray):
        return value
    array = np.array(value)
    if array.dtype.kind not in "biufc":
        advice = "; A.toarray() gives those of a sparse one" if hasattr(value, "toarray") else ""
        raise TypeError(
            f"a Tensor beside {type(value).__name__} of dtype {array.dtype}: no numbers{advice}"
        )
    return array


def _as_output(ans: Any, operation: Operation) -> NDArray:
    """What an operation returned that is no array: a Python number, as its own may be."""
    array = np.asarray(ans)
    if array.dtype.kind not in "biufc":
        raise TypeError(f"{operation.name} must return an array or a number, not {ans!r}")
    return array


def _copy_foreign(raw: list[Any], foreign: int, positions: Iterable[int]) -> None:
    for i in positions:
        if foreign >> i & 1:
            kept = raw[i]
            # A rule may compute with integers, as with n - 1: in few or unsigned bits that wraps.
            narrow = kept.dtype.kind == "u" or (kept.dtype.kind == "i" and kept.dtype.itemsize < 8)
            raw[i] = kept.astype(np.int64) if narrow else kept.copy()


def _name_shapes(error: ValueError, operation: Operation, raw: Sequence[Any]) -> None:
    """Add the operation and the shapes of its arrays to NumPy's message, which may lack them."""
    if type(error) is ValueError:  # others, such as AxisError, have a message of another form
        lists = (value if type(value) is list else [value] for value in raw)
        shapes = [str(item.shape) for items in lists for item in items if isinstance(item, ndarray)]
        error.args = (f"{operation.name} of shape {' and '.join(shapes)}: {error}",)


def _like(outputs: Any, tensors: list[Tensor]) -> Any:
    """`tensors` in the type of an operation's several outputs: tuple, list or namedtuple."""
    kind = type(outputs)
    if kind is tuple:
        return tuple(tensors)
    return kind(*tensors) if hasattr(outputs, "_fields") else kind(tensors)


def apply(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any] | None = None
) -> Any:
    """`function` of arguments with Tensors among them: recorded, or on plain arrays, or refused."""
    kwargs = kwargs or {}
    operation = TABLE.get(function)
    if operation is not None and not kwargs and len(args) == operation.complete:
        return record(operation, args)
    if kwargs.get("out") is not None:
        raise TypeError(
            f"{public_name(function)} can't write into out=… where a Tensor is involved: use its "
            f"result (instead of `array += tensor`, write `array = array + tensor`)"
        )
    if operation is not None and not (function in COMPOSED and operation.is_other(args, kwargs)):
        return record(operation, operation.bind(args, kwargs))
    if function in COMPOSED:
        mode = recording.get()
        if type(mode) is Watched:
            run = partial(compose, function, args, kwargs)
            return mode.watch.composed(run, function, (*args, *kwargs.values()))
        return compose(function, args, kwargs)
    if function in CONSTANTS:
        return function(*plain(args), **{name: plain(value) for name, value in kwargs.items()})
    if extended():
        return apply(function, args, kwargs)
    raise TypeError(why_not(function))


RECORDERS[Tensor] = apply
# The names of Tensors without a node, by the id of their array: of these, a graph has only that.
named: dict[int, tuple[ref[NDArray], str | None]] = {}


def wrap(data: Array, node: Node | None) -> Tensor:
    """A Tensor around an array that is its own already, without the constructor's checks."""
    tensor = _new(Tensor)
    tensor._array = data
    tensor._node = node
    tensor._name = None
    return tensor


_new = object.__new__


def _unpickled(data: Any, requires_grad: bool, name: str | None) -> Tensor:
    """What pickle makes of a Tensor."""
    if type(data) is ndarray:
        # The dtype from pickle is equal to NumPy's own, but another object: `is` sees no float64.
        data = data.view(np.dtype(data.dtype.str))
    return Tensor(data, requires_grad, name=name)


def plain(value: Any) -> Any:
    """`value` with each Tensor in it replaced by its array."""
    if type(value) is Tensor:
        return value._array
    if type(value) in (list, tuple):
        return type(value)(plain(item) for item in value)
    return value


def _frozen(key: Any) -> Any:
    """An index that nobody else can change: its arrays and lists are copied."""
    if isinstance(key, tuple):
        return tuple(item for part in key for item in _as_items(part))
    return _as_items(key) if isinstance(key, (Tensor, ndarray, list)) else key


def _as_items(part: Any) -> tuple[Any, ...]:
    if isinstance(part, Tensor):
        part = part._array
    if isinstance(part, list) and not part:
        return (np.array(part, dtype=np.intp),)
    return (np.array(part),) if isinstance(part, (ndarray, list)) else (part,)


def _together(items: tuple[Any, ...]) -> Any:
    """`f(2, 3)` and `f((2, 3))` mean the same."""
    return items[0] if len(items) == 1 else items


def numbers_of(data: Any, dtype: Any = None) -> Any:
    """A copy of `data` as an array of numbers; another library's array as it is."""
    if type(data) is Tensor:
        if data.requires_grad:
            raise TypeError(
                "Tensor(t) of a tracked Tensor would lose its graph: use t.detach() if that is "
                "meant, or t.copy()"
            )
        data = data._array
    elif hasattr(data, "__array_function__") and not isinstance(data, ndarray):
        return data
    if isinstance(data, np.ma.MaskedArray):
        raise TypeError("a Tensor has no mask: fill the masked array, and mask with np.where")
    array = np.array(data, dtype=dtype)
    if array.dtype.kind not in "biufc":
        raise TypeError(
            f"a Tensor holds numbers, but {type(data).__name__} gave dtype {array.dtype}; pass "
            f"numbers, a list of lists of equal lengths, or an array"
        )
    return array


def differentiable(array: Any) -> Any:
    """`array`, if there can be a gradient by it. Raises TypeError if it holds integers."""
    if array.dtype.kind not in "fc":
        raise TypeError(
            f"requires_grad needs floating or complex numbers, but the dtype is {array.dtype}; "
            f"write 1.0 instead of 1, or pass dtype=float"
        )
    return array


def _ones(root: Node) -> Any:
    if root.value is None or root.value.size != 1:
        raise ValueError(
            f"backward() of a Tensor of shape {root.shape} needs a seed of that shape, the "
            f"gradient of what comes after it; or reduce it to one number first, with .sum() say"
        )
    if root.dtype.kind == "c":
        raise ValueError("backward() of a complex number needs a seed; or take its .real or abs")
    return np.ones(root.shape, root.dtype) if root.shape else root.dtype.type(1)


def checked_gradient(given: Any, node: Node, what: str = "gradient") -> NDArray:
    """A copy of `given`, the gradient, seed or tangent of the output of `node`, if it can be it."""
    array = np.array(plain(given))
    if array.shape != node.shape:
        raise ValueError(
            f"the {what} has shape {array.shape}, but its Tensor has {node.shape}: it needs one "
            f"number for each element"
        )
    if not np.can_cast(array.dtype, node.dtype, "same_kind"):
        raise ValueError(f"the {what} has dtype {array.dtype}, but its Tensor {node.dtype}")
    return array.astype(node.dtype, copy=False)


def _refuse_to_lose(tensor: Tensor, value: Any) -> None:
    """Raise TypeError if what a transform moves is written, or written to, without a record."""
    if is_moving(tensor._node) or (type(value) is Tensor and is_moving(value._node)):
        raise TypeError(
            "t.data = v, t.grad = v, or t[...] = v and t += v in no_grad, would lose the gradient "
            "of t or v within a transform: compute with v itself, or pass it as an argument to "
            "what uses t; or write v.data into a Tensor of your own if plain numbers are meant"
        )


def _called(node: Node) -> str:
    return (
        f"{node.name!r} of shape {node.shape}" if node.name else f"a Tensor of shape {node.shape}"
    )


_STORE_SUBSCR = opcode.opmap["STORE_SUBSCR"]
_ADD, _SUBTRACT, _MULTIPLY, _DIVIDE = map(entry, (np.add, np.subtract, np.multiply, np.divide))
_POWER, _SQUARE, _NEGATIVE, _ABS = map(entry, (np.power, np.square, np.negative, np.abs))
_SUM, _MEAN, _MAX, _MIN, _MATMUL = map(entry, (np.sum, np.mean, np.max, np.min, np.matmul))
_RESHAPE, _RAVEL, _SQUEEZE, _COPY = map(entry, (np.reshape, np.ravel, np.squeeze, np.copy))
_TRANSPOSE, _SWAPAXES, _CLIP = map(entry, (np.transpose, np.swapaxes, np.clip))
_INDEX, _PUT, _CAST = map(entry, (index, put, cast))
