"""Weights from PyTorch for the tests, and what PyTorch makes of ours.

    python benchmarks/torch_weights.py

It needs PyTorch (2.13.0 made the stored files; on a CPU) and safetensors, which PyTorch is not
installed with: use an environment of its own, with NumPy. It writes into tests/data/:

    torch_weights.safetensors  an nn.Sequential of PyTorch's, by safetensors' own function
    nn_weights.safetensors     a model of ours, by nn.save
    torch_weights.json         inputs, and the outputs of both models in PyTorch
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn import GELU, BatchNorm1d, LayerNorm, Linear, Sequential, Tanh

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "data"
sys.path.insert(0, str(ROOT))
import nn  # noqa: E402


def parts() -> list[torch.nn.Module]:
    middle = [BatchNorm1d(5), Tanh(), Linear(5, 4), LayerNorm(4), GELU()]
    return [Linear(3, 5), *middle, Linear(4, 2)]


def ours() -> nn.Sequential:
    rng = np.random.default_rng(0)
    layers = [nn.Layer(n, m, None, rng=rng) for n, m in [(3, 5), (5, 4), (4, 2)]]
    first, second, last = layers
    norms = nn.BatchNorm(5), nn.LayerNorm(4)
    model = nn.Sequential(first, norms[0], "tanh", second, norms[1], "gelu", last)
    model.load_state_dict(
        {name: rng.uniform(0.5, 1.5, array.shape) for name, array in model.state_dict().items()}
    )
    return model.eval()


def outputs(model: torch.nn.Module, inputs: list[list[float]]) -> list[list[float]]:
    with torch.no_grad():
        return model.eval()(torch.tensor(inputs, dtype=torch.float64)).tolist()


def main() -> None:
    torch.manual_seed(0)
    inputs = np.random.default_rng(1).normal(size=(4, 3)).tolist()

    theirs = Sequential(*parts()).double()
    theirs(torch.randn(20, 3, dtype=torch.float64))  # which moves the running statistics
    save_file(theirs.state_dict(), DATA / "torch_weights.safetensors")

    nn.save(ours(), DATA / "nn_weights.safetensors")
    taken = Sequential(*parts()).double()
    taken.load_state_dict(load_file(DATA / "nn_weights.safetensors"))  # every name as it is

    figures = {
        "made by": f"PyTorch {torch.__version__.split('+')[0]}",
        "inputs": inputs,
        "outputs of torch_weights": outputs(theirs, inputs),
        "outputs of nn_weights": outputs(taken, inputs),
    }
    (DATA / "torch_weights.json").write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
