"""nn.fit against the bare loop that it stands for: zero_grad, forward, backward, step.

    python benchmarks/fit.py

Both go through the same batches from the same weights, and must end with the same ones. A figure is
(processor time of fit) / (that of the loop): 1.0 would be no overhead; the target is 1.15.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from timing import interleaved

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

import nn

CASES = [  # sizes, batch, items, epochs
    ((2, 3, 1), 4, 4, 200),  # as XOR: an epoch is one step
    ((2, 3, 1), 1, 200, 5),
    ((2, 16, 1), 32, 2000, 5),
    ((64, 32, 10), 32, 2000, 5),
    ((784, 256, 128, 10), 128, 1280, 5),
]


def trained(
    sizes: tuple[int, ...], batch: int, items: int, epochs: int, by_fit: bool, **options: Any
) -> Callable[[], nn.MLP]:
    """A function that trains a new model, by fit or by a loop, and returns it."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(items, sizes[0]))
    y = rng.normal(size=(items, sizes[-1]))

    def train() -> nn.MLP:
        model = nn.MLP(sizes[0], list(sizes[1:]), rng=0)
        optimizer = nn.SGD(model.parameters(), lr=0.01)
        if by_fit:
            nn.fit(model, X, y, "mse", optimizer, epochs, batch, rng=0, progress=False, **options)
            return model
        losses = []
        rng = np.random.default_rng(0)
        for _ in range(epochs):
            order = rng.permutation(items)
            total = 0.0
            for start in range(0, items, batch):
                rows = order[start : start + batch]
                optimizer.zero_grad()
                loss = nn.mse(model(X[rows]), y[rows])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(rows)
            losses.append(total / items)
        return model

    return train


def main() -> None:
    print(f"NumPy {np.__version__}, one thread; time of fit over the bare loop's:")
    for sizes, batch, items, epochs in CASES:
        loop = trained(sizes, batch, items, epochs, by_fit=False)
        for words, options in [
            ("plain", {}),
            ("a metric, a callback", {"metrics": "mae", "callbacks": nn.EarlyStopping(999)}),
        ]:
            fit = trained(sizes, batch, items, epochs, by_fit=True, **options)
            for one, other in zip(fit().parameters(), loop().parameters()):
                if not options:  # which restore the best weights
                    np.testing.assert_array_equal(one.data, other.data)
            ratio, spread, microseconds = interleaved(fit, loop, block=0.1, rounds=21)
            steps = epochs * -(-items // batch)
            print(
                f"  {'-'.join(map(str, sizes)):>15} batch {batch:<4} {words:<21} "
                f"{ratio:5.2f} ± {spread:.2f}  (target 1.15; loop: {microseconds / steps:.0f} µs "
                f"a step)"
            )


if __name__ == "__main__":
    main()
