// What the page holds: whole numbers, deflated. Everything below turns them back into curves.
const PARTS = 10000, DECADE = 1000, ZERO = -20000;

// The numbers of a curve from its first one and the steps from there.
function summed(steps) {
  let total = 0;
  return steps.map((step) => (total += step));
}
const power = (whole) => (whole <= ZERO ? 0 : 10 ** (whole / DECADE));
const values = (steps) => steps && summed(steps).map(power);
const shares = (steps) => steps && summed(steps).map((whole) => whole / PARTS);
// A step function from the points where it changes; null before the first.
function filled(changes, length) {
  if (!changes) return null;
  const found = new Array(length).fill(null);
  for (let i = 0; i < changes.length; i += 2) found.fill(changes[i + 1], changes[i]);
  return found;
}
// One of several structures that stand side by side in one.
function apart(whole, i) {
  if (whole === null || typeof whole !== "object") return whole;
  if (whole.by) return whole.by[i];
  if (Array.isArray(whole)) return whole.map((part) => apart(part, i));
  return Object.fromEntries(Object.entries(whole).map(([name, part]) => [name, apart(part, i)]));
}
const mean = (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
const geometric = (floor) => (numbers) => Math.exp(mean(numbers.map((y) => Math.log(Math.max(y, floor)))));

// One kind of tasks seen through the page's state: which collections, which axis.
class Kind {
  constructor(data, page) {
    Object.assign(this, data);
    this.axes = Object.fromEntries(data.axes.map((axis, i) => [axis, apart(data.by_axis, i)]));
    this.page = page;
    this.decoded = new Map();
  }
  // The axis asked for, or the budget where it says the same or nothing.
  axis(wanted) {
    return this.axes[wanted] ? wanted : "budget";
  }
  x(axis) {
    return this.page.grid.map((x) => x * this.axes[axis].end);
  }
  whole(state) {
    return this.collections.every((name) => !state.without.has(name));
  }
  // Whether an optimizer that is compared is hidden.
  hides(state) {
    return this.order.some((i) => state.hidden.has(this.page.optimizers[i].name));
  }
  chosen(state) {
    return this.tasks.map((task, i) => i).filter((i) => this.tasks[i].compared &&
      !state.without.has(this.collections[this.tasks[i].collection]));
  }
  decode(metric) {
    return this.page.metrics[metric].log ? values : shares;
  }
  // A curve of one task and optimizer, decoded once.
  curve(axis, what, task, optimizer) {
    const key = `${axis} ${what} ${task} ${optimizer}`;
    if (!this.decoded.has(key)) {
      this.decoded.set(key, values(this.axes[axis][what]?.[task]?.[optimizer]) ?? null);
    }
    return this.decoded.get(key);
  }
  // Point by point over the chosen tasks that have such a curve.
  overTasks(state, axis, what, optimizer, how) {
    const found = this.chosen(state)
      .map((task) => [task, this.curve(axis, what, task, optimizer)])
      .filter(([, curve]) => curve);
    if (!found.length) return null;
    return this.page.grid.map((_, i) => how(found.map(([, y]) => y[i])));
  }
  regret(state, axis, optimizer) {
    if (state.mean === "geometric") return { y: this.overTasks(state, axis, "regret", optimizer, geometric(this.page.floor)) };
    // The page holds means by task, and the interquartile mean of all runs over all tasks alone.
    const exact = state.mean === "quartile" && this.whole(state) && this.axes[axis].all[optimizer];
    if (!exact) return { y: this.overTasks(state, axis, "regret", optimizer, mean) };
    return { y: values(exact[0]), low: values(exact[1]), high: values(exact[2]) };
  }
  // Any other metric: exactly where it has an interval and all collections count, or by these.
  metric(state, axis, name, optimizer) {
    const exact = this.whole(state) && this.axes[axis].metrics[name]?.all[optimizer];
    if (!exact) return { y: this.collected(state, this.axes[axis].metrics[name].collections, optimizer, this.decode(name)) };
    const [y, low, high] = exact.map(this.decode(name));
    return { y, low, high };
  }
  // Weighted means over collections: ranks, and the share of targets reached.
  weighted(state, axis, what, optimizer) {
    return { y: this.collected(state, this.axes[axis][what], optimizer, shares) };
  }
  collected(state, collections, optimizer, decode) {
    const parts = collections.filter((part, i) => part.means?.[optimizer] && !state.without.has(this.collections[i]));
    const total = parts.reduce((sum, part) => sum + part.weight, 0);
    if (!total) return null;
    const curves = parts.map((part) => decode(part.means[optimizer]));
    return this.page.grid.map((_, i) => parts.reduce((sum, part, j) => sum + part.weight * curves[j][i], 0) / total);
  }
  // Performance profile: on which share of tasks an optimizer is within a factor of the best.
  profile(state, axis, optimizer) {
    const lengths = this.axes[axis].lengths, at = state.target;
    const tasks = this.chosen(state).filter((task) => lengths[task]);
    if (!tasks.length) return { y: null };
    const length = (task, i) => lengths[task][i][at] ?? Infinity;
    const ratios = tasks
      .map((task) => length(task, optimizer) - Math.min(...this.order.map((i) => length(task, i))))
      .filter((ratio) => ratio < Infinity)
      .sort((a, b) => a - b);
    const factors = [...new Set([0, ...ratios])];
    return {
      x: factors.map((ratio) => 10 ** (ratio / DECADE)),
      y: factors.map((factor) => ratios.filter((ratio) => ratio <= factor).length / tasks.length),
    };
  }
  // One task: its regret, or its values where it has no scale.
  task(state, axis, optimizer, what = "regret") {
    const task = this.current(state);
    return { y: this.curve(axis, what, task, optimizer) };
  }
  value(state, optimizer, which) {
    const changes = this.values[this.current(state)]?.[optimizer]?.[which];
    return { y: filled(changes, this.page.grid.length) };
  }
  surface(state, optimizer) {
    const points = this.surfaces[this.current(state)]?.[optimizer];
    if (!points?.length) return { y: null };
    return { x: points.filter((_, i) => i % 2 === 0), y: points.filter((_, i) => i % 2) };
  }
  current(state) {
    const found = this.tasks.findIndex((task) => task.id === state.tasks.get(this.kind));
    return Math.max(found, 0);
  }
}
