"""Indexing, and what its gradients are made of: zeros, to which each element is added at its place.

The loss is the sum of squares of what was picked, so that every gradient depends on the numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from suite import Case, Contestant
from suite.gradients import builders

SIDE = 256


@dataclass(frozen=True)
class Problem:
    """Elements of a matrix, and how they are picked."""

    pick: Callable[..., Any]  # (library, x, *indices)
    put: Callable[..., None]  # (gradient, g, *indices): in place, g being that of what was picked
    shape: tuple[int, int] = (SIDE, SIDE)
    draw: Callable[..., tuple[np.ndarray, ...]] = lambda rng: ()  # the indices

    def inputs(self) -> list[np.ndarray]:
        """The matrix."""
        return [np.random.default_rng(0).normal(size=self.shape)]

    def constants(self) -> list[np.ndarray]:
        """The indices."""
        return list(self.draw(np.random.default_rng(1)))


def cases() -> list[Case]:
    """Every way to pick."""
    return [
        Case(
            f"indexing: {name}",
            checked=problem,
            timed=problem,
            reference=by_hand,
            builders=builders(squares),
            tolerance=1e-10,
        )
        for name, problem in PROBLEMS.items()
    ]


def squares(library: Any, problem: Problem, indices: Any, x: Any) -> Any:
    """The sum of the squares of what was picked."""
    y = problem.pick(library, x, *indices)
    return (y * y).sum()


def by_hand(problem: Problem) -> Contestant:
    """NumPy, with the gradient put together in place."""
    (x,), indices = problem.inputs(), problem.constants()
    gradient = np.zeros_like(x)

    def step() -> Any:
        nonlocal gradient
        y = problem.pick(None, x, *indices)
        loss = (y * y).sum()
        gradient = np.zeros_like(x)
        problem.put(gradient, 2 * y, *indices)
        return loss

    return Contestant(step, lambda: [gradient])


def put_slice(gradient: np.ndarray, g: np.ndarray) -> None:
    """Each place once."""
    gradient[10:200, ::2] = g


def put_mask(gradient: np.ndarray, g: np.ndarray, mask: np.ndarray) -> None:
    """Each place at most once."""
    gradient[mask] = g


def put_pairs(gradient: np.ndarray, g: np.ndarray, *indices: np.ndarray) -> None:
    """A place may come up many times."""
    np.add.at(gradient, indices, g)


def neighbours(_: Any, x: Any) -> Any:
    """The sum of the four around each inner element."""
    return x[:-2, 1:-1] + x[2:, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:]


def put_neighbours(gradient: np.ndarray, g: np.ndarray) -> None:
    """Four views."""
    for view in gradient[:-2, 1:-1], gradient[2:, 1:-1], gradient[1:-1, :-2], gradient[1:-1, 2:]:
        view += g


def take(library: Any, x: Any, columns: Any) -> Any:
    """Columns, by the function."""
    if hasattr(library, "torch"):
        return library.torch.index_select(x, 1, columns)
    return (library.np if library else np).take(x, columns, axis=1)


def put_columns(gradient: np.ndarray, g: np.ndarray, columns: np.ndarray) -> None:
    """A column may come up many times."""
    np.add.at(gradient.T, columns, g.T)


def shuffle(library: Any, x: Any) -> Any:
    """Eight parts, joined in the reverse order."""
    if hasattr(library, "torch"):
        return library.torch.cat(library.torch.tensor_split(x, 8)[::-1])
    namespace = library.np if library else np
    return namespace.concatenate(namespace.split(x, 8)[::-1])


def put_parts(gradient: np.ndarray, g: np.ndarray) -> None:
    """Back in order."""
    gradient[...] = np.concatenate(np.split(g, 8)[::-1])


def assign(library: Any, x: Any, rows: Any) -> Any:
    """The first rows, in the place of others."""
    y = x * 1.0
    if hasattr(library, "jax"):
        return y.at[rows].set(x[: len(rows)])
    y[rows] = x[: len(rows)]
    return y


def put_assigned(gradient: np.ndarray, g: np.ndarray, rows: np.ndarray) -> None:
    """What was overwritten has none."""
    gradient += g
    gradient[rows] = 0
    gradient[: len(rows)] += g[rows]


PROBLEMS = {
    "x[10:200, ::2]": Problem(lambda _, x: x[10:200, ::2], put_slice),
    "four neighbours, by slices": Problem(neighbours, put_neighbours),
    "x[mask]": Problem(
        lambda _, x, mask: x[mask],
        put_mask,
        draw=lambda rng: (rng.random((SIDE, SIDE)) < 0.3,),
    ),
    "x[i, j], 4,096 pairs": Problem(
        lambda _, x, i, j: x[i, j],
        put_pairs,
        draw=lambda rng: tuple(rng.integers(SIDE, size=(2, 4096))),
    ),
    "take 100 columns": Problem(
        take, put_columns, draw=lambda rng: (rng.integers(SIDE, size=100),)
    ),
    "512 rows of a 10,000 × 64 table": Problem(
        lambda _, x, rows: x[rows],
        put_pairs,
        shape=(10_000, 64),
        draw=lambda rng: (rng.integers(10_000, size=512),),
    ),
    "100,000 times one of 100 rows": Problem(
        lambda _, x, rows: x[rows],
        put_pairs,
        shape=(100, 1),
        draw=lambda rng: (rng.integers(100, size=100_000),),
    ),
    "split in 8 and concatenate": Problem(shuffle, put_parts),
    "assign 64 rows": Problem(assign, put_assigned, draw=lambda rng: (rng.permutation(SIDE)[:64],)),
}
