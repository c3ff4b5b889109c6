// @ts-nocheck: still to be typed
// The workbench's charts: figures come as plain JSON that names colours by role; here they get the theme's colours and the page's
// template, are drawn by dcc.Graph once they are seen, and what is chosen in them becomes the filter.
import { palette } from "../shared/colours.js";
import { gridwall } from "../shared/gridwall.js";

const ID = (type, panel) => `{"panel":"${panel}","type":"${type}"}`;
const place = (panel) => document.getElementById(ID("an-graph", panel));
const plot = (panel) => place(panel) && place(panel).querySelector(".js-plotly-plot");
const DATA = new Set(["customdata", "text", "ticktext", "hovertext", "x", "y", "meta", "name", "label"]); // hold no colours
const CAMERA = { width: 24, height: 24, path: "M4 6h3l2-2h6l2 2h3v13H4zM12 8a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9zM12 10a2.5 2.5 0 1 1 0 5a2.5 2.5 0 1 1 0-5z" };
const GIVE_UP_MS = 20000;               // a chart that is not drawn by then does not hold the page up
const DOUBLE_MS = 300;                  // between two presses, as Plotly has it
const NEAR = 160;                       // px: what lies so near to the screen is drawn too
// by panel: the figure as it came, whether it is drawn so, when that stands on the screen, and where the keys are
const held = {};
/** @type {MutationObserver | null} */
let watching = null;
let given = null, template = null, seen = null, waiting = false, revision = 0, pressing = 0;

// ------------------------------------------------------------------------------------------ colours
function colour(value, of, key) {
  if (Array.isArray(value)) return value.map((v) => colour(v, of, key));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, DATA.has(k) ? v : colour(v, of, k)]));
  }
  if (typeof value !== "string" || !value.startsWith("--")) return value;
  const [role, share] = value.split(" ");
  return share ? of(role, parseFloat(share) / 100) : of(role);
}

function whole(figure) {
  const of = palette();
  template = template || colour(given.template, of);
  const { data, layout } = colour(figure, of);
  return { data, layout: { ...layout, template, selectionrevision: ++revision } };     // what was marked is the filter now
}

function recoloured() {
  template = null;
  for (const own of Object.values(held)) own.stands = false;
  drawSeen();
}

// ------------------------------------------------------------------------------------------ drawing
// ``flat``: without axes there is nothing to zoom
function config(choose, flat) {
  const select = choose ? ["select2d"] : [];
  const image = {
    name: "image", title: given.image, icon: CAMERA,
    click: (gd) => gridwall.analyst.exportAs(JSON.parse(gd.closest(".an-graph").id).panel, "png"),
  };
  const zoom = flat ? [] : [["zoom2d", ...select], ["resetScale2d"]];
  return { ...given.config, modeBarButtons: [...zoom, [image]] };
}

// resolves once the chart stands on the screen
function draw(panel) {
  const own = held[panel], at = place(panel), meta = own.figure.layout.meta;
  Object.assign(own, { stands: true, at: -1, from: null });
  const figure = whole(own.figure), began = performance.now();
  own.drawn = new Promise((done) => {
    const finish = () => {
      performance.measure(`chart ${panel}`, { start: began, end: performance.now() });
      done();
    };
    setTimeout(done, GIVE_UP_MS);
    const gd = plot(panel);
    if (gd && gd._fullLayout) {
      gd.once("plotly_react", finish);
      window.dash_clientside.set_props({ panel, type: "an-chart" }, { figure });
      return;
    }
    const watch = new MutationObserver(() => {
      if (!at.querySelector(".main-svg")) return;
      watch.disconnect();
      plot(panel).on("plotly_deselect", () => reset(panel));     // two presses
      requestAnimationFrame(finish);
    });
    watch.observe(at, { childList: true, subtree: true });
    window.dash_clientside.set_props({ panel, type: "an-graph" }, {
      children: {
        namespace: "dash_core_components", type: "Graph",
        props: {
          id: { panel, type: "an-chart" }, figure, config: config(meta.choose, !figure.layout.xaxis), responsive: true, className: "an-chart",
        },
      },
    });
  });
}

// a figure, or nothing where words stand in its place; it is drawn when it is seen
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
  if (!waiting) queueMicrotask(drawSeen);     // once, when the whole view is put: where things lie is asked once
  waiting = true;
}

function near(panel) {
  const at = place(panel), box = at && at.getClientRects()[0];
  return Boolean(box) && box.bottom > -NEAR && box.top < innerHeight + NEAR;
}

function drawSeen() {
  waiting = false;
  const wanted = Object.keys(held).filter((panel) => !held[panel].stands && near(panel));
  wanted.forEach(draw);
}

// resolves when all charts that are seen stand
const settled = () => Promise.all(Object.keys(held).filter(near).map((panel) => held[panel].drawn));

// a chart as an SVG file: drawn anew at the file's size, within the caption that the server wrote
async function picture({ figure, frame, hole, x, y, width, height }) {
  await loaded();
  const { data, layout } = whole(figure);
  const url = await window.Plotly.toImage({ data, layout: { ...layout, width, height }, config: given.config }, { format: "svg", width, height });
  const drawn = decodeURIComponent(url.slice(url.indexOf(",") + 1));
  return frame.replace(hole, () => drawn.replace("<svg ", `<svg x="${x}" y="${y}" `));
}

// Plotly comes with the first chart that is seen
async function loaded() {
  const end = performance.now() + GIVE_UP_MS;
  while (!window.Plotly && performance.now() < end) await new Promise((next) => setTimeout(next, 50));
}

// ------------------------------------------------------------------------------------------ keys
// left and right (up and down) read one mark after the other, with Shift they hold several, Enter chooses, Escape lets go
function marksOf(panel) {
  const { data, layout } = held[panel].figure;
  if (layout.meta.marks) return layout.meta.marks.map((mark, i) => ({ mark, place: i }));       // those of a Sankey
  return data.flatMap((trace, curve) => (trace.meta !== "points" ? [] : trace.customdata.map((mark, i) => ({ mark, curve, i, place: mark.place ?? i }))))
    .sort((a, b) => a.place - b.place);
}

const words = (said) => said.replaceAll("<br>", " ").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function keyed(event) {
  const at = event.target.closest(".an-graph");
  if (!at || event.target !== at || event.ctrlKey || event.metaKey || event.altKey) return;
  const panel = JSON.parse(at.id).panel, own = held[panel], gd = plot(panel);
  if (!own || !gd || !gd._fullLayout) return;
  const marks = marksOf(panel), step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
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
    at.querySelector(".an-told").textContent = "";
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

// the mark shows its words as under a pointer, and a screen reader says them
function tell(at, gd, marks, own) {
  const { mark, curve, i } = marks[own.at];
  if (curve !== undefined) window.Plotly.Fx.hover(gd, [{ curveNumber: curve, pointNumber: i }]);
  let said = words(mark.say);
  if (own.from !== null && own.from !== own.at) said = `${words(marks[own.from].mark.say)} – ${said}`;
  let live = at.querySelector(".an-told");
  if (!live) {
    live = Object.assign(document.createElement("p"), { className: "an-told an-unseen" });
    live.setAttribute("aria-live", "assertive");
    at.append(live);
  }
  live.classList.toggle("an-unseen", curve !== undefined);        // what has no label of its own is said below
  live.textContent = said;
}

// a row's name is as good as its mark
function named(event) {
  const tick = event.target.closest && event.target.closest(".an-graph .ytick");
  if (!tick) return;
  const panel = JSON.parse(tick.closest(".an-graph").id).panel, said = tick.querySelector("text").dataset.unformatted;
  const at = (held[panel].figure.layout.yaxis.ticktext || []).indexOf(said);
  const found = marksOf(panel).find((m) => m.place === at);
  if (found) chooseOne(panel, found.mark);
}

// ------------------------------------------------------------------------------------------ choosing
function daysWithin(panel, range) {
  const trace = held[panel].figure.data.find((t) => t.meta === "points");
  const x = trace.x.map((t) => new Date(t.replace("T", " ")).getTime());
  const [from, to] = range.map((t) => new Date(t).getTime()).sort((a, b) => a - b);
  const half = x.length > 1 ? (x[1] - x[0]) / 2 : 43_200_000;
  return trace.customdata.filter((_, i) => x[i] + half > from && x[i] - half < to);
}

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

// a chart that is zoomed waits whether a second press follows, which brings the whole back
const zoomed = (panel) => {
  const own = held[panel].figure.layout.xaxis, now = plot(panel)._fullLayout.xaxis;
  return Boolean(own && now) && String(own.range.map((v) => now.r2l(v))) !== String(now.range.map((v) => now.r2l(v)));
};

function pressed(panel, mark) {
  clearTimeout(pressing);
  if (zoomed(panel)) pressing = setTimeout(() => chooseOne(panel, mark), DOUBLE_MS);
  else chooseOne(panel, mark);
}

function reset(panel) {
  clearTimeout(pressing);
  const { xaxis, yaxis } = held[panel].figure.layout;
  if (zoomed(panel)) window.Plotly.relayout(plot(panel), { "xaxis.range": [...xaxis.range], "yaxis.range": [...yaxis.range] });
}

const chooseOne = (panel, mark) => (mark.go !== undefined ? gridwall.analyst.go(mark.go) : chooseAll(panel, [mark]));

export function chosen() {
  const none = window.dash_clientside.no_update;
  for (const { prop_id, value } of window.dash_clientside.callback_context.triggered) {
    const dot = prop_id.lastIndexOf("."), what = prop_id.slice(dot + 1);
    if (dot < 0 || !value || !value.points) continue;
    const panel = JSON.parse(prop_id.slice(0, dot)).panel;
    if (!held[panel]) continue;
    const marks = held[panel].figure.layout.meta.marks || [];
    const mark = value.points.map((p) => p.customdata && p.customdata.say ? p.customdata : marks.find((m) => m.say === p.customdata)).find(Boolean);
    if (what === "clickData") {
      if (mark) pressed(panel, mark);
    } else if (value.range && value.range.x && held[panel].figure.layout.meta.choose === "days") {
      chooseAll(panel, daysWithin(panel, value.range.x));
    } else if (value.range && value.range.y && held[panel].figure.layout.meta.rows) {
      const [from, to] = [...value.range.y].sort((a, b) => a - b);        // a row is half above and half below its number
      chooseAll(panel, marksOf(panel).filter((m) => m.place + 0.5 > from && m.place - 0.5 < to).map((m) => m.mark));
    } else if (value.range) {
      chooseAll(panel, value.points.map((p) => p.customdata).filter((m) => m && m.code));
    }
  }
  return none;
}

window.dash_clientside = Object.assign({}, window.dash_clientside);
window.dash_clientside.charts = { chosen };
export const charts = {
  begin: (start) => {
    given = start;
    template = null;
    if (seen) seen.disconnect();        // the page was made anew
    seen = null;
    for (const panel of Object.keys(held)) delete held[panel];
    if (!watching) {
      watching = new MutationObserver(recoloured);
      watching.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
      document.addEventListener("keydown", keyed, true);
      document.addEventListener("click", named);
    }
  },
  put, settled, picture,
  has: (panel) => panel in held,
};
