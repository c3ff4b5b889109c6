import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInThisContext } from "node:vm";

import { open } from "../page.js";

const SCRIPT = readFileSync(new URL("../../../layouts/html/language.js", import.meta.url), "utf8");
const SWITCH = '<a href="#" data-lang-to="en"><b>EN</b></a><a href="#" data-lang-to="zh">中</a>';

/**
 * The address of a page after it was opened in a browser that holds this.
 * @param {string} path @param {{tab?: string, browser?: string, drawn?: boolean}} [held]
 */
function at(path, { tab = "", browser = "", drawn = true } = {}) {
  const window = open(path, SWITCH);
  if (drawn) document.documentElement.dataset.drawn = "";
  else delete document.documentElement.dataset.drawn;
  if (tab) sessionStorage.setItem("gridwall-lang", tab);
  if (browser) localStorage.setItem("gridwall-lang", browser);
  runInThisContext(SCRIPT);
  return window.location.pathname + window.location.search + window.location.hash;
}

test("a page whose address names no language has that of the last switch, as its address says then", () => {
  assert.equal(at("/wall"), "/wall");
  assert.equal(at("/wall", { browser: "en" }), "/wall?lang=en");
  assert.equal(at("/kiosk?tab=overdue#x", { browser: "en" }), "/kiosk?tab=overdue&lang=en#x");
  assert.equal(at("/wall", { browser: "zh" }), "/wall");
  assert.equal(at("/wall?slang=zh", { browser: "en" }), "/wall?slang=zh&lang=en");
});

test("the address wins, for its tab also on the pages that it leads to", () => {
  assert.equal(at("/wall?lang=zh", { browser: "en" }), "/wall?lang=zh");
  assert.equal(sessionStorage.getItem("gridwall-lang"), "zh");
  assert.equal(localStorage.getItem("gridwall-lang"), "en", "what an address says is not what was chosen");
  assert.equal(at("/wall", { tab: "zh", browser: "en" }), "/wall");
  assert.equal(at("/wall", { tab: "en" }), "/wall?lang=en");
});

test("a page that the server has written stays as it is", () => {
  assert.equal(at("/login?next=%2Fwall", { browser: "en", drawn: false }), "/login?next=%2Fwall");
});

test("a switch is remembered, whatever lies in it; anything else is not", () => {
  at("/wall");
  document.body.click();
  assert.equal(localStorage.getItem("gridwall-lang"), null);
  document.querySelector("b").click();
  assert.deepEqual([localStorage.getItem("gridwall-lang"), sessionStorage.getItem("gridwall-lang")], ["en", "en"]);
  document.querySelector("[data-lang-to=zh]").click();
  assert.deepEqual([localStorage.getItem("gridwall-lang"), sessionStorage.getItem("gridwall-lang")], ["zh", "zh"]);
});

test("a browser without storage uses the address", () => {
  at("/wall");
  Object.defineProperty(globalThis.window, "localStorage", { get: () => { throw new Error("denied"); }, configurable: true });
  runInThisContext(SCRIPT);
  assert.equal(document.location.search, "");
  document.querySelector("b").click();
});
