"""The faults of mutants.py can be planted; mutations.py tells which of them are noticed."""

import re
import textwrap
from collections import Counter
from pathlib import Path

import pytest

import mutations
from mutants import FAULTS, Fault

each_fault = pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])


@each_fault
def test_a_fault_has_one_place_and_compiles(fault: Fault) -> None:
    text = (mutations.ROOT / fault.file).read_text(encoding="utf-8")
    wrong = mutations.replaced(text, fault)
    assert wrong != text
    compile(wrong, fault.file, "exec")


def test_the_faults_are_many_different_and_spread_out() -> None:
    assert len(FAULTS) >= 40
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert len({(fault.file, fault.before, fault.after) for fault in FAULTS}) == len(FAULTS)
    folders = Counter(re.sub(r"[^/]*$", "", fault.file) for fault in FAULTS)
    assert min(folders[folder] for folder in ("autograd/", "autograd/rules/", "nn/")) >= 10
    assert {fault.file for fault in FAULTS} <= {
        str(path.relative_to(mutations.ROOT)) for path in mutations.ROOT.glob("*/**/*.py")
    }


# The script itself, on a project of two functions and three tests.

TESTS = """
    from pathlib import Path

    import half
    import pytest

    def test_half() -> None:
        assert half.half(4) == 2

    def test_the_end() -> None:
        half.count_down(3)

    def test_that_always_fails() -> None:
        assert not Path("always").exists()
"""
HALF = """
    def half(x):
        return x / 2

    def count_down(n):
        while n > 0:
            n -= 1

    unused = 1
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest -p no:xdist")  # 5x faster
    (tmp_path / "half.py").write_text(textwrap.dedent(HALF))
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_half.py").write_text(textwrap.dedent(TESTS))
    return tmp_path


def fault(before: str, after: str, first: str = "half: end") -> Fault:
    return Fault(f"{before} → {after}", "a reason", "half.py", first, before, after)


def test_what_kills_is_told_and_what_survives(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = [fault("x / 2", "x // 3"), fault("unused = 1", "unused = 2")]
    assert mutations.hunt(project, faults, jobs=2) == 1
    lines = [re.sub(r" \[\d+ s\]", "", line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(lines) == [
        "killed 1/2",
        "surviving: unused = 1 → unused = 2",
        "unused = 1 → unused = 2: SURVIVES: a reason (half.py)",
        "x / 2 → x // 3: killed by tests/test_half.py::test_half",
    ]
    assert "x / 2" in (project / "half.py").read_text()


def test_all_killed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mutations.hunt(project, [fault("def half", "def half2", first="half: half")], 2) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "killed 1/1"


def test_a_run_without_an_end_counts_as_killed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutations, "LIMIT", 2)
    killer = mutations.killer_of(fault("n -= 1", "n += 1"), project)
    assert killer == "a run that does not end in 2 s"


def test_a_test_that_fails_anyway_kills_nothing(project: Path) -> None:
    (project / "always").touch()
    with pytest.raises(RuntimeError, match="always_fails fails without the fault unused = 1"):
        mutations.killer_of(fault("unused = 1", "unused = 2"), project)
    assert "unused = 1" in (project / "half.py").read_text()


def test_tests_that_are_not_there_are_an_error(project: Path) -> None:
    with pytest.raises(RuntimeError, match=r"test_third.py -k half can't run:(?s:.)*not found"):
        mutations.killer_of(fault("x / 2", "x / 3", first="third: half"), project)
    with pytest.raises(RuntimeError, match=r"-k nothing can't run:"):
        mutations.killer_of(fault("x / 2", "x / 3", first="half: nothing"), project)


@pytest.mark.parametrize(("before", "count"), [("x / 3", 0), ("n", 7)])
def test_a_fault_needs_exactly_one_place(project: Path, before: str, count: int) -> None:
    with pytest.raises(ValueError, match=rf"half.py once, but it is there {count} times"):
        mutations.killer_of(fault(before, "pass"), project)


def test_the_list_names_and_explains(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutations.main(["--list", "--only", "cos-sign"]) == 0
    assert capsys.readouterr().out == (
        "cos-sign: the slope of cos lost its minus (autograd/rules/transcendental.py)\n"
    )
    with pytest.raises(SystemExit, match="2"):
        mutations.main(["--only", "no such fault"])
    assert "no fault has 'no such fault' in its name" in capsys.readouterr().err
