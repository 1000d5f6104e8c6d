"""What goes wrong when networks learn: overfitting, vanishing gradients, dying ReLUs; and cures.

    python examples/what_goes_wrong.py

Each is made to happen, measured, and cured by one change. `nn.diagnose` says in words what is wrong
in the layers, and draws it. It writes three pictures into out/, in some 10 s.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import make_moons

import nn

OUT = Path("out")


def overfitting(epochs):
    """24 noisy points, and 4,353 parameters to learn them by heart; stopping in time cures it.

    When to stop is decided by other points, and what it was good for is measured by others again.
    """
    print("1. Overfitting: 24 noisy points, 4,353 parameters")
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (424, 1))
    y = np.sin(4 * x) + 0.4 * rng.normal(size=x.shape)
    own, validation, new = ((x[part], y[part]) for part in np.split(np.arange(424), [24, 124]))
    grid = np.linspace(-1, 1, 300)[:, None]
    figure = Figure(figsize=(12, 8), layout="constrained")
    ways = {"Trained to the end": (), "Stopped early": nn.EarlyStopping(patience=100)}
    errors = []
    for (name, callbacks), (left, right) in zip(ways.items(), figure.subplots(2, 2)):
        model = nn.MLP(1, [64, 64, 1], "tanh", rng=0)
        optimizer = nn.Adam(model.parameters(), lr=0.01)
        history = nn.fit(
            model, *own, "mse", optimizer, epochs, 24,
            validation=validation, callbacks=callbacks, rng=0,
        )  # fmt: skip
        of_own, of_new = (nn.evaluate(model, *data)["loss"] for data in (own, new))
        print(f"   {name}: error {of_own:.3f} on its own points, {of_new:.3f} on new ones")
        errors.append(of_new)
        history.plot(ax=left)
        left.set(title=name, xlim=(0, epochs), ylim=(0.04, 3))
        right.plot(*new, ".", color="silver", label="new points")
        right.plot(*own, "o", label="its own points")
        right.plot(grid, nn.predict(model, grid), "k", label="the network")
        right.plot(grid, np.sin(4 * grid), "k:", label="without the noise")
        right.set(title=f"{name}: error on new points {of_new:.3f}", ylim=(-2.5, 2.5))
        right.legend(loc="lower right")
    save(figure, "overfitting")
    return errors


def vanishing_gradients(epochs):
    """Sigmoids, whose slope is at most 1/4: through ten of them, next to no gradient comes back.

    ELUs have slope 1 on one side, as ReLUs have, and some on the other.
    """
    print("2. Vanishing gradients: ten hidden layers, two moons")
    X, y = make_moons(400, noise=0.1, random_state=0)
    trials = []
    for activation in ("sigmoid", "elu"):
        model = nn.MLP(2, [16] * 10 + [2], activation, rng=0)
        report = nn.diagnose(model, X, y, "cross_entropy")  # as it begins
        fit(model, X, y, 0.1, epochs)
        trials.append((f"ten layers of {activation}", model, report))
    return compared(trials, X, y, "vanishing_gradients")


def dying_relus(epochs):
    """A few steps too long, and ReLUs are 0 on all that they will ever see: no gradient, no cure.

    With a tenth of the learning rate, most of them live.
    """
    print("3. Dying ReLUs: a learning rate that is too large, two moons")
    X, y = make_moons(400, noise=0.1, random_state=0)
    trials = []
    for lr in (3.0, 0.3):
        model = nn.MLP(2, [16, 16, 2], rng=0)
        fit(model, X, y, lr, epochs)
        report = nn.diagnose(model, X, y, "cross_entropy")  # as it ends
        trials.append((f"learning rate {lr:g}", model, report))
    return compared(trials, X, y, "dying_relus")


def fit(model, X, y, lr, epochs):
    """Plain gradient descent: the same for all, but for the learning rate."""
    optimizer = nn.SGD(model.parameters(), lr=lr)
    nn.fit(model, X, y, "cross_entropy", optimizer, epochs, rng=0)


def compared(trials, X, y, name):
    """Say and draw what was found in each of the models, and what it has learnt; the accuracies."""
    figure = Figure(figsize=(12, 9), layout="constrained")
    accuracies = []
    for (title, model, report), (left, right) in zip(trials, figure.subplots(2, 2)):
        accuracy = nn.evaluate(model, X, y, "cross_entropy", metrics="accuracy")["accuracy"]
        print(f"   {title}: {accuracy:.1%} right")
        print("     " + "\n     ".join(report.verdict))
        report.plot(ax=left)
        left.set_title(title)
        nn.pictures.decision_boundary(model, X, y, ax=right)
        right.set_title(f"{accuracy:.1%} right")
        accuracies.append(accuracy)
    save(figure, name)
    return accuracies


def save(figure, name):
    path = OUT / f"{name}.png"
    figure.savefig(path, dpi=120)
    print(f"   {path.as_posix()}")


def main(quick=False):
    OUT.mkdir(exist_ok=True)
    return overfitting(3 if quick else 1500), *(
        show(1 if quick else 30) for show in (vanishing_gradients, dying_relus)
    )


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
