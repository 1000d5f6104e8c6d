"""One implementation of one case, on as many cores as $BENCH_THREADS says: run.py starts this.

    python benchmarks/contest.py "2-3-1 b1 float64 SGD" ours --quick

Prints one JSON object: the ratio to hand-written NumPy, or how it failed.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from importlib import metadata
from typing import Any

from timing import THREADS, interleaved  # before NumPy, and JAX, which counts the cores at import

import numpy as np  # isort: skip

from suite import ENVIRONMENTS, Case, cases, check

WARM_UP = 5  # steps, if they take less than …
LONG = 2.0  # … seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case")
    parser.add_argument("implementation")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    (case,) = (each for each in cases(options.case) if each.name == options.case)
    name = options.implementation
    if name == "PyTorch":
        import torch

        torch.set_num_threads(THREADS)
    answer = {"result": result(case, name, options.quick), "environment": environment(name)}
    print(json.dumps(answer))


def result(case: Case, name: str, quick: bool) -> dict[str, Any]:
    """Ratio, spread and the reference's microseconds; or, if something is wrong, only what."""
    try:
        check(case, name)
        reference, contestant = case.reference(case.timed), case.builders[name](case.timed)
        for each in (reference, contestant):
            warm_up(each.step)
        effort = {"block": 0.002, "rounds": 5} if quick else {}
        ratio, spread, microseconds = interleaved(contestant.step, reference.step, **effort)
    except Exception as error:  # a peer that fails is a result too: the others go on
        words = [line.strip() for line in str(error).splitlines() if line.strip()]
        return {"error": f"{type(error).__name__}: {' '.join(words)[:300]}"}
    return {"ratio": ratio, "spread": spread, "reference_us": microseconds}


def warm_up(step: Callable[[], Any]) -> None:
    """Take the first steps, in which something may be compiled, or made to be kept."""
    end = time.perf_counter() + LONG
    for _ in range(WARM_UP):
        step()
        if time.perf_counter() > end:
            break


def environment(name: str) -> dict[str, Any]:
    """Versions, and which kernels NumPy's BLAS chose, as far as threadpoolctl can tell."""
    packages = {name: package for each in ENVIRONMENTS.values() for name, package in each.items()}
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        blas = []
    else:
        blas = [
            f"{each['internal_api']} {each['version']} {each.get('architecture', '')}".strip()
            for each in threadpool_info()
            if each["user_api"] == "blas"
        ]
    return {
        "versions": {"NumPy": np.__version__, name: metadata.version(packages[name])},
        "blas": blas,
        "variables": {
            key: value for key, value in os.environ.items() if key == "OPENBLAS_CORETYPE"
        },
    }


if __name__ == "__main__":
    main()
