"""Handwritten digits: an MLP learns to read 1,797 real scans of 8 by 8 pixels.

The scans come with scikit-learn. A fifth of them is held out: the network never sees it in
training, and is judged by it. 64 inputs, one a pixel; ten outputs, one a class, whose softmax is
the probability of each digit; the loss is the cross-entropy.
"""

import time
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import nn
from autograd import no_grad

EPOCHS = 40

images, labels = load_digits(return_X_y=True)
images = images / 16.0  # pixels from 0 to 16 become inputs from 0 to 1
train_x, test_x, train_y, test_y = train_test_split(
    images, labels, test_size=0.2, stratify=labels, random_state=0
)

model = nn.MLP(64, [128, 64, 10], rng=0)
print(model)


def accuracy(x: np.ndarray, y: np.ndarray) -> float:
    with no_grad():
        return float(np.mean(model(x).argmax(axis=-1) == y))


start = time.perf_counter()
optimizer = nn.Adam(model.parameters(), lr=0.003)
history = nn.fit(
    model,
    train_x,
    train_y,
    loss="cross_entropy",
    optimizer=optimizer,
    epochs=EPOCHS,
    batch_size=32,
    rng=0,
    progress=True,
)
seconds = time.perf_counter() - start

print(f"Trained on {len(train_x)} scans for {EPOCHS} epochs in {seconds:.1f} s")
print(f"Loss in the first epoch {history.losses[0]:.4f}, in the last {history.losses[-1]:.4f}")
print(f"Training accuracy: {accuracy(train_x, train_y):.2%}")
print(f"Test accuracy: {accuracy(test_x, test_y):.2%} of {len(test_x)} scans it has never seen")

figure = Figure(figsize=(12, 8), layout="constrained")
curves, activations, gradients, dead = figure.subplots(2, 2).flat
nn.pictures.learning_curves(history, ax=curves)
nn.pictures.activation_histograms(model, test_x, ax=activations)
nn.pictures.gradient_histograms(model, ax=gradients)  # of the last batch
nn.pictures.dead_relus(model, train_x, ax=dead)

path = Path("out/digits.png")
path.parent.mkdir(exist_ok=True)
figure.savefig(path, dpi=120)
print("How it went, and what its layers give and get:")
print(path.as_posix())
