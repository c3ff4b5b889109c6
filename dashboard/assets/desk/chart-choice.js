// @ts-check
// A selection in a chart becomes the filter: by a press, by drawing a box, or by keyboard.
import { gridwall } from "../shared/gridwall.js";
import { setText } from "../shared/nodes.js";
import { held, panelOf, plot } from "./chart-panels.js";

/** @typedef {import("./chart-panels.js").Mark} Mark */
/** @typedef {{mark: Mark, place: number, curve?: number, i?: number}} Read mark, reading order, Plotly's curve and point */

const DOUBLE_MS = 300;                  // between two presses, as in Plotly
/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
let pressing = 0;

// ------------------------------------------------------------------------------------------ keys
/** @param {string} panel @returns {Read[]} */
function marksOf(panel) {
  const { data, layout } = held[panel].figure;
  if (layout.meta.marks) return layout.meta.marks.map((mark, i) => ({ mark, place: i }));       // a Sankey's marks
  /** @param {any} trace @param {number} curve @returns {Read[]} */
  const read = (trace, curve) => trace.customdata.map((/** @type {Mark} */ mark, /** @type {number} */ i) => ({ mark, curve, i, place: mark.place ?? i }));
  return data.flatMap((trace, curve) => (trace.meta !== "points" ? [] : read(trace, curve))).sort((a, b) => a.place - b.place);
}

/** @param {string} said in Plotly's markup */
const words = (said) => said.replaceAll("<br>", " ").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/**
 * Left and right (up and down) move between marks, with Shift they select several, Enter chooses, Escape cancels.
 * @param {KeyboardEvent} event
 */
export function keyed(event) {
  const target = /** @type {Element} */ (event.target), at = target.closest(".an-graph");
  if (!at || target !== at || event.ctrlKey || event.metaKey || event.altKey) return;
  const panel = panelOf(at), own = held[panel], gd = plot(panel);
  if (!own || !gd || !gd._fullLayout) return;
  const marks = marksOf(panel), step = STEPS[event.key];
  if (step) {
    const next = Math.min(Math.max(own.at < 0 ? (step > 0 ? 0 : marks.length - 1) : own.at + step, 0), marks.length - 1);
    own.from = event.shiftKey ? own.from ?? Math.max(own.at, 0) : null;
    own.at = next;
    tell(at, gd, marks, own);
  } else if (event.key === "Home" || event.key === "End") {
    own.at = event.key === "Home" ? 0 : marks.length - 1;
    own.from = null;
    tell(at, gd, marks, own);
  } else if (event.key === "Enter" && own.at >= 0) {
    const [a, b] = [own.from ?? own.at, own.at].sort((x, y) => x - y);
    a === b ? chooseOne(panel, marks[a].mark) : chooseAll(panel, marks.slice(a, b + 1).map((m) => m.mark));
  } else if (event.key === "Escape" && own.at >= 0) {
    own.at = -1;
    own.from = null;
    window.Plotly.Fx.unhover(gd);
    setText(at.querySelector(".an-told"), "");
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

/**
 * Shows the mark's words as on hover, and announces them to screen readers.
 * @param {Element} at @param {any} gd @param {Read[]} marks @param {import("./chart-panels.js").Held} own
 */
function tell(at, gd, marks, own) {
  const { mark, curve, i } = marks[own.at];
  if (curve !== undefined) window.Plotly.Fx.hover(gd, [{ curveNumber: curve, pointNumber: i }]);
  let said = words(mark.say);
  if (own.from !== null && own.from !== own.at) said = `${words(marks[own.from].mark.say)} – ${said}`;
  const live = at.querySelector(".an-told") || Object.assign(document.createElement("p"), { className: "an-told" });
  if (!live.parentNode) {
    live.setAttribute("aria-live", "assertive");
    at.append(live);
  }
  live.classList.toggle("an-unseen", curve !== undefined);        // a mark without a hover label is described below the chart
  live.textContent = said;
}

/** A click on a row's name acts like one on its mark. @param {MouseEvent} event */
export function named(event) {
  const target = /** @type {Element} */ (event.target), tick = target.closest && target.closest(".an-graph .ytick");
  const graph = tick && tick.closest(".an-graph"), text = tick && tick.querySelector("text");
  if (!graph || !text) return;
  const panel = panelOf(graph), said = text.dataset.unformatted;
  const at = (held[panel].figure.layout.yaxis.ticktext || []).indexOf(said);
  const found = marksOf(panel).find((m) => m.place === at);
  if (found) chooseOne(panel, found.mark);
}

// ------------------------------------------------------------------------------------------ choosing
/** The days of which a box covers at least half. @param {string} panel @param {string[]} range @returns {Mark[]} */
function daysWithin(panel, range) {
  const trace = held[panel].figure.data.find((t) => t.meta === "points");
  /** @type {number[]} */
  const x = trace.x.map((/** @type {string} */ t) => new Date(t.replace("T", " ")).getTime());
  const [from, to] = range.map((t) => new Date(t).getTime()).sort((a, b) => a - b);
  const half = x.length > 1 ? (x[1] - x[0]) / 2 : 43_200_000;
  return trace.customdata.filter((/** @type {Mark} */ _, /** @type {number} */ i) => x[i] + half > from && x[i] - half < to);
}

/** @param {string} panel @param {Mark[]} marks */
function chooseAll(panel, marks) {
  if (!marks.length) return;
  const choose = held[panel].figure.layout.meta.choose;
  if (choose === "days") {
    const days = marks.flatMap((m) => [m.from, m.to]).sort();
    gridwall.analyst.go(gridwall.analyst.withWords({ from: days[0], to: days[days.length - 1], win: "" }));
  } else if (choose) {
    gridwall.analyst.go(gridwall.analyst.withWords({ [choose]: [...new Set(marks.map((m) => m.code).filter(Boolean))].join(",") }));
  }
}

/** @param {string} panel */
const zoomed = (panel) => {
  const own = held[panel].figure.layout.xaxis, now = plot(panel)._fullLayout.xaxis;
  const linear = (/** @type {any} */ v) => now.r2l(v);
  return Boolean(own && now) && String(own.range.map(linear)) !== String(now.range.map(linear));
};

/** On a zoomed chart, waits for a second press, which would reset the zoom. @param {string} panel @param {Mark} mark */
function pressed(panel, mark) {
  clearTimeout(pressing);
  if (zoomed(panel)) pressing = setTimeout(() => chooseOne(panel, mark), DOUBLE_MS);
  else chooseOne(panel, mark);
}

/** Resets a chart's zoom. @param {string} panel */
export function reset(panel) {
  clearTimeout(pressing);
  const { xaxis, yaxis } = held[panel].figure.layout;
  if (zoomed(panel)) window.Plotly.relayout(plot(panel), { "xaxis.range": [...xaxis.range], "yaxis.range": [...yaxis.range] });
}

/** @param {string} panel @param {Mark} mark */
const chooseOne = (panel, mark) => (mark.go !== undefined ? gridwall.analyst.go(mark.go) : chooseAll(panel, [mark]));

/** Turns a click or selection reported by Dash into the filter. */
export function chosen() {
  const none = window.dash_clientside.no_update;
  for (const { prop_id, value } of window.dash_clientside.callback_context.triggered) {
    const dot = prop_id.lastIndexOf("."), what = prop_id.slice(dot + 1);
    if (dot < 0 || !value || !value.points) continue;
    const panel = /** @type {string} */ (JSON.parse(prop_id.slice(0, dot)).panel);
    if (!held[panel]) continue;
    const marks = held[panel].figure.layout.meta.marks || [];
    /** @param {any} p one of Plotly's points @returns {Mark | undefined} */
    const own = ({ customdata }) => (customdata && customdata.say ? customdata : marks.find((m) => m.say === customdata));
    const mark = value.points.map(own).find(Boolean);
    if (what === "clickData") {
      if (mark) pressed(panel, mark);
    } else if (value.range && value.range.x && held[panel].figure.layout.meta.choose === "days") {
      chooseAll(panel, daysWithin(panel, value.range.x));
    } else if (value.range && value.range.y && held[panel].figure.layout.meta.rows) {
      const [from, to] = [...value.range.y].sort((a, b) => a - b);        // a row extends half a unit above and below its number
      chooseAll(panel, marksOf(panel).filter((m) => m.place + 0.5 > from && m.place - 0.5 < to).map((m) => m.mark));
    } else if (value.range) {
      chooseAll(panel, value.points.map((/** @type {any} */ p) => p.customdata).filter((/** @type {Mark} */ m) => m && m.code));
    }
  }
  return none;
}
