import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { open } from "../page.js";

open("/wall");
const { morph } = await import("../../../dashboard/assets/shared/morph.js");

let place;
beforeEach(() => {
  place = document.createElement("div");
  document.body.append(place);
});

/** How often the page is touched below `place` while `act` runs. */
async function touches(act) {
  const seen = [];
  const observer = new MutationObserver((list) => seen.push(...list));
  observer.observe(place, { subtree: true, childList: true, attributes: true, characterData: true });
  act();
  await new Promise((done) => setImmediate(done));
  seen.push(...observer.takeRecords());
  observer.disconnect();
  return seen.length;
}

const PANEL = '<ul class="list"><li>甲<b>3</b></li><li data-x="1">乙</li></ul><p>foot</p>';

test("an empty place is filled, and the same markup again touches nothing", async () => {
  morph(place, PANEL);
  assert.equal(place.innerHTML, PANEL);
  assert.equal(await touches(() => morph(place, PANEL)), 0);
});

test("only what differs is touched; every other node stays the same one", async () => {
  morph(place, PANEL);
  const [list, foot] = place.children, [first, second] = list.children;
  assert.equal(await touches(() => morph(place, PANEL.replace("3", "4"))), 1);
  assert.equal(first.textContent, "甲4");
  assert.ok(place.children[0] === list && place.children[1] === foot && list.children[0] === first && list.children[1] === second);
});

test("attributes come, change and go", () => {
  morph(place, '<i a="1" b="2"></i>');
  const node = place.firstChild;
  morph(place, '<i b="3" c="4"></i>');
  assert.equal(place.firstChild, node);
  assert.equal(place.innerHTML, '<i b="3" c="4"></i>');
});

test("nodes come at the end and go from it", () => {
  morph(place, "<i></i>");
  const node = place.firstChild;
  morph(place, "<i></i><b>1</b>text");
  assert.equal(place.innerHTML, "<i></i><b>1</b>text");
  morph(place, "<i></i>");
  assert.equal(place.innerHTML, "<i></i>");
  assert.equal(place.firstChild, node);
  morph(place, "");
  assert.equal(place.childNodes.length, 0);
});

test("another kind of node takes the place of the former", () => {
  morph(place, "<i>x</i>text");
  morph(place, "<b>x</b><u></u>");
  assert.equal(place.innerHTML, "<b>x</b><u></u>");
});
