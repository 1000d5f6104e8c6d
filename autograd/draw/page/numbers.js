// Numbers as people read them, and arrays as pictures of their numbers.

/** `x` to `digits` significant digits, whole below a million. Text ("nan", "1+2j") is a number too. */
function format(x, digits = 4) {
  if (typeof x === "string" && x.endsWith("j")) return complexText(x, digits);
  const number = Number(typeof x === "string" ? x.replace("inf", "Infinity") : x);
  if (typeof x === "boolean" || Number.isNaN(number)) return String(x);
  if (!Number.isFinite(number)) return number < 0 ? "−∞" : "∞";
  const size = Math.abs(number);
  const whole =
    size >= 1e3 && size < 1e6 ? Math.max(digits, Math.floor(Math.log10(size)) + 1) : digits;
  const rounded = roundedTo(number, whole);
  const far = size !== 0 && (size < 1e-4 || size >= 1e6);
  return (far ? rounded.toExponential().replace("e+", "e") : String(rounded)).replaceAll("-", "−");
}

/** As Python rounds: what is exactly between two goes to the even one, where toPrecision goes up. */
function roundedTo(x, digits) {
  const [digitsOf, exponent] = x.toExponential(60).split("e");
  const kept = digitsOf.slice(0, digitsOf.indexOf(".") + digits);
  const isTie = /^50*$/.test(digitsOf.slice(kept.length));
  return isTie && "02468".includes(kept.at(-1)) ? Number(`${kept}e${exponent}`) : Number(x.toPrecision(digits));
}

function complexText(x, digits) {
  const [re, im] = complex(x);
  const tail = format(Math.abs(im), digits);
  return `${format(re, digits)} ${im < 0 ? "−" : "+"} ${tail}j`;
}

/** The real and the imaginary part of "1+2j", or of a plain number. */
function complex(x) {
  const parts = /^(.*?)([+-]?(?:[\d.]+(?:e[+-]?\d+)?|inf|nan))j$/.exec(x);
  const real = (text) => Number(String(text).replace("inf", "Infinity") || 0);
  return parts ? [real(parts[1]), real(parts[2])] : [real(x), 0];
}

/** The sum of small arrays of one shape; null where one of them is only a summary. */
function sum(arrays) {
  if (arrays.some((array) => !array?.data)) return null;
  const data = arrays[0].data.map((_, i) => {
    const terms = arrays.map((array) => complex(array.data[i]));
    const [re, im] = [0, 1].map((part) => terms.reduce((total, term) => total + term[part], 0));
    const isComplex = arrays.some((array) => String(array.data[i]).endsWith("j"));
    return isComplex ? `${re}${im < 0 ? "-" : "+"}${Math.abs(im)}j` : Number(re.toPrecision(8));
  });
  return { shape: arrays[0].shape, data };
}

/** `(3, 2)` */
const shapeText = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

/** Up to three numbers as text; null if there are more. */
function brief(array) {
  if (!array?.data) return null;
  if (array.data.length === 0) return "empty";
  if (array.data.length === 1) return format(array.data[0]);
  const text = `[${array.data.map((x) => format(x)).join(" ")}]`;
  return array.data.length <= 3 && text.length <= 20 ? text : null;
}

/** One line for any array: its numbers, or what is known of them. */
function line(array) {
  if (!array) return "none";
  const known = array.data ? finite(array.data) : array.histogram?.counts.length ? [array.min, array.max] : [];
  const range = known.length ? [`from ${format(Math.min(...known))} to ${format(Math.max(...known))}`] : [];
  const text = [...range, ...oddities(array)].join(", ");
  return brief(array) ?? `${shapeText(array.shape)} ${text}`;
}

/** How many elements are nan, and how many infinite: `["1 nan", "2 ∞"]`. */
function oddities(array) {
  const sizes = array.data?.map(magnitude);
  const nan = sizes ? sizes.filter(Number.isNaN).length : array.nan;
  const inf = sizes ? sizes.filter((x) => Math.abs(x) === Infinity).length : array.inf;
  return [...(nan ? [`${nan} nan`] : []), ...(inf ? [`${inf} ∞`] : [])];
}

const finite = (data) => data.map(magnitude).filter(Number.isFinite);

/** A number to colour by: the real number, or the size of a complex one. */
function magnitude(x) {
  const [re, im] = complex(x);
  return im === 0 ? re : Math.hypot(re, im);
}

/** −1 … 1 for each number: its sign and its share of the largest. */
function shares(data) {
  const largest = Math.max(...finite(data).map(Math.abs), 0) || 1;
  return data.map((x) => Math.max(-1, Math.min(1, magnitude(x) / largest || 0)));
}

/** The number of rows and columns in which an array is shown: its last axis goes across. */
function grid(array) {
  const columns = array.shape.at(-1) ?? 1;
  return [columns ? array.data.length / columns : 0, columns];
}

// As HTML, for the side panel ---------------------------------------------------------------------

/** The whole array: a number, a heat map with its numbers, or a histogram with its summary. */
function numbersView(array) {
  if (!array.data) return summaryView(array);
  if (array.data.length === 0) return html("p.quiet", `empty: shape ${shapeText(array.shape)}`);
  if (array.data.length === 1) return html("p.number", format(array.data[0], 6));
  const [rows, columns] = grid(array);
  const share = shares(array.data);
  const digits = columns > 3 ? 3 : 4; // four columns of three digits still fit into the panel
  const cell = (i) => {
    const td = html("td", { class: share[i] < 0 ? "cold" : "hot" }, format(array.data[i], digits));
    td.style.setProperty("--share", `${Math.abs(share[i]) * 60}%`);
    return td;
  };
  const row = (r) =>
    html("tr", ...Array.from({ length: columns }, (_, c) => cell(r * columns + c)));
  const table = html("table", ...Array.from({ length: rows }, (_, r) => row(r)));
  return html(
    "div",
    {
      class: "scroll",
      tabindex: 0,
      role: "group",
      "aria-label": `numbers of shape ${shapeText(array.shape)}`,
    },
    table,
  );
}

function summaryView(array) {
  const facts = ["mean", "std", "min", "max"].map((name) => [name, format(array[name])]);
  facts.push(["zeros", `${format(array.zeros * 100, 3)} %`]);
  for (const name of ["nan", "inf"]) if (array[name]) facts.push([name, String(array[name])]);
  const list = html("dl.facts");
  for (const [name, text] of facts) list.append(html("dt", name), html("dd", text));
  if (!array.histogram?.counts.length) return list;
  const { low, high, counts } = array.histogram;
  const picture = svg(
    "svg",
    { class: "histogram", viewBox: "0 0 240 60", preserveAspectRatio: "none", "aria-hidden": true },
    bars(counts, 240, 60),
  );
  const axis = html("div.axis", html("span", format(low)), html("span", format(high)));
  return html("div", picture, axis, list);
}

// As SVG, small, for the picture ------------------------------------------------------------------

/** A heat map or histogram of `width` by `height`, in a few paths, however many numbers there are. */
function thumbnail(array, width, height) {
  if (!array.data) return bars(array.histogram?.counts ?? [], width, height);
  const [rows, columns] = grid(array);
  const w = width / columns;
  const h = height / rows;
  const paths = new Map();
  shares(array.data).forEach((share, i) => {
    const isOdd = !Number.isFinite(magnitude(array.data[i])); // crossed out
    const key = isOdd ? "odd 1" : `${share < 0 ? "cold" : "hot"} ${Math.ceil(Math.abs(share) * 5) / 5}`;
    const [x, y] = [(i % columns) * w, Math.floor(i / columns) * h];
    const square = `M${x.toFixed(1)} ${y.toFixed(1)}h${w.toFixed(1)}v${h.toFixed(1)}h${(-w).toFixed(1)}z`;
    const cross = `M${x.toFixed(1)} ${y.toFixed(1)}l${w.toFixed(1)} ${h.toFixed(1)}m${(-w).toFixed(1)} 0l${w.toFixed(1)} ${(-h).toFixed(1)}`;
    paths.set(key, (paths.get(key) ?? "") + (isOdd ? cross : square));
  });
  const parts = [...paths].map(([key, d]) => {
    const [name, share] = key.split(" ");
    return svg("path", { class: name, d, "fill-opacity": share });
  });
  return svg("g", { class: "thumbnail" }, ...parts, svg("rect", { class: "frame", width, height }));
}

function bars(counts, width, height) {
  const most = Math.max(...counts, 1);
  const w = width / counts.length;
  const d = counts.map((count, i) => {
    const h = count ? Math.max((count / most) * height, 1) : 0;
    return `M${(i * w).toFixed(1)} ${height}v${(-h).toFixed(1)}h${(w * 0.9).toFixed(1)}v${h.toFixed(1)}z`;
  });
  return svg("path", { class: "bars", d: d.join("") });
}

// The only two ways in which this page makes elements: text is only ever text. ------------------------

/** `html("p.quiet", { title: "…" }, "text")`: the name with its classes, then attributes, then contents. */
const html = (name, ...parts) => make("http://www.w3.org/1999/xhtml", name, parts);
const svg = (name, ...parts) => make("http://www.w3.org/2000/svg", name, parts);

function make(language, name, parts) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElementNS(language, tag);
  if (classes.length) element.setAttribute("class", classes.join(" "));
  for (const part of parts) {
    if (typeof part === "string" || part instanceof Node) element.append(part);
    else for (const [key, value] of Object.entries(part)) setAttribute(element, key, value);
  }
  return element;
}

function setAttribute(element, name, value) {
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else element.setAttribute(name, value);
}
