"""A convolutional network reads digits: convolution and pooling, from NumPy's own functions.

A convolution is one matrix product: every window of 3 by 3 pixels, with all its channels, is a row,
and each filter is a column. `sliding_window_view` shows the windows without copying a number, and
like every function of NumPy's here it has a derivative. Pooling is a reshape and a maximum.

    python examples/conv_digits.py

trains on four fifths of scikit-learn's 1,797 scans of 8 by 8 pixels and prints the share of the
others, which it has never seen, that it reads right: 98.5% or more (98.9% to 99.2% for six seeds,
each with a split of its own). It takes 10 to 15 s of one core.
"""

import sys
import time

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.datasets import load_digits

import nn
from autograd import Tensor

EPOCHS = 30


class Convolution(nn.Module):
    """Filters of 3 by 3 pixels, each with a bias: (n, h, w, n_in) to (n, h, w, n_out).

    A border of zeros keeps the height and the width.
    """

    def __init__(self, n_in, n_out, rng):
        shape = (n_in, 3, 3, n_out)
        scale = np.sqrt(2 / (9 * n_in))  # He's: what a ReLU lets through keeps its size
        numbers = scale * rng.normal(size=shape)
        self.weight = Tensor(numbers, requires_grad=True, dtype=np.float32)
        self.bias = Tensor(np.zeros(n_out), requires_grad=True, dtype=np.float32)

    def forward(self, x):
        """Each window times each filter."""
        x = np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])
        windows = sliding_window_view(x, (3, 3), axis=(1, 2))  # (n, h, w, n_in, 3, 3)
        return np.tensordot(windows, self.weight, axes=3) + self.bias


def pooled(x):
    """The largest of each 2 by 2 pixels: (n, h, w, channels) to (n, h/2, w/2, channels)."""
    n, h, w, channels = x.shape
    return x.reshape(n, h // 2, 2, w // 2, 2, channels).max(axis=(2, 4))


def network(rng):
    return nn.Sequential(
        Convolution(1, 16, rng),
        "relu",
        Convolution(16, 32, rng),
        "relu",
        pooled,
        nn.Flatten(),
        nn.Dropout(0.5, rng),
        nn.Layer(4 * 4 * 32, 10, None, np.float32, rng),
    )


def main(seed=0, epochs=EPOCHS):
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32).reshape(-1, 8, 8, 1)
    train_x, test_x, train_y, test_y = nn.train_test_split(
        images, labels, test=0.2, stratify=labels, rng=seed
    )
    model = network(np.random.default_rng(seed))
    print(model)

    start = time.process_time()
    history = nn.fit(
        model,
        train_x,
        train_y,
        loss="cross_entropy",
        optimizer=nn.AdamW(model.parameters(), lr=0.004),
        epochs=epochs,
        batch_size=64,
        metrics="accuracy",
        schedule=lambda optimizer: nn.Cosine(optimizer, epochs),
        rng=seed,
    )
    print(history)
    print(f"trained in {time.process_time() - start:.1f} s of one core")
    test = nn.evaluate(model, test_x, test_y, "cross_entropy", metrics="accuracy")
    print(f"Test accuracy: {test['accuracy']:.2%} of {len(test_x)} scans it has never seen")
    return test["accuracy"]


if __name__ == "__main__":
    main(epochs=1 if "--quick" in sys.argv else EPOCHS)
