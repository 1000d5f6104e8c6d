"""Tensor behaves as the ndarray that it holds, and says what is wrong where it can't."""

import copy
import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from autograd import Tensor, affine, grad, no_grad, relu, value_and_grad, vjp
from autograd.testing import check_grads
from cases import each

ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
IN_PLACE = [operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow]

by_name = pytest.mark.parametrize
dtypes = st.sampled_from([np.float64, np.float32, np.float16, np.int64, np.int8, np.bool_])
numbers = st.integers(-3, 3) | st.floats(-3, 3) | st.booleans()


def tracked(x: Any, **options: Any) -> Tensor:
    return Tensor(x, requires_grad=True, **options)


def arrays(shape: Any = None) -> st.SearchStrategy[np.ndarray]:
    """Arrays of small numbers of any dtype: exact in all of them."""
    shape = shape or hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
    elements = st.integers(0, 3)
    return dtypes.flatmap(
        lambda d: hnp.arrays(d, shape, elements=st.booleans() if d is np.bool_ else elements)
    )


@st.composite
def pairs(draw: Any) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays of shapes that broadcast together, of any dtypes."""
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=3))
    return draw(arrays(shapes.input_shapes[0])), draw(arrays(shapes.input_shapes[1]))


@st.composite
def scalars(draw: Any) -> Any:
    """Python numbers and NumPy scalars."""
    number = draw(numbers)
    return draw(st.sampled_from([number, np.float64(number), np.float32(number), np.array(number)]))


def keys(shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    """Any index for an array of that shape."""
    kinds = [hnp.basic_indices(shape, allow_newaxis=True), hnp.arrays(bool, shape)]
    if shape and 0 not in shape:
        integers = hnp.integer_array_indices(shape)
        kinds += [integers, integers.map(lambda index: index[:1]), hnp.arrays(bool, shape[:1])]
        kinds += [st.lists(st.integers(-shape[0], shape[0] - 1), max_size=4)]
        mixed = st.tuples(hnp.integer_array_indices(shape[:1]).map(lambda i: i[0]), st.just(...))
        kinds += [mixed, mixed.map(lambda key: (None, *key))]
    return st.one_of(kinds)


def outcome(f: Callable[..., Any], *args: Any) -> Any:
    """What f returns as an array, or the type of what it raises."""
    with np.errstate(all="ignore"):
        try:
            ans = f(*args)
        except Exception as error:
            return type(error)
    return ans.data if type(ans) is Tensor else ans


def same(found: Any, expected: Any) -> None:
    """The same numbers, shape and dtype, or the same error."""
    if isinstance(expected, type):
        assert found is expected
    else:
        assert_array_equal(found, np.asarray(expected), strict=True)


# Operators.


@by_name("op", ARITHMETIC + COMPARISONS, ids=lambda f: f.__name__)
@given(pair=pairs())
def test_operators_on_arrays(op: Callable[..., Any], pair: Any) -> None:
    x, y = pair
    expected = outcome(op, x, y)
    for left, right in ((Tensor(x), Tensor(y)), (x, Tensor(y)), (Tensor(x), y)):
        same(outcome(op, left, right), expected)
    if op in ARITHMETIC and not isinstance(expected, type):
        with np.errstate(all="ignore"):
            assert type(op(x, Tensor(y))) is type(op(Tensor(x), y)) is Tensor


@by_name("op", ARITHMETIC + COMPARISONS, ids=lambda f: f.__name__)
@given(x=arrays(), number=scalars())
def test_operators_on_numbers_of_either_side(
    op: Callable[..., Any], x: np.ndarray, number: Any
) -> None:
    same(outcome(op, Tensor(x), number), outcome(op, x, number))
    same(outcome(op, number, Tensor(x)), outcome(op, number, x))


@by_name("op", ARITHMETIC, ids=lambda f: f.__name__)
@given(number=scalars(), dtype=st.sampled_from([np.float32, np.float64]))
def test_tracked_operators_keep_numpys_dtype(
    op: Callable[..., Any], number: Any, dtype: Any
) -> None:
    x = np.array([1.0, 2.0], dtype)
    for f in (lambda x: op(x, number), lambda x: op(number, x)):
        t = tracked(x)
        same(outcome(f, t), outcome(f, x))
        with np.errstate(all="ignore"):
            f(t).sum().backward()
        assert t.grad.dtype == dtype


@given(*[hnp.array_shapes(min_dims=1, max_dims=3, max_side=3)] * 2)
def test_matmul_and_its_errors(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    x, y = np.ones(left), np.ones(right)
    expected = outcome(operator.matmul, x, y)
    for a, b in ((Tensor(x), Tensor(y)), (x, Tensor(y)), (Tensor(x), y)):
        same(outcome(operator.matmul, a, b), expected)


@given(arrays())
def test_unary_operators_and_conversions(x: np.ndarray) -> None:
    t = Tensor(x)
    for f in (operator.neg, operator.pos, abs, bool, float, int, complex, operator.index, len):
        if f is operator.pos and x.dtype == bool:
            continue  # NumPy refuses, for no reason
        expected = outcome(f, x)
        found = outcome(f, t)
        assert found is expected if isinstance(expected, type) else np.array_equal(found, expected)
    assert t.tolist() == x.tolist()
    assert (t.shape, t.ndim, t.size, t.dtype) == (x.shape, x.ndim, x.size, x.dtype)
    for item in range(4):
        assert (item in t) == (item in x)
    if x.ndim:
        for ours, theirs in zip(t, x, strict=True):
            same(ours.data, theirs)


def test_scalars_format_and_hash() -> None:
    t = tracked(2.5, name="speed")
    assert f"{t:.2f}" == "2.50"
    assert f"{t}" == str(t) == "Tensor(2.5, requires_grad=True, name='speed')"
    assert round(float(t)) == 2
    assert [10, 20, 30][Tensor(1)] == 20
    assert len({t, t, tracked(2.5)}) == 2
    assert t.item() == 2.5
    assert type(t.item()) is float


@each(
    "tensor, text",
    [
        (Tensor([1.0, 2.0]), "Tensor([1., 2.])"),
        (Tensor([1, 2]), "Tensor([1, 2])"),
        (Tensor([1.0], dtype=np.float32), "Tensor([1.], dtype=float32)"),
        (tracked([[1.0], [2.0]]), "Tensor([[1.],\n        [2.]], requires_grad=True)"),
        (Tensor([True], name="mask"), "Tensor([ True], name='mask')"),
        (Tensor(np.zeros((2, 0))), "Tensor([], shape=(2, 0))"),
    ],
)
def test_repr(tensor: Tensor, text: str) -> None:
    assert repr(tensor) == text


# Methods.

METHODS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("sum", (), {}), ("sum", (0,), {}), ("sum", (-1,), {"keepdims": True}), ("sum", ((0, 1),), {}),
    ("mean", (), {}), ("mean", (1,), {}), ("max", (), {}), ("max", (0,), {"keepdims": True}),
    ("min", (-1,), {}), ("reshape", (3, 2), {}), ("reshape", ((6,),), {}), ("reshape", (-1,), {}),
    ("reshape", (3, -1), {"order": "F"}), ("ravel", (), {}), ("flatten", (), {}),
    ("flatten", ("F",), {}), ("transpose", (), {}), ("transpose", (1, 0), {}),
    ("transpose", ((1, 0),), {}), ("swapaxes", (0, 1), {}), ("squeeze", (), {}), ("copy", (), {}),
    ("clip", (0.0, 1.0), {}), ("clip", (), {"max": 0.5}), ("clip", (0.0,), {}), ("argmax", (), {}),
    ("argmin", (1,), {}), ("any", (), {}), ("all", (0,), {"keepdims": True}), ("tolist", (), {}),
    ("astype", (np.float32,), {}), ("astype", (int,), {}),
]  # fmt: skip


@each("name, args, kwargs", METHODS)
def test_methods(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    x = np.array([[1.5, -2.0, 0.25], [0.0, 3.0, -1.0]])
    for t in (Tensor(x), tracked(x)):
        same(outcome(partial(getattr(t, name), *args, **kwargs)), getattr(x, name)(*args, **kwargs))
    same(tracked(x).T.data, x.T)
    same(tracked(x).mT.data, x.mT)


@by_name("attribute", ["resize", "itemset", "real_", "tofile", "view"])
def test_what_it_lacks_is_an_attribute_error(attribute: str) -> None:
    with pytest.raises(AttributeError, match=attribute):
        getattr(Tensor([1.0]), attribute)


# Indexing.


@given(arrays(), st.data())
def test_getitem(x: np.ndarray, data: st.DataObject) -> None:
    key = data.draw(keys(x.shape))
    found = Tensor(x)[key]
    assert type(found) is Tensor
    same(found.data, x[key])
    t = tracked(x.astype(float))
    picked = t[key]
    weights = np.arange(1.0, 1 + picked.size).reshape(picked.shape)
    picked.backward(weights)
    expected = np.zeros(x.shape)
    np.add.at(expected, key, weights)
    assert_allclose(t.grad, expected, atol=1e-15)


@given(arrays(), st.data())
def test_setitem_has_value_semantics(x: np.ndarray, data: st.DataObject) -> None:
    x = x.astype(float)
    key = data.draw(keys(x.shape))
    value = np.arange(10.0, 10.0 + x[key].size).reshape(x[key].shape)
    expected = x.copy()
    expected[key] = value
    leaf, new = tracked(x), tracked(value)
    t = leaf * 1.0
    earlier = t * t
    t[key] = new
    assert_array_equal(t.data, expected)
    assert_array_equal(earlier.data, x * x)
    (earlier + t).backward(np.ones(x.shape))
    kept = np.ones(x.shape)
    kept[key] = 0
    assert_array_equal(leaf.grad, 2 * x + kept)
    lasting = np.isin(
        value, put(np.zeros(x.shape), key, value)
    )  # where an index is repeated, the last value
    assert_array_equal(new.grad, lasting)


def put(x: np.ndarray, key: Any, value: np.ndarray) -> np.ndarray:
    x = x.copy()
    x[key] = value
    return x


@by_name("key", [Tensor([0, 2]), Tensor([True, False, True]), (Tensor([0, 2]),), [0, 2]], ids=repr)
def test_tensors_are_indices_too(key: Any) -> None:
    x = tracked([1.0, 2.0, 3.0])
    x[key].sum().backward()
    assert_array_equal(x.grad, [1, 0, 1])


@each("key", [3, (0, 0), [5], "a", 1.0, np.array([True, False])])
def test_a_wrong_index_is_numpys_error(key: Any) -> None:
    x = np.ones(3)
    expected = outcome(lambda: x[key])
    assert isinstance(expected, type)
    assert outcome(lambda: tracked(x)[key]) is expected
    assert outcome(lambda: Tensor(x).__setitem__(key, 1.0)) is expected


# In place.


@by_name("op", IN_PLACE, ids=lambda f: f.__name__)
@given(pair=pairs())
def test_in_place_operators(op: Callable[..., Any], pair: Any) -> None:
    x, y = pair
    expected, t = outcome(op, x.copy() if x.ndim else x[()], y), Tensor(x)
    before = t
    found = outcome(op, t, y)
    if isinstance(expected, type):
        assert isinstance(found, type)
        same(t.data, x)
    else:
        same(found, expected)
        if x.dtype.kind == "f":
            assert (op(t, np.ones((), x.dtype)) is before) == (x.ndim > 0)


@by_name("op", IN_PLACE, ids=lambda f: f.__name__)
def test_in_place_operators_leave_earlier_uses_alone(op: Callable[..., Any]) -> None:
    leaf = tracked([1.0, 2.0])
    t = leaf * 1.0
    alias, earlier = t, t * t
    t = op(t, 3.0)
    assert alias is t
    (earlier + t).sum().backward()
    expected = grad(lambda x: (x * x + op(x * 1.0, 3.0)).sum())(np.array([1.0, 2.0]))
    assert_array_equal(leaf.grad, expected)


def test_a_number_does_not_change_under_its_other_names() -> None:
    def euler(k: Any) -> Any:
        x, path = 1.0 * k, []
        for _ in range(3):
            x += 0.1 * x
            path.append(x)
        return sum(path)

    value, slope = value_and_grad(euler)(2.0)
    assert_allclose([value, slope], [euler(2.0), euler(1.0)])


def test_a_deep_copy_of_a_leaf_is_a_leaf_and_of_a_result_is_recorded() -> None:
    leaf = tracked([1.0, 2.0], name="w")
    (leaf * 3.0).sum().backward()
    twin = copy.deepcopy(leaf)
    assert_array_equal(twin.grad, [3, 3])
    assert (twin.name, np.shares_memory(twin.data, leaf.data)) == ("w", False)
    copy.deepcopy({"w": leaf * 2.0})["w"].sum().backward()
    assert_array_equal(leaf.grad, [5, 5])
    assert_array_equal(twin.grad, [3, 3])


def test_in_place_keeps_the_shape_the_dtype_and_the_name() -> None:
    t = Tensor([1.0, 2.0], dtype=np.float32, name="t")
    t += np.array([0.5, 0.5])
    assert (t.dtype, t.name) == (np.float32, "t")
    with pytest.raises(ValueError, match=r"\+= would change the shape \(2,\) to \(3, 2\)"):
        t += np.ones((3, 2))
    with pytest.raises(TypeError, match=r"\*= would put complex.* into a float32 Tensor"):
        t *= 1j
    assert_array_equal(t.data, [1.5, 2.5])
    t = Tensor([1, 2])
    with pytest.raises(TypeError, match="/= would put float64 numbers into a int64 Tensor"):
        t /= 2
    assert_array_equal(t.data, [1, 2])


@by_name("op", IN_PLACE, ids=lambda f: f.__name__)
def test_a_tracked_leaf_changes_only_within_no_grad(op: Callable[..., Any]) -> None:
    for name, called in (("w", r"'w' of shape \(2,\)"), (None, r"a Tensor of shape \(2,\)")):
        w = tracked([1.0, 2.0], name=name)
        with pytest.raises(RuntimeError, match=rf"{called}, a leaf.*`with no_grad\(\):`"):
            op(w, 2.0)
        with pytest.raises(RuntimeError, match=rf"t\[\.\.\.\] = v on {called}"):
            w[0] = 5.0
        assert_array_equal(w.data, [1, 2])
        array = w.data
        with no_grad():
            assert op(w, 2.0) is w
            w[0] = 5.0
        assert w.requires_grad
        assert array[0] == 5  # the same memory
        assert_array_equal(w.data[1], op(2.0, 2.0))


def test_data_is_a_read_only_view_and_can_be_assigned() -> None:
    w = tracked([1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        w.data[0] = 3.0
    w.data = [3, 4]
    assert_array_equal(w.data, [3.0, 4.0], strict=True)
    with pytest.raises(ValueError, match=r"put of shape \(2,\) and \(3,\)"):
        w.data = np.ones(3)
    assert_array_equal(w.data, [3, 4])


def test_a_tensor_copies_what_it_is_made_from() -> None:
    x = np.ones(3)
    for t in (Tensor(x), tracked(x), Tensor(Tensor(x)), Tensor(x).detach(), tracked(x).detach()):
        assert not np.shares_memory(t.data, x)
    t = Tensor(x)
    assert not np.shares_memory(t.detach().data, t.data)
    assert not tracked(x).detach().requires_grad
    assert not np.shares_memory(np.array(t), t.data)


def test_requires_grad_can_be_set_on_what_has_no_graph() -> None:
    t = Tensor([1.0, 2.0], name="t")
    t.requires_grad = True
    (t * 3.0).sum().backward()
    assert_array_equal(t.grad, [3, 3])
    t.requires_grad = False
    assert (t.grad, t.name) == (None, "t")
    with pytest.raises(ValueError, match=r"only a leaf.*detach\(\)"):
        (tracked([1.0]) * 2.0).requires_grad = False


@by_name("start", [1.0, [1.0, 2.0], [[1, 2], [3, 4]], True, 1j, np.float32(2), (1, 2)], ids=repr)
def test_what_a_tensor_can_be_made_of(start: Any) -> None:
    t = Tensor(start)
    same(t.data, np.array(start))
    assert Tensor(start, dtype=complex).dtype == complex
    assert copy.copy(t) is not t


# Random programs.

STEPS: list[Callable[[Any, Any], Any]] = [
    lambda x, y: x + y, lambda x, y: x * y, lambda x, y: x - 2.0 * y, lambda x, y: x / (2 + y * y),
    lambda x, y: np.sin(x) - y, lambda x, y: np.tanh(x + y), lambda x, y: x @ y.T @ y * 0.1,
    lambda x, y: np.exp(-x * x), lambda x, y: x.sum(axis=0) + y, lambda x, y: x[::-1] * y[:, :1],
    lambda x, y: x.mean(axis=1, keepdims=True) * y, lambda x, y: np.concatenate([x, y])[1:3],
    lambda x, y: np.stack([x, y]).sum(axis=0), lambda x, y: x.reshape(3, 2).T.reshape(2, 3) + y,
    lambda x, y: y[[1, 1]] - x, lambda x, y: 3.0 - x, lambda x, y: np.sqrt(1.0 + x * x),
    lambda x, y: np.where(np.array([True, False, True]), x, y), lambda x, y: x**2 + abs(y) ** 1.5,
    lambda x, y: np.log(1.0 + y**2) * x, lambda x, y: x.transpose(1, 0).swapaxes(0, 1) * y.copy(),
]  # fmt: skip
programs = st.lists(
    st.tuples(st.sampled_from(range(len(STEPS))), st.integers(0, 9), st.integers(0, 9)),
    min_size=1,
    max_size=8,
)


@given(programs, st.integers(0, 999))
def test_random_programs_have_numpys_values_and_the_right_gradients(
    program: list[tuple[int, int, int]], seed: int
) -> None:
    def run(x: Any, y: Any) -> Any:
        values = [x, y]
        for step, i, j in program:
            values.append(STEPS[step](values[i % len(values)], values[j % len(values)]))
        return np.tanh(values[-1])

    point = np.random.default_rng(seed).uniform(-1, 1, (2, 2, 3))
    assume(np.abs(point).min() > 1e-2)  # |y| has a kink
    x, y = tracked(point[0]), tracked(point[1])
    ans = run(x, y)
    assert_array_equal(ans.data, run(*point))
    if ans.requires_grad:
        check_grads(run, *point, order=1)
        g = np.arange(1.0, 1 + ans.size).reshape(ans.shape)
        ans.backward(g)
        for t, expected in zip((x, y), vjp(run, *point)[1](g), strict=True):
            assert_allclose(0 if t.grad is None else t.grad, expected, rtol=1e-12, atol=1e-14)


# Bad input: what came, what was expected, what to do; and nothing has changed.


@each(
    "call, error, message",
    [
        (lambda t: t + np.ones(4), ValueError, r"\(2, 3\).*\(4,\)"),
        (lambda t: np.ones((3, 2)) * t, ValueError, r"\(3, 2\).*\(2, 3\)"),
        (lambda t: t @ np.ones((2, 3)), ValueError, r"\(2, 3\).*\(2, 3\)"),
        (lambda t: affine(t, np.ones((4, 2)), np.ones(4)), ValueError, r"\(2, 3\).*\(4, 2\)"),
        (lambda t: t.reshape(4, 2), ValueError, r"reshape.*\(4, ?2\)"),
        (lambda t: np.concatenate([t, np.ones(4)]), ValueError, r"concatenate of.*3\) and \(4,\)"),
        (lambda t: np.stack([t, np.ones(3)]), ValueError, r"np\.stack of.*3\) and \(3,\)"),
        (lambda t: t.sum(axis=5), ValueError, "axis 5"),
        (lambda t: t.backward(), ValueError, r"shape \(2, 3\) needs a seed of that shape.*\.sum"),
        (lambda t: t.backward(np.ones(3)), ValueError, r"has shape \(3,\).*has \(2, 3\)"),
        (lambda t: t.backward(np.ones((2, 3)) * 1j), ValueError, "dtype complex128.*float64"),
        (lambda t: t.detach().backward(), ValueError, r"without a graph.*requires_grad=True"),
        (lambda t: Tensor(1.0).backward(), ValueError, r"without a graph.*requires_grad=True"),
        (lambda t: tracked([1, 2]), TypeError, r"dtype is int64; write 1\.0 instead of 1"),
        (lambda t: np.isnat(t), TypeError, r"np\.isnat has no derivative here: it is about dates"),
        (lambda t: np.hypot.reduceat(t, [0]), TypeError, r"reduceat has no derivative here"),
        (lambda t: np.asarray(t), TypeError, r"losing its graph: use \.data"),
        (lambda t: Tensor(t), TypeError, r"would lose its graph: use t\.detach\(\)"),
        (lambda t: Tensor(np.ma.array([1.0])), TypeError, "has no mask"),
        (lambda t: t._value, AttributeError, r"no attribute '_value'; there is \.data"),
        (lambda t: Tensor("abc"), TypeError, "holds numbers, but str gave dtype"),
        (lambda t: Tensor([[1.0], [1.0, 2.0]]), ValueError, "inhomogeneous|sequence"),
        (lambda t: Tensor([None]), TypeError, "holds numbers, but list gave dtype object"),
        (lambda t: t.item(), ValueError, "size 1|scalar"),
        (lambda t: bool(t), ValueError, "ambiguous"),
        (lambda t: float(t), TypeError, "scalar|0-dimensional|length-1"),
        (lambda t: t.unknown, AttributeError, "unknown"),
        (lambda t: np.where(t > 1, t), TypeError, r"where"),
        (lambda t: np.sum(t, 0, None, None), TypeError, "np.sum got 4 positional arguments.* 3 of"),
        (lambda t: np.sum(t, 0, axis=0), TypeError, "two values.*axis|multiple values"),
        (lambda t: np.clip(t, 0, 1, banana=3), TypeError, "banana"),
        (lambda t: t + "a", TypeError, "'add'"),
        (lambda t: t + None, TypeError, "NoneType"),
        (lambda t: relu(), TypeError, "missing 1 .* 'x'"),
        (lambda t: t + np.array([1, 2, 3], object), TypeError, "Python objects can't be recorded"),
        (lambda t: np.power(t, t, t), TypeError, "can't write into out"),
        (lambda t: np.transpose(1.0 * t, (0, 0)), ValueError, "repeated axis"),
    ],
)  # fmt: skip
def test_bad_input_gets_a_clear_error(
    call: Callable[[Tensor], Any], error: type[Exception], message: str
) -> None:
    t = tracked(np.full((2, 3), 0.5), name="t")
    with pytest.raises(error, match=message):
        call(t)
    assert t.grad is None
    assert t.requires_grad
    assert_array_equal(t.data, np.full((2, 3), 0.5))
    (t * 2.0).sum().backward()
    assert_array_equal(t.grad, np.full((2, 3), 2.0))


def test_a_static_argument_has_no_derivative() -> None:
    with pytest.raises(TypeError, match=r"np\.where has no derivative with respect to 'condition'"):
        np.where(tracked([1.0, 0.0]), 1.0, 2.0)


THROUGH_VIEWS = {
    "x[0][1] = v": lambda x: x[0].__setitem__(1, 7.0),
    "x.T[0] = v": lambda x: x.T.__setitem__(0, 7.0),
    "x.ravel()[0] = v": lambda x: x.ravel().__setitem__(0, 7.0),
    "a view of a view": lambda x: x.reshape(3, 2).reshape(6).__setitem__(0, 7.0),
    "rows": lambda x: [row.__setitem__(0, 7.0) for row in x],
    "x[0].sort()": lambda x: x[0].sort(),
    "np.add.at": lambda x: np.add.at(x[0], [0], 1.0),
    "np.fill_diagonal": lambda x: np.fill_diagonal(x[:2, :2], 0.0),
}


@pytest.mark.parametrize("name", THROUGH_VIEWS)
@pytest.mark.parametrize("recorded", [True, False])
def test_what_numpy_would_write_through_a_view_is_not_lost_in_silence(name, recorded):
    x = Tensor(np.arange(6.0)[::-1].reshape(2, 3), requires_grad=recorded) * 1.0
    with pytest.raises(ValueError, match="a part of another Tensor"):
        THROUGH_VIEWS[name](x)
    assert x.data.ravel().tolist() == [5, 4, 3, 2, 1, 0]


def test_what_is_no_part_of_anything_else_takes_new_numbers():
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    copy, chosen, made, added, leaf = x[0].copy(), x[:, [0, 1]], (x * 2).T, x[1], x.detach()[1]
    added += 1
    leaf.requires_grad = True
    for part in (copy, chosen, made, added, leaf):
        with no_grad():
            part[0] = 7.0
        assert np.all(part.data[0] == 7)
    assert x.data.ravel().tolist() == [0, 1, 2, 3, 4, 5]
