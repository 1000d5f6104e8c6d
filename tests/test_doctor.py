"""`python -m autograd doctor`; that it measures, its doctest shows."""

import subprocess
import sys

import pytest

from autograd import doctor
from cases import each

SLOW = {"float32": 100.0, "float64": 50.0}
FAST = {"float32": 180.0, "float64": 60.0}
MIXED = {"float32": 300.0, "float64": 30.0}  # loses where the other gains


@each(
    ("usual", "one", "kernels", "advice"),
    [
        (SLOW, SLOW, {}, ["Nothing to set: what is chosen is the fastest, within a tenth."]),
        (SLOW, SLOW, {"Zen": None, "Haswell": dict(SLOW)}, ["Nothing to set"]),
        (SLOW, SLOW, {"Zen": MIXED}, ["Nothing to set"]),
        (SLOW, SLOW, {"Zen": MIXED, "SkylakeX": FAST}, ["export OPENBLAS_CORETYPE=SkylakeX "]),
        (SLOW, FAST, {"Zen": dict(FAST)}, ["export OPENBLAS_NUM_THREADS=1    # 1.2 to 1.8 times"]),
        (SLOW, SLOW, {"memory kept": FAST}, ["export MALLOC_TOP_PAD_=268435456    # 1.2 to 1.8"]),
        (None, None, {}, ["NumPy itself does not run here"]),
    ],
)
def test_what_gains_is_recommended_and_nothing_else(usual, one, kernels, advice):
    found = doctor._advice({"as it is": usual, "one thread": one, **kernels})
    assert len(found) == len(advice)
    assert all(line.startswith(start) for line, start in zip(found, advice, strict=True))


def test_the_kernel_that_is_used_anyway_is_not_recommended_but_shows_the_noise():
    measured = {"as it is": SLOW, "one thread": SLOW, "Haswell": FAST}
    (said,) = doctor._advice(measured, used="Haswell")
    assert said.startswith("No advice: Haswell, which is used anyway, was 1.2 to 1.8 times")
    (said,) = doctor._advice(measured | {"Haswell": SLOW}, used="Haswell")
    assert said.startswith("Nothing to set")


def test_a_kernel_that_ends_its_process_is_said_to_be_for_another(monkeypatch):
    monkeypatch.setattr(doctor, "PROGRAM", "import os; os.abort()")
    measured = {"as it is": SLOW} | doctor._measured({"SkylakeX": {}}, size=8, rounds=2)
    assert measured["SkylakeX"] is None
    assert "SkylakeX         not for this processor" in list(doctor._table(measured))


@pytest.mark.parametrize("words", [[], ["nurse"]])
def test_an_unknown_command_is_refused_with_the_known_one(words):
    done = subprocess.run(
        [sys.executable, "-m", "autograd", *words], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "doctor" in done.stderr
