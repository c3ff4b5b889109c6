import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

import { open, pass, standStill } from "../page.js";

const window = open("/wall", `<span data-case='QF-1/2'><b>QF-1/2</b></span><i>x</i>
<div data-lead='area=t1' data-place='t1'><span class='exc-title' tabindex='0'>镇超期</span></div>
<div data-lead='stage=inspect&state=open' data-place=''><span class='exc-title' tabindex='0'>核查积压</span></div>`);
standStill(0);
document.documentElement.dataset.below = "/gridwall";
const went = [];
Object.defineProperty(window, "location", { value: { assign: (url) => went.push(url), href: "http://x/wall" }, configurable: true });
const { held } = await import("../../../dashboard/assets/wall/held.js");
const { gridwall } = await import("../../../dashboard/assets/shared/gridwall.js");
const { begin } = await import("../../../dashboard/assets/wall/ways.js");
begin();
const shown = [], entered = [];
gridwall.map = { show: (code) => { shown.push(code); return "王庄镇"; }, entered: (code) => code };
gridwall.onScope = (code) => entered.push(code);

const [late, stage] = document.querySelectorAll(".exc-title");
const menu = () => document.querySelector("[role=menu]");
/** @param {Element} e @param {string} key */
const press = (e, key) => e.dispatchEvent(new window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
afterEach(() => {
  document.querySelector("i").click();
  held.page = null;
  shown.length = entered.length = 0;
  mock.restoreAll();
});

test("a case number leads to the case, below the path, by pointer and by Enter alone", () => {
  const number = document.querySelector("b");
  document.querySelector("i").click();
  press(number, "a");
  assert.deepEqual(went, []);
  number.click();
  held.page = { lang: "en" };
  press(number, "Enter");
  assert.deepEqual(went, ["/gridwall/analyst?case=QF-1%2F2", "/gridwall/analyst?case=QF-1%2F2&lang=en"]);
});

test("an exception with a place is marked on the map and leads into it and to its cases", () => {
  late.click();
  assert.deepEqual(shown, ["t1"]);
  const [button, link] = menu().children;
  assert.deepEqual([button.textContent, link.textContent], ["进入王庄镇", "在研判台查看"]);
  assert.equal(link.getAttribute("href"), "/gridwall/analyst?area=t1");
  assert.equal(late.getAttribute("aria-expanded"), "true");
  button.click();
  assert.deepEqual(entered, ["t1"]);
  assert.equal(menu(), null);
});

test("an exception without a place, or on a wall without a map, leads to its cases alone", () => {
  held.page = { lang: "en" };
  stage.click();
  assert.equal(menu().textContent, "See it on the workbench");
  assert.equal(menu().firstElementChild.getAttribute("href"), "/gridwall/analyst?stage=inspect&state=open&lang=en");
  assert.deepEqual(shown, []);
  const { map } = gridwall;
  gridwall.map = undefined;
  late.click();
  assert.equal(menu().children.length, 1);
  gridwall.map = map;
});

test("a second click, one elsewhere, Escape and half a minute close it; Escape leads no further then", async () => {
  late.click();
  late.click();
  assert.equal(menu(), null);
  press(late, " ");
  assert.equal(document.activeElement, menu().firstElementChild, "the keys are in the menu");
  let further = 0;
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") further += 1; });
  press(document.body, "Escape");
  assert.equal(menu(), null);
  assert.equal(document.activeElement, late);
  press(document.body, "Escape");
  assert.equal(further, 1);
  stage.click();
  await pass(29_000);
  assert.ok(menu());
  await pass(2000);
  assert.equal(menu(), null);
});
