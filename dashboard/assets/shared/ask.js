// @ts-check
// A request to the server, answered in JSON, with a timeout.
import { at } from "./below.js";

/**
 * Raises if no answer arrives.
 * @param {string} path
 * @param {{body?: object, quiet?: boolean, lang?: string, patience?: number}} [how] `body`: sent as JSON, with POST; `quiet`:
 * sent by the page itself, not counted as use of the session; `lang`: language of error messages; `patience`: timeout, ms
 * @returns {Promise<{status: number, found: any, fault: string}>} `fault`: the server's error message, or ""
 */
export async function ask(path, { body, quiet = false, lang = "zh", patience = 10000 } = {}) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patience);
  /** @type {Record<string, string>} */
  const headers = quiet ? { "X-Gridwall-Quiet": "1" } : {};
  try {
    const answer = await fetch(at(path), body === undefined ? { cache: "no-store", signal: abort.signal, headers } : {
      method: "POST", cache: "no-store", signal: abort.signal, headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    const found = await answer.json();
    const fault = answer.ok ? "" : (lang === "zh" && found.error_zh) || found.error || answer.statusText;
    return { status: answer.status, found, fault };
  } finally {
    clearTimeout(timer);
  }
}
