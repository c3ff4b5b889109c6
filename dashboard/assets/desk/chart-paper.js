// @ts-check
// On paper every chart of the view is drawn, also one that nobody has scrolled to.
import { held, place, plot } from "./chart-panels.js";

/** @type {HTMLElement[]} */
let drawn = [];

/** @param {(figure: import("./chart-panels.js").Figure) => {data: any[], layout: any}} whole a figure as Plotly takes it */
export function onPaper(whole) {
  window.addEventListener("beforeprint", () => {
    for (const [panel, own] of Object.entries(held)) {
      const at = place(panel);
      if (!window.Plotly || !at || plot(panel) || !at.getClientRects().length) continue;
      const extra = at.appendChild(document.createElement("div"));
      drawn.push(extra);
      const { data, layout } = whole(own.figure), { width, height } = at.getBoundingClientRect();
      window.Plotly.newPlot(extra, data, { ...layout, width, height }, { staticPlot: true });
    }
  });
  window.addEventListener("afterprint", () => {
    for (const extra of drawn) {
      window.Plotly.purge(extra);
      extra.remove();
    }
    drawn = [];
  });
}
