// @ts-check
// What the duty desk holds: the parts that are shown, the server's clock, how the server and its source are.
import { gridwall } from "../shared/gridwall.js";
import { find } from "../shared/nodes.js";
import { ServerClock, isHistory } from "../shared/time.js";

export const EVERY_MS = 15000; // from one question to the next

/** @typedef {{told?: {zh: string, en: string} | null}} Source */

const server = new ServerClock();

export const held = {
  /** ms by the server's clock of its last word; 0 = none yet */ now: 0,
  /** performance.now() of it */ at: 0,
  asOf: 0,
  checked: 0,
  /** the server does not answer */ down: false,
  /** because no connection came about */ cut: false,
  /** why it has nothing to show */ why: "",
  /** what no waiting helps against */ dead: "",
  /** @type {Source | null} */ source: null,
  /** ms until a refresh is allowed again, as of waitAt */ wait: 0,
  waitAt: 0,
  /** @type {Record<string, string>} */ parts: {},
};

/** The server spoke. @param {{now: number, checked: number, source: Source | null}} found */
export function hear(found) {
  server.told(found.now);
  Object.assign(held, { now: found.now, at: performance.now(), checked: found.checked, source: found.source });
}

gridwall.kiosk = { held, hear };

/** @returns {HTMLElement} */
export const root = () => find("kiosk");
export const lang = () => (root() && root().dataset.lang) || "zh";
export const zone = () => root().dataset.zone || "UTC";
export const query = () => new URLSearchParams(window.location.search);

export const serverNow = () => server.now(EVERY_MS);
// a closed log stands still
export const history = () => isHistory(held.asOf, held.checked);
export const dataNow = () => (history() ? held.asOf : serverNow());

/** The address with other words, without loading the page anew. @param {URLSearchParams} words */
export function readdress(words) {
  const search = words.toString();
  window.history.replaceState({}, "", window.location.pathname + (search ? `?${search}` : ""));
}
