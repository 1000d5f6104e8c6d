// The picture: the scene as SVG, what of it is lit at a step, and how its parts look.
//
// Only what is in the window, and near it, has elements: thousands of nodes cost what one sees of them.

const ROW = 18;
const THUMB = { width: 44, height: 15 };
const CROWD = 200; // items above which arrays are not drawn small in them
const FAR = 0.3; // the scale below which items are outlines without text
const FONT = "13px system-ui, sans-serif";
const BOLD = `600 ${FONT}`;

const stage = document.getElementById("stage");
const callout = svg("g", { id: "callout", "aria-hidden": true });
const layers = {
  boxes: svg("g"),
  links: svg("g"),
  folds: svg("g"),
  items: svg("g"),
  callout,
};
const sheet = svg("g", { id: "sheet" }, ...Object.values(layers));
stage.append(sheet);

const picture = { scene: null, view: { x: 0, y: 0, scale: 1 }, sideways: null, isCrowded: false };

/** Lay out everything that is to be seen with these module calls folded. */
function drawPicture(folded) {
  const top = scene(folded);
  picture.isCrowded = top.items.length > CROWD;
  for (const item of top.items) size(item);
  for (const box of top.boxes) box.headerWidth = textWidth(labelOf(box.group)) + 60;
  picture.sideways ??= !picture.isCrowded && isBetterSideways(top);
  layOut(top, picture.sideways);
  const outer = top.boxes.toSorted((a, b) => a.level - b.level);
  layers.boxes.replaceChildren(...outer.map(boxElement));
  layers.folds.replaceChildren(...outer.map(foldElement));
  for (const name of ["links", "items", "callout"]) layers[name].replaceChildren();
  picture.scene = top;
  picture.itemOf = new Map(top.items.flatMap((item) => item.nodes.map((node) => [node, item])));
  picture.linkOf = new Map(top.links.flatMap((link) => link.edges.map((edge) => [edge, link])));
}

/** Whether the picture fills the window better from left to right than from top to bottom. */
function isBetterSideways(top) {
  const fit = [false, true].map((sideways) => {
    layOut(top, sideways);
    return Math.min(stage.clientWidth / top.w, stage.clientHeight / top.h);
  });
  return fit[1] > fit[0] * 1.1;
}

// Items -----------------------------------------------------------------------------------------------

const ruler = document.createElement("canvas").getContext("2d");
const widths = new Map();

function textWidth(text, font = FONT) {
  const key = font + text;
  if (!widths.has(key)) {
    ruler.font = font;
    widths.set(key, ruler.measureText(text).width);
  }
  return widths.get(key);
}

const labelOf = (group) => groupName({ name: nameWithin(group), type: group.type });

/** The title of an item, in its parts: what it is called, what made it, its shape. */
function titleOf(thing) {
  if (isGroup(thing)) return { name: labelOf(thing), op: "", shape: "" };
  const number = thing.edges.length === 0 && !thing.name ? nameOf(thing) : "";
  const name = thing.name ? plain(nameWithin(thing)) : number;
  const op = thing.op ? (name ? ` = ${plain(thing.op)}` : plain(thing.op)) : "";
  return { name, op, shape: thing.shape?.length ? shapeText(thing.shape) : "" };
}

function size(item) {
  const { thing } = item;
  item.title = titleOf(thing);
  const { name, op, shape } = item.title;
  const title = textWidth(name, BOLD) + textWidth(op) + (shape ? textWidth(shape) + 10 : 0) + 24;
  item.isNumber =
    !isGroup(thing) && !thing.name && !thing.edges.length && thing.value?.data?.length === 1;
  [item.left, item.right] = isGroup(thing)
    ? [64, 64]
    : [item.isNumber ? 0 : halfWidth(thing.value), gradientWidth(thing)];
  item.w = Math.ceil(Math.max(title, item.left + item.right + 30, 72));
  item.h = 2 * ROW + 4;
}

function halfWidth(array, font = FONT) {
  if (!array) return 12;
  const text = halfText(array);
  return text === null ? THUMB.width : textWidth(text, font);
}

/** Wide enough for the gradient at every step, so that nothing moves while it accumulates. */
function gradientWidth(node) {
  const whole = halfWidth(node.gradient, BOLD);
  const steps = node.gradient?.data?.length <= 3 ? node.messages.map((edge) => edge.sentAt) : [];
  const parts = steps.map((step) => textWidth(halfText(gradientAt(node, step).total) ?? ""));
  return Math.max(whole, ...parts) + textWidth("∂ ", BOLD);
}

/** What half of an item's second row says; null where a thumbnail says it better. */
function halfText(array) {
  return brief(array) ?? (picture.isCrowded ? "…" : null);
}

const OUTLINE = {
  input: (w, h) => `M0 0H${w - 10}L${w} 10V${h}H0ZM${w - 10} 0V10H${w}`,
  parameter: (w, h) => `M0 0H${w}V${h}H0ZM4 0V${h}`,
  constant: (w, h) => rounded(w, h, h / 2),
  operation: (w, h) => rounded(w, h, 8),
  output: (w, h) => rounded(w, h, 8) + rounded(w + 8, h + 8, 12, -4),
  group: (w, h) => `${rounded(w, h, 3)}M4 ${h}v4H${w + 4}V4h-4`,
};

const rounded = (w, h, r, at = 0) =>
  `M${at + r} ${at}h${w - 2 * r}a${r} ${r} 0 0 1 ${r} ${r}v${h - 2 * r}a${r} ${r} 0 0 1 ${-r} ${r}h${2 * r - w}a${r} ${r} 0 0 1 ${-r} ${-r}v${2 * r - h}a${r} ${r} 0 0 1 ${r} ${-r}z`;

/** An item's element: from afar its outline only. */
function itemElement(item) {
  const { thing, w, h } = item;
  const outline = svg("path", { class: "outline", d: OUTLINE[thing.role ?? "group"](w, h) });
  return svg(
    "g",
    {
      id: itemKey(thing),
      tabindex: item === page.current ? 0 : -1,
      role: "button",
      transform: placed(item),
      onclick: () => choose(thing),
      ondblclick: () => toggleFold(thing),
      onfocus: () => rove(item),
    },
    outline,
  );
}

/** Its text, and the places for what is known at a step. */
function writeItem(item) {
  const { w, right } = item;
  const { name, op, shape } = item.title;
  const isAlone = item.isNumber && !item.thing.gradient;
  const text = (className, x, ...parts) =>
    svg("text", { class: className, x, y: isAlone ? item.h / 2 + 5 : ROW - 3 }, ...parts);
  item.value = svg("g", { transform: `translate(12 ${ROW + 5})` });
  item.gradient = svg("g", {
    class: "gradient",
    transform: `translate(${w - 10 - right} ${ROW + 5})`,
  });
  const title = text("title", 12, svg("tspan", { class: "name" }, name), svg("tspan", op));
  item.element.append(
    title,
    text("shape", item.thing.role === "input" ? w - 14 : w - 10, shape),
    item.value,
    item.gradient,
  );
}

const placed = (part) =>
  `translate(${(part.x - part.w / 2).toFixed(1)} ${(part.y - part.h / 2).toFixed(1)})`;

const boxElement = (box) =>
  svg("rect.box", { width: box.w, height: box.h, rx: 6, transform: placed(box) });

/** The name of an unfolded module call, which folds it. */
function foldElement({ group, ...box }) {
  const label = svg("text.title", { x: 12, y: 18 }, `▾ ${labelOf(group)}`);
  const width = textWidth(label.textContent) + 20;
  const attributes = {
    id: `f${group.id}`,
    role: "button",
    tabindex: 0,
    transform: placed(box),
    "aria-label": `fold ${groupName(group)}`,
    onclick: () => toggleFold(group),
    onkeydown: (event) => event.key === "Enter" && toggleFold(group),
  };
  const handle = svg("rect.handle", { x: 2, y: 2, width, height: 22, rx: 5 });
  return svg("g.fold", attributes, handle, label);
}

/** A smooth line through the points, with an arrowhead; it leaves and arrives along the layers. */
function curve(points) {
  const along = picture.sideways ? 0 : 1;
  let d = `M${points[0].map(Math.round)}`;
  for (let i = 1; i < points.length; i++) {
    const [before, here] = [points[i - 1], points[i]];
    const middle = (before[along] + here[along]) / 2;
    const controls = [before, here].map((point) =>
      point.map((x, axis) => Math.round(axis === along ? middle : x)),
    );
    d +=
      before[1 - along] === here[1 - along]
        ? `L${here.map(Math.round)}`
        : `C${controls[0]} ${controls[1]} ${here.map(Math.round)}`;
  }
  const [x, y] = points.at(-1).map(Math.round);
  return (
    d +
    (along
      ? `M${x - 3} ${y - 6}L${x} ${y}L${x + 3} ${y - 6}`
      : `M${x - 6} ${y - 3}L${x} ${y}L${x - 6} ${y + 3}`)
  );
}

// Steps -----------------------------------------------------------------------------------------------

/** Draw what is in the window as it is at this step, and light up what happens in it. */
function showPicture() {
  const { kind, node, edge } = page.isFresh ? { kind: "start" } : graph.steps[page.step];
  const now = node ? picture.itemOf.get(node) : null;
  const lit = edge ? picture.linkOf.get(edge) : null;
  const isSeen = inWindow();
  for (const item of picture.scene.items) {
    if (
      keep(
        item,
        "items",
        isSeen(item.x, item.y, item.w, item.h) || item === page.current,
        itemElement,
      )
    )
      showItem(item, item === now ? kind : "");
  }
  for (const link of picture.scene.links) {
    const isFeeding =
      kind === "forward" && link.to === now && link.edges.some((each) => each.to === node);
    if (keep(link, "links", isSeen(...link.extent), linkElement))
      showLink(link, link === lit, isFeeding);
  }
  layers.callout.replaceChildren();
  if (!lit) return;
  if (lit.element) layers.links.append(lit.element); // above the others
  showCallout(lit, edge);
}

/** Whether a rectangle, by its centre and size, is in the window or near it. */
function inWindow() {
  const { x, y, scale } = picture.view;
  const [w, h] = [stage.clientWidth / scale, stage.clientHeight / scale];
  const [cx, cy] = [w / 2 - x / scale, h / 2 - y / scale];
  return (px, py, pw, ph) =>
    Math.abs(px - cx) < w * 0.75 + pw / 2 && Math.abs(py - cy) < h * 0.75 + ph / 2;
}

/** Give a part of the picture its element, or take it away; returns whether it has one. */
function keep(part, layer, isSeen, make) {
  if (isSeen && !part.element) {
    part.element = make(part);
    part.shown = {};
    layers[layer].append(part.element);
  }
  if (!isSeen && part.element) {
    part.element.remove();
    part.element = part.value = part.gradient = null;
  }
  return isSeen;
}

function setOnce(part, name, value, change) {
  if (part.shown[name] === value) return;
  part.shown[name] = value;
  change(value);
}

const linkElement = (link) => svg("path", { d: curve(link.points) });

function showLink(link, isLit, isFeeding) {
  const isSent = link.edges.some((each) => each.sentAt <= page.step);
  const isSilent = link.edges.every((each) => each.sentAt === Infinity);
  const state = isLit ? "lit" : isFeeding ? "feeding" : isSent ? "sent" : isSilent ? "silent" : "";
  setOnce(link, "state", `link ${state}`, (name) => link.element.setAttribute("class", name));
}

function showItem(item, kind) {
  const { thing, nodes } = item;
  const isKnown = nodes.every((node) => node.madeAt <= page.step);
  const isDone =
    nodes.some((node) => node.gradient) &&
    nodes.every((node) => !node.gradient || gradientAt(node, page.step).isComplete);
  const look = [
    "item",
    thing.role ?? "group",
    isKnown && "known",
    isDone && "done",
    kind && `now ${kind}`,
    thing === page.chosen && "chosen",
    page.pinned.has(thing) && "pinned",
    nodes.some((node) => page.found.has(node)) && "found",
  ];
  setOnce(item, "look", look.filter(Boolean).join(" "), (name) =>
    item.element.setAttribute("class", name),
  );
  if (picture.view.scale < FAR && !item.value) return;
  if (!item.value) writeItem(item);
  const { value, gradient, label } = isGroup(thing) ? groupText(item) : nodeText(item, isKnown);
  setOnce(item, "value", value.key, () => item.value.replaceChildren(half(value)));
  setOnce(item, "gradient", gradient.key, () =>
    item.gradient.replaceChildren(half(gradient, "∂ ")),
  );
  setOnce(item, "label", label, () => item.element.setAttribute("aria-label", label));
}

/** What an item says of its node; the keys tell when that changes. */
function nodeText(item, isKnown) {
  const node = item.thing;
  const { total, arrived, expected } = gradientAt(node, page.step);
  const label = [
    nameOf(node),
    node.role,
    node.op && plain(node.op),
    isKnown && `value ${line(node.value)}`,
    arrived > 0 && `gradient ${line(total)}, ${arrived} of ${expected} messages`,
  ];
  return {
    value: { key: isKnown && !item.isNumber ? "known" : "", array: node.value },
    gradient: { key: arrived ? String(arrived) : "", array: total },
    label: label.filter(Boolean).join(", "),
  };
}

function groupText(item) {
  const made = item.nodes.filter((node) => node.madeAt <= page.step).length;
  const flows = item.nodes.filter((node) => node.gradient);
  const done = flows.filter((node) => gradientAt(node, page.step).isComplete).length;
  const all = item.nodes.length;
  const [value, gradient] = [
    made === all ? `${all} nodes` : `${made}/${all}`,
    done ? `${done}/${flows.length}` : "",
  ];
  return {
    value: { key: value, text: value },
    gradient: { key: gradient, text: gradient },
    label: `${groupName(item.thing)}, folded, ${all} nodes, ${made} computed, ${done} with their gradient`,
  };
}

/** Half of the second row: text where there is some, else a small picture of the numbers. */
function half({ key, text, array }, prefix = "") {
  if (!key) return svg("text");
  text ??= halfText(array) ?? (array ? null : "…");
  if (text !== null) return svg("text", { y: 11 }, prefix + text);
  const small = svg(
    "g",
    { transform: `translate(${textWidth(prefix)} 0)` },
    thumbnail(array, THUMB.width, THUMB.height),
  );
  return svg("g", svg("text", { y: 11 }, prefix), small);
}

/** `g × local → message`, on the lit link, between the layers that it joins. */
function showCallout(link, edge) {
  const room = picture.sideways ? SPACE.rank[1] - 12 : Infinity;
  const texts =
    link.edges.length > 1
      ? [count(link.edges.length, "message")]
      : [product(edge), `→ ${product(edge).split(" → ").at(-1)}`];
  const text = texts.find((each) => textWidth(each, BOLD) + 12 < room) ?? "∂";
  const w = textWidth(text, BOLD) + 12;
  const [x, y] = middleOf(link.points);
  const { scene } = picture;
  const side = (scene.w - w) / 2;
  const within = side > 0 ? Math.max(scene.x - side, Math.min(scene.x + side, x)) : x;
  layers.callout.append(
    svg("rect", { x: -w / 2, y: -12, width: w, height: 24, rx: 12 }),
    svg("text", { y: 4.5 }, text),
  );
  layers.callout.setAttribute("transform", `translate(${within.toFixed(1)} ${y.toFixed(1)})`);
}

/** The middle of the widest gap between layers that a link crosses: every second stretch is a gap. */
function middleOf(points) {
  const along = picture.sideways ? 0 : 1;
  const width = (i) => points[i + 1][along] - points[i][along];
  let widest = 1;
  for (let i = 3; i < points.length - 1; i += 2) if (width(i) > width(widest)) widest = i;
  const [from, to] = points.slice(widest, widest + 2);
  return [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
}
