// @ts-check
// The desk's plain pages: their content is fetched as HTML (escaped by the server), their forms are sent as JSON.
// On every desk page: redirects to the login when the session ends.
import { at } from "../shared/below.js";
import { find } from "../shared/nodes.js";
import { say } from "../shared/words.js";

const LOOK_MS = 60000;
const PLAIN = ["/accounts", "/screens", "/audit", "/alarms"];
const lang = () => (document.querySelector(".desk, .desk-bar")?.closest("[lang]")?.getAttribute("lang") === "en" ? "en" : "zh");

function toLogin() {
  const here = encodeURIComponent(window.location.pathname + window.location.search);
  window.location.assign(`${at("/login")}?next=${here}${lang() === "en" ? "&lang=en" : ""}`);
}

/** @param {string} words @param {boolean} [wrong] */
function tell(words, wrong = false) {
  const place = find("desk-says");
  if (!place) return;
  place.textContent = words;
  place.setAttribute("role", wrong ? "alert" : "status");
  place.classList.toggle("wrong", wrong);
}

/** Raises with the server's message, and status if any. @param {string} path @param {object} [body] @returns {Promise<any>} */
async function ask(path, body) {
  const answer = await fetch(path, body === undefined ? { cache: "no-store" } : {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  if (answer.status === 401) {
    toLogin();
    throw new Error("401");
  }
  const said = await answer.json().catch(() => ({ error: answer.statusText }));
  if (!answer.ok) throw Object.assign(new Error(lang() === "zh" ? said.error_zh || said.error : said.error), { status: answer.status });
  return said;
}

/** @param {{html?: string}} said */
function put(said) {
  const place = find("desk-place");
  if (place && said.html !== undefined) place.innerHTML = said.html;
  const done = place && place.querySelector(".desk-said");
  if (!done) return;
  tell(done.lastChild.textContent);
  done.remove();
}

/** @param {HTMLElement} place */
async function load(place) {
  place.dataset.deskLoaded = "1";
  try {
    const said = await ask(place.dataset.deskLoad + window.location.search);
    tell("");
    put(said);
  } catch (error) {
    const fault = /** @type {Error & {status?: number}} */ (error), away = fault instanceof TypeError;
    tell(away ? say(lang(), "desk.away") : fault.message, true);
    if (away || (fault.status || 0) > 499) setTimeout(() => load(place), 4000 + Math.random() * 1000);
  }
  document.documentElement.dataset.up = "";
}

/** @param {SubmitEvent} event */
async function submitted(event) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.dataset || !form.dataset.post) return;
  event.preventDefault();
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
  if (button.disabled) return;
  button.disabled = true;
  tell("");
  try {
    put(await ask(form.dataset.post, Object.fromEntries(new FormData(form))));
    find("desk-says").focus({ preventScroll: false });
  } catch (error) {
    tell(/** @type {Error} */ (error).message, true);
  } finally {
    button.disabled = false;
  }
}

/** @param {MouseEvent} event */
async function clicked(event) {
  const target = /** @type {Element} */ (event.target), link = target.closest && target.closest("a[data-ask]");
  if (!link) return;
  event.preventDefault();
  try {
    const said = await ask(link.getAttribute("href") || "");
    tell(lang() === "zh" ? said.said_zh : said.said);
  } catch (error) {
    tell(/** @type {Error} */ (error).message, true);
  }
}

function look() {
  const place = /** @type {HTMLElement | null} */ (document.querySelector("[data-desk-load]:not([data-desk-loaded])"));
  if (place) load(place);
}

async function session() {
  if (!document.querySelector(".desk-bar")) return;
  try {
    const answer = await fetch(at("/session"), { cache: "no-store", headers: { "x-gridwall-quiet": "1" } });
    if (answer.status === 401) toLogin();
  } catch (error) {
    // the server is unavailable: the page itself shows it
  }
}

document.addEventListener("submit", submitted);
document.addEventListener("click", clicked);
setInterval(session, LOOK_MS);
// not on a wall, whose page changes every second
if (PLAIN.some((path) => window.location.pathname.startsWith(at(path)))) {
  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
  look();
}
