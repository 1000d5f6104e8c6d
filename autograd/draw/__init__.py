"""Graphs drawn: what a Value or a Tensor was computed from, as data and as a Graphviz picture."""

from autograd.draw.derivation import Derivation
from autograd.draw.describe import describe
from autograd.draw.dot import draw
from autograd.draw.explain import explain
from autograd.draw.explore import explore, page
from autograd.draw.payload import Description, Edge, Group, Item
from autograd.draw.save import save, show
from autograd.draw.zoom import zoom

__all__ = [
    "Derivation",
    "Description",
    "Edge",
    "Group",
    "Item",
    "describe",
    "draw",
    "explain",
    "explore",
    "page",
    "save",
    "show",
    "zoom",
]
