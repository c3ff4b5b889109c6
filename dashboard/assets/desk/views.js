// @ts-check
// The workbench's saved views: their menu, fetched when it is opened, and the one that an address names (?view=).
import { ask } from "../shared/ask.js";
import { find } from "../shared/nodes.js";
import { at } from "../shared/below.js";
import { words } from "./address.js";
import { lang, opened, tell, word } from "./opened.js";

/** @returns {HTMLDetailsElement | null} */
const menu = () => document.querySelector(".an-views");

/** Shows the views that the server answers with, or its fault. @param {string} path @param {Record<string, any>} [body] */
async function load(path, body) {
  try {
    const sent = body && { ...body, lang: lang() };
    const { status, found, fault } = await ask(body ? path : `${path}?lang=${lang()}`, { body: sent, lang: lang() });
    if (status === 200) find("an-views").innerHTML = found.html;
    else tell(fault, "fault");
    return status === 200 ? found : null;
  } catch (error) {
    tell(word("desk.away"), "fault");
    return null;
  }
}

/** @param {string} address */
async function copy(address) {
  const whole = new URL(address, window.location.href).href;
  try {
    await navigator.clipboard.writeText(whole);
    tell(word("workbench.link"));
  } catch (error) {
    tell(whole);
  }
}

/** @param {SubmitEvent} event */
async function save(event) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target), name = String(new FormData(form).get("name") || "");
  const found = await load("/desk/views/save", { name, view: words() });
  if (found) tell(word("workbench.view_saved", { name: name.trim() }));
}

/** @param {MouseEvent} event */
function clicked(event) {
  const target = /** @type {Element} */ (event.target), button = /** @type {HTMLElement | null} */ (target.closest("button"));
  if (target.closest("a") && menu()) /** @type {HTMLDetailsElement} */ (menu()).open = false; // the page follows the link
  else if (button && button.dataset.viewAddress) copy(button.dataset.viewAddress);
  else if (button && button.dataset.viewRemove) load("/desk/views/remove", { id: button.dataset.viewRemove });
}

export function beginViews() {
  const own = menu();
  if (!own) return;
  own.addEventListener("toggle", () => { if (own.open) load("/desk/views"); });
  find("an-views").addEventListener("submit", save);
  find("an-views").addEventListener("click", clicked);
}

/** The view that the address names is opened as the filters it holds; returns what to say if there is none. */
export function openView() {
  const { view } = opened.start;
  if (view === null || view === undefined) return "";
  const query = new URLSearchParams(view);
  if (words().lang) query.set("lang", words().lang);
  const text = query.toString();
  window.history.replaceState({}, "", at("/analyst") + (text ? `?${text}` : ""));
  opened.start.view = null; // only once
  return view ? "" : word("workbench.no_view");
}
