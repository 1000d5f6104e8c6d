"""What `autograd.debug` looks at: each operation when it is recorded, and when it is swept."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType
from typing import Any, Literal, TypeAlias

import numpy as np

from autograd.called import shown
from autograd.debugging.cause import odd_in, of_message, of_result, of_seed
from autograd.debugging.inputs import inputs_of, is_numbers, is_written, name_of_constant
from autograd.debugging.kinks import MASKED, Kink, kinks_of, may_vanish
from autograd.debugging.names import name_in
from autograd.debugging.sites import Input, Scope, Site, names, site_before, site_of, sites
from autograd.debugging.values import kink_of, look_at, pass_on
from autograd.graph import Leaf, Node, watching
from autograd.lines import line_of, lines, user_frame
from autograd.primitive import NDArray, Pull, entry, public_name
from autograd.rules.shaping import unbroadcast
from autograd.tensor import Tensor, plain
from autograd.trace import stand_in
from autograd.value import Value

STAND_IN = entry(stand_in)
OnKink: TypeAlias = Literal["ignore", "warn", "raise"]


class KinkWarning(UserWarning):
    """A backward pass met a point without a derivative, and took what the function's rule says."""


class Session:
    """What one `with autograd.debug():` has seen."""

    kinks: list[Kink]  # that backward passes met, in their order; those of one operation once

    def __init__(self, on_kink: OnKink) -> None:
        self.kinks = []
        self.on_kink = on_kink
        self.swept = False  # whether there was a backward pass
        self.unused: dict[Site, None] = {}  # odd results that nothing has used yet, in their order

    def recorded(self, node: Node, values: Sequence[Any]) -> None:
        """Look at an operation of the user's, and have its backward pass looked at."""
        frame = user_frame()
        lines[node] = line_of(frame)
        if node.operation is STAND_IN:
            return  # the argument of a transform, where a story begins
        for parent in node.parents:
            if parent.name is None and parent not in sites and parent not in names:
                _note_name(parent, frame)
        site = _Operation(self, node, values, None, frame).site
        self._note_odd(site, site)

    def composed(self, run: Callable[[], Any], function: Callable[..., Any], args: Any) -> Any:
        """Look at what is composed of other operations as at one."""
        frame = user_frame()
        line = line_of(frame)
        with watching(_Inside(self, Scope(public_name(function), line, in_rule=False))):
            result = run()
        inputs = [
            Input(
                f"argument {i + 1}",
                np.asarray(plain(item)),
                getattr(item, "_node", None),
                name=name_of_constant(plain(item), frame),
                written=is_written(item),
            )
            for i, argument in enumerate(args)
            for item in _items(argument)
            if is_numbers(plain(item))
        ]
        for out in _items(result):
            last = site_of(out._node) if type(out) is Tensor else None
            if last is not None:
                last.seen = True
                self._note_odd(Site(function, inputs, _arrays([out]), line), last)
        return result

    def _note_odd(self, site: Site, last: Site) -> None:
        """Note what is not finite in the result of `site`, which came from its operation `last`."""
        for given in site.inputs:
            if before := site_before(given):
                self.unused.pop(before, None)
        last.odd = odd_in(site)
        if last.odd:
            self.unused[last] = None

    def story(self) -> str | None:
        """How a result came about that is not finite, and that nothing has used; None if none."""
        for site in self.unused:
            assert site.odd is not None
            return of_result(site, *site.odd)
        return None

    def error(self, text: str) -> FloatingPointError:
        """The error that tells a story, after which no other is told in a note."""
        self.unused.clear()
        return FloatingPointError(text)

    def made(self, value: Value) -> None:
        """Look at a Value."""
        look_at(value)

    def passed(self, value: Value, run: Callable[[], None]) -> None:
        """Look at what a Value's gradient becomes."""
        pass_on(value, run)
        if "met" not in value.__dict__ and (kink := kink_of(value)):
            value.__dict__["met"] = True
            self.met(kink)

    def met(self, kink: Kink) -> None:
        """Enter a kink in the ledger; warn of it or raise it as the session was told."""
        self.kinks.append(kink)
        if self.on_kink == "ignore":
            return
        line, n = kink.line, len(kink.elements)
        where = f" at element {list(kink.elements[0])}" if n == 1 else f" at {n} elements"
        where = where if kink.elements[0] else ""  # of a single number
        what = f"{kink.kind} of {kink.operation}{where}: {kink.choice}"
        if self.on_kink == "raise":
            raise KinkWarning(f"{what} (line {line.number}: {shown(line.text, 160)})")
        warnings.warn_explicit(KinkWarning(what), None, line.file, line.number)  # shown with it


class _Inside:
    """The watch over what runs within a composition or a rule, which is looked at as a whole."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self.session = session
        self.scope = scope

    def recorded(self, node: Node, values: Sequence[Any]) -> None:
        lines[node] = self.scope.line
        site = _Operation(self.session, node, values, self.scope).site
        if not self.scope.in_rule:
            site.odd = odd_in(site)  # for a story that leads through it

    def composed(self, run: Callable[[], Any], function: Callable[..., Any], args: Any) -> Any:
        return run()


class _Operation:
    """A recorded operation, whose node gets pulls that look on: no sweep has to know of them."""

    def __init__(
        self,
        session: Session,
        node: Node,
        values: Sequence[Any],
        scope: Scope | None,
        frame: FrameType | None = None,
    ) -> None:
        assert node.operation is not None
        self.session = session
        self.operation = node.operation
        self.values = values
        self.plan = node.plan
        self.sums = [_checksum(value) for value in node.kept]
        self.met = scope is not None and scope.in_rule  # its kinks, which are nobody's in a rule
        self.pushed = hasattr(node, "arguments")  # by forward mode, which knows no use of a result
        inputs = inputs_of(node, values, frame)
        self.site = sites[node] = Site(
            node.operation.function,
            [given for group in inputs.values() for given in group],
            _arrays(_items(values[-1])),
            lines[node],
            scope,
            node.operation.kind,
            values[:-1],
        )
        watched = [
            partial(self.pulled, pull, inputs[i])
            for i, pull in zip(self.plan.positions, self.plan.pulls, strict=True)
        ]
        node.plan = self.plan._replace(pulls=tuple(watched), into=None)

    def pulled(self, pull: Pull, inputs: list[Input], g: Any, kept: Sequence[Any], to: Any) -> Any:
        """pull(g, kept, to), looked at."""
        self.session.swept = True
        self._raise_if_changed(kept)
        self._raise_if_used(g)
        if not self.met:
            self._note_kinks(g)
        site, transposing = self.site, _transposing(g)
        name = site.name if transposing else f"the derivative of {site.name}"
        with watching(_Inside(self.session, Scope(name, site.line, in_rule=True))):
            message = pull(g, kept, to)
        if transposing:
            return message
        gradients = _arrays(_items(g))
        finite = all(np.isfinite(gradient).all() for gradient in gradients)
        if not finite and site.sender is None and site.scope is None and len(gradients) == 1:
            raise self.session.error(of_seed(site, gradients[0]))
        for given in inputs:
            passed = _arrays([given.part(message)])
            before = site_before(given)
            if passed and not np.isfinite(passed[0]).all() and _is_news(site, before, finite):
                raise self.session.error(of_message(site, given, gradients[0], passed[0]))
            if before:
                before.sender = site.name, site.line
                if len(gradients) == len(passed) == len(before.outputs) == 1:
                    self._note_vanished(given, before, gradients[0], passed[0])
        if site.elementwise and not self.met and len(gradients) == 1:
            self._note_masked(pull, gradients[0], kept, to)
        return message

    def _note_vanished(self, given: Input, before: Site, g: NDArray, message: NDArray) -> None:
        """Note where a gradient becomes 0 by a slope of 0 that is not a constant, nor a mask's."""
        site = self.site
        vanished = None
        if site.vanished is not None and site.vanished.shape == g.shape:
            earlier = site.vanished & np.equal(g, 0)
            if site.elementwise and earlier.shape == message.shape:
                vanished = earlier
            elif earlier.any() and given.pull is not None and not site.elementwise:
                with np.errstate(all="ignore"):
                    reached = np.asarray(given.part(given.pull(earlier.astype(g.dtype))))
                vanished = np.not_equal(reached, 0) if reached.shape == message.shape else None
        if may_vanish(self.operation) and np.equal(message, 0).any() and g.any():
            new = np.equal(message, 0) & _reached_elsewhere(given, g)
            vanished = new if vanished is None else vanished | new
        shape = before.outputs[0].shape
        if vanished is not None and site.elementwise:
            vanished = unbroadcast(vanished.astype(int), shape) > 0
        if vanished is not None and vanished.shape == shape and vanished.any():
            before.vanished = vanished if before.vanished is None else before.vanished | vanished

    def _note_masked(self, pull: Pull, g: NDArray, kept: Sequence[Any], to: Any) -> None:
        """Enter where a gradient that became 0 meets an infinite slope; raise if the result is odd.

        What came of an infinity may be right, as exp(-inf) is; the gradient of 0 is not.
        """
        site = self.site
        if site.vanished is None or site.vanished.shape != g.shape:
            return
        with np.errstate(all="ignore"):
            slope = np.broadcast_to(np.asarray(pull(np.ones_like(g), kept, to)), g.shape)
        mask = site.vanished & np.equal(g, 0) & ~np.isfinite(slope)
        if site.odd is not None and site.seen and not self.pushed:
            output, odd = site.odd
            if odd.shape == mask.shape and (odd & mask).any():
                raise self.session.error(of_result(site, output, odd & mask))
        if mask.any():
            self.met = True
            elements = [tuple(map(int, place)) for place in np.argwhere(mask)]
            self.session.met(Kink("infinite slope", site.name, site.line, elements, MASKED))

    def _raise_if_changed(self, kept: Sequence[Any]) -> None:
        for value, known, i in zip(kept, self.sums, self.plan.keep, strict=True):
            # Of what a function saved for its rules, a second derivative has nothing.
            if value is not None and _checksum(value) != known:
                arguments, line = self.operation.arguments, self.site.line
                text = shown(line.text, 160)
                what = f"argument {arguments[i]!r}" if i < len(arguments) else "result"
                raise RuntimeError(
                    f"stale graph: the {what} of {self.site.name}, line {line.number} ({text}), "
                    f"was changed in place after it was recorded, through an array that shares "
                    f"its memory, so the gradient would be wrong; change a copy of that array"
                )

    def _raise_if_used(self, g: Any) -> None:
        """Raise FloatingPointError if what the gradient is of depends on an odd number here."""
        site = self.site
        if site.odd is None or not site.seen or self.pushed:
            return
        self.session.unused.pop(site, None)
        output, mask = site.odd
        if isinstance(g, list):  # of several outputs
            g = next((g for g, other in zip(g, site.outputs) if other is output), None)
        if g is not None and (used := mask & np.not_equal(plain(g), 0)).any():
            raise self.session.error(of_result(site, output, used))

    def _note_kinks(self, g: Any) -> None:
        gradients = [plain(item) for item in _items(g)]
        if _transposing(g):  # as if each element had a gradient, unlike the others
            gradients = [1.0 + np.arange(item.size).reshape(item.shape) for item in gradients]
        g = gradients if isinstance(g, list) else gradients[0]
        for declared, mask in kinks_of(self.operation, self.values, g):
            self.met = True
            elements = [tuple(map(int, place)) for place in np.argwhere(mask)]
            site = self.site
            self.session.met(Kink(declared.kind, site.name, site.line, elements, declared.choice))


def _reached_elsewhere(given: Input, g: NDArray) -> Any:
    """Which elements of an input would get something of `g`, were the tracked arguments others."""
    assert given.elsewhere is not None
    reaching = np.not_equal(g, 0).astype(g.dtype)
    try:
        with np.errstate(all="ignore"):
            return np.not_equal(given.part(given.elsewhere(reaching, constants_too=False)), 0)
    except Exception:  # of a user's operation, which may take no others
        return False


def _transposing(g: Any) -> bool:
    """Whether `g` is the 0 by which forward mode differentiates a rule, whose value it ignores."""
    return any(type(item) is Tensor and type(item._node) is Leaf for item in _items(g))


def _is_news(site: Site, before: Site | None, finite: bool) -> bool:
    """Whether a message that is not finite is to be raised, on its way from `site` to `before`.

    It is where it came about; within a composition or rule, which may mask it yet, where it leaves.
    """
    if site.scope is None:
        return finite
    if before is None or before.scope is None:
        return True
    return not (before.scope is site.scope or (before.scope.in_rule and site.scope.in_rule))


def _note_name(leaf: Node, frame: FrameType) -> None:
    """Call a leaf as the user's program calls its Tensor, if it has a name there."""
    if name := name_in(frame, lambda value: type(value) is Tensor and value._node is leaf):
        names[leaf] = name


def _items(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (tuple, list)) else (value,)


def _arrays(items: Sequence[Any]) -> list[Any]:
    return [np.asarray(item) for item in map(plain, items) if is_numbers(item)]


def _checksum(value: Any) -> int:
    """A number that tells whether what an operation kept has changed; 0 for what can't."""
    total = 0
    for item in map(plain, _items(value)):
        if isinstance(item, np.ndarray):
            total = zlib.crc32(np.ascontiguousarray(item).data, total)
    return total
