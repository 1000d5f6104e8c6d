"""How long check_grads takes, by the number of inputs.

    python benchmarks/checker.py

Milliseconds of processor time a call: the median, and the fastest and slowest of several.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import timing  # noqa: F401  one thread, one core; before NumPy

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from autograd.testing import check_grads

SIZES = (6, 27, 1000, 100_000)


def mixed(x: Any) -> Any:
    """A sum to which every element contributes through every one before it."""
    return np.sum(np.sin(x) * np.cumsum(x))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "one number": mixed,
    "elementwise": np.tanh,
    "a cumulative product": lambda x: np.cumprod(1 + x / x.size),
    "at kinks": lambda x: np.maximum(x, np.roll(x, 1) * (np.arange(x.size) % 4 > 0)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--order", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"check_grads to order {options.order}, milliseconds (fastest … slowest)")
    for name, f in FUNCTIONS.items():
        for size in SIZES if f is mixed else SIZES[:-1]:
            x = np.random.default_rng(size).normal(size=size)
            check_grads(f, x, order=options.order)
            times = []
            for _ in range(options.rounds):
                begin = time.process_time()
                check_grads(f, x, order=options.order)
                times.append(1e3 * (time.process_time() - begin))
            low, middle, high = min(times), statistics.median(times), max(times)
            print(f"  {name:<22}{size:>8} inputs {middle:10.1f} ({low:.1f} … {high:.1f})")


if __name__ == "__main__":
    main()
