"""Multi-layer perceptrons on autograd: modules, losses, optimizers, and a loop that trains."""

from nn import pictures, scalar
from nn.layers import MLP, Layer, Neuron
from nn.losses import bce_with_logits, cross_entropy, half_mse, hinge, mse
from nn.module import Module
from nn.optim import SGD, Adam, Optimizer
from nn.training import History, fit

__all__ = [
    "Module",
    "Neuron",
    "Layer",
    "MLP",
    "mse",
    "half_mse",
    "bce_with_logits",
    "cross_entropy",
    "hinge",
    "Optimizer",
    "SGD",
    "Adam",
    "fit",
    "History",
    "pictures",
    "scalar",
]
