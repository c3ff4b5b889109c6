// @ts-check
// Live ages: every [data-since-ms] shows how long ago that instant was, by the server's clock.
import { now } from "./gridwall.js";
import { onAdded } from "./nodes.js";
import { age } from "./time.js";

/** @param {ParentNode} root */
export function show(root) {
  for (const node of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-since-ms]"))) {
    const wall = /** @type {HTMLElement | null} */ (node.closest("[data-lang]"));
    const text = age(now() - Number(node.dataset.sinceMs), wall ? wall.dataset.lang : "zh");
    if (node.textContent === text) continue;
    if (node.firstChild) node.firstChild.nodeValue = text;
    else node.textContent = text;
  }
}

setInterval(() => show(document), 1000);
onAdded(show); // a redrawn panel shows its ages at once, before it is painted
