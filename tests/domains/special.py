"""Activations and logarithms of sums of exponentials."""

from autograd import log_softmax, logsumexp, relu, sigmoid, softmax, softplus
from autograd.testing.strategies import axes, real
from calls import a_flag, not_empty, takes

DOMAINS = {
    relu: takes(real),
    sigmoid: takes(real),
    softplus: takes(real),
    logsumexp: takes(real, axis=axes, keepdims=a_flag, shapes=not_empty),
    softmax: takes(real, axis=axes, shapes=not_empty),
    log_softmax: takes(real, axis=axes, shapes=not_empty),
}
