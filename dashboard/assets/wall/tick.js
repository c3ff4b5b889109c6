// @ts-check
// Updates the wall's clocks, states and notes every second.
import { gridwall } from "../shared/gridwall.js";
import { find, part, setText } from "../shared/nodes.js";
import { ago, clock, day, weekday } from "../shared/time.js";
import { say } from "../shared/words.js";
import { held, history, serverNow } from "./held.js";
import { faultWords, kindOf, noteOf, stateOf, stoppedOf, troubleOf, waits, wrongOf } from "./states.js";

/** @typedef {import("./held.js").Page} Page */

/** Records whether a panel lacks its map or chart although its figures are here. @param {string} panel */
function noteDrawing(panel) {
  const frame = part("panel", panel), own = held.panels[panel];
  if (!frame) return;
  let lacks = false;
  if (own && frame.offsetWidth) { // it is visible in this screen format
    lacks = Boolean((own.map && !(gridwall.map && gridwall.map.state().ready)) || (own.chart && !frame.querySelector(".main-svg")));
  }
  if (!lacks) {
    delete held.undrawn[panel];
    delete frame.dataset.undrawn;
  } else if (!held.undrawn[panel]) {
    held.undrawn[panel] = performance.now();
    frame.dataset.undrawn = ""; // layouts/html/watchdog.js reloads the page if this persists
  }
}

/** @param {Page} page @param {number} now */
function panels(page, now) {
  for (const panel of page.panels) {
    const frame = part("panel", panel), own = held.panels[panel];
    if (!frame) continue;
    if (own && own.state !== "faulty") noteDrawing(panel);
    const state = stateOf(held, panel, now, performance.now());
    if (frame.dataset.state !== state) frame.dataset.state = state;
    setText(part("panel-time", panel), own ? clock(own.as_of || held.asOf, page.timezone) : "");
    setText(part("panel-state", panel), state === "live" ? "" : say(page.lang, `wall.state.${state}`));
    setText(part("panel-note", panel), noteOf(held, page, panel));
    setText(part("panel-wrong", panel), wrongOf(held, page, panel, state));
  }
}

/** @param {Page} page @param {number} now */
function topBar(page, now) {
  const { lang, timezone } = page;
  const age = Math.max(0, Math.round((now - held.checked) / 1000));
  const stands = () => say(lang, "time.until", { t: `${day(held.asOf, timezone)} ${clock(held.asOf, timezone)}` });
  setText(find("top-snapshot"), held.id);
  setText(find("top-age"), history() ? stands() : held.checked ? ago(age, lang) : "—");
  setText(find("top-clock"), clock(now, timezone));
  setText(find("top-date"), `${day(now, timezone)} ${weekday(now, timezone, lang)}`);
}

/** Shows the progress of long work, what an empty wall waits for, and when it stopped, in the headline's place, readable from
 * the back row.
 * @param {Page} page @param {string} trouble */
function headline(page, trouble) {
  const place = page.panels.length ? part("panel", page.panels[0]) : null;
  const sign = /** @type {HTMLElement | null} */ (place && place.querySelector(".panel-loading"));
  if (!sign) return;
  const [, done, total] = held.source.loading || ["", 0, 0], empty = waits(held);
  if (held.source.loading || empty) {
    setText(sign, empty ? say(page.lang, "wall.awaits", { fault: faultWords(held, page) }) : trouble);
    sign.style.setProperty("--done", total ? String(done / total) : "0");
    sign.classList.add("progress");
  }
  sign.classList.toggle("awaits", empty);
  const stopped = empty || held.source.loading ? "" : stoppedOf(held, page, (place && place.dataset.state) || "");
  if (stopped) setText(sign, stopped);
  sign.classList.toggle("stopped", Boolean(stopped));
}

export function tick() {
  const { page } = held;
  if (!page || !find("wall")) return;
  const now = serverNow(), top = find("top-fault"), root = document.documentElement;
  panels(page, now);
  topBar(page, now);
  const trouble = troubleOf(held, page, now, performance.now()), kind = kindOf(held, now, performance.now());
  setText(top, trouble);
  if ((trouble || held.painted) && !("up" in root.dataset)) root.dataset.up = "";
  headline(page, trouble);
  if (top && top.dataset.kind !== kind) top.dataset.kind = kind;
}
gridwall.tick = tick;
