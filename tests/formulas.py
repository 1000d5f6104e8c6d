"""Formulas as a picture shows them, read back and computed."""

import ast
import re
from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np

import autograd.scipy  # whose entries count, too  # noqa: F401
from autograd.primitive import TABLE

THROUGH_COMPLEX = {  # steps of programs, for which real numbers become complex ones, and real again
    "np.real(np.exp(1j * {x}))": "",
    "np.imag((2 - 1j) * {x})": "",
    "np.abs({x} + 1j)": "",
    "np.real(np.fft.fft({vector}) * (1 - 2j))": "",
    "np.abs(np.fft.rfft({vector})) ** 2": "np.fft.rfft({vector})",
    "np.imag({matrix} @ ({matrix}.T * 1j + 1))": "",
    "np.real(({x} * (1 + 1j)) / ({y} + 3j))": "",
    "np.real(({x} + 1j) * np.array([1j, 2 - 1j])[:, None, None])[0, 0]": "",
    "np.real(np.conj({x} * 2j) ** 2)": "",
    "np.imag(np.where({x} > 0, {x} * 1j, {x} * (1 - 1j)))": "{x}",
}


class Unread(Exception):
    """A formula that is not read here: of what was not kept, or in a notation that is not known."""


class Prefix:
    """A sign such as √, which binds as a power does."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def __pow__(self, x: Any) -> Any:
        return self.function(x)


def computed(formula: str, variables: Mapping[str, Any]) -> Any:
    """What a formula is for these variables, which may have any names; None is not known."""
    names = {f"‹{name}›": f"_{i}" for i, name in enumerate(variables)}
    names |= {name: names[f"‹{name}›"] for name in variables if re.match(r"[^\W\d]", name)}
    any_name = "|".join(map(re.escape, sorted(names, key=len, reverse=True))) or "(?!)"
    found = re.split(rf"(?<![\w.#‹∂/])({any_name})(?![^\W⁰¹²³⁴-⁹ᵀ]|[(#›=]|\.\w)", formula)
    for i in range(0, len(found), 2):
        found[i] = _python(found[i])
    used = {name.strip("‹›") for name in found[1::2]}
    if any(variables[name] is None for name in used):
        raise Unread(formula)
    found[1::2] = [names[name] for name in found[1::2]]
    python = re.sub(r"(?<![\w\])])\[", "iverson[", "".join(found))
    values = {names[f"‹{name}›"]: _real(variables[name]) for name in used}
    with np.errstate(all="ignore"):
        try:
            tree = ast.fix_missing_locations(OfArrays().visit(ast.parse(python, mode="eval")))
            return eval(compile(tree, formula, "eval"), {"__builtins__": {}}, FUNCTIONS | values)
        except (AttributeError, IndexError, NameError, SyntaxError, TypeError, ValueError) as error:
            raise Unread(f"{formula!r}, read as {python!r}") from error


class OfArrays(ast.NodeTransformer):
    """Makes conditions on arrays of Python's: of a ≤ x ≤ b and of "and"."""

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        sides = [self.visit(side) for side in (node.left, *node.comparators)]
        pairs = zip(sides, node.ops, sides[1:])
        return _all("both", [ast.Compare(a, [op], [b]) for a, op, b in pairs])

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if not (isinstance(node.value, ast.Name) and node.value.id == "iverson"):
            node.slice = Places().visit(node.slice)
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        name = "both" if isinstance(node.op, ast.And) else "either"
        return _all(name, [self.visit(value) for value in node.values])


class Places(ast.NodeTransformer):
    """Makes integers again of the arrays in an index."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Call(ast.Name("places", ast.Load()), [node], [])


def _all(name: str, conditions: list[ast.expr]) -> ast.expr:
    return reduce(lambda x, y: ast.Call(ast.Name(name, ast.Load()), [x, y], []), conditions)


def _real(value: Any) -> Any:
    """A condition as it is, and integers as real numbers."""
    return np.asarray(value) if np.asarray(value).dtype == bool else 1.0 * np.asarray(value)


def _python(formula: str) -> str:
    """What stands between the names, for Python."""
    formula = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda m: f"**({m[0].translate(DIGITS)})", formula)
    formula = re.sub("(?<![=≠]) = ", " == ", formula)
    for sign, word in SIGNS.items():
        formula = formula.replace(sign, word)
    return formula


DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
SIGNS = {
    **{"−": "-", "·": "*", "^": "**", "√": "root**", "∞": "inf", "π": "pi", "ᵀ": ".T"},
    **{"≠": "!=", "≤": "<=", "≥": ">=", "∧": " and ", "∨": " or ", "¬": "negation**"},
}


def scattered(x: Any, places: Any) -> Any:
    """Zeros with x at some places, which are all there are."""
    if np.asarray(places).dtype.kind != "i":
        raise Unread(places)
    zeros = np.zeros(len(x))
    zeros[places] = x
    return zeros


class Iverson:
    """[x > y]: 1 where that holds."""

    def __getitem__(self, condition: Any) -> Any:
        return 1.0 * (np.asarray(condition) != 0)


FUNCTIONS: dict[str, Any] = {
    **{operation.name.rpartition(".")[2]: operation.run for operation in TABLE.values()},
    **{
        "root": Prefix(np.sqrt),
        "negation": Prefix(np.logical_not),
        "inf": np.inf,
        "pi": np.pi,
        "iverson": Iverson(),
        "both": np.logical_and,
        "either": np.logical_or,
        "abs": np.abs,
    },
    **{"sign": np.sign, "log": np.log, "isfinite": np.isfinite, "where": np.where},
    **{name: getattr(np, name) for name in "sum mean var std prod".split()},
    **{"norm": np.linalg.norm, "one_hot": lambda labels, n: np.eye(n)[labels.astype(int)]},
    "argsort": np.argsort,
    "places": lambda x: x.astype(int) if x.dtype.kind == "f" else x,
    "scatter": lambda x, places: scattered(x, places),
    **{"einsum": np.einsum, "broadcast_to": np.broadcast_to, "ones": lambda *n: np.ones(n)},
    "max": lambda x, *y, **how: np.maximum(x, *y) if y else np.max(x, **how),
    "min": lambda x, *y, **how: np.minimum(x, *y) if y else np.min(x, **how),
}
