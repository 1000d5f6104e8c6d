"""Means, spreads and quantiles along axes."""

from typing import Any

DOMAINS: dict[Any, Any] = {}
