"""Multi-layer perceptrons on autograd: modules, losses, optimizers, and a loop that trains."""

from importlib import import_module
from typing import TYPE_CHECKING

from nn import scalar
from nn.averaging import Averaged
from nn.blocks import (
    Activation,
    Dropout,
    Embedding,
    Flatten,
    Residual,
    Sequential,
)
from nn.clipping import clip_grad_norm, clip_grad_value
from nn.data import Batches, Standardise, train_test_split
from nn.layers import MLP, Layer, Neuron
from nn.losses import (
    bce,
    bce_with_logits,
    cross_entropy,
    half_mse,
    hinge,
    huber,
    mae,
    mse,
)
from nn.module import Module
from nn.norms import BatchNorm, LayerNorm
from nn.optim import SGD, Adam, AdamW, RMSprop
from nn.optimizer import Optimizer
from nn.schedules import (
    Cosine,
    OnPlateau,
    Schedule,
    StepDecay,
    WarmUp,
)

__all__ = [
    "Module",
    "Neuron",
    "Layer",
    "MLP",
    "Sequential",
    "Residual",
    "Activation",
    "Dropout",
    "BatchNorm",
    "LayerNorm",
    "Embedding",
    "Flatten",
    "mse",
    "half_mse",
    "mae",
    "huber",
    "bce_with_logits",
    "bce",
    "cross_entropy",
    "hinge",
    "Optimizer",
    "SGD",
    "RMSprop",
    "Adam",
    "AdamW",
    "Schedule",
    "StepDecay",
    "Cosine",
    "WarmUp",
    "OnPlateau",
    "clip_grad_norm",
    "clip_grad_value",
    "Averaged",
    "functional_call",
    "Batches",
    "train_test_split",
    "Standardise",
    "fit",
    "evaluate",
    "predict",
    "diagnose",
    "EarlyStopping",
    "SaveBest",
    "Checkpoint",
    "JSONLines",
    "save",
    "load",
    "save_training",
    "load_training",
    "History",
    "pictures",
    "scalar",
]

if TYPE_CHECKING:
    from nn import pictures
    from nn.callbacks import Checkpoint, JSONLines
    from nn.diagnosis import diagnose
    from nn.evaluation import evaluate, predict
    from nn.history import History
    from nn.monitors import EarlyStopping, SaveBest
    from nn.saving import load, load_training, save, save_training
    from nn.stateless import functional_call
    from nn.training import fit
else:
    # What trains, saves and draws is imported when it is first asked for: half of the import.
    _HOMES = {
        "nn.callbacks": "Checkpoint JSONLines",
        "nn.diagnosis": "diagnose",
        "nn.evaluation": "evaluate predict",
        "nn.history": "History",
        "nn.monitors": "EarlyStopping SaveBest",
        "nn.saving": "load load_training save save_training",
        "nn.stateless": "functional_call",
        "nn.training": "fit",
    }
    _HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

    _ELSEWHERE = {
        "Linear": 'nn.Layer(n_in, n_out, activation="identity")',
        "Dense": 'nn.Layer(n_in, n_out, activation="relu")',
        "BatchNorm1d": "nn.BatchNorm(width)",
        "ReLU": '"relu" in an nn.Sequential',
        "Tanh": '"tanh" in an nn.Sequential',
        "Sigmoid": '"sigmoid" in an nn.Sequential',
        "Softmax": '"softmax" in an nn.Sequential, or for the loss "cross_entropy" nothing',
        "MSELoss": "nn.mse(prediction, target)",
        "L1Loss": "nn.mae(prediction, target)",
        "CrossEntropyLoss": "nn.cross_entropy(logits, labels)",
        "BCEWithLogitsLoss": "nn.bce_with_logits(logits, target)",
        "BCELoss": "nn.bce(probability, target)",
        "Parameter": "Tensor(numbers, requires_grad=True)",
        "DataLoader": "nn.Batches(X, y, batch_size)",
    }

    def __getattr__(name):
        if name in _ELSEWHERE:
            raise AttributeError(f"nn has no {name}: it has {_ELSEWHERE[name]}")
        if name not in _HOME:
            try:
                return import_module(f"nn.{name}")
            except ModuleNotFoundError as error:
                if not f"nn.{name}".startswith(str(error.name)):  # a package that the file needs
                    raise
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = found = getattr(import_module(_HOME[name]), name)
        return found

    def __dir__():
        return sorted({*globals(), *__all__})
