"""What decides speed here: the BLAS that NumPy calls, its kernel and threads, and memory.

    python -m autograd doctor

Each figure is measured in a process of its own, since BLAS chooses its kernel when it is loaded,
and a kernel that is made for another processor ends the process. The processes take turns, so that
a busy machine slows all of them alike. Nothing is changed: what to set is for the reader to decide.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

Rates: TypeAlias = dict[str, float]  # what was measured -> GFLOP/s, the best of several

THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
KERNELS = {  # OpenBLAS's, for processors of the last ten years; it may not know the newest
    "x86_64": ("Haswell", "Zen", "SkylakeX", "Cooperlake", "Sapphirerapids"),
    "aarch64": ("ARMV8", "NEOVERSEN1", "NEOVERSEV1", "NEOVERSEN2"),
}
KEPT = "memory kept"  # C's library gives memory back to the system, and must ask for it again
KEEPING = {"MALLOC_TOP_PAD_": str(256 << 20)}
WORTH = 1.1  # what is less than this is noise
BUSY = 1.25  # and where there is more, nothing can be told

# Products of two large matrices, and of a batch of 128 with a layer as wide as an image of 28 × 28;
# and eight sums of large arrays that are all there at the end, as in the forward pass of a graph.
PROGRAM = """
import json, sys, time
import numpy as np
rates = {}
def rate(run, count):
    best = 1e9
    for _ in range(8):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return count / best / 1e9
for name, (n, k, m) in {"large": [int(sys.argv[1])] * 3, "layer": (128, 784, 256)}.items():
    for dtype in ("float32", "float64"):
        a, b = np.ones((n, k), dtype), np.ones((k, m), dtype)
        rates[f"{name} {dtype}"] = rate(lambda: a @ b, 2 * n * k * m)
x = np.ones(int(sys.argv[1]) ** 2)
rates["arrays float64"] = rate(lambda: [x + i for i in range(8)], 8 * x.size)
json.dump(rates, sys.stdout)
"""


def examine(size: int = 1024, rounds: int = 3) -> str:
    """The report, as text, from products of matrices of size × size.

    >>> print(examine(size=64, rounds=1))  # doctest: +ELLIPSIS
    Python 3..., NumPy ...
    """
    one = dict.fromkeys(THREADS, "1")
    settings: dict[str, dict[str, str]] = {"as it is": {}, "one thread": one}
    if _blas_name().endswith("openblas"):
        kernels = KERNELS.get(platform.machine(), ())
        settings |= {kernel: {**one, "OPENBLAS_CORETYPE": kernel} for kernel in kernels}
    if platform.libc_ver()[0] == "glibc":
        settings[KEPT] = {**one, **KEEPING}
    measured = _measured(settings, size, rounds)
    about = f"""
GFLOP/s in products: large, {size} × {size} by the same; layer, 128 × 784 by 784 × 256, as in a
training step; and in sums: arrays, of {size * size:,} elements, eight kept at a time. All but the
first row with one thread.
"""
    advice = _advice(measured, _kernel())
    return "\n".join([*_what_is_here(), about, *_table(measured), "", *advice])


def _what_is_here() -> Iterator[str]:
    yield f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}"
    blas = _config()
    yield f"BLAS: {_blas_name()} {blas.get('version', '')}".rstrip()
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        yield "(pip install threadpoolctl, and this says which kernel and how many threads it uses)"
    else:
        for pool in threadpool_info():
            kernel = f"kernel {pool['architecture']}, " if "architecture" in pool else ""
            yield f"{pool['internal_api']}: {kernel}{pool['num_threads']} threads"
    for variable in (*THREADS, "OPENBLAS_CORETYPE", *KEEPING):
        if variable in os.environ:
            yield f"{variable} is set: {os.environ[variable]}"


def _config() -> Mapping[str, Any]:
    """What NumPy was built with."""
    config: Any = np.show_config(mode="dicts")
    found: Mapping[str, Any] = config.get("Build Dependencies", {}).get("blas", {})
    return found


def _blas_name() -> str:
    return str(_config().get("name", "unknown"))


def _measured(
    settings: Mapping[str, Mapping[str, str]], size: int, rounds: int
) -> dict[str, Rates | None]:
    """The best rates with each setting of environment variables; None where the process ended."""
    best: dict[str, Rates | None] = {name: {} for name in settings}
    for _ in range(rounds):
        for name, setting in settings.items():
            known = best[name]
            if known is not None:
                rates = _rates(setting, size)
                best[name] = rates and {k: max(v, known.get(k, 0.0)) for k, v in rates.items()}
    return best


def _rates(setting: Mapping[str, str], size: int) -> Rates | None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(size)],
        env={**os.environ, **setting},
        capture_output=True,
        text=True,
    )
    rates: Rates | None = json.loads(done.stdout) if done.returncode == 0 else None
    return rates


def _table(measured: Mapping[str, Rates | None]) -> Iterator[str]:
    columns = list(measured["as it is"] or {})
    yield " " * 15 + "".join(f"{column:>16}" for column in columns)
    for name, rates in measured.items():
        if rates is None:
            yield f"{name:15}  not for this processor"
        else:
            yield f"{name:15}" + "".join(f"{rates[column]:16.3g}" for column in columns)


def _kernel() -> str:
    """OpenBLAS's kernel in this process, as far as threadpoolctl can tell."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return ""
    return next(
        (str(pool["architecture"]) for pool in threadpool_info() if "architecture" in pool), ""
    )


def _advice(measured: Mapping[str, Rates | None], used: str = "") -> Sequence[str]:
    """What to set, with what it gains; `used` is the kernel that is used anyway.

    >>> one, kernel = {"float32": 100.0, "float64": 60.0}, {"float32": 180.0, "float64": 90.0}
    >>> _advice({"as it is": one, "one thread": one, "SkylakeX": kernel, "Zen": None})
    ['export OPENBLAS_CORETYPE=SkylakeX    # 1.5 to 1.8 times as fast']
    """
    usual, one = measured["as it is"], measured["one thread"]
    if not usual or not one:
        return ["NumPy itself does not run here: see `python -c 'import numpy'`."]
    known = ("as it is", "one thread", KEPT)
    kernels = {name: rates for name, rates in measured.items() if rates and name not in known}
    same = kernels.pop(used, None)
    if same and max(_gains(same, one)[-1], 1 / _gains(same, one)[0]) > BUSY:
        low, *_, high = _gains(same, one)
        return [
            f"No advice: {used}, which is used anyway, was {low:.1f} to {high:.1f} times as fast "
            f"as itself. Try again when the machine has nothing else to do."
        ]
    advice = []
    if kernels:
        name, rates = max(kernels.items(), key=lambda item: _gains(item[1], one)[0])
        advice += _setting(f"OPENBLAS_CORETYPE={name}", _gains(rates, one))
    advice += _setting(f"{THREADS[0]}=1", _gains(one, usual))
    if kept := measured.get(KEPT):
        ((variable, value),) = KEEPING.items()
        advice += _setting(f"{variable}={value}", _gains(kept, one))
    return advice or ["Nothing to set: what is chosen is the fastest, within a tenth."]


def _gains(rates: Rates, over: Rates) -> list[float]:
    return sorted(rate / over[what] for what, rate in rates.items())


def _setting(setting: str, gains: list[float]) -> list[str]:
    """A line for a setting, if it gains `WORTH` somewhere and loses nothing anywhere."""
    low, high = gains[0], gains[-1]
    if low < 1 / WORTH or high < WORTH:
        return []
    return [f"export {setting}    # {low:.1f} to {high:.1f} times as fast"]
