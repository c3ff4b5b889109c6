// @ts-check
// State of the duty desk: the parts shown, the server's clock, the state of the server and its source.
import { gridwall } from "../shared/gridwall.js";
import { find } from "../shared/nodes.js";
import { ServerClock, isHistory } from "../shared/time.js";

export const EVERY_MS = 15000; // between two requests

/** @typedef {{told?: {zh: string, en: string} | null}} Source */

const server = new ServerClock();

export const held = {
  /** server time of its last message, ms; 0 = none yet */ now: 0,
  /** performance.now() of that message */ at: 0,
  asOf: 0,
  checked: 0,
  /** the server does not answer */ down: false,
  /** because no connection could be made */ cut: false,
  /** why it has nothing to show */ why: "",
  /** an error that waiting will not fix */ dead: "",
  /** @type {Source | null} */ source: null,
  /** ms until a refresh is allowed again, as of waitAt */ wait: 0,
  waitAt: 0,
  /** @type {Record<string, string>} */ parts: {},
};

/** Records a message of the server. @param {{now: number, checked: number, source: Source | null}} found */
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
gridwall.utc = serverNow;
// a closed log has a fixed end
export const history = () => isHistory(held.asOf, held.checked);
export const dataNow = () => (history() ? held.asOf : serverNow());

/** Changes the address without reloading the page. @param {URLSearchParams} words */
export function readdress(words) {
  const search = words.toString();
  window.history.replaceState({}, "", window.location.pathname + (search ? `?${search}` : ""));
}
