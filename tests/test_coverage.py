"""Every public name of NumPy's is in a list: it has a derivative, or a reason for having none.

Those of np.linalg, np.fft and np.emath too.
"""

import re
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd.primitive import COMPOSED, CONSTANTS, REFUSED, TABLE
from domains import ENTRIES

README = Path(__file__).parent.parent / "README.md"

# What takes no array of numbers that a program could differentiate by.
ELSE = {
    "makes an array, which has no history yet; autograd.numpy's takes lists of Tensors": """
        arange array asanyarray asarray asarray_chkfinite ascontiguousarray asfortranarray asmatrix
        bartlett blackman bmat diag_indices empty eye frombuffer from_dlpack fromfile fromfunction
        fromiter fromregex fromstring full genfromtxt hamming hanning identity indices kaiser load
        loadtxt mask_indices ones require tri tril_indices triu_indices zeros""",
    "is about types, shapes or how something is called": """
        base_repr binary_repr broadcast_shapes datetime_data format_float_positional
        format_float_scientific frompyfunc get_include getbufsize geterr geterrcall
        get_printoptions info isdtype isfortran isscalar issubdtype iterable mintypecode
        nested_iters printoptions promote_types set_printoptions setbufsize seterr seterrcall
        show_config show_runtime test typename linalg.test fft.test""",
    "is another name of what calls np.vstack": "row_stack",
}


def functions() -> dict[str, Any]:
    """NumPy's public functions by name, those of np.linalg and np.fft too."""
    found = {}
    spaces = (("", np), ("linalg.", np.linalg), ("fft.", np.fft), ("emath.", np.emath))
    for prefix, module in spaces:
        for name in dir(module):
            if not name.startswith("_") and name not in ("trapz", "in1d"):  # gone in NumPy 2.4
                value = getattr(module, name)
                if callable(value) and not isinstance(value, type | types.ModuleType):
                    found[prefix + name] = value
    return found


FUNCTIONS = functions()
TABLES = (TABLE, COMPOSED, CONSTANTS, REFUSED)


def test_every_function_of_numpys_is_in_a_list() -> None:
    others = " ".join(ELSE.values()).split()
    for name, function in FUNCTIONS.items():
        known = any(function in table for table in TABLES)
        assert known or name in others, (
            f"np.{name} has no entry: give it a rule, a composition, or a reason for having none"
        )
        assert not (known and name in others), f"np.{name} is in a table and among other things"


def test_what_the_readme_says(capsys: pytest.CaptureFixture[str]) -> None:
    ours = [f for f in FUNCTIONS.values() if f in ENTRIES]
    constant = [f for f in FUNCTIONS.values() if f in CONSTANTS]
    refused = [f for f in FUNCTIONS.values() if f in REFUSED]
    methods = [f for f in ENTRIES if isinstance(getattr(f, "__self__", None), np.ufunc)]
    line = (
        f"NumPy {np.__version__}: {len(ours)} functions have a derivative, and "
        f"{len(methods)} methods of ufuncs; {len(constant)} are constants, "
        f"{len(refused)} are refused with a reason"
    )
    with capsys.disabled():
        print(f"\n{line}")
    text = " ".join(README.read_text(encoding="utf-8").split())
    said = re.findall(r"NumPy ([\d.]+): \d+ functions have a derivative", text)
    assert len(said) == 1
    assert said != [np.__version__] or line in text
