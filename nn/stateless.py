"""functional_call: a model as a function of its parameters, to differentiate by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd import Tensor
from autograd.tree import flatten, unflatten
from nn.module import Module
from nn.state import misfit, of_names


def functional_call(model: Module, state: Mapping[str, Any], *inputs: Any, **options: Any) -> Any:
    """What `model(*inputs, **options)` gives with `state` in the place of its parameters.

    `state` has a Tensor or array for each path of `model.named_parameters()`, and may have some for
    those of `named_buffers()`; what is shared goes by its first path. So the loss is a function
    that `grad`, `hvp`, `jacobian` take, also in each other, for Newton's method, influence
    functions or learning to learn. To differentiate by a part of the model alone, freeze() others.

    The model is as it was before when the call ends, also by an error, but that a BatchNorm in
    training moves its running statistics, unless they are in `state`. Not for a model that another
    thread is using.

    Raises TypeError for a `model` or `state` of another kind, and ValueError, which names them all,
    for entries of `state` that are missing, unknown, or do not fit.

    >>> import numpy as np, nn
    >>> from autograd import grad, hvp
    >>> model, X, y = nn.MLP(2, [3, 2], "tanh", rng=0), np.eye(2), [0, 1]
    >>> def loss(state):
    ...     return nn.cross_entropy(functional_call(model, state, X), y)
    >>> p = dict(model.named_parameters())
    >>> slope = grad(loss)(p)
    >>> sorted(slope)
    ['layers.0.bias', 'layers.0.weight', 'layers.1.bias', 'layers.1.weight']
    >>> hvp(loss)(p, slope)["layers.1.bias"].shape
    (2,)
    """
    if not isinstance(model, Module):
        raise TypeError(f"functional_call takes a Module, not {type(model).__name__}")
    own = model._tensors()
    given = _fitting(model, own, state)
    before = [(own[path], own[path]._array, own[path]._node) for path in given]
    try:
        for path, value in given.items():  # in place, so wherever a Tensor is held
            own[path]._array, own[path]._node = value._array, value._node
        leaves, structure = flatten(model(*inputs, **options))
        swapped = {id(own[path]): value for path, value in given.items()}
        return unflatten(structure, iter([swapped.get(id(leaf), leaf) for leaf in leaves]))
    finally:
        for tensor, data, node in before:
            tensor._array, tensor._node = data, node


def _fitting(model: Module, own: Mapping[str, Tensor], state: Any) -> dict[str, Tensor]:
    """The entries of `state` as Tensors, each fit to take the place of its `own`."""
    of_names(state, type(model).__name__)
    missing = [path for path, tensor in own.items() if tensor.requires_grad and path not in state]
    wrong = [f"{path} is missing" for path in missing]
    wrong += [f"{path} is unknown" for path in state if path not in own]
    given = {path: value if type(value) is Tensor else Tensor(value)
             for path, value in state.items() if path in own}  # fmt: skip
    for path, value in given.items():
        if complaint := misfit(value._array, own[path]._array):
            wrong.append(f"{path} {complaint}")
        elif value.dtype.kind != "f":
            given[path] = value.astype(own[path].dtype)
    if wrong:
        raise ValueError(
            f"the state does not fit this {type(model).__name__}: {'; '.join(wrong)}"
            + "; what stays as it is belongs to it too: {**dict(model.named_parameters()), …}"
            * bool(missing)
        )
    return given
