// The page's state, which its address holds, and what it shows of the chosen task and runs.
const state = { task: 0, optimizer: "", seed: "", objective: 0, all: false };
const find = (selector) => document.querySelector(selector);
const PLACES = 9999, GOOD = 0.1, FEW = 10, MOST = 1000;

function element(name, attributes, parent, text) {
  const svg = ["svg", "path", "line", "text", "g"].includes(name);
  const own = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) own.setAttribute(key, value);
  if (text !== undefined) own.textContent = text;
  parent?.append(own);
  return own;
}
// A long name is cut in the middle, where names of one kind differ least.
function cut(name, most) {
  if (name.length <= most) return name;
  const half = Math.floor((most - 1) / 2);
  return `${name.slice(0, most - 1 - half)}…${name.slice(-half)}`;
}
function number(value) {
  if (value === null || value === undefined) return "-";
  if (typeof value !== "number") return String(value);
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e6)) return value.toExponential(2);
  return String(Number(value.toPrecision(5)));
}
const percent = (value) => (value === null || value === undefined ? "-" : `${number(Number((100 * value).toPrecision(3)))} %`);

// One task: its trials with the run that each belongs to.
class Task {
  constructor(data) {
    Object.assign(this, data);
    this.of = [];
    this.runs.forEach(([, , count], run) => { for (let i = 0; i < count; i += 1) this.of.push(run); });
    const every = (column) => (column.length === 1 && this.of.length > 1 ? this.of.map(() => column[0]) : column);
    this.values = this.values.map(every);
    this.cost = every(this.cost);
    this.level = every(this.level);
  }
  chosen() {
    return this.of.map((_, i) => i).filter((i) => {
      const [name, seed] = this.runs[this.of[i]];
      return (!state.optimizer || name === state.optimizer) && (state.seed === "" || String(seed) === state.seed);
    });
  }
  loss(i) {
    const value = this.values[state.objective][i];
    return value === null ? Infinity : this.objectives[state.objective][1] ? -value : value;
  }
  // The value that stands at a place of a scale.
  value(scale, place) {
    if (place < 0) return null;
    if (scale.choices) return scale.choices[Math.round((place / PLACES) * Math.max(scale.choices.length - 1, 1))];
    const share = place / PLACES;
    const found = scale.log ? scale.low * (scale.high / scale.low) ** share : scale.low + share * (scale.high - scale.low);
    return scale.integer ? Math.round(found) : found;
  }
}
const loaded = new Map();
async function task(at) {
  if (!loaded.has(at)) loaded.set(at, new Task(await unpack(document.querySelectorAll("script.task")[at].textContent)));
  return loaded.get(at);
}
let colours = {};

// Where values lie between the least and the largest, on a log scale where they span decades.
function ruler(numbers) {
  const low = Math.min(...numbers), high = Math.max(...numbers), log = low > 0 && high / low >= 1000;
  const scale = log ? Math.log : (x) => x;
  const span = scale(high) - scale(low);
  return { low, high, log, place: (x) => (span ? (scale(x) - scale(low)) / span : 0.5) };
}
function groups(own, rows) {
  const good = new Set(rows.toSorted((a, b) => own.loss(a) - own.loss(b)).slice(0, Math.ceil(GOOD * rows.length)));
  const found = new Map();
  for (const i of rows) {
    const key = `${own.runs[own.of[i]][0]}\n${good.has(i) ? 1 : 0}`;
    found.set(key, [...(found.get(key) ?? []), i]);
  }
  return [...found].map(([key, members]) => ({ name: key.split("\n")[0], good: key.endsWith("1"), members })).sort((a, b) => a.good - b.good);
}
function parallel(own, rows, parts) {
  const chart = find(".parallel");
  chart.replaceChildren();
  const shown = own.scales.map((scale, i) => [scale, own.places[i]]).filter(([scale]) => !(scale.choices?.length === 1));
  const finite = rows.filter((i) => own.values[state.objective][i] !== null);
  if (!shown.length || !finite.length) return void element("p", { class: "empty" }, chart, shown.length ? "No trial shown here succeeded." : "No configurations are stored of these runs.");
  const axes = shown.length + 1, step = Math.max(110, 960 / axes), width = step * axes, top = 30, bottom = 280;
  const svg = element("svg", { viewBox: `0 0 ${width} 320`, role: "img", "aria-label": `${finite.length} trials over ${shown.length} hyperparameters` }, chart);
  const values = ruler(finite.map((i) => own.values[state.objective][i])), x = (k) => step * (k + 0.5), y = (share) => bottom - share * (bottom - top);
  for (const { name, good, members } of parts) {
    let path = "";
    for (const i of members) {
      if (own.values[state.objective][i] === null) continue;
      let pen = "M";
      shown.forEach(([, places], k) => {
        if (places[i] < 0) pen = "M";
        else { path += `${pen}${x(k).toFixed(1)} ${y(places[i] / PLACES).toFixed(1)}`; pen = "L"; }
      });
      path += `${pen}${x(axes - 1).toFixed(1)} ${y(values.place(own.values[state.objective][i])).toFixed(1)}`;
    }
    element("path", { d: path, class: `trial${good ? " good" : ""}`, stroke: colours[name] }, svg);
  }
  const ends = [...shown.map(([scale]) => [scale.name, own.value(scale, 0), own.value(scale, PLACES)]), [own.objectives[state.objective][0], values.low, values.high]];
  ends.forEach(([name, low, high], k) => {
    element("line", { x1: x(k), x2: x(k), y1: top, y2: bottom, class: "axis" }, svg);
    const label = element("text", { x: x(k), y: 14, "text-anchor": "middle" }, svg, cut(name, 18));
    element("title", {}, label, name);
    element("text", { x: x(k), y: bottom + 15, "text-anchor": "middle", class: "soft" }, svg, cut(number(low), 16));
    element("text", { x: x(k), y: top - 3, "text-anchor": "middle", class: "soft" }, svg, cut(number(high), 16));
  });
  const legend = find("main .legend");
  legend.replaceChildren();
  for (const name of new Set(parts.map((part) => part.name))) {
    const key = element("span", {}, legend);
    element("i", { style: `background:${colours[name]}` }, key);
    key.append(name);
  }
}
function slices(own, rows, parts) {
  const place = find(".slices");
  place.replaceChildren();
  const finite = rows.filter((i) => own.values[state.objective][i] !== null);
  if (!finite.length) return;
  const values = ruler(finite.map((i) => own.values[state.objective][i])), objective = own.objectives[state.objective][0];
  own.scales.forEach((scale, k) => {
    if (scale.choices?.length === 1) return;
    const figure = element("figure", {}, place), caption = element("figcaption", {}, figure);
    element("b", {}, caption, scale.name);
    if (scale.log) caption.append(" (log scale)");
    const chart = element("div", { class: "chart" }, figure);
    const svg = element("svg", { viewBox: "0 0 280 180", role: "img", "aria-label": `${objective} over ${scale.name}` }, chart);
    element("path", { d: "M50 10V150H270", class: "axis", fill: "none" }, svg);
    for (const { name, good, members } of parts) {
      const d = members.filter((i) => own.places[k][i] >= 0 && own.values[state.objective][i] !== null)
        .map((i) => `M${(55 + (210 * own.places[k][i]) / PLACES).toFixed(1)} ${(148 - 135 * values.place(own.values[state.objective][i])).toFixed(1)}h0`).join("");
      if (d) element("path", { d, class: `dots${good ? " good" : ""}`, stroke: colours[name] }, svg);
    }
    element("text", { x: 55, y: 165, class: "soft" }, svg, cut(number(own.value(scale, 0)), 14));
    element("text", { x: 268, y: 165, "text-anchor": "end", class: "soft" }, svg, cut(number(own.value(scale, PLACES)), 14));
    element("text", { x: 46, y: 150, "text-anchor": "end", class: "soft" }, svg, number(Number(values.low.toPrecision(3))));
    element("text", { x: 46, y: 18, "text-anchor": "end", class: "soft" }, svg, number(Number(values.high.toPrecision(3))));
  });
}
// A table; of more than ten rows the others are shown when asked for.
function table(place, label, columns, rows, share) {
  place.replaceChildren();
  if (!rows.length) return void element("p", { class: "empty" }, place, "Nothing is known of it: too few trials, or no configurations.");
  const scroll = element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, place);
  const own = element("table", {}, scroll), head = element("tr", {}, element("thead", {}, own)), body = element("tbody", {}, own);
  for (const name of columns) element("th", { scope: "col", style: "padding:.35rem .75rem", title: name }, head, cut(name, 28));
  const add = (some) => some.forEach((cells) => {
    const line = element("tr", {}, body);
    cells.forEach((cell, k) => {
      const at = element(k ? "td" : "th", k ? {} : { scope: "row" }, line, k && share?.(k) ? percent(cell) : number(cell));
      if (k && share?.(k) && cell !== null && cell !== undefined) element("span", { class: "share", style: `width:${Math.min(100, 100 * cell)}%` }, at);
    });
  });
  add(rows.slice(0, FEW));
  if (rows.length > FEW) {
    const rest = Math.min(rows.length, MOST) - FEW;
    const more = element("button", { type: "button", class: "data more" }, place, `${rest} more of ${rows.length}`);
    more.addEventListener("click", () => { add(rows.slice(FEW, MOST)); more.remove(); });
  }
}
function importance(own) {
  const objective = own.objectives[state.objective][0], rows = own.importance.filter((row) => row.objective === objective);
  const key = (row) => (row.basis === "table" ? `${row.method}, table` : `${row.method} ${100 * row.share} %`);
  const method = (name) => name.split(/[ ,]/)[0].length, columns = [...new Set(rows.map(key))].sort((a, b) => method(a) - method(b));
  const found = new Map();
  for (const row of rows) found.set(row.hyperparameter, { ...found.get(row.hyperparameter), [key(row)]: row.importance });
  const last = columns.find((name) => name.endsWith("table")) ?? columns.at(-1);
  const lines = [...found].sort(([, a], [, b]) => (b[last] ?? -1) - (a[last] ?? -1)).map(([name, cells]) => [name, ...columns.map((column) => cells[column] ?? null)]);
  table(find("div.importance"), "Importance of hyperparameters", ["hyperparameter", ...columns], lines, () => true);
}
function landscape(own) {
  const place = find("div.landscape");
  place.replaceChildren();
  const said = own.landscape.filter((row) => row.objective === own.objectives[state.objective][0]);
  if (!said.length) return void element("p", { class: "empty" }, place, "Too few different configurations to say anything.");
  for (const row of said) {
    const basis = { table: "the whole table", random: "random search's trials", all: "the trials of all optimizers, which crowd where it is good" }[row.basis];
    element("p", {}, place, `Of ${row.configurations.toLocaleString("en")} configurations (${basis}), ${percent(row.near_1)} lie within 1 % of the way from the best (${number(row.best)}) to the median (${number(row.median)}), ${percent(row.near_5)} within 5 % and ${percent(row.near_10)} within 10 %. ${row.optima.toLocaleString("en")} ${row.optima === 1 ? "is a local optimum" : "are local optima"}: better than each neighbour (${row.neighbours}).`);
  }
}
function trials(own, rows) {
  const one = new Set(rows.map((i) => own.of[i])).size === 1;
  find(".order").textContent = one ? "In the order of finish." : "The best first; choose an optimizer and a seed to see a run in its order.";
  const order = one ? rows : rows.toSorted((a, b) => own.loss(a) - own.loss(b));
  const columns = ["trial", ...(one ? [] : ["optimizer", "seed"]), ...own.scales.map((scale) => scale.name), ...(own.fidelity ? [own.fidelity] : []), ...own.objectives.map(([name]) => name), "cost", "failure"];
  const lines = order.map((i) => {
    const [name, seed] = own.runs[own.of[i]];
    const config = own.scales.map((scale, k) => own.value(scale, own.places[k][i]));
    return [own.number[i], ...(one ? [] : [name, seed]), ...config, ...(own.fidelity ? [own.level[i]] : []), ...own.values.map((column) => column[i]), own.cost[i], own.failed[i] ?? ""];
  });
  table(find("div.trials"), "Trials", columns, lines);
}
function fill(name, options, chosen) {
  const select = find(`select[name="${name}"]`);
  select.replaceChildren(...options.map(([value, text]) => element("option", { value }, null, text)));
  select.value = options.some(([value]) => String(value) === String(chosen)) ? chosen : options[0][0];
  return select.value;
}
function remember() {
  const found = new URLSearchParams();
  found.set("task", find('select[name="task"]').selectedOptions[0].textContent);
  for (const name of ["optimizer", "seed"]) if (state[name] !== "") found.set(name, state[name]);
  if (state.objective) found.set("objective", state.objective);
  history.replaceState(null, "", `#${found}`);
}
async function show() {
  const own = await task(state.task);
  const names = [...new Set(own.runs.map(([name]) => name))], seeds = [...new Set(own.runs.map(([, seed]) => seed))].sort((a, b) => a - b);
  state.optimizer = fill("optimizer", [["", "all"], ...names.map((name) => [name, name])], state.optimizer);
  state.seed = fill("seed", [["", "all"], ...seeds.map((seed) => [seed, seed])], state.seed);
  state.objective = Number(fill("objective", own.objectives.map(([name], i) => [i, name]), state.objective));
  find('[data-for="objective"]').hidden = own.objectives.length < 2;
  const rows = own.chosen(), full = rows.filter((i) => own.full[i] === "1"), parts = groups(own, full);
  const left = own.all_runs - own.runs.length;
  find(".summary").textContent = `${rows.length} trials of ${new Set(rows.map((i) => own.of[i])).size} runs${full.length < rows.length ? `, ${full.length} of them at the highest fidelity, which the figures show` : ""}.${left ? ` ${left} of ${own.all_runs} runs on this task are not on the page, for its size: those of later seeds and of optimizers further down; the tables on importance, search and landscape are of all.` : ""}${own.known || !own.scales.length ? "" : " The task's space is not known here: scales span what was tried."}`;
  parallel(own, full, parts);
  slices(own, full, parts);
  importance(own);
  table(find("div.search"), "Where optimizers search", ["optimizer", "trials", "repeated", "on the boundary", "default"], own.search.map((row) => [row.optimizer, row.trials, row.repeated, row.boundary, row.default]), (k) => k > 1);
  landscape(own);
  trials(own, rows);
  remember();
  document.documentElement.dataset.ready = "yes";
}
function recall() {
  const found = new URLSearchParams(location.hash.slice(1)), options = [...find('select[name="task"]').options];
  state.task = Math.max(0, options.findIndex((own) => own.textContent === found.get("task")));
  state.optimizer = found.get("optimizer") ?? "";
  state.seed = found.get("seed") ?? "";
  state.objective = Number(found.get("objective")) || 0;
  find('select[name="task"]').value = state.task;
}
async function start() {
  if (!window.DecompressionStream || !document.querySelector("script.task")) return;
  colours = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(find("#colours").textContent), (char) => char.charCodeAt(0))));
  find("main").hidden = false;
  recall();
  for (const name of ["task", "optimizer", "seed", "objective"]) {
    find(`select[name="${name}"]`).addEventListener("change", (event) => {
      state[name] = name === "task" || name === "objective" ? Number(event.target.value) : event.target.value;
      show();
    });
  }
  window.addEventListener("hashchange", () => { recall(); show(); });
  await show();
}
start();
