import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { open, standStill } from "../page.js";

const NOON = Date.UTC(2026, 10, 23, 2, 42, 7);
const since = (ms, id) => `<b id="${id}" data-since-ms="${NOON - ms}"></b>`;

open("/wall", `<div data-lang="en">${since(65_000, "en")}</div>${since(3_000, "zh")}`);
standStill(NOON);
const { show } = await import("../../../dashboard/assets/shared/ages.js");
const { gridwall } = await import("../../../dashboard/assets/shared/gridwall.js");
const text = (id) => document.getElementById(id).textContent;

test("every second each age is told anew, in the language of its wall", () => {
  mock.timers.tick(1000);
  assert.equal(text("zh"), "4秒");
  assert.equal(text("en"), "1 min");
  mock.timers.tick(56_000);
  assert.equal(text("zh"), "1分");
});

test("by the server's clock where there is one", () => {
  gridwall.serverNow = () => NOON + 3_600_000;
  show(document);
  assert.equal(text("zh"), "1时00分");
});

test("what is put into the page shows its age at once", async () => {
  gridwall.serverNow = () => NOON;
  const place = document.createElement("p");
  place.innerHTML = since(7_000, "new");
  document.body.append(place);
  for (let i = 0; i < 10 && !text("new"); i += 1) await new Promise((done) => setImmediate(done));
  assert.equal(text("new"), "7秒");
});
