"""Graphs drawn: what a Value or a Tensor was computed from, as data and as a Graphviz picture."""

from autograd.draw.describe import describe
from autograd.draw.dot import draw
from autograd.draw.explore import explore, page
from autograd.draw.payload import Description, Edge, Group, Item
from autograd.draw.save import save, show
from autograd.draw.zoom import zoom

__all__ = [
    "Description",
    "Edge",
    "Group",
    "Item",
    "describe",
    "draw",
    "explore",
    "page",
    "save",
    "show",
    "zoom",
]
