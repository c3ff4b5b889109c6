// @ts-check
// Where the wall's lists lead: a case number to the case on the workbench, by pointer and by key.
import { at } from "../shared/below.js";
import { held } from "./held.js";

/** @param {Event} event */
function follow(event) {
  const own = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest("[data-case]"));
  if (!own || (event instanceof KeyboardEvent && event.key !== "Enter")) return;
  const words = new URLSearchParams({ case: own.dataset.case || "", ...(held.page && held.page.lang === "en" ? { lang: "en" } : {}) });
  window.location.assign(at(`/analyst?${words}`));
}

export function begin() {
  document.addEventListener("click", follow);
  document.addEventListener("keydown", follow);
}
