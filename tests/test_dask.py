"""A Tensor's data may be any array that speaks NumPy's protocols: here, a chunked and lazy one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

import nn
from autograd import Tensor, logsumexp

da = pytest.importorskip("dask.array")
Callback = pytest.importorskip("dask.callbacks").Callback

IMAGES, LABELS = load_digits(return_X_y=True)
IMAGES, ONE_HOT = IMAGES / 16, np.eye(10)[LABELS]

LOSSES: list[Callable[[Tensor], Tensor]] = [
    lambda logits: nn.cross_entropy(logits, LABELS),
    lambda logits: nn.mse(logits, ONE_HOT),
    lambda logits: (logsumexp(logits, axis=1) - (logits * ONE_HOT).sum(axis=1)).mean(),
]


@pytest.mark.parametrize("loss", LOSSES, ids=["cross_entropy", "mse", "composed"])
def test_the_digits_network_on_a_chunked_lazy_array(loss: Callable[[Tensor], Tensor]) -> None:
    model = nn.MLP(64, [32, 10], rng=0)
    computed: list[Any] = []

    def pass_of(images: Any) -> tuple[Tensor, list[Any]]:
        model.zero_grad()
        value = loss(model(images))
        assert not computed
        value.backward()
        return value, [parameter.grad for parameter in model.parameters()]

    expected, gradients = pass_of(IMAGES)
    with Callback(start=computed.append):
        value, found = pass_of(Tensor(da.from_array(IMAGES, chunks=(300, 40))))
    assert isinstance(value.data, da.Array)
    assert computed
    np.testing.assert_allclose(float(value), expected.item(), rtol=1e-13)
    for one, other in zip(found, gradients, strict=True):
        assert type(one) is np.ndarray
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-15)


def test_a_lazy_leaf_collects_a_plain_gradient() -> None:
    x = Tensor(da.arange(6.0, chunks=2), requires_grad=True)
    y = (np.sin(x) * x.reshape(2, 3).sum(axis=0)[0] + np.maximum(x, 2.0)).sum()
    y.backward()
    same = Tensor(np.arange(6.0), requires_grad=True)
    (np.sin(same) * same.reshape(2, 3).sum(axis=0)[0] + np.maximum(same, 2.0)).sum().backward()
    assert type(x.grad) is np.ndarray
    np.testing.assert_allclose(x.grad, same.grad, rtol=1e-14)
