"""The benchmarks compare the same work: what is timed computes what hand-written NumPy does."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))
try:
    import page
    import processes
    from suite import ENVIRONMENTS, Contestant, cases, check
finally:
    sys.path.remove(str(ROOT / "benchmarks"))

# The large networks differ from the small ones in size only; others are checked on few numbers.
SMALL = [case for case in cases() if getattr(case.checked, "batch", 0) < 128]


OURS = [(case, name) for case in SMALL for name in case.builders if name.startswith("ours")]


@pytest.mark.parametrize(("case", "name"), OURS, ids=[f"{case.name} {name}" for case, name in OURS])
def test_ours_is_the_same_work(case, name):
    check(case, name)


TRAINING = [case for case in SMALL if hasattr(case.timed, "rate")]


@pytest.mark.parametrize("case", TRAINING, ids=lambda case: case.name)
def test_other_work_is_noticed(case):
    """A step at half the rate: another state after the first step, another loss after the next."""
    other = case.builders["ours"]
    slow = replace(
        case, builders={"slow": lambda p: other(replace(p, rate=p.rate / 2))}, tolerance=1e-3
    )
    with pytest.raises(AssertionError, match="slow: "):
        check(slow, "slow")


@pytest.mark.parametrize(
    "words",
    [
        "program: slices of 1,000",
        "Hessian: Rosenbrock, n = 30",
        "draw: 30 nodes of a V",
        "overhead: 20 exp, forward",
        "overhead: 20 slice, backward",
        "indexing: x[mask]",
        "x² (3 − x) on 1,000,000 float64",
        "fan of 100 on a Value",
        "power tanh",
    ],
)
def test_another_result_is_noticed(words):
    """Where there is no loss, or it is the same."""
    (case,) = cases(words)

    def wrong(problem):
        step, state = case.builders["ours"](problem)
        return Contestant(step, lambda: [1.001 * array for array in state()])

    with pytest.raises(AssertionError, match="wrong: array 0 of "):
        check(replace(case, builders={"wrong": wrong}), "wrong")


def test_another_dtype_is_noticed():
    case = cases("XOR 2-4-1 b4 float32 SGD")[0]

    def promoted(problem):
        step, state = case.reference(problem)
        return Contestant(step, lambda: [array.astype(np.float64) for array in state()])

    with pytest.raises(AssertionError, match="promoted: float64 for float32"):
        check(replace(case, builders={"promoted": promoted}), "promoted")


PEAK = """
import sys
sys.path.insert(0, {benchmarks!r})
import peak
import numpy as np
from suite import Case, Contestant

def build(megabytes):
    kept = np.ones(megabytes * 125_000)
    return Contestant(lambda: np.ones(2_500_000).sum(), lambda: [kept])

print(peak.megabytes(Case("case", 5, 10, build, {{}}, 0), build))
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak.py needs Linux")
def test_peak_memory_is_what_is_kept_and_what_a_step_needs_for_a_moment():
    """Ten megabytes, and twenty within each step."""
    code = PEAK.format(benchmarks=str(ROOT / "benchmarks"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) == pytest.approx(30, abs=3)


def test_a_missing_environment_is_an_answer():
    assert processes.ask(".venv-none") == {"error": "no .venv-none: make bench makes it"}


def test_every_case_has_its_own_name():
    names = [case.name for case in cases()]
    assert len(set(names)) == len(names)


def test_every_implementation_has_an_environment_and_a_colour():
    known = {name for names in ENVIRONMENTS.values() for name in names}
    assert {name for case in cases() for name in case.builders} == known
    assert len(known) <= len(set(page.COLOURS))


def test_the_page_tells_losses_and_failures():
    won, lost = {"ratio": 1.5, "spread": 0.1, "reference_us": 40}, {"error": "no <peer>"}
    results = [
        {"ours": won, "peer": {**won, "ratio": 1.2}},
        {"ours": won, "peer": {**won, "ratio": 5.0}},
        {"ours": won, "peer": lost},
    ]
    report = {
        "machine": {
            "processor": "A & B", "cores": 2, "system": "Linux", "python": "3.11.7",
            "load": 0.5, "date": "2026-01-01",
        },
        "quick": True,
        "environments": {},
        "cases": [
            {"name": f"case {i}", "threads": 1, "target": 1.5, "against": "NumPy", "results": each}
            for i, each in enumerate(results)
        ],
    }  # fmt: skip
    text = page.page(report)
    assert "Ahead of peer in 1 of 2 cases; behind in case 0 (1.50 to 1.20)." in text
    assert "Within its target in 3 of 3 cases." in text
    report["cases"][0].update(target=1 / 80, against="peer")
    text = page.page(report)
    assert "Within its target in 2 of 3 cases." in text
    assert "1/80 of peer" in text
    assert "no &lt;peer&gt;" in text
    assert "A quick run" in text
    assert "NumPy, MB" not in text
    heavy = {"ratio": 1.37, "spread": 0.02, "reference_mb": 6.9}
    report["memory"] = [
        {"name": "case", "target": 1.15, "against": "NumPy", "results": {"ours": heavy}}
    ]
    report["imports"] = {
        "ours": {"numpy_ms": 100, "added_ms": 90, "spread": 3, "target_ms": 40},
        "peer": lost,
    }
    text = page.page(report)
    assert "Within its target in 0 of 1 cases." in text
    assert "NumPy, MB" in text
    assert "<th>ours<td>90 ± 3<td>1.90<td>40" in text
