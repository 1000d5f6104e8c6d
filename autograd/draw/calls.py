"""Which call of which module made each node, and what the modules call their parts.

A module notes each of its calls on the node of its result: itself, the number at which the call
began, and the call, within it, that had the same result. What that node reaches down to that number
was made by the call. Anything with `parameters()` is a module, wherever it keeps its parts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from autograd.draw.payload import Description, Group
from autograd.graph import Node
from autograd.tensor import Tensor
from autograd.value import Value

N = TypeVar("N", Node, Value)


class Calls:
    """The calls that made a graph, outer ones first, and the innermost one of each node."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self.names = names  # by the `key_of` what has them
        self.groups: list[Group] = []
        self.modules: list[Any] = []  # that were called, as `groups`
        self.innermost: dict[Any, int] = {}  # by node
        # Of every part of the outermost modules, by its key:
        self.paths: dict[int, str] = {}
        self.holders: dict[int, tuple[Any, ...]] = {}  # the modules that it is in, from outside in
        self.shared: dict[int, int] = {}  # groups of parameters that several calls use, by module

    def find(
        self,
        order: Sequence[N],
        call: Callable[[N], Any],
        number: Callable[[N], int],
        parents: Callable[[N], Iterable[N]],
    ) -> None:
        """Look for the calls that are noted on the nodes of a graph."""
        found: dict[int, tuple[Any, list[N]]] = {}  # module and outputs, by where the call began
        for node in order:
            noted = call(node)
            while noted is not None:
                module, start, noted = noted
                found.setdefault(start, (module, []))[1].append(node)
        for start, (module, outputs) in sorted(found.items(), key=lambda each: each[0]):
            group = self.add(module, self.innermost.get(outputs[0]))
            made, todo = set(outputs), list(outputs)
            while todo:
                node = todo.pop()
                self.innermost[node] = group
                for parent in parents(node):
                    if parent not in made and number(parent) > start:
                        made.add(parent)
                        todo.append(parent)

    def add(self, module: Any, parent: int | None) -> int:
        """A call of `module` within the call `parent`; returns its place in `groups`."""
        kind = type(module).__name__
        if parent is None:
            name = self.names.get(id(module), kind)
            for path, part, holders in _parts(module):
                self.paths.setdefault(key_of(part), path)
                self.holders.setdefault(key_of(part), holders)
        else:
            name = self.paths.get(id(module), kind)
        self.groups.append(Group(name, kind, parent))
        self.modules.append(module)
        return len(self.groups) - 1

    def place_parts(self, description: Description, keys: Mapping[int, int]) -> None:
        """Put the parameters and constants of modules into the calls that use them.

        What several of the outermost use is in none: it is in a group of its module's parameters.
        `keys` are those of the nodes with which the graph begins, by their place.
        """
        users: dict[int, set[int | None]] = defaultdict(set)
        for edge in description.edges:
            users[edge.source].add(description.nodes[edge.target].group)
        for i, item in enumerate(description.nodes):
            if item.op is not None:
                continue
            within, key = self._common(users[i]), keys.get(i, 0)
            holders = self.holders.get(key, ())
            if holders:
                item.name = item.name or self.paths[key]
                item.role = "parameter"
            elif item.role != "constant":
                continue
            while within is not None and holders and self.modules[within] not in holders:
                within = self.groups[within].parent
            item.group = self._among_shared(holders) if within is None else within

    def _among_shared(self, holders: Iterable[Any]) -> int | None:
        """The group of the parameters of what holds something that several calls use."""
        within = None
        for module in holders:
            if id(module) not in self.shared:
                name = self.paths.get(id(module)) or self.names.get(id(module))
                self.shared[id(module)] = len(self.groups)
                self.groups.append(Group(name or type(module).__name__, "parameters", within))
            within = self.shared[id(module)]
        return within

    def _common(self, groups: Iterable[int | None]) -> int | None:
        """The innermost call that all of `groups` are, or are within."""
        shared: list[int] | None = None  # from the inside out
        for group in groups:
            within = list(self._within(group))
            shared = within if shared is None else [g for g in shared if g in within]
        return shared[0] if shared else None

    def _within(self, group: int | None) -> Iterator[int]:
        while group is not None:
            yield group
            group = self.groups[group].parent


def key_of(thing: Any) -> int:
    """The id of what a graph has of a Tensor, its node or its array; of anything else, its own."""
    if isinstance(thing, Tensor):
        return id(thing._array) if thing._node is None else id(thing._node)
    return id(thing)


def _parts(module: Any) -> Iterator[tuple[str, Any, tuple[Any, ...]]]:
    """Every module, Tensor and Value in `module`: its path, itself, and the modules it is in."""
    seen = {id(module)}
    todo: list[tuple[str, Any, tuple[Any, ...]]] = [("", vars(module), (module,))]
    while todo:
        prefix, container, holders = todo.pop()
        items = container.items() if isinstance(container, dict) else enumerate(container)
        below: list[tuple[str, Any, tuple[Any, ...]]] = []
        for name, item in items:
            path = f"{prefix}{name}"
            if isinstance(item, (dict, list, tuple)):
                below.append((f"{path}.", item, holders))
            elif id(item) not in seen and _is_part(item):
                seen.add(id(item))
                yield path, item, holders
                if not isinstance(item, (Tensor, Value)):
                    below.append((f"{path}.", vars(item), (*holders, item)))
        todo += reversed(below)


def _is_part(item: Any) -> bool:
    return isinstance(item, (Tensor, Value)) or (
        hasattr(item, "parameters") and hasattr(item, "__dict__") and not isinstance(item, type)
    )
