// @ts-check
// The page reloads when the server was restarted with another version while the wall was open, and once a night, since a browser
// that draws for weeks grows by a few MB an hour; but only if the server delivers all its parts, and not all screens at once.
import { at } from "../shared/below.js";
import { clock } from "../shared/time.js";
import { held, serverNow } from "./held.js";

const APART_MS = 300000; // with two versions behind one address: do not alternate between them
const KEY = "gridwall-renewed";
const OLD_MS = 20 * 3600000; // a page that is this old reloads in the next night
const NIGHT = ["03", "04"]; // hours of the city's time
let waiting = false;

/** Whether the server currently delivers every part of the page. */
export async function whole() {
  const answer = await fetch(window.location.href, { cache: "no-store" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok || !page.getElementById("gw-end")) return false;
  const nodes = [...page.querySelectorAll("script[src], link[rel=stylesheet], link[rel=modulepreload]")];
  const parts = nodes.map((n) => n.getAttribute("src") || n.getAttribute("href") || "");
  for (const part of [...parts, at("/_dash-layout?whole"), at("/_dash-dependencies?whole")]) {
    const came = await fetch(part, { cache: "no-cache" });
    if (!came.ok) return false;
    await came.arrayBuffer();
  }
  return true;
}

/** Whether the page should reload. @param {string | null | undefined} build the server's version */
function due(build) {
  if (!build || !held.build) return false;
  if (build !== held.build) return true;
  return performance.now() > OLD_MS && held.page !== null && NIGHT.includes(clock(serverNow(), held.page.timezone).slice(0, 2));
}

/** Handles the server's version. @param {string | null | undefined} build */
export function renew(build) {
  if (waiting || !due(build)) return;
  waiting = true;
  setTimeout(async () => {
    waiting = false;
    try {
      const last = Number(sessionStorage.getItem(KEY)) || 0;
      if (Math.abs(Date.now() - last) < APART_MS || !await whole()) return;
      sessionStorage.setItem(KEY, String(Date.now()));
      window.location.reload();
    } catch (error) {
      // unavailable again: the next pulse retries
    }
  }, 2000 + Math.random() * 20000);
}
