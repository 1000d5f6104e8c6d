"""The README's Python runs as it stands there, from top to bottom, and prints what it says."""

import doctest
import re
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


def test_the_blocks_of_python_run_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    text = README.read_text(encoding="utf-8")
    blocks = list(re.finditer(r"^```(?:python|pycon)\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    assert blocks, "README.md has no block of Python"
    names: dict[str, object] = {"__name__": "__main__"}
    for block in blocks:
        code, line = block[1], text.count("\n", 0, block.start(1))
        if code.lstrip().startswith(">>>"):
            test = doctest.DocTestParser().get_doctest(code, names, "README.md", str(README), line)
            flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            result = doctest.DocTestRunner(optionflags=flags).run(test, clear_globs=False)
            assert result.failed == 0, capsys.readouterr().out
            names = test.globs
        else:
            exec(compile("\n" * line + code, README, "exec"), names)
