// Where everything stands: in rows, each below what it is computed from.
//
// A frame is a column of rows. In a row stand boxes, frames, and lanes, through which links pass.
// Which row, and in which order, is found here; sizes and places are what the style makes of it.

const LANE = 8; // its width
const all = { element: sheet };
const home = (part) => part.around[0] ?? all;

/** Put the elements of boxes and frames (the outer ones first) onto the sheet, and draw each link. */
function layOut(boxes, frames, links) {
  const parts = [...frames, ...boxes];
  for (const part of [all, ...parts]) cell(part, 100);
  rank(links);
  rank(links); // which only folded calls need
  for (const part of parts) {
    const { around, rank } = part;
    const { rows } = home(part);
    while (rows.length <= rank) rows.push({ around, parts: [], lanes: {} });
    part.row = rows[rank];
    part.row.parts.push(part);
  }
  let room = 3e4; // lanes passed at most, by all links: the others then go straight
  for (const link of links) room -= thread(link, room);
  const within = [...frames.toReversed(), all]; // the inner ones first
  for (const frame of within) frame.w = Math.max(...frame.rows.map(widthOf));
  arrange(all, true);
  arrange(all);
  for (const { element, rows } of within) element.append(...rows.map(rowElement).reverse());

  for (const { rows } of within) rows.forEach(measure);
  for (const arriving of Map.groupBy(links, ({ to }) => to).values()) {
    arriving.sort((a, b) => a.way.at(-2).x - b.way.at(-2).x);
    arriving.forEach((link, i) => route(link, (i + 1) / (arriving.length + 1) - 0.5));
  }
}

/** A box, frame or lane as the layout needs it. */
const cell = (part, w) => Object.assign(part, { x: 0, w, rank: 0, near: [], rows: [] });

/** A part and the frames around it, the innermost first, that are not around the other. */
const climb = (part, other) => [
  part,
  ...part.around.filter((frame) => !other.around.includes(frame)),
];

const outermost = (part, other) => climb(part, other).at(-1);

/** Count from below: the longest way from each part to the end of its frame. */
function rank(links) {
  for (const { from, to } of links.toReversed()) {
    const [upper, lower] = [outermost(from, to), outermost(to, from)];
    upper.rank = Math.max(upper.rank, lower.rank + 1);
  }
}

/** Lead a link down out of frames and into others, by lanes that other links from there share.
 *  Through so many at most; returns through how many. */
function thread(link, most) {
  const { from, to } = link;
  const [ups, downs] = [climb(from, to), climb(to, from)];
  const [upper, lower] = [ups.pop(), downs.pop()];
  const between = (part, start, end) => home(part).rows.slice(start, end).reverse();
  const passed = [
    ...ups.flatMap((part) => between(part, 0, part.rank)),
    ...between(upper, lower.rank + 1, upper.rank),
    ...downs.reverse().flatMap((part) => between(part, part.rank + 1)),
  ];
  link.way = [from];
  for (const row of passed.slice(0, most)) {
    let lane = row.lanes[from.id];
    if (!lane) {
      lane = row.lanes[from.id] = cell({ isLane: true, around: row.around, row }, LANE);
      row.parts.push(lane);
      tie(link.way.at(-1), lane);
    }
    link.way.push(lane);
  }
  tie(link.way.at(-1), to);
  return link.way.push(to) - 2;
}

function tie(upper, lower) {
  for (const part of climb(upper, lower)) part.near.push(lower);
  for (const part of climb(lower, upper)) part.near.push(upper);
}

/** Sort the rows of a frame, down or up, by what their parts are tied to. */
function arrange({ rows, x }, isDown) {
  for (const row of isDown ? rows.toReversed() : rows) {
    for (const part of row.parts) part.x = sum(part.near, "x") / (part.near.length || 1);
    row.parts.sort((a, b) => a.x - b.x);
    let left = x - widthOf(row) / 2;
    for (const part of row.parts) {
      part.x = left + part.w / 2;
      left += part.w;
      arrange(part, isDown);
    }
  }
}

const sum = (parts, size) => parts.reduce((total, part) => total + part[size], 0);
const widthOf = ({ parts }) => sum(parts, "w");

/** A row with its parts, in which lanes side by side share an element: they may be many. */
function rowElement(row) {
  let strip;
  for (const part of row.parts) {
    if (part.isLane) {
      part.element = strip ??= make("div", { w: 0 });
      part.shift = strip.w;
      strip.style.width = `${(strip.w += LANE)}px`;
    } else strip = null;
  }
  return (row.element = make("div.row", row.parts.map(({ element }) => element)));
}

/** Take from the style where a row is, and its parts: all before anything is drawn, for speed. */
function measure(row) {
  for (const part of [row, ...row.parts]) {
    const { element, isLane, shift = 0 } = part;
    if (!isLane) part.w = element.offsetWidth;
    part.x = element.offsetLeft + shift + part.w / 2;
    part.top = element.offsetTop;
    part.bottom = part.top + element.offsetHeight;
  }
}

/** Draw a link: straight through the rows on its way, smooth between them. */
function route(link, place) {
  const { from, to, way } = link;
  let d = `M${from.x} ${from.bottom}`;
  way.slice(1).forEach((lower, i) => {
    const upper = way[i];
    const x = lower === to ? to.x + place * to.w : lower.x;
    const [top, bottom] = [outermost(upper, lower).row.bottom, outermost(lower, upper).row.top];
    const middle = (top + bottom) / 2;
    d += `V${top}C${upper.x} ${middle} ${x} ${middle} ${x} ${bottom}`;
    link.middle = [(upper.x + x) / 2, middle]; // of its end, at last
  });
  link.line = `${d}V${to.top}`;
  point(link);
}

/** Give a link its arrowhead: at what is computed or, as the message goes, at what receives it. */
function point({ from, element, line }, isBack) {
  const head = isBack ? `M${from.x - 3} ${from.bottom + 6}l3-6l3 6` : "m-3-6l3 6l3-6";
  element.setAttribute("d", line + head);
}
