"""Sorting, and what depends on the order."""

from __future__ import annotations
