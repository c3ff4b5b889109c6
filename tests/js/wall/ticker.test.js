import assert from "node:assert/strict";
import { test } from "node:test";

import { open, pass, settle, standStill } from "../page.js";

open("/wall", "<ul data-pages><li>1</li><li>2</li><li>3</li></ul><ul data-pages></ul>");
standStill(24_000);
await import("../../../dashboard/assets/wall/ticker.js");
const shown = () => [...document.querySelectorAll("[data-pages] li")].filter((n) => n.classList.contains("on")).map((n) => n.textContent);

test("every 12 s the next page is shown, by the clock, so that all screens of a hall show the same one", async () => {
  await pass(500);
  assert.deepEqual(shown(), ["3"], "24 s are two pages on");
  await pass(11_500);
  assert.deepEqual(shown(), ["1"]);
});

test("pages that are put in show the page of the moment at once", async () => {
  document.body.insertAdjacentHTML("beforeend", "<div><ul data-pages><li>a</li></ul></div>");
  await settle();
  assert.equal(shown().includes("a"), true);
});
