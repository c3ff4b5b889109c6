import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "../page.js";

const window = open("/wall", "<span data-case='QF-1/2'><b>QF-1/2</b></span><i>x</i>");
document.documentElement.dataset.below = "/gridwall";
const went = [];
Object.defineProperty(window, "location", { value: { assign: (url) => went.push(url), href: "http://x/wall" }, configurable: true });
const { held } = await import("../../../dashboard/assets/wall/held.js");
const { begin } = await import("../../../dashboard/assets/wall/ways.js");
begin();

test("a case number leads to the case, below the path, by pointer and by Enter alone", () => {
  const number = document.querySelector("b");
  document.querySelector("i").click();
  number.dispatchEvent(new window.KeyboardEvent("keydown", { key: "a", bubbles: true }));
  assert.deepEqual(went, []);
  number.click();
  held.page = { lang: "en" };
  number.dispatchEvent(new window.KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  assert.deepEqual(went, ["/gridwall/analyst?case=QF-1%2F2", "/gridwall/analyst?case=QF-1%2F2&lang=en"]);
});
