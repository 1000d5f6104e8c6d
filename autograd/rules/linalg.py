"""Linear algebra: np.linalg, batched."""

from __future__ import annotations
