import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { open } from "../page.js";

open("/wall");
const parts = await import("../../../dashboard/assets/map/parts.js");
let node;
beforeEach(() => { node = document.createElement("div"); });

const measures = [{ id: "late", chip: "超期占比", head: "占比 %", legend: {} }, { id: "count", chip: "件数", head: "上报 件", legend: {} }];
const rows = [{ code: 6, color: "#ff0000", kind: "class", label: "≥ 30" }, { code: 14, color: "#ff0000", kind: "chance", label: "未超出偶然", shown: false },
  { code: 13, color: "#eebb00", kind: "chance", label: "未超出偶然", shown: true }, { code: 7, color: "#2c455f", kind: "few", label: "少于 20 件" }];

test("a legend names its classes, and what is outlined where something is; the same again is not written", () => {
  assert.equal(parts.legend(node, measures[0], rows, "按村", "最高的村"), true);
  assert.deepEqual([...node.querySelectorAll(".gw-legend-label")].map((n) => n.textContent), ["≥ 30", "未超出偶然", "少于 20 件", "最高的村"]);
  assert.equal(node.querySelector(".gw-legend-chance .gw-legend-swatch").style.getPropertyValue("--swatch"), "#eebb00");
  assert.equal(node.querySelectorAll(".gw-legend-top").length, 1);
  assert.equal(node.querySelector(".gw-legend-foot").textContent, "按村");
  assert.equal(parts.legend(node, measures[0], rows, "按村", "最高的村"), false);
  parts.legend(node, measures[0], rows, "按村", "");
  assert.equal(node.querySelector(".gw-legend-hot"), null);
  assert.equal(parts.legend(null, measures[0], rows, "", ""), false);
});

test("a class named by its role has the colour of the theme, whichever that is", () => {
  parts.legend(node, measures[0], [{ code: 1, color: "--map-1", kind: "class", label: "< 6" }], "", "");
  assert.equal(node.querySelector(".gw-legend-swatch").style.getPropertyValue("--swatch"), "var(--map-1)");
});

test("a chip for each measure, the chosen one pressed; they go with their measure", () => {
  const chosen = [];
  parts.chips(node, measures, "late", "指标", (id) => chosen.push(id));
  assert.deepEqual([...node.children].map((b) => [b.textContent, b.getAttribute("aria-pressed")]), [["超期占比", "true"], ["件数", "false"]]);
  node.children[1].click();
  assert.deepEqual(chosen, ["count"]);
  parts.chips(node, measures.slice(1), "count", "指标", () => {});
  assert.deepEqual([...node.children].map((b) => b.dataset.measure), ["count"]);
});

const labels = { level: [0, 1, 2], parent: [-1, 0, 1], name: ["曲阜市", "防山镇", "宋家村"], code: ["a", "b", "c"], population: [0, 0, 2000] };
const words = { n: "{n} 件", need: "到期 {need}，超期 {late}", none: "无到期", few: "不足 20 件", share: "占 {share} %", chance: "未超出偶然", rate: "每千人 {rate}" };
const said = (n, need, late, idx = 2, scope = { idx: 0, level: 0 }, chance = false) => {
  const of = (v) => { const a = new Uint32Array(3); a[idx] = v; return a; };
  return parts.words(idx, { scope, words }, labels, { n: of(n), need: of(need), late: of(late) }, chance);
};

test("the tooltip says the figures of a cell in words; a share of few is none", () => {
  assert.deepEqual(said(1234, 40, 10), ["防山镇 · 宋家村", "1,234 件", "到期 40，超期 10", "占 25.0 %", "每千人 617.0"]);
  assert.deepEqual(said(5, 19, 1), ["防山镇 · 宋家村", "5 件", "到期 19，超期 1", "不足 20 件", "每千人 2.5"]);
  assert.deepEqual(said(5, 0, 0, 1), ["防山镇", "5 件", "无到期"]);
  assert.equal(said(5, 0, 0, 2, { idx: 1, level: 1 })[0], "宋家村", "below the scope alone");
});

test("a share that chance could make says so, and halves are rounded as the server rounds them", () => {
  assert.deepEqual(said(9, 40, 10, 2, { idx: 0, level: 0 }, true).slice(3, 5), ["占 25.0 %", "未超出偶然"]);
  assert.equal(said(400, 400, 49)[3], "占 12.3 %", "12.25");
  assert.equal(said(400, 400, 47)[3], "占 11.8 %", "11.75");
});

test("the tooltip stays on the map, whichever edge the pointer is at", () => {
  Object.defineProperties(node, { offsetWidth: { value: 40 }, offsetHeight: { value: 20 } });
  const at = (x, y) => { parts.tip(node, ["甲", "乙"], x, y, 100, 100); return node.style.transform; };
  assert.equal(at(10, 10), "translate(13px,13px)");
  assert.equal(at(90, 90), "translate(47px,67px)");
  assert.equal(node.children[0].className, "gw-tip-name");
  parts.tip(node, null, 0, 0, 100, 100);
  assert.equal(node.classList.contains("gw-on"), false);
  parts.tip(null, ["x"], 0, 0, 1, 1);
});
