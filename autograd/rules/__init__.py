"""THE derivative table: every operation and its rules, one file a family."""

from autograd.rules import (
    elementwise,
    fft,
    indexing,
    joining,
    linalg,
    ordering,
    products,
    reductions,
    scans,
    shaping,
    special,
    statistics,
    transcendental,
    ufuncs,
)

__all__ = [
    "elementwise",
    "fft",
    "indexing",
    "joining",
    "linalg",
    "ordering",
    "products",
    "reductions",
    "scans",
    "shaping",
    "special",
    "statistics",
    "transcendental",
    "ufuncs",
]
