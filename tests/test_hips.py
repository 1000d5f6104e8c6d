"""Programs for HIPS autograd: its transforms, extend, misc, builtins and test_util.

The figures called HIPS were printed by HIPS autograd 1.9.1, on NumPy 2.4.6, running the very same
functions of this file.
"""

import gc
import importlib
import inspect
import weakref

import numpy as onp
import pytest

import autograd
import autograd.extend
import autograd.numpy as np
import autograd.tracer
from autograd import (
    Tensor,
    checkpoint,
    deriv,
    grad,
    grad_and_aux,
    grad_named,
    hessian,
    hessian_tensor_product,
    hessian_vector_product,
    holomorphic_grad,
    jacobian,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_jvp_reversemode,
    make_vjp,
    multigrad_dict,
    no_grad,
    tensor_jacobian_product,
    vector_jacobian_product,
)
from autograd.builtins import dict, isinstance, list, tuple, type
from autograd.extend import (
    def_linear,
    defjvp,
    defjvp_argnum,
    defjvp_argnums,
    defvjp,
    defvjp_argnum,
    defvjp_argnums,
    notrace_primitive,
    primitive,
)
from autograd.misc import flatten
from autograd.misc.fixed_points import fixed_point
from autograd.misc.flatten import flatten_func
from autograd.misc.optimizers import adam, rmsprop, sgd, unflatten_optimizer
from autograd.test_util import (
    check_equivalent,
    check_grads,
    check_jvp,
    check_vjp,
    combo_check,
    scalar_close,
)
from autograd.tracer import getval, isbox

close = onp.testing.assert_allclose
X = onp.array([1.0, 2.0])
V = onp.array([1.0, 10.0])


def weighted(x, y=2.0):
    return np.sum(x**2 * y)


# The transforms.


def test_make_vjp_returns_the_vjp_and_the_value() -> None:
    pull, value = make_vjp(weighted)(X)
    assert value == 10.0
    close(pull(1.0), [4, 8])
    close(pull(2.0), [8, 16])  # as often as one likes
    pull, value = make_vjp(weighted, argnum=(0, 1))(X, 3.0)
    assert value == 15.0
    close(pull(1.0)[0], [6, 12])
    close(pull(1.0)[1], 5)
    close(make_vjp(weighted, [1])(X, 3.0)[0](1.0)[0], 5)
    close(make_vjp(weighted, "y")(X, y=3.0)[0](1.0), 5)


def test_make_jvp_returns_the_value_and_the_tangent() -> None:
    value, tangent = make_jvp(np.square)(X)(V)
    close(value, [1, 4])
    close(tangent, [2, 40])
    value, tangent = make_jvp(weighted, (0, 1))(X, 3.0)((X, 1.0))
    assert (value, tangent) == (15.0, 35.0)
    close(make_jvp_reversemode(np.square)(X)(V), [2, 40])
    close(make_jvp_reversemode(weighted, 1)(X, 3.0)(1.0), 5)


def test_make_hvp_returns_the_product_and_the_gradient() -> None:
    product, gradient = make_hvp(lambda x: np.sum(x**3))(X)
    close(gradient, 3 * X**2)
    close(product(V), 6 * X * V)
    product, gradient = make_hvp(lambda x, y: np.sum(x**3 * y), 1)(X, X)
    close(product(V), [0, 0])
    for transform in (hessian_vector_product, hessian_tensor_product):
        close(transform(lambda x: np.sum(x**3))(X, V), 6 * X * V)
        close(transform(weighted)(X, 3.0, V), 6 * V)
        close(transform(weighted)(X, V, y=3.0), 6 * V)


def test_make_ggnvp_leaves_out_the_curvature_of_the_inner_function() -> None:
    close(make_ggnvp(np.square)(X)(X), [4, 32])  # HIPS
    close(make_ggnvp(np.square, lambda y: np.sum(y**3))(X)(X), [24, 768])  # HIPS
    product = make_ggnvp(lambda a, x: a * x**2, lambda y: np.sum(y**3), 1)(2.0, X)
    close(product(X), [192, 6144])  # HIPS
    J, H = 2 * onp.diag(X), onp.diag(6 * X**2)
    close(make_ggnvp(np.square, lambda y: np.sum(y**3))(X)(V), J.T @ H @ J @ V)


def test_grad_and_aux_returns_what_comes_besides() -> None:
    gradient, aux = grad_and_aux(lambda x: (np.sum(x**2), {"three": 3 * x, "name": "aux"}))(X)
    close(gradient, [2, 4])
    close(aux["three"], 3 * X)
    assert type(aux["three"]) is onp.ndarray
    assert aux["name"] == "aux"
    inner = grad_and_aux(lambda x: (x**3, 5 * x))
    close(grad(lambda x: inner(x)[0] * inner(x)[1])(2.0), 15 * 3 * 2.0**2)
    with pytest.raises(TypeError, match=r"the first of what .* returned has shape \(2,\)"):
        grad_and_aux(lambda x: (x, x))(X)


def test_gradients_by_name() -> None:
    close(grad_named(weighted, "y")(X, 3.0), 5)
    close(grad_named(weighted, "y")(X, y=3.0), 5)

    def f(a, *rest, b=1.0, **others):
        return a * b * rest[0] * others["c"]

    found = multigrad_dict(f)(2.0, 3.0, b=4.0, c=5.0)
    assert found == {"a": 60, "rest": (40,), "b": 30, "others": {"c": 24}}
    at_default = multigrad_dict(weighted)(X)
    assert at_default.keys() == {"x", "y"}
    close(at_default["y"], 5)


def test_holomorphic_grad_is_the_complex_derivative() -> None:
    close(holomorphic_grad(lambda z: z**3)(1 + 2j), 3 * (1 + 2j) ** 2)
    with pytest.warns(UserWarning, match="the argument of holomorphic_grad is not complex"):
        close(holomorphic_grad(lambda z: z**2)(1.0), 2)


def test_deriv_is_along_ones() -> None:
    close(deriv(np.square)(X), 2 * X)
    close(deriv(lambda x: np.stack([x, x**2]))(3.0), [1, 6])
    close(deriv(deriv(lambda x: x**3))(2.0), 12)
    close(deriv(weighted, (0, 1))(X, 3.0), 18 + 5)


def test_products_with_a_jacobian() -> None:
    def f(x):
        return np.stack([x[0] * x, x**2, 3 * x])

    W = onp.arange(6.0).reshape(3, 2)
    close(tensor_jacobian_product(f)(X, W), onp.tensordot(W, jacobian(f)(X), 2))
    close(tensor_jacobian_product(f)(X, W[:, 0]), onp.tensordot(W[:, 0], jacobian(f)(X), 1))
    close(vector_jacobian_product(np.square)(X, V), 2 * X * V)


@pytest.mark.parametrize(
    "second",
    [
        lambda f: lambda x: grad(lambda x: make_jvp(f)(x)(1.0)[1])(x),
        lambda f: lambda x: make_jvp(grad(f))(x)(1.0)[1],
        lambda f: lambda x: make_jvp(lambda x: make_jvp(f)(x)(1.0)[1])(x)(1.0)[1],
        lambda f: lambda x: grad(lambda x: make_vjp(f)(x)[0](1.0))(x),
        lambda f: lambda x: grad(lambda x: make_jvp_reversemode(f)(x)(1.0))(x),
        lambda f: lambda x: make_hvp(f)(x)[0](1.0),
        lambda f: lambda x: deriv(deriv(f))(x),
        lambda f: lambda x: grad(lambda x: multigrad_dict(f)(x)["x"])(x),
    ],
    ids=["rf", "fr", "ff", "rr", "r(rr)", "hvp", "deriv", "dict"],
)
def test_transforms_nest(second) -> None:
    def f(x):
        return np.sin(x) * x**2

    expected = 2 * onp.sin(0.7) + 4 * 0.7 * onp.cos(0.7) - 0.49 * onp.sin(0.7)
    result = second(f)(0.7)
    assert type(result) in (onp.ndarray, onp.float64)
    close(result, expected)
    close(grad(second(checkpoint(f)))(0.7), grad(second(f))(0.7))


def test_the_engine_speaks_of_the_users_function() -> None:
    with pytest.raises(TypeError, match="of weighted: requires_grad needs floating"):
        make_vjp(weighted)(onp.array([1, 2]))
    with pytest.raises(TypeError, match="no argument 3 to differentiate by: weighted was called"):
        make_jvp(weighted, 3)(X)
    assert make_vjp(weighted).__name__ == "weighted"


# extend.


@primitive
def logsumexp(x):
    highest = onp.max(x)
    return highest + onp.log(onp.sum(onp.exp(x - highest)))


defvjp(logsumexp, lambda ans, x: lambda g: g * np.exp(x - ans))


def test_a_vjp_gives_every_order_and_both_modes() -> None:
    x = onp.array([1.0, 2.0, 4.0])
    p = onp.exp(x) / onp.exp(x).sum()
    close(logsumexp(x), onp.log(onp.exp(x).sum()))
    assert type(logsumexp(x)) is onp.float64  # not a Tensor where there is none
    close(grad(logsumexp)(x), p)
    close(hessian(logsumexp)(x), onp.diag(p) - onp.outer(p, p))
    close(make_jvp(logsumexp)(x)(x)[1], p @ x)
    close(make_jvp(grad(logsumexp))(x)(x)[1], (onp.diag(p) - onp.outer(p, p)) @ x)
    check_grads(logsumexp, order=3)(x)


def test_a_jvp_alone_gives_reverse_mode_too() -> None:
    @primitive
    def f(x, y):
        return onp.sin(x) * y

    defjvp(f, lambda g, ans, x, y: g * np.cos(x) * y, lambda g, ans, x, y: g * np.sin(x))
    close(grad(f, (0, 1))(1.0, 2.0), (2 * onp.cos(1.0), onp.sin(1.0)))
    close(grad(lambda y: f(X, y).sum())(2.0), onp.sin(X).sum())
    close(grad(grad(f), 1)(1.0, 2.0), onp.cos(1.0))
    check_grads(f, (0, 1), order=3)(1.0, 2.0)


def test_each_mode_uses_its_own_rule() -> None:
    used = []

    def noted(name, value):
        used.append(name)
        return value

    @primitive
    def f(x, y):
        return x * y

    defvjp(
        f,
        lambda ans, x, y: lambda g: noted("vjp", g * y),
        lambda ans, x, y: lambda g: noted("vjp", g * x),
    )
    defjvp(
        f,
        lambda g, ans, x, y: noted("jvp", g * y),
        lambda g, ans, x, y: noted("jvp", g * x),
    )
    close(grad(f, (0, 1))(2.0, 3.0), (3, 2))
    assert set(used) == {"vjp"}
    used.clear()
    close(make_jvp(f, (0, 1))(2.0, 3.0)((1.0, 10.0))[1], 23)
    assert "jvp" in used
    check_grads(lambda x: f(f(x, x), x), order=3)(1.5)

    defjvp(f, lambda g, ans, x, y: 2 * g * y)  # wrong: seen in forward mode alone
    check_grads(f, modes=["rev"], order=1)(2.0, 3.0)
    with pytest.raises(AssertionError, match="the forward-mode derivative of f by x is wrong"):
        check_grads(f, modes=["fwd"], order=1)(2.0, 3.0)


def test_rules_by_argnum() -> None:
    scale = primitive(lambda x, by: x * by)
    defvjp(scale, lambda ans, x, by: lambda g: g * by, None)
    close(grad(scale, (0, 1))(2.0, 3.0), (3, 0))  # None is zero
    defvjp(scale, lambda ans, x, by: lambda g: g * x, argnums=[1])
    close(grad(scale, 1)(2.0, 3.0), 2)
    with pytest.raises(TypeError, match=r"has no vjp for its argument 0: give defvjp one, or None"):
        grad(scale)(2.0, 3.0)

    total = primitive(lambda *xs: sum(xs))
    defvjp_argnum(total, lambda argnum, ans, args, kwargs: lambda g: g)
    close(grad(lambda x: total(x, 1.0, x, x))(2.0), 3)

    product = primitive(lambda x, y: x * y)
    defvjp_argnums(
        product,
        lambda argnums, ans, args, kwargs: lambda g: [g * args[1 - i] for i in argnums],
    )
    close(grad(product, (0, 1))(2.0, 3.0), (3, 2))
    close(grad(lambda x: product(x, x))(3.0), 6)

    other = primitive(lambda x, y: x * y)
    defjvp_argnum(other, lambda argnum, g, ans, args, kwargs: g * args[1 - argnum])
    close(make_jvp(other, (0, 1))(2.0, 3.0)((1.0, 10.0))[1], 23)
    defjvp_argnums(
        other,
        lambda argnums, gs, ans, args, kwargs: sum(
            g * args[1 - i] for i, g in zip(argnums, gs, strict=True)
        ),
    )
    close(make_jvp(other, (0, 1))(2.0, 3.0)((1.0, 10.0))[1], 23)
    close(grad(other, (0, 1))(2.0, 3.0), (3, 2))


@pytest.mark.parametrize("declare", [def_linear, lambda f: defjvp(f, "same")], ids=["all", "one"])
def test_linear_primitives_are_their_own_jvp(declare) -> None:
    double = primitive(lambda x, by=2: by * x)
    declare(double)
    close(make_jvp(double)(1.0)(3.0)[1], 6)
    close(grad(lambda x: double(x, by=5))(1.0), 5)
    defvjp(double, lambda ans, x, by=2: lambda g: by * g)
    check_grads(lambda x: double(x) ** 2)(1.0)


def test_arguments_and_outputs_may_be_nested() -> None:
    @primitive
    def f(p, k, *, power=1):
        return p["w"].sum() * k, {"b": p["b"][0] ** power}

    def vjp(ans, p, k, power=1):
        def pull(g):
            b = g[1]["b"] * power * p["b"][0] ** (power - 1)
            return {"w": g[0] * k * np.ones_like(p["w"]), "b": (b,)}

        return pull

    defvjp(f, vjp, None)

    def g(p):
        first, second = f(p, 5.0, power=3)
        return first * second["b"]

    p = {"w": onp.array([1.0, 2.0]), "b": (2.0,)}
    gradient = grad(g)(p)
    close(gradient["w"], [40, 40])
    close(gradient["b"], (15 * 3 * 2.0**2,))
    close(grad(lambda p: f(p, 5.0)[0])(p)["b"], (0,))  # an output that nothing uses
    close(grad(lambda b: f({"w": X, "b": (b,)}, 5.0, power=3)[1]["b"])(2.0), 12)
    check_grads(g)(p)


def test_a_primitive_gets_plain_arrays_and_numbers() -> None:
    seen = []

    @primitive
    def f(x, y):
        seen.extend([x, y])
        return x * y

    defvjp(f, lambda ans, x, y: lambda g: g * y, lambda ans, x, y: lambda g: g * x)
    grad(lambda x: np.sum(f(X, x)))(2.0)
    assert type(seen[0]) is onp.ndarray
    assert isinstance(seen[1], float)
    untracked = f(Tensor(X), 2.0)
    assert type(seen[2]) is onp.ndarray
    close(untracked.data, 2 * X)
    assert not untracked.requires_grad
    assert f(2.0, 3.0) == 6.0
    assert f.fun(2.0, 3.0) == 6.0
    assert f.__name__ == "f"


def test_a_primitive_works_with_backward_and_no_grad() -> None:
    t = Tensor(X, requires_grad=True)
    y = logsumexp(t)
    y.backward()
    close(t.grad, onp.exp(X) / onp.exp(X).sum())
    with no_grad():
        assert not logsumexp(t).requires_grad
        t += 1.0
    with pytest.raises(RuntimeError, match="was changed in place after logsumexp had used it"):
        y.backward()


def test_gradients_of_a_primitive_do_not_share_memory_and_arguments_are_copied() -> None:
    @primitive
    def f(x, y, z):
        return x + y * z

    defvjp(f, lambda ans, *_: lambda g: g, lambda ans, x, y, z: lambda g: g * z, None)
    x, y = Tensor(X, requires_grad=True), Tensor(X, requires_grad=True)
    z, seed = onp.ones(2), onp.ones(2)
    out = f(x, y, z)
    z[:] = 100
    out.backward(seed)
    x.grad[:] = 7
    close(y.grad, [1, 1])
    close(seed, [1, 1])

    same = primitive(lambda x, y: x + y)
    defvjp_argnums(same, lambda argnums, ans, args, kwargs: lambda g: [g for _ in argnums])
    x, y = Tensor(X, requires_grad=True), Tensor(X, requires_grad=True)
    same(x, y).backward(seed)
    x.grad[:] = 7
    close(y.grad, [1, 1])


def test_a_primitive_keeps_nothing_that_may_change_and_makes_no_cycle() -> None:
    f = primitive(lambda x, others: x * others["a"] * others["b"][0])
    defvjp(f, lambda ans, x, others: lambda g: g * others["a"] * others["b"][0], None)
    t, a, b = Tensor(X, requires_grad=True), Tensor(X), onp.ones(2)
    y = f(t, {"a": a, "b": [b]})
    a[...] = 100.0
    b[:] = 100
    y.backward(onp.ones(2))
    close(t.grad, X)

    s = t * 1.0
    s += f(s, {"a": X, "b": [b]})  # the Tensor that went in is now the one that came out
    node = weakref.ref(s._node)
    gc.disable()
    try:
        del s
        assert node() is None
    finally:
        gc.enable()


def test_what_a_primitive_cannot_do_is_said() -> None:
    f = primitive(lambda x, k=1.0: x * k)
    f.__name__ = "f"
    with pytest.raises(TypeError, match=r"has no derivative: declare one with autograd\.extend"):
        grad(f)(1.0)
    with pytest.raises(TypeError, match="got a tracked Tensor as k=…, but the rules"):
        grad(lambda x: f(x, k=x))(1.0)
    t = Tensor(X, requires_grad=True)
    closes_over = primitive(lambda x: x * t)
    with pytest.raises(ValueError, match="uses a tracked Tensor that is not among its arguments"):
        grad(lambda x: closes_over(x).sum())(X)

    def sin(x):
        return np.sin(x)

    with pytest.raises(TypeError, match=r"sin is not a primitive .*extend\.primitive\(sin\) first"):
        defvjp(sin, lambda ans, x: lambda g: g * np.cos(x))


def test_notrace_primitive_is_a_constant() -> None:
    rounded = notrace_primitive(onp.round)
    close(grad(lambda x: x * rounded(x))(1.7), 2)
    close(grad(lambda x: x * notrace_primitive(lambda xs: xs[0] + xs[1])([x, x]))(1.7), 3.4)


def test_all_that_a_box_free_program_imports_is_there() -> None:
    names = "primitive defvjp defvjp_argnum defvjp_argnums defjvp defjvp_argnum defjvp_argnums"
    assert {*names.split(), "def_linear", "notrace_primitive"} == set(autograd.extend.__all__)
    assert autograd.tracer.primitive is primitive


@pytest.mark.parametrize(
    ("module", "name", "message"),
    [
        (autograd.extend, "Box", r"autograd\.extend has no Box: .* autograd\.Tensor"),
        (autograd.extend, "VSpace", "has no VSpace: gradients are arrays, or dicts"),
        (autograd.extend, "vspace", r"autograd\.misc\.flatten"),
        (autograd.extend, "SparseObject", r"write x\[index\]"),
        (autograd.extend, "register_notrace", "use notrace_primitive"),
        (autograd.tracer, "Box", r"autograd\.tracer has no Box: .* isbox\(x\)"),
        (autograd.tracer, "Node", r"autograd\.draw"),
        (autograd.tracer, "trace", r"use autograd\.make_vjp"),
        (autograd.tracer, "new_box", "requires_grad=True"),
        (autograd.tracer, "register_notrace", "use notrace_primitive"),
    ],
)
def test_an_import_of_what_there_is_not_says_what_to_use(module, name, message) -> None:
    with pytest.raises(ImportError, match=message):
        exec(f"from {module.__name__} import {name}")
    assert name not in module.__all__
    assert not hasattr(module, "box")


def test_rules_for_a_primitive_of_the_core() -> None:
    @autograd.primitive
    def f(x, y):
        return onp.sin(x) * y

    with pytest.raises(TypeError, match="f has no derivative here"):
        grad(f)(1.0, 2.0)
    defvjp(f, lambda ans, x, y: lambda g: g * np.cos(x) * y, argnums=[0])
    close(grad(f)(1.0, 2.0), 2 * onp.cos(1.0))
    defvjp(
        f,
        lambda ans, x, y: lambda g: g * np.cos(x) * y,
        lambda ans, x, y: lambda g: g * np.sin(x),
    )
    check_grads(f, (0, 1), order=3)(1.0, 2.0)
    defjvp(f, lambda g, ans, x, y: 2 * g * y)  # wrong: seen in forward mode alone
    close(make_jvp(f)(1.0, 2.0)(1.0)[1], 4)
    close(grad(f)(1.0, 2.0), 2 * onp.cos(1.0))
    assert f(0.0, 2.0) == 0


@pytest.mark.parametrize("known", [np.heaviside, np.trace, np.argmax, autograd.sigmoid])
def test_rules_for_what_has_them_are_refused(known) -> None:
    message = "the derivative of .* is known already: leave this one out, or declare it for a"
    with pytest.raises(TypeError, match=message):
        defvjp(known, lambda ans, x: lambda g: g)


def test_a_vjp_alone_is_kept_to_reverse_mode_by_jacobian() -> None:
    @primitive
    def f(x):
        return onp.sum(x**2) * onp.ones(3)

    x = onp.array([1.5])
    defvjp(f, lambda ans, x: lambda g: 2 * x * onp.sum(getval(g)))  # forward mode finds zero
    close(jacobian(f)(x), onp.full((3, 1), 3.0))
    assert f.rules.forward.reverse_only
    defjvp(f, lambda g, ans, x: np.sum(2 * x * g) * onp.ones(3))
    assert not f.rules.forward.reverse_only
    close(jacobian(f)(x), onp.full((3, 1), 3.0))


# misc.


def test_flatten_orders_dicts_by_key_and_keeps_their_order() -> None:
    tree = {"b": X, "a": 3.0, "c": [onp.ones((2, 2)), (1.0, onp.zeros(0))]}
    vector, unflatten = flatten(tree)
    close(vector, [3, 1, 2, 1, 1, 1, 1, 1])  # HIPS
    back = unflatten(vector)
    assert list(back) == ["b", "a", "c"]  # HIPS
    check_equivalent(back, tree)
    assert flatten(onp.ones(2, onp.float32))[0].dtype == onp.float32
    assert flatten({})[0].shape == (0,)
    assert flatten([])[1](onp.zeros(0)) == []
    with pytest.raises(ValueError, match=r"takes a vector of shape \(8,\), got \(7,\)"):
        unflatten(vector[:-1])


def test_flatten_is_differentiable_both_ways() -> None:
    weights = onp.array([1.0, 10.0, 100.0])
    gradient = grad(lambda p: np.sum(flatten(p)[0] * weights))({"b": X, "a": 3.0})
    close(gradient["a"], 1)
    close(gradient["b"], [10, 100])
    _, unflatten = flatten({"b": X, "a": 3.0})
    close(grad(lambda v: unflatten(v)["a"] * unflatten(v)["b"][1])(weights), [100, 0, 1])


def test_flatten_func() -> None:
    f, unflatten, start = flatten_func(
        lambda p, k: {"q": p["b"] * k, "p": p["a"]}, {"b": X, "a": 3.0}
    )
    close(start, [3, 1, 2])
    close(f(onp.array([1.0, 2.0, 3.0]), 2), [1, 4, 6])  # HIPS
    close(unflatten(start)["b"], X)
    close(jacobian(f)(start, 2), onp.diag([1, 2, 2]))


def valley(p, i=0):
    x, y = p["x"], p["rest"][0]
    return np.sum((y - x**2) ** 2) + 0.1 * np.sum((1.0 - x) ** 2) + 0.01 * i * p["rest"][1] ** 2


START = {"x": onp.array([-1.0, 0.5]), "rest": [onp.array([1.5, -0.5]), 2.0]}
SHORT, DEFAULT = {"num_iters": 7, "step_size": 0.05}, {"num_iters": 25}

# HIPS: the end of optimize(grad(valley), START, **options), as a vector.
TRAJECTORIES = [
    (sgd, SHORT, [1.4053334731, -0.3410179401, 1.9901037988, -1.1472376912, 0.3616944790]),
    (sgd, DEFAULT, [1.1134969860, 0.1595723665, 1.4200565724, -1.0546646254, 0.0955759754]),
    (rmsprop, SHORT, [1.3554457103, -0.1797060276, 1.9451831610, -1.1302453244, 0.2793699476]),
    (rmsprop, DEFAULT, [0.6575950250, 0.2373635242, 0.6043359008, -0.7594285403, 0.5134791819]),
    (adam, SHORT, [1.2533213507, -0.1655087075, 1.7380324528, -1.1809068104, 0.1907906460]),
    (adam, DEFAULT, [1.4752924490, -0.4751221015, 1.9750765748, -1.0246795274, 0.4752395276]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("optimize", "options", "end"),
    TRAJECTORIES,
    ids=[f"{o.__name__}-{options['num_iters']}" for o, options, _ in TRAJECTORIES],
)
def test_optimizers_take_the_steps_of_hips_autograd(optimize, options, end) -> None:
    seen = []
    result = optimize(grad(valley), START, lambda x, i, g: seen.append((x, i, g)), **options)
    close(flatten(result)[0], end, rtol=2e-9)
    assert [i for _, i, _ in seen] == list(range(options["num_iters"]))
    check_equivalent(seen[0][0], START)
    check_equivalent(seen[0][2], grad(valley)(START, 0))


@pytest.mark.parametrize(
    ("optimize", "defaults"),
    [
        (sgd, {"num_iters": 200, "step_size": 0.1, "mass": 0.9}),
        (rmsprop, {"num_iters": 100, "step_size": 0.1, "gamma": 0.9, "eps": 1e-8}),
        (adam, {"num_iters": 100, "step_size": 0.001, "b1": 0.9, "b2": 0.999, "eps": 1e-8}),
    ],
    ids=["sgd", "rmsprop", "adam"],
)
def test_optimizers_have_the_signatures_of_hips_autograd(optimize, defaults) -> None:
    parameters = inspect.signature(optimize).parameters
    assert list(parameters)[2:] == ["callback", *defaults]
    assert {name: parameters[name].default for name in defaults} == defaults


def test_optimizers_keep_single_precision_and_differentiate() -> None:
    for optimize in (sgd, rmsprop, adam):
        end = optimize(lambda x, i: 2 * x, onp.ones(2, onp.float32), num_iters=3)
        assert end.dtype == onp.float32

        def trained(rate, optimize=optimize):
            return np.sum(optimize(lambda x, i: 2 * x**3, X, num_iters=5, step_size=rate) ** 2)

        check_grads(trained, order=1)(0.05)


def test_an_optimizer_of_vectors_becomes_one_of_structures() -> None:
    @unflatten_optimizer
    def one_step(grad, x, callback=None, size=0.1):
        return x - size * grad(x, 0)

    check_equivalent(one_step(lambda p, i: p, {"a": 1.0}, None, 0.5), {"a": 0.5})


def test_fixed_point_is_differentiated_by_the_implicit_function() -> None:
    def root(a):
        def newton(a):
            return lambda x: 0.5 * (x + a / x)

        return fixed_point(newton, a, 1.0, lambda x, y: np.abs(x - y), 1e-12)

    close(root(2.0), 2**0.5)
    close(grad(root)(2.0), 0.5 / 2**0.5)
    close(grad(grad(root))(2.0), -0.25 / 2**1.5)

    def linear(p):  # x = A x + b, so x = (1 − A)⁻¹ b
        def step(p):
            return lambda x: p["A"] @ x + p["b"]

        distance = lambda x, y: np.max(np.abs(x - y))  # noqa: E731
        return np.sum(fixed_point(step, p, onp.zeros(2), distance, 1e-13) ** 2)

    p = {"A": onp.array([[0.1, 0.3], [-0.2, 0.4]]), "b": X}
    check_grads(linear, modes=["rev"], order=1)(p)


# builtins and tracer.


def test_the_package_has_the_five_builtins_by_name() -> None:
    for name in autograd.builtins.__all__:
        assert getattr(autograd, name) is getattr(autograd.builtins, name)
        assert name not in autograd.__all__


def test_isinstance_and_type_see_what_a_tensor_holds() -> None:
    def f(x):
        total = np.sum(x)
        assert isinstance(x, onp.ndarray)
        assert type(x) is onp.ndarray
        assert isinstance(total, float)
        assert not isinstance(total, onp.ndarray)
        assert isinstance(total, Tensor)
        assert isinstance(total, (str, onp.floating))
        assert isinstance([x], list)
        assert isinstance(tuple([x]), tuple)
        assert type(dict(a=x)) is dict
        return total

    grad(f)(X)
    assert isinstance(1, int)
    assert not isinstance(1, str)
    assert type(1) is int


def test_containers_of_tensors_are_containers() -> None:
    def f(x):
        parts = dict(pair=tuple([x, x**2]), list=list([x]))
        return parts["pair"][1] * parts["list"][0]

    close(grad(f)(2.0), 12)


def test_getval_and_isbox() -> None:
    seen = []

    def f(x):
        seen.extend([isbox(x), getval(x), getval(np.stack([x]))])
        return x

    grad(f)(2.0)
    assert seen[0] is True
    assert type(seen[1]) is onp.float64
    assert type(seen[2]) is onp.ndarray
    assert not isbox(2.0)
    assert not isbox(Tensor(2.0))
    assert getval("text") == "text"


def test_odeint_takes_containers_in_args() -> None:
    """The published neural ODE: its weights are a list."""
    expm = pytest.importorskip("scipy.linalg").expm
    odeint = importlib.import_module("autograd.scipy.integrate").odeint

    def moved(params, power=1):
        def slope(y, t, p, options, name):
            assert name == "dot"
            return np.dot(p[0], y) ** options["power"] + p[1]

        args = (params, {"power": power}, "dot")
        return odeint(slope, y0, times, args, rtol=1e-11, atol=1e-11)[-1]

    times = onp.array([0.0, 0.4, 1.0])
    y0, weights, bias = onp.array([1.0, -0.5]), onp.array([[0.1, -0.7], [0.4, 0.3]]), onp.ones(2)
    by_weights, by_bias = grad(lambda p: moved(p).sum())([weights, bias])
    inverse = onp.linalg.inv(weights)
    close(by_bias, onp.ones(2) @ inverse @ (expm(weights) - onp.eye(2)))
    assert by_weights.shape == (2, 2)
    check_grads(moved, modes=["fwd", "rev"], order=1)([weights, bias], 2)
    twice = grad(lambda a: odeint(lambda y, t, a: -a * y, y0, times, a)[-1].sum())
    close(twice(1.5), -onp.exp(-1.5) * 0.5, rtol=1e-5)  # one argument needs no tuple


def test_odeint_refuses_what_its_function_hides() -> None:
    pytest.importorskip("scipy")
    odeint = importlib.import_module("autograd.scipy.integrate").odeint
    a, y0 = Tensor(0.5, requires_grad=True), onp.ones(1)
    times = onp.array([0.0, 0.4, 1.0])
    for start in (y0, Tensor(y0, requires_grad=True)):
        for slope in (lambda y, t: -a * y, lambda y, t: [-a * y[0]]):
            with pytest.raises(ValueError, match=r"not among its arguments, .* pass it in args"):
                odeint(slope, start, times)
    fixed = odeint(lambda y, t: -a.detach() * y, y0, times)
    close(fixed[-1], onp.exp(-0.5), rtol=1e-6)


# test_util.


def planted(vjp, jvp=None):
    @primitive
    def square(x):
        return x**2

    defvjp(square, vjp)
    if jvp:
        defjvp(square, jvp)
    return square


RIGHT = planted(lambda ans, x: lambda g: g * 2 * x, lambda g, ans, x: g * 2 * x)


@pytest.mark.parametrize("x", [2.0, -0.3, X, onp.array([1 + 2j, 3.0]), onp.ones((2, 0))])
def test_right_derivatives_pass(x) -> None:
    check_grads(RIGHT, order=3)(x)
    check_vjp(RIGHT, x)
    check_jvp(RIGHT, x)
    check_grads(lambda p: {"out": [np.sum(RIGHT(p["a"])) * p["b"]]})({"a": x, "b": 3.0})


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.sum(1 / x), onp.array([0.01, -0.02, 1.0])),
        (lambda x: np.sum(1 / x), onp.array([1e-4, 2.0])),
        (lambda x: x**-3, onp.array([0.003, 0.2])),
        (lambda x: np.sqrt(x), 2e-5),
        (lambda x: np.abs(x - 1), onp.array([1 + 1.7e-5, 1 - 1.7e-5, 1 + 5e-6])),
        (lambda x: np.maximum(x, 0) ** 2, onp.array([1.7e-5, -1.7e-5, 3e-6])),
        (lambda x: np.sum(np.sin(1e4 * x)), onp.array([0.3, 0.7])),
    ],
    ids=["1/x", "1/tiny", "power", "root", "kink", "relu²", "waves"],
)
def test_right_derivatives_pass_where_the_step_is_long(f, x) -> None:
    check_grads(f)(x)
    off = primitive(lambda x: f(x))
    defvjp(off, lambda ans, x: lambda g: 1.001 * make_vjp(f)(x)[0](g))
    with pytest.raises(AssertionError, match=r"is wrong \(order 1, reverse mode\)"):
        check_grads(off, modes=["rev"], order=1)(x)


@pytest.mark.parametrize(
    ("wrong", "mode"),
    [
        (planted(lambda ans, x: lambda g: g * x), "rev"),
        (planted(lambda ans, x: lambda g: -g * 2 * x), "rev"),
        (planted(lambda ans, x: lambda g: g * 2.001 * x), "rev"),
        (planted(lambda ans, x: lambda g: g * np.nan * x), "rev"),
        (planted(lambda ans, x: lambda g: g * 2 * x, lambda g, ans, x: g * x), "fwd"),
    ],
    ids=["factor", "sign", "slightly", "nan", "jvp"],
)
def test_a_planted_wrong_rule_is_found(wrong, mode) -> None:
    name = {"rev": "reverse", "fwd": "forward"}[mode]
    for scale in (1.0, 1e-6, 1e-12):  # however small the values are
        message = rf"is wrong \(order 1, {name} mode\)"
        with pytest.raises(AssertionError, match=message):
            check_grads(lambda x, scale=scale: scale * wrong(x), modes=[mode], order=1)(X)
    with pytest.raises(AssertionError, match="of square by x is wrong"):
        check_grads(wrong)(X)
    with pytest.raises(AssertionError, match="of square by x is wrong"):
        {"rev": check_vjp, "fwd": check_jvp}[mode](wrong, X)


def test_a_rule_that_is_wrong_at_the_second_order_only_is_found() -> None:
    detached = planted(lambda ans, x: lambda g: g * 2 * getval(x))
    check_grads(detached, modes=["rev"], order=1)(X)
    with pytest.raises(AssertionError, match="the second derivative of square by x is wrong"):
        check_grads(detached, modes=["rev"], order=2)(X)


def test_other_arguments_are_held_constant_and_repeated_in_the_message() -> None:
    twice = planted(lambda ans, x: lambda g: g * x)

    def product(kept, moved, *, times):
        return np.sum(twice(kept) * moved * twice(times))

    check_grads(product, argnum=1)(X, 2, times=3.0)
    check_grads(product, argnum="moved")(X, moved=2.0, times=3.0)
    repeat = r"check_grads\(product, np.array\(\[1., 2.\]\), 2, times=np.array\(3.\), order=1"
    with pytest.raises(AssertionError, match=f"(?s)of product by times is wrong.*{repeat}"):
        check_grads(product, argnum="times", order=1)(X, 2, times=3.0)


def test_checks_at_every_combination() -> None:
    combo_check(lambda x, y, k: x * y * k, (0, 1))([1.0, X], [2.0, 3.0], k=[1, 2])
    wrong = planted(lambda ans, x: lambda g: g * (2 * x if np.ndim(x) else x))
    combo_check(wrong, modes=["rev"])([X])
    with pytest.raises(AssertionError, match="at "):
        combo_check(wrong, modes=["rev"])([X, 2.0])


def test_what_check_grads_is_asked_must_make_sense() -> None:
    with pytest.raises(ValueError, match=r"got modes=\['back'\] and order=2"):
        check_grads(np.sin, modes=["back"])
    with pytest.raises(ValueError, match="order=0"):
        check_grads(np.sin, order=0)


def test_check_equivalent_and_scalar_close() -> None:
    check_equivalent([X, {"a": 1.0}], [X + 1e-9, {"a": 1.0}])
    for other, message in ((X + 1, "different values"), (onp.ones(3), "different structures")):
        with pytest.raises(AssertionError, match=message):
            check_equivalent(X, other)
    assert scalar_close(1e9, 1e9 + 1)
    assert not scalar_close(1.0, 1.1)


def test_check_grads_draws_no_random_numbers_of_numpys() -> None:
    state = str(onp.random.get_state())  # noqa: NPY002
    check_grads(np.sin)(X)
    assert state == str(onp.random.get_state())  # noqa: NPY002
