// @ts-check
// The duty desk in the browser: requests its parts every 15 s, runs the countdowns by the server's clock, handles touches.
// What a touch does is in the part's data attributes (layouts/kiosk/touch.py); the filters are in the address.
import { at } from "../shared/below.js";
import { gridwall } from "../shared/gridwall.js";
import { find } from "../shared/nodes.js";
import { addNote, copySheet, noteCase, openCase, openNote, openSheet, saveSheet, sendNote } from "./dialogs.js";
import { dataNow, query, root } from "./held.js";
import { idle, touched, watch } from "./idle.js";
import { modes, toggle } from "./modes.js";
import { fill, go, languages, load } from "./queue.js";
import { tick } from "./tick.js";

/** @type {Record<string, () => void>} */
const BUTTONS = {
  "k-large": () => toggle("large"), "k-contrast": () => toggle("contrast"), "k-refresh": () => load("/desk/kiosk/refresh", true),
  "k-note-send": sendNote, "k-sheet-copy": copySheet, "k-sheet-print": () => window.print(), "k-sheet-save": saveSheet,
  "k-case-note": noteCase, "k-idle": () => touched(),
};

/** Toggles a pick; on some parts it opens a tab as well. @param {DOMStringMap} data */
function pick(data) {
  const word = data.pick || "", code = data.code || "";
  if (data.goto) go({ [word]: code, more: "", tab: data.goto });
  else go({ [word]: query().get(word) === code ? "" : code, more: "" });
}

/** @param {DOMStringMap} data */
function tab(data) {
  if (find("k-list")) find("k-list").scrollTop = 0;
  go({ tab: data.tab === "soon" ? "" : data.tab || "", more: "" });
}

/** A touch outside an open dialog closes it. @param {MouseEvent} event */
function beside(event) {
  const dialog = /** @type {HTMLDialogElement} */ (event.target);
  if (!dialog.matches("#kiosk dialog")) return;
  const box = dialog.getBoundingClientRect();
  if (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom) dialog.close();
}

/** @param {MouseEvent} event */
function clicked(event) {
  const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("#kiosk button"));
  if (!button) {
    beside(event);
    return;
  }
  const { dataset: data } = button;
  if (BUTTONS[button.id]) BUTTONS[button.id]();
  else if ("close" in data) button.closest("dialog")?.close();
  else if ("note" in data) addNote(data.note || "");
  else if (data.noteKind) openNote(data);
  else if (data.pick) pick(data);
  else if (data.tab) tab(data);
  else if (data.side) go({ side: data.side === "dept" ? "" : data.side });
  else if (data.more) go({ more: data.more });
  else if (data.case) openCase(data);
  else if ("sheet" in data) openSheet();
}

/** @param {KeyboardEvent} event */
function keyed(event) {
  const target = /** @type {Element} */ (event.target);
  const at = target.closest && target.closest("[role=tab]"), step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!at || !at.parentNode || !step) return;
  const all = /** @type {HTMLElement[]} */ ([...at.parentNode.querySelectorAll("[role=tab]")]);
  const next = all[(all.indexOf(/** @type {HTMLElement} */ (at)) + step + all.length) % all.length];
  event.preventDefault();
  next.click();
  next.focus();
}

function begin() {
  if (!root() || root().dataset.begun) return;
  root().dataset.begun = "1";
  modes();
  languages();
  fill();
  load();
}

if (window.location.pathname.startsWith(at("/kiosk"))) {
  gridwall.serverNow = dataNow;
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", keyed);
  watch();
  setInterval(() => { tick(); idle(); }, 500);
  window.addEventListener("online", () => load());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) load(); });
  new MutationObserver(begin).observe(document.documentElement, { childList: true, subtree: true });
  begin();
}
