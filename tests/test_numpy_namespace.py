"""autograd.numpy is all of NumPy's namespace, and records what NumPy alone would not."""

import json
import subprocess
import sys

import numpy as np
import pytest

import autograd.numpy as anp
import autograd.numpy.fft
import autograd.numpy.linalg
import autograd.numpy.random
from autograd import Tensor, grad, hessian
from autograd.numpy.creation import TAKE_LISTS
from autograd.numpy.linalg import inv
from autograd.primitive import entry

MODULES = {
    "numpy": (anp, np),
    "linalg": (anp.linalg, np.linalg),
    "fft": (anp.fft, np.fft),
    "random": (anp.random, np.random),
}


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_of_numpy_is_there(name: str) -> None:
    ours, numpys = MODULES[name]
    for each in numpys.__all__:
        value = getattr(ours, each)
        if each not in ("linalg", "fft", "random", *autograd.numpy.creation.__all__):
            assert getattr(numpys, each) in (value, getattr(value, "__wrapped__", None)), each
    assert set(numpys.__all__) <= set(dir(ours))
    assert {each for each in dir(numpys) if not each.startswith("_")} <= set(dir(ours))


@pytest.mark.parametrize("name", MODULES)
def test_star_import_gives_all_of_it(name: str) -> None:
    ours, numpys = MODULES[name]
    found: dict[str, object] = {}
    exec(f"from {ours.__name__} import *", found)
    assert set(numpys.__all__) <= found.keys()


def test_a_name_that_numpy_lacks_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'numpy' has no attribute 'sine'"):
        anp.sine  # noqa: B018
    with pytest.raises(AttributeError, match=r"'autograd\.numpy\.linalg' has no attribute '__p"):
        anp.linalg.__path__  # noqa: B018


def test_modules_import_as_programs_import_them() -> None:
    assert inv is anp.linalg.inv
    assert autograd.numpy.random.default_rng is np.random.default_rng
    assert autograd.numpy.fft is anp.fft
    assert anp.pi is np.pi
    assert anp.newaxis is None
    assert anp.float32 is np.float32
    assert entry(anp.sum) is entry(np.sum)  # the same entry of the table


def test_the_random_state_is_numpys_own() -> None:
    anp.random.seed(3)
    first = anp.random.randn(2)
    np.random.seed(3)  # noqa: NPY002
    np.testing.assert_array_equal(np.random.randn(2), first)  # noqa: NPY002


def test_importing_autograd_imports_none_of_this_layer() -> None:
    program = """
import json, sys
import autograd
first = [name for name in sys.modules if name.startswith("autograd.")]
import numpy as np
state = str(np.random.get_state())
import autograd.numpy, autograd.extend, autograd.misc.optimizers, autograd.test_util
print(json.dumps({"first": first, "same": state == str(np.random.get_state())}))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], check=True, capture_output=True, text=True
    )
    report = json.loads(done.stdout)
    asked_for = {"numpy", "extend", "misc", "test_util", "tracer", "scipy"}
    assert asked_for.isdisjoint(name.split(".")[1] for name in report["first"])
    assert report["same"]


# Each function of x = [2, 3] or t = 2, and its gradient; the values are compared with NumPy's.
MAKES = {
    "array([t, 3.0])": 1,
    "array([[t, 1.0], [t, 3.0 * t]])": 5,
    "array(((t, 1), (x[0], x[1])))": [2, 1],
    "array([x, 2.0 * x])": [3, 3],
    "array([ones(2), x])": [1, 1],
    "array(x)": [1, 1],
    "array(x, ndmin=3)": [1, 1],
    "array(x, float32)": [1, 1],
    "array([t, t], dtype=float32, ndmin=2)": 2,
    "array(x, copy=None)": [1, 1],
    "array(x, copy=False)": [1, 1],
    "asarray(x)": [1, 1],
    "asarray([t, 1.0])": 1,
    "asarray([x, x], dtype='float32')": [2, 2],
    "asanyarray([t, 1.0])": 1,
    "ascontiguousarray(t)": 1,
    "asfortranarray([x, x])": [2, 2],
    "asarray_chkfinite([t, 1.0])": 1,
    "full(3, t)": 3,
    "full((4, 2), x)": [4, 4],
    "full((4, 2), [t, 1.0])": 4,
    "full(3, t, float32)": 3,
    "full_like(ones((2, 3)), t)": 6,
    "full_like(x, t)": [2, 0],
    "full_like(ones(3), t, shape=4)": 4,
    "full_like([1.0, 2.0], x, dtype=float32)": [1, 1],
    "fromiter((t * i for i in range(4)), float)": 6,
    "fromiter([t, t, t], float, count=2)": 2,
    "r_[t, t]": 2,
    "r_[x, 0:2, t, [1.0, t]]": [3, 1],
    "r_[ones((1, 2)), [x]]": [1, 1],
    "c_[x, x]": [2, 2],
    "c_[ones((2, 3)), x]": [1, 1],
    "c_[t, t]": 2,
    # lists with Tensors in them where a function takes an array, or a list of arrays
    "sum([t, t * t])": 5,
    "sum([x, x], axis=0)": [2, 2],
    "mean([t, 3.0 * t])": 2,
    "max([t, 3.0 * t])": 3,
    "where([True, False], [t, t], 0.0)": 1,
    "reshape([t, t], (2, 1))": 2,
    "transpose(a=[x, x])": [2, 2],
    "concatenate([[t], x])": [2, 1],
    "concatenate(([t, 1.0], [2.0]))": 1,
    "stack([[t, 1.0], x])": [2, 1],
}


@pytest.mark.parametrize("expression", MAKES)
def test_what_makes_arrays_records(expression: str) -> None:
    def run(namespace: object, x: object) -> object:
        names = {name: getattr(namespace, name) for name in np.__all__ if name != "float"}
        return eval(expression, {**names, "float": float, "x": x, "t": x[0] if wide else x})

    wide = "x" in expression.replace("max(", "").replace("axis", "")
    x = np.array([2.0, 3.0]) if wide else 2.0
    plain = np.array(run(np, x))
    made = run(anp, Tensor(x, requires_grad=True))
    assert type(made) is Tensor
    assert made.requires_grad
    assert made.dtype == plain.dtype
    np.testing.assert_array_equal(made.data, plain)
    if "float32" not in expression:
        untouched = run(anp, x)
        assert type(untouched) in (np.ndarray, np.float64)
        np.testing.assert_array_equal(untouched, plain)
    gradient = grad(lambda x: anp.sum(run(anp, x)))(x)
    np.testing.assert_array_equal(gradient, MAKES[expression])
    if wide:
        assert not hessian(lambda x: anp.sum(run(anp, x)))(x).any()


def test_a_tensor_is_copied_only_where_numpy_copies() -> None:
    t = Tensor([1.0, 2.0], requires_grad=True)
    assert anp.asarray(t) is t
    assert anp.array(t, copy=False) is t
    assert anp.array(t) is not t
    assert anp.asarray(t, copy=True) is not t
    assert anp.asarray(t, dtype=float) is t


def test_an_array_like_a_tensor_is_a_constant() -> None:
    t = Tensor(np.ones(2, np.float32), requires_grad=True)
    for like in (t, [t, t]):
        for made in (anp.full_like(like, 2.0), anp.zeros_like(like), anp.ones_like(like)):
            assert type(made) is np.ndarray
            assert made.shape == np.shape(anp.array(like))
            assert made.dtype == np.float32
    assert anp.full_like(t, 2.0, dtype=float, order="F", shape=3).dtype == float


def test_a_tensor_without_axes_is_a_scalar_to_the_namespace() -> None:
    def f(x: object) -> object:
        return x if anp.isscalar(x) else anp.sum(x)

    assert grad(f)(2.0) == 1
    np.testing.assert_array_equal(grad(f)(np.ones(2)), 1)
    assert not anp.isscalar(np.array(1.0))
    assert anp.isscalar("text")


def test_make_diagonal_is_the_inverse_of_diagonal() -> None:
    x = np.array([[1.0, np.inf, 3.0], [4.0, 5.0, 6.0]], np.float32)
    made = anp.make_diagonal(x, axis1=-1, axis2=-2)
    assert made.dtype == np.float32
    np.testing.assert_array_equal(made, [np.diag(row) for row in x])
    weights = np.arange(9.0).reshape(3, 3)
    gradient = grad(lambda d: (weights * anp.make_diagonal(d, 0, -1, -2)).sum())(np.ones(3))
    np.testing.assert_array_equal(gradient, [0, 4, 8])
    with pytest.raises(NotImplementedError, match="offset=0, axis1=0 and axis2=1; it makes"):
        anp.make_diagonal(x)


@pytest.mark.parametrize(
    ("expression", "error", "message"),
    [
        ('anp.array([t], order="F")', TypeError, "np.array got order='F'"),
        ("anp.array([t], like=np.ones(1))", TypeError, "np.array got like="),
        ("anp.array([t], copy=False)", ValueError, "copy=False, but needs a copy here"),
        ("anp.array(t, np.float32, copy=False)", ValueError, "write copy=None"),
        ("anp.array([[t, t], [t]])", ValueError, "must have the same shape"),
        ('anp.full(3, t, order="F")', TypeError, "np.full got order='F'"),
        ("anp.full(3, t, like=np.ones(1))", TypeError, "np.full got like=…"),
        ('anp.full_like([1.0], t, device="cpu")', TypeError, "np.full_like got device=…"),
        ('anp.r_["0,2", t]', TypeError, "np.r_ got the directive '0,2'"),
        ("anp.asarray_chkfinite([t, np.inf])", ValueError, "must not contain infs"),
        ("anp.arange(t)", TypeError, "can't become a plain array"),
        ("anp.exp([t, t])", TypeError, "can't become a plain array"),
        ("anp.random.normal(t)", TypeError, "can't become a plain array"),
    ],
)
def test_what_a_tensor_cannot_have_is_refused_by_name(
    expression: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        eval(expression, {"anp": anp, "np": np, "t": Tensor(1.0, requires_grad=True)})


def test_the_options_of_numpy_hold_for_plain_arrays() -> None:
    assert anp.array([[1, 2], [3, 4]], order="F").flags.f_contiguous
    assert anp.full((2, 2), 1.0, order="F").flags.f_contiguous
    assert anp.asfortranarray(np.ones((2, 2))).flags.f_contiguous
    assert anp.full_like(np.ones(2), 3, dtype=int).dtype == int
    assert anp.array([1, 2], ndmin=2).shape == (1, 2)
    assert anp.asanyarray(np.ma.array([1.0])).__class__ is np.ma.MaskedArray
    assert anp.r_["0,2", [1], [2]].shape == (2, 1)
    x = np.ones(2)
    assert anp.asarray(x) is x


def test_functions_that_take_lists_of_arrays_are_known() -> None:
    """Those whose dispatch looks into a list get the list, the others an array made of it."""

    class Reached(Exception):
        pass

    class Probe:
        shape = (2,)

        def __array_function__(self, *_: object) -> None:
            raise Reached

        def __array__(self, *_: object, **__: object) -> None:
            raise LookupError

    found = set()
    probe = [Probe()]
    for module in (np, np.linalg, np.fft):
        for name in module.__all__:
            function = getattr(module, name)
            if type(function) is not type(np.sum):
                continue
            for args in ((probe,), (probe, 1), (1, probe), (1, probe, 1)):
                try:
                    function(*args)
                except Reached:
                    found.add(name)
                except Exception:
                    continue
    # For these an array is as good as a list: of numbers.
    as_arrays = {"histogramdd", "poly", "ravel_multi_index", "roots"}
    assert anp.block is np.block  # asks each array, at any depth
    assert found - as_arrays - {"block"} <= TAKE_LISTS
    assert TAKE_LISTS - found <= {"select"}
