// @ts-check
// The map layer: one small canvas layer on the Leaflet map that dash-leaflet owns.
// Public: window.gridwall.map.update(payload)   payload: see layouts/panels/grid_heat.py
//         window.gridwall.map.measure(id), .level(v) (0 = by zoom), .hit(x, y) -> grid position or -1,
//         .show(code) marks a place and returns its name, .entered(code) where entering it leads ("" = nowhere)
//         .reset(), .state(), .leaflet(), .timings {restyle, view, pan, raster, lines, decode, update: last 60, ms}
//         window.gridwall.onScope(code)         called on entering a town ("" = back); the page may override it
import { onTheme } from "../shared/colours.js";
import { gridwall } from "../shared/gridwall.js";
import { watchTiles } from "./basemap.js";
import { enter, entered, hit, hover, show, stay } from "./hands.js";
import { load } from "./load.js";
import { choose, fix, moved, recoloured, refreshed, reset, resized, schedule, stop } from "./paint.js";
import { note, ready, st, timings } from "./state.js";

const HOME_AFTER_MS = 90000; // of inactivity until a moved wall map returns to its scope

/** @param {any} L */
function hook(L) {
  watchTiles(L);
  L.Map.addInitHook(/** @this {any} */ function () {
    const root = this.getContainer().closest(".gw-map");
    if (root) this.whenReady(() => attach(L, this, root));
  });
}
if (window.L) {
  hook(window.L);
} else {
  /** @type {any} */
  let held; // loaded before dash-leaflet: wait for it to set window.L
  Object.defineProperty(window, "L", {
    configurable: true,
    get: () => held,
    set: (L) => {
      held = L;
      Object.defineProperty(window, "L", { value: L, writable: true, configurable: true });
      hook(L);
    },
  });
}

/** @param {string} tag @param {string} name @param {Element} parent */
function make(tag, name, parent) {
  const e = tag === "svg" || tag === "path" ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  if (name) e.setAttribute("class", name);
  return parent.appendChild(e);
}

/** @param {any} L @param {any} map @param {HTMLElement} root */
function attach(L, map, root) {
  const box = make("div", "gw-layer", map.createPane("gridwall"));
  const fill = make("canvas", "gw-fill", box), land = make("canvas", "gw-land", box), lines = make("canvas", "gw-lines", box), marks = make("canvas", "gw-marks", box);
  const svg = make("svg", "gw-hover", box), path = make("path", "", svg);
  st.map = map;
  st.L = L;
  st.parts = { root, box, fill, land, lines, marks, svg, path, plates: make("div", "gw-plates", box), unit: make("div", "gw-unit", root) };
  st.parts.credit = () => root.querySelector(".leaflet-control-attribution"); // Leaflet's own, added after this
  for (const name of ["legend", "chips", "back", "note", "tip"]) st.parts[name] = root.querySelector(`.gw-map-${name}`);
  st.drawn = {};
  st.view = null;
  st.moved = false;
  if (st.parts.back) st.parts.back.onclick = () => gridwall.onScope && gridwall.onScope("");
  const touched = () => moved(HOME_AFTER_MS);
  const container = map.getContainer();
  map.on("dragstart", touched);
  container.addEventListener("wheel", touched, { passive: true });
  container.addEventListener("keydown", (/** @type {KeyboardEvent} */ e) => { if (/^(Arrow|[-+=_])/.test(e.key)) touched(); });
  map.on("move", () => schedule("rough"));
  map.on("moveend zoomend", () => schedule("full"));
  map.on("click", (/** @type {any} */ e) => enter(hit(e.containerPoint.x, e.containerPoint.y)));
  map.on("mousemove", (/** @type {any} */ e) => {
    const p = e.containerPoint;
    if (!e.originalEvent.target.closest(".gw-plate")) hover(hit(p.x, p.y), p.x, p.y);
  });
  map.on("mouseout", () => hover(-1));
  const observer = new ResizeObserver(() => { if (st.map === map) resized(); });
  observer.observe(container);
  map.on("unload", () => {
    observer.disconnect();
    if (st.map !== map) return; // the next map has already replaced it
    stay();
    stop();
    st.hover = -1;
    st.map = st.ids = st.image = st.view = null;
  });
  resized();
  if (st.payload) begin();
}

document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape" || !st.map || !st.moved) return; // else the page handles it
  reset();
  e.stopImmediatePropagation();
}, true);

onTheme(recoloured);

function begin() {
  load(begin);
  refreshed("full");
}

/** Takes new values; an equal payload changes nothing. @param {import("./state.js").Payload} payload */
function update(payload) {
  if (!payload || payload === st.payload) return;
  const began = performance.now(), before = st.payload;
  st.payload = payload;
  if (!before || before.scope.code !== payload.scope.code) {
    st.within = {};
    st.moved = false;
    st.drawn.fit = "";
  }
  const counted = /** @type {const} */ (["n", "need", "late"]);
  if (!before || counted.some((c) => before.counts[c] !== payload.counts[c])) st.counts = null;
  if (st.map) {
    begin();
    note("update", performance.now() - began);
  }
}

gridwall.map = {
  update, measure: choose, level: fix, hit, show, entered, reset, timings, leaflet: () => st.map,
  state: () => ({ ready: ready(), fill: st.fill, measure: st.measure, moved: st.moved, hover: st.hover }),
};
