"""Fair timing: import this before NumPy. One thread, one core, and figures that are ratios.

These machines drift, so a time by itself means little: what is compared takes turns, block by
block, and each figure is the median of the ratios of neighbouring blocks.
"""

import contextlib
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[_variable] = "1"
with contextlib.suppress(AttributeError, OSError):  # not every system can pin a process
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def interleaved(
    ours: Callable[[], Any], reference: Callable[[], Any], block: float = 0.02, rounds: int = 41
) -> tuple[float, float, float]:
    """Median of (ours / reference), its quartile distance, and the reference's microseconds.

    Each round runs both for about `block` seconds; `ours` comes first in every second round.
    """
    calls = max(1, int(block / _seconds(reference, 3)))
    ratios, times = [], []
    for i in range(rounds):
        if i % 2:
            b, a = _seconds(reference, calls), _seconds(ours, calls)
        else:
            a, b = _seconds(ours, calls), _seconds(reference, calls)
        ratios.append(a / b)
        times.append(b)
    low, middle, high = statistics.quantiles(ratios, n=4)
    return middle, high - low, 1e6 * statistics.median(times)


def _seconds(f: Callable[[], Any], calls: int) -> float:
    """Seconds of processor time for one call of f, from `calls` of them.

    With one thread that is the time that passes, less what other processes took from it.
    """
    begin = time.process_time()
    for _ in range(calls):
        f()
    return (time.process_time() - begin) / calls
