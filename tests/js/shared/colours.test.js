import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "../page.js";

open("/wall");
const { palette } = await import("../../../dashboard/assets/shared/colours.js");

test("a role has the page's colour at this moment, or a share of it", () => {
  document.documentElement.style.setProperty("--act", "#FF5A45");
  assert.deepEqual([palette()("--act"), palette()("--act", 0.13)], ["#FF5A45", "rgba(255,90,69,0.13)"]);
  document.documentElement.style.setProperty("--act", "#C2281A");
  assert.equal(palette()("--act"), "#C2281A", "another theme");
});
