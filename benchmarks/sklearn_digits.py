"""nn.sklearn's MLPClassifier against scikit-learn's own on its digits: time an epoch, and accuracy.

    python benchmarks/sklearn_digits.py

Both have one hidden layer of 100, the same solver and the same batches. A ratio is
(processor time of ours) / (that of scikit-learn's) for as many epochs; the target is 0.7. The
accuracies are means over the folds of a cross-validation, on samples that were not learnt from.
"""

import sys
import warnings
from pathlib import Path

from timing import interleaved

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import sklearn
from sklearn import neural_network
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score

import nn.sklearn

EPOCHS, FOLDS = 20, 5
KINDS = (nn.sklearn.MLPClassifier, neural_network.MLPClassifier)


def compared(X: np.ndarray, labels: np.ndarray, solver: str, rate: float, batch: int) -> str:
    """A line with the ratio of the times, and both accuracies."""
    ours, theirs = (
        kind(
            100,
            solver=solver,
            batch_size=batch,
            learning_rate_init=rate,
            max_iter=EPOCHS,
            n_iter_no_change=EPOCHS,
            random_state=0,
        )
        for kind in KINDS
    )
    ratio, spread, microseconds = interleaved(
        lambda: ours.fit(X, labels), lambda: theirs.fit(X, labels), rounds=15
    )
    ours_right, theirs_right = (
        cross_val_score(each, X, labels, cv=FOLDS).mean() for each in (ours, theirs)
    )
    return (
        f"  {X.dtype} {solver:<4} batch {batch:<3}  {ratio:4.2f} ± {spread:.2f} of "
        f"{microseconds / EPOCHS / 1000:5.2f} ms an epoch (target 0.7); right in {EPOCHS} epochs: "
        f"{ours_right:.1%}, {theirs_right:.1%}"
    )


def main() -> None:
    warnings.simplefilter("ignore", ConvergenceWarning)
    images, labels = load_digits(return_X_y=True)
    images /= 16
    print(f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}, one thread; ours, theirs:")
    for dtype in (np.float64, np.float32):
        for solver, rate in [("adam", 0.001), ("sgd", 0.05)]:
            for batch in (200, 32):
                print(compared(images.astype(dtype), labels, solver, rate, batch), flush=True)


if __name__ == "__main__":
    main()
