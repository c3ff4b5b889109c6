// @ts-check
// Where the wall leads, by pointer, touch and key: a case number to the case on the workbench; an exception to its place, which the
// map marks, and from there to the place's own wall and to its cases on the workbench.
import { at } from "../shared/below.js";
import { gridwall } from "../shared/gridwall.js";
import { say } from "../shared/words.js";
import { held } from "./held.js";

const CLOSES_MS = 30000; // a menu that nobody uses
/** @type {HTMLElement | null} */
let menu = null;
/** @type {HTMLElement | null} the title that it belongs to */
let owner = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let closing;

/** @param {string} search words of the workbench's address */
function workbench(search) {
  const words = new URLSearchParams(search);
  if (held.page && held.page.lang === "en") words.set("lang", "en");
  return at(`/analyst?${words}`);
}

function close() {
  clearTimeout(closing);
  if (menu) menu.remove();
  if (owner) owner.removeAttribute("aria-expanded");
  menu = owner = null;
}

/** @param {string} tag @param {string} words @returns {any} */
function item(tag, words) {
  const e = document.createElement(tag);
  e.textContent = words;
  e.setAttribute("role", "menuitem");
  return e;
}

/** Marks an exception's place on the map, and says where it leads on. @param {HTMLElement} row */
function openMenu(row) {
  close();
  const title = /** @type {HTMLElement} */ (row.querySelector(".exc-title") || row), { place = "", lead = "" } = row.dataset;
  const lang = held.page ? held.page.lang : "zh", map = place && gridwall.map ? gridwall.map : null;
  const name = map ? map.show(place) : "", entered = name ? map.entered(place) : "";
  menu = document.body.appendChild(document.createElement("div"));
  menu.className = `ways lang-${lang}`;
  menu.setAttribute("role", "menu");
  if (entered) {
    const button = menu.appendChild(item("button", say(lang, "wall.enter", { name })));
    button.type = "button";
    button.addEventListener("click", () => { close(); if (gridwall.onScope) gridwall.onScope(entered); });
  }
  menu.appendChild(item("a", say(lang, "wall.cases"))).href = workbench(lead);
  owner = title;
  title.setAttribute("aria-expanded", "true");
  // beside the row where there is room, so that its own words stay, else under its title
  const box = row.getBoundingClientRect(), own = menu.getBoundingClientRect(), beside = box.right + own.width <= window.innerWidth;
  const left = beside ? box.right : box.left, top = beside ? box.top : title.getBoundingClientRect().bottom;
  menu.style.left = `${Math.max(0, Math.min(left, window.innerWidth - own.width))}px`;
  menu.style.top = `${Math.max(0, Math.min(top, window.innerHeight - own.height))}px`;
  closing = setTimeout(close, CLOSES_MS);
}

/** @param {Event} event */
function follow(event) {
  const target = /** @type {HTMLElement} */ (event.target), key = event instanceof KeyboardEvent ? event.key : "";
  if (key && key !== "Enter" && key !== " ") return;
  if (menu && menu.contains(target)) return;
  const number = /** @type {HTMLElement | null} */ (target.closest("[data-case]")), row = /** @type {HTMLElement | null} */ (target.closest("[data-lead]"));
  if (number && key !== " ") {
    window.location.assign(workbench(String(new URLSearchParams({ case: number.dataset.case || "" }))));
  } else if (row) {
    if (key) event.preventDefault(); // a space does not scroll
    const again = owner && row.contains(owner);
    close();
    if (!again) {
      openMenu(row);
      if (key && menu) /** @type {HTMLElement} */ (menu.firstElementChild).focus();
    }
  } else {
    close();
  }
}

/** @param {KeyboardEvent} event */
function escape(event) {
  if (event.key !== "Escape" || !menu) return; // else the map and the page handle it
  const title = owner;
  close();
  if (title) title.focus();
  event.stopImmediatePropagation();
}

export function begin() {
  document.addEventListener("click", follow);
  document.addEventListener("keydown", follow);
  document.addEventListener("keydown", escape, true);
  window.addEventListener("popstate", close);
}
