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
  for (const name in thing) {
    const [list, place] = [LISTS[name], thing[name]];
    if (list) thing[name] = place.map?.((i) => list[i]) ?? list[place];
  }
}
