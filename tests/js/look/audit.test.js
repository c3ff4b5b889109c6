// The audit's arithmetic, against the examples of WCAG and boxes drawn by hand.
import assert from "node:assert/strict";
import { test } from "node:test";

import { colourOf, contrast, over, overlaps, shared, within } from "../../../dashboard/look/audit.js";

const near = (a, b) => assert.ok(Math.abs(a - b) < 0.006, `${a} is not ${b}`);

test("black on white is 21 to 1, and the greys of WCAG's own examples lie where they should", () => {
  near(contrast([0, 0, 0, 1], [255, 255, 255, 1]), 21);
  near(contrast([255, 255, 255, 1], [0, 0, 0, 1]), 21);
  near(contrast([118, 118, 118, 1], [255, 255, 255, 1]), 4.54); // #767676, the lightest grey that passes AA
  near(contrast([119, 119, 119, 1], [255, 255, 255, 1]), 4.48); // #777777, which does not
  near(contrast([30, 60, 90, 1], [30, 60, 90, 1]), 1);
});

test("a text that is half transparent stands out as its mixture does", () => {
  assert.deepEqual(over([0, 0, 0, 0.5], [255, 255, 255, 1]), [127.5, 127.5, 127.5, 1]);
  near(contrast([0, 0, 0, 0.5], [255, 255, 255, 1]), contrast([127.5, 127.5, 127.5, 1], [255, 255, 255, 1]));
  assert.deepEqual(over([10, 20, 30, 0], [1, 2, 3, 1]), [1, 2, 3, 1]);
  assert.deepEqual(over([0, 0, 0, 0], [0, 0, 0, 0]), [0, 0, 0, 0], "nothing over nothing");
});

test("colours are read in each form that a browser computes, and no other", () => {
  assert.deepEqual(colourOf("rgb(255, 90, 69)"), [255, 90, 69, 1]);
  assert.deepEqual(colourOf("rgba(255, 90, 69, 0.13)"), [255, 90, 69, 0.13]);
  assert.deepEqual(colourOf("color(srgb 1 0.5 0 / 0.25)"), [255, 127.5, 0, 0.25]);
  assert.deepEqual(colourOf("color(srgb 1 0 0)"), [255, 0, 0, 1]);
  assert.deepEqual(colourOf("rgb(0 0 0 / 50%)"), [0, 0, 0, 0.5]);
  assert.deepEqual(colourOf("transparent"), [0, 0, 0, 0]);
  for (const none of ["none", "", "url(#a)", "rgb(1, 2)", "rgb(a, b, c)"]) assert.equal(colourOf(none), null);
});

test("boxes overlap where they share more than two pixels both ways", () => {
  assert.deepEqual(shared([0, 0, 10, 10], [6, 7, 20, 20]), [4, 3]);
  assert.ok(overlaps([0, 0, 10, 10], [6, 7, 20, 20]));
  assert.ok(!overlaps([0, 0, 10, 10], [8, 0, 20, 20]), "two pixels are none");
  assert.ok(!overlaps([0, 0, 10, 10], [0, 12, 20, 20]));
});

test("a box is whole within another, or in part, or not at all", () => {
  const clip = [0, 0, 100, 20];
  assert.equal(within([0, 0, 100, 20], clip), "whole");
  assert.equal(within([-2, 0, 102, 22], clip), "whole", "two pixels are none");
  assert.equal(within([90, 0, 140, 20], clip), "part");
  assert.equal(within([101, 0, 140, 20], clip), "none");
  assert.equal(within([0, 30, 10, 40], clip), "none");
});
