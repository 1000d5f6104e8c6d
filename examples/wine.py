"""Wine: which of three growers is it from, by thirteen measurements?

    python examples/wine.py

178 wines, so five networks are each trained on four fifths and judged by the last fifth: together
they get 97% or more right. A second network sees two measurements only, and shows what it makes of
that plane. The model trained on all wines is saved, loaded, and asked again. It writes pictures and
the model into out/, in some 4 s.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold

import nn

EPOCHS = 40
PLANE = ["flavanoids", "color_intensity"]
GROWERS = ["grower 1", "grower 2", "grower 3"]


def trained(X, y, rng, epochs):
    """A network that gives three logits, one a grower."""
    model = nn.Sequential(
        nn.Standardise(X),
        nn.Layer(X.shape[1], 16, "tanh", rng=rng),
        nn.Layer(16, 3, None, rng=rng),
    )
    optimizer = nn.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
    history = nn.fit(
        model, X, y, "cross_entropy", optimizer, epochs, 16, metrics="accuracy", rng=rng
    )
    return model, history


def draw(path, history, plane_model, plane, y, confusion):
    figure = Figure(figsize=(15, 4.8), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    history.plot(ax=left)
    nn.pictures.decision_boundary(plane_model, plane, y, ax=middle, names=GROWERS)
    middle.set(title="By two measurements only", xlabel="flavanoids", ylabel="colour intensity")
    right.imshow(confusion, cmap="Blues")
    for (true, said), count in np.ndenumerate(confusion):
        dark = count > confusion.max() / 2
        right.text(said, true, count, ha="center", va="center", color="white" if dark else "black")
    right.set(
        title="Wines that the network had not seen",
        xlabel="as the network says",
        ylabel="as it is",
    )
    right.set_xticks(range(3), GROWERS)
    right.set_yticks(range(3), GROWERS)
    figure.savefig(path, dpi=120)


def main(seed=0, epochs=EPOCHS):
    data = load_wine()
    X, y = data.data, data.target
    rng = np.random.default_rng(seed)
    said = np.empty_like(y)
    for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(X, y):
        model, _ = trained(X[train], y[train], rng, epochs)
        said[test] = nn.predict(model, X[test]).argmax(axis=1)
    right = np.mean(said == y)
    print(f"Accuracy: {right:.2%} of {len(X)} wines, none of them seen in training")

    plane = X[:, [data.feature_names.index(name) for name in PLANE]]
    plane_model, _ = trained(plane, y, rng, epochs)
    score = nn.evaluate(plane_model, plane, y, "cross_entropy", metrics="accuracy")
    print(f"By {' and '.join(PLANE)} alone: {score['accuracy']:.2%} of those it was trained on")

    model, history = trained(X, y, rng, epochs)
    out = Path("out")
    out.mkdir(exist_ok=True)
    nn.save(model, out / "wine.npz")
    loaded = nn.load(out / "wine.npz")
    assert np.array_equal(nn.predict(loaded, X), nn.predict(model, X))
    confusion = np.zeros((3, 3), int)
    np.add.at(confusion, (y, said), 1)
    draw(out / "wine.png", history, plane_model, plane, y, confusion)
    print("The model trained on all of them, which loads to the same numbers, and a picture:")
    print("out/wine.npz, out/wine.png")
    return right


if __name__ == "__main__":
    main(epochs=1 if "--quick" in sys.argv else EPOCHS)
