"""Messages and pictures call operations what users call them."""

import re

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, no_grad
from autograd.called import CALLED, called
from autograd.draw import describe
from autograd.primitive import TABLE

NOTATION = {"x @ Wᵀ + b", "indexing", "t[…] = v", "astype"}
PARTS = {  # of what users call, so that nothing of theirs has a better name
    *("scatter", "overlapped", "recurrence", "softmax_of_two"),
    *("sinc_derivative", "i0_derivative", "scaled_ierfc", "one_minus_square"),
    *("complex_cos_arcsin", "complex_sinh_arccosh", "complex_cosh_arcsinh"),
    *("normal_cdf", "standardised", "alias", "with_kinks"),
}


def test_every_operation_has_a_name_that_users_call() -> None:
    for function, operation in TABLE.items():
        name = called(operation.name)
        module = getattr(function, "__module__", None) or ""
        own = module.startswith(("autograd.", "nn.")) and not hasattr(autograd, name)
        known = (
            any(hasattr(m, name) for m in (nn, nn.activations))
            or name in NOTATION | PARTS
            or name.startswith(("np.", "scipy."))
        )
        assert not own or known, name


def test_names_of_numpy_functions_are_theirs() -> None:
    for name in CALLED.values():
        if name.startswith("np."):
            found = np
            for part in name.split(".")[1:]:
                found = getattr(found, part)


LOSSES = {
    "mse": lambda z: nn.mse(z, np.zeros(z.shape)),
    "half_mse": lambda z: nn.half_mse(z, np.zeros(z.shape)),
    "cross_entropy": lambda z: nn.cross_entropy(z, np.zeros(len(z.data), int)),
    "bce_with_logits": lambda z: nn.bce_with_logits(z, np.zeros(z.shape)),
    "linalg.norm": np.linalg.norm,
}


@pytest.mark.parametrize("name", LOSSES)
def test_pictures_and_messages_agree(name: str) -> None:
    model = nn.MLP(2, [3], rng=0)
    loss = LOSSES[name](model(np.ones((2, 2))))
    assert [item.op for item in describe(loss).nodes if item.op] == ["x @ Wᵀ + b", name]
    with (
        autograd.debug(),
        pytest.raises(FloatingPointError, match=rf"{re.escape(name)}[, ].*\(x @ Wᵀ \+ b\)\[0, 0\]"),
    ):
        LOSSES[name](model(np.array([[np.inf, 1.0], [2.0, 3.0]]))).backward()


def test_a_stale_graph_says_what_was_called() -> None:
    model = nn.MLP(2, [3], rng=0)
    x = Tensor(np.ones((2, 2)), requires_grad=True)
    loss = model(x).sum()
    with no_grad():
        model.layers[0].weight += 1.0
    with pytest.raises(RuntimeError, match=r"in place after x @ Wᵀ \+ b had used it"):
        loss.backward()
