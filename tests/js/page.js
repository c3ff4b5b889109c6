// A page without a browser: happy-dom's window under the names that the scripts use, and the words as the server gives them.
import { execFileSync } from "node:child_process";
import { mock } from "node:test";
import { fileURLToPath } from "node:url";

import { Window } from "happy-dom";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NAMES = ["document", "location", "history", "Node", "MutationObserver", "DOMParser", "Event", "CustomEvent", "MouseEvent", "KeyboardEvent",
  "PopStateEvent", "PointerEvent", "FormData", "getComputedStyle", "sessionStorage", "localStorage", "requestAnimationFrame", "Image",
  "HTMLElement", "HTMLSelectElement", "innerWidth", "innerHeight", "cancelAnimationFrame", "dispatchEvent", "addEventListener"];

/** The block of words in every page, from layouts/text/browser_words.py; `make` asks for it once for all files. */
const words = process.env.GRIDWALL_WORDS
  || execFileSync(process.env.PYTHON || "python3", ["-m", "layouts.text.browser_words"], { cwd: ROOT, encoding: "utf8" });

/**
 * A new page at `path` with `body` (and the words) in it; time stands until `mock.timers.tick`.  Import the scripts after it.
 * @param {string} path @param {string} [body]
 */
export function open(path, body = "") {
  const window = new Window({ url: `http://wall.city.example${path}`, width: 1920, height: 1080 });
  window.document.body.innerHTML = words + body;
  for (const name of NAMES) {
    const value = typeof window[name] === "function" && !/^[A-Z]/.test(name) ? window[name].bind(window) : window[name];
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  Object.defineProperty(globalThis, "window", { value: window, configurable: true });
  globalThis.Option = /** @this {any} */ function (text, value) { return Object.assign(document.createElement("option"), { textContent: text, value }); };
  window.dash_clientside = { no_update: Symbol("no_update"), set: [], set_props: (id, props) => window.dash_clientside.set.push([id, props]) };
  return window;
}

/** Timers and the day's clock stand at `now` until they are told to go on. @param {number} now */
export const standStill = (now) => mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"], now });

/** Lets all that waits for an answer go on. */
export async function settle() {
  for (let i = 0; i < 12; i += 1) await new Promise((done) => setImmediate(done));
}

/**
 * A server: `answer(path, options)` gives [status, body, headers?], or throws where it does not answer.  Returns what was asked.
 * @param {(path: string, options: any) => any[]} answer
 */
export function serve(answer) {
  const asked = [];
  globalThis.fetch = async (url, options = {}) => {
    asked.push([String(url), options]);
    const [status, body, headers = {}] = answer(String(url), options);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return new Response([204, 304].includes(status) ? null : text, { status, headers });
  };
  return asked;
}

/** performance.now() as a test sets it. */
export const steady = { now: 0 };
mock.method(performance, "now", () => steady.now);

/** Lets `ms` pass on every clock. @param {number} ms */
export async function pass(ms) {
  steady.now += ms;
  mock.timers.tick(ms);
  await settle();
}
