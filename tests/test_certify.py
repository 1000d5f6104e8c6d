"""certify and check_grads as adversaries see them: right and wrong gradients of every kind.

Each case is a function of a vector in plain NumPy with its gradient by hand. The right gradient
must pass; each of several wrong ones made from it must be found, but where numbers can't show it.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd.testing import Certificate, Verdict, certify, check_grads

RIGHT, KINK, UNKNOWN, WRONG = Verdict


@dataclass
class Case:
    f: Callable
    at: list[float]
    gradient: Callable
    verdicts: dict[Verdict, int] | None = None  # of the right gradient; None: all right
    hidden: tuple[str, ...] = ()  # the wrong gradients that no numbers can show


small = np.array([1.0, 1e-8, 1e-4])
many_small = np.repeat(small, 20)
ill = np.array([[1.0, 1.0], [1.0, 1 + 1e-9]])
polynomial = np.arange(1.0, 10.0)


def wobbling(x):
    """With noise of 1e-6 of its value, as from an iteration that stops early."""
    s = np.sum(np.sin(x))
    return s * (1 + 1e-6 * np.sin(s * 1e13))


def bump(x):
    return np.exp(-1 / np.where(x == 0, 1e-99, x) ** 2)


def kinks_everywhere(x):
    return sum(np.sum(np.abs(x - k)) for k in (1, 1.001, 1.00001, 1.0000001))


points = np.random.default_rng(0).normal(size=60)
CASES = {
    # of any scale
    "tiny values": Case(lambda x: 1e-6 * np.sum(x**2), [1, 2], lambda x: 2e-6 * x),
    "tinier values": Case(lambda x: 1e-12 * np.sum(x**2), [1, 2], lambda x: 2e-12 * x),
    "values of 1e-300": Case(lambda x: 1e-300 * np.sum(x**2), [1, 2], lambda x: 2e-300 * x),
    "values of 1e300": Case(lambda x: 1e300 * np.sum(x**2), [1, 2], lambda x: 2e300 * x),
    "at 1e-8": Case(lambda x: np.sum(x**2), [1e-8, 2e-8], lambda x: 2 * x),
    "at 1e-8, beside 1": Case(lambda x: np.sum(np.cos(x)), [1e-8, 2e-8], lambda x: -np.sin(x)),
    "at 1e8": Case(lambda x: np.sum(x**2), [1e8, 2e8], lambda x: 2 * x),
    "at 1e8, of length 1": Case(lambda x: np.sum(np.sin(x)), [1e8, 2e8], np.cos),
    "at 1e-300": Case(lambda x: np.sum(np.sin(x)), [1e-300, 2e-300], np.cos),
    "elements of all scales": Case(
        lambda x: np.sum(small * x**2), [1, 2, 3], lambda x: 2 * small * x
    ),
    "many elements of all scales": Case(
        lambda x: np.sum(many_small * x**2), points, lambda x: 2 * many_small * x
    ),
    "arguments of all scales": Case(lambda x: np.sum(np.sin(x)), [1, 1e-8, 1e8, 1e-4], np.cos),
    "squares of all scales": Case(lambda x: np.sum(x**2), [1, 1e-8, 1e5, 1e-4], lambda x: 2 * x),
    "beside a constant": Case(
        lambda x: 1e6 + 1e-6 * np.sum(x**2), [1, 2], lambda x: 2e-6 * x, hidden=("off by 1e-4",)
    ),
    # fast and steep
    "oscillating": Case(
        lambda x: np.sum(np.sin(1000 * x)), [1, 2], lambda x: 1000 * np.cos(1000 * x)
    ),
    "oscillating wildly": Case(
        lambda x: np.sum(np.sin(1e8 * x)), [1, 2], lambda x: 1e8 * np.cos(1e8 * x)
    ),
    "overflowing nearby": Case(
        lambda x: np.sum(np.exp(500 * x)), [1, 1.1], lambda x: 500 * np.exp(500 * x)
    ),
    "near a pole": Case(lambda x: np.sum(1 / x), [1e-6, 1], lambda x: -1 / x**2),
    "near a double root": Case(
        lambda x: np.sum((x - 1) ** 2), [1 + 1e-6, 3], lambda x: 2 * (x - 1)
    ),
    "a long polynomial": Case(
        lambda x: np.sum(np.polyval(polynomial, x)),
        3 * points[:30],
        lambda x: np.polyval(np.polyder(polynomial), x),
    ),
    "flat at every order": Case(
        lambda x: np.sum(bump(x)), [0, 1], lambda x: bump(x) * 2 / np.where(x == 0, 1e99, x) ** 3
    ),
    "saturating": Case(lambda x: np.sum(np.tanh(x)), [9, 6], lambda x: 1 / np.cosh(x) ** 2),
    "far in a tail": Case(
        lambda x: np.sum(1 / (1 + np.exp(-x))),
        [-40, -30],
        lambda x: np.exp(x) / (1 + np.exp(x)) ** 2,
    ),
    "a product": Case(np.prod, points[:12], lambda x: np.prod(x) / x),
    "a log of a sum": Case(
        lambda x: np.log(np.sum(np.exp(x))),
        [1, -30, 5],
        lambda x: np.exp(x) / np.sum(np.exp(x)),
    ),
    "a thousand": Case(
        lambda x: np.sum(np.sin(x) * x),
        np.random.default_rng(1).normal(size=1000),
        lambda x: np.cos(x) * x + np.sin(x),
    ),
    # noise
    "noise of 1e-6": Case(wobbling, [1, 2], np.cos, hidden=("off by 1e-4",)),
    "ill-conditioned": Case(
        lambda x: np.sum(np.linalg.solve(ill, x)),
        [1, 2],
        lambda x: np.linalg.solve(ill.T, np.ones(2)),
        hidden=("off by 1e-4", "zero", "one doubled"),
    ),
    # nothing but zeros
    "a plateau": Case(lambda x: np.sum(np.floor(x)), [0.5, 1.5], lambda x: 0 * x),
    "a dead relu": Case(lambda x: np.sum(np.maximum(x, 0)), [-0.5, -1.5], lambda x: 0 * x),
    "a stationary point": Case(lambda x: np.sum(np.cos(x)), [0, 1], lambda x: -np.sin(x)),
    "a sum that is always 1": Case(
        lambda x: np.sum(np.exp(x) / np.sum(np.exp(x))), [1, 2, 3], lambda x: 0 * x
    ),
    # kinks, at the point and near it
    "near a kink, 1e-3": Case(
        lambda x: np.sum(np.abs(x - 1)), [1.001, 0.999], lambda x: np.sign(x - 1)
    ),
    "near a kink, 1e-9": Case(
        lambda x: np.sum(np.abs(x - 1)), [1 + 1e-9, 1 - 1e-9], lambda x: np.sign(x - 1)
    ),
    "near a kink, 1e-14": Case(
        lambda x: np.sum(np.abs(x - 1)),
        [1 + 1e-14, 1 - 1e-14],
        lambda x: np.sign(x - 1),
        {KINK: 2},
        hidden=("turned", "zero", "off by 1e-4", "reversed"),
    ),
    "relu at 0": Case(
        lambda x: np.sum(np.maximum(x, 0)), [0, 1, -1], lambda x: 1.0 * (x > 0), {KINK: 1, RIGHT: 2}
    ),
    "ties of a maximum": Case(
        np.max, [2, 2, 1], lambda x: (x == x.max()) / np.sum(x == x.max()), {KINK: 2, RIGHT: 1}
    ),
    "ties of a median": Case(
        np.median,
        [2, 2, 2, 1, 5],
        lambda x: np.array([1, 1, 1, 0, 0]) / 3,
        {KINK: 3, RIGHT: 2},
        ("zero",),
    ),
    "many kinks": Case(
        kinks_everywhere, [1], lambda x: np.array([-3.0]), {KINK: 1}, hidden=("off by 1e-4",)
    ),
    "a norm at 0": Case(lambda x: np.sqrt(np.sum(x**2)), [0, 0], lambda x: 0 * x, {KINK: 2}),
    "a kink of the slope": Case(
        lambda x: np.sum(x * np.abs(x)), [0, 1e-5, 1], lambda x: 2 * np.abs(x)
    ),
    "huber": Case(
        lambda x: np.sum(np.where(np.abs(x) < 1, x**2 / 2, np.abs(x) - 0.5)),
        [1, 0.5, -2],
        lambda x: np.clip(x, -1, 1),
    ),
    "a cusp, nearly": Case(
        lambda x: np.sum(np.cbrt(x)), [1e-12, 1], lambda x: np.cbrt(x) ** -2 / 3
    ),
    # edges of the domain
    "a logarithm at 1e-9": Case(lambda x: np.sum(np.log(x)), [1e-9, 1e-3], lambda x: 1 / x),
    "flat at the edge": Case(
        lambda x: np.sum(x**1.5), [0, 1], lambda x: 1.5 * np.sqrt(x), {KINK: 1, RIGHT: 1}
    ),
    "infinite at the edge": Case(
        lambda x: np.sum(np.sqrt(x)), [0, 1], lambda x: 0.5 / np.sqrt(x), {KINK: 1, RIGHT: 1}
    ),
    "a masked edge": Case(
        lambda x: np.sum(np.where(x > 0, np.sqrt(np.abs(x)), 0)),
        [0, 1],
        lambda x: np.where(x > 0, 0.5 / np.sqrt(np.where(x > 0, x, 1)), 0),
        {KINK: 1, RIGHT: 1},
    ),
    "infinite, nearly": Case(
        lambda x: np.sum(np.sqrt(x + 1e-30)),
        [0, 1],
        lambda x: 0.5 / np.sqrt(x + 1e-30),
        {UNKNOWN: 1, RIGHT: 1},
        hidden=("one doubled",),
    ),
}


def wrong_gradients(g):
    """Gradients that are wrong, by name, each unlike g."""
    one_doubled, one_nan = np.array(g), np.array(g)
    largest = np.argmax(np.abs(np.where(np.isfinite(g), g, 0)))
    one_doubled[-1 if g[-1] else largest] *= 2
    one_nan[0] = np.nan
    wrong = {
        "twice": 2 * g,
        "turned": -g,
        "off by 1e-4": g * (1 + 1e-4),
        "zero": 0 * np.where(np.isfinite(g), g, 0),
        "one doubled": one_doubled,
        "nan": one_nan,
        "reversed": g[::-1].copy(),
        "off by a constant": g + 2 * (np.max(np.abs(np.where(np.isfinite(g), g, 0))) or 1.0),
    }
    for name, other in wrong.items():
        if not np.array_equal(other, g):
            yield name, other


each_case = pytest.mark.parametrize("name", CASES)


@each_case
def test_a_right_gradient_passes(name):
    case = CASES[name]
    x = np.array(case.at, float)
    with np.errstate(all="ignore"):
        check_grads(case.f, x, grad=case.gradient)
        table = certify(case.f, x, grad=case.gradient)
    assert table.ok
    found = {v: sum(row.verdict == v for row in table) for v in Verdict}
    expected = case.verdicts or {RIGHT: len(x)}
    assert {v: n for v, n in found.items() if n} == expected, table


@each_case
def test_a_wrong_gradient_is_found(name):
    case = CASES[name]
    x = np.array(case.at, float)
    step = 1 if settings().max_examples > 100 else 3  # deep, or each kind in a third of the cases
    with np.errstate(all="ignore"):
        right = case.gradient(x)
        kinds = [each for each in wrong_gradients(right) if each[0] not in case.hidden]
        for _, gradient in kinds[list(CASES).index(name) % step :: step]:
            with pytest.raises(AssertionError, match=r"is wrong|not finite"):
                check_grads(case.f, x, grad=lambda x, g=gradient: g.copy())


# Programs that nobody has looked at.

STEPS = {
    "sin": (np.sin, np.cos),
    "tanh": (np.tanh, lambda x: 4 * np.exp(-2 * abs(x)) / (1 + np.exp(-2 * abs(x))) ** 2),
    "square": (np.square, lambda x: 2 * x),
    "cube": (lambda x: x**3 / 3, np.square),
    "exp": (lambda x: np.exp(x / 4), lambda x: np.exp(x / 4) / 4),
    "log": (lambda x: np.log1p(x * x), lambda x: 2 * x / (x * x + 1)),
    "relu": (lambda x: np.maximum(x, 0.01 * x), lambda x: np.where(x > 0, 1, 0.01)),
    "scaled": (lambda x: 1e-7 * x, lambda x: np.full(x.shape, 1e-7)),
}


@st.composite
def programs(draw):
    """f, its gradient and a point: a weighted sum of a chain of functions of each element."""
    chain = draw(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=4))
    n = draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    weights = rng.normal(size=n) * 10.0 ** rng.integers(-6, 1, n)
    x = rng.normal(size=n) * 10.0 ** rng.integers(-3, 2, n)

    def f(x):
        for name in chain:
            x = STEPS[name][0](x)
        return np.sum(weights * x)

    def gradient(x):
        slope = weights
        for name in chain:
            slope = slope * STEPS[name][1](x)
            x = STEPS[name][0](x)
        return slope

    with np.errstate(all="ignore"):
        assume(np.all(np.isfinite(gradient(x))))
    return f, gradient, x


@given(programs())
def test_a_right_program_is_never_called_wrong(program):
    f, gradient, x = program
    with np.errstate(all="ignore"):
        table = certify(f, x, grad=gradient)
        assert table.ok, table
        if any(row.verdict in (RIGHT, KINK) for row in table):
            check_grads(f, x, grad=gradient)


@given(programs(), st.data())
def test_a_planted_error_is_found_wherever_it_can_be_seen(program, data):
    """And where it can't, the numbers say so."""
    f, gradient, x = program
    i = data.draw(st.integers(0, len(x) - 1))
    delta = data.draw(st.sampled_from([1e-4, -1e-4, 1e-3, 0.5, 1, -2]))

    def planted(x):
        g = gradient(x)
        g[i] *= 1 + delta
        return g

    with np.errstate(all="ignore"):
        right = gradient(x)[i]
        row = list(certify(f, x, grad=planted))[i]
        if right != 0 and row.uncertainty < abs(delta * right) / 10:
            assert row.verdict is WRONG
            if row.uncertainty < abs(delta * right) / 100:  # which moves elements in groups
                with pytest.raises(AssertionError, match="is wrong"):
                    check_grads(f, x, grad=planted)
        elif right != 0:
            assert row.verdict is not RIGHT or abs(delta) <= 1e-3


@settings(max_examples=20)
@given(programs())
def test_most_of_a_program_can_be_seen(program):
    """What is called right is right: errors of more than the uncertainty it states are found."""
    f, gradient, x = program
    with np.errstate(all="ignore"):
        for row in certify(f, x, grad=gradient):
            if row.verdict is RIGHT:
                allowed = 4 * row.uncertainty + 1e-6 * abs(row.analytic)
                assert abs(row.analytic - row.numeric) <= allowed


# The table as an object.


def cubes(x):
    return np.sum(x**3)


def test_the_table_reads_from_its_worst_rows():
    table = certify(cubes, np.arange(1.0, 41.0), grad=lambda x: np.where(x == 40, 1.0, 3 * x**2))
    text = repr(table)
    assert text.startswith("gradient of cubes: 1 wrong, 39 right\n")
    assert "x[39]" in text and "wrong: the gradient is 0.0002083 times the slope" in text
    assert "… and 20 more" in text
    assert not table.ok
    assert len(table) == 40
    assert [row.index for row in table if row.verdict is WRONG] == [(39,)]
    assert list(table.verdicts["x"][:39]) == [RIGHT] * 39


def test_columns_are_aligned():
    lines = repr(certify(cubes, np.array([1.0, 20.0, -300.0]))).splitlines()[1:]
    assert len({line.index(word) for line, word in zip(lines, ["verdict"] + ["right"] * 3)}) == 1


def test_a_complex_element_is_one_row():
    def f(z, s):
        return np.sum(np.abs(z) ** 2 * s + np.real(1j * z))

    table = certify(f, np.array([1 + 2j, -1j]), 3.0)
    assert [row.argument for row in table] == ["z", "z", "s"]
    assert [row.verdict for row in table] == [RIGHT] * 3
    np.testing.assert_allclose(
        [row.numeric for row in table], [3 - 6j * 2 + 3 + 1j, 6j + 1j, 6.0], rtol=1e-12
    )


def test_verdicts_have_the_shape_of_each_argument():
    table = certify(
        lambda p: np.sum(p["w"] @ p["x"]) + p["b"], {"w": np.eye(2), "x": np.ones(2), "b": 1.0}
    )
    shapes = {name: verdicts.shape for name, verdicts in table.verdicts.items()}
    assert shapes == {"p['w']": (2, 2), "p['x']": (2,), "p['b']": ()}


def test_several_outputs_are_summed():
    table = certify(lambda x: (x**2, np.sin(x)), np.array([1.0, 2.0]))
    assert "its outputs summed with random weights: 2 right" in repr(table)
    assert table.ok


def test_an_elementwise_function_shows_its_own_derivatives():
    table = certify(lambda x: np.maximum(x**3, 0), np.array([1.0, -2.0, 3.0]))
    assert [row.analytic for row in table] == [3, 0, 27]
    np.testing.assert_allclose([row.numeric for row in table], [3, 0, 27])
    assert "weights" not in repr(table)
    assert certify(np.abs, np.array([-2.0, 0.0])).verdicts["x"].tolist() == [RIGHT, KINK]


def test_the_picture_shows_the_worst_rows():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("Agg")
    table = certify(cubes, np.array([1.0, 2.0]), grad=lambda x: np.array([3.0, 7.0]))
    ax = table.plot()
    assert any("x[1]: wrong" in text.get_text() for text in ax.get_legend().get_texts())
    assert table.plot(ax) is ax
    pyplot.close("all")


def test_a_certificate_of_nothing():
    table = certify(lambda x: np.sum(x), np.zeros((0, 3)))
    assert isinstance(table, Certificate)
    assert repr(table) == f"gradient of {table.name}: empty"


def test_the_verdicts_do_not_depend_on_the_state_of_numpys_generator():
    first = repr(certify(cubes, points))
    np.random.default_rng(zlib.crc32(b"x")).random()
    assert repr(certify(cubes, points)) == first
