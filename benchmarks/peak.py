"""Peak memory of some steps of a case by one implementation, in megabytes: footprint.py starts it.

    python benchmarks/peak.py "784-256-128-10 b128 float64 SGD" ours

Counted is what the process holds at most during the steps, over what it held before the weights
and the data were made: these, what a step keeps, and what it needs for a moment. A rehearsal comes
first, so that what is imported or set aside once (BLAS's buffers) is there before.
"""

import contextlib
import ctypes
import gc
import json
import re
import sys
from pathlib import Path

from timing import THREADS  # before NumPy

from suite import Builder, Case, Contestant, cases  # isort: skip

STEPS = 3
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def main() -> None:
    words, name = sys.argv[1:]
    (case,) = (each for each in cases(words) if each.name == words)
    if name == "PyTorch":
        import torch

        torch.set_num_threads(THREADS)
    try:
        build = case.reference if name == "NumPy" else case.builders[name]
        answer = {"megabytes": megabytes(case, build)}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"[:300]}
    print(json.dumps(answer))


def megabytes(case: Case, build: Builder) -> float:
    """What `build`'s steps add to this process, at most."""
    if not RESET.exists():
        raise NotImplementedError("only Linux lets a process measure a peak from a given moment on")
    take(build(case.timed))
    tidy()
    before = held("VmRSS")
    contestant = build(case.timed)
    take(contestant)  # what is compiled is compiled now
    tidy()
    RESET.write_text("5")
    take(contestant)
    return (held("VmHWM") - before) / 1e3


def take(contestant: Contestant) -> None:
    """Some steps; as in training, a loss is gone before the next begins."""
    for _ in range(STEPS):
        contestant.step()


def tidy() -> None:
    """Give back what is free: to the system, too."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # other libraries of C have no such function
        ctypes.CDLL(None).malloc_trim(0)


def held(what: str) -> int:
    """Kilobytes: the resident memory now (VmRSS), or its peak (VmHWM)."""
    return int(re.search(rf"{what}:\s*(\d+)", STATUS.read_text())[1])


if __name__ == "__main__":
    main()
