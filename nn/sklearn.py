"""scikit-learn's estimators: an MLP that goes into its pipelines, searches and cross-validations.

Parameters, and the attributes that `fit` sets, have the names and the meaning that they have in
scikit-learn's own MLPClassifier and MLPRegressor; there are fewer of them. `model_` is the network,
an `nn.MLP`, for all that nn does with one: save, draw, diagnose.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Self

import numpy as np

from autograd import log_softmax, softmax
from autograd.primitive import NDArray
from nn.activations import ActivationLike, known
from nn.callbacks import EarlyStopping, Training
from nn.data import split
from nn.evaluation import predict
from nn.history import History
from nn.init import positive_integer, within
from nn.layers import MLP
from nn.metrics import named
from nn.optim import OPTIMIZERS
from nn.optimizer import Optimizer
from nn.training import fit

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import accuracy_score, r2_score
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_array, check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        "nn.sklearn needs scikit-learn 1.6 or newer: pip install 'chainrule[sklearn]'"
    ) from error

__all__ = ["MLPClassifier", "MLPRegressor"]


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What the two have in common."""

    _loss: ClassVar[str]
    _kind_of_y: ClassVar[dict[str, Any]]  # what validate_data is told about it

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: ActivationLike = "relu",
        *,
        solver: str | Callable[..., Optimizer] = "adam",
        alpha: float = 1e-4,
        batch_size: int | str = "auto",
        learning_rate_init: float = 1e-3,
        momentum: float = 0.9,
        max_iter: int = 200,
        random_state: Any = None,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        verbose: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.momentum = momentum
        self.max_iter = max_iter
        self.random_state = random_state
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.verbose = verbose

    @property
    def coefs_(self) -> list[NDArray]:
        """The weights of each layer, of shape (n_in, n_out)."""
        return [layer.weight.data.T for layer in self.model_.layers]

    @property
    def intercepts_(self) -> list[NDArray]:
        """The biases of each layer, of shape (n_out,)."""
        return [layer.bias.data for layer in self.model_.layers]

    def _data(self, X: Any, y: Any, weight: Any, new: bool) -> tuple[NDArray, NDArray, Any]:
        """All three checked, and the names of the features noted if `new`."""
        self._check_parameters()
        X, y = validate_data(
            self, X, y, reset=new, dtype=[np.float64, np.float32], **self._kind_of_y
        )
        return X, y, None if weight is None else _weights(weight, X)

    def _check_parameters(self) -> None:
        """Raise ValueError or TypeError for a parameter that can't be used."""
        for width in _hidden(self.hidden_layer_sizes):
            positive_integer("each of hidden_layer_sizes", width)
        known(_activation(self.activation))
        named("solver", self.solver, OPTIMIZERS)
        if self.batch_size != "auto":
            positive_integer("batch_size", self.batch_size)
        for name in ("max_iter", "n_iter_no_change"):
            positive_integer(name, getattr(self, name))
        for name in ("alpha", "learning_rate_init", "tol"):
            within(name, getattr(self, name), 0, np.inf)
        for name in ("momentum", "validation_fraction"):
            within(name, getattr(self, name), 0, 1)

    def _begin(self, n_in: int, n_out: int, dtype: Any) -> None:
        """Make a new network, and what trains it."""
        rng = _generator(self.random_state)
        widths = [*_hidden(self.hidden_layer_sizes), n_out]
        self.model_ = MLP(n_in, widths, _activation(self.activation), dtype=dtype, rng=rng)
        self._optimizer = _optimizer(self.solver, self.model_, self.momentum)
        self._rng = rng
        self.loss_curve_: list[float] = []

    def _fit(self, X: NDArray, y: NDArray, weight: NDArray | None) -> Self:
        """Train the new network until there is no progress."""
        hold = bool(self.early_stopping)
        monitor = "validation_score" if hold else "loss"
        callbacks: list[Any] = [
            EarlyStopping(self.n_iter_no_change, monitor, larger=hold, least=self.tol, restore=hold)
        ]
        if hold:
            stratify = y if y.ndim == 1 else None
            rows, kept = split(len(X), self.validation_fraction, stratify, self._rng)
            held_out = X[kept], y[kept], None if weight is None else weight[kept]
            X, y, weight = X[rows], y[rows], None if weight is None else weight[rows]

            def measure(training: Training) -> None:
                training.history.add({monitor: self._score(*held_out)})

            callbacks.insert(0, measure)
        history = self._go_on(X, y, weight, self.max_iter, callbacks)
        self.validation_scores_ = history.metrics.get(monitor, [])
        if history.stopped == "Ctrl-C":
            warnings.warn("training was interrupted by Ctrl-C", stacklevel=3)
        elif not history.stopped:
            warnings.warn(
                f"training has not converged in max_iter={self.max_iter} epochs",
                ConvergenceWarning,
                stacklevel=3,
            )
        return self

    def _go_on(
        self, X: NDArray, y: NDArray, weight: NDArray | None, epochs: int, callbacks: Any = ()
    ) -> History:
        """Train the network for some epochs."""
        size = min(200 if self.batch_size == "auto" else int(self.batch_size), len(X))
        penalty = self.alpha / (size if weight is None else size * float(weight.mean()))
        decoupled = getattr(self._optimizer, "decoupled", False)  # the decay is not of the loss
        self._optimizer.param_groups[0]["weight_decay"] = self.alpha if decoupled else penalty
        self._optimizer.lr = self.learning_rate_init

        def penalise(training: Training) -> None:
            squares = sum(float(np.vdot(weights, weights)) for weights in self.coefs_)
            training.history.losses[-1] += 0.0 if decoupled else 0.5 * penalty * squares

        history = fit(
            self.model_, X, y, self._loss, self._optimizer, epochs, size, weight=weight,
            callbacks=[penalise, *callbacks], rng=self._rng, progress=bool(self.verbose),
        )  # fmt: skip
        self.loss_curve_ += history.losses
        self.n_iter_ = len(self.loss_curve_)
        return history

    def _outputs(self, X: Any) -> NDArray:
        """What the network gives for `X`, of shape (n_samples, outputs)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        return predict(self.model_, X)


class MLPClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """A classifier, by an MLP whose outputs are the logits of the classes.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        Width of each hidden layer; `()` for none.
    activation : str or function
        Of the hidden layers: a name in nn.activations.ACTIVATIONS, "logistic", or a function.
    solver : str or function
        adam, adamw, rmsprop, sgd (with Nesterov's `momentum`), or an Optimizer class.
    alpha : float
        Of the penalty ½ alpha · (the sum of the squared weights), which is added to the sum of the
        losses of each batch; for adamw its weight decay.
    batch_size : int
        Samples a step; "auto" is 200. All of them, if there are fewer.
    learning_rate_init : float
        The learning rate.
    max_iter : int
        Epochs at most; ConvergenceWarning if they were not enough.
    random_state : int, RandomState, Generator or None
        Of the first weights and of the order of the samples. The global one is never used.
    tol, n_iter_no_change : float, int
        Training ends when for so many epochs nothing was better by more than `tol` than the best.
    early_stopping, validation_fraction : bool, float
        Whether what must improve is not the loss but the score on a share of the samples, which is
        held out; then the best weights are put back.
    verbose : bool
        Whether to show a progress bar, which needs tqdm.

    `fit` sets `classes_`, the labels in order; `model_`, the nn.MLP; `n_iter_`, the epochs;
    `loss_curve_`, the loss in each, with the penalty at its end; `validation_scores_`, the score
    after each, with early_stopping; and `n_features_in_` and `feature_names_in_`.

    >>> X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    >>> y = ["no", "yes", "yes", "no"]
    >>> xor = MLPClassifier(8, "tanh", learning_rate_init=0.1, random_state=0).fit(X, y)
    >>> xor.predict(X)
    array(['no', 'yes', 'yes', 'no'], dtype='<U3')
    """

    _loss = "cross_entropy"
    _kind_of_y: ClassVar[dict[str, Any]] = {}

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new network: X of shape (n_samples, n_features), y and weights (n_samples,).

        Raises ValueError or TypeError for parameters or data that can't be used, and
        FloatingPointError when the loss stops being finite.
        """
        with _all_or_nothing(self):
            X, y, weight = self._data(X, y, sample_weight, new=True)
            check_classification_targets(y)
            self.classes_, labels = np.unique(y, return_inverse=True)
            self._begin(X.shape[1], len(self.classes_), X.dtype)
            return self._fit(X, labels, weight)

    def partial_fit(
        self, X: Any, y: Any, *, sample_weight: Any = None, classes: Any = None
    ) -> Self:
        """Train for one epoch more, with the same state of the solver.

        The first call needs `classes`, all labels that will ever come. Errors are as in `fit`, and
        ValueError for a label that is not among them, or with early_stopping.
        """
        with _all_or_nothing(self):
            new = _new(self)
            X, y, weight = self._data(X, y, sample_weight, new)
            check_classification_targets(y)
            if new and classes is None:
                raise ValueError("the first call of partial_fit needs classes=, all that will come")
            found = np.unique(self.classes_ if classes is None else classes)
            if not new and not np.array_equal(found, self.classes_):
                raise ValueError(f"classes={found} are not those known before, {self.classes_}")
            self.classes_ = found
            strange = np.setdiff1d(y, self.classes_)
            if strange.size:
                raise ValueError(f"y has the labels {strange}, which are not among {self.classes_}")
            if new:
                self._begin(X.shape[1], len(self.classes_), X.dtype)
            self._go_on(X, np.searchsorted(self.classes_, y), weight, epochs=1)
            return self

    def predict(self, X: Any) -> NDArray:
        """The most probable class of each sample, of shape (n_samples,)."""
        outputs = self._outputs(X)
        return self.classes_[outputs.argmax(axis=1)]  # type: ignore[no-any-return]

    def predict_proba(self, X: Any) -> NDArray:
        """The probability of each class, in the order of `classes_`: (n_samples, n_classes)."""
        return softmax(self._outputs(X))  # type: ignore[no-any-return]

    def predict_log_proba(self, X: Any) -> NDArray:
        """The logarithms of `predict_proba`, exact also where those are rounded to 0."""
        return log_softmax(self._outputs(X))  # type: ignore[no-any-return]

    def _score(self, X: NDArray, labels: NDArray, weight: NDArray | None) -> float:
        found = predict(self.model_, X).argmax(axis=1)
        return float(accuracy_score(labels, found, sample_weight=weight))


class MLPRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """A regressor of one target or several, by an MLP, for half the mean squared error.

    Parameters and attributes are those of MLPClassifier, without `classes_`.

    >>> X = np.linspace(0, 1, 50).reshape(50, 1)
    >>> line = MLPRegressor((), learning_rate_init=0.1, random_state=0).fit(X, 3 * X[:, 0] - 1)
    >>> line.predict([[0.5]]).round(2)
    array([0.49])
    """

    _loss = "half_mse"
    _kind_of_y: ClassVar[dict[str, Any]] = {"y_numeric": True, "multi_output": True}

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new network: X of shape (n_samples, n_features), y (n_samples,) or (…, targets).

        Errors are as for MLPClassifier.
        """
        with _all_or_nothing(self):
            X, y, weight = self._data(X, y, sample_weight, new=True)
            return self._new(X, y)._fit(X, _columns(y, X), weight)

    def partial_fit(self, X: Any, y: Any, *, sample_weight: Any = None) -> Self:
        """Train for one epoch more, with the same state of the solver; errors are as in `fit`.

        Also ValueError for another number of targets, or with early_stopping.
        """
        with _all_or_nothing(self):
            new = _new(self)
            X, y, weight = self._data(X, y, sample_weight, new)
            if new:
                self._new(X, y)
            self._go_on(X, _columns(y, X), weight, epochs=1)
            return self

    def predict(self, X: Any) -> NDArray:
        """The targets, of shape (n_samples,) or (n_samples, targets) as `y` had it."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self._one_dimensional else outputs

    def _new(self, X: NDArray, y: NDArray) -> Self:
        self._one_dimensional = y.ndim == 1
        self._begin(X.shape[1], 1 if y.ndim == 1 else y.shape[1], X.dtype)
        return self

    def _score(self, X: NDArray, y: NDArray, weight: NDArray | None) -> float:
        return float(r2_score(y, predict(self.model_, X), sample_weight=weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


@contextmanager
def _all_or_nothing(estimator: _Estimator) -> Iterator[None]:
    """Within the `with` block, an error leaves the estimator with what it had before."""
    before = dict(estimator.__dict__)
    try:
        yield
    except BaseException:
        estimator.__dict__.clear()
        estimator.__dict__.update(before)
        raise


# What comes in.


def _hidden(sizes: Any) -> list[Any]:
    return [sizes] if np.ndim(sizes) == 0 else list(sizes)


def _activation(activation: ActivationLike) -> ActivationLike:
    return "sigmoid" if activation == "logistic" else activation  # scikit-learn's name for it


def _optimizer(solver: Any, model: MLP, momentum: float) -> Optimizer:
    """One with two groups: the weights, which may decay, and the biases."""
    groups = [
        {"params": [layer.weight for layer in model.layers]},
        {"params": [layer.bias for layer in model.layers], "weight_decay": 0.0},
    ]
    options = {"momentum": momentum, "nesterov": momentum > 0} if solver == "sgd" else {}
    return named("solver", solver, OPTIMIZERS)(groups, **options)  # type: ignore[no-any-return]


def _generator(random_state: Any) -> np.random.Generator:
    """One for a new network; a RandomState, which goes on by that, gives the seed."""
    if isinstance(random_state, type(check_random_state(0))):
        return np.random.default_rng(random_state.randint(2**32, size=4, dtype=np.uint32))
    if random_state is None or isinstance(random_state, (int, np.integer, np.random.Generator)):
        return np.random.default_rng(random_state)
    raise TypeError(
        f"random_state is an int, a RandomState, a Generator or None, not {random_state!r}"
    )


def _weights(weight: Any, X: NDArray) -> NDArray:
    """What each sample counts for. Raises ValueError unless they are as many, and fit for it."""
    array: NDArray = check_array(weight, ensure_2d=False, dtype=X.dtype, input_name="sample_weight")
    if array.shape != (len(X),) or not (array.min() >= 0 and array.max() > 0):
        raise ValueError(
            f"sample_weight is a number for each of {len(X)} samples, at least 0 and not zero for "
            f"all; got shape {array.shape}, from {array.min()} to {array.max()}"
        )
    return array


def _new(estimator: _Estimator) -> bool:
    """Whether `partial_fit` is the first call. Raises ValueError if it can't be called."""
    if estimator.early_stopping:
        raise ValueError("partial_fit can't stop early: it is one epoch; use early_stopping=False")
    return not hasattr(estimator, "model_")


def _columns(y: NDArray, X: NDArray) -> NDArray:
    """Targets of shape (n_samples, targets), in the dtype of X."""
    return y.astype(X.dtype, copy=False).reshape(len(y), -1)
