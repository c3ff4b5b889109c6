import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, mock, test } from "node:test";
import { runInThisContext } from "node:vm";

import { open, pass, standStill } from "../page.js";

const SCRIPT = readFileSync(new URL("../../../layouts/html/theme.js", import.meta.url), "utf8");
const MIN = 60_000;
/** An instant of 23 November 2026 by the clock of Shanghai (UTC+8, without summer time). @param {number} h @param {number} m */
const shanghai = (h, m, s = 0) => Date.UTC(2026, 10, 23, h - 8, m, s);
const theme = () => document.documentElement.dataset.theme;

/** @param {string} path @param {Record<string, string>} [setting] @param {Record<string, boolean>} [media] what the system asks for */
function page(path, setting = {}, media = {}) {
  const window = open(path, '<button data-theme-to=""><span>日间</span></button>');
  window.matchMedia = (query) => ({ matches: Boolean(media[query]) });
  Object.assign(document.documentElement.dataset, { themeSet: "night", themeDay: "07:00-19:00", themeZone: "Asia/Shanghai", ...setting });
  delete document.documentElement.dataset.theme;
  runInThisContext(SCRIPT);
  return window;
}
/** @param {string} path @param {number} now @param {Record<string, string>} [setting] */
function at(path, now, setting = {}) {
  mock.timers.reset();
  standStill(now);
  page(path, { themeSet: "auto", ...setting });
  return theme();
}
beforeEach(() => {
  mock.timers.reset();
  standStill(shanghai(10, 0));
});

test("a wall has the city's theme, unless its address names another", () => {
  page("/wall");
  assert.equal(theme(), "night");
  page("/wall/overview?scope=370881001", { themeSet: "day" });
  assert.equal(theme(), "day");
  page("/wall?theme=day&lang=en");
  assert.equal(theme(), "day");
  page("/?scope=1&theme=night", { themeSet: "day" });
  assert.equal(theme(), "night");
  page("/wall?theme=noon");
  assert.equal(theme(), "night", "the page says in words that there is no such theme");
});

test("below a path of another site a wall is a wall, and a kiosk none", () => {
  page("/gridwall/wall?theme=day", { below: "/gridwall" });
  assert.equal(theme(), "day");
  page("/gridwall?theme=day", { below: "/gridwall" });
  assert.equal(theme(), "day");
  page("/gridwall/kiosk?theme=day", { below: "/gridwall" });
  assert.equal(theme(), "night", "a desk's own button says its theme");
});

test("by the city's clock it is day from the first minute on, and no more at the last", () => {
  assert.equal(at("/wall", shanghai(6, 59, 59)), "night");
  assert.equal(at("/wall", shanghai(7, 0)), "day");
  assert.equal(at("/wall", shanghai(18, 59, 59)), "day");
  assert.equal(at("/wall", shanghai(19, 0)), "night");
  assert.equal(at("/wall", shanghai(0, 0)), "night");
  assert.equal(at("/wall?theme=auto", shanghai(12, 0), { themeSet: "night" }), "day");
  assert.equal(at("/wall", shanghai(12, 0), { themeZone: "America/New_York" }), "night", "23:00 of the day before");
});

test("hours may pass midnight", () => {
  const setting = { themeDay: "20:30-04:00" };
  assert.equal(at("/wall", shanghai(20, 29), setting), "night");
  assert.equal(at("/wall", shanghai(20, 30), setting), "day");
  assert.equal(at("/wall", shanghai(3, 59), setting), "day");
  assert.equal(at("/wall", shanghai(4, 0), setting), "night");
});

test("an open page changes by itself, within a quarter of a minute", async () => {
  assert.equal(at("/wall", shanghai(18, 59, 50)), "day");
  await pass(15_000);
  assert.equal(theme(), "night");
  await pass(12 * 60 * MIN);
  assert.equal(theme(), "day", "the next morning");
});

test("the server's clock counts, where a page hears it", async () => {
  const window = page("/wall", { themeSet: "auto" });
  assert.equal(theme(), "day");
  window.gridwall = { utc: () => shanghai(23, 0) };
  await pass(15_000);
  assert.equal(theme(), "night");
});

test("a desk's button changes the theme at once, and the browser keeps it", () => {
  const window = page("/analyst?tab=hotspots&theme=day");
  assert.equal(theme(), "night");
  document.querySelector("[data-theme-to] span").click();
  assert.deepEqual([theme(), localStorage.getItem("gridwall-theme")], ["day", "day"]);
  delete document.documentElement.dataset.theme;
  runInThisContext(SCRIPT); // as the page is opened again
  assert.equal(theme(), "day");
  localStorage.setItem("gridwall-theme", "night"); // in another window
  window.dispatchEvent(new Event("storage"));
  assert.equal(theme(), "night");
  localStorage.setItem("gridwall-theme", "noon");
  window.dispatchEvent(new Event("storage"));
  assert.equal(theme(), "night", "what is no theme is none");
});

test("without storage the button works until the page is left", () => {
  page("/kiosk");
  const own = Object.getOwnPropertyDescriptor(globalThis, "localStorage");
  Object.defineProperty(globalThis, "localStorage", { configurable: true, get: () => { throw new Error("denied"); } });
  document.querySelector("[data-theme-to]").click();
  assert.equal(theme(), "day");
  document.querySelector("[data-theme-to]").click();
  assert.equal(theme(), "night");
  Object.defineProperty(globalThis, "localStorage", own);
});

test("paper has the day's colours, the screen its own again afterwards", () => {
  const window = page("/wall");
  window.dispatchEvent(new Event("beforeprint"));
  assert.equal(theme(), "day");
  window.dispatchEvent(new Event("afterprint"));
  assert.equal(theme(), "night");
});

test("where the system forces its colours, the theme suits its ground", () => {
  const forced = "(forced-colors: active)", bright = "(prefers-color-scheme: light)";
  page("/wall", {}, { [forced]: true, [bright]: true });
  assert.equal(theme(), "day");
  page("/wall?theme=day", {}, { [forced]: true });
  assert.equal(theme(), "night");
  page("/wall", {}, { [bright]: true });
  assert.equal(theme(), "night", "a bright system alone changes nothing");
});
