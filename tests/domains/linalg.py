"""Linear algebra: np.linalg, batched."""

from typing import Any

DOMAINS: dict[Any, Any] = {}
