"""Asking a process of its own: a benchmark's script, in the environment of an implementation."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LIMIT = 600  # seconds for an answer
# By a PYTHONPATH with this folder in it, ours would pass for HIPS autograd; without bytecode, an
# import of ours would compile it each time, which for a user only the first does.
DROPPED = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}


def ask(folder: str, *arguments: str, threads: int = 1) -> dict[str, Any]:
    """The JSON object on the last line that `python arguments…` prints, or {"error": why not}."""
    python = HERE.parent / folder / "bin" / "python"
    if not python.exists():
        return {"error": f"no {folder}: make bench makes it"}
    inherited = {name: value for name, value in os.environ.items() if name not in DROPPED}
    try:
        done = subprocess.run(
            [python, *arguments],
            cwd=HERE,
            env={**inherited, "BENCH_THREADS": str(threads)},
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"not done after {LIMIT} seconds"}
    try:
        return json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        last = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return {"error": last[-1]}
