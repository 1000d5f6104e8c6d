// The page: the picture, what of it is lit at a step, the panel, and what a person can do. An element
// of page.html is a variable here, of the name that is its id, where nothing else is called that.

const last = steps.length - 1;
const root = nodes.at(-1);
const pinned = new Set();
let folded = new Set(graph.folded);
let [step, chosen, found, scale, playing] = [last, root, [], 1, null];
let boxes, links; // the boxes: each node or folded call that is seen, with its nodes
let lit; // the link along which a message goes

/** `make("p.quiet", "text", { title: "…" })`. A string, of the user or not, is only ever text. */
function make(kind, ...parts) {
  const [tag, className] = kind.split(".");
  const element = document.createElement(tag);
  element.className = className ?? "";
  for (const part of parts.flat()) {
    part.constructor === Object ? Object.assign(element, part) : element.append(part);
  }
  return element;
}

// The picture -----------------------------------------------------------------------------------------

/** What is seen of a node: the outermost folded call around it, or itself. */
const seenAs = (node) => node.around.findLast((group) => folded.has(group)) ?? node;

/** Lay out and draw everything: as a whole, but no smaller than `least`. */
function draw(least = scale) {
  boxes = Map.groupBy(nodes, seenAs);
  const shown = [...boxes.keys()];
  const frames = [...new Set(shown.flatMap(({ around }) => around.toReversed()))]; // the outer ones first
  for (const frame of frames) frame.element = make("div.frame", button(frame, `▾ ${frame.title}`));
  for (const box of shown) box.element = boxElement(box);
  links = linksBetween();
  lines.innerHTML = "<path/>".repeat(links.length);
  links.forEach((link, i) => (link.element = lines.children[i]));
  const { held } = document.activeElement;
  sheet.replaceChildren(lines, callout);
  sheet.style = lit = "";
  show(); // before the layout, which depends on it
  layOut(shown, frames, links);
  showCallout(steps[step].edge);
  fit(least);
  if (held) at(seenAs(held).id).focus();
}

const button = (part, content) =>
  make("button", { held: part, id: part.id, title: part.role, onclick: () => choose(part) }, content);

/** It has room for the gradient at every step: nothing moves while that accumulates. */
function boxElement(box) {
  const { title, shape = "", value, text = value.text, room } = box;
  return button(box, [
    make("b", title),
    shape && make("i", shape),
    "\n",
    make("span", text),
    make("em", { style: `min-width:${room}ch` }), // the gradient
  ]);
}

/** One link for each edge, but one for all between the same two where a folded call is one of them. */
function linksBetween() {
  const found = {};
  edges.forEach((edge, i) => {
    const [from, to] = [edge.from, edge.to ?? edge.from].map(seenAs);
    const key = from.messages && to.messages ? "e" + i : from.id + to.id;
    edge.link = from === to ? null : (found[key] ??= { from, to, edges: [] });
    edge.link?.edges.push(edge);
  });
  return Object.values(found);
}

// A step ----------------------------------------------------------------------------------------------

const isMade = ({ made = 0 }) => made <= step;
const isSent = ({ sent }) => sent <= step;

function goTo(there) {
  slider.value = there; // which it bounds
  step = +slider.value;
  chosen = step === last ? root : null;
  show();
  const { node, edge } = steps[step];
  for (const each of [edge?.to, node]) if (each) see(each);
}

const see = (node, inline = "nearest") =>
  seenAs(node).element.scrollIntoView({ block: "nearest", inline });

function show() {
  const { node, edge, text } = steps[step];
  for (const [box, inside] of boxes) {
    const { element, messages } = box;
    mark(element, {
      box: true,
      [box.role]: true,
      known: inside.every(isMade),
      now: inside.includes(node),
      backward: edge,
      chosen: box === chosen,
      pinned: pinned.has(box),
      found: inside.some((each) => found.includes(each)),
    });
    element.lastChild.textContent = messages?.findLast(isSent)?.total ?? "";
  }
  for (const link of links) {
    mark(link.element, {
      lit: edge?.link === link,
      feeding: !edge && link.edges.some(({ to }) => to === node),
      sent: link.edges.some(isSent),
      silent: link.edges.every(({ sent }) => !sent),
    });
  }
  showCallout(edge);
  const { id } = document.activeElement;
  const views = [...new Set([chosen ?? node, ...pinned])].filter(Boolean).map(nodeCard);
  if (edge && !chosen) views.unshift(messageCard(edge));
  cards.replaceChildren(...views);
  at(id)?.focus();
  says.value = text ?? `${edge.title}: ${edge.text}`;
  link.href = `#step=${step}`;
  link.textContent = `step ${step} of ${last}`;
}

function mark(element, looks) {
  const look = Object.keys(looks).filter((name) => looks[name]).join(" ");
  if (element.look !== look) element.setAttribute("class", (element.look = look));
}

/** `g × local → message`, in the gap between rows where its link arrives. */
function showCallout({ link, text } = {}) {
  if (lit) point(lit);
  lit = link?.line && link;
  callout.hidden = !link;
  if (!lit) return;
  point(lit, true);
  const [x, y] = link.middle;
  callout.textContent = link.edges.length > 1 ? `${link.edges.length} messages` : text;
  const half = callout.offsetWidth / 2;
  callout.style = `left:clamp(${half}px,${x}px,100% - ${half}px);top:${y}px`;
}

// The panel -------------------------------------------------------------------------------------------

function messageCard({ from, to, title, text, slope, notes = "", parts = [] }) {
  return make(
    "section.message",
    make("h2", title),
    make("p.product", text),
    make("p", slope ? `${to.partial}/${from.partial}${slope}` : "", notes),
    parts.flatMap(([name, i]) => [make("h3", name), numbersView(numbers[i])]),
  );
}

function nodeCard(node) {
  const { name, role, about, value, messages, flow = "One message" } = node;
  const here = messages.filter(isSent);
  const row = (edge) =>
    make("li", make("button", `${edge.title}: ${isSent(edge) ? edge.text : "not yet"}`, {
      onclick: () => goTo(edge.sent),
    }));
  return make(
    "section",
    make("h2", name),
    make("p.quiet", role, " ", make("button", pinned.has(node) ? "unpin" : "pin", {
      id: `${node.id}p`,
      onclick: () => pin(node),
    })),
    make("p", about),
    make("h3", "Value"),
    make("div.value", isMade(node) ? numbersView(value) : "not yet"),
    make("h3", `Gradient, ${graph.whole}/${node.partial}`),
    make("p", flow, here.length < messages.length ? `, ${here.length} so far` : ""),
    make("ul", messages.map(row)),
    make("div.sum", here.length ? numbersView(here.at(-1).sum) : ""),
  );
}

/** A heat map with its numbers, or a histogram with its summary. */
function numbersView({ rows = [], largest, bars = [], facts = "" }) {
  return make(
    "div.numbers",
    make("table", rows.map((row) => make("tr", row.split(" ").map((word) =>
      make("td", word.replace(/-/g, "−"), { style: `--heat:${word / largest}` }),
    )))),
    make("div.bars", bars.map((height) => make("i", { style: `height:${0.6 * height}px` }))),
    facts,
    { tabIndex: 0 },
  );
}

// What a person does ----------------------------------------------------------------------------------

/** Show a node in the panel; fold or unfold a module call. */
function choose(part) {
  if (part.messages) {
    chosen = part;
    return show();
  }
  folded.delete(part) || folded.add(part);
  draw();
}

function pin(node = chosen ?? steps[step].node) {
  if (node) pinned.delete(node) || pinned.add(node);
  show();
}

function foldAll(these) {
  folded = new Set(these);
  draw(0.05);
}

/** Mark the nodes with the text that is sought; Enter goes to the next, and unfolds what it is in. */
function seek({ key, target }) {
  if (key === "Escape") target.value = "";
  const sought = target.value.toLowerCase();
  const isFound = ({ name, about }) => (name + about).toLowerCase().includes(sought);
  found = sought ? nodes.filter(isFound) : [];
  at("found").value = sought && `${found.length} found`;
  if (key === "Enter" && found.length) {
    chosen = found[(found.indexOf(chosen) + 1) % found.length];
    if (chosen.around.filter((group) => folded.delete(group)).length) draw();
    see(chosen);
  }
  if (/Enter|Escape/.test(key)) target.blur(); // Enter, Escape: keys are for the picture again
  show();
}

/** One step on or back; within a folded call, and along a link of many edges, to the end of that. */
function move(by) {
  let there = step + by;
  while (steps[there] && stop(there) === stop(there + 1)) there += by;
  goTo(there);
}

/** What of the picture a step is about. */
function stop(i) {
  const { node, edge } = steps[i] ?? {};
  return !node || (edge && !edge.to) ? i : (edge?.link ?? seenAs(node));
}

function play(isOn) {
  clearInterval(playing);
  playing = isOn && setInterval(() => (step < last ? move(1) : play(false)), 600);
  at("play").textContent = isOn ? "Pause" : "Play";
  if (isOn && step === last) goTo(0);
}

/** Make the picture so large; what is in the middle of the window stays there. */
function zoom(next) {
  const moved = (start, size) => ((start + size / 2) * next) / scale - size / 2;
  const left = moved(stage.scrollLeft, stage.clientWidth);
  const top = moved(stage.scrollTop, stage.clientHeight);
  const more = (size) => `${(next - 1) * size}px`; // than its room
  sheet.style = `scale:${next};margin:0 ${more(sheet.offsetWidth)} ${more(sheet.offsetHeight)} 0`;
  scale = next;
  stage.scrollTo(left, top);
}

function fit(least) {
  const most = Math.min(stage.clientWidth / sheet.offsetWidth, stage.clientHeight / sheet.offsetHeight);
  zoom(Math.max(least, Math.min(1, most)));
}

const KEYS = {
  ArrowRight: () => move(1),
  ArrowLeft: () => move(-1),
  Home: () => goTo(0),
  End: () => goTo(last),
  " ": () => play(!playing),
  p: () => pin(),
  f: () => foldAll(groups),
  u: () => foldAll([]),
  "/": () => search.select(),
  "+": () => zoom(scale * 1.25),
  "-": () => zoom(scale / 1.25),
  0: () => fit(0.05),
};

/** Do what a key, or the button with it, is for; a step that a person takes ends the playing. */
function press(key) {
  if (key.length > 1) play(false);
  KEYS[key]();
}

window.onkeydown = (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  const elsewhere = key === " " ? "#search, button:not(.box)" : "#search, .numbers";
  if (ctrlKey || metaKey || altKey || !KEYS[key] || target.matches(elsewhere)) return;
  event.preventDefault();
  press(key);
};
for (const button of document.querySelectorAll("button")) button.onclick = () => press(button.value);
slider.oninput = () => {
  play(false);
  goTo(slider.value);
};
search.oninput = search.onkeydown = seek;
stage.onpointermove = ({ buttons, movementX, movementY }) => {
  if (buttons) stage.scrollBy(-movementX, -movementY);
};
window.onhashchange = () => {
  const there = location.hash.match(/^#step=(\d+)$/)?.[1];
  if (there) goTo(there);
};

function open() {
  draw(0.75);
  see(root, "center");
  onhashchange();
}

slider.value = slider.max = last;
open();
new ResizeObserver(() => scale || open()).observe(stage); // a frame may have no size at first
