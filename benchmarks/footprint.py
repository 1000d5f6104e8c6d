"""What an implementation takes besides time: memory for a step, and its import at every start.

Each figure is the median of fresh processes, on one core. peak.py says what memory is counted; an
import is timed after that of NumPy in the same process, so that it has only what it adds.
"""

import statistics
from collections.abc import Callable, Iterable
from typing import Any

from processes import ask
from suite import ENVIRONMENTS, Case, cases

MEMORY = {  # of the cases whose names begin so: what is aimed at, over hand-written NumPy
    "784-256-128-10 b128": 1.15,
    "784-1024-1024-10 b512": 1.15,
    "chain: 40 y + 1.0 on": None,
    "chain: 10 operations on": None,
}
IMPORTS = {
    "ours": "autograd, nn",
    "PyTorch": "torch",
    "JAX": "jax",
    "MyGrad": "mygrad",
    "micrograd": "micrograd.engine, micrograd.nn",
    "HIPS autograd": "autograd.numpy, autograd",
}
IMPORT_TARGET = 40.0  # ms that ours adds, at most
TIMED = """
import timing, time
times = [time.process_time()]
import numpy
times.append(time.process_time())
import {modules}
times.append(time.process_time())
import json
numpy_ms, added_ms = (1e3 * (b - a) for a, b in zip(times, times[1:]))
print(json.dumps(dict(numpy_ms=numpy_ms, added_ms=added_ms)))
"""


def memory(words: str, quick: bool) -> list[dict[str, Any]]:
    """Peak memory over NumPy's, for the cases of MEMORY with `words` in "memory: NAME"."""
    found = []
    for part, target in MEMORY.items():
        for case in cases(part):
            if case.name.startswith(part) and words in f"memory: {case.name}":
                print(f"memory: {case.name}")
                entry = {"name": case.name, "target": target, "against": "NumPy"}
                found.append(entry | {"results": peaks(case, 1 if quick else 3)})
    return found


def peaks(case: Case, processes: int) -> dict[str, Any]:
    """For each implementation: the ratio to NumPy's, its spread, and NumPy's megabytes."""

    def measure(folder: str, name: str) -> dict[str, Any]:
        return median(processes, folder, "peak.py", case.name, name)

    hand = measure(".venv", "NumPy")

    def compare(folder: str, name: str) -> dict[str, Any]:
        peak = measure(folder, name)
        if "error" in peak or "error" in hand:
            return {"error": peak.get("error") or hand["error"]}
        ratio, spread = (peak[key] / hand["megabytes"] for key in ("megabytes", "spread"))
        return {"ratio": ratio, "spread": spread, "reference_mb": hand["megabytes"]}

    return each(case.builders, compare)


def imports(words: str, quick: bool) -> dict[str, Any]:
    """For each implementation: what its import adds to NumPy's, and NumPy's; if asked for."""
    if words not in "import time":
        return {}
    print("import time, after NumPy's")

    def measure(folder: str, name: str) -> dict[str, Any]:
        return median(3 if quick else 11, folder, "-c", TIMED.format(modules=IMPORTS[name]))

    found = each(IMPORTS, measure)
    found["ours"]["target_ms"] = IMPORT_TARGET
    return found


def each(
    names: Iterable[str], measure: Callable[[str, str], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """What `measure(folder, name)` says of each implementation; told as it comes."""
    found = {}
    for folder, packages in ENVIRONMENTS.items():
        for name in packages:
            if name in names:
                found[name] = measure(folder, name)
                figures = (
                    f"{key} {value if key == 'error' else format(value, '.3g')}"
                    for key, value in found[name].items()
                )
                print(f"  {name:<16}{', '.join(figures)}", flush=True)
    return found


def median(processes: int, folder: str, *arguments: str) -> dict[str, Any]:
    """Of each figure that the processes answer, and how far the last one ranges; or an error."""
    answers = [ask(folder, *arguments) for _ in range(processes)]
    for answer in answers:
        if "error" in answer:
            return answer
    figures = {key: [answer[key] for answer in answers] for key in answers[0]}
    last = figures[list(figures)[-1]]
    middles = {key: statistics.median(numbers) for key, numbers in figures.items()}
    return middles | {"spread": max(last) - min(last)}
