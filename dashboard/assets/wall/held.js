// @ts-check
// What the wall's page holds: itself, the snapshot on the screen, how the server and its source are.
import { gridwall } from "../shared/gridwall.js";
import { ServerClock, isHistory } from "../shared/time.js";

/** @typedef {{zh: string, en: string}} Said in both languages */
/**
 * @typedef {object} Page what the server laid out (callbacks/pages.py)
 * @property {string} page @property {string} scope @property {string} parent @property {string} lang @property {string} title
 * @property {string} build @property {string} timezone @property {string[]} panels @property {Record<string, number>} every ms
 */
/**
 * @typedef {object} Source how the source is, as a pulse says
 * @property {boolean} ok @property {string} fault its bare name
 * @property {Said} [said] the fault in words @property {number} [retries] @property {number} [retry_at]
 * @property {[string, number, number] | null} [loading] what is being done, how much, of how much
 * @property {Said | null} [waiting] @property {Said | null} [rejected] @property {Said | null} [stepped] @property {number} [stepped_at]
 * @property {number} [faulty_rows] @property {number} [ahead]
 */
/**
 * @typedef {object} Panel as a snapshot gives it
 * @property {string} state @property {string} note @property {number} [as_of] @property {string} [html]
 * @property {any} [map] @property {any} [chart]
 */
/** @typedef {typeof held} Held */

export const serverClock = new ServerClock();

export const held = {
  /** @type {Page | null} */ page: null,
  /** of the snapshot on the screen */ id: "",
  etag: "",
  /** what is on the screen is true of this instant, ms */ asOf: 0,
  /** by a source that was read at this one */ checked: 0,
  /** performance.now() of the server's last word */ lastPulse: 0,
  tick: 1000,
  /** @type {Source} */ source: { ok: true, fault: "" },
  /** @type {Record<string, Panel>} */ panels: {},
  /** @type {Record<string, number>} panels whose drawing does not stand, since performance.now() */ undrawn: {},
  /** a fetch is under way */ busy: false,
  /** and another is wanted after it */ again: false,
  /** performance.now() of the first fetch that is not answered yet */ asked: 0,
  /** how often the stream was lost */ down: 0,
  lastPoll: 0,
  denied: false,
  /** the server's words for an address that names nothing */ refused: "",
  painted: "",
  fetches: 0,
  build: "",
};
gridwall.held = held;

/** The server's clock, carried on, ms. */
export const serverNow = () => serverClock.now(held.tick);
export const history = () => isHistory(held.asOf, held.checked);
gridwall.serverNow = () => (history() ? held.asOf : serverNow());

/** The server spoke. @param {number} now @param {Source} source */
export function note(now, source) {
  serverClock.told(now);
  Object.assign(held, { lastPulse: performance.now(), source, down: 0 });
}

/**
 * What is on the screen is the snapshot `id`, true for `asOf` (a closed log stands still) by a source read at `checked`.
 * @param {string} id @param {number} [asOf] @param {number} [checked]
 */
export function confirm(id, asOf, checked) {
  Object.assign(held, { id, denied: false, refused: "", asked: 0 });
  if (asOf) held.asOf = asOf;
  if (checked) held.checked = checked;
}

/** Another page is laid out. @param {Page} page */
export function open(page) {
  Object.assign(held, { page, refused: "", id: "", etag: "", panels: {}, undrawn: {}, busy: false, again: false, asked: 0, build: held.build || page.build });
}

/** The words of an address for what the page shows. @param {Page} page */
export const query = (page) => new URLSearchParams({ page: page.page, scope: page.scope, lang: page.lang });
