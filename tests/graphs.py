"""Graphs to draw: of Tensors, of Values, of module calls, and long ones."""

from random import Random
from typing import Any

from autograd import Tensor, Value, relu
from autograd.draw import describe

Json = dict[str, Any]


def two_three_one() -> Tensor:
    x, t = Tensor([1.0, 2.0], name="x"), Tensor([3.0], name="t")
    W = Tensor([[1.0, 2.0], [-3.0, 4.0], [1.0, -1.0]], requires_grad=True, name="W")
    b = Tensor([1.0, 2.0, 0.0], requires_grad=True, name="b")
    Wout = Tensor([[1.0, 2.0, 3.0]], requires_grad=True, name="Wout")
    bout = Tensor([1.0], requires_grad=True, name="bout")
    s = W @ x + b
    z = relu(s)
    y = Wout @ z + bout
    loss = (0.5 * (y - t) ** 2).sum()
    s.name, z.name, y.name, loss.name = "s", "z", "y", "loss"
    return loss


def named(data: float, name: str) -> Value:
    value = Value(data)
    value.name = name
    return value


def polynomial() -> Value:
    """x³ + 2x² at 3, whose gradient is the sum of several messages: 27 + 12."""
    x = named(3.0, "x")
    square = x * x
    root = square * x + square * named(2.0, "two")
    root.name = "p"
    return root


def place(data: Json, name: str) -> int:
    return next(i for i, node in enumerate(data["nodes"]) if node["name"] == name)


def constant(number: float) -> Json:
    return {"shape": [], "data": [number]}


def modules(layers: int, neurons: int) -> Json:
    """A graph of module calls: in each layer so many neurons, of a weight, a product and a tanh."""
    groups: list[Json] = [{"name": "model", "type": "MLP", "parent": None}]
    nodes: list[Json] = []
    edges: list[Json] = []

    def add(role: str, name: str, group: int | None, *parents: int) -> int:
        known = {"value": constant(float(len(nodes))), "gradient": constant(float(-len(nodes)))}
        known |= {"formula": None, "line": None, "shape": None, "dtype": None}
        op = "f" if parents else None
        into = list(range(len(edges), len(edges) + len(parents)))
        nodes.append({"role": role, "name": name, "op": op, "group": group, "edges": into, **known})
        for parent in parents:
            edge = {"from": parent, "to": len(nodes) - 1, "argument": "x", "local": "1 − tanh(x)²"}
            edges.append({**edge, "factor": constant(2.0), "message": constant(1.0)})
        return len(nodes) - 1

    below = [add("input", f"x{i}", None) for i in range(2)]
    for i in range(layers):
        groups.append({"name": f"layers.{i}", "type": "Layer", "parent": 0})
        layer, above = len(groups) - 1, []
        for j in range(neurons):
            groups.append({"name": f"layers.{i}.{j}", "type": "Neuron", "parent": layer})
            weight = add("parameter", f"w{i}{j}", len(groups) - 1)
            product = add("operation", f"p{i}{j}", len(groups) - 1, weight, *below)
            above.append(add("operation", f"t{i}{j}", len(groups) - 1, product))
        below = above
    root = add("output", "out", None, *below)
    backward = [e for node in reversed(nodes) for e in node["edges"]]
    return {"nodes": nodes, "edges": edges, "groups": groups, "root": root, "backward": backward}


def chain(length: int) -> Json:
    """x, then so many operations, each of the one before and of one further back."""
    x = named(1.0, "x")
    values = [x]
    for i in range(length - 1):
        values.append(values[-1] + values[max(0, i - 20)] if i % 3 == 0 else -values[-1])
    return describe(values[-1]).as_json()


def tangled(random: Random) -> Json:
    """Any graph, in which module calls may also overlap in ways that no program makes."""
    depth = random.randrange(7)
    groups = [
        {"name": f"m{i}", "type": "M", "parent": random.choice([None, *range(i)])}
        for i in range(depth)
    ]
    some = [None, constant(1.0), {"shape": [2, 3], "data": [1.0, -2.0, 3.0, "nan", "inf", 0.0]}]
    nodes: list[Json] = []
    edges: list[Json] = []
    for i in range(random.randrange(1, 60)):
        into = []
        for _ in range(random.choice([0, 1, 1, 2, 3]) if i else 0):
            into.append(len(edges))
            edge = {"from": random.randrange(i), "to": i, "argument": "x", "local": None}
            edges.append({**edge, "factor": None, "message": random.choice(some)})
        node = {"role": "operation" if into else random.choice(["input", "parameter", "constant"])}
        node |= {"name": random.choice([None, f"v{i}", "a name that is a long one"]), "edges": into}
        node |= {"op": "f" if into else None, "formula": None, "line": None, "dtype": None}
        node |= {"shape": random.choice([None, [], [2, 3]]), "value": random.choice(some)}
        node |= {"gradient": constant(1.0), "group": random.choice([None, *range(depth)])}
        nodes.append(node)
    backward = [e for e in reversed(range(len(edges))) if edges[e]["message"]]
    root = len(nodes) - 1
    return {"nodes": nodes, "edges": edges, "groups": groups, "root": root, "backward": backward}
