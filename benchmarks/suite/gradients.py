"""Everybody on one program: its value, and the gradient by each of its inputs.

    program(library, problem, constants, *inputs) -> a scalar

A problem has `inputs()`, the arrays to differentiate by, and perhaps `constants()`, other arrays,
which the program gets as its library's own.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from suite import Builder, Contestant, libraries

Program = Callable[..., Any]


def builders(program: Program) -> Mapping[str, Builder]:
    """Ours by backward(), which is what Tensors are for; the others as their users would."""

    def make(library: Any, problem: Any) -> Contestant:
        arrays = getattr(problem, "constants", list)()
        constants = [library.np.asarray(array) for array in arrays]
        return library.gradients(
            lambda each, *inputs: program(each, problem, constants, *inputs), problem.inputs()
        )

    return {**libraries.builders(make), "ours": lambda problem: make(Leaves(), problem)}


class Leaves(libraries.Ours):
    """Ours, with gradients where backward() leaves them."""

    def gradients(self, f: Program, arrays: list[np.ndarray]) -> Contestant:
        """Value and gradients of f."""
        leaves = [self.autograd.Tensor(array, requires_grad=True) for array in arrays]

        def step() -> Any:
            for x in leaves:
                x.grad = None
            value = f(self, *leaves)
            value.backward()
            return value

        return Contestant(step, lambda: [x.grad for x in leaves])
