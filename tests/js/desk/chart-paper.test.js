import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "../page.js";

const id = (panel) => `{"panel":"${panel}","type":"an-graph"}`;
const window = open("/analyst", `<div id='${id("drawn")}'><div class="js-plotly-plot"></div></div><div id='${id("below")}'></div>`);
const { held } = await import("../../../dashboard/assets/desk/chart-panels.js");
const { onPaper } = await import("../../../dashboard/assets/desk/chart-paper.js");

test("on paper a chart that nobody has scrolled to is drawn as well, and taken away afterwards", () => {
  const calls = [], gone = [], below = document.getElementById(id("below"));
  for (const at of [below, document.getElementById(id("drawn"))]) at.getClientRects = () => [{}];
  for (const panel of ["drawn", "below", "of another view"]) held[panel] = { figure: { panel } };
  onPaper((figure) => ({ data: [figure], layout: { whole: true } }));
  window.dispatchEvent(new Event("beforeprint"));
  assert.equal(below.children.length, 0, "Plotly is not loaded yet");
  window.Plotly = { newPlot: (...given) => calls.push(given), purge: (at) => gone.push(at) };
  window.dispatchEvent(new Event("beforeprint"));
  assert.equal(calls.length, 1);
  assert.deepEqual([calls[0][0].parentNode, calls[0][1], calls[0][2].whole], [below, [{ panel: "below" }], true]);
  window.dispatchEvent(new Event("afterprint"));
  assert.deepEqual([below.children.length, gone.length], [0, 1]);
});
