"""Fair timing: import this before NumPy. One thread, one core, and figures that are ratios.

With $BENCH_THREADS, as many threads and cores as that says.

These machines drift, so a time by itself means little: what is compared takes turns, block by
block, and each figure is the median of the ratios of neighbouring blocks.
"""

import contextlib
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

LEAST = 3  # rounds
THREADS = int(os.environ.get("BENCH_THREADS", "1"))
for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[_variable] = str(THREADS)
with contextlib.suppress(AttributeError, OSError):  # not every system can pin a process
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])

# With one thread, processor time is the time that passes, less what other processes took from it;
# with several it would count each of them.
_clock = time.process_time if THREADS == 1 else time.perf_counter


def interleaved(
    ours: Callable[[], Any],
    reference: Callable[[], Any],
    block: float = 0.02,
    rounds: int = 41,
    limit: float = 60.0,
) -> tuple[float, float, float]:
    """Median of (ours / reference), its quartile distance, and the reference's microseconds.

    Each round runs each for about `block` seconds; `ours` comes first in every second round. Where
    one call takes long, there are fewer rounds, but LEAST, once `limit` seconds are over.
    """
    end = time.perf_counter() + limit
    few, many = (max(1, int(block / _one(f))) for f in (ours, reference))
    ratios, times = [], []
    for i in range(rounds):
        if i >= LEAST and time.perf_counter() > end:
            break
        if i % 2:
            b, a = _seconds(reference, many), _seconds(ours, few)
        else:
            a, b = _seconds(ours, few), _seconds(reference, many)
        ratios.append(a / b)
        times.append(b)
    low, middle, high = statistics.quantiles(ratios, n=4)
    return middle, high - low, 1e6 * statistics.median(times)


def _one(f: Callable[[], Any]) -> float:
    """Seconds for one call of f, roughly: of several, unless that takes long."""
    first = _seconds(f, 1)
    return first if first > 1 else _seconds(f, 3)


def _seconds(f: Callable[[], Any], calls: int) -> float:
    """Seconds for one call of f, from `calls` of them."""
    begin = _clock()
    for _ in range(calls):
        f()
    return (_clock() - begin) / calls
