import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "../page.js";

open("/analyst?tab=heat", `<div class="an-drawing"><b id="say" data-say="甲 3"></b><b id="row" data-hours="0,1,2,3" data-name="周一"></b></div>
<p><i class="an-strip" data-from="2026-11-01" data-to="2026-11-01"></i><i class="an-strip" data-from="2026-11-02" data-to="2026-11-03"></i>
<i class="an-strip" data-from="2026-11-04" data-to="2026-11-04"></i></p>`);
const { hideTip, hourWords, showTip } = await import("../../../dashboard/assets/desk/marks.js");
const at = (target, more = {}) => ({ target, button: 0, clientX: 5, clientY: 50, pointerId: 1, preventDefault: () => {}, ...more });
const tip = () => document.querySelector(".an-tip");

test("a row of hours says the hour under the pointer, also at its very ends", () => {
  assert.equal(hourWords("周一", "0,1,2,3", 0.5), "周一 02:00 · 2");
  assert.equal(hourWords("周一", "0,1,2,3", 0.4999), "周一 01:00 · 1");
  assert.equal(hourWords("周一", "0,1,2,3", 1), "周一 03:00 · 3");
  assert.equal(hourWords("周一", "0,1,2,3", -0.1), "周一 00:00 · 0");
});

test("a mark says what it is beside the pointer; beside marks nothing is said", () => {
  showTip(at(document.getElementById("say")));
  assert.equal(tip().textContent, "甲 3");
  assert.equal(tip().hidden, false);
  assert.equal(tip().getAttribute("aria-hidden"), "true");
  showTip(at(document.body));
  assert.equal(tip().hidden, true);
  hideTip();
});
