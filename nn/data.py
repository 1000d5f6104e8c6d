"""Data: batches of arrays, a part held out for testing, and inputs brought to one scale.

A memory-mapped array (`np.load(path, mmap_mode="r")`, `np.memmap`) is read batch by batch, never as
a whole, so that it may be larger than the memory; each of its batches is checked when it is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np

from autograd import Tensor
from autograd.primitive import NDArray
from autograd.tensor import plain
from nn.init import flag, generator, positive_integer
from nn.inputs import as_array, elsewhere, numbers, real
from nn.layers import floating
from nn.module import Module, built_in

CHUNK = 1 << 20  # numbers of a memory-mapped array that are looked at together


class Batches:
    """Batches of the items of `X` and `y`, their first axes; an iteration over it is one epoch.

    Each is (x, y), or (x, y, weight) where there are weights, of `batch_size` items; the last one,
    if it is smaller, is left out with `drop_last`. Every epoch has its own order, which `rng`
    decides: an integer seed, or a Generator, from which one is spawned. Without `shuffle` they come
    as they are, without a copy. `rows` are the numbers of the items to take, by default all.
    Floating data is given in `dtype`, by default its own. To begin an epoch ends the one before.

    Raises TypeError for what are no real numbers, and ValueError for no items, lengths that differ,
    NaN and infinity.

    >>> batches = Batches(np.arange(5), np.arange(5) ** 2, batch_size=2, shuffle=False)
    >>> for x, y in batches:
    ...     print(x, y)
    [0 1] [0 1]
    [2 3] [4 9]
    [4] [16]
    """

    def __init__(
        self,
        X: Any,
        y: Any,
        batch_size: int = 32,
        shuffle: bool = True,
        drop_last: bool = False,
        rng: np.random.Generator | int | None = None,
        *,
        weight: Any = None,
        rows: Any = None,
        dtype: Any = None,
    ) -> None:
        if isinstance(X, Batches):
            raise TypeError("X is Batches, which have their targets in them: pass them without y")
        self.X, self.y = real("X", X, dtype), real("y", y, dtype)
        self.weight = None if weight is None else _weights(weight)
        named = [("X", self.X), ("y", self.y), ("weight", self.weight)]
        self._arrays = [(name, array) for name, array in named if array is not None]
        self._mapped = any(isinstance(array, np.memmap) for _, array in self._arrays)
        self._check_lengths()
        self.rows = None if rows is None else _rows(rows, len(self.X))
        self.items = len(self.X) if self.rows is None else len(self.rows)
        self.batch_size = positive_integer("batch_size", batch_size)
        self.shuffle, self.drop_last = flag("shuffle", shuffle), flag("drop_last", drop_last)
        self.dtype = dtype
        if not len(self):
            raise ValueError(
                f"{self.items} items make no batch of {self.batch_size}; let drop_last be False, "
                f"or batch_size be smaller"
            )
        own = generator(rng)
        self.rng = own.spawn(1)[0] if own is rng else own
        self._passes = 0  # that were begun, or ended by a state
        self.given = 0  # batches of the epoch that is running
        self._start = 0  # how many of them the next iteration leaves out
        self._at_start: Mapping[str, Any] = {}  # the state of rng when that epoch began

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        whole, rest = divmod(self.items, self.batch_size)
        return whole + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[tuple[NDArray, ...]]:
        self._passes = own = self._passes + 1
        start, self._start = self._start, 0
        self._at_start = self.rng.bit_generator.state  # a new dict
        order = self.rows
        if self.shuffle:
            order = self.rng.permutation(len(self.X) if self.rows is None else self.rows)
        size = self.batch_size
        for number in range(start + 1, len(self) + 1):
            self.given = number
            some: Any = slice((number - 1) * size, number * size)
            if order is not None:
                some = order[some]
            if self._mapped:
                yield tuple([self._read(name, a[some]) for name, a in self._arrays])
            else:
                yield tuple([_items(a, some) for _, a in self._arrays])
            if self._passes != own:  # the state is that of the other
                raise RuntimeError(
                    "this pass through the Batches can't go on, since another one began: for one "
                    "within the other, as to evaluate in a callback, make Batches of their own: "
                    "nn.Batches(X, y, shuffle=False)"
                )
        self.given = 0

    def state_dict(self) -> dict[str, Any]:
        """Where this is: in which order, and how many batches of the epoch have been given."""
        rng = self._at_start if self.given else self.rng.bit_generator.state
        return {**self._sizes(), "given": self.given, "rng": dict(rng)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`, as from `state_dict`: the next batches are those that were to come.

        Raises ValueError, with nothing changed, if it is of other data or another batch size.
        """
        wrong = [
            f"{name} was {state.get(name)} and is {own}"
            for name, own in self._sizes().items()
            if state.get(name) != own
        ]
        given = int(state.get("given", -1))
        if not 0 <= given <= len(self):
            wrong.append(f"{state.get('given')} batches were given, of {len(self)}")
        if wrong:
            raise ValueError(f"the state does not fit these Batches: {'; '.join(wrong)}")
        self._passes += 1
        self.rng.bit_generator.state = state["rng"]
        self._at_start = dict(self.rng.bit_generator.state)
        self.given = self._start = given

    def _read(self, name: str, array: NDArray) -> NDArray:
        return real(f"batch {self.given - 1} of {name}", np.asarray(array), self.dtype)

    def _sizes(self) -> dict[str, Any]:
        sizes = {"items": self.items, "batch_size": self.batch_size}
        return {**sizes, "shuffle": self.shuffle, "drop_last": self.drop_last}

    def _check_lengths(self) -> None:
        n = len(self.X)
        for name, array in self._arrays:
            if len(array) != n:
                raise ValueError(
                    f"X has {n} items (shape {self.X.shape}), {name} {len(array)} (shape "
                    f"{array.shape})"
                )


@elsewhere(
    test_size="test=",
    train_size="test=, the share or number of the others",
    random_state="rng=",
    seed="rng=",
    shuffle="slices of the arrays, X[:n] and X[n:], for parts that are not shuffled",
)
def train_test_split(
    *arrays: Any,
    test: float = 0.2,
    stratify: Any = None,
    rng: np.random.Generator | int | None = None,
) -> tuple[NDArray, ...]:
    """Each array in two: train_X, test_X, train_y, test_y, … with the same random items in each.

    `test` is a share between 0 and 1, or a whole number of items. With `stratify`, a label for each
    item, both parts have the same share of each label, as nearly as can be.

    Raises ValueError if the arrays differ in length, or one of the parts would be empty.

    >>> X = np.arange(10)
    >>> train_X, test_X, train_y, test_y = train_test_split(X, X % 2, stratify=X % 2, rng=0)
    >>> len(train_X), sorted(test_y.tolist())
    (8, [0, 1])
    """
    found = [np.asarray(as_array(array)) for array in arrays]
    lengths = {array.shape[:1] for array in found}
    if len(lengths) != 1 or () in lengths:
        shapes = ", ".join(str(array.shape) for array in found) or "none"
        raise ValueError(f"train_test_split takes arrays with as many items each, not {shapes}")
    (n,) = lengths.pop()
    train_rows, test_rows = split(n, test, stratify, generator(rng))
    return tuple([array[rows] for array in found for rows in (train_rows, test_rows)])


def split(
    n: int, test: float, stratify: Any, rng: np.random.Generator, what: str = "test"
) -> tuple[NDArray, NDArray]:
    """The numbers of the items for training and for testing, of `n`; as `train_test_split`."""
    whole = isinstance(test, (int, np.integer)) and not isinstance(test, bool)
    if not (0 < test < (n if whole else 1)):
        raise ValueError(
            f"{what} is a share between 0 and 1, or a number of items below {n}, not {test!r}"
        )
    count = int(test) if whole else math.ceil(test * n)
    if count >= n:
        raise ValueError(f"{n} items can't be split into two parts with {what}={test!r}")
    order = rng.permutation(n)
    if stratify is None:
        return order[count:], order[:count]
    labels = np.asarray(plain(stratify))
    if labels.shape != (n,):
        raise ValueError(f"stratify is a label for each of {n} items, not of shape {labels.shape}")
    _, kind, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    counts = _shared_out(count, sizes)
    by_kind = np.split(order[np.argsort(kind[order], kind="stable")], np.cumsum(sizes)[:-1])
    train = [rows[k:] for rows, k in zip(by_kind, counts)]
    tested = [rows[:k] for rows, k in zip(by_kind, counts)]
    return rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(tested))


@built_in
class Standardise(Module):
    """(x − mean) / std, for each place of the axes after the first, as they are in `X`.

    Maps (…, width) to itself. Being a Module, it can be the first part of a network, which then
    takes raw data and is saved with what it remembers: the buffers `mean` and `std`, of shape
    X.shape[1:]. A column that is constant has std 1, so that it becomes 0.

    Raises TypeError and ValueError for data as `Batches` does.

    >>> X = np.array([[1.0, 7.0], [3.0, 7.0]])
    >>> standardise = Standardise(X)
    >>> standardise(X)
    Tensor([[-1.,  0.],
            [ 1.,  0.]])
    >>> standardise.inverse([[2.0, 0.0]])
    Tensor([[4., 7.]])
    """

    def __init__(self, X: Any, dtype: Any = None) -> None:
        X = real("X", X)
        if dtype is None:
            dtype = X.dtype if X.dtype.kind == "f" else np.float64
        mean, std = _statistics(X)
        self.mean = Tensor(mean, dtype=floating(dtype))
        self.std = Tensor(std, dtype=dtype)

    def forward(self, x: Any) -> Any:
        """x standardised, of its own shape."""
        return (self._fitting(x) - self.mean) / self.std

    def inverse(self, x: Any) -> Any:
        """What `forward` makes x of: x · std + mean."""
        return self._fitting(x) * self.std + self.mean

    def config(self) -> dict[str, Any]:
        """The shape of an item and the dtype; mean and std are state."""
        return {"shape": list(self.mean.shape), "dtype": str(self.mean.dtype)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """One for items of that shape, with mean 0 and std 1."""
        return cls(np.zeros((1, *config["shape"])), config["dtype"])

    def describe(self) -> str:
        """The class and the shape of an item."""
        return f"{type(self).__name__}({', '.join(map(str, self.mean.shape))})"

    def _fitting(self, x: Any) -> Any:
        """`x` as a Tensor. Raises ValueError for items of another shape."""
        words = f"{self.describe()} takes real numbers"
        tensor = x if type(x) is Tensor else Tensor(numbers(words, x))
        shape = self.mean.shape
        if tensor.shape[tensor.ndim - len(shape) :] != shape:
            raise ValueError(
                f"{self.describe()} expects items of shape {shape}, got shape {tensor.shape}"
            )
        return tensor


def _items(array: NDArray, some: Any) -> NDArray:
    """array[some], for a slice or the numbers of items."""
    take = type(some) is not slice and array.flags.c_contiguous  # of others it copies all first
    items: NDArray = array.take(some, axis=0) if take else array[some]  # in half the time
    return items


def _rows(rows: Any, n: int) -> NDArray:
    """The numbers of items, of `n`. Raises ValueError for what are none."""
    array = np.asarray(rows, None if np.size(rows) else np.intp)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError(
            f"rows are the numbers of items, not {array.dtype} of shape {array.shape}; for a mask, "
            f"pass np.flatnonzero(mask)"
        )
    if array.size and not (array.min() >= 0 and array.max() < n):
        raise ValueError(f"rows are from 0 to {n - 1}, but go from {array.min()} to {array.max()}")
    return array


def _weights(weight: Any) -> NDArray:
    """What each item counts for. Raises ValueError for negative numbers, or nothing but 0."""
    array = real("weight", weight)
    if not (array.min() >= 0 and array.max() > 0):
        raise ValueError(
            f"weights are at least 0 and not all 0; they range from {array.min()} to {array.max()}"
        )
    return array


def _shared_out(count: int, sizes: NDArray) -> NDArray:
    """`count` shared out in proportion to `sizes`, the odd ones to the largest remainders."""
    exact = count * sizes / sizes.sum()
    counts: NDArray = np.floor(exact).astype(int)
    odd = np.argsort(counts - exact, kind="stable")[: count - counts.sum()]
    counts[odd] += 1
    return counts


def _statistics(X: NDArray) -> tuple[NDArray, NDArray]:
    """Mean and standard deviation along the first axis, in two passes over pieces of X."""
    rows = max(1, CHUNK // max(1, math.prod(X.shape[1:])))
    pieces = [slice(i, i + rows) for i in range(0, len(X), rows)]

    def read(piece: slice) -> NDArray:
        return real("X", np.asarray(X[piece])).astype(np.float64)

    mean: Any = sum(read(piece).sum(axis=0) for piece in pieces) / len(X)
    squares: Any = 0.0
    constant: Any = True
    for piece in pieces:
        some = read(piece)
        squares = squares + np.square(some - mean).sum(axis=0)
        constant = constant & np.all(some == X[0], axis=0)
    std = np.sqrt(squares / len(X))
    return np.where(constant, X[0], mean), np.where(constant | (std == 0), 1.0, std)
