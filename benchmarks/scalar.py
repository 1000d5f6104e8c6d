"""The scalar engine against micrograd 0.1.0, on the training step of micrograd's moons demo.

    python benchmarks/scalar.py [PEER_PYTHON]

PEER_PYTHON (or $PEER_PYTHON) is the interpreter of an environment with micrograd and NumPy. Three
processes take turns, one step each, pinned to one core:

    micrograd   micrograd's engine and network
    unfused     micrograd's network, operator by operator, with this project's Value in its place
    nn.scalar   this project's network and Value

All start from the same weights; before anything is timed, they must agree on the loss and on every
gradient. The figures are medians of the ratios of steps taken in the same round.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGETS = {"unfused": 8, "nn.scalar": 60}


def moons_step(value: Any, model: Any, points: Any, labels: Any, rate: float) -> tuple[float, Any]:
    """One step on all points, and the loss before it; `value` is the engine's Value.

    The loss is the mean hinge plus 1e-4 times the sum of the squared parameters.
    """
    scores = [model([value(a), value(b)]) for a, b in points]
    hinges = [(1 + -label * score).relu() for label, score in zip(labels, scores, strict=True)]
    penalty = sum(p * p for p in model.parameters())
    total = sum(hinges) * (1 / len(hinges)) + 1e-4 * penalty
    model.zero_grad()
    total.backward()
    for p in model.parameters():
        p.data -= rate * p.grad
    return total.data, total


def serve(which: str) -> None:
    """Answer each line on stdin with the seconds and the loss of one training step."""
    import numpy as np

    if which == "micrograd":
        from micrograd.engine import Value
        from micrograd.nn import MLP
    else:
        sys.path.insert(0, str(ROOT))
        from autograd.value import Value

        if which == "unfused":
            import micrograd.nn

            micrograd.nn.Value = Value
            MLP = micrograd.nn.MLP
        else:
            from nn.scalar import MLP
    rng = np.random.default_rng(1337)
    angle = rng.uniform(0.0, np.pi, 100)
    second = np.arange(100) % 2
    points = np.stack(
        [np.cos(angle) * (1 - 2 * second) + second, np.sin(angle) * (1 - 2 * second) + second / 2],
        axis=1,
    ) + rng.normal(0.0, 0.1, (100, 2))
    labels = second * 2 - 1
    model = MLP(2, [16, 16, 1])
    for parameter in model.parameters():
        parameter.data = float(rng.uniform(-1.0, 1.0))
    total = None
    for line in sys.stdin:
        begin = time.perf_counter()
        # As in the demo, the last step's graph lives until this step's loss replaces it.
        loss, total = moons_step(Value, model, points, labels, rate=float(line))
        seconds = time.perf_counter() - begin
        print(json.dumps([seconds, loss, [p.grad for p in model.parameters()]]), flush=True)
    del total


class Contestant:
    """A process that takes one step when asked."""

    def __init__(self, python: str, which: str):
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [python, __file__, "--serve", which],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def step(self, rate: float) -> tuple[float, float, list[float]]:
        """Seconds, loss and gradients of one step at a learning rate."""
        print(rate, file=self.process.stdin, flush=True)
        return tuple(json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer", nargs="?", default=os.environ.get("PEER_PYTHON"))
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(options.serve)
    if not options.peer:
        parser.error("which Python has micrograd? Give its path as an argument or in $PEER_PYTHON")
    with contextlib.suppress(AttributeError, OSError):  # not every system can
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    names = dict.fromkeys(["micrograd", "unfused", "nn.scalar"], options.peer)
    contestants = {name: Contestant(python, name) for name, python in names.items()}
    first = {name: each.step(0.0) for name, each in contestants.items()}
    _, loss, gradients = first["micrograd"]
    for name, (_, other_loss, other) in first.items():
        worst = max(abs(a - b) for a, b in zip(gradients, other, strict=True))
        if abs(loss - other_loss) > 1e-12 or worst > 1e-12:
            sys.exit(f"{name} differs from micrograd: loss {other_loss} for {loss}, {worst:.1e}")
    print(f"all agree: loss {loss:.12f} and {len(gradients)} gradients, to 1e-12")
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for k in range(options.rounds):
        for name, each in contestants.items():
            seconds[name].append(each.step(1.0 - 0.9 * k / 100)[0])
    for each in contestants.values():
        each.close()
    print(f"milliseconds a step, median (fastest … slowest) of {options.rounds}, interleaved:")
    for name, times in seconds.items():
        low, middle, high = (1e3 * f(times) for f in (min, statistics.median, max))
        line = f"  {name:<10}{middle:8.1f} ({low:.1f} … {high:.1f})"
        if name in TARGETS:
            pairs = zip(seconds["micrograd"], times, strict=True)
            ratio = statistics.median(theirs / ours for theirs, ours in pairs)
            line += f"   {ratio:6.1f} times as fast as micrograd (target {TARGETS[name]})"
        print(line)


if __name__ == "__main__":
    main()
