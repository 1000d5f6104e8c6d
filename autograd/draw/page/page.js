// The page: the picture, what of it is lit at a step, the panel, and what a person can do.

const at = (id) => document.getElementById(id);
const [stage, sheet, callout] = ["stage", "sheet", "callout"].map(at);
const last = steps.length - 1;
const root = nodes.at(-1);
const folded = new Set(graph.folded.map((i) => groups[i]));
const pinned = new Set();
let [step, chosen, found, scale, playing] = [last, root, [], 1, null];
let boxes; // each node or folded call that is seen, with its nodes
let links;

/** `make("p.quiet", "text", { title: "…" })`. A string, of the user or not, is only ever text. */
function make(kind, ...parts) {
  const [tag, className = ""] = kind.split(".");
  const element = Object.assign(document.createElement(tag), { className });
  for (const part of parts.flat()) {
    if (typeof part === "string" || part instanceof Node) element.append(part);
    else Object.assign(element, part);
  }
  return element;
}

// The picture -----------------------------------------------------------------------------------------

/** What is seen of a node: the outermost folded call around it, or itself. */
const seenAs = (node) => around(node).findLast((group) => folded.has(group)) ?? node;

/** Lay out and draw everything; if `least` is given, as a whole, but no smaller than that. */
function draw(least) {
  boxes = Map.groupBy(nodes, seenAs);
  const shown = [...boxes.keys()];
  const frames = [...new Set(shown.flatMap((box) => around(box).reverse()))]; // the outer ones first
  for (const frame of frames) frame.element = make("div.frame", button(frame, `▾ ${frame.name}`));
  for (const box of shown) box.element = boxElement(box);
  links = linksBetween();
  const lines = svg("svg");
  for (const link of links) lines.append((link.element = svg("path")));
  show(); // before the layout, which depends on it
  sheet.replaceChildren(lines, callout);
  layOut(shown, frames, links);
  for (const { element, points } of links) element.setAttribute("d", curve(points));
  if (least) fit(least);
  else zoom(scale);
  showCallout(steps[step].edge);
}

const svg = (tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);

const button = (part, ...content) =>
  make("button", { id: part.id, title: part.role, onclick: () => choose(part) }, ...content);

/** It has room for the gradient at every step: nothing moves while that accumulates. */
function boxElement(box) {
  const { messages = [], name, title = name, shape = "", value } = box;
  const text = box.role === "module" ? `${boxes.get(box).length} nodes` : (value?.text ?? "");
  const room = Math.max(0, ...messages.map((edge) => gradientText(edge).length));
  const gradient = make("em", { style: `min-width:${room}ch` });
  const parts = [make("b", title), make("i", shape), make("span", text), gradient];
  return button(box, ...parts);
}

/** One link for each edge, but one for all between the same two where a folded call is one of them. */
function linksBetween() {
  const all = new Map();
  for (const edge of edges) {
    const [from, to] = [edge.from, edge.to ?? edge.from].map(seenAs);
    const key = from === edge.from && to === edge.to ? edge : `${from.id} ${to.id}`;
    edge.link = null;
    if (from === to) continue;
    if (!all.has(key)) all.set(key, { from, to, edges: [], sentAt: Infinity });
    edge.link = all.get(key);
    edge.link.edges.push(edge);
    edge.link.sentAt = Math.min(edge.link.sentAt, edge.sentAt);
  }
  return [...all.values()];
}

/** A smooth line, straight along the rows that it passes, with an arrowhead. */
function curve([[x, y], ...points]) {
  let d = `M${x} ${y}`;
  points.forEach(([nextX, nextY], i) => {
    const middle = (y + nextY) / 2;
    d += i % 2 ? `C${x} ${middle} ${nextX} ${middle} ${nextX} ${nextY}` : `V${nextY}`;
    [x, y] = [nextX, nextY];
  });
  return `${d}m-3-6l3 6l3-6`;
}

// A step ----------------------------------------------------------------------------------------------

const gradientText = ({ sum }) => `∂ ${sum?.text ?? "…"}`;
const isMade = (node) => node.madeAt <= step;
const arrived = (node) => node.messages.filter((edge) => edge.sentAt <= step);

function goTo(there) {
  step = Math.max(0, Math.min(last, there));
  chosen = step === last ? root : null;
  show();
  const { node, edge } = steps[step];
  for (const each of [edge?.to, node]) if (each) see(each);
}

const see = (node) => seenAs(node).element.scrollIntoView({ block: "nearest", inline: "nearest" });

function show() {
  const { node, edge } = steps[step];
  for (const [box, inside] of boxes) showBox(box, inside, node, edge);
  for (const link of links) {
    mark(link.element, {
      lit: edge?.link === link,
      feeding: !edge && link.edges.some(({ to }) => to === node),
      sent: link.sentAt <= step,
      silent: link.sentAt > last,
    });
  }
  showCallout(edge);
  const shown = new Set([chosen ?? node, ...pinned]);
  shown.delete(undefined);
  at("cards").replaceChildren(...[...shown].map(nodeCard));
  if (edge?.to && !chosen) at("cards").prepend(messageCard(edge));
  at("says").textContent = sentence(node, edge);
  at("slider").value = step;
  at("link").textContent = `step ${step} of ${last}`;
  at("link").href = `#step=${step}`;
}

function mark(element, looks) {
  const look = Object.keys(looks).filter((name) => looks[name]);
  element.setAttribute("class", look.join(" "));
}

function showBox(box, inside, node, edge) {
  mark(box.element, {
    box: true,
    [box.role]: true,
    known: inside.every(isMade),
    now: inside.includes(node),
    backward: edge,
    chosen: box === chosen,
    pinned: pinned.has(box),
    found: inside.some((each) => found.includes(each)),
  });
  const latest = box.messages && arrived(box).at(-1);
  box.element.lastChild.textContent = latest ? gradientText(latest) : "";
}

/** `g × local → message`, in the gap between rows where its link arrives. */
function showCallout({ link, text } = {}) {
  callout.hidden = !link;
  if (!link?.points) return;
  callout.textContent = link.edges.length > 1 ? `${link.edges.length} messages` : text;
  const [[x, y], [endX, endY]] = link.points.slice(-3);
  const half = callout.offsetWidth / 2;
  const middle = Math.max(half, Math.min(sheet.offsetWidth - half, (x + endX) / 2));
  callout.style = `left:${middle}px;top:${(y + endY) / 2}px`;
}

function sentence(node, edge) {
  if (!node) return step ? "All values and gradients." : "Inputs and parameters.";
  if (edge) return `${edge.to?.name ?? "The seed"} → ${node.name}: ${edge.text}`;
  return [node.about[0], node.value?.text ?? "…"].join(" = ");
}

// The panel -------------------------------------------------------------------------------------------

function messageCard({ from, to, text, notes = [], parts = [] }) {
  const title = make("h2", `${to.name} → ${from.name}`);
  const arrays = parts.map(([name, i]) => [make("h3", name), numbersView(numbers[i])]);
  return make("section.message", title, make("p.product", text), paragraphs(notes), arrays.flat());
}

const paragraphs = (lines) => lines.map((line) => make("p", line));

function nodeCard(node) {
  const { name, role, about, value } = node;
  const action = { onclick: () => pin(node) };
  const view = isMade(node) ? numbersView(value) : "not computed yet";
  return make(
    "section",
    make("h2", name),
    make("p.quiet", `${role} `, make("button", action, pinned.has(node) ? "unpin" : "pin")),
    paragraphs(about),
    make("h3", "Value"),
    make("div.value", view),
    make("h3", `Gradient, ∂${graph.whole}/∂${name}`),
    gradientView(node.messages, arrived(node)),
  );
}

function gradientView(all, here) {
  if (!all.length) return paragraphs(["No gradient flows here."]);
  const rows = all.map((edge, i) => {
    const text = `${edge.to?.name ?? "the seed"}: ${i < here.length ? edge.text : "not yet"}`;
    return make("li", make("button", { onclick: () => goTo(edge.sentAt) }, text));
  });
  const so = here.length < all.length ? `, ${here.length} so far` : "";
  const count = `${all.length} message${all.length > 1 ? "s" : ""}${so}`;
  const title = paragraphs([`This gradient is the sum of ${count}:`]);
  return [...title, make("ul", rows), here.length ? make("div.sum", numbersView(here.at(-1).sum)) : ""];
}

/** A heat map with its numbers, or a histogram with its summary. */
function numbersView({ text = "not kept", rows, bars = [], facts = text } = {}) {
  if (rows) return heatMap(rows.split("\n").map((row) => row.split(" ")));
  const columns = bars.map((height) => make("i", { style: `height:${height}%` }));
  return make("div", make("div.bars", columns), facts);
}

function heatMap(rows) {
  const largest = Math.max(...rows.flat().map((word) => Math.abs(word) || 0));
  const cell = (word) => {
    const heat = { style: `--heat:${(60 * Math.abs(word)) / largest || 0}%` };
    return make(word < 0 ? "td.cold" : "td", word.replaceAll("-", "−"), heat);
  };
  const table = make("table", rows.map((row) => make("tr", row.map(cell))));
  return make("div.numbers", table, { tabIndex: 0 });
}

// What a person does ----------------------------------------------------------------------------------

/** Show a node in the panel; fold or unfold a module call, which stays where it is. */
function choose(part) {
  if (part.messages) {
    chosen = part;
    return show();
  }
  const before = at(part.id).getBoundingClientRect();
  if (!folded.delete(part)) folded.add(part);
  draw();
  const after = at(part.id).getBoundingClientRect();
  stage.scrollBy(after.x - before.x, after.y - before.y);
  at(part.id).focus();
}

function pin(node = chosen ?? steps[step].node) {
  if (node && !pinned.delete(node)) pinned.add(node);
  show();
}

function foldAll(these) {
  folded.clear();
  for (const group of these) folded.add(group);
  draw(0.05);
}

/** Mark the nodes with the text that is sought; Enter goes to the next, and unfolds what it is in. */
function search({ key }) {
  if (key === "Escape") at("search").value = "";
  const sought = at("search").value.toLowerCase();
  const isFound = ({ name, about }) => [name, ...about].join("\n").toLowerCase().includes(sought);
  found = sought ? nodes.filter(isFound) : [];
  at("found").textContent = sought && `${found.length} found`;
  if (key === "Enter" && found.length) {
    chosen = found[(found.indexOf(chosen) + 1) % found.length];
    if (around(chosen).filter((group) => folded.delete(group)).length) draw();
    see(chosen);
  }
  if (key === "Enter" || key === "Escape") at("search").blur(); // keys are for the picture again
  show();
}

/** One step on or back; within a folded call, and along a link of many edges, to the end of that. */
function move(by) {
  const isSame = (i) => steps[i + by] && stop(i) === stop(i + by);
  let there = by > 0 ? step + 1 : step;
  while (isSame(there)) there += by;
  goTo(by > 0 ? there : there - 1);
}

/** What of the picture a step is about. */
function stop(i) {
  const { node, edge } = steps[i] ?? {};
  if (!node || (edge && !edge.to)) return i;
  return edge?.link ?? seenAs(node);
}

function play(isOn) {
  clearInterval(playing);
  const pause = Math.max(100, 900 - 4 * last); // long graphs go by faster
  playing = isOn && setInterval(() => (step < last ? move(1) : play(false)), pause);
  at("play").textContent = isOn ? "Pause" : "Play";
  if (isOn && step === last) goTo(0);
}

/** Make the picture so large; what is in the middle of the window stays there. */
function zoom(next) {
  const [x, y] = [stage.clientWidth / 2, stage.clientHeight / 2];
  const [left, top] = [stage.scrollLeft + x, stage.scrollTop + y].map((at) => (at * next) / scale);
  const more = (size) => `${(next - 1) * size}px`; // than its room
  sheet.style = `scale:${next};margin:0 ${more(sheet.offsetWidth)} ${more(sheet.offsetHeight)} 0`;
  scale = next;
  stage.scrollTo(left - x, top - y);
}

function fit(least) {
  const whole = [stage.clientWidth / sheet.offsetWidth, stage.clientHeight / sheet.offsetHeight];
  zoom(Math.max(least, Math.min(1, ...whole)));
}

const KEYS = {
  ArrowRight: () => move(1),
  ArrowDown: () => move(1),
  ArrowLeft: () => move(-1),
  ArrowUp: () => move(-1),
  Home: () => goTo(0),
  End: () => goTo(last),
  " ": () => play(!playing),
  p: () => pin(),
  f: () => foldAll(groups),
  u: () => foldAll([]),
  "/": () => at("search").select(),
  "+": () => zoom(scale * 1.25),
  "-": () => zoom(scale / 1.25),
  0: () => fit(0.05),
};

/** Do what a key, or the button with it, is for; a step that a person takes ends the playing. */
function press(key) {
  if (key.length > 1) play(false);
  KEYS[key]();
}

document.onkeydown = (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  const isTaken = key === " " ? target.matches("button:not(.box)") : target.matches(".numbers");
  if (ctrlKey || metaKey || altKey || isTaken || !KEYS[key] || target === at("search")) return;
  event.preventDefault();
  press(key);
};
for (const button of document.querySelectorAll("button")) button.onclick = () => press(button.value);
at("slider").oninput = ({ target }) => {
  play(false);
  goTo(Number(target.value));
};
at("search").oninput = at("search").onkeydown = search;
stage.onpointermove = ({ buttons, movementX, movementY }) => {
  if (buttons) stage.scrollBy(-movementX, -movementY);
};
stage.onwheel = (event) => {
  if (!event.ctrlKey) return; // then it scrolls
  event.preventDefault();
  zoom(scale * Math.exp(-event.deltaY / 200));
};
window.onhashchange = () => {
  const address = /^#step=(\d+)$/.exec(location.hash);
  if (address) goTo(Number(address[1]));
};

at("slider").max = last;
draw(0.75);
see(root);
onhashchange();
