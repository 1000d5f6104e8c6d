"""Module: a tree of parameters, found by attribute.

Whatever Tensors and Modules an object holds as attributes, also inside lists, tuples and dicts, are
its own, in the order of assignment. Nothing is registered: a Module is a plain Python object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

import numpy as np

from autograd import Tensor
from autograd.graph import Leaf, numbers
from autograd.primitive import NDArray
from autograd.tree import flatten


class Module:
    """A part of a network: what it holds is found by attribute, and `forward` says what it does.

    A Tensor that requires a gradient is a parameter; one that does not (a running mean, a frozen
    weight) is part of the state only. Both are known by their dotted paths.

    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factor = Tensor([2.0], requires_grad=True)
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> scale = Scale()
    >>> scale(np.array([1.0, 3.0]))
    Tensor([2., 6.], requires_grad=True)
    >>> scale
    Scale: 1 parameter
    """

    training: bool = True  # set by `train` and `eval`; for parts that differ in the two modes

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if isinstance(value, (Module, list, tuple, dict)):
            self.named_parameters()  # which tells the parameters their names from here

    def forward(self, *inputs: Any) -> Any:
        """The output for the inputs; each kind of Module has its own."""
        raise NotImplementedError(f"{type(self).__name__} has no forward method: define one")

    def __call__(self, x: Any, *more: Any, **options: Any) -> Any:
        """What `forward` returns; drawings show which nodes of the graph each call has made."""
        start = next(numbers)
        # 2x faster where there is one input.
        out = self.forward(x, *more, **options) if more or options else self.forward(x)
        try:
            node = out._node
            if node.number > start:
                node.call = self, start, node.call
        except AttributeError:  # several results, or none with a graph
            _note(self, start, flatten(out)[0])
        return out

    def parameters(self) -> list[Tensor]:
        """Every Tensor that requires a gradient, once each, in order of assignment."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_parameters(self) -> list[tuple[str, Tensor]]:
        """The parameters with their dotted paths, such as `layers.0.weight`.

        One that is shared goes by its first path. Each is also given its path as its name, so that
        errors and drawings can tell which it is, unless it has a name of its own.
        """
        named = [(path, t) for path, t in self._tensors().items() if t.requires_grad]
        for path, tensor in named:
            if tensor.name is None or path.endswith(f".{tensor.name}"):  # seen from further out
                tensor.name = path
        return named

    def modules(self) -> list[Module]:
        """This Module and every one in it, once each."""
        return [part for _, part in self.named_modules()]

    def named_modules(self) -> list[tuple[str, Module]]:
        """This Module, whose path is empty, and every one in it, with their dotted paths."""
        found = _walk(self, "", set())
        return [(path.removesuffix("."), part) for path, part in found if isinstance(part, Module)]

    def zero_grad(self) -> None:
        """Forget the gradient of each parameter."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def train(self, on: bool = True) -> Self:
        """Set the mode of this Module and all in it to training; returns the Module."""
        for part in self.modules():
            part.training = on
        return self

    def eval(self) -> Self:
        """Set the mode of this Module and all in it to evaluation; returns the Module."""
        return self.train(False)

    def state_dict(self) -> dict[str, NDArray]:
        """A copy of each Tensor that is held, by dotted path: parameters and other state."""
        return {path: np.array(tensor.data) for path, tensor in self._tensors().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put the arrays of `state`, as from `state_dict`, into the Tensors, in place.

        Raises ValueError, with nothing changed, if any entry is missing, unknown, or does not fit;
        the message names them all.
        """
        own = self._tensors()
        arrays = {path: np.asarray(value) for path, value in state.items()}
        wrong = [f"{path} is missing" for path in own if path not in arrays]
        wrong += [f"{path} is unknown" for path in arrays if path not in own]
        for path in own.keys() & arrays.keys():
            array, tensor = arrays[path], own[path]
            if array.shape != tensor.shape:
                wrong.append(f"{path} has shape {array.shape}, not {tensor.shape}")
            elif not np.can_cast(array.dtype, tensor.dtype, "same_kind"):
                wrong.append(f"{path} has dtype {array.dtype}, not {tensor.dtype}")
        if wrong:
            raise ValueError(
                f"the state does not fit this {type(self).__name__}: {'; '.join(sorted(wrong))}"
            )
        for path, tensor in own.items():
            tensor.data = arrays[path]

    def describe(self) -> str:
        """What `repr` calls this Module: its class, and in some classes its sizes."""
        return type(self).__name__

    def __repr__(self) -> str:
        count = sum(parameter.size for parameter in self.parameters())
        lines = [f"{self.describe()}: {count:,} parameter{'s' * (count != 1)}"]
        for path, part in _held(vars(self)):
            if isinstance(part, Module):
                first, *rest = repr(part).splitlines()
                lines += [f"  {path}: {first}", *(f"  {line}" for line in rest)]
        return "\n".join(lines)

    def _tensors(self) -> dict[str, Tensor]:
        """Every Tensor that is held, by path, but for results that have a graph."""
        return {
            path: part
            for path, part in _walk(self, "", set())
            if isinstance(part, Tensor) and (not part.requires_grad or type(part._node) is Leaf)
        }


def _note(module: Module, start: int, results: Iterable[Any]) -> None:
    """Note on each of the results of a call of `module` that it was made by it."""
    for result in results:
        node = result._node if type(result) is Tensor else None
        if node is not None and node.number > start:
            node.call = module, start, node.call


def _walk(module: Module, prefix: str, seen: set[int]) -> Iterator[tuple[str, Module | Tensor]]:
    """`module` and every Module and Tensor below it, with their paths, once each."""
    seen.add(id(module))
    yield prefix, module
    for path, part in _held(vars(module), prefix):
        if id(part) in seen:
            continue
        if isinstance(part, Module):
            yield from _walk(part, f"{path}.", seen)
        else:
            seen.add(id(part))
            yield path, part


def _held(container: Any, prefix: str = "") -> Iterator[tuple[str, Module | Tensor]]:
    """The Modules and Tensors in a dict, list or tuple, also nested, with their paths."""
    items = container.items() if isinstance(container, dict) else enumerate(container)
    for key, item in items:
        if isinstance(item, (Module, Tensor)):
            yield f"{prefix}{key}", item
        elif isinstance(item, (dict, list, tuple)):
            yield from _held(item, f"{prefix}{key}.")
