// @ts-check
// The workbench's list of cases, and the timeline of one.
import { at } from "../shared/below.js";
import { find } from "../shared/nodes.js";
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

/** @param {string} eid @param {string} number */
export async function openCase(eid, number) {
  const dialog = find("an-case"), place = find("an-case-body"), title = find("an-case-title");
  title.textContent = word("workbench.case", { number });
  place.textContent = word("workbench.reading");
  if (!dialog.open) dialog.showModal();
  try {
    const answer = await fetch(`${at("/desk/case")}?id=${encodeURIComponent(eid)}&lang=${lang()}`);
    const found = await answer.json();
    if (!answer.ok) {
      place.textContent = faultOf(found);
      return;
    }
    title.textContent = found.title;
    place.innerHTML = found.html;
  } catch (error) {
    place.textContent = word("workbench.no_answer");
  }
}
