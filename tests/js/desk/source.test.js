import assert from "node:assert/strict";
import { test } from "node:test";

import { open, pass, serve, standStill } from "../page.js";

const window = open("/analyst?lang=en", '<p id="an-source"></p><p id="an-says"></p>');
standStill(Date.UTC(2026, 10, 23));
let told = null;
let away = false;
const asked = serve(() => {
  if (away) throw new TypeError("fetch failed");
  return [200, { now: 1, checked: 1, source: { told } }];
});
await import("../../../dashboard/assets/desk/source.js");
const said = () => document.getElementById("an-source").textContent;

test("the workbench says while the source does not answer, unless its view says so already", async () => {
  told = { zh: "数据源拒绝连接", en: "the source refuses" };
  await pass(3000);
  assert.deepEqual([asked[0][0], said()], ["/desk/analyst/source", "the source refuses"]);
  document.getElementById("an-says").textContent = "the source refuses; as of 10:00";
  await pass(3000);
  assert.equal(said(), "");
});

test("once it is over the view is read anew", async () => {
  let read = 0;
  window.addEventListener("popstate", () => { read += 1; });
  told = null;
  await pass(3000);
  await pass(3000);
  assert.equal(read, 1);
});

test("a server that does not answer is named though nobody touches the page, and no longer once it is back", async () => {
  away = true;
  await pass(3000);
  assert.equal(said(), "The server does not answer; trying again");
  away = false;
  await pass(3000);
  assert.equal(said(), "");
});
