"""Modules that several tests use."""

import nn


class Stack(nn.Module):
    """Modules in a row; the first is called twice, in two places."""

    def __init__(self, *parts: nn.Module) -> None:
        self.parts = list(parts)

    def forward(self, x):
        for part in [*self.parts, self.parts[0]]:
            x = part(x)
        return x
