"""PyTorch's figures for the tests: of each loss, and of 100 steps of each optimizer.

    python benchmarks/torch_trajectories.py

It needs PyTorch (2.13.0 made the stored figures; on a CPU, in float64), which is not installed with
the rest: use an environment of its own. It writes tests/data/torch_losses.json and
tests/data/torch_trajectories.json, in which a case says what the tests are to do: names and options
are ours, and are turned into PyTorch's here where they differ.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

DATA = Path(__file__).resolve().parent.parent / "tests" / "data"
STEPS = 100

# Losses.

LOSSES = {
    "mse": functional.mse_loss,
    "half_mse": lambda y, t, **options: 0.5 * functional.mse_loss(y, t, **options),
    "mae": functional.l1_loss,
    "huber": functional.huber_loss,
    "bce_with_logits": functional.binary_cross_entropy_with_logits,
    "bce": functional.binary_cross_entropy,
    "cross_entropy": lambda z, labels, class_weight=None, **options: functional.cross_entropy(
        z.movedim(-1, 1), labels, weight=class_weight, **options
    ),
    "hinge": lambda y, t: torch.relu(1 - t * y).mean(),
}
NUMBERS = [[0.3, -1.2, 2.5], [0.0, 4.0, -0.7]]
TARGETS = [[0.1, -1.2, -0.5], [1.0, 0.5, -3.0]]
SHARES = [[0.0, 1.0, 0.25], [1.0, 1.0, 0.0]]
PROBABILITIES = [[0.2, 0.9, 1.0], [0.0, 1.0, 0.4]]
FAR = [[1e4, -1e4, 0.0], [-1e4, 1e4, 20.0]]
WEIGHTS = [[1.0, 2.0, 0.5], [0.0, 3.0, 1.0]]
DEEP = [[[0.1, 2.0], [1.0, -1.0]], [[0.0, 0.0], [3.0, -2.0]]]
LOSS_CASES: list[tuple[str, Any, Any, dict[str, Any]]] = [
    *[(loss, NUMBERS, TARGETS, {}) for loss in ("mse", "half_mse", "mae", "huber")],
    *[(loss, FAR, TARGETS, {}) for loss in ("mse", "half_mse", "mae", "huber")],
    *[(loss, NUMBERS, TARGETS, {"weight": WEIGHTS}) for loss in ("mse", "mae")],
    ("mse", NUMBERS, TARGETS, {"reduction": "sum"}),
    ("mae", NUMBERS, TARGETS, {"reduction": "sum"}),
    ("huber", NUMBERS, TARGETS, {"delta": 0.3}),
    ("huber", NUMBERS, TARGETS, {"delta": 2.0, "reduction": "sum"}),
    *[
        ("bce_with_logits", z, SHARES, options)
        for z in (NUMBERS, FAR)
        for options in (
            {},
            {"pos_weight": 3.0},
            {"pos_weight": [3.0, 0.5, 1.0]},
            {"reduction": "sum"},
            {"weight": WEIGHTS, "reduction": "sum"},
        )
    ],
    # PyTorch divides the weighted mean of these three by the number of items, not by the weights.
    ("huber", NUMBERS, TARGETS, {"weight": WEIGHTS, "reduction": "sum"}),
    ("bce", PROBABILITIES, SHARES, {}),
    ("bce", PROBABILITIES, SHARES, {"weight": WEIGHTS, "reduction": "sum"}),
    *[
        ("cross_entropy", z, labels, options)
        for z, labels in ((NUMBERS, [2, 0]), (FAR, [0, 1]))
        for options in (
            {},
            {"reduction": "sum"},
            {"class_weight": [0.5, 2.0, 1.0]},
            {"label_smoothing": 0.2},
            {"class_weight": [0.5, 2.0, 1.0], "label_smoothing": 0.2},
        )
    ],
    *[
        ("cross_entropy", DEEP, [[0, -100], [1, 0]], {"ignore_index": -100, **options})
        for options in (
            {},
            {"reduction": "sum"},
            {"class_weight": [0.5, 2.0]},
            {"class_weight": [0.5, 2.0], "label_smoothing": 0.1},
        )
    ],
    ("hinge", NUMBERS, [[1.0, -1.0, 1.0], [-1.0, 1.0, 1.0]], {}),
]


def of_loss(name: str, prediction: Any, target: Any, options: dict[str, Any]) -> dict[str, Any]:
    y = torch.tensor(prediction, dtype=torch.float64, requires_grad=True)
    t = torch.tensor(target, dtype=None if name == "cross_entropy" else torch.float64)
    tensors = {
        key: torch.tensor(value, dtype=torch.float64) if key.endswith("weight") else value
        for key, value in options.items()
    }
    value = LOSSES[name](y, t, **tensors)
    value.backward()
    return {
        "loss": name,
        "prediction": prediction,
        "target": target,
        "options": options,
        "value": value.item(),
        "gradient": y.grad.tolist(),
    }


# Trajectories: a 3-4-2 network with tanh, all of its data in each step.

SCHEDULES = {
    "StepDecay": lambda optimizer, every, factor: lr_scheduler.StepLR(optimizer, every, factor),
    "Cosine": lambda optimizer, steps, floor=0.0: lr_scheduler.CosineAnnealingLR(
        optimizer, steps, eta_min=floor * optimizer.param_groups[0]["lr"]
    ),
    "OnPlateau": lambda optimizer, **options: lr_scheduler.ReduceLROnPlateau(optimizer, **options),
    "WarmUp": lambda optimizer, then, steps, start: lr_scheduler.SequentialLR(
        optimizer,
        [
            lr_scheduler.LinearLR(optimizer, start, total_iters=steps),
            SCHEDULES[then[0]](optimizer, **then[1]),
        ],
        [steps],
    ),
}
GROUPS = [{"params": [0, 2], "weight_decay": 0.1}, {"params": [1, 3], "lr": 0.02}]
CASES: list[dict[str, Any]] = [
    *[
        {"optimizer": "SGD", "options": {"lr": 0.1, **options}}
        for options in (
            {},
            {"momentum": 0.9},
            {"momentum": 0.9, "nesterov": True},
            {"weight_decay": 0.1},
            {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1},
        )
    ],
    *[
        {"optimizer": "RMSprop", "options": {"lr": 0.02, **options}}
        for options in (
            {},
            {"alpha": 0.9, "eps": 1e-3},
            {"momentum": 0.5},
            {"centered": True},
            {"centered": True, "momentum": 0.5, "weight_decay": 0.1},
        )
    ],
    *[
        {"optimizer": name, "options": {"lr": 0.05, **options}}
        for name in ("Adam", "AdamW")
        for options in ({}, {"betas": [0.5, 0.9], "eps": 1e-3}, {"weight_decay": 0.1})
    ],
    *[
        {"optimizer": name, "options": {"lr": 0.05}, "groups": GROUPS}
        for name in ("SGD", "RMSprop", "Adam", "AdamW")
    ],
    *[
        {"optimizer": "SGD", "options": {"lr": 0.2}, "schedule": schedule}
        for schedule in (
            ["StepDecay", {"every": 30, "factor": 0.5}],
            ["Cosine", {"steps": 100}],
            ["Cosine", {"steps": 120, "floor": 0.1}],
            ["OnPlateau", {"factor": 0.5, "patience": 4, "threshold": 0.1}],
            ["WarmUp", {"then": ["Cosine", {"steps": 80}], "steps": 20, "start": 0.1}],
        )
    ],
    {
        "optimizer": "Adam",
        "options": {"lr": 0.05},
        "groups": GROUPS,
        "schedule": ["StepDecay", {"every": 30, "factor": 0.5}],
    },
    {"optimizer": "SGD", "options": {"lr": 0.3}, "clip_grad_norm": 0.2},
    {"optimizer": "SGD", "options": {"lr": 0.3}, "clip_grad_value": 0.05},
    {"optimizer": "SGD", "options": {"lr": 0.1}, "average": None},
    {"optimizer": "Adam", "options": {"lr": 0.05}, "average": 0.9},
]


def trajectory(case: dict[str, Any], X: Any, y: Any, start: list[Any]) -> dict[str, Any]:
    """`case` with the loss before every tenth step, the last rates, parameters and averages."""
    model = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2)
    ).double()
    parameters = list(model.parameters())
    with torch.no_grad():
        for parameter, array in zip(parameters, start, strict=True):
            parameter.copy_(torch.tensor(array))
    groups: Any = parameters
    if "groups" in case:
        groups = [
            {**group, "params": [parameters[i] for i in group["params"]]}
            for group in case["groups"]
        ]
    optimizer = getattr(torch.optim, case["optimizer"])(groups, **case["options"])
    schedule = average = None
    if "schedule" in case:
        name, options = case["schedule"]
        schedule = SCHEDULES[name](optimizer, **options)
    if "average" in case:
        decay = case["average"]
        average = AveragedModel(
            model, multi_avg_fn=None if decay is None else get_ema_multi_avg_fn(decay)
        )
    losses, rates = [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = functional.mse_loss(model(X), y)
        loss.backward()
        if "clip_grad_norm" in case:
            torch.nn.utils.clip_grad_norm_(parameters, case["clip_grad_norm"])
        if "clip_grad_value" in case:
            torch.nn.utils.clip_grad_value_(parameters, case["clip_grad_value"])
        optimizer.step()
        if step % 10 == 0:
            losses.append(loss.item())
            rates.append([group["lr"] for group in optimizer.param_groups])
        if schedule is not None:
            on_plateau = isinstance(schedule, lr_scheduler.ReduceLROnPlateau)
            schedule.step(*[loss.item()] * on_plateau)
        if average is not None:
            average.update_parameters(model)
    return {
        **case,
        "losses": losses,
        "rates": rates,
        "parameters": [p.tolist() for p in parameters],
        **({"averages": [p.tolist() for p in average.parameters()]} if average else {}),
    }


def write(name: str, figures: Any) -> None:
    """One line for each item of `figures`' lists."""
    DATA.mkdir(exist_ok=True)
    lines = [json.dumps(item) for item in figures]
    (DATA / name).write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def main() -> None:
    write("torch_losses.json", [of_loss(*case) for case in LOSS_CASES])
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 3))
    y = np.stack([np.sin(2 * X[:, 0]), X[:, 1] * X[:, 2]], axis=1)
    shapes = (4, 3), (4,), (2, 4), (2,)
    start = [rng.normal(0, 0.6, shape) for shape in shapes]
    problem = {"X": X.tolist(), "y": y.tolist(), "start": [array.tolist() for array in start]}
    tensors = torch.tensor(X), torch.tensor(y)
    write("torch_trajectories.json", [problem, *(trajectory(c, *tensors, start) for c in CASES)])
    print(f"PyTorch {torch.__version__}: {len(LOSS_CASES)} losses, {len(CASES)} trajectories")


if __name__ == "__main__":
    main()
