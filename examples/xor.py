"""XOR, the smallest problem that one neuron can't solve: by hand, failing, and learned.

    python examples/xor.py

A neuron's boundary is a straight line, and no line separates (0, 1) and (1, 0) from (0, 0) and
(1, 1). Two hidden neurons are enough if one sets them by hand; four learn it reliably. It writes a
picture into out/, in some 3 s.
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import nn
from autograd import Tensor

X = Tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = Tensor([[0.0], [1.0], [1.0], [0.0]])


def train(model: nn.MLP, epochs: int = 3000, rate: float = 5.0) -> None:
    """Plain gradient descent on the mean squared error of all four points."""
    optimizer = nn.SGD(model.parameters(), lr=rate)
    for epoch in range(epochs):
        loss = nn.mse(model(X), XOR)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch in (0, 10, 100, 300, 1000, epochs - 1):
            print(f"  epoch {epoch:4}: loss {loss.item():.6f}")


def show(model: nn.MLP) -> None:
    output = model(X).data
    for (a, b), y, target in zip(X.data, output[:, 0], XOR.data[:, 0]):
        print(f"  {a:.0f} xor {b:.0f} = {target:.0f}: {y:.4f}")
    print(f"  {np.sum(np.abs(output - XOR.data) < 0.1)} of 4 right, within 0.1\n")


print("By hand: A = a or b, B = a and b, and xor = A and not B")
by_hand = nn.MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
hidden, output = by_hand.layers
hidden.weight.data = [[20.0, 20.0], [20.0, 20.0]]
hidden.bias.data = [-10.0, -30.0]  # on if one input is; on only if both are
output.weight.data = [[20.0, -20.0]]
output.bias.data = [-10.0]
show(by_hand)

print("A single neuron, trained: it gives up between the two answers")
single = nn.MLP(2, [1], output="sigmoid", rng=0)
train(single)
show(single)

print("Four hidden neurons, trained")
learned = nn.MLP(2, [4, 1], activation="sigmoid", output="sigmoid", rng=0)
train(learned)
show(learned)

figure = Figure(figsize=(9, 8), layout="constrained")
models = {
    "By hand": by_hand,
    "A single neuron: 0.5 everywhere": single,
    "2-4-1, trained": learned,
}
*three, last = figure.subplots(2, 2).flat
for axes, (title, model) in zip(three, models.items()):
    nn.pictures.decision_boundary(model, X, XOR, threshold=0.5, ax=axes)
    axes.set(title=title, xlabel="a", ylabel="b")
nn.pictures.hidden_neurons(learned, X, XOR, ax=last)
last.set(title="2-4-1: its hidden neurons", xlabel="a", ylabel="b")

path = Path("out/xor.png")
path.parent.mkdir(exist_ok=True)
figure.savefig(path, dpi=120)
print("What each puts into which class, and the lines on which hidden neurons switch:")
print(path.as_posix())
