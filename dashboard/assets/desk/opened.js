// @ts-check
// The workbench's page of the moment: what it was opened with, and what it says of its view.
import { find } from "../shared/nodes.js";
import { say } from "../shared/words.js";

/**
 * @typedef {{lang: string, tabs: Record<string, string[]>, cases: boolean, charts?: any}} Start what the server laid out; tab -> its
 * panels; what all charts have in common
 */

export const opened = {
  /** @type {Start} */ start: { lang: "zh", tabs: {}, cases: false },
  /** @type {any} the answer that is shown */ shown: null,
};

export const lang = () => opened.start.lang;
/** @param {string} key @param {Record<string, string>} [values] */
export const word = (key, values) => say(lang(), key, values);

/** The server's words for a fault. @param {{error: string, error_zh?: string}} found */
export const faultOf = (found) => (lang() === "en" ? found.error : found.error_zh || found.error);

/** @param {string | undefined} words @param {"" | "fault"} [kind] */
export function tell(words, kind = "") {
  const place = find("an-says");
  place.textContent = words || "";
  place.dataset.kind = kind;
}
