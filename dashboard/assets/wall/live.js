// @ts-check
// The live update in the browser: pulse -> one fetch -> one clientside callback -> only the changed panels redraw.
import { at } from "../shared/below.js";
import { onTheme } from "../shared/colours.js";
import { gridwall } from "../shared/gridwall.js";
import { morph } from "../shared/morph.js";
import { part, setText } from "../shared/nodes.js";
import { printAsSeen } from "../shared/paper.js";
import { replot } from "../shared/plotted.js";
import { say } from "../shared/words.js";
import { chart } from "./figure.js";
import { confirm, held, note, open, query } from "./held.js";
import { lead } from "./lead.js";
import { renew } from "./renewal.js";
import { fetchPage } from "./snapshot.js";
import { leave, listen } from "./stream.js";
import { tick } from "./tick.js";
import { begin } from "./ways.js";

/** Triggers the callback `redraw`. @param {string} why */
const ask = (why) => window.dash_clientside.set_props("pulse", { data: { id: `${why}-${performance.now()}` } });

/** @param {import("./stream.js").Message} message */
function hear({ pulse, down }) {
  if (!pulse) {
    held.down = down || 1;
    return;
  }
  note(pulse.now, pulse.source);
  held.tick = pulse.tick_ms;
  renew(pulse.build);
  // the same snapshot, or a newer one with the same pixels
  if (pulse.id && held.id && (pulse.id === held.id || (pulse.changed.length === 0 && pulse.before === held.id))) {
    confirm(pulse.id, pulse.as_of, pulse.checked);
    tick();
  } else if (pulse.id) {
    window.dash_clientside.set_props("pulse", { data: { id: pulse.id } });
  } else {
    tick();
  }
}

/** What is newer than the screen; null if nothing is, or no answer arrives. */
async function newer() {
  const page = held.page;
  held.busy = true;
  try {
    return await fetchPage();
  } catch (error) {
    if (page === held.page && !held.down) held.down = 1;
    return null;
  } finally {
    if (page === held.page) {
      held.busy = false;
      if (held.again) {
        held.again = false;
        setTimeout(() => ask("again"), 0);
      }
    }
  }
}

/** @param {string} id @param {import("./held.js").Panel} panel */
function draw(id, panel) {
  held.panels[id] = panel;
  try {
    const place = panel.html === undefined ? null : part("panel-body", id);
    if (place) morph(place, panel.html || "");
    if (panel.map) drawMap(panel.map);
  } catch (error) {
    // this panel shows the error and is requested again with the next page; the others stay live
    const told = error instanceof Error ? error.message : String(error);
    held.panels[id] = { ...panel, state: "faulty", note: say(held.page?.lang, "wall.drawing", { error: told }) };
    held.etag = "";
    console.error(error);
  }
}

/** @param {any} payload */
function drawMap(payload) {
  if (gridwall.map && gridwall.map.update) gridwall.map.update(payload);
  else setTimeout(() => drawMap(payload), 50);
}

async function redraw() {
  const none = window.dash_clientside.no_update;
  const [, charts] = window.dash_clientside.callback_context.outputs_list;
  const nothing = [none, charts.map(() => none)];
  if (!held.page) return nothing;
  if (held.busy) {
    held.again = true;
    return nothing;
  }
  const body = await newer();
  if (!body) {
    tick();
    return nothing;
  }
  confirm(body.id, body.asOf, body.checked);
  if (held.page.scope) setText(document.querySelector(".top-scope"), body.scope_name);
  for (const [id, panel] of Object.entries(body.panels)) draw(id, panel);
  requestAnimationFrame(() => requestAnimationFrame(() => {
    held.painted = body.id;
    document.documentElement.dataset.painted = body.id;
    lead();
    tick();
  }));
  return [body.id, charts.map((/** @type {any} */ { id }) => {
    const panel = body.panels[id.panel];
    return panel && panel.chart ? chart(panel.chart) : none;
  })];
}

/** Resolves once the drawing is on the screen in its own fonts and the page is idle. */
async function settled() {
  const pause = (/** @type {number} */ time) => new Promise((done) => { setTimeout(done, time); });
  await Promise.race([document.fonts.ready, pause(2000)]);
  await pause(200);
  if ("requestIdleCallback" in window) await new Promise((done) => { requestIdleCallback(done, { timeout: 1500 }); });
}

/** Inserts the graphs once, after the first drawing: loading Plotly's bundle blocks a slow screen for a second. */
async function graphs() {
  const places = window.dash_clientside.callback_context.outputs_list;
  await settled();
  return places.map(({ id }) => {
    const own = held.panels[id.panel], there = { panel: id.panel, type: "panel-chart" };
    if (!own || !own.chart || part(there.type, there.panel)) return window.dash_clientside.no_update;
    const config = { displayModeBar: false, staticPlot: true };
    return {
      namespace: "dash_core_components", type: "Graph",
      props: { id: there, className: "panel-graph", responsive: true, config, figure: chart(own.chart) },
    };
  });
}

/** The page has been laid out: take over its state, listen to its stream. @param {import("./held.js").Page | null} page */
function opened(page) {
  if (!page) return window.dash_clientside.no_update;
  open(page);
  document.title = page.title;
  document.documentElement.lang = page.lang === "zh" ? "zh-CN" : "en";
  listen(`${at("/live")}?${query(page)}`, hear);
  return { id: `open-${performance.now()}` };
}

window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.gridwall = { open: opened, redraw, graphs };

gridwall.onScope = (code) => {
  if (!held.page) return;
  const words = new URLSearchParams(window.location.search);
  if (code) words.set("scope", code);
  else words.delete("scope");
  const search = words.toString();
  window.history.pushState({}, "", window.location.pathname + (search ? `?${search}` : ""));
  window.dispatchEvent(new PopStateEvent("popstate")); // the page follows its address
};

setInterval(() => {
  tick();
  // after two missed pulses the page polls by ETag: the fallback that always works
  if (held.page && !held.busy && performance.now() - held.lastPulse > 2.5 * held.tick) {
    if (performance.now() - held.lastPoll > 2 * held.tick + Math.random() * held.tick) {
      held.lastPoll = performance.now();
      ask("poll");
    }
  }
}, 1000);

window.addEventListener("pagehide", (event) => { if (!event.persisted) leave(); });

/** @param {boolean} now without waiting for Dash */
function redrawCharts(now) {
  for (const [id, panel] of Object.entries(held.panels)) {
    if (!panel.chart) continue;
    const figure = chart(panel.chart);
    window.dash_clientside.set_props({ type: "panel-chart", panel: id }, { figure });
    if (now) replot(part("panel-chart", id), figure);
  }
}
onTheme(() => redrawCharts(true));
begin();
printAsSeen(".wall", (_, height) => height);

/** @type {ReturnType<typeof setTimeout> | undefined} */
let resized;
window.addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(() => redrawCharts(false), 150);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && held.page && held.page.scope && gridwall.onScope) gridwall.onScope(held.page.parent || "");
});
