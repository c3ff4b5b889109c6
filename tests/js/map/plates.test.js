import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { open } from "../page.js";

open("/wall");
const { INSIDE, OWN, TOP, arrange, badgeOf, place, rankOf, write } = await import("../../../dashboard/assets/map/plates.js");
let node;
beforeEach(() => { node = document.createElement("div"); });

const act = { mark: "1", severity: "act", late: true }, surge = { mark: "2", severity: "watch", late: false };
const plate = (idx, more = {}) => ({ idx, name: `镇${idx}`, values: { late: `${idx} %`, count: "9" }, watch: [], few: false, worst: { late: 0, count: 0 }, badges: [], ...more });

test("plates keep their element, show the measure's value and badge, and lead into their cell", () => {
  const entered = [], hovered = [];
  const put = (list, measure = "late") => write(node, list, measure, (i) => entered.push(i), (i) => hovered.push(i));
  assert.equal(put([plate(3, { watch: ["late"], badges: [act] }), plate(4)]), true);
  const [first, second] = node.children;
  assert.deepEqual([first.textContent, first.className], ["镇33 %1", "gw-plate gw-plate-watch"]);
  assert.equal(first.children[2].className, "gw-plate-badge gw-badge-act");
  first.click();
  second.dispatchEvent(new Event("pointerenter"));
  second.dispatchEvent(new Event("pointerleave"));
  assert.deepEqual([entered, hovered], [[3], [4, -1]]);
  assert.equal(put([plate(3, { watch: ["late"], badges: [act] }), plate(4)]), false);
  put([plate(5)]);
  assert.equal(node.children[0], first);
  assert.equal(node.children.length, 1);
});

test("the badge of lateness leaves with its measure; that of a surge stays", () => {
  const both = plate(1, { badges: [act, surge] });
  assert.deepEqual([badgeOf(both, "late").mark, badgeOf(both, "count").mark], ["1", "2"]);
  assert.equal(badgeOf(plate(1, { badges: [act] }), "rate"), null);
  write(node, [plate(1, { badges: [act] })], "count", () => {}, () => {});
  assert.deepEqual([node.textContent, node.children[0].children[2].className], ["镇19", "gw-plate-badge"]);
});

test("a badge ranks first, then the worst five, then the others; a share of few is not written", () => {
  assert.deepEqual([plate(1, { badges: [act], few: true }), plate(2, { worst: { late: 2 } }), plate(3), plate(4, { few: true })].map((p) => rankOf(p, "late")), [0, 2, 6, -1]);
  assert.equal(rankOf(plate(4, { few: true, worst: { count: 1 } }), "count"), 1, "a count of few is a count");
});

/** The border is a square of 100; the cells of the top class and the owner of each point as a test says. */
const field = ({ top = () => false, owner = () => null } = {}) => (x, y, idx) => {
  if (x < 0 || y < 0 || x > 100 || y > 100) return 0;
  const own = owner(x, y);
  return INSIDE | (top(x, y) ? TOP : 0) | (own === null || own === idx ? OWN : 0);
};
const box = (idx, x, y, more = {}) => ({ idx, rank: 6, w: 20, h: 10, l: 0, t: 0, x, y, area: 1, ...more });
const rect = (b, at) => [at[0] - b.l, at[1] - b.t, at[0] + b.w, at[1] + b.h];
const apart = (p, q) => p[2] <= q[0] || q[2] <= p[0] || p[3] <= q[1] || q[3] <= p[1];

test("a plate stands in the middle of its cell", () => {
  assert.deepEqual(arrange([box(1, 50, 50)], field(), 200, 200, []), [[40, 45]]);
});

test("where all want the same place, the badge has it, then the worse, then the larger; none covers another", () => {
  const boxes = [box(1, 50, 50, { area: 5 }), box(2, 50, 50, { area: 9 }), box(3, 50, 50, { rank: 2 }), box(4, 50, 50, { rank: 1 }), box(5, 50, 50, { rank: 0, l: 4, t: 3 })];
  const found = arrange(boxes, field(), 200, 200, []), away = (i) => Math.hypot(found[i][0] - 40, found[i][1] - 45);
  assert.deepEqual(found[4], [40, 45]);
  assert.ok(away(3) <= away(2) && away(2) <= away(1) && away(1) <= away(0), "each farther than the one before it");
  found.forEach((p, i) => found.slice(i + 1).forEach((q, k) => assert.ok(apart(rect(boxes[i], p), rect(boxes[i + 1 + k], q)))));
});

test("a plate lies inside the border, moved inwards or left out", () => {
  const [edge, far] = arrange([box(1, 97, 50), box(2, 160, 50)], field(), 200, 200, []);
  assert.ok(edge[0] + 20 <= 100 && Math.abs(edge[0] - 87) <= 20, "moved off the border");
  assert.equal(far, null);
});

test("a plate keeps off the cells of the top class and off what lies on the map", () => {
  const top = (x, y) => Math.hypot(x - 50, y - 50) < 8;
  const [found] = arrange([box(1, 50, 50)], field({ top }), 200, 200, []);
  for (let x = found[0]; x <= found[0] + 20; x += 1) for (let y = found[1]; y <= found[1] + 10; y += 1) assert.equal(top(x, y), false);
  assert.deepEqual(arrange([box(1, 50, 50)], field({ top: () => true }), 200, 200, []), [null], "it gives way");
  assert.deepEqual(arrange([box(1, 50, 50)], field(), 200, 200, [[0, 0, 200, 200]]), [null]);
});

test("a badge never gives way: where it must hide something, it hides the least", () => {
  const top = (x) => x > 30;
  const [found] = arrange([box(1, 60, 50, { rank: 0 })], field({ top }), 200, 200, []);
  assert.ok(found && found[0] < 60);
  assert.ok(arrange([box(1, 50, 50, { rank: 0 })], field({ top: () => true }), 200, 200, [])[0]);
});

test("an ordinary plate needs room in its own place, one of the worst its middle alone", () => {
  const owner = (x, y) => (Math.hypot(x - 50, y - 50) < 5 ? 1 : 9); // a village half as large as its plate
  assert.deepEqual(arrange([box(1, 50, 50)], field({ owner }), 200, 200, []), [null]);
  assert.deepEqual(arrange([box(1, 50, 50, { rank: 5 })], field({ owner }), 200, 200, []), [[40, 45]]);
});

test("plates are measured with their badge, moved, and those that give way are hidden", () => {
  const list = [plate(1, { badges: [act] }), plate(2), plate(3, { few: true })];
  write(node, list, "late", () => {}, () => {});
  for (const e of node.children) Object.defineProperties(e, { offsetWidth: { value: 20 }, offsetHeight: { value: 10 } });
  Object.defineProperties(node.children[0].children[2], { offsetLeft: { value: -6 }, offsetTop: { value: -4 } });
  const spots = { 1: { x: 14, y: 50, area: 1 }, 2: { x: -1e4, y: -1e4, area: 0 }, 3: { x: 80, y: 80, area: 1 } };
  place(node, list, "late", (idx) => spots[idx], field(), 200, 200, []);
  const [x] = /translate\((\d+)px/.exec(node.children[0].style.transform).slice(1).map(Number);
  assert.ok(x >= 6, "its badge stays on the map");
  assert.deepEqual([...node.children].map((e) => e.style.visibility), ["", "hidden", "hidden"], "one has no cell, one too few cases");
});
