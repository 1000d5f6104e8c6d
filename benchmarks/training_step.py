"""One SGD training step of an MLP, against the same step written by hand in NumPy.

    python benchmarks/training_step.py

Both start from the same weights and must agree on the loss and on every weight after 20 steps
before they are timed. A figure is (time of ours) / (time of NumPy's): 1.0 would be no overhead.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from timing import interleaved

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

import nn
from autograd import Tensor

CASES = [  # sizes, batch, loss, dtype, target
    ((2, 3, 1), 1, "half_mse", np.float64, 1.9),
    ((64, 32, 10), 32, "half_mse", np.float64, 1.7),
    ((64, 32, 10), 32, "cross_entropy", np.float64, 1.7),
    ((64, 32, 10), 32, "cross_entropy", np.float32, 1.7),
    ((784, 256, 128, 10), 128, "half_mse", np.float32, 1.06),
    ((784, 256, 128, 10), 128, "cross_entropy", np.float64, 1.06),
    ((784, 256, 128, 10), 128, "cross_entropy", np.float32, 1.06),
]
RATE = 0.01

Arrays = list[np.ndarray]


def by_hand(weights: Arrays, biases: Arrays, x: Any, target: Any, loss: str) -> Callable[[], Any]:
    """The step as one writes it without a framework: forward, backward, update."""
    n = len(x)
    rows = np.arange(n)

    def step() -> Any:
        inputs = [x]
        for W, b in zip(weights[:-1], biases[:-1]):
            inputs.append(np.maximum(inputs[-1] @ W.T + b, 0))
        y = inputs[-1] @ weights[-1].T + biases[-1]
        if loss == "half_mse":
            error = y - target
            value = 0.5 * np.mean(error * error)
            g = error / error.size
        else:
            powers = np.exp(y - y.max(axis=1, keepdims=True))
            g = powers / powers.sum(axis=1, keepdims=True)
            value = -np.mean(np.log(g[rows, target]))
            g[rows, target] -= 1
            g /= n
        for i in reversed(range(len(weights))):
            h, W, b = inputs[i], weights[i], biases[i]
            g_W, g_b = g.T @ h, g.sum(axis=0)
            if i:
                g = (g @ W) * (h > 0)
            W -= RATE * g_W
            b -= RATE * g_b
        return value

    return step


def by_nn(model: nn.MLP, x: Any, target: Any, loss: str) -> Callable[[], Any]:
    """The same step in this framework, as its users write it; the data are Tensors, made once."""
    x, target = Tensor(x), Tensor(target)
    optimizer = nn.SGD(model.parameters(), lr=RATE)
    loss_of = getattr(nn, loss)

    def step() -> Any:
        optimizer.zero_grad()
        value = loss_of(model(x), target)
        value.backward()
        optimizer.step()
        return value

    return step


def main() -> None:
    print(f"NumPy {np.__version__}, one thread; time of a step over hand-written NumPy's:")
    for sizes, batch, loss, dtype, target_ratio in CASES:
        rng = np.random.default_rng(0)
        model = nn.MLP(sizes[0], list(sizes[1:]), dtype=dtype, rng=rng)
        x = rng.normal(size=(batch, sizes[0])).astype(dtype)
        target: Any = rng.integers(sizes[-1], size=batch)
        if loss == "half_mse":
            target = rng.normal(size=(batch, sizes[-1])).astype(dtype)
        weights = [np.array(layer.weight.data) for layer in model.layers]
        biases = [np.array(layer.bias.data) for layer in model.layers]
        hand = by_hand(weights, biases, x, target, loss)
        ours = by_nn(model, x, target, loss)
        close = {"rtol": 1e-4, "atol": 1e-5} if dtype is np.float32 else {"rtol": 1e-11}
        for _ in range(20):
            np.testing.assert_allclose(ours().data, hand(), **close)
        for layer, W, b in zip(model.layers, weights, biases):
            np.testing.assert_allclose(layer.weight.data, W, **close)
            np.testing.assert_allclose(layer.bias.data, b, **close)
        ratio, spread, microseconds = interleaved(ours, hand)
        print(
            f"  {'-'.join(map(str, sizes)):>15} batch {batch:<4}{loss:<14}{np.dtype(dtype).name}  "
            f"{ratio:5.2f} ± {spread:.2f}  (target {target_ratio}; NumPy: {microseconds:.0f} µs)"
        )


if __name__ == "__main__":
    main()
