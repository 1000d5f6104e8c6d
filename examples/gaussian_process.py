"""A Gaussian process fitted by maximum marginal likelihood, in the style of HIPS autograd.

The covariance of two function values falls with the distance of their inputs; its amplitude, its
length and the noise of the measurements are learned from 40 points by the gradient of

    log p(y) = −½ yᵀ K⁻¹ y − ½ log det K − n/2 log 2π

in their logarithms. The program runs unchanged with HIPS autograd 1.9.1 in place of this package.
"""

import autograd.numpy as np
import autograd.numpy.random as npr
from autograd import grad, hessian
from autograd.misc.optimizers import adam

NOISE = 0.1

rng = npr.default_rng(0)
x = np.sort(rng.uniform(-3.0, 3.0, 40))
y = np.sin(2.0 * x) + 0.3 * x + NOISE * rng.normal(size=len(x))


def covariance(log_scales, a, b):
    """Squared exponential: amplitude² exp(−½ (distance / length)²), of shape (len(a), len(b))."""
    distance = (a[:, None] - b[None, :]) / np.exp(log_scales["length"])
    return np.exp(2.0 * log_scales["amplitude"] - 0.5 * distance**2)


def noisy_covariance(log_scales):
    noise = np.exp(2.0 * log_scales["noise"])
    return covariance(log_scales, x, x) + noise * np.eye(len(x))


def log_likelihood(log_scales):
    K = noisy_covariance(log_scales)
    _, log_det = np.linalg.slogdet(K)
    fit = np.dot(y, np.linalg.solve(K, y))
    return -0.5 * (fit + log_det + len(x) * np.log(2.0 * np.pi))


def predict(log_scales, new):
    """Mean and standard deviation of the function at the inputs `new`."""
    cross = covariance(log_scales, new, x)
    weights = np.linalg.solve(noisy_covariance(log_scales), cross.T).T
    spread = covariance(log_scales, new, new) - np.dot(weights, cross.T)
    return np.dot(weights, y), np.sqrt(np.diag(spread))


def report(log_scales, i, _):
    if i % 50 == 0:
        print(f"step {i:3}: log likelihood {log_likelihood(log_scales):9.4f}")


def loss(log_scales, i=0):
    return -log_likelihood(log_scales)


start = {"amplitude": 0.0, "length": 0.0, "noise": 0.0}
fitted = adam(grad(loss), start, callback=report, num_iters=300, step_size=0.05)
print(f"fitted:   log likelihood {log_likelihood(fitted):9.4f}")
for name, value in sorted(fitted.items()):
    print(f"{name:9} {np.exp(value):.4f}")

# The curvature at the maximum gives the uncertainty of each logarithm.
names = sorted(fitted)


def loss_of_vector(values):
    return loss({name: values[i] for i, name in enumerate(names)})


curvature = hessian(loss_of_vector)(np.array([fitted[name] for name in names]))
for name, variance in zip(names, np.diag(np.linalg.inv(curvature))):
    print(f"{name:9} known to a factor of {np.exp(np.sqrt(variance)):.3f}")

new = np.linspace(-2.5, 2.5, 5)
mean, deviation = predict(fitted, new)
for at, m, d in zip(new, mean, deviation):
    print(f"f({at:5.2f}) = {m:7.4f} ± {d:.4f}   (true {np.sin(2.0 * at) + 0.3 * at:7.4f})")
