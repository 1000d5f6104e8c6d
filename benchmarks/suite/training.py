"""Training steps of multi-layer perceptrons: forward, backward, update, on one batch.

One output is a regression, with ½ of the mean squared error; several are classes, with
cross-entropy.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from suite import Case, Contestant

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8
Arrays = list[np.ndarray]


@dataclass(frozen=True)
class Problem:
    """The same network, batch and starting weights for everybody, in fresh arrays each time."""

    sizes: tuple[int, ...]
    batch: int
    dtype: str
    optimizer: str  # "SGD" or "Adam"
    rate: float

    @property
    def classes(self) -> bool:
        """Whether the loss is cross-entropy."""
        return self.sizes[-1] > 1

    def weights(self) -> Arrays:
        """W₁, b₁, W₂, b₂, …, each W of shape (outputs, inputs)."""
        rng = np.random.default_rng(0)
        shapes = zip(self.sizes[1:], self.sizes)
        pairs = [(rng.normal(0, (2 / n) ** 0.5, (m, n)), rng.normal(0, 0.1, m)) for m, n in shapes]
        return [array.astype(self.dtype) for pair in pairs for array in pair]

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Inputs of shape (batch, sizes[0]), and labels or targets of shape (batch, 1)."""
        rng = np.random.default_rng(1)
        if self.sizes == (2, 4, 1):
            inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], self.dtype)
            return inputs, (inputs.sum(1, keepdims=True) == 1).astype(self.dtype)
        x = rng.normal(size=(self.batch, self.sizes[0])).astype(self.dtype)
        if self.classes:
            return x, rng.integers(self.sizes[-1], size=self.batch)
        return x, rng.normal(size=(self.batch, 1)).astype(self.dtype)


def cases() -> list[Case]:
    """Every network in both dtypes, with both optimizers."""
    networks = [  # sizes, batch, what is aimed at with SGD and with Adam
        ((2, 3, 1), 1, 1.7, 1.3),
        ((2, 4, 1), 4, 1.7, 1.3),
        ((64, 32, 10), 32, 1.45, 1.3),
        ((64, 128, 64, 10), 64, 1.15, 1.15),
        ((784, 256, 128, 10), 128, 1.03, 1.03),
        ((784, 1024, 1024, 10), 512, 1.03, 1.03),
    ]
    found = []
    for sizes, batch, *targets in networks:
        for dtype in ("float32", "float64"):
            for optimizer, rate, target in zip(("SGD", "Adam"), (0.05, 0.001), targets):
                problem = Problem(sizes, batch, dtype, optimizer, rate)
                name = f"{'-'.join(map(str, sizes))} b{batch} {dtype} {optimizer}"
                found.append(
                    Case(
                        f"XOR {name}" if sizes == (2, 4, 1) else name,
                        checked=problem,
                        # At this rate no unit dies and no error vanishes, however often it is run:
                        # with denormal numbers, the processor would be timed.
                        timed=replace(problem, rate=1e-7),
                        reference=by_hand,
                        builders=BUILDERS,
                        target=target,
                        tolerance={"float32": 1e-4, "float64": 1e-10}[dtype],
                    )
                )
    return found


def by_hand(problem: Problem) -> Contestant:
    """The step as one writes it without a framework."""
    parameters = problem.weights()
    step, (x, target) = stepping(problem, parameters), problem.data()
    return Contestant(lambda: step(x, target), lambda: parameters)


def stepping(problem: Problem, parameters: Arrays) -> Callable[[Any, Any], Any]:
    """The function of a batch that changes the parameters and returns the loss."""
    weights, biases = parameters[::2], parameters[1::2]
    every_row = np.arange(problem.batch)
    update = updating(problem, parameters)

    def step(x: Any, target: Any) -> Any:
        inputs = [x]
        for W, b in zip(weights[:-1], biases[:-1]):
            inputs.append(np.maximum(inputs[-1] @ W.T + b, 0))
        y = inputs[-1] @ weights[-1].T + biases[-1]
        if problem.classes:
            rows = every_row[: len(x)]
            powers = np.exp(y - y.max(axis=1, keepdims=True))
            g = powers / powers.sum(axis=1, keepdims=True)
            value = -np.mean(np.log(g[rows, target]))
            g[rows, target] -= 1
            g /= len(x)
        else:
            error = y - target
            value = 0.5 * np.mean(error * error)
            g = error / error.size
        gradients: Arrays = []
        for i in reversed(range(len(weights))):
            gradients[:0] = g.T @ inputs[i], g.sum(axis=0)
            if i:
                g = (g @ weights[i]) * (inputs[i] > 0)
        update(gradients)
        return value

    return step


def updating(problem: Problem, parameters: Arrays) -> Callable[[Any], None]:
    """The optimizer by hand: a function of the gradients that changes the parameters in place."""
    rate = problem.rate
    if problem.optimizer == "SGD":

        def descend(gradients: Any) -> None:
            for p, g in zip(parameters, gradients):
                p -= rate * g

        return descend

    means = [np.zeros_like(p) for p in parameters]
    squares = [np.zeros_like(p) for p in parameters]
    t = 0

    def adam(gradients: Any) -> None:
        nonlocal t
        t += 1
        root = (1 - BETA2**t) ** 0.5
        scale, eps = rate * root / (1 - BETA1**t), EPS * root
        for p, g, m, v in zip(parameters, gradients, means, squares):
            m *= BETA1
            m += (1 - BETA1) * g
            v *= BETA2
            v += (1 - BETA2) * (g * g)
            p -= scale * m / (np.sqrt(v) + eps)

    return adam


def by_ours(problem: Problem) -> Contestant:
    """As users write it; the data are Tensors, made once."""
    import nn
    from autograd import Tensor

    model = nn.MLP(problem.sizes[0], list(problem.sizes[1:]), dtype=problem.dtype)
    parameters = list(model.parameters())
    model.load_state_dict(dict(zip(model.state_dict(), problem.weights(), strict=True)))
    optimizer = getattr(nn, problem.optimizer)(parameters, lr=problem.rate)
    x, target = map(Tensor, problem.data())
    loss_of = nn.cross_entropy if problem.classes else nn.half_mse

    def step() -> Any:
        optimizer.zero_grad()
        loss = loss_of(model(x), target)
        loss.backward()
        optimizer.step()
        return loss

    return Contestant(step, lambda: [p.data for p in parameters])


def by_torch(problem: Problem) -> Contestant:
    """PyTorch, eager."""
    import torch

    dtype = getattr(torch, problem.dtype)
    layers: list[Any] = []
    for n, m in zip(problem.sizes, problem.sizes[1:]):
        layers += [torch.nn.Linear(n, m, dtype=dtype), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    parameters = list(model.parameters())
    with torch.no_grad():
        for p, array in zip(parameters, problem.weights(), strict=True):
            p.copy_(torch.from_numpy(array))
    optimizer = getattr(torch.optim, problem.optimizer)(parameters, lr=problem.rate)
    x, target = map(torch.from_numpy, problem.data())
    functional = torch.nn.functional

    def loss_of(y: Any) -> Any:
        if problem.classes:
            return functional.cross_entropy(y, target)
        return 0.5 * functional.mse_loss(y, target)

    def step() -> Any:
        optimizer.zero_grad()
        loss = loss_of(model(x))
        loss.backward()
        optimizer.step()
        return loss.detach()

    return Contestant(step, lambda: [p.detach().numpy() for p in parameters])


def by_jax(problem: Problem) -> Contestant:
    """JAX, with the whole step compiled and its arrays given to it to be reused."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy

    def loss_of(parameters: Any, x: Any, target: Any) -> Any:
        *hidden, (W, b) = zip(parameters[::2], parameters[1::2])
        for V, c in hidden:
            x = jax.nn.relu(x @ V.T + c)
        y = x @ W.T + b
        if problem.classes:
            return -jnp.mean(jax.nn.log_softmax(y)[jnp.arange(len(y)), target])
        return 0.5 * jnp.mean((y - target) ** 2)

    def update(p: Any, g: Any, m: Any, v: Any, t: Any) -> Any:
        if problem.optimizer == "SGD":
            return p - problem.rate * g, m, v
        m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g * g
        root = jnp.sqrt(1 - BETA2**t)
        scale = problem.rate * root / (1 - BETA1**t)
        return p - (scale * m / (jnp.sqrt(v) + EPS * root)).astype(p.dtype), m, v

    @partial(jax.jit, donate_argnums=(0, 1, 2, 3))
    def train(parameters: Any, means: Any, squares: Any, t: Any, x: Any, target: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(parameters, x, target)
        arrays = zip(parameters, gradients, means, squares)
        updated = [update(*each, t) for each in arrays]
        return loss, *map(list, zip(*updated)), t + 1

    x, target = map(jnp.array, problem.data())
    parameters = [jnp.array(array) for array in problem.weights()]
    adam = problem.optimizer == "Adam"
    means, squares = ([jnp.zeros_like(p) if adam else None for p in parameters] for _ in "mv")
    state: Any = parameters, means, squares, jnp.ones((), problem.dtype)

    def step() -> Any:
        nonlocal state
        loss, *state = train(*state, x, target)
        return loss.block_until_ready()

    return Contestant(step, lambda: [np.asarray(p) for p in state[0]])


def by_mygrad(problem: Problem) -> Contestant:
    """MyGrad, with the optimizer by hand: it has none."""
    import mygrad
    from mygrad.nnet.activations import relu
    from mygrad.nnet.losses import softmax_crossentropy

    parameters = [mygrad.tensor(array) for array in problem.weights()]
    x, target = problem.data()
    update = updating(problem, [p.data for p in parameters])
    *hidden, (W, b) = zip(parameters[::2], parameters[1::2])

    def step() -> Any:
        h = x
        for V, c in hidden:
            h = relu(mygrad.matmul(h, V.T) + c)
        y = mygrad.matmul(h, W.T) + b
        if problem.classes:
            loss = softmax_crossentropy(y, target)
        else:
            loss = 0.5 * mygrad.mean((y - target) ** 2)
        loss.backward()
        update([p.grad for p in parameters])
        return loss

    return Contestant(step, lambda: [p.data for p in parameters])


def by_hips(problem: Problem) -> Contestant:
    """HIPS autograd, with the optimizer by hand, as in its examples."""
    import autograd.numpy as anp
    from autograd import value_and_grad
    from autograd.scipy.special import logsumexp

    x, target = problem.data()
    rows = np.arange(len(x))

    def loss_of(parameters: Any) -> Any:
        *hidden, (W, b) = zip(parameters[::2], parameters[1::2])
        h = x
        for V, c in hidden:
            h = anp.maximum(anp.dot(h, V.T) + c, 0)
        y = anp.dot(h, W.T) + b
        if problem.classes:
            return anp.mean(logsumexp(y, axis=1) - y[rows, target])
        return 0.5 * anp.mean((y - target) ** 2)

    parameters = problem.weights()
    update = updating(problem, parameters)
    loss_and_gradients = value_and_grad(loss_of)

    def step() -> Any:
        loss, gradients = loss_and_gradients(parameters)
        update(gradients)
        return loss

    return Contestant(step, lambda: parameters)


BUILDERS = {
    "ours": by_ours,
    "PyTorch": by_torch,
    "JAX": by_jax,
    "MyGrad": by_mygrad,
    "HIPS autograd": by_hips,
}
