"""The README's Python runs as it stands there, from top to bottom, and says what is quoted."""

import re
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = list(re.finditer(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))


def run(block: re.Match[str], names: dict[str, Any], old: str = "", new: str = "") -> None:
    """Run a block, whose lines have the numbers that they have in the file."""
    code = block[1].replace(old, new) if old else block[1]
    lines = TEXT.count("\n", 0, block.start(1))
    exec(compile("\n" * lines + code, README, "exec"), names)


def test_the_blocks_of_python_run_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    assert BLOCKS, "README.md has no block of Python"
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in BLOCKS:
        run(block, names)
        printed = capsys.readouterr().out.splitlines()
        for quoted in re.findall(r"print\(.*\)  # ([-\d. ]+\d):", block[1]):
            assert quoted in printed


def test_what_is_said_of_a_wrong_rule_is_what_is_quoted() -> None:
    (block,) = (block for block in BLOCKS if "check_op(swish" in block[1])
    names: dict[str, Any] = {}
    with pytest.raises(AssertionError, match="swish"):
        run(block, names, "(1 - ans)", "(1 + ans)")
    with pytest.raises(AssertionError, match="swish") as caught:
        names["check_op"](names["swish"], names["real"])
    assert textwrap.indent(str(caught.value), "    ") in TEXT


def test_what_debug_says_is_what_is_quoted() -> None:
    x = autograd.Tensor([1.0, 0.0], requires_grad=True)
    (quoted,) = re.findall(r"^    (-inf appeared in .*)$", TEXT, re.MULTILINE)
    said = re.escape(quoted).replace("7", r"\d+")
    with pytest.raises(FloatingPointError, match=said), autograd.debug():
        x = x * 1
        np.log(x).sum().backward()
