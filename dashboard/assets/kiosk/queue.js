// @ts-check
// The desk's parts, requested every 15 s with the picks in the address.
import { at } from "../shared/below.js";
import { ask } from "../shared/ask.js";
import { morph } from "../shared/morph.js";
import { find, setText } from "../shared/nodes.js";
import { say } from "../shared/words.js";
import { EVERY_MS, hear, held, lang, query, readdress } from "./held.js";
import { tick } from "./tick.js";

const RETRY_MS = 3000;
export const PICKS = ["stage", "dept", "place", "tab", "side", "more", "alarm"];
let turn = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** The picks in the address. @returns {Record<string, string>} */
function asked() {
  const q = query(), picked = PICKS.map((key) => [key, q.get(key) || ""]).filter(([, value]) => value);
  return { lang: lang(), ...Object.fromEntries(picked) };
}

/** @param {any} found the server's answer */
function draw(found) {
  hear(found);
  Object.assign(held, { asOf: found.as_of, down: false, dead: "", parts: found.parts });
  fill();
  const wait = /** @type {HTMLElement | null} */ (document.querySelector("[data-wait-ms]"));
  held.wait = wait ? Number(wait.dataset.waitMs) : 0;
  held.waitAt = performance.now();
  setText(find("k-shift-name"), found.shift[0]);
  setText(find("k-shift-span"), found.shift[1]);
  document.documentElement.dataset.kiosk = String(found.now);
}

/** Puts the received parts into their places. */
export function fill() {
  for (const [id, html] of Object.entries(held.parts)) {
    const place = find(`k-${id}`);
    if (place) morph(place, html);
  }
}

/** Handles an answer; returns ms until the next request. @param {{status: number, found: any, fault: string}} answer */
function take(answer) {
  if (answer.status === 200) {
    draw(answer.found);
    return EVERY_MS;
  }
  if (answer.status === 401) {
    held.dead = say(lang(), "kiosk.login");
    window.location.assign(`${at("/login")}?next=${encodeURIComponent(window.location.pathname + window.location.search)}`);
    return EVERY_MS;
  }
  if (answer.status === 400 || answer.status === 403) {
    held.dead = answer.fault; // the address names something that does not exist, or may not be seen
    return answer.status === 400 ? RETRY_MS : EVERY_MS;
  }
  Object.assign(held, { down: true, cut: false, why: answer.fault }); // why: what a server without data waits for
  return RETRY_MS;
}

/**
 * One request at a time; the newest wins, and the answer to an older one is ignored.
 * @param {string} [path]
 * @param {boolean} [sent] with POST
 * @param {boolean} [quiet] not caused by a user
 */
export async function load(path = "/desk/kiosk/queue", sent = false, quiet = false) {
  const mine = (turn += 1);
  clearTimeout(timer);
  let next = RETRY_MS;
  try {
    const words = asked();
    const answer = await (sent ? ask(path, { body: words, lang: lang() }) : ask(`${path}?${new URLSearchParams(words)}`, { quiet, lang: lang() }));
    if (mine !== turn) return;
    next = take(answer);
  } catch (error) {
    if (mine !== turn) return;
    Object.assign(held, { down: true, cut: true, why: "" });
  }
  tick();
  document.documentElement.dataset.up = "";
  timer = setTimeout(() => load(undefined, false, true), next + Math.random() * 500);
}

/** Changes picks; "" removes one. @param {Record<string, string>} changes */
export function go(changes) {
  const q = query();
  for (const [key, value] of Object.entries(changes)) {
    if (value) q.set(key, value);
    else q.delete(key);
  }
  readdress(q);
  languages();
  load();
}

/** Points the language link at the current view. */
export function languages() {
  const link = find("k-lang");
  if (!link) return;
  const q = query();
  q.set("lang", lang() === "zh" ? "en" : "zh");
  link.setAttribute("href", `${at("/kiosk")}?${q}`);
}
