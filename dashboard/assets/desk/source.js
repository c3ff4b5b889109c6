// @ts-check
// Kiosk and workbench: polls every few seconds whether the source answers; same texts as in the walls' top bar.
import { at } from "../shared/below.js";
import { gridwall } from "../shared/gridwall.js";
import { find, setText } from "../shared/nodes.js";
import { inLang } from "../shared/words.js";

const EVERY_MS = 3000;
const page = ["/kiosk", "/analyst"].find((path) => window.location.pathname.startsWith(at(path)));
let fault = false;

/** @param {{now: number, checked: number, source: {told?: {zh: string, en: string} | null}}} found */
export function show(found) {
  const { kiosk } = gridwall;
  if (page === "/kiosk" && kiosk && kiosk.held.now) {
    kiosk.hear(found);
    return;
  }
  const place = find("an-source");
  if (!place) return;
  const text = inLang(found.source.told, new URLSearchParams(window.location.search).get("lang") || "zh");
  const says = find("an-says").textContent; // the current view's status, which may say so already
  setText(place, text && says.startsWith(text) ? "" : text);
  if (fault && !text && says) window.dispatchEvent(new PopStateEvent("popstate")); // the fault is over: reload the view
  fault = Boolean(text);
}

async function ask() {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), 8000);
  try {
    const answer = await fetch(at(`/desk${page}/source`), { cache: "no-store", signal: abort.signal, headers: { "X-Gridwall-Quiet": "1" } });
    if (answer.status === 200) show(await answer.json());
  } catch (error) {
    // the page's own requests report that the server is unavailable
  } finally {
    clearTimeout(timer);
    setTimeout(ask, EVERY_MS);
  }
}

if (page) setTimeout(ask, EVERY_MS);
