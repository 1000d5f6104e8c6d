"""Is the suite any good? Plant one fault after the other, and see which test notices.

    python tests/mutations.py [--list] [--only NAME] [--jobs N]

Each fault of mutants.py is planted in a copy of the project. There the tests run that are likely to
notice it and, if they pass, the whole suite. A fault is killed by a test that fails with it and
passes without it. The exit status is 1 if any survives: then the suite lacks a test.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

from mutants import FAULTS, Fault

ROOT = Path(__file__).parent.parent
LIMIT = 1800  # seconds for a run of pytest: a fault may keep it from ending


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Plant faults, and see which test notices.")
    parser.add_argument("--list", action="store_true", help="only say what the faults are")
    parser.add_argument("--only", default="", metavar="NAME", help="those with this in their name")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at a time")
    options = parser.parse_args(argv)
    faults = [fault for fault in FAULTS if options.only in fault.name]
    if not faults:
        parser.error(f"no fault has {options.only!r} in its name; --list shows them")
    if options.list:
        for fault in faults:
            print(f"{fault.name}: {fault.why} ({fault.file})")
        return 0
    return hunt(ROOT, faults, options.jobs)


def hunt(root: Path, faults: Sequence[Fault], jobs: int) -> int:
    """Plant each fault in a copy of `root`, print what kills it; the exit status."""
    jobs = min(jobs, len(faults))
    survivors = []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        copies: Queue[Path] = Queue()
        for i in range(jobs):
            unneeded = shutil.ignore_patterns(".*", "__pycache__", "out", "build", "*.egg-info")
            copies.put(Path(shutil.copytree(root, Path(folder) / f"{i}", ignore=unneeded)))

        def hunted(fault: Fault) -> str | None:
            copy, start = copies.get(), time.monotonic()
            try:
                killer = killer_of(fault, copy)
            finally:
                copies.put(copy)
            what = f"killed by {killer}" if killer else f"SURVIVES: {fault.why} ({fault.file})"
            print(f"{fault.name}: {what} [{time.monotonic() - start:.0f} s]", flush=True)
            return killer

        try:
            for fault, killer in zip(faults, pool.map(hunted, faults)):
                survivors += [] if killer else [fault.name]
        except BaseException:
            pool.shutdown(cancel_futures=True)  # or the others would be planted first
            raise
    print(f"killed {len(faults) - len(survivors)}/{len(faults)}")
    if survivors:
        print(f"surviving: {', '.join(survivors)}")
    return 1 if survivors else 0


def killer_of(fault: Fault, root: Path) -> str | None:
    """The test that fails with the fault and passes without it, in the project at `root`."""
    with planted(fault, root):
        file, words = fault.first.split(": ")
        killer = failing([f"tests/test_{file}.py", "-k", words], root) or failing([], root)
    if killer and "::" in killer and failing([killer], root):
        raise RuntimeError(f"{killer} fails without the fault {fault.name}, too: mend that first")
    return killer


@contextmanager
def planted(fault: Fault, root: Path) -> Iterator[None]:
    """Within the `with` block, the fault is in its file."""
    path = root / fault.file
    text = path.read_text(encoding="utf-8")
    write(path, replaced(text, fault))
    try:
        yield
    finally:
        write(path, text)


def replaced(text: str, fault: Fault) -> str:
    """`text` with the fault in it. Raises ValueError unless there is one place for it."""
    if text.count(fault.before) != 1:
        raise ValueError(
            f"the fault {fault.name} is to replace a text that is in {fault.file} once, but it is "
            f"there {text.count(fault.before)} times: {fault.before!r}"
        )
    return text.replace(fault.before, fault.after)


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    # What was compiled from a text of the same length in the same second would be taken for it.
    shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)


def failing(tests: Sequence[str], root: Path) -> str | None:
    """The first of these tests (by default all) that fails, or what else pytest ended by."""
    cache = root / ".pytest_cache/v/cache/lastfailed"
    cache.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--gradients=fast", *tests]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    try:
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=LIMIT
        )
    except subprocess.TimeoutExpired:
        return f"a run that does not end in {LIMIT} s"
    if done.returncode == 0:
        return None
    if cache.exists():
        return next(iter(json.loads(cache.read_text(encoding="utf-8"))))
    if done.returncode > 1:  # no such test, for example
        raise RuntimeError(f"{shlex.join(command)} can't run:\n{done.stdout}{done.stderr}")
    return f"the exit status {done.returncode} of pytest"


if __name__ == "__main__":
    sys.exit(main())
