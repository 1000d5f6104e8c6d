"""Hessian-vector products, whole Hessians and Jacobians.

By hand they are what a textbook has: for a multi-layer perceptron the formulas of Pearlmutter
(1994), for as many vectors at once as there are. A peer is asked in the fastest way that it has.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from suite import Case, Contestant
from suite.libraries import Arrays, builders


@dataclass(frozen=True)
class Problem:
    """The derivative of this kind of a function of one vector."""

    function: Any  # called with a library, the vector and its constants; and has them by hand
    kind: str  # "hessian_vector_product", "hessian" or "jacobian": the name of HIPS autograd

    def arguments(self) -> tuple[np.ndarray, Arrays, Arrays]:
        """The vector x, the function's constants and, for a product, one more vector in a list."""
        x, v = np.random.default_rng(0).normal(0, 0.5, (2, self.function.size))
        return x, self.function.constants(), [v] if self.kind == "hessian_vector_product" else []


def cases() -> list[Case]:
    """Products by a few thousand variables, matrices of some dozens."""
    product = "hessian_vector_product"
    problems = {
        "Hessian × vector: MLP 64-32-10 b32": Problem(Perceptron(64, 32, 10), product),
        "Hessian × vector: Rosenbrock, n = 1,000": Problem(Rosenbrock(1000), product),
        "Hessian: MLP 3-6-1 b32": Problem(Perceptron(3, 6, 1), "hessian"),
        "Hessian: Rosenbrock, n = 30": Problem(Rosenbrock(30), "hessian"),
        "Jacobian: two layers, 50 to 50": Problem(Map(50), "jacobian"),
    }
    return [
        Case(
            name,
            checked=problem,
            timed=problem,
            reference=by_hand,
            builders=builders(derivative),
            tolerance=1e-10,
        )
        for name, problem in problems.items()
    ]


def by_hand(problem: Problem) -> Contestant:
    """By the function's own method."""
    x, constants, more = problem.arguments()
    return kept(lambda: getattr(problem.function, problem.kind)(x, *constants, *more))


def kept(compute: Callable[[], Any]) -> Contestant:
    """The derivative is what is compared at the end; there is no loss."""
    found = np.zeros_like(compute())

    def step() -> float:
        nonlocal found
        found = compute()
        return 0.0

    return Contestant(step, lambda: [np.asarray(found)])


def derivative(library: Any, problem: Problem) -> Contestant:
    """As the library has it."""
    x, constants, more = problem.arguments()
    f = partial(problem.function, library)
    transform = TRANSFORMS[type(library).__name__](library, f, problem.kind)
    arguments = [library.array(each) for each in (x, *constants, *more)]
    return kept(lambda: transform(*arguments))


def by_autograd(library: Any, f: Any, kind: str) -> Any:
    """HIPS autograd, and ours by the same names."""
    return getattr(library.autograd, kind)(f)


def by_torch(library: Any, f: Any, kind: str) -> Any:
    """A matrix with all its rows at once; a product by two backward passes."""
    grad, functional = library.torch.autograd.grad, library.torch.autograd.functional

    def hessian(x: Any, *constants: Any) -> Any:  # a third of the time of torch.func.hessian
        return functional.hessian(lambda x: f(x, *constants), x, vectorize=True)

    def product(x: Any, *rest: Any) -> Any:
        *constants, vector = rest
        x = x.detach().requires_grad_()
        (gradient,) = grad(f(x, *constants), x, create_graph=True)
        return grad(gradient, x, vector)[0]

    jacobian = library.torch.func.jacrev(f)  # half of the time of functional.jacobian
    return {"hessian_vector_product": product, "hessian": hessian, "jacobian": jacobian}[kind]


def by_jax(library: Any, f: Any, kind: str) -> Any:
    """Compiled; a product forward over reverse."""
    jax = library.jax

    def product(x: Any, *rest: Any) -> Any:
        *constants, vector = rest
        return jax.jvp(lambda x: jax.grad(f)(x, *constants), (x,), (vector,))[1]

    hessian, jacobian = jax.hessian(f), jax.jacrev(f)
    kinds = {"hessian_vector_product": product, "hessian": hessian, "jacobian": jacobian}
    compiled = jax.jit(kinds[kind])
    return lambda *arguments: compiled(*arguments).block_until_ready()


def by_mygrad(library: Any, f: Any, kind: str) -> Any:
    """A Jacobian row by row, each with its own forward pass."""
    if kind != "jacobian":
        raise NotImplementedError("MyGrad has no derivatives of gradients")

    def jacobian(x: Any, *constants: Any) -> Any:
        x = library.mygrad.tensor(x)
        rows = []
        for i in range(len(x)):
            f(x, *constants)[i].backward()
            rows.append(x.grad)
        return np.stack(rows)

    return jacobian


TRANSFORMS = {
    "Ours": by_autograd,
    "Autograd": by_autograd,
    "Torch": by_torch,
    "JAX": by_jax,
    "MyGrad": by_mygrad,
}


# The functions. Each has a size, constants, and by hand the derivatives that are asked for.


@dataclass(frozen=True)
class Rosenbrock:
    """The banana-shaped valley of optimization, in many dimensions."""

    size: int

    def constants(self) -> Arrays:
        """None."""
        return []

    def __call__(self, library: Any, x: Any) -> Any:
        """Its value."""
        return library.np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    def diagonals(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The main one of its Hessian, and the one beside it."""
        main = np.full_like(x, 200.0)
        main[0] = 0.0
        main[:-1] += 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
        return main, -400.0 * x[:-1]

    def hessian_vector_product(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Its Hessian is never made."""
        main, beside = self.diagonals(x)
        product = main * v
        product[:-1] += beside * v[1:]
        product[1:] += beside * v[:-1]
        return product

    def hessian(self, x: np.ndarray) -> np.ndarray:
        """A band of three diagonals."""
        main, beside = self.diagonals(x)
        return np.diag(main) + np.diag(beside, 1) + np.diag(beside, -1)


@dataclass(frozen=True)
class Perceptron:
    """½ the mean squared error of a network with one hidden layer of tanh, by its parameters."""

    inputs: int
    hidden: int
    outputs: int

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Of weights and biases in turn."""
        sizes = self.inputs, self.hidden, self.outputs
        return [shape for n, m in pairwise(sizes) for shape in [(m, n), (m,)]]

    @property
    def size(self) -> int:
        """How many parameters there are."""
        return sum(int(np.prod(shape)) for shape in self.shapes)

    def constants(self) -> Arrays:
        """Inputs and targets of 32 items."""
        rng = np.random.default_rng(1)
        return [rng.normal(size=(32, n)) for n in (self.inputs, self.outputs)]

    def parts(self, x: Any) -> Iterator[Any]:
        """The last axis of x as weights and biases."""
        begin = 0
        for shape in self.shapes:
            end = begin + int(np.prod(shape))
            yield x[..., begin:end].reshape((*x.shape[:-1], *shape))
            begin = end

    def __call__(self, library: Any, parameters: Any, x: Any, target: Any) -> Any:
        """The loss."""
        W, b, V, c = self.parts(parameters)
        return library.np.mean((library.np.tanh(x @ W.T + b) @ V.T + c - target) ** 2) / 2

    def hessian_vector_product(self, parameters: Any, x: Any, target: Any, v: Any) -> np.ndarray:
        """Of one vector v, or of each row of a matrix."""
        W, b, V, c = self.parts(parameters)
        dW, db, dV, dc = self.parts(v)
        h = np.tanh(x @ W.T + b)
        slope = 1 - h * h
        g = (h @ V.T + c - target) / target.size
        dh = slope * (x @ dW.mT + db[..., None, :])
        dg = (dh @ V.T + h @ dV.mT + dc[..., None, :]) / target.size
        dz = (dg @ V + g @ dV) * slope - 2 * (g @ V) * h * dh
        products = dz.mT @ x, dz.sum(axis=-2), dg.mT @ h + g.T @ dh, dg.sum(axis=-2)
        return np.concatenate([each.reshape((*v.shape[:-1], -1)) for each in products], axis=-1)

    def hessian(self, parameters: Any, x: Any, target: Any) -> np.ndarray:
        """Its products with all unit vectors at once."""
        return self.hessian_vector_product(parameters, x, target, np.eye(self.size))


@dataclass(frozen=True)
class Map:
    """Two layers of tanh, from a vector to one of the same size."""

    size: int

    def constants(self) -> Arrays:
        """The weights."""
        return list(np.random.default_rng(1).normal(0, 0.2, (2, self.size, self.size)))

    def __call__(self, library: Any, x: Any, W: Any, V: Any) -> Any:
        """Its value."""
        return library.np.tanh(V @ library.np.tanh(W @ x))

    def jacobian(self, x: np.ndarray, W: np.ndarray, V: np.ndarray) -> np.ndarray:
        """The chain rule, as a product of matrices."""
        h = np.tanh(W @ x)
        y = np.tanh(V @ h)
        return ((1 - y * y)[:, None] * V * (1 - h * h)) @ W
