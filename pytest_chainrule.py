"""What `autograd.testing` adds to pytest: a fixture, an option, a summary.

It stands outside of `autograd`, because pytest imports it at the start of every run: it costs
nothing there, imports the engine only when a test does, and leaves all other tests as they are.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

PROFILES = "fast", "ci", "deep"
VARIABLE = "CHAINRULE_GRADIENTS"  # where autograd.testing finds the profile


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--gradients`."""
    parser.getgroup("autograd", "gradients (autograd.testing)").addoption(
        "--gradients",
        choices=PROFILES,
        default="ci" if os.environ.get("CI") else "fast",
        help="how many calls check_op tries of each operation: fast = a few, for while you work; "
        "ci = more, the same on every run; deep = a thousand, for a night. The default is fast, or "
        "ci where the environment variable CI is set.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Tell `autograd.testing` the profile, until the run is over."""
    patch = pytest.MonkeyPatch()
    patch.setenv(VARIABLE, config.getoption("gradients"))
    config.add_cleanup(patch.undo)


@pytest.fixture(scope="session")
def check_grads() -> Callable[..., None]:
    """The function `autograd.testing.check_grads`: is this gradient right?"""
    from autograd.testing import check_grads

    return check_grads


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep the lines that repeat a failure with its report, which may come from another process."""
    report = yield
    if report.failed and call.excinfo is not None:
        found = dict.fromkeys(repeats(call.excinfo.value))
        report.user_properties += [("gradient", line) for line in found]
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print those lines at the end of the run."""
    lines = []
    for outcome in ("failed", "error"):
        for report in terminalreporter.getreports(outcome):
            kept = getattr(report, "user_properties", ())  # which errors of collection lack
            found = [line for name, line in kept if name == "gradient"]
            lines += [report.nodeid, *(f"  {line}" for line in found)] if found else []
    if lines:
        terminalreporter.section("gradients to look at again")
        terminalreporter.write("\n".join(lines) + "\n")


def repeats(error: BaseException) -> Iterator[str]:
    """The calls of check_grads and check_call that repeat a failure, from its message and notes."""
    for text in (str(error), *getattr(error, "__notes__", ())):
        yield from re.findall(r"^ *repeat +(check_\w+\(.*)$", text, re.MULTILINE)
    if isinstance(error, BaseExceptionGroup):  # as Hypothesis raises for several failures
        for each in error.exceptions:
            yield from repeats(each)
