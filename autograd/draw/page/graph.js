// The graph that Python wrote into the page; where a place in one of its lists stands, what is there.
// Its steps, and what it says in more than one place, are put together here.

const at = (id) => document.getElementById(id);
const graph = JSON.parse(payload.textContent);
const { nodes, edges, groups, numbers } = graph;
const LISTS = {
  from: nodes,
  to: nodes,
  made: nodes,
  sent: edges,
  around: groups,
  folded: groups,
  value: numbers,
  sum: numbers,
};

for (const thing of [graph, nodes, edges, groups].flat()) {
  for (const name in thing) {
    const [list, place] = [LISTS[name], thing[name]];
    if (list) thing[name] = place.map?.((i) => list[i]) ?? list[place];
  }
}

const steps = [{ text: "Inputs and parameters." }];
for (const node of graph.made) {
  const text = `${node.about.split("\n")[0]} = ${node.value.text}`;
  node.made = steps.push({ node, text }) - 1;
}
for (const edge of graph.sent) {
  const { from, to, sum } = edge;
  edge.title = `${to?.name ?? "The seed"} → ${from.name}`;
  edge.total = `∂ ${sum.text}`;
  edge.sent = steps.push({ edge, node: from }) - 1;
  from.messages.push(edge);
}
steps.push({ text: "All values and gradients." });
