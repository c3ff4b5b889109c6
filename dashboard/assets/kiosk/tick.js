// @ts-check
// Updates the desk's clock, countdowns and ages twice a second by the server's clock, and shows errors in the bar.
import { find, setText } from "../shared/nodes.js";
import { clock, countdown, span, stamp } from "../shared/time.js";
import { inLang, say } from "../shared/words.js";
import { dataNow, held, history, lang, root, serverNow, zone } from "./held.js";

const NEAR_MS = 3600000;

/** @param {HTMLElement} node @param {number} now */
function due(node, now) {
  const ms = Number(node.dataset.dueMs) - now;
  setText(node, countdown(ms, lang()));
  const row = node.closest(".k-row");
  if (!row) return;
  // between answers the browser extrapolates: a row that passes its limit shows it at once
  if (ms < 0) row.classList.add("over");
  row.classList.toggle("near", ms >= 0 && ms < NEAR_MS);
  setText(row.querySelector(".k-word"), say(lang(), ms < 0 ? "kiosk.over" : "kiosk.left"));
}

/** @param {string} selector @returns {NodeListOf<HTMLElement>} */
const all = (selector) => root().querySelectorAll(selector);

export function tick() {
  if (!root()) return;
  const now = dataNow();
  setText(find("k-clock"), clock(serverNow(), zone()));
  for (const node of all("[data-due-ms]")) due(node, now);
  for (const node of all("[data-seen-ms]")) setText(node, span(serverNow() - Number(node.dataset.seenMs), lang()));
  for (const node of all("[data-until-ms]")) setText(node, span(Number(node.dataset.untilMs) - now, lang()));
  setText(find("k-age"), history() ? say(lang(), "time.until", { t: stamp(held.asOf, zone()) }) : age());
  cool();
  const text = trouble();
  setText(find("k-lost"), text);
  root().classList.toggle("lost", Boolean(text));
}

const age = () => say(lang(), "time.ago", { t: span(serverNow() - held.checked, lang()) });

function cool() {
  const left = Math.ceil((held.wait - (performance.now() - held.waitAt)) / 1000);
  setText(document.querySelector("[data-wait-ms]"), left > 0 ? say(lang(), "kiosk.wait", { s: left }) : say(lang(), "kiosk.ready"));
  const button = find("k-refresh");
  if (button) button.classList.toggle("cooling", left > 0);
}

/** What is wrong, in words; "" if nothing is. */
export function trouble() {
  if (held.dead) return held.dead;
  if (held.down && held.now) {
    const t = span(performance.now() - held.at, lang());
    return held.why ? say(lang(), "kiosk.source", { fault: held.why, t }) : say(lang(), "kiosk.server", { t }); // it does answer
  }
  if (held.down) return held.cut ? say(lang(), "kiosk.away") : held.why || say(lang(), "kiosk.loading");
  const fault = inLang(held.source && held.source.told, lang());
  if (!fault) return "";
  return say(lang(), "kiosk.source", { fault: fault.charAt(0).toUpperCase() + fault.slice(1), t: span(serverNow() - held.checked, lang()) });
}
