// @ts-check
// Drawing the map: a view change rasterises cell ids once, a value change is one colour look-up pass, an equal payload draws
// nothing.  Buffers are reused and only grow with the screen.
import { coloured, palette } from "../shared/colours.js";
import * as context from "./context.js";
import * as draw from "./draw.js";
import * as geometry from "./geometry.js";
import { enter, hover, hoverPlate, sayHover } from "./hands.js";
import * as parts from "./parts.js";
import * as plates from "./plates.js";
import { place, topMoved } from "./standing.js";
import { drawable, note, outline, ready, st, within } from "./state.js";
import * as views from "./view.js";

/** @typedef {import("./geometry.js").Level} Level @typedef {import("./view.js").MapView} MapView */
/** @typedef {import("./state.js").Payload} Payload @typedef {import("./state.js").Measure} Measure */

const EDGE = 14; // reference pixels: minimum median edge of filled cells
const FEW = 7, CHANCE = 8;

const unit = () => st.parts.unit.getBoundingClientRect().width || 8;

/** Draws what is not drawn yet, if everything needed is loaded. @param {"full" | "rough"} kind */
export function refreshed(kind) {
  if (ready()) refresh(kind);
}

export function resized() {
  if (!st.map) return;
  st.map.invalidateSize({ animate: false, pan: false });
  st.drawn.fit = "";
  refreshed("full");
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let homeward;

/** The map was moved by hand: after `ms` without another touch it returns to its scope. @param {number} ms */
export function moved(ms) {
  st.moved = true;
  clearTimeout(homeward);
  homeward = setTimeout(reset, ms);
}

export function reset() {
  clearTimeout(homeward);
  st.moved = false;
  st.drawn.fit = "";
  refreshed("full");
}

let frame = 0, fitting = false;
/** @type {"" | "full" | "rough"} */
let want = "";

/** Draws at the next frame. @param {"full" | "rough"} kind */
export function schedule(kind) {
  if (kind === "full" || !want) want = kind;
  if (frame || fitting) return;
  frame = requestAnimationFrame(() => {
    const wanted = want || "full";
    frame = 0;
    want = "";
    refreshed(wanted);
  });
}

/** Call when the map is removed. */
export function stop() {
  clearTimeout(homeward);
  cancelAnimationFrame(frame);
  frame = 0;
}

/** @param {string} id of a measure */
export function choose(id) {
  st.measure = id;
  refreshed("full");
}

/** @param {number} level level to fill; 0 = by zoom */
export function fix(level) {
  st.level = level;
  refreshed("full");
}

/**
 * Shows the whole scope beside (16:9) or above (32:9) the legend; does nothing if already there.  The legend's space is fixed,
 * so that its rows, which change with the measure, never move the map.
 * @param {Payload} p
 */
function fit(p) {
  const out = outline(), size = st.map.getSize(), u = unit();
  const flat = st.parts.legend && getComputedStyle(st.parts.legend).flexDirection === "row";
  const pad = { l: (flat ? 2.5 : size.x > 2 * size.y ? 27 : 16) * u, r: 2.5 * u, t: 2.5 * u, b: (flat ? 11.5 : 2.5) * u };
  const key = [p.scope.code, size.x, size.y, u, flat, st.urls[0]].join();
  if (st.moved || !out || !size.x || !size.y || st.drawn.fit === key) return;
  st.drawn.fit = key;
  const at = views.fitting(out.level.box.subarray(4 * out.cell, 4 * out.cell + 4), st.ref, size, pad);
  fitting = true;
  st.map.setView(at.center, at.zoom, { animate: false });
  fitting = false;
  want = "";
}

/** @param {string} measure @param {string} text */
function classesOf(measure, text) {
  let held = st.classes[measure];
  if (!held || held.text !== text) held = st.classes[measure] = { text, bytes: geometry.bytes(text) };
  return held.bytes;
}

/** Buffers of the view's size. @param {MapView} view */
function buffers(view) {
  if (!st.ids || !st.image || st.image.width !== view.w || st.image.height !== view.h) {
    for (const c of [st.parts.fill, st.parts.land, st.parts.lines, st.parts.marks]) {
      c.width = view.w;
      c.height = view.h;
      c.style.width = `${view.w / view.dpr}px`;
      c.style.height = `${view.h / view.dpr}px`;
    }
    st.parts.svg.setAttribute("width", view.w / view.dpr);
    st.parts.svg.setAttribute("height", view.h / view.dpr);
    st.ids = new Uint32Array(view.w * view.h);
    st.image = new ImageData(view.w, view.h);
    st.pixels = new Uint32Array(st.image.data.buffer);
    st.drawn.view = "";
  }
  return { ids: st.ids, image: st.image };
}

/** Makes pixels of what was just stroked: a print would repeat the strokes, and paint white what they hollow out. @param {HTMLCanvasElement} canvas */
function asPixels(canvas) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")), { width, height } = canvas;
  const image = pen.getImageData(0, 0, width, height);
  canvas.width = width; // forgets the strokes
  pen.putImageData(image, 0, 0);
}

/** Draws everything in the page's colours of this moment. */
export function recoloured() {
  st.drawn.view = st.drawn.style = st.drawn.marks = st.drawn.land = "";
  refreshed("full");
  for (const canvas of [st.parts.lines, st.parts.marks]) if (canvas?.width) asPixels(canvas);
}

/** @param {"full" | "rough"} kind */
export function refresh(kind) {
  const { p } = drawable();
  const measure = p.measures.find((m) => m.id === st.measure) || p.measures[0];
  furniture(p, measure);
  fit(p);
  const view = views.look(st.map, st.ref);
  if (!view.w || !view.h) return;
  const s = (unit() / 8) * view.dpr, bytes = classesOf(measure.id, p.classes[measure.id]), began = performance.now();
  const { ids, image } = buffers(view);
  const fill = kind === "rough" && st.fill && st.drawn.scope === p.scope.code ? st.fill
    : st.level || views.fillLevel(st.levels, p.scope.level, view, EDGE * s, bytes, within);
  const scene = [view.key, fill, p.scope.code, p.geometry.map((g) => g.url), s].join();
  const m = { levels: st.levels, outline: outline(), fill, scope: p.scope, within, classes: bytes, hot: p.hot[measure.id], proven: measure.id === "late", rough: kind === "rough" };
  const newView = st.drawn.view !== scene, level = st.levels[fill];
  if (!level) return;
  if (newView) {
    st.view = view;
    st.fill = fill;
    st.drawn.view = scene;
    st.drawn.scope = p.scope.code;
    st.bound = geometry.rasterise(level, view, ids, within(fill));
    st.pixels.fill(0);
    note("raster", performance.now() - began);
    hover(-1);
  }
  const style = [scene, measure.id, p.classes[measure.id], JSON.stringify(measure.legend[fill])].join("|");
  let styled = st.drawn.style !== style;
  const restyleBegan = performance.now();
  if (styled) {
    st.drawn.style = style;
    colour(level, view, bytes, measure.legend[fill], s, ids, image);
  }
  const marks = [style, m.hot.join()].join("|");
  if (st.drawn.marks !== marks) {
    st.drawn.marks = marks;
    draw.marks(st.parts.marks.getContext("2d"), view, m, s, palette());
    styled = true;
  }
  if (styled) note("restyle", performance.now() - restyleBegan);
  const land = [scene, st.landUrl, st.land.length].join("|");
  if (st.drawn.land !== land) {
    st.drawn.land = land;
    context.land(st.parts.land.getContext("2d"), st.land, view, p.scope.level > 0, s, palette());
  }
  if (newView || (st.drawn.rough && kind === "full")) {
    const linesBegan = performance.now();
    st.drawn.rough = m.rough;
    draw.lines(st.parts.lines.getContext("2d"), view, m, s, palette());
    st.L.DomUtil.setPosition(st.parts.box, view.top);
    note("lines", performance.now() - linesBegan);
  }
  legend(p, measure, fill);
  remark(p, fill, bytes);
  const list = written(p, fill, measure.id), resizedPlates = plates.write(st.parts.plates, list, measure.id, enter, hoverPlate);
  if (newView || resizedPlates || topMoved(level, bytes, measure.top[fill])) place(view, list, measure, bytes);
  if (newView) note(kind === "rough" ? "pan" : "view", performance.now() - began);
  if (st.hover >= 0) sayHover(); // a pointer left on the map must not keep old figures on it
}

/** #RRGGBB as the little-endian word of its pixel. @param {string} hex */
export function abgr(hex) {
  const v = parseInt(hex.slice(1), 16);
  return (0xff000000 | ((v & 255) << 16) | (v & 0xff00) | (v >> 16)) >>> 0;
}

/**
 * The colours of a level's cells by place + 1, without and with the hatching's stripe; 0 = no cell.
 * @param {Level} level @param {Uint8Array} bytes classes by grid position
 * @param {{code: number, color: string}[]} rows of the legend
 */
export function colours(level, bytes, rows) {
  const plain = level.plain || (level.plain = new Uint32Array(level.n + 1));
  const stripe = level.stripe || (level.stripe = new Uint32Array(level.n + 1));
  const ramp = new Uint32Array(256), of = palette(), [empty, hatch, quiet] = ["--map-none", "--map-hatch", "--map-few"].map((k) => abgr(of(k)));
  for (const row of rows) ramp[row.code] = abgr(coloured(row.color, of));
  for (let c = 0; c < level.n; c++) {
    const k = bytes[level.ids[c]];
    plain[c + 1] = k > CHANCE ? quiet : ramp[k] || empty;
    stripe[c + 1] = k === FEW ? hatch : ramp[k] || empty; // a signal that chance could make has its colour as stripes alone
  }
  return { plain, stripe };
}

/**
 * @param {Level} level @param {MapView} view @param {Uint8Array} bytes @param {{code: number, color: string}[]} rows @param {number} s
 * @param {Uint32Array} ids @param {ImageData} image
 */
function colour(level, view, bytes, rows, s, ids, image) {
  const { plain, stripe } = colours(level, bytes, rows), b = st.bound;
  geometry.colour(ids, st.pixels, view, b, plain, stripe, Math.max(4, Math.round(6.5 * s)), Math.max(1, Math.round(1.7 * s)));
  if (b.x1 > b.x0) st.parts.fill.getContext("2d").putImageData(image, 0, 0);
}

/** @param {Payload} p @param {Measure} measure */
function furniture(p, measure) {
  const { back } = st.parts;
  parts.chips(st.parts.chips, p.measures, measure.id, p.words.chips, choose);
  if (back) {
    if (back.hidden === p.scope.level > 0) back.hidden = p.scope.level === 0;
    parts.text(back, p.words.back);
  }
}

/** @param {Payload} p @param {Measure} measure @param {number} fill */
function legend(p, measure, fill) {
  const rows = measure.legend[fill] || [], name = p.levels[fill - 1] || "", finer = p.levels[fill];
  const hot = finer && st.levels[fill + 1] && p.hot[measure.id].length ? p.words.hot : "";
  parts.legend(st.parts.legend, measure, rows, p.words.by.replace("{level}", name), hot);
}

/**
 * The plates to write: of a place whose cells are all too few its own alone, which elsewhere stands there for its badge.
 * @param {Payload} p @param {number} fill @param {string} measure
 */
function written(p, fill, measure) {
  if (p.own && fill === p.scope.level) return [p.own];
  return p.own && plates.badgeOf(p.own, measure) ? [p.own, ...p.plates] : p.plates;
}

/**
 * The map's note; where every cell has too few cases it says so, once.
 * @param {Payload} p @param {number} fill @param {Uint8Array} bytes of the measure
 */
function remark(p, fill, bytes) {
  const least = p.scope.level + 1, cells = st.levels[least], coarse = fill === p.scope.level && cells;
  const few = cells && views.fewOf(cells, bytes, within(least)) === 1;
  const said = few ? (coarse && bytes[p.scope.idx] !== FEW ? p.words.coarse : p.words.all_few) : "";
  const name = (/** @type {number} */ level) => (p.levels[level - 1] || "").replace(/\s*[(（].*/, ""); // without what it stands for
  const told = said.replace("{finer}", name(least)).replace("{level}", name(fill));
  parts.text(st.parts.note, [told, p.words.note].filter(Boolean).join(" · "));
}
