import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "../page.js";

const window = open("/wall", '<main class="wall"></main>');
const { printAsSeen } = await import("../../../dashboard/assets/shared/paper.js");
const { replot } = await import("../../../dashboard/assets/shared/plotted.js");

test("a page is printed on a sheet of the window's width, by the rules that hold on the screen; afterwards all is as before", () => {
  globalThis.CSSMediaRule = class { constructor(text) { this.media = { mediaText: text }; } };
  const [wide, tall, paper, other] = ["(min-aspect-ratio: 27/10)", "(max-aspect-ratio: 4/5)", "print"].map((text) => new CSSMediaRule(text)).concat({ selectorText: ".wall" });
  Object.defineProperty(document, "styleSheets", { configurable: true, value: [{ cssRules: [wide, other] }, { cssRules: [tall, paper] }] });
  window.matchMedia = (text) => ({ matches: text.includes("27/10") });
  const sheets = () => [...document.head.querySelectorAll("style")].map((s) => s.textContent).filter((text) => text.includes("@page"));
  printAsSeen(".wall", (width, height) => height + width);
  printAsSeen(".analyst", () => 1); // another page's
  window.dispatchEvent(new Event("beforeprint"));
  assert.deepEqual(sheets(), ["@page { size: 1920px 3000px; margin: 0; }"]);
  assert.deepEqual([wide, tall, paper].map((rule) => rule.media.mediaText), ["all", "not all", "print"]);
  window.dispatchEvent(new Event("afterprint"));
  assert.deepEqual(sheets(), []);
  assert.deepEqual([wide, tall].map((rule) => rule.media.mediaText), ["(min-aspect-ratio: 27/10)", "(max-aspect-ratio: 4/5)"]);
});

test("a chart that stands is drawn anew at once; where none stands nothing is", () => {
  const at = document.createElement("div"), calls = [];
  window.Plotly = { react: (...given) => calls.push(given) };
  replot(null, { data: [], layout: {} });
  replot(at, { data: [], layout: {} });
  at.innerHTML = '<div class="js-plotly-plot"></div>';
  replot(at, { data: [], layout: {} });
  assert.equal(calls.length, 0, "not drawn yet");
  at.firstChild._fullLayout = {};
  replot(at, { data: [1], layout: { a: 1 } });
  assert.deepEqual(calls, [[at.firstChild, [1], { a: 1 }]]);
});
