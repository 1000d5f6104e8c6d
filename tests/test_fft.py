"""Fourier transforms: known gradients, half spectra, odd lengths, precision, refusals."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from autograd import Tensor, grad, hvp, vjp
from cases import each

RNG = np.random.default_rng(0)


@each("norm, power", [("backward", 1.0), ("ortho", 0.0), ("forward", -1.0)])
@each("n", [1, 2, 5, 8])
def test_energy_in_the_spectrum_is_that_of_the_signal(norm, power, n):
    """Parseval: Σ|fft x|² = n Σ x², so the gradient is 2 n x, scaled as the norm says."""

    def energy(x):
        return np.sum(np.abs(np.fft.fft(x, norm=norm)) ** 2)

    x, v = RNG.normal(size=(2, n))
    assert_allclose(grad(energy)(x), 2 * n**power * x, rtol=1e-12)
    assert_allclose(hvp(energy)(x, v), 2 * n**power * v, rtol=1e-10)


@each("n", [1, 2, 3, 4, 7, 8])
@each("norm", [None, "ortho", "forward"])
def test_the_half_spectrum_has_the_gradient_of_the_whole_one(n, norm):
    """Both parts of each of its frequencies, for even and odd lengths."""
    x, m = RNG.normal(size=n), n // 2 + 1
    g = RNG.normal(size=m) + 1j * RNG.normal(size=m)
    (half,) = vjp(lambda x: np.fft.rfft(x, norm=norm), x)[1](g)
    (whole,) = vjp(lambda x: np.fft.fft(x, norm=norm)[:m], x)[1](g)
    assert_allclose(half, whole, rtol=1e-12, atol=1e-14)


@each("n", [4, 5])
def test_what_irfft_ignores_gets_no_gradient(n):
    """The imaginary part at 0 and, for an even length, at n/2."""
    y = RNG.normal(size=3) + 1j * RNG.normal(size=3)
    (gradient,) = vjp(lambda y: np.fft.irfft(y, n), y)[1](RNG.normal(size=n))
    assert gradient.dtype == np.complex128
    assert_array_equal(gradient.imag == 0, [True, False, n == 4])


def test_cropped_elements_get_no_gradient_and_padding_takes_none():
    x = RNG.normal(size=5)
    for n in (3, 5, 8):
        for f in (np.fft.fft, np.fft.rfft):
            (gradient,) = vjp(lambda x, f=f, n=n: f(x, n)[0], x)[1](1.0 + 0j)
            assert_allclose(gradient, np.arange(5) < n, atol=1e-15)


def test_convolution_by_transforms_has_the_gradient_of_convolution():
    x, y, g = RNG.normal(size=6), RNG.normal(size=4), RNG.normal(size=9)

    def by_transforms(x, y):
        return np.fft.irfft(np.fft.rfft(x, 9) * np.fft.rfft(y, 9), 9)

    for one, other in zip(vjp(by_transforms, x, y)[1](g), vjp(np.convolve, x, y)[1](g)):
        assert_allclose(one, other, rtol=1e-12, atol=1e-13)


def test_a_repeated_axis_is_transformed_repeatedly():
    x = RNG.normal(size=3)
    ans, pull = vjp(lambda x: np.fft.fftn(x, axes=(0, 0)), x)
    assert_allclose(ans, 3 * x[[0, 2, 1]])
    assert_allclose(pull(np.array([0, 1, 0j]))[0], [0, 0, 3], atol=1e-15)


def test_single_precision_is_kept_through_every_step():
    x = Tensor(RNG.normal(size=(4, 6)).astype(np.float32), requires_grad=True)
    y = np.fft.rfft2(x)
    back = np.fft.irfft2(y * 2)
    assert (y.dtype, back.dtype) == (np.complex64, np.float32)
    back.sum().backward()
    assert x.grad is not None
    assert x.grad.dtype == np.float32
    assert_allclose(x.grad, np.full((4, 6), 2), rtol=1e-5)


def test_shifts_undo_each_other_at_odd_lengths():
    x = RNG.normal(size=(3, 4))
    ans, pull = vjp(lambda x: np.fft.ifftshift(np.fft.fftshift(x)), x)
    assert_allclose(ans, x)
    assert_allclose(pull(x)[0], x)
    (g,) = vjp(lambda x: np.fft.fftshift(x, axes=0), x)[1](x)
    assert_allclose(g, np.fft.ifftshift(x, axes=0))


def test_a_tensor_may_be_the_spacing_of_frequencies():
    assert_allclose(grad(lambda d: np.sum(np.fft.rfftfreq(4, d)))(0.5), -3.0)


@each(
    "call, error, message",
    [
        (lambda t: np.fft.fft(t, out=np.ones(4, complex)), TypeError, "fft can't write into out="),
        (lambda t: np.fft.fft2(t, out=np.ones(4, complex)), TypeError, "can't write into out="),
        (lambda t: np.fft.fft(t, norm="x"), ValueError, "Invalid norm value x"),
        (lambda t: np.fft.hfft(t, norm="x"), ValueError, "Invalid norm value x"),
        (lambda t: np.fft.fft(t, 0), ValueError, r"np\.fft\.fft of shape \(2, 4\): Invalid number"),
        (lambda t: np.fft.fft2(t, s=(2,)), ValueError, r"s=\(2,\) has 1 lengths for the 2 axes"),
        (lambda t: np.fft.rfft(t + 1j), TypeError, "rfft"),
    ],
)
def test_errors(call, error, message):
    t = Tensor(np.ones((2, 4)), requires_grad=True)
    with pytest.raises(error, match=message):
        call(t)
