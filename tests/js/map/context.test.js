import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "../page.js";

open("/wall");
const { INK, land, placed, trace } = await import("../../../dashboard/assets/map/context.js");
const { worldX, worldY } = await import("../../../dashboard/assets/map/geometry.js");

function pen() {
  const calls = [];
  const own = { calls };
  return new Proxy(own, { get: (o, name) => (name in o ? o[name] : (...given) => { calls.push([name, ...given]); }), set: (o, name, value) => { o[name] = value; calls.push(["set", name, value]); return true; } });
}
const view = { w: 100, h: 100, scale: 1, dx: 0, dy: 0 };

test("degrees become offsets from the map's own reference", () => {
  const ref = { x: worldX(117), y: worldY(35) };
  const [{ kind, lines, areas }] = placed([{ kind: "river", areas: [], lines: [[117, 35, 117.36, 35]] }], ref);
  assert.deepEqual([kind, areas], ["river", []]);
  assert.deepEqual([lines[0][0], lines[0][1], lines[0][3]], [0, 0, 0]);
  assert.ok(Math.abs(lines[0][2] - 0.001) < 1e-7, "0.36 of 360 degrees");
});

test("vertices that fall together are left out, the ends never", () => {
  const p = pen();
  trace(p, Float32Array.of(0, 0, 1, 0, 10, 0, 11, 0), view, 3);
  assert.deepEqual(p.calls, [["moveTo", 0, 0], ["lineTo", 10, 0], ["lineTo", 11, 0]]);
});

test("the land is a tenth of the ink, a little more below the city; what is not known is not drawn", () => {
  assert.ok(INK.city >= 0.08 && INK.below <= 0.12);
  const parts = [{ kind: "water", areas: [Float32Array.of(0, 0, 9, 0, 9, 9, 0, 0)], lines: [] }, { kind: "rail", areas: [], lines: [Float32Array.of(0, 0, 50, 50)] }, { kind: "mall", areas: [], lines: [Float32Array.of(0, 0, 1, 1)] }];
  const of = (role, share) => `${role} ${share}`;
  for (const [below, ink] of [[false, INK.city], [true, INK.below]]) {
    const p = pen();
    land(p, parts, view, below, 1, of);
    const set = (name) => p.calls.filter((c) => c[0] === "set" && c[1] === name).map((c) => c[2]);
    assert.deepEqual([set("fillStyle"), set("strokeStyle")], [[`--ink ${ink}`], [`--ink ${ink}`]]);
    assert.equal(p.calls.filter((c) => c[0] === "fill").length, 1, "waters alone are areas");
    assert.equal(p.calls.filter((c) => c[0] === "beginPath").length, 2);
    assert.deepEqual(p.calls.filter((c) => c[0] === "setLineDash").map((c) => c[1].length), [2, 0], "a rail is dashed");
  }
});
