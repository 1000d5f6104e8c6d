"""What happens to a call with a Tensor in it that no single entry of the table records."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from types import FrameType
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


def why_no_array() -> str:
    """Why a Tensor that is tracked can't become a plain array, and what to do."""
    return _why_not_in_scipy() or (
        "a Tensor that is tracked can't become a plain array without losing its graph: use "
        ".data if that is meant, np.stack([...]) or autograd.numpy.array([...]) to build a "
        "Tensor from a list, and np.f(x, t) or x @ t for an ndarray's method x.f(t)"
    )


def why_not(function: Callable[..., Any]) -> str:
    """Why a call of `function` with a Tensor can't run, and what to do."""
    import difflib

    name = public_name(function)
    if function in REFUSED:
        return f"{name} has no derivative here: {REFUSED[function]}"
    if reason := _why_not_in_scipy():
        return reason
    names = {public_name(known) for known in (*TABLE, *COMPOSED)}
    near = "".join(
        f" (the nearest name that has one: {found})"
        for found in difflib.get_close_matches(name, names, n=1)
    )
    return f"{name} has no derivative here{near}: {_DECLARE}"


_DECLARE = (
    "declare one with @primitive and derivative(…), or pass .data for the plain array if no "
    "gradient has to flow through it"
)


def _why_not_in_scipy() -> str | None:
    """As `why_not`, for the function of SciPy's that the program called, if that is what failed."""
    name = _called_of_scipy()
    if name is None:
        return None
    ours = importlib.import_module("autograd.scipy")
    try:
        theirs, wrapped = (attrgetter(name)(of) for of in (sys.modules["scipy"], ours))
    except AttributeError:  # it is not public under that name
        return f"scipy.{name} has no derivative here: {_DECLARE}"
    if theirs in REFUSED:
        return why_not(theirs)
    if wrapped != theirs:
        return (
            f"scipy.{name} would make a plain array of a Tensor, and lose its graph: call "
            f"autograd.scipy.{name}, which takes Tensors"
        )
    module = name.partition(".")[0]
    others = (
        f" (autograd.scipy.{module}.__all__ says what has one)" if module in ours.__all__ else ""
    )
    return f"scipy.{name} has no derivative here{others}: {_DECLARE}"


def _called_of_scipy() -> str | None:
    """What the program called of SciPy, such as "linalg.inv", if that is how it came here."""
    frame: FrameType | None = sys._getframe()
    outermost = None
    while frame is not None:
        library = frame.f_globals.get("__name__", "").partition(".")[0]
        if library not in ("scipy", "numpy", "autograd"):
            break
        outermost = frame if library == "scipy" else outermost
        frame = frame.f_back
    if outermost is None:
        return None
    module, name = outermost.f_globals["__name__"], outermost.f_code.co_name
    if module.startswith("scipy._lib."):  # a wrapper, which has the function in a variable
        for value in outermost.f_locals.values():
            where = str(getattr(value, "__module__", None))
            if where.startswith("scipy.") and hasattr(value, "__name__"):
                module, name = where, value.__name__
    elif (of := outermost.f_locals.get("self")) is not None:
        kind = of.name if isinstance(getattr(of, "name", None), str) else type(of).__name__
        name = kind if name == "__init__" else f"{kind}.{name}"  # stats.norm.pdf
    return f"{module.partition('._')[0].removeprefix('scipy.')}.{name}"


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
