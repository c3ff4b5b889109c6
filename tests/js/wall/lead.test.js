import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "../page.js";

open("/wall");
const { crosses, lead, meet, route } = await import("../../../dashboard/assets/wall/lead.js");
const rect = (left, top, right, bottom) => ({ left, top, right, bottom });

test("a line crosses a box that it goes through, not one that it touches or misses", () => {
  const box = rect(10, 10, 20, 20);
  assert.equal(crosses([0, 15], [30, 15], box), true);
  assert.equal(crosses([0, 0], [30, 30], box), true);
  assert.equal(crosses([0, 10], [30, 10], box), false, "along its edge");
  assert.equal(crosses([0, 15], [9, 15], box), false);
  assert.equal(crosses([0, 25], [25, 0], rect(13, 13, 14, 14)), false);
  assert.equal(crosses([15, 0], [15, 5], box), false);
});

test("from a headline beside the map the line goes straight through the gap", () => {
  assert.deepEqual(route([[0, 50], [80, 50]], [150, 70], rect(0, 0, 90, 100), rect(100, 20, 200, 100), [rect(100, 0, 200, 10)], 10), [[80, 50], [95, 50], [150, 70]]);
});

test("around the panels between the headline and the map it goes along the gap between them", () => {
  // headline | numbers over channels | map
  const others = [rect(100, 0, 190, 60), rect(100, 70, 190, 100), rect(200, -20, 300, 0)];
  assert.deepEqual(route([[0, 30], [80, 30]], [250, 50], rect(0, 0, 90, 100), rect(200, 0, 300, 100), others, 10), [[80, 30], [95, 30], [95, 65], [195, 65], [195, 50], [250, 50]]);
});

test("on a tall screen it goes down beside the panels", () => {
  const found = route([[10, 20], [60, 20]], [60, 80], rect(10, 0, 100, 30), rect(10, 70, 100, 100), [rect(10, 40, 100, 60), rect(10, 62, 100, 69)], 10);
  assert.deepEqual(found, [[10, 20], [5, 20], [5, 80], [5, 80], [5, 80], [60, 80]]);
});

test("without a way that crosses nothing there is no line", () => {
  assert.equal(route([[0, 50], [80, 50]], [250, 50], rect(0, 0, 90, 100), rect(200, 0, 300, 100), [rect(91, -999, 199, 999), rect(-99, -999, -1, 999)], 10), null);
});

test("it ends at the ring around the badge", () => {
  assert.deepEqual(meet([0, 0], [30, 40], 10), [24, 32]);
});

test("the line leads from the first exception that has a badge on the map, follows it, and leaves with it", () => {
  const at = (selector, left, top, right, bottom) => {
    const e = document.querySelector(selector), box = { left, top, right, bottom, width: right - left, height: bottom - top };
    e.getBoundingClientRect = () => box;
    e.getClientRects = () => [box];
  };
  document.body.innerHTML = `<div class="grid"><section class="panel p-headline"><div class="exc" id="one"><span class="badge">1</span><p class="exc-title">环节</p></div>
    <div class="exc" id="two"><span class="badge">2</span><p class="exc-title">王庄镇</p></div></section>
    <section class="panel p-grid_heat"><header class="panel-head"></header><span class="gw-plate-badge">2</span></section></div>`;
  at(".p-headline", 0, 0, 90, 100);
  at(".p-grid_heat", 100, 0, 200, 100);
  at(".panel-head", 100, 0, 200, 10);
  at("#one", 0, 0, 90, 20);
  at("#two", 0, 20, 90, 40);
  at("#two .badge", 0, 22, 10, 32);
  at("#two .exc-title", 12, 20, 60, 30);
  at(".gw-plate-badge", 145, 60, 155, 70);
  document.createRange = () => ({ selectNodeContents() {}, getClientRects: () => [{ left: 12, top: 20, right: 60, bottom: 30 }] });
  lead();
  const path = document.querySelector(".lead path"), first = path.getAttribute("d");
  assert.match(first, /^M62.5 25L94 25L1\d\d[\d.]* \d+/, "from beside its words through the gap");
  at(".gw-plate-badge", 145, 80, 155, 90);
  document.dispatchEvent(new Event("gw-placed"));
  assert.notEqual(path.getAttribute("d"), first);
  document.querySelector(".gw-plate-badge").textContent = "";
  lead();
  assert.equal(path.getAttribute("d"), "");
});
