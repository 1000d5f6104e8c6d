"""Parametrised cases without names of their own: lambdas, arrays, messages."""

from collections.abc import Iterable
from typing import Any

import pytest


def each(names: str, cases: Iterable[Any]) -> pytest.MarkDecorator:
    """`parametrize`, with the cases numbered from 0."""
    cases = list(cases)
    return pytest.mark.parametrize(names, cases, ids=[str(i) for i in range(len(cases))])
