"""What happens to a call with a Tensor in it that no single entry of the table records."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd.primitive import COMPOSED, EXTENSIONS, REFUSED, TABLE, public_name


def compose(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """`function` as it is composed of others. Raises TypeError for what that does not support."""
    implementation = COMPOSED[function]
    try:
        return implementation(*args, **kwargs)
    except ValueError as error:
        _name(error, function)
        raise
    except TypeError:
        signature = inspect.signature(implementation)
        if _binds(signature, args, kwargs):
            raise
    surplus = kwargs.keys() - signature.parameters.keys()
    defaults = {n for n in surplus if kwargs[n] is None or (n == "where" and kwargs[n] is True)}
    kwargs = {name: value for name, value in kwargs.items() if name not in defaults}
    if not _binds(signature, args, kwargs):
        given = [f"{name}=…" for name in kwargs if name in surplus]
        raise TypeError(
            f"{public_name(function)} got {', '.join(given) or f'{len(args)} arguments'}; its "
            f"derivative supports {_listed(signature)}"
        )
    return implementation(*args, **kwargs)


def _name(error: ValueError, function: Callable[..., Any]) -> None:
    """Put the name of `function` before the message, instead of that of one it is composed of."""
    if type(error) is ValueError:  # others, such as AxisError, have a message of another form
        message = getattr(error, "message", str(error))
        error.message = message  # type: ignore[attr-defined]
        error.args = (f"{public_name(function)}: {message}",)


def extended() -> bool:
    """Whether entries for a library that is in use had not been imported, and now are."""
    new = [module for name, module in EXTENSIONS.items() if name in sys.modules]
    new = [module for module in new if module not in sys.modules]
    for module in new:
        importlib.import_module(module)
    return bool(new)


def why_not(function: Callable[..., Any]) -> str:
    """Why a call of `function` with a Tensor can't run, and what to do."""
    import difflib

    name = public_name(function)
    if function in REFUSED:
        return f"{name} has no derivative here: {REFUSED[function]}"
    names = {public_name(known) for known in (*TABLE, *COMPOSED)}
    near = "".join(
        f" (the nearest name that has one: {found})"
        for found in difflib.get_close_matches(name, names, n=1)
    )
    return (
        f"{name} has no derivative here{near}: declare one with @primitive and derivative(…), or "
        f"pass .data for the plain array if no gradient has to flow through it"
    )


def _binds(signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def _listed(signature: inspect.Signature) -> str:
    """x, axis=None, keepdims=False"""
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    return ", ".join(str(parameter) for parameter in bare)
