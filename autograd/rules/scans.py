"""Running sums and products, differences, integrals."""

from __future__ import annotations
