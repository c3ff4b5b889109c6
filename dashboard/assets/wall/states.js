// @ts-check
// What each panel and the top bar say about the screen: its age, what is wrong, what it waits for.  Pure functions of the
// page's state, so that nothing stale can look live: a pulse announces a newer snapshot, but only drawing it makes the
// screen newer.
import { inLang, say } from "../shared/words.js";
import { clock, lateness } from "../shared/time.js";

/** @typedef {import("./held.js").Held} Held @typedef {import("./held.js").Panel} Panel @typedef {import("./held.js").Page} Page */

const SLACK_MS = 1500; // a pulse may be this late before an interval counts as missed
const UNHEARD_MS = 6000; // a server silent for this long counts as not answering, even if no connection broke
const DRAW_MS = 6000; // a map or chart not drawn by then is reported
const OLD_MS = 10000; // figures older than this are said to be old in the top bar, if nothing else is
const STEP_SAID_MS = 60000; // how long a step of the server's clock is reported

/**
 * Whether the server does not answer: shown by a broken connection, or by mere silence (a stalled server, a cut on the
 * way).
 * @param {Held} held @param {number} steady performance.now()
 */
export function unheard(held, steady) {
  const silent = steady - held.lastPulse;
  const patience = Math.max(3.5 * held.tick, UNHEARD_MS);
  if (held.asked && steady - held.asked > patience) return true; // its stream arrives, but no answer does
  return held.down ? silent > 2.5 * held.tick : held.lastPulse > 0 && silent > patience;
}

/**
 * "loading", "live", "empty", "late", "stale" or "faulty".
 * @param {Held} held @param {string} panel
 * @param {number} now the server's clock @param {number} steady performance.now()
 */
export function stateOf(held, panel, now, steady) {
  const own = held.panels[panel];
  if (!own) return held.source.loading || held.source.ok ? "loading" : "faulty";
  if (own.state === "faulty") return "faulty";
  if (held.undrawn[panel]) return steady - held.undrawn[panel] < DRAW_MS ? "loading" : "faulty";
  const age = now - held.checked - SLACK_MS;
  const every = (held.page && held.page.every[panel]) || 5000;
  if (age > 2 * every) return held.source.fault && !held.down ? "faulty" : "stale";
  if (age > every) return "late";
  return own.state;
}

/**
 * The note under a panel.
 * @param {Held} held @param {Page} page @param {string} panel @param {string} state as `stateOf` @param {number} now the server's clock
 */
export function noteOf(held, page, panel, state, now) {
  const own = held.panels[panel], { lang, timezone } = page;
  const at = own && own.as_of ? own.as_of : held.asOf;
  if (state === "faulty" && own && own.state === "faulty") return own.note;
  if (own && held.undrawn[panel]) return state === "faulty" ? say(lang, own.map ? "wall.undrawn.map" : "wall.undrawn.chart") : "";
  if (state === "faulty" || (state === "loading" && held.source.fault)) return sourceWords(held, page);
  if (state === "loading" && held.source.loading) return "";
  if (state === "stale") return (held.down ? say(lang, "wall.server") + say(lang, "stop") : "") + say(lang, "wall.stale", { t: clock(at, timezone) });
  if (state === "late") {
    return held.down ? say(lang, "wall.server") : say(lang, "wall.late", { t: lateness(Math.round((now - held.checked) / 1000), lang) });
  }
  if (state === "empty") return (own && own.note) || say(lang, "wall.checked", { t: clock(held.asOf, timezone) });
  return (own && own.note) || "";
}

/** The fault in the page's language; its internal name if the server sends no text. @param {Held} held @param {Page} page */
export const faultWords = (held, page) => inLang(held.source.said, page.lang) || held.source.fault;

/** @param {Held} held @param {Page} page */
function sourceWords(held, page) {
  const { retries, retry_at: at } = held.source;
  return say(page.lang, "wall.source", { fault: faultWords(held, page), n: String(retries), t: clock(at, page.timezone) });
}

/** The loading step and its progress. @param {[string, number, number]} loading @param {string} lang */
export function progress([what, done, total], lang) {
  const key = `wall.loading.${what}`, words = say(lang, key);
  return (words === key ? what : words) + (total ? ` ${Math.floor((100 * done) / total)}%` : "");
}

/**
 * The text of the top bar; "" if there is nothing to say.
 * @param {Held} held @param {Page} page @param {number} now the server's clock @param {number} steady performance.now()
 */
export function troubleOf(held, page, now, steady) {
  const { source } = held, { lang } = page;
  if (held.refused) return held.refused;
  if (held.denied) return say(lang, "wall.key");
  if (unheard(held, steady)) return say(lang, "wall.server");
  if (source.loading) {
    const going = progress(source.loading, lang);
    if (source.fault === "damaged") return `${faultWords(held, page)} · ${going}`;
    if (source.fault) return sourceWords(held, page);
    return source.waiting ? going + say(lang, "stop") + inLang(source.waiting, lang) : going;
  }
  if (!source.ok && source.fault) return sourceWords(held, page);
  if (source.waiting) return inLang(source.waiting, lang);
  if (source.rejected) return inLang(source.rejected, lang);
  if (source.stepped && Math.abs(now - (source.stepped_at || 0)) < STEP_SAID_MS) return inLang(source.stepped, lang);
  if (held.id && now - held.checked - SLACK_MS > OLD_MS) return say(lang, "wall.stale", { t: clock(held.asOf, page.timezone) });
  const { faulty_rows: rows, ahead } = source;
  const counted = [rows && say(lang, rows === 1 ? "wall.row" : "wall.rows", { n: rows.toLocaleString("en") }), ahead && say(lang, "wall.ahead", { n: ahead.toLocaleString("en") })];
  return counted.filter(Boolean).join(" · ");
}

/** Whether an empty wall waits for its source. @param {Held} held */
export const waits = (held) => !held.id && !held.source.loading && !held.source.ok && Boolean(held.source.fault);

/** How the top bar's text is styled: "loading", "fault", "rejected" or "rows". @param {Held} held @param {number} steady */
export function kindOf(held, steady) {
  const { source } = held;
  const hangs = (source.fault && source.fault !== "damaged") || source.waiting;
  if (source.loading && !hangs) return "loading";
  if (held.down || unheard(held, steady) || held.refused || held.denied || hangs || !source.ok) return "fault";
  return source.rejected ? "rejected" : "rows";
}
