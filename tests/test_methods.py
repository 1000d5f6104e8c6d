"""The methods of Tensor take what those of ndarray take, by the same names in the same order."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from autograd import Tensor
from cases import each

# The parameters of an ndarray's methods that are not those of NumPy's function after the first.
PARAMETERS = {
    "astype": "dtype order casting subok copy",
    "clip": "min max out",
    "compress": "condition axis out",
    "conj": "",
    "conjugate": "",
    "dot": "other out",
    "fill": "value",
    "flatten": "order",
    "item": "*",
    "put": "indices values mode",
    "reshape": "* order copy",
    "tolist": "",
    "transpose": "*",
}
# What a Tensor's methods may lack: where to write, how to lay out, how to cast.
OPTIONAL = {"out", "order", "casting", "subok", "copy", "mean", "correction"}

NAMES = sorted(
    name
    for name in dir(Tensor)
    if not name.startswith("_") and callable(getattr(Tensor, name)) and hasattr(np.ndarray, name)
)


def parameters(function):
    return list(inspect.signature(function).parameters.values())[1:]


def named(parameters):
    return ["*" if p.kind is p.VAR_POSITIONAL else p.name for p in parameters]


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_those_of_ndarrays_method(name):
    ours = parameters(getattr(Tensor, name))
    if name in PARAMETERS:
        theirs = PARAMETERS[name].split()
    else:
        theirs = named(parameters(getattr(np, name)))
    positional = named(p for p in ours if p.kind is not p.KEYWORD_ONLY)
    assert positional == theirs[: len(positional)]
    assert named(ours) == [n for n in theirs if n in named(ours)]
    assert set(theirs) - set(named(ours)) <= OPTIONAL


X = np.array([[1.5, -2.0, 0.25], [0.5, 3.0, -1.0]])
MASK = np.array([True, False, True])


@each(
    "name, args, options",
    [
        ("sum", (0,), {"where": MASK}),
        ("sum", (), {"initial": 2.0, "keepdims": True}),
        ("sum", (1, np.float32), {"initial": 2.0}),
        ("mean", (1,), {"where": MASK}),
        ("max", (1,), {"where": MASK, "initial": 0.0}),
        ("min", (), {"initial": -3.0}),
        ("prod", (0, np.float32), {}),
        ("prod", (1,), {"initial": 2.0, "where": MASK}),
        ("var", (0, np.float32), {}),
        ("var", (1,), {"ddof": 1, "keepdims": True}),
        ("std", (None, np.float32), {"ddof": 1}),
        ("std", (1,), {"where": MASK}),
        ("cumsum", (1, np.float32), {}),
        ("cumprod", (None, np.float32), {}),
        ("trace", (1, 0, 1, np.float32), {}),
        ("argmax", (1,), {"keepdims": True}),
        ("argmin", (), {}),
        ("any", (0,), {"where": MASK}),
        ("all", (), {"keepdims": True}),
        ("argpartition", (1, 0, "introselect"), {}),
    ],
)
def test_values_are_those_of_ndarrays_method(name, args, options):
    expected = getattr(X, name)(*args, **options)
    found = getattr(Tensor(X, requires_grad=True), name)(*args, **options)
    if isinstance(found, Tensor):
        assert found.requires_grad
        found = found.data
    else:
        assert expected.dtype.kind in "bi"
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_methods_with_where_and_initial_are_recorded():
    t = Tensor(X, requires_grad=True)
    (
        t.sum(1, where=MASK) + t.max(1, where=MASK, initial=1.0) + t.prod(1, initial=2.0)
    ).sum().backward()
    others = np.array([[-0.5, 0.375, -3.0], [-3.0, -0.5, 1.5]])
    assert_array_equal(t.grad, [[2, 0, 1], [1, 0, 1]] + 2 * others)
