"""The scalar engine: the training step of micrograd's demo on two moons, number by number.

The hinge of 100 points by a 2-16-16-1 network, and a penalty on its weights. By hand it is one
matrix product a layer, which is why the ratios are in the hundreds: the target is a share of
micrograd's time.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from suite import Case, Contestant

SIZES = (2, 16, 16, 1)
PENALTY = 1e-4


@dataclass(frozen=True)
class Problem:
    """Points on two moons, labels of −1 and 1, and starting weights, the same for everybody."""

    batch: int
    rate: float

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Points of shape (batch, 2) and labels of shape (batch,)."""
        rng = np.random.default_rng(1337)
        angle = rng.uniform(0.0, np.pi, self.batch)
        second = np.arange(self.batch) % 2
        x, y = np.cos(angle) * (1 - 2 * second) + second, np.sin(angle) * (1 - 2 * second)
        points = np.stack([x, y + second / 2], axis=1)
        return points + rng.normal(0.0, 0.1, points.shape), second * 2.0 - 1

    def weights(self) -> list[np.ndarray]:
        """For each layer of shape (outputs, inputs + 1): a neuron's weights, then its bias."""
        rng = np.random.default_rng(0)
        return [rng.uniform(-1.0, 1.0, (m, n + 1)) for n, m in pairwise(SIZES)]


def cases() -> list[Case]:
    """The step with the network's fused neurons, and operator by operator as micrograd has it."""
    problem = Problem(batch=100, rate=0.1)
    found = []
    for name, ours, target in [
        ("scalar: moons step", by_ours, 1 / 80),
        ("scalar: moons step, unfused", by_operators, 1 / 10),
    ]:
        found.append(
            Case(
                name,
                checked=replace(problem, batch=30),
                timed=replace(problem, rate=1e-7),
                reference=by_hand,
                builders={"ours": ours, "micrograd": by_micrograd},
                target=target,
                against="micrograd",
                tolerance=1e-10,
            )
        )
    return found


def by_hand(problem: Problem) -> Contestant:
    """The step for all points at once, in NumPy."""
    layers = problem.weights()
    points, labels = problem.data()

    def step() -> Any:
        inputs = [points]
        for layer in layers[:-1]:
            inputs.append(np.maximum(inputs[-1] @ layer[:, :-1].T + layer[:, -1], 0))
        last = layers[-1]
        scores = (inputs[-1] @ last[:, :-1].T + last[:, -1])[:, 0]
        hinges = np.maximum(1 - labels * scores, 0)
        loss = np.mean(hinges) + PENALTY * sum(np.vdot(layer, layer) for layer in layers)
        g = (-labels * (hinges > 0) / len(labels))[:, None]
        gradients = []
        for h, layer in zip(reversed(inputs), reversed(layers)):
            gradient = 2 * PENALTY * layer
            gradient[:, :-1] += g.T @ h
            gradient[:, -1] += g.sum(axis=0)
            gradients.append(gradient)
            g = (g @ layer[:, :-1]) * (h > 0)
        for layer, gradient in zip(reversed(layers), gradients):
            layer -= problem.rate * gradient
        return loss

    return Contestant(step, lambda: [np.concatenate([layer.ravel() for layer in layers])])


def stepping(problem: Problem, value: Any, model: Any, parameters: list[Any]) -> Contestant:
    """The step of micrograd's demo, with `value` as the engine's class."""
    points, labels = (array.tolist() for array in problem.data())
    start = np.concatenate([layer.ravel() for layer in problem.weights()]).tolist()
    for p, number in zip(parameters, start, strict=True):
        p.data = number
    total = None

    def step() -> Any:
        nonlocal total  # as in the demo, a graph lives until the next step's loss replaces it
        scores = [model([value(a), value(b)]) for a, b in points]
        hinges = [(1 + -label * score).relu() for label, score in zip(labels, scores)]
        penalty = sum(p * p for p in parameters)
        total = sum(hinges) * (1 / len(hinges)) + PENALTY * penalty
        for p in parameters:
            p.grad = 0
        total.backward()
        for p in parameters:
            p.data -= problem.rate * p.grad
        return total.data

    return Contestant(step, lambda: [np.array([p.data for p in parameters])])


def by_ours(problem: Problem) -> Contestant:
    """nn.scalar's network, each of whose neurons is one node."""
    from autograd.value import Value
    from nn.scalar import MLP

    model = MLP(SIZES[0], list(SIZES[1:]))
    return stepping(problem, Value, model, list(model.parameters()))


def by_operators(problem: Problem) -> Contestant:
    """Our Value in micrograd's network: a node for each product and each sum."""
    from autograd.value import Value

    layers = [[[Value(0.0) for _ in range(n + 1)] for _ in range(m)] for n, m in pairwise(SIZES)]

    def model(x: Any) -> Any:
        for layer in layers:
            x = [sum((w * number for w, number in zip(neuron, x)), neuron[-1]) for neuron in layer]
            if layer is not layers[-1]:
                x = [number.relu() for number in x]
        return x[0]

    return stepping(
        problem, Value, model, [p for layer in layers for neuron in layer for p in neuron]
    )


def by_micrograd(problem: Problem) -> Contestant:
    """micrograd's engine and network."""
    from micrograd.engine import Value
    from micrograd.nn import MLP

    model = MLP(SIZES[0], list(SIZES[1:]))
    return stepping(problem, Value, model, model.parameters())
