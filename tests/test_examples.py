"""Every example runs as a user runs it, ends well, and prints the numbers that it is about."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))

# What each example prints, in this order; in these patterns a space stands for any blanks or none.
PRINTED = {
    "neuron": [r"0\.84\b", r"0\.69846521", r"0\.65701046", r"1\.19\b", r"0\.76674106"],
    "two_three_one": [r"\b162\b", r"\b108\b", r"0\.5080 .*4\.0080", r"0\.1182 .*3\.4862", r"out/"],
    "xor": [r"out/\S+\.png"],
    "moons": [r"\b100(\.0+)? ?%"],
    "digits": [r"\b(9[789]|100)(\.\d+)? ?%", r"out/\S+\.png"],
}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs_and_prints_its_numbers(example: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(example)],
        cwd=tmp_path,  # what it writes goes to out/ under the current folder
        env={**os.environ, "MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    place = 0
    for pattern in PRINTED[example.stem]:
        match = re.compile(pattern.replace(" ", r"\s*")).search(done.stdout, place)
        assert match, f"no {pattern!r} from character {place} on in:\n{done.stdout}"
        place = match.end()
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert set(re.findall(r"\bout/[\w./-]*\w", done.stdout)) == written
    assert all((tmp_path / path).stat().st_size for path in written)


def test_every_example_is_known_here() -> None:
    assert {path.stem for path in EXAMPLES} == set(PRINTED)
