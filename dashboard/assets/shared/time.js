// @ts-check
// Time on the pages: an estimate of the server's clock, clocks and days in the city's zone, durations in words.
import { say } from "./words.js";

const STEP_MS = 5000; // tolerated difference between our own two clocks
const HISTORY_MS = 3600000; // a log whose newest instant is this much older than its last reading is closed

/**
 * The server's clock, extrapolated by whichever of our two clocks has advanced further since the server's last message: the
 * steady one stops during sleep, the wall clock may be set.  A wall clock far ahead was set if the server is heard again soon.
 */
export class ServerClock {
  /**
   * @param {() => number} wall ms since 1970
   * @param {() => number} steady ms since some instant, never set
   */
  constructor(wall = () => Date.now(), steady = () => performance.now()) {
    this.wall = wall;
    this.steady = steady;
    this.serverAt = 0;
    this.wallAt = 0;
    this.steadyAt = 0;
    this.aheadSince = 0;
  }

  /** The server reported the time `instant` (ms). @param {number} instant */
  told(instant) {
    this.serverAt = instant;
    this.wallAt = this.wall();
    this.steadyAt = this.steady();
  }

  /**
   * ms; our own clock's until the server has reported a time.
   * @param {number} tick ms between two messages of the server
   */
  now(tick) {
    if (!this.serverAt) return this.wall();
    const wall = this.wall() - this.wallAt;
    const steady = this.steady() - this.steadyAt;
    if (wall - steady < STEP_MS) this.aheadSince = 0;
    else if (!this.aheadSince) this.aheadSince = this.steady();
    const slept = this.aheadSince && this.steady() - this.aheadSince > 2.5 * tick;
    return this.serverAt + (wall - steady < STEP_MS || slept ? Math.max(wall, steady) : steady);
  }
}

/**
 * Whether the log is closed: ages then refer to its end.
 * @param {number} asOf its newest instant, ms (0 = none)
 * @param {number} checked when it was read, ms
 */
export const isHistory = (asOf, checked) => asOf > 0 && checked - asOf > HISTORY_MS;

// ---- clocks and days ------------------------------------------------------------------------------------------
const two = (/** @type {number} */ n) => String(n).padStart(2, "0");

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {string} locale
 * @param {Intl.DateTimeFormatOptions} parts
 */
function formatted(locale, parts) {
  const key = locale + JSON.stringify(parts);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.DateTimeFormat(locale, parts)));
  return format;
}

/** "10:42:07" in a zone; "--:--:--" without an instant. @param {number | undefined} instant @param {string} timeZone */
export function clock(instant, timeZone) {
  if (!instant) return "--:--:--";
  return formatted("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }).format(instant);
}

/** "2026-11-23". @param {number} instant @param {string} timeZone */
export const day = (instant, timeZone) => formatted("en-CA", { timeZone }).format(instant);

/** "周一", "Mon". @param {number} instant @param {string} timeZone @param {string} lang */
export const weekday = (instant, timeZone, lang) =>
  formatted(lang === "zh" ? "zh-CN" : "en-GB", { timeZone, weekday: "short" }).format(instant);

/** "2026-11-23 10:42". @param {number} instant @param {string} timeZone */
export function stamp(instant, timeZone) {
  const parts = /** @type {const} */ ({ timeZone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false });
  return formatted("en-CA", parts).format(instant).replace(",", "");
}

// ---- durations ------------------------------------------------------------------------------------------------
/** @param {string} lang @param {number} n @param {"s" | "min" | "h" | "d"} unit */
const spaced = (lang, n, unit) => `${n} ${say(lang, `time.${unit}`)}`;
/** @param {string} lang @param {number} n @param {"s" | "min" | "h" | "d"} unit */
const close = (lang, n, unit) => (lang === "en" ? spaced(lang, n, unit) : n + say(lang, `time.${unit}`));

/**
 * Short, as in panels: "7秒", "3时07分", "2天5时", "12天"; "7 s", "3 h 07", "2 d 5 h", "12 d".
 * @param {number} ms
 * @param {string | undefined} lang
 */
export function age(ms, lang) {
  const own = lang === "en" ? "en" : "zh";
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return close(own, s, "s");
  const m = Math.floor(s / 60);
  if (m < 60) return close(own, m, "min");
  const h = Math.floor(m / 60);
  if (h < 24) return own === "zh" ? `${close(own, h, "h")}${two(m % 60)}${say(own, "time.min")}` : `${close(own, h, "h")} ${two(m % 60)}`;
  const d = Math.floor(h / 24);
  if (d >= 10 || h % 24 === 0) return close(own, d, "d");
  return close(own, d, "d") + (own === "zh" ? "" : " ") + close(own, h % 24, "h");
}

/** In the largest unit only: "59 秒", "1 分", "23 时", "3 天". @param {number} s whole seconds @param {string} lang */
export function largest(s, lang) {
  if (s < 60) return spaced(lang, s, "s");
  if (s < 3600) return spaced(lang, Math.floor(s / 60), "min");
  if (s < 86400) return spaced(lang, Math.floor(s / 3600), "h");
  return spaced(lang, Math.floor(s / 86400), "d");
}

/** "5 秒前", "5 s ago". @param {number} s whole seconds @param {string} lang */
export const ago = (s, lang) => say(lang, "time.ago", { t: largest(s, lang) });

/** A delay; changes to a larger unit from two of it on: "119 秒", "2 分". @param {number} s @param {string} lang */
export function lateness(s, lang) {
  if (s < 120) return spaced(lang, s, "s");
  return s < 7200 ? spaced(lang, Math.floor(s / 60), "min") : spaced(lang, Math.floor(s / 3600), "h");
}

/** As on the duty desk: like `largest`, but hours with minutes: "3 时 07 分", "3 h 07". @param {number} ms @param {string} lang */
export function span(ms, lang) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 3600 || s >= 86400) return largest(s, lang);
  const minutes = two(Math.floor((s % 3600) / 60));
  return `${spaced(lang, Math.floor(s / 3600), "h")} ${minutes}${lang === "en" ? "" : ` ${say(lang, "time.min")}`}`;
}

/** Remaining time as hh:mm:ss, from two days on in days; elapsed time as `span`. @param {number} ms @param {string} lang */
export function countdown(ms, lang) {
  if (ms < 0) return span(-ms, lang);
  const s = Math.floor(ms / 1000);
  if (s >= 172800) return spaced(lang, Math.floor(s / 86400), "d");
  return `${two(Math.floor(s / 3600))}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
}
