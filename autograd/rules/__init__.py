"""THE derivative table: every operation and its rules, one file a family."""

from autograd.rules import elementwise, indexing, products, reductions, shaping, special

__all__ = ["elementwise", "indexing", "products", "reductions", "shaping", "special"]
