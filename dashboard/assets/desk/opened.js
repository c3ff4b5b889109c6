// @ts-check
// The workbench's current page: the values it was opened with, and its status line.
import { find } from "../shared/nodes.js";
import { say } from "../shared/words.js";

/**
 * @typedef {{lang: string, tabs: Record<string, string[]>, cases: boolean, view?: string | null, charts?: any}} Start from the server;
 * tab -> its panels; the words of the saved view that the address names, "" = there is none; settings common to all charts
 */

export const opened = {
  /** @type {Start} */ start: { lang: "zh", tabs: {}, cases: false },
  /** @type {any} the answer currently shown */ shown: null,
};

export const lang = () => opened.start.lang;
/** @param {string} key @param {Record<string, string>} [values] */
export const word = (key, values) => say(lang(), key, values);

/** The server's error message. @param {{error: string, error_zh?: string}} found */
export const faultOf = (found) => (lang() === "en" ? found.error : found.error_zh || found.error);

/** @param {string | undefined} words @param {"" | "fault"} [kind] */
export function tell(words, kind = "") {
  const place = find("an-says");
  place.textContent = words || "";
  place.dataset.kind = kind;
}
