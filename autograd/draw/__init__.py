"""Graphs drawn: what a Value or a Tensor was computed from, as data and as a Graphviz picture."""

from autograd.draw.describe import Item, describe
from autograd.draw.dot import to_dot

__all__ = ["Item", "describe", "to_dot"]
