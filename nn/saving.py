"""Models and training in files: save and load, save_training and load_training.

Never by pickle: `nn.storage` has the formats, `.safetensors` and `.npz`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, TypeVar, overload

import numpy as np

from autograd.primitive import NDArray
from nn.blocks import Sequential
from nn.layers import MLP
from nn.module import Module, architecture, build, freeze, held
from nn.storage import FilePath, read, reading, write

M = TypeVar("M", bound=Module)

DEEPEST = 100  # lists and dicts in each other; to make a network takes the square of its depth


def save(model: Module, path: FilePath) -> None:
    """Write the model into a file, from which `load` makes it again.

    `path` ends in `.safetensors` or `.npz`. A kill at any moment leaves the file that was there
    before or the new one. The file has all arrays of `model.state_dict()`, how the model was made,
    what of it is shared, and what is frozen or in evaluation mode. A model with a class or a
    function of one's own in it is saved without how it was made: load it into a model that your
    code has made, or make the class known by the decorator `nn.module.built_in`.

    The names are those of PyTorch: a part of a Sequential or an MLP goes by its number. So where
    the parts have the same numbers there, this loads in PyTorch:

        torch_model.load_state_dict(safetensors.torch.load_file(path))

    Raises ValueError for another extension, and for a dtype that the format can't hold.

    >>> import os, tempfile
    >>> model = MLP(2, [16, 1], "tanh")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.npz")
    ...     save(model, path)
    ...     again = load(path)
    >>> again
    MLP: 65 parameters
      layers.0: Layer(2, 16, 'tanh'): 48 parameters
      layers.1: Layer(16, 1, 'identity'): 17 parameters
    >>> bool((again([1.0, 2.0]).data == model([1.0, 2.0]).data).all())
    True
    """
    if not isinstance(model, Module):
        raise TypeError(f"save takes a Module, not {type(model).__name__}")
    state = model.state_dict()
    arrays = {name: state[key] for key, name in _names(model).items()}
    write(path, _description(model, arrays), arrays)


@overload
def load(path: FilePath) -> Module: ...
@overload
def load(path: FilePath, model: M) -> M: ...
def load(path: FilePath, model: Module | None = None) -> Module:
    """The model that `save` wrote; or `model`, with the weights of the file in it.

    With `model`, the file may also be PyTorch's, such as of an nn.Sequential of the same layers
    (`safetensors.torch.save_file(torch_model.state_dict(), path)`). If its names are others, its
    parts with weights are taken in the order of their numbers (`0`, `2`, or `fc1`, `fc2`), where
    each has the same arrays as the part of `model` in that place.

    What a file names is never run or imported: to read one from anybody is safe. Raises ValueError,
    with nothing changed, for a file that is damaged, has another format, or does not fit; and, if
    no `model` is given, for one from which none can be made.

    >>> import os, tempfile
    >>> from nn.layers import Layer
    >>> layers = [("0.weight", (3, 2)), ("0.bias", 3), ("2.weight", (1, 3)), ("2.bias", 1)]
    >>> theirs = {name: np.ones(shape) for name, shape in layers}  # with a ReLU for number 1
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "theirs.npz")
    ...     np.savez(path, **theirs)
    ...     load(path, Sequential(Layer(2, 3, "relu"), Layer(3, 1, None)))([1.0, 1.0])
    Tensor([10.], requires_grad=True)
    """
    if model is not None and not isinstance(model, Module):
        raise TypeError(f"load puts weights into a Module, not {type(model).__name__}")
    content, arrays = read(path)
    with reading(path):
        if "parts" in content:
            raise ValueError("it is the state of a training: use nn.load_training")
        if model is None:
            return _made(content, arrays)
        model.load_state_dict(_matched(model, arrays))
        return model


# How a model was made.


def _description(model: Module, arrays: Mapping[str, NDArray]) -> dict[str, Any]:
    """What `_made` needs to make the model again, or the reason why it can't be."""
    try:
        kept, shared = architecture(model), _shared(model)
        _state(kept, shared, arrays)
    except (TypeError, ValueError) as error:
        return {"architecture": None, "reason": str(error)}
    return {
        "architecture": kept,
        "shared": shared,
        "buffers": [path for path, _ in model.named_buffers()],
        "evaluating": [path for path, part in model.named_modules() if not part.training],
    }


def _made(content: Mapping[str, Any], arrays: Mapping[str, NDArray]) -> Module:
    """The model that `content` describes, with these arrays."""
    kept = content.get("architecture")
    if kept is None:
        reason = content.get("reason", "it is not by nn.save")
        raise ValueError(
            f"it does not say how the model was made ({reason}); make one in your code, and call "
            f"nn.load(path, model)"
        )
    shared = content.get("shared", {})
    state = _state(kept, shared, arrays)  # before anything of these sizes is made
    model = build(kept)
    _share(model, shared)
    model.load_state_dict(state)
    buffers, evaluating = set(content["buffers"]), set(content["evaluating"])
    for path, part in model.named_modules():
        part.training = path not in evaluating
        for name, tensor in part._own_tensors():
            on = f"{path}.{name}".removeprefix(".") not in buffers
            if tensor.requires_grad and not on:
                freeze(tensor)
            tensor.requires_grad = on
    return model


def _state(
    kept: Mapping[str, Any], shared: Mapping[str, str], arrays: Mapping[str, NDArray]
) -> dict[str, NDArray]:
    """The arrays by their paths in a model of that architecture.

    Raises ValueError unless it has these arrays, in the sizes that it says. For that, a sketch of
    it is made, in which each size is 1, and given the arrays: what it then says of itself is what
    was said. A file that claims a Layer of 10¹² by 10¹² would else get one.
    """
    sketch = build(_sketch(kept))
    _share(sketch, shared)
    names = _names(sketch)
    different = sorted(set(names.values()) ^ arrays.keys())
    if different:
        raise ValueError(
            f"its architecture and its arrays don't agree about {', '.join(different)}: what is "
            f"added to a part is not written down"
        )
    state = {path: arrays[name] for path, name in names.items()}
    for path, tensor in sketch._tensors().items():
        tensor.requires_grad = False
        tensor._array = state[path]
    if architecture(sketch) != kept:
        raise ValueError("the sizes in its architecture are not those of its arrays")
    return state


def _sketch(kept: Any, depth: int = 0) -> Any:
    """An architecture with 1 for each size; all whole numbers in architectures are sizes."""
    if depth > DEEPEST:
        raise ValueError(f"its architecture is nested more than {DEEPEST} deep")
    if isinstance(kept, dict):
        return {key: _sketch(value, depth + 1) for key, value in kept.items()}
    if isinstance(kept, list):
        return [_sketch(value, depth + 1) for value in kept]
    return 1 if type(kept) is int and kept > 0 else kept


def _shared(model: Module) -> dict[str, str]:
    """For each place but the first of what is in several, its path, and the path of the first."""
    first: dict[int, str] = {}
    shared: dict[str, str] = {}
    waiting: list[tuple[str, Any]] = [("", model)]
    while waiting:
        path, part = waiting.pop()
        if id(part) in first:
            shared[path] = first[id(part)]
            continue
        first[id(part)] = path
        if isinstance(part, Module):
            waiting += reversed(list(held(vars(part), f"{path}." if path else "")))
    return shared


def _share(model: Module, shared: Mapping[str, str]) -> None:
    """Put what is at a path into the other places of a new model that it was in.

    Raises ValueError unless what was made for these places is alike: so a model can't be made to
    hold itself, nor, by parts within parts, exponentially many.
    """
    for path, first in shared.items():
        *steps, last = path.split(".")
        try:
            holder, part = _at(model, steps), _at(model, first.split("."))
            before = _at(holder, [last])
        except (KeyError, IndexError):
            continue  # a second name, put into the model later
        alike = type(part) is type(before)
        if not alike or (isinstance(part, Module) and architecture(part) != architecture(before)):
            raise ValueError(f"its {path} can't be its {first}, which is made otherwise")
        if isinstance(holder, list):
            holder[int(last)] = part
        else:
            vars(holder)[last] = part


def _at(part: Any, steps: list[str]) -> Any:
    """What is found by these steps of a path, within a Module or a list."""
    for step in steps:
        part = part[int(step)] if isinstance(part, list) else vars(part)[step]
    return part


# Names.


def _names(model: Module) -> dict[str, str]:
    """For each path in the state, its name in a file: `0.weight` for `layers.0.weight`."""
    rows = {path for path, part in model.named_modules() if isinstance(part, (Sequential, MLP))}
    names = {}
    for path in model._tensors():
        steps = path.split(".")
        kept = [
            step
            for i, step in enumerate(steps)
            if step != "layers" or ".".join(steps[:i]) not in rows
        ]
        names[path] = ".".join(kept)
    if len(set(names.values())) < len(names):  # there is an attribute called 0
        return {path: path for path in names}
    return names


def _matched(model: Module, arrays: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """The arrays of a file by the paths in `model`: by name or, if that fails, in order."""
    names = _names(model)
    # PyTorch's BatchNorm counts its batches, which nothing uses.
    counts = {name for name in arrays if name.endswith("num_batches_tracked")} - set(names.values())
    arrays = {name: array for name, array in arrays.items() if name not in counts}
    if arrays.keys() != set(names.values()):
        ours, theirs = _parts(names), _parts(sorted(arrays, key=_in_order))
        pairs = {
            f"{part}{name}": f"{other}{name}"
            for (part, inside), other in zip(ours.items(), theirs)
            for name in inside
        }
        shapes = {path: tensor.shape for path, tensor in model._tensors().items()}
        found = {path: arrays[name].shape for path, name in pairs.items() if name in arrays}
        if found == shapes and len(found) == len(arrays):
            if not _numbered(list(theirs)):
                raise ValueError(
                    f"its arrays have the shapes of the model's, but which is which is unknown, "
                    f"since neither names nor numbers say it: it has {', '.join(arrays)}, and the "
                    f"model {', '.join(names.values())}; rename them, or use load_state_dict"
                )
            return {path: arrays[name] for path, name in pairs.items()}
    paths = {name: path for path, name in names.items()}
    return {paths.get(name, name): array for name, array in arrays.items()}


def _parts(paths: Any) -> dict[str, list[str]]:
    """The names of the arrays in each part, by its path with a dot."""
    parts: dict[str, list[str]] = {}
    for path in paths:
        part, dot, name = path.rpartition(".")
        parts.setdefault(part + dot, []).append(name)
    return parts


def _in_order(path: str) -> list[Any]:
    """What to sort paths by, so that `10.weight` comes after `9.weight`: text, number, text, …"""
    return [int(piece) if i % 2 else piece for i, piece in enumerate(re.split("([0-9]+)", path))]


def _numbered(parts: list[str]) -> bool:
    """Whether numbers alone put these paths in their order: where two first differ, they do."""
    keys = [_in_order(part) for part in parts]
    firsts = [[a == b for a, b in zip(one, two)] for one, two in pairwise(keys)]
    return all(False in same and same.index(False) % 2 for same in firsts)


# Training.


def save_training(path: FilePath, **parts: Any) -> None:
    """Write all that training goes on from, into a file for `load_training`.

    Each part is what has a `state_dict()`, as models, optimizers, schedules and batches do; or a
    numpy.random.Generator; or a value made of arrays, numbers, strings, None, lists and dicts.
    Parts that are None are left out. With a model go its random generators, such as Dropout's.

    `path` ends in `.safetensors` or `.npz`. A kill at any moment leaves the file that was there
    before or the new one. Raises TypeError for a part of another kind, and ValueError for another
    extension.

    >>> import os, tempfile
    >>> from nn.optim import Adam
    >>> model, rng = MLP(2, [16, 1]), np.random.default_rng(0)
    >>> optimizer = Adam(model.parameters())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "training.npz")
    ...     save_training(path, model=model, optimizer=optimizer, rng=rng, epoch=3)
    ...     next_would_be = rng.random()
    ...     load_training(path, model=model, optimizer=optimizer, rng=rng)
    {'epoch': 3}
    >>> rng.random() == next_would_be
    True
    """
    arrays: dict[str, NDArray] = {}
    states = {name: _part_state(part) for name, part in parts.items() if part is not None}
    packed = {
        name: {kind: _packed(value, name, arrays) for kind, value in state.items()}
        for name, state in states.items()
    }
    write(path, {"parts": packed}, arrays)


def load_training(path: FilePath, **parts: Any) -> dict[str, Any]:
    """Put each part into the state that it had when `save_training` wrote the file.

    So training continues to the same numbers, bit for bit. Returns the parts that are plain values,
    by name; all others are passed, under the names that they were saved by.

    `save_training` has an example.

    Raises ValueError, with nothing changed, for a file that is damaged, has another format, or does
    not fit: what is missing, unknown, or of another shape is named.
    """
    content, arrays = read(path)
    with reading(path):
        if "parts" not in content:
            raise ValueError("it is not the state of a training; for a model, use nn.load")
        states = _unpacked(content["parts"], arrays)
        if arrays:
            raise ValueError(f"it has arrays that are in no part: {', '.join(arrays)}")
        values = {name: state["value"] for name, state in states.items() if "value" in state}
        parts = {name: part for name, part in parts.items() if part is not None}
        saved = states.keys() - values.keys()
        if parts.keys() != saved:
            new, gone = parts.keys() - saved, saved - parts.keys()
            wrong = [f"no state of {_listed(new)}"] if new else []
            wrong += [f"the state of {_listed(gone)}, which is not here now"] if gone else []
            raise ValueError(
                f"it has {', and '.join(wrong)}; go on with just what there was when it was "
                f"saved: the same callbacks, schedule, and so on"
            )
        before = {name: _part_state(part) for name, part in parts.items()}
        try:
            for name, part in parts.items():
                _restore(part, states[name])
        except BaseException:
            for name, part in parts.items():
                _restore(part, before[name])
            raise
        return values


def _part_state(part: Any) -> dict[str, Any]:
    """What `_restore` needs."""
    if isinstance(part, np.random.Generator):
        return {"generator": part.bit_generator.state}
    if isinstance(part, Module):
        own = {path: rng.bit_generator.state for path, rng in part.named_generators()}
        return {"state": part.state_dict(), "generators": own}
    return {"state": part.state_dict()} if hasattr(part, "state_dict") else {"value": part}


def _restore(part: Any, state: Mapping[str, Any]) -> None:
    """Put a part into a state."""
    if isinstance(part, np.random.Generator):
        part.bit_generator.state = state["generator"]
        return
    part.load_state_dict(state["state"])
    if isinstance(part, Module):
        own, found = dict(part.named_generators()), state["generators"]
        if own.keys() != found.keys():
            raise ValueError(f"the random generators of its model are {_listed(found)}")
        for path, rng in own.items():
            rng.bit_generator.state = found[path]


def _packed(value: Any, path: str, arrays: dict[str, NDArray]) -> Any:
    """`value` for JSON; its arrays are put into `arrays`, and their names into their places."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        while path in arrays:  # a.b, and b in a
            path += "_"
        arrays[path] = value
        return {"__array__": path}
    if isinstance(value, Mapping) and all(type(k) is str and k != "__array__" for k in value):
        return {key: _packed(each, f"{path}.{key}", arrays) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_packed(each, f"{path}.{i}", arrays) for i, each in enumerate(value)]
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise TypeError(
        f"{path} is {type(value).__name__}, which has no state_dict() and can't be written down; "
        f"arrays, numbers, strings and None can, and lists and dicts of them with strings as keys"
    )


def _unpacked(value: Any, arrays: dict[str, NDArray]) -> Any:
    """What `_packed` was given; its arrays are taken out of `arrays`."""
    if isinstance(value, dict):
        if value.keys() == {"__array__"}:
            return arrays.pop(value["__array__"])
        return {key: _unpacked(each, arrays) for key, each in value.items()}
    return [_unpacked(each, arrays) for each in value] if isinstance(value, list) else value


def _listed(names: Any) -> str:
    return ", ".join(sorted(names)) or "nothing"
