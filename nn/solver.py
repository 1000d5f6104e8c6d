"""How nn.sklearn's estimators are trained: what their parameters mean, and when training ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd import Tensor
from autograd.primitive import NDArray
from nn.activations import ActivationLike, known
from nn.callbacks import Training
from nn.init import positive_integer, within
from nn.layers import MLP
from nn.metrics import named
from nn.optim import OPTIMIZERS, SGD
from nn.optimizer import Optimizer

Solver = str | Callable[..., Optimizer]


class Design(NamedTuple):
    """What a new network is, and what trains it."""

    hidden_layer_sizes: list[int]
    activation: ActivationLike
    solver: Solver
    momentum: float

    def network(self, n_in: int, n_out: int, dtype: Any, rng: np.random.Generator) -> MLP:
        """A new network."""
        return MLP(n_in, [*self.hidden_layer_sizes, n_out], self.activation, dtype=dtype, rng=rng)

    def optimizer(self, model: MLP) -> Optimizer:
        """One with two groups: the weights, which may decay, and the biases, which do not.

        The momentum is SGD's, after Nesterov. Raises TypeError if the solver makes no Optimizer.
        """
        groups = [
            {"params": [layer.weight for layer in model.layers]},
            {"params": [layer.bias for layer in model.layers], "weight_decay": 0.0},
        ]
        options = {"momentum": self.momentum, "nesterov": True} if self.momentum else {}
        made = _maker(self.solver)(groups, **options)
        if not isinstance(made, Optimizer):
            raise TypeError(f"solver must make an Optimizer, but {self.solver!r} makes {made!r}")
        return made

    def check_as(self, before: Design) -> None:
        """Raise ValueError if it differs from what the network and the optimizer were made by."""
        changed = [
            f"{name} was {was!r} and is {now!r}"
            for name, was, now in zip(self._fields, before, self)
            if was != now
        ]
        if changed:
            raise ValueError(
                f"partial_fit goes on with the network and the solver that there are, but "
                f"{'; '.join(changed)}: set it back, or call fit for a new network"
            )


def design_of(given: Mapping[str, Any]) -> Design:
    """What the parameters of an estimator say. Raises ValueError or TypeError if they can't be."""
    sizes, activation, solver = (given[name] for name in Design._fields[:3])
    momentum = within("momentum", given["momentum"], 0, 1)
    return Design(
        [
            positive_integer("each of hidden_layer_sizes", width)
            for width in (sizes if np.iterable(sizes) else [sizes])
        ],
        known("sigmoid" if activation == "logistic" else activation),
        solver,
        momentum if _maker(solver) is SGD else 0.0,
    )


def _maker(solver: Any) -> Any:
    """The class or function that makes the optimizer."""
    if isinstance(solver, type) and issubclass(solver, Optimizer):
        return solver
    return named("solver", solver, OPTIMIZERS)


def check_parameters(given: Mapping[str, Any]) -> None:
    """Raise ValueError or TypeError for a parameter that can't be used; all but random_state."""
    design_of(given)
    if given["batch_size"] != "auto":
        positive_integer("batch_size", given["batch_size"])
    positive_integer("max_iter", given["max_iter"])
    if given["n_iter_no_change"] != np.inf:
        positive_integer("n_iter_no_change", given["n_iter_no_change"])
    for name in ("alpha", "learning_rate_init", "tol"):
        within(name, given[name])
    if not given["learning_rate_init"]:
        raise ValueError("learning_rate_init must be above 0: with 0, nothing would be learnt")
    within("validation_fraction", given["validation_fraction"], 0, 1)
    if not isinstance(given["early_stopping"], (bool, np.bool_)):
        raise TypeError(f"early_stopping must be True or False, not {given['early_stopping']!r}")
    if not isinstance(given["verbose"], (bool, np.bool_, int, np.integer)):
        raise TypeError(f"verbose must be True, False or a whole number, not {given['verbose']!r}")


class Penalty:
    """A callback that adds ½ alpha · (sum of the squared `weights`) to the sum of a batch's losses.

    So in the mean over the batch, it is divided by the number of samples there, or by the sum of
    their weights. A sample has so many `targets`.
    """

    def __init__(self, alpha: float, weights: list[Tensor], targets: int) -> None:
        self.alpha, self.weights, self.targets = alpha, weights, targets
        self.counts = 0.0

    def on_gradients(self, training: Training) -> None:
        """Let the weights decay as its gradient says, and count it into the loss of the epoch."""
        if self.counts != training.counts:  # mostly the same: 2% of a small step
            self.counts = training.counts
            samples = self.counts / self.targets
            training.optimizer.param_groups[0]["weight_decay"] = self.alpha / samples
        for weight in self.weights:
            squares = float(np.vdot(weight._array, weight._array))
            training.total += 0.5 * self.alpha * squares * self.targets


class Progress:
    """A callback that stops when, for more than `patience` epochs, none was better by `tol`.

    Better than all before it, that is: of less loss or, if there is a `score`, of a larger one,
    which is measured after each epoch. `weights` are then those of the best.
    """

    def __init__(self, patience: float, tol: float, score: Callable[[], float] | None) -> None:
        self.patience, self.tol, self.score = patience, tol, score
        self.scores: list[float] = []
        self.best, self.waited = -np.inf, 0
        self.weights: dict[str, NDArray] | None = None

    def on_epoch_end(self, training: Training) -> None:
        """See how good the epoch was."""
        if self.score is None:
            figure = -training.history.losses[-1]
        else:
            figure = self.score()
            self.scores.append(figure)
        self.waited = self.waited + 1 if figure < self.best + self.tol else 0
        if figure > self.best:
            self.best = figure
            self.weights = None if self.score is None else training.model.state_dict()
        if self.waited > self.patience:
            training.stop(f"nothing was better by {self.tol} for {self.waited} epochs")
