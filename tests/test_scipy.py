"""autograd.scipy: what the automatic tests of the table don't reach."""

import importlib
import math
import subprocess
import sys
import warnings

import numpy as np
import pytest

pytest.importorskip("scipy")

import scipy.integrate
import scipy.interpolate
import scipy.linalg
import scipy.ndimage
import scipy.optimize
import scipy.signal
import scipy.sparse
import scipy.special
import scipy.stats
from numpy.testing import assert_allclose, assert_array_equal

import autograd.scipy.integrate as integrate
import autograd.scipy.linalg as linalg
import autograd.scipy.signal as signal
import autograd.scipy.special as special
import autograd.scipy.stats as stats
from autograd import Tensor, elementwise_grad, grad, hessian, jacobian
from autograd.primitive import COMPOSED, CONSTANTS, REFUSED, TABLE, public_name
from autograd.scipy.special import scaled_ierfc
from autograd.test_util import check_grads
from cases import each

OF_PLAIN_NUMBERS = set(  # about how things are called, or matrices of a given size
    """geterr seterr test find_best_blas_type get_blas_funcs get_lapack_funcs
    dft hadamard helmert hilbert invhilbert invpascal pascal""".split()
)


def functions_of(module):
    return {
        name: value
        for name, value in vars(module).items()
        if name[0] != "_" and callable(value) and not isinstance(value, type)
    }


# The namespace.


@pytest.mark.parametrize("module", [scipy.special, scipy.linalg])
def test_every_function_of_scipys_has_an_entry_or_a_reason(module) -> None:
    known = {*TABLE, *COMPOSED, *CONSTANTS, *REFUSED}
    found = functions_of(module).items()
    assert [name for name, f in found if f not in known and name not in OF_PLAIN_NUMBERS] == []


@pytest.mark.parametrize("name", ["special", "linalg", "signal", "stats", "integrate"])
def test_each_module_has_all_names_of_scipys(name: str) -> None:
    ours = importlib.import_module(f"autograd.scipy.{name}")
    theirs = importlib.import_module(f"scipy.{name}")
    assert set(theirs.__all__) - set(dir(ours)) == set()
    assert all(hasattr(ours, each) for each in theirs.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        ours.nothing  # noqa: B018


def takes_tensors(function) -> bool:
    """Whether it is asked by a Tensor, or by its name here; SciPy has callable objects besides."""
    return isinstance(function, np.ufunc) or hasattr(function, "__primitive__")


REFUSED_HERE = {
    getattr(ours, function.__name__)  # whatever other names it has
    for ours, theirs in ((special, scipy.special), (linalg, scipy.linalg))
    for function in functions_of(theirs).values()
    if function in REFUSED
}


@pytest.mark.parametrize(
    "function", sorted(filter(takes_tensors, REFUSED_HERE), key=public_name), ids=public_name
)
def test_a_refused_function_says_why(function) -> None:
    x = Tensor([0.5], requires_grad=True)
    with pytest.raises(TypeError, match=r"scipy\.\w+\.\w+ has no derivative here: "):
        function(*[x] * getattr(function, "nin", 1))
    if not isinstance(function, np.ufunc):
        with pytest.raises(TypeError, match="has no derivative here: "):
            function((x, x), 2)


@each(
    "call, message",
    [
        (lambda x: scipy.special.softmax(x), r"call autograd\.scipy\.special\.softmax, wh"),
        (lambda x: scipy.special.lambertw(x), r"call autograd\.scipy\.special\.lambertw, which"),
        (lambda x: scipy.special.zeta(x), r"call autograd\.scipy\.special\.zeta, which"),
        (lambda x: scipy.stats.norm.logpdf(x), r"call autograd\.scipy\.stats\.norm\.logpdf, which"),
        (lambda x: scipy.stats.gennorm.logpdf(x, 1), r"gennorm\.logpdf has .*\.stats\.__all__"),
        (lambda x: scipy.linalg.lu_factor(x), r"lu_factor has no .*: its pivots are not smooth"),
        (lambda x: scipy.signal.convolve2d(x, x), r"convolve2d has .*\.signal\.__all__ says"),
        (lambda x: scipy.ndimage.gaussian_filter(x, 1.0), r"gaussian_filter has no .*@primitive"),
        (lambda x: scipy.interpolate.CubicSpline([0, 1], x), r"\.interpolate\.CubicSpline has no"),
        (lambda x: scipy.sparse.csr_array(np.eye(2)) @ x, r"\.csr_array\.__matmul__ has no"),
        (lambda x: x @ scipy.sparse.csr_array(np.eye(2)), r"beside csr_array .*A\.toarray\(\)"),
        (lambda x: scipy.optimize.rosen(np.asarray(x)), r"np\.stack\(\["),  # our own call
    ],
)  # fmt: skip
def test_what_scipy_would_make_a_plain_array_of_says_what_to_call(call, message) -> None:
    with pytest.raises(TypeError, match=message):
        call(Tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True))


@pytest.mark.parametrize(
    "name",
    [
        each
        for each in linalg.__all__
        if each in set("inv det cholesky expm svd qr eigh eigvalsh pinv norm sqrtm".split())
    ],
)
def test_a_function_that_has_an_entry_is_named_where_scipys_own_is_called(name) -> None:
    x = Tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
    with pytest.raises(
        TypeError, match=rf"call autograd\.scipy\.linalg\.{name}, which takes Tensors"
    ):
        getattr(scipy.linalg, name)(x)
    getattr(linalg, name)(x)


@pytest.mark.parametrize("name", ["special", "linalg", "signal", "stats", "integrate"])
def test_the_names_that_take_tensors_are_listed(name: str) -> None:
    ours = importlib.import_module(f"autograd.scipy.{name}")
    theirs = importlib.import_module(f"scipy.{name}")
    assert set(ours.__all__) <= set(dir(theirs))
    for function in ours.__all__:
        value = getattr(ours, function)
        asks = isinstance(value, np.ufunc) or value is np.sinc  # a Tensor, by itself
        assert asks or value is not getattr(theirs, function)


def test_ufuncs_work_under_their_scipy_name_without_importing_autograd_scipy() -> None:
    program = """
import scipy.special, autograd, sys
assert "autograd.scipy" not in sys.modules
print(autograd.grad(scipy.special.erf)(0.0))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) == pytest.approx(2 / math.sqrt(math.pi))


def test_without_scipy_the_import_says_what_to_install() -> None:
    program = """
import sys
sys.modules["scipy"] = None
import autograd, autograd.numpy
try:
    import autograd.scipy.stats
except ImportError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == (
        "autograd.scipy needs SciPy, which is not installed: pip install 'chainrule[scipy]'"
    )


def test_importing_it_loads_neither_statistics_nor_signals_nor_integrals() -> None:
    program = "import sys, autograd.scipy; print(*sorted(m for m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert {"scipy.stats", "scipy.signal", "scipy.integrate"}.isdisjoint(done.stdout.split())


def test_a_plain_call_is_scipys_own() -> None:
    x = np.array([[2.0, 1.0], [0.0, 3.0]])
    assert_array_equal(linalg.expm(x), scipy.linalg.expm(x))
    assert type(special.logsumexp(x)) is type(scipy.special.logsumexp(x))
    assert special.lambertw(1.0) == scipy.special.lambertw(1.0)


def test_an_unsupported_keyword_is_refused_by_name() -> None:
    x = Tensor(np.eye(2), requires_grad=True)
    with pytest.raises(TypeError, match=r"scipy\.linalg\.eigh got .*driver=….*supports a, "):
        linalg.eigh(x, driver="evr")
    with pytest.raises(TypeError, match=r"scipy\.special\.jv has no derivative .* 'v'"):
        special.jv(x, 1.0)
    with pytest.raises(TypeError, match=r"assume_a='banded' has no derivative here"):
        linalg.solve(x, np.ones(2), assume_a="banded", overwrite_a=True)
    with pytest.raises(TypeError, match=r"linalg\.eig got b=…; its derivative supports a, over"):
        linalg.eig(x, np.eye(2))
    with pytest.raises(TypeError, match=r"linalg\.solve got 1 arguments; .* a, b, lower=False"):
        linalg.solve(x)
    with pytest.raises(ValueError, match=r"^scipy\.linalg\.qr: mode='raw' has no derivative; pass"):
        linalg.qr(x, mode="raw")


# Points where a formula would lose digits, or divide by 0. The expected numbers were computed with
# 40 digits.


@each(
    "function, x, slope, curvature",
    [
        (special.log_ndtr, -1e8, 1e8, -1.0),
        (special.log_ndtr, -50.0, 50.01998403190564, -0.9996009568131961),
        (special.log_ndtr, 40.0, 0.0, 0.0),
        (special.erfcx, 1e8, -5.6418958354775626e-17, 1.1283791670955126e-24),
        (special.erfcx, 3.0, -0.054372260007172871, 0.031768742319742673),
        (special.exprel, 0.0, 0.5, 1 / 3),
        (special.exprel, -1e6, 1e-12, 2e-18),
        (special.spence, 1.0, -1.0, 0.5),
        (special.ellipk, 0.0, math.pi / 8, math.pi * 9 / 64),
        (special.ellipe, 0.0, -math.pi / 8, -math.pi * 3 / 64),
        (special.rgamma, 0.0, 1.0, 2 * 0.5772156649015329),
        (special.rgamma, -2.0, 2.0, -4 * (1.5 - 0.5772156649015329)),
        (special.expit, -40.0, 4.248354255291589e-18, 4.248354255291589e-18),
        (special.expit, 40.0, 4.248354255291589e-18, -4.248354255291589e-18),
        (special.log_expit, 40.0, 4.248354255291589e-18, -4.248354255291589e-18),
        (special.j1, 0.0, 0.5, 0.0),
        (special.i1, 0.0, 0.5, 0.0),
        (special.beip, 0.0, 0.5, 0.0),
        (special.ndtri_exp, -1e8, 7.0710681468874755e-05, 3.5355343907880884e-13),
    ],
)
def test_stable(function, x: float, slope: float, curvature: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_allclose(grad(function)(x), slope, rtol=1e-12)
        assert_allclose(grad(grad(function))(x), curvature, rtol=1e-12, atol=1e-300)


@each(
    "function, arguments, slopes",
    [
        (special.xlogy, (0.0, 0.0), (-np.inf, 0)),
        (special.xlogy, (0.0, 2.0), (math.log(2), 0)),
        (special.xlogy, (1.0, 0.0), (-np.inf, np.inf)),
        (special.xlog1py, (0.0, -1.0), (-np.inf, 0)),
        (special.entr, (0.0,), (np.inf,)),
        (special.entr, (1.0,), (-1,)),
        (special.rel_entr, (0.0, 1.0), (-np.inf, 0)),
        (special.kl_div, (2.0, 2.0), (0, 0)),
        (special.kl_div, (0.0, 2.0), (-np.inf, 1)),
        (special.logit, (0.0,), (np.inf,)),
        (special.erfinv, (1.0,), (np.inf,)),
        (special.erfcinv, (0.0,), (-np.inf,)),
        (special.ndtri, (0.0,), (np.inf,)),
        (special.cbrt, (0.0,), (np.inf,)),
        (special.boxcox, (2.0, 0.0), (0.5, math.log(2) ** 2 / 2)),
        (special.boxcox1p, (1.0, 0.0), (0.5, math.log(2) ** 2 / 2)),
        (special.inv_boxcox, (1.0, 0.0), (math.e, -math.e / 2)),
        (special.inv_boxcox1p, (1.0, 0.0), (math.e, -math.e / 2)),
        (special.pseudo_huber, (0.0, 0.0), (0, 0)),
        (special.pseudo_huber, (1.0, 0.0), (0, 0)),
        (special.huber, (1.0, 3.0), (2, 1)),
        (special.lambertw, (0.0,), (1,)),
        (special.eval_legendre, (3, 1.0), (None, 6)),
        (special.eval_chebyt, (0, 1.0), (None, 0)),
        (special.gammainc, (1.0, 0.0), (None, 1)),
        (special.jv, (0.0, 0.0), (None, 0)),
        (special.spherical_jn, (1, 0.0), (None, 1 / 3)),
    ],
)
def test_at_the_edge(function, arguments, slopes) -> None:
    for i, slope in enumerate(slopes):
        if slope is not None:
            assert_allclose(grad(lambda *a: np.real(function(*a)), i)(*arguments), slope)


@each(
    "function, x",
    [
        (special.logit, 0.0),
        (special.erfinv, 1.0),
        (special.ndtri, 0.0),
        (special.entr, 0.0),
        (special.y0, 0.0),
        (special.k1, 0.0),
        (special.ellipk, 1.0),
        (special.exp1, 0.0),
    ],
)
def test_the_branch_that_was_not_chosen_sends_nothing_back(function, x: float) -> None:
    assert grad(lambda x: np.where(False, function(x), 3 * x))(x) == 3


def test_scaled_ierfc_is_the_family_of_which_each_is_the_slope_of_the_one_before() -> None:
    x = np.concatenate([np.linspace(-3, 6, 30), [1.999999, 2.000001]])
    assert_allclose(scaled_ierfc(x, 0), scipy.special.erfcx(x))
    for n in (1, 2, 3):
        recurrence = -2 * x * scaled_ierfc(x, n) + scaled_ierfc(x, n - 1)
        assert_allclose(2 * (n + 1) * scaled_ierfc(x, n + 1), recurrence, atol=1e-13)


def test_holomorphic_functions_at_complex_numbers() -> None:
    z, step = np.array([0.5 + 1j, 2 - 0.3j]), 1e-6
    for function in (special.gamma, special.loggamma, special.rgamma):
        slope = jacobian(function)(z).diagonal()
        assert_allclose(slope, (function(z + step) - function(z - step)) / (2 * step), rtol=1e-8)
    with pytest.raises(TypeError, match="SciPy's polygamma takes real ones"):
        Tensor(special.gamma(z), requires_grad=True)
        jacobian(special.digamma)(z)


# Sums of exponentials.


def test_logsumexp_of_nothing_or_infinities() -> None:
    for b in (None, np.ones(2)):
        assert_array_equal(grad(special.logsumexp)(np.full(2, -np.inf), b=b), [0, 0])
        assert_array_equal(grad(special.logsumexp)(np.array([-np.inf, 1e4]), b=b), [0, 1])


def test_logsumexp_with_weights() -> None:
    a, b = np.array([1.0, 2.0, np.inf]), np.array([1.0, -3.0, 0.0])
    value, sign = special.logsumexp(Tensor(a, requires_grad=True), b=b, return_sign=True)
    assert_allclose(value.data, scipy.special.logsumexp(a, b=b, return_sign=True)[0])
    assert sign.data == -1
    assert np.isnan(special.logsumexp(Tensor(a), b=b).data)
    weights = b * np.exp([1, 2, 0])
    by_a = grad(lambda a: special.logsumexp(a, b=b, return_sign=True)[0])(a)
    assert_allclose(by_a, weights / weights.sum())
    by_b = grad(lambda b: special.logsumexp(np.array([1e4, 1e4]), b=b))(np.array([1.0, 3.0]))
    assert_allclose(by_b, [0.25, 0.25])


def test_logsumexp_of_complex_numbers() -> None:
    z = np.array([1 + 1j, 0.5 - 2j])
    found = special.logsumexp(Tensor(z, requires_grad=True))
    assert_allclose(found.data, scipy.special.logsumexp(z))
    slopes = grad(lambda z: np.real(special.logsumexp(z)))(z)
    assert_allclose(slopes, np.exp(z) / np.exp(z).sum())


# Linear algebra.


def test_expm_is_right_where_the_gradient_is_much_larger_or_0() -> None:
    a = np.array([[0.0, 1.0], [-1.0, 0.0]])
    small = jacobian(linalg.expm)(a)
    assert_allclose(1e12 * small, jacobian(lambda a: 1e12 * linalg.expm(a))(a), rtol=1e-12)
    assert_array_equal(grad(lambda a: 0 * linalg.expm(a).sum())(a), np.zeros((2, 2)))
    assert_allclose(jacobian(linalg.expm)(np.zeros((2, 2))).reshape(4, 4), np.eye(4), atol=1e-15)


def test_cholesky_solves_read_one_triangle() -> None:
    a, b = np.array([[4.0, 1.0], [1.0, 3.0]]), np.array([1.0, 2.0])

    def solved(a, b, lower):
        return linalg.cho_solve(linalg.cho_factor(a, lower=lower), b)

    for lower in (False, True):
        assert_allclose(solved(a, b, lower), np.linalg.solve(a, b))
        found = grad(lambda a, lower=lower: (solved(a, b, lower) ** 2).sum())(a)
        plain = grad(lambda a: (np.linalg.solve(a, b) ** 2).sum())(a)
        assert_allclose(found, (plain + plain.T) / 2)


def test_arguments_by_position_are_in_scipys_order() -> None:
    a, b = np.array([[4.0, 1.0], [0.5, 3.0]]), np.array([1.0, 2.0])
    for function, arguments in (
        (linalg.solve, (a, b, True, True, True)),  # overwrite_a, overwrite_b
        (linalg.det, (a, True)),
        (linalg.qr, (a, True, None, "economic")),
        (linalg.svd, (a, False, False, True)),
        (linalg.eigh, (a, None)),
        (linalg.norm, (a, 1, None, True)),
    ):
        copies = [np.copy(x) if type(x) is np.ndarray else x for x in arguments]
        found, expected = function(Tensor(a), *arguments[1:]), function(*copies)
        found, expected = (x if type(x) is tuple else (x,) for x in (found, expected))
        for one, other in zip(found, expected, strict=True):
            assert_allclose(one.data, other)


def test_a_hermitian_matrix_has_a_real_diagonal() -> None:
    a = np.array([[4 + 1j, 1j], [0.5, 3.0]])
    for assume_a in ("her", "pos"):
        found = linalg.solve(Tensor(a), np.ones(2), assume_a=assume_a)
        assert_allclose(found.data, scipy.linalg.solve(a, np.ones(2), assume_a=assume_a))


def test_non_finite_numbers_are_refused_as_scipy_does() -> None:
    a = Tensor([[np.nan, 0.0], [0.0, 1.0]], requires_grad=True)
    with pytest.raises(ValueError, match="must not contain infs or NaNs"):
        linalg.inv(a)
    assert np.isnan(linalg.inv(a, check_finite=False).data).any()


def test_norm_of_all() -> None:
    x = np.array([[3.0, 0.0], [0.0, 4.0]])
    assert_allclose(grad(linalg.norm)(x), x / 5)
    assert_array_equal(grad(linalg.norm)(np.zeros(3)), np.zeros(3))


def test_singular_values_of_a_singular_matrix_and_sylvester() -> None:
    assert_allclose(grad(lambda a: linalg.svdvals(a).sum())(np.eye(3)), np.eye(3), atol=1e-15)
    root = linalg.sqrtm(Tensor(np.diag([4.0, 9.0]), requires_grad=True))
    assert_allclose(root.data, np.diag([2.0, 3.0]))


# Convolution.


@each(
    "shapes, axes, dot_axes, expected",
    [
        (((2, 3, 5, 6), (3, 4, 2, 3)), ([2, 3], [2, 3]), ([1], [0]), (2, 4, 4, 4)),
        (((2, 3, 5, 6), (3, 4, 2, 3)), ([2, 3], [2, 3]), ((), ()), (2, 3, 3, 4, 4, 4)),
        (((5, 2), (3, 4, 2)), ([0], [1]), ((), ()), (2, 3, 2, 2)),
        (((5, 2), (3, 4, 2)), ([1], [2]), ((), ()), (5, 3, 4, 1)),
        (((5, 2), (3, 4, 2)), ([0, 1], [1, 2]), ((), ()), (3, 2, 1)),
        (((2, 3), (4, 5)), ([1], [1]), ((), ()), (2, 4, 3)),
    ],
)
def test_convolve_along_some_axes(shapes, axes, dot_axes, expected) -> None:
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=shape) for shape in shapes)
    found = signal.convolve(x, y, axes=axes, dot_axes=dot_axes, mode="valid")
    assert found.shape == expected
    tensor = signal.convolve(Tensor(x), y, axes=axes, dot_axes=dot_axes, mode="valid")
    assert_allclose(tensor.data, found, rtol=1e-12, atol=1e-14)


def test_convolve_is_a_sum_of_scipys_convolutions() -> None:
    rng = np.random.default_rng(0)
    images, filters = rng.normal(size=(2, 3, 5, 6)), rng.normal(size=(3, 4, 2, 3))
    for mode in ("full", "valid", "same"):
        found = signal.convolve(
            images, filters, axes=([2, 3], [2, 3]), dot_axes=([1], [0]), mode=mode
        )
        for i, j in np.ndindex(2, 4):
            each = [scipy.signal.convolve(images[i, k], filters[k, j], mode) for k in range(3)]
            assert_allclose(found[i, j], sum(each))


def test_convolve_says_what_does_not_fit() -> None:
    x, y = Tensor(np.ones((3, 2)), requires_grad=True), np.ones((2, 3))
    with pytest.raises(ValueError, match=r"shapes \(3, 2\) and \(2, 3\): one must be at least"):
        signal.convolve(x, y, mode="valid")
    with pytest.raises(
        ValueError, match=r"shapes \(3, 2\) and \(3,\), with another number of axes"
    ):
        signal.convolve(x, np.ones(3))
    with pytest.raises(ValueError, match="an axis of in1 twice"):
        signal.convolve(x, y, axes=([0, 0], [0, 1]))
    with pytest.raises(ValueError, match="which are no pairs"):
        signal.convolve(x, y, axes=([0], [0, 1]))
    with pytest.raises(ValueError, match="method='fft' along all axes only"):
        signal.convolve(x, y, axes=([0], [0]), method="fft")


# Distributions.

X = np.array([-0.7, 0.0, 0.3, 1.6, 1.0])
UNIT = np.array([0.2, 0.7, 1.5, -0.3])
COUNTS = np.array([0, 1, 4, -1])


@each(
    "name, functions, arguments",
    [
        ("norm", "pdf logpdf cdf logcdf sf logsf", (X, 0.3, 1.7)),
        ("norm", "ppf", (np.array([0.2, 0.9]), 0.3, 1.7)),
        ("norm", "entropy", (0.3, 1.7)),
        ("t", "pdf logpdf cdf logcdf", (X, 2.5, 0.3, 1.7)),
        ("beta", "pdf logpdf cdf logcdf", (UNIT, 2.0, 3.0)),
        ("beta", "pdf logpdf cdf logcdf", (UNIT, 2.0, 1.0, -0.1, 1.2)),
        ("gamma", "pdf logpdf cdf logcdf", (X, 2.5)),
        ("gamma", "pdf logpdf cdf logcdf", (X, 1.0, 0.1, 2.0)),
        ("chi2", "pdf logpdf cdf logcdf", (X, 3.0, 0.1, 2.0)),
        ("poisson", "pmf logpmf cdf logcdf", (COUNTS, 2.5)),
        ("poisson", "pmf logpmf cdf logcdf", (COUNTS + 0.5, 2.5, 1)),
        ("dirichlet", "pdf logpdf", (np.array([0.2, 0.3, 0.5]), np.array([1.0, 2.0, 0.5]))),
        ("dirichlet", "pdf logpdf", (np.array([0.2, 0.3]), np.array([1.0, 2.0, 0.5]))),
        ("dirichlet", "entropy", (np.array([1.0, 2.0, 0.5]),)),
    ],
)
def test_distributions_are_scipys(name: str, functions: str, arguments) -> None:
    for function in functions.split():
        ours = getattr(getattr(stats, name), function)
        expected = getattr(getattr(scipy.stats, name), function)(*arguments)
        found = ours(*arguments)
        assert_allclose(found, expected, rtol=1e-12, atol=1e-300)
        assert_allclose(ours(*map(Tensor, arguments)).data, expected, rtol=1e-12, atol=1e-300)


@each(
    "function, arguments",
    [
        *(
            (getattr(stats.norm, f), (X, 0.3, 1.7))
            for f in "pdf logpdf cdf logcdf sf logsf".split()
        ),
        (stats.norm.ppf, (np.array([0.2, 0.9]), 0.3, 1.7)),
        (stats.norm.entropy, (0.3, 1.7)),
        (stats.t.pdf, (X, 2.5, 0.3, 1.7)),
        (stats.t.logpdf, (X, 2.5, 0.3, 1.7)),
        (lambda x, loc, scale: stats.t.cdf(x, 2.5, loc, scale), (X, 0.3, 1.7)),
        (lambda x, loc, scale: stats.t.logcdf(x, 2.5, loc, scale), (X, 0.3, 1.7)),
        (stats.beta.pdf, (UNIT, 2.0, 3.0)),
        (lambda x, *rest: stats.beta.logpdf(x, *rest), (UNIT[:2], 2.0, 3.0, 0.05, 0.9)),
        (lambda x: stats.beta.cdf(x, 2.0, 3.0), (UNIT,)),
        (lambda x: stats.beta.logcdf(x, 2.0, 3.0), (UNIT[:2],)),
        (stats.gamma.pdf, (UNIT, 2.5)),
        (stats.gamma.logpdf, (UNIT[:3], 2.5, 0.05, 0.9)),
        (lambda x: stats.gamma.cdf(x, 2.0), (UNIT,)),
        (stats.chi2.pdf, (UNIT, 5.0)),
        (stats.chi2.logpdf, (UNIT[:3], 5.0)),
        (lambda x: stats.chi2.cdf(x, 3.0), (UNIT[:3],)),
        (lambda x: stats.chi2.logcdf(x, 3.0), (UNIT[:3],)),
        (lambda mu: stats.poisson.pmf(COUNTS, mu), (2.5,)),
        (lambda mu: stats.poisson.logpmf(COUNTS[:3], mu), (np.array([2.5, 1.0, 0.3]),)),
        (lambda mu: stats.poisson.cdf(COUNTS, mu), (2.5,)),
        (lambda mu: stats.poisson.logcdf(COUNTS[:3], mu), (2.5,)),
        (lambda x, a: stats.dirichlet.logpdf(special.softmax(x), a), (X[:3], UNIT[:3])),
        (lambda x, a: stats.dirichlet.pdf(special.softmax(x), a), (X[:3], UNIT[:3])),
        (stats.dirichlet.entropy, (UNIT[:3],)),
    ],
)
def test_distributions_gradients(function, arguments) -> None:
    check_grads(function, modes=["fwd", "rev"], order=2)(*arguments)


def test_outside_its_support_a_density_is_flat() -> None:
    for density in (stats.beta.logpdf, stats.gamma.logpdf):
        ones = (2.0, 2.0)[: 2 if density is stats.beta.logpdf else 1]
        assert density(-1.0, *ones) == -np.inf
        assert grad(density)(-1.0, *ones) == 0
    with pytest.raises(TypeError, match=r"scipy\.stats\.poisson\.logpmf .* 'k'"):
        stats.poisson.logpmf(Tensor(1.0, requires_grad=True), 2.0)
    with pytest.raises(ValueError, match="not probabilities with the sum 1"):
        stats.dirichlet.logpdf(np.array([0.5, 0.6]), np.ones(2))
    with pytest.raises(ValueError, match="the first axis of x must be as long as alpha"):
        stats.dirichlet.logpdf(np.ones(4) / 4, np.ones(2))
    with pytest.raises(ValueError, match="a vector of positive numbers"):
        stats.dirichlet.logpdf(np.ones(2) / 2, np.array([1.0, -1.0]))


ROOT = np.array([[2.0, 0.0, 0.0], [0.3, 1.0, 0.0], [-0.4, 0.2, 0.7]])
COV = ROOT @ ROOT.T
POINTS = np.random.default_rng(0).normal(size=(4, 3))


@each(
    "x, mean, cov",
    [
        (POINTS[0], POINTS[1], COV),
        (POINTS, POINTS[1], COV),
        (POINTS, POINTS[0], np.array([1.0, 2.0, 3.0])),
        (POINTS, np.zeros(3), 2.0),
        (np.array([1.0, 2.0]), None, 2.0),
        (1.0, 0.5, 2.0),
    ],
)
def test_multivariate_normal(x, mean, cov) -> None:
    ours, scipys = stats.multivariate_normal, scipy.stats.multivariate_normal
    assert_allclose(ours.logpdf(x, mean, cov), scipys.logpdf(x, mean, cov))
    assert_allclose(ours.pdf(x, mean, cov), scipys.pdf(x, mean, cov))
    assert_allclose(
        ours.logpdf(x, mean, cov, allow_singular=True), scipys.logpdf(x, mean, cov), rtol=1e-12
    )
    if mean is not None:
        assert_allclose(ours.entropy(mean, cov), scipys.entropy(mean, cov))
        check_grads(ours.logpdf, modes=["fwd", "rev"], order=1)(x, mean, 1.0 * np.array(cov))


def test_multivariate_normal_by_a_root_of_the_covariance() -> None:
    def log_density(root, singular=False):
        return stats.multivariate_normal.logpdf(POINTS, POINTS[0], root @ root.T, singular).sum()

    check_grads(log_density, modes=["fwd", "rev"], order=2)(ROOT)
    assert_allclose(grad(log_density)(ROOT), grad(lambda r: log_density(r, True))(ROOT))
    by_cov = grad(lambda c: stats.multivariate_normal.logpdf(POINTS[0], POINTS[1], c))(COV)
    assert_allclose(by_cov, by_cov.T)
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
        stats.multivariate_normal.logpdf(POINTS[0], POINTS[1], np.zeros((3, 3)))
    with pytest.raises(ValueError, match="the last lengths must be equal"):
        stats.multivariate_normal.logpdf(POINTS[0], np.zeros(2), np.eye(2))


def test_multivariate_normal_in_a_space() -> None:
    flat = np.diag([1.0, 4.0, 0.0])
    x = np.array([1.0, 2.0, 0.0])
    expected = scipy.stats.multivariate_normal.logpdf(x, None, flat, allow_singular=True)
    found = stats.multivariate_normal.logpdf(x, None, flat, allow_singular=True)
    assert_allclose(found, expected)
    slope = grad(lambda x: stats.multivariate_normal.logpdf(x, None, flat, True))(x)
    assert_allclose(slope, [-1, -0.5, 0])


# Differential equations.

TIMES = np.array([0.0, 0.4, 1.0])


def swing(y, t, rate, force):
    return np.stack([y[1], -rate * y[0] + force[0] * np.sin(t) + force[1]])


def swung(y0, t, rate, force):
    return integrate.odeint(swing, y0, t, (rate, force), rtol=1e-11, atol=1e-11)


def test_odeint_is_scipys_with_gradients() -> None:
    point = (np.array([1.0, -0.5]), TIMES, 2.0, np.array([0.3, 0.1]))
    expected = scipy.integrate.odeint(swing, *point[:2], point[2:], rtol=1e-11, atol=1e-11)
    assert_array_equal(swung(*point), expected)
    assert_array_equal(swung(*map(Tensor, point)).data, expected)
    check_grads(swung, modes=["fwd", "rev"], order=1)(*point)


def test_odeint_decays_to_second_order() -> None:
    def left(a, y0=1.0, end=1.5):
        y0, times = np.reshape(y0, 1), np.array([0.0, 1.0]) * end
        return integrate.odeint(lambda y, t, a: -a * y, y0, times, (a,), rtol=1e-10, atol=1e-10)[
            1, 0
        ]

    assert_allclose(left(0.5), math.exp(-0.75))
    assert_allclose(grad(left)(0.5), -1.5 * math.exp(-0.75), rtol=1e-7)
    assert_allclose(grad(left, 1)(0.5, 2.0), math.exp(-0.75), rtol=1e-7)
    assert_allclose(grad(left, 2)(0.5, 2.0, 1.5), -math.exp(-0.75), rtol=1e-7)
    assert_allclose(grad(grad(left))(0.5), 2.25 * math.exp(-0.75), rtol=1e-6)


def test_odeint_without_args_and_with_options_it_does_not_take() -> None:
    y0 = Tensor([1.0], requires_grad=True)
    integrate.odeint(lambda y, t: -y, y0, TIMES)[2].backward([1.0])
    assert_allclose(y0.grad, math.exp(-1), rtol=1e-6)
    with pytest.raises(TypeError, match="odeint got full_output, which its derivative does not"):
        integrate.odeint(lambda y, t: -y, y0, TIMES, full_output=True)


def test_it_nests_to_the_third_order() -> None:
    third = grad(grad(grad(special.log_ndtr)))(-0.5)
    step = 1e-4
    second = grad(grad(special.log_ndtr))
    assert_allclose(third, (second(-0.5 + step) - second(-0.5 - step)) / (2 * step), rtol=1e-6)
    assert hessian(lambda x: special.gammaln(x).sum())(np.array([1.0, 2.0])).shape == (2, 2)
    assert_allclose(elementwise_grad(special.gammaln)(np.array([1.0])), [-0.5772156649015329])


def test_a_singular_normal_density_where_eigenvalues_are_equal() -> None:
    x, mean = np.array([1.0, 2.0]), np.zeros(2)
    for f in (lambda c: stats.multivariate_normal.logpdf(x, mean, c, allow_singular=True),):
        assert_allclose(grad(f)(np.eye(2)), [[0, 1], [1, 1.5]], atol=1e-12)


@pytest.mark.parametrize("f", [special.gammaln, special.gamma, special.digamma])
def test_a_pole_that_a_mask_leaves_out_sends_nothing_back(f):
    with np.errstate(all="ignore"):
        found = grad(lambda x: np.sum(np.where(x > 0, f(np.maximum(x, 0.0) * 1.0), 0)))
        assert np.isfinite(found(np.array([0.0, 1.0]))).all()


@each(
    "f, x, slope, curvature",
    [
        # By mpmath.
        (special.ellipkm1, 4.5e-12, -111111111107.87366956, None),
        (special.ellipkm1, 0.3, -1.4739562556144809708, None),
        (special.ellipkm1, 0.7, -0.58485821592264647282, None),
        (special.ellipkm1, 0.0, -np.inf, None),
        (special.dawsn, 3.0, -0.069626183663349724056, 0.061215040758981769648),
        (special.dawsn, 10.5, -0.0045982955584822053151, 0.00088817857969943492038),
        (special.dawsn, 20.0, -0.0012547170561468778798, 0.00012594639306777129793),
        (special.dawsn, 1e6, -5.0000000000075e-13, 1.000000000003e-18),
        (special.dawsn, -1e200, 0.0, 0.0),
        (lambda x: special.kl_div(x, 1.0), 1 + 2**-33, 2**-33 - 2**-67, 1 - 2**-33),
        (lambda x: special.kl_div(x, 1.0), 3.0, math.log(3), 1 / 3),
    ],
)
def test_slopes_that_were_almost_lost(f, x, slope, curvature):
    assert_allclose(grad(f)(x), slope, rtol=1e-12)
    if curvature is not None:
        assert_allclose(grad(grad(f))(x), curvature, rtol=1e-12)
