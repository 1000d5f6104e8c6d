// Where everything stands: in rows, each below what it is computed from.
//
// A link has a lane in every row that it passes. What stands side by side, boxes, lanes and frames,
// keeps its order; each comes as near to the mean of its neighbours as the others let it.

const [ROW, GAP, HEAD, PAD, BESIDE, STEP, ASIDE] = [42, 42, 24, 10, 16, 100, 200];
const [LANES, MOVES] = [100000, 60000]; // at most, and about so many

/** Give each box and frame its x (centre), y (top), w and h, and each link its points. */
function layOut(boxes, links, frames) {
  rank(boxes, links);
  for (const frame of frames) Object.assign(frame, { top: Infinity, bottom: 0, children: [] });
  for (const box of boxes) {
    for (const frame of around(box)) {
      frame.top = Math.min(frame.top, box.rank);
      frame.bottom = Math.max(frame.bottom, box.rank);
    }
  }
  for (const link of links) thread(link, LANES / links.length);
  const lanes = boxes.flatMap((box) => Object.values(box.lanes));
  const cells = [...boxes, ...lanes].sort((a, b) => a.rank - b.rank);
  const all = { children: [], top: 0, bottom: cells.at(-1).rank };
  for (const part of [...frames, ...cells]) (part.group ?? all).children.push(part);
  for (let i = Math.max(4, Math.min(200, MOVES / cells.length)); i > 0; i--) sweep(all, cells, i);
  measure(all, cells, frames);
  for (const arriving of Map.groupBy(links, ({ to }) => to).values()) {
    arriving.sort((a, b) => a.way.at(-2).x - b.way.at(-2).x);
    arriving.forEach((link, i) => (link.points = pointsOf(link, (i + 1) / (arriving.length + 1))));
  }
  return all;
}

/** The longest way to each box; what is given stands just above what first uses it. */
function rank(boxes, links) {
  for (const box of boxes) cell(box, 0);
  const fed = new Set(links.map(({ to }) => to));
  const isOwn = ({ from, to }) => to.group && from.group === to.group && !fed.has(from);
  const led = new Set(links.filter(isOwn).map(({ to }) => to)); // by a parameter in their frame
  for (const link of links) link.span = led.has(link.to) && !isOwn(link) ? 2 : 1;
  for (let round = 0; round < 30; round++) {
    for (const { from, to, span } of links) to.rank = Math.max(to.rank, from.rank + span);
  }
  for (const { from, to, span } of links.toSorted((a, b) => b.to.rank - a.to.rank)) {
    if (!fed.has(from)) Object.assign(from, { rank: to.rank - span, isGiven: true });
  }
}

/** A box or lane as the layout needs it. */
function cell(part, rank) {
  const ends = { above: [], below: [], near: [], lanes: {}, isGiven: false };
  return Object.assign(part, ends, { rank, x: 0, children: null, heads: 0, feet: 0 });
}

/** Tie the ends of a link, by way of its lanes, which other links from there share. */
function thread(link, longest) {
  const { from, to } = link;
  link.way = [from];
  for (let row = from.rank + 1; row < Math.min(to.rank, from.rank + longest); row++) {
    const group = frameAt(link, row);
    tie(link, (from.lanes[`${row} ${group?.id}`] ??= cell({ group, w: 2 }, row)));
  }
  tie(link, to);
}

function tie({ way }, lower) {
  const upper = way.at(-1);
  way.push(lower);
  if (upper.below.includes(lower)) return;
  upper.below.push(lower);
  upper.near.push(lower);
  if (upper.isGiven) return;
  lower.above.push(upper);
  lower.near.push(upper);
}

/** The innermost frame, at a row, of those around one end of a link but not around the other. */
function frameAt({ from, to }, row) {
  const at = (box) => around(box).find(({ top, bottom }) => top <= row && row <= bottom);
  return around(from).includes(at(to)) ? at(from) : at(to);
}

/** Move each part towards its neighbours: those above, those below, and at last both. */
function sweep(all, cells, i) {
  const isDown = i % 2 < 1;
  for (const cell of isDown ? cells : cells.toReversed()) {
    const near = i < 9 ? cell.near : isDown ? cell.above : cell.below;
    if (!near.length || cell.isGiven) continue;
    cell.x += clamp((mean(near) - cell.x) / 2, STEP);
  }
  // What is given stands aside, not far away, so that operations may stand in a line.
  for (const cell of cells.filter(({ isGiven }) => isGiven)) {
    const gap = mean(cell.below) - cell.x;
    cell.x += gap - clamp(0.95 * gap, ASIDE);
  }
  settle(all);
  for (const cell of cells) [cell.wanted, cell.x] = [cell.x, 0];
  // From the left and from the right: the mean of the two keeps every distance.
  for (const side of [1, -1]) pack(all, rows(all, -Infinity), side);
}

const rows = ({ bottom }, start) => new Array(bottom + 1).fill(start);

const mean = (parts) => parts.reduce((sum, { x }) => sum + x, 0) / parts.length;
const clamp = (x, most) => Math.max(-most, Math.min(most, x));

/** Sort what is in a frame by where it wants to be. */
function settle(frame) {
  const { children } = frame;
  for (const child of children) if (child.children) settle(child);
  children.sort((a, b) => a.x - b.x);
  frame.x = mean(children);
}

/** Place a part where it wants to be, or at least beyond what fills its rows; for −1, to the left. */
function pack(part, filled, side) {
  const { children, top, bottom, rank } = part;
  if (!children) {
    const half = (part.w + BESIDE) / 2;
    const x = Math.max(side * part.wanted, filled[rank] + half);
    filled[rank] = x + half;
    part.x += (side * x) / 2;
    return;
  }
  const level = () =>
    filled.fill(Math.max(...filled.slice(top, bottom + 1)) + PAD, top, bottom + 1);
  level();
  for (const child of side > 0 ? children : children.toReversed()) pack(child, filled, side);
  level();
}

/** From rows to coordinates: between two rows is room for the frames that begin and end there. */
function measure(all, cells, frames) {
  const [heads, feet] = [rows(all, 0), rows(all, 0)];
  for (const cell of cells) {
    const { x, w, rank } = cell;
    Object.assign(cell, { left: x - w / 2, right: x + w / 2, top: rank, bottom: rank });
  }
  surround(all, heads, feet);
  all.h = 0;
  const tops = heads.map((head, row) => {
    const top = all.h + head * HEAD;
    all.h = top + ROW + feet[row] * PAD + GAP;
    return top;
  });
  all.h -= GAP;
  for (const part of [...cells, ...frames]) {
    part.x = (part.left + part.right) / 2 - all.left;
    part.y = tops[part.top] - part.heads * HEAD;
    part.h = tops[part.bottom] + ROW + part.feet * PAD - part.y;
  }
}

/** How far a frame reaches to the sides, and how many begin and end with it in its rows. */
function surround(frame, heads, feet) {
  const { children, top, bottom } = frame;
  for (const child of children) if (child.children) surround(child, heads, feet);
  const most = (size) => Math.max(...children.map(size));
  frame.left = -most(({ left }) => -left) - PAD;
  frame.right = most(({ right }) => right) + PAD;
  frame.w = frame.right - frame.left;
  frame.heads = 1 + most((child) => (child.top === top ? child.heads : 0));
  frame.feet = 1 + most((child) => (child.bottom === bottom ? child.feet : 0));
  heads[top] = Math.max(heads[top], frame.heads);
  feet[bottom] = Math.max(feet[bottom], frame.feet);
}

/** From box to box: straight through the rows on the way, and arriving side by side. */
function pointsOf({ from, to, way }, place) {
  const through = way.slice(1, -1).flatMap(({ x, y }) => [[x, y], [x, y + ROW]]);
  return [[from.x, from.y + ROW], ...through, [to.x + (place - 0.5) * to.w, to.y]];
}
