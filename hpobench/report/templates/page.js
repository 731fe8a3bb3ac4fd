// The page's state, which its address holds, and the controls that change it.
const state = {
  axis: "budget", mean: "quartile", target: 0, kinds: new Set(), hidden: new Set(), without: new Set(),
  tasks: new Map(), sorted: new Map(),
};
const KEYS = { hidden: "hide", without: "without", kinds: "hide-kind" };
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

function remember() {
  const found = new URLSearchParams();
  if (state.axis !== "budget") found.set("x", state.axis);
  if (state.mean !== "quartile") found.set("mean", state.mean);
  if (state.target) found.set("target", state.target);
  for (const [name, key] of Object.entries(KEYS)) for (const value of state[name]) found.append(key, value);
  for (const [kind, task] of state.tasks) found.append("task", `${kind}:${task}`);
  for (const [table, how] of state.sorted) found.append("sort", `${table}:${how}`);
  const text = String(found);
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
}
function recall() {
  if (!location.hash.includes("=")) return;
  const found = new URLSearchParams(location.hash.slice(1));
  state.axis = found.get("x") in AXES ? found.get("x") : "budget";
  state.mean = ["geometric", "plain"].includes(found.get("mean")) ? found.get("mean") : "quartile";
  state.target = Number(found.get("target")) || 0;
  for (const [name, key] of Object.entries(KEYS)) state[name] = new Set(found.getAll(key));
  const pairs = (key) => new Map(found.getAll(key).map((text) => {
    const at = text.indexOf(":");
    return [text.slice(0, at), text.slice(at + 1)];
  }));
  state.tasks = pairs("task");
  state.sorted = pairs("sort");
}
// A button that is pressed while its name is not in a set of the state.
function chip(set, name, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.name = name;
  button.append(label ?? name);
  button.addEventListener("click", () => {
    if (!set().delete(name)) set().add(name);
    refresh();
  });
  return button;
}
function chips(group, set, names, label) {
  group.append(...names.map((name) => chip(set, name, label?.(name))));
  const press = () => { for (const own of all("button[data-name]", group)) own.setAttribute("aria-pressed", !set().has(own.dataset.name)); };
  for (const own of all("[data-all]", group)) {
    own.addEventListener("click", () => {
      set().clear();
      if (own.dataset.all === "none") for (const name of names) set().add(name);
      refresh();
    });
  }
  return press;
}
function swatch(optimizer) {
  const found = document.createDocumentFragment();
  const svg = element("svg", { width: 30, height: 12, viewBox: "0 0 30 12", "aria-hidden": true });
  element("line", { x2: 30, y1: 6, y2: 6, stroke: optimizer.colour, "stroke-width": 2.5, "stroke-dasharray": optimizer.dashes }, svg);
  element("path", { d: MARKS[optimizer.marker], fill: optimizer.colour, transform: "translate(15 6)" }, svg);
  found.append(svg, optimizer.name);
  return found;
}
function selects(name, apply) {
  for (const select of all(`select[name="${name}"]`)) {
    select.addEventListener("change", () => { apply(select); refresh(); });
  }
}
let page, kinds = [], figures = [], presses = [];
function refresh() {
  remember();
  show();
}
function show() {
  for (const press of presses) press();
  for (const input of all('input[name="axis"]')) input.checked = input.value === state.axis;
  for (const select of all('select[name="mean"]')) select.value = state.mean;
  for (const select of all('select[name="target"]')) select.value = state.target;
  for (const kind of kinds) {
    for (const select of all(`select[name="task"][data-kind="${kind.kind}"]`)) select.value = kind.current(state);
    document.getElementById(kind.kind).hidden = state.kinds.has(kind.kind);
  }
  leftOut();
  for (const own of figures) draw(own);
}
function draw({ figure, chart, kind }) {
  if (state.kinds.has(kind.kind)) return;
  const plot = plotted(page, kind, figure.dataset.view, state);
  const title = figure.querySelector("figcaption b").textContent;
  plot.label = `${title} ${plot.series.length} curves. Arrow keys read values off; the same numbers are in the tables.`;
  figure.querySelector(".note").textContent = plot.note ? ` ${plot.note}` : "";
  chart.draw(plot);
  figure.hidden = !plot.series.length && !state.hidden.size && !state.without.size; // no empty panels
}
// What the reader has left out, for it holds for curves only.
function leftOut() {
  const collections = new Set(kinds.flatMap((kind) => kind.collections));
  const names = [...state.without].filter((name) => collections.has(name));
  const hidden = page.optimizers.filter((own) => state.hidden.has(own.name)).length;
  const parts = [];
  if (names.length) parts.push(`Curves are without ${names.join(", ")}; tables and statistics are of all tasks.`);
  if (hidden) parts.push(`${hidden} of ${page.optimizers.length} optimizers hidden in curves.`);
  if (state.kinds.size) parts.push(`Kinds of tasks not shown: ${[...state.kinds].join(", ")}.`);
  document.getElementById("left-out").textContent = parts.join(" ");
}
function download(own) {
  const link = document.createElement("a"), { figure, chart, kind } = own;
  link.href = URL.createObjectURL(new Blob([csv(chart.plot)], { type: "text/csv" }));
  link.download = `${kind.kind}-${figure.dataset.view}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
function prepare(figure) {
  const kind = kinds.find((own) => own.kind === figure.dataset.kind), own = { figure, kind, chart: new Chart(figure) };
  figure.hidden = false;
  all("button.data", figure).forEach((button) => { button.hidden = false; button.addEventListener("click", () => download(own)); });
  return own;
}
// Sort a table by the column whose heading is clicked; what has no number comes last.
function key(row, column) {
  const cell = row.cells[column], text = cell.dataset.sort ?? cell.textContent, number = Number(text);
  if (text === "" || text === "-") return [2, 0];
  return Number.isNaN(number) ? [1, text] : [0, number];
}
function sort(table, column, up) {
  const body = table.tBodies[0], headings = table.tHead.rows[0].cells;
  if (!headings[column]) return;
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const rows = [...body.rows].map((row) => [key(row, column), row]);
  rows.sort(([a], [b]) => order(a[0], b[0]) || (up ? 1 : -1) * order(a[1], b[1]));
  for (const other of headings) other.removeAttribute("aria-sort");
  headings[column].setAttribute("aria-sort", up ? "ascending" : "descending");
  body.append(...rows.map(([, row]) => row));
}
// A table of more than ten rows shows ten until it is unfolded; paper says how many there are.
function fold(button) {
  const table = button.closest(".fold").previousElementSibling.querySelector("table"), rows = button.dataset.rows;
  const set = (folded) => {
    table.classList.toggle("folded", folded);
    button.textContent = folded ? `10 of ${rows} rows` : `All ${rows} rows`;
    button.setAttribute("aria-expanded", !folded);
  };
  button.addEventListener("click", () => set(!table.classList.contains("folded")));
  set(true);
}
all(".fold button").forEach(fold);
for (const button of all("thead button")) {
  button.addEventListener("click", () => {
    const heading = button.closest("th"), table = heading.closest("table");
    const up = heading.getAttribute("aria-sort") !== "ascending";
    sort(table, heading.cellIndex, up);
    state.sorted.set(table.id, `${heading.cellIndex}${up ? "up" : "down"}`);
    remember();
  });
}
function sortAsRemembered() {
  for (const [id, how] of state.sorted) {
    const table = document.getElementById(id);
    if (table?.tagName === "TABLE") sort(table, Number.parseInt(how, 10), how.endsWith("up"));
  }
}
// An anchor of the contents moves the page and leaves the view in its address.
for (const link of all('a[href^="#"]')) {
  link.addEventListener("click", (event) => {
    const target = document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    event.preventDefault();
    target.hidden = false;
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  });
}
// On paper nothing is folded.
window.addEventListener("beforeprint", () => {
  for (const details of all("main details")) details.open = true;
});
async function start() {
  const holder = document.getElementById("data");
  if (!holder || !window.DecompressionStream) return;
  page = await unpack(holder.textContent);
  kinds = page.kinds.map((data) => new Kind(data, page));
  for (const kind of kinds) {
    kind.others = page.optimizers.map((_, i) => i).filter((i) => !kind.order.includes(i));
  }
  recall();
  const bar = document.querySelector(".bar"), group = (name) => bar.querySelector(`[data-chips="${name}"]`);
  const optimizers = new Map(page.optimizers.map((own) => [own.name, own]));
  const collections = [...new Set(kinds.flatMap((kind) => kind.collections))].sort();
  presses = [
    chips(group("optimizers"), () => state.hidden, [...optimizers.keys()], (name) => swatch(optimizers.get(name))),
    chips(group("collections"), () => state.without, collections),
    chips(group("kinds"), () => state.kinds, kinds.map((kind) => kind.kind)),
  ];
  for (const input of all('input[name="axis"]')) {
    input.addEventListener("change", () => { state.axis = input.value; refresh(); });
    input.disabled = !kinds.some((kind) => kind.axes[input.value]) && input.value !== "evaluations";
  }
  selects("mean", (select) => { state.mean = select.value; });
  selects("target", (select) => { state.target = Number(select.value); });
  selects("task", (select) => {
    const kind = kinds.find((own) => own.kind === select.dataset.kind);
    state.tasks.set(kind.kind, kind.tasks[select.value].id);
  });
  for (const node of all(".scripted")) node.hidden = false;
  figures = all("figure[data-view]").map(prepare);
  show();
  sortAsRemembered();
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (width !== window.innerWidth) { width = window.innerWidth; show(); }
  });
  window.addEventListener("hashchange", () => { recall(); show(); sortAsRemembered(); });
  document.documentElement.dataset.ready = "yes";
}
start();
