"""I wrote an operation; is its gradient right? Three gradients that look right, and are not.

Each has a bug of another kind: a factor in a term that is a million times smaller than the rest, an
off-diagonal that is missing, and an edge that a few numbers made up by hand would not have met.
"""

import numpy as np

from autograd import derivative, elementwise, primitive
from autograd.testing import certify, check_grads, check_op
from autograd.testing.strategies import real


def verdict(check, *args, **options) -> None:
    """Print what a check says, as pytest would show it."""
    try:
        check(*args, **options)
        print("right\n")
    except AssertionError as error:
        print(f"{error}\n")


print("1. A gradient written by hand, in plain NumPy. The penalty 1e-6 · w² lost its 2.\n")

X = np.array([[0.5, 1.0], [1.5, -1.0], [-0.5, 2.0]])
y = np.array([1.0, 0.0, 1.0])


def loss(w):
    return np.mean((X @ w - y) ** 2) + 1e-6 * np.sum(w**2)


def loss_gradient(w):
    return 2 * X.T @ (X @ w - y) / len(y) + 1e-6 * w


w = np.linalg.lstsq(X, y)[0]  # where the large terms cancel, as they do after training
verdict(check_grads, loss, w, grad=loss_gradient)
print("With the 2:", end=" ")
verdict(check_grads, loss, w, grad=lambda w: loss_gradient(w) + 1e-6 * w)


print("2. An operation of one's own. Each softmax moves all outputs, not only its own.\n")


@primitive
def my_softmax(x):
    powers = np.exp(x - np.max(x))
    return powers / np.sum(powers)


derivative(my_softmax, x=lambda g, ans: g * ans * (1 - ans))

verdict(check_grads, my_softmax, np.array([1.0, 2.0, 3.0]))


print("3. Right wherever one looks first; Hypothesis looks further, and finds a small input.\n")


@primitive
def my_clip(x, low, high):
    return np.minimum(np.maximum(x, low), high)


derivative(my_clip, None, elementwise, x=lambda g, x, high: g * (x <= high))  # and below low?

print("At [0.2, 0.9]:", end=" ")
verdict(check_grads, lambda x: my_clip(x, -1.0, 1.0), np.array([0.2, 0.9]))
verdict(check_op, my_clip, real, low=-1.0, high=1.0)


print("And what is no bug: a kink, where each value between the two slopes is right.\n")

print(certify(lambda x: np.sum(np.abs(x)), np.array([-1.5, 0.0, 2.0])))
