"""Module: a tree of parameters, found by attribute.

Whatever Tensors and Modules an object holds as attributes, also inside lists, tuples and dicts, are
its own, in the order of assignment. Nothing is registered: a Module is a plain Python object, which
copy.deepcopy and pickle can copy. `architecture` writes down how it was made, for JSON, and `build`
makes such a one again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

import numpy as np

from autograd import Tensor
from autograd.graph import Leaf, numbers
from autograd.primitive import NDArray
from autograd.tree import flatten
from nn.state import fitting

if TYPE_CHECKING:
    from nn.summary import Summary

M = TypeVar("M", bound="type[Module]")


class Elsewhere:
    """In the place of a method that other libraries have: an AttributeError that says where."""

    def __init__(self, function: str) -> None:
        self.function = function

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> NoReturn:
        raise AttributeError(
            f"{owner.__name__!r} object has no attribute {self.name!r}: call nn.{self.function}"
        )


class Module:
    """A part of a network: what it holds is found by attribute, and `forward` says what it does.

    A Tensor that requires a gradient is a parameter; one that does not (a running mean, a frozen
    weight) is a buffer, part of the state only. Both are known by their dotted paths.

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
        before = vars(self).get(name)
        if isinstance(before, Tensor) and _is_state(before):
            _check_successor(f"{name} of this {type(self).__name__}", name, before, value)
        super().__setattr__(name, value)
        if isinstance(value, (Module, list, tuple, dict)):
            self.named_parameters()  # which tells the parameters their names from here

    if not TYPE_CHECKING:
        fit = Elsewhere("fit(model, X, y, loss=…, optimizer=…)")
        compile = Elsewhere("fit(model, X, y, loss=…, optimizer=…, metrics=…)")
        predict = Elsewhere("predict(model, X)")
        evaluate = Elsewhere("evaluate(model, X, y, loss)")
        save = Elsewhere("save(model, path)")

    def forward(self, *inputs: Any) -> Any:
        """The output for the inputs; each kind of Module has its own."""
        raise NotImplementedError(f"{type(self).__name__} has no forward method: define one")

    def __call__(self, x: Any, *more: Any, **options: Any) -> Any:
        """What `forward` returns; drawings show which nodes of the graph each call has made."""
        start = next(numbers)
        # 2x faster where there is one input.
        out = self.forward(x, *more, **options) if more or options else self.forward(x)
        if type(out) is Tensor:
            node = out._node
            if node is not None and node.number > start:
                node.call = self, start, node.call
        else:
            _note(self, start, flatten(out)[0])
        return out

    def __array__(self, *_: Any, **options: Any) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} is no array of numbers: pass its output, or what it holds, as "
            f"parameters() or state_dict(); to differentiate by its parameters, nn.functional_call"
        )

    def parameters(self) -> list[Tensor]:
        """Every Tensor that requires a gradient, once each, in order of assignment."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_parameters(self) -> list[tuple[str, Tensor]]:
        """The parameters with their dotted paths, such as `layers.0.weight`.

        One that is shared goes by its first path. Each is also given its path as its name, so that
        errors and drawings can tell which it is, unless it has a name of its own. The name follows
        when the parameter is put elsewhere.
        """
        named = [(path, t) for path, t in self._tensors().items() if t.requires_grad]
        for path, tensor in named:
            name = tensor.name
            moved = type(name) is _Path and not f".{name}".endswith(f".{path}")
            if name is None or moved or f".{path}".endswith(f".{name}"):  # the last: from within
                tensor.name = _Path(path)
        return named

    def named_buffers(self) -> list[tuple[str, Tensor]]:
        """The Tensors that are state but no parameters, with their dotted paths, once each.

        Running statistics, say, and what is frozen.
        """
        return [(path, t) for path, t in self._tensors().items() if not t.requires_grad]

    def named_generators(self) -> list[tuple[str, np.random.Generator]]:
        """The random generators that are held, with their dotted paths, once each.

        Their states belong to what training can be resumed from.
        """
        found: dict[int, tuple[str, np.random.Generator]] = {}
        for path, part in self.named_modules():
            for own, item in held(vars(part), f"{path}." if path else "", np.random.Generator):
                found.setdefault(id(item), (own, item))
        return list(found.values())

    def modules(self) -> list[Module]:
        """This Module and every one in it, once each."""
        return [part for _, part in self.named_modules()]

    def named_modules(self) -> list[tuple[str, Module]]:
        """This Module, whose path is empty, and every one in it, with their dotted paths."""
        return [(path, part) for path, part in _walk(self) if isinstance(part, Module)]

    def zero_grad(self) -> None:
        """Forget the gradient of each parameter."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def freeze(self) -> Self:
        """Stop collecting gradients for the parameters, so that optimizers pass them by.

        The Tensors stay the same ones, in the same memory, and what is shared is frozen for each of
        its holders. Returns the Module.

        >>> from nn.layers import MLP
        >>> model = MLP(2, [3, 1])
        >>> _ = model.layers[0].freeze()
        >>> [path for path, _ in model.named_parameters()]
        ['layers.1.weight', 'layers.1.bias']
        """
        for parameter in self.parameters():
            freeze(parameter)
        return self

    def unfreeze(self) -> Self:
        """Undo `freeze`, of this Module or of any that holds what it holds; returns the Module.

        And requires_grad = False, where it was set for one of `parameters()`.
        """
        for _, tensor in self.named_buffers():
            if _was_trained(tensor):
                name: Any = tensor.name
                leaf = Leaf(tensor._array)  # requires_grad = True would copy the array
                leaf.name, tensor._node = getattr(name, "before", name), leaf
        return self

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
        return {path: np.array(tensor._array) for path, tensor in self._tensors().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put the arrays of `state`, as from `state_dict`, into the Tensors, in place.

        Raises ValueError, with nothing changed, if any entry is missing, unknown, or does not fit;
        the message names them all.
        """
        own = self._tensors()
        data = {path: tensor.data for path, tensor in own.items()}
        arrays = fitting(state, data, type(self).__name__)
        for path, tensor in own.items():
            tensor.data = arrays[path]

    def config(self) -> dict[str, Any]:
        """The arguments that the constructor takes to make such a Module, as values for JSON.

        Without those that say how its numbers begin (init, rng). Modules among them are given as
        their `architecture`, activations by name, dtypes too.

        Raises TypeError where that can't be said: for a class without this method, and for a
        function that has no name in ACTIVATIONS. One's own class is saved with it if it is made
        known by the decorator `nn.module.built_in`.
        """
        raise TypeError(f"{type(self).__name__} has no config(), which would say how it was made")

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """A Module with that `config()`, whose numbers are new."""
        return cls(**{k: build(v) if isinstance(v, dict) else v for k, v in config.items()})

    def summary(self, *inputs: Any) -> Summary:
        """A table of the layers: what each gives for these inputs, its parameters, its work.

        The forward pass is made in evaluation mode, by a deep copy: nothing changes here.

        >>> from nn.layers import MLP
        >>> MLP(2, [3, 1]).summary(np.ones((5, 2)))
        layer                              output  parameters  multiply-adds
        layers.0  Layer(2, 3, 'relu')      (5, 3)           9             30
        layers.1  Layer(3, 1, 'identity')  (5, 1)           4             15
        total                                              13             45
        """
        table: Summary = import_module("nn.summary").summarise(self, inputs)
        return table

    def describe(self) -> str:
        """What `repr` calls this Module: its class, and in some classes its sizes."""
        return type(self).__name__

    @recursive_repr()  # "..." for a part that holds what it is in
    def __repr__(self) -> str:
        sizes = {t: t.size for part in self.modules() for t in part._parameters()}
        count = sum(size for tensor, size in sizes.items() if tensor.requires_grad)
        lines = [f"{self.describe()}: {count:,} parameter{'s' * (count != 1)}"]
        if frozen := sum(sizes.values()) - count:
            lines[0] += f", and {frozen:,} frozen"
        for path, part in held(vars(self)):
            if isinstance(part, Module):
                first, *rest = repr(part).splitlines()
                lines += [f"  {path}: {first}", *(f"  {line}" for line in rest)]
        return "\n".join(lines)

    def _own_tensors(self) -> list[tuple[str, Tensor]]:
        """The Tensors that are held, but not within another Module, with their paths."""
        return [(path, part) for path, part in held(vars(self)) if isinstance(part, Tensor)]

    def _parameters(self) -> list[Tensor]:
        """The own parameters, with those that are frozen."""
        return [tensor for _, tensor in self._own_tensors() if _was_trained(tensor)]

    def _tensors(self) -> dict[str, Tensor]:
        """Every Tensor that is held, by path, but for results that have a graph."""
        return {
            path: part for path, part in _walk(self) if isinstance(part, Tensor) and _is_state(part)
        }


# Architectures.

BUILT_IN: dict[str, type[Module]] = {}  # what `build` may make, by name


def built_in(cls: M) -> M:
    """Let `build` and `nn.load` make Modules of this class, by its `from_config`.

    Also for a class of one's own, in the program that saves and in the one that loads. Its `config`
    gives the arguments of its constructor; whole numbers among them are sizes, read off its arrays.

    >>> @built_in
    ... class Scale(Module):
    ...     def __init__(self, width):
    ...         self.factor = Tensor(np.ones(width), requires_grad=True)
    ...     def forward(self, x):
    ...         return x * self.factor
    ...     def config(self):
    ...         return {"width": self.factor.size}
    >>> build(architecture(Scale(3)))
    Scale: 3 parameters
    >>> del BUILT_IN["Scale"]  # it was for this example alone

    Raises ValueError for a name that another class has.
    """
    other = BUILT_IN.setdefault(cls.__name__, cls)
    if (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
        raise ValueError(
            f"there is a {cls.__name__} of {other.__module__} already, which files would be read "
            f"as: give this class another name"
        )
    BUILT_IN[cls.__name__] = cls  # the newer one, where its file was run again
    return cls


def architecture(module: Module) -> dict[str, Any]:
    """The class and the `config()` of a Module, as one dict of values for JSON.

    Raises TypeError for a Module of one's own, or one that holds such a Module or function.

    >>> from nn.layers import Layer
    >>> architecture(Layer(2, 3, "tanh"))
    {'class': 'Layer', 'n_in': 2, 'n_out': 3, 'activation': 'tanh', 'dtype': 'float64'}
    """
    name = type(module).__name__
    if BUILT_IN.get(name) is not type(module):
        raise TypeError(
            f"{name} is no Module of nn's own, so its architecture can't be written down; save the "
            f"weights, and load them into a model that your code has made, or let its class have "
            f"config() and the decorator nn.module.built_in"
        )
    return {"class": name, **module.config()}


def build(architecture: Mapping[str, Any]) -> Module:
    """A new Module of that `architecture`. Raises ValueError for a class that is not nn's own.

    >>> from nn.layers import MLP
    >>> build(architecture(MLP(2, [16, 1])))
    MLP: 65 parameters
      layers.0: Layer(2, 16, 'relu'): 48 parameters
      layers.1: Layer(16, 1, 'identity'): 17 parameters
    """
    config = dict(architecture)
    name = config.pop("class", None)
    if not isinstance(name, str) or name not in BUILT_IN:
        raise ValueError(f"unknown Module {name!r}; known are {', '.join(BUILT_IN)}")
    return BUILT_IN[name].from_config(config)


class _Path(str):
    """A name that a Module has given, not a user."""

    __slots__ = ()


class _Frozen(str):
    """The name of a frozen parameter, by which all that hold it know it from a buffer."""

    def __init__(self, name: str) -> None:
        self.before = name


def freeze(parameter: Tensor) -> None:
    """Stop collecting its gradient, as `Module.freeze` does."""
    name = parameter.name
    parameter.requires_grad = False
    parameter.name = _Frozen(name or "")


def _note(module: Module, start: int, results: Iterable[Any]) -> None:
    """Note on each of the results of a call of `module` that it was made by it."""
    for result in results:
        node = result._node if type(result) is Tensor else None
        if node is not None and node.number > start:
            node.call = module, start, node.call


def _is_state(tensor: Tensor) -> bool:
    """Whether it is a parameter or buffer, and not a result that has a graph."""
    return not tensor.requires_grad or type(tensor._node) is Leaf


def _check_successor(what: str, name: str, before: Tensor, value: Any) -> None:
    """Raise TypeError for what, in the place of a Tensor, would not be trained or saved as it is.

    A module of one's own may keep its state, if it is no parameter, as a result that has a graph.
    """
    if _of_numbers(value):
        raise TypeError(
            f"{what} is a Tensor, and {type(value).__name__} in its place would be neither trained "
            f"nor saved; to change its numbers set {name}.data, and for others assign Tensor(…, "
            f"requires_grad=True)"
        )
    if isinstance(value, Tensor) and _was_trained(before) and not _was_trained(value):
        other = (
            "the result of a calculation"
            if value.requires_grad
            else "a Tensor without requires_grad=True"
        )
        raise TypeError(
            f"{what} is a parameter, and {other} in its place would not be trained; to change its "
            f"numbers set {name}.data, for others assign Tensor(…, requires_grad=True), and to "
            f"train it no more call freeze()"
        )


def _was_trained(tensor: Tensor) -> bool:
    """Whether it is a parameter, or was one that is frozen now."""
    return type(tensor._node) is Leaf or (
        tensor._node is None and isinstance(tensor.name, (_Path, _Frozen))
    )


def _of_numbers(value: Any) -> bool:
    """Whether it is an array, a number, or a list of such without Modules and Tensors."""
    if isinstance(value, (list, tuple)):
        return next(held(value), None) is None
    return isinstance(value, (np.ndarray, np.generic, float, int))


def _walk(module: Module) -> list[tuple[str, Module | Tensor]]:
    """`module` and every Module and Tensor below it, with their paths, once each.

    In the order in which they are met, by a loop: where networks are nested deeply, generators in
    generators would take most of the time. Raises ValueError where two have the same path, of which
    a state could hold only one.
    """
    found, seen = [], set()
    waiting: list[tuple[str, Module | Tensor]] = [("", module)]
    while waiting:
        path, part = waiting.pop()
        if id(part) not in seen:
            seen.add(id(part))
            found.append((path, part))
            if isinstance(part, Module):
                waiting += reversed(list(held(vars(part), f"{path}." if path else "")))
    if len({path for path, _ in found}) < len(found):
        (path, _), *_ = Counter(path for path, _ in found).most_common(1)
        raise ValueError(
            f"two parts of this {type(module).__name__} have the path {path!r}: name one of them "
            f"otherwise (1 and '1' are the same in a path, and so are 'a.b' and b in a)"
        )
    return found


def held(
    container: Any, prefix: str = "", kinds: Any = (Module, Tensor)
) -> Iterator[tuple[str, Any]]:
    """What is of these kinds in a dict, list or tuple, also nested, with its path."""
    items = container.items() if isinstance(container, dict) else enumerate(container)
    for key, item in items:
        if isinstance(item, kinds):
            yield f"{prefix}{key}", item
        elif isinstance(item, (dict, list, tuple)):
            yield from held(item, f"{prefix}{key}.", kinds)
