"""`explain`: how a derivative comes about, written out with the numbers of the graph."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from numbers import Real
from typing import Any

from autograd.draw.derivation import Derivation
from autograd.draw.describe import describe, run, with_arguments
from autograd.draw.payload import Description
from autograd.draw.places import TensorGraph, ValueGraph
from autograd.draw.steps import Steps, clean
from autograd.draw.writer import Writer
from autograd.draw.zoom import zoom
from autograd.tensor import Tensor
from autograd.value import Value


def explain(
    root: Any,
    wrt: Any,
    *args: Any,
    names: Mapping[str, Any] | None = None,
    lr: float | None = None,
) -> Derivation:
    """The derivative of the number `root` by `wrt`, derived step by step with its numbers.

    `wrt` is a Tensor or Value that `root` was computed from, or its name; by the name of one
    element, such as "W[0, 1]", the derivation is number by number. With a learning rate `lr` it
    ends in what a step of gradient descent makes of `wrt`. `root` may also be a function, with
    the arguments to call it with; `names` are as for `describe`.

    `str()` of the result is text; it has `.markdown` and `.latex`, too.

    Raises ValueError if `root` or `lr` is not one number, or `wrt` not in its graph, TypeError for
    what has no graph, and RuntimeError if the graph is stale.

    >>> x, y = Value(3.0), Value(4.0)
    >>> print(explain(x * y, x, names={"x": x, "y": y}))
    ∂f/∂x = 4
    <BLANKLINE>
    Given
      x = 3
      y = 4
    <BLANKLINE>
    Forward
      f = x·y = 12
    <BLANKLINE>
    Chain rule
      ∂f/∂x = y = 4
    <BLANKLINE>
    """
    rate = _learning_rate(lr)
    known = dict(names or {})
    if callable(root):
        root, arguments = run(root, args)
        known, args = with_arguments(known, arguments), ()
    if isinstance(root, Tensor) and root.size != 1:
        raise ValueError(
            f"explain derives one number, and this Tensor has the shape {root.shape}; choose an "
            f"element, as root[0], or a sum, as root.sum()"
        )
    description = describe(root, *args, names=known)
    if isinstance(root, Tensor) and _is_element(wrt, description):
        root, wrt = zoom(root, names=known), re.sub(r", *", ", ", wrt)
        description = describe(root)
    graph = TensorGraph(root, description) if isinstance(root, Tensor) else ValueGraph(root)
    steps = Steps(description, _place(wrt, graph, description), graph.operands)
    return Writer(steps, graph, rate).derivation()


def _learning_rate(lr: Any) -> float | None:
    if lr is None:
        return None
    if isinstance(lr, bool) or not isinstance(lr, Real) or not isfinite(lr):
        raise ValueError(f"lr is a learning rate, a finite number such as 0.1, not {lr!r}")
    return float(lr)


def _is_element(wrt: Any, description: Description) -> bool:
    """Whether `wrt` names an element, as "W[0, 1]" does where a Tensor is called W."""
    names = {item.name for item in description.nodes}
    match = re.fullmatch(r"(.+)\[\d+(, *\d+)*\]", wrt, re.DOTALL) if isinstance(wrt, str) else None
    return match is not None and wrt not in names and match[1] in names


def _place(wrt: Any, graph: ValueGraph | TensorGraph, description: Description) -> int:
    """The node of the description that `wrt` is, or is the name of."""
    if isinstance(wrt, str):
        place = _place_of_name(wrt, description)
    elif not isinstance(wrt, (Tensor, Value)):
        kind = type(wrt).__name__
        raise TypeError(f"wrt is a Tensor, a Value or a name in the graph, not {kind}")
    elif (found := graph.place(wrt)) is not None:
        place = found
    else:
        called = f" {clean(wrt.name)!r}" if wrt.name else ""
        advice = ", or has no requires_grad=True" if isinstance(wrt, Tensor) else ""
        if isinstance(wrt, Tensor) and wrt._node is not None and wrt._node.parents:
            advice = (
                "; it was computed just now, perhaps. For an element of a Tensor that is called x, "
                'give its name, "x[0]"'
            )
        raise ValueError(
            f"this {type(wrt).__name__}{called} is not in the graph of the root, so no gradient "
            f"flows to it: it was not used{advice}"
        )
    if description.nodes[place].gradient is None:
        raise ValueError(
            f"{clean(str(wrt))!r} is a constant in this graph: no gradient flows to it; make it a "
            f"Tensor with requires_grad=True"
        )
    return place


def _place_of_name(name: str, description: Description) -> int:
    places = [i for i, item in enumerate(description.nodes) if item.name == name]
    if len(places) == 1:
        return places[0]
    names = [clean(item.name) for item in description.nodes if item.name]
    listed = ", ".join(dict.fromkeys(names[:20])) + (", …" if len(names) > 20 else "")
    how_many = f"{len(places)} nodes of this graph are" if places else "no node of this graph is"
    unused = "" if places else "what was not used or chosen is not in it: its gradient is 0; "
    raise ValueError(
        f"{how_many} called {clean(name)!r}; {unused}give the Tensor or Value itself, or one of "
        f"the names in the graph: {listed or 'there are none, and names=locals() gives some'}"
    )
