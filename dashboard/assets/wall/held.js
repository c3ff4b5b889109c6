// @ts-check
// State of the wall's page: the page itself, the snapshot on the screen, the state of the server and its source.
import { gridwall } from "../shared/gridwall.js";
import { ServerClock, isHistory } from "../shared/time.js";

/** @typedef {{zh: string, en: string}} Said a text in both languages */
/**
 * @typedef {object} Page the page as the server laid it out (callbacks/pages.py)
 * @property {string} page @property {string} scope @property {string} parent @property {string} lang @property {string} title
 * @property {string} build @property {string} timezone @property {string[]} panels @property {Record<string, number>} every ms
 */
/**
 * @typedef {object} Source state of the source, from a pulse
 * @property {boolean} ok @property {string} fault its internal name
 * @property {Said} [said] the fault in words @property {number} [retries] @property {number} [retry_at]
 * @property {[string, number, number] | null} [loading] step, done, total
 * @property {Said | null} [waiting] @property {Said | null} [rejected] @property {Said | null} [stepped] @property {number} [stepped_at]
 * @property {number} [faulty_rows] @property {number} [ahead]
 */
/**
 * @typedef {object} Panel from a snapshot
 * @property {string} state @property {string} note @property {number} [as_of] @property {string} [html]
 * @property {any} [map] @property {any} [chart]
 */
/** @typedef {typeof held} Held */

export const serverClock = new ServerClock();

export const held = {
  /** @type {Page | null} */ page: null,
  /** of the snapshot on the screen */ id: "",
  etag: "",
  /** instant that the figures on the screen are for, ms */ asOf: 0,
  /** when the source was read for them, ms */ checked: 0,
  /** performance.now() of the server's last message */ lastPulse: 0,
  tick: 1000,
  /** @type {Source} */ source: { ok: true, fault: "" },
  /** @type {Record<string, Panel>} */ panels: {},
  /** @type {Record<string, number>} panels whose drawing is missing, with performance.now() of the start */ undrawn: {},
  /** a fetch is in progress */ busy: false,
  /** another fetch is wanted after it */ again: false,
  /** performance.now() of the first unanswered fetch */ asked: 0,
  /** rejected rows at the last message; -1 before the first */ rows: -1,
  /** when their number last grew, ms of the server's clock */ rowsGrew: 0,
  /** how often the stream was lost */ down: 0,
  lastPoll: 0,
  denied: false,
  /** the server's message for an invalid address */ refused: "",
  painted: "",
  fetches: 0,
  build: "",
};
gridwall.held = held;

/** The server's clock, extrapolated, ms. */
export const serverNow = () => serverClock.now(held.tick);
gridwall.utc = serverNow;
export const history = () => isHistory(held.asOf, held.checked);
gridwall.serverNow = () => (history() ? held.asOf : serverNow());

/** Records a message of the server. @param {number} now @param {Source} source */
export function note(now, source) {
  serverClock.told(now);
  const rows = source.faulty_rows ?? held.rows;      // not said before the first message of the source
  if (held.rows >= 0 && rows > held.rows) held.rowsGrew = now;
  Object.assign(held, { lastPulse: performance.now(), source, rows, down: 0 });
}

/**
 * The screen shows the snapshot `id`, for the instant `asOf` (fixed for a closed log), from a source read at `checked`.
 * @param {string} id @param {number} [asOf] @param {number} [checked]
 */
export function confirm(id, asOf, checked) {
  Object.assign(held, { id, denied: false, refused: "", asked: 0 });
  if (asOf) held.asOf = asOf;
  if (checked) held.checked = checked;
}

/** Resets the state for another page. @param {Page} page */
export function open(page) {
  Object.assign(held, { page, refused: "", id: "", etag: "", panels: {}, undrawn: {}, busy: false, again: false, asked: 0, build: held.build || page.build });
}

/** The query string for what the page shows. @param {Page} page */
export const query = (page) => new URLSearchParams({ page: page.page, scope: page.scope, lang: page.lang });
