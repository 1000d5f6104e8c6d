"""A character LSTM that learns a short text by heart, in the style of HIPS autograd.

The network reads the text letter by letter and predicts the next one; backpropagation goes through
all steps of a window of the text. Then it recites: from the first letters on, it is fed what it
said itself. The program runs unchanged with HIPS autograd 1.9.1 in place of this package.
"""

import sys
from itertools import pairwise

import autograd.numpy as np
import autograd.numpy.random as npr
from autograd import grad
from autograd.misc.optimizers import adam

TEXT = (
    "The forward pass computes the loss. The backward pass takes each step in reverse, "
    "and hands every weight its share of the blame. "
)
HIDDEN = 32
WINDOW = 24
STEPS = 2 if "--quick" in sys.argv else 200

letters = sorted(set(TEXT))
one_hot = np.eye(len(letters))[[letters.index(letter) for letter in TEXT]]
starts = np.arange(0, len(TEXT), 6)
positions = (np.arange(WINDOW + 1)[:, None] + starts) % len(TEXT)  # the text goes round
windows = one_hot[positions]  # (time, window, letter)


def initial_parameters(rng, scale=0.2):
    width = len(letters) + HIDDEN + 1
    gates = {name: scale * rng.normal(size=(width, HIDDEN)) for name in ("i", "f", "o", "c")}
    return {"gates": gates, "out": scale * rng.normal(size=(HIDDEN + 1, len(letters)))}


def sigmoid(x):
    return 0.5 * (np.tanh(0.5 * x) + 1.0)


def joined(*parts):
    """The parts side by side, and a column of ones for the bias."""
    return np.concatenate([*parts, np.ones((parts[0].shape[0], 1))], axis=1)


def step(parameters, letter, hidden, cell):
    """One step of the LSTM, for a batch: its new state, and the log probability of each letter."""
    gates = parameters["gates"]
    seen = joined(letter, hidden)
    keep = sigmoid(np.dot(seen, gates["f"]))
    write = sigmoid(np.dot(seen, gates["i"]))
    show = sigmoid(np.dot(seen, gates["o"]))
    cell = keep * cell + write * np.tanh(np.dot(seen, gates["c"]))
    hidden = show * np.tanh(cell)
    scores = np.dot(joined(hidden), parameters["out"])
    highest = np.max(scores, axis=1, keepdims=True)
    total = np.log(np.sum(np.exp(scores - highest), axis=1, keepdims=True))
    return hidden, cell, scores - highest - total


def loss(parameters, iteration=0):
    """The mean number of nats per letter."""
    hidden = cell = np.zeros((len(starts), HIDDEN))
    total = 0.0
    for now, following in pairwise(windows):
        hidden, cell, log_probability = step(parameters, now, hidden, cell)
        total = total - np.sum(log_probability * following)
    return total / (WINDOW * len(starts))


def recite(parameters, beginning, length):
    hidden = cell = np.zeros((1, HIDDEN))
    text = beginning
    for i in range(length - 1):
        letter = one_hot[TEXT.index(text[i])][None, :]
        hidden, cell, log_probability = step(parameters, letter, hidden, cell)
        if i + 1 == len(text):
            text += letters[int(np.argmax(log_probability))]
    return text


def report(parameters, i, _):
    if i % 40 == 0:
        print(f"step {i:3}: {loss(parameters):.3f} nats per letter")


print(f"{len(TEXT)} letters, {len(letters)} of them different")
trained = adam(
    grad(loss), initial_parameters(npr.default_rng(0)), report, num_iters=STEPS, step_size=0.02
)
print(f"trained:  {loss(trained):.3f} nats per letter")
recited = recite(trained, TEXT[:8], len(TEXT))
right = np.mean([a == b for a, b in zip(recited, TEXT)])
print(f"recited ({right:.0%} right): {recited}")
