"""Means, spreads and quantiles along axes."""

from __future__ import annotations
