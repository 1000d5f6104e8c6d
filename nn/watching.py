"""What the layers of a model take and give in a forward pass, without a permanent hook.

A layer is here a Module that holds no other: in an MLP its Layers, in a tree of Modules the leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd import Tensor, no_grad
from autograd.primitive import NDArray
from autograd.tensor import plain
from nn.module import Module


class Call(NamedTuple):
    """One call of a layer: its dotted path, itself, its first argument, and what it returned."""

    path: str
    layer: Module
    input: NDArray
    output: NDArray


def layer_calls(model: Module, X: Any) -> list[Call]:
    """The calls of layers in one forward pass of `model` on `X`, in their order.

    The pass is made in evaluation mode, and records no graph. Calls whose argument or result is no
    array (a tuple of states, say) are left out. Not for a model that another thread is using: for
    the time of the pass, each layer has a `forward` that takes notes.

    Raises TypeError if `model` is no Module, and ValueError, which names the layer, for a result
    that is NaN or infinite.

    >>> from nn.layers import MLP
    >>> [(call.path, call.output.shape) for call in layer_calls(MLP(2, [3, 1]), np.ones((5, 2)))]
    [('layers.0', (5, 3)), ('layers.1', (5, 1))]
    """
    if not isinstance(model, Module):
        raise TypeError(f"only the layers of a Module can be watched, not {type(model).__name__}")
    calls: list[Call] = []
    with evaluating(model), noting(model, calls):
        model(np.asarray(plain(X)))
    for call in calls:
        finite = np.isfinite(call.output)
        if not finite.all():
            raise ValueError(
                f"{call.path} gives {np.sum(~finite)} values that are NaN or infinite, of "
                f"{finite.size}; look for them in its input and its parameters"
            )
    return calls


def layer_outputs(model: Module, X: Any) -> dict[str, NDArray]:
    """What each layer gives for `X`, by its path; the results of several calls as one flat array.

    Without layers that only hand on what they are given, as Dropout does in evaluation mode, unless
    there are no others. Else as `layer_calls`.

    >>> from nn.layers import MLP
    >>> outputs = layer_outputs(MLP(2, [3, 1]), np.ones((5, 2)))
    >>> {path: output.shape for path, output in outputs.items()}
    {'layers.0': (5, 3), 'layers.1': (5, 1)}
    """
    outputs: dict[str, list[NDArray]] = {}
    calls = layer_calls(model, X)
    for call in [c for c in calls if not np.may_share_memory(c.input, c.output)] or calls:
        outputs.setdefault(call.path, []).append(call.output)
    return {
        path: given[0] if len(given) == 1 else np.concatenate([each.ravel() for each in given])
        for path, given in outputs.items()
    }


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Evaluation mode, without recording, inside the block; what is no Module has no mode.

    Several threads may be in such blocks with the same parts: the last one to leave puts the mode
    of a part back. But a mode belongs to the part, not to the thread, so that no thread should
    train what another one evaluates.
    """
    parts = model.modules() if isinstance(model, Module) else []
    with _LOCK:
        for part in parts:
            users, training = _EVALUATED.get(id(part), (0, part.training))
            _EVALUATED[id(part)] = users + 1, training
            part.training = False
    try:
        with no_grad():
            yield
    finally:
        with _LOCK:
            for part in parts:
                users, training = _EVALUATED.pop(id(part))
                if users > 1:
                    _EVALUATED[id(part)] = users - 1, training
                else:
                    part.training = training


Modes: TypeAlias = list[tuple[Module, bool]]


def modes_of(model: Module) -> Modes:
    """Each part of `model`, and whether it is in training mode."""
    return [(part, part.training) for part in model.modules()]


def set_modes(modes: Modes) -> None:
    """Put parts into the modes that `modes_of` found."""
    for part, training in modes:
        part.training = training


def train_again(model: Module) -> None:
    """Put a model that is in evaluation mode, but for what is frozen in it, into training mode."""
    if model.training:
        return
    for part in model.modules():
        own = part._parameters()
        part.training = not own or any(parameter.requires_grad for parameter in own)


_LOCK = Lock()
_EVALUATED: dict[int, tuple[int, bool]] = {}  # how many blocks a part is in, its mode before them


@contextmanager
def noting(model: Module, calls: list[Call]) -> Iterator[None]:
    """Within the `with` block, each layer of `model` adds its calls to `calls`."""

    def note(path: str, layer: Module, inputs: tuple[Any, ...], result: Any) -> Any:
        if all(isinstance(each, (Tensor, np.ndarray)) for each in (*inputs[:1], result)):
            calls.append(Call(path, layer, *(np.asarray(plain(x)) for x in (inputs[0], result))))
        return result

    with passing(model, note):
        yield


@contextmanager
def passing(
    model: Module, see: Callable[[str, Module, tuple[Any, ...], Any], Any]
) -> Iterator[None]:
    """Within the `with` block, what a layer of `model` returns is what `see` returns.

    `see` gets the path of the layer, itself, its arguments, and its result.
    """
    parts = model.named_modules()
    layers = [(path or type(part).__name__, part) for path, part in parts if not _holds_more(part)]
    own = [vars(layer).get("forward") for _, layer in layers]  # almost always None: the class's
    try:
        for path, layer in layers:
            vars(layer)["forward"] = _seen(path, layer, see)
        yield
    finally:
        for (_, layer), forward in zip(layers, own):
            vars(layer).pop("forward", None)
            if forward is not None:
                vars(layer)["forward"] = forward


def _holds_more(part: Module) -> bool:
    return len(part.modules()) > 1


def _seen(path: str, layer: Module, see: Callable[..., Any]) -> Callable[..., Any]:
    forward = layer.forward

    def seen(*inputs: Any, **options: Any) -> Any:
        return see(path, layer, inputs, forward(*inputs, **options))

    return seen
