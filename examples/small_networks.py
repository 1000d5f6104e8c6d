"""Small networks worked out by hand: every neuron of them, on Tensors.

A layer is a matrix product: its weight has a row for each neuron. Without an activation between
them, two layers would collapse into one.
"""

import numpy as np

import nn
from autograd import Tensor


def network(layers: list[list[tuple[list[float], float]]], activation: str) -> nn.MLP:
    """An MLP with a sigmoid output whose neurons have the given (weights, bias)."""
    n_in = len(layers[0][0][0])
    model = nn.MLP(n_in, [len(layer) for layer in layers], activation, output="sigmoid")
    for layer, neurons in zip(model.layers, layers):
        layer.weight.data = [weights for weights, _ in neurons]
        layer.bias.data = [bias for _, bias in neurons]
    return model


def show(title: str, model: nn.MLP, x: Tensor) -> None:
    print(title)
    for i, layer in enumerate(model.layers, start=1):
        x = layer(x)
        print(f"  layer {i}: {np.round(x.data, 10).tolist()}")
    print()


HIDDEN = [([0.5, -0.4], 0.1), ([0.2, 0.8], -0.3), ([-0.6, 0.3], 0.5)]
x = Tensor([1.0, 0.5])
show("2-3-1, ReLU, then sigmoid", network([HIDDEN, [([0.7, 0.4, -0.5], 0.2)]], "relu"), x)
show("2-2-1, its first two neurons", network([HIDDEN[:2], [([0.7, 0.4], 0.2)]], "relu"), x)

random = np.random.RandomState(42)  # the old generator, whose numbers for seed 42 are well known
W1, W2 = random.randn(2, 2), random.randn(2, 1)  # (inputs, neurons): a column for each neuron
neurons = [[(column.tolist(), 0.0) for column in W.T] for W in (W1, W2)]
show("2-2-1, all sigmoid, random weights", network(neurons, "sigmoid"), Tensor([0.5, 0.8]))

print("Two linear layers are one: W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2)")
rng = np.random.default_rng(0)
first, second = nn.Layer(2, 3, "identity", rng=rng), nn.Layer(3, 1, "identity", rng=rng)
x = Tensor([0.5, -1.0])
weight = second.weight @ first.weight
bias = second.weight @ first.bias + second.bias
print(f"  two layers: {second(first(x)).item():.10f}")
print(f"  one layer:  {(weight @ x + bias).item():.10f}")
print()

print("Apple (0) or orange (1)? By its weight in grams and its redness, from 0 to 1")
fruit = np.array([[150, 0.8], [170, 0.9], [140, 0.7], [160, 0.2], [180, 0.3], [145, 0.1]])
is_orange = np.array([0, 0, 0, 1, 1, 1])
scaled = (fruit - fruit.mean(axis=0)) / fruit.std(axis=0)  # grams and shares on one scale
model = nn.MLP(2, [4, 1], rng=0)  # the sigmoid is part of the loss
nn.fit(model, scaled, is_orange[:, None], "bce_with_logits", nn.SGD(model.parameters(), lr=0.5),
       epochs=100, rng=0, progress=False)  # fmt: skip
probability = 1 / (1 + np.exp(-model(scaled).data[:, 0]))
for (grams, redness), p in zip(fruit, probability):
    print(f"  {grams:.0f} g, redness {redness}: an orange with probability {p:.3f}")
