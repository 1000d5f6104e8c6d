"""nn.fit and nn.sklearn: whole trainings on shuffled mini-batches, epoch by epoch.

What `fit` adds to a loop that one writes oneself is to be at most 15%, so it is compared with such
a loop over the same network and optimizer; nn.sklearn is compared with scikit-learn.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from suite import Case, Contestant, training


@dataclass(frozen=True)
class Problem:
    """A network with its batches, and what it is trained on."""

    network: training.Problem
    items: int
    epochs: int = 5
    watched: bool = False  # with a metric, and a callback after each epoch

    @property
    def batch(self) -> int:
        """Items for each step."""
        return self.network.batch

    def data(self) -> Any:
        """Inputs and targets of all items."""
        return replace(self.network, batch=self.items).data()

    def orders(self) -> Iterator[np.ndarray]:
        """The numbers of an epoch's items in a random order, for each epoch."""
        rng = np.random.default_rng(0)
        return (rng.permutation(self.items) for _ in range(self.epochs))


def cases() -> list[Case]:
    """fit from networks whose steps take 10 µs to such of milliseconds; digits for scikit-learn."""
    return [
        *(case_of_fit(*each) for each in [((2, 3, 1), 1, 100), ((2, 16, 1), 32, 1000)]),
        *(case_of_fit((64, 32, 10), 32, 1000, watched) for watched in (False, True)),
        case_of_fit((784, 256, 128, 10), 128, 640),
        *(case_of_sklearn(dtype, b) for dtype in ("float64", "float32") for b in (200, 32)),
    ]


# fit


def case_of_fit(sizes: tuple[int, ...], batch: int, items: int, watched: bool = False) -> Case:
    """With plain SGD, in float64."""
    problem = Problem(training.Problem(sizes, batch, "float64", "SGD", 0.05), items, 5, watched)
    name = f"fit: {'-'.join(map(str, sizes))} b{batch}"
    return Case(
        f"{name}, metric and callback" if watched else name,
        checked=replace(problem, items=batch + 1, epochs=2),
        timed=replace(problem, network=replace(problem.network, rate=1e-7)),
        reference=by_hand,
        builders={"ours": by_fit, "ours, by a loop": by_loop},
        target=1.15,
        against="ours, by a loop",
        tolerance=1e-10,
    )


def by_hand(problem: Problem) -> Contestant:
    """The loop and the step by hand."""
    parameters = problem.network.weights()
    step = training.stepping(problem.network, parameters)
    return Contestant(looped(problem, problem.data(), step), lambda: parameters)


def looped(problem: Problem, data: Any, step: Any) -> Any:
    """The function that goes through all epochs and returns the mean loss of the last."""
    X, y = data

    def train() -> Any:
        for order in problem.orders():
            total = 0.0
            for start in range(0, len(X), problem.batch):
                rows = order[start : start + problem.batch]
                total += float(step(X[rows], y[rows])) * len(rows)
        return total / len(X)

    return train


def by_loop(problem: Problem) -> Contestant:
    """The loop by hand, the step by nn."""
    import nn

    model, optimizer, name = parts(problem)
    loss_of = getattr(nn, name)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return Contestant(
        looped(problem, problem.data(), step), lambda: [p.data for p in model.parameters()]
    )


def by_fit(problem: Problem) -> Contestant:
    """All by nn.fit."""
    import nn

    model, optimizer, loss = parts(problem)
    X, y = problem.data()
    options: dict[str, Any] = {"loss": loss, "optimizer": optimizer, "epochs": problem.epochs}
    options |= {"batch_size": problem.batch, "progress": False}
    if problem.watched:
        seen: list[int] = []
        options |= {"metrics": "accuracy", "callbacks": lambda each: seen.append(each.epoch)}

    def train() -> Any:
        return nn.fit(model, X, y, **options, rng=0).losses[-1]

    return Contestant(train, lambda: [p.data for p in model.parameters()])


def parts(problem: Problem) -> Any:
    """The network, its optimizer, and the name of the loss."""
    import nn

    sizes, network = problem.network.sizes, problem.network
    model = nn.MLP(sizes[0], list(sizes[1:]), dtype=network.dtype)
    model.load_state_dict(dict(zip(model.state_dict(), network.weights(), strict=True)))
    optimizer = nn.SGD(model.parameters(), lr=network.rate)
    return model, optimizer, "cross_entropy" if network.classes else "half_mse"


# nn.sklearn


@dataclass(frozen=True)
class Digits(Problem):
    """An MLPClassifier for scikit-learn's scans of digits, from the same weights at each fit."""

    def data(self) -> Any:
        """Scans of 8 by 8 pixels, and what they are."""
        X, y = scans()
        return (X[: self.items] / 16).astype(self.network.dtype), y[: self.items]

    def options(self) -> dict[str, Any]:
        """What both classifiers are told: never to stop early, among other things."""
        (hidden,), epochs = self.network.sizes[1:-1], self.epochs
        return {
            "hidden_layer_sizes": hidden, "alpha": 0.0, "batch_size": self.batch,
            "learning_rate_init": self.network.rate, "max_iter": epochs,
            "n_iter_no_change": epochs, "random_state": 0,
        }  # fmt: skip


@cache
def scans() -> Any:
    """All that scikit-learn has."""
    from sklearn.datasets import load_digits

    return load_digits(return_X_y=True)


def case_of_sklearn(dtype: str, batch: int) -> Case:
    """Timed in mini-batches, checked on all items at once: each has an order of its own."""
    network = training.Problem((64, 100, 10), batch, dtype, "Adam", 0.001)
    return Case(
        f"sklearn: digits b{batch} {dtype}",
        checked=Digits(replace(network, batch=100), 100, 3),
        timed=Digits(network, 1797),
        reference=digits_by_hand,
        builders={"ours": digits_by_ours, "scikit-learn": digits_by_sklearn},
        target=0.7,
        against="scikit-learn",
        tolerance=1e-3,  # scikit-learn has its ε at another place in Adam
    )


def digits_by_hand(problem: Digits) -> Contestant:
    data = problem.data()
    parameters = problem.network.weights()

    def fit() -> Any:
        nonlocal parameters
        parameters = problem.network.weights()
        return looped(problem, data, training.stepping(problem.network, parameters))()

    return Contestant(fit, lambda: [*(W.T for W in parameters[::2]), *parameters[1::2]])


def digits_by_ours(problem: Digits) -> Contestant:
    from nn.sklearn import MLPClassifier

    class Started(MLPClassifier):
        def _begin(self, *shape: Any) -> None:
            super()._begin(*shape)
            names = self.model_.state_dict()
            self.model_.load_state_dict(dict(zip(names, problem.network.weights(), strict=True)))

    return fitted(Started(**problem.options()), problem)


def digits_by_sklearn(problem: Digits) -> Contestant:
    from sklearn.neural_network import MLPClassifier

    class Started(MLPClassifier):
        def _init_coef(self, fan_in: int, fan_out: int, dtype: Any) -> Any:
            W = problem.network.weights()
            return next((V.T.copy(), b) for V, b in zip(W[::2], W[1::2]) if len(b) == fan_out)

    return fitted(Started(**problem.options()), problem)


def fitted(classifier: Any, problem: Digits) -> Contestant:
    """All of fit, without its warning that training was cut short."""
    X, y = problem.data()

    def fit() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            classifier.fit(X, y)
        return classifier.loss_curve_[-1]

    return Contestant(fit, lambda: [*classifier.coefs_, *classifier.intercepts_])
