"""What programs that differentiate often need: structures as vectors, optimizers, fixed points."""

from autograd.misc.flatten import flatten

__all__ = ["flatten"]
