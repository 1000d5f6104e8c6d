"""Activations and logarithms of sums of exponentials."""

from autograd import log_softmax, logsumexp, relu, sigmoid, softmax, softplus
from calls import a_flag, not_empty, real, some_axes, takes

DOMAINS = {
    relu: takes(real),
    sigmoid: takes(real),
    softplus: takes(real),
    logsumexp: takes(real, axis=some_axes, keepdims=a_flag, shapes=not_empty),
    softmax: takes(real, axis=some_axes, shapes=not_empty),
    log_softmax: takes(real, axis=some_axes, shapes=not_empty),
}
