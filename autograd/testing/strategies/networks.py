"""Random networks with data, drawn by Hypothesis.

    @given(networks())
    def test_gradients(network):
        check_grads(network, network.parameters)

A network is the loss of a multi-layer perceptron as a function of its parameters, written out in
NumPy. Its biases are drawn so that no weighted sum is near the kink of a relu, and no score near
that of the hinge loss: finite differences can judge it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autograd.primitive import NDArray
from autograd.rules.special import logsumexp, relu, sigmoid, softplus
from autograd.testing.message import literal

MARGIN = 0.05  # how far sums and scores stay from kinks
NUMBERS = st.integers(-16, 16).map(lambda n: n / 8)

Parameters = Sequence[tuple[Any, Any]]  # (weight, bias) of each layer

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda z: z,
    "relu": relu,
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "softplus": softplus,
}
LOSSES: dict[str, Callable[[Any, NDArray], Any]] = {  # of outputs y and targets t
    "half_mse": lambda y, t: 0.5 * np.mean((y - t) ** 2),
    "mse": lambda y, t: np.mean((y - t) ** 2),
    "hinge": lambda y, t: np.mean(np.maximum(0, 1 - t * y)),
    "bce_with_logits": lambda y, t: np.mean(np.logaddexp(0, y) - t * y),
    "cross_entropy": lambda y, t: np.mean(logsumexp(y, axis=1) - y[np.arange(len(t)), t]),
}


class Network:
    """A multi-layer perceptron with data; called with parameters, it returns the loss.

    `parameters` is a list with (weight, bias) for each layer, of shapes (n_out, n_in) and (n_out,);
    x has shape (samples, n_in), and target that of the outputs, (samples, n_out), but for the
    cross-entropy, whose labels have shape (samples,). The repr is Python that can be pasted.

    >>> network = Network([(np.array([[2.0, 1.0]]), np.array([1.0]))], np.array([[1.0, 2.0]]), 3.0)
    >>> network.outputs(network.parameters), network(network.parameters)
    (array([[5.]]), np.float64(2.0))
    """

    __name__ = "network"

    def __init__(
        self,
        parameters: Parameters,
        x: Any,
        target: Any,
        activation: str = "relu",
        output: str = "identity",
        loss: str = "half_mse",
    ) -> None:
        self.parameters, self.x, self.target = list(parameters), x, target
        self.activation, self.output, self.loss = activation, output, loss

    @property
    def sizes(self) -> list[int]:
        """The width of the input, then of each layer."""
        return [self.x.shape[1], *(len(bias) for _, bias in self.parameters)]

    def __call__(self, parameters: Parameters) -> Any:
        """The loss with these parameters, which may be Tensors."""
        return LOSSES[self.loss](self.outputs(parameters), self.target)

    def outputs(self, parameters: Parameters) -> Any:
        """What the last layer gives, of shape (samples, n_out)."""
        z = self.x
        for i, (weight, bias) in enumerate(parameters, 1):
            name = self.output if i == len(parameters) else self.activation
            z = ACTIVATIONS[name](z @ weight.T + bias)
        return z

    def __repr__(self) -> str:
        words = [self.parameters, self.x, self.target, self.activation, self.output, self.loss]
        return f"Network({', '.join(map(literal, words))})"


@st.composite
def networks(
    draw: st.DrawFn,
    *,
    sizes: Sequence[int] | None = None,
    samples: int | None = None,
    activation: str | None = None,
    output: str | None = None,
    loss: str | None = None,
) -> Network:
    """A strategy of Networks; what is not given is drawn.

    Parameters
    ----------
    sizes : sequence of int
        The width of the input, then of each layer.
    samples : int
        How many rows of data.
    activation, output : str
        Of the hidden layers and of the last: names in ACTIVATIONS.
    loss : str
        A name in LOSSES.

    >>> from hypothesis import given, settings
    >>> from autograd.testing import check_grads
    >>> @settings(max_examples=5)
    ... @given(networks(activation="tanh"))
    ... def test_network(network):
    ...     check_grads(network, network.parameters)
    >>> test_network()
    """
    sizes = sizes or draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    samples = samples or draw(st.integers(1, 4))
    activation = activation or draw(st.sampled_from(list(ACTIVATIONS)))
    output = output or draw(st.sampled_from(list(ACTIVATIONS)))
    loss = loss or draw(st.sampled_from(list(LOSSES)))
    x = z = draw(arrays(np.float64, (samples, sizes[0]), elements=NUMBERS))
    target = draw(_targets(loss, (samples, sizes[-1])))
    parameters = []
    for i in range(1, len(sizes)):
        weight = draw(arrays(np.float64, (sizes[i], sizes[i - 1]), elements=NUMBERS))
        last = i == len(sizes) - 1
        name = output if last else activation
        sums = z @ weight.T
        bias = np.zeros(sizes[i])
        for j in range(sizes[i]):
            labels = target[:, j] if last and loss == "hinge" else np.zeros(samples)
            bias[j] = draw(NUMBERS.filter(_avoiding_kinks(name, sums[:, j], labels)))
        parameters.append((weight, bias))
        z = ACTIVATIONS[name](sums + bias)
    return Network(parameters, x, target, activation, output, loss)


def _targets(loss: str, shape: tuple[int, int]) -> st.SearchStrategy[NDArray]:
    """Targets that the loss takes, for outputs of that shape."""
    if loss == "cross_entropy":
        return arrays(np.int64, shape[0], elements=st.integers(0, shape[1] - 1))
    labels = {"hinge": st.sampled_from([1.0, -1.0]), "bce_with_logits": st.sampled_from([1.0, 0.0])}
    return arrays(np.float64, shape, elements=labels.get(loss, NUMBERS))


def _avoiding_kinks(activation: str, sums: NDArray, labels: NDArray) -> Callable[[float], bool]:
    """Whether a bias keeps the sums of one neuron clear of kinks, those of the hinge loss too.

    Without that loss, all labels are 0.
    """

    def clear(bias: float) -> bool:
        z = sums + bias
        near_relu = activation == "relu" and np.min(np.abs(z)) < MARGIN
        return not near_relu and bool(
            np.min(np.abs(1 - labels * ACTIVATIONS[activation](z))) >= MARGIN
        )

    return clear
