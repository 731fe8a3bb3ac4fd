"use strict";
// Hide or show an optimizer in all figures and rankings.
for (const chip of document.querySelectorAll(".chips button")) {
  chip.addEventListener("click", () => {
    const shown = chip.getAttribute("aria-pressed") !== "true";
    chip.setAttribute("aria-pressed", String(shown));
    for (const drawn of document.querySelectorAll(`figure .${chip.dataset.key}`)) {
      drawn.classList.toggle("hidden", !shown);
    }
  });
}
// Sort a table by the column whose heading is clicked; what has no number comes last.
function key(row, column) {
  const cell = row.cells[column];
  const text = cell.dataset.sort ?? cell.textContent;
  const number = Number(text);
  if (text === "" || text === "-") return [2, 0];
  return Number.isNaN(number) ? [1, text] : [0, number];
}
function sort(heading) {
  const column = heading.cellIndex;
  const body = heading.closest("table").tBodies[0];
  const up = heading.getAttribute("aria-sort") !== "ascending";
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const rows = [...body.rows].map((row) => [key(row, column), row]);
  rows.sort(([a], [b]) => order(a[0], b[0]) || (up ? 1 : -1) * order(a[1], b[1]));
  for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", up ? "ascending" : "descending");
  body.append(...rows.map(([, row]) => row));
}
for (const button of document.querySelectorAll("thead button")) {
  button.addEventListener("click", () => sort(button.closest("th")));
}
// On paper nothing is folded.
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
