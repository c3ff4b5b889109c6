// @ts-check
// Pointer on the map: the cell under a point, its tooltip, and entering it.
import { gridwall } from "../shared/gridwall.js";
import { svgPath } from "./draw.js";
import { varints } from "./geometry.js";
import { tip, words } from "./parts.js";
import { cellOf, drawable, st } from "./state.js";

const CHANCE = 8; // a class byte above: a signal that chance could make
const LEAVE_MS = 90000; // after this, a pointer left on the map marks nothing

/** The grid position under a point of the map (CSS pixels); -1 if there is none. @param {number} x @param {number} y */
export function hit(x, y) {
  const v = st.view;
  if (!v || !st.ids) return -1;
  const px = Math.floor(x * v.dpr), py = Math.floor(y * v.dpr);
  if (px < 0 || py < 0 || px >= v.w || py >= v.h) return -1;
  const place = st.ids[py * v.w + px];
  return place ? st.levels[st.fill].ids[place - 1] : -1;
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let leave;

export const stay = () => clearTimeout(leave);

/** Marks a cell and shows its tooltip; -1 = none. @param {number} idx @param {number} [x] @param {number} [y] pointer position */
export function hover(idx, x = 0, y = 0) {
  if (idx !== st.hover) {
    st.hover = idx;
    stay();
    if (idx >= 0) leave = setTimeout(() => hover(-1), LEAVE_MS);
    const at = cellOf(idx);
    st.parts.path.setAttribute("d", at && st.view ? svgPath(at.level, at.cell, st.view) : "");
    st.map.getContainer().classList.toggle("gw-can-enter", idx >= 0);
  }
  st.tipAt = [x, y];
  sayHover();
}

/** Shows the newest figures of the marked cell. */
export function sayHover() {
  const size = st.map.getSize();
  tip(st.parts.tip, st.hover >= 0 ? lines(st.hover) : null, st.tipAt[0], st.tipAt[1], size.x, size.y);
}

/** @param {number} idx */
function lines(idx) {
  const { p, labels } = drawable();
  st.counts = st.counts || { n: varints(p.counts.n), need: varints(p.counts.need), late: varints(p.counts.late) };
  const held = st.classes.late;
  return words(idx, p, labels, st.counts, Boolean(held) && held.bytes[idx] > CHANCE);
}

/** @param {number} idx @param {PointerEvent} [event] */
export function hoverPlate(idx, event) {
  const box = st.map.getContainer().getBoundingClientRect();
  hover(idx, event ? event.clientX - box.left : 0, event ? event.clientY - box.top : 0);
}

/** The code of the child of the scope that contains the cell: in the city a town, in a town a village; "" if there is none. @param {number} idx */
function childOf(idx) {
  if (!st.payload || !st.labels) return "";
  const s = st.payload.scope, l = st.labels;
  let at = idx;
  while (at >= 0 && l.level[at] > s.level + 1) at = l.parent[at];
  return at >= 0 && at !== s.idx && s.level < 2 ? l.code[at] : "";
}

/** @param {number} idx */
export function enter(idx) {
  const code = childOf(idx);
  if (code && gridwall.onScope) gridwall.onScope(code);
}

/** As `enter`, for a place by its code: where it would lead. @param {string} code */
export const entered = (code) => (st.labels ? childOf(st.labels.code.indexOf(code)) : "");

/** Marks a place by its code, as a pointer on it would; returns its name, "" if the map has none. @param {string} code */
export function show(code) {
  const idx = st.labels ? st.labels.code.indexOf(code) : -1, at = cellOf(idx), v = st.view;
  if (!at || !v || !st.labels) return "";
  const { level, cell } = at;
  hover(idx, (level.at[2 * cell] * v.scale + v.dx) / v.dpr, (level.at[2 * cell + 1] * v.scale + v.dy) / v.dpr);
  return st.labels.name[idx];
}
