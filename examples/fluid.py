"""Smoke steered by a fluid simulation that is optimised through time, as HIPS autograd would do it.

The smoke is carried by a flow on a periodic grid, and the flow carries itself. The gradient of how
far the smoke of the last frame is from a ring, by the velocities of the first frame, goes back
through every step of the simulation. The program runs unchanged with HIPS autograd 1.9.1 in place
of this package.
"""

import sys

import autograd.numpy as np
import autograd.numpy.random as npr
from autograd import grad
from autograd.misc.optimizers import adam

SIZE = 24
FRAMES = 12
STEPS = 1 if "--quick" in sys.argv else 80

rows, columns = np.meshgrid(np.arange(SIZE), np.arange(SIZE), indexing="ij")
radius = np.sqrt((rows - SIZE / 2 + 0.5) ** 2 + (columns - SIZE / 2 + 0.5) ** 2)
smoke = 1.0 * (radius < 5.0)
target = 1.0 * ((radius > 4.0) & (radius < 8.0))
target = target * (np.sum(smoke) / np.sum(target))  # the flow can move smoke, not make it


def advect(field, down, right):
    """`field` moved along the flow: each cell takes the value from where its fluid was before."""
    from_row, from_column = rows - down, columns - right
    top, left = np.floor(from_row), np.floor(from_column)
    below, beside = from_row - top, from_column - left  # between 0 and 1
    top, left = top.astype(int) % SIZE, left.astype(int) % SIZE
    bottom, far = (top + 1) % SIZE, (left + 1) % SIZE
    return (1.0 - below) * ((1.0 - beside) * field[top, left] + beside * field[top, far]) + (
        below * ((1.0 - beside) * field[bottom, left] + beside * field[bottom, far])
    )


def neighbours(field):
    return (
        np.roll(field, 1, axis=0)
        + np.roll(field, -1, axis=0)
        + np.roll(field, 1, axis=1)
        + np.roll(field, -1, axis=1)
    )


def incompressible(down, right):
    """The flow without its divergence: less the gradient of a pressure, found by iteration."""
    divergence = 0.5 * (
        np.roll(down, -1, axis=0)
        - np.roll(down, 1, axis=0)
        + np.roll(right, -1, axis=1)
        - np.roll(right, 1, axis=1)
    )
    pressure = np.zeros((SIZE, SIZE))
    for _ in range(12):
        pressure = 0.25 * (neighbours(pressure) - divergence)
    down = down - 0.5 * (np.roll(pressure, -1, axis=0) - np.roll(pressure, 1, axis=0))
    right = right - 0.5 * (np.roll(pressure, -1, axis=1) - np.roll(pressure, 1, axis=1))
    return down, right


def simulate(flow):
    """The smoke of the last frame, when the first has the velocities `flow`."""
    down, right = flow["down"], flow["right"]
    now = smoke
    for _ in range(FRAMES):
        moved = advect(down, down, right), advect(right, down, right)
        down, right = incompressible(*moved)
        now = advect(now, down, right)
    return now


def loss(flow):
    return np.mean((simulate(flow) - target) ** 2)


def drawn(*pictures):
    """Pictures of smoke side by side, a character for two rows of a column."""
    shades = " .:-=+*#%@"
    for i in range(0, SIZE, 2):
        for picture in pictures:
            pairs = 0.5 * (picture[i] + picture[i + 1])
            print("".join(shades[int(np.clip(10.0 * v, 0, 9))] for v in pairs), end="   ")
        print()


def report(flow, i, _):
    if i % 20 == 0:
        print(f"step {i:2}: mean squared distance from the ring {loss(flow):.4f}")


rng = npr.default_rng(0)
start = {name: 0.01 * rng.normal(size=(SIZE, SIZE)) for name in ("down", "right")}
flow = adam(lambda flow, i: grad(loss)(flow), start, report, num_iters=STEPS, step_size=0.03)
print(f"at last: mean squared distance from the ring {loss(flow):.4f}")
print("the smoke at first, in the last frame, and the ring:")
drawn(smoke, simulate(flow), target)
