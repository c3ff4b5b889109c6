// @ts-check
// Kiosk and workbench: polls every few seconds whether the source answers; same texts as in the walls' top bar.
import { at } from "../shared/below.js";
import { gridwall } from "../shared/gridwall.js";
import { find, setText } from "../shared/nodes.js";
import { inLang, say } from "../shared/words.js";

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
  const text = inLang(found.source.told, lang()), says = tell(place, text);
  if (fault && !text && says) window.dispatchEvent(new PopStateEvent("popstate")); // the fault is over: reload the view
  fault = Boolean(text);
}

const lang = () => new URLSearchParams(window.location.search).get("lang") || "zh";

/** Says it beside the current view's status, unless that says so already; returns that status. @param {HTMLElement} place @param {string} text */
function tell(place, text) {
  const says = find("an-says").textContent;
  setText(place, text && says.startsWith(text) ? "" : text);
  return says;
}

async function ask() {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), 8000);
  try {
    const answer = await fetch(at(`/desk${page}/source`), { cache: "no-store", signal: abort.signal, headers: { "X-Gridwall-Quiet": "1" } });
    if (answer.status === 200) show(await answer.json());
  } catch (error) {
    const place = find("an-source"); // the kiosk's own requests report it every 15 s; a workbench that nobody touches makes none
    if (place) tell(place, say(lang(), "workbench.away"));
  } finally {
    clearTimeout(timer);
    setTimeout(ask, EVERY_MS);
  }
}

if (page) setTimeout(ask, EVERY_MS);
