"""Sorting, and what depends on the order."""

from typing import Any

DOMAINS: dict[Any, Any] = {}
