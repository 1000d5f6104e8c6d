"""What optimizers share: parameters in groups with options, what is kept for each, and its saving.

The formulas are in `nn.optim`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, Self

import numpy as np

from autograd import Tensor
from autograd.graph import Leaf, changed
from autograd.primitive import NDArray
from nn.init import flag, within
from nn.module import Module
from nn.state import fitting, of_names


class Optimizer:
    """What optimizers share: groups of parameters with their options, and what is kept for each.

    `params` are Tensors or, for other options than the rest, groups of them:

    >>> import nn
    >>> w, b = (Tensor([1.0], requires_grad=True) for _ in range(2))
    >>> groups = [{"params": [w], "weight_decay": 1e-4}, {"params": [b], "lr": 0.1}]
    >>> optimizer = nn.SGD(groups, lr=0.5)
    >>> optimizer
    SGD(lr=0.5, momentum=0.0, nesterov=False, weight_decay=0.0001) of 1 parameter
    SGD(lr=0.1, momentum=0.0, nesterov=False, weight_decay=0.0) of 1 parameter

    `param_groups` has a dict of options for each group, which may be changed between steps; what is
    set there is checked as here. The parameters stay those that it is made for: for others, make
    another optimizer. A parameter that is frozen, or has no gradient, is left alone.

    An optimizer of one's own has an `update`, which changes the parameters that are ready, and a
    `used`, which names what it keeps for each: arrays of zeros at first, in `slot.kept`, which are
    saved with the options; "t" is a count instead. `slot.scratch` is an array to compute in, and
    `check_together` may refuse options. Those of one's own are numbers, bools, or tuples of them.

    >>> class Lion(Optimizer):  # Chen et al. 2023
    ...     def __init__(self, params, lr=1e-4, beta1=0.9, beta2=0.99):
    ...         super().__init__(params, lr, beta1=beta1, beta2=beta2)
    ...     def used(self, options):
    ...         return ("m",)
    ...     def update(self, options, ready):
    ...         for slot, g in ready:
    ...             p, m = slot.parameter, slot.kept["m"]
    ...             step = options["beta1"] * m + (1 - options["beta1"]) * g
    ...             p.data = p.data - options["lr"] * np.sign(step)
    ...             slot.kept["m"] = options["beta2"] * m + (1 - options["beta2"]) * g
    >>> optimizer = Lion([w], lr=0.5)
    >>> w.grad = [3.0]
    >>> optimizer.step()
    >>> w.data
    array([0.5])

    Raises ValueError for no parameters, one twice, one that collects no gradient, or options that
    are out of range, and TypeError for what is not a Tensor and for unknown options.
    """

    def __init__(self, params: Iterable[Any], lr: float, **options: Any) -> None:
        options = {"lr": lr, **options}
        groups = _groups(params, options)
        self.parameters: tuple[Tensor, ...] = tuple(p for group in groups for p in group["params"])
        _check(self.parameters)
        self.param_groups: tuple[dict[str, Any], ...] = tuple(
            Group(type(self), {**options, **group}) for group in groups
        )
        sizes: dict[Any, int] = {}  # of the largest of each dtype
        for p in self.parameters:
            sizes[p.dtype] = max(p.size, sizes.get(p.dtype, 0))
        rooms = {dtype: Kept(np.broadcast_to(dtype.type(0), n)) for dtype, n in sizes.items()}
        self._slots = [[Slot(p, rooms[p.dtype]) for p in group["params"]] for group in groups]

    @property
    def lr(self) -> float:
        """The learning rate, of the first group if they differ; setting it needs them to agree."""
        return self.param_groups[0]["lr"]  # type: ignore[no-any-return]

    @lr.setter
    def lr(self, value: float) -> None:
        rates = [group["lr"] for group in self.param_groups]
        if len(set(rates)) > 1:
            raise ValueError(
                f"the groups have their own learning rates, {rates}: set group['lr'] of each of "
                f"param_groups, or use a schedule"
            )
        for group in self.param_groups:
            group["lr"] = value

    def zero_grad(self) -> None:
        """Forget the gradient of each parameter."""
        for parameter in self.parameters:
            parameter.zero_grad()

    def step(self) -> None:
        """Change each parameter that has a gradient, in place; graphs that kept it are stale."""
        for group, slots in zip(self.param_groups, self._slots):
            ready, leaves = [], []
            for slot in slots:
                leaf: Any = slot.parameter._node  # None while the parameter is frozen
                if leaf is not None and leaf.grad is not None:
                    ready.append((slot, leaf.grad))
                    leaves.append(leaf)
            self.update(group, ready)
            changed(*leaves)

    def state_dict(self) -> dict[str, Any]:
        """A copy of all that decides the next steps, by dotted path: options, arrays and counts.

        >>> import nn
        >>> p = Tensor([1.0, 2.0], requires_grad=True)
        >>> nn.SGD([p], lr=0.1, momentum=0.9).state_dict()["parameters.0.velocity"]
        array([0., 0.])
        """
        kept = {path: copy(slot.kept[name]) for path, name, slot in self._kept(self.param_groups)}
        return self._options() | kept

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`, as from `state_dict`: the next steps are those that were to come.

        Raises ValueError, with nothing changed, if any entry is missing, unknown, or does not fit;
        the message names them all.
        """
        of_names(state, type(self).__name__)
        groups = [
            {name: state.get(f"groups.{i}.{name}", own) for name, own in group.items()}
            for i, group in enumerate(self.param_groups)
        ]
        kept = {path: slot.kept[name] for path, name, slot in self._kept(groups)}
        taken = fitting(state, self._options() | kept, type(self).__name__)
        for i, group in enumerate(groups):
            options = {name: taken[f"groups.{i}.{name}"] for name in group}
            groups[i] = Group(type(self), {**options, "params": self.param_groups[i]["params"]})
        for own, group, slots in zip(self.param_groups, groups, self._slots):
            dict.update(own, group)
            for slot in slots:
                slot.kept = Kept(slot.parameter.data)
        for path, name, slot in self._kept(groups):
            slot.kept[name] = taken[path]

    def __repr__(self) -> str:
        lines = []
        for group in self.param_groups:
            options = ", ".join(f"{k}={v!r}" for k, v in group.items() if k != "params")
            n = len(group["params"])
            lines.append(f"{type(self).__name__}({options}) of {n} parameter{'s' * (n != 1)}")
        return "\n".join(lines)

    def _options(self) -> dict[str, Any]:
        """The options of all groups, by path; for their parameters, their numbers."""
        options: dict[str, Any] = {}
        numbers = iter(range(len(self.parameters)))
        for i, group in enumerate(self.param_groups):
            numbered = {**group, "params": [next(numbers) for _ in group["params"]]}
            options |= {f"groups.{i}.{name}": value for name, value in numbered.items()}
        return options

    def _kept(self, groups: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str, Slot]]:
        """What matters with the options of `groups`: its path, its name, and the slot it is in."""
        of_group = [(group, slot) for group, slots in zip(groups, self._slots) for slot in slots]
        for i, (group, slot) in enumerate(of_group):
            for name in self.used(group):
                yield f"parameters.{i}.{name}", name, slot

    # What each kind of optimizer says.

    @classmethod
    def check_together(cls, options: Mapping[str, Any]) -> None:
        """Raise ValueError if options of a group, each in its range, can't go together."""
        _check_eps(options.get("eps", 0.0), options["params"])

    def used(self, options: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of what is kept for a parameter that matter with these options."""
        return ()

    def update(self, options: Mapping[str, Any], ready: list[tuple[Slot, NDArray]]) -> None:
        """Change these parameters; with each comes its gradient, which stays as it is."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it steps")


class Group(dict[str, Any]):
    """Parameters and their options, which are checked where one is set, as `kind` says."""

    def __init__(self, kind: type[Optimizer], options: Mapping[str, Any]) -> None:
        super().__init__({name: _option(name, value) for name, value in options.items()})
        kind.check_together(self)
        self.kind = kind  # not the optimizer itself: a cycle would keep its arrays

    def __setitem__(self, name: str, value: Any) -> None:
        self.update({name: value})

    def update(self, *args: Any, **options: Any) -> None:
        """Set several options at once; nothing else of dict comes by without the check."""
        changed = dict(*args, **options)
        for name, value in changed.items():
            if name not in self:
                raise TypeError(f"a group has {', '.join(self)}, but no {name!r}")
            if name == "params":
                raise TypeError(
                    "the parameters of a group stay as they are: make another optimizer"
                )
            changed[name] = _option(name, value)
        if not changed.keys() <= ALONE:
            self.kind.check_together({**self, **changed})
        super().update(changed)

    def __ior__(self, options: Any) -> Self:  # type: ignore[misc, override]
        self.update(options)
        return self

    def setdefault(self, name: str, default: Any = None) -> Any:
        """The option, of which there can be no other than those there are."""
        if name not in self:
            self[name] = default
        return self[name]

    def __reduce__(self) -> tuple[Any, ...]:
        return Group, (self.kind, dict(self))  # else a copy would be filled item by item


ALONE = {"lr", "weight_decay"}  # options that go with all others, and may be set in each step


class Slot:
    """A parameter, what is kept for it from step to step, and room for results in between.

    All use the same room, one after the other.
    """

    __slots__ = ("kept", "parameter", "room", "scratch")

    def __init__(self, parameter: Tensor, room: Kept) -> None:
        self.parameter = parameter
        self.kept = Kept(parameter.data)
        self.room = room
        self.scratch = self._within("scratch")

    def decayed(self, g: NDArray, decay: float) -> NDArray:
        """g + decay · p"""
        spare = self._within("spare")
        np.multiply(self.parameter._array, decay, spare)
        return np.add(g, spare, spare)

    def _within(self, name: str) -> NDArray:
        part: NDArray = self.room[name][: self.parameter.size].reshape(self.parameter.shape)
        return part


class Kept(dict[str, Any]):
    """Arrays like a parameter, and the count of steps "t", by name: zeros until they are set.

    They are made when they are first asked for: SGD without momentum keeps nothing, and a step of
    it has its peak of memory where a hand-written one has it, not a third above.
    """

    def __init__(self, parameter: NDArray) -> None:
        super().__init__()
        self.parameter = parameter

    def __missing__(self, name: str) -> Any:
        self[name] = zeros = 0 if name == "t" else np.zeros_like(self.parameter)
        return zeros


# What comes in.


def _groups(params: Iterable[Any], options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each group of `params` as a dict, its own parameters in a tuple."""
    items = _listed(params)
    if not items or not all(isinstance(item, Mapping) for item in items):
        return [{"params": items}]
    for i, group in enumerate(items):
        unknown = group.keys() - {"params", *options}
        if "params" not in group or unknown:
            raise TypeError(
                f"a group has 'params' and any of {', '.join(options)}, but group {i} has "
                f"{', '.join(map(str, group))}"
            )
    return [{**group, "params": _listed(group["params"])} for group in items]


def _listed(params: Any) -> tuple[Any, ...]:
    if not isinstance(params, Iterable) or isinstance(params, (Tensor, Mapping)):
        raise TypeError(
            f"an optimizer takes a list of Tensors, not {type(params).__name__}; pass "
            f"model.parameters()"
        )
    return tuple(params)


def _check(parameters: Sequence[Any]) -> None:
    """Raise TypeError or ValueError unless these can be changed by an optimizer."""
    if not parameters:
        raise ValueError(
            "an optimizer needs parameters to change; got none. A model has none where all are "
            "frozen: unfreeze() it, or some of its parts"
        )
    for i, parameter in enumerate(parameters):
        if not isinstance(parameter, Tensor):
            raise TypeError(
                f"an optimizer changes Tensors, but item {i} of its parameters is "
                f"{type(parameter).__name__}; pass model.parameters()"
            )
        if type(parameter._node) is not Leaf:
            raise ValueError(
                f"an optimizer changes Tensors made with requires_grad=True; parameter {i} "
                f"(shape {parameter.shape}) "
                + ("is a result of others" if parameter.requires_grad else "has it False")
            )
        if parameter.dtype.kind == "c":
            raise TypeError(
                f"an optimizer changes real numbers; parameter {i} (shape {parameter.shape}) is "
                f"{parameter.dtype}: keep its real and imaginary parts as two Tensors"
            )
    if len(set(parameters)) < len(parameters):
        raise ValueError("an optimizer would change a parameter twice that it is given twice")


def _check_eps(eps: float, parameters: Sequence[Tensor]) -> None:
    """Raise ValueError where eps, which keeps 0 / 0 away, is lost in the parameters' dtype."""
    for parameter in parameters:
        least = np.finfo(parameter.dtype).smallest_normal
        if 0 < eps < least:
            raise ValueError(
                f"eps={eps:g} is too small for parameters of {parameter.dtype}, where a step would "
                f"be 0 / 0: pass one of {float(least):.2g} or more, such as eps=1e-4"
            )


# The options that have to be below some limit; all are at least 0.
_LIMITS = {
    "lr": np.inf,
    "momentum": np.inf,
    "weight_decay": np.inf,
    "eps": np.inf,
    "alpha": 1.0,
    "betas": 1.0,
}


def _option(name: str, value: Any) -> Any:
    """`value` in its own type. Raises TypeError or ValueError if it can't be."""
    if name == "betas":
        if np.shape(value) != (2,):
            raise TypeError(f"betas are two numbers, such as (0.9, 0.999), not {value!r}")
        return tuple(within(name, beta, high=1.0) for beta in value)
    if name in ("nesterov", "centered"):
        return flag(name, value)
    if name in _LIMITS:
        return within(name, value, high=_LIMITS[name])
    return value if name == "params" else _of_ones_own(name, value)


def _of_ones_own(name: str, value: Any) -> Any:
    """An option that nn has no optimizer with: as a state dict can hold it, and give it back."""
    if isinstance(value, (list, tuple)):
        return tuple(_of_ones_own(name, item) for item in value)
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    number = within(name, value, -np.inf)
    return int(value) if isinstance(value, (int, np.integer)) else number


def tensors_of(parameters: Module | Iterable[Tensor]) -> list[Tensor]:
    """A model's parameters, or those of a list. Raises TypeError for anything else in it."""
    if isinstance(parameters, Module):
        return parameters.parameters()
    if isinstance(parameters, Tensor) or not isinstance(parameters, Iterable):
        raise TypeError(f"expected a Module or a list of Tensors, not {type(parameters).__name__}")
    listed = list(parameters)
    for i, parameter in enumerate(listed):
        if not isinstance(parameter, Tensor):
            raise TypeError(f"expected Tensors, but item {i} is {type(parameter).__name__}")
    return listed
