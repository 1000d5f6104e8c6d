"""What pictures say of large arrays: true and finite, whatever is in them."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograd import Tensor, Value
from autograd.draw import describe, draw, page
from autograd.draw.numbers import as_json, summary
from cases import each

LARGE = st.integers(65, 90)


@given(hnp.arrays(np.float64, LARGE, elements=st.floats(-1e6, 1e6)))
def test_a_summary_is_what_numpy_says(x: np.ndarray) -> None:
    found = summary(x)
    assert (found.min, found.max) == (x.min(), x.max())
    assert found.mean == pytest.approx(x.mean(), rel=1e-12, abs=1e-300)
    assert found.std == pytest.approx(x.std(), rel=1e-9, abs=1e-9 * np.abs(x).max())
    assert sum(found.counts) == x.size
    if np.ptp(x) > 1e-6 * np.abs(x).max():
        edges = np.linspace(x.min(), x.max(), 25)
        below = [np.sum(x <= edge + 1e-9 * np.ptp(x)) for edge in edges[1:]]
        above = [np.sum(x < edge - 1e-9 * np.ptp(x)) for edge in edges[1:]]
        sums = np.cumsum(found.counts)
        assert all(a <= s <= b for a, s, b in zip(above, sums, below, strict=True))


@pytest.mark.filterwarnings("error")
@given(hnp.arrays(np.float64, LARGE, elements=st.floats()))
def test_a_summary_of_any_numbers_is_made_without_a_warning(x: np.ndarray) -> None:
    found, finite = summary(x), x[np.isfinite(x)]
    assert found.nan + found.inf + sum(found.counts) == x.size
    assert math.isfinite(found.mean) == (finite.size > 0)
    if finite.size:
        slack = float(1e-12 * np.abs(finite).max())
        assert found.min - slack <= found.mean <= found.max + slack
    as_json(found)


@each(
    "program",
    [
        lambda x: np.sin(x) ** 2 + np.cos(x) ** 2,  # all 1, but for the last digit
        lambda x: np.abs(np.fft.fft(x)),
        lambda x: x * 0 + 1e15,
        lambda x: x * 1e308,
    ],
)
def test_numbers_that_hardly_differ_or_are_far_apart_can_be_drawn(program) -> None:
    x = Tensor(np.random.default_rng(0).uniform(-1, 1, 100), requires_grad=True)
    root = program(x).max()
    draw(root)
    page(describe(root).as_json())


@given(hnp.arrays(np.float64, st.integers(2, 40), elements=st.floats()))
def test_any_numbers_can_be_on_a_page(x: np.ndarray) -> None:
    page(describe(Tensor(x, requires_grad=True) * 1.0).as_json())


@each("leaf", [Value, lambda x: Tensor(x, requires_grad=True)])
def test_gradients_are_added_up_in_full_and_not_as_they_are_shown(leaf: Any) -> None:
    x = leaf(1.0)
    description = describe(x * 5 + (x * 123456789.123 - x * 123456789.0))
    totals = [description.edges[e] for e in description.backward]
    sums = [edge.total for edge in totals if edge.source == 0]
    assert sums[0] is None
    assert sums[1] == pytest.approx(0.123, rel=1e-6)
    assert sums[2] == description.nodes[0].gradient == pytest.approx(5.123, rel=1e-6)
