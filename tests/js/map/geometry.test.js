import assert from "node:assert/strict";
import { test } from "node:test";

import * as geo from "../../../dashboard/assets/map/geometry.js";
import { pack, rectangle } from "./packed.js";


/** A view of w x h pixels in which world offsets (x, y) lie at (x * scale + dx, y * scale + dy). */
const view = (w, h, scale = 1, dx = 0, dy = 0) => ({ w, h, scale, dx, dy, key: [w, h, scale, dx, dy].join() });

/** A level whose cells are the given rings in world offsets, so that pixels can be counted by hand. */
function level(...cells) {
  const at = geo.decode(pack(cells.map((rings, i) => ({ id: 10 + i, polygons: [rings] }))), { x: 0, y: 0 });
  const xy = cells.flat(2);
  at.x.set(xy.map(([x]) => x));
  at.y.set(xy.map(([, y]) => y));
  for (let c = 0; c < cells.length; c += 1) {
    const xs = cells[c].flat().map(([x]) => x), ys = cells[c].flat().map(([, y]) => y);
    at.box.set([Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)], 4 * c);
  }
  return at;
}

const raster = (made, look, wanted = null) => {
  const ids = new Uint32Array(look.w * look.h).fill(99);
  const bound = geo.rasterise(made, look, ids, wanted);
  return { ids: [...ids], bound };
};

test("the world is one wide, 0 at its western edge and at the northern end of Web Mercator", () => {
  assert.equal(geo.worldX(-180), 0);
  assert.equal(geo.worldX(180), 1);
  assert.equal(geo.worldY(0), 0.5);
  assert.ok(Math.abs(geo.worldY(85.0511287798066)) < 1e-9);
  // 45 degrees north: (1 - ln(1 + sqrt 2) / pi) / 2
  assert.ok(Math.abs(geo.worldY(45) - (1 - Math.log(1 + Math.SQRT2) / Math.PI) / 2) < 1e-12);
});

test("ids, rings and vertices come out as they were packed", () => {
  const ref = {};
  const made = geo.decode(pack([
    { id: 300, polygons: [[rectangle(0, 0, 100, 50)]] },
    { id: 7, polygons: [[rectangle(100, 0, 200, 50), rectangle(120, 10, 140, 20)], [rectangle(300, 300, 310, 310)]] },
  ]), ref);
  assert.equal(made.n, 2);
  assert.deepEqual([...made.ids], [300, 7]);
  assert.deepEqual([...made.cellRing], [0, 1, 4]);
  assert.deepEqual([...made.ringAt], [0, 4, 8, 12, 16]);
  assert.deepEqual([made.indexOf.get(300), made.indexOf.get(7), made.indexOf.get(8)], [0, 1, undefined]);
  assert.equal(ref.x, geo.worldX(117));
  assert.equal(ref.y, geo.worldY(35));
  // 0.1 degree east of the reference point; north is up, which is a smaller y
  assert.ok(Math.abs(made.x[5] - 0.2 / 360) < 1e-9);
  assert.ok(made.y[2] < 0);
});

test("the levels of one map share their reference point", () => {
  const ref = {};
  geo.decode(pack([{ id: 1, polygons: [[rectangle(0, 0, 9, 9)]] }]), ref);
  const held = { ...ref };
  const other = geo.decode(pack([{ id: 2, polygons: [[rectangle(0, 0, 9, 9)]] }], { west: 118 }), ref);
  assert.deepEqual(ref, held);
  assert.ok(Math.abs(other.x[0] - 1 / 360) < 1e-9);
});

test("a level without cells is a level", () => {
  const made = geo.decode(pack([]), {});
  assert.equal(made.n, 0);
  assert.equal(made.edge, 0);
});

test("what is no level geometry of version 1, or is cut short, is refused", () => {
  const whole = pack([{ id: 1, polygons: [[rectangle(0, 0, 9, 9)]] }]);
  assert.throws(() => geo.decode(whole.slice(0, 40), {}), /not a level geometry/);
  assert.throws(() => geo.decode(whole.slice(0, whole.byteLength - 1), {}), /cut short/);
  const newer = whole.slice(0);
  new Uint8Array(newer)[4] = 2;
  assert.throws(() => geo.decode(newer, {}), /not a level geometry of version 1/);
  assert.throws(() => geo.decode(new TextEncoder().encode("<html>".repeat(20)).buffer, {}), /not a level geometry/);
});

test("area, box, middle and the median edge of cells", () => {
  const made = geo.decode(pack([{ id: 1, polygons: [[rectangle(0, 0, 100, 100)]] }], { west: 0, south: 0 }), {});
  const edge = 0.1 / 360;      // at the equator a degree of latitude is as long as one of longitude
  assert.ok(Math.abs(made.area[0] / (edge * edge) - 1) < 1e-5);
  assert.ok(Math.abs(made.edge / edge - 1) < 1e-5);
  assert.ok(Math.abs(made.at[0] / (edge / 2) - 1) < 1e-4);
  assert.deepEqual([...made.box].map((v) => Math.round(v / edge)), [0, -1, 1, 0]);
});

test("a crescent's middle lies inside it, on its longest chord at half height", () => {
  const crescent = [[0, 0], [100, 0], [100, 100], [0, 100], [0, 90], [90, 90], [90, 10], [0, 10]];
  const made = geo.decode(pack([{ id: 1, polygons: [[crescent]] }], { west: 0, south: 0 }), {});
  assert.equal(geo.inside(made, 0, made.at[0], made.at[1]), true);
  assert.ok(Math.abs(made.at[0] * 360 - 0.095) < 1e-4);
});

test("inside and outside of a ring with a hole", () => {
  const made = level([rectangle(0, 0, 10, 10), rectangle(4, 4, 6, 6)]);
  for (const [x, y, is] of [[1, 1, true], [5, 5, false], [11, 5, false], [-1, 5, false], [9, 9, true]]) {
    assert.equal(geo.inside(made, 0, x, y), is, `${x}, ${y}`);
  }
});

test("a pixel belongs to the cell that holds its centre: no gap, no overlap between neighbours", () => {
  const made = level([rectangle(0, 0, 2.4, 2)], [rectangle(2.4, 0, 4, 2)]);
  const { ids, bound } = raster(made, view(5, 3));
  assert.deepEqual(ids, [
    1, 1, 2, 2, 0,             // the centre of the third pixel, 2.5, lies in the second cell
    1, 1, 2, 2, 0,
    0, 0, 0, 0, 0,
  ]);
  assert.ok(bound.x0 === 0 && bound.y0 === 0 && bound.x1 >= 4 && bound.y1 >= 2);
});

test("a hole stays empty, and what lies beyond the screen is cut off", () => {
  const made = level([rectangle(-5, -5, 20, 20), rectangle(1, 1, 3, 2)]);
  assert.deepEqual(raster(made, view(4, 3)).ids, [1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1]);
});

test("cells that are not wanted, or not in view, are not drawn", () => {
  const made = level([rectangle(0, 0, 1, 1)], [rectangle(1, 0, 2, 1)], [rectangle(50, 0, 60, 9)]);
  const { ids, bound } = raster(made, view(3, 1), Uint8Array.of(0, 1, 1));
  assert.deepEqual(ids, [0, 2, 0]);
  assert.ok(bound.x1 <= 3);
  assert.deepEqual(raster(made, view(3, 1, 1, 500)).bound, { x0: 3, y0: 1, x1: 0, y1: 0 }, "an empty box: nothing was written");
});

test("projecting is done once for a view", () => {
  const made = level([rectangle(0, 0, 2, 1)]);
  const look = view(10, 10, 3, 1, 2);
  geo.project(made, look);
  assert.deepEqual([...made.px], [1, 7, 7, 1]);
  assert.deepEqual([...made.py], [2, 2, 5, 5]);
  made.px[0] = -1;
  geo.project(made, look);
  assert.equal(made.px[0], -1);
  geo.project(made, view(10, 10, 3, 0, 0));
  assert.equal(made.px[0], 0);
});

test("a value change colours each pixel by its cell, hatched by diagonals where a second colour is given", () => {
  const look = view(4, 2), ids = Uint32Array.of(0, 1, 1, 2, 0, 1, 2, 2), out = new Uint32Array(8).fill(5);
  geo.colour(ids, out, look, { x0: 1, y0: 0, x1: 4, y1: 2 }, Uint32Array.of(0, 10, 20), Uint32Array.of(0, 11, 20), 2, 1);
  assert.deepEqual([...out], [5, 10, 11, 20, 5, 11, 20, 20]);
});

test("counts travel as varints in base64", () => {
  assert.deepEqual([...geo.bytes("AAH/")], [0, 1, 255]);
  assert.deepEqual([...geo.varints(Buffer.from([0, 127, 0x80, 1, 0xac, 2]).toString("base64"))], [0, 127, 128, 300]);
  assert.deepEqual([...geo.varints("")], []);
});
