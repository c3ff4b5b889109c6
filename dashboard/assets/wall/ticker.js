// @ts-check
// Turns the pages of [data-pages] every 12 s.  The page depends on the server's clock only, so that all screens of a hall
// show the same one; the cross-fade is CSS and off for reduced motion and in a replay.
import { now } from "../shared/gridwall.js";
import { onAdded } from "../shared/nodes.js";

const EVERY_MS = 12000;

/** @param {ParentNode} root */
export function turn(root) {
  for (const list of root.querySelectorAll("[data-pages]")) {
    const pages = list.children;
    const on = pages.length ? Math.floor(now() / EVERY_MS) % pages.length : 0;
    for (let i = 0; i < pages.length; i += 1) pages[i].classList.toggle("on", i === on);
  }
}

setInterval(() => turn(document), 500);
onAdded(turn);
