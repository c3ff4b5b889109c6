// @ts-check
// Where the plates stand in the current view: what lies under each point, and what else lies on the map.
import * as plates from "./plates.js";
import { cellOf, drawable, st } from "./state.js";

/** @typedef {import("./geometry.js").Level} Level @typedef {import("./view.js").MapView} MapView @typedef {import("./state.js").Measure} Measure */

const FEW = 7;

/** Position of a plate, in CSS pixels; far outside if its cell is unknown. @param {MapView} view @param {number} idx */
function spot(view, idx) {
  const at = cellOf(idx);
  if (!at) return { x: -1e4, y: -1e4, area: 0 };
  const k = 1 / view.dpr, { level, cell } = at;
  return { x: (level.at[2 * cell] * view.scale + view.dx) * k, y: (level.at[2 * cell + 1] * view.scale + view.dy) * k, area: level.area[cell] };
}

/** Whether other cells are of the top class than when the plates were placed. @param {Level} level @param {Uint8Array} bytes @param {number} top */
export function topMoved(level, bytes, top) {
  const key = level.ids.filter((id) => bytes[id] === top).join();
  if (st.drawn.top === key) return false;
  st.drawn.top = key;
  return true;
}

/**
 * What lies under a point of the map, for the plates.
 * @param {MapView} view @param {Measure} measure @param {Uint8Array} bytes @returns {plates.Ground}
 */
function ground(view, measure, bytes) {
  const { p, labels } = drawable(), level = st.levels[st.fill], top = measure.top[st.fill], ids = st.ids;
  return (x, y, idx) => {
    const px = Math.floor(x * view.dpr), py = Math.floor(y * view.dpr);
    const cell = ids && px >= 0 && py >= 0 && px < view.w && py < view.h ? ids[py * view.w + px] : 0;
    if (!cell) return 0;
    const id = level.ids[cell - 1];
    let up = id;
    while (up >= 0 && up !== idx && labels.level[up] > labels.level[idx]) up = labels.parent[up];
    // the plate of the whole scope stands on none of its places that say something
    const hides = idx === p.scope.idx ? id !== idx && bytes[id] !== FEW : id !== idx && bytes[id] === top;
    return plates.INSIDE | (hides ? plates.TOP : 0) | (up === idx ? plates.OWN : 0);
  };
}

/**
 * Places the written plates.
 * @param {MapView} view @param {import("./state.js").Plate[]} list @param {Measure} measure @param {Uint8Array} bytes of the measure
 */
export function place(view, list, measure, bytes) {
  const base = st.parts.root.getBoundingClientRect();
  const blocks = [st.parts.legend, st.parts.back, st.parts.chips, st.parts.note, st.parts.credit()].filter((n) => n && n.offsetWidth).map((n) => {
    const r = n.getBoundingClientRect();
    return [r.left - base.left, r.top - base.top, r.right - base.left, r.bottom - base.top];
  });
  const under = ground(view, measure, bytes);
  plates.place(st.parts.plates, list, measure.id, (idx) => spot(view, idx), under, view.w / view.dpr, view.h / view.dpr, blocks);
  document.dispatchEvent(new Event("gw-placed")); // the page may point at a badge
}
