"""fit: the loop that trains a model on arrays."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from autograd.primitive import NDArray
from autograd.tensor import plain, wrap
from nn.init import generator, positive_integer
from nn.losses import LOSSES, Loss
from nn.module import Module
from nn.optim import OPTIMIZERS, Optimizer
from nn.watching import evaluating

T = TypeVar("T")


@dataclass
class History:
    """What happened in training: `losses` is the mean loss over the data in each epoch."""

    losses: list[float] = field(default_factory=list)


def fit(
    model: Module,
    X: Any,
    y: Any,
    loss: str | Loss = "mse",
    optimizer: str | Optimizer = "adam",
    epochs: int = 10,
    batch_size: int = 32,
    rng: np.random.Generator | int | None = None,
    progress: bool | None = None,
) -> History:
    """Train `model`, in place, to predict `y` from `X`, in shuffled mini-batches.

    Parameters
    ----------
    model : Module
    X, y : array_like
        Inputs and targets, one item of the first axis each; finite, and not empty.
    loss : str or function
        mse, half_mse, bce_with_logits, cross_entropy, hinge, or any function of (prediction,
        target) that returns one number.
    optimizer : str or Optimizer
        sgd or adam, at their own learning rates, or one made over parameters of `model`.
    epochs, batch_size : int
        Passes through the data, and items for each step.
    rng : numpy.random.Generator or int, optional
        Of the order of the items; the same seed gives the same training.
    progress : bool, optional
        Whether to draw a progress bar (it needs tqdm); by default, if stderr is a terminal.

    Raises ValueError or TypeError for names, numbers or data that can't be used, before any step.

    >>> import nn
    >>> X = np.linspace(-1, 1, 64).reshape(64, 1)
    >>> model = nn.MLP(1, [8, 1], "tanh", rng=0)
    >>> optimizer = nn.Adam(model.parameters(), lr=0.05)
    >>> history = fit(model, X, X**2, "mse", optimizer, epochs=30, rng=0)
    >>> history.losses[-1] < 0.1 * history.losses[0]
    True
    """
    if not isinstance(model, Module):
        raise TypeError(f"fit trains a Module, not {type(model).__name__}")
    parameters = model.parameters()
    if isinstance(loss, str):
        loss = _by_name("loss", loss, LOSSES)
    if isinstance(optimizer, str):
        optimizer = _by_name("optimizer", optimizer, OPTIMIZERS)(parameters)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer is the name of one or an Optimizer, not {optimizer!r}")
    if set(optimizer.parameters).isdisjoint(parameters):
        raise ValueError(
            "the optimizer was made for another model: it has none of these parameters"
        )
    dtype = optimizer.parameters[0].dtype
    X, y = _data("X", X, dtype), _data("y", y, dtype)
    if len(X) != len(y):
        raise ValueError(f"X has {len(X)} items (shape {X.shape}), y {len(y)} (shape {y.shape})")
    epochs = positive_integer("epochs", epochs)
    batch_size = positive_integer("batch_size", batch_size)
    rng = generator(rng)
    history = History()
    starts = range(0, len(X), batch_size)
    if loss in LOSSES.values():
        _check_targets(model, X, y, loss, starts, batch_size)
    bar = _bar(progress, epochs * len(starts))
    modes = [(part, part.training) for part in model.modules()]
    model.train()
    try:
        for _ in range(epochs):
            order = rng.permutation(len(X))
            total = 0.0
            for start in starts:
                rows = order[start : start + batch_size]
                optimizer.zero_grad()
                value = loss(model(wrap(X[rows], None)), wrap(y[rows], None))
                value.backward()
                optimizer.step()
                total += value.item() * len(rows)
                if bar is not None:
                    bar.update()
            history.losses.append(total / len(X))
            if bar is not None:
                bar.set_postfix(loss=f"{history.losses[-1]:.4g}")
    finally:
        for part, training in modes:
            part.training = training
        if bar is not None:
            bar.close()
    return history


def _check_targets(
    model: Module, X: NDArray, y: NDArray, loss: Loss, starts: range, batch_size: int
) -> None:
    """Raise what the loss has against any of the targets, before a step has changed the model."""
    with evaluating(model):
        first = np.asarray(model(wrap(X[:1], None)).data)
        for start in starts:
            target = y[start : start + batch_size]
            shape = (len(target), *first.shape[1:])
            loss(wrap(np.broadcast_to(first, shape), None), wrap(target, None))


def _by_name(what: str, name: str, known: Mapping[str, T]) -> T:
    """What `name` stands for. Raises ValueError if it is not known."""
    if name not in known:
        raise ValueError(f"unknown {what} {name!r}; known are {', '.join(known)}")
    return known[name]


def _data(name: str, data: Any, dtype: Any) -> NDArray:
    """`data` as an array of finite numbers, floating ones in `dtype`."""
    array: NDArray = np.asarray(plain(data))
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, not {array.dtype}")
    if array.ndim == 0 or len(array) == 0:
        raise ValueError(f"{name} has no items to learn from: its shape is {array.shape}")
    if array.dtype.kind != "f":
        return array
    with np.errstate(over="ignore"):
        array = array.astype(dtype, copy=False)
    finite = np.isfinite(array)
    if not finite.all():
        where = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise ValueError(
            f"{name} has {np.sum(~finite)} values that are NaN or infinite as {dtype}, the first "
            f"at {where}; remove or replace them"
        )
    return array


def _bar(progress: bool | None, total: int) -> Any:
    """A progress bar, or None."""
    if progress is False or (progress is None and not sys.stderr.isatty()):
        return None
    try:
        from tqdm import tqdm
    except ImportError:
        if progress is None:
            return None
        raise ImportError("progress=True needs tqdm: pip install tqdm") from None
    return tqdm(total=total, unit="batch")
