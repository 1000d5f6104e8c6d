// Where everything stands: a layered layout, each unfolded module call laid out within its own box.
//
// The parts of a box stand in layers, each below (or right of) what it is computed from; a few sweeps
// put each near what it is connected to; long links get a place in every layer that they cross. A link
// that leaves its box does so by a port on the border, so that no link crosses a box it has no part in.
// All of it takes time linear in what is drawn, but for sorting.

const SPACE = {
  pad: 14,
  header: 26,
  beside: 18,
  lane: 10,
  rank: [38, 112],
  longest: 60,
  many: 1000,
};

/**
 * Give every item and box its centre x, y and size w, h, and every link its points.
 * Items come with w and h; the layers go down, or to the right where `sideways`.
 */
function layOut(top, sideways) {
  prepare(top, 0, sideways);
  for (const link of top.links) link.hops = hopsOf(link);
  arrange(top, sideways);
  place(top, 0, 0, sideways);
  fanOut(top.links, sideways);
  for (const link of top.links) {
    link.points = pointsOf(link, sideways);
    link.extent = extentOf(link.points);
  }
}

/** Depth runs along the layers' direction, breadth across it: no other function here knows x from y. */
function prepare(box, level, sideways) {
  Object.assign(box, { level, hops: [], ports: new Map() });
  for (const child of box.children) {
    child.box = box;
    if (child.children) prepare(child, level + 1, sideways);
    else {
      Object.assign(child, {
        level: level + 1,
        order: child.nodes.at(-1).id,
        shift: 0,
        isLeaf: child.nodes.at(-1).edges.length === 0,
      });
      [child.depth, child.breadth] = sideways ? [child.w, child.h] : [child.h, child.w];
    }
    box.order = Math.max(box.order ?? 0, child.order);
  }
}

/** A link as hops, each between two parts of one box: out of its boxes, across, and in. */
function hopsOf({ from, to }) {
  const [rising, falling] = [[], []];
  let [a, b, out, into] = [from, to, null, null];
  while (a.box !== b.box) {
    if (a.level >= b.level) {
      const port = portOf(a.box, from, Infinity);
      rising.push({ box: a.box, from: a, out, to: port, into: null });
      [a, out] = [a.box, port];
    } else {
      const port = portOf(b.box, from, -1);
      falling.unshift({ box: b.box, from: port, out: null, to: b, into });
      [b, into] = [b.box, port];
    }
  }
  const hops = [...rising, { box: a.box, from: a, out, to: b, into }, ...falling];
  for (const hop of hops) hop.box.hops.push(hop);
  return hops;
}

/** Where links from `source` cross the border of `box`; all of them cross there. */
function portOf(box, source, order) {
  const known = box.ports.get(source);
  if (known) return known;
  const port = { order, depth: 0, breadth: SPACE.lane, shift: 0, isPort: true };
  box.ports.set(source, port);
  return port;
}

/** Lay out what is in a box, its inner boxes first, and measure it. */
function arrange(box, sideways) {
  for (const child of box.children) if (child.children) arrange(child, sideways);
  const cells = [...box.children, ...box.ports.values()].sort((a, b) => a.order - b.order);
  for (const cell of cells)
    Object.assign(cell, { rank: 0, above: [], below: [], isEntry: cell.isPort && cell.order < 0 });
  const hops = box.hops.filter((hop) => hop.from.order < hop.to.order);
  rankCells(cells, hops);
  const layers = [];
  for (const cell of cells) (layers[cell.rank] ??= []).push(cell);
  for (let r = 0; r < layers.length; r++) layers[r] ??= [];
  thread(hops, layers);
  for (const layer of layers) pack(layer);
  const sweeps = cells.length > SPACE.many ? 2 : 8;
  for (let i = 0; i < sweeps; i++) sortLayers(layers, i % 2 === 0);
  for (let i = 0; i < sweeps; i++) alignLayers(layers, i % 2 === 0);
  alignLayers(layers, true, ["above", "below"]);
  measure(box, layers, sideways);
}

/** The longest way to each cell; what begins here stands close to what first uses it. */
function rankCells(cells, hops) {
  const [inner, entries] = [
    cells.filter((cell) => !cell.isPort),
    cells.filter((cell) => cell.isEntry),
  ];
  const after = new Map(cells.map((cell) => [cell, []]));
  const fed = new Set();
  for (const { from, to } of hops) {
    after.get(from).push(to);
    fed.add(to);
  }
  const first = entries.length ? 1 : 0;
  for (const cell of inner) cell.rank = first;
  for (const cell of inner)
    for (const next of after.get(cell)) next.rank = Math.max(next.rank, cell.rank + 1);
  const last = inner.reduce((most, cell) => Math.max(most, cell.rank), 0);
  for (const cell of cells) if (cell.isPort && !cell.isEntry) cell.rank = last + 1;
  for (const cell of inner) {
    if (fed.has(cell) || !after.get(cell).length) continue;
    cell.rank = after.get(cell).reduce((least, next) => Math.min(least, next.rank), Infinity) - 1;
  }
}

/** Tie each hop's ends, by way of a lane through every layer between; hops of one source share lanes. */
function thread(hops, layers) {
  const lanes = new Map();
  for (const hop of hops) {
    const source = hop.out ?? hop.from;
    if (!lanes.has(source)) lanes.set(source, []);
    const lane = lanes.get(source);
    const span = Math.min(hop.to.rank - hop.from.rank - 1, SPACE.longest);
    while (lane.length < span) {
      const dummy = {
        rank: hop.from.rank + lane.length + 1,
        depth: 0,
        breadth: SPACE.lane,
        above: [],
        below: [],
        isLane: true,
      };
      layers[dummy.rank].push(dummy);
      tie(lane.at(-1) ?? hop.from, lane.length ? null : hop.out, dummy, null);
      lane.push(dummy);
    }
    hop.lane = lane.slice(0, span);
    tie(hop.lane.at(-1) ?? hop.from, hop.lane.length ? null : hop.out, hop.to, hop.into);
  }
}

/**
 * Two cells that want to stand in line; those that are boxes, with their ports in line. What the graph
 * begins with pulls less, so that the operations stand in a line and the parameters beside it.
 */
function tie(upper, out, lower, into) {
  const offset = portOffset(upper, out) - portOffset(lower, into);
  const pull = upper.isLeaf ? 0.001 : 1;
  upper.below.push({ cell: lower, pull, offset: -offset });
  lower.above.push({ cell: upper, pull, offset });
}

const portOffset = (cell, port) => (port ? port.at + cell.shift : 0);

/** Side by side in their order, centred. */
function pack(layer) {
  let at = 0;
  for (const cell of layer) {
    cell.at = at + cell.breadth / 2;
    at += cell.breadth + SPACE.beside;
  }
  for (const cell of layer) cell.at -= at / 2;
}

/** Where a cell's neighbours on these sides would like it to be. */
function wish(cell, sides) {
  let [total, pulls] = [0, 0];
  for (const side of sides) {
    for (const { cell: other, pull, offset } of cell[side]) {
      total += pull * (other.at + offset);
      pulls += pull;
    }
  }
  return pulls ? total / pulls : cell.at;
}

function sortLayers(layers, isDown) {
  for (const layer of isDown ? layers : layers.toReversed()) {
    for (const cell of layer) cell.wish = wish(cell, [isDown ? "above" : "below"]);
    layer.sort((a, b) => a.wish - b.wish);
    pack(layer);
  }
}

function alignLayers(layers, isDown, sides = [isDown ? "above" : "below"]) {
  for (const layer of isDown ? layers : layers.toReversed()) align(layer, sides);
}

/**
 * Move a layer's cells as near to their wishes as their order and sizes allow, by least squares:
 * isotonic regression, by pooling neighbours that would overlap.
 */
function align(layer, sides) {
  const pools = [];
  let offset = 0;
  layer.forEach((cell, i) => {
    const before = layer[i - 1];
    if (before)
      offset +=
        (before.breadth + cell.breadth) / 2 + (before.isLane && cell.isLane ? 4 : SPACE.beside);
    cell.offset = offset;
    const weight = cell.isLane ? 4 : cell.isLeaf ? 0.05 : 1;
    let pool = { at: wish(cell, sides) - offset, weight, cells: [cell] };
    while (pools.length && pools.at(-1).at > pool.at) {
      const left = pools.pop();
      const total = left.weight + pool.weight;
      for (const member of pool.cells) left.cells.push(member);
      pool = {
        at: (left.at * left.weight + pool.at * pool.weight) / total,
        weight: total,
        cells: left.cells,
      };
    }
    pools.push(pool);
  });
  for (const pool of pools) for (const cell of pool.cells) cell.at = pool.at + cell.offset;
}

/** The box's own size, and where in it each layer begins; what is in it is centred around 0. */
function measure(box, layers, sideways) {
  const header = box.group ? SPACE.header : 0;
  let [low, high, along] = [Infinity, -Infinity, SPACE.pad + (sideways ? 0 : header)];
  box.layers = layers;
  box.starts = layers.map((layer, r) => {
    const isBorder = layer.some((cell) => cell.isPort);
    const depth = layer.reduce((most, cell) => Math.max(most, cell.depth), 0);
    for (const cell of layer) {
      low = Math.min(low, cell.at - cell.breadth / 2);
      high = Math.max(high, cell.at + cell.breadth / 2);
    }
    if (isBorder && r === 0) return [0, 0];
    const gap =
      r === 0 || layers[r - 1].some((cell) => cell.isEntry) ? 0 : SPACE.rank[Number(sideways)];
    const start = isBorder ? along + SPACE.pad : along + gap;
    along = isBorder ? along : start + depth;
    return [start, depth];
  });
  for (const layer of layers) for (const cell of layer) cell.at -= (low + high) / 2;
  const least = sideways ? 0 : box.group ? box.headerWidth : 0;
  box.breadth = Math.max(high - low + 2 * SPACE.pad, least) + (sideways ? header : 0);
  box.depth = Math.max(along + SPACE.pad, sideways && box.group ? box.headerWidth : 0);
  box.shift = sideways ? header / 2 : 0;
}

/** From positions within each box to positions in the picture. */
function place(box, start, centre, sideways) {
  const middle = start + box.depth / 2;
  [box.x, box.y] = sideways ? [middle, centre] : [centre, middle];
  [box.w, box.h] = sideways ? [box.depth, box.breadth] : [box.breadth, box.depth];
  box.layers.forEach((layer, r) => {
    const [begin, depth] = box.starts[r];
    for (const cell of layer) {
      cell.across = centre + box.shift + cell.at;
      cell.along = [start + begin, start + begin + depth];
      // What the graph begins with stands at the end of its layer, near what uses it.
      const own = start + begin + (depth - cell.depth) * (cell.isLeaf ? 1 : 0.5);
      if (cell.children) place(cell, own, cell.across, sideways);
      else if (cell.nodes) {
        cell.ends = [own, own + cell.depth];
        [cell.x, cell.y] = sideways
          ? [own + cell.depth / 2, cell.across]
          : [cell.across, own + cell.depth / 2];
      }
    }
  });
}

/** Links that meet at an item touch it side by side, in the order in which they come. */
function fanOut(links, sideways) {
  for (const [end, first] of [
    ["to", false],
    ["from", true],
  ]) {
    const meeting = Map.groupBy(links, (link) => link[end]);
    for (const [item, group] of meeting) {
      const other = (link) => wayOf(link).at(first ? 0 : -1) ?? link[first ? "to" : "from"];
      const next = new Map(group.map((link) => [link, other(link)]));
      group.sort((a, b) => next.get(a).across - next.get(b).across);
      const step = Math.min(sideways ? 8 : 16, (item.breadth * 0.7) / group.length);
      group.forEach(
        (link, i) => (link[`${end}At`] = item.across + (i - (group.length - 1) / 2) * step),
      );
    }
  }
}

/** The lanes and ports that a link passes. */
function wayOf(link) {
  return link.hops.flatMap((hop) => {
    const port = hop.to.isPort ? hop.to : hop.into;
    return [...(hop.lane ?? []), ...(port ? [port] : [])];
  });
}

/** Straight from the item to the end of its layer, through lanes and ports, and straight to the other. */
function pointsOf(link, sideways) {
  const { from, to, fromAt, toAt } = link;
  const way = wayOf(link).flatMap((cell) => cell.along.map((along) => [cell.across, along]));
  const start = [from.ends[1], from.along[1]].map((along) => [fromAt, along]);
  const end = [to.along[0], to.ends[0]].map((along) => [toAt, along]);
  const points = [...start, ...way, ...end];
  return sideways ? points.map(([across, along]) => [along, across]) : points;
}

/** The centre and the size of the rectangle around some points. */
function extentOf(points) {
  const ranges = [0, 1]
    .map((axis) => points.map((point) => point[axis]))
    .map((xs) => [Math.min(...xs), Math.max(...xs)]);
  return [
    ...ranges.map(([low, high]) => (low + high) / 2),
    ...ranges.map(([low, high]) => high - low),
  ];
}
