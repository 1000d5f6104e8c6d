"""Running sums and products, differences, integrals."""

from typing import Any

DOMAINS: dict[Any, Any] = {}
