// The graph that Python wrote into the page; where a place in one of its lists stands, what is there.

const at = (id) => document.getElementById(id);
const graph = JSON.parse(at("payload").textContent);
const { nodes, edges, groups, numbers, steps } = graph;
const LISTS = {
  from: nodes,
  to: nodes,
  node: nodes,
  edge: edges,
  messages: edges,
  around: groups,
  folded: groups,
  value: numbers,
  sum: numbers,
};

for (const thing of [graph, nodes, edges, groups, steps].flat()) {
  for (const name in LISTS) {
    const place = thing[name];
    thing[name] = place?.map?.((i) => LISTS[name][i]) ?? LISTS[name][place];
  }
}
