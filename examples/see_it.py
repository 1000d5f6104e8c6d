"""See it: the 2-3-1 network as a drawing, as a page that goes through both passes, and in words."""

import shutil
from pathlib import Path

import nn
from autograd import Tensor
from autograd.draw import explain, save

model = nn.MLP(2, [3, 1])
first, last = model.layers
first.weight.data, first.bias.data = [[1, 2], [-3, 4], [1, -1]], [1, 2, 0]
last.weight.data, last.bias.data = [[1, 2, 3]], [1]

x, t = Tensor([1.0, 2.0]), Tensor([3.0])
loss = nn.half_mse(model(x), t)
names = {"x": x, "t": t, "loss": loss}

print(explain(loss, first.weight, names=names, lr=0.01))

# Graphviz's dot makes pictures; its text, and the page, need nothing.
Path("out").mkdir(exist_ok=True)
for ending in ("html", "svg" if shutil.which("dot") else "dot"):
    print(save(loss, f"out/see_it.{ending}", names=names))
