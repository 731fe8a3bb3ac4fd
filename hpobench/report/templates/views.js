// What each figure of a kind shows: from the data and the page's state to a plot.
const AXES = {
  evaluations: ["evaluations per trial of the budget", "evaluations"],
  budget: ["share of the budget (full-fidelity trials)", "budget"],
  time: ["virtual seconds, as a share of random search's", "time"],
  "time-overhead": ["virtual seconds and overhead, as a share of random search's time", "time"],
};
const INSTEAD = {
  evaluations: "all evaluations are full trials", time: "no virtual time here", "time-overhead": "no virtual time here",
};
const EMPTY = { igd: "No front is known for certain for any of these tasks, so there is no IGD+." };
// How a metric is drawn, as it declares itself.
const declared = ({ label, log, small, mark, from, to }) => ({
  label, log, small: log && small, from: from ?? undefined, to: to ?? undefined,
  ...(mark === null ? {} : { include: [mark], marks: [mark] }),
});
const measured = (view) => (kind, state, axis) => ({
  y: declared(kind.page.metrics[view]),
  curve: (i) => kind.metric(state, axis, view, i),
  empty: EMPTY[view] ?? "None of these tasks can be normalised.",
});

const VIEWS = {
  regret: (kind, state, axis) => ({
    y: declared(state.mean === "geometric" ? kind.page.variants.regret : kind.page.metrics.regret),
    curve: (i) => kind.regret(state, axis, i),
    note: state.mean === "quartile" && !kind.whole(state) ? "Plain means over tasks, without intervals: the interquartile mean is of all collections, and some are left out." : "",
    empty: "None of these tasks can be normalised.",
  }),
  ranks: (kind, state, axis) => ({
    y: { label: "mean rank (1 is the best)", invert: true },
    curve: (i) => kind.weighted(state, axis, "ranks", i),
    note: kind.hides(state) ? "Ranks are among all compared optimizers, the hidden ones too." : "",
    empty: "No task and seed was run by all compared optimizers.",
  }),
  targets: (kind, state, axis) => ({
    y: declared(kind.page.metrics.targets),
    curve: (i) => kind.weighted(state, axis, "targets", i),
    empty: "None of these tasks can be normalised.",
  }),
  profile: (kind, state, axis) => ({
    x: { label: "times as long as the best", short: "factor", log: true, from: 1 },
    y: { label: "share of tasks", from: 0, to: 1 },
    curve: (i) => kind.profile(state, axis, i),
    note: kind.hides(state) ? "The fastest may be one of the hidden optimizers." : "",
    empty: "None of these tasks can be normalised.",
  }),
  task: (kind, state, axis) => {
    const all = kind.order.concat(kind.others), task = kind.current(state);
    const on = [axis, "budget"].find((name) => all.some((i) => kind.curve(name, "regret", task, i)));
    const scaled = { y: declared(kind.page.metrics.regret), curve: (i) => kind.task(state, on, i) };
    if (on) return { ...scaled, axis: on, anyone: true };
    const { objectives, directions } = kind.tasks[kind.current(state)];
    const volume = directions.length > 1;
    return {
      axis: "budget", anyone: true, empty: "No run found anything on this task.",
      y: { label: volume ? "hypervolume" : objectives[0], small: !volume && directions[0] === "min" },
      curve: (i) => kind.value(state, i, 0),
    };
  },
  test: (kind, state) => {
    const { objectives, directions } = kind.tasks[kind.current(state)];
    return {
      axis: "budget", anyone: true, bare: true,
      y: { label: objectives[0], small: directions[0] === "min" },
      curve: (i) => kind.value(state, i, 0),
      second: (i) => kind.value(state, i, 1),
      empty: "This task has no test values.",
    };
  },
  surface: (kind, state) => {
    const { objectives, directions } = kind.tasks[kind.current(state)];
    return {
      x: { label: objectives[0], short: objectives[0] }, anyone: true, bare: true,
      before: directions[0] === "max", edged: true,
      y: { label: objectives[1] ?? "", small: directions[1] === "min" },
      curve: (i) => kind.surface(state, i),
      empty: "Attainment surfaces are drawn for two objectives.",
    };
  },
};
const LEAST = 2;
const named = (page, i, label) => ({ ...page.optimizers[i], name: page.optimizers[i].name + (label ?? "") });

// The plot of a view: its curves, without the optimizers that are hidden.
function plotted(page, kind, view, state) {
  const axis = kind.axis(state.axis), spec = (VIEWS[view] ?? measured(view))(kind, state, axis), on = spec.axis ?? axis;
  const x = spec.x ?? { label: AXES[on][0], short: AXES[on][1], from: 0, to: kind.axes[on].end };
  if (on !== state.axis && !spec.x) x.label = `share of the budget (${INSTEAD[state.axis] ?? "always"})`;
  const grid = spec.x ? undefined : kind.x(on), series = [];
  const shown = (spec.anyone ? kind.order.concat(kind.others) : kind.order)
    .filter((i) => !state.hidden.has(page.optimizers[i].name));
  for (const i of shown) {
    const first = spec.curve(i), second = spec.second?.(i);
    if (spec.second && !second?.y) continue;
    if (first.y) series.push({ x: grid, ...named(page, i, second && " (validation)"), ...first });
    if (second?.y) series.push({ x: grid, ...named(page, i, " (test)"), ...second, dashes: "3 3", second: true });
  }
  if (view === "profile") level(series, x);
  if (spec.edged && series.length) edged(series, x, spec.y, spec.before);
  const { y, before, bare, note } = spec;
  return { x, y, series, before, bare, note: series.length && note, empty: missing(page, kind, state, spec) };
}
// Profiles hold from where they rise last to the end of the figure.
function level(series, x) {
  x.to = Math.max(LEAST, ...series.map((s) => s.x.at(-1))) * 1.1;
  for (const s of series) {
    s.x.push(x.to);
    s.y.push(s.y.at(-1));
  }
}
// A surface goes on to the edge of the figure, which lies behind all that was attained.
function edged(series, x, y, before) {
  const edge = (key, up) => {
    const all = series.flatMap((s) => s[key]), low = Math.min(...all), high = Math.max(...all);
    const room = 0.05 * (high - low || Math.abs(high) || 1);
    return up ? high + room : low - room;
  };
  const across = edge("x", !before), upwards = edge("y", y.small);
  x.include = [across];
  y.include = [upwards];
  for (const s of series) {
    s.drawn = before
      ? { x: [across, ...s.x, s.x.at(-1)], y: [s.y[0], ...s.y, upwards] }
      : { x: [s.x[0], ...s.x, across], y: [upwards, ...s.y, s.y.at(-1)] };
  }
}
function missing(page, kind, state, spec) {
  if (!spec.anyone && !kind.chosen(state).length && !kind.whole(state)) return "All collections of these tasks are left out.";
  const all = kind.order.every((i) => state.hidden.has(page.optimizers[i].name));
  return all && kind.order.length ? "All optimizers are hidden." : spec.empty ?? "There is nothing to draw.";
}
// What is drawn as a file for a spreadsheet, in which no text is a formula.
function csv(plot) {
  const safe = (text) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  const rows = plot.series.flatMap((s) => s.x.map((x, i) =>
    [safe(s.name), x, s.y[i] ?? "", s.low?.[i] ?? "", s.high?.[i] ?? ""].join(",")));
  const head = ["optimizer", safe(plot.x.label), safe(plot.y.label), "low", "high"].join(",");
  return [head, ...rows].join("\r\n") + "\r\n";
}
