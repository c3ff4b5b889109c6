// @ts-check
// The analyst's workbench in the browser: the address is the state.  Every choice is a link; this script follows links of its
// own page without reloading it, requests what the address says from /desk/analyst, and puts the answer into the panels.
import { charts } from "./charts.js";
import { at } from "../shared/below.js";
import { gridwall } from "../shared/gridwall.js";
import { find, part } from "../shared/nodes.js";
import { follow, isView, tabLink, withWords, words } from "./address.js";
import { beginFind, closeCase, openAddressed, openCase, refreshList, unlist } from "./cases.js";
import { exportAs } from "./export.js";
import { areaOption, leadsTo, setFilters } from "./filters.js";
import { hideTip, showTip } from "./marks.js";
import { faultOf, lang, opened, tell, word } from "./opened.js";
import { beginViews, openView } from "./views.js";

const LATE_MS = 150; // a view that takes longer shows that it is loading
const AGAIN_MS = 4000;
const reader = Math.random().toString(36).slice(2, 10);
let newest = 0;
/** @type {Record<string, string>} what each panel shows */
let frames = {};
/** what is wrong with the address, said with the first answer */
let notice = "";

/** @param {string} type @param {string} panel @returns {any} */
const body = (type, panel) => part(type, panel);
/** @param {string | null | undefined} href */
const go = (href) => { if (href) follow(href, show); };

// ---- one view -------------------------------------------------------------------------------------------------
/** @param {Record<string, string>} query @param {string} tab */
function asked(query, tab) {
  const out = new URLSearchParams({ ...query, tab, lang: lang() });
  out.set("reader", reader);
  const tables = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-table][aria-pressed=true]")]).map((b) => b.dataset.table);
  if (tables.length) out.set("tables", tables.join(","));
  return out;
}

async function show() {
  const query = words(), mine = ++newest, began = performance.now();
  const known = !query.tab || Boolean(opened.start.tabs[query.tab]), tab = known ? query.tab || "overview" : "overview", grid = find("an-grid");
  const said = known ? notice : word("workbench.no_tab", { tab: query.tab });
  notice = "";
  arrange(tab);
  setFilters(query);
  grid.setAttribute("aria-busy", "true");
  const late = setTimeout(() => { if (mine === newest) grid.classList.add("reading"); }, LATE_MS);
  try {
    const answer = await fetch(`${at("/desk/analyst")}?${asked(query, tab)}`, { headers: { accept: "application/json" } });
    if (mine !== newest) return;
    if (answer.status === 401) {
      window.location.assign(`${at("/login")}?next=${encodeURIComponent(window.location.pathname + window.location.search)}`);
      return;
    }
    const found = await answer.json();
    if (mine !== newest) return;
    if (!answer.ok) {
      tell(faultOf(found), "fault");
      grid.classList.add("old");
      if (answer.status > 499) again(mine);
      return;
    }
    opened.shown = found;
    const wrong = [found.behind, said].filter(Boolean).join(word("stop"));
    tell(wrong, wrong ? "fault" : "");
    grid.classList.remove("old");
    put(found);
    requestAnimationFrame(() => setTimeout(async () => { // painted
      await charts.settled();
      if (mine !== newest) return;
      document.body.dataset.took = (performance.now() - began).toFixed(1);
      document.body.dataset.settled = String(mine);
      refreshList(); // its rows come below the charts, and after them
    }));
  } catch (error) {
    if (mine !== newest) return;
    tell(word("workbench.away"), "fault");
    grid.classList.add("old");
    again(mine);
  } finally {
    clearTimeout(late);
    document.documentElement.dataset.up = "";
    if (mine === newest) {
      grid.classList.remove("reading");
      grid.setAttribute("aria-busy", "false");
    }
  }
}

/** @param {number} mine */
function again(mine) {
  setTimeout(() => { if (mine === newest) show(); }, AGAIN_MS + Math.random() * 1000);
}

/** @param {any} found the server's answer, with markup already escaped */
function put(found) {
  find("an-crumbs").innerHTML = found.crumbs;
  find("an-chips").innerHTML = found.chips;
  find("an-summary").innerHTML = found.summary;
  find("an-foot").textContent = found.foot;
  find("an-definitions").innerHTML = found.definitions;
  areaOption(found.area);
  hideTip();
  for (const [panel, drawn] of Object.entries(found.panels)) {
    body("an-note", panel).textContent = drawn.note;
    if (frames[panel] !== drawn.svg) body("an-body", panel).innerHTML = frames[panel] = drawn.svg;
    charts.put(panel, drawn.figure);
    if (drawn.table) body("an-table", panel).innerHTML = drawn.table;
  }
}

/** Puts panels into their order in the page itself, so that keys and screen readers reach them in the order that is seen. @param {string[]} wanted */
function inOrder(wanted) {
  const sections = wanted.map((id) => find(`an-p-${id}`)).filter(Boolean);
  sections.forEach((section, i) => {
    const before = sections[i - 1];
    if (before && !(before.compareDocumentPosition(section) & Node.DOCUMENT_POSITION_FOLLOWING)) before.after(section);
  });
}

/** @param {string} tab */
function arrange(tab) {
  const wanted = opened.start.tabs[tab];
  for (const section of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".an-panel"))) {
    const id = section.id.slice("an-p-".length);
    section.hidden = id === "cases" ? !(tab === "overview" || tab === "cases") : !wanted.includes(id);
  }
  inOrder(wanted);
  find("an-grid").dataset.tab = tab;
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".an-tab"))) {
    link.href = tabLink(link.dataset.tab || "overview");
    if (link.dataset.tab === tab) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** @param {HTMLElement} button */
function asTable(button) {
  const panel = button.dataset.table || "", on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  const table = body("an-table", panel), drawing = body("an-body", panel);
  table.replaceChildren();
  table.hidden = !on;
  drawing.hidden = on;
  drawing.style.display = on ? "none" : "";
  if (on) show(); // its rows arrive with the answer
}

// ---- pointer and keys ------------------------------------------------------------------------------------------
/** @param {MouseEvent} event */
function clicked(event) {
  const target = /** @type {Element} */ (event.target);
  /** @param {string} selector @returns {HTMLElement | null} */
  const at = (selector) => target.closest(selector);
  const format = at("[data-format]"), table = at("[data-table]"), mark = at("[data-go]"), link = at("a[href]");
  if (format) {
    const menu = format.closest("details");
    if (menu) menu.open = false;
    exportAs(format.dataset.panel || "", format.dataset.format || "");
  } else if (table) {
    asTable(table);
  } else if (mark) {
    go(mark.dataset.go);
  } else if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    const href = link.getAttribute("href");
    if (!isView(href) || link.classList.contains("desk-link")) return;
    event.preventDefault();
    go(href);
  }
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.key !== "Escape" || event.defaultPrevented || find("an-case").open) return;
  const open = /** @type {HTMLDetailsElement | null} */ (document.querySelector(".an-export[open]"));
  if (open) {
    open.open = false;
    open.querySelector("summary")?.focus();
    return;
  }
  if (find("an-up")) go(find("an-up").getAttribute("href"));
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(window.location.href);
    tell(word("workbench.link"));
  } catch (error) {
    tell(window.location.href);
  }
}

function begin() {
  document.title = word("workbench.title", { city: document.querySelector(".desk-title")?.textContent || "" });
  document.documentElement.lang = lang() === "en" ? "en" : "zh-CN";
  for (const span of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-date]"))) {
    span.replaceChildren(Object.assign(document.createElement("input"), { type: "date", name: span.dataset.date }));
  }
  const page = /** @type {HTMLElement} */ (document.querySelector(".analyst"));
  page.addEventListener("click", clicked);
  page.addEventListener("pointermove", showTip);
  page.addEventListener("pointerleave", hideTip);
  page.addEventListener("change", (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (field.closest("#an-filters")) go(leadsTo(field));
  });
  find("an-filters").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
  find("an-case-close").addEventListener("click", () => find("an-case").close());
  find("an-case").addEventListener("click", (/** @type {Event} */ event) => { if (event.target === find("an-case")) find("an-case").close(); });
  find("an-case").addEventListener("close", closeCase);
  const sought = /** @type {HTMLElement | null} */ (document.querySelector(".an-find-input"));
  if (sought) beginFind(sought);
  find("an-link").addEventListener("click", copyLink);
  charts.begin(opened.start.charts);
  beginViews();
  notice = openView();
  show();
  openAddressed();
}

document.addEventListener("keydown", (event) => { if (document.querySelector(".analyst")) pressed(event); });
window.addEventListener("popstate", () => { if (document.querySelector(".analyst")) show(); });

gridwall.analyst = { go, withWords, exportAs }; // for selections in a chart
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.analyst = {
  /** @param {import("./opened.js").Start | null} given */
  open: (given) => {
    if (!given) return window.dash_clientside.no_update;
    opened.start = given;
    newest = 0;
    frames = {};
    unlist();
    begin();
    return 1;
  },
  /** @param {{rowId?: string, colId: string, value: string} | null} cell */
  openCase: (cell) => {
    if (cell && cell.rowId) openCase(cell.rowId, cell.colId === "case_number" ? cell.value : "");
    return window.dash_clientside.no_update;
  },
};
