"""Single neurons: a weighted sum of the inputs, a bias, and an activation.

A neuron computes f(w · x + b). Made of Values, it also knows how its output changes with each
weight and each input: one call of backward() fills in every gradient.
"""

from autograd import Value


def weighted_sum(inputs: list[Value], weights: list[Value], bias: Value) -> Value:
    total = bias
    for x, w in zip(inputs, weights):
        total = total + w * x
    return total


def show(title: str, inputs: list[float], weights: list[float], bias: float) -> None:
    total = weighted_sum([Value(x) for x in inputs], [Value(w) for w in weights], Value(bias))
    print(f"{title}: inputs {inputs}, weights {weights}, bias {bias}")
    print(f"  weighted sum {total.data:13.10f}")
    print(f"  ReLU         {total.relu().data:13.10f}    max(s, 0)")
    print(f"  sigmoid      {total.sigmoid().data:13.10f}    1 / (1 + exp(-s))")
    print(f"  tanh         {total.tanh().data:13.10f}")
    print()


show("Three inputs", [0.9, 0.6, 0.2], [0.6, 0.3, 0.1], 0.1)
show("A silent neuron", [2, 3], [0.5, -1], 1)
show("Two inputs", [1, 0.5], [0.8, -0.5], 0.1)
show("The same without its bias", [1, 0.5], [0.8, -0.5], 0)

print("Should I go running? It is sunny (0.8), I have time (0.6), and I slept well (0.9).")
names = ["sun", "time", "sleep"]
inputs = [Value(0.8), Value(0.6), Value(0.9)]
weights = [Value(0.5), Value(0.7), Value(0.3)]
bias = Value(0.1)
total = weighted_sum(inputs, weights, bias)
answer = total.sigmoid()
print(f"  weighted sum {total.data:.2f}, sigmoid {answer.data:.10f}: yes\n")

answer.backward()
print("How the answer changes, from one call of answer.backward():")
slope = answer.data * (1 - answer.data)
print(f"  with the sum: σ(s)(1 - σ(s)) = {total.grad:.6f} (by hand {slope:.6f})")
for name, x, w in zip(names, inputs, weights):
    print(f"  {name:5}  ∂/∂input = {total.grad:.6f} · {w.data} = {x.grad:.6f}", end="    ")
    print(f"∂/∂weight = {total.grad:.6f} · {x.data} = {w.grad:.6f}")
print(f"  bias   ∂/∂bias  = {bias.grad:.6f}")
