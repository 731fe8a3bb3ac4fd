// Draw step curves as SVG, with a read-out that follows the pointer or the arrow keys.
const SVG = "http://www.w3.org/2000/svg", HIGHLIGHTED = 8, FEW = 10, LINES = 14;
const MARKS = {
  o: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0", s: "M-3-3h6v6h-6z", "^": "M0-3.6L3.4 2.6h-6.8z",
  D: "M0-3.8L3.8 0 0 3.8-3.8 0z", v: "M0 3.6L3.4-2.6h-6.8z", P: "M-1-3h2v2h2v2h-2v2h-2v-2h-2v-2h2z",
  X: "M-3-3h2L0-1.4 1-3h2L1.2 0 3 3h-2L0 1.4-1 3h-2L-1.2 0z", "<": "M-3.6 0L2.6-3.4v6.8z",
  ">": "M3.6 0L-2.6-3.4v6.8z", p: "M0-3.6L3.4-1 2.1 3h-4.2L-3.4-1z",
};
function element(name, attributes, parent) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent?.append(node);
  return node;
}
function plain(number) {
  if (number === null || !Number.isFinite(number)) return "-";
  if (number === 0) return "0";
  const size = Math.abs(number);
  return size < 1e-4 || size >= 1e6 ? number.toExponential(1) : String(Number(number.toPrecision(3)));
}
// Names that fit and differ: the middle is cut; where that leaves some alike, what all these share is cut.
function abridged(names, room) {
  const half = (room - 1) / 2, lead = (texts) => texts.reduce((a, b) => {
    let i = 0;
    while (i < a.length && a[i] === b[i]) i += 1;
    return a.slice(0, i);
  }).length;
  const middle = (name) => (name.length <= room ? name
    : `${name.slice(0, Math.ceil(half))}\u2026${name.slice(name.length - Math.floor(half))}`);
  const cut = names.map(middle);
  return names.map((name, i) => {
    const alike = names.filter((_, j) => cut[j] === cut[i]);
    const begin = lead(alike), rest = alike.map((text) => text.slice(begin));
    const end = lead(rest.map((text) => [...text].reverse().join("")));
    const core = name.slice(begin, name.length - end);
    return alike.length > 1 && core ? middle(`\u2026${core}`) : cut[i];
  });
}
// From data to pixels; `low` and `high` are where the axis begins and ends.
function scale(log, low, high, start, stop) {
  const at = log ? Math.log10 : (v) => v, [a, b] = [at(low), at(high)];
  return (v) => start + ((at(log ? Math.max(v, low) : v) - a) / (b - a || 1)) * (stop - start);
}
function ticks(log, low, high) {
  if (!log) {
    const rough = (high - low) / 5, unit = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * unit).find((n) => n >= rough);
    const first = Math.ceil(low / step - 1e-9);
    return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
  }
  const decades = Math.log10(high / low), every = Math.max(1, Math.round(decades / 7)), found = [];
  for (let n = Math.floor(Math.log10(low)); n <= Math.log10(high); n += 1) {
    for (const m of decades > 2 ? [1] : [1, 2, 5]) if (n % every === 0) found.push(m * 10 ** n);
  }
  return found.filter((v) => v >= low * 0.999 && v <= high * 1.001);
}
// The limits of a chart: all that is drawn; zeros of a log scale lie at its lower end.
function limits(numbers, { log, include = [], from, to }) {
  const usable = [...numbers, ...include].filter((v) => Number.isFinite(v) && (!log || v > 0));
  let low = Math.min(...usable), high = Math.max(...usable);
  if (!usable.length) [low, high] = [0.1, 1];
  if (log) return [from ?? low / 1.3, to ?? high * 1.3];
  const room = (high - low || Math.abs(high) || 1) * 0.04;
  return [from ?? low - room, to ?? high + room];
}
// A step function: a value holds from where it was reached to where the next one was.
function steps(x, y, px, py, before) {
  let path = "";
  for (let i = 0; i < y.length; i += 1) {
    if (y[i] === null) continue;
    const [h, v] = [px(x[i]).toFixed(1), py(y[i]).toFixed(1)];
    if (!path) path = `M${h} ${v}`;
    else if (y[i] !== y[i - 1] || i === y.length - 1) path += before ? `V${v}H${h}` : `H${h}V${v}`;
  }
  return path;
}
// The value in force at a point of x; null before the first.
function valueAt(series, x, before) {
  let found = null;
  for (let i = 0; i < series.x.length; i += 1) {
    if (before ? series.x[i] >= x : series.x[i] <= x * (1 + 1e-9)) {
      found = series.y[i];
      if (before) break;
    }
  }
  return found;
}
class Chart {
  constructor(figure) {
    this.box = figure.querySelector(".chart");
    this.readout = figure.querySelector(".readout");
    this.box.tabIndex = 0;
    this.box.addEventListener("pointermove", (event) => this.point(event));
    this.box.addEventListener("pointerdown", (event) => this.point(event));
    this.box.addEventListener("pointerleave", () => this.leave());
    this.box.addEventListener("blur", () => this.leave());
    this.box.addEventListener("keydown", (event) => this.key(event));
  }
  // `plot`: {x, y: {label, log, invert, include, from, to}, series: [{name, colour, ...}], label}
  draw(plot) {
    this.leave();
    this.plot = plot;
    this.cross = null;
    this.width = Math.max(280, this.box.clientWidth || 640);
    this.height = plot.series.length ? Math.round(Math.min(400, Math.max(250, this.width * 0.6))) : 80;
    const named = this.width > 520 ? Math.min(190, this.width * 0.27) : 8;
    this.frame = { left: 54, right: this.width - named, top: 10, bottom: this.height - 42 };
    const svg = element("svg", { viewBox: `0 0 ${this.width} ${this.height}`, role: "img" });
    svg.setAttribute("aria-label", plot.label);
    this.box.replaceChildren(svg);
    this.legend?.remove();
    if (!plot.series.length) return this.say(svg, plot.empty);
    this.scales();
    this.axes(svg);
    this.rank();
    for (const series of this.ordered) this.curve(svg, series);
    if (named > 8) this.names(svg);
    else this.names_below();
    this.cross = element("line", { class: "cross", y1: this.frame.top, y2: this.frame.bottom, visibility: "hidden" }, svg);
    return undefined;
  }
  say(svg, text) {
    element("text", { x: 16, y: 40, class: "soft" }, svg).textContent = text;
  }
  scales() {
    const { plot, frame } = this, all = (key) => plot.series.flatMap((s) => s[key] ?? []).filter((v) => v !== null);
    this.xs = limits(all("x"), plot.x);
    this.ys = limits([...all("y"), ...(plot.y.log ? [] : all("low"))], plot.y);
    this.px = scale(plot.x.log, ...this.xs, frame.left, frame.right);
    const [bottom, top] = plot.y.invert ? [frame.top, frame.bottom] : [frame.bottom, frame.top];
    this.py = scale(plot.y.log, ...this.ys, bottom, top);
  }
  axes(svg) {
    const { frame, plot, px, py } = this, grid = element("g", { class: "grid" }, svg);
    for (const tick of ticks(plot.x.log, ...this.xs)) {
      element("line", { x1: px(tick), x2: px(tick), y1: frame.top, y2: frame.bottom }, grid);
      element("text", { x: px(tick), y: frame.bottom + 16, "text-anchor": "middle" }, grid).textContent = plain(tick);
    }
    for (const tick of ticks(plot.y.log, ...this.ys)) {
      element("line", { x1: frame.left, x2: frame.right, y1: py(tick), y2: py(tick) }, grid);
      element("text", { x: frame.left - 6, y: py(tick) + 4, "text-anchor": "end" }, grid).textContent = plain(tick);
    }
    element("path", { class: "frame", d: `M${frame.left} ${frame.top}V${frame.bottom}H${frame.right}` }, grid);
    for (const mark of plot.y.marks ?? []) {
      element("line", { class: "mark", x1: frame.left, x2: frame.right, y1: py(mark), y2: py(mark) }, grid);
    }
    const middle = (frame.left + frame.right) / 2, height = (frame.top + frame.bottom) / 2;
    element("text", { x: middle, y: this.height - 6, "text-anchor": "middle" }, svg).textContent = plot.x.label;
    element("text", { transform: `translate(12 ${height}) rotate(-90)`, "text-anchor": "middle" }, svg).textContent = plot.y.label;
  }
  // The best at the end are drawn strongly where there are many; they come last, so on top.
  rank() {
    const { plot } = this, up = plot.y.invert || plot.y.small ? 1 : -1;
    const end = (series) => series.y.findLast((v) => v !== null);
    const sorted = plot.series.slice().sort((a, b) => up * (end(a) - end(b)));
    const strong = new Set(sorted.slice(0, plot.series.length > FEW ? HIGHLIGHTED : FEW));
    for (const series of plot.series) series.strong = strong.has(series);
    this.ordered = sorted.reverse();
  }
  curve(svg, series) {
    const { px, py, plot } = this;
    const group = element("g", { class: series.strong ? "curve" : "curve faint", "data-name": series.name }, svg);
    series.group = group;
    element("title", {}, group).textContent = series.name;
    if (series.low && series.strong && series.low.every(Number.isFinite)) {
      const upper = steps(series.x, series.high, px, py), back = steps(series.x, series.low, px, py);
      element("path", { class: "band", fill: series.colour, "fill-rule": "evenodd",
        d: `${upper}L${reversed(back)}Z` }, group);
    }
    const { x, y } = series.drawn ?? series;
    element("path", { d: steps(x, y, px, py, plot.before), stroke: series.colour,
      "stroke-dasharray": series.dashes, class: series.second ? "line second" : "line" }, group);
    if (!series.strong || plot.bare) return;
    const points = series.y.length, every = points > 20 ? 20 : 1;
    for (let i = points > 20 ? series.offset % 20 : 0; i < points; i += every) {
      if (series.y[i] === null) continue;
      const at = `translate(${px(series.x[i]).toFixed(1)} ${py(series.y[i]).toFixed(1)})`;
      element("path", { d: MARKS[series.marker], fill: series.colour, transform: at }, group);
    }
  }
  // Names at the right end of the strong curves, moved apart.
  names(svg) {
    const found = this.ordered.filter((s) => s.strong && !s.second)
      .map((series) => ({ series, y: this.py(series.y.findLast((v) => v !== null)) }))
      .sort((a, b) => a.y - b.y);
    found.forEach((own, i) => { own.at = Math.max(own.y, i ? found[i - 1].at + 14 : this.frame.top + 6); });
    for (let i = found.length - 1; i >= 0; i -= 1) {
      const lowest = i === found.length - 1 ? this.frame.bottom : found[i + 1].at - 14;
      found[i].at = Math.min(found[i].at, lowest);
    }
    const room = Math.floor((this.width - this.frame.right - 26) / 6.3);
    const labels = abridged(found.map((own) => own.series.name), room);
    for (const [i, { series, y, at }] of found.entries()) {
      const x = this.frame.right;
      element("path", { class: "line", d: `M${x + 1} ${y.toFixed(1)}L${x + 8} ${at.toFixed(1)}H${x + 20}`,
        stroke: series.colour, "stroke-dasharray": series.dashes }, series.group);
      const label = element("text", { x: x + 24, y: at + 4, class: "name" }, series.group);
      label.textContent = labels[i];
    }
  }
  // Where there is no room beside the curves.
  names_below() {
    this.legend = document.createElement("div");
    this.legend.className = "legend";
    this.legend.append(...this.ordered.filter((s) => s.strong && !s.second).reverse().map((series) => {
      const own = document.createElement("span");
      own.append(swatch(series), " ");
      return own;
    }));
    this.box.after(this.legend);
  }
  point(event) {
    if (!this.cross) return;
    const box = this.box.firstChild.getBoundingClientRect(), factor = this.width / box.width;
    const [h, v] = [(event.clientX - box.left) * factor, (event.clientY - box.top) * factor];
    if (h < this.frame.left || h > this.frame.right + 4) return this.leave();
    const share = (h - this.frame.left) / (this.frame.right - this.frame.left), [low, high] = this.xs;
    return this.show(this.plot.x.log ? low * (high / low) ** share : low + share * (high - low), v);
  }
  key(event) {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") this.leave();
    if (!move || !this.cross) return;
    event.preventDefault();
    const all = [...new Set(this.plot.series.flatMap((s) => s.x))].sort((a, b) => a - b);
    const now = this.at === undefined ? (move > 0 ? -1 : all.length) : all.findLastIndex((x) => x <= this.at);
    this.show(all[Math.min(all.length - 1, Math.max(0, now + move))]);
  }
  // What each curve holds at x, the best first, the one next to the pointer in bold.
  show(x, v) {
    this.at = x;
    const { plot } = this, up = plot.y.invert || plot.y.small ? 1 : -1;
    const found = plot.series.map((series) => [series, valueAt(series, x, plot.before)])
      .filter(([, y]) => y !== null).sort((a, b) => up * (a[1] - b[1]));
    const near = v === undefined ? null : found.reduce((best, own) =>
      (!best || Math.abs(this.py(own[1]) - v) < Math.abs(this.py(best[1]) - v) ? own : best), null)?.[0];
    for (const series of plot.series) series.group.classList.toggle("near", series === near);
    for (const end of ["x1", "x2"]) this.cross.setAttribute(end, this.px(x));
    this.cross.setAttribute("visibility", "visible");
    const shown = found.length > LINES ? found.filter(([s], i) => i < LINES || s === near) : found;
    const head = document.createElement("b");
    head.textContent = `${plot.x.short ?? "x"} = ${plain(x)}`;
    this.readout.replaceChildren(head, ...shown.map(([series, y]) => this.line(series, y, series === near)));
    this.readout.classList.toggle("left", this.px(x) > (this.frame.left + this.frame.right) / 2);
    this.readout.hidden = false;
  }
  line(series, y, near) {
    const line = document.createElement("span"), swatch = document.createElement("i");
    swatch.style.background = series.colour;
    line.append(swatch, `${series.name}: ${plain(y)}`);
    if (near) line.className = "near";
    return line;
  }
  leave() {
    this.at = undefined;
    this.readout.hidden = true;
    this.cross?.setAttribute("visibility", "hidden");
    for (const series of this.plot?.series ?? []) series.group?.classList.remove("near");
  }
}
// The points of a path of M, H and V backwards, to close a band.
function reversed(path) {
  const points = [];
  for (const [, kind, a, b] of path.matchAll(/([MHV])([-\d.]+)(?: ([-\d.]+))?/g)) {
    const [x, y] = points.at(-1) ?? [];
    points.push(kind === "M" ? [a, b] : kind === "H" ? [a, y] : [x, a]);
  }
  return points.reverse().map(([x, y]) => `${x} ${y}`).join("L");
}
