"""The benchmark suite: ours and its peers against the same work by hand in NumPy.

    make bench                  every case
    make bench CASE=2-3-1       those with that in their name; CASE="float32 Adam" too
    make bench CASE=memory      peak memory of a step; CASE=import the time of imports
    make bench CASE=b1 QUICK=1  few rounds: to see that it works, not to be quoted

Each implementation of a case runs in a process of its own, on one core and then on two. There it
is first checked to compute the same numbers as hand-written NumPy, and then takes turns with it; a
ratio is (its time) / (NumPy's), the median of neighbouring turns. What fails is shown as failed,
and what is lost as lost. Writes benchmarks/results/NAME.json and NAME.html.
"""

import argparse
import datetime
import json
import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

import footprint
import page
from processes import HERE, ask
from suite import ENVIRONMENTS, Case, cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case", nargs="?", default="", help="words that the cases' names have")
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that it works")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    chosen = cases(options.case)
    report: dict[str, Any] = {
        "machine": machine(),
        "quick": options.quick,
        "environments": {},
        "cases": [],
        "memory": footprint.memory(options.case, options.quick),
        "imports": footprint.imports(options.case, options.quick),
    }
    if not chosen and not report["memory"] and not report["imports"]:
        sys.exit(f"no case has {options.case!r} in its name; there are:\n{names(cases())}")
    for threads in options.threads:
        if threads > report["machine"]["cores"]:
            print(f"This machine has no {threads} cores to run on.")
            continue
        for case in chosen:
            print(f"{case.name}, {threads} thread{'s' * (threads > 1)}")
            entry = {"name": case.name, "threads": threads}
            entry |= {"target": case.target, "against": case.against}
            entry["results"] = run(case, threads, options.quick, report["environments"])
            report["cases"].append(entry)
            write(report, options.case)  # all of it takes hours: what is there stays there
    print(f"Written: {' and '.join(write(report, options.case))}")


def run(case: Case, threads: int, quick: bool, environments: dict[str, Any]) -> dict[str, Any]:
    """What came of each implementation; `environments` takes what each environment is."""
    found: dict[str, Any] = {}
    for folder, packages in ENVIRONMENTS.items():
        for name in packages:
            if name in case.builders:
                command = ["contest.py", case.name, name, *["--quick"] * quick]
                answer = ask(folder, *command, threads=threads)
                found[name] = answer.get("result", answer)
                if "environment" in answer:
                    known = environments.setdefault(folder, answer["environment"])
                    known["versions"] |= answer["environment"]["versions"]
                print(f"  {name:<16}{words(found[name])}", flush=True)
    return found


def write(report: dict[str, Any], words: str) -> list[str]:
    """Write the results as JSON and as a page; their names."""
    stem = re.sub(r"\W+", "-", words).strip("-") or "all"
    files = {"json": json.dumps(report, indent=1) + "\n", "html": page.page(report)}
    (HERE / "results").mkdir(exist_ok=True)
    for kind, text in files.items():
        (HERE / "results" / f"{stem}.{kind}").write_text(text, encoding="utf-8")
    return [f"benchmarks/results/{stem}.{kind}" for kind in files]


def words(result: dict[str, Any]) -> str:
    if "error" in result:
        return f"failed: {result['error']}"
    ratio, spread, microseconds = result["ratio"], result["spread"], result["reference_us"]
    return f"{ratio:7.2f} ± {spread:.2f}  (NumPy: {microseconds:.0f} µs)"


def names(chosen: list[Case]) -> str:
    return "\n".join(f"  {case.name}" for case in chosen)


def machine() -> dict[str, Any]:
    """What the figures depend on: the processor, and how busy it was with other things."""
    processor = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"model name\s*: (.*)", info.read_text())
        processor = found[1] if found else processor
    affinity = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))
    return {
        "processor": processor or platform.machine(),
        "cores": len(affinity(0)),
        "system": platform.system(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "date": datetime.date.today().isoformat(),
    }


if __name__ == "__main__":
    main()
