"""Every example runs as a user runs it, ends well, and prints the numbers that it is about."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))

# What each example prints, in this order; in these patterns a space stands for any blanks or none.
STEP_OF_TWO_THREE_ONE = [
    r"\[6\.0, 7\.0, -1\.0\]",
    r"\b162\.0",
    r"\[108\.0, 126\.0, 0\.0\]",
    r"\[18\.0, 36\.0, 54\.0\]",
    r"\[\[18\.0, 36\.0\], \[36\.0, 72\.0\], \[0\.0, 0\.0\]\]",
    r"\[\[0\.82, 1\.64\], \[-3\.36, 3\.28\], \[1\.0, -1\.0\]\]",
    r"\[-0\.08, 0\.74, 3\.0\]",
]
PRINTED = {
    "neuron": [
        r"\b0\.84",
        r"0\.6984652160",
        r"\b0\.0000000000",  # the ReLU of a negative sum
        r"0\.6570104627",
        r"0\.6341355910",
        r"\b1\.19\b",
        r"0\.76674106",
    ],
    "small_networks": [
        r"\[0\.4, 0\.3, 0\.05\]",
        r"0\.6399160967",
        r"0\.645656306",
        r"0\.682765.*0\.7593815",
        r"0\.416375",
    ],
    "two_three_one": [
        *STEP_OF_TWO_THREE_ONE,  # with Values
        *STEP_OF_TWO_THREE_ONE,  # with Tensors
        r"0\.5080 4\.0080 0\.5080 4\.0080",
        r"0\.1182 3\.4862 0\.1182 3\.4862",
        r"0\.0000 3\.0034 0\.0000 3\.0034",
        r"No gradient flows to row 3: its pre-activation",
        r"out/two_three_one\.dot",
        r"out/two_three_one_zoomed\.dot",
    ],
    "xor": [r"4 of 4", r"0 of 4", r"4 of 4", r"out/xor\.png"],
    "moons": [r"Training accuracy: 100%", r"out/moons\.png"],
    "see_it": [
        r"∂loss/∂layers\.0\.weight = \[\[18, 36\], \[36, 72\], \[ 0, 0\]\]",
        r"No gradient flows to row 3",
        r"out/see_it\.html",
        r"out/see_it\.(svg|dot)",
    ],
    "test_your_gradient": [
        r"the gradient is half the slope",
        r"repeat check_grads\(loss,",
        r"With the 2: right",
        r"the gradient is 0, but the value moves",
        r"At \[0\.2, 0\.9\]: right",
        r"repeat check_call\(my_clip, np\.array\(",
        r"right at a kink",
    ],
    "gaussian_process": [r"fitted: log likelihood 7\.4763", r"noise 0\.1116"],
    "lstm_text": [r"recited \(100% right\)"],
    "lbfgs": [r"321 parameters", r"L-BFGS is more than 10 times closer"],
    "fluid": [r"at last: .* 0\.0108"],
    "digits": [r"Test accuracy: (9[789]|100)(\.\d+)?%", r"out/digits\.png"],
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
    files = (path.relative_to(tmp_path) for path in tmp_path.rglob("*.*"))
    written = {path.as_posix() for path in files if path.parts[0] != ".hypothesis"}
    assert set(re.findall(r"\bout/[\w./-]*\w", done.stdout)) == written
    assert all((tmp_path / path).stat().st_size for path in written)


def test_every_example_is_known_here() -> None:
    assert {path.stem for path in EXAMPLES} == set(PRINTED)
