// The side panel: all that is known of one node, of one message, of one module call.

const panel = document.getElementById("panel");

/** Show the message of this step, what is chosen or else the step's own node, and what is pinned. */
function showPanel({ step, chosen, pinned, isFresh }) {
  const focused = document.activeElement?.dataset.key;
  const { kind, node, edge } = graph.steps[step];
  const cards = [];
  if (!chosen && (isFresh || kind === "start")) cards.push(overviewCard());
  else {
    if (edge && !chosen) cards.push(messageCard(edge));
    cards.push(card(chosen ?? node, step, pinned));
  }
  for (const thing of pinned) if (thing !== (chosen ?? node)) cards.push(card(thing, step, pinned));
  panel.replaceChildren(...cards);
  if (focused) panel.querySelector(`[data-key="${focused}"]`)?.focus();
}

const card = (thing, step, pinned) =>
  isGroup(thing) ? groupCard(thing, pinned) : nodeCard(thing, step, pinned);

function overviewCard() {
  const { nodes, edges, root, steps } = graph;
  const roles = ["input", "parameter", "constant", "operation", "output"].filter((role) =>
    nodes.some((node) => node.role === role),
  );
  if (graph.groups.length) roles.push("group");
  const legend = roles.map((role) =>
    html("li", roleGlyph(role), role === "group" ? "module, folded: Enter unfolds it" : role),
  );
  return html(
    "section.card",
    html("h2", nameOf(root)),
    html(
      "p",
      `${count(nodes.length, "node")}, ${count(edges.length, "edge")}, ${count(steps.length - 1, "step")}: forward, each operation is computed; backward, each edge carries a message, and messages add up to gradients.`,
    ),
    html(
      "p",
      "Press ",
      html("kbd", "Space"),
      " to play, ",
      html("kbd", "←"),
      " ",
      html("kbd", "→"),
      " to step, and click on a node for its numbers.",
    ),
    html("ul.legend", ...legend),
  );
}

const count = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

function roleGlyph(role) {
  return svg(
    "svg",
    { class: `glyph item known ${role}`, viewBox: "-6 -6 58 36", "aria-hidden": true },
    svg("path", { class: "outline", d: OUTLINE[role](44, 24) }),
  );
}

// A node ------------------------------------------------------------------------------------------------

function nodeCard(node, step, pinned) {
  return html(
    "section.card",
    heading(node, nameOf(node), node.role, pinned),
    provenance(node),
    ...argumentList(node),
    html("h3", "Value"),
    html("div.value", valueView(node, step)),
    ...gradientView(node, step),
  );
}

function valueView(node, step) {
  if (node.madeAt <= step && node.value) return numbersView(node.value);
  return html(
    "p.quiet",
    node.madeAt > step ? "not computed yet" : "not kept: only its shape is known",
  );
}

function heading(thing, name, kind, pinned) {
  const isPinned = pinned.has(thing);
  return html(
    "header",
    roleGlyph(kind),
    html("h2", name),
    html("span.quiet", kind),
    html(
      "button",
      {
        class: "pin",
        "data-key": `pin-${itemKey(thing)}`,
        "aria-pressed": String(isPinned),
        title: "keep this card while you go on (p)",
        onclick: () => togglePin(thing),
      },
      isPinned ? "unpin" : "pin",
    ),
  );
}

/** How it was made: the formula, the user's line, the module call, the type. */
function provenance(node) {
  const list = html("dl.facts");
  const fact = (name, text, className = "") =>
    list.append(html("dt", name), html("dd", { class: className }, text));
  if (node.op) fact("operation", plain(node.op));
  if (node.formula) fact("formula", plain(node.formula, 120), "formula");
  if (node.line) fact(`line ${node.line.number}`, `${plain(node.line.text, 120)}`, "code");
  if (node.line) fact("of", plain(node.line.file.split(/[\\/]/).at(-1), 60));
  if (node.group) fact("module", around(node).toReversed().map(groupName).join(" › "));
  if (node.shape) fact("shape", `${shapeText(node.shape)} ${plain(node.dtype ?? "")}`);
  return list;
}

function argumentList(node) {
  if (!node.edges.length) return [];
  const rows = node.edges.map((edge) =>
    html(
      "li",
      html(
        "button",
        { class: "row", "data-key": `from-${edge.id}`, onclick: () => reveal(edge.from) },
        html("span.argument", plain(edge.argument ?? "")),
        html("b", nameOf(edge.from)),
        html("span", line(edge.from.value)),
      ),
    ),
  );
  return [html("h3", "Computed from"), html("ul.rows", ...rows)];
}

function gradientView(node, step) {
  const root = graph.isSummed ? `sum(${nameOf(graph.root)})` : nameOf(graph.root);
  const title = html("h3", `Gradient, ∂ ${root} / ∂ ${nameOf(node)}`);
  if (node === graph.root && node.gradient) {
    const note = html("p", `The backward pass begins here: ${seedText()}.`);
    return [
      title,
      note,
      step < node.seededAt
        ? html("p.quiet", "not yet")
        : html("div.total", numbersView(node.gradient)),
    ];
  }
  const all = node.messages;
  if (!all.length) return [title, html("p.quiet", "No gradient flows here.")];
  const { total, arrived, expected } = gradientAt(node, step);
  const so =
    arrived === expected ? "" : arrived ? `, ${arrived} of them so far` : ", none of them yet";
  const parts = [
    title,
    html("p", `This gradient is the sum of ${count(expected, "message")}${so}:`),
  ];
  parts.push(html("ul.rows", ...all.map((edge) => messageRow(edge, step))));
  if (total) parts.push(html("div.total", numbersView(total)));
  else if (arrived)
    parts.push(html("p.quiet", "Too large to be added up here: shown when all have arrived."));
  return parts;
}

function messageRow(edge, step) {
  const isHere = edge.sentAt <= step;
  return html(
    "li",
    { class: isHere ? "" : "pending" },
    html(
      "button",
      {
        class: "row",
        "data-key": `sent-${edge.id}`,
        title: `go to step ${edge.sentAt}`,
        onclick: () => goTo(edge.sentAt),
      },
      html("span.argument", `step ${edge.sentAt}`),
      html("b", `from ${nameOf(edge.to)}`),
      html("span", isHere ? product(edge) : "not yet"),
    ),
  );
}

// A message ---------------------------------------------------------------------------------------------

/** `g × local → message`, in numbers where they are few, else in symbols. */
function product(edge) {
  const result = brief(edge.message) ?? shapeText(edge.message.shape);
  const [g, local] = [brief(edge.to.gradient), brief(edge.factor)];
  return isBrief(edge) ? `${g} × ${local} → ${result}` : `${rule(edge)} → ${result}`;
}

const isBrief = (edge) => brief(edge.to.gradient) !== null && brief(edge.factor) !== null;

/** The rule for the message in symbols: with g, the gradient that it starts from. */
function rule(edge) {
  const local = plain(edge.local ?? "…", 60);
  return /(?<![\p{L}\d_.])g(?![\w.])/u.test(local)
    ? local
    : `g × ${/ [+−-] /.test(local) ? `(${local})` : local}`;
}

function messageCard(edge) {
  const named = (title, array) => (array ? [html("h3", title), numbersView(array)] : []);
  const details = isBrief(edge)
    ? [edge.local ? html("p.formula", `${rule(edge)} → message`) : ""]
    : [
        ...named(`g, the gradient of ${nameOf(edge.to)}`, edge.to.gradient),
        ...named("local derivative", edge.factor),
        ...named("message", edge.message),
      ];
  const title = html("h2", `${nameOf(edge.to)} → ${nameOf(edge.from)}`);
  return html(
    "section.card.message",
    html("header", title, html("span.quiet", "message")),
    html("p.product", product(edge)),
    ...details,
  );
}

// A module call -------------------------------------------------------------------------------------------

function groupCard(group, pinned) {
  const isFolded = page.folded.has(group);
  return html(
    "section.card",
    heading(group, groupName(group), "group", pinned),
    html("p", `A module call of ${count(group.size, "node")}.`),
    html(
      "button",
      { "data-key": "fold", onclick: () => toggleFold(group) },
      isFolded ? "unfold (Enter)" : "fold",
    ),
  );
}
