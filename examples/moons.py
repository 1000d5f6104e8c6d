"""Two moons, as in micrograd's demo: a 2-16-16-1 ReLU network with the max-margin loss.

100 points in two interleaved half circles, labelled -1 and 1. Each step of gradient descent uses
all of them; the loss is the mean hinge loss max(0, 1 - label · score) plus a small L2 penalty on
every parameter, and the learning rate falls from 1.0 to 0.1 over the 100 steps.
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import make_moons

import nn

STEPS = 100
PENALTY = 1e-4

X, y = make_moons(n_samples=100, noise=0.1, random_state=1)
labels = (2 * y - 1)[:, None]  # (100, 1), as the model's scores

model = nn.MLP(2, [16, 16, 1], rng=1)
optimizer = nn.SGD(model.parameters())
print(model)

for step in range(STEPS):
    scores = model(X)
    loss = nn.hinge(scores, labels)
    loss = loss + PENALTY * sum((p**2).sum() for p in model.parameters())

    optimizer.lr = 1.0 - 0.9 * step / STEPS
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    if step % 10 == 0 or step == STEPS - 1:
        accuracy = np.mean((scores.data > 0) == (labels > 0))
        print(f"step {step:3}: loss {loss.item():.4f}, accuracy {accuracy:.0%}")

accuracy = np.mean((model(X).data > 0) == (labels > 0))
print(f"Training accuracy: {accuracy:.0%}")

x1, x2 = np.linspace(-1.7, 2.7, 221), np.linspace(-1.3, 1.8, 156)
scores = model(np.stack(np.meshgrid(x1, x2), axis=-1)).data[..., 0]
figure = Figure(figsize=(7, 5), layout="constrained")
axes = figure.subplots()
levels = np.arange(-6, 7)
filled = axes.contourf(x1, x2, scores, levels, cmap="coolwarm", extend="both")
axes.contour(x1, x2, scores, [-1, 0, 1], colors="black", linestyles=["--", "-", "--"])
axes.scatter(X[:, 0], X[:, 1], c=y, cmap="coolwarm", edgecolors="white")
axes.set(title="2-16-16-1: the boundary, and the margins at ±1 (dashed)", aspect="equal")
figure.colorbar(filled, label="score", shrink=0.8)

path = Path("out/moons.png")
path.parent.mkdir(exist_ok=True)
figure.savefig(path, dpi=120)
print(path.as_posix())
