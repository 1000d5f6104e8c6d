// The graph that Python wrote into the page, with its references followed.

const graph = JSON.parse(document.getElementById("payload").textContent);
const { nodes, edges, groups, numbers } = graph;

groups.forEach((group, i) =>
  Object.assign(group, { id: `g${i}`, role: "module", group: groups[group.group] }),
);
nodes.forEach((node, i) => {
  const { group, value } = node;
  Object.assign(node, { id: `n${i}`, group: groups[group], value: numbers[value] });
  Object.assign(node, { madeAt: 0, messages: [] });
});
for (const edge of edges) {
  const { from, to, sum } = edge; // the seed's edge leads nowhere
  Object.assign(edge, { from: nodes[from], to: nodes[to], sum: numbers[sum], sentAt: Infinity });
}

// At first nothing happens, then each operation, the seed, and each message; at last nothing again.
const forward = graph.forward.map((i) => ({ node: nodes[i] }));
const backward = graph.backward.map((i) => ({ node: edges[i].from, edge: edges[i] }));
const steps = [{}, ...forward, ...backward, {}];
for (const [at, { node, edge }] of steps.entries()) {
  if (edge) edge.sentAt = at;
  else if (node) node.madeAt = at;
  if (edge) node.messages.push(edge);
}

/** Every module call that a node or call is within, the innermost first. */
function around(thing) {
  const found = [];
  for (let { group } = thing; group; group = group.group) found.push(group);
  return found;
}
