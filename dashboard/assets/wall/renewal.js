// @ts-check
// Another version of the program has been started under the open wall: it is loaded, but only from a server that gives all of
// it, and not all screens of a hall at once.
import { at } from "../shared/below.js";
import { held } from "./held.js";

const APART_MS = 300000; // two versions behind one address: do not go back and forth
const KEY = "gridwall-renewed";
let waiting = false;

/** Whether all comes that the page is made of, as the server has it now. */
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

/** The server says which version it is. @param {string | null | undefined} build */
export function renew(build) {
  if (!build || !held.build || build === held.build || waiting) return;
  waiting = true;
  setTimeout(async () => {
    waiting = false;
    try {
      const last = Number(sessionStorage.getItem(KEY)) || 0;
      if (Math.abs(Date.now() - last) < APART_MS || !await whole()) return;
      sessionStorage.setItem(KEY, String(Date.now()));
      window.location.reload();
    } catch (error) {
      // away again: the next pulse asks anew
    }
  }, 2000 + Math.random() * 20000);
}
