"""The pytest plugin, in runs of pytest of its own."""

import os
import re
from importlib.metadata import entry_points

import pytest

import autograd.testing
import pytest_chainrule
from autograd.testing import operation

pytest_plugins = "pytester"

# A test file of a user, with a wrong gradient in it, and a right one.
WAVE = """
import numpy as np
import pytest

X = np.array([0.5, 2.0])

def wave(x):
    return np.sum(np.sin(x))

def test_wrong(check_grads):
    check_grads(wave, X, grad=lambda x: -np.cos(x))

def test_right(check_grads):
    check_grads(wave, X, grad=lambda x: np.cos(x))
    check_grads(wave, X)

def test_something_else():
    raise AssertionError("  repeat after me")
"""
REPEAT = "check_grads(wave, np.array([0.5, 2. ]), grad=lambda x: -np.cos(x))"


def test_installing_the_project_installs_the_plugin() -> None:
    (found,) = [e for e in entry_points(group="pytest11") if e.name == "chainrule"]
    assert found.load() is pytest_chainrule


def test_the_fixture_is_the_function(check_grads: object) -> None:
    assert check_grads is autograd.testing.check_grads


def test_the_line_that_repeats_a_failure_is_printed_at_the_end(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_wave=WAVE)
    result = pytester.runpytest("--tb=no")
    result.assert_outcomes(passed=1, failed=2)
    assert summary(result) == ["test_wave.py::test_wrong", f"  {REPEAT}"]


def test_the_line_comes_from_other_processes_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_wave=WAVE)
    result = pytester.runpytest_subprocess("-n1")
    assert summary(result) == ["test_wave.py::test_wrong", f"  {REPEAT}"]


def test_a_run_in_which_no_gradient_is_wrong_prints_no_section(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_wave=WAVE)
    result = pytester.runpytest("-k", "right or else")
    result.assert_outcomes(passed=1, failed=1, deselected=1)
    result.stdout.no_fnmatch_line("*gradients to look at again*")


def test_the_line_of_check_op_is_printed_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_square="""
        from autograd.testing import check_op
        from autograd.testing.strategies import real

        def square(x):
            return x * x.data

        def test_square():
            check_op(square, real)
    """
    )
    test, line = summary(pytester.runpytest())
    assert test == "test_square.py::test_square"
    assert re.fullmatch(r"  check_call\(square, np.array\(.*\)\)", line)


FAILURES = """
import pytest

def failure(call, *notes):
    error = AssertionError(f"is wrong\\n  verdict     wrong\\n  repeat      {call}")
    for note in notes:
        error.add_note(note)
    return error

def test_several():
    one, other = failure("check_grads(f, 1.0)"), failure("check_call(g, '()')")
    raise ExceptionGroup("Hypothesis found 3", [one, ExceptionGroup("2", [other, one])])

def test_in_a_note():
    raise failure("nothing(1)", "at some place\\n  repeat      check_call(f, 2.0)\\nsomehow")

@pytest.fixture
def checked():
    raise failure("check_grads(f, 3.0)")

def test_in_a_fixture(checked):
    pass

@pytest.mark.xfail
def test_that_is_known_to_fail():
    raise failure("check_grads(f, 4.0)")

def test_that_catches_it():
    with pytest.raises(AssertionError):
        raise failure("check_grads(f, 5.0)")
"""


def test_every_line_is_found_wherever_it_is_in_the_failure(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_failures=FAILURES, test_typo="import nothing_of_that_name")
    result = pytester.runpytest("--continue-on-collection-errors")
    result.assert_outcomes(failed=2, errors=2, xfailed=1, passed=1)
    assert summary(result) == [
        "test_failures.py::test_several",
        "  check_grads(f, 1.0)",
        "  check_call(g, '()')",
        "test_failures.py::test_in_a_note",
        "  check_call(f, 2.0)",
        "test_failures.py::test_in_a_fixture",
        "  check_grads(f, 3.0)",
    ]


def test_runs_that_check_no_gradient_pay_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys

        def test_nothing_is_imported():
            assert "pytest_chainrule" in sys.modules
            assert not {"autograd", "nn", "numpy", "hypothesis"} & set(sys.modules)
    """)
    pytester.runpytest_subprocess("--gradients=deep").assert_outcomes(passed=1)


def test_settings_of_other_tests_stay(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        from hypothesis import settings

        def test_settings():
            assert settings().max_examples == 100
    """)
    pytester.runpytest_subprocess("--gradients=deep").assert_outcomes(passed=1)


def test_without_hypothesis_check_grads_works(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_wave=WAVE, hypothesis="raise ImportError('not installed')")
    result = pytester.runpytest_subprocess("-p", "no:hypothesispytest")
    result.assert_outcomes(passed=1, failed=2)
    assert summary(result) == ["test_wave.py::test_wrong", f"  {REPEAT}"]


@pytest.mark.parametrize(
    ("environment", "options", "profile"),
    [
        ({}, [], "fast"),
        ({"CI": "true"}, [], "ci"),
        ({"CI": ""}, [], "fast"),
        ({"CI": "true"}, ["--gradients=fast"], "fast"),
        ({}, ["--gradients=deep"], "deep"),
    ],
)
def test_the_option_chooses_the_profile(
    environment: dict[str, str],
    options: list[str],
    profile: str,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CI", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(pytest_chainrule.VARIABLE, "another")
    pytester.makepyfile(f"""
        import os
        import pytest_chainrule

        def test_profile():
            assert os.environ[pytest_chainrule.VARIABLE] == {profile!r}
    """)
    pytester.runpytest(*options).assert_outcomes(passed=1)
    assert os.environ[pytest_chainrule.VARIABLE] == "another"


@pytest.mark.parametrize(("profile", "examples"), [("fast", 2), ("ci", 3), ("deep", 5)])
def test_check_op_tries_as_many_calls_as_the_profile_says(
    profile: str, examples: int, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []
    monkeypatch.setattr(operation, "CHECKS", [tried.append])
    monkeypatch.setitem(operation.EXAMPLES, profile, examples)
    pytester.makepyfile("""
        import numpy as np
        from autograd.testing import check_op
        from autograd.testing.strategies import real

        def test_tanh():
            check_op(np.tanh, real)
    """)
    pytester.runpytest(f"--gradients={profile}").assert_outcomes(passed=1)
    assert len(tried) == examples


def test_the_profiles_are_those_of_check_op() -> None:
    assert tuple(operation.EXAMPLES) == pytest_chainrule.PROFILES
    assert operation.PROFILE == pytest_chainrule.VARIABLE


def test_the_option_refuses_what_it_does_not_know(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--gradients=slow")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--gradients: invalid choice: 'slow' (choose from*fast*ci*deep*"])


def summary(result: pytest.RunResult) -> list[str]:
    """The lines of the section."""
    text = re.split(r"^=+ (.+) =+$", result.stdout.str(), flags=re.MULTILINE)
    sections = dict(zip(text[1::2], text[2::2]))
    return sections.get("gradients to look at again", "").strip("\n").splitlines()
