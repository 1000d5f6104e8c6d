// The graph that Python wrote into the page, with its references followed.

const at = (id) => document.getElementById(id);
const graph = JSON.parse(at("payload").textContent);
const { nodes, edges, groups, numbers, steps } = graph;

for (const thing of [...groups, ...nodes]) thing.around = thing.around.map((i) => groups[i]);
for (const edge of edges) {
  edge.from = nodes[edge.from];
  edge.to = nodes[edge.to]; // that of the seed leads nowhere
  edge.sum = numbers[edge.sum];
  edge.total = `∂ ${edge.sum?.text ?? "…"}`; // the gradient, once its message has arrived
  edge.title = `${edge.to?.name ?? "The seed"} → ${edge.from.name}`;
}
for (const node of nodes) {
  node.value = numbers[node.value];
  node.text = node.value?.text;
  node.messages = node.messages.map((i) => edges[i]);
}
for (const step of steps) {
  step.edge = edges[step.edge];
  step.node = nodes[step.node] ?? step.edge?.from;
  step.says ??= `${step.edge.title}: ${step.edge.text}`;
}
