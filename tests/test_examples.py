"""Every example runs as a user runs it, ends well, and prints the numbers that it is about."""

import os
import re
import runpy
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
        r"loss = 0\.5·\(y − t\)² = 162",
        r"No gradient flows to row 3.*: its pre-activation",
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
    "digits": [r"Test accuracy: (9[89]|100)(\.\d+)?%", r"out/digits_hardest\.png"],
    "breast_cancer": [r"Accuracy: 9[6789]\.\d+%", r"out/breast_cancer\.png"],
    "diabetes": [r"Ridge:", r"Network:", r"The network is at least as good"],
    "wine": [r"Accuracy: 9[789]\.\d+%", r"out/wine\.png"],
    "conv_digits": [r"Test accuracy: (98\.[5-9]|99|100)"],
    "char_lstm": [r"new text: 2\.[5-9]\d bits a letter", r"Shall I "],
    "transformer": [r"new text: 2\.[5-9]\d bits a letter", r"Shall I "],
    "what_goes_wrong": [
        r"Trained to the end: error 0\.0\d+ .* 0\.3\d+ on new",
        r"Stopped early: error 0\.1\d+ .* 0\.2\d+ on new",
        r"sigmoid: 50\.0% right gradients vanish",
        r"elu: 9[89]\.\d% right Nothing is wrong",
        r"rate 3: 50\.0% right dead ReLUs.* 16 of 16 in layers\.1",
        r"rate 0\.3: 9[89]\.\d% right Nothing is wrong",
        r"out/dying_relus\.png",
    ],
}
# Those that take long run to their end in `make test-deep` only; with --quick, they go through all
# of their code with next to no training, and print this, with worse numbers.
LONG = {
    "digits": r"Test accuracy: \d+",
    "breast_cancer": r"Accuracy: \d+",
    "diabetes": r"Network:",
    "wine": r"Accuracy: \d+",
    "conv_digits": r"Test accuracy: \d+",
    "char_lstm": r"new text: \d\.\d+ bits",
    "transformer": r"new text: \d\.\d+ bits",
    "what_goes_wrong": r"learning rate 0\.3",
    "lstm_text": r"recited \(\d+% right\)",
    "fluid": r"at last: mean squared distance",
}
# Outside of `make test-deep`, most run in the process of the tests: to import Matplotlib and
# scikit-learn again would be most of their time. Not these: the first two are as users run them,
# and the third declares operations, which would stay in the table.
APART = {"neuron", "see_it", "test_your_gradient"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs_and_prints_its_numbers(
    example: Path,
    tmp_path: Path,
    pytestconfig: pytest.Config,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What it writes goes to out/ under the current folder."""
    name = example.stem
    if name in APART or pytestconfig.getoption("gradients") == "deep":
        check(printed_by(example, tmp_path), PRINTED[name], tmp_path)
        return
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(example), "--quick"])
    runpy.run_path(str(example), run_name="__main__")
    check(capsys.readouterr().out, [LONG[name]] if name in LONG else PRINTED[name], tmp_path)


def printed_by(example: Path, folder: Path) -> str:
    """What the example prints as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(example)],
        cwd=folder,
        env={**os.environ, "MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def check(printed: str, patterns: list[str], folder: Path) -> None:
    """The patterns are there, in their order, and the files are those that were announced."""
    place = 0
    for pattern in patterns:
        match = re.compile(pattern.replace(" ", r"\s*")).search(printed, place)
        assert match, f"no {pattern!r} from character {place} on in:\n{printed}"
        place = match.end()
    files = (path.relative_to(folder) for path in folder.rglob("*.*"))
    written = {path.as_posix() for path in files if path.parts[0] != ".hypothesis"}
    assert set(re.findall(r"\bout/[\w./-]*\w", printed)) == written
    assert all((folder / path).stat().st_size for path in written)


def test_every_example_is_known_here() -> None:
    assert {path.stem for path in EXAMPLES} == set(PRINTED)
