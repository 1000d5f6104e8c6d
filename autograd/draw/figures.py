"""How a page writes numbers and arrays: all of a few, a summary and a histogram of many."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd.draw.numbers import as_json, summary

SMALL = 32  # numbers, which take no more than a summary
Json = Mapping[str, Any]


class Table:
    """The arrays on a page, each once: a message is often the whole gradient, and that the next.

    There is `room` for so many characters of numbers: when it is full, of arrays that are not
    small there is a summary.
    """

    def __init__(self, room: float = math.inf) -> None:
        self.room = room
        self.numbers: list[dict[str, Any]] = []
        self.places: dict[str, int] = {}

    def place(self, array: Json | None) -> int:
        """Where `array` is among `numbers`; it is put there if it is new. None is one not known."""
        if array is None:
            entry: dict[str, Any] = {"text": "…", "facts": "not kept"}
        else:
            entry = _few(array) if "data" in array else _many(array)
        key = repr(entry)
        if key not in self.places:
            self.room -= len(key)
            if array and self.room < 0 and len(array.get("data", ())) > SMALL:
                entry = _many(as_json(summary(np.reshape(parsed(array), array["shape"]))) or {})
            self.places[key] = len(self.numbers)
            self.numbers.append(entry)
        return self.places[key]

    def text(self, place: int) -> str:
        """In a few words, what is at that place."""
        return str(self.numbers[place]["text"])


def _few(array: Json) -> dict[str, Any]:
    """All numbers: rows of words, with - for minus, which saves two bytes for each."""
    data, columns = parsed(array), (array["shape"] or [1])[-1]
    if not data:
        return {"text": summed_up(array), "facts": summed_up(array)}
    digits = 6 if len(data) == 1 else 4 if columns < 4 else 3  # three fit into the panel
    words = [number(x, digits).replace("−", "-") for x in data]
    rows = [" ".join(words[i : i + columns]) for i in range(0, len(words), columns)]
    shown: dict[str, Any] = {"text": summed_up(array), "rows": rows}
    if len(data) > 1:  # a cell has a colour among others
        largest = max((abs(x) for x in data if is_finite(x)), default=0.0)
        shown["largest"] = min(float(f"{largest:.3g}"), sys.float_info.max)  # not rounded to inf
    return shown


def _many(array: Json) -> dict[str, Any]:
    """A summary: its facts, and the heights of a histogram's bars in percent."""
    of = "abs " if "of" in array else ""
    facts = [
        f"{of}{name} {number(_parsed_number(array[name]))}"
        for name in ("min", "max", "mean", "std")
    ]
    facts.append(f"{number(100 * array['zeros'], 3)} % zeros")
    facts += _oddities(array)
    counts = array["histogram"]["counts"]
    bars = [math.ceil(100 * count / max(counts)) for count in counts]
    return {"text": summed_up(array), "facts": ", ".join(facts), "bars": bars}


def summed_up(array: Json) -> str:
    """Any array in a few words: its numbers if they are few, else their range and what is odd.

    The range is that of absolute values, abs 1 … 3, where the numbers are complex.
    """
    if (text := brief(array)) is not None:
        return text
    of = "abs " if "of" in array else ""
    if "data" not in array:
        finite = [array["min"], array["max"]] if array["histogram"]["counts"] else []
    else:
        finite = [x for x in parsed(array) if is_finite(x)]
        if len(set(finite)) > 1 and any(isinstance(x, complex) for x in finite):
            of, finite = "abs ", [abs(x) for x in finite]
    odd, ends = _oddities(array), sorted(set(finite))
    if len(ends) == 1 and not odd:
        return f"all {of}{number(ends[0])}"
    span = [f"{of}{number(ends[0])} … {number(ends[-1])}"] if ends else []
    return ", ".join([*span, *odd])


def brief(array: Json | None) -> str | None:
    """Up to three numbers as text; None if there are more, or they are long."""
    if not array or "data" not in array or len(array["data"]) > 3:
        return None
    words = [number(x) for x in parsed(array)]
    if len(words) == 1:
        return words[0]
    text = f"[{' '.join(words)}]" if words else "empty"
    return text if len(text) <= 22 else None


def _oddities(array: Json) -> list[str]:
    """How many elements are nan, and how many infinite."""
    if "data" in array:
        odd = [abs(x) for x in parsed(array) if not is_finite(x)]
        nan = sum(x != x for x in odd)
        inf = len(odd) - nan
    else:
        nan, inf = array["nan"], array["inf"]
    return [f"{count} {what}" for count, what in ((nan, "nan"), (inf, "∞")) if count]


def number(x: float | complex, digits: int = 4) -> str:
    """A number as people read it: in full below a million, without zeros at the end.

    >>> number(-1 / 3), number(123456.0), number(1e-12), number(1 - 2j)
    ('−0.3333', '123456', '1e−12', '1−2j')
    """
    if isinstance(x, bool):
        return str(x)
    if isinstance(x, complex):
        imaginary = number(x.imag, digits)
        return f"{number(x.real, digits)}{'' if imaginary[0] == '−' else '+'}{imaginary}j"
    if not math.isfinite(x):
        return "nan" if x != x else "∞" if x > 0 else "−∞"
    text = f"{x + 0:.0f}" if 10 ** (digits - 1) <= abs(x) < 1e6 else f"{x + 0:.{digits}g}"
    return re.sub(r"e([+-])0*", lambda e: f"e{e[1]}", text).replace("e+", "e").replace("-", "−")


def parsed(array: Json) -> list[Any]:
    """The numbers of an array that JSON has in full."""
    return [_parsed_number(x) for x in array["data"]]


def _parsed_number(x: Any) -> Any:
    """A number from JSON, where nan, inf and 1+2j are text."""
    if isinstance(x, str):
        return complex(x) if x.endswith("j") else float(x)
    return x


def is_finite(x: Any) -> bool:
    """Whether a number, real or complex, is neither nan nor infinite."""
    return math.isfinite(abs(x))
