"""scikit-learn's estimators: an MLP that goes into its pipelines, searches and cross-validations.

Parameters, and the attributes that `fit` sets, have the names and the meaning that they have in
scikit-learn's own MLPClassifier and MLPRegressor; there are fewer parameters. `model_` is the
network, an `nn.MLP`, for all that nn does with one: save, draw, diagnose.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial, update_wrapper
from types import FunctionType
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from autograd import log_softmax, softmax
from autograd.primitive import NDArray
from nn.activations import ActivationLike
from nn.data import split
from nn.diagnosis import REMEDY
from nn.evaluation import predict
from nn.history import History
from nn.init import within
from nn.solver import Penalty, Progress, Solver, check_parameters, design_of
from nn.training import DivergedError, fit

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

F = TypeVar("F", bound=Any)


def _as(name: str, method: F) -> F:
    """A copy of a method that Python's errors call `name`, as in "name() got an unexpected …"."""
    code, options, values = method.__code__, method.__kwdefaults__, method.__defaults__
    copied: Any = update_wrapper(FunctionType(code, globals(), argdefs=values), method)
    copied.__kwdefaults__, copied.__qualname__ = options, name
    return copied  # type: ignore[no-any-return]


class BaseMLP(BaseEstimator):  # type: ignore[misc]
    """What the two have in common."""

    out_activation_: ClassVar[str]
    _loss: ClassVar[str]
    _kind_of_y: ClassVar[dict[str, Any]]  # what validate_data is told about it

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: ActivationLike = "relu",
        *,
        solver: Solver = "adam",
        alpha: float = 1e-4,
        batch_size: int | str = "auto",
        learning_rate_init: float = 1e-3,
        momentum: float = 0.9,
        max_iter: int = 200,
        random_state: Any = None,
        tol: float = 1e-4,
        n_iter_no_change: float = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        verbose: bool | int = False,
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

    # What `fit` sets, besides what follows from it: model_, loss_curve_, validation_scores_, t_.

    @property
    def coefs_(self) -> list[NDArray]:
        """The weights of each layer, of shape (n_in, n_out)."""
        return [layer.weight.data.T for layer in self.model_.layers]

    @property
    def intercepts_(self) -> list[NDArray]:
        """The biases of each layer, of shape (n_out,)."""
        return [layer.bias.data for layer in self.model_.layers]

    @property
    def n_layers_(self) -> int:
        """The number of layers, counting the inputs as one."""
        return len(self.model_.layers) + 1

    @property
    def n_outputs_(self) -> int:
        """The number of outputs: a logit for each class, also of two, or the targets."""
        return len(self.model_.layers[-1].bias)

    @property
    def n_iter_(self) -> int:
        """The number of epochs."""
        return len(self.loss_curve_)

    @property
    def loss_(self) -> float:
        """The loss in the last epoch."""
        return self.loss_curve_[-1] if self.loss_curve_ else np.nan

    @property
    def best_loss_(self) -> float | None:
        """The least loss; None where `best_validation_score_` is what counted."""
        return min(self.loss_curve_, default=np.inf) if self.validation_scores_ is None else None

    @property
    def best_validation_score_(self) -> float | None:
        """The largest score on what was held out, which the network has; None without."""
        scores = self.validation_scores_
        return None if scores is None else max(scores, default=-np.inf)

    def _data(self, X: Any, y: Any, weight: Any, new: bool) -> tuple[NDArray, NDArray, Any]:
        """All three checked, as are the parameters, and the features' names noted if `new`."""
        check_parameters(vars(self))
        _check_seed(self.random_state)
        dtypes, order = [np.float64, np.float32], "C"  # where rows are together, as in no DataFrame
        X, y = validate_data(self, X, y, reset=new, dtype=dtypes, order=order, **self._kind_of_y)
        return X, y, None if weight is None else _weights(weight, X)

    def _data_of_more(self, X: Any, y: Any, weight: Any) -> tuple[bool, NDArray, NDArray, Any]:
        """For `partial_fit`: whether a network is still to be made, and `_data`.

        Raises ValueError if the one there is can't be trained with the parameters as they are set.
        """
        new = not hasattr(self, "model_")
        X, y, weight = self._data(X, y, weight, new)
        if self.early_stopping:
            raise ValueError("partial_fit is one epoch and can't stop early: use it without")
        if not new:
            design_of(vars(self)).check_as(self._design)
        return new, X, y, weight

    def _begin(self, n_in: int, n_out: int, dtype: Any) -> None:
        """Make a new network, and what trains it."""
        self._rng = _generator(self.random_state)
        self._design = design_of(vars(self))
        self.model_ = self._design.network(n_in, n_out, dtype, self._rng)
        self._optimizer = self._design.optimizer(self.model_)
        self.loss_curve_: list[float] = []
        self.validation_scores_: list[float] | None = None
        self.t_ = 0

    def _fit(self, X: NDArray, y: NDArray, weight: NDArray | None) -> Self:
        """Train the new network until there is no progress."""
        X, y, weight = _counting(X, y, weight)
        score = None
        if self.early_stopping:
            rows, kept = self._split(y)
            score = partial(self._score, *_rows(kept, X, y, weight))
            X, y, weight = _rows(rows, X, y, weight)
        progress = Progress(self.n_iter_no_change, self.tol, score)
        history = self._train(X, y, weight, self.max_iter, progress)
        if self.early_stopping:
            self.validation_scores_ = progress.scores
        if progress.weights is not None:
            self.model_.load_state_dict(progress.weights)
        if history.stopped == "Ctrl-C":
            warnings.warn("Training interrupted by user.", stacklevel=3)
        elif not history.stopped:
            warnings.warn(
                f"training has not converged in max_iter={self.max_iter} epochs: raise max_iter or "
                f"learning_rate_init, or scale X, as by sklearn.preprocessing.StandardScaler",
                ConvergenceWarning,
                stacklevel=3,
            )
        return self

    def _partial_fit(self, X: NDArray, y: NDArray, weight: NDArray | None) -> Self:
        """Train the network for one epoch more."""
        history = self._train(*_counting(X, y, weight), 1)
        if history.stopped:
            raise KeyboardInterrupt
        return self

    def _split(self, y: NDArray) -> tuple[NDArray, NDArray]:
        """The numbers of the samples to learn from, and of those to hold out."""
        fraction, stratify = float(self.validation_fraction), y if y.ndim == 1 else None
        rows, kept = split(len(y), fraction, stratify, self._rng, "validation_fraction")
        if len(kept) < 2:
            raise ValueError(
                f"the validation set is too small, {len(kept)} of {len(y)} samples: increase "
                f"validation_fraction={fraction}, or give more samples"
            )
        return rows, kept

    def _train(self, X: Any, y: Any, weight: Any, epochs: int, *callbacks: Any) -> History:
        """Train the network for some epochs."""
        size = min(200 if self.batch_size == "auto" else int(self.batch_size), len(X))
        decoupled = getattr(self._optimizer, "decoupled", False)  # its decay is not of the loss
        self._optimizer.param_groups[0]["weight_decay"] = self.alpha if decoupled else 0.0
        self._optimizer.lr = self.learning_rate_init
        if self.alpha and not decoupled:
            weights = [layer.weight for layer in self.model_.layers]
            callbacks = (Penalty(self.alpha, weights, y.size // len(y)), *callbacks)
        rng = copy.deepcopy(self._rng)
        with _advised():
            history = fit(
                self.model_, X, y, self._loss, self._optimizer, epochs, size, weight=weight,
                callbacks=callbacks, rng=rng, progress=bool(self.verbose),
            )  # fmt: skip
        self._rng = rng
        self.loss_curve_ = self.loss_curve_ + history.losses
        self.t_ += len(X) * len(history.losses)
        return history

    def _outputs(self, X: Any) -> NDArray:
        """What the network gives for `X`, of shape (n_samples, outputs)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        with np.errstate(over="ignore", invalid="ignore"):
            outputs = predict(self.model_, X)
        if not np.isfinite(outputs).all():
            raise ValueError(
                f"the network gives NaN or infinity for this X, which ranges from {X.min():g} to "
                f"{X.max():g}: scale it as the X that was learnt from"
            )
        return outputs


class MLPClassifier(ClassifierMixin, BaseMLP):  # type: ignore[misc]
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
        The learning rate, above 0.
    max_iter : int
        Epochs at most; ConvergenceWarning if they were not enough.
    random_state : int, RandomState, Generator or None
        Of the first weights and of the order of the samples. The global one is never used.
    tol, n_iter_no_change : float, int
        Training ends after more than so many epochs in which nothing was better by `tol` than the
        best before; with np.inf, it does not end so.
    early_stopping, validation_fraction : bool, float
        Whether what must improve is not the loss but the score on a share of the samples, which is
        held out; then the best weights are put back.
    verbose : bool or int
        Whether to show a progress bar, which needs tqdm.

    `fit` sets `classes_`, the labels in order; `model_`, the nn.MLP; `coefs_` and `intercepts_`,
    its weights and biases; `n_layers_`, `n_outputs_` and `out_activation_`; `n_iter_`, the epochs;
    `t_`, the samples learnt from in all of them; `loss_curve_`, the loss with the penalty in each,
    `loss_` and `best_loss_`, the last and the least; with early_stopping `validation_scores_`, the
    score after each, and `best_validation_score_`; and `n_features_in_` and `feature_names_in_`.
    (Of two classes, scikit-learn's own has one logistic output, this one two and softmax.)

    >>> X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    >>> y = ["no", "yes", "yes", "no"]
    >>> xor = MLPClassifier(8, "tanh", learning_rate_init=0.1, random_state=0).fit(X, y)
    >>> xor.predict(X)
    array(['no', 'yes', 'yes', 'no'], dtype='<U3')
    """

    __init__ = _as("MLPClassifier", BaseMLP.__init__)
    out_activation_ = "softmax"
    _loss = "cross_entropy"
    _kind_of_y: ClassVar[dict[str, Any]] = {}

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new network: X of shape (n_samples, n_features), y and weights (n_samples,).

        Ctrl-C ends training with a warning; what was learnt so far is there. Samples of weight 0
        are not looked at, but for their labels.

        Raises ValueError or TypeError for parameters or data that can't be used, and
        FloatingPointError when the loss stops being finite; then nothing has changed.
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

        The first call needs `classes`, all labels that will ever come. Parameters may have changed
        since the call before, but for those that the network and the solver were made with.

        Errors are as in `fit`, and ValueError for a label that is not among the classes, or with
        early_stopping; Ctrl-C raises KeyboardInterrupt. Then nothing has changed.
        """
        with _all_or_nothing(self):
            new, X, y, weight = self._data_of_more(X, y, sample_weight)
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
            return self._partial_fit(X, np.searchsorted(self.classes_, y), weight)

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


class MLPRegressor(RegressorMixin, BaseMLP):  # type: ignore[misc]
    """A regressor of one target or several, by an MLP, for half the mean squared error.

    Parameters and attributes are those of MLPClassifier, without `classes_`. Of several targets the
    loss is the mean; scikit-learn's own reports that too, but takes the steps of the sum.

    >>> X = np.linspace(0, 1, 50).reshape(50, 1)
    >>> line = MLPRegressor((), learning_rate_init=0.1, random_state=0).fit(X, 3 * X[:, 0] - 1)
    >>> line.predict([[0.5]]).round(2)
    array([0.49])
    """

    __init__ = _as("MLPRegressor", BaseMLP.__init__)
    out_activation_ = "identity"
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
            new, X, y, weight = self._data_of_more(X, y, sample_weight)
            columns = _columns(y, X)
            if new:
                self._new(X, y)
            elif columns.shape[1] != self.n_outputs_:
                raise ValueError(
                    f"y has {columns.shape[1]} targets for each sample, but had {self.n_outputs_}"
                )
            return self._partial_fit(X, columns, weight)

    def predict(self, X: Any) -> NDArray:
        """The targets, of shape (n_samples,) or (n_samples, targets) as `y` had it."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self._one_dimensional else outputs

    def _new(self, X: NDArray, y: NDArray) -> Self:
        self._one_dimensional = y.ndim == 1
        self._begin(X.shape[1], _columns(y, X).shape[1], X.dtype)
        return self

    def _score(self, X: NDArray, y: NDArray, weight: NDArray | None) -> float:
        return float(r2_score(y, predict(self.model_, X), sample_weight=weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


@contextmanager
def _all_or_nothing(estimator: BaseMLP) -> Iterator[None]:
    """Within the `with` block, an error leaves the estimator with what it had before."""
    before = dict(vars(estimator))
    trained = [before[name] for name in ("model_", "_optimizer") if name in before]
    states = [each.state_dict() for each in trained]
    try:
        yield
    except BaseException:
        estimator.__dict__.clear()
        estimator.__dict__.update(before)
        for each, state in zip(trained, states):
            each.load_state_dict(state)
        raise


@contextmanager
def _advised() -> Iterator[None]:
    """Within the `with` block, an error of training that diverged names what there is here."""
    try:
        yield
    except DivergedError as error:
        advice = "try a smaller learning_rate_init, or scale X, as by StandardScaler"
        error.args = (str(error).replace(REMEDY, advice),)
        raise


# What comes in.


def _check_seed(seed: Any) -> None:
    """Raise TypeError or ValueError for a random_state that is none."""
    if isinstance(seed, (int, np.integer)):
        within("random_state", seed)
    elif not (seed is None or isinstance(seed, (np.random.Generator, _RandomState))):
        raise TypeError(f"random_state is an int, a RandomState, a Generator or None, not {seed!r}")


_RandomState = type(check_random_state(0))  # by another name than that of the global one's class


def _generator(random_state: Any) -> np.random.Generator:
    """A new one; of a RandomState or a Generator, which go on by that."""
    if isinstance(random_state, _RandomState):
        return np.random.default_rng(random_state.randint(2**32, size=4, dtype=np.uint32))
    if isinstance(random_state, np.random.Generator):
        return random_state.spawn(1)[0]
    return np.random.default_rng(random_state)


def _weights(weight: Any, X: NDArray) -> NDArray:
    """What each sample counts for. Raises ValueError unless they are as many, and fit for it."""
    array: NDArray = check_array(weight, ensure_2d=False, dtype=X.dtype, input_name="sample_weight")
    if array.shape != (len(X),) or not (array.min() >= 0 and array.max() > 0):
        raise ValueError(
            f"sample_weight is a number for each of {len(X)} samples, at least 0 and not zero for "
            f"all; got shape {array.shape}, from {array.min()} to {array.max()}"
        )
    return array


def _counting(X: NDArray, y: NDArray, weight: NDArray | None) -> tuple[Any, Any, Any]:
    """All three without the samples of weight 0, which are then in no batch and not held out."""
    return (X, y, None) if weight is None else _rows(weight > 0, X, y, weight)


def _rows(
    which: NDArray, X: NDArray, y: NDArray, weight: NDArray | None
) -> tuple[NDArray, NDArray, NDArray | None]:
    """These rows of all three."""
    return X[which], y[which], None if weight is None else weight[which]


def _columns(y: NDArray, X: NDArray) -> NDArray:
    """Targets of shape (n_samples, targets), in the dtype of X."""
    return y.astype(X.dtype, copy=False).reshape(len(y), -1)
