// The page: what is shown, and everything that a person can do to change it.

const at = (id) => document.getElementById(id);
const LEGIBLE = 0.55; // the least scale at which text can be read
const lastStep = graph.steps.length - 1;
const page = {
  step: lastStep,
  folded: foldedAtFirst(),
  chosen: null,
  pinned: new Set(),
  timer: null,
  found: new Set(),
  isFresh: true,
  current: null,
};

// Steps -------------------------------------------------------------------------------------------------

function goTo(step) {
  page.step = Math.max(0, Math.min(lastStep, step));
  page.chosen = null;
  page.isFresh = false;
  show();
  followStep();
}

const next = (direction) => goTo(stopAfter(page.step, direction, page.folded));

function show() {
  const { step } = page;
  showPicture();
  showPanel(page);
  at("slider").value = step;
  at("slider").setAttribute("aria-valuetext", narration(step));
  at("narration").textContent = page.isFresh
    ? "Every value and every gradient. Space plays from the start, ← steps back."
    : narration(step);
  at("link").textContent = `step ${step} of ${lastStep}`;
  at("link").href = `#step=${step}`;
  at("phase").textContent = {
    start: "start",
    forward: "forward",
    seed: "backward",
    backward: "backward",
  }[graph.steps[step].kind];
  rememberStep();
}

/** What happens in a step, in a sentence. */
function narration(step) {
  const { kind, node, edge } = graph.steps[step];
  if (kind === "start")
    return "The graph begins with its inputs and parameters. Space plays, → steps.";
  if (kind === "seed") return `Backward from ${nameOf(node)}: ${seedText()}.`;
  if (kind === "forward") {
    const equals = [
      node.name && plain(node.name),
      plain(node.formula ?? node.op ?? "computed", 60),
      node.value && line(node.value),
    ];
    return equals.filter(Boolean).join(" = ");
  }
  const { total, arrived, expected } = gradientAt(node, step);
  const so = total ? line(total) : "not shown until all have arrived";
  return `${nameOf(edge.to)} sends to ${nameOf(node)}: ${product(edge)}. Gradient of ${nameOf(node)}, ${arrived} of ${expected}: ${so}`;
}

/** What the backward pass begins with. */
const seedText = () =>
  graph.isSummed
    ? "each of its elements counts once, so its gradient is all ones"
    : "its gradient with respect to itself is 1";

/** The address of this step. Not at once: browsers refuse too many changes in a row. */
let remembering = null;
function rememberStep() {
  clearTimeout(remembering);
  if (page.isFresh) return;
  remembering = setTimeout(() => {
    try {
      history.replaceState(null, "", `#step=${page.step}`);
    } catch {
      // In a notebook's frame there is no address to change.
    }
  }, 150);
}

function stepOfAddress() {
  const found = /^#step=(\d+)$/.exec(location.hash);
  return found ? Number(found[1]) : null;
}

function togglePlay() {
  if (page.timer) return pause();
  if (page.step === lastStep) goTo(0);
  at("play").textContent = "❚❚";
  at("play").setAttribute("aria-label", "pause (space)");
  // Long graphs go by faster, so that all of it can be watched.
  const interval = Math.max(80, Math.min(900, 60_000 / graph.steps.length));
  page.timer = setInterval(() => (page.step === lastStep ? pause() : next(1)), interval);
}

function pause() {
  clearInterval(page.timer);
  page.timer = null;
  at("play").textContent = "▶";
  at("play").setAttribute("aria-label", "play (space)");
}

// What is chosen, pinned, folded ------------------------------------------------------------------------

function choose(thing) {
  page.chosen = thing;
  page.isFresh = false;
  show();
  const item = itemAt(thing);
  if (item) rove(item);
}

function togglePin(thing) {
  if (!page.pinned.delete(thing)) page.pinned.add(thing);
  show();
}

/** Fold or unfold a module call, leaving it where it is in the window. */
function toggleFold(thing) {
  if (!isGroup(thing)) return;
  const before = screenPlace(thing);
  if (!page.folded.delete(thing)) page.folded.add(thing);
  redraw();
  const after = screenPlace(thing);
  picture.view.x += before[0] - after[0];
  picture.view.y += before[1] - after[1];
  applyView();
}

/** Where the upper left corner of a module call is in the window. */
function screenPlace(group) {
  const part =
    picture.scene.items.find((item) => item.thing === group) ??
    picture.scene.boxes.find((box) => box.group === group);
  if (!part) return [0, 0];
  const { x, y, scale } = picture.view;
  return [(part.x - part.w / 2) * scale + x, (part.y - part.h / 2) * scale + y];
}

function redraw() {
  const focused = page.current?.thing;
  drawPicture(page.folded);
  page.current = null;
  rove(itemAt(focused) ?? picture.itemOf.get(graph.root));
  show();
}

/** Choose a node, wherever it is: what it is folded in opens. */
function reveal(thing) {
  const hidden = around(thing).filter((group) => page.folded.has(group));
  for (const group of hidden) page.folded.delete(group);
  if (hidden.length) redraw();
  if (picture.view.scale < LEGIBLE) zoom(LEGIBLE / picture.view.scale);
  choose(thing);
  follow([itemAt(thing)]);
}

/** What stands in the picture for a node or a folded call; nothing for an unfolded one. */
function itemAt(thing) {
  if (!thing) return null;
  return isGroup(thing)
    ? picture.scene.items.find((item) => item.thing === thing)
    : picture.itemOf.get(thing);
}

function followStep() {
  const { node, edge } = graph.steps[page.step];
  const items = [node, edge?.to].filter(Boolean).map((each) => picture.itemOf.get(each));
  if (items.length) follow(items);
}

// The keyboard in the picture: one item is the current one, and is where Tab comes to ---------------------

function rove(item) {
  if (page.current === item || !item) return;
  page.current?.element?.setAttribute("tabindex", -1);
  page.current = item;
  item.element?.setAttribute("tabindex", 0);
}

/** From the current item to what it is computed from, to what uses it, or to its neighbour. */
function walk(key) {
  const { items, links } = picture.scene;
  const here = page.current ?? picture.itemOf.get(graph.root);
  const axis = picture.sideways
    ? ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]
    : ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];
  const across = picture.sideways ? "y" : "x";
  const distance = (item) => Math.abs(item[across] - here[across]);
  let found = [];
  if (key === axis[0]) found = links.filter((link) => link.to === here).map((link) => link.from);
  if (key === axis[1]) found = links.filter((link) => link.from === here).map((link) => link.to);
  const along = picture.sideways ? "x" : "y";
  const beside = (sign) =>
    items.filter(
      (item) =>
        Math.abs(item[along] - here[along]) < 30 && sign * (item[across] - here[across]) > 0,
    );
  if (key === axis[2]) found = beside(-1);
  if (key === axis[3]) found = beside(1);
  const [nearest] = found.sort((a, b) => distance(a) - distance(b));
  if (!nearest) return;
  choose(nearest.thing);
  follow([nearest]);
  nearest.element.focus();
}

/** As a person goes through the steps: that ends the playing. */
const jump = (step) => (pause(), goTo(step));
const hop = (direction) => (pause(), next(direction));
const home = () => jump(0);
const end = () => jump(lastStep);
const back = () => hop(-1);
const on = () => hop(1);
const help = () => at("help").showModal();

const BUTTONS = {
  first: home,
  back,
  play: togglePlay,
  forward: on,
  last: end,
  fit: () => fitPicture(),
  in: () => zoom(1.25),
  out: () => zoom(0.8),
  turn,
  "fold-all": () => foldAll(graph.groups),
  "unfold-all": () => foldAll([]),
  theme: toggleTheme,
  ask: help,
};

const KEYS = {
  ArrowRight: on,
  ArrowDown: on,
  ArrowLeft: back,
  ArrowUp: back,
  Home: home,
  End: end,
  " ": togglePlay,
  Enter: openCurrent,
  Escape: () => choose(null),
  "/": () => at("search").select(),
  p: pinShown,
  g: foldAround,
  f: BUTTONS.fit,
  "+": BUTTONS.in,
  "=": BUTTONS.in,
  "-": BUTTONS.out,
  "?": help,
};

function openCurrent() {
  if (!page.current) return;
  choose(page.current.thing);
  toggleFold(page.current.thing);
}

function pinShown() {
  const shown = page.chosen ?? graph.steps[page.step].node;
  if (shown) togglePin(shown);
}

function foldAround() {
  const group = page.current && around(page.current.thing)[0];
  if (group) toggleFold(group);
}

function turn() {
  picture.sideways = !picture.sideways;
  redraw();
  fitPicture();
}

function onKey(event) {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || at("help").open) return;
  if (target.matches("input[type=search]")) return;
  if (target.matches(".scroll") && key.startsWith("Arrow")) return;
  if (target.matches("button, a, .fold") && (key === " " || key === "Enter")) return;
  const act = event.shiftKey && key.startsWith("Arrow") ? () => walk(key) : KEYS[key];
  if (!act) return;
  event.preventDefault();
  act();
}

// Search --------------------------------------------------------------------------------------------------

const textOf = (node) =>
  [node.name, node.op, node.formula, node.line?.text, ...around(node).map((group) => group.name)]
    .filter(Boolean)
    .join("\n")
    .toLowerCase();

/** Mark and list what is found, those by their name first. */
function search() {
  const wanted = at("search").value.trim().toLowerCase();
  const found = wanted ? graph.nodes.filter((node) => textOf(node).includes(wanted)) : [];
  const isNamed = (node) => Number(node.name?.toLowerCase().includes(wanted) ?? false);
  found.sort((a, b) => isNamed(b) - isNamed(a));
  page.found = new Set(found);
  showPicture();
  const head = wanted ? [html("li.quiet", `${found.length || "nothing"} found`)] : [];
  at("found").replaceChildren(...head, ...found.slice(0, 30).map(foundRow));
  return found;
}

function foundRow(node) {
  const [group] = around(node);
  const facts = [
    node.name && node.op && plain(node.op),
    line(node.value),
    group && groupName(group),
  ];
  const button = html("button.row", { onclick: () => leaveSearch(node) }, html("b", nameOf(node)));
  button.append(html("span", facts.filter(Boolean).join(" · ")));
  return html("li", button);
}

function leaveSearch(node) {
  reveal(node);
  at("found").replaceChildren();
  picture.itemOf.get(node).element.focus();
}

// Light and dark --------------------------------------------------------------------------------------------

function toggleTheme() {
  const { style } = document.documentElement;
  const isDark = style.colorScheme
    ? style.colorScheme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  style.colorScheme = isDark ? "light" : "dark";
}

// The beginning -----------------------------------------------------------------------------------------------

function listen() {
  for (const [id, act] of Object.entries(BUTTONS)) at(id).addEventListener("click", act);
  at("slider").addEventListener("input", (event) => jump(Number(event.target.value)));
  at("search").addEventListener("input", search);
  at("search").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && search().length) leaveSearch(search()[0]);
    if (event.key === "Escape")
      ((event.target.value = ""), search(), page.current?.element?.focus());
  });
  document.addEventListener("keydown", onKey);
  addEventListener("hashchange", () => stepOfAddress() !== null && goTo(stepOfAddress()));
  addEventListener("resize", () => fitPicture(LEGIBLE, page.current));
  listenToPointer();
}

function foldAll(groups) {
  page.folded = new Set(groups);
  redraw();
  fitPicture();
}

function begin() {
  document.title = `${nameOf(graph.root)}: computation graph`;
  const forward = graph.steps.filter((step) => step.kind === "forward").length;
  at("title").textContent = [nameOf(graph.root), graph.root.value && line(graph.root.value)]
    .filter(Boolean)
    .join(" = ");
  at("slider").max = lastStep;
  at("slider").style.setProperty(
    "--forward-share",
    `${lastStep ? (100 * forward) / lastStep : 100}%`,
  );
  for (const id of ["fold-all", "unfold-all"]) at(id).hidden = !graph.groups.length;
  listen();
  drawPicture(page.folded);
  rove(picture.itemOf.get(graph.root));
  fitPicture(LEGIBLE, page.current);
  if (stepOfAddress() === null) show();
  else goTo(stepOfAddress());
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
}

begin();
