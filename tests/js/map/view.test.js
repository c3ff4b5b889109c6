import assert from "node:assert/strict";
import { test } from "node:test";

import { fillLevel, fitting, look } from "../../../dashboard/assets/map/view.js";
import { open } from "../page.js";

open("/wall");

/** A level of n cells whose median edge is `edge` world units. */
const level = (n, edge) => ({ n, edge, ids: Int32Array.from({ length: n }, (_, i) => i) });
const now = { scale: 1000 };
const all = () => null;

test("the finest level whose cells can be told apart is filled", () => {
  const classes = new Uint8Array(9).fill(1);
  const levels = { 1: level(2, 0.2), 2: level(4, 0.05), 3: level(9, 0.01) };
  assert.equal(fillLevel(levels, 0, now, 14, classes, all), 2, "cells of 50 pixels are, those of 10 are not");
  assert.equal(fillLevel(levels, 0, now, 10, classes, all), 3);
  assert.equal(fillLevel(levels, 0, now, 999, classes, all), 1, "the level below the scope at the least");
});

test("a level that is mostly small samples is not filled, as far as its cells lie in the scope", () => {
  const levels = { 1: level(1, 1), 2: level(4, 1) };
  assert.equal(fillLevel(levels, 0, now, 14, Uint8Array.of(7, 7, 1, 2), all), 2, "half of them is not most");
  assert.equal(fillLevel(levels, 0, now, 14, Uint8Array.of(7, 7, 7, 2), all), 1);
  assert.equal(fillLevel(levels, 0, now, 14, Uint8Array.of(7, 7, 7, 2), () => Uint8Array.of(0, 0, 1, 1)), 2);
});

test("a place whose cells are all small samples is filled itself, the city never", () => {
  const levels = { 1: level(1, 1), 2: level(3, 1) };
  assert.equal(fillLevel(levels, 1, now, 14, Uint8Array.of(7, 7, 7), all), 1);
  assert.equal(fillLevel(levels, 1, now, 14, Uint8Array.of(7, 7, 1), all), 2);
  assert.equal(fillLevel(levels, 0, now, 14, Uint8Array.of(7, 7, 7), all), 1);
});

test("a scope without cells below it is filled itself", () => {
  assert.equal(fillLevel({ 1: level(1, 1) }, 1, now, 14, new Uint8Array(1), all), 1);
});

test("a box fills the place within its padding, its middle in that of what is left", () => {
  const ref = { x: 0.5, y: 0.5 }, box = Float32Array.of(-0.125, -0.0625, 0.125, 0.0625);
  const plain = fitting(box, ref, { x: 1024, y: 512 }, { l: 0, r: 0, t: 0, b: 0 });
  assert.deepEqual(plain.center.map((v) => Math.abs(Math.round(v * 1e9))), [0, 0]);
  assert.equal(plain.zoom, 4, "0.25 of the world on 1024 pixels: 4096 = 256 * 2^4 for all of it");
  const beside = fitting(box, ref, { x: 1124, y: 512 }, { l: 100, r: 0, t: 0, b: 0 });
  assert.equal(beside.zoom, 4);
  assert.ok(Math.abs(beside.center[1] - (-50 / 4096) * 360) < 1e-9, "50 pixels further to the west, so that it lies 50 to the right");
});

test("a view says where world offsets lie in device pixels, and is the same for the same place", () => {
  window.devicePixelRatio = 2;
  const map = {
    getSize: () => ({ x: 100, y: 50 }), getZoom: () => 3, getCenter: () => ({ lat: 35.6 }),
    containerPointToLayerPoint: () => ({ x: -4, y: 6 }), getPixelOrigin: () => ({ x: 1000, y: 500 }),
  };
  const view = look(map, { x: 0.5, y: 0.25 });
  assert.deepEqual([view.w, view.h, view.scale, view.dx, view.dy], [200, 100, 4096, 0.5 * 4096 - 2 * 996, 0.25 * 4096 - 2 * 506]);
  assert.equal(view.key, look(map, { x: 0.5, y: 0.25 }).key);
  assert.notEqual(view.key, look(map, { x: 0.6, y: 0.25 }).key);
});
