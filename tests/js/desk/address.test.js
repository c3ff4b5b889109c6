import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { open } from "../page.js";

const { follow, isView, tabLink, withWords, words } = await import("../../../dashboard/assets/desk/address.js");
let window;
beforeEach(() => { window = open("/analyst?tab=queues&dept=02&win=7d"); });

test("a choice is what is shown with other words; an empty one takes a word away", () => {
  assert.equal(withWords({ stage: "handle" }), "/analyst?tab=queues&dept=02&win=7d&stage=handle");
  assert.equal(withWords({ win: "", dept: "03" }), "/analyst?tab=queues&dept=03");
  assert.equal(withWords({ tab: "", dept: "", win: "" }), "/analyst");
  assert.equal(withWords({ area: "防山镇" }), "/analyst?tab=queues&dept=02&win=7d&area=%E9%98%B2%E5%B1%B1%E9%95%87");
  assert.deepEqual(words(), { tab: "queues", dept: "02", win: "7d" });
});

test("a tab keeps the filters; the overview is the address without one", () => {
  assert.equal(tabLink("heat"), "/analyst?tab=heat&dept=02&win=7d");
  assert.equal(tabLink("overview"), "/analyst?dept=02&win=7d");
});

test("links of the workbench's own views are told from others", () => {
  assert.deepEqual(["/analyst", "/analyst?tab=x", "/analysts", "/wall", "", null].map(isView), [true, true, false, false, false, false]);
});

test("another view is shown without loading the page, the same one not again", () => {
  let shown = 0;
  follow("/analyst?tab=heat", () => { shown += 1; });
  assert.equal(window.location.search, "?tab=heat");
  follow("/analyst?tab=heat", () => { shown += 1; });
  assert.equal(shown, 1);
});

test("below a path of another site all of it lies below that path", () => {
  document.documentElement.dataset.below = "/gridwall";
  assert.equal(withWords({ dept: "", win: "" }), "/gridwall/analyst?tab=queues");
  assert.equal(tabLink("overview"), "/gridwall/analyst?dept=02&win=7d");
  assert.deepEqual(["/gridwall/analyst?tab=x", "/analyst", "/gridwall/analysts"].map(isView), [true, false, false]);
});
