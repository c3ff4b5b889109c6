import assert from "node:assert/strict";
import { test } from "node:test";

import { chart, scaled } from "../../../dashboard/assets/wall/figure.js";

const none = () => { throw new Error("no colour is asked for"); };

test("sizes become pixels, wherever they stand; other numbers stay", () => {
  assert.deepEqual(
    scaled({ margin: { l: 2, r: 3, pad: 1 }, xaxis: { range: [0, 24], tickfont: { size: 10, weight: 500 }, tickvals: [1, 2] } }, 2),
    { margin: { l: 4, r: 6, pad: 2 }, xaxis: { range: [0, 24], tickfont: { size: 20, weight: 500 }, tickvals: [1, 2] } },
  );
  assert.deepEqual(scaled([{ width: 1.5 }, "x", null], 2), [{ width: 3 }, "x", null]);
  assert.deepEqual(scaled({ size: [4, 6] }, 3), { size: [12, 18] }, "one for each point");
});

test("a trace's data are no sizes: its line, marker and letters are", () => {
  const given = { data: [{ y: [1, 2], width: 7, line: { width: 2 }, marker: { size: 4 } }, { y: [3], textfont: { size: 5 } }], layout: { margin: { t: 1 } } };
  const before = structuredClone(given);
  assert.deepEqual(chart(given, 2, none), {
    data: [{ y: [1, 2], width: 7, line: { width: 4 }, marker: { size: 8 } }, { y: [3], textfont: { size: 10 } }], layout: { margin: { t: 2 } },
  });
  assert.deepEqual(given, before, "the snapshot's own figure is drawn again at another size");
});

test("a figure's roles become the page's colours; its data and words stay", () => {
  const given = { data: [{ x: ["--ink"], line: { color: "--ink", width: 1 }, fillcolor: "--band 50%" }], layout: { font: { color: "--ink-3" }, annotations: [{ text: "--ink" }] } };
  assert.deepEqual(chart(given, 1, (role, share) => `${role.slice(2)}@${share ?? 1}`), {
    data: [{ x: ["--ink"], line: { color: "ink@1", width: 1 }, fillcolor: "band@0.5" }],
    layout: { font: { color: "ink-3@1" }, annotations: [{ text: "--ink" }] },
  });
});
