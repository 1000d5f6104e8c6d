// Where everything stands: in rows, each below what it is computed from.
//
// A frame is a column of rows. In a row stand boxes, frames, and lanes, through which links pass.
// Which row, and in which order, is found here; sizes and places are what the style makes of it.

const [ROUNDS, LANE, LANES] = [4, 8, 30000]; // a lane's width, and at most how many there are
const all = { element: document.getElementById("sheet") };
const home = (part) => part.group ?? all;

/** Put the elements of frames and boxes into rows on the sheet, and give each link its points. */
function layOut(boxes, frames, links) {
  const parts = [...frames, ...boxes];
  for (const part of [all, ...parts]) cell(part, 100);
  for (const link of links) {
    link.ups = climb(link.from, link.to);
    link.downs = climb(link.to, link.from);
  }
  rank(links);
  for (const part of parts) {
    const { rows } = home(part);
    while (rows.length <= part.rank) rows.push([]);
    part.row = rows[part.rank];
    part.row.push(part);
  }
  const lanes = new Map();
  for (const link of links) thread(link, lanes);
  const within = [...frames.toReversed(), all]; // the inner ones first
  for (const frame of within) frame.w = Math.max(...frame.rows.map(widthOf));
  for (let i = 0; i < ROUNDS; i++) arrange(all, i % 2);
  for (const { element, rows } of within) element.append(...rows.map(rowElement));
  for (const row of within.flatMap(({ rows }) => rows)) {
    row.top = row.element.offsetTop;
    row.bottom = bottomOf(row);
  }
  for (const box of boxes) box.w = box.element.offsetWidth;
  for (const part of [...boxes, ...lanes.values()]) {
    part.x = part.element.offsetLeft + part.shift + part.w / 2;
  }
  for (const arriving of Map.groupBy(links, ({ to }) => to).values()) {
    arriving.sort((a, b) => a.way.at(-2).x - b.way.at(-2).x);
    arriving.forEach((link, i) => (link.points = pointsOf(link, (i + 1) / (arriving.length + 1))));
  }
}

/** A box, frame or lane as the layout needs it. */
const cell = (part, w) => Object.assign(part, { x: 0, w, shift: 0, rank: 0, near: [], rows: [] });

/** A part and the frames around it, the innermost first, that are not around the other. */
function climb(part, other) {
  const shared = around(other);
  return [part, ...around(part).filter((frame) => !shared.includes(frame))];
}

/** The longest way to each part of a frame; what is given stands just above what first uses it. */
function rank(links) {
  const pairs = links.map(({ ups, downs }) => [ups.at(-1), downs.at(-1)]);
  for (let i = 0; i < ROUNDS; i++) {
    for (const [upper, lower] of pairs) lower.rank = Math.max(lower.rank, upper.rank + 1);
  }
  const fed = new Set(pairs.map(([, lower]) => lower));
  for (const [upper, lower] of pairs.toSorted(([, a], [, b]) => b.rank - a.rank)) {
    if (!fed.has(upper)) upper.rank = lower.rank - 1;
  }
}

/** Lead a link through lanes, which other links from there share: down out of frames, and into some. */
function thread(link, lanes) {
  const { from, to, ups, downs } = link;
  link.way = [from];
  const tie = (lower) => {
    const upper = link.way.at(-1);
    for (const part of climb(upper, lower)) part.near.push(lower);
    for (const part of climb(lower, upper)) part.near.push(upper);
  };
  const pass = ({ group }, start, end) => {
    for (let row = start; row < end && lanes.size < LANES; row++) {
      const key = [from.id, group?.id, row].join();
      if (!lanes.has(key)) {
        const lane = cell({ group, isLane: true }, LANE);
        lanes.set(key, lane);
        lane.row = home(lane).rows[row];
        lane.row.push(lane);
        tie(lane);
      }
      link.way.push(lanes.get(key));
    }
  };
  for (const part of ups.slice(0, -1)) pass(part, part.rank + 1, home(part).rows.length);
  pass(ups.at(-1), ups.at(-1).rank + 1, downs.at(-1).rank);
  for (const part of downs.slice(0, -1).reverse()) pass(part, 0, part.rank);
  tie(to);
  link.way.push(to);
}

/** Sort the rows of a frame, down or up, by what their parts are tied to. */
function arrange({ rows, x }, isUp) {
  for (const row of isUp ? rows.toReversed() : rows) {
    for (const part of row) part.x = mean(part.near.map(({ x }) => x));
    row.sort((a, b) => a.x - b.x);
    let left = x - widthOf(row) / 2;
    for (const part of row) {
      part.x = left + part.w / 2;
      left += part.w;
      arrange(part, isUp);
    }
  }
}

const sum = (numbers) => numbers.reduce((total, x) => total + x, 0);
const mean = (numbers) => sum(numbers) / (numbers.length || 1);
const widthOf = (row) => sum(row.map(({ w }) => w));

/** A row with its parts, in which lanes side by side share an element: they may be many. */
function rowElement(row) {
  row.forEach((lane, i) => {
    if (!lane.isLane) return;
    const before = row[i - 1]?.isLane ? row[i - 1] : { element: make("div"), shift: -LANE };
    const shift = before.shift + LANE;
    Object.assign(lane, { element: before.element, shift });
    lane.element.style.width = `${shift + LANE}px`;
  });
  row.element = make("div.row", row.map(({ element }) => element));
  return row.element;
}

/** From box to box: straight through the rows on the way, and arriving side by side. */
function pointsOf({ from, to, way }, place) {
  const points = [[from.x, bottomOf(from)]];
  way.slice(1).forEach((lower, i) => {
    const x = lower === to ? to.x + (place - 0.5) * to.w : lower.x;
    points.push([way[i].x, rowOf(way[i], lower).bottom], [x, rowOf(lower, way[i]).top]);
  });
  return [...points, [points.at(-1)[0], to.element.offsetTop]];
}

/** The outermost row with a part in it but not the other. */
const rowOf = (part, other) => climb(part, other).at(-1).row;
const bottomOf = ({ element }) => element.offsetTop + element.offsetHeight;
