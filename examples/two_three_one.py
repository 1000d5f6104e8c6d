"""The 2-3-1 network that is derived by hand, number by number: with Values, then with Tensors.

Two inputs, three hidden neurons with ReLU, one linear output, and the loss ½(y - t)². The numbers
are small enough to check every gradient with a pencil. The derivation is written out and the graph
of the loss is drawn, too.
"""

import shutil
from pathlib import Path
from typing import Any

import numpy as np

from autograd import Tensor, Value, grad, no_grad, relu
from autograd.draw import Derivation, draw, explain, zoom

X, TARGET = [1.0, 2.0], 3.0
W = [[1.0, 2.0], [-3.0, 4.0], [1.0, -1.0]]  # a row for each hidden neuron
B = [1.0, 2.0, 0.0]
W_OUT = [1.0, 2.0, 3.0]
B_OUT = 1.0
RATE = 0.01
EPOCHS = 10
OUT = Path("out")

Numbers = dict[str, Any]
History = list[tuple[float, float]]  # the loss and the prediction of each epoch


def with_values() -> tuple[Numbers, History]:
    """One number at a time."""

    def named(number: float, name: str) -> Value:
        value = Value(number)
        value.name = name
        return value

    x1, x2, t = named(X[0], "x1"), named(X[1], "x2"), named(TARGET, "t")
    w = [[named(W[i][j], f"w{i + 1}{j + 1}") for j in range(2)] for i in range(3)]
    b = [named(B[i], f"b{i + 1}") for i in range(3)]
    w_out = [named(W_OUT[i], f"wout{i + 1}") for i in range(3)]
    b_out = named(B_OUT, "bout")
    parameters = [*w[0], *w[1], *w[2], *b, *w_out, b_out]

    numbers: Numbers = {}
    history: History = []
    for epoch in range(EPOCHS):
        s = [w[i][0] * x1 + w[i][1] * x2 + b[i] for i in range(3)]
        z = [s[i].relu() for i in range(3)]
        y = w_out[0] * z[0] + w_out[1] * z[1] + w_out[2] * z[2] + b_out
        loss = 0.5 * (y - t) ** 2
        history.append((loss.data, y.data))

        for parameter in parameters:
            parameter.grad = 0.0
        loss.backward()

        if epoch == 0:
            numbers |= {
                "s = Wx + b": [v.data for v in s],
                "z = ReLU(s)": [v.data for v in z],
                "y": y.data,
                "loss": loss.data,
                "∂L/∂y": y.grad,
                "∂L/∂Wout": [v.grad for v in w_out],
                "∂L/∂bout": b_out.grad,
                "∂L/∂z": [v.grad for v in z],
                "∂L/∂s": [v.grad for v in s],
                "∂L/∂W": [[v.grad for v in row] for row in w],
                "∂L/∂b": [v.grad for v in b],
            }
            for i in range(3):
                s[i].name, z[i].name = f"s{i + 1}", f"z{i + 1}"
            y.name, loss.name = "y", "loss"
            save_drawing(loss, "two_three_one")

        for parameter in parameters:
            parameter.data -= RATE * parameter.grad

        if epoch == 0:
            numbers |= {
                "new W": [[v.data for v in row] for row in w],
                "new b": [v.data for v in b],
                "new Wout": [v.data for v in w_out],
                "new bout": b_out.data,
            }
    return numbers, history


def with_tensors() -> tuple[Numbers, History]:
    """A layer at a time."""
    x, t = Tensor(X), Tensor(TARGET)
    w = Tensor(W, requires_grad=True, name="W")
    b = Tensor(B, requires_grad=True, name="b")
    w_out = Tensor(W_OUT, requires_grad=True, name="Wout")
    b_out = Tensor(B_OUT, requires_grad=True, name="bout")
    parameters = [w, b, w_out, b_out]

    def loss_of_y(y: Tensor) -> Tensor:
        return 0.5 * (y - t) ** 2

    def loss_of_z(z: Tensor) -> Tensor:
        return loss_of_y(w_out @ z + b_out)

    def loss_of_s(s: Tensor) -> Tensor:
        return loss_of_z(relu(s))

    numbers: Numbers = {}
    history: History = []
    for epoch in range(EPOCHS):
        s = w @ x + b
        z = relu(s)
        y = w_out @ z + b_out
        loss = loss_of_y(y)
        history.append((loss.item(), y.item()))

        for parameter in parameters:
            parameter.zero_grad()
        loss.backward()

        if epoch == 0:
            numbers |= {
                "s = Wx + b": s.tolist(),
                "z = ReLU(s)": z.tolist(),
                "y": y.item(),
                "loss": loss.item(),
                # Only parameters collect a .grad; for what is in between, ask for the function's.
                "∂L/∂y": grad(loss_of_y)(y.data).tolist(),
                "∂L/∂Wout": w_out.grad.tolist(),
                "∂L/∂bout": b_out.grad.tolist(),
                "∂L/∂z": grad(loss_of_z)(z.data).tolist(),
                "∂L/∂s": grad(loss_of_s)(s.data).tolist(),
                "∂L/∂W": w.grad.tolist(),
                "∂L/∂b": b.grad.tolist(),
            }
            s.name, z.name, y.name, loss.name = "s", "z", "y", "loss"
            save_drawing(loss, "two_three_one_tensors")
            save_drawing(zoom(loss), "two_three_one_zoomed")
            derivations.append(explain(loss, w, names={"x": x, "t": t}, lr=RATE))

        with no_grad():
            for parameter in parameters:
                parameter -= RATE * parameter.grad

        if epoch == 0:
            numbers |= {
                "new W": w.tolist(),
                "new b": b.tolist(),
                "new Wout": w_out.tolist(),
                "new bout": b_out.item(),
            }
    return numbers, history


def save_drawing(loss: Value | Tensor, name: str) -> None:
    """Write the graph of the loss to out/, as text for Graphviz and, where it is, as a picture."""
    OUT.mkdir(exist_ok=True)
    drawing = draw(loss)
    path = OUT / f"{name}.dot"
    path.write_text(drawing.source, encoding="utf-8")
    written.append(path)
    if shutil.which("dot"):
        path = OUT / f"{name}.svg"
        path.write_bytes(drawing.pipe(format="svg"))
        written.append(path)


written: list[Path] = []
derivations: list[Derivation] = []
numbers, history = with_values()
tensor_numbers, tensor_history = with_tensors()

for engine, results in {"Values": numbers, "Tensors": tensor_numbers}.items():
    print(f"One step, with {engine}")
    for name, result in results.items():
        print(f"  {name:11} = {np.round(result, 10).tolist()}")
    print()
print(
    "Nothing reaches the third hidden neuron: s3 = -1 is below 0, where ReLU is flat. It is dead."
)
print()

print("epoch       loss  prediction  (Values)       loss  prediction  (Tensors)")
for epoch in range(EPOCHS):
    (loss, y), (tensor_loss, tensor_y) = history[epoch], tensor_history[epoch]
    print(f"{epoch:5} {loss:10.4f} {y:11.4f} {tensor_loss:20.4f} {tensor_y:11.4f}")
difference = np.max(np.abs(np.subtract(history, tensor_history)))
print(f"The largest difference between the two: {difference:g}")
print()

print("The gradient of the first loss by W, derived with Tensors:")
print()
print(derivations[0])

print("The graph of the first loss, with its gradients; zoomed, every element is a node:")
if not shutil.which("dot"):
    print("(only as text, since Graphviz's program dot is not installed)")
for path in written:
    print(path.as_posix())
