// @ts-check
// An unused desk returns to its initial state: picks removed, dialogs closed, lists scrolled to the top.
import { find, setText } from "../shared/nodes.js";
import { say } from "../shared/words.js";
import { lang, query, root } from "./held.js";
import { PICKS, go } from "./queue.js";

const IDLE_MS = 90000, WARN_MS = 10000;
const KINDS = ["pointerdown", "keydown", "wheel", "touchstart", "input"];
let last = performance.now();

const scrolled = () => root().scrollTop >= 10 || (find("k-list") && find("k-list").scrollTop >= 10);
const atHome = () => !PICKS.some((key) => query().get(key)) && !document.querySelector("#kiosk dialog[open]") && !scrolled();

/** Restores the state in which the desk was opened. */
export function home() {
  for (const dialog of /** @type {NodeListOf<HTMLDialogElement>} */ (document.querySelectorAll("#kiosk dialog[open]"))) dialog.close();
  if (find("k-note-text")) find("k-note-text").value = "";
  root().scrollTop = 0;
  if (find("k-list")) find("k-list").scrollTop = 0;
  for (const strip of document.querySelectorAll(".k-strip")) strip.scrollLeft = 0;
  go(Object.fromEntries(PICKS.map((key) => [key, ""])));
}

/** Records activity. @param {Event} [event] */
export function touched(event) {
  last = performance.now();
  const bar = find("k-idle");
  // hide the bar only on click, or the click would hit what lies under it
  if (bar && !bar.hidden && (!event || event.type === "click" || event.target !== bar)) bar.hidden = true;
}

/** To be called twice a second. */
export function idle() {
  const bar = find("k-idle"), quiet = performance.now() - last;
  if (!root() || !bar || quiet < IDLE_MS - WARN_MS) return;
  if (atHome()) {
    bar.hidden = true;
    return;
  }
  if (quiet >= IDLE_MS) {
    touched();
    home();
    return;
  }
  // while a dialog is open nothing else can be touched: put the bar into it
  const open = document.querySelector("#kiosk dialog[open]") || root();
  if (bar.parentNode !== open) open.appendChild(bar);
  bar.hidden = false;
  setText(bar, root().dataset.idle + say(lang(), "kiosk.idle", { s: Math.ceil((IDLE_MS - quiet) / 1000) }));
}

export function watch() {
  for (const kind of KINDS) document.addEventListener(kind, touched, { passive: true, capture: true });
}
