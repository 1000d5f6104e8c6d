"""SciPy trains a network: a model's loss and gradient as a function of one vector, for L-BFGS.

    python examples/lbfgs.py

Quasi-Newton methods learn the curvature from successive gradients and search along lines. With all
of a small data set in each step, that is worth much more than the steps of Adam, which are counted
here by the same measure: evaluations of the loss and its gradient. It takes some 2 s.
"""

import numpy as np
from scipy.optimize import minimize

import nn

x = np.linspace(-1.0, 1.0, 80).reshape(80, 1)
y = np.sin(6.0 * x) * np.exp(-x)


def flat(arrays):
    return np.concatenate([np.ravel(array) for array in arrays])


def set_parameters(model, vector):
    """Put the numbers of `vector` into the parameters, in their order."""
    start = 0
    for parameter in model.parameters():
        end = start + parameter.size
        parameter.data = vector[start:end].reshape(parameter.shape)
        start = end


def loss_and_gradient(vector, model):
    set_parameters(model, vector)
    model.zero_grad()
    loss = nn.mse(model(x), y)
    loss.backward()
    return loss.item(), flat(p.grad for p in model.parameters())


model = nn.MLP(1, [16, 16, 1], activation="tanh", rng=0)
begin = flat(p.data for p in model.parameters())
print(f"{begin.size} parameters; loss at the start: {loss_and_gradient(begin, model)[0]:.3f}")

found = minimize(
    loss_and_gradient, begin, args=(model,), jac=True, method="L-BFGS-B", options={"maxiter": 500}
)
set_parameters(model, found.x)
fitted = nn.mse(model(x), y).item()
print(f"L-BFGS: loss {fitted:.1e} after {found.nfev} gradients")

set_parameters(model, begin)
optimizer = nn.Adam(model.parameters(), lr=0.01)
for _ in range(found.nfev):
    optimizer.zero_grad()
    nn.mse(model(x), y).backward()
    optimizer.step()
adam = nn.mse(model(x), y).item()
print(f"Adam:   loss {adam:.1e} after {found.nfev} gradients")
print("L-BFGS is more than 10 times closer" if 10 * fitted < adam else "Adam is as close")
