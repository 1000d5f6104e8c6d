"""Two moons, as in micrograd's demo: a 2-16-16-1 ReLU network with the max-margin loss.

    python examples/moons.py

100 points in two interleaved half circles, labelled -1 and 1. Each step of gradient descent uses
all of them; the loss is the mean hinge loss max(0, 1 - label · score) plus a small L2 penalty on
every parameter, and the learning rate falls from 1.0 to 0.1 over the 100 steps. It writes a picture
into out/, in some 4 s.
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

history = {"loss": [], "accuracy": []}
for step in range(STEPS):
    scores = model(X)
    loss = nn.hinge(scores, labels)
    loss = loss + PENALTY * sum((p**2).sum() for p in model.parameters())

    optimizer.lr = 1.0 - 0.9 * step / STEPS
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    accuracy = np.mean((scores.data > 0) == (labels > 0))
    history["loss"].append(loss.item())
    history["accuracy"].append(accuracy)
    if step % 10 == 0 or step == STEPS - 1:
        print(f"step {step:3}: loss {loss.item():.4f}, accuracy {accuracy:.0%}")

accuracy = np.mean((model(X).data > 0) == (labels > 0))
print(f"Training accuracy: {accuracy:.0%}")

figure = Figure(figsize=(11, 8), layout="constrained")
curves, boundary, first, second = figure.subplots(2, 2).flat
nn.pictures.learning_curves(history, ax=curves).set_xlabel("step")
nn.pictures.decision_boundary(model, X, y, ax=boundary)
nn.pictures.hidden_neurons(model, X, y, layer=0, ax=first)
nn.pictures.hidden_neurons(model, X, y, layer=1, ax=second)

path = Path("out/moons.png")
path.parent.mkdir(exist_ok=True)
figure.savefig(path, dpi=120)
print("How it went, its decisions, and the lines on which neurons of both layers switch:")
print(path.as_posix())
