// @ts-check
// The workbench's list of cases, and the timeline of one.
import { at } from "../shared/below.js";
import { find } from "../shared/nodes.js";
import { withWords, words } from "./address.js";
import { faultOf, lang, opened, word } from "./opened.js";

/** @type {string | null} the query that the list was requested with */
let listed = null;

/** Call on another page: its list requests its rows when it is created. */
export function unlist() {
  listed = null;
}

export function refreshList() {
  if (!opened.start.cases) return;
  const query = new URLSearchParams(window.location.search);
  query.delete("tab");
  query.delete("case");
  const text = query.toString(), first = listed === null;
  if (text === listed) return;
  listed = text;
  window.dash_clientside.set_props("an-words", { data: text });
  if (first) return;
  const grid = window.dash_ag_grid && window.dash_ag_grid.getApi("an-cases");
  if (!grid) return;
  if (grid.ensureIndexVisible && grid.getDisplayedRowCount()) grid.ensureIndexVisible(0);
  grid.purgeInfiniteCache();
}

/** The address says which case is open: it can be sent, and comes back with the browser's own way back. @param {string} number */
function addressed(number) {
  window.history.replaceState({}, "", withWords({ case: number }));
}

/** Opens the case that the address names, if any. */
export function openAddressed() {
  const number = words().case;
  if (number && opened.start.cases && !find("an-case").open) openCase("", number);
}

/** The case is closed. */
export function closeCase() {
  if (words().case) addressed("");
}

/** The field for a case number. @param {HTMLElement} place */
export function beginFind(place) {
  const says = place.dataset.says || "";
  const field = Object.assign(document.createElement("input"), { type: "search", placeholder: says, maxLength: 64 });
  field.setAttribute("aria-label", says);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !field.value.trim()) return;
    event.preventDefault();
    openCase("", field.value.trim());
  });
  place.replaceChildren(field);
}

/** By its id in the facts, or else by its number. @param {string} eid @param {string} number */
export async function openCase(eid, number) {
  const dialog = find("an-case"), place = find("an-case-body"), title = find("an-case-title");
  title.textContent = word("workbench.case", { number });
  place.textContent = word("workbench.reading");
  if (!dialog.open) dialog.showModal();
  try {
    const which = eid ? `id=${encodeURIComponent(eid)}` : `number=${encodeURIComponent(number)}`;
    const answer = await fetch(`${at("/desk/case")}?${which}&lang=${lang()}`);
    const found = await answer.json();
    if (!answer.ok) {
      place.textContent = faultOf(found);
      return;
    }
    title.textContent = found.title;
    place.innerHTML = found.html;
    if (dialog.open) addressed(found.number);
  } catch (error) {
    place.textContent = word("workbench.no_answer");
  }
}
