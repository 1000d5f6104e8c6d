"""XOR, the smallest problem that one neuron can't solve: by hand, failing, and learned.

A neuron's boundary is a straight line, and no line separates (0, 1) and (1, 0) from (0, 0) and
(1, 1). Two hidden neurons are enough if one sets them by hand; four learn it reliably.
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

axis = np.linspace(-0.5, 1.5, 201)
grid = np.stack(np.meshgrid(axis, axis), axis=-1)  # (201, 201, 2): a layer takes any batch shape
figure = Figure(figsize=(11, 3.8), layout="constrained")
models = {"by hand": by_hand, "a single neuron": single, "2-4-1, trained": learned}
for axes, (title, model) in zip(figure.subplots(1, 3), models.items()):
    output = model(grid).data[..., 0]
    filled = axes.contourf(axis, axis, output, np.linspace(0, 1, 21), cmap="coolwarm")
    if output.min() < 0.5 < output.max():  # the single neuron's may be 0.5 everywhere
        axes.contour(axis, axis, output, [0.5], colors="black")
    for (a, b), target in zip(X.data, XOR.data[:, 0]):
        axes.plot(a, b, "o", markersize=20, color="white", markeredgecolor="black")
        axes.text(a, b, f"{target:.0f}", ha="center", va="center")
    axes.set(title=title, xlabel="a", ylabel="b", aspect="equal", xticks=[0, 1], yticks=[0, 1])
figure.colorbar(filled, ax=figure.axes, label="output", ticks=[0, 0.5, 1], shrink=0.8)

path = Path("out/xor.png")
path.parent.mkdir(exist_ok=True)
figure.savefig(path, dpi=120)
print("The output over the plane, with the boundary at 0.5:")
print(path.as_posix())
