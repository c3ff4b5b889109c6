// A page without a browser: happy-dom's window under the names that the scripts use, and the words as the server gives them.
import { execFileSync } from "node:child_process";
import { mock } from "node:test";
import { fileURLToPath } from "node:url";

import { Window } from "happy-dom";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NAMES = ["document", "location", "history", "Node", "MutationObserver", "DOMParser", "Event", "CustomEvent", "MouseEvent", "KeyboardEvent",
  "PopStateEvent", "PointerEvent", "FormData", "getComputedStyle", "sessionStorage", "localStorage", "requestAnimationFrame", "Option", "Image",
  "HTMLElement", "innerWidth", "innerHeight", "cancelAnimationFrame", "dispatchEvent", "addEventListener"];

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
  window.dash_clientside = { no_update: Symbol("no_update"), set: [], set_props: (id, props) => window.dash_clientside.set.push([id, props]) };
  return window;
}

/** Timers and the day's clock stand at `now` until they are told to go on. @param {number} now */
export const standStill = (now) => mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"], now });
