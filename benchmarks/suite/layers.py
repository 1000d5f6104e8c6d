"""Training steps of a convolutional network, an LSTM and self-attention: forward, backward, SGD.

Ours are made of NumPy's functions on Tensors, as in the examples; a peer that has a layer of that
kind uses it. Weights are of shape (outputs, inputs, …) for everybody.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from suite import Case, Contestant
from suite.libraries import Arrays, builders, descended

Shape = tuple[int, ...]
Loss = Callable[..., Any]  # of a library, the parameters, x and the target


@dataclass(frozen=True)
class Network:
    """Its arrays' shapes and, of them, its loss: for all libraries, for some, and by hand."""

    parameters: tuple[Shape, ...]
    x: Callable[[int], Shape]  # of the batch's size
    target: Callable[[int], Shape] | None  # None: one of ten classes for each item
    loss: Loss
    by_hand: Callable[..., tuple[Any, Arrays]]  # the loss with its gradients
    others: Mapping[str, Loss] = field(default_factory=dict)  # by the library's class


@dataclass(frozen=True)
class Problem:
    """The same network, batch and starting weights for everybody, in fresh arrays each time."""

    network: Network
    batch: int
    dtype: str
    rate: float

    def parameters(self) -> Arrays:
        """Weights, each divided by the root of its number of inputs, and biases."""
        rng = np.random.default_rng(0)
        scales = [np.prod(shape[1:]) ** -0.5 for shape in self.network.parameters]
        return [
            rng.normal(0, scale, shape).astype(self.dtype)
            for scale, shape in zip(scales, self.network.parameters)
        ]

    def data(self) -> Arrays:
        """x, and targets or labels."""
        rng = np.random.default_rng(1)
        x = rng.normal(size=self.network.x(self.batch)).astype(self.dtype)
        if self.network.target is None:
            return [x, rng.integers(10, size=self.batch)]
        return [x, rng.normal(size=self.network.target(self.batch)).astype(self.dtype)]


def cases() -> list[Case]:
    """Each network in both dtypes."""
    return [
        Case(
            f"{name} {dtype}",
            checked=Problem(network, 2, dtype, rate=0.1),
            timed=Problem(network, batch, dtype, rate=1e-7),
            reference=by_hand,
            builders=builders(train),
            tolerance={"float32": 1e-4, "float64": 1e-10}[dtype],
        )
        for name, (network, batch) in NETWORKS.items()
        for dtype in ("float32", "float64")
    ]


def train(library: Any, problem: Problem) -> Contestant:
    """A library's step."""
    network = problem.network
    loss = network.others.get(type(library).__name__, network.loss)
    return library.descent(loss, problem.parameters(), problem.data(), problem.rate)


def by_hand(problem: Problem) -> Contestant:
    """The step without a framework."""
    parameters, (x, target) = problem.parameters(), problem.data()

    def step() -> Any:
        loss, gradients = problem.network.by_hand(parameters, x, target)
        descended(parameters, gradients, problem.rate)
        return loss

    return Contestant(step, lambda: parameters)


# Convolutions of 3 by 3 pixels, within a border of zeros; images are of shape (n, h, w, channels).


def convolutional(library: Any, parameters: Any, x: Any, labels: Any) -> Any:
    """Two convolutions, with a maximum over each 2 by 2 pixels, then the mean over all of them."""
    V, b, W, c, U, d = parameters
    h = library.relu(convolution(library, x, V) + b)
    n, height, width, channels = h.shape
    pairs = h.reshape((n, height // 2, 2, width // 2, 2, channels))
    h = library.relu(convolution(library, library.np.max(pairs, axis=(2, 4)), W) + c)
    return library.cross_entropy(library.np.mean(h, axis=(1, 2)) @ U.T + d, labels)


def convolution(library: Any, x: Any, W: Any) -> Any:
    """Each window times each filter, or what the library has for it."""
    if hasattr(library, "jax"):
        layout = ("NHWC", "OIHW", "NHWC")
        return library.jax.lax.conv_general_dilated(x, W, (1, 1), "SAME", dimension_numbers=layout)
    windows = sliding_window_view(np.pad(x, BORDER), (3, 3), axis=(1, 2))
    return np.tensordot(windows, W, axes=((3, 4, 5), (1, 2, 3)))


BORDER = [(0, 0), (1, 1), (1, 1), (0, 0)]


def convolutional_in_torch(library: Any, parameters: Any, x: Any, labels: Any) -> Any:
    """The same, with the channels before height and width."""
    V, b, W, c, U, d = parameters
    functional = library.torch.nn.functional
    h = library.relu(functional.conv2d(x.permute(0, 3, 1, 2), V, b, padding=1))
    h = library.relu(functional.conv2d(functional.max_pool2d(h, 2), W, c, padding=1))
    return library.cross_entropy(h.mean((2, 3)) @ U.T + d, labels)


def convolutional_in_mygrad(library: Any, parameters: Any, x: Any, labels: Any) -> Any:
    """The same, with the channels before height and width."""
    from mygrad.nnet.layers import conv_nd, max_pool

    V, b, W, c, U, d = parameters
    bias = b.reshape(1, -1, 1, 1), c.reshape(1, -1, 1, 1)
    h = library.relu(conv_nd(x.transpose(0, 3, 1, 2), V, stride=1, padding=1) + bias[0])
    h = library.relu(conv_nd(max_pool(h, (2, 2), 2), W, stride=1, padding=1) + bias[1])
    return library.cross_entropy(library.np.matmul(h.mean((2, 3)), U.T) + d, labels)


def convolutional_in_hips(library: Any, parameters: Any, x: Any, labels: Any) -> Any:
    """The same, by the function that its own example uses; the filters are turned round for it."""
    from autograd.scipy.signal import convolve

    V, b, W, c, U, d = parameters
    border = [(0, 0), (0, 0), (1, 1), (1, 1)]

    def convolved(h: Any, W: Any, bias: Any) -> Any:
        filters, axes = library.np.swapaxes(W, 0, 1)[:, :, ::-1, ::-1], ([2, 3], [2, 3])
        h = library.np.pad(h, border, "constant")
        h = convolve(h, filters, axes=axes, dot_axes=([1], [0]), mode="valid")
        return library.relu(h + bias[:, None, None])

    h = convolved(x.transpose(0, 3, 1, 2), V, b)
    n, channels, height, width = h.shape
    h = library.np.max(h.reshape((n, channels, height // 2, 2, width // 2, 2)), axis=(3, 5))
    return library.cross_entropy(library.np.mean(convolved(h, W, c), (2, 3)) @ U.T + d, labels)


def convolutional_by_hand(parameters: Arrays, x: np.ndarray, labels: Any) -> tuple[Any, Arrays]:
    """With each window as a row of a matrix, so that a convolution is a product of matrices."""
    V, b, W, c, U, d = parameters
    n, height, width, _ = x.shape
    first = rows_of(x)
    h = np.maximum(first @ V.reshape(len(V), -1).T + b, 0).reshape(n, height, width, -1)
    quarters = [h[:, i::2, j::2] for i in (0, 1) for j in (0, 1)]
    largest = np.maximum(np.maximum(*quarters[:2]), np.maximum(*quarters[2:]))
    second = rows_of(largest)
    k = np.maximum(second @ W.reshape(len(W), -1).T + c, 0)
    means = k.reshape(n, -1, len(W)).mean(axis=1)
    y = means @ U.T + d

    g = np.exp(y - y.max(axis=1, keepdims=True))
    g /= g.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(g[np.arange(n), labels]))
    g[np.arange(n), labels] -= 1
    g /= n
    g_U, g_d = g.T @ means, g.sum(axis=0)
    g = np.repeat(g @ U * (n / len(k)), len(k) // n, axis=0) * (k > 0)
    g_W, g_c = (g.T @ second).reshape(W.shape), g.sum(axis=0)
    g = to_pixels(g @ W.reshape(len(W), -1), largest.shape)
    pixels = np.empty_like(h)
    for i, quarter in enumerate(quarters):  # where several are the largest, they are 0
        pixels[:, i // 2 :: 2, i % 2 :: 2] = g * ((quarter == largest) & (quarter > 0))
    g = pixels.reshape(-1, len(V))
    return loss, [(g.T @ first).reshape(V.shape), g.sum(axis=0), g_W, g_c, g_U, g_d]


def rows_of(x: np.ndarray) -> np.ndarray:
    """The windows of x, one a row: each of shape (channels, 3, 3)."""
    windows = sliding_window_view(np.pad(x, BORDER), (3, 3), axis=(1, 2))
    return windows.reshape(-1, x.shape[-1] * 9)


def to_pixels(g: np.ndarray, shape: Shape) -> np.ndarray:
    """The transpose of `rows_of`."""
    n, height, width, channels = shape
    whole = np.zeros((n, height + 2, width + 2, channels), g.dtype)
    windows = g.reshape(n, height, width, channels, 3, 3)
    for i in range(3):
        for j in range(3):
            whole[:, i : i + height, j : j + width] += windows[..., i, j]
    return whole[:, 1:-1, 1:-1]


# An LSTM over x, of shape (time, batch, inputs); its four gates are in PyTorch's order.


def lstm(library: Any, parameters: Any, x: Any, target: Any) -> Any:
    """½ of the mean squared error of what it shows at each time."""
    shown, cell, history = target[0] * 0, target[0] * 0, []
    for now in x:
        shown, cell = after(library, parameters, now, shown, cell)
        history.append(shown)
    return library.np.mean((library.np.stack(history) - target) ** 2) / 2


def after(library: Any, parameters: Any, now: Any, shown: Any, cell: Any) -> Any:
    """What it shows and what it keeps after one more time."""
    W, U, b = parameters
    write, keep, new, show = library.split(now @ W.T + shown @ U.T + b, 4)
    cell = library.sigmoid(keep) * cell + library.sigmoid(write) * library.np.tanh(new)
    return library.sigmoid(show) * library.np.tanh(cell), cell


def lstm_in_jax(library: Any, parameters: Any, x: Any, target: Any) -> Any:
    """The loop as one operation: all times written out take half a minute to compile."""

    def step(state: Any, now: Any) -> Any:
        shown, cell = after(library, parameters, now, *state)
        return (shown, cell), shown

    _, shown = library.jax.lax.scan(step, (target[0] * 0, target[0] * 0), x)
    return library.np.mean((shown - target) ** 2) / 2


def lstm_in_torch(library: Any, parameters: Any, x: Any, target: Any) -> Any:
    """By the function that torch.nn.LSTM calls; the second bias is 0 and stays so."""
    W, U, b = parameters
    start = target[:1] * 0
    shown, _, _ = library.torch.lstm(
        x, (start, start), [W, U, b, library.torch.zeros_like(b)], True, 1, 0.0, True, False, False
    )
    return library.torch.nn.functional.mse_loss(shown, target) / 2


def lstm_by_hand(parameters: Arrays, x: np.ndarray, target: np.ndarray) -> tuple[Any, Arrays]:
    """The weights' gradients are products over all times at once."""
    W, U, b = parameters
    times, batch, width = target.shape
    gates = x @ W.T + b
    cells, shown = np.zeros((2, times + 1, batch, width), x.dtype)
    bent = np.empty_like(target)
    for t, z in enumerate(gates):
        z += shown[t] @ U.T
        new = np.tanh(z[:, 2 * width : 3 * width])
        z[:] = 1 / (1 + np.exp(-z))
        z[:, 2 * width : 3 * width] = new
        write, keep, new, show = np.split(z, 4, axis=1)
        cells[t + 1] = keep * cells[t] + write * new
        bent[t] = np.tanh(cells[t + 1])
        shown[t + 1] = show * bent[t]

    error = shown[1:] - target
    loss = 0.5 * np.mean(error * error)
    g_shown = error / error.size
    g_gates = np.empty_like(gates)
    g_next = g_cell = np.zeros_like(target[0])
    for t in reversed(range(times)):
        write, keep, new, show = np.split(gates[t], 4, axis=1)
        g = g_shown[t] + g_next
        g_cell = g_cell + g * show * (1 - bent[t] * bent[t])
        parts = np.split(g_gates[t], 4, axis=1)
        parts[0][:] = g_cell * new * write * (1 - write)
        parts[1][:] = g_cell * cells[t] * keep * (1 - keep)
        parts[2][:] = g_cell * write * (1 - new * new)
        parts[3][:] = g * bent[t] * show * (1 - show)
        g_next, g_cell = g_gates[t] @ U, g_cell * keep
    rows = g_gates.reshape(-1, 4 * width)
    g_W, g_U = rows.T @ x.reshape(len(rows), -1), rows.T @ shown[:-1].reshape(len(rows), -1)
    return loss, [g_W, g_U, rows.sum(axis=0)]


# Self-attention over x, of shape (batch, time, width), with four heads.

HEADS = 4


def attention(library: Any, parameters: Any, x: Any, target: Any) -> Any:
    """½ of the mean squared error of x and what each time takes from the others."""
    query, key, value = heads_of(library, parameters, x)
    fit = query @ library.np.swapaxes(key, -1, -2) / query.shape[-1] ** 0.5
    return rest(library, parameters, x, target, library.softmax(fit) @ value)


def attention_in_torch(library: Any, parameters: Any, x: Any, target: Any) -> Any:
    """By its own function."""
    query, key, value = heads_of(library, parameters, x)
    taken = library.torch.nn.functional.scaled_dot_product_attention(query, key, value)
    return rest(library, parameters, x, target, taken)


def heads_of(library: Any, parameters: Any, x: Any) -> Any:
    """Queries, keys and values, each of shape (batch, heads, time, width of a head)."""
    batch, times, width = x.shape
    shape = (batch, times, HEADS, width // HEADS)
    return [library.np.swapaxes((x @ W.T).reshape(shape), 1, 2) for W in parameters[:3]]


def rest(library: Any, parameters: Any, x: Any, target: Any, taken: Any) -> Any:
    """From what the heads have taken to the loss."""
    *_, W, b = parameters
    y = x + library.np.swapaxes(taken, 1, 2).reshape(x.shape) @ W.T + b
    return library.np.mean((y - target) ** 2) / 2


def attention_by_hand(parameters: Arrays, x: np.ndarray, target: np.ndarray) -> tuple[Any, Arrays]:
    Q, K, V, W, b = parameters
    batch, times, width = x.shape
    rows = x.reshape(-1, width)

    def split(z: np.ndarray) -> np.ndarray:
        return z.reshape(batch, times, HEADS, -1).swapaxes(1, 2)

    def joined(z: np.ndarray) -> np.ndarray:
        return z.swapaxes(1, 2).reshape(rows.shape)

    query, key, value = (split(rows @ weights.T) for weights in (Q, K, V))
    scale = query.shape[-1] ** -0.5
    share = query @ key.swapaxes(-1, -2) * scale
    share = np.exp(share - share.max(axis=-1, keepdims=True))
    share /= share.sum(axis=-1, keepdims=True)
    taken = joined(share @ value)
    error = rows + taken @ W.T + b - target.reshape(rows.shape)
    loss = 0.5 * np.mean(error * error)

    g = error / error.size
    g_W, g_b = g.T @ taken, g.sum(axis=0)
    g = split(g @ W)
    g_value = share.swapaxes(-1, -2) @ g
    g = share * (g @ value.swapaxes(-1, -2))
    g = (g - share * g.sum(axis=-1, keepdims=True)) * scale
    parts = g @ key, g.swapaxes(-1, -2) @ query, g_value
    return loss, [*(joined(part).T @ rows for part in parts), g_W, g_b]


CONVOLUTIONAL = Network(
    parameters=((16, 1, 3, 3), (16,), (32, 16, 3, 3), (32,), (10, 32), (10,)),
    x=lambda batch: (batch, 28, 28, 1),
    target=None,
    loss=convolutional,
    by_hand=convolutional_by_hand,
    others={
        "Torch": convolutional_in_torch,
        "MyGrad": convolutional_in_mygrad,
        "Autograd": convolutional_in_hips,
    },
)
NETWORKS = {
    "conv 8×8 b64": (replace(CONVOLUTIONAL, x=lambda batch: (batch, 8, 8, 1)), 64),
    "conv 28×28 b32": (CONVOLUTIONAL, 32),
    "LSTM T16 H64 b32": (
        Network(
            parameters=((256, 32), (256, 64), (256,)),
            x=lambda batch: (16, batch, 32),
            target=lambda batch: (16, batch, 64),
            loss=lstm,
            by_hand=lstm_by_hand,
            others={"Torch": lstm_in_torch, "JAX": lstm_in_jax},
        ),
        32,
    ),
    "attention T32 d64 b8": (
        Network(
            parameters=((64, 64), (64, 64), (64, 64), (64, 64), (64,)),
            x=lambda batch: (batch, 32, 64),
            target=lambda batch: (batch, 32, 64),
            loss=attention,
            by_hand=attention_by_hand,
            others={"Torch": attention_in_torch},
        ),
        8,
    ),
}
