"""What a page calls things, and says of them: as a derivation does, so that no key is needed."""

import re
from operator import attrgetter
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
import nn.scalar
from autograd import Tensor, Value, relu
from autograd.draw import describe, draw, explain
from autograd.draw.captions import captions
from autograd.draw.values import reached
from cases import each
from graphs import named, polynomial, two_three_one


def of_values() -> Value:
    x, y = named(0.5, "x"), named(-1.5, "y")
    a = x * y + x.exp()
    a.name = "a"
    b = (a * a + x / y).tanh()
    b.name = "b"
    return (b + 1).log() * x**3


def network() -> Tensor:
    x, t = Tensor([[1.0, 2.0]], name="x"), Tensor([[3.0]], name="t")
    loss = nn.half_mse(nn.MLP(2, [3, 1], rng=0)(x), t)
    loss.name = "loss"
    return loss


def classifier() -> Tensor:
    model = nn.MLP(3, [4, 2], "tanh", rng=0)
    return nn.cross_entropy(model(np.ones((5, 3))), np.array([0, 1, 1, 0, 1]))


def neurons() -> Value:
    root = nn.scalar.MLP(2, [4, 4, 1], rng=0)([named(1.0, "x"), Value(-2.0)])
    assert isinstance(root, Value)
    return root


def wide() -> Value:
    root = nn.scalar.MLP(9, [2, 1], rng=0)([Value(float(i)) for i in range(9)])
    assert isinstance(root, Value)
    return root


def loop() -> Tensor:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name="w")
    for _ in range(3):
        x = relu(x @ x + 1.0)
        x.name = "x"
    return np.sum(np.sort(x))


def hostile() -> Value:
    return named(2.0, "a + b") * named(3.0, "g") + named(4.0, "s1").tanh()


GRAPHS = [of_values, network, classifier, neurons, wide, loop, hostile, two_three_one, polynomial]
WORDS = set("weights inputs relu tanh exp log sqrt sum mean axis softmax sigmoid one_hot".split())
WORDS |= set("cross_entropy sort T const scatter indices".split())


@pytest.fixture(params=GRAPHS, ids=lambda graph: graph.__name__)
def root(request: Any) -> Any:
    return request.param()


def test_a_page_names_everything_and_nothing_twice(root: Any) -> None:
    data = describe(root).as_json()
    names = [
        page["name"]
        for page, node in zip(captions(data)["nodes"], data["nodes"])
        if node["op"] or node["step"]  # numbers are called by their value
    ]
    assert len(set(names)) == len(names)


def test_a_page_and_a_derivation_call_things_the_same(root: Any) -> None:
    data = describe(root).as_json()
    page = captions(data)["nodes"]
    wrt = next(node["name"] for node in data["nodes"] if node["name"] and not node["op"])
    forward = re.search(r"Forward\n(.*?)\n\n", str(explain(root, wrt)), re.DOTALL)
    assert forward
    lines = re.findall(r"^  (?!…)(\S+) += (.*)$", forward[1], re.MULTILINE)
    assert lines
    for name, rest in lines:
        (node,) = [
            node for node in page if re.search(rf"(^|; ){re.escape(name)} = ", node["about"])
        ]
        definition = node["about"].split("\n")[0].split("; ")[0 if name != node["name"] else -1]
        if not data["groups"]:  # in which a parameter is called by the end of its name
            assert f"{name} = {rest}".startswith(f"{re.sub('[‹›]', '', definition)} = ")


def test_a_formula_on_a_page_holds_only_names_that_are_on_it(root: Any) -> None:
    """So it needs no key, in which the operation's x might be the program's y."""
    data = describe(root).as_json()
    shown = captions(data)
    known = {node["name"] for node in shown["nodes"]} | WORDS | {data["gradient"]}
    for node, item in zip(shown["nodes"], data["nodes"]):
        if item["group"] is not None:
            call = data["groups"][item["group"]]["name"]
            inside = {name.removeprefix(f"{call}.") for name in known}
        else:
            inside = known
        about = node["about"].split("\n")[0] if item["op"] else ""
        own = set(re.findall(r"(\S+) = ", about))
        edges = [data["edges"][e] for e in item["edges"]]
        for text in [about, *(edge["written"] or "" for edge in edges)]:
            text = re.sub(r"‹.*?›", "", text)
            text = re.sub("[∂ᵀ²³]", " ", text)
            words = re.findall(r"[^\W\d][\w.]*(?:#\d+)?", text)
            assert set(words) <= inside | own, text


def test_there_is_no_key_in_the_rules_names() -> None:
    page = captions(describe(network()).as_json())
    about = {node["name"]: node["about"].split("\n")[0] for node in page["nodes"]}
    assert about["loss"] == "loss = 0.5·(y − t)²"
    assert about["s"] == "s = x @ weightᵀ + bias"
    assert not any(" = t" in node["about"] for node in page["nodes"])
    page = captions(describe(neurons()).as_json())
    about = {node["name"]: node["about"].split("\n")[0] for node in page["nodes"]}
    assert about["z1"] == "s1 = w.0·x + w.1·x1 + b; z1 = relu(s1)"
    assert about["f"] == "f = w.0·z5 + w.1·z6 + w.2·z7 + w.3·z8 + b"


def test_a_local_derivative_is_told_in_the_program_s_names() -> None:
    page = captions(describe(of_values()).as_json())
    names = [node["name"] for node in page["nodes"]]
    told = {(names[e["to"]], names[e["from"]]): slope(page, e) for e in page["edges"] if "to" in e}
    assert told["x / y", "y"] == "∂(x / y)/∂y = −x / y²"
    assert told["z2", "s2"] == "∂z2/∂s2 = 1 / s2"
    assert told["a²", "a"] == "∂(a²)/∂a, in one of its ways = a"


def slope(page: Any, edge: Any) -> str | None:
    """What the page says that the derivative along an edge is."""
    above, below = (page["nodes"][edge[end]]["partial"] for end in ("to", "from"))
    return f"{above}/{below}{edge['slope']}" if "slope" in edge else None


@pytest.mark.parametrize("make", [Value, lambda x: Tensor(x, requires_grad=True)])
def test_only_a_constant_is_a_number_in_a_formula(make: Any) -> None:
    """What has no name and could have a gradient gets a name, in each picture the same."""
    x, y = make(3.0), make(4.0)
    root = x * y + x**2
    description = describe(root)
    assert [item.step for item in description.nodes if not item.op] == ["x1", "x2"]
    assert description.nodes[-1].written == "f = x1·x2 + x1²"
    assert [edge.written for edge in description.edges if edge.source == 0] == ["x2", "2·x1"]
    page = captions(description.as_json())
    assert {node["title"] for node in page["nodes"]} >= {"x1", "x2"}
    assert page["title"] == "f = x1·x2 + x1² = 21"
    assert "<B>x1</B>" in draw(root).source
    assert "∂f/∂x1 = 10" in str(explain(root, x))


@each("number", [2, -1, 0, 1, 3, np.int8(2), np.array(3)])
@each(
    "function",
    [
        lambda x, n: x * n,
        lambda x, n: x / n,
        lambda x, n: n - x,
        lambda x, n: x**n,
        lambda x, n: np.maximum(x, n),
        lambda x, n: np.clip(x, n, 9),
    ],
)
@np.errstate(all="ignore")
def test_an_integer_is_a_constant_like_any_other(function: Any, number: Any) -> None:
    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    items, floats = (describe(function(x, n)).nodes for n in (number, float(number)))
    assert [item.step for item in items if item.step] == ["x", "f"]
    assert items[-1].written == floats[-1].written


def test_so_is_a_complex_number() -> None:
    z = Tensor([1.0 + 2j], requires_grad=True, name="z")
    items = describe(np.abs(z * 2j)).nodes
    assert [item.step for item in items if item.step] == ["z", "s", "f"]
    assert items[-2].written == "s = 2j·z"


def test_no_title_has_the_letters_of_a_rule() -> None:
    """Several calls of one layer, on what is not x, beside a variable that is."""
    layer, x = nn.Layer(3, 3, "tanh", rng=0), Tensor(np.ones((2, 3)), name="x")
    hidden = layer(layer(layer(x * 2.0)))
    hidden[0] = x[1] * layer.bias
    names = {"layer": layer}
    page = captions(describe(hidden.sum(), names=names).as_json())
    titles = [node["title"] for node in page["nodes"]]
    for text in (*titles, draw(hidden.sum(), names=names).source):
        assert "Wᵀ" not in text
        assert "t[" not in text
    sums = [title for title in titles if "@" in title]
    assert len(set(sums)) == 3
    assert all("@ weightᵀ + bias" in title for title in sums)


@given(
    st.lists(st.sampled_from(["tanh", "+", "*", "exp", "-"]), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
def test_a_derivative_is_the_whole_unless_it_is_said_not_to_be(
    operations: list[str], random: Random
) -> None:
    things = [named(0.5, "x"), named(-0.25, "y")]
    for operation in operations:
        x, y = random.choice(things[-3:]), random.choice(things[-3:])
        one = {"tanh": Value.tanh, "exp": Value.exp}.get(operation)
        things.append(one(x) if one else {"+": x + y, "*": x * y, "-": x - y}[operation])
        things[-1].name = f"v{len(things)}" if random.random() < 0.5 else None
    root = things[-1]
    data = describe(root).as_json()
    values = sorted(reached(root), key=attrgetter("_number"))
    for edge, page in zip(data["edges"], captions(data)["edges"]):
        target, source = values[edge["to"]], values[edge["from"]]
        i = sorted(reached(target), key=attrgetter("_number")).index(source)
        whole = describe(target).nodes[i].gradient
        if "one of its ways" not in page.get("slope", ""):
            assert edge["factor"]["data"][0] == pytest.approx(float(whole))
    for leaf in set(things[:2]) & set(values):
        text = str(explain(root, leaf))
        for number in re.findall(rf"∂f/∂{leaf.name} = (?:.* = )?(\S+)$", text, re.MULTILINE):
            assert float(number.replace("−", "-")) == pytest.approx(
                float(describe(root).nodes[values.index(leaf)].gradient), rel=1e-4, abs=1e-6
            )


def test_the_way_that_a_derivative_is_of_may_be_one_of_several_through_other_steps() -> None:
    x = named(2.5, "x")
    f = x.sin() * x**2
    assert "∂f/∂x = 2·z·x = 2.99236   in one of its ways, directly\n" in str(explain(f, x))
    page = captions(describe(x.tanh() * x).as_json())
    assert [slope(page, edge) for edge in page["edges"][:-1]] == [
        "∂z/∂x = 1 − tanh(x)²",
        "∂f/∂z = x",
        "∂f/∂x, in one of its ways = z",
    ]


def test_what_is_written_again_is_called_the_same_again() -> None:
    w = Tensor(np.arange(5.0), requires_grad=True, name="w")
    names = [node["name"] for node in captions(describe(w[3] * w[3]).as_json())["nodes"]]
    assert names == ["w", "w[3]", "w[3]#2", "f"]
    source = draw(w[3] * np.tanh(w[3])).source
    assert "<B>w[3&#93;</B>" in source
    assert "indexing" not in source
