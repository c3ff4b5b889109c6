// @ts-check
// The workbench's charts: figures arrive as plain JSON with colours named by role; here they get the theme's colours and the
// page's template, and are drawn in a dcc.Graph once visible; selections in them are handled by chart-choice.js.
import { coloured, onTheme, palette } from "../shared/colours.js";
import { gridwall } from "../shared/gridwall.js";
import { printAsSeen } from "../shared/paper.js";
import { replot } from "../shared/plotted.js";
import { chosen, keyed, named, reset } from "./chart-choice.js";
import { held, panelOf, place, plot } from "./chart-panels.js";
import { onPaper } from "./chart-paper.js";

/** @typedef {import("./chart-panels.js").Figure} Figure */
/** @typedef {{template: any, config: any, image: string, keys: string}} Start settings common to all charts, from the server */

const CAMERA = { width: 24, height: 24, path: "M4 6h3l2-2h6l2 2h3v13H4zM12 8a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9zM12 10a2.5 2.5 0 1 1 0 5a2.5 2.5 0 1 1 0-5z" };
const GIVE_UP_MS = 20000;               // a chart not drawn by then no longer delays the page
const NEAR = 160;                       // px: charts this close to the viewport are drawn too
let watching = false;
/** @type {IntersectionObserver | null} */
let seen = null;
/** @type {Start} */
let given = { template: {}, config: {}, image: "", keys: "" };
/** @type {any} the template in the theme's colours */
let template = null;
let waiting = false, revision = 0;

// ------------------------------------------------------------------------------------------ colours
/** @param {Figure} figure */
function whole(figure) {
  const of = palette();
  template = template || coloured(given.template, of);
  const { data, layout } = coloured(figure, of);
  return { data, layout: { ...layout, template, selectionrevision: ++revision } };     // the selection has become the filter
}

function recoloured() {
  template = null;
  for (const [panel, own] of Object.entries(held)) {
    own.stands = false;
    replot(place(panel), whole(own.figure));
  }
  drawSeen();
}

// ------------------------------------------------------------------------------------------ drawing
/** @param {string} choose @param {boolean} flat without axes, so without zoom */
function config(choose, flat) {
  const select = choose ? ["select2d"] : [];
  const image = {
    name: "image", title: given.image, icon: CAMERA,
    click: (/** @type {any} */ gd) => gridwall.analyst.exportAs(panelOf(gd.closest(".an-graph")), "png"),
  };
  const zoom = flat ? [] : [["zoom2d", ...select], ["resetScale2d"]];
  return { ...given.config, modeBarButtons: [...zoom, [image]] };
}

/** Draws a panel's figure; ``drawn`` resolves once that is done. @param {string} panel */
function draw(panel) {
  const own = held[panel], at = place(panel);
  if (!at) return;
  Object.assign(own, { stands: true, at: -1, from: null });
  const began = performance.now(), gd = plot(panel);
  const timed = () => { performance.measure(`chart ${panel}`, { start: began, end: performance.now() }); };
  const drawn = gd && gd._fullLayout ? redrawn(panel, gd, whole(own.figure), timed) : mounted(panel, at, own.figure).then(timed);
  own.drawn = Promise.race([drawn, new Promise((/** @type {(late: void) => void} */ late) => { setTimeout(late, GIVE_UP_MS); })]);
}

/**
 * A new figure in a chart that is drawn already.  Plotly draws it, not dcc.Graph: that copies the figure and renders the page's
 * components, for as much time again.  Its listener of zooms is removed, which would put back the figure that it was given.
 * @param {string} panel @param {any} gd @param {{data: any[], layout: any}} figure @param {() => void} timed called when it is drawn
 * @returns {Promise<void>}
 */
function redrawn(panel, gd, { data, layout }, timed) {
  if (!gd.classList.contains("dash-graph--pending")) {
    gd.removeAllListeners("plotly_relayout");
    const drawn = window.Plotly.react(gd, data, { ...layout, autosize: true });
    timed();            // it draws at once; its promise comes after the other charts of the view
    return drawn;
  }
  return new Promise((done) => {
    gd.once("plotly_react", () => { timed(); done(); });
    window.dash_clientside.set_props({ panel, type: "an-chart" }, { figure: { data, layout } });
  });
}

/** The first figure of a panel, in a dcc.Graph of its own. @param {string} panel @param {HTMLElement} at @param {Figure} figure @returns {Promise<unknown>} */
function mounted(panel, at, figure) {
  const { choose } = figure.layout.meta, flat = !figure.layout.xaxis;
  return new Promise((done) => {
    const watch = new MutationObserver(() => {
      if (!at.querySelector(".main-svg")) return;
      watch.disconnect();
      plot(panel).on("plotly_deselect", () => reset(panel));     // a double click
      requestAnimationFrame(done);
    });
    watch.observe(at, { childList: true, subtree: true });
    window.dash_clientside.set_props({ panel, type: "an-graph" }, {
      children: {
        namespace: "dash_core_components", type: "Graph",
        props: { id: { panel, type: "an-chart" }, figure: whole(figure), config: config(choose, flat), responsive: true, className: "an-chart" },
      },
    });
  });
}

/** Sets a figure, or none if a note replaces it; drawn once visible. @param {string} panel @param {Figure | null} [figure] */
function put(panel, figure) {
  const at = place(panel);
  if (!at) return;
  at.hidden = !figure;
  if (!figure) {
    delete held[panel];
    return;
  }
  const text = JSON.stringify(figure), meta = figure.layout.meta;
  if (held[panel] && held[panel].text === text) return;
  held[panel] = { figure, text, stands: false, drawn: null, at: -1, from: null };
  at.style.height = `calc(${meta.height}px * var(--an-zoom, 1))`;
  at.setAttribute("aria-label", `${meta.label} · ${given.keys}`);
  seen = seen || new IntersectionObserver((entries) => { if (entries.some((e) => e.isIntersecting)) drawSeen(); }, { rootMargin: `${NEAR}px` });
  seen.observe(at);
  if (!waiting) queueMicrotask(drawSeen);     // once for the whole view, so that the layout is measured once
  waiting = true;
}

/** Whether a chart is visible, or nearly so. @param {string} panel */
function near(panel) {
  const box = place(panel)?.getClientRects()[0];
  return box !== undefined && box.bottom > -NEAR && box.top < innerHeight + NEAR;
}

function drawSeen() {
  waiting = false;
  const wanted = Object.keys(held).filter((panel) => !held[panel].stands && near(panel));
  wanted.forEach(draw);
}

/** Resolves when all visible charts are drawn. */
const settled = () => Promise.all(Object.keys(held).filter(near).map((panel) => held[panel].drawn));

/**
 * A chart as an SVG file: redrawn at the file's size, inside the server's frame with its caption.
 * @param {{figure: Figure, frame: string, hole: string, x: number, y: number, width: number, height: number}} file
 */
async function picture({ figure, frame, hole, x, y, width, height }) {
  await loaded();
  const { data, layout } = whole(figure);
  const url = await window.Plotly.toImage({ data, layout: { ...layout, width, height }, config: given.config }, { format: "svg", width, height });
  const drawn = decodeURIComponent(url.slice(url.indexOf(",") + 1));
  return frame.replace(hole, () => drawn.replace("<svg ", `<svg x="${x}" y="${y}" `));
}

// waits for Plotly, which is loaded with the first visible chart
async function loaded() {
  const end = performance.now() + GIVE_UP_MS;
  while (!window.Plotly && performance.now() < end) await new Promise((next) => setTimeout(next, 50));
}

window.dash_clientside = Object.assign({}, window.dash_clientside);
window.dash_clientside.charts = { chosen };
export const charts = {
  /** @param {Start} start */
  begin: (start) => {
    given = start;
    template = null;
    if (seen) seen.disconnect();        // the page was rebuilt
    seen = null;
    for (const panel of Object.keys(held)) delete held[panel];
    if (!watching) {
      watching = true;
      onTheme(recoloured);
      onPaper(whole);
      printAsSeen(".analyst", (width) => Math.round(width / Math.SQRT2));
      document.addEventListener("keydown", keyed, true);
      document.addEventListener("click", named);
    }
  },
  put, settled, picture,
  /** @param {string} panel */
  has: (panel) => panel in held,
};
