// The graph that Python wrote into the page: what is known of it at each step, and what is folded.

const graph = read(JSON.parse(document.getElementById("payload").textContent));

/** The payload with its references followed, and the steps in which the graph is told. */
function read({ nodes, edges, groups, root, backward, numbers, seed }) {
  const number = (i) => (i === null ? null : numbers[i]);
  nodes = nodes.map((node, id) => ({
    ...node,
    id,
    value: number(node.value),
    gradient: number(node.gradient),
    out: [],
    madeAt: 0,
  }));
  edges = edges.map((edge, id) => ({
    ...edge,
    id,
    from: nodes[edge.from],
    to: nodes[edge.to],
    factor: number(edge.factor),
    message: number(edge.message),
    sentAt: Infinity,
  }));
  groups = groups.map((group, id) => ({ ...group, id, group: group.parent, size: 0 }));
  for (const thing of [...nodes, ...groups]) thing.group = groups[thing.group] ?? null;
  for (const node of nodes) node.edges = node.edges.map((id) => edges[id]);
  for (const edge of edges) edge.from.out.push(edge);
  for (const node of nodes) node.group ??= adopter(node);
  for (const node of nodes) for (const group of around(node)) group.size += 1;
  const steps = stepsOf(
    nodes,
    backward.map((id) => edges[id]),
    nodes[root],
  );
  for (const node of nodes)
    node.messages = node.out
      .filter((edge) => edge.sentAt < Infinity)
      .sort((a, b) => a.sentAt - b.sentAt);
  return { nodes, edges, groups, steps, root: nodes[root], isSummed: seed === "ones" };
}

/** Every module call that `thing`, a node or a call, is within: the innermost first. */
function around(thing) {
  const found = [];
  for (let { group } = thing; group; group = group.group) found.push(group);
  return found;
}

/** The module call that alone uses a parameter or a constant: there it is shown, and folded away. */
function adopter(node) {
  if (node.edges.length || !node.out.length || node.role === "input") return null;
  const [first, ...others] = node.out.map((edge) => around(edge.to));
  return first.find((group) => others.every((groups) => groups.includes(group))) ?? null;
}

/** What happens, in order: each operation, the seed, each message; nodes and edges learn when. */
function stepsOf(nodes, sent, root) {
  const steps = [{ kind: "start" }];
  for (const node of nodes) {
    if (node.edges.length) node.madeAt = steps.push({ kind: "forward", node }) - 1;
  }
  if (!root.gradient) return steps;
  root.seededAt = steps.push({ kind: "seed", node: root }) - 1;
  for (const edge of sent)
    edge.sentAt = steps.push({ kind: "backward", edge, node: edge.from }) - 1;
  return steps;
}

/** A node's gradient after `step`: how many of its messages have arrived, and their sum so far. */
function gradientAt(node, step) {
  const all = node.seededAt ? [{ message: node.gradient, sentAt: node.seededAt }] : node.messages;
  const arrived = all.filter((edge) => edge.sentAt <= step);
  const isComplete = arrived.length === all.length && all.length > 0;
  const total = isComplete
    ? node.gradient
    : arrived.length
      ? sum(arrived.map((edge) => edge.message))
      : null;
  return { total, arrived: arrived.length, expected: all.length, isComplete };
}

// Names -----------------------------------------------------------------------------------------------

/** User's text as it is, but for what can't be seen or would reorder its surroundings, and short. */
function plain(text, longest = 32) {
  const shown = text
    .slice(0, 500)
    .replace(
      /[\p{C}\p{Zl}\p{Zp}]/gu,
      (c) => `\\u${c.codePointAt(0).toString(16).padStart(4, "0")}`,
    );
  return shown.length > longest ? `${shown.slice(0, longest - 1)}…` : shown;
}

/** What to call a node in a sentence. */
function nameOf(node) {
  if (node.name) return plain(node.name);
  if (node.op) return plain(node.op);
  return node.value?.data?.length === 1 ? format(node.value.data[0]) : node.role;
}

const groupName = (group) =>
  plain([...new Set([group.name, group.type])].filter(Boolean).join(" · ") || "module", 60);

/** A dotted name as it is within the module call around it: `weight` in layers.0, not layers.0.weight. */
function nameWithin(thing) {
  const path = `${thing.group?.name}.`;
  return thing.name?.startsWith(path) ? thing.name.slice(path.length) : thing.name;
}

// Folding ---------------------------------------------------------------------------------------------

/** The outermost folded module call around a node, or the node itself: what is seen of it. */
const seenAs = (node, folded) => around(node).findLast((group) => folded.has(group)) ?? node;

/**
 * Which calls to fold at first, so that about `most` things are to be seen: outer calls open first, and
 * those within one call open together, or some of them where there is little to be seen otherwise.
 */
function foldedAtFirst(most = 60) {
  const folded = new Set(graph.groups);
  let seen = new Set(graph.nodes.map((node) => seenAs(node, folded))).size;
  const contents = new Map(graph.groups.map((group) => [group, new Set()]));
  for (const node of graph.nodes) {
    const path = around(node);
    path.forEach((group, i) => contents.get(group).add(path[i - 1] ?? node));
  }
  const gain = (group) => contents.get(group).size - 1;
  const unfold = (group) => folded.delete(group) && (seen += gain(group));
  const outerFirst = graph.groups.toSorted((a, b) => around(a).length - around(b).length);
  for (const [outer, siblings] of Map.groupBy(outerFirst, (group) => group.group)) {
    if (folded.has(outer)) continue;
    const together = siblings.reduce((total, group) => total + gain(group), 0);
    if (seen + together <= most) siblings.forEach(unfold);
    for (const group of siblings.toSorted((a, b) => gain(a) - gain(b))) {
      if (folded.has(group) && seen < most / 2 && seen + gain(group) <= most) unfold(group);
    }
  }
  return folded;
}

/** What is to be seen: a box of items and boxes, and the links between items. */
function scene(folded) {
  const top = { children: [], items: [], links: [] };
  const boxes = new Map([[null, top]]);
  const boxOf = (group) => {
    if (!boxes.has(group)) {
      boxes.set(group, { group, children: [], order: 0 });
      boxOf(group.group).children.push(boxes.get(group));
    }
    return boxes.get(group);
  };
  const items = new Map();
  for (const node of graph.nodes) {
    const thing = seenAs(node, folded);
    if (!items.has(thing)) {
      items.set(thing, { thing, nodes: [] });
      const item = items.get(thing);
      boxOf(around(thing)[0] ?? null).children.push(item);
      top.items.push(item);
    }
    items.get(thing).nodes.push(node);
  }
  top.links = linksBetween((node) => items.get(seenAs(node, folded)));
  top.boxes = [...boxes.values()].filter((box) => box !== top);
  return top;
}

/** One link for each edge, but one for all edges between the same two where one of them is folded. */
function linksBetween(itemOf) {
  const links = new Map();
  for (const edge of graph.edges) {
    const [from, to] = [itemOf(edge.from), itemOf(edge.to)];
    if (from === to) continue;
    const isPlain = from.thing === edge.from && to.thing === edge.to;
    const key = isPlain ? edge : `${itemKey(from.thing)} ${itemKey(to.thing)}`;
    if (!links.has(key)) links.set(key, { from, to, edges: [] });
    links.get(key).edges.push(edge);
  }
  return [...links.values()];
}

const isGroup = (thing) => "size" in thing;
const itemKey = (thing) => (isGroup(thing) ? "g" : "n") + thing.id;

/** What of the picture a step is about. Steps in a row about the same are one stop for the keys. */
function stopKey(step, folded) {
  const { kind, node, edge } = graph.steps[step];
  if (kind === "start" || kind === "seed") return kind;
  const seen = seenAs(node, folded);
  if (kind === "forward") return itemKey(seen);
  const sender = seenAs(edge.to, folded);
  const isPlain = seen === edge.from && sender === edge.to;
  return isPlain ? `e${edge.id}` : `${itemKey(sender)} ${itemKey(seen)}`;
}

/** The last step of the next stop after `step`, or of the one before it. */
function stopAfter(step, direction, folded) {
  const last = graph.steps.length - 1;
  const same = (a, b) => stopKey(a, folded) === stopKey(b, folded);
  if (direction > 0) {
    if (step >= last) return last;
    step += 1;
    while (step < last && same(step, step + 1)) step += 1;
    return step;
  }
  while (step > 0 && same(step, step - 1)) step -= 1;
  return Math.max(step - 1, 0);
}
